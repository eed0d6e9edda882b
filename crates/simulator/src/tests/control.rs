//! Steering over HTTP, at the level of the protocol.

use std::time::Duration;

use super::super::{Clock, Fault, Simulator};
use super::client::{Answer, Session, send, sign_in};
use super::{path_of, tenant};

async fn simulator() -> Simulator {
    Simulator::builder(tenant()).control(true).start().await.expect("a free port")
}

async fn control(simulator: &Simulator, method: &str, path: &str, body: &str) -> Answer {
    let path = format!("/_simulator{path}");
    send(simulator, method, &path, &[], body).await.expect("an answer")
}

#[tokio::test]
async fn there_is_no_control_unless_asked_for() {
    let simulator = Simulator::start(tenant()).await.expect("a free port");
    let answer = control(&simulator, "GET", "/counters", "").await;
    assert_eq!((answer.status, answer.header("content-type")), (404, Some("text/html")));
    assert_eq!(simulator.requests()[0].path, "/_simulator/counters", "as any unknown path");
}

#[tokio::test]
async fn control_leaves_no_trace() {
    let simulator = Simulator::builder(tenant())
        .control(true)
        .requests_per_minute(Some(1))
        .fault(Fault::on("*", "/**").forever().status(500))
        .start()
        .await
        .expect("a free port");
    for _ in 0..5 {
        assert_eq!(control(&simulator, "GET", "/counters", "").await.status, 200);
    }
    assert!(simulator.requests().is_empty());
    assert_eq!(simulator.counters().requests, 0);
    assert_eq!(sign_in(&simulator, "ann.lee@example.com", "secret").await.status, 500);
    let answer = control(&simulator, "GET", "/requests", "").await.json();
    assert_eq!(answer["total"], 1);
}

