//! Rejected rows: where they are found, for how long, and by whom.

use std::time::Duration;

use serde_json::json;

use super::super::Simulator;
use super::client::{Session, send};
use super::loading::{self, id, path};

const BAD: &str = "Code,Name,Region,Price,Core\n\
    T,,Nowhere,,\n\
    ,,,5,\n\
    I,,,\"a \"\"b\"\"\",\n\
    \n\
    N,\"New\nline\",,x,x\n";

const DUMP: &str = "\"_Status_\",\"Code\",\"Name\",\"Region\",\"Price\",\"Core\",\"_Line_\",\"_Error_1_\",\"_Error_2_\"\n\
    \"E\",\"T\",\"\",\"Nowhere\",\"\",\"\",\"2\",\"The parent Nowhere was not found.\",\"\"\n\
    \"E\",\"\",\"\",\"\",\"5\",\"\",\"3\",\"The key is blank: an item needs a name.\",\"\"\n\
    \"W\",\"I\",\"\",\"\",\"a \"\"b\"\"\",\"\",\"4\",\"Price: a \"\"b\"\" is no value of the format NUMBER.\",\"\"\n\
    \"W\",\"N\",\"New\nline\",\"\",\"x\",\"x\",\"6\",\"Price: x is no value of the format NUMBER.\",\"Core: x is no value of the format BOOLEAN.\"\n";

/// Runs the import of products with these rows and returns the path of its task.
async fn run(session: &Session<'_>, text: &str) -> String {
    session.upload("products.csv", text).await;
    let import = path(session.simulator, "Load products");
    let task = session.run(&import).await;
    format!("{import}/tasks/{}", task["taskId"].as_str().expect("an id"))
}

#[tokio::test]
async fn rejected_rows_are_told_with_their_reasons() {
    let simulator =
        Simulator::builder(loading::tenant()).chunk_size(100).start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let task = run(&ann, BAD).await;
    let dump = ann.get(&format!("{task}/dump")).await;
    assert_eq!((dump.status, dump.header("content-type")), (200, Some("text/plain")));
    assert_eq!(dump.text(), DUMP);
    let chunks = ann.get(&format!("{task}/dump/chunks")).await.json();
    let count = chunks["chunks"].as_array().expect("chunks").len();
    assert_eq!(count, DUMP.len().div_ceil(100));
    assert_eq!(chunks["chunks"][1], json!({"id": "1", "name": "Chunk 1"}));
    let mut whole = String::new();
    for number in 0..count {
        let chunk = ann.get(&format!("{task}/dump/chunks/{number}")).await;
        assert_eq!((chunk.status, chunk.header("content-type")), (200, Some("text/plain")));
        assert!(chunk.body.len() <= 100);
        whole.push_str(&chunk.text());
    }
    assert_eq!(whole, DUMP);
    assert_eq!(ann.get(&format!("{task}/dump/chunks/{count}")).await.status, 404);
    let workspace = simulator.tenant().workspaces[0].id.clone();
    let long = task.replace("/2/0/models", &format!("/2/0/workspaces/{workspace}/models"));
    assert_eq!(ann.get(&format!("{long}/dump/")).await.text(), DUMP);
    let header = format!("AnaplanAuthToken {}", ann.token);
    let headers = [("Authorization", header.as_str()), ("Accept", "application/json")];
    let answer = send(&simulator, "GET", &format!("{task}/dump"), &headers, "").await;
    assert_eq!(answer.expect("answer").status, 406);
}

#[tokio::test]
async fn without_rejected_rows_there_is_nothing() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let task = run(&ann, "Code,Name,Region,Price,Core\nT,,,3,\n").await;
    let dump = ann.get(&format!("{task}/dump")).await;
    assert_eq!((dump.status, dump.body.len()), (204, 0));
    let chunks = ann.get(&format!("{task}/dump/chunks")).await;
    assert_eq!((chunks.status, chunks.json().get("chunks").is_none()), (200, true));
    assert_eq!(ann.get(&format!("{task}/dump/chunks/0")).await.status, 404);
    for wrong in [task.replace("112", "999"), format!("{task}0")] {
        assert_eq!(ann.get(&format!("{wrong}/dump")).await.status, 404);
    }
    let import = path(&simulator, "Load products");
    let waiting = ann.start(&import).await;
    assert_eq!(ann.get(&format!("{import}/tasks/{waiting}/dump")).await.status, 404, "not ended");
}

#[tokio::test]
async fn a_dump_is_private_and_replaced_by_the_next_run() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    let first = run(&ann, BAD).await;
    assert_eq!(bob.get(&format!("{first}/dump")).await.status, 404, "of another user");
    run(&bob, BAD).await;
    assert_eq!(ann.get(&format!("{first}/dump")).await.status, 200, "bob's run leaves it");
    let second = run(&ann, BAD).await;
    assert_eq!(ann.get(&format!("{first}/dump")).await.status, 404);
    assert_eq!(
        ann.get(&first).await.json()["task"]["result"]["failureDumpAvailable"],
        true,
        "stale"
    );
    assert_eq!(ann.get(&format!("{second}/dump")).await.status, 200);
    run(&ann, "Code,Name,Region,Price,Core\n").await;
    assert_eq!(ann.get(&format!("{second}/dump")).await.status, 404, "gone with a clean run");
}

#[tokio::test]
async fn a_dump_lives_48_hours_after_its_last_use() {
    let simulator = Simulator::builder(loading::tenant())
        .token_lifetime(Duration::from_secs(1_000_000))
        .start()
        .await
        .expect("start");
    let ann = Session::ann(&simulator).await;
    let task = run(&ann, BAD).await;
    for _ in 0..2 {
        simulator.clock().advance(Duration::from_secs(47 * 3600));
        assert_eq!(ann.get(&format!("{task}/dump/chunks")).await.status, 200);
    }
    simulator.clock().advance(Duration::from_secs(48 * 3600));
    assert_eq!(ann.get(&format!("{task}/dump/chunks")).await.status, 404);
    assert_eq!(ann.get(&task).await.json()["task"]["result"]["failureDumpAvailable"], true);
}

#[tokio::test]
async fn dumps_of_a_process_are_found_by_its_steps() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    ann.upload("products.csv", BAD).await;
    let process = path(&simulator, "Nightly");
    let task = ann.run(&process).await;
    let failed = &task["result"]["nestedResults"][3];
    assert_eq!(failed["objectId"], id(&simulator, "Load products"));
    let task = format!("{process}/tasks/{}", task["taskId"].as_str().expect("an id"));
    let dumps = |name: &str| format!("{task}/dumps/{}", id(&simulator, name));
    let load = dumps("Load products");
    let chunks = ann.get(&format!("{load}/chunks")).await.json();
    assert_eq!(chunks["chunks"], json!([{"id": "0", "name": "Chunk 0"}]));
    assert_eq!(ann.get(&format!("{load}/chunks/0")).await.text(), DUMP);
    assert_eq!(ann.get(&load).await.text(), DUMP);
    assert_eq!(ann.get(&dumps("Load regions")).await.status, 204);
    assert_eq!(ann.get(&format!("{task}/dump")).await.status, 404, "processes have dumps");
    assert_eq!(ann.get(&load.replace("/processes/", "/imports/")).await.status, 404);
    // The next run of the import alone replaces it.
    run(&ann, "Code,Name,Region,Price,Core\n").await;
    assert_eq!(ann.get(&format!("{load}/chunks")).await.status, 404);
}
