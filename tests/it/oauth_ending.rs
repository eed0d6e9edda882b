//! Access tokens that near their end, and can't be renewed for now, or ever.

use anaplan_sql::Key;
use anaplan_sql::simulator::{Fault, Simulator};

use crate::oauth::{
    LIST_MODELS, ROTATING, TOKEN, change, connection, place, sign_in, steady, store, stored_at,
};
use crate::oauth_refusals::{GATEWAY, run, run_with};
use crate::process::Program;
use crate::support::{count_rows, demo};

#[tokio::test]
async fn a_token_that_still_lives_bridges_a_fault() {
    for (status, body) in [
        (503, ""),
        (504, GATEWAY),
        (503, r#"{"error":"invalid_grant","error_description":"The token store is away."}"#),
        (429, r#"{"status":429,"error":"Too Many Requests"}"#),
        (400, r#"{"error":"invalid_request"}"#),
        (401, r#"{"error":"access_denied","error_description":"Unauthorized"}"#),
    ] {
        let (simulator, _folder, place) = ending().await;
        let fault = Fault::on("POST", TOKEN).forever().status(status);
        simulator.inject(fault.body("application/json", body));
        let session = stored_at(&simulator, ROTATING, &place).set(Key::MaxRetries, "0");
        let session = session.connect().await.expect(body);
        assert_eq!(count_rows(&session, LIST_MODELS).await, 3);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_still_lives_is_used_to_its_end_when_it_cannot_be_renewed() {
    for (description, sent) in
        [("The refresh token was revoked.", 1), ("The user may not sign in.", 2)]
    {
        let (simulator, _folder, place) = ending().await;
        simulator.clear_requests();
        let body = serde_json::json!({"error": "invalid_grant", "error_description": description});
        let fault = Fault::on("POST", TOKEN).forever().status(403);
        simulator.inject(fault.body("application/json", body.to_string()));
        let connection = connection(&simulator, ROTATING, &place);
        for _ in 0..2 {
            let run = run_with(&connection);
            assert_eq!(run.code, 0, "{}", run.stderr);
            let warning = "warning: the token can't be renewed; using the old one to its end (";
            assert!(run.stderr.starts_with(warning), "{}", run.stderr);
        }
        assert_eq!(simulator.count("POST", TOKEN), sent, "{description}");
        let status = Program::new().args(["auth", "status", "--connect", &connection]).run();
        assert_eq!(status.code, 0, "it says what a query does: {}", status.stderr);
        simulator.expire_tokens();
        let run = run_with(&connection);
        assert_eq!(run.code, 3, "{}", run.stderr);
    }
}

/// A simulator, and a place with an access token that is good for three minutes more.
async fn ending() -> (Simulator, tempfile::TempDir, String) {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    change(ROTATING, &place, |stored| {
        stored.expires_at = stored.expires_at.map(|end| end - 32 * 60_000);
        stored.obtained_at -= 32 * 60_000;
    })
    .await;
    (simulator, folder, place)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_still_lives_is_used_while_another_process_has_the_lock() {
    let (simulator, _folder, place) = ending().await;
    let locked = store(ROTATING, &place).lock().await.expect("free");
    let bridged = run(&simulator, ROTATING, &place);
    assert_eq!(bridged.code, 0, "{}", bridged.stderr);
    insta::assert_snapshot!(steady(&bridged, &place), @"warning: the token can't be renewed yet; using the old one (error: another process has locked the OAuth settings PLACE)");
    assert_eq!(simulator.count("POST", TOKEN), 1, "the sign-in");
    drop(locked);
    let renewed = run(&simulator, ROTATING, &place);
    assert_eq!((renewed.code, renewed.stderr.as_str()), (0, ""));
    assert_eq!(simulator.count("POST", TOKEN), 2);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_still_lives_is_used_where_no_lock_can_be_made() {
    use std::os::unix::fs::PermissionsExt as _;
    let (simulator, folder, place) = ending().await;
    std::fs::remove_file(format!("{place}.lock")).expect("removed");
    let mode = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.path(), mode).expect("changed");
    };
    mode(0o500);
    // Whoever runs tests as root must be bound to permissions first.
    let is_root = std::fs::write(folder.path().join("probe"), "").is_ok();
    let program = match is_root {
        true => Program::through("setpriv", &["--bounding-set=-dac_override,-dac_read_search"]),
        false => Program::new(),
    };
    let connection = connection(&simulator, ROTATING, &place);
    let run = program.args(["--connect", &connection, "-c", LIST_MODELS]).run();
    mode(0o700);
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!(steady(&run, &place), @"warning: the token can't be renewed yet; using the old one (error: the OAuth settings file PLACE can't be locked)");
    assert_eq!(simulator.count("POST", TOKEN), 1, "the sign-in");
}
