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
}

impl Default for Care<'_> {
    /// Any condition will do, and the values of `[sweep]` are only read.
    fn default() -> Self {
        Care { judge: &|_| None, points: false }
    }
}

impl fmt::Debug for Care<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Care").field("points", &self.points).finish_non_exhaustive()
    }
}
