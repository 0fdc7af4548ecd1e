//! A gateway's dealings with the external store: what it brings there, what it asks back, and what it tells
//! about deliveries that are there. Everything is said again until it is answered.

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::{Ids, Span, TimerId};

use crate::ids::{ClientId, DeliveryId};
use crate::member::MemberTimer;
use crate::packet::{Packet, kind_and_ids};
use crate::server::Cx;
use crate::services::ServiceKind;
use crate::store::{Mail, StoreLetter, WithStore};
use crate::world::backed_off;

/// What a gateway is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParkingTimer {
    /// The store has not said that it has this.
    Unparked(DeliveryId),
    /// The store has not said that it knows what became of this.
    Unmarked(DeliveryId),
    /// The store has not answered that this client is ready.
    Unready(ClientId),
}

impl Ids for ParkingTimer {
    fn ids(&self) -> u64 {
        match *self {
            ParkingTimer::Unparked(delivery) => kind_and_ids(1, delivery.key()),
            ParkingTimer::Unmarked(delivery) => kind_and_ids(2, delivery.key()),
            ParkingTimer::Unready(client) => kind_and_ids(3, client.0.into()),
        }
    }
}

/// What a gateway needs to deal with a store.
pub trait WithParking: WithStore<Timer: From<ParkingTimer>> {}

impl<S: WithStore<Timer: From<ParkingTimer>>> WithParking for S {}

/// What a gateway has under way to the store.
#[derive(Debug, Default)]
pub struct Parking {
    bringing: BTreeMap<DeliveryId, Bringing>,
    marks: BTreeMap<DeliveryId, Marking>,
    asking: BTreeMap<ClientId, Asking>,
    /// Clients of whom there may be something in the store: it is asked at their next word.
    due: BTreeSet<ClientId>,
}

#[derive(Debug)]
struct Bringing {
    mail: Mail,
    /// Whether the id is offered first.
    asks: bool,
    times: u32,
    guard: TimerId,
}

#[derive(Debug)]
struct Marking {
    delete: bool,
    times: u32,
    guard: TimerId,
}

#[derive(Debug)]
struct Asking {
    epoch: u32,
    times: u32,
    guard: TimerId,
}

/// Sends the store a letter. The strategy has a store, or this is not called.
fn say<S: WithStore>(letter: StoreLetter, cx: &mut Cx<'_, S>) {
    let store = cx.world().service(ServiceKind::STORE).expect("there is a store");
    cx.send(store, Packet::Between(letter.into()));
}

/// The wait after so many tries. What is stored is safe here until the store has it: no run need wait for that.
fn guard<S: WithParking>(timer: ParkingTimer, times: u32, cx: &mut Cx<'_, S>) -> TimerId {
    let (timeout, _) = S::patience(&cx.world().strategy);
    let wait: Span = backed_off(timeout, 2.0, times);
    cx.set_background_timer(wait, MemberTimer::Server(timer.into()))
}

impl Parking {
    /// Brings a delivery to the store; by its id first if the store may have it.
    pub fn bring<S: WithParking>(&mut self, mail: Mail, asks: bool, cx: &mut Cx<'_, S>) {
        self.stop(mail.delivery(), cx);
        self.bring_again(mail, asks, 0, cx);
    }

    fn bring_again<S: WithParking>(
        &mut self,
        mail: Mail,
        asks: bool,
        times: u32,
        cx: &mut Cx<'_, S>,
    ) {
        let delivery = mail.delivery();
        let letter =
            if asks { StoreLetter::Offer(delivery) } else { StoreLetter::Put(mail.clone()) };
        say(letter, cx);
        let guard = guard(ParkingTimer::Unparked(delivery), times, cx);
        self.bringing.insert(delivery, Bringing { mail, asks, times: times + 1, guard });
    }

