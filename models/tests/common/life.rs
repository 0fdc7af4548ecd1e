//! What random worlds say of the life of a stored message: what deletes it, how long it is held, where policy runs.

use penult_models::strategies::chain::ChainOptions;
use penult_models::*;
use penult_sim::*;
use proptest::prelude::*;

use super::{at, service};

/// The life of messages in a world.
#[derive(Clone, Debug)]
pub struct Life {
    pub delete_on: Triggers,
    /// In milliseconds.
    pub read_after: u64,
    pub view_for: Option<u64>,
    /// For how long messages may be viewed, where anything limits that.
    pub view: Option<u64>,
    pub replies: f64,
    pub policy_everywhere: bool,
    /// When messages go to the store, and after how long, in milliseconds.
    pub spill: Option<(Spill, u64)>,
    /// When the store is dead, and for how long.
    pub store_crashes: Vec<(u64, u64)>,
    /// Who is offline, when and for how long.
    pub offline: Vec<(u32, u64, u64)>,
}

impl Life {
    /// Random ones, for so many clients.
    pub fn any(clients: u32) -> impl Strategy<Value = Life> {
        use DeleteOn::*;
        let several =
            vec![vec![Viewed, Reply], vec![Read, Reply], vec![Received, Reply], vec![Read, Viewed]];
        let delete_on = prop_oneof![
            4 => Just(vec![Received]),
            1 => prop::sample::select(vec![Read, Viewed, Reply, Never]).prop_map(|one| vec![one]),
            1 => prop::sample::select(several),
        ];
        let limit = prop::option::of(0..3000u64);
        let reading = (
            0..3000u64,
            (prop::option::of(0..3000u64), limit),
            prop::sample::select(vec![0.0, 0.3, 1.0]),
        );
        let spill = prop::option::of((
            prop::sample::select(vec![Spill::AfterHold, Spill::AtOnce]),
            300..20_000u64,
        ));
        let store_crashes = prop::collection::vec((1..50_000u64, 1..8_000u64), 0..3);
        let offline = prop::collection::vec((0..clients, 1..50_000u64, 1..9_000u64), 0..4);
        let rest = (store_crashes, offline, any::<bool>());
        (delete_on, reading, spill, rest).prop_map(
            move |(delete_on, reading, spill, (store_crashes, offline, everywhere))| {
                let (read_after, (view_for, view), replies) = reading;
                Life {
                    delete_on: delete_on.into_iter().collect(),
                    read_after,
                    view_for,
                    view,
                    replies,
                    policy_everywhere: everywhere,
                    spill,
                    store_crashes,
                    offline,
                }
            },
        )
    }

    /// The chain's part of it.
    pub fn set_options(&self, options: &mut ChainOptions) {
        (options.delete_on, options.policy_everywhere) = (self.delete_on, self.policy_everywhere);
        if let Some((spill, hold)) = self.spill {
            (options.spill, options.hold) = (spill, Span::millis(hold));
        }
    }

    /// The rest, once the options are in their place.
    pub fn set(&self, setup: &mut Setup) {
        setup.clients.read_after = millis(self.read_after);
        setup.clients.view_for = self.view_for.map(millis);
        setup.workload.view =
            self.view.map(|view| Distribution::constant(view as f64 * 1e6).expect("a number"));
        setup.clients.reply_probability = self.replies;
        let places = setup.places();
        if let Some(store) = service(setup, "store") {
            for &(from, lasts) in &self.store_crashes {
                let who = Who::Nodes(vec![store]);
                let what = What::Crash { who, disk: DiskFate::Kept };
                setup.faults.push(Fault::once(what, at(from), Span::millis(lasts)));
            }
        }
        for &(client, from, lasts) in &self.offline {
            let who = Who::Nodes(vec![places.client(ClientId(client))]);
            setup.faults.push(Fault::once(What::Offline(who), at(from), Span::millis(lasts)));
        }
    }
}

fn millis(millis: u64) -> Delay {
    Delay::constant(Span::millis(millis))
}
