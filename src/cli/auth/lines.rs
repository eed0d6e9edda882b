//! Reads a line from the terminal, and stops at once when nobody wants it any more.
//!
//! A thread that waits in a read can't be stopped, and would take the next line from the prompt.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::super::report;
use crate::error::Result;
use crate::secret::Secret;

/// What a line is for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Line {
    /// An address, or a code. Whoever asks has said so.
    Pasted,
    /// The answer to this question, which the terminal doesn't show while it is typed.
    Password(&'static str),
}

/// How long a thread may take to stop reading, and to let the terminal be as it was.
const PATIENCE: Duration = Duration::from_millis(500);

/// Stops the reading thread when nobody waits for its line any more.
struct Wanted {
    flag: Arc<AtomicBool>,
    /// Closed when the thread is done.
    done: Receiver<()>,
}

impl Drop for Wanted {
    fn drop(&mut self) {
        self.flag.store(false, Ordering::Relaxed);
        // The program may end next; the terminal must show again what is typed by then.
        let _ = self.done.recv_timeout(PATIENCE);
    }
}

/// Reads a line, without its end. None at the end of the input.
///
/// # Errors
/// When standard input can't be read.
pub(super) async fn read(kind: Line) -> Result<Option<Secret>> {
    let flag = Arc::new(AtomicBool::new(true));
    let (sender, done) = channel();
    let _wanted = Wanted { flag: Arc::clone(&flag), done };
    let reading = tokio::task::spawn_blocking(move || {
        let line = system::read(kind, &flag);
        if matches!(line, Ok(Some(_))) && !flag.load(Ordering::Relaxed) {
            report::line("(that line was not used)");
        }
        drop::<std::sync::mpsc::Sender<()>>(sender);
        line
    });
    Ok(reading.await.map_err(std::io::Error::other)??)
}

#[cfg(unix)]
mod system {
    use std::io::{self, Stdin};
    use std::os::fd::AsFd;
    use std::sync::atomic::{AtomicBool, Ordering};

    use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
    use nix::sys::termios::{self, LocalFlags, SetArg, Termios};
    use zeroize::Zeroizing;

    use super::{Line, Secret, report};

    /// How often a thread looks whether its line is still wanted, in milliseconds.
    const LOOK: u8 = 50;

    /// Reads past Rust's own buffer, which would keep lines from others that read the terminal.
    pub(super) fn read(kind: Line, wanted: &AtomicBool) -> io::Result<Option<Secret>> {
        let input = io::stdin();
        let _silence = match kind {
            Line::Pasted => None,
            Line::Password(question) => {
                let silence = Silence::of(&input)?;
                // Not before: somebody may be quick to answer.
                report::question(question);
                Some(silence)
            }
        };
        let mut line = Zeroizing::new(Vec::new());
        let mut piece = Zeroizing::new([0_u8; 4096]);
        while wanted.load(Ordering::Relaxed) {
            let mut waiting = [PollFd::new(input.as_fd(), PollFlags::POLLIN)];
            match poll(&mut waiting, PollTimeout::from(LOOK)) {
                Ok(0) | Err(nix::errno::Errno::EINTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            if !wanted.load(Ordering::Relaxed) {
                break;
            }
            let count = nix::unistd::read(&input, &mut *piece)?;
            let end = piece[..count].iter().position(|byte| *byte == b'\n');
            line.extend_from_slice(&piece[..end.unwrap_or(count)]);
            if end.is_some() {
                return Ok(Some(Secret::new(String::from_utf8_lossy(&line))));
            }
            if count == 0 {
                break;
            }
        }
        Ok(None)
    }

    /// Keeps the terminal from showing what is typed, for as long as it lives.
    struct Silence<'a> {
        input: &'a Stdin,
        before: Termios,
    }

    impl<'a> Silence<'a> {
        fn of(input: &'a Stdin) -> io::Result<Self> {
            let before = termios::tcgetattr(input)?;
            let mut silent = before.clone();
            silent.local_flags.remove(LocalFlags::ECHO);
            silent.local_flags.insert(LocalFlags::ECHONL);
            termios::tcsetattr(input, SetArg::TCSAFLUSH, &silent)?;
            Ok(Self { input, before })
        }
    }

    impl Drop for Silence<'_> {
        fn drop(&mut self) {
            let _ = termios::tcsetattr(self.input, SetArg::TCSADRAIN, &self.before);
        }
    }
}

#[cfg(not(unix))]
mod system {
    use std::io;
    use std::sync::atomic::AtomicBool;

    use super::{Line, Secret, report};

    /// A console can't be waited for and left again: the thread takes one more line.
    pub(super) fn read(kind: Line, _wanted: &AtomicBool) -> io::Result<Option<Secret>> {
        let line = match kind {
            Line::Password(question) => {
                report::question(question);
                Some(rpassword::read_password()?)
            }
            Line::Pasted => {
                let mut line = String::new();
                (io::stdin().read_line(&mut line)? > 0).then_some(line)
            }
        };
        Ok(line.map(|line| Secret::new(line.trim_end_matches(['\r', '\n']))))
    }
}
