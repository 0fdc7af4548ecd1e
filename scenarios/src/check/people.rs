//! Whether clients and where they are fit together.

use super::Checks;
use crate::complaint::Complaint;
use crate::reading::setting::Magnitude;
use crate::tables::Placement;

impl Checks<'_, '_> {
    pub(super) fn people(&mut self) {
        let clients = &self.scenario.clients;
        if let Placement::Counts(counts) = &clients.placement {
            let mut all_there = true;
            for gateway in counts.keys() {
                let path = format!("clients.placement.{gateway}");
                let key = self.key_at(&path).unwrap_or_else(|| self.near(&path));
                all_there &= self.gateway_at(*gateway, key);
            }
            let sum: u64 = counts.values().map(|count| u64::from(*count)).sum();
            if all_there && sum != u64::from(clients.count) {
                let what = format!("{sum} clients are placed, and there are {}", clients.count);
                let paths = ("clients.placement", "clients.count");
                self.contradiction(paths, what, "place each of them", "so many clients");
            }
        }
        if clients.reply_probability.percent <= 0.0
            && !self.cx.broken(self.at("clients.reply_probability"))
            && !clients.reply_after.is_zero()
            && let Some(at) = self.at("clients.reply_after")
        {
            let mend = "it counts with a `reply_probability` above zero";
            self.complain(Complaint::warning(at, "nobody ever replies", mend));
        }
    }
}
