//! What a comparison establishes, and what it does not, in sentences.

use penult_models::Unit;

use super::metrics::{Comparison, Difference, Losses, Number};
use super::numbers::{chance, outward, significant};
use super::originals::Mishap;
use crate::metrics::paths;
use crate::shown::bound;
use crate::spans::TimeUnit;
use crate::statistics::{CONFIDENCE, clopper_pearson};
use crate::tell::{counted, grouped};

/// How sure a sentence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The strategies differ.
    Established,
    /// They did the same in every seed.
    Same,
    /// They may differ or not.
    Open,
    /// There was no sample, or there were too few runs.
    Untold,
}

impl Standing {
    /// All of them, in the order in which they are told.
    pub const ALL: [Standing; 4] =
        [Standing::Established, Standing::Same, Standing::Open, Standing::Untold];

    /// Its name in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Standing::Established => "established",
            Standing::Same => "same",
            Standing::Open => "not established",
            Standing::Untold => "can't be told",
        }
    }
}

/// A sentence about a rival and the reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// How sure it is.
    pub standing: Standing,
    /// The sentence.
    pub words: String,
}

/// The numbers that are told in words.
pub(crate) const TOLD: [&str; 7] = paths([
    "latency.p50",
    "latency.p99",
    "failover.availability",
    "cost.packets",
    "cost.bytes",
    "cost.transmissions_per_delivery",
    "cost.queue_byte_seconds",
]);

impl Comparison {
    /// What is to be said of a rival, by its number from 0.
    pub fn statements(&self, rival: usize) -> Vec<Statement> {
        let names = (self.rivals()[rival].as_str(), self.reference());
        let mut statements = Vec::new();
        match &self.losses[rival] {
            Some(losses) => {
                let shown = losses.iter().filter(|losses| {
                    let is_any = losses.pairs.reference() + losses.pairs.rival() > 0;
                    losses.mishap != Mishap::AcceptedLost || is_any
                });
                statements.extend(shown.map(|it| it.statement(names, self.seeds.len() as u64)));
            }
            None => statements.push(Statement {
                standing: Standing::Untold,
                words: "Losses can't be told: on some seed the deliveries were not the same ones."
                    .to_owned(),
            }),
        }
        for number in TOLD.iter().filter_map(|path| self.get(path)) {
            statements.push(number.statement(rival, names, self.seeds.len() as u64));
        }
        statements
    }

    /// What holds for all of it.
    pub fn remarks(&self) -> Vec<String> {
        let mut remarks =
            vec!["Each statement holds by itself at 95 %: of many, some are wrong.".to_owned()];
        let differ = |mishap: Mishap| {
            let pairs = |it: &[Losses; Mishap::ALL.len()]| it[mishap as usize].pairs;
            let mut all = self.losses.iter().flatten().map(pairs);
            all.any(|pairs| pairs.reference_only + pairs.rival_only > 0)
        };
        if Mishap::ALL.into_iter().any(differ) {
            let mut what = "What goes wrong with deliveries rests on McNemar's test of each delivery and \
                            the sign test over seeds; all other sentences, and the intervals of the \
                            table, on Student's t over paired seeds."
                .to_owned();
            if self.seems_to_contradict() {
                what += " Where few seeds lost much and others little, the first establish what the \
                         interval does not, as here.";
            }
            remarks.push(what);
        }
        if differ(Mishap::Undelivered) {
            let what = "Latencies are those of what was delivered, which is not the same \
                        deliveries with each strategy.";
            remarks.push(what.to_owned());
        }
        if self.replies > 0 {
            remarks.push(format!(
                "{} left out: each comes after a delivery, so they are not the same. Costs and \
                 failovers are of all that was sent.",
                counted(self.replies, "reply is", "replies are")
            ));
        }
        remarks
    }

