//! Where the bodies of requests and answers are collected.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use zeroize::Zeroize as _;

/// Room for an answer with tokens: growing would leave copies behind.
const SECRET_ROOM: usize = 32 << 10;

/// Memory for more than this is used again.
const LARGE: usize = 1 << 20;

/// How many pieces of memory wait to be used again at most.
const MOST_SPARE: usize = 8;

/// The bytes that have come so far.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: Vec<u8>,
    then: Then,
}

/// What becomes of the bytes when nobody has them any more.
#[derive(Debug)]
enum Then {
    Free,
    /// They are a secret.
    Zero,
    Reuse(Arc<Spare>),
}

/// Memory that waits to be used again, as long as some other is in use. Memory that is new to the process takes longer
/// to get than to fill, and threads that free what others got keep more of it than is needed.
#[derive(Debug, Default)]
struct Spare(Mutex<Vec<Vec<u8>>>);

impl Buffer {
    pub(crate) fn new(room: usize, secret: bool) -> Self {
        if secret {
            return Self { bytes: Vec::with_capacity(room.max(SECRET_ROOM)), then: Then::Zero };
        }
        let mut buffer = Self::find(room);
        buffer.bytes.clear();
        buffer
    }

    /// One with so many bytes, whatever they are. They are not a secret.
    pub(crate) fn of_length(length: usize) -> Self {
        let mut buffer = Self::find(length);
        buffer.bytes.resize(length, 0);
        buffer
    }

    fn find(room: usize) -> Self {
        if room < LARGE {
            return Self { bytes: Vec::with_capacity(room), then: Then::Free };
        }
        let spare = Spare::current();
        let bytes = spare.take(room).unwrap_or_else(|| Vec::with_capacity(room));
        Self { bytes, then: Then::Reuse(spare) }
    }

    pub(crate) fn push(&mut self, piece: &[u8]) {
        self.bytes.extend_from_slice(piece);
    }

    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// How many bytes there is room for without another piece of memory.
    pub(crate) fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Forgets the bytes behind the first ones.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.bytes.truncate(length);
    }

    /// The whole, without a copy.
    pub(crate) fn freeze(mut self) -> Bytes {
        match self.then {
            Then::Free => std::mem::take(&mut self.bytes).into(),
            Then::Zero | Then::Reuse(_) => Bytes::from_owner(self),
        }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl AsMut<[u8]> for Buffer {
    fn as_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }
}

impl io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Buffer {
    fn drop(&mut self) {
        match &self.then {
            Then::Free => {}
            Then::Zero => self.bytes.zeroize(),
            Then::Reuse(spare) => spare.put(std::mem::take(&mut self.bytes)),
        }
    }
}

impl Spare {
    /// The one that all buffers share which are in use now.
    fn current() -> Arc<Self> {
        static CURRENT: Mutex<Weak<Spare>> = Mutex::new(Weak::new());
        let mut current = CURRENT.lock().unwrap_or_else(PoisonError::into_inner);
        current.upgrade().unwrap_or_else(|| {
            let spare = Arc::default();
            *current = Arc::downgrade(&spare);
            spare
        })
    }

    /// The smallest piece with so much room.
    fn take(&self, room: usize) -> Option<Vec<u8>> {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fitting = pieces.iter().enumerate().filter(|(_, piece)| piece.capacity() >= room);
        let (number, _) = fitting.min_by_key(|(_, piece)| piece.capacity())?;
        Some(pieces.swap_remove(number))
    }

    fn put(&self, piece: Vec<u8>) {
        let mut pieces = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if pieces.len() < MOST_SPARE {
            pieces.push(piece);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_handed_on_where_it_is() {
        for (room, secret) in [(4, false), (4, true), (2 * LARGE, false)] {
            let mut buffer = Buffer::new(room, secret);
            buffer.push(b"to");
            buffer.push(b"ken");
            let place = buffer.as_ref().as_ptr();
            let bytes = buffer.freeze();
            assert_eq!((&*bytes, bytes.as_ptr()), (&b"token"[..], place));
        }
    }

    #[test]
    fn large_pieces_are_used_again_and_begin_empty() {
        let spare = Arc::new(Spare::default());
        let buffer = |bytes| Buffer { bytes, then: Then::Reuse(Arc::clone(&spare)) };
        let body = buffer(b"first".repeat(LARGE)).freeze();
        let part = body.slice(7..);
        drop(body);
        assert!(spare.take(1).is_none(), "it is in use");
        drop(part);
        drop(buffer(Vec::with_capacity(7 * LARGE)));
        assert!(spare.take(8 * LARGE).is_none());
        assert_eq!(spare.take(2 * LARGE).map(|piece| piece.capacity()), Some(5 * LARGE));
        assert_eq!(spare.take(2 * LARGE).map(|piece| piece.capacity()), Some(7 * LARGE));
        (0..2 * MOST_SPARE).for_each(|_| drop(buffer(vec![1; LARGE])));
        assert_eq!(spare.0.lock().expect("no panic").len(), MOST_SPARE);

        let used = Buffer::of_length(LARGE);
        assert_eq!(used.len(), LARGE);
        drop(buffer(vec![1; 3 * LARGE]));
        assert_eq!(Buffer::new(3 * LARGE, false).len(), 0);
    }
}
