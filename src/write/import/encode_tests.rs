use datafusion::arrow::array::{
    BooleanArray, Date32Array, Decimal128Array, DictionaryArray, Int64Array, StringViewArray,
    TimestampSecondArray,
};
use datafusion::arrow::datatypes::Int8Type;

use super::*;
use crate::client::model::ImportSource;

fn form(json: serde_json::Value) -> Arc<FileForm> {
    let source: ImportSource = serde_json::from_value(json).expect("a source");
    Arc::new(FileForm::try_new(&source).expect("a form"))
}

fn plain_form(names: &[&str]) -> Arc<FileForm> {
    form(serde_json::json!({ "headerNames": names }))
}

fn batch(columns: Vec<ArrayRef>) -> RecordBatch {
    let named = columns.into_iter().enumerate().map(|(at, it)| (format!("c{at}"), it, true));
    RecordBatch::try_from_iter_with_nullable(named).expect("columns of one length")
}

fn texts(cells: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(cells.to_vec()))
}

fn encode(form: &Arc<FileForm>, batch: &RecordBatch) -> Result<Vec<u8>> {
    let mut encoder = Encoder::new(Arc::clone(form));
    let mut bytes = encoder.head()?.to_vec();
    bytes.extend_from_slice(&encoder.batch(batch)?);
    Ok(bytes)
}

#[track_caller]
fn check(form: &Arc<FileForm>, batch: &RecordBatch, expected: &str) {
    let bytes = encode(form, batch).expect("it can be written");
    assert_eq!(String::from_utf8(bytes).expect("UTF-8"), expected);
}

#[test]
fn cells_are_quoted_where_they_need_it() {
    let cells = [
        Some("plain"),
        Some("a,b"),
        Some("say \"yes\""),
        Some("two\nlines"),
        Some("\r"),
        Some(""),
        None,
        Some("it's"),
        Some(" Ö "),
    ];
    check(
        &plain_form(&["Na\"me", "Other"]),
        &batch(vec![texts(&cells), texts(&[Some("x"); 9])]),
        "\"Na\"\"me\",Other\nplain,x\n\"a,b\",x\n\"say \"\"yes\"\"\",x\n\"two\nlines\",x\n\"\r\",x\n\
         ,x\n,x\nit's,x\n Ö ,x\n",
    );
    // A single blank cell is a row all the same.
    check(&plain_form(&["A"]), &batch(vec![texts(&[None, Some("x")])]), "A\n\"\"\nx\n");
}

#[test]
fn values_are_written_as_anaplan_reads_them() {
    let numbers = Float64Array::from(vec![Some(1.5), Some(-0.1), Some(1e21), None]);
    let singles = Float32Array::from(vec![0.1, 2.0, 1e-7, 0.0]);
    let whole = Int64Array::from(vec![Some(i64::MIN), Some(0), Some(7), None]);
    let decimals = Decimal128Array::from(vec![Some(12_345), Some(-5), None, Some(0)])
        .with_precision_and_scale(9, 2);
    let truths = BooleanArray::from(vec![Some(true), Some(false), None, Some(true)]);
    let days = Date32Array::from(vec![Some(0), Some(18_658), None, Some(-1)]);
    let moments = TimestampSecondArray::from(vec![Some(0), Some(86_399), None, Some(86_400)]);
    let rows = batch(vec![
        Arc::new(numbers),
        Arc::new(singles),
        Arc::new(whole),
        Arc::new(decimals.expect("they fit")),
        Arc::new(truths),
        Arc::new(days),
        Arc::new(moments),
    ]);
    let names = ["n", "s", "i", "d", "b", "t", "m"];
    check(
        &plain_form(&names),
        &rows,
        "n,s,i,d,b,t,m\n\
         1.5,0.1,-9223372036854775808,123.45,true,1970-01-01,1970-01-01\n\
         -0.1,2,0,-0.05,false,2021-01-31,1970-01-01 23:59:59\n\
         1000000000000000000000,0.0000001,7,,,,\n\
         ,0,,0.00,true,1969-12-31,1970-01-02\n",
    );
    let comma = form(serde_json::json!({"headerNames": names, "decimalSeparator": ","}));
    let bytes = encode(&comma, &rows).expect("it can be written");
    let text = String::from_utf8(bytes).expect("UTF-8");
    assert!(text.contains("\n\"1,5\",\"0,1\",-9223372036854775808,\"123,45\",true,"), "{text}");
}

