//! `penult test` from outside: what it says of which line, JUnit's XML, GitHub's annotations, blessing, exit codes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::{command, ends, folder_with, out, penult, said, with_threads};
use roxmltree::{Document, Node};

const WORLD: &str = r#"title    = "Small"
duration = "5s"
gateways = { count = 3 }
clients  = { count = 6 }
workload = { kind = "poisson", rate = "1/s" }
"#;

/// The first of four messages arrives. Then c1 is away, and its host dies holding the three others.
const LOSSES: &str = r#"title    = "Losses"
duration = "20s"
strategy = "single"
gateways = { count = 2, latency = "2ms", queue = "memory" }
clients  = { count = 2, access = { latency = "20ms" } }
workload = { kind = "list" }
message  = [
  { at = "1s", from = "c0", to = ["c1"] },
  { at = "10s", from = "c0", to = ["c1"] },
  { at = "11s", from = "c0", to = ["c1"] },
  { at = "12s", from = "c0", to = ["c1"] },
]

[[fault]]
offline = "c1"
at      = "5s"

[[fault]]
crash = { host_of = "c1" }
at    = "12.4s"
"#;

fn expecting(what: &str) -> String {
    format!("{WORLD}\n[expect]\n{what}")
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).expect("it is there")
}

#[test]
fn what_is_met_is_not_talked_about() {
    let folder = folder_with(&[
        ("s/a.toml", &expecting("\"deliveries.lost\" = 0\n\"latency.p50\" = \">= 40ms\"\n")),
        ("s/deep/b.toml", WORLD),
        ("s/notes.txt", "no scenario"),
        ("s/.hidden.toml", "no scenario"),
        ("s/Cargo.toml", "no scenario"),
        ("s/wrong/.penultignore", ""),
        ("s/wrong/deep/c.toml", "no scenario"),
    ]);
    let output = penult(folder.path(), &["test", "s"]);
    ends(&output, 0);
    let expected = "2 scenarios, 1 of them run for the invariants only, all 2 expectations met\n";
    assert_eq!((out(&output).as_str(), said(&output).as_str()), (expected, ""));
    // Nothing is written unless asked for.
    assert!(!folder.path().join("out").exists());
    let output = penult(folder.path(), &["test", "s", "--quiet"]);
    ends(&output, 0);
    assert_eq!((out(&output), said(&output)), (String::new(), String::new()));
}

#[test]
fn what_is_not_met_is_said_with_its_line_and_its_cause() {
    let text =
        format!("{LOSSES}\n[expect]\n\"deliveries.delivered\" = 1\n\"deliveries.lost\" = 0\n");
    let folder = folder_with(&[("l.toml", &text)]);
    let output = penult(folder.path(), &["test", "l.toml"]);
    ends(&output, 1);
    let expected = "l.toml:24: deliveries.lost: expected 0, found 3; all 3 when g1 crashed at \
                    12.4s, see losses.csv\n  for its report: penult run l.toml --seed 1\n\
                    1 scenario, 1 of 2 expectations met, 1 not met\n";
    assert_eq!(out(&output), expected);
    let output = penult(folder.path(), &["test", "l.toml", "--quiet", "--out", "r"]);
    ends(&output, 1);
    assert!(out(&output).ends_with("see losses.csv\n  report in r/l\n"), "{}", out(&output));
    let losses = read(folder.path(), "r/l/losses.csv");
    assert_eq!(losses.matches(",crash,g1,").count(), 3, "{losses}");
}

#[test]
fn causes_are_told_of_what_did_not_arrive_and_of_who_had_no_host() {
    let expect = "\"deliveries.delivered\" = 4\n\"failover.rehosts\" = 7\n";
    let text = format!("{LOSSES}\n[expect]\n{expect}");
    let folder = folder_with(&[("l.toml", &text)]);
    let output = penult(folder.path(), &["test", "l.toml"]);
    ends(&output, 1);
    for line in [
        "deliveries.delivered: expected 4, found 1; 3 lost of 4 offered; of the lost all 3 when g1 \
         crashed at 12.4s, see losses.csv\n",
        "; 2 outages, the first offline of c1 at 5s and never came back, see failovers.csv\n",
    ] {
        assert!(out(&output).contains(line), "{line}: {}", out(&output));
    }
    // In a run that ends too early.
    let short = expecting("\"deliveries.stranded\" = 0\n\"deliveries.delivered\" = \">= 1000\"\n");
    let folder = folder_with(&[("s.toml", &short)]);
    let sets = ["--set", "drain=1ms", "--set", "workload.rate=20/s"];
    let output = penult(folder.path(), &[&["test", "s.toml"], &sets[..]].concat());
    ends(&output, 1);
    let stranded = "; under way still when the run ended at 5.001s, see timeline.csv\n";
    assert!(out(&output).contains(stranded), "{}", out(&output));
}

