//! Each fate, and each cause.

use std::rc::Rc;

use penult_models::{CauseKind, Drop, Fate, Note};
use penult_sim::{Loss, Observed, Time};

use super::drive::{Drive, Flight, bag, c, d, deliver, g, message, ms, store, submit};

#[test]
fn delivered_and_forgotten_once_no_copy_is_left() {
    let mut drive = Drive::new();
    let m = drive.accepted(&[1]);
    let down = drive.at(30, |e| e.send(g(0), c(1), deliver(&m)));
    assert!(!drive.is_quiet());
    drive.at(35, |e| {
        e.receive(&down);
        e.tell(c(1), Note::Delivered(d(0, 1)));
    });
    assert!(drive.is_quiet());
    assert_eq!(drive.ledger.copies_of(d(0, 1)), Some(1));
    assert!(drive.ledger.sink().is_empty());
    drive.at(40, |e| e.drop(g(0), d(0, 1), Drop::Done));
    assert_eq!(drive.ledger.copies_of(d(0, 1)), None);
    assert_eq!(drive.ledger.sink().len(), 1);
    assert_eq!(
        Rc::strong_count(&m),
        3,
        "the test, the packet and the row hold it, the ledger does not"
    );
    let rows = drive.end();
    assert_eq!(
        (rows[0].fate, rows[0].accepted, rows[0].delivered),
        (Fate::Delivered, Some(ms(20)), Some(ms(35)))
    );
    assert_eq!((rows[0].hops, rows[0].host.unwrap().0, rows[0].gone), (1, 0, None));
    assert_eq!((rows[0].bytes, rows[0].counted), (120, true));
}

#[test]
fn a_memory_queue_dies_with_its_gateway_and_a_disk_queue_does_not() {
    for (on_disk, disk_lost, end) in [
        (false, false, "lost crash(g0)"),
        (false, true, "lost crash(g0)"),
        (true, false, "stranded"),
        (true, true, "lost crash(g0)"),
    ] {
        let mut drive = Drive::with_queues_on_disk(on_disk);
        drive.accepted(&[1]);
        drive.at(30, |e| e.crash(g(0), disk_lost));
        assert_eq!(drive.is_quiet(), end != "stranded", "{end}");
        let rows = drive.end();
        assert_eq!(super::drive::shown(&rows[0]), end);
        assert_eq!(rows[0].gone, (end != "stranded").then_some(ms(30)));
        assert_eq!(rows[0].is_accepted_lost(), end != "stranded");
    }
}

#[test]
fn what_is_kept_but_not_written_dies_with_a_disk_queue_too() {
    let mut drive = Drive::with_queues_on_disk(true);
    let m = drive.accepted(&[1]);
    let on = drive.at(30, |e| e.send(g(0), g(1), bag(&[d(0, 1)])));
    drive.at(35, |e| {
        e.receive(&on);
        e.tell(g(1), Note::Kept(d(0, 1)));
        e.drop(g(0), d(0, 1), Drop::HandedOn);
    });
    assert_eq!(drive.ledger.copies_of(d(0, 1)), Some(1));
    drive.at(36, |e| e.crash(g(1), false));
    assert_eq!(drive.ends(), ["lost crash(g1)"]);
    assert_eq!(m.bytes, 100);
}

#[test]
fn a_disk_lost_while_its_node_is_down_takes_what_the_crash_left() {
    let mut drive = Drive::with_queues_on_disk(true);
    drive.accepted(&[1]);
    drive.at(30, |e| e.crash(g(0), false));
    assert_eq!(drive.ledger.copies_of(d(0, 1)), Some(1), "a copy on a dead node's disk is alive");
    drive.at(40, |e| e.see(Observed::DiskLost { node: g(0), disk: &() }));
    assert_eq!(drive.ends(), ["lost crash(g0)"]);
}

#[test]
fn a_copy_on_a_dead_nodes_disk_is_sent_on_after_the_recovery() {
    let mut drive = Drive::with_queues_on_disk(true);
    let m = drive.accepted(&[1]);
    drive.at(30, |e| e.crash(g(0), false));
    let down = drive.at(50, |e| {
        e.recover(g(0));
        e.send(g(0), c(1), deliver(&m))
    });
    drive.at(60, |e| {
        e.receive(&down);
        e.tell(c(1), Note::Delivered(d(0, 1)));
    });
    assert_eq!(drive.ends(), ["delivered"]);
}

