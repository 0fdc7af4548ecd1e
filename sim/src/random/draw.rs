//! Drawing: whole numbers, fractions, chances.

use rand::Rng;

/// What simulations draw from any generator of the `rand` crates, such as a stream with its seed
/// ([`Stream::with`](crate::Stream::with)): fractions, whole numbers and chances of which it is written down for
/// ever how they come from the generator's numbers. What `rand` itself makes of those may be another thing in
/// its next version.
pub trait Draw: Rng {
    /// A fraction from the open interval (0, 1): never 0, never 1, so its logarithm is finite. One number.
    ///
    /// It is one of the 2^52 midpoints (k + ½) · 2^-52, all of which an `f64` holds exactly. With 53 bits
    /// the midpoints above ½ would need a bit more than there is, and the last would round to 1.
    #[inline]
    fn unit(&mut self) -> f64 {
        const STEP: f64 = 1.0 / (1_u64 << 52) as f64;
        // 52 bits fit a signed number, which the CPU converts in one instruction.
        ((self.next_u64() >> 12) as i64 as f64 + 0.5) * STEP
    }

    /// A whole number below `n`, each as likely as any other. One number; very rarely, with a chance
    /// of less than n / 2^64 each time, one more.
    ///
    /// # Panics
    ///
    /// When `n` is zero: there is nothing to choose from.
    #[inline]
    fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "a draw from nothing");
        // Lemire, "Fast random integer generation in an interval" (2019): the high half of the product
        // is the result; the low half tells the few draws that would make some results likelier.
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        if (product as u64) < n {
            let surplus = n.wrapping_neg() % n;
            while (product as u64) < surplus {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// Whether something happens that has this probability: never at 0, always at 1. One number, at 0
    /// and 1 too, so that a probability that changes does not shift what is drawn after it.
    #[inline]
    fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }
}

impl<R: Rng + ?Sized> Draw for R {}
