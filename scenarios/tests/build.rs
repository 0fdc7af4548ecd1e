//! Worlds: every key that is accepted changes what is built, and what is not done yet is refused.

use crate::common::{PLAIN, fine, read_set};
use penult_models::strategies::single::Single;
use penult_models::{ClientId, GatewayId, Setup};
use penult_scenarios::strategies::{Chain, Single as SingleKeys};
use penult_scenarios::{InMemory, Overrides, Strategy, read, template};
use penult_sim::{Delay, NodeId, RegionId, Span, What};

fn built(text: &str, sets: &[&str]) -> Setup {
    let loaded = read_set(text, sets).unwrap_or_else(|wrong| panic!("{sets:?}\n{wrong}"));
    loaded.build().unwrap_or_else(|wrong| panic!("{sets:?}\n{wrong}")).setup
}

fn refused(text: &str, sets: &[&str]) -> String {
    match read_set(text, sets) {
        Ok(_) => panic!("{sets:?} is accepted"),
        Err(complaints) => complaints.to_string(),
    }
}

const VARYING: [&str; 3] = [
    "gateways.regions=[\"eu\", \"us\"]",
    "regions.latency.eu.us={ exponential = \"40ms\" }",
    "chain.ack_timeout=1s",
];
const TRIGGERED: &str = "fault=[{ crash = \"g4\", when = { event = \"stored\" } }]";

