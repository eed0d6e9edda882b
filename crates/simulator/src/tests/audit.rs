//! Audit events: what happened, the windows it is asked for in, and the pages it comes in.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::super::{Fault, Role, Simulator, Tenant, User};
use super::client::{Answer, Session, send, sign_in};
use super::{file_of, path_of, tenant};

const EVENTS: &str = "/audit/api/1/events";
const SEARCH: &str = "/audit/api/1/events/search";
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The tenant of the other tests, and an auditor.
fn audited() -> Tenant {
    tenant().user(User::new("aud@example.com", "itor").standard().role(Role::TenantAuditor))
}

async fn auditor(simulator: &Simulator) -> Session<'_> {
    Session::new(simulator, "aud@example.com", "itor").await
}

/// Code, success and object of each event.
fn codes(answer: &Value) -> Vec<(&str, bool)> {
    let events = answer["response"].as_array().expect("events");
    events
        .iter()
        .map(|event| {
            (
                event["eventTypeId"].as_str().expect("a code"),
                event["success"].as_bool().expect("a flag"),
            )
        })
        .collect()
}

fn failure(answer: &Answer) -> (u16, String, String) {
    let body = answer.json();
    let text = |key: &str| body[key].as_str().expect("a text").to_owned();
    (answer.status, text("status"), text("statusMessage"))
}

async fn with_header(simulator: &Simulator, name: &str, value: &str) -> Answer {
    send(simulator, "GET", EVENTS, &[(name, value)], "").await.expect("an answer")
}

#[tokio::test]
async fn what_users_do_becomes_events() {
    let simulator = Simulator::start(audited()).await.expect("start");
    assert_eq!(sign_in(&simulator, "bob@example.com", "wrong").await.status, 401);
    assert_eq!(sign_in(&simulator, "nobody@example.com", "wrong").await.status, 401);
    let ann = Session::ann(&simulator).await;
    let export = path_of(&simulator, "Open", "Sales");
    ann.run(&export).await;
    let file = file_of(&simulator, "Open", "Sales");
    assert_eq!(ann.get(&format!("{file}/chunks/0")).await.status, 200);
    assert_eq!(ann.get(&format!("{file}/chunks/1")).await.status, 404);
    assert_eq!(ann.call("POST", &format!("{export}/tasks"), "{}").await.status, 400);
    let token = format!("AnaplanAuthToken {}", ann.token);
    let headers = [("Authorization", token.as_str()), ("User-Agent", "curl/8")];
    let out = send(&simulator, "POST", "/token/logout", &headers, "").await.expect("an answer");
    assert_eq!(out.status, 204);

    let auditor = auditor(&simulator).await;
    let answer = auditor.get(EVENTS).await.json();
    assert_eq!(
        codes(&answer),
        [
            ("USR-9", false),
            ("USR-8", true),
            ("USR-36", true),
            ("USR-32", true),
            ("USR-10", true),
            ("USR-8", true)
        ]
    );
    let tenant = simulator.tenant();
    let id = |email: &str| tenant.find_user(email).expect("user").id.clone();
    let events = &answer["response"];
    assert_eq!(events[0]["userId"], id("bob@example.com").as_str());
    assert_eq!(events[0]["message"], "User login failure");
    assert_eq!(events[1]["userId"], id("ann.lee@example.com").as_str());
    assert_eq!(events[4]["userAgent"], "curl/8");
    let run = &events[2];
    let model = tenant.find_model("Open").expect("model").id.clone();
    assert_eq!(run["objectId"], model.to_lowercase().as_str(), "in lower case, unlike the id");
    let sales = tenant.export("Open", "Sales").expect("export");
    assert_eq!(
        run["additionalAttributes"],
        json!({
            "workspaceId": tenant.find_workspace("First").expect("workspace").id,
            "modelId": model,
            "actionId": sales.id,
            "name": "Sales",
        })
    );
    assert_eq!(events[3]["additionalAttributes"]["fileId"], sales.id.as_str());
    assert!(run["id"].as_i64().expect("a number") > 1 << 53, "no float holds it");
    assert!(run["checksum"].as_str().expect("a text").parse::<u32>().is_ok());
    assert_eq!(run["tenantId"], tenant.customer_id.as_str());
    assert_eq!(run["eventDate"].as_i64().expect("a number") % 1000, 0);
    for field in ["eventTimeZone", "createdTimeZone"] {
        assert_eq!(run[field], "UTC");
    }
    for field in ["ipAddress", "userAgent", "hostName"] {
        assert!(run[field].is_string(), "{field}");
    }
    let ids: HashSet<i64> = events
        .as_array()
        .expect("events")
        .iter()
        .filter_map(|event| event["id"].as_i64())
        .collect();
    assert_eq!(ids.len(), 6, "every id is another one");
}

