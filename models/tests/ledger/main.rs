//! The ledger, driven by hand: what an engine would tell it, told by a test.

mod drive;
mod fates;
mod phases;
mod random;
mod violations;
