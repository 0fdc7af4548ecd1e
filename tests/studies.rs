//! The worked studies: what their documents say is what comes out. In debug the commands are run in a shorter
//! form, and the sentences are checked that the documents rest on; in release all that stands in the documents is
//! compared line by line.

use std::fs;
use std::path::Path;
use std::process::Command;

use assert_cmd::cargo::CommandCargoExt;
use penult_scenarios::{LIBRARY_FILES, Overrides, STUDIES, load};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Runs the program at the top of the repository, its files to a folder of their own; gives how it ended and what
/// it printed.
fn penult(arguments: &[&str], out: &Path) -> (i32, String) {
    let mut command = Command::cargo_bin("penult").expect("it is built");
    command.current_dir(ROOT).args(arguments).arg("--out").arg(out);
    let output = command.output().expect("it runs");
    let told = String::from_utf8(output.stdout).expect("words");
    (output.status.code().expect("it ends"), told)
}

/// The cells of a column of a table.
fn column(table: &Path, name: &str) -> Vec<f64> {
    let table = fs::read_to_string(table).expect("it is there");
    let mut lines = table.lines().map(|line| line.split(','));
    let at = lines.next().expect("it has a header").position(|it| it == name).expect(name);
    lines.map(|mut cells| cells.nth(at).and_then(|it| it.parse().ok()).expect(name)).collect()
}

#[test]
fn the_studies_are_the_folder_and_need_nothing_else() {
    let folder = Path::new(ROOT).join("scenarios/studies");
    let entries = fs::read_dir(&folder).expect("the studies are there");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("it can be listed").file_name().into_string().expect("words"))
        .collect();
    names.sort_unstable();
    let mut listed: Vec<&str> = STUDIES.iter().map(|(name, _)| *name).collect();
    listed.sort_unstable();
    assert_eq!(names, listed);
    for (name, text) in STUDIES {
        let loaded = load(&folder.join(name), &Overrides::none())
            .unwrap_or_else(|complaints| panic!("{complaints}"));
        assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
        assert!(!loaded.scenario.expect.conditions.is_empty(), "{name} expects nothing");
        assert!(LIBRARY_FILES.iter().all(|(file, _)| !text.contains(file)), "{name}");
    }
}

#[test]
fn a_chain_loses_what_theory_says() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = "scenarios/studies/chain-length-theory.toml";
    let lengths = ["--vary", "chain.length=1,3,5", "--replications", "60", "--quiet"];
    assert_eq!(penult(&[&["sweep", file][..], &lengths].concat(), folder.path()).0, 0);
    let table = folder.path().join("points.csv");
    let means = column(&table, "deliveries.loss_rate");
    let lows = column(&table, "deliveries.loss_rate.low");
    let highs = column(&table, "deliveries.loss_rate.high");
    // 1 − 1/e: each gateway dies within its mean time between crashes.
    let to_the =
        |power: usize| std::iter::repeat_n(0.632_120_558_828_557_7, power).product::<f64>();
    for (place, length) in [1, 3, 5].into_iter().enumerate() {
        // Of eight gateways that a recipient may be at, one is the sender's own: that pair begins with one.
        let theory = (to_the(length) + 7.0 * to_the(length.max(2))) / 8.0;
        let (mean, low, high) = (means[place], lows[place], highs[place]);
        assert!(low < theory && theory < high, "{length}: {theory} not in {low} to {high}");
        // The interval says something: it is narrower than what a gateway more would change.
        assert!(high - low < 0.2 && mean > 0.0, "{length}: {low} to {high}");
    }
}

#[test]
fn a_write_costs_two_hops_and_a_mirror_one() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = "scenarios/studies/memory-or-disk.toml";
    let rivals = ["--strategies", "single,chain:gateways.queue=memory,chain"];
    let few = ["--replications", "6", "--set", "duration=3min", "--set", "drain=2min"];
    let (code, told) = penult(&[&["compare", file][..], &rivals, &few].concat(), folder.path());
    assert_eq!(code, 0, "{told}");
    // Two writes of 2 ms against a hop of 2 ms and a gateway of 0.2 ms; then three against two, and that hop.
    for sentence in [
        "chain:gateways.queue=memory has 1.8 ms less than single in every seed (44.6 ms against 46.4 ms)",
        "chain has 4.2 ms more than single in every seed (50.6 ms against 46.4 ms)",
        "availability: chain:gateways.queue=memory has",
        "packets: chain:gateways.queue=memory has",
    ] {
        let established = told.split("\n  established:").skip(1);
        let found = established
            .map(|it| it.split("\n\n").next().unwrap_or_default())
            .any(|it| it.contains(sentence));
        assert!(found, "{sentence}: {told}");
    }
    // A disk loses nothing that it has.
    let runs = folder.path().join("runs.csv");
    let lost = column(&runs, "deliveries.accepted_lost");
    assert!(lost[..6].iter().chain(&lost[12..]).all(|it| *it <= 0.0), "{lost:?}");
}

