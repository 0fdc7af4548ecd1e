//! `penult sweep`, from outside: what it writes, how it goes on, what it refuses.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::common::{
    SWEPT, command, ends, folder_with, longer_and_longer, parquet_rows, penult, said, with_threads,
};
use parquet::basic::ConvertedType;
use parquet::file::reader::{FileReader, SerializedFileReader};

fn with(text: &str) -> tempfile::TempDir {
    folder_with(&[("s.toml", text)])
}

/// Both tables.
fn tables(folder: &Path, out: &str) -> [String; 2] {
    ["runs.csv", "points.csv"]
        .map(|name| fs::read_to_string(folder.join(out).join(name)).expect("it is there"))
}

/// The same as Parquet.
fn frames(folder: &Path, out: &str) -> [Vec<u8>; 2] {
    ["runs.parquet", "points.parquet"]
        .map(|name| fs::read(folder.join(out).join(name)).expect("it is there"))
}

/// The rows of a Parquet file as they would stand in CSV, its header first, and the types of its columns.
fn frame(folder: &Path, out: &str, name: &str) -> (Vec<Vec<String>>, Vec<String>) {
    let path = folder.join(out).join(name);
    let file = fs::File::open(&path).expect("it is there");
    let reader = SerializedFileReader::new(file).expect("it is whole");
    let schema = reader.metadata().file_metadata().schema_descr_ptr();
    let columns = schema.columns().iter();
    let header = columns.clone().map(|column| column.name().to_owned()).collect();
    let types = columns.map(|column| {
        let base = match column.converted_type() {
            ConvertedType::NONE => column.physical_type().to_string(),
            means => means.to_string(),
        };
        if column.self_type().is_optional() { format!("{base} or null") } else { base }
    });
    let rows = parquet_rows(&path);
    (std::iter::once(header).chain(rows).collect(), types.collect())
}

/// The cells of a column.
fn column(table: &str, name: &str) -> Vec<String> {
    let mut lines = table.lines().map(|line| line.split(','));
    let at = lines.next().expect("it has a header").position(|it| it == name).expect(name);
    lines.map(|mut cells| cells.nth(at).expect("it has all cells").to_owned()).collect()
}

#[test]
fn a_row_for_each_run_and_each_point() {
    let folder = with(SWEPT);
    ends(&penult(folder.path(), &["sweep", "s.toml"]), 0);
    let [runs, points] = tables(folder.path(), "out/s-sweep");
    let lengths: Vec<String> =
        [1, 2, 3].iter().flat_map(|length| vec![length.to_string(); 6]).collect();
    assert_eq!(column(&runs, "chain.length"), lengths);
    assert_eq!(column(&runs, "gateways.latency")[2..5], ["1ms", "5ms", "5ms"]);
    assert_eq!(column(&points, "runs"), vec!["3"; 6]);
    // A point's mean is that of its rows.
    let packets: Vec<f64> =
        column(&runs, "cost.packets").iter().map(|it| it.parse().unwrap()).collect();
    let means: Vec<f64> =
        column(&points, "cost.packets").iter().map(|it| it.parse().unwrap()).collect();
    for (point, mean) in means.iter().enumerate() {
        let sum: f64 = packets[3 * point..3 * point + 3].iter().sum();
        assert!((sum / 3.0 - mean).abs() < 1e-9 * mean, "{point}");
    }
    assert!(means[0] < means[2] && means[2] < means[4], "a longer chain costs more: {means:?}");
    // A row is the run that `run` makes with its values and its seed.
    let (seed, fingerprint) = (&column(&runs, "seed")[17], &column(&runs, "fingerprint")[17]);
    let run = ["run", "s.toml", "--set", "chain.length=3", "--set", "gateways.latency=5ms"];
    let output = penult(folder.path(), &[&run[..], &["--seed", seed]].concat());
    ends(&output, 0);
    let summary = fs::read_to_string(folder.path().join("out/s/summary.json")).unwrap();
    assert!(summary.contains(fingerprint), "{summary}");
    let mut seeds = column(&runs, "seed");
    seeds.sort_unstable();
    seeds.dedup();
    assert_eq!(seeds.len(), 18);
}

