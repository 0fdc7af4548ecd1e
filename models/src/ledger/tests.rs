//! What only a look inside can show: that the ledger checks itself.

use std::rc::Rc;

use penult_sim::Span;

use super::*;
use crate::ids::{ClientId, MessageId};
use crate::message::{Message, Recipients};

/// A ledger of one message that g0 is about to hand to its recipient, c1.
fn ledger() -> (Ledger<()>, DeliveryId) {
    let options = LedgerOptions {
        places: Places { gateways: 1, services: 0, clients: 2 },
        services: Vec::new(),
        gateways_on_disk: false,
        services_on_disk: false,
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
    };
    let delivery = DeliveryId { message: message.id, recipient: ClientId(1) };
    let mut ledger = Ledger::new(options, ());
    ledger.told(Time::ZERO, NodeId::new(1), &Note::Created(Rc::new(message)));
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
fn records_and_copies_stay_small() {
    assert_eq!(size_of::<copies::Copy>(), 64);
    assert_eq!(size_of::<records::Record>(), 128);
    assert_eq!(size_of::<records::Story>(), 128);
}
