//! A world without gateways: today's devices have nobody to turn to, and keep what their users write.

use crate::common::several::{Several, SeveralOptions};
use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

#[test]
fn devices_keep_what_their_users_write_and_turn_to_nobody() {
    let nowhere = GatewayId::NOWHERE.0;
    let mut setup = mesh(0, &[nowhere; 3], Times::PLAIN, &ChainOptions::default());
    let options =
        SeveralOptions { servers: 0, buses: 0, latency: Span::millis(1), gateways: false };
    setup.strategy = StrategyOptions::of::<Several>(options.clone());
    listed(&mut setup, &[(at(1_000), 0, &[1]), (at(8_000), 1, &[2]), (at(31_000), 2, &[0, 1])]);
    // A device dies and lives again, one is off the network for a while, and then all of them.
    let places = setup.places();
    let client = |number| places.client(ClientId(number));
    let away = What::offline(client(0));
    setup.faults.extend([
        Fault::once(What::crash(client(1)), at(5_000), Span::secs(5)),
        Fault::once(away, at(2_000), Span::secs(20)),
        Fault::once(What::crash(places.access()), at(30_000), Span::secs(5)),
    ]);
    let played = play_as::<Several>(&setup, &options);
    assert_eq!(played.rows.len(), 4);
    for row in &played.rows {
        assert_eq!((row.fate, row.accepted), (Fate::Unsent, None), "{row:?}");
    }
    // The directory and the desk have greeted each other: that is all.
    assert_eq!(played.costs.packets, 2);
}

#[test]
fn nobody_plays_the_host_where_there_is_none() {
    let nowhere = GatewayId::NOWHERE.0;
    let mut setup = mesh(0, &[nowhere; 2], Times::PLAIN, &ChainOptions::default());
    let options =
        SeveralOptions { servers: 0, buses: 0, latency: Span::millis(1), gateways: false };
    setup.strategy = StrategyOptions::of::<Several>(options.clone());
    for part in [Part::HostOf(ClientId(0)), Part::PenultimateOf(ClientId(1))] {
        let who = Who::Role(part.into());
        setup.faults.push(Fault::from(What::Crash { who, disk: DiskFate::Kept }, at(1_000)));
    }
    assert_eq!(play_as::<Several>(&setup, &options).seen.crashes, []);
}
