//! Contacts as they change: who comes together and goes apart, and what is carried meanwhile.

use super::{Kernel, Told};
use crate::agenda::{Owner, Timer};
use crate::contacts::{ANEW, By, ContactChange, NO_FLIGHT, Place, Tie, Urgent};
use crate::fingerprint::Kind;
use crate::network::Stage;
use crate::{Bandwidth, Bearer, Ids, Loss, MediumId, Node, NodeId, Packet, Span, Time, TimerId};

impl<N: Node> Kernel<N> {
    /// The first event of each source.
    pub(crate) fn begin_contacts(&mut self) {
        for source in self.contacts.sources() {
            self.schedule_source(source);
        }
    }

    fn schedule_source(&mut self, source: u32) {
        if let Some((at, place)) = self.contacts.next_due(source, &self.seed) {
            self.agenda.schedule_contact(at, place.0, source);
        }
    }

    fn is_on(&self, node: NodeId) -> bool {
        let host = &self.network.hosts[node.index()];
        host.is_up() && host.is_online()
    }

    /// The time of a source's change has come. False if nothing came of it.
    pub(crate) fn change_contact(&mut self, at: Time, source: u32) -> bool {
        if source == ANEW {
            let (a, b) = self.contacts.take_anew();
            let held = self.contacts.pairs.held(a, b);
            return held.is_some_and(|slot| self.begin_contact(at, slot));
        }
        let change = self.contacts.take_due(source);
        self.schedule_source(source);
        let by = By::Source(source);
        match change {
            None => false,
            Some(ContactChange { pair, begins: true }) => {
                let rate = self.contacts.radio_rate(pair);
                let slot = self.contacts.pairs.hold(pair, by, rate);
                self.begin_contact(at, slot)
            }
            Some(ContactChange { pair, begins: false }) => self.release(at, pair, by),
        }
    }

    /// Two that are held together come into contact, if both are on and they are not yet.
    fn begin_contact(&mut self, at: Time, slot: u32) -> bool {
        let pair = self.contacts.pairs.get(slot);
        let [a, b] = pair.ends;
        if pair.in_contact || !self.is_on(a) || !self.is_on(b) {
            return false;
        }
        self.now = at;
        let rate = self.contacts.pairs.begin(slot);
        self.fingerprint.fold(at, a, Kind::Met, b.raw(), 0);
        if self.observed {
            self.told.push(Told::Met((a, b), rate));
        }
        self.contacts.urgent.push_back(Urgent::Met(a, b));
        true
    }

    /// One thing less holds a pair together. False if that ended no contact.
    fn release(&mut self, at: Time, pair: (NodeId, NodeId), by: By) -> bool {
        let Some(slot) = self.contacts.pairs.release(pair, by) else {
            return false;
        };
        let ended = self.end_contact(at, slot, Loss::Parted);
        self.contacts.pairs.drop(slot);
        ended
    }

    /// Two are no longer in contact, and what is not across yet is lost. False if they weren't.
    fn end_contact(&mut self, at: Time, slot: u32, cause: impl Fn(NodeId, NodeId) -> Loss) -> bool {
        let pair = self.contacts.pairs.get_mut(slot);
        if !std::mem::replace(&mut pair.in_contact, false) {
            return false;
        }
        let [a, b] = pair.ends;
        let sending = std::mem::replace(&mut pair.sending, [NO_FLIGHT; 2]);
        self.now = at;
        let broke = [(sending[0], a, b), (sending[1], b, a)].map(|(flight, from, to)| {
            let breaks = flight != NO_FLIGHT && self.flights.get(flight).arrives > at;
            if breaks {
                self.count_lost(flight, cause(from, to), false);
            }
            breaks
        });
        let broken = u64::from(broke[0]) | u64::from(broke[1]) << 1;
        self.fingerprint.fold(at, a, Kind::Parted, b.raw(), broken);
        if self.observed {
            self.told.push(Told::Parted((a, b)));
        }
        self.contacts.urgent.push_back(Urgent::Parted(a, b, broke));
        true
    }

