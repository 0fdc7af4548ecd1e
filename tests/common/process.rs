//! Programs that are watched while they run: what they got from whoever started them, whether they listen to signals,
//! how long they worked. Linux tells.
//!
//! Nothing here waits by the clock. A program that does not come to what is waited for is given up once it has worked
//! a thousand times as long as it should have, by the time of the processor, or sleeps and sleeps: on a busy machine it
//! does neither sooner.

use std::fs;
use std::process::{Child, Command, Output, Stdio};
use std::sync::Once;
use std::time::Duration;

/// Hundredths of a second of the processor, after which nothing is waited for any more.
const PATIENCE: u64 = 12_000;

/// How often in a row a program may be met asleep, with nothing done since.
const ASLEEP: u32 = 60_000;

/// Signals by their numbers.
const HANGUP: u32 = 1;
const INTERRUPT: u32 = 2;

/// Programs that are started from here on ignore no signal, whatever this one was started to ignore, as with nohup:
/// what is caught here is not passed on, and what is ignored would be.
pub fn reset_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for signal in [signal_hook::consts::SIGHUP, signal_hook::consts::SIGINT] {
            if has_signal(std::process::id(), "SigIgn:", signal as u32) {
                let caught = signal_hook::flag::register(signal, std::sync::Arc::default());
                caught.expect("it can be caught");
            }
        }
    });
}

/// Whether a process has a signal in this mask of its status.
fn has_signal(process: u32, mask: &str, signal: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix(mask));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 << (signal - 1) != 0)
}

/// Whether it goes on if its terminal goes.
pub fn ignores_hangup(child: &Child) -> bool {
    has_signal(child.id(), "SigIgn:", HANGUP)
}

/// Whether it was told to stop with Ctrl-C, it would do so in its own way.
pub fn listens(child: &Child) -> bool {
    has_signal(child.id(), "SigCgt:", INTERRUPT)
}

/// What the system knows of a process: its state, as a letter, and how many hundredths of a second of the processor it
/// took so far.
fn seen(child: &Child) -> (char, u64) {
    let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    // What follows the name, which may have blanks: the state, then as 12th and 13th ticks of 10 ms.
    let rest = stat.rsplit(')').next().unwrap_or_default();
    let mut fields = rest.split_whitespace();
    let state = fields.next().and_then(|state| state.chars().next()).unwrap_or('X');
    (state, fields.skip(10).take(2).map(|it| it.parse::<u64>().expect("ticks")).sum())
}

/// Whether it took so many hundredths of a second of the processor.
pub fn worked(hundredths: u64) -> impl Fn(&Child) -> bool {
    move |child| seen(child).1 >= hundredths
}

/// Whether it is over, and nobody was told yet.
fn is_over(child: &Child) -> bool {
    matches!(seen(child).0, 'Z' | 'X')
}

/// Waits until it comes true of a program.
#[track_caller]
pub fn wait(child: &mut Child, what: &str, is_true: impl Fn(&Child) -> bool) {
    let (_, begun) = seen(child);
    let (mut before, mut asleep) = (begun, 0);
    while !is_true(child) {
        let (state, worked) = seen(child);
        asleep = if state == 'S' && worked == before { asleep + 1 } else { 0 };
        before = worked;
        if worked > begun + PATIENCE || asleep > ASLEEP {
            child.kill().expect("it is ours");
            panic!("{what} did not come: state {state}, {worked} hundredths of a second of work");
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Sends it a signal, named as `kill` takes it.
#[track_caller]
pub fn send(child: &Child, signal: &str) {
    let kill = Command::new("kill").args([signal, &child.id().to_string()]).status();
    assert!(kill.expect("there is kill").success());
}

/// Starts it and sends it a signal once it listens and the sign is there; what comes of it. One that was over before is
/// told by its exit code.
#[track_caller]
pub fn signalled(mut command: Command, signal: &str, sign: impl Fn(&Child) -> bool) -> Output {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{error}"));
    wait(&mut child, "a sign", |child| is_over(child) || listens(child) && sign(child));
    send(&child, signal);
    wait(&mut child, "its end", is_over);
    child.wait_with_output().expect("it is ours")
}

/// Runs it to its end; what comes of it, and how many hundredths of a second of the processor it took.
pub fn measured(mut command: Command) -> (Output, u64) {
    let nothing = |stdio: &mut Command| stdio.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
    let mut child = nothing(&mut command).unwrap_or_else(|error| panic!("{error}"));
    let mut stderr = Vec::new();
    let words = child.stderr.as_mut().expect("it is a pipe");
    std::io::Read::read_to_end(words, &mut stderr).expect("it can be read");
    wait(&mut child, "its end", is_over);
    let (_, took) = seen(&child);
    let output = child.wait_with_output().expect("it is ours");
    (Output { stderr, ..output }, took)
}
