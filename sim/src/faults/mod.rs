//! Faults: what breaks, when, and for how long.
//!
//! A [`Fault`] says what and when. Faults overlap freely: each holds down what it is on, and what is
//! held down by several is up again when the last of them ends; factors multiply.

mod active;
mod schedule;

pub(crate) use active::{Atom, atoms};
pub(crate) use schedule::{Action, Schedule, Source};

use std::fmt;

use crate::network::Network;
use crate::{Delay, FaultId, Gray, Node, NodeId, RegionId, Span, Time};

/// One line of a fault plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What it does.
    pub what: What,
    /// When it does it.
    pub when: When,
}

/// What a fault does while it is in force.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Nodes are dead: memory is gone, timers are void, packets to them vanish.
    Crash {
        /// Which.
        who: Who,
        /// Whether what they wrote survives.
        disk: DiskFate,
    },
    /// Every node of a region is dead and every link within it is down.
    Region(RegionId),
    /// The link between two nodes is down; without one, whatever way over an access link they have.
    Link {
        /// Its ends.
        ends: (NodeId, NodeId),
        /// Whether only the way from the first to the second.
        one_way: bool,
    },
    /// No link and no access link leads from one group to another. Nodes in none keep all their ways,
    /// and carry what passes through them.
    Partition(Vec<Vec<NodeId>>),
    /// All that nodes send, receive and compute is worse than built.
    Slow {
        /// Which.
        who: Who,
        /// How much worse.
        gray: Gray,
    },
    /// What passes between two nodes directly, either way, is worse than built.
    SlowLink {
        /// Its ends.
        ends: (NodeId, NodeId),
        /// How much worse.
        gray: Gray,
    },
    /// Devices are off the network. They live on and know it.
    Offline(Who),
}

/// Whom a fault strikes.
#[derive(Clone, Debug, PartialEq)]
pub enum Who {
    /// These.
    Nodes(Vec<NodeId>),
    /// Whoever plays this role when the fault strikes; the [`Director`] knows.
    Role(Role),
}

/// A part that nodes play in turn, such as "the host of c7". What the number means is the director's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Role(pub u32);

/// What a crash does to the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DiskFate {
    /// What was written is there after the recovery.
    #[default]
    Kept,
    /// The node comes back with a new disk.
    Lost,
}

/// When a fault strikes.
#[derive(Clone, Debug, PartialEq)]
pub enum When {
    /// Once.
    Once {
        /// At this instant.
        at: Time,
        /// For so long; absent: to the end.
        lasts: Option<Span>,
    },
    /// Again and again, by chance.
    Process(Process),
    /// As was recorded somewhere: each entry names its node, whoever the fault is on.
    Recorded(Vec<Record>),
    /// When the [`Director`] says so.
    Triggered {
        /// So long after it said so.
        after: Span,
        /// For so long; absent: to the end.
        lasts: Option<Span>,
    },
}

/// A random process that breaks and mends. Each node that the fault is on has its own, unless several
/// are to be struck `together`; a fault that is on no list of nodes has one.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// How long it works until it fails.
    pub up: Delay,
    /// How long a repair takes.
    pub down: Delay,
    /// How many of the nodes, chosen anew each time, are struck at once.
    pub together: Option<usize>,
    /// The entities that name its random streams, where it is one for several; absent: of all that the fault
    /// is on. Worlds in which some of those are missing name them all, so that it fails when it would
    /// with them.
    pub named: Option<Vec<u32>>,
    /// The clock of the first failure begins here.
    pub from: Time,
    /// Nothing fails from here on.
    pub until: Time,
}

impl Process {
    /// Fails after `up`, is mended after `down`, from the start to the end of the run.
    pub fn new(up: Delay, down: Delay) -> Self {
        Process { up, down, together: None, named: None, from: Time::ZERO, until: Time::NEVER }
    }
}

/// One recorded failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// What failed.
    pub node: NodeId,
    /// When.
    pub down: Time,
    /// Until when; absent: to the end.
    pub up: Option<Time>,
}

