//! Phases add up to the latency, to the nanosecond.

use penult_models::{Note, Phase, Row, Wait};
use penult_sim::{Span, Time};

use super::drive::{Drive, bag, c, d, deliver, g, message, ms, store, submit};

/// `network 25, cpu 3`: the phases of a row in milliseconds, without those that took no time.
fn phases(row: &Row) -> String {
    assert_eq!(Some(row.phases.total()), row.latency());
    let millis = |phase| row.phases.get(phase).as_nanos() / 1_000_000;
    let some = Phase::ALL.into_iter().filter(|&phase| millis(phase) > 0);
    some.map(|phase| format!("{} {}", phase.name(), millis(phase))).collect::<Vec<_>>().join(", ")
}

fn hand_over(drive: &mut Drive, at: (u64, u64), from: penult_sim::NodeId) {
    let m = message(0, 0, &[1], Time::ZERO);
    let down = drive.at(at.0, |e| e.send(from, c(1), deliver(&m)));
    drive.at(at.1, |e| {
        e.receive(&down);
        e.tell(c(1), Note::Delivered(d(0, 1)));
    });
}

#[test]
fn no_fault_takes_what_the_table_says() {
    // a = 20, p = 1, L = 3, s = 2, w = 5, l = 3: a + p + L·(s + w) + (L − 1)·l + a = 68.
    let (a, p, s, w, l) = (20, 1, 2, 5, 3);
    let mut drive = Drive::new();
    let m = message(0, 0, &[1], Time::ZERO);
    let mut packet = drive.at(0, |e| {
        e.create(&m);
        e.send(c(0), g(0), submit(&m))
    });
    let mut now = 0;
    for hop in 0..3 {
        let (travel, work) = if hop == 0 { (a, p) } else { (l, 0) };
        let arrived = ms(now + travel);
        now += travel + s + work;
        drive.at(now, |e| {
            e.receive_since(&packet, arrived);
            e.tell(g(hop), Note::Kept(d(0, 1)));
        });
        now += w;
        packet = drive.at(now, |e| {
            let disk = Span::millis(w);
            e.tell(g(hop), Note::Stored { delivery: d(0, 1), disk });
            if hop == 2 {
                e.send(g(2), c(1), deliver(&m))
            } else {
                e.send(g(hop), g(hop + 1), bag(&[d(0, 1)]))
            }
        });
    }
    drive.at(now + a, |e| {
        e.receive(&packet);
        e.tell(c(1), Note::Delivered(d(0, 1)));
    });
    drive.ledger.finish(drive.now);
    assert_eq!(drive.ledger.totals().phases[Phase::Disk as usize], 15_000_000);
    let rows = drive.end();
    assert_eq!(rows[0].latency(), Some(Span::millis(68)));
    assert_eq!(phases(&rows[0]), "network 46, cpu 7, disk 15");
    assert_eq!((rows[0].hops, rows[0].host.unwrap().0), (3, 2));
}

#[test]
fn the_last_dead_costs_detection_and_handover() {
    let mut drive = Drive::new();
    drive.accepted(&[1]);
    drive.at(30, |e| e.crash(g(1), false));
    for (at, since) in [(40, None), (240, Some(40)), (440, Some(240))] {
        drive.at(at, |e| {
            if let Some(since) = since {
                e.wait(g(0), d(0, 1), Wait::For(g(1)), since);
            }
            if at < 440 {
                e.send(g(0), g(1), bag(&[d(0, 1)]));
            }
        });
    }
    drive.at(442, |e| e.wait(g(0), d(0, 1), Wait::Handover, 440));
    hand_over(&mut drive, (442, 462), g(0));
    // Until 40 it stood there unexplained.
    assert_eq!(phases(&drive.end()[0]), "network 60, detection 400, handover 2");
}

#[test]
fn waiting_for_a_node_is_detection_only_while_it_is_dead() {
    let mut drive = Drive::new();
    drive.accepted(&[1]);
    for (at, up) in [(30, false), (50, true), (100, false), (120, true), (190, false)] {
        drive.at(at, |e| if up { e.recover(g(1)) } else { e.crash(g(1), false) });
    }
    // From 40: dead until 50, from 100 to 120, and from 190 on.
    drive.at(200, |e| e.wait(g(0), d(0, 1), Wait::For(g(1)), 40));
    hand_over(&mut drive, (200, 210), g(0));
    assert_eq!(phases(&drive.end()[0]), "network 170, detection 40");
}

