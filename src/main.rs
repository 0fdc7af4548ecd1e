//! The `penult` program. Its commands come with the scenario file; today it says where things are.

fn main() {
    println!("penult {}", env!("CARGO_PKG_VERSION"));
    println!("The engine is in the crate `penult-sim`: cargo run --release --example waiting");
}
