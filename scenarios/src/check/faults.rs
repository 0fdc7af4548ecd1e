//! Whether faults name what there is, at instants that come.

use std::collections::{BTreeMap, BTreeSet};

use super::Checks;
use crate::complaint::Complaint;
use penult_models::{ServiceKind, ServiceName};

use crate::names::NodeName;
use crate::tables::{DiskFate, Kind, Struck, Target, Trigger, What, When, Who};

const DIRECTORY: NodeName = NodeName::Service(ServiceName::only(ServiceKind::DIRECTORY.name));

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
                    if matches!(what, Some(What::Crash { disk: DiskFate::Lost, .. })) {
                        self.lost_disk(&[struck.node], path);
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
                if *disk == DiskFate::Lost {
                    match who {
                        Who::Nodes(nodes) => self.lost_disk(nodes, path),
                        Who::Services => self.lost_disk(&[DIRECTORY], path),
                        _ => {}
                    }
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
                    self.not_access(*node, &format!("{path}.slow"));
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

    /// Complains if one of these has no disk that could be lost.
    fn lost_disk(&mut self, nodes: &[NodeName], path: &str) {
        let path = format!("{path}.disk");
        if nodes.contains(&DIRECTORY) {
            let mend = "it is durable: `disk = \"kept\"`";
            self.error(&path, "the directory's disk can't be lost", mend);
        }
        if let Some(node) = nodes.iter().copied().find(|&node| self.only_falls(node)) {
            let mend = "leave `disk` out: it stands or falls";
            self.error(&path, format!("\"{node}\" has no disk"), mend);
        }
    }

    /// Complains about what only falls or stands as a whole.
    fn not_access(&mut self, node: NodeName, path: &str) {
        if self.only_falls(node) {
            let what = format!("\"{node}\" is no node that others are linked with");
            self.error(path, what, format!("it falls as a whole: crash = \"{node}\""));
        }
    }

    /// Whether a node does nothing but stand or fall, and others' ways with it.
    fn only_falls(&self, node: NodeName) -> bool {
        let is_own = |service: ServiceName| {
            service.number.is_none() && self.cx.strategies.own_name(service.kind).is_some()
        };
        match node {
            NodeName::Access => true,
            NodeName::Service(service) => is_own(service),
            NodeName::Gateway(_) | NodeName::Client(_) => false,
        }
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
                    (NodeName::Service(service), Some(there)) => there.contains(service),
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
    fn services(&self) -> Option<Vec<ServiceName>> {
        let services = self.services.get_or_init(|| {
            let tables = self.cx.strategies.top_keys().into_iter().map(|key| key.name);
            let mut keys = tables.chain(["strategy", "duration", "drain"]);
            let is_whole = !self.has_unknown_keys("strategy") && keys.all(|it| self.is_whole(it));
            is_whole.then(|| crate::build::services(self.scenario, self.scenario.strategy))
        });
        services.clone()
    }

    fn ends(&mut self, ends: (NodeName, NodeName), path: &str) {
        self.not_access(ends.0, &format!("{path}.0"));
        self.not_access(ends.1, &format!("{path}.1"));
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
                self.not_access(*node, &here);
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
        if let Some(why) = self.scenario.strategy.entry().never(trigger.event) {
            let at = self.near(&format!("{path}.event"));
            self.complain(Complaint::warning(at, "this never happens", why));
        }
        if let Some(who) = &trigger.node {
            let here = format!("{path}.node");
            self.who(who, &here);
            if matches!(who, Who::Nodes(nodes) if nodes.contains(&NodeName::Access)) {
                let at = self.near(&here);
                let mend = "it does nothing but stand or fall: name who does something";
                self.complain(Complaint::warning(at, "nothing happens at \"access\"", mend));
            }
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
