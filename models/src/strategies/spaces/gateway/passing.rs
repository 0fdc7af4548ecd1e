//! Passing on: what servers push goes to clients, each message once; where a lead numbers, in the order of the pushes.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::Span;

use super::subscribing::Question;
use super::watching::Watch;
use super::{Gateway, GatewayDisk};
use crate::ids::{ClientId, DeliveryId};
use crate::note::{Drop, Note};
use crate::strategies::spaces::ids::ServerId;
use crate::strategies::spaces::letters::{Item, Letter, Pushing};
use crate::strategies::spaces::{Cx, counting, to_server};

/// What a gateway knows of a space server.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) watch: Watch,
    /// In which life it is.
    pub(super) boot: u64,
    /// Who waits to be subscribed.
    pub(super) waiting: BTreeSet<ClientId>,
    /// What it has not answered.
    pub(super) question: Option<Question>,
    /// Its pushes, where they are taken in by their numbers.
    order: Order,
}

/// In which order pushes are taken in.
#[derive(Debug, Default)]
struct Order {
    boot: u64,
    next: u64,
    early: BTreeMap<u64, Rc<Pushing>>,
}

impl Order {
    /// Whether a push was taken in before, or waits already.
    fn is_past(&self, pushing: &Pushing) -> bool {
        let is_known = || pushing.number < self.next || self.early.contains_key(&pushing.number);
        pushing.boot < self.boot || pushing.boot == self.boot && is_known()
    }

    /// A new push came: what can be taken in now.
    fn take(&mut self, pushing: Rc<Pushing>) -> Vec<Rc<Pushing>> {
        let mut ready = Vec::new();
        if pushing.boot > self.boot {
            let Order { early, .. } =
                std::mem::replace(self, Order { boot: pushing.boot, ..Order::default() });
            ready.extend(early.into_values());
        }
        self.early.insert(pushing.number, pushing);
        while let Some(next) = self.early.remove(&self.next) {
            ready.push(next);
            self.next += 1;
        }
        ready
    }
}

impl Gateway {
    /// A server pushes.
    pub(super) fn pushed(
        &mut self,
        disk: &GatewayDisk,
        server: ServerId,
        pushing: Rc<Pushing>,
        cx: &mut Cx<'_>,
    ) {
        let mut strangers = Vec::new();
        let clients = pushing.items.iter().flat_map(|item| item.to.iter().copied());
        for client in clients {
            if !strangers.contains(&client) && !self.is_subscribed(client, server) {
                strangers.push(client);
            }
        }
        let &Pushing { boot, number, answers, to_boot, .. } = &*pushing;
        let (strangers, as_of) = (strangers.into(), (self.boot, self.subscribed));
        to_server(server, Letter::Pushed { boot, number, strangers, as_of }, cx);
        // What comes to an earlier life of this gateway is for nobody.
        if to_boot != self.boot {
            return for_each(&pushing, |it| cx.tell(Note::Dropped(it, Drop::Twice)));
        }
        if let Some(count) = answers {
            self.answered_subscription(disk, server, count, cx);
        }
        if !cx.world().strategy.lead {
            return self.pass_on_all(server, &pushing, cx);
        }
        // It waits for its turn, if only for now.
        for_each(&pushing, |delivery| {
            cx.tell(Note::Kept(delivery));
            *self.early.entry(delivery).or_default() += 1;
        });
        let order = &mut self.servers[server.index()].order;
        if order.is_past(&pushing) {
            return for_each(&pushing, |delivery| self.stopped(delivery, cx));
        }
        for next in order.take(pushing) {
            self.pass_on_all(server, &next, cx);
        }
    }

    fn is_subscribed(&self, client: ClientId, server: ServerId) -> bool {
        self.guests.get(&client).is_some_and(|guest| guest.subscriptions.contains_key(&server))
    }

    fn pass_on_all(&mut self, server: ServerId, pushing: &Pushing, cx: &mut Cx<'_>) {
        for item in &pushing.items {
            for &client in item.to.iter() {
                self.pass_on(server, item, client, cx);
            }
        }
    }

    /// Passes a message on to a client, unless that was done.
    fn pass_on(&mut self, server: ServerId, item: &Item, client: ClientId, cx: &mut Cx<'_>) {
        let delivery = DeliveryId { message: item.message.id, recipient: client };
        let is_subscribed = self.is_subscribed(client, server);
        let view = self.seats.view(client, cx);
        let is_new = is_subscribed
            && self.guests.get_mut(&client).is_some_and(|guest| guest.passes_on(delivery.message));
        if !is_new {
            if is_subscribed {
                cx.tell(counting::PUSHES_STOPPED.one());
            }
            return self.stopped(delivery, cx);
        }
        cx.tell(Note::Kept(delivery));
        cx.tell(Note::Stored { delivery, disk: Span::ZERO });
        self.has_had_its_turn(delivery);
        self.mail.insert((client, delivery.message));
        let retention = cx.world().strategy.retention;
        if self.expiry.is_empty() {
            self.expires_after(retention, cx);
        }
        self.expiry.push_back((cx.now() + retention, delivery));
        let (message, flags) = (item.message.clone(), item.flags);
        self.hosting.hand_over(message, flags, (client, view.epoch), cx);
    }

    /// It came in vain: what this gateway has of it otherwise stays.
    fn stopped(&mut self, delivery: DeliveryId, cx: &mut Cx<'_>) {
        if !cx.world().strategy.lead {
            return cx.tell(Note::Dropped(delivery, Drop::Twice));
        }
        self.has_had_its_turn(delivery);
        if !self.holds(delivery) {
            cx.tell(Note::Dropped(delivery, Drop::HandedOn));
        }
    }

    /// One push less waits with it.
    fn has_had_its_turn(&mut self, delivery: DeliveryId) {
        if let Some(count) = self.early.get_mut(&delivery) {
            *count -= 1;
            if *count == 0 {
                self.early.remove(&delivery);
            }
        }
    }
}

fn for_each(pushing: &Pushing, mut show: impl FnMut(DeliveryId)) {
    for item in &pushing.items {
        let message = item.message.id;
        item.to.iter().for_each(|&recipient| show(DeliveryId { message, recipient }));
    }
}
