//! `--set key=value`: what the command line changes in a scenario.

use std::ops::Range;

use crate::complaint::{At, Complaint};
use crate::reading::Reading;
use crate::reading::document::{Content, Entry, Item, Table, parse};
use crate::reading::write;

/// Changes to a scenario before it is read, in order: the later wins.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Overrides {
    given: Vec<Given>,
}

/// One change.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Given {
    /// As `--set` takes it.
    text: String,
    /// What was typed instead of that, if something was.
    typed: Option<Typed>,
}

/// An option of the command line that changes a scenario, and where its key and its value stand in it.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Typed {
    text: String,
    key: Range<usize>,
    value: Range<usize>,
}

impl Overrides {
    /// None.
    pub fn none() -> Self {
        Overrides::default()
    }

    /// Adds one as it is typed: `chain.length=4`, `fault.0.at=5s`, `expect."latency.p99"="<= 1s"`. The
    /// value is TOML, or else text without quotes. What is wrong with it is said when the scenario is read.
    pub fn add(&mut self, text: impl Into<String>) -> &mut Self {
        self.given.push(Given { text: text.into(), typed: None });
        self
    }

    /// Adds one that was typed as another option, such as `--vary chain.length=1..3`: messages show that. `typed`:
    /// the option, its key if it says one, and its value.
    pub fn add_typed(
        &mut self,
        text: impl Into<String>,
        (option, key, value): (&str, Option<&str>, &str),
    ) -> &mut Self {
        let mut typed = option.to_owned();
        let option = 0..typed.len();
        typed.push(' ');
        let mut add = |text: &str| {
            let start = typed.len();
            typed += text;
            start..typed.len()
        };
        let key = key.map_or(option, |key| {
            let place = add(key);
            add("=");
            place
        });
        let value = add(value);
        let typed = Some(Typed { text: typed, key, value });
        self.given.push(Given { text: text.into(), typed });
        self
    }

    /// Adds one whose value is at hand.
    pub fn set(&mut self, path: &str, value: &toml::Value) -> &mut Self {
        self.add(format!("{path}={}", write::plain(&write::from_value(value))))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// Each as it is typed.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.given.iter().map(|given| given.text.as_str())
    }

    pub(crate) fn apply(&self, root: &mut Item, cx: &mut Reading<'_>) {
        for Given { text, typed } in &self.given {
            let shown = typed.as_ref().map_or(format!("--set {text}"), |typed| typed.text.clone());
            let source = cx.complaints.sources.len();
            cx.complaints
                .sources
                .push(crate::Source { name: "command line".into(), text: shown.into() });
            if let Err(complaints) = apply(text, typed.as_ref(), source, root) {
                complaints.into_iter().for_each(|complaint| cx.complain(complaint));
            }
        }
    }
}

impl<S: Into<String>> FromIterator<S> for Overrides {
    fn from_iter<I: IntoIterator<Item = S>>(texts: I) -> Self {
        let given = texts.into_iter().map(|text| Given { text: text.into(), typed: None });
        Overrides { given: given.collect() }
    }
}

/// Where the text begins behind `--set `.
const SHIFT: usize = "--set ".len();

fn apply(
    text: &str,
    typed: Option<&Typed>,
    source: usize,
    root: &mut Item,
) -> Result<(), Vec<Complaint>> {
    let at = |start: usize, end: usize| At { source, start: start + SHIFT, end: end + SHIFT };
    let whole = at(0, text.len());
    let wrong = |at, what: &str, mend: &str| Err(vec![Complaint::error(at, what, mend)]);
    let Some(cut) = equals_sign(text) else {
        return wrong(whole, "this sets nothing", "it is key=value, as in chain.length=4");
    };
    let (path, value) = (&text[..cut], &text[cut + 1..]);
    let Some(steps) = steps(path) else {
        return wrong(
            at(0, cut),
            "this is no path",
            "it is keys with dots between, as in chain.length",
        );
    };
    let mut value = read_value(value, source, SHIFT + cut + 1)?;
    let mut key_at = at(0, cut);
    if let Some(Typed { key, value: typed, .. }) = typed {
        key_at = At { source, start: key.start, end: key.end };
        value.move_to(At { source, start: typed.start, end: typed.end });
    }
    put(root, &steps, value, key_at).map_err(|complaint| vec![*complaint])
}

