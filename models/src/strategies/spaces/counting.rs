//! What is counted of `spaces`: by its nodes, and by a watcher of what no node can know, such as which users have no
//! server left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use penult_sim::{NodeId, Time};

use super::ids::{ServerId, SpaceId};
use super::letters::Entry;
use super::options::SpacesOptions;
use super::plan::Plan;
use crate::note::Note;
use crate::own::{Own, OwnColumn, OwnCount, OwnLevel, OwnNote, OwnTable, Sight, Watcher, seen};
use crate::places::Places;
use crate::world::World;

pub(super) const SPACES: OwnCount = OwnCount::new(0);
pub(super) const PUBLICATIONS: OwnCount = OwnCount::new(1);
pub(super) const PUSHES: OwnCount = OwnCount::new(2);
pub(super) const OFFERS: OwnCount = OwnCount::new(3);
pub(super) const PUBLICATIONS_STOPPED: OwnCount = OwnCount::new(4);
pub(super) const COPIES: OwnCount = OwnCount::new(5);
pub(super) const PUSHES_STOPPED: OwnCount = OwnCount::new(6);
pub(super) const FETCHED: OwnCount = OwnCount::new(7);
pub(super) const ELECTIONS: OwnCount = OwnCount::new(8);
pub(super) const RENUMBERED: OwnCount = OwnCount::new(9);
pub(super) const MOVES: OwnCount = OwnCount::new(10);

pub(super) const SUBSCRIPTIONS: OwnLevel = OwnLevel::in_memory(0);
pub(super) const CONNECTIONS: OwnLevel = OwnLevel::in_memory(1);
const LEADLESS: OwnLevel = OwnLevel::new(2);
const DEGRADED: OwnLevel = OwnLevel::new(3);
const DARK: OwnLevel = OwnLevel::new(4);

const OUTAGES: OwnTable = OwnTable::new(
    0,
    "outages.csv",
    "outage of a space server",
    &["server", "began_s", "ended_s", "spaces", "users", "dark_spaces", "dark_users"],
);
const SERVER: OwnColumn = OUTAGES.column("server");
const BEGAN: OwnColumn = OUTAGES.column("began_s");
const ENDED: OwnColumn = OUTAGES.column("ended_s");
const HIT_SPACES: OwnColumn = OUTAGES.column("spaces");
const HIT_USERS: OwnColumn = OUTAGES.column("users");
const DARK_SPACES: OwnColumn = OUTAGES.column("dark_spaces");
const DARK_USERS: OwnColumn = OUTAGES.column("dark_users");

pub(super) const METRICS: &[Own] = &[
    SPACES.metric("count", "spaces that there are"),
    SUBSCRIPTIONS.peak("subscriptions.peak", "subscriptions at one time, at most"),
    CONNECTIONS.peak(
        "connections.peak",
        "pairs of a gateway and a server at which it is subscribed, at one time, at most",
    ),
    PUBLICATIONS.metric("publications", "packets with which gateways publish, repeats too"),
    PUSHES.metric("pushes", "packets with which servers push, repeats too"),
    OFFERS.metric(
        "offers",
        "packets with which servers offer each other what they have, repeats too",
    ),
    PUBLICATIONS_STOPPED
        .metric("publications_stopped", "publications of what the server had already"),
    COPIES.metric("copies", "messages that servers sent each other"),
    PUSHES_STOPPED
        .metric("pushes_stopped", "messages for a client that its gateway had passed on already"),
    FETCHED.metric("fetched", "messages for a client in answers to subscriptions"),
    ELECTIONS.metric("elections", "leads that were elected"),
    LEADLESS
        .seconds("leadless_s", "time that a space is without a live active lead, summed over them")
        .less(),
    RENUMBERED.metric("renumbered", "messages that were numbered twice").less(),
    MOVES.metric("moves", "spaces that were moved, or got another server in a dead one's place"),
    DEGRADED
        .peak(
            "degraded_users.peak",
            "users with a space of which a server is dead, at one time, at most",
        )
        .less(),
    DARK.peak(
        "dark_users.peak",
        "users with a space of which all servers are dead, at one time, at most",
    )
    .less(),
    DARK.seconds(
        "dark_user_s",
        "time that users have a space of which all servers are dead, summed over them",
    )
    .less(),
];

