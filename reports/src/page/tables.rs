//! The tables of the page. None is so long that the page gets heavy: what is cut off is said, and where it is.

use penult_models::{Phase, Row};
use penult_sim::Time;

use super::html::{Cell, Table};
use crate::failovers::Failover;
use crate::faults::Outage;
use crate::plots::millis;
use crate::seen::{Seen, SeenGateway, secs};
use crate::tell::{ONE_RUN, grouped, percent};

/// Rows at most in a table.
pub(crate) const MOST_ROWS: usize = 500;

/// Those rows that are shown, and a word about the others.
fn cut<T>(all: &[T], whole: usize, what: &str, file: &str) -> (usize, Option<String>) {
    let shown = all.len().min(MOST_ROWS);
    let note = (shown < whole).then(|| {
        let (shown, whole) = (grouped(shown as u64), grouped(whole as u64));
        format!("The first {shown} of {whole} {what}. The rest is in {file}.")
    });
    (shown, note)
}

/// How deliveries ended.
pub(crate) fn fates(seen: &Seen<'_>) -> Table {
    let it = &seen.summary.deliveries;
    let share = |count: u64| {
        let share = if it.offered == 0 { None } else { Some(count as f64 / it.offered as f64) };
        Cell::sorted(share.map_or("-".to_owned(), percent), share.unwrap_or(0.0))
    };
    let lost = match it.offered {
        0 => "nobody has it any more".to_owned(),
        _ => format!("nobody has it any more ({ONE_RUN})"),
    };
    let rows = [
        ("delivered", it.delivered, "the recipient's application got it"),
        ("lost", it.lost, lost.as_str()),
        ("… of these accepted before", it.accepted_lost, "a promise was broken"),
        ("stranded", it.stranded, "somebody still had it when the run ended"),
        ("expired", it.expired, "its time ran out"),
        ("unsent", it.unsent, "no node but the sender ever stored it"),
        ("rejected", it.rejected, "policy refused it, and the sender was told"),
        ("offered", it.offered, "all of them"),
    ];
    let row = |(name, count, what): (&str, u64, &str)| {
        vec![Cell::text(name), Cell::count(count), share(count), Cell::text(what)]
    };
    Table {
        id: "fates",
        title: "Deliveries by fate",
        columns: &["fate", "#deliveries", "#share", "meaning"],
        rows: rows.map(row).to_vec(),
        note: None,
    }
}

/// How late they were, and where the time went.
pub(crate) fn latencies(seen: &Seen<'_>) -> Table {
    let it = &seen.summary.latency;
    let value = |value: Option<f64>| {
        Cell::sorted(value.map_or("-".to_owned(), millis), value.unwrap_or(0.0))
    };
    let mut rows: Vec<Vec<Cell>> = [
        ("half within", it.p50),
        ("90 % within", it.p90),
        ("99 % within", it.p99),
        ("99.9 % within", it.p999),
        ("slowest", it.max),
        ("mean", it.mean),
    ]
    .into_iter()
    .map(|(name, number)| vec![Cell::text(name), value(number), Cell::text("")])
    .collect();
    for (phase, mean) in Phase::ALL.into_iter().zip(it.phases.0) {
        let slow = seen.slowest.as_ref().map(|slowest| slowest.phases[phase as usize]);
        if mean.unwrap_or(0.0) > 0.0 || slow.unwrap_or(0.0) > 0.0 {
            let name = format!("… of the mean: {}", phase.name());
            rows.push(vec![Cell::text(name), value(mean), value(slow)]);
        }
    }
    let note = seen.slowest.as_ref().map(|slowest| {
        format!("The slowest delivery was {} to {}.", slowest.message, slowest.recipient)
    });
    let columns = &["latency", "#time", "#of the slowest"];
    Table { id: "latencies", title: "Latency", columns, rows, note }
}

/// What took deliveries.
pub(crate) fn causes(seen: &Seen<'_>) -> Table {
    let mut all: Vec<_> = seen.causes.iter().collect();
    all.sort_by_key(|(_, taken)| std::cmp::Reverse(taken.lost));
    let (shown, note) = cut(&all, all.len(), "causes and places", "losses.csv");
    let rows = all[..shown].iter().map(|(cause, taken)| {
        vec![Cell::text(cause.to_string()), Cell::count(taken.lost), Cell::count(taken.accepted)]
    });
    Table {
        id: "causes",
        title: "Losses by cause and place",
        columns: &["cause", "#lost", "#accepted before"],
        rows: rows.collect(),
        note,
    }
}

/// Lost deliveries.
pub(crate) fn losses(seen: &Seen<'_>) -> Table {
    let whole = usize::try_from(seen.summary.deliveries.lost).unwrap_or(usize::MAX);
    let (shown, note) = cut(seen.losses, whole, "losses", "losses.csv");
    let row = |row: &Row| {
        vec![
            Cell::text(row.message.name()),
            Cell::text(row.message.sender.to_string()),
            Cell::text(row.recipient.to_string()),
            Cell::instant(Some(secs(row.created))),
            Cell::instant(row.gone.map(secs)),
            Cell::text(row.cause.map_or_else(String::new, |cause| cause.to_string())),
            Cell::text(if row.is_accepted_lost() { "broken" } else { "none made" }),
        ]
    };
    Table {
        id: "losses",
        title: "Lost deliveries",
        columns: &["message", "from", "to", "#created, s", "#lost, s", "cause", "promise"],
        rows: seen.losses[..shown].iter().map(row).collect(),
        note,
    }
}

