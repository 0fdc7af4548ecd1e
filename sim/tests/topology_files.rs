//! Maps from files: what is read, what is assumed and said, and what is refused with its line.

use penult_sim::{Bandwidth, Direction, MapOptions, PlaceLink, Span, Topology};
use petgraph::algo::dijkstra;
use petgraph::graph::UnGraph;
use proptest::prelude::*;

const FERRIES: &str = include_str!("fixtures/ferries.graphml");
const SHADOW: &str = include_str!("fixtures/shadow.gml");

fn graphml(text: &str) -> Topology {
    Topology::from_graphml(text, &MapOptions::default()).expect("the text is right")
}

fn gml(text: &str) -> Topology {
    Topology::from_gml(text, &MapOptions::default()).expect("the text is right")
}

fn names(map: &Topology) -> Vec<&str> {
    map.places.iter().map(|place| place.name.as_str()).collect()
}

/// Ends and latency of each link, with an arrow where it goes one way.
fn links(map: &Topology) -> Vec<String> {
    let shown = |link: &PlaceLink| {
        let arrow = if link.direction == Direction::Both {
            "-"
        } else {
            ">"
        };
        let latency = link.latency.expect("links of files have a latency");
        format!("{}{arrow}{} {latency}", link.ends.0, link.ends.1)
    };
    map.links.iter().map(shown).collect()
}

#[test]
fn reads_a_map_with_everything_wrong() {
    let map = graphml(FERRIES);
    let expected = [
        "Alder & Birch",
        "Cove",
        "Cove (2)",
        "Dunes",
        "4",
        "Eel Island",
    ];
    assert_eq!(names(&map), expected);
    assert_eq!(map.places[1].at.map(|at| at.longitude), Some(21.0));
    assert_eq!(map.places[3].at, None);
    // Of the two links between 0 and 1 the faster stays, with its own ends.
    assert_eq!(
        links(&map),
        ["1-0 547.528us", "1-2 0s", "2-3 7ms", "3-4 547.528us"]
    );
    assert_eq!(
        map.links[0].bandwidth,
        Some(Bandwidth::bits_per_second(10_000_000_000))
    );
    assert_eq!(map.parts(), 2);
    assert_eq!(
        map.assumed,
        [
            "1 node marked as a hyperedge, a connection of more than two: taken as a place like any other",
            "1 node without a label: the id is the name",
            "1 place with a name that another already has: a number was put behind, as in `Oslo (2)`",
            "1 edge from a node to itself left out",
            "1 edge parallel to another left out: the fastest stays (least latency, then most bandwidth, then the first)",
            "1 edge with a bandwidth of 0: taken as not known",
            "3 edges without a latency: taken from the great-circle distance, at two thirds of the speed of light (200 km in 1ms)",
            "1 edge between places with the same coordinates: the latency is 0",
            "1 link with neither a latency nor coordinates at both ends: 547.528us, the median of the other links",
            "3 links without a bandwidth, beside 1 with one: the scenario's holds there",
            "the map falls in 2 parts that no link joins: nodes of different parts can't reach each other",
        ]
    );
}

#[test]
fn options_decide_where_the_map_is_silent() {
    let options = MapOptions {
        bandwidths: false,
        latency: Some(Span::millis(3)),
    };
    let map = Topology::from_graphml(FERRIES, &options).unwrap();
    assert!(map.links.iter().all(|link| link.bandwidth.is_none()));
    assert_eq!(map.links[3].latency, Some(Span::millis(3)));
    assert!(
        map.assumed
            .iter()
            .any(|said| said.ends_with("3ms, as asked for"))
    );
    assert!(!map.assumed.iter().any(|said| said.contains("beside")));
    let map = Topology::from_gml(SHADOW, &options).unwrap();
    assert!(map.places.iter().all(|place| place.bandwidth_up.is_none()));
}

