//! SCRAM-SHA-256 (RFC 5802, RFC 7677): a password is known to both sides, and never sent.

use std::num::NonZeroU32;

use aws_lc_rs::{constant_time, digest, hmac, pbkdf2, rand};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::{Error, ErrorKind, Result};
use crate::secret::Secret;

/// The name of the mechanism.
pub(super) const MECHANISM: &str = "SCRAM-SHA-256";

/// As PostgreSQL has it.
const ITERATIONS: NonZeroU32 = NonZeroU32::new(4096).expect("it is not zero");

/// What is known of a password.
pub(super) struct Verifier {
    salt: [u8; 16],
    stored_key: Vec<u8>,
    server_key: Vec<u8>,
}

impl std::fmt::Debug for Verifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Verifier(***)")
    }
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes)
        .map_err(|_| Error::new(ErrorKind::Internal, "the system gives no random numbers"))?;
    Ok(bytes)
}

/// A password that nobody has to remember.
///
/// # Errors
/// When the system gives no random numbers.
pub(super) fn generate() -> Result<Secret> {
    let bytes = random::<18>()?;
    Ok(Secret::new(base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)))
}

fn sign(key: &[u8], text: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text).as_ref().to_vec()
}

impl Verifier {
    /// # Errors
    /// When the system gives no random numbers.
    pub(super) fn new(password: &Secret) -> Result<Self> {
        let salt = random()?;
        let mut salted = zeroize::Zeroizing::new([0; 32]);
        let password = password.expose().as_bytes();
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, password, &mut *salted);
        let client_key = sign(&*salted, b"Client Key");
        let stored_key = digest::digest(&digest::SHA256, &client_key).as_ref().to_vec();
        Ok(Self { salt, stored_key, server_key: sign(&*salted, b"Server Key") })
    }

    /// Answers a client's first message.
    ///
    /// # Errors
    /// A sentence about what is wrong with it.
    pub(super) fn begin(&self, first: &[u8]) -> Result<Exchange<'_>, &'static str> {
        let first = std::str::from_utf8(first).map_err(|_| MALFORMED)?;
        let mut parts = first.splitn(3, ',');
        let flag = parts.next().unwrap_or_default();
        let bare = parts.nth(1).ok_or(MALFORMED)?;
        if !matches!(flag, "n" | "y") {
            return Err("channel binding is not offered");
        }
        let nonce = attribute(bare, "r=").filter(|nonce| !nonce.is_empty()).ok_or(MALFORMED)?;
        let own = random::<18>().map_err(|_| "the system gives no random numbers")?;
        let nonce = format!("{nonce}{}", STANDARD.encode(own));
        let salt = STANDARD.encode(self.salt);
        Ok(Exchange {
            verifier: self,
            binding: STANDARD.encode(&first[..first.len() - bare.len()]),
            bare: bare.to_owned(),
            answer: format!("r={nonce},s={salt},i={ITERATIONS}"),
            nonce,
        })
    }
}

/// A sign-in that has begun.
#[derive(Debug)]
pub(super) struct Exchange<'a> {
    verifier: &'a Verifier,
    binding: String,
    bare: String,
    /// What the client gets.
    pub(super) answer: String,
    nonce: String,
}

const MALFORMED: &str = "the message is malformed";

impl Exchange<'_> {
    /// Checks the proof of a client's last message: nothing, if it doesn't know the password.
    ///
    /// # Errors
    /// A sentence about what is wrong with the message.
    pub(super) fn finish(self, last: &[u8]) -> Result<Option<String>, &'static str> {
        let last = std::str::from_utf8(last).map_err(|_| MALFORMED)?;
        let (rest, proof) = last.rsplit_once(",p=").ok_or(MALFORMED)?;
        if attribute(rest, "c=") != Some(&self.binding)
            || attribute(rest, "r=") != Some(&self.nonce)
        {
            return Err("the message belongs to another sign-in");
        }
        let proof = STANDARD.decode(proof).map_err(|_| MALFORMED)?;
        let text = format!("{},{},{rest}", self.bare, self.answer);
        let signature = sign(&self.verifier.stored_key, text.as_bytes());
        if proof.len() != signature.len() {
            return Err(MALFORMED);
        }
        let client_key: Vec<u8> = proof.iter().zip(&signature).map(|(a, b)| a ^ b).collect();
        let stored_key = digest::digest(&digest::SHA256, &client_key);
        let same =
            constant_time::verify_slices_are_equal(stored_key.as_ref(), &self.verifier.stored_key);
        let signature = sign(&self.verifier.server_key, text.as_bytes());
        Ok(same.is_ok().then(|| format!("v={}", STANDARD.encode(signature))))
    }
}

fn attribute<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    text.split(',').find_map(|part| part.strip_prefix(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verifier of RFC 7677's example.
    fn pencil() -> Verifier {
        let mut verifier = Verifier::new(&Secret::new("pencil")).expect("random numbers");
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").expect("Base64");
        verifier.salt.copy_from_slice(&salt);
        let mut salted = [0; 32];
        pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ITERATIONS, &salt, b"pencil", &mut salted);
        let client_key = sign(&salted, b"Client Key");
        verifier.stored_key = digest::digest(&digest::SHA256, &client_key).as_ref().to_vec();
        verifier.server_key = sign(&salted, b"Server Key");
        verifier
    }

    const LAST: &str = "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
                        p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

    fn example(verifier: &Verifier) -> Exchange<'_> {
        let mut exchange =
            verifier.begin(b"n,,n=user,r=rOprNGfwEbeRWgbNEkqO").expect("a first message");
        exchange.nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0".to_owned();
        exchange.answer = format!("r={},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", exchange.nonce);
        exchange
    }

    #[test]
    fn the_example_of_the_standard_is_accepted() {
        let verifier = pencil();
        let answer = example(&verifier).finish(LAST.as_bytes()).expect("well-formed");
        assert_eq!(answer.as_deref(), Some("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
    }

    #[test]
    fn another_proof_is_refused() {
        let verifier = Verifier::new(&Secret::new("pen")).expect("random numbers");
        assert_eq!(example(&verifier).finish(LAST.as_bytes()), Ok(None));
        let other = LAST.replace("c=biws", "c=eSws");
        assert!(example(&pencil()).finish(other.as_bytes()).is_err());
    }

    #[test]
    fn what_is_no_message_is_refused() {
        let verifier = pencil();
        for first in ["", "n", "n,,", "n,,n=user", "p=tls-unique,,n=,r=x", "n,,n=,r=", "x,,n=,r=a"]
        {
            assert!(verifier.begin(first.as_bytes()).is_err(), "{first}");
        }
        for last in ["", "c=biws,r=x", "c=biws,r=x,p=?", "p="] {
            assert!(example(&verifier).finish(last.as_bytes()).is_err(), "{last}");
        }
        assert!(verifier.begin(b"\xff").is_err());
    }
}
