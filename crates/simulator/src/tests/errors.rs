//! Statuses: what is absent, refused, malformed, or too much.

use super::super::{Simulator, Tenant};
use super::client::{Session, send};
use super::{path_of, tenant};

fn ids(tenant: &Tenant, model: &str) -> (String, String) {
    let model = tenant.find_model(model).expect("model").id.clone();
    let workspace = tenant.home_of(&model).expect("workspace").0.id.clone();
    (workspace, model)
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let (workspace, model) = ids(&simulator.tenant(), "Open");
    for path in
        ["/", "/2/0/nothing", "/2/0/models/M/nothing", "/3/0/models", "/2/0//models", "/token/x"]
    {
        let answer = send(&simulator, "GET", path, &[], "").await.expect("answer");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (404, Some("text/html")),
            "{path}"
        );
    }
    let path = format!("/2/0/workspaces/{workspace}/models/{model}");
    let answer = ann.get(&path).await;
    assert_eq!(answer.status, 405);
    let body = answer.json();
    assert_eq!(body["status"]["code"], 405);
    assert_eq!(body["path"], path.as_str());
    let timestamp = body["timestamp"].as_str().expect("text");
    assert_eq!((timestamp.len(), timestamp.ends_with('Z')), (30, true), "{timestamp}");
    assert_eq!(ann.call("POST", "/2/0/models", "{}").await.status, 405);
    assert_eq!(ann.call("DELETE", &path_of(&simulator, "Open", "Sales"), "").await.status, 405);
    assert_eq!(
        ann.call("PUT", &format!("{}/tasks", path_of(&simulator, "Open", "Sales")), "")
            .await
            .header("allow"),
        Some("GET, POST")
    );
}

#[tokio::test]
async fn absent_things_are_404_in_the_envelope() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let (first, model) = ids(&simulator.tenant(), "Open");
    let (second, _) = ids(&simulator.tenant(), "Other");
    for path in [
        "/2/0/users/nobody".to_owned(),
        "/2/0/workspaces/none".to_owned(),
        "/2/0/workspaces/none/models".to_owned(),
        "/2/0/models/none".to_owned(),
        "/2/0/models/none/exports".to_owned(),
        format!("/2/0/models/{model}/exports/116999999999"),
        format!("/2/0/models/{model}/files/116999999999"),
        format!("/2/0/models/{}/exports", model.to_lowercase()),
        format!("/2/0/workspaces/{second}/models/{model}/exports"),
    ] {
        let answer = ann.get(&path).await;
        assert_eq!(
            (answer.status, answer.json()["status"]["message"].as_str()),
            (404, Some("Not Found")),
            "{path}"
        );
    }
    assert_eq!(
        ann.get(&format!("/2/0/workspaces/{first}/models/{model}/exports/")).await.status,
        200
    );
}

#[tokio::test]
async fn bodies_and_types_are_checked() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let tasks = format!("{}/tasks", path_of(&simulator, "Open", "Sales"));
    let header = format!("AnaplanAuthToken {}", ann.token);
    let token = ("Authorization", header.as_str());
    for body in ["", "{}", "[]", "not json", r#"{"localeName":7}"#, r#"{"localeName":""}"#] {
        assert_eq!(ann.call("POST", &tasks, body).await.status, 400, "{body}");
    }
    let locale = r#"{"localeName":"en_US"}"#;
    let without = send(&simulator, "POST", &tasks, &[token], locale).await.expect("answer");
    assert_eq!(without.status, 415);
    let headers = [token, ("Content-Type", "application/json; charset=utf-8")];
    assert_eq!(
        send(&simulator, "POST", &tasks, &headers, locale).await.expect("answer").status,
        200
    );
    for (accept, status) in [
        ("application/json", 200),
        ("text/html, */*;q=0.1", 200),
        ("application/*", 200),
        ("text/csv", 406),
        ("application/json;q=0", 406),
        ("application/xml", 406),
    ] {
        let answer = send(&simulator, "GET", "/2/0/models", &[token, ("Accept", accept)], "")
            .await
            .expect("answer");
        assert_eq!(answer.status, status, "{accept}");
    }
}

