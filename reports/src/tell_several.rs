//! Several seeds of one scenario in words, for people: a line for each, then means with their intervals, worst news
//! first.

use penult_models::{Fold, Metric, Unit};

use crate::metrics::common_at;
use crate::shown::{bound, loss_rate, mean_and_interval};
use crate::spans::TimeUnit;
use crate::statistics::{Estimate, LossRate, Replicated};
use crate::summary::Summary;
use crate::tell::{ONE_RUN, counted, grouped, verdict};
use crate::told::{GROUPS, Group, When, is_part};

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
    // What stands above a column and its head are the path.
    let mut lines = format!("{:>20}{:>12}{:>41}\n", "", "deliveries.", "latency.");
    lines += &format!(
        "{:>20}{:>12}{:>11}{:>8}{:>15}{:>14}{:>14}  fingerprint\n",
        "seed",
        "offered",
        "delivered",
        "lost",
        "accepted_lost",
        format!("p50, {}", p50.name),
        format!("p99, {}", p99.name)
    );
    let number = |it: Option<f64>, unit: TimeUnit| {
        it.map_or("-".to_owned(), |it| format!("{:.3}", unit.count(it)))
    };
    for run in runs {
        let Summary { seed, deliveries, latency, fingerprint, .. } = run;
        lines += &format!(
            "{seed:>20}{:>12}{:>11}{:>8}{:>15}{:>14}{:>14}  {fingerprint}\n",
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

/// Means over seeds while they are told.
struct Means {
    all: Replicated,
    /// Whether some interval went below zero, where its number can't be.
    is_cut: bool,
    text: String,
}

impl Means {
    fn told(mut self) -> String {
        self.text += &format!("\n{:<36}{:>18}{:>30}\n", "mean over seeds", "", "95 % interval");
        let (run, groups) = GROUPS.split_last().expect("there are several");
        groups.iter().for_each(|group| self.group(group));
        let own = self.all.numbers.iter().filter(|(it, _)| common_at(&it.path).is_none());
        let own: Vec<_> = own.cloned().collect();
        let heading = own.first().and_then(|(metric, _)| metric.path.split('.').next());
        let heading = heading.unwrap_or_default().to_owned();
        self.rows(&heading, &own);
        self.group(run);
        if self.is_cut {
            self.text += "\nNo number here can be below zero: intervals that went there are cut.\n";
        }
        self.text += &losses(&self.all.loss_rate);
        self.text
    }

    fn group(&mut self, (heading, rows): &Group) {
        let rows: Vec<_> = rows.iter().flat_map(|&(path, when)| self.numbers(path, when)).collect();
        self.rows(heading, &rows);
    }

    /// The number at a path, or those that begin so, the most first.
    fn numbers(&self, path: &str, when: When) -> Vec<(Metric, Option<Estimate>)> {
        let is_meant = |(metric, estimate): &&(Metric, Option<Estimate>)| {
            let is_meant = match path.ends_with('.') {
                true => metric.path.starts_with(path),
                false => metric.path == path,
            };
            is_meant && (when == When::Always || estimate.is_some_and(|it| it.mean > 0.0))
        };
        let mut all: Vec<_> = self.all.numbers.iter().filter(is_meant).cloned().collect();
        let mean = |it: &Option<Estimate>| it.map_or(0.0, |it| it.mean);
        all.sort_by(|one, other| mean(&other.1).total_cmp(&mean(&one.1)));
        all
    }

    fn rows(&mut self, heading: &str, rows: &[(Metric, Option<Estimate>)]) {
        let told = rows.iter().filter_map(|(metric, estimate)| Some((metric, (*estimate)?)));
        let told: Vec<(&Metric, Estimate)> = told.collect();
        if !told.is_empty() {
            self.text += &format!("\n{heading}\n");
        }
        told.into_iter().for_each(|(metric, estimate)| self.row(metric, &estimate));
    }

    fn row(&mut self, metric: &Metric, estimate: &Estimate) {
        let (per, unit) = match metric.unit {
            Unit::Millis => {
                let unit = TimeUnit::of(estimate.mean);
                (unit.millis, format!(" {}", unit.name))
            }
            Unit::Share => (0.01, " %".to_owned()),
            Unit::Seconds => (1.0, " s".to_owned()),
            _ => (1.0, String::new()),
        };
        let most = if metric.unit == Unit::Share { 100.0 } else { f64::INFINITY };
        let below = estimate.interval.is_some_and(|(low, _)| low < 0.0);
        self.is_cut |= below;
        let (mean, interval) = match metric.fold {
            Fold::LossRate => loss_rate(&self.all.loss_rate),
            _ => mean_and_interval(estimate, per, most),
        };
        let indent = if is_part(&metric.path) { "  " } else { "" };
        let (name, mean) = (format!("{indent}{}", metric.path), mean + &unit);
        self.text += format!("  {name:<34}{mean:>18}  {interval:>28}").trim_end();
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
        let order = [
            "\ndeliveries\n",
            "  deliveries.accepted_lost",
            "\nlatency\n",
            "\nfailover\n",
            "\ncost\n",
        ];
        assert!(order.map(at).is_sorted(), "{told}");
        assert!(told.contains("\n5 of 500 lost in 1 of 5 seeds; they come in bursts"), "{told}");
        // Hours are no milliseconds, and what did not happen is not told.
        assert!(told.contains(" h ") && !told.contains("duplicates_seen"), "{told}");
    }

    #[test]
    fn the_interval_of_losses_comes_from_the_seeds() {
        let cells = |told: &str| {
            let line =
                told.lines().find(|line| line.starts_with("  deliveries.loss_rate")).unwrap();
            line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
        };
        // All five in one of five seeds, not five of five hundred (0.33 to 2.32).
        let told = tell_several(&runs());
        assert_eq!(cells(&told), "1.0 % 0.0 to 18.2", "{told}");
        // None: a bound of seeds, 1 - 0.025^(1/4), and not of deliveries (0.92 %).
        let none: Vec<Summary> = runs().into_iter().filter(|it| it.deliveries.lost == 0).collect();
        let told = tell_several(&none);
        assert_eq!(cells(&told), "0 % ≤61 % of runs", "{told}");
        let said = "\n0 of 400 lost in 4 seeds: at most 61 % of runs lose anything (95 %, exact)\n";
        assert!(told.contains(said), "{told}");
        // One: none, and it says so.
        let told = tell_several(&runs()[2..3]);
        assert_eq!(cells(&told), "5 % -", "{told}");
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
        let detection = line("failover.detection.p50");
        assert!(detection.contains("400 ms") && detection.contains(" 0 to 1,5"), "{detection}");
        assert!(line("failover.availability").ends_with("to 100.000"), "{told}");
        assert!(told.contains("intervals that went there are cut"), "{told}");
    }
}
