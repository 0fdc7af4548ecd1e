//! The nearest cause of a number of the summary: what a person would look up first when it is not as expected.

use std::cmp::Reverse;

use penult_models::{Cause, CauseKind, ClientId, Fate, Phase, Phases, Row, Totals};
use penult_sim::{Span, Time};

use crate::faults::Outage;
use crate::losses::{Losses, Toll};
use crate::metrics::{Behind, common_at};
use crate::outcome::Outcome;
use crate::sample::Quantile;
use crate::spans::long;
use crate::tails::{Tail, Tails};

/// The delivery that took longest.
#[derive(Clone, Debug)]
pub(crate) struct Slowest {
    pub(crate) latency: Span,
    pub(crate) message: String,
    sender: ClientId,
    pub(crate) recipient: ClientId,
    pub(crate) phases: Phases,
}

impl Slowest {
    /// Of two, the slower; of equals the one that was there.
    pub(crate) fn finished(slowest: &mut Option<Slowest>, row: &Row, latency: Span) {
        if slowest.as_ref().is_none_or(|slowest| slowest.latency < latency) {
            *slowest = Some(Slowest {
                latency,
                message: row.message.name(),
                sender: row.message.sender,
                recipient: row.recipient,
                phases: row.phases,
            });
        }
    }
}

/// What is known of a run beside its numbers.
#[derive(Clone, Debug)]
pub struct Evidence {
    losses: Losses,
    slowest: Option<Slowest>,
    tails: Tails,
    outages: Vec<Outage>,
    totals: Totals,
    ended: Time,
}

impl Outcome {
    /// What explains its numbers.
    pub fn evidence(&self) -> Evidence {
        Evidence {
            losses: self.losses.clone(),
            slowest: self.slowest.clone(),
            tails: self.tails.clone(),
            outages: self.outages().to_vec(),
            totals: self.totals.clone(),
            ended: self.ended,
        }
    }
}

impl Evidence {
    /// What is behind the number at this path of the summary, and which table of the report shows it; nothing where
    /// that would be a guess.
    pub fn why(&self, path: &str) -> Option<String> {
        let (what, table) = match common_at(path)?.behind() {
            Behind::Nothing => return None,
            Behind::Losses => (self.losses(|_, toll| toll.lost)?, "losses.csv"),
            Behind::BrokenPromises => (self.losses(|_, toll| toll.accepted)?, "losses.csv"),
            Behind::LossesByCause => {
                let of_kind = |cause: &Cause, toll: &Toll| {
                    if path.ends_with(&format!(".{}", cause.kind.name())) { toll.lost } else { 0 }
                };
                (self.losses(of_kind)?, "losses.csv")
            }
            Behind::Undelivered => {
                let table = if self.losses.0.is_empty() { "timeline.csv" } else { "losses.csv" };
                (self.undelivered()?, table)
            }
            Behind::Stranded => (self.stranded()?, "timeline.csv"),
            Behind::Slowest => (self.slowest()?, "latency.csv"),
            Behind::Phases => (self.phase()?, "latency.csv"),
            Behind::Tail(quantile) => (self.tail(quantile)?, "latency.csv"),
            Behind::Outages(table) => (self.outages(), table),
        };
        Some(format!("{what}, see {table}"))
    }

    /// What took most, and what took next to it.
    fn losses(&self, count: impl Fn(&Cause, &Toll) -> u64) -> Option<String> {
        let all = self.losses.0.iter().map(|(cause, toll)| (count(cause, toll), cause, toll));
        let mut all: Vec<_> = all.filter(|&(count, ..)| count > 0).collect();
        all.sort_by_key(|&(count, cause, _)| (Reverse(count), cause));
        let sum: u64 = all.iter().map(|&(count, ..)| count).sum();
        let said: Vec<String> = match all.as_slice() {
            [] => return None,
            [(_, cause, toll)] => {
                let many = if sum == 1 { String::new() } else { format!("all {sum} ") };
                vec![format!("{many}{}", self.by(cause, toll))]
            }
            several => several
                .iter()
                .take(2)
                .map(|(count, cause, toll)| format!("{count} {}", self.by(cause, toll)))
                .collect(),
        };
        let rest: u64 = all.iter().skip(2).map(|&(count, ..)| count).sum();
        let more = if rest > 0 { format!(", {rest} by others") } else { String::new() };
        Some(said.join(", ") + &more)
    }

