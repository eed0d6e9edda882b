//! Exports made from views.

use serde_json::{Value, json};

use super::super::Simulator;
use super::client::Session;
use super::planning::{Ids, tenant};
use super::views::records;
use super::{file_of, path_of};

async fn metadata(session: &Session<'_>, export: &str) -> Value {
    let path = path_of(session.simulator, "Plan", export);
    session.get(&path).await.json()["exportMetadata"].clone()
}

#[tokio::test]
async fn metadata_comes_from_the_view() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let table = metadata(&ann, "Table").await;
    assert_eq!(
        table,
        json!({
            "columnCount": 6, "rowCount": 36,
            "headerNames": ["Versions", "Line Items", "Products", "Jan 26", "Feb 26", "Q1 FY26"],
            "dataTypes": ["ENTITY", "ENTITY", "ENTITY", "MIXED", "MIXED", "MIXED"],
            "listNames": ["", "", "Products", "", "", ""],
            "delimiter": "\"", "separator": ",", "encoding": "UTF-8",
            "exportFormat": "text/csv", "layout": "TABULAR_MULTI_COLUMN",
        })
    );
    let items = metadata(&ann, "Items").await;
    assert_eq!(
        items["dataTypes"],
        json!([
            "ENTITY",
            "ENTITY",
            "TIME_ENTITY",
            "NUMBER",
            "NUMBER",
            "NUMBER",
            "NONE",
            "TEXT",
            "TEXT",
            "BOOLEAN",
            "BOOLEAN",
            "DATE",
            "ENTITY",
            "TIME_ENTITY",
            "NUMBER",
            "NUMBER"
        ])
    );
    assert_eq!(
        (&items["headerNames"][3], &items["listNames"][12]),
        (&json!("Units"), &json!("Products"))
    );
    let cells = metadata(&ann, "Cells").await;
    assert_eq!(
        cells["headerNames"],
        json!(["Versions", "Line Items", "Products", "Time", "Value"])
    );
    assert_eq!(cells["dataTypes"], json!(["ENTITY", "ENTITY", "ENTITY", "TIME_ENTITY", "MIXED"]));
    let grid = metadata(&ann, "Grid").await;
    assert_eq!(grid["headerNames"], json!(["Products", "Jan 26", "Feb 26", "Q1 FY26"]));
    assert_eq!(grid["dataTypes"], json!(["ENTITY", "MIXED", "MIXED", "MIXED"]));
    assert_eq!((&grid["rowCount"], &grid["columnCount"]), (&json!(6), &json!(4)));
    assert_eq!(metadata(&ann, "Grids").await["rowCount"], 36);
}

#[tokio::test]
async fn files_have_the_cells_of_the_view() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    for (export, view, kind) in [
        ("Table", "By product", "TABULAR_MULTI_COLUMN"),
        ("Items", "Formats", "TABULAR_MULTI_COLUMN"),
        ("Cells", "By product", "TABULAR_SINGLE_COLUMN"),
        ("Grid", "By product", "GRID_CURRENT_PAGE"),
        ("Grids", "By product", "GRID_ALL_PAGES"),
    ] {
        let task = ann.run(&path_of(&simulator, "Plan", export)).await;
        assert_eq!(task["result"]["successful"], true);
        let file = ann.get(&file_of(&simulator, "Plan", export)).await.text();
        let query = format!("?exportType={kind}&moduleId={}", ids.module("Sales"));
        let path = ids.path(&format!("views/{}/data{query}", ids.view(view)));
        assert_eq!(file, ann.get(&path).await.text(), "{export}");
    }
}

#[tokio::test]
async fn the_next_run_shows_what_changed() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let (path, file) = (path_of(&simulator, "Plan", "Table"), file_of(&simulator, "Plan", "Table"));
    ann.run(&path).await;
    let before = ann.get(&file).await.text();
    simulator.edit(|tenant| {
        let model = tenant.model_mut("Plan").expect("the plan");
        model.module_mut("Sales").expect("sales").views[0].shown[0].1.push("Mar 26".to_owned());
        model.list_mut("Products").expect("products").items[0].name = "Chai".to_owned();
        // Nobody may ask for the units of an unknown product.
        let units = &mut model.module_mut("Sales").expect("sales").line_items[0];
        *units = units.clone().fill_with(|_| "7".to_owned());
    });
    assert_eq!(ann.get(&file).await.text(), before, "until it runs again");
    assert_eq!(metadata(&ann, "Table").await["columnCount"], 7, "metadata is today's");
    ann.run(&path).await;
    let rows = records(&ann.get(&file).await.text());
    assert_eq!(rows[0][3..], ["Jan 26", "Feb 26", "Q1 FY26", "Mar 26"]);
    assert_eq!(rows[7], ["Actual", "Units", "Chai", "7", "7", "21", "7"]);
}

#[tokio::test]
async fn an_export_whose_view_is_gone_fails() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    for (export, kind) in
        [("Gone view", "failedToLocateSavedView"), ("Gone module", "failedToLocateModule")]
    {
        let task = ann.run(&path_of(&simulator, "Plan", export)).await;
        assert_eq!(task["taskState"], "COMPLETE");
        assert_eq!(task["result"]["successful"], false);
        assert_eq!(task["result"]["details"][0]["type"], kind);
        assert_eq!(metadata(&ann, export).await["columnCount"], 0);
    }
}
