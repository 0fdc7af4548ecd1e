//! The presence database: who tries to deliver what, and what has become of it. It is a service, or lies at a gateway,
//! and forgets nothing but what it kept for long enough.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use penult_sim::{NodeId, Time};

use super::device::lines::count_packet;
use super::letters::{Down, Letter, Lines, Marks, Told, Up};
use super::{Cx, MeshOptions, PRESENCE};
use crate::ids::{ClientId, DeliveryId};
use crate::packet::Packet;
use crate::world::World;

/// Where the database is, if there is one.
pub(super) fn node(world: &World<MeshOptions>) -> Option<NodeId> {
    let presence = world.strategy.presence.as_ref()?;
    match presence.at {
        Some(gateway) => Some(world.places.gateway(gateway)),
        None => world.service(PRESENCE),
    }
}

/// The database's memory: over which connections devices are reached.
#[derive(Debug, Default)]
pub struct Presence {
    uses: BTreeMap<ClientId, Lines>,
}

/// The database's disk.
#[derive(Debug, Default)]
pub struct PresenceDisk {
    marks: BTreeMap<DeliveryId, Entry>,
    /// Who tries to deliver what.
    trying: BTreeMap<DeliveryId, BTreeSet<ClientId>>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    marks: Marks,
    born: Time,
    /// When the first of them came.
    since: Time,
}

impl Presence {
    /// A device said something.
    pub(super) fn device_said(
        &mut self,
        disk: &mut PresenceDisk,
        from: NodeId,
        (via, uses): (u32, Lines),
        up: Up,
        cx: &mut Cx<'_>,
    ) {
        let device = cx.world().places.as_client(from);
        match up {
            Up::Ask { number, about } => self.asked(disk, device, (via, uses), number, &about, cx),
            Up::Log { until, told, given } => {
                self.logged(disk, device, (via, uses), until, &told, &given, cx);
            }
            up => panic!("{device} sent {up:?} to the presence database"),
        }
    }

    fn reply(device: ClientId, via: u32, down: Down, cx: &mut Cx<'_>) {
        let node = cx.world().places.client(device);
        let letter = Packet::Between(Letter::Down { via, down });
        count_packet(device, via, &letter, cx);
        cx.send_over(node, via, letter);
    }

    /// A device asks what has become of messages, and is entered as one that tries.
    pub(super) fn asked(
        &mut self,
        disk: &mut PresenceDisk,
        device: ClientId,
        (via, uses): (u32, Lines),
        number: u32,
        about: &[(DeliveryId, bool)],
        cx: &mut Cx<'_>,
    ) {
        let options = cx.world().strategy.presence.as_ref().expect("there is a database");
        self.uses.insert(device, uses);
        let mut told = Vec::new();
        for &(delivery, own) in about {
            match disk.known(delivery, cx) {
                Some(entry) => {
                    let Entry { marks, born, .. } = entry;
                    told.push(Told { delivery, marks, born });
                    if let Some(trying) = disk.trying.get_mut(&delivery) {
                        trying.remove(&device);
                    }
                    if own && options.clear_for_originator && settles(marks, cx) {
                        disk.marks.remove(&delivery);
                    }
                }
                None => _ = disk.trying.entry(delivery).or_default().insert(device),
            }
        }
        Self::reply(device, via, Down::Answer { number, told: told.into() }, cx);
    }

    /// A device says what it knows first hand.
    #[expect(clippy::too_many_arguments, reason = "a log is marks, copies and how far it goes")]
    pub(super) fn logged(
        &mut self,
        disk: &mut PresenceDisk,
        device: ClientId,
        (via, uses): (u32, Lines),
        until: u64,
        told: &[Told],
        given: &[(DeliveryId, ClientId)],
        cx: &mut Cx<'_>,
    ) {
        self.uses.insert(device, uses);
        for &(delivery, to) in given {
            disk.trying.entry(delivery).or_default().insert(to);
        }
        Self::reply(device, via, Down::LogHeard(until), cx);
        for &told in told {
            self.learn(disk, told, Some(device), cx);
        }
    }

    /// A host says that a recipient has its message.
    pub(super) fn delivered(&mut self, disk: &mut PresenceDisk, told: Told, cx: &mut Cx<'_>) {
        self.learn(disk, told, None, cx);
    }

    /// Learns what became of a message, and tells all who try to deliver it, if it tells by itself.
    fn learn(
        &mut self,
        disk: &mut PresenceDisk,
        told: Told,
        by: Option<ClientId>,
        cx: &mut Cx<'_>,
    ) {
        let Told { delivery, marks, born } = told;
        let now = cx.now();
        let known = disk.known(delivery, cx).map_or(Marks::default(), |entry| entry.marks);
        let new = marks.without(known);
        if new.is_empty() {
            return;
        }
        let entry = Entry { marks: Marks::default(), born, since: now };
        let entry = disk.marks.entry(delivery).or_insert(entry);
        entry.marks = entry.marks.and(new);
        let options = cx.world().strategy.presence.as_ref().expect("there is a database");
        if !options.push {
            return;
        }
        let entered = disk.trying.get(&delivery).into_iter().flatten();
        let entered: Vec<ClientId> = entered.copied().filter(|&it| Some(it) != by).collect();
        let told: Rc<[Told]> = Rc::new([Told { marks: new, ..told }]);
        for device in entered {
            let lines = self.lines_to(device, cx);
            for via in lines.iter() {
                Self::reply(device, via, Down::Heard(told.clone()), cx);
            }
        }
    }

    fn lines_to(&self, device: ClientId, cx: &Cx<'_>) -> Lines {
        let options = &cx.world().strategy;
        let count = options.devices[device.index()].lines.len() as u32;
        match self.uses.get(&device) {
            Some(&uses) => uses,
            None if count == 0 => Lines::default(),
            None if options.use_all => Lines((1 << count) - 1),
            None => Lines::one(0),
        }
    }
}

impl PresenceDisk {
    /// What is known of a message, if that is not too long ago.
    fn known(&mut self, delivery: DeliveryId, cx: &Cx<'_>) -> Option<Entry> {
        let hold = cx.world().strategy.presence.as_ref()?.hold;
        let entry = *self.marks.get(&delivery)?;
        if cx.now() > entry.since + hold {
            self.marks.remove(&delivery);
            self.trying.remove(&delivery);
            return None;
        }
        Some(entry)
    }
}

/// Whether these marks settle a message for its originator.
fn settles(marks: Marks, cx: &Cx<'_>) -> bool {
    let options = &cx.world().strategy;
    match options.forget_on {
        _ if !options.forget => true,
        super::ForgetOn::Taken => !marks.is_empty(),
        super::ForgetOn::Delivered => marks.any(Marks::DELIVERED.and(Marks::REFUSED)),
    }
}
