//! `timeline`: what happened when. Deliveries, losses, latencies, queues and clients without a host over
//! simulated time, with every fault as a band across all of them.

use std::collections::BTreeMap;

use super::axis::{Scale, nothing, step_up, time_axis, time_unit, trimmed, value_axis};
use super::bands::{blocks, joined, names};
use super::canvas::{Anchor, Canvas, Layer, Window};
use super::style::{BLUE, Colour, GREEN, GROUND, INK, ORANGE, PURPLE, SKY, VERMILION};
use crate::faults::Outage;
use crate::seen::{Seen, SeenBin, secs};
use crate::spans::TimeUnit;
use crate::tell::{counted, grouped};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 104.0;
const RIGHT: f64 = 936.0;
/// Where the rows of faults begin, how high one is, and the room of a part and its heading.
const FIRST: f64 = 62.0;
const ROW: f64 = 19.0;
const PART: f64 = 84.0;
const HEAD: f64 = 32.0;

/// What one part shows of a bin: how it is called, its colour, and its value.
struct Line {
    name: &'static str,
    colour: Colour,
    of: fn(&SeenBin) -> Option<f64>,
}

struct Part {
    heading: &'static str,
    lines: Vec<Line>,
    /// Whether it is a latency: in the unit that reads well, on a logarithmic axis.
    is_latency: bool,
    /// What is said if all is zero.
    none: &'static str,
}

fn parts() -> Vec<Part> {
    let line = |name, colour, of| Line { name, colour, of };
    let one = |heading, colour, of, none| Part {
        heading,
        lines: vec![line("", colour, of)],
        is_latency: false,
        none,
    };
    vec![
        one(
            "Delivered, deliveries per second",
            BLUE,
            |bin| per_second(bin.delivered, bin),
            "nothing was delivered",
        ),
        one(
            "Lost, deliveries per second",
            VERMILION,
            |bin| per_second(bin.lost, bin),
            "nothing was lost",
        ),
        Part {
            heading: "Latency",
            lines: vec![
                line("p50", BLUE, |bin| bin.latency[0]),
                line("p90", ORANGE, |bin| bin.latency[1]),
                line("p99", PURPLE, |bin| bin.latency[2]),
                line("slowest", VERMILION, |bin| bin.latency[3]),
            ],
            is_latency: true,
            none: "nothing was delivered",
        },
        one("In queues, bytes on average", GREEN, |bin| bin.queued, "queues were empty"),
        one(
            "Without a host, clients on average",
            PURPLE,
            |bin| bin.unhosted,
            "every client had a host",
        ),
    ]
}

fn per_second(count: u64, bin: &SeenBin) -> Option<f64> {
    Some(count as f64 / bin.width)
}

/// The colour of each kind of fault. Rows have names, so a colour need not be told from every other.
fn colour(kind: &str) -> Colour {
    match kind {
        "crash" => VERMILION,
        "region" => PURPLE,
        "offline" => SKY,
        "link" => ORANGE,
        "slow" => GREEN,
        _ => BLUE,
    }
}

