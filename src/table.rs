//! Tables that are printed: columns beside each other, each as wide as it needs, cells to the right.

/// What stands between two columns.
pub const GAP: usize = 2;

/// A table of rows.
pub fn of_rows<const N: usize>(rows: &[[String; N]]) -> String {
    let columns: Vec<Vec<String>> =
        (0..N).map(|at| rows.iter().map(|row| row[at].clone()).collect()).collect();
    of_columns(&columns)
}

/// A table of columns, all of one length.
pub fn of_columns<'c>(columns: impl IntoIterator<Item = &'c Vec<String>>) -> String {
    let columns: Vec<(&Vec<String>, usize)> =
        columns.into_iter().map(|cells| (cells, width(cells))).collect();
    let line = |row: usize| {
        let cells = columns.iter().map(|(cells, width)| format!("{:>width$}", cells[row]));
        cells.collect::<Vec<_>>().join(&" ".repeat(GAP)) + "\n"
    };
    (0..columns.first().map_or(0, |(cells, _)| cells.len())).map(line).collect()
}

/// The head of a column with a number, on two lines, so that it is not too wide: the last part of its path stands below the
/// others. What follows a comma is its unit.
pub fn head(text: &str) -> [String; 2] {
    let path = text.split(',').next().unwrap_or(text);
    let (above, below) = text.split_at(path.rfind('.').map_or(0, |dot| dot + 1));
    [above, below].map(str::to_owned)
}

/// How wide a column is.
pub fn width(cells: &[String]) -> usize {
    cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_paths() {
        assert_eq!(head("latency.p99, ms"), ["latency.", "p99, ms"]);
        assert_eq!(
            head("deliveries.loss_rate, % (99.9 %)"),
            ["deliveries.", "loss_rate, % (99.9 %)"]
        );
        assert_eq!(head("runs"), ["", "runs"]);
    }

    #[test]
    fn columns_are_as_wide_as_they_need() {
        let rows = [["key", "±"], ["1", "20 ±2"], ["1000", "-"]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(of_rows(&rows), " key      ±\n   1  20 ±2\n1000      -\n");
        assert_eq!(of_columns(&[]), "");
    }
}
