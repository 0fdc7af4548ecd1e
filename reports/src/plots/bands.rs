//! Bands: stretches of time as blocks in a row, joined where nobody could see a gap; and names on them.

use super::canvas::{Anchor, Canvas, Layer, Paint, Text};
use super::style::{self, SMALL};

/// Blocks that are nearer than this, in pixels, are drawn as one.
const GAP: f64 = 1.5;
/// However short: so wide.
const LEAST: f64 = 1.5;

/// Stretches in pixels, in order and apart.
pub(crate) fn joined(stretches: impl IntoIterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut sorted: Vec<(f64, f64)> = stretches.into_iter().collect();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut joined: Vec<(f64, f64)> = Vec::new();
    for (from, to) in sorted {
        match joined.last_mut() {
            Some(last) if from <= last.1 + GAP => last.1 = last.1.max(to),
            _ => joined.push((from, to)),
        }
    }
    joined
}

/// Lanes at most in a row.
const LANES: usize = 8;

/// Stretches laid out so that none lies over another: for each its lane, how many lanes there are, and how many
/// stretches found none free. Those stand in the last.
pub(crate) fn lanes(stretches: &[(f64, f64)]) -> (Vec<usize>, usize, usize) {
    let mut order: Vec<usize> = (0..stretches.len()).collect();
    order.sort_by(|&one, &other| stretches[one].0.total_cmp(&stretches[other].0));
    let (mut ends, mut without) = (Vec::new(), 0);
    let mut lanes = vec![0; stretches.len()];
    for place in order {
        let (from, to) = stretches[place];
        lanes[place] = match ends.iter().position(|end| *end <= from) {
            Some(lane) => lane,
            None if ends.len() < LANES => {
                ends.push(to);
                ends.len() - 1
            }
            None => {
                without += 1;
                LANES - 1
            }
        };
        let end = &mut ends[lanes[place]];
        *end = to.max(*end);
    }
    (lanes, ends.len(), without)
}

/// Where so many stretches lie over each other, in order: three and more are as many as can be told apart.
pub(crate) fn depths(stretches: &[(f64, f64)]) -> Vec<((f64, f64), u8)> {
    let edges = stretches.iter().flat_map(|&(from, to)| [(from, 1), (to.max(from + LEAST), -1)]);
    let mut edges: Vec<(f64, i64)> = edges.collect();
    edges.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut depths: Vec<((f64, f64), u8)> = Vec::new();
    let (mut depth, mut since) = (0, 0.0);
    for (at, step) in edges {
        let seen = depth.clamp(0, 3) as u8;
        if seen > 0 && at > since {
            match depths.last_mut() {
                Some(((_, to), before)) if *before == seen && since - *to < 1e-9 => *to = at,
                _ => depths.push(((since, at), seen)),
            }
        }
        (depth, since) = (depth + step, at);
    }
    depths
}

/// Draws stretches as blocks between two heights; none leaves the room between `left` and `right`.
pub(crate) fn blocks(
    canvas: &mut Canvas,
    stretches: &[(f64, f64)],
    (top, bottom): (f64, f64),
    right: f64,
    paint: Paint,
) {
    canvas.on(Layer::Moving);
    for &(from, to) in stretches {
        let from = from.min(right - LEAST);
        canvas.rect((from, top), (to.max(from + LEAST), bottom), paint);
    }
    canvas.on(Layer::Still);
}

/// Puts names at places in a row, from the left, each where there is room. Gives how many found none.
pub(crate) fn names(canvas: &mut Canvas, y: f64, right: f64, names: &[(f64, &str)]) -> usize {
    let (mut free, mut without) = (f64::NEG_INFINITY, 0);
    let mut sorted: Vec<&(f64, &str)> = names.iter().collect();
    sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
    canvas.on(Layer::Riding);
    for &&(x, name) in &sorted {
        if name.is_empty() {
            continue;
        }
        // Long ones, such as the groups of a partition, are cut: the table has them whole.
        let name = style::fitted(name, SMALL, false, 150.0);
        let long = style::width(&name, SMALL, false);
        let (from, anchor) = if x + 3.0 + long <= right {
            (x + 3.0, Anchor::Start)
        } else {
            (x - 3.0 - long, Anchor::End)
        };
        if from < free + 4.0 || from < 0.0 {
            without += 1;
            continue;
        }
        let at = if anchor == Anchor::Start { from } else { from + long };
        canvas.text(Text::small((at, y), anchor, name));
        free = from + long;
    }
    canvas.on(Layer::Still);
    without
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_touches_is_one() {
        let all = joined([(5.0, 6.0), (0.0, 2.0), (3.0, 4.0), (20.0, 20.0)]);
        assert_eq!(all, [(0.0, 6.0), (20.0, 20.0)]);
    }

    #[test]
    fn what_overlaps_is_told_apart() {
        // The second begins while the first lasts, the third when it ends; the fourth while both others do.
        let all = [(0.0, 10.0), (5.0, 30.0), (10.0, 20.0), (12.0, 14.0)];
        assert_eq!(lanes(&all), (vec![0, 1, 0, 2], 3, 0));
        let depths = depths(&all);
        let spans = [(0.0, 5.0), (5.0, 12.0), (12.0, 14.0), (14.0, 20.0), (20.0, 30.0)];
        let expected: Vec<_> = spans.into_iter().zip([1, 2, 3, 2, 1]).collect();
        assert_eq!(depths, expected);
        // More than there are lanes for.
        let (found, count, without) = lanes(&[(0.0, 10.0); 11]);
        assert_eq!((found[7], found[10], count, without), (7, 7, 8, 3));
        assert_eq!(super::depths(&[(0.0, 10.0); 11]), [((0.0, 10.0), 3)]);
        assert_eq!(lanes(&[]), (vec![], 0, 0));
    }

    #[test]
    fn names_without_room_are_counted_not_drawn_over_each_other() {
        let mut canvas = Canvas::new("test", "t", "r", 300.0, 100.0);
        let places: Vec<(f64, &str)> =
            (0..30).map(|place| (f64::from(place) * 10.0, "g123")).collect();
        let without = names(&mut canvas, 60.0, 290.0, &places);
        let drawn = canvas.words().iter().filter(|word| **word == "g123").count();
        assert!(drawn > 4 && drawn + without == 30, "{drawn} and {without}");
        assert_eq!(canvas.faults(), Vec::<String>::new());
    }
}
