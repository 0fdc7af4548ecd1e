//! The directory: beside who hosts whom it has the map, moves spaces when it is time, and puts others in the places of
//! the dead.

use std::collections::BTreeMap;
use std::rc::Rc;

use penult_sim::{NodeId, Time};

use super::ids::{ServerId, SpaceId};
use super::letters::{Entry, Letter, MapLetter};
use super::map::Map;
use super::options::SpacesOptions;
use super::{Cx, SpacesTimer, counting, timer};
use crate::directory::{Directory, DirectoryDisk};
use crate::packet::Packet;
use crate::parts::{Again, Pace};
use crate::world::World;

/// The directory's memory.
pub struct Keeper {
    hosts: Directory,
    /// What each gateway and each server has not said that it heard, with the number of the notice that last told it.
    unheard: BTreeMap<NodeId, Unheard>,
    notices: u64,
}

#[derive(Debug, Default)]
struct Unheard {
    entries: BTreeMap<SpaceId, (Entry, u64)>,
    again: Again,
}

/// The directory's disk.
pub struct KeeperDisk {
    hosts: DirectoryDisk,
    map: Map,
    /// So many of the listed moves are made.
    moves: u32,
}

impl KeeperDisk {
    pub(super) fn new(world: &World<SpacesOptions>) -> Self {
        KeeperDisk { hosts: DirectoryDisk::new(world), map: Map::default(), moves: 0 }
    }
}

impl Keeper {
    pub(super) fn begin(disk: &mut KeeperDisk, cx: &mut Cx<'_>) -> Self {
        let hosts = Directory::begin(&disk.hosts, cx);
        let mut keeper = Keeper { hosts, unheard: BTreeMap::new(), notices: 0 };
        // Who has heard of what has moved is forgotten: everybody is told anew.
        let moved: Vec<Entry> = disk.map.entries().cloned().collect();
        keeper.tell_all(&moved, cx);
        if cx.now() == Time::ZERO {
            cx.tell(counting::SPACES.add(cx.world().strategy.plan.count().into()));
        }
        keeper.await_move(disk, cx);
        keeper
    }

    fn await_move(&mut self, disk: &KeeperDisk, cx: &mut Cx<'_>) {
        if let Some(next) = cx.world().strategy.moves.get(disk.moves as usize) {
            let wait = next.at.max(cx.now()) - cx.now();
            cx.set_background_timer(wait, timer(SpacesTimer::Move(disk.moves)));
        }
    }

    pub(super) fn receive(
        &mut self,
        disk: &mut KeeperDisk,
        from: NodeId,
        letter: Letter,
        cx: &mut Cx<'_>,
    ) {
        match letter {
            Letter::Directory(letter) => self.hosts.receive(&mut disk.hosts, from, letter, cx),
            Letter::Map(MapLetter::Cluster(message)) => {
                answer(from, MapLetter::ClusterFound(message), cx);
            }
            Letter::Map(MapLetter::Servers(message, space)) => {
                let entry = disk.map.entry(space).cloned();
                answer(from, MapLetter::ServersFound(message, entry), cx);
            }
            Letter::Map(MapLetter::MovedHeard(number)) => {
                if let Some(unheard) = self.unheard.get_mut(&from) {
                    unheard.entries.retain(|_, (_, told)| *told != number);
                }
            }
            Letter::Map(MapLetter::Dead(server)) => self.replace(disk, from, server, cx),
            letter => panic!("{from} sent {letter:?} to the directory"),
        }
    }

    pub(super) fn wake(&mut self, disk: &mut KeeperDisk, reminder: SpacesTimer, cx: &mut Cx<'_>) {
        match reminder {
            SpacesTimer::Directory(timer) => self.hosts.wake::<super::Spaces>(timer, cx),
            SpacesTimer::Move(_) => self.make_move(disk, cx),
            SpacesTimer::Untold(node) => {
                let unheard = self.unheard.get_mut(&node).expect("it was told something");
                unheard.again.rests();
                let again: Rc<[Entry]> =
                    unheard.entries.values().map(|(entry, _)| entry.clone()).collect();
                if !again.is_empty() {
                    self.tell(node, &again, cx);
                }
            }
            timer => panic!("the directory has no {timer:?}"),
        }
    }

