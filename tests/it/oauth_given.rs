//! Tokens that stay in the settings of every run, and a sign-in that is newer than they are: it is
//! the sign-in that counts.

use anaplan_sql::Key;
use anaplan_sql::simulator::{Fault, Simulator};
use tempfile::TempDir;

use crate::oauth::{
    DEVICE, LIST_MODELS, REDIRECT, ROTATING, STEADY, TOKEN, code, connection, place, sign_in,
    steady, stored_at, tokens_of,
};
use crate::process::{Program, Run};
use crate::support::{USER, count_rows, demo};

/// A user who sees one model, where the demo user sees three.
const VIEWER: &str = "viewer@anaplan-sql.example";

struct Scene {
    simulator: Simulator,
    client: &'static str,
    place: String,
    /// What the settings bring.
    key: Key,
    token: String,
    folder: TempDir,
}

impl Scene {
    /// Settings that bring a token of the viewer.
    async fn new(client: &'static str, key: Key) -> Self {
        let simulator = demo().await;
        let folder = tempfile::tempdir().expect("a folder");
        let place = place(folder.path());
        let (access, refresh) = tokens_of(&simulator, client, VIEWER).await;
        let token = if key == Key::OAuthRefreshToken { refresh } else { access };
        Self { simulator, client, place, key, token, folder }
    }

    async fn models(&self) -> usize {
        let session = stored_at(&self.simulator, self.client, &self.place)
            .set(self.key, self.token.clone())
            .connect()
            .await
            .expect("signed in");
        count_rows(&session, LIST_MODELS).await
    }

    fn connection(&self) -> String {
        let connection = connection(&self.simulator, self.client, &self.place);
        format!("{connection};CallbackURL={REDIRECT};{}={}", self.key, self.token)
    }

