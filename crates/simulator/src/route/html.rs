//! HTML: the one layout of all pages, and escaping.

use std::fmt::Write as _;

const STYLE: &str = "
:root { color-scheme: light dark; --page: #eef1f6; --card: #fff; --text: #1b2430; --soft: #55606e;
  --line: #c3cad4; --accent: #1f4fbf; --on-accent: #fff; --bad: #a81c1c; --bad-page: #fdecec; }
@media (prefers-color-scheme: dark) {
  :root { --page: #12161c; --card: #1c222b; --text: #e8ecf1; --soft: #a5b0bd; --line: #4a5563;
    --accent: #8fb2ff; --on-accent: #10182a; --bad: #ffb1b1; --bad-page: #3a1e20; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: flex; flex-direction: column; align-items: center;
  justify-content: center; padding: 1.5rem; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 26rem; padding: 2rem; background: var(--card);
  border: 1px solid var(--line); border-radius: .75rem; overflow-wrap: anywhere; }
footer { max-width: 26rem; margin-top: 1rem; color: var(--soft); font-size: .875rem; }
h1 { margin: 0 0 .75rem; font-size: 1.375rem; line-height: 1.25; }
p { margin: 0 0 1rem; } ul { margin: 0 0 1.25rem; padding-left: 1.25rem; }
label { display: block; margin-bottom: .25rem; font-weight: 600; }
input { width: 100%; margin-bottom: 1rem; padding: .625rem .75rem; font: inherit;
  color: inherit; background: transparent; border: 1px solid var(--soft); border-radius: .375rem; }
.code { font-family: ui-monospace, monospace; letter-spacing: .1em; }
button { padding: .625rem 1.25rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--accent); background: transparent; border: 1px solid var(--accent);
  border-radius: .375rem; }
button.first { color: var(--on-accent); background: var(--accent); }
button.link { padding: 0; font-weight: 400; border: 0; text-decoration: underline; }
.buttons { display: flex; gap: .75rem; margin-bottom: 1rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
main > :last-child, form > :last-child { margin-bottom: 0; }
.error { padding: .625rem .75rem; color: var(--bad); background: var(--bad-page);
  border-radius: .375rem; }
";

/// Lays out a page. The title is text, the content HTML.
pub(super) fn page(title: &str, content: &str) -> String {
    let title = escape(title);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title} – simulated Anaplan</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
         <main>\n<h1>{title}</h1>\n{content}</main>\n\
         <footer>A simulated Anaplan, for tests. Only users of the simulated tenant can sign in; \
         don’t enter a real password.</footer>\n</body>\n</html>\n"
    )
}

/// Makes a paragraph that a screen reader announces at once; nothing without a text.
pub(super) fn alert(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| {
        format!("<p class=\"error\" role=\"alert\" id=\"error\">{}</p>\n", escape(text))
    })
}

/// Makes a form whose content is HTML, to be sent to a path, else to the address of its page.
pub(super) fn form(path: Option<&str>, csrf: &str, content: &str) -> String {
    let csrf = escape(csrf);
    let action = path.map_or_else(String::new, |path| format!(" action=\"{}\"", escape(path)));
    format!(
        "<form method=\"post\"{action}>\n<input type=\"hidden\" name=\"csrf\" value=\"{csrf}\">\n\
         {content}</form>\n"
    )
}

/// Escapes text for HTML, attributes included.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' | '<' | '>' | '"' | '\'' => {
                // Writing to a String can't fail.
                let _ = write!(escaped, "&#{};", u32::from(letter));
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}
