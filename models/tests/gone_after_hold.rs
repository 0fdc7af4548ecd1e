//! What is gone because its time was over: gateways let go of it after `hold`, and whatever is under way by then
//! has had its time too.

use crate::common::{Played, Single, Times, at, listed, mesh, play, play_single};
use penult_models::strategies::StrategyOptions;
use penult_models::strategies::chain::ChainOptions;
use penult_models::strategies::single::SingleOptions;
use penult_models::*;
use penult_sim::*;

const HOLD: Span = Span::secs(5);

/// One message at 1 s to a device so far from its host that nothing gets there in time.
fn world(single: bool, queue: QueuePlace) -> Setup {
    let options = ChainOptions { hold: HOLD, spill: Spill::Never, ..ChainOptions::default() };
    let mut setup = mesh(3, &[0, 1, 2], Times::PLAIN, &options);
    setup.gateways.queue = queue;
    if single {
        setup.strategy = StrategyOptions::of::<Single>(SingleOptions {
            hold: HOLD,
            spill: Spill::Never,
            ..SingleOptions::default()
        });
    }
    setup.clients.keepalive = Span::secs(1000);
    listed(&mut setup, &[(at(1_000), 0, &[1])]);
    let ends = (crate::common::node(1), device(&setup));
    let gray = Gray { latency: 600.0, ..Gray::NONE };
    setup.faults.push(Fault::once(What::SlowLink { ends, gray }, at(0), Span::secs(20)));
    setup
}

fn device(setup: &Setup) -> NodeId {
    setup.places().client(ClientId(1))
}

fn worlds() -> impl Iterator<Item = (bool, QueuePlace, Setup)> {
    [(false, QueuePlace::Memory), (false, QueuePlace::Disk), (true, QueuePlace::Memory)]
        .into_iter()
        .map(|(single, queue)| (single, queue, world(single, queue)))
}

fn run(setup: &Setup) -> Played {
    match setup.strategy.get::<Single>() {
        None => play(setup),
        Some(_) => play_single(setup),
    }
}

#[test]
fn a_packet_that_is_lost_after_all_that_was_stored_expired_is_expired_too() {
    for (single, queue, mut setup) in worlds() {
        let offline = What::offline(device(&setup));
        setup.faults.push(Fault::once(offline, at(10_000), Span::secs(9)));
        let played = run(&setup);
        let row = played.row(0, 1);
        assert_eq!(row.fate, Fate::Expired, "{single}, {queue:?}");
        assert!(row.cause.is_some_and(|cause| cause.kind == CauseKind::Expired));
        // Not with the last that held it, but with what was under way: the host sent it when it had stored it, and
        // two seconds after, which takes twelve.
        let stored = at(if single { 1_022 } else { 1_024 });
        assert_eq!(row.gone, Some(stored + Span::secs(14)), "{single}, {queue:?}");
        assert!(row.accepted.is_some() && !row.is_accepted_lost(), "no promise was broken");
    }
}

#[test]
fn what_comes_after_all_that_was_stored_expired_is_delivered() {
    for (single, queue, setup) in worlds() {
        let row = run(&setup).row(0, 1).clone();
        assert_eq!(row.fate, Fate::Delivered, "{single}, {queue:?}");
        assert!(row.latency().is_some_and(|latency| latency > HOLD));
    }
}

/// The host's crash took the last that was stored, not the time of the others.
#[test]
fn a_crash_that_takes_the_last_that_was_stored_is_a_loss() {
    for (single, queue, mut setup) in worlds().filter(|(_, queue, _)| *queue == QueuePlace::Memory)
    {
        for gateway in 0..3 {
            let crash = What::crash(crate::common::node(gateway));
            setup.faults.push(Fault::once(crash, at(4_000), Span::secs(30)));
        }
        let offline = What::offline(device(&setup));
        setup.faults.push(Fault::once(offline, at(10_000), Span::secs(9)));
        let row = run(&setup).row(0, 1).clone();
        assert_eq!(row.fate, Fate::Lost, "{single}, {queue:?}");
        assert!(row.is_accepted_lost());
    }
}
