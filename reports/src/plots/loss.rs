//! `loss`: what took deliveries, and where; broken promises told from the others.

use std::collections::BTreeMap;

use penult_models::CauseKind;

use super::axis::{Scale, nothing, number, step_up};
use super::canvas::{Anchor, Canvas};
use super::style::{self, GRID, INK, ORANGE, SMALL, VERMILION};
use crate::seen::Seen;
use crate::tell::{ONE_RUN, grouped};

const WIDTH: f64 = 960.0;
/// What one bar stands for.
#[derive(Clone, Copy, Debug, Default)]
struct Taken {
    lost: u64,
    /// Those of them that had been accepted: broken promises.
    accepted: u64,
}

/// Bars at most in a part.
const MOST: usize = 17;
const ROW: f64 = 24.0;
const FIRST: f64 = 116.0;

pub(crate) fn plot(seen: &Seen<'_>) -> Canvas {
    let mut kinds: BTreeMap<CauseKind, Taken> = BTreeMap::new();
    for (cause, taken) in &seen.causes {
        let sum = kinds.entry(cause.kind).or_default();
        sum.lost += taken.lost;
        sum.accepted += taken.accepted;
    }
    let by_kind = sorted(kinds.iter().map(|(kind, &taken)| (kind.to_string(), taken)));
    let by_place = sorted(seen.causes.iter().map(|(cause, toll)| {
        (cause.to_string(), Taken { lost: toll.lost, accepted: toll.accepted })
    }));
    let rows = by_kind.len().max(by_place.len()).clamp(3, MOST);
    let bottom = FIRST + ROW * rows as f64;
    let height = bottom + 62.0;
    let mut canvas =
        Canvas::new("loss", "What deliveries were lost to", &seen.run(), WIDTH, height);
    canvas.heading((16.0, 64.0), "By cause");
    canvas.heading((500.0, 64.0), "By cause and place");
    let deliveries = &seen.summary.deliveries;
    canvas.says = format!(
        "{} of {} deliveries were lost.",
        grouped(deliveries.lost),
        grouped(deliveries.offered)
    );
    if by_kind.is_empty() {
        let words =
            if deliveries.offered == 0 { "nothing was offered" } else { "nothing was lost" };
        nothing(&mut canvas, (240.0, 144.0), words);
        nothing(&mut canvas, (720.0, 144.0), words);
        if deliveries.offered > 0 {
            let words = format!("0 of {}; {ONE_RUN}.", grouped(deliveries.offered));
            canvas.note((16.0, height - 13.0), &words);
        }
        return canvas;
    }
    let at = canvas.key((18.0, 88.0), VERMILION.full(), "accepted, then lost: a broken promise");
    canvas.key((at, 88.0), ORANGE.full(), "lost before it was accepted");
    bars(&mut canvas, &by_kind, (16.0, 460.0), bottom);
    bars(&mut canvas, &by_place, (500.0, 944.0), bottom);
    let more = by_place.len().saturating_sub(MOST);
    if more > 0 {
        let words = format!("{more} more causes and places took less: losses.csv has every loss.");
        canvas.note((16.0, height - 13.0), &words);
    }
    canvas
}

/// What took most, first.
fn sorted(all: impl Iterator<Item = (String, Taken)>) -> Vec<(String, Taken)> {
    let mut all: Vec<(String, Taken)> = all.collect();
    // Stable: equals stay in the order of the causes.
    all.sort_by_key(|(_, taken)| std::cmp::Reverse(taken.lost));
    all
}

fn bars(canvas: &mut Canvas, all: &[(String, Taken)], (left, right): (f64, f64), bottom: f64) {
    let shown = &all[..all.len().min(MOST)];
    let names: Vec<String> =
        shown.iter().map(|(name, _)| style::fitted(name, SMALL, false, 150.0)).collect();
    let widest = names.iter().map(|name| style::width(name, SMALL, false)).fold(40.0, f64::max);
    let most = shown.iter().map(|(_, taken)| taken.lost).max().unwrap_or(0) as f64;
    let (from, to) = (left + widest + 8.0, right - 64.0);
    let across = Scale::linear((0.0, step_up(most.max(5.0))), (from, to));
    for tick in across.ticks(4) {
        let x = across.at(tick);
        canvas.line((x, FIRST - 6.0), (x, bottom), GRID.full(), 0.75);
        canvas.small((x, bottom + 12.0), Anchor::Middle, number(tick));
    }
    canvas.small((f64::midpoint(from, to), bottom + 30.0), Anchor::Middle, "lost deliveries");
    for (row, (name, (_, taken))) in (0_u8..).zip(names.iter().zip(shown)) {
        let y = FIRST + ROW * f64::from(row);
        canvas.small((from - 6.0, y + 8.0), Anchor::End, name.as_str());
        let (broken, all) = (across.at(taken.accepted as f64), across.at(taken.lost as f64));
        if taken.accepted > 0 {
            canvas.rect((from, y), (broken, y + 16.0), VERMILION.full());
        }
        if taken.lost > taken.accepted {
            canvas.rect((broken, y), (all, y + 16.0), ORANGE.full());
        }
        canvas.small((all + 5.0, y + 8.0), Anchor::Start, number(taken.lost as f64));
    }
    canvas.line((from, FIRST - 6.0), (from, bottom), INK.full(), 0.75);
}
