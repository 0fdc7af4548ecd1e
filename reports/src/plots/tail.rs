//! Tails of latency: which share of deliveries took at least so long, as stairs; and stairs that coincide, told apart.

use super::axis::Scale;
use super::canvas::{Canvas, Paint, Point};

/// How long the dashes are in which stairs that coincide take turns, in pixels.
const DASH: f64 = 7.0;

/// Down to the right: so many took at least so long. Of latencies from the slowest on, each with the share that took at
/// least so long, both as their axes count them. Between two latencies nothing was delivered: there it is flat.
pub(crate) fn stairs(tail: &[(f64, f64)], across: &Scale, up: &Scale, whole: f64) -> Vec<Point> {
    let Some(&(fastest, _)) = tail.last() else { return Vec::new() };
    let mut points = vec![(across.at(fastest), up.at(whole))];
    for &(value, share) in tail.iter().rev() {
        let (x, y) = (across.at(value), up.at(share));
        let last = points[points.len() - 1];
        points.push((last.0, y));
        points.push((x, y));
    }
    points
}

/// Draws stairs over each other, the last one on top. Where several coincide their colours take turns.
pub(crate) fn over_each_other(canvas: &mut Canvas, all: &[(Vec<Point>, Paint, f64)]) {
    for (points, paint, width) in all.iter().filter(|it| it.0.len() > 1) {
        canvas.path(points, *paint, *width);
    }
    if all.len() < 2 {
        return;
    }
    for (own, (points, paint, width)) in all.iter().enumerate() {
        for dash in dashes(points, own, all.len()) {
            canvas.path(&dash, *paint, *width);
        }
    }
}

/// Each so many-th dash of stairs. Where a dash begins hangs on where it lies and not on how long the stairs are up to
/// there, so that those of stairs that coincide lie side by side: both go to the right and down only.
fn dashes(points: &[Point], own: usize, of: usize) -> Vec<Vec<Point>> {
    let mut dashes: Vec<Vec<Point>> = Vec::new();
    for pair in points.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        let (begins, ends) = (from.0 + from.1, to.0 + to.1);
        let (first, last) = ((begins / DASH).floor() as usize, (ends / DASH).floor() as usize);
        for number in (first..=last).filter(|number| number % of == own) {
            let at = |place: f64| {
                let part = if ends > begins { (place - begins) / (ends - begins) } else { 0.0 };
                let part = part.clamp(0.0, 1.0);
                (from.0 + part * (to.0 - from.0), from.1 + part * (to.1 - from.1))
            };
            let (begin, end) = (at(number as f64 * DASH), at((number + 1) as f64 * DASH));
            match dashes.last_mut().and_then(|dash| dash.last().copied().map(|last| (dash, last))) {
                // Around a corner it is the same dash.
                Some((dash, last)) if near(last, begin) => dash.push(end),
                _ => dashes.push(vec![begin, end]),
            }
        }
    }
    dashes.retain(|dash| dash.windows(2).any(|pair| !near(pair[0], pair[1])));
    dashes
}

fn near(one: Point, other: Point) -> bool {
    (one.0 - other.0).abs() < 1e-9 && (one.1 - other.1).abs() < 1e-9
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_was_delivered_it_is_flat() {
        let across = Scale::linear((0.0, 100.0), (0.0, 100.0));
        let up = Scale::linear((0.0, 100.0), (100.0, 0.0));
        // All take 10, but for a fifth that takes 90.
        let found = stairs(&[(90.0, 20.0), (10.0, 100.0)], &across, &up, 100.0);
        let corners = [(10.0, 0.0), (10.0, 0.0), (10.0, 0.0), (10.0, 80.0), (90.0, 80.0)];
        assert!(found.iter().zip(corners).all(|(found, corner)| near(*found, corner)), "{found:?}");
        assert!(stairs(&[], &across, &up, 100.0).is_empty());
    }

    #[test]
    fn stairs_that_coincide_take_turns_and_cover_all() {
        let stairs = [(3.0, 0.0), (3.0, 40.0), (50.0, 40.0), (50.0, 90.0), (120.0, 90.0)];
        // The other one begins elsewhere, and joins them.
        let other = [(30.0, 40.0), (50.0, 40.0), (50.0, 90.0), (120.0, 90.0)];
        let length = |dashes: &[Vec<Point>]| -> f64 {
            let of = |pair: &[Point]| pair[1].0 - pair[0].0 + pair[1].1 - pair[0].1;
            dashes.iter().flat_map(|dash| dash.windows(2).map(of)).sum()
        };
        let parts = [0, 1, 2].map(|own| dashes(&stairs, own, 3));
        let whole: f64 = parts.iter().map(|it| length(it)).sum();
        assert!((whole - 207.0).abs() < 1e-9, "{whole}");
        assert!(parts.iter().all(|it| length(it) > 60.0));
        // Dashes of the two never lie over each other.
        let places = |dashes: &[Vec<Point>]| -> Vec<(f64, f64)> {
            let ends = |dash: &Vec<Point>| {
                let [first, last] = [dash[0], dash[dash.len() - 1]];
                (first.0 + first.1, last.0 + last.1)
            };
            dashes.iter().map(ends).collect()
        };
        let (ours, theirs) = (places(&parts[0]), places(&dashes(&other, 1, 3)));
        assert!(!theirs.is_empty());
        for (from, to) in ours {
            assert!(theirs.iter().all(|it| it.1 <= from + 1e-9 || it.0 >= to - 1e-9));
        }
    }
}
