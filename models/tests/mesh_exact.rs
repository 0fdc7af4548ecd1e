//! The exact results of `mesh`, to the nanosecond: each way that a message can take, for several sets of times.

use penult_models::strategies::mesh::{ForgetOn, MeshOptions, PresenceOptions};
use penult_models::{Drop, Note, Phase, ServiceOptions};
use penult_sim::*;

use crate::common::carriers::*;
use crate::common::*;

/// The originator, its recipient, and two who carry.
const SENDER: u32 = 0;
const RECIPIENT: u32 = 1;
const CARRIER: u32 = 2;
const SECOND: u32 = 3;
/// The gateways where they are at home.
const HOMES: [u32; 4] = [0, 1, 2, 0];

/// How far each is from servers.
const A: [Span; 4] = [
    Span::nanos(21_000_007),
    Span::nanos(13_000_003),
    Span::nanos(47_000_011),
    Span::micros(5_300),
];
const SENT: Time = Time::from_nanos(10_000_000_001);
const BYTES: u32 = 1_000;
/// Bytes per millisecond: a transfer takes ten.
const BANDWIDTH: u64 = 100;
const B: Span = Span::millis(10);
const S: Span = Span::secs(2);
const FOREVER: u64 = 80_000;

/// From its coming to the source until the recipient's host sends it out.
fn e(times: Times, same_host: bool) -> Span {
    let Times { cpu, disk, link, policy, .. } = times;
    let there = if same_host { Span::ZERO } else { link + cpu + disk };
    policy + cpu + disk + there
}

/// From its coming to the source until the acknowledgement leaves.
fn stored(times: Times) -> Span {
    e(times, true)
}

fn world(times: Times, options: MeshOptions, met: &[Met]) -> World {
    World {
        gateways: 3,
        homes: HOMES.to_vec(),
        times,
        met: met.to_vec(),
        bandwidth: Some(BANDWIDTH),
        options,
    }
}

/// Each of these with its own latency.
fn online(who: &[u32]) -> MeshOptions {
    connections(who.iter().map(|&it| line(&[it], A[it as usize])).collect())
}

/// When the only message was delivered, and accepted.
fn played(world: &World) -> (Option<Time>, Option<Time>) {
    let played = world.play(&[(SENT, SENDER, RECIPIENT, BYTES)]);
    let row = played.row(0, RECIPIENT);
    (row.delivered, row.accepted)
}

const DATABASE: Span = Span::nanos(2_900_017);

fn presence(push: bool) -> Option<PresenceOptions> {
    Some(PresenceOptions {
        built: ServiceOptions { latency: Delay::constant(DATABASE), ..ServiceOptions::default() },
        at: None,
        hold: Span::secs(3600),
        clear_for_originator: false,
        push,
    })
}

/// Times, and whether the recipient is at home where the message enters.
fn each(mut test: impl FnMut(Times, bool)) {
    for times in several_times() {
        [false, true].into_iter().for_each(|same| test(times, same));
    }
}

/// The same world with a recipient at home where the devices of this gateway are, or not.
fn of_same_host(mut world: World, gateway: u32, same: bool) -> World {
    world.homes[RECIPIENT as usize] = if same { gateway } else { (gateway + 1) % 3 };
    world
}

#[test]
fn by_the_first_connection_that_is_up() {
    each(|times, same| {
        let with = |options| of_same_host(world(times, options, &[]), HOMES[0], same);
        let result = |a: Span| {
            let delivered = SENT + a + e(times, same) + A[1];
            (Some(delivered), Some(SENT + a * 2 + stored(times)))
        };
        assert_eq!(played(&with(online(&[SENDER, RECIPIENT]))), result(A[0]), "{times:?}");
        // A better one that is not up, one that only comes first, and both at once.
        let short = Span::millis(3);
        let two = |first, second| connections(vec![first, second, line(&[RECIPIENT], A[1])]);
        let late = covered(&[SENDER], short, &[(at(20_000), Time::NEVER)]);
        let options = two(late, line(&[SENDER], A[0]));
        assert_eq!(played(&with(options)), result(A[0]), "{times:?}");
        let options = two(line(&[SENDER], A[0]), line(&[SENDER], short));
        assert_eq!(played(&with(options.clone())), result(A[0]), "{times:?}");
        let options = MeshOptions { use_all: true, ..options };
        assert_eq!(played(&with(options)), result(short), "{times:?}");
    });
}

