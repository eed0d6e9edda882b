//! Answers as the service gives them, or as it is feared to.

use serde_json::{from_value, json};

use super::*;

#[test]
fn a_line_item_is_read_in_both_forms() {
    let short = json!({"moduleId": "102", "moduleName": "M", "id": "206", "name": "R"});
    let short: LineItem = from_value(short).expect("the short form");
    assert!(short.format.is_none() && short.applies_to.is_empty());

    let long: LineItem = from_value(json!({
        "moduleId": "102", "moduleName": "M", "id": "206", "name": "R",
        "isSummary": false, "cellCount": 5_100_000_000_i64, "breakback": true,
        "version": {"name": "All", "id": "16000000000"},
        "appliesTo": [{"name": "Region", "id": "101000000001"}],
        "dataTags": null, "readAccessDriver": "not an object", "timeScale": "Month",
        "format": "LIST", "summary": "Sum",
        "formatMetadata": {"dataType": "ENTITY", "hierarchyEntityLongId": 101_000_000_001_u64,
                           "showAll": true},
    }))
    .expect("the long form");
    assert_eq!(long.format, Some(CellFormat::List));
    assert_eq!(long.cell_count, Some(5_100_000_000));
    assert_eq!(long.applies_to[0].name, "Region");
    assert!(long.data_tags.is_empty() && long.read_access_driver.is_none());
    let format = long.format_metadata.expect("a format");
    assert_eq!(format.data_type, Some(DataType::Entity));
    assert_eq!(format.list(), Some(ListId::from("101000000001")));
}

#[test]
fn a_view_without_an_axis_leaves_its_key_out() {
    let view: ViewDetail = from_value(json!({
        "meta": {}, "viewName": "V", "viewId": "102",
        "rows": [{"id": "101999999999", "name": "Line Items"}],
        "columns": [{"id": "20000000003", "name": "Time"}],
    }))
    .expect("a view");
    assert!(view.pages.is_empty());
    assert_eq!(view.rows[0].kind(), DimensionKind::LineItems);
    assert_eq!(view.columns[0].kind(), DimensionKind::Time);
}

#[test]
fn the_kind_of_a_dimension_is_seen_by_its_id() {
    let kind = |id: &str, name: &str| Dimension { id: id.into(), name: name.into() }.kind();
    assert_eq!(kind("20000000020", "Versions"), DimensionKind::Versions);
    assert_eq!(kind("101000000000", "Line items"), DimensionKind::List);
    assert_eq!(kind("101999999999", "Users"), DimensionKind::Users);
    assert_eq!(kind("109000000001", "Own"), DimensionKind::ListSubset);
    assert_eq!(kind("114000000001", "Costs"), DimensionKind::LineItemSubset);
    assert_eq!(kind("é1", "?"), DimensionKind::Other);
}

#[test]
fn odd_details_do_not_keep_a_list_from_being_read() {
    let list: ListMetadata = from_value(json!({
        "id": "101", "name": "Products", "itemCount": 12, "nextitemIndex": 13,
        "topLevelItem": "a text", "permittedItems": "many", "parent": null,
        "properties": [{"name": "Since", "format": "DATE", "notes": 7}],
    }))
    .expect("a list");
    assert_eq!((list.item_count, list.next_item_index), (Some(12), Some(13)));
    assert!(list.top_level_item.is_none() && list.permitted_items.is_none());
    assert_eq!(list.properties[0].format, Some(CellFormat::Date));
    assert!(list.subsets.is_empty());
}

#[test]
fn both_spellings_of_a_calendars_totals_are_read() {
    for key in ["quarterTotals", "isQuarterTotals"] {
        let calendar: ModelCalendar = from_value(json!({
            "calendarType": "Weeks: General", "fiscalYear": {}, "weeksCount": 10,
            "totalsSelection": {key: true},
        }))
        .expect("a calendar");
        assert_eq!(calendar.totals_selection.and_then(|it| it.quarter_totals), Some(true));
        assert!(calendar.fiscal_year.expect("an empty one").year.is_none());
    }
}
