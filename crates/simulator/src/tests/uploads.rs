//! Files on their way in.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;

use super::client::{Session, send};
use super::loading::{self, id, path, plan};

const OCTETS: &str = "application/octet-stream";
const GZIP: &str = "application/x-gzip";

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).expect("write");
    encoder.finish().expect("finish")
}

async fn announce(session: &Session<'_>, file: &str, count: i64) {
    let answer = session.call("POST", file, &json!({"chunkCount": count}).to_string()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json()["file"]["chunkCount"], count);
}

#[tokio::test]
async fn files_are_listed_with_their_form() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let files = ann.get(&format!("{}/files", plan(&simulator))).await.json();
    assert_eq!(
        files["files"][1],
        json!({
            "id": "113000000002", "name": "sales.txt", "chunkCount": 0, "delimiter": "'",
            "encoding": "ISO-8859-1", "firstDataRow": 2, "format": "txt", "headerRow": 1,
            "separator": "\t",
        })
    );
    assert_eq!(files["files"][3]["chunkCount"], 1, "a default file");
    assert_eq!(
        files["files"][4],
        json!({"id": "116000000001", "name": "Products out", "chunkCount": 0, "firstDataRow": 0, "headerRow": 0})
    );
    assert_eq!(files["meta"]["paging"]["totalSize"], 5);
    let sorted = ann.get(&format!("{}/files?sort=-name&limit=1", plan(&simulator))).await.json();
    assert_eq!(sorted["files"][0]["name"], "sales.txt");
}

#[tokio::test]
async fn chunks_come_in_any_order_and_each_may_be_compressed() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let workspace = simulator.tenant().workspaces[0].id.clone();
    let file = path(&simulator, "products.csv");
    let long = file.replace("/2/0/models", &format!("/2/0/workspaces/{workspace}/models"));
    assert_eq!(ann.get(&file).await.status, 404, "nothing yet");
    announce(&ann, &file, 3).await;
    assert_eq!(ann.put(&format!("{file}/chunks/2"), OCTETS, b"c").await.status, 204);
    let answer = ann.put(&format!("{long}/chunks/0"), GZIP, &gzip("aä".as_bytes())).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(ann.get(&file).await.status, 404, "a chunk is missing");
    let chunks = ann.get(&format!("{file}/chunks")).await.json();
    assert_eq!(
        chunks["chunks"],
        json!([{"id": "0", "name": "Chunk 0"}, {"id": "2", "name": "Chunk 2"}])
    );
    assert_eq!(ann.put(&format!("{file}/chunks/1/"), OCTETS, b"b").await.status, 204);
    assert_eq!(ann.get(&long).await.text(), "aäbc");
    assert_eq!(ann.get(&format!("{file}/chunks/0")).await.text(), "aä");
    assert_eq!(ann.get(&format!("{file}/chunks/3")).await.status, 404);
    assert_eq!(ann.put(&format!("{file}/chunks/1"), OCTETS, b"B").await.status, 204, "again");
    assert_eq!(ann.get(&file).await.text(), "aäBc");
}

#[tokio::test]
async fn an_open_upload_needs_its_end() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let file = path(&simulator, "products.csv");
    let complete = format!("{file}/complete");
    assert_eq!(ann.call("POST", &complete, "{}").await.status, 400, "nothing runs");
    announce(&ann, &file, -1).await;
    for (number, text) in ["one", "two"].iter().enumerate() {
        let chunk = format!("{file}/chunks/{number}");
        assert_eq!(ann.put(&chunk, GZIP, &gzip(text.as_bytes())).await.status, 204);
    }
    assert_eq!(ann.get(&file).await.status, 404, "not ended");
    let header = format!("AnaplanAuthToken {}", ann.token);
    let headers = [("Authorization", header.as_str())];
    let answer = send(&simulator, "POST", &complete, &headers, "").await.expect("answer");
    assert_eq!(answer.status, 415, "a JSON content type is needed");
    let answer = ann.call("POST", &complete, "").await;
    assert_eq!((answer.status, &answer.json()["file"]["chunkCount"]), (200, &json!(2)));
    assert_eq!(ann.get(&file).await.text(), "onetwo");
    let file = path(&simulator, "facts.csv");
    announce(&ann, &file, -1).await;
    ann.put(&format!("{file}/chunks/1"), OCTETS, b"x").await;
    let answer = ann.call("POST", &format!("{file}/complete"), r#"{"id":1}"#).await;
    assert_eq!(answer.status, 400, "chunk 0 is missing");
    announce(&ann, &file, 0).await;
    assert_eq!(ann.get(&file).await.text(), "", "an empty file");
}

