//! The strategies of scenarios: what each has in a file, what is checked there, what it becomes. A new one is a file
//! here and a line in the list below.
//!
//! A strategy's part is one implementation of [`StrategyKeys`] by the table of its keys. Nothing else in this crate
//! knows its name: a scenario is read with a list of strategies ([`Strategies`]), keeps the tables of all of them, and
//! asks whichever it runs.
//!
//! ```text
//!  StrategyKeys ──▶ Strategy (a value) ──▶ Strategies (the list) ──▶ Reading ──▶ Tables, in the Scenario
//!   keys, checks,                                                                     │
//!   idle keys, options ◀──────────────────────── by name ─────────────────────────────┘
//! ```

mod chain;
mod list;
mod mesh;
mod migrate;
mod replay;
mod shared;
mod single;
mod spaces;
mod tables;

use std::fmt;
use std::marker::PhantomData;

use penult_models::strategies::StrategyOptions;
use penult_models::{Facts, Promises, Server, ServiceKind, ServiceName, ServiceSpec};

pub use chain::{
    Acks, Chain, DeleteOn, Detector, Domain, DomainTarget, Failback, Heartbeat, Processor, Queues,
    Repair, Resync, ResyncWhat, Route, Triggers,
};
pub use list::Strategies;
pub use mesh::{
    Change, Clear, Connection, Contacts, ContactsModel, Copies, Coverage, Device, Evict, Exchange,
    Forget, ForgetOn, Group, Members, Mesh, Named, Peers, Presence, RecordedContacts, Row, Said,
    Use, WaypointKeys,
};
pub use migrate::{Broker, Keep, Migrate, Migration, Order, Pings, Whose};
pub use replay::{Begin, Bus, BusHeartbeat, Replay, Unreliable};
pub use shared::{Policy, PolicyKeys, PolicyLimits, Spill};
pub use single::Single;
pub use spaces::{
    ClusterBy, Move, Publish, SpaceHeartbeat, SpaceKey, SpaceServer, Spaces, Subscribe,
};
pub use tables::{Tables, TopKey, Value};

use crate::check::Checks;
use crate::reading::{Item, Setting};
use crate::{Event, Scenario};

/// What a strategy has in scenarios: its table of keys is the type that implements this, mostly made by
/// [`table!`](crate::table). The table's name is that of the strategy.
pub trait StrategyKeys: Setting + Clone + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// The servers that act as these keys say.
    type Server: Server;

    /// The key that makes it larger, and what its values are: what `penult size` has an option of the strategy's name
    /// for.
    const SIZED: Option<(&'static str, &'static str)> = None;

    /// What it becomes: the options of its servers.
    fn options(&self, scenario: &Scenario) -> <Self::Server as Server>::Options;

    /// Further tables at the top of the file.
    fn beside() -> Vec<TopKey> {
        Vec::new()
    }

    /// The nodes that its table names itself, as it stands in a file: faults may name them.
    fn names(_: &Item) -> Vec<String> {
        Vec::new()
    }

    /// The keys of policy, if it has any: what they say of messages, and whether they fit together, is seen to.
    fn policy(&self) -> Option<&PolicyKeys> {
        None
    }

    /// Checks that need more than one key, whichever strategy the scenario runs. Paths begin with the table's name.
    fn check(&self, _: &mut Checks<'_, '_>) {}

    /// Checks against the world, where the scenario runs this strategy.
    fn check_world(&self, _: &mut Checks<'_, '_>) {}

    /// What can't be together, in no world: it is refused wherever this strategy runs.
    fn refused(&self, _: &Scenario) -> Vec<Refusal> {
        Vec::new()
    }

    /// Keys that do nothing beside the others, where the scenario runs this strategy.
    fn idle(&self, _: &Scenario) -> Vec<Idle> {
        Vec::new()
    }

    /// What it keeps in memory, roughly. `hops`: over how many links a way leads from gateway to gateway, on average.
    /// Unless it is told, a copy at each gateway of a client's list, until the message is delivered.
    fn keeps(&self, scenario: &Scenario, _hops: f64) -> Keeps {
        let list = Self::Server::needs(&self.options(scenario)).list;
        Keeps { copies: f64::from(list), ..Keeps::default() }
    }

    /// Why an event never comes with this strategy, if it doesn't.
    fn never(_: Event) -> Option<&'static str> {
        None
    }

    /// When there is a service of a kind that may be missing: what to say of a fault that names it in vain.
    fn there_with(_: ServiceKind) -> Option<&'static str> {
        None
    }
}

/// Something that can't be.
#[derive(Clone, Copy, Debug)]
pub struct Refusal {
    /// What it is.
    pub what: &'static str,
    /// What works instead.
    pub mend: &'static str,
    /// The key that says it.
    pub key: &'static str,
    /// The key that it contradicts, and what that one says.
    pub beside: (&'static str, &'static str),
}

/// What servers keep in memory, roughly: what would need too much is refused before anything is built.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keeps {
    /// How many of them have a copy of each message.
    pub copies: f64,
    /// For how long they keep it after it was delivered, in seconds.
    pub seconds: f64,
    /// Whether gateways know of each other by heartbeats.
    pub heartbeats: bool,
}

/// A key that does nothing.
#[derive(Clone, Copy, Debug)]
pub struct Idle {
    /// Which: a key, or a phrase.
    pub what: &'static str,
    /// What would make it act, or to leave it out.
    pub mend: &'static str,
}

