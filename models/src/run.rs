//! Running: from a setup to an engine with all its nodes.

use penult_sim::{Engine, Seed};

use crate::member::Member;
use crate::server::Server;
use crate::setup::Setup;
use crate::workload::WorkloadError;

impl Setup {
    /// The run of this setup with these servers, ready to start. Faults are part of it; observers and a
    /// director are the caller's.
    pub fn engine<S: Server>(
        &self,
        options: S::Options,
    ) -> Result<Engine<Member<S>>, WorkloadError> {
        let mut engine = Engine::new(Seed::new(self.seed), self.network(), self.world(options)?);
        for fault in &self.faults {
            engine.add_fault(fault.clone()).expect("the faults of a setup fit its network");
        }
        Ok(engine)
    }
}
