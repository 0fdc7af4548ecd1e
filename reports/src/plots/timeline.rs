//! `timeline`: what happened when. Deliveries, losses, latencies, queues and clients without a host over
//! simulated time, with every fault as a band across all of them.

use std::collections::BTreeMap;

use super::axis::{Scale, nothing, step_up, time_axis, time_unit, trimmed, value_axis};
use super::bands::{blocks, depths, joined, lanes, names};
use super::canvas::{Anchor, Canvas, Layer, Window};
use super::style::{BLUE, Colour, GREEN, GROUND, INK, ORANGE, PURPLE, SKY, VERMILION};
use crate::faults::Outage;
use crate::seen::{Seen, SeenBin, secs};
use crate::spans::TimeUnit;
use crate::tell::{counted, grouped};

const WIDTH: f64 = 960.0;
const LEFT: f64 = 104.0;
const RIGHT: f64 = 936.0;
/// Where the rows of faults begin, how high one is, and how much higher with each lane more; the room of a part and
/// its heading.
const FIRST: f64 = 76.0;
const ROW: f64 = 19.0;
const LANE: f64 = 14.0;
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
    /// Whether it counts something for each second.
    is_rate: bool,
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
        is_rate: false,
        is_latency: false,
        none,
    };
    let rate = |heading, colour, of, none| Part { is_rate: true, ..one(heading, colour, of, none) };
    vec![
        rate(
            "Delivered, deliveries per second",
            BLUE,
            |bin| per_second(bin.delivered, bin),
            "nothing was delivered",
        ),
        rate(
            "Lost, deliveries per second",
            VERMILION,
            |bin| per_second(bin.lost, bin),
            "nothing was lost",
        ),
        Part {
            heading: "Latency",
            is_rate: false,
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
    (bin.to > bin.from).then(|| count as f64 / (bin.to - bin.from))
}

/// Bins of which rates are drawn: a last one that the end of the run cut short is one with the one before it. By itself
/// it would read as a fall, or, over the little time that it has, as a rise.
fn for_rates(bins: &[SeenBin]) -> Vec<SeenBin> {
    let mut bins = bins.to_vec();
    if let [.., before, last] = bins.as_mut_slice()
        && last.to - last.from < 0.999 * last.width
    {
        before.to = last.to;
        before.delivered += last.delivered;
        before.lost += last.lost;
        bins.pop();
    }
    bins
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
    let (unit, size) = time_unit(seen.end);
    let end = if seen.end > 0.0 { seen.end / size } else { 1.0 };
    let across = Scale::linear((0.0, end), (LEFT, RIGHT));
    let x = |seconds: f64| across.at(seconds / size);
    let stretch = |it: &&Outage| (x(secs(it.down).min(seen.end)), x(seen.until(it.up)));
    let laid_out = |outages: &Vec<&Outage>| lanes(&outages.iter().map(stretch).collect::<Vec<_>>());
    let kinds: Vec<_> =
        kinds.iter().map(|(kind, outages)| (*kind, outages, laid_out(outages))).collect();
    let high = |lanes: usize| ROW + LANE * lanes.saturating_sub(1) as f64;
    let rows = kinds.iter().map(|(.., (_, lanes, _))| high(*lanes)).sum::<f64>().max(ROW);
    let bottom = FIRST + rows + (PART + HEAD) * parts.len() as f64;
    let height = bottom + 78.0;
    let mut canvas = Canvas::new("timeline", "What happened when", &seen.run(), WIDTH, height);
    for place in 0..parts.len() {
        let top = FIRST + rows + (PART + HEAD) * place as f64 + HEAD;
        canvas.rect((LEFT, top), (RIGHT, top + PART), GROUND.thin(0.5));
    }
    time_axis(&mut canvas, &across, unit, FIRST, bottom);
    // Faults first: what happened is seen through them.
    let all: Vec<(f64, f64)> = seen.outages.iter().map(|it| stretch(&it)).collect();
    for place in 0..parts.len() {
        let top = FIRST + rows + (PART + HEAD) * place as f64 + HEAD;
        for depth in [1, 2, 3] {
            let of = depths(&all).into_iter().filter(|it| it.1 == depth).map(|it| it.0);
            // As if that many bands lay over each other.
            let paint = VERMILION.thin(1.0 - (0..depth).map(|_| 1.0 - 0.14).product::<f64>());
            blocks(&mut canvas, &joined(of), (top, top + PART), RIGHT, paint);
        }
    }
    let (mut nameless, mut crowded) = (0, 0);
    if kinds.is_empty() {
        canvas.small((LEFT - 8.0, FIRST + ROW / 2.0), Anchor::End, "faults");
        nothing(&mut canvas, (f64::midpoint(LEFT, RIGHT), FIRST + ROW / 2.0), "no fault struck");
    }
    let mut top = FIRST;
    for (kind, outages, (places, lanes, without)) in &kinds {
        let what = if outages.len() > 1 {
            format!("{kind} ×{}", outages.len())
        } else {
            (*kind).to_owned()
        };
        canvas.small((LEFT - 8.0, top + ROW / 2.0), Anchor::End, what);
        crowded += without;
        for lane in 0..*lanes {
            let (upper, paint) = (top + 1.0 + LANE * lane as f64, colour(kind).thin(0.45));
            let own = || outages.iter().zip(places).filter(|it| *it.1 == lane).map(|it| it.0);
            let lower = if *lanes > 1 { upper + LANE - 2.0 } else { upper + ROW - 3.0 };
            blocks(&mut canvas, &joined(own().map(stretch)), (upper, lower), RIGHT, paint);
            let named: Vec<(f64, &str)> =
                own().map(|it| (stretch(it).0, it.what.as_str())).collect();
            nameless += names(&mut canvas, f64::midpoint(upper, lower), RIGHT, &named);
        }
        top += high(*lanes);
    }
    for (place, part) in parts.iter().enumerate() {
        let top = FIRST + rows + (PART + HEAD) * place as f64 + HEAD;
        draw(&mut canvas, seen, part, &x, top);
    }
    marks(&mut canvas, seen, &x, rows, parts.len());
    let note = "A band is a fault, from when it struck until what it took came back; darker, where several overlap.";
    canvas.note((16.0, height - 27.0), note);
    let mut notes = Vec::new();
    if nameless > 0 {
        let all = seen.outages.len();
        let what = "have no name here for want of room: faults.csv has them all.";
        notes.push(format!("{nameless} of {all} {what}"));
    }
    if crowded > 0 {
        notes.push(format!("{crowded} lie over others, as more overlap than there are lanes."));
    }
    canvas.note((16.0, height - 13.0), &notes.join(" "));
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

/// Marks where counting begins and where users stop sending: what falls there has not failed.
fn marks(canvas: &mut Canvas, seen: &Seen<'_>, x: &dyn Fn(f64) -> f64, rows: f64, parts: usize) {
    let (begins, ends) = seen.counted;
    let marks = [(begins, "counting begins"), (ends, "sending ends")];
    let marks = marks.into_iter().filter(|(at, _)| *at > 0.0 && *at < seen.end);
    let marks: Vec<(f64, &str)> = marks.map(|(at, name)| (x(at), name)).collect();
    canvas.on(Layer::Moving);
    for &(at, _) in &marks {
        // Not through the headings.
        let faults = (FIRST - 14.0, FIRST + rows);
        let parts = (0..parts).map(|place| FIRST + rows + (PART + HEAD) * place as f64 + HEAD);
        for (from, to) in [faults].into_iter().chain(parts.map(|top| (top, top + PART))) {
            canvas.line((at, from), (at, to), INK.thin(0.7), 1.0);
        }
    }
    names(canvas, FIRST - 9.0, RIGHT, &marks);
}

fn draw(canvas: &mut Canvas, seen: &Seen<'_>, part: &Part, x: &dyn Fn(f64) -> f64, top: f64) {
    let bottom = top + PART;
    let bins = if part.is_rate { for_rates(&seen.bins) } else { seen.bins.clone() };
    let values = || part.lines.iter().flat_map(|line| bins.iter().filter_map(line.of));
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
        for bin in &bins {
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
