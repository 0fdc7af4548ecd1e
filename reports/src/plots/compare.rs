//! `compare`: the tails of latency over each other, loss and cost side by side, and paired differences with
//! their intervals.

use penult_models::Unit;

use super::axis::{Scale, along, nothing, number, step_up, value_axis};
use super::canvas::{Anchor, Canvas, Paint};
use super::style::{self, BLUE, GREEN, GRID, INK, MUTED, ORANGE, PURPLE, SKY, SMALL, VERMILION};
use super::tail::{over_each_other, stairs};
use crate::compare::{Comparison, Difference, Number, TOLD, behind};
use crate::metrics::path;
use crate::shown;
use crate::spans::TimeUnit;
use crate::statistics::LossRate;

const WIDTH: f64 = 960.0;
const BYTES: &str = path("cost.bytes");
/// The curves' place from left to right.
const CURVES: (f64, f64) = (84.0, 500.0);
/// The same of what was lost, and of what was sent.
const LOST: (f64, f64) = (668.0, 790.0);
const SENT: (f64, f64) = (824.0, 936.0);
/// And of the differences.
const APART: (f64, f64) = (312.0, 640.0);
/// How high a row of differences is.
const ROW: f64 = 16.0;
/// Beyond so many percent differences end at the edge; the words beside them say how large they are.
const MOST: f64 = 200.0;

/// Strategies beyond the sixth get the same colours again, thinner.
fn paint(strategy: usize) -> Paint {
    let colours = [INK, BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY];
    let opacity = if strategy < colours.len() { 1.0 } else { 0.5 };
    colours[strategy % colours.len()].thin(opacity)
}

pub(crate) fn plot(all: &Comparison) -> Canvas {
    let strategies = all.strategies.len();
    // As many keys beside each other as have their whole names.
    let wide = |name: &String| style::width(name, SMALL, false);
    let widest = all.strategies.iter().map(wide).fold(0.0, f64::max);
    let columns = [3, 2].into_iter().find(|&it| widest <= 930.0 / it as f64 - 30.0).unwrap_or(1);
    let key_rows = strategies.div_ceil(columns);
    let top = 66.0 + 18.0 * key_rows as f64;
    let bottom = top + (18.0 * strategies as f64).max(240.0) + 30.0;
    let rows = differences(all);
    let below = bottom + 64.0;
    let lines = rows.len() * all.rivals().len();
    let height = below + 34.0 + ROW * lines as f64 + 6.0 * rows.len() as f64 + 48.0;
    let run = format!("{}, {} seeds, the same worlds for each", all.scenario, all.seeds.len());
    let mut canvas = Canvas::new("compare", "Strategies compared", &run, WIDTH, height);
    for (strategy, name) in all.strategies.iter().enumerate() {
        let x = 16.0 + 930.0 / columns as f64 * (strategy % columns) as f64;
        let y = 60.0 + 18.0 * (strategy / columns) as f64;
        let name = style::fitted(name, SMALL, false, 930.0 / columns as f64 - 30.0);
        canvas.key((x, y), paint(strategy), &name);
    }
    tails(&mut canvas, all, top, bottom);
    loss_and_cost(&mut canvas, all, top, bottom);
    apart(&mut canvas, all, &rows, below);
    canvas.says = (0..all.rivals().len())
        .flat_map(|rival| all.statements(rival))
        .map(|statement| statement.words)
        .collect::<Vec<_>>()
        .join(" ");
    canvas
}

