//! The life of a task.

use std::time::Duration;

use serde_json::Value;

use super::super::{
    Column, Export, Model, Outcome, Simulator, SimulatorBuilder, Tenant, User, Workspace,
};
use super::client::Session;
use super::{file_of, path_of};

fn export(name: &str) -> Export {
    Export::tabular(name, vec![Column::new("Name", "TEXT")]).with_rows([["a"]])
}

fn slow() -> SimulatorBuilder {
    let outcome = |name: &str, outcome| export(name).outcome(outcome);
    let model = Model::new("Open")
        .export(export("First"))
        .export(export("Second"))
        .export(outcome("Failing", Outcome::failure("No longer there.")))
        .export(outcome("Cancelled", Outcome::CancelledByOther))
        .export(outcome("Stuck", Outcome::Never));
    let tenant = Tenant::new()
        .user(User::new("ann.lee@example.com", "secret"))
        .user(User::new("bob@example.com", "concealed"))
        .workspace(
            Workspace::new("First")
                .model(model)
                .model(Model::new("Beside").export(export("First"))),
        );
    Simulator::builder(tenant)
        .task_time(Duration::from_secs(100), Duration::from_secs(1000))
        .token_lifetime(Duration::from_secs(1_000_000))
}

async fn look(session: &Session<'_>, export: &str, task: &str) -> Value {
    session.get(&format!("{export}/tasks/{task}")).await.json()["task"].clone()
}

/// Waits until the index of a small file is ready, which takes real time.
async fn settle() {
    tokio::time::sleep(Duration::from_millis(30)).await;
}

#[tokio::test]
async fn a_task_passes_through_its_states() {
    let simulator = slow().start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let path = path_of(&simulator, "Open", "First");
    assert!(ann.get(&format!("{path}/tasks")).await.json().get("tasks").is_none());
    let id = ann.start(&path).await;
    let task = look(&ann, &path, &id).await;
    assert_eq!((task["taskState"].as_str(), task.get("result")), (Some("NOT_STARTED"), None));
    simulator.clock().advance(Duration::from_secs(600));
    let task = look(&ann, &path, &id).await;
    assert_eq!((task["taskState"].as_str(), task.get("result")), (Some("IN_PROGRESS"), None));
    assert_eq!(task["progress"], 0.5);
    settle().await;
    simulator.clock().advance(Duration::from_secs(501));
    let task = look(&ann, &path, &id).await;
    assert_eq!(task["taskState"], "COMPLETE");
    assert_eq!(task["progress"], 1.0);
    assert_eq!(task["currentStep"], "Complete.");
    assert_eq!(task["result"]["successful"], true);
    assert_eq!(task["result"]["objectName"], "First");
    assert_eq!(task["result"]["details"][0]["type"], "exportSucceeded");
    let list = ann.get(&format!("{path}/tasks")).await.json();
    assert_eq!(list["tasks"][0]["taskId"], id.as_str());
    assert_eq!(simulator.tasks()[0].state, "COMPLETE");
    assert_eq!(simulator.tasks()[0].user, "ann.lee@example.com");
}

#[tokio::test]
async fn tasks_of_a_model_queue_and_other_models_go_on() {
    let simulator = slow().start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let paths = ["First", "Second"].map(|name| path_of(&simulator, "Open", name));
    ann.start(&paths[0]).await;
    ann.start(&paths[1]).await;
    ann.start(&paths[0]).await;
    ann.start(&path_of(&simulator, "Beside", "First")).await;
    settle().await;
    let states = || simulator.tasks().into_iter().map(|task| task.state).collect::<Vec<_>>();
    simulator.clock().advance(Duration::from_secs(101));
    assert_eq!(states(), ["IN_PROGRESS", "NOT_STARTED", "NOT_STARTED", "IN_PROGRESS"]);
    simulator.clock().advance(Duration::from_secs(1000));
    assert_eq!(states(), ["COMPLETE", "IN_PROGRESS", "NOT_STARTED", "COMPLETE"]);
    // One jump over two ends: each task ran for its own time.
    simulator.clock().advance(Duration::from_secs(2000));
    assert_eq!(states(), ["COMPLETE", "COMPLETE", "COMPLETE", "COMPLETE"]);
    let list = ann.get(&format!("{}/tasks?sort=-creationDate", paths[0])).await.json();
    assert_eq!(list["tasks"].as_array().expect("tasks").len(), 2);
}

