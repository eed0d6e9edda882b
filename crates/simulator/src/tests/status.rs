//! A model in and out of memory, on and off the net.

use std::time::Duration;

use serde_json::Value;

use super::super::{Outcome, Role, Simulator, User};
use super::client::{Session, send};
use super::{path_of, tenant};

const HOUR: Duration = Duration::from_secs(3600);

/// How long a model takes to open: far longer than a test, and twice that is shorter than a token lives.
const OPENING: Duration = Duration::from_secs(600);

/// A simulator whose models open slowly.
async fn slow() -> Simulator {
    let wil = User::new("wil@example.com", "builder").standard().role(Role::WorkspaceAdmin);
    let builder = Simulator::builder(tenant().user(wil)).opening_time(OPENING);
    builder.start().await.expect("start")
}

/// Both paths of a model.
fn paths(simulator: &Simulator, model: &str) -> [String; 2] {
    let tenant = simulator.tenant();
    let id = tenant.find_model(model).expect("model").id.clone();
    let workspace = &tenant.home_of(&id).expect("workspace").0.id;
    [format!("/2/0/models/{id}"), format!("/2/0/workspaces/{workspace}/models/{id}")]
}

async fn status(session: &Session<'_>, path: &str) -> Value {
    let answer = session.get(&format!("{path}/status")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()["requestStatus"].clone()
}

#[tokio::test]
async fn a_model_opens_and_closes_in_its_own_time() {
    let simulator = slow().await;
    let ann = Session::ann(&simulator).await;
    let [path, long] = paths(&simulator, "Open");
    let token = format!("AnaplanAuthToken {}", ann.token);
    let headers = [("Authorization", token.as_str()), ("Content-Type", "application/text")];
    let post = async |tail: &str| {
        let path = format!("{long}/{tail}");
        send(&simulator, "POST", &path, &headers, "").await.expect("an answer")
    };
    let before = status(&ann, &path).await;
    assert_eq!(before["currentStep"], "Closed");
    assert_eq!(before["progress"], -1.0);

    let answer = post("open").await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    let opening = status(&ann, &path).await;
    assert_eq!(opening["currentStep"], "Opening ...");
    assert!((0.0..0.1).contains(&opening["progress"].as_f64().expect("a number")));
    simulator.clock().advance(OPENING);
    let open = status(&ann, &long).await;
    assert_eq!(
        (open["currentStep"].as_str(), open["progress"].as_f64()),
        (Some("Open"), Some(-1.0))
    );
    let mut fields: Vec<&String> = open.as_object().expect("an object").keys().collect();
    fields.sort();
    assert_eq!(
        fields,
        [
            "creationTime",
            "currentStep",
            "exportTaskType",
            "peakMemoryUsageEstimate",
            "peakMemoryUsageTime",
            "progress",
            "taskId",
            "tooltip"
        ]
    );
    assert!(open["creationTime"].as_i64() > opening["creationTime"].as_i64(), "made afresh");

    let answer = post("close").await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(status(&ann, &path).await["currentStep"], "Closing");
    simulator.clock().advance(OPENING);
    assert_eq!(status(&ann, &path).await["currentStep"], "Closed");
    let answer = post("status").await;
    assert_eq!(answer.json()["requestStatus"]["currentStep"], "Closed", "POST does the same");
    assert!(answer.json().get("meta").is_none(), "without the envelope");
    assert_eq!(ann.get(&format!("{path}/open")).await.header("allow"), Some("POST"));
}

#[tokio::test]
async fn the_first_access_opens_a_model_and_an_idle_hour_closes_it() {
    let simulator = slow().await;
    let ann = Session::ann(&simulator).await;
    let [path, _] = paths(&simulator, "Open");
    let _ = ann.get(&path).await;
    assert_eq!(status(&ann, &path).await["currentStep"], "Closed", "its entry isn't its content");
    assert_eq!(ann.get(&format!("{path}/exports")).await.status, 200);
    assert_eq!(status(&ann, &path).await["currentStep"], "Open");
    simulator.clock().advance(HOUR);
    let ann = Session::ann(&simulator).await;
    assert_eq!(status(&ann, &path).await["currentStep"], "Closed");
}

#[tokio::test]
async fn a_running_task_shows_in_the_status() {
    let simulator = slow().await;
    let ann = Session::ann(&simulator).await;
    let export = path_of(&simulator, "Open", "Sales");
    simulator.edit(|tenant| {
        tenant.export_mut("Open", "Sales").expect("export").outcome = Outcome::Never;
    });
    let task = ann.start(&export).await;
    simulator.clock().advance(super::LONG_ENOUGH);
    let [path, _] = paths(&simulator, "Open");
    let busy = status(&ann, &path).await;
    assert_eq!(busy["currentStep"], "Processing ...");
    assert_eq!(busy["taskId"], task.as_str());
    let progress = busy["progress"].as_f64().expect("a number");
    assert!((0.0..1.0).contains(&progress), "{progress}");
    let tooltip = busy["tooltip"].as_str().expect("a text");
    assert!(tooltip.starts_with("Export") && tooltip.contains("ann.lee@example.com"), "{tooltip}");
    let details = ann.get(&format!("{path}?modelDetails=true")).await.json();
    assert_eq!(details["model"]["modelTransactionRunning"], true);
}

#[tokio::test]
async fn states_and_rights_decide() {
    let simulator = slow().await;
    let ann = Session::ann(&simulator).await;
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    let wil = Session::new(&simulator, "wil@example.com", "builder").await;
    for (model, status, open, close) in [
        ("Open", 200, 202, 204),
        ("Locked", 200, 202, 204),
        ("Archived", 422, 422, 422),
        ("Offline", 200, 424, 424),
        ("Secret", 404, 404, 404),
    ] {
        for path in paths(&simulator, model) {
            for who in [&ann, &wil] {
                assert_eq!(who.get(&format!("{path}/status")).await.status, status, "{model}");
                assert_eq!(who.call("POST", &format!("{path}/open"), "").await.status, open);
                assert_eq!(who.call("POST", &format!("{path}/close"), "").await.status, close);
            }
        }
    }
    let [offline, _] = paths(&simulator, "Offline");
    assert_eq!(status(&ann, &offline).await["currentStep"], "Closed");
    let [path, _] = paths(&simulator, "Open");
    let online = format!("{path}/onlineStatus");
    assert_eq!(bob.get(&format!("{path}/status")).await.status, 200);
    assert_eq!(bob.call("POST", &format!("{path}/open"), "").await.status, 404);
    assert_eq!(bob.call("POST", &format!("{path}/close"), "").await.status, 403);
    assert_eq!(bob.call("PUT", &online, r#"{"status":"offline"}"#).await.status, 403);
    assert_eq!(ann.get("/2/0/models/NONE/status").await.status, 404);
}

#[tokio::test]
async fn an_offline_model_answers_424_until_it_is_back() {
    let simulator = slow().await;
    let wil = Session::new(&simulator, "wil@example.com", "builder").await;
    let [path, long] = paths(&simulator, "Open");
    let offline = r#"{"status":"offline"}"#;
    assert_eq!(wil.get(&format!("{path}/exports")).await.status, 200);
    let answer = wil.call("PUT", &format!("{path}/onlineStatus"), offline).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(wil.get(&path).await.json()["model"]["activeState"], "MAINTENANCE");
    assert_eq!(wil.get(&format!("{path}/exports")).await.status, 424);
    let answer = wil.call("POST", &format!("{long}/onlineStatus"), r#"{"status":"online"}"#).await;
    assert_eq!(answer.status, 204);
    assert_eq!(wil.get(&path).await.json()["model"]["activeState"], "UNLOCKED");
    assert_eq!(status(&wil, &path).await["currentStep"], "Closed", "it went out of memory");
    assert_eq!(wil.get(&format!("{path}/exports")).await.status, 200);

    for bad in ["", "{}", r#"{"status":"away"}"#, r#"{"status":true}"#] {
        assert_eq!(
            wil.call("PUT", &format!("{path}/onlineStatus"), bad).await.status,
            400,
            "{bad}"
        );
    }
    let [locked, _] = paths(&simulator, "Locked");
    assert_eq!(wil.call("PUT", &format!("{locked}/onlineStatus"), offline).await.status, 400);
    let [archived, _] = paths(&simulator, "Archived");
    assert_eq!(wil.call("PUT", &format!("{archived}/onlineStatus"), offline).await.status, 422);
    simulator.edit(|tenant| {
        tenant.model_mut("Other").expect("model").state = "PRODUCTION".to_owned();
    });
    let [other, _] = paths(&simulator, "Other");
    assert_eq!(wil.call("PUT", &format!("{other}/onlineStatus"), offline).await.status, 204);
    assert_eq!(
        simulator.tenant().find_model("Other").expect("model").state,
        "PRODUCTION_MAINTENANCE"
    );
    let token = format!("AnaplanAuthToken {}", wil.token);
    let headers = [("Authorization", token.as_str())];
    let path = format!("{path}/onlineStatus");
    assert_eq!(
        send(&simulator, "PUT", &path, &headers, offline).await.expect("answer").status,
        415
    );
}
