//! Returning: a server that comes back asks its peers what it lacks, and serves once it has that.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::storing::came_twice;
use super::{Replica, ReplicaDisk};
use crate::ids::{GatewayId, MessageId};
use crate::note::Note;
use crate::parts::{Again, Pace};
use crate::strategies::spaces::ids::{ServerId, Servers, SpaceId};
use crate::strategies::spaces::letters::{Copied, Letter, Missing};
use crate::strategies::spaces::{Cx, SpacesTimer, counting, timer, to_gateway, to_server};

/// So many messages go in one packet of an exchange.
const BATCH: usize = 64;

/// What a server that returned waits for before it serves.
#[derive(Debug, Default)]
pub(super) struct Returning {
    /// The peers that have not answered.
    open: BTreeSet<ServerId>,
    /// What they brought and the disk is at.
    writing: BTreeSet<MessageId>,
    /// How much they brought.
    messages: u64,
    bytes: u64,
}

/// How far the exchange with a peer is.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    round: u64,
    /// What was named.
    ids: Rc<[MessageId]>,
    again: Again,
    /// Which parts of the answer have come.
    parts: BTreeSet<u32>,
    /// What the peer lacks of what was named.
    lacks: BTreeSet<MessageId>,
    /// The peer is suspected: it is asked when it is heard.
    rests: bool,
}

impl Replica {
    /// Comes back.
    pub(super) fn come_back(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        self.rearm(disk, cx);
        self.bring_leads_back(disk, cx);
        cx.tell(Note::ResyncStarted);
        let sharing = self.peers.iter().filter(|(_, peer)| peer.shares).map(|(&it, _)| it);
        let sharing: Vec<ServerId> = sharing.collect();
        let open = sharing.iter().copied().collect();
        self.returning = Some(Returning { open, ..Returning::default() });
        for server in sharing {
            self.exchange(disk, server, cx);
        }
        // What it has of spaces that others have now.
        for space in self.shelf(disk, cx).spaces() {
            if !self.spaces.contains(&space) {
                self.offer_space(disk, space, cx);
            }
        }
        self.serve_if_ready(disk, cx);
    }

    /// The spaces that both have now.
    fn shared_with(&self, disk: &ReplicaDisk, server: ServerId, cx: &Cx<'_>) -> Vec<SpaceId> {
        let options = Self::options(cx);
        let both = |space: &SpaceId| disk.map.replicas(*space, options).contains(&server);
        self.spaces.iter().copied().filter(both).collect()
    }

    /// Names a peer what is here, and asks for the rest.
    fn exchange(&mut self, disk: &mut ReplicaDisk, server: ServerId, cx: &mut Cx<'_>) {
        let shared = self.shared_with(disk, server, cx);
        let shelf = self.shelf(disk, cx);
        let stored = shared.iter().flat_map(|&space| shelf.of(space));
        let ids: Rc<[MessageId]> = stored.chain(shelf.expired()).collect();
        self.rounds += 1;
        let round = self.rounds;
        let reigns = match Self::options(cx).lead {
            true => shared.iter().map(|&space| (space, self.term(disk, space, cx))).collect(),
            false => Rc::from([]),
        };
        let peer = self.peer(server, cx);
        let again = peer.exchange.take().map(|exchange| exchange.again).unwrap_or_default();
        let mut exchange = Exchange { round, ids: ids.clone(), again, ..Exchange::default() };
        let pace = Pace::steady(cx.world().strategy.ack_timeout);
        exchange.again.said(pace, timer(SpacesTimer::Unexchanged(server)), cx);
        peer.exchange = Some(exchange);
        to_server(server, Letter::Exchange { round, ids, reigns }, cx);
    }

    /// A peer has not answered.
    pub(super) fn unexchanged(
        &mut self,
        disk: &mut ReplicaDisk,
        server: ServerId,
        cx: &mut Cx<'_>,
    ) {
        let exchange = self.peers.get(&server).and_then(|peer| peer.exchange.as_ref());
        let Some(exchange) = exchange else { return };
        if exchange.again.times() < Self::options(cx).attempts {
            self.exchange(disk, server, cx);
        } else {
            self.suspect(disk, server, cx);
        }
    }

    /// A peer is suspected: nobody waits for what it has.
    pub(super) fn rest_exchange(
        &mut self,
        disk: &mut ReplicaDisk,
        server: ServerId,
        cx: &mut Cx<'_>,
    ) {
        if let Some(exchange) = self.peers.get_mut(&server).and_then(|it| it.exchange.as_mut()) {
            exchange.again.stop(cx);
            exchange.again.forget_times();
            exchange.rests = true;
        }
        if let Some(returning) = &mut self.returning {
            returning.open.remove(&server);
            self.serve_if_ready(disk, cx);
        }
    }

    /// A peer is heard again: an exchange that rested goes on.
    pub(super) fn resume_exchange(
        &mut self,
        disk: &mut ReplicaDisk,
        server: ServerId,
        cx: &mut Cx<'_>,
    ) {
        let exchange = self.peers.get(&server).and_then(|peer| peer.exchange.as_ref());
        if exchange.is_some_and(|exchange| exchange.rests) {
            self.exchange(disk, server, cx);
        }
    }

