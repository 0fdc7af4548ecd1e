//! What the command line changes in a scenario, and how that is typed again.

use std::path::Path;

use clap::builder::PossibleValuesParser;
use penult_scenarios::Overrides;

use crate::known::known;

/// What `--strategy`, `--seed` and `--set` change.
#[derive(clap::Args, Clone)]
pub struct Changes {
    /// The strategy, instead of the scenario's
    #[arg(long, value_parser = PossibleValuesParser::new(known().scenarios.words()))]
    strategy: Option<String>,
    /// The seed, instead of the scenario's
    #[arg(long)]
    seed: Option<u64>,
    /// Changes a key before the scenario is read, as in chain.length=4
    #[arg(long, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl Changes {
    /// Those of a program that knows them.
    pub fn of(strategy: &str, seed: Option<u64>, set: Vec<String>) -> Changes {
        Changes { strategy: Some(strategy.to_owned()), seed, set }
    }

    /// As the reader of scenarios takes them.
    pub fn overrides(&self) -> Overrides {
        let mut overrides: Overrides = self.set.iter().map(String::as_str).collect();
        if let Some(strategy) = &self.strategy {
            overrides.add_typed(format!("strategy={strategy}"), ("--strategy", None, strategy));
        }
        if let Some(seed) = self.seed {
            let typed = seed.to_string();
            overrides.add_typed(format!("seed={seed}"), ("--seed", None, &typed));
        }
        overrides
    }

    /// These and more, which win over these.
    pub fn and(&self, more: &Overrides) -> Changes {
        let mut changes = self.clone();
        for text in more.iter() {
            if text.starts_with("strategy=") {
                changes.strategy = None;
            }
            changes.set.push(text.to_owned());
        }
        changes
    }

    /// The command that runs this file again with this seed.
    pub fn again(&self, file: &Path, seed: u64) -> String {
        let mut command = format!("penult run {}", quoted(&file.display().to_string()));
        for set in &self.set {
            command += &format!(" --set {}", quoted(set));
        }
        if let Some(strategy) = &self.strategy {
            command += &format!(" --strategy {strategy}");
        }
        format!("{command} --seed {seed}")
    }
}

/// The seed so many after the first. Those that a scenario can't say are left out: after the greatest
/// comes 0.
pub fn seed_after(first: u64, number: u64) -> u64 {
    first.wrapping_add(number) & (u64::MAX >> 1)
}

/// As a shell takes it for one word.
fn quoted(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_=./:,@%+".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_can_be_typed() {
        let greatest = i64::MAX as u64;
        assert_eq!(seed_after(7, 3), 10);
        assert_eq!([0, 1, 2].map(|it| seed_after(greatest - 1, it)), [greatest - 1, greatest, 0]);
    }

    #[test]
    fn a_command_can_be_typed_again() {
        let set = vec!["chain.length=4".into(), "title=it's".into()];
        let changes = Changes { strategy: Some("single".into()), seed: Some(1), set };
        let again = changes.again(Path::new("my file.toml"), 7);
        let expected = r"penult run 'my file.toml' --set chain.length=4 --set 'title=it'\''s' --strategy single --seed 7";
        assert_eq!(again, expected);
    }
}
