//! `--set`: any path of the file, and what is said of those that are wrong.

use crate::common::{PLAIN, read_set};
use penult_scenarios::strategies::Chain;
use penult_scenarios::{Event, InMemory, Overrides, Scenario, Varying, When, read};
use penult_sim::Span;

/// The scenario with these set.
fn set(text: &str, sets: &[&str]) -> Scenario {
    read_set(text, sets).unwrap_or_else(|complaints| panic!("{sets:?}\n{complaints}")).scenario
}

/// What is said of these.
fn wrong(text: &str, sets: &[&str]) -> String {
    match read_set(text, sets) {
        Ok(_) => panic!("{sets:?} are fine"),
        Err(complaints) => complaints.to_string(),
    }
}

const FAULT: &str = "[[fault]]\nat = \"1s\"\ncrash = \"g0\"\n";

fn chain(scenario: &Scenario) -> &Chain {
    scenario.keys()
}

#[test]
fn a_key_is_set_whether_its_table_is_there_or_not() {
    assert_eq!(set(PLAIN, &["gateways.count=7"]).gateways.count, 7);
    assert_eq!(chain(&set(PLAIN, &["chain.length=4"])).length, 4);
    assert_eq!(set(PLAIN, &["strategy=single"]).strategy.word(), "single");
    assert_eq!(set(PLAIN, &["seed=12"]).seed, 12);
    assert_eq!(chain(&set(PLAIN, &["chain.resync.batch=5"])).resync.batch, 5);
    assert!(!set(PLAIN, &["directory.cache=false"]).directory.cache);
}

#[test]
fn a_text_needs_no_quotes_and_may_have_them() {
    let timeout = |value| chain(&set(PLAIN, &[&format!("chain.ack_timeout={value}")])).ack_timeout;
    assert_eq!(timeout("250ms"), Span::millis(250));
    assert_eq!(timeout("\"250ms\""), Span::millis(250));
    assert_eq!(timeout("'250ms'"), Span::millis(250));
    assert_eq!(set(PLAIN, &["title=What if"]).title, "What if");
    assert_eq!(set(PLAIN, &["title=a = b"]).title, "a = b");
}

#[test]
fn a_value_may_be_a_table_or_a_list() {
    let varying = set(PLAIN, &[r#"gateways.latency={ exponential = "5ms" }"#]).gateways.latency;
    assert_eq!(varying, Varying::Exponential(Span::millis(5)));
    let nested = set(PLAIN, &["gateways.latency.exponential=5ms"]);
    assert_eq!(nested.gateways.latency, Varying::Exponential(Span::millis(5)));
    let regions = r#"gateways.regions=["eu"]"#;
    assert_eq!(set(PLAIN, &[regions]).gateways.regions, ["eu"]);
}

#[test]
fn lists_are_counted_from_zero_and_can_grow() {
    let text = format!("{PLAIN}{FAULT}");
    let scenario = set(&text, &["fault.0.at=5s", "fault.1.at=6s", "fault.1.crash=g1"]);
    let at = |number: usize| match scenario.fault[number].when {
        When::Once { at, .. } => at.nanos() / 1_000_000_000,
        _ => panic!("{:?}", scenario.fault[number]),
    };
    assert_eq!((at(0), at(1), scenario.fault.len()), (5, 6, 2));
    let new = set(PLAIN, &["fault.0.crash=g1", "fault.0.when.event=stored"]);
    let When::Triggered { trigger, .. } = &new.fault[0].when else { panic!("{new:?}") };
    assert_eq!(trigger.event, Event::Stored);
}

#[test]
fn the_later_one_wins() {
    assert_eq!(set(PLAIN, &["gateways.count=7", "gateways.count=8"]).gateways.count, 8);
}

#[test]
fn a_quoted_key_may_have_dots() {
    let scenario =
        set(PLAIN, &[r#"expect."latency.p99"="<= 1s""#, r#"sweep."chain.length"=[1, 2]"#]);
    assert_eq!(scenario.expect.conditions[0].to_string(), "latency.p99 <= 1s");
    assert_eq!(scenario.sweep.axes[0].path, "chain.length");
}

#[test]
fn what_is_wrong_is_shown_as_it_was_typed() {
    let all = [
        "chain.length=x",
        "chain.lenght=2",
        "chain.length.of=2",
        "fault.3.at=1s",
        "gateways.count=2",
        "nonsense",
        "=5",
        "gateways..count=5",
        r#"expect={ "deliveries.lost" = 0, "deliveries.lost" = 1 }"#,
        "gateways.regions=[\"eu\", us]",
        "gateways.latency={ exponential = 5ms",
    ];
    let shown: Vec<String> = all.iter().map(|one| wrong(PLAIN, &[one])).collect();
    insta::assert_snapshot!(shown.join("\n"));
}

#[test]
fn what_was_typed_otherwise_is_shown_so() {
    let shown = |text: &str, typed| {
        let mut overrides = Overrides::none();
        overrides.add_typed(text, typed);
        let read = read("s.toml", PLAIN.as_bytes(), &overrides, &InMemory::default());
        read.expect_err(text).to_string()
    };
    let vary = ("--vary", Some("chain.lenght"), "1..3");
    let key = shown("sweep.\"chain.lenght\"=[1, 2, 3]", vary);
    let vary = ("--vary", Some("chain.length"), "x,2");
    let value = shown("sweep.\"chain.length\"=[\"x\", 2]", vary);
    let seed = shown("seed=99999999999999999999", ("--seed", None, "99999999999999999999"));
    insta::assert_snapshot!([key, value, seed].join("\n"));
}

#[test]
fn what_the_file_and_the_command_line_say_can_contradict() {
    let text = format!("{PLAIN}[chain]\nlength = 4\n");
    insta::assert_snapshot!(wrong(&text, &["gateways.count=3"]));
}

#[test]
fn a_broken_text_is_told_once() {
    for set in ["chain={ length = ", "chain={ length = 'a", "chain={ length", "sweep=[[1, 2"] {
        let said = wrong(PLAIN, &[set]);
        assert_eq!(said.matches("error: ").count(), 1, "{set}: {said}");
        assert!(said.contains("unclosed"), "{set}: {said}");
    }
    // Two that are broken, each at its place.
    let said = wrong(PLAIN, &["chain={ a = , b = 1 }", "gateways=[1"]);
    assert!(said.contains("this is no value") && said.contains("unclosed array"), "{said}");
}
