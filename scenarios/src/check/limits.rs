//! Whether what is asked for can be, in any world with this strategy.

use penult_models::Places;

use super::Checks;
use crate::build::limits::LARGE;
use crate::build::memory::{Estimate, links, sent, shown, shown_bytes, too_much};
use crate::complaint::Complaint;

impl Checks<'_, '_> {
    pub(super) fn limits_of_world(&mut self) {
        for place in (LARGE.places)(self.scenario) {
            self.error(&place, LARGE.what, LARGE.mend);
        }
        // Of what is missing or can't be read it was said that it is.
        if ["duration", "gateways", "clients", "workload"].iter().all(|key| self.is_whole(key)) {
            self.numbers();
            self.memory();
        }
    }

    /// What there are no numbers for, however much memory there is.
    fn numbers(&mut self) {
        /// Directions of links are numbered in 32 bits, two for each link and two for each device.
        const LINKS_MAX: f64 = 2_000_000_000.0;
        /// And messages in 31; of those that are drawn there may come some more than the mean.
        const MESSAGES_MAX: f64 = 2_147_000_000.0;
        let scenario = self.scenario;
        let estimate = shown_bytes(Estimate::of(scenario, scenario.strategy).bytes());
        let needs = format!("it would need about {estimate} of memory");
        if scenario.clients.count > Places::CLIENTS_MAX {
            let what = format!("more clients than a run can hold: {needs}");
            self.error("clients.count", what, format!("at most {}", Places::CLIENTS_MAX));
        }
        if scenario.gateways.count > Places::GATEWAYS_MAX {
            let what = format!("more gateways than a run can hold: {needs}");
            self.error("gateways.count", what, format!("at most {}", Places::GATEWAYS_MAX));
        } else if links(scenario) > LINKS_MAX {
            let links = shown(links(scenario));
            let what = format!("{links} links are more than a run can hold: {needs}");
            let mend = format!("at most {}: fewer gateways, or another shape", shown(LINKS_MAX));
            self.contradiction(("gateways.count", "gateways.shape"), what, &mend, "so many each");
        }
        let messages = sent(scenario).messages;
        if messages > MESSAGES_MAX {
            let messages = shown(messages);
            let what = format!("{messages} messages are more than a run can hold: {needs}");
            let mend = format!("at most {} in `duration`", shown(MESSAGES_MAX));
            let path =
                if self.at("workload.rate").is_some() { "workload.rate" } else { "workload" };
            self.error(path, what, mend);
        }
    }

    /// What would need more memory than is allowed. Nothing is built to find out.
    fn memory(&mut self) {
        let Some((path, what, mend)) = too_much(self.scenario, self.scenario.strategy) else {
            return;
        };
        let mut complaint = Complaint::error(self.near(&path), what, mend);
        let limit = self.at("memory_limit");
        complaint.also.extend(limit.map(|at| (at, "the limit".to_owned())));
        self.complain(complaint);
    }
}
