//! The ledger, driven by hand and by the engine.

mod counts;
mod drive;
mod engine;
mod fates;
mod phases;
mod random;
mod twice;
mod violations;
