//! What a recipient's absence costs is told as such, also where the gateway that waited for it died meanwhile.

use crate::common::*;
use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;

const HOST: u32 = 4;

/// One message from c0 on g0 to c1 on g4, at 600 s. The recipient is off the network from 300 s to 6300 s, and
/// dead from 4000 s to 4100 s; its host is dead from 3600 s to 3900 s.
fn world(options: &ChainOptions, times: Times) -> Setup {
    let mut setup = mesh(16, &[0, HOST], times, options);
    (setup.ends, setup.stops) = (at(7_000_000), at(7_100_000));
    listed(&mut setup, &[(at(600_000), 0, &[1])]);
    let device = vec![setup.places().client(ClientId(1))];
    let from_until = |from: u64, until: u64| (at(from), Span::millis(until - from));
    let crash = |nodes| What::Crash { who: Who::Nodes(nodes), disk: DiskFate::Kept };
    let faults = [
        (What::Offline(Who::Nodes(device.clone())), from_until(300_000, 6_300_000)),
        (crash(device), from_until(4_000_000, 4_100_000)),
        (crash(vec![node(HOST)]), from_until(3_600_000, 3_900_000)),
    ];
    setup.faults = faults.map(|(what, (from, lasts))| Fault::once(what, from, lasts)).to_vec();
    setup
}

#[test]
fn waiting_for_an_absent_recipient_is_told_as_such_wherever_the_copy_waited() {
    for length in 1..=4 {
        for times in [Times::PLAIN, UNEVEN] {
            let options = ChainOptions { length, ..ChainOptions::default() };
            let played = play(&world(&options, times));
            let row = played.row(0, 1);
            let spent = |phase| row.phases.get(phase);
            // A link for each gateway after the first, and two ways through the air.
            let links = times.link * u64::from(row.hops - 1);
            assert_eq!(spent(Phase::Network), times.access * 2 + links, "length {length}");
            let work = spent(Phase::Cpu) + spent(Phase::Disk);
            let latency = row.delivered.unwrap() - row.created;
            let away = latency - spent(Phase::Network) - work;
            assert_eq!(spent(Phase::Away), away, "length {length}: {:?}", phases(row));
            assert!(work < Span::millis(5) && row.hops > 1, "length {length}: {:?}", phases(row));
        }
    }
}

/// The message is stored at the host at 10.022 s and sent to a device that has gone without a word. It attaches
/// when it is back, at 19.010 s, and the host, which had kept trying, sends again.
#[test]
fn a_device_is_away_before_its_host_knows() {
    let options = ChainOptions { length: 1, ..ChainOptions::default() };
    let mut setup = mesh(16, &[0, HOST], Times::PLAIN, &options);
    listed(&mut setup, &[(at(10_000), 0, &[1])]);
    let what = What::Offline(Who::Nodes(vec![setup.places().client(ClientId(1))]));
    setup.faults = vec![Fault::once(what, at(10_010), Span::millis(9_000))];
    let played = play(&setup);
    let spent = [(Phase::Network, Span::millis(62)), (Phase::Away, Span::millis(8_988))];
    assert_eq!(phases(played.row(0, 1)), spent);
    assert_eq!(played.row(0, 1).delivered, Some(at(19_050)));
}

/// Devices that crash all the time behind links that lose: hosts go on waiting for answers of devices that have
/// long received, when the ledger has forgotten when those were away.
#[test]
fn phases_add_up_when_thousands_of_absences_are_past() {
    let homes: Vec<u32> = (0..60).map(|client| client % 3).collect();
    let mut setup = mesh(3, &homes, Times::PLAIN, &ChainOptions::default());
    setup.access = LinkSpec { loss: 0.2, ..setup.access.clone() };
    setup.workload.times = SendTimes::Poisson { rate: 1.0 };
    let law = |millis: f64| Delay::from_nanos(Distribution::exponential(millis * 1e6).unwrap());
    let devices = (0..60).map(|client| setup.places().client(ClientId(client))).collect();
    let what = What::Crash { who: Who::Nodes(devices), disk: DiskFate::Kept };
    let when = When::Process(Process::new(law(3_000.0), law(300.0)));
    setup.faults = vec![Fault { what, when }];
    let played = play(&setup);
    let count = played.totals.of(Fate::Delivered);
    assert!(count > 3_000, "{count} were delivered");
    let phases = played.rows.iter().filter(|row| row.delivered.is_some());
    assert!(
        phases.into_iter().all(|row| row.phases.total() == row.delivered.unwrap() - row.created)
    );
}
