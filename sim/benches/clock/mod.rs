//! The clock of benchmarks.

/// CPU time of this process: the clock on the wall counts other people's work too.
pub fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = stat.split_whitespace().next().and_then(|first| first.parse::<u64>().ok());
    match nanos {
        Some(nanos) => nanos as f64 * 1e-9,
        None => wall_seconds(),
    }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures real time")]
fn wall_seconds() -> f64 {
    static BEGIN: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    BEGIN.get_or_init(std::time::Instant::now).elapsed().as_secs_f64()
}
