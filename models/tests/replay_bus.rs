//! The bus of `replay` by itself: every order in which two or three replicas crash and come back, and links between
//! them that are cut.

use std::collections::BTreeSet;

use crate::common::replaying::*;
use crate::common::*;
use penult_models::strategies::replay::{Replay, ReplayDisk, ReplayOptions};
use penult_models::*;
use penult_sim::*;

/// Something that happens to a replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Dies(u32),
    Returns(u32),
}

/// Every order of the deaths and returns of so many replicas, each dying so often.
fn orders(replicas: u32, times: u32) -> Vec<Vec<Step>> {
    let mut all = vec![Vec::new()];
    for _ in 0..2 * replicas * times {
        all = all
            .into_iter()
            .flat_map(|order: Vec<Step>| {
                (0..replicas).filter_map(move |replica| {
                    let own = |step: &&Step| {
                        matches!(step, Step::Dies(it) | Step::Returns(it) if *it == replica)
                    };
                    let happened = order.iter().filter(own).count() as u32;
                    let next = match happened % 2 {
                        0 => Step::Dies(replica),
                        _ => Step::Returns(replica),
                    };
                    (happened < 2 * times).then(|| [&order[..], &[next]].concat())
                })
            })
            .collect();
    }
    all
}

/// Two clients that are there and one that comes back when all is over, two servers, a bus of so many replicas.
fn world(replicas: u32) -> Setup {
    let times = Times { on_disk: true, ..Times::PLAIN };
    let options = ReplayOptions { replicas, ..ReplayOptions::default() };
    let mut setup = stream(2, &[0, 1, 1], times, UNEVEN_BUS, &options);
    setup.stops = at(300_000);
    let to: &[u32] = &[1, 2];
    let messages: Vec<(Time, u32, &[u32])> =
        (0..45).map(|nth| (at(2_000 + 666 * nth), 0, to)).collect();
    listed(&mut setup, &messages);
    offline(&mut setup, 2, at(1_000), Span::secs(100));
    setup
}

/// All is well in the end: everything was delivered once, and all replicas have it, each with one number.
fn is_whole(setup: &Setup, what: &dyn std::fmt::Debug) {
    let options = setup.strategy.get::<Replay>().expect("it is replay");
    let (played, streams) = play_and_look::<Replay, _>(setup, options, |engine| {
        let of = |replica| match engine.disk(bus(setup, replica)) {
            MemberDisk::Server(ReplayDisk::Bus(disk)) => disk.contents(),
            _ => panic!("it is no replica"),
        };
        (0..options.replicas).map(of).collect::<Vec<_>>()
    });
    for row in &played.rows {
        assert_eq!(row.fate, Fate::Delivered, "{row:?} {what:?}");
    }
    assert_eq!(played.totals.duplicates_seen, 0);
    for (stream, aside) in &streams {
        assert_eq!(aside, &vec![], "all is handed over: {what:?}");
        assert_eq!(stream, &streams[0].0, "{what:?}");
        let deliveries: BTreeSet<DeliveryId> = stream.iter().map(|&(_, it)| it).collect();
        assert_eq!(deliveries.len(), stream.len(), "each has one number: {what:?}");
        assert_eq!(deliveries.len(), played.rows.len(), "{what:?}");
    }
}

fn happen(setup: &mut Setup, order: &[Step], apart: Span, lost: Option<u32>) {
    let instant = |place: usize| at(5_001) + apart * place as u64;
    for (place, step) in order.iter().enumerate() {
        let &Step::Dies(replica) = step else { continue };
        let returns = order[place..].iter().position(|it| *it == Step::Returns(replica));
        let lasts = apart * returns.expect("it returns") as u64;
        let first = order[..place].iter().all(|it| *it != Step::Dies(replica));
        let disk = match lost == Some(replica) && first {
            true => DiskFate::Lost,
            false => DiskFate::Kept,
        };
        let fault = crash(bus(setup, replica), instant(place), lasts, disk);
        setup.faults.push(fault);
    }
}

/// Faster than anybody notices, as fast as that, and slower than an election.
const APART: [Span; 4] =
    [Span::millis(90), Span::nanos(700_000_009), Span::nanos(1_600_000_001), Span::millis(4_100)];

#[test]
fn every_order_of_deaths_and_returns() {
    for (replicas, times) in [(1, 2), (2, 1), (2, 2), (3, 1)] {
        for order in orders(replicas, times) {
            // Whoever has the time tries them with every pace; in any case all orders come with two.
            let paces = if cases(1) > 1 { &APART[..] } else { &APART[1..3] };
            for &apart in paces {
                let mut setup = world(replicas);
                happen(&mut setup, &order, apart, None);
                is_whole(&setup, &(&order, apart));
            }
        }
    }
}

/// Whoever dies first loses its disk: what was stored until then all have, and what is stored later others have.
#[test]
fn whoever_dies_first_may_lose_its_disk() {
    for replicas in [2, 3] {
        for order in orders(replicas, 1) {
            let Step::Dies(first) = order[0] else { unreachable!("nobody returns first") };
            for apart in [APART[1], APART[3]] {
                let mut setup = world(replicas);
                happen(&mut setup, &order, apart, Some(first));
                is_whole(&setup, &(&order, apart));
            }
        }
    }
}

/// Whoever is cut off from whom, for however long, and whichever server is with whom.
#[test]
fn every_cut_between_replicas_heals() {
    for replicas in [2, 3] {
        let nodes = 2 + replicas;
        for side in 1..(1_u32 << nodes) - 1 {
            for lasts in [Span::millis(300), Span::nanos(2_000_000_003), Span::secs(9)] {
                let mut setup = world(replicas);
                let node = |setup: &Setup, number: u32| match number {
                    0 | 1 => node(number),
                    _ => bus(setup, number - 2),
                };
                let (one, other): (Vec<u32>, Vec<u32>) =
                    (0..nodes).partition(|number| side >> number & 1 == 1);
                let groups = [one, other]
                    .map(|group| group.into_iter().map(|it| node(&setup, it)).collect())
                    .to_vec();
                setup.faults.push(Fault::once(What::Partition(groups), at(5_001), lasts));
                is_whole(&setup, &(side, lasts));
            }
        }
    }
}

/// The second of two goes on alone, dies, and comes back when the first is in reach again, which has heard nothing of
/// that: what the second stored is not stranded, though servers have heard of a later term than the first's.
#[test]
fn a_primary_that_slept_through_a_later_term_steps_down() {
    let mut setup = world(2);
    let parted = vec![vec![node(0), bus(&setup, 1)], vec![node(1), bus(&setup, 0)]];
    setup.faults.push(Fault::once(What::Partition(parted), at(5_001), Span::secs(12)));
    setup.faults.push(crash(bus(&setup, 1), at(12_000), Span::secs(4), DiskFate::Kept));
    is_whole(&setup, &"slept");
}

/// One replica of two stores messages of which a server hears nothing, and dies; the other leads meanwhile, so that the server
/// has read past their numbers when the first is primary again: it gives them new ones.
#[test]
fn what_a_server_has_read_past_gets_a_new_number() {
    let mut setup = world(2);
    let (first, second) = (bus(&setup, 0), bus(&setup, 1));
    setup.faults.push(crash(second, at(5_001), Span::secs(15), DiskFate::Kept));
    setup.faults.push(Fault::once(What::link(node(1), first), at(9_001), Span::secs(5)));
    setup.faults.push(crash(first, at(13_001), Span::secs(27), DiskFate::Kept));
    setup.faults.push(crash(second, at(30_001), Span::secs(30), DiskFate::Kept));
    is_whole(&setup, &"read past");
}