    /// A server that returned names what it has.
    pub(super) fn asked_to_exchange(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        round: u64,
        ids: &[MessageId],
        reigns: &[(SpaceId, u32)],
        cx: &mut Cx<'_>,
    ) {
        for &(space, term) in reigns {
            self.meet_reign(disk, from, space, term, cx);
        }
        let named: BTreeSet<MessageId> = ids.iter().copied().collect();
        let shared = self.shared_with(disk, from, cx);
        let mut copies: Vec<Copied> = Vec::new();
        for &space in &shared {
            let here: Vec<MessageId> = self.shelf(disk, cx).of(space).collect();
            for id in here {
                if named.contains(&id) {
                    self.peer(from, cx).has(id, false);
                    self.learn_holders(disk, id, &Servers::one(from), cx);
                } else {
                    let stored = self.shelf(disk, cx).get_mut(id).expect("it was just listed");
                    stored.holders.remove(from);
                    copies.extend(self.copy_of(disk, id, cx));
                    self.peer(from, cx).sent(id, cx);
                }
            }
        }
        let lacks: Vec<MessageId> = named
            .into_iter()
            .filter(|id| !self.shelf(disk, cx).has(*id) && !self.coming.contains_key(id))
            .collect();
        let tables = match Self::options(cx).lead {
            true => shared.iter().map(|&space| self.table(disk, space, cx)).collect(),
            false => Vec::new(),
        };
        let parts = copies.len().div_ceil(BATCH).max(1) as u32;
        let (mut copies, mut rest) = (copies.into_iter(), Some((lacks, tables)));
        for part in 0..parts {
            let copies: Vec<Copied> = copies.by_ref().take(BATCH).collect();
            let (lacks, tables) = rest.take().unwrap_or_default();
            cx.tell(counting::COPIES.add(copies.len() as u64));
            let missing = Missing { round, part, parts, copies, lacks, tables };
            to_server(from, Letter::Missing(Rc::new(missing)), cx);
        }
        self.await_due(from, cx);
    }

    /// A peer sends what is missing here.
    pub(super) fn exchanged(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        missing: &Missing,
        cx: &mut Cx<'_>,
    ) {
        let (mut messages, mut bytes) = (0, 0);
        for copied in &missing.copies {
            let id = copied.message.id;
            if self.shelf(disk, cx).has(id) {
                came_twice(&copied.message, cx);
                self.learn_number(disk, from, copied.space, id, copied.number, cx);
                self.learn_holders(disk, id, &Servers::one(from), cx);
                self.learn_holders(disk, id, &copied.holders, cx);
                continue;
            }
            if !self.coming.contains_key(&id) {
                messages += 1;
                bytes += u64::from(copied.flags.bytes_of(&copied.message));
            }
            self.take_copy(disk, from, copied, false, cx);
            if self.coming.contains_key(&id)
                && let Some(returning) = &mut self.returning
            {
                returning.writing.insert(id);
            }
        }
        if let Some(returning) = &mut self.returning {
            returning.messages += messages;
            returning.bytes += bytes;
        }
        for table in &missing.tables {
            self.adopt(disk, table, cx);
        }
        for &id in &missing.lacks {
            self.send_copy(disk, from, id, cx);
        }
        let Some(exchange) = self.peer(from, cx).exchange.as_mut() else { return };
        if exchange.round != missing.round {
            return;
        }
        exchange.lacks.extend(&missing.lacks);
        exchange.parts.insert(missing.part);
        if (exchange.parts.len() as u32) < missing.parts {
            return;
        }
        let mut exchange = self.peer(from, cx).exchange.take().expect("it was just looked at");
        exchange.again.stop(cx);
        for &id in exchange.ids.iter().filter(|id| !exchange.lacks.contains(id)) {
            self.peer(from, cx).has(id, false);
            self.learn_holders(disk, id, &Servers::one(from), cx);
        }
        if let Some(returning) = &mut self.returning {
            returning.open.remove(&from);
        }
        self.serve_if_ready(disk, cx);
    }

    /// Something is written: it may have been the last that was waited for.
    pub(super) fn is_written(&mut self, disk: &mut ReplicaDisk, id: MessageId, cx: &mut Cx<'_>) {
        if let Some(returning) = &mut self.returning
            && returning.writing.remove(&id)
        {
            self.serve_if_ready(disk, cx);
        }
    }

    fn serve_if_ready(&mut self, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) {
        let is_ready = |it: &mut Returning| it.open.is_empty() && it.writing.is_empty();
        let Some(Returning { messages, bytes, .. }) = self.returning.take_if(is_ready) else {
            return;
        };
        cx.tell(Note::ResyncFinished { messages, bytes });
        for gateway in (0..cx.world().places.gateways).map(GatewayId) {
            to_gateway(gateway, Letter::Serves(self.boot), cx);
        }
        self.begin_to_lead(disk, cx);
    }
}
