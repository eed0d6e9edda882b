//! How a session signs in.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use super::choice::{
    AuthScheme, CertificateFormat, CertificateType, InitiateOAuth, OAuthGrantType, PrivateKeyType,
};
use super::key::Key;
use super::reader::Reader;
use super::value;
use crate::secret::Secret;

/// How a session signs in, with what it needs for that.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum AuthSettings {
    /// With user and password.
    Basic {
        /// The user's e-mail address.
        user: String,
        /// The user's password.
        password: Secret,
    },
    /// With a token obtained elsewhere, used as it is.
    Token {
        /// An `AnaplanAuthToken` or OAuth access token.
        token: Secret,
    },
    /// With a certificate.
    Certificate(CertificateSettings),
    /// With OAuth.
    OAuth(Box<OAuthSettings>),
}

/// What signing in with a certificate needs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CertificateSettings {
    /// The certificate and its private key.
    pub identity: Identity,
    /// The format of the signed payload.
    pub format: CertificateFormat,
}

/// A certificate and its private key.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Identity {
    /// Both in PEM.
    Pem {
        /// The certificate; a chain may hold it anywhere.
        certificate: Material,
        /// The private key: PKCS#8, plain or encrypted, or PKCS#1.
        private_key: Material,
        /// The password of the private key, if it is encrypted.
        private_key_password: Option<Secret>,
    },
    /// Both in a PFX (PKCS#12) file.
    Pfx {
        /// The file.
        file: Material,
        /// The file's password, if it has one.
        password: Option<Secret>,
    },
}

/// A certificate or private key: a file's path or its content. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Material {
    /// The path of the file. Whether it exists is not known yet.
    File(PathBuf),
    /// The content of the file.
    Content(Zeroizing<Vec<u8>>),
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::File(_) => "File(***)",
            Self::Content(_) => "Content(***)",
        })
    }
}

/// What signing in with OAuth needs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OAuthSettings {
    /// How far the session may go by itself to obtain tokens.
    pub initiate: InitiateOAuth,
    /// The grant for which the client is registered.
    pub grant_type: OAuthGrantType,
    /// The client's id.
    pub client_id: String,
    /// The client's secret. Always None for the device grant; for the other one None only if there
    /// is an access token, and neither sign-in nor refresh is wanted.
    pub client_secret: Option<Secret>,
    /// An access token carried over from elsewhere.
    pub access_token: Option<Secret>,
    /// A refresh token carried over from elsewhere.
    pub refresh_token: Option<Secret>,
    /// The life of the access token, counted from `token_timestamp`.
    pub expires_in: Option<Duration>,
    /// When the access token was issued.
    pub token_timestamp: Option<SystemTime>,
    /// The code from the redirect, to be exchanged once.
    pub verifier: Option<Secret>,
    /// Where tokens are stored.
    pub settings_location: SettingsLocation,
    /// What protects the stored tokens instead of the client's secret.
    pub settings_password: Option<Secret>,
    /// The redirect URI, exactly as it is registered for the client.
    pub callback_url: Option<String>,
    /// What the sign-in page must hand back; None: a random value for each sign-in.
    pub state: Option<Secret>,
    /// The scopes asked for, separated by blanks.
    pub scope: String,
}

/// Where OAuth tokens are stored.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SettingsLocation {
    /// In an encrypted file.
    File(PathBuf),
    /// In memory of this process, under a name that sessions can share.
    Memory(String),
}

impl AuthSettings {
    /// The scheme, as given or inferred.
    pub fn scheme(&self) -> AuthScheme {
        match self {
            Self::Basic { .. } => AuthScheme::Basic,
            Self::Token { .. } => AuthScheme::Token,
            Self::Certificate(_) => AuthScheme::Certificate,
            Self::OAuth(_) => AuthScheme::OAuth,
        }
    }

    /// Reads what the scheme needs. Keys of other schemes are left alone, because the environment
    /// may hold them for another program. None if there is no scheme, which is reported.
    pub(super) fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let (scheme, why) = scheme(reader)?;
        Some(match scheme {
            AuthScheme::Basic => Self::Basic {
                user: reader.required(Key::User, &why).into(),
                password: Secret::new(reader.required(Key::Password, &why)),
            },
            AuthScheme::Token => {
                Self::Token { token: Secret::new(reader.required(Key::AuthToken, &why)) }
            }
            AuthScheme::Certificate => Self::Certificate(certificate(reader, &why)),
            AuthScheme::OAuth => Self::OAuth(Box::new(oauth(reader, &why))),
        })
    }
}

/// The scheme given or inferred, and words that say why it needs a key.
fn scheme(reader: &mut Reader<'_>) -> Option<(AuthScheme, String)> {
    if reader.text(Key::AuthScheme).is_some() {
        let scheme = reader.choice(Key::AuthScheme)?;
        return Some((scheme, format!("AuthScheme={scheme} needs it")));
    }
    const HINTS: [(Key, AuthScheme); 4] = [
        (Key::OAuthClientId, AuthScheme::OAuth),
        (Key::Certificate, AuthScheme::Certificate),
        (Key::User, AuthScheme::Basic),
        (Key::AuthToken, AuthScheme::Token),
    ];
    // Source by source: User in a connection string says more than an OAuthClientId left in the
    // environment.
    for (layer, _) in reader.values().layers() {
        if let Some((key, scheme)) = HINTS.iter().find(|(key, _)| layer.contains_key(key)) {
            return Some((*scheme, format!("AuthScheme {scheme} (inferred from {key}) needs it")));
        }
    }
    if !HINTS.iter().any(|(key, _)| reader.is_garbled(*key)) {
        reader.problem(
            "nothing to sign in with: give User and Password, AuthToken, Certificate and \
             PrivateKey, or OAuthClientId and OAuthClientSecret",
        );
    }
    None
}