#[test]
fn every_unit_is_compared_in_its_own() {
    let expect = "\"latency.max\" = \"<= 43.9ms\"\n\"latency.min\" = \"> 1s\"\n\
                  \"deliveries.loss_rate\" = \">= 50%\"\n\"cost.bytes\" = \"<= 1KiB\"\n\
                  latency.p50 = 1\n\"failover.unhosted_s\" = \"!= 0s\"\n";
    let folder = folder_with(&[("u.toml", &expecting(expect))]);
    let output = penult(folder.path(), &["test", "u.toml"]);
    ends(&output, 1);
    for line in [
        "u.toml:8: latency.max: expected <= 43.9ms, found 44ms; the slowest, m",
        "u.toml:9: latency.min: expected > 1s, found 40ms\n",
        "u.toml:10: deliveries.loss_rate: expected >= 50%, found 0\n",
        "u.toml:11: cost.bytes: expected <= 1KiB, found ",
        "u.toml:12: latency.p50: expected 1ms, found 44ms; network is 100 % of the time of those that \
         took 41.94 ms and more, see latency.csv",
        "u.toml:13: failover.unhosted_s: expected != 0s, found 0s; no fault struck",
        "0 of 6 expectations met, 6 not met\n",
    ] {
        assert!(out(&output).contains(line), "{line}: {}", out(&output));
    }
}

#[test]
fn what_was_typed_is_told_as_it_was_typed() {
    let expect = "\"deliveries.loss_rate\" = \"> 0.20%\"\n\"cost.bytes\" = \"< 0.001MB\"\n\
                  \"latency.p99\" = \"> 1500ms\"\n\"failover.availability\" = \"<= 99.5%\"\n";
    let folder = folder_with(&[("t.toml", &expecting(expect))]);
    let output = penult(folder.path(), &["test", "t.toml"]);
    ends(&output, 1);
    for line in [
        "deliveries.loss_rate: expected > 0.20%, found 0\n",
        "cost.bytes: expected < 0.001MB, found ",
        "latency.p99: expected > 1500ms, found 44ms",
        // Beside a share what it is in percent.
        "failover.availability: expected <= 99.5%, found 1 (100 %)",
    ] {
        assert!(out(&output).contains(line), "{line}: {}", out(&output));
    }
    // What a run notes, too.
    let output = penult(folder.path(), &["run", "t.toml"]);
    for note in ["is 0, and > 0.20% is expected", "is 1 (100 %), and <= 99.5% is expected"] {
        assert!(said(&output).contains(note), "{note}: {}", said(&output));
    }
}

#[test]
fn without_a_sample_it_cant_be_told() {
    let folder = folder_with(&[
        ("none.toml", &expecting("\"resync.time.p50\" = \"<= 1s\"\n\"deliveries.lost\" = 0\n")),
        ("unmet.toml", &expecting("\"deliveries.lost\" = 1\n")),
    ]);
    let output = penult(folder.path(), &["test", "none.toml"]);
    ends(&output, 4);
    let line = "none.toml:8: resync.time.p50: there was no sample, so it can't be told\n";
    assert!(out(&output).starts_with(line), "{}", out(&output));
    assert!(out(&output).ends_with("1 of 2 expectations met, 1 can't be told\n"));
    // What is known not to be met weighs more.
    ends(&penult(folder.path(), &["test", "."]), 1);
}

