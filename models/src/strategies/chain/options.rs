//! The table `[chain]`.

use penult_sim::{Bandwidth, Span};

use crate::delete_on::{DeleteOn, Triggers};
use crate::detector::HeartbeatOptions;
use crate::ids::GatewayId;
use crate::policy::PolicyOptions;
use crate::services::ServiceOptions;
use crate::store::Spill;

/// How the chain acts.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainOptions {
    /// How many gateways hold a message at least, where the network has them.
    pub length: u32,
    /// How sources choose among the ways to a host.
    pub route: RouteChoice,
    /// Whether each user has a chain of its own: the sender's, then the recipient's. Else all gateways on
    /// the way hold a message for both.
    pub split: bool,
    /// Whether one packet carries a message for several recipients as far as their ways are the same.
    pub shared_segments: bool,
    /// How many must have stored it before its sender is told so.
    pub accept_after: u32,
    /// How long a gateway waits for an ack.
    pub ack_timeout: Span,
    /// How often it tries; the first send is attempt 1.
    pub attempts: u32,
    /// Who is told that a gateway has stored a message, and who counts the time until then.
    pub acks: Acks,
    /// The central processor, where there is one.
    pub processor: ServiceOptions,
    /// How long the gateway before the host waits for the client's acknowledgement; absent: it does not.
    pub client_ack_timeout: Option<Span>,
    /// How gateways find out by themselves that another is silent; absent: they don't.
    pub heartbeat: Option<HeartbeatOptions>,
    /// Policy.
    pub policy: PolicyOptions,
    /// Whether policy runs at every gateway instead of at the source alone.
    pub policy_everywhere: bool,
    /// What makes gateways delete a message: the first of these.
    pub delete_on: Triggers,
    /// How long messages are held.
    pub hold: Span,
    /// When they go to the external store.
    pub spill: Spill,
    /// How often a suspect is asked whether it is there.
    pub probe: Span,
    /// Whether gateways keep what the directory said of hosts; else each message costs a question.
    pub cache: bool,
    /// How long the directory gathers changes before it tells them.
    pub notice: Span,
    /// Whether a gateway takes those back whose home it is.
    pub failback: Failback,
    /// How long one that lost them while it was alive waits before it does, from their first answer on.
    pub failback_after: Span,
    /// Whether another takes the place of a dead gateway in the list of a host.
    pub repair: Repair,
    /// How long after its suspicion.
    pub repair_after: Span,
    /// How a gateway gets what it lacks.
    pub resync: ResyncOptions,
}

/// Whether a gateway takes those back whose home it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failback {
    /// It does.
    #[default]
    Resume,
    /// They stay where they are.
    Stay,
}

/// Whether another takes the place of a dead gateway in the list of a host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Repair {
    /// Nobody does.
    #[default]
    None,
    /// The host's next neighbour does.
    Replace,
}

/// How a gateway that comes back gets what it lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResyncOptions {
    /// How many messages go in one packet, at most.
    pub batch: u32,
    /// How fast a host sends them, as bytes of messages: headers don't count. Absent: at once.
    pub bandwidth: Option<Bandwidth>,
    /// What of the queues.
    pub what: ResyncWhat,
}

/// What of the queues of its clients a gateway that comes back gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ResyncWhat {
    /// All: what the users sent and what they are to get, received or not, until something deletes it.
    #[default]
    All,
    /// What has yet to be delivered to them.
    Undelivered,
}

impl Default for ResyncOptions {
    fn default() -> Self {
        ResyncOptions { batch: 64, bandwidth: None, what: ResyncWhat::All }
    }
}

impl Default for ChainOptions {
    fn default() -> Self {
        ChainOptions {
            length: 3,
            route: RouteChoice::ShortestPath,
            split: false,
            shared_segments: true,
            accept_after: 1,
            ack_timeout: Span::millis(200),
            attempts: 2,
            acks: Acks::Hop,
            processor: ServiceOptions::default(),
            client_ack_timeout: None,
            heartbeat: None,
            policy: PolicyOptions::default(),
            policy_everywhere: false,
            delete_on: DeleteOn::Received.into(),
            hold: Span::secs(24 * 3600),
            spill: Spill::Never,
            probe: Span::secs(1),
            cache: true,
            notice: Span::ZERO,
            failback: Failback::default(),
            failback_after: Span::ZERO,
            repair: Repair::default(),
            repair_after: Span::ZERO,
            resync: ResyncOptions::default(),
        }
    }
}

/// Who is told that a gateway has stored a message, and who counts the time until then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Acks {
    /// Its predecessor.
    #[default]
    Hop,
    /// The central processor, which tells the predecessor.
    Central,
    /// Both: the first to find that too long acts.
    Both,
}

impl Acks {
    /// Whether there is a central processor.
    pub fn has_processor(self) -> bool {
        self != Acks::Hop
    }

    /// Whether predecessors are told, and count for themselves.
    pub fn by_hop(self) -> bool {
        self != Acks::Central
    }
}

/// How a source chooses among the ways to a host.
#[derive(Clone, Debug, PartialEq)]
pub enum RouteChoice {
    /// The least latency.
    ShortestPath,
    /// Of the ways with the fewest hops, the one whose most loaded inner gateway had the fewest messages
    /// from this source.
    LoadBalanced,
    /// Over the gateways that a list says; the least latency where it says nothing.
    Domain(Vec<Domain>),
}

/// The way from some gateways to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// Where it begins.
    pub from: Vec<GatewayId>,
    /// Where it leads to.
    pub to: Vec<GatewayId>,
    /// Over whom, in this order.
    pub via: Vec<GatewayId>,
}
