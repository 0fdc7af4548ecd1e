//! GML, as the Internet Topology Zoo, networkx and Shadow write it.
//!
//! The same names are read as in GraphML. A text is a list of keys with values; a value is a
//! number, a string or a list in brackets. What isn't known is passed over.

use std::borrow::Cow;

use super::draft::{Attributes, Draft};
use super::text::{Lines, ParseError, shown, without_mark};
use super::{Direction, MapOptions, Topology};

/// How deep lists may lie in lists. Files have three levels; what is deeper would only serve to
/// exhaust the stack.
const DEPTH_MAX: usize = 64;

/// How long an entity may be, from `&` to `;`.
const ENTITY_MAX: usize = 12;

/// A key, its value and its line.
struct Item<'t> {
    key: &'t str,
    value: Value<'t>,
    line: usize,
}

enum Value<'t> {
    /// A number, as it stands, or the text of a string.
    Plain(Cow<'t, str>),
    List(Vec<Item<'t>>),
}

impl Topology {
    /// Reads the text of a GML file.
    pub fn from_gml(text: &str, options: &MapOptions) -> Result<Self, ParseError> {
        let text = without_mark(text);
        let mut parser = Parser { text, lines: Lines::of(text), at: 0 };
        let items = parser.items(None)?;
        let mut graphs = lists(&items, "graph");
        let Some((graph, line)) = graphs.next() else {
            return Err(ParseError::new(1, "there is no graph: a GML file holds `graph [ … ]`"));
        };
        if let Some((_, line)) = graphs.next() {
            return Err(ParseError::new(line, "a second graph: a map is one graph"));
        }
        let mut draft = Draft::new(options);
        for (node, line) in lists(graph, "node") {
            let id = needed(node, "id", "node", line)?;
            draft.add_place(id, line, &attributes(node))?;
        }
        let direction = direction(graph)?;
        for (edge, line) in lists(graph, "edge") {
            let ends =
                (needed(edge, "source", "edge", line)?, needed(edge, "target", "edge", line)?);
            draft.add_edge(ends, direction, line, &attributes(edge))?;
        }
        draft.finish(line)
    }
}

/// The lists of that key among the items, with their lines.
fn lists<'i, 't>(
    items: &'i [Item<'t>],
    key: &'static str,
) -> impl Iterator<Item = (&'i [Item<'t>], usize)> {
    items.iter().filter_map(move |item| match &item.value {
        Value::List(inner) if item.key.eq_ignore_ascii_case(key) => {
            Some((inner.as_slice(), item.line))
        }
        _ => None,
    })
}

fn plain<'i>(items: &'i [Item], key: &str) -> Option<(&'i str, usize)> {
    items.iter().find_map(|item| match &item.value {
        Value::Plain(value) if item.key.eq_ignore_ascii_case(key) => {
            Some((value.trim(), item.line))
        }
        _ => None,
    })
}

fn needed<'i>(items: &'i [Item], key: &str, of: &str, line: usize) -> Result<&'i str, ParseError> {
    let value = plain(items, key).map(|(value, _)| value);
    value.filter(|value| !value.is_empty()).ok_or_else(|| {
        ParseError::new(line, format!("this {of} has no {key}: write `{of} [ {key} 0 … ]`"))
    })
}

fn attributes<'t>(items: &[Item<'t>]) -> Attributes<'t> {
    let mut said = Attributes::default();
    for item in items {
        if let Value::Plain(value) = &item.value {
            said.add(item.key, value.clone(), item.line);
        }
    }
    said
}

/// `directed 1` makes all edges one-way; without it they go both ways, as the format says.
fn direction(graph: &[Item]) -> Result<Direction, ParseError> {
    match plain(graph, "directed") {
        None | Some(("0", _)) => Ok(Direction::Both),
        Some(("1", _)) => Ok(Direction::Forward),
        Some((other, line)) => {
            let other = shown(other);
            Err(ParseError::new(line, format!("directed is {other}, not 0 or 1")))
        }
    }
}

struct Parser<'t> {
    text: &'t str,
    lines: Lines,
    at: usize,
}

