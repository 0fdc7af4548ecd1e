//! Texts of a user in the cells of CSV: no spreadsheet takes one for a formula.

use std::borrow::Cow;

/// What formulas begin with, and what some spreadsheets pass over in front of one.
const SIGNS: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A text as it stands in a cell of CSV: behind an apostrophe, as one types it, where a spreadsheet would compute it.
/// So does a text that has apostrophes there already: whoever takes away the first of those before a sign has the
/// text as it was, always.
///
/// ```
/// # use penult_reports::uncomputed;
/// assert_eq!(uncomputed("Hosts fail"), "Hosts fail");
/// assert_eq!(uncomputed("=1+1"), "'=1+1");
/// assert_eq!(uncomputed("'=1+1"), "''=1+1");
/// assert_eq!(uncomputed("'quoted'"), "'quoted'");
/// ```
pub fn uncomputed(text: &str) -> Cow<'_, str> {
    if text.trim_start_matches('\'').starts_with(SIGNS) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were() {
        let read = |cell: &str| match cell.trim_start_matches('\'').starts_with(SIGNS) {
            true => cell.strip_prefix('\'').map(str::to_owned),
            false => Some(cell.to_owned()),
        };
        for text in ["", "a", "=1", "'=1", "''+1", "'", "''", "-", "@x", "\t=1", "\r", "a=1", " =1"]
        {
            let cell = uncomputed(text);
            assert!(!cell.starts_with(SIGNS), "{text:?}");
            assert_eq!(read(&cell).as_deref(), Some(text));
        }
    }
}
