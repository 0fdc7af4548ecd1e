//! `access`, what all clients' links run through: while it is down each of them is as if offline, and knows it.

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::strategies::single::SingleOptions;
use penult_models::{Packet, *};
use penult_sim::*;

const ACCESS: Span = Times::PLAIN.access;
const LINK: Span = Times::PLAIN.link;

/// Three gateways, two clients at home on the first two; one message each way before, while and after the fall.
fn world(strategy: StrategyOptions) -> Setup {
    let mut setup = mesh(3, &[0, 1], Times::PLAIN, &ChainOptions::default());
    setup.strategy = strategy;
    // Nobody finds out anything by keepalives.
    setup.clients.keepalive = Span::secs(1000);
    let messages: [(Time, u32, &[u32]); 4] = [
        // Under way to its recipient as it falls.
        (before(at(10_000), ACCESS + LINK), 0, &[1]),
        // Its acknowledgement is.
        (before(at(10_000), ACCESS + LINK), 1, &[0]),
        (at(12_000), 0, &[1]),
        (at(30_000), 1, &[0]),
    ];
    listed(&mut setup, &messages);
    setup
}

fn strategies() -> [StrategyOptions; 2] {
    [
        StrategyOptions::of::<Chain>(ChainOptions::default()),
        StrategyOptions::of::<Single>(SingleOptions::default()),
    ]
}

fn play_either(setup: &Setup) -> Played {
    match setup.strategy.name() {
        "chain" => play(setup),
        _ => play_single(setup),
    }
}

/// It falls at 10 s and stands again at 20 s.
fn fallen(setup: &Setup) -> Fault {
    Fault::once(What::crash(setup.places().access()), at(10_000), Span::secs(10))
}

#[test]
fn what_was_on_its_way_comes_when_it_stands_again() {
    for strategy in strategies() {
        let name = strategy.name();
        let mut setup = world(strategy);
        setup.faults.push(fallen(&setup));
        let played = play_either(&setup);
        // A device that is back says so to its host, and gets what that has for it: there and back again. One that
        // stays with its host for ever asks whether it is there.
        let back = at(20_000) + ACCESS * 2;
        for (message, recipient) in [(0, 1), (1, 0)] {
            let row = played.row(message, recipient);
            assert_eq!(row.delivered, Some(back), "{name}, m{message}");
            assert!(row.phases.get(Phase::Away) >= Span::secs(9), "{name}: {:?}", row.phases);
        }
        // What its user wrote meanwhile leaves as soon as the device is back.
        let written = played.row(2, 1);
        let sent = at(20_000) + ACCESS * 2 + LINK;
        assert_eq!(written.delivered.map(|it| it - sent), Some(way(name)), "{name}");
        assert_eq!(written.phases.get(Phase::Outbox), Span::secs(8), "{name}");
        let after = played.row(3, 0);
        assert_eq!(after.delivered, Some(at(30_000) + ACCESS * 2 + LINK + way(name)), "{name}");
        assert_eq!(played.totals.duplicates_seen, 0);
    }
}

/// How much longer a message takes than over the shortest way: a chain of three goes by way of the third.
fn way(strategy: &str) -> Span {
    if strategy == "chain" { LINK } else { Span::ZERO }
}

#[test]
fn it_is_as_if_every_client_were_offline() {
    for strategy in strategies() {
        let mut setup = world(strategy);
        let mut by_name = setup.clone();
        by_name.faults.push(fallen(&setup));
        let clients = (0..2).map(|client| setup.places().client(ClientId(client))).collect();
        let offline = What::Offline(Who::Nodes(clients));
        setup.faults.push(Fault::once(offline, at(10_000), Span::secs(10)));
        let [one, other] = [&setup, &by_name].map(play_either);
        assert_eq!(one.rows, other.rows);
        assert_eq!(one.costs, other.costs);
    }
}

#[test]
fn nobody_says_good_bye_and_who_comes_to_life_meanwhile_knows() {
    /// Who says good-bye, and what devices send while it is down.
    #[derive(Default)]
    struct Words(u32, Vec<NodeId>);
    impl<S: Server> Observer<Member<S>> for Words {
        fn see(&mut self, now: Time, what: Observed<'_, Member<S>>) {
            if let Observed::Sent(Carried { from, packet: Packet::Up(up), .. }) = what {
                self.0 += u32::from(matches!(up, Up::Bye));
                if (at(10_000)..at(20_000)).contains(&now) {
                    self.1.push(from);
                }
            }
        }
    }
    let mut setup = world(strategies()[0].clone());
    // The device of c0 dies, and lives again while the access is down: it stays silent.
    let device = setup.places().client(ClientId(0));
    setup.faults.push(fallen(&setup));
    setup.faults.push(Fault::once(What::crash(device), at(11_000), Span::secs(2)));
    let options = setup.strategy.get::<Chain>().expect("it is the chain").clone();
    let engine = setup.engine::<Chain>(options).expect("the workload is well formed");
    let mut engine = engine.observed_by(Words::default());
    engine.run(&Limits::until(setup.stops)).expect("there is no limit");
    let Words(byes, sent) = engine.into_observer();
    assert_eq!((byes, sent), (0, vec![]));
}
