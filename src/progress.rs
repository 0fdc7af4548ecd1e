//! A line about progress while runs go on, on standard error: one that changes on a terminal, and elsewhere a new one
//! for each tenth of what takes long.

use std::cell::Cell;
use std::io::IsTerminal;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use penult_reports as reports;
use penult_sim::Span;

use crate::say;

/// The time of the clock on the wall: what a run costs is told, and nothing in a run or its report depends on it.
#[expect(clippy::disallowed_methods, reason = "this is about the run, not in it")]
pub fn now() -> Instant {
    Instant::now()
}

/// The progress of several runs together.
pub struct Progress {
    bar: ProgressBar,
    /// Standard error is no terminal, and words are welcome.
    in_lines: bool,
    began: Instant,
    so_far: Mutex<SoFar>,
}

/// How far they are.
#[derive(Clone, Copy, Debug, Default)]
struct SoFar {
    /// How long all of them simulate.
    whole: u128,
    /// How much of that is done.
    done: u128,
    events: u64,
    runs: usize,
    finished: usize,
    /// The tenth that was told of last in a line of its own, and when.
    tenth: u64,
    said: Duration,
}

/// One of them.
pub struct Tracked<'p> {
    progress: &'p Progress,
    whole: u128,
    told: Cell<(u128, u64)>,
}

impl Progress {
    /// Of runs that simulate so long each. Shorter ones than a second are over before a line would be read.
    pub fn of(spans: impl IntoIterator<Item = Span>, is_quiet: bool) -> Progress {
        let mut so_far = SoFar::default();
        for span in spans {
            so_far.whole += nanos(span);
            so_far.runs += 1;
        }
        let bar = ProgressBar::with_draw_target(Some(PARTS), ProgressDrawTarget::hidden());
        let is_terminal = std::io::stderr().is_terminal();
        if !is_quiet && is_terminal {
            bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(4));
        }
        let style = ProgressStyle::with_template("{bar:24} {wide_msg}").expect("it is well formed");
        bar.set_style(style);
        let in_lines = !is_quiet && !is_terminal;
        Progress { bar, in_lines, began: now(), so_far: Mutex::new(so_far) }
    }

    /// One of them begins.
    pub fn begin(&self, span: Span) -> Tracked<'_> {
        Tracked { progress: self, whole: nanos(span), told: Cell::default() }
    }

    /// They are over: the line goes.
    pub fn end(&self) {
        self.bar.finish_and_clear();
    }

    fn change(&self, change: impl FnOnce(&mut SoFar)) {
        let elapsed = self.began.elapsed();
        let (so_far, is_due) = {
            let mut so_far = self.so_far.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            change(&mut so_far);
            let is_due = self.in_lines && so_far.is_line_due(elapsed);
            (*so_far, is_due)
        };
        if is_due {
            say::word(&format!("{} %: {}", 10 * so_far.tenth, so_far.line(elapsed)));
        }
        if !self.bar.is_hidden() && elapsed >= Duration::from_secs(1) {
            self.bar.set_message(so_far.line(elapsed));
            self.bar.set_position((so_far.share() * PARTS as f64) as u64);
        }
    }
}

impl Tracked<'_> {
    /// It is so far.
    pub fn told(&self, far: reports::Progress) {
        // What comes after the last message was sent is short, or nothing at all.
        let now = u128::from(far.now.nanos()).min(self.whole);
        let (time, events) = self.told.replace((now, far.events));
        let (time, events) = (now - time, far.events - events);
        self.progress.change(|so_far| {
            so_far.done += time;
            so_far.events += events;
        });
    }

    /// It is over.
    pub fn end(self) {
        let rest = self.whole - self.told.get().0;
        self.progress.change(|so_far| {
            so_far.done += rest;
            so_far.finished += 1;
        });
    }
}

impl SoFar {
    /// Whether another tenth is done, and it is so long since the last line that one is missed. What follows the
    /// last tenth is the end itself.
    fn is_line_due(&mut self, elapsed: Duration) -> bool {
        let tenth = (self.share() * 10.0) as u64;
        let is_due = tenth > self.tenth
            && self.done < self.whole
            && elapsed.saturating_sub(self.said) >= SELDOM;
        if is_due {
            (self.tenth, self.said) = (tenth, elapsed);
        }
        is_due
    }

