use super::*;
use crate::auth::store::{Intent, Spent};
use crate::config::OAuthGrantType;

#[test]
fn whoever_waits_too_long_hears_for_whom() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings");
    let lock = disk::open_lock(&disk::beside(&path, ".lock")).expect("a file");
    let error = busy(&path, &lock);
    assert_eq!((error.kind(), error.causes().len()), (ErrorKind::SignIn, 0));
    note_holder(&lock);
    note_holder(&lock);
    let causes = busy(&path, &lock).causes();
    let holder = format!("it is locked by process {} on ", std::process::id());
    assert!(causes.len() == 1 && causes[0].starts_with(&holder), "{causes:?}");
    // A lock on somebody else's file holds as well, and leaves it as it is.
    let foreign = disk::beside(&path, "-foreign.lock");
    fs::write(&foreign, "[[package]]").expect("written");
    note_holder(&disk::open_lock(&foreign).expect("a file"));
    assert_eq!(fs::read(&foreign).expect("there"), b"[[package]]");
}

#[tokio::test]
async fn a_lock_is_for_one_at_a_time_and_can_be_given_up() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings");
    let open = || {
        let keys = Keys::new("c".into(), None, Some("s".to_owned().into()));
        Arc::new(SettingsFile { path: path.clone(), keys })
    };
    let first = open().lock().await.expect("free");
    let mut second = Box::pin(open().lock());
    assert!(futures::poll!(&mut second).is_pending());
    drop(second);
    drop(first);
    open().lock().await.expect("free again");
}

#[tokio::test]
async fn room_is_kept_from_the_note_to_the_new_tokens() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings");
    let keys = Keys::new("c".into(), None, Some("s".to_owned().into()));
    let file = Arc::new(SettingsFile { path: path.clone(), keys });
    let spare = disk::spare(&path);
    let stored = Stored::new("c", OAuthGrantType::Code, "host");
    let noted = Stored { pending: Some(Intent::now(Spent::Stored, 0)), ..stored.clone() };
    let mut locked = Arc::clone(&file).lock().await.expect("free");
    for _ in 0..2 {
        locked.write_ahead(&noted).expect("written");
        let content = fs::read(&path).expect("there");
        assert!(fs::metadata(&spare).expect("room").len() > 2 * content.len() as u64);
        assert_eq!(locked.read().expect("sound"), Some(noted.clone()));
        locked.write(&stored).expect("written");
        assert!(!spare.exists(), "the room was used");
        assert_eq!(locked.read().expect("sound"), Some(stored.clone()));
    }
    locked.write_ahead(&noted).expect("written");
    drop(locked);
    assert!(!spare.exists(), "the room was given back");
    assert_eq!(file.read().expect("sound"), Some(noted));
}

#[tokio::test]
async fn removing_settings_leaves_a_key_that_is_not_theirs() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("server");
    let foreign = folder.path().join("server.key");
    for name in [&path, &foreign] {
        std::fs::write(name, "private").expect("written");
    }
    let keys = Keys::new("c".into(), Some("password".to_owned().into()), None);
    let file = Arc::new(SettingsFile { path: path.clone(), keys });
    file.lock().await.expect("free").remove().expect("removed");
    assert!(!path.exists() && foreign.exists());
}

#[tokio::test]
async fn room_is_tried_and_given_back() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings");
    let keys = Keys::new("c".into(), None, None);
    let file = Arc::new(SettingsFile { path: path.clone(), keys });
    let locked = Arc::clone(&file).lock().await.expect("free");
    locked.try_room().expect("there is some");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("a folder").flatten().collect();
    assert_eq!(left.len(), 1, "the lock: {left:?}");
    fs::write(&path, "of somebody else").expect("written");
    assert!(locked.try_room().is_err(), "it would not be replaced");
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_advised_about_a_key_helps() {
    for key in [Some("zz"), Some(&*"7".repeat(64)), None] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("settings");
        let keys = Keys::new("c".into(), None, None);
        let file = Arc::new(SettingsFile { path: path.clone(), keys });
        let stored = Stored::new("c", OAuthGrantType::Device, "host");
        let mut locked = Arc::clone(&file).lock().await.expect("free");
        locked.write(&stored).expect("written");
        match key {
            Some(key) => fs::write(key_file(&path), key).expect("written"),
            None => fs::remove_file(key_file(&path)).expect("removed"),
        }
        let error = locked.try_room().expect_err("no key");
        let hint = error.hint().expect("a way out");
        let (_, after) = hint.split_once("(mv ").expect("a command");
        let (command, _) = after.split_once(')').expect("its end");
        let done = std::process::Command::new("sh").arg("-c").arg(format!("mv {command}")).status();
        assert!(done.expect("a shell").success(), "{hint}");
        locked.try_room().expect("nothing is in the way");
        locked.write(&stored).expect("written");
        assert_eq!(locked.read().expect("sound"), Some(stored));
    }
    // Nobody signs in for nothing, also where only the key is left.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("settings");
    let file = Arc::new(SettingsFile { path, keys: Keys::new("c".into(), None, None) });
    let locked = Arc::clone(&file).lock().await.expect("free");
    disk::replace(&key_file(&file.path), b"zz").expect("written");
    let error = locked.try_room().expect_err("no key");
    assert!(error.to_string().contains("has a key file that is damaged"), "{error:?}");
}

#[cfg(unix)]
#[test]
fn a_pipe_a_device_and_a_directory_are_not_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo is there");
    assert!(made.success());
    for (path, cause) in [
        (pipe.as_path(), "it is not a regular file"),
        (Path::new("/dev/null"), "it is not a regular file"),
        (folder.path(), "it is a directory"),
    ] {
        let keys = Keys::new("c".into(), None, Some("s".to_owned().into()));
        let error = SettingsFile { path: path.into(), keys }.read().expect_err("no file");
        assert_eq!((error.kind(), error.causes()), (ErrorKind::SignIn, vec![cause.to_owned()]));
        assert!(error.hint().is_some_and(|it| it.starts_with("set OAuthSettingsLocation to a")));
    }
}
