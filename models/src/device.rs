//! What the devices of a strategy are. Most strategies have those of [`Client`](crate::Client), with or without a side of
//! their own; one whose devices do something else altogether brings its own.

use penult_sim::{Ids, NodeId};

use crate::ids::{ClientId, GatewayId};
use crate::packet::{DeviceWord, Down};
use crate::server::{Cx, Server};
use crate::world::World;

/// A device of a strategy: the implementing type is its memory.
pub trait Device<S: Server<Device = Self>>: Sized {
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
}
