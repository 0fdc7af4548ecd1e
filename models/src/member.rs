//! A node of the world: a device or one of the strategy's servers.

use penult_sim::{Context, Delay, Ids, MediumId, Node, NodeId, Span, Turn};

use crate::client::WordOf;
use crate::device::Device;
use crate::note::Note;
use crate::packet::{Packet, kind_and_ids};
use crate::places::Kind;
use crate::policy;
use crate::server::Server;
use crate::world::World;

/// The memory of a node. A device's, of which there are many, lies in one line of the processor's cache.
#[repr(align(64))]
pub enum Member<S: Server> {
    /// A device.
    Client(S::Device),
    /// A server.
    Server(Box<S>),
    /// What devices' links run through: it does nothing but stand or fall.
    Access,
}

/// The disk of a node.
pub enum MemberDisk<D, C> {
    /// A device's.
    Client(C),
    /// A server's: of which kind is said here, and the rest lies elsewhere.
    Server(D),
    /// None.
    Access,
}

/// A timer of a node.
#[derive(Clone, Copy, Debug)]
pub enum MemberTimer<T, C> {
    /// A device's.
    Client(C),
    /// A server's.
    Server(T),
}

/// The timers of a strategy's nodes.
pub type TimerOf<S> = <Member<S> as Node>::Timer;

impl<T: Ids, C: Ids> Ids for MemberTimer<T, C> {
    fn ids(&self) -> u64 {
        match self {
            MemberTimer::Client(timer) => kind_and_ids(1, timer.ids()),
            MemberTimer::Server(timer) => kind_and_ids(2, timer.ids()),
        }
    }
}

/// A device of the world, and its disk: none but devices meet.
fn device<'m, S: Server>(
    member: &'m mut Member<S>,
    disk: &'m mut <Member<S> as Node>::Disk,
) -> (&'m mut S::Device, &'m mut <S::Device as Device<S>>::Disk) {
    match (member, disk) {
        (Member::Client(device), MemberDisk::Client(disk)) => (device, disk),
        _ => unreachable!("only devices meet"),
    }
}

impl<S: Server> Node for Member<S> {
    type World = World<S::Options>;
    type Disk = MemberDisk<S::Disk, <S::Device as Device<S>>::Disk>;
    type Packet = Packet<S::Packet, WordOf<S>>;
    type Timer = MemberTimer<S::Timer, <S::Device as Device<S>>::Timer>;
    type Note = Note;

    const MEETS: bool = S::Device::MEETS;

    fn new_disk(node: NodeId, world: &Self::World) -> Self::Disk {
        match world.places.kind(node) {
            Kind::Client(_) | Kind::Relay(_) => {
                MemberDisk::Client(S::Device::new_disk(world.places.as_client(node), world))
            }
            Kind::Gateway(_) | Kind::Service(_) => MemberDisk::Server(S::new_disk(node, world)),
            Kind::Conduit(_) | Kind::Access => MemberDisk::Access,
        }
    }

    fn lose_disk(disk: &mut Self::Disk, node: NodeId, world: &Self::World) {
        match disk {
            MemberDisk::Server(disk) => S::lose_disk(disk, node, world),
            MemberDisk::Client(_) | MemberDisk::Access => *disk = Self::new_disk(node, world),
        }
    }

    fn start(disk: &mut Self::Disk, cx: &mut Context<'_, Self>) -> Self {
        match disk {
            MemberDisk::Client(disk) => Member::Client(S::Device::start(disk, cx)),
            MemberDisk::Server(disk) => Member::Server(Box::new(S::start(disk, cx))),
            MemberDisk::Access => Member::Access,
        }
    }

    fn recover(disk: &mut Self::Disk, cx: &mut Context<'_, Self>) -> Self {
        match disk {
            MemberDisk::Client(disk) => Member::Client(S::Device::recover(disk, cx)),
            MemberDisk::Server(disk) => Member::Server(Box::new(S::recover(disk, cx))),
            MemberDisk::Access => Member::Access,
        }
    }

    fn has_work(node: NodeId, world: &Self::World) -> bool {
        let is_gateway = matches!(world.places.kind(node), Kind::Gateway(_));
        is_gateway && S::policy(&world.strategy).is_some_and(|policy| policy.cost != Delay::ZERO)
    }

