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

mod handing;
mod letters;

use std::collections::BTreeMap;
use std::rc::Rc;

use penult_sim::{NodeId, Span, Time};

use crate::ids::{ClientId, DeliveryId, GatewayId};
use crate::member::{MemberTimer, TimerOf};
use crate::note::{Drop, Note};
use crate::packet::Packet;
use crate::parts::{Again, Pace};
use crate::remembered::Remembered;
use crate::server::{Cx, Server};
use crate::world::World;
use crate::writing::{Write, Writing};
use handing::Handing;
pub use letters::{Mail, StoreLetter, StoreTimer};

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

/// What a strategy's servers need to have a store among them.
pub trait WithStore: Server<Packet: From<StoreLetter>, Timer: From<StoreTimer>> {
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
    /// What the disk is busy with.
    writing: Writing<Brought>,
    handing: BTreeMap<DeliveryId, Handing>,
    /// Whose hosts have yet to say that they know of their mail.
    waiting: BTreeMap<ClientId, Again>,
}

/// What a gateway brought, while it is written.
#[derive(Debug)]
struct Brought {
    mail: Mail,
    from: GatewayId,
    /// How long the disk takes.
    writing: Span,
}

impl Write for Brought {
    fn deliveries(&self) -> impl Iterator<Item = DeliveryId> {
        std::iter::once(self.mail.delivery())
    }
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

fn reminder<S: WithStore>(timer: StoreTimer) -> TimerOf<S> {
    MemberTimer::Server(timer.into())
}

fn answer<S: WithStore>(to: GatewayId, letter: StoreLetter, cx: &mut Cx<'_, S>) {
    cx.send(cx.world().places.gateway(to), Packet::Between(letter.into()));
}

/// What is here is safe: no run need wait for anybody to fetch it.
fn pace<S: WithStore>(cx: &Cx<'_, S>) -> Pace {
    let (timeout, _) = S::patience(&cx.world().strategy);
    Pace::doubling(timeout).in_background()
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
                let brought = self.writing.end(delivery);
                self.keep(disk, brought, cx);
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
        if self.writing.has(delivery) {
            return;
        }
        cx.tell(Note::Kept(delivery));
        let writing = cx.write();
        let brought = Brought { mail, from, writing };
        if writing.is_zero() {
            self.keep(disk, brought, cx);
        } else {
            cx.set_timer(writing, reminder::<S>(StoreTimer::Written(delivery)));
            self.writing.begin(brought);
        }
    }

    fn keep<S: WithStore>(
        &mut self,
        disk: &mut StoreDisk,
        Brought { mut mail, from, writing }: Brought,
        cx: &mut Cx<'_, S>,
    ) {
        let (delivery, now) = (mail.delivery(), cx.now());
        cx.tell(Note::Stored { delivery, disk: writing });
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
}
