//! Worlds of the strategy `replay`: gateways, clients, a bus.

use penult_models::strategies::StrategyOptions;
use penult_models::strategies::replay::{Replay, ReplayOptions};
use penult_models::*;
use penult_sim::*;

use super::{Played, Times, mesh, play_as, service};

/// The constant times of the bus.
#[derive(Clone, Copy, Debug)]
pub struct BusTimes {
    pub latency: Span,
    pub write: Span,
}

/// No two of them, nor sums of some and of those of [`UNEVEN`](super::UNEVEN), are the same.
pub const UNEVEN_BUS: BusTimes =
    BusTimes { latency: Span::nanos(2_300_017), write: Span::nanos(1_100_021) };

/// `count` gateways in a full mesh with a bus beside them; client `c_i` at home on gateway `homes[i]`.
pub fn stream(
    count: u32,
    homes: &[u32],
    times: Times,
    bus: BusTimes,
    options: &ReplayOptions,
) -> Setup {
    let mut setup = mesh(count, homes, times, &Default::default());
    let machine = MachineSpec { disk: Delay::constant(bus.write), ..MachineSpec::default() };
    let policy = PolicyOptions { cost: Delay::constant(times.policy), ..options.policy.clone() };
    let bus = ServiceOptions { latency: Delay::constant(bus.latency), machine };
    setup.strategy =
        StrategyOptions::of::<Replay>(ReplayOptions { bus, policy, ..options.clone() });
    setup
}

/// The options of such a world.
pub fn replay(setup: &mut Setup) -> &mut ReplayOptions {
    setup.strategy.get_mut::<Replay>().expect("it is replay")
}

/// The node of a replica of the bus.
pub fn bus(setup: &Setup, replica: u32) -> NodeId {
    let first = service(setup, "bus").expect("there is a bus");
    NodeId::new(first.index() + replica as usize)
}

/// A node is dead for a while.
pub fn crash(node: NodeId, from: Time, lasts: Span, disk: DiskFate) -> Fault {
    Fault::once(What::Crash { who: Who::Nodes(vec![node]), disk }, from, lasts)
}

/// A client is off the network for a while.
pub fn offline(setup: &mut Setup, client: u32, from: Time, lasts: Span) {
    let node = setup.places().client(ClientId(client));
    setup.faults.push(Fault::once(What::Offline(Who::Nodes(vec![node])), from, lasts));
}

/// Runs it to its end. Whatever it is, the ledger must find nothing wrong with it.
pub fn play_replay(setup: &Setup) -> Played {
    let options = setup.strategy.get::<Replay>().expect("it is replay");
    play_as::<Replay>(setup, options)
}
