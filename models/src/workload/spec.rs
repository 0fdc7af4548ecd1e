//! What users send, as a scenario says it: plain fields, to be checked by [`Workload::new`].
//!
//! [`Workload::new`]: super::Workload::new

use std::fmt;

use penult_sim::{Distribution, Span};

use super::list::List;

/// What users send, and when, before it was checked.
#[derive(Clone, Debug)]
pub struct WorkloadSpec {
    /// When they send.
    pub times: SendTimes,
    /// Whom they send to.
    pub to: To,
    /// How many others each message goes to; rounded, from 1 to all. In [`To::Conversations`] it is all
    /// other members, and in [`SendTimes::List`] those listed, whatever stands here.
    pub recipients: Distribution,
    /// How many bytes a message has, without its attachment.
    pub size: Distribution,
    /// What is attached to messages, if anything is.
    pub attachment: Option<Attachment>,
    /// How many nanoseconds a message may be viewed. `None`: as long as anybody likes.
    pub view: Option<Distribution>,
    /// The share of messages that are harmful, from 0 to 1.
    pub harmful: f64,
}

impl Default for WorkloadSpec {
    /// A message of 1 KiB to any other, every ten seconds on average.
    fn default() -> Self {
        let constant = |value| Distribution::constant(value).expect("not negative");
        Self {
            times: SendTimes::Poisson { rate: 0.1 },
            to: To::Uniform,
            recipients: constant(1.0),
            size: constant(1024.0),
            attachment: None,
            view: None,
            harmful: 0.0,
        }
    }
}

/// When users send.
#[derive(Clone, Debug)]
pub enum SendTimes {
    /// At random.
    Poisson {
        /// How often each client sends, in messages per second.
        rate: f64,
    },
    /// Each client at equal distances, from a random part of that distance on.
    Periodic {
        /// How often each client sends, in messages per second. The distance is 1 / rate, rounded to the
        /// nanosecond.
        rate: f64,
    },
    /// Several in a row, again and again.
    Bursts(Bursts),
    /// At random, at a rate that follows the day.
    Diurnal(Diurnal),
    /// As listed.
    List(List),
}

/// How bursts come.
///
/// The first burst of a client begins after a random part of `every`: any part of it being as likely as
/// any other, except for an exponential one, of which it takes the whole, as nothing tells when the burst
/// before was. A burst that is due while the one before still goes on begins with its last message.
#[derive(Clone, Debug)]
pub struct Bursts {
    /// How many nanoseconds from the beginning of one burst of a client to its next; at least one.
    pub every: Distribution,
    /// How many messages a burst has; rounded, at least one.
    pub count: Distribution,
    /// How many nanoseconds from one message of a burst to the next.
    pub spacing: Distribution,
}

/// A rate that follows the day: `rate · (1 + swing · cos(2π · (t − peak_at) / period))`.
#[derive(Clone, Debug)]
pub struct Diurnal {
    /// How often each client sends on average, in messages per second.
    pub rate: f64,
    /// How long a day is.
    pub period: Span,
    /// When in the day most is sent.
    pub peak_at: Span,
    /// How far the rate goes above its mean and below it, as a share of it, from 0 to 1.
    pub swing: f64,
}

/// Whom users send to. Nobody writes to himself, and nobody gets a message twice.
#[derive(Clone, Debug)]
pub enum To {
    /// Any other client.
    Uniform,
    /// Few get most: client c(k − 1) in proportion to 1 / k^exponent.
    Zipf {
        /// How uneven it is.
        exponent: f64,
    },
    /// All others of a conversation that the sender is in, each of his as likely as any other. Who is in
    /// none sends nothing.
    Conversations(Conversations),
}

/// Groups of clients that write to each other.
#[derive(Clone, Debug)]
pub struct Conversations {
    /// How many there are.
    pub count: u32,
    /// How many members each has; rounded, from 2 to all.
    pub members: Distribution,
}

/// What is attached to messages.
#[derive(Clone, Debug)]
pub struct Attachment {
    /// The share of messages that have one, from 0 to 1.
    pub share: f64,
    /// How many bytes it has, on top of the message's own.
    pub size: Distribution,
}

/// What makes no workload.
#[derive(Clone, PartialEq, Debug)]
pub enum WorkloadError {
    /// Not a rate: it is above zero, and at most one a nanosecond.
    Rate(f64),
    /// Not a share: it is from 0 to 1.
    Share {
        /// Of what.
        what: &'static str,
        /// What came.
        value: f64,
    },
    /// A day without length.
    Period,
    /// Not an exponent: it is finite and not negative.
    Exponent(f64),
    /// A message of the list that can't be sent.
    Listed {
        /// Its place in the list as given, from 0.
        index: usize,
        /// What is wrong with it.
        why: String,
    },
}

impl fmt::Display for WorkloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rate(rate) => {
                write!(
                    f,
                    "a rate of {rate} per second: it is above 0, and at most one a nanosecond"
                )
            }
            Self::Share { what, value } => write!(f, "{what} is {value}: it is from 0 to 1"),
            Self::Period => write!(f, "the day has no length: its period is longer than 0 s"),
            Self::Exponent(exponent) => {
                write!(f, "an exponent of {exponent}: it is finite and not negative")
            }
            Self::Listed { index, why } => write!(f, "message {index} of the list: {why}"),
        }
    }
}

impl std::error::Error for WorkloadError {}
