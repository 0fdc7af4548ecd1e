//! Whatever text comes, the readers of maps give a sound map or an error, and never panic.

use penult_sim::{Direction, MapOptions, Topology};
use proptest::prelude::*;

const FERRIES: &str = include_str!("fixtures/ferries.graphml");
const SHADOW: &str = include_str!("fixtures/shadow.gml");

/// A text with some of its parts cut out, doubled or overwritten.
fn mutated(text: &'static str) -> impl Strategy<Value = String> {
    let junk = prop_oneof![
        any::<char>().prop_map(String::from),
        "[\\[\\]<>\"#&;/ 0-9e.+-]{0,6}",
        Just("id".to_owned()),
        Just("1e999".to_owned()),
    ];
    let cut = (any::<prop::sample::Index>(), 0_usize..30, junk);
    prop::collection::vec(cut, 1..6).prop_map(move |cuts| {
        let mut letters: Vec<char> = text.chars().collect();
        for (at, length, junk) in cuts {
            let at = at.index(letters.len() + 1);
            let end = (at + length).min(letters.len());
            letters.splice(at..end, junk.chars());
        }
        letters.into_iter().collect()
    })
}

/// Whatever was read keeps the promises of a map.
fn sound(map: &Topology) {
    let mut seen: Vec<&str> = map.places.iter().map(|place| place.name.as_str()).collect();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), map.places.len(), "two places of one name");
    let mut ways = Vec::new();
    for link in &map.links {
        let (a, b) = link.ends;
        assert!(a != b && a.max(b) < map.places.len() && link.latency.is_some());
        ways.push((a, b));
        ways.extend((link.direction == Direction::Both).then_some((b, a)));
    }
    let all = ways.len();
    ways.sort_unstable();
    ways.dedup();
    assert_eq!(ways.len(), all, "two links the same way");
}

fn read_both(text: &str) {
    let options = MapOptions::default();
    for read in [Topology::from_gml(text, &options), Topology::from_graphml(text, &options)] {
        match read {
            Ok(map) => sound(&map),
            Err(error) => assert!((1..=text.lines().count().max(1) + 1).contains(&error.line)),
        }
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        read_both(&text);
    }

    #[test]
    fn no_text_of_brackets_makes_a_reader_panic(text in "(graph|node|edge|id|source|target|\\[|\\]|\"|&|;|#|<|>|/|[0-9]| |\n){0,80}") {
        read_both(&text);
    }

    #[test]
    fn no_broken_graphml_makes_a_reader_panic(text in mutated(FERRIES)) {
        read_both(&text);
    }

    #[test]
    fn no_broken_gml_makes_a_reader_panic(text in mutated(SHADOW)) {
        read_both(&text);
    }

    #[test]
    fn parallel_and_opposite_edges_never_make_two_links(
        directed in 0..2,
        edges in prop::collection::vec((0..4, 0..4, 1..3), 0..30),
    ) {
        let mut text = format!("graph [ directed {directed} node [ id 0 ] node [ id 1 ] node [ id 2 ] node [ id 3 ]");
        for (a, b, ms) in &edges {
            text += &format!(" edge [ source {a} target {b} latency {ms} ]");
        }
        let map = Topology::from_gml(&(text + " ]"), &MapOptions::default()).unwrap();
        sound(&map);
        // The best of each way, found the long way round.
        for a in 0..4 {
            for b in (0..4).filter(|&b| b != a) {
                let goes = |&&(from, to, _): &&(i32, i32, i32)| (from, to) == (a, b) || directed == 0 && (to, from) == (a, b);
                let best = edges.iter().filter(goes).map(|edge| edge.2).min();
                let ends = (a as usize, b as usize);
                let link = map.links.iter().find(|link| link.ends == ends || link.direction == Direction::Both && link.ends == (ends.1, ends.0));
                let got = link.and_then(|link| link.latency).map(|span| span.as_nanos() / 1_000_000);
                prop_assert_eq!(got, best.map(|ms| ms as u64));
            }
        }
    }
}
