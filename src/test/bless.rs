//! `--bless`: the fingerprint of a run is put into its scenario, and no other byte of the file moves.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike, Value};

/// The text with this fingerprint in its `[expect]`, or why there is no place for it.
pub fn blessed(text: &str, fingerprint: &str) -> Result<String, String> {
    let (at, new) = change(text, fingerprint)?;
    let mut blessed = text.to_owned();
    blessed.replace_range(at, &new);
    // What is written must be read as it is meant, however the file is laid out.
    let found = |text: &str| {
        let document = Document::parse(text).ok()?;
        let found = document.get("expect")?.as_table_like()?.get("fingerprint")?.as_str()?;
        Some(found.to_owned())
    };
    match found(&blessed) {
        Some(found) if found == fingerprint => Ok(blessed),
        _ => Err("there is no place for a fingerprint in its [expect]".to_owned()),
    }
}

/// Which bytes change, and to what.
fn change(text: &str, fingerprint: &str) -> Result<(Range<usize>, String), String> {
    let document = Document::parse(text).map_err(|error| error.to_string())?;
    let end_of_line = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let quoted = format!("\"{fingerprint}\"");
    let at_the_end = || {
        let before = match text {
            "" => String::new(),
            _ if text.ends_with('\n') => end_of_line.to_owned(),
            _ => end_of_line.repeat(2),
        };
        let table = format!("{before}[expect]{end_of_line}fingerprint = {quoted}{end_of_line}");
        (text.len()..text.len(), table)
    };
    let Some(expect) = document.get("expect") else { return Ok(at_the_end()) };
    let table = expect.as_table_like().ok_or("its `expect` is no table")?;
    if let Some(there) = table.get("fingerprint") {
        let at = there.span().ok_or("its fingerprint stands nowhere")?;
        return Ok((at, quoted));
    }
    let last = last_value(table);
    match expect {
        Item::Value(Value::InlineTable(inline)) if !inline.is_dotted() => {
            let all = inline.span().ok_or("its `expect` stands nowhere")?;
            Ok(match last {
                Some(last) => (last.end..last.end, format!(", fingerprint = {quoted}")),
                None => (all.start + 1..all.start + 1, format!(" fingerprint = {quoted}")),
            })
        }
        Item::Table(outer) => {
            let key = if outer.is_dotted() { "expect.fingerprint" } else { "fingerprint" };
            let header = outer.span().filter(|_| !outer.is_dotted() && !outer.is_implicit());
            // Where only tables within it have headers, it gets one of its own.
            let Some(above) = last.clone().or(header) else { return Ok(at_the_end()) };
            let key = match last {
                Some(last) => like(text, &last, key),
                None => format!("{key} = "),
            };
            let end = text[above.end..].find('\n').map(|end| above.end + end + 1);
            Ok(match end {
                Some(end) => (end..end, format!("{key}{quoted}{end_of_line}")),
                None => (text.len()..text.len(), format!("{end_of_line}{key}{quoted}")),
            })
        }
        _ => Err("its `expect` is no table".to_owned()),
    }
}

/// The last value that stands in this table itself, or in one that a dotted key makes; not below a header of its own.
fn last_value(table: &dyn TableLike) -> Option<Range<usize>> {
    let ends = table.iter().filter_map(|(_, item)| match item {
        Item::Value(Value::InlineTable(inline)) if inline.is_dotted() => last_value(inline),
        Item::Value(value) => value.span(),
        Item::Table(inner) if inner.is_dotted() => last_value(inner),
        _ => None,
    });
    ends.max_by_key(|span| span.end)
}

/// A key and its `=`, set as on the line of that value: as far in, and the sign in the same column if it can be.
fn like(text: &str, value: &Range<usize>, key: &str) -> String {
    let begin = text[..value.start].rfind('\n').map_or(0, |end| end + 1);
    let before = &text[begin..value.start];
    let indent = &before[..before.len() - before.trim_start().len()];
    let sign = before.trim_end().strip_suffix('=').map(|it| it.chars().count());
    let width = sign.unwrap_or(0).saturating_sub(indent.chars().count() + 1);
    format!("{indent}{key:<width$} = ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRINT: &str = "00112233445566778899aabbccddeeff";

    #[track_caller]
    fn becomes(text: &str, expected: &str) {
        let expected = expected.replace("PRINT", PRINT);
        assert_eq!(blessed(text, PRINT).as_deref(), Ok(expected.as_str()));
        // Once is enough.
        assert_eq!(blessed(&expected, PRINT).as_deref(), Ok(expected.as_str()));
    }

    #[test]
    fn a_fingerprint_is_put_in_and_nothing_else_moves() {
        becomes("a = 1\n", "a = 1\n\n[expect]\nfingerprint = \"PRINT\"\n");
        becomes("a = 1", "a = 1\n\n[expect]\nfingerprint = \"PRINT\"\n");
        becomes("[expect] # why\n", "[expect] # why\nfingerprint = \"PRINT\"\n");
        becomes("[expect]", "[expect]\nfingerprint = \"PRINT\"");
        becomes(
            "# One\n[expect] # two\n\"deliveries.lost\" = 0   # three\n# four\n\n# five\n[sweep]\na=  1 # six\n",
            "# One\n[expect] # two\n\"deliveries.lost\" = 0   # three\nfingerprint       = \"PRINT\"\n\
             # four\n\n# five\n[sweep]\na=  1 # six\n",
        );
        becomes(
            "expect.latency.p99 = 1\nb = 2\n",
            "expect.latency.p99 = 1\nexpect.fingerprint = \"PRINT\"\nb = 2\n",
        );
        becomes("[expect]\r\n  a=0", "[expect]\r\n  a=0\r\n  fingerprint = \"PRINT\"");
        becomes(
            "\u{feff}a = 1\n[expect]\nb = 0\n",
            "\u{feff}a = 1\n[expect]\nb = 0\nfingerprint = \"PRINT\"\n",
        );
        becomes(
            "# ä\n[expect]\n\"ä\" = 0\n",
            "# ä\n[expect]\n\"ä\" = 0\nfingerprint = \"PRINT\"\n",
        );
        becomes("expect = { }\n", "expect = { fingerprint = \"PRINT\" }\n");
        becomes("expect = { a = 0 } # x\n", "expect = { a = 0, fingerprint = \"PRINT\" } # x\n");
        becomes(
            "[expect]\nlatency.p99 = 1\n[expect.deliveries]\nlost = 0\n",
            "[expect]\nlatency.p99 = 1\nfingerprint = \"PRINT\"\n[expect.deliveries]\nlost = 0\n",
        );
    }

    #[test]
    fn a_table_that_only_its_tables_name_gets_a_header() {
        becomes(
            "[expect.deliveries]\nlost = 0\n",
            "[expect.deliveries]\nlost = 0\n\n[expect]\nfingerprint = \"PRINT\"\n",
        );
    }

    #[test]
    fn a_fingerprint_that_is_there_is_replaced() {
        becomes(
            "[expect]\n'fingerprint'='ff'#old\na = 0\n",
            "[expect]\n'fingerprint'=\"PRINT\"#old\na = 0\n",
        );
        becomes("expect = {fingerprint=\"f\",}", "expect = {fingerprint=\"PRINT\",}");
        becomes("expect.fingerprint = \"f\"\n", "expect.fingerprint = \"PRINT\"\n");
    }

    #[test]
    fn where_there_is_no_place_it_is_said() {
        assert!(blessed("expect = 1", PRINT).is_err());
        assert!(blessed("[[expect]]", PRINT).is_err());
        assert!(blessed("[expect", PRINT).is_err());
    }
}