#[test]
fn wrong_input_is_found_before_anything_runs() {
    let folder = folder_with(&[
        ("s/good.toml", &expecting("\"deliveries.lost\" = 0\n")),
        ("s/one.toml", &expecting("\"latency.p98\" = 1\n")),
        ("s/two.toml", &WORLD.replace("count = 3", "cuont = 3")),
    ]);
    let output = penult(folder.path(), &["test", "s", "--out", "o", "--junit", "j.xml", "--bless"]);
    ends(&output, 2);
    for what in ["s/one.toml:8", "did you mean `latency.p90`", "s/two.toml:3", "2 scenarios can't"]
    {
        assert!(said(&output).contains(what), "{what}: {}", said(&output));
    }
    assert_eq!(out(&output), "");
    assert!(!folder.path().join("o").exists());
    // Who reads JUnit's XML is told, too.
    let text = read(folder.path(), "j.xml");
    let document = Document::parse(&text).expect("it is XML");
    let errors: Vec<_> = document.descendants().filter(|node| node.has_tag_name("error")).collect();
    let files = |node: &Node<'_, '_>| {
        node.parent().and_then(|case| case.attribute("file")).unwrap().to_owned()
    };
    assert_eq!(errors.iter().map(files).collect::<Vec<_>>(), ["s/one.toml", "s/two.toml"]);
    assert_eq!(errors[1].parent().unwrap().attribute("line"), Some("3"));
    let message = errors[1].attribute("message").unwrap();
    assert!(message.contains("unknown key `cuont`") && message.contains("`count`"), "{message}");
    assert!(errors[1].text().unwrap().contains("s/two.toml:3:14"), "{text}");
    let skipped = document.descendants().filter(|node| node.has_tag_name("skipped"));
    assert_eq!(skipped.count(), 1, "{text}");
    assert_eq!(fs::read_dir(folder.path()).expect("it is there").count(), 2, "no half file");
    let wrong: [(&[&str], &str); 6] = [
        (&["none.toml"], "none.toml can't be read"),
        (&[], "Usage"),
        (&["s/good.toml", "--bless", "--seed", "7"], "cannot be used with"),
        (&["s/good.toml", "--junit", "s"], "a folder is in the way"),
        (
            &["s/good.toml", "--junit", "no/such/j.xml"],
            "no/such/j.xml: there is no folder no/such\n",
        ),
        (&["empty"], "no scenario is below it"),
    ];
    fs::create_dir(folder.path().join("empty")).expect("it can be made");
    for (arguments, what) in wrong {
        let output = penult(folder.path(), &[&["test"], arguments].concat());
        ends(&output, 2);
        assert!(said(&output).contains(what), "{what}: {}", said(&output));
    }
}

#[test]
fn a_run_without_end_is_told_and_the_others_still_count() {
    // The report of the first can't be written: a file stands where its folder should be.
    let text = expecting("\"deliveries.lost\" = 0\n");
    let folder = folder_with(&[("s/a.toml", &text), ("s/b.toml", &text), ("o/a", "mine")]);
    let output = penult(folder.path(), &["test", "s", "--out", "o"]);
    ends(&output, 5);
    assert!(said(&output).contains("the report can't be written"), "{}", said(&output));
    assert_eq!(out(&output), "2 scenarios, 1 expectation met, 1 came to no end\n");
    assert!(folder.path().join("o/b/summary.json").exists());
}

#[test]
fn the_order_is_that_of_names_however_many_run_at_once() {
    let slow = WORLD.replace("\"5s\"", "\"2000s\"");
    let unmet = "\n[expect]\n\"deliveries.lost\" = 1\n";
    let files: Vec<(String, String)> = (0..12)
        .map(|number| {
            // The first takes longest.
            let text = if number == 0 { &slow } else { WORLD };
            (format!("s/{number:02}.toml"), format!("{text}{unmet}"))
        })
        .collect();
    let files: Vec<(&str, &str)> =
        files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder_with(&files);
    let arguments = ["test", "s", "s/03.toml", "--github", "--junit", "j.xml"];
    let run = |threads: u32| {
        let output = with_threads(folder.path(), &arguments, threads);
        ends(&output, 1);
        (out(&output), read(folder.path(), "j.xml"))
    };
    let (one, several) = (run(1), run(4));
    assert_eq!(one, several);
    let lines: Vec<&str> = one.0.lines().filter(|line| line.starts_with("s/")).collect();
    assert_eq!(lines.len(), 12);
    assert!(lines.is_sorted(), "{lines:?}");
}

#[test]
fn reports_below_are_no_scenarios_and_names_do_not_collide() {
    let folder = folder_with(&[("s/a.toml", WORLD), ("s/deep/a.toml", WORLD), ("t/a.toml", WORLD)]);
    ends(&penult(folder.path(), &["test", "s", "--out", "s/out"]), 0);
    assert!(folder.path().join("s/out/a/summary.json").exists());
    assert!(folder.path().join("s/out/deep/a/summary.json").exists());
    let output = penult(folder.path(), &["test", "s"]);
    assert!(out(&output).starts_with("2 scenarios"), "{}", out(&output));
    let output = penult(folder.path(), &["test", "s", "t", "--out", "o"]);
    ends(&output, 2);
    assert!(said(&output).contains("would both go to o/a"), "{}", said(&output));
}

