//! What is counted beside fates: order, queues, packets.

use penult_models::{Ledger, LedgerOptions, Note, Packet};

use super::drive::{Bag, Drive, PLACES, bag, c, d, deliver, g, message, ms};

#[test]
fn out_of_order_is_what_a_later_one_of_the_same_pair_overtook() {
    let mut drive = Drive::new();
    let senders_and_recipients = [(0, 1), (0, 1), (2, 1), (0, 1), (0, 3), (0, 1)];
    let messages: Vec<_> = (0..)
        .zip(senders_and_recipients)
        .map(|(number, (from, to))| message(number, from, &[to], ms(number)))
        .collect();
    for (at, m) in (0..).zip(&messages) {
        drive.at(at, |e| e.create(m));
    }
    // m3 overtakes m0 and m1; m5 then overtakes them again; m2 and m4 are of other pairs.
    for (at, number) in (10..).zip([3, 0, 2, 5, 1, 4]) {
        drive.at(at, |e| {
            let m = &messages[number];
            let recipient = m.recipients.as_slice()[0];
            let down = e.send(PLACES.client(m.sender), c(recipient.0), deliver(m));
            e.receive(&down);
            e.tell(c(recipient.0), Note::Delivered(d(number as u64, recipient.0)));
        });
    }
    assert_eq!(drive.ledger.totals().out_of_order, 2);
    drive.end();
}

#[test]
fn warm_up_and_drain_are_handed_out_but_not_counted() {
    let mut drive = Drive::new();
    let options = LedgerOptions {
        places: PLACES,
        services: Vec::new(),
        conduits: Vec::new(),
        devices_carry: false,
        gateways_on_disk: false,
        warmup: ms(10),
        ends: ms(20),
    };
    drive.ledger = Ledger::new(options, Vec::new());
    for (number, at) in [(0, 9), (1, 10), (2, 19), (3, 20)] {
        drive.at(at, |e| e.create(&message(number, 0, &[1], ms(at))));
    }
    assert_eq!(drive.ledger.totals().offered, 2);
    let counted: Vec<bool> = drive.end().iter().map(|row| row.counted).collect();
    assert_eq!(counted, [false, true, true, false]);
}

#[test]
fn queues_are_measured_in_bytes_and_time() {
    let mut drive = Drive::new();
    let m = drive.accepted(&[1, 2]);
    // Both deliveries are in the outbox until 20, and in g0 from 10 on.
    assert_eq!((drive.ledger.queue_bytes().now(), drive.ledger.queue_bytes().peak()), (240, 480));
    drive.at(30, |e| e.tell(g(0), Note::Stripped(m.id)));
    assert_eq!((drive.ledger.queue_bytes().now(), drive.ledger.queue_bytes().peak()), (200, 480));
    drive.at(40, |e| e.crash(g(0), false));
    let load = &drive.ledger.gateways()[0];
    assert_eq!((load.bytes.now(), load.bytes.peak(), load.copies.peak()), (0, 240, 2));
    assert_eq!(load.bytes.area(), (240 * 20 + 200 * 10) * 1_000_000);
    assert_eq!((load.stored, load.crashes), (2, 1));
    let outbox = 240 * 20 * 1_000_000;
    assert_eq!(drive.ledger.queue_bytes().area(), outbox + load.bytes.area());
    assert_eq!(drive.ledger.copies().peak(), 4);
    drive.end();
}

#[test]
fn packets_are_counted_by_what_they_carry() {
    let mut drive = Drive::new();
    let m = drive.accepted(&[1, 2]);
    drive.at(30, |e| {
        e.send(g(0), g(1), bag(&[d(0, 1), d(0, 2)]));
        e.send(g(0), g(1), bag(&[]));
        let heartbeat = Bag { contents: Vec::new(), background: true };
        e.send(g(0), g(1), Packet::Between(heartbeat));
    });
    let costs = drive.ledger.costs();
    assert_eq!((costs.packets, costs.control, costs.transmissions, costs.carried), (3, 2, 2, 4));
    assert_eq!(costs.bytes, (64 + 120) + (64 + 20) + 64 + 64);
    assert_eq!(m.attachment, 20);
    drive.end();
}