impl Idle {
    /// This key, if it is asked for and does nothing.
    pub fn when(is_idle: bool, what: &'static str, mend: &'static str) -> Option<Idle> {
        is_idle.then_some(Idle { what, mend })
    }
}

/// A strategy, whichever it is.
#[derive(Clone, Copy)]
pub struct Strategy(&'static dyn Entry);

impl Strategy {
    /// The strategy with these keys.
    pub fn of<K: StrategyKeys>() -> Strategy {
        Strategy(&Of::<K>(PhantomData))
    }

    /// Its name, as it stands in a scenario.
    pub fn word(self) -> &'static str {
        self.0.word()
    }

    /// What it is, in a line.
    pub fn about(self) -> &'static str {
        self.0.about()
    }

    /// What it promises.
    pub fn promises(self) -> Promises {
        self.0.promises()
    }

    /// The kinds of services that it may have.
    pub fn services(self) -> &'static [ServiceKind] {
        self.0.services()
    }

    /// The key that makes it larger, if it has one, and what its values are.
    pub fn sized(self) -> Option<(&'static str, &'static str)> {
        self.0.sized()
    }

    pub(crate) fn entry(self) -> &'static dyn Entry {
        self.0
    }

    /// The services of a scenario that runs it.
    pub(crate) fn services_of(self, scenario: &Scenario, facts: &Facts<'_>) -> Vec<ServiceSpec> {
        self.0.options(scenario).services(facts)
    }

    /// What to say of a service that it has with other keys only.
    pub(crate) fn there_with(self, service: ServiceName) -> Option<&'static str> {
        let kind = self.services().iter().find(|kind| kind.name == service.kind)?;
        self.0.there_with(*kind)
    }
}

impl Default for Strategy {
    /// What stands in for a broken one; the default of the key stands at the key.
    fn default() -> Self {
        Strategy::of::<Single>()
    }
}

impl PartialEq for Strategy {
    fn eq(&self, other: &Strategy) -> bool {
        self.word() == other.word()
    }
}

impl Eq for Strategy {}

impl fmt::Debug for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A strategy as a value: what is asked of it without its type.
pub(crate) trait Entry: Sync {
    fn word(&self) -> &'static str;
    fn about(&self) -> &'static str;
    fn promises(&self) -> Promises;
    fn services(&self) -> &'static [ServiceKind];
    fn sized(&self) -> Option<(&'static str, &'static str)>;
    fn top_keys(&self) -> Vec<TopKey>;
    fn names(&self, table: &Item) -> Vec<String>;
    fn policy<'s>(&self, scenario: &'s Scenario) -> Option<&'s PolicyKeys>;
    fn check(&self, checks: &mut Checks<'_, '_>);
    fn check_world(&self, checks: &mut Checks<'_, '_>);
    fn refused(&self, scenario: &Scenario) -> Vec<Refusal>;
    fn idle(&self, scenario: &Scenario) -> Vec<Idle>;
    fn keeps(&self, scenario: &Scenario, hops: f64) -> Keeps;
    fn never(&self, event: Event) -> Option<&'static str>;
    fn there_with(&self, kind: ServiceKind) -> Option<&'static str>;
    fn options(&self, scenario: &Scenario) -> StrategyOptions;
}

struct Of<K>(PhantomData<fn() -> K>);

impl<K: StrategyKeys> Entry for Of<K> {
    fn word(&self) -> &'static str {
        K::Server::NAME
    }

    fn about(&self) -> &'static str {
        K::Server::ABOUT
    }

    fn promises(&self) -> Promises {
        K::Server::PROMISES
    }

    fn services(&self) -> &'static [ServiceKind] {
        K::Server::SERVICES
    }

    fn sized(&self) -> Option<(&'static str, &'static str)> {
        K::SIZED
    }

    fn top_keys(&self) -> Vec<TopKey> {
        let about = format!("The keys of the strategy `{}`.", self.word());
        let own = TopKey::of::<K>(self.word(), about, Some("{}"));
        std::iter::once(own).chain(K::beside()).collect()
    }

    fn names(&self, table: &Item) -> Vec<String> {
        K::names(table)
    }

    fn policy<'s>(&self, scenario: &'s Scenario) -> Option<&'s PolicyKeys> {
        scenario.keys::<K>().policy()
    }

    fn check(&self, checks: &mut Checks<'_, '_>) {
        let scenario = checks.scenario();
        scenario.keys::<K>().check(checks);
    }

    fn check_world(&self, checks: &mut Checks<'_, '_>) {
        let scenario = checks.scenario();
        scenario.keys::<K>().check_world(checks);
    }

    fn refused(&self, scenario: &Scenario) -> Vec<Refusal> {
        scenario.keys::<K>().refused(scenario)
    }

    fn idle(&self, scenario: &Scenario) -> Vec<Idle> {
        scenario.keys::<K>().idle(scenario)
    }

    fn keeps(&self, scenario: &Scenario, hops: f64) -> Keeps {
        scenario.keys::<K>().keeps(scenario, hops)
    }

    fn never(&self, event: Event) -> Option<&'static str> {
        K::never(event)
    }

    fn there_with(&self, kind: ServiceKind) -> Option<&'static str> {
        K::there_with(kind)
    }

    fn options(&self, scenario: &Scenario) -> StrategyOptions {
        StrategyOptions::of::<K::Server>(scenario.keys::<K>().options(scenario))
    }
}
