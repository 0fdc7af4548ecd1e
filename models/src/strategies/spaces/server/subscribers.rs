//! Subscribers: for which clients gateways want what is stored here, and what is pushed to them.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::Time;

use super::{Replica, ReplicaDisk};
use crate::few::Few;
use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::note::{Note, Wait};
use crate::parts::{Again, Pace};
use crate::strategies::spaces::letters::{Item, Letter, Pushing, Subscribing, Wanted};
use crate::strategies::spaces::options::Subscribe;
use crate::strategies::spaces::{Cx, SpacesTimer, counting, timer, to_gateway};

/// A subscription of a client.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subscription {
    gateway: GatewayId,
    /// Since when the gateway hosts it.
    epoch: u32,
    /// Of which life of the gateway it is.
    boot: u64,
    /// How often the gateway had subscribed.
    count: u64,
}

/// A gateway, as a server sees it.
#[derive(Debug, Default)]
pub(super) struct Subscriber {
    /// In which life it is.
    boot: u64,
    /// For whom it has subscribed.
    clients: BTreeSet<ClientId>,
    /// The number of the next push.
    next: u64,
    /// What it has not acknowledged.
    open: BTreeMap<u64, Open>,
}

#[derive(Debug)]
struct Open {
    pushing: Rc<Pushing>,
    again: Again,
}

impl Subscriber {
    /// It has subscribed for a client.
    fn enter(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if self.clients.is_empty() {
            cx.tell(counting::CONNECTIONS.rise(1));
        }
        if self.clients.insert(client) {
            cx.tell(counting::SUBSCRIPTIONS.rise(1));
        }
    }

    /// It has no subscription for a client any more.
    fn leave(&mut self, client: ClientId, cx: &mut Cx<'_>) {
        if self.clients.remove(&client) {
            cx.tell(counting::SUBSCRIPTIONS.fall(1));
            if self.clients.is_empty() {
                cx.tell(counting::CONNECTIONS.fall(1));
            }
        }
    }
}

impl Replica {
    /// Those subscriptions that there are in the beginning.
    pub(super) fn first_subscriptions(&mut self, disk: &ReplicaDisk, cx: &mut Cx<'_>) {
        let (options, homes) = (Self::options(cx), &cx.world().homes);
        let me = self.me;
        let mut members: Vec<ClientId> = Vec::new();
        for &space in &self.spaces {
            let replicas = disk.map.replicas(space, options);
            for &client in &options.plan.space(space).members {
                let home = homes[client.index()];
                let nearest =
                    || replicas.iter().copied().min_by_key(|&it| options.plan.distance(home, it));
                if options.subscribe == Subscribe::All || nearest() == Some(me) {
                    members.push(client);
                }
            }
        }
        members.sort_unstable();
        members.dedup();
        for client in members {
            let gateway = homes[client.index()];
            let epoch = crate::client::FIRST_EPOCH;
            let subscription = Subscription { gateway, epoch, boot: 0, count: 0 };
            self.subscriptions.insert(client, vec![subscription]);
            self.gateways.entry(gateway).or_default().enter(client, cx);
        }
    }

