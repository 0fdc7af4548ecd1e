//! Every number that all strategies have: one row says all that is known of it. A new one is a row here, and a field of the
//! [summary](crate::Summary).

use penult_models::{Fold, Metric, Unit};

use super::{Behind, Entry, Of};
use crate::flat::Value;
use crate::sample::Quantile;

/// The numbers in the order of `summary.json`.
pub(crate) static COMMON: [Entry; 58] = [
    Entry {
        metric: Metric::new("penult", Unit::Text, "the version of Penult").folds(Fold::Nothing),
        of: Of::One(|it| Value::from(&it.penult)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("schema", Unit::Number, "the version of these keys")
            .whole()
            .folds(Fold::Nothing),
        of: Of::One(|it| Value::from(&it.schema)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("scenario", Unit::Text, "what was run: the title of the scenario")
            .folds(Fold::Nothing),
        of: Of::One(|it| Value::from(&it.scenario)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("strategy", Unit::Text, "with which strategy").folds(Fold::Nothing),
        of: Of::One(|it| Value::from(&it.strategy)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("seed", Unit::Number, "with which seed").whole().folds(Fold::Nothing),
        of: Of::One(|it| Value::from(&it.seed)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("fingerprint", Unit::Text, "32 hex digits: equal ones mean equal runs")
            .folds(Fold::Nothing),
        of: Of::One(|it| Value::from(&it.fingerprint)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("events", Unit::Number, "events that fired").whole(),
        of: Of::One(|it| Value::from(&it.events)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("simulated_s", Unit::Seconds, "when the run stopped"),
        of: Of::One(|it| Value::from(&it.simulated_s)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "messages",
            Unit::Number,
            "messages that count: created after the warm-up and before the end",
        )
        .whole(),
        of: Of::One(|it| Value::from(&it.messages)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "deliveries.offered",
            Unit::Number,
            "deliveries of these messages, one for each recipient: the sum of the six fates",
        )
        .whole(),
        of: Of::One(|it| Value::from(&it.deliveries.offered)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "deliveries.accepted",
            Unit::Number,
            "those of which the sender was told that the system has them",
        )
        .whole()
        .more(),
        of: Of::One(|it| Value::from(&it.deliveries.accepted)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "deliveries.delivered",
            Unit::Number,
            "the recipient's application got it",
        )
        .whole()
        .more(),
        of: Of::One(|it| Value::from(&it.deliveries.delivered)),
        behind: Behind::Undelivered,
    },
    Entry {
        metric: Metric::new(
            "deliveries.rejected",
            Unit::Number,
            "policy refused it, and the sender was told",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.deliveries.rejected)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "deliveries.unsent",
            Unit::Number,
            "no node but the sender ever stored it",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.deliveries.unsent)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "deliveries.expired",
            Unit::Number,
            "its time ran out, where it was stored or, once that was nowhere any more, under way",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.deliveries.expired)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("deliveries.lost", Unit::Number, "nobody has it any more")
            .whole()
            .less(),
        of: Of::One(|it| Value::from(&it.deliveries.lost)),
        behind: Behind::Losses,
    },
    Entry {
        metric: Metric::new(
            "deliveries.stranded",
            Unit::Number,
            "somebody still had it when the run ended",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.deliveries.stranded)),
        behind: Behind::Stranded,
    },
    Entry {
        metric: Metric::new(
            "deliveries.accepted_lost",
            Unit::Number,
            "accepted, then lost: broken promises",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.deliveries.accepted_lost)),
        behind: Behind::BrokenPromises,
    },
    Entry {
        metric: Metric::new(
            "deliveries.duplicates_stopped",
            Unit::Number,
            "second copies that a device dropped",
        )
        .whole(),
        of: Of::One(|it| Value::from(&it.deliveries.duplicates_stopped)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "deliveries.duplicates_seen",
            Unit::Number,
            "second copies that an application got",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.deliveries.duplicates_seen)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "deliveries.out_of_order",
            Unit::Number,
            "delivered after a later one of the same sender",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.deliveries.out_of_order)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("deliveries.loss_rate", Unit::Share, "lost of offered")
            .less()
            .folds(Fold::LossRate),
        of: Of::One(|it| Value::from(&it.deliveries.loss_rate)),
        behind: Behind::Losses,
    },
    Entry {
        metric: Metric::new("loss.causes.<cause>", Unit::Number, "lost to this cause")
            .whole()
            .less(),
        of: Of::Cause,
        behind: Behind::LossesByCause,
    },
    Entry {
        metric: Metric::new("latency.count", Unit::Number, "latencies: of what was delivered")
            .whole(),
        of: Of::One(|it| Value::from(&it.latency.count)),
        behind: Behind::Undelivered,
    },
    Entry {
        metric: Metric::new(
            "latency.mean",
            Unit::Millis,
            "from the wish to send to the first delivery, on average",
        )
        .less(),
        of: Of::One(|it| Value::from(&it.latency.mean)),
        behind: Behind::Phases,
    },
    Entry {
        metric: Metric::new(
            "latency.sd",
            Unit::Millis,
            "the standard deviation of the sample (n − 1)",
        ),
        of: Of::One(|it| Value::from(&it.latency.sd)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("latency.min", Unit::Millis, "the fastest"),
        of: Of::One(|it| Value::from(&it.latency.min)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("latency.p50", Unit::Millis, "half took at most so long").less(),
        of: Of::One(|it| Value::from(&it.latency.p50)),
        behind: Behind::Tail(Quantile::P50),
    },
    Entry {
        metric: Metric::new("latency.p90", Unit::Millis, "90 % took at most so long").less(),
        of: Of::One(|it| Value::from(&it.latency.p90)),
        behind: Behind::Tail(Quantile::P90),
    },
    Entry {
        metric: Metric::new("latency.p95", Unit::Millis, "95 % took at most so long").less(),
        of: Of::One(|it| Value::from(&it.latency.p95)),
        behind: Behind::Tail(Quantile::P95),
    },
    Entry {
        metric: Metric::new("latency.p99", Unit::Millis, "99 % took at most so long").less(),
        of: Of::One(|it| Value::from(&it.latency.p99)),
        behind: Behind::Tail(Quantile::P99),
    },
    Entry {
        metric: Metric::new("latency.p999", Unit::Millis, "99.9 % took at most so long").less(),
        of: Of::One(|it| Value::from(&it.latency.p999)),
        behind: Behind::Tail(Quantile::P999),
    },
    Entry {
        metric: Metric::new("latency.p9999", Unit::Millis, "99.99 % took at most so long").less(),
        of: Of::One(|it| Value::from(&it.latency.p9999)),
        behind: Behind::Tail(Quantile::P9999),
    },
    Entry {
        metric: Metric::new("latency.max", Unit::Millis, "the slowest").less(),
        of: Of::One(|it| Value::from(&it.latency.max)),
        behind: Behind::Slowest,
    },
    Entry {
        metric: Metric::new(
            "latency.phases.<phase>",
            Unit::Millis,
            "what of the mean went to this phase",
        ),
        of: Of::Phase,
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "failover.suspicions",
            Unit::Number,
            "how often a gateway took another node for dead",
        )
        .whole(),
        of: Of::One(|it| Value::from(&it.failover.suspicions)),
        behind: Behind::Outages("failovers.csv"),
    },
    Entry {
        metric: Metric::new(
            "failover.false_suspicions",
            Unit::Number,
            "how often that node was up, also behind a partition",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.failover.false_suspicions)),
        behind: Behind::Outages("failovers.csv"),
    },
    Entry {
        metric: Metric::new(
            "failover.rehosts",
            Unit::Number,
            "how often a client got another host",
        )
        .whole(),
        of: Of::One(|it| Value::from(&it.failover.rehosts)),
        behind: Behind::Outages("failovers.csv"),
    },
    Entry {
        metric: Metric::new(
            "failover.failbacks",
            Unit::Number,
            "how often of these it was its home",
        )
        .whole(),
        of: Of::One(|it| Value::from(&it.failover.failbacks)),
        behind: Behind::Outages("failovers.csv"),
    },
    Entry {
        metric: Metric::new(
            "failover.detection.p50",
            Unit::Millis,
            "from a death to its first suspicion: half at most",
        )
        .less(),
        of: Of::One(|it| Value::from(&it.failover.detection.p50)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "failover.handover.p50",
            Unit::Millis,
            "from suspicion to the new host's first word to the client: half at most",
        )
        .less(),
        of: Of::One(|it| Value::from(&it.failover.handover.p50)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "failover.unhosted_s",
            Unit::Seconds,
            "clients up and online without a live host, summed over them",
        )
        .less(),
        of: Of::One(|it| Value::from(&it.failover.unhosted_s)),
        behind: Behind::Outages("faults.csv"),
    },
    Entry {
        metric: Metric::new(
            "failover.availability",
            Unit::Share,
            "of the time that clients were up and online, with a host",
        )
        .more(),
        of: Of::One(|it| Value::from(&it.failover.availability)),
        behind: Behind::Outages("faults.csv"),
    },
    Entry {
        metric: Metric::new(
            "resync.count",
            Unit::Number,
            "gateways that got what they lacked: back, or taking over",
        )
        .whole(),
        of: Of::One(|it| Value::from(&it.resync.count)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("resync.messages", Unit::Number, "messages that these got").whole(),
        of: Of::One(|it| Value::from(&it.resync.messages)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "resync.bytes",
            Unit::Bytes,
            "bytes of messages that these got, headers left out",
        )
        .whole(),
        of: Of::One(|it| Value::from(&it.resync.bytes)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "resync.time.p50",
            Unit::Millis,
            "until each had what it lacked: half at most",
        )
        .less(),
        of: Of::One(|it| Value::from(&it.resync.time.p50)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "cost.packets",
            Unit::Number,
            "without keepalives and heartbeats, each hop counted",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.cost.packets)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "cost.control",
            Unit::Number,
            "without content, keepalives and heartbeats among them",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.cost.control)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "cost.gateways_per_message",
            Unit::Number,
            "gateways that stored a message, on average",
        )
        .less(),
        of: Of::One(|it| Value::from(&it.cost.gateways_per_message)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("cost.bytes", Unit::Bytes, "bytes of all packets").whole().less(),
        of: Of::One(|it| Value::from(&it.cost.bytes)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "cost.transmissions_per_delivery",
            Unit::Number,
            "packets with content for each delivery that was delivered",
        )
        .less(),
        of: Of::One(|it| Value::from(&it.cost.transmissions_per_delivery)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("cost.copies_peak", Unit::Number, "copies at one time, at most")
            .whole()
            .less(),
        of: Of::One(|it| Value::from(&it.cost.copies_peak)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "cost.queue_bytes_peak",
            Unit::Bytes,
            "stored at one time at any nodes, at most",
        )
        .whole()
        .less(),
        of: Of::One(|it| Value::from(&it.cost.queue_bytes_peak)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "cost.queue_byte_seconds",
            Unit::ByteSeconds,
            "bytes stored, times how long",
        )
        .less(),
        of: Of::One(|it| Value::from(&it.cost.queue_byte_seconds)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new("cost.policy_runs", Unit::Number, "how often policy ran")
            .whole()
            .less(),
        of: Of::One(|it| Value::from(&it.cost.policy_runs)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "cost.transmissions_saved",
            Unit::Number,
            "packets with content that were spared because one took a message for several recipients",
        )
        .whole()
        .more(),
        of: Of::One(|it| Value::from(&it.cost.transmissions_saved)),
        behind: Behind::Nothing,
    },
    Entry {
        metric: Metric::new(
            "cost.policy_runs_saved",
            Unit::Number,
            "how often policy would have run beside, at every gateway that a message passed",
        )
        .whole()
        .more(),
        of: Of::One(|it| Value::from(&it.cost.policy_runs_saved)),
        behind: Behind::Nothing,
    },
];
