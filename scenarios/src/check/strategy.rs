//! Whether what the strategies say fits the world; what each has to check is in its own file.

use penult_sim::Span;

use super::{Checks, shown};
use crate::Scenario;
use crate::complaint::{Complaint, SHOWN_MAX};
use crate::names::{Client, Gateway, NodeName};
use crate::strategies::Strategy;
use crate::tables::Queue;
use crate::units::Varying;

/// Whether a strategy makes no sense without gateways.
pub(crate) fn needs_gateways(scenario: &Scenario, strategy: Strategy) -> bool {
    strategy.entry().options(scenario).needs().gateways
}

/// What is wrong where a strategy that needs gateways has none.
pub(crate) fn without_gateways(strategy: Strategy) -> String {
    format!("the strategy `{strategy}` has nothing to do without gateways")
}

/// What would be right.
pub(crate) const WITH_GATEWAYS: &str =
    "`count` is 1 or more, or the strategy is one that does without";

impl<'c> Checks<'c, '_> {
    pub(super) fn strategies(&mut self) {
        for strategy in self.cx.strategies.clone().iter() {
            strategy.entry().check(self);
            if let Some(policy) = strategy.entry().policy(self.scenario) {
                policy.check(strategy.word(), self);
            }
        }
        let strategy = self.scenario.strategy;
        strategy.entry().check_world(self);
        if self.is_whole("strategy") {
            for refusal in strategy.entry().refused(self.scenario) {
                let (beside, says) = refusal.beside;
                self.contradiction((refusal.key, beside), refusal.what, refusal.mend, says);
            }
        }
    }

    /// Complains where there are no gateways, and the strategy needs some.
    pub(super) fn gateways_needed(&mut self) {
        const COUNT: &str = "gateways.count";
        let strategy = self.scenario.strategy;
        if self.scenario.gateways.count == 0
            && self.is_given(COUNT)
            && [COUNT, "strategy", strategy.word()].iter().all(|key| self.is_whole(key))
            && needs_gateways(self.scenario, strategy)
        {
            let what = without_gateways(strategy);
            self.contradiction((COUNT, "strategy"), what, WITH_GATEWAYS, "the strategy");
        }
    }

    /// The scenario that is checked.
    pub fn scenario(&self) -> &'c Scenario {
        self.scenario
    }

    /// Whether the key of a path is given.
    pub fn is_given(&self, path: &str) -> bool {
        self.at(path).is_some()
    }

    /// Warns at a key, if it is given. `paths`: that key, and another to point at with what that one says.
    pub fn warning(
        &mut self,
        (path, beside): (&str, Option<(&str, &str)>),
        what: impl Into<String>,
        mend: impl Into<String>,
    ) {
        let Some(at) = self.key_at(path) else { return };
        let mut complaint = Complaint::warning(at, what, mend);
        if let Some((beside, says)) = beside {
            complaint.also.extend(self.at(beside).map(|at| (at, says.into())));
        }
        self.complain(complaint);
    }

    /// Complains if there is no such gateway; whether there is.
    pub fn gateway(&mut self, gateway: Gateway, path: &str) -> bool {
        self.gateway_at(gateway, self.near(path))
    }

    /// Whether a name is that of a node which every scenario, or a strategy, may have.
    pub fn names_other_node(&self, name: &str) -> bool {
        let without = self.cx.strategies.with_own_names(std::iter::empty());
        match NodeName::parse(name, &without) {
            None | Some(NodeName::Access) => false,
            Some(_) => true,
        }
    }

    /// Complains if there is no such client; whether there is.
    pub fn client(&mut self, client: Client, path: &str) -> bool {
        let count = self.scenario.clients.count;
        self.numbered(client.0, count, ("client", "c"), self.near(path), "clients.count")
    }

    /// Complains if there is no such region.
    pub fn region(&mut self, name: &str, path: &str) {
        self.region_known(name, path);
    }

    /// Complains about a list of more gateways than there are. `noun`: what it is a list of.
    pub fn list_length(&mut self, length: u32, path: &str, noun: &str) {
        let count = self.scenario.gateways.count;
        if length <= count || count == 0 {
            return;
        }
        let default = if self.is_given(path) { "" } else { " (the default)" };
        let what = format!("{noun} of {length} gateways{default}, and there are {count}");
        let key = path.rsplit_once('.').map_or(path, |(_, key)| key);
        let mend = format!("`{key}` is 1 to {count}");
        self.contradiction((path, "gateways.count"), what, &mend, "so many gateways");
    }

    /// Warns of a time within which no neighbour can answer.
    pub fn ack_timeout(&mut self, timeout: Span, path: &str) {
        self.answers_within(timeout, path, None, "the round trip on average, with CPU and disk");
    }

    /// Warns of a time within which the slowest neighbour can't answer. `back`: how long the answer takes, if it does
    /// not come as the question went. `note`: what is counted.
    pub fn answers_within(&mut self, timeout: Span, path: &str, back: Option<Span>, note: &str) {
        let gateways = &self.scenario.gateways;
        if gateways.count < 2 {
            return;
        }
        let mean = |delay: &Varying<Span>| delay.delay().mean();
        let one_way = self.slowest_neighbour();
        let mut round_trip = one_way.saturating_add(back.unwrap_or(one_way));
        for work in [&gateways.cpu, &gateways.cpu_control] {
            round_trip = round_trip.saturating_add(mean(work));
        }
        if gateways.queue == Queue::Disk {
            round_trip = round_trip.saturating_add(mean(&gateways.disk));
        }
        if timeout > round_trip {
            return;
        }
        let key = self.at(path).or_else(|| self.at("gateways.latency"));
        let at = key.unwrap_or_else(|| self.near("gateways"));
        let what = format!(
            "`ack_timeout` is {}, and the slowest neighbour answers after {}",
            shown(timeout),
            shown(round_trip)
        );
        let complaint = Complaint::warning(at, what, "every message will look lost: wait longer");
        self.complain(complaint.note(note));
    }

    /// How long a packet takes to the slowest neighbour of any gateway, on average.
    fn slowest_neighbour(&self) -> Span {
        let gateways = &self.scenario.gateways;
        let mean = |delay: &Varying<Span>| delay.delay().mean();
        let links = gateways.link.iter().filter_map(|link| link.latency.as_ref()).map(mean);
        let map = gateways.shape.map().into_iter().flat_map(|map| &map.topology.links);
        let mapped = map.filter_map(|link| link.latency);
        let plain = gateways.shape.map().is_none().then(|| mean(&gateways.latency));
        let latency = links.chain(mapped).chain(plain).max().unwrap_or(Span::ZERO);
        let mut apart = Span::ZERO;
        // Where a latency is missing for each pair, there are too many pairs to look at.
        let few_errors = self.cx.complaints.errors() < SHOWN_MAX;
        if let Some(regions) = self.scenario.regions.as_ref().filter(|_| few_errors) {
            for (from, to) in
                self.dealt.iter().flat_map(|from| self.dealt.iter().map(move |to| (from, to)))
            {
                let between = regions.between(from, to);
                apart = apart.max(between.map_or(Span::ZERO, |between| mean(&between)));
            }
        }
        latency.max(apart)
    }
}
