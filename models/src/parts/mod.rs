//! Parts: what the servers of strategies are made of.
//!
//! A part has its own state, and does what is the same wherever it is used: it sends its letters, sets its
//! timers, and says what came of it. What that means, whoever has the part decides. It knows no strategy, and what
//! it needs of a server stands in a trait beside it. No part looks into another; what is said until it is heard is
//! said by [`insist`] in all of them.
//!
//! | part | what it sees to | what its server says of itself |
//! |---|---|---|
//! | [`intake`] | what of a message is new, policy, the disk | [`Write`]: what of a message is on its way to the shelf |
//! | [`hosting`] | handing over to devices, again until they have it or are away | |
//! | [`seats`] | who hosts whom: the directory's other side | [`WithSeats`]: how long the directory may take |
//! | [`suspects`] | who is taken for dead, asked until it is heard | [`WithSuspects`]: how often; [`Peer`]: who can be |
//! | [`parking`] | what goes to an external store and comes back | [`WithStore`](crate::WithStore): which service that is |
//! | [`transfer`] | batches that leave at a bandwidth | |
//! | [`insist`] | one thing ([`Again`]) or many of a kind ([`Insist`]) that are said until heard, at a [`Pace`] | [`Saying`]: how |
//!
//! A server's own timers are made `From` those of its parts, and its letters from those that parts send; it hands
//! each back to the part when it comes. Heartbeats are a [detector](crate::detector), for any nodes.

pub mod hosting;
pub mod insist;
pub mod intake;
pub mod parking;
pub mod seats;
pub mod suspects;
pub mod transfer;

#[cfg(test)]
pub(crate) mod trial;

pub use hosting::{Hosting, Unacknowledged};
pub use insist::{Again, Insist, Pace, Saying};
pub use intake::{Intake, Known, Sorted, Write, Written};
pub use parking::{Parking, ParkingTimer, WithParking};
pub use seats::{SeatTimer, Seats, View, WithSeats};
pub use suspects::{AreYouThere, Peer, Probe, Suspects, WithSuspects};
pub use transfer::{Leaving, Transfer};
