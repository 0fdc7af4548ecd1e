//! Publishing: what clients send goes to the replicas of its space, and the sender hears when enough of them have it.

use std::rc::Rc;

use penult_sim::Time;

use super::{Gateway, GatewayDisk, to_device};
use crate::ids::MessageId;
use crate::message::{Flags, Message};
use crate::note::{Drop, Note, Wait};
use crate::packet::{Down, Packet, Up};
use crate::parts::{Again, Pace};
use crate::strategies::spaces::ids::{ServerId, Servers, SpaceId};
use crate::strategies::spaces::letters::{Entry, Letter, MapLetter, Numbers, Publishing, Reign};
use crate::strategies::spaces::options::Publish;
use crate::strategies::spaces::{Cx, SpacesTimer, counting, timer, to_directory, to_server};

/// A message that is published.
pub(super) struct Publication {
    message: Rc<Message>,
    flags: Flags,
    space: SpaceId,
    /// Whom it was sent to, and who has not answered.
    asked: Vec<Asked>,
    /// Who has stored it, as any acks say.
    stored: Servers,
    accepted: bool,
    /// Since when it waits.
    since: Time,
    look_up: Option<LookUp>,
}

struct Asked {
    server: ServerId,
    /// How it is sent, as often as it is.
    letter: Rc<Publishing>,
    again: Again,
}

/// What the directory is asked about its space.
struct LookUp {
    asks_cluster: bool,
    again: Again,
}

impl Gateway {
    /// Whether policy runs over what a packet brings.
    pub(in super::super) fn policy_runs(
        &mut self,
        packet: &Packet<Letter, Numbers>,
        cx: &Cx<'_>,
    ) -> u32 {
        let Packet::Up(Up::Submit(message)) = packet else { return 0 };
        let is_new = !self.is_known(message, cx.now());
        u32::from(is_new && self.intake.will_judge(message, cx.now()))
    }

    fn is_known(&mut self, message: &Message, now: Time) -> bool {
        let first = message.deliveries().next().expect("it has a recipient");
        self.publications.contains_key(&message.id) || self.published.knows(first, now)
    }

    /// A device asks to send.
    pub(super) fn submitted(
        &mut self,
        disk: &mut GatewayDisk,
        message: Rc<Message>,
        cx: &mut Cx<'_>,
    ) {
        let now = cx.now();
        if self.is_known(&message, now) {
            let open = self.publications.get(&message.id);
            if open.is_none_or(|open| open.accepted) {
                to_device(message.sender, Down::Accepted(message.id), cx);
            }
            return;
        }
        let options = &cx.world().strategy;
        let Some(flags) = self.intake.judge(&message, options.retention, cx) else { return };
        // A device whose disk was lost again and again may write to more than the plan knows: it gives that up.
        let Some(space) = options.plan.of_message(&message) else { return };
        for delivery in message.deliveries() {
            cx.tell(Note::Kept(delivery));
            cx.tell(Note::Stored { delivery, disk: penult_sim::Span::ZERO });
        }
        let id = message.id;
        let look_up = (!options.cache)
            .then(|| LookUp { asks_cluster: options.clusters > 1, again: Again::default() });
        let is_found = look_up.is_none();
        let (asked, stored) = (Vec::new(), Servers::default());
        let publication = Publication {
            message,
            flags,
            space,
            asked,
            stored,
            accepted: false,
            since: now,
            look_up,
        };
        self.publications.insert(id, publication);
        if is_found {
            self.publish(disk, id, cx);
        } else {
            self.look_up(id, cx);
        }
    }

    /// Asks the directory where the space of a message is, and again until it answers.
    pub(super) fn look_up(&mut self, id: MessageId, cx: &mut Cx<'_>) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let Some(look_up) = &mut publication.look_up else { return };
        let letter = match look_up.asks_cluster {
            true => MapLetter::Cluster(id),
            false => MapLetter::Servers(id, publication.space),
        };
        let pace = Pace::doubling(cx.world().strategy.ack_timeout);
        look_up.again.said(pace, timer(SpacesTimer::Unfound(id)), cx);
        to_directory(letter, cx);
    }

    pub(super) fn cluster_found(&mut self, id: MessageId, cx: &mut Cx<'_>) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        if let Some(look_up) = &mut publication.look_up
            && look_up.asks_cluster
        {
            look_up.asks_cluster = false;
            look_up.again.stop(cx);
            look_up.again.forget_times();
            self.look_up(id, cx);
        }
    }

