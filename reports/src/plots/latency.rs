//! `latency`: how many deliveries took at least so long, on logarithmic axes, so that the tail shows; and
//! beside it where the time went.

use penult_models::Phase;

use super::axis::{Scale, along, nothing, number, trimmed, value_axis};
use super::canvas::{Anchor, Canvas, Text};
use super::style::{self, BLUE, GRID, INK, SMALL, VERMILION};
use super::tail::stairs;
use crate::seen::Seen;
use crate::spans::{TimeUnit, long};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 440.0;
/// The curve's place: left, top, right, bottom.
const CURVE: [f64; 4] = [84.0, 134.0, 560.0, 372.0];

pub(crate) fn plot(seen: &Seen<'_>) -> Canvas {
    let mut canvas = Canvas::new("latency", "How late deliveries were", &seen.run(), WIDTH, HEIGHT);
    canvas.heading((16.0, 64.0), "Share that took at least so long");
    canvas.heading((600.0, 64.0), "Where the time went");
    if seen.tail.is_empty() {
        "Nothing was delivered.".clone_into(&mut canvas.says);
        nothing(&mut canvas, (f64::midpoint(CURVE[0], CURVE[2]), 220.0), "nothing was delivered");
        nothing(&mut canvas, (760.0, 220.0), "nothing was delivered");
        return canvas;
    }
    curve(&mut canvas, seen);
    phases(&mut canvas, seen);
    canvas
}

fn curve(canvas: &mut Canvas, seen: &Seen<'_>) {
    let [left, top, right, bottom] = CURVE;
    let latency = &seen.summary.latency;
    let count = latency.count.max(1) as f64;
    let fastest = seen.tail.last().map_or(1.0, |last| last.0);
    let slowest = seen.tail.first().map_or(1.0, |first| first.0);
    let unit = TimeUnit::of_axis(fastest, slowest);
    let across = Scale::log((unit.count(fastest), unit.count(slowest)), (left, right));
    // Shares as percent, so that both ends of the axis read well.
    let up = Scale::log(((100.0 / count).min(10.0), 100.0), (bottom, top));
    value_axis(canvas, &up, left, right, 7);
    let mut before = f64::NEG_INFINITY;
    for tick in across.ticks(8) {
        let (x, words) = (across.at(tick), number(tick));
        canvas.line((x, top), (x, bottom), GRID.full(), 0.75);
        let half = style::width(&words, SMALL, false) / 2.0;
        if x - half > before + 4.0 {
            canvas.line((x, bottom), (x, bottom + 4.0), INK.full(), 0.75);
            canvas.small((x, bottom + 13.0), Anchor::Middle, words);
            before = x + half;
        }
    }
    canvas.line((left, bottom), (right, bottom), INK.full(), 0.75);
    let words = format!("latency, {} (logarithmic)", unit.name);
    canvas.small((f64::midpoint(left, right), bottom + 32.0), Anchor::Middle, words);
    let middle = f64::midpoint(top, bottom);
    along(canvas, 24.0, middle, bottom - top, "share of deliveries, % (logarithmic)");
    // Each quantile has its own row above the curve, so that no two are over each other.
    let quantiles = [
        ("p50", latency.p50),
        ("p99", latency.p99),
        ("p99.9", latency.p999),
        ("slowest", latency.max),
    ];
    for (row, (name, value)) in (0_u8..).zip(quantiles) {
        let Some(value) = value else { continue };
        let (x, y) = (across.at(unit.count(value)), 82.0 + 13.0 * f64::from(row));
        canvas.line((x, y - 5.0), (x, bottom), VERMILION.thin(0.8), 0.75);
        let words = format!("{name}: {}", millis(value));
        let is_left = x < f64::midpoint(left, right);
        let (off, anchor) = if is_left { (4.0, Anchor::Start) } else { (-4.0, Anchor::End) };
        let text = Text::small((x + off, y), anchor, words);
        // A line of another quantile may pass behind it.
        let [a, b, c, d] = text.bounds();
        canvas.rect((a - 1.0, b), (c + 1.0, d), style::PAPER.full());
        canvas.text(text);
    }
    let tail =
        seen.tail.iter().map(|&(value, slower)| (unit.count(value), 100.0 * slower as f64 / count));
    let tail: Vec<(f64, f64)> = tail.collect();
    canvas.path(&stairs(&tail, &across, &up, 100.0), BLUE.full(), 2.0);
    canvas.says = format!(
        "Of {} deliveries half took at most {}, 99 % at most {}, the slowest {}.",
        number(count),
        latency.p50.map_or_else(String::new, millis),
        latency.p99.map_or_else(String::new, millis),
        latency.max.map_or_else(String::new, millis),
    );
}

/// For each phase its share of the mean, and of the slowest delivery.
fn phases(canvas: &mut Canvas, seen: &Seen<'_>) {
    let (left, right, first) = (690.0, 872.0, 134.0);
    let latency = &seen.summary.latency;
    let (mean, slow) = (latency.mean.unwrap_or(0.0), seen.slowest.as_ref());
    canvas.key((602.0, 86.0), BLUE.full(), &format!("on average, of {}", millis(mean)));
    if let Some(slow) = slow {
        let words = format!("of the slowest, {}", millis(slow.latency));
        canvas.key((602.0, 104.0), VERMILION.full(), &words);
    }
    let across = Scale::linear((0.0, 100.0), (left, right));
    for tick in [0.0, 50.0, 100.0] {
        let x = across.at(tick);
        canvas.line((x, first - 4.0), (x, CURVE[3]), GRID.full(), 0.75);
        canvas.small((x, CURVE[3] + 13.0), Anchor::Middle, trimmed(tick, 0));
    }
    let middle = f64::midpoint(left, right);
    canvas.small((middle, CURVE[3] + 32.0), Anchor::Middle, "share of the latency, %");
    for (row, phase) in (0_u8..).zip(Phase::ALL) {
        let y = first + 29.5 * f64::from(row);
        canvas.small((left - 8.0, y + 11.0), Anchor::End, phase.name());
        let average = latency.phases.0[usize::from(row)].unwrap_or(0.0);
        let bars = [
            (average, mean, BLUE, 0.0),
            (
                slow.map_or(0.0, |it| it.phases[usize::from(row)]),
                slow.map_or(0.0, |it| it.latency),
                VERMILION,
                13.0,
            ),
        ];
        for (part, whole, colour, down) in bars {
            let share = if whole > 0.0 { part / whole } else { 0.0 };
            let end = across.at(share * 100.0);
            if part > 0.0 {
                canvas.rect((left, y + down), (end, y + down + 10.0), colour.full());
            }
            let words = if part > 0.0 { millis(part) } else { "0".to_owned() };
            canvas.small((end + 5.0, y + down + 5.5), Anchor::Start, words);
        }
    }
    canvas.line((left, first - 4.0), (left, CURVE[3]), INK.full(), 0.75);
}

/// Milliseconds with a unit that reads well.
pub(crate) fn millis(value: f64) -> String {
    if let Some(long) = long(value) {
        return long;
    }
    match value {
        none if none <= 0.0 => "0 ms".to_owned(),
        tiny if tiny < 1e-3 => trimmed(value * 1e6, 0) + " ns",
        small if small < 1.0 => trimmed(value * 1e3, 1) + " µs",
        _ => trimmed(value, if value < 100.0 { 2 } else { 0 }) + " ms",
    }
}
