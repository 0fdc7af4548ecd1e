//! Whole exchanges as another program has them: when each message comes, and how many transfers that takes.
//!
//! That program was written apart from this one, after the rules of The ONE in an exact clock; its worlds and
//! results stand here as tables. Every transfer hangs on the order of turns, of contacts and of what is said,
//! so that these hold the order at one instant to what researchers compare with.

use crate::meeting::carrier::{Carrier, Errand, Message, Parcel, Told};
use crate::meeting::{apart, id};
use penult_sim::*;

/// A message: when it is born, in microseconds, from whom, to whom, its bytes, and when it comes, in nanoseconds.
type Line = (u64, usize, usize, u32, Option<u64>);

/// A contact: of whom, and from when until when, in microseconds.
type Stay = (usize, usize, u64, u64);

struct Case<'a> {
    seed: u64,
    devices: usize,
    /// In bytes per second.
    bandwidth: Option<u64>,
    broadcasts: bool,
    source: Box<dyn FnOnce(&mut Contacts)>,
    faults: Vec<Fault>,
    messages: &'a [Line],
    /// Transfers that began, that ended, that broke off.
    transfers: [u64; 3],
}

/// Counts transfers, and keeps when each message came to whom.
#[derive(Default)]
struct Seen {
    transfers: [u64; 3],
    has: Vec<(u32, NodeId, Time)>,
}

impl Observer<Carrier> for Seen {
    fn see(&mut self, at: Time, what: Observed<'_, Carrier>) {
        let (place, carried) = match what {
            Observed::Sent(carried) => (0, carried),
            Observed::Received(carried) => (1, carried),
            Observed::Lost(carried, _) => (2, carried),
            Observed::Told { node, note: &Told::Has(message) } => {
                return self.has.push((message, node, at));
            }
            _ => return,
        };
        let is_copy = matches!(carried.packet, Parcel::Copy { .. });
        assert_eq!(is_copy, carried.over == Bearer::Transfer);
        self.transfers[place] += u64::from(is_copy);
    }
}

fn micros(number: u64) -> Time {
    Time::from_nanos(number * 1000)
}

fn check(case: Case<'_>) {
    let message = |&(born, from, to, bytes, _): &Line| {
        let born = Span::micros(born);
        Message { born, from: id(from), to: id(to), bytes }
    };
    let messages = case.messages.iter().map(message).collect();
    let broadcasts = case.broadcasts;
    let errand = Errand { messages, forgets: true, broadcasts, ..Errand::default() };
    let mut contacts = Contacts::new();
    contacts.set_bandwidth(case.bandwidth.and_then(|bytes| Bandwidth::bits_per_second(8 * bytes)));
    (case.source)(&mut contacts);
    let network = apart(case.devices);
    let mut run = Engine::<Carrier>::new(Seed::new(case.seed), network, errand);
    run.add_contacts(contacts).expect("the contacts fit the network");
    for fault in case.faults {
        run.add_fault(fault).expect("the fault fits the network");
    }
    let mut run = run.observed_by(Seen::default());
    run.run(&Limits::until(Time::from_secs(600))).expect("there is no limit on events");
    let seen = run.into_observer();
    for (number, &(_, from, to, _, comes)) in (0..).zip(case.messages) {
        let came = seen.has.iter().find(|&&(message, node, _)| (message, node) == (number, id(to)));
        assert_eq!(came.map(|&(.., at)| at.nanos()), comes, "message {number} from {from} to {to}");
    }
    assert_eq!(seen.transfers, case.transfers, "began, ended, broke off");
}

fn rows(spans: &'static [Stay]) -> Box<dyn FnOnce(&mut Contacts)> {
    let row = |&(a, b, up, down): &Stay| Contact {
        a: id(a),
        b: id(b),
        up: micros(up),
        down: micros(down),
    };
    let rows = ContactTrace::new(spans.iter().map(row).collect()).expect("the rows make sense");
    Box::new(|contacts| contacts.add_source(rows))
}

fn devices(clients: u32, relays: u32) -> Vec<Mobile> {
    let entities = (0..clients).chain((0..relays).map(|relay| (1 << 23) + relay));
    (0..).map(NodeId::new).zip(entities).map(|(node, entity)| Mobile { node, entity }).collect()
}

