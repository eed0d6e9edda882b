//! How imports do their work: from views, in the background, all or nothing.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use super::super::{
    Calendar, Dim, Import, ImportTarget, LineItem, List, Model, Module, ModuleColumn, Scale,
    Simulator, Workspace,
};
use super::client::Session;
use super::loading::{self, cells, items, kind, model_of, path, plan};

/// A model whose cells take as long as one wants.
fn slow_source(open: &Arc<AtomicBool>) -> Model {
    let open = Arc::clone(open);
    let item = LineItem::number("Units").fill_with(move |places| {
        while !open.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        places[0].label.len().to_string()
    });
    let dimensions = vec![Dim::list("Products"), Dim::Time(Scale::Month)];
    Model::new("Slow")
        .list(List::new("Products").items(["Tea", "Ice", "Unknown"]))
        .calendar(Calendar::default().years(2026, 0, 0))
        .module(Module::new("Stock", dimensions).line_item(item))
}

async fn start_slow(open: &Arc<AtomicBool>) -> Simulator {
    let columns = [
        ("Products", ModuleColumn::dimension("Products")),
        ("Time", ModuleColumn::dimension("Time")),
        ("Units", ModuleColumn::line_item("Units")),
    ];
    let target = ImportTarget::module("Sales", &columns);
    let import =
        Import::from_view("From stock", "Slow", "Stock", "Stock", target).prompt("Versions");
    let mut tenant = loading::tenant().workspace(Workspace::new("Third").model(slow_source(open)));
    tenant.model_mut("Plan").expect("model").imports.push(import);
    Simulator::builder(tenant).requests_per_minute(None).start().await.expect("start")
}

fn to_actual() -> String {
    let mapping = json!([{"entityType": "Versions", "entityName": "Actual"}]);
    json!({"localeName": "en_US", "mappingParameters": mapping}).to_string()
}

#[tokio::test]
async fn rows_come_from_a_view_of_another_model() {
    let open = Arc::new(AtomicBool::new(true));
    let simulator = start_slow(&open).await;
    let ann = Session::ann(&simulator).await;
    let import = path(&simulator, "From stock");
    let task = ann.run_with(&import, &serde_json::from_str(&to_actual()).expect("JSON")).await;
    // Three products, twelve months, four quarters and a year; all but the leaves of two products fail.
    let result = &task["result"];
    assert_eq!(kind(result).1, "Sales: 24 rows successful, 27 failed, 0 ignored");
    let written = cells(&simulator, "Units");
    assert_eq!(written.len(), 24);
    assert_eq!(written[0], "Ice|Apr 26|Actual=3");
    for (change, expected) in [
        ("Model", "failedToLocateModule"),
        ("View", "failedToLocateSavedView"),
        ("State", "sourceModelArchived"),
        ("Name", "failedToLocateModel"),
    ] {
        simulator.edit(|tenant| {
            let (mut model, mut module, mut view) = ("Slow", "Stock", "Stock");
            match change {
                "Model" => module = "Gone",
                "View" => view = "Gone",
                "State" => tenant.model_mut("Slow").expect("model").state = "ARCHIVED".to_owned(),
                _ => model = "Gone",
            }
            let target = tenant.model_mut("Plan").expect("model");
            let import = target.imports.last_mut().expect("an import");
            import.source = Import::from_view("", model, module, view, ImportTarget::Users).source;
            import.prompts.clear();
        });
        let failed = ann.run(&import).await["result"].clone();
        assert_eq!((&failed["successful"], kind(&failed).0), (&json!(false), expected));
    }
}

#[tokio::test]
async fn a_long_import_stalls_nobody() {
    let open = Arc::new(AtomicBool::new(false));
    let simulator = start_slow(&open).await;
    let ann = Session::ann(&simulator).await;
    let import = path(&simulator, "From stock");
    let start = ann.call("POST", &format!("{import}/tasks"), &to_actual()).await.json();
    let task = format!("{import}/tasks/{}", start["task"]["taskId"].as_str().expect("an id"));
    simulator.clock().advance(super::LONG_ENOUGH);
    let begin = Instant::now();
    for _ in 0..3 {
        let status = ann.get(&task).await.json();
        assert_eq!(
            (&status["task"]["taskState"], &status["task"]["progress"]),
            (&json!("IN_PROGRESS"), &json!(0.99))
        );
        assert_eq!(ann.get("/2/0/models").await.status, 200);
        assert_eq!(ann.get(&format!("{}/imports", plan_path(&import))).await.status, 200);
    }
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    open.store(true, Ordering::SeqCst);
    let begin = Instant::now();
    while ann.get(&task).await.json()["task"]["taskState"] != "COMPLETE" {
        assert!(begin.elapsed() < Duration::from_secs(20));
    }
    assert_eq!(cells(&simulator, "Units").len(), 24);
}

fn plan_path(import: &str) -> &str {
    import.split("/imports/").next().expect("a path")
}

