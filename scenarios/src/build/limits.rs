//! What a scenario says and what comes to nothing: keys that act with other keys only, of which the reader is
//! told, and values that can't be, which are refused.

use penult_models::Workload as Limit;

use super::memory::too_much;
use crate::Loaded;
use crate::check::strategy::{WITH_GATEWAYS, needs_gateways, without_gateways};
use crate::complaint::Complaints;
use crate::strategies::{Idle, Strategy};
use crate::tables::{Kind, Scenario, Workload};

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

const MOST: u64 = Limit::BYTES_MAX as u64;

/// What can't be together, or is too large.
pub(super) fn complaints(loaded: &Loaded, strategy: Strategy) -> Complaints {
    let scenario = &loaded.scenario;
    let large = (LARGE.places)(scenario).into_iter();
    let large = large.map(|place| (place, LARGE.what.to_owned(), LARGE.mend.to_owned()));
    let refused = strategy.entry().refused(scenario).into_iter();
    let refused = refused.map(|it| (it.key.to_owned(), it.what.to_owned(), it.mend.to_owned()));
    let without = (scenario.gateways.count == 0 && needs_gateways(scenario, strategy)).then(|| {
        ("gateways.count".to_owned(), without_gateways(strategy), WITH_GATEWAYS.to_owned())
    });
    // Checked already with the strategy of the scenario.
    let too_much = too_much(scenario, strategy);
    loaded.complaints(large.chain(refused).chain(without).chain(too_much))
}

/// The keys that do nothing with this strategy and the other keys, in words.
pub(super) fn idle(scenario: &Scenario, strategy: Strategy) -> Vec<String> {
    let of_world = WORLD.iter().filter(|line| !(line.places)(scenario).is_empty());
    let of_world = of_world.map(|line| Idle { what: line.what, mend: line.mend });
    let idle = of_world.chain(strategy.entry().idle(scenario));
    idle.map(|Idle { what, mend }| format!("{what} does nothing here: {mend}")).collect()
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
