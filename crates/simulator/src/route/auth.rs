//! The authentication service: `/token/…`.

use http::{Method, StatusCode, request};
use serde_json::{Value, json};

use super::super::reply::Reply;
use super::super::state::State;
use super::super::tokens::Token;
use super::certificate;
use super::header::{Service, authenticated, authorization, basic};
use super::table::TokenCall;

/// Serves one call of the service.
pub(super) fn serve(state: &State, call: TokenCall, parts: &request::Parts, body: &[u8]) -> Reply {
    let method = if call == TokenCall::Validate { Method::GET } else { Method::POST };
    if parts.method != method {
        return failure(
            StatusCode::METHOD_NOT_ALLOWED,
            "FAILURE_METHOD_NOT_ALLOWED",
            "Method not allowed.",
        )
        .header(http::header::ALLOW, method.as_str());
    }
    if call == TokenCall::Authenticate {
        return authenticate(state, parts, body);
    }
    let now = state.clock.now_ms();
    let Some(value) = Service::Authentication.token(&parts.headers) else {
        // Refresh and validate answer a bad header with another code than authenticate and logout.
        return bad_header(if call == TokenCall::Logout {
            StatusCode::UNAUTHORIZED
        } else {
            StatusCode::BAD_REQUEST
        });
    };
    let found = if call == TokenCall::Refresh {
        state.tokens().refresh(value, now)
    } else {
        state.tokens().find(value, now).cloned()
    };
    let Some(token) = found else {
        return bad_credential("Invalid or expired token.");
    };
    match call {
        TokenCall::Logout => {
            state.tokens().kill(value);
            Reply::empty(StatusCode::NO_CONTENT)
        }
        TokenCall::Validate => validated(state, &token),
        TokenCall::Authenticate | TokenCall::Refresh => {
            success(state, StatusCode::OK, "Token refreshed", &issued(value, &token))
        }
    }
}

fn authenticate(state: &State, parts: &request::Parts, body: &[u8]) -> Reply {
    let Some((scheme, rest)) = authorization(&parts.headers) else {
        return bad_header(StatusCode::UNAUTHORIZED);
    };
    let user_id = if scheme.eq_ignore_ascii_case("CACertificate") {
        match certificate::authenticate(state, rest, body) {
            Ok(user_id) => user_id,
            Err(message) => return bad_credential(message),
        }
    } else {
        let Some((email, password)) = basic(&parts.headers) else {
            return bad_header(StatusCode::UNAUTHORIZED);
        };
        let Some(user_id) = authenticated(state, &email, &password) else {
            return bad_credential("Invalid user name or password.");
        };
        state.sign_ins().counts.basic += 1;
        user_id
    };
    let (value, token) = state.tokens().issue(&user_id, state.clock.now_ms());
    success(state, StatusCode::CREATED, "Login successful", &issued(&value, &token))
}

fn issued(value: &str, token: &Token) -> Value {
    json!({
        "expiresAt": token.expires_at,
        "tokenId": token.token_id,
        "tokenValue": value,
        "refreshTokenId": token.refresh_id,
    })
}

fn success(state: &State, status: StatusCode, message: &str, info: &Value) -> Reply {
    let body = json!({
        "meta": {"validationUrl": format!("{}/token/validate", state.url)},
        "status": "SUCCESS",
        "statusMessage": message,
        "tokenInfo": info,
    });
    Reply::json(status, &body)
}

fn validated(state: &State, token: &Token) -> Reply {
    let tenant = state.tenant();
    let Some(user) = tenant.users.iter().find(|user| user.id == token.user_id) else {
        return bad_credential("Invalid or expired token.");
    };
    let body = json!({
        "meta": {"validationUrl": format!("{}/token/validate", state.url)},
        "status": "SUCCESS",
        "statusMessage": "Token validated",
        "tokenInfo": {"expiresAt": token.expires_at, "tokenId": token.token_id},
        "userInfo": {"userGuid": user.id, "userId": user.email, "customerGuid": tenant.customer_id},
    });
    Reply::json(StatusCode::OK, &body)
}

fn bad_header(status: StatusCode) -> Reply {
    failure(status, "FAILURE_BAD_HEADER", "Invalid header. Verify the header.")
}

fn bad_credential(message: &str) -> Reply {
    failure(StatusCode::UNAUTHORIZED, "FAILURE_BAD_CREDENTIAL", message)
}

fn failure(status: StatusCode, code: &str, message: &str) -> Reply {
    Reply::json(status, &json!({"status": code, "statusMessage": message}))
}
