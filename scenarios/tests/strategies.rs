//! A strategy from outside: its tables are read, checked, written and described as all others; faults name its
//! services; there may be no gateways, if it says so.

use std::collections::BTreeMap;

use crate::common::PLAIN;
use crate::common::several::{Greeting, Several, SeveralServers, strategies};
use penult_models::{GatewayId, ServiceName, Setup};
use penult_scenarios::strategies::{Chain, Mesh, Migrate, Replay, Single, Spaces};
use penult_scenarios::{
    Built, Care, Complaints, InMemory, Loaded, NodeName, Overrides, Strategies, Strategy, What, Who,
};
use penult_sim::{self as sim, NodeId, Span};
use serde_json::Value;

fn read(text: &str, sets: &[&str]) -> Result<Loaded, Complaints> {
    read_with(text, sets, &InMemory::default())
}

fn read_with(text: &str, sets: &[&str], files: &InMemory) -> Result<Loaded, Complaints> {
    let overrides: Overrides = sets.iter().copied().collect();
    strategies().read_with("s.toml", text.as_bytes(), &overrides, files, Care::default())
}

fn built(text: &str, sets: &[&str]) -> Built {
    let loaded = read(text, sets).unwrap_or_else(|wrong| panic!("{wrong}"));
    loaded.build().unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// What is wrong with it.
fn wrong(text: &str, sets: &[&str]) -> String {
    match read(text, sets) {
        Ok(loaded) => loaded.build().expect_err("something is wrong").to_string(),
        Err(complaints) => complaints.to_string(),
    }
}

const OWN: &str = "strategy=several";

#[test]
fn its_tables_are_read_written_and_read_again() {
    let sets = [OWN, "several.servers=5", "several.limits.attachment=1KiB"];
    let greeting = format!("{PLAIN}[[greeting]]\ntimes = 2\n");
    let loaded = read(&greeting, &sets).unwrap_or_else(|wrong| panic!("{wrong}"));
    let scenario = &loaded.scenario;
    let keys: &Several = scenario.keys();
    assert_eq!((keys.servers, keys.buses, keys.latency), (5, 2, Span::millis(3)));
    assert_eq!(keys.policy.limits.attachment.map(|bytes| bytes.0), Some(1024));
    let greetings: &Vec<Greeting> = scenario.beside("greeting");
    assert_eq!((greetings[0].times, greetings[0].words.as_str()), (2, "hello"));
    let written = scenario.to_toml();
    // Tables of strategies are written by name, and those of the others with their defaults.
    let headers = written.lines().filter(|line| line.starts_with('['));
    let headers: Vec<&str> = headers.skip_while(|line| *line != "[chain]").collect();
    let expected = [
        "[chain]",
        "[[greeting]]",
        "[mesh]",
        "[migrate]",
        "[replay]",
        "[several]",
        "[single]",
        "[spaces]",
    ];
    assert_eq!(headers[..expected.len()], expected);
    let again = read(&written, &[]).unwrap_or_else(|wrong| panic!("{wrong}\n{written}"));
    assert!(again.scenario == *scenario, "{written}");
    let other = read(&written, &["several.buses=7"]).expect("it is fine");
    assert!(other.scenario != *scenario);
}

#[test]
fn what_is_wrong_with_its_keys_is_said_as_of_all_keys() {
    for (sets, said) in [
        (vec!["several.serves=1"], "did you mean `servers`?"),
        (vec!["several.servers=0"], "it is 1 or more"),
        (vec!["several.limits.per=1s"], "a period without a limit on messages"),
        (vec!["greeting=[{ times = 4 }]"], "more greetings than servers"),
        (vec!["greeting=[{ word = \"x\", times = 1 }]"], "did you mean `words`?"),
        (vec!["greetin=[]"], "did you mean `greeting`?"),
        (vec!["strategy=sevral"], "did you mean \"several\"?"),
        (vec!["strategy=none"], "\"replay\", \"migrate\", \"mesh\" and \"several\""),
        (
            vec!["fault=[{ at = \"1s\", crash = \"n7\" }]"],
            "\"presence\", \"r0\", \"desk\") or \"access\"",
        ),
        (vec!["fault=[{ at = \"1s\", crash = \"s01\" }]"], "`crash` in [[fault]] is \"s01\""),
        (vec!["gateways.regions=[\"bus3\"]"], "\"bus3\" can't be a region"),
    ] {
        let words = wrong(PLAIN, &sets);
        assert!(words.contains(said), "{sets:?}: {words}");
    }
    // Without it, nobody knows it.
    let alone = penult_scenarios::read(
        "s.toml",
        PLAIN.as_bytes(),
        &[OWN].into_iter().collect(),
        &InMemory::default(),
    );
    assert!(alone.expect_err("it is not there").to_string().contains("\"migrate\" and \"mesh\""));
}

#[test]
fn the_schema_has_it() {
    let (with, without) = (strategies().schema(), penult_scenarios::schema());
    let words = |schema: &Value| -> Vec<String> {
        let words = schema["properties"]["strategy"]["oneOf"].as_array().expect("words").iter();
        words.map(|word| word["const"].as_str().expect("a word").to_owned()).collect()
    };
    let built_in = ["single", "chain", "spaces", "replay", "migrate", "mesh"];
    assert_eq!(words(&without), built_in);
    assert_eq!(words(&with), [&built_in[..], &["several"]].concat());
    let described = &with["properties"]["strategy"]["oneOf"][6]["description"];
    assert_eq!(described, "Many services and no service.");
    assert_eq!(with["properties"]["several"]["default"], serde_json::json!({}));
    assert_eq!(with["properties"]["greeting"]["default"], serde_json::json!([]));
    let keys = with["$defs"]["Several"]["properties"].as_object().expect("a table");
    let keys: Vec<&String> = keys.keys().collect();
    let policy = ["harmful", "limits", "policy", "policy_cost"];
    let mut expected = [&["buses", "gateways", "latency", "servers"], &policy[..]].concat();
    expected.sort_unstable();
    assert_eq!(keys, expected);
    let pattern = with["$defs"]["Node"]["pattern"].as_str().expect("a pattern");
    let number = "(0|[1-9][0-9]*)";
    let several = format!("s{number}|bus{number}|broker{number}");
    let kinds = format!("directory|store|processor|{several}|presence|r{number}|desk|access");
    // Connections have names of their own.
    let own = "[A-Za-z][A-Za-z0-9_-]*";
    assert_eq!(pattern, format!("^([gc]{number}|{kinds}|{own})$"));
    assert!(without["properties"].get("several").is_none());
}

#[test]
#[should_panic(expected = "can't have a table [several]")]
fn two_strategies_of_one_name_are_a_mistake() {
    strategies().and::<Several>();
}

/// The nodes of a world, by their names.
fn nodes(setup: &Setup) -> BTreeMap<String, NodeId> {
    let places = setup.places();
    let gateways = (0..places.gateways).map(|it| (format!("g{it}"), places.gateway(GatewayId(it))));
    let services = (0..).zip(setup.services());
    let services = services.map(|(it, spec)| (spec.name.to_string(), places.service(it)));
    let access = ("access".to_owned(), places.access());
    gateways.chain(services).chain([access]).collect()
}

/// The list, each with the keys that give it all the services that it may have.
fn each() -> Vec<(Strategy, Vec<&'static str>)> {
    let all = vec![
        (Strategy::of::<Single>(), vec!["single.spill=at-once"]),
        (Strategy::of::<Chain>(), vec!["chain.acks=both", "chain.spill=at-once"]),
        (Strategy::of::<Spaces>(), vec![]),
        (Strategy::of::<Replay>(), vec!["replay.bus={ replicas = 3 }"]),
        (Strategy::of::<Migrate>(), vec!["migrate.broker={ replicas = 3 }"]),
        (Strategy::of::<Mesh>(), vec!["mesh.presence={ hold = \"1h\" }", "mesh.spill=at-once"]),
        (Strategy::of::<Several>(), vec!["several.servers=3", "several.buses=2"]),
    ];
    assert_eq!(all.iter().map(|(it, _)| it.word()).collect::<Vec<_>>(), strategies().words());
    all
}

#[test]
fn faults_name_every_service_of_every_strategy() {
    for (strategy, keys) in each() {
        let world = |fault: &str| {
            let strategy = format!("strategy={strategy}");
            let mut sets = vec![strategy.as_str()];
            sets.extend(&keys);
            sets.push(fault);
            built(PLAIN, &sets)
        };
        let names = nodes(&world("seed=1").setup);
        let what = |fault: &str| {
            let Built { setup, assumed } = world(&format!("fault=[{{ at = \"1s\", {fault} }}]"));
            assert_eq!((setup.faults.len(), assumed), (1, vec![]), "{strategy} {fault}");
            setup.faults[0].what.clone()
        };
        for (name, &node) in &names {
            let crashed = what(&format!("crash = \"{name}\""));
            let disk = sim::DiskFate::Kept;
            assert_eq!(crashed, sim::What::Crash { who: node.into(), disk }, "{strategy} {name}");
            if name == "access" {
                continue;
            }
            let slow = what(&format!("slow = \"{name}\", cpu = 2"));
            assert!(matches!(slow, sim::What::Slow { who, .. } if who == node.into()));
            for (other, &end) in names.iter().filter(|(it, _)| *it != name && *it != "access") {
                let link = what(&format!("link = [\"{name}\", \"{other}\"]"));
                assert_eq!(link, sim::What::link(node, end), "{strategy} {name} {other}");
            }
            if name.starts_with('g') {
                continue;
            }
            let sim::What::Partition(groups) =
                what(&format!("partition = [[\"g0\"], [\"{name}\", \"g1\"]]"))
            else {
                panic!("a partition")
            };
            assert_eq!(groups[1], [node, names["g1"]], "{strategy} {name}");
            assert_eq!(groups[0].len() + 2, names.len() - 1, "all others are in the first");
        }
        let sim::What::Crash { who: sim::Who::Nodes(all), .. } = what("crash = \"services\"")
        else {
            panic!("a crash")
        };
        let is_service = |name: &&String| !name.starts_with('g') && *name != "access";
        assert_eq!(all.len(), names.keys().filter(is_service).count(), "{strategy}");
    }
}

#[test]
fn what_a_strategy_lacks_is_left_out_and_said_once() {
    let faults = "fault=[\
        { at = \"1s\", crash = [\"g1\", \"s1\", \"desk\"] }, \
        { at = \"2s\", partition = [[\"g0\"], [\"g1\", \"s1\"]] }, \
        { at = \"3s\", link = [\"g0\", \"s2\"] }, \
        { at = \"4s\", crash = \"processor\" }]";
    let has_no = |strategy: &str, name: &str| {
        format!("the strategy `{strategy}` has no `{name}` in this run")
    };
    let without = |strategy: &str, name: &str| {
        format!("{}: faults that name it do without", has_no(strategy, name))
    };
    for (strategy, hint) in [
        ("single", ""),
        ("chain", ": there is one with `acks = \"central\"` or `\"both\"` in [chain]"),
    ] {
        let set = format!("strategy={strategy}");
        let Built { setup, assumed } = built(PLAIN, &[&set, faults]);
        let expected = [
            without(strategy, "s1"),
            without(strategy, "desk"),
            format!("fault.2 breaks nothing: {}", has_no(strategy, "s2")),
            format!("fault.3 breaks nothing: {}{hint}", has_no(strategy, "processor")),
        ];
        assert_eq!(assumed, expected);
        let node = NodeId::new(1);
        let crash = sim::What::Crash { who: node.into(), disk: sim::DiskFate::Kept };
        assert_eq!(setup.faults[0].what, crash);
        assert_eq!(setup.faults.len(), 2);
    }
    let Built { setup, assumed } = built(PLAIN, &[OWN, faults]);
    assert_eq!(setup.faults.len(), 3);
    assert_eq!(assumed, [format!("fault.3 breaks nothing: {}", has_no("several", "processor"))]);
    // More servers than there are: a name is a name.
    let many = "fault=[{ at = \"1s\", crash = \"s3\" }]";
    let said = format!("fault.0 breaks nothing: {}", has_no("several", "s3"));
    assert_eq!(built(PLAIN, &[OWN, many]).assumed, [said]);
    assert_eq!(built(PLAIN, &[OWN, "several.servers=4", many]).setup.faults.len(), 1);
}

#[test]
fn failures_and_triggers_name_services_and_access() {
    let trace = "node,down_s,up_s\ns1,1,2\naccess,3,4\nbus1,5,\n";
    let files = InMemory([("trace.csv".into(), trace.as_bytes().to_vec())].into());
    let text = format!("{PLAIN}[[fault]]\nfile = \"trace.csv\"\n");
    let loaded = read_with(&text, &[OWN], &files).unwrap_or_else(|wrong| panic!("{wrong}"));
    let setup = loaded.build().unwrap_or_else(|wrong| panic!("{wrong}")).setup;
    let names = nodes(&setup);
    let sim::When::Recorded(records) = &setup.faults[0].when else { panic!("a trace") };
    let struck: Vec<NodeId> = records.iter().map(|record| record.node).collect();
    assert_eq!(struck, [names["s1"], names["access"], names["bus1"]]);
    let when = "fault=[{ crash = \"access\", for = \"2s\", when = { event = \"stored\", node = \"s2\" } }]";
    let setup = built(PLAIN, &[OWN, when]).setup;
    assert_eq!(setup.triggers[0].node, Some(names["s2"].into()));
    let What::Crash { who, .. } =
        &read(PLAIN, &[OWN, when]).expect("it is fine").scenario.fault[0].what
    else {
        panic!("a crash")
    };
    assert_eq!(*who, Who::Nodes(vec![NodeName::Access]));
    let s2 = ServiceName::numbered("s", 2);
    assert_eq!(NodeName::Service(s2).to_string(), "s2");
    // Nothing ever happens at `access`.
    let never = "fault=[{ crash = \"g0\", when = { event = \"suspected\", node = \"access\" } }]";
    let warned = read(PLAIN, &[OWN, never]).expect("it can be run").warnings.to_string();
    assert!(warned.contains("nothing happens at \"access\""), "{warned}");
}

#[test]
fn services_stand_in_the_regions_of_the_scenario() {
    let regions = ["gateways.regions=[\"eu\", \"us\", \"eu\"]", "regions.latency.eu.us=40ms"];
    let setup = built(PLAIN, &[OWN, regions[0], regions[1], "directory.latency=7ms"]).setup;
    let of: Vec<(String, Option<usize>)> = setup
        .services()
        .iter()
        .map(|it| (it.name.to_string(), it.region.map(sim::RegionId::index)))
        .collect();
    // In turn over the regions, however often `regions` names each.
    let expected = [
        ("directory", None),
        ("s0", Some(0)),
        ("s1", Some(1)),
        ("s2", Some(0)),
        ("bus0", Some(0)),
        ("bus1", Some(1)),
        ("desk", None),
    ];
    assert_eq!(of, expected.map(|(name, region)| (name.to_owned(), region)));
    assert_eq!(setup.services()[0].latency.mean(), Span::millis(7));
}

#[test]
fn there_are_no_gateways_where_the_strategy_says_so() {
    let none = "gateways.count=0";
    for strategy in ["single", "chain"] {
        let set = format!("strategy={strategy}");
        let said = wrong(PLAIN, &[&set, none]);
        let what = format!("the strategy `{strategy}` has nothing to do without gateways");
        assert!(said.contains(&what) && said.contains("`count` is 1 or more"), "{said}");
    }
    assert!(wrong(PLAIN, &[OWN, none]).contains("`several` has nothing to do without gateways"));
    let free = [OWN, none, "several.gateways=false"];
    let mut setup = built(PLAIN, &free).setup;
    let places = setup.places();
    assert_eq!((places.gateways, places.services, places.clients), (0, 7, 10));
    assert!(setup.homes.iter().all(|&home| home == GatewayId::NOWHERE));
    // It runs: nobody takes anything in.
    setup.clients.offline = None;
    let options = setup.strategy.get::<SeveralServers>().expect("it is that").clone();
    let mut engine = setup.engine::<SeveralServers>(options).expect("it is well formed");
    engine.run(&sim::Limits::until(setup.stops)).expect("there is no limit");
    assert_eq!(engine.traffic().sent, 7 * 6, "services greet each other, devices say nothing");
    // In any shape, with any placement, beside faults of what is there.
    for more in [
        "gateways.shape=ring",
        "gateways.shape={ scale-free = { links = 2 } }",
        "gateways.shape={ random = {} }",
        "gateways.shape={ small-world = {} }",
        "gateways.shape=tree",
        "gateways.shape=grid",
        "gateways.shape=star",
        "gateways.shape=line",
        "clients.placement=random",
        "gateways.regions=[\"eu\"]",
        "fault=[{ at = \"1s\", crash = \"gateways\" }]",
        "fault=[{ at = \"1s\", crash = { host_of = \"c1\" } }]",
        "fault=[{ at = \"1s\", crash = \"access\" }]",
    ] {
        let setup = built(PLAIN, &[&free[..], &[more]].concat()).setup;
        let options = setup.strategy.get::<SeveralServers>().expect("it is that").clone();
        let mut engine = setup.engine::<SeveralServers>(options).expect("it is well formed");
        engine.run(&sim::Limits::until(setup.stops)).expect("there is no limit");
    }
    // Whoever names one all the same is told.
    for (set, said) in [
        ("fault=[{ at = \"1s\", crash = \"g0\" }]", "there is no gateway g0"),
        ("clients.placement={ g0 = 10 }", "there is none"),
        ("gateways.link=[{ between = [\"g0\", \"g1\"] }]", "there is no gateway g0"),
    ] {
        let words = wrong(PLAIN, &[&free[..], &[set]].concat());
        assert!(words.contains(said), "{words}");
    }
    // A comparison asks for each strategy by itself.
    let loaded = read(PLAIN, &free).expect("it is fine");
    assert!(loaded.build_as(Strategy::of::<Several>(), 1).is_ok());
    let refused = loaded.build_as(Strategy::of::<Chain>(), 1).expect_err("it needs gateways");
    assert!(refused.to_string().contains("`chain` has nothing to do without gateways"));
}

#[test]
fn the_built_in_ones_come_first_and_say_what_they_are() {
    let list: Strategies = strategies();
    let words = ["single", "chain", "spaces", "replay", "migrate", "mesh", "several"];
    assert_eq!(list.words(), words);
    assert_eq!(
        list.named("several").and_then(Strategy::sized),
        Some(("servers", "The numbers of servers"))
    );
    for strategy in list.iter() {
        let promises = strategy.promises();
        for words in [strategy.about(), promises.survives, promises.order, promises.stores] {
            assert!(!words.is_empty() && !words.ends_with('.'), "{strategy}: {words}");
        }
    }
}
