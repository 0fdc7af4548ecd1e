//! What follows from the directory's word: whom this gateway hosts from now on, and whose mail goes elsewhere.

use super::{Gateway, GatewayDisk};
use crate::directory::{Change, Hosted};
use crate::ids::{ClientId, DeliveryId};
use crate::parts::seats::{Answer, Attach, Heard};
use crate::parts::{SeatTimer, View};
use crate::strategies::chain::Cx;
use crate::strategies::chain::held::State;

impl Gateway {
    /// Somebody says who hosts a client. If that is another gateway, it is offered what is held for the client.
    /// False if it is nothing new.
    fn hear_of(&mut self, disk: &mut GatewayDisk, hosted: Hosted, cx: &mut Cx<'_>) -> bool {
        let heard = self.seats.hear_of(hosted, cx);
        if heard == Heard::Elsewhere {
            self.relay_all(disk, hosted.client, None, cx);
        }
        heard != Heard::Nothing
    }

    /// A copy comes along a way that ends at the recipient's host.
    #[inline]
    pub(super) fn learn_from_copy(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        View { host, epoch }: View,
        cx: &mut Cx<'_>,
    ) {
        let heard = self.seats.hear_of(Hosted { client, host, epoch }, cx);
        if heard != Heard::Nothing {
            self.learnt_from_copy(disk, client, heard, cx);
        }
    }

    #[cold]
    fn learnt_from_copy(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        heard: Heard,
        cx: &mut Cx<'_>,
    ) {
        if heard == Heard::Elsewhere {
            self.relay_all(disk, client, None, cx);
        }
        self.follow(disk, std::iter::once(client), cx);
    }

    /// The directory tells of new hosts.
    pub(super) fn noticed(
        &mut self,
        disk: &mut GatewayDisk,
        number: u64,
        changes: &[Change],
        cx: &mut Cx<'_>,
    ) {
        self.seats.noticed(number, cx);
        for &Change { hosted, suspect } in changes {
            let heard = self.seats.hear_of(hosted, cx);
            if heard == Heard::Nothing {
                continue;
            }
            if let Some(suspect) = suspect.filter(|&suspect| suspect != self.me) {
                self.named_suspect(suspect);
            }
            if heard == Heard::Elsewhere {
                self.relay_all(disk, hosted.client, None, cx);
            }
        }
        self.follow(disk, changes.iter().map(|change| change.hosted.client), cx);
    }

    /// The directory says who hosts a client that attached here.
    pub(super) fn told_host(&mut self, disk: &mut GatewayDisk, hosted: Hosted, cx: &mut Cx<'_>) {
        let (client, heard) = (hosted.client, self.seats.hear_of(hosted, cx));
        if heard == Heard::Nothing {
            return;
        }
        if heard == Heard::Elsewhere {
            self.seats.send_away(client, cx);
            self.relay_all(disk, client, None, cx);
        }
        self.follow(disk, [client].into_iter(), cx);
    }

    /// The directory answered.
    pub(super) fn answered(&mut self, disk: &mut GatewayDisk, answers: &[Hosted], cx: &mut Cx<'_>) {
        for &hosted in answers {
            let client = hosted.client;
            match self.seats.answered(hosted, cx) {
                Answer::Nothing => {}
                Answer::Here { epoch, asked, attaching } => {
                    self.host(disk, client, epoch, asked, cx);
                    if attaching {
                        self.ask_store(client, cx);
                    } else {
                        self.expect_parked(client, cx);
                    }
                }
                Answer::Elsewhere { asked } => self.relay_all(disk, client, asked, cx),
            }
        }
        self.follow(disk, answers.iter().map(|hosted| hosted.client), cx);
    }

    /// Comes back: asks whom the directory has here, and who hosts those whose mail is here.
    pub(super) fn take_inventory(&mut self, disk: &mut GatewayDisk, cx: &mut Cx<'_>) {
        let shelf = self.shelf(disk, cx);
        let mut others: Vec<ClientId> =
            shelf.held.ids().into_iter().map(|delivery| delivery.recipient).collect();
        others.extend(self.chain_clients(cx));
        others.sort_unstable();
        others.dedup();
        self.seats.take_inventory(others, cx);
    }

