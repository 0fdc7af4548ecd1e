//! The table that a sweep prints: each point with its values, its runs, and means with their intervals, on a hundred
//! columns.

use penult_models::Unit;
use penult_reports::statistics::{Estimate, LossRate};
use penult_reports::{TimeUnit, loss_rate_with_interval, path, plus_minus};

use super::tables::Point;
use crate::known::known;
use crate::table::{self, GAP, WIDE, of_columns, width};

/// No more points than this are printed.
const PRINTED: usize = 40;

/// What is printed if nothing is asked for, and how soon it is left out for want of room.
const USUAL: [(&str, u8); 4] = [
    (LossRate::PATH, 3),
    (path("deliveries.accepted_lost"), 1),
    (path("latency.p50"), 0),
    (path("latency.p99"), 2),
];

/// What stands in the cells.
const MEANS: &str = "means over the runs of a point, ± or in brackets the 95 % interval";

/// What `≤` stands for below a table.
pub const NONE_LOST: &str = "≤: no run lost anything, so at most that many do (95 %, exact)\n";

/// What is printed of points, as they come.
pub struct Told {
    axes: Vec<String>,
    columns: Vec<Column>,
    /// Values and runs of those that are printed.
    rows: Vec<Vec<String>>,
    points: usize,
    /// Whether all that was asked for is printed, in further tables if need be.
    is_asked: bool,
}

/// A number of the table.
struct Column {
    path: String,
    what: What,
    /// The lowest is left out first.
    worth: u8,
}

/// What a column has for each point.
enum What {
    Lost(Vec<String>),
    Mean(Vec<Option<Estimate>>),
}

impl Told {
    /// Of a sweep of these axes; of these numbers, if any were asked for.
    pub fn of(axes: &[String], asked: &[String]) -> Told {
        let of_path = |(path, worth): (&str, u8)| Column {
            path: path.to_owned(),
            what: match path == LossRate::PATH {
                true => What::Lost(Vec::new()),
                false => What::Mean(Vec::new()),
            },
            worth,
        };
        let is_asked = !asked.is_empty();
        let columns = match is_asked {
            true => asked.iter().map(|path| of_path((path, 0))).collect(),
            false => USUAL.into_iter().map(of_path).collect(),
        };
        Told { axes: axes.to_vec(), columns, rows: Vec::new(), points: 0, is_asked }
    }

    /// One more point, with its values.
    pub fn take(&mut self, values: Vec<String>, point: &Point) {
        self.points += 1;
        if self.points > PRINTED {
            return;
        }
        self.rows.push(values.into_iter().chain([point.runs.to_string()]).collect());
        for column in &mut self.columns {
            match &mut column.what {
                What::Lost(cells) => cells.push(loss_rate_with_interval(&point.loss_rate)),
                What::Mean(estimates) => estimates.push(point.estimate(&column.path)),
            }
        }
    }

    /// All of it.
    pub fn text(&self) -> String {
        let heads: Vec<String> = self.axes.iter().cloned().chain(["runs".to_owned()]).collect();
        let rows: Vec<Vec<String>> = [heads].into_iter().chain(self.rows.clone()).collect();
        let first: Vec<Vec<String>> = (0..=self.axes.len())
            .map(|at| rows.iter().map(|row| row[at].clone()).collect())
            .collect();
        let taken: usize = first.iter().map(|cells| width(cells) + GAP).sum::<usize>() - GAP;
        let columns: Vec<Vec<String>> = self.columns.iter().map(Column::cells).collect();
        let mut text = String::new();
        let mut left_out = Vec::new();
        if self.is_asked {
            text += &table::folded(&first, &columns);
        } else {
            let mut shown: Vec<usize> = (0..columns.len()).collect();
            while shown.len() > 1
                && taken + shown.iter().map(|&at| width(&columns[at]) + GAP).sum::<usize>() > WIDE
            {
                let least = shown.iter().min_by_key(|&&at| self.columns[at].worth).copied();
                shown.retain(|&at| Some(at) != least);
                left_out.extend(least.map(|at| self.columns[at].path.as_str()));
            }
            text += &of_columns(first.iter().chain(shown.iter().map(|&at| &columns[at])));
        }
        if self.points > PRINTED {
            text += &format!("… and {} more points in points.csv\n", self.points - PRINTED);
        }
        let no_room = match left_out.as_slice() {
            [] => String::new(),
            out => format!("; no room for {}", out.join(" and ")),
        };
        let is_bound = |column: &Column| match &column.what {
            What::Lost(cells) => cells.iter().any(|cell| cell.contains('≤')),
            What::Mean(_) => false,
        };
        let bound = if self.columns.iter().any(is_bound) { NONE_LOST } else { "" };
        text + MEANS + &no_room + "; points.csv has all numbers\n" + bound
    }
}

