//! What devices hand each other in a contact: one thing at a time, in the order that is The ONE's.

use penult_sim::{NodeId, Turn};

use super::{Carrier, CarrierDisk, Cx, look_again, options};
use crate::ids::DeliveryId;
use crate::member::Member;
use crate::note::{Drop, Note};
use crate::packet::Packet;
use crate::strategies::mesh::letters::{Copies, Letter, Mail, Marks, Talk};
use crate::strategies::mesh::{Mesh, numbers};

/// What a peer makes of an offer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Taken {
    Yes,
    No,
    Later,
}

type Mine<'a> = Turn<'a, Member<Mesh>>;

fn talk(talk: Talk) -> Packet<Letter> {
    Packet::Between(Letter::Talk(talk))
}

/// Asks a peer something.
fn ask(turn: &mut Mine<'_>, peer: NodeId, question: Talk) -> Talk {
    match turn.ask(peer, &talk(question)) {
        Some(Packet::Between(Letter::Talk(answer))) => answer,
        _ => Talk::Refuse,
    }
}

impl Carrier {
    /// Whether it is at handing something over, or getting something.
    fn is_busy(&self) -> bool {
        self.sending.is_some() || self.receiving.is_some()
    }

    /// It has its turn.
    pub(super) fn have_turn(&mut self, disk: &mut CarrierDisk, turn: &mut Mine<'_>) {
        if std::mem::take(&mut self.broke) {
            self.sending = None;
            self.ended = true;
            look_again(turn);
        }
        if self.sending.is_none() && std::mem::take(&mut self.ended) {
            self.after_sending(disk, turn);
        }
        self.exchange(disk, turn);
    }

    /// Begins to hand over one thing at most: what is for a peer, what a peer has for here, or what a peer takes.
    fn exchange(&mut self, disk: &mut CarrierDisk, turn: &mut Mine<'_>) {
        if self.is_busy() || disk.buffer.is_empty() {
            return;
        }
        let peers: Vec<NodeId> = turn.peers().collect();
        if peers.is_empty() {
            return;
        }
        let places = turn.world().places;
        let for_peers: Vec<DeliveryId> = disk
            .buffer
            .iter()
            .map(|(_, held)| held.mail.delivery())
            .filter(|delivery| turn.is_in_contact(places.client(delivery.recipient)))
            .collect();
        for delivery in for_peers {
            let to = places.client(delivery.recipient);
            if self.offer(disk, delivery, to, turn) == Taken::Yes {
                return;
            }
        }
        if peers.iter().any(|&peer| self.request(disk, peer, turn)) {
            return;
        }
        let all = !self.is_in_reach() || self.is_slow(turn);
        let may_go = |copies: Copies, back: bool| copies.can_spread() && (all || back);
        let offers: Vec<DeliveryId> = disk
            .buffer
            .iter()
            .filter(|(_, held)| may_go(held.copies, held.back))
            .map(|(_, held)| held.mail.delivery())
            .collect();
        for peer in peers {
            for &delivery in &offers {
                if places.client(delivery.recipient) == peer {
                    continue;
                }
                match self.offer(disk, delivery, peer, turn) {
                    Taken::Yes => return,
                    Taken::Later => break,
                    Taken::No => {}
                }
            }
        }
    }

    /// Offers a message to a peer, and begins to hand it over if that takes it.
    fn offer(
        &mut self,
        disk: &mut CarrierDisk,
        delivery: DeliveryId,
        to: NodeId,
        turn: &mut Mine<'_>,
    ) -> Taken {
        let Some(held) = disk.buffer.get(delivery) else { return Taken::No };
        match ask(turn, to, Talk::Offer(held.mail.clone(), held.back)) {
            Talk::Take => {
                self.begin(disk, delivery, to, turn);
                Taken::Yes
            }
            Talk::Later => Taken::Later,
            _ => Taken::No,
        }
    }

    /// Asks a peer for what it has for here. Whether something is on its way.
    fn request(&mut self, disk: &mut CarrierDisk, peer: NodeId, turn: &mut Mine<'_>) -> bool {
        let mut behind = None;
        while let Talk::This(place, mail, back) = ask(turn, peer, Talk::Have(behind)) {
            if self.accepts(disk, peer, &mail, back, turn) {
                let answer = ask(turn, peer, Talk::Send(place));
                debug_assert!(matches!(answer, Talk::Take), "it has what it offered");
                return true;
            }
            behind = Some(place);
        }
        false
    }

    fn begin(&mut self, disk: &mut CarrierDisk, delivery: DeliveryId, to: NodeId, cx: &mut Cx<'_>) {
        let held = disk.buffer.get(delivery).expect("what is handed over is held");
        let (mail, copies, back) = (held.mail.clone(), held.copies.given(), held.back);
        self.sending = Some((to, mail.clone()));
        cx.tell(numbers::STARTED.one());
        let begun = cx.transfer(to, talk(Talk::Copy { mail, copies, back }));
        assert!(begun, "the peer is in contact, and free");
    }

