//! A socket of a client.

use std::io;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::backend::Output;
use super::frontend::{Frontend, is_extended};

/// What bytes come and go by.
pub(in crate::postgres) trait Stream:
    AsyncRead + AsyncWrite + Send + Unpin
{
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// How long a message may be: a statement, or values of its parameters.
pub(in crate::postgres) const LONGEST_MESSAGE: usize = 32 << 20;

/// The same of somebody who has not signed in.
const SHORT: usize = 10_000;

/// How much of what a client sends ahead is read while a statement of it runs.
const AHEAD: usize = 1 << 20;

/// How much is read at once, at least.
const READ: usize = 16 << 10;

/// Reads and writes messages. Waiting for either may be given up at any time: what is read half, or
/// written half, goes on where it stopped.
pub(in crate::postgres) struct Socket {
    pub(in crate::postgres) stream: Box<dyn Stream>,
    pub(in crate::postgres) input: BytesMut,
    pub(in crate::postgres) output: Output,
    /// How long a message may be.
    pub(in crate::postgres) longest: usize,
    /// What is left of a message that is too long, and whether an error skips to the next Sync.
    skipping: Option<(usize, bool)>,
}

impl Socket {
    pub(in crate::postgres) fn new(stream: Box<dyn Stream>) -> Self {
        let (input, output) = (BytesMut::new(), Output::default());
        Self { stream, input, output, longest: SHORT, skipping: None }
    }

    /// Reads until so many bytes are there.
    ///
    /// # Errors
    /// When the client goes away before.
    pub(in crate::postgres) async fn fill(&mut self, length: usize) -> io::Result<()> {
        while self.input.len() < length {
            self.read().await?;
        }
        Ok(())
    }

    async fn read(&mut self) -> io::Result<()> {
        self.input.reserve(READ);
        match self.stream.read_buf(&mut self.input).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// The next message of a client that has begun.
    ///
    /// # Errors
    /// When the client has gone away, or what it sends has no form of a message.
    pub(in crate::postgres) async fn next(&mut self) -> io::Result<Frontend> {
        loop {
            if let Some((left, is_extended)) = self.skipping {
                let here = left.min(self.input.len());
                self.input.advance(here);
                if here == left {
                    self.skipping = None;
                    return Ok(Frontend::TooLong { is_extended });
                }
                self.skipping = Some((left - here, is_extended));
            } else if let [kind, a, b, c, d, ..] = self.input[..] {
                let length = usize::try_from(u32::from_be_bytes([a, b, c, d]));
                let length = length.ok().filter(|length| (4..1 << 30).contains(length));
                let Some(length) = length else { return Err(io::ErrorKind::InvalidData.into()) };
                if length > self.longest {
                    self.input.advance(5);
                    self.skipping = Some((length - 4, is_extended(kind)));
                    continue;
                }
                if self.input.len() > length {
                    self.input.advance(5);
                    let body = self.input.split_to(length - 4).freeze();
                    return Ok(Frontend::read(kind, body));
                }
            }
            self.read().await?;
        }
    }

    /// Waits until the client has gone away. What it sends meanwhile is kept.
    pub(in crate::postgres) async fn gone(&mut self) {
        while self.input.len() < AHEAD {
            if self.read().await.is_err() {
                return;
            }
        }
        // It will show when something is written.
        std::future::pending::<()>().await;
    }

    /// Sends what waits.
    ///
    /// # Errors
    /// When the client has gone away.
    pub(in crate::postgres) async fn flush(&mut self) -> io::Result<()> {
        while !self.output.0.is_empty() {
            if self.stream.write_buf(&mut self.output.0).await? == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
        }
        self.stream.flush().await
    }
}
