//! The relay on the engine: honest nodes, a network with a stream for each link, a fingerprint.

use penult_sim::{
    Context, Delay, Distribution, Draw, Engine, IdMap, Ids, Limits, LinkSpec, Network, Node,
    NodeId, NodeSpec, Packet, Purpose, Seed, Span, TimerId,
};

use super::{Done, LATENCY, TIMEOUT, Work, onward};

const ENTRY: Purpose = Purpose::of_models(1);

#[derive(Clone, Copy)]
enum Letter {
    /// Keep this and pass it on, if there is a next.
    Relay {
        packet: u32,
        next: Option<NodeId>,
    },
    Ack {
        packet: u32,
    },
    Delete {
        packet: u32,
    },
}

impl Ids for Letter {
    fn ids(&self) -> u64 {
        let (kind, packet) = match *self {
            Letter::Relay { packet, .. } => (1, packet),
            Letter::Ack { packet } => (2, packet),
            Letter::Delete { packet } => (3, packet),
        };
        u64::from(packet) << 2 | kind
    }
}

impl Packet for Letter {}

#[derive(Clone, Copy)]
enum Timer {
    Enter,
    Resend { packet: u32 },
}

impl Ids for Timer {
    fn ids(&self) -> u64 {
        match *self {
            Timer::Enter => 0,
            Timer::Resend { packet } => u64::from(packet) << 1 | 1,
        }
    }
}

/// What a node keeps of a packet.
struct Kept {
    /// Who sent it here; nobody where it entered.
    from: Option<NodeId>,
    to: NodeId,
    letter: Letter,
    guard: Option<TimerId>,
}

struct Relay {
    kept: IdMap<Kept>,
    entered: u32,
    returned: u64,
}

impl Relay {
    fn enter(&mut self, cx: &mut Context<'_, Self>) {
        let (work, node) = (*cx.world(), cx.node());
        let mut draw = cx.draw(ENTRY);
        let gap = Span::nanos(draw.below(2 * work.gap));
        let (to, next) = onward(node.raw(), work.nodes, |n| draw.below(n));
        let packet = self.entered * work.nodes + node.raw();
        self.entered += 1;
        if (self.entered * work.nodes + node.raw()) < work.packets {
            cx.set_timer(gap, Timer::Enter);
        }
        let letter = Letter::Relay { packet, next: Some(NodeId::new(next as usize)) };
        self.pass_on(None, NodeId::new(to as usize), packet, letter, cx);
    }

    fn pass_on(
        &mut self,
        from: Option<NodeId>,
        to: NodeId,
        packet: u32,
        letter: Letter,
        cx: &mut Context<'_, Self>,
    ) {
        cx.send(to, letter);
        let guard = cx.set_timer(Span::nanos(TIMEOUT), Timer::Resend { packet });
        self.kept.insert(packet.into(), Kept { from, to, letter, guard: Some(guard) });
    }
}

impl Node for Relay {
    type World = Work;
    type Disk = ();
    type Packet = Letter;
    type Timer = Timer;
    type Note = ();

    fn new_disk(_: NodeId, _: &Work) {}

    fn start((): &mut (), cx: &mut Context<'_, Self>) -> Self {
        if cx.node().raw() < cx.world().packets {
            cx.set_timer(Span::ZERO, Timer::Enter);
        }
        Relay { kept: IdMap::new(), entered: 0, returned: 0 }
    }

    fn receive(&mut self, (): &mut (), from: NodeId, letter: Letter, cx: &mut Context<'_, Self>) {
        match letter {
            Letter::Relay { packet, next: Some(next) } => {
                cx.send(from, Letter::Ack { packet });
                self.pass_on(Some(from), next, packet, Letter::Relay { packet, next: None }, cx);
            }
            Letter::Relay { packet, next: None } => {
                let kept = Kept { from: Some(from), to: cx.node(), letter, guard: None };
                self.kept.insert(packet.into(), kept);
                cx.send(from, Letter::Ack { packet });
                cx.send(from, Letter::Delete { packet });
                self.kept.remove(packet.into());
            }
            Letter::Ack { packet } => {
                let kept = self.kept.get_mut(packet.into());
                if let Some(guard) = kept.and_then(|kept| kept.guard.take()) {
                    cx.cancel_timer(guard);
                }
            }
            Letter::Delete { packet } => {
                let kept = self.kept.remove(packet.into()).expect("it was kept until now");
                // Without order on the link, or with another latency, the deletion may come first.
                if let Some(guard) = kept.guard {
                    cx.cancel_timer(guard);
                }
                match kept.from {
                    Some(from) => cx.send(from, Letter::Delete { packet }),
                    None => self.returned += 1,
                }
            }
        }
    }

    fn wake(&mut self, (): &mut (), timer: Timer, cx: &mut Context<'_, Self>) {
        match timer {
            Timer::Enter => self.enter(cx),
            Timer::Resend { packet } => {
                let kept = self.kept.get_mut(packet.into()).expect("what is guarded is kept");
                cx.send(kept.to, kept.letter);
                kept.guard = Some(cx.set_timer(Span::nanos(TIMEOUT), timer));
            }
        }
    }
}

pub fn run(work: Work) -> Done {
    let mut network = Network::new();
    let nodes: Vec<NodeId> =
        (0..work.nodes).map(|_| network.add_node(&NodeSpec::default())).collect();
    let latency = Distribution::uniform(LATENCY.start as f64, LATENCY.end as f64);
    let link = LinkSpec::with_latency(Delay::from_nanos(latency.expect("1 ms is below 5 ms")));
    for (index, &a) in nodes.iter().enumerate() {
        for &b in &nodes[index + 1..] {
            network.add_link(a, b, &link);
        }
    }
    let mut engine = Engine::<Relay>::new(Seed::new(1), network, work);
    engine.run(&Limits::QUIET).expect("there is no limit on events");
    let returned = nodes.iter().map(|&node| engine.memory(node).expect("nobody crashes").returned);
    Done { packets: returned.sum(), events: engine.events() }
}