#[tokio::test]
async fn cancelling_waiting_and_running_tasks() {
    let simulator = slow().start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let path = path_of(&simulator, "Open", "First");
    let stuck = path_of(&simulator, "Open", "Stuck");
    let running = ann.start(&stuck).await;
    let waiting = ann.start(&path).await;
    let last = ann.start(&path).await;
    simulator.clock().advance(Duration::from_secs(100_000));
    assert_eq!(look(&ann, &stuck, &running).await["taskState"], "IN_PROGRESS");
    assert_eq!(look(&ann, &path, &waiting).await["taskState"], "NOT_STARTED");
    let answer = ann.call("DELETE", &format!("{path}/tasks/{waiting}"), "").await;
    assert_eq!(
        (answer.status, answer.json()["task"]["taskState"].as_str()),
        (200, Some("CANCELLED"))
    );
    let answer = ann.call("DELETE", &format!("{stuck}/tasks/{running}"), "").await.json();
    assert_eq!(answer["task"]["taskState"], "CANCELLING");
    simulator.clock().advance(Duration::from_secs(1));
    let task = look(&ann, &stuck, &running).await;
    assert_eq!(task["taskState"], "CANCELLED");
    assert_eq!(task["result"]["successful"], false);
    let user = simulator.tenant().find_user("ann.lee@example.com").expect("user").id.clone();
    assert_eq!(task["cancelledBy"], user.as_str());
    // The model is free again.
    settle().await;
    simulator.clock().advance(Duration::from_secs(1000));
    assert_eq!(look(&ann, &path, &last).await["taskState"], "COMPLETE");
    let answer = ann.call("DELETE", &format!("{path}/tasks/{last}"), "").await.json();
    assert_eq!(answer["task"]["taskState"], "COMPLETE", "what has ended stays as it is");
}

#[tokio::test]
async fn complete_is_not_success() {
    let simulator = slow().start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let task = ann.run_slow(&path_of(&simulator, "Open", "Failing")).await;
    assert_eq!(
        (task["taskState"].as_str(), &task["result"]["successful"]),
        (Some("COMPLETE"), &Value::Bool(false))
    );
    assert_eq!(task["result"]["details"][0]["type"], "actionFailed");
    assert_eq!(task["result"]["details"][0]["localMessageText"], "No longer there.");
    assert_eq!(ann.get(&file_of(&simulator, "Open", "Failing")).await.status, 404, "no file");
    let task = ann.run_slow(&path_of(&simulator, "Open", "Cancelled")).await;
    assert_eq!(task["taskState"], "CANCELLED");
    assert!(task["cancelledBy"].is_string());
}

#[tokio::test]
async fn a_task_is_found_under_its_parent_and_model_only() {
    let simulator = slow().start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let path = path_of(&simulator, "Open", "First");
    let id = ann.start(&path).await;
    assert_eq!(ann.get(&format!("{path}/tasks/{id}")).await.status, 200);
    for other in [path_of(&simulator, "Open", "Second"), path_of(&simulator, "Beside", "First")] {
        assert_eq!(ann.get(&format!("{other}/tasks/{id}")).await.status, 404);
        assert_eq!(ann.call("DELETE", &format!("{other}/tasks/{id}"), "").await.status, 404);
    }
    let unknown = path.replace("116", "999");
    assert_eq!(
        ann.call("POST", &format!("{unknown}/tasks"), r#"{"localeName":"en_US"}"#).await.status,
        404
    );
    let list = ann.get(&format!("{unknown}/tasks")).await;
    assert_eq!(list.status, 200);
    assert!(list.json().get("tasks").is_none());
    // Other users' tasks are listed too.
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    assert_eq!(bob.get(&format!("{path}/tasks")).await.json()["tasks"][0]["taskId"], id.as_str());
}

impl Session<'_> {
    /// Runs an export that takes minutes on the clock.
    async fn run_slow(&self, export: &str) -> Value {
        let id = self.start(export).await;
        self.simulator.clock().advance(Duration::from_secs(5000));
        settle().await;
        look(self, export, &id).await
    }
}
