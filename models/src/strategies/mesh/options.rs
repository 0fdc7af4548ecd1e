//! The table `[mesh]`, and what of it is settled before a run: which devices have which connections and limits.

use std::sync::Arc;

use penult_sim::{Bandwidth, Delay, Draw, LinkSpec, Seed, Span, Stream, Time};

use crate::contacts::{ContactOptions, entity};
use crate::ids::GatewayId;
use crate::places::ACCESS;
use crate::policy::PolicyOptions;
use crate::purpose;
use crate::service::ServiceName;
use crate::services::ServiceOptions;
use crate::setup::Setup;
use crate::store::Spill;

/// The table `[mesh]`, with `[contacts]`.
#[derive(Clone, Debug, PartialEq)]
pub struct MeshOptions {
    /// How many copies of a message there are at most; absent: any number.
    pub copies: Option<u32>,
    /// How many bytes a device holds; absent: any number.
    pub buffer: Option<u64>,
    /// How old a message gets on devices; absent: as old as it likes.
    pub ttl: Option<Span>,
    /// How long a device carries a message of others; absent: without end.
    pub keep: Option<Span>,
    /// How many messages of others a device carries; absent: any number.
    pub carry_limit: Option<u32>,
    /// What goes where room is needed.
    pub evict: Evict,
    /// The share of devices that carry for others.
    pub share: f64,
    /// Whether devices tell each other what became of messages, and forget those that are settled.
    pub forget: bool,
    /// What settles a message.
    pub forget_on: ForgetOn,
    /// Whether each new mark is told to all who are in contact.
    pub broadcast: bool,
    /// Whether all connections are used at once.
    pub use_all: bool,
    /// From which latency on peers are asked as well; absent: none.
    pub latency_limit: Option<Span>,
    /// Whether hosts give copies to devices for clients that they don't reach.
    pub back: bool,
    /// How many devices without users there are.
    pub relays: u32,
    /// How many gateways a device knows to turn to.
    pub length: u32,
    /// How long a gateway waits for another's acknowledgement at first.
    pub ack_timeout: Span,
    /// How long gateways keep what was not delivered, and remember what was.
    pub hold: Span,
    /// When it goes to the external store.
    pub spill: Spill,
    /// Policy.
    pub policy: PolicyOptions,
    /// Whether it runs at every gateway instead of at the source alone.
    pub policy_everywhere: bool,
    /// The presence database, if there is one.
    pub presence: Option<PresenceOptions>,
    /// Whether the connections are listed, and not the one that there is where none are.
    pub listed: bool,
    /// The connections, in order of preference.
    pub connections: Arc<[ConnectionOptions]>,
    /// The kinds of connections, each once.
    pub kinds: Arc<[&'static str]>,
    /// How the conduits are called: what connections stand or fall with, and what lies behind them.
    pub conduits: Arc<[ServiceName]>,
    /// Exceptions; the last that names a device counts.
    pub groups: Vec<GroupOptions>,
    /// Who meets whom.
    pub contacts: ContactOptions,
    /// How many gateways there are.
    pub gateways: u32,
    /// What each device has, once it is settled.
    pub devices: Arc<[DeviceOptions]>,
}

impl Default for MeshOptions {
    /// One connection for each client, which takes no time; nobody meets.
    fn default() -> Self {
        MeshOptions {
            copies: None,
            buffer: None,
            ttl: None,
            keep: None,
            carry_limit: None,
            evict: Evict::default(),
            share: 1.0,
            forget: true,
            forget_on: ForgetOn::default(),
            broadcast: true,
            use_all: false,
            latency_limit: None,
            back: true,
            relays: 0,
            length: 3,
            ack_timeout: Span::millis(200),
            hold: Span::secs(24 * 3600),
            spill: Spill::Never,
            policy: PolicyOptions::default(),
            policy_everywhere: false,
            presence: None,
            listed: false,
            connections: Arc::new([ConnectionOptions::default()]),
            kinds: Arc::new([ACCESS]),
            conduits: Arc::default(),
            groups: Vec::new(),
            contacts: ContactOptions::default(),
            gateways: 1,
            devices: Arc::default(),
        }
    }
}

impl Default for ConnectionOptions {
    /// One that stands or falls with all clients' access links, for each client.
    fn default() -> Self {
        ConnectionOptions {
            carrier: Carrier::Access,
            kind: 0,
            price: 0,
            devices: Members::Clients,
            link: LinkSpec::default(),
            up: Coverage::Always,
            over: Vec::new(),
            peers: Peers::default(),
        }
    }
}

/// What goes where room is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Evict {
    /// What came first.
    #[default]
    Oldest,
    /// What came last.
    Youngest,
    /// What is largest; of these, what came first.
    Largest,
}

/// What settles a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ForgetOn {
    /// That a server has stored it.
    #[default]
    Taken,
    /// That its recipient has it.
    Delivered,
}

/// The presence database.
#[derive(Clone, Debug, PartialEq)]
pub struct PresenceOptions {
    /// How far it is, and what it is made of.
    pub built: ServiceOptions,
    /// The gateway that it lies at; absent: it is a service.
    pub at: Option<GatewayId>,
    /// How long it keeps a mark.
    pub hold: Span,
    /// Whether a mark goes once the originator was told.
    pub clear_for_originator: bool,
    /// Whether it tells of new marks by itself.
    pub push: bool,
}

