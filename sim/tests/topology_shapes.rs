//! Maps by shape: connected, simple, with the right number of links, the same for the same draws.

use std::collections::BTreeSet;

use penult_sim::{BufferedStream, Density, Purpose, Seed, Shape, Topology};
use proptest::prelude::*;
use rand::TryRng;

fn build(shape: Shape, count: usize, seed: u64) -> Topology {
    shape.build(count, &mut BufferedStream::new(Purpose::TOPOLOGY, 0, &Seed::new(seed)))
}

fn ends(map: &Topology) -> Vec<(usize, usize)> {
    map.links.iter().map(|link| link.ends).collect()
}

const DEGREE_6: Shape = Shape::Random(Density::Degree(6.0));
const SMALL_WORLD: Shape = Shape::SmallWorld { neighbours: 4, rewire: 0.2 };

fn every_shape() -> [Shape; 11] {
    [
        Shape::Full,
        Shape::Line,
        Shape::Ring,
        Shape::Star,
        Shape::Tree { arity: Shape::ARITY },
        Shape::Tree { arity: 5 },
        Shape::Grid,
        Shape::Random(Density::Probability(0.1)),
        DEGREE_6,
        SMALL_WORLD,
        Shape::ScaleFree { links: 2 },
    ]
}

/// Connected, simple, sorted, with numbers for names.
fn sound(map: &Topology, count: usize) {
    assert_eq!(map.places.len(), count);
    assert!(map.places.iter().enumerate().all(|(number, place)| place.name == number.to_string()));
    assert_eq!(map.parts(), count.min(1));
    let ends = ends(map);
    assert!(ends.iter().all(|&(a, b)| a < b && b < count));
    assert!(ends.is_sorted_by(|one, next| one < next), "out of order, or parallel");
}

#[test]
fn small_counts_work_for_every_shape() {
    for shape in every_shape() {
        assert!(build(shape, 0, 1).places.is_empty());
        assert!(ends(&build(shape, 1, 1)).is_empty(), "{shape}");
        assert_eq!(ends(&build(shape, 2, 1)), [(0, 1)], "{shape}");
        sound(&build(shape, 3, 1), 3);
    }
}

#[test]
fn shapes_look_as_they_should() {
    let ends = |shape, count| ends(&build(shape, count, 1));
    assert_eq!(ends(Shape::Full, 4), [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]);
    assert_eq!(ends(Shape::Line, 4), [(0, 1), (1, 2), (2, 3)]);
    assert_eq!(ends(Shape::Ring, 4), [(0, 1), (0, 3), (1, 2), (2, 3)]);
    assert_eq!(ends(Shape::Star, 4), [(0, 1), (0, 2), (0, 3)]);
    assert_eq!(ends(Shape::Tree { arity: 2 }, 6), [(0, 1), (0, 2), (1, 3), (1, 4), (2, 5)]);
    // 0 1 2
    // 3 4 5
    // 6 7
    let grid = [(0, 1), (0, 3), (1, 2), (1, 4), (2, 5), (3, 4), (3, 6), (4, 5), (4, 7), (6, 7)];
    assert_eq!(ends(Shape::Grid, 8), grid);
    // Nothing is moved: the plain ring lattice.
    let lattice = Shape::SmallWorld { neighbours: 4, rewire: 0.0 };
    assert!(ends(lattice, 9).iter().all(|&(a, b)| matches!(b - a, 1 | 2 | 7 | 8)));
}

#[test]
fn a_full_mesh_of_a_thousand_is_there_at_once() {
    assert_eq!(build(Shape::Full, 1000, 1).links.len(), 499_500);
}

#[test]
fn random_maps_have_the_mean_they_were_asked_for() {
    let links = |shape, count| {
        (0..50).map(|seed| build(shape, count, seed).links.len()).sum::<usize>() / 50
    };
    // 1000·6/2 = 3000, with a deviation of 55 for one and 8 for the mean; a few more join parts.
    assert!((2970..3035).contains(&links(DEGREE_6, 1000)));
    // 200·199/2·0.1 = 1990, deviation 6.
    assert!((1965..2015).contains(&links(Shape::Random(Density::Probability(0.1)), 200)));
}

#[test]
fn each_pair_is_equally_likely() {
    let mut counts = [[0_u32; 6]; 6];
    for seed in 0..20_000 {
        // Only maps that held together by themselves: joining would favour some pairs.
        let map = build(Shape::Random(Density::Probability(0.5)), 6, seed);
        for (a, b) in ends(&map).into_iter().filter(|_| map.assumed.is_empty()) {
            counts[a][b] += 1;
        }
    }
    let counts: Vec<u32> = counts.into_iter().flatten().filter(|&count| count > 0).collect();
    assert_eq!(counts.len(), 15);
    let mean = counts.iter().sum::<u32>() / 15;
    assert!(counts.iter().all(|count| count.abs_diff(mean) < 400), "{counts:?}");
}