fn tails(canvas: &mut Canvas, all: &Comparison, top: f64, bottom: f64) {
    canvas.heading((16.0, top), "Share that took at least so long");
    let (left, right) = CURVES;
    let (high, low) = (top + 22.0, bottom - 30.0);
    let points = || all.tails.iter().flatten();
    if points().next().is_none() {
        let middle = (f64::midpoint(left, right), f64::midpoint(high, low));
        return nothing(canvas, middle, "nothing was delivered");
    }
    let fastest = points().map(|it| it.0).fold(f64::INFINITY, f64::min);
    let slowest = points().map(|it| it.0).fold(0.0, f64::max);
    let rarest = points().map(|it| it.1).fold(1.0, f64::min);
    let unit = TimeUnit::of_axis(fastest, slowest);
    let across = Scale::log((unit.count(fastest), unit.count(slowest)), (left, right));
    let up = Scale::log(((100.0 * rarest).min(10.0), 100.0), (low, high));
    value_axis(canvas, &up, left, right, 7);
    let mut before = f64::NEG_INFINITY;
    for tick in across.ticks(8) {
        let (x, words) = (across.at(tick), number(tick));
        canvas.line((x, high), (x, low), GRID.full(), 0.75);
        let half = style::width(&words, SMALL, false) / 2.0;
        if x - half > before + 4.0 {
            canvas.line((x, low), (x, low + 4.0), INK.full(), 0.75);
            canvas.small((x, low + 13.0), Anchor::Middle, words);
            before = x + half;
        }
    }
    canvas.line((left, low), (right, low), INK.full(), 0.75);
    let words = format!("latency, {} (logarithmic); all seeds together", unit.name);
    canvas.small((f64::midpoint(left, right), low + 32.0), Anchor::Middle, words);
    let words = "share of deliveries, % (logarithmic)";
    along(canvas, 24.0, f64::midpoint(high, low), low - high, words);
    let curve = |(strategy, tail): (usize, &Vec<(f64, f64)>)| {
        let tail = tail.iter().map(|&(ms, share)| (unit.count(ms), 100.0 * share));
        let points = stairs(&tail.collect::<Vec<_>>(), &across, &up, 100.0);
        (points, paint(strategy), if strategy == 0 { 1.25 } else { 2.0 })
    };
    // The reference last, so that it is over the others.
    let curves: Vec<_> = all.tails.iter().enumerate().rev().map(curve).collect();
    over_each_other(canvas, &curves);
}

fn loss_and_cost(canvas: &mut Canvas, all: &Comparison, top: f64, bottom: f64) {
    let (high, low) = (top + 22.0, bottom - 30.0);
    canvas.heading((540.0, top), "Lost, and sent");
    let step = (low - high) / all.strategies.len() as f64;
    let middle = |strategy: usize| high + step * (strategy as f64 + 0.5);
    for (strategy, name) in all.strategies.iter().enumerate() {
        let lines = style::broken(name, SMALL, LOST.0 - 8.0 - 530.0, (step / 14.0) as usize);
        let first = middle(strategy) - 7.0 * (lines.len() - 1) as f64;
        for (at, words) in lines.into_iter().enumerate() {
            canvas.small((LOST.0 - 8.0, first + 14.0 * at as f64), Anchor::End, words);
        }
    }
    let half = (step * 0.3).min(10.0);
    let estimate = |path: &str, per: f64, strategy: usize| {
        let mean = all.get(path)?.means[strategy]?;
        let (least, most) = mean.interval.unwrap_or((mean.mean, mean.mean));
        Some((mean.mean / per, least.max(0.0) / per, most / per))
    };
    let shares: Vec<_> =
        (0..all.strategies.len()).map(|it| estimate(LossRate::PATH, 0.01, it)).collect();
    let bytes: Vec<_> = (0..all.strategies.len()).map(|it| estimate(BYTES, 1.0, it)).collect();
    let lost = format!("{}, %", LossRate::PATH);
    for ((left, right), name, values) in [(LOST, lost.as_str(), shares), (SENT, BYTES, bytes)] {
        // Where none is lost, the interval goes to a bound that would hide the others.
        let some = || values.iter().flatten().filter(|it| it.0 > 0.0);
        let longest = some().map(|it| it.0).fold(0.0, f64::max);
        let ends = || some().chain(values.iter().flatten().filter(|_| longest <= 0.0));
        let most = ends().map(|it| it.2).fold(0.0, f64::max);
        let most = if longest > 0.0 { most.min(3.0 * longest) } else { most };
        if values.iter().all(Option::is_none) {
            nothing(canvas, (f64::midpoint(left, right), f64::midpoint(high, low)), "nothing");
            continue;
        }
        let most = if most > 0.0 { step_up(most) } else { 1.0 };
        let across = Scale::linear((0.0, most), (left, right));
        for tick in [0.0, most / 2.0, most] {
            let x = across.at(tick);
            canvas.line((x, high), (x, low), GRID.full(), 0.75);
            // The middle only where its words have room.
            if tick <= 0.0 || tick >= most {
                canvas.small((x, low + 13.0), Anchor::Middle, number(tick));
            }
        }
        canvas.small((f64::midpoint(left, right), low + 32.0), Anchor::Middle, name);
        for (strategy, value) in values.into_iter().enumerate() {
            let Some((mean, least, greatest)) = value else { continue };
            let y = middle(strategy);
            let Paint { colour, opacity } = paint(strategy);
            canvas.rect((left, y - half), (across.at(mean), y + half), colour.thin(opacity * 0.45));
            let paint = colour.thin(opacity);
            whisker(canvas, &across, (least, greatest), y, paint);
            if mean <= 0.0 && step >= 24.0 {
                canvas.small((left + 4.0, y - 10.0), Anchor::Start, "none");
            }
        }
    }
}

