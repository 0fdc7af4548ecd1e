//! A space server: it stores what is published in its spaces, pushes it to whom subscribed, and keeps its peers equal.
//! Each file beside this one has one subject.

mod election;
mod lead;
mod numbers;
mod offering;
mod returning;
mod shelf;
mod storing;
mod subscribers;
mod watching;

use std::collections::{BTreeMap, BTreeSet};

use penult_sim::{NodeId, TimerId};

use super::ids::{ServerId, Servers, SpaceId};
use super::letters::{Entry, Letter, MapLetter};
use super::map::Map;
use super::options::SpacesOptions;
use super::{Cx, SpacesTimer};
use crate::ids::{ClientId, GatewayId, MessageId};
use crate::parts::{Again, Intake, Probe, Suspects, Written};
use crate::places::Kind;
use crate::world::QueuePlace;
use lead::Throne;
use offering::Peer;
use returning::Returning;
use shelf::Shelf;
use storing::{Coming, Work};
use subscribers::{Subscriber, Subscription};

/// A space server's memory.
pub struct Replica {
    me: ServerId,
    /// When this life began.
    boot: u64,
    /// Empty where queues are on disk.
    shelf: Shelf,
    intake: Intake<Work>,
    /// What waits for what is being written.
    coming: BTreeMap<MessageId, Coming>,
    suspects: Suspects<NodeId>,
    /// How far the replacing of each suspect is.
    replacing: BTreeMap<ServerId, Again>,
    peers: BTreeMap<ServerId, Peer>,
    /// The gateways that something was pushed to.
    gateways: BTreeMap<GatewayId, Subscriber>,
    /// At which gateways clients are subscribed.
    subscriptions: BTreeMap<ClientId, Vec<Subscription>>,
    /// Absent once it serves.
    returning: Option<Returning>,
    /// Who stands, and waits to stand, for what.
    thrones: BTreeMap<SpaceId, Throne>,
    /// The spaces that it has now.
    spaces: BTreeSet<SpaceId>,
    /// Numbers questions to peers.
    rounds: u64,
    /// When something expires next, and what reminds of it.
    expires: Option<(penult_sim::Time, TimerId)>,
}

/// A space server's disk.
#[derive(Default)]
pub struct ReplicaDisk {
    map: Map,
    /// The last term that was granted, by space.
    granted: BTreeMap<SpaceId, u32>,
    /// Empty where queues are in memory.
    shelf: Shelf,
}

impl ReplicaDisk {
    /// The map and the grants stay.
    pub(super) fn lose(&mut self) {
        self.shelf = Shelf::default();
    }
}

/// The shelf that a server uses, its own or its disk's.
fn shelf<'a>(mine: &'a mut Shelf, disk: &'a mut ReplicaDisk, cx: &Cx<'_>) -> &'a mut Shelf {
    match cx.world().queue {
        QueuePlace::Memory => mine,
        QueuePlace::Disk => &mut disk.shelf,
    }
}

impl Replica {
    pub(super) fn start(disk: &mut ReplicaDisk, cx: &mut Cx<'_>) -> Self {
        let mut replica = Replica::new(0, disk, cx);
        replica.first_subscriptions(disk, cx);
        replica.first_leads(disk, cx);
        replica.first_beat(cx);
        replica
    }

    /// Comes back: with what is on the disk, and before it serves with what its peers have beside.
    pub(super) fn recover(disk: &mut ReplicaDisk, cx: &mut Cx<'_>) -> Self {
        let mut replica = Replica::new(cx.now().nanos(), disk, cx);
        replica.later_beat(cx);
        replica.come_back(disk, cx);
        replica
    }

    fn new(boot: u64, disk: &mut ReplicaDisk, cx: &mut Cx<'_>) -> Self {
        let me = ServerId::of(cx.node(), &cx.world().places).expect("a space server's node");
        let options = &cx.world().strategy;
        let spaces = options.plan.all();
        let own = spaces.filter(|&space| disk.map.replicas(space, options).contains(&me));
        let mut replica = Replica {
            me,
            boot,
            shelf: Shelf::default(),
            intake: Intake::default(),
            coming: BTreeMap::new(),
            suspects: Suspects::default(),
            replacing: BTreeMap::new(),
            peers: BTreeMap::new(),
            gateways: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            returning: None,
            thrones: BTreeMap::new(),
            spaces: own.collect(),
            rounds: boot,
            expires: None,
        };
        replica.meet_peers(disk, cx);
        replica
    }

    /// Learns who else has its spaces, and watches them.
    fn meet_peers(&mut self, disk: &ReplicaDisk, cx: &mut Cx<'_>) {
        let options = &cx.world().strategy;
        let mut all = Servers::default();
        let mut found = Vec::new();
        for &space in &self.spaces {
            for &server in disk.map.replicas(space, options) {
                if server != self.me && all.add(server) {
                    found.push(server);
                }
            }
        }
        for (server, peer) in &mut self.peers {
            peer.shares = all.has(*server);
        }
        found.sort_unstable();
        for server in found {
            self.peer(server, cx).shares = true;
            self.watch(server, cx);
        }
    }

    fn peer(&mut self, server: ServerId, cx: &Cx<'_>) -> &mut Peer {
        let now = cx.now();
        self.peers.entry(server).or_insert_with(|| Peer::new(now))
    }

