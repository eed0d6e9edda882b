//! Actions: their definitions, and what they do.

use serde_json::json;

use super::super::ActionKind;
use super::client::Session;
use super::loading::{self, id, items, model_of, path, plan};

#[tokio::test]
async fn definitions() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let list = ann.get(&format!("{}/actions", plan(&simulator))).await.json();
    assert_eq!(list["meta"]["paging"]["totalSize"], 6);
    let kinds: Vec<&str> = list["actions"].as_array().expect("actions")[..5]
        .iter()
        .map(|action| action["actionType"].as_str().expect("a type"))
        .collect();
    let expected = [
        "DELETE_BY_SELECTION",
        "ORDER_HIERARCHY",
        "UPDATE_CURRENT_PERIOD",
        "BULK_COPY",
        "OPTIMIZER",
    ];
    assert_eq!(kinds, expected);
    let one = ann.get(&path(&simulator, "Drop old products")).await.json();
    assert_eq!(
        one["action"],
        json!({
            "id": "117000000001", "name": "Drop old products",
            "actionType": "DELETE_BY_SELECTION", "listId": "101000000002",
        })
    );
    assert_eq!(ann.get(&format!("{}/actions/117000000999", plan(&simulator))).await.status, 404);
    let unknown = format!("{}/actions/117000000999/tasks", plan(&simulator));
    assert_eq!(ann.call("POST", &unknown, r#"{"localeName":"en_US"}"#).await.status, 404);
    let known = format!("{}/tasks", path(&simulator, "Next month"));
    assert_eq!(ann.call("POST", &known, "{}").await.status, 400, "no locale");
    // A task is found under its own parent and kind.
    let task = ann.start(&path(&simulator, "Next month")).await;
    assert_eq!(ann.get(&format!("{known}/{task}")).await.status, 200);
    let other = known.replace("/actions/", "/processes/");
    assert_eq!(ann.get(&format!("{other}/{task}")).await.status, 404);
    assert!(ann.get(&other).await.json().get("tasks").is_none());
}

#[tokio::test]
async fn selected_items_are_deleted_and_the_list_is_ordered() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    ann.upload("products.csv", "Code,Name,Region,Price,Core\nU,Ice tea,Ice,,\n").await;
    ann.run(&path(&simulator, "Load products")).await;
    let task = ann.run(&path(&simulator, "Drop old products")).await;
    assert_eq!(
        task["result"],
        json!({
            "successful": true, "failureDumpAvailable": false,
            "objectId": id(&simulator, "Drop old products"), "objectName": "Drop old products",
            "details": [{
                "type": "deleteFromSelectionSucceeded", "occurrences": 0,
                "localMessageText": "Products: 1 items deleted",
                "values": ["hierarchyName", "Products", "deletedCount", "1"],
            }],
        })
    );
    assert_eq!(
        items(&simulator, "Products"),
        ["Tea|T|North|1.5|2020-01-31|false|", "Ice tea|U|||||-"],
        "what hung from it hangs from nothing"
    );
    // The number of a deleted item is not given again.
    ann.upload("products.csv", "Code,Name,Region,Price,Core\nX,New,,,\n").await;
    ann.run(&path(&simulator, "Load products")).await;
    let model = model_of(&simulator);
    assert_eq!(model.find_list("Products").expect("list").items[2].id, "202000000004");

    ann.run(&path(&simulator, "Load regions")).await;
    let task = ann.run(&path(&simulator, "Sort regions")).await;
    assert_eq!(task["result"]["details"][0]["type"], "taskElementSucceeded");
    let regions = items(&simulator, "Regions");
    let names: Vec<&str> = regions.iter().map(|it| it.split('|').next().expect("a name")).collect();
    assert_eq!(names, ["East", "North", "South", "West"]);
}

#[tokio::test]
async fn the_current_period_moves_on_to_the_end() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let next = path(&simulator, "Next month");
    assert_eq!(model_of(&simulator).calendar.current_period, None);
    for (count, day) in [(1, "2026-01-01"), (1, "2026-02-01"), (10, "2026-12-01")] {
        for _ in 0..count {
            assert_eq!(ann.run(&next).await["result"]["successful"], true);
        }
        let current = model_of(&simulator).calendar.current_period.expect("a day");
        assert_eq!(current.to_string(), day);
    }
    let task = ann.run(&next).await;
    assert_eq!((&task["taskState"], &task["currentStep"]), (&json!("COMPLETE"), &json!("Failed.")));
    assert_eq!(task["result"]["details"][0]["type"], "actionFailed");
}

