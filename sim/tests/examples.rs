//! The examples run, and what they assert holds.

#[path = "../examples/ping.rs"]
mod ping;

#[test]
fn ping() {
    ping::main().expect("the example runs");
}