/// Pairs of what a world is like without a key and with it.
const KEYS: &[(&[&str], &str)] = &[
    (&[], "seed=2"),
    (&[], "duration=11s"),
    (&[], "warmup=1s"),
    (&[], "drain=31s"),
    (&[], "strategy=single"),
    (&[], "gateways.count=6"),
    (&[], "gateways.shape=ring"),
    (&[], "gateways.shape={ tree = { arity = 3 } }"),
    (&["gateways.shape=tree"], "gateways.shape={ tree = { arity = 3 } }"),
    (&["gateways.shape=random", "gateways.count=40"], "seed=2"),
    (&["gateways.count=40"], "gateways.shape={ random = { probability = 0.3 } }"),
    (&["gateways.count=40"], "gateways.shape={ small-world = { neighbours = 4, rewire = 0.2 } }"),
    (&["gateways.count=40"], "gateways.shape={ scale-free = { links = 3 } }"),
    (&[], "gateways.latency=3ms"),
    (&[], "gateways.latency={ uniform = [\"1ms\", \"5ms\"] }"),
    (&[], "gateways.bandwidth=1MB/s"),
    (&["gateways.bandwidth=1MB/s"], "gateways.buffer=1KiB"),
    (&[], "gateways.loss=1%"),
    (&[], "gateways.duplicate=1%"),
    (&[], "gateways.order=free"),
    (&[], "gateways.cpu=10us"),
    (&[], "gateways.cpu_control=10us"),
    (&["gateways.queue=disk"], "gateways.disk=1ms"),
    (&[], "gateways.queue=disk"),
    (&[], "gateways.regions=[\"eu\"]"),
    (&[], "gateways.reroute=true"),
    (&[], "gateways.link=[{ between = [\"g0\", \"g3\"], latency = \"9ms\" }]"),
    (&[], "gateways.link=[{ between = [\"g0\", \"g3\"], bandwidth = \"1MB/s\" }]"),
    (
        &["gateways.bandwidth=1MB/s"],
        "gateways.link=[{ between = [\"g0\", \"g3\"], buffer = \"1KB\" }]",
    ),
    (&[], "gateways.link=[{ between = [\"g0\", \"g3\"], loss = \"1%\" }]"),
    (&[], "gateways.link=[{ between = [\"g0\", \"g3\"], duplicate = \"1%\" }]"),
    (&[], "gateways.link=[{ between = [\"g0\", \"g3\"], order = \"free\" }]"),
    (&["gateways.shape=ring"], "gateways.link=[{ between = [\"g0\", \"g3\"] }]"),
    (
        &["gateways.regions=[\"eu\", \"us\"]", "regions.latency.eu.us=40ms"],
        "regions.latency.eu.us=41ms",
    ),
    (
        &["gateways.regions=[\"eu\", \"us\"]", "regions.latency.eu.us=40ms"],
        "regions.latency.us.eu=41ms",
    ),
    (
        &["gateways.regions=[\"eu\", \"us\"]", "regions.latency.eu.us=40ms"],
        "regions.latency.eu.eu=3ms",
    ),
    (&[], "clients.count=11"),
    (&[], "clients.placement=random"),
    (&["clients.placement=random"], "seed=2"),
    (&[], "clients.placement={ g0 = 6, g4 = 4 }"),
    (&[], "clients.access.latency=1ms"),
    (&[], "clients.access.bandwidth=1MB/s"),
    (&["clients.access.bandwidth=1MB/s"], "clients.access.buffer=1KB"),
    (&[], "clients.access.loss=1%"),
    (&[], "clients.access.duplicate=1%"),
    (&[], "clients.access.order=free"),
    (&["clients.reply_probability=10%"], "clients.read_after=1s"),
    (&[], "clients.reply_probability=10%"),
    (&["clients.reply_probability=10%"], "clients.reply_after=1s"),
    (&[], "clients.offline={ every = \"1min\", lasts = \"1s\" }"),
    (&[], "clients.keepalive=1s"),
    (&[], "clients.send_timeout=1s"),
    (&[], "clients.send_attempts=3"),
    (&[], "clients.send_backoff=3"),
    (&[], "clients.reconnect=1s"),
    (&[], "directory.latency=1ms"),
    (&[], "directory.cache=false"),
    (&["directory.latency=1ms"], "directory.latency={ exponential = \"1ms\" }"),
    (&VARYING, "regions.latency.eu.us={ exponential = \"41ms\" }"),
    (&[], "workload.rate=2/s"),
    (&[], "workload.kind=periodic"),
    (&["workload={ kind = \"diurnal\", rate = \"1/s\" }"], "workload.diurnal.period=1h"),
    (&["workload={ kind = \"diurnal\", rate = \"1/s\" }"], "workload.diurnal.peak_at=1h"),
    (&["workload={ kind = \"diurnal\", rate = \"1/s\" }"], "workload.diurnal.swing=10%"),
    (&[], "workload.recipients=2"),
    (&["workload.recipients=2"], "chain.shared_segments=false"),
    (&[], "workload.size=2KiB"),
    (&[], "workload.attachment.size=1MB"),
    (&["workload.attachment.size=1MB"], "workload.attachment.share=10%"),
    (&[], "workload.to=zipf"),
    (&["workload.to=zipf"], "workload.to={ zipf = { exponent = 0.5 } }"),
    (&[], "workload.to={ conversations = { count = 5, members = 2 } }"),
    (&[], "chain.length=2"),
    (&[], "chain.route=load-balanced"),
    (&[], "chain.queues=split"),
    (
        &[],
        "chain={ route = \"domain\", domains = [{ gateways = [\"g0\"], to = \"g2\", via = [\"g1\"] }] }",
    ),
    (
        &[
            "chain={ route = \"domain\", domains = [{ gateways = [\"g0\"], to = \"g2\", via = [\"g1\"] }] }",
        ],
        "chain.domains.0.via=[\"g3\"]",
    ),
    (
        &[
            "gateways.regions=[\"eu\", \"us\"]",
            "regions.latency.eu.us=40ms",
            "chain={ route = \"domain\", domains = [{ gateways = [\"g0\"], to = \"us\", via = [\"g1\"] }] }",
        ],
        "chain.domains.0.to=eu",
    ),
    (&[], "chain.accept_after=2"),
    (&[], "chain.ack_timeout=300ms"),
    (&[], "chain.attempts=3"),
    (&[], "chain.acks=central"),
    (&[], "chain.acks=both"),
    (&["chain.acks=central"], "chain.acks=both"),
    (&["chain.acks=central"], "chain.processor.latency=1ms"),
    (&["chain.acks=central"], "chain.processor.latency={ exponential = \"1ms\" }"),
    (&["chain.acks=both"], "chain.processor.cpu=10us"),
    (&["chain.failback=stay"], "chain.client_ack_timeout=1s"),
    (&["chain.failback=stay", "chain.client_ack_timeout=1s"], "chain.client_ack_timeout=2s"),
    (&["chain.failback=stay"], "chain.heartbeat={ every = \"1s\", misses = 3 }"),
    (
        &["chain.failback=stay", "chain.heartbeat={ every = \"1s\", misses = 3 }"],
        "chain.heartbeat={ every = \"1s\", misses = 4 }",
    ),
    (
        &["chain.failback=stay", "chain.heartbeat={ every = \"1s\", misses = 3 }"],
        "chain.heartbeat={ every = \"2s\", misses = 3 }",
    ),
    (
        &["chain.failback=stay", "chain.heartbeat={ every = \"1s\", phi = 3 }"],
        "chain.heartbeat={ every = \"1s\", phi = 8 }",
    ),
    (&[], "chain.policy_cost=1ms"),
    (&[], "chain.limits={ messages = 5, per = \"1s\" }"),
    (&[], "chain.limits.attachment=1KB"),
    (&[], "chain.harmful=10%"),
    (&[], "chain.hold=1h"),
    (&[], "chain.probe=2s"),
    (&[], "chain.notice=10ms"),
    (&[], "chain.failback=stay"),
    (&[], "chain.failback_after=1s"),
    (&[], "chain.repair=replace"),
    (&["chain.repair=replace"], "chain.repair_after=1s"),
    (&[], "chain.resync.batch=8"),
    (&[], "chain.resync.bandwidth=1MB/s"),
    (&[], "chain.resync.what=undelivered"),
    (&[], TRIGGERED),
    (&[TRIGGERED], "fault.0.crash={ host_of = \"c1\" }"),
    (&[TRIGGERED, "fault.0.crash={ host_of = \"c1\" }"], "fault.0.crash={ host_of = \"c2\" }"),
    (
        &[TRIGGERED, "fault.0.crash={ host_of = \"c1\" }"],
        "fault.0.crash={ penultimate_of = \"c1\" }",
    ),
    (&[TRIGGERED], "fault.0.when.event=sent"),
    (&[TRIGGERED], "fault.0.when.node=g3"),
    (&[TRIGGERED], "fault.0.when.node=gateways"),
    (&[TRIGGERED], "fault.0.when.node={ host_of = \"c1\" }"),
    (&[TRIGGERED], "fault.0.when.message=m3"),
    (&[TRIGGERED], "fault.0.when.client=c3"),
    (&[TRIGGERED], "fault.0.when.nth=2"),
    (&[TRIGGERED], "fault.0.after=1s"),
    (&[TRIGGERED], "fault.0.for=1s"),
    (&["strategy=single"], "single.ack_timeout=300ms"),
    (&["strategy=single"], "single.policy_cost=1ms"),
    (&["strategy=single"], "single.limits={ messages = 5, per = \"1s\" }"),
    (&["strategy=single"], "single.limits.attachment=1KB"),
    (&["strategy=single"], "single.harmful=10%"),
    (&["strategy=single"], "single.hold=1h"),
    (&["strategy=single", "single.policy_cost=1ms"], "single.policy=every-hop"),
    (&["strategy=single"], "single.policy_cost={ exponential = \"1ms\" }"),
    (&["strategy=single"], "single.hold=5s"),
    (&["strategy=single"], "single.spill=at-once"),
    (&["strategy=single", "single.hold=5s"], "single.spill=never"),
    (&["strategy=single", "single.hold=5s"], "store.latency=5ms"),
    (&["strategy=single", "single.hold=5s"], "store.write=5ms"),
    (&["strategy=replay"], "replay.length=2"),
    (&["strategy=replay"], "replay.ack_timeout=300ms"),
    (&["strategy=replay", "replay.bus.replicas=2"], "replay.attempts=3"),
    (&["strategy=replay"], "replay.bus.latency=2ms"),
    (&["strategy=replay"], "replay.bus.latency={ exponential = \"2ms\" }"),
    (&["strategy=replay"], "replay.bus.replicas=3"),
    (&["strategy=replay"], "replay.bus.write=1ms"),
    (&["strategy=replay"], "replay.heartbeat.every=1s"),
    (&["strategy=replay"], "replay.heartbeat={ misses = 4 }"),
    (&["strategy=replay"], "replay.retention=5s"),
    (&["strategy=replay"], "replay.retention_events=5"),
    (&["strategy=replay"], "replay.dispatch_rate=100/s"),
    (&["strategy=replay"], "replay.max_temporary=50"),
    (&["strategy=replay"], "replay.start=10ms"),
    (&["strategy=replay"], "replay.begin=all"),
    (&["strategy=replay"], "replay.store_every=2"),
    (&["strategy=replay"], "replay.unreliable={ rtt = \"300ms\" }"),
    (&["strategy=replay"], "replay.unreliable={ loss = \"20%\" }"),
    (
        &["strategy=replay", "replay.unreliable={ loss = \"20%\" }"],
        "replay.unreliable={ rtt = \"300ms\", loss = \"20%\" }",
    ),
    (&["strategy=replay"], "replay.policy_cost=1ms"),
    (&["strategy=replay"], "replay.limits={ messages = 5, per = \"1s\" }"),
    (&["strategy=replay"], "replay.limits.attachment=1KB"),
    (&["strategy=replay"], "replay.harmful=10%"),
    (&["strategy=replay"], "fault=[{ crash = \"bus0\", at = \"1s\" }]"),
    (&["chain.policy_cost=1ms"], "chain.policy=every-hop"),
    (&[], "chain.policy_cost={ exponential = \"1ms\" }"),
    (&[], "chain.delete_on=read"),
    (&[], "chain.delete_on=viewed"),
    (&[], "chain.delete_on=reply"),
    (&[], "chain.delete_on=never"),
    (&["chain.delete_on=viewed"], "chain.delete_on=[\"viewed\", \"reply\"]"),
    (&["chain.delete_on=read"], "clients.read_after=5s"),
    (&["chain.delete_on=viewed"], "clients.read_after=5s"),
    (&["chain.delete_on=viewed"], "clients.view_for=5s"),
    (&["chain.delete_on=viewed"], "clients.view_for=0s"),
    (&["chain.delete_on=viewed"], "workload.view=5s"),
    (&["chain.delete_on=viewed"], "chain.limits.view=1s"),
    (&[], "chain.hold=5s"),
    (&[], "chain.spill=at-once"),
    (&["chain.hold=5s"], "chain.spill=never"),
    (&["chain.hold=5s"], "store.latency=5ms"),
    (&["chain.hold=5s"], "store.latency={ exponential = \"5ms\" }"),
    (&["chain.hold=5s"], "store.write=5ms"),
    (&["chain.hold=5s"], "fault=[{ crash = \"store\", at = \"1s\" }]"),
];

