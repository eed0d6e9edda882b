//! The OAuth service as programs call it: `POST /oauth/token` and `POST /oauth/device/code`.
//!
//! Names of errors are those that Anaplan documents; texts and statuses are those of Auth0, which
//! its answers resemble. A client decides on the name.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use http::{Method, StatusCode, request};
use serde_json::{Value, json};

use super::super::oauth::{Grant, InvalidGrant, Poll, granted_scope};
use super::super::path::Query;
use super::super::reply::Reply;
use super::super::secret::unguessable_hex;
use super::super::state::State;
use super::super::tenant::{ClientGrant, OAuthClient};
use super::table::OAuthCall;

const AUTHORIZATION_CODE: &str = "authorization_code";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
const REFRESH_TOKEN: &str = "refresh_token";

/// What a device is granted that doesn't say what it wants.
const DEFAULT_SCOPE: &str = "openid email";

/// An error of the service: status, name, description.
struct OAuthError(StatusCode, &'static str, String);

impl OAuthError {
    fn invalid_request(description: impl Into<String>) -> Self {
        Self(StatusCode::BAD_REQUEST, "invalid_request", description.into())
    }

    fn forbidden(error: &'static str, description: impl Into<String>) -> Self {
        Self(StatusCode::FORBIDDEN, error, description.into())
    }

    /// Refuses a client that isn't known or can't prove that it is the one.
    fn unauthorized() -> Self {
        Self(StatusCode::UNAUTHORIZED, "access_denied", "Unauthorized".to_owned())
    }
}

impl From<InvalidGrant> for OAuthError {
    fn from(InvalidGrant(description): InvalidGrant) -> Self {
        Self::forbidden("invalid_grant", description)
    }
}

impl From<Poll> for OAuthError {
    fn from(poll: Poll) -> Self {
        let (error, description) = match poll {
            Poll::Pending => ("authorization_pending", "User has yet to authorize device code."),
            Poll::SlowDown => ("slow_down", "You are polling faster than the specified interval."),
            Poll::Denied => ("access_denied", "User cancelled the confirmation prompt."),
            Poll::Expired => ("expired_token", "The device code has expired."),
            Poll::Invalid(invalid) => return invalid.into(),
        };
        Self::forbidden(error, description)
    }
}

/// The parameters of a call.
struct Parameters(Query);

impl Parameters {
    /// Reads a body: JSON or a form.
    fn read(parts: &request::Parts, body: &[u8]) -> Result<Self, OAuthError> {
        let content_type = parts.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default();
        match essence.trim().to_ascii_lowercase().as_str() {
            "application/x-www-form-urlencoded" => {
                Ok(Self(Query::parse(std::str::from_utf8(body).ok())))
            }
            "application/json" => {
                let Ok(Value::Object(object)) = serde_json::from_slice(body) else {
                    return Err(OAuthError::invalid_request("The body is no JSON object"));
                };
                let pairs = object.into_iter().filter_map(|(key, value)| match value {
                    Value::String(text) => Some((key, text)),
                    _ => None,
                });
                Ok(Self(pairs.collect()))
            }
            _ => Err(OAuthError::invalid_request("The body must be JSON or a form")),
        }
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).filter(|value| !value.is_empty())
    }

    fn required(&self, key: &str) -> Result<&str, OAuthError> {
        self.get(key).ok_or_else(|| {
            OAuthError::invalid_request(format!("Missing required parameter: {key}"))
        })
    }
}

/// Serves one call of the service.
pub(super) fn serve(state: &State, call: OAuthCall, parts: &request::Parts, body: &[u8]) -> Reply {
    let answer = if parts.method == Method::POST {
        Parameters::read(parts, body).and_then(|parameters| match call {
            OAuthCall::Token => token(state, &parameters),
            OAuthCall::DeviceCode => device_code(state, &parameters),
        })
    } else {
        let method = StatusCode::METHOD_NOT_ALLOWED;
        Err(OAuthError(method, "invalid_request", "Only POST is allowed".to_owned()))
    };
    let (status, body) = match answer {
        Ok(body) => (StatusCode::OK, body),
        Err(OAuthError(status, error, description)) => {
            (status, json!({"error": error, "error_description": description}))
        }
    };
    let reply =
        Reply::json(status, &body).header(CACHE_CONTROL, "no-store").header(PRAGMA, "no-cache");
    if status == StatusCode::METHOD_NOT_ALLOWED { reply.header(ALLOW, "POST") } else { reply }
}

