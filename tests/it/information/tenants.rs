//! The tables about the tenant as a whole: users, SCIM, audit.

use std::collections::BTreeSet;

use anaplan_sql::simulator::{Role, Simulator, Tenant, User};
use anaplan_sql::{ErrorKind, Key, Session};

use crate::support::{
    AUTHENTICATE, PASSWORD, USER, builder, cells, connect, demo, fail, query, show, signed_out,
    start, users,
};

const USERS: &str = "/2/0/users";
const SCIM: &str = "/scim/1/0/v2/Users";
const EVENTS: &str = "/audit/api/1/events";
const DAY: i64 = 24 * 60 * 60 * 1000;

async fn lines(session: &Session, sql: &str) -> Vec<String> {
    let rows = cells(&query(session, sql).await);
    let line = |row: &Vec<_>| row.iter().map(ToString::to_string).collect::<Vec<_>>().join("|");
    rows.iter().map(line).collect()
}

/// A tenant of so many users beside the one that signs in.
fn crowd(n: usize) -> Tenant {
    (0..n).fold(users(), |tenant, i| {
        let user = User::new(&format!("u{i:03}@example.com"), "pw").name("U", &i.to_string());
        tenant.user(if i % 10 == 0 { user.inactive() } else { user })
    })
}

#[tokio::test]
async fn the_signed_in_user_is_one_row() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    simulator.clear_requests();
    insta::assert_snapshot!(
        show(&session, "SELECT * EXCLUDE (customer_id) FROM information.me").await, @r"
    +----------------------------------+--------------------------+------------+-----------+--------+--------------+----------------------+
    | id                               | email                    | first_name | last_name | active | email_opt_in | last_login           |
    +----------------------------------+--------------------------+------------+-----------+--------+--------------+----------------------+
    | 8acb909ca7c2ff85f7f9cdbfd60da609 | demo@anaplan-sql.example | Dana       | Demo      | true   | true         | 2026-01-12T08:30:00Z |
    +----------------------------------+--------------------------+------------+-----------+--------+--------------+----------------------+
    ");
    assert_eq!(simulator.count("*", "/**"), 1);
}

#[tokio::test]
async fn users_are_read_page_by_page() {
    let simulator = start(crowd(24).user(User::new("guest@example.com", "pw").visitor())).await;
    let session = builder(&simulator).set(Key::PageSize, "10").connect().await.expect("it");
    let sql = "SELECT email, active FROM information.users";
    let found = lines(&session, sql).await;
    let tenant = simulator.tenant();
    let own = tenant.users.iter().filter(|user| !user.visitor);
    let expected: Vec<String> = own.map(|it| format!("{}|{}", it.email, it.active)).collect();
    assert_eq!(found, expected);
    assert_eq!(simulator.count("GET", USERS), 3);
    simulator.clear_requests();
    assert_eq!(lines(&session, "SELECT id FROM information.users LIMIT 5").await.len(), 5);
    assert_eq!(simulator.count("GET", USERS), 1);
}

#[tokio::test]
async fn scim_users_are_counted_from_one_and_a_hundred_at_a_time() {
    let simulator = start(crowd(249)).await;
    let session = connect(&simulator).await;
    let sql = "SELECT user_name, active, given_name, family_name FROM information.scim_users";
    let found = lines(&session, sql).await;
    let tenant = simulator.tenant();
    let expected: Vec<String> = tenant
        .users
        .iter()
        .map(|it| format!("{}|{}|{}|{}", it.email, it.active, it.first_name, it.last_name))
        .collect();
    assert_eq!(found, expected);
    let queries: Vec<String> = simulator
        .requests()
        .into_iter()
        .filter(|request| request.path == SCIM)
        .filter_map(|request| request.query)
        .collect();
    let expected = [1, 101, 201].map(|start| format!("startIndex={start}&count=100"));
    assert_eq!(queries, expected);
    simulator.clear_requests();
    assert_eq!(lines(&session, "SELECT id FROM information.scim_users LIMIT 5").await.len(), 5);
    assert_eq!(simulator.count("GET", SCIM), 1);
}

