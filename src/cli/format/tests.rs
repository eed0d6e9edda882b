use std::io;
use std::sync::{Mutex, PoisonError};

use ::arrow::array::{
    ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, NullArray, StringArray,
    TimestampMillisecondArray, UInt64Array,
};
use ::arrow::ipc::reader::FileReader;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use bytes::Bytes;

use super::*;

/// A sink whose content can be looked at afterwards.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn bytes(format: Format, place: Place, schema: &SchemaRef, batches: &[RecordBatch]) -> Vec<u8> {
    let shared = Shared::default();
    let mut writer = format.begin(schema, Box::new(shared.clone()), place).expect("begin");
    batches.iter().for_each(|batch| writer.batch(batch).expect("batch"));
    writer.finish().expect("finish");
    shared.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn text(format: Format, batches: &[RecordBatch]) -> String {
    let place = Place { boxes: true, follows: false };
    String::from_utf8(bytes(format, place, &batches[0].schema(), batches)).expect("UTF-8")
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .expect("a batch")
}

/// Everything that has gone wrong somewhere.
fn odd() -> RecordBatch {
    let texts = [Some("plain"), Some(""), None, Some("a,\"b\"\tc"), Some("zwei\r\nZeilen | \\")];
    let numbers = [Some(1.0), Some(f64::NAN), None, Some(-1234567.25), Some(f64::INFINITY)];
    let days = [Some(0), Some(20_452), None, Some(-1), Some(19_782)];
    let flags = [Some(true), Some(false), None, None, None];
    batch(vec![
        ("Größe", Arc::new(StringArray::from(texts.to_vec()))),
        ("Betrag €", Arc::new(Float64Array::from(numbers.to_vec()))),
        ("Tag", Arc::new(Date32Array::from(days.to_vec()))),
        ("aktiv?", Arc::new(BooleanArray::from(flags.to_vec()))),
    ])
}