#[test]
fn reads_what_shadow_reads() {
    let map = gml(SHADOW);
    assert_eq!(names(&map), ["north", "south – \"old\"", "east"]);
    assert_eq!(
        map.places[0].bandwidth_up,
        Some(Bandwidth::bits_per_second(100_000_000))
    );
    assert_eq!(
        map.places[0].bandwidth_down,
        Some(Bandwidth::bits_per_second(1_000_000_000))
    );
    // Two ways that say the same are one link; otherwise they stay apart.
    assert_eq!(links(&map), ["0-1 10ms", "1>2 5ms", "2>1 6ms", "0>2 2.5ms"]);
    assert_eq!(map.links[0].jitter, Some(Span::millis(1)));
    assert_eq!(map.links[0].loss, Some(0.01));
    assert_eq!(map.links[3].loss, None);
    assert_eq!(
        map.assumed,
        [
            "1 edge from a node to itself left out",
            "1 edge with a latency or jitter without a unit: taken as milliseconds",
        ]
    );
}

#[test]
fn says_that_one_way_links_lead_nowhere_back() {
    let map = gml(
        "graph [ directed 1 node [ id 0 ] node [ id 1 ] edge [ source 0 target 1 latency 1 ] ]",
    );
    assert_eq!((map.parts(), map.parts_both_ways()), (1, 2));
    assert!(map.assumed.last().unwrap().contains("lead nowhere back"));
}

#[test]
fn a_one_way_edge_beside_a_two_way_edge_serves_its_way_if_it_is_faster() {
    let map = graphml(
        r#"<graphml><key id="l" for="edge" attr.name="latency"><default>9 ms</default></key>
        <graph edgedefault="undirected"><edge source="a" target="b"/>
        <edge source="b" target="a" directed="true"><data key="l">4<!-- not 5 --> ms</data></edge>
        <node id="a"/><node id="b"><port name="p"/></node></graph></graphml>"#,
    );
    assert_eq!(links(&map), ["0>1 9ms", "1>0 4ms"]);
    assert!(map.assumed[0].starts_with("1 port taken"));
}

#[test]
fn both_formats_say_the_same() {
    let xml = graphml(
        r#"<graphml><key id="y" attr.name="Latitude" for="node"/><key id="x" attr.name="Longitude" for="node"/>
        <graph edgedefault="directed">
        <node id="0"><data key="y">1.5</data><data key="x">-2</data></node>
        <node id="1"><data key="y">-1.5</data><data key="x">+2e0</data></node>
        <edge source="0" target="1"/><edge source="1" target="0"/></graph></graphml>"#,
    );
    let brackets = gml(
        "Creator \"me\" Version 1\ngraph[directed 1 node[id 0 Latitude 1.5 Longitude -2]\
         node[id 1 latitude -1.5 longitude +2e0]edge[source 0 target 1]edge[source 1 target 0]]",
    );
    assert_eq!(xml, brackets);
    assert_eq!(xml.links.len(), 1);
}

/// The backbone of Abilene, 2005: 11 cities and the 14 links between them.
const ABILENE: ([(&str, f64, f64); 11], [(usize, usize); 14]) = (
    [
        ("New York", 40.71427, -74.00597),
        ("Chicago", 41.85003, -87.65005),
        ("Washington DC", 38.89511, -77.03637),
        ("Seattle", 47.60621, -122.33207),
        ("Sunnyvale", 37.36883, -122.03635),
        ("Los Angeles", 34.05223, -118.24368),
        ("Denver", 39.73915, -104.9847),
        ("Kansas City", 39.11417, -94.62746),
        ("Houston", 29.76328, -95.36327),
        ("Atlanta", 33.749, -84.38798),
        ("Indianapolis", 39.76838, -86.15804),
    ],
    [
        (0, 1),
        (0, 2),
        (1, 10),
        (2, 9),
        (3, 4),
        (3, 6),
        (4, 5),
        (4, 6),
        (5, 8),
        (6, 7),
        (7, 8),
        (7, 10),
        (8, 9),
        (9, 10),
    ],
);

