//! Reports of worlds in which all clients' links fall at once, and of one without gateways.

#[path = "../../models/tests/common/several.rs"]
mod several;

use std::path::Path;

use crate::common::*;
use penult_models::*;
use penult_reports::*;
use penult_sim::*;
use several::{Several, SeveralOptions};

fn rows(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(folder.join(name)).expect("it was written");
    let rows = reader.records().map(|row| row.expect("it is a table"));
    rows.map(|row| row.iter().map(str::to_owned).collect()).collect()
}

#[test]
fn its_fall_is_one_line_and_every_client_is_away_meanwhile() {
    let mut setup = world(5, 10, StrategyOptions::of::<Chain>(ChainOptions::default()));
    let access = setup.places().access();
    setup.faults.push(Fault::once(What::crash(access), at(20_000), Span::secs(10)));
    setup.faults.push(away(&setup, 3, 25_000, 15_000));
    setup.faults.push(crash(2, 30_000, 5_000));
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = named("access falls", setup);
    let summary = report(&scenario, folder.path());
    // fault, kind, what, disk, down_s, up_s
    let faults: Vec<Vec<String>> =
        rows(folder.path(), "faults.csv").into_iter().map(|row| row[3..].to_vec()).collect();
    let expected = [
        ["0", "crash", "access", "kept", "20", "30"],
        // c3 was off the network already: nothing was left to take.
        ["1", "offline", "", "", "25", ""],
        ["2", "crash", "g2", "kept", "30", "35"],
    ];
    assert_eq!(faults, expected);
    // What is written meanwhile waits with its sender; c3 is away for longer.
    let mean = |phase: Phase| summary.latency.phases.0[phase as usize].expect("a mean");
    assert!(mean(Phase::Outbox) > 500.0 && mean(Phase::Away) > 50.0);
    assert_eq!(summary.deliveries.lost, 0);
    // Nobody is without a host who is not on the network.
    let timeline = rows(folder.path(), "timeline.csv");
    let header = std::fs::read_to_string(folder.path().join("timeline.csv")).expect("it is there");
    let column = |name: &str| {
        header.lines().next().expect("a header").split(',').position(|it| it == name).expect(name)
    };
    let [begins, unhosted] = ["from_s", "unhosted_clients"].map(column);
    let at_25 = timeline.iter().find(|row| row[begins] == "25").expect("a bin");
    assert_eq!(at_25[unhosted], "0");
}

#[test]
fn without_gateways_a_report_is_whole_and_has_no_availability() {
    let options =
        SeveralOptions { servers: 2, buses: 1, latency: Span::millis(1), gateways: false };
    let mut setup = world(1, 4, StrategyOptions::of::<Several>(options));
    setup.gateways = Gateways::default();
    setup.homes = vec![GatewayId::NOWHERE; 4];
    let access = setup.places().access();
    setup.faults.push(Fault::once(What::crash(access), at(20_000), Span::secs(10)));
    let folder = tempfile::tempdir().expect("a folder");
    let name = named("nobody", setup.clone()).name;
    let report = Report::begin(folder.path(), name).expect("the folder can be made");
    let files = report.row_files(true).expect("files can be made");
    let mut players = Players::built_in();
    players.add::<Several>();
    let outcome = players.play(&setup, &Maps::default(), files, &|_| true).expect("it ends");
    assert!(outcome.violations().is_empty());
    let summary = report.write(outcome).expect("files can be written");
    assert_eq!(summary.deliveries.unsent, summary.deliveries.offered);
    assert_eq!(summary.failover.availability, None);
    assert_eq!(rows(folder.path(), "gateways.csv"), [[""; 0]; 0]);
    assert!(tell(&summary).contains("unsent"));
    let files = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert!(files > 10, "{files}");
}

#[test]
#[should_panic(expected = "nobody here plays `several`")]
fn who_plays_a_strategy_must_be_said() {
    let options = SeveralOptions { servers: 2, buses: 1, latency: Span::millis(1), gateways: true };
    let setup = world(1, 4, StrategyOptions::of::<Several>(options));
    let _ = play(&setup, RowFiles::none(), &|| true);
}
