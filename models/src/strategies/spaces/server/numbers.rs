//! Numbers: the order of a space's messages, as a server knows it.

use std::collections::BTreeMap;

use crate::ids::MessageId;
use crate::strategies::spaces::letters::{Number, Reign};

/// Who numbers a space, and how.
#[derive(Debug, Default)]
pub(super) struct Numbering {
    /// Who, if that is known.
    pub(super) reign: Option<Reign>,
    /// The numbers that were given, and in which terms.
    numbers: BTreeMap<u64, Entry>,
    /// The same, by message.
    of: BTreeMap<MessageId, u64>,
    /// Up to here none is unknown.
    complete: u64,
    /// Up to here all have been pushed.
    pub(super) pushed: u64,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    message: MessageId,
    term: u32,
    /// The number before it.
    before: u64,
}

impl Numbering {
    /// The space as it begins.
    pub(super) fn of_first(reign: Reign) -> Self {
        Numbering { reign: Some(reign), ..Numbering::default() }
    }

    /// The term, 0 where none is known.
    pub(super) fn term(&self) -> u32 {
        self.reign.map_or(0, |reign| reign.term)
    }

    /// The number of a message, if none below it is unknown.
    pub(super) fn number_of(&self, message: MessageId) -> Option<Number> {
        let count = *self.of.get(&message)?;
        let Entry { term, before, .. } = self.numbers[&count];
        (count <= self.complete).then_some(Number { count, term, before })
    }

    /// Gives a message the next number. False if it has one.
    pub(super) fn number(&mut self, message: MessageId, term: u32) -> bool {
        if self.of.contains_key(&message) {
            return false;
        }
        let before = self.complete;
        self.complete += 1;
        self.numbers.insert(self.complete, Entry { message, term, before });
        self.of.insert(message, self.complete);
        true
    }

    /// Learns a number of the present term.
    pub(super) fn learn(&mut self, message: MessageId, number: Number) {
        let Number { count, term, before } = number;
        if self.of.contains_key(&message) || self.numbers.contains_key(&count) {
            return;
        }
        self.numbers.insert(count, Entry { message, term, before });
        self.of.insert(message, count);
        self.see_what_is_complete();
    }

    fn see_what_is_complete(&mut self) {
        while let Some((&count, entry)) = self.numbers.range(self.complete + 1..).next()
            && entry.before <= self.complete
        {
            self.complete = count;
        }
    }

    /// All numbers up to the first unknown one.
    pub(super) fn table(&self) -> impl Iterator<Item = (u64, u32, MessageId)> + '_ {
        self.numbers.range(..=self.complete).map(|(&count, it)| (count, it.term, it.message))
    }

    /// Adds the numbers of somebody who knows the same term.
    pub(super) fn add(&mut self, table: &[(u64, u32, MessageId)]) {
        let mut before = 0;
        for &(count, term, message) in table {
            self.learn(message, Number { count, term, before });
            before = count;
        }
    }

    /// Takes the numbers of a later term for its own.
    pub(super) fn replace(&mut self, reign: Reign, table: &[(u64, u32, MessageId)]) {
        *self = Numbering::of_first(reign);
        self.add(table);
    }

    /// The next to be pushed: its place and the message.
    pub(super) fn next(&self) -> Option<(u64, MessageId)> {
        let mut next = self.numbers.range(self.pushed + 1..=self.complete.max(self.pushed + 1));
        next.next().filter(|(count, _)| **count <= self.complete).map(|(&at, it)| (at, it.message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::spaces::ids::ServerId;

    const REIGN: Reign = Reign { term: 1, lead: ServerId(0) };

    fn message(number: u64) -> MessageId {
        MessageId::of_workload(number)
    }

    #[test]
    fn nothing_is_next_behind_an_unknown_number() {
        let mut lead = Numbering::of_first(REIGN);
        for number in [7, 5, 9] {
            assert!(lead.number(message(number), 1) && !lead.number(message(number), 1));
        }
        let number = |it| lead.number_of(message(it)).expect("it has a number");
        let mut other = Numbering::of_first(REIGN);
        other.learn(message(9), number(9));
        other.learn(message(7), number(7));
        assert_eq!(other.next(), Some((1, message(7))));
        other.pushed = 1;
        assert_eq!((other.next(), other.number_of(message(9))), (None, None));
        other.learn(message(5), number(5));
        assert_eq!(other.next(), Some((2, message(5))));
        assert_eq!(other.number_of(message(9)), Some(number(9)));
    }

    #[test]
    fn a_later_term_counts() {
        let mut other = Numbering::of_first(REIGN);
        other.add(&[(1, 1, message(7)), (2, 1, message(5)), (3, 1, message(9))]);
        let later = Reign { term: 2, lead: ServerId(1) };
        // One is gone, and one has another number.
        let table =
            [(1, 1, message(7)), (3, 1, message(9)), (4, 2, message(5)), (5, 2, message(2))];
        other.replace(later, &table);
        assert_eq!((other.term(), other.table().count()), (2, 4));
        other.pushed = 1;
        assert_eq!(other.next(), Some((3, message(9))));
    }
}
