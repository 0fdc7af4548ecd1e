//! The engine of Penult: simulated time, events, random streams, a network that fails, honest nodes.
//!
//! It knows nodes and packets; it has never heard of a message, a gateway or a file. Whoever builds a
//! world gives it a [`Network`], the behaviour of its nodes (a [`Node`]) and a plan of [`Fault`]s, and
//! gets a run that is a pure function of these and of one [`Seed`]; where nodes meet, it has [`Contacts`] too:
//!
//! ```text
//!   Network ──┐                    ┌─ Node::start, receive, wake, recover, met, parted, turn
//!   Contacts ─┼─▶ Engine ──fires──▶┤      │ Context: send, set_timer, write, draw, tell, say, transfer
//!   Faults ───┤       ▲            │      │ Turn: ask
//!   Seed ─────┘       │            └──────┼───────────────────────────────┐
//!                     └──── agenda ◀──────┘ packets and timers            ▼ notes
//!                                                               Observer (changes nothing)
//!                                                               Director (sets off faults)
//! ```
//!
//! # An example
//!
//! Two nodes say hello; the one that is spoken to answers.
//!
//! ```
//! use penult_sim::*;
//!
//! #[derive(Clone)]
//! struct Hello;
//!
//! impl Ids for Hello {
//!     fn ids(&self) -> u64 {
//!         0
//!     }
//! }
//!
//! impl Packet for Hello {}
//!
//! struct Greeter;
//!
//! impl Node for Greeter {
//!     type World = (NodeId, NodeId);
//!     type Disk = u32;
//!     type Packet = Hello;
//!     type Timer = ();
//!     type Note = ();
//!
//!     fn new_disk(_: NodeId, _: &Self::World) -> u32 {
//!         0
//!     }
//!
//!     fn start(_: &mut u32, cx: &mut Context<'_, Self>) -> Self {
//!         let &(first, second) = cx.world();
//!         if cx.node() == first {
//!             cx.send(second, Hello);
//!         }
//!         Greeter
//!     }
//!
//!     fn receive(&mut self, heard: &mut u32, from: NodeId, _: Hello, cx: &mut Context<'_, Self>) {
//!         *heard += 1;
//!         if cx.node() == cx.world().1 {
//!             cx.send(from, Hello);
//!         }
//!     }
//!
//!     fn wake(&mut self, _: &mut u32, (): (), _: &mut Context<'_, Self>) {}
//! }
//!
//! let mut network = Network::new();
//! let first = network.add_node(&NodeSpec::default());
//! let second = network.add_node(&NodeSpec::default());
//! network.add_link(first, second, &LinkSpec::with_latency(Delay::constant(Span::millis(5))));
//!
//! let mut engine = Engine::<Greeter>::new(Seed::new(1), network, (first, second));
//! engine.run(&Limits::QUIET)?;
//! assert_eq!(engine.now(), Time::ZERO + Span::millis(10));
//! assert_eq!((*engine.disk(first), *engine.disk(second)), (1, 1));
//! # Ok::<(), EventLimit>(())
//! ```
//!
//! # What holds it together
//!
//! - **Events** fire in the order (time, order of scheduling). Nothing in a run depends on a clock, a
//!   thread, an address, or the order of a hash map.
//! - **Nodes are honest.** A handler gets its node's memory, its node's disk and a [`Context`]; no other
//!   node can be reached from there. A crash drops the memory by type.
//! - **Random numbers** are named by seed, purpose and entity ([`Stream`]): one more node or fault moves
//!   nobody else's.
//! - **Every packet is accounted for**: sent + duplicated = received + lost, by cause, + in flight
//!   ([`Traffic`]).
//! - The **[`Fingerprint`]** folds every event that fires. Equal fingerprints mean equal runs.
//!
//! # What a packet meets
//!
//! It leaves at once ([`Context::send`]; sending costs no CPU), over the link that both ends share, or
//! over the route of least mean latency among what is up at that instant, or over access links. On each
//! link it waits for its turn (bandwidth; past the buffer it is dropped), may be lost, doubled or
//! corrupted, and takes a latency. At its receiver it waits for the CPU. A link that goes down drops what
//! is on it; a node that dies takes what stood in its queues and what comes before it is back; what was
//! corrupted is discarded on arrival.
//!
//! A packet that a link loses by chance is lost at the instant it is put on the link, and uses its turn
//! there all the same. A triggered fault strikes between two events, never inside one. Faults of one
//! instant strike in the order of the plan, before what the run itself schedules for that instant.
//!
//! # What happens in a contact
//!
//! Nodes whose type says so ([`Node::MEETS`]) meet and part, beside the network and whatever its links do: as
//! a recorded trace has it ([`ContactTrace`]), by chance ([`Meetings`]), walking in a plane ([`Waypoint`]), by another
//! [`ContactSource`], or because they join a [`Medium`] by themselves. Two are in contact while anything of
//! this holds them together and both are on; a crash or going offline ends it there and then, and coming back
//! begins it anew. Both ends are told ([`Node::met`], [`Node::parted`]), and know of no other contact than
//! their own ([`Context::peers`]).
//!
//! A contact has a rate, the lower one of its ends', or none: then nothing takes time. Each way it carries one
//! packet at a time ([`Context::transfer`]), for size / rate rounded up to a nanosecond. What ends at the instant
//! of the contact's end has arrived; else it is lost, all of it, and both ends are told. What a node says
//! ([`Context::say`]) is heard at the same instant, and what it asks ([`Turn::ask`]) is answered at once, by
//! the other's own [`Node::asked`]. Nothing of this waits for a CPU or gives it work, and no gray fault, cut or
//! partition touches it.
//!
//! At one instant, where nodes meet, what happens has this order: transfers end; faults strike, and early
//! timers run out ([`Context::set_early_timer`]); contacts end, then contacts begin, each by their pairs, or
//! as a trace has them; packets arrive and timers run out; late timers do ([`Context::set_late_timer`]).
//! After each of these, before the next: what was said is heard, until nobody says anything; then whoever
//! wants a turn ([`Context::ask_turn`], [`Context::rouse`]) has it ([`Node::turn`]), the first one of the
//! network first and hearing in between, again and again until nobody does. A transfer that is over arrives
//! as its sender's turn begins. Worlds whose nodes don't meet have none of this, and pay nothing for it.
//!
//! # What it leaves out
//!
//! Links neither mangle contents nor slow down with distance from saturation; there is no congestion
//! control, no clock drift: every node's clock is right. Routes are found by an oracle that learns of
//! failures at once; what nodes themselves believe is the protocol's business. Contacts neither lose by
//! chance nor interfere with each other: how many a radio serves at a time is the nodes' business too.

