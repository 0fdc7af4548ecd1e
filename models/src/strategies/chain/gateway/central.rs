//! Gateways and the central processor: what they report, and what they do on its word.

use super::{Gateway, GatewayDisk};
use crate::ids::{DeliveryId, GatewayId};
use crate::strategies::chain::counting::{report, set_unreported};
use crate::strategies::chain::held::{Held, State};
use crate::strategies::chain::processor::{CentralLetter, Waiting};
use crate::strategies::chain::{Cx, between};

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
        held.reported_again(next);
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
                if let State::Sent { attempts, .. } = held.state()
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
        let is_older = !what.stored && matches!(held.state(), State::Passed { .. });
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
        match held.state() {
            _ if held.arrived => self.acknowledge(disk, delivery, asker, cx),
            State::Claiming => {}
            _ => report(CentralLetter::Working(delivery, asker), cx),
        }
    }
}
