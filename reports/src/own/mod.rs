//! Numbers of a strategy's own: adds up what nodes tell of them, and says what came of it.

mod nested;
mod rows;

use std::collections::BTreeMap;

use penult_models::{
    Metric, Note, OwnCount, OwnLevel, OwnMetric, OwnNote, OwnNumbers, OwnSample, OwnTable, Setup,
    Sight, Slot, Source, Stat, Unit, Watcher,
};
use penult_sim::{Node, NodeId, Observed, Span, Time};

pub use self::nested::Nested;
use self::rows::Rows;
use crate::bins::{Bins, Course};
use crate::flat::Value;
use crate::names::Names;
use crate::outcome::nano_parts;
use crate::sample::{Quantile, Sample};

/// What is told, while a run goes on.
#[derive(Debug)]
pub(crate) struct OwnBook {
    numbers: Vec<OwnMetric>,
    timeline: &'static [(&'static str, OwnLevel)],
    counted: (Time, Time),
    layout: Bins,
    /// So many values of a sample are kept.
    whole: usize,
    counts: Slots<u64>,
    levels: Slots<Level>,
    samples: Slots<Sample>,
    rows: Rows,
    watcher: Option<Box<dyn Watcher>>,
    /// What the watcher told and nobody has looked at yet.
    told: Vec<Note>,
}

/// What came of it.
#[derive(Clone, Debug, Default)]
pub(crate) struct OwnOutcome {
    /// The numbers, with what is known of them.
    pub(crate) values: Vec<(Metric, Value)>,
    /// The columns of its own in `timeline.csv`.
    pub(crate) timeline: Vec<(&'static str, Course)>,
    /// The tables of its own, with their rows.
    pub(crate) tables: Vec<(OwnTable, Vec<Vec<String>>)>,
}

/// A level, and what each node adds to it.
#[derive(Clone, Debug)]
struct Level {
    course: Course,
    /// By the node's number and one; what the watcher adds comes first.
    shares: Vec<u64>,
    falls: bool,
}

/// Numbers by their slots: as many as were told of.
#[derive(Clone, Debug)]
struct Slots<T>(BTreeMap<(u16, u16), T>);

impl<T> Slots<T> {
    fn get(&self, Slot { place, member }: Slot) -> Option<&T> {
        self.0.get(&(place, member))
    }

    fn at(&mut self, Slot { place, member }: Slot, make: impl FnOnce() -> T) -> &mut T {
        self.0.entry((place, member)).or_insert_with(make)
    }
}

impl OwnBook {
    pub(crate) fn new(setup: &Setup, layout: Bins, whole: usize) -> OwnBook {
        OwnBook {
            numbers: setup.strategy.numbers(),
            timeline: setup.strategy.timeline(),
            counted: (setup.warmup, setup.ends),
            layout,
            whole,
            counts: Slots(BTreeMap::new()),
            levels: Slots(BTreeMap::new()),
            samples: Slots(BTreeMap::new()),
            rows: Rows::new(setup.strategy.tables()),
            watcher: None,
            told: Vec::new(),
        }
    }

    pub(crate) fn watched_by(&mut self, watcher: Option<Box<dyn Watcher>>) {
        self.watcher = watcher;
    }

    #[inline(always)]
    pub(crate) fn see<N: Node<Note = Note>>(&mut self, at: Time, what: &Observed<'_, N>) {
        match *what {
            Observed::Told { node, note: &Note::Own(note) } => self.told(at, node, note),
            Observed::Crashed { node, .. } => self.crashed(at, node),
            Observed::Recovered { node } => self.look(at, Sight::Up(node)),
            _ => {}
        }
    }

    #[inline(never)]
    fn told(&mut self, at: Time, node: NodeId, note: OwnNote) {
        self.add(at, Some(node), note);
        self.look(at, Sight::Told(node, note));
    }

    #[inline(never)]
    fn crashed(&mut self, at: Time, node: NodeId) {
        for level in self.levels.0.values_mut().filter(|level| level.falls) {
            level.stands(at, Some(node), 0);
        }
        self.rows.crashed(at, node);
        self.look(at, Sight::Down(node));
    }

    /// Lets the watcher see it, and hears what that tells.
    fn look(&mut self, at: Time, sight: Sight) {
        let Some(watcher) = &mut self.watcher else { return };
        let mut told = std::mem::take(&mut self.told);
        watcher.see(at, sight, &mut |note| told.push(note));
        for note in told.drain(..) {
            let Note::Own(note) = note else { panic!("a watcher tells of numbers, not {note:?}") };
            self.add(at, None, note);
        }
        self.told = told;
    }

    fn add(&mut self, at: Time, node: Option<NodeId>, note: OwnNote) {
        match note {
            OwnNote::More(count, more) => *self.counts.at(count.slot(), || 0) += more,
            OwnNote::Value(sample, value) => {
                let whole = self.whole;
                let sample = self.samples.at(sample.slot(), || Sample::whole_up_to(whole));
                sample.add(Span::nanos(value));
            }
            OwnNote::Rose(level, by) => {
                let level = self.level(level);
                level.stands(at, node, level.share(node) + by);
            }
            OwnNote::Fell(of, by) => {
                let level = self.level(of);
                let share = level.share(node).checked_sub(by);
                let share = share.unwrap_or_else(|| {
                    panic!("{at}: {of:?} fell by {by} where {node:?} had added less")
                });
                level.stands(at, node, share);
            }
            OwnNote::Stands(level, share) => self.level(level).stands(at, node, share),
            OwnNote::Cell(..) | OwnNote::Word(..) => self.rows.cell(node, note),
            OwnNote::Seen(..) => {}
        }
    }

