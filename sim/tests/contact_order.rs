//! The order of things at one instant, where nodes meet.

use crate::meeting::scripted::{Act, Line, Script, Stands, check, line, play, world, world_on};
use crate::meeting::*;
use penult_sim::*;

fn transfer(to: usize, id: u32, kilobytes: u32) -> Act {
    Act::Transfer { to: crate::meeting::id(to), id, kilobytes }
}

fn say(to: usize, id: u32) -> Act {
    Act::Say { to: crate::meeting::id(to), id }
}

fn stands(stands: Stands, line: Line) -> Line {
    Line { stands, ..line }
}

/// What was seen at one instant.
fn at_millis(seen: &[String], millis: u64) -> Vec<String> {
    let start = format!("{millis}ms ");
    seen.iter().filter_map(|line| line.strip_prefix(&start)).map(String::from).collect()
}

#[test]
fn transfers_then_faults_then_contacts_then_the_rest_then_what_comes_from_outside() {
    // Everything at 10 ms, and as much of it as can be scheduled in the opposite order.
    let rows = [
        row(0, 1, 0, 30),
        row(2, 3, 0, 10),
        row(1, 3, 0, 10),
        row(1, 2, 10, 30),
        row(0, 3, 10, 30),
    ];
    let lines = vec![
        stands(Stands::Late(0), line(10, 0, Act::Nothing)),
        line(10, 1, Act::Nothing),
        stands(Stands::Early, line(10, 2, Act::Nothing)),
        line(9, 4, transfer(5, 3, 1)),
        line(7, 0, transfer(1, 7, 3)),
    ];
    let mut run = world(7, contacts(&rows), Script { lines, ..Script::default() });
    run.add_fault(Fault::once(What::offline(id(6)), at(10), Span::millis(1))).unwrap();
    check(
        &at_millis(&play(run), 10),
        "n1 got 7 from n0
         n0 handed over to n1
         n6 online: false
         n2 acts
         n1 | n3
         n1 parted from n3
         n3 parted from n1
         n2 | n3
         n2 parted from n3
         n3 parted from n2
         n0 & n3 at 8Mbit/s
         n0 met n3
         n3 met n0
         n1 & n2 at 8Mbit/s
         n1 met n2
         n2 met n1
         n1 acts
         n0 acts",
    );
}

#[test]
fn what_a_fault_sets_off_at_its_instant_keeps_its_place() {
    // It comes back as others begin: by pair, among them.
    let rows = [row(0, 1, 10, 30), row(0, 2, 0, 30), row(0, 3, 10, 30), row(1, 2, 0, 10)];
    let mut run = world(4, contacts(&rows), Script::default());
    run.add_fault(Fault::once(What::crash(id(2)), at(5), Span::millis(5))).unwrap();
    let seen = at_millis(&play(run), 10);
    let pairs = seen.iter().filter(|line| !line.contains("met"));
    let expected = ["n2 is back", "n0 & n1 at 8Mbit/s", "n0 & n2 at 8Mbit/s", "n0 & n3 at 8Mbit/s"];
    assert_eq!(pairs.collect::<Vec<_>>(), expected);
}

