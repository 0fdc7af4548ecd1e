//! Checks that need more than one key: whether what a scenario says fits together.

mod expect;
mod faults;
mod limits;
mod links;
mod people;
mod points;
pub(crate) mod strategy;
mod sweep;
mod workload;
mod world;

use std::cell::OnceCell;
use std::collections::BTreeSet;

use penult_models::ServiceName;
use penult_sim::{Span, Time};

use crate::Scenario;
use crate::complaint::{At, Complaint, Complaints, Severity};
use crate::names::{Gateway, NodeName};
use crate::reading::Reading;
use crate::reading::document::{Item, Table};
use crate::tables::{Kind, When};
use links::Links;

/// A scenario being checked. What was complained about already is left alone: an error has no
/// follow-up errors.
///
/// Paths are keys with dots between, as in `chain.length` or `fault.0.at`.
pub struct Checks<'c, 'f> {
    scenario: &'c Scenario,
    document: &'c Item,
    cx: &'c mut Reading<'f>,
    links: Links,
    /// The services that there are, if that can be known, once somebody asks.
    services: OnceCell<Option<Vec<ServiceName>>>,
    /// The regions that gateways are dealt to.
    dealt: BTreeSet<&'c str>,
}

/// Fills in what depends on other keys.
pub(crate) fn settle(scenario: &mut Scenario, cx: &mut Reading<'_>) {
    let end = Time::ZERO + scenario.duration;
    let workload = &mut scenario.workload;
    if workload.kind == Kind::Diurnal {
        workload.diurnal.get_or_insert_default();
    }
    // Without a duration, which was complained about, nothing is late.
    if let Kind::Recorded(recorded) = &mut workload.kind
        && !scenario.duration.is_zero()
    {
        let before = recorded.messages.len();
        recorded.messages.retain(|message| message.at < end);
        let late = before - recorded.messages.len();
        if late > 0 {
            let file = &recorded.file.path;
            cx.assumed.push(format!("{file}: {late} messages after `duration` are left out"));
        }
    }
    let end = end + scenario.drain;
    for fault in &scenario.fault {
        if let When::Recorded(recorded) = &fault.when
            && !scenario.duration.is_zero()
        {
            let late = recorded.struck.iter().filter(|struck| struck.down > end).count();
            if late > 0 {
                let file = &recorded.file.path;
                cx.assumed.push(format!("{file}: {late} failures after the end never come"));
            }
        }
    }
}

/// All checks.
pub(crate) fn all(scenario: &Scenario, document: &Item, cx: &mut Reading<'_>) {
    // What of the scenario itself doesn't fit together may be right in all points.
    let aside = (!cx.care.base).then(|| {
        let sources = cx.complaints.sources.clone();
        let nothing_yet = Complaints { sources, ..Complaints::default() };
        (std::mem::replace(&mut cx.complaints, nothing_yet), cx.wrong.clone())
    });
    let mut checks = Checks {
        scenario,
        document,
        cx,
        links: Links::default(),
        services: OnceCell::new(),
        dealt: scenario.gateways.regions.iter().map(String::as_str).collect(),
    };
    checks.gateways_needed();
    checks.world();
    checks.links();
    checks.people();
    checks.workload();
    checks.faults();
    checks.strategies();
    checks.limits_of_world();
    checks.expect();
    if let Some((read, wrong)) = aside {
        let found = std::mem::replace(&mut checks.cx.complaints, read);
        checks.cx.complaints.sources = found.sources;
        checks.cx.complaints.more.warnings += found.more.warnings;
        checks.cx.wrong = wrong;
        let warnings = found.list.into_iter().filter(|it| it.severity == Severity::Warning);
        warnings.for_each(|warning| checks.cx.complain(warning));
    }
    checks.sweep();
}

impl Checks<'_, '_> {
    /// Where the value of a path stands, if it is given.
    fn at(&self, path: &str) -> Option<At> {
        self.document.find(path).map(|(item, _)| item.at)
    }

    /// Where the value of a path stands, or what is around it.
    fn near(&self, path: &str) -> At {
        let mut path = path;
        loop {
            match (self.at(path), path.rsplit_once('.')) {
                (Some(at), _) => return at,
                (None, Some((around, _))) => path = around,
                (None, None) => return self.document.at,
            }
        }
    }

    /// Where the key of a path stands, if it is given.
    fn key_at(&self, path: &str) -> Option<At> {
        self.document.find(path).map(|(_, key)| key)
    }

    /// Adds a complaint, unless one of its places was complained about already.
    fn complain(&mut self, complaint: Complaint) {
        let also = complaint.also.iter().map(|(at, _)| *at);
        let places: Vec<At> = complaint.at.into_iter().chain(also).collect();
        if !self.cx.broken(places) {
            self.cx.complain(complaint);
        }
    }

