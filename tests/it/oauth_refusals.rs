//! What an unattended run says when it can't sign in: the cause, and what mends it. Each is exit
//! code 3, and leaves the settings file as it is.

use std::path::Path;
use std::time::Duration;

use anaplan_sql::Secret;
use anaplan_sql::simulator::{Fault, Simulator};

use crate::oauth::{
    CLIENT_SECRET, LIST_MODELS, ROTATING, STEADY, TOKEN, change, connection, place, read, sign_in,
    spend, steady,
};
use crate::process::{Program, Run};
use crate::support::{USER, demo};

/// Runs the program as a job would.
pub(crate) fn run(simulator: &Simulator, client: &str, place: &str) -> Run {
    run_with(&connection(simulator, client, place))
}

pub(crate) fn run_with(connection: &str) -> Run {
    Program::new().args(["--connect", connection, "-c", LIST_MODELS]).run()
}

/// A simulator, and a place with tokens of which the access token is no longer good.
pub(crate) async fn ended(client: &str) -> (Simulator, tempfile::TempDir, String) {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, client, &place).await;
    change(client, &place, |stored| stored.expires_at = Some(0)).await;
    simulator.expire_tokens();
    (simulator, folder, place)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_refusal_has_its_cause_and_its_way_out() {
    let mut all = Vec::new();
    let mut note = |name: &str, run: &Run, place: &str| {
        assert_eq!(run.code, 3, "{name}: {}", run.stderr);
        assert!(!run.stderr.contains(CLIENT_SECRET), "{name}");
        all.push(format!("{name}\n{}", steady(run, place)));
    };

    let (simulator, _folder, place) = ended(ROTATING).await;
    let nowhere = format!("{place}.elsewhere");
    note("nobody", &run(&simulator, ROTATING, &nowhere), &nowhere);
    assert!(!Path::new(&format!("{nowhere}.lock")).exists(), "nothing to lock");

    simulator.clock().advance(Duration::from_secs(50_000));
    note("expired", &run(&simulator, ROTATING, &place), &place);
    note("still expired", &run(&simulator, ROTATING, &place), &place);
    assert_eq!(simulator.count("POST", TOKEN), 2, "the sign-in, and one refresh");

    let (simulator, _folder, place) = ended(ROTATING).await;
    let token = read(ROTATING, &place).await.refresh_token.expect("there");
    spend(&simulator, ROTATING, &token).await;
    note("spent elsewhere", &run(&simulator, ROTATING, &place), &place);
    note("and again", &run(&simulator, ROTATING, &place), &place);
    assert_eq!(simulator.count("POST", TOKEN), 3, "the sign-in, and two refreshes");

    let (simulator, _folder, place) = ended(ROTATING).await;
    simulator.edit(|tenant| {
        tenant
            .users
            .iter_mut()
            .filter(|user| user.email == USER)
            .for_each(|user| user.active = false);
    });
    note("user deactivated", &run(&simulator, ROTATING, &place), &place);

    let (simulator, _folder, place) = ended(ROTATING).await;
    simulator.edit(|tenant| tenant.oauth_clients.retain(|client| client.id != ROTATING));
    note("client disabled", &run(&simulator, ROTATING, &place), &place);

    for (name, description) in [
        ("revoked", "The token was revoked by an administrator."),
        ("password expired", "The password of the account has expired."),
        ("unnamed", "Unknown or invalid refresh token."),
    ] {
        let (simulator, _folder, place) = ended(ROTATING).await;
        let body = serde_json::json!({"error": "invalid_grant", "error_description": description});
        let fault = Fault::on("POST", TOKEN).status(403);
        simulator.inject(fault.body("application/json", body.to_string()));
        note(name, &run(&simulator, ROTATING, &place), &place);
        assert_eq!(read(ROTATING, &place).await.pending, None, "the token was looked at");
    }
    insta::assert_snapshot!(all.join("\n"), @r#"
    nobody
    error: nobody has signed in yet: PLACE is not there
    hint: sign in once: `anaplan-sql auth login`; or copy the OAuth settings file from a machine where that was done; or give OAuthVerifier and CallbackURL

    expired
    error: the refresh token has expired (obtained …); by the service's answer this machine's clock was 833 minutes slow
      caused by: the service says invalid_grant: The refresh token has expired.
    hint: sign in again: `anaplan-sql auth login`; how long a refresh token lives is set for the client in Anaplan's administration

    still expired
    error: the refresh token has expired (obtained …); by the service's answer this machine's clock was 833 minutes slow
      caused by: the service said invalid_grant: The refresh token has expired. (at …)
    hint: sign in again: `anaplan-sql auth login`; how long a refresh token lives is set for the client in Anaplan's administration

    spent elsewhere
    error: the refresh token was spent elsewhere (obtained …)
      caused by: the service says invalid_grant: The refresh token was used before.
    hint: sign in again: `anaplan-sql auth login`; a refresh token that rotates works once, so copies of it must not be used side by side: let all programs share one OAuthSettingsLocation

    and again
    error: the refresh token was spent elsewhere (obtained …)
      caused by: the service said invalid_grant: The refresh token was used before. (at …)
    hint: sign in again: `anaplan-sql auth login`; a refresh token that rotates works once, so copies of it must not be used side by side: let all programs share one OAuthSettingsLocation

    user deactivated
    error: the OAuth service refused the user
      caused by: the service says invalid_grant: The user may not sign in.
    hint: the user may be deactivated: ask the tenant's administrator

    client disabled
    error: the OAuth service refused the client
      caused by: the service says access_denied: Unauthorized
    hint: check OAuthClientId, OAuthClientSecret, OAuthGrantType and Region; the client may be disabled, or its secret renewed, in Anaplan's administration

    revoked
    error: the refresh token was revoked (obtained …)
      caused by: the service says invalid_grant: The token was revoked by an administrator.
    hint: sign in again: `anaplan-sql auth login`

    password expired
    error: the user's password has expired
      caused by: the service says invalid_grant: The password of the account has expired.
    hint: sign in to Anaplan in a browser and set a new one, then `anaplan-sql auth login`

    unnamed
    error: the OAuth service no longer accepts the refresh token (obtained …): it was revoked, has expired, or was spent elsewhere
      caused by: the service says invalid_grant: Unknown or invalid refresh token.
    hint: sign in again: `anaplan-sql auth login`
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_told_from_a_token_that_expired() {
    let (simulator, _folder, place) = ended(ROTATING).await;
    simulator.inject(Fault::on("POST", TOKEN).lose_answer());
    let first = run(&simulator, ROTATING, &place);
    assert_eq!(first.code, 1, "{}", first.stderr);
    let pending = read(ROTATING, &place).await.pending.expect("a note");
    assert!(pending.answer_lost && pending.generation == 1);
    let second = run(&simulator, ROTATING, &place);
    assert_eq!(second.code, 3);
    let third = run(&simulator, ROTATING, &place);
    assert_eq!(third.code, 3);
    assert_eq!(simulator.count("POST", TOKEN), 3, "the third knew without asking");
    let said = steady(&second, &place).replace("says", "said");
    assert_eq!(steady(&third, &place), said.replace(" before.\n", " before. (at …)\n"));
    insta::assert_snapshot!(steady(&second, &place), @r#"
    error: no usable answer came when the refresh token was sent (process …): the refresh token is spent, and what the service gave for it is lost
      caused by: the service says invalid_grant: The refresh token was used before.
    hint: sign in again: `anaplan-sql auth login`
    "#);

    // A new sign-in mends it, the old one's place goes on.
    sign_in(&simulator, ROTATING, &place).await;
    assert_eq!(run(&simulator, ROTATING, &place).code, 0);
    let stored = read(ROTATING, &place).await;
    assert_eq!((stored.pending, stored.generation), (None, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cause_that_the_service_names_is_told_after_a_lost_answer_too() {
    const REVOKED: &str =
        r#"{"error":"invalid_grant","error_description":"The refresh token was revoked."}"#;
    for is_revoked in [false, true] {
        let (simulator, _folder, place) = ended(ROTATING).await;
        let busy = Fault::on("POST", TOKEN).status(503);
        simulator.inject(busy.body("text/html", "<html>"));
        let first = run(&simulator, ROTATING, &place);
        assert_eq!(first.code, 1, "{}", first.stderr);
        let status = ["auth", "status", "--connect", &connection(&simulator, ROTATING, &place)];
        let status = Program::new().args(status).run();
        let unfinished = "Unfinished     no usable answer came when the refresh token was sent (";
        assert!(status.stdout.contains(unfinished), "{}", status.stdout);
        let words = if is_revoked {
            let revoked = Fault::on("POST", TOKEN).status(403);
            simulator.inject(revoked.body("application/json", REVOKED));
            "error: the refresh token was revoked (obtained "
        } else {
            simulator.clock().advance(Duration::from_secs(50_000));
            "error: the refresh token has expired (obtained "
        };
        for _ in 0..2 {
            let run = run(&simulator, ROTATING, &place);
            assert_eq!(run.code, 3, "{}", run.stderr);
            assert!(run.stderr.starts_with(words), "{}", run.stderr);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_before_anything_was_done_costs_nothing() {
    for (client, fault) in [
        (ROTATING, Fault::on("POST", TOKEN).reset()),
        (ROTATING, Fault::on("POST", TOKEN).status(502)),
        (ROTATING, Fault::on("POST", TOKEN).html()),
        (STEADY, Fault::on("POST", TOKEN).lose_answer()),
        (STEADY, Fault::on("POST", TOKEN).truncate_body(10)),
    ] {
        let (simulator, _folder, place) = ended(client).await;
        simulator.inject(fault.clone());
        let first = run(&simulator, client, &place);
        assert_eq!(first.code, 1, "{fault:?}: {}", first.stderr);
        assert_eq!(simulator.count("POST", TOKEN), 2, "sign-in, and one refresh: {fault:?}");
        assert!(read(client, &place).await.pending.is_some(), "{fault:?}");
        let second = run(&simulator, client, &place);
        assert_eq!(second.code, 0, "{fault:?}: {}", second.stderr);
        assert_eq!(read(client, &place).await.pending, None, "{fault:?}");
        assert_eq!(simulator.oauth().reuse_violations, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_network_nothing_is_spent() {
    let (simulator, _folder, place) = ended(ROTATING).await;
    let connection = connection(&simulator, ROTATING, &place) + ";MaxRetries=1";
    simulator.shutdown().await;
    let run = run_with(&connection);
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.stderr.contains("can't connect to 127.0.0.1"), "{}", run.stderr);
    assert_eq!(read(ROTATING, &place).await.pending, None);
}

/// What gateways answer that have lost patience.
pub(crate) const GATEWAY: &str = r#"{"status":504,"error":"Gateway Timeout"}"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_that_loses_patience_is_no_refusal() {
    let (simulator, _folder, place) = ended(ROTATING).await;
    let fault = Fault::on("POST", TOKEN).status(504).late();
    simulator.inject(fault.body("application/json", GATEWAY));
    let first = run(&simulator, ROTATING, &place);
    assert_eq!(first.code, 1, "{}", first.stderr);
    assert!(read(ROTATING, &place).await.pending.is_some_and(|note| note.answer_lost));
    let second = run(&simulator, ROTATING, &place);
    assert_eq!(second.code, 3);
    assert!(second.stderr.contains("error: no usable answer came when"), "{}", second.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_token_that_was_refused_is_not_sent_again() {
    let (simulator, folder, place) = ended(ROTATING).await;
    let token = read(ROTATING, &place).await.refresh_token.expect("there");
    spend(&simulator, ROTATING, &token).await;
    assert_eq!(run(&simulator, ROTATING, &place).code, 3);
    simulator.clear_requests();
    let procedure =
        format!("EXEC RefreshOAuthAccessToken OAuthRefreshToken = '{}'", token.expose());
    let connection = connection(&simulator, ROTATING, &place);
    let given = format!("{connection};OAuthRefreshToken={}", token.expose());
    let mut all = Vec::new();
    for args in [
        &["--connect", &connection, "-c", LIST_MODELS][..],
        &["--connect", &connection, "-c", &procedure],
        &["--connect", &given, "-c", LIST_MODELS],
        &["auth", "status", "--connect", &connection],
    ] {
        let run = Program::new().args(args.iter().copied()).run();
        assert_eq!(run.code, 3, "{args:?}: {}", run.stderr);
        all.push(steady(&run, &place));
    }
    assert_eq!(simulator.requests().len(), 0, "nobody was asked");
    all.dedup();
    insta::assert_snapshot!(all.join("\n"), @r#"
    error: the refresh token was spent elsewhere (obtained …)
      caused by: the service said invalid_grant: The refresh token was used before. (at …)
    hint: sign in again: `anaplan-sql auth login`; a refresh token that rotates works once, so copies of it must not be used side by side: let all programs share one OAuthSettingsLocation
    "#);
    let status = ["auth", "status", "--format", "json", "--connect", &connection];
    let status = Program::new().args(status).run();
    assert!(status.stdout.contains(r#""refresh_token_refused": true"#), "{}", status.stdout);
    let cause = r#""refresh_token_refusal": "the refresh token was spent elsewhere "#;
    assert!(status.stdout.contains(cause), "{}", status.stdout);

    // It was the service of one region that has refused it.
    change(ROTATING, &place, |stored| stored.host = "elsewhere".into()).await;
    let run_elsewhere = run(&simulator, ROTATING, &place);
    assert!(run_elsewhere.stderr.contains("the tokens came from elsewhere"), "{run_elsewhere:?}");
    let other = demo().await;
    assert_eq!(run(&other, ROTATING, &place).code, 3);
    assert_eq!((other.count("POST", TOKEN), simulator.count("POST", TOKEN)), (1, 0));

    // Another process brings a new token, or somebody signs in.
    let (_, new) = crate::oauth::tokens(&simulator, ROTATING).await;
    change(ROTATING, &place, |stored| stored.refresh_token = Some(Secret::new(new))).await;
    assert_eq!(run(&simulator, ROTATING, &place).code, 0);
    drop(folder);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_processes_one_hears_that_a_refresh_token_is_refused() {
    let (simulator, _folder, place) = ended(ROTATING).await;
    simulator.clock().advance(Duration::from_secs(50_000));
    simulator.clear_requests();
    let connection = connection(&simulator, ROTATING, &place);
    let args = ["--connect", &connection, "-c", LIST_MODELS];
    let all: Vec<_> = (0..10).map(|_| Program::new().args(args).spawn()).collect();
    for process in all {
        let output = process.wait_with_output().expect("an end");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{errors}");
        assert!(errors.starts_with("error: the refresh token has expired"), "{errors}");
        assert!(errors.contains("hint: sign in again: `anaplan-sql auth login`; how"), "{errors}");
    }
    assert_eq!(simulator.requests().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_passes_is_asked_again() {
    for (status, error, description, code) in [
        (403, "invalid_grant", "The user may not sign in.", 3),
        (403, "invalid_grant", "The password of the account has expired.", 3),
        (401, "access_denied", "Unauthorized", 3),
        (400, "invalid_request", "Missing required parameter", 3),
        (503, "invalid_grant", "The token store is away.", 1),
        (429, "invalid_grant", "Too many requests.", 1),
    ] {
        let (simulator, _folder, place) = ended(ROTATING).await;
        let body = serde_json::json!({"error": error, "error_description": description});
        let fault = Fault::on("POST", TOKEN).status(status);
        simulator.inject(fault.body("application/json", body.to_string()));
        let connection = connection(&simulator, ROTATING, &place) + ";MaxRetries=0";
        let first = run_with(&connection);
        assert_eq!(first.code, code, "{description}: {}", first.stderr);
        let is_users = error == "invalid_grant" && status == 403;
        assert_eq!(first.stderr.contains("auth login"), is_users && description.contains("pass"));
        let again = run(&simulator, ROTATING, &place);
        assert_eq!((again.code, again.stderr.as_str()), (0, ""), "{description}");
    }
}
