//! Mail that nobody fetches, to the nanosecond: held, brought to the external store, and back.

use crate::chain_life::{
    ACCESS, GATEWAYS, HOST, LINK, RECIPIENT, SERVICE, accepted, after, crash, dropped, offline,
    world,
};
use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::strategies::single::SingleOptions;
use penult_models::*;
use penult_sim::*;

/// The node of the store.
fn store(setup: &Setup) -> NodeId {
    service(setup, "store").expect("there is a store")
}

/// Nobody is there for c1 until 30 s, and messages are held for 5 s.
fn parked_world(spill: Spill, more: ChainOptions) -> Setup {
    let options = ChainOptions { hold: Span::secs(5), spill, ..more };
    let mut setup = world(&options);
    setup.faults.push(offline(&setup, RECIPIENT, 5_000, 30_000));
    setup
}

#[test]
fn after_hold_it_goes_to_the_store_and_comes_back_along_the_list() {
    for length in 1..=5 {
        let mut setup =
            parked_world(Spill::AfterHold, ChainOptions { length, ..ChainOptions::default() });
        let writing = Span::millis(3);
        setup.store.machine = MachineSpec { disk: after(writing), ..Default::default() };
        let played = play(&setup);
        let there = u64::from(length.max(2));
        let stored = at(10_000) + ACCESS;
        let over = stored + Span::secs(5);
        let kept = over + SERVICE + writing;
        // The host lets go on the store's word, the others hop by hop.
        let parked: Vec<Time> = dropped(&played.seen, Drop::HandedOn)
            .into_iter()
            .filter(|&(_, node)| node < GATEWAYS as usize)
            .map(|(when, _)| when)
            .collect();
        let word = kept + SERVICE;
        let expected: Vec<Time> = (0..there).map(|hop| word + LINK * hop).collect();
        assert_eq!(parked, expected, "length {length}");
        // Attaching asks for it: to the store and back, along the list, to the device.
        let back = u64::from(length);
        let expected = Span::secs(20) + ACCESS * 2 + SERVICE * 2 + LINK * (back - 1);
        assert_eq!(played.latency(0, RECIPIENT), Some(expected), "length {length}");
        let phases = &played.row(0, RECIPIENT).phases;
        let handed = at(30_000) + ACCESS + SERVICE;
        assert_eq!(phases.get(Phase::Parked), handed - kept);
        assert_eq!(phases.get(Phase::Disk), writing);
        let rest = expected - phases.get(Phase::Parked) - writing;
        assert_eq!(phases.get(Phase::Away) + phases.get(Phase::Network), rest);
        assert_eq!(played.count(|note| matches!(note, Note::Dropped(_, Drop::Expired))), 0);
        // On the trigger the store deletes it too.
        let gone = dropped(&played.seen, Drop::Done);
        let delivered = at(10_000) + expected;
        assert!(gone.contains(&(delivered + ACCESS + SERVICE, store(&setup).index())), "{gone:?}");
    }
}

#[test]
fn without_a_store_it_is_gone_after_hold() {
    let setup = parked_world(Spill::Never, ChainOptions::default());
    let played = play(&setup);
    assert_eq!(played.row(0, RECIPIENT).fate, Fate::Expired);
    assert_eq!(setup.services().len(), 1);
}

#[test]
fn a_copy_in_the_store_counts_for_acceptance() {
    let slow = Times { link: Span::millis(30), ..Times::PLAIN };
    for (spill, expected) in
        [(Spill::AtOnce, ACCESS * 2 + SERVICE * 2), (Spill::AfterHold, ACCESS * 2 + slow.link * 2)]
    {
        let options = ChainOptions { spill, accept_after: 2, ..ChainOptions::default() };
        let mut setup = mesh(GATEWAYS, &[0, HOST], slow, &options);
        listed(&mut setup, &[(at(10_000), 0, &[RECIPIENT])]);
        let played = play(&setup);
        assert_eq!(accepted(&played.seen) - at(10_000), expected, "{spill:?}");
        assert_eq!(played.latency(0, RECIPIENT), Some(ACCESS * 2 + slow.link * 2));
        // Deleted from the store as well.
        let gone = dropped(&played.seen, Drop::Done);
        let in_store = gone.iter().filter(|(_, node)| *node == store(&setup).index()).count();
        assert_eq!(in_store, usize::from(spill == Spill::AtOnce));
    }
}

#[test]
fn a_store_that_is_dead_for_a_while_loses_nothing() {
    // It dies before it is brought anything, or while it has it, or while it is to hand it out.
    for (from, until) in [(14_000, 21_000), (20_000, 25_000), (29_000, 34_000)] {
        for spill in [Spill::AfterHold, Spill::AtOnce] {
            let mut setup = parked_world(spill, ChainOptions::default());
            let node = store(&setup);
            setup.faults.push(crash(node, from, until));
            let played = play(&setup);
            let row = played.row(0, RECIPIENT);
            assert_eq!(row.fate, Fate::Delivered, "{from} {spill:?}");
            assert!(played.latency(0, RECIPIENT) < Some(Span::secs(50)), "{from} {spill:?}");
        }
    }
}

