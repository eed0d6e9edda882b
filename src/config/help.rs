//! Prints the table of keys: as help in a terminal, and as the reference page.

use super::key::{KEYS, KeyInfo};

/// Columns of the help text.
const WIDTH: usize = 100;

/// Columns before the descriptions: the longest key has 21 characters.
const INDENT: usize = 25;

const GRAMMAR: &[&str] = &[
    "A connection string is a list of Key=Value pairs separated by semicolons; one at the end is \
     fine. Keys are case-insensitive, and each may stand once. Blanks around keys and values are \
     trimmed. An empty value means unset.",
    "A value that holds a semicolon, that starts with a quote or a brace, or whose outer blanks \
     count, must be quoted: \"...\" or '...' (a doubled quote is a literal one), or {...} (a \
     doubled } is a literal one). Between the quotes everything is taken literally. Without them, \
     a value extends to the next semicolon, and may hold =.",
];

const PRECEDENCE: &str = "\
     What is set in code wins over the connection string, that over the environment, and that \
     over the default. The environment variable of a key is ANAPLAN_SQL_ and the key in upper \
     case, such as ANAPLAN_SQL_PASSWORD, so that no secret need stand on a command line.";

const BASIC: &str = "User=jane@example.com;Password={pass;word};Region=EU3";
const OAUTH: &str = "InitiateOAuth=REFRESH;OAuthClientId=...;OAuthClientSecret=...;\
                     OAuthSettingsLocation=~/anaplan.txt";
const CERTIFICATE: &str = "Certificate=~/anaplan.pfx;CertificateType=PFXFILE;\
                           CertificatePassword=...;Workspace=Finance;Model=\"FY26; Plan\"";

/// The text of `anaplan-sql help connection`: grammar, examples, and all keys with their values,
/// defaults and meanings, in at most 100 columns.
pub fn help() -> String {
    let mut text = String::from("Connection string: Key=Value;Key=Value\n");
    for paragraph in GRAMMAR.iter().chain([&PRECEDENCE]) {
        text.push('\n');
        wrap(&mut text, paragraph, 0);
    }
    text.push_str("\nExamples:\n");
    for example in [BASIC, OAUTH] {
        text.push_str(&format!("  {example}\n"));
    }
    for keys in KEYS.chunk_by(|a, b| a.group == b.group) {
        text.push_str(&format!("\n{}:\n", keys[0].group.title()));
        for info in keys {
            text.push_str(&format!("  {:1$}", info.name, INDENT - 2));
            let default = info.default.map(|d| format!(" (default {d})")).unwrap_or_default();
            wrap(&mut text, &format!("{}{default}", info.values()), INDENT);
            text.push_str(&" ".repeat(INDENT));
            wrap(&mut text, info.doc, INDENT);
        }
    }
    text
}

/// Appends words at column `indent`, where the text ends, in lines of at most [`WIDTH`] columns.
fn wrap(text: &mut String, words: &str, indent: usize) {
    let mut column = indent;
    for word in words.split_whitespace() {
        let width = word.chars().count();
        if column > indent && column + 1 + width > WIDTH {
            text.push('\n');
            text.push_str(&" ".repeat(indent));
            column = indent;
        } else if column > indent {
            text.push(' ');
            column += 1;
        }
        text.push_str(word);
        column += width;
    }
    text.push('\n');
}

