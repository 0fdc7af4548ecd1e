//! Gateways and the central processor: what they report, and what they do on its word.

use penult_sim::TimerId;

use super::gateway::{Gateway, GatewayDisk};
use super::letters::Letter;
use super::processor::{CentralLetter, Waiting};
use super::shelf::{Held, State};
use super::{ChainTimer, Cx, PROCESSOR, between, timer};
use crate::ids::{DeliveryId, GatewayId};
use crate::packet::Packet;
use crate::world::backed_off;

fn report(letter: CentralLetter, cx: &mut Cx<'_>) {
    let processor = cx.world().service(PROCESSOR).expect("whoever reports has a processor");
    cx.send(processor, Packet::Between(Letter::Central(letter)));
}

impl Held {
    /// What is waited for, if anything.
    fn waiting(&self) -> Option<Waiting> {
        let to = self.waits_for()?;
        let stored = matches!(self.state, State::Passed { .. });
        Some(Waiting { delivery: self.copy.delivery(), to, since: self.turn, stored })
    }
}

/// Sends an acknowledgement to whoever waits for it, or to whoever counts for them, or both.
pub(super) fn send_ack(to: GatewayId, ack: Letter, cx: &mut Cx<'_>) {
    let acks = cx.world().strategy.acks;
    if acks.has_processor() {
        report(CentralLetter::Stored { to, ack: Box::new(ack.clone()) }, cx);
    }
    if acks.by_hop() {
        between(to, ack, cx);
    }
}

/// Something was sent, for the first time or once more: who counts from now on?
pub(super) fn await_ack(held: &Held, to: GatewayId, attempt: u32, cx: &mut Cx<'_>) -> TimerId {
    let strategy = &cx.world().strategy;
    let delivery = held.copy.delivery();
    if strategy.acks.has_processor() && attempt == 1 {
        let what = Waiting { delivery, to, since: held.turn, stored: false };
        report(CentralLetter::Waiting(what), cx);
    }
    // More attempts than there are: it waits for a host that it may not replace, and nobody counts.
    let beyond = attempt.saturating_sub(strategy.attempts + 1);
    if strategy.acks.by_hop() || attempt > strategy.attempts {
        let wait = backed_off(strategy.ack_timeout, 2.0, beyond);
        cx.set_timer(wait, timer(ChainTimer::Unacked(delivery, to)))
    } else {
        set_unreported(delivery, 0, cx)
    }
}

/// The successor has stored it: who counts until the host has?
pub(super) fn await_arrival(delivery: DeliveryId, to: GatewayId, cx: &mut Cx<'_>) -> TimerId {
    let strategy = &cx.world().strategy;
    if strategy.acks.by_hop() {
        cx.set_timer(strategy.ack_timeout, timer(ChainTimer::Unarrived(delivery, to)))
    } else {
        set_unreported(delivery, 0, cx)
    }
}

impl Gateway {
    /// The processor said nothing: it may have been down, or is. It is told again.
    pub(super) fn unreported(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        times: u32,
        cx: &mut Cx<'_>,
    ) {
        let held = self.shelf(disk, cx).get_mut(delivery).expect("what is guarded is held");
        let what = held.waiting().expect("it is guarded while it waits");
        report(CentralLetter::Waiting(what), cx);
        let next = set_unreported(delivery, times + 1, cx);
        let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
        match &mut held.state {
            State::Sent { guard, .. } | State::Passed { guard, .. } => *guard = Some(next),
            state => unreachable!("{state:?} waits for nobody"),
        }
    }

    /// The processor says something.
    pub(super) fn instructed(
        &mut self,
        disk: &mut GatewayDisk,
        letter: CentralLetter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            CentralLetter::Told { by, ack } => {
                self.trust(disk, by, cx);
                self.take(disk, by, *ack, cx);
            }
            CentralLetter::Again { what, attempt } => {
                let Some(held) = self.awaits(disk, what, cx) else { return };
                // With `both`, this gateway has counted for itself.
                if let State::Sent { attempts, .. } = held.state
                    && attempts < attempt
                {
                    self.send_again(disk, what.delivery, attempt, cx);
                }
            }
            CentralLetter::GiveUp(what) => {
                if self.awaits(disk, what, cx).is_some() {
                    self.suspect(disk, what.to, cx);
                }
            }
            CentralLetter::Lacking(delivery, by) => self.lacks(disk, by, delivery, cx),
            CentralLetter::Ask(delivery, asker) => self.asked(disk, delivery, asker, cx),
            letter => panic!("the processor sent {letter:?}"),
        }
    }

    /// What is held, if it still waits as the processor believes.
    fn awaits<'a>(
        &'a mut self,
        disk: &'a mut GatewayDisk,
        what: Waiting,
        cx: &Cx<'_>,
    ) -> Option<&'a mut Held> {
        let held = self.shelf(disk, cx).get_mut(what.delivery)?;
        let still = held.waits_for() == Some(what.to) && held.turn == what.since;
        // With a question unanswered or an acknowledgement late: one may have come meanwhile.
        let is_older = !what.stored && matches!(held.state, State::Passed { .. });
        (still && !is_older).then_some(held)
    }

    /// The processor asks for a predecessor what became of a delivery.
    fn asked(
        &mut self,
        disk: &mut GatewayDisk,
        delivery: DeliveryId,
        asker: GatewayId,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        let shelf = self.shelf(disk, cx);
        if let Some(over) = shelf.over(delivery, now) {
            between(asker, over, cx);
            return report(CentralLetter::Finished(delivery, asker), cx);
        }
        let Some(held) = shelf.get_mut(delivery) else {
            return report(CentralLetter::Lacking(delivery, asker), cx);
        };
        held.knows(asker);
        match held.state {
            _ if held.arrived => self.acknowledge(disk, delivery, asker, cx),
            State::Claiming => {}
            _ => report(CentralLetter::Working(delivery, asker), cx),
        }
    }
}

/// Reports are repeated less and less often. The first repetition comes after the processor's first word
/// of an acknowledgement that is missing.
fn set_unreported(delivery: DeliveryId, times: u32, cx: &mut Cx<'_>) -> TimerId {
    let wait = backed_off(cx.world().strategy.ack_timeout, 2.0, times + 1);
    cx.set_timer(wait, timer(ChainTimer::Unreported(delivery, times)))
}
