//! Which `Authorization` headers each service takes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use super::super::state::State;
use super::super::tenant::User;

/// A service behind the simulator's address. They don't take the same headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Authentication,
    Integration,
    Audit,
    Scim,
}

impl Service {
    /// Returns the token of a header that the service takes.
    ///
    /// Each takes `AnaplanAuthToken`; `Bearer` only those that were seen to.
    pub(crate) fn token(self, headers: &HeaderMap) -> Option<&str> {
        let (scheme, token) = authorization(headers)?;
        let takes_bearer = matches!(self, Self::Integration | Self::Scim);
        let known = scheme.eq_ignore_ascii_case("AnaplanAuthToken")
            || (takes_bearer && scheme.eq_ignore_ascii_case("Bearer"));
        (known && !token.is_empty()).then_some(token)
    }

    /// Finds the active user whom a header signs in: by a token, at SCIM also by name and password.
    pub(crate) fn user(self, state: &State, headers: &HeaderMap, now: i64) -> Option<User> {
        let id = if let Some(token) = self.token(headers) {
            state.tokens().find(token, now)?.user_id.clone()
        } else if self == Self::Scim {
            let (email, password) = basic(headers)?;
            authenticated(state, &email, &password)?
        } else {
            return None;
        };
        let tenant = state.tenant();
        tenant.users.iter().find(|user| user.id == id && user.active).cloned()
    }
}

/// Splits the `Authorization` header into its scheme and the rest.
pub(super) fn authorization(headers: &HeaderMap) -> Option<(&str, &str)> {
    let (scheme, rest) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some((scheme, rest.trim()))
}

/// Returns name and password of a `Basic` header.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let (_, encoded) =
        authorization(headers).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Basic"))?;
    let decoded = String::from_utf8(STANDARD.decode(encoded).ok()?).ok()?;
    let (email, password) = decoded.split_once(':')?;
    Some((email.to_owned(), password.to_owned()))
}

/// Returns the id of the active user with this name and password.
pub(super) fn authenticated(state: &State, email: &str, password: &str) -> Option<String> {
    let tenant = state.tenant();
    let user = tenant.users.iter().find(|user| user.email.eq_ignore_ascii_case(email));
    user.filter(|user| user.active && user.password.is(password)).map(|user| user.id.clone())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::super::super::{Simulator, Tenant, User};
    use super::*;

    const ALL: [Service; 4] =
        [Service::Authentication, Service::Integration, Service::Audit, Service::Scim];

    fn headers(authorization: &str) -> HeaderMap {
        let value = HeaderValue::try_from(authorization).expect("a header");
        HeaderMap::from_iter([(AUTHORIZATION, value)])
    }

    #[test]
    fn bearer_is_for_integration_and_scim_alone() {
        for (header, takes) in [
            ("AnaplanAuthToken t", [true, true, true, true]),
            ("anaplanauthtoken t", [true, true, true, true]),
            ("Bearer t", [false, true, false, true]),
            ("Basic t", [false; 4]),
            ("AnaplanAuthToken ", [false; 4]),
            ("AnaplanAuthToken", [false; 4]),
            ("t", [false; 4]),
        ] {
            let headers = headers(header);
            assert_eq!(ALL.map(|service| service.token(&headers) == Some("t")), takes, "{header}");
        }
        assert_eq!(Service::Integration.token(&HeaderMap::new()), None);
    }

    #[tokio::test]
    async fn name_and_password_are_for_scim_alone() {
        let tenant = Tenant::new().user(User::new("ann@example.com", "pass:word"));
        let simulator = Simulator::start(tenant).await.expect("start");
        let state = simulator.state();
        let now = state.clock.now_ms();
        let signs_in =
            |headers: &HeaderMap| ALL.map(|service| service.user(state, headers, now).is_some());
        let basic = |pair: &str| headers(&format!("Basic {}", STANDARD.encode(pair)));
        assert_eq!(signs_in(&basic("ann@example.com:pass:word")), [false, false, false, true]);
        assert_eq!(signs_in(&basic("ann@example.com:wrong")), [false; 4]);
        let id = state.tenant().users[0].id.clone();
        let (token, _) = state.tokens().issue(&id, now);
        assert_eq!(signs_in(&headers(&format!("AnaplanAuthToken {token}"))), [true; 4]);
        assert_eq!(signs_in(&headers("AnaplanAuthToken other")), [false; 4]);
        simulator.edit(|tenant| tenant.users[0].active = false);
        assert_eq!(signs_in(&headers(&format!("AnaplanAuthToken {token}"))), [false; 4]);
    }
}