#[test]
fn an_outbox_survives_its_device_but_not_its_disk() {
    for (disk_lost, end) in [(false, "unsent"), (true, "unsent crash(c0)")] {
        let mut drive = Drive::new();
        drive.at(0, |e| e.create(&message(0, 0, &[1], Time::ZERO)));
        drive.at(1, |e| e.crash(c(0), disk_lost));
        assert_eq!(drive.ends(), [end]);
    }
}

#[test]
fn every_loss_of_a_packet_is_a_cause() {
    let causes = [
        (Loss::Crash(g(1)), "lost crash(g1)"),
        (Loss::Offline(c(1)), "lost offline(c1)"),
        (Loss::LinkDown(g(0), g(1)), "lost link-down(g0-g1)"),
        (Loss::Chance(g(1), g(2)), "lost link-drop(g1-g2)"),
        (Loss::BufferFull(g(2), c(1)), "lost buffer-full(g2-c1)"),
        (Loss::Corrupted(g(1)), "lost corrupted(g1)"),
        (Loss::NoPath(g(0), store()), "lost no-path(g0-store)"),
    ];
    for (loss, end) in causes {
        let mut drive = Drive::new();
        drive.accepted(&[1]);
        let on = drive.at(30, |e| {
            let on = e.send(g(0), g(1), bag(&[d(0, 1)]));
            e.drop(g(0), d(0, 1), Drop::HandedOn);
            on
        });
        assert_eq!(drive.ledger.copies_of(d(0, 1)), Some(1));
        drive.at(40, |e| e.lose(&on, loss));
        assert_eq!(drive.ends(), [end]);
    }
}

#[test]
fn every_reason_to_drop_is_a_cause() {
    let causes = [
        (Drop::Done, "lost deleted(store)"),
        (Drop::HandedOn, "lost handed-on(store)"),
        (Drop::Expired, "expired expired(store)"),
        (Drop::Evicted, "lost evicted(store)"),
        (Drop::Retention, "expired retention(store)"),
        (Drop::Returns, "lost returns(store)"),
    ];
    for (why, end) in causes {
        let mut drive = Drive::new();
        drive.accepted(&[1]);
        let on = drive.at(30, |e| e.send(g(0), store(), bag(&[d(0, 1)])));
        drive.at(40, |e| {
            e.receive(&on);
            e.store(store(), d(0, 1));
        });
        drive.at(41, |e| e.drop(g(0), d(0, 1), Drop::HandedOn));
        drive.at(50, |e| e.drop(store(), d(0, 1), why));
        assert_eq!(
            drive.ledger.totals().lost_by(CauseKind::Evicted),
            u64::from(why == Drop::Evicted)
        );
        assert_eq!(drive.ends(), [end]);
    }
}

/// Two gateways had stored it, and a packet carries it on.
fn under_way(packet: impl FnOnce(&mut Drive) -> Flight) -> (Drive, Flight) {
    let mut drive = Drive::new();
    drive.accepted(&[1]);
    let on = drive.at(30, |e| e.send(g(0), g(1), bag(&[d(0, 1)])));
    drive.at(35, |e| {
        e.receive(&on);
        e.store(g(1), d(0, 1));
    });
    let flight = drive.at(36, packet);
    (drive, flight)
}

#[test]
fn what_is_under_way_when_all_that_was_stored_ran_out_is_not_lost() {
    for why in [Drop::Expired, Drop::Retention] {
        let (mut drive, down) = under_way(|e| e.send(g(1), g(2), bag(&[d(0, 1)])));
        drive.at(50, |e| e.drop(g(0), d(0, 1), why));
        drive.at(50, |e| e.drop(g(1), d(0, 1), why));
        assert_eq!(drive.ledger.copies_of(d(0, 1)), Some(1));
        drive.at(60, |e| e.lose(&down, Loss::Offline(c(1))));
        let rows = drive.end();
        let name = if why == Drop::Expired { "expired" } else { "retention" };
        assert_eq!(super::drive::shown(&rows[0]), format!("expired {name}(g1)"));
        // It was gone when the packet was.
        assert_eq!(rows[0].gone, Some(ms(60)));
        assert!(!rows[0].is_accepted_lost());
    }
}