/// Changes of host.
pub(crate) fn handovers(seen: &Seen<'_>) -> Table {
    let (shown, note) = cut(seen.failovers, seen.failovers.len(), "hand-overs", "failovers.csv");
    let instant = |at: Option<Time>| Cell::instant(at.map(secs));
    let row = |it: &Failover| {
        vec![
            Cell::text(it.client.to_string()),
            Cell::text(it.from.to_string()),
            Cell::text(it.to.to_string()),
            Cell::text(if it.is_failback { "failback" } else { "re-host" }),
            instant(it.died),
            instant(it.suspected),
            instant(Some(it.claimed)),
            instant(it.handed_over),
            instant(it.attached),
            instant(it.first_delivery),
        ]
    };
    Table {
        id: "handovers",
        title: "Hand-overs",
        columns: &[
            "client",
            "from",
            "to",
            "kind",
            "#died, s",
            "#suspected, s",
            "#claimed, s",
            "#handed over, s",
            "#attached, s",
            "#first delivery, s",
        ],
        rows: seen.failovers[..shown].iter().map(row).collect(),
        note,
    }
}

/// What faults took.
pub(crate) fn faults(seen: &Seen<'_>) -> Table {
    let (shown, note) = cut(seen.outages, seen.outages.len(), "strikes", "faults.csv");
    let row = |it: &Outage| {
        vec![
            Cell::text(it.kind),
            // The groups of a partition may be long.
            Cell::text(if it.what.is_empty() { "nothing left to take" } else { &it.what }).cut(120),
            Cell::text(if it.disk_lost { "lost" } else { "kept" }),
            Cell::instant(Some(secs(it.down))),
            Cell::instant(it.up.map(secs)),
        ]
    };
    Table {
        id: "faults",
        title: "Faults",
        columns: &["kind", "what", "disk", "#down, s", "#up, s"],
        rows: seen.outages[..shown].iter().map(row).collect(),
        note,
    }
}

/// What gateways bore.
pub(crate) fn gateways(seen: &Seen<'_>) -> Table {
    let (shown, note) = cut(&seen.gateways, seen.gateways.len(), "gateways", "gateways.csv");
    let row = |it: &SeenGateway| {
        vec![
            Cell::sorted(it.id.to_string(), f64::from(it.id.0)),
            Cell::count(it.stored),
            Cell::count(it.transmissions),
            Cell::count(it.queue_bytes_peak),
            Cell::count(it.crashes),
            Cell::instant(Some(it.clients.down.as_secs_f64())),
            Cell::count(it.clients.first),
            Cell::count(it.clients.most),
            Cell::count(it.clients.last),
        ]
    };
    Table {
        id: "gateways",
        title: "Gateways",
        columns: &[
            "gateway",
            "#stored",
            "#sent",
            "#queued at most, bytes",
            "#crashes",
            "#down, s",
            "#clients first",
            "#at most",
            "#at last",
        ],
        rows: seen.gateways[..shown].iter().map(row).collect(),
        note,
    }
}

/// What it cost.
pub(crate) fn cost(seen: &Seen<'_>) -> Table {
    let (it, failover) = (&seen.summary.cost, &seen.summary.failover);
    let mean = |value: Option<f64>| {
        Cell::sorted(value.map_or("-".to_owned(), |it| format!("{it:.2}")), value.unwrap_or(0.0))
    };
    let rows = [
        ("packets", Cell::count(it.packets), "without keepalives and heartbeats"),
        (
            "control packets",
            Cell::count(it.control),
            "without content, keepalives and heartbeats among them",
        ),
        ("bytes", Cell::count(it.bytes), "of all packets"),
        ("transmissions per delivery", mean(it.transmissions_per_delivery), "packets with content"),
        ("gateways per message", mean(it.gateways_per_message), "that stored it, on average"),
        ("copies at most", Cell::count(it.copies_peak), "at one time"),
        ("bytes queued at most", Cell::count(it.queue_bytes_peak), "at one time"),
        ("policy runs", Cell::count(it.policy_runs), ""),
        ("policy runs saved", Cell::count(it.policy_runs_saved), "at gateways after the source"),
        (
            "transmissions saved",
            Cell::count(it.transmissions_saved),
            "one packet for several recipients",
        ),
        ("suspicions", Cell::count(failover.suspicions), ""),
        ("false suspicions", Cell::count(failover.false_suspicions), "of nodes that were up"),
        (
            "clients without a host",
            Cell::instant(Some(failover.unhosted_s)),
            "seconds, summed over clients",
        ),
        ("resyncs", Cell::count(seen.summary.resync.count), "of gateways that came back"),
        ("bytes of resyncs", Cell::count(seen.summary.resync.bytes), ""),
    ];
    let row = |(name, value, what)| vec![Cell::text(name), value, Cell::text(what)];
    Table {
        id: "cost",
        title: "Cost",
        columns: &["what", "#amount", "of that"],
        rows: rows.map(row).to_vec(),
        note: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_tables_are_cut_with_a_word() {
        let (shown, note) = cut(&[0; 10_000], 10_000, "hand-overs", "failovers.csv");
        assert_eq!(shown, 500);
        let said = "The first 500 of 10,000 hand-overs. The rest is in failovers.csv.";
        assert_eq!(note.as_deref(), Some(said));
        assert_eq!(cut(&[0; 500], 500, "losses", "losses.csv"), (500, None));
    }
}
