//! Where something is wrong already, and from where on errors are counted only.

use std::collections::BTreeMap;

use crate::complaint::{At, Complaint, Complaints, Order, SHOWN_MAX, Severity};

/// The places of errors, found without a look at each.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wrong {
    /// For each source and start of an error, the end of the shortest that starts there.
    ends: BTreeMap<(usize, usize), usize>,
    /// The place of the last error that is shown, once there are more than that.
    last_shown: Option<Order>,
}

impl Wrong {
    /// Something is wrong here.
    pub(crate) fn add(&mut self, at: At) {
        let end = self.ends.entry((at.source, at.start)).or_insert(at.end);
        *end = at.end.min(*end);
    }

    /// Whether something within a place is wrong. Places of a text contain each other or lie apart, so that the first
    /// error that starts within it tells.
    pub(crate) fn is_within(&self, place: At) -> bool {
        let starts = (place.source, place.start)..=(place.source, place.end);
        self.ends.range(starts).any(|(_, end)| *end <= place.end)
    }

    /// Whether an error here would be among those that are shown, as far as is known yet.
    pub(crate) fn shows(&self, at: At) -> bool {
        self.last_shown.is_none_or(|last| Some((at.source, at.start)) < last)
    }

    /// Learns which of the errors so far are shown: these, in their order.
    pub(crate) fn learn(&mut self, shown: &Complaints) {
        let errors = shown.list.iter().filter(|complaint| complaint.severity == Severity::Error);
        self.last_shown = errors.map(Complaint::order).nth(SHOWN_MAX - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_within_a_place_is_found() {
        let at = |source, start, end| At { source, start, end };
        let mut wrong = Wrong::default();
        for place in [at(0, 10, 20), at(0, 10, 12), at(0, 30, 30), at(1, 5, 9)] {
            wrong.add(place);
        }
        for (place, is_wrong) in [
            (at(0, 10, 12), true),
            (at(0, 10, 11), false),
            (at(0, 9, 12), true),
            (at(0, 11, 20), false),
            (at(0, 0, 19), true),
            (at(0, 13, 29), false),
            (at(0, 13, 30), true),
            (at(0, 30, 30), true),
            (at(1, 0, 8), false),
            (at(1, 5, 9), true),
            (at(2, 0, 99), false),
        ] {
            assert_eq!(wrong.is_within(place), is_wrong, "{place:?}");
        }
    }
}
