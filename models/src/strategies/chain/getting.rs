//! Getting: which queues a gateway is getting from other hosts, and how far it is with each.
//!
//! ```text
//!   Digest ─▶ ◀─ Coming, Batch, Batch …      what it lacks; then it has what the host has
//!   LetGo  ─▶ ◀─ Coming (end), Batch …       what came since; then it claims
//! ```
//!
//! Batches are not waited for one by one. Whatever is lost on the way, the host's death too, ends in
//! silence: the gateway asks anew, with a digest of what it has by then.

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::Span;

use super::letters::{Digest, Letter};
use super::{ChainTimer, Cx, between, pace, timer};
use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::note::Note;
use crate::parts::Again;

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
    want: Want,
    stage: Stage,
    /// A host is asked until it has answered to the end, each time in a round of its own.
    again: Again,
    /// How many batches there are, once the host has said so.
    batches: Option<u32>,
    came: BTreeSet<u32>,
    /// What the disk is still busy with.
    writing: BTreeSet<DeliveryId>,
}

/// What queues are got for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// To host the clients.
    Host,
    /// To hold their mail beside their host.
    Mirror,
}

/// How queues are got.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    pub(super) aim: Aim,
    /// How often they were asked for before.
    times: u32,
    /// Whether the first stage belongs to what is told of.
    is_told: bool,
}

impl Want {
    /// Asked for the first time.
    pub(super) fn new(aim: Aim) -> Want {
        Want { aim, times: 0, is_told: true }
    }
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

    fn wait(&mut self, name: u64, cx: &mut Cx<'_>) {
        let reminder = timer(ChainTimer::Incomplete(name));
        self.again.said(pace(cx).in_background(), reminder, cx);
    }
}

