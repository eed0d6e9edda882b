//! The prompt's memory: what was typed, in a private file, without secrets.

use std::io;
use std::path::{Path, PathBuf};

use directories::ProjectDirs;
use rustyline::error::ReadlineError;
use rustyline::history::History as _;
use rustyline::{Editor, Helper};

use super::super::report;
use super::super::secrets;

/// Writes what is typed to the history's file, as long as that works.
pub(super) struct History {
    path: Option<PathBuf>,
}

impl History {
    /// Reads the history of earlier sessions.
    pub(super) fn open<H: Helper>(editor: &mut Editor<H, rustyline::history::FileHistory>) -> Self {
        let Some(path) = file() else { return Self { path: None } };
        let opened = prepare(&path).map_err(ReadlineError::from).and_then(|()| {
            match editor.load_history(&path) {
                Err(ReadlineError::Io(e)) if e.kind() == io::ErrorKind::NotFound => Ok(()),
                other => other,
            }
        });
        Self { path: opened.map_err(|error| warn(&path, &error)).is_ok().then_some(path) }
    }

    /// Remembers an input, unless it may hold a secret.
    pub(super) fn add<H: Helper>(
        &mut self,
        editor: &mut Editor<H, rustyline::history::FileHistory>,
        input: &str,
    ) {
        if input.trim().is_empty() || secrets::keep_out_of_history(input) {
            return;
        }
        let added = editor.history_mut().add(input.trim_end());
        let Some(path) = &self.path else { return };
        // At once, so that neither a crash nor a second prompt loses it.
        let saved = added.and_then(|is_new| match is_new {
            true => editor.append_history(path),
            false => Ok(()),
        });
        if let Err(error) = saved {
            warn(path, &error);
            self.path = None;
        }
    }
}

fn warn(path: &Path, error: &ReadlineError) {
    report::line(&format!("warning: the history {} can't be used: {error}", path.display()));
}

/// The file: in the directory for state where the system has one, else where local data is.
fn file() -> Option<PathBuf> {
    let directories = ProjectDirs::from("", "", "anaplan-sql")?;
    let directory = directories.state_dir().unwrap_or_else(|| directories.data_local_dir());
    Some(directory.join("history"))
}

/// Makes the directory, for the user alone. The editor makes the file so.
fn prepare(path: &Path) -> io::Result<()> {
    let Some(directory) = path.parent() else { return Ok(()) };
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(directory)
}

#[cfg(test)]
mod tests {
    use rustyline::Config;
    use rustyline::history::FileHistory;

    use super::*;

    #[test]
    fn inputs_are_remembered_once_privately_and_without_secrets() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("new/history");
        prepare(&path).expect("prepared");
        let config = Config::builder().history_ignore_dups(true).expect("valid").build();
        let mut editor: Editor<(), FileHistory> = Editor::with_config(config).expect("an editor");
        let mut history = History { path: Some(path.clone()) };
        for input in [
            "SELECT 1;",
            "SELECT 1;",
            "\\c User=u;Password=marker",
            "EXEC x @Verifier=1, @OAuthVerifier = 'marker';",
            "  ",
            "SELECT\n2;",
        ] {
            history.add(&mut editor, input);
        }
        let content = std::fs::read_to_string(&path).expect("a history");
        assert_eq!(content, "#V2\nSELECT 1;\nSELECT\\n2;\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::MetadataExt;
            let mode = |path: &Path| std::fs::metadata(path).expect("metadata").mode() & 0o777;
            assert_eq!(mode(&path), 0o600);
            assert_eq!(mode(path.parent().expect("a directory")), 0o700);
        }
    }

    #[test]
    fn a_history_that_can_not_be_written_is_given_up() {
        let directory = tempfile::tempdir().expect("a directory");
        let mut editor: Editor<(), FileHistory> = Editor::new().expect("an editor");
        let mut history = History { path: Some(directory.path().join("no/such/history")) };
        history.add(&mut editor, "SELECT 1;");
        assert_eq!(history.path, None);
    }
}
