//! The commands `auth login`, `status`, `logout`, `export` and `import` as processes.

#![cfg(unix)]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::oauth_flows::{CODE, ELSEWHERE, QUERY, Scene};
use crate::process::{Program, Run};
use crate::support::{PASSWORD, USER};
use crate::terminal::Terminal;

/// Signs in through a terminal, by pasting.
async fn sign_in(scene: &Scene) {
    let connection = scene.code("GETANDREFRESH");
    let mut terminal = scene.terminal(&["auth", "login", "--connect", &connection]);
    let opened = scene.opened().await;
    terminal.wait_for("the code in it:");
    terminal.send(&format!("{}\n", scene.end_of(&opened)));
    terminal.wait_for(&format!("Signed in as {USER}"));
    terminal.wait_for(
        "Connect with InitiateOAuth=REFRESH and the same OAuthClientId, OAuthClientSecret, \
         OAuthSettingsLocation to use it.",
    );
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
    let nobody = json(&run);
    assert_eq!((&nobody["signed_in"], &nobody["user"]), (&false.into(), &Value::Null));
    let keys = |shown: &Value| shown.as_object().expect("an object").keys().cloned().collect();
    let all: Vec<String> = keys(&nobody);

    sign_in(&scene).await;
    let mode = scene.settings().metadata().expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    scene.simulator.clear_requests();
    let run = scene.run(&status);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let shown = json(&run);
    assert_eq!(shown["signed_in"], true, "{shown}");
    assert_eq!(shown["scheme"], "OAuth", "{shown}");
    assert_eq!(all, keys(&shown), "a script finds the same keys");
    let basic = format!("User={USER};Password={PASSWORD};Endpoint={}", scene.simulator.url());
    let basic = scene.run(&["auth", "status", "--format", "json", "--connect", &basic]);
    assert_eq!(all, keys(&json(&basic)), "with each scheme");
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
    assert_eq!(
        wrong.stderr.replace(&copy.display().to_string(), "COPY"),
        "error: COPY has another password than the one given\n\
         hint: give the password that was chosen at `anaplan-sql auth export`: when asked, or in \
         the variable ANAPLAN_SQL_OAUTHSETTINGSPASSWORD, or in the one that --password-env names\n"
    );
    let own = import(&scene, other.path(), &scene.settings(), "travel", &[]);
    assert_eq!(own.code, 3, "{}", own.stderr);
    assert!(own.stderr.contains("is no copy under a password: OAuthClientSecret"), "{own:?}");
    assert!(!other.path().join("other/Settings.txt").exists());
    let run = import(&scene, other.path(), &copy, "travel", &[]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let run = import(&scene, other.path(), &copy, "travel", &[]);
    assert_eq!(run.code, 2, "something is stored already: {}", run.stderr);
    let run = import(&scene, other.path(), &copy, "travel", &["--force"]);
    assert_eq!(run.code, 0, "{}", run.stderr);

    // Nothing else is left where the copy is.
    let beside = std::fs::read_dir(scene.home.path()).expect("a folder");
    let names = beside.map(|entry| entry.expect("an entry").file_name());
    let names: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with("copy")).collect();
    assert_eq!(names, ["copy.txt"]);

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
async fn a_copy_takes_the_place_of_another_file_as_a_whole_or_not_at_all() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    sign_in(&scene).await;
    let copy = scene.home.path().join("copy.txt");
    std::fs::write(&copy, "worth something").expect("written");
    let connection = scene.code("REFRESH");
    let force = |program: Program| {
        let program = program.env("HOME", &scene.home.path().display().to_string());
        program
            .env("COPY_PASSWORD", "travel")
            .args(["auth", "export", &copy.display().to_string(), "--force"])
            .args(["--password-env", "COPY_PASSWORD", "--connect", &connection])
            .run()
    };
    // A limit of the shell fails writes to files as a full disk does.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    let run = force(Program::through("sh", &["-c", script]));
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("copy.txt can't be written"), "{}", run.stderr);
    assert_eq!(std::fs::read_to_string(&copy).expect("text"), "worth something");
    let run = force(Program::at(scene.home.path()));
    assert_eq!(run.code, 0, "{}", run.stderr);
    let other = tempfile::tempdir().expect("a directory");
    assert_eq!(import(&scene, other.path(), &copy, "travel", &[]).code, 0);
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
    assert!(run.stderr.contains("belongs to another OAuthClientId"), "{}", run.stderr);
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
    // A script finds what is known also where that can't be read.
    let nowhere = format!("Certificate=/no/cert.pem;PrivateKey=/no/key;Endpoint={url}");
    let run = scene.run(&["auth", "status", "--format", "json", "--connect", &nowhere]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert_eq!(json(&run)["scheme"], "Certificate");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_verifier_that_stays_set_is_no_dead_end() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    let scope = "offline_access email openid";
    let code = scene.simulator.authorization_code(CODE, ELSEWHERE, scope, USER);
    let connection = format!("{};OAuthVerifier={}", scene.code("REFRESH"), code.expect("a code"));
    let login = ["auth", "login", "--connect", &connection];
    assert_eq!(scene.run(&login).code, 0);
    let run = scene.run(&login);
    assert_eq!(run.code, 3, "nobody is there");
    assert!(run.stderr.contains("unset OAuthVerifier to use that, or sign in"), "{}", run.stderr);
    let mut terminal = scene.terminal(&login);
    terminal.wait_for("warning: the code in OAuthVerifier is of no use; asking for a sign-in");
    let opened = scene.opened().await;
    terminal.wait_for("the code in it:");
    terminal.send(&format!("{}\n", scene.end_of(&opened)));
    terminal.wait_for(&format!("Signed in as {USER}"));
    assert_eq!(terminal.end(), 0);
    let run = scene.run(&["--connect", &connection, "-c", QUERY]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert_eq!(scene.simulator.oauth().codes_redeemed, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_one_file_in_a_folder_that_is_there() {
    let scene = Scene::with_callback(ELSEWHERE).await;
    sign_in(&scene).await;
    let connection = scene.code("REFRESH");
    let transfer = |action: &str, file: &str| {
        Program::at(scene.home.path())
            .env("ANAPLAN_SQL_OAUTHSETTINGSPASSWORD", "travel")
            .args(["auth", action, file, "--force", "--connect", &connection])
            .run()
    };
    let folder = scene.home.path().display().to_string();
    let nowhere = format!("{folder}/no/such/copy.txt");
    for file in [nowhere.as_str(), "/dev/null", &folder] {
        let run = transfer("export", file);
        assert_eq!(run.code, 1, "{}", run.stderr);
        assert!(run.stderr.starts_with(&format!("error: {file} can't be written\n")), "{run:?}");
        let run = transfer("import", file);
        assert_eq!(run.code, 2, "{}", run.stderr);
        assert!(run.stderr.starts_with(&format!("error: {file} can't be read\n")), "{run:?}");
        assert!(
            run.stderr.contains("hint: give the file that `anaplan-sql auth export`"),
            "{run:?}"
        );
    }
    assert!(!scene.home.path().join("no").exists());
    // Nor does it take the place of what the settings need.
    std::os::unix::fs::symlink(scene.home.path(), scene.home.path().join("link")).expect("a link");
    for end in ["", ".lock", ".key", ".anaplan-sql-spare", ".anaplan-sql-new"] {
        let file = format!("{folder}/link/OAuthSettings.txt{end}");
        let run = transfer("export", &file);
        assert_eq!(run.code, 2, "{file}: {}", run.stderr);
        assert!(run.stderr.contains("would take the place of the settings"), "{}", run.stderr);
    }
    let run = scene.run(&["--connect", &connection, "-c", QUERY]);
    assert_eq!(run.code, 0, "what is stored is as it was: {}", run.stderr);
}
