//! `summary.json`: a run in numbers. Its keys are what expectations, objectives and sweeps refer to.

use std::collections::BTreeMap;

use penult_models::{CauseKind, Phase};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::own::Nested;

/// The version of the keys.
pub const SCHEMA: u32 = 1;

/// A run in numbers. Lengths of time are milliseconds, or seconds where a name ends with `_s`. A
/// quantity without a sample, such as the median of no latencies, is `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// The version of Penult.
    pub penult: String,
    /// The version of these keys.
    pub schema: u32,
    /// What was run.
    pub scenario: String,
    /// With which strategy.
    pub strategy: String,
    /// With which seed.
    pub seed: u64,
    /// 32 hex digits: equal ones mean equal runs.
    pub fingerprint: String,
    /// How many events fired.
    pub events: u64,
    /// When the run stopped.
    pub simulated_s: f64,
    /// How many messages are counted: those created after the warm-up and before the end.
    pub messages: u64,
    /// How their deliveries ended.
    pub deliveries: Deliveries,
    /// Why some were lost.
    pub loss: Loss,
    /// How late the others were.
    pub latency: Latency,
    /// Who changed host. Counts are over the whole run, `unhosted_s` and `availability` over the part
    /// that counts.
    pub failover: Failovers,
    /// What gateways that came back had to catch up, over the whole run.
    pub resync: Resync,
    /// What senders were told of receipts.
    pub receipts: Receipts,
    /// What it cost: packets, bytes and policy runs of the whole run, the rest of the part that counts.
    pub cost: Cost,
    /// The numbers of the strategy's own, by their paths.
    #[serde(flatten)]
    pub own: Nested,
    /// What had to be assumed about the scenario and its files, each said once. Not a path: no number.
    pub assumed: Vec<String>,
}

/// How deliveries ended: `offered` is the sum of the six fates.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Deliveries {
    /// All of them.
    pub offered: u64,
    /// Whose sender was told that the system has it.
    pub accepted: u64,
    /// The recipient's application got it.
    pub delivered: u64,
    /// Policy refused it, and the sender was told.
    pub rejected: u64,
    /// No node but the sender ever stored it.
    pub unsent: u64,
    /// Its time ran out.
    pub expired: u64,
    /// Nobody has it any more.
    pub lost: u64,
    /// Somebody still had it when the run ended.
    pub stranded: u64,
    /// Accepted, then lost: broken promises.
    pub accepted_lost: u64,
    /// Second copies that a device dropped.
    pub duplicates_stopped: u64,
    /// Second copies that an application got.
    pub duplicates_seen: u64,
    /// Delivered after a later one of the same sender.
    pub out_of_order: u64,
    /// Lost of offered; none of none.
    pub loss_rate: Option<f64>,
}

/// Why deliveries were lost.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Loss {
    /// How many by each cause that took any.
    #[serde(serialize_with = "by_name")]
    pub causes: BTreeMap<CauseKind, u64>,
}

/// How late deliveries were, in milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Latency {
    /// How many were delivered.
    pub count: u64,
    /// On average.
    pub mean: Option<f64>,
    /// The standard deviation of the sample; none of fewer than two.
    pub sd: Option<f64>,
    /// The fastest.
    pub min: Option<f64>,
    /// Half were at most so late.
    pub p50: Option<f64>,
    /// 90 % were.
    pub p90: Option<f64>,
    /// 95 % were.
    pub p95: Option<f64>,
    /// 99 % were.
    pub p99: Option<f64>,
    /// 99.9 % were.
    pub p999: Option<f64>,
    /// 99.99 % were.
    pub p9999: Option<f64>,
    /// The slowest.
    pub max: Option<f64>,
    /// Where the mean went.
    pub phases: Phases,
}

/// How long each phase took on average, in milliseconds. They add up to the mean latency.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Phases(pub [Option<f64>; Phase::ALL.len()]);

/// Who changed host.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Failovers {
    /// How often a gateway took another node for dead.
    pub suspicions: u64,
    /// How often that node was up.
    pub false_suspicions: u64,
    /// How often a client got another host.
    pub rehosts: u64,
    /// How often of these it was its home.
    pub failbacks: u64,
    /// From a death to the first suspicion of it.
    pub detection: Median,
    /// From suspicion to the new host's first word to the client.
    pub handover: Median,
    /// How long clients were online without a live host, summed over clients.
    pub unhosted_s: f64,
    /// The share of the time of clients that were online during which they had one; none if none was.
    pub availability: Option<f64>,
}

/// The middle of a sample, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Median {
    /// Half of the sample is at most that.
    pub p50: Option<f64>,
}

/// What gateways that came back had to catch up.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Resync {
    /// How often one did.
    pub count: u64,
    /// How many messages.
    pub messages: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How long each took.
    pub time: Median,
}

/// What senders were told of receipts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Receipts {
    /// How many receipts came to the devices of senders: one for each delivery.
    pub count: u64,
    /// How long after the wish to send half of them came at most.
    pub p50: Option<f64>,
    /// How many deliveries were delivered of which the sender was not told.
    pub missing: u64,
}

/// What it cost.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Cost {
    /// Packets, without keepalives and heartbeats.
    pub packets: u64,
    /// Packets without content, with keepalives and heartbeats.
    pub control: u64,
    /// How many gateways stored a message, on average.
    pub gateways_per_message: Option<f64>,
    /// Bytes of all packets.
    pub bytes: u64,
    /// Packets with content for each delivery that was delivered.
    pub transmissions_per_delivery: Option<f64>,
    /// Most copies at one time.
    pub copies_peak: u64,
    /// Most bytes in queues at one time.
    pub queue_bytes_peak: u64,
    /// Bytes in queues times how long they were there.
    pub queue_byte_seconds: f64,
    /// How often policy ran.
    pub policy_runs: u64,
    /// Packets that were spared because one took a message for several recipients.
    pub transmissions_saved: u64,
    /// How often policy would have run beside, at every gateway.
    pub policy_runs_saved: u64,
}

impl Summary {
    /// What was lost, and of how many.
    pub fn losses(&self) -> (u64, u64) {
        (self.deliveries.lost, self.deliveries.offered)
    }

    /// As it stands in `summary.json`.
    pub fn to_json(&self) -> String {
        let mut json =
            serde_json::to_string_pretty(self).expect("numbers and names can be written");
        json.push('\n');
        json
    }
}

impl Serialize for Phases {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Phase::ALL.iter().map(|phase| phase.name()).zip(&self.0))
    }
}

fn by_name<S: Serializer>(
    causes: &BTreeMap<CauseKind, u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(causes.len()))?;
    for (cause, count) in causes {
        map.serialize_entry(cause.name(), count)?;
    }
    map.end()
}
