//! Whether links that are named exist, and what nodes have links.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use penult_sim::{BufferedStream, Purpose, Seed};

use super::Checks;
use crate::complaint::Complaint;
use crate::names::{Gateway, NodeName};
use crate::tables::Shape;

/// With more gateways than this, a shape is not built for a check.
const BUILT_MAX: u32 = 5_000;

/// The links of a scenario, once somebody asks.
#[derive(Default)]
pub(super) struct Links {
    /// Those that the file names.
    named: OnceCell<BTreeSet<(Gateway, Gateway)>>,
    /// Those of the shape; nothing where they hang on the seed.
    of_shape: OnceCell<Option<BTreeSet<(usize, usize)>>>,
    /// All of them with this seed.
    of_seed: OnceCell<BTreeSet<(Gateway, Gateway)>>,
}

impl Checks<'_, '_> {
    pub(super) fn links(&mut self) {
        let gateways = &self.scenario.gateways;
        let mut seen: BTreeMap<(Gateway, Gateway), usize> = BTreeMap::new();
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
            let pair = sorted((one, other));
            if let Some(first) = seen.get(&pair) {
                let first = format!("gateways.link.{first}.between");
                let what = format!("the link between {} and {} comes twice", pair.0, pair.1);
                self.contradiction((&path, &first), what, "say it once", "the first");
            }
            seen.entry(pair).or_insert(number);
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
        let linked = self.links.of_seed.get_or_init(|| crate::build::linked(self.scenario));
        linked.contains(&sorted((one, other)))
    }

    /// Whether all that the links of this seed hang on could be read.
    fn knows_links(&self) -> bool {
        let keys = ["seed", "gateways", "regions"];
        !self.has_unknown_keys("seed") && keys.iter().all(|key| self.is_whole(key))
    }

    /// Whether two gateways share a link; nothing where that hangs on the seed.
    fn share_link(&self, (one, other): (Gateway, Gateway)) -> Option<bool> {
        let named = self.links.named.get_or_init(|| {
            let links = self.scenario.gateways.link.iter();
            let ends = links.filter_map(|link| <[Gateway; 2]>::try_from(link.between.clone()).ok());
            ends.map(|[one, other]| sorted((one, other))).collect()
        });
        if named.contains(&sorted((one, other))) {
            return Some(true);
        }
        if self.scenario.gateways.shape == Shape::Plain(penult_sim::Shape::Full) {
            return Some(true);
        }
        let of_shape = self.links.of_shape.get_or_init(|| self.links_of_shape());
        Some(of_shape.as_ref()?.contains(&sorted((one.index(), other.index()))))
    }

    /// The links that the shape has, whatever the seed.
    fn links_of_shape(&self) -> Option<BTreeSet<(usize, usize)>> {
        let gateways = &self.scenario.gateways;
        match &gateways.shape {
            Shape::Map(map) => {
                Some(map.topology.links.iter().map(|link| sorted(link.ends)).collect())
            }
            Shape::Random(_) | Shape::SmallWorld(_) | Shape::ScaleFree(_) => None,
            _ if gateways.count > BUILT_MAX => None,
            shape => {
                // Of what is left nothing hangs on chance.
                let mut draws = BufferedStream::new(Purpose::TOPOLOGY, 0, &Seed::new(0));
                let built = shape.built()?.build(gateways.count as usize, &mut draws);
                Some(built.links.iter().map(|link| sorted(link.ends)).collect())
            }
        }
    }
}

/// The same link from either end.
fn sorted<E: Ord>((one, other): (E, E)) -> (E, E) {
    if one < other { (one, other) } else { (other, one) }
}
