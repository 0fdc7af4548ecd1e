//! Whom a server hosts: what the broker says of it, asked for by checks, and what devices are told.

use penult_sim::NodeId;

use super::super::Context;
use super::super::letters::{Ask, Inventory, Letter, Reply};
use super::super::numbers::UNGOT;
use super::super::record::Place;
use super::super::timers::{Question, ServerTimer};
use super::shelf::Data;
use super::{Server, ServerDisk, timer};
use crate::client::FIRST_EPOCH;
use crate::ids::{ClientId, GatewayId};
use crate::note::Note;
use crate::packet::{Down, Packet};

impl Server {
    /// Asks the broker who is hosted here, unless that is asked already.
    pub(super) fn check(&mut self, disk: &ServerDisk, cx: &mut Context<'_>) {
        if !self.questions.is_open(Question::Check) {
            self.check_anew(disk, cx);
        }
    }

    /// Asks it in any case.
    pub(super) fn check_anew(&mut self, disk: &ServerDisk, cx: &mut Context<'_>) {
        let ask = Ask::Check { crashes: disk.crashes, losses: disk.losses };
        self.ask(disk, Question::Check, ask, cx);
    }

    /// The broker says who is hosted here.
    pub(super) fn told_whom(
        &mut self,
        disk: &mut ServerDisk,
        inventory: &Inventory,
        cx: &mut Context<'_>,
    ) {
        if inventory.written.is_empty() {
            self.questions.answered(Question::Check, cx);
        }
        self.is_checked = true;
        let is_mine = |client: &ClientId| {
            inventory.written.binary_search(client).is_ok()
                || inventory.clients.binary_search_by_key(client, |&(it, _)| it).is_ok()
        };
        let shelf = self.shelf(disk, cx);
        let known = shelf.data.keys().copied().collect::<Vec<_>>();
        let mut others: Vec<_> = self.seats.keys().copied().chain(known).collect();
        others.retain(|client| !is_mine(client));
        others.sort_unstable();
        others.dedup();
        others.into_iter().for_each(|client| self.forget(disk, client, cx));
        for &(client, place) in &inventory.clients {
            let epoch = place.epoch;
            match self.seats.get_mut(&client) {
                Some(seat) if seat.epoch > epoch => {}
                Some(seat) if seat.epoch == epoch => {
                    if std::mem::take(&mut seat.is_refused) && seat.moving.is_none() {
                        self.push_all(disk, client, cx);
                    }
                }
                _ => self.take(disk, client, place, cx),
            }
        }
        let copies: Vec<_> = self.shelf(disk, cx).copies.keys().copied().collect();
        for client in copies {
            let waits = self.questions.is_open(Question::Stored(client));
            if !waits && inventory.written.binary_search(&client).is_err() {
                let copy = self.shelf(disk, cx).copies.remove(&client);
                let (_, data) = copy.expect("it was just found");
                self.drop_data(disk, client, data, cx);
            }
        }
    }

    /// The broker gives this server clients of one that it takes for dead.
    pub(super) fn told_to_take(
        &mut self,
        disk: &mut ServerDisk,
        from: NodeId,
        number: u64,
        clients: &[(ClientId, Place)],
        cx: &mut Context<'_>,
    ) {
        // What the broker says to the check tells of these too.
        if !self.is_checked {
            return;
        }
        for &(client, place) in clients {
            if self.seats.get(&client).is_none_or(|seat| seat.epoch < place.epoch) {
                self.take(disk, client, place, cx);
            }
        }
        cx.send(from, Packet::Between(Letter::Reply(Reply::Taken(number))));
    }

    /// A client is somewhere else.
    pub(super) fn forget(&mut self, disk: &mut ServerDisk, client: ClientId, cx: &mut Context<'_>) {
        self.stop_serving(disk, client, cx);
        self.questions.answered(Question::Moving(client), cx);
        if let Some(data) = self.shelf(disk, cx).data.remove(&client) {
            self.drop_data(disk, client, data, cx);
        }
    }

    /// A client is not hosted any more; its data stay.
    pub(super) fn stop_serving(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        cx: &mut Context<'_>,
    ) {
        if self.seats.remove(&client).is_some() {
            self.stop_pushing(disk, client, cx);
            let data = self.shelf(disk, cx).data.get_mut(&client);
            cx.tell(UNGOT.fall(data.map_or(0, Data::ungot)));
        }
        if let Some(mut sending) = self.sending.remove(&client) {
            sending.stop(cx);
        }
    }

    pub(super) fn stop_pushing(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        cx: &mut Context<'_>,
    ) {
        let Some(data) = self.shelf(disk, cx).data.get_mut(&client) else { return };
        for delivery in data.all(client) {
            self.hosting.account(delivery, cx);
            self.hosting.acknowledged(delivery, cx);
        }
    }

    /// Says to a device that this is its host; in the first epoch it knows.
    pub(super) fn greet(&mut self, client: ClientId, epoch: u32, cx: &mut Context<'_>) {
        self.hosting.set_epoch(client, epoch, cx);
        if epoch != FIRST_EPOCH {
            cx.tell(Note::HandedOver(client));
            self.say_hosted(client, epoch, cx);
        }
    }

    fn say_hosted(&mut self, client: ClientId, epoch: u32, cx: &mut Context<'_>) {
        let list = cx.world().list_of(self.me);
        cx.send(cx.world().places.client(client), Packet::Down(Down::Hosted { epoch, list }));
        let again = cx.world().clients.keepalive;
        cx.set_background_timer(again, timer(ServerTimer::Ungreeted(client, epoch)));
    }

    /// Says it again, unless the device has said anything since.
    pub(super) fn ungreeted(&mut self, client: ClientId, epoch: u32, cx: &mut Context<'_>) {
        let seat = self.seats.get(&client);
        let serves = seat.is_some_and(|seat| seat.epoch == epoch && seat.moving.is_none());
        if serves && !self.hosting.has_heard_since(client, epoch) {
            self.say_hosted(client, epoch, cx);
        }
    }

    /// A device takes this for its host, or would like it to be, and it is not.
    pub(super) fn ask_where(&mut self, disk: &ServerDisk, client: ClientId, cx: &mut Context<'_>) {
        if !self.questions.is_open(Question::Where(client)) {
            self.ask(disk, Question::Where(client), Ask::Where(client), cx);
        }
    }

    /// The broker says where a client is: its device hears that.
    pub(super) fn told_where(
        &mut self,
        disk: &ServerDisk,
        client: ClientId,
        (host, epoch): (GatewayId, u32),
        cx: &mut Context<'_>,
    ) {
        if self.questions.answered(Question::Where(client), cx).is_none() {
            return;
        }
        if host == self.me {
            self.check(disk, cx);
        } else {
            let device = cx.world().places.client(client);
            cx.send(device, Packet::Down(Down::Elsewhere { host, epoch }));
        }
    }

    /// A device says that there is a later epoch.
    pub(super) fn refused(
        &mut self,
        disk: &mut ServerDisk,
        client: ClientId,
        cx: &mut Context<'_>,
    ) {
        if let Some(seat) = self.seats.get_mut(&client) {
            seat.is_refused = true;
            self.stop_pushing(disk, client, cx);
        }
        self.check(disk, cx);
    }
}