#[test]
fn frames_have_the_cells_of_the_tables_and_types() {
    // A number, a word, what is one in one point and the other in the next, and a truth.
    let axes = "\"gateways.latency\" = [\"1ms\", \"5ms\"]\n\"workload.recipients\" = [1, \
                { uniform = [1, 3] }]\n\"chain.shared_segments\" = [true, false]\n\
                \"clients.send_backoff\" = [1, 1.5, 2]\n\
                zip = [[\"chain.length\", \"clients.send_backoff\"], [\"gateways.latency\", \
                \"workload.recipients\", \"chain.shared_segments\"]]";
    // In some runs nothing fails, and one run has no interval: cells are empty.
    let text = SWEPT.replace("\"4s\"", "\"20s\"").replace("= 3\n", "= 1\n");
    let folder = with(&text.replace("\"gateways.latency\" = [\"1ms\", \"5ms\"]", axes));
    ends(&penult(folder.path(), &["sweep", "s.toml"]), 0);
    for table in ["runs", "points"] {
        let path = folder.path().join(format!("out/s-sweep/{table}.csv"));
        let mut csv = csv::ReaderBuilder::new().has_headers(false).from_path(path).expect("csv");
        let wanted: Vec<Vec<String>> = csv
            .records()
            .map(|row| row.expect("a row").iter().map(str::to_owned).collect())
            .collect();
        let (rows, types) = frame(folder.path(), "out/s-sweep", &format!("{table}.parquet"));
        assert_eq!(rows.len(), 7);
        assert_eq!(rows, wanted);
        let is_missing = rows.iter().flatten().filter(|cell| cell.is_empty()).count();
        assert!(is_missing > 0, "{table}");
        let of = |name: &str| types[rows[0].iter().position(|it| it == name).expect(name)].as_str();
        assert_eq!(of("chain.length"), "INT_64");
        assert_eq!(of("gateways.latency"), "UTF8");
        assert_eq!(of("workload.recipients"), "UTF8");
        assert_eq!(of("chain.shared_segments"), "BOOLEAN");
        assert_eq!(of("clients.send_backoff"), "DOUBLE or null");
        assert_eq!(of("latency.p99"), "DOUBLE or null");
        if table == "runs" {
            assert_eq!(of("deliveries.lost"), "INT_64");
            assert_eq!(of("seed"), "UINT_64");
            assert_eq!(of("fingerprint"), "UTF8");
        } else {
            assert_eq!(of("deliveries.lost"), "DOUBLE or null");
        }
    }
}

#[cfg(unix)]
#[test]
fn one_sweep_at_a_time() {
    let done = longer_and_longer().any(|text| is_one_at_a_time(&text));
    assert!(done, "it was over each time before it was met");
}

