//! OAuth tokens that are kept, renewed and shared.

use std::time::Duration;

use anaplan_sql::simulator::{Fault, OAuthClient, Simulator, Tenant};
use anaplan_sql::{ErrorKind, Key, Session};

use crate::oauth::{
    CLIENT_SECRET, LIST_MODELS, REDIRECT, ROTATING, STEADY, TOKEN, change, code, place, read,
    sign_in, stored_at, tokens, with_code,
};
use crate::support::{
    CHUNK, USER, count_rows, counting, demo, fail, query, refuse, show, signed_out, tenant,
};

async fn open(simulator: &Simulator, client: &str, place: &str) -> Session {
    stored_at(simulator, client, place).connect().await.expect("tokens are stored")
}

/// Lets time pass for the client and for the service.
async fn pass(simulator: &Simulator, time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
    simulator.clock().advance(time);
}

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

#[tokio::test]
async fn a_code_is_exchanged_once_and_its_tokens_serve_from_then_on() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(&folder.path().join("new").join("folder"));
    let code = code(&simulator, ROTATING);
    for _ in 0..3 {
        let session = stored_at(&simulator, ROTATING, &place)
            .set(Key::CallbackUrl, REDIRECT)
            .set(Key::OAuthVerifier, code.clone())
            .connect()
            .await
            .expect("signed in");
        assert_eq!(count_rows(&session, LIST_MODELS).await, 3);
    }
    let session = open(&simulator, ROTATING, &place).await;
    assert_eq!(count_rows(&session, LIST_MODELS).await, 3);
    assert_eq!(simulator.count("POST", TOKEN), 1);
    assert_eq!((simulator.oauth().codes_redeemed, simulator.oauth().codes_reused), (1, 0));

    let stored = read(ROTATING, &place).await;
    assert_eq!(stored.user.as_deref(), Some(USER));
    assert_eq!((stored.generation, stored.pending), (1, None));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| {
            std::fs::metadata(path).expect("there").permissions().mode() & 0o777
        };
        let file = std::path::Path::new(&place);
        assert_eq!(mode(file), 0o600);
        assert_eq!(mode(file.parent().expect("a folder")), 0o700);
    }
    let text = std::fs::read_to_string(&place).expect("text");
    let token = stored.refresh_token.expect("a refresh token");
    assert!(!text.contains(token.expose()) && !text.contains(USER));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once_for_all_who_share_it() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let first = open(&simulator, ROTATING, &place).await;
    let second = open(&simulator, ROTATING, &place).await;
    // The service's clock runs ahead of this machine's from here on.
    simulator.clock().advance(minutes(36));
    for session in [&first, &second, &open(&simulator, ROTATING, &place).await] {
        assert_eq!(count_rows(session, LIST_MODELS).await, 3);
    }
    assert_eq!(simulator.oauth().refreshes, 1);
    assert_eq!(simulator.oauth().reuse_violations, 0);
    let stored = read(ROTATING, &place).await;
    assert_eq!((stored.generation, stored.rotates, stored.pending), (2, Some(true), None));
}

