//! Ids of the world's people and things, as scenarios and reports name them.

use std::fmt;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident shown as $letter:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// Its place in a list of them all.
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($letter, "{}"), self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// A server that hosts clients and relays messages.
    GatewayId shown as "g";
    /// A user's one device.
    ClientId shown as "c";
}

impl GatewayId {
    /// The home of everybody in a world without gateways: no such gateway is there.
    pub const NOWHERE: GatewayId = GatewayId(u32::MAX);
}

/// A message. Those of the workload are numbered in the order of their instants, and replies by
/// themselves: whether there are any must not move the others' numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct MessageId(u32);

impl MessageId {
    const REPLY: u32 = 1 << 31;

    /// The n-th message of the workload.
    pub fn of_workload(number: u64) -> Self {
        Self(Self::number_below_half(number))
    }

    /// The n-th reply.
    pub fn of_reply(number: u64) -> Self {
        Self(Self::number_below_half(number) | Self::REPLY)
    }

    fn number_below_half(number: u64) -> u32 {
        let number = u32::try_from(number).ok().filter(|&number| number < Self::REPLY);
        number.expect("a run holds fewer than 2^31 messages")
    }

    /// Whether it answers another.
    pub const fn is_reply(self) -> bool {
        self.0 & Self::REPLY != 0
    }

    /// Its number among its kind.
    pub const fn number(self) -> u32 {
        self.0 & !Self::REPLY
    }

    /// The number that tells it from all others, replies too.
    pub(crate) const fn raw(self) -> u32 {
        self.0
    }
}

/// One message for one of its recipients. Everything is counted in these.
#[derive(Clone, Copy, Eq, PartialOrd, Ord, Debug)]
#[cfg_attr(not(test), derive(PartialEq))]
pub struct DeliveryId {
    /// Of which message.
    pub message: MessageId,
    /// To whom.
    pub recipient: ClientId,
}

/// Who looks through what waits compares: tests count that.
#[cfg(test)]
impl PartialEq for DeliveryId {
    fn eq(&self, other: &Self) -> bool {
        crate::effort::effort(1);
        self.key() == other.key()
    }
}

impl DeliveryId {
    /// As one number, for maps and fingerprints.
    pub const fn key(self) -> u64 {
        (self.message.raw() as u64) << 32 | self.recipient.0 as u64
    }
}
