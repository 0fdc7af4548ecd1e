//! The central processor: counts for all gateways how long acknowledgements take, and says what to do
//! when that is too long.
//!
//! Gateways report what they wait for, and acknowledge here. The processor counts on its own clock from
//! the report's arrival on, so a detection takes twice the way to it longer than between neighbours. All
//! it knows is in memory: a gateway that hears nothing of what it waits for reports it again.

use std::collections::BTreeMap;

use penult_sim::{Ids, NodeId, Time, TimerId};

use super::letters::{Letter, Stored};
use super::{ChainTimer, Cx, between, timer};
use crate::ids::{DeliveryId, GatewayId};
use crate::packet::{Between, ID_BYTES, kind_and_ids};

/// What gateways and the processor say to each other.
#[derive(Clone, Debug)]
pub enum CentralLetter {
    /// I wait for this gateway.
    Waiting(Waiting),
    /// Of what this gateway sent me or asks me: my acknowledgement of it.
    Stored {
        /// Who is to hear of it.
        to: GatewayId,
        /// What it would be told directly.
        ack: Box<Letter>,
    },
    /// This gateway acknowledged what you sent it.
    Told {
        /// Who.
        by: GatewayId,
        /// What it said.
        ack: Box<Letter>,
    },
    /// Send that once more.
    Again {
        /// What, to whom.
        what: Waiting,
        /// The first sending is attempt 1.
        attempt: u32,
    },
    /// It did not answer often enough: leave it out, or take over where it is the last.
    GiveUp(Waiting),
    /// What became of this, which that gateway sent you?
    Ask(DeliveryId, GatewayId),
    /// I am at it.
    Working(DeliveryId, GatewayId),
    /// I don't have it: it is to be sent again.
    Lacking(DeliveryId, GatewayId),
    /// The recipient has it.
    Finished(DeliveryId, GatewayId),
}

/// What a gateway waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// For an acknowledgement of this.
    pub delivery: DeliveryId,
    /// By this gateway.
    pub to: GatewayId,
    /// To which it was first sent then: tells a new wait from an old one.
    pub since: Time,
    /// Whether that gateway has stored it, and only the host's word is missing.
    pub stored: bool,
}

impl Between for CentralLetter {
    fn bytes(&self) -> u32 {
        match self {
            CentralLetter::Stored { ack, .. } | CentralLetter::Told { ack, .. } => ack.bytes(),
            _ => ID_BYTES,
        }
    }

    fn contents(&self, _: &mut dyn FnMut(DeliveryId)) {}
}

/// Parts of fingerprints: append, never renumber.
impl Ids for CentralLetter {
    fn ids(&self) -> u64 {
        let of = |delivery: &DeliveryId, gateway: &GatewayId| {
            kind_and_ids(u64::from(gateway.0) + 1, delivery.key())
        };
        let waiting = |what: &Waiting| of(&what.delivery, &what.to) ^ u64::from(what.stored);
        let (kind, ids) = match self {
            CentralLetter::Waiting(what) => (1, waiting(what)),
            CentralLetter::Stored { to, ack } => (2, kind_and_ids(to.0.into(), ack.ids())),
            CentralLetter::Told { by, ack } => (3, kind_and_ids(by.0.into(), ack.ids())),
            CentralLetter::Again { what, attempt } => {
                (4 + (u64::from(*attempt) << 8), waiting(what))
            }
            CentralLetter::GiveUp(what) => (5, waiting(what)),
            CentralLetter::Ask(delivery, by) => (6, of(delivery, by)),
            CentralLetter::Working(delivery, by) => (7, of(delivery, by)),
            CentralLetter::Lacking(delivery, by) => (8, of(delivery, by)),
            CentralLetter::Finished(delivery, by) => (9, of(delivery, by)),
        };
        kind_and_ids(kind, ids)
    }
}

/// The processor's memory: who waits for what.
#[derive(Debug, Default)]
pub struct Processor {
    counts: BTreeMap<(GatewayId, DeliveryId), Count>,
}

/// How long somebody has waited.
#[derive(Debug)]
struct Count {
    what: Waiting,
    /// How often it was sent; once it is stored, how many questions in a row were not answered.
    times: u32,
    guard: TimerId,
}