#[tokio::test]
async fn what_does_not_fit_is_refused() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let file = path(&simulator, "products.csv");
    let chunk = |number: &str| format!("{file}/chunks/{number}");
    assert_eq!(ann.put(&chunk("0"), OCTETS, b"x").await.status, 400, "no count was set");
    announce(&ann, &file, 1).await;
    assert_eq!(ann.put(&chunk("1"), OCTETS, b"x").await.status, 400, "beyond the count");
    assert_eq!(ann.put(&chunk("x"), OCTETS, b"x").await.status, 400);
    for kind in ["application/json", "text/csv", "application/gzip", ""] {
        assert_eq!(ann.put(&chunk("0"), kind, b"x").await.status, 415, "{kind}");
    }
    assert_eq!(ann.put(&chunk("0"), GZIP, b"not gzip").await.status, 400);
    assert_eq!(
        ann.put(&file, GZIP, &gzip(b"x")).await.status,
        415,
        "a whole file is not compressed"
    );
    for count in [json!(-2), json!(1001), json!("1"), json!(1.5), json!(null)] {
        let answer = ann.call("POST", &file, &json!({"chunkCount": count}).to_string()).await;
        assert_eq!(answer.status, 400, "{count}");
    }
    assert_eq!(ann.call("POST", &file, "{").await.status, 400);
    let export = path(&simulator, "Products out").replace("/exports/", "/files/");
    assert_eq!(ann.call("POST", &export, r#"{"chunkCount":1}"#).await.status, 400);
    assert_eq!(ann.put(&export, OCTETS, b"x").await.status, 404);
    let unknown = file.replace("113", "999");
    for answer in [
        ann.put(&unknown, OCTETS, b"x").await,
        ann.put(&format!("{unknown}/chunks/0"), OCTETS, b"x").await,
        ann.call("POST", &format!("{unknown}/complete"), "{}").await,
        ann.call("DELETE", &unknown, "").await,
    ] {
        assert_eq!(answer.status, 404);
    }
    assert_eq!(ann.call("DELETE", &chunk("0"), "").await.status, 405);
}

#[tokio::test]
async fn a_chunk_has_at_most_50_mb_uncompressed() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let file = path(&simulator, "products.csv");
    announce(&ann, &file, 1).await;
    let chunk = format!("{file}/chunks/0");
    let most = 50 * 1024 * 1024;
    let answer = ann.put(&chunk, GZIP, &gzip(&vec![b'x'; most + 1])).await;
    assert_eq!(answer.status, 413);
    assert_eq!(ann.put(&chunk, GZIP, &gzip(&vec![b'x'; most])).await.status, 204);
    let whole = ann.get(&file).await;
    assert!(whole.complete && whole.body.len() == most && whole.body.iter().all(|it| *it == b'x'));
}

#[tokio::test]
async fn content_is_private_and_the_default_file_is_for_all() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    let file = path(&simulator, "regions.csv");
    assert_eq!(bob.get(&file).await.text(), "East\nWest\n");
    announce(&ann, &file, 1).await;
    assert_eq!(ann.put(&format!("{file}/chunks/0"), OCTETS, b"Mars\n").await.status, 204);
    assert_eq!(ann.get(&file).await.text(), "Mars\n");
    assert_eq!(bob.get(&file).await.text(), "East\nWest\n");
    assert_eq!(bob.put(&format!("{file}/chunks/0"), OCTETS, b"x").await.status, 400);
    assert_eq!(ann.call("DELETE", &file, "").await.status, 204);
    assert_eq!(ann.get(&file).await.text(), "East\nWest\n", "the default file remains");

    let file = path(&simulator, "products.csv");
    announce(&ann, &file, 2).await;
    ann.put(&format!("{file}/chunks/0"), OCTETS, b"x").await;
    let answer = ann.call("DELETE", &file, "").await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(ann.get(&file).await.status, 404);
    assert!(ann.get(&format!("{file}/chunks")).await.json().get("chunks").is_none());
    let listed = ann.get(&format!("{}/files", plan(&simulator))).await.json();
    assert_eq!(listed["files"][0]["chunkCount"], 2, "stale");
    assert_eq!(ann.put(&format!("{file}/chunks/1"), OCTETS, b"y").await.status, 400);
}

#[tokio::test]
async fn content_lives_48_hours_after_its_last_use() {
    let simulator = super::super::Simulator::builder(loading::tenant())
        .token_lifetime(Duration::from_secs(1_000_000))
        .start()
        .await
        .expect("start");
    let ann = Session::ann(&simulator).await;
    let file = path(&simulator, "products.csv");
    ann.upload("products.csv", "Code,Name,Region,Price,Core\n").await;
    for _ in 0..3 {
        simulator.clock().advance(Duration::from_secs(47 * 3600));
        assert_eq!(ann.get(&format!("{file}/chunks/0")).await.status, 200, "used");
    }
    let out = path(&simulator, "Products out");
    ann.run(&out).await;
    simulator.clock().advance(Duration::from_secs(48 * 3600));
    assert_eq!(ann.get(&file).await.status, 404);
    assert_eq!(ann.get(&out.replace("/exports/", "/files/")).await.status, 404);
    let result = ann.run(&path(&simulator, "Load products")).await["result"].clone();
    assert_eq!(result["successful"], false);
    assert_eq!(result["details"][0]["type"], "uploadedFileNoLongerAvailable");
}

#[tokio::test]
async fn an_unknown_name_makes_a_file() {
    let simulator = loading::start().await;
    let ann = Session::ann(&simulator).await;
    let new = format!("{}/files/Neue%20Datei.csv", plan(&simulator));
    let answer = ann.call("POST", &new, r#"{"chunkCount":-1}"#).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json()["file"],
        json!({
            "id": "113000000005", "name": "Neue Datei.csv", "chunkCount": -1, "delimiter": "\"",
            "encoding": "UTF-8", "firstDataRow": -1, "format": "txt", "headerRow": -1, "separator": ",",
        })
    );
    let again = ann.call("POST", &new, r#"{"chunkCount":1}"#).await.json();
    assert_eq!(again["file"]["id"], "113000000005", "found by its name");
    assert_eq!(id(&simulator, "Neue Datei.csv"), "113000000005");
    let file = path(&simulator, "Neue Datei.csv");
    assert_eq!(ann.put(&format!("{file}/chunks/0"), OCTETS, b"a").await.status, 204);
    assert_eq!(ann.get(&file).await.text(), "a");
    for (state, status) in [("LOCKED", 423), ("PRODUCTION", 425), ("ARCHIVED", 422)] {
        simulator.edit(|tenant| tenant.model_mut("Plan").expect("model").state = state.to_owned());
        let other = new.replace("Neue", "Andere");
        assert_eq!(ann.call("POST", &other, r#"{"chunkCount":1}"#).await.status, status, "{state}");
    }
}
