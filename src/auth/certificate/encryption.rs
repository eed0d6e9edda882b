//! Content that a password protects: PBES2 (RFC 8018), and the older ways of PKCS#12 (RFC 7292,
//! appendices B and C), which encrypted keys outside of PKCS#12 use as well.

use std::num::NonZeroU32;

use aws_lc_rs::cipher::{
    AES_128, AES_192, AES_256, DecryptionContext, PaddedBlockDecryptingKey, UnboundCipherKey,
};
use aws_lc_rs::digest::{self, Context, SHA1_FOR_LEGACY_USE_ONLY};
use aws_lc_rs::{cipher, pbkdf2};
use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt as _, KeyInit, KeyIvInit as _};
use der::Sequence;
use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use des::{TdesEde2, TdesEde3};
use rc2::Rc2;
use zeroize::Zeroizing;

/// The most rounds that are worked off; a damaged file must not keep a processor busy for hours.
pub(super) const MOST_ROUNDS: u32 = 10_000_000;

const fn oid(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const TRIPLE_DES_3: ObjectIdentifier = oid("1.2.840.113549.1.12.1.3");
const TRIPLE_DES_2: ObjectIdentifier = oid("1.2.840.113549.1.12.1.4");
const RC2_128: ObjectIdentifier = oid("1.2.840.113549.1.12.1.5");
const RC2_40: ObjectIdentifier = oid("1.2.840.113549.1.12.1.6");

const PBES2: ObjectIdentifier = oid("1.2.840.113549.1.5.13");
const PBKDF2: ObjectIdentifier = oid("1.2.840.113549.1.5.12");
const HMAC_SHA1: ObjectIdentifier = oid("1.2.840.113549.2.7");
const HMAC_SHA256: ObjectIdentifier = oid("1.2.840.113549.2.9");
const HMAC_SHA384: ObjectIdentifier = oid("1.2.840.113549.2.10");
const HMAC_SHA512: ObjectIdentifier = oid("1.2.840.113549.2.11");
const AES_128_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.2");
const AES_192_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.22");
const AES_256_CBC: ObjectIdentifier = oid("2.16.840.1.101.3.4.1.42");
const TRIPLE_DES_CBC: ObjectIdentifier = oid("1.2.840.113549.3.7");

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

#[derive(Sequence)]
struct Pbes2<'a> {
    derivation: Algorithm<'a>,
    encryption: Algorithm<'a>,
}

#[derive(Sequence)]
struct Pbkdf2<'a> {
    salt: &'a OctetStringRef,
    rounds: u32,
    key_length: Option<u16>,
    /// HMAC with SHA-1 if there is none.
    hash: Option<Algorithm<'a>>,
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
    if algorithm.id == PBES2 {
        return pbes2(&parameters.decode_as().map_err(|_| unsupported)?, password, data);
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

/// Decrypts as RFC 8018 says.
fn pbes2(
    Pbes2 { derivation, encryption }: &Pbes2<'_>,
    password: &str,
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Locked> {
    let unsupported = Locked::Unsupported(encryption.id);
    let iv: &OctetStringRef = encryption
        .parameters
        .and_then(|parameters| parameters.decode_as().ok())
        .ok_or(unsupported)?;
    let iv = iv.as_bytes();
    let key = |size| derive_pbkdf2(derivation, password, size);
    match encryption.id {
        AES_128_CBC => aes(&AES_128, &key(16)?, iv, data),
        AES_192_CBC => aes(&AES_192, &key(24)?, iv, data),
        AES_256_CBC => aes(&AES_256, &key(32)?, iv, data),
        TRIPLE_DES_CBC => cbc::<TdesEde3>(&key(24)?, iv, data),
        _ => Err(unsupported),
    }
}

fn derive_pbkdf2(
    derivation: &Algorithm<'_>,
    password: &str,
    size: usize,
) -> Result<Zeroizing<Vec<u8>>, Locked> {
    let unsupported = Locked::Unsupported(derivation.id);
    if derivation.id != PBKDF2 {
        return Err(unsupported);
    }
    let Pbkdf2 { salt, rounds, hash, .. } = derivation
        .parameters
        .and_then(|parameters| parameters.decode_as().ok())
        .ok_or(unsupported)?;
    let hash = match hash.map_or(HMAC_SHA1, |hash| hash.id) {
        HMAC_SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
        HMAC_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
        HMAC_SHA384 => pbkdf2::PBKDF2_HMAC_SHA384,
        HMAC_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
        other => return Err(Locked::Unsupported(other)),
    };
    let rounds =
        NonZeroU32::new(rounds).filter(|rounds| rounds.get() <= MOST_ROUNDS).ok_or(unsupported)?;
    let mut key = Zeroizing::new(vec![0; size]);
    pbkdf2::derive(hash, rounds, salt.as_bytes(), password.as_bytes(), &mut key);
    Ok(key)
}

fn aes(
    algorithm: &'static cipher::Algorithm,
    key: &[u8],
    iv: &[u8],
    data: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Locked> {
    let key = UnboundCipherKey::new(algorithm, key).map_err(|_| Locked::Wrong)?;
    let key = PaddedBlockDecryptingKey::cbc_pkcs7(key).map_err(|_| Locked::Wrong)?;
    let iv: [u8; 16] = iv.try_into().map_err(|_| Locked::Wrong)?;
    let mut plain = Zeroizing::new(data.to_vec());
    let length = key
        .decrypt(&mut plain, DecryptionContext::Iv128(iv.into()))
        .map_err(|_| Locked::Wrong)?
        .len();
    plain.truncate(length);
    Ok(plain)
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
