//! The rules of devices that exchange messages, one by one: two to eight devices, contacts by hand, exact instants.

use penult_models::strategies::mesh::{
    ConnectionOptions, Evict, ForgetOn, GroupOptions, Members, MeshOptions, Peers,
};
use penult_models::{CauseKind, ClientId, Drop, Fate, Note};
use penult_sim::*;

use crate::common::carriers::*;
use crate::common::*;

/// Ten bytes in a millisecond: a message of 1,000 bytes takes 100 ms.
const BANDWIDTH: u64 = 10;

fn alone(devices: u32, met: &[Met], options: MeshOptions) -> World {
    let options = MeshOptions { listed: true, ..options };
    let homes = vec![0; devices as usize];
    let (times, bandwidth) = (Times::PLAIN, Some(BANDWIDTH));
    World { gateways: 0, homes, times, met: met.to_vec(), bandwidth, options }
}

/// Nobody has a connection.
fn none() -> MeshOptions {
    connections(Vec::new())
}

fn never() -> MeshOptions {
    MeshOptions { forget: false, ..none() }
}

/// A message at this millisecond.
fn said(at_millis: u64, from: u32, to: u32, bytes: u32) -> (Time, u32, u32, u32) {
    (at(at_millis), from, to, bytes)
}

/// When a message came to be held by a device that carries, in milliseconds.
fn kept(played: &Played, message: u32, device: u32) -> Vec<u64> {
    noted(played, device, |note| matches!(note, Note::Kept(it) if it.message.number() == message))
}

/// When a device dropped a message for this, in milliseconds.
fn dropped(played: &Played, message: u32, device: u32, why: Drop) -> Vec<u64> {
    noted(
        played,
        device,
        |note| matches!(note, Note::Dropped(it, reason) if it.message.number() == message && *reason == why),
    )
}

fn noted(played: &Played, device: u32, wanted: impl Fn(&Note) -> bool) -> Vec<u64> {
    let node = played.places.client(ClientId(device));
    let notes = played.seen.notes.iter().filter(|(_, whose, note)| *whose == node && wanted(note));
    notes.map(|(when, ..)| (*when - Time::ZERO).as_nanos() / 1_000_000).collect()
}

fn delivered(played: &Played, message: u32, to: u32) -> Option<u64> {
    let row = played.row(message, to);
    row.delivered.map(|when| (when - Time::ZERO).as_nanos() / 1_000_000)
}

#[test]
fn a_device_does_one_transfer_at_a_time() {
    // 0 has something for 1 and 2; 3 and 4 don't mind.
    let met = [(0, 1, 1_000, 9_000), (0, 2, 1_000, 9_000), (3, 4, 1_000, 9_000)];
    let messages = [said(500, 0, 1, 1_000), said(600, 0, 2, 1_000), said(700, 3, 4, 1_000)];
    let played = alone(5, &met, none()).play(&messages);
    let times = [(0, 1), (1, 2), (2, 4)].map(|(message, to)| delivered(&played, message, to));
    assert_eq!(times, [Some(1_100), Some(1_200), Some(1_100)]);
}

#[test]
fn a_busy_peer_is_passed_over() {
    // 1 gets from 0 when 2 meets it, and takes what 2 has right after.
    let met = [(0, 1, 1_000, 9_000), (1, 2, 1_050, 9_000)];
    let messages = [said(500, 0, 1, 1_000), said(600, 2, 1, 1_000)];
    let played = alone(3, &met, none()).play(&messages);
    assert_eq!([delivered(&played, 0, 1), delivered(&played, 1, 1)], [Some(1_100), Some(1_200)]);
}

#[test]
fn what_ends_with_its_contact_has_arrived_and_nothing_is_resumed() {
    for (ends, expected) in [(1_100, Some(1_100)), (1_099, Some(5_100))] {
        let met = [(0, 1, 1_000, ends), (0, 1, 5_000, 9_000)];
        let played = alone(2, &met, none()).play(&[said(500, 0, 1, 1_000)]);
        assert_eq!(delivered(&played, 0, 1), expected, "{ends}");
    }
}

