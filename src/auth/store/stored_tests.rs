use super::*;
use crate::auth::oauth::Refusal;

pub(super) fn grant(access: &str, refresh: Option<&str>) -> Grant {
    let mut grant = Grant::new(Secret::new(access));
    grant.refresh_token = refresh.map(Secret::new);
    grant.expires_in = Some(Duration::from_secs(2100));
    grant
}

fn entry() -> Stored {
    Stored::new("client", OAuthGrantType::Code, "host").signed_in(
        &grant("a1", Some("r1")),
        "host".into(),
        None,
    )
}

#[test]
fn an_entry_survives_its_written_form() {
    let mut stored = entry();
    stored.user = Some("\u{1F600}@example.com".into());
    stored.pending = Some(Intent::now(Spent::Stored, 1));
    stored.pending_given = Some(Intent::now(Spent::Code("fingerprint".into()), 1));
    stored.callback_url = Some("https://planner.example/callback".into());
    stored.refuse(&Secret::new("marker"), "host".into(), refusal(), Some(1));
    assert_eq!(Stored::from_bytes(&stored.to_bytes()), Some(stored));
    assert_eq!(Stored::from_bytes(b"{}"), None);
    assert_eq!(Stored::from_bytes(b""), None);
}

fn refusal() -> Refusal {
    let body = r#"{"error":"invalid_grant","error_description":"expired"}"#;
    Refusal::parse(http::StatusCode::FORBIDDEN, body.as_bytes()).expect("a refusal")
}

#[test]
fn a_refusal_is_known_by_its_token_and_host() {
    let mut stored = entry();
    let (token, host) = (Secret::new("marker"), "us1a.app.anaplan.com");
    assert_eq!(stored.refusal(&token, host), None);
    stored.refuse(&token, host.into(), refusal(), Some(5_000));
    stored.refuse(&token, host.into(), refusal(), None);
    assert!(stored.refusal(&token, host).is_some_and(Refusal::is_of_grant));
    assert_eq!(stored.ahead(None), 5_000, "the refusal told the service's time");
    assert_eq!(stored.refusal(&token, "eu1a.app.anaplan.com"), None);
    assert_eq!(stored.refusal(&Secret::new("r1"), host), None);
    assert_eq!(stored.refused.len(), 1);
    for n in 0..200 {
        stored.refuse(&Secret::new(format!("t{n}")), host.into(), refusal(), None);
    }
    assert_eq!(stored.refused.len(), 100);
    let bytes = stored.to_bytes();
    let text = String::from_utf8_lossy(&bytes);
    assert!(!text.contains("marker") && bytes.len() < 100_000, "{}", bytes.len());
    // What an older version has written knows of none.
    let mut older: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
    let older_keys = older.as_object_mut().expect("an object");
    older_keys.remove("refused");
    older_keys.remove("callback_url");
    let older = Stored::from_bytes(older.to_string().as_bytes()).expect("an entry");
    assert!(older.refused.is_empty() && older.callback_url.is_none());
}

#[test]
fn rotation_shows_in_the_answer() {
    let first = entry();
    assert_eq!(first.rotates, None);
    let rotated = first.refreshed(&grant("a2", Some("r2")), None);
    assert_eq!((rotated.rotates, rotated.generation), (Some(true), 2));
    assert_eq!(rotated.refresh_token, Some(Secret::new("r2")));
    for answer in [grant("a2", None), grant("a2", Some("r1"))] {
        let kept = first.refreshed(&answer, None);
        assert_eq!((kept.rotates, kept.generation), (Some(false), 2));
        assert_eq!(kept.refresh_token, Some(Secret::new("r1")));
        assert_eq!(kept.refresh_obtained_at, first.refresh_obtained_at);
    }
}

#[test]
fn lives_are_judged_by_the_services_clock() {
    let hour = 3_600_000;
    let mut stored = Stored::new("c", OAuthGrantType::Code, "h").signed_in(
        &grant("a", None),
        "h".into(),
        Some(hour),
    );
    let close = |left: Option<Duration>| left.is_some_and(|l| (2090..=2100).contains(&l.as_secs()));
    assert!(close(stored.life_left(Some(hour))));
    assert!(close(stored.life_left(None)), "this machine has noted the difference");
    stored.machine = "elsewhere".into();
    assert!(!close(stored.life_left(None)), "that difference was another machine's");
    assert_eq!(stored.life_left(Some(2 * hour)), Some(Duration::ZERO));
}

#[test]
fn tokens_from_outside_are_remembered() {
    let stored = entry().refreshed(&grant("a2", Some("r2")), None);
    for token in ["a1", "r1", "a2", "r2"] {
        assert!(stored.has_seen(&Secret::new(token)), "{token}");
    }
    assert!(!stored.has_seen(&Secret::new("r3")));
    let mut stored = stored;
    (0..2 * MOST_SEEN).for_each(|n| stored.remember(&Secret::new(format!("t{n}"))));
    assert_eq!(stored.seen.len(), MOST_SEEN);
    assert!(!format!("{stored:?}").contains("r2"));
}

#[test]
fn an_entry_that_takes_a_place_knows_what_the_one_before_knew() {
    let mut before = entry().refreshed(&grant("a2", Some("r2")), None);
    before.refuse(&Secret::new("marker"), "host".into(), refusal(), None);
    before.remember(&Secret::new("old"));
    let mut stored = Stored::new("client", OAuthGrantType::Code, "host");
    stored.remember(&Secret::new("own"));
    stored.inherit(before.clone());
    assert!(stored.has_seen(&Secret::new("old")) && stored.has_seen(&Secret::new("own")));
    assert!(stored.refusal(&Secret::new("marker"), "host").is_some());
    assert!(stored.generation > before.generation && !stored.holds_tokens());
    // What was begun with it is as unfinished as before.
    for (noted, counts) in [(0, true), (7, false)] {
        let mut stored = Stored::new("client", OAuthGrantType::Code, "host");
        stored.pending = Some(Intent::now(Spent::Stored, noted));
        stored.inherit(before.clone());
        assert_eq!(stored.note_of(&Spent::Stored).is_some(), counts);
    }
}

#[test]
fn moments_are_told_in_words() {
    assert_eq!(moment(1_750_736_826_000), "2025-06-24 03:47:06 UTC");
    assert_eq!(moment(u64::MAX), "at an unknown time");
}
