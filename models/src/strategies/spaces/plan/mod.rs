//! The plan: which spaces there are, who is in them, which servers have them. Configuration, known to all from the
//! start.

mod clusters;
mod list;
mod placement;

use std::collections::BTreeMap;
use std::fmt::Write;

use penult_sim::{RegionId, Span};

use super::ids::{ServerId, SpaceId};
use super::options::{SpaceName, SpacesOptions};
use crate::ids::{ClientId, GatewayId};
use crate::message::Message;
use crate::setup::Setup;
use crate::world::World;

/// A space.
#[derive(Clone, Debug)]
pub struct Space {
    /// Who is in it, numbers ascending.
    pub members: Box<[ClientId]>,
    /// The cluster in which it begins.
    pub cluster: u32,
    /// The servers of that cluster in the order in which they have it.
    pub order: Box<[ServerId]>,
}

/// What all nodes know from the start.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    spaces: Vec<Space>,
    names: Vec<SpaceName>,
    /// How many of them are conversations; they come first.
    conversations: u32,
    /// The others by their members.
    sets: BTreeMap<Box<[ClientId]>, SpaceId>,
    /// The spaces of each client.
    of_client: Vec<Vec<SpaceId>>,
    /// The region of each server.
    regions: Vec<Option<RegionId>>,
    /// The region of each gateway.
    of_gateway: Vec<Option<RegionId>>,
    /// Between regions, the gateway's first, in nanoseconds.
    apart: Vec<Vec<u64>>,
    clusters: u32,
}

impl Plan {
    /// The plan of a world.
    pub(super) fn new(world: &World<SpacesOptions>, setup: &Setup) -> Plan {
        let options = &world.strategy;
        let regions = setup.services().iter().skip(1).map(|service| service.region).collect();
        let of_gateway = (0..setup.gateways.count as usize)
            .map(|gateway| setup.gateways.regions.get(gateway).copied())
            .collect();
        let apart = setup.regions.as_ref().map_or_else(Vec::new, |delays| {
            let all = || (0..delays.count()).map(RegionId::new);
            let mean = |from, to| delays.between(from, to).mean().as_nanos();
            all().map(|from| all().map(|to| mean(from, to)).collect()).collect()
        });
        let mut plan =
            Plan { regions, of_gateway, apart, clusters: options.clusters, ..Plan::default() };
        let found = list::spaces(world, setup);
        plan.conversations = found.conversations;
        plan.of_client = vec![Vec::new(); world.places.clients as usize];
        let homes: Vec<Option<RegionId>> = world
            .homes
            .iter()
            .map(|home| plan.of_gateway.get(home.index()).copied().flatten())
            .collect();
        let clusters = clusters::of(&found, options, &homes);
        for (number, (name, members)) in found.spaces.into_iter().enumerate() {
            let space = SpaceId(number as u32);
            for member in &members {
                plan.of_client[member.index()].push(space);
            }
            if let SpaceName::Members(_) = name {
                plan.sets.insert(members.clone().into(), space);
            }
            let cluster = clusters[number];
            let order = plan.order_in(&name, cluster).into();
            plan.spaces.push(Space { members: members.into(), cluster, order });
            plan.names.push(name);
        }
        plan
    }

    /// The servers of a cluster in the order in which they have a space.
    fn order_in(&self, name: &SpaceName, cluster: u32) -> Vec<ServerId> {
        let count = self.regions.len() as u64;
        let servers = (0..self.regions.len() as u32).map(ServerId);
        let of = |server: ServerId| {
            u64::from(server.0) * u64::from(self.clusters) / count == u64::from(cluster)
        };
        let candidates = servers.filter(|&server| of(server));
        let candidates: Vec<_> =
            candidates.map(|server| (server, self.regions[server.index()])).collect();
        placement::order(&name_of(name), &candidates)
    }

    /// The servers of a cluster in the order in which they have a space that is moved there.
    pub fn order_after_move(&self, space: SpaceId, cluster: u32) -> Vec<ServerId> {
        self.order_in(&self.names[space.index()], cluster)
    }

    /// How many spaces there are.
    pub fn count(&self) -> u32 {
        self.spaces.len() as u32
    }

    /// All spaces.
    pub fn all(&self) -> impl Iterator<Item = SpaceId> + use<> {
        (0..self.spaces.len() as u32).map(SpaceId)
    }

    /// A space.
    pub fn space(&self, space: SpaceId) -> &Space {
        &self.spaces[space.index()]
    }

    /// The spaces of a client.
    pub fn of_client(&self, client: ClientId) -> &[SpaceId] {
        &self.of_client[client.index()]
    }

    /// The space of a message. All that users may send are of a space of the plan.
    pub fn of_message(&self, message: &Message) -> Option<SpaceId> {
        if let Some(conversation) = message.conversation {
            return Some(SpaceId(conversation)).filter(|_| conversation < self.conversations);
        }
        let mut members = message.recipients.as_slice().to_vec();
        members.push(message.sender);
        members.sort_unstable();
        self.sets.get(&members[..]).copied()
    }

    /// The space of this name.
    pub fn named(&self, name: &SpaceName) -> Option<SpaceId> {
        match name {
            SpaceName::Conversation(number) => {
                (*number < self.conversations).then_some(SpaceId(*number))
            }
            SpaceName::Members(members) => self.sets.get(&members[..]).copied(),
        }
    }

    /// How far a server is from a gateway beside what all servers are, on average, in nanoseconds.
    pub fn distance(&self, gateway: GatewayId, server: ServerId) -> u64 {
        let (from, to) = (self.of_gateway[gateway.index()], self.regions[server.index()]);
        let (Some(from), Some(to)) = (from, to) else { return 0 };
        self.apart.get(from.index()).map_or(0, |row| row[to.index()])
    }
}

/// What a space is called: `k3`, or `c0+c4`.
pub fn name_of(name: &SpaceName) -> String {
    match name {
        SpaceName::Conversation(number) => format!("k{number}"),
        SpaceName::Members(members) => {
            let mut text = String::new();
            for (place, member) in members.iter().enumerate() {
                let plus = if place > 0 { "+" } else { "" };
                write!(text, "{plus}{member}").expect("text takes all");
            }
            text
        }
    }
}

impl SpacesOptions {
    /// How long after the last packet of a server it is suspected.
    pub(super) fn silence(&self) -> Span {
        self.beat.saturating_mul(self.misses.into())
    }

    /// So many replicas are more than half.
    pub(super) fn majority(&self) -> u32 {
        self.replicas / 2 + 1
    }

    /// So many replicas must have stored a message for it to be accepted.
    pub(super) fn wanted(&self) -> u32 {
        self.accept_after.min(self.replicas)
    }
}
