//! Which numbers people are told, and in which order: one run's, and means of several. Each is called by its path, so that
//! it can be copied into `[expect]`.

use crate::metrics::path;

/// When a number is told, if there is a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Always.
    Always,
    /// Only if it is more than nothing.
    IfAny,
}
use When::{Always, IfAny};

/// Numbers that are told together: a heading, their paths, and when. A path that ends with a dot stands for all that
/// begin so, the most first.
pub(crate) type Group = (&'static str, &'static [(&'static str, When)]);

/// The worst news first. The numbers of the strategy's own come between the last two.
pub(crate) const GROUPS: [Group; 6] = [
    (
        "deliveries",
        &[
            (path("deliveries.accepted_lost"), Always),
            (path("deliveries.duplicates_seen"), IfAny),
            (path("deliveries.lost"), Always),
            (path("loss.causes."), IfAny),
            (path("deliveries.loss_rate"), Always),
            (path("deliveries.stranded"), IfAny),
            (path("deliveries.expired"), IfAny),
            (path("deliveries.unsent"), IfAny),
            (path("deliveries.rejected"), IfAny),
            (path("deliveries.out_of_order"), IfAny),
            (path("deliveries.duplicates_stopped"), IfAny),
            (path("deliveries.delivered"), Always),
            (path("deliveries.accepted"), Always),
            (path("deliveries.offered"), Always),
        ],
    ),
    (
        "latency",
        &[
            (path("latency.max"), Always),
            (path("latency.p9999"), Always),
            (path("latency.p999"), Always),
            (path("latency.p99"), Always),
            (path("latency.p95"), Always),
            (path("latency.p90"), Always),
            (path("latency.p50"), Always),
            (path("latency.min"), Always),
            (path("latency.sd"), Always),
            (path("latency.mean"), Always),
            (path("latency.phases."), IfAny),
        ],
    ),
    (
        "failover",
        &[
            (path("failover.availability"), Always),
            (path("failover.unhosted_s"), Always),
            (path("failover.suspicions"), IfAny),
            (path("failover.false_suspicions"), IfAny),
            (path("failover.detection.p50"), Always),
            (path("failover.handover.p50"), Always),
            (path("failover.rehosts"), IfAny),
            (path("failover.failbacks"), IfAny),
            (path("resync.count"), IfAny),
            (path("resync.messages"), IfAny),
            (path("resync.bytes"), IfAny),
            (path("resync.time.p50"), IfAny),
        ],
    ),
    (
        "receipts",
        &[
            (path("receipts.count"), IfAny),
            (path("receipts.p50"), IfAny),
            (path("receipts.missing"), IfAny),
        ],
    ),
    (
        "cost",
        &[
            (path("cost.packets"), Always),
            (path("cost.control"), Always),
            (path("cost.bytes"), Always),
            (path("cost.gateways_per_message"), Always),
            (path("cost.transmissions_per_delivery"), Always),
            (path("cost.copies_peak"), Always),
            (path("cost.queue_bytes_peak"), Always),
            (path("cost.queue_byte_seconds"), Always),
            (path("cost.policy_runs"), Always),
            (path("cost.transmissions_saved"), IfAny),
            (path("cost.policy_runs_saved"), IfAny),
        ],
    ),
    ("run", &[(path("simulated_s"), Always), (path("messages"), Always), (path("events"), Always)]),
];

/// Whether a number is a part of the one that is told before it.
pub(crate) fn is_part(path: &str) -> bool {
    PARTS.iter().any(|before| path.starts_with(before))
}

const PARTS: [&str; 2] = [path("loss.causes."), path("latency.phases.")];