fn token(state: &State, parameters: &Parameters) -> Result<Value, OAuthError> {
    let Some(grant_type) = parameters.get("grant_type") else {
        // Seen at the service: 401, not 400.
        let description = "Missing required parameter: grant_type".to_owned();
        return Err(OAuthError(StatusCode::UNAUTHORIZED, "invalid_request", description));
    };
    if ![AUTHORIZATION_CODE, DEVICE_CODE, REFRESH_TOKEN].contains(&grant_type) {
        let description = format!("Unsupported grant type: {grant_type}");
        return Err(OAuthError::invalid_request(description));
    }
    let client = client(state, parameters)?;
    let own_grant = match client.grant {
        ClientGrant::AuthorizationCode { .. } => AUTHORIZATION_CODE,
        ClientGrant::Device => DEVICE_CODE,
    };
    if grant_type != own_grant && grant_type != REFRESH_TOKEN {
        let description = format!("Grant type '{grant_type}' not allowed for the client.");
        return Err(OAuthError::forbidden("unauthorized_client", description));
    }
    let now = state.clock.now_ms();
    // Locked to the end: of two calls with one code or token, one comes first.
    let mut oauth = state.oauth();
    let (grant, refresh_token) = match grant_type {
        REFRESH_TOKEN => oauth.refresh(parameters.required("refresh_token")?, &client, now)?,
        AUTHORIZATION_CODE => {
            let code = parameters.required("code")?;
            let redirect_uri = parameters.required("redirect_uri")?;
            let tokens = &mut state.tokens();
            let grant = oauth.redeem_code(code, &client.id, redirect_uri, now, tokens)?;
            let refresh_token = oauth.issue_refresh_token(&grant, &client, now);
            (grant, refresh_token)
        }
        _ => {
            let code = parameters.required("device_code")?;
            let grant = oauth.poll_device(code, &client.id, now)?;
            let refresh_token = oauth.issue_refresh_token(&grant, &client, now);
            (grant, refresh_token)
        }
    };
    let email = {
        let tenant = state.tenant();
        let user = tenant.users.iter().find(|user| user.id == grant.user_id && user.active);
        user.map(|user| user.email.clone()).ok_or(InvalidGrant("The user may not sign in."))?
    };
    let (access_token, token) = state.tokens().issue(&grant.user_id, now);
    oauth.gave(&grant, &access_token);
    let mut answer = json!({
        "access_token": access_token,
        "scope": grant.scope,
        "expires_in": (token.expires_at - now) / 1000,
        "token_type": "Bearer",
    });
    let id_token =
        grant.has("openid").then(|| id_token(state, &grant, &email, now, token.expires_at));
    if let Some(object) = answer.as_object_mut() {
        object.extend(refresh_token.map(|value| ("refresh_token".to_owned(), value.into())));
        object.extend(id_token.map(|value| ("id_token".to_owned(), value.into())));
    }
    Ok(answer)
}

fn device_code(state: &State, parameters: &Parameters) -> Result<Value, OAuthError> {
    let client_id = parameters.required("client_id")?;
    match state.tenant().find_oauth_client(client_id).map(|client| &client.grant) {
        Some(ClientGrant::Device) => {}
        Some(ClientGrant::AuthorizationCode { .. }) => {
            let description = format!("Grant type '{DEVICE_CODE}' not allowed for the client.");
            return Err(OAuthError::forbidden("unauthorized_client", description));
        }
        None => {
            return Err(OAuthError::forbidden("unauthorized_client", "Unknown client"));
        }
    }
    let scope = granted_scope(parameters.get("scope").unwrap_or(DEFAULT_SCOPE));
    let code = state.oauth().start_device(client_id, &scope, state.clock.now_ms());
    let page = format!("{}/activate", state.url);
    Ok(json!({
        "device_code": code.device_code,
        "user_code": code.user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?user_code={}", code.user_code),
        "expires_in": code.expires_in,
        "interval": code.interval,
    }))
}

/// Finds the client of a call and checks its secret, if it has one.
fn client(state: &State, parameters: &Parameters) -> Result<OAuthClient, OAuthError> {
    let id = parameters.required("client_id")?;
    let client =
        state.tenant().find_oauth_client(id).cloned().ok_or_else(OAuthError::unauthorized)?;
    match &client.grant {
        ClientGrant::AuthorizationCode { secret, .. }
            if !parameters.get("client_secret").is_some_and(|given| secret.is(given)) =>
        {
            Err(OAuthError::unauthorized())
        }
        _ => Ok(client),
    }
}

/// Makes an identity token: the form of a JWT, with a signature that nobody can check.
fn id_token(state: &State, grant: &Grant, email: &str, now: i64, expires_at: i64) -> String {
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "RS256", "typ": "JWT", "kid": "simulator"});
    let mut claims = json!({
        "iss": format!("{}/", state.url),
        "sub": grant.user_id,
        "aud": grant.client_id,
        "iat": now / 1000,
        "exp": expires_at / 1000,
    });
    if let Some(object) = claims.as_object_mut().filter(|_| grant.has("email")) {
        object.insert("email".to_owned(), email.into());
    }
    let signature = URL_SAFE_NO_PAD.encode(unguessable_hex(16));
    format!("{}.{}.{signature}", part(header), part(claims))
}
