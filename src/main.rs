//! The `penult` program: the [library](penult) with the strategies that come with it.

fn main() -> std::process::ExitCode {
    penult::main_with(penult::strategies![])
}
