//! `[mesh]` and `[contacts]`: the keys of the strategy whose devices carry each other's messages.

mod contacts;
mod coverage;
mod devices;
mod keys;

use std::collections::BTreeMap;
use std::sync::Arc;

use penult_models::strategies::mesh::{
    self, ConnectionOptions, GroupOptions, LineCarrier, MeshOptions, PresenceOptions,
};
use penult_models::{
    ACCESS, ContactOptions, ContactsFrom, GatewayId, ServiceKind, ServiceName, ServiceOptions,
};
use penult_sim::{Delay, Distribution, LinkSpec, MachineSpec, Time, Walking};

pub use contacts::{
    Change, Contacts, ContactsModel, Named, RecordedContacts, Row, Said, WaypointKeys,
};
pub use coverage::Coverage;
pub use devices::{Device, Members};
pub use keys::{
    Clear, Connection, Copies, Evict, Exchange, Forget, ForgetOn, Group, Mesh, Peers, Presence, Use,
};

use super::shared::{STORE_THERE_WITH, idle_store, idle_viewing};
use super::{Idle, PolicyKeys, StrategyKeys, TopKey};
use crate::Scenario;
use crate::check::Checks;
use crate::names::interned;
use crate::reading::Item;

/// The name of the table of contacts.
const CONTACTS: &str = "contacts";

impl Members {
    fn options(&self, clients: u32) -> mesh::Members {
        match self {
            Members::Clients => mesh::Members::Clients,
            Members::Relays => mesh::Members::Relays,
            Members::All => mesh::Members::All,
            Members::Share(share) => mesh::Members::Share(share.fraction()),
            Members::These(devices) => {
                mesh::Members::These(devices.iter().map(|it| it.number(clients)).collect())
            }
        }
    }
}

impl Contacts {
    fn options(&self, clients: u32) -> ContactOptions {
        let number = |named: Named| named.number(clients);
        let from = match (&self.file, &self.model) {
            (Some(recorded), _) => match &recorded.said {
                Said::Rows(rows) => {
                    let rows = rows.iter();
                    let row = |&(_, a, b, up, down): &Row| (number(a), number(b), up, down);
                    ContactsFrom::Rows(rows.map(row).collect())
                }
                Said::Events(events) => {
                    let events = events.iter();
                    let event =
                        |&(_, at, a, b, begins): &Change| (at, number(a), number(b), begins);
                    ContactsFrom::Events(events.map(event).collect())
                }
            },
            (None, Some(ContactsModel::Exponential { rate, lasts })) => {
                let gaps = Distribution::exponential(1e9 / rate.per_second);
                let gaps = Delay::from_nanos(gaps.expect("a rate is more than zero"));
                ContactsFrom::Meetings { gaps, lasts: *lasts }
            }
            (None, Some(ContactsModel::Waypoint(keys))) => {
                let side = |place: usize| keys.area.get(place).map_or(0.0, |side| side.metres);
                let walking = Walking {
                    area: (side(0), side(1)),
                    speed: keys.speed.distribution(),
                    pause: keys.pause.delay(),
                };
                ContactsFrom::Waypoint { walking, range: keys.range.metres }
            }
            (None, None) => ContactsFrom::Nowhere,
        };
        ContactOptions { from, bandwidth: self.bandwidth }
    }
}

