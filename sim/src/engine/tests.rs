//! What a run takes, it gives back: what can't be seen from outside.

use crate::*;

/// Each node sends a packet to each other one every 10 ms, and answers none.
struct Sender;

impl Packet for u32 {}

impl Node for Sender {
    type World = usize;
    type Disk = ();
    type Packet = u32;
    type Timer = u32;
    type Note = ();

    fn new_disk(_: NodeId, _: &usize) {}

    fn start((): &mut (), cx: &mut Context<'_, Self>) -> Self {
        cx.set_timer(Span::millis(10), 0);
        Sender
    }

    fn receive(&mut self, (): &mut (), _: NodeId, _: u32, _: &mut Context<'_, Self>) {}

    fn wake(&mut self, (): &mut (), round: u32, cx: &mut Context<'_, Self>) {
        let own = cx.node();
        for to in (0..*cx.world()).map(NodeId::new).filter(|&to| to != own) {
            cx.send(to, round);
        }
        if cx.now() < Time::ZERO + Span::secs(2) {
            cx.set_timer(Span::millis(10), round + 1);
        }
    }
}

/// A ring whose nodes and links fail, whose links lose and repeat, and whose routes are many.
fn troubled() -> Engine<Sender> {
    const COUNT: usize = 7;
    let mut network = Network::new();
    let nodes: Vec<NodeId> = (0..COUNT).map(|_| network.add_node(&NodeSpec::default())).collect();
    let dice = LinkSpec {
        latency: Delay::constant(Span::millis(3)),
        bandwidth: Bandwidth::bits_per_second(1_000_000),
        buffer: Some(64),
        loss: 0.05,
        duplicate: 0.05,
        corrupt: 0.05,
        order: Order::Fifo,
    };
    for number in 0..COUNT {
        network.add_link(nodes[number], nodes[(number + 1) % COUNT], &dice);
    }
    let mut engine = Engine::new(Seed::new(1), network, COUNT);
    let law = |millis: f64| Delay::from_nanos(Distribution::exponential(millis * 1e6).unwrap());
    let process = Process::new(law(300.0), law(40.0));
    let process = Process { until: Time::ZERO + Span::secs(2), ..process };
    let crash = What::Crash { who: Who::Nodes(nodes.clone()), disk: DiskFate::Kept };
    let link = What::Link { ends: (nodes[2], nodes[3]), one_way: false };
    for what in [crash, link] {
        engine.add_fault(Fault { what, when: When::Process(process.clone()) }).unwrap();
    }
    engine
}

#[test]
fn routes_are_given_back_by_all_that_took_them() {
    let mut engine = troubled();
    // To the last event, so that faults end too.
    while engine.step() {}
    let Traffic { duplicated, received, lost, .. } = *engine.traffic();
    let causes = [lost.crash, lost.link_down, lost.chance, lost.buffer_full, lost.corrupted];
    assert!(
        causes.iter().all(|&count| count > 10) && duplicated > 10 && received > 1_000,
        "{lost:?}"
    );
    let (users, kept, most) = engine.kernel.network.routes.census();
    assert_eq!(users, 0, "packets are on routes still");
    // 7 × 4 pairs share no link. What a fault made old is used again, but for the few in use then.
    assert!(kept <= 7 * 4 && most < 3 * 7 * 4, "{kept} routes count now, {most} were made");
    assert_eq!((engine.kernel.open, engine.in_flight()), (0, 0));
}
