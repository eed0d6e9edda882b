//! Turns the text of a value into its type.
//!
//! Each function's error says what the value must be, to be read after the key's name ("Timeout
//! must be …"). None repeats the value.

use std::path::PathBuf;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use url::{Host, Url};
use zeroize::Zeroizing;

use super::choice::Choice;
use super::key::{Key, Kind};

/// A whole number within the bounds of the key.
pub(super) fn integer<T: TryFrom<u64>>(key: Key, text: &str) -> Result<T, String> {
    let (min, max, unit) = match key.info().kind {
        Kind::Integer { min, max, unit } => (min, max, unit),
        _ => (0, u64::MAX, ""),
    };
    let number = text.trim().parse::<u64>().ok().filter(|n| (min..=max).contains(n));
    number.and_then(|n| T::try_from(n).ok()).ok_or_else(|| {
        let of_unit = if unit.is_empty() { String::new() } else { format!(" of {unit}") };
        format!("must be a whole number{of_unit} from {min} to {max}")
    })
}

/// One of the names of an enum; upper and lower case are the same.
pub(super) fn choice<T: Choice>(key: Key, text: &str) -> Result<T, String> {
    T::from_name(text.trim()).ok_or_else(|| format!("must be one of {}", key.info().values()))
}

/// Checks a value of the key by its kind alone.
pub(super) fn check(key: Key, text: &str) -> Result<(), String> {
    match key.info().kind {
        Kind::Integer { .. } => integer::<u64>(key, text).map(drop),
        Kind::Bool => boolean(text).map(drop),
        Kind::Choice(names) if names.iter().any(|name| name.eq_ignore_ascii_case(text.trim())) => {
            Ok(())
        }
        Kind::Choice(_) => Err(format!("must be one of {}", key.info().values())),
        Kind::Url => absolute_url(text).map(drop),
        Kind::Path => path(text).map(drop),
        // What these must be depends on other keys.
        Kind::Text | Kind::PathOrContent | Kind::PathOrMemory | Kind::HostOrUrl => Ok(()),
    }
}

/// True or false, in the usual words.
pub(super) fn boolean(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "yes" | "1" | "on" => Ok(true),
        "false" | "no" | "0" | "off" => Ok(false),
        _ => Err("must be true or false (or yes, no, 1, 0, on, off)".into()),
    }
}

/// A path; a leading `~/` is replaced by the user's home directory.
pub(super) fn path(text: &str) -> Result<PathBuf, String> {
    let Some(below_home) = text.strip_prefix("~/") else {
        return Ok(PathBuf::from(text));
    };
    match directories::BaseDirs::new() {
        Some(directories) => Ok(directories.home_dir().join(below_home)),
        None => Err("starts with ~/, but there is no home directory".into()),
    }
}

/// The bytes of a file given in Base64; line ends and missing padding do not matter.
pub(super) fn base64(text: &str) -> Result<Zeroizing<Vec<u8>>, String> {
    const BASE64: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let packed = Zeroizing::new(text.split_whitespace().collect::<String>());
    // The decoder's own message holds the offending byte.
    BASE64.decode(packed.as_bytes()).map(Zeroizing::new).map_err(|_| "must be Base64".into())
}

/// A base URL of the service: `https`, or `http` to this machine.
pub(super) fn base_url(text: &str) -> Result<Url, String> {
    let url = absolute_url(text)?;
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&url) => {}
        "http" => {
            return Err("must use https; plain http is for this machine only (localhost, \
                        127.0.0.1, [::1])"
                .into());
        }
        _ => return Err("must be an https URL".into()),
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must be a base URL, without ? and #".into());
    }
    Ok(url)
}

/// A complete URL with a host and without credentials.
pub(crate) fn absolute_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim())
        .ok()
        .filter(Url::has_host)
        .ok_or("must be a complete URL, such as https://host/path")?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not hold a user or password".into());
    }
    Ok(url)
}

/// Whether a URL's host is this machine, whatever a name server says.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Region;

    #[test]
    fn booleans_have_the_usual_words() {
        for word in ["true", "YES", "1", "On", " true "] {
            assert_eq!(boolean(word), Ok(true), "{word}");
        }
        for word in ["False", "no", "0", "OFF"] {
            assert_eq!(boolean(word), Ok(false), "{word}");
        }
        for word in ["", "2", "y", "truee"] {
            assert!(boolean(word).is_err(), "{word}");
        }
    }

    #[test]
    fn integers_have_bounds() {
        assert_eq!(integer::<usize>(Key::PageSize, " 5000 "), Ok(5000));
        for text in ["0", "5001", "-1", "1e3", "10s", "", "99999999999999999999"] {
            assert_eq!(
                integer::<usize>(Key::PageSize, text),
                Err("must be a whole number of objects from 1 to 5000".into())
            );
        }
        assert_eq!(
            integer::<u8>(Key::Verbosity, "6"),
            Err("must be a whole number from 0 to 5".into())
        );
    }

    #[test]
    fn choices_ignore_case_and_list_the_set() {
        assert_eq!(choice(Key::Region, "gB1"), Ok(Region::Gb1));
        let error = choice::<Region>(Key::Region, "US3").expect_err("there is no US3");
        assert!(error.starts_with("must be one of US1, US2, US5,"), "{error}");
        assert!(!error.contains("US3"));
    }

    #[test]
    fn base64_may_be_wrapped_and_unpadded() {
        for text in ["aGVsbG8=", "aGVsbG8", "aGVs\r\n bG8=\n"] {
            assert_eq!(base64(text).map(|bytes| bytes.to_vec()), Ok(b"hello".to_vec()));
        }
        assert!(base64("a?b").is_err());
    }

    #[test]
    fn paths_may_start_at_home() {
        let home = directories::BaseDirs::new().expect("a home directory").home_dir().to_path_buf();
        assert_eq!(path("~/a/b"), Ok(home.join("a/b")));
        for text in ["a/~/b", "~a", "/x y", "~"] {
            assert_eq!(path(text), Ok(PathBuf::from(text)));
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_only() {
        for good in [
            "https://api.anaplan.com",
            "https://10.0.0.1:8443/gate/",
            "http://localhost",
            "http://LOCALHOST:80/x",
            "http://127.0.0.1:8080",
            "http://127.9.8.7",
            "http://[::1]:1234/",
        ] {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.anaplan.com",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://128.0.0.1",
            "http://[::2]",
            "http://0.0.0.0",
            "ftp://localhost",
            "file:///etc/passwd",
            "data:text/plain,x",
            "localhost:8080",
            "api.anaplan.com",
            "https://",
            "https://user@host",
            "https://:word@host",
            "https://user:word@host",
            "http://localhost@evil.example",
            "https://host?",
            "https://host/?a=b",
            "https://host/#x",
            "https://host:99999",
        ] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }
}