#[test]
fn what_came_and_was_not_stored_before_it_ran_out_elsewhere_is_not_lost() {
    for ending in ["discarded", "crashed", "kept twice"] {
        let (mut drive, on) = under_way(|e| e.send(g(1), g(2), bag(&[d(0, 1)])));
        drive.at(50, |e| {
            e.drop(g(0), d(0, 1), Drop::Expired);
            e.drop(g(1), d(0, 1), Drop::Expired);
        });
        drive.at(60, |e| {
            e.receive(&on);
            match ending {
                "crashed" => e.tell(g(2), Note::Kept(d(0, 1))),
                "kept twice" => e.drop(g(2), d(0, 1), Drop::Twice),
                _ => {}
            }
        });
        if ending == "crashed" {
            drive.at(61, |e| e.crash(g(2), false));
        }
        assert_eq!(drive.ends(), ["expired expired(g1)"], "{ending}");
    }
}

#[test]
fn what_ran_out_somewhere_is_lost_if_it_was_stored_elsewhere() {
    // Another had it stored still, and died.
    let (mut drive, on) = under_way(|e| e.send(g(1), g(2), bag(&[d(0, 1)])));
    drive.at(50, |e| e.drop(g(0), d(0, 1), Drop::Expired));
    drive.at(51, |e| e.crash(g(1), false));
    drive.at(60, |e| e.lose(&on, Loss::Chance(g(1), g(2))));
    assert_eq!(drive.ends(), ["lost link-drop(g1-g2)"]);
    // It was stored anew, and that one died.
    let (mut drive, on) = under_way(|e| e.send(g(1), g(2), bag(&[d(0, 1)])));
    drive.at(50, |e| {
        e.drop(g(0), d(0, 1), Drop::Expired);
        e.drop(g(1), d(0, 1), Drop::Expired);
    });
    drive.at(60, |e| {
        e.receive(&on);
        e.store(g(2), d(0, 1));
    });
    drive.at(61, |e| e.crash(g(2), false));
    assert_eq!(drive.ends(), ["lost crash(g2)"]);
}

#[test]
fn a_sender_that_gives_up_what_ran_out_is_what_lost_it() {
    for outbox_is_last in [true, false] {
        let mut drive = Drive::new();
        let m = message(0, 0, &[1], Time::ZERO);
        let up = drive.at(0, |e| {
            e.create(&m);
            e.send(c(0), g(0), submit(&m))
        });
        drive.at(10, |e| {
            e.receive(&up);
            e.store(g(0), d(0, 1));
        });
        let on = drive.at(11, |e| e.send(g(0), c(1), deliver(&m)));
        drive.at(50, |e| e.drop(g(0), d(0, 1), Drop::Expired));
        if outbox_is_last {
            drive.at(60, |e| e.lose(&on, Loss::Offline(c(1))));
            drive.at(70, |e| e.drop(c(0), d(0, 1), Drop::GaveUp));
            assert_eq!(drive.ends(), ["lost gave-up(c0)"]);
        } else {
            drive.at(60, |e| e.drop(c(0), d(0, 1), Drop::GaveUp));
            drive.at(70, |e| e.lose(&on, Loss::Offline(c(1))));
            assert_eq!(drive.ends(), ["expired expired(g0)"]);
        }
    }
}

#[test]
fn an_outbox_that_trusts_a_dead_gateway_did_not_lose_the_message() {
    let mut drive = Drive::new();
    let m = message(0, 0, &[1], Time::ZERO);
    let up = drive.at(0, |e| {
        e.create(&m);
        e.send(c(0), g(0), submit(&m))
    });
    drive.at(10, |e| {
        e.receive(&up);
        e.store(g(0), d(0, 1));
    });
    drive.at(15, |e| e.crash(g(0), false));
    assert!(!drive.is_quiet(), "the outbox has it");
    drive.at(20, |e| e.accept(&m));
    let rows = drive.end();
    assert_eq!(super::drive::shown(&rows[0]), "lost crash(g0)");
    assert_eq!(rows[0].gone, Some(ms(20)), "that is when the last copy went");
    assert!(rows[0].is_accepted_lost());
}

#[test]
fn gave_up_is_unsent_unless_somebody_had_stored_it() {
    for (stored, end) in [(false, "unsent gave-up(c0)"), (true, "lost gave-up(c0)")] {
        let mut drive = Drive::new();
        let m = message(0, 0, &[1], Time::ZERO);
        let up = drive.at(0, |e| {
            e.create(&m);
            e.send(c(0), g(0), submit(&m))
        });
        drive.at(10, |e| {
            e.receive(&up);
            if stored {
                e.store(g(0), d(0, 1));
            }
        });
        drive.at(11, |e| e.crash(g(0), false));
        drive.at(99, |e| e.drop(c(0), d(0, 1), Drop::GaveUp));
        assert_eq!(drive.ends(), [end]);
    }
}