    /// Stops bringing it: it is not here any more, or is there.
    pub fn stop<S: WithParking>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        if let Some(bringing) = self.bringing.remove(&delivery) {
            cx.cancel_timer(bringing.guard);
        }
    }

    /// Whether it is on its way there.
    pub fn is_bringing(&self, delivery: DeliveryId) -> bool {
        self.bringing.contains_key(&delivery)
    }

    /// The store lacks what was offered. False if nothing was.
    pub fn wanted<S: WithParking>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) -> bool {
        let Some(Bringing { mail, guard, .. }) = self.bringing.remove(&delivery) else {
            return false;
        };
        cx.cancel_timer(guard);
        self.bring_again(mail, false, 0, cx);
        true
    }

    /// A delivery that is on its way to the store was received meanwhile.
    pub fn note_received(&mut self, delivery: DeliveryId) {
        if let Some(bringing) = self.bringing.get_mut(&delivery) {
            bringing.mail.received = true;
        }
    }

    /// Tells the store that a delivery was received, or may be deleted.
    pub fn mark<S: WithParking>(&mut self, delivery: DeliveryId, delete: bool, cx: &mut Cx<'_, S>) {
        if let Some(before) = self.marks.remove(&delivery) {
            cx.cancel_timer(before.guard);
            return self.mark_again(delivery, delete || before.delete, 0, cx);
        }
        self.mark_again(delivery, delete, 0, cx);
    }

    fn mark_again<S: WithParking>(
        &mut self,
        delivery: DeliveryId,
        delete: bool,
        times: u32,
        cx: &mut Cx<'_, S>,
    ) {
        say(StoreLetter::Mark { delivery, delete }, cx);
        let guard = guard(ParkingTimer::Unmarked(delivery), times, cx);
        self.marks.insert(delivery, Marking { delete, times: times + 1, guard });
    }

    /// The store knows.
    pub fn marked<S: WithParking>(
        &mut self,
        delivery: DeliveryId,
        delete: bool,
        cx: &mut Cx<'_, S>,
    ) {
        if self.marks.get(&delivery).is_some_and(|mark| mark.delete == delete)
            && let Some(mark) = self.marks.remove(&delivery)
        {
            cx.cancel_timer(mark.guard);
        }
    }

    /// Something of this client may be in the store.
    pub fn expect(&mut self, client: ClientId) {
        self.due.insert(client);
    }

    /// Whether something of any client may be in the store.
    pub fn expects_mail(&self) -> bool {
        !self.due.is_empty()
    }

    /// A client that is hosted here said something: if something of it may be in the store, that is asked.
    pub fn heard<S: WithParking>(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_, S>) {
        if self.due.contains(&client) {
            self.ask(client, epoch, cx);
        }
    }

    /// Asks the store for the mail of a client that is ready.
    pub fn ask<S: WithParking>(&mut self, client: ClientId, epoch: u32, cx: &mut Cx<'_, S>) {
        self.due.remove(&client);
        if let Some(before) = self.asking.remove(&client) {
            cx.cancel_timer(before.guard);
        }
        self.ask_again(client, epoch, 0, cx);
    }

    fn ask_again<S: WithParking>(
        &mut self,
        client: ClientId,
        epoch: u32,
        times: u32,
        cx: &mut Cx<'_, S>,
    ) {
        say(StoreLetter::Ready { client, epoch }, cx);
        let guard = guard(ParkingTimer::Unready(client), times, cx);
        self.asking.insert(client, Asking { epoch, times: times + 1, guard });
    }

    /// The store heard that a client is ready.
    pub fn answered<S: WithParking>(&mut self, client: ClientId, cx: &mut Cx<'_, S>) {
        if let Some(asking) = self.asking.remove(&client) {
            cx.cancel_timer(asking.guard);
        }
    }

    /// Says something again.
    pub fn wake<S: WithParking>(&mut self, timer: ParkingTimer, cx: &mut Cx<'_, S>) {
        match timer {
            ParkingTimer::Unparked(delivery) => {
                if let Some(Bringing { mail, asks, times, .. }) = self.bringing.remove(&delivery) {
                    self.bring_again(mail, asks, times, cx);
                }
            }
            ParkingTimer::Unmarked(delivery) => {
                if let Some(Marking { delete, times, .. }) = self.marks.remove(&delivery) {
                    self.mark_again(delivery, delete, times, cx);
                }
            }
            ParkingTimer::Unready(client) => {
                if let Some(Asking { epoch, times, .. }) = self.asking.remove(&client) {
                    self.ask_again(client, epoch, times, cx);
                }
            }
        }
    }
}

/// Says to the store that what it handed out is stored.
pub fn taken<S: WithStore>(delivery: DeliveryId, cx: &mut Cx<'_, S>) {
    say(StoreLetter::Taken(delivery), cx);
}

/// Says to the store that a client's next word will be acted on.
pub fn heard_of<S: WithStore>(client: ClientId, cx: &mut Cx<'_, S>) {
    say(StoreLetter::WaitingHeard(client), cx);
}
