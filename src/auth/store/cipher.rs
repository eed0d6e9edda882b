//! AES-256-GCM, and the keys for it.

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit, Nonce};
use argon2::{Algorithm, Argon2, Params, Version};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use zeroize::Zeroizing;

use crate::error::{Error, ErrorKind, Result};

pub(super) const SALT: usize = 16;
pub(super) const NONCE: usize = 12;
pub(super) const CHECK: usize = 8;

/// How a key is derived from what the user has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Derivation {
    /// From something that nobody can guess.
    Hkdf,
    /// From a password: slowly, because passwords can be guessed.
    Argon2id {
        /// Memory in KiB.
        memory: u32,
        /// Passes over it.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
}

impl Derivation {
    /// OWASP's first choice for Argon2id where memory isn't scarce.
    pub(super) const PASSWORD: Self = Self::Argon2id { memory: 47_104, passes: 1, lanes: 1 };

    /// What a header may ask for: more would only be there to exhaust the reader.
    pub(super) fn is_reasonable(self) -> bool {
        match self {
            Self::Hkdf => true,
            Self::Argon2id { memory, passes, lanes } => {
                (8..=1 << 20).contains(&memory)
                    && (1..=16).contains(&passes)
                    && (1..=16).contains(&lanes)
            }
        }
    }
}

/// A key, with a few bytes by which a wrong one is told from damage.
pub(super) struct SealingKey {
    key: Zeroizing<[u8; 32]>,
    pub(super) check: [u8; CHECK],
}

impl std::fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SealingKey(***)")
    }
}

impl SealingKey {
    /// Derives a key from a secret.
    pub(super) fn derive(secret: &[u8], salt: &[u8; SALT], derivation: Derivation) -> Result<Self> {
        let failed = || Error::new(ErrorKind::Internal, "the key can't be derived");
        let mut material = Zeroizing::new([0; 32]);
        let material: &[u8] = match derivation {
            Derivation::Hkdf => secret,
            Derivation::Argon2id { memory, passes, lanes } => {
                let params = Params::new(memory, passes, lanes, Some(material.len()))
                    .map_err(|_| failed())?;
                Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                    .hash_password_into(secret, salt, &mut *material)
                    .map_err(|_| failed())?;
                &*material
            }
        };
        let extracted = Salt::new(HKDF_SHA256, salt).extract(material);
        let fill = |purpose: &[u8], out: &mut [u8]| {
            let length = Length(out.len());
            extracted.expand(&[purpose], length).and_then(|okm| okm.fill(out)).map_err(|_| failed())
        };
        let mut key = Zeroizing::new([0; 32]);
        let mut check = [0; CHECK];
        fill(b"anaplan-sql oauth settings 1: key", &mut *key)?;
        fill(b"anaplan-sql oauth settings 1: check", &mut check)?;
        Ok(Self { key, check })
    }

    /// Encrypts, and authenticates what stands beside it.
    pub(super) fn seal(&self, nonce: &[u8; NONCE], beside: &[u8], text: &[u8]) -> Result<Vec<u8>> {
        self.cipher()
            .encrypt(&Nonce::from(*nonce), Payload { msg: text, aad: beside })
            .map_err(|_| Error::new(ErrorKind::Internal, "the settings can't be encrypted"))
    }

    /// Decrypts. None unless both the text and what stands beside it are as they were sealed.
    pub(super) fn open(
        &self,
        nonce: &[u8; NONCE],
        beside: &[u8],
        sealed: &[u8],
    ) -> Option<Zeroizing<Vec<u8>>> {
        let payload = Payload { msg: sealed, aad: beside };
        self.cipher().decrypt(&Nonce::from(*nonce), payload).ok().map(Zeroizing::new)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&*self.key).into())
    }
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// Bytes that nobody can guess.
pub(super) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes)
        .map_err(|_| Error::new(ErrorKind::Internal, "the system gives no random bytes"))?;
    Ok(bytes)
}
