//! Whether the keys of the strategies fit together and fit the world.

use penult_sim::Span;

use super::{Checks, shown};
use crate::complaint::{Complaint, SHOWN_MAX};
use crate::tables::{Acks, DomainTarget, PolicyLimits, Queue, Route, Strategy};
use crate::units::Varying;

/// Beyond this, chances are too small for a number.
const PHI_MAX: f64 = 300.0;

impl Checks<'_, '_> {
    pub(super) fn strategy(&mut self) {
        let scenario = self.scenario;
        self.heartbeat();
        self.limits(&scenario.chain.limits, "chain.limits");
        self.limits(&scenario.single.limits, "single.limits");
        self.domains();
        let count = scenario.gateways.count;
        if scenario.strategy == Strategy::Chain && scenario.chain.length > count && count > 0 {
            let length = scenario.chain.length;
            let what = match self.at("chain.length") {
                Some(_) => format!("a chain of {length} gateways, and there are {count}"),
                None => {
                    format!("a chain of {length} gateways (the default), and there are {count}")
                }
            };
            let mend = format!("`length` is 1 to {count}");
            self.contradiction(("chain.length", "gateways.count"), what, &mend, "so many gateways");
        }
        match scenario.strategy {
            Strategy::Chain => self.ack_timeout(scenario.chain.ack_timeout, "chain.ack_timeout"),
            Strategy::Single => self.ack_timeout(scenario.single.ack_timeout, "single.ack_timeout"),
        }
    }

    fn heartbeat(&mut self) {
        let Some(heartbeat) = &self.scenario.chain.heartbeat else { return };
        match (heartbeat.misses, heartbeat.phi) {
            (Some(_), Some(_)) => {
                let what = "two detectors: `misses` and `phi`";
                let paths = ("chain.heartbeat.phi", "chain.heartbeat.misses");
                self.contradiction(paths, what, "leave one of them out", "the other");
            }
            (None, Some(phi)) if phi > PHI_MAX => {
                let what = format!("a silence with a chance of one in 10^{phi}");
                let mend = format!("`phi` is {PHI_MAX} at most: nobody waits that long");
                self.error("chain.heartbeat.phi", what, mend);
            }
            (None, None) => {
                let what = "this heartbeat suspects nobody";
                self.error("chain.heartbeat", what, "add `misses = 3` or `phi = 8`");
            }
            _ => {}
        }
    }

    fn limits(&mut self, limits: &PolicyLimits, path: &str) {
        let given = |key: &str| self.at(&format!("{path}.{key}")).is_some();
        match (limits.messages.is_some(), limits.per.is_some()) {
            (true, false) if !given("per") => {
                let what = "a limit on messages without a period";
                self.error(&format!("{path}.messages"), what, "add `per`, as in per = \"1min\"");
            }
            (false, true) if !given("messages") => {
                let what = "a period without a limit on messages";
                self.error(&format!("{path}.per"), what, "add `messages`, as in messages = 10");
            }
            _ => {}
        }
    }

    fn domains(&mut self) {
        let chain = &self.scenario.chain;
        if chain.route == Route::Domain && chain.domains.is_empty() {
            let mend = "add domains = [{ gateways = [\"g0\"], to = \"eu\", via = [\"g1\"] }]";
            self.error("chain.route", "a route by domains without `domains`", mend);
        }
        if chain.route != Route::Domain
            && !chain.domains.is_empty()
            && let Some(at) = self.key_at("chain.domains")
        {
            let mend = "they count with `route = \"domain\"`";
            let mut complaint = Complaint::warning(at, "these domains lead nowhere", mend);
            complaint.also.extend(self.at("chain.route").map(|at| (at, "the route".into())));
            self.complain(complaint);
        }
        for (number, domain) in chain.domains.iter().enumerate() {
            let path = format!("chain.domains.{number}");
            for (place, gateway) in domain.gateways.iter().enumerate() {
                self.gateway(*gateway, &format!("{path}.gateways.{place}"));
            }
            for (place, gateway) in domain.via.iter().enumerate() {
                self.gateway(*gateway, &format!("{path}.via.{place}"));
            }
            match &domain.to {
                DomainTarget::Region(region) => self.region_known(region, &format!("{path}.to")),
                DomainTarget::Gateway(gateway) => {
                    self.gateway(*gateway, &format!("{path}.to"));
                }
            }
        }
    }

    /// Warns of a time within which no neighbour can answer.
    fn ack_timeout(&mut self, timeout: Span, path: &str) {
        let scenario = self.scenario;
        let gateways = &scenario.gateways;
        if gateways.count < 2 {
            return;
        }
        let mean = |delay: &Varying<Span>| delay.delay().mean();
        let links = gateways.link.iter().filter_map(|link| link.latency.as_ref()).map(mean);
        let map = gateways.shape.map().into_iter().flat_map(|map| &map.topology.links);
        let mapped = map.filter_map(|link| link.latency);
        let plain = gateways.shape.map().is_none().then(|| mean(&gateways.latency));
        let latency = links.chain(mapped).chain(plain).max().unwrap_or(Span::ZERO);
        let mut apart = Span::ZERO;
        // Where a latency is missing for each pair, there are too many pairs to look at.
        let few_errors = self.cx.complaints.errors() < SHOWN_MAX;
        if let Some(regions) = scenario.regions.as_ref().filter(|_| few_errors) {
            for (from, to) in
                self.dealt.iter().flat_map(|from| self.dealt.iter().map(move |to| (from, to)))
            {
                let between = regions.between(from, to);
                apart = apart.max(between.map_or(Span::ZERO, |between| mean(&between)));
            }
        }
        let one_way = latency.max(apart);
        let chain = &scenario.chain;
        let is_central = scenario.strategy == Strategy::Chain && chain.acks == Acks::Central;
        // The processor says "once more", and hears that it came.
        let mut round_trip = if is_central {
            let central = mean(&chain.processor.latency);
            let both_ways = central.saturating_add(central);
            one_way.saturating_add(both_ways).saturating_add(mean(&chain.processor.cpu))
        } else {
            one_way.saturating_add(one_way)
        };
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
        self.complain(complaint.note(match is_central {
            true => "on average, with CPU and disk, by way of the processor",
            false => "the round trip on average, with CPU and disk",
        }));
    }
}
