//! `runs.csv` and `points.csv`: a row for each run, and for each point, in the order of the sweep. Each of them
//! is there as Parquet, too.

use std::collections::BTreeSet;
use std::io::{BufWriter, Write};
use std::path::Path;

use penult_models::{Fold, Metric};
use penult_reports::statistics::{Estimate, LossRate};
use penult_reports::{Column, Frame, Kind, Summary, column, paths, uncomputed};

use super::journal::{Index, Place, Ran, Rows};
use super::plan::{Plan, shown};
use crate::exit::Failure;
use crate::known::known;
use crate::whole::Whole;

/// What came of a point.
pub struct Point {
    /// Its number.
    pub number: u32,
    /// How many runs it had.
    pub runs: u64,
    /// Lost of offered, over all its runs.
    pub loss_rate: LossRate,
    numbers: Vec<(String, Option<Estimate>)>,
}

impl Point {
    /// One that was not read from runs.
    #[cfg(test)]
    pub fn new(numbers: Vec<(String, Option<Estimate>)>, losses: &[(u64, u64)]) -> Point {
        let (runs, loss_rate) = (losses.len() as u64, LossRate::of(losses.iter().copied()));
        Point { number: 0, runs, loss_rate, numbers }
    }

    /// A number over the runs that had a sample. The loss rate is that of all their deliveries.
    pub fn estimate(&self, path: &str) -> Option<Estimate> {
        let (_, estimate) = self.numbers.iter().find(|(name, _)| name == path)?;
        *estimate
    }
}

/// Writes the tables of the runs that are finished, whole. The points are told to `heard`.
pub fn write(
    folder: &Path,
    plan: &Plan,
    index: &Index,
    rows: &mut Rows,
    heard: &mut dyn FnMut(&Point),
) -> Result<(), Failure> {
    let columns = Columns::of(plan, own(plan, index, rows)?);
    let mut runs = Both::begin(folder, "runs", columns.of_runs(plan))?;
    let mut points = Both::begin(folder, "points", columns.of_points(plan))?;
    let mut of_point: Vec<Vec<String>> = Vec::new();
    let mut asked = index.iter().filter(|(place, _)| plan.has(**place)).peekable();
    while let Some((place, line)) = asked.next() {
        let cells = columns.cells(rows.ran(*line)?);
        runs.row(columns.run(plan, *place, &cells))?;
        of_point.push(cells);
        if asked.peek().is_none_or(|(next, _)| next.point != place.point) {
            let point = columns.point(place.point, &of_point);
            of_point.clear();
            points.row(row_of_point(plan, &point))?;
            heard(&point);
        }
    }
    let written = [runs.ready()?, points.ready()?];
    written.into_iter().flatten().try_for_each(Whole::keep)
}

/// The numbers that only some of the strategies have: of those that any run has, in the order in which they are declared.
fn own(plan: &Plan, index: &Index, rows: &mut Rows) -> Result<Vec<Metric>, Failure> {
    let mut paths: BTreeSet<String> = BTreeSet::new();
    for (_, line) in index.iter().filter(|(place, _)| plan.has(**place)) {
        paths.extend(rows.ran(*line)?.own.into_keys());
    }
    let all: Vec<&Metric> = known().players.metrics().all().collect();
    let own = paths.into_iter().filter_map(|path| {
        let declared = all.iter().position(|metric| metric.is_at(&path))?;
        Some((declared, Metric { path: path.into(), ..all[declared].clone() }))
    });
    let mut own: Vec<(usize, Metric)> = own.collect();
    own.sort_by_key(|(declared, _)| *declared);
    Ok(own.into_iter().map(|(_, metric)| metric).collect())
}

/// The columns of the summary, and which of them are quantities.
struct Columns {
    all: Vec<Column>,
    metrics: Vec<Metric>,
    /// Those that stand in `runs.csv` already: what is varied, and the seed.
    told: Vec<bool>,
}

impl Columns {
    fn of(plan: &Plan, own: Vec<Metric>) -> Columns {
        let metrics: Vec<Metric> = Summary::metrics().cloned().chain(own).collect();
        let all: Vec<Column> = metrics.iter().map(column).collect();
        let told = all.iter().map(|(path, _)| path == "seed" || plan.axes.contains(path)).collect();
        Columns { all, metrics, told }
    }

    /// What a run came to, in these columns: empty where its strategy has no such number.
    fn cells(&self, mut ran: Ran) -> Vec<String> {
        let own = self.metrics.iter().skip(ran.cells.len());
        let own: Vec<String> =
            own.map(|it| ran.own.remove(it.path.as_ref()).unwrap_or_default()).collect();
        ran.cells.into_iter().chain(own).collect()
    }

    /// The numbers that runs of a point fold, by their places.
    fn quantities(&self) -> impl Iterator<Item = (usize, &Metric)> {
        let all = self.metrics.iter().enumerate();
        all.filter(|(_, metric)| metric.fold != Fold::Nothing)
    }

    fn of_runs(&self, plan: &Plan) -> Vec<Column> {
        let first = [("point", Kind::Whole), ("replication", Kind::Whole), ("seed", Kind::Seed)];
        let first = first.map(|(name, kind)| (name.to_owned(), kind));
        let rest = self.all.iter().zip(&self.told).filter(|(_, told)| !**told);
        let rest = rest.map(|(column, _)| column.clone());
        first.into_iter().chain(varied(plan)).chain(rest).collect()
    }

