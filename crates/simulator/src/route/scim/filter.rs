//! Filters: the subset of SCIM's language that the service knows.

use std::cmp::Ordering;
use std::iter::Peekable;
use std::vec::IntoIter;

use super::super::super::tenant::User;
use super::ScimError;

/// How deep parentheses may nest.
const DEPTH: usize = 50;

/// A filter that was understood.
#[derive(Debug)]
pub(super) enum Filter {
    All(Vec<Self>),
    Any(Vec<Self>),
    Present(Text),
    Compare(Text, Operator, String),
    Active(bool),
}

/// An attribute that is text.
#[derive(Clone, Copy, Debug)]
pub(super) enum Text {
    Id,
    ExternalId,
    UserName,
    FamilyName,
    GivenName,
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

impl Filter {
    /// Reads a filter.
    ///
    /// # Errors
    /// The service has one text for everything that it doesn't know.
    pub(super) fn parse(text: &str) -> Result<Self, ScimError> {
        let parsed = tokens(text).and_then(|tokens| {
            let mut parser = Parser { tokens: tokens.into_iter().peekable() };
            let filter = parser.any(0)?;
            parser.tokens.next().is_none().then_some(filter)
        });
        parsed.ok_or_else(|| {
            ScimError::bad(
                "invalidValue",
                "The specified filter syntax was invalid, or the specified attribute and filter comparison combination is not supported",
            )
        })
    }

    /// Tells whether the filter lets a user through. Case never matters.
    pub(super) fn matches(&self, user: &User) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(user)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(user)),
            Self::Present(attribute) => !attribute.of(user).is_empty(),
            Self::Active(active) => user.active == *active,
            Self::Compare(attribute, operator, value) => {
                let order = attribute.of(user).to_lowercase().cmp(value);
                match operator {
                    Operator::Equal => order == Ordering::Equal,
                    Operator::NotEqual => order != Ordering::Equal,
                    Operator::Greater => order == Ordering::Greater,
                    Operator::GreaterOrEqual => order != Ordering::Less,
                    Operator::Less => order == Ordering::Less,
                    Operator::LessOrEqual => order != Ordering::Greater,
                }
            }
        }
    }
}

impl Text {
    fn parse(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "id" => Some(Self::Id),
            "externalid" => Some(Self::ExternalId),
            "username" => Some(Self::UserName),
            "name.familyname" => Some(Self::FamilyName),
            "name.givenname" => Some(Self::GivenName),
            _ => None,
        }
    }

    fn of(self, user: &User) -> &str {
        match self {
            Self::Id => &user.id,
            Self::ExternalId => &user.external_id,
            Self::UserName => &user.email,
            Self::FamilyName => &user.last_name,
            Self::GivenName => &user.first_name,
        }
    }
}

impl Operator {
    fn parse(word: &str) -> Option<Self> {
        match word.to_lowercase().as_str() {
            "eq" => Some(Self::Equal),
            "ne" => Some(Self::NotEqual),
            "gt" => Some(Self::Greater),
            "ge" => Some(Self::GreaterOrEqual),
            "lt" => Some(Self::Less),
            "le" => Some(Self::LessOrEqual),
            _ => None,
        }
    }
}

#[derive(Debug)]
enum Token {
    Open,
    Close,
    Word(String),
    Quoted(String),
}

fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '(' | ')' => {
                tokens.push(if first == '(' { Token::Open } else { Token::Close });
                1
            }
            '"' => {
                // A JSON string: up to the quote that no backslash escapes.
                let mut values = serde_json::Deserializer::from_str(rest).into_iter::<String>();
                tokens.push(Token::Quoted(values.next()?.ok()?));
                values.byte_offset()
            }
            _ => {
                let end = rest
                    .find(|letter: char| letter.is_whitespace() || "()\"".contains(letter))
                    .unwrap_or(rest.len());
                tokens.push(Token::Word(rest.get(..end)?.to_owned()));
                end
            }
        };
        rest = rest.get(length..)?.trim_start();
    }
    Some(tokens)
}

struct Parser {
    tokens: Peekable<IntoIter<Token>>,
}

impl Parser {
    fn any(&mut self, depth: usize) -> Option<Filter> {
        let mut parts = vec![self.all(depth)?];
        while self.takes("or") {
            parts.push(self.all(depth)?);
        }
        Some(Filter::Any(parts))
    }

