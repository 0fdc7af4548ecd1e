//! Looking up: where hosts are not kept, the directory is asked for those of each message's recipients.

use std::rc::Rc;

use super::{SeatTimer, Seats, WithSeats, pace, reminder, say};
use crate::directory::DirectoryLetter;
use crate::ids::{ClientId, DeliveryId};
use crate::parts::Again;
use crate::server::Cx;

/// A question that the directory has not answered.
#[derive(Debug)]
pub(super) struct LookUp {
    deliveries: Vec<DeliveryId>,
    again: Again,
}

impl Seats {
    /// These, of one message, wait for the directory to say who hosts their recipients.
    pub fn look_up_hosts<S: WithSeats>(&mut self, deliveries: Vec<DeliveryId>, cx: &mut Cx<'_, S>) {
        self.ask_hosts(LookUp { deliveries, again: Again::default() }, cx);
    }

    fn ask_hosts<S: WithSeats>(&mut self, mut open: LookUp, cx: &mut Cx<'_, S>) {
        let Some(&of) = open.deliveries.first() else { return };
        let clients: Rc<[ClientId]> =
            open.deliveries.iter().map(|delivery| delivery.recipient).collect();
        say(DirectoryLetter::Where { of, clients }, cx);
        open.again.said(pace(cx), reminder::<S>(SeatTimer::NotFound(of)), cx);
        self.lookups.insert(of, open);
    }

    /// The directory has not answered: those that still wait are asked for again.
    pub fn not_found<S: WithSeats>(
        &mut self,
        of: DeliveryId,
        mut waits: impl FnMut(DeliveryId) -> bool,
        cx: &mut Cx<'_, S>,
    ) {
        let Some(mut open) = self.lookups.remove(&of) else { return };
        open.deliveries.retain(|&delivery| waits(delivery));
        self.ask_hosts(open, cx);
    }

    /// The directory said who hosts the recipients: which deliveries waited for that. None, if it was asked
    /// twice and has answered before.
    pub fn found<S: WithSeats>(
        &mut self,
        of: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) -> Option<Vec<DeliveryId>> {
        let LookUp { deliveries, mut again } = self.lookups.remove(&of)?;
        again.stop(cx);
        Some(deliveries)
    }
}
