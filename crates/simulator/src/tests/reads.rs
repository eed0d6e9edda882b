//! Large reads of views and lists.

use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Simulator, SimulatorBuilder};
use super::client::Session;
use super::planning::{Ids, tenant};

/// Time on the clock between two looks, of which a read takes ten.
const STEP: Duration = Duration::from_secs(10);

fn slow() -> SimulatorBuilder {
    Simulator::builder(tenant())
        .task_time(STEP, STEP * 10)
        .read_page_rows(10)
        .token_lifetime(Duration::from_secs(1_000_000))
}

/// Starts a read and returns its path.
async fn start(session: &Session<'_>, parent: &str, body: &str) -> String {
    let path = Ids::of(session).path(&format!("{parent}/readRequests"));
    let answer = session.call("POST", &path, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let answer = answer.json();
    let key = if parent.starts_with("views") { "viewReadRequest" } else { "listReadRequest" };
    let read = answer[key].as_object().expect("a request");
    assert_eq!(read.len(), 3, "id, state and url");
    assert_eq!(read["requestState"], "NOT_STARTED");
    let id = read["requestId"].as_str().expect("an id");
    assert!(id.len() == 32 && *id == id.to_uppercase());
    let url = read["url"].as_str().expect("a url");
    let long = url.strip_prefix(&session.simulator.url()).expect("on this host");
    assert!(long.starts_with("/2/0/workspaces/") && long.ends_with(id));
    assert_eq!(session.get(long).await.status, 200);
    format!("{path}/{id}")
}

async fn state(session: &Session<'_>, path: &str) -> (String, u64, bool) {
    let answer = session.get(path).await.json();
    let read = answer.get("viewReadRequest").or(answer.get("listReadRequest")).expect("a request");
    (
        read["requestState"].as_str().expect("a state").to_owned(),
        read["availablePages"].as_u64().expect("a number"),
        read["successful"].as_bool().expect("true or false"),
    )
}

async fn pages(session: &Session<'_>, path: &str, count: u64) -> Vec<String> {
    let mut pages = Vec::new();
    for page in 0..count {
        let answer = session.get_as(&format!("{path}/pages/{page}"), "text/csv").await;
        assert_eq!((answer.status, answer.complete), (200, true));
        assert_eq!(answer.header("content-type"), Some("text/csv;charset=UTF-8"));
        pages.push(answer.text());
    }
    pages
}

#[tokio::test]
async fn pages_become_available_one_after_the_other() {
    let simulator = slow().start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let view = ids.view("By product");
    // 3 versions, 2 line items and 6 products make 36 rows.
    let body = r#"{"exportType":"TABULAR_MULTI_COLUMN"}"#;
    let path = start(&ann, &format!("views/{view}"), body).await;
    assert_eq!(state(&ann, &path).await, ("NOT_STARTED".to_owned(), 0, false));
    assert_eq!(ann.get(&format!("{path}/pages/0")).await.status, 404);
    simulator.clock().advance(STEP * 6);
    assert_eq!(state(&ann, &path).await, ("IN_PROGRESS".to_owned(), 2, false));
    let early = pages(&ann, &path, 2).await;
    assert_eq!(ann.get(&format!("{path}/pages/2")).await.status, 404);
    simulator.clock().advance(STEP * 5);
    assert_eq!(state(&ann, &path).await, ("COMPLETE".to_owned(), 4, true));
    let all = pages(&ann, &path, 4).await;
    assert_eq!(all[..2], early[..]);
    let lines: Vec<usize> = all.iter().map(|page| page.lines().count()).collect();
    assert_eq!(lines, [11, 10, 10, 6], "the header stands on the first page only");
    assert!(all[0].starts_with("Versions,Line Items,Products,Jan 26,Feb 26,Q1 FY26\n"));
    let query = format!("?exportType=TABULAR_MULTI_COLUMN&moduleId={}", ids.module("Sales"));
    let whole = ann.get(&ids.path(&format!("views/{view}/data{query}"))).await.text();
    assert_eq!(all.concat(), whole);
    let answer = ann.get(&path).await.json();
    let number: u64 = view.parse().expect("a number");
    assert_eq!(answer["viewReadRequest"]["viewId"], json!(number), "a number");
    for bad in ["4", "-1", "x"] {
        assert_eq!(ann.get(&format!("{path}/pages/{bad}")).await.status, 404, "{bad}");
    }
    assert_eq!(ann.get_as(&format!("{path}/pages/0"), "application/json").await.status, 406);
}

#[tokio::test]
async fn the_header_may_come_again_on_every_page() {
    let simulator = slow().repeat_read_header(true).start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let parent = format!("views/{}", ids.view("By product"));
    let path = start(&ann, &parent, r#"{"exportType":"TABULAR_SINGLE_ITEMS"}"#).await;
    simulator.clock().advance(STEP * 11);
    let (_, count, _) = state(&ann, &path).await;
    assert_eq!(count, 11, "108 cells");
    for page in pages(&ann, &path, count).await {
        assert!(page.starts_with("Versions,Line Items,Products,Time,Value\n"));
    }
}

#[tokio::test]
async fn a_read_shows_the_model_as_it_was() {
    let simulator = slow().start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let list = ids.list("Products");
    let path = start(&ann, &format!("lists/{list}"), "{}").await;
    let grid = start(
        &ann,
        &format!("views/{}", ids.view("By product")),
        r#"{"exportType":"GRID_ALL_PAGES"}"#,
    )
    .await;
    simulator.edit(|tenant| {
        let model = tenant.model_mut("Plan").expect("the plan");
        model.list_mut("Products").expect("products").items[0].name = "Chai".to_owned();
    });
    simulator.clock().advance(STEP * 11);
    assert_eq!(state(&ann, &path).await, ("COMPLETE".to_owned(), 1, true));
    let (tea, ice, coffee) =
        (ids.item("Products", "Tea"), ids.item("Products", "I"), ids.item("Products", "Coffee"));
    let (hot, cold) = (ids.item("Families", "Hot"), ids.item("Families", "Cold"));
    let families = ids.list("Families");
    assert_eq!(
        pages(&ann, &path, 1).await[0],
        format!(
            "id,name,code,parent,parentId,listId,listName,Core,Weight,Sold\n\
             {tea},Tea,T,Hot,{hot},{families},Families,true,1.0,true\n\
             {ice},\"Ice, \"\"cold\"\"\",I,Cold,{cold},{families},Families,false,2.5,false\n\
             {coffee},Coffee,C,Hot,{hot},{families},Families,true,,\n"
        )
    );
    let answer = ann.get(&path).await.json();
    assert_eq!(answer["listReadRequest"]["listId"], json!(list.parse::<u64>().expect("a number")));
    let preview = ann.get(&ids.path(&format!("lists/{list}/preview"))).await.text();
    assert!(preview.contains(",Chai,T,Hot,"), "{preview}");
    let count = state(&ann, &grid).await.1;
    assert_eq!(count, 5, "48 lines");
    let text = pages(&ann, &grid, count).await.concat();
    assert!(text.contains("Tea,151.5") && text.starts_with("Actual,Revenue\n,Jan 26"));
}

#[tokio::test]
async fn a_preview_has_a_thousand_rows() {
    use super::super::{List, Model, Tenant, User, Workspace};
    let names: Vec<String> = (0..1200).map(|number| format!("Item {number}")).collect();
    let tenant = Tenant::new().user(User::new("ann.lee@example.com", "secret")).workspace(
        Workspace::new("W").model(Model::new("Plan").list(List::new("L").items(&names))),
    );
    let simulator = Simulator::start(tenant).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let preview = ann.get(&ids.path(&format!("lists/{}/preview", ids.list("L")))).await;
    assert_eq!(preview.text().lines().count(), 1001);
    assert_eq!(ann.get(&ids.path("lists/101000009999/preview")).await.status, 404);
}

#[tokio::test]
async fn a_read_vanishes_when_nobody_looks() {
    let simulator = slow().read_page_rows(1).start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let parent = format!("views/{}", Ids::of(&ann).view("By product"));
    let path = start(&ann, &parent, r#"{"exportType":"TABULAR_SINGLE_COLUMN"}"#).await;
    let minutes = |count: u64| simulator.clock().advance(Duration::from_secs(count * 60));
    let status = async |tail: &str| ann.get(&format!("{path}{tail}")).await.status;
    minutes(20);
    assert_eq!(state(&ann, &path).await.1, 108);
    assert_eq!(status("/pages/0").await, 200);
    minutes(20);
    assert_eq!(status("/pages/100").await, 200, "the timer started anew with page 0");
    minutes(20);
    // Neither other pages nor the state count as a look.
    assert_eq!((status("/pages/7").await, status("").await), (200, 200));
    minutes(11);
    assert_eq!((status("/pages/0").await, status("").await), (404, 404));
    assert_eq!(ann.call("DELETE", &path, "").await.status, 404);
}

#[tokio::test]
async fn deleting_cancels_or_removes() {
    let simulator = slow().start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let parent = format!("views/{}", Ids::of(&ann).view("By product"));
    let body = r#"{"exportType":"TABULAR_MULTI_COLUMN"}"#;
    let delete = async |path: &str| {
        let answer = ann.call("DELETE", path, "").await;
        assert_eq!(answer.status, 200);
        answer.json()["viewReadRequest"]["requestState"].clone()
    };
    let running = start(&ann, &parent, body).await;
    simulator.clock().advance(STEP * 9);
    assert_eq!(delete(&running).await, "CANCELLED");
    assert_eq!(state(&ann, &running).await, ("CANCELLED".to_owned(), 0, false));
    assert_eq!(ann.get(&format!("{running}/pages/0")).await.status, 404);
    let ended = start(&ann, &parent, body).await;
    simulator.clock().advance(STEP * 11);
    assert_eq!(delete(&ended).await, "COMPLETE");
    assert_eq!(ann.get(&ended).await.status, 404);
    assert_eq!(ann.get(&format!("{ended}/pages/0")).await.status, 404);
}

#[tokio::test]
async fn complete_is_not_success() {
    let simulator = slow().start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    let ids = Ids::of(&ann);
    let parent = format!("views/{}", ids.view("By product"));
    let body = r#"{"exportType":"TABULAR_MULTI_COLUMN"}"#;
    simulator.fail_reads(1);
    let failed = start(&ann, &parent, body).await;
    let good = start(&ann, &parent, body).await;
    simulator.clock().advance(STEP * 11);
    assert_eq!(state(&ann, &failed).await, ("COMPLETE".to_owned(), 2, false));
    assert_eq!(state(&ann, &good).await, ("COMPLETE".to_owned(), 4, true));
    assert_eq!(bob.get(&good).await.status, 404, "private to its user");
    let elsewhere = good.replace(&ids.view("By product"), &ids.view("Formats"));
    assert_eq!(ann.get(&elsewhere).await.status, 404, "under its own view only");
    let path = ids.path(&format!("{parent}/readRequests"));
    for bad in ["{}", "", r#"{"exportType":"PDF"}"#, "{"] {
        assert_eq!(ann.call("POST", &path, bad).await.status, 400, "{bad}");
    }
    for (path, status) in
        [(ids.path("views/1/readRequests"), 404), (ids.path("lists/1/readRequests"), 404)]
    {
        assert_eq!(ann.call("POST", &path, body).await.status, status, "{path}");
    }
    assert_eq!(ann.get(&path).await.status, 405);
    let lists = ids.path(&format!("lists/{}/readRequests/", ids.list("Orders")));
    let answer: Value = ann.call("POST", &lists, "").await.json();
    assert!(answer["listReadRequest"]["requestId"].is_string(), "an empty body is fine for lists");
}