fn tell(to: GatewayId, letter: CentralLetter, cx: &mut Cx<'_>) {
    between(to, Letter::Central(letter), cx);
}

impl Processor {
    pub(super) fn receive(&mut self, from: NodeId, letter: CentralLetter, cx: &mut Cx<'_>) {
        let from = cx.world().places.as_gateway(from);
        match letter {
            CentralLetter::Waiting(what) => self.waits(from, what, cx),
            CentralLetter::Stored { to, ack } => self.stored(from, to, ack, cx),
            CentralLetter::Working(delivery, asker) => {
                if let Some(count) = self.counts.get_mut(&(asker, delivery))
                    && count.what.to == from
                    && count.what.stored
                {
                    count.times = 0;
                }
            }
            CentralLetter::Lacking(delivery, asker) => {
                if self.waits_for(asker, delivery, from) {
                    self.forget(asker, delivery, cx);
                    tell(asker, CentralLetter::Lacking(delivery, from), cx);
                }
            }
            CentralLetter::Finished(delivery, asker) => {
                if self.waits_for(asker, delivery, from) {
                    self.forget(asker, delivery, cx);
                }
            }
            letter => panic!("{from} sent {letter:?} to the processor"),
        }
    }

    fn waits_for(&self, who: GatewayId, delivery: DeliveryId, whom: GatewayId) -> bool {
        self.counts.get(&(who, delivery)).is_some_and(|count| count.what.to == whom)
    }

    fn forget(&mut self, who: GatewayId, delivery: DeliveryId, cx: &mut Cx<'_>) {
        if let Some(count) = self.counts.remove(&(who, delivery)) {
            cx.cancel_timer(count.guard);
        }
    }

    /// A gateway waits for another. If that is known, the count goes on.
    fn waits(&mut self, who: GatewayId, what: Waiting, cx: &mut Cx<'_>) {
        let known = self.counts.get(&(who, what.delivery)).map(|count| count.what);
        let same = |known: Waiting| (known.to, known.since) == (what.to, what.since);
        if known.is_some_and(|known| same(known) && (known.stored || !what.stored)) {
            return;
        }
        self.count(who, what, u32::from(!what.stored), cx);
    }

    /// Begins to count, or begins anew.
    fn count(&mut self, who: GatewayId, what: Waiting, times: u32, cx: &mut Cx<'_>) {
        self.forget(who, what.delivery, cx);
        let timeout = cx.world().strategy.ack_timeout;
        let guard = cx.set_timer(timeout, timer(ChainTimer::Counted(what.delivery, who)));
        self.counts.insert((who, what.delivery), Count { what, times, guard });
    }

    /// A gateway has stored what another sent it.
    fn stored(&mut self, by: GatewayId, to: GatewayId, ack: Box<Letter>, cx: &mut Cx<'_>) {
        let all: &[Stored] = match &*ack {
            Letter::Ack(one) => std::slice::from_ref(one),
            Letter::AckAll(all) => all,
            letter => panic!("{letter:?} is no ack"),
        };
        for &Stored { delivery, arrived, .. } in all {
            let count = self.counts.get(&(to, delivery));
            let Some(count) = count.filter(|count| count.what.to == by) else { continue };
            let what = Waiting { stored: true, ..count.what };
            if arrived { self.forget(to, delivery, cx) } else { self.count(to, what, 0, cx) }
        }
        if !cx.world().strategy.acks.by_hop() {
            tell(to, CentralLetter::Told { by, ack }, cx);
        }
    }

    /// A wait lasted too long.
    pub(super) fn counted(&mut self, delivery: DeliveryId, who: GatewayId, cx: &mut Cx<'_>) {
        let limit = cx.world().strategy.attempts;
        let count = self.counts.remove(&(who, delivery)).expect("what is timed is counted");
        let Count { what, times, .. } = count;
        if times >= limit {
            return tell(who, CentralLetter::GiveUp(what), cx);
        }
        self.count(who, what, times + 1, cx);
        if what.stored {
            tell(what.to, CentralLetter::Ask(delivery, who), cx);
        } else {
            tell(who, CentralLetter::Again { what, attempt: times + 1 }, cx);
        }
    }
}