#[test]
fn every_key_that_is_accepted_acts() {
    for (before, key) in KEYS {
        let with: Vec<&str> = before.iter().copied().chain([*key]).collect();
        let (without, with) = (built(PLAIN, before), built(PLAIN, &with));
        assert_ne!(format!("{without:?}"), format!("{with:?}"), "{key} does nothing");
    }
}

/// Keys that act with others only, and what the reader is told of.
const IDLE: &[(&[&str], &str)] = &[
    (&["chain.limits.view=1s"], "chain.limits.view"),
    (&["chain.processor.cpu=1us"], "chain.processor"),
    (&["chain.processor.latency=1ms"], "chain.processor"),
    (&["store.latency=5ms"], "store.latency"),
    (&["store.write=5ms"], "store.write"),
    (&["clients.view_for=5s"], "clients.view_for"),
    (&["clients.read_after=5s"], "clients.read_after"),
    (&["workload.view=5s"], "workload.view"),
    (&["strategy=single", "store.latency=5ms"], "store.latency"),
    (&["strategy=single", "clients.view_for=5s"], "clients.view_for"),
    (&["chain.delete_on=read", "clients.view_for=5s"], "clients.view_for"),
    (&["strategy=single", "single.limits.view=1s"], "single.limits.view"),
    (&["strategy=replay", "replay.limits.view=1s"], "replay.limits.view"),
    (&["strategy=replay", "replay.attempts=3"], "replay.attempts"),
    (&["strategy=replay", "replay.policy=every-hop"], "replay.policy"),
    (&["strategy=replay", "directory.cache=false"], "directory.cache"),
    (&["strategy=replay", "store.latency=5ms"], "store.latency"),
    (&["strategy=replay", "store.write=5ms"], "store.write"),
];

