//! How fast text becomes columns, beside arrow-csv on the same text.
//!
//! `cargo bench --package anaplan-sql-csv`. One thread; text in memory, in the shapes that exports have.

use std::fmt;
use std::io::Write;
use std::sync::Arc;
use std::sync::LazyLock;

use anaplan_sql_csv::{Column, Cut, Cutter, Dialect, Found, Index, Kind};
use arrow_schema::{DataType, Field, Schema};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

const DIALECT: Dialect = Dialect { separator: b',', quote: Some(b'"') };
const BATCH: usize = 8192;
/// About as large as a chunk of a file.
const SIZE: usize = 10_000_000;

fn main() {
    divan::main();
}

/// Rows of one shape, without a header.
struct Shape {
    name: &'static str,
    kinds: Vec<Kind>,
    text: Vec<u8>,
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

static SHAPES: LazyLock<[Shape; 6]> = LazyLock::new(|| {
    use Kind::{Boolean, Date, Number, Text};
    let ten = vec![Text, Text, Text, Text, Text, Date, Number, Number, Number, Boolean];
    [
        shape("mixed", ten.clone(), mixed),
        shape("all in quotes", ten, |row, text| {
            let mut plain = Vec::new();
            mixed(row, &mut plain);
            let plain = String::from_utf8_lossy(&plain).replace('"', "");
            let cells: Vec<String> =
                plain.trim_end().split(',').map(|c| format!("\"{c}\"")).collect();
            // A name holds a separator now and then.
            text.extend_from_slice(cells[cells.len() - 10..].join(",").as_bytes());
            text.push(b'\n');
        }),
        shape("narrow", vec![Text, Text, Number], |row, text| {
            let _ =
                writeln!(text, "C{:05},Jan {},{}.{:02}", row % 997, row % 30, row * 7, row % 100);
        }),
        shape("wide", vec![Number; 400], |row, text| {
            for column in 0..400 {
                let _ = write!(text, "{}{}", if column == 0 { "" } else { "," }, row * 31 + column);
            }
            text.push(b'\n');
        }),
        shape("long text", vec![Text, Text], |row, text| {
            let _ = writeln!(
                text,
                "T{row},\"{}\n\"\"so\"\", {row}\"",
                "Lorem ipsum, dolor. ".repeat(50)
            );
        }),
        shape("mostly blank", vec![Number; 20], |row, text| {
            let _ =
                writeln!(text, "{row},,,,,{},,,,,,,,,,,,,,", if row % 7 == 0 { "1.5" } else { "" });
        }),
    ]
});

fn mixed(row: u64, text: &mut Vec<u8>) {
    let product =
        ["Barista One", "\"Barista Pro, Twin\"", "\"Office 400 \"\"Quiet\"\"\"", "Moka Café"];
    let _ = writeln!(
        text,
        "T{row:08},C{:05},UK & Ireland,{},Jan 26,2026-{:02}-{:02},{},{}.{:02},{}.5,{}",
        row * 7 % 1200,
        product[(row % 4) as usize],
        row % 12 + 1,
        row % 28 + 1,
        row % 500,
        row * 7919 % 1_000_000,
        row % 100,
        row % 25,
        row.is_multiple_of(16),
    );
}

fn shape(name: &'static str, kinds: Vec<Kind>, write: impl Fn(u64, &mut Vec<u8>)) -> Shape {
    let mut text = Vec::with_capacity(SIZE + 20_000);
    (0..)
        .take_while(|&row| {
            write(row, &mut text);
            text.len() < SIZE
        })
        .for_each(drop);
    Shape { name, kinds, text }
}

fn columns(shape: &Shape, wanted: &[usize]) -> usize {
    let mut index = Index::new(DIALECT, shape.kinds.len(), true);
    let mut columns: Vec<Column> = wanted.iter().map(|&c| Column::new(shape.kinds[c])).collect();
    let (mut place, mut count) = (0, 0);
    while let Found::Rows(rows) = index.read(&shape.text[place..]) {
        place += rows.text_len();
        for (column, &number) in columns.iter_mut().zip(wanted) {
            column.extend(&rows, number).expect("cells that fit");
        }
        if columns[0].len() >= BATCH {
            count += columns[0].len();
            columns.iter_mut().for_each(|column| drop(black_box(column.finish())));
        }
    }
    assert_eq!(place, shape.text.len(), "{shape} is regular");
    count + columns[0].len()
}

#[divan::bench(args = &*SHAPES)]
fn all_columns(bencher: Bencher<'_, '_>, shape: &Shape) {
    let all: Vec<usize> = (0..shape.kinds.len()).collect();
    bencher.counter(BytesCount::of_slice(&shape.text)).bench(|| columns(shape, &all));
}

#[divan::bench(args = &*SHAPES)]
fn last_column(bencher: Bencher<'_, '_>, shape: &Shape) {
    let last = [shape.kinds.len() - 1];
    bencher.counter(BytesCount::of_slice(&shape.text)).bench(|| columns(shape, &last));
}

#[divan::bench(args = &*SHAPES)]
fn index_alone(bencher: Bencher<'_, '_>, shape: &Shape) {
    bencher.counter(BytesCount::of_slice(&shape.text)).bench(|| {
        let mut index = Index::new(DIALECT, shape.kinds.len(), false);
        let mut place = 0;
        while let Found::Rows(rows) = index.read(&shape.text[place..]) {
            place += rows.text_len();
        }
        place
    });
}

#[divan::bench(args = &*SHAPES)]
fn cutter(bencher: Bencher<'_, '_>, shape: &Shape) {
    bencher
        .counter(BytesCount::of_slice(&shape.text))
        .bench(|| -> Cut { Cutter::new(DIALECT).push(black_box(&shape.text)) });
}

/// What one would use instead.
#[divan::bench(args = &*SHAPES)]
fn arrow_csv_all_columns(bencher: Bencher<'_, '_>, shape: &Shape) {
    let fields: Vec<Field> = shape
        .kinds
        .iter()
        .enumerate()
        .map(|(number, kind)| {
            let kind = match kind {
                Kind::Number => DataType::Float64,
                Kind::Boolean => DataType::Boolean,
                Kind::Date => DataType::Date32,
                Kind::Text => DataType::Utf8,
            };
            Field::new(number.to_string(), kind, true)
        })
        .collect();
    let schema = Arc::new(Schema::new(fields));
    bencher.counter(BytesCount::of_slice(&shape.text)).bench(|| {
        let reader = arrow_csv::ReaderBuilder::new(Arc::clone(&schema)).with_batch_size(BATCH);
        let reader = reader.build_buffered(&shape.text[..]).expect("a reader");
        reader.map(|batch| batch.expect("a batch").num_rows()).sum::<usize>()
    });
}