/// The Markdown of the page `docs/reference/connection-string.md`.
pub fn reference() -> String {
    let mut text = String::from(
        "# Connection string\n\n\
         <!-- Generated from the table of keys in src/config/key.rs. Do not edit. -->\n\n\
         ```text\nKey=Value;Key=Value\n```\n\n## Grammar\n",
    );
    for paragraph in GRAMMAR {
        text.push_str(&format!("\n{}\n", escape(paragraph)));
    }
    text.push_str(
        "\nErrors name keys and positions, never values, and report all problems at once.\n",
    );
    text.push_str(&format!("\n## Precedence\n\n{}\n", escape(PRECEDENCE)));
    text.push_str("\n## Examples\n");
    for (title, example) in [
        ("User and password, with a password that holds a semicolon:", BASIC),
        ("OAuth on a host without a browser, with tokens that were obtained elsewhere:", OAUTH),
        ("A certificate, and one model as the default schema:", CERTIFICATE),
    ] {
        text.push_str(&format!("\n{title}\n\n```text\n{example}\n```\n"));
    }
    text.push_str("\n## Keys\n");
    for keys in KEYS.chunk_by(|a, b| a.group == b.group) {
        text.push_str(&format!(
            "\n### {}\n\n| Key | Values | Default | Environment variable | Meaning |\n\
             |---|---|---|---|---|\n",
            keys[0].group.title()
        ));
        keys.iter().for_each(|info| text.push_str(&row(info)));
    }
    text
}

fn row(info: &KeyInfo) -> String {
    let secret = if info.secret { " Secret: never shown." } else { "" };
    let default = info.default.map(|d| format!("`{d}`")).unwrap_or_default();
    format!(
        "| `{}` | {} | {default} | `{}` | {}{secret} |\n",
        info.name,
        escape(&info.values()),
        info.key.env_name(),
        escape(info.doc)
    )
}

/// Keeps Markdown from giving a meaning to characters of plain text.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '|' | '<' | '[' | ']') {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::error::Result;

    fn build(text: &str) -> Result<Settings> {
        Settings::builder().no_environment().connection_string(text).build()
    }

    #[test]
    fn help_names_everything_in_100_columns() {
        let text = help();
        for line in text.lines() {
            assert!(line.chars().count() <= 100, "{line}");
            assert_eq!(line, line.trim_end());
        }
        for info in KEYS {
            assert!(text.contains(&format!("\n  {} ", info.name)), "{}", info.name);
        }
        let start = text.find("Signing in:").expect("the heading");
        let end = text.find("\nCertificate:").expect("the next heading");
        insta::assert_snapshot!(text[start..end].trim_end(), @r"
        Signing in:
          AuthScheme             Basic, Certificate, OAuth, Token
                                 How to sign in. Unset: inferred from the keys given (OAuthClientId: OAuth,
                                 Certificate: Certificate, User: Basic, AuthToken: Token).
          User                   text
                                 The user's e-mail address, for Basic.
          Password               text
                                 The user's password, for Basic.
          AuthToken              text
                                 An AnaplanAuthToken or OAuth access token obtained elsewhere, for Token. It
                                 is used as it is.
          Region                 US1, US2, US5, US7, US9, EU1, EU2, EU3, EU4, EU5, GB1, AP1, AU1, CA1, SG1,
                                 AE1, IN1, ID1, ME1 (default US1)
                                 The region of the tenant, on which the hosts of every service depend.
        ");
    }

    #[test]
    fn the_reference_page_has_a_row_for_every_key() {
        let text = reference();
        for info in KEYS {
            assert!(text.contains(&format!("\n| `{}` | ", info.name)), "{}", info.name);
            assert!(text.contains(&format!("| `{}` |", info.key.env_name())), "{}", info.name);
        }
        let rows = text.lines().filter(|line| line.starts_with("| `"));
        assert!(rows.clone().all(|row| row.replace("\\|", "").matches('|').count() == 6));
        let row = text.lines().find(|line| line.contains("`PrivateKeyType`")).expect("the row");
        insta::assert_snapshot!(row, @r"| `PrivateKeyType` | PEMKEY\_FILE, PEMKEY\_BLOB | `PEMKEY_FILE` | `ANAPLAN_SQL_PRIVATEKEYTYPE` | What PrivateKey holds: the path of a PEM file, or the file's content in Base64. |");
    }

    #[test]
    fn the_examples_of_the_documentation_are_valid() {
        for text in [help(), reference()] {
            let examples: Vec<_> = text
                .lines()
                .map(str::trim)
                .filter(|l| l.contains("=...;") || l.contains("={p"))
                .collect();
            assert!(examples.len() >= 2);
            examples.into_iter().for_each(|example| drop(build(example).expect(example)));
        }
    }
}
