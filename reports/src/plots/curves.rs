//! Curves over the values of a key: what `sweep` and `size` draw. A panel for each number, a line for each
//! series, and whiskers for the intervals.

use penult_models::Unit;

use super::axis::{Scale, number};
use super::canvas::{Anchor, Canvas, Paint};
use super::style::{self, BLUE, GREEN, GRID, INK, ORANGE, PAPER, PURPLE, SKY, SMALL, VERMILION};
use crate::spans::TimeUnit;
use crate::statistics::Estimate;

/// A plot of several numbers over the values of one key.
#[derive(Clone, Debug)]
pub struct Curves {
    /// Its heading.
    pub title: String,
    /// What ran, in a line.
    pub run: String,
    /// The key that is varied.
    pub key: String,
    /// Its values, in the order in which they stand.
    pub values: Vec<String>,
    /// What each line stands for; empty if there is but one.
    pub series: Vec<String>,
    /// A number each.
    pub panels: Vec<Panel>,
    /// The value that is marked, by its place.
    pub marked: Option<usize>,
}

/// One number.
#[derive(Clone, Debug)]
pub struct Panel {
    /// What it is, without the unit of a time or a share.
    pub name: String,
    /// In what it is measured.
    pub measure: Measure,
    /// For each series and each value, if there is a sample: the mean and its interval.
    pub lines: Vec<Vec<Option<Estimate>>>,
}

/// In what a number is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    /// A length of time in milliseconds: it is drawn in the unit that reads well.
    Time,
    /// From 0 to 1: it is drawn in percent, and no interval goes further.
    Share,
    /// Anything else.
    Number,
}

impl Measure {
    /// That of a number in this unit.
    pub fn of(unit: Unit) -> Measure {
        match unit {
            Unit::Millis => Measure::Time,
            Unit::Share => Measure::Share,
            _ => Measure::Number,
        }
    }
}

/// More series than this can't be told apart.
pub const SERIES_MAX: usize = 8;

const WIDTH: f64 = 960.0;
/// Where the curves of the left panel lie; those of the right one lie half the width further.
const ACROSS: (f64, f64) = (70.0, 464.0);
/// How high a panel is, with its heading and its axis.
const HIGH: f64 = 248.0;
/// From this ratio of the largest to the smallest mean on, an axis is logarithmic.
const WIDE: f64 = 30.0;
/// A linear axis does not go down to zero if what is drawn begins above this part of its top.
const NARROW: f64 = 0.5;
/// An interval goes on beyond its axis from so many times the largest mean on: on a linear one, and on another.
const BEYOND: (f64, f64) = (3.0, 30.0);
/// How high the row of those that have none of it is, below a logarithmic axis.
const NONE: f64 = 22.0;

/// A point in the unit of its axis: the mean, and the ends of its interval.
type Drawn = [f64; 3];

impl Curves {
    /// Drawn, as SVG: the same numbers, the same bytes.
    pub fn svg(&self, name: &'static str) -> String {
        self.canvas(name).svg()
    }

    pub(super) fn canvas(&self, name: &'static str) -> Canvas {
        let keys = if self.series.len() > 1 { self.series.len().div_ceil(2) } else { 0 };
        let top = 58.0 + 18.0 * keys as f64;
        let rows = self.panels.len().div_ceil(2);
        let height = top + HIGH * rows as f64 + 26.0;
        let mut canvas = Canvas::new(name, &self.title, &self.run, WIDTH, height);
        if keys > 0 {
            for (at, words) in self.series.iter().enumerate() {
                let x = 16.0 + WIDTH / 2.0 * (at % 2) as f64;
                let words = style::fitted(words, SMALL, false, WIDTH / 2.0 - 48.0);
                canvas.key((x, 60.0 + 18.0 * (at / 2) as f64), paint(at), &words);
            }
        }
        let mut goes_on = false;
        for (at, panel) in self.panels.iter().enumerate() {
            let x = WIDTH / 2.0 * (at % 2) as f64;
            goes_on |= self.panel(&mut canvas, panel, (x, top + HIGH * (at / 2) as f64));
        }
        if goes_on {
            canvas.note((16.0, height - 13.0), "An arrow: the interval goes on beyond the axis.");
        }
        let names: Vec<String> = self.panels.iter().map(|it| it.named(it.unit())).collect();
        canvas.says = format!("{}: {} by {}.", self.title, names.join("; "), self.key);
        canvas
    }