    fn all(&mut self, depth: usize) -> Option<Filter> {
        let mut parts = vec![self.one(depth)?];
        while self.takes("and") {
            parts.push(self.one(depth)?);
        }
        Some(Filter::All(parts))
    }

    fn one(&mut self, depth: usize) -> Option<Filter> {
        let name = match self.tokens.next()? {
            Token::Open if depth < DEPTH => {
                let inner = self.any(depth + 1)?;
                return matches!(self.tokens.next()?, Token::Close).then_some(inner);
            }
            Token::Word(name) => name,
            _ => return None,
        };
        let Token::Word(operator) = self.tokens.next()? else { return None };
        let is_active = name.eq_ignore_ascii_case("active");
        if operator.eq_ignore_ascii_case("pr") {
            // Every user is active or not.
            return if is_active {
                Some(Filter::All(Vec::new()))
            } else {
                Text::parse(&name).map(Filter::Present)
            };
        }
        let operator = Operator::parse(&operator)?;
        let value = self.tokens.next()?;
        if is_active {
            return active(operator, &value);
        }
        let attribute = Text::parse(&name)?;
        match value {
            Token::Quoted(text) => Some(Filter::Compare(attribute, operator, text.to_lowercase())),
            // Nothing is the same as empty.
            Token::Word(word)
                if word == "null" && matches!(operator, Operator::Equal | Operator::NotEqual) =>
            {
                Some(Filter::Compare(attribute, operator, String::new()))
            }
            _ => None,
        }
    }

    fn takes(&mut self, keyword: &str) -> bool {
        let next = self.tokens.next_if(
            |token| matches!(token, Token::Word(word) if word.eq_ignore_ascii_case(keyword)),
        );
        next.is_some()
    }
}

fn active(operator: Operator, value: &Token) -> Option<Filter> {
    let (Token::Word(text) | Token::Quoted(text)) = value else { return None };
    let value: bool = text.to_lowercase().parse().ok()?;
    match operator {
        Operator::Equal => Some(Filter::Active(value)),
        Operator::NotEqual => Some(Filter::Active(!value)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> bool {
        let mut user = User::new("ann.lee@example.com", "secret");
        user.external_id = "E\"7".to_owned();
        Filter::parse(text).expect(text).matches(&user)
    }

    #[test]
    fn filters_select_users() {
        for yes in [
            r#"userName eq "ANN.LEE@example.com""#,
            r#"USERNAME Eq "ann.lee@example.com""#,
            r#"name.familyName eq "lee" and name.givenName eq "ann""#,
            r#"active eq true"#,
            r#"active ne "False""#,
            r#"active pr"#,
            r#"externalId pr"#,
            r#"externalId eq "E\"7""#,
            r#"externalId ne null"#,
            r#"userName gt "ann" and userName lt "anz""#,
            r#"userName ge "ann.lee@example.com"and userName le "ann.lee@example.com""#,
            r#"userName eq "x" and active eq true or active eq true"#,
            r#"((userName eq "x") or (active eq true))"#,
        ] {
            assert!(found(yes), "{yes}");
        }
        for no in [
            r#"userName ne "ann.lee@example.com""#,
            r#"active eq false"#,
            r#"id eq null and active eq false"#,
            r#"userName eq "x" and (active eq true or active eq true)"#,
        ] {
            assert!(!found(no), "{no}");
        }
    }

    #[test]
    fn what_the_service_does_not_know_is_refused() {
        let deep = format!("{}active eq true{}", "(".repeat(60), ")".repeat(60));
        for bad in [
            "",
            "userName",
            "userName eq",
            "userName eq x",
            "userName eq 7",
            r#"userName eq "x"#,
            r#"userName co "x""#,
            r#"userName sw "x""#,
            r#"not (active eq true)"#,
            r#"displayName eq "x""#,
            r#"name.formatted eq "x""#,
            r#"emails[type eq "work"]"#,
            r#"emails.value eq "x""#,
            r#"userName gt null"#,
            "active gt true",
            "active eq null",
            "(active eq true",
            "active eq true)",
            "active eq true and",
            "active eq true active eq true",
            deep.as_str(),
        ] {
            assert!(Filter::parse(bad).is_err(), "{bad}");
        }
    }
}
