//! Signing in by procedures and by the library's steps, before any sign-in.

use std::path::Path;

use anaplan_sql::simulator::{Model, OAuthClient, Simulator, Tenant, Workspace};
use anaplan_sql::{ErrorKind, Key, Secret, Session, SessionBuilder};
use url::Url;

use crate::process::Program;
use crate::support::{
    AUTHENTICATE, Trace, builder, cells, fail, query, requests, signed_out, start, users,
};

const CLIENT: &str = "00000000000000000000000000000eb0";
const SECRET: &str = "secret of the client";
const CALLBACK: &str = "https://planner.example/callback";
const TOKEN: &str = "/oauth/token";
const LOGOUT: &str = "/token/logout";
/// Something that always takes a request.
const OPEN: &str = "CALL OpenModel(Model => 'M')";
const SCOPE: &str = "openid offline_access";

async fn serve(rotatable: bool) -> Simulator {
    let client = OAuthClient::code(CLIENT, SECRET).redirect_uri(CALLBACK).rotatable(rotatable);
    let workspace = Workspace::new("W").model(Model::new("M"));
    start(users().oauth_client(client).workspace(workspace)).await
}

fn client(simulator: &Simulator) -> SessionBuilder {
    signed_out(simulator)
        .set(Key::OAuthClientId, CLIENT)
        .set(Key::OAuthClientSecret, SECRET)
        .set(Key::CallbackUrl, CALLBACK)
}

fn open(builder: SessionBuilder) -> Session {
    builder.open().expect("the settings are right")
}

/// The code that a person's sign-in gives.
fn code(simulator: &Simulator) -> String {
    let user = crate::support::USER;
    simulator.authorization_code(CLIENT, CALLBACK, SCOPE, user).expect("a code")
}

async fn texts(session: &Session, sql: &str) -> Vec<String> {
    let mut rows = cells(&query(session, sql).await);
    assert_eq!(rows.len(), 1, "{sql}");
    rows.remove(0).iter().map(ToString::to_string).collect()
}

fn parameter(url: &str, name: &str) -> String {
    let url = Url::parse(url).expect("an address");
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned()).expect("a parameter")
}

#[tokio::test]
async fn the_address_of_the_sign_in_page_costs_no_request() {
    let simulator = serve(true).await;
    let session = open(client(&simulator));
    let row = texts(&session, "EXEC GetOAuthAuthorizationUrl AuthMode = 'web'").await;
    assert!(row[0].starts_with(&simulator.url()), "{}", row[0]);
    assert_eq!(parameter(&row[0], "redirect_uri"), CALLBACK);
    assert_eq!(parameter(&row[0], "client_id"), CLIENT);
    assert_eq!(parameter(&row[0], "state"), row[1]);
    assert!(row[1].len() > 20, "nobody guesses it");
    let other = texts(&session, "CALL GetOAuthAuthorizationUrl()").await;
    assert_ne!(other[1], row[1]);

    let sql = "CALL GetOAuthAuthorizationUrl(CallbackURL => 'https://a.example/b?c=d', \
               State => 's t&', Scope => 'openid')";
    let row = texts(&session, sql).await;
    assert_eq!(parameter(&row[0], "redirect_uri"), "https://a.example/b?c=d");
    assert_eq!((parameter(&row[0], "scope"), &*row[1]), ("openid".to_owned(), "s t&"));
    assert_eq!(parameter(&row[0], "state"), "s t&");
    assert_eq!(requests(&simulator), [""; 0]);
    assert!(!session.is_signed_in());

    let error = fail(&session, "CALL GetOAuthAuthorizationUrl(AuthMode => 'DESKTOP')").await;
    assert_eq!(error.to_string(), "GetOAuthAuthorizationUrl: AuthMode must be APP or WEB");
    // What is empty is as if it weren't given.
    let sql = "CALL GetOAuthAuthorizationUrl(CallbackURL => '', State => '', Scope => ' ')";
    let row = texts(&session, sql).await;
    assert_eq!(parameter(&row[0], "redirect_uri"), CALLBACK);
    assert_eq!(parameter(&row[0], "scope"), "openid profile email offline_access");
    assert!(row[1].len() > 20 && parameter(&row[0], "state") == row[1], "{row:?}");
    let error = fail(&session, "CALL RefreshOAuthAccessToken('')").await;
    assert_eq!(error.to_string(), "RefreshOAuthAccessToken: OAuthRefreshToken is missing");
    for sql in [
        "CALL GetOAuthAuthorizationUrl(CallbackURL => 'not a url')",
        "CALL GetOAuthAuthorizationUrl(CallbackURL => 'javascript:alert(1)')",
        "CALL GetOAuthAccessToken(Verifier => 'v', CallbackURL => 'nowhere')",
    ] {
        let error = fail(&session, sql).await;
        let said = "CallbackURL must be a complete URL, such as https://host/path";
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Config, said), "{sql}");
    }
    let session = open(builder(&simulator));
    let error = fail(&session, "CALL GetOAuthAuthorizationUrl()").await;
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(requests(&simulator), [""; 0]);
}

