//! Scenario files from outside. All tests are one program, which is built and linked once; each file has its subject.

mod build;
mod common;
mod distributions;
mod good;
mod malformed;
mod memory;
mod messages;
mod never_panics;
mod points;
mod reference;
mod schema;
mod set;
mod strategies;
mod unreadable;
mod warnings;