const LIST: &str = r#"
    title = "List"
    duration = "10s"
    gateways.count = 3
    clients.count = 3
    workload = { kind = "list" }
    message = [{ at = "1s", from = "c0", to = ["c1"] }]
"#;

#[test]
fn of_keys_that_do_nothing_the_reader_is_told() {
    let told = |text: &str, sets: &[&str], key: &str| {
        let loaded = read_set(text, sets).unwrap_or_else(|wrong| panic!("{sets:?}\n{wrong}"));
        let assumed = loaded.build().unwrap_or_else(|wrong| panic!("{sets:?}\n{wrong}")).assumed;
        let is_told = |said: &String| said.contains(key) && said.contains("does nothing here: ");
        assert!(assumed.iter().any(is_told), "{sets:?}: {assumed:?}");
    };
    IDLE.iter().for_each(|(sets, key)| told(PLAIN, sets, key));
    assert_ne!(
        format!("{:?}", built(LIST, &["message.0.harmful=true"])),
        format!("{:?}", built(LIST, &[]))
    );
    let lists = [
        ("message.0.view=1s", "`view`"),
        ("workload.size=3KiB", "workload.size"),
        ("workload.attachment.size=3KiB", "workload.attachment"),
        ("workload.recipients=2", "workload.recipients"),
        ("workload.to=zipf", "workload.to"),
    ];
    lists.iter().for_each(|(set, key)| told(LIST, &[*set], key));
    assert!(read_set(PLAIN, &[]).unwrap().build().unwrap().assumed.is_empty());
}

