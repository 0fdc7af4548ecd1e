//! Synchronising: a gateway says what it has of the queues of clients whom another hosts, and gets what it
//! lacks.
//!
//! ```text
//!   Digest ─▶ ◀─ Coming, Batch, Batch …      what it lacks; then it has what the host has
//!   LetGo  ─▶ ◀─ Coming (end), Batch …       what came since; then it claims
//! ```
//!
//! Batches are not waited for one by one. Whatever is lost on the way, the host's death too, ends in
//! silence: the gateway asks anew, with a digest of what it has by then.

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::{Span, TimerId};

use super::gateway::{Gateway, GatewayDisk};
use super::letters::{Copy, Digest, Letter};
use super::{ChainTimer, Cx, between, timer};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::Note;
use crate::world::backed_off;

/// What a gateway is getting.
#[derive(Debug, Default)]
pub(super) struct Getting {
    rounds: BTreeMap<u64, Round>,
    /// The greatest name of a round so far.
    last: u64,
    /// What has come since the synchronisation that is told of began; nothing between two of them.
    told: Option<Came>,
}

#[derive(Debug, Default)]
struct Came {
    messages: u64,
    bytes: u64,
}

/// One synchronisation with one host.
#[derive(Debug)]
struct Round {
    host: GatewayId,
    /// Whose queues, sorted. Nobody: all clients of the host.
    clients: Vec<ClientId>,
    aim: Aim,
    stage: Stage,
    /// Whether its first stage belongs to what is told of.
    is_told: bool,
    /// How often the host was asked before without an answer to the end.
    times: u32,
    guard: TimerId,
    /// How many batches there are, once the host has said so.
    batches: Option<u32>,
    came: BTreeSet<u32>,
    /// What the disk is still busy with.
    writing: BTreeSet<DeliveryId>,
}

/// What for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// To host the clients.
    Host,
    /// To hold their mail beside their host.
    Mirror,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It gets what it lacks.
    Lacking,
    /// It gets what came since.
    LettingGo,
}

impl Round {
    fn is_complete(&self) -> bool {
        let has_all = |batches| (0..batches).all(|number| self.came.contains(&number));
        self.batches.is_some_and(has_all) && self.writing.is_empty()
    }
}

impl Getting {
    /// Whether the queue of a client is being got from this host.
    pub(super) fn is_getting(&self, client: ClientId, host: GatewayId) -> bool {
        let rounds = self.rounds.values();
        rounds
            .into_iter()
            .any(|round| round.host == host && round.clients.binary_search(&client).is_ok())
    }

    /// Whether the queues of all clients of this host are.
    pub(super) fn is_mirroring(&self, host: GatewayId) -> bool {
        self.rounds.values().any(|round| round.host == host && round.clients.is_empty())
    }
}

impl Gateway {
    /// A gateway that returns has begun to synchronise, whatever there will be to get.
    pub(super) fn begin_resync(&mut self, cx: &mut Cx<'_>) {
        if self.getting.told.is_none() {
            self.getting.told = Some(Came::default());
            cx.tell(Note::ResyncStarted);
        }
    }

    /// Tells that this gateway has what it lacked, if it has.
    pub(super) fn end_resync(&mut self, cx: &mut Cx<'_>) {
        let lacks = |round: &Round| round.is_told && round.stage == Stage::Lacking;
        if !self.settled || self.getting.rounds.values().any(lacks) {
            return;
        }
        if let Some(Came { messages, bytes }) = self.getting.told.take() {
            cx.tell(Note::ResyncFinished { messages, bytes });
        }
    }

    /// Asks a host for what is lacking of its clients' queues.
    pub(super) fn synchronise(
        &mut self,
        disk: &mut GatewayDisk,
        host: GatewayId,
        clients: Vec<ClientId>,
        (aim, times, is_told): (Aim, u32, bool),
        cx: &mut Cx<'_>,
    ) {
        debug_assert!(clients.is_sorted());
        if is_told {
            self.begin_resync(cx);
        }
        // No other round of this gateway has this name, not even one before a crash.
        let round = cx.now().nanos().max(self.getting.last + 1);
        self.getting.last = round;
        let all = self.shelf(disk, cx).held.ids();
        let is_of = |delivery: &DeliveryId| match clients.is_empty() {
            true => self.view(delivery.recipient, cx).host == host,
            false => clients.binary_search(&delivery.recipient).is_ok(),
        };
        let have = all.into_iter().filter(is_of).collect();
        between(
            host,
            Letter::Digest {
                round,
                digest: Box::new(Digest { clients: clients.iter().copied().collect(), have }),
            },
            cx,
        );
        let guard = Self::await_all(round, times, Span::ZERO, cx);
        let stage = Stage::Lacking;
        let (came, writing) = (BTreeSet::new(), BTreeSet::new());
        let batches = None;
        let state =
            Round { host, clients, aim, stage, is_told, times, guard, batches, came, writing };
        self.getting.rounds.insert(round, state);
    }

    fn await_all(round: u64, times: u32, after: Span, cx: &mut Cx<'_>) -> TimerId {
        let wait = backed_off(cx.world().strategy.ack_timeout, 2.0, times).saturating_add(after);
        cx.set_background_timer(wait, timer(ChainTimer::Incomplete(round)))
    }

