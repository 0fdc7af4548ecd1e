//! The director: watches what nodes tell, says when triggered faults strike, and who plays a role.
//!
//! It sees what an observer sees and no more. It touches a run only through the faults of its plan, and
//! draws no number: a fault that waits for an event moves nobody else's.

use penult_sim::{FaultId, Node, NodeId, Role, Time, Who};

use crate::client::FIRST_EPOCH;
use crate::ids::{ClientId, DeliveryId, GatewayId, MessageId};
use crate::note::Note;
use crate::places::Places;

/// What sets off a fault of the plan, once. What is absent is met by anything.
#[derive(Clone, Debug, PartialEq)]
pub struct Trigger {
    /// The place of the fault in the plan.
    pub fault: usize,
    /// What happens.
    pub event: Event,
    /// At one of these, or at whoever plays this role then.
    pub node: Option<Who>,
    /// To this message of the workload.
    pub message: Option<MessageId>,
    /// To this client.
    pub client: Option<ClientId>,
    /// At the how-manieth time, from 1.
    pub nth: u32,
}

impl Trigger {
    /// Whether it waits for an event at none of all nodes: that never comes.
    pub fn is_on_nobody(&self) -> bool {
        matches!(&self.node, Some(Who::Nodes(nodes)) if nodes.is_empty())
    }
}

/// Something that happens in a run, where, and to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A user sends a message. The node is the sender's device, the client is the sender.
    Sent,
    /// A server has stored a message for a client. The node is the server, the client is the recipient; a
    /// message to several is stored once for each.
    Stored,
    /// A sender is told that the system has its message. The node is its device, the client is the sender.
    Accepted,
    /// A node is suspected. The node is that one, not the one that suspects it.
    Suspected,
    /// The directory lets a gateway have a client. The node is the gateway.
    Claimed,
    /// A new host has sent a client the first thing. The node is the host.
    HandedOver,
    /// A gateway that returned begins to synchronise. The node is the gateway.
    ResyncStarted,
    /// It has what it lacked.
    ResyncFinished,
    /// A message reaches its recipient, for the first time. The node is the recipient's device, the client
    /// is the recipient.
    Delivered,
}

/// A role of a client, as a fault names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The gateway that hosts it: of those that told that they do, the one of the highest epoch. A host that
    /// died is the host until another is.
    HostOf(ClientId),
    /// The first neighbour of that gateway, as configured, whether it is up or not.
    PenultimateOf(ClientId),
}

impl From<Part> for Role {
    fn from(part: Part) -> Role {
        Role(match part {
            Part::HostOf(client) => client.0 << 1,
            Part::PenultimateOf(client) => client.0 << 1 | 1,
        })
    }
}

impl From<Role> for Part {
    fn from(Role(number): Role) -> Part {
        let client = ClientId(number >> 1);
        if number & 1 == 0 { Part::HostOf(client) } else { Part::PenultimateOf(client) }
    }
}

/// Directs one run.
#[derive(Clone, Debug)]
pub struct Director {
    places: Places,
    /// Who hosts each client, since which epoch.
    hosts: Vec<(GatewayId, u32)>,
    /// The first neighbour of each gateway, if it has one.
    next: Vec<Option<GatewayId>>,
    /// Triggers that have not gone off, and how often the event of each came.
    waiting: Vec<(Trigger, u32)>,
}

/// An event that came.
struct Came {
    event: Event,
    node: NodeId,
    message: Option<MessageId>,
    client: Option<ClientId>,
}

impl Director {
    pub(crate) fn new(
        places: Places,
        homes: &[GatewayId],
        neighbours: &[Vec<GatewayId>],
        triggers: &[Trigger],
    ) -> Self {
        Director {
            places,
            hosts: homes.iter().map(|&home| (home, FIRST_EPOCH)).collect(),
            next: neighbours.iter().map(|near| near.first().copied()).collect(),
            waiting: triggers.iter().map(|trigger| (trigger.clone(), 0)).collect(),
        }
    }

