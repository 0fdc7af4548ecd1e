//! HTML of the page's parts. Whatever comes from a scenario goes through here, and is escaped.

use std::fmt::Write;

use crate::plots::escaped;
use crate::plots::number_in_words;
use crate::tell::grouped;

/// A cell: what it shows, and by which number it is sorted, if by one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cell {
    shown: String,
    by: Option<f64>,
}

impl Cell {
    pub(crate) fn text(shown: impl Into<String>) -> Cell {
        Cell { shown: shown.into(), by: None }
    }

    pub(crate) fn count(count: u64) -> Cell {
        Cell { shown: grouped(count), by: Some(count as f64) }
    }

    pub(crate) fn sorted(shown: String, by: f64) -> Cell {
        Cell { shown, by: Some(by) }
    }

    /// Seconds. What never was comes last.
    pub(crate) fn instant(at: Option<f64>) -> Cell {
        match at {
            Some(at) => Cell { shown: number_in_words(at), by: Some(at) },
            None => Cell { shown: "-".to_owned(), by: Some(f64::MAX) },
        }
    }

    /// At most so many letters.
    pub(crate) fn cut(mut self, most: usize) -> Cell {
        if self.shown.chars().count() > most {
            self.shown = self.shown.chars().take(most - 1).chain(['…']).collect();
        }
        self
    }
}

/// A table of the page. Columns of numbers have names that begin with `#`, which is not shown.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) id: &'static str,
    pub(crate) title: &'static str,
    pub(crate) columns: &'static [&'static str],
    pub(crate) rows: Vec<Vec<Cell>>,
    pub(crate) note: Option<String>,
}

impl Table {
    pub(crate) fn html(&self) -> String {
        let Table { id, title, columns, rows, note } = self;
        let mut html =
            format!("<section class=\"table\" id=\"{id}\">\n<h2>{}</h2>\n", escaped(title));
        if rows.is_empty() {
            return html + "<p class=\"none\">None.</p>\n</section>\n";
        }
        html += "<div class=\"wide\"><table>\n<thead><tr>";
        for column in *columns {
            match column.strip_prefix('#') {
                Some(name) => {
                    let _ =
                        write!(html, "<th scope=\"col\" class=\"number\">{}</th>", escaped(name));
                }
                None => {
                    let _ = write!(html, "<th scope=\"col\">{}</th>", escaped(column));
                }
            }
        }
        html += "</tr></thead>\n<tbody>\n";
        for row in rows {
            html += "<tr>";
            for (Cell { shown, by }, column) in row.iter().zip(*columns) {
                let class = if column.starts_with('#') { " class=\"number\"" } else { "" };
                let by = by.map_or_else(String::new, |by| format!(" data-by=\"{by}\""));
                let _ = write!(html, "<td{class}{by}>{}</td>", escaped(shown));
            }
            html += "</tr>\n";
        }
        html += "</tbody>\n</table></div>\n";
        if let Some(note) = note {
            let _ = writeln!(html, "<p class=\"note\">{}</p>", escaped(note));
        }
        html + "</section>\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_escaped_and_carry_what_they_are_sorted_by() {
        let rows = vec![
            vec![Cell::text("<b>\"&'\u{1}"), Cell::count(1234)],
            vec![Cell::text("xy".repeat(9)).cut(4), Cell::instant(None)],
        ];
        let table = Table { id: "t", title: "T", columns: &["a", "#b"], rows, note: None };
        let html = table.html();
        assert!(html.contains("<td>&lt;b&gt;&quot;&amp;&#39;</td>"), "{html}");
        assert!(html.contains("<td class=\"number\" data-by=\"1234\">1,234</td>"), "{html}");
        assert!(html.contains("<td>xyx…</td>"), "{html}");
    }
}
