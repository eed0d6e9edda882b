//! Which of 64 bytes are of a kind, as the bits of a number: the first byte is the lowest bit.

/// What is looked at in one go.
pub(crate) const BLOCK: usize = 64;

/// The bytes for which `wanted` holds.
///
/// The comparisons of a block become instructions on many bytes. The product then gathers the lowest bits
/// of eight bytes: bit 8i of the factor lands on bit 56 + i, and no two of them meet.
#[inline(always)]
pub(crate) fn mask(block: &[u8; BLOCK], wanted: impl Fn(u8) -> bool) -> u64 {
    const GATHER: u64 = 0x0102_0408_1020_4080;
    let mut hits = [0_u8; BLOCK];
    for (hit, &byte) in hits.iter_mut().zip(block) {
        *hit = u8::from(wanted(byte));
    }
    let mut bits = 0;
    for (number, eight) in hits.as_chunks::<8>().0.iter().enumerate() {
        bits |= (u64::from_le_bytes(*eight).wrapping_mul(GATHER) >> 56) << (8 * number);
    }
    bits
}

/// A block of at most 64 bytes, and which of them are any. The last one of a text is filled up.
#[inline(always)]
pub(crate) fn whole_block<'a>(
    block: &'a [u8],
    room: &'a mut [u8; BLOCK],
) -> (&'a [u8; BLOCK], u64) {
    match block.try_into() {
        Ok(block) => (block, u64::MAX),
        Err(_) => {
            room[..block.len()].copy_from_slice(block);
            (room, (1 << block.len()) - 1)
        }
    }
}

/// Whether the bits up to and with each one are odd in number: with quotes, what is inside them.
#[inline(always)]
pub(crate) fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// What stands inside quotes, block by block.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Quotes {
    quote: u8,
    /// All bits while inside.
    inside: u64,
    /// Whether a quote may follow: after what ends a cell, or after another quote.
    may_open: u64,
}

impl Quotes {
    /// For text that begins inside quotes or not, and where a quote may open a cell or not.
    #[inline(always)]
    pub(crate) fn new(quote: u8, inside: bool, may_open: bool) -> Self {
        Self { quote, inside: if inside { u64::MAX } else { 0 }, may_open: may_open.into() }
    }

    pub(crate) fn is_inside(&self) -> bool {
        self.inside != 0
    }

    /// The bytes of the next block that are inside quotes. `known` are the bytes that are any, `ends` those that
    /// end cells where they aren't inside. Nothing when a quote stands where it is not special.
    #[inline(always)]
    pub(crate) fn quoted(&mut self, block: &[u8; BLOCK], known: u64, ends: u64) -> Option<u64> {
        let quotes = mask(block, |byte| byte == self.quote) & known;
        if quotes | self.inside == 0 {
            self.may_open = ends >> 63;
            return Some(0);
        }
        let quoted = parity(quotes) ^ self.inside;
        self.inside = 0_u64.wrapping_sub(quoted >> 63);
        let before = ends & !quoted | quotes;
        let allowed = before << 1 | self.may_open;
        self.may_open = before >> 63;
        (quotes & quoted & !allowed == 0).then_some(quoted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_stand_for_bytes() {
        for place in 0..BLOCK {
            let mut block = [b'a'; BLOCK];
            block[place] = b',';
            assert_eq!(mask(&block, |byte| byte == b','), 1 << place);
            assert_eq!(mask(&block, |byte| byte != b','), !(1 << place));
        }
        assert_eq!(mask(&[b','; BLOCK], |byte| byte == b','), u64::MAX);
    }

    #[test]
    fn what_stands_between_two_bits_is_inside() {
        assert_eq!(parity(0b1001), 0b0111);
        assert_eq!(parity(0b1_0010), 0b1110);
        assert_eq!(parity(1), u64::MAX);
        assert_eq!(parity(0), 0);
    }
}
