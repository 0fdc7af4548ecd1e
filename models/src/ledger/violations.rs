//! Broken invariants: what no run may show, counted rather than panicked about.

use std::fmt;

use penult_sim::Time;

use super::cause::PlaceName;
use crate::ids::DeliveryId;

macro_rules! violations {
    ($($(#[$doc:meta])* $kind:ident shown as $what:literal;)*) => {
        /// Something that must not happen.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Violation {
            $($(#[$doc])* $kind,)*
        }

        impl Violation {
            /// All of them.
            pub const ALL: &[Violation] = &[$(Violation::$kind),*];

            /// What happened, in words.
            pub const fn what(self) -> &'static str {
                match self {
                    $(Violation::$kind => $what,)*
                }
            }
        }
    };
}

violations! {
    /// A node told of a delivery that was never created, or is finished and has no copy.
    Unknown shown as "a node told of a delivery that nobody has";
    /// A message was created twice, or by another than its sender, or ahead of its time.
    BadlyCreated shown as "a message was created twice, elsewhere or ahead of its time";
    /// A node kept what no packet had brought.
    KeptFromNothing shown as "a node kept what nothing had brought";
    /// A node sent what it did not have.
    SentFromNothing shown as "a node sent what it did not have";
    /// A node told of a copy that it did not have.
    NotHere shown as "a node told of a copy that it did not have";
    /// A packet came or was lost that had not been sent.
    NeverSent shown as "a packet came or was lost that nobody had sent";
    /// A device told of what is another's.
    WrongDevice shown as "a device told of what is another's";
    /// An application got what its device did not have.
    DeliveredFromNothing shown as "an application got what its device did not have";
    /// An application got the same thing twice.
    DeliveredTwice shown as "an application got the same thing twice";
    /// A sender was told that the system has what nobody else had ever stored.
    AcceptedUnstored shown as "a message was accepted that nobody had stored";
    /// A node said that more time went by than did.
    TooLong shown as "a node told of more time than had passed";
    /// The phases of a delivery don't add up to its latency.
    PhasesDiffer shown as "the phases of a delivery do not add up to its latency";
    /// The fates don't add up to the deliveries offered.
    FatesDiffer shown as "the fates do not add up to the deliveries offered";
    /// What gateways and services hold, counted one way, is not what it is, counted another.
    CopiesDiffer shown as "copies counted by delivery differ from copies counted by node";
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.what())
    }
}

/// Where it was first seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Example {
    /// When.
    pub at: Time,
    /// At which node, if at any.
    pub place: Option<PlaceName>,
    /// Of which delivery, if of any.
    pub delivery: Option<DeliveryId>,
}

/// One broken invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    /// Which.
    pub what: Violation,
    /// How often.
    pub count: u64,
    /// The first time.
    pub first: Example,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Broken { what, count, first: Example { at, place, delivery } } = self;
        write!(f, "{what} ({count} times, first at {at}")?;
        if let Some(place) = place {
            write!(f, ", {place}")?;
        }
        if let Some(DeliveryId { message, recipient }) = delivery {
            let kind = if message.is_reply() { "reply " } else { "m" };
            write!(f, ", {kind}{} to {recipient}", message.number())?;
        }
        f.write_str(")")
    }
}

/// All broken invariants of a run: none, if all is well.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations {
    all: Vec<Broken>,
}

impl Violations {
    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Each kind once, in the order in which they were first seen.
    pub fn iter(&self) -> impl Iterator<Item = &Broken> {
        self.all.iter()
    }

    /// How often this happened.
    pub fn count(&self, what: Violation) -> u64 {
        self.all.iter().find(|broken| broken.what == what).map_or(0, |broken| broken.count)
    }

    #[cold]
    pub(super) fn add(&mut self, what: Violation, first: Example) {
        match self.all.iter_mut().find(|broken| broken.what == what) {
            Some(broken) => broken.count += 1,
            None => self.all.push(Broken { what, count: 1, first }),
        }
    }
}
