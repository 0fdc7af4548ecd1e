//! Contacts by hand: exact instants of meeting, parting, carrying, and of what breaks it off.

use crate::meeting::scripted::{
    Act, Line, Script, check, line, pairs, play, script, world, world_on,
};
use crate::meeting::*;
use penult_sim::*;

fn seen(nodes: usize, rows: &[Contact], lines: Vec<Line>) -> Vec<String> {
    play(world(nodes, contacts(rows), script(lines)))
}

/// The same with faults.
fn seen_with(nodes: usize, rows: &[Contact], lines: Vec<Line>, faults: Vec<Fault>) -> Vec<String> {
    let mut run = world(nodes, contacts(rows), script(lines));
    for fault in faults {
        run.add_fault(fault).expect("the fault fits the network");
    }
    play(run)
}

fn transfer(to: usize, id: u32, kilobytes: u32) -> Act {
    Act::Transfer { to: crate::meeting::id(to), id, kilobytes }
}

#[test]
fn both_ends_are_told() {
    check(
        &seen(3, &[row(2, 0, 5, 9)], vec![]),
        "5ms n0 & n2 at 8Mbit/s
         5ms n0 met n2
         5ms n2 met n0
         9ms n0 | n2
         9ms n0 parted from n2
         9ms n2 parted from n0",
    );
}

#[test]
fn rows_that_overlap_are_one_and_those_that_touch_are_two() {
    let overlap = [row(0, 1, 1, 5), row(1, 0, 3, 8), row(0, 1, 4, 6), row(0, 1, 7, 9)];
    let begun = "n0 & n1 at 8Mbit/s";
    assert_eq!(pairs(&seen(2, &overlap, vec![])), [&format!("1ms {begun}"), "9ms n0 | n1"]);
    let touch = [row(0, 1, 5, 8), row(0, 1, 1, 5)];
    let both = [&format!("1ms {begun}"), "5ms n0 | n1", &format!("5ms {begun}"), "8ms n0 | n1"];
    assert_eq!(pairs(&seen(2, &touch, vec![])), both);
    // What takes no time is none, and joins nothing.
    let empty = [row(0, 1, 5, 8), row(0, 1, 5, 5), row(0, 1, 1, 5), row(0, 1, 20, 20)];
    assert_eq!(pairs(&seen(2, &empty, vec![])), both);
    // For ever is for ever, whatever overlaps it.
    let ever = [Contact { down: Time::NEVER, ..row(0, 1, 1, 2) }, row(0, 1, 0, 3)];
    assert_eq!(pairs(&seen(2, &ever, vec![])), [format!("0s {begun}")]);
}

#[test]
fn several_sources_hold_one_contact() {
    let mut contacts = contacts(&[row(0, 1, 1, 5), row(0, 2, 1, 5)]);
    contacts.add_source(rows(&[row(0, 1, 4, 9), row(0, 2, 5, 9)]));
    let seen = play(world(3, contacts, Script::default()));
    // The second pair's sources touch: it parts, and meets again.
    let expected = [
        "1ms n0 & n1 at 8Mbit/s",
        "1ms n0 & n2 at 8Mbit/s",
        "5ms n0 | n2",
        "5ms n0 & n2 at 8Mbit/s",
        "9ms n0 | n1",
        "9ms n0 | n2",
    ];
    assert_eq!(pairs(&seen), expected);
}

