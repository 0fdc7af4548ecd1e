//! Random worlds: nodes that do all that a node can, what may befall them, and who watches.

#![allow(dead_code, reason = "each test uses its part")]

pub mod busy;
pub mod plan;
pub mod watch;
