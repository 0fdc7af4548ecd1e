//! Meetings and walkers, to the bit: beside plain twins that hold every pair against the rule. What another
//! program finds in such worlds stands in `contact_cases.rs`.

use std::collections::BTreeMap;

use penult_sim::*;
use proptest::prelude::*;

use crate::common::cases;

const WALKS: Purpose = Purpose::of_models(100);
const MEETINGS: Purpose = Purpose::of_models(101);

/// Who is together, and from when until when.
type Together = ((NodeId, NodeId), Time, Time);

/// So many devices, and behind them some with numbers of another kind.
fn devices(clients: u32, relays: u32) -> Vec<Mobile> {
    let entities = (0..clients).chain((0..relays).map(|relay| (1 << 23) + relay));
    (0..).map(NodeId::new).zip(entities).map(|(node, entity)| Mobile { node, entity }).collect()
}

/// What a source says up to an instant, in the order in which contacts end.
fn contacts(mut source: impl ContactSource, seed: Seed, until: Time) -> Vec<Together> {
    let (mut begun, mut over, mut changes) = (BTreeMap::new(), Vec::new(), Vec::new());
    let mut last = None;
    while let Some(at) = source.next(&seed, &mut changes)
        && at < until
    {
        assert!(last.is_none_or(|last| at > last), "instants come one after the other");
        last = Some(at);
        let place = |change: &ContactChange| (change.begins, change.pair);
        assert!(changes.is_sorted_by_key(place), "ends before beginnings, by pair: {changes:?}");
        for ContactChange { pair, begins } in changes.drain(..) {
            if begins {
                assert_eq!(begun.insert(pair, at), None, "{pair:?} began twice");
            } else {
                let from = begun.remove(&pair).expect("what ends has begun");
                assert!(from < at, "no contact lasts no time");
                over.push((pair, from, at));
            }
        }
    }
    over.extend(begun.into_iter().map(|(pair, from)| (pair, from, until)));
    over.sort_unstable();
    over
}

/// A stretch of a walk: where and when it begins, and how far it leads in a nanosecond.
#[derive(Clone, Copy, Debug)]
struct Stretch {
    x: f64,
    y: f64,
    u: f64,
    w: f64,
    f: u64,
}

/// All stretches of a walk that begin before an instant, drawn as the rule has it.
fn stretches(entity: u32, walking: &Walking, seed: Seed, until: u64) -> Vec<Stretch> {
    let mut stream = Stream::new(WALKS, entity.into());
    let mut draw = stream.with(&seed);
    let (width, height) = walking.area;
    let mut x = draw.unit() * width;
    let mut y = draw.unit() * height;
    let (mut at, mut all) = (0, Vec::new());
    while at < until {
        let x2 = draw.unit() * width;
        let y2 = draw.unit() * height;
        let speed = walking.speed.sample(&mut draw);
        let pause = walking.pause.sample(&mut draw).as_nanos();
        let (dx, dy) = (x2 - x, y2 - y);
        let t = ((dx * dx + dy * dy).sqrt() / speed * 1e9).round().max(1.0);
        all.push(Stretch { x, y, u: dx / t, w: dy / t, f: at });
        at += t as u64;
        (x, y) = (x2, y2);
        if pause > 0 {
            all.push(Stretch { x, y, u: 0.0, w: 0.0, f: at });
            at += pause;
        }
    }
    all
}

/// When two walks are near each other on a stretch on which neither turns; both ends counted from its start.
fn near(one: &Stretch, two: &Stretch, s: u64, r: f64) -> Option<(f64, f64)> {
    let (since1, since2) = ((s - one.f) as f64, (s - two.f) as f64);
    let dx = (one.x + one.u * since1) - (two.x + two.u * since2);
    let dy = (one.y + one.w * since1) - (two.y + two.w * since2);
    let (vx, vy) = (one.u - two.u, one.w - two.w);
    let a = vx * vx + vy * vy;
    let b = dx * vx + dy * vy;
    let c = dx * dx + dy * dy - r * r;
    let d = b * b - a * c;
    let begin = if c <= 0.0 {
        0.0
    } else if b < 0.0 && d > 0.0 {
        ((-b - d.sqrt()) / a).ceil()
    } else {
        return None;
    };
    let crosses = a > 0.0 && d > 0.0;
    let end = if crosses { ((-b + d.sqrt()) / a).floor().max(0.0) + 1.0 } else { f64::INFINITY };
    Some((begin, end))
}

