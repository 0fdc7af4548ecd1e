//! Plots say nothing that did not happen: what is drawn stands where it was, and what looks like news is some.

use super::canvas::{Canvas, Point, Shape};
use super::style::{BLUE, Colour, INK, VERMILION};
use super::tests::{Plan, QUIET, at, with};
use crate::failovers::Failover;
use crate::faults::Outage;
use crate::seen::{Seen, SeenBin};

#[test]
fn each_arrow_stands_where_its_hand_over_was() {
    // As many in a minute as would have pushed each other aside.
    for plan in [Plan { handovers: 90, ..QUIET }, Plan { gateways: 20, handovers: 400, ..QUIET }] {
        with(plan, "t", |seen| {
            let canvas = super::failovers::plot(seen);
            let claimed = |it: &Failover| 70.0 + 790.0 * it.claimed.as_secs_f64() / 60.0;
            let heads = canvas.shapes.iter().filter_map(|(_, shape)| match shape {
                // Below the keys.
                Shape::Polygon(points, _) if points[0].1 > 80.0 => Some(points[0].0),
                _ => None,
            });
            let heads: Vec<f64> = heads.collect();
            assert!(heads.len() > 50, "{}", heads.len());
            for x in heads {
                let near = seen.failovers.iter().map(|it| (claimed(it) - x).abs());
                assert!(near.fold(f64::INFINITY, f64::min) <= 1.001, "{x}");
            }
        });
    }
}

/// The paths of a colour whose points lie in these heights.
fn paths(canvas: &Canvas, colour: Colour, (top, bottom): (f64, f64)) -> Vec<Vec<Point>> {
    let own = canvas.shapes.iter().filter_map(|(_, shape)| match shape {
        Shape::Path(points, paint, _) if paint.colour == colour => Some(points.clone()),
        _ => None,
    });
    own.filter(|points| points.iter().all(|it| it.1 >= top && it.1 <= bottom)).collect()
}

#[test]
fn the_last_bin_is_no_fall_because_it_is_cut_short() {
    let bin = |from: f64, to: f64, delivered| SeenBin {
        from,
        to,
        width: 10.0,
        delivered,
        ..SeenBin::default()
    };
    with(QUIET, "t", |seen| {
        // Four a second, all the time; the run ends when a tenth of its last bin is over.
        let mut bins: Vec<SeenBin> =
            (0..6).map(|it| bin(10.0 * f64::from(it), 10.0 * f64::from(it + 1), 40)).collect();
        bins.push(bin(60.0, 61.0, 4));
        let canvas = super::timeline::plot(&Seen { bins, end: 61.0, ..seen.clone() });
        let drawn = paths(&canvas, BLUE, (100.0, 240.0));
        assert_eq!(drawn.len(), 1);
        let (first, last) = (drawn[0][0], drawn[0][drawn[0].len() - 1]);
        assert!(drawn[0].iter().all(|it| (it.1 - first.1).abs() < 0.01), "{drawn:?}");
        assert!((last.0 - 936.0).abs() < 0.01, "{last:?}");
    });
}

#[test]
fn the_ends_of_warm_up_and_sending_are_marked() {
    with(QUIET, "t", |seen| {
        let marked = |counted| {
            let canvas = super::timeline::plot(&Seen { counted, ..seen.clone() });
            let lines: Vec<f64> = paths(&canvas, INK, (0.0, 100.0))
                .into_iter()
                .filter(|it| (it[0].0 - it[1].0).abs() < 0.01 && it[1].1 - it[0].1 > 20.0)
                .map(|it| it[0].0)
                .collect();
            let named = ["counting begins", "sending ends"].map(|it| canvas.words().contains(&it));
            assert_eq!(canvas.faults(), Vec::<String>::new());
            (lines, named)
        };
        // Of 104 to 936 pixels and 60 s.
        assert_eq!(marked((15.0, 45.0)), (vec![312.0, 728.0], [true; 2]));
        assert_eq!(marked((0.0, 45.0)), (vec![728.0], [false, true]));
        assert_eq!(marked((0.0, 60.0)), (vec![], [false; 2]));
    });
}

#[test]
fn crashes_that_overlap_are_told_apart() {
    let outage = |what: &str, down, up| Outage {
        fault: 0,
        kind: "crash",
        what: what.to_owned(),
        disk_lost: false,
        down: at(down),
        up: Some(at(up)),
    };
    let outages = [outage("g0", 10.0, 30.0), outage("g1", 20.0, 40.0), outage("g2", 50.0, 55.0)];
    with(QUIET, "t", |seen| {
        let canvas = super::timeline::plot(&Seen { outages: &outages, ..seen.clone() });
        let blocks = |opacity: f64| {
            let own = canvas.shapes.iter().filter_map(move |(_, shape)| match shape {
                Shape::Rect(from, to, paint)
                    if paint.colour == VERMILION && (paint.opacity - opacity).abs() < 0.01 =>
                {
                    Some((from.0, to.0, from.1))
                }
                _ => None,
            });
            own.collect::<Vec<(f64, f64, f64)>>()
        };
        let x = |seconds: f64| 104.0 + 832.0 * seconds / 60.0;
        let lanes = blocks(0.45);
        let near = |found: (f64, f64, f64), from: f64, to: f64| {
            (found.0 - x(from)).abs() < 0.01 && (found.1 - x(to)).abs() < 0.01
        };
        // In two lanes: the first and the third in one.
        assert!(near(lanes[0], 10.0, 30.0) && near(lanes[1], 50.0, 55.0), "{lanes:?}");
        assert!(near(lanes[2], 20.0, 40.0) && lanes[2].2 > lanes[0].2 + 10.0, "{lanes:?}");
        for name in ["g0", "g1", "g2"] {
            assert!(canvas.words().contains(&name), "{name}");
        }
        // Across all parts one band, and a darker one where there are two.
        let (once, twice) = (blocks(0.14), blocks(1.0 - 0.86 * 0.86));
        assert_eq!((once.len(), twice.len()), (3 * 5, 5));
        assert!(twice.iter().all(|it| near(*it, 20.0, 30.0)), "{twice:?}");
    });
}
