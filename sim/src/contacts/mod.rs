//! Contacts: pairs of nodes that meet and part, and that carry packets meanwhile, beside the network.
//!
//! # The design
//!
//! A *contact* is two nodes that are within each other's reach while both are on (up and not offline).
//! What puts them there are *holds*: a [`ContactSource`] says when pairs come together and go apart, be it
//! from a recorded trace ([`ContactTrace`]), from random meetings ([`Meetings`]) or from walkers in a plane
//! ([`Waypoint`]); and nodes join and leave *media* by themselves, on which all are in contact with all. A
//! pair that several holds name is in one contact, from the first to the last of them; its rate is that of
//! the first one, fixed as it begins. A node that goes off ends its contacts there and then; when it is
//! back, what still holds it begins them anew. Each contact carries one packet at a time each way, by a
//! *transfer* that takes size / rate and is lost if the contact ends before; and any number of packets that
//! take no time, by *saying*. Nothing is done for pairs that are not held, and nothing is walked over: a
//! source gives its changes one after the other, a pair is found by one look into a table of those that are
//! held now, a node's own contacts are a list, and the end of a contact touches its two transfers.
//!
//! ```text
//!   ContactSource ─┐  holds            ┌─ Node::met, parted
//!   join, leave ───┼─▶ Pairs ─▶ begin ─┤       say ─▶ Node::receive              (same instant)
//!   crash, offline ┘            and end └─ Node::turn ─ ask ─▶ Node::asked       (same instant)
//!                                          transfer ─▶ … ─▶ Node::receive, handed_over
//! ```
//!
//! # The order at one instant
//!
//! Where nodes meet ([`Node::MEETS`](crate::Node::MEETS)): first the transfers that end then; then faults,
//! and early timers ([`Context::set_early_timer`](crate::Context::set_early_timer)) beside them; then
//! contacts, ends before beginnings, each in the order of their pairs (what a source gives in another order
//! keeps that); then packets and timers; last of all late timers
//! ([`Context::set_late_timer`](crate::Context::set_late_timer)). After each single one of these, before
//! the next: what was said is heard, in the order of saying and until nobody says anything more; then the
//! first node that has asked for a turn, or was roused to one, has it; what is said there is heard; then
//! the next node, in the order of the network, and again from the first one on until nobody wants a turn.
//!
//! A transfer that is across arrives as its sender has its turn, which is given to all whose transfers end
//! at this instant: so of those the nodes' order decides who is free first, and not who began first. What
//! ends at the instant at which its contact ends has arrived. In its turn a node may [`ask`](Turn::ask) a
//! peer and gets the answer before anything else happens: the peer answers out of its own state, as in any
//! other handler, but can ask nobody itself.
//!
//! # What it costs
//!
//! Memory: what is held now, and the trace or the state of the generator. A beginning or an end: one look
//! into the table, a few links of two lists, and the telling to both. A turn that somebody wants: a place
//! in a heap of those that want one.

mod context;
mod live;
mod media;
mod meetings;
mod pairs;
#[cfg(test)]
mod tests;
mod trace;
mod turn;
mod turns;
mod walk;
mod waypoint;

pub(crate) use live::{ANEW, Live, Place, Urgent};
pub use media::Medium;
pub(crate) use media::Tie;
pub use meetings::{Meetings, Mobile};
pub(crate) use pairs::{By, NO_FLIGHT};
pub use trace::{Contact, ContactTrace};
pub use turn::Turn;
pub use walk::{Leg, Walk, Walking};
pub use waypoint::Waypoint;

use std::fmt;

use crate::{Bandwidth, MediumId, NodeId, Seed, Time};

/// Counts steps (links followed, places of a list moved, keys looked up), so that tests can hold contacts to
/// a bound where a clock would only say that the machine was busy.
#[inline(always)]
fn effort(_steps: usize) {
    #[cfg(test)]
    tests::EFFORT.set(tests::EFFORT.get() + _steps as u64);
}

/// A pair comes together or goes apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactChange {
    /// Who, the first one of the network first.
    pub pair: (NodeId, NodeId),
    /// Whether they come together.
    pub begins: bool,
}

impl ContactChange {
    /// Two nodes come together.
    pub fn begin(a: NodeId, b: NodeId) -> ContactChange {
        ContactChange { pair: (a.min(b), a.max(b)), begins: true }
    }

    /// Two nodes go apart.
    pub fn end(a: NodeId, b: NodeId) -> ContactChange {
        ContactChange { pair: (a.min(b), a.max(b)), begins: false }
    }
}

/// Where contacts come from: who comes together and goes apart, whatever becomes of the nodes. It is asked
/// for one instant after the other, so that it need not know them all from the start.
pub trait ContactSource {
    /// The next instant at which anything may change, later than the one before; nothing if nothing will any
    /// more. What changes then is added to `changes`, in the order in which it is to happen; that may be
    /// nothing too, from a source that wants to do its work in small steps.
    fn next(&mut self, seed: &Seed, changes: &mut Vec<ContactChange>) -> Option<Time>;

    /// The last node of the network that it speaks of.
    fn last_node(&self) -> Option<NodeId>;
}

/// Why contacts can't be part of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContactError {
    /// A node meets itself.
    Itself(NodeId),
    /// A contact ends before it begins.
    Backwards(Contact),
    /// A node is named that the network doesn't have.
    NoNode(NodeId),
    /// Nodes are not listed in the order of the network, each once.
    Disordered(NodeId),
    /// Meetings that last no time are none.
    Instant,
}

impl std::error::Error for ContactError {}

