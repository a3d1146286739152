//! The data directory is for the server's own user only: beside the sealed addresses it holds the
//! keys that open them, and the key that signs tokens.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::Mode;
use tracing::warn;

use super::error::{AppError, io};

/// What a directory and a file may allow at most.
const DIRECTORY: u32 = 0o700;
const FILE: u32 = 0o600;
/// What belongs to other users than the owner.
const OTHERS: u32 = 0o077;
const OTHERS_READ: u32 = 0o044;
const OTHERS_ENTER: u32 = 0o011;

/// Whatever this process makes from now on, itself or by a library, is for its own user only.
pub fn make_private() {
    rustix::process::umask(Mode::from_raw_mode(OTHERS));
}

/// Makes the data directory if it is missing, and takes from others what they may do with it and
/// its files. An error if they can read something all the same.
pub(super) fn keep_private(dir: &Path) -> Result<(), AppError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true).mode(DIRECTORY);
    builder.create(dir).map_err(io(dir.display()))?;
    let read = tighten(dir, |path, mode| {
        fs::set_permissions(path, Permissions::from_mode(mode))
    });
    match read.map_err(io(dir.display()))? {
        None => Ok(()),
        Some(file) => Err(AppError::Readable(format!(
            "{}: other users can read it, and its mode cannot be changed: make {} a directory of \
             the server's own user with mode 0700",
            file.display(),
            dir.display()
        ))),
    }
}

/// The first file that others can still read afterwards.
fn tighten(dir: &Path, set: impl Fn(&Path, u32) -> io::Result<()>) -> io::Result<Option<PathBuf>> {
    let entered = OTHERS_ENTER & closed(dir, DIRECTORY, &set)?;
    let mut read = None;
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        // a link counts as what it leads to; what leads nowhere cannot be read
        let is_file = fs::metadata(&path).is_ok_and(|found| found.is_file());
        if is_file && closed(&path, FILE, &set)? & OTHERS_READ != 0 && entered != 0 {
            read.get_or_insert(path);
        }
    }
    Ok(read)
}

/// Takes from others what they may do; the mode afterwards.
fn closed(path: &Path, most: u32, set: impl Fn(&Path, u32) -> io::Result<()>) -> io::Result<u32> {
    let mode = |path| fs::metadata(path).map(|found| found.permissions().mode());
    let before = mode(path)?;
    if before & OTHERS == 0 {
        return Ok(before);
    }
    let shown = path.display();
    match set(path, before & most) {
        Ok(()) => warn!(path = %shown, was = format!("{:04o}", before & 0o7777),
            "other users could use it; now its mode is that of the server's user only"),
        Err(error) => warn!(path = %shown, %error, "its mode allows other users to use it"),
    }
    mode(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn folder(dir: u32, file: u32) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("muster.db"), "").unwrap();
        let modes = [
            (folder.path().join("muster.db"), file),
            (folder.path().to_owned(), dir),
        ];
        for (path, mode) in modes {
            fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
        }
        folder
    }

    #[test]
    fn what_is_laxer_is_tightened_and_what_is_stricter_stays() {
        for (dir, file, left) in [
            (0o755, 0o644, (0o700, 0o600)),
            (0o2770, 0o660, (0o700, 0o600)),
            (0o500, 0o400, (0o500, 0o400)),
        ] {
            let folder = folder(dir, file);
            fs::create_dir(folder.path().join("lost+found")).unwrap_or_default();
            std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap_or_default();
            keep_private(folder.path()).unwrap();
            let now = (mode(folder.path()), mode(&folder.path().join("muster.db")));
            assert_eq!(now, left);
        }
    }

    #[test]
    fn a_start_is_refused_only_if_others_can_still_read() {
        let refuses = |_: &Path, _: u32| Err(io::ErrorKind::PermissionDenied.into());
        for (dir, file, readable) in [
            (0o755, 0o644, true),
            (0o711, 0o644, true),
            (0o710, 0o640, true),
            (0o755, 0o600, false),
            (0o700, 0o644, false),
            (0o744, 0o644, false),
        ] {
            let folder = folder(dir, file);
            let read = tighten(folder.path(), refuses).unwrap();
            assert_eq!(read.is_some(), readable, "{dir:o} {file:o}");
        }
    }

    #[test]
    fn a_directory_that_is_missing_is_made_for_its_owner_only() {
        let outer = tempfile::tempdir().unwrap();
        let dir = outer.path().join("a/b");
        keep_private(&dir).unwrap();
        assert_eq!((mode(&dir), mode(&outer.path().join("a"))), (0o700, 0o700));
    }
}
