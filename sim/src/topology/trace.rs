//! Traces of failures: when which node was down.

use super::table::Table;
use super::text::{ParseError, many, seconds, shown};
use crate::Time;

/// A time during which a node was down.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Outage {
    // The order of these fields is the order of a trace: by instant, then by name.
    /// When it went down.
    pub down: Time,
    /// The name of the node, as the trace has it.
    pub node: String,
    /// When it came back; `None`: never.
    pub up: Option<Time>,
}

/// The failures of a trace.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FailureTrace {
    /// Sorted by the instant they begin, then by the name of the node. Those of one node neither
    /// overlap nor touch.
    pub outages: Vec<Outage>,
    /// What the text left open and how it was understood, each said once, with counts.
    pub assumed: Vec<String>,
}

impl FailureTrace {
    /// Reads a table with the columns `node`, `down_s` and `up_s`, in any order, with any others
    /// beside them and its rows in any order. An empty `up_s` means: never.
    ///
    /// ```
    /// # use penult_sim::{FailureTrace, Time};
    /// let trace = FailureTrace::from_csv("node,down_s,up_s\ng0,5,7.5\ng0,7,9\ng1,8,\n").unwrap();
    /// assert_eq!(trace.outages.len(), 2);
    /// assert_eq!(trace.outages[0].up, Some(Time::from_nanos(9_000_000_000)));
    /// assert_eq!(trace.outages[1].up, None);
    /// assert!(trace.assumed[0].contains("merged"));
    /// ```
    pub fn from_csv(text: &str) -> Result<Self, ParseError> {
        let table = Table::read(text, "node,down_s,up_s")?;
        let columns = (table.column("node")?, table.column("down_s")?, table.column("up_s")?);
        let mut outages = Vec::with_capacity(table.rows.len());
        for row in &table.rows {
            let instant = |column: usize, name: &str| {
                let read = seconds(row.cell(column));
                read.map_err(|why| {
                    row.error(format!(
                        "{name} {why}: it should be seconds since the start, as in 12.5"
                    ))
                })
            };
            let node = row.cell(columns.0);
            if node.is_empty() {
                return Err(row.error("an outage without a node"));
            }
            let down = instant(columns.1, "down_s")?;
            let up = match row.cell(columns.2) {
                "" => None,
                _ => Some(instant(columns.2, "up_s")?),
            };
            if let Some(up) = up.filter(|&up| up < down) {
                let node = shown(node);
                return Err(row.error(format!(
                    "{node} came up at {up}, before it went down at {down}: \
                     up_s can't be less than down_s"
                )));
            }
            outages.push(Outage { down, node: node.to_owned(), up });
        }
        let rows = outages.len();
        let outages = merged(outages);
        let gone = rows - outages.len();
        let mut assumed = Vec::new();
        if gone > 0 {
            let n = many(gone, "outage");
            assumed.push(format!(
                "{n} merged into an earlier one of the same node that it overlaps or touches"
            ));
        }
        Ok(Self { outages, assumed })
    }
}

/// Joins the outages of each node that overlap or touch, and sorts them into the order of a trace.
fn merged(mut outages: Vec<Outage>) -> Vec<Outage> {
    outages.sort_by(|a, b| (&a.node, a.down).cmp(&(&b.node, b.down)));
    let end = |outage: &Outage| outage.up.unwrap_or(Time::NEVER);
    outages.dedup_by(|later, earlier| {
        let joins = later.node == earlier.node && later.down <= end(earlier);
        if joins && end(later) > end(earlier) {
            earlier.up = later.up;
        }
        joins
    });
    outages.sort();
    outages
}