impl Mesh {
    /// The names that its connections bring: each kind, and what lies behind.
    fn conduits(&self) -> Vec<&'static str> {
        let mut names: Vec<&'static str> = Vec::new();
        let kinds = self.connection.iter().map(|it| &it.kind);
        let behind = self.connection.iter().flat_map(|it| &it.over);
        for name in kinds.chain(behind).filter(|name| *name != ACCESS) {
            let name = interned(name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// The kinds of connections, each once.
    fn kinds(&self) -> Vec<&'static str> {
        let mut kinds: Vec<&'static str> = Vec::new();
        for kind in self.connection.iter().map(|it| interned(&it.kind)) {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        if kinds.is_empty() { vec![ACCESS] } else { kinds }
    }

    fn connections(&self, scenario: &Scenario) -> Vec<ConnectionOptions> {
        let conduits = self.conduits();
        let place = |name: &String| {
            conduits.iter().position(|it| it == name).map_or(0, |place| place as u32)
        };
        let (clients, kinds) = (scenario.clients.count, self.kinds());
        let kind = |name: &String| kinds.iter().position(|kind| kind == name);
        let own = self.connection.iter().map(|it| ConnectionOptions {
            carrier: match it.kind.as_str() {
                ACCESS => LineCarrier::Access,
                _ => LineCarrier::Conduit(place(&it.kind)),
            },
            kind: kind(&it.kind).map_or(0, |kind| kind as u16),
            price: (it.price * 1e6).round() as u64,
            devices: it.devices.options(clients),
            link: LinkSpec {
                latency: it.latency.delay(),
                loss: it.loss.fraction(),
                bandwidth: it.bandwidth,
                ..LinkSpec::default()
            },
            up: match &it.up {
                None => mesh::Coverage::Always,
                Some(Coverage::Times { every, lasts }) => {
                    mesh::Coverage::Times { every: every.delay(), lasts: lasts.delay() }
                }
                Some(Coverage::Recorded { rows, .. }) => {
                    let rows = rows.iter();
                    let row = |&(device, up, down): &(Device, Time, Time)| {
                        (device.number(clients), up, down)
                    };
                    mesh::Coverage::Rows(rows.map(row).collect())
                }
            },
            over: it.over.iter().map(place).collect(),
            peers: match it.peers {
                Peers::None => mesh::Peers::None,
                Peers::Same => mesh::Peers::Same,
                Peers::All => mesh::Peers::All,
            },
        });
        let own: Vec<ConnectionOptions> = own.collect();
        if !own.is_empty() {
            return own;
        }
        vec![ConnectionOptions {
            carrier: LineCarrier::Access,
            kind: 0,
            price: 0,
            devices: mesh::Members::Clients,
            link: crate::build::access(&scenario.clients.access),
            up: mesh::Coverage::Always,
            over: Vec::new(),
            peers: mesh::Peers::None,
        }]
    }
}

impl StrategyKeys for Mesh {
    type Server = mesh::Mesh;

    fn beside() -> Vec<TopKey> {
        let about = "Who meets whom, for the strategy `mesh`; the others ignore it.";
        vec![TopKey::of::<Contacts>(CONTACTS, about, Some("{}"))]
    }

    fn names(table: &Item) -> Vec<String> {
        let connections = table.find("connection").and_then(|(list, _)| list.as_list());
        let text = |item: &Item| item.as_text().map(str::to_owned);
        let mut names = Vec::new();
        for connection in connections.into_iter().flatten() {
            names.extend(connection.find("kind").and_then(|(kind, _)| text(kind)));
            let over = connection.find("over").and_then(|(over, _)| over.as_list());
            names.extend(over.into_iter().flatten().filter_map(text));
        }
        names
    }

    fn options(&self, scenario: &Scenario) -> MeshOptions {
        let clients = scenario.clients.count;
        let contacts: &Contacts = scenario.beside(CONTACTS);
        let conduits: Arc<[ServiceName]> = self.conduits().into_iter().map(mesh::conduit).collect();
        MeshOptions {
            copies: match self.copies {
                Copies::Unlimited => None,
                Copies::Some(copies) => Some(copies),
            },
            buffer: self.buffer.map(|bytes| bytes.0),
            ttl: self.ttl,
            keep: self.keep,
            carry_limit: self.carry_limit,
            evict: match self.evict {
                Evict::Oldest => mesh::Evict::Oldest,
                Evict::Youngest => mesh::Evict::Youngest,
                Evict::Largest => mesh::Evict::Largest,
            },
            share: self.share.fraction(),
            forget: self.forget == Forget::Told,
            forget_on: match self.forget_on {
                ForgetOn::Taken => mesh::ForgetOn::Taken,
                ForgetOn::Delivered => mesh::ForgetOn::Delivered,
            },
            broadcast: self.broadcast,
            use_all: self.use_ == Use::All,
            latency_limit: self.latency_limit,
            back: self.back,
            relays: self.relays,
            length: self.length,
            ack_timeout: self.ack_timeout,
            hold: self.hold,
            spill: self.spill.within(scenario, self.hold),
            policy: self.policy.options(),
            policy_everywhere: self.policy.runs_everywhere(),
            presence: self.presence.as_ref().map(|presence| PresenceOptions {
                built: ServiceOptions {
                    latency: presence.latency.delay(),
                    machine: MachineSpec::default(),
                },
                at: presence.at.map(|gateway| GatewayId(gateway.0)),
                hold: presence.hold,
                clear_for_originator: presence.clear == Clear::Originator,
                push: presence.push,
            }),
            listed: !self.connection.is_empty(),
            connections: self.connections(scenario).into(),
            kinds: self.kinds().into(),
            conduits,
            groups: self
                .group
                .iter()
                .map(|group| GroupOptions {
                    devices: group.devices.options(clients),
                    buffer: group.buffer.map(|bytes| bytes.0),
                    keep: group.keep,
                    carry_limit: group.carry_limit,
                    bandwidth: group.bandwidth,
                })
                .collect(),
            contacts: contacts.options(clients),
            gateways: scenario.gateways.count,
            devices: Arc::default(),
        }
    }

    fn policy(&self) -> Option<&PolicyKeys> {
        Some(&self.policy)
    }

    fn check_world(&self, checks: &mut Checks<'_, '_>) {
        checks.ack_timeout(self.ack_timeout, "mesh.ack_timeout");
        let (clients, relays) = (checks.scenario().clients.count, self.relays);
        self.check_devices(clients, relays, checks);
        self.check_names(checks);
        // Where there are fewer than by default, a list has these.
        if self.presence.as_ref().is_some_and(|presence| presence.replicas > 1) {
            let mend = "it is 1: what survives a crash is durable as it is";
            checks.error("mesh.presence.replicas", "this version has one presence database", mend);
        }
        let gateways = checks.scenario().gateways.count;
        if self.presence.is_some() && gateways == 0 {
            let mend = "leave it out, or say how many gateways there are: [gateways] count";
            checks.error("mesh.presence", "a presence database, and nobody reaches it", mend);
        }
        if let Some(at) = self.presence.as_ref().and_then(|presence| presence.at)
            && gateways > 0
        {
            checks.gateway(at, "mesh.presence.at");
        }
    }

    fn idle(&self, scenario: &Scenario) -> Vec<Idle> {
        let clients = &scenario.clients;
        let access =
            !self.connection.is_empty() && clients.access != crate::Clients::default().access;
        let mut idle = idle_store(scenario, self.spill.within(scenario, self.hold));
        let limit = ("mesh.limits.view", self.policy.limits.view.is_some());
        idle.extend(idle_viewing(scenario, limit));
        let all = [Idle::when(
            access,
            "clients.access",
            "devices have the connections of [[mesh.connection]] instead",
        )];
        idle.extend(all.into_iter().flatten());
        idle
    }

    fn there_with(kind: ServiceKind) -> Option<&'static str> {
        match kind.name {
            _ if kind == ServiceKind::STORE => Some(STORE_THERE_WITH),
            "presence" => {
                Some("there is one with `presence` in [mesh], unless that is `at` a gateway")
            }
            "r" => Some("there are so many as `relays` in [mesh] says"),
            _ => None,
        }
    }
}

impl Mesh {
    /// Whether all devices that are named are there.
    fn check_devices(&self, clients: u32, relays: u32, checks: &mut Checks<'_, '_>) {
        let missing = |device: Device| match device {
            Device::Client(number) => number >= clients,
            Device::Relay(number) => number >= relays,
        };
        let there = format!("there are {clients} clients and {relays} relays");
        let members = |members: &Members| match members {
            Members::These(devices) => devices.iter().copied().find(|&it| missing(it)),
            _ => None,
        };
        for (number, connection) in self.connection.iter().enumerate() {
            let path = format!("mesh.connection.{number}");
            if let Some(device) = members(&connection.devices) {
                let what = format!("there is no device {device}");
                checks.error(&format!("{path}.devices"), what, &*there);
            }
            if let Some(Coverage::Recorded { rows, .. }) = &connection.up
                && let Some(&(device, ..)) = rows.iter().find(|&&(device, ..)| missing(device))
            {
                let what = format!("the file names {device}, and there is no such device");
                checks.error(&format!("{path}.up"), what, &*there);
            }
        }
        for (number, group) in self.group.iter().enumerate() {
            if let Some(device) = members(&group.devices) {
                let what = format!("there is no device {device}");
                checks.error(&format!("mesh.group.{number}.devices"), what, &*there);
            }
        }
        let contacts: &Contacts = checks.scenario().beside(CONTACTS);
        let Some(recorded) = &contacts.file else { return };
        let all = clients.saturating_add(relays);
        let wrong = |named: Named| match named {
            Named::Device(device) => missing(device),
            Named::Number(number) => number >= all,
        };
        let found = match &recorded.said {
            Said::Rows(rows) => rows
                .iter()
                .map(|&(line, a, b, ..)| (line, a, b))
                .find(|&(_, a, b)| wrong(a) || wrong(b) || a.number(clients) == b.number(clients)),
            Said::Events(events) => events
                .iter()
                .map(|&(line, _, a, b, _)| (line, a, b))
                .find(|&(_, a, b)| wrong(a) || wrong(b) || a.number(clients) == b.number(clients)),
        };
        if let Some((line, a, b)) = found {
            let file = &recorded.file.path;
            if wrong(a) || wrong(b) {
                let what = format!("{file}, line {line}, names a device that there is not");
                checks.error("contacts.file", what, &*there);
            } else {
                let what = format!("{file}, line {line}: a device meets itself");
                checks.error("contacts.file", what, "two devices are in contact");
            }
        }
    }

