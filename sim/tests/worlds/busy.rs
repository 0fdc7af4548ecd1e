//! A node that does everything that a node can do, and checks what the engine promises it.

use std::collections::BTreeMap;

use penult_sim::*;

/// What travels.
#[derive(Clone, Copy, Debug)]
pub struct Mail {
    pub id: u64,
    pub bytes: u32,
    pub message: bool,
    pub background: bool,
    /// How often it is still to be sent back and forth.
    pub replies: u8,
    /// What it costs its receiver's CPU beside its service.
    pub work: Span,
    /// When it was sent, in nanoseconds. Who keeps order keeps the order of these.
    pub stamp: u64,
}

impl Ids for Mail {
    fn ids(&self) -> u64 {
        self.id
    }
}

impl Packet for Mail {
    fn bytes(&self) -> u32 {
        self.bytes
    }

    fn carries_message(&self) -> bool {
        self.message
    }

    fn is_background(&self) -> bool {
        self.background
    }
}

/// What a node does at one instant of the script.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// Sends mail that is answered so many times.
    Send { to: NodeId, bytes: u32, message: bool, replies: u8 },
    /// Sends mail that costs its receiver work.
    Burden { to: NodeId, work: Span },
    /// Writes, then sends.
    Write { to: NodeId },
    /// Waits for a random time, then sends.
    Dawdle { to: NodeId },
    /// Leaves the network for a while.
    Away { back: Span },
    /// Sets a timer, and another that cancels it if it comes first.
    Guard { after: Span, cancel: Span },
}

/// A line of the script.
#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub at: Span,
    pub node: NodeId,
    pub act: Act,
}

/// What every node knows from the start.
#[derive(Clone, Debug)]
pub struct Script {
    pub lines: Vec<Line>,
    /// How often each node sends a heartbeat to the next one, for ever.
    pub beat: Option<Span>,
    pub nodes: usize,
}

/// A timer, and the instant at which it must run out.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    at: Time,
    why: Why,
}

#[derive(Clone, Copy, Debug)]
enum Why {
    Line(u32),
    Beat,
    Back,
    Guard(u32),
    Cancel(u32),
    Post { to: NodeId, line: u32 },
    Written { to: NodeId, line: u32 },
}

impl Ids for Due {
    fn ids(&self) -> u64 {
        let (kind, number) = match self.why {
            Why::Line(line) => (1, line),
            Why::Beat => (2, 0),
            Why::Back => (3, 0),
            Why::Guard(line) => (4, line),
            Why::Cancel(line) => (5, line),
            Why::Post { line, .. } => (6, line),
            Why::Written { line, .. } => (7, line),
        };
        kind << 32 | u64::from(number)
    }
}

/// What survives: how often the node began, what it wrote, and a handle that is worth nothing in
/// its next life.
#[derive(Clone, Debug, Default)]
pub struct Notebook {
    pub lives: u32,
    pub written: Vec<u32>,
    old: Option<TimerId>,
}

/// Its memory.
pub struct Busy {
    guards: BTreeMap<u32, TimerId>,
    spent: Vec<TimerId>,
    disk_until: Time,
    /// When the last packet's turn came that was asked what it costs.
    turn: Time,
    pub got: u64,
}

/// What a node tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Got(u64),
    Wrote(u32),
    Left,
    Reach(bool),
}

const WANDER: Purpose = Purpose::of_models(1);
pub const BEAT: u64 = 1 << 40;
const REACHED: u64 = 1 << 41;

type Cx<'a> = Context<'a, Busy>;

fn set(cx: &mut Cx<'_>, after: Span, why: Why) -> TimerId {
    let due = Due { at: cx.now() + after, why };
    match why {
        Why::Beat => cx.set_background_timer(after, due),
        _ => cx.set_timer(after, due),
    }
}

fn post(cx: &mut Cx<'_>, to: NodeId, mail: Mail) {
    if to != cx.node() {
        let stamp = cx.now().nanos();
        cx.send(to, Mail { stamp, ..mail });
    }
}

fn plain(id: u64) -> Mail {
    let (message, background, replies, work) = (true, false, 0, Span::ZERO);
    Mail { id, bytes: 500, message, background, replies, work, stamp: 0 }
}

