//! Every sentence that a comparison may say, from numbers made up for it.

use penult_models::Server;
use penult_models::strategies::{chain::Chain, single::Single};

use super::*;
use crate::promised::Promised;
use crate::statistics::mcnemar;
use crate::summary::Summary;

fn promised<S: Server>() -> Promised {
    Promised { strategy: S::NAME, promises: S::PROMISES }
}

/// Seeds from 1 on: for each, what the reference and the rival came to.
fn comparison(seeds: Vec<(Summary, Summary, Option<[Pairs; 3]>)>) -> Comparison {
    let seed = |(number, (reference, rival, pairs)): (u64, (Summary, Summary, _))| Seed {
        seed: number,
        promised: vec![promised::<Single>(), promised::<Chain>()],
        summaries: vec![reference, rival],
        tails: vec![Vec::new(); 2],
        replies: 0,
        pairs: vec![pairs],
    };
    let seeds: Vec<Seed> = (1..).zip(seeds).map(seed).collect();
    Comparison::of("Made up", &["single".to_owned(), "chain".to_owned()], &seeds)
}

fn pairs(offered: u64, both: u64, reference_only: u64, rival_only: u64) -> Pairs {
    Pairs { offered, both, reference_only, rival_only }
}

/// The sentence about losses, if in these seeds deliveries were lost so.
fn of_losses(seeds: &[Pairs]) -> (Standing, String) {
    let none = |it: &Pairs| pairs(it.offered, 0, 0, 0);
    let seeds = seeds
        .iter()
        .map(|it| (Summary::default(), Summary::default(), Some([*it, none(it), none(it)])));
    let statement = comparison(seeds.collect()).statements(0).swap_remove(0);
    (statement.standing, statement.words)
}

/// The sentence about p99, if it was so with the reference and the rival.
fn of_p99(seeds: &[(Option<f64>, Option<f64>)]) -> (Standing, String) {
    let of = |p99: Option<f64>| {
        let mut summary = Summary::default();
        summary.latency.p99 = p99;
        summary
    };
    let seeds = seeds.iter().map(|&(reference, rival)| (of(reference), of(rival), None));
    let all = comparison(seeds.collect()).statements(0);
    let found = all.into_iter().find(|it| it.words.starts_with("latency.p99"));
    let Statement { standing, words } = found.expect("it is told");
    (standing, words)
}

#[track_caller]
fn says((standing, words): (Standing, String), expected: Standing, sentence: &str) {
    assert_eq!((standing, words.as_str()), (expected, sentence));
}

#[test]
fn losses_are_established_if_deliveries_and_seeds_agree() {
    // 31 in 8 of 10 seeds: 2 · 2⁻⁸.
    let mut seeds = vec![pairs(1240, 0, 4, 0); 7];
    seeds.extend([pairs(1240, 0, 3, 0), pairs(1240, 0, 0, 0), pairs(1240, 0, 0, 0)]);
    says(
        of_losses(&seeds),
        Standing::Established,
        "deliveries.lost: chain loses less than single: 0 of 12,400 against 31 (McNemar: p < 0.001; less in 8 of 10 seeds, more \
         in none, sign test: p = 0.00781).",
    );
    let turned: Vec<Pairs> =
        seeds.iter().map(|it| pairs(it.offered, 1, it.rival_only, it.reference_only)).collect();
    says(
        of_losses(&turned),
        Standing::Established,
        "deliveries.lost: chain loses more than single: 41 of 12,400 against 10 (McNemar: p < 0.001; more in 8 of 10 seeds, less \
         in none, sign test: p = 0.00781).",
    );
}

#[test]
fn one_fault_is_one_chance_however_much_it_takes() {
    let mut seeds = vec![pairs(1240, 0, 0, 0); 9];
    seeds.push(pairs(1240, 0, 31, 0));
    says(
        of_losses(&seeds),
        Standing::Open,
        "deliveries.lost: 0 of 12,400 against 31, which would be a difference (McNemar: p < 0.001) were deliveries \
         independent; but one fault takes many together, and counted by seeds it is not established \
         (less in 1 of 10 seeds, more in none, sign test: p = 1).",
    );
    says(
        of_losses(&[pairs(100, 0, 9, 0); 5]),
        Standing::Untold,
        "deliveries.lost: 0 of 500 against 45, which would be a difference (McNemar: p < 0.001) were deliveries \
         independent; but one fault takes many together, and counted by seeds it is not established (5 \
         seeds can't tell, 6 at least can).",
    );
    // More deliveries one way, more seeds the other.
    let mut seeds = vec![pairs(1000, 0, 0, 1); 9];
    seeds.push(pairs(1000, 0, 90, 0));
    assert_eq!(of_losses(&seeds).0, Standing::Open);
}