#[test]
fn rejected_once_the_sender_is_told() {
    let mut drive = Drive::new();
    let m = message(0, 0, &[1, 2], Time::ZERO);
    let up = drive.at(0, |e| {
        e.create(&m);
        e.send(c(0), g(0), submit(&m))
    });
    drive.at(10, |e| {
        e.receive(&up);
        for delivery in m.deliveries() {
            e.tell(g(0), Note::Kept(delivery));
        }
        e.tell(g(0), Note::PolicyRan(m.id));
        for delivery in m.deliveries() {
            e.drop(g(0), delivery, Drop::Rejected);
        }
    });
    assert!(!drive.is_quiet());
    drive.at(20, |e| {
        e.tell(c(0), Note::Refused(m.id));
        for delivery in m.deliveries() {
            e.drop(c(0), delivery, Drop::Rejected);
        }
    });
    assert!(drive.is_quiet());
    assert_eq!(drive.ledger.costs().policy_runs, 1);
    assert_eq!(drive.ends(), ["rejected", "rejected"]);
}

#[test]
fn refused_far_from_the_source_waits_for_the_sender_to_be_told() {
    for told in [true, false] {
        let mut drive = Drive::new();
        let m = drive.accepted(&[1]);
        drive.at(30, |e| e.drop(g(0), d(0, 1), Drop::Rejected));
        assert!(drive.is_quiet(), "no copy is left");
        assert!(drive.ledger.sink().is_empty(), "but it is open what the row will say");
        if told {
            drive.at(40, |e| e.tell(c(0), Note::Refused(m.id)));
            assert_eq!(drive.ledger.sink().len(), 1);
        }
        assert_eq!(drive.ends(), [if told { "rejected" } else { "lost rejected(g0)" }]);
    }
}

#[test]
fn two_recipients_are_two_deliveries_with_fates_of_their_own() {
    let mut drive = Drive::new();
    let m = drive.accepted(&[1, 2]);
    assert_eq!(drive.ledger.copies().now(), 2);
    let downs = drive.at(30, |e| [1, 2].map(|client| e.send(g(0), c(client), deliver(&m))));
    drive.at(40, |e| {
        e.receive(&downs[1]);
        e.tell(c(2), Note::Delivered(d(0, 2)));
    });
    drive.at(41, |e| e.lose(&downs[0], Loss::Offline(c(1))));
    drive.at(50, |e| e.crash(g(0), false));
    let totals = drive.ledger.totals().clone();
    assert_eq!((totals.messages, totals.offered, totals.accepted), (1, 2, 2));
    assert_eq!((totals.of(Fate::Delivered), totals.of(Fate::Lost), totals.gateways), (1, 1, 1));
    assert_eq!(drive.ends(), ["lost crash(g0)", "delivered"]);
}

#[test]
fn delivered_beats_everything() {
    let mut drive = Drive::new();
    let m = drive.accepted(&[1]);
    let down = drive.at(30, |e| e.send(g(0), c(1), deliver(&m)));
    drive.at(31, |e| {
        e.drop(g(0), d(0, 1), Drop::Expired);
        e.tell(c(0), Note::Refused(m.id));
    });
    drive.at(40, |e| {
        e.receive(&down);
        e.tell(c(1), Note::Delivered(d(0, 1)));
    });
    assert_eq!(drive.ends(), ["delivered"]);
}

#[test]
fn a_received_copy_that_nobody_keeps_is_discarded() {
    let mut drive = Drive::new();
    drive.accepted(&[1]);
    let on = drive.at(30, |e| {
        let on = e.send(g(0), g(1), bag(&[d(0, 1)]));
        e.drop(g(0), d(0, 1), Drop::HandedOn);
        on
    });
    drive.at(35, |e| e.receive(&on));
    assert_eq!(drive.ends(), ["lost discarded(g1)"]);
}

#[test]
fn a_crash_ends_many_and_their_rows_go_by_age() {
    let mut drive = Drive::new();
    for number in [3, 1, 2] {
        let m = message(number, 0, &[1], ms(number % 3));
        let up = drive.at(5, |e| {
            e.create(&m);
            e.send(c(0), g(0), submit(&m))
        });
        drive.at(5, |e| {
            e.receive(&up);
            e.store(g(0), d(number, 1));
            e.accept(&m);
        });
    }
    drive.at(9, |e| e.crash(g(0), false));
    let rows = drive.end();
    assert_eq!(rows.iter().map(|row| row.message.name()).collect::<Vec<_>>(), ["m3", "m1", "m2"]);
}
