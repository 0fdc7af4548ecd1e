//! A ping, sent again until it is answered, across a crash of the one who should answer.

use penult_sim::*;

#[derive(Clone, Debug)]
enum Ball {
    Ping(u32),
    Pong(u32),
}

impl Ids for Ball {
    fn ids(&self) -> u64 {
        let (Ball::Ping(attempt) | Ball::Pong(attempt)) = *self;
        attempt.into()
    }
}

impl Packet for Ball {}

/// A player's memory: the timer that guards its last ping. Its disk counts the balls it returned.
struct Player {
    retry: Option<TimerId>,
}

impl Node for Player {
    type World = (NodeId, NodeId); // who asks, who answers
    type Disk = u32;
    type Packet = Ball;
    type Timer = u32; // the attempt that it guards
    type Note = String;

    fn new_disk(_: NodeId, _: &Self::World) -> u32 {
        0
    }

    fn start(disk: &mut u32, cx: &mut Context<'_, Self>) -> Self {
        let mut player = Player { retry: None };
        if cx.node() == cx.world().0 {
            player.wake(disk, 1, cx);
        }
        player
    }

    fn receive(&mut self, disk: &mut u32, from: NodeId, ball: Ball, cx: &mut Context<'_, Self>) {
        match ball {
            Ball::Ping(attempt) => {
                *disk += 1;
                cx.send(from, Ball::Pong(attempt));
            }
            Ball::Pong(attempt) => {
                self.retry.take().map(|guard| cx.cancel_timer(guard));
                cx.tell(format!("attempt {attempt} was answered"));
            }
        }
    }

    fn wake(&mut self, _: &mut u32, attempt: u32, cx: &mut Context<'_, Self>) {
        cx.tell(format!("sends attempt {attempt}"));
        cx.send(cx.world().1, Ball::Ping(attempt));
        self.retry = Some(cx.set_timer(Span::millis(100), attempt + 1));
    }
}

/// Serves until the ball comes back.
pub fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut network = Network::new();
    let [asker, answerer] = [(); 2].map(|()| network.add_node(&NodeSpec::default()));
    network.add_link(asker, answerer, &LinkSpec::with_latency(Delay::constant(Span::millis(5))));

    let print = Notes(|at: Time, node, note: &String| println!("{at:>6} {node} {note}"));
    let engine = Engine::<Player>::new(Seed::new(1), network, (asker, answerer));
    let mut engine = engine.observed_by(print);
    let crash = What::Crash { who: Who::Nodes(vec![answerer]), disk: DiskFate::Kept };
    engine.add_fault(Fault::once(crash, Time::ZERO, Span::millis(250)))?;
    engine.run(&Limits::QUIET)?;

    assert_eq!(engine.now(), Time::ZERO + Span::millis(310), "three attempts died with the node");
    println!("{} events, fingerprint {}", engine.events(), engine.fingerprint());
    Ok(())
}
