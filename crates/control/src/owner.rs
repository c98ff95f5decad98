//! Who owns a run: a lock file that its process holds while it lives. The system releases the lock when the
//! process dies in any way, which a stored process number could not tell (numbers are used again).

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::files::{io, private_file, private_folder, random_hex};

/// The lock of this handle on the store.
pub(crate) struct Owner {
    pub(crate) name: String,
    path: PathBuf,
    /// Open, and so locked, as long as this lives.
    _lock: File,
}

impl Owner {
    pub(crate) fn new(folder: &Path, pid: u32) -> Result<Self> {
        private_folder(folder)?;
        let name = format!("{pid}-{}", random_hex::<8>()?);
        let path = folder.join(&name);
        let lock = private_file(&path, true).map_err(io("create", &path))?;
        lock.lock().map_err(io("lock", &path))?;
        Ok(Self { name, path, _lock: lock })
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        // a file that stays behind is removed by the next one who finds it unlocked
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Whether the owner of that name still lives; a dead one's file is removed.
pub(crate) fn lives(folder: &Path, name: &str) -> Result<bool> {
    let path = folder.join(name);
    let Some(lives) = is_locked(&path)? else { return Ok(false) };
    if !lives {
        let _ = std::fs::remove_file(&path);
    }
    Ok(lives)
}

/// Every owner whose file is there, and whether it still lives.
pub(crate) fn all(folder: &Path) -> Result<Vec<(String, bool)>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io("read", folder))? {
        let name = entry.map_err(io("read", folder))?.file_name().to_string_lossy().into_owned();
        if let Some(lives) = is_locked(&folder.join(&name))? {
            all.push((name, lives));
        }
    }
    Ok(all)
}

/// Whether a file is locked; none where there is no file.
fn is_locked(path: &Path) -> Result<Option<bool>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(io("open", path)(error)),
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(false)),
        Err(TryLockError::WouldBlock) => Ok(Some(true)),
        Err(TryLockError::Error(error)) => Err(io("lock", path)(error)),
    }
}
