//! The largest of the example scenarios: at its size where nothing is read through, and smaller.

use std::path::Path;
use std::time::Duration;

use super::super::{Scenario, Simulator};
use super::client::Session;

const CSV: &str = "text/csv";

/// Starts it, with some of its text replaced.
async fn start(smaller: &[(&str, &str)]) -> Simulator {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/scenarios");
    let mut text = std::fs::read_to_string(folder.join("large.toml")).expect("the example");
    for (from, to) in smaller {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let scenario = Scenario::parse(&text).unwrap_or_else(|error| panic!("{error}"));
    let builder = scenario.builder().task_time(Duration::ZERO, Duration::ZERO);
    builder.requests_per_minute(None).start().await.expect("a free port")
}

/// The path of the model with content, and the ids of a list and of a view in it.
fn places(simulator: &Simulator, list: &str, view: &str) -> (String, String, String) {
    let tenant = simulator.tenant();
    let workspace = tenant.find_workspace("Group").expect("a workspace");
    let model = tenant.find_model("Group Plan").expect("a model");
    let views = model.modules.iter().flat_map(|module| &module.views);
    let view = views.into_iter().find(|it| it.name == view).expect("a view").id.clone();
    let list = model.find_list(list).expect("a list").id.clone();
    (format!("/2/0/workspaces/{}/models/{}", workspace.id, model.id), list, view)
}

/// Starts a large read and returns its path and how many pages it has.
async fn read(session: &Session<'_>, parent: &str, body: &str) -> (String, u64) {
    let started = session.call("POST", &format!("{parent}/readRequests"), body).await.json();
    let read = started.get("viewReadRequest").or(started.get("listReadRequest")).expect("a read");
    let path = format!("{parent}/readRequests/{}", read["requestId"].as_str().expect("an id"));
    let state = session.get(&path).await.json();
    let read = state.get("viewReadRequest").or(state.get("listReadRequest")).expect("a read");
    assert_eq!((&read["requestState"], &read["successful"]), (&"COMPLETE".into(), &true.into()));
    (path, read["availablePages"].as_u64().expect("a number"))
}

#[tokio::test]
async fn it_starts_at_once_and_holds_nothing() {
    let simulator = start(&[]).await;
    let session = Session::new(&simulator, "planner@example.com", "coffee").await;
    let models = session.get("/2/0/models?limit=5000").await.json();
    assert_eq!(models["meta"]["paging"]["totalSize"], 4000);
    assert_eq!(models["models"][3999]["name"], "Plan 3999");

    let (model, list, view) = places(&simulator, "Customers", "Months");
    let metadata = session.get(&format!("{model}/lists/{list}")).await.json();
    assert_eq!(metadata["metadata"]["itemCount"], 2_000_000);
    for too_large in ["lists", "dimensions"] {
        let answer = session.get(&format!("{model}/{too_large}/{list}/items")).await;
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    let preview = session.get_as(&format!("{model}/lists/{list}/preview"), CSV).await.text();
    assert_eq!(preview.lines().count(), 1001);
    let (read_list, pages) = read(&session, &format!("{model}/lists/{list}"), "{}").await;
    assert_eq!(pages, 200);
    let last = session.get_as(&format!("{read_list}/pages/199"), CSV).await.text();
    assert_eq!(last.lines().count(), 10_000);
    let (id, rest) = last.lines().last().and_then(|line| line.split_once(',')).expect("a row");
    assert!(rest.starts_with("Customer 2000000,C2000000,Region "), "{rest}");
    assert!(id.ends_with("002000000"), "{id}");

    let answer = session.get_as(&format!("{model}/views/{view}/data"), CSV).await;
    assert_eq!(answer.status, 400, "too many cells");
    let body = r#"{"exportType": "TABULAR_MULTI_COLUMN"}"#;
    let (read_view, pages) = read(&session, &format!("{model}/views/{view}"), body).await;
    // 22,650 products, 25 regions and 3 line items.
    assert_eq!(pages, 170);
    let first = session.get_as(&format!("{read_view}/pages/0"), CSV).await.text();
    assert!(first.starts_with("Products,Regions,Line Items,Jan 26,Feb 26,"), "{}", &first[..99]);
    let tenant = simulator.tenant();
    let items =
        &tenant.find_model("Group Plan").expect("it").find_list("Customers").expect("it").items;
    assert!(items.are_made() && !items.are_held());
}

#[tokio::test]
async fn every_item_and_cell_of_a_smaller_one_is_read() {
    let smaller = [("2_000_000", "25_000"), ("22_650", "40"), ("copies = 3999", "copies = 39")];
    let simulator = start(&smaller).await;
    let session = Session::new(&simulator, "planner@example.com", "coffee").await;
    let (model, list, view) = places(&simulator, "Customers", "Months");
    let body = r#"{"exportType": "TABULAR_MULTI_COLUMN"}"#;
    for (parent, body, rows) in [
        (format!("{model}/lists/{list}"), "{}", 25_000),
        (format!("{model}/views/{view}"), body, 40 * 25 * 3),
    ] {
        let (read, pages) = read(&session, &parent, body).await;
        let mut lines = Vec::new();
        for page in 0..pages {
            let page = session.get_as(&format!("{read}/pages/{page}"), CSV).await.text();
            lines.extend(page.lines().map(str::to_owned));
        }
        let header = lines.remove(0);
        assert_eq!(lines.len(), rows, "{header}");
        let cells = header.split(',').count();
        assert!(lines.iter().all(|line| line.split(',').count() == cells), "{header}");
        lines.dedup();
        assert_eq!(lines.len(), rows, "each is another one");
    }
    // Somebody who changes one item gets the others as they were.
    let items = format!("{model}/lists/{list}/items");
    let body = r#"{"items": [{"code": "C0000002", "name": "Second"}, {"code": "C9999999"}]}"#;
    let answer = session.call("PUT", &items, body).await.json();
    assert_eq!((&answer["updated"], &answer["ignored"]), (&1.into(), &1.into()), "{answer}");
    let body = r#"{"items": [{"code": "C0000001"}]}"#;
    session.call("POST", &format!("{items}?action=delete"), body).await;
    let body = r#"{"items": [{"name": "New", "parent": "Region 07"}]}"#;
    assert_eq!(session.call("POST", &format!("{items}?action=add"), body).await.json()["added"], 1);
    let all = session.get_as(&items, CSV).await.text();
    let lines: Vec<&str> = all.lines().collect();
    assert_eq!(lines.len(), 25_001);
    assert!(lines[1].contains(",Second,C0000002,Region "), "{}", lines[1]);
    assert!(lines[2].contains(",Customer 0000003,C0000003,Region "), "{}", lines[2]);
    assert!(lines[25_000].contains("025001,New,,Region 07,"), "{}", lines[25_000]);
}