impl<'t> Parser<'t> {
    fn error<T>(&self, at: usize, message: impl Into<String>) -> Result<T, ParseError> {
        Err(ParseError::new(self.lines.at(at), message))
    }

    /// The items up to the bracket that closes the list, or to the end of the text. `outer` is
    /// where the list was opened and how deep it lies; the text itself is no list.
    fn items(&mut self, outer: Option<(usize, usize)>) -> Result<Vec<Item<'t>>, ParseError> {
        let mut items = Vec::new();
        loop {
            self.skip_blanks();
            let start = self.at;
            let word = match (self.peek(), outer) {
                (None, None) => return Ok(items),
                (None, Some((opened, _))) => {
                    return self.error(opened, "the `[` that opens here is never closed by a `]`");
                }
                (Some(']'), Some(_)) => {
                    self.at += 1;
                    return Ok(items);
                }
                (Some(']'), None) => {
                    return self.error(start, "this `]` closes nothing: take it out");
                }
                (Some('[' | '"'), _) => {
                    return self
                        .error(start, "a value without a key: write `key value` or `key [ … ]`");
                }
                (Some(_), _) => self.word(),
            };
            if !word.starts_with(|first: char| first.is_alphabetic() || first == '_') {
                let what = format!(
                    "{} stands where a key should, which begins with a letter",
                    shown(word)
                );
                return self.error(start, what);
            }
            let line = self.lines.at(start);
            let depth = outer.map_or(0, |(_, depth)| depth);
            let Some(value) = self.value(depth)? else {
                let key = shown(word);
                let what =
                    format!("no value for {key}: a number, a \"string\" or [ … ] must follow");
                return Err(ParseError::new(line, what));
            };
            items.push(Item { key: word, value, line });
        }
    }

    /// The value at hand, if there is one.
    fn value(&mut self, depth: usize) -> Result<Option<Value<'t>>, ParseError> {
        self.skip_blanks();
        let start = self.at;
        match self.peek() {
            Some('[') if depth == DEPTH_MAX => {
                self.error(start, format!("lists lie in lists more than {DEPTH_MAX} deep"))
            }
            Some('[') => {
                self.at += 1;
                let items = self.items(Some((start, depth + 1)))?;
                Ok(Some(Value::List(items)))
            }
            Some('"') => {
                self.at += 1;
                let Some(length) = self.text[self.at..].find('"') else {
                    return self
                        .error(start, "the string that begins here is never closed by a `\"`");
                };
                let string = &self.text[self.at..self.at + length];
                self.at += length + 1;
                Ok(Some(Value::Plain(without_entities(string))))
            }
            Some(first) if first.is_ascii_digit() || matches!(first, '+' | '-' | '.') => {
                Ok(Some(Value::Plain(Cow::Borrowed(self.word()))))
            }
            _ => Ok(None),
        }
    }

    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// Everything up to a blank, a bracket, a quote or a comment.
    fn word(&mut self) -> &'t str {
        let rest = &self.text[self.at..];
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '[' | ']' | '"' | '#');
        let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    fn skip_blanks(&mut self) {
        loop {
            let rest = &self.text[self.at..];
            let found = rest.trim_start();
            self.at += rest.len() - found.len();
            if !found.starts_with('#') {
                return;
            }
            self.at += found.find('\n').unwrap_or(found.len());
        }
    }
}

/// GML keeps to ASCII and writes the rest as `&#233;` or `&quot;`. What isn't such a thing stays.
fn without_entities(string: &str) -> Cow<'_, str> {
    if !string.contains('&') {
        return Cow::Borrowed(string);
    }
    let mut out = String::with_capacity(string.len());
    let mut rest = string;
    while let Some(start) = rest.find('&') {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.bytes().take(ENTITY_MAX).position(|byte| byte == b';');
        let entity = end.and_then(|end| Some((letter(&rest[1..end])?, end)));
        match entity {
            Some((letter, end)) => {
                out.push(letter);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

fn letter(entity: &str) -> Option<char> {
    let number =
        |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    match entity {
        "quot" => Some('"'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "nbsp" => Some(' '),
        _ => match entity.strip_prefix('#')? {
            hex if hex.starts_with(['x', 'X']) => number(&hex[1..], 16),
            digits => number(digits, 10),
        },
    }
}