#[test]
fn distances_in_abilene_are_the_published_ones() {
    let (cities, edges) = ABILENE;
    let mut text = String::from("graph [\n");
    for (id, (name, north, east)) in cities.iter().enumerate() {
        text += &format!("node [ id {id} label \"{name}\" Latitude {north} Longitude {east} ]\n");
    }
    for (a, b) in edges {
        text += &format!("edge [ source {a} target {b} ]\n");
    }
    let map = gml(&(text + "]"));

    let place = |name: &str| {
        map.places
            .iter()
            .position(|place| place.name == name)
            .unwrap()
    };
    let mut nanos = UnGraph::<(), u64>::new_undirected();
    let nodes: Vec<_> = map.places.iter().map(|_| nanos.add_node(())).collect();
    for link in &map.links {
        nanos.add_edge(
            nodes[link.ends.0],
            nodes[link.ends.1],
            link.latency.unwrap().as_nanos(),
        );
    }
    // Along the links, over the shortest path.
    for (from, to, ms) in [
        ("Seattle", "New York", 23.3636),
        ("Los Angeles", "Washington DC", 21.0312),
        ("Sunnyvale", "Atlanta", 19.0682),
    ] {
        let far = dijkstra(&nanos, nodes[place(from)], None, |edge| *edge.weight());
        let got = Span::nanos(far[&nodes[place(to)]]).as_millis_f64();
        assert!(
            (got - ms).abs() < 0.00005,
            "{from} to {to}: {got} ms, not {ms}"
        );
    }
    // On the great circle itself.
    let at = |name| map.places[place(name)].at.unwrap();
    let km = at("Seattle").distance_km(at("New York"));
    assert!((km - 3865.452).abs() < 0.001, "{km}");
}

/// Refuses `text` on that line, with these words.
fn refused(read: impl Fn(&str) -> Option<String>, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let error = read(text).unwrap_or_else(|| panic!("{text} was read"));
        assert!(
            error.contains(expected),
            "{text}\n  expected {expected}\n  got {error}"
        );
    }
}

#[test]
fn wrong_graphml_is_refused_with_line_and_reason() {
    let read = |text: &str| {
        let map = Topology::from_graphml(text, &MapOptions::default());
        map.err().map(|error| error.to_string())
    };
    let inside = |rest: &str| {
        format!(
            "<graphml><key id=\"l\" for=\"edge\" attr.name=\"latency\"/><key id=\"y\" for=\"node\" attr.name=\"Latitude\"/>\n\
             <graph edgedefault=\"undirected\">\n<node id=\"a\"/><node id=\"b\"/>\n{rest}\n</graph></graphml>"
        )
    };
    refused(
        read,
        &[
            ("", "line 1: this is not well-formed XML"),
            ("<graphml>\n<graph>", "line 2: this is not well-formed XML"),
            (
                "<?xml version='1.0'?>\n<!DOCTYPE a [<!ENTITY b 'c'>]>\n<graphml/>",
                "line 2: a document type",
            ),
            ("\n<svg/>", "line 2: the outermost element is <svg>"),
            ("<graphml/>", "line 1: there is no <graph>"),
            (
                "<graphml>\n<graph/>\n</graphml>",
                "line 2: the graph has no node",
            ),
            (
                "<graphml><graph/>\n<graph/></graphml>",
                "line 2: a second <graph>",
            ),
            (
                "<graphml><graph edgedefault='maybe'/></graphml>",
                "`maybe`, not `directed`",
            ),
            ("<graphml><key/></graphml>", "there is no <graph>"),
            ("<graphml><key/><graph/></graphml>", "this <key> has no id"),
            (
                "<graphml><key id='a'/>\n<key id='a'/><graph/></graphml>",
                "line 2: a second <key> with the id `a`",
            ),
        ],
    );
    for (rest, expected) in [
        ("<node/>", "line 4: this <node> has no id: write <node id="),
        ("<node id=' '/>", "line 4: this <node> has no id"),
        ("<node id='a'/>", "line 4: a second node with the id `a`"),
        (
            "<node id='c'><graph/></node>",
            "line 4: a <graph> inside a <node>",
        ),
        ("<hyperedge/>", "line 4: a <hyperedge>: a link has two ends"),
        ("<edge source='a'/>", "line 4: this <edge> has no target"),
        (
            "<edge source='a'\n target='z'/>",
            "line 4: an edge of the node `z`, which the file doesn't have",
        ),
        (
            "<edge source='a' target='b' directed='no'/>",
            "line 4: directed is `no`",
        ),
        (
            "<edge source='a' target='b'>\n<data key='k'>1</data></edge>",
            "line 5: no <key> has the id `k`",
        ),
        (
            "<edge source='a' target='b'>\n<data key='l'>1 mile</data></edge>",
            "line 5: latency `1 mile` is not a length of time, as in \"10 ms\"",
        ),
        (
            "<edge source='a' target='b'>\n<data key='l'>-3</data></edge>",
            "line 5: latency `-3` is negative",
        ),
        (
            "<node id='c'>\n<data key='y'>91</data></node>",
            "line 5: Latitude `91` is not between -90 and 90 degrees",
        ),
        (
            "<node id='c'>\n<data key='y'>NaN</data></node>",
            "line 5: Latitude `NaN` is not between",
        ),
    ] {
        refused(read, &[(inside(rest).as_str(), expected)]);
    }
}