    /// It is time for the next of the listed moves.
    fn make_move(&mut self, disk: &mut KeeperDisk, cx: &mut Cx<'_>) {
        let options = &cx.world().strategy;
        let next = &options.moves[disk.moves as usize];
        disk.moves += 1;
        if let Some(space) = options.plan.named(&next.space) {
            let mut order = options.plan.order_after_move(space, next.to);
            order.truncate(options.replicas as usize);
            self.put(disk, vec![(space, next.to, order)], cx);
        }
        self.await_move(disk, cx);
    }

    /// A server is taken for dead by another: where both have a space, the next of its order comes in its place.
    fn replace(&mut self, disk: &mut KeeperDisk, from: NodeId, dead: ServerId, cx: &mut Cx<'_>) {
        let options = &cx.world().strategy;
        let asks = ServerId::of(from, &cx.world().places).expect("space servers ask for that");
        let mut changes = Vec::new();
        for space in options.plan.all() {
            let replicas = disk.map.replicas(space, options);
            if !(replicas.contains(&dead) && replicas.contains(&asks)) {
                continue;
            }
            let own = options.plan.space(space).cluster;
            let cluster = disk.map.entry(space).map_or(own, |entry| entry.cluster);
            let order = match cluster == own {
                true => options.plan.space(space).order.to_vec(),
                false => options.plan.order_after_move(space, cluster),
            };
            // Who was in a place and was replaced does not come again.
            let last = order.iter().rposition(|it| replicas.contains(it));
            let Some(&next) = last.and_then(|last| order.get(last + 1)) else { continue };
            let put = |&it: &ServerId| if it == dead { next } else { it };
            let mut replicas: Vec<ServerId> = replicas.iter().map(put).collect();
            replicas.sort_by_key(|it| order.iter().position(|other| other == it));
            changes.push((space, cluster, replicas));
        }
        self.put(disk, changes, cx);
        answer(from, MapLetter::DeadHeard(dead), cx);
    }

    /// These spaces are there now.
    fn put(
        &mut self,
        disk: &mut KeeperDisk,
        changes: Vec<(SpaceId, u32, Vec<ServerId>)>,
        cx: &mut Cx<'_>,
    ) {
        let mut entries = Vec::new();
        for (space, cluster, replicas) in changes {
            let version = disk.map.entry(space).map_or(0, |entry| entry.version) + 1;
            let entry = Entry { space, version, cluster, replicas: replicas.into() };
            let before = disk.map.replicas(space, &cx.world().strategy).to_vec();
            counting::moved(&before, &entry).for_each(|note| cx.tell(note));
            cx.tell(counting::MOVES.one());
            disk.map.learn(&entry);
            entries.push(entry);
        }
        self.tell_all(&entries, cx);
    }

    fn tell_all(&mut self, entries: &[Entry], cx: &mut Cx<'_>) {
        if entries.is_empty() {
            return;
        }
        let places = &cx.world().places;
        let gateways = (0..places.gateways).map(|it| NodeId::new(it as usize));
        let servers = (0..cx.world().strategy.servers).map(|it| ServerId(it).node(places));
        let entries: Rc<[Entry]> = entries.into();
        for node in gateways.chain(servers) {
            self.tell(node, &entries, cx);
        }
    }

    fn tell(&mut self, node: NodeId, entries: &Rc<[Entry]>, cx: &mut Cx<'_>) {
        self.notices += 1;
        let number = self.notices;
        let unheard = self.unheard.entry(node).or_default();
        for entry in entries.iter() {
            unheard.entries.insert(entry.space, (entry.clone(), number));
        }
        if !unheard.again.is_waiting() {
            let pace = Pace::steady(cx.world().clients.keepalive).in_background();
            unheard.again.said(pace, timer(SpacesTimer::Untold(node)), cx);
        }
        let entries = entries.clone();
        answer(node, MapLetter::Moved { number, entries }, cx);
    }
}

fn answer(to: NodeId, letter: MapLetter, cx: &mut Cx<'_>) {
    cx.send(to, Packet::Between(Letter::Map(letter)));
}
