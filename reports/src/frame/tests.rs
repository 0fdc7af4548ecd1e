//! Tests of tables as Parquet.

use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;

use super::*;

fn columns() -> Vec<Column> {
    [
        ("words", Kind::Text),
        ("truth", Kind::Truth),
        ("whole", Kind::Whole),
        ("seed", Kind::Seed),
        ("number", Kind::Number),
        ("maybe words", Kind::MaybeText),
        ("maybe whole", Kind::MaybeWhole),
    ]
    .map(|(name, kind)| (name.to_owned(), kind))
    .into()
}

fn written(rows: &[[&str; 7]]) -> Vec<u8> {
    let mut frame = Frame::begin(Vec::new(), columns()).unwrap();
    rows.iter().for_each(|row| frame.row(row).unwrap());
    frame.finish().unwrap()
}

fn read(bytes: Vec<u8>) -> (Vec<Vec<Field>>, usize) {
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes)).unwrap();
    let rows = reader
        .get_row_iter(None)
        .unwrap()
        .map(|row| row.unwrap().get_column_iter().map(|(_, field)| field.clone()).collect());
    (rows.collect(), reader.num_row_groups())
}

#[test]
fn each_cell_is_what_it_was() {
    let rows = [
        ["", "true", "-9223372036854775808", "18446744073709551615", "0.1", "ü", "-1"],
        ["quote \" and, comma\nand line ü", "false", "9223372036854775807", "0", "", "", ""],
        ["x", "true", "0", "9223372036854775808", "5e-324", "y", "7"],
    ];
    let text = |text: &str| Field::Str(text.to_owned());
    let wanted = [
        vec![
            text(rows[0][0]),
            Field::Bool(true),
            Field::Long(i64::MIN),
            Field::ULong(u64::MAX),
            Field::Double(0.1),
            text("ü"),
            Field::Long(-1),
        ],
        vec![
            text(rows[1][0]),
            Field::Bool(false),
            Field::Long(i64::MAX),
            Field::ULong(0),
            Field::Null,
            Field::Null,
            Field::Null,
        ],
        vec![
            text("x"),
            Field::Bool(true),
            Field::Long(0),
            Field::ULong(1 << 63),
            Field::Double(5e-324),
            text("y"),
            Field::Long(7),
        ],
    ];
    let bytes = written(&rows);
    assert_eq!(bytes, written(&rows));
    assert_eq!(read(bytes), (wanted.into(), 1));
    assert_eq!(read(written(&[])), (Vec::new(), 0));
}

#[test]
fn rows_are_written_in_groups() {
    let numbers: Vec<String> =
        (0..2 * SUMMARIES.together as i64 + 1).map(|number| number.to_string()).collect();
    // Those that are missing lie otherwise in each group.
    let number = |at: usize| if at.is_multiple_of(3) { "" } else { numbers[at].as_str() };
    let rows: Vec<[&str; 7]> = (0..numbers.len())
        .map(|at| {
            [&numbers[at], "true", &numbers[at], &numbers[at], number(at), number(at), number(at)]
        })
        .collect();
    let (found, groups) = read(written(&rows));
    assert_eq!((found.len(), groups), (rows.len(), 3));
    for (at, row) in found.iter().enumerate() {
        let missing = at.is_multiple_of(3);
        let unless = |field| if missing { Field::Null } else { field };
        let wanted = [
            Field::Str(at.to_string()),
            Field::Bool(true),
            Field::Long(at as i64),
            Field::ULong(at as u64),
            unless(Field::Double(at as f64)),
            unless(Field::Str(at.to_string())),
            unless(Field::Long(at as i64)),
        ];
        assert_eq!(row[..], wanted, "{at}");
    }
}

#[test]
fn what_a_column_cannot_hold_is_refused() {
    let right = ["x", "true", "1", "1", "1", "x", "1"];
    for (at, cell) in [(1, "yes"), (2, "1.5"), (2, ""), (3, "-1"), (4, "1ms"), (6, "1.5")] {
        let mut frame = Frame::begin(Vec::new(), columns()).unwrap();
        let mut row = right;
        row[at] = cell;
        let error = frame.row(&row).unwrap_err().to_string();
        assert!(error.contains(cell) && error.contains(&columns()[at].0), "{error}");
    }
    let mut frame = Frame::begin(Vec::new(), columns()).unwrap();
    assert!(frame.row(&right[1..]).is_err());
}

#[test]
fn cells_that_are_not_read_from_text_are_the_same() {
    let text = ["x", "true", "-1", "2", "0.5", "y", "3"];
    let typed = [
        Cell::Text("x"),
        Cell::Truth(true),
        Cell::Whole(-1),
        Cell::Whole(2),
        Cell::Number(0.5),
        Cell::Text("y"),
        Cell::Whole(3),
    ];
    let mut frame = Frame::begin(Vec::new(), columns()).unwrap();
    frame.typed(&typed).unwrap();
    assert_eq!(frame.finish().unwrap(), written(&[text]));
    for at in 0..typed.len() {
        let of = |cell| {
            let mut row = typed;
            row[at] = cell;
            Frame::begin(Vec::new(), columns()).unwrap().typed(&row)
        };
        let may_miss = at >= 4;
        assert_eq!(of(Cell::Nothing).is_ok(), may_miss, "{at}");
        let other = if at == 1 { Cell::Whole(1) } else { Cell::Truth(true) };
        assert!(of(other).unwrap_err().to_string().contains(&columns()[at].0));
    }
}

#[test]
fn a_layout_changes_no_cell() {
    let rows = ["1", "2", "3"].map(|it| ["x", "true", it, it, it, it, it]);
    let layout = Layout { together: 2, varied: &["whole", "maybe words"] };
    let mut frame = Frame::laid_out(Vec::new(), columns(), layout).unwrap();
    rows.iter().for_each(|row| frame.row(row).unwrap());
    let bytes = frame.finish().unwrap();
    let reader = SerializedFileReader::new(bytes::Bytes::from(bytes.clone())).unwrap();
    for (at, (name, _)) in columns().iter().enumerate() {
        let has = reader.metadata().row_group(0).column(at).dictionary_page_offset().is_some();
        let may_have = at != 1 && !layout.varied.contains(&name.as_str());
        assert_eq!(has, may_have, "{name}");
    }
    let (cells, groups) = read(bytes);
    assert_eq!((cells, groups), (read(written(&rows)).0, 2));
}

#[test]
fn every_summary_fits_its_columns() {
    let columns = Summary::columns([&Summary::default()]);
    let flat = Summary::default().flat();
    assert_eq!(columns.len(), flat.len());
    let mut frame = Frame::begin(Vec::new(), columns.clone()).unwrap();
    let row = |frame: &mut Frame<Vec<u8>>, summary: &Summary| {
        let cells = summary.flat().into_iter().map(|(_, value)| value.to_string());
        frame.row(&cells.collect::<Vec<_>>()).unwrap();
    };
    let mut summary = Summary { seed: u64::MAX, ..Summary::default() };
    row(&mut frame, &summary);
    (summary.latency.p50, summary.latency.count) = (Some(1.5), 7);
    row(&mut frame, &summary);
    let (rows, _) = read(frame.finish().unwrap());
    let at = |path: &str| columns.iter().position(|(it, _)| it == path).unwrap();
    let of = |row: usize, path: &str| rows[row][at(path)].clone();
    assert_eq!(of(0, "seed"), Field::ULong(u64::MAX));
    assert_eq!([of(0, "latency.p50"), of(1, "latency.p50")], [Field::Null, Field::Double(1.5)]);
    assert_eq!(of(1, "latency.count"), Field::Long(7));
}
