use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, DictionaryArray, Float64Array, Int64Array,
    ListArray, NullArray, StringArray, TimestampMicrosecondArray,
};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::sql::sqlparser::dialect::{GenericDialect, MySqlDialect};

use super::*;

fn template(sql: &str) -> Template {
    Template::parse(sql, &GenericDialect {}).expect("parameters")
}

fn row(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter(columns).expect("a row")
}

fn texts(values: &[&str]) -> RecordBatch {
    let columns = values.iter().enumerate().map(|(index, value)| {
        let column: ArrayRef = Arc::new(StringArray::from(vec![*value]));
        (format!("c{index}"), column)
    });
    RecordBatch::try_from_iter(columns).expect("a row")
}

#[test]
fn signs_in_texts_names_and_comments_are_no_parameters() {
    let sql = "SELECT '?', \"?\", $$?$$, ? -- ?\n/* $1 */ || 'é' || ?";
    let template = template(sql);
    assert_eq!(template.count(), 2);
    assert_eq!(
        template.with_row(&texts(&["it's", "\\"]), 0, false).expect("filled"),
        "SELECT '?', \"?\", $$?$$, 'it''s' -- ?\n/* $1 */ || 'é' || '\\'"
    );
}

#[test]
fn places_may_be_numbered_and_repeated() {
    let template = template("SELECT $2, $1, $2");
    assert_eq!(template.count(), 2);
    assert_eq!(
        template.with_row(&texts(&["a", "b"]), 0, false).expect("filled"),
        "SELECT 'b', 'a', 'b'"
    );
    assert_eq!(self::template("SELECT ?2, ?1").count(), 2);
    assert!(Template::parse("SELECT ?, $1", &GenericDialect {}).is_err());
}

#[test]
fn names_are_found_in_any_order_or_by_their_own() {
    let template = template("SELECT $b, $a, $b");
    let names: Vec<String> =
        template.schema().fields().iter().map(|field| field.name().clone()).collect();
    assert_eq!(names, ["b", "a"]);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("a", Arc::new(StringArray::from(vec!["1"]))),
        ("unused", Arc::new(StringArray::from(vec!["2"]))),
        ("b", Arc::new(StringArray::from(vec!["3"]))),
    ];
    assert_eq!(template.with_row(&row(columns), 0, true).expect("filled"), "SELECT '3', '1', '3'");
    assert_eq!(
        template.with_row(&texts(&["x", "y"]), 0, false).expect("filled"),
        "SELECT 'x', 'y', 'x'"
    );
    let error = template.with_row(&texts(&["x"]), 0, true).expect_err("a name is missing");
    assert!(error.to_string().contains("$b"), "{error}");
}

#[test]
fn values_missing_or_too_many_are_refused() {
    let template = template("SELECT ?, ?");
    assert!(template.text().is_err());
    for given in [&["a"][..], &["a", "b", "c"]] {
        let error = template.with_row(&texts(given), 0, false).expect_err("a wrong number");
        assert_eq!(error.kind(), ErrorKind::Query);
        assert!(error.to_string().contains("2 parameters"), "{error}");
    }
}

#[test]
fn every_type_has_its_literal() {
    let dictionary: DictionaryArray<Int32Type> = vec!["d"].into_iter().collect();
    let stamp = TimestampMicrosecondArray::from(vec![1_700_000_000_000_000]);
    let cases: Vec<(ArrayRef, &str)> = vec![
        (Arc::new(NullArray::new(1)), "NULL"),
        (Arc::new(StringArray::from(vec![None::<&str>])), "NULL"),
        (Arc::new(BooleanArray::from(vec![true])), "TRUE"),
        (Arc::new(Int64Array::from(vec![5])), "5"),
        (Arc::new(Int64Array::from(vec![-5])), "(-5)"),
        (Arc::new(Int64Array::from(vec![i64::MIN])), "arrow_cast('-9223372036854775808', 'Int64')"),
        (Arc::new(Float64Array::from(vec![3.0])), "3.0"),
        (Arc::new(Float64Array::from(vec![-1e300])), "(-1e300)"),
        (Arc::new(Float64Array::from(vec![f64::NAN])), "arrow_cast('NaN', 'Float64')"),
        (Arc::new(Date32Array::from(vec![19_000])), "DATE '2022-01-08'"),
        (Arc::new(BinaryArray::from_vec(vec![b"a\xff"])), "X'61ff'"),
        (Arc::new(dictionary), "'d'"),
        (Arc::new(stamp), "arrow_cast('2023-11-14T22:13:20', 'Timestamp(µs)')"),
    ];
    for (column, expected) in cases {
        let filled = template("?").with_row(&row(vec![("x", column)]), 0, false);
        assert_eq!(filled.expect("filled"), expected);
    }
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>(vec![Some(vec![Some(1)])]);
    let error = template("?").with_row(&row(vec![("x", Arc::new(list))]), 0, false);
    assert_eq!(error.expect_err("no literal").kind(), ErrorKind::Unsupported);
}

