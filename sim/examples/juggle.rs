#![allow(clippy::disallowed_methods, missing_docs)]
use penult_sim::*;
const NODES: u32 = 64;
const TOKENS: u32 = 40;

/// Passes each token on, at random, and guards it by a timer that the answer cancels.
#[derive(Default)]
struct Juggler {
    guards: Vec<(u32, TimerId)>,
}

#[derive(Clone, Copy)]
enum Toss {
    Token(u32),
    Caught(u32),
}

impl Ids for Toss {
    fn ids(&self) -> u64 {
        match *self {
            Toss::Token(token) => u64::from(token) << 1,
            Toss::Caught(token) => u64::from(token) << 1 | 1,
        }
    }
}

impl Packet for Toss {}

const TO: Purpose = Purpose::of_models(1);

impl Juggler {
    fn toss(&mut self, token: u32, cx: &mut Context<'_, Self>) {
        let ahead = 1 + cx.draw(TO).below(u64::from(NODES - 1)) as u32;
        let to = NodeId::new(((cx.node().raw() + ahead) % NODES) as usize);
        cx.send(to, Toss::Token(token));
        self.guards.push((token, cx.set_timer(Span::millis(200), token)));
    }
}

impl Node for Juggler {
    type World = ();
    type Disk = ();
    type Packet = Toss;
    type Timer = u32;
    type Note = ();

    fn new_disk(_: NodeId, (): &()) {}

    fn start((): &mut (), cx: &mut Context<'_, Self>) -> Self {
        let mut juggler = Juggler { guards: Vec::with_capacity(TOKENS as usize * 2) };
        let first = cx.node().raw() * TOKENS;
        (first..first + TOKENS).for_each(|token| juggler.toss(token, cx));
        juggler
    }

    fn receive(&mut self, (): &mut (), from: NodeId, toss: Toss, cx: &mut Context<'_, Self>) {
        match toss {
            Toss::Token(token) => {
                cx.send(from, Toss::Caught(token));
                self.toss(token, cx);
            }
            Toss::Caught(token) => {
                let place = self.guards.iter().position(|&(guarded, _)| guarded == token);
                let (_, guard) = self.guards.swap_remove(place.expect("it was tossed from here"));
                assert!(cx.cancel_timer(guard), "it was caught within 10 ms");
            }
        }
    }

    fn wake(&mut self, (): &mut (), token: u32, _: &mut Context<'_, Self>) {
        unreachable!("nobody caught token {token}");
    }
}


fn main() {
    let mut least = f64::INFINITY;
    for _ in 0..5 {
        let uneven = Delay::from_nanos(Distribution::uniform(1e6, 5e6).unwrap());
        let spec = LinkSpec::with_latency(uneven);
        let mut network = Network::new();
        let nodes: Vec<NodeId> = (0..NODES).map(|_| network.add_node(&NodeSpec::default())).collect();
        for (place, &from) in nodes.iter().enumerate() {
            for &to in &nodes[place + 1..] {
                network.add_link(from, to, &spec);
            }
        }
        let mut engine: Engine<Juggler> = Engine::new(Seed::new(1), network, ());
        let until = |secs| Limits::until(Time::ZERO + Span::secs(secs));
        engine.run(&until(1)).unwrap();
        let (before, start) = (engine.events(), std::time::Instant::now());
        engine.run(&until(5)).unwrap();
        least = least.min(start.elapsed().as_secs_f64() * 1e9 / (engine.events() - before) as f64);
    }
    println!("{least:.1} ns per event");
}
