//! Several seeds of one scenario in words, for people: a line for each, then means with their intervals, worst news
//! first.

use crate::shown::{bound, loss_rate, mean_and_interval};
use crate::spans::TimeUnit;
use crate::statistics::{Estimate, LossRate, Replicated};
use crate::summary::Summary;
use crate::tell::{ONE_RUN, counted, grouped, verdict};

/// Tells a person what came of several seeds: the verdict in its first line, over all of them.
///
/// # Panics
///
/// Without a run.
pub fn tell_several(runs: &[Summary]) -> String {
    let mut all = runs[0].deliveries.clone();
    let sum = |count: fn(&Summary) -> u64| runs.iter().map(count).sum();
    all.offered = sum(|run| run.deliveries.offered);
    all.accepted_lost = sum(|run| run.deliveries.accepted_lost);
    all.duplicates_seen = sum(|run| run.deliveries.duplicates_seen);
    let seeds = counted(runs.len() as u64, "seed", "seeds");
    let mut told = format!("{}\n", verdict(&all));
    told += &format!("{}: {}, {seeds}\n\n{}", runs[0].scenario, runs[0].strategy, each(runs));
    let means = Means { all: Replicated::of(runs), is_cut: false, text: String::new() };
    told + &means.told()
}

/// A line for each seed.
fn each(runs: &[Summary]) -> String {
    let unit = |of: fn(&Summary) -> Option<f64>| TimeUnit::of_all(runs.iter().filter_map(of));
    let (p50, p99) = (unit(|run| run.latency.p50), unit(|run| run.latency.p99));
    let mut lines = format!(
        "{:>20}{:>10}{:>11}{:>8}{:>15}{:>14}{:>14}  fingerprint\n",
        "seed",
        "offered",
        "delivered",
        "lost",
        "accepted lost",
        format!("p50 {}", p50.name),
        format!("p99 {}", p99.name)
    );
    let number = |it: Option<f64>, unit: TimeUnit| {
        it.map_or("-".to_owned(), |it| format!("{:.3}", unit.count(it)))
    };
    for run in runs {
        let Summary { seed, deliveries, latency, fingerprint, .. } = run;
        lines += &format!(
            "{seed:>20}{:>10}{:>11}{:>8}{:>15}{:>14}{:>14}  {fingerprint}\n",
            deliveries.offered,
            deliveries.delivered,
            deliveries.lost,
            deliveries.accepted_lost,
            number(latency.p50, p50),
            number(latency.p99, p99),
        );
    }
    lines
}

/// What was lost over all seeds, and how sure that is.
fn losses(rate: &LossRate) -> String {
    let counts = format!("{} of {} lost", grouped(rate.lost), grouped(rate.offered));
    let seeds = counted(rate.runs, "seed", "seeds");
    let said = match (rate.none_lost(), rate.interval) {
        (Some(most), _) => format!(
            "{counts} in {seeds}: at most {} of runs lose anything (95 %, exact)",
            bound(most)
        ),
        (None, Some(_)) => format!(
            "{counts} in {} of {seeds}; they come in bursts, so the interval of that share comes from the seeds",
            rate.runs_that_lost
        ),
        (None, None) if rate.rate.is_some() => format!("{counts} in {seeds}; {ONE_RUN}"),
        (None, None) => return String::new(),
    };
    format!("\n{said}\n")
}

/// How a number is shown.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Shown {
    /// Always, if there is a sample.
    Count,
    /// Only if it is more than nothing in some run.
    IfAny,
    /// A length of time.
    Time,
    /// A length of time, only if there is any.
    TimeIfAny,
    /// A share, in percent.
    Share,
}
use Shown::{Count, IfAny, Share, Time, TimeIfAny};

/// What is told, in its groups: a path of the summary, what it is called, and how it is shown. Causes of losses and
/// phases of latency come in between.
type Group = (&'static str, &'static [(&'static str, &'static str, Shown)]);

