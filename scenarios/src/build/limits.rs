//! What a scenario can say and this version does not do yet: one line each, to go as features come.
//!
//! A key that is accepted must act. So the scenario is refused where a value would not act as its
//! documentation says, also where that value is a default.

use penult_models::Workload as Limit;
use penult_sim as sim;

use crate::Loaded;
use crate::complaint::Complaints;
use crate::names::{NodeName, Service};
use crate::reading::setting::Magnitude;
use crate::tables::{
    Acks, Chain, DeleteOn, Kind, Policy, Queues, Repair, Scenario, Spill, Strategy, Target, What,
    When, Who, Workload,
};

/// Something that is not done yet.
struct Line {
    /// Where it stands: a path of the scenario, for messages where the key is not given.
    key: &'static str,
    /// What works instead.
    mend: &'static str,
    /// The places of the scenario where it is asked for.
    places: fn(&Scenario) -> Vec<String>,
}

/// Asked for at this key, or not at all.
fn at(key: &str, asked: bool) -> Vec<String> {
    if asked { vec![key.to_owned()] } else { Vec::new() }
}

/// One line of the table: a key, what works instead, and when it is asked for.
macro_rules! lines {
    ($name:ident: $($key:literal, $mend:literal, |$scenario:ident| $asked:expr;)*) => {
        const $name: &[Line] = &[$(Line {
            key: $key,
            mend: $mend,
            places: |$scenario| at($key, $asked),
        }),*];
    };
}

lines! { WORLD:
    "store.latency", "leave it out: nothing goes to a store", |s| s.store.latency != crate::Store::default().latency;
    "store.write", "leave it out: nothing goes to a store", |s| !s.store.write.is_zero();
    "clients.view_for", "leave it out: nothing depends on viewing", |s| !s.clients.view_for.is_zero();
    "clients.read_after", "it acts with a `reply_probability` above zero only",
        |s| !s.clients.read_after.is_zero() && s.clients.reply_probability.percent <= 0.0;
    "workload.view", "leave it out: nothing depends on viewing", |s| s.workload.view.is_some();
    "workload.size", "each [[message]] says its own `size`",
        |s| s.workload.kind == Kind::List && s.workload.size != Workload::default().size;
    "workload.attachment", "each [[message]] says its own `attachment`",
        |s| s.workload.kind == Kind::List && s.workload.attachment.is_some();
    "workload.recipients", "each message of a list or file says its own recipients",
        |s| is_listed(s) && s.workload.recipients != Workload::default().recipients;
    "workload.to", "each message of a list or file says its own recipients",
        |s| is_listed(s) && s.workload.to != Workload::default().to;
}

lines! { CHAIN:
    "chain.acks", "`acks = \"hop\"` works", |s| s.chain.acks != Acks::Hop;
    "chain.client_ack_timeout", "leave it out", |s| s.chain.client_ack_timeout.is_some();
    "chain.heartbeat", "leave it out: acknowledgements that are missing tell", |s| s.chain.heartbeat.is_some();
    "chain.policy", "`policy = \"source\"` works", |s| s.chain.policy != Policy::Source;
    "chain.policy_cost", "it is always the same: no distribution", |s| s.chain.policy_cost.as_constant().is_none();
    "chain.limits.view", "leave it out: nothing depends on viewing", |s| s.chain.limits.view.is_some();
    "chain.delete_on", "`delete_on = \"received\"` works", |s| s.chain.delete_on != DeleteOn::Received;
    "chain.spill", "`spill = \"never\"` works: after `hold` it is gone; or a `hold` longer than the run",
        |s| spills(s, s.chain.spill, s.chain.hold);
    "chain.repair", "`queues = \"both\"` works with it: in `split` each chain is fixed",
        |s| s.chain.repair != Repair::None && s.chain.queues == Queues::Split;
    "chain.processor", "leave it out: there is none with `acks = \"hop\"`",
        |s| s.chain.processor != Chain::default().processor;
}

lines! { SINGLE:
    "single.policy", "`policy = \"source\"` works", |s| s.single.policy != Policy::Source;
    "single.policy_cost", "it is always the same: no distribution", |s| s.single.policy_cost.as_constant().is_none();
    "single.limits.view", "leave it out: nothing depends on viewing", |s| s.single.limits.view.is_some();
    "single.spill", "`spill = \"never\"` works: after `hold` it is gone; or a `hold` longer than the run",
        |s| spills(s, s.single.spill, s.single.hold);
}

