//! A web application whose users sign in to Anaplan, and query as themselves.
//!
//! ```sh
//! cargo run --example web_app -- serve
//! ```
//!
//! With a real tenant, put the connection string of your OAuth client in the place of the simulated
//! one, and the redirect URI that is registered for it in the place of `CallbackURL`.

#![allow(clippy::print_stdout)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use anaplan_sql::simulator::{OAuthClient, Simulator, Tenant};
use anaplan_sql::{Key, Secret, Session};
use axum::Router;
use axum::extract::State;
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{AppendHeaders, Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use datafusion::arrow::util::pretty::pretty_format_batches;
use url::form_urlencoded;

const CLIENT: &str = "00000000000000000000000000000eb0";
const SECRET: &str = "secret of the web application";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    if std::env::args().nth(1).as_deref() != Some("serve") {
        println!("cargo run --example web_app -- serve    starts the application");
        return Ok(());
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let place = format!("http://{}", listener.local_addr()?);
    let callback = format!("{place}/callback");
    let client = OAuthClient::code(CLIENT, SECRET).name("Planner").redirect_uri(&callback);
    let simulator = Simulator::start(Tenant::demo().oauth_client(client)).await?;
    let application = application(&format!(
        "AuthScheme=OAuth;OAuthClientId={CLIENT};OAuthClientSecret={SECRET};\
         CallbackURL={callback};Endpoint={}",
        simulator.url()
    ))?;
    println!("open {place} and sign in as demo@anaplan-sql.example with the password demo");
    axum::serve(listener, application).await?;
    Ok(())
}

/// What all requests share.
struct Application {
    /// The connection string of the OAuth client, without any user's tokens.
    connection: String,
    /// Signs users in. It never signs in itself.
    client: Session,
    /// The sessions of those who are signed in, by what is in their cookie.
    users: Mutex<HashMap<String, Session>>,
}

/// The application over the OAuth client of this connection string.
pub(crate) fn application(connection: &str) -> anaplan_sql::Result<Router> {
    let client = anaplan_sql::builder().connection_string(connection).open()?;
    let connection = connection.to_owned();
    let shared = Arc::new(Application { connection, client, users: Mutex::default() });
    Ok(Router::new()
        .route("/", get(models))
        .route("/login", get(login))
        .route("/callback", get(callback))
        .route("/logout", post(logout))
        .with_state(shared))
}

impl Application {
    /// The session of whoever sends this request.
    fn user(&self, headers: &HeaderMap) -> Option<Session> {
        let id = cookie(headers, "session")?;
        self.users.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
}

/// The page: models that the user sees, or a link to sign in.
async fn models(
    State(application): State<Arc<Application>>,
    headers: HeaderMap,
) -> Result<Html<String>, Failure> {
    let Some(session) = application.user(&headers) else {
        return Ok(page("<a href=\"/login\">Sign in with Anaplan</a>"));
    };
    let sql = "SELECT workspace_name, name FROM information.models ORDER BY 1, 2";
    let rows = session.sql(sql).await?.collect().await.map_err(anaplan_sql::Error::from)?;
    let table = pretty_format_batches(&rows).map(|table| table.to_string()).unwrap_or_default();
    Ok(page(&format!(
        "<pre>{}</pre><form method=\"post\" action=\"/logout\"><button>Sign out</button></form>",
        escape(&table)
    )))
}

/// Sends the browser to Anaplan's sign-in page. The state goes along with it, and into a cookie: so
/// only this browser can bring the code back.
async fn login(State(application): State<Arc<Application>>) -> Result<Response, Failure> {
    let page = application.client.sign_in_steps().authorization_url(None, None, None)?;
    let cookie = set_cookie("state", page.state.expose());
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(page.url.as_str())).into_response())
}

/// Where Anaplan sends the browser back to, with a code or an error.
async fn callback(
    State(application): State<Arc<Application>>,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, Failure> {
    let steps = application.client.sign_in_steps();
    let query = uri.query().unwrap_or_default();
    let mut parameters = form_urlencoded::parse(query.as_bytes());
    let came_back = parameters.find(|(key, _)| key == "state").map(|(_, value)| value);
    let began = cookie(&headers, "state");
    if began.is_none() || began.as_deref() != came_back.as_deref() {
        return Err(Failure(StatusCode::BAD_REQUEST, "this sign-in did not begin here".to_owned()));
    }
    let state = began.map(Secret::new);
    let grant = steps.exchange(&Secret::new(query), None, state.as_ref()).await?;

    let id = random()?;
    let mut builder = anaplan_sql::builder()
        .connection_string(&application.connection)
        .set(Key::InitiateOAuth, "REFRESH")
        // Each user's tokens are renewed in a place of their own.
        .set(Key::OAuthSettingsLocation, format!("memory://{id}"))
        .set(Key::OAuthAccessToken, grant.access_token.expose());
    if let Some(token) = &grant.refresh_token {
        builder = builder.set(Key::OAuthRefreshToken, token.expose());
    }
    let session = builder.open()?;
    let mut users = application.users.lock().unwrap_or_else(PoisonError::into_inner);
    users.insert(id.clone(), session);
    drop(users);
    let cookies = [(SET_COOKIE, set_cookie("session", &id)), (SET_COOKIE, forget_cookie("state"))];
    Ok((AppendHeaders(cookies), Redirect::to("/")).into_response())
}

/// Ends the user's access token and forgets the rest.
async fn logout(
    State(application): State<Arc<Application>>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let id = cookie(&headers, "session").unwrap_or_default();
    let session = application.users.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
    if let Some(session) = session {
        session.sign_in_steps().log_out().await?;
    }
    let cookies = [(SET_COOKIE, forget_cookie("session"))];
    Ok((AppendHeaders(cookies), Redirect::to("/")).into_response())
}

/// What went wrong, as a page.
struct Failure(StatusCode, String);

impl From<anaplan_sql::Error> for Failure {
    fn from(error: anaplan_sql::Error) -> Self {
        Self(StatusCode::BAD_GATEWAY, error.to_string())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let text = format!("<p role=\"alert\">{}</p><a href=\"/\">Back</a>", escape(&self.1));
        (self.0, page(&text)).into_response()
    }
}

fn page(content: &str) -> Html<String> {
    Html(format!("<!doctype html><meta charset=\"utf-8\"><title>Models</title>{content}"))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// A cookie that scripts can't read and other sites' forms don't send. Behind https add `Secure`.
fn set_cookie(name: &str, value: &str) -> String {
    format!("{name}={value}; HttpOnly; SameSite=Lax; Path=/")
}

fn forget_cookie(name: &str) -> String {
    format!("{name}=; Max-Age=0; Path=/")
}

fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = all.flat_map(|value| value.split("; ")).filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned())
}

/// A text that nobody can guess.
fn random() -> Result<String, Failure> {
    let mut bytes = [0; 24];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| {
        Failure(StatusCode::INTERNAL_SERVER_ERROR, "the system gives no random numbers".to_owned())
    })?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
