//! Zipf's law over the clients, the first being the one that most write to.

use penult_sim::Draw;

use super::spec::WorkloadError;

/// Weights 1 / k^exponent for k = 1, 2, …, as sums that all clients share: 8 bytes for each.
#[derive(Debug)]
pub(super) struct Zipf {
    /// The sum of the weights from each rank on, and 0 behind the last. Summed from the smallest, so that
    /// what is left keeps its digits when the first few are taken out.
    from: Vec<f64>,
}

impl Zipf {
    pub(super) fn new(count: u32, exponent: f64) -> Result<Self, WorkloadError> {
        if !(exponent.is_finite() && exponent >= 0.0) {
            return Err(WorkloadError::Exponent(exponent));
        }
        let mut from = vec![0.0; count as usize + 1];
        for rank in (0..count).rev() {
            // However steep, nobody is out of reach.
            let weight = 1.0 / libm::pow(f64::from(rank) + 1.0, exponent);
            let at = rank as usize;
            from[at] = from[at + 1] + weight.max(f64::MIN_POSITIVE);
        }
        Ok(Self { from })
    }

    /// A rank that is none of these, which are in ascending order and not all there are. One number,
    /// by inversion.
    pub(super) fn other_than(&self, taken: &[u32], draw: &mut impl Draw) -> u32 {
        let mass = |(begin, end): (usize, usize)| self.from[begin] - self.from[end];
        let total: f64 = self.between(taken).map(mass).sum();
        let mut left = draw.unit() * total;
        let mut found = None;
        for stretch in self.between(taken) {
            let (begin, end) = stretch;
            let here = mass(stretch);
            if left < here {
                let below = self.from[begin] - left;
                let inside = &self.from[begin + 1..end];
                return (begin + inside.partition_point(|&from| from >= below)) as u32;
            }
            left -= here;
            // Where rounding leaves something behind the last, it was the last.
            found = Some(end - 1);
        }
        found.expect("a rank is free") as u32
    }

    /// The stretches of ranks between those taken; none of them is empty.
    fn between(&self, taken: &[u32]) -> impl Iterator<Item = (usize, usize)> {
        let count = self.from.len() - 1;
        let begins = std::iter::once(0).chain(taken.iter().map(|&rank| rank as usize + 1));
        let ends = taken.iter().map(|&rank| rank as usize).chain(std::iter::once(count));
        begins.zip(ends).filter(|(begin, end)| begin < end)
    }
}
