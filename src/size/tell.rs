//! What `penult size` prints of its steps: each value, then what each step buys and costs beside the one before.

use penult_reports::statistics::{Estimate, LossRate};
use penult_reports::{
    Summary, TimeUnit, loss_rate_with_interval, number, path, plus_minus, signed, with_interval,
};

use super::step::{Asked, Numbers, Step};
use crate::sweep::NONE_LOST;
use crate::table;

const P50: &str = path("latency.p50");
const P99: &str = path("latency.p99");
const STORED: &str = path("cost.queue_bytes_peak");
const SENT: &str = path("cost.transmissions_per_delivery");

/// A share in percent, with as many digits as say something.
pub fn percent(share: f64) -> String {
    to_digits(share, 2)
}

/// A share that was typed, in percent: all of its digits, and none that come from reading it.
pub fn typed(share: f64) -> String {
    to_digits(share, 10)
}

fn to_digits(share: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", 100.0 * share);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// All steps as a table, then, if there are several, what each buys and costs beside the one before.
pub fn told(key: &str, steps: &[Step], numbers: &[Numbers], asked: Asked) -> String {
    let unit = |path: &str| TimeUnit::of_all(numbers.iter().filter_map(|it| it.mean(path)));
    let (p50, p99) = (unit(P50), unit(P99));
    let heads = [
        key.to_owned(),
        "runs".to_owned(),
        "meet all, %".to_owned(),
        format!("{}, %", LossRate::PATH),
        format!("{P50}, {}", p50.name),
        format!("{P99}, {}", p99.name),
        STORED.to_owned(),
        SENT.to_owned(),
    ];
    let rows = steps.iter().zip(numbers).map(|(step, numbers)| {
        let (low, high) = step.interval(asked);
        let mean = |path, per| {
            numbers.get(path).map_or("-".to_owned(), |estimate| plus_minus(&estimate, per))
        };
        [
            step.value.clone(),
            step.runs.len().to_string(),
            format!("{:.1} to {:.1}", 100.0 * low, 100.0 * high),
            loss_rate_with_interval(&numbers.loss),
            mean(P50, p50.millis),
            mean(P99, p99.millis),
            mean(STORED, 1.0),
            mean(SENT, 1.0),
        ]
    });
    let rows: Vec<_> = [heads].into_iter().chain(rows).collect();
    let is_bound = rows.iter().flatten().any(|cell| cell.contains('≤'));
    let mut told = table::of_rows(&rows, 3);
    told += "means over the runs of each, ± or in brackets the 95 % interval; more in size.csv\n";
    told += if is_bound { NONE_LOST } else { "" };
    let pairs: Vec<[String; 6]> = steps.windows(2).map(|pair| beside(&pair[0], &pair[1])).collect();
    if !pairs.is_empty() {
        let lost = format!("{}, points", LossRate::PATH);
        let change = |path: &str| format!("{path}, %");
        let heads =
            ["step".into(), "seeds".into(), lost, change(P99), change(STORED), change(SENT)];
        let rows: Vec<_> = [heads].into_iter().chain(pairs).collect();
        told += "\nchange from one to the next, over the seeds that both ran; paired, 95 %\n";
        told += &table::of_rows(&rows, 2);
    }
    told
}

/// What changed from a value to the next, over the seeds that ran with both.
fn beside(before: &Step, after: &Step) -> [String; 6] {
    let both = paired(&before.runs, &after.runs);
    let change = |path: &str| {
        let of = |run: &Summary| run.get(path)?.number();
        let pairs = both.iter().filter_map(|(before, after)| Some((of(before)?, of(after)?)));
        let pairs: Vec<(f64, f64)> = pairs.collect();
        let change = in_hundreds(Estimate::of_change(&pairs));
        // A pair may have no sample: then it says how many have.
        match change == "-" || pairs.len() == both.len() {
            true => change,
            false => format!("{change} of {}", pairs.len()),
        }
    };
    let losses: Vec<_> =
        both.iter().map(|(before, after)| [before.losses(), after.losses()]).collect();
    [
        format!("{} to {}", before.value, after.value),
        both.len().to_string(),
        in_hundreds(Estimate::of_rates(&losses)),
        change(P99),
        change(STORED),
        change(SENT),
    ]
}

/// Runs of both with the same seed.
fn paired<'r>(before: &'r [Summary], after: &'r [Summary]) -> Vec<(&'r Summary, &'r Summary)> {
    let same = |run: &'r Summary| Some((run, after.iter().find(|it| it.seed == run.seed)?));
    before.iter().filter_map(same).collect()
}

/// A share in hundreds, with its interval: `+3.2 (+1.1 to +5.3)`.
fn in_hundreds(share: Option<Estimate>) -> String {
    let Some(Estimate { mean, interval, .. }) = share else { return "-".to_owned() };
    // Of floats: what is less than this is rounding.
    let clean = |share: f64| if share.abs() < 1e-12 { 0.0 } else { 100.0 * share };
    match interval.map(|(low, high)| (clean(low), clean(high))) {
        Some((low, high)) if high - low <= 1e-10 => {
            format!("{} in each seed", signed(clean(mean), 3))
        }
        Some(ends) => with_interval(clean(mean), ends),
        None => format!("{} (one seed)", number(clean(mean), 3)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(seed: u64, p99: Option<f64>, lost: u64) -> Summary {
        let mut run = Summary { seed, ..Summary::default() };
        run.latency.p99 = p99;
        (run.deliveries.lost, run.deliveries.offered) = (lost, 100);
        run
    }

    #[test]
    fn what_was_typed_is_not_rounded() {
        assert_eq!([0.07, 0.9, 0.999_95].map(typed), ["7 %", "90 %", "99.995 %"]);
        assert_eq!(percent(0.999_95), "100 %");
    }

    #[test]
    fn runs_are_paired_by_their_seeds() {
        let before = [1, 2, 3].map(|seed| run(seed, None, 0));
        let after = [2, 3, 4, 5].map(|seed| run(seed, None, 0));
        let seeds: Vec<_> =
            paired(&before, &after).iter().map(|(one, other)| (one.seed, other.seed)).collect();
        assert_eq!(seeds, [(2, 2), (3, 3)]);
    }

    #[test]
    fn changes_have_their_intervals() {
        let shown = |pairs: &[(f64, f64)]| in_hundreds(Estimate::of_change(pairs));
        assert_eq!(shown(&[(10.0, 11.0), (20.0, 22.0)]), "+10 in each seed");
        assert_eq!(shown(&[(10.0, 10.0), (10.0, 10.0)]), "0 in each seed");
        assert_eq!(shown(&[(10.0, 9.0)]), "-10 (one seed)");
        assert_eq!(shown(&[(0.0, 9.0)]), "-");
        let wide = shown(&[(10.0, 11.0), (10.0, 12.0), (10.0, 13.0)]);
        assert_eq!(wide, "+20 (-5 to +45)");
    }
}
