//! A world for tests: nodes that send what a script says and tell what they got.

use penult_sim::*;

/// So many random cases, times what `PENULT_CASES` says: few by default, so that all tests are over soon. `.ci/run` asks
/// for eight times as many.
pub fn cases(few: u32) -> u32 {
    let times = std::env::var("PENULT_CASES").map(|times| times.parse().expect("a number"));
    few * times.unwrap_or(1)
}

/// A packet of the script.
#[derive(Clone, Copy, Debug)]
pub struct Letter {
    pub id: u32,
    pub bytes: u32,
    pub message: bool,
}

impl Ids for Letter {
    fn ids(&self) -> u64 {
        self.id.into()
    }
}

impl Packet for Letter {
    fn bytes(&self) -> u32 {
        self.bytes
    }

    fn carries_message(&self) -> bool {
        self.message
    }
}

/// A line of the script.
#[derive(Clone, Copy, Debug)]
pub struct Send {
    pub at: Span,
    pub from: NodeId,
    pub to: NodeId,
    pub letter: Letter,
}

/// `from` sends letter `id` of 1000 bytes to `to`.
pub fn send(at: Span, from: NodeId, to: NodeId, id: u32) -> Send {
    Send { at, from, to, letter: Letter { id, bytes: 1000, message: true } }
}

/// A node that follows the script. Its memory is the number of its life, its disk how many it had.
pub struct Actor {
    pub life: u32,
    pub got: Vec<u32>,
}

impl Node for Actor {
    type World = Vec<Send>;
    type Disk = u32;
    type Packet = Letter;
    type Timer = u32;
    type Note = Letter;

    fn new_disk(_: NodeId, _: &Self::World) -> u32 {
        0
    }

    fn start(disk: &mut u32, cx: &mut Context<'_, Self>) -> Self {
        for (line, send) in (0..).zip(cx.world()) {
            if send.from == cx.node() {
                cx.set_timer(send.at, line);
            }
        }
        Self::recover(disk, cx)
    }

    fn recover(disk: &mut u32, _: &mut Context<'_, Self>) -> Self {
        *disk += 1;
        Actor { life: *disk, got: Vec::new() }
    }

    fn receive(&mut self, _: &mut u32, _: NodeId, letter: Letter, cx: &mut Context<'_, Self>) {
        self.got.push(letter.id);
        cx.tell(letter);
    }

    fn wake(&mut self, _: &mut u32, line: u32, cx: &mut Context<'_, Self>) {
        let send = cx.world()[line as usize];
        cx.send(send.to, send.letter);
    }
}

/// What an observer saw, in order.
#[derive(Default)]
pub struct Log {
    /// When, who, which letter.
    pub received: Vec<(Time, NodeId, u32)>,
    pub lost: Vec<(Time, u32, Loss)>,
    pub crashed: Vec<(Time, NodeId)>,
    pub recovered: Vec<(Time, NodeId)>,
    pub reach: Vec<(Time, NodeId, bool)>,
    pub faults: Vec<(Time, FaultId, bool)>,
    pub sent: u64,
    pub duplicated: u64,
}

impl<N: Node<Packet = Letter>> Observer<N> for Log {
    fn see(&mut self, at: Time, what: Observed<'_, N>) {
        match what {
            Observed::Received(carried) => self.received.push((at, carried.to, carried.packet.id)),
            Observed::Lost(carried, loss) => self.lost.push((at, carried.packet.id, loss)),
            Observed::Crashed { node, .. } => self.crashed.push((at, node)),
            Observed::Recovered { node } => self.recovered.push((at, node)),
            Observed::ReachChanged { node, online } => self.reach.push((at, node, online)),
            Observed::FaultBegan { fault } => self.faults.push((at, fault, true)),
            Observed::FaultEnded { fault } => self.faults.push((at, fault, false)),
            Observed::Sent(_) => self.sent += 1,
            Observed::Duplicated(_) => self.duplicated += 1,
            Observed::Told { .. } | Observed::DiskLost { .. } | Observed::Settled => {}
            Observed::Met { .. } | Observed::Parted { .. } => unreachable!("these don't meet"),
        }
    }
}

pub type Run = Engine<Actor, Log>;

/// A run of the script, ready to start.
pub fn world(network: Network, script: Vec<Send>) -> Run {
    Engine::new(Seed::new(1), network, script).observed_by(Log::default())
}

/// Runs until nothing is left, and gives back what was seen.
pub fn play(network: Network, script: Vec<Send>, faults: &[Fault]) -> Log {
    let mut run = world(network, script);
    for fault in faults {
        run.add_fault(fault.clone()).expect("the fault fits the network");
    }
    run.run(&Limits::QUIET).expect("there is no limit on events");
    run.into_observer()
}

/// When each letter came, in nanoseconds, in the order of their coming.
pub fn arrivals(log: &Log) -> Vec<(u32, u64)> {
    log.received.iter().map(|&(at, _, id)| (id, at.nanos())).collect()
}

pub fn nodes<const N: usize>(network: &mut Network) -> [NodeId; N] {
    [(); N].map(|()| network.add_node(&NodeSpec::default()))
}

/// A link that takes so many milliseconds.
pub fn millis(latency: u64) -> LinkSpec {
    LinkSpec::with_latency(Delay::constant(Span::millis(latency)))
}

pub fn at(millis: u64) -> Time {
    Time::ZERO + Span::millis(millis)
}
