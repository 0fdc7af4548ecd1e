//! Recorded messages: what is read, what is assumed, what is refused, and that nothing panics.

use penult_models::{Listed, People, Recording, SendTimes, WorkloadSpec};
use penult_sim::ParseError;
use proptest::prelude::*;

use super::*;

type Reader = fn(&str, People, u32) -> Result<Recording, ParseError>;

fn shown(recording: &Recording) -> Vec<(u64, u32, Vec<u32>, Option<u32>)> {
    let row = |message: Listed| {
        let to = message.to.iter().map(|to| to.0).collect();
        (message.at.nanos(), message.from.0, to, message.bytes)
    };
    recording.list.iter().map(row).collect()
}

#[test]
fn a_table_is_read() {
    let text = "\u{feff}# from a log\r\nFrom, to ,note,time_s,bytes\r\n\
                c3,c1; c2,\"a, b\",1.5,1024\r\n\r\n0,c3,,0.000000001,\n\"1\",\"2,0\",,20,0\n";
    let recording = Recording::from_csv(text, People::Numbered, 10).unwrap();
    let expected = [
        (1_500_000_000, 3, vec![1, 2], Some(1_024)),
        (1, 0, vec![3], None),
        (20_000_000_000, 1, vec![2, 0], Some(0)),
    ];
    assert_eq!(shown(&recording), expected);
    assert_eq!(recording.clients, 4);
    let said = "1 of 3 messages without bytes: they are as large as the workload says";
    assert_eq!(recording.assumed, [said]);
}

#[test]
fn people_become_clients_as_they_come() {
    let text = "time_s,from,to\n9,eve,bob adam\n1,adam,eve\n";
    let recording = Recording::from_csv(text, People::AsTheyCome, 3).unwrap();
    let expected = [(9_000_000_000, 0, vec![1, 2], None), (1_000_000_000, 2, vec![0], None)];
    assert_eq!(shown(&recording), expected);
    assert_eq!(
        recording.assumed,
        [
            "its 3 people are c0 … c2 in the order in which it first has them",
            "2 of 2 messages without bytes: they are as large as the workload says",
        ]
    );
}

#[test]
fn an_edge_list_is_read() {
    let text = "% sym\n1 2 1082040961\n3 4 1082155839.25\n3\t3  1082040000\n5 2 1082040961\n2 1 1082040962\n";
    let recording = Recording::from_edges(text, People::AsTheyCome, 5).unwrap();
    let expected = [
        (0, 0, vec![1], None),
        (114_878_250_000_000, 2, vec![3], None),
        (0, 4, vec![1], None),
        (1_000_000_000, 1, vec![0], None),
    ];
    assert_eq!(shown(&recording), expected);
    assert_eq!(
        recording.assumed,
        [
            "instants count from the first message, which is at 1082040961s",
            "1 message to oneself left out",
            "its 5 people are c0 … c4 in the order in which it first has them",
            "4 of 4 messages without bytes: they are as large as the workload says",
        ]
    );
    let numbered = Recording::from_edges("1 2 7", People::Numbered, 3).unwrap();
    assert_eq!(shown(&numbered), [(0, 1, vec![2], None)]);
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    let csv: Reader = Recording::from_csv;
    let edges: Reader = Recording::from_edges;
    let (numbered, come) = (People::Numbered, People::AsTheyCome);
    for (read, people, text, line, why) in [
        (csv, numbered, "", 1, "begins with a header, as in `time_s,from,to,bytes`"),
        (csv, numbered, "\ntime,from,to\n1,0,1", 2, "no column `time_s` in `time,from,to`"),
        (csv, numbered, "time_s,from,to,from\n1,0,1,2", 1, "two columns `from`"),
        (csv, numbered, "time_s,from,to\n", 1, "no messages"),
        (csv, numbered, "time_s,from,to\n\n1,0\n", 3, "2 columns: the header has 3"),
        (csv, numbered, "time_s,from,to\n1,0,1,2\n", 2, "4 columns: the header has 3"),
        (csv, numbered, "time_s,from,to\n-1,0,1\n", 2, "time_s `-1` is below zero"),
        (csv, numbered, "time_s,from,to\n1s,0,1\n", 2, "as in 12.5"),
        (csv, numbered, "time_s,from,to\n1,alice,1\n", 2, "`alice` is no client"),
        (csv, numbered, "time_s,from,to\n1,0,+1\n", 2, "`+1` is no client"),
        (csv, numbered, "time_s,from,to\n1,4294967295,1\n", 2, "is no client"),
        (
            csv,
            numbered,
            "time_s,from,to\n1,0,1\n1,3,1\n1,0,9\n",
            3,
            "3 clients, and this file takes 10",
        ),
        (
            csv,
            come,
            "time_s,from,to\n1,a,b\n1,c,d\n1,e,a\n",
            3,
            "its people are 5: there are 3 clients",
        ),
        (csv, come, "time_s,from,to\n1,,b\n", 2, "without a sender"),
        (csv, come, "time_s,from,to\n1,b,;\n", 2, "nobody"),
        (csv, come, "time_s,from,to\n1,b,a b\n", 2, "itself"),
        (csv, come, "time_s,from,to\n1,b,a;a\n", 2, "twice"),
        (csv, come, "time_s,from,to\n1,\"b,a\n", 2, "a quote that nothing ends"),
        (
            csv,
            numbered,
            "time_s,from,to,bytes\n1,0,1,1KiB\n",
            2,
            "bytes `1KiB` is no decimal number",
        ),
        (csv, numbered, "time_s,from,to,bytes\n1,0,1,2147483648\n", 2, "at most 2147483647"),
        (edges, come, "", 1, "no messages"),
        (edges, come, "1 1 5\n", 1, "no messages"),
        (edges, come, "1 2 5\n1 2\n", 2, "2 columns: an edge is SRC DST UNIX_SECONDS"),
        (edges, come, "time_s,from,to,bytes\n", 1, "1 column: an edge is SRC DST"),
        (edges, come, "1 2 1082040961000000\n", 1, "is too large: it is in seconds"),
        (edges, come, "a b 1\nc d 2\n", 2, "its people are 4: there are 3 clients"),
    ] {
        let error = read(text, people, 3).expect_err(text);
        assert_eq!(error.line, line, "{text:?}: {error}");
        assert!(error.message.contains(why), "{text:?}: {error}");
    }
}

