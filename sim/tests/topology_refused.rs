//! Maps that can't be read: the line, what is wrong, what would be right; and no stack runs out.

use penult_sim::{MapOptions, Topology};

/// Refuses `text` on that line, with these words.
fn refused(read: impl Fn(&str) -> Option<String>, cases: &[(&str, &str)]) {
    for (text, expected) in cases {
        let error = read(text).unwrap_or_else(|| panic!("{text} was read"));
        assert!(error.contains(expected), "{text}\n  expected {expected}\n  got {error}");
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
            ("<graphml>\n<graph/>\n</graphml>", "line 2: the graph has no node"),
            ("<graphml><graph/>\n<graph/></graphml>", "line 2: a second <graph>"),
            ("<graphml><graph edgedefault='maybe'/></graphml>", "`maybe`, not `directed`"),
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
        ("<node id='c'><graph/></node>", "line 4: a <graph> inside a <node>"),
        ("<hyperedge/>", "line 4: a <hyperedge>: a link has two ends"),
        ("<edge source='a'/>", "line 4: this <edge> has no target"),
        (
            "<edge source='a'\n target='z'/>",
            "line 4: an edge of the node `z`, which the file doesn't have",
        ),
        ("<edge source='a' target='b' directed='no'/>", "line 4: directed is `no`"),
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
        ("<node id='c'>\n<data key='y'>NaN</data></node>", "line 5: Latitude `NaN` is not between"),
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
            ("graph [\n", "line 1: the `[` that opens here is never closed"),
            ("graph [\n]\n]", "line 3: this `]` closes nothing"),
            ("graph [ ]\ngraph [ ]", "line 2: a second graph"),
            ("graph [\n\n]", "line 1: the graph has no node"),
            ("graph [ node [\nid ] ]", "line 2: no value for `id`"),
            ("graph [ node [\nid\nyes ] ]", "line 2: no value for `id`"),
            ("graph [ node [\n5 id ] ]", "line 2: `5` stands where a key should"),
            ("graph [ \n\"a\" ]", "line 2: a value without a key"),
            ("graph [ label\n\"a ]", "line 2: the string that begins here is never closed"),
            ("graph [\nnode [ label \"a\" ] ]", "line 2: this node has no id"),
            ("graph [ node [ id 0 ]\nnode [ id 0 ] ]", "line 2: a second node with the id `0`"),
            ("graph [ node [ id 0 ]\nedge [ source 0 ] ]", "line 2: this edge has no target"),
            (
                "graph [ node [ id 0 ]\nedge [ source 0 target 7 ] ]",
                "line 2: an edge of the node `7`",
            ),
            ("graph [ node [ id 0 ]\ndirected 2 ]", "line 2: directed is `2`, not 0 or 1"),
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
    let line: String =
        (1..20_000).map(|b| format!("node[id {b}]edge[source {} target {b}]", b - 1)).collect();
    let map = Topology::from_gml(&format!("graph[directed 1 node[id 0]{line}]"), &options).unwrap();
    assert_eq!(map.parts_both_ways(), 20_000);
}

#[test]
fn lines_count_with_any_ending_and_mark() {
    let error = Topology::from_gml(
        "\u{feff}graph [\r\n  node [\r\n  id\r\n  ]\r\n]",
        &MapOptions::default(),
    );
    assert_eq!(error.unwrap_err().line, 3);
}
