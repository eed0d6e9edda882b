//! From what stands in a call to what the procedure takes.

use std::fmt;

use chrono::NaiveDate;

use super::definition::{Parameter, ParameterKind, ProcedureDefinition, ProcedureScope};
use crate::error::{Error, ErrorKind, Result};
use crate::names::{alike, quoted};
use crate::secret::{Secret, is_like_token};

/// An argument as it stands in a call.
#[derive(Debug)]
pub struct Argument {
    /// The parameter that it is for, if it is named.
    pub name: Option<String>,
    /// What is given.
    pub value: Value,
}

/// A literal. Any text may be a secret: `Debug` shows none.
#[derive(Debug)]
pub enum Value {
    /// A text.
    Text(Secret),
    /// A number, as it is written.
    Number(String),
    /// A truth value.
    Boolean(bool),
    /// As if it were not given.
    Null,
}

impl Value {
    fn is_blank(&self) -> bool {
        matches!(self, Self::Text(text) if text.expose().trim().is_empty())
    }
}

/// The arguments of a call, checked against the parameters of its procedure. `Debug` shows no
/// values.
pub struct Arguments(Vec<(&'static str, Secret)>);

impl fmt::Debug for Arguments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Arguments {
    /// The names of the parameters that are given.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|(name, _)| *name)
    }

    /// What is given for a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.secret(name).map(Secret::expose)
    }

    /// The same, still wrapped.
    pub(super) fn secret(&self, name: &str) -> Option<&Secret> {
        self.0.iter().find(|(given, _)| *given == name).map(|(_, value)| value)
    }

    /// What is given for a parameter that the definition marks as required.
    ///
    /// # Errors
    /// When the definition doesn't, after all.
    pub(super) fn required(&self, name: &str) -> Result<&str> {
        self.get(name)
            .ok_or_else(|| Error::new(ErrorKind::Internal, format!("{name} was not asked for")))
    }
}

impl ProcedureDefinition {
    /// Checks what is given against the parameters. Without a name a value is for the only
    /// parameter that is required.
    ///
    /// # Errors
    /// Kind [`Query`](ErrorKind::Query), with everything that is wrong. No value is in it.
    pub fn bind(&self, given: Vec<Argument>) -> Result<Arguments> {
        let mut problems = Vec::new();
        let mut bound: Vec<(&'static str, Secret)> = Vec::new();
        let mut seen: Vec<&'static str> = Vec::new();
        let mut wrong: Vec<&'static str> = Vec::new();
        for Argument { name, value } in given {
            let parameter = match self.meant(name.as_deref()) {
                Ok(parameter) => parameter,
                Err(problem) => {
                    // Of several values without names, each is one.
                    if !problems.contains(&problem) {
                        problems.push(problem);
                    }
                    continue;
                }
            };
            if seen.contains(&parameter.name) {
                problems.push(format!("{} is given twice", parameter.name));
                continue;
            }
            seen.push(parameter.name);
            // As in a connection string.
            if self.scope == ProcedureScope::SignIn && value.is_blank() {
                continue;
            }
            match parameter.take(value) {
                Ok(Some(value)) => bound.push((parameter.name, value)),
                Ok(None) => {}
                Err(problem) => {
                    problems.push(format!("{} {problem}", parameter.name));
                    wrong.push(parameter.name);
                }
            }
        }
        for parameter in self.parameters().filter(|parameter| parameter.required) {
            let is_bound = bound.iter().any(|(name, _)| *name == parameter.name);
            if !is_bound && !wrong.contains(&parameter.name) {
                problems.push(format!("{} is missing", parameter.name));
            }
        }
        let mut alternatives = self.parameters().filter(|it| it.alternative).peekable();
        let is_given = |it: &&Parameter| {
            bound.iter().any(|(name, _)| *name == it.name) || wrong.contains(&it.name)
        };
        if alternatives.peek().is_some() && !alternatives.clone().any(|it| is_given(&it)) {
            let names: Vec<&str> = alternatives.map(|it| it.name).collect();
            problems.push(format!("{} is missing", names.join(" or ")));
        }
        if problems.is_empty() {
            return Ok(Arguments(bound));
        }
        Err(Error::new(ErrorKind::Query, format!("{}: {}", self.name, problems.join("; ")))
            .with_hint(self.usage()))
    }

    /// The parameter that an argument is for.
    fn meant(&self, name: Option<&str>) -> std::result::Result<&'static Parameter, String> {
        let Some(name) = name else {
            let mut required = self.parameters().filter(|parameter| parameter.required);
            return match (required.next(), required.next()) {
                (Some(only), None) => Ok(only),
                _ => Err("a value is given without the name of its parameter".to_owned()),
            };
        };
        self.parameter(name).ok_or_else(|| {
            let near = alike(name, self.parameters().map(|parameter| parameter.name));
            let near = match near.first() {
                Some(near) => format!(" (did you mean {near}?)"),
                None => String::new(),
            };
            match is_like_token(name) {
                true => "something is named that is no parameter".to_owned(),
                false => format!("there is no parameter {}{near}", quoted([name])),
            }
        })
    }