#[test]
fn what_can_not_be_is_refused_where_it_stands() {
    let said = refused(PLAIN, &["chain.queues=split", "chain.repair=replace"]);
    assert!(said.contains("not replaced in `split`") && said.contains("command line"), "{said}");
    let said = refused(PLAIN, &["chain.queues=split", "chain.route=load-balanced"]);
    assert!(said.contains("nothing to choose in `split`"), "{said}");
    for (list, wrong) in [
        ("[]", "is empty"),
        ("[\"read\", \"read\"]", "\"read\" twice"),
        ("[\"read\", \"never\"]", "\"never\" beside others"),
    ] {
        let said = refused(PLAIN, &[&format!("chain.delete_on={list}")]);
        assert!(said.contains(wrong), "{said}");
    }
    // The same, where only a comparison runs that strategy.
    let other = ["strategy=single", "chain.queues=split", "chain.repair=replace"];
    let loaded = read_set(PLAIN, &other).unwrap_or_else(|wrong| panic!("{wrong}"));
    let refused_as = |strategy| loaded.build_as(strategy, 1).is_err();
    assert!(refused_as(Strategy::of::<Chain>()) && !refused_as(Strategy::of::<SingleKeys>()));
    let said = refused(LIST, &["message.0.size=3GiB", "message.0.attachment=2GiB"]);
    assert_eq!(said.matches("2 GiB or more").count(), 2, "all at once\n{said}");
    assert!(refused(PLAIN, &["workload.size=2GiB"]).contains("2 GiB or more"));
    assert!(refused(PLAIN, &["workload.attachment.size=3GiB"]).contains("2 GiB or more"));
    built(LIST, &["message.0.size=3KiB"]);
}

#[test]
fn the_scenario_to_start_from_can_be_run() {
    assert_eq!(built(template(), &[]).faults.len(), 1);
}

#[test]
fn faults_name_the_nodes_of_the_engine() {
    let sets = |fault: &str| format!("fault=[{{ {fault}, at = \"1s\" }}]");
    let one = |fault: &str| {
        let set = sets(fault);
        let setup = built(PLAIN, &[&set]);
        assert_eq!(setup.faults.len(), 1);
        setup.faults[0].what.clone()
    };
    let nodes = |fault: &str| match one(fault) {
        What::Crash { who: penult_sim::Who::Nodes(nodes), .. }
        | What::Offline(penult_sim::Who::Nodes(nodes)) => {
            nodes.into_iter().map(NodeId::index).collect::<Vec<_>>()
        }
        what => panic!("{what:?}"),
    };
    // g0 … g4, the directory, c0 … c9.
    assert_eq!(nodes("crash = [\"g4\", \"directory\", \"c2\"]"), [4, 5, 8]);
    assert_eq!(nodes("crash = \"gateways\""), [0, 1, 2, 3, 4]);
    assert_eq!(nodes("crash = \"services\""), [5]);
    assert_eq!(nodes("offline = \"clients\"").len(), 10);
    let partition = one("partition = [[\"g1\"], [\"g2\", \"c3\"]]");
    let groups = [vec![1, 0, 3, 4, 5], vec![2, 9]];
    let groups: Vec<Vec<NodeId>> =
        groups.map(|group| group.into_iter().map(NodeId::new).collect()).into();
    assert_eq!(partition, What::Partition(groups), "nodes not named stay with the first group");
    let link = one("link = [\"g0\", \"c7\"], direction = \"forward\"");
    assert_eq!(link, What::Link { ends: (NodeId::new(0), NodeId::new(13)), one_way: true });
}

