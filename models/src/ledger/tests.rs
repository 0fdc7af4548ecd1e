//! What only a look inside can show: that the ledger checks itself.

use std::rc::Rc;

use penult_sim::Span;

use super::*;
use crate::ids::{ClientId, MessageId};
use crate::message::{Message, Recipients};
use crate::note::Drop;

/// A ledger of one message that its sender's device, c0, holds for c1.
fn ledger() -> (Ledger<()>, DeliveryId) {
    ledger_among(1)
}

fn ledger_among(gateways: u32) -> (Ledger<()>, DeliveryId) {
    let options = LedgerOptions {
        places: Places { gateways, clients: 2, ..Places::default() },
        services: Vec::new(),
        conduits: Vec::new(),
        devices_carry: false,
        gateways_on_disk: false,
        warmup: Time::ZERO,
        ends: Time::NEVER,
    };
    let message = Message {
        id: MessageId::of_workload(0),
        sender: ClientId(0),
        recipients: Recipients::One(ClientId(1)),
        created: Time::ZERO,
        bytes: 1,
        attachment: 0,
        view: Span::ZERO,
        harmful: false,
        answers: None,
        conversation: None,
    };
    let delivery = DeliveryId { message: message.id, recipient: ClientId(1) };
    let mut ledger = Ledger::new(options, ());
    let device = ledger.options.places.client(message.sender);
    ledger.told(Time::ZERO, device, &Note::Created(Rc::new(message)));
    ledger.settle(Time::ZERO);
    (ledger, delivery)
}

fn broken(mut ledger: Ledger<()>) -> Vec<Violation> {
    ledger.finish(Time::ZERO + Span::secs(1));
    ledger.violations().iter().map(|broken| broken.what).collect()
}

#[test]
fn what_the_ledger_itself_may_get_wrong_is_seen() {
    assert_eq!(broken(ledger().0), []);
    let (mut one, _) = ledger();
    one.totals.offered += 1;
    assert_eq!(broken(one), [Violation::FatesDiffer]);
    let (mut one, _) = ledger();
    one.alive += 1;
    assert_eq!(broken(one), [Violation::CopiesDiffer]);
    let (mut one, _) = ledger();
    one.loads.gateways[0].copies.shift(Time::ZERO, 1);
    assert_eq!(broken(one), [Violation::CopiesDiffer]);
    let (mut one, delivery) = ledger();
    one.copies.add_to(0, Phase::Away, Span::nanos(1));
    one.copies.get_mut(0).node = NodeId::new(2);
    one.told(Time::ZERO, NodeId::new(2), &Note::Delivered(delivery));
    one.copies.get_mut(0).node = NodeId::new(1);
    assert_eq!(broken(one), [Violation::PhasesDiffer]);
}

#[test]
fn gateways_that_stored_it_are_counted_once_however_many() {
    let (mut ledger, delivery) = ledger_among(9);
    let stored = Note::Stored { delivery, disk: Span::ZERO };
    // Twice each, and the last one has it still.
    for gateway in [0, 1, 2, 3, 4, 5, 6, 5, 0, 4, 7] {
        ledger.told(Time::ZERO, NodeId::new(gateway), &Note::Kept(delivery));
        ledger.told(Time::ZERO, NodeId::new(gateway), &stored);
        ledger.settle(Time::ZERO);
        if gateway < 7 {
            let dropped = Note::Dropped(delivery, Drop::HandedOn);
            ledger.told(Time::ZERO, NodeId::new(gateway), &dropped);
            ledger.settle(Time::ZERO);
        }
    }
    assert_eq!(ledger.copies_of(delivery), Some(2));
    ledger.finish(Time::ZERO + Span::secs(1));
    assert_eq!(ledger.totals().gateways, 8);
}

#[test]
fn records_and_copies_stay_small() {
    assert_eq!(size_of::<copies::Copy>(), 64);
    assert_eq!(size_of::<records::Record>(), 128);
    assert_eq!(size_of::<records::Story>(), 128);
}
