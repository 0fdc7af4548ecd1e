//! Latency matrices and failure traces: what is read, assumed and said, and refused with its line.

use penult_sim::{FailureTrace, MatrixOptions, RegionMatrix, Span, Time};
use proptest::prelude::*;

const SQUARE: &str = include_str!("fixtures/regions-square.csv");
const LONG: &str = include_str!("fixtures/regions-long.csv");
const FAILURES: &str = include_str!("fixtures/failures.csv");

fn rtt(column: &str) -> MatrixOptions {
    MatrixOptions { rtt: true, column: column.to_owned() }
}

#[test]
fn reads_a_square_matrix() {
    let matrix = RegionMatrix::from_csv(SQUARE, &MatrixOptions::default()).unwrap();
    assert_eq!(matrix.names, ["eu", "us", "ap"]);
    let row = |from| [0, 1, 2].map(|to| matrix.between(from, to).to_string());
    assert_eq!(row(0), ["1ms", "35.25ms", "90ms"]);
    assert_eq!(row(1), ["35.5ms", "1ms", "75ms"]);
    assert_eq!(row(2), ["90ms", "75ms", "0s"]);
    assert_eq!(
        matrix.assumed,
        [
            "1 latency not given: taken from the other way of the same pair",
            "1 region without a latency inside: taken as 0",
        ]
    );
}

#[test]
fn reads_a_long_matrix_and_halves_round_trips_exactly() {
    let matrix = RegionMatrix::from_csv(LONG, &rtt("rtt_avg_ms")).unwrap();
    let (eu, us, ap) = (0, 1, 2);
    assert_eq!(matrix.position("ap"), Some(ap));
    assert_eq!(matrix.between(eu, us), Span::nanos(35_250_500));
    assert_eq!(matrix.between(us, eu), Span::nanos(35_254_000));
    assert_eq!(matrix.between(eu, eu), Span::nanos(39_500));
    // Half a nanosecond is rounded up.
    assert_eq!(matrix.between(us, ap), Span::nanos(75_000_001));
    assert_eq!(
        matrix.assumed,
        [
            "the latencies are round trips: half of each is taken as one way",
            "2 latencies not given: taken from the other way of the same pair",
            "2 regions without a latency inside: taken as 0",
        ]
    );
    let whole = MatrixOptions { rtt: false, ..rtt("RTT_avg_ms") };
    let matrix = RegionMatrix::from_csv(LONG, &whole).unwrap();
    assert_eq!(matrix.between(eu, us), Span::micros(70_501));
    assert!(matrix.assumed[0].contains("say rtt = true"));
}

#[test]
fn wrong_matrices_are_refused_with_line_and_reason() {
    for (text, expected) in [
        ("", "line 1: the table is empty"),
        ("from,to,ms\n", "line 1: the table names no region"),
        ("x\n", "line 1: the table names no region"),
        ("from,to,rtt\na,b,1", "line 1: no column `ms`; there are `from`, `to`, `rtt`"),
        (
            "from,to,ms\na,b,1\n\n# hm\na,b,2\n",
            "line 5: the latency from `a` to `b` again: it is on line 2 already",
        ),
        (
            "from,to,ms\na,b,fast",
            "line 2: the latency from `a` to `b`: `fast` is not a number; it should be milliseconds",
        ),
        ("from,to,ms\na,b,-1", "line 2: the latency from `a` to `b`: `-1` is negative"),
        ("from,to,ms\na,b", "line 2: 2 columns here, 3 in the header"),
        ("from,to,ms\na,b,1,2", "line 2: 4 columns here, 3 in the header: a cell with a comma"),
        ("from,to,ms\na,,1", "line 2: a region without a name"),
        (
            "from,to,ms\na,b,1\nc,d,1",
            "line 3: no latency between `a` and `c`, in either direction (and 3 more pairs)",
        ),
        (
            "from,to,ms\na,b,\n",
            "line 2: no latency between `a` and `b`, in either direction: every",
        ),
        (",a,b\na,0,1\n", ""),
        (",a,b\na,0,\n", "line 1: no latency between `a` and `b`"),
        (",a,a\na,0,1\n", "line 1: the region `a` stands twice"),
        (",a,b\nc,0,1\n", "line 2: the region `c` has a row but no column"),
        (",a,b\na,0,1\n\na,1,0\n", "line 4: a second row for `a` (the first is on line 2)"),
        ("1,2\n3,4\n", "line 2: the region `3` has a row but no column"),
    ] {
        match RegionMatrix::from_csv(text, &MatrixOptions::default()) {
            Ok(_) => assert_eq!(expected, "", "{text} was read"),
            Err(error) => assert!(
                !expected.is_empty() && error.to_string().contains(expected),
                "{text}\n  expected {expected}\n  got {error}"
            ),
        }
    }
}

#[test]
fn many_names_and_few_pairs_cost_no_square() {
    let text: String = (0..100_000).map(|i| format!("a{i},b{i},1\n")).collect();
    let error = RegionMatrix::from_csv(&format!("from,to,ms\n{text}"), &MatrixOptions::default());
    assert_eq!(error.unwrap_err().line, 3);
}