#[tokio::test]
async fn a_code_becomes_tokens_that_nobody_stores_unasked() {
    let simulator = serve(true).await;
    let session = open(client(&simulator));
    let sql = format!("EXEC GetOAuthAccessToken AuthMode='WEB', Verifier='{}'", code(&simulator));
    let row = texts(&session, &sql).await;
    assert_eq!(row[2], "2100");
    let user = signed_out(&simulator).set(Key::AuthToken, row[0].as_str());
    let user = user.connect().await.expect("the token is good");
    assert_eq!(texts(&user, OPEN).await, ["true"]);
    // Those of a refresh replace them.
    let sql = format!("CALL RefreshOAuthAccessToken(OAuthRefreshToken => '{}')", row[1]);
    let renewed = texts(&session, &sql).await;
    assert!(renewed[0] != row[0] && renewed[1] != row[1]);
    assert_eq!((simulator.count("POST", TOKEN), simulator.count("POST", AUTHENTICATE)), (2, 0));
    // The session itself has none.
    let error = fail(&session, "SELECT 1").await;
    assert_eq!(error.kind(), ErrorKind::SignIn);
}

#[tokio::test]
async fn what_is_granted_is_stored_where_the_connection_says() {
    let simulator = serve(true).await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("OAuthSettings.txt");
    let stored = |simulator: &Simulator| {
        client(simulator)
            .set(Key::InitiateOAuth, "REFRESH")
            .set(Key::OAuthSettingsLocation, file.display().to_string())
    };
    let session = open(stored(&simulator));
    let error = fail(&session, "SELECT 1").await;
    assert_eq!(error.kind(), ErrorKind::SignIn);
    let sql = format!("CALL GetOAuthAccessToken(Verifier => '{}')", code(&simulator));
    let first = texts(&session, &sql).await;
    // This session goes on with it, and so does another.
    assert_eq!(texts(&session, OPEN).await, ["true"]);
    let other = stored(&simulator).connect().await.expect("signed in");
    assert_eq!(texts(&other, OPEN).await, ["true"]);
    assert_eq!(simulator.count("POST", TOKEN), 1);

    let refresh = |token: &str| format!("CALL RefreshOAuthAccessToken('{token}')");
    let renewed = texts(&session, &refresh(&first[1])).await;
    assert_ne!(renewed[1], first[1]);
    // The old token is not sent to be refused as used twice.
    let error = fail(&other, &refresh(&first[1])).await;
    assert_eq!(error.to_string(), "this refresh token was replaced: a newer one is stored");
    assert_eq!(simulator.oauth().reuse_violations, 0);
    assert_eq!(simulator.count("POST", TOKEN), 2);

    assert_eq!(texts(&session, "CALL Logout()").await, ["true"]);
    assert!(!file.exists());
    assert_eq!(simulator.count("POST", LOGOUT), 1);
    // Once more there is nothing to do.
    assert_eq!(texts(&session, "EXEC Logout").await, ["true"]);
    assert_eq!(simulator.count("POST", LOGOUT), 1);
    assert_eq!(fail(&session, OPEN).await.kind(), ErrorKind::SignIn);
}

