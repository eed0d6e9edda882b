//! The settings file on disks, in states and under users with which it can or can't be used.

use std::path::Path;
use std::time::Duration;

use anaplan_sql::{ErrorKind, Key};

use crate::oauth::{
    LIST_MODELS, REDIRECT, ROTATING, STEADY, TOKEN, change, code, connection, place, read, sign_in,
    steady, steady_text, store, stored_at, with_code,
};
use crate::oauth_refusals::{ended, run};
use crate::process::Program;
use crate::support::{count_rows, demo, refuse};

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
            let error = refuse(with_code(&simulator, ROTATING, &place)).await;
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

#[tokio::test(flavor = "multi_thread")]
async fn a_program_renews_five_minutes_ahead_and_not_sooner() {
    for (left, refreshes) in [(6, 0), (4, 1)] {
        let simulator = demo().await;
        let folder = tempfile::tempdir().expect("a folder");
        let place = place(folder.path());
        sign_in(&simulator, ROTATING, &place).await;
        let spent = Duration::from_secs(60 * (35 - left));
        change(ROTATING, &place, |stored| {
            let spent = u64::try_from(spent.as_millis()).expect("half an hour");
            stored.expires_at = stored.expires_at.map(|end| end - spent);
            stored.obtained_at -= spent;
        })
        .await;
        for _ in 0..2 {
            let run = run(&simulator, ROTATING, &place);
            assert_eq!((run.code, run.stderr.as_str()), (0, ""));
        }
        assert_eq!(simulator.oauth().refreshes, refreshes, "{left} minutes before the end");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_keeps_a_sign_in_in_memory_and_nowhere_else() {
    let simulator = demo().await;
    let home = tempfile::tempdir().expect("a folder");
    let connection =
        format!("{};CallbackURL={REDIRECT}", connection(&simulator, ROTATING, "memory://job"));
    let sql = format!(
        "EXEC GetOAuthAccessToken Verifier = '{}'; SELECT count(*) AS n FROM information.models",
        code(&simulator, ROTATING)
    );
    let args = ["--connect", &connection, "--format", "csv", "-c", &sql];
    let run = Program::at(home.path()).args(args).run();
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    assert!(run.stdout.ends_with("n\n3\n"), "{}", run.stdout);
    assert!(!home.path().join("config").exists(), "nothing is on disk");
    let again = Program::at(home.path()).args(["--connect", &connection, "-c", LIST_MODELS]).run();
    assert_eq!(again.code, 3);
    assert!(again.stderr.contains("memory://job is not there"), "{}", again.stderr);
    assert!(again.stderr.contains("hint: memory ends with its process"), "{}", again.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_ends_with_3_at_a_file_that_it_cannot_use() {
    let (simulator, _folder, place) = ended(ROTATING).await;
    let good = std::fs::read_to_string(&place).expect("text");
    let connection = connection(&simulator, ROTATING, &place);
    for (content, words) in [
        (good.replace("Version: 1", "Version: 2"), "was written by a newer anaplan-sql"),
        (good[..good.len() / 2].to_owned(), "is damaged"),
        (String::new(), "is empty"),
        ("key=value".to_owned(), "is not an OAuth settings file"),
    ] {
        std::fs::write(&place, &content).expect("written");
        for args in [
            &["--connect", &connection, "-c", LIST_MODELS][..],
            &["auth", "status", "--connect", &connection],
            &["auth", "logout", "--connect", &connection],
            &["auth", "export", "copy.txt", "--connect", &connection],
        ] {
            let run = Program::new().args(args.iter().copied()).run();
            assert_eq!(run.code, 3, "{args:?}: {}", run.stderr);
            assert!(run.stderr.contains(words), "{args:?}: {}", run.stderr);
            assert_eq!(std::fs::read_to_string(&place).expect("text"), content, "{args:?}");
        }
    }
    assert_eq!(simulator.count("POST", TOKEN), 1, "the sign-in");
    std::fs::write(&place, good).expect("written");
    assert_eq!(run(&simulator, ROTATING, &place).code, 0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_pipe_in_the_place_of_the_file_is_refused_and_not_waited_for() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let made = std::process::Command::new("mkfifo").arg(&place).status().expect("mkfifo is there");
    assert!(made.success());
    let connection = connection(&simulator, ROTATING, &place);
    for args in [
        &["--connect", &connection, "-c", LIST_MODELS][..],
        &["auth", "login", "--connect", &connection],
        &["auth", "status", "--connect", &connection],
        &["auth", "logout", "--connect", &connection],
    ] {
        let run = Program::new().args(args.iter().copied()).run();
        assert_eq!(run.code, 3, "{args:?}: {}", run.stderr);
        assert_eq!(
            steady(&run, &place),
            "error: the OAuth settings file PLACE can't be read\n  \
             caused by: it is not a regular file\n\
             hint: set OAuthSettingsLocation to a regular file, or to a name that no file has yet; \
             memory://NAME stores nothing on disk\n"
        );
    }
    assert_eq!(names(folder.path()), ["OAuthSettings.txt"]);
    assert_eq!(simulator.requests().len(), 0);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_token_even_where_the_file_has_to_stay() {
    use std::os::unix::fs::PermissionsExt as _;
    for has_lock in [true, false] {
        let simulator = demo().await;
        let folder = tempfile::tempdir().expect("a folder");
        let place = place(folder.path());
        sign_in(&simulator, ROTATING, &place).await;
        if !has_lock {
            std::fs::remove_file(format!("{place}.lock")).expect("removed");
        }
        let mode = |mode| {
            let mode = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(folder.path(), mode).expect("changed");
        };
        mode(0o500);
        let connection = connection(&simulator, ROTATING, &place);
        let is_root = std::fs::write(folder.path().join("probe"), "").is_ok();
        let program = match is_root {
            true => Program::through("setpriv", &["--bounding-set=-dac_override,-dac_read_search"]),
            false => Program::new(),
        };
        let run = program.args(["auth", "logout", "--connect", &connection]).run();
        mode(0o700);
        assert_eq!(run.code, 3, "{}", run.stderr);
        let done = if has_lock { "removed" } else { "locked" };
        assert_eq!(
            steady(&run, &place),
            format!(
                "error: the access token has ended at the service, but what is stored can't be \
                 removed\n  caused by: the OAuth settings file PLACE can't be {done}\n  \
                 caused by: Permission denied (os error 13)\n\
                 hint: remove PLACE: the refresh token in it may still work\n"
            )
        );
        assert_eq!(simulator.count("POST", "/token/logout"), 1);
        assert!(Path::new(&place).exists());
    }
}
