//! How much memory a run would need, estimated from the scenario alone, before anything is built: what is too much
//! is refused instead of being killed halfway.
//!
//! The numbers of bytes were measured, as peaks of what runs hold. Estimates of worlds that are large for one
//! reason are within a factor of two of that, which a test sees to; what retries and failovers add is in none.

use penult_sim::{Density, Shape, Span};

use crate::strategies::{Keeps, Strategy};
use crate::tables::{Fault, Kind, Queue, Scenario, To, What, When, Who};
use crate::units::Bytes;

/// A run holds so much whatever the world.
const BASE: f64 = 8e6;
/// A device, with its access link, its timers, and what reports know of it.
const CLIENT: f64 = 850.0;
const GATEWAY: f64 = 4e3;
/// One way of a link: as it is configured, on the map, in the network.
const DIRECTION: f64 = 140.0;
/// What the two ends of a way know of each other with heartbeats.
const HEARTBEAT: f64 = 340.0;
/// One gateway in the order of another's neighbours; and on its map of ways, once it sends.
const PAIR: f64 = 4.0;
const WAY: f64 = 36.0;
/// A message that is under way to a recipient, beside its copies; and each copy.
const DELIVERY: f64 = 1300.0;
const COPY: f64 = 300.0;
/// A member of a conversation.
const MEMBER: f64 = 8.0;
/// A failure, from the plan to the report.
const FAILURE: f64 = 340.0;

/// What a run would need, and what for.
pub(crate) struct Estimate {
    /// The most first.
    pub(crate) parts: Vec<Part>,
}

/// Why a run of this scenario with a strategy is refused, if it is: the key that asks for most, what is wrong,
/// and what would be right.
pub(crate) fn too_much(
    scenario: &Scenario,
    strategy: Strategy,
) -> Option<(String, String, String)> {
    let estimate = Estimate::of(scenario, strategy);
    let (bytes, limit) = (estimate.bytes(), scenario.memory_limit);
    if bytes <= limit.0 as f64 {
        return None;
    }
    let most = &estimate.parts[0];
    let all = shown_bytes(bytes);
    let what = format!("a run would need about {all} of memory, most of it for {}", most.what);
    // The next power of two, so that it reads well.
    let mend = match (bytes as u64).checked_next_power_of_two().map(Bytes) {
        Some(enough) => format!(
            "make it smaller, or allow more than {limit}, if the machine has it: \
             memory_limit = \"{enough}\""
        ),
        None => "make it smaller".to_owned(),
    };
    Some((most.path.clone(), what, mend))
}

/// Something that takes memory.
pub(crate) struct Part {
    /// What, with its number.
    pub(crate) what: String,
    /// The key that says how much there is of it.
    pub(crate) path: String,
    pub(crate) bytes: f64,
}

impl Estimate {
    /// All bytes.
    pub(crate) fn bytes(&self) -> f64 {
        self.parts.iter().map(|part| part.bytes).fold(BASE, |sum, bytes| sum + bytes)
    }

    /// What a run of this scenario needs with a strategy.
    pub(crate) fn of(scenario: &Scenario, strategy: Strategy) -> Estimate {
        let hops = hops(scenario);
        let keeps = strategy.entry().keeps(scenario, hops);
        let mut parts = vec![
            clients(scenario),
            gateways(scenario, &keeps),
            deliveries(scenario, hops, &keeps),
            failures(scenario, strategy),
        ];
        parts.extend(conversations(scenario));
        parts.sort_by(|a, b| b.bytes.total_cmp(&a.bytes));
        Estimate { parts }
    }
}

fn clients(scenario: &Scenario) -> Part {
    let count = f64::from(scenario.clients.count);
    Part {
        what: format!("{} clients", shown(count)),
        path: "clients.count".to_owned(),
        bytes: count * CLIENT,
    }
}