/// The first one that is not in quotes.
fn equals_sign(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices().find_map(|(at, letter)| {
        match (quote, letter) {
            (None, '=') => return Some(at),
            (None, '"' | '\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
        None
    })
}

/// The keys of a path, which is read as TOML reads it.
fn steps(path: &str) -> Option<Vec<String>> {
    let (document, errors) = parse(&format!("{path} = 0"), 0, 0);
    let mut steps = Vec::new();
    let mut item = &document;
    while let Content::Table(table) = &item.content {
        let [entry] = table.entries() else { return None };
        steps.push(entry.key.clone());
        item = &entry.item;
    }
    (errors.is_empty() && matches!(item.content, Content::Integer(_))).then_some(steps)
}

/// A value as TOML has it, or else a text without quotes. What begins like a list or a table is none.
fn read_value(text: &str, source: usize, start: usize) -> Result<Item, Vec<Complaint>> {
    const KEY: &str = "it = ";
    let at = At { source, start, end: start + text.len() };
    // The key in front is no part of the command line.
    let (document, errors) = parse(&format!("{KEY}{text}"), source, start.wrapping_sub(KEY.len()));
    match document.content {
        Content::Table(table) if errors.is_empty() && table.entries().len() == 1 => {
            Ok(table.entries()[0].item.clone())
        }
        _ if !errors.is_empty() && text.trim_start().starts_with(['[', '{']) => {
            let short = |mut complaint: Complaint| {
                // In front of the value, and behind it, nothing of it is shown.
                complaint.at = complaint.at.filter(|it| at.contains(*it)).or(Some(at));
                complaint
            };
            let mut errors: Vec<Complaint> = errors.into_iter().map(short).collect();
            // What else is missing at one place follows from the first, or says it again.
            errors.dedup_by_key(|error| error.at);
            if let Some(last) = errors.last_mut() {
                last.note = Some("a text that begins so is to be in quotes".into());
            }
            Err(errors)
        }
        _ => Ok(Item { at, content: Content::Text(text.trim().to_owned()) }),
    }
}

/// Puts a value where the path leads. Tables that are missing are made.
fn put(item: &mut Item, steps: &[String], value: Item, at: At) -> Result<(), Box<Complaint>> {
    let (step, rest) = steps.split_first().expect("a path has a step");
    let list_next = rest.first().is_some_and(|next| next.parse::<usize>().is_ok());
    let empty = || {
        let content =
            if list_next { Content::List(Vec::new()) } else { Content::Table(Table::default()) };
        Item { at, content }
    };
    let next = match &mut item.content {
        Content::Table(table) => {
            if rest.is_empty() {
                // In its place, if it has one: order can matter.
                match table.get_mut(step) {
                    Some(entry) => (entry.key_at, entry.item) = (at, value),
                    None => table.push(Entry { key: step.clone(), key_at: at, item: value }),
                }
                return Ok(());
            }
            if table.get(step).is_none() {
                table.push(Entry { key: step.clone(), key_at: at, item: empty() });
            }
            &mut table.get_mut(step).expect("it was just put there").item
        }
        Content::List(list) => {
            let count = list.len();
            let number = step.parse::<usize>().ok().filter(|number| *number <= count);
            let Some(number) = number else {
                let mend = match count {
                    0 => "it is empty: the first is 0".to_owned(),
                    _ => format!("it has {count}: 0 to {}, or {count} for a new one", count - 1),
                };
                let what = format!("there is no `{step}` in this list");
                return Err(Box::new(Complaint::error(at, what, mend)));
            };
            if number == count {
                list.push(if rest.is_empty() { value.clone() } else { empty() });
            }
            if rest.is_empty() {
                list[number] = value;
                return Ok(());
            }
            &mut list[number]
        }
        _ => {
            let what = format!("`{step}` stands in no table");
            let mend = "what is before it is a value, not a table";
            return Err(Box::new(Complaint::error(at, what, mend)));
        }
    };
    put(next, rest, value, at)
}
