//! Every kind of fault.

use std::time::{Duration, Instant};

use super::super::{Fault, Simulator};
use super::client::Session;
use super::{file_of, path_of, tenant};

const ME: &str = "/2/0/users/me";

#[tokio::test]
async fn a_status_strikes_as_often_as_it_should() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    simulator.inject(
        Fault::on("GET", ME)
            .skip(1)
            .times(2)
            .status(503)
            .header("Retry-After", "7")
            .body("text/plain", "try later"),
    );
    let mut seen = Vec::new();
    for _ in 0..4 {
        let answer = ann.get(ME).await;
        if answer.status == 503 {
            assert_eq!(
                (answer.header("retry-after"), answer.text().as_str()),
                (Some("7"), "try later")
            );
        }
        seen.push(answer.status);
    }
    assert_eq!(seen, [200, 503, 503, 200]);
    simulator.inject(Fault::on("*", "/2/0/**").forever().status(500));
    assert_eq!(ann.get(ME).await.status, 500);
    assert_eq!(ann.get("/2/0/models").await.status, 500);
    simulator.clear_faults();
    assert_eq!(ann.get(ME).await.status, 200);
}

#[tokio::test]
async fn a_delay_serves_normally_afterwards() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    simulator.inject(Fault::on("GET", ME).delay(Duration::from_millis(150)));
    let start = Instant::now();
    assert_eq!(ann.get(ME).await.status, 200);
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn what_strikes_late_has_been_executed() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let tasks = format!("{}/tasks", path_of(&simulator, "Open", "Sales"));
    let body = r#"{"localeName":"en_US"}"#;
    let fault = || Fault::on("POST", "/2/0/models/*/exports/*/tasks");
    simulator.inject(fault().status(504).late());
    assert_eq!(ann.call("POST", &tasks, body).await.status, 504);
    assert_eq!(simulator.tasks().len(), 1);
    simulator.inject(fault().delay(Duration::from_secs(600)).late());
    let started = async {
        while simulator.tasks().len() < 2 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::select! {
        _ = ann.try_call("POST", &tasks, body) => panic!("it is answered much later"),
        () = started => {}
    }
}

#[tokio::test]
async fn a_reset_executes_nothing_and_a_lost_answer_does() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let tasks = format!("{}/tasks", path_of(&simulator, "Open", "Sales"));
    let body = r#"{"localeName":"en_US"}"#;
    simulator.inject(Fault::on("POST", "/2/0/models/*/exports/*/tasks").reset());
    assert!(ann.try_call("POST", &tasks, body).await.is_err());
    assert_eq!(simulator.tasks().len(), 0);
    simulator.inject(Fault::on("POST", "/2/0/models/*/exports/*/tasks").lose_answer());
    assert!(ann.try_call("POST", &tasks, body).await.is_err());
    assert_eq!(simulator.tasks().len(), 1);
    let cut: Vec<_> = simulator
        .requests()
        .into_iter()
        .filter(|request| request.method == "POST")
        .skip(1)
        .collect();
    assert!(cut.iter().all(|request| request.status == 0 && request.finished), "{cut:?}");
    assert_eq!(ann.call("POST", &tasks, body).await.status, 200);
}

#[tokio::test]
async fn a_body_is_cut_at_the_byte() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    ann.run(&path_of(&simulator, "Open", "Sales")).await;
    let file = file_of(&simulator, "Open", "Sales");
    let whole = ann.get(&file).await.body;
    for after in [0, 1, 9, whole.len() - 1] {
        simulator.inject(Fault::on("GET", "/2/0/models/*/files/*").truncate_body(after as u64));
        let answer = ann.get(&file).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-length"), Some(whole.len().to_string().as_str()));
        assert!(!answer.complete);
        assert_eq!(answer.body, whole[..after]);
        let last = simulator.requests().pop().expect("a request");
        assert_eq!(last.body_bytes_sent, after as u64);
    }
    simulator.inject(Fault::on("GET", ME).truncate_body(3));
    assert_eq!(ann.get(ME).await.body.len(), 3);
}

#[tokio::test]
async fn wrong_bodies() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    simulator.inject(Fault::on("GET", ME).bad_json());
    let answer = ann.get(ME).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    assert!(answer.complete && serde_json::from_slice::<serde_json::Value>(&answer.body).is_err());
    simulator.inject(Fault::on("GET", ME).html());
    let answer = ann.get(ME).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().starts_with("<!DOCTYPE html>"));
    simulator.inject(Fault::on("GET", ME).status(9999));
    assert_eq!(ann.get(ME).await.status, 500, "a status that doesn't exist");
    simulator.inject(
        Fault::on("GET", ME).status(429).header("bad name", "x").header("Retry-After", "a\nb"),
    );
    assert_eq!(ann.get(ME).await.status, 429, "headers that HTTP doesn't allow are left out");
}

#[tokio::test]
async fn the_log_is_in_order_and_bounded() {
    let simulator = Simulator::builder(tenant()).keep_requests(3).start().await.expect("start");
    let ann = Session::ann(&simulator).await;
    for path in ["/2/0/users/me", "/2/0/models?limit=1", "/2/0/nothing"] {
        let _ = ann.get(path).await;
    }
    let requests = simulator.requests();
    let seen: Vec<_> =
        requests.iter().map(|request| (request.path.as_str(), request.status)).collect();
    assert_eq!(seen, [("/2/0/users/me", 200), ("/2/0/models", 200), ("/2/0/nothing", 404)]);
    assert_eq!(requests[1].query.as_deref(), Some("limit=1"));
    assert!(requests.iter().all(|request| request.body_bytes_sent > 0));
    simulator.clear_requests();
    assert_eq!(simulator.count("*", "/**"), 0);
}

#[tokio::test]
async fn a_simulator_stops() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let addr = simulator.addr();
    assert_eq!(simulator.url(), format!("http://{addr}"));
    let idle = tokio::net::TcpStream::connect(addr).await.expect("connect");
    simulator.shutdown().await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
    drop(idle);
    let simulator = Simulator::start(tenant()).await.expect("start");
    let addr = simulator.addr();
    drop(simulator);
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert!(tokio::net::TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn a_long_body_is_cut_at_the_byte_for_a_slow_client_too() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let export = super::Export::tabular("Long", vec![super::Column::new("Name", "TEXT")])
        .bytes(vec![b'x'; 20_000_000]);
    let model = super::Model::new("M").export(export);
    let tenant = tenant().workspace(super::Workspace::new("W").model(model));
    let simulator = Simulator::start(tenant).await.expect("start");
    let ann = Session::ann(&simulator).await;
    ann.run(&path_of(&simulator, "M", "Long")).await;
    let file = file_of(&simulator, "M", "Long");
    simulator.inject(Fault::on("GET", "/2/0/models/*/files/*").truncate_body(15_000_001));
    let mut stream = tokio::net::TcpStream::connect(simulator.addr()).await.expect("connect");
    let request = format!(
        "GET {file} HTTP/1.1\r\nHost: localhost\r\nAuthorization: AnaplanAuthToken {}\r\n\r\n",
        ann.token
    );
    stream.write_all(request.as_bytes()).await.expect("write");
    tokio::time::sleep(Duration::from_millis(200)).await;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.expect("read");
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head") + 4;
    assert_eq!(bytes.len() - head, 15_000_001);
}