    /// Whether what connections name can be nodes of their own.
    fn check_names(&self, checks: &mut Checks<'_, '_>) {
        const GROUPS: [&str; 5] = ["gateways", "clients", "services", "relays", "all"];
        let mut entities: BTreeMap<u32, &str> = BTreeMap::new();
        let mut kinds: Vec<&str> = Vec::new();
        for (number, connection) in self.connection.iter().enumerate() {
            let path = format!("mesh.connection.{number}");
            let of_kind = std::iter::once((&connection.kind, format!("{path}.kind"), true));
            let behind = connection.over.iter().map(|name| (name, format!("{path}.over"), false));
            for (name, path, is_kind) in of_kind.chain(behind) {
                let fits = name.bytes().all(|it| it.is_ascii_alphanumeric() || b"-_".contains(&it))
                    && name.bytes().next().is_some_and(|it| it.is_ascii_alphabetic());
                let is_taken = GROUPS.contains(&name.as_str())
                    || checks.names_other_node(name)
                    || name == ACCESS && !is_kind;
                if !fits {
                    let what = format!("{name:?} is no name");
                    checks.error(&path, what, "letters, digits, - and _, a letter first");
                } else if is_taken {
                    let what = format!("{name:?} is the name of something else");
                    checks.error(&path, what, "call it otherwise, as in \"cellular\"");
                } else if name != ACCESS {
                    let other = entities.entry(mesh::conduit(interned(name)).entity());
                    let first = *other.or_insert(name);
                    if first != name {
                        let what = format!("{name:?} and {first:?} draw under one number");
                        checks.error(&path, what, "call one of them otherwise");
                    }
                }
            }
            kinds.push(&connection.kind);
        }
        for (number, connection) in self.connection.iter().enumerate() {
            if connection.over.iter().any(|name| kinds.contains(&name.as_str())) {
                let path = format!("mesh.connection.{number}.over");
                let what = "a kind of connection lies behind another";
                checks.error(&path, what, "what lies behind has a name of its own");
            }
        }
    }
}
