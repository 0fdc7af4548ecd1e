//! Copies that come twice.

use penult_models::{Drop, Note};
use penult_sim::Loss;

use super::drive::{Drive, bag, c, d, deliver, g};

#[test]
fn a_link_that_doubles_makes_a_second_copy() {
    let mut drive = Drive::new();
    let m = drive.accepted(&[1]);
    let (down, second) = drive.at(30, |e| {
        let down = e.send(g(0), c(1), deliver(&m));
        let second = e.duplicate(&down);
        (down, second)
    });
    assert_eq!(drive.ledger.copies_of(d(0, 1)), Some(3));
    drive.at(31, |e| e.crash(g(0), false));
    drive.at(32, |e| e.lose(&down, Loss::Chance(g(0), c(1))));
    assert_eq!(drive.ledger.copies_of(d(0, 1)), Some(1));
    drive.at(40, |e| {
        e.receive(&second);
        e.tell(c(1), Note::Delivered(d(0, 1)));
    });
    assert_eq!(drive.ends(), ["delivered"]);
}

#[test]
fn what_comes_twice_to_a_node_is_one_copy() {
    let mut drive = Drive::new();
    drive.accepted(&[1]);
    let (on, second) = drive.at(30, |e| {
        let on = e.send(g(0), g(1), bag(&[d(0, 1)]));
        let second = e.duplicate(&on);
        (on, second)
    });
    drive.at(35, |e| {
        e.receive(&on);
        e.store(g(1), d(0, 1));
    });
    drive.at(36, |e| {
        e.receive(&second);
        e.tell(g(1), Note::Kept(d(0, 1)));
        e.drop(g(1), d(0, 1), Drop::Twice);
    });
    assert_eq!((drive.ledger.copies_of(d(0, 1)), drive.ledger.held_by(g(1))), (Some(2), 1));
    // Once it was deleted there, a copy that returns is kept for no longer than the event.
    drive.at(40, |e| e.drop(g(1), d(0, 1), Drop::HandedOn));
    let again = drive.at(41, |e| e.send(g(0), g(1), bag(&[d(0, 1)])));
    drive.at(45, |e| {
        e.receive(&again);
        e.tell(g(1), Note::Kept(d(0, 1)));
        e.drop(g(1), d(0, 1), Drop::Twice);
    });
    assert_eq!((drive.ledger.copies_of(d(0, 1)), drive.ledger.held_by(g(1))), (Some(1), 0));
    assert_eq!(drive.ledger.gateways()[1].stored, 1);
    drive.at(50, |e| e.crash(g(0), false));
    assert_eq!(drive.ledger.totals().gateways, 2);
    assert_eq!(drive.ends(), ["lost crash(g0)"]);
}

#[test]
fn a_device_that_has_it_already_stops_it() {
    let mut drive = Drive::new();
    let m = drive.accepted(&[1]);
    let downs = drive.at(30, |e| [(); 2].map(|()| e.send(g(0), c(1), deliver(&m))));
    let notes = [Note::Delivered(d(0, 1)), Note::Repeated(d(0, 1))];
    for (at, (down, note)) in (40..).zip(downs.iter().zip(notes)) {
        drive.at(at, |e| {
            e.receive(down);
            e.tell(c(1), note);
        });
    }
    assert_eq!(drive.ledger.totals().duplicates_stopped, 1);
    assert_eq!(drive.ends(), ["delivered"]);
}

#[test]
fn a_device_that_lost_its_disk_may_get_it_again() {
    let mut drive = Drive::new();
    let m = drive.accepted(&[1]);
    let downs = drive.at(30, |e| [(); 2].map(|()| e.send(g(0), c(1), deliver(&m))));
    let get = |e: &mut Drive, down: usize| {
        e.receive(&downs[down]);
        e.tell(c(1), Note::Delivered(d(0, 1)));
    };
    drive.at(40, |e| get(e, 0));
    drive.at(41, |e| e.crash(c(1), true));
    drive.at(42, |e| e.recover(c(1)));
    drive.at(43, |e| get(e, 1));
    let totals = drive.ledger.totals();
    assert_eq!((totals.duplicates_seen, totals.duplicates_forgotten), (0, 1));
    assert_eq!(drive.ends(), ["delivered"]);
}