    /// A peer asks something in its turn.
    pub(super) fn answer(
        &mut self,
        disk: &mut CarrierDisk,
        from: NodeId,
        question: &Talk,
        cx: &mut Cx<'_>,
    ) -> Talk {
        match question {
            _ if self.is_busy() => Talk::Later,
            Talk::Offer(mail, back) => match self.accepts(disk, from, mail, *back, cx) {
                true => Talk::Take,
                false => Talk::Refuse,
            },
            Talk::Have(behind) => {
                let places = cx.world().places;
                let is_for_it = |recipient| places.client(recipient) == from;
                let mut rest = disk.buffer.behind(*behind);
                let found = rest.find(|(_, held)| is_for_it(held.mail.recipient));
                found.map_or(Talk::Refuse, |(place, held)| {
                    Talk::This(place, held.mail.clone(), held.back)
                })
            }
            Talk::Send(place) => {
                let held = disk.buffer.at(*place).expect("it was just offered");
                let delivery = held.mail.delivery();
                self.begin(disk, delivery, from, cx);
                Talk::Take
            }
            _ => unreachable!("nothing else is asked"),
        }
    }

    /// Whether this device, which is free, takes what a peer has; then that is on its way.
    fn accepts(
        &mut self,
        disk: &mut CarrierDisk,
        from: NodeId,
        mail: &Mail,
        back: bool,
        cx: &mut Cx<'_>,
    ) -> bool {
        let at_once = cx.rate(from).is_none();
        let taken = self.takes(disk, mail, back, at_once, Some(from), cx);
        if taken {
            self.receiving = Some((from, mail.delivery(), back));
        }
        taken
    }

    /// Whether it would hold a message, or show it: not what it has or had, what is settled, too old, or too much.
    pub(super) fn takes(
        &mut self,
        disk: &mut CarrierDisk,
        mail: &Mail,
        back: bool,
        at_once: bool,
        from: Option<NodeId>,
        cx: &mut Cx<'_>,
    ) -> bool {
        let (delivery, is_mine) = (mail.delivery(), mail.recipient == self.me);
        let received = is_mine && disk.received.contains(delivery.key());
        let settled = self.is_settled(disk, delivery, back, cx);
        if received || settled {
            if let Some(from) = from {
                self.tell_of(disk, delivery, from, cx);
            }
            return false;
        }
        if disk.buffer.has(delivery) {
            return false;
        }
        if !is_mine {
            let limit = options(self.me, cx).carry_limit;
            let is_full = limit.is_some_and(|limit| disk.buffer.others() >= limit);
            if Self::is_too_old(mail.message.created, cx) || is_full {
                return false;
            }
        }
        if at_once && self.has_just_dropped(delivery, cx) {
            return false;
        }
        self.make_room(disk, mail.bytes().into(), cx)
    }

    /// What a peer handed over is here.
    pub(super) fn copy_came(
        &mut self,
        disk: &mut CarrierDisk,
        from: NodeId,
        mail: Mail,
        copies: Copies,
        back: bool,
        cx: &mut Cx<'_>,
    ) {
        debug_assert_eq!(self.receiving, Some((from, mail.delivery(), back)), "it took this one");
        self.receiving = None;
        look_again(cx);
        let mut mail = mail.come(false);
        cx.tell(numbers::RELAYED.one());
        cx.tell(numbers::BYTES.add(mail.bytes().into()));
        if mail.recipient == self.me {
            let told = Self::told(&mail, Marks::DELIVERED);
            self.show(disk, &mail, cx);
            self.learn(disk, told, Some(from), true, cx);
            return;
        }
        mail.trail.carried = true;
        self.keep(disk, mail, copies, back, cx);
    }

    /// Carries a message from now on, unless it came in vain.
    pub(super) fn keep(
        &mut self,
        disk: &mut CarrierDisk,
        mail: Mail,
        copies: Copies,
        back: bool,
        cx: &mut Cx<'_>,
    ) {
        let delivery = mail.delivery();
        let in_vain = if disk.buffer.has(delivery) {
            Some(Drop::Twice)
        } else if self.is_settled(disk, delivery, back, cx) {
            Some(Drop::Told)
        } else if Self::is_too_old(mail.message.created, cx) {
            Some(Drop::TooOld)
        } else {
            None
        };
        if let Some(why) = in_vain {
            return cx.tell(Note::Dropped(delivery, why));
        }
        cx.tell(Note::Kept(delivery));
        if mail.message.sender != self.me {
            cx.tell(numbers::carried(delivery));
        }
        cx.tell(Note::Stored { delivery, disk: penult_sim::Span::ZERO });
        self.hold(disk, mail, (copies, back), cx);
        if !back {
            self.first_try(disk, delivery, true, cx);
        }
    }

    /// A peer has what was being handed over.
    pub(super) fn sent(&mut self, disk: &mut CarrierDisk, to: NodeId, cx: &mut Cx<'_>) {
        let Some((peer, mail)) = self.sending.take() else { return };
        debug_assert_eq!(peer, to);
        self.ended = true;
        look_again(cx);
        let (delivery, places) = (mail.delivery(), cx.world().places);
        if let Some(held) = disk.buffer.get_mut(delivery) {
            held.copies = held.copies.left();
        }
        if places.client(delivery.recipient) == to {
            let told = Self::told(&mail, Marks::DELIVERED);
            self.learn(disk, told, Some(to), true, cx);
        } else {
            disk.log.gave(delivery, places.as_client(to), cx);
        }
    }

    /// What was being handed over broke off.
    pub(super) fn sending_broke(&mut self, to: NodeId, cx: &mut Cx<'_>) {
        cx.tell(numbers::ABORTED.one());
        if cx.is_in_contact(to) {
            // The peer wants it no more: both are free.
            self.sending = None;
            self.ended = true;
        } else {
            self.broke = true;
        }
        look_again(cx);
    }
}
