//! Where results go: standard output, or a file that is complete or not there.

use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::format::{Format, Sink};
use crate::error::Result;
use crate::transfer::Target;

/// Where results go.
#[derive(Debug)]
pub(super) struct Output {
    /// None: standard output.
    file: Option<OutputFile>,
    /// The format that goes with this place.
    pub(super) format: Option<Format>,
    /// How many results it has taken.
    results: usize,
}

#[derive(Debug)]
struct OutputFile {
    target: Target,
    /// Bytes of complete results.
    complete: u64,
}

impl Output {
    /// Results go to standard output.
    pub(super) fn stdout() -> Self {
        Self { file: None, format: None, results: 0 }
    }

    /// Results go to a file, in the format that its extension stands for; `-` is standard output.
    ///
    /// # Errors
    /// When the file can't be written there. An existing one is left alone until
    /// [`commit`](Self::commit).
    pub(super) fn open(path: &Path) -> Result<Self> {
        if Self::is_stdout(path) {
            return Ok(Self::stdout());
        }
        let file = OutputFile { target: Target::create(path)?, complete: 0 };
        Ok(Self { file: Some(file), format: Format::of(path), results: 0 })
    }

    /// Whether a path is another name for standard output.
    pub(super) fn is_stdout(path: &Path) -> bool {
        path == Path::new("-") || path == Path::new("/dev/stdout")
    }

    /// Whether results go to a file.
    pub(super) fn is_file(&self) -> bool {
        self.file.is_some()
    }

    /// Whether a result was written here before.
    pub(super) fn has_results(&self) -> bool {
        self.results > 0
    }

    /// A way to write one more result, and whether its reader goes away meanwhile.
    ///
    /// # Errors
    /// When the file can't be written.
    pub(super) fn sink(&self) -> Result<(Sink, Arc<AtomicBool>)> {
        let inner: Sink = match &self.file {
            None => Box::new(io::stdout()),
            Some(OutputFile { target, .. }) => {
                Box::new(target.file().try_clone().map_err(|e| target.unwritable(e))?)
            }
        };
        let gone = Arc::new(AtomicBool::new(false));
        let reader = Reader { inner, gone: Arc::clone(&gone) };
        Ok((Box::new(BufWriter::with_capacity(64 << 10, reader)), gone))
    }

    /// Says that the last result is complete.
    ///
    /// # Errors
    /// When the file can't be asked for its length.
    pub(super) fn keep_result(&mut self) -> Result<()> {
        self.results += 1;
        if let Some(OutputFile { target, complete }) = &mut self.file
            && target.is_replaceable()
        {
            *complete = (&mut target.file()).stream_position().map_err(|e| target.unwritable(e))?;
        }
        Ok(())
    }

    /// Takes a result that was not completed out of the file again.
    pub(super) fn drop_result(&mut self) {
        if let Some(OutputFile { target, complete }) = &self.file
            && target.is_replaceable()
        {
            let mut file = target.file();
            // Should this fail, so will the next write and the commit.
            let _ = file.set_len(*complete).and_then(|()| file.seek(SeekFrom::Start(*complete)));
        }
    }

    /// Puts the file in its place, if there was a result to write into it.
    ///
    /// # Errors
    /// When it can't be put there; what was there before is still there then.
    pub(super) fn commit(self) -> Result<()> {
        match self.file {
            Some(OutputFile { target, .. }) if self.results > 0 => target.commit(),
            _ => Ok(()),
        }
    }
}

/// Notices when nobody reads any more. The formats' own errors don't always tell.
struct Reader {
    inner: Sink,
    gone: Arc<AtomicBool>,
}

impl Reader {
    fn note<T>(&self, result: io::Result<T>) -> io::Result<T> {
        if let Err(e) = &result
            && e.kind() == io::ErrorKind::BrokenPipe
        {
            self.gone.store(true, Ordering::Relaxed);
        }
        result
    }
}

impl Write for Reader {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let result = self.inner.write(bytes);
        self.note(result)
    }

    fn flush(&mut self) -> io::Result<()> {
        let result = self.inner.flush();
        self.note(result)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::error::ErrorKind;

    fn write(output: &Output, text: &str) {
        let (mut sink, _) = output.sink().expect("a sink");
        sink.write_all(text.as_bytes()).and_then(|()| sink.flush()).expect("written");
    }

    fn files(directory: &Path) -> usize {
        fs::read_dir(directory).expect("a directory").count()
    }

    #[test]
    fn the_old_file_is_kept_until_the_new_one_is_complete() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x.csv");
        fs::write(&path, "old").expect("written");

        let output = Output::open(&path).expect("open");
        write(&output, "half");
        drop(output);
        assert_eq!(fs::read_to_string(&path).expect("read"), "old");
        assert_eq!(files(directory.path()), 1);

        let mut output = Output::open(&path).expect("open");
        assert_eq!(output.format, Some(Format::Csv));
        write(&output, "new");
        output.keep_result().expect("kept");
        output.commit().expect("committed");
        assert_eq!(fs::read_to_string(&path).expect("read"), "new");
        assert_eq!(files(directory.path()), 1);
    }

    #[test]
    fn a_failed_result_leaves_the_ones_before_it() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x.txt");
        let mut output = Output::open(&path).expect("open");
        write(&output, "first\n");
        output.keep_result().expect("kept");
        write(&output, "sec");
        output.drop_result();
        write(&output, "third\n");
        output.keep_result().expect("kept");
        output.commit().expect("committed");
        assert_eq!(fs::read_to_string(&path).expect("read"), "first\nthird\n");
    }

    #[test]
    fn without_a_result_the_old_file_stays() {
        let directory = tempfile::tempdir().expect("a directory");
        let path = directory.path().join("x.csv");
        fs::write(&path, "old").expect("written");
        Output::open(&path).expect("open").commit().expect("committed");
        assert_eq!(fs::read_to_string(&path).expect("read"), "old");
        Output::open(&directory.path().join("new.csv")).expect("open").commit().expect("committed");
        assert_eq!(files(directory.path()), 1);
    }

    #[test]
    fn a_file_that_can_not_be_written_is_an_error_at_once() {
        let directory = tempfile::tempdir().expect("a directory");
        for path in [directory.path().join("no/x.csv"), directory.path().to_owned()] {
            let error = Output::open(&path).expect_err("not writable");
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.to_string().contains("can't be written"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn permissions_and_links_stay_and_devices_are_written_directly() {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
        let directory = tempfile::tempdir().expect("a directory");
        let (path, link) = (directory.path().join("x.csv"), directory.path().join("link"));
        fs::write(&path, "old").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).expect("changed");
        symlink(&path, &link).expect("linked");
        let mut output = Output::open(&link).expect("open");
        write(&output, "new");
        output.keep_result().expect("kept");
        output.commit().expect("committed");
        assert_eq!(fs::read_to_string(&path).expect("read"), "new");
        assert_eq!(fs::metadata(&path).expect("metadata").mode() & 0o777, 0o640);
        assert!(fs::symlink_metadata(&link).expect("metadata").is_symlink());

        let mut output = Output::open(Path::new("/dev/null")).expect("open");
        write(&output, "gone");
        output.keep_result().expect("kept");
        output.commit().expect("committed");
    }
}