#[test]
fn a_contact_with_the_recipient_and_carriers_between() {
    let (x, later) = (12_000, 14_500);
    let from = |millis: u64| at(millis) + B;
    let met: [(&[Met], Time); 3] = [
        (&[(0, 1, x, FOREVER)], from(x)),
        (&[(0, 2, x, 13_000), (2, 1, later, FOREVER)], from(later)),
        (&[(0, 2, x, FOREVER), (2, 1, 11_000, FOREVER)], from(x) + B),
    ];
    for (met, expected) in met {
        for forget in [true, false] {
            for gateways in [0, 3] {
                let options = MeshOptions { forget, ..online(&[]) };
                let world = World { gateways, ..world(Times::PLAIN, options, met) };
                let (delivered, accepted) = played(&world);
                assert_eq!(delivered, Some(expected), "{met:?}");
                // A hand-over by the originator is acceptance; of others' it hears if anybody tells it.
                let hears = met.len() == 1 || forget && met[0].3 == FOREVER;
                assert_eq!(accepted, Some(expected).filter(|_| hears), "{met:?}");
            }
        }
    }
}

const NEAR: Met = (0, 2, 12_000, FOREVER);
const X: Time = Time::from_nanos(12_000_000_000);

#[test]
fn by_a_proxy_with_the_originator_near() {
    each(|times, same| {
        let a = A[CARRIER as usize];
        let options = online(&[CARRIER, RECIPIENT]);
        let world = of_same_host(world(times, options, &[NEAR]), HOMES[2], same);
        let delivered = X + B + a + e(times, same) + A[1];
        let accepted = X + B + a * 2 + stored(times);
        assert_eq!(played(&world), (Some(delivered), Some(accepted)), "{times:?}");
    });
}

#[test]
fn it_asks_the_presence_database_first() {
    each(|times, same| {
        let a = A[CARRIER as usize];
        let options = MeshOptions { presence: presence(false), ..online(&[CARRIER, RECIPIENT]) };
        let world = of_same_host(world(times, options, &[NEAR]), HOMES[2], same);
        let result = |more: Span| {
            let delivered = X + B + more + a + e(times, same) + A[1];
            (Some(delivered), Some(X + B + more + a * 2 + stored(times)))
        };
        assert_eq!(played(&world), result((a + DATABASE) * 2), "{times:?}");
        // A dead one is waited for.
        let mut setup = world.setup(&[(SENT, SENDER, RECIPIENT, BYTES)]);
        let dead = service(&setup, "presence").expect("there is one");
        setup.faults.push(Fault::once(What::crash(dead), at(1_000), Span::secs(60)));
        let played = play_mesh(&setup);
        let row = played.row(0, RECIPIENT);
        assert_eq!((row.delivered, row.accepted), result(S), "{times:?}");
    });
}

/// When a device dropped its copy because it heard what became of the message.
fn told(played: &Played, device: u32) -> Option<Time> {
    let node = played.places.client(penult_models::ClientId(device));
    let mut notes = played.seen.notes.iter();
    notes.find_map(|(at, whose, note)| match note {
        Note::Dropped(_, Drop::Told) if *whose == node => Some(*at),
        _ => None,
    })
}

#[test]
fn a_second_carrier_finds_out_that_it_was_taken() {
    for times in several_times() {
        // The first has no time to tell the originator.
        let met = [(0, 2, 12_000, 12_010), (0, 3, 13_000, FOREVER)];
        let options = MeshOptions {
            presence: presence(false),
            broadcast: false,
            ..online(&[CARRIER, SECOND, RECIPIENT])
        };
        let played = world(times, options, &met).play(&[(SENT, SENDER, RECIPIENT, BYTES)]);
        let q = A[SECOND as usize] + DATABASE;
        assert_eq!(told(&played, SECOND), Some(at(13_000) + B + q * 2), "{times:?}");
    }
}

