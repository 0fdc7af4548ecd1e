//! Gateways that die with one chance each when a message is accepted: the share of accepted mail that is
//! lost is that chance to the power of how many hold it.

use crate::common::{at, cases, world};
use penult_models::strategies::StrategyOptions;
use penult_models::strategies::chain::{Chain, ChainOptions};
use penult_models::*;
use penult_reports::statistics::clopper_pearson_at;
use penult_reports::{RowFiles, play};
use penult_sim::*;

const GATEWAYS: u32 = 6;
const LENGTH: u32 = 4;
/// The test's own draws, beside all of the models.
const DIES: Purpose = Purpose::of_models(60_000);

/// One message over four gateways to a device that is away. It takes 106 ms to get onto a link and an ack
/// 8 ms, so that the sender hears that it is accepted before more than `accept_after` have it.
fn one_message(accept_after: u32) -> Setup {
    let ack_timeout = Span::secs(5);
    let options =
        ChainOptions { length: LENGTH, accept_after, ack_timeout, ..ChainOptions::default() };
    let mut setup = world(GATEWAYS, 2, StrategyOptions::of::<Chain>(options));
    setup.homes = vec![GatewayId(0), GatewayId(3)];
    setup.gateways.specs[0].bandwidth = Bandwidth::bits_per_second(80_000);
    let mut list = List::new();
    list.push(&Listed {
        at: at(1_000),
        from: ClientId(0),
        to: vec![ClientId(1)],
        bytes: Some(1000),
        attachment: Some(0),
        view: Some(Span::ZERO),
        harmful: None,
    });
    setup.workload.times = SendTimes::List(list);
    let device = setup.places().client(ClientId(1));
    setup.faults.push(Fault::once(What::offline(device), at(500), Span::secs(29)));
    (setup.ends, setup.stops) = (at(20_000), at(60_000));
    setup
}

/// How many of so many seeds lose the message, where each gateway dies with the chance `share`, so long
/// after the message was accepted.
fn lost(seeds: u64, accept_after: u32, share: f64, after: Span) -> u64 {
    let mut lost = 0;
    let whole = one_message(accept_after);
    for seed in 1..=seeds {
        let mut setup = whole.clone();
        setup.seed = seed;
        for gateway in 0..GATEWAYS {
            if !Stream::new(DIES, gateway.into()).with(&Seed::new(seed)).chance(share) {
                continue;
            }
            let what = What::crash(NodeId::new(gateway as usize));
            setup.triggers.push(Trigger {
                fault: setup.faults.len(),
                event: Event::Accepted,
                node: None,
                message: None,
                client: None,
                nth: 1,
            });
            setup.faults.push(Fault { what, when: When::Triggered { after, lasts: None } });
        }
        let run = play(&setup, RowFiles::none(), &|| true).expect("a run of few events");
        assert!(run.violations().is_empty(), "seed {seed}: {:?}", run.violations());
        let totals = run.totals();
        assert_eq!(totals.accepted, 1, "seed {seed}");
        assert_eq!(totals.of(Fate::Lost), totals.accepted_lost, "seed {seed}");
        lost += totals.accepted_lost;
    }
    lost
}

#[test]
fn the_share_of_losses_is_a_power_of_the_chance_to_die() {
    let seeds = cases(250).into();
    for accept_after in 1..=LENGTH {
        for (share, after, holders) in [
            (0.5, Span::ZERO, accept_after),
            (0.2, Span::ZERO, accept_after),
            (0.5, Span::secs(10), LENGTH),
        ] {
            let lost = lost(seeds, accept_after, share, after);
            let expected = libm::pow(share, f64::from(holders));
            let (low, high) = clopper_pearson_at(lost, seeds, 0.99);
            assert!(
                (low..=high).contains(&expected),
                "accepted after {accept_after}, {share} die after {after}: {lost} of {seeds} lost, \
                 {low} to {high} at 99 %, and {expected} expected"
            );
        }
    }
}