const GROUPS: [Group; 5] = [
    (
        "deliveries",
        &[
            ("deliveries.accepted_lost", "accepted, then lost", Count),
            ("deliveries.duplicates_seen", "shown twice", IfAny),
            ("deliveries.lost", "lost", Count),
            ("deliveries.loss_rate", "lost, %", Share),
            ("deliveries.stranded", "stranded", IfAny),
            ("deliveries.expired", "expired", IfAny),
            ("deliveries.unsent", "unsent", IfAny),
            ("deliveries.rejected", "rejected", IfAny),
            ("deliveries.out_of_order", "out of order", IfAny),
            ("deliveries.duplicates_stopped", "duplicates stopped", IfAny),
            ("deliveries.delivered", "delivered", Count),
            ("deliveries.accepted", "accepted", Count),
            ("deliveries.offered", "offered", Count),
        ],
    ),
    (
        "latency",
        &[
            ("latency.max", "slowest", Time),
            ("latency.p999", "99.9 % within", Time),
            ("latency.p99", "99 % within", Time),
            ("latency.p90", "90 % within", Time),
            ("latency.p50", "half within", Time),
            ("latency.min", "fastest", Time),
            ("latency.sd", "sd", Time),
            ("latency.mean", "mean", Time),
        ],
    ),
    (
        "failover",
        &[
            ("failover.availability", "clients had a host, %", Share),
            ("failover.unhosted_s", "clients without one, s", Count),
            ("failover.suspicions", "suspicions", IfAny),
            ("failover.false_suspicions", "  of them false", IfAny),
            ("failover.detection.p50", "death to suspicion, median", Time),
            ("failover.handover.p50", "suspicion to handover, median", Time),
            ("failover.rehosts", "clients that changed host", IfAny),
            ("failover.failbacks", "  of them back home", IfAny),
            ("resync.count", "resyncs", IfAny),
            ("resync.messages", "  messages", IfAny),
            ("resync.bytes", "  bytes", IfAny),
            ("resync.time.p50", "  median", TimeIfAny),
            ("receipts.count", "receipts", IfAny),
            ("receipts.p50", "  median", TimeIfAny),
            ("receipts.missing", "  missing", IfAny),
        ],
    ),
    (
        "cost",
        &[
            ("cost.packets", "packets", Count),
            ("cost.control", "control packets", Count),
            ("cost.bytes", "bytes", Count),
            ("cost.gateways_per_message", "gateways per message", Count),
            ("cost.transmissions_per_delivery", "transmissions per delivery", Count),
            ("cost.copies_peak", "copies at most", Count),
            ("cost.queue_bytes_peak", "bytes queued at most", Count),
            ("cost.queue_byte_seconds", "byte-seconds queued", Count),
            ("cost.policy_runs", "policy runs", Count),
            ("cost.transmissions_saved", "transmissions saved", Count),
            ("cost.policy_runs_saved", "policy runs saved", Count),
        ],
    ),
    (
        "run",
        &[
            ("simulated_s", "simulated, s", Count),
            ("messages", "messages", Count),
            ("events", "events", Count),
        ],
    ),
];

/// Means over seeds while they are told.
struct Means {
    all: Replicated,
    /// Whether some interval went below zero, where its number can't be.
    is_cut: bool,
    text: String,
}

impl Means {
    fn told(mut self) -> String {
        self.text += &format!("\n{:<32}{:>18}{:>30}\n", "mean over seeds", "", "95 % interval");
        for (group, rows) in GROUPS {
            let before = self.text.len();
            self.text += &format!("\n{group}\n");
            let heading = self.text.len();
            for &(path, name, shown) in rows {
                self.row(path, name, shown);
                match path {
                    "deliveries.lost" => self.parts("loss.causes.", "by ", IfAny),
                    "latency.mean" => self.parts("latency.phases.", "", TimeIfAny),
                    _ => {}
                }
            }
            if self.text.len() == heading {
                self.text.truncate(before);
            }
        }
        if self.is_cut {
            self.text += "\nNo number here can be below zero: intervals that went there are cut.\n";
        }
        self.text += &losses(&self.all.loss_rate);
        self.text
    }

    /// What a number is made of, most first.
    fn parts(&mut self, prefix: &str, by: &str, shown: Shown) {
        let of = |(path, estimate): &(String, Option<Estimate>)| {
            let name = path.strip_prefix(prefix)?;
            Some((estimate.as_ref()?.mean, path.clone(), format!("  {by}{name}")))
        };
        let mut parts: Vec<(f64, String, String)> =
            self.all.numbers.iter().filter_map(of).collect();
        parts.sort_by(|one, other| other.0.total_cmp(&one.0));
        for (_, path, name) in parts {
            self.row(&path, &name, shown);
        }
    }

