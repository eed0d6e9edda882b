//! What an unattended run says when it can't sign in: the cause, and what mends it. Each is exit
//! code 3, and leaves the settings file as it is.

use std::path::Path;
use std::time::Duration;

use anaplan_sql::simulator::{Fault, Simulator};
use anaplan_sql::{ErrorKind, Key};

use crate::oauth::{
    CLIENT_SECRET, LIST_MODELS, ROTATING, STEADY, TOKEN, change, connection, place, read, sign_in,
    spend, steady, steady_text, store, stored_at,
};
use crate::process::{Program, Run};
use crate::support::{USER, count_rows, demo, refuse};

/// Runs the program as a job would.
fn run(simulator: &Simulator, client: &str, place: &str) -> Run {
    run_with(&connection(simulator, client, place))
}

fn run_with(connection: &str) -> Run {
    Program::new().args(["--connect", connection, "-c", LIST_MODELS]).run()
}

/// A simulator, and a place with tokens of which the access token is no longer good.
async fn ended(client: &str) -> (Simulator, tempfile::TempDir, String) {
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

    let (simulator, _folder, place) = ended(ROTATING).await;
    let token = read(ROTATING, &place).await.refresh_token.expect("there");
    spend(&simulator, ROTATING, &token).await;
    note("spent elsewhere", &run(&simulator, ROTATING, &place), &place);
    note("and again", &run(&simulator, ROTATING, &place), &place);

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
    error: the refresh token has expired (obtained …); this machine's clock is 833 minutes slow
      caused by: the service says invalid_grant: The refresh token has expired.
    hint: sign in again: `anaplan-sql auth login`; how long a refresh token lives is set for the client in Anaplan's administration

    spent elsewhere
    error: the refresh token was spent elsewhere (obtained …)
      caused by: the service says invalid_grant: The refresh token was used before.
    hint: sign in again: `anaplan-sql auth login`; a refresh token that rotates works once, so copies of it must not be used side by side: let all programs share one OAuthSettingsLocation

    and again
    error: the refresh token was spent elsewhere (obtained …)
      caused by: the service says invalid_grant: The refresh token was used before.
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
    assert_eq!(steady(&second, &place), steady(&third, &place));
    insta::assert_snapshot!(steady(&second, &place), @r#"
    error: the connection broke between spending the refresh token and receiving the new one (process …): the refresh token is spent, and what the service gave for it is lost
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

#[tokio::test]
async fn a_token_that_still_lives_bridges_a_fault() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    change(ROTATING, &place, |stored| {
        stored.expires_at = stored.expires_at.map(|end| end - 32 * 60_000);
        stored.obtained_at -= 32 * 60_000;
    })
    .await;
    simulator.inject(Fault::on("POST", TOKEN).forever().status(503));
    let session = stored_at(&simulator, ROTATING, &place).connect().await.expect("good for 3 min");
    assert_eq!(count_rows(&session, LIST_MODELS).await, 3);
}

#[tokio::test]
async fn a_file_that_cannot_be_used_is_left_as_it_is() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let good = std::fs::read_to_string(&place).expect("text");
    let last = good.lines().rev().nth(1).expect("a line");
    let newer = good.replace("Version: 1", "Version: 2");
    let damaged = good.replace(last, "AAAA");
    let cut = good[..good.len() / 2].to_owned();
    let here = || stored_at(&simulator, ROTATING, &place);
    let mut all = Vec::new();
    for (name, content, builder) in [
        ("wrong secret", good.as_str(), here().set(Key::OAuthClientSecret, "other")),
        ("other client", &good, here().set(Key::OAuthClientId, STEADY)),
        ("newer", &newer, here()),
        ("damaged", &damaged, here()),
        ("cut", &cut, here()),
        ("empty", "", here()),
        ("foreign", "[OAuthSettings]\ntoken=1\n", here()),
    ] {
        std::fs::write(&place, content).expect("written");
        let error = refuse(builder).await;
        assert_eq!(error.kind(), ErrorKind::SignIn, "{name}");
        all.push(steady_text(&format!("{name}: {error:?}"), &place));
        assert_eq!(std::fs::read_to_string(&place).expect("text"), content, "{name}");
        // Nor does a new code overwrite it.
        if content != good {
            let error = refuse(crate::oauth::with_code(&simulator, ROTATING, &place)).await;
            assert_eq!(error.kind(), ErrorKind::SignIn, "{name}");
            assert_eq!(std::fs::read_to_string(&place).expect("text"), content, "{name}");
        }
    }
    insta::assert_snapshot!(all.join("\n\n"), @r#"
    wrong secret: SignIn: the OAuth settings file PLACE was encrypted with another OAuthClientSecret
      hint: give the OAuthClientSecret with which it was made; if that is gone, move it away (mv 'PLACE' 'PLACE.old') and sign in again: `anaplan-sql auth login`

    other client: SignIn: the OAuth settings file PLACE belongs to another OAuthClientId
      hint: check OAuthClientId, or set an OAuthSettingsLocation of its own for each client

    newer: SignIn: the OAuth settings file PLACE was written by a newer anaplan-sql (version 2 of its form)
      hint: update anaplan-sql here, or set another OAuthSettingsLocation

    damaged: SignIn: the OAuth settings file PLACE is damaged
      hint: copy it again from where it was made; or move it away (mv 'PLACE' 'PLACE.old') and sign in again: `anaplan-sql auth login`

    cut: SignIn: the OAuth settings file PLACE is damaged
      hint: copy it again from where it was made; or move it away (mv 'PLACE' 'PLACE.old') and sign in again: `anaplan-sql auth login`

    empty: SignIn: the OAuth settings file PLACE is empty
      hint: copy it again from where it was made; or move it away (mv 'PLACE' 'PLACE.old') and sign in again: `anaplan-sql auth login`

    foreign: SignIn: the OAuth settings file PLACE is not an OAuth settings file of anaplan-sql
      hint: check OAuthSettingsLocation; files of other programs can't be read
    "#);
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_copying_has_opened_is_closed_and_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let open = || std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o644));
    open().expect("changed");
    // A file that is none of ours may be open for good reason.
    let mode = || std::fs::metadata(&place).expect("there").permissions().mode() & 0o777;
    let sound = std::fs::read(&place).expect("a file");
    std::fs::write(&place, "daemon:x:1:1").expect("written");
    let error = refuse(stored_at(&simulator, ROTATING, &place)).await;
    assert!(error.to_string().contains("is not an OAuth settings file"), "{error:?}");
    assert_eq!(mode(), 0o644);
    std::fs::write(&place, sound).expect("written");
    let session = stored_at(&simulator, ROTATING, &place).connect().await.expect("signed in");
    assert_eq!(count_rows(&session, LIST_MODELS).await, 3);
    assert_eq!(mode(), 0o600);
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_the_file_stays_a_link() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let link = format!("{place}.link");
    std::os::unix::fs::symlink("OAuthSettings.txt", &link).expect("a link");
    sign_in(&simulator, ROTATING, &link).await;
    for path in [&place, &link] {
        simulator.expire_tokens();
        let session = stored_at(&simulator, ROTATING, path).connect().await.expect("signed in");
        assert_eq!(count_rows(&session, LIST_MODELS).await, 3);
    }
    assert!(std::fs::symlink_metadata(&link).expect("there").is_symlink());
    assert_eq!(read(ROTATING, &place).await.generation, 3);
}