    /// Whether a loss is established, and the interval of the same number has zero within.
    fn seems_to_contradict(&self) -> bool {
        let seeds = self.seeds.len() as u64;
        let is_wide = |path: &str, rival: usize| {
            let difference = self.get(path).and_then(|metric| metric.differences[rival].as_ref());
            let interval = difference.and_then(|it| it.mean.interval);
            interval.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0)
        };
        self.losses.iter().enumerate().any(|(rival, losses)| {
            losses.iter().flatten().any(|it| {
                let standing = it.statement(("", ""), seeds).standing;
                standing == Standing::Established && is_wide(it.mishap.path(), rival)
            })
        })
    }
}

impl Losses {
    /// What can be said of it, over so many seeds.
    fn statement(&self, (rival, reference): (&str, &str), seeds: u64) -> Statement {
        let Losses { mishap, pairs, p, seeds_less, seeds_more, p_seeds } = *self;
        let say = |standing, words| Statement { standing, words };
        let what = mishap.path();
        if pairs.offered == 0 {
            return say(Standing::Untold, format!("{what} can't be told: nothing was offered."));
        }
        let (ours, theirs) = (pairs.rival(), pairs.reference());
        let counts =
            format!("{} of {} against {}", grouped(ours), grouped(pairs.offered), grouped(theirs));
        if seeds < 2 {
            let words = format!("{what} can't be told of one seed: {counts}.");
            return say(Standing::Untold, words);
        }
        if pairs.reference_only + pairs.rival_only == 0 {
            let words = match pairs.both {
                0 => {
                    let (_, most) = clopper_pearson(0, seeds);
                    format!(
                        "{what}: none of {} with either in {seeds} seeds, so at most {} of runs have any (95 %, \
                         exact).",
                        grouped(pairs.offered),
                        bound(most)
                    )
                }
                both => format!(
                    "{what}: the same {} of {} with either.",
                    grouped(both),
                    grouped(pairs.offered)
                ),
            };
            return say(Standing::Same, words);
        }
        let (direction, other, agree, differ) = if ours <= theirs {
            ("less", "more", seeds_less, seeds_more)
        } else {
            ("more", "less", seeds_more, seeds_less)
        };
        let differ = if differ == 0 { "none".to_owned() } else { differ.to_string() };
        let by_seed = format!(
            "{direction} in {agree} of {seeds} seeds, {other} in {differ}, sign test: {}",
            chance(p_seeds)
        );
        let paired = format!("McNemar: {}", chance(p));
        let sure = 1.0 - CONFIDENCE;
        let agrees = p_seeds < sure && (ours < theirs) == (seeds_less > seeds_more);
        if p >= sure {
            let words = format!("{what}: no difference is established: {counts} ({paired}).");
            say(Standing::Open, words)
        } else if agrees {
            let does = match (mishap, direction) {
                (Mishap::Lost, _) => format!("loses {direction}"),
                (Mishap::AcceptedLost, "less") => "breaks fewer promises".to_owned(),
                (Mishap::AcceptedLost, _) => "breaks more promises".to_owned(),
                (Mishap::Undelivered, _) => format!("leaves {direction} undelivered"),
            };
            let words =
                format!("{what}: {rival} {does} than {reference}: {counts} ({paired}; {by_seed}).");
            say(Standing::Established, words)
        } else {
            // Six seeds that agree are the fewest that the sign test takes for sure.
            let (standing, why) = if seeds < 6 {
                (Standing::Untold, format!("{seeds} seeds can't tell, 6 at least can"))
            } else {
                (Standing::Open, by_seed)
            };
            let words = format!(
                "{what}: {counts}, which would be a difference ({paired}) were deliveries independent; \
                 but one fault takes many together, and counted by seeds it is not established ({why}).",
            );
            say(standing, words)
        }
    }
}

