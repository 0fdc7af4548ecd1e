//! What `mesh` promises, over random worlds: earliest paths without limits, limits that hold, nothing shown twice,
//! and, with all servers up, what `single` delivers.

use std::collections::BTreeMap;

use penult_models::strategies::mesh::{
    ConnectionOptions, Evict, ForgetOn, GroupOptions, Members, MeshOptions, Peers, PresenceOptions,
};
use penult_models::strategies::single::SingleOptions;
use penult_models::{
    ClientId, ContactOptions, ContactsFrom, DeliveryId, GatewayId, Note, ServiceOptions, Setup,
};
use penult_sim::*;
use proptest::prelude::*;

use crate::common::carriers::*;
use crate::common::*;

type Said = (Time, u32, u32, u32);

/// When a message is at each device at the earliest: a contact carries while it lasts, in no time.
fn earliest(devices: u32, met: &[Met], from: u32, sent: Time) -> Vec<Time> {
    let mut known = vec![Time::NEVER; devices as usize];
    known[from as usize] = sent;
    let mut changes = true;
    while changes {
        changes = false;
        for &(a, b, up, down) in met {
            for (one, other) in [(a, b), (b, a)] {
                let there = known[one as usize].max(at(up));
                if there < at(down) && there < known[other as usize] {
                    known[other as usize] = there;
                    changes = true;
                }
            }
        }
    }
    known
}

fn contacts(devices: u32, most: usize) -> impl Strategy<Value = Vec<Met>> {
    let one = (0..devices, 0..devices, 0_u64..50_000, 1_u64..8_000);
    let met = one.prop_filter_map("two devices", |(a, b, up, lasts)| {
        // Contacts that touch are two: what is sent at that instant is no test of paths.
        (a != b).then_some((a.min(b), a.max(b), up * 2, up * 2 + lasts * 2 + 1))
    });
    prop::collection::vec(met, 0..most)
}

fn messages(devices: u32, most: usize) -> impl Strategy<Value = Vec<Said>> {
    let one = (1_u64..90_000, 0..devices, 0..devices, 1_u32..3_000);
    let said = one.prop_filter_map("two devices", |(sent, from, to, bytes)| {
        (from != to).then_some((at(sent) + Span::nanos(7), from, to, bytes))
    });
    prop::collection::vec(said, 1..most)
}

fn alone(devices: u32, met: Vec<Met>, bandwidth: Option<u64>, options: MeshOptions) -> World {
    let homes = vec![0; devices as usize];
    World { gateways: 0, homes, times: Times::PLAIN, met, bandwidth, options }
}

