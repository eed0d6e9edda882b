//! The example of a web application, used by a person in headless Chromium.

#![cfg(unix)]

#[expect(dead_code, reason = "it is a program, too")]
#[path = "../../examples/web_app.rs"]
mod example;

use anaplan_sql::simulator::{OAuthClient, Simulator, Tenant};

use crate::browser::chromium::Browser;
use crate::support::{AUTHENTICATE, PASSWORD, USER};

const CLIENT: &str = "00000000000000000000000000000eb0";

/// The application and the tenant that it signs people in to.
async fn serve() -> (Simulator, String) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let place = format!("http://{}", listener.local_addr().expect("an address"));
    let callback = format!("{place}/callback");
    let client = OAuthClient::code(CLIENT, "s").name("Planner").redirect_uri(&callback);
    let simulator =
        Simulator::start(Tenant::demo().oauth_client(client)).await.expect("a free port");
    let application = example::application(&format!(
        "AuthScheme=OAuth;OAuthClientId={CLIENT};OAuthClientSecret=s;CallbackURL={callback};\
         Endpoint={}",
        simulator.url()
    ));
    let application = application.expect("the settings are right");
    tokio::spawn(async move { axum::serve(listener, application).await });
    (simulator, place)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_queries_and_signs_out() {
    let (simulator, place) = serve().await;
    let address = place.clone();
    tokio::task::spawn_blocking(move || {
        let mut browser = Browser::start();
        browser.open(&address);
        browser.wait_for_text("Sign in with Anaplan");
        browser.click("link", "Sign in with Anaplan");
        browser.wait_for_cursor("Email");
        browser.write(USER);
        browser.press("Tab");
        browser.wait_for_cursor("Password");
        browser.write(PASSWORD);
        browser.press("Enter");
        browser.wait_for_text("Planner wants to:");
        browser.click("button", "Allow");
        browser.wait_for_text("Sales Planning");
        browser.look("web-app");
        browser.click("button", "Sign out");
        browser.wait_for_text("Sign in with Anaplan");
    })
    .await
    .expect("the browser's part");
    assert_eq!(simulator.count("POST", "/oauth/token"), 1);
    assert_eq!(simulator.count("POST", "/token/logout"), 1);
    assert_eq!(simulator.count("POST", AUTHENTICATE), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_began_elsewhere_is_refused() {
    let (simulator, place) = serve().await;
    let client = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .expect("a client");
    let callback = format!("{place}/callback");
    let code = simulator.authorization_code(CLIENT, &callback, "openid offline_access", USER);
    let code = code.expect("a code");
    let login = client.get(format!("{place}/login")).send().await.expect("an answer");
    let cookie = login.headers()["set-cookie"].to_str().expect("text").to_owned();
    let state = cookie.split([';', '=']).nth(1).expect("a state").to_owned();
    for (cookie, query) in [
        // Somebody else's code under a link that the victim opens.
        (None, format!("code={code}&state={state}")),
        (Some(&cookie), format!("code={code}&state=x{state}")),
        (Some(&cookie), format!("code={code}")),
    ] {
        let mut request = client.get(format!("{callback}?{query}"));
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie.split(';').next().expect("the pair"));
        }
        let answer = request.send().await.expect("an answer");
        assert_eq!(answer.status(), 400, "{query}");
    }
    assert_eq!(simulator.count("POST", "/oauth/token"), 0);
}
