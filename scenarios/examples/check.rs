//! Reads a scenario, says what is wrong with it, or shows it as it was understood.
fn main() -> std::process::ExitCode {
    let mut arguments = std::env::args().skip(1);
    let Some(path) = arguments.next() else {
        println!("{:#}", penult_scenarios::schema());
        return std::process::ExitCode::SUCCESS;
    };
    match penult_scenarios::load(path.as_ref(), &arguments.collect()) {
        Ok(loaded) => {
            eprint!("{}", loaded.warnings);
            print!("{}", loaded.scenario.to_toml());
            std::process::ExitCode::SUCCESS
        }
        Err(complaints) => {
            eprint!("{complaints}");
            std::process::ExitCode::from(2)
        }
    }
}