#[test]
fn losses_that_do_not_differ_are_told_as_such() {
    says(
        of_losses(&[pairs(100, 1, 1, 1); 10]),
        Standing::Open,
        "deliveries.lost: no difference is established: 20 of 1,000 against 20 (McNemar: p = 1).",
    );
    // Of runs, not of deliveries: 1 − 0.025^(1/10).
    says(
        of_losses(&[pairs(100, 0, 0, 0); 10]),
        Standing::Same,
        "deliveries.lost: none of 1,000 with either in 10 seeds, so at most 31 % of runs have any (95 %, exact).",
    );
    says(
        of_losses(&[pairs(100, 2, 0, 0); 10]),
        Standing::Same,
        "deliveries.lost: the same 20 of 1,000 with either.",
    );
}

#[test]
fn the_interval_of_a_loss_rate_comes_from_the_seeds() {
    // All forty in one seed of ten.
    let lost = |lost: u64, offered: u64| {
        let mut summary = Summary::default();
        (summary.deliveries.lost, summary.deliveries.offered) = (lost, offered);
        summary.deliveries.loss_rate = Some(lost as f64 / offered as f64);
        summary
    };
    let seed = |number| (lost(if number == 0 { 40 } else { 0 }, 1000), lost(0, 1000), None);
    let all = comparison((0..10).map(seed).collect());
    let metric = all.get("deliveries.loss_rate").unwrap();
    let (reference, rival) = (metric.means[0].unwrap(), metric.means[1].unwrap());
    let (low, high) = reference.interval.unwrap();
    // One of ten runs: not 0.29 % to 0.54 %, as were deliveries independent.
    assert!((reference.mean - 0.004).abs() < 1e-12 && low < 1e-6 && high > 0.05, "{reference:?}");
    assert_eq!(rival.interval, Some(crate::statistics::clopper_pearson(0, 10)));
    // What differs is the same number as what both have.
    let seeds = vec![(lost(10, 1000), lost(5, 1000), None), (lost(0, 3000), lost(1, 3000), None)];
    let all = comparison(seeds);
    let metric = all.get("deliveries.loss_rate").unwrap();
    let by = metric.means[1].unwrap().mean - metric.means[0].unwrap().mean;
    let difference = metric.differences[0].as_ref().unwrap();
    assert!((difference.mean.mean - by).abs() < 1e-12 && by < -0.0009, "{difference:?}");
}

#[test]
fn losses_that_cant_be_told_never_read_as_none() {
    says(
        of_losses(&[pairs(100, 0, 9, 0)]),
        Standing::Untold,
        "deliveries.lost can't be told of one seed: 0 of 100 against 9.",
    );
    says(
        of_losses(&[pairs(0, 0, 0, 0); 10]),
        Standing::Untold,
        "deliveries.lost can't be told: nothing was offered.",
    );
    let other = comparison(vec![(Summary::default(), Summary::default(), None); 10]);
    let Statement { standing, words } = other.statements(0).swap_remove(0);
    says(
        (standing, words),
        Standing::Untold,
        "Losses can't be told: on some seed the deliveries were not the same ones.",
    );
}

#[test]
fn differences_of_numbers_are_told_with_their_interval() {
    // Differences 10, 12, 14: 12 ± 4.3027 · 2 / √3.
    let seeds = [(30.0, 40.0), (30.0, 42.0), (30.0, 44.0)];
    let some = |it: &[(f64, f64)]| -> Vec<(Option<f64>, Option<f64>)> {
        it.iter().map(|&(one, other)| (Some(one), Some(other))).collect()
    };
    says(
        of_p99(&some(&seeds)),
        Standing::Established,
        "latency.p99: chain has 12 ms more than single (95 %: 7.032 to 16.97 more; 42 ms against 30 ms).",
    );
    let turned = seeds.map(|(one, other)| (other, one));
    says(
        of_p99(&some(&turned)),
        Standing::Established,
        "latency.p99: chain has 12 ms less than single (95 %: 7.032 to 16.97 less; 30 ms against 42 ms).",
    );
    // -1, 0, 1.3: 0.1 ± 2.866. What may yet be is rounded away from zero.
    says(
        of_p99(&some(&[(30.0, 29.0), (30.0, 30.0), (30.0, 31.3)])),
        Standing::Open,
        "latency.p99: no difference beyond ±3 ms (30.1 ms against 30 ms).",
    );
    says(
        of_p99(&some(&[(30.0, 30.0), (31.0, 31.0)])),
        Standing::Same,
        "latency.p99: the same in every seed (30.5 ms).",
    );
    says(
        of_p99(&some(&[(30.1, 35.1), (31.2, 36.2), (33.3, 38.3)])),
        Standing::Established,
        "latency.p99: chain has 5 ms more than single in every seed (36.53 ms against 31.53 ms).",
    );
}