#[test]
fn a_packet_of_the_network_comes_after_contacts() {
    let mut network = apart(3);
    network.add_link(id(0), id(1), &LinkSpec::with_latency(Delay::constant(Span::millis(10))));
    // Sent over the network from the start, by a handler that knows no contacts.
    struct Mailer;
    impl Node for Mailer {
        type World = ();
        type Disk = ();
        type Packet = u32;
        type Timer = ();
        type Note = &'static str;
        const MEETS: bool = true;
        fn new_disk(_: NodeId, (): &()) {}
        fn start((): &mut (), cx: &mut Context<'_, Self>) -> Self {
            if cx.node() == NodeId::new(0) {
                cx.send(NodeId::new(1), 1);
            }
            Mailer
        }
        fn receive(&mut self, (): &mut (), _: NodeId, _: u32, cx: &mut Context<'_, Self>) {
            cx.tell("got");
        }
        fn wake(&mut self, (): &mut (), (): (), _: &mut Context<'_, Self>) {}
        fn met(&mut self, (): &mut (), _: NodeId, cx: &mut Context<'_, Self>) {
            cx.tell("met");
        }
    }
    let mut run = Engine::<Mailer>::new(Seed::new(1), network, ());
    run.add_contacts(contacts(&[row(1, 2, 10, 20)])).unwrap();
    let mut notes = Vec::new();
    let mut run = run.observed_by(Notes(|_, node, note: &&'static str| notes.push((node, *note))));
    run.run(&Limits::until(at(30))).unwrap();
    drop(run);
    assert_eq!(notes, [(id(1), "met"), (id(2), "met"), (id(1), "got")]);
}

#[test]
fn turns_go_round_until_nobody_wants_one() {
    let row = row(0, 1, 0, 90);
    let mut rows = vec![row];
    rows.extend([(1, 2), (2, 3)].map(|(a, b)| Contact { a: id(a), b: id(b), ..row }));
    let script = Script {
        // n2 asks; letters told about in turns go on from there.
        lines: vec![
            line(5, 2, Act::Ask { whom: id(3), id: 1 }),
            line(5, 2, Act::Ask { whom: id(1), id: 2 }),
            line(6, 1, Act::RousePeers),
            line(6, 1, Act::Rouse(id(3))),
        ],
        echoes: vec![(1, Act::Turn), (2, Act::SayAndTurn { to: id(0), id: 3 }), (3, Act::Turn)],
        turns: true,
    };
    let seen = play(world(4, contacts(&rows), script));
    check(
        &at_millis(&seen, 5),
        // The second line comes only when all that the first one set off is done.
        "n2 turn
         n3 is asked 1 by n2
         n2 asked n3 1: Some(101)
         n3 turn
         n2 turn
         n1 is asked 2 by n2
         Saying of 3 from n1 to n0
         n2 asked n1 2: Some(102)
         n0 got 3 from n1
         n0 turn
         n1 turn",
    );
    check(
        &at_millis(&seen, 6),
        "n0 turn
         n2 turn
         n1 roused n3: false",
    );
}

#[test]
fn what_is_said_is_heard_before_any_turn_and_any_other_event() {
    let rows = [(0, 1), (1, 2), (2, 3), (1, 3)].map(|(a, b)| row(a, b, 0, 90));
    let script = Script {
        lines: vec![
            line(5, 0, Act::SayAndTurn { to: id(1), id: 10 }),
            line(5, 0, Act::Nothing),
            // To whom there is no contact, it is lost.
            line(7, 0, say(3, 13)),
        ],
        // n1 passes it on to two; both want a turn; one of them passes it on.
        echoes: vec![
            (10, Act::SayAndTurn { to: id(2), id: 11 }),
            (10, say(3, 12)),
            (11, Act::SayAndTurn { to: id(3), id: 13 }),
        ],
        turns: true,
    };
    let seen = play(world(4, contacts(&rows), script));
    check(
        &at_millis(&seen, 5),
        "Saying of 10 from n0 to n1
         n1 got 10 from n0
         Saying of 11 from n1 to n2
         Saying of 12 from n1 to n3
         n2 got 11 from n1
         Saying of 13 from n2 to n3
         n3 got 12 from n1
         n3 got 13 from n2
         n0 turn
         n1 turn
         n2 turn
         n0 acts",
    );
    check(
        &at_millis(&seen, 7),
        "Saying of 13 from n0 to n3
         13 lost: parted(n0-n3)",
    );
}

#[test]
fn transfers_of_one_instant_arrive_in_the_order_of_their_senders() {
    let rows = [(0, 1), (2, 3), (4, 1), (4, 5)].map(|(a, b)| row(a, b, 0, 90));
    let script = Script {
        lines: vec![
            // The last sender begins first; it has two for its turn.
            line(4, 4, transfer(5, 4, 6)),
            line(5, 4, transfer(1, 5, 5)),
            line(6, 2, transfer(3, 2, 4)),
            line(7, 0, transfer(1, 0, 3)),
        ],
        // Who got the first wants a turn, and has it in its place: before the second arrives.
        echoes: vec![(0, Act::Turn), (0, say(0, 9))],
        turns: true,
    };
    let seen = play(world(6, contacts(&rows), script));
    check(
        &at_millis(&seen, 10),
        // A turn begins with what arrives.
        "n1 got 0 from n0
         Saying of 9 from n1 to n0
         n0 handed over to n1
         n0 turn
         n0 got 9 from n1
         n1 turn
         n3 got 2 from n2
         n2 handed over to n3
         n2 turn
         n5 got 4 from n4
         n4 handed over to n5
         n1 got 5 from n4
         n4 handed over to n1
         n4 turn",
    );
}

#[test]
fn a_transfer_that_takes_no_time_arrives_in_the_next_turn() {
    let mut contacts = Contacts::new();
    contacts.add_source(rows(&[row(0, 1, 0, 90), row(0, 2, 0, 90)]));
    let script = Script {
        lines: vec![line(5, 0, transfer(2, 7, 3))],
        echoes: vec![(7, Act::Turn)],
        turns: true,
    };
    check(
        &at_millis(&play(world(3, contacts, script)), 5),
        "n0 turn
         Transfer of 7 from n0 to n2
         n2 got 7 from n0
         n0 handed over to n2
         n0 turn
         n2 turn",
    );
}

#[test]
fn what_is_across_arrives_though_its_contact_ends_meanwhile() {
    // Sent in no time; then the receiver goes off the network, as it answers what it is asked.
    let mut contacts = Contacts::new();
    contacts.add_source(rows(&[row(0, 1, 0, 90)]));
    let script = Script {
        lines: vec![stands(
            Stands::Late(0),
            line(4, 0, Act::TransferAndAsk { to: id(1), id: 7, question: 8 }),
        )],
        echoes: vec![(8, Act::Offline)],
        turns: false,
    };
    check(
        &at_millis(&play(world(2, contacts, script)), 4),
        "Transfer of 7 from n0 to n1
         n1 is asked 8 by n0
         n0 | n1
         n0 asked n1 8: Some(108)
         n0 parted from n1
         n1 parted from n0
         n1 got 7 from n0
         n0 handed over to n1",
    );
}

#[test]
fn who_was_asked_speaks_after_the_turn() {
    let rows = [row(0, 1, 0, 90)];
    let script = Script {
        lines: vec![
            line(5, 1, Act::Ask { whom: id(0), id: 1 }),
            line(6, 0, Act::Ask { whom: id(1), id: 200 }),
            line(6, 0, Act::Ask { whom: id(2), id: 1 }),
        ],
        echoes: vec![(1, say(1, 8))],
        turns: false,
    };
    let seen = play(world(3, contacts(&rows), script));
    check(
        &at_millis(&seen, 5),
        "n0 is asked 1 by n1
         Saying of 8 from n0 to n1
         n1 asked n0 1: Some(101)
         n1 got 8 from n0",
    );
    // It may say nothing, and whom one doesn't meet one can't ask.
    check(
        &at_millis(&seen, 6),
        "n1 is asked 200 by n0
         n0 asked n1 200: None
         n0 asked n2 1: None",
    );
}

#[test]
fn what_was_said_to_one_who_goes_is_lost() {
    // n1 goes off the network as it hears the first; what comes after finds it gone, and both are told.
    let script = Script {
        lines: vec![line(5, 0, say(1, 7)), line(5, 0, say(1, 8))],
        echoes: vec![(7, say(0, 9)), (7, Act::Offline), (9, say(1, 10))],
        turns: false,
    };
    let seen = play(world(2, contacts(&[row(0, 1, 0, 90)]), script));
    check(
        &at_millis(&seen, 5),
        "Saying of 7 from n0 to n1
         n1 got 7 from n0
         Saying of 9 from n1 to n0
         n0 | n1
         9 lost: parted(n1-n0)
         n0 parted from n1
         n1 parted from n0
         Saying of 8 from n0 to n1
         8 lost: parted(n0-n1)",
    );
}

#[test]
fn late_timers_run_out_by_their_places() {
    let late = |node, place| stands(Stands::Late(place), line(10, node, Act::Nothing));
    let lines = vec![late(0, 7), late(1, 3), late(2, 3), late(3, (1 << 29) - 1), late(4, 0)];
    let seen = play(world(5, Contacts::new(), Script { lines, ..Script::default() }));
    check(&seen, "10ms n4 acts\n10ms n1 acts\n10ms n2 acts\n10ms n0 acts\n10ms n3 acts");
}

#[test]
fn early_timers_are_not_waited_for_and_late_ones_are() {
    let end = |stands_at| {
        let script = Script {
            lines: vec![stands(stands_at, line(10, 0, Act::Nothing))],
            ..Script::default()
        };
        let mut run = world_on(apart(1), Contacts::new(), script);
        run.run(&Limits::QUIET).unwrap();
        run.now()
    };
    assert_eq!(end(Stands::Early), Time::ZERO);
    assert_eq!(end(Stands::Late(3)), at(10));
}

#[test]
fn a_run_stops_between_instants_and_not_before_turns() {
    let script =
        Script { lines: vec![line(5, 0, Act::RousePeers)], turns: true, ..Script::default() };
    let mut run = world(2, contacts(&[row(0, 1, 0, 90)]), script);
    run.run(&Limits::QUIET).unwrap();
    assert_eq!(run.now(), at(5));
    assert_eq!(run.observer().0.last().map(String::as_str), Some("5ms n1 turn"));
}