    /// A node died: its contacts are over, it is on no medium, and media that need it are down.
    pub(crate) fn crash_contacts(&mut self, node: NodeId) {
        debug_assert!(self.contacts.across.is_empty(), "turns come before faults");
        self.end_contacts(node, Loss::Crash(node));
        let mut ties = Vec::new();
        self.contacts.media.leave_all(node, &mut ties);
        self.change_media(node, false, ties);
    }

    /// A node is up again: so are media that need it, and what holds it together with others counts.
    pub(crate) fn recover_contacts(&mut self, node: NodeId) {
        self.change_media(node, true, Vec::new());
        self.resume_contacts(node);
    }

    /// A node went off the network, or came back.
    pub(crate) fn reach_contacts(&mut self, node: NodeId, online: bool) {
        if online {
            self.resume_contacts(node);
        } else {
            self.end_contacts(node, Loss::Offline(node));
        }
    }

    fn end_contacts(&mut self, node: NodeId, cause: Loss) {
        for slot in self.contacts.pairs.sorted(node, true) {
            self.end_contact(self.now, slot, |_, _| cause);
        }
    }

    fn resume_contacts(&mut self, node: NodeId) {
        for slot in self.contacts.pairs.sorted(node, false) {
            self.begin_anew(slot);
        }
    }

    /// Two that are held together, but not by a source's change right now, come into contact when this
    /// instant comes to beginnings.
    fn begin_anew(&mut self, slot: u32) {
        let pair = self.contacts.pairs.get(slot);
        let [a, b] = pair.ends;
        if pair.in_contact || !self.is_on(a) || !self.is_on(b) {
            return;
        }
        self.contacts.put_anew((a, b));
        let place = Place::of(ContactChange::begin(a, b), ANEW);
        self.agenda.schedule_contact(self.now, place.0, ANEW);
    }

    fn change_media(&mut self, node: NodeId, up: bool, mut ties: Vec<Tie>) {
        let changed = self.contacts.media.node_changed(node, up, &mut ties);
        self.tie(ties);
        for medium in changed {
            let members = self.contacts.media.members(medium);
            let hear = members.map(|member| Urgent::MediumChanged(member, medium, up));
            self.contacts.urgent.extend(hear);
        }
    }

    fn tie(&mut self, ties: Vec<Tie>) {
        for Tie { pair, by, rate, holds } in ties {
            if holds {
                let slot = self.contacts.pairs.hold(pair, by, rate);
                self.begin_anew(slot);
            } else {
                self.release(self.now, pair, by);
            }
        }
    }

    pub(crate) fn join(&mut self, node: NodeId, medium: MediumId, rate: Option<Bandwidth>) -> bool {
        let mut ties = Vec::new();
        self.contacts.media.join(medium, node, rate, &mut ties);
        self.tie(ties);
        self.contacts.media.is_up(medium)
    }

    pub(crate) fn leave(&mut self, node: NodeId, medium: MediumId) -> bool {
        let mut ties = Vec::new();
        let left = self.contacts.media.leave(medium, node, &mut ties);
        self.tie(ties);
        left
    }

    /// Says something to a peer, which hears it at this instant.
    pub(crate) fn say(&mut self, from: NodeId, to: NodeId, packet: N::Packet) {
        let slot = self.put_on_contact((from, to), Bearer::Saying, packet);
        if self.contacts.pairs.in_contact(from, to).is_some() {
            self.contacts.urgent.push_back(Urgent::Said(slot));
        } else {
            self.lose(slot, Loss::Parted(from, to));
        }
    }

    /// Whether what was said is heard: not if the contact ended after it was said.
    pub(crate) fn is_heard(&mut self, slot: u32) -> bool {
        let flight = self.flights.get(slot);
        let (from, to) = (flight.from, flight.to);
        let heard = self.contacts.pairs.in_contact(from, to).is_some();
        if !heard {
            self.lose(slot, Loss::Parted(from, to));
        }
        heard
    }

