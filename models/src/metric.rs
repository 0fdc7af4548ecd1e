//! What a number of a report is: its path, its meaning, its unit, which way is good, how seeds fold.
//!
//! A run has those of `summary.json` that every strategy has, and those that a strategy [brings](crate::Own). Whoever
//! shows, checks or compares numbers takes what it says of them from here, and finds them by their paths.

use std::borrow::Cow;
use std::fmt;

/// A number, or a name, of the summary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metric {
    /// Where it stands: names with dots between. `<…>` is a name that runs choose: a cause, a phase.
    pub path: Cow<'static, str>,
    /// What it is, in a clause without a full stop.
    pub about: Cow<'static, str>,
    /// In what it is measured.
    pub unit: Unit,
    /// Whether it is a whole number wherever it is there.
    pub whole: bool,
    /// Which way is good, where one is.
    pub better: Option<Better>,
    /// What several seeds make of it.
    pub fold: Fold,
}

/// What a number is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// It is no number but a name.
    Text,
    /// Milliseconds.
    Millis,
    /// Seconds.
    Seconds,
    /// From 0 to 1.
    Share,
    /// Bytes.
    Bytes,
    /// Bytes times seconds.
    ByteSeconds,
    /// It counts something, or is how often one thing goes into another.
    Number,
}

/// Which way is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// The less, the better.
    Less,
    /// The more, the better.
    More,
}

impl Better {
    /// Its name in lists.
    pub const fn name(self) -> &'static str {
        match self {
            Better::Less => "less",
            Better::More => "more",
        }
    }
}

impl Fold {
    /// Its name in lists.
    pub const fn name(self) -> &'static str {
        match self {
            Fold::Mean => "mean",
            Fold::LossRate => "of all deliveries",
            Fold::Nothing => "",
        }
    }
}

/// What several seeds make of a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// Its mean, with an interval by Student's t.
    #[default]
    Mean,
    /// Lost of offered, over the deliveries of all seeds together.
    LossRate,
    /// Nothing: it says which run it was.
    Nothing,
}

impl Unit {
    /// Its name in lists: a word or two.
    pub const fn name(self) -> &'static str {
        match self {
            Unit::Text => "name",
            Unit::Millis => "ms",
            Unit::Seconds => "s",
            Unit::Share => "share",
            Unit::Bytes => "bytes",
            Unit::ByteSeconds => "byte-seconds",
            Unit::Number => "number",
        }
    }

    /// What stands behind a number in this unit, where something does.
    pub const fn suffix(self) -> &'static str {
        match self {
            Unit::Millis => "ms",
            Unit::Seconds => "s",
            Unit::Bytes => "B",
            Unit::Text | Unit::Share | Unit::ByteSeconds | Unit::Number => "",
        }
    }
}

impl Metric {
    /// One that seeds fold to a mean, and of which neither way is good in itself.
    pub const fn new(path: &'static str, unit: Unit, about: &'static str) -> Metric {
        let (path, about) = (Cow::Borrowed(path), Cow::Borrowed(about));
        Metric { path, about, unit, whole: false, better: None, fold: Fold::Mean }
    }

    /// A whole number.
    #[must_use]
    pub const fn whole(mut self) -> Metric {
        self.whole = true;
        self
    }

    /// The less, the better.
    #[must_use]
    pub const fn less(mut self) -> Metric {
        self.better = Some(Better::Less);
        self
    }

    /// The more, the better.
    #[must_use]
    pub const fn more(mut self) -> Metric {
        self.better = Some(Better::More);
        self
    }

    /// Seeds fold otherwise.
    #[must_use]
    pub const fn folds(mut self, fold: Fold) -> Metric {
        self.fold = fold;
        self
    }

    /// Whether it stands at a path: its own, with any name in the place of `<…>`.
    pub fn is_at(&self, path: &str) -> bool {
        let Some((before, after)) = family(&self.path).map(|(before, _, after)| (before, after))
        else {
            return self.path == path;
        };
        let name = path.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        name.is_some_and(|name| !name.is_empty())
    }
}

/// What stands before `<…>` in a path, what it is called, and what stands after it.
pub fn family(path: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = path.split_once('<')?;
    let (name, after) = rest.split_once('>')?;
    Some((before, name, after))
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Unit::Text => "a name",
            Unit::Millis => "a time in milliseconds",
            Unit::Seconds => "a time in seconds",
            Unit::Share => "a share",
            Unit::Bytes => "a number of bytes",
            Unit::ByteSeconds => "a number of byte-seconds",
            Unit::Number => "a plain number",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_stands_at_the_paths_of_its_members() {
        let causes = Metric::new("loss.causes.<cause>", Unit::Number, "so many");
        assert!(causes.is_at("loss.causes.crash") && causes.is_at("loss.causes.<cause>"));
        let packets = Metric::new("mesh.kinds.<kind>.packets", Unit::Number, "so many");
        assert!(packets.is_at("mesh.kinds.wifi.packets"));
        for path in ["loss.causes.", "loss.causes", "mesh.kinds..packets", "mesh.kinds.wifi.bytes"]
        {
            assert!(!causes.is_at(path) && !packets.is_at(path), "{path}");
        }
        assert!(Metric::new("latency.p50", Unit::Millis, "half").is_at("latency.p50"));
    }
}
