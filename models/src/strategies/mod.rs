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
//! - [`Server::services`](crate::Server::services) makes a [`ServiceSpec`](crate::ServiceSpec) of each service: name,
//!   region, latency, machine, whether it is durable. The network, the ledger, faults, reports and random streams
//!   take from that one list, and go by the name.
//! - [`Needs`](crate::Needs) is what the world must be like: the length of lists, whether devices look for other
//!   hosts, whether there may be no gateways at all, what gateways keep.
//! - [`Promises`](crate::Promises) is what it promises, in words, for whoever compares it with others.

pub mod chain;
pub mod single;

use crate::ledger::ServiceName;
use crate::server::Server;

/// Something to do with the servers of a strategy.
pub trait WithServers {
    /// What comes of it.
    type Out;

    /// Does it.
    fn with<S: Server>(self, options: &S::Options) -> Self::Out;
}

/// The list of strategies: the name that scenarios use, and the type of the servers.
macro_rules! strategies {
    ($($name:literal => $variant:ident($server:ty),)*) => {
        /// The strategy of a run, with its own table.
        #[derive(Clone, Debug)]
        pub enum StrategyOptions {$(
            #[doc = concat!("`", $name, "`.")]
            $variant(<$server as Server>::Options),
        )*}

        impl StrategyOptions {
            /// The names of all strategies.
            pub const NAMES: &[&str] = &[$($name),*];

            /// Its name.
            pub fn name(&self) -> &'static str {
                match self {$(
                    StrategyOptions::$variant(_) => $name,
                )*}
            }

            /// The services its servers need beside the gateways.
            pub fn services(&self) -> Vec<ServiceName> {
                match self {$(
                    StrategyOptions::$variant(options) => <$server as Server>::services(options),
                )*}
            }
        }

        impl StrategyOptions {
            /// How many gateways a client has on its list, the host first.
            pub(crate) fn list_length(&self) -> u32 {
                match self {$(
                    StrategyOptions::$variant(options) => <$server as Server>::list_length(options),
                )*}
            }
        }

        impl StrategyOptions {
            /// Does something with the servers of this strategy, whichever they are.
            pub fn with<W: WithServers>(&self, what: W) -> W::Out {
                match self {$(
                    StrategyOptions::$variant(options) => what.with::<$server>(options),
                )*}
            }
        }
    };
}

strategies! {
    "chain" => Chain(chain::Chain),
    "single" => Single(single::Single),
}