/// Watches a run on the faults' behalf: it says when triggered faults strike, and who plays a role.
/// Unlike an [`Observer`](crate::Observer) it does change the run, but only through the faults of its plan.
pub trait Director<N: Node> {
    /// Whether there is anything to direct.
    const ACTIVE: bool = true;

    /// Sees what a node told, and adds to `strike` the triggered faults that this sets off.
    fn see(&mut self, at: Time, node: NodeId, note: &N::Note, strike: &mut Vec<FaultId>);

    /// Who plays a role right now.
    fn cast(&self, _role: Role) -> Vec<NodeId> {
        Vec::new()
    }
}

/// Nobody directs: nothing is triggered, nobody plays a role.
impl<N: Node> Director<N> for () {
    const ACTIVE: bool = false;

    fn see(&mut self, _at: Time, _node: NodeId, _note: &N::Note, _strike: &mut Vec<FaultId>) {}
}

/// Why a fault can't be part of a plan.
#[derive(Clone, Debug, PartialEq)]
pub enum FaultError {
    /// It is on a node that the network doesn't have.
    NoNode(NodeId),
    /// It is on a link that the network doesn't have, nor is either end reached over an access link.
    NoLink(NodeId, NodeId),
    /// It is on a region that no node is in.
    NoRegion(RegionId),
    /// A factor that is zero, negative or no number.
    Factor(&'static str, f64),
    /// A share outside 0 to 1.
    Share(&'static str, f64),
    /// A process that takes no time from one failure to the next.
    Instant,
    /// More nodes at once than it is on.
    Together {
        /// So many at once.
        together: usize,
        /// Of so many.
        of: usize,
    },
    /// A record that ends before it begins.
    Backwards(Record),
    /// Records, or several at once, of what is on no list of nodes.
    NotOnNodes,
    /// A node in two groups of one partition.
    TwoGroups(NodeId),
    /// It is on nobody.
    Nobody,
}

impl std::error::Error for FaultError {}

impl fmt::Display for FaultError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FaultError::NoNode(node) => write!(f, "there is no node {node}"),
            FaultError::NoLink(a, b) => write!(f, "no link joins {a} and {b}"),
            FaultError::NoRegion(region) => write!(f, "no node is in region {region}"),
            FaultError::Factor(what, value) => {
                write!(f, "the factor of {what} must be above zero, not {value}")
            }
            FaultError::Share(what, value) => {
                write!(f, "the share of {what} must be from 0 to 1, not {value}")
            }
            FaultError::Instant => f.write_str("the process takes no time from failure to failure"),
            FaultError::Together { together, of } => {
                write!(f, "{together} can't fail together of {of}, nor can none")
            }
            FaultError::Backwards(record) => {
                write!(f, "{} is recorded to come back before it went down", record.node)
            }
            FaultError::NotOnNodes => {
                f.write_str("only faults of nodes can be recorded, or strike several together")
            }
            FaultError::Nobody => f.write_str("the fault is on nobody"),
            FaultError::TwoGroups(node) => write!(f, "{node} is in two groups of the partition"),
        }
    }
}

impl What {
    /// A node is dead; its disk is kept.
    pub fn crash(node: NodeId) -> What {
        What::Crash { who: node.into(), disk: DiskFate::Kept }
    }

    /// A device is off the network.
    pub fn offline(node: NodeId) -> What {
        What::Offline(node.into())
    }

    /// The link between two nodes is down, both ways.
    pub fn link(a: NodeId, b: NodeId) -> What {
        What::Link { ends: (a, b), one_way: false }
    }
}

impl From<NodeId> for Who {
    fn from(node: NodeId) -> Who {
        Who::Nodes(vec![node])
    }
}

impl Fault {
    /// Strikes at an instant and lasts so long.
    pub fn once(what: What, at: Time, lasts: Span) -> Fault {
        Fault { what, when: When::Once { at, lasts: Some(lasts) } }
    }

    /// Strikes at an instant and lasts to the end of the run.
    pub fn from(what: What, at: Time) -> Fault {
        Fault { what, when: When::Once { at, lasts: None } }
    }

