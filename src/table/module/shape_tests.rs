use std::sync::Arc;

use super::*;
use crate::client::model::ViewDetail;

/// A view with these dimensions on pages, rows and columns.
fn view(axes: [&[&str]; 3]) -> Arc<ViewDetail> {
    let id = |name: &str| match name {
        "Time" => "20000000003".to_owned(),
        "Versions" => "20000000020".to_owned(),
        "Line items" => "101999999999".to_owned(),
        name => format!("101{:09}", name.len()),
    };
    let axis = |names: &[&str]| -> Vec<Dimension> {
        names
            .iter()
            .map(|name| Dimension { id: id(name).into(), name: (*name).to_owned() })
            .collect()
    };
    Arc::new(ViewDetail {
        view_id: "102000000001".into(),
        view_name: "M".to_owned(),
        pages: axis(axes[0]),
        rows: axis(axes[1]),
        columns: axis(axes[2]),
    })
}

/// A line item of this name, format, lists, time scale and version.
fn item(name: &str, format: &str, lists: &[&str], scale: &str, version: &str) -> LineItem {
    let applies_to: Vec<_> = lists
        .iter()
        .map(|list| serde_json::json!({ "id": format!("101{:09}", list.len()), "name": list }))
        .collect();
    serde_json::from_value(serde_json::json!({
        "id": format!("2{name}"), "name": name, "moduleId": "102000000001", "moduleName": "M",
        "format": format, "appliesTo": applies_to, "timeScale": scale, "cellCount": 10,
        "version": { "id": version, "name": version },
    }))
    .expect("a line item")
}

fn names(shape: &ModuleShape) -> String {
    let schema = shape.schema();
    let fields: Vec<String> = schema
        .fields()
        .iter()
        .map(|field| format!("{} {}", field.name(), field.data_type()))
        .collect();
    fields.join(", ")
}

fn shape(view: &Arc<ViewDetail>, items: &[LineItem], summaries: Summaries) -> ModuleShape {
    ModuleShape::new(Arc::clone(view), items, ColumnTypes::Metadata, summaries)
}

#[test]
fn dimensions_stand_in_the_order_of_the_line_items_then_time_then_versions() {
    let view = view([&["Versions", "Sites"], &["Line items"], &["Time", "Products"]]);
    let all = ["Products", "Sites"];
    let items = [
        item("Price", "NUMBER", &all, "Month", "All"),
        item("Ok", "BOOLEAN", &all, "Month", "All"),
        item("From", "DATE", &all, "Month", "All"),
        item("Owner", "LIST", &all, "Month", "All"),
        item("—", "NONE", &all, "Month", "All"),
    ];
    let found = shape(&view, &items, Summaries::Include);
    assert_eq!(
        names(&found),
        "Products Utf8, Sites Utf8, Time Utf8, Versions Utf8, Price Float64, Ok Boolean, \
         From Date32, Owner Utf8, — Utf8, is_summary Boolean"
    );
    assert_eq!(found.cells(), Some(50));
    assert_eq!(found.line_item_axis, Some(2));
    let text = ModuleShape::new(view, &items, ColumnTypes::Text, Summaries::Exclude);
    assert!(text.schema().fields().iter().all(|field| *field.data_type() == ArrowType::Utf8));
}

#[test]
fn line_items_with_other_dimensions_are_left_to_tables_of_their_own() {
    let view = view([&["Sites"], &["Line items"], &["Time"]]);
    let items = [
        item("Day", "NUMBER", &["Sites"], "Day", "Not Applicable"),
        item("A", "NUMBER", &["Sites"], "Month", "Not Applicable"),
        item("B", "NUMBER", &["Sites"], "Month", "Not Applicable"),
        item("No time", "NUMBER", &["Sites"], "Not Applicable", "Not Applicable"),
        item("Versions", "NUMBER", &["Sites"], "Month", "All"),
        item("No list", "NUMBER", &[], "Month", "Not Applicable"),
        item("Others", "NUMBER", &["Products"], "Month", "Not Applicable"),
        item("More", "NUMBER", &["Sites", "Products"], "Month", "Not Applicable"),
    ];
    let found = shape(&view, &items, Summaries::Exclude);
    assert_eq!(names(&found), "Sites Utf8, Time Utf8, A Float64, B Float64");
    let others: Vec<&str> = found.others.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(others, ["Day", "No time", "Versions", "No list", "Others", "More"]);
    assert_eq!(found.cells(), Some(80), "the view shows them all");
}

#[test]
fn names_that_are_taken_say_what_they_are_of() {
    let view = view([&[], &["Sites"], &["Line items"]]);
    let none = "Not Applicable";
    let items = [
        item("Sites", "NUMBER", &["Sites"], none, none),
        item("is_summary", "NUMBER", &["Sites"], none, none),
    ];
    let found = shape(&view, &items, Summaries::Include);
    assert_eq!(
        names(&found),
        "Sites Utf8, Sites (line item) Float64, is_summary Float64, is_summary (of the row) Boolean"
    );
}
