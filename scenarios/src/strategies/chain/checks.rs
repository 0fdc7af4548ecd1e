//! `[chain]`: whether its keys fit together and fit the world.

use super::keys::{Acks, Chain, DomainTarget, Route};
use crate::check::Checks;

/// Beyond this, chances are too small for a number.
const PHI_MAX: f64 = 300.0;

impl Chain {
    pub(super) fn check_heartbeat(&self, checks: &mut Checks<'_, '_>) {
        let Some(heartbeat) = &self.heartbeat else { return };
        match (heartbeat.misses, heartbeat.phi) {
            (Some(_), Some(_)) => {
                let what = "two detectors: `misses` and `phi`";
                let paths = ("chain.heartbeat.phi", "chain.heartbeat.misses");
                checks.contradiction(paths, what, "leave one of them out", "the other");
            }
            (None, Some(phi)) if phi > PHI_MAX => {
                let what = format!("a silence with a chance of one in 10^{phi}");
                let mend = format!("`phi` is {PHI_MAX} at most: nobody waits that long");
                checks.error("chain.heartbeat.phi", what, mend);
            }
            (None, None) => {
                let what = "this heartbeat suspects nobody";
                checks.error("chain.heartbeat", what, "add `misses = 3` or `phi = 8`");
            }
            _ => {}
        }
    }

    pub(super) fn check_domains(&self, checks: &mut Checks<'_, '_>) {
        if self.route == Route::Domain && self.domains.is_empty() {
            let mend = "add domains = [{ gateways = [\"g0\"], to = \"eu\", via = [\"g1\"] }]";
            checks.error("chain.route", "a route by domains without `domains`", mend);
        }
        if self.route != Route::Domain && !self.domains.is_empty() {
            let mend = "they count with `route = \"domain\"`";
            let paths = ("chain.domains", Some(("chain.route", "the route")));
            checks.warning(paths, "these domains lead nowhere", mend);
        }
        for (number, domain) in self.domains.iter().enumerate() {
            let path = format!("chain.domains.{number}");
            for (place, gateway) in domain.gateways.iter().enumerate() {
                checks.gateway(*gateway, &format!("{path}.gateways.{place}"));
            }
            for (place, gateway) in domain.via.iter().enumerate() {
                checks.gateway(*gateway, &format!("{path}.via.{place}"));
            }
            match &domain.to {
                DomainTarget::Region(region) => checks.region(region, &format!("{path}.to")),
                DomainTarget::Gateway(gateway) => {
                    checks.gateway(*gateway, &format!("{path}.to"));
                }
            }
        }
    }

    /// Warns of a time within which no neighbour can answer, nor the processor in its stead.
    pub(super) fn check_ack_timeout(&self, checks: &mut Checks<'_, '_>) {
        const PATH: &str = "chain.ack_timeout";
        if self.acks != Acks::Central {
            return checks.ack_timeout(self.ack_timeout, PATH);
        }
        // The processor says "once more", and hears that it came.
        let central = self.processor.latency.delay().mean();
        let back =
            central.saturating_add(central).saturating_add(self.processor.cpu.delay().mean());
        let note = "on average, with CPU and disk, by way of the processor";
        checks.answers_within(self.ack_timeout, PATH, Some(back), note);
    }
}