/// Runs a world without servers for as long as anybody meets.
fn played(world: &World, said: &[Said]) -> Played {
    let mut setup = world.setup(said);
    (setup.ends, setup.stops) = (at(200_000), at(200_000));
    play_mesh(&setup)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases(40)))]

    #[test]
    fn deliveries_are_at_the_earliest_path(
        (met, said) in (contacts(9, 60), messages(9, 12)),
        forget in any::<bool>(),
        broadcast in any::<bool>(),
    ) {
        let options = MeshOptions { forget, broadcast, ..connections(Vec::new()) };
        let world = alone(9, met.clone(), None, options);
        let played = played(&world, &said);
        for row in &played.rows {
            let known = earliest(9, &met, row.message.sender.0, row.created);
            let expected = Some(known[row.recipient.index()]).filter(|&it| it < Time::NEVER);
            prop_assert_eq!(row.delivered, expected);
            // Whom a path of contacts from the recipient reaches, hears of it.
            if let (Some(delivered), true, true) = (row.delivered, forget, broadcast) {
                let hears = earliest(9, &met, row.recipient.0, delivered);
                let sender = hears[row.message.sender.index()];
                prop_assert_eq!(row.accepted, Some(sender).filter(|&it| it < Time::NEVER));
            }
        }
    }

    #[test]
    fn limits_hold(
        (met, said) in (contacts(6, 60), messages(6, 14)),
        bandwidth in prop_oneof![Just(None), (1_u64..5).prop_map(Some)],
        buffer in prop_oneof![Just(None), (1_000_u64..6_000).prop_map(Some)],
        copies in prop_oneof![Just(None), (1_u32..7).prop_map(Some)],
        carry_limit in prop_oneof![Just(None), (0_u32..4).prop_map(Some)],
        ttl in prop_oneof![Just(None), (1_u64..60_000).prop_map(Some)],
        keep in prop_oneof![Just(None), (1_u64..60_000).prop_map(Some)],
        evict in prop_oneof![Just(Evict::Oldest), Just(Evict::Youngest), Just(Evict::Largest)],
        forget in any::<bool>(),
    ) {
        let options = MeshOptions {
            copies,
            buffer,
            carry_limit,
            ttl: ttl.map(Span::millis),
            keep: keep.map(Span::millis),
            evict,
            forget,
            ..connections(Vec::new())
        };
        let world = alone(6, met, bandwidth, options);
        let played = played(&world, &said);
        check_limits(&world, &said, &played)?;
    }

    #[test]
    fn with_all_servers_up_it_delivers_what_single_delivers(
        said in messages(5, 10),
        gateways in 1_u32..4,
        use_all in any::<bool>(),
        has_presence in any::<bool>(),
        met in contacts(5, 20),
    ) {
        let list = vec![line(&[0, 1, 2, 3, 4], Times::PLAIN.access), line(&[1, 3], Span::millis(400))];
        let options = MeshOptions {
            use_all,
            presence: presence(has_presence, None, false),
            ..connections(list)
        };
        let homes: Vec<u32> = (0..5).map(|client| client % gateways).collect();
        let world =
            World { gateways, homes, times: Times::PLAIN, met, bandwidth: Some(50), options };
        let mut setup = world.setup(&said);
        (setup.ends, setup.stops) = (at(200_000), at(200_000));
        let carried = play_mesh(&setup);
        setup.strategy = StrategyOptions::of::<Single>(SingleOptions::default());
        let single = play_single(&setup);
        for row in &single.rows {
            let other = carried.row(row.message.id.number(), row.recipient.0);
            prop_assert_eq!(row.fate, other.fate);
            // Devices only make it faster.
            prop_assert!(other.delivered <= row.delivered, "{:?} {:?}", other, row);
        }
    }

    #[test]
    fn whatever_happens_the_ledger_agrees(plan in plan()) {
        let played = play_mesh(&plan.setup());
        // What was created is delivered once, or told of: that is checked as it is played.
        prop_assert_eq!(played.totals.offered as usize, plan.said.len());
        prop_assert_eq!(played.totals.duplicates_seen, 0);
    }
}

fn presence(is_there: bool, at: Option<u32>, push: bool) -> Option<PresenceOptions> {
    is_there.then(|| PresenceOptions {
        built: ServiceOptions {
            latency: Delay::constant(Span::millis(7)),
            ..ServiceOptions::default()
        },
        at: at.map(GatewayId),
        hold: Span::secs(40),
        clear_for_originator: push,
        push,
    })
}

/// Follows what each device holds.
fn check_limits(world: &World, said: &[Said], played: &Played) -> Result<(), TestCaseError> {
    let MeshOptions { buffer, copies, carry_limit, .. } = world.options;
    let said: BTreeMap<u32, Said> = (0..).zip(sorted(said)).collect();
    let mut held: BTreeMap<(NodeId, DeliveryId), bool> = BTreeMap::new();
    let mut holders: BTreeMap<DeliveryId, u32> = BTreeMap::new();
    for (when, node, note) in &played.seen.notes {
        let mut holds = |delivery: DeliveryId, own: bool| {
            held.insert((*node, delivery), own);
            *holders.entry(delivery).or_default() += 1;
        };
        match note {
            Note::Created(message) => message.deliveries().for_each(|it| holds(it, true)),
            // One that comes back to its originator is its own.
            Note::Kept(delivery) => {
                let (_, sender, ..) = said[&delivery.message.number()];
                holds(*delivery, played.places.client(ClientId(sender)) == *node);
            }
            Note::Dropped(delivery, _) => {
                if held.remove(&(*node, *delivery)).is_some() {
                    *holders.get_mut(delivery).expect("it was held") -= 1;
                }
                continue;
            }
            _ => continue,
        }
        let own = held.iter().filter(|((whose, _), _)| whose == node);
        let (mut all, mut others, mut mine) = (0, 0, 0);
        for ((_, delivery), &own) in own {
            let (.., size) = said[&delivery.message.number()];
            let size = u64::from(size);
            all += size;
            if own { mine += size } else { others += 1 }
        }
        // Room is made before what is new is told of, own messages may be too much.
        if let Some(limit) = buffer {
            prop_assert!(all <= limit.max(mine + limit), "{all} of {limit} at {when}");
            if mine == 0 {
                prop_assert!(all <= limit, "{all} of {limit} at {when}");
            }
        }
        if let Some(limit) = carry_limit {
            prop_assert!(others <= limit, "{others} of {limit} at {when}");
        }
    }
    for (delivery, most) in most_holders(played) {
        if let Some(copies) = copies {
            prop_assert!(most <= copies, "{most} of {copies} of {delivery:?}");
        }
    }
    Ok(())
}

