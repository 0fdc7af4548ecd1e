//! Whom a gateway hosts: what the directory says, what devices ask, and what each client has.

use std::collections::BTreeSet;

use penult_sim::Time;

use super::subscribing::Subscriptions;
use super::{Gateway, GatewayDisk};
use crate::directory::{Change, DirectoryLetter, Hosted};
use crate::ids::{ClientId, DeliveryId, MessageId};
use crate::note::{Drop, Note};
use crate::parts::seats::{Answer, Attach, Heard};
use crate::parts::{SeatTimer, View};
use crate::strategies::spaces::Cx;
use crate::strategies::spaces::letters::Numbers;

/// A client that is hosted here.
#[derive(Debug, Default)]
pub(super) struct Guest {
    /// What it has, and what was passed on to it since it said so; absent until it says so.
    pub(super) has: Option<BTreeSet<MessageId>>,
    /// As how many numbers and gaps that is said.
    pub(super) words: u32,
    /// Where it is subscribed.
    pub(super) subscriptions: Subscriptions,
    /// Since when it may wait for what was sent to it.
    pub(super) since: Time,
    /// Whether it has said that it knows that it is hosted here.
    knows: bool,
}

impl Guest {
    /// A message is passed on to it: whether that is new.
    pub(super) fn passes_on(&mut self, message: MessageId) -> bool {
        self.has.get_or_insert_default().insert(message)
    }
}

impl Gateway {
    /// Those who are at home here begin here, with nothing.
    pub(super) fn first_guests(&mut self, cx: &mut Cx<'_>) {
        let homes = (0..).map(ClientId).zip(&cx.world().homes);
        let own: Vec<ClientId> =
            homes.filter(|&(_, &home)| home == self.me).map(|(client, _)| client).collect();
        let nothing_moved = GatewayDisk::default();
        for client in own {
            let has = Some(BTreeSet::new());
            self.guests.insert(client, Guest { has, knows: true, ..Guest::default() });
            self.first_subscriptions(&nothing_moved, client, cx);
        }
    }

    /// A client is hosted here since this epoch. What it has it may have said.
    fn host(&mut self, disk: &GatewayDisk, client: ClientId, epoch: u32, cx: &mut Cx<'_>) {
        self.end_all(client);
        self.hosting.set_epoch(client, epoch, cx);
        let word = self.words.remove(&client).unwrap_or_default();
        let guest = self.guests.entry(client).or_default();
        guest.since = cx.now();
        guest.knows = false;
        if let Numbers(Some((ids, words))) = word {
            guest.has.get_or_insert_default().extend(ids.iter());
            guest.words = words;
        }
        self.seats.greet(client, epoch, cx.world().list_of(self.me), cx);
        cx.tell(Note::HandedOver(client));
        self.subscribe(disk, client, cx);
        self.subscribe_all(cx);
    }

    /// A client is hosted elsewhere: nobody here has anything to do with it.
    fn lose(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        self.words.remove(&client);
        self.end_all(client);
        self.guests.remove(&client);
        let least = MessageId::of_workload(0);
        let its = self.mail.range((client, least)..).take_while(|(of, _)| *of == client);
        let its: Vec<MessageId> = its.map(|&(_, message)| message).collect();
        for message in its {
            let delivery = DeliveryId { message, recipient: client };
            self.hosting.acknowledged(delivery, cx);
            self.let_go_mail(delivery, Drop::HandedOn, cx);
        }
    }

    /// A device asks to be hosted here, and says what it has.
    pub(super) fn asked_to_host(
        &mut self,
        disk: &GatewayDisk,
        client: ClientId,
        epoch: u32,
        word: Numbers,
        cx: &mut Cx<'_>,
    ) {
        match self.seats.attach(client, epoch, cx) {
            Attach::Ignored => {}
            Attach::Claimed => {
                self.words.insert(client, word);
            }
            Attach::ClaimedAnew => {
                self.lose(client, cx);
                self.words.insert(client, word);
            }
            Attach::Here(epoch) => {
                self.seats.greet(client, epoch, cx.world().list_of(self.me), cx);
                self.said_what_it_has(disk, client, word, cx);
                self.seats.confirm(client, cx);
            }
        }
    }

