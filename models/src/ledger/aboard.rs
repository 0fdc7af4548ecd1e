//! What each packet under way carries: copies, found by the packet's place among the flights.

/// No copy: a packet carries nothing that is known.
pub(super) const EMPTY: u32 = u32::MAX;

/// Nobody sent such a packet.
const NEVER_SENT: u32 = u32::MAX - 1;

/// The first copy that each packet carries; it leads to the next. Flights are numbered from zero and their
/// numbers given out again, so this is as long as there were ever packets under way at a time.
#[derive(Debug, Default)]
pub(super) struct Aboard(Vec<u32>);

impl Aboard {
    /// A packet left with this copy, or with none.
    #[inline]
    pub(super) fn leave(&mut self, flight: u32, first: u32) {
        let place = flight as usize;
        if place >= self.0.len() {
            self.0.resize(place + 1, NEVER_SENT);
        }
        self.0[place] = first;
    }

    /// A packet came, or it is lost: what it left with, or [`EMPTY`]. None if it never left.
    #[inline]
    pub(super) fn land(&mut self, flight: u32) -> Option<u32> {
        let first = std::mem::replace(self.0.get_mut(flight as usize)?, NEVER_SENT);
        (first != NEVER_SENT).then_some(first)
    }
}
