//! What is wrong with a scenario: where, what, and what would be right.

mod render;

use std::fmt;
use std::sync::Arc;

/// A place in one of the texts that a scenario was read from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct At {
    /// Which text, as a position in [`Complaints::sources`].
    pub source: usize,
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
}

impl At {
    /// Whether `other` lies within this place.
    pub fn contains(self, other: At) -> bool {
        self.source == other.source && self.start <= other.start && other.end <= self.end
    }
}

/// A text that was read: the scenario, a file it names, or a `--set`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// What it is called in messages: a file's name, or `command line`.
    pub name: String,
    /// All of it.
    pub text: Arc<str>,
}

impl Source {
    /// The line and the column of a place in it, both from 1, as editors count.
    pub fn line_and_column(&self, at: At) -> (usize, usize) {
        let before = self.text.get(..at.start).unwrap_or(&self.text);
        let line = before.rsplit('\n').next().unwrap_or("");
        (before.matches('\n').count() + 1, line.chars().count() + 1)
    }
}

/// How bad it is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Severity {
    /// The scenario can't be run.
    Error,
    /// It can, but probably doesn't do what was meant.
    Warning,
}

/// Where complaints stand in the order of the texts; those without a place come first.
pub(crate) type Order = Option<(usize, usize)>;

/// One thing that is wrong.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Complaint {
    /// How bad it is.
    pub severity: Severity,
    /// Where; absent where no text was read.
    pub at: Option<At>,
    /// What is wrong.
    pub what: String,
    /// What would be right; stands under the place.
    pub mend: String,
    /// Other places that have to do with it, and what each says.
    pub also: Vec<(At, String)>,
    /// What else is worth knowing.
    pub note: Option<String>,
}

impl Complaint {
    /// An error at a place.
    pub fn error(at: At, what: impl Into<String>, mend: impl Into<String>) -> Self {
        let (what, mend) = (what.into(), mend.into());
        Self { severity: Severity::Error, at: Some(at), what, mend, also: Vec::new(), note: None }
    }

    /// A warning at a place.
    pub fn warning(at: At, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(at, what, mend) }
    }

    /// The same with one more place and what it says.
    #[must_use]
    pub fn also(mut self, at: At, label: impl Into<String>) -> Self {
        self.also.push((at, label.into()));
        self
    }

    /// What it is sorted by: its place.
    pub(crate) fn order(&self) -> Order {
        self.at.map(|at| (at.source, at.start))
    }

    /// The same with a remark.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = Some(note.into());
        self
    }
}

/// What is wrong with a scenario, in the order of the file, and the texts it is about. Of more than a hundred errors
/// those that stand first are kept, and the others counted; so it is with warnings.
///
/// Shown, it reads like a compiler's messages; [`Complaints::render`] can colour them.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Complaints {
    /// The texts. The first is the scenario itself.
    pub sources: Vec<Source>,
    /// What is wrong with them.
    pub list: Vec<Complaint>,
    /// What is not in the list.
    pub more: More,
}

/// How much more is wrong than is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct More {
    /// So many errors.
    pub errors: usize,
    /// So many warnings.
    pub warnings: usize,
    /// Whether something was not looked at any more, so that there may be more errors than these.
    pub unseen: bool,
}

impl More {
    /// What is not shown, in words.
    pub fn told(self) -> impl Iterator<Item = (Severity, String)> {
        let More { errors, warnings, unseen } = self;
        let counted = |count: usize, what: &str| match count {
            1 => format!("1 more {what}"),
            _ => format!("{count} more {what}s"),
        };
        let all_errors = match (errors, unseen) {
            (0, false) => None,
            (0, true) => Some("not all was looked at: mend these errors first".to_owned()),
            (_, false) => Some(format!("{}: mend these first", counted(errors, "error"))),
            (_, true) => Some(format!("at least {}: mend these first", counted(errors, "error"))),
        };
        let all_warnings = (warnings > 0).then(|| counted(warnings, "warning"));
        let errors = all_errors.map(|told| (Severity::Error, told));
        errors.into_iter().chain(all_warnings.map(|told| (Severity::Warning, told)))
    }
}

/// So many errors are shown, and so many warnings: whoever mends these asks again.
pub(crate) const SHOWN_MAX: usize = 100;

impl Complaints {
    /// An error about a file that could not be read at all.
    pub(crate) fn unreadable(name: &str, why: &std::io::Error) -> Self {
        let complaint = Complaint {
            severity: Severity::Error,
            at: None,
            what: format!("{name} can't be read: {why}"),
            mend: "name a scenario file".into(),
            also: Vec::new(),
            note: None,
        };
        Self { list: vec![complaint], ..Self::default() }
    }

    /// How many errors there are, with those that are not shown.
    pub fn errors(&self) -> usize {
        self.listed(Severity::Error) + self.more.errors
    }

    /// How many warnings there are, with those that are not shown.
    pub fn warnings(&self) -> usize {
        self.listed(Severity::Warning) + self.more.warnings
    }

    fn listed(&self, severity: Severity) -> usize {
        self.list.iter().filter(|complaint| complaint.severity == severity).count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// In the order of the texts, as many as are shown. One place can have several; those stay in the order they came.
    pub(crate) fn sort(&mut self) {
        self.list.sort_by_key(Complaint::order);
        let (mut errors, mut warnings) = (0, 0);
        self.list.retain(|complaint| {
            let count = match complaint.severity {
                Severity::Error => &mut errors,
                Severity::Warning => &mut warnings,
            };
            *count += 1;
            *count <= SHOWN_MAX
        });
        self.more.errors += errors.saturating_sub(SHOWN_MAX);
        self.more.warnings += warnings.saturating_sub(SHOWN_MAX);
    }
}

impl fmt::Display for Complaints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Complaints {}
