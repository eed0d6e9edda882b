//! Signing in with OAuth, as people and jobs do it: the program as a process, on a terminal and
//! without one, in a browser and by pasting.

#![cfg(unix)]

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::Duration;

use anaplan_sql::simulator::{OAuthClient, Simulator, Tenant};
use tempfile::TempDir;

use crate::browser::chromium::Browser;
use crate::process::{Program, Run};
use crate::support::{PASSWORD, USER, until};
use crate::terminal::Terminal;

pub(crate) const CODE: &str = "00000000000000000000000000000c0d";
const DEVICE: &str = "00000000000000000000000000000dec";
const SECRET: &str = "the secret of the client";

/// An address that no program of this machine answers at.
pub(crate) const ELSEWHERE: &str = "https://planner.example/callback";

pub(crate) const QUERY: &str = "SELECT name FROM information.models ORDER BY name";

/// A tenant with OAuth clients, a home, and a program that stands in for the browser.
pub(crate) struct Scene {
    pub(crate) simulator: Simulator,
    pub(crate) home: TempDir,
    callback: String,
}

impl Scene {
    /// With a callback address on this machine whose port was free a moment ago.
    pub(crate) async fn new(scheme: &str) -> Self {
        let port = {
            let probe = TcpListener::bind("127.0.0.1:0").expect("a free port");
            probe.local_addr().expect("an address").port()
        };
        Self::with_callback(&format!("{scheme}://localhost:{port}/callback")).await
    }

    pub(crate) async fn with_callback(callback: &str) -> Self {
        let client = OAuthClient::code(CODE, SECRET).name("Planner");
        let tenant = Tenant::demo()
            .oauth_client(client.redirect_uri(callback))
            .oauth_client(OAuthClient::device(DEVICE).name("Robot"));
        let simulator = Simulator::start(tenant).await.expect("a free port");
        let home = tempfile::tempdir().expect("a directory");
        let script =
            "#!/bin/sh\nprintf %s \"$1\" > \"$HOME/new\" && mv \"$HOME/new\" \"$HOME/opened\"\n";
        let browser = home.path().join("browser");
        std::fs::write(&browser, script).expect("written");
        let mode = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(&browser, mode).expect("permitted");
        Self { simulator, home, callback: callback.to_owned() }
    }

    pub(crate) fn settings(&self) -> PathBuf {
        self.home.path().join("OAuthSettings.txt")
    }

    /// The connection string, with InitiateOAuth as given.
    pub(crate) fn code(&self, initiate: &str) -> String {
        format!(
            "AuthScheme=OAuth;InitiateOAuth={initiate};OAuthClientId={CODE};\
             OAuthClientSecret={SECRET};CallbackURL={};OAuthSettingsLocation={};Endpoint={}",
            self.callback,
            self.settings().display(),
            self.simulator.url()
        )
    }

    fn device(&self, initiate: &str) -> String {
        format!(
            "AuthScheme=OAuth;OAuthGrantType=DEVICE;InitiateOAuth={initiate};\
             OAuthClientId={DEVICE};OAuthSettingsLocation={};Endpoint={}",
            self.settings().display(),
            self.simulator.url()
        )
    }

    /// The program on a terminal, with the stand-in for a browser.
    pub(crate) fn terminal(&self, args: &[&str]) -> Terminal {
        let browser = self.home.path().join("browser").display().to_string();
        Terminal::start_with(self.home.path(), args, &[("ANAPLAN_SQL_BROWSER", &browser)])
    }

    /// The program without a terminal.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let browser = self.home.path().join("browser").display().to_string();
        let program = Program::at(self.home.path()).env("ANAPLAN_SQL_BROWSER", &browser);
        program.args(args.iter().copied()).run()
    }

    /// The address that the browser was asked to open.
    pub(crate) async fn opened(&self) -> url::Url {
        let file = self.home.path().join("opened");
        until(|| file.exists()).await;
        std::fs::read_to_string(file).expect("text").parse().expect("an address")
    }

    /// Where the browser ends after the demo user has signed in and allowed it.
    pub(crate) fn end_of(&self, opened: &url::Url) -> String {
        let code = self.simulator.authorization_code(CODE, &self.callback, &scope(opened), USER);
        format!("{}?code={}&state={}", self.callback, code.expect("a code"), state(opened))
    }
}

