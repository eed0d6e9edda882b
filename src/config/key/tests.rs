use super::*;

#[test]
fn the_table_has_each_key_once_and_in_its_place() {
    for (index, info) in KEYS.iter().enumerate() {
        assert_eq!(info.key as usize, index, "{}", info.name);
        assert!(std::ptr::eq(info.key.info(), info));
        let same = KEYS.iter().filter(|other| other.name.eq_ignore_ascii_case(info.name));
        assert_eq!(same.count(), 1, "{}", info.name);
        assert_eq!(Key::find(&info.name.to_uppercase()), Some(info.key));
    }
}

#[test]
fn every_group_stands_together() {
    let groups: Vec<Group> =
        KEYS.chunk_by(|a, b| a.group == b.group).map(|rows| rows[0].group).collect();
    let mut once = groups.clone();
    once.dedup();
    assert_eq!(groups.len(), once.iter().collect::<std::collections::HashSet<_>>().len());
}

#[test]
fn the_secret_keys_are_these() {
    let secret: Vec<_> = KEYS.iter().filter(|info| info.secret).map(|info| info.name).collect();
    assert_eq!(
        secret.join(" "),
        "Password AuthToken Certificate CertificatePassword PrivateKey PrivateKeyPassword \
         OAuthClientSecret OAuthAccessToken OAuthRefreshToken OAuthVerifier \
         OAuthSettingsPassword State ProxyPassword"
    );
}

#[test]
fn defaults_and_descriptions_are_well_formed() {
    for info in KEYS {
        if let (Kind::Choice(names), Some(default)) = (info.kind, info.default) {
            assert_eq!(names[0], default, "{}", info.name);
        }
        if let (Kind::Integer { min, max, .. }, Some(default)) = (info.kind, info.default) {
            let default: u64 = default.parse().expect("the default is a number");
            assert!((min..=max).contains(&default), "{}", info.name);
        }
        assert!(info.doc.ends_with('.'), "{}", info.name);
        assert!(!info.doc.contains(['`', '|', '\n']), "{}", info.name);
    }
}

#[test]
fn environment_names_are_upper_case_without_separators() {
    assert_eq!(Key::OAuthClientSecret.env_name(), "ANAPLAN_SQL_OAUTHCLIENTSECRET");
    assert_eq!(Key::CallbackUrl.env_name(), "ANAPLAN_SQL_CALLBACKURL");
    for info in KEYS {
        let name = info.key.env_name();
        let rest = name.strip_prefix("ANAPLAN_SQL_").expect("the prefix");
        assert!(rest.bytes().all(|b| b.is_ascii_uppercase()), "{name}");
    }
}

#[test]
fn an_unknown_key_suggests_the_nearest() {
    for (typo, expected) in [
        ("Usr", Key::User),
        ("Urser", Key::User),
        ("Modle", Key::Model),
        ("Scop", Key::Scope),
        ("pasword", Key::Password),
        ("OAuthClientSercet", Key::OAuthClientSecret),
        ("Regoin", Key::Region),
        ("read_only", Key::ReadOnly),
    ] {
        let error = typo.parse::<Key>().expect_err(typo);
        assert_eq!(error.kind(), ErrorKind::Config);
        let text = error.to_string();
        assert_eq!(text, format!("unknown key {typo}; did you mean {expected}?"));
    }
    for far in ["Foo", "Bar", "UID", "Pwd", "Host", "Database", "Frobnicate", "a", "xy"] {
        let error = far.parse::<Key>().expect_err(far);
        assert_eq!(error.to_string(), format!("unknown key {far}"));
    }
    // The program's own variable, ANAPLAN_SQL_CONNECTION.
    assert_eq!(Key::meant_by("CONNECTION"), None);
    assert_eq!(" oauthclientid ".parse::<Key>().ok(), Some(Key::OAuthClientId));
}

#[test]
fn what_may_be_a_secret_is_not_repeated() {
    for (name, doubtful) in
        [("c2VjcmV0", false), ("Frobnicate", true), ("abcUser", true), ("a\u{1b}[1m", false)]
    {
        assert!(!Key::unknown(name, doubtful).contains(name), "{name}");
    }
    assert!(Key::unknown("Frobnicate", false).contains("Frobnicate"));
    assert!(Key::unknown("Regoin", true).contains("Regoin"));
}

#[test]
fn urls_that_may_carry_credentials_are_masked() {
    assert_eq!(Key::Endpoint.masked("https://a:b@gate.example"), "***");
    assert_eq!(Key::Endpoint.masked("https://gate.example"), "https://gate.example");
    assert_eq!(Key::ProxyServer.masked("user:word@proxy"), "***");
    assert_eq!(Key::User.masked("a@b.example"), "a@b.example");
    assert_eq!(Key::State.masked("x"), "***");
}
