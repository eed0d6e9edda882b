//! Signing in: with what, how often, and what happens when it is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anaplan_sql::auth::{AccessToken, TokenProvider};
use anaplan_sql::http::{
    BodyStream, HttpService, ReqwestOptions, ReqwestService, RetryPolicy, TransportError,
};
use anaplan_sql::simulator::{Fault, Simulator};
use anaplan_sql::{Error, ErrorKind, Key, Secret};
use bytes::Bytes;

use crate::proxy::Proxy;
use crate::support::{
    AUTHENTICATE, CHUNK, PASSWORD, Trace, USER, builder, connect, connect_to_model, count_rows,
    counting, demo, fail, query, refuse, serve, serve_in_chunks, show, signed_out, tenant,
    try_query,
};

const MODELS: &str = "SELECT * FROM information.models";
const REFRESH: &str = "/token/refresh";

/// A token as another program would get it.
async fn token(simulator: &Simulator) -> String {
    let answer = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("a client")
        .post(format!("{}/token/authenticate", simulator.url()))
        .basic_auth(USER, Some(PASSWORD))
        .send()
        .await
        .expect("an answer");
    let body: serde_json::Value =
        serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON");
    body["tokenInfo"]["tokenValue"].as_str().expect("a token").to_owned()
}

#[tokio::test]
async fn a_wrong_password_is_refused_with_a_hint() {
    let simulator = demo().await;
    let error = refuse(builder(&simulator).set(Key::Password, "wrong")).await;
    assert_eq!(error.kind(), ErrorKind::SignIn);
    insta::assert_snapshot!(format!("{error:?}"), @r"
    SignIn: Anaplan refused the sign-in of demo@anaplan-sql.example: Invalid user name or password.
      hint: check User and Password (passwords expire); in workspaces with single sign-on only exception users can sign in with a password
    ");
    assert_eq!(simulator.count("POST", AUTHENTICATE), 1, "an account locks after a few tries");
}

#[tokio::test]
async fn one_sign_in_serves_many_queries() {
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    let all = (0..10).map(|_| count_rows(&session, r#"SELECT * FROM "Big""#));
    assert_eq!(futures::future::join_all(all).await, [10; 10]);
    for _ in 0..5 {
        query(&session, MODELS).await;
    }
    assert_eq!(simulator.count("POST", AUTHENTICATE), 1);
    assert_eq!(simulator.count("POST", REFRESH), 0);
    let requests = simulator.requests();
    let schemes: Vec<_> =
        requests.iter().map(|r| r.authorization_scheme.as_deref().unwrap_or("none")).collect();
    assert_eq!(schemes[0], "Basic");
    assert!(schemes[1..].iter().all(|scheme| *scheme == "AnaplanAuthToken"), "{schemes:?}");
}

/// Lets time pass for the client and for the service.
async fn pass(simulator: &Simulator, time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
    simulator.clock().advance(time);
}

#[tokio::test]
async fn a_token_is_refreshed_before_it_ends() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    pass(&simulator, Duration::from_secs(28 * 60)).await;
    query(&session, MODELS).await;
    assert_eq!(simulator.count("POST", REFRESH), 0);
    pass(&simulator, Duration::from_secs(3 * 60)).await;
    query(&session, MODELS).await;
    query(&session, MODELS).await;
    assert_eq!(simulator.count("POST", REFRESH), 1);
    assert_eq!(simulator.count("POST", AUTHENTICATE), 1, "the password isn't sent again");
    // Long idle, it has ended: then it is.
    pass(&simulator, Duration::from_secs(40 * 60)).await;
    query(&session, MODELS).await;
    assert_eq!(simulator.count("POST", AUTHENTICATE), 2);
    assert!(simulator.requests().iter().all(|r| r.status < 400), "nobody noticed");
}

#[tokio::test]
async fn a_refresh_that_fails_is_a_new_sign_in() {
    let simulator = demo().await;
    let session = connect(&simulator).await;
    pass(&simulator, Duration::from_secs(31 * 60)).await;
    simulator.expire_tokens();
    query(&session, MODELS).await;
    assert_eq!(simulator.count("POST", REFRESH), 1);
    assert_eq!(simulator.count("POST", AUTHENTICATE), 2);
}

#[tokio::test]
async fn a_token_from_elsewhere_is_used_as_it_is() {
    let simulator = demo().await;
    let token = token(&simulator).await;
    simulator.clear_requests();
    let session = signed_out(&simulator)
        .connection_string(&format!("AuthScheme=Token;AuthToken={token}"))
        .connect()
        .await
        .expect("a token needs no sign-in");
    assert_eq!(count_rows(&session, MODELS).await, 3);
    assert_eq!(simulator.count("*", "/token/**"), 0);

    simulator.expire_tokens();
    let error = fail(&session, MODELS).await;
    assert_eq!(error.kind(), ErrorKind::SignIn);
    insta::assert_snapshot!(format!("{error:?}"), @r"
    SignIn: GET /2/0/models answered 401: Authentication token is invalid
      hint: the token is no longer valid: sign in again, or give a fresh AuthToken
    ");
    assert_eq!(simulator.count("*", "/token/**"), 0, "nothing to sign in with");
    assert_eq!(simulator.count("GET", "/2/0/models"), 2, "and no point in trying again");
}

#[tokio::test]
async fn an_expired_token_is_a_sign_in_error_in_the_middle_of_a_query_too() {
    let simulator = serve_in_chunks([counting("Big", 400)], 500).await;
    let token = token(&simulator).await;
    let session = signed_out(&simulator)
        .set(Key::AuthToken, token)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .connect()
        .await
        .expect("signed in");
    simulator.inject(Fault::on("GET", CHUNK).skip(2).expired_token());
    let error = fail(&session, r#"SELECT * FROM "Big""#).await;
    assert_eq!(error.kind(), ErrorKind::SignIn, "{error:?}");
}

#[tokio::test]
async fn wrong_settings_are_refused_before_anything_is_sent() {
    let mut all = Vec::new();
    for text in [
        "User=a;Password=marker;Region=Atlantis",
        "User=a;Password=marker;Endpoint=http://anaplan.example",
        "User=a",
        "Usr=a;Password=marker",
        "User=a;Password=marker;Timeout=soon;Timeout=2",
        "",
    ] {
        let error = refuse(anaplan_sql::builder().no_environment().connection_string(text)).await;
        assert_eq!(error.kind(), ErrorKind::Config);
        all.push(format!("{error:?}"));
    }
    let all = all.join("\n\n");
    assert!(!all.contains("marker"));
    insta::assert_snapshot!(all, @r"
    Config: connection string: Region must be one of US1, US2, US5, US7, US9, EU1, EU2, EU3, EU4, EU5, GB1, AP1, AU1, CA1, SG1, AE1, IN1, ID1, ME1
      hint: `anaplan-sql help connection` lists all keys and their values

    Config: connection string: Endpoint must use https; plain http is for this machine only (localhost, 127.0.0.1, [::1])
      hint: `anaplan-sql help connection` lists all keys and their values

    Config: Password is missing: AuthScheme Basic (inferred from User) needs it
      hint: `anaplan-sql help connection` lists all keys and their values

    Config: connection string, position 1: unknown key Usr; did you mean User?
      hint: `anaplan-sql help connection` lists all keys and their values

    Config: 2 problems in the connection settings
      connection string, position 37: Timeout is given twice, first at position 24
      connection string: Timeout must be a whole number of seconds from 0 to 86400
      hint: `anaplan-sql help connection` lists all keys and their values

    Config: nothing to sign in with: give User and Password, AuthToken, Certificate and PrivateKey, or OAuthClientId and OAuthClientSecret
      hint: `anaplan-sql help connection` lists all keys and their values
    ");
}

/// An error of a connection, without what differs from run to run.
fn steady(error: &Error) -> String {
    let text = format!("{error:?}");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    // The causes are the operating system's words.
    lines.retain(|line| !line.trim_start().starts_with("caused by"));
    lines.join("\n")
}

#[tokio::test]
async fn a_host_that_does_not_answer_is_given_up() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = silent.local_addr().expect("an address");
    let connection = |retries: &str| {
        anaplan_sql::builder()
            .no_environment()
            .set(Key::User, USER)
            .set(Key::Password, PASSWORD)
            .set(Key::Endpoint, format!("http://{address}"))
            .set(Key::Timeout, "1")
            .set(Key::MaxRetries, retries)
            .retry_policy(RetryPolicy {
                min_delay: Duration::from_millis(2),
                ..RetryPolicy::default()
            })
    };
    let error = refuse(connection("0")).await;
    assert_eq!(error.kind(), ErrorKind::Timeout);
    insta::with_settings!({ filters => vec![(r"127\.0\.0\.1:\d+", "HOST")] }, {
        insta::assert_snapshot!(steady(&error), @r"
        Timeout: no answer from HOST within 1 s to POST /token/authenticate
          hint: a busy model answers late: raise Timeout, or try again later
        ");
    });

    // Nobody listens any more.
    drop(silent);
    let error = refuse(connection("2")).await;
    assert_eq!(error.kind(), ErrorKind::Connection);
    let filters = vec![(r"127\.0\.0\.1:\d+", "HOST"), (r"in \d+\.\d s", "in TIME")];
    insta::with_settings!({ filters => filters }, {
        insta::assert_snapshot!(steady(&error), @r"
        Connection: can't connect to HOST (3 tries in TIME)
          hint: check the network, the Region (or Endpoint), and ProxyServer or HTTPS_PROXY
        ");
    });
}

#[tokio::test]
async fn a_sign_in_that_breaks_is_tried_again() {
    let simulator = demo().await;
    simulator.inject(Fault::on("POST", AUTHENTICATE).reset());
    simulator.inject(Fault::on("POST", AUTHENTICATE).status(503));
    simulator.inject(Fault::on("POST", AUTHENTICATE).lose_answer());
    let session = connect(&simulator).await;
    assert_eq!(simulator.count("POST", AUTHENTICATE), 4);
    assert_eq!(count_rows(&session, MODELS).await, 3);
}

#[tokio::test]
async fn an_answer_without_a_token_is_no_sign_in() {
    let simulator = demo().await;
    simulator.inject(Fault::on("POST", AUTHENTICATE).html());
    let error = refuse(builder(&simulator)).await;
    assert_eq!(error.kind(), ErrorKind::Service);
    insta::assert_snapshot!(format!("{error:?}"), @r"
    Service: the authentication service's answer holds no token
      hint: check AuthUrl or Endpoint: something else than Anaplan may have answered
    ");
}

/// Gets its tokens in a way of its own.
#[derive(Debug)]
struct OwnProvider {
    url: String,
    asked: AtomicUsize,
}

#[async_trait::async_trait]
impl TokenProvider for OwnProvider {
    async fn fetch(&self, _current: Option<&AccessToken>) -> anaplan_sql::Result<AccessToken> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = reqwest::Client::builder()
            .no_proxy()
            .build()
            .expect("a client")
            .post(format!("{}/token/authenticate", self.url))
            .basic_auth(USER, Some(PASSWORD))
            .send()
            .await
            .map_err(|e| Error::new(ErrorKind::SignIn, "no token").with_source(e))?;
        let body = answer.bytes().await.expect("a body");
        let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
        let token = body["tokenInfo"]["tokenValue"].as_str().expect("a token");
        Ok(AccessToken::new(Secret::new(token)))
    }
}

#[tokio::test]
async fn a_token_provider_of_ones_own_signs_in() {
    let simulator = serve_in_chunks([counting("Big", 400)], 500).await;
    let provider = Arc::new(OwnProvider { url: simulator.url(), asked: AtomicUsize::default() });
    let session = signed_out(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .token_provider(Arc::<OwnProvider>::clone(&provider))
        .connect()
        .await
        .expect("signed in");
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Big""#).await, 400);
    assert_eq!(provider.asked.load(Ordering::SeqCst), 1);
    // A 401 asks it again.
    simulator.inject(Fault::on("GET", CHUNK).skip(1).expired_token());
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Big""#).await, 400);
    assert_eq!(provider.asked.load(Ordering::SeqCst), 2);
}

/// Counts what passes through it.
#[derive(Debug)]
struct OwnService {
    inner: ReqwestService,
    sent: AtomicUsize,
}

#[async_trait::async_trait]
impl HttpService for OwnService {
    async fn call(
        &self,
        request: http::Request<Bytes>,
    ) -> Result<http::Response<BodyStream>, TransportError> {
        self.sent.fetch_add(1, Ordering::SeqCst);
        self.inner.call(request).await
    }
}

#[tokio::test]
async fn an_http_client_of_ones_own_sends_every_request() {
    let simulator = serve([counting("Big", 10)]).await;
    let inner = ReqwestService::try_new(&ReqwestOptions::default()).expect("a client");
    let service = Arc::new(OwnService { inner, sent: AtomicUsize::default() });
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .http_service(Arc::<OwnService>::clone(&service))
        .connect()
        .await
        .expect("signed in");
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Big""#).await, 10);
    assert_eq!(service.sent.load(Ordering::SeqCst), simulator.requests().len());
    assert!(simulator.requests().len() > 5);
}

#[tokio::test]
async fn a_proxy_is_asked_with_its_credentials() {
    let simulator = serve([counting("Big", 10)]).await;
    let proxy = Proxy::start().await;
    let session = builder(&simulator)
        .set(Key::Workspace, "W")
        .set(Key::Model, "M")
        .set(Key::ProxyServer, "127.0.0.1")
        .set(Key::ProxyPort, proxy.port().to_string())
        .set(Key::ProxyUser, "pat")
        .set(Key::ProxyPassword, "through:here")
        .connect()
        .await
        .expect("signed in");
    assert_eq!(count_rows(&session, r#"SELECT * FROM "Big""#).await, 10);
    let seen = proxy.seen();
    assert_eq!(seen.len(), simulator.requests().len(), "every request came through");
    // pat:through:here
    let expected = Some("Basic cGF0OnRocm91Z2g6aGVyZQ==".to_owned());
    assert!(seen.iter().all(|request| request.authorization == expected), "{seen:?}");
    assert!(seen[0].line.starts_with(&format!("POST {}/token/authenticate ", simulator.url())));
}

const MARKER: &str = "m4rker-never-to-be-seen";

/// Everything that a secret could leak into, searched for it.
struct Leaks(Vec<(String, String)>);

impl Leaks {
    fn add(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.0.push((place.into(), text.into()));
    }

    fn error(&mut self, place: &str, error: &Error) {
        self.add(place, format!("{error} {error:?} {error:#?} {:?}", error.causes()));
    }

    #[track_caller]
    fn assert_none(&self) {
        use base64::Engine as _;
        let encoded = |text: &str| base64::engine::general_purpose::STANDARD.encode(text);
        // What Basic sends, for the service and for the proxy.
        let basic = [format!("{USER}:{MARKER}"), format!("pat:{MARKER}")].map(|t| encoded(&t));
        for (place, text) in &self.0 {
            assert!(!text.contains(MARKER), "{place}: {text}");
            for basic in &basic {
                assert!(!text.contains(basic), "{place}: {text}");
            }
        }
    }
}

#[tokio::test]
async fn no_secret_is_ever_shown() {
    use anaplan_sql::simulator::{Tenant, User};
    let trace = Trace::start();
    let mut leaks = Leaks(Vec::new());
    let plain = tenant([counting("Big", 400)]);
    let with_marker = Tenant { users: Vec::new(), ..plain }.user(User::new(USER, MARKER));
    let simulator = Simulator::builder(with_marker)
        .task_time(Duration::ZERO, Duration::ZERO)
        .chunk_size(500)
        .start()
        .await
        .expect("a free port");
    let proxy = Proxy::start().await;
    let connection = || {
        signed_out(&simulator)
            .set(Key::User, USER)
            .set(Key::Password, MARKER)
            .set(Key::ProxyServer, format!("127.0.0.1:{}", proxy.port()))
            .set(Key::ProxyUser, "pat")
            .set(Key::ProxyPassword, MARKER)
            .set(Key::MaxRetries, "1")
    };
    leaks.add("builder", format!("{:?} {:#?}", connection(), connection()));
    let narrowed = connection().set(Key::Workspace, "W").set(Key::Model, "M");
    let session = narrowed.connect().await.expect("signed in");
    leaks.add("session", format!("{session:?} {session:#?}"));
    leaks.add("settings", format!("{:?} {:#?}", session.settings(), session.settings()));
    leaks.add("directory", format!("{:?} {:?}", session.directory(), session.progress()));
    let properties = show(&session, "SELECT * FROM information.connection_properties").await;
    assert!(properties.contains("***"));
    leaks.add("properties", properties);
    for sql in [
        r#"EXPLAIN VERBOSE SELECT * FROM "Big""#,
        r#"EXPLAIN ANALYZE SELECT * FROM "Big""#,
        r#"EXPLAIN FORMAT TREE SELECT * FROM "Big""#,
    ] {
        leaks.add(sql, show(&session, sql).await);
    }
    let plan = session.sql(r#"SELECT * FROM "Big""#).await.expect("a plan");
    leaks.add("plan", format!("{:?}", plan.logical_plan()));
    let plan = plan.create_physical_plan().await.expect("a plan");
    leaks.add("physical plan", format!("{plan:?} {plan:#?}"));

    for (what, fault) in [
        ("reset", Fault::on("*", "/**").forever().reset()),
        ("500", Fault::on("*", "/**").forever().status(500)),
        ("401", Fault::on("*", "/**").forever().status(401)),
        ("HTML", Fault::on("*", "/**").forever().html()),
        ("cut", Fault::on("*", "/**").forever().truncate_body(3)),
    ] {
        simulator.expire_tokens();
        simulator.inject(fault);
        leaks.error(what, &fail(&session, r#"SELECT * FROM "Big""#).await);
        leaks.error(what, &fail(&session, "SELECT * FROM anaplan.information.workspaces").await);
        leaks.error(what, &refuse(connection()).await);
        simulator.clear_faults();
    }
    leaks.error("refused", &refuse(connection().set(Key::User, "eve@example.com")).await);
    proxy.refuse();
    leaks.error("proxy", &refuse(connection()).await);
    leaks.error(
        "syntax",
        &refuse(
            anaplan_sql::builder()
                .no_environment()
                .connection_string(&format!("User=a;Password={MARKER};{MARKER}")),
        )
        .await,
    );

    // A token is as secret as a password.
    for text in [
        format!("AuthToken={MARKER}"),
        format!("AuthToken=\"{MARKER}\nx\""),
        format!("OAuthClientId=a;OAuthClientSecret={MARKER}"),
        format!("Certificate=a.pem;PrivateKey=b.pem;PrivateKeyPassword={MARKER}"),
    ] {
        match signed_out(&simulator).connection_string(&text).connect().await {
            Ok(session) => {
                leaks.add("token", format!("{session:?}"));
                let Err(error) = try_query(&session, MODELS).await else {
                    panic!("a token that nobody issued")
                };
                leaks.error("token", &error);
            }
            Err(error) => leaks.error("token", &error),
        }
    }
    let text = trace.text();
    assert!(text.contains("TRACE"), "everything was traced");
    assert!(text.contains("POST /token/authenticate"), "the client's own lines are there");
    leaks.add("trace", text);
    leaks.assert_none();
}

#[tokio::test]
async fn the_services_tokens_are_not_traced_either() {
    let trace = Trace::start();
    let simulator = serve([counting("Big", 10)]).await;
    let session = connect_to_model(&simulator).await;
    query(&session, r#"SELECT * FROM "Big""#).await;
    simulator.inject(Fault::on("*", "/2/0/**").expired_token());
    query(&session, r#"SELECT * FROM "Big""#).await;
    // Every token of the simulator begins so.
    assert!(token(&simulator).await.starts_with("simulated."));
    assert!(!trace.text().contains("simulated."), "{}", trace.text());
}
