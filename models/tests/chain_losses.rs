//! Which deaths at one instant lose accepted mail that is in memory: those of everybody who holds it.

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

const GATEWAYS: u32 = 6;

/// A message from c0 to c1, who is away until 80 s, over `length` gateways, the first and the last at home
/// to them; where `together`, both are at home at one, and the others mirror it.
///
/// A message takes 106 ms to get onto a link, an ack 8 ms: when the sender hears that `accept_after` hold
/// it, it has not left the last of these.
fn world(length: u32, accept_after: u32, together: bool) -> (Setup, Vec<u32>) {
    const HOST: u32 = 3;
    let ack_timeout = Span::secs(5);
    let options = ChainOptions { length, accept_after, ack_timeout, ..ChainOptions::default() };
    let home = if together { HOST } else { 0 };
    let mut setup = mesh(GATEWAYS, &[home, HOST], Times::PLAIN, &options);
    setup.gateways.specs[0].bandwidth = Bandwidth::bits_per_second(80_000);
    setup.stops = at(400_000);
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    let device = setup.places().client(ClientId(1));
    setup.faults.push(Fault::once(What::offline(device), at(5_000), Span::secs(75)));
    let near = (1..GATEWAYS).map(|step| (HOST + step) % GATEWAYS);
    let route = if together {
        std::iter::once(HOST).chain(near).take(length as usize).collect()
    } else {
        let mut fill: Vec<u32> = near.filter(|it| *it != 0).take(length as usize - 2).collect();
        fill.reverse();
        std::iter::once(0).chain(fill).chain([HOST]).collect()
    };
    (setup, route)
}

/// All gateways in the set of bits `dead` die so long after the sender was told that its message is safe.
fn die(setup: &mut Setup, dead: u32, after: Span) {
    let dead = (0..GATEWAYS).filter(|gateway| dead >> gateway & 1 == 1);
    let who = Who::Nodes(dead.map(|gateway| NodeId::new(gateway as usize)).collect());
    setup.triggers.push(Trigger {
        fault: setup.faults.len(),
        event: Event::Accepted,
        node: None,
        message: None,
        client: None,
        nth: 1,
    });
    let what = What::Crash { who, disk: DiskFate::Kept };
    setup.faults.push(Fault { what, when: When::Triggered { after, lasts: None } });
}

#[test]
fn accepted_mail_is_lost_exactly_with_all_who_hold_it() {
    let ways = (2..=4).map(|length| (length, false)).chain((1..=4).map(|length| (length, true)));
    for (length, together) in ways {
        for accept_after in 1..=length {
            let (setup, route) = world(length, accept_after, together);
            for dead in 1..1 << GATEWAYS {
                // At that instant, and when all have it.
                for (after, holders) in [(Span::ZERO, accept_after), (Span::secs(20), length)] {
                    let mut setup = setup.clone();
                    die(&mut setup, dead, after);
                    let played = play(&setup);
                    let holders = &route[..holders as usize];
                    let is_lost = holders.iter().all(|holder| dead >> holder & 1 == 1);
                    let expected = if is_lost { Fate::Lost } else { Fate::Delivered };
                    let fate = played.row(0, 1).fate;
                    assert_eq!(
                        fate, expected,
                        "length {length}, accepted after {accept_after}, on {route:?}, dead \
                         {dead:06b} after {after}"
                    );
                    assert_eq!(played.totals.accepted_lost, u64::from(is_lost));
                }
            }
        }
    }
}