#[test]
fn the_processor_is_a_node_with_its_own_times() {
    let times = "chain.processor={ latency = \"3ms\", cpu = \"20us\" }";
    let crash = "fault=[{ crash = \"processor\", at = \"1s\" }]";
    for acks in ["chain.acks=central", "chain.acks=both"] {
        let sets = [acks, times, crash, "directory.latency=1ms"];
        let setup = built(PLAIN, &sets);
        let constant = |span| Delay::constant(span);
        let services = setup.services();
        let latencies: Vec<Delay> = services.iter().map(|it| it.latency.clone()).collect();
        assert_eq!(latencies, [constant(Span::millis(1)), constant(Span::millis(3))]);
        let cpus = services.iter().map(|service| service.machine.cpu_control.clone());
        assert!(cpus.eq([Delay::ZERO, constant(Span::micros(20))]));
        let What::Crash { who: penult_sim::Who::Nodes(nodes), .. } = &setup.faults[0].what else {
            panic!("a crash")
        };
        // g0 … g4, the directory, the processor.
        assert_eq!(nodes[..], [NodeId::new(6)]);
        assert_eq!(setup.places().services, 2);
    }
}

#[test]
fn events_and_conditions_that_fit() {
    use penult_models::{Event, MessageId, Trigger};
    let set = |when: &str| {
        format!("fault=[{{ crash = \"g1\", at = \"1s\" }}, {{ crash = \"g4\", when = {when} }}]")
    };
    let one = |when: &str| built(PLAIN, &[&set(when)]).triggers;
    let events = [
        ("sent", Event::Sent),
        ("stored", Event::Stored),
        ("accepted", Event::Accepted),
        ("suspected", Event::Suspected),
        ("claimed", Event::Claimed),
        ("handed-over", Event::HandedOver),
        ("resync-started", Event::ResyncStarted),
        ("resync-finished", Event::ResyncFinished),
        ("delivered", Event::Delivered),
    ];
    for (word, event) in events {
        let plain = Trigger { fault: 1, event, node: None, message: None, client: None, nth: 1 };
        assert_eq!(one(&format!("{{ event = \"{word}\" }}")), [plain]);
    }
    let all = "{ event = \"stored\", node = [\"g2\", \"directory\"], message = \"m3\", client = \"c7\", nth = 4 }";
    let nodes = vec![NodeId::new(2), NodeId::new(5)];
    let expected = Trigger {
        fault: 1,
        event: Event::Stored,
        node: Some(penult_sim::Who::Nodes(nodes)),
        message: Some(MessageId::of_workload(3)),
        client: Some(ClientId(7)),
        nth: 4,
    };
    assert_eq!(one(all), [expected]);
    for (when, key) in [
        ("{ event = \"suspected\", client = \"c1\" }", "`client`"),
        ("{ event = \"suspected\", message = \"m1\" }", "`message`"),
        ("{ event = \"claimed\", message = \"m1\" }", "`message`"),
        ("{ event = \"resync-started\", client = \"c1\" }", "`client`"),
        ("{ event = \"stored\", client = \"c10\" }", "there is no client c10"),
        ("{ event = \"stored\", node = { host_of = \"c10\" } }", "there is no client c10"),
        ("{ event = \"stored\", message = \"m2147483648\" }", "no such message"),
    ] {
        let said = read_set(PLAIN, &[&set(when)]).expect_err(when).to_string();
        assert!(said.contains(key), "{when}\n{said}");
    }
}

