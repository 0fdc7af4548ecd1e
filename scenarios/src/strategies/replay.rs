//! `[replay]`: the keys of the strategy with a stream of events and temporary dispatchers.

use penult_models::strategies::replay::{self, ReplayOptions};
use penult_models::{Server, ServiceKind, ServiceOptions};
use penult_sim::{MachineSpec, Span};

use super::shared::idle_viewing;
use super::{Idle, Keeps, PolicyKeys, StrategyKeys};
use crate::check::Checks;
use crate::reading::setting::{AboveZero, Magnitude, OneOrMore, Spread};
use crate::reading::table::{choice, table};
use crate::units::{Rate, Share, Varying};
use crate::{Event, Scenario, Store};

table! {
    /// The keys of the strategy `replay`.
    pub struct Replay {
        /// How many gateways are on a client's list, its host first.
        length: u32 [OneOrMore] = 3,
        /// How long servers wait for the bus's answer before they ask again, doubling up to 10 s; a new primary is
        /// asked at once.
        ack_timeout: Span [AboveZero] = "200ms",
        /// A replica of the bus that has not answered so many sendings of a packet is left out.
        attempts: u32 [OneOrMore] = 2,
        /// The event bus.
        bus: Bus = {},
        /// How the bus's replicas and servers find out that its primary or a replica is gone.
        heartbeat: BusHeartbeat = {},
        /// How long after the primary has written them events fall out, delivered or not.
        retention: Span [AboveZero] = "24h",
        /// How many events of each client are kept, the newest.
        /// Absent: all.
        retention_events: Option<u32> [OneOrMore],
        /// How often each dispatcher pushes at most; what goes again does not count.
        /// Absent: as often as there is something.
        dispatch_rate: Option<Rate> [AboveZero],
        /// How many temporary dispatchers a gateway has at a time; further clients wait in line.
        /// Absent: any number.
        max_temporary: Option<u32> [OneOrMore],
        /// How long it takes to start a temporary dispatcher.
        start: Span = "0s",
        /// Where a device begins that has no number, having lost its disk.
        begin: Begin = "tip",
        /// With every so-manieth event a device's number goes to its disk.
        store_every: u32 [OneOrMore] = 1,
        /// When a gateway calls a connection unreliable, by the last ten keepalives; the device then moves on to the
        /// next of its list.
        /// Absent: never.
        unreliable: Option<Unreliable>,
        /// What policy does, and where.
        policy: Spread<PolicyKeys>,
    }
}

table! {
    /// The event bus.
    pub struct Bus {
        /// How long a packet takes to a replica or from it, and between two of them. May vary.
        latency: Varying<Span> = "1ms",
        /// How many replicas it has.
        replicas: u32 [OneOrMore] = 1,
        /// How long a replica takes to write a message, for all its recipients. May vary.
        write: Varying<Span> = "0us",
    }
}

table! {
    /// The heartbeats of the bus.
    pub struct BusHeartbeat {
        /// How often each replica says that it is there: the primary to all, the others to each other.
        every: Span [AboveZero] = "500ms",
        /// Who has not been heard for so many of them is gone.
        misses: u32 [OneOrMore] = 3,
    }
}

table! {
    /// When a connection is unreliable: above either of these.
    pub struct Unreliable {
        /// The mean round trip of those keepalives that were answered.
        /// Absent: any will do.
        rtt: Option<Span> [AboveZero],
        /// The share of keepalives that were not answered.
        /// Absent: any will do.
        loss: Option<Share>,
    }
}

choice! {
    /// Where a device without a number begins.
    pub enum Begin {
        /// With what comes from then on.
        Tip = "tip",
        /// With all that is kept.
        All = "all",
    }
}

impl StrategyKeys for Replay {
    type Server = replay::Replay;

