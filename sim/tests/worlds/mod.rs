//! Random worlds: nodes that do all that a node can, what may befall them, and who watches.

pub mod busy;
pub mod plan;
pub mod watch;
