//! `[[fault]]` as it was understood: what breaks, and when.

use std::collections::BTreeMap;

use penult_sim::{Gray, Span, Time};
use schemars::{Schema, SchemaGenerator};

use super::{Direction, DiskFate, FaultKeys, Target, Trigger, Who, fault_read};
use crate::files::FileName;
use crate::names::NodeName;
use crate::reading::Reading;
use crate::reading::document::Item;
use crate::reading::setting::Setting;
use crate::reading::write::Out;
use crate::units::{Factor, Share, Varying};

/// What breaks, and when.
#[derive(Clone, PartialEq, Debug)]
pub struct Fault {
    /// What breaks.
    pub what: What,
    /// When.
    pub when: When,
}

/// What breaks.
#[derive(Clone, PartialEq, Debug)]
pub enum What {
    /// Nodes are dead.
    Crash {
        /// Which.
        who: Who,
        /// Whether their disks survive.
        disk: DiskFate,
    },
    /// Every node of a region is dead and every link in it down.
    Region(String),
    /// A link is down.
    Link {
        /// Its ends.
        ends: (NodeName, NodeName),
        /// Which ways.
        direction: Direction,
    },
    /// Nothing passes between groups of nodes.
    Partition(Vec<Vec<NodeName>>),
    /// A node or link is worse than built.
    Slow {
        /// Which.
        target: Target,
        /// How much worse.
        slow: Slow,
    },
    /// Devices are off the network.
    Offline(Who),
}

/// How much worse a node or link is. What is absent stays as built.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Slow {
    /// Latencies are multiplied with this.
    pub latency: Option<Factor>,
    /// Bandwidths are multiplied with this.
    pub bandwidth: Option<Factor>,
    /// CPU times are multiplied with this.
    pub cpu: Option<Factor>,
    /// The share of packets that get lost on top.
    pub loss: Option<Share>,
    /// The share of packets that arrive twice on top.
    pub duplicate: Option<Share>,
    /// The share of packets that arrive corrupted.
    pub corrupt: Option<Share>,
}

impl Slow {
    /// As the engine has it.
    pub fn gray(&self) -> Gray {
        let factor = |factor: Option<Factor>| factor.unwrap_or_default().0;
        let share = |share: Option<Share>| share.unwrap_or_default().fraction();
        Gray {
            latency: factor(self.latency),
            bandwidth: factor(self.bandwidth),
            cpu: factor(self.cpu),
            loss: share(self.loss),
            duplicate: share(self.duplicate),
            corrupt: share(self.corrupt),
        }
    }
}

/// When it breaks.
#[derive(Clone, PartialEq, Debug)]
pub enum When {
    /// Once.
    Once {
        /// At this instant.
        at: Time,
        /// For so long; absent: to the end.
        lasts: Option<Span>,
    },
    /// Again and again.
    Process(Process),
    /// As a file says.
    Recorded(Recorded),
    /// When something happens in the run.
    Triggered {
        /// What.
        trigger: Trigger,
        /// So long after it.
        after: Span,
        /// For so long; absent: to the end.
        lasts: Option<Span>,
    },
}

/// A random process that breaks and mends.
#[derive(Clone, PartialEq, Debug)]
pub struct Process {
    /// How long from a repair to the next failure.
    pub mtbf: Varying<Span>,
    /// How long a repair takes.
    pub mttr: Varying<Span>,
    /// How many at once, chosen anew each time; absent: each by itself.
    pub together: Option<u32>,
    /// The clock of the first failure begins here.
    pub from: Time,
    /// Nothing fails from here on; absent: to the end.
    pub until: Option<Time>,
}

/// Failures from a file.
#[derive(Clone, PartialEq, Debug)]
pub struct Recorded {
    /// The file.
    pub file: FileName,
    /// What the nodes of the file are called here, where that differs.
    pub map: BTreeMap<String, NodeName>,
    /// In the order of their instants.
    pub struck: Vec<Struck>,
}

/// One failure of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Struck {
    /// What failed.
    pub node: NodeName,
    /// When.
    pub down: Time,
    /// When it came back; absent: never.
    pub up: Option<Time>,
}

impl Default for Fault {
    /// Nothing breaks. It stands in for a broken one.
    fn default() -> Self {
        Fault {
            what: What::Crash { who: Who::default(), disk: DiskFate::Kept },
            when: When::Once { at: Time::ZERO, lasts: None },
        }
    }
}

impl Setting for Fault {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        let before = cx.complained;
        match FaultKeys::read(item, cx) {
            Some(keys) => fault_read::understand(item, keys, before, cx),
            None => {
                cx.faults.push(Some(fault_read::Half { what: None, when: None }));
                None
            }
        }
    }

    fn write(&self) -> Option<Out> {
        let keys = self.keys();
        let Some(Out::Table(mut out)) = keys.write() else { return None };
        // The file's hash goes along.
        if let (When::Recorded(recorded), Some((_, file))) =
            (&self.when, out.iter_mut().find(|(key, _)| key == "file"))
        {
            *file = recorded.file.write()?;
        }
        Some(Out::Table(out))
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<FaultKeys>()
    }
}

impl Fault {
    /// As it is written.
    fn keys(&self) -> FaultKeys {
        let mut keys = FaultKeys::default();
        match self.what.clone() {
            What::Crash { who, disk } => (keys.crash, keys.disk) = (Some(who), Some(disk)),
            What::Region(region) => keys.region = Some(region),
            What::Link { ends: (one, other), direction } => {
                (keys.link, keys.direction) = (Some(vec![one, other]), Some(direction));
            }
            What::Partition(groups) => keys.partition = Some(groups),
            What::Slow { target, slow } => {
                keys.slow = Some(target);
                (keys.latency, keys.bandwidth, keys.cpu) = (slow.latency, slow.bandwidth, slow.cpu);
                (keys.loss, keys.duplicate, keys.corrupt) =
                    (slow.loss, slow.duplicate, slow.corrupt);
            }
            What::Offline(Who::Recorded) => keys.offline = Some(Who::Clients),
            What::Offline(who) => keys.offline = Some(who),
        }
        match self.when.clone() {
            When::Once { at, lasts } => (keys.at, keys.lasts) = (Some(at), lasts),
            When::Process(process) => {
                (keys.mtbf, keys.mttr) = (Some(process.mtbf), Some(process.mttr));
                (keys.together, keys.from) = (process.together, Some(process.from));
                keys.until = process.until;
            }
            When::Recorded(recorded) => {
                keys.file = Some(recorded.file.path);
                keys.map = Some(recorded.map).filter(|map| !map.is_empty());
            }
            When::Triggered { trigger, after, lasts } => {
                (keys.when, keys.after, keys.lasts) = (Some(trigger), Some(after), lasts);
            }
        }
        keys
    }
}
