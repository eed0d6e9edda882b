//! What the pages for people share: a browser's cookie, forms, redirects, the login form.

use http::header::{ALLOW, CACHE_CONTROL, LOCATION, REFERRER_POLICY, SET_COOKIE};
use http::header::{CONTENT_SECURITY_POLICY, COOKIE, X_CONTENT_TYPE_OPTIONS};
use http::{Method, StatusCode, request};

use super::super::oauth::Browser;
use super::super::path::Query;
use super::super::reply::Reply;
use super::super::state::State;
use super::header::authenticated;
use super::table::Page;
use super::{activate, html, login};

const COOKIE_NAME: &str = "simulator_browser";

/// A request of a browser for a page.
pub(super) struct Visit<'a> {
    pub(super) state: &'a State,
    pub(super) query: Query,
    /// The query as it was sent, to be handed on from page to page.
    pub(super) raw_query: &'a str,
    /// The fields of the form that was sent; `None` when the page is only looked at.
    pub(super) form: Option<Query>,
    pub(super) browser: Option<Browser>,
    pub(super) now: i64,
}

/// Serves one page.
pub(super) fn serve(state: &State, page: Page, parts: &request::Parts, body: &[u8]) -> Reply {
    let allowed = if page == Page::Authorize { "GET" } else { "GET, POST" };
    if !allowed.split(", ").any(|method| parts.method == method) {
        let text = "This page can’t be asked for in this way.";
        return error_page(StatusCode::METHOD_NOT_ALLOWED, "No such form", text)
            .header(ALLOW, allowed);
    }
    let now = state.clock.now_ms();
    let browser = cookie(parts).and_then(|cookie| state.oauth().browsers.find(cookie, now));
    let is_post = parts.method == Method::POST;
    let form = is_post.then(|| Query::parse(std::str::from_utf8(body).ok()));
    let raw_query = parts.uri.query().unwrap_or_default();
    let visit =
        Visit { state, query: Query::parse(Some(raw_query)), raw_query, form, browser, now };
    if is_post && !visit.is_own_form() {
        let text = "This form is too old, or it came from another page. Open the page again.";
        return error_page(StatusCode::FORBIDDEN, "Please start again", text);
    }
    match page {
        Page::Authorize => login::authorize(&visit),
        Page::Login => login::login(&visit),
        Page::Consent => login::consent(&visit),
        Page::Activate => activate::code(&visit),
        Page::ActivateLogin => activate::login(&visit),
        Page::ActivateConsent => activate::consent(&visit),
    }
}