impl fmt::Display for ContactError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ContactError::Itself(node) => write!(f, "{node} can't meet itself"),
            ContactError::Backwards(Contact { a, b, up, down }) => {
                write!(f, "the contact of {a} and {b} ends at {down}, before it begins at {up}")
            }
            ContactError::NoNode(node) => write!(f, "there is no node {node}"),
            ContactError::Disordered(node) => {
                write!(f, "{node} does not come after the node before it in the list")
            }
            ContactError::Instant => f.write_str("meetings must last longer than no time"),
        }
    }
}

/// The contacts of a run: where they come from, and how fast each node's radio is.
///
/// ```
/// use penult_sim::*;
///
/// /// Hands over what it has, a megabyte, to whomever it meets first.
/// struct Walker {
///     meets: Option<NodeId>,
/// }
///
/// #[derive(Clone)]
/// struct Parcel;
///
/// impl Ids for Parcel {
///     fn ids(&self) -> u64 {
///         0
///     }
/// }
///
/// impl Packet for Parcel {
///     fn bytes(&self) -> u32 {
///         1_000_000
///     }
/// }
///
/// impl Node for Walker {
///     type World = ();
///     /// How many it has.
///     type Disk = u32;
///     type Packet = Parcel;
///     type Timer = ();
///     type Note = ();
///
///     const MEETS: bool = true;
///
///     fn new_disk(node: NodeId, _: &()) -> u32 {
///         u32::from(node.index() == 0)
///     }
///
///     fn start(_: &mut u32, _: &mut Context<'_, Self>) -> Self {
///         Walker { meets: None }
///     }
///
///     fn receive(&mut self, has: &mut u32, _: NodeId, _: Parcel, _: &mut Context<'_, Self>) {
///         *has += 1;
///     }
///
///     fn wake(&mut self, _: &mut u32, _: (), _: &mut Context<'_, Self>) {}
///
///     fn met(&mut self, has: &mut u32, peer: NodeId, cx: &mut Context<'_, Self>) {
///         if *has > 0 {
///             self.meets = Some(peer);
///             cx.ask_turn();
///         }
///     }
///
///     fn turn(&mut self, _: &mut u32, turn: &mut Turn<'_, Self>) {
///         if let Some(peer) = self.meets.take() {
///             turn.transfer(peer, Parcel);
///         }
///     }
///
///     fn handed_over(&mut self, has: &mut u32, _: NodeId, _: &mut Context<'_, Self>) {
///         *has -= 1;
///     }
/// }
///
/// let mut network = Network::new();
/// let [a, b, c] = [(); 3].map(|()| network.add_node(&NodeSpec::default()));
/// let at = Time::from_secs;
/// let mut contacts = Contacts::new();
/// contacts.set_bandwidth(Bandwidth::bits_per_second(8_000_000));
/// contacts.add_source(ContactTrace::new(vec![
///     Contact { a, b, up: at(10), down: at(12) },
///     // Half a second is not enough.
///     Contact { a: b, b: c, up: at(20), down: Time::from_millis(20_500) },
/// ])?);
///
/// let mut engine = Engine::<Walker>::new(Seed::new(1), network, ());
/// engine.add_contacts(contacts)?;
/// engine.run(&Limits::until(at(30)))?;
/// assert_eq!([a, b, c].map(|node| *engine.disk(node)), [0, 1, 0]);
/// assert_eq!((engine.traffic().received, engine.traffic().lost.parted), (1, 1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Default)]
pub struct Contacts {
    pub(crate) sources: Vec<Box<dyn ContactSource>>,
    pub(crate) bandwidth: Option<Bandwidth>,
    pub(crate) radios: Vec<(NodeId, Option<Bandwidth>)>,
    pub(crate) media: media::Media,
}

impl Contacts {
    /// Nobody meets, and transfers take no time.
    pub fn new() -> Contacts {
        Contacts::default()
    }

    /// Adds a source. A pair that several name is in one contact.
    pub fn add_source(&mut self, source: impl ContactSource + 'static) {
        self.sources.push(Box::new(source));
    }

    /// The bandwidth of all radios that have none of their own; without one they transfer in no time.
    pub fn set_bandwidth(&mut self, bandwidth: Option<Bandwidth>) {
        self.bandwidth = bandwidth;
    }

    /// The bandwidth of a node's own radio. A contact has the lower one of its ends', fixed as it begins.
    pub fn set_radio(&mut self, node: NodeId, bandwidth: Option<Bandwidth>) {
        self.radios.push((node, bandwidth));
    }

    /// Adds a medium. Who is on it, its nodes say ([`Context::join`](crate::Context::join)).
    pub fn add_medium(&mut self, medium: Medium) -> MediumId {
        self.media.add(medium)
    }

    /// Whoever is on one of two media is in contact with whoever is on the other, while all nodes that this
    /// `needs` are up. Of that the nodes on the media are told nothing.
    pub fn bridge(&mut self, a: MediumId, b: MediumId, needs: &[NodeId]) {
        self.media.bridge(a, b, needs);
    }

    /// Says what is wrong with it, in a network of so many nodes.
    pub(crate) fn check(&self, nodes: usize) -> Result<(), ContactError> {
        let of_sources = self.sources.iter().filter_map(|source| source.last_node());
        let radios = self.radios.iter().map(|&(node, _)| node);
        let mut all = of_sources.chain(radios).chain(self.media.needs());
        match all.find(|node| node.index() >= nodes) {
            Some(node) => Err(ContactError::NoNode(node)),
            None => Ok(()),
        }
    }
}

/// The lower of two bandwidths; absent is without limit.
pub(crate) fn lower(a: Option<Bandwidth>, b: Option<Bandwidth>) -> Option<Bandwidth> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
