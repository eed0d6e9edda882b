//! Where the body of an answer is collected.

use bytes::{Bytes, BytesMut};
use zeroize::Zeroize as _;

/// Room for an answer with tokens: growing would leave copies behind.
const SECRET_ROOM: usize = 32 << 10;

/// The bytes that have come so far; zeroed when nobody has them any more, if they are a secret.
#[derive(Debug)]
pub(super) struct Buffer {
    bytes: BytesMut,
    secret: bool,
}

impl Buffer {
    pub(super) fn new(room: usize, secret: bool) -> Self {
        let room = if secret { room.max(SECRET_ROOM) } else { room };
        Self { bytes: BytesMut::with_capacity(room), secret }
    }

    pub(super) fn push(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The whole, without a copy.
    pub(super) fn freeze(mut self) -> Bytes {
        match self.secret {
            true => Bytes::from_owner(self),
            false => std::mem::take(&mut self.bytes).freeze(),
        }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        if self.secret {
            self.bytes.as_mut().zeroize();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_handed_on_where_it_is() {
        for secret in [false, true] {
            let mut buffer = Buffer::new(4, secret);
            buffer.push(b"to");
            buffer.push(b"ken");
            let place = buffer.as_ref().as_ptr();
            let bytes = buffer.freeze();
            assert_eq!((&*bytes, bytes.as_ptr()), (&b"token"[..], place));
        }
    }
}