impl Column {
    /// Its head, and a cell for each point.
    fn cells(&self) -> Vec<String> {
        let path = &self.path;
        match &self.what {
            What::Lost(cells) => {
                [format!("{path}, %")].into_iter().chain(cells.iter().cloned()).collect()
            }
            What::Mean(estimates) => {
                let is_time = known().players.metrics().unit(path) == Unit::Millis;
                let means = estimates.iter().flatten().map(|it| it.mean);
                let unit = TimeUnit::of_all(means.filter(|_| is_time));
                // A path is known to be in ms.
                let head = match unit.name {
                    "ms" => path.clone(),
                    name => format!("{path}, {name}"),
                };
                let cell = |it: &Option<Estimate>| {
                    it.map_or("-".to_owned(), |estimate| plus_minus(&estimate, unit.millis))
                };
                [head].into_iter().chain(estimates.iter().map(cell)).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(axes: &[&str], asked: &[&str], p99: f64) -> String {
        let owned = |words: &[&str]| words.iter().map(|&it| it.to_owned()).collect::<Vec<_>>();
        let mut told = Told::of(&owned(axes), &owned(asked));
        let mean = |mean: f64| {
            Some(Estimate { count: 3, mean, sd: None, interval: Some((0.9 * mean, 1.1 * mean)) })
        };
        let numbers = [
            ("deliveries.accepted_lost", mean(20.0)),
            ("latency.p50", mean(44.0)),
            ("latency.p99", mean(p99)),
        ];
        let numbers = numbers.map(|(path, it)| (path.to_owned(), it)).to_vec();
        let losses = [(1, 1000), (2, 1000), (0, 1000)];
        told.take(vec!["1".into(); axes.len()], &Point::new(numbers, &losses));
        told.text()
    }

    #[test]
    fn each_mean_has_its_interval() {
        let text = told(&["chain.length"], &[], 100.0);
        let wanted = "\
chain.length  runs  deliveries.loss_rate, %  deliveries.accepted_lost  latency.p50  latency.p99
           1     3  0.10 (0.00 to 0.79)       20.0 ±2.0  44.0 ±4.4  100 ±10
means over the runs of a point, ± or in brackets the 95 % interval; points.csv has all numbers
";
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(plain(&text), plain(wanted));
        assert!(told(&["chain.length"], &[], 7_200_000.0).contains("latency.p99, min"));
        assert!(told(&["chain.length"], &["latency.p99"], 72_000_000.0).contains("latency.p99, h"));
    }

    #[test]
    fn columns_give_way_before_intervals() {
        let long = "gateways.some_key_of_forty_letters_or_so";
        for axes in [&[long][..], &[long, "chain.lengths_and_others"]] {
            let text = told(axes, &[], 100.0);
            let width = text.lines().map(|line| line.chars().count()).max().unwrap();
            assert!(width <= 100 || text.lines().next().unwrap().len() <= 100, "{text}");
            assert!(text.contains("no room for latency.p50"), "{text}");
            assert!(text.contains("points.csv"), "{text}");
            // What was asked for is all there, below.
            let text = told(axes, &["latency.p50", "latency.p99", "deliveries.accepted_lost"], 9.0);
            for head in ["latency.p50", "latency.p99", "deliveries.accepted_lost"] {
                assert!(text.contains(head), "{text}");
            }
            assert!(text.lines().filter(|it| it.contains('.') && it.contains("runs")).count() > 1);
        }
    }
}