#[test]
fn reads_a_failure_trace() {
    let trace = FailureTrace::from_csv(FAILURES).unwrap();
    let rows: Vec<String> = trace
        .outages
        .iter()
        .map(|outage| {
            let up = outage.up.map_or("never".to_owned(), |up| up.to_string());
            format!("{} {} {up}", outage.node, outage.down)
        })
        .collect();
    assert_eq!(rows, ["g2 10s 30s", "g0 50.000000001s never", "g1 100s 250.25s", "g1 300s 301s"]);
    assert_eq!(
        trace.assumed,
        ["4 outages merged into an earlier one of the same node that it overlaps or touches"]
    );
}

#[test]
fn columns_of_a_trace_stand_in_any_order() {
    let trace =
        FailureTrace::from_csv("\u{feff}cause,UP_S, node ,down_s\r\n  \r\nx,, a b ,1.5\r\n")
            .unwrap();
    assert_eq!(trace.outages[0].node, "a b");
    assert_eq!(trace.outages[0].down, Time::from_nanos(1_500_000_000));
    assert_eq!(trace.outages[0].up, None);
    assert!(trace.assumed.is_empty());
    assert!(FailureTrace::from_csv("node,down_s,up_s\n").unwrap().outages.is_empty());
}

#[test]
fn wrong_traces_are_refused_with_line_and_reason() {
    for (text, expected) in [
        (
            "# only words\n",
            "line 1: the table is empty: it begins with a header, as in `node,down_s,up_s`",
        ),
        ("node,down\n", "line 1: no column `down_s`; there are `node`, `down`"),
        (
            "# story\n\nnode,down_s,up_s\n\n# more\nb,2,1\n",
            "line 6: `b` came up at 1s, before it went down at 2s",
        ),
        (
            "node,down_s,up_s\na,1\n",
            "line 2: 2 columns here, 3 in the header: an empty cell still needs its comma",
        ),
        ("node,down_s,up_s\n,1,2\n", "line 2: an outage without a node"),
        ("node,down_s,up_s\na,,2\n", "line 2: down_s `` is not a number: it should be seconds"),
        ("node,down_s,up_s\n\"a\nb\",1,2\nc,1,x\n", "line 4: up_s `x` is not a number"),
        ("node,down_s,up_s\na,99999999999999,\n", "line 2: down_s `99999999999999` is too large"),
    ] {
        let error = FailureTrace::from_csv(text).expect_err(text).to_string();
        assert!(error.contains(expected), "{text}\n  expected {expected}\n  got {error}");
    }
}

fn read_all(text: &str) {
    for options in [MatrixOptions::default(), rtt("rtt_avg_ms")] {
        match RegionMatrix::from_csv(text, &options) {
            Ok(matrix) => assert_eq!(matrix.latency.len(), matrix.names.len().pow(2)),
            Err(error) => assert!(error.line >= 1),
        }
    }
    if let Ok(trace) = FailureTrace::from_csv(text) {
        assert!(trace.outages.is_sorted());
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in any::<String>()) {
        read_all(&text);
    }

    #[test]
    fn no_broken_table_makes_a_reader_panic(
        which in 0_usize..3,
        at: prop::sample::Index,
        length in 0_usize..20,
        junk in "[,\"#\r\n0-9a-z.+é-]{0,8}",
    ) {
        let mut letters: Vec<char> = [SQUARE, LONG, FAILURES][which].chars().collect();
        let at = at.index(letters.len() + 1);
        let end = (at + length).min(letters.len());
        letters.splice(at..end, junk.chars());
        read_all(&letters.into_iter().collect::<String>());
    }

    /// Second by second, a node is down in the merged trace just when it was in a row of it.
    #[test]
    fn merging_keeps_every_second(rows in prop::collection::vec((0..3_u64, 0..20_u64, prop::option::of(0..8_u64)), 0..20)) {
        let mut text = String::from("node,down_s,up_s\n");
        for (node, down, lasts) in &rows {
            let up = lasts.map_or(String::new(), |lasts| (down + lasts).to_string());
            text += &format!("{node},{down},{up}\n");
        }
        let trace = FailureTrace::from_csv(&text).unwrap();
        for node in 0..3 {
            let of_node: Vec<_> = trace.outages.iter().filter(|outage| outage.node == node.to_string()).collect();
            prop_assert!(of_node.windows(2).all(|pair| pair[0].up.is_some_and(|up| up < pair[1].down)));
            for second in 0..40 {
                let now = Time::from_nanos(second * 1_000_000_000);
                let merged = of_node.iter().any(|outage| outage.down <= now && outage.up.is_none_or(|up| now < up));
                let asked = rows.iter().any(|&(of, down, lasts)| {
                    of == node && down <= second && lasts.is_none_or(|lasts| second < down + lasts)
                });
                prop_assert_eq!(merged, asked, "node {} at {}", node, now);
            }
        }
    }
}
