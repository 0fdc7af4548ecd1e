//! Planted bugs: a check that has never failed is not known to check.

use penult_models::{Drop, Note, Violation, Wait};
use penult_sim::{Loss, Span, Time};

use super::drive::{Drive, Flight, bag, c, d, deliver, g, message, ms, submit};

/// Plants a bug after g0 has stored a message for c1, and expects exactly this to be reported.
fn check(what: Violation, plant: impl FnOnce(&mut Drive)) {
    let mut drive = Drive::new();
    drive.accepted(&[1]);
    drive.at(30, plant);
    drive.ledger.finish(ms(1000));
    let broken: Vec<Violation> =
        drive.ledger.violations().iter().map(|broken| broken.what).collect();
    assert_eq!(broken, [what]);
}

#[test]
fn a_gateway_that_acknowledges_before_it_stores() {
    let mut drive = Drive::new();
    let m = message(0, 0, &[1], Time::ZERO);
    let up = drive.at(0, |e| {
        e.create(&m);
        e.send(c(0), g(0), submit(&m))
    });
    drive.at(10, |e| {
        e.receive(&up);
        e.tell(g(0), Note::Kept(d(0, 1)));
    });
    drive.at(20, |e| e.accept(&m));
    assert_eq!(drive.broken(Violation::AcceptedUnstored), 1);
    let broken = drive.ledger.violations().iter().next().unwrap().to_string();
    assert_eq!(
        broken,
        "a message was accepted that nobody had stored (1 times, first at 20ms, c0, m0 to c1)"
    );
}

#[test]
fn copies_out_of_nothing() {
    check(Violation::KeptFromNothing, |e| e.tell(g(2), Note::Kept(d(0, 1))));
    check(Violation::SentFromNothing, |e| {
        e.send(g(2), g(3), bag(&[d(0, 1)]));
    });
    check(Violation::DeliveredFromNothing, |e| e.tell(c(1), Note::Delivered(d(0, 1))));
    check(Violation::Unknown, |e| e.tell(g(0), Note::Kept(d(9, 1))));
    check(Violation::Unknown, |e| e.tell(g(0), Note::Kept(d(0, 2))));
    check(Violation::Unknown, |e| {
        let flight = e.send(g(0), g(1), bag(&[d(9, 1)]));
        e.receive(&flight);
    });
}

#[test]
fn telling_of_a_copy_that_is_elsewhere() {
    check(Violation::NotHere, |e| e.drop(g(1), d(0, 1), Drop::Done));
    check(Violation::NotHere, |e| e.wait(g(1), d(0, 1), Wait::Away, 20));
    check(Violation::NotHere, |e| {
        e.tell(g(1), Note::Stored { delivery: d(0, 1), disk: Span::ZERO });
    });
}

#[test]
fn a_packet_that_was_never_sent() {
    let flight =
        || Flight { number: 999, from: g(0), to: g(1), sent: ms(25), packet: bag(&[d(0, 1)]) };
    check(Violation::NeverSent, |e| e.receive(&flight()));
    check(Violation::NeverSent, |e| e.lose(&flight(), Loss::Crash(g(1))));
}

#[test]
fn an_application_that_gets_it_twice() {
    let m = message(0, 0, &[1], Time::ZERO);
    check(Violation::DeliveredTwice, |e| {
        for _ in 0..2 {
            let down = e.send(g(0), c(1), deliver(&m));
            e.receive(&down);
            e.tell(c(1), Note::Delivered(d(0, 1)));
        }
        assert_eq!(e.ledger.totals().duplicates_seen, 1);
    });
}

#[test]
fn another_device() {
    check(Violation::WrongDevice, |e| e.tell(c(2), Note::Delivered(d(0, 1))));
    check(Violation::WrongDevice, |e| e.tell(c(2), Note::Accepted(d(0, 1).message)));
    check(Violation::WrongDevice, |e| e.tell(c(2), Note::Refused(d(0, 1).message)));
}

#[test]
fn created_twice_or_ahead_of_time_or_elsewhere() {
    check(Violation::BadlyCreated, |e| e.create(&message(0, 0, &[1], ms(30))));
    check(Violation::BadlyCreated, |e| e.create(&message(1, 0, &[1], ms(31))));
    check(Violation::BadlyCreated, |e| e.create(&message(1, 0, &[2, 2], ms(30))));
    check(Violation::BadlyCreated, |e| e.create(&message(1, 0, &[], ms(30))));
    check(Violation::BadlyCreated, |e| e.tell(c(1), Note::Created(message(1, 0, &[2], ms(30)))));
}

#[test]
fn more_time_than_passed() {
    check(Violation::TooLong, |e| e.wait(g(0), d(0, 1), Wait::Away, 31));
    check(Violation::TooLong, |e| {
        let on = e.send(g(0), g(1), bag(&[d(0, 1)]));
        e.receive(&on);
        e.tell(g(1), Note::Stored { delivery: d(0, 1), disk: Span::nanos(1) });
    });
}

#[test]
fn a_copy_may_be_sent_on_in_the_event_in_which_it_came_or_went_but_not_after() {
    let mut drive = Drive::new();
    drive.accepted(&[1]);
    let on = drive.at(30, |e| {
        e.drop(g(0), d(0, 1), Drop::HandedOn);
        e.send(g(0), g(1), bag(&[d(0, 1)]))
    });
    let on = drive.at(35, |e| {
        e.receive(&on);
        e.send(g(1), g(2), bag(&[d(0, 1)]))
    });
    assert!(drive.ledger.violations().is_empty());
    assert_eq!(drive.ledger.copies_of(d(0, 1)), Some(1));
    drive.at(36, |e| e.send(g(1), g(2), bag(&[d(0, 1)])));
    assert_eq!(drive.broken(Violation::SentFromNothing), 1);
    drive.at(40, |e| e.lose(&on, Loss::Chance(g(1), g(2))));
    assert_eq!(drive.ledger.copies_of(d(0, 1)), Some(1));
}

#[test]
fn a_packet_that_outlives_what_it_carries_touches_nothing_else() {
    for is_lost in [false, true] {
        let mut drive = Drive::new();
        drive.accepted(&[1, 2]);
        drive.at(30, |e| e.drop(g(0), d(0, 1), Drop::Done));
        let stray = drive.at(31, |e| e.send(g(1), g(2), bag(&[d(0, 1)])));
        // The whole message is forgotten, and its memory goes to the next one.
        drive.at(32, |e| e.drop(g(0), d(0, 2), Drop::Done));
        let next = message(1, 0, &[1], ms(33));
        let up = drive.at(33, |e| {
            e.create(&next);
            e.send(c(0), g(0), submit(&next))
        });
        drive.at(35, |e| match is_lost {
            true => e.lose(&stray, Loss::Chance(g(1), g(2))),
            false => e.receive(&stray),
        });
        assert_eq!(drive.ledger.copies_of(d(1, 1)), Some(2));
        drive.at(40, |e| {
            e.receive(&up);
            e.store(g(0), d(1, 1));
        });
        assert_eq!(drive.ledger.copies_of(d(1, 1)), Some(2));
        drive.ledger.finish(ms(1000));
        let broken = drive.ledger.violations().iter().map(|broken| broken.what);
        assert_eq!(broken.collect::<Vec<_>>(), [Violation::SentFromNothing]);
    }
}