    /// When or where it happened: "when g2 crashed at 12.4s".
    fn by(&self, cause: &Cause, toll: &Toll) -> String {
        let Toll { first, last, .. } = *toll;
        let name = cause.place.to_string();
        let crashes: Vec<Time> = match cause.kind {
            CauseKind::Crash => {
                let of_node = self.outages.iter().filter(|outage| outage.what == name);
                of_node.map(|outage| outage.down).filter(|&down| down <= last).collect()
            }
            _ => Vec::new(),
        };
        // Mail that comes to a dead node is lost by its last crash before.
        match crashes.iter().rfind(|&&down| down <= first) {
            Some(&down) if crashes.last() == Some(&down) => {
                format!("when {name} crashed at {down}")
            }
            Some(&down) => format!("when {name} crashed, first at {down}, last by {last}"),
            None if first == last => format!("by {cause} at {first}"),
            None => format!("by {cause} from {first} to {last}"),
        }
    }

    /// How else those ended that were not delivered.
    fn undelivered(&self) -> Option<String> {
        let fates = [
            (Fate::Lost, "lost"),
            (Fate::Stranded, "stranded"),
            (Fate::Expired, "expired"),
            (Fate::Unsent, "unsent"),
            (Fate::Rejected, "rejected"),
        ];
        let counts = fates.map(|(fate, name)| (self.totals.of(fate), name));
        let some = counts.iter().filter(|(count, _)| *count > 0);
        let said: Vec<String> = some.map(|(count, name)| format!("{count} {name}")).collect();
        if said.is_empty() {
            return None;
        }
        let lost = self.losses(|_, toll| toll.lost);
        let lost = lost.map(|lost| format!("; of the lost {lost}")).unwrap_or_default();
        Some(format!("{} of {} offered{lost}", said.join(", "), self.totals.offered))
    }

    fn stranded(&self) -> Option<String> {
        let stranded = self.totals.of(Fate::Stranded);
        let ended = self.ended;
        (stranded > 0).then(|| format!("under way still when the run ended at {ended}"))
    }

    fn slowest(&self) -> Option<String> {
        let Slowest { latency, message, sender, recipient, phases } = self.slowest.as_ref()?;
        let (span, phase) = longest(|phase| phases.get(phase));
        Some(format!(
            "the slowest, {message} from {sender} to {recipient}, took {latency}, {span} of it {}",
            phase.name()
        ))
    }

    /// On what those at a quantile and above spent most of their time.
    fn tail(&self, quantile: Quantile) -> Option<String> {
        let Tail { from, shares } = self.tails.from(quantile)?;
        // What is less than a tenth explains nothing, unless there is nothing else.
        let told = shares.iter().enumerate().take(2).filter(|(at, it)| *at == 0 || it.1 >= 0.1);
        let told: Vec<String> = told
            .map(|(at, (phase, share))| {
                let is = if at == 0 { " is" } else { "" };
                format!("{}{is} {:.0} %", phase.name(), 100.0 * share)
            })
            .collect();
        // Not rounded up: those that took a little less are among them.
        let from = (from.as_millis_f64() * 100.0).floor() / 100.0;
        let from = long(from).unwrap_or_else(|| format!("{from} ms"));
        let told = told.join(", ");
        Some(format!("{told} of the time of those that took {from} and more"))
    }

    fn phase(&self) -> Option<String> {
        let count = self.totals.of(Fate::Delivered);
        let sum: u128 = self.totals.phases.iter().sum();
        let (most, phase) = longest(|phase| self.totals.phases[phase as usize]);
        let share = (most * 100).checked_div(sum)?;
        (count > 0).then(|| format!("{} is {share} % of the mean", phase.name()))
    }

    /// What failed, the first of it in words.
    fn outages(&self) -> String {
        let Some(first) = self.outages.iter().find(|outage| !outage.what.is_empty()) else {
            return "no fault struck".to_owned();
        };
        let Outage { kind, what, down, up, .. } = first;
        let back = up.map_or("and never came back".to_owned(), |up| format!("until {up}"));
        match self.outages.iter().filter(|outage| !outage.what.is_empty()).count() {
            1 => format!("one outage, {kind} of {what} at {down} {back}"),
            many => format!("{many} outages, the first {kind} of {what} at {down} {back}"),
        }
    }
}

