use super::*;

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
    assert_eq!(Stored::from_bytes(&stored.to_bytes()), Some(stored));
    assert_eq!(Stored::from_bytes(b"{}"), None);
    assert_eq!(Stored::from_bytes(b""), None);
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
fn moments_are_told_in_words() {
    assert_eq!(moment(1_750_736_826_000), "2025-06-24 03:47:06 UTC");
    assert_eq!(moment(u64::MAX), "at an unknown time");
}
