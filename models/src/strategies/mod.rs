//! The strategies: how servers act. A new one is a folder here and a line in the list below.

pub mod chain;
pub mod single;

use crate::server::Server;
use crate::service::ServiceName;

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
