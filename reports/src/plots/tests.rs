//! Plots of worlds of every size and fortune: nothing cut off, no label over another, no number missing.

use std::collections::BTreeMap;

use penult_models::strategies::single::Single;
use penult_models::{Cause, CauseKind, ClientId, GatewayId, Phase, PlaceName, Server};
use penult_sim::{Span, Time};

use super::all;
use crate::attachments::Hosted;
use crate::failovers::Failover;
use crate::faults::Outage;
use crate::losses::Toll;
use crate::names::RunName;
use crate::page::page;
use crate::page::sentence::sentence;
use crate::promised::Promised;
use crate::seen::{Seen, SeenBin, SeenGateway, Slowest};
use crate::standing::Lane;
use crate::summary::{Latency, Phases, Summary};

/// A run, drawn up: how many of each thing happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) gateways: u32,
    pub(super) faults: u32,
    pub(super) causes: u32,
    pub(super) handovers: u32,
    pub(super) deliveries: u64,
    pub(super) seconds: f64,
}

pub(super) fn at(seconds: f64) -> Time {
    Time::ZERO + Span::from_secs_f64(seconds)
}

/// Numbers without pattern, from 0 to 1.
fn chance(number: u32) -> f64 {
    let mixed = number.wrapping_mul(2_654_435_761) ^ (number.wrapping_mul(40_503) >> 3);
    f64::from(mixed.wrapping_mul(2_246_822_519) >> 8) / f64::from(1_u32 << 24)
}

fn gateway(number: u32, plan: &Plan) -> GatewayId {
    GatewayId((chance(number) * f64::from(plan.gateways)) as u32)
}

fn outages(plan: &Plan) -> Vec<Outage> {
    let kinds = ["crash", "region", "offline", "link", "slow", "partition"];
    let outage = |number: u32| {
        let down = chance(number) * plan.seconds;
        let what = match number % 6 {
            5 => "g0 g1 g2 g3 g4 g5 g6 g7 | g8 g9 g10 g11 g12 g13 g14 g15".to_owned(),
            3 | 4 => format!("{}-{}", gateway(number, plan), gateway(number + 1, plan)),
            _ => gateway(number, plan).to_string(),
        };
        Outage {
            fault: number,
            kind: kinds[number as usize % 6],
            what,
            disk_lost: false,
            down: at(down),
            up: (!number.is_multiple_of(7))
                .then(|| at(down + plan.seconds * 0.03 * chance(number + 9))),
        }
    };
    (0..plan.faults).map(outage).collect()
}

fn failovers(plan: &Plan) -> Vec<Failover> {
    let failover = |number: u32| Failover {
        client: ClientId(number),
        from: gateway(number * 3, plan),
        to: gateway(number * 7 + 1, plan),
        epoch: number,
        is_failback: number % 2 == 1,
        died: None,
        suspected: None,
        claimed: at(chance(number / 3) * plan.seconds),
        handed_over: None,
        attached: None,
        first_delivery: None,
    };
    (0..plan.handovers).map(failover).collect()
}

fn gateways(plan: &Plan, outages: &[Outage]) -> Vec<SeenGateway> {
    let seen = |number: u32| {
        let id = GatewayId(number);
        let name = id.to_string();
        let own = outages.iter().filter(|it| it.what == name);
        let down: Vec<_> = own.map(|it| (it.down, it.up)).collect();
        let after = |&(_, up): &(Time, Option<Time>)| {
            up.map(|up| (up, Some(up + Span::from_secs_f64(plan.seconds * 0.01))))
        };
        let resyncing = down.iter().filter_map(after).collect();
        let clients = Hosted { first: 12, mean: Some(9.5), most: 40, last: 7, down: Span::ZERO };
        let hosted = (0..100).map(|bin| Some(12.0 + 10.0 * chance(number + bin / 20))).collect();
        {
            let crashes = down.len() as u64;
            SeenGateway {
                id,
                lane: Lane { down, resyncing },
                hosted,
                clients,
                stored: 9,
                transmissions: 9,
                queue_bytes_peak: 640,
                crashes,
            }
        }
    };
    (0..plan.gateways).map(seen).collect()
}