/// What is in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    let mut names: Vec<_> = entries
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_directory_that_cannot_be_written_stops_the_refresh_before_the_token_is_spent() {
    use std::os::unix::fs::PermissionsExt as _;
    let (simulator, folder, place) = ended(ROTATING).await;
    let before = std::fs::read(&place).expect("a file");
    let mode = |mode| {
        let mode = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(folder.path(), mode).expect("changed");
    };
    mode(0o500);
    let connection = connection(&simulator, ROTATING, &place);
    let args = ["--connect", &connection, "-c", LIST_MODELS];
    // Whoever runs tests as root must be bound to permissions first.
    let is_root = std::fs::write(folder.path().join("probe"), "").is_ok();
    let run = || match is_root {
        true => Program::through("setpriv", &["--bounding-set=-dac_override,-dac_read_search"]),
        false => Program::new(),
    };
    let unwritable = run().args(args).run();
    mode(0o700);
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o000)).expect("changed");
    let unreadable = run().args(args).run();
    std::fs::set_permissions(&place, std::fs::Permissions::from_mode(0o600)).expect("changed");
    assert_eq!(unreadable.code, 3, "{}", unreadable.stderr);
    assert!(unreadable.stderr.contains("can't be read\n"), "{}", unreadable.stderr);
    let run = unwritable;
    assert_eq!(run.code, 3, "{}", run.stderr);
    insta::assert_snapshot!(steady(&run, &place), @r#"
    error: the OAuth settings file PLACE can't be written
      caused by: Permission denied (os error 13)
    hint: the file and its directory must be readable and writable for the user who runs this; set OAuthSettingsLocation to such a place
    "#);
    assert_eq!(simulator.count("POST", TOKEN), 1, "the sign-in");
    assert_eq!(std::fs::read(&place).expect("a file"), before);
    assert_eq!(Program::new().args(args).run().code, 0, "nothing was lost");
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_refresh_before_the_token_is_spent() {
    let (simulator, folder, place) = ended(ROTATING).await;
    let before = std::fs::read(&place).expect("a file");
    let connection = connection(&simulator, ROTATING, &place);
    let args = ["--connect", &connection, "-c", LIST_MODELS];
    // A limit of the shell fails writes to files as a full disk does.
    let script = "trap '' XFSZ; ulimit -f 0; exec \"$0\" \"$@\"";
    let run = Program::through("sh", &["-c", script]).args(args).run();
    assert_eq!(run.code, 3, "{}", run.stderr);
    insta::assert_snapshot!(steady(&run, &place), @r#"
    error: the OAuth settings file PLACE can't be written
      caused by: File too large (os error 27)
    hint: there is no room for the file: make some, or set OAuthSettingsLocation to another place
    "#);
    assert_eq!(simulator.count("POST", TOKEN), 1, "the sign-in");
    assert_eq!(std::fs::read(&place).expect("a file"), before);
    assert_eq!(names(folder.path()), ["OAuthSettings.txt", "OAuthSettings.txt.lock"]);
    assert_eq!(Program::new().args(args).run().code, 0, "nothing was lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_works_on_another_machine_with_the_four_documented_keys() {
    let (simulator, _folder, place) = ended(ROTATING).await;
    let other = tempfile::tempdir().expect("a folder");
    let copy = crate::oauth::place(other.path());
    // As it comes out of a mail or a Windows editor.
    let text = std::fs::read_to_string(&place).expect("text").replace('\n', "\r\n");
    std::fs::write(&copy, text).expect("written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o600)).expect("changed");
    }
    std::fs::remove_file(&place).expect("moved");
    // Each run has a home of its own.
    for _ in 0..2 {
        let run = run(&simulator, ROTATING, &copy);
        assert_eq!(run.code, 0, "{}", run.stderr);
    }
    assert_eq!((simulator.oauth().refreshes, simulator.oauth().reuse_violations), (1, 0));
    assert!(store(ROTATING, &place).read().await.expect("nothing").is_none());
}

#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_file_works_for_another_user_on_a_host_of_another_name() {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    const OTHER: u32 = 65534;
    let (simulator, _folder, place) = ended(ROTATING).await;
    let other = tempfile::tempdir().expect("a folder");
    let copy = crate::oauth::place(other.path());
    std::fs::copy(&place, &copy).expect("copied");
    // Only root can become somebody else.
    if chown(other.path(), Some(OTHER), Some(OTHER)).is_err() {
        return;
    }
    chown(&copy, Some(OTHER), Some(OTHER)).expect("given away");
    // Where the program is built may be closed to others.
    let program = other.path().join("anaplan-sql");
    std::fs::copy(env!("CARGO_BIN_EXE_anaplan-sql"), &program).expect("copied");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("changed");
    let script = format!(
        "echo another-host > /proc/sys/kernel/hostname; shift; \
         exec setpriv --reuid={OTHER} --regid={OTHER} --clear-groups {} \"$@\"",
        program.display()
    );
    let connection = connection(&simulator, ROTATING, &copy);
    let run = Program::through("unshare", &["--uts", "sh", "-c", &script, "sh"])
        .env("HOME", &other.path().display().to_string())
        .env("XDG_STATE_HOME", &other.path().join("state").display().to_string())
        .args(["--connect", &connection, "-c", LIST_MODELS])
        .run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!((simulator.oauth().refreshes, simulator.oauth().reuse_violations), (1, 0));
    let holder = std::fs::read_to_string(format!("{copy}.lock")).expect("who had the lock");
    assert!(holder.contains(" on another-host since "), "{holder}");
}
