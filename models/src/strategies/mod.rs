//! The strategies: how servers act. A new one is a folder here and a line in the list below.

pub mod single;