#[tokio::test]
async fn a_token_is_renewed_five_minutes_ahead() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let session = open(&simulator, ROTATING, &place).await;
    pass(&simulator, minutes(29)).await;
    query(&session, LIST_MODELS).await;
    assert_eq!(simulator.oauth().refreshes, 0);
    pass(&simulator, minutes(2)).await;
    query(&session, LIST_MODELS).await;
    assert_eq!(simulator.oauth().refreshes, 1);

    // One that begins with a token that is nearly over.
    change(ROTATING, &place, |stored| {
        stored.expires_at = stored.expires_at.map(|end| end - 31 * 60_000);
        stored.obtained_at -= 31 * 60_000;
    })
    .await;
    for _ in 0..3 {
        query(&open(&simulator, ROTATING, &place).await, LIST_MODELS).await;
    }
    assert_eq!(simulator.oauth().refreshes, 2);
    assert!(simulator.requests().iter().all(|request| request.status < 400), "nobody noticed");
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_of_a_query_is_renewed() {
    let mut tenant = tenant([counting("Big", 400)]);
    tenant = tenant.oauth_client(OAuthClient::code(ROTATING, CLIENT_SECRET).redirect_uri(REDIRECT));
    let simulator = Simulator::builder(tenant)
        .task_time(Duration::ZERO, Duration::ZERO)
        .chunk_size(500)
        .start()
        .await
        .expect("a free port");
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let session = open(&simulator, ROTATING, &place).await;
    simulator.inject(Fault::on("GET", CHUNK).skip(2).expired_token());
    assert_eq!(count_rows(&session, r#"SELECT * FROM "W"."M"."Big""#).await, 400);
    assert_eq!((simulator.oauth().refreshes, simulator.oauth().reuse_violations), (1, 0));
}

#[tokio::test]
async fn a_client_that_does_not_rotate_keeps_its_refresh_token() {
    for repeats in [true, false] {
        let simulator = demo().await;
        simulator.edit(|tenant| {
            let clients = tenant.oauth_clients.iter_mut();
            clients.for_each(|client| client.repeats_refresh_token = repeats);
        });
        let folder = tempfile::tempdir().expect("a folder");
        let place = place(folder.path());
        sign_in(&simulator, STEADY, &place).await;
        let token = read(STEADY, &place).await.refresh_token;
        for round in 1..=3 {
            simulator.expire_tokens();
            query(&open(&simulator, STEADY, &place).await, LIST_MODELS).await;
            let stored = read(STEADY, &place).await;
            assert_eq!(stored.refresh_token, token);
            assert_eq!((stored.rotates, stored.generation), (Some(false), round + 1));
        }
    }
}

#[tokio::test]
async fn tokens_carried_over_begin_a_store_and_never_undo_it() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let (access, refresh) = tokens(&simulator, ROTATING).await;
    let now = simulator.clock().now_ms().to_string();
    let given = || {
        stored_at(&simulator, ROTATING, &place)
            .set(Key::OAuthAccessToken, access.clone())
            .set(Key::OAuthRefreshToken, refresh.clone())
            .set(Key::OAuthExpiresIn, "2100")
            .set(Key::OAuthTokenTimestamp, now.clone())
    };
    query(&given().connect().await.expect("signed in"), LIST_MODELS).await;
    assert_eq!(simulator.oauth().refreshes, 0, "the access token is still good");
    for round in 1..=3 {
        simulator.expire_tokens();
        query(&given().connect().await.expect("signed in"), LIST_MODELS).await;
        assert_eq!(simulator.oauth().refreshes, round);
        assert_eq!(read(ROTATING, &place).await.generation, round + 1);
    }
    assert_eq!(simulator.oauth().reuse_violations, 0);

    // Others that have not been here before are taken instead.
    let (_, refresh) = tokens(&simulator, ROTATING).await;
    for _ in 0..2 {
        let session = stored_at(&simulator, ROTATING, &place)
            .set(Key::OAuthRefreshToken, refresh.clone())
            .connect()
            .await
            .expect("signed in");
        query(&session, LIST_MODELS).await;
    }
    assert_eq!((simulator.oauth().refreshes, simulator.oauth().reuse_violations), (4, 0));
    // But not when they are older than what is stored.
    let (_, old) = tokens(&simulator, ROTATING).await;
    let session = stored_at(&simulator, ROTATING, &place)
        .set(Key::OAuthRefreshToken, old)
        .set(Key::OAuthTokenTimestamp, "1000")
        .connect()
        .await
        .expect("signed in");
    query(&session, LIST_MODELS).await;
    assert_eq!(simulator.oauth().refreshes, 4);
}

#[tokio::test]
async fn a_refresh_token_that_is_no_good_does_not_cost_a_good_one() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let before = read(ROTATING, &place).await;
    simulator.clear_requests();
    for _ in 0..3 {
        let session = stored_at(&simulator, ROTATING, &place)
            .set(Key::OAuthRefreshToken, "mistyped")
            .connect()
            .await
            .expect("what is stored is good");
        assert_eq!(count_rows(&session, LIST_MODELS).await, 3);
    }
    assert_eq!(simulator.count("POST", TOKEN), 1, "it is tried once");
    let after = read(ROTATING, &place).await;
    assert_eq!((after.refresh_token, after.generation), (before.refresh_token, before.generation));
}

#[tokio::test]
async fn an_access_token_alone_serves_until_it_ends() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let (access, _) = tokens(&simulator, ROTATING).await;
    let session = stored_at(&simulator, ROTATING, &place)
        .set(Key::OAuthAccessToken, access)
        .connect()
        .await
        .expect("signed in");
    query(&session, LIST_MODELS).await;
    query(&open(&simulator, ROTATING, &place).await, LIST_MODELS).await;
    simulator.expire_tokens();
    let error = fail(&session, LIST_MODELS).await;
    assert_eq!(error.kind(), ErrorKind::SignIn);
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    SignIn: the access token is no longer valid, and there is no refresh token
      hint: sign in again: `anaplan-sql auth login`; Scope must contain offline_access
    "#);
}

