//! Looking up: without a cache the source asks the directory for the hosts of each message's recipients,
//! once it has stored it. What it hosts itself it knows.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::claims::directory;
use super::gateway::{Gateway, GatewayDisk, View};
use super::letters::Letter;
use super::shelf::State;
use super::{ChainTimer, Cx, pace, timer};
use crate::directory::{DirectoryLetter, Hosted};
use crate::ids::{ClientId, DeliveryId};
use crate::packet::Packet;
use crate::parts::Again;

/// What the directory was asked, by the first delivery of the message.
#[derive(Debug, Default)]
pub(super) struct LookUps {
    open: BTreeMap<DeliveryId, Open>,
}

/// A question that the directory has not answered.
#[derive(Debug)]
struct Open {
    deliveries: Vec<DeliveryId>,
    again: Again,
}

impl Gateway {
    /// Whether a message of a sender waits for the directory to say who hosts this recipient.
    pub(super) fn asks_first(&self, recipient: ClientId, cx: &Cx<'_>) -> bool {
        !cx.world().strategy.cache && !self.hosts(recipient, cx)
    }

    /// These, of one message, wait for the directory.
    pub(super) fn look_up_hosts(
        &mut self,
        disk: &mut GatewayDisk,
        deliveries: Vec<DeliveryId>,
        cx: &mut Cx<'_>,
    ) {
        for &delivery in &deliveries {
            let held = self.shelf(disk, cx).get_mut(delivery).expect("it was just stored");
            held.state = State::LookedUp;
        }
        self.ask_hosts(Open { deliveries, again: Again::default() }, cx);
    }

    fn ask_hosts(&mut self, mut open: Open, cx: &mut Cx<'_>) {
        let Some(&of) = open.deliveries.first() else { return };
        let clients: Rc<[ClientId]> =
            open.deliveries.iter().map(|delivery| delivery.recipient).collect();
        let question = DirectoryLetter::Where { of, clients };
        cx.send(directory(cx), Packet::Between(Letter::Directory(question)));
        open.again.said(pace(cx), timer(ChainTimer::NotFound(of)), cx);
        self.lookups.open.insert(of, open);
    }

    /// The directory has not answered: those that still wait are asked for again.
    pub(super) fn not_found(&mut self, disk: &mut GatewayDisk, of: DeliveryId, cx: &mut Cx<'_>) {
        let Some(mut open) = self.lookups.open.remove(&of) else { return };
        let held = &self.shelf(disk, cx).held;
        let waits = |held: &super::shelf::Held| held.state == State::LookedUp;
        open.deliveries.retain(|&delivery| held.get(delivery).is_some_and(waits));
        self.ask_hosts(open, cx);
    }

    /// The directory says who hosts the recipients: their mail sets off.
    pub(super) fn found(
        &mut self,
        disk: &mut GatewayDisk,
        of: DeliveryId,
        answers: &[Hosted],
        cx: &mut Cx<'_>,
    ) {
        let mut moved = Vec::new();
        for &Hosted { client, host, epoch } in answers {
            if self.learn(client, View { host, epoch }, cx) {
                moved.push(client);
            }
        }
        // This gateway hears of it before the notice, which is no news then.
        for &client in &moved {
            if self.view(client, cx).host != self.me && !self.claims.is_open(client) {
                self.relay_all(disk, client, None, cx);
            }
        }
        self.follow(disk, moved.into_iter(), cx);
        // An answer to what was asked twice is no news.
        let Some(Open { deliveries, mut again }) = self.lookups.open.remove(&of) else { return };
        again.stop(cx);
        for delivery in deliveries {
            let View { epoch, .. } = self.view(delivery.recipient, cx);
            let Some(held) = self.shelf(disk, cx).get_mut(delivery) else { continue };
            // It may have gone another way meanwhile.
            if held.state != State::LookedUp {
                continue;
            }
            (held.state, held.copy.epoch) = (State::Resting, epoch);
            let sender = held.copy.message.sender;
            let route = self.route_to(delivery.recipient, sender, cx);
            let held = self.shelf(disk, cx).get_mut(delivery).expect("it is held");
            if let Some(route) = route {
                held.copy.route = route;
            }
            self.set_off(disk, delivery, cx);
        }
        self.accept(disk, of, cx);
    }
}
