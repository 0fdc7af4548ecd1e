//! `[migrate]` and `[[migration]]`: the keys of the strategy with a broker, and what they become.

use penult_models::strategies::migrate::{self, Drain, MigrateOptions, Plan, Request};
use penult_models::{ClientId, GatewayId, ServiceOptions};
use penult_sim::{Bandwidth, MachineSpec, Span, Time};
use schemars::{Schema, SchemaGenerator, json_schema};

use super::chain::DeleteOn;
use super::{Idle, Keeps, PolicyKeys, StrategyKeys, TopKey};
use crate::Scenario;
use crate::check::Checks;
use crate::names::{Client, Gateway};
use crate::reading::Reading;
use crate::reading::document::{Content, Item};
use crate::reading::setting::{AboveZero, OneOrMore, Setting, Spread, shown};
use crate::reading::table::{choice, table};
use crate::reading::write::Out;
use crate::units::{Bytes, Share, Varying};

table! {
    /// The keys of the strategy `migrate`.
    pub struct Migrate {
        /// What keeps the tasks and knows where each client is.
        broker: Broker = {},
        /// How long a task that is put back waits until it is looked at again.
        delay: Span [AboveZero] = "1s",
        /// In what order the tasks of one client are performed.
        order: Order = "client",
        /// How often a task may be put back; then it is lost.
        /// Absent: any number of times.
        max_returns: Option<u32>,
        /// How fast each server sends data of clients that migrate.
        /// Absent: as fast as the links allow.
        bandwidth: Option<Bandwidth>,
        /// How large the data of each client are, beside its inbox.
        data: Bytes = "0B",
        /// The share of migrations that fail at their end.
        failure: Share = "0%",
        /// How long the second server may take to say that it has the data, before the migration fails.
        timeout: Span [AboveZero] = "10s",
        /// Whether clients of a suspected server go to a standby, where there are `copies`.
        evacuate: bool = true,
        /// How many standbys each client has: the first neighbours of its home.
        copies: u32 = 0,
        /// Until when the broker keeps a task. With `copies` it is until it is delivered, whatever stands here.
        keep: Keep = "stored",
        /// How the broker finds out that a server is dead, and its replicas that the primary is.
        heartbeat: Pings = {},
        /// How long each replica waits for the one before it to become primary.
        elect: Span [AboveZero] = "1s",
        /// How long a server or a broker waits for an answer; doubled each time up to 10 s.
        ack_timeout: Span [AboveZero] = "200ms",
        /// How often the primary sends what a replica has to write before it counts on it no longer.
        attempts: u32 [OneOrMore] = 2,
        /// How many gateways are on the list of each client.
        length: u32 [OneOrMore] = 3,
        /// What policy does, and where.
        policy: Spread<PolicyKeys>,
        /// What makes a server delete a message of an inbox.
        delete_on: DeleteOn = "received",
        /// How long a message is kept from when the broker stored it.
        hold: Span [AboveZero] = "24h",
    }
}

table! {
    /// What keeps the tasks and knows where each client is.
    pub struct Broker {
        /// How long a packet takes to it or from it, and from one replica to another. May vary.
        latency: Varying<Span> = "1ms",
        /// How many replicas there are.
        replicas: u32 [OneOrMore] = 1,
        /// How long it takes to write. May vary.
        write: Varying<Span> = "0us",
        /// CPU time for each packet that carries a message. May vary.
        cpu: Varying<Span> = "0us",
    }
}

table! {
    /// How the broker finds out that a server is dead.
    pub struct Pings {
        /// How often the primary asks each server and each replica whether it is there.
        every: Span [AboveZero] = "500ms",
        /// How many in a row must be unanswered for a suspicion.
        misses: u32 [OneOrMore] = 3,
    }
}

choice! {
    /// In what order the tasks of one client are performed.
    pub enum Order {
        /// In that in which the broker stored them, one at a time.
        Client = "client",
        /// As they come.
        Free = "free",
    }
}

choice! {
    /// Until when the broker keeps a task.
    pub enum Keep {
        /// Until it is in the recipient's inbox.
        Stored = "stored",
        /// Until the recipient's device has it.
        Delivered = "delivered",
    }
}

table! {
    /// A planned migration of clients, or of all clients of a server.
    pub struct Migration {
        /// When it is due.
        at: Time,
        /// Whose data migrate.
        /// Absent: it is a drain.
        clients: Option<Whose>,
        /// Where they must be; clients that are elsewhere are refused.
        /// Absent: anywhere.
        from: Option<Gateway>,
        /// Where they go.
        /// Absent: it is a drain.
        to: Option<Gateway>,
        /// The server that all its clients are to leave, those that come later too.
        /// Absent: it is a migration of `clients`.
        drain: Option<Gateway>,
    }
}

/// Whose data migrate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Whose {
    /// Those of all clients.
    All,
    /// Those of these.
    Of(Vec<Client>),
}

impl Default for Whose {
    fn default() -> Self {
        Whose::Of(Vec::new())
    }
}

impl Setting for Whose {
    fn read(item: &Item, cx: &mut Reading<'_>) -> Option<Self> {
        match &item.content {
            Content::List(_) => Vec::read(item, cx).map(Whose::Of),
            Content::Text(text) if text == "all" => Some(Whose::All),
            _ => {
                let what = format!("{} is {}", cx.key(), shown(item));
                cx.error(item.at, what, "it is a list, as in [\"c0\", \"c1\"], or \"all\"");
                None
            }
        }
    }

    fn write(&self) -> Option<Out> {
        match self {
            Whose::All => Some(Out::Text("all".into())),
            Whose::Of(clients) => clients.write(),
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "anyOf": [{ "const": "all" }, Vec::<Client>::schema(generator)]
        })
    }
}

