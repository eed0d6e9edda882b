//! The one error type of the library.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

/// The result of everything in this library that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

type Source = Arc<dyn std::error::Error + Send + Sync>;

/// What an [`Error`] means, for programs that must decide on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The connection string, an option or an argument is wrong.
    Config,
    /// Sign-in is needed, or was refused.
    SignIn,
    /// The signed-in user may not do this.
    Denied,
    /// A workspace, model, table, column or other object does not exist (or is hidden from the
    /// user: Anaplan answers 404 for both), or its name fits several.
    NotFound,
    /// The SQL text is wrong, or the query failed while it ran.
    Query,
    /// The statement is understood, but not done by this program.
    Unsupported,
    /// The host can't be reached, or the connection broke.
    Connection,
    /// Something took longer than it was allowed to.
    Timeout,
    /// The service answered with an error, or with something that isn't an answer.
    Service,
    /// A task (export, import, …) ran and did not succeed, or was cancelled by somebody else.
    Task,
    /// Data does not fit: a cell its type, a file its description.
    Data,
    /// A local file can't be read or written.
    Io,
    /// The user cancelled.
    Cancelled,
    /// A defect of this program.
    Internal,
}

impl ErrorKind {
    /// The SQLSTATE for it, as drivers and servers tell it: PostgreSQL's where it has one that fits.
    pub fn sqlstate(self) -> &'static str {
        match self {
            Self::Config => "22023",
            Self::SignIn => "28000",
            Self::Denied => "42501",
            Self::NotFound => "42P01",
            Self::Query => "42000",
            Self::Unsupported => "0A000",
            Self::Connection => "08006",
            Self::Timeout => "HYT00",
            Self::Service => "58000",
            Self::Task => "38000",
            Self::Data => "22000",
            Self::Io => "58030",
            Self::Cancelled => "57014",
            Self::Internal => "XX000",
        }
    }
}

/// Says what failed, why (its sources), and what to do next (its hint).
///
/// `Display` prints one line without the causes; walk [`source`](std::error::Error::source) for
/// them. No text in it holds a secret.
#[derive(Clone)]
pub struct Error(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    /// Where it says more than the kind.
    sqlstate: Option<&'static str>,
    source: Option<Source>,
}

impl Error {
    /// Makes an error. The message is lower case and without a full stop at its end.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self(Arc::new(Inner { kind, message, hint: None, sqlstate: None, source: None }))
    }

    /// Adds what the user can do next.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        Arc::make_mut(&mut self.0).hint = Some(hint.into());
        self
    }

    /// Says more exactly what drivers and servers are to tell.
    #[must_use]
    pub(crate) fn with_sqlstate(mut self, sqlstate: &'static str) -> Self {
        Arc::make_mut(&mut self.0).sqlstate = Some(sqlstate);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Arc::make_mut(&mut self.0).source = Some(Arc::from(source.into()));
        self
    }

    /// Wraps this error in what was being done when it occurred; kind and hint stay.
    #[must_use]
    pub fn context(self, message: impl Into<Cow<'static, str>>) -> Self {
        let Inner { kind, sqlstate, .. } = *self.0;
        let (hint, message) = (self.0.hint.clone(), message.into());
        let source: Option<Source> = Some(Arc::new(self));
        Self(Arc::new(Inner { kind, message, hint, sqlstate, source }))
    }

    /// What the error means.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The SQLSTATE, as drivers and servers tell it.
    pub fn sqlstate(&self) -> &'static str {
        self.0.sqlstate.unwrap_or_else(|| self.0.kind.sqlstate())
    }

    /// What the user can do next, if there is something.
    pub fn hint(&self) -> Option<&str> {
        self.0.hint.as_deref()
    }

    /// The messages of the causes, nearest first, without repetitions.
    pub fn causes(&self) -> Vec<String> {
        let mut causes: Vec<String> = Vec::new();
        let mut last = self.to_string();
        let mut next = std::error::Error::source(self);
        while let Some(cause) = next {
            let text = cause.to_string();
            // Many libraries print their source in their own message too.
            if !last.contains(&text) {
                causes.push(text.clone());
                last = text;
            }
            next = cause.source();
        }
        causes
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.0.kind, self.0.message)?;
        for cause in self.causes() {
            write!(f, "\n  caused by: {cause}")?;
        }
        if let Some(hint) = self.hint() {
            write!(f, "\n  hint: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|s| s.as_ref() as &(dyn std::error::Error + 'static))
    }
}

impl From<Error> for DataFusionError {
    fn from(error: Error) -> Self {
        Self::External(Box::new(error))
    }
}

