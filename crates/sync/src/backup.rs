//! One file with everything of an installation, and back. Every part carries its checksum, and the file as a whole too: one
//! that is cut short or changed is refused before anything is put in place.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};

use netgain_control::Control;
use netgain_domain::WorkspaceId;
use netgain_warehouse::Warehouse;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The first line of a backup; another form gets another one.
const FORM: &str = "netgain backup 1";
/// Bytes that are copied at once.
const PIECE: usize = 1 << 20;

/// Why a backup was not made or not restored. Nothing was put in place then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BackupError {
    /// The file is not as it was written.
    #[error("`{file}` is damaged ({reason}): take another copy of the backup; nothing was restored")]
    Damaged {
        /// The file.
        file: String,
        /// What was found.
        reason: String,
    },
    /// The folder holds an installation already.
    #[error("`{0}` holds data already: restore into an empty folder with --home")]
    NotEmpty(String),
    /// The file system refused.
    #[error("cannot {what} `{path}`: {source}")]
    Io {
        /// What was tried.
        what: &'static str,
        /// On which path.
        path: String,
        /// The system's error.
        source: std::io::Error,
    },
    /// A store failed.
    #[error(transparent)]
    Store(#[from] crate::Error),
}

/// What a backup holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BackupReport {
    /// Files in it.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The workspaces.
    pub workspaces: Vec<String>,
    /// Whether the master keys are in it.
    pub keys: bool,
}

#[derive(Serialize, Deserialize)]
struct Head {
    path: String,
    bytes: u64,
}

#[derive(Serialize, Deserialize)]
struct Tail {
    sha256: String,
}

#[derive(Serialize, Deserialize)]
struct End {
    files: u64,
    /// Over everything before this line.
    sha256: String,
}

/// Writes the installation in `home` into a file that only its owner may read. With `keys` the file opens everything that it
/// holds: keep it as you keep the keys. Without, it needs the `secret.key` or NETGAIN_MASTER_KEY of the installation.
///
/// # Errors
/// When a store is in a database; when a workspace is in use by another process; when a store or the disk fails. No file is left then.
pub fn write_backup(
    control: &Control,
    home: &Path,
    file: &Path,
    keys: bool,
) -> Result<BackupReport, BackupError> {
    if control.is_shared() {
        return Err(crate::Error::from(netgain_control::Error::NotEmbedded).into());
    }
    crate::privacy::embedded(home)?;
    let begun = file.with_extension("begun");
    let done = write(control, home, &begun, keys);
    match done {
        Ok(report) => {
            std::fs::rename(&begun, file).map_err(io("name", file))?;
            Ok(report)
        }
        Err(error) => {
            // half a backup is none
            drop(std::fs::remove_file(&begun));
            Err(error)
        }
    }
}

fn write(control: &Control, home: &Path, file: &Path, keys: bool) -> Result<BackupReport, BackupError> {
    let mut out = Summed::new(create(file)?, file);
    out.line(FORM)?;
    let mut report = BackupReport { keys, ..BackupReport::default() };
    let spare = file.with_extension("copy");
    let mut one = |out: &mut Summed, from: &Path, path: &str| -> Result<(), BackupError> {
        report.bytes += out.file(from, path)?;
        report.files += 1;
        Ok(())
    };
    for workspace in control.workspaces().map_err(crate::Error::from)? {
        let id = workspace.id.as_str();
        report.workspaces.push(id.to_owned());
        let folder = home.join("workspaces").join(id);
        if folder.join("facts.duckdb").exists() {
            // before the archive: a row never points at a payload that is not there
            remove(&spare)?;
            let copied = Warehouse::copy(&home.join("workspaces"), &workspace.id, &spare);
            let copied = copied.map_err(crate::Error::from).map_err(BackupError::from);
            let written =
                copied.and_then(|()| one(&mut out, &spare, &format!("workspaces/{id}/facts.duckdb")));
            remove(&spare)?;
            written?;
        }
        for path in files(&folder.join("raw"))? {
            let name = relative(home, &path);
            one(&mut out, &path, &name)?;
        }
    }
    remove(&spare)?;
    let copied = control.copy(&spare).map_err(crate::Error::from).map_err(BackupError::from);
    let written = copied.and_then(|()| one(&mut out, &spare, "control.sqlite"));
    remove(&spare)?;
    written?;
    for path in top(home)? {
        let name = relative(home, &path);
        let key = name.starts_with("secret.") && name.ends_with(".key");
        if name == "audit.heads" || (keys && key) {
            one(&mut out, &path, &name)?;
        }
    }
    out.end(report.files)?;
    Ok(report)
}