impl Getting {
    /// Whether anything is being got.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.rounds.is_empty()
    }

    /// Whether the queue of a client is being got from this host.
    pub(super) fn is_getting(&self, client: ClientId, host: GatewayId) -> bool {
        let mut rounds = self.rounds.values();
        rounds.any(|round| round.host == host && round.clients.binary_search(&client).is_ok())
    }

    /// Whether the queues of all clients of this host are.
    pub(super) fn is_mirroring(&self, host: GatewayId) -> bool {
        self.rounds.values().any(|round| round.host == host && round.clients.is_empty())
    }

    /// A gateway that returns has begun to synchronise, whatever there will be to get.
    pub(super) fn begin(&mut self, cx: &mut Cx<'_>) {
        if self.told.is_none() {
            self.told = Some(Came::default());
            cx.tell(Note::ResyncStarted);
        }
    }

    /// Tells that this gateway has what it lacked, if it has. One that does not know yet whom it hosts has not.
    pub(super) fn end(&mut self, is_settled: bool, cx: &mut Cx<'_>) {
        let lacks = |round: &Round| round.want.is_told && round.stage == Stage::Lacking;
        if !is_settled || self.rounds.values().any(lacks) {
            return;
        }
        if let Some(Came { messages, bytes }) = self.told.take() {
            cx.tell(Note::ResyncFinished { messages, bytes });
        }
    }

    /// Asks a host for what is lacking of its clients' queues, beside what this gateway has of them.
    pub(super) fn ask(
        &mut self,
        host: GatewayId,
        clients: Vec<ClientId>,
        have: Vec<DeliveryId>,
        want: Want,
        cx: &mut Cx<'_>,
    ) {
        debug_assert!(clients.is_sorted());
        debug_assert!(
            want.aim == Aim::Mirror || !clients.is_empty(),
            "nobody claims all of {host}"
        );
        if want.is_told {
            self.begin(cx);
        }
        // No other round of this gateway has this name, not even one before a crash.
        let name = cx.now().nanos().max(self.last + 1);
        self.last = name;
        let digest = Digest { clients: clients.iter().copied().collect(), have: have.into() };
        between(host, Letter::Digest { round: name, digest: Box::new(digest) }, cx);
        let (came, writing) = (BTreeSet::new(), BTreeSet::new());
        let (stage, again, batches) = (Stage::Lacking, Again::from(want.times), None);
        let mut round = Round { host, clients, want, stage, again, batches, came, writing };
        round.wait(name, cx);
        let before = self.rounds.insert(name, round);
        debug_assert!(before.is_none(), "two rounds have one name");
    }

    /// The host says how much is coming, and until when. False if that is nothing to this gateway.
    pub(super) fn coming(
        &mut self,
        from: GatewayId,
        name: u64,
        (batches, after, end): (u32, Span, bool),
        cx: &mut Cx<'_>,
    ) -> bool {
        let Some(round) = self.rounds.get_mut(&name) else { return false };
        if round.host != from || end != (round.stage == Stage::LettingGo) {
            return false;
        }
        round.batches = Some(batches);
        let reminder = timer(ChainTimer::Incomplete(name));
        round.again.waits_longer(pace(cx).in_background(), after, reminder, cx);
        true
    }

    /// A message came that was not here.
    pub(super) fn count(&mut self, bytes: u32) {
        if let Some(came) = &mut self.told {
            came.messages += 1;
            came.bytes += u64::from(bytes);
        }
    }

    /// A batch came, of which this is still being written. False if its round is over.
    pub(super) fn came(
        &mut self,
        from: GatewayId,
        (name, number): (u64, u32),
        writing: BTreeSet<DeliveryId>,
    ) -> bool {
        let round = self.rounds.get_mut(&name).filter(|round| round.host == from);
        round.is_some_and(|round| {
            round.came.insert(number);
            round.writing.extend(writing);
            true
        })
    }

    /// The disk is done with these: the rounds that had waited for it.
    pub(super) fn written(&mut self, stored: &[DeliveryId]) -> Vec<u64> {
        let mut names = Vec::new();
        for (&name, round) in &mut self.rounds {
            let before = round.writing.len();
            stored.iter().for_each(|delivery| _ = round.writing.remove(delivery));
            if round.writing.len() < before {
                names.push(name);
            }
        }
        names
    }

    /// If all of a stage has come, the next begins. After the last, those are to be claimed whose queues this
    /// gateway has all of.
    pub(super) fn go_on(
        &mut self,
        name: u64,
        is_settled: bool,
        cx: &mut Cx<'_>,
    ) -> Option<Vec<ClientId>> {
        let round = self.rounds.get_mut(&name).filter(|round| round.is_complete())?;
        round.again.stop(cx);
        if round.stage == Stage::LettingGo || round.want.aim == Aim::Mirror {
            let round = self.rounds.remove(&name).expect("it is there");
            self.end(is_settled, cx);
            return (round.want.aim == Aim::Host).then_some(round.clients);
        }
        (round.stage, round.batches) = (Stage::LettingGo, None);
        between(round.host, Letter::LetGo(name), cx);
        round.again.forget_times();
        round.wait(name, cx);
        self.end(is_settled, cx);
        None
    }

    /// The host has not sent all in time: what is to be asked for anew, of whom, and of whose clients.
    pub(super) fn give_up(&mut self, name: u64) -> Option<(GatewayId, Vec<ClientId>, Want)> {
        let Round { host, clients, want, stage, again, .. } = self.rounds.remove(&name)?;
        let is_told = want.is_told && stage == Stage::Lacking;
        Some((host, clients, Want { times: again.times(), is_told, ..want }))
    }

    /// Nothing is got any more of a client, unless from this host.
    pub(super) fn stop(
        &mut self,
        client: ClientId,
        except_from: Option<GatewayId>,
        cx: &mut Cx<'_>,
    ) {
        self.rounds.retain(|_, round| {
            if Some(round.host) != except_from
                && let Ok(place) = round.clients.binary_search(&client)
            {
                round.clients.remove(place);
                if round.clients.is_empty() {
                    round.again.stop(cx);
                    return false;
                }
            }
            true
        });
    }
}
