//! What a scenario says and what comes to nothing: keys that act with other keys only, of which the reader is
//! told, and values that can't be, which are refused.

use penult_models::Workload as Limit;
use penult_sim as sim;

use super::memory::too_much;
use crate::Loaded;
use crate::complaint::Complaints;
use crate::reading::setting::Magnitude;
use crate::tables::{
    Acks, Chain, DeleteOn, Kind, Queues, Repair, Scenario, Spill, Strategy, Workload,
};

/// Something that comes to nothing.
pub(crate) struct Line {
    /// What: a key, or a phrase.
    pub(crate) what: &'static str,
    /// What would act, or what works instead.
    pub(crate) mend: &'static str,
    /// The places of the scenario where it is said.
    pub(crate) places: fn(&Scenario) -> Vec<String>,
}

/// Asked for at this key, or not at all.
fn at(key: &str, asked: bool) -> Vec<String> {
    if asked { vec![key.to_owned()] } else { Vec::new() }
}

/// One line of the table: a key, what works instead, and when it is asked for.
macro_rules! lines {
    ($name:ident: $($key:literal, $mend:literal, |$scenario:ident| $asked:expr;)*) => {
        const $name: &[Line] = &[$(Line {
            what: $key,
            mend: $mend,
            places: |$scenario| at($key, $asked),
        }),*];
    };
}

lines! { WORLD:
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
    "store.latency", "it acts where messages go to the store: with a `hold` within the run, or `spill = \"at-once\"`",
        |s| has_store_latency(s) && !spills(s, s.chain.spill, s.chain.hold);
    "store.write", "it acts where messages go to the store: with a `hold` within the run, or `spill = \"at-once\"`",
        |s| !s.store.write.is_zero() && !spills(s, s.chain.spill, s.chain.hold);
    "clients.view_for", "it acts with `delete_on = \"viewed\"` in [chain]",
        |s| !s.clients.view_for.is_zero() && !waits_for_viewing(s);
    "clients.read_after", "it acts with `delete_on = \"read\"` or \"viewed\" in [chain], or with a `reply_probability`",
        |s| !s.clients.read_after.is_zero()
            && s.clients.reply_probability.percent <= 0.0
            && !(s.chain.delete_on == DeleteOn::Read || waits_for_viewing(s));
    "workload.view", "it acts with `delete_on = \"viewed\"` in [chain]",
        |s| s.workload.view.is_some() && !waits_for_viewing(s);
    "chain.limits.view", "it acts with `delete_on = \"viewed\"`",
        |s| s.chain.limits.view.is_some() && !waits_for_viewing(s);
    "chain.processor", "leave it out: there is none with `acks = \"hop\"`",
        |s| s.chain.acks == Acks::Hop && s.chain.processor != Chain::default().processor;
}

lines! { SINGLE:
    "store.latency", "it acts where messages go to the store: with a `hold` within the run, or `spill = \"at-once\"`",
        |s| has_store_latency(s) && !spills(s, s.single.spill, s.single.hold);
    "store.write", "it acts where messages go to the store: with a `hold` within the run, or `spill = \"at-once\"`",
        |s| !s.store.write.is_zero() && !spills(s, s.single.spill, s.single.hold);
    "clients.view_for", "leave it out: nothing depends on viewing", |s| !s.clients.view_for.is_zero();
    "clients.read_after", "it acts with a `reply_probability` above zero only",
        |s| !s.clients.read_after.is_zero() && s.clients.reply_probability.percent <= 0.0;
    "workload.view", "leave it out: nothing depends on viewing", |s| s.workload.view.is_some();
    "single.limits.view", "leave it out: nothing depends on viewing", |s| s.single.limits.view.is_some();
}

/// What stands in for a dead member has no place in a fixed chain.
pub(crate) const FIXED_CHAINS: Line = Line {
    what: "a dead gateway is not replaced in `split`, where each user's chain is fixed",
    mend: "`queues = \"both\"`, or `repair = \"none\"`",
    places: |s| {
        at("chain.repair", s.chain.repair != Repair::None && s.chain.queues == Queues::Split)
    },
};

/// Sizes are counted in 32 bits, and what is carried with them too.
pub(crate) const LARGE: Line = Line {
    what: "a message of 2 GiB or more",
    mend: "2147483647 B at most",
    places: |s| {
        let mut places = messages(s, "size", |message| message.size.0 > MOST);
        places.extend(messages(s, "attachment", |message| message.attachment.0 > MOST));
        // A varying size that is drawn too large is cut to the most.
        let drawn = |size: &crate::Varying<crate::Bytes>| size.mean() > MOST as f64;
        places.extend(at("workload.size", drawn(&s.workload.size)));
        let attachment = s.workload.attachment.as_ref();
        places.extend(at("workload.attachment.size", attachment.is_some_and(|it| drawn(&it.size))));
        if let Kind::Recorded(recorded) = &s.workload.kind {
            let large = |bytes: crate::Bytes| bytes.0 > MOST;
            let mut all = recorded.messages.iter();
            let large = all.any(|message| message.bytes.is_some_and(large));
            places.extend(at("workload.kind.file", large));
        }
        places
    },
};

/// Where nothing depends on viewing.
const VIEW: Line = Line {
    what: "`view` of a message",
    mend: "it acts with `delete_on = \"viewed\"` in [chain]",
    places: |s| messages(s, "view", |message| message.view.is_some()),
};

const MOST: u64 = Limit::BYTES_MAX as u64;

/// What can't be together, or is too large.
pub(super) fn complaints(loaded: &Loaded, strategy: Strategy) -> Complaints {
    let scenario = &loaded.scenario;
    let fixed = (strategy == Strategy::Chain).then_some(&FIXED_CHAINS);
    let wrong = std::iter::once(&LARGE).chain(fixed);
    let all = wrong.flat_map(|line| {
        let places = (line.places)(scenario);
        places.into_iter().map(|place| (place, line.what.to_owned(), line.mend.to_owned()))
    });
    // Checked already with the strategy of the scenario.
    let too_much = too_much(scenario, strategy);
    loaded.complaints(all.chain(too_much))
}

/// The keys that do nothing with this strategy and the other keys, in words.
pub(super) fn idle(scenario: &Scenario, strategy: Strategy) -> Vec<String> {
    let own = match strategy {
        Strategy::Chain => CHAIN,
        Strategy::Single => SINGLE,
    };
    let viewing = strategy == Strategy::Chain && waits_for_viewing(scenario);
    let lines = WORLD.iter().chain(own).chain((!viewing).then_some(&VIEW));
    let idle = lines.filter(|line| !(line.places)(scenario).is_empty());
    idle.map(|Line { what, mend, .. }| format!("{what} does nothing here: {mend}")).collect()
}

/// Whether it matters how long a user looks at a message.
fn waits_for_viewing(scenario: &Scenario) -> bool {
    scenario.chain.delete_on == DeleteOn::Viewed
}

fn has_store_latency(scenario: &Scenario) -> bool {
    scenario.store.latency != crate::Store::default().latency
}

/// Whether something may go to the store within the run.
pub(super) fn spills(scenario: &Scenario, spill: Spill, hold: sim::Span) -> bool {
    match spill {
        Spill::AfterHold => hold < scenario.duration.saturating_add(scenario.drain),
        Spill::AtOnce => true,
        Spill::Never => false,
    }
}

fn is_listed(scenario: &Scenario) -> bool {
    matches!(scenario.workload.kind, Kind::List | Kind::Recorded(_))
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