#[tokio::test]
async fn a_redirect_of_another_sign_in_is_refused() {
    let simulator = serve(true).await;
    let session = open(client(&simulator));
    let page = texts(&session, "CALL GetOAuthAuthorizationUrl()").await;
    let code = code(&simulator);
    for (verifier, state) in [
        (format!("{CALLBACK}?code={code}&state=other"), None),
        (format!("{CALLBACK}?code={code}&state=other"), Some(page[1].as_str())),
        (format!("{CALLBACK}?code={code}"), None),
        (code.clone(), Some("other")),
    ] {
        let state = state.map_or_else(String::new, |state| format!(", State => '{state}'"));
        let sql = format!("CALL GetOAuthAccessToken(Verifier => '{verifier}'{state})");
        let error = fail(&session, &sql).await;
        assert_eq!(error.kind(), ErrorKind::SignIn, "{sql}");
        assert!(error.to_string().contains("its state differs"), "{error:?}");
        assert!(!format!("{error:?}").contains(&code), "{error:?}");
    }
    assert_eq!(simulator.count("POST", TOKEN), 0);
    // A refusal in the redirect is told.
    let refused = format!("{CALLBACK}?error=access_denied&error_description=No&state={}", page[1]);
    let error = fail(&session, &format!("CALL GetOAuthAccessToken(Verifier => '{refused}')")).await;
    assert!(error.to_string().contains("refused: No (access_denied)"), "{error:?}");
    // Its state is gone with it.
    let page = texts(&session, "CALL GetOAuthAuthorizationUrl()").await;
    let good = format!("{CALLBACK}?code={code}&state={}", page[1]);
    let row = texts(&session, &format!("CALL GetOAuthAccessToken(Verifier => '{good}')")).await;
    assert_eq!(row[2], "2100");
    assert_eq!(simulator.count("POST", TOKEN), 1);
}

#[tokio::test]
async fn refused_codes_and_tokens_are_said_and_not_shown() {
    let simulator = serve(true).await;
    let session = open(client(&simulator));
    let trace = Trace::start();
    let error = fail(&session, "CALL GetOAuthAccessToken(Verifier => 'marker')").await;
    assert_eq!(error.kind(), ErrorKind::SignIn);
    assert!(!format!("{error:?}").contains("marker"), "{error:?}");
    let error = fail(&session, "CALL RefreshOAuthAccessToken('marker')").await;
    assert_eq!(error.kind(), ErrorKind::SignIn);
    assert!(!format!("{error:?}").contains("marker"), "{error:?}");
    let error = fail(&session, "CALL GetOAuthAccessToken(AuthMode => 'WEB')").await;
    assert!(error.to_string().contains("Verifier is missing"), "{error:?}");
    // Nobody is there to ask.
    let error = fail(&session, "CALL GetOAuthAccessToken()").await;
    assert_eq!(error.kind(), ErrorKind::SignIn);
    query(&session, "EXPLAIN VERBOSE CALL RefreshOAuthAccessToken('marker')").await;
    assert!(!trace.text().contains("marker"), "{}", trace.text());
}

