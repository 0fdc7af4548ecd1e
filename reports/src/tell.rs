//! The summary in words and a table, for people: worst news first.

use std::fmt::Write;

use penult_models::Phase;

use crate::spans::long;
use crate::summary::{Deliveries, Summary};

/// Tells a person what happened: the verdict in its first line, then what went wrong, then how late things
/// were, who changed host, and what it cost.
pub fn tell(summary: &Summary) -> String {
    let mut told = Told(String::new());
    told.line(&verdict(&summary.deliveries));
    let Summary { scenario, strategy, seed, fingerprint, .. } = summary;
    told.line(&format!(
        "{scenario}: {strategy}, seed {seed}, {} s simulated, {}",
        decimal(summary.simulated_s, 3),
        counted(summary.messages, "message", "messages"),
    ));
    told.deliveries(summary);
    told.latency(summary);
    told.failover(summary);
    told.cost(summary);
    told.line(&format!("\nfingerprint {fingerprint}"));
    told.0
}

/// The run in one sentence.
pub(crate) fn verdict(deliveries: &Deliveries) -> String {
    let Deliveries { offered, accepted_lost, duplicates_seen, .. } = *deliveries;
    let shown_twice = match duplicates_seen {
        0 => String::new(),
        1 => " 1 delivery was shown twice.".to_owned(),
        seen => format!(" {} deliveries were shown twice.", grouped(seen)),
    };
    let verdict = match accepted_lost {
        _ if offered == 0 => "Nothing was offered.".to_owned(),
        0 => "Nothing that was accepted was lost.".to_owned(),
        1 => "1 accepted delivery was lost: a broken promise.".to_owned(),
        lost => format!("{} accepted deliveries were lost: broken promises.", grouped(lost)),
    };
    verdict + &shown_twice
}

/// Why the loss rate of one run has no interval.
pub(crate) const ONE_RUN: &str = "losses come in bursts, so one run gives no interval";

struct Told(String);

impl Told {
    fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    /// A name, a value, and what else there is to say.
    fn row(&mut self, name: &str, value: &str, more: &str) {
        self.line(&format!("  {name:<28}{value:>15}  {more}"));
    }

    fn heading(&mut self, what: &str) {
        let _ = write!(self.0, "\n{what}\n");
    }

    fn deliveries(&mut self, summary: &Summary) {
        let Deliveries {
            offered,
            accepted,
            delivered,
            rejected,
            unsent,
            expired,
            lost,
            stranded,
            accepted_lost,
            duplicates_stopped,
            duplicates_seen,
            out_of_order,
            loss_rate: _,
        } = summary.deliveries;
        self.heading("deliveries");
        let share = |count: u64| {
            if offered == 0 { String::new() } else { percent(count as f64 / offered as f64) }
        };
        self.row("accepted, then lost", &grouped(accepted_lost), &share(accepted_lost));
        if duplicates_seen > 0 {
            self.row("shown twice", &grouped(duplicates_seen), "");
        }
        let rate = format!("{}; {ONE_RUN}", share(lost));
        self.row("lost", &grouped(lost), if offered == 0 { "" } else { &rate });
        let mut causes: Vec<_> = summary.loss.causes.iter().collect();
        causes.sort_by_key(|&(cause, &count)| (std::cmp::Reverse(count), cause));
        for (cause, &count) in causes {
            self.row(&format!("  by {cause}"), &grouped(count), "");
        }
        for (name, count) in [
            ("stranded", stranded),
            ("expired", expired),
            ("unsent", unsent),
            ("rejected", rejected),
            ("out of order", out_of_order),
            ("duplicates stopped", duplicates_stopped),
        ] {
            if count > 0 {
                let is_fate = name != "out of order" && name != "duplicates stopped";
                self.row(
                    name,
                    &grouped(count),
                    if is_fate { share(count) } else { "".into() }.as_str(),
                );
            }
        }
        self.row("delivered", &grouped(delivered), &share(delivered));
        self.row("accepted", &grouped(accepted), &share(accepted));
        self.row("offered", &grouped(offered), "");
    }

