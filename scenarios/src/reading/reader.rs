//! A table being read: every key asked for counts as known, what is left over is wrong.

use super::Reading;
use super::document::{Content, Entry, Item, Table};
use super::setting::Setting;
use crate::complaint::Complaint;
use crate::{Strategies, nearest};

/// A table being read. [`finish`](Reader::finish) complains about the keys that nobody asked for.
pub struct Reader<'t> {
    item: &'t Item,
    table: &'t Table,
    asked: Vec<&'static str>,
    /// The keys that must be there and aren't, and whether each is a table.
    missing: Vec<(&'static str, bool)>,
}

impl<'t> Reader<'t> {
    /// Begins to read a table; nothing after a complaint if it is none.
    pub fn new(item: &'t Item, cx: &mut Reading<'_>) -> Option<Self> {
        match &item.content {
            Content::Table(table) => {
                Some(Reader { item, table, asked: Vec::new(), missing: Vec::new() })
            }
            _ => {
                let what = format!("{} is {}", cx.key(), item.kind());
                cx.error(item.at, what, "it is a table: keys and values in braces");
                None
            }
        }
    }

    /// The table as it stands in the file.
    pub fn item(&self) -> &'t Item {
        self.item
    }

    /// What stands at a key.
    pub(crate) fn entry(&mut self, key: &'static str) -> Option<&'t Entry> {
        self.asked.push(key);
        self.table.get(key)
    }

    /// The value at a key that must be there; what stands in for it after a complaint.
    pub fn required<T: Setting>(&mut self, key: &'static str, cx: &mut Reading<'_>) -> T {
        if T::SPREAD {
            self.asked.extend(T::keys(cx));
            return T::read(self.item, cx).unwrap_or_default();
        }
        match self.entry(key) {
            Some(entry) => cx.within(key, |cx| T::read(&entry.item, cx)).unwrap_or_default(),
            None if T::OPTIONAL => T::default(),
            None => {
                self.missing.push((key, T::TABLE));
                T::default()
            }
        }
    }

    /// The value at a key, or its default, which is written as in a scenario.
    pub fn or_default<T: Setting>(
        &mut self,
        key: &'static str,
        default: &str,
        cx: &mut Reading<'_>,
    ) -> T {
        match self.entry(key) {
            Some(entry) => {
                cx.within(key, |cx| T::read(&entry.item, cx)).unwrap_or_else(|| from_text(default))
            }
            None => from_text(default),
        }
    }

    /// The keys that nobody asked for are wrong, and so are those that are missing, unless one of the
    /// former is probably meant for it.
    pub fn finish(mut self, cx: &mut Reading<'_>) {
        for entry in self.table.entries() {
            if self.asked.contains(&entry.key.as_str()) {
                continue;
            }
            let (key, at) = (&entry.key, entry.key_at);
            if !cx.wrong.shows(at) {
                // A key that is missing may be meant by it: nobody looks.
                self.missing.clear();
                cx.count_error(at);
                continue;
            }
            let table = cx.table();
            let what = match table.as_str() {
                "" => format!("unknown key `{key}`"),
                name => format!("unknown key `{key}` in {name}"),
            };
            let mend = match elsewhere(&table, key) {
                Some(hint) => hint,
                None => match nearest(key, self.asked.iter().copied()) {
                    Some(near) => {
                        self.missing.retain(|(key, _)| *key != near);
                        format!("did you mean `{near}`?")
                    }
                    None => format!("the keys here are {}", listed(&self.asked)),
                },
            };
            cx.complain(Complaint::error(at, what, mend));
        }
        for (key, is_table) in self.missing {
            let whose = match cx.table() {
                name if name.is_empty() => "the scenario".to_owned(),
                name => name,
            };
            let key = match is_table && cx.table().is_empty() {
                true => format!("[{key}]"),
                false => format!("`{key}`"),
            };
            cx.error(self.item.at, format!("{whose} has no {key}"), format!("add {key}"));
        }
    }
}

/// Where a key stands that somebody might look for here.
fn elsewhere(table: &str, key: &str) -> Option<String> {
    let hint = match (table.trim_matches(['[', ']']), key) {
        ("workload", "conversations") => {
            Some("say `to = { conversations = { count = …, members = … } }`")
        }
        ("workload", "message" | "messages") => {
            Some("messages are tables of their own: [[message]]")
        }
        ("clients" | "clients.access", "cpu" | "disk" | "queue") => {
            Some("devices have none; gateways do, in [gateways]")
        }
        ("gateways", "links") => Some("each link is a table of its own: [[gateways.link]]"),
        ("" | "regions" | "chain", "reroute") => Some("it stands in [gateways]"),
        ("", "faults") => Some("each fault is a table of its own: [[fault]]"),
        ("", "messages") => Some("each message is a table of its own: [[message]]"),
        ("regions", "rtt") => Some("it stands beside the file: { file = \"…\", rtt = true }"),
        ("clients", "latency" | "bandwidth" | "buffer" | "loss" | "duplicate" | "order") => {
            Some("it stands in `access`: { latency = …, loss = … }")
        }
        _ => None,
    };
    hint.map(str::to_owned)
}

/// `a`, `b` and `c`; of very many the first.
pub(crate) fn listed<S: AsRef<str>>(words: &[S]) -> String {
    const LISTED_MAX: usize = 50;
    let quoted = words.iter().take(LISTED_MAX).map(|word| format!("`{}`", word.as_ref()));
    let mut quoted: Vec<String> = quoted.collect();
    if words.len() > LISTED_MAX {
        quoted.push(format!("{} more", words.len() - LISTED_MAX));
    }
    let words = quoted;
    match words.split_last() {
        None => "none".to_owned(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
    }
}

/// Reads a default, which stands in the code as it would in a scenario.
pub fn from_text<T: Setting>(text: &str) -> T {
    let (document, errors) = super::document::parse(&format!("it = {text}"), 0, 0);
    assert!(errors.is_empty(), "the default `{text}` is not TOML: {errors:?}");
    let entry =
        document.as_table().and_then(|table| table.get("it")).expect("the default is there");
    let shelf = crate::files::Shelf::empty();
    let mut cx = Reading::new(&shelf, Strategies::built_in());
    let value = T::read(&entry.item, &mut cx);
    value.unwrap_or_else(|| panic!("the default `{text}` is wrong: {:?}", cx.complaints))
}
