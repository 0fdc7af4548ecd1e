//! Files in which a thousand things are wrong: a hundred are shown, the others counted, and it takes no longer than
//! so many take.

use crate::common::{SMALL, cases, command, ends, folder_with, names, out, penult, said};

/// So many things in a row.
fn many(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

/// The small scenario, with so many things wrong in it.
type Broken = fn(usize) -> String;

/// A few ways to be wrong often.
const BROKEN: [(&str, Broken); 7] = [
    ("unknown keys", |count| format!("{}{SMALL}", many(count, |it| format!("key{it} = 1\n")))),
    ("misspelt keys", |count| {
        format!("{SMALL}{}", many(count, |_| "[[fault]]\ncrsh = \"g0\"\nat = \"1s\"\n".into()))
    }),
    ("nodes that are not there", |count| {
        format!("{SMALL}{}", many(count, |_| "[[fault]]\ncrash = \"g9\"\nat = \"1s\"\n".into()))
    }),
    ("regions that are not there", |count| {
        let one = |it| format!("[[fault]]\nregion = \"r{it}\"\nat = \"1s\"\n");
        format!("{SMALL}{}", many(count, one))
    }),
    ("a node again and again", |count| {
        let all = format!("\"g0\", {}", many(count, |_| "\"g0\", ".into()));
        format!("{SMALL}[[fault]]\nat = \"1s\"\ncrash = [{all}]\n")
    }),
    ("no such numbers", |count| {
        format!("{SMALL}[expect]\n{}", many(count, |it| format!("\"number{it}\" = 1\n")))
    }),
    ("no values", |count| format!("{SMALL}{}", many(count, |it| format!("key{it} =\n")))),
];

#[test]
fn a_hundred_are_shown_and_the_others_counted() {
    for (name, broken) in BROKEN {
        for (count, more) in [
            (100, ""),
            (101, "1 more error:"),
            (250, "150 more errors:"),
            (1500, "1400 more errors:"),
        ]
        .into_iter()
        // The many take long where nothing is optimized.
        .take(if cases(1) > 1 { 4 } else { 3 })
        {
            let folder = folder_with(&[("s.toml", &broken(count))]);
            let output = penult(folder.path(), &["check", "s.toml"]);
            ends(&output, 2);
            let said = said(&output);
            let all: Vec<&str> = said.lines().filter(|it| it.starts_with("error: ")).collect();
            let shown = if more.is_empty() { 100 } else { 101 };
            assert_eq!(all.len(), shown, "{name}, {count}: {said}");
            let last = all[shown - 1];
            assert!(last.contains(more), "{name}, {count}: {last}");
        }
    }
}

#[test]
fn those_that_stand_first_are_shown() {
    // A key of [chain] is read after those of the gateways, wherever they stand.
    let keys = |table: &str| many(300, |it| format!("{table}.key{it} = 1\n"));
    let text = format!("{}{}{SMALL}", keys("chain"), keys("single"))
        .replace("gateways = {", "gateways = { key = 1,");
    let folder = folder_with(&[("s.toml", &text)]);
    let said = said(&penult(folder.path(), &["check", "s.toml"]));
    for line in 1..=100 {
        assert!(said.contains(&format!("--> s.toml:{line}:7\n")), "{line}: {said}");
    }
    assert!(said.ends_with("error: 501 more errors: mend these first\n"), "{said}");
}

#[test]
fn whoever_reads_them_by_machine_is_told_too() {
    let (_, broken) = BROKEN[0];
    let folder = folder_with(&[("s.toml", &broken(1500))]);
    ends(&penult(folder.path(), &["run", "s.toml"]), 2);
    assert_eq!(names(folder.path()), ["s.toml"]);
    let output = penult(folder.path(), &["test", "s.toml", "--github", "--junit", "j.xml"]);
    ends(&output, 2);
    let annotations = out(&output);
    assert_eq!(annotations.matches("::error file=s.toml,line=").count(), 100);
    assert!(annotations.contains("1400 more errors"), "{annotations}");
    let junit = std::fs::read_to_string(folder.path().join("j.xml")).expect("it is there");
    assert!(junit.contains("(the first of 1500 errors)"), "{junit}");
    assert!(junit.contains("1400 more errors"), "{junit}");
}

#[test]
fn warnings_are_counted_too() {
    // Three gateways are dealt to the first three.
    let regions = many(1500, |it| format!("\"z{it}\", "));
    let text = SMALL.replace("{ count = 3 }", &format!("{{ count = 3, regions = [{regions}] }}"));
    let folder = folder_with(&[("s.toml", &text)]);
    let output = penult(folder.path(), &["check", "s.toml"]);
    ends(&output, 0);
    let said = said(&output);
    assert_eq!(said.matches("warning: no gateway is in").count(), 100);
    assert!(said.contains("warning: 1397 more warnings\n"), "{said}");
    assert!(out(&output).contains("with 1497 warnings"), "{}", out(&output));
}

/// One line that is longer than all that is shown, and two places that lie far apart.
#[test]
fn long_lines_and_long_ways_are_not_shown() {
    let keys = many(5000, |it| format!("key{it} = 1, "));
    let long = SMALL.replace("{ count = 3 }", &format!("{{ {keys} count = 3 }}"));
    let blank = "\n".repeat(20_000);
    let far = format!("{SMALL}{blank}[[fault]]\ncrash = \"g9\"\nat = \"1s\"\n");
    let folder = folder_with(&[("long.toml", &long), ("far.toml", &far)]);
    let output = penult(folder.path(), &["check", "long.toml"]);
    ends(&output, 2);
    assert!(said(&output).contains("--> long.toml:4:14\n"), "{}", said(&output));
    assert!(said(&output).contains("help: the keys here are"), "{}", said(&output));
    assert!(said(&output).len() < 50_000);
    let output = penult(folder.path(), &["check", "far.toml"]);
    ends(&output, 2);
    for there in
        ["--> far.toml:20008:9\n", "^^^^ there are g0 … g2", "far.toml:4:22\n", "so many gateways"]
    {
        assert!(said(&output).contains(there), "{there}: {}", said(&output));
    }
}

/// By the time of the processor: four times as many take some four times as long.
#[cfg(target_os = "linux")]
#[test]
fn the_time_they_take_grows_with_their_number_and_no_faster() {
    use crate::common::process::measured;
    for (name, broken) in BROKEN {
        // Where there is time, so many that nothing else counts.
        let few = 250 * cases(1).min(16) as usize;
        let [few, many] = [few, 4 * few].map(|count| {
            let folder = folder_with(&[("s.toml", &broken(count))]);
            let (output, took) = measured(command(folder.path(), &["check", "s.toml"]));
            ends(&output, 2);
            assert!(said(&output).contains(&format!("{} more errors", count - 100)), "{name}");
            took
        });
        // What is short is measured badly.
        assert!(many <= 8 * few.max(10), "{name}: {few} and {many} hundredths of a second");
    }
}
