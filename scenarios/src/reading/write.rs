//! Back to TOML: values as they stand in a scenario that has every key.

/// A value as it is written.
#[derive(Clone, PartialEq, Debug)]
pub enum Out {
    /// Text, in quotes.
    Text(String),
    /// Numbers, truth values: written as they are.
    Plain(String),
    /// A list.
    List(Vec<Out>),
    /// A table.
    Table(Vec<(String, Out)>),
    /// The name of a file; its hash becomes a comment.
    File {
        /// Its path, as the scenario has it.
        path: String,
        /// The hash of what was read.
        sha256: String,
    },
}

/// What a written file is called; so that a copy of the scenario elsewhere can still find it.
pub(crate) type Rename<'r> = &'r dyn Fn(&str) -> String;

/// The whole document: keys first, then tables, then lists of tables.
pub(crate) fn document(root: &[(String, Out)], rename: Rename<'_>) -> String {
    let mut text = String::new();
    section(&mut text, "", root, rename);
    text.trim_start().to_owned()
}

fn section(text: &mut String, name: &str, entries: &[(String, Out)], rename: Rename<'_>) {
    let top = name.is_empty();
    let apart = |out: &Out| is_tables(out) || (top && matches!(out, Out::Table(_)));
    for (key, out) in entries.iter().filter(|(_, out)| !apart(out)) {
        if top && matches!(out, Out::List(list) if list.is_empty()) {
            continue;
        }
        let mut comment = String::new();
        let value = inline(out, rename, &mut comment);
        *text += &format!("{} = {value}{comment}\n", quoted_key(key));
    }
    for (key, out) in entries.iter().filter(|(_, out)| apart(out)) {
        let name = if top { quoted_key(key) } else { format!("{name}.{}", quoted_key(key)) };
        match out {
            Out::Table(inner) if inner.is_empty() => {}
            Out::Table(inner) => {
                *text += &format!("\n[{name}]\n");
                section(text, &name, inner, rename);
            }
            Out::List(list) => {
                for out in list {
                    let Out::Table(inner) = out else { continue };
                    *text += &format!("\n[[{name}]]\n");
                    for (key, out) in inner {
                        let mut comment = String::new();
                        let value = inline(out, rename, &mut comment);
                        *text += &format!("{} = {value}{comment}\n", quoted_key(key));
                    }
                }
            }
            _ => {}
        }
    }
}

/// Whether it is a list of tables only, which is written with double brackets.
fn is_tables(out: &Out) -> bool {
    let Out::List(list) = out else { return false };
    !list.is_empty() && list.iter().all(|out| matches!(out, Out::Table(_)))
}

fn inline(out: &Out, rename: Rename<'_>, comment: &mut String) -> String {
    match out {
        Out::Text(text) => quoted(text),
        Out::Plain(text) => text.clone(),
        Out::List(list) => {
            let list: Vec<_> = list.iter().map(|out| inline(out, rename, comment)).collect();
            format!("[{}]", list.join(", "))
        }
        Out::Table(entries) if entries.is_empty() => "{}".to_owned(),
        Out::Table(entries) => {
            let entry = |(key, out): &(String, Out)| {
                format!("{} = {}", quoted_key(key), inline(out, rename, comment))
            };
            let entries: Vec<_> = entries.iter().map(entry).collect();
            format!("{{ {} }}", entries.join(", "))
        }
        Out::File { path, sha256 } => {
            *comment += if comment.is_empty() { "  # sha256 " } else { ", " };
            *comment += sha256;
            quoted(&rename(path))
        }
    }
}

/// A value on one line, without the comments.
pub(crate) fn plain(out: &Out) -> String {
    inline(out, &str::to_owned, &mut String::new())
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

fn quoted_key(key: &str) -> String {
    let bare = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
    if !key.is_empty() && key.chars().all(bare) { key.to_owned() } else { quoted(key) }
}

/// A plain TOML value as it is written.
pub(crate) fn from_value(value: &toml::Value) -> Out {
    match value {
        toml::Value::String(text) => Out::Text(text.clone()),
        toml::Value::Array(list) => Out::List(list.iter().map(from_value).collect()),
        toml::Value::Table(table) => {
            Out::Table(table.iter().map(|(key, value)| (key.clone(), from_value(value))).collect())
        }
        other => Out::Plain(other.to_string()),
    }
}
