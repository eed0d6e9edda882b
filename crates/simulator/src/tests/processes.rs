//! Processes: their steps in order, and what stays when one fails.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::Simulator;
use super::client::Session;
use super::loading::{self, id, items, path, plan};

fn nested(task: &Value) -> Vec<(String, bool)> {
    let results = task["result"]["nestedResults"].as_array().map(Vec::as_slice).unwrap_or_default();
    results
        .iter()
        .map(|result| {
            let name = result["objectName"].as_str().expect("a name").to_owned();
            (name, result["successful"].as_bool().expect("a flag"))
        })
        .collect()
}

fn own(steps: &[(&str, bool)]) -> Vec<(String, bool)> {
    steps.iter().map(|(name, successful)| ((*name).to_owned(), *successful)).collect()
}

#[tokio::test]
async fn definitions_name_the_steps_in_order() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let list = ann.get(&format!("{}/processes?sort=-name", plan(&simulator))).await.json();
    assert_eq!(list["meta"]["paging"]["totalSize"], 4);
    assert_eq!(list["processes"][3], json!({"id": "118000000002", "name": "Broken"}));
    let nightly = path(&simulator, "Nightly");
    let one = ann.get(&nightly).await.json();
    assert_eq!(
        one["processMetadata"],
        json!({"name": "Nightly", "actions": [
            {"id": "112000000004", "name": "Load regions", "actionType": "IMPORT",
                "importDataSourceId": "113000000004", "importType": "HIERARCHY_DATA"},
            {"id": "117000000002", "name": "Sort regions", "actionType": "ORDER_HIERARCHY"},
            {"id": "116000000001", "name": "Products out", "actionType": "EXPORT",
                "exportType": "TABULAR_MULTI_COLUMN", "exportFormat": "text/csv",
                "layout": "TABULAR_MULTI_COLUMN"},
            {"id": "112000000001", "name": "Load products", "actionType": "IMPORT",
                "importDataSourceId": "113000000001", "importType": "HIERARCHY_DATA"},
        ]})
    );
    let more = ann.get(&format!("{nightly}?showImportDataSource=true")).await.json();
    assert_eq!(
        more["processMetadata"]["actions"][0]["importDataSource"],
        json!({"importDataSourceId": "113000000004", "type": "FILE"})
    );
    assert!(more["processMetadata"]["actions"][1].get("importDataSource").is_none());
    let other = ann.get(&format!("{nightly}?showImportDataSource=True")).await.json();
    assert_eq!(other, one, "anything but true is false");
    let nothing = ann.get(&path(&simulator, "Nothing")).await.json();
    assert_eq!(nothing["processMetadata"], json!({"name": "Nothing"}));
    assert_eq!(ann.get(&format!("{}/processes/1", plan(&simulator))).await.status, 404);
}

#[tokio::test]
async fn steps_run_in_order_and_tell_their_results() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    ann.upload("products.csv", "Code,Name,Region,Price,Core\nC,Coffee,East,,\nM,Milk,Moon,,\n")
        .await;
    let nightly = path(&simulator, "Nightly");
    let task = ann.run(&nightly).await;
    assert_eq!(
        (&task["taskState"], &task["progress"], &task["currentStep"]),
        (&json!("COMPLETE"), &json!(1.0), &json!("Complete."))
    );
    let result = &task["result"];
    assert_eq!(
        (&result["successful"], &result["failureDumpAvailable"], &result["objectId"]),
        (&json!(true), &json!(true), &json!(id(&simulator, "Nightly")))
    );
    assert!(result.get("details").is_none());
    let steps = ["Load regions", "Sort regions", "Products out", "Load products"];
    assert_eq!(nested(&task), own(&steps.map(|name| (name, true))));
    assert_eq!(result["nestedResults"][3]["failureDumpAvailable"], true);
    assert_eq!(
        result["nestedResults"][3]["details"][0]["localMessageText"],
        "Products: 1 (1/0) rows successful, 1 failed, 0 ignored"
    );
    // A later step saw what an earlier one had made.
    assert_eq!(items(&simulator, "Products")[2], "Coffee|C|East||||-");
    let file = path(&simulator, "Products out").replace("/exports/", "/files/");
    assert_eq!(ann.get(&file).await.text(), "Name\nTea\n");
    let task = ann.run(&path(&simulator, "Nothing")).await;
    assert_eq!((&task["result"]["successful"], nested(&task).len()), (&json!(true), 0));
}

#[tokio::test]
async fn what_was_done_before_a_failure_stays() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let task = ann.run(&path(&simulator, "Broken")).await;
    assert_eq!(
        (&task["taskState"], &task["result"]["successful"]),
        (&json!("COMPLETE"), &json!(false))
    );
    assert_eq!(
        nested(&task),
        own(&[("Load regions", true), ("Break", false)]),
        "the last step didn't run"
    );
    assert_eq!(task["result"]["nestedResults"][1]["details"][0]["localMessageText"], "It broke.");
    let regions = items(&simulator, "Regions");
    assert_eq!(regions.len(), 4);
    assert!(regions[0].starts_with("North"), "not ordered");
}

