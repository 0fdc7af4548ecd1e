//! Benchmark `sweep`: what a sweep of a thousand short runs adds to the runs themselves, and how busy it keeps the
//! cores.
//!
//! ```text
//! cargo bench --bench sweep             # four points, 250 runs of each
//! cargo bench --bench sweep -- points   # a thousand points, one run of each: as many scenarios are read
//! cargo bench --bench sweep -- --quick  # a tenth of it, once
//! ```
//!
//! First the runs by themselves, as many threads at them as there are cores: no journal, no tables, no progress, and
//! only the time of the processor that the threads took while they built and played worlds counts. Then `penult
//! sweep`, the whole process from its start to its end. Both in processes of their own, in turn, some times: the least
//! of each is what was disturbed least.
//!
//! `busy` is the processor's time of the sweep, of all that the cores had while it went on. Somebody else's work takes
//! from that; `or waiting` adds the time in which threads had work and no core, so that it says what the sweep would
//! have kept busy alone: as the kernel has it, which may be too much where a virtual machine's cores are taken away.
//! The time of the processor is less sensitive, but not blind: who shares a core shares its caches.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use penult_reports::{RowFiles, RunName, play};
use penult_scenarios::{Loaded, Overrides, load};

/// A run of it takes some ten milliseconds.
const SCENARIO: &str = r#"
title    = "Benchmark"
duration = "100s"
gateways = { count = 5 }
clients  = { count = 20 }
workload = { kind = "poisson", rate = "0.5/s" }

[[fault]]
crash = "gateways"
mtbf  = "20s"
mttr  = "5s"

"#;

const RUNS: u32 = 1_000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let asked = |what: &str| arguments.iter().any(|argument| argument == what);
    if let Some(place) = arguments.iter().position(|argument| argument == "alone") {
        let number = |at: usize| arguments[place + at].parse().expect("a number");
        return alone(Path::new(&arguments[place + 1]), number(2), number(3));
    }
    let is_quick = asked("--quick") || asked("--test") || !asked("--bench");
    let runs = if is_quick { RUNS / 10 } else { RUNS };
    let points = if asked("points") { runs } else { 4 };
    let folder = tempfile::tempdir().expect("there is a place for temporary files");
    let file = folder.path().join("s.toml");
    let axis = "\"gateways.latency\" = { from = \"1ms\", to = \"2ms\", steps = ";
    let text = format!("{SCENARIO}[sweep]\n{axis}{points} }}\nreplications = {}\n", runs / points);
    std::fs::write(&file, text).expect("a temporary file can be written");
    println!("{} runs of {points} points, {} threads", runs / points * points, cores());
    println!("{HEADER}");
    let (mut least, mut least_sweep) = (f64::INFINITY, f64::INFINITY);
    for _ in 0..if is_quick { 1 } else { 5 } {
        let (alone, sweep) = measure(&file, folder.path(), points, runs / points);
        (least, least_sweep) = (least.min(alone), least_sweep.min(sweep));
    }
    println!("the least of each: {:+.1} % added", 100.0 * (least_sweep / least - 1.0));
    println!("penult --version takes {:.1} ms, the median of 41", start_up());
}

const HEADER: &str =
    "  ms each   runs alone, CPU s   sweep, CPU s   added   sweep, s    busy   or waiting";

/// Gives the processor's seconds of the runs alone, and of the sweep.
fn measure(file: &Path, folder: &Path, points: u32, replications: u32) -> (f64, f64) {
    let program = std::env::current_exe().expect("this program has a path");
    let counts = [points, replications].map(|it| it.to_string());
    let mut alone = Command::new(program);
    alone.arg("alone").arg(file).args(&counts);
    let alone = alone.output().expect("this program can be started");
    let said = String::from_utf8_lossy(&alone.stdout);
    let alone: f64 = said.trim().parse().unwrap_or_else(|_| {
        panic!("{said}{}", String::from_utf8_lossy(&alone.stderr));
    });
    let (before, began) = (children_seconds(), now());
    let mut sweep = Command::new(env!("CARGO_BIN_EXE_penult"));
    sweep.current_dir(folder).args(["sweep", "s.toml", "--fresh"]);
    let mut sweep =
        sweep.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("penult can be started");
    let mut wanted = (0.0, 1.0);
    let status = loop {
        if let Some(status) = sweep.try_wait().expect("it is ours") {
            break status;
        }
        // Threads that are gone take their numbers along: the last look at all of them counts.
        let seen = (wanted_seconds(&sweep), began.elapsed().as_secs_f64());
        wanted = if seen.0 >= wanted.0 { seen } else { wanted };
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success(), "the sweep failed");
    let (took, cpu) = (began.elapsed().as_secs_f64(), children_seconds() - before);
    let cores = cores() as f64;
    println!(
        "{:>9.1} {alone:>19.2} {cpu:>14.2} {:>6.1} % {took:>9.2} {:>6.1} % {:>9.1} %",
        1e3 * alone / f64::from(points * replications),
        100.0 * (cpu / alone - 1.0),
        100.0 * cpu / (cores * took),
        100.0 * wanted.0 / (cores * wanted.1),
    );
    (alone, cpu)
}

