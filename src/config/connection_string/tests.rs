use proptest::prelude::*;

use super::*;
use crate::config::KEYS;
use crate::error::ErrorKind;

const MARKER: &str = "hunter2";

fn pairs(text: &str) -> Vec<(Key, String)> {
    let parsed = ConnectionString::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
    parsed.pairs().map(|(key, value)| (key, value.to_owned())).collect()
}

#[test]
fn values_are_read_as_the_grammar_says() {
    for (text, expected) in [
        ("Password=x", "x"),
        ("pAsSwOrD=x;", "x"),
        (" ; ;\n Password \t=\r\n x y \n; ;", "x y"),
        ("Password=a=b", "a=b"),
        ("Password==", "="),
        ("Password=a\"b'c{d}e", "a\"b'c{d}e"),
        ("Password=}", "}"),
        ("Password=\"\"\"\"", "\""),
        ("Password=\" a;b=c \" ", " a;b=c "),
        ("Password=\"a\"\"b\"\"\"", "a\"b\""),
        ("Password=\"it's {fine}\"", "it's {fine}"),
        ("Password='a''b'", "a'b"),
        ("Password=''''''", "''"),
        ("Password='\"'", "\""),
        ("Password={a;b}", "a;b"),
        ("Password={{a}}b}", "{a}b"),
        ("Password={}}}", "}"),
        ("Password={ \n }", " \n "),
        ("Password=grün;", "grün"),
        ("Password='日本;語'", "日本;語"),
        ("Password=***", "***"),
    ] {
        assert_eq!(pairs(text), [(Key::Password, expected.to_owned())], "{text}");
    }
}

#[test]
fn empty_values_are_unset() {
    for text in ["", " ", ";", ";;;", "User=", "User= ;", "User=\"\"", "User='';", "User={}"] {
        assert_eq!(pairs(text), [], "{text}");
    }
    assert_eq!(pairs("User=;Password=' '"), [(Key::Password, " ".to_owned())]);
}

#[test]
fn pairs_keep_their_order() {
    let parsed = ConnectionString::parse("Region=EU1;user=a;AUTHTOKEN=t").expect("it is fine");
    let keys: Vec<_> = parsed.pairs().map(|(key, _)| key).collect();
    assert_eq!(keys, [Key::Region, Key::User, Key::AuthToken]);
    assert_eq!(parsed.get(Key::User), Some("a"));
    assert_eq!(parsed.get(Key::Model), None);
}

#[test]
fn malformed_text_is_reported_with_its_position() {
    for (text, expected) in [
        ("Usr=x", "position 1: unknown key Usr; did you mean User?"),
        ("User=a; Pasword=x", "position 9: unknown key Pasword; did you mean Password?"),
        ("User='日本'; Frobnicate=x", "position 12: unknown key Frobnicate"),
        ("User=a;user='b'", "position 8: User is given twice, first at position 1"),
        ("User=;User=b", "position 7: User is given twice, first at position 1"),
        ("=x", "position 1: a key is missing here"),
        ("User=a;ReadOnly", "position 8: ReadOnly has no value; expected ReadOnly=value"),
        ("Password=semi;hunter2", "position 15: expected Key=Value; a value that holds ; must be"),
        ("User=\"x", "position 6: the quoted value of User has no closing \""),
        ("User={x}}", "position 6: the quoted value of User has no closing }"),
        ("User='x''", "position 6: the quoted value of User has no closing '"),
        ("User='x'y", "position 9: expected ; after the quoted value of User; a ' within it must"),
        ("Usr={x} y", "position 9: expected ; after the quoted value; a } within it must"),
    ] {
        let error = ConnectionString::parse(text).expect_err(text);
        assert_eq!(error.kind(), ErrorKind::Config);
        let message = error.to_string();
        assert!(message.contains(&format!("connection string, {expected}")), "{text}: {message}");
        assert!(!message.contains(MARKER), "{message}");
    }
}