    fn level(&mut self, of: OwnLevel) -> &mut Level {
        let (layout, (from, until)) = (self.layout, self.counted);
        let has_column = self.timeline.iter().any(|(_, level)| level.slot() == of.slot());
        let level = self.levels.at(of.slot(), || {
            let course = Course::within(from, until);
            let course = if has_column { course.in_bins(layout) } else { course };
            Level { course, shares: Vec::new(), falls: of.falls() }
        });
        debug_assert_eq!(level.falls, of.falls(), "{of:?} is told in two ways");
        level
    }

    /// The run is over.
    pub(crate) fn conclude(mut self, ended: Time, names: &Names) -> OwnOutcome {
        // However early it stopped: nothing changes after that.
        let end = ended.max(self.counted.1);
        self.levels.0.values_mut().for_each(|level| level.course.reach(end));
        let numbers = std::mem::take(&mut self.numbers);
        let value = |OwnMetric { metric, source }: OwnMetric| {
            let value = self.value(source, metric.unit);
            (metric, value)
        };
        let values = numbers.into_iter().map(value).collect();
        let (from, until) = self.counted;
        let timeline = self.timeline.iter().map(|&(name, level)| {
            let told = self.levels.get(level.slot()).map(|level| level.course.clone());
            (name, told.unwrap_or_else(|| Course::within(from, until).in_bins(self.layout)))
        });
        OwnOutcome { timeline: timeline.collect(), values, tables: self.rows.conclude(names) }
    }

    fn value(&mut self, source: Source, unit: Unit) -> Value {
        match source {
            Source::Count(of) => Value::Count(self.count(of)),
            Source::Millionths(of) => Value::Number(self.count(of) as f64 / 1e6),
            Source::Peak(of) => Value::Count(self.peak(of)),
            Source::Mean(of) => {
                let over = self.counted_s();
                let mean = (over > 0.0).then(|| self.seconds(of) / over);
                Value::from(&mean)
            }
            Source::Seconds(of) => Value::Number(self.seconds(of)),
            Source::Stat(of, stat) => self.stat(of, stat, unit),
            Source::Stats(..) => unreachable!("each of them is a number of its own"),
            Source::Computed(how) => Value::from(&how(self)),
        }
    }

    fn stat(&mut self, of: OwnSample, stat: Stat, unit: Unit) -> Value {
        if stat == Stat::Count {
            return Value::Count(self.values(of));
        }
        let whole = match unit {
            Unit::Millis => Some(1e6),
            Unit::Seconds => Some(1e9),
            _ => None,
        };
        let said = |value: u64| match whole {
            Some(nanos) => Value::Number(value as f64 / nanos),
            None => Value::Count(value),
        };
        if stat == Stat::Sum {
            let sum = self.sum(of);
            return u64::try_from(sum).map_or(Value::Number(sum as f64), said);
        }
        let sample = self.samples.0.get_mut(&(of.slot().place, of.slot().member));
        let Some(sample) = sample else { return Value::Nothing };
        let quantile = match stat {
            Stat::Mean => {
                let mean = sample.mean().map(|mean| mean / whole.unwrap_or(1.0));
                return Value::from(&mean);
            }
            Stat::Max => {
                return sample.greatest().map_or(Value::Nothing, |it| said(it.as_nanos()));
            }
            Stat::P50 => Quantile::P50,
            Stat::P90 => Quantile::P90,
            Stat::P95 => Quantile::P95,
            Stat::P99 => Quantile::P99,
            Stat::P999 => Quantile::P999,
            Stat::Count | Stat::Sum => unreachable!("they were told"),
        };
        sample.quantile(quantile).map_or(Value::Nothing, |it| said(it.as_nanos()))
    }
}

impl OwnNumbers for OwnBook {
    fn count(&self, of: OwnCount) -> u64 {
        self.counts.get(of.slot()).copied().unwrap_or(0)
    }

    fn peak(&self, of: OwnLevel) -> u64 {
        self.levels.get(of.slot()).map_or(0, |level| level.course.peak())
    }

    fn seconds(&self, of: OwnLevel) -> f64 {
        self.levels.get(of.slot()).map_or(0.0, |level| nano_parts(level.course.area()))
    }

    fn counted_s(&self) -> f64 {
        let (from, until) = self.counted;
        if from < until { (until - from).as_secs_f64() } else { 0.0 }
    }

    fn values(&self, of: OwnSample) -> u64 {
        self.samples.get(of.slot()).map_or(0, Sample::count)
    }

    fn sum(&self, of: OwnSample) -> u128 {
        self.samples.get(of.slot()).map_or(0, Sample::sum)
    }
}

impl Level {
    fn share(&self, node: Option<NodeId>) -> u64 {
        self.shares.get(place(node)).copied().unwrap_or(0)
    }

    fn stands(&mut self, at: Time, node: Option<NodeId>, share: u64) {
        let place = place(node);
        if self.shares.len() <= place {
            if share == 0 {
                return;
            }
            self.shares.resize(place + 1, 0);
        }
        let before = std::mem::replace(&mut self.shares[place], share);
        self.course.set(at, self.course.now() - before + share);
    }
}

fn place(node: Option<NodeId>) -> usize {
    node.map_or(0, |node| node.index() + 1)
}
