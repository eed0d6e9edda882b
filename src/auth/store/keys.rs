//! Which key opens or seals a settings file.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use zeroize::Zeroizing;

use super::armour::{Armour, Header, Protection, client_fingerprint, hex, unhex};
use super::cipher::{Derivation, SALT, SealingKey, random};
use super::disk;
use super::problem::{Problem, failed};
use super::stored::Stored;
use crate::error::Result;
use crate::secret::Secret;

/// What a user gives to protect a settings file, and the keys that were derived from it.
#[derive(Debug)]
pub(super) struct Keys {
    client_id: String,
    password: Option<Secret>,
    client_secret: Option<Secret>,
    /// Whether it opens a copy that travels, not the settings themselves.
    is_copy: bool,
    /// Deriving from a password takes a while, and a salt stays with its file.
    derived: Mutex<Derived>,
}

/// Keys by what they were derived from.
type Derived = HashMap<(Protection, [u8; SALT]), Arc<SealingKey>>;

impl Keys {
    pub(super) fn new(
        client_id: String,
        password: Option<Secret>,
        client_secret: Option<Secret>,
    ) -> Self {
        Self { client_id, password, client_secret, is_copy: false, derived: Mutex::default() }
    }

    /// What opens a copy that travels.
    pub(super) fn of_copy(client_id: String, password: Secret) -> Self {
        Self { is_copy: true, ..Self::new(client_id, Some(password), None) }
    }

    /// What protects the next file that is written.
    pub(super) fn protection(&self) -> Protection {
        match (&self.password, &self.client_secret) {
            (Some(_), _) => Protection::Password,
            (None, Some(_)) => Protection::ClientSecret,
            (None, None) => Protection::KeyFile,
        }
    }

    /// Reads the file at this path from its content, and says how it is protected.
    pub(super) fn open(&self, path: &Path, content: &[u8]) -> Result<(Stored, Header)> {
        let at = |problem: Problem| match self.is_copy {
            true => problem.of_copy(path),
            false => problem.at(path),
        };
        let Armour { header, nonce, sealed } = Armour::read(content).map_err(at)?;
        if header.client != client_fingerprint(&self.client_id) {
            return Err(at(Problem::OtherClient));
        }
        let protection = header.protection;
        // With their key beside them, settings in use would be taken for a copy.
        if self.is_copy && protection != Protection::Password {
            return Err(at(Problem::NoKey(protection)));
        }
        let secret =
            self.secret(protection, path)?.ok_or_else(|| at(Problem::NoKey(protection)))?;
        let key = self.key(protection, &secret, &header.salt, header.derivation)?;
        if key.check != header.check {
            return Err(at(Problem::WrongKey(protection)));
        }
        let text = key.open(&nonce, &self.beside(&header), &sealed);
        let text = text.ok_or_else(|| at(Problem::Damaged))?;
        let stored = Stored::from_bytes(&text).ok_or_else(|| at(Problem::Damaged))?;
        if stored.client_id != self.client_id {
            return Err(at(Problem::OtherClient));
        }
        Ok((stored, header))
    }

    /// The content of a file at this path. `before` is the header of the file that it replaces.
    pub(super) fn seal(
        &self,
        path: &Path,
        stored: &Stored,
        before: Option<&Header>,
    ) -> Result<Vec<u8>> {
        let protection = self.protection();
        let secret = match self.secret(protection, path)? {
            Some(secret) => secret,
            None => new_key_file(path)?,
        };
        let derivation = match protection {
            Protection::Password => Derivation::PASSWORD,
            Protection::ClientSecret | Protection::KeyFile => Derivation::Hkdf,
        };
        // The salt stays with its file; the nonce is new each time.
        let salt = match before.filter(|b| b.protection == protection && b.derivation == derivation)
        {
            Some(before) => before.salt,
            None => random()?,
        };
        let key = self.key(protection, &secret, &salt, derivation)?;
        let client = client_fingerprint(&self.client_id);
        let header = Header { client, protection, derivation, salt, check: key.check };
        let nonce = random()?;
        let sealed = key.seal(&nonce, &self.beside(&header), &stored.to_bytes())?;
        Ok(Armour { header, nonce, sealed }.write().into_bytes())
    }

    /// Tries whether there is what protects a file at this path, or can be made.
    pub(super) fn try_key(&self, path: &Path) -> Result<()> {
        self.secret(self.protection(), path).map(drop)
    }

    /// What is authenticated beside the encrypted part.
    fn beside(&self, header: &Header) -> Vec<u8> {
        format!("{}\n{}", header.text(), self.client_id).into_bytes()
    }

    fn secret(&self, protection: Protection, path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let bytes = |secret: &Secret| Zeroizing::new(secret.expose().as_bytes().to_vec());
        Ok(match protection {
            Protection::Password => self.password.as_ref().map(bytes),
            Protection::ClientSecret => self.client_secret.as_ref().map(bytes),
            Protection::KeyFile => read_key_file(path)?,
        })
    }

    fn key(
        &self,
        protection: Protection,
        secret: &[u8],
        salt: &[u8; SALT],
        derivation: Derivation,
    ) -> Result<Arc<SealingKey>> {
        // Held while deriving: those who wait want the same key. A key file may be replaced, and
        // costs nothing to derive from.
        let mut derived = self.derived.lock().unwrap_or_else(PoisonError::into_inner);
        let place = (protection, *salt);
        if protection != Protection::KeyFile
            && let Some(key) = derived.get(&place)
        {
            return Ok(Arc::clone(key));
        }
        let key = Arc::new(SealingKey::derive(secret, salt, derivation)?);
        derived.insert(place, Arc::clone(&key));
        Ok(key)
    }
}

/// The key file of the settings file at this path.
pub(super) fn key_file(path: &Path) -> PathBuf {
    disk::beside(path, ".key")
}

fn read_key_file(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let Some(content) = disk::read_secret(&key_file(path))? else { return Ok(None) };
    let key = std::str::from_utf8(&content).ok().and_then(|text| unhex::<32>(text.trim()));
    match key {
        Some(key) => Ok(Some(Zeroizing::new(key.to_vec()))),
        None => Err(Problem::DamagedKey.at(path)),
    }
}

fn new_key_file(path: &Path) -> Result<Zeroizing<Vec<u8>>> {
    let path = key_file(path);
    let key = Zeroizing::new(random::<32>()?);
    let text = Zeroizing::new(format!("{}\n", hex(&*key)));
    disk::replace(&path, text.as_bytes()).map_err(|error| failed("written", &path, error))?;
    Ok(Zeroizing::new(key.to_vec()))
}

#[cfg(test)]
#[path = "keys_tests.rs"]
mod tests;