    /// Draws a number; says whether some interval goes on beyond the axis.
    fn panel(&self, canvas: &mut Canvas, panel: &Panel, (x, y): (f64, f64)) -> bool {
        let (left, right) = (x + ACROSS.0, x + ACROSS.1);
        let (high, low) = (y + 32.0, y + HIGH - 48.0);
        let lines = panel.drawn();
        let points: Vec<Drawn> = lines.iter().flatten().flatten().copied().collect();
        let axis = Axis::of(&points, (low, high));
        let name = format!("{}{}", panel.named(panel.unit()), axis.remark());
        let name = style::fitted(&name, style::HEADING, true, WIDTH / 2.0 - 32.0);
        canvas.heading((x + 16.0, y + 12.0), &name);
        if points.is_empty() {
            let middle = (f64::midpoint(left, right), f64::midpoint(high, low));
            super::axis::nothing(canvas, middle, "no sample");
            return false;
        }
        let step = (right - left) / self.values.len().max(1) as f64;
        let place = |at: usize| left + step * (at as f64 + 0.5);
        if let Some(at) = self.marked {
            let (from, to) = (place(at) - 0.4 * step, place(at) + 0.4 * step);
            canvas.rect((from, high), (to, low), GREEN.thin(0.15));
        }
        for tick in axis.up.ticks(6) {
            let y = axis.up.at(tick);
            canvas.line((left, y), (right, y), GRID.full(), 0.75);
            canvas.small((left - 6.0, y), Anchor::End, number(tick));
        }
        canvas.line((left, axis.foot), (left, high), INK.full(), 0.75);
        if let Some(none) = axis.none {
            canvas.line((left, none), (right, none), GRID.full(), 0.75);
            canvas.small((left - 6.0, none), Anchor::End, "none");
        }
        canvas.line((left, low), (right, low), INK.full(), 0.75);
        // So many values apart that their names have room.
        let longest = self.values.iter().map(|it| style::width(it, SMALL, false));
        let longest = longest.fold(0.0, f64::max).min(120.0);
        let apart = ((longest + 8.0) / step).ceil().max(1.0) as usize;
        for (at, value) in self.values.iter().enumerate() {
            canvas.line((place(at), low), (place(at), low + 4.0), INK.full(), 0.75);
            if at % apart == 0 {
                let room = (step * apart as f64 - 8.0).max(longest);
                // The last may have less before the edge.
                let room = room.min(2.0 * (right + 12.0 - place(at)));
                let words = style::fitted(value, SMALL, false, room);
                canvas.small((place(at), low + 13.0), Anchor::Middle, words);
            }
        }
        let key = style::fitted(&self.key, SMALL, false, right - left);
        canvas.small((f64::midpoint(left, right), low + 31.0), Anchor::Middle, key);
        // A little beside each other, so that none hides another.
        let beside = (step / lines.len() as f64 / 2.0).min(6.0);
        let mut goes_on = false;
        for (series, line) in lines.iter().enumerate().take(SERIES_MAX) {
            let off = beside * (series as f64 - (lines.len() - 1) as f64 / 2.0);
            goes_on |= curve(canvas, line, &axis, &|at| place(at) + off, paint(series));
        }
        goes_on
    }
}

