//! The OAuth service as programs call it: codes, refreshes, devices.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::{OAuthClient, Simulator, Tenant, User};
use super::client::{Answer, send};

pub(super) const CODE: &str = "00000000000000000000000000000c0d";
const FIXED: &str = "00000000000000000000000000000f1d";
pub(super) const DEVICE: &str = "00000000000000000000000000000dec";
pub(super) const CALLBACK: &str = "https://planner.example/callback";
pub(super) const ANN: &str = "ann.lee@example.com";
const ALL: &str = "openid profile email offline_access";
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

pub(super) fn tenant() -> Tenant {
    let code = |id: &str| {
        OAuthClient::code(id, "client secret")
            .redirect_uri(CALLBACK)
            .redirect_uri("http://127.0.0.1:8721/callback?from=anaplan")
    };
    Tenant::new()
        .user(User::new(ANN, "secret"))
        .user(User::new("eve@example.com", "gone").inactive())
        .oauth_client(code(CODE).name("Planner <& Co>").refresh_lifetime(Duration::from_secs(9000)))
        .oauth_client(code(FIXED).rotatable(false))
        .oauth_client(OAuthClient::device(DEVICE).name("Robot"))
}

async fn start() -> Simulator {
    Simulator::start(tenant()).await.expect("start")
}

async fn post(simulator: &Simulator, path: &str, body: &Value) -> Answer {
    let headers = [("Content-Type", "application/json")];
    send(simulator, "POST", path, &headers, &body.to_string()).await.expect("an answer")
}

