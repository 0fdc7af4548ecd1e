//! `--chain 1..6` and its like: the key that makes a strategy larger, by the name of the strategy.

use clap::{Arg, ArgMatches, Command};

use crate::known::known;

/// The values of one of these options, if any is given.
pub struct Short(Option<Given>);

struct Given {
    /// As it was typed: `--chain`.
    option: String,
    /// The key that it stands for.
    key: String,
    values: String,
}

impl Short {
    /// As `--vary` takes it.
    pub fn vary(&self) -> Option<String> {
        self.0.as_ref().map(|given| format!("{}={}", given.key, given.values))
    }

    /// The option and its values, as they were typed.
    pub fn typed(&self) -> Option<(&str, &str)> {
        self.0.as_ref().map(|given| (given.option.as_str(), given.values.as_str()))
    }
}

/// Each strategy that has such a key: its name, the key, and what its values are.
fn sized() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    let all = known().scenarios.iter();
    all.filter_map(|it| it.sized().map(|(key, about)| (it.word(), key, about)))
}

impl clap::Args for Short {
    fn augment_args(command: Command) -> Command {
        sized().fold(command, |command, (word, key, about)| {
            let help = format!("{about} to try, as in 1..6: short for --vary {word}.{key}=1..6");
            command.arg(Arg::new(word).long(word).value_name("FROM..TO").group("values").help(help))
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl clap::FromArgMatches for Short {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = sized().find_map(|(word, key, _)| {
            let values = matches.get_one::<String>(word)?.clone();
            Some(Given { option: format!("--{word}"), key: format!("{word}.{key}"), values })
        });
        Ok(Short(given))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}
