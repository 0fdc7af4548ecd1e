//! Warnings: what can be run, but is probably not meant.

use crate::common::{PLAIN, fine};

/// The warnings of a plain scenario with these lines behind it.
fn warnings(more: &str) -> String {
    let loaded = fine(&format!("{PLAIN}{more}"));
    assert_eq!(loaded.warnings.errors(), 0);
    loaded.warnings.to_string()
}

const REGIONS: &str = r#"
[regions]
latency = { a = { b = "1ms", c = "2ms" }, b = { c = "3ms" } }
"#;

const NEVER: &str = r#"
[[fault]]
crash = "g0"
when  = { event = "claimed" }
"#;

/// The same with these lines in [gateways].
fn of_gateways(more: &str) -> String {
    let text = PLAIN.replace("[gateways]\n", &format!("[gateways]\n{more}"));
    fine(&text).warnings.to_string()
}

#[test]
fn a_plain_scenario_has_none() {
    assert_eq!(warnings(""), "");
}

#[test]
fn an_ack_timeout_within_which_nobody_answers() {
    insta::assert_snapshot!(warnings("[chain]\nack_timeout = \"4ms\"\n"));
    assert_eq!(warnings("[chain]\nack_timeout = \"4.000001ms\"\n"), "");
    let slow = of_gateways("latency = \"90ms\"\ncpu = \"20ms\"\n");
    assert!(
        slow.contains("`ack_timeout` is 200ms, and the slowest neighbour answers after 200ms"),
        "{slow}"
    );
    let disk = "queue = \"disk\"\nlatency = \"90ms\"\ndisk = { exponential = \"21ms\" }\n";
    assert!(of_gateways(disk).contains("after 201ms"));
}

#[test]
fn an_ack_timeout_within_which_nobody_answers_by_way_of_the_processor() {
    let central = |timeout: &str| {
        let processor = "processor = { latency = \"3ms\", cpu = \"500us\" }";
        warnings(&format!(
            "[chain]\nacks = \"central\"\n{processor}\nack_timeout = \"{timeout}\"\n"
        ))
    };
    insta::assert_snapshot!(central("8.5ms"));
    assert_eq!(central("8.500001ms"), "");
    // With both, neighbours answer each other.
    assert_eq!(warnings("[chain]\nacks = \"both\"\nack_timeout = \"4.000001ms\"\n"), "");
}

#[test]
fn an_ack_timeout_within_which_the_bus_has_not_stored() {
    let with = |bus: &str, timeout: &str| {
        let strategy = PLAIN.replace("[gateways]", "strategy = \"replay\"\n\n[gateways]");
        let replay = format!("[replay]\nbus = {bus}\nack_timeout = \"{timeout}\"\n");
        fine(&format!("{strategy}{replay}")).warnings.to_string()
    };
    let one = "{ latency = \"3ms\", write = \"2ms\" }";
    assert!(with(one, "8ms").contains("the bus has stored a message after 8ms"));
    assert_eq!(with(one, "8.000001ms"), "");
    let three = "{ latency = \"3ms\", write = \"2ms\", replicas = 3 }";
    assert!(with(three, "16ms").contains("after 16ms"));
    assert_eq!(with(three, "16.000001ms"), "");
}

#[test]
fn what_never_happens() {
    let regions =
        PLAIN.replace("count = 5\n", "count = 2\nregions = [\"a\", \"b\", \"a\", \"c\"]\n");
    let single = PLAIN.replace("[gateways]", "strategy = \"single\"\n\n[gateways]");
    let all = [
        fine(&format!("{regions}{REGIONS}[chain]\nlength = 2\n")).warnings.to_string(),
        fine(&format!("{single}{NEVER}")).warnings.to_string(),
    ];
    insta::assert_snapshot!(all.join("\n"));
    assert_eq!(warnings(NEVER), "");
}

#[test]
fn keys_that_change_nothing() {
    let all = [
        of_gateways("disk = \"1ms\"\n"),
        of_gateways("buffer = \"64KiB\"\n"),
        warnings("[chain]\ndomains = [{ gateways = [\"g0\"], to = \"g1\", via = [] }]\n"),
        fine(&PLAIN.replace("[clients]\n", "[clients]\nreply_after = \"1s\"\n"))
            .warnings
            .to_string(),
    ];
    insta::assert_snapshot!(all.join("\n"));
}

#[test]
fn a_disk_that_is_never_written() {
    let said = of_gateways("disk = \"2ms\"\n");
    assert!(said.contains("gateways never write to their disks"), "{said}");
    assert_eq!(of_gateways("disk = \"2ms\"\nqueue = \"disk\"\n"), "");
    // Where a sweep varies where queues are, some of its points do.
    let text = PLAIN.replace("[gateways]\n", "[gateways]\ndisk = \"2ms\"\n");
    let sweep = "[sweep]\n\"gateways.queue\" = [\"memory\", \"disk\"]\n";
    assert_eq!(fine(&format!("{text}{sweep}")).warnings.to_string(), "");
}
