//! What faults did: which nodes and links went down, and when they came back.

use std::collections::BTreeMap;

use penult_sim::{DiskFate, Fault, FaultId, NodeId, Time, What};

use crate::names::Names;

/// Something that a fault took, and when it gave it back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// Which fault of the plan.
    pub fault: u32,
    /// What kind of fault.
    pub kind: &'static str,
    /// The node, link or groups that it took; empty if it found nothing left to take.
    pub what: String,
    /// Whether a disk was lost too.
    pub disk_lost: bool,
    /// When it went.
    pub down: Time,
    /// When it came back: of a node, when the last fault that held it down let go.
    pub up: Option<Time>,
}

/// Watches faults.
#[derive(Clone, Debug)]
pub(crate) struct Faults {
    plan: Vec<Plan>,
    /// The fault that strikes in the event in hand, and whether it took a node yet.
    striking: Option<(FaultId, bool)>,
    /// The row of each node that is down or offline.
    down: BTreeMap<(NodeId, Way), usize>,
    /// Rows of faults on links that have not ended, oldest first.
    open: BTreeMap<FaultId, Vec<usize>>,
    pub(crate) list: Vec<Outage>,
}

/// A fault of the plan, in words.
#[derive(Clone, Debug)]
struct Plan {
    kind: &'static str,
    /// What it is on, if that is not nodes that go down: of those each is told.
    on: Option<String>,
    disk_lost: bool,
}

/// The kind of fault that takes devices off the network one by one.
const OFFLINE: &str = "offline";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    Down,
    Offline,
}

impl Faults {
    pub(crate) fn new(faults: &[Fault], names: &Names) -> Self {
        let plan = faults.iter().map(|fault| plan(&fault.what, names)).collect();
        let (down, open) = (BTreeMap::new(), BTreeMap::new());
        Faults { plan, striking: None, down, open, list: Vec::new() }
    }

    pub(crate) fn began(&mut self, at: Time, fault: FaultId) {
        let plan = &self.plan[fault.index()];
        if let Some(on) = &plan.on {
            self.open.entry(fault).or_default().push(self.list.len());
            self.push(at, fault, on.clone());
        } else {
            self.striking = Some((fault, false));
        }
    }

    /// A node went down or offline.
    pub(crate) fn took(&mut self, at: Time, node: NodeId, way: Way, names: &Names) {
        // A device that goes offline on its own is no fault, and one whose access link fell is none by itself.
        if let Some((fault, took)) = &mut self.striking
            && (way == Way::Down || self.plan[fault.index()].kind == OFFLINE)
        {
            *took = true;
            let fault = *fault;
            self.down.insert((node, way), self.list.len());
            self.push(at, fault, names.of(node).to_string());
        }
    }

    /// A node came back.
    pub(crate) fn gave_back(&mut self, at: Time, node: NodeId, way: Way) {
        if let Some(place) = self.down.remove(&(node, way)) {
            self.list[place].up = Some(at);
        }
    }

    pub(crate) fn ended(&mut self, at: Time, fault: FaultId) {
        // A fault on a link has one process, so its strikes end in the order of their beginnings.
        let open = self.open.get_mut(&fault).filter(|open| !open.is_empty());
        if let Some(open) = open {
            let place = open.remove(0);
            self.list[place].up = Some(at);
        }
    }

    /// The event in hand is over.
    #[inline]
    pub(crate) fn settled(&mut self, at: Time) {
        if let Some((fault, false)) = self.striking.take() {
            self.push(at, fault, String::new());
        }
    }

    fn push(&mut self, at: Time, fault: FaultId, what: String) {
        let Plan { kind, disk_lost, .. } = self.plan[fault.index()];
        self.list.push(Outage { fault: fault.raw(), kind, what, disk_lost, down: at, up: None });
    }
}

fn plan(what: &What, names: &Names) -> Plan {
    let pair = |(a, b): (NodeId, NodeId), sign| format!("{}{sign}{}", names.of(a), names.of(b));
    let (kind, on) = match what {
        What::Crash { .. } => ("crash", None),
        What::Region(_) => ("region", None),
        What::Offline(_) => (OFFLINE, None),
        What::Link { ends, one_way: false } => ("link", Some(pair(*ends, "-"))),
        What::Link { ends, one_way: true } => ("link", Some(pair(*ends, ">"))),
        What::SlowLink { ends, .. } => ("slow", Some(pair(*ends, "-"))),
        What::Partition(groups) => {
            let groups: Vec<String> = groups.iter().map(|group| names.list(group)).collect();
            ("partition", Some(groups.join(" | ")))
        }
        What::Slow { who, .. } => (
            "slow",
            Some(match who {
                penult_sim::Who::Nodes(nodes) => names.list(nodes),
                penult_sim::Who::Role(role) => format!("role {}", role.0),
            }),
        ),
    };
    let disk_lost = matches!(what, What::Crash { disk: DiskFate::Lost, .. });
    Plan { kind, on, disk_lost }
}