/// The contacts of two walks: each stretch of the pair by itself, and joined where one goes on.
fn pair_contacts(one: &[Stretch], two: &[Stretch], r: f64, until: u64) -> Vec<(u64, u64)> {
    let mut turns: Vec<u64> = one.iter().chain(two).map(|stretch| stretch.f).collect();
    turns.extend([until]);
    turns.retain(|&turn| turn <= until);
    turns.sort_unstable();
    turns.dedup();
    let on = |walk: &[Stretch], s| *walk.iter().rfind(|stretch| stretch.f <= s).expect("it began");
    let mut all: Vec<(u64, u64)> = Vec::new();
    for ends in turns.windows(2) {
        let (s, e) = (ends[0], ends[1]);
        let Some((begin, end)) = near(&on(one, s), &on(two, s), s, r) else {
            continue;
        };
        let (begin, end) = (s as f64 + begin, (s as f64 + end).min(e as f64));
        if begin >= end {
            continue;
        }
        match all.last_mut() {
            // Only what lasts to the end of its stretch goes on in the next one.
            Some(last) if last.1 == s && begin as u64 == s => last.1 = end as u64,
            _ => all.push((begin as u64, end as u64)),
        }
    }
    all
}

/// Everybody with everybody, by the rule.
fn walkers(
    devices: &[Mobile],
    walking: &Walking,
    r: f64,
    seed: Seed,
    until: Time,
) -> Vec<Together> {
    let until = until.nanos();
    let walk = |device: &Mobile| stretches(device.entity, walking, seed, until);
    let walks: Vec<Vec<Stretch>> = devices.iter().map(walk).collect();
    let mut all = Vec::new();
    for (i, one) in walks.iter().enumerate() {
        for (j, two) in walks.iter().enumerate().skip(i + 1) {
            let pair = (devices[i].node, devices[j].node);
            let of = pair_contacts(one, two, r, until).into_iter();
            all.extend(of.map(|(from, to)| (pair, Time::from_nanos(from), Time::from_nanos(to))));
        }
    }
    all.sort_unstable();
    all
}