#[tokio::test]
async fn one_version_is_copied_to_another() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let text = "\n\nProduct,Month,Version,Item,Value\n\nTea,Jan 26,Actual,Units,5\n\
                Tea,Feb 26,Actual,Units,6\nTea,Jan 26,Forecast,Units,1\n";
    let text = text.replacen("\n\n", "a title\n", 1);
    let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let result = ann.load("facts.csv", bytes, "Load facts").await;
    assert_eq!(result["details"][0]["localMessageText"], "Sales: 3 rows successful, 0 ignored");
    let task = ann.run(&path(&simulator, "Actual to Forecast")).await;
    assert_eq!(task["result"]["details"][0]["values"], json!(["copiedCount", "2"]));
    let model = model_of(&simulator);
    let mut values: Vec<(u64, &str)> = model.find_module("Sales").expect("module").line_items[0]
        .cells
        .iter()
        .map(|(key, value)| (key[2], value.as_str()))
        .collect();
    values.sort_unstable();
    let (actual, forecast) = (107_000_000_001, 107_000_000_002);
    assert_eq!(values, [(actual, "5"), (actual, "6"), (forecast, "5"), (forecast, "6")]);
    // A calculated version can't be written, and one that isn't there fails.
    for (to, successful, copied) in [("Gap", true, json!("0")), ("Dream", false, json!(null))] {
        simulator.edit(|tenant| {
            let model = tenant.model_mut("Plan").expect("model");
            model.actions[3].kind =
                ActionKind::BulkCopy { from: "Actual".to_owned(), to: to.to_owned() };
        });
        let result = ann.run(&path(&simulator, "Actual to Forecast")).await["result"].clone();
        assert_eq!(result["successful"], successful, "{to}");
        assert_eq!(result["details"][0]["values"][1], copied, "{to}");
    }
}

#[tokio::test]
async fn the_log_of_an_optimizer_is_for_administrators() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    let action = path(&simulator, "Optimize").replace("/actions/", "/optimizeActions/");
    let log = |task: &str| format!("{action}/tasks/{task}/solutionLogs");
    let task = ann.start(&path(&simulator, "Solve")).await;
    assert_eq!(ann.get(&log(&task)).await.status, 404, "it still runs");
    simulator.clock().advance(super::LONG_ENOUGH);
    ann.wait_for(&format!("{}/tasks/{task}", path(&simulator, "Solve"))).await;
    let answer = ann.get(&log(&task)).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/plain")));
    assert!(answer.text().starts_with("Optimize Optimize with 6 rows"));
    assert_eq!(ann.get(&log("ABC")).await.status, 404);
    let other = ann.run(&path(&simulator, "Next month")).await;
    let other = other["taskId"].as_str().expect("an id");
    assert_eq!(ann.get(&log(other)).await.status, 404, "it ran something else");
    for task in [task.as_str(), "ABC"] {
        assert_eq!(bob.get(&log(task)).await.status, 403, "before the id is looked at");
    }
    let unknown = log(&task).replace("117", "999");
    assert_eq!((ann.get(&unknown).await.status, bob.get(&unknown).await.status), (404, 403));
}

#[tokio::test]
async fn structure_stays_in_a_deployed_model() {
    let simulator = loading::start().await;
    simulator.edit(|tenant| {
        tenant.model_mut("Plan").expect("model").state = "PRODUCTION".to_owned();
    });
    let ann = Session::ann(&simulator).await;
    let body = r#"{"localeName":"en_US"}"#;
    for (name, status) in [
        ("Drop old products", 425),
        ("Sort regions", 425),
        ("Next month", 200),
        ("Products out", 200),
    ] {
        let tasks = format!("{}/tasks", path(&simulator, name));
        assert_eq!(ann.call("POST", &tasks, body).await.status, status, "{name}");
    }
    let task = ann.run(&path(&simulator, "Nightly")).await;
    assert_eq!(task["result"]["successful"], false);
    let detail = &task["result"]["nestedResults"][0]["details"][0];
    assert_eq!(detail["type"], "hierarchyImportFailed");
}
