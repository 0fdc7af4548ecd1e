//! `deliveries.csv` and `deliveries.parquet`: a row for each delivery, in the order in which they were finished.
//! Those that are not counted, because their message was created in the warm-up or after the end, are not in them.

use std::io;
use std::path::Path;

use penult_models::{Phase, Row};

use super::Table;
use crate::decimal::{Decimal, millis, seconds};
use crate::frame::{Cell, Frame, Kind, Layout};
use crate::staged::{Ready, Staged};

/// Those of the design, then the phases in their order.
const COLUMNS: [(&str, Kind); 20] = [
    ("message", Kind::Text),
    ("sender", Kind::Text),
    ("recipient", Kind::Text),
    ("bytes", Kind::Whole),
    ("created_s", Kind::Number),
    ("accepted_s", Kind::Number),
    ("delivered_s", Kind::Number),
    ("latency_ms", Kind::Number),
    ("fate", Kind::Text),
    ("cause", Kind::MaybeText),
    ("hops", Kind::MaybeWhole),
    ("host", Kind::MaybeText),
    ("outbox_ms", Kind::Number),
    ("network_ms", Kind::Number),
    ("cpu_ms", Kind::Number),
    ("disk_ms", Kind::Number),
    ("detection_ms", Kind::Number),
    ("handover_ms", Kind::Number),
    ("away_ms", Kind::Number),
    ("parked_ms", Kind::Number),
];

/// Some ten megabytes are written together. Instants differ from row to row.
const LAYOUT: Layout<'_> = Layout {
    together: 1 << 16,
    varied: &["message", "created_s", "accepted_s", "delivered_s", "latency_ms", "network_ms"],
};

/// Both tables under way.
#[derive(Debug)]
pub(crate) struct Tables {
    csv: Table,
    parquet: Frame<Staged>,
}

/// A cell before it is written as text or as a number.
enum Value {
    Nothing,
    Text(String),
    Whole(u32),
    Decimal(Decimal),
}

impl Tables {
    pub(crate) fn begin(folder: &Path) -> io::Result<Tables> {
        let csv = Table::begin(folder, "deliveries.csv", &COLUMNS.map(|(name, _)| name))?;
        let staged = Staged::begin(folder, "deliveries.parquet")?;
        let columns = COLUMNS.map(|(name, kind)| (name.to_owned(), kind));
        Ok(Tables { csv, parquet: Frame::laid_out(staged, columns.into(), LAYOUT)? })
    }

    pub(crate) fn write(&mut self, row: &Row) -> io::Result<()> {
        if !row.counted {
            return Ok(());
        }
        let values = values(row);
        self.parquet.typed(&values.each_ref().map(Value::cell))?;
        self.csv.row(values.map(Value::text))
    }

    pub(crate) fn ready(self) -> io::Result<[Ready; 2]> {
        Ok([self.csv.ready()?, self.parquet.finish()?.ready()?])
    }
}

impl Value {
    fn decimal(it: Option<Decimal>) -> Value {
        it.map_or(Value::Nothing, Value::Decimal)
    }

    fn text(self) -> String {
        match self {
            Value::Nothing => String::new(),
            Value::Text(text) => text,
            Value::Whole(number) => number.to_string(),
            Value::Decimal(decimal) => decimal.to_string(),
        }
    }

    fn cell(&self) -> Cell<'_> {
        match self {
            Value::Nothing => Cell::Nothing,
            Value::Text(text) => Cell::Text(text),
            Value::Whole(number) => Cell::Whole((*number).into()),
            Value::Decimal(decimal) => Cell::Number(decimal.number()),
        }
    }
}

/// The cells of a row.
fn values(row: &Row) -> [Value; COLUMNS.len()] {
    let delivered = row.delivered.is_some();
    let text = |it: Option<String>| it.map_or(Value::Nothing, Value::Text);
    let phase = |phase| Value::decimal(delivered.then(|| millis(row.phases.get(phase))));
    let [outbox, network, cpu, disk, detection, handover, away, parked] = Phase::ALL.map(phase);
    [
        Value::Text(row.message.name()),
        Value::Text(row.message.sender.to_string()),
        Value::Text(row.recipient.to_string()),
        Value::Whole(row.bytes),
        Value::Decimal(seconds(row.created)),
        Value::decimal(row.accepted.map(seconds)),
        Value::decimal(row.delivered.map(seconds)),
        Value::decimal(row.latency().map(millis)),
        Value::Text(row.fate.to_string()),
        text(row.cause.map(|cause| cause.to_string())),
        if delivered { Value::Whole(row.hops) } else { Value::Nothing },
        text(row.host.map(|host| host.to_string())),
        outbox,
        network,
        cpu,
        disk,
        detection,
        handover,
        away,
        parked,
    ]
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::rc::Rc;

    use parquet::file::metadata::RowGroupMetaData;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;
    use penult_models::{ClientId, Fate, Message, MessageId, Phases, Recipients};
    use penult_sim::{Span, Time};

    use super::*;

    fn row(number: u32) -> Row {
        let (sender, recipient) = (ClientId(1), ClientId(number % 7));
        let created = Time::from_nanos(u64::from(number));
        let message = Message {
            id: MessageId::of_workload(number.into()),
            sender,
            recipients: Recipients::One(recipient),
            created,
            bytes: number,
            attachment: 0,
            view: Span::ZERO,
            harmful: false,
            answers: None,
            conversation: None,
        };
        Row {
            message: Rc::new(message),
            recipient,
            created,
            bytes: number,
            counted: !number.is_multiple_of(3),
            accepted: None,
            delivered: number.is_multiple_of(2).then_some(created),
            fate: Fate::Delivered,
            cause: None,
            gone: None,
            hops: number % 5,
            host: None,
            phases: Phases::default(),
        }
    }

    #[test]
    fn rows_are_written_in_groups_and_only_those_that_count() {
        let folder = tempfile::tempdir().unwrap();
        let mut tables = Tables::begin(folder.path()).unwrap();
        let counted = 2 * LAYOUT.together as u32 + 1;
        let rows = || (0..).map(row).filter(|row| row.counted).take(counted as usize);
        let last = rows().last().unwrap().bytes;
        (0..=last).for_each(|number| tables.write(&row(number)).unwrap());
        for file in tables.ready().unwrap() {
            file.keep().unwrap();
        }
        let file = File::open(folder.path().join("deliveries.parquet")).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let groups = reader.metadata().row_groups().iter().map(RowGroupMetaData::num_rows);
        let full = LAYOUT.together as i64;
        assert_eq!(groups.collect::<Vec<_>>(), [full, full, 1]);
        let csv = std::fs::read_to_string(folder.path().join("deliveries.csv")).unwrap();
        assert_eq!(csv.lines().count(), counted as usize + 1);
        let found = reader.get_row_iter(None).unwrap().map(Result::unwrap);
        for (found, (row, line)) in found.zip(rows().zip(csv.lines().skip(1))) {
            let name = found.get_string(0).unwrap();
            assert_eq!((name, found.get_long(3).unwrap()), (&row.message.name(), row.bytes.into()));
            assert!(line.starts_with(&format!("{name},c1,{},{},", row.recipient, row.bytes)));
            let hops = row.delivered.map(|_| row.hops.into());
            assert_eq!(found.get_long(10).ok(), hops);
        }
    }

    #[test]
    fn a_column_for_each_phase() {
        let phases = Phase::ALL.map(|phase| format!("{}_ms", phase.name()));
        let columns = COLUMNS.map(|(name, _)| name);
        assert!(columns.iter().rev().take(phases.len()).rev().eq(phases.iter()));
    }
}
