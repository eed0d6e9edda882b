//! What clients say.

use bytes::{Buf, Bytes};

/// A message of a client that has begun.
#[derive(Debug)]
pub(in crate::postgres) enum Frontend {
    /// Statements to run at once.
    Query(String),
    /// A statement to prepare, with the types of its parameters as far as the client says.
    Parse {
        name: String,
        sql: String,
        types: Vec<u32>,
    },
    /// Values for a prepared statement.
    Bind {
        portal: String,
        statement: String,
        /// Which values are binary: none said, one for all, or each.
        formats: Vec<bool>,
        values: Vec<Option<Bytes>>,
        /// Which columns of the result are to be binary, likewise.
        results: Vec<bool>,
    },
    Describe(Target),
    Execute {
        portal: String,
        max_rows: usize,
    },
    Close(Target),
    Flush,
    Sync,
    Terminate,
    /// Passwords, and what a sign-in sends instead.
    Password(Bytes),
    /// What belongs to a COPY, which nobody has begun.
    Copy,
    /// More than a message may hold. It has been skipped.
    TooLong {
        is_extended: bool,
    },
    /// A message that makes no sense.
    Malformed,
}

/// What a client names.
#[derive(Debug)]
pub(in crate::postgres) enum Target {
    Statement(String),
    Portal(String),
}

impl Frontend {
    /// Reads the message of this kind.
    pub(super) fn read(kind: u8, body: Bytes) -> Self {
        Self::try_read(kind, Reader(body)).unwrap_or(Self::Malformed)
    }

    fn try_read(kind: u8, mut body: Reader) -> Option<Self> {
        Some(match kind {
            b'Q' => Self::Query(body.text()?),
            b'P' => {
                let (name, sql) = (body.text()?, body.text()?);
                let types = (0..body.count()?).map(|_| body.number()).collect::<Option<_>>()?;
                Self::Parse { name, sql, types }
            }
            b'B' => {
                let (portal, statement) = (body.text()?, body.text()?);
                let formats = body.formats()?;
                let values = (0..body.count()?).map(|_| body.value()).collect::<Option<_>>()?;
                let results = body.formats()?;
                Self::Bind { portal, statement, formats, values, results }
            }
            b'D' => Self::Describe(body.target()?),
            b'E' => {
                let portal = body.text()?;
                let max_rows = body.number()?;
                // Zero is no limit, and so is what is below it.
                let max_rows = match i32::try_from(max_rows) {
                    Ok(rows) if rows > 0 => usize::try_from(rows).ok()?,
                    _ => usize::MAX,
                };
                Self::Execute { portal, max_rows }
            }
            b'C' => Self::Close(body.target()?),
            b'H' => Self::Flush,
            b'S' => Self::Sync,
            b'X' => Self::Terminate,
            b'p' => Self::Password(body.0),
            b'd' | b'c' | b'f' => Self::Copy,
            _ => return None,
        })
    }
}

/// Whether messages of this kind belong to the extended protocol, in which an error skips up to the
/// next Sync.
pub(super) fn is_extended(kind: u8) -> bool {
    matches!(kind, b'P' | b'B' | b'D' | b'E' | b'C' | b'H')
}

/// Reads values, if they are there.
struct Reader(Bytes);

impl Reader {
    fn text(&mut self) -> Option<String> {
        let end = memchr::memchr(0, &self.0)?;
        let text = self.0.split_to(end);
        self.0.advance(1);
        // What isn't UTF-8 fits no name; the parser says so.
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    fn number(&mut self) -> Option<u32> {
        (self.0.remaining() >= 4).then(|| self.0.get_u32())
    }

    fn count(&mut self) -> Option<u16> {
        (self.0.remaining() >= 2).then(|| self.0.get_u16())
    }

    fn formats(&mut self) -> Option<Vec<bool>> {
        (0..self.count()?).map(|_| Some(self.count()? == 1)).collect()
    }

    fn value(&mut self) -> Option<Option<Bytes>> {
        let length = self.number()?;
        if length == u32::MAX {
            return Some(None);
        }
        let length = usize::try_from(length).ok()?;
        (self.0.remaining() >= length).then(|| Some(self.0.split_to(length)))
    }

    fn target(&mut self) -> Option<Target> {
        let kind = (self.0.remaining() >= 1).then(|| self.0.get_u8())?;
        let name = self.text()?;
        match kind {
            b'S' => Some(Target::Statement(name)),
            b'P' => Some(Target::Portal(name)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bind_has_its_values_and_formats() {
        let body = b"p\0s\0\x00\x01\x00\x01\x00\x02\x00\x00\x00\x01x\xff\xff\xff\xff\x00\x00";
        let read = Frontend::read(b'B', Bytes::from_static(body));
        let Frontend::Bind { portal, statement, formats, values, results } = read else {
            panic!("{read:?}");
        };
        assert_eq!((portal.as_str(), statement.as_str()), ("p", "s"));
        assert_eq!(formats, [true]);
        assert_eq!(values, [Some(Bytes::from_static(b"x")), None]);
        assert!(results.is_empty());
    }

    #[test]
    fn what_is_cut_short_is_malformed() {
        let whole: &[u8] = b"p\0s\0\x00\x01\x00\x01\x00\x01\x00\x00\x00\x01x\x00\x00";
        for end in 0..whole.len() {
            let read = Frontend::read(b'B', Bytes::copy_from_slice(&whole[..end]));
            assert!(matches!(read, Frontend::Malformed), "{end}: {read:?}");
        }
        for kind in 0..=u8::MAX {
            drop(Frontend::read(kind, Bytes::new()));
            drop(Frontend::read(kind, Bytes::from_static(b"\xff\xff\xff\xff\xff\xff\xff\0\xff")));
        }
    }
}
