//! Processes that end between the service's answer and the disk, on every way on which something is
//! spent: the next run says what was lost, and sends nothing twice that is known to be of no use.

use std::process::Output;
use std::time::Duration;

use anaplan_sql::simulator::{Fault, Simulator};
use anaplan_sql::{ErrorKind, Key};
use tempfile::TempDir;

use crate::oauth::{
    CLIENT_SECRET, LIST_MODELS, REDIRECT, ROTATING, TOKEN, change, code, connection, place, read,
    sign_in, steady, steady_text, store, stored_at, tokens,
};
use crate::process::{Program, Run};
use crate::support::{count_rows, demo, refuse, until};

/// A tenant, and a place that may hold a sign-in.
struct Scene {
    simulator: Simulator,
    place: String,
    _folder: TempDir,
}

impl Scene {
    async fn new(signed_in: bool) -> Self {
        let simulator = demo().await;
        let folder = tempfile::tempdir().expect("a folder");
        let place = place(folder.path());
        if signed_in {
            sign_in(&simulator, ROTATING, &place).await;
        }
        Self { simulator, place, _folder: folder }
    }

    /// The connection, with more keys.
    fn connection(&self, more: &str) -> String {
        format!(
            "{};CallbackURL={REDIRECT};{more}",
            connection(&self.simulator, ROTATING, &self.place)
        )
    }

    fn run(&self, args: &[&str]) -> Run {
        Program::new().args(args.iter().copied()).run()
    }

    /// How often something was spent at the service.
    fn spent(&self) -> u64 {
        let counts = self.simulator.oauth();
        counts.refreshes + counts.codes_redeemed
    }

    fn sent(&self) -> usize {
        self.simulator.count("POST", TOKEN)
    }

    /// Begins a run, and kills it when the service has answered and the answer is on its way.
    async fn die(&self, args: &[&str]) {
        let before = self.spent();
        self.simulator.inject(Fault::on("POST", TOKEN).delay(Duration::from_secs(600)).late());
        let mut process = Program::new().args(args.iter().copied()).spawn();
        until(|| {
            assert!(process.try_wait().expect("a process").is_none(), "it has ended");
            self.spent() > before
        })
        .await;
        process.kill().expect("killed");
        process.wait().expect("an end");
        self.simulator.clear_faults();
    }

    /// Begins a run, and interrupts it in the same moment. The answer comes a little later.
    #[cfg(unix)]
    async fn interrupt(&self, args: &[&str]) -> Output {
        let before = self.spent();
        self.simulator.inject(Fault::on("POST", TOKEN).delay(Duration::from_secs(2)).late());
        let process = Program::new().args(args.iter().copied()).spawn();
        until(|| self.spent() > before).await;
        crate::process::signal(&process, "INT");
        process.wait_with_output().expect("an end")
    }

