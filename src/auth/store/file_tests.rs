use super::*;

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
