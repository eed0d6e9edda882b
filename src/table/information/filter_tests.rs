use datafusion::logical_expr::cast;
use datafusion::prelude::{col, lit};

use super::*;

static COLUMNS: &[ColumnDefinition] = &[
    ColumnDefinition::key("model_id", ""),
    ColumnDefinition::text("name", ""),
    ColumnDefinition::bounded("at", ""),
];

fn filters(all: &[Expr]) -> String {
    KeyFilters::new(COLUMNS, all).to_string()
}

#[test]
fn equality_and_lists_on_keys_are_used_and_intersected() {
    assert_eq!(filters(&[col("model_id").eq(lit("A"))]), "model_id=[A]");
    assert_eq!(filters(&[lit("A").eq(col("model_id"))]), "model_id=[A]");
    let list = col("model_id").in_list(vec![lit("A"), lit("B")], false);
    assert_eq!(filters(std::slice::from_ref(&list)), "model_id=[A, B]");
    let either = col("model_id").eq(lit("B")).or(col("model_id").eq(lit("C")));
    assert_eq!(filters(&[list, either]), "model_id=[B]");
}

#[test]
fn bounds_on_moments_are_told_in_whole_milliseconds() {
    let ms = |count| Expr::Literal(ScalarValue::TimestampMillisecond(Some(count), None), None);
    let ns = |count| Expr::Literal(ScalarValue::TimestampNanosecond(Some(count), None), None);
    let zoned = DataType::Timestamp(TimeUnit::Nanosecond, Some("+00:00".into()));
    let at = || col("at");
    let in_ns = || cast(col("at"), zoned.clone());
    for (filter, from, to) in [
        (at().gt_eq(ms(5)), Some(5), None),
        (at().gt(ms(5)), Some(6), None),
        (ms(5).gt_eq(at()), None, Some(5)),
        (ms(5).gt(at()), None, Some(4)),
        (at().eq(ms(5)), Some(5), Some(5)),
        (at().between(ms(5), ms(7)), Some(5), Some(7)),
        (in_ns().gt(ns(5_000_001)), Some(6), None),
        (in_ns().gt_eq(ns(5_000_001)), Some(6), None),
        (in_ns().lt(ns(5_000_001)), None, Some(5)),
        (in_ns().lt_eq(ns(5_000_001)), None, Some(5)),
        (in_ns().eq(ns(5_000_001)), Some(6), Some(5)),
        (in_ns().eq(ns(-5_000_000)), Some(-5), Some(-5)),
        (in_ns().lt(ns(-5_000_001)), None, Some(-6)),
    ] {
        let found = KeyFilters::new(COLUMNS, std::slice::from_ref(&filter)).span("at");
        assert_eq!(found, Span { from, to }, "{filter}");
    }
    let both = [at().gt(ms(999)), at().lt(ms(2000)), at().lt(ms(1501))];
    assert_eq!(filters(&both), "at=[1970-01-01T00:00:01Z..1970-01-01T00:00:01.500Z]");
}

#[test]
fn rows_are_checked_again() {
    let ms = |count| Expr::Literal(ScalarValue::TimestampMillisecond(Some(count), None), None);
    let filters = KeyFilters::new(COLUMNS, &[col("model_id").eq(lit("A")), col("at").gt(ms(5))]);
    let keep = |id: Cell, at: Cell| filters.keep(COLUMNS, &vec![id, Cell::Null, at]);
    assert!(keep("A".into(), Cell::Moment(6)));
    assert!(!keep("a".into(), Cell::Moment(6)));
    assert!(!keep("A".into(), Cell::Moment(5)));
    assert!(!keep("A".into(), Cell::Null));
    assert!(!keep(Cell::Null, Cell::Moment(6)));
}

#[test]
fn everything_else_is_left_to_the_engine() {
    let ms = |count| Expr::Literal(ScalarValue::TimestampMillisecond(Some(count), None), None);
    for filter in [
        col("name").eq(lit("A")),
        col("model_id").not_eq(lit("A")),
        col("model_id").gt(lit("A")),
        col("model_id").in_list(vec![lit("A")], true),
        col("model_id").eq(col("name")),
        col("model_id").eq(lit("A")).or(col("name").eq(lit("B"))),
        col("model_id").eq(lit(1)),
        col("model_id").is_null(),
        col("at").not_eq(ms(1)),
        col("at").not_between(ms(1), ms(2)),
        col("at").gt(ms(1)).or(col("at").lt(ms(0))),
        col("at").eq(lit("2026-01-01")),
        cast(col("at"), DataType::Date32).eq(lit(1)),
        cast(col("at"), DataType::Timestamp(TimeUnit::Second, None)).lt(ms(1)),
    ] {
        assert_eq!(filters(std::slice::from_ref(&filter)), "", "{filter}");
    }
}