#[test]
fn what_is_for_a_peer_goes_first_then_what_it_has_for_here_then_the_rest_in_order() {
    // 0 has two for 3, and one for 1 that came later; 1 has one for 0.
    let messages = [
        said(100, 0, 3, 1_000),
        said(200, 0, 3, 1_000),
        said(300, 0, 1, 1_000),
        said(400, 1, 0, 1_000),
    ];
    let played = alone(4, &[(0, 1, 1_000, 9_000)], never()).play(&messages);
    assert_eq!((delivered(&played, 2, 1), delivered(&played, 3, 0)), (Some(1_100), Some(1_200)));
    assert_eq!([kept(&played, 0, 1), kept(&played, 1, 1)], [[1_300], [1_400]]);
}

#[test]
fn first_in_is_by_when_it_came_here() {
    // The older message comes to 1 later.
    let met = [(0, 1, 1_000, 2_000), (1, 2, 3_000, 9_000)];
    let messages = [said(100, 0, 3, 1_000), said(500, 1, 3, 1_000)];
    let played = alone(4, &met, never()).play(&messages);
    assert_eq!([kept(&played, 1, 2), kept(&played, 0, 2)], [[3_100], [3_200]]);
}

#[test]
fn the_recipient_takes_it_at_any_age_and_carries_nothing_on() {
    let options = MeshOptions { ttl: Some(Span::secs(2)), ..never() };
    // It is being sent when it gets too old, and to the recipient.
    let played = alone(3, &[(0, 1, 1_950, 9_000)], options.clone()).play(&[said(0, 0, 1, 1_000)]);
    assert_eq!(delivered(&played, 0, 1), Some(2_050));
    assert_eq!(dropped(&played, 0, 0, Drop::TooOld), [2_050], "when that ends");
    // A carrier keeps no copy that comes too old.
    let played = alone(3, &[(0, 2, 1_950, 9_000)], options).play(&[said(0, 0, 1, 1_000)]);
    assert_eq!(kept(&played, 0, 2), [0; 0]);
    assert_eq!(played.row(0, 1).fate, Fate::Unsent);
    let cause = played.row(0, 1).cause.expect("something took it");
    assert_eq!(cause.kind, CauseKind::Ttl);
}

#[test]
fn copies_leave_a_nanosecond_after_their_time() {
    let options = MeshOptions { ttl: Some(Span::secs(5)), keep: Some(Span::secs(1)), ..never() };
    let played = alone(3, &[(0, 2, 1_000, 1_100)], options).play(&[said(0, 0, 1, 1_000)]);
    let left = |device, why| dropped(&played, 0, device, why);
    assert_eq!((left(0, Drop::TooOld), left(2, Drop::Carried)), (vec![5_000], vec![2_100]));
    let exact = played.seen.notes.iter().filter_map(|(when, _, note)| match note {
        Note::Dropped(..) => Some(*when),
        _ => None,
    });
    let tick = Span::nanos(1);
    assert_eq!(exact.collect::<Vec<_>>(), [at(2_100) + tick, at(5_000) + tick]);
    assert_eq!(played.row(0, 1).fate, Fate::Expired);
}

#[test]
fn room_is_made_by_what_came_first_last_or_is_largest() {
    // 1 holds three of its own when 0 gives it one more.
    let messages =
        [said(100, 1, 3, 400), said(200, 1, 3, 500), said(300, 1, 3, 100), said(400, 0, 3, 900)];
    let options = |evict| MeshOptions {
        evict,
        groups: vec![GroupOptions {
            devices: Members::These(vec![1]),
            buffer: Some(1_000),
            keep: None,
            carry_limit: None,
            bandwidth: None,
        }],
        // 1 gives nothing away meanwhile.
        copies: None,
        ..never()
    };
    for (evict, gone) in [
        (Evict::Oldest, vec![0, 1]),
        (Evict::Youngest, vec![2, 1, 0]),
        (Evict::Largest, vec![1, 0]),
    ] {
        let played = alone(4, &[(0, 1, 1_000, 1_090)], options(evict)).play(&messages);
        let evicted: Vec<u32> = played
            .seen
            .notes
            .iter()
            .filter_map(|(_, _, note)| match note {
                Note::Dropped(it, Drop::Evicted) => Some(it.message.number()),
                _ => None,
            })
            .collect();
        assert_eq!(evicted, gone, "{evict:?}");
        assert_eq!(kept(&played, 3, 1), [1_090], "{evict:?}");
    }
}