pub(super) const TIMELINE: &[(&str, OwnLevel)] =
    &[("degraded_users", DEGRADED), ("dark_users", DARK)];

pub(super) const TABLES: &[OwnTable] = &[OUTAGES];

/// What the watcher is told of: a server leads a space from now on, or does no more; a message got a number; a server
/// has a space no more, or from now on.
const LEADS: u16 = 0;
const NUMBERED: u16 = 1;
const OUT: u16 = 2;
const IN: u16 = 3;

/// A server leads a space from now on, or does no more.
pub(super) const fn leads(space: SpaceId, active: bool) -> Note {
    seen(LEADS, space.0, active as u64)
}

/// A message got a number of its own.
pub(super) const fn numbered(message: u32) -> Note {
    seen(NUMBERED, message, 0)
}

/// A space has other servers.
pub(super) fn moved<'a>(
    before: &'a [ServerId],
    entry: &'a Entry,
) -> impl Iterator<Item = Note> + 'a {
    let space = entry.space.0;
    let out = before.iter().map(move |it| seen(OUT, space, it.0.into()));
    out.chain(entry.replicas.iter().map(move |it| seen(IN, space, it.0.into())))
}

/// Watches which spaces, and which users, have which servers.
#[derive(Debug)]
pub(super) struct Eye {
    plan: Arc<Plan>,
    places: Places,
    has_leads: bool,
    /// The servers of each space.
    replicas: Vec<Vec<ServerId>>,
    /// The spaces of each server.
    spaces: Vec<BTreeSet<SpaceId>>,
    dead: Vec<bool>,
    /// How many servers of each space are dead.
    dead_of: Vec<u32>,
    /// How many spaces of each user have a dead server, and how many nothing else.
    degraded: Vec<u32>,
    dark: Vec<u32>,
    degraded_users: u64,
    dark_users: u64,
    /// Who leads each space.
    leads: BTreeMap<SpaceId, BTreeSet<NodeId>>,
    numbered: BTreeSet<u32>,
    renumbered: BTreeSet<u32>,
    outages: u32,
    /// The row of the outage of each server.
    rows: Vec<u32>,
}

impl Eye {
    pub(super) fn new(world: &World<SpacesOptions>) -> Eye {
        let options = &world.strategy;
        let plan = options.plan.clone();
        let (servers, users) = (options.servers as usize, world.places.clients as usize);
        let mut spaces = vec![BTreeSet::new(); servers];
        let mut replicas = Vec::new();
        for space in plan.all() {
            let order = plan.space(space).order.iter().copied();
            let its: Vec<ServerId> = order.take(options.replicas as usize).collect();
            its.iter().for_each(|server| _ = spaces[server.index()].insert(space));
            replicas.push(its);
        }
        Eye {
            places: world.places,
            has_leads: options.lead,
            dead_of: vec![0; replicas.len()],
            replicas,
            spaces,
            dead: vec![false; servers],
            degraded: vec![0; users],
            dark: vec![0; users],
            degraded_users: 0,
            dark_users: 0,
            leads: BTreeMap::new(),
            numbered: BTreeSet::new(),
            renumbered: BTreeSet::new(),
            outages: 0,
            rows: vec![0; servers],
            plan,
        }
    }

    /// Whether a space has a dead server, and whether it has no other.
    fn state(&self, space: SpaceId) -> (bool, bool) {
        let (dead, all) = (self.dead_of[space.index()], self.replicas[space.index()].len());
        (dead > 0, dead as usize == all && all > 0)
    }

    /// Something about the servers of a space changes.
    fn change(&mut self, space: SpaceId, change: impl FnOnce(&mut Self)) {
        let before = self.state(space);
        change(self);
        let after = self.state(space);
        let plan = self.plan.clone();
        for member in &plan.space(space).members {
            let place = member.index();
            count(&mut self.degraded[place], &mut self.degraded_users, before.0, after.0);
            count(&mut self.dark[place], &mut self.dark_users, before.1, after.1);
        }
    }

    fn tell_users(&self, tell: &mut dyn FnMut(Note)) {
        tell(DEGRADED.stands(self.degraded_users));
        tell(DARK.stands(self.dark_users));
    }

    fn tell_leadless(&self, tell: &mut dyn FnMut(Note)) {
        let led = self.leads.values().filter(|leads| !leads.is_empty()).count();
        tell(LEADLESS.stands(self.replicas.len() as u64 - led as u64));
    }

