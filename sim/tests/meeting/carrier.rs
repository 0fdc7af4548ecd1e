//! Devices that carry each other's messages: whoever has one gives it to all it meets, one at a time, in the
//! order that The ONE has. They check what the engine promises them.

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::*;

/// A message of the plan.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    pub born: Span,
    pub from: NodeId,
    pub to: NodeId,
    pub bytes: u32,
}

/// What befalls a device by the plan.
#[derive(Clone, Copy, Debug)]
pub enum Happens {
    Join(MediumId, Option<Bandwidth>),
    Leave(MediumId),
    Away { back: Span },
}

#[derive(Clone, Debug, Default)]
pub struct Errand {
    pub messages: Vec<Message>,
    pub happens: Vec<(Span, NodeId, Happens)>,
    /// Whether who learns that a message was delivered drops it, and tells whom it meets.
    pub forgets: bool,
    /// Whether it tells its peers at once.
    pub broadcasts: bool,
    /// Whom each reports to over the network what it has.
    pub office: Option<NodeId>,
}

/// What travels: a copy by a transfer, a mark by saying; the others are questions and answers.
#[derive(Clone, Copy, Debug)]
pub enum Parcel {
    /// Do you take this message?
    Offer(u32),
    Take,
    Refuse,
    /// I am busy.
    Later,
    /// What do you have for me, behind this message?
    Have(Option<u32>),
    /// I take it: send it.
    Send(u32),
    Copy {
        message: u32,
        bytes: u32,
    },
    Delivered(u32),
    /// Over the network.
    Report(u32),
}

impl Ids for Parcel {
    fn ids(&self) -> u64 {
        match *self {
            Parcel::Copy { message, .. } => u64::from(message) << 2,
            Parcel::Delivered(message) => u64::from(message) << 2 | 1,
            Parcel::Report(message) => u64::from(message) << 2 | 2,
            _ => unreachable!("questions and answers are no packets"),
        }
    }
}

impl Packet for Parcel {
    fn bytes(&self) -> u32 {
        match *self {
            Parcel::Copy { bytes, .. } => bytes,
            _ => 16,
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub enum Reminder {
    New(u32),
    Happens(u32),
    Back,
}

impl Ids for Reminder {
    fn ids(&self) -> u64 {
        match *self {
            Reminder::New(message) => u64::from(message) << 2,
            Reminder::Happens(number) => u64::from(number) << 2 | 1,
            Reminder::Back => 2,
        }
    }
}

/// What a device tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    Has(u32),
    Joined(MediumId),
    Left(MediumId),
}

/// What survives: the messages it holds, in the order in which they came, all that it ever had, and of which it
/// knows that they were delivered.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    held: Vec<u32>,
    had: BTreeSet<u32>,
    delivered: BTreeSet<u32>,
}

/// Its memory: whom it is with, what it sends and gets, and where it is.
#[derive(Default)]
pub struct Carrier {
    peers: BTreeSet<NodeId>,
    sending: Option<(NodeId, u32)>,
    /// The sending was aborted; it is free in its turn.
    broke: bool,
    receiving: Option<(NodeId, u32)>,
    media: BTreeMap<MediumId, bool>,
}

type Cx<'a> = Context<'a, Carrier>;

impl Carrier {
    /// Something changed: it looks again, and so do its peers.
    fn look_again(cx: &mut Cx<'_>) {
        cx.ask_turn();
        cx.rouse_peers();
    }

    fn check(&self, cx: &Cx<'_>) {
        assert_eq!(cx.peers().collect::<BTreeSet<_>>(), self.peers, "as it was told");
        assert_eq!(cx.peers().count(), self.peers.len(), "each once");
    }

    fn has(&mut self, shelf: &mut Shelf, message: u32, cx: &mut Cx<'_>) {
        assert!(shelf.had.insert(message), "it refuses what it had");
        cx.tell(Told::Has(message));
        Self::look_again(cx);
        if let Some(office) = cx.world().office.filter(|&office| office != cx.node()) {
            cx.send(office, Parcel::Report(message));
        }
        if Self::recipient(message, cx) == cx.node() {
            self.learn(shelf, message, None, cx);
        } else if !shelf.delivered.contains(&message) {
            shelf.held.push(message);
        }
    }

    fn recipient(message: u32, cx: &Cx<'_>) -> NodeId {
        cx.world().messages[message as usize].to
    }

