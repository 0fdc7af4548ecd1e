//! Whether links that are named exist, and what nodes have links.

use std::collections::BTreeSet;

use super::Checks;
use crate::complaint::Complaint;
use crate::names::{Gateway, NodeName};
use crate::tables::Shape;

/// With more gateways than this, a shape is not built for a check.
const BUILT_MAX: u32 = 5_000;

impl Checks<'_, '_> {
    pub(super) fn links(&mut self) {
        let gateways = &self.scenario.gateways;
        let mut seen: Vec<((Gateway, Gateway), usize)> = Vec::new();
        for (number, link) in gateways.link.iter().enumerate() {
            let path = format!("gateways.link.{number}.between");
            let &[one, other] = link.between.as_slice() else {
                let what = format!("a link between {} gateways", link.between.len());
                self.error(&path, what, "a link has two ends, as in [\"g0\", \"g1\"]");
                continue;
            };
            let there = self.gateway(one, &format!("{path}.0"));
            if !(self.gateway(other, &format!("{path}.1")) && there) {
                continue;
            }
            if one == other {
                self.error(&path, format!("{one} has no link with itself"), "name two gateways");
                continue;
            }
            let pair = (one.min(other), one.max(other));
            if let Some((_, first)) = seen.iter().find(|(it, _)| *it == pair) {
                let first = format!("gateways.link.{first}.between");
                let what = format!("the link between {} and {} comes twice", pair.0, pair.1);
                self.contradiction((&path, &first), what, "say it once", "the first");
            }
            seen.push((pair, number));
            self.buffer(&format!("gateways.link.{number}"), link.bandwidth.is_none());
        }
        self.buffer("gateways", true);
        self.buffer("clients.access", self.scenario.clients.access.bandwidth.is_none());
    }

    /// Warns of a buffer in which nothing ever waits.
    fn buffer(&mut self, table: &str, unlimited: bool) {
        let gateways = &self.scenario.gateways;
        let limited_by_gateways = table.starts_with("gateways")
            && (gateways.bandwidth.is_some() || gateways.shape.map().is_some());
        let limited_by_link =
            table == "gateways" && gateways.link.iter().any(|it| it.bandwidth.is_some());
        if unlimited
            && !limited_by_gateways
            && !limited_by_link
            && let Some(at) = self.at(&format!("{table}.buffer"))
        {
            let what = "nothing ever waits in this buffer";
            let mend = "packets queue where there is a `bandwidth`";
            self.complain(Complaint::warning(at, what, mend));
        }
    }

    /// Complains if two nodes share no link.
    pub(super) fn linked(&mut self, ends: (NodeName, NodeName), path: &str) {
        let gateways = match ends {
            (NodeName::Gateway(one), NodeName::Gateway(other)) => (one, other),
            // Every client and every service is linked with every gateway, and services with each other.
            (NodeName::Gateway(_), _) | (_, NodeName::Gateway(_)) => return,
            (NodeName::Service(_), NodeName::Service(_)) => return,
            (one, other) => {
                let what = format!("{one} and {other} share no link");
                let mend = "clients are linked with gateways only";
                self.error(path, what, mend);
                return;
            }
        };
        let (what, mend) = match self.share_link(gateways) {
            Some(true) => return,
            Some(false) => ("share no link", "name two that are linked"),
            None if !self.knows_links() || self.share_link_with_seed(gateways) => return,
            None => (
                "share no link with this seed",
                "name two that are linked, or add the link: [[gateways.link]]",
            ),
        };
        let what = format!("{} and {} {what}", gateways.0, gateways.1);
        let mut complaint = Complaint::error(self.near(path), what, mend);
        let shape = self.at("gateways.shape");
        complaint.also.extend(shape.map(|at| (at, "how gateways are linked".into())));
        self.complain(complaint);
    }

    /// Whether two gateways share a link with the seed of the scenario.
    fn share_link_with_seed(&self, (one, other): (Gateway, Gateway)) -> bool {
        let linked = self.linked.get_or_init(|| crate::build::linked(self.scenario));
        linked.contains(&(one.min(other), one.max(other)))
    }

    /// Whether all that the links of this seed hang on could be read.
    fn knows_links(&self) -> bool {
        let keys = ["seed", "gateways", "regions"];
        !self.has_unknown_keys("seed") && keys.iter().all(|key| self.is_whole(key))
    }

    /// Whether two gateways share a link; nothing where that hangs on the seed.
    fn share_link(&self, (one, other): (Gateway, Gateway)) -> Option<bool> {
        let gateways = &self.scenario.gateways;
        let named =
            |link: &crate::Link| link.between == [one, other] || link.between == [other, one];
        if gateways.link.iter().any(named) {
            return Some(true);
        }
        let pair = (one.index().min(other.index()), one.index().max(other.index()));
        let sorted = |ends: (usize, usize)| (ends.0.min(ends.1), ends.0.max(ends.1));
        let links: BTreeSet<_> = match &gateways.shape {
            Shape::Map(map) => map.topology.links.iter().map(|link| sorted(link.ends)).collect(),
            Shape::Random(_) | Shape::SmallWorld(_) | Shape::ScaleFree(_) => return None,
            Shape::Plain(penult_sim::Shape::Full) => return Some(true),
            _ if gateways.count > BUILT_MAX => return None,
            shape => {
                let built = shape.built()?.build(gateways.count as usize, &mut || 0);
                built.links.iter().map(|link| sorted(link.ends)).collect()
            }
        };
        Some(links.contains(&pair))
    }
}