impl From<DataFusionError> for Error {
    /// Finds our own error inside DataFusion's wrapping, else says what was wrong at its root. What
    /// DataFusion was doing when it met it ("Optimizer rule … failed"), and what it calls that kind
    /// of error, helps nobody who writes SQL.
    fn from(error: DataFusionError) -> Self {
        if let Some(ours) = find(&error) {
            return ours;
        }
        let text = |kind, text: &str| Self::new(kind, text.to_owned());
        match error.find_root() {
            DataFusionError::NotImplemented(words) => text(ErrorKind::Unsupported, words),
            DataFusionError::Internal(words) => text(ErrorKind::Internal, words)
                .with_hint("this is a defect of anaplan-sql or DataFusion: please report it"),
            DataFusionError::ArrowError(error, _) => Self::from(error.as_ref()),
            DataFusionError::ResourcesExhausted(words) => {
                Self::new(ErrorKind::Query, "the query needs more memory or disk than it may use")
                    .with_source(words.clone())
                    .with_hint(
                        "allow more: SET datafusion.runtime.memory_limit = '8G'; or read less: \
                         fewer columns, a filter on the larger side of a join",
                    )
            }
            DataFusionError::IoError(error) => {
                Self::new(ErrorKind::Io, "reading or writing failed").with_source(error.to_string())
            }
            DataFusionError::ParquetError(error) => {
                let words = error.to_string();
                text(ErrorKind::Data, words.strip_prefix("Parquet error: ").unwrap_or(&words))
            }
            root => planning(&root.message()),
        }
    }
}

/// What DataFusion's planner says, without what it has tried and where to report it. Its
/// suggestions become the hint.
fn planning(text: &str) -> Error {
    const NO_MATCH: &str = "No function matches the given name and argument types";
    if let Some(at) = text.find(NO_MATCH)
        && let Some((message, rest)) = text[at..].split_once(". ")
        && let Some((_, candidates)) = rest.split_once("Candidate functions:")
    {
        let candidates: Vec<&str> =
            candidates.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        return Error::new(ErrorKind::Query, message.to_owned())
            .with_hint(format!("there are {}; CAST to one of them", candidates.join(", ")));
    }
    match text.split_once("\nDid you mean ") {
        Some((message, near)) => {
            Error::new(ErrorKind::Query, message.trim_end_matches('.').to_owned())
                .with_hint(format!("did you mean {near}"))
        }
        None => Error::new(ErrorKind::Query, text.to_owned()),
    }
}

/// What Arrow says of a value, without that: it is a cell, or stands in the statement.
fn without_value(words: &str) -> Option<Error> {
    const CASTS: [(&str, &str); 4] = [
        ("Cannot cast string '", "' to value of "),
        ("Cannot cast value '", "' to value of "),
        ("Can't cast value ", " to type "),
        ("can't parse the string value ", " to "),
    ];
    let target = CASTS.iter().find_map(|(before, behind)| {
        let (_, target) = words.strip_prefix(before)?.rsplit_once(behind)?;
        Some(format!("a value can't be cast to {}", target.trim_end_matches(" type")))
    });
    let decimal = || Some(words.split_once(". Overflowing on ")?.0.to_owned());
    let time = || {
        let (_, why) = words.strip_prefix("Error parsing timestamp from '")?.rsplit_once("': ")?;
        Some(format!("a value is no timestamp: {why}"))
    };
    let text = target.or_else(decimal).or_else(time)?;
    let hint = "TRY_CAST gives NULL where a value doesn't fit; a column of texts is compared with a \
                text, as 'x'";
    Some(Error::new(ErrorKind::Query, text).with_hint(hint))
}

impl From<&ArrowError> for Error {
    /// The words without the name of the kind in front of them.
    fn from(error: &ArrowError) -> Self {
        if let ArrowError::CastError(words) | ArrowError::ParseError(words) = error
            && let Some(error) = without_value(words)
        {
            return error;
        }
        let (kind, words) = match error {
            ArrowError::ArithmeticOverflow(_) => {
                (ErrorKind::Query, "a number is too large for its type".to_owned())
            }
            ArrowError::CastError(words)
            | ArrowError::ComputeError(words)
            | ArrowError::InvalidArgumentError(words)
            | ArrowError::MemoryError(words)
            | ArrowError::ParseError(words)
            | ArrowError::SchemaError(words) => (ErrorKind::Query, words.clone()),
            ArrowError::NotYetImplemented(words) => (ErrorKind::Unsupported, words.clone()),
            ArrowError::AvroError(words)
            | ArrowError::CsvError(words)
            | ArrowError::IpcError(words)
            | ArrowError::JsonError(words)
            | ArrowError::ParquetError(words) => (ErrorKind::Data, words.clone()),
            ArrowError::DivideByZero => (ErrorKind::Query, "division by zero".to_owned()),
            ArrowError::IoError(words, _) => (ErrorKind::Io, words.clone()),
            other => (ErrorKind::Query, other.to_string()),
        };
        Self::new(kind, words)
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::new(ErrorKind::Io, "reading or writing failed").with_source(error)
    }
}