/// In the order in which messages are numbered.
fn sorted(said: &[Said]) -> Vec<Said> {
    let mut said = said.to_vec();
    said.sort_by_key(|it| it.0);
    said
}

/// How many devices held each message at one time, at most.
fn most_holders(played: &Played) -> Vec<(DeliveryId, u32)> {
    let mut now: BTreeMap<DeliveryId, (u32, u32)> = BTreeMap::new();
    for (_, _, note) in &played.seen.notes {
        match note {
            Note::Created(message) => {
                message.deliveries().for_each(|it| _ = now.insert(it, (1, 1)));
            }
            Note::Kept(delivery) => {
                let (holders, most) = now.get_mut(delivery).expect("it was made");
                *holders += 1;
                *most = (*most).max(*holders);
            }
            Note::Dropped(delivery, penult_models::Drop::Twice) => _ = delivery,
            Note::Dropped(delivery, _) => {
                let (holders, _) = now.get_mut(delivery).expect("it was made");
                *holders = holders.saturating_sub(1);
            }
            _ => {}
        }
    }
    now.into_iter().map(|(delivery, (_, most))| (delivery, most)).collect()
}

/// A world of every kind: faults, connections, presence, limits.
#[derive(Clone, Debug)]
struct Plan {
    world: World,
    said: Vec<Said>,
    /// What falls: one of the nodes, at an instant, for so long; whether it is off instead.
    falls: Vec<(u32, u64, u64, bool)>,
    cuts: Vec<(u32, u32, u64, u64)>,
}

const DEVICES: u32 = 6;

impl Plan {
    fn setup(&self) -> Setup {
        let mut setup = self.world.setup(&self.said);
        setup.clients.keepalive = Span::secs(4);
        (setup.ends, setup.stops) = (at(100_000), at(160_000));
        let places = setup.places();
        for &(which, from, lasts, off) in &self.falls {
            let node = NodeId::new((which % places.count()) as usize);
            let is_device = places.kind(node).is_device();
            let what = match off && is_device {
                true => What::offline(node),
                false => What::crash(node),
            };
            setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
        }
        for &(gateway, device, from, lasts) in &self.cuts {
            if places.gateways > 0 {
                let ends = (node(gateway % places.gateways), places.client(ClientId(device)));
                let what = What::Link { ends, one_way: false };
                setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
            }
        }
        setup
    }
}

fn connection() -> impl Strategy<Value = ConnectionOptions> {
    let devices = prop_oneof![
        Just(Members::All),
        Just(Members::Relays),
        (0.0_f64..1.0).prop_map(Members::Share),
        prop::collection::vec(0..DEVICES, 1..4).prop_map(Members::These),
    ];
    let peers = prop_oneof![Just(Peers::None), Just(Peers::Same), Just(Peers::All)];
    let turns = prop::collection::vec((0_u64..90_000, 1_u64..30_000), 0..3);
    (devices, peers, 0_u64..300, prop::option::of(turns)).prop_map(
        |(devices, peers, latency, turns)| {
            let turns = turns.map(|turns| {
                let turns = turns.into_iter();
                turns.map(|(up, lasts)| (at(up), at(up + lasts))).collect::<Vec<_>>()
            });
            let all: Vec<u32> = (0..DEVICES).collect();
            let one = match turns {
                Some(turns) => covered(&all, Span::millis(latency), &turns),
                None => line(&all, Span::millis(latency)),
            };
            ConnectionOptions { devices, peers, ..one }
        },
    )
}

