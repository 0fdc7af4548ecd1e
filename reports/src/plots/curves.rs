//! Curves over the values of a key: what `sweep` and `size` draw. A panel for each number, a line for each
//! series, and whiskers for the intervals.

use super::axis::{Scale, number};
use super::canvas::{Anchor, Canvas, Paint};
use super::style::{self, BLUE, GREEN, GRID, INK, ORANGE, PURPLE, SKY, SMALL, VERMILION};
use crate::spans::TimeUnit;

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
    /// What it is, with its unit if it is no time.
    pub name: String,
    /// Whether it is a length of time in milliseconds: it is drawn in the unit that reads well.
    pub is_time: bool,
    /// For each series and each value, if there is a sample: the mean, and the ends of its interval.
    pub lines: Vec<Vec<Option<[f64; 3]>>>,
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

impl Curves {
    /// Drawn, as SVG: the same numbers, the same bytes.
    pub fn svg(&self, name: &'static str) -> String {
        self.canvas(name).svg()
    }

    pub(super) fn canvas(&self, name: &'static str) -> Canvas {
        let keys = if self.series.len() > 1 { self.series.len().div_ceil(2) } else { 0 };
        let top = 58.0 + 18.0 * keys as f64;
        let rows = self.panels.len().div_ceil(2);
        let height = top + HIGH * rows as f64 + 10.0;
        let mut canvas = Canvas::new(name, &self.title, &self.run, WIDTH, height);
        if keys > 0 {
            for (at, words) in self.series.iter().enumerate() {
                let x = 16.0 + WIDTH / 2.0 * (at % 2) as f64;
                let words = style::fitted(words, SMALL, false, WIDTH / 2.0 - 48.0);
                canvas.key((x, 60.0 + 18.0 * (at / 2) as f64), paint(at), &words);
            }
        }
        for (at, panel) in self.panels.iter().enumerate() {
            let x = WIDTH / 2.0 * (at % 2) as f64;
            self.panel(&mut canvas, panel, (x, top + HIGH * (at / 2) as f64));
        }
        let names: Vec<String> = self.panels.iter().map(|it| it.named(it.unit())).collect();
        canvas.says = format!("{}: {} by {}.", self.title, names.join("; "), self.key);
        canvas
    }

    fn panel(&self, canvas: &mut Canvas, panel: &Panel, (x, y): (f64, f64)) {
        let (left, right) = (x + ACROSS.0, x + ACROSS.1);
        let (high, low) = (y + 32.0, y + HIGH - 48.0);
        let unit = panel.unit();
        let lines = panel.lines_in(unit);
        let points = || lines.iter().flatten().flatten();
        let above = || points().map(|it| it[0]).filter(|mean| *mean > 0.0);
        let (least, most) = (above().fold(f64::INFINITY, f64::min), above().fold(0.0, f64::max));
        let is_log = most > WIDE * least;
        let up = if is_log {
            // What is below a tenth of the smallest mean ends at the foot.
            let foot = points().map(|it| it[1]).filter(|it| *it > 0.1 * least);
            let foot = foot.fold(least, f64::min);
            Scale::log((foot, points().map(|it| it[2]).fold(most, f64::max)), (low, high))
        } else {
            let most = points().map(|it| it[2]).fold(most, f64::max);
            Scale::linear((0.0, if most > 0.0 { 1.05 * most } else { 1.0 }), (low, high))
        };
        let name = format!("{}{}", panel.named(unit), if is_log { " (logarithmic)" } else { "" });
        let name = style::fitted(&name, style::HEADING, true, WIDTH / 2.0 - 32.0);
        canvas.heading((x + 16.0, y + 12.0), &name);
        if points().next().is_none() {
            let middle = (f64::midpoint(left, right), f64::midpoint(high, low));
            return super::axis::nothing(canvas, middle, "no sample");
        }
        let step = (right - left) / self.values.len().max(1) as f64;
        let place = |at: usize| left + step * (at as f64 + 0.5);
        if let Some(at) = self.marked {
            let (from, to) = (place(at) - 0.4 * step, place(at) + 0.4 * step);
            canvas.rect((from, high), (to, low), GREEN.thin(0.15));
        }
        for tick in up.ticks(6) {
            let y = up.at(tick);
            canvas.line((left, y), (right, y), GRID.full(), 0.75);
            canvas.small((left - 6.0, y), Anchor::End, number(tick));
        }
        canvas.line((left, low), (left, high), INK.full(), 0.75);
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
        for (series, line) in lines.iter().enumerate().take(SERIES_MAX) {
            curve(canvas, line, &up, &place, paint(series));
        }
    }
}