#[tokio::test]
async fn a_lost_answer_is_an_event_and_a_refused_request_is_none() {
    let simulator = Simulator::start(audited()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let tasks = format!("{}/tasks", path_of(&simulator, "Open", "Sales"));
    let body = r#"{"localeName":"en_US"}"#;
    simulator.inject(Fault::on("POST", "/2/0/models/*/exports/*/tasks").lose_answer());
    assert!(ann.try_call("POST", &tasks, body).await.is_err());
    simulator.inject(Fault::on("POST", "/2/0/models/*/exports/*/tasks").status(503));
    assert_eq!(ann.call("POST", &tasks, body).await.status, 503);
    let answer = auditor(&simulator).await.get(EVENTS).await.json();
    assert_eq!(codes(&answer), [("USR-8", true), ("USR-36", true), ("USR-8", true)]);
}

#[tokio::test]
async fn only_auditors_with_the_right_scheme_get_in() {
    let simulator = Simulator::start(audited()).await.expect("start");
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    let refused = bob.get(EVENTS).await;
    assert_eq!(failure(&refused).0, 401);
    assert_eq!(failure(&refused).1, "FAILURE_UNAUTHORIZED_USER_ACTION");
    let auditor = auditor(&simulator).await;
    let bearer = format!("Bearer {}", auditor.token);
    for (name, value) in [("Authorization", bearer.as_str()), ("X-Nothing", "x")] {
        let answer = with_header(&simulator, name, value).await;
        assert_eq!(
            (failure(&answer).0, failure(&answer).2.as_str()),
            (401, "No valid token header found for the request")
        );
    }
    let dead = with_header(&simulator, "Authorization", "AnaplanAuthToken dead").await;
    assert_eq!(failure(&dead).1, "FAILURE_BAD_CREDENTIAL");
    assert_eq!(auditor.call("POST", EVENTS, "{}").await.header("allow"), Some("GET"));
    assert_eq!(auditor.get(SEARCH).await.status, 405);
    assert_eq!(auditor.get("/audit/api/1/other").await.header("content-type"), Some("text/html"));
    // What was refused is on record.
    let denied = auditor.get(&format!("{EVENTS}?type=access_control")).await.json();
    assert_eq!(codes(&denied), [("AUTHZ-2", false)]);
    assert_eq!(denied["response"][0]["additionalAttributes"]["roleName"], "Tenant Auditor");
    assert_eq!(Session::ann(&simulator).await.get(EVENTS).await.status, 200, "has every role");
}

#[tokio::test]
async fn windows_are_thirty_days_at_most() {
    let simulator = Simulator::start(audited()).await.expect("start");
    let started = simulator.clock().now_ms();
    let _ = auditor(&simulator).await;
    simulator.clock().advance(DAY * 20);
    let _ = auditor(&simulator).await;
    simulator.clock().advance(DAY * 15);
    let auditor = auditor(&simulator).await;
    let now = simulator.clock().now_ms();
    let count = async |query: String| {
        let answer = auditor.get(&format!("{EVENTS}{query}")).await;
        assert_eq!(answer.status, 200, "{query}: {}", answer.text());
        codes(&answer.json()).len()
    };
    assert_eq!(count(String::new()).await, 2, "the first event is 35 days old");
    assert_eq!(count("?intervalInHours=720".to_owned()).await, 2);
    assert_eq!(count("?intervalInHours=1".to_owned()).await, 1);
    assert_eq!(count("/?intervalInHours=0".to_owned()).await, 0);
    let (from, to) = (started - 1000, started + 10 * DAY_MS);
    assert_eq!(count(format!("?dateFrom={from}&dateTo={to}")).await, 1);
    assert_eq!(count(format!("?dateTo={to}")).await, 1);
    assert_eq!(count(format!("?dateFrom={}", now - DAY_MS)).await, 1);
    assert_eq!(count(format!("?dateFrom={from}&dateTo={}", from + 30 * DAY_MS)).await, 2);
    for bad in [
        format!("dateFrom={from}&dateTo={}", from + 30 * DAY_MS + 1),
        "intervalInHours=721".to_owned(),
    ] {
        let answer = auditor.get(&format!("{EVENTS}?{bad}")).await;
        let expected = (400, "FAILURE_BAD_REQUEST", "Date range cannot exceed 30 days");
        let (status, code, message) = failure(&answer);
        assert_eq!((status, code.as_str(), message.as_str()), expected, "{bad}");
    }
    for bad in [
        "dateFrom=x",
        "dateTo=2026-01-01",
        "intervalInHours=-1",
        "dateFrom=5&dateTo=4",
        "limit=x",
        "limit=0",
        "offset=-1",
    ] {
        let answer = auditor.get(&format!("{EVENTS}?{bad}")).await;
        assert_eq!((answer.status, failure(&answer).1.as_str()), (400, "FAILURE_BAD_REQUEST"));
    }

    let search = async |body: Value| auditor.call("POST", SEARCH, &body.to_string()).await;
    for (body, events) in [
        (json!({}), 2),
        (json!({"interval": 1}), 1),
        (json!({"from": from, "to": to}), 1),
        (json!({"from": 0}), 2),
        (json!({"to": to}), 1),
    ] {
        let answer = search(body.clone()).await;
        assert_eq!(answer.status, 200, "{body}");
        assert_eq!(codes(&answer.json()).len(), events, "{body}");
    }
    for body in [json!({"interval": 721}), json!({"from": 0, "to": now})] {
        assert_eq!(failure(&search(body).await).2, "Date range cannot exceed 30 days");
    }
    for bad in ["[]", "nothing", r#"{"from":"x"}"#, r#"{"interval":1.5}"#] {
        assert_eq!(auditor.call("POST", SEARCH, bad).await.status, 400, "{bad}");
    }
    assert_eq!(auditor.call("POST", SEARCH, "").await.status, 200);
    let token = format!("AnaplanAuthToken {}", auditor.token);
    let headers = [("Authorization", token.as_str()), ("Content-Type", "text/plain")];
    let answer = send(&simulator, "POST", SEARCH, &headers, "{}").await.expect("an answer");
    assert_eq!(answer.status, 415);
}

#[tokio::test]
async fn pages_have_their_own_words() {
    let simulator = Simulator::builder(Tenant::demo()).page_cap(50).start().await.expect("start");
    let auditor = Session::new(&simulator, "auditor@anaplan-sql.example", "auditor").await;
    let first = auditor.get(EVENTS).await.json();
    let paging = &first["meta"]["paging"];
    let total = paging["totalSize"].as_u64().expect("a number");
    assert!(total > 500, "{total}");
    assert_eq!(
        (paging["offSet"].as_u64(), paging["currentPageSize"].as_u64()),
        (Some(0), Some(50))
    );
    assert_eq!(paging["nextOffset"], 50);
    assert!(paging.get("previousUrl").is_none() && first.get("status").is_none());

    // Along the links to the end: their window doesn't move with the clock.
    let mut seen: Vec<Value> = Vec::new();
    let mut url = Some(format!("{}{EVENTS}?limit=400", simulator.url()));
    let mut pages = 0;
    while let Some(next) = url {
        let path = next.strip_prefix(&simulator.url()).expect("of this simulator").to_owned();
        let page = auditor.get(&path).await.json();
        seen.extend(page["response"].as_array().expect("events").iter().cloned());
        assert_eq!(page["meta"]["paging"].get("previousUrl").is_some(), pages > 0);
        url = page["meta"]["paging"]["nextUrl"].as_str().map(str::to_owned);
        pages += 1;
    }
    assert!(pages > 1 && seen.len() as u64 >= total);
    let ids: HashSet<i64> = seen.iter().map(|event| event["id"].as_i64().expect("an id")).collect();
    assert_eq!(ids.len(), seen.len(), "no event twice");
    let dates: Vec<i64> =
        seen.iter().map(|event| event["eventDate"].as_i64().expect("a date")).collect();
    assert!(dates.is_sorted());

    let all = auditor.get(&format!("{EVENTS}?limit=20000")).await.json();
    assert_eq!(all["meta"]["paging"]["currentPageSize"], all["meta"]["paging"]["totalSize"]);
    assert!(all["meta"]["paging"].get("nextUrl").is_none());
    let beyond = auditor.get(&format!("{EVENTS}?offset=20000")).await.json();
    assert_eq!(beyond["response"], json!([]), "an empty page has its key");
    let search = auditor.call("POST", &format!("{SEARCH}?limit=10&offset=20"), "{}").await.json();
    let next = search["meta"]["paging"]["nextUrl"].as_str().expect("a link");
    assert!(next.contains("/events/search?type=all&limit=10&offset=30"), "{next}");
}

#[tokio::test]
async fn types_select_by_their_codes() {
    let simulator = Simulator::start(Tenant::demo()).await.expect("start");
    let auditor = Session::new(&simulator, "auditor@anaplan-sql.example", "auditor").await;
    let (from, to) = (simulator.clock().now_ms() - 29 * DAY_MS, simulator.clock().now_ms());
    let get = async |kind: &str| {
        let path = format!("{EVENTS}?type={kind}&dateFrom={from}&dateTo={to}");
        auditor.get(&path).await.json()
    };
    let all = get("all").await;
    let total = codes(&all).len();
    let mut selected = 0;
    for (kind, prefix) in [
        ("user_activity", "USR-"),
        ("access_control", "AUTHZ-"),
        ("int", "INT-"),
        ("conn_mgmt", "CONN-"),
        ("comment", "COMMENT-"),
    ] {
        let events = get(kind).await;
        assert!(!codes(&events).is_empty(), "{kind}");
        assert!(codes(&events).iter().all(|(code, _)| code.starts_with(prefix)), "{kind}");
        selected += codes(&events).len();
    }
    assert_eq!(selected, total);
    for none in ["byok", "plan_iq", "forecaster"] {
        assert!(codes(&get(none).await).is_empty(), "{none}");
    }
    assert_eq!(codes(&get("no_such_type").await).len(), total, "an unknown type selects all");
    let events = all["response"].as_array().expect("events");
    assert!(events.iter().any(|event| event["additionalAttributes"].is_null()), "some are null");
    assert!(events.iter().any(|event| event.get("objectId").is_none()));
    let user =
        |event: &Value| event["userId"].as_str().is_some_and(|id| id.starts_with("INTERNAL_"));
    assert!(events.iter().any(user));
}

#[tokio::test]
async fn plain_text_is_the_common_event_format_in_one_piece() {
    let simulator = Simulator::start(Tenant::demo()).await.expect("start");
    let auditor = Session::new(&simulator, "auditor@anaplan-sql.example", "auditor").await;
    let token = format!("AnaplanAuthToken {}", auditor.token);
    let (from, to) = (simulator.clock().now_ms() - 9 * DAY_MS, simulator.clock().now_ms());
    let path = format!("{EVENTS}?dateFrom={from}&dateTo={to}&limit=3&offset=5");
    let get = async |accept: &str| {
        let headers = [("Authorization", token.as_str()), ("Accept", accept)];
        send(&simulator, "GET", &path, &headers, "").await.expect("an answer")
    };
    let json = get("application/json").await.json();
    assert_eq!(codes(&json).len(), 3);
    let plain = get("text/plain").await;
    assert_eq!((plain.status, plain.header("content-type")), (200, Some("text/plain")));
    let text = plain.text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len() as u64, json["meta"]["paging"]["totalSize"].as_u64().expect("a number"));
    let event = &json["response"][0];
    let line = lines[5];
    let code = event["eventTypeId"].as_str().expect("a code");
    let message = event["message"].as_str().expect("a message");
    assert!(
        line.contains(&format!(
            "Z  CEF:0|Anaplan, Inc.||null|{code}|{message}|id={} ",
            event["id"]
        ))
    );
    let user = event["userId"].as_str().expect("an id");
    assert!(line.contains(&format!(" userId={user} ")), "{line}");
    assert_eq!(get("text/csv").await.status, 406);
    assert_eq!(
        get("text/plain, */*").await.header("content-type"),
        Some("application/json;charset=UTF-8")
    );
}

#[tokio::test]
async fn the_past_is_the_same_in_every_run_and_stays() {
    let day = super::super::Clock::new().now_ms() / DAY_MS - 40;
    let answers = async || {
        let simulator = Simulator::start(Tenant::demo()).await.expect("start");
        let auditor = Session::new(&simulator, "auditor@anaplan-sql.example", "auditor").await;
        let path = format!(
            "{EVENTS}?dateFrom={}&dateTo={}&limit=9999",
            (day - 15) * DAY_MS,
            (day + 10) * DAY_MS
        );
        let before = auditor.get(&path).await.json();
        simulator.edit(|tenant| {
            tenant.users.push(User::new("new@example.com", "new"));
            tenant.workspaces[0].models.clear();
        });
        assert_eq!(before["response"], auditor.get(&path).await.json()["response"]);
        let gone = format!("{EVENTS}?dateTo={}", (day - 25) * DAY_MS);
        assert_eq!(codes(&auditor.get(&gone).await.json()).len(), 0, "older than 60 days");
        before["response"].clone()
    };
    let (one, two) = (answers().await, answers().await);
    assert_eq!(one, two);
    assert!(one.as_array().expect("events").len() > 200);
}
