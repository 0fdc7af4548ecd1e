//! The context: all that a node can do to the world.

use crate::agenda::TimerId;
use crate::kernel::Kernel;
use crate::{Drawing, Node, NodeId, Purpose, Span, Time};

/// What a node acts through while it handles an event. It belongs to that node: it sends in its name,
/// sets its timers, draws its numbers. It gives no sight of another.
///
/// For what comes the CPU is not asked for here. A packet stands in its queue before the node sees it, behind all that
/// came before, for its service and for what [`Node::work`] says that it costs beside; then it is handled. Only what a
/// node gives itself to do ([`work`](Context::work)) it says here.
pub struct Context<'a, N: Node> {
    pub(crate) node: NodeId,
    pub(crate) world: &'a N::World,
    pub(crate) kernel: &'a mut Kernel<N>,
}

impl<'a, N: Node> Context<'a, N> {
    /// The node that this is.
    pub fn node(&self) -> NodeId {
        self.node
    }

    /// The time.
    pub fn now(&self) -> Time {
        self.kernel.now
    }

    /// What every node knows from the start.
    pub fn world(&self) -> &'a N::World {
        self.world
    }

    /// Sends a packet. Whether it arrives, nobody says.
    #[inline]
    pub fn send(&mut self, to: NodeId, packet: N::Packet) {
        self.kernel.send(self.node, to, packet);
    }

    /// Sends a packet over one of several lines ([`Network::add_line`](crate::Network::add_line)), by its number: one
    /// of this node's own, or, if it has none, one of the receiver's. Whether it arrives, nobody says.
    pub fn send_over(&mut self, to: NodeId, line: u32, packet: N::Packet) {
        self.kernel.send_over((self.node, to), line, packet);
    }

    /// Says whether a line of this node's own is up: while it is not, nothing goes over it, and what was on it when
    /// it went down is dropped. False if that is nothing new.
    pub fn set_line(&mut self, line: u32, up: bool) -> bool {
        self.kernel.set_line(self.node, line, up)
    }

    /// Sets a timer: the node wakes `after` from now, unless it cancels it or crashes first.
    #[inline]
    pub fn set_timer(&mut self, after: Span, timer: N::Timer) -> TimerId {
        self.kernel.set_timer(self.node, after, timer, false)
    }

    /// Sets a timer that the run need not wait for: the next keepalive, the next heartbeat.
    #[inline]
    pub fn set_background_timer(&mut self, after: Span, timer: N::Timer) -> TimerId {
        self.kernel.set_timer(self.node, after, timer, true)
    }

    /// Takes a timer back. False if it has run out, or was taken back before.
    #[inline]
    pub fn cancel_timer(&mut self, timer: TimerId) -> bool {
        self.kernel.cancel_timer(self.node, timer)
    }

    /// Gives the disk a write, behind what it has, and says how long until it is done. What must be
    /// durable waits for that time; the node changes its disk then, not before.
    pub fn write(&mut self) -> Span {
        self.kernel.write(self.node)
    }

    /// Gives the CPU work of the node's own, behind all that it has: a packet to itself, which takes a packet's service
    /// and is received when that is done. What costs nothing while the CPU is at nothing is given back: it is done.
    pub fn work(&mut self, packet: N::Packet) -> Option<N::Packet> {
        self.kernel.work(self.node, packet)
    }

    /// This node's random numbers for a purpose. They go on where they were, through crashes too.
    pub fn draw(&mut self, purpose: Purpose) -> Drawing<'_> {
        self.kernel.draw(self.node, purpose)
    }

    /// This node's random numbers for a purpose, from a place of their stream on: for what is drawn by
    /// something else than the order of drawing, such as the number of a message.
    pub fn draw_at(&mut self, purpose: Purpose, place: u64) -> Drawing<'_> {
        self.kernel.draw_at(self.node, purpose, place)
    }

    /// Random numbers of something that is no node, from a place of their stream on: whichever node draws them, they
    /// are the same. For what several nodes may come to decide.
    pub fn draw_of(&mut self, purpose: Purpose, entity: u64, place: u64) -> Drawing<'_> {
        self.kernel.draw_of(purpose, entity, place)
    }

    /// A number that nobody else in this run gets of this series: 0, 1, 2… in the order of asking. It
    /// names things (messages, say) so that reports can name them; a node that reads anything else out of
    /// it is not honest.
    pub fn label(&mut self, series: usize) -> u64 {
        self.kernel.label(series)
    }

    /// Tells observers what the node did.
    #[inline]
    pub fn tell(&mut self, note: N::Note) {
        self.kernel.tell(self.node, note);
    }

    /// Takes this device off the network: nothing reaches it or leaves it until it comes back.
    pub fn go_offline(&mut self) {
        self.kernel.set_left(self.node, true);
    }

    /// Whether this device can reach the network.
    pub fn is_online(&self) -> bool {
        self.kernel.network.hosts[self.node.index()].is_online()
    }

    /// Brings this device back to the network. Faults may keep it off all the same.
    pub fn go_online(&mut self) {
        self.kernel.set_left(self.node, false);
    }
}