#[test]
fn a_message_too_large_is_refused_without_a_drop_and_drops_of_a_broken_transfer_stay() {
    let limited = |bytes| MeshOptions { buffer: Some(bytes), ..never() };
    let messages = [said(100, 1, 3, 400), said(200, 0, 3, 1_100)];
    let played = alone(4, &[(0, 1, 1_000, 9_000)], limited(1_000)).play(&messages);
    assert_eq!(kept(&played, 1, 1), [0; 0]);
    assert_eq!(dropped(&played, 0, 1, Drop::Evicted), [0; 0]);
    let messages = [said(100, 1, 3, 400), said(200, 0, 3, 900)];
    let played = alone(4, &[(0, 1, 1_000, 1_050)], limited(1_000)).play(&messages);
    assert_eq!((kept(&played, 1, 1), dropped(&played, 0, 1, Drop::Evicted)), (vec![], vec![1_000]));
}

#[test]
fn own_messages_may_be_too_much_until_what_is_being_sent_is_over() {
    let options = MeshOptions { buffer: Some(1_000), ..never() };
    let messages = [said(100, 0, 1, 900), said(1_050, 0, 1, 800)];
    let played = alone(3, &[(0, 1, 1_000, 1_200)], options).play(&messages);
    // What is being sent stays, and goes first once it is sent.
    assert_eq!(delivered(&played, 0, 1), Some(1_090));
    assert_eq!(dropped(&played, 0, 0, Drop::Evicted), [1_090]);
    assert_eq!(delivered(&played, 1, 1), Some(1_170));
}

#[test]
fn copies_are_handed_out_by_halves() {
    // Four copies: 1 gets two, 2 gets one of the two that are left; 3 gets one of those of 1, 4 none.
    let met = [
        (0, 1, 1_000, 1_100),
        (0, 2, 2_000, 2_100),
        (1, 3, 3_000, 3_100),
        (0, 4, 4_000, 4_100),
        (1, 4, 5_000, 5_100),
        (2, 4, 6_000, 6_100),
    ];
    let options = MeshOptions { copies: Some(4), ..never() };
    let played = alone(6, &met, options).play(&[said(0, 0, 5, 1_000)]);
    assert_eq!([1, 2, 3].map(|device| kept(&played, 0, device).len()), [1, 1, 1]);
    assert_eq!(kept(&played, 0, 4), [0; 0]);
    // With one it is handed to its recipient only.
    let options = MeshOptions { copies: Some(1), ..never() };
    let met = [(0, 1, 1_000, 1_100), (0, 5, 2_000, 3_000)];
    let played = alone(6, &met, options).play(&[said(0, 0, 5, 1_000)]);
    assert_eq!((kept(&played, 0, 1), delivered(&played, 0, 5)), (vec![], Some(2_100)));
}

#[test]
fn some_carry_few_and_some_nothing() {
    let met = [(0, 1, 1_000, 2_000)];
    let messages = [said(100, 0, 2, 1_000), said(200, 0, 2, 1_000), said(300, 0, 1, 1_000)];
    for (limit, share, carried) in
        [(Some(1), 1.0, 1), (Some(0), 1.0, 0), (None, 0.0, 0), (None, 1.0, 2)]
    {
        let options = MeshOptions { carry_limit: limit, share, ..never() };
        let played = alone(3, &met, options).play(&messages);
        let kept = kept(&played, 0, 1).len() + kept(&played, 1, 1).len();
        assert_eq!(kept, carried, "{limit:?} {share}");
        assert!(delivered(&played, 2, 1).is_some(), "what is for it, it takes");
    }
}

#[test]
fn whoever_hears_of_a_delivery_forgets_it() {
    // 2 carries; 0 hands it over itself, and meets 2 again.
    let met = [(0, 2, 1_000, 1_100), (0, 1, 2_000, 2_100), (0, 2, 3_000, 3_100)];
    let played = alone(3, &met, none()).play(&[said(0, 0, 1, 1_000)]);
    assert_eq!(dropped(&played, 0, 0, Drop::Told), [2_100]);
    assert_eq!(dropped(&played, 0, 2, Drop::Told), [3_000]);
    let played = alone(3, &met, never()).play(&[said(0, 0, 1, 1_000)]);
    assert_eq!(played.count(|note| matches!(note, Note::Dropped(..))), 0);
}