    fn run(&self, plan: &Plan, place: Place, cells: &[String]) -> Vec<String> {
        let Place { point, replication } = place;
        let first = [point.to_string(), replication.to_string(), plan.seed(place).to_string()];
        let values = plan.points[point as usize].iter().map(shown);
        let rest = cells.iter().zip(&self.told).filter(|(_, told)| !**told);
        first.into_iter().chain(values).chain(rest.map(|(cell, _)| cell.clone())).collect()
    }

    fn of_points(&self, plan: &Plan) -> Vec<Column> {
        let whole = |name: &str| (name.to_owned(), Kind::Whole);
        let mut columns = vec![whole("point")];
        columns.extend(varied(plan));
        columns.push(whole("runs"));
        for (_, Metric { path, .. }) in self.quantities() {
            let names = [path.to_string(), format!("{path}.low"), format!("{path}.high")];
            columns.extend(names.map(|name| (name, Kind::Number)));
        }
        columns
    }

    fn point(&self, number: u32, runs: &[Vec<String>]) -> Point {
        // Written as the shortest text that is read as the same number.
        let numbers_at = |at: usize| -> Vec<f64> {
            runs.iter().filter_map(|cells| cells.get(at)?.parse().ok()).collect()
        };
        let counts_at = |path: &str| -> Vec<u64> {
            let at = self.all.iter().position(|(it, _)| it == path);
            runs.iter().filter_map(|cells| cells.get(at?)?.parse().ok()).collect()
        };
        let [lost, offered] =
            const { paths(["deliveries.lost", "deliveries.offered"]) }.map(counts_at);
        let loss_rate = LossRate::of(lost.into_iter().zip(offered));
        let numbers = self.quantities().map(|(at, metric)| {
            let estimate = match metric.fold {
                Fold::LossRate => loss_rate.estimate(),
                _ => Estimate::of(&numbers_at(at)),
            };
            (metric.path.to_string(), estimate)
        });
        Point { number, runs: runs.len() as u64, numbers: numbers.collect(), loss_rate }
    }
}

/// The columns of what is varied. They are typed if all values are of one type that a table knows.
fn varied(plan: &Plan) -> impl Iterator<Item = Column> {
    let kind = |at: usize| {
        let of_type = |wanted: &[&str]| {
            plan.points.iter().all(|values| wanted.contains(&values[at].type_str()))
        };
        match () {
            () if of_type(&["integer"]) => Kind::Whole,
            () if of_type(&["integer", "float"]) => Kind::Number,
            () if of_type(&["boolean"]) => Kind::Truth,
            () => Kind::Text,
        }
    };
    plan.axes.iter().enumerate().map(move |(at, path)| (path.clone(), kind(at)))
}

fn row_of_point(plan: &Plan, point: &Point) -> Vec<String> {
    let values = plan.points[point.number as usize].iter().map(shown);
    let first = [point.number.to_string()].into_iter().chain(values);
    let mut row: Vec<String> = first.chain([point.runs.to_string()]).collect();
    let cell = |number: Option<f64>| number.map_or_else(String::new, |it| it.to_string());
    for (_, estimate) in &point.numbers {
        let interval = estimate.and_then(|it| it.interval);
        let (low, high) = interval.unzip();
        row.extend([cell(estimate.map(|it| it.mean)), cell(low), cell(high)]);
    }
    row
}

/// A table as CSV and as Parquet.
struct Both {
    table: Table,
    frame: Frame<Whole>,
    /// Which columns hold text.
    texts: Vec<bool>,
}

impl Both {
    fn begin(folder: &Path, name: &str, columns: Vec<Column>) -> Result<Both, Failure> {
        let names = columns.iter().map(|(name, _)| name.clone()).collect();
        let table = Table::begin(&folder.join(format!("{name}.csv")), names)?;
        let whole = Whole::begin(&folder.join(format!("{name}.parquet")))?;
        let is_text = |(_, kind): &Column| matches!(kind, Kind::Text | Kind::MaybeText);
        let texts = columns.iter().map(is_text).collect();
        let frame = Frame::begin(whole, columns).map_err(Failure::output)?;
        Ok(Both { table, frame, texts })
    }

    fn row(&mut self, mut cells: Vec<String>) -> Result<(), Failure> {
        self.frame.row(&cells).map_err(Failure::output)?;
        for (cell, _) in cells.iter_mut().zip(&self.texts).filter(|(_, is_text)| **is_text) {
            *cell = uncomputed(cell).into_owned();
        }
        self.table.row(cells)
    }

    fn ready(self) -> Result<[Whole; 2], Failure> {
        Ok([self.table.ready()?, self.frame.finish().map_err(Failure::output)?])
    }
}

/// A table that is written whole or not at all.
pub struct Table(csv::Writer<BufWriter<Whole>>);

impl Table {
    /// Begins one with its header.
    pub fn begin(path: &Path, columns: Vec<String>) -> Result<Table, Failure> {
        let mut table = Table(csv::Writer::from_writer(BufWriter::new(Whole::begin(path)?)));
        table.row(columns)?;
        Ok(table)
    }

    /// One more row.
    pub fn row(&mut self, cells: Vec<String>) -> Result<(), Failure> {
        self.0.write_record(cells).map_err(Failure::output)
    }

    /// All rows are there: what is left is to put it in its place.
    pub fn ready(self) -> Result<Whole, Failure> {
        let mut buffer = self.0.into_inner().map_err(Failure::output)?;
        buffer.flush().map_err(Failure::output)?;
        buffer.into_inner().map_err(Failure::output)
    }
}
