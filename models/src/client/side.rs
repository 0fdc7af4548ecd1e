//! A strategy's own side of a device: what it keeps, says and hears beside what every device does.

use penult_sim::{Ids, NodeId};

use super::{Client, ClientDisk, Cx};
use crate::device::Device;
use crate::ids::{ClientId, GatewayId, MessageId};
use crate::packet::{DeviceWord, Packet, Up};
use crate::server::Server;

/// What a device says of itself with a packet to a gateway.
pub type WordOf<S> = <<S as Server>::Device as Device<S>>::Word;

/// With which packet a device says a word of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum With {
    /// It asks to be hosted.
    Attach,
    /// It asks whether its host is there.
    Keepalive,
    /// It has a message.
    Got,
    /// It was asked, or told that it is hosted: it is there.
    Here,
}

/// What a strategy adds to the devices that all strategies have. One that adds nothing names none: its devices
/// are `Client<Self>`.
pub trait Side<S: Server>: Sized {
    /// What of it is on the device's disk.
    type Disk: Default;
    /// What it is reminded of.
    type Timer: Ids;
    /// What the strategy's servers have to know of a device when it attaches, asks whether its host is there, has a
    /// message or answers.
    type Word: DeviceWord;

    /// Whether the device says that it is there when it is told that it is hosted.
    const SAYS_HERE: bool = false;

    /// The memory with which a device begins the run, or comes back after a crash.
    fn start(disk: &mut Self::Disk, cx: &mut Cx<'_, S>) -> Self;

    /// The device leaves its host, or comes to look for it anew.
    fn left_host(&mut self, _: &mut Cx<'_, S>) {}

    /// What the device says of itself with this packet.
    fn word(
        device: &mut Client<S, Self>,
        disk: &mut ClientDisk<Self::Disk>,
        with: With,
        cx: &mut Cx<'_, S>,
    ) -> Self::Word;

    /// A server sent one of the strategy's own packets.
    fn receive(
        device: &mut Client<S, Self>,
        disk: &mut ClientDisk<Self::Disk>,
        from: NodeId,
        packet: S::Packet,
        cx: &mut Cx<'_, S>,
    );

    /// One of its own timers ran out.
    fn wake(
        device: &mut Client<S, Self>,
        disk: &mut ClientDisk<Self::Disk>,
        timer: Self::Timer,
        cx: &mut Cx<'_, S>,
    );
}

/// What a side may do with its device.
impl<S: Server<Device = Client<S, X>>, X: Side<S>> Client<S, X> {
    /// The client whose device it is.
    pub fn me(&self) -> ClientId {
        self.me
    }

    /// The gateway that it takes for its host.
    pub fn host(&self) -> GatewayId {
        self.attachment.host
    }

    /// The side itself.
    pub fn side(&mut self) -> &mut X {
        &mut self.side
    }

    /// Something came from a gateway as the host of an epoch. True if no later one is known: then that is the host. If
    /// not, the gateway is told.
    pub fn obeys(
        &mut self,
        disk: &mut ClientDisk<X::Disk>,
        from: GatewayId,
        epoch: u32,
        cx: &mut Cx<'_, S>,
    ) -> bool {
        let is_host = epoch >= disk.epoch;
        match is_host {
            true => self.see_epoch(disk, from, epoch, cx),
            false => self.send(from, Up::Stale { epoch: disk.epoch }, cx),
        }
        is_host
    }

    /// Gives the host up although it answers, and asks the next of the list at once.
    pub fn move_on(&mut self, disk: &mut ClientDisk<X::Disk>, cx: &mut Cx<'_, S>) {
        self.leave_host(disk, cx);
    }

    /// Sends one of the strategy's own packets, if the device is on the network as far as it knows.
    pub fn say(&self, to: NodeId, packet: S::Packet, cx: &mut Cx<'_, S>) {
        if self.online {
            cx.send(to, Packet::Between(packet));
        }
    }
}

impl<D> ClientDisk<D> {
    /// What the strategy adds.
    pub fn side(&mut self) -> &mut D {
        &mut self.side
    }

    /// The messages that the device has, of those that can come again, in the order of their ids; and of how many
    /// senders they are.
    pub fn received(&self) -> (Vec<MessageId>, usize) {
        self.received.alive()
    }

    /// The highest epoch that the device has seen.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }
}

/// No side of its own: the device says nothing beside what every device says.
#[derive(Clone, Copy, Debug, Default)]
pub struct Plain;

/// There is no such thing.
#[derive(Clone, Copy, Debug)]
pub enum Nothing {}

impl Ids for Nothing {
    fn ids(&self) -> u64 {
        match *self {}
    }
}

impl<S: Server> Side<S> for Plain {
    type Disk = ();
    type Timer = Nothing;
    type Word = ();

    fn start((): &mut (), _: &mut Cx<'_, S>) -> Self {
        Plain
    }

    #[inline]
    fn word(_: &mut Client<S, Self>, _: &mut ClientDisk<()>, _: With, _: &mut Cx<'_, S>) {}

    fn receive(
        _: &mut Client<S, Self>,
        _: &mut ClientDisk<()>,
        from: NodeId,
        packet: S::Packet,
        cx: &mut Cx<'_, S>,
    ) {
        panic!("{} can't be sent {packet:?} by {from}", cx.node());
    }

    fn wake(_: &mut Client<S, Self>, _: &mut ClientDisk<()>, timer: Nothing, _: &mut Cx<'_, S>) {
        match timer {}
    }
}
