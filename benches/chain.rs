//! Benchmark `chain`: the whole protocol with its ledger and its report, and the memory it takes.
//!
//! ```text
//! cargo bench --bench chain             # a million messages, three times
//! cargo bench --bench chain -- --quick  # ten thousand, once
//! cargo bench --bench chain -- memory   # a million and ten million: what does a longer run need?
//! cargo bench --bench chain -- large    # a million clients, a thousand gateways, ten million messages
//! ```
//!
//! The work: 64 gateways in a full mesh of 1 ms to 5 ms links, 10,000 clients behind 10 ms to 40 ms, a
//! chain of 3, acks with timers of 200 ms, deletion on receipt; a hundred simulated seconds for each
//! million messages. It runs as `penult run` does, report files included, in a process of its own for
//! each measurement. `large` is sparse: gateways with three links each.

use std::path::Path;
use std::process::Command;

use penult_reports::{Report, RunName, Summary, play};
use penult_scenarios::{Overrides, load};

/// A scenario, and what stands for its length in seconds.
const FULL_MESH: &str = r#"
title = "Benchmark"
duration = "DURATIONs"
drain = "30s"
gateways = { count = 64, latency = { uniform = ["1ms", "5ms"] } }
clients = { count = 10000, access = { latency = { uniform = ["10ms", "40ms"] } } }
workload = { kind = "poisson", rate = "1/s" }
chain = { length = 3, ack_timeout = "200ms" }
"#;

const LARGE: &str = r#"
title = "Benchmark, large"
duration = "DURATIONs"
drain = "30s"
gateways = { count = 1000, shape = { scale-free = { links = 3 } }, latency = { uniform = ["1ms", "5ms"] } }
clients = { count = 1000000, access = { latency = { uniform = ["10ms", "40ms"] } }, keepalive = "60s" }
workload = { kind = "poisson", rate = "0.1/s" }
chain = { length = 3 }
"#;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |what: &str| arguments.iter().any(|argument| argument == what);
    if let Some(place) = arguments.iter().position(|argument| argument == "measure") {
        let [scenario, seconds, deliveries] = &arguments[place + 1..place + 4] else {
            panic!("measure takes three arguments")
        };
        let text = if scenario == "large" { LARGE } else { FULL_MESH };
        return measure(&text.replace("DURATION", seconds), deliveries == "deliveries");
    }
    println!("{HEADER}");
    if asked("memory") {
        let one = child("mesh", 100, false);
        let ten = child("mesh", 1000, false);
        println!("ten times the messages need {:.2} times the memory", ten / one);
        let one = child("mesh", 100, true);
        let ten = child("mesh", 1000, true);
        println!("with a row for each delivery, {:.2} times", ten / one);
    } else if asked("large") {
        child("large", 100, false);
    } else if asked("--bench") && !asked("--quick") && !asked("--test") {
        for _ in 0..3 {
            child("mesh", 100, false);
        }
    } else {
        child("mesh", 1, false);
    }
}

const HEADER: &str =
    "  messages       events  CPU seconds   messages/s     events/s  peak memory  deliveries.csv";

/// Measures in a process of its own, and says the peak memory in MiB.
fn child(scenario: &str, seconds: u32, deliveries: bool) -> f64 {
    let program = std::env::current_exe().expect("this program has a path");
    let rows = if deliveries { "deliveries" } else { "-" };
    let output = Command::new(program)
        .args(["measure", scenario, &seconds.to_string(), rows])
        .output()
        .expect("this program can be started");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    println!("{}", said.trim_end());
    let memory = said.split_whitespace().nth(5).and_then(|memory| memory.parse().ok());
    memory.expect("the sixth column is the memory")
}

/// Plays a scenario and says what it took.
fn measure(text: &str, deliveries: bool) {
    let folder = tempfile::tempdir().expect("there is a place for temporary files");
    let file = folder.path().join("scenario.toml");
    std::fs::write(&file, text).expect("a temporary file can be written");
    let summary = run(&file, &folder.path().join("out"), deliveries);
    let seconds = cpu_seconds();
    println!(
        "{:>10} {:>12} {seconds:>12.2} {:>12.0} {:>12.0} {:>8.0} MiB  {}",
        summary.messages,
        summary.events,
        summary.messages as f64 / seconds,
        summary.events as f64 / seconds,
        peak_memory(),
        if deliveries { "written" } else { "-" },
    );
}

fn run(file: &Path, out: &Path, deliveries: bool) -> Summary {
    let loaded = load(file, &Overrides::none()).expect("the scenario is well formed");
    let built = loaded.build().expect("the scenario can be run");
    let name = RunName {
        scenario: loaded.scenario.title.clone(),
        strategy: loaded.scenario.strategy.word().to_owned(),
        seed: loaded.scenario.seed,
    };
    let report = Report::begin(out, name).expect("a temporary folder can be written");
    let files = report.row_files(deliveries).expect("a temporary file can be written");
    let outcome = play(&built.setup, files, &|| true).expect("the run comes to an end");
    assert!(outcome.violations().is_empty(), "a run that breaks an invariant measures nothing");
    report.write(outcome).expect("a temporary file can be written")
}

/// CPU time of this process: the clock on the wall counts other people's work too.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanos = stat.split_whitespace().next().and_then(|first| first.parse::<u64>().ok());
    nanos.map_or(f64::NAN, |nanos| nanos as f64 * 1e-9)
}

/// The most memory that this process had at a time, in MiB.
fn peak_memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kibibytes.map_or(f64::NAN, |kibibytes| kibibytes / 1024.0)
}
