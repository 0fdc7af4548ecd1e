//! The ledger, driven by hand and by the engine.

mod drive;
mod engine;
mod fates;
mod phases;
mod random;
mod violations;
