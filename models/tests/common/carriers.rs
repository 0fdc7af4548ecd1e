//! Worlds of `mesh`: who is in contact when, who has which connection.

use std::sync::Arc;

use penult_models::strategies::mesh::{
    ConnectionOptions, Coverage, LineCarrier, Members, Mesh, MeshOptions,
};
use penult_models::*;
use penult_sim::*;

use super::{Played, Times, mesh, play_as};

/// A contact: two devices, from when to when, in milliseconds.
pub type Met = (u32, u32, u64, u64);

/// What a test says of a world of `mesh`.
#[derive(Clone, Debug)]
pub struct World {
    /// The homes of clients; no gateways if there are none.
    pub gateways: u32,
    pub homes: Vec<u32>,
    pub times: Times,
    pub met: Vec<Met>,
    /// Bytes per millisecond.
    pub bandwidth: Option<u64>,
    pub options: MeshOptions,
}

/// A connection of these devices, with this latency, always up.
pub fn line(devices: &[u32], latency: Span) -> ConnectionOptions {
    ConnectionOptions {
        devices: Members::These(devices.to_vec()),
        link: LinkSpec::with_latency(Delay::constant(latency)),
        ..ConnectionOptions::default()
    }
}

/// The same, covered from and until these instants.
pub fn covered(devices: &[u32], latency: Span, turns: &[(Time, Time)]) -> ConnectionOptions {
    let rows = devices.iter().flat_map(|&it| turns.iter().map(move |&(up, down)| (it, up, down)));
    ConnectionOptions { up: Coverage::Rows(rows.collect()), ..line(devices, latency) }
}

/// Names for the conduits of connections: each stands or falls with one of its own.
const NAMES: [&str; 4] = ["one", "two", "three", "four"];

/// Each connection with a conduit of its own.
pub fn connections(list: Vec<ConnectionOptions>) -> MeshOptions {
    let kinds: Arc<[&'static str]> = NAMES[..list.len()].into();
    let conduits = kinds.iter().map(|&kind| ServiceName::only(kind)).collect();
    let list = (0..).zip(list).map(|(place, connection)| ConnectionOptions {
        carrier: LineCarrier::Conduit(place),
        kind: place as u16,
        ..connection
    });
    let list: Vec<ConnectionOptions> = list.collect();
    MeshOptions {
        listed: true,
        connections: list.into(),
        kinds,
        conduits,
        ..MeshOptions::default()
    }
}

impl World {
    /// The setup of it, with these messages: when, from whom, to whom, how large.
    pub fn setup(&self, messages: &[(Time, u32, u32, u32)]) -> Setup {
        let homes = match self.gateways {
            0 => vec![GatewayId::NOWHERE.0; self.homes.len()],
            _ => self.homes.clone(),
        };
        let mut setup = mesh(self.gateways, &homes, self.times, &Default::default());
        let millis = |it: u64| Time::ZERO + Span::millis(it);
        let rows = self.met.iter().map(|&(a, b, up, down)| (a, b, millis(up), millis(down)));
        let policy = PolicyOptions {
            cost: Delay::constant(self.times.policy),
            ..self.options.policy.clone()
        };
        setup.strategy = strategies::StrategyOptions::of::<Mesh>(MeshOptions {
            contacts: ContactOptions {
                from: match self.options.contacts.from {
                    ContactsFrom::Nowhere => ContactsFrom::Rows(rows.collect()),
                    ref from => from.clone(),
                },
                bandwidth: self.bandwidth.and_then(|it| Bandwidth::bits_per_second(8_000 * it)),
            },
            gateways: self.gateways,
            policy,
            ..self.options.clone()
        });
        let mut list = List::new();
        for &(at, from, to, bytes) in messages {
            list.push(&Listed {
                at,
                from: ClientId(from),
                to: vec![ClientId(to)],
                bytes: Some(bytes),
                attachment: Some(0),
                view: Some(Span::ZERO),
                harmful: None,
            });
        }
        setup.workload.times = SendTimes::List(list);
        // Nobody is taken for gone but for what a test does.
        setup.clients.keepalive = Span::secs(3600);
        setup
    }

    /// Runs it with these messages.
    pub fn play(&self, messages: &[(Time, u32, u32, u32)]) -> Played {
        play_mesh(&self.setup(messages))
    }
}

/// Runs a setup of `mesh` to its end.
pub fn play_mesh(setup: &Setup) -> Played {
    let options = setup.strategy.get::<Mesh>().expect("it is mesh");
    play_as::<Mesh>(setup, options)
}
