//! What a device knows to have become of messages: from servers, from peers, first hand; and whom it tells.

use std::rc::Rc;

use penult_sim::{NodeId, Time};

use super::{Carrier, CarrierDisk, Cx, look_again};
use crate::ids::{ClientId, DeliveryId};
use crate::note::{Drop, Note};
use crate::packet::Packet;
use crate::strategies::mesh::letters::{Letter, Marks, Talk, Told, Up};
use crate::strategies::mesh::numbers;
use crate::strategies::mesh::options::ForgetOn;

/// What is known of a delivery.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) marks: Marks,
    /// When its message was made.
    pub(super) born: Time,
}

/// What a device knows first hand and the presence database has not acknowledged.
#[derive(Debug, Default)]
pub(super) struct Log {
    told: Vec<(u64, Told)>,
    given: Vec<(u64, (DeliveryId, ClientId))>,
    /// The number of the last entry.
    last: u64,
}

impl Log {
    fn add(&mut self, told: Told) {
        self.last += 1;
        self.told.push((self.last, told));
    }

    /// Somebody else has a copy: that is logged where the database tells by itself.
    pub(super) fn gave(&mut self, delivery: DeliveryId, to: ClientId, cx: &Cx<'_>) {
        if cx.world().strategy.presence.as_ref().is_some_and(|presence| presence.push) {
            self.last += 1;
            self.given.push((self.last, (delivery, to)));
        }
    }

    pub(super) fn has_marks(&self) -> bool {
        !self.told.is_empty()
    }

    /// All of it, and how far it goes.
    pub(super) fn all(&self) -> Up {
        Up::Log {
            until: self.last,
            told: self.told.iter().map(|&(_, told)| told).collect(),
            given: self.given.iter().map(|&(_, given)| given).collect(),
        }
    }

    /// The database knows it so far.
    pub(super) fn heard(&mut self, until: u64) {
        self.told.retain(|&(number, _)| number > until);
        self.given.retain(|&(number, _)| number > until);
    }
}

impl Carrier {
    fn known(disk: &CarrierDisk, delivery: DeliveryId) -> Marks {
        disk.marks.get(&delivery).map_or(Marks::default(), |known| known.marks)
    }

    /// Whether nobody need carry this, for all that is known here.
    pub(super) fn is_settled(
        &self,
        disk: &CarrierDisk,
        delivery: DeliveryId,
        back: bool,
        cx: &Cx<'_>,
    ) -> bool {
        let options = &cx.world().strategy;
        let settling = match options.forget_on {
            _ if !options.forget => return false,
            _ if back => Marks::DELIVERED,
            ForgetOn::Delivered => Marks::DELIVERED.and(Marks::REFUSED),
            ForgetOn::Taken => Marks::TAKEN.and(Marks::DELIVERED).and(Marks::REFUSED),
        };
        Self::known(disk, delivery).any(settling)
    }

    /// Learns what became of a message: from a peer, or else; first hand, or not.
    pub(super) fn learn(
        &mut self,
        disk: &mut CarrierDisk,
        told: Told,
        from: Option<NodeId>,
        first_hand: bool,
        cx: &mut Cx<'_>,
    ) {
        let Told { delivery, marks, born } = told;
        let forget = cx.world().strategy.forget;
        if (forget || first_hand) && disk.unaccepted.remove(&delivery) {
            cx.tell(match marks.any(Marks::REFUSED) {
                true => Note::RefusedOne(delivery),
                false => Note::AcceptedOne(delivery),
            });
        }
        let new = marks.without(Self::known(disk, delivery));
        if new.is_empty() {
            return;
        }
        let known = disk.marks.entry(delivery).or_insert(Known { marks: Marks::default(), born });
        known.marks = known.marks.and(new);
        let told = Told { marks: new, ..told };
        // That it was delivered a server says only after the database was told.
        let is_own = from.is_some() || new.any(Marks::TAKEN.and(Marks::REFUSED));
        if first_hand && is_own && cx.world().strategy.presence.is_some() {
            disk.log.add(told);
            self.send_log(disk, cx);
        }
        if forget {
            self.forget_if_settled(disk, delivery, cx);
            self.spread(told, from, cx);
            look_again(cx);
        }
    }

    /// Lets go of what is settled, and stops handing it over or getting it.
    fn forget_if_settled(&mut self, disk: &mut CarrierDisk, delivery: DeliveryId, cx: &mut Cx<'_>) {
        let back = disk.buffer.get(delivery).is_some_and(|held| held.back);
        if self.is_settled(disk, delivery, back, cx) {
            if let Some((to, _)) = self.sending.as_ref().filter(|(_, it)| it.delivery() == delivery)
                && cx.abort_sending(*to)
            {
                self.sending = None;
                self.ended = true;
                cx.tell(numbers::ABORTED.one());
            }
            self.drop(disk, delivery, Drop::Told, cx);
        }
        if let Some((from, coming, back)) = self.receiving
            && coming == delivery
            && self.is_settled(disk, delivery, back, cx)
            && cx.abort_receiving(from)
        {
            self.receiving = None;
        }
    }

    /// Tells all peers but whom it is from.
    fn spread(&self, told: Told, from: Option<NodeId>, cx: &mut Cx<'_>) {
        if !cx.world().strategy.broadcast || Self::is_too_old(told.born, cx) {
            return;
        }
        let peers: Vec<NodeId> = cx.peers().filter(|&peer| Some(peer) != from).collect();
        if peers.is_empty() {
            return;
        }
        let told: Rc<[Told]> = Rc::new([told]);
        for peer in peers {
            Self::say_what(peer, told.clone(), cx);
        }
    }

    fn say_what(peer: NodeId, told: Rc<[Told]>, cx: &mut Cx<'_>) {
        cx.tell(numbers::MARKS.one());
        cx.say(peer, Packet::Between(Letter::Talk(Talk::Know(told))));
    }

    /// Tells a peer all that is known, of messages that are not too old.
    pub(super) fn tell_all(&mut self, disk: &CarrierDisk, peer: NodeId, cx: &mut Cx<'_>) {
        if !cx.world().strategy.forget {
            return;
        }
        let young = disk.marks.iter().filter(|(_, known)| !Self::is_too_old(known.born, cx));
        let told: Rc<[Told]> = young
            .map(|(&delivery, &Known { marks, born })| Told { delivery, marks, born })
            .collect();
        if !told.is_empty() {
            Self::say_what(peer, told, cx);
        }
    }

    /// Tells a peer what is known of one message.
    pub(super) fn tell_of(
        &self,
        disk: &CarrierDisk,
        delivery: DeliveryId,
        peer: NodeId,
        cx: &mut Cx<'_>,
    ) {
        if let Some(&Known { marks, born }) = disk.marks.get(&delivery)
            && cx.world().strategy.forget
        {
            Self::say_what(peer, Rc::new([Told { delivery, marks, born }]), cx);
        }
    }
}