    /// A device says what it has: in its wish to be hosted, or since it knows that it is.
    pub(super) fn said_what_it_has(
        &mut self,
        disk: &GatewayDisk,
        client: ClientId,
        Numbers(word): Numbers,
        cx: &mut Cx<'_>,
    ) {
        if !self.seats.hosts(client, cx) {
            return;
        }
        let guest = self.guests.entry(client).or_default();
        guest.knows = true;
        let Some((ids, words)) = word else { return };
        let is_first = guest.has.is_none();
        guest.has.get_or_insert_default().extend(ids.iter());
        guest.words = words;
        if is_first {
            self.subscribe(disk, client, cx);
            self.subscribe_all(cx);
        }
    }

    /// A device says that this gateway is no longer its host.
    pub(super) fn told_stale(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_>) {
        if self.seats.told_stale(client, epoch, cx) {
            self.lose(client, cx);
        }
    }

    pub(super) fn directory_said(
        &mut self,
        disk: &GatewayDisk,
        letter: DirectoryLetter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            DirectoryLetter::Answer(answers) => self.answered(disk, &answers, cx),
            DirectoryLetter::HostIs(hosted) => {
                if self.seats.hear_of(hosted, cx) == Heard::Elsewhere {
                    self.seats.send_away(hosted.client, cx);
                    self.lose(hosted.client, cx);
                }
            }
            DirectoryLetter::Inventoried(answers) => self.inventoried(disk, &answers, cx),
            DirectoryLetter::Notice { number, changes } => {
                self.seats.noticed(number, cx);
                for &Change { hosted, .. } in changes.iter() {
                    if self.seats.hear_of(hosted, cx) == Heard::Elsewhere {
                        self.lose(hosted.client, cx);
                    }
                }
            }
            letter => panic!("the directory sent {letter:?}"),
        }
    }

    fn answered(&mut self, disk: &GatewayDisk, answers: &[Hosted], cx: &mut Cx<'_>) {
        for &hosted in answers {
            let client = hosted.client;
            match self.seats.answered(hosted, cx) {
                Answer::Nothing => {}
                Answer::Here { epoch, .. } => self.host(disk, client, epoch, cx),
                Answer::Elsewhere { .. } => self.lose(client, cx),
            }
        }
    }

    /// The directory says whom it has here, the first time after a return. They are asked what they have.
    fn inventoried(&mut self, disk: &GatewayDisk, answers: &[Hosted], cx: &mut Cx<'_>) {
        if !self.seats.settle() {
            return self.answered(disk, answers, cx);
        }
        for &Hosted { client, host, epoch } in answers {
            self.seats.learn(client, View { host, epoch }, cx);
            let View { host, epoch } = self.seats.view(client, cx);
            if host == self.me {
                self.host(disk, client, epoch, cx);
            }
        }
    }

    /// Something was not answered.
    pub(super) fn remind_seats(&mut self, timer: SeatTimer, cx: &mut Cx<'_>) {
        match timer {
            SeatTimer::Unanswered(client) => self.seats.unanswered(client, cx),
            SeatTimer::NoInventory => {
                if !self.seats.is_settled() {
                    self.seats.take_inventory(Vec::new(), cx);
                }
            }
            SeatTimer::Ungreeted(client, epoch) => {
                let knows = self.guests.get(&client).is_some_and(|guest| guest.knows);
                if self.seats.hosts_since(client, epoch, cx) && !knows {
                    self.seats.greet(client, epoch, cx.world().list_of(self.me), cx);
                }
            }
            SeatTimer::NotFound(_) => unreachable!("nobody looks hosts up here"),
        }
    }
}