    fn options<'a>(cx: &Cx<'a>) -> &'a SpacesOptions {
        &cx.world().strategy
    }

    fn shelf<'a>(&'a mut self, disk: &'a mut ReplicaDisk, cx: &Cx<'_>) -> &'a mut Shelf {
        shelf(&mut self.shelf, disk, cx)
    }

    fn is_suspect(&self, server: ServerId, cx: &Cx<'_>) -> bool {
        self.suspects.has(server.node(&cx.world().places))
    }

    /// Whether it serves: it has what its peers had when it came back.
    fn serves(&self) -> bool {
        self.returning.is_none()
    }

    /// The other servers that have a space now.
    fn others(&self, disk: &ReplicaDisk, space: SpaceId, cx: &Cx<'_>) -> Vec<ServerId> {
        let replicas = disk.map.replicas(space, Self::options(cx));
        replicas.iter().copied().filter(|&it| it != self.me).collect()
    }

    pub(super) fn receive(
        &mut self,
        disk: &mut ReplicaDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        match cx.world().places.kind(from) {
            Kind::Gateway(gateway) => {
                self.heard_gateway(gateway, cx);
                self.gateway_said(disk, gateway, letter, cx);
            }
            _ => match ServerId::of(from, &cx.world().places) {
                Some(peer) => {
                    self.heard_peer(disk, peer, cx);
                    self.peer_said(disk, peer, letter, cx);
                }
                None => self.directory_said(disk, letter, cx),
            },
        }
    }

    fn gateway_said(
        &mut self,
        disk: &mut ReplicaDisk,
        from: GatewayId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            Letter::Publish(publishing) => self.published(disk, from, &publishing, cx),
            Letter::Subscribe(subscribing) => {
                if self.serves() {
                    self.subscribed(disk, from, &subscribing, cx);
                }
            }
            Letter::Pushed { boot, number, strangers, as_of } => {
                if boot == self.boot {
                    self.push_acked(from, number, &strangers, as_of, cx);
                }
            }
            Letter::AreYouThere => {
                if self.serves() {
                    super::to_gateway(from, Letter::Here(self.boot), cx);
                }
            }
            Letter::Here(_) => {}
            letter => panic!("{from} sent {letter:?} to a space server"),
        }
    }

    fn peer_said(
        &mut self,
        disk: &mut ReplicaDisk,
        from: ServerId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            Letter::Ack { message, holders, .. } => {
                self.peer_acked(disk, from, message, &holders, cx);
            }
            Letter::Copy(copied) => self.copied(disk, from, &copied, cx),
            Letter::Offer { round, offered } => self.offered(disk, from, round, &offered, cx),
            Letter::Answer { round, answers, reigns } => {
                self.offer_answered(disk, from, round, &answers, &reigns, cx);
            }
            Letter::Exchange { round, ids, reigns } => {
                self.asked_to_exchange(disk, from, round, &ids, &reigns, cx);
            }
            Letter::Missing(missing) => self.exchanged(disk, from, &missing, cx),
            Letter::Beat(boot) | Letter::Here(boot) => self.peer_lives(disk, from, boot, cx),
            Letter::AreYouThere => super::to_server(from, Letter::Here(self.boot), cx),
            Letter::Lead(letter) => self.lead_said(disk, from, letter, cx),
            letter => panic!("{from} sent {letter:?} to a space server"),
        }
    }

    fn directory_said(&mut self, disk: &mut ReplicaDisk, letter: Letter, cx: &mut Cx<'_>) {
        match letter {
            Letter::Map(MapLetter::Moved { number, entries }) => {
                super::to_directory(MapLetter::MovedHeard(number), cx);
                self.moved(disk, &entries, cx);
            }
            Letter::Map(MapLetter::DeadHeard(server)) => {
                if let Some(replacing) = self.replacing.get_mut(&server) {
                    replacing.stop(cx);
                }
            }
            letter => panic!("the directory sent {letter:?} to a space server"),
        }
    }

    /// Spaces have moved. Who had them offers the new ones all.
    fn moved(&mut self, disk: &mut ReplicaDisk, entries: &[Entry], cx: &mut Cx<'_>) {
        let new: Vec<&Entry> = entries.iter().filter(|entry| disk.map.learn(entry)).collect();
        if new.is_empty() {
            return;
        }
        for entry in &new {
            match entry.replicas.contains(&self.me) {
                true => self.spaces.insert(entry.space),
                false => self.spaces.remove(&entry.space),
            };
        }
        self.meet_peers(disk, cx);
        for entry in new {
            self.offer_space(disk, entry.space, cx);
        }
    }

    pub(super) fn wake(&mut self, disk: &mut ReplicaDisk, reminder: SpacesTimer, cx: &mut Cx<'_>) {
        match reminder {
            SpacesTimer::Written(first) => {
                let (work, writing) = self.intake.written(Written(first));
                self.stored(disk, work, writing, cx);
            }
            SpacesTimer::Probe(node) => self.suspects.probe(Probe(node), cx),
            SpacesTimer::Expires => self.expire(disk, cx),
            SpacesTimer::Silent(server) => self.silent(disk, server, cx),
            SpacesTimer::Due(server) => self.due(disk, server, cx),
            SpacesTimer::Unoffered(server, round) => self.unoffered(disk, server, round, cx),
            SpacesTimer::Unexchanged(server) => self.unexchanged(disk, server, cx),
            SpacesTimer::Unpushed(gateway, number) => self.unpushed(gateway, number, cx),
            SpacesTimer::Beat => self.beat(cx),
            SpacesTimer::Elect(space) => self.may_stand(disk, space, cx),
            SpacesTimer::Unelected(space) => self.unelected(disk, space, cx),
            SpacesTimer::Replace(server) => self.replace(disk, server, cx),
            timer => panic!("a space server has no {timer:?}"),
        }
    }
}