#[tokio::test]
async fn states_of_a_model() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let locale = r#"{"localeName":"en_US"}"#;
    for (model, read, start) in
        [("Locked", 200, 423), ("Archived", 422, 422), ("Offline", 424, 424), ("Open", 200, 200)]
    {
        let export = path_of(&simulator, model, "Sales");
        let (_, id) = ids(&simulator.tenant(), model);
        assert_eq!(ann.get(&format!("/2/0/models/{id}")).await.status, 200, "{model}");
        assert_eq!(ann.get(&export).await.status, read, "{model}");
        assert_eq!(ann.get(&format!("{export}/tasks")).await.status, read, "{model}");
        assert_eq!(ann.get(&format!("/2/0/models/{id}/files")).await.status, read, "{model}");
        assert_eq!(
            ann.call("POST", &format!("{export}/tasks"), locale).await.status,
            start,
            "{model}"
        );
    }
}

#[tokio::test]
async fn no_access_is_masked_as_absent() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let export = path_of(&simulator, "Secret", "Sales");
    let (_, id) = ids(&simulator.tenant(), "Secret");
    assert_eq!(ann.get(&format!("/2/0/models/{id}")).await.status, 200);
    assert_eq!(ann.get(&format!("/2/0/models/{id}/exports")).await.status, 404);
    assert_eq!(ann.get(&format!("/2/0/models/{id}/files")).await.status, 404);
    assert_eq!(ann.get(&export).await.status, 404);
    let tasks = ann.get(&format!("{export}/tasks")).await;
    assert_eq!(tasks.status, 200);
    assert!(tasks.json().get("tasks").is_none());
    assert_eq!(
        ann.call("POST", &format!("{export}/tasks"), r#"{"localeName":"en_US"}"#).await.status,
        404
    );

    // A user who doesn't see the workspace sees nothing of the model at all.
    let zoe = Session::new(&simulator, "zoe@example.com", "partial").await;
    let (first, open) = ids(&simulator.tenant(), "Open");
    for path in [
        format!("/2/0/models/{open}"),
        format!("/2/0/models/{open}/exports"),
        format!("{}/tasks", path_of(&simulator, "Open", "Sales")),
        format!("/2/0/workspaces/{first}"),
        format!("/2/0/workspaces/{first}/models"),
    ] {
        assert_eq!(zoe.get(&path).await.status, 404, "{path}");
    }
    assert_eq!(zoe.get("/2/0/models").await.json()["models"].as_array().expect("models").len(), 1);
}

#[tokio::test]
async fn the_rate_limit_follows_the_clock() {
    let simulator =
        Simulator::builder(tenant()).requests_per_minute(Some(5)).start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    for _ in 0..5 {
        assert_eq!(ann.get("/2/0/users/me").await.status, 200);
    }
    let answer = ann.get("/2/0/users/me").await;
    assert_eq!(answer.status, 429);
    let seconds: u64 = answer.header("retry-after").expect("a header").parse().expect("seconds");
    assert!((11..=12).contains(&seconds), "{seconds}");
    assert!(serde_json::from_slice::<serde_json::Value>(&answer.body).is_err());
    simulator.clock().advance(std::time::Duration::from_secs(seconds));
    assert_eq!(ann.get("/2/0/users/me").await.status, 200);
    assert_eq!(ann.get("/2/0/users/me").await.status, 429);
}

#[tokio::test]
async fn the_date_is_the_clocks() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    simulator.clock().advance(std::time::Duration::from_secs(365 * 86_400));
    let ann = Session::ann(&simulator).await;
    let answer = ann.get("/2/0/users/me").await;
    let date = httpdate::parse_http_date(answer.header("date").expect("a date")).expect("a date");
    let ahead = date.duration_since(std::time::SystemTime::now()).expect("in the future");
    assert!(ahead.as_secs() > 364 * 86_400);
    assert_eq!(answer.head.to_lowercase().matches("\ndate:").count(), 1);
}

#[tokio::test]
async fn one_connection_serves_many_requests() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let simulator = Simulator::start(tenant()).await.expect("start");
    let mut stream = tokio::net::TcpStream::connect(simulator.addr()).await.expect("connect");
    for (path, status) in
        [("/2/0/users/me", "401"), ("/nothing", "404"), ("/token/validate", "400")]
    {
        let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("write");
        let mut answer = vec![0; 4096];
        let length = stream.read(&mut answer).await.expect("read");
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    // A clock far in the future still gives a date.
    simulator.clock().advance(std::time::Duration::from_secs(400_000 * 86_400 * 365));
    let answer = send(&simulator, "GET", "/2/0/models", &[], "").await.expect("answer");
    assert_eq!(answer.status, 401);
}