    fn work(
        &mut self,
        disk: &mut Self::Disk,
        _: NodeId,
        packet: &Self::Packet,
        cx: &mut Context<'_, Self>,
    ) -> Span {
        let (Member::Server(server), MemberDisk::Server(disk)) = (self, disk) else {
            return Span::ZERO;
        };
        let Some(policy) = S::policy(&cx.world().strategy) else { return Span::ZERO };
        let runs = server.policy_runs(disk, packet, cx);
        (0..runs).fold(Span::ZERO, |work, _| work + policy::work(policy, cx))
    }

    fn receive(
        &mut self,
        disk: &mut Self::Disk,
        from: NodeId,
        packet: Self::Packet,
        cx: &mut Context<'_, Self>,
    ) {
        match (self, disk, packet) {
            (Member::Client(client), MemberDisk::Client(disk), Packet::Down(down)) => {
                let gateway = cx.world().places.as_gateway(from);
                client.hear(disk, gateway, down, cx);
            }
            (Member::Client(client), MemberDisk::Client(disk), Packet::Between(packet)) => {
                client.receive(disk, from, packet, cx);
            }
            (Member::Server(server), MemberDisk::Server(disk), Packet::Up(up)) => {
                let client = cx.world().places.as_client(from);
                server.hear(disk, client, up, cx);
            }
            (Member::Server(server), MemberDisk::Server(disk), Packet::Between(packet)) => {
                server.receive(disk, from, packet, cx);
            }
            (.., packet) => panic!("{} can't be sent {packet:?} by {from}", cx.node()),
        }
    }

    fn wake(&mut self, disk: &mut Self::Disk, timer: Self::Timer, cx: &mut Context<'_, Self>) {
        match (self, disk, timer) {
            (Member::Client(client), MemberDisk::Client(disk), MemberTimer::Client(timer)) => {
                client.wake(disk, timer, cx);
            }
            (Member::Server(server), MemberDisk::Server(disk), MemberTimer::Server(timer)) => {
                server.wake(disk, timer, cx);
            }
            _ => panic!("{} has no such timer", cx.node()),
        }
    }

    fn reach_changed(&mut self, disk: &mut Self::Disk, online: bool, cx: &mut Context<'_, Self>) {
        if let (Member::Client(client), MemberDisk::Client(disk)) = (self, disk) {
            client.reach_changed(disk, online, cx);
        }
    }

    fn met(&mut self, disk: &mut Self::Disk, peer: NodeId, cx: &mut Context<'_, Self>) {
        let (device, disk) = device(self, disk);
        device.met(disk, peer, cx);
    }

    fn parted(&mut self, disk: &mut Self::Disk, peer: NodeId, cx: &mut Context<'_, Self>) {
        let (device, disk) = device(self, disk);
        device.parted(disk, peer, cx);
    }

    fn turn(&mut self, disk: &mut Self::Disk, turn: &mut Turn<'_, Self>) {
        let (device, disk) = device(self, disk);
        device.turn(disk, turn);
    }

    fn asked(
        &mut self,
        disk: &mut Self::Disk,
        from: NodeId,
        question: &Self::Packet,
        cx: &mut Context<'_, Self>,
    ) -> Option<Self::Packet> {
        let (device, disk) = device(self, disk);
        let Packet::Between(question) = question else {
            panic!("{from} asks {question:?}");
        };
        device.asked(disk, from, question, cx).map(Packet::Between)
    }

    fn handed_over(&mut self, disk: &mut Self::Disk, to: NodeId, cx: &mut Context<'_, Self>) {
        let (device, disk) = device(self, disk);
        device.handed_over(disk, to, cx);
    }

    fn sending_aborted(&mut self, disk: &mut Self::Disk, to: NodeId, cx: &mut Context<'_, Self>) {
        let (device, disk) = device(self, disk);
        device.sending_aborted(disk, to, cx);
    }

    fn receiving_aborted(
        &mut self,
        disk: &mut Self::Disk,
        from: NodeId,
        cx: &mut Context<'_, Self>,
    ) {
        let (device, disk) = device(self, disk);
        device.receiving_aborted(disk, from, cx);
    }

    fn medium_changed(
        &mut self,
        disk: &mut Self::Disk,
        medium: MediumId,
        up: bool,
        cx: &mut Context<'_, Self>,
    ) {
        let (device, disk) = device(self, disk);
        device.medium_changed(disk, medium, up, cx);
    }
}
