//! The external store: a service that keeps, on disk, what gateways held for long enough, until its
//! recipient is ready for it.
//!
//! ```text
//!   a gateway ─ Put, or Offer ─ Want ─ Put ─▶ store ─ Has ─▶ the gateway lets go
//!   the host ─ Ready ─▶ store ─ Hand ─▶ the far end of the client's list ─▶ … ─▶ the host
//!   whoever hears of the trigger ─ Mark ─▶ store: deleted
//! ```
//!
//! It takes each delivery once, whoever brings it, and keeps its copy after handing it out until it hears of
//! the trigger. Who is dead it does not know: what it hands out goes to the next of the list when the far
//! end is silent.

use std::collections::BTreeMap;
use std::rc::Rc;

use penult_sim::{Ids, NodeId, Span, Time, TimerId};

use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::MemberTimer;
use crate::message::{Flags, Message};
use crate::note::{Drop, Note, Wait};
use crate::packet::{Between, ID_BYTES, Packet, kind_and_ids};
use crate::remembered::Remembered;
use crate::server::{Cx, Server};
use crate::world::{World, backed_off};

/// When messages go to the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spill {
    /// When gateways have held them for as long as they hold messages.
    AfterHold,
    /// At once, beside being relayed.
    AtOnce,
    /// Never: then they are gone.
    #[default]
    Never,
}

/// A delivery as the store keeps it.
#[derive(Clone, Debug)]
pub struct Mail {
    /// What.
    pub message: Rc<Message>,
    /// For whom.
    pub recipient: ClientId,
    /// What policy made of it.
    pub flags: Flags,
    /// The gateway that it entered the system at.
    pub source: GatewayId,
    /// Whether its recipient has received it: then it only waits for the trigger of its deletion.
    pub received: bool,
}

impl Mail {
    /// Which delivery it is.
    pub fn delivery(&self) -> DeliveryId {
        DeliveryId { message: self.message.id, recipient: self.recipient }
    }
}

/// What gateways and the store say to each other.
#[derive(Clone, Debug)]
pub enum StoreLetter {
    /// Keep this.
    Put(Mail),
    /// Do you have this?
    Offer(DeliveryId),
    /// I don't: put it here.
    Want(DeliveryId),
    /// I have it on disk.
    Has(DeliveryId),
    /// I know that its trigger came: nobody need keep it.
    Gone(DeliveryId),
    /// This was received; or it may be deleted.
    Mark {
        /// What.
        delivery: DeliveryId,
        /// Whether the trigger came.
        delete: bool,
    },
    /// I know.
    Marked {
        /// What.
        delivery: DeliveryId,
        /// Whether the trigger came.
        delete: bool,
    },
    /// This client of mine is ready: what do you have for it?
    Ready {
        /// Whom.
        client: ClientId,
        /// Since when I host it.
        epoch: u32,
    },
    /// I hand out what I have for it.
    ReadyHeard(ClientId),
    /// Relay this along these gateways, of which you are the first.
    Hand {
        /// What.
        mail: Mail,
        /// Along whom, the recipient's host last.
        way: Rc<[GatewayId]>,
        /// Since when that one hosts.
        epoch: u32,
    },
    /// I have stored what you handed me.
    Taken(DeliveryId),
    /// Something came for this client, whose host you are as far as I know: is it ready?
    Waiting(ClientId),
    /// I'll see.
    WaitingHeard(ClientId),
}

impl Between for StoreLetter {
    fn bytes(&self) -> u32 {
        match self {
            StoreLetter::Put(mail) | StoreLetter::Hand { mail, .. } => {
                mail.flags.bytes_of(&mail.message)
            }
            _ => ID_BYTES,
        }
    }

    fn contents(&self, show: &mut dyn FnMut(DeliveryId)) {
        if let StoreLetter::Put(mail) | StoreLetter::Hand { mail, .. } = self {
            show(mail.delivery());
        }
    }
}

/// Parts of fingerprints: append, never renumber.
impl Ids for StoreLetter {
    fn ids(&self) -> u64 {
        let (kind, ids) = match self {
            StoreLetter::Put(mail) => (1, mail.delivery().key()),
            StoreLetter::Offer(delivery) => (2, delivery.key()),
            StoreLetter::Want(delivery) => (3, delivery.key()),
            StoreLetter::Has(delivery) => (4, delivery.key()),
            StoreLetter::Gone(delivery) => (5, delivery.key()),
            StoreLetter::Mark { delivery, delete } => (6 + u64::from(*delete), delivery.key()),
            StoreLetter::Marked { delivery, delete } => (8 + u64::from(*delete), delivery.key()),
            StoreLetter::Ready { client, epoch } => {
                (10, u64::from(client.0) << 32 | u64::from(*epoch))
            }
            StoreLetter::ReadyHeard(client) => (11, client.0.into()),
            StoreLetter::Hand { mail, .. } => (12, mail.delivery().key()),
            StoreLetter::Taken(delivery) => (13, delivery.key()),
            StoreLetter::Waiting(client) => (14, client.0.into()),
            StoreLetter::WaitingHeard(client) => (15, client.0.into()),
        };
        kind_and_ids(kind, ids)
    }
}