#[tokio::test]
async fn a_cancelled_import_changes_nothing() {
    let open = Arc::new(AtomicBool::new(false));
    let simulator = start_slow(&open).await;
    let ann = Session::ann(&simulator).await;
    let import = path(&simulator, "From stock");
    let start = ann.call("POST", &format!("{import}/tasks"), &to_actual()).await.json();
    let task = format!("{import}/tasks/{}", start["task"]["taskId"].as_str().expect("an id"));
    simulator.clock().advance(super::LONG_ENOUGH);
    // Its work is under way on another thread.
    assert_eq!(ann.get(&task).await.json()["task"]["taskState"], "IN_PROGRESS");
    let cancelled = ann.call("DELETE", &task, "").await.json();
    assert_eq!(cancelled["task"]["taskState"], "CANCELLING");
    open.store(true, Ordering::SeqCst);
    simulator.clock().advance(super::LONG_ENOUGH);
    let status = ann.get(&task).await.json()["task"].clone();
    assert_eq!(
        (&status["taskState"], &status["result"]["successful"]),
        (&json!("CANCELLED"), &json!(false))
    );
    assert_eq!(kind(&status["result"]).0, "msgImportCancelled");
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(cells(&simulator, "Units"), Vec::<String>::new());

    // Before its time is over, nothing has been done yet.
    ann.upload("products.csv", "Code,Name,Region,Price,Core\nC,Coffee,,,\n").await;
    let import = path(&simulator, "Load products");
    let id = ann.start(&import).await;
    simulator.clock().advance(Duration::from_millis(60));
    let task = format!("{import}/tasks/{id}");
    assert_eq!(ann.get(&task).await.json()["task"]["taskState"], "IN_PROGRESS");
    assert_eq!(items(&simulator, "Products").len(), 2);
    ann.call("DELETE", &task, "").await;
    simulator.clock().advance(super::LONG_ENOUGH);
    assert_eq!(ann.get(&task).await.json()["task"]["taskState"], "CANCELLED");
    assert_eq!(items(&simulator, "Products").len(), 2);
}

#[tokio::test]
async fn work_on_a_tenant_that_changes_meanwhile_is_done_anew() {
    let open = Arc::new(AtomicBool::new(false));
    let simulator = Arc::new(start_slow(&open).await);
    let ann = Session::ann(&simulator).await;
    let import = path(&simulator, "From stock");
    ann.call("POST", &format!("{import}/tasks"), &to_actual()).await;
    simulator.clock().advance(super::LONG_ENOUGH);
    assert_eq!(
        ann.get(&format!("{import}/tasks")).await.json()["tasks"][0]["taskState"],
        "IN_PROGRESS"
    );
    // A request that changes the model while the import works on its copy.
    let new = format!("{}/files/late.csv", plan_path(&import));
    assert_eq!(ann.call("POST", &new, r#"{"chunkCount":1}"#).await.status, 200);
    open.store(true, Ordering::SeqCst);
    let model = model_of(&simulator);
    assert!(model.find_file("late.csv").is_some(), "not lost");
    assert_eq!(cells(&simulator, "Units").len(), 24);
}

#[tokio::test]
async fn a_function_that_panics_fails_the_task() {
    let open = Arc::new(AtomicBool::new(true));
    let simulator = start_slow(&open).await;
    let told = Arc::new(Mutex::new(()));
    simulator.edit(|tenant| {
        let item = &mut tenant.model_mut("Slow").expect("model").modules[0].line_items[0];
        let told = Arc::clone(&told);
        *item = LineItem::number("Units").fill_with(move |_| {
            let _told = told.lock();
            panic!("from outside");
        });
    });
    let ann = Session::ann(&simulator).await;
    let import = path(&simulator, "From stock");
    let task = ann.run_with(&import, &serde_json::from_str(&to_actual()).expect("JSON")).await;
    assert_eq!(
        (&task["result"]["successful"], kind(&task["result"]).0),
        (&json!(false), "internalError")
    );
    assert_eq!(ann.run(&path(&simulator, "Load regions")).await["result"]["successful"], true);
}

#[tokio::test]
async fn states_of_a_model_hold_for_imports() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    ann.upload("products.csv", "Code,Name,Region,Price,Core\nT,Thé,,,\n").await;
    let start = r#"{"localeName":"en_US"}"#;
    let list = format!("{}/tasks", path(&simulator, "Load products"));
    let module = format!("{}/tasks", path(&simulator, "Load facts"));
    let state = |state: &str| {
        simulator.edit(|tenant| tenant.model_mut("Plan").expect("model").state = state.to_owned());
    };
    for (name, status) in
        [("LOCKED", 423), ("ARCHIVED", 422), ("MAINTENANCE", 424), ("PRODUCTION", 425)]
    {
        state(name);
        assert_eq!(ann.call("POST", &list, start).await.status, status, "{name}");
    }
    assert_eq!(ann.call("POST", &module, start).await.status, 200, "data may change");
    simulator.edit(|tenant| {
        let model = tenant.model_mut("Plan").expect("model");
        model.list_mut("Products").expect("list").production_data = true;
    });
    assert_eq!(ann.call("POST", &list, start).await.status, 200, "production data may, too");
    simulator.clock().advance(Duration::from_secs(3));
    assert_eq!(items(&simulator, "Products")[0], "Thé|T|North||2020-01-31|false|-");
    state("UNLOCKED");
    simulator.edit(|tenant| tenant.model_mut("Plan").expect("model").no_access = true);
    assert_eq!(ann.call("POST", &list, start).await.status, 404);
    for kind in ["imports", "exports", "actions", "processes"] {
        let tasks = ann.get(&format!("{}/{kind}/1/tasks", plan(&simulator))).await;
        assert_eq!((tasks.status, tasks.json().get("tasks").is_none()), (200, true), "{kind}");
        assert_eq!(ann.get(&format!("{}/{kind}", plan(&simulator))).await.status, 404);
    }
    assert_eq!(
        ann.put(&path(&simulator, "products.csv"), "application/octet-stream", b"x").await.status,
        404
    );
}