#[test]
fn a_wait_told_once_for_all_attempts_counts_the_same_as_one_told_at_each() {
    for each in [true, false] {
        let mut drive = Drive::new();
        drive.accepted(&[1]);
        drive.at(20, |e| e.crash(g(1), false));
        drive.at(30, |e| e.send(g(0), g(1), bag(&[d(0, 1)])));
        drive.at(40, |e| {
            if each {
                e.wait(g(0), d(0, 1), Wait::For(g(1)), 30);
            }
            e.send(g(0), g(1), bag(&[d(0, 1)]));
        });
        drive.at(50, |e| e.wait(g(0), d(0, 1), Wait::For(g(1)), 30));
        hand_over(&mut drive, (50, 60), g(0));
        assert_eq!(phases(&drive.end()[0]), "network 40, detection 20");
    }
}

#[test]
fn away_and_parked() {
    let mut drive = Drive::new();
    drive.accepted(&[1]);
    drive.at(100, |e| e.wait(g(0), d(0, 1), Wait::Away, 10));
    let park = drive.at(100, |e| e.send(g(0), store(), bag(&[d(0, 1)])));
    drive.at(101, |e| {
        e.receive(&park);
        e.store(store(), d(0, 1));
    });
    let back = drive.at(501, |e| {
        e.wait(store(), d(0, 1), Wait::Parked, 101);
        e.send(store(), g(2), bag(&[d(0, 1)]))
    });
    drive.at(502, |e| {
        e.receive(&back);
        e.store(g(2), d(0, 1));
    });
    hand_over(&mut drive, (502, 522), g(2));
    let rows = drive.end();
    assert_eq!(phases(&rows[0]), "network 32, away 90, parked 400");
    assert_eq!((rows[0].hops, rows[0].host.unwrap().0), (2, 2));
}

#[test]
fn retries_of_a_device_are_outbox_whatever_it_says() {
    let mut drive = Drive::new();
    let m = message(0, 0, &[1], Time::ZERO);
    drive.at(5, |e| e.create(&m));
    drive.at(6, |e| e.send(c(0), g(0), submit(&m)));
    let up = drive.at(2006, |e| {
        e.wait(c(0), d(0, 1), Wait::For(g(0)), 6);
        e.send(c(0), g(1), submit(&m))
    });
    drive.at(2016, |e| {
        e.receive(&up);
        e.store(g(1), d(0, 1));
    });
    hand_over(&mut drive, (2016, 2026), g(1));
    assert_eq!(phases(&drive.end()[0]), "outbox 2006, network 20");
}

#[test]
fn the_first_copy_at_a_place_says_how_the_way_was() {
    let mut drive = Drive::new();
    drive.accepted(&[1]);
    let fast = drive.at(30, |e| e.send(g(0), g(1), bag(&[d(0, 1)])));
    let slow = drive.at(40, |e| {
        e.wait(g(0), d(0, 1), Wait::Away, 30);
        e.send(g(0), g(1), bag(&[d(0, 1)]))
    });
    for (at, flight) in [(35, None), (45, Some(&fast)), (50, Some(&slow))] {
        drive.at(at.max(40), |e| {
            if let Some(flight) = flight {
                e.receive(flight);
                e.store(g(1), d(0, 1));
            }
        });
    }
    hand_over(&mut drive, (60, 70), g(1));
    assert_eq!(phases(&drive.end()[0]), "network 70", "the slow one was away for 10");
}

#[test]
fn what_lies_on_a_dead_disk_waits_there() {
    let mut drive = Drive::with_queues_on_disk(true);
    drive.accepted(&[1]);
    drive.at(30, |e| e.crash(g(0), false));
    drive.at(930, |e| e.recover(g(0)));
    drive.at(930, |e| e.wait(g(0), d(0, 1), Wait::For(g(0)), 30));
    hand_over(&mut drive, (930, 940), g(0));
    assert_eq!(phases(&drive.end()[0]), "network 40, detection 900");
}
