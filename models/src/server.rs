//! What a strategy brings: the behaviour of its servers, and which devices it has.

use penult_sim::{Contacts, Context, Ids, NodeId};

use crate::client::WordOf;
use crate::delete_on::Triggers;
use crate::device::Device;
use crate::ids::ClientId;
use crate::member::Member;
use crate::own::{Own, OwnLevel, OwnTable, Watcher};
use crate::packet::{Between, Packet, Up};
use crate::places::Places;
use crate::policy::PolicyOptions;
use crate::reach::{LineSpec, Reach};
use crate::services::{Facts, ServiceKind, ServiceSpec};
use crate::setup::Setup;
use crate::world::World;

/// A server's context.
pub type Cx<'a, S> = Context<'a, Member<S>>;

/// What a strategy promises, in words: so that a table of losses is not read as one of merit alone. Each is a clause
/// without a full stop, and says on which keys it hangs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promises {
    /// What an accepted message survives.
    pub survives: &'static str,
    /// In what order messages are delivered.
    pub order: &'static str,
    /// What is stored where.
    pub stores: &'static str,
}

/// What a strategy needs the world to be like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    /// How many gateways a client has on its list, the host first; fewer where there are no more.
    pub list: u32,
    /// Whether a device looks for another host when its own is gone.
    pub roams: bool,
    /// Whether there must be gateways.
    pub gateways: bool,
    /// Whether `queue` says where gateways keep what they have. If not, they keep all in memory.
    pub queue_at_gateways: bool,
    /// What servers want to hear of users: that a message was read, viewed or answered, the first of these.
    pub tells: Triggers,
}

impl Default for Needs {
    fn default() -> Self {
        Needs {
            list: 3,
            roams: true,
            gateways: true,
            queue_at_gateways: true,
            tells: Triggers::NONE,
        }
    }
}

/// The servers of a strategy: its gateways and its services. The implementing type is a server's
/// memory; strategies with several kinds of servers make it an enum.
pub trait Server: Sized + 'static {
    /// What the strategy is called in scenarios and reports; its table too.
    const NAME: &'static str;
    /// What it is, in a line without a full stop.
    const ABOUT: &'static str;
    /// What it promises.
    const PROMISES: Promises;
    /// The kinds of services that it may have, with any options.
    const SERVICES: &'static [ServiceKind] = &[];
    /// The numbers that it has beside those that every strategy has, with any options.
    const METRICS: &'static [Own] = &[];
    /// Columns of its own in `timeline.csv`: how high a level stood on average in each bin.
    const TIMELINE: &'static [(&'static str, OwnLevel)] = &[];
    /// Tables of its own.
    const TABLES: &'static [OwnTable] = &[];

    /// The strategy's own table of the scenario.
    type Options: Clone + std::fmt::Debug + Send + Sync;
    /// What survives a crash.
    type Disk;
    /// What its servers send to each other.
    type Packet: Between;
    /// What its timers remind of.
    type Timer: Ids;
    /// What its devices are: [`Client`](crate::Client), unless they do something else.
    type Device: Device<Self>;

    /// What it needs the world to be like.
    fn needs(_: &Self::Options) -> Needs {
        Needs::default()
    }

    /// The services beside the gateways, each of one of the [kinds](Server::SERVICES). Their nodes have this order.
    fn services(_: &Self::Options, _: &Facts<'_>) -> Vec<ServiceSpec> {
        Vec::new()
    }

    /// What its devices have beside what all devices have.
    fn reach(_: &Self::Options) -> Reach {
        Reach::default()
    }

    /// Settles what hangs on the seed and the places of a run, before that begins: who is in which group, say.
    fn settle(_: &mut Self::Options, _: &Setup) {}

    /// The lines of a device, where devices have some. Relays are numbered on after the clients.
    fn lines(_: &Self::Options, _device: u32, _: &Places) -> Vec<LineSpec> {
        Vec::new()
    }

    /// Who meets whom, where devices meet.
    fn contacts(_: &Self::Options, _: &Places) -> Contacts {
        Contacts::new()
    }

    /// The names that stand for `<family>` in paths of its numbers, in the order of their members.
    fn members(_family: &str, _: &Self::Options) -> Vec<String> {
        Vec::new()
    }

    /// Who watches for numbers of its own that no node can know.
    fn watcher(_: &World<Self::Options>) -> Option<Box<dyn Watcher>> {
        None
    }

    /// What policy is like at its gateways, if they have one.
    fn policy(_: &Self::Options) -> Option<&PolicyOptions> {
        None
    }

    /// How often policy will run over what a packet brings, whose turn at the CPU has come. Service and policy
    /// are one piece of work, and the packet is handled at its end: `hear` and `receive` judge there.
    fn policy_runs(
        &mut self,
        _disk: &mut Self::Disk,
        _packet: &Packet<Self::Packet, WordOf<Self>>,
        _cx: &mut Cx<'_, Self>,
    ) -> u32 {
        0
    }

    /// Works out, before the run, what all its nodes know from the start beside what is configured, and puts it
    /// into the options.
    fn prepare(_: &mut World<Self::Options>, _: &Setup) {}

    /// The disk of a server that has never run, or whose disk was lost.
    fn new_disk(node: NodeId, world: &World<Self::Options>) -> Self::Disk;

    /// A fault takes a server's disk. What no fault takes stays.
    fn lose_disk(disk: &mut Self::Disk, node: NodeId, world: &World<Self::Options>) {
        *disk = Self::new_disk(node, world);
    }

    /// The memory with which a server begins the run.
    fn start(disk: &mut Self::Disk, cx: &mut Cx<'_, Self>) -> Self;

    /// The memory with which it comes back after a crash.
    fn recover(disk: &mut Self::Disk, cx: &mut Cx<'_, Self>) -> Self {
        Self::start(disk, cx)
    }

    /// A device sent something.
    fn hear(
        &mut self,
        disk: &mut Self::Disk,
        from: ClientId,
        up: Up<WordOf<Self>>,
        cx: &mut Cx<'_, Self>,
    );

    /// Another server sent something.
    fn receive(
        &mut self,
        disk: &mut Self::Disk,
        from: NodeId,
        packet: Self::Packet,
        cx: &mut Cx<'_, Self>,
    );

    /// Sends something to a server, or takes it in at once where that is this one.
    fn say(
        &mut self,
        disk: &mut Self::Disk,
        to: NodeId,
        packet: Self::Packet,
        cx: &mut Cx<'_, Self>,
    ) {
        if to == cx.node() {
            self.receive(disk, to, packet, cx);
        } else {
            cx.send(to, Packet::Between(packet));
        }
    }

    /// A timer ran out.
    fn wake(&mut self, disk: &mut Self::Disk, timer: Self::Timer, cx: &mut Cx<'_, Self>);
}