/// An interval: where it goes on beyond the axis it has an arrow, as an end there would be none.
fn whisker(canvas: &mut Canvas, across: &Scale, (least, most): (f64, f64), y: f64, paint: Paint) {
    let (from, to) = (across.at(least), across.at(most));
    canvas.line((from, y), (to, y), paint, 1.25);
    let (low, high) = across.ends();
    for (end, x, is_beyond, way) in [(least, from, least < low, -1.0), (most, to, most > high, 1.0)]
    {
        if is_beyond {
            let back = x - 6.0 * way;
            canvas.polygon(vec![(back, y - 5.0), (x + 3.0 * way, y), (back, y + 5.0)], paint);
        } else if (low..=high).contains(&end) {
            canvas.line((x, y - 3.0), (x, y + 3.0), paint, 1.25);
        }
    }
}

/// What is drawn of differences.
fn differences(all: &Comparison) -> Vec<&Number> {
    let lost = const { path("deliveries.lost") };
    [lost].iter().chain(&TOLD).filter_map(|path| all.get(path)).collect()
}

/// For each number and rival: the difference in percent of the reference's mean, and in words.
fn apart(canvas: &mut Canvas, all: &Comparison, rows: &[&Number], top: f64) {
    let heading = format!("Against {}: paired differences, 95 %", all.reference());
    let heading = style::fitted(&heading, style::HEADING, true, WIDTH - 32.0);
    canvas.heading((16.0, top), &heading);
    let (left, right) = APART;
    let first = top + 34.0;
    let percent = |metric: &Number, difference: &Difference| {
        let of = metric.means[0].map(|mean| mean.mean).filter(|mean| mean.abs() > 0.0)?;
        let (least, most) = difference.mean.interval?;
        Some([difference.mean.mean, least, most].map(|it| 100.0 * it / of))
    };
    let ends = rows.iter().flat_map(|metric| {
        let shown = metric.differences.iter().flatten();
        shown.filter_map(|it| percent(metric, it)).flat_map(|[_, least, most]| [least, most])
    });
    let most = ends.map(f64::abs).fold(1.0, f64::max);
    let edge = step_up(most).min(MOST);
    let across = Scale::linear((-edge, edge), (left, right));
    let bottom = first + ROW * (rows.len() * all.rivals().len()) as f64 + 6.0 * rows.len() as f64;
    for tick in [-edge, -edge / 2.0, 0.0, edge / 2.0, edge] {
        let x = across.at(tick);
        let paint = if tick.abs() <= 0.0 { INK } else { GRID };
        canvas.line((x, first - 8.0), (x, bottom), paint.full(), 0.75);
        canvas.small((x, bottom + 13.0), Anchor::Middle, number(tick));
    }
    let words = "less or more than the reference, % of its mean";
    canvas.small((f64::midpoint(left, right), bottom + 32.0), Anchor::Middle, words);
    let mut y = first;
    for metric in rows {
        let words = style::fitted(&metric.metric.path, SMALL, false, left - 32.0);
        canvas.small((16.0, y), Anchor::Start, words);
        for (rival, difference) in metric.differences.iter().enumerate() {
            let paint = paint(rival + 1);
            let drawn = difference.as_ref().and_then(|it| percent(metric, it));
            if let Some([mean, least, most]) = drawn {
                whisker(canvas, &across, (least, most), y, paint);
                let x = across.at(mean);
                if mean.abs() <= edge {
                    canvas.rect((x - 3.0, y - 3.0), (x + 3.0, y + 3.0), paint);
                }
            }
            let words = difference
                .as_ref()
                .map_or("no sample".to_owned(), |it| in_words(it, metric.metric.unit));
            let words = style::fitted(&words, SMALL, false, WIDTH - right - 32.0);
            let colour = if difference.is_some() { INK } else { MUTED };
            let text = super::canvas::Text::small((right + 20.0, y), Anchor::Start, words);
            canvas.text(super::canvas::Text { colour, ..text });
            y += ROW;
        }
        y += 6.0;
    }
}