    fn turns(&mut self, server: ServerId, dead: bool, tell: &mut dyn FnMut(Note)) {
        if std::mem::replace(&mut self.dead[server.index()], dead) == dead {
            return;
        }
        for space in self.spaces[server.index()].clone() {
            self.change(space, |eye| {
                let dead_of = &mut eye.dead_of[space.index()];
                *dead_of = if dead { *dead_of + 1 } else { *dead_of - 1 };
            });
        }
        self.tell_users(tell);
    }

    /// An outage begins: how many spaces and users it hits.
    fn begin_outage(&mut self, at: Time, server: ServerId, tell: &mut dyn FnMut(Note)) {
        let row = self.outages;
        self.outages += 1;
        self.rows[server.index()] = row;
        let spaces = &self.spaces[server.index()];
        let dark = spaces.iter().copied().filter(|&space| self.state(space).1);
        let users_of = |spaces: &mut dyn Iterator<Item = SpaceId>| {
            let members = spaces.flat_map(|space| self.plan.space(space).members.iter());
            members.collect::<BTreeSet<_>>().len() as u64
        };
        tell(SERVER.cell(row, server.node(&self.places)));
        tell(BEGAN.cell(row, at));
        tell(HIT_SPACES.cell(row, spaces.len() as u64));
        tell(HIT_USERS.cell(row, users_of(&mut spaces.iter().copied())));
        tell(DARK_SPACES.cell(row, dark.clone().count() as u64));
        tell(DARK_USERS.cell(row, users_of(&mut dark.clone())));
    }
}

/// One space of a user changes from this to that.
fn count(spaces: &mut u32, users: &mut u64, before: bool, after: bool) {
    match (before, after) {
        (false, true) => {
            *users += u64::from(*spaces == 0);
            *spaces += 1;
        }
        (true, false) => {
            *spaces -= 1;
            *users -= u64::from(*spaces == 0);
        }
        _ => {}
    }
}

impl Watcher for Eye {
    fn see(&mut self, at: Time, what: Sight, tell: &mut dyn FnMut(Note)) {
        match what {
            Sight::Down(node) => {
                let Some(server) = self.server(node) else { return };
                if self.dead[server.index()] {
                    return;
                }
                self.turns(server, true, tell);
                self.begin_outage(at, server, tell);
                if self.has_leads {
                    self.leads.values_mut().for_each(|leads| _ = leads.remove(&node));
                    self.tell_leadless(tell);
                }
            }
            Sight::Up(node) => {
                let Some(server) = self.server(node) else { return };
                if self.dead[server.index()] {
                    self.turns(server, false, tell);
                    tell(ENDED.cell(self.rows[server.index()], at));
                }
            }
            Sight::Told(node, OwnNote::Seen(LEADS, space, active)) => {
                let leads = self.leads.entry(SpaceId(space)).or_default();
                match active {
                    0 => leads.remove(&node),
                    _ => leads.insert(node),
                };
                self.tell_leadless(tell);
            }
            Sight::Told(_, OwnNote::Seen(NUMBERED, message, _)) => {
                if !self.numbered.insert(message) && self.renumbered.insert(message) {
                    tell(RENUMBERED.one());
                }
            }
            Sight::Told(_, OwnNote::Seen(which @ (OUT | IN), space, server)) => {
                let (space, server) = (SpaceId(space), ServerId(server as u32));
                self.change(space, |eye| eye.put(space, server, which == IN));
                self.tell_users(tell);
            }
            Sight::Told(..) => {}
        }
    }
}

impl Eye {
    fn server(&self, node: NodeId) -> Option<ServerId> {
        ServerId::of(node, &self.places)
    }

    /// A server has a space from now on, or no more.
    fn put(&mut self, space: SpaceId, server: ServerId, is_in: bool) {
        let dead = u32::from(self.dead[server.index()]);
        let (replicas, spaces) =
            (&mut self.replicas[space.index()], &mut self.spaces[server.index()]);
        if is_in {
            replicas.push(server);
            spaces.insert(space);
            self.dead_of[space.index()] += dead;
        } else {
            replicas.retain(|it| *it != server);
            spaces.remove(&space);
            self.dead_of[space.index()] -= dead;
        }
    }
}