/// Nine clients and two relays in a small park.
fn walkers() -> Box<dyn FnOnce(&mut Contacts)> {
    let speed = Distribution::constant(3.0).expect("it is above zero");
    let walking = Walking { area: (200.0, 150.0), speed, pause: Delay::constant(Span::secs(7)) };
    let waypoint = Waypoint::new(Purpose::of_models(100), &devices(9, 2), walking, 35.0);
    let waypoint = waypoint.expect("devices are in order");
    Box::new(|contacts| contacts.add_source(waypoint))
}

/// Three meetings in ten minutes, of twenty seconds each.
fn meetings() -> Box<dyn FnOnce(&mut Contacts)> {
    let gaps = Delay::from_nanos(Distribution::exponential(60e9 / 0.3).expect("it is above zero"));
    let meetings = Meetings::new(Purpose::of_models(101), &devices(4, 0), gaps, Span::secs(20));
    let meetings = meetings.expect("devices are in order");
    Box::new(|contacts| contacts.add_source(meetings))
}

#[test]
fn what_ends_with_its_contact_has_arrived() {
    check(Case {
        seed: 779_555,
        devices: 4,
        bandwidth: Some(1000),
        broadcasts: true,
        source: rows(&[(0, 1, 2_608_607, 4_608_607)]),
        faults: vec![],
        messages: &[(1_608_607, 0, 1, 2000, Some(4_608_607_000))],
        transfers: [1, 1, 0],
    });
}

#[test]
fn delivered_at_the_instant_at_which_another_carrier_gets_it() {
    check(Case {
        seed: 379_870,
        devices: 4,
        bandwidth: Some(1000),
        broadcasts: true,
        source: rows(&[
            (0, 2, 2_495_441, 3_495_441),
            (0, 1, 5_495_441, 10_495_441),
            (2, 3, 5_495_441, 10_495_441),
            (1, 3, 4_495_441, 10_495_441),
        ]),
        faults: vec![],
        messages: &[(1_495_441, 0, 1, 1000, Some(6_495_441_000))],
        transfers: [3, 3, 0],
    });
}

#[test]
fn a_mark_ends_a_transfer() {
    check(Case {
        seed: 859_719,
        devices: 4,
        bandwidth: Some(1000),
        broadcasts: true,
        source: rows(&[
            (0, 2, 2_049_035, 3_049_035),
            (2, 3, 4_049_035, 10_049_035),
            (0, 1, 3_549_035, 10_049_035),
            (0, 2, 4_049_035, 10_049_035),
        ]),
        faults: vec![],
        messages: &[(1_049_035, 0, 1, 1000, Some(4_549_035_000))],
        transfers: [3, 2, 1],
    });
}

#[test]
fn transfers_take_time() {
    check(Case {
        seed: 160_833,
        devices: 7,
        bandwidth: Some(100_000),
        broadcasts: true,
        source: rows(&[
            (3, 6, 47_868_313, 48_463_310),
            (6, 1, 11_046_885, 14_430_980),
            (4, 3, 43_526_415, 43_936_354),
            (6, 1, 4_468_739, 4_680_228),
            (1, 5, 19_638_471, 21_435_878),
            (6, 2, 15_606_183, 15_826_354),
        ]),
        faults: vec![Fault::once(
            What::offline(id(1)),
            micros(25_882_989),
            Span::micros(3_497_171),
        )],
        messages: &[
            (4_595_157, 3, 0, 500, None),
            (5_244_211, 4, 2, 20_000, None),
            (10_632_489, 1, 3, 500, Some(47_873_313_000)),
            (36_542_087, 4, 3, 20_000, Some(43_726_415_000)),
            (41_093_383, 4, 3, 20_000, Some(43_926_415_000)),
            (45_263_611, 1, 2, 5000, None),
            (48_873_325, 0, 3, 500, None),
            (49_759_167, 2, 0, 20_000, None),
        ],
        transfers: [8, 7, 1],
    });
}

#[test]
fn transfers_take_time_and_marks_are_not_spread() {
    check(Case {
        seed: 270_868,
        devices: 4,
        bandwidth: Some(5000),
        broadcasts: false,
        source: rows(&[
            (0, 3, 42_754_865, 43_046_708),
            (0, 3, 1_344_193, 1_884_538),
            (3, 1, 57_408_749, 60_905_908),
            (3, 2, 41_357_653, 43_614_230),
            (1, 0, 44_006_349, 44_556_472),
        ]),
        faults: vec![],
        messages: &[
            (1_580_527, 2, 3, 20_000, None),
            (12_701_955, 3, 0, 500, None),
            (16_548_233, 2, 3, 20_000, None),
            (17_718_041, 1, 0, 500, Some(44_106_349_000)),
            (49_760_125, 1, 3, 20_000, None),
        ],
        transfers: [3, 1, 2],
    });
}

