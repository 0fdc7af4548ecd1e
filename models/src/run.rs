//! Running: from a setup to an engine with all its nodes.

use penult_sim::{Engine, Seed};

use crate::director::Director;
use crate::member::Member;
use crate::server::Server;
use crate::setup::Setup;
use crate::workload::WorkloadError;

impl Setup {
    /// The run of this setup with these servers, ready to start. Its faults are part of it, with the
    /// director that triggers them; observers are the caller's.
    pub fn engine<S: Server>(
        &self,
        options: S::Options,
    ) -> Result<Engine<Member<S>, (), Director>, WorkloadError> {
        let world = self.world(options)?;
        let Setup { homes, triggers, .. } = self;
        let director = Director::new(world.places, homes, &world.neighbours, triggers);
        let engine = Engine::new(Seed::new(self.seed), self.network(), world);
        let mut engine = engine.directed_by(director);
        for fault in &self.faults {
            engine.add_fault(fault.clone()).expect("the faults of a setup fit its network");
        }
        Ok(engine)
    }
}
