//! Keeps web pages from steering the simulator through a browser.
//!
//! A page of another site could make its own name lead to this machine. Then the browser sends that
//! name as host; so names with dots are refused, unless they are addresses. And a page elsewhere that
//! posts directly gives itself away by its origin.

use std::net::IpAddr;

use http::HeaderMap;
use http::header::{HOST, ORIGIN};

/// Returns why a request is refused, if it is.
pub(super) fn refuse(headers: &HeaderMap) -> Option<&'static str> {
    let text =
        |name| headers.get(name).map(|value: &http::HeaderValue| value.to_str().unwrap_or("?"));
    let host = text(HOST).unwrap_or_default();
    if !is_here(host) {
        return Some("the Host must be an address, localhost, or a name without dots");
    }
    let own = text(ORIGIN).is_none_or(|origin| origin.strip_prefix("http://") == Some(host));
    (!own).then_some("requests of other origins are refused")
}

/// Tells whether a host with its port is an address, or a name that no public server can have.
fn is_here(host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    let is_plain = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    is_plain || name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_may_be_anywhere_are_refused() {
        for host in ["localhost:8099", "127.0.0.1", "[::1]:80", "192.168.1.5:8099", "simulator:80"]
        {
            assert!(is_here(host), "{host}");
        }
        for host in ["", "evil.example:8099", "localhost.evil.example", "127.0.0.1.nip.io", ":80"] {
            assert!(!is_here(host), "{host}");
        }
    }

    #[test]
    fn only_the_own_origin_may_ask() {
        let refused = |origin: Option<&'static str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, http::HeaderValue::from_static("127.0.0.1:8099"));
            if let Some(origin) = origin {
                headers.insert(ORIGIN, http::HeaderValue::from_static(origin));
            }
            refuse(&headers).is_some()
        };
        assert!(!refused(None) && !refused(Some("http://127.0.0.1:8099")));
        assert!(refused(Some("https://evil.example")) && refused(Some("null")));
        assert!(refused(Some("http://127.0.0.1:3000")));
    }
}
