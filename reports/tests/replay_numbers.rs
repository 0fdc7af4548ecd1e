//! Numbers of `replay`: a storm of three devices, caught up one after the other, as its summary, its columns and its table
//! tell it.

use std::path::Path;

use crate::common::*;
use penult_models::strategies::replay::{Replay, ReplayOptions};
use penult_models::*;
use penult_reports::*;
use penult_sim::*;

/// c1, c2 and c3 are at g1 and away together while a message comes for them, and one slot is there for all. It takes 300 ms
/// to start a dispatcher, and two to ask the bus, one way.
fn storm() -> Setup {
    let bus = ServiceOptions { latency: Delay::constant(Span::millis(2)), ..Default::default() };
    let options = ReplayOptions {
        bus,
        max_temporary: Some(1),
        start: Span::millis(300),
        ..ReplayOptions::default()
    };
    let mut setup = world(2, 4, StrategyOptions::of::<Replay>(options));
    setup.homes = [0, 1, 1, 1].map(GatewayId).to_vec();
    setup.clients.keepalive = Span::secs(600);
    let listed = Listed {
        at: at(5_000),
        from: ClientId(0),
        to: [1, 2, 3].map(ClientId).to_vec(),
        bytes: Some(1_000),
        attachment: Some(0),
        view: Some(Span::ZERO),
        harmful: None,
    };
    setup.workload.times = SendTimes::List([listed].into_iter().collect());
    for client in 1..4 {
        setup.faults.push(away(&setup, client, 3_000, 17_000));
    }
    setup
}

fn reported(setup: &Setup, folder: &Path) -> Summary {
    let (scenario, strategy) = ("storm".to_owned(), "replay".to_owned());
    let name = RunName { scenario, strategy, seed: setup.seed };
    let report = Report::begin(folder, name).expect("the folder can be made");
    let files = report.row_files(false).expect("files can be made");
    let outcome = Players::built_in().play(setup, &Maps::default(), files, &|_| true);
    let outcome = outcome.expect("it ends");
    assert!(outcome.violations().is_empty());
    report.write(outcome).expect("files can be written")
}

fn lines(folder: &Path, name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(folder.join(name)).expect(name);
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_storm_is_counted_timed_and_listed() {
    let folder = tempfile::tempdir().expect("a folder");
    let summary = reported(&storm(), folder.path());
    let json: serde_json::Value = serde_json::from_str(&summary.to_json()).expect("it is JSON");
    // Each has its slot for 304 ms, and waits for those before it.
    let expected = serde_json::json!({
        "temporary": {
            "count": 3, "peak": 1, "mean": 0.912 / 60.0,
            "life": { "mean": 304.0, "p50": 304.0, "p99": 304.0, "max": 304.0 },
        },
        "wait": { "mean": 304.0, "p50": 304.0, "p99": 608.0, "max": 608.0 },
        "replayed": 3, "queued_peak": 0,
        "storm": { "peak": 3, "longest_s": 0.912 },
        "gaps": 0, "reads": 0, "moves": 0, "elections": 0, "handed_over": 0,
    });
    assert_eq!(json["replay"], expected);
    let rows = [
        "scenario,strategy,seed,client,server,attached_s,began_s,ended_s,events,end",
        "storm,replay,1,c1,g1,20.02,20.02,20.324,1,joined",
        "storm,replay,1,c2,g1,20.02,20.324,20.628,1,joined",
        "storm,replay,1,c3,g1,20.02,20.628,20.932,1,joined",
    ];
    assert_eq!(lines(folder.path(), "temporaries.csv"), rows);
    let timeline = lines(folder.path(), "timeline.csv");
    assert!(timeline[0].ends_with(",temporary,waiting"), "{}", timeline[0]);
    let of_second = timeline.iter().find(|line| line.starts_with("storm,replay,1,20,"));
    let cells: Vec<f64> = of_second
        .expect("there is one")
        .rsplit(',')
        .take(2)
        .map(|cell| cell.parse().expect("a number"))
        .collect();
    let [waiting, temporary] = cells[..] else { panic!("two columns") };
    assert!(
        (temporary - 3.0 * 0.304).abs() < 1e-9 && (waiting - 3.0 * 0.304).abs() < 1e-9,
        "{cells:?}"
    );
}

/// A dispatcher that dies with its server has ended.
#[test]
fn a_crash_ends_a_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut setup = storm();
    setup.faults.push(crash(1, 20_100, 1_000));
    reported(&setup, folder.path());
    let rows = lines(folder.path(), "temporaries.csv");
    assert_eq!(rows[1], "storm,replay,1,c1,g1,20.02,20.02,20.1,,crash");
    assert_eq!(rows.len(), 5, "{rows:?}");
    assert!(rows[2..].iter().all(|row| row.ends_with(",1,joined")), "{rows:?}");
}