fn gateways(scenario: &Scenario, keeps: &Keeps) -> Part {
    let count = f64::from(scenario.gateways.count);
    let links = links(scenario);
    let direction = DIRECTION + if keeps.heartbeats { HEARTBEAT } else { 0.0 };
    let senders = count.min(f64::from(scenario.clients.count));
    let bytes = count * (GATEWAY + count * PAIR + senders * WAY) + 2.0 * links * direction;
    Part {
        what: format!("{} gateways with {} links", shown(count), shown(links)),
        path: "gateways.count".to_owned(),
        bytes,
    }
}

/// How many links there are, on average where chance decides.
pub(crate) fn links(scenario: &Scenario) -> f64 {
    let gateways = &scenario.gateways;
    let count = f64::from(gateways.count);
    let pairs = count * (count - 1.0).max(0.0) / 2.0;
    match gateways.shape.built() {
        None => gateways.shape.map().map_or(0.0, |map| map.topology.links.len() as f64),
        Some(Shape::Full) => pairs,
        Some(Shape::Random(Density::Probability(share))) => pairs * share,
        Some(Shape::Random(Density::Degree(degree))) => pairs.min(count * degree / 2.0),
        Some(Shape::SmallWorld { neighbours, .. }) => pairs.min(count * neighbours as f64 / 2.0),
        Some(Shape::ScaleFree { links }) => pairs.min(count * links as f64),
        Some(Shape::Grid) => 2.0 * count,
        Some(_) => count,
    }
}

/// Over how many links a way leads from gateway to gateway, roughly.
fn hops(scenario: &Scenario) -> f64 {
    let count = f64::from(scenario.gateways.count).max(1.0);
    // With d links each, what is h hops away grows as d^h.
    let spread = |degree: f64| libm::log(count) / libm::log(degree.max(1.5));
    let hops = match scenario.gateways.shape.built() {
        Some(Shape::Full) => 1.0,
        Some(Shape::Line) => count / 3.0,
        Some(Shape::Ring) => count / 4.0,
        Some(Shape::Star) => 2.0,
        Some(Shape::Tree { arity }) if arity < 2 => count / 3.0,
        Some(Shape::Tree { arity }) => 2.0 * spread(arity as f64),
        Some(Shape::Grid) => count.sqrt() * 2.0 / 3.0,
        Some(Shape::SmallWorld { neighbours, rewire }) if rewire < 0.01 => {
            count / (2.0 * neighbours as f64)
        }
        _ => spread(2.0 * links(scenario) / count),
    };
    hops.clamp(1.0, count)
}

/// What users send in a whole run, and at once.
pub(crate) struct Sent {
    /// Messages of the run.
    pub(crate) messages: f64,
    per_second: f64,
    /// Of one sender, at one instant.
    at_once: f64,
    recipients: f64,
}

/// What users send, replies apart.
pub(crate) fn sent(scenario: &Scenario) -> Sent {
    let workload = &scenario.workload;
    let seconds = scenario.duration.as_secs_f64().max(1e-9);
    let clients = f64::from(scenario.clients.count);
    let others = (clients - 1.0).max(1.0);
    let drawn = match &workload.to {
        To::Conversations(conversations) => conversations.members.mean() - 1.0,
        To::Uniform | To::Zipf { .. } => workload.recipients.mean(),
    };
    let listed = |messages: usize, deliveries: usize| Sent {
        messages: messages as f64,
        per_second: messages as f64 / seconds,
        at_once: 1.0,
        recipients: deliveries as f64 / messages.max(1) as f64,
    };
    let by_rate = |per_second: f64, at_once: f64| Sent {
        messages: per_second * seconds,
        per_second,
        at_once,
        recipients: drawn.clamp(1.0, others),
    };
    match &workload.kind {
        Kind::List => {
            let deliveries = scenario.message.iter().map(|message| message.to.len()).sum();
            listed(scenario.message.len(), deliveries)
        }
        Kind::Recorded(recorded) => {
            let deliveries = recorded.messages.iter().map(|message| message.to.len()).sum();
            listed(recorded.messages.len(), deliveries)
        }
        Kind::Bursts => match &workload.bursts {
            None => by_rate(0.0, 1.0),
            Some(bursts) => {
                let (count, every) = (bursts.count.mean(), bursts.every.mean() / 1e9);
                by_rate(clients * count / every, count)
            }
        },
        Kind::Poisson | Kind::Periodic | Kind::Diurnal => {
            by_rate(clients * workload.rate.unwrap_or_default().per_second, 1.0)
        }
    }
}