/// What the store is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreTimer {
    /// This is written.
    Written(DeliveryId),
    /// Nobody said that they took this.
    Untaken(DeliveryId),
    /// The host of this client has not said that it knows of its mail.
    Unasked(ClientId),
    /// Nobody said what became of this since it was taken.
    Overdue(DeliveryId),
}

impl Ids for StoreTimer {
    fn ids(&self) -> u64 {
        match *self {
            StoreTimer::Written(delivery) => kind_and_ids(1, delivery.key()),
            StoreTimer::Untaken(delivery) => kind_and_ids(2, delivery.key()),
            StoreTimer::Unasked(client) => kind_and_ids(3, client.0.into()),
            StoreTimer::Overdue(delivery) => kind_and_ids(4, delivery.key()),
        }
    }
}

/// What a strategy's servers need to have a store among them.
pub trait WithStore: Server<Packet: From<StoreLetter>, Timer: From<StoreTimer>> {
    /// Its number among the services, if there is one.
    fn store(options: &Self::Options) -> Option<u32>;

    /// How long a deleted id is remembered.
    fn remembering(options: &Self::Options) -> Span;

    /// The gateways of a client's list, for a host of it, that one last.
    fn way(world: &World<Self::Options>, _: ClientId, host: GatewayId) -> Rc<[GatewayId]> {
        world.list_of(host).iter().rev().copied().collect()
    }

    /// How long a question waits for its answer, and how often it is asked before somebody else is.
    fn patience(options: &Self::Options) -> (Span, u32);
}

/// The store's memory: what it is at.
#[derive(Debug, Default)]
pub struct Store {
    /// What the disk is busy with, and who brought it.
    writing: Vec<(Mail, GatewayId, Span)>,
    handing: BTreeMap<DeliveryId, Handing>,
    /// Whose hosts have yet to say that they know of their mail, and how often they were told.
    waiting: BTreeMap<ClientId, (u32, TimerId)>,
}

/// Something that was handed out.
#[derive(Debug)]
struct Handing {
    way: Rc<[GatewayId]>,
    epoch: u32,
    times: u32,
    guard: TimerId,
}

/// The store's disk.
#[derive(Debug, Default)]
pub struct StoreDisk {
    kept: BTreeMap<ClientId, BTreeMap<DeliveryId, Kept>>,
    /// What was deleted.
    gone: Remembered,
    /// What was received before it came here.
    received: Remembered,
    /// The gateway that last said that it hosts each client, and in which epoch.
    hosts: BTreeMap<ClientId, (GatewayId, u32)>,
}

#[derive(Debug)]
struct Kept {
    mail: Mail,
    /// Since when it waits here.
    since: Time,
}

impl StoreDisk {
    fn get_mut(&mut self, delivery: DeliveryId) -> Option<&mut Kept> {
        self.kept.get_mut(&delivery.recipient)?.get_mut(&delivery)
    }

    fn remove(&mut self, delivery: DeliveryId) -> Option<Kept> {
        let mail = self.kept.get_mut(&delivery.recipient)?;
        let removed = mail.remove(&delivery);
        if mail.is_empty() {
            self.kept.remove(&delivery.recipient);
        }
        removed
    }

    /// What waits for a client, in the order of the ids.
    fn waiting_for(&self, client: ClientId) -> Vec<DeliveryId> {
        let mail = self.kept.get(&client).into_iter().flatten();
        mail.filter(|(_, kept)| !kept.mail.received).map(|(&delivery, _)| delivery).collect()
    }

    fn host_of<S: Server>(&self, client: ClientId, cx: &Cx<'_, S>) -> GatewayId {
        let home = cx.world().homes[client.index()];
        self.hosts.get(&client).map_or(home, |&(host, _)| host)
    }
}

fn reminder<S: WithStore>(timer: StoreTimer) -> MemberTimer<S::Timer> {
    MemberTimer::Server(timer.into())
}

fn answer<S: WithStore>(to: GatewayId, letter: StoreLetter, cx: &mut Cx<'_, S>) {
    cx.send(cx.world().places.gateway(to), Packet::Between(letter.into()));
}

impl Store {
    /// Begins, or comes back: whoever waits for mail may have asked while it was dead.
    pub(crate) fn begin<S: WithStore>(disk: &StoreDisk, cx: &mut Cx<'_, S>) -> Self {
        let mut store = Store::default();
        let clients: Vec<ClientId> = disk.kept.keys().copied().collect();
        for client in clients {
            store.call(disk, client, cx);
        }
        store
    }

