//! The strategies that this program has: those that come with Penult, and those that it was begun with.

use std::sync::OnceLock;

use penult_reports::Players;
use penult_scenarios::{Strategies, StrategyKeys};

/// The strategies, for whoever reads scenarios and for whoever plays them.
pub struct Known {
    /// What each has in a scenario.
    pub scenarios: Strategies,
    /// Who makes its runs.
    pub players: Players,
}

/// A strategy to be added to those that come with Penult: [`strategies!`](crate::strategies) makes a list of them.
#[derive(Clone, Copy, Debug)]
pub struct Own(fn(&mut Known));

impl Own {
    /// The strategy with these keys.
    pub const fn of<K: StrategyKeys>() -> Own {
        Own(|known| {
            known.scenarios = known.scenarios.and::<K>();
            known.players.add::<K::Server>();
        })
    }
}

/// Said once, before anything is read: command lines, too, are checked against it.
static KNOWN: OnceLock<Known> = OnceLock::new();

/// The strategies of this program.
pub fn known() -> &'static Known {
    KNOWN.get_or_init(|| with(&[]))
}

/// Begins with these beside those that come with Penult.
///
/// # Panics
///
/// If it is too late: the list was asked for before.
pub fn begin_with(own: &[Own]) {
    assert!(KNOWN.set(with(own)).is_ok(), "a program begins with its strategies once");
}

fn with(own: &[Own]) -> Known {
    let mut known = Known { scenarios: Strategies::built_in(), players: Players::built_in() };
    own.iter().for_each(|Own(add)| add(&mut known));
    known
}