#[tokio::test]
async fn a_token_without_its_quotes_is_not_shown() {
    let simulator = serve(true).await;
    let session = open(client(&simulator));
    let hexadecimal = "8c32f00562225311cfc1648c280257e82fc744f58ad7b3a3504f087c479b20fd";
    for token in [hexadecimal, "eyJhbGciOi.eyJzdWIiOiJ4.Sflk-xwR_JSM", "8-a7bc_9d.0e1f-2a"] {
        for sql in [
            format!("EXEC RefreshOAuthAccessToken OAuthRefreshToken={token}"),
            format!("EXEC RefreshOAuthAccessToken {token}"),
            format!("EXECUTE RefreshOAuthAccessToken({token})"),
            format!("CALL RefreshOAuthAccessToken(OAuthRefreshToken => {token})"),
            format!("CALL RefreshOAuthAccessToken(('x').{token})"),
            format!("EXPLAIN EXEC GetOAuthAccessToken Verifier='a', {token}"),
            format!("EXEC GetOAuthAccessToken Verifier='a' {token}"),
            format!("EXEC RefreshOAuthAccessToken @{token}='x'"),
        ] {
            let error = fail(&session, &sql).await;
            let text = format!("{error} {error:?} {:?} {:?}", error.causes(), error.hint());
            let pieces = token.split(['-', '.', '_']).chain([token.trim_start_matches('8')]);
            for piece in pieces.filter(|piece| piece.len() > 1) {
                assert!(!text.contains(piece), "{sql}: {text}");
            }
        }
    }
    assert_eq!(requests(&simulator), [""; 0]);
    let error = fail(&session, "EXEC RefreshOAuthAccessToken OAuthRefreshToken=8c32f").await;
    insta::assert_snapshot!(format!("{error:?}"), @"
    Query: syntax error: Expected: end of statement, found: a word at Line: 1, Column: 49
      hint: a call takes texts, numbers and NULL: CALL Name(Parameter => 'value'), or EXEC Name Parameter = 'value'
    ");
}

#[tokio::test]
async fn a_refresh_token_that_stays_valid_is_given_back() {
    let simulator = serve(false).await;
    let session = open(client(&simulator));
    let steps = session.sign_in_steps();
    let grant = steps.exchange(&Secret::new(code(&simulator)), None, None).await.expect("a grant");
    let token = grant.refresh_token.expect("a refresh token");
    let renewed = steps.refresh(&token).await.expect("a grant");
    assert_eq!(renewed.refresh_token, Some(token));
}

#[tokio::test]
async fn logout_ends_the_token_of_every_scheme() {
    let simulator = serve(true).await;
    let session = open(builder(&simulator));
    assert_eq!(texts(&session, "CALL Logout()").await, ["true"]);
    assert_eq!(requests(&simulator), [""; 0], "nobody was signed in");
    query(&session, OPEN).await;
    query(&session, "CALL Logout()").await;
    assert_eq!(simulator.count("POST", LOGOUT), 1);
    query(&session, OPEN).await;
    query(&session, "CALL Logout()").await;
    assert_eq!((simulator.count("POST", AUTHENTICATE), simulator.count("POST", LOGOUT)), (2, 2));
}

/// Runs one statement as a process.
async fn program(simulator: &Simulator, home: &Path, sql: &str) -> crate::process::Run {
    let connection = format!(
        "InitiateOAuth=REFRESH;OAuthClientId={CLIENT};OAuthClientSecret={SECRET};\
         CallbackURL={CALLBACK};OAuthSettingsLocation={};Endpoint={}",
        home.join("settings.txt").display(),
        simulator.url()
    );
    let program = Program::at(home).args(["--connect", &connection, "--format", "csv", "-c", sql]);
    tokio::task::spawn_blocking(move || program.run()).await.expect("it ends")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_headless_machine_is_signed_in_by_two_commands() {
    let client = OAuthClient::code(CLIENT, SECRET).redirect_uri(CALLBACK);
    let simulator = start(Tenant::demo().oauth_client(client)).await;
    let home = tempfile::tempdir().expect("a directory");
    let count = "SELECT count(*) AS models FROM information.models";
    let run = program(&simulator, home.path(), count).await;
    assert_eq!(run.code, 3, "{}", run.stderr);

    let run = program(&simulator, home.path(), "EXEC GetOAuthAuthorizationUrl").await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    let line = run.stdout.lines().nth(1).expect("a row");
    let (url, state) = line.rsplit_once(',').expect("two columns");
    assert_eq!(parameter(url, "state"), state);
    assert_eq!(requests(&simulator), [""; 0]);

    let address = format!("{CALLBACK}?code={}&state={state}", code(&simulator));
    let sql =
        format!("EXEC GetOAuthAccessToken Verifier = '{address}', State = '{state}'; {count}");
    let run = program(&simulator, home.path(), &sql).await;
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.ends_with("models\n3\n"), "{}", run.stdout);
    let run = program(&simulator, home.path(), "EXEC Logout").await;
    assert_eq!((run.code, run.stdout.as_str()), (0, "Successful\ntrue\n"), "{}", run.stderr);
    let run = program(&simulator, home.path(), count).await;
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert_eq!((simulator.count("POST", TOKEN), simulator.count("POST", LOGOUT)), (1, 1));
}

#[tokio::test]
async fn a_redirect_to_nobody_in_particular_needs_its_state() {
    let simulator = serve(true).await;
    let session = open(client(&simulator));
    let address = format!("{CALLBACK}?code={}&state=s", code(&simulator));
    // Nothing began here: whether the browser comes from the right sign-in is for the caller to say.
    let sql = format!("CALL GetOAuthAccessToken(Verifier => '{address}')");
    let error = fail(&session, &sql).await;
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::SignIn, "State is missing"));
    assert!(error.hint().is_some_and(|hint| hint.contains("GetOAuthAuthorizationUrl")));
    assert_eq!(simulator.count("POST", TOKEN), 0);
    let sql = format!("CALL GetOAuthAccessToken(Verifier => '{address}', State => 's')");
    assert_eq!(texts(&session, &sql).await[2], "2100");
}

