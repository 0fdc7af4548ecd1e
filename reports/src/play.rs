//! Playing a run: from a setup to what came of it, whatever its strategy.

use std::fmt;

use penult_models::strategies::{self, WithServers};
use penult_models::{Maps, Server, Setup, Unbuilt, WorkloadError};
use penult_sim::{Ending, EventLimit, Limits, Time};

use crate::metrics::Metrics;
use crate::outcome::Outcome;
use crate::row_files::RowFiles;
use crate::watch::{Watch, WatchOptions};

/// Why a run came to no end.
#[derive(Clone, Debug, PartialEq)]
pub enum Stopped {
    /// What users send makes no sense.
    Workload(WorkloadError),
    /// It took as many events as it may.
    Events(EventLimit),
    /// Somebody wanted it to stop.
    Asked,
}

impl std::error::Error for Stopped {}

impl From<Unbuilt> for Stopped {
    fn from(why: Unbuilt) -> Stopped {
        match why {
            Unbuilt::Workload(error) => Stopped::Workload(error),
            Unbuilt::Stopped => Stopped::Asked,
        }
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stopped::Workload(error) => error.fmt(f),
            Stopped::Events(EventLimit { events, at }) => {
                write!(f, "the limit of {events} events was reached at {at}")
            }
            Stopped::Asked => f.write_str("stopped before its end"),
        }
    }
}

/// Plays a run under a watch: until users stop sending whatever happens, then until it is quiet. Now and
/// then it asks whether it `goes_on`; the answer changes nothing but whether there is an outcome.
pub fn play(
    setup: &Setup,
    files: RowFiles,
    goes_on: &dyn Fn() -> bool,
) -> Result<Outcome, Stopped> {
    play_told(setup, &Maps::default(), files, &|_| goes_on())
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The instant it has come to.
    pub now: Time,
    /// How many events fired.
    pub events: u64,
}

/// The same on maps that several runs share, and says each time how far it is. It asks while the world is
/// built, too.
pub fn play_told(
    setup: &Setup,
    maps: &Maps,
    files: RowFiles,
    goes_on: &dyn Fn(Progress) -> bool,
) -> Result<Outcome, Stopped> {
    Players::built_in().play(setup, maps, files, goes_on)
}

/// Whoever can play setups: one for each strategy, since of each the engine is another type.
#[derive(Clone, Debug, Default)]
pub struct Players {
    players: Vec<(&'static str, Play)>,
    metrics: Metrics,
    tables: Vec<&'static str>,
}

/// Plays a run of the one strategy that it was made for.
type Play = fn(&Setup, &Maps, RowFiles, &dyn Fn(Progress) -> bool) -> Result<Outcome, Stopped>;

impl WithServers for Players {
    fn with<S: Server>(&mut self) {
        self.add::<S>();
    }
}

impl Players {
    /// Those of the strategies that come with Penult.
    pub fn built_in() -> Self {
        let mut players = Players::default();
        strategies::each(&mut players);
        players
    }

    /// One more: of the strategy with these servers. This is where a run of it is made.
    pub fn add<S: Server>(&mut self) {
        self.players.push((S::NAME, play_as::<S>));
        self.metrics.add::<S>();
        self.tables.extend(S::TABLES.iter().map(|table| table.file));
    }

    /// What is known of the numbers that their runs may have.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// The files of tables that only some of their runs have.
    pub fn tables(&self) -> &[&'static str] {
        &self.tables
    }

    /// As [`play_told`], with the player of the setup's strategy.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn play(
        &self,
        setup: &Setup,
        maps: &Maps,
        files: RowFiles,
        goes_on: &dyn Fn(Progress) -> bool,
    ) -> Result<Outcome, Stopped> {
        let name = setup.strategy.name();
        let player = self.players.iter().find(|(it, _)| *it == name);
        let (_, play) = player.unwrap_or_else(|| panic!("nobody here plays `{name}`"));
        play(setup, maps, files, goes_on)
    }
}

fn play_as<S: Server>(
    setup: &Setup,
    maps: &Maps,
    files: RowFiles,
    goes_on: &dyn Fn(Progress) -> bool,
) -> Result<Outcome, Stopped> {
    /// So many events from question to question.
    const STRIDE: u64 = 1 << 15;
    let options = setup.strategy.get::<S>().expect("it is the setup of this strategy").clone();
    let still = || goes_on(Progress { now: Time::ZERO, events: 0 });
    let engine = setup.engine_on::<S>(maps, options, &still)?;
    let watcher = S::watcher(engine.world());
    let watch = Watch::new(setup, &WatchOptions::default(), files).watched_by(watcher);
    let mut engine = engine.observed_by(watch);
    if !engine.start(&still) {
        return Err(Stopped::Asked);
    }
    for (until, stop_when_quiet) in [(setup.ends, false), (setup.stops, true)] {
        loop {
            let events = engine.events().saturating_add(STRIDE).min(setup.events);
            let ran = engine.run(&Limits { until, events, stop_when_quiet });
            let goes_on = || goes_on(Progress { now: engine.now(), events: engine.events() });
            match ran {
                Ok(Ending::Quiet | Ending::TimeUp) => break,
                Err(limit) if limit.events >= setup.events => {
                    return Err(Stopped::Events(limit));
                }
                Err(_) if !goes_on() => return Err(Stopped::Asked),
                Err(_) => {}
            }
        }
        if !goes_on(Progress { now: engine.now(), events: engine.events() }) {
            return Err(Stopped::Asked);
        }
    }
    Ok(Watch::conclude(engine))
}
