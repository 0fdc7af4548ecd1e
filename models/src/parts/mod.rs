//! Parts: what the servers of strategies are made of.
//!
//! A part has its own state, and does what is the same wherever it is used: it sends its letters, sets its
//! timers, and says what came of it. What that means, whoever has the part decides. It knows no strategy, and what
//! it needs of a server stands in a trait beside it. No part looks into another; what is said until it is heard is
//! said by [`insist`] in all of them.

pub mod hosting;
pub mod insist;
pub mod intake;
pub mod parking;
pub mod seats;
pub mod suspects;
pub mod transfer;

#[cfg(test)]
mod trial;

pub use hosting::{Hosting, Unacknowledged};
pub use insist::{Again, Insist, Pace, Saying};
pub use intake::{Intake, Known, Sorted, Write, Written};
pub use parking::{Parking, ParkingTimer, WithParking};
pub use seats::{SeatTimer, Seats, View, WithSeats};
pub use suspects::{AreYouThere, Peer, Probe, Suspects, WithSuspects};
pub use transfer::{Leaving, Transfer};