#[tokio::test]
async fn the_log_is_filtered_and_cleared() {
    let simulator = simulator().await;
    let ann = Session::ann(&simulator).await;
    ann.get("/2/0/workspaces").await;
    ann.get("/2/0/models").await;
    ann.get("/2/0/nothing").await;
    let paths = async |query: &str| {
        let answer = control(&simulator, "GET", &format!("/requests{query}"), "").await.json();
        let all = answer["requests"].as_array().expect("an array").clone();
        all.iter().map(|it| it["path"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(paths("").await.len(), 4);
    assert_eq!(paths("?method=post").await, ["/token/authenticate"]);
    assert_eq!(paths("?path=/2/0/*&status=200").await, ["/2/0/workspaces", "/2/0/models"]);
    assert_eq!(paths("?last=1").await, ["/2/0/nothing"]);
    assert_eq!(control(&simulator, "GET", "/requests?last=x", "").await.status, 400);
    let text = control(&simulator, "GET", "/requests", "").await.text();
    assert!(!text.contains(&ann.token), "no token is shown");
    assert_eq!(control(&simulator, "DELETE", "/requests", "").await.status, 204);
    assert!(paths("").await.is_empty());
}

#[tokio::test]
async fn counters_count_and_start_anew() {
    let simulator = simulator().await;
    let ann = Session::ann(&simulator).await;
    let answer = ann.get("/2/0/workspaces").await;
    ann.start(&path_of(&simulator, "Open", "Sales")).await;
    let counters = simulator.counters();
    assert_eq!((counters.requests, counters.tokens_issued, counters.tasks_started), (3, 1, 1));
    assert!(counters.bytes_sent > answer.body.len() as u64);
    assert_eq!((counters.in_flight, counters.peak_in_flight), (0, 1));
    let answer = control(&simulator, "GET", "/counters", "").await.json();
    assert_eq!((&answer["requests"], &answer["tasks_started"]), (&3.into(), &1.into()));
    assert_eq!(answer["sign_ins"]["basic"], 1);
    assert_eq!(answer["oauth"]["reuse_violations"], 0);
    assert_eq!(control(&simulator, "DELETE", "/counters", "").await.status, 204);
    assert_eq!(simulator.sign_ins().basic, 0);
    let counters = simulator.counters();
    assert_eq!((counters.requests, counters.tokens_issued, counters.tasks_started), (0, 0, 0));
}

#[tokio::test]
async fn requests_at_the_same_time_are_counted() {
    let simulator = simulator().await;
    simulator.inject(Fault::on("*", "/**").forever().delay(Duration::from_millis(100)));
    let call = || send(&simulator, "GET", "/2/0/models", &[], "");
    let (..) = tokio::join!(call(), call(), call());
    simulator.clear_faults();
    call().await.expect("an answer");
    assert_eq!(simulator.counters().peak_in_flight, 3);
    assert_eq!(simulator.counters().in_flight, 0);
    simulator.reset_counters();
    call().await.expect("an answer");
    assert_eq!(simulator.counters().peak_in_flight, 1);
}

#[tokio::test]
async fn faults_are_set_shown_and_cleared() {
    let simulator = simulator().await;
    let ann = Session::ann(&simulator).await;
    let one = r#"{"on": "GET /2/0/models", "nth": 2, "times": 2, "status": 503}"#;
    assert_eq!(control(&simulator, "POST", "/faults", one).await.status, 201);
    let several = r#"{"faults": [{"on": "GET /2/0/users", "html": true}, {"on": "* /**", "times": 0, "delay": "1ms"}]}"#;
    assert_eq!(control(&simulator, "POST", "/faults", several).await.status, 201);
    let mut answers = Vec::new();
    for _ in 0..4 {
        answers.push(ann.get("/2/0/models").await.status);
    }
    assert_eq!(answers, [200, 503, 503, 200]);
    assert!(ann.get("/2/0/users").await.text().contains("<html>"));
    let faults = control(&simulator, "GET", "/faults", "").await.json()["faults"].clone();
    assert_eq!(
        faults[0],
        serde_json::json!({"on": "GET /2/0/models", "does": "status 503", "seen": 4, "struck": 2, "left": 0})
    );
    assert_eq!((&faults[2]["does"], &faults[2]["left"]), (&"delay 1ms".into(), &().into()));
    assert_eq!(control(&simulator, "DELETE", "/faults", "").await.status, 204);
    assert_eq!(ann.get("/2/0/users").await.status, 200);
    let wrong = control(&simulator, "POST", "/faults", r#"{"on": "GET /", "stauts": 1}"#).await;
    assert_eq!(wrong.status, 400);
    let said = wrong.json();
    assert_eq!(said["problems"][0]["column"], 17);
    assert!(said["error"].as_str().expect("text").contains("did you mean `status`?"), "{said}");
}

#[tokio::test]
async fn the_clock_moves_tokens_and_tasks() {
    let clock = Clock::new();
    let simulator =
        Simulator::builder(tenant()).control(true).clock(clock).start().await.expect("a port");
    let ann = Session::ann(&simulator).await;
    let answer = control(&simulator, "POST", "/clock", r#"{"set": "2026-03-31", "frozen": true}"#);
    let answer = answer.await.json();
    assert_eq!(
        (&answer["now"], &answer["frozen"]),
        (&"2026-03-31T00:00:00.000Z".into(), &true.into())
    );
    assert_eq!(simulator.clock().now_ms(), answer["now_ms"]);
    let ann_later = Session::ann(&simulator).await;
    assert_eq!(ann_later.get("/2/0/models").await.status, 200);
    let answer = control(&simulator, "POST", "/clock", r#"{"advance": "36m"}"#).await.json();
    assert_eq!(answer["now"], "2026-03-31T00:36:00.000Z");
    assert_eq!(ann_later.get("/2/0/models").await.status, 401);
    control(&simulator, "POST", "/clock", r#"{"frozen": false}"#).await;
    assert_eq!(simulator.clock().speed(), 1.0);
    for wrong in [r#"{"advance": "soon"}"#, r#"{"speed": -1}"#, r#"{"jump": 1}"#, "[]", "{"] {
        assert_eq!(control(&simulator, "POST", "/clock", wrong).await.status, 400, "{wrong}");
    }
    drop(ann);
}

#[tokio::test]
async fn limits_change_while_it_runs() {
    let simulator = simulator().await;
    let ann = Session::ann(&simulator).await;
    let answer =
        control(&simulator, "PUT", "/limits", r#"{"page_cap": 2, "token_lifetime": "5s"}"#);
    let answer = answer.await.json();
    assert_eq!((&answer["page_cap"], &answer["token_lifetime"]), (&2.into(), &"5s".into()));
    assert_eq!(answer["chunk_size"], 10_000_000, "the others stay");
    let models = ann.get("/2/0/models").await.json();
    assert_eq!(models["models"].as_array().expect("an array").len(), 2);
    control(&simulator, "PUT", "/limits", r#"{"requests_per_minute": 1}"#).await;
    let statuses = [ann.get("/2/0/models").await.status, ann.get("/2/0/models").await.status];
    assert_eq!(statuses, [200, 429]);
    simulator.set_limits(|limits| limits.requests_per_minute = None);
    assert_eq!(ann.get("/2/0/models").await.status, 200);
    let late = Session::ann(&simulator).await;
    simulator.clock().advance(Duration::from_secs(6));
    assert_eq!(late.get("/2/0/models").await.status, 401);
    assert_eq!(ann.get("/2/0/models").await.status, 200, "issued before");
}

#[tokio::test]
async fn tokens_expire_and_tasks_are_shown() {
    let simulator = simulator().await;
    let ann = Session::ann(&simulator).await;
    let id = ann.start(&path_of(&simulator, "Open", "Sales")).await;
    let tasks = control(&simulator, "GET", "/tasks", "").await.json()["tasks"].clone();
    assert_eq!((&tasks[0]["id"], &tasks[0]["user"]), (&id.into(), &"ann.lee@example.com".into()));
    assert_eq!(control(&simulator, "POST", "/tokens/expire", "").await.status, 204);
    assert_eq!(ann.get("/2/0/models").await.status, 401);
}

#[tokio::test]
async fn strange_hosts_and_origins_are_refused() {
    let simulator = simulator().await;
    let with = |headers: &'static [(&'static str, &'static str)]| {
        send(&simulator, "DELETE", "/_simulator/requests", headers, "")
    };
    // The client sends `Host: localhost` first.
    assert_eq!(with(&[]).await.expect("an answer").status, 204);
    let evil = with(&[("Origin", "http://evil.example")]).await.expect("an answer");
    assert_eq!(evil.status, 403);
    assert_eq!(with(&[("Origin", "http://localhost")]).await.expect("an answer").status, 204);
}

#[tokio::test]
async fn what_is_not_there_is_explained() {
    let simulator = simulator().await;
    let overview = control(&simulator, "GET", "", "").await.json();
    assert!(overview["paths"].as_array().expect("an array").len() > 5);
    let unknown = control(&simulator, "GET", "/clocks", "").await;
    assert_eq!(unknown.status, 404);
    assert!(unknown.text().contains("clock, limits"), "{}", unknown.text());
    assert_eq!(control(&simulator, "PUT", "/tasks", "").await.status, 405);
    assert_eq!(control(&simulator, "POST", "/reads/fail", r#"{"count": 1}"#).await.status, 204);
    assert_eq!(control(&simulator, "POST", "/reads/fail", "{}").await.status, 400);
}