/// What is under way to its recipients at the same time.
fn deliveries(scenario: &Scenario, hops: f64, keeps: &Keeps) -> Part {
    let sent = sent(scenario);
    let held_by = keeps.copies.min(f64::from(scenario.gateways.count.max(1)));
    let run = (scenario.duration.as_secs_f64() + scenario.drain.as_secs_f64()).max(1e-9);
    let seconds = (on_the_way(scenario, hops) + away(scenario) + keeps.seconds).min(run);
    // What gateways can't do in the time stays with them.
    let gateways = f64::from(scenario.gateways.count.max(1));
    let load = sent.per_second * held_by * work(scenario) / gateways;
    let left_over = if load > 1.0 { 1.0 - 1.0 / load } else { 0.0 };
    let under_way = (sent.per_second * seconds).max(left_over * sent.messages);
    let messages = under_way.min(sent.messages).max(sent.at_once);
    let replies = 1.0 + scenario.clients.reply_probability.fraction();
    let count = messages * sent.recipients * replies;
    let path = match scenario.workload.kind {
        Kind::Bursts => "workload.bursts.count",
        Kind::List => "message",
        Kind::Recorded(_) => "workload.kind",
        Kind::Poisson | Kind::Periodic | Kind::Diurnal => "workload.rate",
    };
    Part {
        what: format!("{} deliveries under way at once", shown(count)),
        path: path.to_owned(),
        bytes: count * (DELIVERY + held_by * COPY),
    }
}

/// How long a message and what answers it travel, in seconds.
fn on_the_way(scenario: &Scenario, hops: f64) -> f64 {
    let gateways = &scenario.gateways;
    let links = match gateways.shape.map() {
        Some(map) => {
            let known = map.topology.links.iter().filter_map(|link| link.latency);
            let sum: f64 = known.map(Span::as_secs_f64).sum();
            sum / map.topology.links.len().max(1) as f64
        }
        None => gateways.latency.mean() / 1e9,
    };
    let names = scenario.regions.iter().flat_map(|regions| {
        let names = regions.names();
        let pairs = names.iter().flat_map(|from| names.iter().map(move |to| (from, to)));
        let apart = pairs.filter_map(|(from, to)| regions.between(from, to));
        apart.map(|apart| apart.mean() / 1e9).collect::<Vec<_>>()
    });
    let hop = names.fold(links, f64::max);
    // Of ways of all lengths the long ones count most: on them more hold a message, and for longer.
    let spread = if hops > 10.0 { 1.5 } else { 1.0 };
    3.0 * scenario.clients.access.latency.mean() / 1e9 + 2.0 * hops * hop * spread
}

/// For how long a message waits beside that, on average, since its recipient is away, in seconds.
fn away(scenario: &Scenario) -> f64 {
    scenario.clients.offline.as_ref().map_or(0.0, |offline| {
        let (every, lasts) = (offline.every.mean() / 1e9, offline.lasts.mean() / 1e9);
        // Whoever is away is away for that long again.
        lasts * (lasts / (every + lasts))
    })
}

/// How long a gateway is at work on each message, in seconds: with its processor or its disk, whichever is slower.
fn work(scenario: &Scenario) -> f64 {
    let gateways = &scenario.gateways;
    let disk = if gateways.queue == Queue::Disk { gateways.disk.mean() } else { 0.0 };
    gateways.cpu.mean().max(disk) / 1e9
}

