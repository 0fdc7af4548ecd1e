//! Counting: who waits for an acknowledgement, the gateway that sent something or the central processor for it.

use penult_sim::TimerId;

use super::held::{Held, State};
use super::letters::Letter;
use super::processor::{CentralLetter, Waiting};
use super::{ChainTimer, Cx, PROCESSOR, between, pace, timer};
use crate::ids::{DeliveryId, GatewayId};
use crate::packet::Packet;

/// Tells the processor something.
pub(super) fn report(letter: CentralLetter, cx: &mut Cx<'_>) {
    let processor = cx.world().service(PROCESSOR).expect("whoever reports has a processor");
    cx.send(processor, Packet::Between(Letter::Central(letter)));
}

impl Held {
    /// What is waited for, if anything.
    pub(super) fn waiting(&self) -> Option<Waiting> {
        let to = self.waits_for()?;
        let stored = matches!(self.state(), State::Passed { .. });
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
    if strategy.acks.by_hop() || attempt > strategy.attempts {
        // More attempts than there are: it waits for a host that it may not replace, and nobody counts.
        let wait = pace(cx).after_steady(strategy.attempts + 1).wait_after(attempt - 1);
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

/// Reports are repeated less and less often. The first repetition comes after the processor's first word
/// of an acknowledgement that is missing.
pub(super) fn set_unreported(delivery: DeliveryId, times: u32, cx: &mut Cx<'_>) -> TimerId {
    let wait = pace(cx).wait_after(times + 1);
    cx.set_timer(wait, timer(ChainTimer::Unreported(delivery, times)))
}
