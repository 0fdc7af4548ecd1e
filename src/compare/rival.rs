//! Strategies as `--strategies` names them: `single,chain:length=4,attempts=3`.

use penult_scenarios::Strategy;

use crate::known::known;

/// Keys of the world that a rival may have of its own: how gateways keep mail. No message and no fault hangs on
/// them, so the worlds stay the same.
const KEEPING: [&str; 2] = ["gateways.queue", "gateways.disk"];

/// A strategy, and keys that are otherwise than in the file: of its own table, or of how gateways keep mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rival {
    /// Which strategy.
    pub strategy: Strategy,
    /// `length=4`, each as it was typed.
    keys: Vec<String>,
}

impl Rival {
    /// How it is called: as it was typed.
    pub fn name(&self) -> String {
        match self.keys.as_slice() {
            [] => self.strategy.word().to_owned(),
            keys => format!("{}:{}", self.strategy.word(), keys.join(",")),
        }
    }

    /// Whether gateways keep mail otherwise than in the file.
    pub fn keeps_otherwise(&self) -> bool {
        self.keys.iter().any(|key| is_of_keeping(key))
    }

    /// As `--set` takes its keys.
    pub fn sets(&self) -> impl Iterator<Item = String> {
        self.keys.iter().map(|key| match is_of_keeping(key) {
            true => key.clone(),
            false => format!("{}.{key}", self.strategy.word()),
        })
    }
}

fn is_of_keeping(key: &str) -> bool {
    key.split_once('=').is_some_and(|(path, _)| KEEPING.contains(&path))
}

/// Reads a list of them. Between commas stands a strategy, or one more key of the strategy before.
pub fn read(list: &str) -> Result<Vec<Rival>, String> {
    let mut rivals: Vec<Rival> = Vec::new();
    for piece in pieces(list) {
        let piece = piece.trim();
        let (head, key) = match piece.split_once(':') {
            Some((head, key)) if !head.contains('=') => (head.trim(), Some(key.trim())),
            _ if piece.contains('=') => match rivals.last_mut() {
                Some(rival) => {
                    rival.keys.push(keyed(piece)?);
                    continue;
                }
                None => return Err(format!("`{piece}` follows no strategy, as in chain:{piece}")),
            },
            _ => (piece, None),
        };
        let strategies = &known().scenarios;
        let Some(strategy) = strategies.named(head) else {
            let words = strategies.words();
            return Err(format!("there is no strategy `{head}`; there are {}", words.join(", ")));
        };
        let keys = key.map(keyed).transpose()?.into_iter().collect();
        rivals.push(Rival { strategy, keys });
    }
    for (place, rival) in rivals.iter().enumerate() {
        if rivals[..place].contains(rival) {
            return Err(format!("{} is named twice", rival.name()));
        }
    }
    match rivals.len() {
        0 | 1 => Err("it takes two strategies or more, as in single,chain".to_owned()),
        _ => Ok(rivals),
    }
}

/// A key with its value.
fn keyed(piece: &str) -> Result<String, String> {
    match piece.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() && !value.trim().is_empty() => {
            Ok(format!("{}={}", key.trim(), value.trim()))
        }
        _ => Err(format!("`{piece}` is no key=value, as in chain:length=4")),
    }
}

/// What stands between commas that are in no brackets and no quotes.
pub fn pieces(list: &str) -> Vec<&str> {
    let (mut depth, mut quote, mut from) = (0_i32, None, 0);
    let mut pieces = Vec::new();
    for (at, letter) in list.char_indices() {
        match (quote, letter) {
            (Some(open), _) if letter == open => quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => quote = Some(letter),
            (None, '[' | '{' | '(') => depth += 1,
            (None, ']' | '}' | ')') => depth -= 1,
            (None, ',') if depth == 0 => {
                pieces.push(&list[from..at]);
                from = at + 1;
            }
            (None, _) => {}
        }
    }
    pieces.push(&list[from..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(list: &str) -> Vec<String> {
        read(list).expect("it is well formed").iter().map(Rival::name).collect()
    }

    #[test]
    fn strategies_and_their_keys_are_read() {
        assert_eq!(names("single,chain"), ["single", "chain"]);
        let list = "chain, chain:length=4 , attempts=3, single";
        assert_eq!(names(list), ["chain", "chain:length=4,attempts=3", "single"]);
        let rivals = read(list).expect("it is well formed");
        let sets: Vec<String> = rivals[1].sets().collect();
        assert_eq!(sets, ["chain.length=4", "chain.attempts=3"]);
        // How gateways keep mail is of the world, and may be a rival's own all the same.
        let rivals =
            read("single:gateways.queue=disk,gateways.disk=5ms,ack_timeout=1s,chain").unwrap();
        let sets: Vec<String> = rivals[0].sets().collect();
        assert_eq!(sets, ["gateways.queue=disk", "gateways.disk=5ms", "single.ack_timeout=1s"]);
        // Commas and colons in values are no ends.
        let list = r#"single,chain:resync={ batch = 64, bandwidth = "1MB/s" },domains=["a:b,c"]"#;
        let rivals = read(list).expect("it is well formed");
        let sets: Vec<String> = rivals[1].sets().collect();
        let resync = r#"chain.resync={ batch = 64, bandwidth = "1MB/s" }"#;
        assert_eq!(sets, [resync, r#"chain.domains=["a:b,c"]"#]);
    }

    #[test]
    fn what_is_wrong_is_said() {
        for (list, what) in [
            ("chian,single", "no strategy `chian`"),
            ("single", "two strategies or more"),
            ("", "no strategy ``"),
            ("length=4,chain", "`length=4` follows no strategy, as in chain:length=4"),
            ("single,chain:length", "`length` is no key=value"),
            ("single,chain:length=", "is no key=value"),
            ("chain,single,chain", "chain is named twice"),
            ("chain:length=3,chain:length = 3", "chain:length=3 is named twice"),
        ] {
            let said = read(list).expect_err(list);
            assert!(said.contains(what), "{list}: {said}");
        }
    }
}
