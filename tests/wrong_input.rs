//! What is wrong with a scenario, from outside: all of it at once, before anything runs.

use crate::common::{SMALL, ends, folder_with, names, penult, said};

#[test]
fn what_no_summary_has_is_found_before_the_run() {
    let folder = folder_with(&[("small.toml", SMALL)]);
    let wrong = [
        (r#"expect."latency.p98"="<= 1s""#, "did you mean `latency.p90`, `latency.p95` or"),
        (r#"expect."deliveries.lots"=0"#, "did you mean `deliveries.lost`"),
        (r#"expect."chain.speed"=0"#, "a path of summary.json"),
        (r#"expect."deliveries.lost"="<= 1s""#, "a plain number"),
        // Every share is less.
        (r#"expect."deliveries.loss_rate"="<= 5""#, r#"did you mean "<= 5%"?"#),
        (r#"expect."failover.availability"=99.5"#, r#"did you mean "== 99.5%"?"#),
        (r#"expect."deliveries.loss_rate"="<= 500""#, "or in percent, as in"),
    ];
    for (set, what) in wrong {
        for command in ["check", "run"] {
            let output = penult(folder.path(), &[command, "small.toml", "--set", set]);
            ends(&output, 2);
            assert!(said(&output).contains(what), "{command} {set}: {}", said(&output));
            assert!(said(&output).contains("command line"), "{}", said(&output));
            assert_eq!(names(folder.path()), ["small.toml"]);
        }
    }
    // All of them at once, beside what else can't be run.
    let unfit = r#"fault=[{ crash = "services", mtbf = "1min", mttr = "1s", together = 2 }]"#;
    let sets = ["--set", wrong[0].0, "--set", wrong[1].0, "--set", unfit];
    let output = penult(folder.path(), &[&["check", "small.toml"], &sets[..]].concat());
    assert_eq!(said(&output).matches("error").count(), 3, "{}", said(&output));
}

#[test]
fn an_unknown_path_is_said_beside_all_else_and_at_its_key() {
    let expect = "[chain]\nlenght = 2\n[expect]\n\"latency.p98\" = \"<= 1s\"\n";
    let folder = folder_with(&[("s.toml", &format!("{SMALL}{expect}"))]);
    for command in ["check", "run"] {
        let output = penult(folder.path(), &[command, "s.toml"]);
        ends(&output, 2);
        let said = said(&output);
        assert!(said.contains("did you mean `length`") && said.contains("s.toml:8:1"), "{said}");
        assert!(said.contains("s.toml:10:1\n"), "{said}");
        assert!(said.contains("^^^^^^^^^^^^^ did you mean `latency.p90`"), "{said}");
        assert_eq!(said.matches("error: ").count(), 2, "{said}");
    }
}

#[test]
fn check_tries_what_a_sweep_would_run() {
    let sweep = "[sweep]\n\"chain.length\" = [1, 9]\n";
    let folder = folder_with(&[("s.toml", &format!("{SMALL}{sweep}"))]);
    let output = penult(folder.path(), &["check", "s.toml"]);
    ends(&output, 2);
    let said_of = "`chain.length` = 9: a chain of 9 gateways, and there are 3";
    assert!(said(&output).contains(said_of), "{}", said(&output));
    assert!(said(&output).contains("s.toml:8:22"), "{}", said(&output));
    ends(&penult(folder.path(), &["check", "s.toml", "--set", "gateways.count=9"]), 0);
}

#[test]
fn what_is_wrong_for_several_is_told_once() {
    let other = SMALL.replace("count = 6", "count = 0");
    let folder = folder_with(&[("a.toml", SMALL), ("b.toml", &other), ("c.toml", SMALL)]);
    let files = ["a.toml", "b.toml", "c.toml"];
    let set = ["--set", "chain={ length = "];
    let rivals = ["a.toml", "--strategies", "single,chain,chain:lenght=2"];
    for (command, arguments, others) in [
        ("check", &files[..], "b.toml:5:22"),
        ("run", &files[..], "b.toml:5:22"),
        ("test", &files[..], "b.toml:5:22"),
        ("compare", &rivals[..], "did you mean `length`"),
    ] {
        let output = penult(folder.path(), &[&[command], arguments, &set].concat());
        ends(&output, 2);
        let said = said(&output);
        assert_eq!(said.matches("unclosed inline table").count(), 1, "{command}: {said}");
        assert_eq!(said.matches("error: ").count(), 2, "{command}: {said}");
        assert!(said.contains(others), "{command}: {said}");
        // Of each file there is a word.
        assert_eq!(said.contains("c.toml: can't be run either"), command == "check", "{said}");
    }
}