#[test]
fn wrong_gml_is_refused_with_line_and_reason() {
    let read = |text: &str| {
        let map = Topology::from_gml(text, &MapOptions::default());
        map.err().map(|error| error.to_string())
    };
    refused(
        read,
        &[
            ("", "line 1: there is no graph"),
            (
                "graph [\n",
                "line 1: the `[` that opens here is never closed",
            ),
            ("graph [\n]\n]", "line 3: this `]` closes nothing"),
            ("graph [ ]\ngraph [ ]", "line 2: a second graph"),
            ("graph [\n\n]", "line 1: the graph has no node"),
            ("graph [ node [\nid ] ]", "line 2: no value for `id`"),
            ("graph [ node [\nid yes ] ]", "line 2: no value for `id`"),
            (
                "graph [ node [\n5 id ] ]",
                "line 2: `5` stands where a key should",
            ),
            ("graph [ \n\"a\" ]", "line 2: a value without a key"),
            (
                "graph [ label\n\"a ]",
                "line 2: the string that begins here is never closed",
            ),
            (
                "graph [\nnode [ label \"a\" ] ]",
                "line 2: this node has no id",
            ),
            (
                "graph [ node [ id 0 ]\nnode [ id 0 ] ]",
                "line 2: a second node with the id `0`",
            ),
            (
                "graph [ node [ id 0 ]\nedge [ source 0 ] ]",
                "line 2: this edge has no target",
            ),
            (
                "graph [ node [ id 0 ]\nedge [ source 0 target 7 ] ]",
                "line 2: an edge of the node `7`",
            ),
            (
                "graph [ node [ id 0 ]\ndirected 2 ]",
                "line 2: directed is `2`, not 0 or 1",
            ),
            (
                "graph [ node [ id 0 ] edge [ source 0 target 0\npacket_loss 1.5 ] ]",
                "line 2: packet_loss `1.5` is not a share between 0 and 1",
            ),
            (
                "graph [ node [ id 0\nhost_bandwidth_up \"fast\" ] ]",
                "line 2: host_bandwidth_up `fast` is not a bandwidth",
            ),
            (
                "graph [ node [ id 0 Latitude 1\nLongitude 181 ] ]",
                "line 2: Longitude `181` is not between -180 and 180 degrees",
            ),
        ],
    );
}

#[test]
fn depth_exhausts_no_stack() {
    let options = MapOptions::default();
    assert!(Topology::from_gml(&"a[".repeat(500_000), &options).is_err());
    let (open, close) = ("<a>".repeat(200_000), "</a>".repeat(200_000));
    let deep = format!("<graphml><graph>{open}{close}</graph></graphml>");
    assert!(Topology::from_graphml(&deep, &options).is_err());
    let line: String = (1..20_000)
        .map(|b| format!("node[id {b}]edge[source {} target {b}]", b - 1))
        .collect();
    let map = gml(&format!("graph[directed 1 node[id 0]{line}]"));
    assert_eq!(map.parts_both_ways(), 20_000);
}

#[test]
fn lines_count_with_any_ending_and_mark() {
    let error = Topology::from_gml(
        "\u{feff}graph [\r\n  node [\r\n  id\r\n  ]\r\n]",
        &MapOptions::default(),
    );
    assert_eq!(error.unwrap_err().line, 4);
    assert!(Topology::from_graphml(&format!("\u{feff}{FERRIES}"), &MapOptions::default()).is_ok());
}

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
    let mut seen: Vec<_> = names(map);
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
    for read in [
        Topology::from_gml(text, &options),
        Topology::from_graphml(text, &options),
    ] {
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
        let map = gml(&(text + " ]"));
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