    /// The gateways that have subscribed.
    pub(super) fn subscribed_gateways(&self) -> impl Iterator<Item = GatewayId> + '_ {
        self.gateways.iter().filter(|(_, it)| !it.clients.is_empty()).map(|(&gateway, _)| gateway)
    }

    /// A gateway subscribes: it gets what is here for its clients and they do not have.
    pub(super) fn subscribed(
        &mut self,
        disk: &mut ReplicaDisk,
        from: GatewayId,
        subscribing: &Subscribing,
        cx: &mut Cx<'_>,
    ) {
        let &Subscribing { boot, count, ref clients } = subscribing;
        let known = self.gateways.entry(from).or_default().boot;
        if boot < known {
            return;
        }
        if boot > known {
            self.lives_anew(from, boot, cx);
        }
        let (mut refused, mut items) = (Vec::new(), BTreeMap::new());
        for wanted in clients {
            if self.enter(from, boot, count, wanted, cx) {
                self.gather(disk, wanted, &mut items, cx);
            } else {
                refused.push(wanted.client);
            }
        }
        let items = items.into_values().map(|(item, _): (Item, Time)| item).collect();
        self.push_to(from, items, (Some(count), refused), cx);
    }

    /// A gateway has lost its memory: what it had subscribed, and what was pushed to it, is void.
    fn lives_anew(&mut self, gateway: GatewayId, boot: u64, cx: &mut Cx<'_>) {
        let before = self.gateways.insert(gateway, Subscriber { boot, ..Subscriber::default() });
        let Some(mut before) = before else { return };
        before.open.values_mut().for_each(|open| open.again.stop(cx));
        for client in before.clients.clone() {
            before.leave(client, cx);
            if let Some(all) = self.subscriptions.get_mut(&client) {
                all.retain(|it| it.gateway != gateway);
            }
        }
    }

    /// Enters a subscription. False if another gateway hosts the client since a later epoch.
    fn enter(
        &mut self,
        from: GatewayId,
        boot: u64,
        count: u64,
        wanted: &Wanted,
        cx: &mut Cx<'_>,
    ) -> bool {
        let &Wanted { client, epoch, .. } = wanted;
        let all = self.subscriptions.entry(client).or_default();
        if all.iter().any(|it| it.gateway != from && it.epoch > epoch) {
            return false;
        }
        let new = Subscription { gateway: from, epoch, boot, count };
        match all.iter_mut().find(|it| it.gateway == from) {
            Some(known) if known.count > count => {}
            Some(known) => *known = new,
            None => all.push(new),
        }
        self.gateways.entry(from).or_default().enter(client, cx);
        true
    }

    /// What is here for a client that it does not have; with a lead only what was pushed.
    fn gather(
        &mut self,
        disk: &mut ReplicaDisk,
        wanted: &Wanted,
        items: &mut BTreeMap<(u64, MessageId), (Item, Time)>,
        cx: &mut Cx<'_>,
    ) {
        let (client, has) = (wanted.client, &wanted.has);
        let lead = Self::options(cx).lead;
        for &space in Self::options(cx).plan.of_client(client) {
            let ids: Vec<MessageId> = self.shelf(disk, cx).of(space).collect();
            for id in ids {
                if has.binary_search(&id).is_ok() {
                    continue;
                }
                let place = self.place_of(disk, space, id, cx);
                let stored = self.shelf(disk, cx).get(id).expect("it was just listed");
                let is_for = stored.message.recipients.as_slice().contains(&client);
                if !is_for || (lead && !stored.pushed) {
                    continue;
                }
                let item = || Item {
                    message: stored.message.clone(),
                    flags: stored.flags,
                    to: Few::default(),
                };
                let item = items.entry((place, id)).or_insert_with(|| (item(), wanted.since));
                item.0.to.push(client);
                cx.tell(counting::FETCHED.one());
                let delivery = DeliveryId { message: id, recipient: client };
                let (why, since) = (Wait::Handover, wanted.since);
                cx.tell(Note::Waited { delivery, why, since });
            }
        }
    }

    /// Pushes a message to all who are subscribed for its recipients.
    pub(super) fn push(&mut self, disk: &mut ReplicaDisk, id: MessageId, cx: &mut Cx<'_>) {
        let Some(stored) = self.shelf(disk, cx).get_mut(id) else { return };
        stored.pushed = true;
        let (message, flags) = (stored.message.clone(), stored.flags);
        let mut gateways: Vec<(GatewayId, Few<ClientId>)> = Vec::new();
        for &client in message.recipients.as_slice() {
            for it in self.subscriptions.get(&client).into_iter().flatten() {
                match gateways.iter_mut().find(|(gateway, _)| *gateway == it.gateway) {
                    Some((_, clients)) => clients.push(client),
                    None => gateways.push((it.gateway, Few::one(client))),
                }
            }
        }
        gateways.sort_unstable_by_key(|(gateway, _)| *gateway);
        for (gateway, to) in gateways {
            let item = Item { message: message.clone(), flags, to };
            self.push_to(gateway, vec![item], (None, Vec::new()), cx);
        }
    }

    fn push_to(
        &mut self,
        gateway: GatewayId,
        items: Vec<Item>,
        (answers, refused): (Option<u64>, Vec<ClientId>),
        cx: &mut Cx<'_>,
    ) {
        let subscriber = self.gateways.entry(gateway).or_default();
        let number = subscriber.next;
        subscriber.next += 1;
        let (boot, to_boot) = (self.boot, subscriber.boot);
        let pushing = Rc::new(Pushing { boot, to_boot, number, answers, refused, items });
        subscriber.open.insert(number, Open { pushing, again: Again::default() });
        self.say_push(gateway, number, cx);
    }

    /// Sends a push, unless the gateway is suspected: then it waits.
    fn say_push(&mut self, gateway: GatewayId, number: u64, cx: &mut Cx<'_>) {
        if self.suspects.has(cx.world().places.gateway(gateway)) {
            return;
        }
        let subscriber = self.gateways.get_mut(&gateway).expect("something is pushed to it");
        let open = subscriber.open.get_mut(&number).expect("it is open");
        let pace = Pace::steady(Self::options(cx).ack_timeout);
        open.again.said(pace, timer(SpacesTimer::Unpushed(gateway, number)), cx);
        let pushing = open.pushing.clone();
        cx.tell(counting::PUSHES.one());
        to_gateway(gateway, Letter::Push(pushing), cx);
    }

    /// A gateway has not acknowledged a push.
    pub(super) fn unpushed(&mut self, gateway: GatewayId, number: u64, cx: &mut Cx<'_>) {
        let open = self.gateways.get(&gateway).and_then(|it| it.open.get(&number));
        let Some(open) = open else { return };
        if open.again.times() < Self::options(cx).attempts {
            return self.say_push(gateway, number, cx);
        }
        self.suspects.suspect(cx.world().places.gateway(gateway), cx);
        let subscriber = self.gateways.get_mut(&gateway).expect("it was just looked at");
        for open in subscriber.open.values_mut() {
            open.again.stop(cx);
            open.again.forget_times();
        }
    }

    /// Something came from a gateway: one that was suspected gets what is open.
    pub(super) fn heard_gateway(&mut self, gateway: GatewayId, cx: &mut Cx<'_>) {
        let node = cx.world().places.gateway(gateway);
        if self.suspects.heard(node, cx).is_none() {
            return;
        }
        let open = self.gateways.get(&gateway).into_iter().flat_map(|it| it.open.keys());
        let open: Vec<u64> = open.copied().collect();
        for number in open {
            self.say_push(gateway, number, cx);
        }
    }

    /// A gateway has what was pushed. For whom it has no subscription nothing is pushed to it any more.
    pub(super) fn push_acked(
        &mut self,
        from: GatewayId,
        number: u64,
        strangers: &[ClientId],
        (boot, count): (u64, u64),
        cx: &mut Cx<'_>,
    ) {
        let Some(subscriber) = self.gateways.get_mut(&from) else { return };
        if let Some(mut open) = subscriber.open.remove(&number) {
            open.again.stop(cx);
        }
        for client in strangers {
            let Some(all) = self.subscriptions.get_mut(client) else { continue };
            let ends = |it: &Subscription| {
                it.gateway == from && (it.boot < boot || it.boot == boot && it.count <= count)
            };
            if all.iter().any(ends) {
                all.retain(|it| !ends(it));
                subscriber.leave(*client, cx);
            }
        }
    }
}