/// Makes the runs and nothing else; prints how long the processor was at them.
fn alone(file: &Path, points: u32, replications: u32) {
    let load = |point: u32| -> Loaded {
        let latency = 1.0 + f64::from(point) / f64::from((points - 1).max(1));
        let set = format!("gateways.latency={:.0}ns", latency * 1e6);
        let overrides: Overrides = ["sweep={}".to_owned(), set].into_iter().collect();
        load(file, &overrides).expect("the scenario is well formed")
    };
    let loaded: Vec<Loaded> = (0..points).map(load).collect();
    let of_thread = |thread: usize| -> f64 {
        let before = thread_seconds();
        let runs = (0..points).flat_map(|point| (0..replications).map(move |it| (point, it)));
        for (point, replication) in runs.skip(thread).step_by(cores()) {
            run(&loaded[point as usize], u64::from(point) << 32 | u64::from(replication));
        }
        thread_seconds() - before
    };
    let seconds: f64 = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..cores()).map(|thread| scope.spawn(move || of_thread(thread))).collect();
        threads.into_iter().map(|thread| thread.join().expect("it comes to an end")).sum()
    });
    println!("{seconds}");
}

fn run(loaded: &Loaded, seed: u64) {
    let strategy = loaded.scenario.strategy;
    let built = loaded.build_as(strategy, seed).expect("the scenario can be run");
    let outcome = play(&built.setup, RowFiles::none(), &|| true);
    let mut outcome = outcome.expect("the run comes to an end");
    assert!(outcome.violations().is_empty(), "a run that breaks an invariant measures nothing");
    let name = RunName { scenario: String::new(), strategy: strategy.word().to_owned(), seed };
    std::hint::black_box(outcome.summary(&name));
}

/// How long `penult` takes to start and end, in milliseconds.
fn start_up() -> f64 {
    let mut took: Vec<f64> = (0..41)
        .map(|_| {
            let began = now();
            let mut version = Command::new(env!("CARGO_BIN_EXE_penult"));
            let status = version.arg("--version").stdout(Stdio::null()).status();
            assert!(status.expect("penult can be started").success());
            1e3 * began.elapsed().as_secs_f64()
        })
        .collect();
    took.sort_by(f64::total_cmp);
    took[took.len() / 2]
}

#[expect(clippy::disallowed_methods, reason = "how long things take is what this is about")]
fn now() -> Instant {
    Instant::now()
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// On a processor, and waiting for one, in seconds: the first two numbers of a `schedstat`.
fn scheduled(path: &Path) -> Option<(f64, f64)> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut nanos = text.split_whitespace().map_while(|number| number.parse::<u64>().ok());
    Some((nanos.next()? as f64 * 1e-9, nanos.next()? as f64 * 1e-9))
}

/// The processor's time of this thread.
fn thread_seconds() -> f64 {
    scheduled(Path::new("/proc/thread-self/schedstat")).map_or(f64::NAN, |(ran, _)| ran)
}

/// How long all threads of a process ran or wanted to.
fn wanted_seconds(child: &Child) -> f64 {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{}/task", child.id())) else { return 0.0 };
    let of = |thread: std::io::Result<std::fs::DirEntry>| {
        scheduled(&thread.ok()?.path().join("schedstat")).map(|(ran, waited)| ran + waited)
    };
    threads.filter_map(of).sum()
}

/// The processor's time of all processes that this one started and that are over. In ticks of 10 ms.
fn children_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // What follows the name, which may have blanks; then the 14th and the 15th.
    let rest = stat.rsplit(')').next().unwrap_or_default();
    let ticks = rest.split_whitespace().skip(13).take(2);
    ticks.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