/// The key of the planned migrations.
const MIGRATION: &str = "migration";

impl StrategyKeys for Migrate {
    type Server = migrate::Migrate;

    fn beside() -> Vec<TopKey> {
        let about = "The planned migrations, for the strategy `migrate`.";
        vec![TopKey::of::<Vec<Migration>>(MIGRATION, about, Some("[]"))]
    }

    fn options(&self, scenario: &Scenario) -> MigrateOptions {
        MigrateOptions {
            broker: self.broker.options(),
            replicas: self.broker.replicas,
            delay: self.delay,
            in_order: self.order == Order::Client,
            max_returns: self.max_returns,
            bandwidth: self.bandwidth,
            data: self.data.0,
            failure: self.failure.fraction(),
            timeout: self.timeout,
            evacuate: self.evacuate,
            copies: self.copies,
            keeps_to_delivery: self.keep == Keep::Delivered || self.copies > 0,
            every: self.heartbeat.every,
            misses: self.heartbeat.misses,
            elect: self.elect,
            ack_timeout: self.ack_timeout,
            attempts: self.attempts,
            length: self.length,
            hold: self.hold,
            delete_on: self.delete_on.into(),
            policy: self.policy.options(),
            policy_everywhere: self.policy.runs_everywhere(),
            plan: plan(scenario),
        }
    }

    fn policy(&self) -> Option<&PolicyKeys> {
        Some(&self.policy)
    }

    fn check(&self, checks: &mut Checks<'_, '_>) {
        let scenario = checks.scenario();
        for (number, migration) in scenario.beside::<Vec<Migration>>(MIGRATION).iter().enumerate() {
            migration.check(&format!("{MIGRATION}.{number}"), checks);
        }
    }

    fn check_world(&self, checks: &mut Checks<'_, '_>) {
        // Where there are fewer gateways than the default, all of them are on the list.
        let standbys = checks.scenario().gateways.count.saturating_sub(1);
        if self.copies > standbys && checks.is_given("migrate.copies") {
            let what = format!("{} standbys, and there are {standbys} other gateways", self.copies);
            let mend = format!("`copies` is 0 to {standbys}");
            let paths = ("migrate.copies", "gateways.count");
            checks.contradiction(paths, what, &mend, "so many gateways");
        }
    }

    fn idle(&self, scenario: &Scenario) -> Vec<Idle> {
        let plan = scenario.beside::<Vec<Migration>>(MIGRATION);
        let none = plan.is_empty();
        const PLANNED: &str = "it acts where there are migrations: add a [[migration]]";
        let moves = [
            Idle::when(none && self.bandwidth.is_some(), "migrate.bandwidth", PLANNED),
            Idle::when(none && self.failure.percent > 0.0, "migrate.failure", PLANNED),
            Idle::when(none && self.max_returns.is_some(), "migrate.max_returns", PLANNED),
        ];
        moves.into_iter().flatten().collect()
    }

    fn keeps(&self, _: &Scenario, _: f64) -> Keeps {
        Keeps { copies: f64::from(self.broker.replicas) + 1.0, ..Keeps::default() }
    }
}

impl Broker {
    fn options(&self) -> ServiceOptions {
        let machine = MachineSpec {
            cpu: self.cpu.delay(),
            disk: self.write.delay(),
            ..MachineSpec::default()
        };
        ServiceOptions { latency: self.latency.delay(), machine }
    }
}

impl Migration {
    fn check(&self, path: &str, checks: &mut Checks<'_, '_>) {
        let key = |key: &str| format!("{path}.{key}");
        for (name, gateway) in [("from", self.from), ("to", self.to), ("drain", self.drain)] {
            if let Some(gateway) = gateway {
                checks.gateway(gateway, &key(name));
            }
        }
        if let Some(Whose::Of(clients)) = &self.clients {
            for (number, &client) in clients.iter().enumerate() {
                checks.client(client, &format!("{path}.clients.{number}"));
            }
        }
        if checks.is_given(&key("drain")) {
            for other in ["clients", "from", "to"] {
                if checks.is_given(&key(other)) {
                    let what = format!("a drain with `{other}`");
                    checks.error(
                        &key(other),
                        what,
                        "a drain has `at` and `drain` only: make two of it",
                    );
                }
            }
            return;
        }
        for (needed, as_in) in [("clients", "clients = [\"c0\"]"), ("to", "to = \"g1\"")] {
            if !checks.is_given(&key(needed)) {
                let what = format!("a migration without `{needed}`");
                checks.error(
                    path,
                    what,
                    format!("add it, as in {as_in}; or `drain`, for all clients of a server"),
                );
            }
        }
        if self.to.is_some() && self.to == self.from {
            checks.error(&key("to"), "`to` is where the clients come from", "name another gateway");
        }
    }
}

/// The migrations and drains of a scenario.
fn plan(scenario: &Scenario) -> Plan {
    let (mut requests, mut drains) = (Vec::new(), Vec::new());
    for migration in scenario.beside::<Vec<Migration>>(MIGRATION) {
        let (at, gateway) = (migration.at, |it: Gateway| GatewayId(it.0));
        if let Some(drain) = migration.drain {
            drains.push(Drain { at, gateway: gateway(drain) });
        } else if let Some((whose, to)) = migration.clients.as_ref().zip(migration.to) {
            let mut clients: Vec<ClientId> = match whose {
                Whose::All => (0..scenario.clients.count).map(ClientId).collect(),
                Whose::Of(clients) => clients.iter().map(|it| ClientId(it.0)).collect(),
            };
            clients.sort_unstable();
            clients.dedup();
            requests.push(Request {
                at,
                clients,
                from: migration.from.map(gateway),
                to: gateway(to),
            });
        }
    }
    Plan::new(requests, drains)
}
