//! What the tests of OAuth share: the demo tenant's clients, codes, connections, stored settings.

use std::path::Path;

use anaplan_sql::auth::store::{SettingsStore, Stored};
use anaplan_sql::simulator::Simulator;
use anaplan_sql::{Key, Secret, SessionBuilder};

use crate::process::Run;
use crate::support::{USER, signed_out};

/// The demo tenant's client whose refresh tokens work once.
pub(crate) const ROTATING: &str = "0dec0de0000000000000000000000001";
/// The one whose refresh token stays.
pub(crate) const STEADY: &str = "0dec0de0000000000000000000000002";
/// The one for the device grant.
pub(crate) const DEVICE: &str = "0dec0de0000000000000000000000003";
pub(crate) const CLIENT_SECRET: &str = "demo-secret";
pub(crate) const REDIRECT: &str = "https://planner.example/callback";

pub(crate) const TOKEN: &str = "/oauth/token";
pub(crate) const LIST_MODELS: &str = "SELECT * FROM information.models";

/// The code that a browser would bring back from a sign-in.
pub(crate) fn code(simulator: &Simulator, client: &str) -> String {
    code_of(simulator, client, USER)
}

/// The same of a sign-in as another user.
pub(crate) fn code_of(simulator: &Simulator, client: &str, user: &str) -> String {
    let scope = "openid profile email offline_access";
    simulator.authorization_code(client, REDIRECT, scope, user).expect("the user may sign in")
}

/// A connection by what is stored at this place, with a quick hand.
pub(crate) fn stored_at(simulator: &Simulator, client: &str, place: &str) -> SessionBuilder {
    signed_out(simulator)
        .set(Key::InitiateOAuth, "REFRESH")
        .set(Key::OAuthClientId, client)
        .set(Key::OAuthClientSecret, CLIENT_SECRET)
        .set(Key::OAuthSettingsLocation, place)
}

/// The same with a new code in it.
pub(crate) fn with_code(simulator: &Simulator, client: &str, place: &str) -> SessionBuilder {
    stored_at(simulator, client, place)
        .set(Key::CallbackUrl, REDIRECT)
        .set(Key::OAuthVerifier, code(simulator, client))
}

/// Signs in, so that the place holds tokens.
pub(crate) async fn sign_in(simulator: &Simulator, client: &str, place: &str) {
    let session = with_code(simulator, client, place).connect().await;
    session.expect("a new code is good");
}

/// What opens the file at this place.
pub(crate) fn store(client: &str, place: &str) -> SettingsStore {
    SettingsStore::file(place.into(), client.into(), None, Some(Secret::new(CLIENT_SECRET)))
}

pub(crate) async fn read(client: &str, place: &str) -> Stored {
    store(client, place).read().await.expect("a sound file").expect("somebody has signed in")
}

/// Changes what is stored, as another program could.
pub(crate) async fn change(client: &str, place: &str, change: impl FnOnce(&mut Stored)) {
    let mut locked = store(client, place).lock().await.expect("a lock");
    let mut stored = locked.read().expect("a sound file").expect("somebody has signed in");
    change(&mut stored);
    locked.write(&stored).expect("written");
}

/// The place for settings in a folder.
pub(crate) fn place(folder: &Path) -> String {
    folder.join("OAuthSettings.txt").display().to_string()
}

/// A call of the token endpoint, as another program would do it.
pub(crate) async fn call(simulator: &Simulator, fields: serde_json::Value) -> serde_json::Value {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let request = client.post(format!("{}{TOKEN}", simulator.url()));
    let request = request.header("content-type", "application/json").body(fields.to_string());
    let answer = request.send().await.expect("an answer").bytes().await.expect("a body");
    serde_json::from_slice(&answer).expect("JSON")
}

/// Access and refresh token of a new sign-in, as another program would get them.
pub(crate) async fn tokens(simulator: &Simulator, client: &str) -> (String, String) {
    tokens_of(simulator, client, USER).await
}

/// The same of a sign-in as another user.
pub(crate) async fn tokens_of(simulator: &Simulator, client: &str, user: &str) -> (String, String) {
    let answer = call(
        simulator,
        serde_json::json!({
            "grant_type": "authorization_code",
            "client_id": client,
            "client_secret": CLIENT_SECRET,
            "code": code_of(simulator, client, user),
            "redirect_uri": REDIRECT,
        }),
    )
    .await;
    let text = |key: &str| answer[key].as_str().expect("a token").to_owned();
    (text("access_token"), text("refresh_token"))
}

/// Spends a refresh token elsewhere.
pub(crate) async fn spend(simulator: &Simulator, client: &str, token: &Secret) {
    let answer = call(
        simulator,
        serde_json::json!({
            "grant_type": "refresh_token",
            "client_id": client,
            "client_secret": CLIENT_SECRET,
            "refresh_token": token.expose(),
        }),
    )
    .await;
    assert!(answer["access_token"].is_string(), "{answer}");
}

/// The connection string for a process: what the documentation of CData's driver asks for on a
/// headless machine, and where the simulator is.
pub(crate) fn connection(simulator: &Simulator, client: &str, place: &str) -> String {
    format!(
        "InitiateOAuth=REFRESH;OAuthClientId={client};OAuthClientSecret={CLIENT_SECRET};\
         OAuthSettingsLocation={place};Endpoint={}",
        simulator.url()
    )
}

/// What a run says, without what differs from run to run.
pub(crate) fn steady(run: &Run, place: &str) -> String {
    steady_text(&run.stderr, place)
}

pub(crate) fn steady_text(text: &str, place: &str) -> String {
    let mut text = text.replace(place, "PLACE");
    for (start, end, word) in [
        ("(process ", ")", "(process …)"),
        ("(obtained ", ")", "(obtained …)"),
        ("(at ", ")", "(at …)"),
    ] {
        if let Some(from) = text.find(start)
            && let Some(length) = text[from..].find(end)
        {
            text.replace_range(from..from + length + end.len(), word);
        }
    }
    text
}