impl Busy {
    fn act(&mut self, line: u32, cx: &mut Cx<'_>) {
        let now = cx.now();
        match cx.world().lines[line as usize].act {
            Act::Send { to, bytes, message, replies } => {
                post(cx, to, Mail { bytes, message, replies, ..plain(line.into()) });
            }
            Act::Burden { to, work } => post(cx, to, Mail { work, ..plain(line.into()) }),
            Act::Write { to } => {
                let wait = cx.write();
                assert!(now + wait >= self.disk_until, "the disk takes one job after the other");
                self.disk_until = now + wait;
                set(cx, wait, Why::Written { to, line });
            }
            Act::Dawdle { to } => {
                let wait = Span::micros(cx.draw(WANDER).below(20_000));
                set(cx, wait, Why::Post { to, line });
            }
            Act::Away { back } => {
                cx.go_offline();
                cx.tell(Said::Left);
                set(cx, back, Why::Back);
            }
            Act::Guard { after, cancel } => {
                let guard = set(cx, after, Why::Guard(line));
                assert_eq!(self.guards.insert(line, guard), None);
                set(cx, cancel, Why::Cancel(line));
            }
        }
    }
}

impl Node for Busy {
    type World = Script;
    type Disk = Notebook;
    type Packet = Mail;
    type Timer = Due;
    type Note = Said;

    fn new_disk(_: NodeId, _: &Script) -> Notebook {
        Notebook::default()
    }

    fn start(disk: &mut Notebook, cx: &mut Cx<'_>) -> Self {
        disk.lives += 1;
        if let Some(old) = disk.old.take() {
            assert!(!cx.cancel_timer(old), "a timer of an earlier life is void");
        }
        let passed = cx.now() - Time::ZERO;
        let world = cx.world();
        for (number, line) in (0..).zip(&world.lines) {
            if line.node == cx.node() && (line.at > passed || passed.is_zero()) {
                let timer = set(cx, line.at - passed, Why::Line(number));
                disk.old = Some(timer);
            }
        }
        if let Some(beat) = world.beat {
            set(cx, beat, Why::Beat);
        }
        let now = cx.now();
        Busy { guards: BTreeMap::new(), spent: Vec::new(), disk_until: now, turn: now, got: 0 }
    }

    fn recover(disk: &mut Notebook, cx: &mut Cx<'_>) -> Self {
        // Whether it had left the network is the device's own business, also after a crash.
        cx.go_online();
        Self::start(disk, cx)
    }

    fn has_work(node: NodeId, script: &Script) -> bool {
        let is_burden = |line: &Line| matches!(line.act, Act::Burden { to, .. } if to == node);
        script.lines.iter().any(is_burden)
    }

    fn work(&mut self, _: &mut Notebook, _: NodeId, mail: &Mail, cx: &mut Cx<'_>) -> Span {
        assert!(cx.now() >= self.turn, "turns come one after the other");
        self.turn = cx.now();
        mail.work
    }

    fn receive(&mut self, _: &mut Notebook, from: NodeId, mail: Mail, cx: &mut Cx<'_>) {
        // Faults that halve the CPU's times may overlap, so it has no better bound than this.
        assert!(mail.work.is_zero() || cx.now() > self.turn, "work takes time");
        assert!(mail.stamp <= cx.now().nanos(), "it came before it was sent");
        self.got += 1;
        if !mail.background {
            cx.tell(Said::Got(mail.id));
        }
        if let Some(replies) = mail.replies.checked_sub(1) {
            post(cx, from, Mail { replies, work: Span::ZERO, ..mail });
        }
    }

    fn wake(&mut self, disk: &mut Notebook, due: Due, cx: &mut Cx<'_>) {
        assert_eq!(due.at, cx.now(), "{due:?} runs out when it is due");
        match due.why {
            Why::Line(line) => self.act(line, cx),
            Why::Beat => {
                let world = cx.world();
                set(cx, world.beat.expect("there is a beat"), Why::Beat);
                let next = NodeId::new((cx.node().index() + 1) % world.nodes);
                let beat = Mail { bytes: 64, message: false, background: true, ..plain(BEAT) };
                post(cx, next, beat);
            }
            Why::Back => cx.go_online(),
            Why::Guard(line) => {
                let guard = self.guards.remove(&line).expect("a guard runs out once at most");
                assert!(!cx.cancel_timer(guard), "it has run out");
                self.spent.push(guard);
            }
            Why::Cancel(line) => {
                if let Some(guard) = self.guards.remove(&line) {
                    assert!(cx.cancel_timer(guard), "it has not run out");
                    assert!(!cx.cancel_timer(guard), "it was cancelled");
                    self.spent.push(guard);
                }
                for &spent in &self.spent {
                    assert!(!cx.cancel_timer(spent), "it is long gone");
                }
            }
            Why::Post { to, line } => post(cx, to, plain(line.into())),
            Why::Written { to, line } => {
                disk.written.push(line);
                cx.tell(Said::Wrote(line));
                post(cx, to, plain(line.into()));
            }
        }
    }

    fn reach_changed(&mut self, _: &mut Notebook, online: bool, cx: &mut Cx<'_>) {
        cx.tell(Said::Reach(online));
        let next = NodeId::new((cx.node().index() + 1) % cx.world().nodes);
        post(cx, next, plain(REACHED));
    }
}