    /// The parameters in a sentence.
    fn usage(&self) -> String {
        let names: Vec<String> = self
            .parameters()
            .map(|parameter| {
                let required = if parameter.required { " (required)" } else { "" };
                format!("{}{required}", parameter.name)
            })
            .collect();
        if names.is_empty() {
            return format!("{} takes no parameters", self.name);
        }
        format!("its parameters are {}", names.join(", "))
    }
}

impl Parameter {
    /// The value as the procedure reads it; nothing for NULL.
    fn take(&self, value: Value) -> std::result::Result<Option<Secret>, String> {
        let text = match value {
            Value::Null => return Ok(None),
            Value::Text(text) => text,
            Value::Number(number) => Secret::from(number),
            Value::Boolean(_) => return Err("must be a text, not a truth value".to_owned()),
        };
        match self.kind {
            ParameterKind::Text => {}
            ParameterKind::Date => {
                if text.expose().len() != 10
                    || NaiveDate::parse_from_str(text.expose(), "%Y-%m-%d").is_err()
                {
                    return Err("must be a day, written 'YYYY-MM-DD'".to_owned());
                }
            }
            ParameterKind::Whole(from, to) => {
                let number = text.expose().parse().ok();
                if !number.is_some_and(|number| (from..=to).contains(&number)) {
                    return Err(format!("must be a whole number from {from} to {to}"));
                }
            }
            ParameterKind::Choice(words) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(text.expose()));
                let word = word.ok_or_else(|| format!("must be {}", words.join(" or ")))?;
                return Ok(Some(Secret::new(*word)));
            }
        }
        Ok(Some(text))
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::procedure::definition::Work;

    static MODES: &[&str] = &["APP", "WEB"];

    static OWN: &[Parameter] = &[
        Parameter::text("Export", "").required(),
        Parameter::date("Day", ""),
        Parameter::choice("Mode", MODES, ""),
    ];

    static TWO: &[Parameter] =
        &[Parameter::text("Version", "").required(), Parameter::date("Date", "").required()];

    #[test]
    fn one_of_several_alternatives_must_be_given() {
        static EITHER: &[Parameter] = &[
            Parameter::text("Import", "").alternative(),
            Parameter::text("Process", "").alternative(),
            Parameter::text("TaskId", "").required(),
        ];
        assert!(bind(EITHER, vec![("Process", text("x")), ("TaskId", text("y"))]).is_ok());
        assert_eq!(
            wrong(EITHER, vec![("Import", Value::Null), ("", text("y"))]),
            "Run: Import or Process is missing"
        );
    }

    fn definition(own: &'static [Parameter]) -> ProcedureDefinition {
        ProcedureDefinition {
            name: "Run",
            doc: "",
            scope: ProcedureScope::Model,
            changes: false,
            own,
            columns: &[],
            work: Work::Rows(|_| async { Ok(Vec::new()) }.boxed()),
        }
    }

    fn text(value: &str) -> Value {
        Value::Text(Secret::new(value))
    }

    fn bind(own: &'static [Parameter], given: Vec<(&str, Value)>) -> Result<Arguments> {
        let given = given.into_iter().map(|(name, value)| Argument {
            name: (!name.is_empty()).then(|| name.to_owned()),
            value,
        });
        definition(own).bind(given.collect())
    }

    #[track_caller]
    fn wrong(own: &'static [Parameter], given: Vec<(&str, Value)>) -> String {
        let error = bind(own, given).expect_err("something is wrong");
        assert_eq!(error.kind(), ErrorKind::Query);
        assert!(error.hint().is_some_and(|hint| hint.contains("(required)")), "{error:?}");
        error.to_string()
    }

    #[test]
    fn an_empty_text_for_signing_in_is_as_nothing() {
        let given = || {
            let argument = |name: &str, value| Argument { name: Some(name.to_owned()), value };
            vec![argument("Export", text("")), argument("Mode", text(" "))]
        };
        let sign_in = ProcedureDefinition { scope: ProcedureScope::SignIn, ..definition(OWN) };
        let error = sign_in.bind(given()).expect_err("nothing is given");
        assert_eq!(error.to_string(), "Run: Export is missing");
        let error = definition(OWN).bind(given()).expect_err("no mode");
        assert_eq!(error.to_string(), "Run: Mode must be APP or WEB");
    }

    #[test]
    fn names_are_found_in_any_case_and_null_is_as_nothing() {
        let bound = bind(
            OWN,
            vec![
                ("EXPORT", Value::Number("116000000001".to_owned())),
                ("mode", text("web")),
                ("Day", Value::Null),
                ("model", text("Plan")),
            ],
        )
        .expect("all is right");
        assert_eq!(bound.get("Export"), Some("116000000001"));
        assert_eq!(bound.get("Mode"), Some("WEB"));
        assert_eq!(bound.get("Day"), None);
        assert_eq!(bound.get("Model"), Some("Plan"));
        assert_eq!(format!("{bound:?}"), r#"["Export", "Mode", "Model"]"#);
    }

    #[test]
    fn a_value_alone_is_for_the_only_parameter_that_must_be_given() {
        let bound = bind(OWN, vec![("", text("Revenue"))]).expect("it can only be the export");
        assert_eq!(bound.required("Export").expect("given"), "Revenue");
        assert_eq!(
            wrong(OWN, vec![("", text("a")), ("", text("b"))]),
            "Run: Export is given twice"
        );
        assert_eq!(
            wrong(TWO, vec![("", text("Actual")), ("Date", text("2020-01-01"))]),
            "Run: a value is given without the name of its parameter; Version is missing"
        );
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once_and_no_value() {
        let marker = || text("marker");
        let said = wrong(OWN, vec![("Exprot", marker()), ("Mode", marker()), ("Day", marker())]);
        assert_eq!(
            said,
            "Run: there is no parameter \"Exprot\" (did you mean Export?); Mode must be APP or \
             WEB; Day must be a day, written 'YYYY-MM-DD'; Export is missing"
        );
        assert_eq!(
            wrong(
                OWN,
                vec![("8c32f00562225311cfc1648c280257e8", text("x")), ("Export", text("y"))]
            ),
            "Run: something is named that is no parameter"
        );
        assert_eq!(
            wrong(OWN, vec![("Export", Value::Boolean(true)), ("Day", text("2020-1-1"))]),
            "Run: Export must be a text, not a truth value; Day must be a day, written \
             'YYYY-MM-DD'"
        );
        assert_eq!(wrong(OWN, vec![("Export", Value::Null)]), "Run: Export is missing");
    }
}