/// What a pair meets by the rule: gap after gap.
fn meetings(
    devices: &[Mobile],
    gaps: &Delay,
    lasts: Span,
    seed: Seed,
    until: Time,
) -> Vec<Together> {
    let mut all: Vec<Together> = Vec::new();
    for (i, first) in devices.iter().enumerate() {
        for second in &devices[i + 1..] {
            let entity = u64::from(first.entity) * (1 << 24) + u64::from(second.entity);
            let mut stream = Stream::new(MEETINGS, entity);
            let mut draw = stream.with(&seed);
            let pair = (first.node, second.node);
            let mut at = Time::ZERO;
            loop {
                at += gaps.sample(&mut draw).max(Span::nanos(1));
                if at >= until {
                    break;
                }
                let end = at + lasts;
                match all.last_mut() {
                    Some(last) if last.0 == pair && at < last.2 => last.2 = end,
                    _ => all.push((pair, at, end)),
                }
            }
        }
    }
    all.iter_mut().for_each(|contact| contact.2 = contact.2.min(until));
    all.sort_unstable();
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(50), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn walkers_meet_by_the_rule(
        seed in any::<u64>(),
        clients in 0..9u32,
        relays in 0..4u32,
        range in prop::sample::select(vec![0.0, 0.5, 30.0, 60.0, 200.0]),
        (low, more) in (prop::sample::select(vec![0.2, 1.0, 30.0, 1e9]), prop::sample::select(vec![0.0, 1.0])),
        pause in prop::sample::select(vec![0, 1, 1_000_000_000, 60_000_000_000]),
        drawn in any::<bool>(),
    ) {
        let speed = Distribution::uniform(low, low + more).unwrap();
        let constant = Delay::constant(Span::nanos(pause));
        let uniform = Delay::from_nanos(Distribution::uniform(0.0, pause as f64).unwrap());
        let pause = if drawn { uniform } else { constant };
        let walking = Walking { area: (100.0, 60.0), speed, pause };
        let (devices, seed) = (devices(clients, relays), Seed::new(seed));
        // A walker as fast as light turns some three million times in a second.
        let until = if low > 1e6 { Time::from_nanos(20_000) } else { Time::from_secs(300) };
        let expected = walkers(&devices, &walking, range, seed, until);
        let source = Waypoint::new(WALKS, &devices, walking, range).unwrap();
        prop_assert_eq!(contacts(source, seed, until), expected);
    }

    #[test]
    fn pairs_meet_by_the_rule(
        seed in any::<u64>(),
        clients in 0..6u32,
        relays in 0..4u32,
        mean in prop::sample::select(vec![0.0, 0.4, 10.0, 1e9]),
        lasts in prop::sample::select(vec![1, 7, 30, 3_000_000_000]),
        constant in any::<bool>(),
    ) {
        let law = if constant { Distribution::constant(mean) } else { Distribution::exponential(mean) };
        let gaps = Delay::from_nanos(law.unwrap());
        let (devices, seed, lasts) = (devices(clients, relays), Seed::new(seed), Span::nanos(lasts));
        let until = Time::from_nanos(if mean > 1e3 { 20_000_000_000 } else { 500 });
        let expected = meetings(&devices, &gaps, lasts, seed, until);
        let source = Meetings::new(MEETINGS, &devices, gaps, lasts).unwrap();
        prop_assert_eq!(contacts(source, seed, until), expected);
    }
}

#[test]
fn one_device_more_moves_no_other_contact() {
    let (seed, until) = (Seed::new(3), Time::from_secs(400));
    let speed = Distribution::uniform(1.0, 2.0).unwrap();
    let walking = Walking { area: (90.0, 90.0), speed, pause: Delay::constant(Span::secs(5)) };
    let gaps = Delay::from_nanos(Distribution::exponential(40e9).unwrap());
    let walks = |devices: &[Mobile]| {
        let source = Waypoint::new(WALKS, devices, walking.clone(), 20.0).unwrap();
        contacts(source, seed, until)
    };
    let meets = |devices: &[Mobile]| {
        let source = Meetings::new(MEETINGS, devices, gaps.clone(), Span::secs(3)).unwrap();
        contacts(source, seed, until)
    };
    let all = devices(6, 3);
    let fewer: Vec<Mobile> = all.iter().copied().filter(|device| device.entity != 2).collect();
    let gone = NodeId::new(2);
    for of in [&walks as &dyn Fn(&[Mobile]) -> Vec<Together>, &meets] {
        let others = of(&all).into_iter().filter(|&((a, b), ..)| a != gone && b != gone);
        let others: Vec<Together> = others.collect();
        assert!(others.len() > 50, "{}", others.len());
        assert_eq!(of(&fewer), others);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let gaps = Delay::constant(Span::secs(1));
    let meet =
        |devices: &[Mobile], lasts| Meetings::new(MEETINGS, devices, gaps.clone(), lasts).err();
    let device = |node, entity| Mobile { node: NodeId::new(node), entity };
    let disordered = Some(ContactError::Disordered(NodeId::new(1)));
    assert_eq!(meet(&[device(2, 2), device(1, 1)], Span::secs(1)), disordered);
    assert_eq!(meet(&[device(1, 2), device(1, 3)], Span::secs(1)), disordered);
    assert_eq!(meet(&[device(0, 2), device(1, 2)], Span::secs(1)), disordered);
    assert_eq!(meet(&[device(0, 2), device(1, 3)], Span::ZERO), Some(ContactError::Instant));
    assert_eq!(meet(&[device(0, 2), device(1, 3)], Span::nanos(1)), None);
}
