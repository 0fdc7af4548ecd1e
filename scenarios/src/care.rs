//! How closely a scenario is looked at.

use std::fmt;

use crate::Condition;

/// What is wrong with a condition of `[expect]`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unfit {
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub mend: String,
    /// Whether it is the path that is wrong, and not what it is compared with.
    pub is_path: bool,
}

/// How closely a scenario is looked at.
#[derive(Clone, Copy)]
pub struct Care<'c> {
    /// Whether a condition can be told of any run: only who makes summaries knows.
    pub judge: &'c dyn Fn(&Condition) -> Option<Unfit>,
    /// Whether each value that `[sweep]` has is tried in the whole scenario. It takes a while where there are
    /// many, and a sweep says it of each point anyway.
    pub points: bool,
    /// Whether the scenario must fit together as it stands. A sweep runs its points, and never that: what is wrong
    /// with the scenario alone may be right in all of them.
    pub base: bool,
}

impl Default for Care<'_> {
    /// Any condition will do, the values of `[sweep]` are only read, and all else must fit.
    fn default() -> Self {
        Care { judge: &|_| None, points: false, base: true }
    }
}

impl fmt::Debug for Care<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Care { points, base, .. } = self;
        f.debug_struct("Care").field("points", points).field("base", base).finish_non_exhaustive()
    }
}
