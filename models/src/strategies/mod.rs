//! The strategies: how servers act. A new one is a folder here and a line in the list below.
//!
//! # What a strategy is
//!
//! A strategy is known in three places, and by its name in none but its own:
//!
//! ```text
//!  models     impl Server for Chain { NAME, ABOUT, PROMISES, SERVICES; Options; needs, services; the handlers }
//!                 │ behaviour, and what the world has to know of it
//!  scenarios  impl StrategyKeys for ChainKeys { Server = Chain; keys, checks, idle keys, options }
//!                 │ its tables in a file, and what they become
//!  reports    Players::add::<Chain>(): the one place where a run is made of it
//! ```
//!
//! At the edges it is a value: [`StrategyOptions`] holds the options of whichever it is, and answers for it
//! ([`needs`](StrategyOptions::needs), [`services`](StrategyOptions::services)); scenarios and reports keep a list of
//! them, the built-in ones first, to which a crate outside adds its own. In the run it is a type: each strategy is one
//! instantiation of the engine, reached by one call through a pointer before the first event, and nothing is looked
//! up or called dynamically after that.
//!
//! - [`Server::services`] makes a [`ServiceSpec`] of each service: name, region, latency, machine, whether it is
//!   durable. The network, the ledger, faults, reports and random streams take from that one list, and go by the name.
//! - [`Server::Device`] is what its devices are: a [`Client`](crate::Client), which has an outbox, an inbox, an attachment
//!   to a host and what its user does; with a [`Side`](crate::Side) where a strategy keeps, says or hears more; or a
//!   [`Device`](crate::Device) of its own. The strategy's own packets may go from any node to any other, devices too.
//! - [`Needs`] is what the world must be like: the length of lists, whether devices look for other hosts, whether
//!   there may be no gateways at all, what gateways keep.
//! - [`Promises`] is what it promises, in words, for whoever compares it with others.
//! - [`Server::METRICS`] are numbers of its own, which stand in `summary.json` under its name and are known everywhere
//!   as those of all strategies are. Its nodes [tell](crate::own) what they are made of; [`Server::TIMELINE`] and
//!   [`Server::TABLES`] are its own columns and tables, filled alike. What no node can know, such as how many users are
//!   without any server at one time, its [`Watcher`](crate::Watcher) tells.

pub mod chain;
pub mod mesh;
pub mod migrate;
pub mod replay;
pub mod single;
pub mod spaces;

use std::any::Any;
use std::fmt;

use crate::own::{self, OwnLevel, OwnMetric, OwnTable};
use crate::reach::Reach;
use crate::server::{Needs, Promises, Server};
use crate::services::{Facts, ServiceSpec};

/// Something to do with the servers of each strategy.
pub trait WithServers {
    /// Does it.
    fn with<S: Server>(&mut self);
}

/// The list of strategies: the types of their servers.
macro_rules! strategies {
    ($($server:ty,)*) => {
        /// Does something with the servers of each strategy that comes with Penult.
        pub fn each<W: WithServers>(what: &mut W) {
            $(what.with::<$server>();)*
        }
    };
}

strategies! {
    single::Single,
    chain::Chain,
    spaces::Spaces,
    replay::Replay,
    migrate::Migrate,
    mesh::Mesh,
}

/// The strategy of a run, whichever it is, with the options that its own table says.
pub struct StrategyOptions(Box<dyn Strategy>);

/// A strategy as a value: what has to be known of it before it is a type.
trait Strategy: Send + Sync {
    fn name(&self) -> &'static str;
    fn promises(&self) -> Promises;
    fn needs(&self) -> Needs;
    fn services(&self, facts: &Facts<'_>) -> Vec<ServiceSpec>;
    fn reach(&self) -> Reach;
    fn numbers(&self) -> Vec<OwnMetric>;
    fn timeline(&self) -> &'static [(&'static str, OwnLevel)];
    fn tables(&self) -> &'static [OwnTable];
    fn options(&self) -> &dyn Any;
    fn options_mut(&mut self) -> &mut dyn Any;
    fn cloned(&self) -> StrategyOptions;
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result;
}

struct Of<S: Server>(S::Options);

impl<S: Server> Strategy for Of<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn promises(&self) -> Promises {
        S::PROMISES
    }

    fn needs(&self) -> Needs {
        S::needs(&self.0)
    }

    fn services(&self, facts: &Facts<'_>) -> Vec<ServiceSpec> {
        let services = S::services(&self.0, facts);
        let is_known = |it: &ServiceSpec| S::SERVICES.iter().any(|kind| kind.name == it.name.kind);
        debug_assert!(services.iter().all(is_known), "{} has kinds that it doesn't say", S::NAME);
        services
    }

    fn reach(&self) -> Reach {
        S::reach(&self.0)
    }

    fn numbers(&self) -> Vec<OwnMetric> {
        own::numbers::<S>(&self.0)
    }

    fn timeline(&self) -> &'static [(&'static str, OwnLevel)] {
        S::TIMELINE
    }

    fn tables(&self) -> &'static [OwnTable] {
        S::TABLES
    }

    fn options(&self) -> &dyn Any {
        &self.0
    }

    fn options_mut(&mut self) -> &mut dyn Any {
        &mut self.0
    }

    fn cloned(&self) -> StrategyOptions {
        StrategyOptions::of::<S>(self.0.clone())
    }

    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple(S::NAME).field(&self.0).finish()
    }
}

impl StrategyOptions {
    /// The strategy with these servers, with these options.
    pub fn of<S: Server>(options: S::Options) -> Self {
        StrategyOptions(Box::new(Of::<S>(options)))
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.0.name()
    }

    /// What it promises.
    pub fn promises(&self) -> Promises {
        self.0.promises()
    }

    /// What it needs the world to be like.
    pub fn needs(&self) -> Needs {
        self.0.needs()
    }

    /// The services that its servers have beside the gateways.
    pub fn services(&self, facts: &Facts<'_>) -> Vec<ServiceSpec> {
        self.0.services(facts)
    }

    /// What its devices have beside what all devices have.
    pub fn reach(&self) -> Reach {
        self.0.reach()
    }

    /// The numbers of its own.
    pub fn numbers(&self) -> Vec<OwnMetric> {
        self.0.numbers()
    }

    /// Its own columns of `timeline.csv`.
    pub fn timeline(&self) -> &'static [(&'static str, OwnLevel)] {
        self.0.timeline()
    }

    /// Its own tables.
    pub fn tables(&self) -> &'static [OwnTable] {
        self.0.tables()
    }

    /// The options, if it is the strategy with these servers.
    pub fn get<S: Server>(&self) -> Option<&S::Options> {
        // Two strategies may have options of one type.
        let options = self.0.options().downcast_ref();
        options.filter(|_| self.name() == S::NAME)
    }

    /// The same, to be changed.
    pub fn get_mut<S: Server>(&mut self) -> Option<&mut S::Options> {
        let is_that = self.name() == S::NAME;
        self.0.options_mut().downcast_mut().filter(|_| is_that)
    }
}

impl Clone for StrategyOptions {
    fn clone(&self) -> Self {
        self.0.cloned()
    }
}

impl fmt::Debug for StrategyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