#[test]
fn long_times_are_told_in_hours() {
    let hour = 3_600_000.0;
    let seeds = [(30.0, 40.0), (30.0, 42.0), (30.0, 44.0)];
    let seeds = seeds.map(|(one, other)| (Some(one * hour), Some(other * hour)));
    says(
        of_p99(&seeds),
        Standing::Established,
        "latency.p99: chain has 12 h more than single (95 %: 7.032 to 16.97 more; 42 h against 30 h).",
    );
    says(
        of_p99(&[(Some(30.0), Some(hour)), (Some(30.0), Some(30.0))]),
        Standing::Open,
        "latency.p99: no difference beyond ±6.9 h (30 min against 30 ms).",
    );
}

#[test]
fn means_have_as_many_digits_as_tell_them_apart() {
    let of = |availability: f64| {
        let mut summary = Summary::default();
        summary.failover.availability = Some(availability);
        summary
    };
    let seeds = [(0.998_011, 0.998_012), (0.998_021, 0.998_025), (0.998_031, 0.998_032)];
    let seeds = seeds.map(|(one, other)| (of(one), of(other), None));
    let all = comparison(seeds.into()).statements(0);
    let said =
        all.iter().find(|it| it.words.starts_with("failover.availability")).expect("it is told");
    assert!(said.words.contains("(0.998023 against 0.998021)"), "{}", said.words);
}

#[test]
fn a_loss_that_the_interval_does_not_show_says_which_test_it_rests_on() {
    // Seven seeds lost one less; one of them lost 400 less.
    let seed = |lost: u64| {
        let of = |lost: u64| {
            let mut summary = Summary::default();
            (summary.deliveries.lost, summary.deliveries.accepted_lost) = (lost, lost);
            summary.deliveries.delivered = 1000 - lost;
            summary
        };
        (of(lost), of(0), Some([pairs(1000, 0, lost, 0); 3]))
    };
    let mut seeds = vec![seed(1); 7];
    seeds.push(seed(400));
    let all = comparison(seeds);
    assert_eq!(all.statements(0)[0].standing, Standing::Established);
    let told = all.tell();
    assert!(told.contains("McNemar: p < 0.001") && told.contains("sign test: p = 0.00781"));
    assert!(told.contains("on Student's t over paired seeds. Where few seeds lost much"), "{told}");
    // Where both say the same there is nothing to explain.
    let told = comparison(vec![seed(5); 8]).tell();
    assert!(told.contains("on Student's t over paired seeds.\n"), "{told}");
}

#[test]
fn columns_are_as_wide_as_their_widest_cell() {
    let of = |bytes: u64| {
        let mut summary = Summary::default();
        summary.cost.bytes = bytes;
        summary
    };
    let seeds = [1_u64, 2, 4].map(|it| (of(0), of(it * 123_456_789_012), None));
    let told = comparison(seeds.into()).tell();
    let rows: Vec<&str> = told.lines().skip_while(|it| !it.starts_with("cost.bytes")).collect();
    assert!(rows[1].contains(" to +") && rows[1].trim().chars().count() > 28, "{told}");
    assert_eq!(rows[0].chars().count(), rows[1].chars().count(), "{told}");
}