/// `+12 ms (+7.03 to +17)`: all three in the unit, or the thousands, of the greatest.
fn in_words(difference: &Difference, unit: Unit) -> String {
    let mean = difference.mean.mean;
    let (low, high) = difference.mean.interval.unwrap_or((mean, mean));
    let greatest = [mean, low, high].map(f64::abs).into_iter().fold(0.0, f64::max);
    let (unit, per) = match unit {
        Unit::Millis => {
            let unit = TimeUnit::of(greatest);
            (format!(" {}", unit.name), unit.millis)
        }
        _ => {
            let sizes: [(f64, &str); 4] = [(1e12, " T"), (1e9, " G"), (1e6, " M"), (1e3, " k")];
            // Up to 9,999 as it is.
            let size = sizes.into_iter().find(|(size, _)| greatest >= size.max(1e4));
            let unit = match unit.suffix() {
                // A thousand bytes are 1 kB.
                "B" if size.is_some() => "B".to_owned(),
                _ => behind(unit),
            };
            size.map_or((unit.clone(), 1.0), |(size, name)| (format!("{name}{unit}"), size))
        }
    };
    let signed = |number: f64| shown::signed(number / per, 3);
    let said = signed(mean);
    match difference.mean.interval {
        Some(_) if difference.is_constant && said == "0" => "the same in every seed".to_owned(),
        Some(_) if difference.is_constant => format!("{said}{unit} in every seed"),
        Some((low, high)) => format!("{said}{unit} ({} to {})", signed(low), signed(high)),
        None => format!("{said}{unit}, of one pair"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Estimate;

    #[test]
    fn large_numbers_are_short() {
        let said = |mean: f64, half: f64, unit| {
            let interval = Some((mean - half, mean + half));
            let mean = Estimate { count: 9, mean, sd: None, interval };
            let (median, median_interval) = (mean.mean, None);
            in_words(&Difference { mean, median, median_interval, is_constant: false }, unit)
        };
        assert_eq!(said(12.0, 4.97, Unit::Millis), "+12 ms (+7.03 to +17)");
        assert_eq!(said(-69_129_930.0, 1e7, Unit::Number), "-69.1 M (-79.1 to -59.1)");
        assert_eq!(said(-7_200_000.0, 1_800_000.0, Unit::Millis), "-120 min (-150 to -90)");
        assert_eq!(said(9_000.0, 500.0, Unit::Number), "+9,000 (+8,500 to +9,500)");
        assert_eq!(said(90_000.0, 500.0, Unit::Number), "+90 k (+89.5 to +90.5)");
    }
}
