//! Warnings on standard error, and the log file.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Subscriber};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, Registry, reload};

use super::report::{self, printable};
use crate::config::Settings;
use crate::error::{Error, ErrorKind, Result};

/// What this crate's events are filed under.
const OURS: &str = "anaplan_sql";

/// The log file, which a new connection may change.
#[derive(Debug, Clone)]
pub(super) struct Logging {
    file: LogFile,
    filter: reload::Handle<Targets, Registry>,
}

impl Logging {
    /// Sends events to standard error (warnings) and to a log file, once one is opened.
    pub(super) fn install(quiet: bool) -> Self {
        let file = LogFile::default();
        let (filter, handle) = reload::Layer::new(targets(None));
        let lines = tracing_subscriber::fmt::layer()
            .with_ansi(false)
            .with_writer(file.clone())
            .with_filter(filter);
        let shown = if quiet { LevelFilter::OFF } else { LevelFilter::WARN };
        let warnings = Warnings.with_filter(Targets::new().with_target(OURS, shown));
        // Only a second installation fails, in tests; the first one goes on then.
        let _ = tracing_subscriber::registry().with(lines).with(warnings).try_init();
        Self { file, filter: handle }
    }

    /// Opens the log file that a connection names, in place of any before.
    ///
    /// # Errors
    /// Kind [`Config`](ErrorKind::Config) when it can't be written.
    pub(super) fn configure(&self, settings: &Settings) -> Result<()> {
        let file = settings.log_file.as_deref().map(open).transpose()?;
        let verbosity = file.is_some().then_some(settings.verbosity);
        *self.file.0.lock().unwrap_or_else(PoisonError::into_inner) = file;
        self.filter
            .reload(targets(verbosity))
            .map_err(|e| Error::new(ErrorKind::Internal, "logging can't be set up").with_source(e))
    }
}

fn open(path: &Path) -> Result<File> {
    let mut options = File::options();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        // Names of tables and users are nobody else's business.
        options.mode(0o600);
    }
    options.open(path).map_err(|e| {
        Error::new(ErrorKind::Config, format!("Logfile: {} can't be written", path.display()))
            .with_source(e)
    })
}

/// What goes into the log file at a verbosity.
fn targets(verbosity: Option<u8>) -> Targets {
    let level = match verbosity {
        None => LevelFilter::OFF,
        Some(0) => LevelFilter::ERROR,
        Some(1) => LevelFilter::WARN,
        Some(2) => LevelFilter::INFO,
        Some(3) => LevelFilter::DEBUG,
        Some(_) => LevelFilter::TRACE,
    };
    let targets = Targets::new().with_target(OURS, level);
    if verbosity.is_some_and(|verbosity| verbosity >= 5) {
        // The prompt's editor logs every key, those of a password too. What handles statements logs
        // their literals, those of sign-in procedures too.
        let silent = ["rustyline", "sqlparser", "datafusion"];
        return targets
            .with_default(LevelFilter::TRACE)
            .with_targets(silent.map(|target| (target, LevelFilter::OFF)));
    }
    targets
}

/// The open log file, if there is one.
#[derive(Debug, Clone, Default)]
struct LogFile(Arc<Mutex<Option<File>>>);

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(file) => file.write(bytes),
            None => Ok(bytes.len()),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for LogFile {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Prints warnings for people.
struct Warnings;

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        report::line(&text.line());
    }
}

/// The message and the fields of an event.
#[derive(Default)]
struct Text {
    message: String,
    fields: Vec<String>,
}

impl Text {
    fn line(&self) -> String {
        let fields = match self.fields.as_slice() {
            [] => String::new(),
            fields => format!(" ({})", fields.join(", ")),
        };
        printable(&format!("warning: {}{fields}", self.message))
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.message.push_str(value);
        } else {
            self.fields.push(format!("{}: {value}", field.name()));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let mut text = String::new();
        // A String takes everything.
        let _ = write!(text, "{value:?}");
        self.record_str(field, &text);
    }
}

#[cfg(test)]
mod tests {
    use tracing::Level;

    use super::*;

    #[test]
    fn verbosity_goes_from_errors_to_everything_but_the_keys_typed() {
        let logged = |verbosity, level: Level| {
            [OURS, "hyper::client", "rustyline"]
                .map(|target| targets(verbosity).would_enable(target, &level))
        };
        assert_eq!(logged(None, Level::ERROR), [false, false, false]);
        assert_eq!(logged(Some(0), Level::ERROR), [true, false, false]);
        assert_eq!(logged(Some(0), Level::WARN), [false, false, false]);
        assert_eq!(logged(Some(1), Level::WARN), [true, false, false]);
        assert_eq!(logged(Some(2), Level::DEBUG), [false, false, false]);
        assert_eq!(logged(Some(3), Level::DEBUG), [true, false, false]);
        assert_eq!(logged(Some(4), Level::TRACE), [true, false, false]);
        assert_eq!(logged(Some(5), Level::TRACE), [true, true, false]);
    }

    #[test]
    fn a_warning_is_its_message_and_its_fields() {
        let text = Text { message: "left out".into(), fields: vec!["table: x".into()] };
        assert_eq!(text.line(), "warning: left out (table: x)");
        let text = Text { message: "careful".into(), fields: Vec::new() };
        assert_eq!(text.line(), "warning: careful");
    }

    #[cfg(unix)]
    #[test]
    fn the_log_file_is_private_and_appended_to() {
        use std::os::unix::fs::MetadataExt;
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("log");
        for line in ["a\n", "b\n"] {
            open(&path).and_then(|mut file| Ok(file.write_all(line.as_bytes())?)).expect("written");
        }
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "a\nb\n");
        assert_eq!(std::fs::metadata(&path).expect("metadata").mode() & 0o777, 0o600);
    }
}