/// Those that stand at one of several places.
const PLACES: &[Line] = &[
    Line {
        key: "a fault of the store",
        mend: "leave it out: nothing goes to a store",
        places: |s| faults(s, "", |fault| names(fault, NodeName::Service(Service::Store))),
    },
    Line {
        key: "`view` of a message",
        mend: "leave it out: nothing depends on viewing",
        places: |s| messages(s, "view", |message| message.view.is_some()),
    },
    Line {
        key: "a message of 2 GiB or more",
        mend: "2147483647 B at most",
        places: |s| {
            let mut places = messages(s, "size", |message| message.size.0 > MOST);
            places.extend(messages(s, "attachment", |message| message.attachment.0 > MOST));
            if let Kind::Recorded(recorded) = &s.workload.kind {
                let large = |bytes: crate::Bytes| bytes.0 > MOST;
                let mut all = recorded.messages.iter();
                let large = all.any(|message| message.bytes.is_some_and(large));
                places.extend(at("workload.kind.file", large));
            }
            places
        },
    },
];

const MOST: u64 = Limit::BYTES_MAX as u64;

/// Everything that this scenario asks for and that is not done yet, with this strategy.
pub(super) fn complaints(loaded: &Loaded, strategy: Strategy) -> Complaints {
    let scenario = &loaded.scenario;
    let own = match strategy {
        Strategy::Chain => CHAIN,
        Strategy::Single => SINGLE,
    };
    let mut complaints = Complaints::default();
    let mut complain = |place: &str, what: String, mend: &str| {
        let more = loaded.complain(place, what, mend);
        complaints = match complaints.is_empty() {
            true => more,
            false => std::mem::take(&mut complaints).and(more),
        };
    };
    for line in WORLD.iter().chain(own) {
        for place in (line.places)(scenario) {
            let what = format!("`{}` as it is here is not in this version yet", line.key);
            // A default stands nowhere: what makes it matter does.
            let given = [place.as_str()].into_iter().chain(reasons(line.key).iter().copied());
            let place = given.into_iter().find(|path| loaded.has(path)).unwrap_or(&place);
            complain(place, what, line.mend);
        }
    }
    for line in PLACES {
        for place in (line.places)(scenario) {
            complain(&place, format!("{} is not in this version yet", line.key), line.mend);
        }
    }
    complaints
}

/// The keys that make a default matter.
fn reasons(key: &str) -> &'static [&'static str] {
    match key {
        "chain.spill" => &["chain.hold"],
        "single.spill" => &["single.hold"],
        _ => &[],
    }
}

/// Whether something would go to the store within the run.
fn spills(scenario: &Scenario, spill: Spill, hold: sim::Span) -> bool {
    match spill {
        Spill::AfterHold => hold < scenario.duration.saturating_add(scenario.drain),
        Spill::AtOnce => true,
        Spill::Never => false,
    }
}

fn is_listed(scenario: &Scenario) -> bool {
    matches!(scenario.workload.kind, Kind::List | Kind::Recorded(_))
}

/// The places of faults that are so.
fn faults(scenario: &Scenario, key: &str, is_so: impl Fn(&crate::Fault) -> bool) -> Vec<String> {
    let all = scenario.fault.iter().enumerate().filter(|(_, fault)| is_so(fault));
    all.map(|(number, _)| format!("fault.{number}.{key}").trim_end_matches('.').to_owned())
        .collect()
}

/// The places of messages that are so.
fn messages(
    scenario: &Scenario,
    key: &str,
    is_so: impl Fn(&crate::Message) -> bool,
) -> Vec<String> {
    let all = scenario.message.iter().enumerate().filter(|(_, message)| is_so(message));
    all.map(|(number, _)| format!("message.{number}.{key}")).collect()
}

/// Whether a fault names this node.
fn names(fault: &crate::Fault, node: NodeName) -> bool {
    let recorded = match &fault.when {
        When::Recorded(recorded) => recorded.struck.iter().any(|struck| struck.node == node),
        _ => false,
    };
    recorded
        || match &fault.what {
            What::Crash { who: Who::Nodes(nodes), .. } | What::Offline(Who::Nodes(nodes)) => {
                nodes.contains(&node)
            }
            What::Link { ends, .. } => ends.0 == node || ends.1 == node,
            What::Partition(groups) => groups.iter().flatten().any(|it| *it == node),
            What::Slow { target: Target::Node(it), .. } => *it == node,
            What::Slow { target: Target::Link(one, other), .. } => *one == node || *other == node,
            What::Crash { .. } | What::Offline(_) | What::Region(_) => false,
        }
}
