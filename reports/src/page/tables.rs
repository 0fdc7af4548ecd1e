//! The tables of the page. None is so long that the page gets heavy: what is cut off is said, and where it is.

use penult_models::Row;
use penult_sim::Time;

use super::html::{Cell, Table};
use crate::failovers::Failover;
use crate::faults::Outage;
use crate::seen::{Seen, SeenGateway, secs};
use crate::tell::grouped;

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
