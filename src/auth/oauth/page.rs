//! The pages that a browser shows when it comes back, without scripts and anything from elsewhere.

use crate::error::Error;

const STYLE: &str = "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;\
                     padding:0 1rem;color:#1c2430;background:#fff}h1{font-size:1.5rem}\
                     @media(prefers-color-scheme:dark){body{color:#e8ecf2;background:#161b22}}";

/// The sign-in goes on in the program.
pub(super) fn done() -> String {
    let text = "<p>You can close this page and return to <strong>anaplan-sql</strong>.</p>";
    answer("200 OK", "You are back", text)
}

/// The sign-in page has refused.
pub(super) fn refused(error: &Error) -> String {
    let text = format!(
        "<p role=\"alert\">{}</p><p>You can close this page and return to \
         <strong>anaplan-sql</strong>.</p>",
        escape(&error.to_string())
    );
    answer("200 OK", "You are not signed in", &text)
}

/// The browser comes from a sign-in that nobody waits for.
pub(super) fn foreign() -> String {
    let text = "<p role=\"alert\">This page was opened by another sign-in than the one that \
                <strong>anaplan-sql</strong> waits for.</p><p>Open the address that the program \
                shows.</p>";
    answer("400 Bad Request", "This is not the sign-in that was started", text)
}

/// Icons and the like.
pub(super) fn not_found() -> String {
    answer("404 Not Found", "Nothing here", "")
}

/// Anything but a look.
pub(super) fn method_not_allowed() -> String {
    answer("405 Method Not Allowed\r\nAllow: GET", "Nothing here", "")
}

fn answer(status: &str, title: &str, content: &str) -> String {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title} – anaplan-sql</title>\
         <style>{STYLE}</style><body><main><h1>{title}</h1>{content}</main></body></html>\n"
    );
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
         Connection: close\r\nCache-Control: no-store\r\nReferrer-Policy: no-referrer\r\n\
         X-Content-Type-Options: nosniff\r\nContent-Security-Policy: default-src 'none'; \
         style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'\r\n\r\n{page}",
        page.len()
    )
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}