pub(crate) fn plot(seen: &Seen<'_>) -> Canvas {
    let mut kinds: BTreeMap<&str, Vec<&Outage>> = BTreeMap::new();
    for outage in seen.outages {
        kinds.entry(outage.kind).or_default().push(outage);
    }
    let parts = parts();
    let rows = kinds.len().max(1) as f64 * ROW;
    let bottom = FIRST + rows + (PART + HEAD) * parts.len() as f64;
    let height = bottom + 64.0;
    let mut canvas = Canvas::new("timeline", "What happened when", &seen.run(), WIDTH, height);
    let (unit, size) = time_unit(seen.end);
    let end = if seen.end > 0.0 { seen.end / size } else { 1.0 };
    let across = Scale::linear((0.0, end), (LEFT, RIGHT));
    let x = |seconds: f64| across.at(seconds / size);
    for place in 0..parts.len() {
        let top = FIRST + rows + (PART + HEAD) * place as f64 + HEAD;
        canvas.rect((LEFT, top), (RIGHT, top + PART), GROUND.thin(0.5));
    }
    time_axis(&mut canvas, &across, unit, FIRST, bottom);
    // Faults first: what happened is seen through them.
    let stretch = |it: &&Outage| (x(secs(it.down).min(seen.end)), x(seen.until(it.up)));
    let all = joined(seen.outages.iter().map(|it| stretch(&it)));
    for place in 0..parts.len() {
        let top = FIRST + rows + (PART + HEAD) * place as f64 + HEAD;
        blocks(&mut canvas, &all, (top, top + PART), RIGHT, VERMILION.thin(0.14));
    }
    let mut without = 0;
    if kinds.is_empty() {
        canvas.small((LEFT - 8.0, FIRST + ROW / 2.0), Anchor::End, "faults");
        nothing(&mut canvas, (f64::midpoint(LEFT, RIGHT), FIRST + ROW / 2.0), "no fault struck");
    }
    for (row, (kind, outages)) in (0_u8..).zip(&kinds) {
        let top = FIRST + f64::from(row) * ROW;
        let what = if outages.len() > 1 {
            format!("{kind} ×{}", outages.len())
        } else {
            (*kind).to_owned()
        };
        canvas.small((LEFT - 8.0, top + ROW / 2.0), Anchor::End, what);
        let stretches = joined(outages.iter().map(stretch));
        blocks(
            &mut canvas,
            &stretches,
            (top + 1.0, top + ROW - 2.0),
            RIGHT,
            colour(kind).thin(0.45),
        );
        let named: Vec<(f64, &str)> =
            outages.iter().map(|it| (stretch(it).0, it.what.as_str())).collect();
        without += names(&mut canvas, top + ROW / 2.0 - 0.5, RIGHT, &named);
    }
    for (place, part) in parts.iter().enumerate() {
        let top = FIRST + rows + (PART + HEAD) * place as f64 + HEAD;
        draw(&mut canvas, seen, part, &x, top);
    }
    let note = match without {
        0 => "A band is a fault, from when it struck until what it took came back.".to_owned(),
        _ => format!(
            "A band is a fault, from when it struck until what it took came back. {without} of {} have no name here \
             for want of room: faults.csv has them all.",
            seen.outages.len()
        ),
    };
    canvas.note((16.0, height - 13.0), &note);
    let deliveries = &seen.summary.deliveries;
    canvas.says = format!(
        "Over {} {unit} of simulated time {} offered, {} of them delivered and {} lost; faults took something {}.",
        trimmed(end, 3),
        counted(deliveries.offered, "delivery was", "deliveries were"),
        grouped(deliveries.delivered),
        grouped(deliveries.lost),
        match seen.outages.len() as u64 {
            1 => "once".to_owned(),
            several => counted(several, "time", "times"),
        },
    );
    let (from, to) = (0.0, end);
    canvas.zoom = Some(Window { left: LEFT, right: RIGHT, top: FIRST, bottom, from, to });
    canvas
}

fn draw(canvas: &mut Canvas, seen: &Seen<'_>, part: &Part, x: &dyn Fn(f64) -> f64, top: f64) {
    let bottom = top + PART;
    let values = || part.lines.iter().flat_map(|line| seen.bins.iter().filter_map(line.of));
    let most = values().fold(0.0, f64::max);
    let unit = TimeUnit::of_axis(values().fold(most, f64::min), most);
    let counted = |value| if part.is_latency { unit.count(value) } else { value };
    let heading = match part.is_latency {
        true => format!("{}, {} (logarithmic)", part.heading, unit.name),
        false => part.heading.to_owned(),
    };
    canvas.heading((LEFT, top - 12.0), &heading);
    if most <= 0.0 {
        nothing(canvas, (f64::midpoint(LEFT, RIGHT), f64::midpoint(top, bottom)), part.none);
        canvas.line((LEFT, top), (LEFT, bottom), INK.full(), 0.75);
        canvas.line((LEFT, bottom), (RIGHT, bottom), INK.full(), 0.75);
        return;
    }
    let up = if part.is_latency {
        let least = values().fold(most, f64::min);
        Scale::log((counted(least), counted(most)), (bottom, top))
    } else {
        Scale::linear((0.0, ceiling(most)), (bottom, top))
    };
    value_axis(canvas, &up, LEFT, RIGHT, 4);
    canvas.line((LEFT, bottom), (RIGHT, bottom), INK.full(), 0.75);
    if part.lines.len() > 1 {
        let mut at = 560.0;
        for line in &part.lines {
            at = canvas.key((at, top - 12.0), line.colour.full(), line.name);
        }
    }
    canvas.on(Layer::Moving);
    // The slowest first, so that what most deliveries saw lies on top.
    for line in part.lines.iter().rev() {
        let mut run: Vec<(f64, f64)> = Vec::new();
        for bin in &seen.bins {
            let Some(value) = (line.of)(bin) else {
                flush(canvas, &mut run, line.colour);
                continue;
            };
            let y = up.at(counted(value));
            run.extend([(x(bin.from), y), (x(bin.to), y)]);
        }
        flush(canvas, &mut run, line.colour);
    }
    canvas.on(Layer::Still);
}

/// Draws what was gathered of a line: where it has no value, it has a gap.
fn flush(canvas: &mut Canvas, run: &mut Vec<(f64, f64)>, colour: Colour) {
    if run.len() > 1 {
        canvas.path(run, colour.full(), 1.5);
    }
    run.clear();
}

/// Where a linear axis ends: little above its greatest value, at a tick.
fn ceiling(most: f64) -> f64 {
    let tenth = step_up(most / 5.0);
    (most / tenth - 1e-9).ceil() * tenth
}
