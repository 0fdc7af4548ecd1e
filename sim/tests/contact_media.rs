//! Media that nodes join and leave, and bridges between them.

use crate::meeting::scripted::{Act, check, line, pairs, play, script, world_on};
use crate::meeting::*;
use penult_sim::*;

/// A network of nodes of which each can send to each other one.
fn linked(count: usize) -> Network {
    let mut network = apart(count);
    let link = LinkSpec::with_latency(Delay::constant(Span::millis(1)));
    for a in 0..count {
        (a + 1..count).for_each(|b| _ = network.add_link(id(a), id(b), &link));
    }
    network
}

#[test]
fn all_on_a_medium_are_in_contact() {
    let mut contacts = Contacts::new();
    let lan = contacts.add_medium(Medium::default());
    let slow = Bandwidth::bits_per_second(1_000_000);
    let lines = vec![
        line(1, 0, Act::Join(lan, megabyte())),
        line(2, 2, Act::Join(lan, slow)),
        line(3, 1, Act::Join(lan, None)),
        line(4, 0, Act::Peers),
        line(5, 0, Act::Leave(lan)),
    ];
    check(
        &play(world_on(linked(3), contacts, script(lines))),
        "1ms n0 on m0, up: true
         2ms n2 on m0, up: true
         2ms n0 & n2 at 1Mbit/s
         2ms n0 met n2
         2ms n2 met n0
         3ms n1 on m0, up: true
         3ms n0 & n1 at 8Mbit/s
         3ms n0 met n1
         3ms n1 met n0
         3ms n1 & n2 at 1Mbit/s
         3ms n1 met n2
         3ms n2 met n1
         4ms n0 with [n2, n1] at [Some(1000000), Some(8000000)]
         5ms n0 | n1
         5ms n0 | n2
         5ms n0 parted from n1
         5ms n1 parted from n0
         5ms n0 parted from n2
         5ms n2 parted from n0",
    );
}

#[test]
fn a_medium_is_down_while_a_node_that_it_needs_is() {
    let mut contacts = Contacts::new();
    let lan = contacts.add_medium(Medium { needs: vec![id(3)], peers: true });
    let bare = contacts.add_medium(Medium { needs: vec![id(3)], peers: false });
    let lines = vec![
        line(1, 0, Act::Join(lan, None)),
        line(1, 1, Act::Join(lan, None)),
        line(1, 2, Act::Join(bare, None)),
        line(15, 2, Act::Join(lan, None)),
    ];
    let mut run = world_on(linked(4), contacts, script(lines));
    run.add_fault(crash(3, 10, 10)).expect("the node is there");
    // A crash takes a node off the medium.
    run.add_fault(crash(1, 30, 5)).expect("the node is there");
    check(
        &play(run)[2..],
        "1ms n0 & n1
         1ms n0 met n1
         1ms n1 met n0
         1ms n2 on m1, up: true
         10ms n3 crashed
         10ms n0 | n1
         10ms n0 parted from n1
         10ms n1 parted from n0
         10ms n0 m0 up: false
         10ms n1 m0 up: false
         10ms n2 m1 up: false
         15ms n2 on m0, up: false
         20ms n3 is back
         20ms n0 m0 up: true
         20ms n1 m0 up: true
         20ms n2 m0 up: true
         20ms n2 m1 up: true
         20ms n0 & n1
         20ms n0 met n1
         20ms n1 met n0
         20ms n0 & n2
         20ms n0 met n2
         20ms n2 met n0
         20ms n1 & n2
         20ms n1 met n2
         20ms n2 met n1
         30ms n1 crashed
         30ms n0 | n1
         30ms n1 | n2
         30ms n0 parted from n1
         30ms n2 parted from n1
         35ms n1 is back",
    );
}

#[test]
fn a_bridge_joins_two_media_while_what_it_needs_is_up() {
    let mut contacts = Contacts::new();
    let media = [(); 2].map(|()| contacts.add_medium(Medium { peers: false, ..Medium::default() }));
    contacts.bridge(media[0], media[1], &[id(3)]);
    let join = |millis, node, medium: usize| line(millis, node, Act::Join(media[medium], None));
    let lines = vec![
        join(1, 0, 0),
        join(1, 2, 0),
        join(2, 1, 1),
        // On both: in contact with those on the other, in one contact, and not with itself.
        join(3, 1, 0),
        join(4, 0, 1),
        line(5, 1, Act::Leave(media[1])),
    ];
    let mut run = world_on(linked(4), contacts, script(lines));
    run.add_fault(crash(3, 10, 10)).expect("the node is there");
    let seen = play(run);
    let expected = [
        "2ms n0 & n1",
        "2ms n1 & n2",
        "4ms n0 & n2",
        "5ms n1 | n2",
        "10ms n0 | n1",
        "10ms n0 | n2",
        "20ms n0 & n1",
        "20ms n0 & n2",
    ];
    assert_eq!(pairs(&seen), expected);
    assert!(!seen.iter().any(|line| line.contains("up: false")), "nobody sees the bridge");
}

#[test]
fn a_row_and_a_medium_hold_one_contact_of_the_first_ones_rate() {
    let mut contacts = contacts(&[row(0, 1, 1, 5), row(0, 1, 20, 30)]);
    let lan = contacts.add_medium(Medium::default());
    let slow = Bandwidth::bits_per_second(1_000_000);
    let join = |millis, node| line(millis, node, Act::Join(lan, slow));
    let lines = vec![join(0, 0), join(3, 1), line(40, 1, Act::Leave(lan))];
    let mut run = world_on(linked(2), contacts, script(lines));
    run.add_fault(offline(0, 10, 1)).expect("the node is there");
    let expected = [
        "1ms n0 & n1 at 8Mbit/s",
        "10ms n0 | n1",
        // The row is over: what is left is the medium.
        "11ms n0 & n1 at 1Mbit/s",
        "40ms n0 | n1",
    ];
    assert_eq!(pairs(&play(run)), expected);
}