/// Steps take ten seconds each.
async fn slow() -> Simulator {
    Simulator::builder(loading::tenant())
        .task_time(Duration::from_secs(1), Duration::from_secs(10))
        .requests_per_minute(None)
        .start()
        .await
        .expect("start")
}

#[tokio::test]
async fn a_process_goes_on_step_by_step() {
    let simulator = slow().await;
    let ann = Session::ann(&simulator).await;
    let nightly = path(&simulator, "Nightly");
    let task = format!("{nightly}/tasks/{}", ann.start(&nightly).await);
    let model = plan(&simulator);
    let running = async || {
        let model = ann.get(&format!("{model}?modelDetails=true")).await.json();
        model["model"]["modelTransactionRunning"] == true
    };
    let status = ann.get(&task).await.json()["task"].clone();
    assert_eq!(
        (&status["taskState"], &status["currentStep"]),
        (&json!("NOT_STARTED"), &json!("Pending."))
    );
    assert!(!running().await);
    for (seconds, step, progress, regions) in
        [(6, "Importing.", 0.12, 2), (10, "Processing.", 0.37, 4), (10, "Exporting.", 0.62, 4)]
    {
        simulator.clock().advance(Duration::from_secs(seconds));
        assert_eq!(items(&simulator, "Regions").len(), regions, "{step}");
        let status = ann.get(&task).await.json()["task"].clone();
        assert_eq!(
            (&status["taskState"], &status["currentStep"]),
            (&json!("IN_PROGRESS"), &json!(step))
        );
        assert!((status["progress"].as_f64().expect("a number") - progress).abs() < 0.02);
        assert!(running().await);
    }
    simulator.clock().advance(Duration::from_secs(100));
    let ended = ann.wait_for(&task).await;
    assert_eq!(ended["result"]["successful"], false, "no products were uploaded");
    assert!(ended["result"]["nestedResults"][0].get("duration").is_none());
    let details = ann.wait_for(&format!("{task}?includeProcessDetails=true")).await;
    let steps = details["result"]["nestedResults"].as_array().expect("steps").clone();
    assert!(steps.iter().all(|step| step["duration"] == "00:00:10.000"), "{steps:?}");
    let starts: Vec<i64> = steps
        .iter()
        .map(|step| {
            let text = step["startTime"].as_str().expect("a time");
            chrono::DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.3f%z")
                .expect("a time")
                .timestamp_millis()
        })
        .collect();
    assert_eq!(starts.len(), 4);
    assert!(starts.windows(2).all(|pair| pair[1] - pair[0] == 10_000), "{starts:?}");
}

#[tokio::test]
async fn cancelling_rolls_back_the_step_at_hand_only() {
    let simulator = slow().await;
    let ann = Session::ann(&simulator).await;
    let nightly = path(&simulator, "Nightly");
    let waiting = path(&simulator, "Sort regions");
    let task = format!("{nightly}/tasks/{}", ann.start(&nightly).await);
    let behind = format!("{waiting}/tasks/{}", ann.start(&waiting).await);
    simulator.clock().advance(Duration::from_secs(15));
    assert_eq!(ann.get(&task).await.json()["task"]["taskState"], "IN_PROGRESS");
    assert_eq!(ann.get(&behind).await.json()["task"]["taskState"], "NOT_STARTED");
    let cancelled = ann.call("DELETE", &task, "").await.json();
    assert_eq!(cancelled["task"]["taskState"], "CANCELLING");
    simulator.clock().advance(Duration::from_secs(1));
    let status = ann.get(&task).await.json()["task"].clone();
    assert_eq!(
        (&status["taskState"], &status["result"]["successful"]),
        (&json!("CANCELLED"), &json!(false))
    );
    assert_eq!(nested(&status), own(&[("Load regions", true)]));
    let regions = items(&simulator, "Regions");
    assert_eq!(regions.len(), 4, "the first step stays");
    assert!(regions[0].starts_with("North"), "the second did nothing");
    simulator.clock().advance(Duration::from_secs(100));
    assert_eq!(ann.wait_for(&behind).await["taskState"], "COMPLETE");
    assert!(items(&simulator, "Regions")[0].starts_with("East"));
}

#[tokio::test]
async fn mappings_reach_the_import_that_they_name() {
    let simulator = loading::start().await;
    simulator.edit(|tenant| {
        let model = tenant.model_mut("Plan").expect("model");
        model.processes[2].steps = vec!["Load sales".to_owned()];
    });
    let ann = Session::ann(&simulator).await;
    ann.upload("sales.txt", "Product\tMonth\tUnits\tRemark\nTea\tMay 26\t3\t\n").await;
    let process = path(&simulator, "Nothing");
    for (import, successful) in [("Load products", false), ("Load sales", true)] {
        let mapping = json!([
            {"entityType": "Version", "entityName": "Actual", "importId": id(&simulator, import)},
        ]);
        let body = json!({"localeName": "en_US", "mappingParameters": mapping});
        let task = ann.run_with(&process, &body).await;
        assert_eq!(task["result"]["successful"], successful, "{import}");
    }
}