#[test]
fn of_failures_that_never_come_the_reader_is_told() {
    // PLAIN ends at 40 s.
    let assumed = |trace: &str| {
        let text = format!("{PLAIN}[[fault]]\nfile = \"trace.csv\"\n");
        let files = InMemory([("trace.csv".into(), trace.as_bytes().to_vec())].into());
        let loaded = read("scenario.toml", text.as_bytes(), &Overrides::none(), &files).unwrap();
        let built = loaded.build().unwrap();
        [loaded.assumed, built.assumed].concat()
    };
    assert_eq!(assumed("node,down_s,up_s\ng0,40,\n"), [""; 0]);
    let late = "trace.csv: 2 failures after the end never come";
    assert_eq!(assumed("node,down_s,up_s\ng0,1,2\ng0,40.1,\ng1,50,60\n"), [late]);
    let none = "fault.0 breaks nothing: its file has no failures";
    assert_eq!(assumed("node,down_s,up_s\n"), [none]);
}

#[test]
fn a_fault_of_a_service_that_the_strategy_lacks_is_said() {
    let set = "fault=[{ crash = \"directory\", at = \"1s\" }]";
    let loaded = read_set(PLAIN, &[set, "strategy=single"]).unwrap();
    let built = loaded.build().unwrap();
    assert!(built.setup.faults.is_empty() && built.assumed.len() == 1, "{:?}", built.assumed);
    let set = "fault=[{ crash = \"g1\", when = { event = \"stored\", node = \"directory\" } }]";
    let built = read_set(PLAIN, &[set, "strategy=single"]).unwrap().build().unwrap();
    assert!(built.assumed[0].contains("waits for what never comes"), "{:?}", built.assumed);
}

#[test]
fn more_together_than_there_are_is_an_error() {
    let set = "fault=[{ crash = \"services\", mtbf = \"1min\", mttr = \"1s\", together = 2 }]";
    let said = refused(PLAIN, &[set]);
    assert!(said.contains("2 of 1 can't fail together"), "{said}");
}

#[test]
fn a_map_says_what_its_links_are_like() {
    let path = crate::common::folder("good").join("map.toml");
    let loaded = penult_scenarios::load(&path, &Overrides::none()).unwrap();
    let scenario = loaded;
    let setup = scenario.build().unwrap_or_else(|wrong| panic!("{wrong}")).setup;
    let latency = |place: u32| setup.gateways.specs[place as usize].latency.as_constant().unwrap();
    let first = setup.gateways.links[0];
    assert_eq!(first.ends, (GatewayId(0), GatewayId(1)));
    assert_eq!(latency(first.there), Span::millis(3));
}

#[test]
fn regions_take_the_place_of_latencies_between_gateways() {
    let sets = ["gateways.regions=[\"eu\", \"us\"]", "regions.latency.eu.us=40ms"];
    let link = "gateways.link=[{ between = [\"g0\", \"g3\"], latency = \"9ms\" }]";
    let setup = built(PLAIN, &[sets[0], sets[1], link]);
    let latency = |a: u32, b: u32| {
        let ends = (GatewayId(a), GatewayId(b));
        let link = setup.gateways.links.iter().find(|link| link.ends == ends).unwrap();
        setup.gateways.specs[link.there as usize].latency.clone()
    };
    assert_eq!(latency(0, 1), Delay::constant(Span::millis(40)));
    assert_eq!(latency(0, 2), Delay::constant(Span::millis(2)));
    assert_eq!(latency(0, 3), Delay::constant(Span::millis(9)), "its own counts");
    let matrix = setup.regions.unwrap();
    let (eu, us) = (RegionId::new(0), RegionId::new(1));
    assert_eq!(matrix.between(eu, us), &Delay::constant(Span::millis(40)));
    assert_eq!(setup.gateways.specs.len(), 3, "equal links share a spec");
}

#[test]
fn one_more_client_moves_nobody() {
    let (few, many) = (
        built(PLAIN, &["clients.placement=random"]),
        built(PLAIN, &["clients.placement=random", "clients.count=11"]),
    );
    assert_eq!(few.homes[..], many.homes[..10]);
}

#[test]
fn another_strategy_of_the_same_file() {
    let loaded = fine(&format!("{PLAIN}\n[single]\nack_timeout = \"300ms\"\n"));
    let built = loaded.build_as(Strategy::of::<SingleKeys>(), 7).unwrap().setup;
    assert_eq!((built.seed, built.places().client(ClientId(0)).index()), (7, 5));
    let options = built.strategy.get::<Single>().expect("it is single");
    assert_eq!(options.ack_timeout, Span::millis(300));
    assert!(!built.strategy.needs().roams);
}
