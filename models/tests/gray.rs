//! What strategies promise in random worlds whose troubles are no deaths alone: gateways and links that are slow,
//! lose, double and spoil packets, and cuts in one direction.

use crate::common::plan::{Plan, plans};
use crate::common::promises::kept;
use crate::common::*;
use penult_models::{GatewayId, Setup};
use penult_sim::*;
use proptest::prelude::*;

/// Troubles beside those of a plan.
#[derive(Clone, Debug)]
struct Troubles {
    /// Gateways that are worse than built, from when, for how long, in milliseconds. One at most: packets that are
    /// slow in several ways would come after the end.
    slow: Vec<(u32, Worse, u64, u64)>,
    /// The same of links between two gateways, if they are two.
    slow_links: Vec<(u32, u32, Worse, u64, u64)>,
    /// Two gateways, if they are two, of which the second does not hear the first.
    unheard: Vec<(u32, u32, u64, u64)>,
}

/// How much worse.
#[derive(Clone, Debug)]
struct Worse {
    latency: f64,
    loss: f64,
    duplicate: f64,
    corrupt: f64,
}

fn worse() -> impl Strategy<Value = Worse> {
    let share = || prop::sample::select(vec![0.0, 0.01, 0.1, 0.5]);
    let latency = prop::sample::select(vec![1.0, 10.0, 100.0]);
    (latency, share(), share(), share()).prop_map(|(latency, loss, duplicate, corrupt)| Worse {
        latency,
        loss,
        duplicate,
        corrupt,
    })
}

fn worlds() -> impl Strategy<Value = (Plan, Troubles)> {
    // Any two have a link.
    let in_a_mesh = plans().prop_map(|plan| Plan { ring: false, ..plan });
    in_a_mesh.prop_flat_map(|plan| {
        let gateway = || 0..plan.gateways;
        let (from, lasts) = (1..50_000u64, 1..8_000u64);
        let (from, lasts) = (|| from.clone(), || lasts.clone());
        let slow = prop::collection::vec((gateway(), worse(), from(), lasts()), 0..2);
        let links = (gateway(), gateway(), worse(), from(), lasts());
        let slow_links = prop::collection::vec(links, 0..2);
        let unheard = prop::collection::vec((gateway(), gateway(), from(), lasts()), 0..3);
        let troubles = (slow, slow_links, unheard);
        let troubles =
            troubles.prop_map(|(slow, slow_links, unheard)| Troubles { slow, slow_links, unheard });
        (Just(plan.clone()), troubles)
    })
}

impl Worse {
    fn gray(&self) -> Gray {
        let Worse { latency, loss, duplicate, corrupt } = *self;
        Gray { latency, loss, duplicate, corrupt, ..Gray::NONE }
    }
}

impl Troubles {
    /// What of them befalls links is left out where there is no link.
    fn faults(&self, setup: &Setup) -> Vec<Fault> {
        let linked = |one: u32, other: u32| {
            let ends = (GatewayId(one.min(other)), GatewayId(one.max(other)));
            setup.gateways.links.iter().any(|link| link.ends == ends)
        };
        let slow = self.slow.iter().map(|(gateway, worse, from, lasts)| {
            let what = What::Slow { who: Who::Nodes(vec![node(*gateway)]), gray: worse.gray() };
            Fault::once(what, at(*from), Span::millis(*lasts))
        });
        let links = self.slow_links.iter().filter(|(one, other, ..)| linked(*one, *other));
        let links = links.map(|(one, other, worse, from, lasts)| {
            let what = What::SlowLink { ends: (node(*one), node(*other)), gray: worse.gray() };
            Fault::once(what, at(*from), Span::millis(*lasts))
        });
        let unheard = self.unheard.iter().filter(|(one, other, ..)| linked(*one, *other));
        let unheard = unheard.map(|(one, other, from, lasts)| {
            let what = What::Link { ends: (node(*one), node(*other)), one_way: true };
            Fault::once(what, at(*from), Span::millis(*lasts))
        });
        slow.chain(links).chain(unheard).collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(16), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_chain_keeps_its_promises((plan, troubles) in worlds()) {
        let mut setup = plan.setup();
        let faults = troubles.faults(&setup);
        setup.faults.extend(faults);
        kept(&plan, &play(&setup))?;
    }

    #[test]
    fn single_keeps_its_promises((plan, troubles) in worlds()) {
        let mut setup = plan.setup_of_single();
        let faults = troubles.faults(&setup);
        setup.faults.extend(faults);
        kept(&plan, &play_single(&setup))?;
    }
}
