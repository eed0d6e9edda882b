use super::*;

fn shape(export: serde_json::Value, metadata: serde_json::Value) -> Result<ExportShape> {
    let export: Export = serde_json::from_value(export).expect("an export");
    let metadata: ExportMetadata = serde_json::from_value(metadata).expect("metadata");
    ExportShape::try_new(&export, &metadata, ColumnTypes::Metadata, None)
}

fn columns(shape: &ExportShape) -> Vec<(&str, &str)> {
    shape.columns.iter().map(|c| (c.name.as_str(), c.kind.sql())).collect()
}

fn export(layout: &str) -> serde_json::Value {
    serde_json::json!({ "id": "116000000001", "name": "E", "exportType": layout })
}

#[test]
fn tabular_metadata_gives_names_and_types() {
    let shape = shape(
        export("TABULAR_MULTI_COLUMN"),
        serde_json::json!({
            "columnCount": 6, "rowCount": 7, "separator": "\\t", "delimiter": "",
            "encoding": "UTF-16LE",
            "headerNames": ["Region", " Month ", "Units", "On", "Since", "What"],
            "dataTypes": ["ENTITY", "TIME_ENTITY", "NUMBER", "BOOLEAN", "DATE", "NEWFANGLED"],
            "listNames": ["Regions", "", "", "", "", ""],
        }),
    )
    .expect("a shape");
    assert_eq!(
        columns(&shape),
        [
            ("Region", "VARCHAR"),
            ("Month", "VARCHAR"),
            ("Units", "DOUBLE"),
            ("On", "BOOLEAN"),
            ("Since", "DATE"),
            ("What", "VARCHAR"),
        ]
    );
    assert_eq!((shape.separator, shape.quote), (b'\t', None));
    assert!(shape.exact);
}

#[test]
fn arrays_that_disagree_give_text_under_whatever_names_there_are() {
    let shape = shape(
        export("TABULAR_MULTI_COLUMN"),
        serde_json::json!({
            "columnCount": 5, "headerNames": ["A", "A", ""], "dataTypes": ["NUMBER"],
            "listNames": ["", "", "Cities"],
        }),
    )
    .expect("a shape");
    let text = "VARCHAR";
    assert_eq!(
        columns(&shape),
        [("A", text), ("A (2)", text), ("Cities", text), ("Column 4", text), ("Column 5", text)]
    );
    assert!(!shape.exact);
}

#[test]
fn a_grid_of_all_pages_has_a_page_column() {
    let shape = shape(
        export("GRID_ALL_PAGES"),
        serde_json::json!({
            "columnCount": 3, "headerNames": ["Page", "Jan", "Feb"],
            "dataTypes": ["ENTITY", "NUMBER", "MIXED"],
        }),
    )
    .expect("a shape");
    let text = "VARCHAR";
    assert_eq!(
        columns(&shape),
        [("Page", text), ("Page (2)", text), ("Jan", "DOUBLE"), ("Feb", text)]
    );
    assert_eq!(shape.layout, LayoutKind::Grid { pages: true });
}

#[test]
fn what_can_not_be_read_is_refused_with_a_reason() {
    let pdf = serde_json::json!({
        "id": "1", "name": "Board pack", "exportFormat": "application/pdf"
    });
    let error = shape(pdf, serde_json::json!({})).expect_err("no text");
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("Board pack"));
    for metadata in [
        serde_json::json!({ "separator": "¦" }),
        serde_json::json!({ "delimiter": "''" }),
        serde_json::json!({ "encoding": "EBCDIC" }),
    ] {
        let error = shape(export("TABULAR_MULTI_COLUMN"), metadata).expect_err("unreadable");
        assert_eq!(error.kind(), ErrorKind::Unsupported);
    }
}
