//! Every number that all strategies have: one row says all that is known of it. A new one is a row here, and a field of
//! the [summary](crate::Summary).

use penult_models::{Fold, Metric, Unit};

use super::{Behind, Entry, Of};
use crate::flat::Value;
use crate::sample::Quantile;

/// A number: its path, which is its field in the summary, its unit, what it is; then whether it is whole, which way is good,
/// how seeds fold; and what explains it.
macro_rules! number {
    ($first:ident$(.$field:ident)*: $unit:ident, $about:literal $(, $how:ident$(($with:expr))?)* $(=> $behind:expr)?) => {
        Entry::one(
            Metric::new(concat!(stringify!($first) $(, ".", stringify!($field))*), Unit::$unit, $about)$(.$how($($with)?))*,
            |it| Value::from(&it.$first$(.$field)*),
        )$(.behind($behind))?
    };
}

/// The numbers in the order of `summary.json`.
#[rustfmt::skip]
pub(crate) static COMMON: [Entry; 61] = [
    number!(penult: Text, "the version of Penult", folds(Fold::Nothing)),
    number!(schema: Number, "the version of these keys", whole, folds(Fold::Nothing)),
    number!(scenario: Text, "what was run: the title of the scenario", folds(Fold::Nothing)),
    number!(strategy: Text, "with which strategy", folds(Fold::Nothing)),
    number!(seed: Number, "with which seed", whole, folds(Fold::Nothing)),
    number!(fingerprint: Text, "32 hex digits: equal ones mean equal runs", folds(Fold::Nothing)),
    number!(events: Number, "events that fired", whole),
    number!(simulated_s: Seconds, "when the run stopped"),
    number!(messages: Number, "messages that count: created after the warm-up and before the end", whole),
    number!(deliveries.offered: Number, "deliveries of these messages, one for each recipient: the sum of the six fates", whole),
    number!(deliveries.accepted: Number, "those of which the sender was told that the system has them", whole, more),
    number!(deliveries.delivered: Number, "the recipient's application got it", whole, more => Behind::Undelivered),
    number!(deliveries.rejected: Number, "policy refused it, and the sender was told", whole, less),
    number!(deliveries.unsent: Number, "no node but the sender ever stored it", whole, less),
    number!(deliveries.expired: Number, "its time ran out, where it was stored or, once that was nowhere any more, under way", whole, less),
    number!(deliveries.lost: Number, "nobody has it any more", whole, less => Behind::Losses),
    number!(deliveries.stranded: Number, "somebody still had it when the run ended", whole, less => Behind::Stranded),
    number!(deliveries.accepted_lost: Number, "accepted, then lost: broken promises", whole, less => Behind::BrokenPromises),
    number!(deliveries.duplicates_stopped: Number, "second copies that a device dropped", whole),
    number!(deliveries.duplicates_seen: Number, "second copies that an application got", whole, less),
    number!(deliveries.out_of_order: Number, "delivered after a later one of the same sender", whole, less),
    number!(deliveries.loss_rate: Share, "lost of offered", less, folds(Fold::LossRate) => Behind::Losses),
    Entry::family(Metric::new("loss.causes.<cause>", Unit::Number, "lost to this cause").whole().less(), Of::Cause).behind(Behind::LossesByCause),
    number!(latency.count: Number, "latencies: of what was delivered", whole => Behind::Undelivered),
    number!(latency.mean: Millis, "from the wish to send to the first delivery, on average", less => Behind::Phases),
    number!(latency.sd: Millis, "the standard deviation of the sample (n − 1)"),
    number!(latency.min: Millis, "the fastest"),
    number!(latency.p50: Millis, "half took at most so long", less => Behind::Tail(Quantile::P50)),
    number!(latency.p90: Millis, "90 % took at most so long", less => Behind::Tail(Quantile::P90)),
    number!(latency.p95: Millis, "95 % took at most so long", less => Behind::Tail(Quantile::P95)),
    number!(latency.p99: Millis, "99 % took at most so long", less => Behind::Tail(Quantile::P99)),
    number!(latency.p999: Millis, "99.9 % took at most so long", less => Behind::Tail(Quantile::P999)),
    number!(latency.p9999: Millis, "99.99 % took at most so long", less => Behind::Tail(Quantile::P9999)),
    number!(latency.max: Millis, "the slowest", less => Behind::Slowest),
    Entry::family(Metric::new("latency.phases.<phase>", Unit::Millis, "what of the mean went to this phase"), Of::Phase),
    number!(failover.suspicions: Number, "how often a gateway took another node for dead", whole => Behind::Outages("failovers.csv")),
    number!(failover.false_suspicions: Number, "how often that node was up, also behind a partition", whole, less => Behind::Outages("failovers.csv")),
    number!(failover.rehosts: Number, "how often a client got another host", whole => Behind::Outages("failovers.csv")),
    number!(failover.failbacks: Number, "how often of these it was its home", whole => Behind::Outages("failovers.csv")),
    number!(failover.detection.p50: Millis, "from a death to its first suspicion: half at most", less),
    number!(failover.handover.p50: Millis, "from suspicion to the new host's first word to the client: half at most", less),
    number!(failover.unhosted_s: Seconds, "clients up and online without a live host, summed over them", less => Behind::Outages("faults.csv")),
    number!(failover.availability: Share, "of the time that clients were up and online, with a host", more => Behind::Outages("faults.csv")),
    number!(resync.count: Number, "gateways that got what they lacked: back, or taking over", whole),
    number!(resync.messages: Number, "messages that these got", whole),
    number!(resync.bytes: Bytes, "bytes of messages that these got, headers left out", whole),
    number!(resync.time.p50: Millis, "until each had what it lacked: half at most", less),
    number!(receipts.count: Number, "senders' devices that were told that a message was received, one for each delivery", whole),
    number!(receipts.p50: Millis, "from the wish to send until the sender was told: half at most", less),
    number!(receipts.missing: Number, "deliveries of which the sender was never told", whole, less),
    number!(cost.packets: Number, "without keepalives and heartbeats, each hop counted", whole, less),
    number!(cost.control: Number, "without content, keepalives and heartbeats among them", whole, less),
    number!(cost.gateways_per_message: Number, "gateways that stored a message, on average", less),
    number!(cost.bytes: Bytes, "bytes of all packets", whole, less),
    number!(cost.transmissions_per_delivery: Number, "packets with content for each delivery that was delivered", less),
    number!(cost.copies_peak: Number, "copies at one time, at most", whole, less),
    number!(cost.queue_bytes_peak: Bytes, "stored at one time at any nodes, at most", whole, less),
    number!(cost.queue_byte_seconds: ByteSeconds, "bytes stored, times how long", less),
    number!(cost.policy_runs: Number, "how often policy ran", whole, less),
    number!(cost.transmissions_saved: Number, "packets with content that were spared: one took a message for several", whole, more),
    number!(cost.policy_runs_saved: Number, "how often policy would have run beside, at every gateway on the way", whole, more),
];
