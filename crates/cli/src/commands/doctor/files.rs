//! The folder of the installation: there, writable, with room, and closed to others; and the key that opens its secrets.

use std::io;
use std::path::{Path, PathBuf};

use super::Finding;
use crate::machine;

/// So many times the floor is worth a word in time.
const ROOMY: u64 = 4;
/// Of one key.
const KEY_BYTES: usize = 32;

/// Looks at the folder.
pub fn check(home: &Path) -> Vec<Finding> {
    let shown = home.display();
    if !home.exists() {
        let cure = "nothing is wrong if this is a new installation: any command makes it; else name the right folder with --home";
        return vec![Finding::warn("home", format!("`{shown}` does not exist yet"), cure)];
    }
    if !home.is_dir() {
        return vec![Finding::fail(
            "home",
            format!("`{shown}` is no folder"),
            "name another place with --home",
        )];
    }
    vec![folder(home), disk(home), keys(home)]
}

fn folder(home: &Path) -> Finding {
    let shown = home.display();
    if let Err(error) = write(home) {
        return Finding::fail(
            "home",
            format!("`{shown}` cannot be written to: {error}"),
            "give it to the user that netgain runs as (chown), and see that the disk is not read-only",
        );
    }
    match open_to_others(home) {
        Some(mode) => Finding::warn(
            "home",
            format!("other users of this machine may look into `{shown}` (mode {mode:o})"),
            format!("chmod 700 {shown}"),
        ),
        None => Finding::ok("home", format!("`{shown}` can be written to, by its owner only")),
    }
}

/// Writes a file and removes it: rights alone do not say that a disk takes it.
fn write(home: &Path) -> io::Result<()> {
    let file = home.join(format!(".doctor-{}", std::process::id()));
    let written = std::fs::write(&file, b"netgain");
    let removed = std::fs::remove_file(&file);
    written.and(removed)
}

fn disk(home: &Path) -> Finding {
    let free = match machine::free_bytes(home) {
        Ok(free) => free,
        Err(error) => {
            return Finding::warn("disk", format!("its room is not known: {error}"), "look with `df`");
        }
    };
    let floor = machine::floor_bytes();
    let says = format!("{} MB free, {} MB are to be left", free >> 20, floor >> 20);
    let cure = "make room or move the folder to a larger disk (--home); NETGAIN_DISK_FLOOR_MB says how much is to be left";
    if free < floor {
        Finding::fail("disk", says, cure)
    } else if free < floor.saturating_mul(ROOMY) {
        Finding::warn("disk", says, cure)
    } else {
        Finding::ok("disk", says)
    }
}

/// The master keys that lie in files; those of the environment are judged by the store that they open.
fn keys(home: &Path) -> Finding {
    const NAME: &str = "key";
    const GIVEN: &str = "NETGAIN_MASTER_KEY";
    let restore = "restore `secret.key` from the backup that belongs to this store; without it every account has to be connected again";
    let files = match key_files(home) {
        Ok(files) => files,
        Err(error) => {
            return Finding::fail(NAME, format!("nobody can see which keys there are: {error}"), restore);
        }
    };
    if files.is_empty() {
        return if std::env::var_os(GIVEN).is_some() {
            Finding::ok(NAME, format!("comes from {GIVEN}"))
        } else if home.join("control.sqlite").exists() {
            Finding::fail(NAME, format!("`secret.key` is missing, and {GIVEN} is not set"), restore)
        } else {
            Finding::ok(NAME, "there is none yet: it is made with the control store")
        };
    }
    for file in &files {
        let shown = file.file_name().unwrap_or_default().to_string_lossy();
        let length = match std::fs::read(file) {
            Ok(bytes) => bytes.len(),
            Err(error) => {
                let cure = "give it to the user that netgain runs as (chown), mode 600";
                return Finding::fail(NAME, format!("`{shown}` cannot be read: {error}"), cure);
            }
        };
        if length != KEY_BYTES {
            return Finding::fail(
                NAME,
                format!("`{shown}` has {length} bytes instead of {KEY_BYTES}"),
                restore,
            );
        }
        if let Some(mode) = open_to_others(file) {
            return Finding::fail(
                NAME,
                format!("other users of this machine may read `{shown}` (mode {mode:o})"),
                format!("chmod 600 {}; then make a new key, as others may have this one", file.display()),
            );
        }
    }
    Finding::ok(NAME, format!("{} in files that can be read, by their owner only", files.len()))
}

/// `secret.key` and those that came after it, `secret.<id>.key`.
fn key_files(home: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(home)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with("secret.") && name.ends_with(".key") {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// The rights of a file that others than its owner have a part in.
fn open_to_others(path: &Path) -> Option<u32> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
        (mode & 0o077 != 0).then_some(mode)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        None
    }
}