fn plan() -> impl Strategy<Value = Plan> {
    let limits = (
        prop::option::of(1_u32..6),
        prop::option::of(2_000_u64..9_000),
        prop::option::of(1_000_u64..60_000),
        prop::option::of(0_u32..4),
        0.3_f64..1.5,
    );
    let ways = (any::<[bool; 8]>(), prop::collection::vec(connection(), 0..4), 0_u32..3);
    let faults = (
        prop::collection::vec((0_u32..40, 0_u64..90_000, 1_u64..40_000, any::<bool>()), 0..7),
        prop::collection::vec((0_u32..3, 0..DEVICES, 0_u64..90_000, 1_u64..40_000), 0..3),
    );
    let world = (0_u32..4, contacts(DEVICES, 30), prop::option::of(1_u64..80), 0_usize..6);
    (limits, ways, faults, world, messages(DEVICES - 2, 10)).prop_map(
        |(
            (copies, buffer, time, carry_limit, share),
            (flags, list, relays),
            faults,
            world,
            said,
        )| {
            let (gateways, met, bandwidth, times) = world;
            let [forget, taken, broadcast, use_all, back, slow, asks, push] = flags;
            let options = MeshOptions {
                copies,
                buffer,
                ttl: time.filter(|_| slow).map(Span::millis),
                keep: time.filter(|_| push).map(Span::millis),
                carry_limit,
                share,
                forget: forget || taken,
                forget_on: if taken { ForgetOn::Taken } else { ForgetOn::Delivered },
                broadcast,
                use_all,
                back,
                latency_limit: slow.then(|| Span::millis(150)),
                relays: 2,
                presence: presence(asks && gateways > 0, (relays == 1).then_some(0), push),
                groups: vec![GroupOptions {
                    devices: Members::Share(0.5),
                    buffer: Some(3_000),
                    keep: None,
                    carry_limit: None,
                    bandwidth: bandwidth.and_then(|it| Bandwidth::bits_per_second(4_000 * it)),
                }],
                ..connections(list)
            };
            let homes = (0..DEVICES - 2).map(|client| client % gateways.max(1)).collect();
            let times = several_times()[times];
            let world = World { gateways, homes, times, met, bandwidth, options };
            Plan { world, said, falls: faults.0, cuts: faults.1 }
        },
    )
}

/// A long trace of many devices: as long as PENULT_CASES says.
#[test]
fn a_large_trace_is_at_the_earliest_paths() {
    let devices = 40 * cases(1).min(5);
    let mut stream = Stream::new(Purpose::of_models(60_000), 1);
    let seed = Seed::new(7);
    let mut below = |most: u64| stream.with(&seed).below(most);
    let mut met: Vec<Met> = Vec::new();
    for _ in 0..2_000 * cases(1).min(50) {
        let (a, b) = (below(devices.into()) as u32, below(devices.into()) as u32);
        let (up, lasts) = (below(90_000) * 2, below(40) * 2 + 1);
        if a != b {
            met.push((a.min(b), a.max(b), up, up + lasts));
        }
    }
    let said: Vec<Said> = (0..20)
        .map(|n| (at(n * 1_000 + 1) + Span::nanos(3), n as u32 % 7, 8 + n as u32, 100))
        .collect();
    let world = alone(devices, met.clone(), None, connections(Vec::new()));
    let played = played(&world, &said);
    let mut delivered = 0;
    for row in &played.rows {
        let known = earliest(devices, &met, row.message.sender.0, row.created);
        let expected = Some(known[row.recipient.index()]).filter(|&it| it < Time::NEVER);
        assert_eq!(row.delivered, expected);
        delivered += u32::from(expected.is_some());
    }
    assert!(delivered >= 15, "the trace is no test: {delivered}");
}

/// Exponential meetings without limits: the mean delay, and how many copies there are at delivery.
#[test]
fn exponential_meetings_are_as_theory_says() {
    // N + 1 devices of which each pair meets at rate λ: the mean delay of epidemic forwarding is H_N / (λ·N).
    let (devices, rate, runs) = (5_u32, 0.01_f64, 400 * cases(1).min(8));
    let gaps = Distribution::exponential(1e9 / rate).expect("a rate");
    let contacts = ContactOptions {
        from: ContactsFrom::Meetings { gaps: Delay::from_nanos(gaps), lasts: Span::nanos(1) },
        bandwidth: None,
    };
    let options = MeshOptions { contacts, ..connections(Vec::new()) };
    let world = alone(devices, Vec::new(), None, options);
    let (mut sum, mut squares) = (0.0, 0.0);
    for seed in 0..u64::from(runs) {
        let mut setup = world.setup(&[(at(1), 0, 4, 100)]);
        (setup.seed, setup.stops) = (seed, at(1_000_000));
        let delay = play_mesh(&setup).latency(0, 4).expect("it comes").as_secs_f64();
        sum += delay;
        squares += delay * delay;
    }
    let n = f64::from(runs);
    let (mean, expected) = (sum / n, 52.0833);
    let error = ((squares / n - mean * mean) / n).sqrt();
    assert!((mean - expected).abs() < 4.0 * error, "{mean} ± {error}, not {expected}");
}