    /// The directory says who hosts those at home here and those whose mail is here. The first time after a return,
    /// what the directory still has here is claimed anew, so that everybody hears of it and brings what they hold;
    /// what is held for others goes to their hosts.
    pub(super) fn inventoried(
        &mut self,
        disk: &mut GatewayDisk,
        answers: &[Hosted],
        cx: &mut Cx<'_>,
    ) {
        if !self.seats.settle() {
            return self.answered(disk, answers, cx);
        }
        let mut mine = Vec::new();
        for &Hosted { client, host, epoch } in answers {
            self.seats.learn(client, View { host, epoch }, cx);
            if self.view(client, cx).host == self.me {
                mine.push(client);
            } else {
                self.relay_all(disk, client, None, cx);
            }
        }
        self.seats.claim(&mine, None, cx);
        self.claim_of_silent(disk, cx);
        self.bring_home(disk, answers.iter().map(|hosted| hosted.client), cx);
        self.mirror_chains(disk, cx);
        self.end_resync(cx);
    }

    /// A device asks to be hosted here.
    pub(super) fn asked_to_host(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        epoch: u32,
        cx: &mut Cx<'_>,
    ) {
        match self.seats.attach(client, epoch, cx) {
            Attach::Ignored | Attach::Claimed => {}
            Attach::ClaimedAnew => self.stop_serving(disk, client, cx),
            Attach::Here(epoch) => {
                self.greet(client, epoch, cx);
                self.ask_store(client, cx);
                self.seats.confirm(client, cx);
            }
        }
    }

    /// A device says that this gateway is no longer its host.
    pub(super) fn told_stale(
        &mut self,
        disk: &mut GatewayDisk,
        client: ClientId,
        epoch: u32,
        cx: &mut Cx<'_>,
    ) {
        if self.seats.told_stale(client, epoch, cx) {
            self.stop_serving(disk, client, cx);
        }
    }

    /// Whether a message of a sender waits for the directory to say who hosts this recipient. What a gateway hosts
    /// itself it knows.
    pub(super) fn asks_first(&self, recipient: ClientId, cx: &Cx<'_>) -> bool {
        !cx.world().strategy.cache && !self.hosts(recipient, cx)
    }

    /// These, of one message, are stored, and wait for the directory.
    pub(super) fn look_up_hosts(
        &mut self,
        disk: &mut GatewayDisk,
        deliveries: Vec<DeliveryId>,
        cx: &mut Cx<'_>,
    ) {
        for &delivery in &deliveries {
            let held = self.shelf(disk, cx).get_mut(delivery).expect("it was just stored");
            held.set_looked_up();
        }
        self.seats.look_up_hosts(deliveries, cx);
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
        // This gateway hears of it before the notice, which is no news then.
        for &hosted in answers {
            if self.hear_of(disk, hosted, cx) {
                moved.push(hosted.client);
            }
        }
        self.follow(disk, moved.into_iter(), cx);
        let Some(deliveries) = self.seats.found(of, cx) else { return };
        for delivery in deliveries {
            let View { epoch, .. } = self.view(delivery.recipient, cx);
            let Some(held) = self.shelf(disk, cx).get_mut(delivery) else { continue };
            // It may have gone another way meanwhile.
            if held.state() != State::LookedUp {
                continue;
            }
            held.rest(cx);
            held.copy.epoch = epoch;
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

    /// Something was not answered.
    pub(super) fn remind_seats(
        &mut self,
        disk: &mut GatewayDisk,
        timer: SeatTimer,
        cx: &mut Cx<'_>,
    ) {
        match timer {
            SeatTimer::Unanswered(client) => self.seats.unanswered(client, cx),
            SeatTimer::NoInventory => {
                if !self.seats.is_settled() {
                    self.take_inventory(disk, cx);
                }
            }
            SeatTimer::Ungreeted(client, epoch) => self.ungreeted(client, epoch, cx),
            SeatTimer::NotFound(of) => {
                let held = &super::shelf(&mut self.shelf, disk, cx).held;
                let waits = |delivery| {
                    held.get(delivery).is_some_and(|held| held.state() == State::LookedUp)
                };
                self.seats.not_found(of, waits, cx);
            }
        }
    }
}
