//! Files of messages: what is read, and what is refused at its line.

use penult_scenarios::{InMemory, Kind, Overrides, read};
use proptest::prelude::*;

/// The messages of a file: nanoseconds, sender, recipients, bytes. Or what is said about it.
type Shown = Vec<(u64, u32, Vec<u32>, Option<u64>)>;

fn messages(file: &str, renumber: bool) -> Result<Shown, String> {
    let text = format!(
        "title = \"Messages\"\nduration = \"10000000000s\"\ngateways.count = 3\nclients.count = 100\n\
         workload.kind = {{ file = \"messages.csv\", renumber = {renumber} }}\n"
    );
    let files = InMemory([("messages.csv".into(), file.as_bytes().to_vec())].into());
    let loaded = read("scenario.toml", text.as_bytes(), &Overrides::none(), &files);
    let loaded = loaded.map_err(|complaints| complaints.to_string())?;
    let Kind::Recorded(recorded) = loaded.scenario.workload.kind else { panic!("a file") };
    let row = |it: &penult_scenarios::RecordedMessage| {
        let to = it.to.iter().map(|to| to.0).collect();
        (it.at.nanos(), it.from.0, to, it.bytes.map(|bytes| bytes.0))
    };
    Ok(recorded.messages.iter().map(row).collect())
}

#[test]
fn a_table_is_read() {
    let file = "\u{feff}# from a log\r\nFrom, to ,note,time_s,bytes\r\n\
                c3,c1; c2,\"a, b\",1.5,1024\r\n\r\n0,c3,,0.000000001,\n\"1\",\"2,0\",,20,0\n";
    let expected = vec![
        (1, 0, vec![3], None),
        (1_500_000_000, 3, vec![1, 2], Some(1_024)),
        (20_000_000_000, 1, vec![2, 0], Some(0)),
    ];
    assert_eq!(messages(file, false), Ok(expected));
    // In the order in which the file has them, whenever they send.
    let named = "time_s,from,to\n9,eve,bob adam\n1,adam,eve\n";
    let expected = vec![(1_000_000_000, 2, vec![0], None), (9_000_000_000, 0, vec![1, 2], None)];
    assert_eq!(messages(named, true), Ok(expected));
}

#[test]
fn what_is_wrong_is_said_with_its_line() {
    for (file, line, why) in [
        ("", 1, "begins with time_s,from,to,bytes"),
        ("\ntime,from,to\n1,0,1", 2, "no column `time_s`"),
        ("time_s,from,to,from\n1,0,1,2", 1, "two columns \"from\""),
        ("time_s,from,to\n\n1,0\n", 3, "2 columns here, 3 in the header"),
        ("time_s,from,to\n-1,0,1\n", 2, "it can't be negative"),
        ("time_s,from,to\n1s,0,1\n", 2, "\"1s\" is no number"),
        ("time_s,from,to\n1,alice,1\n", 2, "\"alice\" is no client"),
        ("time_s,from,to\n1,b,;\n", 2, "nobody"),
        ("time_s,from,to\n1,2,3 2\n", 2, "itself"),
        ("time_s,from,to\n1,2,3;3\n", 2, "twice"),
        ("time_s,from,to,bytes\n1,0,1,1KiB\n", 2, "\"1KiB\" is no number"),
        ("1 2 5\n1 2\n", 2, "SRC DST UNIX_SECONDS"),
        ("1 2 1082040961000000\n", 1, "too large"),
    ] {
        let said = messages(file, file.contains(",b,")).expect_err(file);
        assert!(said.contains(why), "{file:?}: {said}");
        assert!(said.contains(&format!("messages.csv:{line}")), "{file:?}: {said}");
    }
}

proptest! {
    #[test]
    fn any_file_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200), renumber: bool) {
        let _ = messages(&String::from_utf8_lossy(&bytes), renumber);
    }

    #[test]
    fn almost_tables_are_read_or_refused(
        rows in prop::collection::vec("[0-9c]{0,3}(\\.[0-9]{1,2})?[,; \"]{1,2}[0-9c]{1,2}[,; \"]{1,2}[0-9c;, ]{1,6}", 0..8),
        renumber: bool,
    ) {
        let _ = messages(&format!("time_s,from,to\n{}", rows.join("\n")), renumber);
        let _ = messages(&rows.join("\n"), renumber);
    }

    /// A table written from messages gives the same messages.
    #[test]
    fn what_is_written_is_read(
        messages_made in prop::collection::vec(
            (0..1_u64 << 60, prop::collection::btree_set(0..50_u32, 2..6), prop::option::of(0..1_u64 << 31)),
            1..20,
        ),
    ) {
        let mut text = "bytes,to,time_s,from\n".to_owned();
        let mut expected = Vec::new();
        for (nanos, people, bytes) in messages_made {
            let people: Vec<u32> = people.into_iter().rev().collect();
            let to: Vec<String> = people[1..].iter().map(|to| format!("c{to}")).collect();
            let (secs, part, size) =
                (nanos / 1_000_000_000, nanos % 1_000_000_000, bytes.map(|n| n.to_string()));
            let (size, to, from) = (size.unwrap_or_default(), to.join(";"), people[0]);
            text += &format!("{size},{to},{secs}.{part:09},{from}\n");
            expected.push((nanos, from, people[1..].to_vec(), bytes));
        }
        expected.sort_by_key(|(at, ..)| *at);
        prop_assert_eq!(messages(&text, false), Ok(expected));
    }
}