/// The phase that took most; of equals the first.
fn longest<T: PartialOrd>(of: impl Fn(Phase) -> T) -> (T, Phase) {
    let mut longest = (of(Phase::ALL[0]), Phase::ALL[0]);
    for phase in Phase::ALL {
        let span = of(phase);
        if span > longest.0 {
            longest = (span, phase);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use penult_models::{GatewayId, PlaceName};

    use super::*;

    fn evidence(losses: &[(CauseKind, u32, u64, u64, u64)]) -> Evidence {
        let losses = losses.iter().map(|&(kind, gateway, lost, first, last)| {
            let place = PlaceName::Gateway(GatewayId(gateway));
            let (first, last) = (Time::from_nanos(first), Time::from_nanos(last));
            (Cause { kind, place, to: None }, Toll { lost, accepted: 1, first, last })
        });
        let crash = |node: u32, at| Outage {
            fault: 0,
            kind: "crash",
            what: format!("g{node}"),
            disk_lost: false,
            down: Time::from_nanos(at),
            up: None,
        };
        Evidence {
            losses: Losses(losses.collect()),
            slowest: None,
            tails: Tails::default(),
            outages: vec![crash(2, 12_400_000_000), crash(2, 40_000_000_000), crash(3, 5)],
            totals: Totals::default(),
            ended: Time::from_nanos(90_000_000_000),
        }
    }

    #[test]
    fn a_quantile_is_explained_by_those_that_took_as_long() {
        let mut evidence = evidence(&[]);
        let mut finished = |count, network, away| {
            let mut phases = Phases::default();
            phases.add(Phase::Network, Span::millis(network));
            phases.add(Phase::Away, Span::millis(away));
            (0..count).for_each(|_| evidence.tails.add(phases.total(), &phases));
        };
        finished(890, 44, 0);
        finished(100, 100, 300);
        finished(10, 44, 20_000);
        let said = |path| evidence.why(path).unwrap();
        let of = "of the time of those that took";
        // 39.2 s of it are network, 30 s and 200 s away; 10 s and 30 s; 0.4 s and 200 s.
        assert_eq!(
            said("latency.p50"),
            format!("away is 82 %, network 18 % {of} 41.94 ms and more, see latency.csv")
        );
        assert_eq!(
            said("latency.p90"),
            format!("away is 96 % {of} 385.87 ms and more, see latency.csv")
        );
        assert_eq!(
            said("latency.p999"),
            format!("away is 100 % {of} 19.33 s and more, see latency.csv")
        );
        assert_eq!(evidence.why("latency.max"), None);
    }

    #[test]
    fn losses_are_led_back_to_the_crash() {
        use CauseKind::{Corrupted, Crash};
        let at_once = evidence(&[(Crash, 2, 3, 12_400_000_000, 12_500_000_000)]);
        let said = |evidence: &Evidence, path| evidence.why(path);
        let expected = "all 3 when g2 crashed at 12.4s, see losses.csv";
        assert_eq!(said(&at_once, "deliveries.lost").as_deref(), Some(expected));
        assert_eq!(said(&at_once, "loss.causes.crash").as_deref(), Some(expected));
        assert_eq!(said(&at_once, "loss.causes.offline"), None);
        let one = "when g2 crashed at 12.4s, see losses.csv";
        assert_eq!(said(&at_once, "deliveries.accepted_lost").as_deref(), Some(one));
        let twice = evidence(&[(Crash, 2, 3, 12_400_000_000, 50_000_000_000)]);
        let expected = "all 3 when g2 crashed, first at 12.4s, last by 50s, see losses.csv";
        assert_eq!(said(&twice, "deliveries.lost").as_deref(), Some(expected));
        let mixed = evidence(&[
            (Crash, 2, 1, 13_000_000_000, 13_000_000_000),
            (Crash, 3, 2, 5, 6),
            (Corrupted, 1, 7, 1_000, 2_000),
        ]);
        let expected = "7 by corrupted(g1) from 1us to 2us, 2 when g3 crashed at 5ns, 1 by others, \
                        see losses.csv";
        assert_eq!(said(&mixed, "deliveries.lost").as_deref(), Some(expected));
        assert_eq!(said(&evidence(&[]), "deliveries.lost"), None);
        assert_eq!(said(&mixed, "cost.bytes"), None);
    }
}
