//! What a strategy counts: handles on its numbers, and the notes that say what happened to them.

use penult_sim::Span;

use super::tables::{OwnColumn, OwnKind};
use super::{Own, Source, Stat};
use crate::metric::Unit;
use crate::note::Note;

/// Something that happened to a number of the strategy's own, or a cell of a table of its own.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum OwnNote {
    /// There is so much more.
    More(OwnCount, u64),
    /// What this node adds to a level rose.
    Rose(OwnLevel, u64),
    /// What this node adds to a level fell.
    Fell(OwnLevel, u64),
    /// What this node adds to a level is this from now on.
    Stands(OwnLevel, u64),
    /// A value of a sample: nanoseconds, or a size.
    Value(OwnSample, u64),
    /// A cell of the row with this number: of which kind, and its value.
    Cell(OwnColumn, OwnKind, u32, u64),
    /// The same of a word.
    Word(OwnColumn, u32, &'static &'static str),
    /// Something for the watcher alone, as [`seen`] makes it.
    Seen(u16, u32, u64),
}

/// Something for the strategy's own [watcher](super::Watcher) alone: what, of whom, how much.
pub const fn seen(what: u16, whom: u32, how_much: u64) -> Note {
    Note::Own(OwnNote::Seen(what, whom, how_much))
}

/// Which number: its place among those of its kind, and which of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Its place.
    pub place: u16,
    /// Which of the [members](crate::Server::members) of a family; 0 where there is no family.
    pub member: u16,
}

impl Slot {
    const fn at(place: u16) -> Slot {
        Slot { place, member: 0 }
    }
}

/// Something that is counted over the whole run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnCount(pub(super) Slot);

/// Something that rises and falls. It stands as high as the sum of what nodes add to it; peak, mean and integral are over
/// the part of the run that counts, from the warm-up until users stop sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnLevel {
    pub(super) slot: Slot,
    /// Whether a crash takes what its node adds.
    pub(super) falls: bool,
}

/// Values of which some quantiles are told, over the whole run: lengths of time, or sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnSample {
    pub(super) slot: Slot,
    pub(super) unit: Unit,
}

impl OwnCount {
    /// One more count of a strategy: each has a place of its own.
    pub const fn new(place: u16) -> OwnCount {
        OwnCount(Slot::at(place))
    }

    /// That of one member of a family.
    #[must_use]
    pub const fn of(self, member: u16) -> OwnCount {
        OwnCount(Slot { member, ..self.0 })
    }

    /// There is so much more.
    pub const fn add(self, more: u64) -> Note {
        Note::Own(OwnNote::More(self, more))
    }

    /// There is one more.
    pub const fn one(self) -> Note {
        self.add(1)
    }

    /// The number that says it.
    pub const fn metric(self, path: &'static str, about: &'static str) -> Own {
        Own::new(path, about, Source::Count(self)).in_unit(Unit::Number)
    }

    /// The number that says it, where what is counted are millionths.
    pub const fn millionths(self, path: &'static str, about: &'static str) -> Own {
        Own::new(path, about, Source::Millionths(self)).in_unit(Unit::Number)
    }

    /// Which it is.
    pub const fn slot(self) -> Slot {
        self.0
    }
}

impl OwnLevel {
    /// One more level of a strategy: each has a place of its own. What a node adds stays when it crashes.
    pub const fn new(place: u16) -> OwnLevel {
        OwnLevel { slot: Slot::at(place), falls: false }
    }

    /// The same, but what a node adds is in its memory: a crash takes it.
    pub const fn in_memory(place: u16) -> OwnLevel {
        OwnLevel { falls: true, ..OwnLevel::new(place) }
    }

    /// That of one member of a family.
    #[must_use]
    pub const fn of(self, member: u16) -> OwnLevel {
        OwnLevel { slot: Slot { member, ..self.slot }, ..self }
    }

    /// What this node adds rises by so much.
    pub const fn rise(self, by: u64) -> Note {
        Note::Own(OwnNote::Rose(self, by))
    }

    /// What this node adds falls by so much, at most by what it adds.
    pub const fn fall(self, by: u64) -> Note {
        Note::Own(OwnNote::Fell(self, by))
    }

    /// What this node adds is this from now on.
    pub const fn stands(self, at: u64) -> Note {
        Note::Own(OwnNote::Stands(self, at))
    }

    /// The number that says how high it stood at most.
    pub const fn peak(self, path: &'static str, about: &'static str) -> Own {
        Own::new(path, about, Source::Peak(self)).in_unit(Unit::Number)
    }

    /// The number that says how high it stood on average.
    pub const fn mean(self, path: &'static str, about: &'static str) -> Own {
        Own::new(path, about, Source::Mean(self)).in_unit(Unit::Number)
    }

    /// The number that says how high it stood, times how long, in seconds.
    pub const fn seconds(self, path: &'static str, about: &'static str) -> Own {
        Own::new(path, about, Source::Seconds(self)).in_unit(Unit::Seconds)
    }

    /// Which it is.
    pub const fn slot(self) -> Slot {
        self.slot
    }

    /// Whether a crash takes what its node adds.
    pub const fn falls(self) -> bool {
        self.falls
    }
}

impl OwnSample {
    /// One more sample of a strategy, of lengths of time: each sample has a place of its own.
    pub const fn of_times(place: u16) -> OwnSample {
        OwnSample { slot: Slot::at(place), unit: Unit::Millis }
    }

    /// One of sizes.
    pub const fn of_sizes(place: u16) -> OwnSample {
        OwnSample { slot: Slot::at(place), unit: Unit::Number }
    }

    /// That of one member of a family.
    #[must_use]
    pub const fn of(self, member: u16) -> OwnSample {
        OwnSample { slot: Slot { member, ..self.slot }, ..self }
    }

    /// One more value: something took so long.
    pub fn took(self, span: Span) -> Note {
        debug_assert!(self.unit == Unit::Millis, "a length of time among sizes");
        Note::Own(OwnNote::Value(self, span.as_nanos()))
    }

    /// One more value: something was so large.
    pub fn was(self, size: u64) -> Note {
        debug_assert!(self.unit != Unit::Millis, "a size among lengths of time");
        Note::Own(OwnNote::Value(self, size))
    }

    /// The number that says one thing of it.
    pub const fn stat(self, path: &'static str, about: &'static str, stat: Stat) -> Own {
        Own::new(path, about, Source::Stat(self, stat)).in_unit(self.unit)
    }

    /// The numbers that say several things of it: each stands below the path, under its [name](Stat::name).
    pub const fn stats(
        self,
        path: &'static str,
        about: &'static str,
        stats: &'static [Stat],
    ) -> Own {
        Own::new(path, about, Source::Stats(self, stats)).in_unit(self.unit)
    }

    /// Which it is.
    pub const fn slot(self) -> Slot {
        self.slot
    }
}

// Observers look at each note where it lies: these make none larger.
const _: () = assert!(size_of::<Note>() <= 24);