fn parameter(url: &url::Url, name: &str) -> String {
    let found = url.query_pairs().find(|(key, _)| key == name);
    found.map(|(_, value)| value.into_owned()).unwrap_or_default()
}

fn state(url: &url::Url) -> String {
    parameter(url, "state")
}

fn scope(url: &url::Url) -> String {
    parameter(url, "scope")
}

/// Signs in as the demo user on the pages that begin at an address, and answers `Allow` or `Deny`.
async fn in_browser(address: url::Url, answer: &'static str, then: &'static str) {
    let work = move || {
        let mut browser = Browser::start_with(&["--ignore-certificate-errors"]);
        browser.open(address.as_str());
        browser.wait_for_cursor("Email");
        browser.write(USER);
        browser.press("Tab");
        browser.wait_for_cursor("Password");
        browser.write(PASSWORD);
        browser.press("Enter");
        browser.wait_for_text("wants to:");
        browser.click("button", answer);
        browser.wait_for_text(then);
        browser.look(&format!("callback-{}", answer.to_lowercase()));
    };
    tokio::task::spawn_blocking(work).await.expect("the browser's part");
}

/// The user code that a terminal shows.
fn user_code(terminal: &mut Terminal) -> String {
    terminal.wait_for("shows the code ");
    terminal.wait_for(" (or enter it")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_on_this_machine_comes_back_by_itself() {
    for scheme in ["http", "https"] {
        let scene = Scene::new(scheme).await;
        let connection = scene.code("GETANDREFRESH");
        let mut terminal = scene.terminal(&["--connect", &connection, "-c", QUERY]);
        let opened = scene.opened().await;
        assert_eq!(scope(&opened), "openid profile email offline_access");
        terminal.wait_for(opened.as_str());
        if scheme == "https" {
            terminal.wait_for("certificate");
        }
        in_browser(opened, "Allow", "You can close this page and return to anaplan-sql.").await;
        terminal.wait_for("Sales Planning");
        assert_eq!(terminal.end(), 0);

        // From now on it goes without anybody.
        let run = scene.run(&["--connect", &scene.code("REFRESH"), "-c", QUERY]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
        assert!(run.stdout.contains("Sales Planning"), "{}", run.stdout);
        let oauth = scene.simulator.oauth();
        assert_eq!((oauth.codes_redeemed, oauth.refreshes), (1, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn consent_that_is_denied_in_the_browser_ends_it() {
    let scene = Scene::new("http").await;
    let connection = scene.code("GETANDREFRESH");
    let mut terminal = scene.terminal(&["auth", "login", "--connect", &connection]);
    let opened = scene.opened().await;
    in_browser(opened, "Deny", "The user denied access. (access_denied)").await;
    terminal.wait_for("error: ");
    terminal.wait_for("(access_denied)");
    terminal.wait_for("hint: ");
    assert_eq!(terminal.end(), 3);
    assert!(!scene.settings().exists());
    assert_eq!(scene.simulator.count("POST", "/oauth/token"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_that_the_browser_ends_at_can_be_pasted() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    let connection = scene.code("GETANDREFRESH");
    let mut terminal = scene.terminal(&["--connect", &connection, "-c", QUERY]);
    let opened = scene.opened().await;
    terminal.wait_for("the code in it:");
    for (pasted, answer) in [
        (opened.to_string(), "this is the address to open"),
        ("hello there".to_owned(), "neither an address nor a code"),
        (scene.end_of(&opened).replace("state=", "state=x"), "another sign-in"),
        (format!("{ELSEWHERE}?code=stolen"), "another sign-in"),
    ] {
        terminal.send(&format!("{pasted}\n"));
        terminal.wait_for(answer);
    }
    assert_eq!(scene.simulator.count("POST", "/oauth/token"), 0);
    terminal.send(&format!("  {}\n", scene.end_of(&opened)));
    terminal.wait_for("Sales Planning");
    assert_eq!(terminal.end(), 0);
    assert_eq!(scene.simulator.oauth().codes_redeemed, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_alone_can_be_pasted_while_a_listener_waits() {
    let scene = Scene::new("http").await;
    let connection = scene.code("GETANDREFRESH");
    let args = ["auth", "login", "--no-browser", "--connect", &connection];
    let mut terminal = scene.terminal(&args);
    terminal.wait_for("the code in it:");
    assert!(!scene.home.path().join("opened").exists(), "no browser was wanted");
    let code = scene.simulator.authorization_code(CODE, &scene.callback, "offline_access", USER);
    terminal.send(&format!("{}\n", code.expect("a code")));
    terminal.wait_for("Signed in");
    assert_eq!(terminal.end(), 0);
    assert!(scene.settings().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_that_is_taken_leaves_pasting() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address");
    let scene = Scene::with_callback(&format!("http://{address}/")).await;
    let connection = scene.code("OFF");
    let mut terminal = scene.terminal(&["auth", "login", "--connect", &connection]);
    terminal.wait_for("Can't listen at");
    let opened = scene.opened().await;
    terminal.wait_for("the code in it:");
    terminal.send(&format!("{}\n", scene.end_of(&opened)));
    terminal.wait_for("Signed in");
    assert_eq!(terminal.end(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_can_be_pasted_and_the_end_of_the_input_ends_it() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    let connection = scene.code("GETANDREFRESH");
    let args = ["auth", "login", "--connect", &connection];
    for has_state in [true, false] {
        let mut terminal = scene.terminal(&args);
        terminal.wait_for("the code in it:");
        // Not all services send the state with an error.
        let state = match has_state {
            true => format!("&state={}", state(&scene.opened().await)),
            false => String::new(),
        };
        terminal.send(&format!("{ELSEWHERE}?error=access_denied{state}\n"));
        terminal.wait_for("refused: access_denied");
        assert_eq!(terminal.end(), 3);
    }

    let mut terminal = scene.terminal(&args);
    terminal.wait_for("the code in it:");
    terminal.send("\u{4}");
    terminal.wait_for("the input ended");
    assert_eq!(terminal.end(), 3);

    let mut terminal = scene.terminal(&args);
    terminal.wait_for("the code in it:");
    terminal.send("\u{3}");
    assert_eq!(terminal.end(), 130);
    assert_eq!(scene.simulator.count("POST", "/oauth/token"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prompt_gets_what_is_typed_after_a_browser_came_back() {
    let scene = Scene::new("http").await;
    let connection = scene.code("GETANDREFRESH");
    let mut terminal = scene.terminal(&["--connect", &connection]);
    let opened = scene.opened().await;
    terminal.wait_for("the code in it:");
    let end = scene.end_of(&opened);
    assert_eq!(reqwest::get(end).await.expect("a page").status(), 200);
    terminal.at_prompt();
    terminal.send("SELECT 40 + 2 AS answer;\r");
    terminal.wait_for("42");
    terminal.at_prompt();
    terminal.send("\u{4}");
    assert_eq!(terminal.end(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_allowed_on_a_page_elsewhere() {
    let scene = Scene::new("http").await;
    let connection = scene.device("GETANDREFRESH");
    let mut terminal = scene.terminal(&["--connect", &connection, "-c", QUERY]);
    let code = user_code(&mut terminal);
    let opened = scene.opened().await;
    assert!(opened.as_str().contains(&format!("/activate?user_code={code}")), "{opened}");
    assert!(scene.simulator.approve_device(&code, USER));
    terminal.wait_for("Sales Planning");
    assert_eq!(terminal.end(), 0);
    // One call for the code, one for the tokens.
    assert_eq!(scene.simulator.count("POST", "/oauth/**"), 2);

    scene.simulator.expire_tokens();
    let run = scene.run(&["--connect", &scene.device("REFRESH"), "-c", QUERY]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_denied_or_forgotten_is_told_so() {
    let scene = Scene::new("http").await;
    let connection = scene.device("GETANDREFRESH");
    let mut denied = scene.terminal(&["auth", "login", "--connect", &connection]);
    let code = user_code(&mut denied);
    assert!(scene.simulator.deny_device(&code));
    let mut forgotten = scene.terminal(&["auth", "login", "--connect", &connection]);
    user_code(&mut forgotten);
    denied.wait_for("denied");
    assert_eq!(denied.end(), 3);
    scene.simulator.clock().advance(Duration::from_secs(901));
    forgotten.wait_for("expired");
    forgotten.wait_for("anaplan-sql auth login");
    assert_eq!(forgotten.end(), 3);
    assert!(!scene.settings().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_asks_less_often_when_it_is_told_to() {
    let scene = Scene::new("http").await;
    let connection = scene.device("GETANDREFRESH");
    // For the service little time passes between two polls.
    scene.simulator.clock().freeze();
    let mut terminal = scene.terminal(&["auth", "login", "--connect", &connection]);
    let code = user_code(&mut terminal);
    until(|| scene.simulator.oauth().slow_downs == 1).await;
    assert!(scene.simulator.approve_device(&code, USER));
    terminal.wait_for(&format!("Signed in as {USER}"));
    assert_eq!(terminal.end(), 0);
    let counts = scene.simulator.oauth();
    assert_eq!((counts.device_codes_issued, counts.slow_downs), (1, 1));
    assert_eq!(scene.simulator.count("POST", "/oauth/token"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_waited_for_who_is_not_there() {
    let scene = Scene::new("http").await;
    let (ask, refresh) = (scene.code("GETANDREFRESH"), scene.code("REFRESH"));
    let (device, off) = (scene.device("GETANDREFRESH"), scene.code("OFF"));
    for args in [
        &["--connect", &ask, "-c", QUERY][..],
        &["--connect", &refresh, "-c", QUERY],
        &["--connect", &device, "-c", QUERY],
        &["--connect", &off, "-c", QUERY],
        &["auth", "login", "--connect", &ask],
        &["auth", "login", "--connect", &device],
    ] {
        let run = scene.run(args);
        assert_eq!((run.code, run.stdout.as_str()), (3, ""), "{args:?}: {}", run.stderr);
        assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
        assert!(run.stderr.contains("anaplan-sql auth login"), "{}", run.stderr);
        assert!(!run.stderr.contains(SECRET), "{}", run.stderr);
        // It is for codes only.
        let is_device = args.contains(&device.as_str());
        assert!(!is_device || !run.stderr.to_lowercase().contains("oauthver"), "{}", run.stderr);
    }
    // REFRESH asks nobody who is there, either.
    let mut terminal = scene.terminal(&["--connect", &refresh, "-c", QUERY]);
    let before = terminal.wait_for("error: ");
    assert_eq!(before.trim(), "");
    assert_eq!(terminal.end(), 3);
    assert_eq!(scene.simulator.requests().len(), 0);
    assert!(!scene.home.path().join("opened").exists(), "a browser was opened");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_in_for_a_file_that_cannot_be_written() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    let browser = scene.home.path().join("browser").display().to_string();
    // A limit of the shell fails writes to files as a full disk does.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    for connection in [scene.code("GETANDREFRESH"), scene.device("GETANDREFRESH")] {
        for args in [
            &["auth", "login", "--connect", &connection][..],
            &["--connect", &connection, "-c", QUERY],
            &["--connect", &connection, "-c", "EXEC GetOAuthAccessToken"],
        ] {
            let outer = ["-c", script, env!("CARGO_BIN_EXE_anaplan-sql")];
            let all: Vec<_> = outer.iter().chain(args).copied().collect();
            let variables = [("ANAPLAN_SQL_BROWSER", browser.as_str())];
            let mut terminal = Terminal::run("sh", scene.home.path(), &all, &variables);
            terminal.wait_for("OAuthSettings.txt can't be written");
            terminal.wait_for("there is no room for the file");
            assert_eq!(terminal.end(), 3, "{args:?}");
        }
    }
    assert_eq!(scene.simulator.requests().len(), 0);
    assert!(!scene.home.path().join("opened").exists(), "a browser was opened");
    assert!(!scene.settings().exists());
}