#[tokio::test]
async fn scim_filters_travel_and_give_what_they_gave_without() {
    let simulator = start(crowd(149)).await;
    let session = connect(&simulator).await;
    let id = &simulator.tenant().users[120].id;
    for (filter, rows, requests) in [
        ("user_name = 'u007@example.com'".to_owned(), 1, 1),
        // The service doesn't tell cases apart, SQL does.
        ("user_name = 'U007@example.com'".to_owned(), 0, 1),
        ("user_name IN ('u001@example.com', 'u002@example.com', 'x')".to_owned(), 2, 1),
        (format!("id = '{id}'"), 1, 1),
        (format!("id = '{id}' AND user_name = 'u007@example.com'"), 0, 1),
        (r#"user_name = 'a "quoted\" name'"#.to_owned(), 0, 1),
        ("user_name = 'a' AND user_name = 'b'".to_owned(), 0, 0),
        ("NOT active".to_owned(), 15, 2),
        ("user_name LIKE 'u00%'".to_owned(), 10, 2),
    ] {
        simulator.clear_requests();
        let sql = format!("SELECT id FROM information.scim_users WHERE {filter}");
        assert_eq!(lines(&session, &sql).await.len(), rows, "{filter}");
        assert_eq!(simulator.count("GET", SCIM), requests, "{filter}");
    }
}

#[tokio::test]
async fn scim_tells_which_workspaces_a_user_may_use() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    let sql = "SELECT user_name, workspace_names, created IS NOT NULL FROM information.scim_users
               ORDER BY user_name";
    let tenant = simulator.tenant();
    let mut expected: Vec<String> = tenant
        .users
        .iter()
        .filter(|user| !user.visitor)
        .map(|user| {
            let seen = tenant.workspaces.iter().filter(|workspace| user.sees(workspace));
            let names: Vec<&str> = seen.map(|workspace| workspace.name.as_str()).collect();
            let names = if names.is_empty() { "NULL".to_owned() } else { names.join(", ") };
            format!("{}|{names}|true", user.email)
        })
        .collect();
    expected.sort();
    assert_eq!(lines(&session, sql).await, expected);
}

/// The ids of the events between two moments, as the service answers without this library.
async fn events(simulator: &Simulator, from: i64, to: i64) -> BTreeSet<String> {
    let client = reqwest::Client::new();
    let token = client
        .post(format!("{}{AUTHENTICATE}", simulator.url()))
        .basic_auth(USER, Some(PASSWORD))
        .send()
        .await
        .expect("an answer");
    let token: serde_json::Value =
        serde_json::from_slice(&token.bytes().await.expect("a body")).expect("JSON");
    let token = token["tokenInfo"]["tokenValue"].as_str().expect("a token").to_owned();
    let mut ids = BTreeSet::new();
    // Day by day, in one page each: another way than the one that is tested.
    for start in (from..=to).step_by(usize::try_from(DAY).expect("it fits")) {
        let end = (start + DAY - 1).min(to);
        let url = format!(
            "{}{EVENTS}?type=all&dateFrom={start}&dateTo={end}&limit=100000",
            simulator.url()
        );
        let answer = client
            .get(url)
            .header("authorization", format!("AnaplanAuthToken {token}"))
            .header("accept", "application/json")
            .send()
            .await
            .expect("an answer");
        let answer: serde_json::Value =
            serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
        let found = answer["response"].as_array().into_iter().flatten();
        ids.extend(found.map(|event| event["id"].to_string()));
    }
    ids
}