#[test]
fn who_waits_longer_detects_later_and_is_wrong_less_often() {
    let folder = tempfile::tempdir().expect("there is room");
    let file = "scenarios/studies/detection.toml";
    let shorter = ["--set", "duration=1min", "--replications", "8", "--quiet"];
    let vary = ["--vary", "chain.ack_timeout=50ms,200ms,1600ms"];
    assert_eq!(penult(&[&["sweep", file][..], &vary, &shorter].concat(), folder.path()).0, 0);
    let table = folder.path().join("points.csv");
    let detection = column(&table, "failover.detection.p50");
    let is_false = column(&table, "failover.false_suspicions");
    let packets = column(&table, "cost.packets");
    assert!(detection[0] * 2.0 < detection[1] && detection[1] * 2.0 < detection[2]);
    assert!(is_false[0] > 2.0 * is_false[1] && is_false[1] > 2.0 * is_false[2], "{is_false:?}");
    assert!(packets[0] > 1.2 * packets[1], "{packets:?}");
}

/// A command of a document, and what stands below it.
struct Example {
    words: Vec<String>,
    told: Vec<String>,
}

/// Each ```console block that begins with `$ penult`.
fn examples(document: &str) -> Vec<Example> {
    let blocks = document.split("```console\n").skip(1);
    let blocks = blocks.map(|block| block.split("\n```").next().unwrap_or_default());
    let example = |block: &str| {
        let block = block.replace(" \\\n    ", " ");
        let mut lines = block.lines();
        let command = lines.next()?.strip_prefix("$ penult ")?.to_owned();
        Some(Example { words: words(&command), told: lines.map(str::to_owned).collect() })
    };
    blocks.filter_map(example).collect()
}

/// As a shell parts them; of quotes there are only single ones.
fn words(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in command.chars() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            letter => words.last_mut().expect("there is one").push(letter),
        }
    }
    words
}

/// Whether lines are those of a document, where `…` stands for any number of them.
fn is_told(told: &[&str], document: &[String]) -> bool {
    match document.split_first() {
        None => told.is_empty(),
        Some((line, rest)) if line == "…" => {
            (0..=told.len()).any(|skipped| is_told(&told[skipped..], rest))
        }
        Some((line, rest)) => {
            told.first().is_some_and(|it| it.trim_end() == line) && is_told(&told[1..], rest)
        }
    }
}

#[test]
fn lines_are_compared_and_gaps_passed_over() {
    let document = |lines: &[&str]| lines.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
    assert!(is_told(&["a", "b", "c", "d"], &document(&["a", "…", "d"])));
    assert!(is_told(&["a", "b "], &document(&["a", "b", "…"])));
    assert!(!is_told(&["a", "b", "c"], &document(&["a", "b"])));
    assert!(!is_told(&["a", "b"], &document(&["a", "…", "c"])));
    let found = examples("x\n```console\n$ penult run 'a b' \\\n    --set c=1\ntold\n```\ny");
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].words, ["run", "a b", "--set", "c=1"]);
    assert_eq!(found[0].told, ["told"]);
}

#[test]
#[cfg_attr(debug_assertions, ignore = "some two minutes of a processor in release")]
fn the_documents_say_what_comes_out() {
    let documents = fs::read_dir(Path::new(ROOT).join("docs/studies")).expect("it is there");
    let mut count = 0;
    for document in documents {
        let document = document.expect("it can be listed").path();
        if document.extension().is_none_or(|it| it != "md") {
            continue;
        }
        let text = fs::read_to_string(&document).expect("it can be read");
        for example in examples(&text) {
            count += 1;
            let folder = tempfile::tempdir().expect("there is room");
            let mut arguments: Vec<&str> = example.words.iter().map(String::as_str).collect();
            // Its files go elsewhere.
            if let Some(at) = arguments.iter().position(|it| *it == "--out") {
                arguments.drain(at..at + 2);
            }
            let (code, told) = penult(&arguments, folder.path());
            // Where nothing meets the objectives, that is the answer.
            assert!(code <= 1, "{}: {arguments:?}: {code}: {told}", document.display());
            let lines: Vec<&str> = told.lines().collect();
            let is_told = is_told(&lines, &example.told);
            assert!(is_told, "{}: {arguments:?} says\n{told}", document.display());
            // A picture of the document is that of the command.
            for name in ["size.svg", "sweep.svg", "compare.svg"] {
                let stem = document.file_stem().expect("it has a name").to_string_lossy();
                let kept = document.with_file_name(format!("{stem}-{name}"));
                let is_shown = is_first(&text, &arguments, name);
                if let (Ok(kept), Ok(drawn), true) =
                    (fs::read(kept), fs::read(folder.path().join(name)), is_shown)
                {
                    assert!(kept == drawn, "{}: {name} has changed", document.display());
                }
            }
        }
    }
    assert!(count >= 6, "{count} commands");
}

/// Whether a document's picture is drawn by this command: it is by the first that draws one of that name.
fn is_first(document: &str, arguments: &[&str], name: &str) -> bool {
    let verb = name.trim_end_matches(".svg");
    let first = examples(document).into_iter().find(|it| it.words[0] == verb);
    first.is_some_and(|it| it.words.iter().map(String::as_str).eq(arguments.iter().copied()))
}