/// What is read can be sent, by as many clients as it says that it takes.
fn can_be_sent(recording: &Recording) {
    let list = recording.list.clone();
    let spec = WorkloadSpec { times: SendTimes::List(list), ..Default::default() };
    let clients = recording.clients;
    let workload = workload(spec, clients, Time::NEVER);
    let mut numbers: Vec<u32> = (0..clients)
        .flat_map(|client| sent(&workload, client))
        .filter_map(|it| it.number)
        .collect();
    numbers.sort_unstable();
    assert!(numbers.iter().copied().eq(0..recording.list.len() as u32));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), come: bool) {
        let text = String::from_utf8_lossy(&bytes);
        let people = if come { People::AsTheyCome } else { People::Numbered };
        let lines = text.lines().count().max(1);
        for read in [Recording::from_csv as Reader, Recording::from_edges] {
            match read(&text, people, 100) {
                Ok(recording) => can_be_sent(&recording),
                Err(error) => prop_assert!((1..=lines).contains(&error.line)),
            }
        }
    }

    #[test]
    fn almost_tables_are_read_or_refused(
        rows in prop::collection::vec("[0-9c]{0,3}(\\.[0-9]{1,2})?[,; \"]{1,2}[0-9c]{1,2}[,; \"]{1,2}[0-9c;, ]{1,6}", 0..8),
        come: bool,
    ) {
        let people = if come { People::AsTheyCome } else { People::Numbered };
        let table = format!("time_s,from,to\n{}", rows.join("\n"));
        for (read, text) in [(Recording::from_csv as Reader, &table), (Recording::from_edges, &rows.join("\n"))] {
            if let Ok(recording) = read(text, people, 100) {
                can_be_sent(&recording);
            }
        }
    }

    /// A table written from messages gives the same messages.
    #[test]
    fn what_is_written_is_read(
        messages in prop::collection::vec(
            (0..1_u64 << 60, prop::collection::btree_set(0..50_u32, 2..6), prop::option::of(0..1_u32 << 31)),
            1..20,
        ),
    ) {
        let mut text = "bytes,to,time_s,from\n".to_owned();
        let mut expected = Vec::new();
        for (nanos, people, bytes) in messages {
            let people: Vec<u32> = people.into_iter().rev().collect();
            let to: Vec<String> = people[1..].iter().map(|to| format!("c{to}")).collect();
            let (secs, part, size) =
                (nanos / 1_000_000_000, nanos % 1_000_000_000, bytes.map(|n| n.to_string()));
            let (size, to, from) = (size.unwrap_or_default(), to.join(";"), people[0]);
            text += &format!("{size},{to},{secs}.{part:09},{from}\n");
            expected.push((nanos, from, people[1..].to_vec(), bytes));
        }
        let recording = Recording::from_csv(&text, People::Numbered, 50).unwrap();
        prop_assert_eq!(shown(&recording), expected);
        can_be_sent(&recording);
    }

    /// An edge list is shifted as a whole.
    #[test]
    fn edge_lists_begin_at_the_start(
        edges in prop::collection::vec((0..20_u32, 20..40_u32, 0..2_000_000_000_u64), 1..30),
    ) {
        let text: String = edges.iter().map(|(a, b, at)| format!("{a} {b} {at}\n")).collect();
        let recording = Recording::from_edges(&text, People::Numbered, 40).unwrap();
        let first = edges.iter().map(|edge| edge.2).min().unwrap();
        let expected: Vec<_> = edges
            .iter()
            .map(|&(a, b, at)| ((at - first) * 1_000_000_000, a, vec![b], None))
            .collect();
        prop_assert_eq!(shown(&recording), expected);
        can_be_sent(&recording);
    }
}
