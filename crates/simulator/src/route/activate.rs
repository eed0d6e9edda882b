//! The pages of the device grant: a person types the code that a program shows, and allows or denies.

use http::StatusCode;
use url::form_urlencoded::byte_serialize;

use super::super::reply::Reply;
use super::html;
use super::visit::{Visit, page, see_other};

/// `/activate`: asks for the code.
pub(super) fn code(visit: &Visit<'_>) -> Reply {
    let Some(code) = visit.field("user_code") else {
        return code_form(visit, StatusCode::OK, visit.query.get("user_code"), None);
    };
    if visit.state.oauth().waiting_device(code, visit.now).is_none() {
        return unknown_code(visit, code);
    }
    let next = if visit.user().is_some() { "/activate/consent" } else { "/activate/login" };
    see_other(&with_code(next, code))
}

/// `/activate/login`: the login page.
pub(super) fn login(visit: &Visit<'_>) -> Reply {
    visit.login(&with_code("/activate/consent", asked_code(visit)))
}

/// `/activate/consent`: allow or deny.
pub(super) fn consent(visit: &Visit<'_>) -> Reply {
    let code = asked_code(visit);
    let login = with_code("/activate/login", code);
    let Some((user_id, email)) = visit.user() else {
        return see_other(&login);
    };
    let Some(device) = visit.state.oauth().waiting_device(code, visit.now) else {
        return unknown_code(visit, code);
    };
    let answer = match visit.field("decision") {
        Some("allow") => Some(user_id),
        Some("deny") => None,
        Some("switch") => return visit.sign_out(&login),
        _ => {
            let client = visit.state.tenant().find_oauth_client(&device.client_id).cloned();
            let name = client.map_or(device.client_id, |client| client.name);
            let remark =
                format!("Allow it only if the program shows you this code: {}", device.user_code);
            return visit.consent_form(&name, &email, &device.scope, &remark);
        }
    };
    let (title, text) = if answer.is_some() {
        ("Access allowed", "The program goes on by itself. You can close this page.")
    } else {
        ("Access denied", "The program was told so. You can close this page.")
    };
    if !visit.state.oauth().answer_device(code, answer, visit.now) {
        return unknown_code(visit, code);
    }
    page(StatusCode::OK, title, &format!("<p role=\"status\">{text}</p>\n"))
}

fn unknown_code(visit: &Visit<'_>, code: &str) -> Reply {
    let error =
        "No program waits for this code. It may have expired: let the program show a new one.";
    code_form(visit, StatusCode::NOT_FOUND, Some(code), Some(error))
}

fn code_form(
    visit: &Visit<'_>,
    status: StatusCode,
    code: Option<&str>,
    error: Option<&str>,
) -> Reply {
    let code = html::escape(code.unwrap_or_default());
    let described = if error.is_some() { " aria-describedby=\"error\"" } else { "" };
    visit.form_page(status, "Connect a program", |csrf| {
        let fields = format!(
            "<label for=\"user_code\">Code</label>\n\
             <input class=\"code\" id=\"user_code\" name=\"user_code\" value=\"{code}\" \
             autocomplete=\"off\" autocapitalize=\"characters\" spellcheck=\"false\" required \
             autofocus{described}>\n<button class=\"first\">Continue</button>\n"
        );
        format!(
            "{}<p>Enter the code that the program shows you.</p>\n{}",
            html::alert(error),
            html::form(Some("/activate"), csrf, &fields)
        )
    })
}

/// Returns the user code that the address of the page carries.
fn asked_code<'a>(visit: &'a Visit<'_>) -> &'a str {
    visit.query.get("user_code").unwrap_or_default()
}

fn with_code(path: &str, code: &str) -> String {
    let code: String = byte_serialize(code.as_bytes()).collect();
    format!("{path}?user_code={code}")
}