    /// Says what is wrong with it, in this network.
    pub(crate) fn check(&self, network: &Network) -> Result<(), FaultError> {
        match &self.what {
            What::Crash { who, .. } | What::Offline(who) => check_who(who, network)?,
            What::Slow { who, gray } => {
                check_who(who, network)?;
                check_gray(gray)?;
            }
            What::Region(region) => {
                network.nodes_in(*region).next().ok_or(FaultError::NoRegion(*region))?;
            }
            What::Link { ends, .. } => check_ends(*ends, network)?,
            What::SlowLink { ends, gray } => {
                check_ends(*ends, network)?;
                check_gray(gray)?;
            }
            What::Partition(groups) => {
                let mut seen = std::collections::BTreeSet::new();
                for &node in groups.iter().flatten() {
                    check_node(node, network)?;
                    if !seen.insert(node) {
                        return Err(FaultError::TwoGroups(node));
                    }
                }
                if seen.is_empty() && !matches!(self.when, When::Recorded(_)) {
                    return Err(FaultError::Nobody);
                }
            }
        }
        match &self.when {
            When::Process(process) => self.check_process(process),
            When::Recorded(records) => {
                if self.who().is_none() {
                    return Err(FaultError::NotOnNodes);
                }
                records.iter().try_for_each(|record| {
                    check_node(record.node, network)?;
                    match record.up {
                        Some(up) if up < record.down => Err(FaultError::Backwards(*record)),
                        _ => Ok(()),
                    }
                })
            }
            When::Once { .. } | When::Triggered { .. } => Ok(()),
        }
    }

    fn check_process(&self, process: &Process) -> Result<(), FaultError> {
        if process.up.mean().is_zero() && process.down.mean().is_zero() {
            return Err(FaultError::Instant);
        }
        match (process.together, self.who()) {
            (Some(together), Some(Who::Nodes(nodes))) if !(1..=nodes.len()).contains(&together) => {
                Err(FaultError::Together { together, of: nodes.len() })
            }
            (Some(0), Some(Who::Role(_))) => Err(FaultError::Together { together: 0, of: 0 }),
            (Some(_), None) => Err(FaultError::NotOnNodes),
            _ => Ok(()),
        }
    }

    /// Whom it is on, if it is on nodes.
    pub(crate) fn who(&self) -> Option<&Who> {
        match &self.what {
            What::Crash { who, .. } | What::Slow { who, .. } | What::Offline(who) => Some(who),
            What::Region(_) | What::Link { .. } | What::Partition(_) | What::SlowLink { .. } => {
                None
            }
        }
    }
}

fn check_node(node: NodeId, network: &Network) -> Result<(), FaultError> {
    if node.index() < network.node_count() { Ok(()) } else { Err(FaultError::NoNode(node)) }
}

fn check_who(who: &Who, network: &Network) -> Result<(), FaultError> {
    match who {
        Who::Nodes(nodes) if nodes.is_empty() => Err(FaultError::Nobody),
        Who::Nodes(nodes) => nodes.iter().try_for_each(|&node| check_node(node, network)),
        Who::Role(_) => Ok(()),
    }
}

fn check_ends((a, b): (NodeId, NodeId), network: &Network) -> Result<(), FaultError> {
    check_node(a, network)?;
    check_node(b, network)?;
    let joined =
        network.link_between(a, b).is_some() || network.has_access(a) || network.has_access(b);
    if joined && a != b { Ok(()) } else { Err(FaultError::NoLink(a, b)) }
}

fn check_gray(gray: &Gray) -> Result<(), FaultError> {
    let factors = [("latency", gray.latency), ("bandwidth", gray.bandwidth), ("cpu", gray.cpu)];
    for (what, factor) in factors {
        if !(factor > 0.0 && factor.is_finite()) {
            return Err(FaultError::Factor(what, factor));
        }
    }
    let shares = [("loss", gray.loss), ("duplicate", gray.duplicate), ("corrupt", gray.corrupt)];
    for (what, share) in shares {
        if !(0.0..=1.0).contains(&share) {
            return Err(FaultError::Share(what, share));
        }
    }
    Ok(())
}
