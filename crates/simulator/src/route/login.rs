//! The pages of the authorization code grant: login, consent, and the way back to the program.

use http::StatusCode;
use url::form_urlencoded::byte_serialize;

use super::super::oauth::granted_scope;
use super::super::reply::Reply;
use super::super::tenant::{ClientGrant, OAuthClient};
use super::visit::{Visit, error_page, redirect, see_other};

/// What a program asks for, checked.
struct Request {
    client: OAuthClient,
    redirect_uri: String,
    scope: String,
}

/// `GET /auth/authorize`: on to the login page.
pub(super) fn authorize(visit: &Visit<'_>) -> Reply {
    match request(visit) {
        Ok(_) => redirect(StatusCode::FOUND, &here(visit, "/auth/prelogin")),
        Err(reply) => reply,
    }
}

/// `/auth/prelogin`: the login page.
pub(super) fn login(visit: &Visit<'_>) -> Reply {
    let next = here(visit, "/auth/consent");
    match request(visit) {
        Ok(_) if visit.form.is_none() && visit.user().is_some() => see_other(&next),
        Ok(_) => visit.login(&next),
        Err(reply) => reply,
    }
}

/// `/auth/consent`: allow or deny, and back to the program.
pub(super) fn consent(visit: &Visit<'_>) -> Reply {
    let request = match request(visit) {
        Ok(request) => request,
        Err(reply) => return reply,
    };
    let login = here(visit, "/auth/prelogin");
    let Some((user_id, email)) = visit.user() else {
        return see_other(&login);
    };
    match visit.field("decision") {
        Some("allow") => {
            let code = {
                let mut oauth = visit.state.oauth();
                let grant = oauth.grant(&request.client.id, &user_id, &request.scope);
                oauth.issue_code(grant, &request.redirect_uri, visit.now)
            };
            back(visit, &request.redirect_uri, &[("code", &code)])
        }
        Some("deny") => {
            let denied =
                [("error", "access_denied"), ("error_description", "The user denied access.")];
            back(visit, &request.redirect_uri, &denied)
        }
        Some("switch") => visit.sign_out(&login),
        _ => {
            let remark = format!("Either way you go on to {}.", request.redirect_uri);
            visit.consent_form(&request.client.name, &email, &request.scope, &remark)
        }
    }
}

/// Checks what a program asks for.
///
/// The error is the whole answer: a page while it isn't sure that the redirect URI belongs to the
/// client, a redirect afterwards.
fn request(visit: &Visit<'_>) -> Result<Request, Reply> {
    let query = &visit.query;
    let refuse = |text: &str| error_page(StatusCode::BAD_REQUEST, "This link doesn’t work", text);
    let client_id = query.get("client_id").unwrap_or_default();
    let client = visit.state.tenant().find_oauth_client(client_id).cloned();
    let Some(client) = client else {
        return Err(refuse("The program that sent you here is not registered with this tenant."));
    };
    if matches!(client.grant, ClientGrant::Device) {
        return Err(refuse("The program that sent you here is registered for the device grant."));
    }
    let redirect_uri = query.get("redirect_uri").unwrap_or_default().to_owned();
    if !client.may_redirect_to(&redirect_uri) {
        let text = "The program that sent you here wants you back at an address that is not \
                    registered for it.";
        return Err(refuse(text));
    }
    let error = |error: &str, description: &str| {
        let pairs = [("error", error), ("error_description", description)];
        Err(back(visit, &redirect_uri, &pairs))
    };
    match query.get("response_type") {
        None | Some("") => error("invalid_request", "response_type is missing."),
        Some("code") => match query.get("scope") {
            None | Some("") => error("invalid_request", "scope is missing."),
            Some(scope) => Ok(Request { scope: granted_scope(scope), client, redirect_uri }),
        },
        Some(_) => error("unsupported_response_type", "response_type must be code."),
    }
}

/// Leads back to the program, with the state just as it came.
fn back(visit: &Visit<'_>, redirect_uri: &str, pairs: &[(&str, &str)]) -> Reply {
    let mut location = redirect_uri.to_owned();
    let mut joint = if redirect_uri.contains('?') { '&' } else { '?' };
    for (key, value) in pairs {
        location.push(joint);
        location.push_str(key);
        location.push('=');
        location.extend(byte_serialize(value.as_bytes()));
        joint = '&';
    }
    if let Some(state) = visit.raw_query.split('&').find(|pair| pair.starts_with("state=")) {
        location.push(joint);
        location.push_str(state);
    }
    let status = if visit.form.is_some() { StatusCode::SEE_OTHER } else { StatusCode::FOUND };
    redirect(status, &location)
}

/// Returns the address of a page with the query of this one.
fn here(visit: &Visit<'_>, path: &str) -> String {
    format!("{path}?{}", visit.raw_query)
}
