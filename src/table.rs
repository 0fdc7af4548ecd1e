//! Tables that are printed: columns beside each other, each as wide as it needs, cells to the right.

/// What stands between two columns.
pub const GAP: usize = 2;

/// A table of rows that is not too wide: the first of its columns stand beside all others.
pub fn of_rows<const N: usize>(rows: &[[String; N]], first: usize) -> String {
    let columns: Vec<Vec<String>> =
        (0..N).map(|at| rows.iter().map(|row| row[at].clone()).collect()).collect();
    let (first, rest) = columns.split_at(first);
    folded(first, rest)
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

/// So wide a table may be.
pub const WIDE: usize = 100;

/// A table of columns that is not too wide: those that find no room stand below, beside the first ones once more.
pub fn folded(first: &[Vec<String>], rest: &[Vec<String>]) -> String {
    let taken: usize = first.iter().map(|cells| width(cells) + GAP).sum::<usize>();
    let room = WIDE.saturating_sub(taken.saturating_sub(GAP));
    let (mut text, mut rest) = (String::new(), rest);
    while !rest.is_empty() {
        let (now, then) = rest.split_at(fitting(rest, room));
        let gap = if text.is_empty() { "" } else { "\n" };
        text += &format!("{gap}{}", of_columns(first.iter().chain(now)));
        rest = then;
    }
    text
}

/// How many of the first columns fit: one at least.
fn fitting(columns: &[Vec<String>], room: usize) -> usize {
    let mut sum = 0;
    let fits = columns.iter().take_while(|cells| {
        sum += width(cells) + GAP;
        sum <= room
    });
    fits.count().max(1)
}

/// How wide a column is.
pub fn width(cells: &[String]) -> usize {
    cells.iter().map(|cell| cell.chars().count()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_finds_no_room_stands_below() {
        let column = |head: &str| vec![head.to_owned(), "1".to_owned()];
        let rest = ["a", "b", "c"].map(|it| column(&it.repeat(40)));
        let text = folded(&[column("key")], &rest);
        let heads: Vec<usize> = text.lines().map(|line| line.split_whitespace().count()).collect();
        assert_eq!(heads, [3, 3, 0, 2, 2], "{text}");
    }

    #[test]
    fn columns_are_as_wide_as_they_need() {
        let rows = [["key", "±"], ["1", "20 ±2"], ["1000", "-"]];
        let rows = rows.map(|row| row.map(str::to_owned));
        assert_eq!(of_rows(&rows, 1), " key      ±\n   1  20 ±2\n1000      -\n");
        assert_eq!(of_columns(&[]), "");
    }
}
