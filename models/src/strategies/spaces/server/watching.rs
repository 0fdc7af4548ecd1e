//! Watching: heartbeats, which peers a server takes for dead, and what follows.

use penult_sim::{Delay, Distribution};

use super::{Replica, ReplicaDisk};
use crate::parts::Pace;
use crate::purpose;
use crate::strategies::spaces::ids::{ServerId, Servers};
use crate::strategies::spaces::letters::{Letter, MapLetter};
use crate::strategies::spaces::{Cx, SpacesTimer, timer, to_directory, to_gateway, to_server};

impl Replica {
    /// The first heartbeat of the run.
    pub(super) fn first_beat(&mut self, cx: &mut Cx<'_>) {
        let every = Self::options(cx).beat;
        let phase = Distribution::uniform(0.0, every.as_nanos() as f64);
        let phase = Delay::from_nanos(phase.expect("a period is a range"));
        let wait = phase.sample(&mut cx.draw(purpose::SPACES_HEARTBEAT_PHASE));
        cx.set_background_timer(wait, timer(SpacesTimer::Beat));
    }

    /// The first after a return, and each next one.
    pub(super) fn later_beat(&mut self, cx: &mut Cx<'_>) {
        cx.set_background_timer(Self::options(cx).beat, timer(SpacesTimer::Beat));
    }

    /// Says to peers, and to gateways that are subscribed, that it is there.
    pub(super) fn beat(&mut self, cx: &mut Cx<'_>) {
        self.later_beat(cx);
        let peers = self.peers.iter().filter(|(_, peer)| peer.shares);
        for (&server, _) in peers {
            to_server(server, Letter::Beat(self.boot), cx);
        }
        if self.serves() {
            for gateway in self.subscribed_gateways() {
                to_gateway(gateway, Letter::Beat(self.boot), cx);
            }
        }
    }

    /// Begins to watch a peer, unless that is watched.
    pub(super) fn watch(&mut self, server: ServerId, cx: &mut Cx<'_>) {
        let silence = Self::options(cx).silence();
        let suspected = self.is_suspect(server, cx);
        let peer = self.peer(server, cx);
        if !suspected && !std::mem::replace(&mut peer.watched, true) {
            let due = peer.heard + silence;
            let wait = due.max(cx.now()) - cx.now();
            cx.set_background_timer(wait, timer(SpacesTimer::Silent(server)));
        }
    }

    /// A peer may have been silent for too long.
    pub(super) fn silent(&mut self, disk: &mut ReplicaDisk, server: ServerId, cx: &mut Cx<'_>) {
        let silence = Self::options(cx).silence();
        let suspected = self.is_suspect(server, cx);
        let peer = self.peer(server, cx);
        peer.watched = false;
        if suspected || !peer.shares {
            return;
        }
        if peer.heard + silence <= cx.now() {
            self.suspect(disk, server, cx);
        } else {
            self.watch(server, cx);
        }
    }

    /// Takes a peer for dead.
    pub(super) fn suspect(&mut self, disk: &mut ReplicaDisk, server: ServerId, cx: &mut Cx<'_>) {
        if !self.suspects.suspect(server.node(&cx.world().places), cx) {
            return;
        }
        self.peer(server, cx).suspected = cx.now();
        self.wait_for_lead(disk, server, cx);
        self.rest_offers(server, cx);
        self.rest_exchange(disk, server, cx);
        if let Some(after) = Self::options(cx).replace_after {
            let replacing = self.replacing.entry(server).or_default();
            let pace = Pace::doubling(Self::options(cx).ack_timeout).in_background();
            let reminder = timer(SpacesTimer::Replace(server));
            replacing.begins_after(after, pace, reminder, cx);
        }
        self.consider_all(disk, server, cx);
    }

    /// Something came from a peer.
    pub(super) fn heard_peer(&mut self, disk: &mut ReplicaDisk, server: ServerId, cx: &mut Cx<'_>) {
        self.peer(server, cx).heard = cx.now();
        if self.suspects.heard(server.node(&cx.world().places), cx).is_none() {
            return;
        }
        if let Some(mut replacing) = self.replacing.remove(&server) {
            replacing.stop(cx);
        }
        if self.peer(server, cx).shares {
            self.watch(server, cx);
        }
        self.offer_all(disk, server, cx);
        self.resume_exchange(disk, server, cx);
        self.consider_all(disk, server, cx);
    }

    /// A peer says in which life it is: in a new one it may have lost what it had of spaces that this server has no more.
    pub(super) fn peer_lives(
        &mut self,
        disk: &mut ReplicaDisk,
        server: ServerId,
        boot: u64,
        cx: &mut Cx<'_>,
    ) {
        let peer = self.peer(server, cx);
        if boot <= peer.boot {
            return;
        }
        peer.boot = boot;
        for space in self.shelf(disk, cx).spaces() {
            let replicas = disk.map.replicas(space, Self::options(cx));
            if self.spaces.contains(&space) || !replicas.contains(&server) {
                continue;
            }
            let ids: Vec<_> = self.shelf(disk, cx).of(space).collect();
            for id in ids {
                if let Some(stored) = self.shelf(disk, cx).get_mut(id) {
                    stored.holders.remove(server);
                }
            }
            self.offer_space(disk, space, cx);
        }
    }

    /// A suspect has been one for long enough: the first of those beside it asks that another take its place.
    pub(super) fn replace(&mut self, disk: &mut ReplicaDisk, server: ServerId, cx: &mut Cx<'_>) {
        if !self.is_suspect(server, cx) {
            return;
        }
        let options = Self::options(cx);
        let is_first = |replicas: &[ServerId]| {
            let mut live = replicas.iter().filter(|&&it| !self.is_suspect(it, cx));
            live.next() == Some(&self.me)
        };
        let mut replicas = self.spaces.iter().map(|&space| disk.map.replicas(space, options));
        if replicas.any(|it| it.contains(&server) && is_first(it)) {
            to_directory(MapLetter::Dead(server), cx);
        }
        let replacing = self.replacing.entry(server).or_default();
        let pace = Pace::doubling(options.ack_timeout).in_background();
        replacing.said(pace, timer(SpacesTimer::Replace(server)), cx);
    }

    /// The others of a space that are not suspected.
    pub(super) fn live_others(
        &self,
        disk: &ReplicaDisk,
        space: crate::strategies::spaces::SpaceId,
        cx: &Cx<'_>,
    ) -> Servers {
        let mut live = Servers::default();
        for server in self.others(disk, space, cx) {
            if !self.is_suspect(server, cx) {
                live.add(server);
            }
        }
        live
    }
}
