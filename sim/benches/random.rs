//! What a random number costs.
fn main() {}