    fn options(&self, _: &Scenario) -> ReplayOptions {
        let machine = MachineSpec { disk: self.bus.write.delay(), ..MachineSpec::default() };
        ReplayOptions {
            length: self.length,
            ack_timeout: self.ack_timeout,
            attempts: self.attempts,
            bus: ServiceOptions { latency: self.bus.latency.delay(), machine },
            replicas: self.bus.replicas,
            every: self.heartbeat.every,
            misses: self.heartbeat.misses,
            retention: self.retention,
            retention_events: self.retention_events,
            between_pushes: self.dispatch_rate.map_or(Span::ZERO, between),
            max_temporary: self.max_temporary,
            start: self.start,
            begin: match self.begin {
                Begin::Tip => replay::Begin::Tip,
                Begin::All => replay::Begin::All,
            },
            store_every: self.store_every,
            unreliable: self
                .unreliable
                .as_ref()
                .map(|it| replay::Unreliable { rtt: it.rtt, loss: it.loss.map(Share::fraction) }),
            policy: self.policy.options(),
        }
    }

    fn policy(&self) -> Option<&PolicyKeys> {
        Some(&self.policy)
    }

    fn check(&self, checks: &mut Checks<'_, '_>) {
        if self.unreliable.as_ref().is_some_and(|it| it.rtt.is_none() && it.loss.is_none()) {
            let what = "no connection is unreliable by this";
            checks.error("replay.unreliable", what, "add `rtt = \"300ms\"` or `loss = \"20%\"`");
        }
    }

    fn check_world(&self, checks: &mut Checks<'_, '_>) {
        let (bus, write) = (self.bus.latency.delay().mean(), self.bus.write.delay().mean());
        let round_trip = bus.saturating_mul(2).saturating_add(write);
        let round_trip = match self.bus.replicas {
            1 => round_trip,
            _ => round_trip.saturating_mul(2),
        };
        if self.ack_timeout <= round_trip {
            let what = format!(
                "`ack_timeout` is {}, and the bus has stored a message after {}",
                crate::check::shown(self.ack_timeout),
                crate::check::shown(round_trip)
            );
            checks.warning(
                ("replay.ack_timeout", Some(("replay.bus", "the bus"))),
                what,
                "every message will be published twice: wait longer",
            );
        }
    }

    fn idle(&self, scenario: &Scenario) -> Vec<Idle> {
        const ATTEMPTS: u32 = 2;
        let limit = ("replay.limits.view", self.policy.limits.view.is_some());
        let own = [
            Idle::when(
                self.attempts != ATTEMPTS && self.bus.replicas == 1,
                "replay.attempts",
                "it acts with two replicas of the bus or more",
            ),
            Idle::when(
                self.policy.runs_everywhere(),
                "replay.policy",
                "leave it out: a message enters at one gateway, and no other judges it",
            ),
            Idle::when(
                !scenario.directory.cache,
                "directory.cache",
                "leave it out: in `replay` no gateway looks up hosts",
            ),
            Idle::when(
                scenario.store.latency != Store::default().latency,
                "store.latency",
                "leave the store out: in `replay` the bus keeps all",
            ),
            Idle::when(
                !scenario.store.write.is_zero(),
                "store.write",
                "leave the store out: in `replay` the bus keeps all",
            ),
        ];
        own.into_iter().flatten().chain(idle_viewing(scenario, limit)).collect()
    }

    fn keeps(&self, scenario: &Scenario, _: f64) -> Keeps {
        // Every replica keeps every message until it falls out, delivered or not.
        let end = scenario.duration.saturating_add(scenario.drain);
        Keeps {
            copies: f64::from(self.bus.replicas) + 1.0,
            seconds: self.retention.min(end).as_secs_f64(),
            heartbeats: false,
        }
    }

    fn never(event: Event) -> Option<&'static str> {
        match event {
            Event::Suspected => Some("in `replay` no gateway suspects another"),
            Event::ResyncStarted | Event::ResyncFinished => {
                Some("in `replay` gateways that return have nothing to synchronise")
            }
            _ => None,
        }
    }

    fn there_with(kind: ServiceKind) -> Option<&'static str> {
        let is_bus = Self::Server::SERVICES.contains(&kind) && kind.is_numbered;
        is_bus.then_some("there are so many as `bus = { replicas = 3 }` in [replay] says")
    }
}

/// From push to push: whole nanoseconds, so that no rate is exceeded by less than one.
fn between(rate: Rate) -> Span {
    Span::nanos((1e9 / rate.per_second) as u64)
}