#[test]
fn transfers_take_no_time() {
    check(Case {
        seed: 614_156,
        devices: 6,
        bandwidth: None,
        broadcasts: true,
        source: rows(&[
            (4, 0, 56_140_885, 70_840_098),
            (3, 1, 57_960_283, 58_142_910),
            (5, 1, 28_498_069, 28_954_068),
            (3, 4, 15_348_843, 17_892_100),
            (3, 5, 4_096_381, 4_587_410),
            (2, 3, 36_904_321, 38_980_566),
            (2, 3, 44_120_365, 46_589_726),
            (0, 5, 53_175_529, 61_134_800),
            (0, 2, 37_774_823, 37_805_666),
            (2, 4, 11_931_551, 12_234_292),
            (2, 1, 37_151_089, 37_614_412),
            (5, 1, 4_214_087, 20_294_932),
            (3, 5, 59_339_221, 61_326_932),
        ]),
        faults: vec![],
        messages: &[
            (2_353_939, 2, 1, 20_000, Some(37_151_089_000)),
            (3_606_287, 1, 4, 20_000, Some(15_348_843_000)),
            (8_135_671, 3, 2, 500, Some(36_904_321_000)),
            (11_164_349, 5, 0, 5000, Some(37_774_823_000)),
            (14_214_599, 1, 0, 20_000, Some(37_774_823_000)),
            (19_999_887, 2, 3, 1000, Some(36_904_321_000)),
            (20_700_391, 3, 2, 20_000, Some(36_904_321_000)),
            (24_308_091, 2, 4, 20_000, Some(56_140_885_000)),
            (27_698_647, 3, 2, 1000, Some(36_904_321_000)),
            (27_969_883, 4, 2, 500, None),
            (34_791_271, 0, 4, 500, Some(56_140_885_000)),
            (40_244_703, 3, 1, 1000, Some(57_960_283_000)),
            (41_367_151, 3, 2, 5000, Some(44_120_365_000)),
            (43_769_819, 4, 3, 500, Some(59_339_221_000)),
        ],
        transfers: [38, 38, 0],
    });
}

#[test]
fn who_walks_carries() {
    check(Case {
        seed: 588_914,
        devices: 11,
        bandwidth: None,
        broadcasts: true,
        source: walkers(),
        faults: vec![],
        messages: &[
            (31_170_501, 4, 2, 1000, Some(31_170_501_000)),
            (54_942_101, 3, 6, 20_000, Some(77_516_209_412)),
            (100_376_197, 7, 1, 1000, Some(167_349_841_599)),
            (101_931_745, 2, 7, 20_000, Some(101_931_745_000)),
            (127_202_919, 7, 8, 20_000, Some(138_368_572_557)),
            (136_465_701, 1, 0, 1000, Some(182_901_181_912)),
        ],
        transfers: [36, 36, 0],
    });
}

#[test]
fn who_meets_by_chance_carries() {
    check(Case {
        seed: 115_238,
        devices: 4,
        bandwidth: None,
        broadcasts: true,
        source: meetings(),
        faults: vec![],
        messages: &[
            (20_448_551, 1, 3, 1000, Some(65_621_181_776)),
            (42_126_601, 2, 1, 1000, Some(46_400_876_350)),
            (62_892_283, 2, 0, 1000, Some(156_254_143_480)),
            (84_760_939, 3, 1, 1000, Some(84_760_939_000)),
            (86_006_227, 2, 1, 1000, Some(271_288_752_300)),
            (93_389_351, 3, 2, 1000, Some(160_678_980_482)),
            (124_554_203, 3, 1, 1000, Some(124_554_203_000)),
            (158_434_023, 0, 2, 1000, Some(160_678_980_482)),
            (182_831_773, 3, 1, 1000, Some(411_131_042_171)),
            (262_112_637, 1, 2, 1000, Some(410_830_957_744)),
        ],
        transfers: [21, 21, 0],
    });
}