impl Panel {
    /// The unit of what is a time. An axis that is logarithmic has its smallest mean on it, too.
    fn unit(&self) -> Option<TimeUnit> {
        let means = || self.lines.iter().flatten().flatten().map(|it| it[0]).filter(|it| *it > 0.0);
        let (least, most) = (means().fold(f64::INFINITY, f64::min), means().fold(0.0, f64::max));
        self.is_time.then(|| TimeUnit::of_axis(least, most))
    }

    fn named(&self, unit: Option<TimeUnit>) -> String {
        unit.map_or_else(|| self.name.clone(), |unit| format!("{}, {}", self.name, unit.name))
    }

    fn lines_in(&self, unit: Option<TimeUnit>) -> Vec<Vec<Option<[f64; 3]>>> {
        let count = |number| unit.map_or(number, |unit| unit.count(number));
        let mut lines = self.lines.clone();
        for point in lines.iter_mut().flatten().flatten() {
            *point = point.map(count);
        }
        lines
    }
}

/// One line with its whiskers; where a value has no sample, it is broken.
fn curve(
    canvas: &mut Canvas,
    line: &[Option<[f64; 3]>],
    up: &Scale,
    place: &dyn Fn(usize) -> f64,
    paint: Paint,
) {
    let mut piece: Vec<(f64, f64)> = Vec::new();
    for (at, point) in line.iter().map(Some).chain([None]).enumerate() {
        if let Some(Some([mean, least, most])) = point {
            let x = place(at);
            piece.push((x, up.at(*mean)));
            canvas.line((x, up.at(*least)), (x, up.at(*most)), paint, 1.25);
            canvas.rect((x - 3.0, up.at(*mean) - 3.0), (x + 3.0, up.at(*mean) + 3.0), paint);
        } else if piece.len() > 1 {
            canvas.path(&std::mem::take(&mut piece), paint, 1.5);
        } else {
            piece.clear();
        }
    }
}

fn paint(series: usize) -> Paint {
    let colours = [BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK];
    let opacity = if series < colours.len() { 1.0 } else { 0.5 };
    colours[series % colours.len()].thin(opacity)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(values: usize, series: usize) -> Curves {
        let point = |at: usize| {
            let mean = at as f64;
            if at == 1 { None } else { Some([mean, 0.5 * mean, 100.0 * mean]) }
        };
        let lines = vec![(0..values).map(point).collect(); series];
        let panel = |name: &str, lines| Panel { name: name.into(), lines, is_time: false };
        Curves {
            title: "A sweep".into(),
            run: "World, 3 runs of each".into(),
            key: "chain.heartbeat.misses".into(),
            values: (0..values).map(|it| format!("{it} and some words")).collect(),
            series: (0..series).map(|it| format!("chain.length = {it}")).collect(),
            panels: vec![
                Panel { is_time: true, ..panel("latency.p99", lines) },
                panel("lost, %", vec![vec![Some([0.0, 0.0, 0.0]); values]; series]),
                panel("nothing", vec![vec![None; values]; series]),
            ],
            marked: Some(0),
        }
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
    fn hours_are_drawn_as_hours() {
        let mut hours = curves(7, 1);
        let mut short = curves(7, 1);
        for line in hours.panels[0].lines.iter_mut().flatten().flatten() {
            *line = line.map(|number| (number + 3.0) * 3_600_000.0 * 10.0);
        }
        for line in short.panels[0].lines.iter_mut().flatten().flatten() {
            *line = line.map(|number| (number + 3.0) * 10.0);
        }
        let (hours, short) = (hours.canvas("sweep"), short.canvas("sweep"));
        assert!(hours.words().contains(&"latency.p99, h"), "{:?}", hours.words());
        // All but the unit is as if they were milliseconds.
        let words = |canvas: &Canvas| canvas.words().join("; ").replace(", h", ", ms");
        assert_eq!(words(&hours), words(&short));
        assert!(hours.faults().is_empty());
    }

    #[test]
    fn a_line_is_broken_where_there_is_no_sample() {
        let lines = |canvas: &Canvas| {
            let all = canvas.svg();
            all.matches("<polyline").count()
        };
        let mut whole = curves(5, 1);
        let broken = lines(&whole.canvas("sweep"));
        whole.panels[0].lines[0][1] = Some([1.0, 1.0, 1.0]);
        // Without the gap, the first point is joined; its whisker is one line more.
        assert_ne!(lines(&whole.canvas("sweep")), broken);
    }
}
