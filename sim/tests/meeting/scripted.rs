//! Nodes that do what a script says when they have their turn, and tell all that befalls them.

use std::collections::VecDeque;

use penult_sim::*;

/// A packet: so many kilobytes.
#[derive(Clone, Copy, Debug)]
pub struct Letter {
    pub id: u32,
    pub kilobytes: u32,
}

impl Ids for Letter {
    fn ids(&self) -> u64 {
        self.id.into()
    }
}

impl Packet for Letter {
    fn bytes(&self) -> u32 {
        self.kilobytes * 1000
    }
}

/// What a node does.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// In its turn.
    Transfer {
        to: NodeId,
        id: u32,
        kilobytes: u32,
    },
    /// Both in one turn.
    TransferAndAsk {
        to: NodeId,
        id: u32,
        question: u32,
    },
    /// In its turn.
    Ask {
        whom: NodeId,
        id: u32,
    },
    /// Over the network.
    Send {
        to: NodeId,
        id: u32,
    },
    Say {
        to: NodeId,
        id: u32,
    },
    /// Says something and asks for a turn.
    SayAndTurn {
        to: NodeId,
        id: u32,
    },
    Rouse(NodeId),
    RousePeers,
    Turn,
    Nothing,
    StopSending(NodeId),
    StopReceiving(NodeId),
    Offline,
    Online,
    Join(MediumId, Option<Bandwidth>),
    Leave(MediumId),
    /// Tells whom it is in contact with.
    Peers,
}

/// Where in its instant a line stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    Early,
    Usual,
    Late(u32),
}

#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub millis: u64,
    pub node: usize,
    pub act: Act,
    pub stands: Stands,
}

pub fn line(millis: u64, node: usize, act: Act) -> Line {
    Line { millis, node, act, stands: Stands::Usual }
}

/// What every node knows.
#[derive(Clone, Debug, Default)]
pub struct Script {
    pub lines: Vec<Line>,
    /// What a node does in the handler of anything that it hears, by the letter.
    pub echoes: Vec<(u32, Act)>,
    /// Whether turns are told.
    pub turns: bool,
}

/// A node: what it is to do in its next turn.
pub struct Actor {
    due: VecDeque<Act>,
}

type Cx<'a> = Context<'a, Actor>;

fn act(act: Act, due: &mut VecDeque<Act>, cx: &mut Cx<'_>) {
    match act {
        Act::Transfer { .. } | Act::Ask { .. } => {
            due.push_back(act);
            cx.ask_turn();
        }
        Act::TransferAndAsk { to, id, question } => {
            due.push_back(Act::Transfer { to, id, kilobytes: 0 });
            due.push_back(Act::Ask { whom: to, id: question });
            cx.ask_turn();
        }
        Act::Send { to, id } => cx.send(to, Letter { id, kilobytes: 0 }),
        Act::Say { to, id } => cx.say(to, Letter { id, kilobytes: 0 }),
        Act::SayAndTurn { to, id } => {
            cx.ask_turn();
            cx.say(to, Letter { id, kilobytes: 0 });
        }
        Act::Rouse(peer) => {
            let roused = cx.rouse(peer);
            cx.tell(format!("roused {peer}: {roused}"));
        }
        Act::RousePeers => cx.rouse_peers(),
        Act::Turn => cx.ask_turn(),
        Act::Nothing => cx.tell("acts".into()),
        Act::StopSending(to) => {
            let stopped = cx.abort_sending(to);
            cx.tell(format!("stops sending to {to}: {stopped}"));
        }
        Act::StopReceiving(from) => {
            let stopped = cx.abort_receiving(from);
            cx.tell(format!("stops receiving from {from}: {stopped}"));
        }
        Act::Offline => cx.go_offline(),
        Act::Online => cx.go_online(),
        Act::Join(medium, bandwidth) => {
            let up = cx.join(medium, bandwidth);
            cx.tell(format!("on {medium}, up: {up}"));
        }
        Act::Leave(medium) => assert!(cx.leave(medium)),
        Act::Peers => {
            let peers: Vec<NodeId> = cx.peers().collect();
            assert!(peers.iter().all(|&peer| cx.is_in_contact(peer)));
            let rates: Vec<Option<u64>> =
                peers.iter().map(|&peer| cx.rate(peer).map(Bandwidth::bits)).collect();
            cx.tell(format!("with {peers:?} at {rates:?}"));
        }
    }
}

impl Node for Actor {
    type World = Script;
    type Disk = ();
    type Packet = Letter;
    type Timer = u32;
    type Note = String;

    const MEETS: bool = true;

    fn new_disk(_: NodeId, _: &Script) {}

    fn start((): &mut (), cx: &mut Cx<'_>) -> Self {
        let world = cx.world();
        for (number, line) in (0..).zip(&world.lines) {
            if line.node == cx.node().index() {
                let after = Span::millis(line.millis);
                match line.stands {
                    Stands::Early => cx.set_early_timer(after, number),
                    Stands::Usual => cx.set_timer(after, number),
                    Stands::Late(place) => cx.set_late_timer(after, place, number),
                };
            }
        }
        Actor { due: VecDeque::new() }
    }

    fn recover((): &mut (), cx: &mut Cx<'_>) -> Self {
        cx.tell("is back".into());
        Actor { due: VecDeque::new() }
    }