#[test]
fn old_places_of_a_scale_free_map_have_most_links() {
    let map = build(Shape::ScaleFree { links: 2 }, 2000, 7);
    let mut degree = vec![0_usize; 2000];
    for (a, b) in ends(&map) {
        degree[a] += 1;
        degree[b] += 1;
    }
    assert!(degree[..20].iter().sum::<usize>() > 10 * degree[1980..].iter().sum::<usize>());
    assert!(degree.iter().all(|&links| links >= 2));
}

#[test]
fn parts_are_joined_and_it_is_said() {
    let map = build(Shape::Random(Density::Probability(0.0)), 5, 3);
    sound(&map, 5);
    assert_eq!(map.assumed, ["the random map fell in 5 parts: 4 more links join them"]);
}

/// Gives this number for ever.
struct Stuck(u64);

impl TryRng for Stuck {
    type Error = std::convert::Infallible;

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(self.0)
    }

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok((self.0 >> 32) as u32)
    }

    fn try_fill_bytes(&mut self, _: &mut [u8]) -> Result<(), Self::Error> {
        unreachable!("a choice takes whole numbers")
    }
}

#[test]
fn a_source_that_is_stuck_stops_nothing() {
    for stuck in [0, 1, 1 << 63, u64::MAX] {
        for shape in every_shape() {
            for count in [0, 1, 2, 3, 6, 17] {
                sound(&shape.build(count, &mut Stuck(stuck)), count);
            }
        }
    }
}

#[test]
fn numbers_without_sense_are_told_and_survived() {
    for (shape, told) in [
        (Shape::Tree { arity: 0 }, "arity"),
        (Shape::ScaleFree { links: 0 }, "1 link or more"),
        (Shape::SmallWorld { neighbours: 3, rewire: 0.1 }, "not 3"),
        (Shape::SmallWorld { neighbours: 0, rewire: 0.1 }, "even number"),
        (Shape::SmallWorld { neighbours: 2, rewire: f64::NAN }, "between 0 and 1"),
        (Shape::Random(Density::Probability(1.5)), "between 0 and 1"),
        (Shape::Random(Density::Degree(-1.0)), "0 or more"),
        (Shape::Random(Density::Degree(f64::INFINITY)), "0 or more"),
    ] {
        assert!(shape.check().unwrap_err().contains(told), "{shape:?}");
        sound(&build(shape, 12, 1), 12);
    }
    assert!(every_shape().iter().all(|shape| shape.check().is_ok()));
}

proptest! {
    #[test]
    fn shapes_are_sound_and_have_the_right_number_of_links(count in 3_usize..150, seed: u64) {
        for shape in every_shape() {
            let map = build(shape, count, seed);
            sound(&map, count);
            let expected = match shape {
                Shape::Full => count * (count - 1) / 2,
                Shape::Line | Shape::Star | Shape::Tree { .. } => count - 1,
                Shape::Ring => count,
                Shape::Grid => {
                    let width = (1..).find(|width| width * width >= count).unwrap();
                    2 * count - count.div_ceil(width) - width
                }
                // Up to 5 places it is the full mesh.
                Shape::SmallWorld { .. } if map.assumed.is_empty() => (2 * count).min(count * (count - 1) / 2),
                Shape::ScaleFree { links: m } => m * (m + 1) / 2 + m * (count - m - 1),
                _ => continue,
            };
            prop_assert_eq!(map.links.len(), expected, "{}", shape);
        }
    }

    #[test]
    fn same_draws_same_map(count in 0_usize..80, seed: u64) {
        for shape in every_shape() {
            prop_assert_eq!(build(shape, count, seed), build(shape, count, seed));
        }
    }

    #[test]
    fn any_numbers_make_a_sound_map(
        count in 0_usize..60,
        number in 0_usize..80,
        share in -0.5..1.5_f64,
        seed: u64,
    ) {
        for shape in [
            Shape::Tree { arity: number },
            Shape::ScaleFree { links: number },
            Shape::SmallWorld { neighbours: number, rewire: share },
            Shape::Random(Density::Probability(share)),
            Shape::Random(Density::Degree(number as f64)),
        ] {
            sound(&build(shape, count, seed), count);
        }
    }

    #[test]
    fn everything_moves_where_rewire_is_one(count in 12_usize..100, seed: u64) {
        let map = build(Shape::SmallWorld { neighbours: 4, rewire: 1.0 }, count, seed);
        let lattice = build(Shape::SmallWorld { neighbours: 4, rewire: 0.0 }, count, seed);
        let before: BTreeSet<_> = ends(&lattice).into_iter().collect();
        let kept = ends(&map).iter().filter(|pair| before.contains(pair)).count();
        prop_assert!(kept < map.links.len(), "nothing moved");
    }
}