    /// The host says how much is coming, and until when.
    pub(super) fn coming(
        &mut self,
        from: GatewayId,
        name: u64,
        (batches, after, end): (u32, Span, bool),
        cx: &mut Cx<'_>,
    ) {
        let Some(round) = self.getting.rounds.get_mut(&name) else { return };
        if round.host != from || end != (round.stage == Stage::LettingGo) {
            return;
        }
        round.batches = Some(batches);
        cx.cancel_timer(round.guard);
        round.guard = Self::await_all(name, round.times, after, cx);
        self.go_on_with(name, cx);
    }

    /// A batch came. What is in it is stored in any case, also when its round is over.
    pub(super) fn batch_came(
        &mut self,
        disk: &mut GatewayDisk,
        from: GatewayId,
        (name, number): (u64, u32),
        copies: &[Copy],
        cx: &mut Cx<'_>,
    ) {
        let mut writing = BTreeSet::new();
        let now = cx.now();
        for copy in copies {
            let delivery = copy.delivery();
            let is_new = !self.shelf(disk, cx).held.contains(delivery)
                && !self.shelf(disk, cx).is_done(delivery, now)
                && !self.writing.has(delivery);
            if let Some(came) = self.getting.told.as_mut().filter(|_| is_new) {
                came.messages += 1;
                came.bytes += u64::from(copy.flags.bytes_of(&copy.message));
            }
            self.relayed(disk, from, copy.clone(), cx);
            if self.writing.has(delivery) {
                writing.insert(delivery);
            }
        }
        if let Some(round) = self.getting.rounds.get_mut(&name).filter(|round| round.host == from) {
            round.came.insert(number);
            round.writing.extend(writing);
            self.go_on_with(name, cx);
        }
    }

    /// The disk is done with these.
    #[inline]
    pub(super) fn written(&mut self, stored: &[DeliveryId], cx: &mut Cx<'_>) {
        // Nearly always there is nothing to get.
        if !self.getting.rounds.is_empty() {
            self.got_stored(stored, cx);
        }
    }

    fn got_stored(&mut self, stored: &[DeliveryId], cx: &mut Cx<'_>) {
        let mut names = Vec::new();
        for (&name, round) in &mut self.getting.rounds {
            let before = round.writing.len();
            stored.iter().for_each(|delivery| _ = round.writing.remove(delivery));
            if round.writing.len() < before {
                names.push(name);
            }
        }
        names.into_iter().for_each(|name| self.go_on_with(name, cx));
    }

    /// If all of a stage has come, the next begins.
    fn go_on_with(&mut self, name: u64, cx: &mut Cx<'_>) {
        let Some(round) = self.getting.rounds.get_mut(&name) else { return };
        if !round.is_complete() {
            return;
        }
        cx.cancel_timer(round.guard);
        let is_over = round.stage == Stage::LettingGo || round.aim == Aim::Mirror;
        if is_over {
            let round = self.getting.rounds.remove(&name).expect("it is there");
            self.end_resync(cx);
            if round.aim == Aim::Host {
                // It has all that their host has, who lets them go.
                self.claim(&round.clients, None, cx);
            }
            return;
        }
        (round.stage, round.times, round.batches) = (Stage::LettingGo, 0, None);
        let host = round.host;
        between(host, Letter::LetGo(name), cx);
        round.guard = Self::await_all(name, 0, Span::ZERO, cx);
        self.end_resync(cx);
    }

    /// The host has not sent all in time: whoever hosts them now is asked anew.
    pub(super) fn incomplete(&mut self, disk: &mut GatewayDisk, name: u64, cx: &mut Cx<'_>) {
        let Some(round) = self.getting.rounds.remove(&name) else { return };
        let again = (round.aim, round.times + 1, round.is_told && round.stage == Stage::Lacking);
        if round.clients.is_empty() {
            return self.synchronise(disk, round.host, Vec::new(), again, cx);
        }
        for (host, clients) in self.by_host(&round.clients, cx) {
            if host != self.me {
                self.synchronise(disk, host, clients, again, cx);
            }
        }
        self.end_resync(cx);
    }

    /// Nothing is got any more of a client, unless from this host.
    pub(super) fn stop_getting(
        &mut self,
        client: ClientId,
        except_from: Option<GatewayId>,
        cx: &mut Cx<'_>,
    ) {
        self.getting.rounds.retain(|_, round| {
            if Some(round.host) != except_from
                && let Ok(place) = round.clients.binary_search(&client)
            {
                round.clients.remove(place);
                if round.clients.is_empty() {
                    cx.cancel_timer(round.guard);
                    return false;
                }
            }
            true
        });
    }

    /// Clients by their hosts, as far as this gateway knows.
    pub(super) fn by_host(
        &self,
        clients: &[ClientId],
        cx: &Cx<'_>,
    ) -> BTreeMap<GatewayId, Vec<ClientId>> {
        let mut by_host: BTreeMap<GatewayId, Vec<ClientId>> = BTreeMap::new();
        for &client in clients {
            by_host.entry(self.view(client, cx).host).or_default().push(client);
        }
        by_host
    }
}
