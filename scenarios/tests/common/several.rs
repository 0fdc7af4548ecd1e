//! The keys of the test strategy `several`, and a table beside its own.

#[path = "../../../models/tests/common/several.rs"]
mod servers;

use penult_scenarios::reading::{OneOrMore, Spread};
use penult_scenarios::strategies::{PolicyKeys, TopKey};
use penult_scenarios::{Checks, Scenario, Strategies, StrategyKeys, table};
use penult_sim::Span;

pub use servers::{Several as SeveralServers, SeveralOptions};

table! {
    /// The keys of the strategy `several`.
    pub struct Several {
        /// How many servers there are.
        servers: u32 [OneOrMore] = 3,
        /// How many buses.
        buses: u32 = 2,
        /// How far each is.
        latency: Span = "3ms",
        /// Whether there must be gateways.
        gateways: bool = true,
        /// What policy does.
        policy: Spread<PolicyKeys>,
    }
}

table! {
    /// A greeting.
    pub struct Greeting {
        /// How many times.
        times: u32 [OneOrMore],
        /// In which words.
        words: String = "hello",
    }
}

impl StrategyKeys for Several {
    type Server = SeveralServers;

    const SIZED: Option<(&'static str, &'static str)> = Some(("servers", "The numbers of servers"));

    fn options(&self, _: &Scenario) -> SeveralOptions {
        let Several { servers, buses, latency, gateways, .. } = *self;
        SeveralOptions { servers, buses, latency, gateways }
    }

    fn beside() -> Vec<TopKey> {
        vec![TopKey::of::<Vec<Greeting>>("greeting", "What is said, and how often.", Some("[]"))]
    }

    fn policy(&self) -> Option<&PolicyKeys> {
        Some(&self.policy)
    }

    fn check(&self, checks: &mut Checks<'_, '_>) {
        let greetings: &Vec<Greeting> = checks.scenario().beside("greeting");
        for (number, greeting) in greetings.iter().enumerate() {
            if greeting.times > self.servers {
                let path = format!("greeting.{number}.times");
                checks.error(&path, "more greetings than servers", "as many at most");
            }
        }
    }
}

/// The strategies of Penult and this one.
pub fn strategies() -> Strategies {
    Strategies::built_in().and::<Several>()
}
