//! The proxy that requests go through.

use std::net::Ipv6Addr;

use url::Url;

use super::key::Key;
use super::reader::Reader;
use crate::secret::Secret;

/// A proxy for all requests.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Proxy {
    /// Scheme (`http` or `https`), host and port of the proxy.
    pub url: Url,
    /// The user to name to the proxy.
    pub user: Option<String>,
    /// The user's password.
    pub password: Option<Secret>,
}

impl Proxy {
    /// Reads the proxy, if one is given. None also if its keys can't be used, which is reported.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let port = reader.integer::<u16>(Key::ProxyPort);
        if reader.text(Key::ProxyServer).is_none() {
            for key in [Key::ProxyPort, Key::ProxyUser, Key::ProxyPassword] {
                if reader.text(key).is_some() && !reader.is_garbled(Key::ProxyServer) {
                    reader.contradiction(key, "is given without ProxyServer");
                }
            }
            return None;
        }
        let user = reader.string(Key::ProxyUser);
        let password = reader.secret(Key::ProxyPassword);
        if password.is_some() && user.is_none() {
            reader.missing(Key::ProxyUser, "ProxyPassword needs it");
        }
        let url = reader.parsed(Key::ProxyServer, |server| address(server.trim(), port))?;
        Some(Self { url, user, password })
    }
}

/// The URL of a proxy given as `host`, `host:port`, an IP address, or a URL.
fn address(server: &str, port: Option<u16>) -> Result<Url, String> {
    let wrong = "must be a host, host:port, or a URL such as http://host:port, without a path";
    let (scheme, rest) = server.split_once("://").unwrap_or(("http", server));
    let rest = rest.strip_suffix('/').unwrap_or(rest);
    let (host, has_port) = match rest.parse::<Ipv6Addr>() {
        Ok(address) => (format!("[{address}]"), false),
        Err(_) => (rest.to_owned(), rest.rsplit(']').next().is_some_and(|end| end.contains(':'))),
    };
    let mut url = Url::parse(&format!("{scheme}://{host}")).map_err(|_| wrong)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "must not hold a user or password; there are ProxyUser and ProxyPassword".into()
        );
    }
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    if !matches!(url.scheme(), "http" | "https") || !bare {
        return Err(wrong.into());
    }
    if let Some(port) = port {
        if has_port && url.port_or_known_default() != Some(port) {
            return Err("holds another port than ProxyPort".into());
        }
        url.set_port(Some(port)).map_err(|()| wrong)?;
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_is_a_host_or_a_url() {
        for (server, port, expected) in [
            ("proxy", None, "http://proxy/"),
            ("proxy", Some(3128), "http://proxy:3128/"),
            ("proxy:3128", None, "http://proxy:3128/"),
            ("proxy:3128", Some(3128), "http://proxy:3128/"),
            ("https://proxy.example/", Some(8443), "https://proxy.example:8443/"),
            ("10.1.2.3", Some(80), "http://10.1.2.3/"),
            ("::1", Some(8080), "http://[::1]:8080/"),
            ("[::1]", Some(8080), "http://[::1]:8080/"),
            ("[::1]:8080", None, "http://[::1]:8080/"),
        ] {
            let url = address(server, port).map(String::from);
            assert_eq!(url.as_deref(), Ok(expected), "{server}");
        }
        for (server, port) in [
            ("proxy:1", Some(2)),
            ("http://proxy:80", Some(8080)),
            ("[::1]:80", Some(8080)),
            ("http://proxy/path", None),
            ("http://proxy?x", None),
            ("user:word@proxy", None),
            ("socks5://proxy", None),
            ("a b", None),
            ("proxy:x", None),
            ("://", None),
            ("", None),
        ] {
            assert!(address(server, port).is_err(), "{server}");
        }
    }
}