#[test]
fn a_trigger_after_hold_deletes_in_the_store() {
    let options = ChainOptions {
        delete_on: DeleteOn::Read.into(),
        hold: Span::secs(5),
        spill: Spill::AfterHold,
        ..ChainOptions::default()
    };
    let mut setup = world(&options);
    setup.clients.read_after = after(Span::secs(8));
    // It attaches anew meanwhile, and its host asks the store.
    setup.faults.push(offline(&setup, RECIPIENT, 16_000, 17_000));
    let played = play(&setup);
    let delivered = at(10_000) + ACCESS * 2 + LINK * 2;
    let gone = dropped(&played.seen, Drop::Done);
    let read = delivered + Span::secs(8) + ACCESS + SERVICE;
    assert_eq!(gone, [(read, store(&setup).index())]);
    assert_eq!(played.totals.duplicates_stopped, 0, "what was received is not handed out again");
}

/// Both are away for longer than messages are held. What the store gives back waits for both, as all mail does.
#[test]
fn what_comes_back_from_the_store_gathers_its_triggers() {
    let spill = Spill::AfterHold;
    for delete_on in [DeleteOn::Received, DeleteOn::Read] {
        let hold = Span::secs(15);
        let options =
            ChainOptions { hold, spill, delete_on: delete_on.into(), ..ChainOptions::default() };
        let mut setup = mesh(GATEWAYS, &[0, HOST, 9], Times::PLAIN, &options);
        setup.stops = at(200_000);
        listed(&mut setup, &[(at(10_000), 0, &[1, 2])]);
        setup.clients.read_after = after(Span::secs(3));
        setup.faults.push(offline(&setup, 1, 5_000, 30_000));
        setup.faults.push(offline(&setup, 2, 5_000, 40_000));
        let played = play(&setup);
        let read = if delete_on == DeleteOn::Read { Span::secs(3) } else { Span::ZERO };
        let back = at(40_000) + ACCESS * 2 + SERVICE * 2 + LINK * 2;
        assert_eq!(played.latency(0, 2), Some(back - at(10_000)));
        // Its host reports to the source, which has nothing of it by now, and tells the store and both hosts.
        let known = back + read + ACCESS + LINK;
        let told = known + LINK;
        let store = store(&setup).index();
        let mut expected = vec![(told, 4), (told, 9)];
        expected.extend([(known + SERVICE, store), (known + SERVICE, store)]);
        expected.extend([5, 10].map(|gateway| (told + LINK, gateway)));
        expected.extend([6, 11].map(|gateway| (told + LINK * 2, gateway)));
        let mut gone = dropped(&played.seen, Drop::Done);
        gone.sort_unstable();
        expected.sort_unstable();
        assert_eq!(gone, expected, "{delete_on:?}");
    }
}

/// One reads it after it went to the store, and the other gets it from there: both triggers came.
#[test]
fn what_was_triggered_in_the_store_is_gathered_too() {
    let options = ChainOptions {
        hold: Span::secs(5),
        spill: Spill::AfterHold,
        delete_on: DeleteOn::Read.into(),
        ..ChainOptions::default()
    };
    let mut setup = mesh(GATEWAYS, &[0, HOST, 9], Times::PLAIN, &options);
    setup.stops = at(200_000);
    listed(&mut setup, &[(at(10_000), 0, &[1, 2])]);
    setup.clients.read_after = after(Span::secs(8));
    setup.faults.push(offline(&setup, 2, 5_000, 20_000));
    // It goes back to the store, since it is read later than it is held; that deletes it there.
    let played = play(&setup);
    let first = at(10_000) + ACCESS * 2 + LINK * 2 + Span::secs(8) + ACCESS;
    let second = at(20_000) + ACCESS * 2 + SERVICE * 2 + LINK * 2 + Span::secs(8) + ACCESS;
    let store = store(&setup).index();
    let gone = dropped(&played.seen, Drop::Done);
    assert_eq!(gone, [(first + SERVICE, store), (second + SERVICE, store)]);
    assert_eq!(played.queued.now(), 0);
}

#[test]
fn a_gateway_that_hears_nothing_offers_it_itself() {
    // The host and its neighbour die with the mail, and the source must bring it.
    let mut setup = parked_world(Spill::AfterHold, ChainOptions::default());
    setup.faults.extend([dead(HOST, at(12_000)), dead(HOST + 1, at(12_000))]);
    let played = play(&setup);
    let options = ChainOptions::default();
    let over = at(10_000) + ACCESS + Span::secs(5);
    let silence = options.ack_timeout * u64::from(options.attempts);
    let kept = over + silence + SERVICE * 3;
    let stored = played
        .seen
        .notes
        .iter()
        .find(|(_, node, note)| *node == store(&setup) && matches!(note, Note::Stored { .. }));
    assert_eq!(stored.expect("the store has it").0, kept, "offered, wanted, put");
    assert_eq!(played.row(0, RECIPIENT).fate, Fate::Delivered);
}

#[test]
fn single_parks_and_asks_back() {
    let hold = Span::secs(5);
    for spill in [Spill::AfterHold, Spill::AtOnce, Spill::Never] {
        let options = SingleOptions { hold, spill, ..SingleOptions::default() };
        let mut setup = world(&ChainOptions::default());
        setup.strategy = StrategyOptions::of::<Single>(options.clone());
        setup.faults.push(offline(&setup, RECIPIENT, 5_000, 30_000));
        let played = play_single(&setup);
        let row = played.row(0, RECIPIENT);
        if spill == Spill::Never {
            assert_eq!(row.fate, Fate::Expired);
            continue;
        }
        let expected = Span::secs(20) + ACCESS * 2 + SERVICE * 2;
        assert_eq!(played.latency(0, RECIPIENT), Some(expected), "{spill:?}");
        assert!(row.phases.get(Phase::Parked) > Span::secs(14), "{:?}", row.phases);
        assert_eq!(played.totals.duplicates_stopped, 0);
    }
}