/// A kind of connection, and who has it.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectionOptions {
    /// Which conduit it stands or falls with.
    pub carrier: Carrier,
    /// Which of the kinds it is.
    pub kind: u16,
    /// What a megabyte costs, in millionths.
    pub price: u64,
    /// Who has it.
    pub devices: Members,
    /// What it is like.
    pub link: LinkSpec,
    /// When devices are covered by it.
    pub up: Coverage,
    /// The conduits that lie behind it, unseen.
    pub over: Vec<u32>,
    /// With whom it brings its devices into contact.
    pub peers: Peers,
}

/// What a connection stands or falls with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// What all clients' access links run through.
    Access,
    /// The conduit with this number.
    Conduit(u32),
}

/// Which devices.
#[derive(Clone, Debug, PartialEq)]
pub enum Members {
    /// Those with users.
    Clients,
    /// Those without.
    Relays,
    /// All.
    All,
    /// This share of all, by chance.
    Share(f64),
    /// These, by their numbers.
    These(Vec<u32>),
}

/// When a device is covered.
#[derive(Clone, Debug, PartialEq)]
pub enum Coverage {
    /// Always.
    Always,
    /// For a while, then not for a while, and so on.
    Times {
        /// So long.
        every: Delay,
        /// Then not for so long.
        lasts: Delay,
    },
    /// As it was recorded: device, up, down.
    Rows(Arc<[(u32, Time, Time)]>),
}

/// With whom a connection brings its devices into contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Peers {
    /// With nobody.
    #[default]
    None,
    /// With those that have the same.
    Same,
    /// Also with those that have another which says this.
    All,
}

/// What is different for some devices.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupOptions {
    /// Which.
    pub devices: Members,
    /// Instead of the limit of all.
    pub buffer: Option<u64>,
    /// Instead of the limit of all.
    pub keep: Option<Span>,
    /// Instead of the limit of all.
    pub carry_limit: Option<u32>,
    /// How fast their radios are.
    pub bandwidth: Option<Bandwidth>,
}

/// What one device has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DeviceOptions {
    /// Its connections, by their places in the list.
    pub lines: Vec<Line>,
    /// How many bytes it holds.
    pub buffer: Option<u64>,
    /// How long it carries a message of others.
    pub keep: Option<Span>,
    /// How many of them.
    pub carry_limit: Option<u32>,
    /// How fast its radio is, if not as all are.
    pub radio: Option<Bandwidth>,
}

/// A connection of a device.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// Which of the list.
    pub connection: u32,
    /// When its coverage changes: first it begins.
    pub turns: Vec<Time>,
}

impl Members {
    fn has(&self, device: u32, clients: u32, drawn: f64) -> bool {
        match self {
            Members::Clients => device < clients,
            Members::Relays => device >= clients,
            Members::All => true,
            Members::Share(share) => drawn < *share,
            Members::These(devices) => devices.contains(&device),
        }
    }
}

impl Coverage {
    /// When a device's coverage begins, ends, begins… before the end of the run.
    fn turns(&self, device: u32, entity: u64, stops: Time, seed: &Seed) -> Vec<Time> {
        match self {
            Coverage::Always => vec![Time::ZERO],
            Coverage::Rows(rows) => {
                let own = rows.iter().filter(|&&(of, up, down)| of == device && up < down);
                let mut own: Vec<(Time, Time)> = own.map(|&(_, up, down)| (up, down)).collect();
                own.sort_unstable();
                let mut turns: Vec<Time> = Vec::new();
                for (up, down) in own {
                    match turns.last_mut() {
                        // Those that overlap or touch are one.
                        Some(last) if *last >= up => *last = down.max(*last),
                        _ => turns.extend([up, down]),
                    }
                }
                turns.retain(|&at| at < Time::NEVER);
                turns
            }
            Coverage::Times { every, lasts } => {
                let mut up = Stream::new(purpose::COVERED, entity);
                let mut down = Stream::new(purpose::UNCOVERED, entity);
                let (mut at, mut turns) = (Time::ZERO, vec![Time::ZERO]);
                while at <= stops {
                    at += every.sample(&mut up.with(seed)).max(Span::nanos(1));
                    turns.push(at);
                    at += lasts.sample(&mut down.with(seed)).max(Span::nanos(1));
                    turns.push(at);
                }
                turns
            }
        }
    }
}

impl MeshOptions {
    /// Settles what each device has.
    pub(super) fn settle(&mut self, setup: &Setup) {
        let (seed, places) = (Seed::new(setup.seed), setup.places());
        let devices = 0..places.devices();
        self.devices = devices
            .map(|device| {
                let entity = u64::from(entity(device, &places));
                let mut members = Stream::new(purpose::MEMBERS, entity);
                let mut draw = members.with(&seed);
                let mut settled = DeviceOptions {
                    buffer: self.buffer,
                    keep: self.keep,
                    carry_limit: self.carry_limit,
                    ..DeviceOptions::default()
                };
                for (place, connection) in (0..).zip(self.connections.iter()) {
                    let drawn = if self.listed { draw.unit() } else { 0.0 };
                    if connection.devices.has(device, places.clients, drawn) {
                        let entity = entity << 16 | u64::from(place);
                        let turns = connection.up.turns(device, entity, setup.stops, &seed);
                        settled.lines.push(Line { connection: place, turns });
                    }
                }
                for group in &self.groups {
                    if group.devices.has(device, places.clients, draw.unit()) {
                        settled.buffer = group.buffer.or(settled.buffer);
                        settled.keep = group.keep.or(settled.keep);
                        settled.carry_limit = group.carry_limit.or(settled.carry_limit);
                        settled.radio = group.bandwidth.or(settled.radio);
                    }
                }
                let mut carries = Stream::new(purpose::CARRIES, entity);
                if carries.with(&seed).unit() >= self.share {
                    settled.carry_limit = Some(0);
                }
                settled
            })
            .collect();
    }
}
