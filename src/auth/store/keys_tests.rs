use proptest::prelude::*;

use super::*;
use crate::config::OAuthGrantType;

fn keys(client: &str, password: Option<&str>, secret: Option<&str>) -> Keys {
    Keys::new(client.into(), password.map(Secret::new), secret.map(Secret::new))
}

fn stored(client: &str) -> Stored {
    let mut stored = Stored::new(client, OAuthGrantType::Code, "host");
    stored.access_token = Some(Secret::new("marker-access"));
    stored.refresh_token = Some(Secret::new("marker-refresh"));
    stored
}

#[test]
fn what_was_sealed_opens_with_the_same_key_only() {
    let path = Path::new("settings");
    let content = keys("c", None, Some("s")).seal(path, &stored("c"), None).expect("sealed");
    let open = |keys: Keys| keys.open(path, &content).map(|(stored, _)| stored);
    assert_eq!(open(keys("c", None, Some("s"))).expect("opened"), stored("c"));
    assert_eq!(open(keys("c", Some("p"), Some("s"))).expect("opened"), stored("c"));
    for other in [
        keys("c", None, Some("t")),
        keys("d", None, Some("s")),
        keys("c", Some("s"), None),
        keys("c", None, None),
    ] {
        let error = open(other).expect_err("refused");
        assert_eq!(error.kind(), crate::ErrorKind::SignIn);
        assert!(!format!("{error:?}").contains("marker"));
    }
}

#[test]
fn a_salt_stays_with_its_file_and_a_nonce_is_never_used_twice() {
    let path = Path::new("settings");
    let keys = keys("c", None, Some("s"));
    let first = keys.seal(path, &stored("c"), None).expect("sealed");
    let (_, header) = keys.open(path, &first).expect("opened");
    let second = keys.seal(path, &stored("c"), Some(&header)).expect("sealed");
    let read = |content: &[u8]| Armour::read(content).expect("armour");
    assert_eq!(read(&first).header, read(&second).header);
    assert_ne!(read(&first).nonce, read(&second).nonce);
    let third = keys.seal(path, &stored("c"), None).expect("sealed");
    assert_ne!(read(&first).header.salt, read(&third).header.salt);
}

#[test]
fn a_header_that_was_changed_with_its_digest_is_noticed_too() {
    let path = Path::new("settings");
    let keys = keys("c", None, Some("s"));
    let content = keys.seal(path, &stored("c"), None).expect("sealed");
    let armour = Armour::read(&content).expect("armour");
    let mut forged = Vec::new();
    for byte in 0..armour.sealed.len() {
        let mut other = armour.clone();
        other.sealed[byte] ^= 1;
        forged.push(other);
    }
    for byte in 0..armour.nonce.len() {
        let mut other = armour.clone();
        other.nonce[byte] ^= 1;
        forged.push(other);
    }
    for byte in 0..SALT {
        let mut other = armour.clone();
        other.header.salt[byte] ^= 1;
        forged.push(other);
    }
    for other in forged {
        assert!(keys.open(path, other.write().as_bytes()).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_entry_survives(
        client in ".{0,40}", secret in ".{1,40}", access in ".{0,3000}", refresh in ".{0,300}",
        user in proptest::option::of(".{0,40}"), generation: u64, expires: Option<u64>,
    ) {
        let path = Path::new("settings");
        let mut entry = stored(&client);
        entry.access_token = Some(Secret::new(access));
        entry.refresh_token = Some(Secret::new(refresh));
        entry.user = user;
        entry.generation = generation;
        entry.expires_at = expires;
        let keys = keys(&client, None, Some(&secret));
        let content = keys.seal(path, &entry, None).expect("sealed");
        prop_assert_eq!(keys.open(path, &content).expect("opened").0, entry);
    }

    #[test]
    fn nothing_in_a_file_makes_reading_it_panic(content: Vec<u8>, text in "(-----BEGIN ANAPLAN-SQL OAUTH SETTINGS-----)?[ -~\n]{0,400}") {
        let keys = keys("c", None, Some("s"));
        prop_assert!(keys.open(Path::new("settings"), &content).is_err());
        prop_assert!(keys.open(Path::new("settings"), text.as_bytes()).is_err());
    }
}