async fn token(simulator: &Simulator, body: &Value) -> Answer {
    post(simulator, "/oauth/token", body).await
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

/// Status and name of an error.
fn error(answer: &Answer) -> (u16, String) {
    let body = answer.json();
    assert!(body["error_description"].is_string(), "{body}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    (answer.status, text(&body["error"]))
}

fn refused(status: u16, name: &str) -> (u16, String) {
    (status, name.to_owned())
}

fn code(simulator: &Simulator, client: &str, scope: &str) -> String {
    simulator.authorization_code(client, CALLBACK, scope, ANN).expect("a code")
}

fn exchange(client: &str, code: &str) -> Value {
    json!({
        "grant_type": "authorization_code", "client_id": client, "client_secret": "client secret",
        "code": code, "redirect_uri": CALLBACK,
    })
}

fn refresh(client: &str, refresh_token: &str) -> Value {
    json!({
        "grant_type": "refresh_token", "client_id": client, "client_secret": "client secret",
        "refresh_token": refresh_token,
    })
}

async fn sign_in(simulator: &Simulator, client: &str) -> Value {
    let answer = token(simulator, &exchange(client, &code(simulator, client, ALL))).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// The status of a call of the Integration API with an access token.
async fn call(simulator: &Simulator, scheme: &str, access_token: &Value) -> u16 {
    let header = format!("{scheme} {}", text(access_token));
    let headers = [("Authorization", header.as_str())];
    send(simulator, "GET", "/2/0/users/me", &headers, "").await.expect("an answer").status
}

#[tokio::test]
async fn a_code_gives_tokens_for_35_minutes() {
    let simulator = start().await;
    let tokens = sign_in(&simulator, CODE).await;
    let mut keys: Vec<&str> =
        tokens.as_object().expect("object").keys().map(String::as_str).collect();
    keys.sort_unstable();
    let expected =
        ["access_token", "expires_in", "id_token", "refresh_token", "scope", "token_type"];
    assert_eq!(keys, expected);
    assert_eq!(tokens["scope"], "openid email offline_access", "profile is dropped");
    assert_eq!((&tokens["expires_in"], &tokens["token_type"]), (&json!(2100), &json!("Bearer")));
    let id_token = text(&tokens["id_token"]);
    let parts: Vec<&str> = id_token.split('.').collect();
    assert_eq!(parts.len(), 3);
    let claims = URL_SAFE_NO_PAD.decode(parts[1]).expect("base64");
    let claims: Value = serde_json::from_slice(&claims).expect("JSON");
    assert_eq!((&claims["email"], &claims["aud"]), (&json!(ANN), &json!(CODE)));

    let access_token = &tokens["access_token"];
    assert_eq!(call(&simulator, "AnaplanAuthToken", access_token).await, 200);
    assert_eq!(call(&simulator, "Bearer", access_token).await, 200);
    let header = format!("AnaplanAuthToken {}", text(access_token));
    let headers = [("Authorization", header.as_str())];
    let valid = send(&simulator, "GET", "/token/validate", &headers, "").await.expect("answer");
    assert_eq!(valid.json()["userInfo"]["userId"], ANN);
    simulator.clock().advance(Duration::from_secs(2099));
    assert_eq!(call(&simulator, "Bearer", access_token).await, 200);
    simulator.clock().advance(Duration::from_secs(1));
    assert_eq!(call(&simulator, "Bearer", access_token).await, 401);

    let tokens = sign_in(&simulator, CODE).await;
    simulator.expire_tokens();
    assert_eq!(call(&simulator, "Bearer", &tokens["access_token"]).await, 401);
    let renewed = token(&simulator, &refresh(CODE, &text(&tokens["refresh_token"]))).await;
    assert_eq!(call(&simulator, "Bearer", &renewed.json()["access_token"]).await, 200);
}

#[tokio::test]
async fn scopes_decide_on_refresh_and_identity_tokens() {
    let simulator = start().await;
    for (scope, granted, refreshes, identifies) in [
        ("openid", "openid", false, true),
        ("offline_access profile email", "offline_access email", true, false),
        ("profile admin:everything", "", false, false),
    ] {
        let code = code(&simulator, CODE, scope);
        let tokens = token(&simulator, &exchange(CODE, &code)).await.json();
        assert_eq!(tokens["scope"], granted);
        assert_eq!(tokens.get("refresh_token").is_some(), refreshes, "{scope}");
        assert_eq!(tokens.get("id_token").is_some(), identifies, "{scope}");
    }
}

#[tokio::test]
async fn forms_are_read_as_well_as_json() {
    let simulator = start().await;
    let code = code(&simulator, CODE, ALL);
    let body = format!(
        "grant_type=authorization_code&client_id={CODE}&client_secret=client+secret&code={code}\
         &redirect_uri=https%3A%2F%2Fplanner.example%2Fcallback"
    );
    let form = [("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")];
    let answer = send(&simulator, "POST", "/oauth/token", &form, &body).await.expect("answer");
    assert_eq!(answer.status, 200, "{}", answer.text());
    for (content_type, body) in
        [("text/plain", "{}"), ("application/json", "[]"), ("application/json", "{")]
    {
        let headers = [("Content-Type", content_type)];
        let answer = send(&simulator, "POST", "/oauth/token", &headers, body).await;
        assert_eq!(error(&answer.expect("answer")), refused(400, "invalid_request"), "{body}");
    }
    let answer = send(&simulator, "GET", "/oauth/token", &[], "").await.expect("answer");
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
}

#[tokio::test]
async fn codes_are_bound_to_client_and_redirect_uri_and_short_lived() {
    let simulator = start().await;
    let mine = code(&simulator, CODE, ALL);
    let invalid = refused(403, "invalid_grant");
    assert_eq!(error(&token(&simulator, &exchange(FIXED, &mine)).await), invalid);
    let mut body = exchange(CODE, &mine);
    body["redirect_uri"] = "http://127.0.0.1:8721/callback?from=anaplan".into();
    assert_eq!(error(&token(&simulator, &body).await), invalid);
    assert_eq!(error(&token(&simulator, &exchange(CODE, "made-up")).await), invalid);
    assert_eq!(token(&simulator, &exchange(CODE, &mine)).await.status, 200);

    let late = code(&simulator, CODE, ALL);
    simulator.clock().advance(Duration::from_secs(300));
    assert_eq!(error(&token(&simulator, &exchange(CODE, &late)).await), invalid);
    let counts = simulator.oauth();
    assert_eq!((counts.codes_issued, counts.codes_redeemed, counts.codes_reused), (2, 1, 0));
}

#[tokio::test]
async fn a_code_used_twice_revokes_what_it_gave() {
    let simulator = start().await;
    let twice = code(&simulator, CODE, ALL);
    let first = token(&simulator, &exchange(CODE, &twice)).await.json();
    let renewed = token(&simulator, &refresh(CODE, &text(&first["refresh_token"]))).await.json();
    let bystander = sign_in(&simulator, CODE).await;
    let again = token(&simulator, &exchange(CODE, &twice)).await;
    assert_eq!(error(&again), refused(403, "invalid_grant"));
    assert_eq!(simulator.oauth().codes_reused, 1);
    for tokens in [&first, &renewed] {
        assert_eq!(call(&simulator, "Bearer", &tokens["access_token"]).await, 401);
    }
    let answer = token(&simulator, &refresh(CODE, &text(&renewed["refresh_token"]))).await;
    assert_eq!(error(&answer), refused(403, "invalid_grant"));
    assert_eq!(call(&simulator, "Bearer", &bystander["access_token"]).await, 200);
}

#[tokio::test]
async fn clients_prove_who_they_are_and_keep_to_their_grant() {
    let simulator = start().await;
    let code = code(&simulator, CODE, ALL);
    for (key, value, expected) in [
        ("client_secret", json!("wrong"), refused(401, "access_denied")),
        ("client_secret", json!(null), refused(401, "access_denied")),
        ("client_id", json!("ffffffffffffffffffffffffffffffff"), refused(401, "access_denied")),
        ("client_id", json!(null), refused(400, "invalid_request")),
        ("code", json!(""), refused(400, "invalid_request")),
        ("redirect_uri", json!(null), refused(400, "invalid_request")),
        ("grant_type", json!(null), refused(401, "invalid_request")),
        ("grant_type", json!("client_credentials"), refused(400, "invalid_request")),
        ("grant_type", json!(DEVICE_GRANT), refused(403, "unauthorized_client")),
        ("client_id", json!(DEVICE), refused(403, "unauthorized_client")),
    ] {
        let mut body = exchange(CODE, &code);
        body[key] = value;
        assert_eq!(error(&token(&simulator, &body).await), expected, "{key}");
    }
    let tokens = sign_in(&simulator, CODE).await;
    let mut body = refresh(CODE, &text(&tokens["refresh_token"]));
    body["client_secret"] = "wrong".into();
    assert_eq!(error(&token(&simulator, &body).await), refused(401, "access_denied"));
    let body = refresh(FIXED, &text(&tokens["refresh_token"]));
    assert_eq!(error(&token(&simulator, &body).await), refused(403, "invalid_grant"));
    assert_eq!(
        token(&simulator, &refresh(CODE, &text(&tokens["refresh_token"]))).await.status,
        200
    );
}

#[tokio::test]
async fn no_code_without_a_client_a_uri_and_a_user() {
    let simulator = start().await;
    for (client, uri, email) in [
        ("unknown", CALLBACK, ANN),
        (CODE, "https://planner.example/", ANN),
        (DEVICE, CALLBACK, ANN),
        (CODE, CALLBACK, "eve@example.com"),
    ] {
        assert_eq!(simulator.authorization_code(client, uri, ALL, email), None);
    }
    assert_eq!(simulator.oauth().codes_issued, 0);
}

#[tokio::test]
async fn a_rotatable_refresh_token_is_spent_by_one_use() {
    let simulator = start().await;
    let first = sign_in(&simulator, CODE).await;
    let spent = text(&first["refresh_token"]);
    let answer = token(&simulator, &refresh(CODE, &spent)).await;
    let second = answer.json();
    assert_eq!((answer.status, &second["expires_in"]), (200, &json!(2100)));
    assert_eq!(second["scope"], "openid email offline_access");
    assert_ne!(text(&second["refresh_token"]), spent);
    assert_ne!(second["access_token"], first["access_token"]);
    assert_eq!(call(&simulator, "Bearer", &second["access_token"]).await, 200);
    for violations in 1..=2 {
        let answer = token(&simulator, &refresh(CODE, &spent)).await;
        assert_eq!(error(&answer), refused(403, "invalid_grant"));
        assert_eq!(simulator.oauth().reuse_violations, violations);
    }
    // The new one is as good as ever, until its lifetime ends.
    simulator.clock().advance(Duration::from_secs(8990));
    let third = token(&simulator, &refresh(CODE, &text(&second["refresh_token"]))).await.json();
    simulator.clock().advance(Duration::from_secs(9000));
    let answer = token(&simulator, &refresh(CODE, &text(&third["refresh_token"]))).await;
    assert_eq!(error(&answer), refused(403, "invalid_grant"));
    let counts = simulator.oauth();
    assert_eq!((counts.refreshes, counts.reuse_violations), (2, 2));
}

#[tokio::test]
async fn other_refresh_tokens_live_for_ever() {
    let simulator = start().await;
    let refresh_token = text(&sign_in(&simulator, FIXED).await["refresh_token"]);
    for _ in 0..3 {
        simulator.clock().advance(Duration::from_secs(400 * 24 * 60 * 60));
        let tokens = token(&simulator, &refresh(FIXED, &refresh_token)).await.json();
        assert_eq!(tokens["refresh_token"], refresh_token.as_str());
        assert_eq!(call(&simulator, "Bearer", &tokens["access_token"]).await, 200);
    }
    simulator.edit(|tenant| tenant.oauth_clients[1].repeats_refresh_token = false);
    let tokens = token(&simulator, &refresh(FIXED, &refresh_token)).await.json();
    assert!(tokens.get("refresh_token").is_none());
    assert_eq!(token(&simulator, &refresh(FIXED, &refresh_token)).await.status, 200);
    assert_eq!(simulator.oauth().reuse_violations, 0);
    simulator.edit(|tenant| tenant.users[0].active = false);
    let answer = token(&simulator, &refresh(FIXED, &refresh_token)).await;
    assert_eq!(error(&answer), refused(403, "invalid_grant"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_simultaneous_refreshes_exactly_one_wins() {
    let simulator = start().await;
    for _ in 0..5 {
        let tokens = sign_in(&simulator, CODE).await;
        let before = simulator.oauth();
        let body = refresh(CODE, &text(&tokens["refresh_token"]));
        let answers = futures::future::join_all((0..8).map(|_| token(&simulator, &body))).await;
        let won = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(won, 1);
        let after = simulator.oauth();
        assert_eq!(after.refreshes - before.refreshes, 1);
        assert_eq!(after.reuse_violations - before.reuse_violations, 7);
    }
}

async fn start_device(simulator: &Simulator) -> Value {
    let body = json!({"client_id": DEVICE, "scope": ALL, "audience": "https://api.anaplan.com"});
    let answer = post(simulator, "/oauth/device/code", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

fn poll(device: &Value) -> Value {
    json!({"grant_type": DEVICE_GRANT, "client_id": DEVICE, "device_code": device["device_code"]})
}

#[tokio::test]
async fn a_device_waits_for_the_users_approval() {
    let simulator = start().await;
    let device = start_device(&simulator).await;
    let user_code = text(&device["user_code"]);
    assert_eq!((user_code.len(), user_code.find('-')), (9, Some(4)));
    assert_eq!((&device["expires_in"], &device["interval"]), (&json!(900), &json!(5)));
    assert_eq!(device["verification_uri"], format!("{}/activate", simulator.url()));
    let complete = format!("{}/activate?user_code={user_code}", simulator.url());
    assert_eq!(device["verification_uri_complete"], complete);

    let pending = refused(403, "authorization_pending");
    let slow_down = refused(403, "slow_down");
    assert_eq!(error(&token(&simulator, &poll(&device)).await), pending);
    assert_eq!(error(&token(&simulator, &poll(&device)).await), slow_down);
    // From now on ten seconds, not five.
    simulator.clock().advance(Duration::from_secs(6));
    assert_eq!(error(&token(&simulator, &poll(&device)).await), slow_down);
    simulator.clock().advance(Duration::from_secs(15));
    assert_eq!(error(&token(&simulator, &poll(&device)).await), pending);
    assert_eq!(simulator.oauth().slow_downs, 2);

    assert!(!simulator.approve_device("XXXX-XXXX", ANN));
    assert!(!simulator.approve_device(&user_code, "eve@example.com"));
    assert!(simulator.approve_device(&user_code.to_lowercase().replace('-', " "), ANN));
    assert!(!simulator.deny_device(&user_code), "it is decided");
    let tokens = token(&simulator, &poll(&device)).await.json();
    assert_eq!(tokens["scope"], "openid email offline_access");
    assert_eq!(call(&simulator, "AnaplanAuthToken", &tokens["access_token"]).await, 200);
    assert_eq!(error(&token(&simulator, &poll(&device)).await), refused(403, "invalid_grant"));

    let body = json!({
        "grant_type": "refresh_token", "client_id": DEVICE,
        "refresh_token": tokens["refresh_token"],
    });
    assert_eq!(token(&simulator, &body).await.status, 200);
    assert_eq!(error(&token(&simulator, &body).await), refused(403, "invalid_grant"));
    assert_eq!(simulator.oauth().reuse_violations, 1);
}

#[tokio::test]
async fn devices_are_denied_expire_and_belong_to_a_client() {
    let simulator = start().await;
    let denied = start_device(&simulator).await;
    assert!(simulator.deny_device(&text(&denied["user_code"])));
    assert_eq!(error(&token(&simulator, &poll(&denied)).await), refused(403, "access_denied"));

    let late = start_device(&simulator).await;
    simulator.clock().advance(Duration::from_secs(900));
    assert!(!simulator.approve_device(&text(&late["user_code"]), ANN));
    assert_eq!(error(&token(&simulator, &poll(&late)).await), refused(403, "expired_token"));

    let mut unknown = poll(&late);
    unknown["device_code"] = "made-up".into();
    assert_eq!(error(&token(&simulator, &unknown).await), refused(403, "invalid_grant"));
    for (client, expected) in [
        (json!(CODE), refused(403, "unauthorized_client")),
        (json!("unknown"), refused(403, "unauthorized_client")),
        (json!(null), refused(400, "invalid_request")),
    ] {
        let answer = post(&simulator, "/oauth/device/code", &json!({"client_id": client})).await;
        assert_eq!(error(&answer), expected);
    }
    let modest = post(&simulator, "/oauth/device/code", &json!({"client_id": DEVICE})).await.json();
    assert!(simulator.approve_device(&text(&modest["user_code"]), ANN));
    let tokens = token(&simulator, &poll(&modest)).await.json();
    assert_eq!(tokens["scope"], "openid email");
    assert!(tokens.get("refresh_token").is_none());
}

#[tokio::test]
async fn nothing_secret_is_printed() {
    let simulator = start().await;
    let tokens = sign_in(&simulator, CODE).await;
    let text_of = format!("{simulator:?} {:?} {:?}", simulator.tenant(), simulator.requests());
    for secret in
        [text(&tokens["access_token"]), text(&tokens["refresh_token"]), "client secret".to_owned()]
    {
        assert!(!text_of.contains(secret.as_str()));
    }
}