#[test]
fn a_mark_ends_the_transfer_of_what_it_is_about() {
    for broadcast in [true, false] {
        // 0 gives a copy to 3 while 2, which has one, hands it over to 1. 0 is near 1, and hears of it at once or never.
        let met = [
            (0, 2, 1_000, 1_100),
            (1, 2, 3_050, 9_000),
            (0, 3, 3_100, 9_000),
            (0, 1, 3_149, 9_000),
        ];
        let options = MeshOptions { broadcast, ..none() };
        let played = alone(4, &met, options).play(&[said(0, 0, 1, 1_000)]);
        assert_eq!(delivered(&played, 0, 1), Some(3_150), "{broadcast}");
        let carried = kept(&played, 0, 3);
        assert_eq!(carried, if broadcast { vec![] } else { vec![3_200] }, "{broadcast}");
    }
}

/// Three gateways' devices, with connections of these latencies.
fn served(
    list: Vec<ConnectionOptions>,
    met: &[Met],
    change: impl FnOnce(&mut MeshOptions),
) -> World {
    let mut options = connections(list);
    change(&mut options);
    World {
        gateways: 1,
        homes: vec![0; 5],
        times: Times::PLAIN,
        met: met.to_vec(),
        bandwidth: Some(BANDWIDTH),
        options,
    }
}

const WAY: Span = Span::millis(30);

#[test]
fn connections_bring_their_devices_into_contact() {
    // 0 and 1 on one, 2 on another; nobody reaches a server, which is dead.
    for (peers, met) in [
        ([Peers::None, Peers::All], [false, false]),
        ([Peers::Same, Peers::Same], [true, false]),
        ([Peers::All, Peers::Same], [true, false]),
        ([Peers::All, Peers::All], [true, true]),
    ] {
        let [one, other] = peers;
        let list = vec![
            ConnectionOptions { peers: one, ..line(&[0, 1], WAY) },
            ConnectionOptions { peers: other, ..line(&[2], WAY) },
        ];
        let mut setup =
            served(list, &[], |_| {}).setup(&[said(1_000, 0, 1, 10), said(1_000, 0, 2, 10)]);
        setup.faults.push(dead(0, at(1)));
        let played = play_mesh(&setup);
        let got = [delivered(&played, 0, 1), delivered(&played, 1, 2)].map(|it| it.is_some());
        assert_eq!(got, met, "{peers:?}");
    }
}

#[test]
fn a_connection_falls_with_its_kind_and_with_what_lies_behind() {
    // The second is used once the first is known to be down, at once, or after nothing has come.
    let list = |over: Vec<u32>| {
        let first = ConnectionOptions { over, ..line(&[0], WAY) };
        vec![first, line(&[0], WAY * 10), line(&[1], WAY)]
    };
    let message = [said(1_000, 0, 1, 10)];
    let away = |which: u32, over: Vec<u32>, names: bool| {
        let world = served(list(over), &[], |options| {
            if names {
                let behind = penult_models::ServiceName::only("behind");
                let all = options.conduits.iter().copied().chain([behind]);
                options.conduits = all.collect();
            }
        });
        let mut setup = world.setup(&message);
        let conduit = setup.places().conduit(which);
        setup.faults.push(Fault::once(What::crash(conduit), at(500), Span::secs(60)));
        let played = play_mesh(&setup);
        delivered(&played, 0, 1)
    };
    assert_eq!(away(0, Vec::new(), false), Some(1_330), "its kind is down, and it knows");
    assert_eq!(away(3, vec![3], true), Some(3_330), "nobody knows what lies behind");
}

#[test]
fn a_device_in_reach_offers_only_what_is_for_its_peer() {
    let met = [(0, 2, 1_000, 9_000)];
    for has_line in [true, false] {
        let list = if has_line { vec![line(&[0], WAY)] } else { Vec::new() };
        let world = served(list, &met, |options| {
            options.forget_on = ForgetOn::Delivered;
            options.back = false;
        });
        let played = world.play(&[said(2_000, 0, 1, 1_000), said(2_000, 0, 2, 1_000)]);
        assert_eq!(kept(&played, 0, 2).is_empty(), has_line);
        // Else what came first is on its way when that comes.
        let expected = if has_line { 2_100 } else { 2_200 };
        assert_eq!(delivered(&played, 1, 2), Some(expected));
    }
}

