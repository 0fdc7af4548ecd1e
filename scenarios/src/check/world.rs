//! Whether times, gateways and regions fit together.

use std::collections::BTreeSet;

use super::Checks;
use crate::complaint::Complaint;
use crate::names::fits_region;
use crate::nearest;
use crate::reading::reader::listed;
use crate::reading::setting::Magnitude;
use crate::tables::{Queue, RegionLatency, Shape};

impl Checks<'_, '_> {
    pub(super) fn world(&mut self) {
        self.times();
        self.map();
        self.regions();
        self.idle_regions();
        if self.scenario.gateways.queue == Queue::Memory
            && !self.scenario.gateways.disk.is_zero()
            && !self.scenario.sweep.axes.iter().any(|axis| axis.path == "gateways.queue")
            && let Some(at) = self.at("gateways.disk")
        {
            let what = "gateways never write to their disks";
            let mut complaint =
                Complaint::warning(at, what, "it counts with `queue = \"disk\"` only");
            complaint
                .also
                .extend(self.at("gateways.queue").map(|at| (at, "queues are here".into())));
            self.complain(complaint);
        }
    }

    fn times(&mut self) {
        let scenario = self.scenario;
        if scenario.warmup >= scenario.duration && !scenario.duration.is_zero() {
            let what = "all of the run is warm-up: nothing of it counts";
            let mend = "`warmup` is shorter than `duration`";
            self.contradiction(("warmup", "duration"), what, mend, "clients send for so long");
        }
        let (duration, drain) = (scenario.duration.as_nanos(), scenario.drain.as_nanos());
        if duration.checked_add(drain).is_none() {
            let what = "the run is longer than time is: 584 years";
            self.contradiction(
                ("drain", "duration"),
                what,
                "make it shorter",
                "and so long before",
            );
        }
    }

    fn map(&mut self) {
        let gateways = &self.scenario.gateways;
        if let Shape::Map(map) = &gateways.shape {
            let places = map.topology.places.len();
            if places != gateways.count as usize {
                let what = format!("{} gateways on a map of {places}", gateways.count);
                let mend = format!("a map has a gateway at each of its places: {places}");
                let paths = ("gateways.count", "gateways.shape.file");
                self.contradiction(paths, what, &mend, "the map");
            }
        }
    }

    fn regions(&mut self) {
        let scenario = self.scenario;
        let dealt = &scenario.gateways.regions;
        let strategies = self.cx.strategies.clone();
        let fits = |name: &str| fits_region(name, &strategies);
        for (number, name) in dealt.iter().enumerate() {
            let path = format!("gateways.regions.{number}");
            if !fits(name) {
                let what = format!("{name:?} can't be a region");
                self.error(&path, what, "a region has a name, and not that of a node");
            }
        }
        // Without distances they only go down together.
        let Some(regions) = &scenario.regions else { return };
        if self.cx.broken(self.at("regions.latency")) || self.has_unknown_keys("regions.latency") {
            return;
        }
        let known = regions.names();
        let is_known = |name: &str| known.binary_search(&name).is_ok();
        for (number, name) in dealt.iter().enumerate().filter(|(_, name)| fits(name)) {
            let alone = known.is_empty() && dealt.len() == 1;
            let path = format!("gateways.regions.{number}");
            if !(alone || is_known(name) || self.only_counts(self.near(&path))) {
                let mend = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("[regions] has {}", listed(&known).replace('`', "\"")),
                };
                self.error(&path, format!("[regions] has no {name:?}"), mend);
            }
        }
        if let RegionLatency::Given(given) = &regions.latency {
            for (from, row) in given {
                let path = format!("regions.latency.{from}");
                self.region_used(from, &path);
                for to in row.keys() {
                    self.region_used(to, &format!("{path}.{to}"));
                }
            }
        }
        let names: Vec<&str> = self.dealt.iter().copied().filter(|it| is_known(it)).collect();
        for (number, from) in names.iter().enumerate() {
            for to in &names[..number] {
                if regions.between(from, to).is_none() {
                    // There may be as many as there are pairs.
                    if self.cx.has_enough() {
                        return;
                    }
                    let what = format!("[regions] has no latency between {to:?} and {from:?}");
                    self.error("regions.latency", what, format!("add {to} = {{ {from} = … }}"));
                }
            }
        }
    }

    /// Warns of a region that no gateway is dealt to.
    fn idle_regions(&mut self) {
        let dealt = &self.scenario.gateways.regions;
        let count = self.scenario.gateways.count as usize;
        let mut seen: BTreeSet<&String> = dealt.iter().take(count.max(1)).collect();
        for (number, name) in dealt.iter().enumerate().skip(count.max(1)) {
            if seen.insert(name)
                && let Some(at) = self.at(&format!("gateways.regions.{number}"))
            {
                let mend = format!("{count} gateways are dealt out to {} regions", dealt.len());
                self.complain(Complaint::warning(at, format!("no gateway is in {name:?}"), mend));
            }
        }
    }

    /// Whether gateways are dealt to a region, or it can't be told.
    fn is_dealt(&self, name: &str) -> bool {
        self.dealt.contains(name) || self.cx.broken(self.at("gateways.regions"))
    }

    /// Complains about a region that [regions] has and no gateway is in.
    fn region_used(&mut self, name: &str, path: &str) {
        let dealt = &self.scenario.gateways.regions;
        let at = self.key_at(path).unwrap_or_else(|| self.near(path));
        if self.is_dealt(name) || self.only_counts(at) {
            return;
        }
        let mend = match nearest(name, dealt.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near:?}?"),
            None if dealt.is_empty() => {
                "`regions` in [gateways] deals gateways out to regions".into()
            }
            None => format!("`regions` in [gateways] has {}", listed(dealt).replace('`', "\"")),
        };
        self.complain(Complaint::error(at, format!("no gateway is in {name:?}"), mend));
    }

    /// The region that a fault or a domain names.
    pub(super) fn region_known(&mut self, name: &str, path: &str) {
        let dealt = &self.scenario.gateways.regions;
        if self.is_dealt(name) || self.only_counts(self.near(path)) {
            return;
        }
        let mend = match nearest(name, dealt.iter().map(String::as_str)) {
            Some(near) => format!("did you mean {near:?}?"),
            None if dealt.is_empty() => "`regions` in [gateways] names the regions".to_owned(),
            None => format!("there are {}", listed(dealt).replace('`', "\"")),
        };
        self.error(path, format!("there is no region {name:?}"), mend);
    }
}