#[test]
fn a_call_takes_plain_numbers_and_a_dialect_its_backslashes() {
    let minus: ArrayRef = Arc::new(Int64Array::from(vec![-5]));
    let filled = template("CALL P(x => ?)").with_row(&row(vec![("x", minus)]), 0, false);
    assert_eq!(filled.expect("filled"), "CALL P(x =>  -5)");
    let template = Template::parse("SELECT ?", &MySqlDialect {}).expect("parameters");
    let filled = template.with_row(&texts(&["\\' OR 1 = 1"]), 0, false);
    assert_eq!(filled.expect("filled"), "SELECT '\\\\'' OR 1 = 1'");
}

#[test]
fn kinds_of_statements_are_told_apart() {
    for (sql, expected) in [
        ("SELECT 1", Kind::Query),
        ("-- first\n (select 1)", Kind::Query),
        ("WITH x AS (SELECT 1) SELECT * FROM x", Kind::Query),
        ("WITH x AS (SELECT 1) INSERT INTO y SELECT * FROM x", Kind::Change),
        ("EXPLAIN SELECT 1", Kind::Query),
        ("EXPLAIN ANALYZE SELECT 1", Kind::Change),
        ("CALL RunExport('x')", Kind::Change),
        ("EXEC runexport Export = 'x'", Kind::Change),
        ("EXECUTE mine(1)", Kind::Query),
        ("DELETE FROM x", Kind::Change),
        ("CREATE VIEW x AS SELECT 1", Kind::Definition),
        ("USE x", Kind::Definition),
        ("", Kind::Definition),
    ] {
        assert_eq!(template(sql).kind(), expected, "{sql}");
    }
}

#[test]
fn an_insert_of_parameters_takes_many_rows() {
    for (sql, expected) in [
        (
            "INSERT INTO \"Lists.P\" (a, b) VALUES (?, ?); ",
            Some(("INSERT INTO \"Lists.P\" (a, b) ", "")),
        ),
        ("insert into x values ($1,$2)", Some(("insert into x ", ""))),
        (
            "INSERT INTO x VALUES (?) ON CONFLICT (code) DO UPDATE SET name = excluded.name;",
            Some(("INSERT INTO x ", " ON CONFLICT (code) DO UPDATE SET name = excluded.name")),
        ),
        ("INSERT INTO x VALUES (?) ON CONFLICT (code) DO UPDATE SET name = ?", None),
        ("INSERT INTO x VALUES (?) RETURNING name", None),
        ("INSERT INTO x VALUES ($2, $1)", None),
        ("INSERT INTO x VALUES (?, 1)", None),
        ("INSERT INTO x VALUES (?), (?)", None),
        ("INSERT INTO x VALUES (upper(?))", None),
        ("INSERT INTO x SELECT ?", None),
        ("SELECT * FROM (VALUES (?))", None),
    ] {
        let found = template(sql);
        let found = found.insert().map(|it| (it.before.as_str(), it.after.as_str()));
        assert_eq!(found, expected, "{sql}");
    }
}

#[test]
fn numbers_beyond_the_protocol_are_refused_before_anything_is_made_for_them() {
    for sql in ["SELECT $1, $9999999999999", "SELECT $65536", "SELECT $18446744073709551615"] {
        let error = Template::parse(sql, &GenericDialect {}).expect_err("too many");
        assert_eq!(error.sqlstate(), "54000", "{sql}");
    }
    assert_eq!(template("SELECT $65535").count(), 65_535);
}