/// Draws a plan up and hands it over.
pub(super) fn with<T>(plan: Plan, title: &str, take: impl FnOnce(&Seen<'_>) -> T) -> T {
    let name = RunName { scenario: title.to_owned(), strategy: "chain".to_owned(), seed: 7 };
    let outages = outages(&plan);
    let failovers = failovers(&plan);
    let mut causes = BTreeMap::new();
    for number in 0..plan.causes {
        let kind = CauseKind::ALL[number as usize % CauseKind::ALL.len()];
        let place = PlaceName::Gateway(GatewayId(number * 37));
        let to = (number % 2 == 1).then_some(PlaceName::Client(ClientId(number * 1000)));
        let lost = 1 + u64::from(number) * 31;
        causes.insert(
            Cause { kind, place, to },
            Toll { lost, accepted: lost / 2, first: at(0.0), last: at(0.0) },
        );
    }
    let lost: u64 = causes.values().map(|it| it.lost).sum();
    let count = plan.deliveries;
    let value = |rank: u64| 40.0 / (rank as f64 / count.max(1) as f64).clamp(1e-9, 1.0);
    let tail: Vec<(f64, u64)> = (1..=count)
        .take(400)
        .chain((count > 400).then_some(count))
        .map(|rank| (value(rank), rank))
        .collect();
    let some = |value: f64| (count > 0).then_some(value);
    let mut summary =
        Summary { fingerprint: "0".repeat(32), simulated_s: plan.seconds, ..Summary::default() };
    summary.latency = Latency {
        count,
        mean: some(51.0),
        sd: None,
        min: some(40.0),
        p50: some(44.0),
        p90: some(60.0),
        p95: some(90.0),
        p99: some(400.0),
        p999: some(4000.0),
        p9999: some(4000.0),
        max: some(value(1)),
        phases: Phases([6.4; Phase::ALL.len()].map(some)),
    };
    summary.deliveries.offered = count + lost;
    (summary.deliveries.lost, summary.deliveries.delivered) = (lost, count);
    let long = plan.seconds / 100.0;
    let bin = |number: u32| SeenBin {
        from: f64::from(number) * long,
        to: f64::from(number + 1) * long,
        width: long,
        delivered: (count as f64 * chance(number) / 50.0) as u64,
        lost: (lost as f64 * chance(number + 7) / 50.0) as u64,
        latency: [1.0, 1.3, 9.0, 80.0].map(|by| some(44.0 * by * (1.0 + chance(number)))),
        queued: Some(count as f64 * 1000.0 * chance(number + 3)),
        unhosted: Some(f64::from(plan.handovers) * chance(number + 5)),
    };
    let slowest = (count > 0).then(|| Slowest {
        message: "m7".to_owned(),
        recipient: "c12".to_owned(),
        latency: value(1),
        phases: [value(1) / 8.0; Phase::ALL.len()],
    });
    let seen = Seen {
        name: &name,
        summary: &summary,
        promised: Promised { strategy: Single::NAME, promises: Single::PROMISES },
        end: plan.seconds,
        counted: (0.0, plan.seconds),
        bins: if plan.seconds > 0.0 { (0..100).map(bin).collect() } else { Vec::new() },
        tail,
        slowest,
        outages: &outages,
        causes,
        losses: &[],
        failovers: &failovers,
        gateways: gateways(&plan, &outages),
    };
    take(&seen)
}

pub(super) const QUIET: Plan =
    Plan { gateways: 5, faults: 0, causes: 0, handovers: 0, deliveries: 3000, seconds: 60.0 };

fn plans() -> Vec<(&'static str, Plan)> {
    vec![
        ("quiet", QUIET),
        ("two", Plan { gateways: 2, faults: 3, causes: 1, handovers: 5, ..QUIET }),
        ("five", Plan { faults: 12, causes: 4, handovers: 20, ..QUIET }),
        ("twenty", Plan { gateways: 20, faults: 60, causes: 30, handovers: 200, ..QUIET }),
        (
            "two-hundred",
            Plan {
                gateways: 200,
                faults: 900,
                causes: 400,
                handovers: 10_000,
                deliveries: 5_000_000,
                seconds: 864_000.0,
            },
        ),
        ("one-delivery", Plan { deliveries: 1, ..QUIET }),
        ("lost-all", Plan { deliveries: 0, causes: 17, ..QUIET }),
        ("empty", Plan { deliveries: 0, ..QUIET }),
        ("nothing-at-all", Plan { gateways: 0, deliveries: 0, seconds: 0.0, ..QUIET }),
        ("once", Plan { faults: 1, ..QUIET }),
        ("short", Plan { gateways: 3, faults: 2, seconds: 0.000_3, ..QUIET }),
    ]
}

const LONG: &str = "A title that goes on and on, as titles of scenarios that were made by a program do, with all of \
                    their numbers in it: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12";

#[test]
fn no_label_is_cut_off_or_over_another() {
    for (name, plan) in plans() {
        for title in
            ["A run", LONG, "Überlauf im Norden", "<script>alert(1)</script> & \"so\"\u{7}"]
        {
            with(plan, title, |seen| {
                for plot in all(seen) {
                    assert_eq!(plot.faults(), Vec::<String>::new(), "{name} {}", plot.name);
                    assert!(!plot.says.is_empty(), "{name} {}", plot.name);
                    assert!(!plot.says.contains("something 1 time"), "{name} {}", plot.says);
                }
            });
        }
    }
}

#[test]
fn svg_is_well_formed_and_the_same_each_time() {
    for (name, plan) in plans() {
        let draw = || {
            with(plan, "<script>alert(1)</script>\u{7}", |seen| all(seen).map(|plot| plot.svg()))
        };
        let (svgs, again) = (draw(), draw());
        assert!(svgs == again, "{name}");
        for svg in svgs {
            assert!(
                !svg.contains("NaN") && !svg.contains("inf") && !svg.contains('\u{7}'),
                "{name}: {svg}"
            );
            assert!(!svg.contains("<script"), "{name}: {svg}");
            for tag in ["svg", "g", "text", "title", "desc"] {
                let opened = svg.matches(&format!("<{tag}>")).count()
                    + svg.matches(&format!("<{tag} ")).count();
                assert_eq!(opened, svg.matches(&format!("</{tag}>")).count(), "{name}: {tag}");
            }
        }
    }
}

#[test]
fn of_many_gateways_those_that_most_happened_to_are_shown_and_it_says_so() {
    let words = |plan| {
        with(plan, "t", |seen| {
            let words = super::failovers::plot(seen);
            words.words().join("\n")
        })
    };
    let many = Plan { gateways: 200, faults: 60, handovers: 300, ..QUIET };
    let said = words(many);
    assert!(said.contains("Shown are the 24 of 200 gateways that most happened to."), "{said}");
    assert!(said.contains("hand-overs are not drawn"), "{said}");
    let few = words(Plan { faults: 5, handovers: 3, ..QUIET });
    assert!(!few.contains("Shown are"), "{few}");
    for id in 0..5 {
        assert!(few.contains(&format!("g{id}")), "{few}");
    }
}

#[test]
fn every_kind_of_fault_has_a_row_and_names_that_find_no_room_are_counted() {
    let words = |plan| with(plan, "t", |seen| super::timeline::plot(seen).words().join("\n"));
    let said = words(Plan { faults: 600, ..QUIET });
    for kind in ["crash", "region", "offline", "link", "slow", "partition"] {
        assert!(said.contains(&format!("{kind} ×100")), "{said}");
    }
    assert!(said.contains("of 600 have no name here"), "{said}");
    let few = words(Plan { faults: 2, ..QUIET });
    assert!(few.contains("crash\n") && !few.contains("have no name"), "{few}");
    assert!(words(QUIET).contains("no fault struck"));
}

#[test]
fn a_png_is_one_and_words_are_drawn_in_it() {
    let png = with(QUIET, "A run", |seen| super::latency::plot(seen).png());
    let mut reader = png::Decoder::new(std::io::Cursor::new(&png)).read_info().expect("it is one");
    let mut pixels = vec![0; reader.output_buffer_size().expect("it is small")];
    let info = reader.next_frame(&mut pixels).expect("it is whole");
    assert_eq!((info.width, info.height), (1920, 880));
    // The title is bold ink near the upper left.
    let dark = (20..60_usize)
        .flat_map(|y| (30..400_usize).map(move |x| (y * 1920 + x) * 3))
        .filter(|&place| pixels[place] < 100)
        .count();
    assert!(dark > 500, "{dark}");
}

#[test]
fn the_answer_comes_first_whatever_it_is() {
    let said = |plan, accepted_lost, stranded: u64| {
        with(plan, "t", |seen| {
            let mut summary = seen.summary.clone();
            (summary.deliveries.accepted_lost, summary.deliveries.stranded) =
                (accepted_lost, stranded);
            summary.deliveries.offered += stranded;
            sentence(&Seen { summary: &summary, ..seen.clone() })
        })
    };
    let slowest = "The slowest delivery took 120 s, 15 of them waiting at its sender.";
    assert_eq!(said(QUIET, 0, 0), format!("Nothing that was accepted was lost. {slowest}"));
    let lost = Plan { causes: 1, ..QUIET };
    let broken = "1 accepted delivery was lost: a broken promise.";
    assert_eq!(said(lost, 1, 0), format!("{broken} {slowest}"));
    let early = "Nothing that was accepted was lost. Of 3,001 offered, 1 was lost before anybody had accepted it.";
    assert_eq!(said(lost, 0, 0), format!("{early} {slowest}"));
    let empty = Plan { deliveries: 0, ..QUIET };
    assert_eq!(said(empty, 0, 0), "Nothing was offered.");
    let stranded = "Nothing that was accepted was lost. Of 4 offered, 4 were still under way when the run ended. \
                    Nothing was delivered.";
    assert_eq!(said(empty, 0, 4), stranded);
}

#[test]
fn a_page_stays_below_two_megabytes_whatever_happened() {
    let worst = Plan {
        gateways: 1000,
        faults: 20_000,
        causes: 3000,
        handovers: 100_000,
        deliveries: 50_000_000,
        seconds: 864_000.0,
    };
    with(worst, LONG, |seen| {
        let scenario = "[[fault]]\n".repeat(100_000);
        let html = page(seen, &all(seen), Some(&scenario));
        assert!(html.len() < 2_000_000, "{}", html.len());
        for said in [
            "The first 500 of 100,000 hand-overs. The rest is in failovers.csv.",
            "The first 500 of 20,000 strikes. The rest is in faults.csv.",
            "The first 500 of 1,000 gateways. The rest is in gateways.csv.",
            "The first 500 of 3,000 causes and places. The rest is in losses.csv.",
            "It is longer: the rest is in scenario.toml.",
        ] {
            assert!(html.contains(said), "{said}");
        }
    });
}

#[test]
fn a_page_escapes_what_comes_from_a_scenario() {
    let evil = "</title><script>alert('x')</script><img src=x onerror=\"alert(1)\">";
    with(QUIET, evil, |seen| {
        let html = page(seen, &all(seen), Some(&format!("title = '''{evil}'''\n</pre>{evil}")));
        assert_eq!(html.matches("<script").count(), 1, "only its own");
        assert!(!html.contains("<img") && !html.contains("alert('x')"));
        assert!(html.contains("&lt;script&gt;alert(&#39;x&#39;)"));
        for outside in ["src=\"http", "href=\"http", "url(http", "@import"] {
            assert!(!html.contains(outside), "{outside}");
        }
    });
}

/// `PICTURES=folder cargo test -p penult-reports pictures` puts all of them there, to be looked at.
#[test]
fn pictures_to_look_at() {
    let Some(folder) = std::env::var_os("PICTURES") else { return };
    for (name, plan) in plans() {
        with(plan, if name == "five" { LONG } else { "A run" }, |seen| {
            let plots = all(seen);
            for plot in &plots {
                let path = |ending: &str| {
                    std::path::Path::new(&folder).join(format!("{name}-{}.{ending}", plot.name))
                };
                std::fs::write(path("svg"), plot.svg()).expect("it can be written");
                std::fs::write(path("png"), plot.png()).expect("it can be written");
            }
            let html = page(seen, &plots, Some("title = \"A run\"\n"));
            let path = std::path::Path::new(&folder).join(format!("{name}.html"));
            std::fs::write(path, html).expect("it can be written");
        });
    }
}

#[test]
fn an_axis_to_hours_does_not_count_milliseconds() {
    let words = |deliveries| {
        with(Plan { deliveries, ..QUIET }, "A run", |seen| {
            let plot = super::latency::plot(seen);
            plot.words().into_iter().map(str::to_owned).collect::<Vec<_>>()
        })
    };
    let long = words(3_000_000);
    assert!(long.contains(&"latency, s (logarithmic)".to_owned()), "{long:?}");
    assert!(long.contains(&"slowest: 33.33 h".to_owned()), "{long:?}");
    assert!(!long.iter().any(|it| it.ends_with(" M")), "{long:?}");
    assert!(words(100).contains(&"latency, ms (logarithmic)".to_owned()));
}
