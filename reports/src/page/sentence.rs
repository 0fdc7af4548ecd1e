//! The answer first: what came of the run, in a sentence or a few.

use penult_models::Phase;

use crate::plots::millis;
use crate::seen::{Seen, Slowest};
use crate::summary::Deliveries;
use crate::tell::{grouped, verdict};

/// What a reader wants to know before anything else.
pub(crate) fn sentence(seen: &Seen<'_>) -> String {
    let deliveries = &seen.summary.deliveries;
    let mut said = vec![verdict(deliveries)];
    said.extend(others(deliveries));
    if deliveries.offered > 0 && deliveries.delivered == 0 {
        said.push("Nothing was delivered.".to_owned());
    }
    said.extend(seen.slowest.as_ref().map(slowest));
    said.join(" ")
}

/// What was neither delivered nor a broken promise.
fn others(deliveries: &Deliveries) -> Option<String> {
    let Deliveries { lost, accepted_lost, stranded, expired, unsent, rejected, .. } = *deliveries;
    let was = |count: u64| if count == 1 { "was" } else { "were" };
    let early = lost - accepted_lost.min(lost);
    let parts: Vec<String> = [
        (early, format!("{} lost before anybody had accepted it", was(early))),
        (stranded, format!("{} still under way when the run ended", was(stranded))),
        (expired, "expired".to_owned()),
        (unsent, format!("never left {} sender", if unsent == 1 { "its" } else { "their" })),
        (rejected, format!("{} rejected by policy", was(rejected))),
    ]
    .into_iter()
    .filter(|&(count, _)| count > 0)
    .map(|(count, what)| {
        let what = if count > 1 { what.replace("accepted it", "accepted them") } else { what };
        format!("{} {what}", grouped(count))
    })
    .collect();
    let (last, first) = parts.split_last()?;
    let all =
        if first.is_empty() { last.clone() } else { format!("{} and {last}", first.join(", ")) };
    Some(format!("Of {} offered, {all}.", grouped(deliveries.offered)))
}

/// How long the slowest delivery took, and on what most of it went.
fn slowest(slowest: &Slowest) -> String {
    let whole = millis(slowest.latency);
    let mut most = (Phase::ALL[0], 0.0);
    for (phase, part) in Phase::ALL.into_iter().zip(slowest.phases) {
        if part > most.1 {
            most = (phase, part);
        }
    }
    let (phase, part) = (most.0, millis(most.1));
    let unit = |text: &str| {
        text.split_once(' ').map(|(number, unit)| (number.to_owned(), unit.to_owned()))
    };
    let of_it = match (unit(&whole), unit(&part)) {
        _ if most.1 <= 0.0 => return format!("The slowest delivery took {whole}."),
        _ if whole == part => "all of it".to_owned(),
        (Some(whole), Some(part)) if whole.1 == part.1 => format!("{} of them", part.0),
        _ => format!("{part} of that"),
    };
    format!("The slowest delivery took {whole}, {of_it} {}.", doing(phase))
}

/// What a delivery does in a phase.
fn doing(phase: Phase) -> &'static str {
    match phase {
        Phase::Outbox => "waiting at its sender",
        Phase::Network => "on the network",
        Phase::Cpu => "waiting for processors and their work",
        Phase::Disk => "waiting for disks and their writes",
        Phase::Detection => "waiting for a dead gateway to be suspected",
        Phase::Handover => "waiting for a new host to take over",
        Phase::Away => "waiting for its recipient to come back",
        Phase::Parked => "parked until it was sent again",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slow(latency: f64, phase: Phase, part: f64) -> Slowest {
        let mut phases = [0.0; Phase::ALL.len()];
        phases[phase as usize] = part;
        phases[Phase::Network as usize] += latency - part;
        Slowest { message: "m1".into(), recipient: "c1".into(), latency, phases }
    }

    #[test]
    fn the_slowest_delivery_says_where_its_time_went() {
        let said = slowest(&slow(812.0, Phase::Detection, 640.0));
        let expected = "The slowest delivery took 812 ms, 640 of them waiting for a dead gateway to be suspected.";
        assert_eq!(said, expected);
        let said = slowest(&slow(44.0, Phase::Network, 44.0));
        assert_eq!(said, "The slowest delivery took 44 ms, all of it on the network.");
        let said = slowest(&slow(12_000.0, Phase::Away, 9000.0));
        let expected = "The slowest delivery took 12 s, 9000 ms of that waiting for its recipient to come back.";
        assert_eq!(said, expected);
        assert_eq!(slowest(&slow(0.0, Phase::Cpu, 0.0)), "The slowest delivery took 0 ms.");
    }

    #[test]
    fn every_other_fate_is_named() {
        let all = Deliveries {
            offered: 2000,
            accepted: 1900,
            delivered: 1980,
            lost: 3,
            accepted_lost: 2,
            stranded: 4,
            expired: 5,
            unsent: 1,
            rejected: 7,
            ..Deliveries::default()
        };
        assert_eq!(
            others(&all).as_deref(),
            Some(
                "Of 2,000 offered, 1 was lost before anybody had accepted it, 4 were still under way when the \
                 run ended, 5 expired, 1 never left its sender and 7 were rejected by policy."
            )
        );
        let stranded = Deliveries { offered: 10, stranded: 1, ..Deliveries::default() };
        let said = "Of 10 offered, 1 was still under way when the run ended.";
        assert_eq!(others(&stranded).as_deref(), Some(said));
        assert_eq!(others(&Deliveries { offered: 10, ..Deliveries::default() }), None);
        let early = Deliveries { offered: 10, lost: 2, ..Deliveries::default() };
        let said = "Of 10 offered, 2 were lost before anybody had accepted them.";
        assert_eq!(others(&early).as_deref(), Some(said));
    }
}