    /// A message was delivered, as a peer says or as it knows itself.
    fn learn(&mut self, shelf: &mut Shelf, message: u32, from: Option<NodeId>, cx: &mut Cx<'_>) {
        if !cx.world().forgets || !shelf.delivered.insert(message) {
            return;
        }
        shelf.held.retain(|&held| held != message);
        if let Some((to, _)) = self.sending.filter(|&(_, sent)| sent == message)
            && cx.abort_sending(to)
        {
            self.sending = None;
        }
        if let Some((from, _)) = self.receiving.filter(|&(_, got)| got == message)
            && cx.abort_receiving(from)
        {
            self.receiving = None;
        }
        if cx.world().broadcasts {
            let peers: Vec<NodeId> = cx.peers().filter(|&peer| Some(peer) != from).collect();
            peers.into_iter().for_each(|peer| cx.say(peer, Parcel::Delivered(message)));
        }
        Self::look_again(cx);
    }

    fn is_busy(&self) -> bool {
        self.sending.is_some() || self.receiving.is_some()
    }

    /// Whether it wants a message that a peer offers; if not, it says what it knows of it.
    fn wants(&self, shelf: &Shelf, message: u32, from: NodeId, cx: &mut Cx<'_>) -> bool {
        let settled = shelf.delivered.contains(&message);
        if settled {
            cx.say(from, Parcel::Delivered(message));
        }
        !settled && !shelf.had.contains(&message)
    }

    fn send(&mut self, message: u32, to: NodeId, cx: &mut Cx<'_>) {
        let bytes = cx.world().messages[message as usize].bytes;
        assert!(cx.transfer(to, Parcel::Copy { message, bytes }), "nothing is on its way to {to}");
        self.sending = Some((to, message));
    }

    /// Offers a message. Whether it is on its way, and whether the peer is busy.
    fn offer(&mut self, message: u32, to: NodeId, turn: &mut Turn<'_, Self>) -> (bool, bool) {
        match turn.ask(to, &Parcel::Offer(message)).expect("it is a peer") {
            Parcel::Take => {
                self.send(message, to, turn);
                (true, false)
            }
            Parcel::Later => (false, true),
            _ => (false, false),
        }
    }

    /// Asks a peer for a message to this device. Whether one is on its way.
    fn request(&mut self, shelf: &Shelf, peer: NodeId, turn: &mut Turn<'_, Self>) -> bool {
        let mut after = None;
        while let Some(Parcel::Offer(message)) = turn.ask(peer, &Parcel::Have(after)) {
            if self.wants(shelf, message, peer, turn) {
                self.receiving = Some((peer, message));
                let answer = turn.ask(peer, &Parcel::Send(message));
                assert!(matches!(answer, Some(Parcel::Take)));
                return true;
            }
            after = Some(message);
        }
        false
    }

    /// Begins one transfer at most: of what is for a peer, to here, or of anything that a peer takes.
    fn exchange(&mut self, shelf: &Shelf, turn: &mut Turn<'_, Self>) {
        if self.is_busy() || shelf.held.is_empty() {
            return;
        }
        for &message in &shelf.held {
            let to = Self::recipient(message, turn);
            if turn.is_in_contact(to) && self.offer(message, to, turn).0 {
                return;
            }
        }
        let peers: Vec<NodeId> = turn.peers().collect();
        if peers.iter().any(|&peer| self.request(shelf, peer, turn)) {
            return;
        }
        for peer in peers {
            for &message in &shelf.held {
                match self.offer(message, peer, turn) {
                    (true, _) => return,
                    (_, true) => break,
                    _ => {}
                }
            }
        }
    }

    fn set_timers(cx: &mut Cx<'_>) {
        let (world, passed) = (cx.world(), cx.now() - Time::ZERO);
        let is_to_come = |at: Span| at > passed || passed.is_zero();
        for (number, message) in (0..).zip(&world.messages) {
            if message.from == cx.node() && is_to_come(message.born) {
                cx.set_late_timer(message.born - passed, number, Reminder::New(number));
            }
        }
        for (number, &(at, node, _)) in (0..).zip(&world.happens) {
            if node == cx.node() && is_to_come(at) {
                cx.set_early_timer(at - passed, Reminder::Happens(number));
            }
        }
    }
}

impl Node for Carrier {
    type World = Errand;
    type Disk = Shelf;
    type Packet = Parcel;
    type Timer = Reminder;
    type Note = Told;

    const MEETS: bool = true;

    fn new_disk(_: NodeId, _: &Errand) -> Shelf {
        Shelf::default()
    }

    fn start(_: &mut Shelf, cx: &mut Cx<'_>) -> Self {
        Self::set_timers(cx);
        cx.ask_turn();
        Carrier::default()
    }