#[test]
fn table() {
    insta::assert_snapshot!(text(Format::Table, &[odd()]), @r#"
    ┌─────────────────┬─────────────┬────────────┬────────┐
    │ Größe           │    Betrag € │ Tag        │ aktiv? │
    ├─────────────────┼─────────────┼────────────┼────────┤
    │ plain           │         1.0 │ 1970-01-01 │ true   │
    │                 │         NaN │ 2025-12-30 │ false  │
    │                 │             │            │        │
    │ a,"b"\tc        │ -1234567.25 │ 1969-12-31 │        │
    │ zwei↵Zeilen | \ │         inf │ 2024-02-29 │        │
    └─────────────────┴─────────────┴────────────┴────────┘
    "#);
    let plain = bytes(Format::Table, Place::default(), &odd().schema(), &[odd().slice(3, 2)]);
    insta::assert_snapshot!(String::from_utf8(plain).expect("UTF-8"), @r#"
    +------------------+-------------+------------+--------+
    | Größe            |    Betrag € | Tag        | aktiv? |
    +------------------+-------------+------------+--------+
    | a,"b"\tc         | -1234567.25 | 1969-12-31 |        |
    | zwei\nZeilen | \ |         inf | 2024-02-29 |        |
    +------------------+-------------+------------+--------+
    "#);
}

#[test]
fn table_measures_columns_of_a_terminal_and_escapes_what_would_steer_it() {
    let cells = StringArray::from(vec!["東京", "a\u{301}", "\x1b[31m", "x\ty"]);
    insta::assert_snapshot!(text(Format::Table, &[batch(vec![("c", Arc::new(cells))])]), @r#"
    ┌────────────┐
    │ c          │
    ├────────────┤
    │ 東京       │
    │ á          │
    │ \u{1b}[31m │
    │ x\ty       │
    └────────────┘
    "#);
}

#[test]
fn table_widens_single_lines_after_the_first_block() {
    let many: Vec<String> = (0..1500).map(|i| i.to_string()).collect();
    let first = batch(vec![("n", Arc::new(StringArray::from(many)))]);
    let wide = batch(vec![("n", Arc::new(StringArray::from(vec!["a long one", "1"])))]);
    let all = text(Format::Table, &[first, wide]);
    let tail: Vec<&str> = all.lines().rev().take(4).collect();
    assert_eq!(tail, ["└─────┘", "│ 1   │", "│ a long one │", "│ 1499 │"]);
}

#[test]
fn csv_and_tsv() {
    // Line breaks and tabs in cells, made visible.
    let shown = |format| text(format, &[odd()]).replace('\r', "␍").replace('\t', "→");
    insta::assert_snapshot!(shown(Format::Csv), @r#"
    Größe,Betrag €,Tag,aktiv?
    plain,1.0,1970-01-01,true
    "",NaN,2025-12-30,false
    ,,,
    "a,""b""→c",-1234567.25,1969-12-31,
    "zwei␍
    Zeilen | \",inf,2024-02-29,
    "#);
    insta::assert_snapshot!(shown(Format::Tsv), @r#"
    Größe→Betrag €→Tag→aktiv?
    plain→1.0→1970-01-01→true
    ""→NaN→2025-12-30→false
    →→→
    "a,""b""→c"→-1234567.25→1969-12-31→
    "zwei␍
    Zeilen | \"→inf→2024-02-29→
    "#);
}

#[test]
fn csv_can_be_read_back() {
    let written = text(Format::Csv, &[odd()]);
    let mut reader = csv::Reader::from_reader(written.as_bytes());
    let texts: Vec<String> =
        reader.records().map(|record| record.expect("a record")[0].to_owned()).collect();
    assert_eq!(texts, ["plain", "", "", "a,\"b\"\tc", "zwei\r\nZeilen | \\"]);
}

#[test]
fn json() {
    insta::assert_snapshot!(text(Format::Json, &[odd()]), @r#"
    [
    {"Größe":"plain","Betrag €":1.0,"Tag":"1970-01-01","aktiv?":true},
    {"Größe":"","Betrag €":null,"Tag":"2025-12-30","aktiv?":false},
    {"Größe":null,"Betrag €":null,"Tag":null,"aktiv?":null},
    {"Größe":"a,\"b\"\tc","Betrag €":-1234567.25,"Tag":"1969-12-31","aktiv?":null},
    {"Größe":"zwei\r\nZeilen | \\","Betrag €":null,"Tag":"2024-02-29","aktiv?":null}
    ]
    "#);
    insta::assert_snapshot!(text(Format::Ndjson, &[odd().slice(1, 2)]), @r#"
    {"Größe":"","Betrag €":null,"Tag":"2025-12-30","aktiv?":false}
    {"Größe":null,"Betrag €":null,"Tag":null,"aktiv?":null}
    "#);
    let parsed: Vec<serde_json::Value> =
        serde_json::from_str(&text(Format::Json, &[odd(), odd()])).expect("JSON");
    assert_eq!(parsed.len(), 10);
}

#[test]
fn json_keeps_integers_exact_and_columns_apart() {
    let rows = batch(vec![
        ("n", Arc::new(Int64Array::from(vec![i64::MIN])) as ArrayRef),
        ("n", Arc::new(UInt64Array::from(vec![u64::MAX]))),
        ("n_1", Arc::new(NullArray::new(1))),
        ("at", Arc::new(TimestampMillisecondArray::from(vec![1_767_225_600_123]))),
    ]);
    insta::assert_snapshot!(text(Format::Ndjson, &[rows]), @r#"{"n":-9223372036854775808,"n_2":18446744073709551615,"n_1":null,"at":"2026-01-01T00:00:00.123"}"#);
}

#[test]
fn markdown() {
    insta::assert_snapshot!(text(Format::Markdown, &[odd()]), @r#"
    | Größe | Betrag € | Tag | aktiv? |
    | --- | ---: | --- | --- |
    | plain | 1.0 | 1970-01-01 | true |
    |  | NaN | 2025-12-30 | false |
    |  |  |  |  |
    | a,"b"	c | -1234567.25 | 1969-12-31 |  |
    | zwei<br>Zeilen \| \\ | inf | 2024-02-29 |  |
    "#);
    let second = Place { boxes: false, follows: true };
    assert!(bytes(Format::Markdown, second, &odd().schema(), &[]).starts_with(b"\n| "));
}

#[test]
fn empty_results_are_well_formed() {
    let none = odd().slice(0, 0);
    for (format, expected) in [
        (Format::Csv, "Größe,Betrag €,Tag,aktiv?\n"),
        (Format::Tsv, "Größe\tBetrag €\tTag\taktiv?\n"),
        (Format::Json, "[\n]\n"),
        (Format::Ndjson, ""),
    ] {
        assert_eq!(text(format, std::slice::from_ref(&none)), expected, "{format:?}");
        let without_batch = bytes(format, Place::default(), &none.schema(), &[]);
        assert_eq!(without_batch, expected.as_bytes(), "{format:?}");
    }
    insta::assert_snapshot!(text(Format::Table, &[none]), @r#"
    ┌───────┬──────────┬─────┬────────┐
    │ Größe │ Betrag € │ Tag │ aktiv? │
    ├───────┼──────────┼─────┼────────┤
    └───────┴──────────┴─────┴────────┘
    "#);
}

#[test]
fn parquet_and_arrow_give_back_what_went_in() {
    let rows = [odd(), odd().slice(1, 3)];
    let schema = odd().schema();
    let expected = ::arrow::compute::concat_batches(&schema, &rows).expect("one schema");
    // NaN isn't equal to itself, but it prints the same.
    let shown = |batches: Vec<RecordBatch>| {
        let all = ::arrow::compute::concat_batches(&schema, &batches).expect("one schema");
        format!("{all:?}")
    };

    let file = Bytes::from(bytes(Format::Parquet, Place::default(), &schema, &rows));
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("Parquet").build();
    let read = reader.expect("a reader").map(|batch| batch.expect("a batch")).collect();
    assert_eq!(shown(read), shown(vec![expected.clone()]));

    let file = bytes(Format::Arrow, Place::default(), &schema, &rows);
    let reader = FileReader::try_new(io::Cursor::new(file), None).expect("Arrow");
    let read = reader.map(|batch| batch.expect("a batch")).collect();
    assert_eq!(shown(read), shown(vec![expected]));
}

#[test]
fn extensions_and_names_find_their_format() {
    assert_eq!(Format::of(Path::new("dir.csv/x.PARQUET")), Some(Format::Parquet));
    assert_eq!(Format::of(Path::new("x.jsonl")), Some(Format::Ndjson));
    assert_eq!(Format::of(Path::new("x.txt")), None);
    assert_eq!(Format::of(Path::new("csv")), None);
    for format in Format::value_variants() {
        assert_eq!(Format::named(&format.name()).ok(), Some(*format));
        assert!(!format.doc().is_empty());
        for extension in format.extensions() {
            assert_eq!(Format::of(Path::new(&format!("a.{extension}"))), Some(*format));
        }
    }
    let error = Format::named("xlsx").expect_err("no format");
    assert!(error.hint().is_some_and(|hint| hint.contains("parquet")));
}