    fn latency(&mut self, summary: &Summary) {
        let latency = &summary.latency;
        let Some(mean) = latency.mean else { return };
        self.heading("latency");
        for (name, value) in [
            ("slowest", latency.max),
            ("99.9 % within", latency.p999),
            ("99 % within", latency.p99),
            ("90 % within", latency.p90),
            ("half within", latency.p50),
            ("fastest", latency.min),
        ] {
            self.row(name, &millis(value), "");
        }
        let deviation =
            latency.sd.map_or_else(String::new, |sd| format!("sd {}", millis(Some(sd))));
        self.row("mean", &millis(Some(mean)), &deviation);
        let mut phases: Vec<(f64, Phase)> = Phase::ALL
            .into_iter()
            .zip(latency.phases.0)
            .filter_map(|(phase, mean)| Some((mean?, phase)))
            .filter(|&(mean, _)| mean > 0.0)
            .collect();
        phases.sort_by(|one, other| other.0.total_cmp(&one.0));
        for (part, phase) in phases {
            let name = format!("  {}", phase.name());
            self.row(&name, &millis(Some(part)), &percent(part / mean));
        }
    }

    fn failover(&mut self, summary: &Summary) {
        let failover = &summary.failover;
        let resync = &summary.resync;
        self.heading("failover");
        let availability = failover.availability.map_or_else(String::new, |share| {
            format!("clients had a host {} of their time online", percent(share))
        });
        let unhosted = format!("{} s", decimal(failover.unhosted_s, 3));
        self.row("clients without a host", &unhosted, &availability);
        if failover.suspicions > 0 {
            let wrong = format!("{} of them false", grouped(failover.false_suspicions));
            self.row("suspicions", &grouped(failover.suspicions), &wrong);
        }
        if failover.detection.p50.is_some() {
            self.row("death to suspicion", &millis(failover.detection.p50), "median");
        }
        if failover.handover.p50.is_some() {
            self.row("suspicion to handover", &millis(failover.handover.p50), "median");
        }
        if failover.rehosts > 0 {
            let home = format!("{} of them back home", grouped(failover.failbacks));
            self.row("clients that changed host", &grouped(failover.rehosts), &home);
        }
        if resync.count > 0 {
            let what = format!(
                "{}, {}, median {}",
                counted(resync.messages, "message", "messages"),
                counted(resync.bytes, "byte", "bytes"),
                millis(resync.time.p50)
            );
            self.row("resyncs", &grouped(resync.count), &what);
        }
    }

    fn cost(&mut self, summary: &Summary) {
        let cost = &summary.cost;
        self.heading("cost");
        self.row("packets", &grouped(cost.packets), "without keepalives and heartbeats");
        let control = "without content, keepalives and heartbeats among them";
        self.row("control packets", &grouped(cost.control), control);
        self.row("bytes", &grouped(cost.bytes), "of all packets");
        for (name, number) in [
            ("gateways per message", cost.gateways_per_message),
            ("transmissions per delivery", cost.transmissions_per_delivery),
        ] {
            if let Some(number) = number {
                self.row(name, &format!("{number:.2}"), "");
            }
        }
        self.row("copies at most", &grouped(cost.copies_peak), "");
        let byte_seconds =
            format!("{} byte-seconds", grouped(cost.queue_byte_seconds.round() as u64));
        self.row("bytes queued at most", &grouped(cost.queue_bytes_peak), &byte_seconds);
        let saved = format!("{} saved", grouped(cost.policy_runs_saved));
        self.row("policy runs", &grouped(cost.policy_runs), &saved);
        if cost.transmissions_saved > 0 {
            self.row("transmissions saved", &grouped(cost.transmissions_saved), "");
        }
    }
}

pub(crate) fn counted(count: u64, one: &str, several: &str) -> String {
    format!("{} {}", grouped(count), if count == 1 { one } else { several })
}

/// A count with its thousands apart: `1,234,567`.
pub(crate) fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// With so many digits at most after the point.
pub(crate) fn decimal(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

fn millis(number: Option<f64>) -> String {
    let Some(number) = number else { return "-".to_owned() };
    if let Some(long) = long(number) {
        return long;
    }
    let digits = if number < 1.0 { 6 } else { 3 };
    format!("{} ms", decimal(number, digits))
}

/// A share in percent. What is not all never reads as 100 %, what is not nothing never as 0 %.
pub(crate) fn percent(share: f64) -> String {
    let is_edge = share <= 0.0 || share >= 1.0;
    let digits = (2..=12).find(|&digits| {
        let text = decimal(share * 100.0, digits);
        is_edge || (text != "0" && text != "100")
    });
    format!("{} %", decimal(share * 100.0, digits.unwrap_or(12)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.0, 1.0, 0.5].map(percent), ["0 %", "100 %", "50 %"]);
        assert_eq!([0.999_999, 0.000_001].map(percent), ["99.9999 %", "0.0001 %"]);
        assert_eq!(millis(Some(44.0)), "44 ms");
        assert_eq!(millis(Some(0.000_5)), "0.0005 ms");
        assert_eq!(millis(Some(102_080_740.221)), "28.36 h");
    }
}