#[test]
fn numbers_without_a_sample_cant_be_told() {
    let (some, none) = (Some(30.0), None);
    for (seeds, sentence) in [
        (
            vec![(none, none); 3],
            "latency.p99: can't be told: neither chain nor single has a sample.",
        ),
        (vec![(some, none); 3], "latency.p99: can't be told: chain has no sample."),
        (vec![(none, some); 3], "latency.p99: can't be told: single has no sample."),
        (
            vec![(none, some), (some, none)],
            "latency.p99: can't be told: no seed has a sample of both.",
        ),
        (vec![(some, some)], "latency.p99: can't be told of one pair: 30 ms against 30 ms."),
    ] {
        says(of_p99(&seeds), Standing::Untold, sentence);
    }
    // Where only some seeds have both, that is said.
    says(
        of_p99(&[(some, some), (some, some), (some, none)]),
        Standing::Same,
        "latency.p99: the same in every seed (30 ms, over the 2 of 3 seeds that have both).",
    );
}

#[test]
fn the_median_difference_has_an_interval_of_ranks() {
    let seeds = (1..=10_u32).map(|number| {
        let mut rival = Summary::default();
        rival.cost.packets = u64::from(number * number);
        (Summary::default(), rival, None)
    });
    let all = comparison(seeds.collect());
    let packets = all.get("cost.packets").expect("it is a number");
    let difference = packets.differences[0].as_ref().expect("all have it");
    // Of 1, 4, … 100: the second and the ninth.
    let (low, high, sure) = difference.median_interval.expect("there are ten");
    assert_eq!((difference.median, low, high), (30.5, 4.0, 81.0));
    assert!((sure - 0.978_515_625).abs() < 1e-12);
    let losses =
        comparison(vec![(Summary::default(), Summary::default(), Some([pairs(9, 1, 3, 2); 3])); 4]);
    let lost = losses.losses[0].expect("the deliveries are the same")[0];
    assert!((lost.p - mcnemar(12, 8)).abs() < 1e-15);
    assert_eq!((lost.pairs, lost.seeds_less, lost.seeds_more), (pairs(36, 4, 12, 8), 4, 0));
}

#[test]
fn what_was_not_the_same_for_both_is_remarked() {
    let differ = [pairs(9, 0, 0, 0), pairs(9, 0, 0, 0), pairs(9, 1, 3, 2)];
    let mut all = comparison(vec![(Summary::default(), Summary::default(), Some(differ)); 2]);
    assert!(all.remarks()[2].contains("not the same deliveries"), "{:?}", all.remarks());
    all.replies = 1200;
    assert!(all.remarks()[3].starts_with("1,200 replies are left out"), "{:?}", all.remarks());
    let same =
        comparison(vec![(Summary::default(), Summary::default(), Some([pairs(9, 1, 0, 0); 3])); 2]);
    assert_eq!(same.remarks().len(), 1);
}

/// Seeds of as many strategies as are asked for, with all kinds of numbers in them.
fn drawn(strategies: usize, seeds: u64, deliveries: u64) -> Comparison {
    let names: Vec<String> = (0..strategies)
        .map(|it| match it {
            0 => "single".to_owned(),
            _ => format!("chain:length={it},resync={{ batch = 64, bandwidth = \"{it}MB/s\" }}"),
        })
        .collect();
    let seed = |number: u64| {
        let summary = |strategy: usize| {
            let mut summary = Summary::default();
            let much = (number * 7 + strategy as u64 * 13) % 11;
            summary.deliveries.offered = deliveries;
            summary.deliveries.lost = much.min(deliveries);
            summary.latency.p50 = (deliveries > 0).then_some(40.0 + 2.0 * strategy as f64);
            summary.latency.p99 = (deliveries > 0).then_some(400.0 + 31.0 * much as f64);
            summary.failover.availability = Some(0.9 + 0.001 * much as f64);
            summary.cost.bytes = 1_000_000 * (strategy as u64 + 1) + 10_000 * much;
            summary.cost.packets = 17 + much * 1000;
            summary
        };
        // Of the third on they are variants.
        let promised = |strategy: usize| match strategy {
            0 => promised::<Single>(),
            _ => promised::<Chain>(),
        };
        let tail = |strategy: usize| -> Vec<(f64, u64)> {
            let share = |slower: u64| slower as f64 / deliveries as f64;
            let at = |slower| ((40.0 + strategy as f64) / share(slower).sqrt(), slower);
            let powers = (0..64).map(|power| 1 << power).take_while(|it| *it < deliveries);
            powers.chain((deliveries > 0).then_some(deliveries)).map(at).collect()
        };
        Seed {
            seed: number,
            promised: (0..strategies).map(promised).collect(),
            summaries: (0..strategies).map(summary).collect(),
            tails: (0..strategies).map(tail).collect(),
            replies: 0,
            pairs: vec![Some([pairs(deliveries, 0, 0, 0); 3]); strategies - 1],
        }
    };
    let seeds: Vec<Seed> = (1..=seeds).map(seed).collect();
    Comparison::of("Made <up> & drawn", &names, &seeds)
}

