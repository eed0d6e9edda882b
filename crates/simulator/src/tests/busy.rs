//! A model on which a task runs: listings and metadata answer, everything else waits.

use std::time::Duration;

use serde_json::json;

use super::super::{Column, Export, Model, Simulator, Tenant, User, Workspace};
use super::client::Session;
use super::path_of;
use super::plan::{EMPTY, PEOPLE, ok, plan};

const HOUR: Duration = Duration::from_secs(3600);

async fn busy() -> Simulator {
    let export = Export::tabular("Sales", vec![Column::new("Name", "TEXT")]).with_rows([["a"]]);
    let workspace =
        Workspace::new("W").model(plan("Plan").export(export)).model(Model::new("Beside"));
    let tenant =
        Tenant::new().user(User::new("ann.lee@example.com", "secret")).workspace(workspace);
    Simulator::builder(tenant)
        .task_time(Duration::ZERO, HOUR)
        .token_lifetime(HOUR * 100)
        .start()
        .await
        .expect("start")
}

#[tokio::test]
async fn writes_and_reads_of_data_wait_until_the_model_is_free() {
    let simulator = busy().await;
    let ann = Session::ann(&simulator).await;
    let export = path_of(&simulator, "Plan", "Sales");
    let model = export.split("/exports").next().expect("a path").to_owned();
    ann.start(&export).await;

    for tail in [
        "modules",
        "views",
        "lineItems",
        "views/102000000001",
        "lists",
        &format!("lists/{PEOPLE}"),
        "versions",
        "modelCalendar",
        "currentPeriod",
        "dashboards",
        "exports",
        "modules",
        "views",
        "views/102000000001",
        "lineItems?includeAll=true",
    ] {
        let path = format!("{model}/{tail}");
        let answer = tokio::time::timeout(Duration::from_secs(5), ann.get(&path)).await;
        assert_eq!(answer.expect("an answer at once").status, 200, "{tail}");
    }
    let items = json!({"items": [{"name": "new"}]}).to_string();
    let cells = json!([{"lineItemName": "Rate", "value": 5}]).to_string();
    let list = format!("{model}/lists/{EMPTY}");
    let calls = [
        ("GET", format!("{list}/items"), ""),
        ("GET", format!("{model}/views/102000000001/data"), ""),
        ("GET", format!("{model}/dimensions/{PEOPLE}/items"), ""),
        ("GET", format!("{list}/preview"), ""),
        ("POST", format!("{list}/readRequests"), "{}"),
        ("POST", format!("{list}/items?action=add"), items.as_str()),
        ("PUT", format!("{list}/items"), items.as_str()),
        ("POST", format!("{model}/modules/102000000001/data"), cells.as_str()),
        ("PUT", format!("{model}/currentPeriod?date="), ""),
        ("PUT", format!("{model}/modelCalendar/fiscalYear"), r#"{"year":"FY26"}"#),
        ("PUT", format!("{model}/versions/107000000002/switchover"), r#"{"date":"2026-06-01"}"#),
        ("POST", format!("{model}/lists/{EMPTY}/resetIndex"), ""),
        ("GET", format!("{model}/views/102000000001/data"), ""),
        ("GET", format!("{list}/preview"), ""),
        ("POST", format!("{list}/readRequests"), ""),
        (
            "POST",
            format!("{model}/views/102000000001/readRequests"),
            r#"{"exportType":"GRID_ALL_PAGES"}"#,
        ),
    ];
    for (method, path, body) in &calls {
        let answer = tokio::time::timeout(Duration::from_millis(60), ann.call(method, path, body));
        assert!(answer.await.is_err(), "{method} {path} must wait");
    }
    let read = ok(&ann.get(&list).await);
    assert_eq!(read["metadata"]["itemCount"], 1, "nothing was written");

    let (method, path, body) = &calls[7];
    let waiting = ann.call(method, path, body);
    let jump = async {
        while simulator.count("POST", "/2/0/models/*/modules/*/data") < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(simulator.tasks()[0].state, "IN_PROGRESS");
        simulator.clock().advance(HOUR * 2);
    };
    let (answer, ()) =
        tokio::time::timeout(Duration::from_secs(10), async { tokio::join!(waiting, jump) })
            .await
            .expect("an answer when the task has ended");
    assert_eq!(ok(&answer)["numberOfCellsChanged"].as_u64().map(|count| count <= 1), Some(true));
    assert_eq!(simulator.tasks()[0].state, "COMPLETE");
    for (method, path, body) in &calls {
        let answer = ann.call(method, path, body).await;
        assert!(matches!(answer.status, 200 | 400), "{method} {path} {}", answer.text());
    }
}

#[tokio::test]
async fn another_model_does_not_wait() {
    let simulator = busy().await;
    let ann = Session::ann(&simulator).await;
    let export = path_of(&simulator, "Plan", "Sales");
    ann.start(&export).await;
    let beside = simulator.tenant().find_model("Beside").expect("model").id.clone();
    let path = format!("/2/0/models/{beside}/currentPeriod?date=");
    let answer = tokio::time::timeout(Duration::from_secs(5), ann.call("PUT", &path, "")).await;
    assert_eq!(answer.expect("an answer at once").status, 200);
}
