//! Rows of tables of a strategy's own.

use std::collections::BTreeMap;

use penult_models::{OwnCell, OwnKind, OwnNote, OwnTable};
use penult_sim::{NodeId, Span, Time};

use crate::decimal::{millis, seconds};
use crate::names::Names;

/// All of them.
#[derive(Debug)]
pub(super) struct Rows(Vec<(OwnTable, Table)>);

#[derive(Debug, Default)]
struct Table {
    rows: Vec<Row>,
    /// Where the row with a number stands.
    places: BTreeMap<u32, usize>,
    /// Those that a crash would end.
    open: Vec<usize>,
}

#[derive(Debug)]
struct Row {
    began_by: Option<NodeId>,
    cells: Vec<Option<OwnCell>>,
}

impl Rows {
    pub(super) fn new(tables: &[OwnTable]) -> Rows {
        Rows(tables.iter().map(|&table| (table, Table::default())).collect())
    }

    /// A cell was told.
    pub(super) fn cell(&mut self, by: Option<NodeId>, note: OwnNote) {
        let (column, row, cell) = match note {
            OwnNote::Cell(column, kind, row, value) => (column, row, OwnCell::Of(kind, value)),
            OwnNote::Word(column, row, word) => (column, row, OwnCell::Word(word)),
            _ => return,
        };
        let of = self.0.iter_mut().find(|(table, _)| table.place == column.table);
        let (table, Table { rows, places, open }) = of.expect("a table that the strategy declares");
        let place = *places.entry(row).or_insert_with(|| {
            rows.push(Row { began_by: by, cells: vec![None; table.columns.len()] });
            if table.ends.is_some() {
                open.push(rows.len() - 1);
            }
            rows.len() - 1
        });
        rows[place].cells[usize::from(column.column)] = Some(cell);
        if table.ends.is_some_and(|(at, _)| at == column.column) {
            open.retain(|&it| it != place);
        }
    }

    /// What a node began and has not ended, its crash ends.
    pub(super) fn crashed(&mut self, at: Time, node: NodeId) {
        for (table, Table { rows, open, .. }) in &mut self.0 {
            let Some((when, why)) = table.ends else { continue };
            open.retain(|&place| {
                let row = &mut rows[place];
                let is_its = row.began_by == Some(node);
                if is_its {
                    row.cells[usize::from(when)] = Some(at.into());
                    row.cells[usize::from(why)] = Some((&"crash").into());
                }
                !is_its
            });
        }
    }

    /// The run is over.
    pub(super) fn conclude(self, names: &Names) -> Vec<(OwnTable, Vec<Vec<String>>)> {
        let table = |(table, Table { rows, .. }): (OwnTable, Table)| {
            let row = |row: Row| {
                let cells = table.columns.iter().zip(row.cells);
                cells.map(|(column, cell)| {
                    cell.map_or_else(String::new, |it| text(column, it, names))
                })
            };
            (table, rows.into_iter().map(|it| row(it).collect()).collect())
        };
        self.0.into_iter().map(table).collect()
    }
}

/// A cell as it stands in CSV.
fn text(column: &str, cell: OwnCell, names: &Names) -> String {
    match cell {
        OwnCell::Word(word) => (*word).to_owned(),
        OwnCell::Of(OwnKind::Count, value) => value.to_string(),
        OwnCell::Of(OwnKind::Nanos, nanos) if column.ends_with("_ms") => {
            millis(Span::nanos(nanos)).to_string()
        }
        OwnCell::Of(OwnKind::Nanos, nanos) => seconds(Time::from_nanos(nanos)).to_string(),
        OwnCell::Of(OwnKind::Client, number) => format!("c{number}"),
        OwnCell::Of(OwnKind::Node, number) => names
            .of(NodeId::new(usize::try_from(number).expect("the number of a node")))
            .to_string(),
    }
}
