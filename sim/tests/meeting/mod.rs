//! Worlds for tests in which nodes meet.

pub mod carrier;
pub mod plan;
pub mod scripted;
pub mod twin;

use penult_sim::*;

pub fn id(node: usize) -> NodeId {
    NodeId::new(node)
}

pub fn at(millis: u64) -> Time {
    Time::from_millis(millis)
}

/// A network of so many nodes without a link.
pub fn apart(count: usize) -> Network {
    let mut network = Network::new();
    (0..count).for_each(|_| _ = network.add_node(&NodeSpec::default()));
    network
}

/// Two are in contact from one millisecond to another.
pub fn row(a: usize, b: usize, up: u64, down: u64) -> Contact {
    Contact { a: id(a), b: id(b), up: at(up), down: at(down) }
}

pub fn rows(rows: &[Contact]) -> ContactTrace {
    ContactTrace::new(rows.to_vec()).expect("the rows make sense")
}

/// A kilobyte takes a millisecond.
pub fn megabyte() -> Option<Bandwidth> {
    Bandwidth::bits_per_second(8_000_000)
}

/// These rows, and radios that take a millisecond for a kilobyte.
pub fn contacts(of: &[Contact]) -> Contacts {
    let mut contacts = Contacts::new();
    contacts.add_source(rows(of));
    contacts.set_bandwidth(megabyte());
    contacts
}

pub fn crash(node: usize, from: u64, lasts: u64) -> Fault {
    Fault::once(What::crash(id(node)), at(from), Span::millis(lasts))
}

pub fn offline(node: usize, from: u64, lasts: u64) -> Fault {
    Fault::once(What::offline(id(node)), at(from), Span::millis(lasts))
}