fn conversations(scenario: &Scenario) -> Option<Part> {
    let To::Conversations(conversations) = &scenario.workload.to else { return None };
    let clients = f64::from(scenario.clients.count);
    let members = conversations.members.mean().clamp(2.0, clients.max(2.0));
    let count = f64::from(conversations.count);
    Some(Part {
        what: format!("{} conversations", shown(count)),
        path: "workload.to.conversations.count".to_owned(),
        bytes: count * (members + 1.0) * MEMBER,
    })
}

/// Everything that fails by chance is in the report.
fn failures(scenario: &Scenario, strategy: Strategy) -> Part {
    let targets = |fault: &Fault| targets(fault, scenario, strategy);
    let ends = scenario.duration.as_secs_f64() + scenario.drain.as_secs_f64();
    let of = |fault: &Fault| match &fault.when {
        When::Process(process) => {
            let until = process.until.map_or(ends, |until| until.as_secs_f64().min(ends));
            let seconds = (until - process.from.as_secs_f64()).max(0.0);
            let each = (process.mtbf.mean() + process.mttr.mean()) / 1e9;
            let at_once = f64::from(process.together.unwrap_or(1));
            let processes = if process.together.is_some() { 1.0 } else { targets(fault) };
            processes * at_once * seconds / each.max(1e-9)
        }
        When::Recorded(recorded) => recorded.struck.len() as f64,
        When::Once { .. } | When::Triggered { .. } => targets(fault),
    };
    let counts = scenario.fault.iter().map(of).enumerate();
    let (mut sum, mut most) = (0.0, (0, 0.0));
    for (number, count) in counts {
        sum += count;
        most = if count > most.1 { (number, count) } else { most };
    }
    Part {
        what: format!("{} failures", shown(sum)),
        path: format!("fault.{}", most.0),
        bytes: sum * FAILURE,
    }
}

fn targets(fault: &Fault, scenario: &Scenario, strategy: Strategy) -> f64 {
    match &fault.what {
        What::Crash { who, .. } | What::Offline(who) => match who {
            Who::Nodes(nodes) => nodes.len() as f64,
            Who::Gateways => f64::from(scenario.gateways.count),
            Who::Clients => f64::from(scenario.clients.count),
            Who::Services => super::services(scenario, strategy).len() as f64,
            Who::HostOf(_) | Who::PenultimateOf(_) | Who::Recorded => 1.0,
        },
        _ => 1.0,
    }
}

/// A number with as many digits as an estimate has: `12 million`.
pub(crate) fn shown(count: f64) -> String {
    match count {
        _ if count < 1e4 => format!("{count:.0}"),
        _ if count < 1e6 => format!("{:.0} thousand", count / 1e3),
        _ if count < 1e9 => format!("{} million", short(count / 1e6)),
        _ if count < 1e15 => format!("{} thousand million", short(count / 1e9)),
        _ => format!("{count:.0e}"),
    }
}

/// So many bytes: `2.4 GiB`.
pub(crate) fn shown_bytes(bytes: f64) -> String {
    let (mut left, mut unit) = (bytes / 1024.0, "KiB");
    for larger in ["MiB", "GiB", "TiB", "PiB", "EiB"] {
        if left >= 1024.0 {
            (left, unit) = (left / 1024.0, larger);
        }
    }
    format!("{} {unit}", short(left))
}

fn short(number: f64) -> String {
    if number < 9.95 { format!("{number:.1}") } else { format!("{number:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_of_an_estimate() {
        let counts = [0.0, 9_999.0, 16_384.0, 7_998_000.0, 12_582_912.0, 1.5e11, 2e17];
        assert_eq!(
            counts.map(shown),
            [
                "0",
                "9999",
                "16 thousand",
                "8.0 million",
                "13 million",
                "150 thousand million",
                "2e17"
            ]
        );
        let bytes = [512.0, 8e6, 2.5e9, 5e12, 3e21];
        assert_eq!(
            bytes.map(shown_bytes),
            ["0.5 KiB", "7.6 MiB", "2.3 GiB", "4.5 TiB", "2602 EiB"]
        );
    }
}