    /// Whether nobody would be shown an error at this place: then it is counted, and nobody need look what would be right.
    fn only_counts(&mut self, at: At) -> bool {
        let unshown = !self.cx.wrong.shows(at);
        if unshown && !self.cx.broken([at]) {
            self.cx.count_error(at);
        }
        unshown
    }

    /// An error at a path, or at what is around it: what is wrong, and what would be right.
    pub fn error(&mut self, path: &str, what: impl Into<String>, mend: impl Into<String>) {
        let complaint = Complaint::error(self.near(path), what, mend);
        self.complain(complaint);
    }

    /// An error at the first of two keys that contradict each other, or at the second if the first has
    /// its default. `says`: what to remark at the second.
    pub fn contradiction(
        &mut self,
        paths: (&str, &str),
        what: impl Into<String>,
        mend: &str,
        says: &str,
    ) {
        if self.at(paths.0).is_none() && self.has_unknown_keys(paths.0) {
            return;
        }
        let complaint = match (self.at(paths.0), self.at(paths.1)) {
            (Some(at), Some(other)) => Complaint::error(at, what, mend).also(other, says),
            (Some(at), None) => Complaint::error(at, what, mend),
            (None, Some(other)) => Complaint::error(other, what, mend),
            (None, None) => Complaint::error(self.near(paths.0), what, mend),
        };
        self.complain(complaint);
    }

    /// Whether a key beside this one is unknown: it may have been meant for this one.
    fn has_unknown_keys(&self, path: &str) -> bool {
        let around = path.rsplit_once('.').and_then(|(around, _)| self.document.find(around));
        let table = around.map_or(self.document, |(item, _)| item).as_table();
        table.is_some_and(|table| self.cx.broken(table.entries().iter().map(|entry| entry.key_at)))
    }

    /// Whether nothing at this path or below was complained about.
    fn is_whole(&self, path: &str) -> bool {
        // The place of a table with a header is that header, without what stands below.
        fn places(item: &Item, found: &mut Vec<At>) {
            found.push(item.at);
            for entry in item.as_table().map_or(&[][..], Table::entries) {
                found.push(entry.key_at);
                places(&entry.item, found);
            }
            item.as_list().into_iter().flatten().for_each(|item| places(item, found));
        }
        let mut found = Vec::new();
        if let Some((item, key_at)) = self.document.find(path) {
            found.push(key_at);
            places(item, &mut found);
        }
        !self.cx.broken(found)
    }

    /// The last instant of the run.
    fn end(&self) -> Time {
        Time::ZERO + self.scenario.duration.saturating_add(self.scenario.drain)
    }

    fn gateway_at(&mut self, gateway: Gateway, at: At) -> bool {
        let count = self.scenario.gateways.count;
        self.numbered(gateway.0, count, ("gateway", "g"), at, "gateways.count")
    }

    fn numbered(
        &mut self,
        number: u32,
        count: u32,
        (noun, letter): (&str, &str),
        at: At,
        counted: &str,
    ) -> bool {
        if number < count {
            return true;
        }
        let there = match count {
            // The count is missing, or was complained about.
            0 if self.at(counted).is_none_or(|at| self.cx.broken([at])) => return false,
            0 => "there is none".to_owned(),
            1 => format!("there is {letter}0 only"),
            _ => format!("there are {letter}0 … {letter}{}", count - 1),
        };
        let mut complaint =
            Complaint::error(at, format!("there is no {noun} {letter}{number}"), there);
        complaint.also.extend(self.at(counted).map(|at| (at, format!("so many {noun}s"))));
        self.complain(complaint);
        false
    }

    /// Complains if there is no such node.
    fn node(&mut self, node: NodeName, path: &str) -> bool {
        match node {
            NodeName::Gateway(gateway) => self.gateway(gateway, path),
            NodeName::Client(client) => self.client(client, path),
            // Of one that the strategy lacks, whoever builds the world tells.
            NodeName::Service(_) | NodeName::Access => true,
        }
    }

    /// Complains about an instant after the end of the run.
    fn instant(&mut self, at: Time, path: &str) {
        if at > self.end() && !self.scenario.duration.is_zero() {
            let end = crate::units::written(self.end() - Time::ZERO);
            let mut complaint = Complaint::error(
                self.near(path),
                "this is after the end of the run",
                format!("the run ends at {end}: `duration` and `drain`"),
            );
            if let Some(at) = self.at("duration") {
                complaint = complaint.also(at, "clients send for so long");
            }
            self.complain(complaint);
        }
    }
}

/// A length of time as it is written.
pub(crate) fn shown(span: Span) -> String {
    crate::units::written(span)
}
