//! Reading on where an answer broke off.

use std::hash::{DefaultHasher, Hasher};
use std::sync::Arc;

use bytes::{Buf, Bytes};
use futures::stream::{self, BoxStream, StreamExt};

use super::{Client, error};
use crate::error::{Error, ErrorKind, Result};
use crate::http::{Observer, Request};

/// A body while it comes.
pub type Body = BoxStream<'static, Result<Bytes>>;

/// How often one answer is asked for again.
const RESUMES: usize = 3;

/// What is digested in one go, so that it doesn't matter in which pieces bytes come.
const BLOCK: usize = 4096;

/// Tells whether two answers begin alike, without holding either.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Fingerprint {
    length: u64,
    digest: u64,
    /// What is too short for a block.
    rest: Vec<u8>,
}

/// An answer that is asked for again when it breaks off.
struct Resumed {
    client: Client,
    request: Request,
    observer: Arc<dyn Observer>,
    body: Body,
    /// What has been handed out.
    seen: Fingerprint,
    /// After a break: as much of the answer as has come again.
    again: Option<Fingerprint>,
    resumes: usize,
}

impl Client {
    /// Reads on whenever this body, the answer to this request, breaks off: the request is sent
    /// again, and what has been handed out is skipped. It must come again as it was.
    pub(super) fn resumed(
        &self,
        request: Request,
        body: Body,
        observer: Arc<dyn Observer>,
    ) -> Body {
        let resumed = Resumed {
            client: self.clone(),
            request,
            observer,
            body,
            seen: Fingerprint::default(),
            again: None,
            resumes: RESUMES,
        };
        stream::try_unfold(resumed, |mut resumed| async move {
            Ok(resumed.next().await?.map(|piece| (piece, resumed)))
        })
        .boxed()
    }
}

impl Resumed {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        loop {
            let error = match self.body.next().await {
                None if self.again.is_some() => return Err(self.changed()),
                None => return Ok(None),
                Some(Ok(piece)) => match self.skip(piece)? {
                    piece if piece.is_empty() => continue,
                    piece => {
                        self.seen.push(&piece);
                        return Ok(Some(piece));
                    }
                },
                Some(Err(error)) => error,
            };
            let passes = matches!(error.kind(), ErrorKind::Connection | ErrorKind::Timeout);
            if !passes || self.resumes == 0 {
                return Err(error);
            }
            self.resumes -= 1;
            tracing::info!(request = self.request.label(), %error, "asking for the rest again");
            self.observer.retrying();
            let observer = Arc::clone(&self.observer);
            let (answer, body) = self.client.open(&self.request, observer).await?;
            error::check_file(&self.request, &answer)?;
            self.body = body;
            self.again = Some(Fingerprint::default());
        }
    }

    /// Leaves out what has come before the break.
    fn skip(&mut self, mut piece: Bytes) -> Result<Bytes> {
        let Some(again) = &mut self.again else { return Ok(piece) };
        let missing = self.seen.length - again.length;
        let known = usize::try_from(missing).unwrap_or(usize::MAX).min(piece.len());
        again.push(&piece[..known]);
        if again.length == self.seen.length {
            if *again != self.seen {
                return Err(self.changed());
            }
            self.again = None;
        }
        piece.advance(known);
        Ok(piece)
    }

    fn changed(&self) -> Error {
        Error::new(
            ErrorKind::Service,
            format!(
                "the connection broke during {}, and the answer has changed since",
                self.request.label()
            ),
        )
        .with_hint("somebody works on the model: run the query again")
    }
}

impl Fingerprint {
    fn push(&mut self, mut bytes: &[u8]) {
        self.length += bytes.len() as u64;
        while self.rest.len() + bytes.len() >= BLOCK {
            let (block, rest) = bytes.split_at(BLOCK - self.rest.len());
            let mut hasher = DefaultHasher::new();
            hasher.write_u64(self.digest);
            self.rest.extend_from_slice(block);
            hasher.write(&self.rest);
            self.digest = hasher.finish();
            self.rest.clear();
            bytes = rest;
        }
        self.rest.extend_from_slice(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fingerprint(bytes: &[u8], piece: usize) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        bytes.chunks(piece).for_each(|piece| fingerprint.push(piece));
        fingerprint
    }

    #[test]
    fn a_fingerprint_does_not_depend_on_pieces_but_on_every_byte() {
        let bytes: Vec<u8> = (0..20_000_u32).flat_map(u32::to_le_bytes).collect();
        let whole = fingerprint(&bytes, bytes.len());
        for piece in [1, 7, 4095, 4096, 4097, 30_000] {
            assert_eq!(fingerprint(&bytes, piece), whole, "{piece}");
        }
        for place in [0, 4095, 4096, 50_000, bytes.len() - 1] {
            let mut other = bytes.clone();
            other[place] ^= 1;
            assert_ne!(fingerprint(&other, 100), whole, "{place}");
        }
        assert!(whole.rest.len() < BLOCK);
    }
}