#[test]
fn an_originator_that_comes_back_asks_first() {
    for times in several_times() {
        let back = at(20_000);
        let q = A[0] + DATABASE;
        let with = |has_presence: bool, met: &[Met]| {
            let own = covered(&[SENDER], A[0], &[(back, Time::NEVER)]);
            let others = [CARRIER, RECIPIENT].map(|it| line(&[it], A[it as usize]));
            let list = std::iter::once(own).chain(others).collect();
            let presence = presence(false).filter(|_| has_presence);
            let options = MeshOptions { presence, broadcast: false, ..connections(list) };
            played(&world(times, options, met))
        };
        // Somebody brought it meanwhile.
        let (_, accepted) = with(true, &[(0, 2, 12_000, 12_010)]);
        assert_eq!(accepted, Some(back + q * 2), "{times:?}");
        // Nobody did.
        for has_presence in [true, false] {
            let begins = if has_presence { back + q * 2 } else { back };
            let delivered = begins + A[0] + e(times, false) + A[1];
            let accepted = begins + A[0] * 2 + stored(times);
            assert_eq!(with(has_presence, &[]), (Some(delivered), Some(accepted)), "{times:?}");
        }
    }
}

#[test]
fn peers_are_asked_once_nothing_has_come() {
    for times in several_times() {
        let met = [(0, 2, 9_000, FOREVER), (2, 1, 9_000, FOREVER)];
        let mut world = world(times, online(&[SENDER]), &met);
        world.options.latency_limit = None;
        let mut setup = world.setup(&[(SENT, SENDER, RECIPIENT, BYTES)]);
        setup.faults.extend((0..3).map(|gateway| dead(gateway, at(1_000))));
        let played = play_mesh(&setup);
        assert_eq!(played.row(0, RECIPIENT).delivered, Some(SENT + S + B * 2), "{times:?}");
    }
}

#[test]
fn peers_are_asked_as_well_where_the_server_is_slow() {
    for times in several_times() {
        let a = A[CARRIER as usize];
        for own in [Span::millis(30), Span::millis(400)] {
            let list = vec![line(&[SENDER], own), line(&[CARRIER], a), line(&[RECIPIENT], A[1])];
            for limit in [Span::millis(50), Span::secs(1)] {
                let options =
                    MeshOptions { latency_limit: Some(limit), ..connections(list.clone()) };
                let met = [(0, 2, 9_000, FOREVER)];
                let mut setup =
                    world(times, options, &met).setup(&[(SENT, SENDER, RECIPIENT, BYTES)]);
                setup.clients.keepalive = Span::secs(4);
                let played = play_mesh(&setup);
                let own = SENT + own + e(times, false) + A[1];
                let peer = SENT + B + a + e(times, HOMES[1] == HOMES[2]) + A[1];
                let is_slow = limit < (own - SENT) && limit < Span::secs(1);
                let expected = if is_slow && own > peer { peer } else { own };
                assert_eq!(played.row(0, RECIPIENT).delivered, Some(expected), "{times:?}");
            }
        }
    }
}

#[test]
fn the_way_back() {
    each(|times, same| {
        for forget_on in [ForgetOn::Taken, ForgetOn::Delivered] {
            let options = MeshOptions { forget_on, ..online(&[SENDER, CARRIER]) };
            let met = [(2, 1, 9_000, FOREVER)];
            let mut world = of_same_host(world(times, options, &met), HOMES[0], same);
            // The carrier is hosted where the recipient is.
            world.homes[CARRIER as usize] = world.homes[RECIPIENT as usize];
            let a = A[CARRIER as usize];
            let second = at(20_000);
            let played =
                world.play(&[(SENT, SENDER, RECIPIENT, BYTES), (second, SENDER, RECIPIENT, BYTES)]);
            let at_host = |sent: Time| sent + A[0] + e(times, same);
            let row = played.row(0, RECIPIENT);
            assert_eq!(row.delivered, Some(at_host(SENT) + S + a + B), "{times:?}");
            assert_eq!(row.accepted, Some(SENT + A[0] * 2 + stored(times)), "{times:?}");
            // Now it is known.
            let row = played.row(1, RECIPIENT);
            assert_eq!(row.delivered, Some(at_host(second) + a + B), "{times:?}");
        }
    });
}

/// At the originator `outbox`, at other devices `away`, transfers and packets `network`.
#[test]
fn phases_say_where_the_time_went() {
    let options = online(&[]);
    let met = [(0, 2, 12_000, 13_000), (2, 1, 14_500, FOREVER)];
    let played = world(Times::PLAIN, options, &met).play(&[(SENT, SENDER, RECIPIENT, BYTES)]);
    let row = played.row(0, RECIPIENT);
    let expected =
        [(Phase::Outbox, X - SENT), (Phase::Network, B * 2), (Phase::Away, at(14_500) - (X + B))];
    assert_eq!(phases(row), expected);
    assert_eq!(row.hops, 2, "two transfers");
}