impl Panel {
    /// The unit of what is a time. An axis that is logarithmic has its smallest mean on it, too.
    fn unit(&self) -> Option<TimeUnit> {
        let estimates = self.lines.iter().flatten().flatten();
        let means = || estimates.clone().map(|it| it.mean).filter(|it| *it > 0.0);
        let (least, most) = (means().fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
        (self.measure == Measure::Time).then(|| TimeUnit::of_axis(least, most))
    }

    fn named(&self, unit: Option<TimeUnit>) -> String {
        match (unit, self.measure) {
            (Some(unit), _) => format!("{}, {}", self.name, unit.name),
            (None, Measure::Share) => format!("{}, %", self.name),
            (None, _) => self.name.clone(),
        }
    }

    /// Its points in the unit of its axis. No number here can be below zero, and no interval goes there.
    fn drawn(&self) -> Vec<Vec<Option<Drawn>>> {
        let (per, most) = match (self.unit(), self.measure) {
            (Some(unit), _) => (unit.millis, f64::INFINITY),
            (None, Measure::Share) => (0.01, 100.0),
            (None, _) => (1.0, f64::INFINITY),
        };
        let point = |estimate: Estimate| {
            let (least, greatest) = estimate.interval.unwrap_or((estimate.mean, estimate.mean));
            [estimate.mean / per, (least / per).max(0.0), (greatest / per).min(most)]
        };
        let line = |line: &Vec<Option<Estimate>>| line.iter().map(|it| it.map(point)).collect();
        self.lines.iter().map(line).collect()
    }
}

/// The axis of a panel.
struct Axis {
    up: Scale,
    is_log: bool,
    /// The least value of a linear axis, if that is not zero.
    from: Option<f64>,
    /// What it shows: nothing that is drawn of an interval lies beyond.
    shown: (f64, f64),
    /// Where it ends below, in pixels.
    foot: f64,
    /// The row of those that have none of it: a logarithm has no place for them.
    none: Option<f64>,
}

impl Axis {
    /// One for all points, between two pixels.
    fn of(points: &[Drawn], (low, high): (f64, f64)) -> Axis {
        // Where nothing was counted an interval goes to a bound that would hide all others.
        let some = || points.iter().filter(|point| point[0] > 0.0);
        let (least, most) = (
            some().map(|it| it[0]).fold(f64::INFINITY, f64::min),
            some().map(|it| it[0]).fold(0.0, f64::max),
        );
        let ends = |beyond: f64| {
            let greatest = some().map(|it| it[2]).fold(most, f64::max).min(beyond * most);
            if most > 0.0 { greatest } else { points.iter().map(|it| it[2]).fold(0.0, f64::max) }
        };
        if most > WIDE * least {
            let has_none = some().count() < points.len();
            let foot = if has_none { low - NONE } else { low };
            // What is below a tenth of the smallest mean goes on.
            let from = some().map(|it| it[1]).fold(least, f64::min).max(0.1 * least);
            let up = Scale::log((from, ends(BEYOND.1)), (foot, high));
            let (none, shown) = (has_none.then_some(low - NONE / 2.0 + 3.0), up.ends());
            return Axis { up, is_log: true, from: None, shown, foot, none };
        }
        let (from, to) = (points.iter().map(|it| it[1]).fold(least, f64::min), ends(BEYOND.0));
        let is_narrow = from > NARROW * to && to - from > 1e-9 * to;
        let up = match is_narrow {
            true => Scale::around((from, to), (low, high)),
            false => Scale::linear((0.0, if to > 0.0 { 1.05 * to } else { 1.0 }), (low, high)),
        };
        let shown = up.ends();
        let from = is_narrow.then_some(shown.0);
        Axis { up, is_log: false, from, shown, foot: low, none: None }
    }

    /// What has to be known to read it.
    fn remark(&self) -> String {
        match self.from {
            _ if self.is_log => " (logarithmic)".to_owned(),
            Some(from) => format!(" (from {})", number(from)),
            None => String::new(),
        }
    }