fn certificate(reader: &mut Reader<'_>, why: &str) -> CertificateSettings {
    let format = reader.choice(Key::CertificateFormat).unwrap_or_default();
    let kind: CertificateType = reader.choice(Key::CertificateType).unwrap_or_default();
    let blob = match kind {
        CertificateType::PemFile | CertificateType::PfxFile => None,
        CertificateType::PemBlob => Some(Blob::Pem),
        CertificateType::PfxBlob => Some(Blob::Pfx),
    };
    let certificate = material(reader, Key::Certificate, blob, why);
    let identity = match kind {
        CertificateType::PfxFile | CertificateType::PfxBlob => {
            Identity::Pfx { file: certificate, password: reader.secret(Key::CertificatePassword) }
        }
        CertificateType::PemFile | CertificateType::PemBlob => {
            let blob = match reader.choice(Key::PrivateKeyType).unwrap_or_default() {
                PrivateKeyType::PemFile => None,
                PrivateKeyType::PemBlob => Some(Blob::Pem),
            };
            let why = format!("a certificate with CertificateType={kind} needs it");
            Identity::Pem {
                certificate,
                private_key: material(reader, Key::PrivateKey, blob, &why),
                private_key_password: reader.secret(Key::PrivateKeyPassword),
            }
        }
    };
    CertificateSettings { identity, format }
}

/// The form of content in a value.
enum Blob {
    Pem,
    Pfx,
}

fn material(reader: &mut Reader<'_>, key: Key, blob: Option<Blob>, why: &str) -> Material {
    let placeholder = || Material::Content(Zeroizing::default());
    if reader.text(key).is_none() {
        reader.missing(key, why);
        return placeholder();
    }
    let parse = |text: &str| match blob {
        None if looks_like_content(text) => {
            // Taken for a path, it would stand in the message that the file can't be read.
            Err(format!("must be a path; for a file's content {key}Type must be a BLOB type"))
        }
        None => value::path(text).map(Material::File),
        // PEM is text already, and easily pasted as it is.
        Some(Blob::Pem) if text.trim_start().starts_with("-----BEGIN ") => {
            Ok(Material::Content(Zeroizing::new(text.as_bytes().to_vec())))
        }
        Some(_) => value::base64(text).map(Material::Content),
    };
    reader.parsed(key, parse).unwrap_or_else(placeholder)
}

fn looks_like_content(text: &str) -> bool {
    text.contains('\n') || text.starts_with("-----BEGIN ") || text.len() > 1000
}

fn oauth(reader: &mut Reader<'_>, why: &str) -> OAuthSettings {
    let initiate = reader.choice(Key::InitiateOAuth).unwrap_or_default();
    let grant_type = reader.choice(Key::OAuthGrantType).unwrap_or_default();
    let client_id = reader.required(Key::OAuthClientId, why).to_owned();
    let access_token = reader.secret(Key::OAuthAccessToken);
    let verifier = reader.secret(Key::OAuthVerifier);
    let callback_url = reader
        .parsed(Key::CallbackUrl, |text| value::absolute_url(text).map(|_| text.trim().to_owned()));
    let client_secret = match grant_type {
        OAuthGrantType::Code => reader.secret(Key::OAuthClientSecret),
        OAuthGrantType::Device => None,
    };
    match grant_type {
        OAuthGrantType::Code => {
            let given_only = initiate == InitiateOAuth::Off && access_token.is_some();
            if client_secret.is_none() && !given_only {
                reader.missing(Key::OAuthClientSecret, "OAuthGrantType=CODE needs it");
            }
            // For a code it may be known from an earlier sign-in.
            if initiate == InitiateOAuth::GetAndRefresh && reader.text(Key::CallbackUrl).is_none() {
                reader.missing(Key::CallbackUrl, "signing in with OAuthGrantType=CODE needs it");
            }
        }
        OAuthGrantType::Device if verifier.is_some() => {
            reader.contradiction(Key::OAuthVerifier, "is for OAuthGrantType=CODE only");
        }
        OAuthGrantType::Device => {}
    }
    OAuthSettings {
        initiate,
        grant_type,
        client_id,
        client_secret,
        access_token,
        refresh_token: reader.secret(Key::OAuthRefreshToken),
        expires_in: reader.seconds(Key::OAuthExpiresIn),
        token_timestamp: reader
            .integer(Key::OAuthTokenTimestamp)
            .and_then(|millis| SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(millis))),
        verifier,
        settings_location: settings_location(reader),
        settings_password: reader.secret(Key::OAuthSettingsPassword),
        callback_url,
        state: reader.secret(Key::State),
        scope: reader.string(Key::Scope).unwrap_or_default(),
    }
}

fn settings_location(reader: &mut Reader<'_>) -> SettingsLocation {
    let given = reader.parsed(Key::OAuthSettingsLocation, |text| match text.split_once("://") {
        Some((scheme, name)) if scheme.eq_ignore_ascii_case("memory") && !name.is_empty() => {
            Ok(SettingsLocation::Memory(name.to_owned()))
        }
        Some(_) => Err("must be the path of a file, or memory://NAME".into()),
        None => value::path(text).map(SettingsLocation::File),
    });
    let placeholder = SettingsLocation::Memory(String::new());
    if given.is_some() || reader.text(Key::OAuthSettingsLocation).is_some() {
        return given.unwrap_or(placeholder);
    }
    match directories::ProjectDirs::from("", "", "anaplan-sql") {
        Some(own) => SettingsLocation::File(own.config_dir().join("OAuthSettings.txt")),
        None => {
            let why = "there is no home directory for the default file";
            reader.missing(Key::OAuthSettingsLocation, why);
            placeholder
        }
    }
}
