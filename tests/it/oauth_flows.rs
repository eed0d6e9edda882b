//! Signing in with OAuth, as people and jobs do it: the program as a process, on a terminal and
//! without one, in a browser and by pasting.

#![cfg(unix)]

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anaplan_sql::simulator::{OAuthClient, Simulator, Tenant};
use serde_json::Value;
use tempfile::TempDir;

use crate::browser::chromium::Browser;
use crate::process::{Program, Run};
use crate::support::{PASSWORD, USER, until};
use crate::terminal::Terminal;

const CODE: &str = "00000000000000000000000000000c0d";
const DEVICE: &str = "00000000000000000000000000000dec";
const SECRET: &str = "the secret of the client";

/// An address that no program of this machine answers at.
const ELSEWHERE: &str = "https://planner.example/callback";

const QUERY: &str = "SELECT name FROM information.models ORDER BY name";

/// A tenant with OAuth clients, a home, and a program that stands in for the browser.
struct Scene {
    simulator: Simulator,
    home: TempDir,
    callback: String,
}

impl Scene {
    /// With a callback address on this machine whose port was free a moment ago.
    async fn new(scheme: &str) -> Self {
        let port = {
            let probe = TcpListener::bind("127.0.0.1:0").expect("a free port");
            probe.local_addr().expect("an address").port()
        };
        Self::with_callback(&format!("{scheme}://localhost:{port}/callback")).await
    }

    async fn with_callback(callback: &str) -> Self {
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

    fn settings(&self) -> PathBuf {
        self.home.path().join("OAuthSettings.txt")
    }

    /// The connection string, with InitiateOAuth as given.
    fn code(&self, initiate: &str) -> String {
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
    fn terminal(&self, args: &[&str]) -> Terminal {
        let browser = self.home.path().join("browser").display().to_string();
        Terminal::start_with(self.home.path(), args, &[("ANAPLAN_SQL_BROWSER", &browser)])
    }

    /// The program without a terminal.
    fn run(&self, args: &[&str]) -> Run {
        let browser = self.home.path().join("browser").display().to_string();
        let program = Program::at(self.home.path()).env("ANAPLAN_SQL_BROWSER", &browser);
        program.args(args.iter().copied()).run()
    }

    /// The address that the browser was asked to open.
    async fn opened(&self) -> url::Url {
        let file = self.home.path().join("opened");
        until(|| file.exists()).await;
        std::fs::read_to_string(file).expect("text").parse().expect("an address")
    }

    /// Where the browser ends after the demo user has signed in and allowed it.
    fn end_of(&self, opened: &url::Url) -> String {
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
    let mut terminal = scene.terminal(&args);
    let opened = scene.opened().await;
    terminal.wait_for("the code in it:");
    terminal.send(&format!("{ELSEWHERE}?error=access_denied&state={}\n", state(&opened)));
    terminal.wait_for("access_denied");
    assert_eq!(terminal.end(), 3);

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
    }
    // REFRESH asks nobody who is there, either.
    let mut terminal = scene.terminal(&["--connect", &refresh, "-c", QUERY]);
    let before = terminal.wait_for("error: ");
    assert_eq!(before.trim(), "");
    assert_eq!(terminal.end(), 3);
    assert_eq!(scene.simulator.requests().len(), 0);
    assert!(!scene.home.path().join("opened").exists(), "a browser was opened");
}

/// Signs in through a terminal, by pasting.
async fn sign_in(scene: &Scene) {
    let connection = scene.code("GETANDREFRESH");
    let mut terminal = scene.terminal(&["auth", "login", "--connect", &connection]);
    let opened = scene.opened().await;
    terminal.wait_for("the code in it:");
    terminal.send(&format!("{}\n", scene.end_of(&opened)));
    terminal.wait_for(&format!("Signed in as {USER}"));
    assert_eq!(terminal.end(), 0);
}

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {}", run.stdout))
}

#[tokio::test(flavor = "multi_thread")]
async fn login_status_query_and_logout_go_together() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    let connection = scene.code("REFRESH");
    let status = ["auth", "status", "--format", "json", "--connect", &connection];

    let run = scene.run(&status);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert_eq!(json(&run)["signed_in"], false);