    /// Where a mean lies: in the row of none, if it is nothing and there is one.
    fn at(&self, mean: f64) -> f64 {
        self.none.filter(|_| mean <= 0.0).unwrap_or_else(|| self.up.at(mean))
    }
}

/// One line with its whiskers, broken where a value has no sample, and where there is none of it on an axis without
/// a place for that. Says whether some interval goes on beyond the axis.
fn curve(
    canvas: &mut Canvas,
    line: &[Option<Drawn>],
    axis: &Axis,
    place: &dyn Fn(usize) -> f64,
    paint: Paint,
) -> bool {
    let mut piece: Vec<(f64, f64)> = Vec::new();
    let mut goes_on = false;
    for (at, point) in line.iter().map(Some).chain([None]).enumerate() {
        let x = place(at);
        let is_none = |mean: f64| axis.none.is_some() && mean <= 0.0;
        if let Some(Some([mean, ..])) = point
            && !is_none(*mean)
        {
            piece.push((x, axis.at(*mean)));
        } else {
            if piece.len() > 1 {
                canvas.path(&piece, paint, 1.5);
            }
            piece.clear();
        }
        let Some(Some([mean, least, most])) = point else { continue };
        let middle = axis.at(*mean);
        for end in [least, most] {
            let (edge, back) = match end {
                end if *end > axis.shown.1 * 1.000_001 => (axis.up.at(axis.shown.1), Some(6.0)),
                end if *end < axis.shown.0 * 0.999_999 && !is_none(*mean) => {
                    (axis.foot, Some(-6.0))
                }
                end => (axis.at(*end), None),
            };
            canvas.line((x, middle), (x, edge), paint, 1.25);
            if let Some(back) = back {
                goes_on = true;
                let back = edge + back;
                canvas.polygon(vec![(x - 4.0, back), (x, edge), (x + 4.0, back)], paint);
            }
        }
        canvas.rect((x - 3.0, middle - 3.0), (x + 3.0, middle + 3.0), paint);
        if is_none(*mean) {
            // Hollow: it is no value of this axis.
            canvas.rect((x - 1.75, middle - 1.75), (x + 1.75, middle + 1.75), PAPER.full());
        }
    }
    goes_on
}

fn paint(series: usize) -> Paint {
    let colours = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK];
    let opacity = if series < colours.len() { 1.0 } else { 0.5 };
    colours[series % colours.len()].thin(opacity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plots::canvas::Shape;

    fn estimate([mean, low, high]: [f64; 3]) -> Estimate {
        Estimate { count: 3, mean, sd: None, interval: Some((low, high)) }
    }

    fn panel(name: &str, measure: Measure, lines: Vec<Vec<Option<[f64; 3]>>>) -> Panel {
        let lines = lines.into_iter().map(|it| it.into_iter().map(|it| it.map(estimate)).collect());
        Panel { name: name.into(), measure, lines: lines.collect() }
    }

    fn curves(values: usize, series: usize) -> Curves {
        let point = |at: usize| {
            let mean = at as f64;
            if at == 1 { None } else { Some([mean, 0.5 * mean, 100.0 * mean]) }
        };
        let lines = vec![(0..values).map(point).collect(); series];
        Curves {
            title: "A sweep".into(),
            run: "World, 3 runs of each".into(),
            key: "chain.heartbeat.misses".into(),
            values: (0..values).map(|it| format!("{it} and some words")).collect(),
            series: (0..series).map(|it| format!("chain.length = {it}")).collect(),
            panels: vec![
                panel("latency.p99", Measure::Time, lines),
                panel("lost", Measure::Share, vec![vec![Some([0.0, 0.0, 0.0]); values]; series]),
                panel("nothing", Measure::Number, vec![vec![None; values]; series]),
            ],
            marked: Some(0),
        }
    }

    /// One number over values, drawn alone.
    fn alone(measure: Measure, points: &[[f64; 3]]) -> Canvas {
        let line = points.iter().copied().map(Some).collect();
        let values = (0..points.len()).map(|it| it.to_string()).collect();
        let panels = vec![panel("it", measure, vec![line])];
        Curves { values, panels, marked: None, ..curves(1, 1) }.canvas("sweep")
    }

    /// The lines of a canvas in the colour of the first series that join several points.
    fn joined(canvas: &Canvas) -> Vec<Vec<(f64, f64)>> {
        let of = |shape: &Shape| match shape {
            Shape::Path(points, paint, wide) if paint.colour == BLUE && *wide > 1.4 => {
                Some(points.clone())
            }
            _ => None,
        };
        canvas.shapes.iter().filter_map(|(_, shape)| of(shape)).collect()
    }

    /// How many arrows it has.
    fn arrows(canvas: &Canvas) -> usize {
        canvas.shapes.iter().filter(|(_, shape)| matches!(shape, Shape::Polygon(..))).count()
    }

    #[test]
    fn labels_have_room_and_all_is_inside() {
        for (values, series) in [(1, 1), (3, 1), (7, 2), (40, 8)] {
            let canvas = curves(values, series).canvas("sweep");
            assert_eq!(canvas.faults(), [""; 0], "{values} values, {series} series");
        }
    }

    #[test]
    fn an_axis_is_logarithmic_where_means_lie_far_apart() {
        let is_log = |values| {
            let canvas = curves(values, 1).canvas("sweep");
            canvas.words().contains(&"latency.p99, ms (logarithmic)")
        };
        assert!(!is_log(31));
        assert!(is_log(64));
    }

    #[test]
    fn none_is_no_small_number() {
        let rates = [[0.2, 0.1, 0.3], [0.001, 0.0005, 0.002], [0.0, 0.0, 0.6], [0.0, 0.0, 0.6]];
        let canvas = alone(Measure::Share, &rates);
        let words = canvas.words();
        assert!(words.contains(&"none") && words.contains(&"it, % (logarithmic)"), "{words:?}");
        // Joined are those that have some; the axis ends above the row of the others.
        let lines = joined(&canvas);
        assert_eq!(lines.iter().map(Vec::len).collect::<Vec<_>>(), [2]);
        let lowest = lines[0].iter().map(|it| it.1).fold(0.0, f64::max);
        let squares: Vec<f64> = canvas
            .shapes
            .iter()
            .filter_map(|(_, shape)| match shape {
                Shape::Rect(from, to, paint) if paint.colour == PAPER && to.0 - from.0 < 9.0 => {
                    Some(f64::midpoint(from.1, to.1))
                }
                _ => None,
            })
            .collect();
        assert_eq!(squares.len(), 2);
        let tick = |words: &str| {
            canvas.shapes.iter().find_map(|(_, shape)| match shape {
                Shape::Text(text) if text.words == words => Some(text.at.1),
                _ => None,
            })
        };
        let least = tick("0.1").unwrap_or_else(|| panic!("{words:?}"));
        assert!(squares.iter().all(|y| *y > least + 5.0), "{squares:?} {least}");
        assert!((least - lowest).abs() < 1e-9);
        // Their bound goes beyond the axis: an arrow, and it says so. It is no reason for a longer axis.
        assert_eq!(arrows(&canvas), 2);
        assert!(words.contains(&"An arrow: the interval goes on beyond the axis."), "{words:?}");
        assert!(!words.contains(&"100"), "{words:?}");
        assert_eq!(canvas.faults(), [""; 0]);
        // On a linear axis nothing has its place.
        let canvas = alone(Measure::Share, &[[0.2, 0.1, 0.3], [0.0, 0.0, 0.2]]);
        assert!(!canvas.words().contains(&"none") && joined(&canvas)[0].len() == 2);
        assert_eq!(arrows(&canvas), 0);
        // If there is nothing else, the bound is what is to be seen.
        let canvas = alone(Measure::Share, &[[0.0, 0.0, 0.31]; 2]);
        assert!(canvas.words().contains(&"30") && arrows(&canvas) == 0);
    }

    #[test]
    fn what_differs_little_can_be_told_apart() {
        let canvas = alone(Measure::Share, &[[0.9991, 0.9987, 0.9995], [0.9999, 0.9997, 1.0001]]);
        let words = canvas.words();
        // From the first tick below all, which it says; nothing is above all of it.
        assert!(words.contains(&"it, % (from 99.85)"), "{words:?}");
        assert!(words.contains(&"100") && !words.iter().any(|it| it.starts_with("100.")));
        let line = &joined(&canvas)[0];
        assert!(line[0].1 - line[1].1 > 40.0, "{line:?}");
        assert_eq!((canvas.faults(), arrows(&canvas)), (vec![], 0));
        // What is all the same, or differs by much, is drawn from zero.
        for points in [[[44.0, 44.0, 44.0]; 2], [[44.0, 40.0, 48.0], [20.0, 15.0, 25.0]]] {
            let canvas = alone(Measure::Time, &points);
            assert!(canvas.words().contains(&"it, ms") && canvas.words().contains(&"0"));
        }
    }

    #[test]
    fn hours_are_drawn_as_hours() {
        let of = |per: f64| {
            let point = |at: usize| [1.0, 0.5, 2.0].map(|it| it * (at + 3) as f64 * per);
            alone(Measure::Time, &[0, 1, 2, 3].map(point))
        };
        let (hours, short) = (of(36_000_000.0), of(10.0));
        assert!(hours.words().contains(&"it, h"), "{:?}", hours.words());
        // All but the unit is as if they were milliseconds.
        let words = |canvas: &Canvas| canvas.words().join("; ").replace(", h", ", ms");
        assert_eq!(words(&hours), words(&short));
        assert!(hours.faults().is_empty());
    }

    #[test]
    fn a_line_is_broken_where_there_is_no_sample() {
        let mut whole = curves(5, 1);
        let points = |canvas: &Canvas| joined(canvas)[0].len();
        assert_eq!(points(&whole.canvas("sweep")), 3);
        whole.panels[0].lines[0][1] = Some(estimate([1.0, 1.0, 1.0]));
        assert_eq!(points(&whole.canvas("sweep")), 5);
    }
}