#[test]
fn a_trace_of_beginnings_and_ends_keeps_its_order() {
    let begin = |millis, a, b| (at(millis), ContactChange::begin(id(a), id(b)));
    let end = |millis, a, b| (at(millis), ContactChange::end(id(a), id(b)));
    let trace = [
        end(0, 0, 1),
        begin(1, 1, 2),
        begin(1, 1, 0),
        // A second one does nothing, and neither does the end of what is over.
        begin(3, 0, 1),
        end(5, 0, 1),
        end(6, 0, 1),
        // What takes no time is none; what ends and begins at one instant is two.
        begin(7, 0, 1),
        end(7, 0, 1),
        begin(8, 0, 2),
        end(8, 1, 2),
        begin(8, 1, 2),
        end(9, 1, 2),
        begin(9, 1, 2),
        end(9, 1, 2),
        end(9, 0, 2),
    ];
    let mut contacts = Contacts::new();
    contacts.add_source(ContactTrace::in_order(&trace).expect("nobody meets itself"));
    let seen = play(world(3, contacts, Script::default()));
    let expected = [
        "1ms n1 & n2",
        "1ms n0 & n1",
        "5ms n0 | n1",
        "8ms n0 & n2",
        "8ms n1 | n2",
        "8ms n1 & n2",
        "9ms n1 | n2",
        "9ms n0 | n2",
    ];
    assert_eq!(pairs(&seen), expected);
}

#[test]
fn a_transfer_takes_size_by_rate() {
    check(
        &seen(2, &[row(0, 1, 5, 90)], vec![line(10, 0, transfer(1, 7, 3))]),
        "5ms n0 & n1 at 8Mbit/s
         5ms n0 met n1
         5ms n1 met n0
         10ms Transfer of 7 from n0 to n1
         13ms n1 got 7 from n0
         13ms n0 handed over to n1
         90ms n0 | n1
         90ms n0 parted from n1
         90ms n1 parted from n0",
    );
}