    fn share(&self) -> f64 {
        if self.whole == 0 { 1.0 } else { self.done as f64 / self.whole as f64 }
    }

    /// Simulated time, speed, time left.
    fn line(&self, elapsed: Duration) -> String {
        let (share, elapsed) = (self.share(), elapsed.as_secs_f64());
        let seconds = |nanos: u128| nanos as f64 / 1e9;
        let runs = match self.runs {
            1 => String::new(),
            runs => format!("{} of {runs} runs, ", self.finished),
        };
        let left = match share > 0.0 {
            true => format!(", {} left", clock(elapsed * (1.0 - share) / share)),
            false => String::new(),
        };
        format!(
            "{runs}{:.0} of {:.0} s simulated, {} events/s{left}",
            seconds(self.done),
            seconds(self.whole),
            speed(self.events as f64 / elapsed),
        )
    }
}

/// Lines come no sooner one after the other, nor the first after the beginning.
pub const SELDOM: Duration = Duration::from_secs(10);

/// Into so many parts the bar is cut.
const PARTS: u64 = 1_000;

fn nanos(span: Span) -> u128 {
    span.as_nanos().into()
}

/// A number of events for each second, with its letter.
pub fn speed(per_second: f64) -> String {
    match per_second {
        _ if per_second >= 1e6 => format!("{:.1} M", per_second / 1e6),
        _ if per_second >= 1e3 => format!("{:.0} k", per_second / 1e3),
        _ => format!("{per_second:.0}"),
    }
}

/// A length of time as on a clock.
fn clock(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes}:{seconds:02} min"),
        (hours, minutes, _) => format!("{hours}:{minutes:02} h"),
    }
}

#[cfg(test)]
mod tests {
    use penult_sim::Time;

    use super::*;

    #[test]
    fn the_line_says_how_far_how_fast_and_how_long() {
        let mut far = SoFar { whole: 3_600_000_000_000, runs: 1, ..SoFar::default() };
        let line = |far: &SoFar, seconds| far.line(Duration::from_secs(seconds));
        assert_eq!(line(&far, 2), "0 of 3600 s simulated, 0 events/s");
        (far.done, far.events) = (900_000_000_000, 5_000_000);
        assert_eq!(line(&far, 2), "900 of 3600 s simulated, 2.5 M events/s, 6 s left");
        (far.runs, far.finished) = (30, 7);
        assert_eq!(
            line(&far, 100),
            "7 of 30 runs, 900 of 3600 s simulated, 50 k events/s, 5:00 min left"
        );
        assert_eq!([clock(3.2), clock(3599.5), clock(90_000.0)], ["4 s", "1:00 h", "25:00 h"]);
    }

    #[test]
    fn without_a_terminal_there_is_a_line_for_each_tenth_of_what_is_long() {
        let lines = |seconds: u64, steps: u64| {
            let mut far = SoFar { whole: 1_000, ..SoFar::default() };
            let at = |step: u64| Duration::from_millis(1_000 * seconds * step / steps);
            let due = |step: &u64| {
                far.done = u128::from(1_000 * step / steps);
                far.is_line_due(at(*step))
            };
            (1..=steps).filter(due).count()
        };
        // Of ten minutes nine: the tenth is the end. Of 30 s two, of less than ten none.
        assert_eq!([lines(600, 1_000), lines(600, 9), lines(30, 100)], [9, 8, 2]);
        assert_eq!([lines(9, 100), lines(600, 1)], [0, 0]);
    }

    #[test]
    fn runs_add_up() {
        let progress = Progress::of([Span::secs(60), Span::secs(20)], true);
        let (one, other) = (progress.begin(Span::secs(60)), progress.begin(Span::secs(20)));
        let far =
            |seconds, events| reports::Progress { now: Time::ZERO + Span::secs(seconds), events };
        one.told(far(10, 100));
        one.told(far(30, 250));
        // Past the end of its sending.
        other.told(far(25, 40));
        let so_far = *progress.so_far.lock().unwrap();
        assert_eq!((so_far.done, so_far.events, so_far.finished), (50_000_000_000, 290, 0));
        one.end();
        other.end();
        let so_far = *progress.so_far.lock().unwrap();
        assert_eq!((so_far.done, so_far.whole, so_far.finished), (so_far.whole, 80_000_000_000, 2));
    }
}