    /// What a run says that ends with 3, twice; the second time it sends nothing.
    fn loss(&self, args: &[&str]) -> String {
        let before = self.sent();
        let first = self.run(args);
        assert_eq!(first.code, 3, "{}", first.stderr);
        assert_eq!(self.sent(), before + 1, "whether it is spent must be asked once");
        let second = self.run(args);
        assert_eq!(second.code, 3, "{}", second.stderr);
        assert_eq!(self.sent(), before + 1, "and never again");
        format!("{}\n{}", steady(&first, &self.place), steady(&second, &self.place))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_lost_is_said_to_be() {
    let scene = Scene::new(false).await;
    let code = code(&scene.simulator, ROTATING);
    let with_code = scene.connection(&format!("OAuthVerifier={code}"));
    let query = ["--connect", &with_code, "-c", LIST_MODELS];
    scene.die(&query).await;
    assert!(read(ROTATING, &scene.place).await.pending_given.is_some());
    // Whoever asks is told, and so is a run without the code.
    let status = scene.run(&["auth", "status", "--connect", &scene.connection("")]);
    assert_eq!(status.code, 3);
    assert!(status.stdout.contains("Unfinished     a process died"), "{}", status.stdout);
    let without = scene.connection("");
    let without = scene.run(&["--connect", &without, "-c", LIST_MODELS]);
    assert_eq!(without.code, 3);
    assert!(without.stderr.contains("ever the service gave for it is lost"), "{}", without.stderr);
    insta::assert_snapshot!(scene.loss(&query), @r#"
    error: a process died between spending the code of the sign-in and storing the tokens for it (process …): the code of the sign-in is spent, and what the service gave for it is lost
      caused by: the service says invalid_grant: The authorization code was used before
    hint: sign in again: `anaplan-sql auth login`; unset what is spent

    error: a process died between spending the code of the sign-in and storing the tokens for it (process …): the code of the sign-in is spent, and what the service gave for it is lost
      caused by: the service said invalid_grant: The authorization code was used before (at …)
    hint: sign in again: `anaplan-sql auth login`; unset what is spent
    "#);
    assert_eq!(
        (scene.simulator.oauth().codes_redeemed, scene.simulator.oauth().codes_reused),
        (1, 1)
    );
    // The same for a sign-in by command and by procedure.
    let login = scene.run(&["auth", "login", "--connect", &with_code]);
    assert_eq!(login.code, 3);
    assert!(login.stderr.contains("the code of the sign-in is spent"), "{}", login.stderr);
    sign_in(&scene.simulator, ROTATING, &scene.place).await;
    assert_eq!(scene.run(&query).code, 0);
    assert_eq!(read(ROTATING, &scene.place).await.pending_given, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_that_exchange_a_code_tell_of_its_loss() {
    let scene = Scene::new(false).await;
    let code_of = || code(&scene.simulator, ROTATING);
    let address = format!("{REDIRECT}?code={}&state=s", code_of());
    let connection = connection(&scene.simulator, ROTATING, &scene.place);
    // The whole address tells what it was issued for.
    let with_address = format!("{connection};OAuthVerifier={address}");
    let login = ["auth", "login", "--connect", &with_address];
    scene.die(&login).await;
    insta::assert_snapshot!(scene.loss(&login), @r#"
    error: a process died between spending the code of the sign-in and storing the tokens for it (process …): the code of the sign-in is spent, and what the service gave for it is lost
      caused by: the service says invalid_grant: The authorization code was used before
    hint: sign in again: `anaplan-sql auth login`; unset what is spent

    error: a process died between spending the code of the sign-in and storing the tokens for it (process …): the code of the sign-in is spent, and what the service gave for it is lost
      caused by: the service said invalid_grant: The authorization code was used before (at …)
    hint: sign in again: `anaplan-sql auth login`; unset what is spent
    "#);

    let connection = scene.connection("");
    let sql = format!("EXEC GetOAuthAccessToken Verifier = '{}'", code_of());
    let procedure = ["--connect", &connection, "-c", &sql];
    scene.die(&procedure).await;
    assert!(scene.loss(&procedure).contains("a process died between spending the code"));

    // Nothing is lost where nothing happens in between.
    let address = format!("{REDIRECT}?code={}&state=s", code_of());
    let with_address = connection.clone() + "OAuthVerifier=" + &address;
    let login = ["auth", "login", "--connect", &with_address];
    let run = scene.run(&login);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let before = scene.sent();
    let again = scene.run(&login);
    assert_eq!((again.code, scene.sent()), (3, before));
    insta::assert_snapshot!(steady(&again, &scene.place), @r#"
    error: this code has been exchanged before: a code works once
    hint: what it brought is stored in PLACE: unset OAuthVerifier to use that, or sign in for a new one
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_of_the_settings_that_is_lost_is_said_to_be() {
    // Nothing was stored before.
    let scene = Scene::new(false).await;
    let (_, token) = tokens(&scene.simulator, ROTATING).await;
    let with_token = scene.connection(&format!("OAuthRefreshToken={token}"));
    let query = ["--connect", &with_token, "-c", LIST_MODELS];
    scene.die(&query).await;
    insta::assert_snapshot!(scene.loss(&query), @r#"
    error: a process died between spending the refresh token that was given and storing the new one (process …): the refresh token that was given is spent, and what the service gave for it is lost
      caused by: the service says invalid_grant: The refresh token was used before.
    hint: sign in again: `anaplan-sql auth login`; unset what is spent

    error: a process died between spending the refresh token that was given and storing the new one (process …): the refresh token that was given is spent, and what the service gave for it is lost
      caused by: the service said invalid_grant: The refresh token was used before. (at …)
    hint: sign in again: `anaplan-sql auth login`; unset what is spent
    "#);
    assert_eq!(scene.simulator.oauth().reuse_violations, 1);

    // Something was, and still is good.
    let scene = Scene::new(true).await;
    let (_, token) = tokens(&scene.simulator, ROTATING).await;
    let with_token = scene.connection(&format!("OAuthRefreshToken={token}"));
    let query = ["--connect", &with_token, "-c", LIST_MODELS];
    scene.die(&query).await;
    let run = scene.run(&query);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(steady(&run, &scene.place), @"warning: what the settings bring is of no use; going on with what is stored (error: a process died between spending the refresh token that was given and storing the new one (process …): the refresh token that was given is spent, and what the service gave for it is lost)");
    let before = scene.sent();
    let run = scene.run(&query);
    assert_eq!((run.code, run.stderr.as_str(), scene.sent()), (0, "", before));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_of_a_procedure_that_is_lost_is_said_to_be() {
    let scene = Scene::new(true).await;
    let (_, token) = tokens(&scene.simulator, ROTATING).await;
    let connection = scene.connection("");
    let sql = format!("EXEC RefreshOAuthAccessToken OAuthRefreshToken = '{token}'");
    let refresh = ["--connect", &connection, "-c", &sql];
    scene.die(&refresh).await;
    insta::assert_snapshot!(scene.loss(&refresh), @r#"
    error: a process died between spending the refresh token that was given and storing the new one (process …): the refresh token that was given is spent, and what the service gave for it is lost
      caused by: the service says invalid_grant: The refresh token was used before.
    hint: sign in again: `anaplan-sql auth login`; unset what is spent

    error: a process died between spending the refresh token that was given and storing the new one (process …): the refresh token that was given is spent, and what the service gave for it is lost
      caused by: the service said invalid_grant: The refresh token was used before. (at …)
    hint: sign in again: `anaplan-sql auth login`; unset what is spent
    "#);
    // What was stored before is as good as it was.
    let run = scene.run(&["--connect", &connection, "-c", LIST_MODELS]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));

    // The stored one, by the same procedure.
    let token = read(ROTATING, &scene.place).await.refresh_token.expect("there");
    let sql = format!("EXEC RefreshOAuthAccessToken OAuthRefreshToken = '{}'", token.expose());
    let refresh = ["--connect", &connection, "-c", &sql];
    scene.die(&refresh).await;
    let run = scene.run(&refresh);
    assert_eq!(run.code, 3);
    assert!(run.stderr.contains("spending the refresh token and storing"), "{}", run.stderr);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_program_stores_what_it_has_spent_something_for() {
    for signed_in in [false, true] {
        let scene = Scene::new(signed_in).await;
        let simulator = &scene.simulator;
        let connection = scene.connection("");
        let (first, second) = (code(simulator, ROTATING), code(simulator, ROTATING));
        let (_, given) = tokens(simulator, ROTATING).await;
        let (_, called) = tokens(simulator, ROTATING).await;
        let with_code = scene.connection(&format!("OAuthVerifier={first}"));
        let with_token = scene.connection(&format!("OAuthRefreshToken={given}"));
        let to_login = scene.connection(&format!("OAuthVerifier={second}"));
        let sql = format!("EXEC RefreshOAuthAccessToken OAuthRefreshToken = '{called}'");
        let mut generation = u64::from(signed_in);
        for args in [
            &["--connect", &with_token, "-c", LIST_MODELS][..],
            &["--connect", &with_code, "-c", LIST_MODELS],
            &["--connect", &connection, "-c", &sql],
            &["auth", "login", "--connect", &to_login],
        ] {
            let output = scene.interrupt(args).await;
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(130), "{args:?}: {errors}");
            let stored = read(ROTATING, &scene.place).await;
            assert!(stored.generation > generation, "{args:?}: {errors}");
            assert_eq!((stored.pending, stored.pending_given), (None, None), "{args:?}");
            generation = stored.generation;
        }
        let run = scene.run(&["--connect", &connection, "-c", LIST_MODELS]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        assert_eq!(simulator.oauth().reuse_violations, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_is_refused_is_sent_once_however_many_processes_have_it() {
    let scene = Scene::new(false).await;
    let with_code = scene.connection("OAuthVerifier=marker");
    let args = ["--connect", &with_code, "-c", LIST_MODELS];
    let all: Vec<_> = (0..10).map(|_| Program::new().args(args).spawn()).collect();
    let mut told = Vec::new();
    for process in all {
        let output = process.wait_with_output().expect("an end");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{errors}");
        assert!(!errors.contains("marker"), "{errors}");
        told.push(steady_text(&errors, &scene.place));
    }
    assert_eq!(scene.sent(), 1);
    told.sort();
    told.dedup();
    insta::assert_snapshot!(told.join("\n"), @r#"
    error: the OAuth service refused the code of the sign-in
      caused by: the service said invalid_grant: Invalid authorization code (at …)
    hint: a code works once, for some minutes, and with the CallbackURL it was asked for: sign in again for a new one

    error: the OAuth service refused the code of the sign-in
      caused by: the service says invalid_grant: Invalid authorization code
    hint: a code works once, for some minutes, and with the CallbackURL it was asked for: sign in again for a new one
    "#);
    // Nobody is signed in by that.
    let status = scene.run(&["auth", "status", "--connect", &scene.connection("")]);
    assert_eq!(status.code, 3);
    assert!(status.stdout.contains("Signed in      no\n"), "{}", status.stdout);
    let copy = format!("{}.copy", scene.place);
    let export = scene.run(&["auth", "export", &copy, "--connect", &scene.connection("")]);
    assert_eq!(export.code, 3, "{}", export.stderr);
    // A new code is another one.
    let code = code(&scene.simulator, ROTATING);
    let run = scene.run(&[
        "--connect",
        &scene.connection(&format!("OAuthVerifier={code}")),
        "-c",
        LIST_MODELS,
    ]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    // With a sign-in that is good, a code that is not costs one request and one warning.
    let before = scene.sent();
    let with_code = scene.connection("OAuthVerifier=other");
    let args = ["--connect", &with_code, "-c", LIST_MODELS];
    let (first, second) = (scene.run(&args), scene.run(&args));
    assert_eq!((first.code, second.code, second.stderr.as_str()), (0, 0, ""));
    assert!(first.stderr.starts_with("warning: "), "{}", first.stderr);
    assert_eq!(scene.sent(), before + 1);
}

#[tokio::test]
async fn what_is_mended_in_the_settings_is_sent_again() {
    let scene = Scene::new(false).await;
    let code = code(&scene.simulator, ROTATING);
    let with = |key, value: &str| {
        stored_at(&scene.simulator, ROTATING, &scene.place)
            .set(Key::CallbackUrl, REDIRECT)
            .set(Key::OAuthVerifier, code.clone())
            .set(key, value)
    };
    // A file under a wrong secret would be in the way of the right one.
    let error = refuse(with(Key::OAuthClientSecret, "wrong")).await;
    assert_eq!(error.kind(), ErrorKind::SignIn, "{error:?}");
    assert!(!std::path::Path::new(&scene.place).exists());
    let elsewhere = "https://elsewhere.example/";
    let error = refuse(with(Key::CallbackUrl, elsewhere)).await;
    assert!(error.to_string().contains("refused the code"), "{error:?}");
    let error = refuse(with(Key::CallbackUrl, elsewhere)).await;
    assert!(error.causes()[0].contains("is not asked again"), "{error:?}");
    assert_eq!(scene.sent(), 2);
    let session = with(Key::OAuthClientSecret, CLIENT_SECRET).connect().await.expect("signed in");
    assert_eq!(count_rows(&session, LIST_MODELS).await, 3);
    assert_eq!(scene.sent(), 3);
}

#[tokio::test]
async fn what_never_arrived_is_forgotten_and_what_may_have_is_noted() {
    let scene = Scene::new(false).await;
    let code = code(&scene.simulator, ROTATING);
    let with_code = || {
        stored_at(&scene.simulator, ROTATING, &scene.place)
            .set(Key::CallbackUrl, REDIRECT)
            .set(Key::OAuthVerifier, code.clone())
    };
    // Something else answers: the service has not looked at it.
    scene.simulator.inject(Fault::on("POST", TOKEN).status(404));
    let error = refuse(with_code()).await;
    assert_eq!(error.kind(), ErrorKind::Service, "{error:?}");
    assert!(store(ROTATING, &scene.place).read().await.expect("nothing").is_none());
    scene.simulator.inject(Fault::on("POST", TOKEN).lose_answer());
    let error = refuse(with_code()).await;
    assert_eq!(error.kind(), ErrorKind::Connection, "{error:?}");
    let note = read(ROTATING, &scene.place).await.pending_given.expect("a note");
    assert!(note.answer_lost);
    let error = refuse(with_code()).await;
    assert!(error.to_string().starts_with("no usable answer came when the code"), "{error:?}");

    // The key of another grant is not in the way of a file that is there.
    sign_in(&scene.simulator, ROTATING, &scene.place).await;
    change(ROTATING, &scene.place, |stored| stored.expires_at = Some(0)).await;
    let session = with_code().connect().await.expect("signed in");
    assert_eq!(count_rows(&session, LIST_MODELS).await, 3);
}

#[tokio::test]
async fn a_code_of_a_user_who_may_not_sign_in_yet_is_sent_again() {
    let scene = Scene::new(false).await;
    let code = code(&scene.simulator, ROTATING);
    let body = r#"{"error":"invalid_grant","error_description":"The user may not sign in."}"#;
    let fault = Fault::on("POST", TOKEN).status(403);
    scene.simulator.inject(fault.body("application/json", body));
    let with_code = || {
        stored_at(&scene.simulator, ROTATING, &scene.place)
            .set(Key::CallbackUrl, REDIRECT)
            .set(Key::OAuthVerifier, code.clone())
    };
    let error = refuse(with_code()).await;
    assert!(error.to_string().contains("refused the user"), "{error:?}");
    assert!(!std::path::Path::new(&scene.place).exists(), "nothing is worth being remembered");
    with_code().connect().await.expect("signed in");
    assert_eq!(scene.sent(), 2);
}