impl Visit<'_> {
    /// Returns a field of the form that was sent.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        self.form.as_ref()?.get(name)
    }

    /// Returns id and email of the user who is signed in.
    pub(super) fn user(&self) -> Option<(String, String)> {
        let id = self.browser.as_ref()?.user_id.as_ref()?;
        let tenant = self.state.tenant();
        let user = tenant.users.iter().find(|user| user.id == *id && user.active)?;
        Some((user.id.clone(), user.email.clone()))
    }

    /// Makes a page with a form; a browser that has no cookie gets one with it.
    pub(super) fn form_page(
        &self,
        status: StatusCode,
        title: &str,
        content: impl FnOnce(&str) -> String,
    ) -> Reply {
        let (browser, is_new) = match &self.browser {
            Some(browser) => (browser.clone(), false),
            None => (self.state.oauth().browsers.open(None, self.now), true),
        };
        let reply = page(status, title, &content(&browser.csrf));
        if is_new { with_cookie(reply, &browser) } else { reply }
    }

    /// Shows the login form or, when it was sent, signs in and leads on to `next`.
    pub(super) fn login(&self, next: &str) -> Reply {
        let Some(form) = &self.form else {
            return self.login_form(StatusCode::OK, None);
        };
        let email = form.get("email").unwrap_or_default().trim();
        let password = form.get("password").unwrap_or_default();
        let Some(user_id) = authenticated(self.state, email, password) else {
            let error = "No user of this tenant has this email address and password.";
            return self.login_form(StatusCode::FORBIDDEN, Some(error));
        };
        with_cookie(see_other(next), &self.reopen(Some(user_id)))
    }

    /// Signs out, and leads on to `next`.
    pub(super) fn sign_out(&self, next: &str) -> Reply {
        with_cookie(see_other(next), &self.reopen(None))
    }

    /// Gives the browser a new cookie: one from before a sign-in may be known to others.
    fn reopen(&self, user_id: Option<String>) -> Browser {
        let mut oauth = self.state.oauth();
        if let Some(browser) = &self.browser {
            oauth.browsers.forget(&browser.cookie);
        }
        oauth.browsers.open(user_id, self.now)
    }

    fn login_form(&self, status: StatusCode, error: Option<&str>) -> Reply {
        let email = html::escape(self.field("email").unwrap_or_default());
        let described = if error.is_some() { " aria-describedby=\"error\"" } else { "" };
        // The cursor goes where something is to be typed.
        let (first, second) =
            if email.is_empty() { (" autofocus", "") } else { ("", " autofocus") };
        self.form_page(status, "Sign in", |csrf| {
            let fields = format!(
                "<label for=\"email\">Email</label>\n\
                 <input id=\"email\" name=\"email\" type=\"email\" value=\"{email}\" \
                 autocomplete=\"username\" required{first}{described}>\n\
                 <label for=\"password\">Password</label>\n\
                 <input id=\"password\" name=\"password\" type=\"password\" \
                 autocomplete=\"current-password\" required{second}{described}>\n\
                 <button class=\"first\">Sign in</button>\n"
            );
            format!("{}{}", html::alert(error), html::form(None, csrf, &fields))
        })
    }

    /// Shows who asks for what, and the buttons that allow, deny, or change the user.
    pub(super) fn consent_form(
        &self,
        client: &str,
        email: &str,
        scope: &str,
        remark: &str,
    ) -> Reply {
        let (client, email, remark) =
            (html::escape(client), html::escape(email), html::escape(remark));
        let items: String = std::iter::once("use Anaplan as you, with all that you may do there")
            .chain(scope.split(' ').filter_map(|scope| match scope {
                "openid" => Some("know who you are"),
                "email" => Some("see your email address"),
                "offline_access" => Some("stay signed in when you are away"),
                _ => None,
            }))
            .map(|item| format!("<li>{item}</li>\n"))
            .collect();
        self.form_page(StatusCode::OK, "Allow access?", |csrf| {
            let form = html::form(
                None,
                csrf,
                "<div class=\"buttons\">\n\
                 <button class=\"first\" name=\"decision\" value=\"allow\">Allow</button>\n\
                 <button name=\"decision\" value=\"deny\">Deny</button>\n</div>\n\
                 <button class=\"link\" name=\"decision\" value=\"switch\">\
                 Sign in as somebody else</button>\n",
            );
            format!(
                "<p>You are signed in as <strong>{email}</strong>.</p>\n\
                 <p><strong>{client}</strong> wants to:</p>\n<ul>\n{items}</ul>\n\
                 <p>{remark}</p>\n{form}"
            )
        })
    }

    /// Tells whether the form that was sent is one that this browser was shown.
    fn is_own_form(&self) -> bool {
        let given = self.field("csrf");
        self.browser.as_ref().is_some_and(|browser| given == Some(browser.csrf.as_str()))
    }
}

/// Makes a page that says why there is nothing else to see.
pub(super) fn error_page(status: StatusCode, title: &str, text: &str) -> Reply {
    page(status, title, &html::alert(Some(text)))
}

/// Makes a page. The content is HTML.
pub(super) fn page(status: StatusCode, title: &str, content: &str) -> Reply {
    Reply::text(status, "text/html; charset=utf-8", html::page(title, content))
        .header(CACHE_CONTROL, "no-store")
        .header(REFERRER_POLICY, "no-referrer")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff")
        .header(
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
        )
}

/// Leads a browser that has sent a form to the next page.
pub(super) fn see_other(location: &str) -> Reply {
    redirect(StatusCode::SEE_OTHER, location)
}

/// Leads a browser on.
pub(super) fn redirect(status: StatusCode, location: &str) -> Reply {
    Reply::empty(status).header(LOCATION, location).header(CACHE_CONTROL, "no-store")
}

fn with_cookie(reply: Reply, browser: &Browser) -> Reply {
    let cookie = format!("{COOKIE_NAME}={}; Path=/; HttpOnly; SameSite=Lax", browser.cookie);
    reply.header(SET_COOKIE, cookie)
}

fn cookie(parts: &request::Parts) -> Option<&str> {
    parts
        .headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE_NAME)
        .map(|(_, value)| value)
}