#![forbid(unsafe_code)]

mod agenda;
mod bandwidth;
mod contacts;
mod context;
mod decimal;
mod drawers;
mod draws;
mod engine;
mod faults;
mod fingerprint;
mod id;
mod id_map;
mod kernel;
mod network;
mod node;
mod observe;
pub mod queue;
mod random;
mod time;
mod topology;

pub use agenda::TimerId;
pub use bandwidth::Bandwidth;
pub use contacts::{
    Contact, ContactChange, ContactError, ContactSource, ContactTrace, Contacts, Leg, Medium,
    Meetings, Mobile, Turn, Walk, Walking, Waypoint,
};
pub use context::Context;
pub use decimal::{NotDecimal, decimal};
pub use engine::{Ending, Engine, EventLimit, Limits};
pub use faults::{Director, DiskFate, Fault, FaultError, Process, Record, Role, What, When, Who};
pub use fingerprint::Fingerprint;
pub use id::{FaultId, LinkId, MediumId, NodeId, RegionId};
pub use id_map::IdMap;
pub use network::{
    Gray, LinkSpec, Loss, LostBy, MachineSpec, Network, NodeSpec, Order, RegionDelays, Traffic,
};
pub use node::{Ids, Node, Packet};
pub use observe::{Bearer, Carried, Notes, Observed, Observer};
pub use random::{
    BufferedStream, Delay, Distribution, DistributionError, Draw, Drawing, Law, Purpose, Seed,
    Stream, normal_above, normal_quantile,
};
pub use time::{Span, Time};
pub use topology::{
    Coordinates, Density, Direction, FailureTrace, MapOptions, MatrixOptions, Outage, ParseError,
    Place, PlaceLink, RegionMatrix, Shape, Table, TableRow, Topology,
};