#[test]
fn set_strategy_and_seed_change_what_is_tested() {
    let folder = folder_with(&[("a.toml", &expecting("\"latency.max\" = \"<= 44ms\"\n"))]);
    ends(&penult(folder.path(), &["test", "a.toml"]), 0);
    let slow = ["test", "a.toml", "--set", "gateways.latency=50ms", "--seed", "9"];
    let output = penult(folder.path(), &slow);
    ends(&output, 1);
    let again = "penult run a.toml --set gateways.latency=50ms --seed 9";
    assert!(out(&output).contains(again), "{}", out(&output));
    // What the command line expects stands in no line of the file.
    let set = ["test", "a.toml", "--set", r#"expect."deliveries.lost"=1"#, "--github"];
    let output = penult(folder.path(), &set);
    ends(&output, 1);
    assert!(out(&output).contains("a.toml: deliveries.lost: expected 1"), "{}", out(&output));
    let annotation = "::error file=a.toml,title=deliveries.lost::expected 1, found 0\n";
    assert!(out(&output).contains(annotation), "{}", out(&output));
}

#[test]
fn junit_has_a_case_for_each_expectation() {
    let expect =
        "\"deliveries.lost\" = 0\n\"latency.max\" = \"<= 1ms\"\n\"resync.time.p50\" = \"< 1s\"\n";
    let folder = folder_with(&[("s/a&b.toml", &expecting(expect)), ("s/c.toml", WORLD)]);
    let run = || {
        ends(&penult(folder.path(), &["test", "s", "--junit", "j.xml"]), 1);
        read(folder.path(), "j.xml")
    };
    let text = run();
    assert_eq!(text, run());
    // Read by another's reader.
    let document = Document::parse(&text).expect("it is XML");
    let root = document.root_element();
    assert_eq!(root.tag_name().name(), "testsuites");
    let attribute = |node: &Node<'_, '_>, name: &str| node.attribute(name).map(str::to_owned);
    let counts = ["tests", "failures", "errors"].map(|name| attribute(&root, name).unwrap());
    assert_eq!(counts, ["5", "1", "1"]);
    let suites: Vec<Node<'_, '_>> = root.children().filter(Node::is_element).collect();
    assert_eq!(
        suites.iter().map(|it| attribute(it, "name").unwrap()).collect::<Vec<_>>(),
        ["s/a&b.toml", "s/c.toml"]
    );
    let cases: Vec<Node<'_, '_>> = suites[0].children().filter(Node::is_element).collect();
    let lines: Vec<_> = cases.iter().map(|case| attribute(case, "line")).collect();
    assert_eq!(lines, [None, Some("8".into()), Some("9".into()), Some("10".into())]);
    let trouble = |case: &Node<'_, '_>| {
        let trouble = case.children().find(Node::is_element)?;
        let message = attribute(&trouble, "message")?;
        Some((trouble.tag_name().name().to_owned(), message))
    };
    assert_eq!(cases.iter().filter_map(trouble).count(), 2);
    assert_eq!(attribute(&cases[2], "name").unwrap(), "latency.max <= 1ms");
    let (kind, message) = trouble(&cases[2]).expect("it failed");
    assert_eq!(kind, "failure");
    assert!(message.starts_with("expected <= 1ms, found 44ms; the slowest"), "{message}");
    assert_eq!(trouble(&cases[3]).expect("it can't be told").0, "error");
}

#[test]
fn annotations_name_the_line_of_the_expectation() {
    let text = "\"deliveries.lost\" = 0\n\n# late\n   latency.max    =   \"<= 1ms\"\n";
    let folder = folder_with(&[("s/a.toml", &expecting(text))]);
    // However it is named, GitHub is told the way from where the command runs.
    let whole = folder.path().canonicalize().expect("it is there").join("s");
    for path in ["s", "./s", whole.to_str().expect("words")] {
        let output = penult(&folder.path().canonicalize().unwrap(), &["test", path, "--github"]);
        ends(&output, 1);
        let annotation = "\n::error file=s/a.toml,line=11,col=23,title=latency.max::expected <= \
                          1ms, found 44ms; the slowest";
        assert!(out(&output).contains(annotation), "{}", out(&output));
        assert_eq!(out(&output).matches("::error").count(), 1);
    }
    fs::write(folder.path().join("s/b.toml"), WORLD.replace("count = 3", "cuont = 3")).unwrap();
    let output = penult(folder.path(), &["test", "s", "--github"]);
    ends(&output, 2);
    let annotation = "::error file=s/b.toml,line=3,col=14,title=this scenario can't be run::unknown \
                      key `cuont` in [gateways]: did you mean `count`?\n";
    assert!(out(&output).contains(annotation), "{}", out(&output));
}

#[test]
fn blessing_puts_the_fingerprint_in_and_leaves_the_rest() {
    let before = format!(
        "# A story.\r\n{}\r\n[expect]   # promises\r\n\"deliveries.lost\" = 0   # none\r\n\r\n# end",
        WORLD.replace('\n', "\r\n")
    );
    let bare = WORLD.trim_end();
    let broken = expecting("\"deliveries.lost\" = 1 # not so\n");
    let folder = folder_with(&[("s/a.toml", &before), ("s/b.toml", bare), ("s/c.toml", &broken)]);
    let output = penult(folder.path(), &["test", "s", "--bless"]);
    // What else is expected must be met: a wrong run is not blessed.
    ends(&output, 1);
    assert!(out(&output).contains("s/c.toml:8: deliveries.lost: expected 1"), "{}", out(&output));
    assert!(out(&output).contains("2 scenarios blessed\n"), "{}", out(&output));
    assert_eq!(read(folder.path(), "s/c.toml"), broken);
    ends(&penult(folder.path(), &["run", "s/b.toml", "--quiet", "--out", "o"]), 0);
    let summary: serde_json::Value =
        serde_json::from_str(&read(folder.path(), "o/summary.json")).expect("it is JSON");
    let fingerprint = summary["fingerprint"].as_str().expect("it has one");
    let line = format!("fingerprint       = \"{fingerprint}\"\r\n");
    let after = read(folder.path(), "s/a.toml");
    assert_eq!(after, before.replace("# none\r\n", &format!("# none\r\n{line}")));
    let after = read(folder.path(), "s/b.toml");
    assert_eq!(after, format!("{bare}\n\n[expect]\nfingerprint = \"{fingerprint}\"\n"));
    // Blessed, they are met, and blessed again they stay as they are.
    fs::remove_file(folder.path().join("s/c.toml")).unwrap();
    let output = penult(folder.path(), &["test", "s"]);
    ends(&output, 0);
    assert_eq!(out(&output), "2 scenarios, all 3 expectations met\n");
    let output = penult(folder.path(), &["test", "s", "--bless"]);
    assert_eq!(out(&output), "0 scenarios blessed\n2 scenarios, all 3 expectations met\n");
    // Another world is another run.
    let other = after.replace("1/s", "2/s");
    fs::write(folder.path().join("s/b.toml"), &other).unwrap();
    let output = penult(folder.path(), &["test", "s/b.toml"]);
    ends(&output, 1);
    let said = format!("s/b.toml:8: fingerprint: expected {fingerprint}, found ");
    assert!(out(&output).starts_with(&said), "{}", out(&output));
    ends(&penult(folder.path(), &["test", "s/b.toml", "--bless"]), 0);
    let now = read(folder.path(), "s/b.toml");
    assert_eq!(now.len(), other.len());
    assert!(
        !now.contains(fingerprint) && now.starts_with(&other[..other.find("fingerp").unwrap()])
    );
    ends(&penult(folder.path(), &["test", "s"]), 0);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_is_finished() {
    let long = format!("{}chain.hold = \"4000h\"\n", WORLD.replace("\"5s\"", "\"3000h\""));
    let folder =
        folder_with(&[("s/a.toml", &expecting("\"deliveries.lost\" = 0\n")), ("s/b.toml", &long)]);
    let mut command = command(folder.path(), &["test", "s", "--out", "o", "--junit", "j.xml"]);
    command.env("RAYON_NUM_THREADS", "2");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let (first, second) = (folder.path().join("o/a/summary.json"), folder.path().join("o/b"));
    while !first.exists() || !second.exists() {
        assert!(child.try_wait().expect("it can be asked").is_none(), "it ended too early");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(killed.expect("there is a kill").success());
    let output = child.wait_with_output().expect("it ends");
    ends(&output, 130);
    assert_eq!(out(&output), "2 scenarios, 1 expectation met, 1 interrupted\n");
    assert!(!second.exists());
    let text = read(folder.path(), "j.xml");
    let document = Document::parse(&text).expect("it is XML");
    let skipped = document.descendants().filter(|node| node.has_tag_name("skipped")).count();
    assert_eq!(skipped, 1, "{text}");
}
