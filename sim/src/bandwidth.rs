//! Bandwidth: how fast bytes get onto a link.

use std::fmt;

use crate::Span;

/// Bits per second, never zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bandwidth(std::num::NonZeroU64);

impl Bandwidth {
    /// So many bits per second; nothing for none at all.
    pub const fn bits_per_second(bits: u64) -> Option<Bandwidth> {
        match std::num::NonZeroU64::new(bits) {
            Some(bits) => Some(Bandwidth(bits)),
            None => None,
        }
    }

    /// How many bits per second.
    pub const fn bits(self) -> u64 {
        self.0.get()
    }

    /// How long it takes to send so many bytes, rounded up to a whole nanosecond.
    pub fn time_for(self, bytes: u64) -> Span {
        // 2^32 bytes are 3.4e19 bit-nanoseconds per second: too many for 64 bits.
        let work = u128::from(bytes) * 8_000_000_000;
        let nanos = work.div_ceil(u128::from(self.0.get()));
        Span::nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Bandwidth {
    /// In the largest unit that keeps it whole: `1Gbit/s`, `155Mbit/s`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.bits();
        let units = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")];
        let unit = units.into_iter().find(|(size, _)| bits.is_multiple_of(*size));
        let (size, letter) = unit.unwrap_or((1, ""));
        write!(f, "{}{letter}bit/s", bits / size)
    }
}

impl fmt::Debug for Bandwidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kilobyte_on_a_megabit_takes_eight_milliseconds() {
        let megabit = Bandwidth::bits_per_second(1_000_000).unwrap();
        assert_eq!(megabit.time_for(1000), Span::millis(8));
        assert_eq!(Bandwidth::bits_per_second(3).unwrap().time_for(1), Span::nanos(2_666_666_667));
        assert_eq!(Bandwidth::bits_per_second(0), None);
        assert_eq!(Bandwidth::bits_per_second(2_500_000).unwrap().to_string(), "2500kbit/s");
    }
}
