//! Tests of settings as a whole.

use std::path::Path;
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::source::Environment;
use super::*;
use crate::error::{Error, ErrorKind};

fn build(text: &str) -> Result<Settings, Error> {
    Settings::builder().no_environment().connection_string(text).build()
}

fn good(text: &str) -> Settings {
    build(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn bad(text: &str) -> String {
    let error = build(text).expect_err(text);
    assert_eq!(error.kind(), ErrorKind::Config, "{text}");
    error.to_string()
}

fn variables(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn defaults_are_those_of_the_table() {
    let settings = good("AuthToken=t");
    assert_eq!(settings.region, Region::Us1);
    assert_eq!(settings.timeout, Some(Duration::from_secs(60)));
    assert_eq!(settings.bulk_timeout, Some(Duration::from_secs(3600)));
    assert_eq!(settings.polling_interval, None);
    assert_eq!((settings.page_size, settings.batch_size), (5000, 8192));
    assert_eq!((settings.max_connections, settings.max_retries), (8, 5));
    assert_eq!(settings.max_staleness, Duration::ZERO);
    assert_eq!(settings.column_types, ColumnTypes::Metadata);
    assert_eq!(settings.summaries, Summaries::Exclude);
    assert!(!settings.read_only);
    assert_eq!((&settings.workspace, &settings.model), (&None, &None));
    assert_eq!((&settings.ssl_server_cert, &settings.proxy), (&None, &None));
    assert_eq!((&settings.log_file, settings.verbosity), (&None, 0));
}

#[test]
fn values_reach_their_fields() {
    let settings = good(
        "AuthToken=t;Region=gb1;Workspace=Finance;Model='A; B';ColumnTypes=text;Summaries=INCLUDE;\
         MaxStaleness=60;ReadOnly=yes;Timeout=0;BulkTimeout=0;BulkPollingInterval=250;PageSize=7;\
         BatchSize=9;MaxConnections=2;MaxRetries=0;SSLServerCert=/etc/root.pem;Logfile=log.txt;\
         Verbosity=5;ProxyServer=proxy;ProxyPort=3128;ProxyUser=me;ProxyPassword=word",
    );
    assert_eq!(settings.region, Region::Gb1);
    assert_eq!(settings.workspace.as_deref(), Some("Finance"));
    assert_eq!(settings.model.as_deref(), Some("A; B"));
    assert_eq!(settings.column_types, ColumnTypes::Text);
    assert_eq!(settings.summaries, Summaries::Include);
    assert_eq!(settings.max_staleness, Duration::from_secs(60));
    assert!(settings.read_only);
    assert_eq!((settings.timeout, settings.bulk_timeout), (None, None));
    assert_eq!(settings.polling_interval, Some(Duration::from_millis(250)));
    assert_eq!((settings.page_size, settings.batch_size), (7, 9));
    assert_eq!((settings.max_connections, settings.max_retries), (2, 0));
    assert_eq!(settings.ssl_server_cert.as_deref(), Some(Path::new("/etc/root.pem")));
    assert_eq!(settings.log_file.as_deref(), Some(Path::new("log.txt")));
    assert_eq!(settings.verbosity, 5);
    let proxy = settings.proxy.expect("a proxy");
    assert_eq!(proxy.url.as_str(), "http://proxy:3128/");
    assert_eq!(proxy.user.as_deref(), Some("me"));
    assert_eq!(proxy.password.expect("a password").expose(), "word");
}

#[test]
fn code_wins_over_the_connection_string_over_the_environment_over_the_default() {
    let environment = variables(&[
        ("ANAPLAN_SQL_AUTHTOKEN", "environment"),
        ("ANAPLAN_SQL_REGION", "EU3"),
        ("ANAPLAN_SQL_MODEL", "environment"),
        ("ANAPLAN_SQL_WORKSPACE", "environment"),
        ("ANAPLAN_SQL_TIMEOUT", ""),
        ("REGION", "EU5"),
    ]);
    let settings = Settings::builder()
        .set(Key::Region, "GB1")
        .set(Key::PageSize, "1")
        .set(Key::PageSize, "2")
        .set(Key::Model, "")
        .connection_string("Region=never used")
        .connection_string("Region=AU1;Model=text;Workspace=")
        .environment(environment)
        .build()
        .expect("it is fine");
    assert_eq!(settings.region, Region::Gb1);
    assert_eq!(settings.page_size, 2);
    assert_eq!(settings.model.as_deref(), Some("text"));
    assert_eq!(settings.workspace.as_deref(), Some("environment"));
    assert_eq!(settings.timeout, Some(Duration::from_secs(60)));
    for (key, source) in [
        (Key::Region, Source::Code),
        (Key::Model, Source::ConnectionString),
        (Key::Workspace, Source::Environment),
        (Key::Timeout, Source::Default),
        (Key::User, Source::Default),
    ] {
        assert_eq!(settings.source(key), source, "{key}");
    }
}

#[test]
fn a_value_that_loses_is_not_checked() {
    let settings = Settings::builder()
        .set(Key::AuthToken, "t")
        .set(Key::Region, "US2")
        .connection_string("Region=nowhere")
        .no_environment()
        .build();
    assert_eq!(settings.expect("it is fine").region, Region::Us2);
}

#[test]
fn the_process_environment_is_read_unless_told_otherwise() {
    const CHILD: &str = "IN_A_CHILD_OF_A_TEST";
    if std::env::var_os(CHILD).is_some() {
        let settings = Settings::parse("Region=EU3").expect("the environment has the rest");
        assert_eq!(settings.auth.scheme(), AuthScheme::Token);
        assert!(build("Region=EU3").is_err());
        return;
    }
    // The environment of a process can't be changed safely while it runs threads, so this test
    // runs itself once more.
    let test = "the_process_environment_is_read_unless_told_otherwise";
    let output = std::process::Command::new(std::env::current_exe().expect("this program"))
        .arg(test)
        .envs([(CHILD, "1"), ("ANAPLAN_SQL_AUTHTOKEN", "t"), ("ANAPLAN_SQL_REGION", "nowhere")])
        .output()
        .expect("it starts");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

#[test]
#[cfg(unix)]
fn a_variable_that_is_not_unicode_is_reported() {
    let mut problems = super::problem::Problems::default();
    let value = std::os::unix::ffi::OsStringExt::from_vec(vec![b'x', 0xff]);
    let layer = Environment::take_all([("ANAPLAN_SQL_USER".into(), value)], &mut problems);
    assert!(layer.is_empty());
    let error = problems.into_result(Some(())).expect_err("it is not Unicode");
    assert_eq!(
        error.to_string(),
        "environment variable ANAPLAN_SQL_USER: User must be Unicode text"
    );
}

#[test]
fn the_scheme_is_inferred_in_the_order_of_the_documentation() {
    let all = "AuthToken=t;User=u;Password=p;Certificate=c.pem;PrivateKey=k.pem;\
               OAuthClientId=i;OAuthClientSecret=s";
    for (text, expected) in [
        (all, AuthScheme::OAuth),
        ("AuthToken=t;User=u;Password=p;Certificate=c;PrivateKey=k", AuthScheme::Certificate),
        ("AuthToken=t;User=u;Password=p", AuthScheme::Basic),
        ("AuthToken=t", AuthScheme::Token),
        ("AuthScheme=token;User=u;Password=p;AuthToken=t", AuthScheme::Token),
        ("AuthScheme=Basic;User=u;Password=p;Certificate=c", AuthScheme::Basic),
    ] {
        assert_eq!(good(text).auth.scheme(), expected, "{text}");
    }
    let settings = Settings::builder()
        .connection_string("User=u;Password=p")
        .environment(variables(&[("ANAPLAN_SQL_OAUTHCLIENTID", "left over")]))
        .build();
    assert_eq!(settings.expect("it is fine").auth.scheme(), AuthScheme::Basic);
}

#[test]
fn missing_keys_are_named_with_the_reason() {
    for (text, expected) in [
        (
            "",
            "nothing to sign in with: give User and Password, AuthToken, Certificate and PrivateKey, or OAuthClientId and OAuthClientSecret",
        ),
        ("Password=p", "nothing to sign in with: "),
        ("User=u", "Password is missing: AuthScheme Basic (inferred from User) needs it"),
        ("AuthScheme=Basic;Password=p", "User is missing: AuthScheme=Basic needs it"),
        ("AuthScheme=Token;User=u;Password=p", "AuthToken is missing: AuthScheme=Token needs it"),
        (
            "AuthScheme=Certificate;PrivateKey=k",
            "Certificate is missing: AuthScheme=Certificate needs it",
        ),
        (
            "Certificate=c",
            "PrivateKey is missing: a certificate with CertificateType=PEMKEY_FILE needs it",
        ),
        (
            "AuthScheme=OAuth;OAuthClientSecret=s",
            "OAuthClientId is missing: AuthScheme=OAuth needs it",
        ),
        ("OAuthClientId=i", "OAuthClientSecret is missing: OAuthGrantType=CODE needs it"),
        (
            "OAuthClientId=i;OAuthAccessToken=a;InitiateOAuth=REFRESH",
            "OAuthClientSecret is missing: ",
        ),
        (
            "OAuthClientId=i;OAuthClientSecret=s;InitiateOAuth=GETANDREFRESH",
            "CallbackURL is missing: signing in with OAuthGrantType=CODE needs it",
        ),
        (
            "OAuthClientId=i;OAuthGrantType=DEVICE;OAuthVerifier=v",
            "connection string: OAuthVerifier is for OAuthGrantType=CODE only",
        ),
        ("AuthToken=t;ProxyPort=1", "connection string: ProxyPort is given without ProxyServer"),
        (
            "AuthToken=t;ProxyServer=x;ProxyPassword=p",
            "ProxyUser is missing: ProxyPassword needs it",
        ),
        (
            "AuthToken=t;ProxyServer=x:1;ProxyPort=2",
            "connection string: ProxyServer holds another port than ProxyPort",
        ),
    ] {
        let message = bad(text);
        assert!(message.starts_with(expected), "{text}: {message}");
        assert!(!message.contains('\n'), "{text}: {message}");
    }
}

#[test]
fn what_is_not_needed_may_be_missing() {
    for text in [
        "Certificate=c.pfx;CertificateType=PFXFILE",
        "OAuthClientId=i;OAuthAccessToken=a",
        "OAuthClientId=i;OAuthClientSecret=s",
        "OAuthClientId=i;OAuthClientSecret=s;InitiateOAuth=REFRESH",
        "OAuthClientId=i;OAuthClientSecret=s;OAuthVerifier=v",
        "OAuthClientId=i;OAuthClientSecret=s;InitiateOAuth=REFRESH;OAuthVerifier=v",
        "OAuthClientId=i;OAuthGrantType=device;InitiateOAuth=GetAndRefresh",
        "OAuthClientId=i;OAuthClientSecret=s;InitiateOAuth=GETANDREFRESH;CallbackURL=http://localhost:1/x?y",
    ] {
        good(text);
    }
}

#[test]
fn certificates_are_paths_or_content() {
    let AuthSettings::Certificate(settings) = good(
        "Certificate={-----BEGIN CERTIFICATE-----\nAAAA\n};CertificateType=PEMKEY_BLOB;\
         PrivateKey=/k.pem;PrivateKeyPassword=p;CertificateFormat=v1",
    )
    .auth
    else {
        panic!("another scheme")
    };
    assert_eq!(settings.format, CertificateFormat::V1);
    let Identity::Pem { certificate, private_key, private_key_password } = settings.identity else {
        panic!("not PEM")
    };
    assert_eq!(private_key, Material::File("/k.pem".into()));
    assert_eq!(private_key_password.expect("a password").expose(), "p");
    let Material::Content(content) = certificate else { panic!("not content") };
    assert!(content.starts_with(b"-----BEGIN CERTIFICATE-----\nAAAA"));

    let AuthSettings::Certificate(settings) =
        good("Certificate=aGVsbG8=;CertificateType=PFXBLOB;CertificatePassword=p").auth
    else {
        panic!("another scheme")
    };
    let Identity::Pfx { file: Material::Content(content), password } = settings.identity else {
        panic!("not a PFX")
    };
    assert_eq!(content.as_slice(), b"hello");
    assert_eq!(password.expect("a password").expose(), "p");

    for (text, expected) in [
        (
            "Certificate=hunter2!;CertificateType=PFXBLOB",
            "connection string: Certificate must be Base64",
        ),
        (
            "Certificate=-----BEGIN CERTIFICATE-----;PrivateKey=k",
            "connection string: Certificate must be a path; for a file's content CertificateType must be a BLOB type",
        ),
        (
            "Certificate=c;PrivateKey={a\nb}",
            "connection string: PrivateKey must be a path; for a file's content PrivateKeyType must be a BLOB type",
        ),
    ] {
        assert_eq!(bad(text), expected);
    }
}

#[test]
fn oauth_settings_are_typed() {
    let AuthSettings::OAuth(settings) = good(
        "OAuthClientId=i;OAuthClientSecret=s;OAuthAccessToken=a;OAuthRefreshToken=r;OAuthExpiresIn=2100;\
         OAuthTokenTimestamp=1750736826000;OAuthSettingsLocation=Memory://shared;State=x;\
         OAuthSettingsPassword=p;InitiateOAuth=refresh",
    )
    .auth
    else {
        panic!("another scheme")
    };
    assert_eq!(settings.initiate, InitiateOAuth::Refresh);
    assert_eq!(settings.expires_in, Some(Duration::from_secs(2100)));
    let issued = SystemTime::UNIX_EPOCH + Duration::from_secs(1_750_736_826);
    assert_eq!(settings.token_timestamp, Some(issued));
    assert_eq!(settings.settings_location, SettingsLocation::Memory("shared".into()));
    assert_eq!(settings.scope, "openid profile email offline_access");

    let location =
        |text: &str| match good(&format!("OAuthClientId=i;OAuthGrantType=DEVICE;{text}")).auth {
            AuthSettings::OAuth(settings) => settings.settings_location,
            _ => panic!("another scheme"),
        };
    assert_eq!(location("OAuthSettingsLocation=/a/b"), SettingsLocation::File("/a/b".into()));
    let SettingsLocation::File(path) = location("") else { panic!("no file") };
    assert!(path.ends_with("OAuthSettings.txt"), "{}", path.display());
    assert!(path.is_absolute() && path.to_string_lossy().contains("anaplan-sql"));
    for wrong in ["memory://", "file:///x", "https://x"] {
        assert_eq!(
            bad(&format!("OAuthClientId=i;OAuthClientSecret=s;OAuthSettingsLocation={wrong}")),
            "connection string: OAuthSettingsLocation must be the path of a file, or memory://NAME"
        );
    }
}

#[test]
fn all_problems_are_reported_at_once_with_their_places() {
    let error = Settings::builder()
        .connection_string(
            "Usr=me;Password=x;PageSize=many;ReadOnly=perhaps;User='a'b;CertificateFormat=V9",
        )
        .set(Key::BulkTimeout, "1h")
        .set(Key::CallbackUrl, "nowhere")
        .environment(variables(&[
            ("ANAPLAN_SQL_SUMMARIES", "some"),
            ("ANAPLAN_SQL_AUTHSCHEME", "Basic"),
            ("ANAPLAN_SQL_PROXYUSER", "me"),
        ]))
        .build()
        .expect_err("much is wrong");
    insta::assert_snapshot!(error, @r"
    9 problems in the connection settings
      connection string, position 1: unknown key Usr; did you mean User?
      connection string, position 58: expected ; after the quoted value of User; a ' within it must be doubled
      environment variable ANAPLAN_SQL_SUMMARIES: Summaries must be one of Exclude, Include
      connection string: ReadOnly must be true or false (or yes, no, 1, 0, on, off)
      code: BulkTimeout must be a whole number of seconds from 0 to 31556926
      connection string: PageSize must be a whole number of objects from 1 to 5000
      environment variable ANAPLAN_SQL_PROXYUSER: ProxyUser is given without ProxyServer
      connection string: CertificateFormat must be one of V2, V1
      code: CallbackURL must be a complete URL, such as https://host/path
    ");
    assert!(error.hint().expect("a hint").contains("help connection"));
}

#[test]
fn a_key_that_was_garbled_is_not_called_missing() {
    assert_eq!(
        bad("User=u;Pasword=x"),
        "connection string, position 8: unknown key Pasword; did you mean Password?"
    );
    assert_eq!(
        bad("Usr=u;Password=x"),
        "connection string, position 1: unknown key Usr; did you mean User?"
    );
    assert!(bad("AuthScheme=Magic").starts_with("connection string: AuthScheme must be one of"));
}

/// A text that is a valid value for the key, and a marker in it where the key is secret.
fn plausible(info: &KeyInfo) -> String {
    match info.kind {
        _ if info.secret => format!("hunter2-{}", info.name),
        Kind::Integer { min, .. } => min.to_string(),
        Kind::Bool => "true".into(),
        Kind::Choice(names) => names[0].into(),
        Kind::Url => "https://host.example".into(),
        _ => format!("some-{}", info.name),
    }
}

#[test]
fn nothing_prints_a_secret() {
    for scheme in AuthScheme::NAMES {
        for source in [Source::Code, Source::ConnectionString, Source::Environment] {
            let mut builder = Settings::builder().no_environment();
            let mut text = format!("AuthScheme={scheme};");
            let mut environment = Vec::new();
            for info in KEYS.iter().filter(|info| info.key != Key::AuthScheme) {
                let value = plausible(info);
                match source {
                    Source::Code => builder = builder.set(info.key, value),
                    Source::Environment => environment.push((info.key.env_name(), value)),
                    _ => text.push_str(&format!("{}={{{value}}};", info.name)),
                }
            }
            builder = builder.connection_string(&text).environment(environment);
            let parsed = ConnectionString::parse(&text).expect("it is fine");
            let mut printed = format!("{builder:?} {parsed:?} {}", parsed.masked());
            let settings = builder.build().expect("it is fine");
            printed.push_str(&format!("{settings:?} {:#?}", settings.clone()));
            for property in settings.properties() {
                printed.push_str(&format!("{property:?}"));
            }
            assert!(printed.contains("***") && printed.contains("some-Workspace"), "{printed}");
            assert!(!printed.contains("hunter2"), "{printed}");
        }
    }
}

#[test]
fn no_error_prints_any_value() {
    for info in KEYS {
        for text in ["hunter2", "hunter2://hunter2@hunter2:hunter2", "hunter2\n{", "-1hunter2"] {
            let builder = Settings::builder().set(info.key, text).set(Key::AuthScheme, text);
            if let Err(error) = builder.no_environment().build() {
                assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
            }
        }
    }
}

#[test]
fn properties_list_every_key() {
    let settings = Settings::builder()
        .connection_string("User=u;Password=hunter2;Region=eu3")
        .set(Key::ReadOnly, "on")
        .environment(variables(&[("ANAPLAN_SQL_PAGESIZE", "10")]))
        .build()
        .expect("it is fine");
    let all: Vec<Property> = settings.properties().collect();
    assert_eq!(all.len(), KEYS.len());
    let of = |name: &str| all.iter().find(|p| p.name == name).expect("the key").clone();
    let shown = |name: &str| {
        let p = of(name);
        (p.value.unwrap_or_default(), p.default.unwrap_or_default(), p.source.as_str())
    };
    assert_eq!(shown("Region"), ("eu3".into(), "US1", "connection string"));
    assert_eq!(shown("Password"), ("***".into(), "", "connection string"));
    assert_eq!(shown("ReadOnly"), ("on".into(), "false", "code"));
    assert_eq!(shown("PageSize"), ("10".into(), "5000", "environment"));
    assert_eq!(shown("Timeout"), (String::new(), "60", "default"));
    assert_eq!(of("PageSize").allowed, "1 to 5000 objects");
    assert_eq!(of("Timeout").value, None);
    assert!(of("Password").secret && !of("User").secret);
}

proptest! {
    #[test]
    fn any_values_build_or_give_an_error(
        values in proptest::collection::vec(
            (proptest::sample::select(KEYS), r#"(?s)[a-z0-9:/@.~\[\]%? ]{0,12}|.{0,8}"#), 0..10),
    ) {
        let mut builder = Settings::builder().no_environment();
        for (info, value) in values {
            builder = builder.set(info.key, format!("hunter2{value}"));
        }
        if let Err(error) = builder.build() {
            prop_assert_eq!(error.kind(), ErrorKind::Config);
            let shown = format!("{error:?}").contains("hunter2");
            prop_assert!(!shown, "{}", error);
        }
    }
}
