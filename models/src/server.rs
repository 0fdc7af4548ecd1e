//! What a strategy brings: the behaviour of its servers. Devices are the same for all.

use penult_sim::{Context, Ids, NodeId};

use crate::ids::ClientId;
use crate::member::Member;
use crate::packet::{Between, Packet, Up};
use crate::policy::PolicyOptions;
use crate::service::ServiceName;
use crate::world::World;

/// A server's context.
pub type Cx<'a, S> = Context<'a, Member<S>>;

/// The servers of a strategy: its gateways and its services. The implementing type is a server's
/// memory; strategies with several kinds of servers make it an enum.
pub trait Server: Sized {
    /// The strategy's own table of the scenario.
    type Options: Clone + std::fmt::Debug + Sync;
    /// What survives a crash.
    type Disk;
    /// What its servers send to each other.
    type Packet: Between;
    /// What its timers remind of.
    type Timer: Ids;

    /// The services it needs beside the gateways.
    fn services(_: &Self::Options) -> Vec<ServiceName> {
        Vec::new()
    }

    /// How many gateways a client has on its list, the host first.
    fn list_length(_: &Self::Options) -> u32 {
        1
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
        _packet: &Packet<Self::Packet>,
        _cx: &mut Cx<'_, Self>,
    ) -> u32 {
        0
    }

    /// The disk of a server that has never run, or whose disk was lost.
    fn new_disk(node: NodeId, world: &World<Self::Options>) -> Self::Disk;

    /// The memory with which a server begins the run.
    fn start(disk: &mut Self::Disk, cx: &mut Cx<'_, Self>) -> Self;

    /// The memory with which it comes back after a crash.
    fn recover(disk: &mut Self::Disk, cx: &mut Cx<'_, Self>) -> Self;

    /// A device sent something.
    fn hear(&mut self, disk: &mut Self::Disk, from: ClientId, up: Up, cx: &mut Cx<'_, Self>);

    /// Another server sent something.
    fn receive(
        &mut self,
        disk: &mut Self::Disk,
        from: NodeId,
        packet: Self::Packet,
        cx: &mut Cx<'_, Self>,
    );

    /// A timer ran out.
    fn wake(&mut self, disk: &mut Self::Disk, timer: Self::Timer, cx: &mut Cx<'_, Self>);
}