    pub(crate) fn receive<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        from: NodeId,
        letter: StoreLetter,
        cx: &mut Cx<'_, S>,
    ) {
        let (from, now) = (cx.world().places.as_gateway(from), cx.now());
        match letter {
            StoreLetter::Put(mail) => self.put(disk, from, mail, cx),
            StoreLetter::Offer(delivery) => {
                let letter = if disk.gone.knows(delivery, now) {
                    StoreLetter::Gone(delivery)
                } else if disk.get_mut(delivery).is_some() {
                    self.see_to(disk, delivery, from, cx);
                    StoreLetter::Has(delivery)
                } else {
                    StoreLetter::Want(delivery)
                };
                answer(from, letter, cx);
            }
            StoreLetter::Mark { delivery, delete } => {
                answer(from, StoreLetter::Marked { delivery, delete }, cx);
                self.mark(disk, delivery, delete, cx);
            }
            StoreLetter::Ready { client, epoch } => {
                answer(from, StoreLetter::ReadyHeard(client), cx);
                // One who was the host long ago may not know that yet.
                if disk.hosts.get(&client).is_none_or(|&(_, known)| known <= epoch) {
                    disk.hosts.insert(client, (from, epoch));
                    self.stop_calling(client, cx);
                    self.hand_out(disk, client, from, epoch, cx);
                }
            }
            StoreLetter::Taken(delivery) => self.taken(delivery, cx),
            StoreLetter::WaitingHeard(client) => self.stop_calling(client, cx),
            letter => panic!("{from} sent {letter:?} to the store"),
        }
    }

    pub(crate) fn wake<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        timer: StoreTimer,
        cx: &mut Cx<'_, S>,
    ) {
        match timer {
            StoreTimer::Written(delivery) => {
                let place = self.writing.iter().position(|(mail, ..)| mail.delivery() == delivery);
                let place = place.expect("what is written waits for its timer");
                let (mail, from, writing) = self.writing.remove(place);
                self.keep(disk, from, mail, writing, cx);
            }
            StoreTimer::Untaken(delivery) => self.untaken(disk, delivery, cx),
            StoreTimer::Unasked(client) => self.call(disk, client, cx),
            StoreTimer::Overdue(delivery) => {
                let waits = disk.get_mut(delivery).is_some_and(|kept| !kept.mail.received);
                let client = delivery.recipient;
                if waits && !self.waiting.contains_key(&client) {
                    self.call(disk, client, cx);
                }
            }
        }
    }

    /// A gateway brings something. Each id is taken once.
    fn put<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        from: GatewayId,
        mail: Mail,
        cx: &mut Cx<'_, S>,
    ) {
        let delivery = mail.delivery();
        if disk.gone.knows(delivery, cx.now()) {
            return answer(from, StoreLetter::Gone(delivery), cx);
        }
        if let Some(kept) = disk.get_mut(delivery) {
            kept.mail.received |= mail.received;
            self.see_to(disk, delivery, from, cx);
            return answer(from, StoreLetter::Has(delivery), cx);
        }
        if self.writing.iter().any(|(mail, ..)| mail.delivery() == delivery) {
            return;
        }
        cx.tell(Note::Kept(delivery));
        let writing = cx.write();
        if writing.is_zero() {
            self.keep(disk, from, mail, writing, cx);
        } else {
            cx.set_timer(writing, reminder::<S>(StoreTimer::Written(delivery)));
            self.writing.push((mail, from, writing));
        }
    }

    fn keep<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        from: GatewayId,
        mut mail: Mail,
        writing: Span,
        cx: &mut Cx<'_, S>,
    ) {
        let (delivery, now) = (mail.delivery(), cx.now());
        cx.tell(Note::Stored { delivery, cpu: Span::ZERO, disk: writing });
        if disk.gone.knows(delivery, now) {
            cx.tell(Note::Dropped(delivery, Drop::Done));
            return answer(from, StoreLetter::Gone(delivery), cx);
        }
        mail.received |= disk.received.knows(delivery, now);
        let kept = Kept { mail, since: now };
        disk.kept.entry(delivery.recipient).or_default().insert(delivery, kept);
        answer(from, StoreLetter::Has(delivery), cx);
        self.see_to(disk, delivery, from, cx);
    }

    /// Something that waits for its recipient was brought, or offered: the host is told, unless it was the host
    /// that did it. That one asks by itself.
    fn see_to<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        delivery: DeliveryId,
        from: GatewayId,
        cx: &mut Cx<'_, S>,
    ) {
        let client = delivery.recipient;
        let waits = disk.get_mut(delivery).is_some_and(|kept| !kept.mail.received);
        if waits && disk.host_of(client, cx) != from && !self.waiting.contains_key(&client) {
            self.call(disk, client, cx);
        }
    }

    /// A gateway took what was handed out. When its time there is over it comes back; if nothing is heard
    /// then either, whoever held it died with it.
    fn taken<S: WithStore>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        self.stop_handing(delivery, cx);
        let options = &cx.world().strategy;
        let (timeout, attempts) = S::patience(options);
        let patience = timeout.saturating_mul(u64::from(attempts) + 1);
        let back = S::remembering(options).saturating_add(patience);
        cx.set_background_timer(back, reminder::<S>(StoreTimer::Overdue(delivery)));
    }

    /// Tells a client's host that there is mail, again and again until that says that it knows.
    fn call<S: WithStore>(&mut self, disk: &StoreDisk, client: ClientId, cx: &mut Cx<'_, S>) {
        if disk.waiting_for(client).is_empty() {
            self.waiting.remove(&client);
            return;
        }
        let (timeout, _) = S::patience(&cx.world().strategy);
        let times = self.waiting.get(&client).map_or(0, |&(times, _)| times);
        let wait = backed_off(timeout, 2.0, times);
        answer(disk.host_of(client, cx), StoreLetter::Waiting(client), cx);
        let guard = cx.set_background_timer(wait, reminder::<S>(StoreTimer::Unasked(client)));
        self.waiting.insert(client, (times + 1, guard));
    }

    fn stop_calling<S: WithStore>(&mut self, client: ClientId, cx: &mut Cx<'_, S>) {
        if let Some((_, guard)) = self.waiting.remove(&client) {
            cx.cancel_timer(guard);
        }
    }

    /// A delivery was received, or its trigger came.
    fn mark<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        delivery: DeliveryId,
        delete: bool,
        cx: &mut Cx<'_, S>,
    ) {
        let (now, remembering) = (cx.now(), S::remembering(&cx.world().strategy));
        self.stop_handing(delivery, cx);
        if delete {
            let kept = disk.remove(delivery);
            let message = kept.as_ref().map(|kept| &kept.mail.message);
            disk.gone.add(delivery, message, now, remembering);
            if kept.is_some() {
                cx.tell(Note::Dropped(delivery, Drop::Done));
            }
        } else {
            match disk.get_mut(delivery) {
                Some(kept) => kept.mail.received = true,
                None => disk.received.add(delivery, None, now, remembering),
            }
        }
    }

    /// A client is ready: all its mail goes to the far end of its list.
    fn hand_out<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        client: ClientId,
        host: GatewayId,
        epoch: u32,
        cx: &mut Cx<'_, S>,
    ) {
        let way = S::way(cx.world(), client, host);
        for delivery in disk.waiting_for(client) {
            self.stop_handing(delivery, cx);
            self.hand(disk, delivery, way.clone(), epoch, 0, cx);
        }
    }

    fn hand<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        delivery: DeliveryId,
        way: Rc<[GatewayId]>,
        epoch: u32,
        times: u32,
        cx: &mut Cx<'_, S>,
    ) {
        let now = cx.now();
        let kept = disk.get_mut(delivery).expect("what is handed out is kept");
        let since = std::mem::replace(&mut kept.since, now);
        let mail = kept.mail.clone();
        if now > since {
            cx.tell(Note::Waited { delivery, why: Wait::Parked, since });
        }
        let (timeout, _) = S::patience(&cx.world().strategy);
        let wait = if way.len() > 1 { timeout } else { backed_off(timeout, 2.0, times) };
        answer(way[0], StoreLetter::Hand { mail, way: way.clone(), epoch }, cx);
        let guard = cx.set_background_timer(wait, reminder::<S>(StoreTimer::Untaken(delivery)));
        self.handing.insert(delivery, Handing { way, epoch, times: times + 1, guard });
    }

    /// Nobody took it: it is sent once more, or to the next, in the end to the host again and again.
    fn untaken<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        delivery: DeliveryId,
        cx: &mut Cx<'_, S>,
    ) {
        let (_, attempts) = S::patience(&cx.world().strategy);
        let Handing { way, epoch, times, .. } =
            self.handing.remove(&delivery).expect("what is guarded was handed out");
        if times < attempts || way.len() == 1 {
            self.hand(disk, delivery, way, epoch, times, cx);
        } else {
            self.hand(disk, delivery, Rc::from(&way[1..]), epoch, 0, cx);
        }
    }

    fn stop_handing<S: WithStore>(&mut self, delivery: DeliveryId, cx: &mut Cx<'_, S>) {
        if let Some(handing) = self.handing.remove(&delivery) {
            cx.cancel_timer(handing.guard);
        }
    }
}