    /// Signs in with a code of the demo user.
    fn login(&self) -> Run {
        Program::new()
            .env("ANAPLAN_SQL_OAUTHVERIFIER", &code(&self.simulator, self.client))
            .args(["auth", "login", "--connect", &self.connection()])
            .run()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_sign_in_outdates_the_tokens_of_the_settings() {
    for client in [STEADY, ROTATING] {
        for key in [Key::OAuthRefreshToken, Key::OAuthAccessToken] {
            for before in [true, false] {
                let scene = Scene::new(client, key).await;
                let connection = scene.connection();
                if before {
                    assert_eq!(scene.models().await, 1, "the viewer");
                    let logout = ["auth", "logout", "--connect", &connection];
                    assert_eq!(Program::new().args(logout).run().code, 0);
                }
                let login = scene.login();
                assert_eq!(login.code, 0, "{}", login.stderr);
                for _ in 0..2 {
                    assert_eq!(scene.models().await, 3, "{client} {key} {before}");
                }
                let status = ["auth", "status", "--connect", &connection];
                let status = Program::new().args(status).run();
                assert!(status.stdout.contains(USER), "{}", status.stdout);
                assert_eq!(scene.simulator.oauth().reuse_violations, 0);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_imported_sign_in_outdates_the_tokens_of_the_settings() {
    for (key, gives_token) in [
        (Key::OAuthRefreshToken, true),
        (Key::OAuthRefreshToken, false),
        (Key::OAuthAccessToken, true),
    ] {
        let scene = Scene::new(ROTATING, key).await;
        let other = scene.folder.path().join("other.txt").display().to_string();
        sign_in(&scene.simulator, ROTATING, &other).await;
        let copy = scene.folder.path().join("copy.txt").display().to_string();
        let run = |action: &str, connection: &str| {
            let run = Program::new()
                .env("COPY_PASSWORD", "travel")
                .args(["auth", action, &copy, "--force", "--password-env", "COPY_PASSWORD"])
                .args(["--connect", connection])
                .run();
            assert_eq!(run.code, 0, "{}", run.stderr);
        };
        run("export", &connection(&scene.simulator, ROTATING, &other));
        assert_eq!(scene.models().await, 1, "the viewer");
        // What has been taken over before stays known, though this connection doesn't bring it.
        match gives_token {
            true => run("import", &scene.connection()),
            false => run("import", &connection(&scene.simulator, ROTATING, &scene.place)),
        }
        assert_eq!(scene.models().await, 3, "{key} {gives_token}");
        assert_eq!(scene.simulator.oauth().reuse_violations, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_alone_never_becomes_another_user() {
    for client in [STEADY, ROTATING] {
        let scene = Scene::new(client, Key::OAuthAccessToken).await;
        sign_in(&scene.simulator, client, &scene.place).await;
        let before = std::fs::read(&scene.place).expect("a file");
        let given = scene.connection();
        let query = |connection: &str| {
            Program::new().args(["--connect", connection, "-c", LIST_MODELS]).run()
        };
        assert_eq!(scene.models().await, 1, "the viewer");
        let status = Program::new().args(["auth", "status", "--connect", &given]).run();
        assert_eq!(status.code, 0, "{}", status.stderr);
        let instead = "Used instead   OAuthAccessToken of the settings, as long as it lives";
        assert!(status.stdout.contains(instead), "{}", status.stdout);
        let stored = connection(&scene.simulator, client, &scene.place);
        let sql = "SELECT count(*) AS n FROM information.models";
        let other = Program::new().args(["--connect", &stored, "--format", "csv", "-c", sql]).run();
        assert_eq!((other.code, other.stdout.as_str()), (0, "n\n3\n"), "who doesn't bring it");

        scene.simulator.expire_tokens();
        scene.simulator.clear_requests();
        for _ in 0..2 {
            let run = query(&given);
            assert_eq!(run.code, 3, "{}", run.stderr);
            insta::allow_duplicates! {
                insta::assert_snapshot!(steady(&run, &scene.place), @"
                error: the token in OAuthAccessToken is no longer valid, and the sign-in that is stored in PLACE may be another user's
                hint: unset OAuthAccessToken to use the sign-in that is stored; or give OAuthRefreshToken with it
                ");
            }
        }
        assert_eq!(scene.simulator.count("POST", TOKEN), 0);
        assert_eq!(std::fs::read(&scene.place).expect("a file"), before);

        // Another process renews the sign-in that is stored: still nobody takes the other's place.
        assert_eq!(query(&stored).code, 0);
        let now = scene.simulator.clock().now_ms() - 1000;
        let timed = format!("{given};OAuthTokenTimestamp={now};OAuthExpiresIn=2100");
        for connection in [&given, &timed] {
            assert_eq!(query(connection).code, 3);
        }
        // Whoever signs in with the token set knows that it is there.
        assert_eq!(scene.login().code, 0);
        assert_eq!(scene.models().await, 3);
        assert_eq!(scene.simulator.oauth().reuse_violations, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_procedure_has_shown_is_no_sign_in_beside_the_stored_one() {
    let scene = Scene::new(ROTATING, Key::OAuthRefreshToken).await;
    let connection = connection(&scene.simulator, ROTATING, &scene.place);
    let sql = format!("EXEC RefreshOAuthAccessToken OAuthRefreshToken = '{}'", scene.token);
    let run = Program::new().args(["--connect", &connection, "--format", "json", "-c", &sql]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let rows: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let token = rows[0]["OAuthAccessToken"].as_str().expect("a token");
    let connection = format!("{connection};OAuthAccessToken={token}");
    for _ in 0..3 {
        let run = Program::new().args(["--connect", &connection, "-c", LIST_MODELS]).run();
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        scene.simulator.expire_tokens();
    }
    assert_eq!(scene.simulator.oauth().reuse_violations, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_by_procedure_outdates_the_tokens_of_the_settings() {
    let scene = Scene::new(ROTATING, Key::OAuthRefreshToken).await;
    let (_, other) = tokens_of(&scene.simulator, ROTATING, USER).await;
    let connection = scene.connection();
    let sql = format!("EXEC RefreshOAuthAccessToken OAuthRefreshToken = '{other}'");
    let run = Program::new().args(["--connect", &connection, "-c", &sql]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let before = scene.simulator.count("POST", TOKEN);
    assert_eq!(scene.models().await, 3, "the user of the token that was called for");
    assert_eq!(scene.simulator.count("POST", TOKEN), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_a_user_who_is_refused_does_not_cost_a_good_sign_in() {
    let scene = Scene::new(ROTATING, Key::OAuthRefreshToken).await;
    sign_in(&scene.simulator, ROTATING, &scene.place).await;
    scene.simulator.edit(|tenant| {
        let viewers = tenant.users.iter_mut().filter(|user| user.email == VIEWER);
        viewers.for_each(|user| user.active = false);
    });
    let connection = scene.connection();
    let run = Program::new().args(["--connect", &connection, "-c", LIST_MODELS]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(steady(&run, &scene.place), @"warning: what the settings bring is of no use; going on with what is stored (error: the OAuth service refused the user)");
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_with_their_key_beside_them_are_no_copy() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let device = |place: &str| {
        format!(
            "InitiateOAuth=REFRESH;OAuthGrantType=DEVICE;OAuthClientId={DEVICE};\
             OAuthSettingsLocation={place};Endpoint={}",
            simulator.url()
        )
    };
    let (access, _) = tokens_of(&simulator, STEADY, USER).await;
    let given = format!("{};OAuthAccessToken={access}", device(&place));
    let run = Program::new().args(["--connect", &given, "-c", LIST_MODELS]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let other = format!("{place}.other");
    let run = Program::new()
        .env("COPY_PASSWORD", "travel")
        .args(["auth", "import", &place, "--password-env", "COPY_PASSWORD"])
        .args(["--connect", &device(&other)])
        .run();
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("is no copy under a password: "), "{}", run.stderr);
    assert!(!std::path::Path::new(&other).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_imported_into_memory() {
    let simulator = demo().await;
    let connection = connection(&simulator, ROTATING, "memory://here");
    let run = Program::new().args(["auth", "import", "copy.txt", "--connect", &connection]).run();
    assert_eq!(run.code, 2, "{}", run.stderr);
    assert!(run.stderr.contains("a sign-in stored there would be lost"), "{}", run.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_leaves_a_key_file_that_was_there() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let file = format!("{place}.key");
    let key = format!("{}\n", "7".repeat(64));
    std::fs::write(&file, &key).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = std::fs::Permissions::from_mode(0o600);
        std::fs::set_permissions(&file, private).expect("changed");
    }
    let connection = format!(
        "InitiateOAuth=REFRESH;OAuthGrantType=DEVICE;OAuthClientId={DEVICE};\
         OAuthSettingsLocation={place};OAuthRefreshToken=marker;Endpoint={}",
        simulator.url()
    );
    simulator.inject(Fault::on("POST", TOKEN).forever().status(404));
    let run = Program::new().args(["--connect", &connection, "-c", LIST_MODELS]).run();
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(simulator.count("POST", TOKEN), 1);
    assert!(!std::path::Path::new(&place).exists(), "nothing was granted");
    assert_eq!(std::fs::read_to_string(&file).expect("there still"), key);
}
