//! Scenarios that are right: every one is read, and what is written reads as the same.

use std::path::Path;

use crate::common::{PLAIN, fine, folder, read_in, read_set, scenarios};
use penult_models::ServiceName;
use penult_scenarios::strategies::Chain;
use penult_scenarios::{
    Client, Direction, Folder, Gateway, Kind, NodeName, Overrides, Placement, Shape, To, Varying,
    What, When, Who, load, read, template,
};
use penult_sim::{Span, Time};

#[test]
fn what_is_written_reads_as_the_same() {
    let mut texts = scenarios("good");
    texts.push(("template.toml".into(), template().into()));
    for (name, text) in texts {
        let loaded =
            read_in("good", &text).unwrap_or_else(|complaints| panic!("{name}:\n{complaints}"));
        let written = loaded.scenario.to_toml();
        let again = read_in("good", &written)
            .unwrap_or_else(|complaints| panic!("{name}, written:\n{complaints}\n{written}"));
        assert_eq!(loaded.scenario, again.scenario, "{name}:\n{written}");
        assert_eq!(written, again.scenario.to_toml(), "{name}");
        assert_eq!(loaded.files, again.files, "{name}");
    }
}

#[test]
fn every_key_of_the_file_is_in_what_is_written() {
    let path = folder("good").join("everything.toml");
    let loaded =
        load(&path, &Overrides::none()).unwrap_or_else(|complaints| panic!("{complaints}"));
    let settings = {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(folder("good"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings
    };
    settings.bind(|| insta::assert_snapshot!("everything-written", loaded.scenario.to_toml()));
}

#[test]
fn files_are_named_with_their_hash_and_can_be_renamed() {
    let (_, text) = scenarios("good").into_iter().find(|(name, _)| name == "map.toml").unwrap();
    let loaded = read_in("good", &text).unwrap();
    let names: Vec<&str> = loaded.files.iter().map(|file| file.path.as_str()).collect();
    assert_eq!(names, ["edges.txt", "maps/net.graphml", "regions.csv"]);
    let written = loaded.scenario.to_toml_with(&|name| format!("../{name}"));
    for file in &loaded.files {
        assert_eq!(file.sha256.len(), 64);
        let line = written.lines().find(|line| line.contains(&file.path)).unwrap();
        assert!(line.contains(&format!("\"../{}\"", file.path)), "{line}");
        assert!(line.ends_with(&format!("# sha256 {}", file.sha256)), "{line}");
    }
    let Shape::Map(map) = &loaded.scenario.gateways.shape else { panic!("not a map") };
    assert_eq!(map.topology.links[0].latency, Some(Span::millis(3)));
    assert_eq!(map.topology.links[1].latency, Some(Span::millis(4)));
    let regions = loaded.scenario.regions.as_ref().unwrap();
    assert_eq!(regions.between("us", "eu"), Some(Varying::Constant(Span::millis(40))));
    let said = loaded.assumed.join("\n");
    for what in
        ["round trips", "messages to oneself", "after `duration` are left out", "at the start"]
    {
        assert!(said.contains(what), "{what}:\n{said}");
    }
    let Kind::Recorded(recorded) = &loaded.scenario.workload.kind else { panic!("not recorded") };
    let sent: Vec<_> = recorded.messages.iter().map(|it| (it.at, it.from.0, it.to[0].0)).collect();
    let second = |n| Time::ZERO + Span::secs(n);
    assert_eq!(sent, [(second(0), 0, 1), (second(2), 1, 0), (second(5), 2, 0)]);
}

#[test]
fn defaults_are_those_of_the_design() {
    let scenario = fine(PLAIN).scenario;
    assert_eq!(scenario.seed, 1);
    assert_eq!(scenario.drain, Span::secs(30));
    assert_eq!(scenario.gateways.shape, Shape::Plain(penult_sim::Shape::Full));
    let clients = &scenario.clients;
    assert_eq!(clients.placement, Placement::RoundRobin);
    assert_eq!((clients.keepalive, clients.send_timeout), (Span::secs(10), Span::secs(2)));
    assert_eq!((clients.send_attempts, clients.send_backoff), (10, 2.0));
    assert_eq!(clients.reconnect, Span::millis(500));
    assert!(scenario.directory.cache && clients.offline.is_none());
    assert_eq!(scenario.directory.latency, Varying::Constant(Span::ZERO));
    assert_eq!(scenario.store.latency, Varying::Constant(Span::millis(1)));
    let chain: &Chain = scenario.keys();
    assert_eq!((chain.length, chain.accept_after, chain.attempts), (3, 1, 2));
    assert_eq!((chain.ack_timeout, chain.probe), (Span::millis(200), Span::secs(1)));
    assert_eq!((chain.hold, chain.resync.batch), (Span::secs(86_400), 64));
    assert_eq!(Chain::default(), *chain);
    assert_eq!(scenario.workload.to, To::Uniform);
    assert!(scenario.fault.is_empty() && scenario.sweep.axes.is_empty());
}

#[test]
fn a_fault_says_what_and_when() {
    let (_, text) =
        scenarios("good").into_iter().find(|(name, _)| name == "everything.toml").unwrap();
    let faults = read_in("good", &text).unwrap().scenario.fault;
    let directory = NodeName::Service(ServiceName::only("directory"));
    let What::Crash { who, .. } = &faults[0].what else { panic!("{:?}", faults[0]) };
    assert_eq!(*who, Who::Nodes(vec![NodeName::Gateway(Gateway(4)), directory]));
    assert_eq!(
        faults[0].when,
        When::Once { at: Time::ZERO + Span::secs(10), lasts: Some(Span::secs(15)) }
    );
    let When::Process(process) = &faults[1].when else { panic!("{:?}", faults[1]) };
    assert_eq!(process.together, Some(2));
    let What::Link { ends, direction } = faults[3].what else { panic!("{:?}", faults[3]) };
    assert_eq!(ends, (NodeName::Gateway(Gateway(0)), NodeName::Client(Client(7))));
    assert_eq!(direction, Direction::Forward);
    let What::Slow { slow, .. } = &faults[5].what else { panic!("{:?}", faults[5]) };
    assert!((slow.gray().latency - 10.0).abs() < 1e-12 && (slow.gray().cpu - 1.0).abs() < 1e-12);
    // A plain mtbf is a mean.
    let When::Process(process) = &faults[6].when else { panic!("{:?}", faults[6]) };
    assert_eq!(process.mtbf, Varying::Exponential(Span::secs(600)));
    let When::Recorded(recorded) = &faults[8].when else { panic!("{:?}", faults[8]) };
    let names: Vec<String> = recorded.struck.iter().map(|it| it.node.to_string()).collect();
    assert_eq!(names, ["g0", "g1", "g0"]);
    assert_eq!(recorded.struck[1].up, None);
    let When::Triggered { trigger, after, .. } = &faults[10].when else {
        panic!("{:?}", faults[10])
    };
    assert_eq!((trigger.nth, *after), (2, Span::millis(1)));
}

#[test]
fn the_points_of_a_sweep_are_a_product_of_what_goes_together() {
    let sweep = r#"
        [sweep]
        "chain.length" = [1, 2]
        clients.count = [10, 20]
        "chain.ack_timeout" = { from = "0.1s", to = "0.3s", steps = 3 }
        zip = [["clients.count", "chain.length"]]
        replications = 7
    "#;
    let sweep = fine(&format!("{PLAIN}{sweep}")).scenario.sweep;
    assert_eq!(sweep.replications, 7);
    let shown = |point: &Vec<(&str, &toml::Value)>| {
        let values = point.iter().map(|(path, value)| format!("{path}={value}"));
        values.collect::<Vec<_>>().join(" ")
    };
    let points: Vec<String> = sweep.points().iter().map(shown).collect();
    assert_eq!(points.len(), 6);
    assert_eq!(points[0], r#"chain.length=1 clients.count=10 chain.ack_timeout="0.1s""#);
    assert_eq!(points[5], r#"chain.length=2 clients.count=20 chain.ack_timeout="0.3s""#);
    for point in sweep.points() {
        let mut overrides = Overrides::none();
        for (path, value) in point {
            overrides.set(path, value);
        }
        let sets: Vec<&str> = overrides.iter().collect();
        read_set(PLAIN, &sets).unwrap_or_else(|complaints| panic!("{complaints}"));
    }
}

#[test]
fn a_mark_before_the_text_and_ends_of_lines_change_nothing() {
    let text = format!("\u{feff}{}", PLAIN.replace('\n', "\r\n"));
    assert_eq!(fine(&text).scenario, fine(PLAIN).scenario);
    let wrong = text.replace("count = 10", "count = \"10\"");
    let complaints = read_set(&wrong, &[]).unwrap_err().to_string();
    assert!(complaints.contains("scenario.toml:9:9"), "{complaints}");
    assert!(complaints.contains("9 | count = \"10\"\n"), "{complaints}");
}

#[test]
fn whoever_builds_the_world_can_complain_about_a_key() {
    let loaded = fine(&format!("{PLAIN}[[fault]]\nat = \"1s\"\ncrash = \"g0\"\n"));
    let said = loaded.complain("fault.0.crash", "no way", "another").to_string();
    assert!(said.contains("scenario.toml:16:9") && said.contains("^^^^ another"), "{said}");
    let said = loaded.complain("chain.length", "no way", "another").to_string();
    assert!(said.contains("scenario.toml:1:1"), "{said}");
}

#[test]
fn a_scenario_can_go_to_other_threads() {
    fn goes<T: Send + Sync>() {}
    goes::<penult_scenarios::Scenario>();
    goes::<penult_scenarios::Loaded>();
}

#[test]
fn the_library_is_right_and_says_what_each_is_about() {
    // It may be in folders of its own.
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if path.is_dir() && !["src", "tests", "fuzz", "target"].contains(&name.as_str()) {
                folders.push(path);
            } else if name.ends_with(".toml") && name != "Cargo.toml" {
                let loaded = load(&path, &Overrides::none());
                let loaded = loaded.unwrap_or_else(|complaints| panic!("{complaints}"));
                assert!(loaded.warnings.is_empty(), "{}", loaded.warnings);
                assert!(loaded.scenario.about.is_some(), "{name} says in `about` what it is about");
                let files = Folder(folder.clone());
                let written = loaded.scenario.to_toml();
                let again = read(&name, written.as_bytes(), &Overrides::none(), &files);
                assert_eq!(loaded.scenario, again.unwrap().scenario, "{name}");
            }
        }
    }
}