#[tokio::test]
async fn the_documented_steps_of_a_web_application_name_the_callback_once() {
    let simulator = serve(true).await;
    let without = || {
        signed_out(&simulator).set(Key::OAuthClientId, CLIENT).set(Key::OAuthClientSecret, SECRET)
    };
    let session = open(without());
    let begin = format!("EXEC GetOAuthAuthorizationUrl AuthMode='WEB', CallbackURL='{CALLBACK}'");
    let state = texts(&session, &begin).await.remove(1);
    let exchange =
        format!("EXEC GetOAuthAccessToken AuthMode='WEB', Verifier='{}'", code(&simulator));
    assert_eq!(texts(&session, &exchange).await[2], "2100");
    let address = format!("{CALLBACK}?code={}&state={state}", code(&simulator));
    let exchange = format!("EXEC GetOAuthAccessToken AuthMode='WEB', Verifier='{address}'");
    assert_eq!(texts(&session, &exchange).await[2], "2100");

    // In another session nobody knows it.
    let session = open(without());
    let exchange =
        format!("EXEC GetOAuthAccessToken AuthMode='WEB', Verifier='{}'", code(&simulator));
    let error = fail(&session, &exchange).await;
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert!(error.to_string().starts_with("CallbackURL is missing: "), "{error:?}");
    assert_eq!(simulator.count("POST", TOKEN), 2);
}

#[tokio::test]
async fn a_bare_verifier_needs_the_callback_until_it_is_known() {
    let simulator = serve(true).await;
    let directory = tempfile::tempdir().expect("a directory");
    let file = directory.path().join("OAuthSettings.txt").display().to_string();
    let headless = |verifier: &str| {
        signed_out(&simulator)
            .set(Key::InitiateOAuth, "REFRESH")
            .set(Key::OAuthVerifier, verifier)
            .set(Key::OAuthClientId, CLIENT)
            .set(Key::OAuthClientSecret, SECRET)
            .set(Key::OAuthSettingsLocation, file.as_str())
    };
    let first = code(&simulator);
    let error = crate::support::refuse(headless(&first)).await;
    assert_eq!(error.kind(), ErrorKind::Config, "{error:?}");
    assert!(error.to_string().starts_with("CallbackURL is missing: "), "{error:?}");
    assert!(error.hint().is_some_and(|hint| hint.contains("the whole address")), "{error:?}");
    assert_eq!(simulator.count("POST", TOKEN), 0, "the code is as good as before");
    headless(&format!("{CALLBACK}?code={first}")).connect().await.expect("the address tells it");
    // The next code is of the same client.
    let session = headless(&code(&simulator)).connect().await.expect("known by now");
    assert_eq!(texts(&session, OPEN).await, ["true"]);
    assert_eq!(simulator.oauth().codes_redeemed, 2);
}