#[test]
fn texts_of_other_types_are_texts_too() {
    let view: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a.b"), None]));
    let dictionary: ArrayRef =
        Arc::new(vec![Some("x"), Some("x")].into_iter().collect::<DictionaryArray<Int8Type>>());
    check(&plain_form(&["a", "b"]), &batch(vec![view, dictionary]), "a,b\na.b,x\n,x\n");
}

#[test]
fn the_form_of_the_file_is_kept() {
    let rows = batch(vec![texts(&[Some("a\tb"), Some("O'Hara")]), texts(&[Some("é"); 2])]);
    let tabs = form(serde_json::json!({
        "headerNames": ["A", "B"], "columnSeparator": "\t", "textDelimiter": "'",
        "headerRow": 2, "firstDataRow": 4,
    }));
    check(&tabs, &rows, "\nA\tB\n\n'a\tb'\té\n'O''Hara'\té\n");
    let bare = form(serde_json::json!({
        "headerNames": ["A", "B"], "columnSeparator": "||", "headerRow": 0, "firstDataRow": 1,
    }));
    check(&bare, &rows, "a\tb||é\nO'Hara||é\n");
}

#[test]
fn other_encodings_are_written_byte_by_byte() {
    let rows = batch(vec![texts(&[Some("é€"), Some("\u{1F600}")])]);
    let coded =
        |name: &str| form(serde_json::json!({"headerNames": ["Größe"], "textEncoding": name}));
    let wide: Vec<u8> =
        "Größe\né€\n\u{1F600}\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(encode(&coded("UTF-16LE"), &rows).ok(), Some(wide));
    let latin = encode(&coded("ISO-8859-1"), &batch(vec![texts(&[Some("ÿ")])]));
    assert_eq!(latin.ok(), Some(b"Gr\xF6\xDFe\n\xFF\n".to_vec()));
    let windows = encode(&coded("windows-1252"), &batch(vec![texts(&[Some("€")])]));
    assert_eq!(windows.ok(), Some(b"Gr\xF6\xDFe\n\x80\n".to_vec()));
}

#[test]
fn what_does_not_fit_is_told_by_row_and_column_and_not_shown() {
    let said = |form: &Arc<FileForm>, rows: &RecordBatch| {
        let error = encode(form, rows).expect_err("it doesn't fit");
        assert_eq!(error.kind(), ErrorKind::Data);
        assert!(!format!("{error:?}").contains("marker"), "{error:?}");
        error.to_string()
    };
    let two = |cell: &str| batch(vec![texts(&[Some("x"), Some("x")]), texts(&[None, Some(cell)])]);
    let latin = form(serde_json::json!({"headerNames": ["A", "B"], "textEncoding": "ISO-8859-1"}));
    assert_eq!(
        said(&latin, &two("marker €")),
        "row 2, column \"B\": the cell has a character that the file's encoding lacks"
    );
    let bare = form(serde_json::json!({"headerNames": ["A", "B"], "textDelimiter": ""}));
    assert_eq!(
        said(&bare, &two("marker, x")),
        "row 2, column \"B\": the cell has a line break or a separator, and the file no quotes"
    );
    let numbers: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::NAN]));
    assert_eq!(
        said(&plain_form(&["A"]), &batch(vec![numbers])),
        "row 2, column \"A\": the cell is no number that can be written"
    );
}
