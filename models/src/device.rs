//! What the devices of a strategy are. Most strategies have those of [`Client`](crate::Client), with or without a side of
//! their own; one whose devices do something else altogether brings its own.

use penult_sim::{Ids, MediumId, NodeId, Turn};

use crate::ids::{ClientId, GatewayId};
use crate::member::Member;
use crate::packet::{DeviceWord, Down};
use crate::server::{Cx, Server};
use crate::world::World;

/// A device of a strategy: the implementing type is its memory.
pub trait Device<S: Server<Device = Self>>: Sized {
    /// Whether devices meet: then they have contacts, and an instant has the order of contacts.
    const MEETS: bool = false;

    /// What survives a crash.
    type Disk;
    /// What it is reminded of.
    type Timer: Ids;
    /// What it says of itself in packets that devices send under every strategy.
    type Word: DeviceWord;

    /// The disk of a device that has never run, or whose disk was lost.
    fn new_disk(client: ClientId, world: &World<S::Options>) -> Self::Disk;

    /// The memory with which it begins the run.
    fn start(disk: &mut Self::Disk, cx: &mut Cx<'_, S>) -> Self;

    /// The memory with which it comes back after a crash.
    fn recover(disk: &mut Self::Disk, cx: &mut Cx<'_, S>) -> Self;

    /// A gateway said something of what gateways say to devices under every strategy.
    fn hear(&mut self, disk: &mut Self::Disk, from: GatewayId, down: Down, cx: &mut Cx<'_, S>);

    /// A node sent one of the strategy's own packets.
    fn receive(
        &mut self,
        disk: &mut Self::Disk,
        from: NodeId,
        packet: S::Packet,
        cx: &mut Cx<'_, S>,
    );

    /// A timer ran out.
    fn wake(&mut self, disk: &mut Self::Disk, timer: Self::Timer, cx: &mut Cx<'_, S>);

    /// A fault took it off the network, or gave it back.
    fn reach_changed(&mut self, disk: &mut Self::Disk, online: bool, cx: &mut Cx<'_, S>);

    /// A contact with another device began.
    fn met(&mut self, _disk: &mut Self::Disk, _peer: NodeId, _cx: &mut Cx<'_, S>) {}

    /// A contact ended.
    fn parted(&mut self, _disk: &mut Self::Disk, _peer: NodeId, _cx: &mut Cx<'_, S>) {}

    /// It has its turn: it may ask its peers, and begin to hand something over.
    fn turn(&mut self, _disk: &mut Self::Disk, _turn: &mut Turn<'_, Member<S>>) {}

    /// A peer asks in its turn.
    fn asked(
        &mut self,
        _disk: &mut Self::Disk,
        _from: NodeId,
        _question: &S::Packet,
        _cx: &mut Cx<'_, S>,
    ) -> Option<S::Packet> {
        None
    }

    /// A peer has what this device was handing over.
    fn handed_over(&mut self, _disk: &mut Self::Disk, _to: NodeId, _cx: &mut Cx<'_, S>) {}

    /// What this device was handing over broke off, or the peer stopped it.
    fn sending_aborted(&mut self, _disk: &mut Self::Disk, _to: NodeId, _cx: &mut Cx<'_, S>) {}

    /// What a peer was handing over broke off, or the peer stopped it.
    fn receiving_aborted(&mut self, _disk: &mut Self::Disk, _from: NodeId, _cx: &mut Cx<'_, S>) {}

    /// A medium that this device is on went down, or is up again.
    fn medium_changed(
        &mut self,
        _disk: &mut Self::Disk,
        _medium: MediumId,
        _up: bool,
        _cx: &mut Cx<'_, S>,
    ) {
    }
}
