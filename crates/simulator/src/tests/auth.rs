//! Signing in, and the life of a token.

use std::time::Duration;

use super::super::{Fault, Simulator};
use super::client::{Answer, Session, send, sign_in};
use super::tenant;

async fn token_call(simulator: &Simulator, method: &str, call: &str, header: &str) -> Answer {
    let headers = [("Authorization", header)];
    let headers = if header.is_empty() { &[][..] } else { &headers };
    send(simulator, method, &format!("/token/{call}"), headers, "").await.expect("an answer")
}

#[tokio::test]
async fn basic_sign_in_gives_a_token_for_35_minutes() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let before = simulator.clock().now_ms();
    let answer = sign_in(&simulator, "Ann.Lee@example.com", "secret").await;
    assert_eq!(answer.status, 201);
    let body = answer.json();
    assert_eq!(body["status"], "SUCCESS");
    let lifetime = body["tokenInfo"]["expiresAt"].as_i64().expect("a number") - before;
    assert!((2_100_000..2_110_000).contains(&lifetime));
    let ann = Session::ann(&simulator).await;
    assert_eq!(ann.get("/2/0/users/me").await.json()["user"]["email"], "ann.lee@example.com");
    simulator.clock().advance(Duration::from_secs(34 * 60));
    assert_eq!(ann.get("/2/0/users/me").await.status, 200);
    simulator.clock().advance(Duration::from_secs(61));
    let answer = ann.get("/2/0/users/me").await;
    assert_eq!(answer.status, 401);
    assert!(answer.json().get("status").is_none(), "the 401 of the API isn't the usual envelope");
}

#[tokio::test]
async fn refused_sign_ins_say_why() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    for (email, password) in
        [("ann.lee@example.com", "wrong"), ("no@example.com", "x"), ("eve@example.com", "gone")]
    {
        let answer = sign_in(&simulator, email, password).await;
        assert_eq!(
            (answer.status, answer.json()["status"].as_str()),
            (401, Some("FAILURE_BAD_CREDENTIAL"))
        );
    }
    for header in [
        "",
        "Basic",
        "Basic !!!",
        "Basic bm9jb2xvbg==",
        "Bearer x",
        "AnaplanAuthToken x",
        "Digest x",
    ] {
        let answer = token_call(&simulator, "POST", "authenticate", header).await;
        assert_eq!(
            (answer.status, answer.json()["status"].as_str()),
            (401, Some("FAILURE_BAD_HEADER")),
            "{header}"
        );
    }
    let answer = token_call(&simulator, "POST", "authenticate", "CACertificate abc").await;
    assert_eq!(
        (answer.status, answer.json()["status"].as_str()),
        (401, Some("FAILURE_BAD_CREDENTIAL"))
    );
    assert_eq!(token_call(&simulator, "GET", "authenticate", "").await.status, 405);
}

#[tokio::test]
async fn refresh_keeps_the_value_and_prolongs() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let header = format!("AnaplanAuthToken {}", ann.token);
    simulator.clock().advance(Duration::from_secs(30 * 60));
    let answer = token_call(&simulator, "POST", "refresh", &header).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["statusMessage"], "Token refreshed");
    assert_eq!(answer.json()["tokenInfo"]["tokenValue"], ann.token.as_str());
    simulator.clock().advance(Duration::from_secs(30 * 60));
    assert_eq!(ann.get("/2/0/users/me").await.status, 200);
    let answer = token_call(&simulator, "GET", "validate", &header).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["userInfo"]["userId"], "ann.lee@example.com");
    assert!(answer.json()["tokenInfo"].get("tokenValue").is_none());
    simulator.clock().advance(Duration::from_secs(30 * 60));
    assert_eq!(token_call(&simulator, "POST", "refresh", &header).await.status, 401);
}

#[tokio::test]
async fn logout_kills_the_token_at_once() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let header = format!("AnaplanAuthToken {}", ann.token);
    let answer = token_call(&simulator, "POST", "logout", &header).await;
    assert_eq!((answer.status, answer.body.len()), (204, 0));
    assert_eq!(ann.get("/2/0/users/me").await.status, 401);
    assert_eq!(token_call(&simulator, "POST", "logout", &header).await.status, 401);
    assert_eq!(token_call(&simulator, "GET", "validate", &header).await.status, 401);
}

#[tokio::test]
async fn bad_headers_have_a_code_for_each_call() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let bearer = format!("Bearer {}", ann.token);
    for header in ["", "nonsense", "Basic eDp5", bearer.as_str()] {
        for (method, call, status) in
            [("POST", "refresh", 400), ("GET", "validate", 400), ("POST", "logout", 401)]
        {
            let answer = token_call(&simulator, method, call, header).await;
            assert_eq!(answer.status, status, "{call} {header}");
            assert_eq!(answer.json()["status"], "FAILURE_BAD_HEADER");
        }
    }
    // The API itself takes both forms.
    let headers = [("Authorization", bearer.as_str())];
    assert_eq!(
        send(&simulator, "GET", "/2/0/users/me", &headers, "").await.expect("answer").status,
        200
    );
    assert_eq!(
        send(&simulator, "GET", "/2/0/users/me", &[], "").await.expect("answer").status,
        401
    );
}

#[tokio::test]
async fn tokens_can_be_expired_from_outside() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let bob = Session::new(&simulator, "bob@example.com", "concealed").await;
    simulator.inject(Fault::on("GET", "/2/0/users/me").expired_token());
    assert_eq!(ann.get("/2/0/users/me").await.status, 401);
    assert_eq!(ann.get("/2/0/users/me").await.status, 401, "the token stays dead");
    assert_eq!(bob.get("/2/0/users/me").await.status, 200);
    simulator.expire_tokens();
    assert_eq!(bob.get("/2/0/users/me").await.status, 401);
}

#[tokio::test]
async fn no_secret_is_logged_or_printed() {
    let simulator = Simulator::start(tenant()).await.expect("start");
    let ann = Session::ann(&simulator).await;
    let _ = ann.get("/2/0/users/me").await;
    let headers = [("Authorization", "justatokenwithoutscheme")];
    let _ = send(&simulator, "GET", "/2/0/users/me", &headers, "").await.expect("answer");
    let text = format!("{simulator:?} {:?} {:?}", simulator.requests(), simulator.tenant());
    for secret in ["secret", "concealed", ann.token.as_str(), "justatokenwithoutscheme"] {
        assert!(!text.contains(secret), "{secret}");
    }
    let schemes: Vec<_> =
        simulator.requests().into_iter().map(|request| request.authorization_scheme).collect();
    let expected = ["Basic", "AnaplanAuthToken", "?"].map(|scheme| Some(scheme.to_owned()));
    assert_eq!(schemes, expected);
}