/// Puts a backup in place of nothing: `home` must be empty or missing. Everything is checked before it gets its place. The
/// persons who were erased before the backup are erased in it; for those erased later see
/// [`crate::reapply_tombstones`].
///
/// # Errors
/// [`BackupError::Damaged`], [`BackupError::NotEmpty`]; when the disk refuses.
pub fn restore_backup(file: &Path, home: &Path) -> Result<BackupReport, BackupError> {
    if home.exists() && std::fs::read_dir(home).map_err(io("read", home))?.next().is_some() {
        return Err(BackupError::NotEmpty(home.display().to_string()));
    }
    let mut name = home.file_name().unwrap_or_default().to_owned();
    name.push(".restoring");
    let aside = home.with_file_name(name);
    if aside.exists() {
        std::fs::remove_dir_all(&aside).map_err(io("remove", &aside))?;
    }
    private_folder(&aside)?;
    match unpack(file, &aside) {
        Ok(report) => {
            if home.exists() {
                std::fs::remove_dir(home).map_err(io("replace", home))?;
            }
            std::fs::rename(&aside, home).map_err(io("name", home))?;
            Ok(report)
        }
        Err(error) => {
            drop(std::fs::remove_dir_all(&aside));
            Err(error)
        }
    }
}

fn unpack(file: &Path, into: &Path) -> Result<BackupReport, BackupError> {
    let damaged =
        |reason: &str| BackupError::Damaged { file: file.display().to_string(), reason: reason.to_owned() };
    let mut input = BufReader::new(File::open(file).map_err(io("open", file))?);
    let mut whole = Sha256::new();
    let mut report = BackupReport::default();
    let mut workspaces: BTreeMap<String, ()> = BTreeMap::new();
    let first = line(&mut input, file)?;
    if first != format!("{FORM}\n") {
        return Err(damaged("it does not begin as a backup of this version does"));
    }
    whole.update(&first);
    loop {
        let text = line(&mut input, file)?;
        if let Ok(end) = serde_json::from_str::<End>(&text) {
            if end.sha256 != hex(whole) || end.files != report.files {
                return Err(damaged("its checksum differs"));
            }
            break;
        }
        let head: Head = serde_json::from_str(&text)
            .map_err(|_| damaged("it ends before its end, or a part is unreadable"))?;
        whole.update(&text);
        let path = safe(&head.path).ok_or_else(|| damaged("a part has a name that leads elsewhere"))?;
        let target = into.join(&path);
        if let Some(folder) = target.parent() {
            private_folder(folder)?;
        }
        let mut sum = Sha256::new();
        let mut out = BufWriter::new(create(&target)?);
        let mut left = head.bytes;
        let mut piece = vec![0; PIECE];
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let room = piece.get_mut(..most).unwrap_or_default();
            let read = input.read(room).map_err(io("read", file))?;
            if read == 0 {
                return Err(damaged("it is cut short"));
            }
            let bytes = room.get(..read).unwrap_or_default();
            sum.update(bytes);
            whole.update(bytes);
            out.write_all(bytes).map_err(io("write", &target))?;
            left -= read as u64;
        }
        out.flush().map_err(io("write", &target))?;
        out.get_ref().sync_all().map_err(io("write", &target))?;
        let text = line(&mut input, file)?;
        let tail: Tail = serde_json::from_str(&text).map_err(|_| damaged("a checksum is missing"))?;
        if tail.sha256 != hex(sum) {
            return Err(damaged(&format!("the checksum of {} differs", head.path)));
        }
        whole.update(&text);
        report.files += 1;
        report.bytes += head.bytes;
        report.keys |= head.path.starts_with("secret.");
        if let Some(id) = head.path.strip_prefix("workspaces/").and_then(|rest| rest.split('/').next()) {
            workspaces.insert(id.to_owned(), ());
        }
    }
    report.workspaces = workspaces.into_keys().filter(|id| id.parse::<WorkspaceId>().is_ok()).collect();
    Ok(report)
}

