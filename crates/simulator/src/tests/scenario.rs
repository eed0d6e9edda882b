//! What a scenario describes works: its imports load, its actions delete, its processes do both.

use super::super::{Scenario, Simulator};
use super::client::{Session, send};

const SCENARIO: &str = r#"
[[users]]
email = "ann.lee@example.com"
password = "secret"

[[workspaces]]
name = "W"

[[models]]
name = "M"
id = "0123456789ABCDEF0123456789ABCDEF"

[[lists]]
name = "Products"
properties = [{ name = "Gone", format = "boolean" }]
items = [{ name = "Milk", code = "M", properties = { Gone = true } }]

[[files]]
name = "products.csv"
content = "Name,Key,Gone\nTea,T,false\nCoffee,C,true\n"

[[imports]]
name = "Load"
file = "products.csv"
list = "Products"
columns = { Name = "name", Key = "code", Gone = "Gone" }

[[actions]]
name = "Delete what is gone"
kind = "delete_by_selection"
list = "Products"
property = "Gone"

[[processes]]
name = "Nightly"
id = "118000000001"
steps = ["Load", "Delete what is gone"]

[clock]
start = "2026-03-31T23:59:50Z"
frozen = true
"#;

#[tokio::test]
async fn a_process_loads_and_deletes() {
    let scenario = Scenario::parse(SCENARIO).unwrap_or_else(|error| panic!("{error}"));
    let simulator: Simulator = scenario.builder().control(true).start().await.expect("a free port");
    let ann = Session::ann(&simulator).await;
    let process = "/2/0/models/0123456789ABCDEF0123456789ABCDEF/processes/118000000001";
    let task = ann.start(process).await;
    let state = async || {
        let answer = send(&simulator, "GET", "/_simulator/tasks", &[], "").await;
        answer.expect("an answer").json()["tasks"][0]["state"].clone()
    };
    assert_eq!(state().await, "NOT_STARTED", "the clock stands still");
    let body = r#"{"advance": "1m"}"#;
    send(&simulator, "POST", "/_simulator/clock", &[], body).await.expect("an answer");
    assert_eq!(state().await, "COMPLETE");
    let task = ann.get(&format!("{process}/tasks/{task}")).await.json();
    assert_eq!(task["task"]["result"]["successful"], true, "{task}");
    let tenant = simulator.tenant();
    let list = tenant.find_model("M").expect("there").find_list("Products").expect("there");
    let names: Vec<&str> = list.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["Tea"]);
}
