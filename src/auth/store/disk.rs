//! Files that only their owner may read, and that are never half written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::problem::{Held, exposed, failed, not_regular};
use crate::error::Result;

/// Far above what a settings file has.
const LARGEST: u64 = 1 << 20;

/// Room for what a new entry may have more than the old one.
const ROOM: usize = 32 << 10;

/// Reads a file that is encrypted. None if it isn't there.
pub(super) fn read_sealed(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
    read(path, |_| Ok(()))
}

/// Reads a file that holds a secret as it is. None if it isn't there.
pub(super) fn read_secret(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>> {
    read(path, |metadata| {
        open_mode(metadata).map_or(Ok(()), |mode| Err(exposed(path, mode, Held::Key)))
    })
}

fn read(
    path: &Path,
    check: impl FnOnce(&fs::Metadata) -> Result<()>,
) -> Result<Option<Zeroizing<Vec<u8>>>> {
    let cant = |error| failed("read", path, error);
    // A pipe would be waited for.
    match fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(metadata) => return Err(not_regular(path, metadata.is_dir())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(cant(error)),
    }
    let file = File::open(path).map_err(cant)?;
    check(&file.metadata().map_err(cant)?)?;
    let mut content = Zeroizing::new(Vec::with_capacity(16 << 10));
    file.take(LARGEST).read_to_end(&mut content).map_err(cant)?;
    Ok(Some(content))
}

/// The mode of a file that others than its owner may read or write.
#[cfg(unix)]
fn open_mode(metadata: &fs::Metadata) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = metadata.permissions().mode();
    (metadata.is_file() && mode & 0o077 != 0).then_some(mode)
}

/// Closes a file to others that is known to be encrypted settings: copying often leaves them open.
#[cfg(unix)]
pub(super) fn close(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = fs::metadata(path).map_err(|error| failed("read", path, error))?;
    let Some(mode) = open_mode(&metadata) else { return Ok(()) };
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(path, private).map_err(|_| exposed(path, mode, Held::Tokens))?;
    tracing::warn!(path = %path.display(), "others could read the OAuth settings file: closed it");
    Ok(())
}

/// Elsewhere files inherit who may read them from their folder.
#[cfg(not(unix))]
fn open_mode(_metadata: &fs::Metadata) -> Option<u32> {
    None
}

/// Elsewhere permissions are the folder's.
#[cfg(not(unix))]
pub(super) fn close(_path: &Path) -> Result<()> {
    Ok(())
}

/// Puts content in the place of a file: all of it, or the file stays as it is.
pub(super) fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let fresh = fresh(path);
    let written = create_private(&fresh).and_then(|file| finish(file, &fresh, path, content));
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    written
}

/// Makes a file beside that has room for what is to follow `content`.
pub(super) fn reserve(path: &Path, content: &[u8]) -> io::Result<()> {
    let spare = spare(path);
    let reserved = create_private(&spare).and_then(|mut file| {
        file.write_all(&vec![b' '; content.len() + ROOM])?;
        file.sync_all()
    });
    if reserved.is_err() {
        let _ = fs::remove_file(&spare);
    }
    reserved
}

/// As [`replace`], into the room that was reserved: the disk can't be full for that.
pub(super) fn replace_reserved(path: &Path, content: &[u8]) -> io::Result<()> {
    let spare = spare(path);
    let file = OpenOptions::new().write(true).open(&spare)?;
    finish(file, &spare, path, content)
}

/// Gives back room that was reserved and not used.
pub(super) fn release(path: &Path) {
    let _ = fs::remove_file(spare(path));
}

/// Where new content is written first: a name that nobody else gives to a file beside.
pub(super) fn fresh(path: &Path) -> PathBuf {
    beside(path, ".anaplan-sql-new")
}

/// Where room is reserved.
pub(super) fn spare(path: &Path) -> PathBuf {
    beside(path, ".anaplan-sql-spare")
}

fn finish(mut file: File, from: &Path, to: &Path, content: &[u8]) -> io::Result<()> {
    // A device or a pipe must not give way to a file.
    if fs::metadata(to).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    file.write_all(content)?;
    file.set_len(content.len() as u64)?;
    file.sync_all()?;
    drop(file);
    fs::rename(from, to)?;
    sync_directory(to)
}

/// Makes a new file that nobody else can read; one of that name that was left over goes.
fn create_private(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    private().create_new(true).open(path)
}

/// Opens for writing; a file made by it is private.
fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Opens the file on which processes lock each other out. It is never replaced or removed: those
/// who wait must wait for the same file.
pub(super) fn open_lock(path: &Path) -> io::Result<File> {
    private().read(true).create(true).truncate(false).open(path)
}

/// Makes the directory of a file, for its owner only.
pub(super) fn create_directory(path: &Path) -> io::Result<()> {
    let Some(directory) = path.parent().filter(|d| !d.as_os_str().is_empty()) else {
        return Ok(());
    };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}

/// A rename is on disk when its directory is.
#[cfg(unix)]
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|d| !d.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}

/// Elsewhere directories can't be synchronised, nor need they be.
#[cfg(not(unix))]
fn sync_directory(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// The file that a path leads to: a symbolic link is kept, and what it points to replaced.
pub(super) fn follow(path: &Path) -> PathBuf {
    let mut path = path.to_owned();
    // As many links as systems follow.
    for _ in 0..40 {
        match fs::read_link(&path) {
            Ok(target) => path = path.parent().unwrap_or(Path::new("")).join(target),
            Err(_) => break,
        }
    }
    path
}

/// A sibling: the same name with something behind it.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