    fn receive(&mut self, (): &mut (), from: NodeId, letter: Letter, cx: &mut Cx<'_>) {
        cx.tell(format!("got {} from {from}", letter.id));
        let world = cx.world();
        for &(_, echo) in world.echoes.iter().filter(|&&(id, _)| id == letter.id) {
            act(echo, &mut self.due, cx);
        }
    }

    fn wake(&mut self, (): &mut (), number: u32, cx: &mut Cx<'_>) {
        let what = cx.world().lines[number as usize].act;
        act(what, &mut self.due, cx);
    }

    fn reach_changed(&mut self, (): &mut (), online: bool, cx: &mut Cx<'_>) {
        assert_eq!(cx.peers().count(), 0, "who goes has nobody, and who comes has nobody yet");
        cx.tell(format!("online: {online}"));
    }

    fn met(&mut self, (): &mut (), peer: NodeId, cx: &mut Cx<'_>) {
        assert!(cx.is_in_contact(peer));
        cx.tell(format!("met {peer}"));
    }

    fn parted(&mut self, (): &mut (), peer: NodeId, cx: &mut Cx<'_>) {
        assert!(!cx.is_in_contact(peer));
        cx.tell(format!("parted from {peer}"));
    }

    fn turn(&mut self, (): &mut (), turn: &mut Turn<'_, Self>) {
        if turn.world().turns {
            turn.tell("turn".into());
        }
        while let Some(act) = self.due.pop_front() {
            match act {
                Act::Transfer { to, id, kilobytes } => {
                    if !turn.transfer(to, Letter { id, kilobytes }) {
                        turn.tell(format!("can't send {id}"));
                    }
                }
                Act::Ask { whom, id } => {
                    let answer = turn.ask(whom, &Letter { id, kilobytes: 0 });
                    let answer = answer.map(|letter| letter.id);
                    turn.tell(format!("asked {whom} {id}: {answer:?}"));
                }
                _ => unreachable!("everything else is done at once"),
            }
        }
    }

    fn asked(
        &mut self,
        (): &mut (),
        from: NodeId,
        question: &Letter,
        cx: &mut Cx<'_>,
    ) -> Option<Letter> {
        cx.tell(format!("is asked {} by {from}", question.id));
        let world = cx.world();
        for &(_, echo) in world.echoes.iter().filter(|&&(id, _)| id == question.id) {
            act(echo, &mut self.due, cx);
        }
        (question.id < 100).then_some(Letter { id: question.id + 100, kilobytes: 0 })
    }

    fn handed_over(&mut self, (): &mut (), to: NodeId, cx: &mut Cx<'_>) {
        cx.tell(format!("handed over to {to}"));
    }

    fn sending_aborted(&mut self, (): &mut (), to: NodeId, cx: &mut Cx<'_>) {
        cx.tell(format!("sending to {to} aborted"));
    }

    fn receiving_aborted(&mut self, (): &mut (), from: NodeId, cx: &mut Cx<'_>) {
        cx.tell(format!("receiving from {from} aborted"));
    }

    fn medium_changed(&mut self, (): &mut (), medium: MediumId, up: bool, cx: &mut Cx<'_>) {
        cx.tell(format!("{medium} up: {up}"));
    }
}

/// Everything seen, a line each.
#[derive(Default)]
pub struct Log(pub Vec<String>);

impl Observer<Actor> for Log {
    fn see(&mut self, at: Time, what: Observed<'_, Actor>) {
        let text = match what {
            Observed::Sent(carried) => {
                let Carried { from, to, packet, over, .. } = carried;
                format!("{over:?} of {} from {from} to {to}", packet.id)
            }
            Observed::Lost(carried, cause) => format!("{} lost: {cause}", carried.packet.id),
            Observed::Told { node, note } => format!("{node} {note}"),
            Observed::Met { ends: (a, b), rate } => match rate {
                Some(rate) => format!("{a} & {b} at {rate}"),
                None => format!("{a} & {b}"),
            },
            Observed::Parted { ends: (a, b) } => format!("{a} | {b}"),
            Observed::Crashed { node, .. } => format!("{node} crashed"),
            _ => return,
        };
        self.0.push(format!("{at} {text}"));
    }
}

pub type Run = Engine<Actor, Log>;

pub fn world(nodes: usize, contacts: Contacts, script: Script) -> Run {
    world_on(super::apart(nodes), contacts, script)
}

pub fn world_on(network: Network, contacts: Contacts, script: Script) -> Run {
    let mut run = Engine::new(Seed::new(1), network, script);
    run.add_contacts(contacts).expect("the contacts fit the network");
    run.observed_by(Log::default())
}

/// What was seen up to the end, in which all that was sent came or was lost.
pub fn play(mut run: Run) -> Vec<String> {
    run.run(&Limits::until(Time::from_secs(1000))).expect("there is no limit");
    let traffic = run.traffic();
    assert_eq!(run.in_flight(), 0);
    assert_eq!(traffic.sent, traffic.received + traffic.lost.total());
    run.into_observer().0
}

/// Compares line by line.
#[track_caller]
pub fn check(got: &[String], wanted: &str) {
    let wanted: Vec<&str> = wanted.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    assert_eq!(got.join("\n"), wanted.join("\n"));
}

/// Nodes that do this, and no more.
pub fn script(lines: Vec<Line>) -> Script {
    Script { lines, ..Script::default() }
}

/// Only what the pairs themselves do.
pub fn pairs(seen: &[String]) -> Vec<&str> {
    let is_of_pair = |line: &&String| line.contains('&') || line.contains('|');
    seen.iter().filter(is_of_pair).map(String::as_str).collect()
}
