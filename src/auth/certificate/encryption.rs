//! Content that a password protects: PBES2 (RFC 8018), and the older ways of PKCS#12 (RFC 7292,
//! appendices B and C), which encrypted keys outside of PKCS#12 use as well.

use aws_lc_rs::digest::{self, Context, SHA1_FOR_LEGACY_USE_ONLY};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, KeyInit, KeyIvInit as _};
use der::Sequence;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use des::{TdesEde2, TdesEde3};
use pkcs5::pbes2::{Kdf, PBES2_OID, Parameters};
use rc2::Rc2;
use zeroize::Zeroizing;

/// The most rounds that are worked off; a damaged file must not keep a processor busy for hours.
const MOST_ROUNDS: u32 = 10_000_000;

/// The most memory that scrypt may take, in bytes.
const MOST_MEMORY: u64 = 1 << 30;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const TRIPLE_DES_3: ObjectIdentifier = oid("1.2.840.113549.1.12.1.3");
const TRIPLE_DES_2: ObjectIdentifier = oid("1.2.840.113549.1.12.1.4");
const RC2_128: ObjectIdentifier = oid("1.2.840.113549.1.12.1.5");
const RC2_40: ObjectIdentifier = oid("1.2.840.113549.1.12.1.6");

/// An algorithm with its parameters.
#[derive(Sequence)]
pub(super) struct Algorithm<'a> {
    pub(super) id: ObjectIdentifier,
    pub(super) parameters: Option<AnyRef<'a>>,
}

/// Something encrypted, and how: an `EncryptedPrivateKeyInfo` (RFC 5208).
#[derive(Sequence)]
pub(super) struct Encrypted<'a> {
    pub(super) algorithm: Algorithm<'a>,
    pub(super) data: &'a OctetStringRef,
}

#[derive(Sequence)]
struct Pbes1<'a> {
    salt: &'a OctetStringRef,
    rounds: u32,
}

/// Why something encrypted can't be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Locked {
    /// The password doesn't fit, or the content is damaged: that looks the same.
    Wrong,
    /// The algorithm is not known here.
    Unsupported(ObjectIdentifier),
}

/// Decrypts.
pub(super) fn decrypt(
    algorithm: &Algorithm<'_>,
    password: &str,
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Locked> {
    let unsupported = Locked::Unsupported(algorithm.id);
    let parameters = algorithm.parameters.ok_or(unsupported)?;
    if algorithm.id == PBES2_OID {
        let parameters = Parameters::try_from(parameters).map_err(|_| unsupported)?;
        if !affordable(&parameters.kdf) {
            return Err(unsupported);
        }
        return match parameters.decrypt(password, data) {
            Ok(plain) => Ok(Zeroizing::new(plain)),
            Err(pkcs5::Error::UnsupportedAlgorithm { oid }) => Err(Locked::Unsupported(oid)),
            Err(_) => Err(Locked::Wrong),
        };
    }
    let Pbes1 { salt, rounds } = parameters.decode_as().map_err(|_| unsupported)?;
    if rounds > MOST_ROUNDS {
        return Err(unsupported);
    }
    let password = utf16(password);
    let derive = |purpose, size| {
        derive_key(&SHA1_FOR_LEGACY_USE_ONLY, &password, salt.as_bytes(), purpose, rounds, size)
    };
    let iv = derive(Purpose::Iv, 8);
    let key = |size| derive(Purpose::Key, size);
    match algorithm.id {
        TRIPLE_DES_3 => cbc::<TdesEde3>(&key(24), &iv, data),
        TRIPLE_DES_2 => cbc::<TdesEde2>(&key(16), &iv, data),
        RC2_128 => cbc::<Rc2>(&key(16), &iv, data),
        RC2_40 => cbc::<Rc2>(&key(5), &iv, data),
        _ => Err(unsupported),
    }
}

fn affordable(kdf: &Kdf) -> bool {
    match kdf {
        Kdf::Pbkdf2(it) => it.iteration_count <= MOST_ROUNDS,
        Kdf::Scrypt(it) => {
            let memory = it.cost_parameter.saturating_mul(128 * u64::from(it.block_size));
            memory <= MOST_MEMORY && it.parallelization <= 16
        }
        _ => true,
    }
}

fn cbc<C: BlockCipherDecrypt + KeyInit>(
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Locked> {
    Decryptor::<C>::new_from_slices(key, iv)
        .ok()
        .and_then(|it| it.decrypt_padded_vec::<Pkcs7>(data).ok())
        .map(Zeroizing::new)
        .ok_or(Locked::Wrong)
}

/// What a key is derived for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Purpose {
    Key = 1,
    Iv = 2,
    Mac = 3,
}

/// A password as PKCS#12 takes it: UTF-16, most significant byte first, with a zero at its end.
pub(super) fn utf16(password: &str) -> Zeroizing<Vec<u8>> {
    let units = password.encode_utf16().chain([0]);
    Zeroizing::new(units.flat_map(u16::to_be_bytes).collect())
}

/// Derives a key as RFC 7292, appendix B.2 says.
pub(super) fn derive_key(
    hash: &'static digest::Algorithm,
    password: &[u8],
    salt: &[u8],
    purpose: Purpose,
    rounds: u32,
    size: usize,
) -> Zeroizing<Vec<u8>> {
    let block = hash.block_len();
    let stretched = |bytes: &[u8]| {
        let length = bytes.len().next_multiple_of(block);
        bytes.iter().copied().cycle().take(length).collect::<Vec<u8>>()
    };
    let mut input = Zeroizing::new(stretched(salt));
    input.extend_from_slice(&Zeroizing::new(stretched(password)));
    let mut derived = Zeroizing::new(Vec::with_capacity(size + hash.output_len()));
    while derived.len() < size {
        let mut context = Context::new(hash);
        context.update(&vec![purpose as u8; block]);
        context.update(&input);
        let mut part = context.finish();
        for _ in 1..rounds {
            part = digest::digest(hash, part.as_ref());
        }
        derived.extend_from_slice(part.as_ref());
        // Each block of the input plus the digest plus one, as numbers.
        for piece in input.chunks_mut(block) {
            let mut carry = 1;
            for (at, byte) in piece.iter_mut().enumerate().rev() {
                let sum =
                    u16::from(*byte) + u16::from(part.as_ref()[at % hash.output_len()]) + carry;
                *byte = sum.to_be_bytes()[1];
                carry = sum >> 8;
            }
        }
    }
    derived.truncate(size);
    derived
}
