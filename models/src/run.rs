//! Running: from a setup to an engine with all its nodes.

use std::fmt;

use penult_sim::{Engine, Seed};

use crate::device::Device;
use crate::director::Director;
use crate::maps::Maps;
use crate::member::Member;
use crate::server::Server;
use crate::setup::Setup;
use crate::workload::WorkloadError;

/// A run, ready to start.
type Ready<S> = Engine<Member<S>, (), Director>;

/// Why there is no run.
#[derive(Clone, Debug, PartialEq)]
pub enum Unbuilt {
    /// What users send makes no sense.
    Workload(WorkloadError),
    /// Somebody wanted it to stop before it was there.
    Stopped,
}

impl std::error::Error for Unbuilt {}

impl fmt::Display for Unbuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unbuilt::Workload(error) => error.fmt(f),
            Unbuilt::Stopped => f.write_str("stopped before it was built"),
        }
    }
}

impl Setup {
    /// The run of this setup with these servers, ready to start. Its faults are part of it, with the
    /// director that triggers them; observers are the caller's.
    pub fn engine<S: Server>(&self, options: S::Options) -> Result<Ready<S>, WorkloadError> {
        match self.engine_on(&Maps::default(), options, &|| true) {
            Ok(engine) => Ok(engine),
            Err(Unbuilt::Workload(error)) => Err(error),
            Err(Unbuilt::Stopped) => unreachable!("nobody stops it"),
        }
    }

    /// The same, on a map that other runs may have made already, and of which they have more to come. A large
    /// world takes its time to build: now and then it asks whether it `goes_on`, which changes nothing but
    /// whether there is a run.
    pub fn engine_on<S: Server>(
        &self,
        maps: &Maps,
        mut options: S::Options,
        goes_on: &dyn Fn() -> bool,
    ) -> Result<Ready<S>, Unbuilt> {
        let atlas = maps.of(&self.gateways, goes_on).ok_or(Unbuilt::Stopped)?;
        S::settle(&mut options, self);
        let places = self.places();
        let network = self.network::<S>(&options, goes_on).ok_or(Unbuilt::Stopped)?;
        let contacts = S::Device::MEETS.then(|| S::contacts(&options, &places));
        let mut world = self.world(options, atlas).map_err(Unbuilt::Workload)?;
        S::prepare(&mut world, self);
        let Setup { homes, triggers, .. } = self;
        let director = Director::new(world.places, homes, &world.neighbours, triggers);
        let engine = Engine::new_while(Seed::new(self.seed), network, world, goes_on);
        let mut engine = engine.ok_or(Unbuilt::Stopped)?.directed_by(director);
        if let Some(contacts) = contacts {
            engine.add_contacts(contacts).expect("the contacts of a setup fit its network");
        }
        for fault in &self.faults {
            engine.add_fault(fault.clone()).expect("the faults of a setup fit its network");
        }
        Ok(engine)
    }
}