    fn receive(&mut self, shelf: &mut Shelf, from: NodeId, parcel: Parcel, cx: &mut Cx<'_>) {
        match parcel {
            Parcel::Copy { message, .. } => {
                assert_eq!(self.receiving.take(), Some((from, message)), "it took this one");
                self.has(shelf, message, cx);
            }
            Parcel::Delivered(message) => self.learn(shelf, message, Some(from), cx),
            Parcel::Report(_) => {}
            _ => unreachable!("only asked and answered"),
        }
    }

    fn wake(&mut self, shelf: &mut Shelf, reminder: Reminder, cx: &mut Cx<'_>) {
        let world = cx.world();
        match reminder {
            Reminder::New(message) => self.has(shelf, message, cx),
            Reminder::Happens(number) => match world.happens[number as usize].2 {
                Happens::Join(medium, bandwidth) => {
                    self.media.entry(medium).or_insert_with(|| {
                        cx.tell(Told::Joined(medium));
                        cx.join(medium, bandwidth)
                    });
                }
                Happens::Leave(medium) => {
                    let was_on = self.media.remove(&medium).is_some();
                    assert_eq!(cx.leave(medium), was_on);
                    if was_on {
                        cx.tell(Told::Left(medium));
                    }
                }
                Happens::Away { back } => {
                    cx.go_offline();
                    assert_eq!(cx.peers().count(), 0);
                    cx.set_timer(back, Reminder::Back);
                }
            },
            Reminder::Back => cx.go_online(),
        }
    }

    fn reach_changed(&mut self, _: &mut Shelf, _: bool, cx: &mut Cx<'_>) {
        assert_eq!(cx.peers().count(), 0);
    }

    fn met(&mut self, shelf: &mut Shelf, peer: NodeId, cx: &mut Cx<'_>) {
        assert!(self.peers.insert(peer), "it was not with {peer}");
        self.check(cx);
        for &message in &shelf.delivered {
            cx.say(peer, Parcel::Delivered(message));
        }
        Self::look_again(cx);
    }

    fn parted(&mut self, _: &mut Shelf, peer: NodeId, cx: &mut Cx<'_>) {
        assert!(self.peers.remove(&peer), "it was with {peer}");
        assert!(!cx.is_in_contact(peer));
        assert_ne!(self.receiving.map(|(from, _)| from), Some(peer), "it would know");
        Self::look_again(cx);
    }

    fn turn(&mut self, shelf: &mut Shelf, turn: &mut Turn<'_, Self>) {
        if std::mem::take(&mut self.broke) {
            self.sending = None;
            Self::look_again(turn);
        }
        self.exchange(shelf, turn);
    }

    fn asked(
        &mut self,
        shelf: &mut Shelf,
        from: NodeId,
        question: &Parcel,
        cx: &mut Cx<'_>,
    ) -> Option<Parcel> {
        Some(match *question {
            _ if self.is_busy() => Parcel::Later,
            Parcel::Offer(message) => {
                if self.wants(shelf, message, from, cx) {
                    self.receiving = Some((from, message));
                    Parcel::Take
                } else {
                    Parcel::Refuse
                }
            }
            Parcel::Have(after) => {
                let behind =
                    shelf.held.iter().skip_while(|&&held| after.is_some_and(|a| a != held));
                let mut behind = behind.skip(usize::from(after.is_some()));
                let for_it = behind.find(|&&held| Self::recipient(held, cx) == from);
                for_it.map_or(Parcel::Refuse, |&message| Parcel::Offer(message))
            }
            Parcel::Send(message) => {
                self.send(message, from, cx);
                Parcel::Take
            }
            _ => unreachable!("nothing else is asked"),
        })
    }

    fn handed_over(&mut self, shelf: &mut Shelf, to: NodeId, cx: &mut Cx<'_>) {
        let (peer, message) = self.sending.take().expect("it was sending");
        assert_eq!(peer, to);
        if Self::recipient(message, cx) == to {
            self.learn(shelf, message, None, cx);
        }
        Self::look_again(cx);
    }

    fn sending_aborted(&mut self, _: &mut Shelf, to: NodeId, cx: &mut Cx<'_>) {
        assert_eq!(self.sending.map(|(peer, _)| peer), Some(to));
        self.broke = true;
        cx.ask_turn();
    }

    fn receiving_aborted(&mut self, _: &mut Shelf, from: NodeId, cx: &mut Cx<'_>) {
        assert_eq!(self.receiving.take().map(|(peer, _)| peer), Some(from));
        Self::look_again(cx);
    }

    fn medium_changed(&mut self, _: &mut Shelf, medium: MediumId, up: bool, _: &mut Cx<'_>) {
        let was = self.media.insert(medium, up);
        assert_eq!(was, Some(!up), "it was on it, and knew how it stood");
    }
}