/// A file that sums what goes into it.
struct Summed {
    out: BufWriter<File>,
    whole: Sha256,
    path: PathBuf,
}

impl Summed {
    fn new(file: File, path: &Path) -> Self {
        Self { out: BufWriter::new(file), whole: Sha256::new(), path: path.to_owned() }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.whole.update(bytes);
        self.out.write_all(bytes).map_err(io("write", &self.path))
    }

    fn line(&mut self, text: &str) -> Result<(), BackupError> {
        self.put(text.as_bytes())?;
        self.put(b"\n")
    }

    fn json(&mut self, value: &impl Serialize) -> Result<(), BackupError> {
        let text = serde_json::to_string(value).unwrap_or_default();
        self.line(&text)
    }

    fn file(&mut self, from: &Path, path: &str) -> Result<u64, BackupError> {
        let mut input = File::open(from).map_err(io("open", from))?;
        let bytes = input.metadata().map_err(io("read", from))?.len();
        self.json(&Head { path: path.to_owned(), bytes })?;
        let mut sum = Sha256::new();
        let mut piece = vec![0; PIECE];
        let mut left = bytes;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let room = piece.get_mut(..most).unwrap_or_default();
            let read = input.read(room).map_err(io("read", from))?;
            if read == 0 {
                let source = std::io::Error::other("it became shorter meanwhile");
                return Err(io("read", from)(source));
            }
            let bytes = room.get(..read).unwrap_or_default();
            sum.update(bytes);
            self.put(bytes)?;
            left -= read as u64;
        }
        self.json(&Tail { sha256: hex(sum) })?;
        Ok(bytes)
    }

    fn end(mut self, files: u64) -> Result<(), BackupError> {
        let sha256 = hex(self.whole.clone());
        self.json(&End { files, sha256 })?;
        self.out.flush().map_err(io("write", &self.path))?;
        self.out.get_ref().sync_all().map_err(io("write", &self.path))
    }
}

/// A line of a few hundred bytes; a longer one is none of ours.
fn line(input: &mut impl BufRead, file: &Path) -> Result<String, BackupError> {
    const LONGEST: u64 = 4_096;
    let mut bytes = Vec::new();
    input.take(LONGEST).read_until(b'\n', &mut bytes).map_err(io("read", file))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A path that stays inside of the folder that it is put into.
fn safe(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(path);
    let plain = path.components().all(|part| matches!(part, Component::Normal(_)));
    (plain && path.components().next().is_some()).then_some(path)
}

fn relative(home: &Path, path: &Path) -> String {
    let path = path.strip_prefix(home).unwrap_or(path);
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

/// The files directly in a folder, by name.
fn top(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io("read", folder))? {
        let path = entry.map_err(io("read", folder))?.path();
        if path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// All files below a folder, by name; none where there is no folder.
fn files(folder: &Path) -> Result<Vec<PathBuf>, BackupError> {
    let mut found = Vec::new();
    let mut folders = if folder.exists() { vec![folder.to_owned()] } else { Vec::new() };
    while let Some(folder) = folders.pop() {
        found.extend(top(&folder)?);
        for entry in std::fs::read_dir(&folder).map_err(io("read", &folder))? {
            let path = entry.map_err(io("read", &folder))?.path();
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

fn create(path: &Path) -> Result<File, BackupError> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(io("create", path))
}

fn private_folder(path: &Path) -> Result<(), BackupError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(io("create", path))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(io("remove", path)(error)),
        _ => Ok(()),
    }
}

fn hex(sum: Sha256) -> String {
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

fn io<'p>(what: &'static str, path: &'p Path) -> impl FnOnce(std::io::Error) -> BackupError + use<'p> {
    move |source| BackupError::Io { what, path: path.display().to_string(), source }
}