#[test]
fn a_contact_has_the_lower_rate_of_its_ends() {
    let mut contacts = contacts(&[row(0, 1, 0, 90), row(0, 2, 0, 90), row(1, 2, 0, 90)]);
    contacts.set_radio(id(0), Bandwidth::bits_per_second(1));
    contacts.set_radio(id(0), None);
    // A third of a byte in a nanosecond: what is left of one is another nanosecond.
    contacts.set_radio(id(1), Bandwidth::bits_per_second(3_000_000_000));
    let lines = vec![
        line(1, 0, Act::Peers),
        line(1, 1, Act::Peers),
        line(2, 0, transfer(1, 7, 1)),
        line(2, 1, transfer(2, 8, 1)),
    ];
    let seen = play(world(3, contacts, script(lines)));
    let told = seen.iter().filter(|line| line.contains("with") || line.contains("got"));
    let expected = [
        "1ms n0 with [n1, n2] at [Some(3000000000), Some(8000000)]",
        "1ms n1 with [n0, n2] at [Some(3000000000), Some(8000000)]",
        "2.002667ms n1 got 7 from n0",
        "3ms n2 got 8 from n1",
    ];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn what_comes_over_a_contact_waits_for_no_cpu() {
    let mut network = Network::new();
    let cpu = Delay::constant(Span::millis(50));
    let machine = MachineSpec { cpu: cpu.clone(), cpu_control: cpu, ..MachineSpec::default() };
    let spec = NodeSpec { machine, ..NodeSpec::default() };
    (0..2).for_each(|_| _ = network.add_node(&spec));
    let link = LinkSpec::with_latency(Delay::constant(Span::millis(1)));
    network.add_link(id(0), id(1), &link);
    let lines = vec![
        // The CPU is at a packet of the network from 11 ms to 61 ms.
        line(10, 0, Act::Send { to: id(1), id: 6 }),
        line(10, 0, transfer(1, 7, 3)),
        line(20, 0, Act::Say { to: id(1), id: 8 }),
    ];
    let seen = play(world_on(network, contacts(&[row(0, 1, 0, 90)]), script(lines)));
    let got: Vec<&String> = seen.iter().filter(|line| line.contains("got")).collect();
    assert_eq!(got, ["13ms n1 got 7 from n0", "20ms n1 got 8 from n0", "61ms n1 got 6 from n0"]);
}

#[test]
fn without_bandwidth_a_transfer_takes_no_time() {
    let mut contacts = Contacts::new();
    contacts.add_source(rows(&[row(0, 1, 5, 90)]));
    check(
        &play(world(2, contacts, script(vec![line(10, 0, transfer(1, 7, 3))]))),
        "5ms n0 & n1
         5ms n0 met n1
         5ms n1 met n0
         10ms Transfer of 7 from n0 to n1
         10ms n1 got 7 from n0
         10ms n0 handed over to n1
         90ms n0 | n1
         90ms n0 parted from n1
         90ms n1 parted from n0",
    );
}

#[test]
fn each_way_carries_one_at_a_time() {
    let lines = vec![
        line(0, 0, transfer(1, 1, 3)),
        line(0, 0, transfer(1, 2, 3)),
        line(1, 1, transfer(0, 3, 3)),
        line(2, 0, transfer(2, 4, 3)),
        line(3, 0, transfer(1, 5, 3)),
        line(3, 0, transfer(3, 6, 3)),
    ];
    let seen = seen(4, &[row(0, 1, 0, 90), row(0, 2, 0, 90)], lines);
    let sent = seen
        .iter()
        .filter(|line| ["Transfer", "got", "can't"].iter().any(|word| line.contains(word)));
    let expected = [
        "0s Transfer of 1 from n0 to n1",
        "0s n0 can't send 2",
        "1ms Transfer of 3 from n1 to n0",
        "2ms Transfer of 4 from n0 to n2",
        "3ms n1 got 1 from n0",
        "3ms Transfer of 5 from n0 to n1",
        // To whom there is no contact, nothing can be sent.
        "3ms n0 can't send 6",
        "4ms n0 got 3 from n1",
        "5ms n2 got 4 from n0",
        "6ms n1 got 5 from n0",
    ];
    assert_eq!(sent.collect::<Vec<_>>(), expected);
}

#[test]
fn what_ends_with_the_contact_has_arrived() {
    check(
        &seen(2, &[row(0, 1, 0, 13)], vec![line(10, 1, transfer(0, 7, 3))]),
        "0s n0 & n1 at 8Mbit/s
         0s n0 met n1
         0s n1 met n0
         10ms Transfer of 7 from n1 to n0
         13ms n0 got 7 from n1
         13ms n1 handed over to n0
         13ms n0 | n1
         13ms n0 parted from n1
         13ms n1 parted from n0",
    );
}

#[test]
fn the_end_of_a_contact_breaks_off_what_is_on_it() {
    let lines = vec![line(10, 1, transfer(0, 7, 3)), line(11, 0, transfer(1, 8, 3))];
    check(
        &seen(2, &[row(0, 1, 0, 12)], lines),
        "0s n0 & n1 at 8Mbit/s
         0s n0 met n1
         0s n1 met n0
         10ms Transfer of 7 from n1 to n0
         11ms Transfer of 8 from n0 to n1
         12ms 8 lost: parted(n0-n1)
         12ms 7 lost: parted(n1-n0)
         12ms n0 | n1
         12ms n0 sending to n1 aborted
         12ms n1 receiving from n0 aborted
         12ms n1 sending to n0 aborted
         12ms n0 receiving from n1 aborted
         12ms n0 parted from n1
         12ms n1 parted from n0",
    );
}

#[test]
fn either_end_can_stop_a_transfer() {
    let lines = vec![
        line(0, 0, transfer(1, 7, 5)),
        line(0, 0, Act::StopReceiving(id(1))),
        line(2, 0, Act::StopSending(id(1))),
        line(3, 0, Act::StopSending(id(1))),
        line(4, 0, transfer(1, 8, 5)),
        line(6, 1, Act::StopReceiving(id(0))),
        // A transfer that ends at this instant can't be stopped.
        line(10, 1, transfer(0, 9, 5)),
        line(15, 1, Act::StopSending(id(0))),
        line(15, 0, Act::StopReceiving(id(1))),
    ];
    check(
        &seen(2, &[row(0, 1, 0, 90)], lines)[3..18],
        "0s Transfer of 7 from n0 to n1
         0s n0 stops receiving from n1: false
         2ms 7 lost: aborted(n0-n1)
         2ms n0 stops sending to n1: true
         2ms n1 receiving from n0 aborted
         3ms n0 stops sending to n1: false
         4ms Transfer of 8 from n0 to n1
         6ms 8 lost: aborted(n0-n1)
         6ms n1 stops receiving from n0: true
         6ms n0 sending to n1 aborted
         10ms Transfer of 9 from n1 to n0
         15ms n0 got 9 from n1
         15ms n1 handed over to n0
         15ms n0 stops receiving from n1: false
         15ms n1 stops sending to n0: false",
    );
}

#[test]
fn a_stopped_transfer_does_not_come_back() {
    // The second one takes the place of the first before its time would have been over.
    let lines = vec![
        line(0, 0, transfer(1, 7, 5)),
        line(2, 0, Act::StopSending(id(1))),
        line(3, 0, transfer(1, 8, 5)),
    ];
    let seen = seen(2, &[row(0, 1, 0, 90)], lines);
    let got: Vec<&String> = seen.iter().filter(|line| line.contains("got")).collect();
    assert_eq!(got, ["8ms n1 got 8 from n0"]);
}

#[test]
fn a_crash_ends_contacts_and_a_return_begins_what_is_left_of_them() {
    let rows =
        [row(0, 1, 0, 90), row(1, 2, 0, 15), row(1, 3, 12, 90), row(1, 4, 20, 90), row(1, 5, 8, 9)];
    let lines = vec![line(8, 1, transfer(2, 7, 5)), line(9, 0, transfer(1, 8, 5))];
    check(
        &seen_with(6, &rows, lines, vec![crash(1, 10, 10)])[14..],
        "10ms n1 crashed
         10ms 8 lost: crash(n1)
         10ms n0 | n1
         10ms 7 lost: crash(n1)
         10ms n1 | n2
         10ms n0 sending to n1 aborted
         10ms n0 parted from n1
         10ms n2 receiving from n1 aborted
         10ms n2 parted from n1
         20ms n1 is back
         20ms n0 & n1 at 8Mbit/s
         20ms n0 met n1
         20ms n1 met n0
         20ms n1 & n3 at 8Mbit/s
         20ms n1 met n3
         20ms n3 met n1
         20ms n1 & n4 at 8Mbit/s
         20ms n1 met n4
         20ms n4 met n1
         90ms n0 | n1
         90ms n0 parted from n1
         90ms n1 parted from n0
         90ms n1 | n3
         90ms n1 parted from n3
         90ms n3 parted from n1
         90ms n1 | n4
         90ms n1 parted from n4
         90ms n4 parted from n1",
    );
}

#[test]
fn what_ends_as_an_end_of_it_goes_has_arrived() {
    let rows = [row(0, 1, 0, 90), row(2, 3, 0, 90), row(4, 5, 0, 90)];
    // The sender crashes, the receiver does, the receiver goes off the network.
    let lines =
        [(0, 1), (2, 3), (4, 5)].map(|(from, to)| line(5, from, transfer(to, from as u32, 5)));
    let faults = vec![crash(0, 10, 10), crash(3, 10, 10), offline(5, 10, 10)];
    let seen = seen_with(6, &rows, lines.to_vec(), faults);
    let end = seen.iter().filter_map(|line| line.strip_prefix("10ms ").map(String::from));
    check(
        &end.collect::<Vec<_>>(),
        "n1 got 0 from n0
         n0 handed over to n1
         n3 got 2 from n2
         n2 handed over to n3
         n5 got 4 from n4
         n4 handed over to n5
         n0 crashed
         n0 | n1
         n1 parted from n0
         n3 crashed
         n2 | n3
         n2 parted from n3
         n4 | n5
         n5 online: false
         n4 parted from n5
         n5 parted from n4",
    );
}

#[test]
fn who_is_offline_is_told_and_comes_back() {
    let lines = vec![
        line(8, 0, transfer(1, 7, 5)),
        line(40, 0, Act::Offline),
        line(40, 0, Act::Say { to: id(1), id: 9 }),
        line(50, 0, Act::Online),
    ];
    check(
        &seen_with(2, &[row(0, 1, 0, 90)], lines, vec![offline(0, 10, 5)])[3..25],
        "8ms Transfer of 7 from n0 to n1
         10ms 7 lost: offline(n0)
         10ms n0 | n1
         10ms n0 online: false
         10ms n0 sending to n1 aborted
         10ms n1 receiving from n0 aborted
         10ms n0 parted from n1
         10ms n1 parted from n0
         15ms n0 online: true
         15ms n0 & n1 at 8Mbit/s
         15ms n0 met n1
         15ms n1 met n0
         40ms n0 | n1
         40ms n0 parted from n1
         40ms n1 parted from n0
         40ms Saying of 9 from n0 to n1
         40ms 9 lost: parted(n0-n1)
         50ms n0 & n1 at 8Mbit/s
         50ms n0 met n1
         50ms n1 met n0
         90ms n0 | n1
         90ms n0 parted from n1",
    );
}

#[test]
fn a_contact_begins_only_when_both_are_back() {
    let faults = vec![crash(0, 10, 20), offline(1, 15, 25), crash(0, 25, 20), offline(0, 44, 6)];
    let seen = seen_with(2, &[row(0, 1, 0, 90)], vec![], faults);
    let begun = "n0 & n1 at 8Mbit/s";
    let expected =
        [&format!("0s {begun}"), "10ms n0 | n1", &format!("50ms {begun}"), "90ms n0 | n1"];
    assert_eq!(pairs(&seen), expected);
}

#[test]
fn nothing_begins_at_the_instant_at_which_it_is_over() {
    // It comes back as the row ends, and as another begins.
    let rows = [row(0, 1, 0, 20), row(0, 2, 20, 30), row(0, 3, 25, 25)];
    let seen = seen_with(4, &rows, vec![], vec![crash(0, 10, 10)]);
    let begun = |millis, a, b| format!("{millis}ms n{a} & n{b} at 8Mbit/s");
    let expected = ["0s n0 & n1 at 8Mbit/s", "10ms n0 | n1", &begun(20, 0, 2), "30ms n0 | n2"];
    assert_eq!(pairs(&seen), expected);
}

#[test]
fn what_is_wrong_with_a_plan_is_told() {
    let itself = ContactTrace::new(vec![row(1, 1, 0, 5)]).err();
    assert_eq!(itself, Some(ContactError::Itself(id(1))));
    let backwards = ContactTrace::new(vec![row(0, 1, 5, 4)]).expect_err("it ends before it begins");
    assert_eq!(
        backwards.to_string(),
        "the contact of n0 and n1 ends at 4ms, before it begins at 5ms"
    );
    let loops = [(at(1), ContactChange { pair: (id(3), id(3)), begins: true })];
    assert_eq!(ContactTrace::in_order(&loops).err(), Some(ContactError::Itself(id(3))));
    let refused = |contacts: Contacts| {
        Engine::<scripted::Actor>::new(Seed::new(1), apart(2), Script::default())
            .add_contacts(contacts)
            .err()
    };
    assert_eq!(refused(contacts(&[row(0, 1, 0, 1)])), None);
    let nobody = Some(ContactError::NoNode(id(2)));
    assert_eq!(refused(contacts(&[row(0, 2, 0, 1)])), nobody);
    let mut contacts = Contacts::new();
    contacts.add_medium(Medium { needs: vec![id(2)], ..Medium::default() });
    assert_eq!(refused(contacts), nobody);
    let mut contacts = Contacts::new();
    contacts.set_radio(id(2), None);
    assert_eq!(refused(contacts), nobody);
}