#[tokio::test]
async fn off_uses_what_is_given_and_nothing_else() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let (access, refresh) = tokens(&simulator, ROTATING).await;
    simulator.clear_requests();
    let off = || stored_at(&simulator, ROTATING, &place).set(Key::InitiateOAuth, "OFF");
    let session = off()
        .set(Key::OAuthAccessToken, access)
        .set(Key::OAuthRefreshToken, refresh)
        .connect()
        .await
        .expect("a token");
    query(&session, LIST_MODELS).await;
    simulator.expire_tokens();
    assert_eq!(fail(&session, LIST_MODELS).await.kind(), ErrorKind::SignIn);
    let error = refuse(off()).await;
    insta::assert_snapshot!(format!("{error:?}"), @r#"
    SignIn: InitiateOAuth=OFF uses only what is given, and OAuthAccessToken is not
      hint: set InitiateOAuth=REFRESH to use and renew what is stored at OAuthSettingsLocation; `anaplan-sql auth login` signs in
    "#);
    assert_eq!(simulator.count("POST", TOKEN), 0);
    assert_eq!(read(ROTATING, &place).await.generation, 1);
}

#[tokio::test]
async fn memory_is_shared_under_its_name() {
    let simulator = demo().await;
    let name = |what: &str| format!("memory://{what}-{}", simulator.addr().port());
    let session = with_code(&simulator, ROTATING, &name("a")).connect().await.expect("signed in");
    let second = open(&simulator, ROTATING, &name("a")).await;
    simulator.expire_tokens();
    let all = (0..10).map(|n| count_rows(if n % 2 == 0 { &session } else { &second }, LIST_MODELS));
    assert_eq!(futures::future::join_all(all).await, [3; 10]);
    assert_eq!((simulator.oauth().refreshes, simulator.oauth().reuse_violations), (1, 0));

    let error = refuse(stored_at(&simulator, ROTATING, &name("b"))).await;
    assert!(error.to_string().contains("nobody has signed in"), "{error:?}");
    let error = refuse(stored_at(&simulator, STEADY, &name("a"))).await;
    assert!(error.to_string().contains("another OAuthClientId"), "{error:?}");
}

#[tokio::test]
async fn a_device_client_keeps_its_key_beside_the_file() {
    let simulator = Simulator::start(Tenant::demo()).await.expect("a free port");
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    let device = || {
        signed_out(&simulator)
            .set(Key::InitiateOAuth, "REFRESH")
            .set(Key::OAuthGrantType, "DEVICE")
            .set(Key::OAuthClientId, crate::oauth::DEVICE)
            .set(Key::OAuthSettingsLocation, place.clone())
    };
    let error = refuse(device()).await;
    assert!(error.to_string().contains("nobody has signed in"), "{error:?}");
    // Any token will do to have something to store.
    let (access, _) = tokens(&simulator, STEADY).await;
    let session = device().set(Key::OAuthAccessToken, access).connect().await.expect("signed in");
    query(&session, LIST_MODELS).await;
    query(&device().connect().await.expect("the key is there"), LIST_MODELS).await;
    std::fs::remove_file(format!("{place}.key")).expect("a key");
    let before = std::fs::read(&place).expect("a file");
    let error = refuse(device()).await;
    assert_eq!(error.kind(), ErrorKind::SignIn);
    assert!(error.to_string().contains(".key is not there"), "{error:?}");
    assert_eq!(std::fs::read(&place).expect("a file"), before);
}

#[tokio::test]
async fn a_password_takes_over_from_the_secret() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let with = |password: &str| {
        stored_at(&simulator, ROTATING, &place).set(Key::OAuthSettingsPassword, password)
    };
    // What is there can be read; the next time it is written, it is under the password.
    simulator.expire_tokens();
    query(&with("open sesame").connect().await.expect("signed in"), LIST_MODELS).await;
    let text = std::fs::read_to_string(&place).expect("text");
    assert!(text.contains("Protection: password\nDerivation: argon2id"), "{text}");
    query(&with("open sesame").connect().await.expect("signed in"), LIST_MODELS).await;
    let wrong = refuse(with("close sesame")).await;
    let none = refuse(stored_at(&simulator, ROTATING, &place)).await;
    for (error, words) in [
        (wrong, "was encrypted with another OAuthSettingsPassword"),
        (none, "is protected by OAuthSettingsPassword, which is not set"),
    ] {
        assert_eq!(error.kind(), ErrorKind::SignIn);
        assert!(error.to_string().ends_with(words), "{error:?}");
    }
    assert_eq!(std::fs::read_to_string(&place).expect("text"), text);
}

#[tokio::test]
async fn nobody_reads_tokens_in_a_table() {
    let simulator = demo().await;
    let folder = tempfile::tempdir().expect("a folder");
    let place = place(folder.path());
    sign_in(&simulator, ROTATING, &place).await;
    let session = open(&simulator, ROTATING, &place).await;
    let stored = read(ROTATING, &place).await;
    let text = show(&session, "SELECT * FROM information.connection_properties").await;
    for secret in [stored.access_token, stored.refresh_token].into_iter().flatten() {
        assert!(!text.contains(secret.expose()));
    }
    assert!(!text.contains(CLIENT_SECRET));
}
