//! Quantities that vary: every law is read, means what it says, and is written as it was.

use crate::common::{PLAIN, fine, read_set};
use penult_scenarios::{Bytes, InMemory, Overrides, Varying, read};
use penult_sim::{Distribution, Span};

/// The latency that these words make.
fn latency(text: &str) -> Varying<Span> {
    let text = PLAIN.replace("count = 5", &format!("count = 5\nlatency = {text}"));
    fine(&text).scenario.gateways.latency
}

#[test]
fn every_law_means_what_it_says() {
    let cases: [(&str, Distribution); 7] = [
        ("\"5ms\"", Distribution::constant(5e6).unwrap()),
        ("{ uniform = [\"1ms\", \"5ms\"] }", Distribution::uniform(1e6, 5e6).unwrap()),
        ("{ exponential = \"5ms\" }", Distribution::exponential(5e6).unwrap()),
        ("{ normal = { mean = \"5ms\", sd = \"1ms\" } }", Distribution::normal(5e6, 1e6).unwrap()),
        (
            "{ lognormal = { median = \"20ms\", p99 = \"80ms\" } }",
            Distribution::log_normal_median_p99(20e6, 80e6).unwrap(),
        ),
        ("{ pareto = { min = \"1ms\", shape = 2.5 } }", Distribution::pareto(1e6, 2.5).unwrap()),
        (
            "{ weibull = { scale = \"1h\", shape = 0.7 } }",
            Distribution::weibull(3.6e12, 0.7).unwrap(),
        ),
    ];
    for (text, expected) in cases {
        let varying = latency(text);
        assert_eq!(varying.distribution(), expected, "{text}");
        assert_eq!(varying.delay().mean(), Span::from_nanos_f64(expected.mean()), "{text}");
        assert_eq!(varying.as_constant().is_some(), text.starts_with('"'));
    }
}

#[test]
fn each_is_written_as_it_was() {
    for text in [
        "{ uniform = [\"1ms\", \"5ms\"] }",
        "{ lognormal = { median = \"20ms\", p99 = \"80ms\" } }",
        "{ pareto = { min = \"1.000001ms\", shape = 2.5 } }",
        "{ weibull = { scale = \"1h\", shape = 0.7 } }",
    ] {
        let scenario =
            fine(&PLAIN.replace("count = 5", &format!("count = 5\nlatency = {text}"))).scenario;
        assert!(scenario.to_toml().contains(&format!("latency = {text}\n")), "{text}");
    }
}

#[test]
fn a_constant_is_exact_where_a_float_is_not() {
    let long = latency("\"9007199.254740993s\"");
    assert_eq!(long.delay().as_constant(), Some(Span::nanos(9_007_199_254_740_993)));
}

/// The latency whose values are in a file.
fn from_file(content: &str) -> Result<Vec<f64>, String> {
    let text = PLAIN.replace("count = 5", "count = 5\nlatency = { empirical = \"rtt.csv\" }");
    let files = InMemory([("rtt.csv".into(), content.as_bytes().to_vec())].into());
    let read = read("scenario.toml", text.as_bytes(), &Overrides::none(), &files);
    let loaded = read.map_err(|complaints| complaints.to_string())?;
    match loaded.scenario.gateways.latency {
        Varying::Empirical(empirical) => Ok(empirical.values.to_vec()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_come_from_files_with_their_units() {
    assert_eq!(from_file("5ms\n2.5ms\n").unwrap(), [5e6, 2.5e6]);
    assert_eq!(from_file("rtt_ms\n5\n2.5\n").unwrap(), [5e6, 2.5e6]);
    assert_eq!(from_file("\u{feff}s\r\n# a remark\r\n\r\n1e-3\r\n").unwrap(), [1e6]);
    let without = from_file("5\n2.5\n").unwrap_err();
    assert!(without.contains("rtt.csv:1:1") && without.contains("needs a unit"), "{without}");
    let negative = from_file("ms\n5\n-1\n").unwrap_err();
    assert!(negative.contains("can't be negative"), "{negative}");
    assert!(from_file("ms\ninf\n").is_err());
    assert!(from_file("ms\nnan\n").is_err());
    assert!(from_file("1,2\n").is_err());
}

#[test]
fn a_number_of_any_size_is_written_as_it_was() {
    let factors =
        "[[fault]]\nat = \"1s\"\nslow = \"g0\"\nlatency = 1e300\nbandwidth = 1e-300\ncpu = 0.1\n";
    let scenario =
        fine(&format!("{PLAIN}recipients = {{ pareto = {{ min = 1, shape = 1e25 }} }}\n{factors}"));
    let written = scenario.scenario.to_toml();
    assert_eq!(fine(&written).scenario, scenario.scenario, "{written}");
}

#[test]
fn sizes_and_counts_may_vary_as_well() {
    let text = format!(
        "{PLAIN}recipients = {{ uniform = [1, 4] }}\nsize = {{ exponential = \"4KiB\" }}\n"
    );
    let workload = fine(&text).scenario.workload;
    assert_eq!(workload.size, Varying::Exponential(Bytes(4096)));
    assert!((workload.recipients.mean() - 2.5).abs() < 1e-12);
}

#[test]
fn what_would_never_be_positive_is_wrong() {
    for text in [
        "{ pareto = { min = \"0s\", shape = 1 } }",
        "{ weibull = { scale = \"1s\", shape = -1 } }",
        "{ lognormal = { median = \"0s\", p99 = \"1s\" } }",
        "{ normal = { mean = \"-1s\", sd = \"1s\" } }",
        "{ uniform = [\"1s\", \"1ms\"] }",
        "{ uniform = \"1s\" }",
        "{ exponential = 5 }",
    ] {
        let text = PLAIN.replace("count = 5", &format!("count = 5\nlatency = {text}"));
        let complaints = read_set(&text, &[]).expect_err(&text);
        assert_eq!(complaints.errors(), 1, "{complaints}");
    }
    // A mean of zero is allowed: it is always zero.
    assert_eq!(latency("{ exponential = \"0s\" }").delay().as_constant(), Some(Span::ZERO));
}