/// Whether it was met before its end.
#[cfg(unix)]
fn is_one_at_a_time(text: &str) -> bool {
    let folder = with(text);
    let sweep = ["sweep", "s.toml", "--out", "both"];
    let mut first = command(folder.path(), &sweep);
    let mut first = first.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
    let journal = folder.path().join("both/journal.jsonl");
    while fs::read_to_string(&journal).map_or(0, |text| text.lines().count()) < 10 {
        if first.try_wait().expect("it is ours").is_some() {
            return false;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    // So that it ends neither before the second nor beside it.
    let stop = Command::new("kill").args(["-STOP", &first.id().to_string()]).status();
    assert!(stop.expect("there is kill").success());
    if first.try_wait().expect("it is ours").is_some() {
        return false;
    }
    let before = fs::read(&journal).expect("it is there");
    for more in [&[][..], &["--fresh"]] {
        let output = penult(folder.path(), &[&sweep[..], more].concat());
        ends(&output, 2);
        let what = said(&output);
        assert!(what.contains("another sweep is writing to both"), "{what}");
        // A line that was under way when it was stopped may follow.
        assert!(fs::read(&journal).expect("it is there").starts_with(&before));
    }
    // Elsewhere there is room.
    ends(&penult(folder.path(), &["sweep", "s.toml", "--out", "else", "--replications", "1"]), 0);
    // Who is killed holds nothing.
    first.kill().expect("it is ours");
    first.wait().expect("it is ours");
    let output = penult(folder.path(), &sweep);
    ends(&output, 0);
    assert!(said(&output).contains("of 120 runs are there already"), "{}", said(&output));
    ends(&penult(folder.path(), &["sweep", "s.toml", "--out", "alone"]), 0);
    assert!(tables(folder.path(), "both") == tables(folder.path(), "alone"));
    true
}

#[test]
fn killed_in_the_middle_it_goes_on_to_the_same_bytes() {
    let done = longer_and_longer().any(|text| goes_on_to_the_same_bytes(&text));
    assert!(done, "it was over each time before it was killed");
}

/// Whether it was killed before its end.
fn goes_on_to_the_same_bytes(text: &str) -> bool {
    let folder = with(text);
    let journal = folder.path().join("cut/journal.jsonl");
    let lines = || fs::read_to_string(&journal).map_or(0, |text| text.lines().count());
    let mut kills = 0;
    for after in [10, 50] {
        let mut child = command(folder.path(), &["sweep", "s.toml", "--out", "cut"]);
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("it runs");
        while lines() < after && child.try_wait().expect("it is ours").is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().expect("it is ours");
        child.wait().expect("it is ours");
        kills += usize::from(lines() < 121);
    }
    if kills < 2 {
        return false;
    }
    assert!(!folder.path().join("cut/runs.csv").exists());
    let output = penult(folder.path(), &["sweep", "s.toml", "--out", "cut"]);
    ends(&output, 0);
    assert!(said(&output).contains("of 120 runs are there already"), "{}", said(&output));
    ends(&penult(folder.path(), &["sweep", "s.toml", "--out", "whole"]), 0);
    let wanted = tables(folder.path(), "whole");
    assert!(tables(folder.path(), "cut") == wanted);
    let wanted_frames = frames(folder.path(), "whole");
    assert!(frames(folder.path(), "cut") == wanted_frames);
    // On one core the same.
    ends(&with_threads(folder.path(), &["sweep", "s.toml", "--out", "one"], 1), 0);
    assert!(tables(folder.path(), "one") == wanted);
    assert!(frames(folder.path(), "one") == wanted_frames);
    true
}

#[test]
fn more_replications_go_on_and_fewer_are_the_first_of_them() {
    let folder = with(SWEPT);
    let sweep = |out: &str, replications: &str| {
        let arguments = ["sweep", "s.toml", "--out", out, "--replications", replications];
        let output = penult(folder.path(), &arguments);
        ends(&output, 0);
        said(&output)
    };
    sweep("a", "2");
    let two = tables(folder.path(), "a");
    assert!(sweep("a", "4").contains("12 of 24 runs are there already"));
    sweep("b", "4");
    assert!(tables(folder.path(), "a") == tables(folder.path(), "b"));
    sweep("a", "2");
    assert!(tables(folder.path(), "a") == two);
}

#[test]
fn a_changed_scenario_is_refused_unless_fresh() {
    let folder = with(SWEPT);
    ends(&penult(folder.path(), &["sweep", "s.toml"]), 0);
    let before = tables(folder.path(), "out/s-sweep");
    // A comment changes nothing.
    fs::write(folder.path().join("s.toml"), format!("# why\n{SWEPT}")).unwrap();
    let output = penult(folder.path(), &["sweep", "s.toml"]);
    ends(&output, 0);
    assert!(said(&output).contains("18 of 18 runs are there already"), "{}", said(&output));
    fs::write(folder.path().join("s.toml"), SWEPT.replace("\"4s\"", "\"3s\"")).unwrap();
    let output = penult(folder.path(), &["sweep", "s.toml"]);
    ends(&output, 2);
    let what = said(&output);
    assert!(what.contains("4s") && what.contains("3s") && what.contains("--fresh"), "{what}");
    assert!(tables(folder.path(), "out/s-sweep") == before);
    ends(&penult(folder.path(), &["sweep", "s.toml", "--seed", "2"]), 2);
    ends(&penult(folder.path(), &["sweep", "s.toml", "--fresh"]), 0);
    assert!(tables(folder.path(), "out/s-sweep") != before);
}

#[test]
fn a_file_that_an_axis_names_is_part_of_the_sweep() {
    let text = SWEPT.replace(
        "\"gateways.latency\" = [\"1ms\", \"5ms\"]",
        "\"gateways.latency\" = [{ empirical = \"a.csv\" }, \"5ms\"]",
    );
    let folder = with(&text);
    fs::write(folder.path().join("a.csv"), "ms\n1\n2\n").unwrap();
    ends(&penult(folder.path(), &["sweep", "s.toml"]), 0);
    ends(&penult(folder.path(), &["sweep", "s.toml"]), 0);
    fs::write(folder.path().join("a.csv"), "ms\n1\n3\n").unwrap();
    let output = penult(folder.path(), &["sweep", "s.toml"]);
    ends(&output, 2);
    assert!(said(&output).contains("a.csv"), "{}", said(&output));
}

#[test]
fn a_point_that_fails_is_told_and_the_others_go_on() {
    // Each value by itself is right; four gateways hold no chain of five.
    let text = SWEPT
        .replace("count = 4", "count = 6")
        .replace("[1, 2, 3]", "[1, 2, 5]")
        .replace("\"gateways.latency\" = [\"1ms\", \"5ms\"]", "\"gateways.count\" = [4, 6]");
    let folder = with(&text);
    let output = penult(folder.path(), &["sweep", "s.toml"]);
    ends(&output, 5);
    let what = said(&output);
    assert!(what.contains("point 4 (chain.length = 5, gateways.count = 4)"), "{what}");
    assert!(what.contains("15 of 18 runs are finished"), "{what}");
    let [runs, points] = tables(folder.path(), "out/s-sweep");
    assert_eq!(column(&runs, "gateways.count")[12..], ["6"; 3]);
    assert_eq!(column(&points, "point"), ["0", "1", "2", "3", "5"]);
}

#[test]
fn a_sweep_varies_something_and_not_the_seed() {
    let folder = with(SWEPT.split("[sweep]").next().unwrap());
    let output = penult(folder.path(), &["sweep", "s.toml"]);
    ends(&output, 2);
    assert!(said(&output).contains("--vary chain.length=1..3"), "{}", said(&output));
    let folder = with(&SWEPT.replace("[sweep]\n", "[sweep]\nseed = [1, 2]\n"));
    let output = penult(folder.path(), &["sweep", "s.toml"]);
    ends(&output, 2);
    assert!(said(&output).contains("replications"), "{}", said(&output));
    assert!(!folder.path().join("out").exists());
}

#[test]
fn strategies_can_be_an_axis() {
    let axis = "\"strategy\" = [\"single\", \"chain\"]";
    let text = SWEPT.replace("\"gateways.latency\" = [\"1ms\", \"5ms\"]", axis);
    let folder = with(&text);
    ends(&penult(folder.path(), &["sweep", "s.toml"]), 0);
    let [runs, _] = tables(folder.path(), "out/s-sweep");
    assert_eq!(column(&runs, "strategy")[2..5], ["single", "chain", "chain"]);
    let header = runs.lines().next().unwrap();
    assert_eq!(header.split(',').filter(|&it| it == "strategy").count(), 1);
}

#[test]
fn doubtful_runs_are_told() {
    // More than the gateways can do: latency grows as long as it goes on, and much is under way at the end.
    let text = SWEPT
        .split("[[fault]]")
        .next()
        .unwrap()
        .replace("count = 4", "count = 2, cpu = \"20ms\"")
        .replace("1/s", "20/s")
        .replace("\"5s\"", "\"10s\"\ndrain = \"1s\"");
    let folder = with(&format!("{text}[sweep]\n\"clients.count\" = [2, 12]\nreplications = 2\n"));
    let length = ["--set", "chain.length=2"];
    let output = penult(folder.path(), &[&["sweep", "s.toml"][..], &length].concat());
    ends(&output, 0);
    let what = said(&output);
    assert!(what.contains("of 4 runs latency had not settled"), "{what}");
    assert!(what.contains("of 4 runs deliveries are stranded"), "{what}");
    let run = |more: &[&str]| {
        let output = penult(folder.path(), &[&["run", "s.toml"][..], &length, more].concat());
        ends(&output, 0);
        said(&output)
    };
    let what = run(&["--set", "clients.count=12"]);
    assert!(what.contains("by MSER-5") && what.contains("a longer `drain`"), "{what}");
    let what = run(&["--set", "clients.count=2"]);
    assert!(!what.contains("MSER") && !what.contains("`drain`"), "{what}");
    assert!(!run(&["--set", "clients.count=12", "--quiet"]).contains("note"));
}

#[test]
fn what_is_varied_and_shown_may_be_asked_for() {
    let folder = with(SWEPT);
    let run = |arguments: &[&str], code| {
        let output = penult(folder.path(), &[&["sweep", "s.toml"], arguments].concat());
        ends(&output, code);
        (String::from_utf8(output.stdout.clone()).expect("words"), said(&output))
    };
    // In place of [sweep]; texts need no quotes, and what is TOML is taken so.
    let varied =
        ["--vary", "chain.length=2..3", "--vary", "gateways.latency=1ms,{ exponential = \"2ms\" }"];
    let shown = ["--show", "detection.p50,cost.packets", "--out", "out/shown"];
    let (told, _) = run(&[&varied[..], &shown].concat(), 0);
    let head: Vec<&str> = told.lines().next().expect("it has a head").split_whitespace().collect();
    let wanted =
        ["chain.length", "gateways.latency", "runs", "failover.detection.p50", "cost.packets"];
    assert_eq!(head, wanted);
    let [runs, points] = tables(folder.path(), "out/shown");
    assert_eq!(column(&runs, "chain.length"), ["2", "2", "3", "3"]);
    assert_eq!(column(&points, "gateways.latency")[0], "1ms");
    // What is printed is the mean of the table, and says that it has no interval; below stands where the rest is.
    let last: Vec<&str> = told.lines().nth(4).expect("it has points").split_whitespace().collect();
    let packets: f64 = column(&points, "cost.packets").last().unwrap().parse().unwrap();
    assert_eq!(last[last.len() - 2].replace(',', ""), packets.to_string());
    assert_eq!(*last.last().unwrap(), "±?");
    assert!(told.lines().last().unwrap().contains("points.csv has all numbers"), "{told}");
    let svg = fs::read_to_string(folder.path().join("out/shown/sweep.svg")).expect("it is drawn");
    for words in
        ["failover.detection.p50, ms", "cost.packets", "chain.length", "gateways.latency = 1ms"]
    {
        assert!(svg.contains(words), "{words}");
    }
    for (arguments, what) in [
        (["--show", "latency.p98"], "the summary has no such number"),
        (["--show", "fingerprint"], "it is no number"),
        (["--show", "p50"], "name one"),
        (["--vary", "chain.lenght=1,2"], "did you mean"),
        (["--vary", "chain.lenght=1..3"], "\n1 | --vary chain.lenght=1..3\n"),
        (["--vary", "chain.length"], "is not a key and its values"),
    ] {
        let (_, said) = run(&[&arguments[..], &["--out", "out/wrong"]].concat(), 2);
        assert!(said.contains(what), "{what}: {said}");
    }
    let wrong = ["--vary", "chain.length", "--vary", "clients.count=1,,2", "--out", "out/wrong"];
    let (_, said) = run(&wrong, 2);
    assert!(said.contains("is not a key") && said.contains("value that is empty"), "{said}");
    let wrong = ["--vary", "chain.lenght=1,2", "--show", "latency.p98", "--out", "out/wrong"];
    let (_, said) = run(&wrong, 2);
    assert!(said.contains("did you mean `length`") && said.contains("no such number"), "{said}");
    assert!(!folder.path().join("out/wrong").exists());
}

/// A scenario that can't be run as it stands, and sweeps: what it has after its clients, values that are all right,
/// values of which one is, and some beside which it stays wrong; and what is wrong.
const REPLACED: [[&str; 5]; 4] = [
    [
        r#"workload = { kind = "poisson", rate = "1/s", size = "3GiB" }"#,
        r#""workload.size" = ["1KiB"]"#,
        r#""workload.size" = ["1KiB", "4GiB"]"#,
        r#""chain.length" = [2]"#,
        "a message of 2 GiB or more",
    ],
    [
        "workload = { kind = \"poisson\", rate = \"1/s\" }\nchain = { queues = \"split\", repair = \"replace\" }",
        r#""chain.queues" = ["both"]"#,
        r#""chain.repair" = ["none", "replace"]"#,
        r#""chain.length" = [2]"#,
        "a dead gateway is not replaced",
    ],
    [
        "workload = { kind = \"poisson\", rate = \"1/s\" }\nchain.length = 9",
        r#""chain.length" = [3, 4]"#,
        r#""gateways.count" = [5, 9]"#,
        r#""chain.length" = [8, 7]"#,
        "a chain of",
    ],
    [
        "workload = { kind = \"poisson\", rate = \"1/s\" }\nfault = [{ at = \"1s\", crash = \"g4\" }]",
        r#""gateways.count" = [5]"#,
        r#""gateways.count" = [4, 5]"#,
        r#""chain.length" = [2]"#,
        "there is no gateway g4",
    ],
];

#[test]
fn what_an_axis_replaces_may_be_wrong_by_itself() {
    for [keys, right, mixed, wrong, what] in REPLACED {
        let top = "title = \"Base\"\nduration = \"2s\"\ngateways.count = 4\nclients.count = 6";
        let folder = with("");
        let write = |sweep: &str| {
            let text = format!("{top}\n{keys}\n[sweep]\nreplications = 1\n{sweep}\n");
            fs::write(folder.path().join("s.toml"), text).expect("it can be written");
        };
        let ended = |command: &str, code: i32| {
            let output = penult(folder.path(), &[command, "s.toml"]);
            ends(&output, code);
            said(&output)
        };
        write(right);
        let note = ended("check", 0);
        assert!(note.contains("runs as a sweep only") && note.contains(what), "{note}");
        ended("sweep", 0);
        // As it stands, nothing runs it.
        assert!(ended("run", 2).contains(what));
        // A point that fails is told, and the others are run.
        write(mixed);
        assert!(ended("check", 2).contains(what));
        fs::remove_dir_all(folder.path().join("out")).expect("it is there");
        let said = ended("sweep", 5);
        assert!(said.contains(what) && said.contains("1 of 2 runs are finished"), "{said}");
        // With no value it is right.
        write(wrong);
        fs::remove_dir_all(folder.path().join("out")).expect("it is there");
        for command in ["check", "sweep"] {
            assert!(ended(command, 2).contains(what));
        }
        assert!(!folder.path().join("out").exists());
    }
}