/// Looks for an [`Error`] along the chain of sources. Two wrappers of DataFusion and Arrow hide
/// what they hold from `source`, hence the extra step.
fn find(error: &(dyn std::error::Error + 'static)) -> Option<Error> {
    if let Some(ours) = error.downcast_ref::<Error>() {
        return Some(ours.clone());
    }
    match error.downcast_ref::<DataFusionError>() {
        Some(DataFusionError::External(inner)) => return find(inner.as_ref()),
        Some(DataFusionError::Shared(inner)) => return find(inner.as_ref()),
        Some(DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner)) => {
            return find(inner.as_ref());
        }
        Some(DataFusionError::ArrowError(inner, _)) => return find(inner.as_ref()),
        Some(DataFusionError::Collection(all)) => return all.iter().find_map(|e| find(e)),
        _ => {}
    }
    if let Some(ArrowError::ExternalError(inner)) = error.downcast_ref::<ArrowError>() {
        return find(inner.as_ref());
    }
    error.source().and_then(find)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_error_survives_datafusions_wrapping() {
        let ours = Error::new(ErrorKind::Timeout, "too slow").with_hint("wait");
        let wrapped = DataFusionError::Context(
            "outer".into(),
            Box::new(DataFusionError::Shared(Arc::new(DataFusionError::ArrowError(
                Box::new(ArrowError::ExternalError(Box::new(DataFusionError::from(ours)))),
                None,
            )))),
        );
        let found = Error::from(wrapped);
        assert_eq!(found.kind(), ErrorKind::Timeout);
        assert_eq!(found.to_string(), "too slow");
        assert_eq!(found.hint(), Some("wait"));
    }

    #[test]
    fn values_are_left_out() {
        let cast = |words: &str| ArrowError::CastError(words.to_owned());
        let parse = |words: &str| ArrowError::ParseError(words.to_owned());
        for (error, shown) in [
            (cast("Cannot cast string 'it's 5' to value of Int32 type"), "cast to Int32"),
            (cast("Cannot cast value '5' to value of Boolean type"), "cast to Boolean"),
            (cast("Can't cast value 512 to type Int8"), "cast to Int8"),
            (cast("Cannot cast to Decimal128(3, 1). Overflowing on 512"), "Decimal128(3, 1)"),
            (parse("can't parse the string value 5x to decimal"), "cast to decimal"),
            (parse("Error parsing timestamp from '5': too short"), "no timestamp: too short"),
            (ArrowError::ArithmeticOverflow("5 * 5".into()), "too large for its type"),
        ] {
            let said = Error::from(&error).to_string();
            assert!(said.ends_with(shown) && !said.contains(" 5"), "{said}");
        }
    }

    #[test]
    fn datafusions_wrappers_and_names_of_kinds_are_left_out() {
        let wrapped = |root| {
            let shared = DataFusionError::Shared(Arc::new(root));
            let context = DataFusionError::Context("Optimizer rule failed".into(), shared.into());
            let external = ArrowError::ExternalError(Box::new(context));
            Error::from(DataFusionError::Collection(vec![external.into()]))
        };
        let arrow = |error| DataFusionError::ArrowError(Box::new(error), None);
        for (root, kind, words) in [
            (
                DataFusionError::Plan("no such function".into()),
                ErrorKind::Query,
                "no such function",
            ),
            (DataFusionError::Configuration("no key".into()), ErrorKind::Query, "no key"),
            (DataFusionError::NotImplemented("x".into()), ErrorKind::Unsupported, "x"),
            (DataFusionError::Internal("y".into()), ErrorKind::Internal, "y"),
            (arrow(ArrowError::CastError("can't cast".into())), ErrorKind::Query, "can't cast"),
            (arrow(ArrowError::CsvError("ragged".into())), ErrorKind::Data, "ragged"),
            (arrow(ArrowError::DivideByZero), ErrorKind::Query, "division by zero"),
        ] {
            let error = wrapped(root);
            assert_eq!((error.kind(), error.to_string().as_str()), (kind, words));
            assert!(error.causes().is_empty());
        }
        let full = DataFusionError::IoError(std::io::ErrorKind::StorageFull.into());
        let error = wrapped(full);
        assert_eq!((error.kind(), error.causes().len()), (ErrorKind::Io, 1));
    }

    #[test]
    fn causes_leave_out_what_a_wrapper_already_said() {
        let inner = Error::new(ErrorKind::Io, "disk full");
        let middle = Error::new(ErrorKind::Io, "writing failed: disk full").with_source(inner);
        let outer = middle.context("export failed");
        assert_eq!(outer.causes(), ["writing failed: disk full"]);
        assert_eq!(outer.kind(), ErrorKind::Io);
    }
}