#[test]
fn the_tails_of_a_plot_are_flat_where_nothing_was_delivered_and_none_hides_another() {
    let strategies = ["single", "chain"].map(str::to_owned);
    // Of a thousand in each of two seeds, ten take 2 s and all others 44 ms; with either strategy.
    let tail = vec![(2_000.0, 10), (44.0, 1_000)];
    let seed = |seed| Seed {
        seed,
        promised: vec![promised::<Single>(), promised::<Chain>()],
        summaries: vec![Summary::default(); 2],
        tails: vec![tail.clone(); 2],
        replies: 0,
        pairs: vec![None],
    };
    let all = Comparison::of("Tails", &strategies, &[seed(1), seed(2)]);
    assert_eq!(all.tails, vec![vec![(2_000.0, 0.01), (44.0, 1.0)]; 2]);
    let canvas = plots::compared(&all);
    let paths = |colour: plots::Colour| -> Vec<Vec<(f64, f64)>> {
        let of = |shape: &plots::Shape| match shape {
            plots::Shape::Path(points, paint, width) if paint.colour == colour && *width > 1.0 => {
                Some(points.clone())
            }
            _ => None,
        };
        canvas.shapes.iter().filter_map(|(_, shape)| of(shape)).collect()
    };
    let [reference, rival] = [plots::Colour(26, 26, 26), plots::Colour(0, 114, 178)].map(paths);
    for curve in [&reference, &rival] {
        // Down, then to the right, and nothing aslant.
        let corners = &curve[0];
        assert!(
            corners
                .windows(2)
                .all(|it| { (it[0].0 - it[1].0).abs() < 1e-9 || (it[0].1 - it[1].1).abs() < 1e-9 })
        );
        // Over all of it, dashes of either on top.
        assert!(curve.len() > 20, "{}", curve.len());
    }
}

#[test]
fn plots_have_no_label_over_another() {
    for strategies in [2, 3, 4, 7, 9, 20] {
        for (seeds, deliveries) in [(10, 12_400), (1, 100), (3, 1), (5, 0)] {
            let all = drawn(strategies, seeds, deliveries);
            let plot = plots::compared(&all);
            let faults = plot.faults();
            assert!(faults.is_empty(), "{strategies} {seeds} {deliveries}: {faults:#?}");
            let words = plot.words();
            let has_nothing = words.contains(&"nothing was delivered");
            assert_eq!(has_nothing, deliveries == 0);
        }
    }
    let all = drawn(2, 10, 100);
    let plot = plots::compared(&all);
    assert!(plot.words().contains(&"+2 ms in every seed"), "{:?}", plot.words());
}

#[test]
fn the_page_says_all_and_escapes_it() {
    let all = drawn(3, 10, 12_400);
    let plot = plots::compared(&all);
    let page = page::page(&all, &plot);
    for rival in 0..2 {
        for statement in all.statements(rival) {
            assert!(page.contains(&plots::escaped(&statement.words)), "{}", statement.words);
        }
    }
    assert!(page.contains("Made &lt;up&gt; &amp; drawn") && !page.contains("Made <up>"));
    assert!(page.contains("latency.p99") && !page.contains("NaN"));
    assert!(page.contains("<h3>Not established</h3>"));
}

#[test]
fn what_each_promises_is_told_once_whatever_its_variants() {
    let all = drawn(3, 10, 12_400);
    let promised = [promised::<Single>(), promised::<Chain>()];
    assert_eq!(all.promised, promised);
    let (told, page) = (all.tell(), page::page(&all, &plots::compared(&all)));
    let json: serde_json::Value = serde_json::from_str(&all.to_json()).unwrap();
    for it in promised {
        for words in it.words() {
            assert_eq!(told.matches(&words).count(), 1, "{words}: {told}");
            assert_eq!(page.matches(&plots::escaped(&words)).count(), 1, "{words}");
        }
        let of = &json["promises"][it.strategy];
        assert_eq!(of["survives"], it.promises.survives);
        assert_eq!(of["order"], it.promises.order);
        assert_eq!(of["stores"], it.promises.stores);
    }
    assert!(promised[0].words()[0].starts_with("An accepted message survives with `queue"));
}
