//! Devices in a run: what they send is what their streams say outside of it, crash or no crash.

use penult_models::{SendTimes, To, WorkloadSpec};
use penult_sim::{
    Context, DiskFate, Distribution, Engine, Fault, Ids, Limits, Network, Node, NodeId, NodeSpec,
    Packet, What, When, Who,
};

use super::*;

#[derive(Clone)]
struct Nothing;

impl Ids for Nothing {
    fn ids(&self) -> u64 {
        0
    }
}

impl Packet for Nothing {}

/// A device that only makes messages, late if it must.
struct Device;

#[derive(Default)]
struct Disk {
    sending: Option<Sending>,
    due: bool,
    made: Vec<Draft>,
}

impl Device {
    fn plan(disk: &mut Disk, cx: &mut Context<'_, Self>) {
        let (client, workload) = (ClientId(cx.node().raw()), cx.world());
        let sending = disk.sending.get_or_insert_with(|| workload.resume(client, cx.now()));
        if !disk.due && workload.next(client, sending, cx).is_none() {
            return;
        }
        disk.due = true;
        let wait = sending.at().max(cx.now()) - cx.now();
        cx.set_timer(wait, ());
    }
}

impl Node for Device {
    type World = Workload;
    type Disk = Disk;
    type Packet = Nothing;
    type Timer = ();
    type Note = ();

    fn new_disk(_: NodeId, _: &Workload) -> Disk {
        Disk::default()
    }

    fn start(disk: &mut Disk, cx: &mut Context<'_, Self>) -> Self {
        Self::plan(disk, cx);
        Device
    }

    fn receive(&mut self, _: &mut Disk, _: NodeId, _: Nothing, _: &mut Context<'_, Self>) {}

    fn wake(&mut self, disk: &mut Disk, (): (), cx: &mut Context<'_, Self>) {
        let client = ClientId(cx.node().raw());
        let sending = disk.sending.expect("it was planned");
        disk.made.push(cx.world().make(client, &sending, cx));
        disk.due = false;
        Self::plan(disk, cx);
    }
}

fn spec() -> WorkloadSpec {
    WorkloadSpec {
        times: SendTimes::Poisson { rate: 1.0 },
        to: To::Zipf { exponent: 1.0 },
        recipients: Distribution::uniform(1.0, 4.0).unwrap(),
        size: Distribution::exponential(2_000.0).unwrap(),
        harmful: 0.1,
        ..Default::default()
    }
}

/// What each of ten devices makes in a run in which c4 is down from 20 s to 40 s.
fn made_in_a_run(disk: DiskFate) -> Vec<Vec<Draft>> {
    let mut network = Network::new();
    let nodes: Vec<NodeId> = (0..10).map(|_| network.add_node(&NodeSpec::default())).collect();
    let mut engine = Engine::<Device>::new(SEED, network, workload(spec(), 10, at(60)));
    let what = What::Crash { who: Who::Nodes(vec![nodes[4]]), disk };
    let when = When::Once { at: at(20), lasts: Some(Span::secs(20)) };
    engine.add_fault(Fault { what, when }).unwrap();
    engine.run(&Limits::QUIET).unwrap();
    nodes.iter().map(|&node| engine.disk(node).made.clone()).collect()
}

#[test]
fn devices_make_what_their_streams_say_though_one_crashes() {
    let outside = workload(spec(), 10, at(60));
    for (client, made) in (0..).zip(made_in_a_run(DiskFate::Kept)) {
        assert_eq!(made, sent(&outside, client));
    }
}

#[test]
fn without_its_disk_a_device_goes_on_from_now() {
    let outside = workload(spec(), 10, at(60));
    for (client, made) in (0..).zip(made_in_a_run(DiskFate::Lost)) {
        let expected = sent(&outside, client);
        if client == 4 {
            assert!(made.len() > 5 && made.is_sorted_by_key(|draft| draft.created));
            assert!(made[0].created >= at(40));
        } else {
            assert_eq!(made, expected);
        }
    }
}