    sign_in(&scene).await;
    let mode = scene.settings().metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    scene.simulator.clear_requests();
    let run = scene.run(&status);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let shown = json(&run);
    assert_eq!(shown["signed_in"], true, "{shown}");
    assert_eq!(shown["scheme"], "OAuth", "{shown}");
    assert_eq!(shown["user"], USER, "{shown}");
    assert_eq!(shown["region"], "US1", "{shown}");
    assert_eq!(shown["location"], scene.settings().display().to_string(), "{shown}");
    assert!(shown["access_token_expires_at"].is_string(), "{shown}");
    assert!(shown["generation"].is_u64(), "{shown}");
    let text = scene.run(&["auth", "status", "--connect", &connection]);
    assert_eq!(text.code, 0);
    assert!(
        text.stdout.contains(USER) && text.stdout.contains("OAuthSettings.txt"),
        "{}",
        text.stdout
    );
    assert_eq!(scene.simulator.requests().len(), 0, "status asks nobody");

    let run = scene.run(&["--connect", &connection, "-c", QUERY]);
    assert_eq!(run.code, 0, "{}", run.stderr);

    let run = scene.run(&["auth", "logout", "--connect", &connection]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(scene.simulator.count("POST", "/token/logout"), 1);
    assert!(!scene.settings().exists());
    let run = scene.run(&["--connect", &connection, "-c", QUERY]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    let run = scene.run(&["auth", "logout", "--connect", &connection]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(scene.simulator.count("POST", "/token/logout"), 1, "nothing is left to end");
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_without_a_network_says_what_it_could_not_do() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    sign_in(&scene).await;
    let connection = format!("{};MaxRetries=0", scene.code("REFRESH"));
    let settings = scene.settings();
    let Scene { simulator, home, .. } = scene;
    drop(simulator);
    let args = ["auth", "logout", "--connect", &connection];
    let run = Program::at(home.path()).args(args).run();
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("access token"), "{}", run.stderr);
    assert!(!settings.exists());
}

/// Exports what is stored, and gives the path of the copy.
fn export(scene: &Scene, password: &str) -> PathBuf {
    let copy = scene.home.path().join("copy.txt");
    let connection = scene.code("REFRESH");
    let run = Program::at(scene.home.path())
        .env("COPY_PASSWORD", password)
        .args(["auth", "export", &copy.display().to_string(), "--password-env", "COPY_PASSWORD"])
        .args(["--connect", &connection])
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains("one of the two copies"), "{}", run.stderr);
    copy
}

fn import(scene: &Scene, home: &Path, copy: &Path, password: &str, more: &[&str]) -> Run {
    let connection = scene.code("REFRESH").replace(
        &scene.settings().display().to_string(),
        &home.join("other/Settings.txt").display().to_string(),
    );
    Program::at(home)
        .env("COPY_PASSWORD", password)
        .args(["auth", "import", &copy.display().to_string(), "--password-env", "COPY_PASSWORD"])
        .args(["--connect", &connection])
        .args(more.iter().copied())
        .run()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_moves_to_another_home() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    sign_in(&scene).await;
    let copy = export(&scene, "travel");
    let mode = copy.metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let again = scene.run(&[
        "auth",
        "export",
        &copy.display().to_string(),
        "--connect",
        &scene.code("REFRESH"),
    ]);
    assert_eq!(again.code, 2, "it is there already: {}", again.stderr);

    let other = tempfile::tempdir().expect("a directory");
    let wrong = import(&scene, other.path(), &copy, "wrong", &[]);
    assert_eq!(wrong.code, 3, "{}", wrong.stderr);
    assert!(!other.path().join("other/Settings.txt").exists());
    let run = import(&scene, other.path(), &copy, "travel", &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = import(&scene, other.path(), &copy, "travel", &[]);
    assert_eq!(run.code, 2, "something is stored already: {}", run.stderr);
    let run = import(&scene, other.path(), &copy, "travel", &["--force"]);
    assert_eq!(run.code, 0, "{}", run.stderr);

    // The token of the copy is as good as any.
    scene.simulator.expire_tokens();
    let connection = scene.code("REFRESH").replace(
        &scene.settings().display().to_string(),
        &other.path().join("other/Settings.txt").display().to_string(),
    );
    let run = Program::at(other.path()).args(["--connect", &connection, "-c", QUERY]).run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{}", run.stdout);
    assert_eq!(scene.simulator.oauth().refreshes, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_another_client_is_not_taken() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    sign_in(&scene).await;
    let copy = export(&scene, "travel");
    let other = tempfile::tempdir().expect("a directory");
    let connection = scene.code("REFRESH").replace(CODE, &"f".repeat(32)).replace(
        &scene.settings().display().to_string(),
        &other.path().join("Settings.txt").display().to_string(),
    );
    let run = Program::at(other.path())
        .env("ANAPLAN_SQL_OAUTHSETTINGSPASSWORD", "travel")
        .args(["auth", "import", &copy.display().to_string(), "--connect", &connection])
        .run();
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("client"), "{}", run.stderr);
    assert!(!other.path().join("Settings.txt").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_a_copy_is_asked_for_twice_and_never_shown() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    sign_in(&scene).await;
    let copy = scene.home.path().join("copy.txt").display().to_string();
    let connection = scene.code("REFRESH");
    let mut terminal = scene.terminal(&["auth", "export", &copy, "--connect", &connection]);
    for (question, answer) in [
        ("Password for the copy: ", "marker-one"),
        ("The same again: ", "marker-two"),
        ("differ", ""),
        ("Password for the copy: ", "marker-one"),
        ("The same again: ", "marker-one"),
    ] {
        terminal.wait_for(question);
        if !answer.is_empty() {
            terminal.send(&format!("{answer}\n"));
        }
    }
    terminal.wait_for("Written");
    assert!(!terminal.text().contains("marker"), "{}", terminal.text());
    assert_eq!(terminal.end(), 0);
    let other = tempfile::tempdir().expect("a directory");
    let run = import(&scene, other.path(), Path::new(&copy), "marker-one", &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);

    // Nobody to ask, and nothing given.
    let run = scene.run(&["auth", "export", "x.txt", "--connect", &connection]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("--password-env"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_terminal_shows_what_is_typed_again_after_an_interrupted_password() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    sign_in(&scene).await;
    let connection = scene.code("REFRESH");
    let shell = [
        "-c",
        "trap : INT; \"$@\"; echo \"ended with $?\"; stty -a",
        "sh",
        env!("CARGO_BIN_EXE_anaplan-sql"),
        "auth",
        "export",
        "copy.txt",
        "--connect",
        &connection,
    ];
    let mut terminal = Terminal::run("sh", scene.home.path(), &shell, &[]);
    terminal.wait_for("Password for the copy: ");
    terminal.send("half a pass");
    terminal.send("\u{3}");
    terminal.wait_for("ended with 130");
    let settings = terminal.wait_for("echok");
    assert!(settings.contains(" echo ") && !settings.contains("-echo "), "{settings}");
    assert!(!terminal.text().contains("half"), "{}", terminal.text());
    assert!(!scene.home.path().join("copy.txt").exists());
    assert_eq!(terminal.end(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn other_schemes_try_their_sign_in_and_store_nothing() {
    let scene = Scene::new("http").await;
    let url = scene.simulator.url();
    let right = format!("User={USER};Password={PASSWORD};Endpoint={url}");
    let run = scene.run(&["auth", "login", "--connect", &right]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stderr.contains(&format!("Signed in as {USER}")), "{}", run.stderr);
    let wrong = format!("User={USER};Password=wrong;Endpoint={url}");
    assert_eq!(scene.run(&["auth", "login", "--connect", &wrong]).code, 3);

    scene.simulator.clear_requests();
    let run = scene.run(&["auth", "status", "--format", "json", "--connect", &right]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!((&json(&run)["scheme"], &json(&run)["user"]), (&"Basic".into(), &USER.into()));
    assert_eq!(scene.run(&["auth", "logout", "--connect", &right]).code, 0);
    assert_eq!(scene.simulator.requests().len(), 0);
    let run = scene.run(&["auth", "export", "x.txt", "--connect", &right]);
    assert_eq!(run.code, 2, "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_from_elsewhere_signs_a_headless_machine_in() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    let code =
        scene.simulator.authorization_code(CODE, ELSEWHERE, "offline_access email openid", USER);
    let code = code.expect("a code");
    let connection = scene.code("REFRESH");
    let run = Program::at(scene.home.path())
        .env("ANAPLAN_SQL_OAUTHVERIFIER", &code)
        .args(["auth", "login", "--connect", &connection])
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = scene.run(&["--connect", &connection, "-c", QUERY]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(scene.simulator.oauth().codes_redeemed, 1);
}
