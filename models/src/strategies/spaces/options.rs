//! The options of `spaces`: its table, as servers take it.

use std::sync::Arc;

use penult_sim::{Span, Time};

use super::plan::Plan;
use crate::ids::ClientId;
use crate::policy::PolicyOptions;
use crate::services::ServiceOptions;

/// The table `[spaces]`, and what follows from it and the world.
#[derive(Clone, Debug)]
pub struct SpacesOptions {
    /// How many space servers there are.
    pub servers: u32,
    /// How far each is, and what it is made of.
    pub server: ServiceOptions,
    /// How many of them have each space.
    pub replicas: u32,
    /// To whom gateways publish.
    pub publish: Publish,
    /// Where gateways subscribe.
    pub subscribe: Subscribe,
    /// How many replicas must have stored a message before its sender is told.
    pub accept_after: u32,
    /// Whether a lead numbers a space's messages.
    pub lead: bool,
    /// How long an answer is waited for.
    pub ack_timeout: Span,
    /// How often something is sent before somebody is suspected; the first time counts.
    pub attempts: u32,
    /// How often a server says that it is there.
    pub beat: Span,
    /// So many missing in a row, and it is suspected.
    pub misses: u32,
    /// How long one waits that would be lead.
    pub elect: Span,
    /// How often a suspect is asked whether it is there.
    pub probe: Span,
    /// For how long a message is kept.
    pub retention: Span,
    /// How many gateways a client's list has.
    pub length: u32,
    /// For how long the directory gathers changes of hosts.
    pub notice: Span,
    /// Policy.
    pub policy: PolicyOptions,
    /// How many clusters servers and spaces are dealt to.
    pub clusters: u32,
    /// By what spaces are dealt to clusters.
    pub cluster_by: ClusterBy,
    /// How many teams clients are dealt to.
    pub teams: u32,
    /// So large a share of a space's members in a group of spaces puts it there.
    pub overlap: f64,
    /// How long after a suspicion, if it lasts, a server is replaced.
    pub replace_after: Option<Span>,
    /// The moves, in the order of their instants.
    pub moves: Vec<Move>,
    /// Whether gateways know which servers a space has without asking.
    pub cache: bool,
    /// Whether users reply.
    pub replies: bool,
    /// What all nodes know from the start.
    pub plan: Arc<Plan>,
}

/// To whom gateways publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Publish {
    /// To all replicas.
    All,
    /// To the nearest that are more than half.
    Quorum,
    /// To the nearest.
    Nearest,
}

/// Where gateways subscribe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subscribe {
    /// At every replica.
    All,
    /// At each space's nearest.
    Nearest,
}

/// By what spaces are dealt to clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClusterBy {
    /// All are in the first.
    None,
    /// By the region of most members' homes.
    Region,
    /// By the team of most members.
    Team,
    /// By how much is written in them.
    Volume,
    /// By the members that they share.
    Members,
}

/// A space goes to another cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// When.
    pub at: Time,
    /// Which space.
    pub space: SpaceName,
    /// To which cluster.
    pub to: u32,
}

/// What a space is called.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpaceName {
    /// The conversation with this number.
    Conversation(u32),
    /// All who write to each other, numbers ascending.
    Members(Vec<ClientId>),
}
