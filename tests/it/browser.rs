//! A person signs in: headless Chromium drives the simulator's pages, with scripts switched off.

#![cfg(unix)]

pub(crate) mod chromium;

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use anaplan_sql::simulator::{OAuthClient, Simulator, Tenant, User};
use serde_json::{Value, json};

use self::chromium::Browser;

const ANN: &str = "ann.lee@example.com";
const CODE: &str = "00000000000000000000000000000c0d";
const DEVICE: &str = "00000000000000000000000000000dec";

/// Runs what blocks beside the simulator.
async fn in_browser(work: impl FnOnce(Browser) + Send + 'static) {
    tokio::task::spawn_blocking(|| work(Browser::start())).await.expect("the browser's part");
}

/// Takes one request of a browser and returns the path that it asked for.
fn take_request(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).expect("a request");
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 31\r\n\
                Connection: close\r\n\r\n<title>Done</title>You are back";
    stream.write_all(page.as_bytes()).expect("an answer");
    line.split(' ').nth(1).expect("a path").to_owned()
}

async fn post(url: String, body: &Value) -> Value {
    let request = reqwest::Client::new().post(url).header("content-type", "application/json");
    let answer = request.body(body.to_string()).send().await.expect("an answer");
    serde_json::from_slice(&answer.bytes().await.expect("a body")).expect("JSON")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_signs_in_and_allows_a_program() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let callback = format!("http://{}/callback", listener.local_addr().expect("an address"));
    let simulator = Simulator::start(
        Tenant::new()
            .user(User::new(ANN, "secret"))
            .oauth_client(OAuthClient::code(CODE, "s").name("Planner").redirect_uri(&callback)),
    )
    .await
    .expect("a free port");
    let login = format!(
        "{}/auth/authorize?response_type=code&client_id={CODE}&redirect_uri={callback}\
         &scope=openid%20offline_access&state=a%20b",
        simulator.url()
    );
    let (send, paths) = std::sync::mpsc::channel();
    in_browser(move |mut browser| {
        browser.open(&login);
        // The cursor stands in the first field; Tab and Enter are enough to sign in.
        browser.wait_for_cursor("Email");
        assert_eq!(browser.title().as_deref(), Some("Sign in – simulated Anaplan"));
        browser.look("login");
        browser.write(ANN);
        browser.press("Tab");
        browser.wait_for_cursor("Password");
        browser.write("wrong");
        browser.press("Enter");
        let refused = "No user of this tenant has this email address and password.";
        browser.wait_for_text(refused);
        browser.wait_for_cursor("Password");
        assert_eq!(browser.says("alert").as_deref(), Some(refused));
        browser.look("login-error");
        browser.write("secret");
        browser.click("button", "Sign in");
        browser.wait_for_text("Planner wants to:");
        browser.look("consent");
        // The page of the program answers once the browser gets there.
        let program = std::thread::spawn(move || take_request(&listener));
        browser.click("button", "Allow");
        let path = program.join().expect("the program's page");
        browser.wait_for_text("You are back");
        send.send(path).expect("the test waits");
    })
    .await;

    let path = paths.recv().expect("a path");
    let code =
        path.strip_prefix("/callback?code=").and_then(|rest| rest.strip_suffix("&state=a%20b"));
    let body = json!({
        "grant_type": "authorization_code", "client_id": CODE, "client_secret": "s",
        "code": code.expect("a code and the state"), "redirect_uri": callback,
    });
    let tokens = post(format!("{}/oauth/token", simulator.url()), &body).await;
    assert!(tokens["access_token"].is_string() && tokens["refresh_token"].is_string(), "{tokens}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_connects_a_device() {
    let tenant = Tenant::new()
        .user(User::new(ANN, "secret"))
        .oauth_client(OAuthClient::device(DEVICE).name("Robot"));
    let simulator = Simulator::start(tenant).await.expect("a free port");
    let url = simulator.url();
    let device =
        post(format!("{url}/oauth/device/code"), &json!({"client_id": DEVICE, "scope": "openid"}))
            .await;
    let user_code = device["user_code"].as_str().expect("a code").to_owned();
    let page = device["verification_uri"].as_str().expect("an address").to_owned();
    in_browser(move |mut browser| {
        browser.open(&page);
        browser.wait_for_cursor("Code");
        browser.look("activate");
        browser.write(&user_code.to_lowercase());
        browser.press("Enter");
        browser.wait_for_cursor("Email");
        browser.write(ANN);
        browser.press("Tab");
        browser.wait_for_cursor("Password");
        browser.write("secret");
        browser.press("Enter");
        browser.wait_for_text("Robot wants to:");
        browser.look("activate-consent");
        browser.click("button", "Allow");
        browser.wait_for_text("Access allowed");
        let done = "The program goes on by itself. You can close this page.";
        assert_eq!(browser.says("status").as_deref(), Some(done));
        browser.look("activate-done");
    })
    .await;
    let body = json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code", "client_id": DEVICE,
        "device_code": device["device_code"],
    });
    let tokens = post(format!("{url}/oauth/token"), &body).await;
    assert!(tokens["access_token"].is_string(), "{tokens}");
}

/// Where screenshots go when somebody wants to look at them.
fn screenshots() -> Option<PathBuf> {
    std::env::var_os("ANAPLAN_SQL_SCREENSHOTS").map(PathBuf::from)
}
