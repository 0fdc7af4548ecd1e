//! Who is asked to stop while a large world is built stops there: it asks again and again, in each part of the building,
//! and not only once the first events have fired.

use std::cell::Cell;

use penult_models::Maps;
use penult_reports::{Progress, RowFiles, Stopped, play_told};
use penult_scenarios::{InMemory, Loaded, Overrides, read};
use penult_sim::Time;

use crate::common::cases;

fn large() -> Loaded {
    let text = r#"
        title    = "Large"
        duration = "1s"
        gateways = { count = 150 }
        clients  = { count = 20000 }
        workload = { kind = "poisson", rate = "0.001/s" }
    "#;
    let loaded = read("l.toml", text.as_bytes(), &Overrides::none(), &InMemory::default());
    loaded.unwrap_or_else(|wrong| panic!("{wrong}"))
}

#[test]
fn a_run_asks_while_it_is_built() {
    let built = large().build().expect("it is well formed");
    let before_events = Cell::new(0);
    let counts = |far: Progress| {
        before_events.set(before_events.get() + u32::from(far.events == 0));
        true
    };
    play_told(&built.setup, &Maps::default(), RowFiles::none(), &counts).expect("it ends");
    // Of each gateway's neighbours; and once in 4096 links for the map, links and clients for the network, nodes
    // made and nodes started.
    let (map, network, nodes) =
        (150 + 11_175 / 4_096, (11_175 + 2 * 20_000) / 4_096, 20_150 / 4_096);
    let least = map + network + 2 * nodes;
    assert!(before_events.get() >= least, "{} questions of {least}", before_events.get());
    // Each place where it asks, or one of so many.
    let step = if cases(1) > 1 { 1 } else { 7 };
    for allowed in (0..before_events.get()).step_by(step) {
        let asked = Cell::new(0);
        let goes_on = |far: Progress| {
            assert_eq!((far.now, far.events), (Time::ZERO, 0), "it went on after {allowed}");
            asked.set(asked.get() + 1);
            asked.get() <= allowed
        };
        let maps = Maps::default();
        let stopped = play_told(&built.setup, &maps, RowFiles::none(), &goes_on);
        assert_eq!(stopped.err(), Some(Stopped::Asked));
        assert_eq!(asked.get(), allowed + 1, "nobody who said no is asked again");
    }
}

#[test]
fn a_world_asks_while_it_is_laid_out() {
    let loaded = large();
    let asked = Cell::new(0);
    let goes_on = |allowed: u32| {
        asked.set(asked.get() + 1);
        asked.get() <= allowed
    };
    let build = |allowed: u32| {
        asked.set(0);
        let strategy = loaded.scenario.strategy;
        loaded.build_while(strategy, 1, &|| goes_on(allowed)).expect("it is well formed")
    };
    assert!(build(u32::MAX).is_some());
    let questions = asked.get();
    assert!(questions > 11_175 / 4_096, "{questions} questions");
    for allowed in 0..questions {
        assert!(build(allowed).is_none(), "after {allowed} questions");
    }
}
