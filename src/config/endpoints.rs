//! The base URLs of the services.

use url::Url;

use super::key::Key;
use super::reader::Reader;
use super::region::Region;
use super::value::is_loopback;

/// The base URL of each service, complete, and without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoints {
    /// Integration API, such as `https://api.anaplan.com/2/0`.
    pub integration: Url,
    /// Authentication service, such as `https://auth.anaplan.com/token`.
    pub auth: Url,
    /// OAuth service, such as `https://us1a.app.anaplan.com/oauth`.
    pub oauth: Url,
    /// Page on which a person signs in and consents, such as
    /// `https://us1a.app.anaplan.com/auth/authorize`.
    pub authorize: Url,
    /// Audit service, such as `https://audit.anaplan.com/audit/api/1`.
    pub audit: Url,
    /// SCIM service, such as `https://api.anaplan.com/scim/1/0/v2`.
    pub scim: Url,
}

impl Endpoints {
    /// Whether every service is on this machine, as a simulator's are.
    pub fn are_local(&self) -> bool {
        [&self.integration, &self.auth, &self.oauth, &self.audit, &self.scim]
            .into_iter()
            .all(is_loopback)
    }

    /// Takes each service's base from its own key, else from `Endpoint`, else from the region, and
    /// appends the service's usual path. None if a key's value can't be used, which is reported.
    pub(super) fn read(reader: &mut Reader<'_>, region: Region) -> Option<Self> {
        let hosts = region.hosts();
        let endpoint = reader.base_url(Key::Endpoint);
        let mut base = |key, host: &str| {
            reader.base_url(key).or_else(|| endpoint.clone()).or_else(|| Url::parse(host).ok())
        };
        let api = base(Key::ApiUrl, &hosts.api)?;
        let auth = base(Key::AuthUrl, &hosts.auth)?;
        let app = base(Key::OAuthUrl, &hosts.app)?;
        let audit = base(Key::AuditUrl, &hosts.audit)?;
        let scim = base(Key::ScimUrl, &hosts.api)?;
        Some(Self {
            integration: append(&api, "/2/0"),
            auth: append(&auth, "/token"),
            oauth: append(&app, "/oauth"),
            authorize: append(&app, "/auth/authorize"),
            audit: append(&audit, "/audit/api/1"),
            scim: append(&scim, "/scim/1/0/v2"),
        })
    }
}

/// The base URL with a path behind its own.
fn append(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    fn endpoints(text: &str) -> Endpoints {
        Settings::builder()
            .no_environment()
            .connection_string(&format!("AuthToken=t;{text}"))
            .build()
            .expect(text)
            .endpoints
    }

    fn texts(e: &Endpoints) -> [&str; 6] {
        [&e.integration, &e.auth, &e.oauth, &e.authorize, &e.audit, &e.scim].map(Url::as_str)
    }

    #[test]
    fn the_region_gives_complete_bases() {
        assert_eq!(
            texts(&endpoints("")),
            [
                "https://api.anaplan.com/2/0",
                "https://auth.anaplan.com/token",
                "https://us1a.app.anaplan.com/oauth",
                "https://us1a.app.anaplan.com/auth/authorize",
                "https://audit.anaplan.com/audit/api/1",
                "https://api.anaplan.com/scim/1/0/v2",
            ]
        );
        assert_eq!(
            texts(&endpoints("Region=ca1")),
            [
                "https://ca1a.api.anaplan.com/2/0",
                "https://ca1a.auth.anaplan.com/token",
                "https://ca1a.app.anaplan.com/oauth",
                "https://ca1a.app.anaplan.com/auth/authorize",
                "https://ca1a.api.anaplan.com/audit/api/1",
                "https://ca1a.api.anaplan.com/scim/1/0/v2",
            ]
        );
    }

    #[test]
    fn endpoint_moves_all_and_single_keys_win_over_it() {
        assert_eq!(
            texts(&endpoints("Endpoint=http://127.0.0.1:8080/;Region=EU3")),
            [
                "http://127.0.0.1:8080/2/0",
                "http://127.0.0.1:8080/token",
                "http://127.0.0.1:8080/oauth",
                "http://127.0.0.1:8080/auth/authorize",
                "http://127.0.0.1:8080/audit/api/1",
                "http://127.0.0.1:8080/scim/1/0/v2",
            ]
        );
        assert_eq!(
            texts(&endpoints(
                "Endpoint=https://gate.example/anaplan%20eu/; OAuthUrl=https://login.example; \
                 ApiUrl=https://api.example/a/b//; ScimUrl=https://scim.example; \
                 AuditUrl=https://audit.example/x"
            )),
            [
                "https://api.example/a/b/2/0",
                "https://gate.example/anaplan%20eu/token",
                "https://login.example/oauth",
                "https://login.example/auth/authorize",
                "https://audit.example/x/audit/api/1",
                "https://scim.example/scim/1/0/v2",
            ]
        );
        assert_eq!(endpoints("AuthUrl=https://a.example").auth.as_str(), "https://a.example/token");
    }

    #[test]
    fn every_bad_url_is_reported() {
        let error = Settings::builder()
            .no_environment()
            .set(Key::AuthToken, "t")
            .set(Key::Endpoint, "http://gate.example")
            .set(Key::ApiUrl, "https://user:hunter2@api.example")
            .set(Key::ScimUrl, "https://scim.example/?key=hunter2")
            .build()
            .expect_err("three bad URLs")
            .to_string();
        insta::assert_snapshot!(error, @r"
        3 problems in the connection settings
          code: Endpoint must use https; plain http is for this machine only (localhost, 127.0.0.1, [::1])
          code: ApiUrl must not hold a user or password
          code: ScimUrl must be a base URL, without ? and #
        ");
    }
}