    fn row(&mut self, path: &str, name: &str, shown: Shown) {
        let Some(estimate) = self.all.get(path).copied() else { return };
        if matches!(shown, IfAny | TimeIfAny) && estimate.mean <= 0.0 {
            return;
        }
        let (per, unit) = match shown {
            Time | TimeIfAny => {
                let unit = TimeUnit::of(estimate.mean);
                (unit.millis, format!(" {}", unit.name))
            }
            Share => (0.01, String::new()),
            Count | IfAny => (1.0, String::new()),
        };
        let most = if shown == Share { 100.0 } else { f64::INFINITY };
        let below = estimate.interval.is_some_and(|(low, _)| low < 0.0);
        self.is_cut |= below;
        let (mean, interval) = match path == LossRate::PATH {
            true => loss_rate(&self.all.loss_rate),
            false => mean_and_interval(&estimate, per, most),
        };
        let mean = mean + &unit;
        self.text += format!("  {name:<30}{mean:>18}  {interval:>28}").trim_end();
        self.text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs() -> Vec<Summary> {
        let run = |seed: u64| {
            let mut run = Summary { seed, ..Summary::default() };
            // One of five lost anything.
            let lost = if seed == 3 { 5 } else { 0 };
            (run.deliveries.offered, run.deliveries.lost) = (100, lost);
            run.deliveries.accepted_lost = lost;
            run.latency.max = Some(seed as f64 * 3_600_000.0 * 20.0);
            run.failover.availability = Some(1.0 - 0.001 * (seed / 5) as f64);
            run.failover.detection.p50 = Some(if seed == 1 { 2000.0 } else { 0.0 });
            run
        };
        (1..=5).map(run).collect()
    }

    #[test]
    fn the_worst_news_come_first_and_in_groups() {
        let told = tell_several(&runs());
        assert!(told.starts_with("5 accepted deliveries were lost: broken promises.\n"), "{told}");
        let at = |what: &str| told.find(what).unwrap_or_else(|| panic!("{what}: {told}"));
        let order =
            ["\ndeliveries\n", "accepted, then lost", "\nlatency\n", "\nfailover\n", "\ncost\n"];
        assert!(order.map(at).is_sorted(), "{told}");
        assert!(told.contains("\n5 of 500 lost in 1 of 5 seeds; they come in bursts"), "{told}");
        // Hours are no milliseconds, and what did not happen is not told.
        assert!(told.contains(" h ") && !told.contains("shown twice"), "{told}");
    }

    #[test]
    fn the_interval_of_losses_comes_from_the_seeds() {
        let cells = |told: &str| {
            let line = told.lines().find(|line| line.starts_with("  lost, %")).unwrap().to_owned();
            line.split_whitespace().skip(2).collect::<Vec<_>>().join(" ")
        };
        // All five in one of five seeds, not five of five hundred (0.33 to 2.32).
        let told = tell_several(&runs());
        assert_eq!(cells(&told), "1.0 0.0 to 18.2", "{told}");
        // None: a bound of seeds, 1 - 0.025^(1/4), and not of deliveries (0.92 %).
        let none: Vec<Summary> = runs().into_iter().filter(|it| it.deliveries.lost == 0).collect();
        let told = tell_several(&none);
        assert_eq!(cells(&told), "0 ≤61 % of runs", "{told}");
        let said = "\n0 of 400 lost in 4 seeds: at most 61 % of runs lose anything (95 %, exact)\n";
        assert!(told.contains(said), "{told}");
        // One: none, and it says so.
        let told = tell_several(&runs()[2..3]);
        assert_eq!(cells(&told), "5 -", "{told}");
        assert!(
            told.contains("\n5 of 100 lost in 1 seed; losses come in bursts, so one run"),
            "{told}"
        );
    }

    #[test]
    fn intervals_keep_to_what_can_be() {
        let told = tell_several(&runs());
        assert!(!told.contains("-1") && !told.contains("to -"), "{told}");
        let line = |name: &str| told.lines().find(|line| line.contains(name)).unwrap();
        // 2000 ms in one seed of five: 400 ± 1110.
        let detection = line("death to suspicion");
        assert!(detection.contains("400 ms") && detection.contains(" 0 to 1,5"), "{detection}");
        assert!(line("clients had a host").ends_with("to 100.000"), "{told}");
        assert!(told.contains("intervals that went there are cut"), "{told}");
    }
}
