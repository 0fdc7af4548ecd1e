//! Subscribing: where a gateway wants what is for its clients, and what it asks for.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::rc::Rc;

use super::seating::Guest;
use super::{Gateway, GatewayDisk};
use crate::ids::ClientId;
use crate::parts::{Again, Pace};
use crate::strategies::spaces::ids::{ServerId, SpaceId};
use crate::strategies::spaces::letters::{Letter, Subscribing, Wanted};
use crate::strategies::spaces::options::Subscribe;
use crate::strategies::spaces::{Cx, SpacesTimer, timer, to_server};

/// A subscription of a client at a server.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Subscription {
    /// Whether the server has answered it.
    pub(super) answered: bool,
}

/// What a server has yet to answer.
#[derive(Debug)]
pub(super) struct Question {
    count: u64,
    clients: Rc<[ClientId]>,
    again: Again,
}

impl Gateway {
    /// Where a client is to be subscribed.
    fn places_of(&self, disk: &GatewayDisk, client: ClientId, cx: &Cx<'_>) -> Vec<ServerId> {
        let options = &cx.world().strategy;
        let mut places: Vec<ServerId> = Vec::new();
        for &space in options.plan.of_client(client) {
            let replicas = disk.map.replicas(space, options);
            match options.subscribe {
                Subscribe::All => places.extend(replicas),
                Subscribe::Nearest => places.extend(self.nearest(replicas, cx)),
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// The nearest of some replicas that is not suspected; if all are, the nearest.
    fn nearest(&self, replicas: &[ServerId], cx: &Cx<'_>) -> Option<ServerId> {
        let plan = &cx.world().strategy.plan;
        // Of equals the first.
        let far = |&it: &ServerId| (self.is_suspect(it, cx), plan.distance(self.me, it));
        replicas.iter().copied().min_by_key(far)
    }

    /// Those subscriptions of a client that there are in the beginning.
    pub(super) fn first_subscriptions(
        &mut self,
        disk: &GatewayDisk,
        client: ClientId,
        cx: &mut Cx<'_>,
    ) {
        for server in self.places_of(disk, client, cx) {
            let guest = self.guests.get_mut(&client).expect("it is hosted here");
            guest.subscriptions.insert(server, Subscription { answered: true });
            self.watch(server, cx);
        }
    }

    /// Sees to it that a client is subscribed where it should be. What is not asked for yet waits.
    pub(super) fn subscribe(&mut self, disk: &GatewayDisk, client: ClientId, cx: &mut Cx<'_>) {
        // Without its numbers nobody subscribes.
        if self.guests.get(&client).is_none_or(|guest| guest.has.is_none()) {
            return;
        }
        let places = self.places_of(disk, client, cx);
        for &server in &places {
            let guest = self.guests.get_mut(&client).expect("it is hosted here");
            if let Entry::Vacant(new) = guest.subscriptions.entry(server) {
                new.insert(Subscription::default());
                self.servers[server.index()].waiting.insert(client);
                self.watch(server, cx);
            }
        }
        self.end_old(client, &places);
    }

    /// Spaces have moved: their members are to be subscribed elsewhere.
    pub(super) fn subscribe_anew(
        &mut self,
        disk: &GatewayDisk,
        spaces: &[SpaceId],
        cx: &mut Cx<'_>,
    ) {
        let plan = &cx.world().strategy.plan;
        let mut members: Vec<ClientId> =
            spaces.iter().flat_map(|&space| plan.space(space).members.iter().copied()).collect();
        members.sort_unstable();
        members.dedup();
        for client in members {
            self.subscribe(disk, client, cx);
        }
        self.subscribe_all(cx);
    }

    /// Once all new subscriptions of a client are answered, its old ones end.
    fn end_old(&mut self, client: ClientId, places: &[ServerId]) {
        let Some(guest) = self.guests.get_mut(&client) else { return };
        let all_answered = places
            .iter()
            .all(|server| guest.subscriptions.get(server).is_some_and(|it| it.answered));
        if !all_answered || guest.subscriptions.len() == places.len() {
            return;
        }
        let old: Vec<ServerId> =
            guest.subscriptions.keys().copied().filter(|it| !places.contains(it)).collect();
        for server in old {
            self.end(client, server);
        }
    }

    fn end(&mut self, client: ClientId, server: ServerId) {
        let Some(guest) = self.guests.get_mut(&client) else { return };
        if guest.subscriptions.remove(&server).is_some() {
            let source = &mut self.servers[server.index()];
            source.watch.subscribed -= 1;
            source.waiting.remove(&client);
        }
    }

    /// A client is not hosted here any more, or since a later epoch: its subscriptions end.
    pub(super) fn end_all(&mut self, client: ClientId) {
        let Some(guest) = self.guests.get(&client) else { return };
        let all: Vec<ServerId> = guest.subscriptions.keys().copied().collect();
        for server in all {
            self.end(client, server);
        }
    }

    /// Asks for what waits, everywhere.
    pub(super) fn subscribe_all(&mut self, cx: &mut Cx<'_>) {
        for number in 0..cx.world().strategy.servers {
            self.subscribe_at(ServerId(number), cx);
        }
    }

    /// Asks a server for all who wait, unless it is suspected or has yet to answer.
    pub(super) fn subscribe_at(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        let suspected = self.is_suspect(server, cx);
        let source = &mut self.servers[server.index()];
        if suspected || source.question.is_some() || source.waiting.is_empty() {
            return;
        }
        self.subscribed += 1;
        let clients = std::mem::take(&mut source.waiting).into_iter().collect();
        source.question =
            Some(Question { count: self.subscribed, clients, again: Again::default() });
        self.ask_for(server, cx);
    }

    fn ask_for(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        let since = self.servers[server.index()].question.as_ref().map(|it| it.clients.clone());
        let asked = since.expect("there is something to ask");
        let wanted = |&client: &ClientId| {
            let guest = self.guests.get(&client)?;
            guest.subscriptions.get(&server)?;
            let (has, words) = guest.numbers()?;
            let since = guest.since.min(cx.now());
            let epoch = self.seats.view(client, cx).epoch;
            Some(Wanted { client, epoch, has, words, since })
        };
        let clients: Vec<Wanted> = asked.iter().filter_map(wanted).collect();
        let question = self.servers[server.index()].question.as_mut().expect("it is open");
        let pace = Pace::steady(cx.world().strategy.ack_timeout);
        question.again.said(pace, timer(SpacesTimer::Unanswered(server)), cx);
        let subscribing = Subscribing { boot: self.boot, count: question.count, clients };
        to_server(server, Letter::Subscribe(Rc::new(subscribing)), cx);
    }

    /// A server has not answered a subscription.
    pub(super) fn unanswered(&mut self, disk: &mut GatewayDisk, server: ServerId, cx: &mut Cx<'_>) {
        let Some(question) = &self.servers[server.index()].question else { return };
        if question.again.times() < cx.world().strategy.attempts {
            self.ask_for(server, cx);
        } else {
            self.suspect(disk, server, cx);
        }
    }

    /// A server is suspected: what it has not answered waits until it is heard.
    pub(super) fn give_up_subscribing(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        let source = &mut self.servers[server.index()];
        let Some(mut question) = source.question.take() else { return };
        question.again.stop(cx);
        for &client in question.clients.iter() {
            let guest = self.guests.get(&client);
            let open = guest.and_then(|guest| guest.subscriptions.get(&server));
            if open.is_some_and(|it| !it.answered) {
                source.waiting.insert(client);
            }
        }
    }

    /// A server lives anew: all that were subscribed there are to be anew.
    pub(super) fn forget_subscriptions_at(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        self.give_up_subscribing(server, cx);
        for (&client, guest) in &mut self.guests {
            if let Some(subscription) = guest.subscriptions.get_mut(&server) {
                subscription.answered = false;
                self.servers[server.index()].waiting.insert(client);
            }
        }
    }

    /// A server answered a subscription.
    pub(super) fn answered_subscription(
        &mut self,
        disk: &GatewayDisk,
        server: ServerId,
        count: u64,
        cx: &mut Cx<'_>,
    ) {
        let source = &mut self.servers[server.index()];
        if source.question.as_ref().is_none_or(|question| question.count != count) {
            return;
        }
        let mut question = source.question.take().expect("it was just looked at");
        question.again.stop(cx);
        for &client in question.clients.iter() {
            // Who waits again has changed meanwhile.
            let waits = self.servers[server.index()].waiting.contains(&client);
            let Some(guest) = self.guests.get_mut(&client) else { continue };
            if let Some(subscription) = guest.subscriptions.get_mut(&server)
                && !waits
            {
                subscription.answered = true;
                let places = self.places_of(disk, client, cx);
                self.end_old(client, &places);
            }
        }
        self.subscribe_at(server, cx);
    }
}

/// The subscriptions of a client, by server.
pub(super) type Subscriptions = BTreeMap<ServerId, Subscription>;

impl Guest {
    /// What a client has, as it is said to a server, and as how many numbers and gaps.
    fn numbers(&self) -> Option<(Rc<[crate::ids::MessageId]>, u32)> {
        let has = self.has.as_ref()?;
        Some((has.iter().copied().collect(), self.words.max(u32::from(!has.is_empty()))))
    }
}
