//! Seating: who is hosted here, what devices say of themselves, and the return of a gateway.

use super::{Gateway, GatewayTimer, timer};
use crate::directory::{Change, Hosted};
use crate::ids::ClientId;
use crate::note::Note;
use crate::packet::{Down, Packet};
use crate::parts::seats::{Answer, Attach, Heard, View};
use crate::parts::{Pace, SeatTimer};
use crate::strategies::replay::Cx;
use crate::strategies::replay::letters::{Letter, Word};

impl Gateway {
    /// Whether a device is served here, as it says it is: not if there is a newer host, or another.
    pub(super) fn is_served(&mut self, client: ClientId, word: &Word, cx: &mut Cx<'_>) -> bool {
        if self.seats.is_behind(client, word.epoch, cx) {
            self.told_stale(client, word.epoch, cx);
            return false;
        }
        let hosts = self.seats.hosts(client, cx);
        if hosts && word.epoch == self.seats.view(client, cx).epoch {
            self.seats.is_taken_for_host(client);
        }
        hosts
    }

    /// A device says that it has a later host.
    pub(super) fn told_stale(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_>) {
        if self.seats.told_stale(client, epoch, cx) {
            self.end(client, cx);
        }
    }

    /// A connection begins with what a device says of itself.
    pub(super) fn begin_for(&mut self, client: ClientId, word: &Word, cx: &mut Cx<'_>) {
        let View { epoch, .. } = self.seats.view(client, cx);
        self.begin(client, epoch, word.number, cx);
    }

    /// A device asks to be hosted here.
    pub(super) fn attach(&mut self, client: ClientId, epoch: u32, word: Word, cx: &mut Cx<'_>) {
        match self.seats.attach(client, epoch, cx) {
            Attach::Ignored => {}
            Attach::Claimed => _ = self.attaching.insert(client, word),
            Attach::ClaimedAnew => {
                self.end(client, cx);
                self.attaching.insert(client, word);
            }
            Attach::Here(known) => {
                self.attaching.remove(&client);
                self.greet(client, known, cx);
                self.begin(client, known, word.number, cx);
                self.seats.claim_beside(client, known, cx);
            }
        }
    }

    fn greet(&self, client: ClientId, epoch: u32, cx: &mut Cx<'_>) {
        let list = cx.world().list_of(self.seats.me());
        cx.send(cx.world().places.client(client), Packet::Down(Down::Hosted { epoch, list }));
    }

    /// Tells a device of a new epoch, every keepalive until it says that it has heard.
    fn greet_until_heard(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_>) {
        self.greet(client, epoch, cx);
        if self.telling.insert(client) {
            let again = cx.world().clients.keepalive;
            cx.set_background_timer(again, timer(GatewayTimer::Untold(client)));
        }
    }

    /// A device may not have heard.
    pub(super) fn untold(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if self.telling.remove(&client) && self.seats.hosts(client, cx) {
            let View { epoch, .. } = self.seats.view(client, cx);
            self.greet_until_heard(client, epoch, cx);
        }
    }

    /// A device is there.
    pub(super) fn is_here(&mut self, client: ClientId, word: &Word, cx: &mut Cx<'_>) {
        if !self.is_served(client, word, cx) {
            return;
        }
        if word.epoch == self.seats.view(client, cx).epoch {
            self.telling.remove(&client);
        }
        if !self.connections.contains(client.0.into()) {
            self.begin_for(client, word, cx);
        }
    }

    /// A device asks whether its host is there.
    pub(super) fn kept_alive(&mut self, client: ClientId, word: Word, cx: &mut Cx<'_>) {
        if !self.is_served(client, &word, cx) {
            // That of somebody else's client is told so.
            if !self.seats.hosts(client, cx) {
                self.seats.kept_alive(client, cx);
            }
            return;
        }
        let device = cx.world().places.client(client);
        cx.send(device, Packet::Between(Letter::Alive(word.keepalives)));
        if self.is_unreliable(&word, cx) {
            cx.send(device, Packet::Between(Letter::Unreliable));
        }
        let Some(connection) = self.connections.get_mut(client.0.into()) else {
            return self.begin_for(client, &word, cx);
        };
        if word.number.is_none_or(|number| number < connection.acked) {
            return self.begin_for(client, &word, cx);
        }
        connection.kept_alive(client, cx);
    }

    /// Whether a connection is so bad that another server should be tried.
    fn is_unreliable(&self, word: &Word, cx: &Cx<'_>) -> bool {
        let limits = cx.world().strategy.unreliable;
        let (Some(limits), Some(trips)) = (limits, word.trips) else { return false };
        let is_slow = limits.rtt.zip(trips.rtt).is_some_and(|(limit, rtt)| rtt > limit);
        is_slow || limits.loss.is_some_and(|limit| trips.loss > limit)
    }

    /// The directory tells that clients have other hosts.
    pub(super) fn noticed(&mut self, number: u64, changes: &[Change], cx: &mut Cx<'_>) {
        self.seats.noticed(number, cx);
        for &Change { hosted, .. } in changes {
            let heard = self.seats.hear_of(hosted, cx);
            if heard != Heard::Nothing && hosted.host != self.seats.me() {
                self.end(hosted.client, cx);
            }
        }
    }

    /// The directory answers about a client.
    pub(super) fn directory_answered(&mut self, hosted: Hosted, cx: &mut Cx<'_>) {
        let client = hosted.client;
        match self.seats.answered(hosted, cx) {
            Answer::Nothing => {}
            Answer::Elsewhere { .. } => {
                self.attaching.remove(&client);
                self.end(client, cx);
            }
            Answer::Here { epoch, .. } => {
                match self.attaching.remove(&client) {
                    Some(word) => {
                        self.greet_until_heard(client, epoch, cx);
                        cx.tell(Note::HandedOver(client));
                        return self.begin(client, epoch, word.number, cx);
                    }
                    // It is served already: it has a newer epoch now.
                    None => self.raise(client, epoch),
                }
                self.greet_until_heard(client, epoch, cx);
            }
        }
    }

    fn raise(&mut self, client: ClientId, epoch: u32) {
        if let Some(connection) = self.connections.get_mut(client.0.into()) {
            connection.epoch = epoch;
        }
    }

    /// It has come back, and asks who is still hosted here.
    pub(super) fn renew(&mut self, cx: &mut Cx<'_>) {
        self.seats.renew(cx);
        let pace = Pace::doubling(cx.world().strategy.ack_timeout).in_background();
        self.renewing.said(pace, timer(GatewayTimer::NotRenewed), cx);
    }

    /// The directory said who is: each is told.
    pub(super) fn renewed(&mut self, all: &[Hosted], cx: &mut Cx<'_>) {
        self.renewing.stop(cx);
        self.seats.settle();
        for &Hosted { client, host, epoch } in all {
            if !self.seats.learn(client, View { host, epoch }, cx) {
                continue;
            }
            if host == self.seats.me() {
                self.raise(client, epoch);
                self.greet_until_heard(client, epoch, cx);
            } else {
                self.end(client, cx);
            }
        }
    }

    /// A timer of the seats ran out.
    pub(super) fn seat_woke(&mut self, reminder: SeatTimer, cx: &mut Cx<'_>) {
        match reminder {
            SeatTimer::Unanswered(client) => self.seats.unanswered(client, cx),
            SeatTimer::NoInventory | SeatTimer::Ungreeted(..) | SeatTimer::NotFound(_) => {
                unreachable!("nobody asked for that")
            }
        }
    }
}