    /// Begins a transfer. False if there is no contact, or something is on its way to this peer already.
    pub(crate) fn transfer(&mut self, from: NodeId, to: NodeId, packet: N::Packet) -> bool {
        let Some(pair_slot) = self.contacts.pairs.in_contact(from, to) else {
            return false;
        };
        let pair = self.contacts.pairs.get(pair_slot);
        let side = pair.side(from);
        if pair.sending[side] != NO_FLIGHT {
            return false;
        }
        let bytes = u64::from(packet.bytes());
        let time = pair.rate.map_or(Span::ZERO, |rate| rate.time_for(bytes));
        let slot = self.put_on_contact((from, to), Bearer::Transfer, packet);
        let flight = self.flights.get_mut(slot);
        flight.arrives = self.now + time;
        flight.departs = flight.arrives;
        self.contacts.pairs.get_mut(pair_slot).sending[side] = slot;
        if time.is_zero() {
            self.contacts.put_across(from, slot);
        } else {
            self.agenda.schedule_transfer(self.now + time, slot);
        }
        true
    }

    fn put_on_contact(
        &mut self,
        (from, to): (NodeId, NodeId),
        over: Bearer,
        packet: N::Packet,
    ) -> u32 {
        let background = packet.is_background();
        self.traffic.sent += 1;
        self.open += u64::from(!background);
        let slot = self.flights.insert((from, to), self.now, background, packet);
        self.flights.get_mut(slot).stage = Stage::Contact(over);
        if self.observed {
            self.told.push(Told::Sent(slot));
        }
        slot
    }

    /// The time of a transfer is over. False if it was aborted before.
    pub(crate) fn end_transfer(&mut self, at: Time, slot: u32) -> bool {
        let flight = self.flights.get(slot);
        if let Stage::Broken(_) = flight.stage {
            self.flights.remove(slot);
            return false;
        }
        self.now = at;
        let (from, to, ids) = (flight.from, flight.to, flight.packet().ids());
        self.fingerprint.fold(at, to, Kind::Across, from.raw(), ids);
        self.contacts.put_across(from, slot);
        true
    }

    /// The first of a node's packets that are across; the way to its receiver is free again.
    pub(crate) fn take_across(&mut self, from: NodeId) -> Option<u32> {
        let slot = self.contacts.take_across(from)?;
        self.clear_sending(slot);
        Some(slot)
    }

    fn clear_sending(&mut self, slot: u32) {
        let flight = self.flights.get(slot);
        let pairs = &mut self.contacts.pairs;
        if let Some(pair) = pairs.in_contact(flight.from, flight.to) {
            let pair = pairs.get_mut(pair);
            let sending = &mut pair.sending[pair.side(flight.from)];
            // Where the contact is over, another may have begun since.
            if *sending == slot {
                *sending = NO_FLIGHT;
            }
        }
    }

    /// An end stops a transfer. False if there is none, or if it is across.
    pub(crate) fn abort(&mut self, (from, to): (NodeId, NodeId), by: NodeId) -> bool {
        let Some(pair) = self.contacts.pairs.in_contact(from, to) else {
            return false;
        };
        let pair = self.contacts.pairs.get_mut(pair);
        let sending = &mut pair.sending[pair.side(from)];
        let slot = *sending;
        if slot == NO_FLIGHT || self.flights.get(slot).arrives <= self.now {
            return false;
        }
        *sending = NO_FLIGHT;
        self.count_lost(slot, Loss::Aborted(from, to), false);
        let node = if by == from { to } else { from };
        let hear = Urgent::Aborted { node, peer: by, sending: node == from };
        self.contacts.urgent.push_back(hear);
        true
    }

    /// A timer at another place of its instant than where timers stand.
    pub(crate) fn set_timer_at(
        &mut self,
        node: NodeId,
        after: Span,
        rank: u64,
        what: N::Timer,
        background: bool,
    ) -> TimerId {
        assert!(N::MEETS, "only where nodes meet an instant has such places");
        let host = &mut self.network.hosts[node.index()];
        let wait = u32::from(!background);
        host.open_timers += wait;
        self.open += u64::from(wait);
        let owner = Owner { node, life: host.life, background };
        self.agenda.set_at(self.now, self.now + after, rank, Timer { owner, what })
    }
}
