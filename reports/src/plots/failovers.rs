//! `failovers`: a lane for each gateway, with when it was down and when it caught up, how many clients it
//! hosted, and hand-overs as arrows from lane to lane. Of many gateways, those that most happened to.

use std::collections::BTreeMap;

use penult_models::GatewayId;

use super::axis::{Scale, nothing, number, time_axis, time_unit};
use super::bands::{blocks, joined};
use super::canvas::{Anchor, Canvas, Text};
use super::style::{self, BLUE, GROUND, INK, MUTED, ORANGE, SMALL, VERMILION};
use crate::seen::{Seen, SeenGateway, secs};
use crate::standing::Stretch;
use crate::tell::counted;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = 860.0;
const FIRST: f64 = 108.0;
/// Lanes at most.
pub(crate) const MOST_LANES: usize = 24;
/// Arrows at most.
const MOST_ARROWS: usize = 150;
/// Hand-overs from one lane to the same other within so many pixels are one arrow.
const TOGETHER: f64 = 2.0;

pub(crate) fn plot(seen: &Seen<'_>) -> Canvas {
    let shown = most_affected(seen);
    let lane = if shown.len() <= 8 { 46.0 } else { 30.0 };
    let bottom = FIRST + lane * shown.len().max(1) as f64;
    let height = bottom + 80.0;
    let mut canvas =
        Canvas::new("failovers", "Who was down, and who took over", &seen.run(), WIDTH, height);
    if shown.is_empty() {
        "There are no gateways.".clone_into(&mut canvas.says);
        nothing(&mut canvas, (WIDTH / 2.0, FIRST), "there are no gateways");
        return canvas;
    }
    keys(&mut canvas);
    let (unit, size) = time_unit(seen.end);
    let end = if seen.end > 0.0 { seen.end / size } else { 1.0 };
    let across = Scale::linear((0.0, end), (LEFT, RIGHT));
    let x = |seconds: f64| across.at(seconds / size);
    let top = |place: usize| FIRST + lane * place as f64;
    for place in 0..shown.len() {
        canvas.rect((LEFT, top(place) + 2.0), (RIGHT, top(place) + lane - 4.0), GROUND.full());
    }
    time_axis(&mut canvas, &across, unit, FIRST, bottom);
    let clients = |it: &&SeenGateway| it.hosted.iter().flatten().copied().fold(0.0, f64::max);
    let most = shown.iter().map(clients).fold(0.0, f64::max);
    for (place, gateway) in shown.iter().enumerate() {
        let (upper, lower) = (top(place) + 2.0, top(place) + lane - 4.0);
        let middle = f64::midpoint(upper, lower);
        canvas.small((LEFT - 8.0, middle), Anchor::End, gateway.id.to_string());
        let pixels = |&(from, until): &Stretch| (x(secs(from).min(seen.end)), x(seen.until(until)));
        let down = joined(gateway.lane.down.iter().map(pixels));
        blocks(&mut canvas, &down, (upper, lower), RIGHT, VERMILION.thin(0.75));
        // Half as high, so that it is told from an outage without its colour.
        let resyncs = joined(gateway.lane.resyncing.iter().map(pixels));
        blocks(&mut canvas, &resyncs, (middle, lower), RIGHT, ORANGE.full());
        hosted(&mut canvas, seen, gateway, &x, (upper + 2.0, lower), most);
        let words = format!("{} to {}", gateway.clients.first, gateway.clients.last);
        canvas.small(
            (RIGHT + 8.0, middle),
            Anchor::Start,
            style::fitted(&words, SMALL, false, 88.0),
        );
    }
    let head = Text::small((RIGHT + 8.0, FIRST - 10.0), Anchor::Start, "clients");
    canvas.text(Text { colour: MUTED, ..head });
    let head = Text::small((LEFT - 8.0, FIRST - 10.0), Anchor::End, "gateway");
    canvas.text(Text { colour: MUTED, ..head });
    let left_out = arrows(&mut canvas, seen, &shown, &x, lane);
    let mut notes =
        vec![format!("The blue line is at a lane's top at {} clients.", number(most.round()))];
    if shown.len() < seen.gateways.len() {
        notes.push(format!(
            "Shown are the {} of {} gateways that most happened to.",
            shown.len(),
            seen.gateways.len()
        ));
    }
    if left_out > 0 {
        notes.push(format!("{left_out} hand-overs are not drawn: failovers.csv has them all."));
    }
    canvas.note((16.0, height - 34.0 + 21.0), &notes.join(" "));
    let crashes: u64 = seen.gateways.iter().map(|it| it.crashes).sum();
    canvas.says = format!(
        "Of {} there were {}; {} to another host.",
        counted(seen.gateways.len() as u64, "gateway", "gateways"),
        counted(crashes, "crash", "crashes"),
        counted(seen.failovers.len() as u64, "change of a client", "changes of clients"),
    );
    canvas
}