    pub(super) fn servers_found(&mut self, disk: &mut GatewayDisk, id: MessageId, cx: &mut Cx<'_>) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        if publication.look_up.as_ref().is_some_and(|look_up| !look_up.asks_cluster) {
            let mut look_up = publication.look_up.take().expect("it was just looked at");
            look_up.again.stop(cx);
            self.publish(disk, id, cx);
        }
    }

    /// The replicas that are not suspected: who numbers the space comes first, then the nearest.
    fn in_reach(&self, disk: &GatewayDisk, space: SpaceId, cx: &Cx<'_>) -> Vec<ServerId> {
        let options = &cx.world().strategy;
        let replicas = disk.map.replicas(space, options);
        let lead = options.lead.then(|| self.leads.get(&space).map_or(replicas[0], |it| it.lead));
        let live = replicas.iter().copied().filter(|&server| !self.is_suspect(server, cx));
        let mut live: Vec<ServerId> = live.collect();
        // Stable: of equals as the space has them.
        live.sort_by_key(|&it| (Some(it) != lead, options.plan.distance(self.me, it)));
        live
    }

    /// Those to whom a message of a space goes now.
    fn targets(&self, disk: &GatewayDisk, space: SpaceId, cx: &Cx<'_>) -> Vec<ServerId> {
        let options = &cx.world().strategy;
        let mut live = self.in_reach(disk, space, cx);
        live.truncate(match options.publish {
            Publish::All => usize::MAX,
            Publish::Quorum => options.majority() as usize,
            Publish::Nearest => 1,
        });
        live
    }

    /// Sends a message to those who are to get it now and have neither acknowledged it nor are asked.
    pub(super) fn publish(&mut self, disk: &GatewayDisk, id: MessageId, cx: &mut Cx<'_>) {
        let publication = &self.publications[&id];
        let targets = self.targets(disk, publication.space, cx);
        let new = targets.iter().copied().filter(|&it| !publication.concerns(it)).collect();
        self.send_to(disk, id, &targets, new, cx);
    }

    /// Sends a message to these. The first of the targets is told more.
    fn send_to(
        &mut self,
        disk: &GatewayDisk,
        id: MessageId,
        targets: &[ServerId],
        new: Vec<ServerId>,
        cx: &mut Cx<'_>,
    ) {
        let options = &cx.world().strategy;
        let publication = self.publications.get_mut(&id).expect("it is published");
        let (message, flags, space) =
            (publication.message.clone(), publication.flags, publication.space);
        let mut counted = publication.stored.clone();
        publication.asked.iter().for_each(|asked| _ = counted.add(asked.server));
        new.iter().for_each(|&it| _ = counted.add(it));
        let wanted = options.wanted();
        for server in new {
            let is_first = targets.first() == Some(&server);
            let rest = (is_first && options.publish != Publish::All).then(|| {
                let mut rest = Servers::default();
                let replicas = disk.map.replicas(space, options).iter();
                let others = replicas.filter(|&it| !targets.contains(it));
                others.for_each(|&it| _ = rest.add(it));
                rest
            });
            let report = if is_first && counted.count() < wanted { wanted } else { 0 };
            let letter =
                Rc::new(Publishing { message: message.clone(), flags, space, rest, report });
            self.ask(id, server, letter, cx);
        }
    }

    fn ask(&mut self, id: MessageId, server: ServerId, letter: Rc<Publishing>, cx: &mut Cx<'_>) {
        let publication = self.publications.get_mut(&id).expect("it is published");
        publication.asked.push(Asked { server, letter, again: Again::default() });
        self.send(id, server, cx);
    }

    fn send(&mut self, id: MessageId, server: ServerId, cx: &mut Cx<'_>) {
        let publication = self.publications.get_mut(&id).expect("it is published");
        let asked = publication.asked.iter_mut().find(|asked| asked.server == server);
        let asked = asked.expect("it is asked");
        let pace = Pace::steady(cx.world().strategy.ack_timeout);
        asked.again.said(pace, timer(SpacesTimer::Unacked(id, server)), cx);
        let letter = asked.letter.clone();
        cx.tell(counting::PUBLICATIONS.one());
        to_server(server, Letter::Publish(letter), cx);
    }

    /// A server has not acknowledged a message.
    pub(super) fn unacked(
        &mut self,
        disk: &mut GatewayDisk,
        id: MessageId,
        server: ServerId,
        cx: &mut Cx<'_>,
    ) {
        let Some(publication) = self.publications.get(&id) else { return };
        let asked = publication.asked.iter().find(|asked| asked.server == server);
        let Some(asked) = asked else { return };
        if asked.again.times() < cx.world().strategy.attempts {
            self.send(id, server, cx);
        } else {
            self.suspect(disk, server, cx);
        }
    }

    /// A server has it; these have it, as it knows.
    pub(super) fn acked(
        &mut self,
        _: &mut GatewayDisk,
        server: ServerId,
        id: MessageId,
        holders: &Servers,
        lead: Option<Reign>,
        cx: &mut Cx<'_>,
    ) {
        let Some(publication) = self.publications.get_mut(&id) else { return };
        let space = publication.space;
        publication.stored.add_all(holders);
        publication.stored.add(server);
        publication.answered(server, cx);
        if let Some(lead) = lead {
            self.learn_lead(space, lead);
        }
        self.look_at(id, cx);
    }

    fn learn_lead(&mut self, space: SpaceId, reign: Reign) {
        if reign.term > self.leads.get(&space).map_or(1, |known| known.term) {
            self.leads.insert(space, reign);
        }
    }

    /// Whether it is accepted now, and whether it need be kept.
    fn look_at(&mut self, id: MessageId, cx: &mut Cx<'_>) {
        let options = &cx.world().strategy;
        let publication = self.publications.get_mut(&id).expect("it is published");
        if !publication.accepted && publication.stored.count() >= options.wanted() {
            publication.accepted = true;
            let message = publication.message.clone();
            let first = message.deliveries().next().expect("it has a recipient");
            self.published.add(first, Some(&message), cx.now(), options.retention);
            to_device(message.sender, Down::Accepted(id), cx);
        }
        let publication = &self.publications[&id];
        if publication.accepted && publication.asked.is_empty() {
            let publication = self.publications.remove(&id).expect("it was just looked at");
            for delivery in publication.message.deliveries() {
                if !self.holds(delivery) {
                    cx.tell(Note::Dropped(delivery, Drop::HandedOn));
                }
            }
        }
    }

    /// A server is suspected: what waited for it goes to others.
    pub(super) fn publish_past(&mut self, disk: &GatewayDisk, suspect: ServerId, cx: &mut Cx<'_>) {
        let waits = |it: &Publication| it.asked.iter().any(|asked| asked.server == suspect);
        let waiting = self.publications.iter().filter(|(_, it)| waits(it));
        let waiting: Vec<MessageId> = waiting.map(|(&id, _)| id).collect();
        for id in waiting {
            let publication = self.publications.get_mut(&id).expect("it was just listed");
            publication.answered(suspect, cx);
            publication.waited_for(suspect, cx);
            if publication.accepted {
                self.look_at(id, cx);
                continue;
            }
            self.publish(disk, id, cx);
            if self.publications[&id].asked.is_empty() {
                self.publish_again(disk, id, cx);
            }
        }
    }

    /// Nobody is left to wait for: the first of those that have it is to say when enough have.
    fn publish_again(&mut self, disk: &GatewayDisk, id: MessageId, cx: &mut Cx<'_>) {
        let publication = &self.publications[&id];
        let in_reach = self.targets(disk, publication.space, cx);
        let has = in_reach.into_iter().find(|&it| publication.stored.has(it));
        let Some(server) = has else { return };
        let letter = Rc::new(Publishing {
            message: publication.message.clone(),
            flags: publication.flags,
            space: publication.space,
            rest: None,
            report: cx.world().strategy.wanted(),
        });
        self.ask(id, server, letter, cx);
    }

    /// A suspect was heard again, or lives anew: it gets what is not accepted and not acknowledged by it.
    pub(super) fn publish_to(
        &mut self,
        disk: &GatewayDisk,
        server: ServerId,
        lives_anew: bool,
        cx: &mut Cx<'_>,
    ) {
        let options = &cx.world().strategy;
        let open = self.publications.iter_mut().filter(|(_, it)| !it.accepted);
        let mut wanting = Vec::new();
        for (&id, publication) in open {
            let is_replica = disk.map.replicas(publication.space, options).contains(&server);
            let is_asked = publication.asked.iter().any(|asked| asked.server == server);
            let is_wanting = match lives_anew {
                // What it said of its life before is void.
                true => publication.stored.remove(server),
                false => is_replica && !publication.stored.has(server),
            };
            if publication.look_up.is_none() && !is_asked && is_wanting {
                wanting.push(id);
            }
        }
        for id in wanting {
            let publication = self.publications.get_mut(&id).expect("it was just listed");
            publication.since = cx.now();
            let targets = self.targets(disk, self.publications[&id].space, cx);
            self.send_to(disk, id, &targets, vec![server], cx);
        }
    }

    /// Spaces have moved: what is not accepted goes to the new replicas.
    pub(super) fn moved(&mut self, disk: &mut GatewayDisk, entries: &[Entry], cx: &mut Cx<'_>) {
        let new = entries.iter().filter(|entry| disk.map.learn(entry));
        let spaces: Vec<SpaceId> = new.map(|entry| entry.space).collect();
        if spaces.is_empty() {
            return;
        }
        let open = self
            .publications
            .iter()
            .filter(|(_, it)| !it.accepted && it.look_up.is_none() && spaces.contains(&it.space));
        let open: Vec<MessageId> = open.map(|(&id, _)| id).collect();
        for id in open {
            self.publish(disk, id, cx);
        }
        self.subscribe_anew(disk, &spaces, cx);
    }
}

impl Publication {
    /// Whether a server has it or is asked.
    fn concerns(&self, server: ServerId) -> bool {
        self.stored.has(server) || self.asked.iter().any(|asked| asked.server == server)
    }

    /// Nobody waits for this server any more.
    fn answered(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        let place = self.asked.iter().position(|asked| asked.server == server);
        if let Some(place) = place {
            self.asked.remove(place).again.stop(cx);
        }
    }

    /// It waited for a server in vain until now.
    fn waited_for(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        let (node, now) = (server.node(&cx.world().places), cx.now());
        let since = std::mem::replace(&mut self.since, now);
        if now > since {
            for delivery in self.message.deliveries() {
                cx.tell(Note::Waited { delivery, why: Wait::For(node), since });
            }
        }
    }
}
