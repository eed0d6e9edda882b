//! The switches for what is legal, and nasty.

use super::super::{ChunkEdges, Nasty, Simulator};
use super::client::Session;
use super::planning::Ids;
use super::{file_of, path_of, tenant};

async fn simulator(nasty: impl FnOnce(&mut Nasty)) -> Simulator {
    let mut switches = Nasty::default();
    nasty(&mut switches);
    Simulator::builder(tenant()).nasty(switches).start().await.expect("a free port")
}

#[tokio::test]
async fn everything_can_be_empty() {
    let simulator = simulator(|nasty| nasty.empty = true).await;
    let ann = Session::ann(&simulator).await;
    for path in ["/2/0/workspaces", "/2/0/models", "/2/0/users"] {
        let answer = ann.get(path).await.json();
        assert_eq!(answer["meta"]["paging"]["totalSize"], 0, "{path}");
        let keys: Vec<&String> = answer.as_object().expect("an object").keys().collect();
        assert_eq!(keys, ["meta", "status"], "{path}: no key for an empty collection");
    }
}

#[tokio::test]
async fn next_pages_can_be_honest() {
    let honest = simulator(|nasty| nasty.spurious_next = false).await;
    let ann = Session::ann(&honest).await;
    let paging = |answer: &serde_json::Value| answer["meta"]["paging"].clone();
    let whole = paging(&ann.get("/2/0/models").await.json());
    assert!(whole.get("next").is_none(), "{whole}");
    let first = paging(&ann.get("/2/0/models?limit=2").await.json());
    assert!(first["next"].as_str().expect("a link").ends_with("limit=2&offset=2"), "{first}");
    let usual = simulator(|_| {}).await;
    let ann = Session::ann(&usual).await;
    assert!(paging(&ann.get("/2/0/models").await.json()).get("next").is_some());
}

#[tokio::test]
async fn objects_can_have_fields_that_nobody_knows() {
    let simulator = simulator(|nasty| nasty.unknown_fields = true).await;
    let ann = Session::ann(&simulator).await;
    let answer = ann.get("/2/0/models").await.json();
    for object in [&answer, &answer["meta"]["paging"], &answer["models"][0]] {
        assert!(object.get("futureField").is_some(), "{object}");
    }
}

#[tokio::test]
async fn the_data_of_views_has_such_fields_too() {
    let switches = Nasty { unknown_fields: true, ..Nasty::default() };
    let builder = Simulator::builder(super::planning::tenant()).nasty(switches);
    let simulator = builder.start().await.expect("a free port");
    let ann = Session::ann(&simulator).await;
    let ids = Ids::of(&ann);
    let path = ids.path(&format!("views/{}/data?format=v1", ids.view("By product")));
    let data = ann.get_as(&path, "application/json").await.json();
    for object in [&data, &data["rows"][0]] {
        assert!(object.get("futureField").is_some(), "{object}");
    }
    assert!(data["rows"][0]["cells"].is_array() && data["pages"].is_array(), "{data}");
}

#[tokio::test]
async fn chunks_begin_where_the_switch_says() {
    let simulator = simulator(|nasty| nasty.chunk_edges = ChunkEdges::At(vec![3, 14])).await;
    let ann = Session::ann(&simulator).await;
    ann.run(&path_of(&simulator, "Open", "Sales")).await;
    let file = file_of(&simulator, "Open", "Sales");
    let chunks = ann.get(&format!("{file}/chunks")).await.json();
    assert_eq!(chunks["chunks"].as_array().expect("an array").len(), 3);
    let mut text = Vec::new();
    for number in 0..3 {
        text.push(ann.get(&format!("{file}/chunks/{number}")).await.text());
    }
    assert_eq!(text, ["Nam", "e,Amount\na,", "1\n\"b,c\",2.5\n"]);
}