#[tokio::test]
async fn audit_events_are_walked_in_windows_of_thirty_days() {
    let simulator = start(Tenant::demo().history(100)).await;
    let now = chrono::Utc::now().timestamp_millis();
    // Ends before today: what this test does is recorded too.
    let (from, to) = (now - 75 * DAY, now - 2 * DAY);
    let expected = events(&simulator, from, to).await;
    assert!(expected.len() > 500, "only {} events", expected.len());
    let session = builder(&simulator).set(Key::PageSize, "200").connect().await.expect("it");
    simulator.clear_requests();
    let moment = |ms| {
        let moment: chrono::DateTime<chrono::Utc> =
            chrono::DateTime::from_timestamp_millis(ms).expect("a moment");
        moment.to_rfc3339()
    };
    let (from, to) = (moment(from), moment(to));
    let sql = format!(
        "SELECT id FROM information.audit_events
         WHERE event_date >= '{from}' AND event_date <= TIMESTAMP '{to}'"
    );
    let found = lines(&session, &sql).await;
    assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(found.len(), expected.len(), "an event came twice");
    let windows: BTreeSet<String> = simulator
        .requests()
        .into_iter()
        .filter(|request| request.path == EVENTS)
        .filter_map(|request| Some(request.query?.split("&limit").next()?.to_owned()))
        .collect();
    assert_eq!(windows.len(), 3, "{windows:?}");
    assert!(simulator.count("GET", EVENTS) > 3, "several pages");
    let plan = show(&session, &format!("EXPLAIN FORMAT INDENT {sql}")).await;
    assert!(plan.contains("filters=[event_date=["), "{plan}");
    // The latest come first, and no more is read than is needed.
    simulator.clear_requests();
    let sql =
        format!("SELECT id FROM information.audit_events WHERE event_date >= '{from}' LIMIT 5");
    assert_eq!(lines(&session, &sql).await.len(), 5);
    assert_eq!(simulator.count("GET", EVENTS), 1);
}

#[tokio::test]
async fn audit_events_without_bounds_are_those_of_thirty_days() {
    let simulator = start(Tenant::demo().history(100)).await;
    let session = connect(&simulator).await;
    simulator.clear_requests();
    let sql = "SELECT min(event_date) >= now() - INTERVAL '31 days',
                      max(event_date) > now() - INTERVAL '1 hour', count(*) > 100
               FROM information.audit_events";
    assert_eq!(lines(&session, sql).await, ["true|true|true"]);
    assert_eq!(simulator.count("GET", EVENTS), 1);
    for (filter, requests) in [
        ("event_date > now() - INTERVAL '3 hours'", 1),
        ("event_date > now() + INTERVAL '3 hours'", 0),
        ("event_date BETWEEN now() - INTERVAL '70 days' AND now() - INTERVAL '50 days'", 1),
        ("event_date < now() - INTERVAL '60 days'", 1),
        ("event_date = '2001-01-01T00:00:00Z'", 1),
        ("event_date < '2001-01-01' AND event_date > '2001-01-01'", 0),
    ] {
        simulator.clear_requests();
        let sql = format!("SELECT count(*) FROM information.audit_events WHERE {filter}");
        lines(&session, &sql).await;
        assert_eq!(simulator.count("GET", EVENTS), requests, "{filter}");
    }
}

#[tokio::test]
async fn missing_roles_are_named() {
    let tenant = Tenant::new()
        .user(User::new("joe@example.com", "pw").standard())
        .user(User::new("olga@example.com", "pw").standard().role(Role::TenantAuditor));
    let simulator = start(tenant).await;
    let sign_in =
        |user: &str| signed_out(&simulator).set(Key::User, user).set(Key::Password, "pw").connect();
    let session = sign_in("joe@example.com").await.expect("signed in");
    let error = fail(&session, "SELECT * FROM information.audit_events").await;
    assert_eq!(error.kind(), ErrorKind::Denied);
    insta::assert_snapshot!(format!("{error:?}"), @r"
    Denied: GET /audit/api/1/events answered 401: User is not authorized to perform the action.
      hint: audit events are for users with the role Tenant Auditor: a tenant administrator can grant it
    ");
    let error = fail(&session, "SELECT * FROM information.scim_users").await;
    assert_eq!(error.kind(), ErrorKind::Denied);
    insta::assert_snapshot!(format!("{error:?}"), @r"
    Denied: GET /scim/1/0/v2/Users answered 403: User is not authorized to perform this operation
      hint: SCIM is for users with the role User Administrator; information.users has the users for everybody
    ");
    let session = sign_in("olga@example.com").await.expect("signed in");
    assert!(!lines(&session, "SELECT id FROM information.audit_events").await.is_empty());
}
