//! Whether faults name what there is, at instants that come.

use std::collections::{BTreeMap, BTreeSet};

use super::Checks;
use crate::complaint::Complaint;
use crate::names::{NodeName, Service};
use crate::tables::{DiskFate, Event, Kind, Strategy, Struck, Target, Trigger, What, When, Who};

/// How many nodes break.
#[derive(Clone, Copy)]
enum Targets {
    /// None: it is no node.
    One,
    /// So many.
    Nodes(usize),
    /// Nobody knows before the run.
    Unknown,
}

impl Targets {
    /// So many nodes. None at all is said elsewhere.
    fn of(count: usize) -> Targets {
        if count == 0 { Targets::Unknown } else { Targets::Nodes(count) }
    }
}

impl Checks<'_, '_> {
    /// Each fault, or what of it could be read. What could not is left alone: its place was complained
    /// about already.
    pub(super) fn faults(&mut self) {
        let scenario = self.scenario;
        let halves = std::mem::take(&mut self.cx.faults);
        for (number, (fault, half)) in scenario.fault.iter().zip(&halves).enumerate() {
            let path = format!("fault.{number}");
            let (what, when) = match half {
                Some(half) => (half.what.as_ref(), half.when.as_ref()),
                None => (Some(&fault.what), Some(&fault.when)),
            };
            let targets = what.map(|what| self.what(what, &path));
            if let Some(when) = when {
                self.when(when, what, targets, &path);
            }
        }
    }

    fn when(&mut self, when: &When, what: Option<&What>, targets: Option<Targets>, path: &str) {
        match when {
            When::Once { at, .. } => self.instant(*at, &format!("{path}.at")),
            When::Process(process) => {
                self.instant(process.from, &format!("{path}.from"));
                if let (Some(together), Some(targets)) = (process.together, targets) {
                    self.together(together, targets, path);
                }
            }
            When::Recorded(recorded) => {
                self.unused_names(&recorded.map, &recorded.struck, path);
                for struck in &recorded.struck {
                    let place = format!("{path}.file");
                    if !self.node(struck.node, &place) {
                        break;
                    }
                    let directory = struck.node == NodeName::Service(Service::Directory);
                    if directory && matches!(what, Some(What::Crash { disk: DiskFate::Lost, .. })) {
                        self.durable(path);
                    }
                }
            }
            When::Triggered { trigger, .. } => self.trigger(trigger, &format!("{path}.when")),
        }
    }

    /// Warns of names that the file of a fault does not have.
    fn unused_names(&mut self, map: &BTreeMap<String, NodeName>, struck: &[Struck], path: &str) {
        let struck: BTreeSet<NodeName> = struck.iter().map(|it| it.node).collect();
        for (name, node) in map {
            let here = format!("{path}.map.{name}");
            if !struck.contains(node)
                && let Some(at) = self.key_at(&here)
            {
                let what = format!("the file has no failure of {name:?}");
                self.complain(Complaint::warning(
                    at,
                    what,
                    "leave it out, or look for a misspelling",
                ));
            }
        }
    }

    /// Checks what breaks; how many nodes that are.
    fn what(&mut self, what: &What, path: &str) -> Targets {
        match what {
            What::Crash { who, disk } => {
                let directory = NodeName::Service(Service::Directory);
                let on_directory = match who {
                    Who::Nodes(nodes) => nodes.contains(&directory),
                    Who::Services => true,
                    _ => false,
                };
                if on_directory && *disk == DiskFate::Lost {
                    self.durable(path);
                }
                self.who(who, &format!("{path}.crash"))
            }
            What::Offline(who) => self.who(who, &format!("{path}.offline")),
            What::Region(region) => {
                self.region_known(region, &format!("{path}.region"));
                Targets::One
            }
            What::Link { ends, .. } => {
                self.ends(*ends, &format!("{path}.link"));
                Targets::One
            }
            What::Partition(groups) => {
                self.partition(groups, &format!("{path}.partition"));
                Targets::One
            }
            What::Slow { target, slow } => match target {
                Target::Node(node) => {
                    self.node(*node, &format!("{path}.slow"));
                    Targets::Nodes(1)
                }
                Target::Link(one, other) => {
                    if one == other {
                        let what = format!("{one} has no link with itself");
                        self.error(&format!("{path}.slow"), what, "name two nodes");
                    } else {
                        self.ends((*one, *other), &format!("{path}.slow"));
                    }
                    if slow.cpu.is_some() {
                        let mend = "it stands beside a `slow` node only";
                        self.error(&format!("{path}.cpu"), "a link has no CPU", mend);
                    }
                    Targets::One
                }
            },
        }
    }

    fn durable(&mut self, path: &str) {
        let path = format!("{path}.disk");
        self.error(&path, "the directory's disk can't be lost", "it is durable: `disk = \"kept\"`");
    }

