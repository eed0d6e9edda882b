use super::*;
use crate::client::model::Dimension;

fn shape(axes: [&[&str]; 3], across: &[&str], shown: Option<&[&str]>) -> ViewShape {
    let axis = |names: &[&str]| {
        let id = |name: &str| if name == "Line items" { "101999999999" } else { "101000000001" };
        let dimension = |name: &&str| Dimension { id: id(name).into(), name: (*name).to_owned() };
        names.iter().map(dimension).collect()
    };
    let detail = ViewDetail {
        view_id: "2".into(),
        view_name: "V".to_owned(),
        pages: axis(axes[0]),
        rows: axis(axes[1]),
        columns: axis(axes[2]),
    };
    let across = across
        .iter()
        .map(|labels| labels.split('/').filter(|_| *labels != "-").map(str::to_owned).collect())
        .collect();
    let items: Vec<LineItem> = [("N", "NUMBER"), ("M", "NUMBER"), ("B", "BOOLEAN")]
        .iter()
        .map(|(name, format)| {
            serde_json::from_value(serde_json::json!({
                "id": name, "name": name, "moduleId": "1", "moduleName": "M", "format": format,
            }))
            .expect("a line item")
        })
        .collect();
    let shown: Option<Vec<String>> =
        shown.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
    let (detail, across) = (Arc::new(detail), Arc::new(across));
    ViewShape::new(detail, across, &items, shown.as_deref(), ColumnTypes::Metadata)
}

fn names(shape: &ViewShape) -> String {
    let fields: Vec<String> = shape
        .schema()
        .fields()
        .iter()
        .map(|field| format!("{} {}", field.name(), field.data_type()))
        .collect();
    fields.join(", ")
}

#[test]
fn columns_are_pages_rows_and_what_goes_across() {
    assert_eq!(
        names(&shape(
            [&["Versions"], &["Sites"], &["Time", "Line items"]],
            &["Q1/N", "Q1/B", "Q2/N", "Q2/B"],
            None
        )),
        "Versions Utf8, Sites Utf8, Q1 / N Float64, Q1 / B Boolean, Q2 / N Float64, \
         Q2 / B Boolean"
    );
    let items: [&[&str]; 3] = [&["Line items"], &["Sites"], &["Time"]];
    assert_eq!(
        names(&shape(items, &["Q1", "Q2"], Some(&["N", "M"]))),
        "Line items Utf8, Sites Utf8, Q1 Float64, Q2 Float64"
    );
    assert_eq!(
        names(&shape(items, &["Q1", "Q1"], Some(&["N", "B"]))),
        "Line items Utf8, Sites Utf8, Q1 Utf8, Q1 (cells) Utf8"
    );
    assert_eq!(
        names(&shape([&[], &["Line items"], &[]], &["-"], Some(&["N"]))),
        "Line items Utf8, Value Float64"
    );
}

#[test]
fn a_table_can_show_what_is_a_product() {
    let two: [&[&str]; 3] = [&[], &["Sites"], &["Time", "Line items"]];
    for (across, inner) in [
        (&["a/x", "a/y", "b/x", "b/y"][..], Some(2)),
        (&["a/x", "b/x", "a/x"], Some(1)),
        // Two items of one label.
        (&["a/x", "a/y", "a/x", "a/y"], Some(2)),
        (&["a/x", "a/y", "b/x"], None),
        (&["a/x", "a/y", "b/y", "b/x"], None),
        (&["a/x", "b/y"], None),
    ] {
        assert_eq!(shape(two, across, None).inner(), inner, "{across:?}");
    }
    assert_eq!(shape([&[], &["Sites"], &["Time"]], &["a", "b"], None).inner(), Some(2));
}
