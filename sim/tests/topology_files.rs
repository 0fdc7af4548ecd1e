//! Maps from files: what is read, what is assumed and said, and what is refused with its line.

use penult_sim::{Bandwidth, Direction, MapOptions, PlaceLink, Span, Topology};
use petgraph::algo::dijkstra;
use petgraph::graph::UnGraph;

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
        let arrow = if link.direction == Direction::Both { "-" } else { ">" };
        let latency = link.latency.expect("links of files have a latency");
        format!("{}{arrow}{} {latency}", link.ends.0, link.ends.1)
    };
    map.links.iter().map(shown).collect()
}

#[test]
fn reads_a_map_with_everything_wrong() {
    let map = graphml(FERRIES);
    let expected = ["Alder & Birch", "Cove", "Cove (2)", "Dunes", "4", "Eel Island"];
    assert_eq!(names(&map), expected);
    assert_eq!(map.places[1].at.map(|at| at.longitude), Some(21.0));
    assert_eq!(map.places[3].at, None);
    // Of the two links between 0 and 1 the faster stays, with its own ends.
    assert_eq!(links(&map), ["1-0 547.528us", "1-2 0s", "2-3 7ms", "3-4 547.528us"]);
    assert_eq!(map.links[0].bandwidth, Bandwidth::bits_per_second(10_000_000_000));
    assert_eq!(map.links[0].bandwidth.map(|b| b.to_string()).as_deref(), Some("10Gbit/s"));
    assert_eq!(map.parts(), 2);
    assert_eq!(
        map.assumed,
        [
            "1 node marked as a hyperedge, a connection of more than two: taken as a place like any other",
            "1 node without a label: the id is the name",
            "1 place with a name that another already has: a number was put behind, as in `Oslo (2)`",
            "1 edge from a node to itself left out",
            "1 edge parallel to another left out: the fastest stays (least latency, then most bandwidth, then the first)",
            "1 bandwidth of 0: taken as not known",
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
    let options = MapOptions { bandwidths: false, latency: Some(Span::millis(3)) };
    let map = Topology::from_graphml(FERRIES, &options).unwrap();
    assert!(map.links.iter().all(|link| link.bandwidth.is_none()));
    assert_eq!(map.links[3].latency, Some(Span::millis(3)));
    assert!(map.assumed.iter().any(|said| said.ends_with("3ms, as asked for")));
    assert!(!map.assumed.iter().any(|said| said.contains("beside")));
    let map = Topology::from_gml(SHADOW, &options).unwrap();
    assert!(map.places.iter().all(|place| place.bandwidth_up.is_none()));
}

#[test]
fn reads_what_shadow_reads() {
    let map = gml(SHADOW);
    assert_eq!(names(&map), ["north", "south – \"old\"", "east"]);
    assert_eq!(map.places[0].bandwidth_up, Bandwidth::bits_per_second(100_000_000));
    assert_eq!(map.places[0].bandwidth_down, Bandwidth::bits_per_second(1_000_000_000));
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
    let brackets =
        gml("Creator \"me\" Version 1\ngraph[directed 1 node[id 0 Latitude 1.5 Longitude -2]\
         node[id 1 latitude -1.5 longitude +2e0]edge[source 0 target 1]edge[source 1 target 0]]");
    assert_eq!(xml, brackets);
    assert_eq!(xml.links.len(), 1);
}

/// The cities of Abilene's backbone of 2005, with latitude and longitude.
const CITIES: [(&str, f64, f64); 11] = [
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
];

/// Which of them are linked.
#[rustfmt::skip]
const LINKED: [(usize, usize); 14] = [
    (0, 1), (0, 2), (1, 10), (2, 9), (3, 4), (3, 6), (4, 5),
    (4, 6), (5, 8), (6, 7), (7, 8), (7, 10), (8, 9), (9, 10),
];

#[test]
fn distances_in_abilene_are_the_published_ones() {
    let mut text = String::from("graph [\n");
    for (id, (name, north, east)) in CITIES.iter().enumerate() {
        text += &format!("node [ id {id} label \"{name}\" Latitude {north} Longitude {east} ]\n");
    }
    for (a, b) in LINKED {
        text += &format!("edge [ source {a} target {b} ]\n");
    }
    let map = gml(&(text + "]"));

    let place = |name: &str| map.places.iter().position(|place| place.name == name).unwrap();
    let mut nanos = UnGraph::<(), u64>::new_undirected();
    let nodes: Vec<_> = map.places.iter().map(|_| nanos.add_node(())).collect();
    for link in &map.links {
        nanos.add_edge(nodes[link.ends.0], nodes[link.ends.1], link.latency.unwrap().as_nanos());
    }
    // Along the links, over the shortest path.
    for (from, to, ms) in [
        ("Seattle", "New York", 23.3636),
        ("Los Angeles", "Washington DC", 21.0312),
        ("Sunnyvale", "Atlanta", 19.0682),
    ] {
        let far = dijkstra(&nanos, nodes[place(from)], None, |edge| *edge.weight());
        let got = Span::nanos(far[&nodes[place(to)]]).as_millis_f64();
        assert!((got - ms).abs() < 0.00005, "{from} to {to}: {got} ms, not {ms}");
    }
    // On the great circle itself.
    let at = |name| map.places[place(name)].at.unwrap();
    let km = at("Seattle").distance_km(at("New York"));
    assert!((km - 3865.452).abs() < 0.001, "{km}");
}

#[test]
fn a_byte_order_mark_says_nothing() {
    assert_eq!(graphml(&format!("\u{feff}{FERRIES}")), graphml(FERRIES));
    assert_eq!(gml(&format!("\u{feff}{SHADOW}")), gml(SHADOW));
}