#[test]
fn attempts_rest_and_begin_again_when_something_is_heard() {
    let mut setup = served(vec![line(&[0, 1], WAY)], &[], |_| {}).setup(&[said(1_000, 0, 1, 10)]);
    setup.clients.send_attempts = 2;
    setup.clients.keepalive = Span::secs(4);
    let (down, up) = (at(500), at(60_000));
    setup.faults.push(Fault::once(What::crash(node(0)), down, up - down));
    let played = play_mesh(&setup);
    let row = played.row(0, 1);
    assert_eq!(row.fate, Fate::Delivered, "nothing is given up");
    assert!(row.delivered > Some(up), "{:?}", row.delivered);
    assert!(row.delivered < Some(up + Span::secs(8)), "{:?}", row.delivered);
}

#[test]
fn each_recipient_of_a_message_is_a_message_of_its_own() {
    let mut setup = served(vec![line(&[0, 1, 2], WAY)], &[], |_| {}).setup(&[]);
    listed(&mut setup, &[(at(1_000), 0, &[1, 2])]);
    setup.places();
    let played = play_mesh(&setup);
    for recipient in [1, 2] {
        let row = played.row(0, recipient);
        assert_eq!((row.delivered, row.accepted), (Some(at(1_060)), Some(at(1_060))));
    }
    let accepted = |note: &Note| matches!(note, Note::AcceptedOne(_));
    assert_eq!(played.count(accepted), 2);
}

#[test]
fn what_a_gateway_loses_devices_bring_again_if_only_a_delivery_settles() {
    // The source dies with it after it was accepted; the recipient is away until then.
    for (forget_on, fate) in [(ForgetOn::Taken, Fate::Lost), (ForgetOn::Delivered, Fate::Delivered)]
    {
        let list = vec![line(&[0], WAY), covered(&[1], WAY, &[(at(20_000), Time::NEVER)])];
        let world = served(list, &[], |options| {
            // Nobody is given copies back.
            (options.forget_on, options.back) = (forget_on, false);
        });
        let mut setup = world.setup(&[said(1_000, 0, 1, 10)]);
        setup.faults.push(Fault::once(What::crash(node(0)), at(5_000), Span::secs(1)));
        let conduit = setup.places().conduit(0);
        setup.faults.push(Fault::once(What::crash(conduit), at(7_000), Span::secs(1)));
        assert_eq!(play_mesh(&setup).row(0, 1).fate, fate, "{forget_on:?}");
    }
}

#[test]
fn what_is_settled_is_refused_and_takes_no_time() {
    // 2 holds a message that 1 got from 0 meanwhile. 3 hears of that from 1 while 2 sends it something else, and tells
    // nobody: it refuses the message as it is offered, and the next one follows at once.
    let met = [(0, 2, 500, 600), (0, 1, 1_100, 1_200), (2, 3, 2_000, 9_000), (1, 3, 2_050, 2_060)];
    let messages = [said(0, 0, 1, 1_000), said(100, 2, 4, 1_000), said(700, 2, 4, 1_000)];
    let options = MeshOptions { broadcast: false, ..none() };
    let played = alone(5, &met, options).play(&messages);
    assert_eq!(delivered(&played, 0, 1), Some(1_200));
    assert_eq!(kept(&played, 0, 2), [600]);
    let at_3 = [0, 1, 2].map(|message| kept(&played, message, 3));
    assert_eq!(at_3, [vec![], vec![2_100], vec![2_200]]);
}

#[test]
fn a_copy_on_the_way_back_goes_on_from_a_device_in_reach() {
    // The host has 0 and 2 carry what it can't hand to 1; 2 gives it to 3 though it has a connection, and that meets 1.
    let met = [(2, 3, 1_000, 60_000), (1, 3, 70_000, 80_000)];
    for back in [true, false] {
        let world = served(vec![line(&[0, 2], WAY)], &met, |options| options.back = back);
        let played = world.play(&[said(20_000, 0, 1, 1_000)]);
        assert_eq!(delivered(&played, 0, 1), back.then_some(70_100), "{back}");
    }
}