    fn who(&mut self, who: &Who, path: &str) -> Targets {
        match who {
            Who::Nodes(nodes) => {
                let mut seen: BTreeMap<NodeName, usize> = BTreeMap::new();
                for (number, node) in nodes.iter().enumerate() {
                    let here = match self.at(&format!("{path}.{number}")) {
                        Some(_) => format!("{path}.{number}"),
                        None => path.to_owned(),
                    };
                    self.node(*node, &here);
                    if let Some(first) = seen.get(node) {
                        let first = format!("{path}.{first}");
                        let what = format!("{node} comes twice");
                        self.contradiction((&here, &first), what, "name each once", "the first");
                    }
                    seen.entry(*node).or_insert(number);
                }
                let services = self.services();
                let is_there = |node: &&NodeName| match (node, &services) {
                    (NodeName::Service(service), Some(there)) => there.contains(&service.word()),
                    _ => true,
                };
                Targets::of(nodes.iter().filter(is_there).count())
            }
            Who::Gateways => Targets::of(self.scenario.gateways.count as usize),
            Who::Clients => Targets::of(self.scenario.clients.count as usize),
            Who::Services => self.services().map_or(Targets::Unknown, |it| Targets::of(it.len())),
            Who::HostOf(client) => {
                self.client(*client, &format!("{path}.host_of"));
                Targets::Nodes(1)
            }
            Who::PenultimateOf(client) => {
                self.client(*client, &format!("{path}.penultimate_of"));
                Targets::Nodes(1)
            }
            Who::Recorded => Targets::Unknown,
        }
    }

    /// The services that there are with this strategy, if all that it hangs on could be read.
    fn services(&self) -> Option<Vec<&'static str>> {
        let services = self.services.get_or_init(|| {
            let keys = ["strategy", "chain", "single", "duration", "drain"];
            let is_whole =
                !self.has_unknown_keys("strategy") && keys.iter().all(|it| self.is_whole(it));
            is_whole.then(|| crate::build::services(self.scenario))
        });
        services.clone()
    }

    fn ends(&mut self, ends: (NodeName, NodeName), path: &str) {
        let there = self.node(ends.0, &format!("{path}.0"));
        if self.node(ends.1, &format!("{path}.1")) && there {
            self.linked(ends, path);
        }
    }

    fn partition(&mut self, groups: &[Vec<NodeName>], path: &str) {
        if groups.len() < 2 {
            let mend = "two groups or more, as in [[\"g0\"], [\"g1\"]]";
            self.error(path, "a partition into one part", mend);
        }
        let mut seen: BTreeMap<NodeName, String> = BTreeMap::new();
        for (number, group) in groups.iter().enumerate() {
            if group.is_empty() {
                let here = format!("{path}.{number}");
                self.error(&here, "an empty group", "name one node or more");
            }
            for (place, node) in group.iter().enumerate() {
                let here = format!("{path}.{number}.{place}");
                self.node(*node, &here);
                match seen.get(node) {
                    Some(first) => {
                        let what = format!("{node} is in two groups");
                        let paths = (here.as_str(), first.as_str());
                        self.contradiction(paths, what, "a node is in one group", "the first");
                    }
                    None => {
                        seen.insert(*node, here);
                    }
                }
            }
        }
    }

    fn together(&mut self, together: u32, targets: Targets, path: &str) {
        let here = format!("{path}.together");
        match targets {
            Targets::One => {
                let mend = "it is for a `crash` or `offline` of several nodes";
                let at = self.key_at(&here).unwrap_or_else(|| self.near(&here));
                self.complain(Complaint::error(at, "there is one thing to break", mend));
            }
            Targets::Nodes(count) if together as usize > count => {
                let what = format!("{together} of {count} can't fail together");
                self.error(&here, what, format!("{count} or fewer"));
            }
            _ => {}
        }
    }

    fn trigger(&mut self, trigger: &Trigger, path: &str) {
        let never = !matches!(
            trigger.event,
            Event::Sent | Event::Stored | Event::Accepted | Event::Delivered
        );
        if self.scenario.strategy == Strategy::Single && never {
            let at = self.near(&format!("{path}.event"));
            let mend = "the strategy `single` suspects nobody and hands nothing over";
            self.complain(Complaint::warning(at, "this never happens", mend));
        }
        if let Some(who) = &trigger.node {
            self.who(who, &format!("{path}.node"));
        }
        if let Some(client) = trigger.client {
            self.client(client, &format!("{path}.client"));
        }
        let event = trigger.event;
        let given = [
            ("message", trigger.message.is_some(), event.has_message()),
            ("client", trigger.client.is_some(), event.has_client()),
        ];
        for (key, is_given, has) in given {
            if is_given && !has {
                let what = format!("`{key}` beside \"{}\", which happens to none", event.word());
                self.error(&format!("{path}.{key}"), what, "leave it out: `node` says where");
                return;
            }
        }
        if trigger.message.is_some_and(|message| message.0 >= 1 << 31) {
            let mend = "a run holds fewer than 2147483648";
            self.error(&format!("{path}.message"), "there is no such message", mend);
        }
        let count = match &self.scenario.workload.kind {
            Kind::List => self.scenario.message.len(),
            Kind::Recorded(recorded) => recorded.messages.len(),
            _ => return,
        };
        if let Some(message) =
            trigger.message.filter(|message| message.index() >= count && count > 0)
        {
            let what = format!("there is no message {message}");
            let there = match count {
                1 => "there is m0 only".to_owned(),
                _ => format!("there are m0 … m{}, in the order of their instants", count - 1),
            };
            self.error(&format!("{path}.message"), what, there);
        }
    }
}