    /// Who plays a part now.
    fn player(&self, part: Part) -> Option<GatewayId> {
        let host = |client: ClientId| {
            let host = self.hosts.get(client.index()).map(|&(host, _)| host);
            host.filter(|&host| host != GatewayId::NOWHERE)
        };
        match part {
            Part::HostOf(client) => host(client),
            Part::PenultimateOf(client) => self.next[host(client)?.index()],
        }
    }

    #[inline(never)]
    fn hosted(&mut self, client: ClientId, host: GatewayId, since: u32) {
        // Of relays nobody asks.
        if let Some(known) = self.hosts.get_mut(client.index())
            && since > known.1
        {
            *known = (host, since);
        }
    }

    /// Learns who hosts whom; what else a note says, the triggers look for.
    #[inline]
    fn learn(&mut self, node: NodeId, note: &Note) {
        match *note {
            Note::Claimed { client, epoch, .. } => {
                self.hosted(client, self.places.as_gateway(node), epoch);
            }
            Note::Attached { host, epoch } => {
                self.hosted(self.places.as_client(node), host, epoch);
            }
            _ => {}
        }
    }

    fn came(&self, node: NodeId, note: &Note) -> Option<Came> {
        let of = |event, node, message, client| Some(Came { event, node, message, client });
        match note {
            Note::Created(message) => of(Event::Sent, node, Some(message.id), Some(message.sender)),
            Note::Stored { delivery, .. } => {
                of(Event::Stored, node, Some(delivery.message), Some(delivery.recipient))
            }
            Note::AcceptedOne(DeliveryId { message, .. }) | Note::Accepted(message) => {
                of(Event::Accepted, node, Some(*message), Some(self.places.as_client(node)))
            }
            Note::Suspected(suspect) => of(Event::Suspected, *suspect, None, None),
            Note::Claimed { client, .. } => of(Event::Claimed, node, None, Some(*client)),
            Note::HandedOver(client) => of(Event::HandedOver, node, None, Some(*client)),
            Note::ResyncStarted => of(Event::ResyncStarted, node, None, None),
            Note::ResyncFinished { .. } => of(Event::ResyncFinished, node, None, None),
            Note::Delivered(delivery) => {
                of(Event::Delivered, node, Some(delivery.message), Some(delivery.recipient))
            }
            _ => None,
        }
    }

    fn is_met(&self, trigger: &Trigger, came: &Came) -> bool {
        let node = || match &trigger.node {
            None => true,
            Some(Who::Nodes(nodes)) => nodes.contains(&came.node),
            Some(Who::Role(role)) => self
                .player(Part::from(*role))
                .is_some_and(|player| self.places.gateway(player) == came.node),
        };
        trigger.event == came.event
            && trigger.message.is_none_or(|message| came.message == Some(message))
            && trigger.client.is_none_or(|client| came.client == Some(client))
            && node()
    }

    /// Strikes with what the triggers that this note sets off stand for.
    #[inline(never)]
    fn look_for(&mut self, node: NodeId, note: &Note, strike: &mut Vec<FaultId>) {
        let Some(came) = self.came(node, note) else { return };
        let mut waiting = std::mem::take(&mut self.waiting);
        waiting.retain_mut(|(trigger, times)| {
            *times += u32::from(self.is_met(trigger, &came));
            let goes_off = *times == trigger.nth;
            if goes_off {
                strike.push(FaultId::new(trigger.fault));
            }
            !goes_off
        });
        self.waiting = waiting;
    }
}

impl<N: Node<Note = Note>> penult_sim::Director<N> for Director {
    #[inline]
    fn see(&mut self, _: Time, node: NodeId, note: &Note, strike: &mut Vec<FaultId>) {
        self.learn(node, note);
        if !self.waiting.is_empty() {
            self.look_for(node, note, strike);
        }
    }

    fn cast(&self, role: Role) -> Vec<NodeId> {
        let player = self.player(Part::from(role));
        player.map(|gateway| self.places.gateway(gateway)).into_iter().collect()
    }
}