fn keys(canvas: &mut Canvas) {
    let y = 66.0;
    let at = canvas.key((18.0, y), GROUND.full(), "up");
    let at = canvas.key((at, y), VERMILION.thin(0.75), "down");
    let at = canvas.key((at, y), ORANGE.full(), "catching up (half as high)");
    let at = canvas.key((at, y), BLUE.full(), "clients hosted");
    canvas.line((at + 4.0, y - 6.0), (at + 4.0, y + 5.0), INK.full(), 1.0);
    head(canvas, (at + 4.0, y + 6.0), 1.0);
    canvas.small((at + 15.0, y), Anchor::Start, "clients handed over; thicker where many at once");
}

/// The gateways that most happened to, in the order of their numbers.
fn most_affected<'s>(seen: &'s Seen<'_>) -> Vec<&'s SeenGateway> {
    let mut changes: BTreeMap<GatewayId, u64> = BTreeMap::new();
    for failover in seen.failovers {
        *changes.entry(failover.from).or_default() += 1;
        *changes.entry(failover.to).or_default() += 1;
    }
    let mut all: Vec<&SeenGateway> = seen.gateways.iter().collect();
    let happened = |it: &&SeenGateway| {
        let outages = it.lane.down.len() + it.lane.resyncing.len();
        (changes.get(&it.id).copied().unwrap_or(0) + outages as u64, it.stored)
    };
    all.sort_by_key(|it| (std::cmp::Reverse(happened(it)), it.id));
    all.truncate(MOST_LANES);
    all.sort_by_key(|it| it.id);
    all
}

fn hosted(
    canvas: &mut Canvas,
    seen: &Seen<'_>,
    gateway: &SeenGateway,
    x: &dyn Fn(f64) -> f64,
    (upper, lower): (f64, f64),
    most: f64,
) {
    let up = Scale::linear((0.0, most.max(1.0)), (lower, upper));
    let mut points: Vec<(f64, f64)> = Vec::new();
    for (bin, value) in seen.bins.iter().zip(&gateway.hosted) {
        let y = up.at(value.unwrap_or(0.0));
        match points.last_mut() {
            // As long as nothing changes it is one line.
            Some(last) if (last.1 - y).abs() < 0.01 => last.0 = x(bin.to),
            _ => points.extend([(x(bin.from), y), (x(bin.to), y)]),
        }
    }
    if points.len() > 1 {
        canvas.path(&points, BLUE.full(), 1.5);
    }
}

/// Draws hand-overs as arrows; gives how many are not drawn.
fn arrows(
    canvas: &mut Canvas,
    seen: &Seen<'_>,
    shown: &[&SeenGateway],
    x: &dyn Fn(f64) -> f64,
    lane: f64,
) -> u64 {
    let place = |id: GatewayId| shown.iter().position(|it| it.id == id);
    // At which step of pixels, from which lane, to which: how many.
    let mut together: BTreeMap<(u32, usize, usize), u64> = BTreeMap::new();
    let mut left_out = 0;
    for failover in seen.failovers {
        match (place(failover.from), place(failover.to)) {
            (Some(from), Some(to)) if from != to => {
                let step = (x(secs(failover.claimed).min(seen.end)) / TOGETHER) as u32;
                *together.entry((step, from, to)).or_default() += 1;
            }
            _ => left_out += 1,
        }
    }
    let mut all: Vec<_> = together.into_iter().collect();
    all.sort_by_key(|&(key, count)| (std::cmp::Reverse(count), key));
    left_out += all.iter().skip(MOST_ARROWS).map(|(_, count)| count).sum::<u64>();
    all.truncate(MOST_ARROWS);
    all.sort_unstable();
    // Each stands at its instant. Where there are several they lie over each other: moved aside they would say that
    // something happened at another time.
    for ((step, from, to), count) in all {
        let at = f64::from(step) * TOGETHER + TOGETHER / 2.0;
        let middle = |place: usize| FIRST + lane * place as f64 + lane / 2.0 - 1.0;
        let way = if to > from { 1.0 } else { -1.0 };
        let (start, end) = (middle(from), middle(to) - way * 2.0);
        let thick = match count {
            1 => 0.75,
            2..=9 => 1.5,
            _ => 2.5,
        };
        canvas.line((at, start), (at, end - way * 4.0), INK.thin(0.85), thick);
        canvas.rect((at - 1.5, start - 1.5), (at + 1.5, start + 1.5), INK.full());
        head(canvas, (at, end), way);
    }
    left_out
}

/// The point of an arrow that goes down (1) or up (−1).
fn head(canvas: &mut Canvas, (x, y): (f64, f64), way: f64) {
    canvas.polygon(vec![(x, y), (x - 3.5, y - way * 6.0), (x + 3.5, y - way * 6.0)], INK.full());
}