impl Number {
    /// What can be said of it, over so many seeds.
    fn statement(
        &self,
        rival: usize,
        (rival_name, reference_name): (&str, &str),
        seeds: u64,
    ) -> Statement {
        let (name, is_time) = (&self.metric.path, self.metric.unit == Unit::Millis);
        let unit = behind(self.metric.unit);
        let say = |standing, words| Statement { standing, words };
        let (ours, theirs) = (&self.means[rival + 1], &self.means[0]);
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            let without = match (ours, theirs) {
                (None, None) => format!("neither {rival_name} nor {reference_name} has a sample"),
                (None, _) => format!("{rival_name} has no sample"),
                _ => format!("{reference_name} has no sample"),
            };
            return say(Standing::Untold, format!("{name}: can't be told: {without}."));
        };
        let [our_mean, their_mean] = read([ours.mean, theirs.mean], self.metric.unit);
        let Some(difference) = &self.differences[rival] else {
            let words = format!("{name}: can't be told: no seed has a sample of both.");
            return say(Standing::Untold, words);
        };
        let Difference { mean, is_constant, .. } = difference;
        let Some((low, high)) = mean.interval else {
            let words =
                format!("{name}: can't be told of one pair: {our_mean} against {their_mean}.");
            return say(Standing::Untold, words);
        };
        let over = if mean.count < seeds {
            format!(", over the {} of {seeds} seeds that have both", mean.count)
        } else {
            String::new()
        };
        let means = format!("{our_mean} against {their_mean}{over}");
        // The difference and its interval in one unit: that of the means, unless it is far less.
        let (unit, per) = match is_time {
            true => {
                let apart = low.abs().max(high.abs());
                let greatest = ours.mean.max(theirs.mean).max(apart);
                let is_far_less = apart < greatest * 1e-3;
                let unit = TimeUnit::of(if is_far_less { apart } else { greatest });
                (format!(" {}", unit.name), unit.millis)
            }
            false => (unit, 1.0),
        };
        let by = significant(mean.mean.abs() / per, 4);
        let direction = if mean.mean < 0.0 { "less" } else { "more" };
        if *is_constant && mean.mean.abs() <= 0.0 {
            let words = format!("{name}: the same in every seed ({their_mean}{over}).");
            return say(Standing::Same, words);
        }
        if *is_constant {
            let words = format!(
                "{name}: {rival_name} has {by}{unit} {direction} than {reference_name} in every seed \
                 ({means})."
            );
            return say(Standing::Established, words);
        }
        if low > 0.0 || high < 0.0 {
            let (least, most) = if mean.mean < 0.0 { (-high, -low) } else { (low, high) };
            let words = format!(
                "{name}: {rival_name} has {by}{unit} {direction} than {reference_name} (95 %: {} to \
                 {} {direction}; {means}).",
                significant(least / per, 4),
                significant(most / per, 4)
            );
            return say(Standing::Established, words);
        }
        let beyond = outward(low.abs().max(high.abs()) / per, 2);
        let words = format!("{name}: no difference beyond ±{beyond}{unit} ({means}).");
        say(Standing::Open, words)
    }
}

/// A unit as it stands behind a number.
pub(crate) fn behind(unit: Unit) -> String {
    if unit.suffix().is_empty() { String::new() } else { format!(" {}", unit.suffix()) }
}

/// Two means with their unit: with four digits, or as many as tell them apart. Times are in one unit, unless one of
/// them would have nothing but zeros in it.
fn read(means: [f64; 2], unit: Unit) -> [String; 2] {
    let greatest = means.map(f64::abs).into_iter().fold(0.0, f64::max);
    let with_unit = |mean: f64| match unit {
        Unit::Millis => {
            let far = mean.abs() < greatest * 1e-3;
            let unit = TimeUnit::of(if far { mean } else { greatest });
            (unit.count(mean), format!(" {}", unit.name))
        }
        _ => (mean, behind(unit)),
    };
    let told = |digits| {
        means.map(|mean| {
            let (number, unit) = with_unit(mean);
            significant(number, digits) + &unit
        })
    };
    // Of floats: what differs by less than a part in 10¹² differs by rounding.
    (4..12).map(told).find(|[one, other]| one != other).unwrap_or_else(|| told(4))
}