#[test]
fn all_problems_are_reported_at_once() {
    let text = "Usr=me;Regoin=US1;Model=a;Model=b;Password='x'y;nonsense;User=\"open";
    let error = ConnectionString::parse(text).expect_err(text);
    insta::assert_snapshot!(error, @r#"
    6 problems in the connection settings
      connection string, position 1: unknown key Usr; did you mean User?
      connection string, position 8: unknown key Regoin; did you mean Region?
      connection string, position 27: Model is given twice, first at position 19
      connection string, position 47: expected ; after the quoted value of Password; a ' within it must be doubled
      connection string, position 49: expected Key=Value; a value that holds ; must be quoted
      connection string, position 63: the quoted value of User has no closing "
    "#);
}

#[test]
fn the_rest_of_a_secret_is_not_taken_for_a_key_to_name() {
    for text in [
        "Password=semi;hunter2=x",
        "Password=semi;a=b;hunter2=x",
        "Password='semi'hunter2;hunter2=x",
        "Frobnicate=semi;hunter2=x",
        "hunter2hunter2=",
        "Password=;hunter2PrivateKeyPassword=",
        "nonsense;hunter2=x",
        "hunter2hunter2hunter2hunter2hunter2hunter2hunter2=x",
        "hunter2\u{1b}[31m=x",
    ] {
        let message = ConnectionString::parse(text).expect_err(text).to_string();
        assert!(message.contains("unknown key"), "{message}");
        assert!(!message.contains(MARKER), "{message}");
    }
    // Certainly a key, and named.
    let message = ConnectionString::parse("Password=x;Wrokspace=y").expect_err("typo").to_string();
    assert!(message.contains("unknown key Wrokspace; did you mean Workspace?"), "{message}");
}

#[test]
fn nothing_but_to_text_shows_values() {
    let parsed = ConnectionString::parse(
        "User=a;Password=hunter2;Endpoint=https://u:hunter2@gate.example;Model='x; y';Certificate={-hunter2}",
    )
    .expect("it is fine");
    assert_eq!(parsed.masked(), "User=a;Password=***;Endpoint=***;Model=\"x; y\";Certificate=***");
    assert_eq!(format!("{parsed:?}"), "{User, Password, Endpoint, Model, Certificate}");
    assert!(parsed.to_text().expose().contains("Password=\"hunter2\";"));
}

/// Pairs with different keys and values that are not empty.
fn any_connection_string() -> impl Strategy<Value = ConnectionString> {
    let value = prop_oneof![
        "(?s).{1,20}",
        r#"["'{}; =\\]{1,12}"#,
        r#"[ \t\n]?[a-zü日"'{};=]{1,8}[ \t\n]?"#,
    ];
    let keys = proptest::sample::subsequence(
        KEYS.iter().map(|info| info.key).collect::<Vec<_>>(),
        0..KEYS.len(),
    )
    .prop_shuffle();
    keys.prop_flat_map(move |keys| {
        let values = proptest::collection::vec(value.clone(), keys.len());
        (Just(keys), values).prop_map(|(keys, values)| ConnectionString {
            pairs: keys.into_iter().zip(values.into_iter().map(Secret::new)).collect(),
        })
    })
}

/// Text made of the pieces that matter to the grammar.
fn tricky_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "(?s).{0,6}",
        r#"["'{};= \n]{1,3}"#,
        proptest::sample::select(KEYS).prop_map(|info| info.name.to_owned()),
        proptest::sample::select(KEYS).prop_map(|info| format!("{}=", info.name)),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn printing_and_parsing_is_the_identity(original in any_connection_string()) {
        let printed = original.to_text();
        prop_assert_eq!(ConnectionString::parse(printed.expose()).expect("it is canonical"), original);
    }

    #[test]
    fn every_way_of_quoting_gives_the_value_back(value in r#"(?s)[ "'{};=a日.\n]{1,12}"#) {
        for (open, close) in [("\"", "\""), ("'", "'"), ("{", "}")] {
            let doubled = value.replace(close, &close.repeat(2));
            let text = format!("Region=x; Password = {open}{doubled}{close} ;Model=y");
            let parsed = ConnectionString::parse(&text).expect("it is quoted");
            prop_assert_eq!(parsed.get(Key::Password), Some(value.as_str()));
            prop_assert_eq!(parsed.get(Key::Model), Some("y"));
        }
    }

    #[test]
    fn any_text_parses_or_gives_an_error(text in prop_oneof!["(?s).{0,60}", tricky_text()]) {
        match ConnectionString::parse(&text) {
            Ok(parsed) => {
                let again = ConnectionString::parse(parsed.to_text().expose());
                prop_assert_eq!(again.expect("it is canonical"), parsed);
            }
            Err(error) => prop_assert!(error.to_string().contains("connection string, position")),
        }
    }

    #[test]
    fn no_error_shows_any_part_of_a_value(
        before in tricky_text().prop_map(|text| text.replace(['"', '\'', '{'], "")),
        key in prop_oneof![
            Just("Password"), Just("AuthToken"), Just("State"), Just("Pasword"), Just("Zzyzx")
        ],
        head in r#"["'{};= a-z日]{0,8}"#,
        tail in r#"["'{};= a-z日]{0,8}"#,
        after in tricky_text(),
    ) {
        let text = format!("{before};{key}={head}{MARKER}{tail}{after}");
        if let Err(error) = ConnectionString::parse(&text) {
            let shown = format!("{error} {error:?}").contains(MARKER);
            prop_assert!(!shown, "{}", error);
        }
    }
}
