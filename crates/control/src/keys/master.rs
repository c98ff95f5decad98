//! Master keys: what seals data keys. They come from files beside the store, from the environment, or from a service that
//! never hands its key out.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::cipher::{Cipher, KEY, random_key};
use crate::error::{Error, Result};
use crate::files::{io, private_file, random_hex};

/// Where master keys are given in the environment: base64 of 32 bytes each, parted by commas, the first seals.
const ENVIRONMENT: &str = "NETGAIN_MASTER_KEY";
/// The first key file; later ones carry their id in the name.
const FILE: &str = "secret.key";

/// A key that seals data keys, wherever it lives. Calls may block, as those to a key service do.
pub trait MasterKey: Send + Sync {
    /// Its id, which is stored beside what it seals. Not secret.
    fn id(&self) -> &str;

    /// Seals a data key for one place.
    ///
    /// # Errors
    /// When the key service does not answer or the system gives no random bytes.
    fn wrap(&self, place: &str, key: &[u8]) -> Result<Vec<u8>>;

    /// Opens a data key that was sealed for this place; none when this key, the place or a byte is another.
    ///
    /// # Errors
    /// When the key service does not answer.
    fn unwrap(&self, place: &str, sealed: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>>;
}

/// A master key in this process's memory.
pub struct LocalKey {
    id: String,
    cipher: Cipher,
    file: Option<PathBuf>,
}

impl LocalKey {
    /// A key of 32 bytes; none for any other length.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Option<Self> {
        let cipher = Cipher::new(bytes)?;
        // the id tells nothing of the key
        let sum = Sha256::new().chain_update("netgain-master-key").chain_update(bytes).finalize();
        let id = sum.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        Some(Self { id, cipher, file: None })
    }
}

impl MasterKey for LocalKey {
    fn id(&self) -> &str {
        &self.id
    }

    fn wrap(&self, place: &str, key: &[u8]) -> Result<Vec<u8>> {
        self.cipher.seal(place, key)
    }

    fn unwrap(&self, place: &str, sealed: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>> {
        Ok(self.cipher.open(place, sealed))
    }
}

/// The master keys that an installation may use.
pub struct MasterKeys {
    folder: PathBuf,
    /// Given by the operator, the first to seal with; they win over files.
    given: Vec<Arc<dyn MasterKey>>,
    files: RwLock<Vec<Arc<LocalKey>>>,
}

impl MasterKeys {
    /// The keys of the environment and of the files in `home`; a first file is made where there is none at all.
    ///
    /// # Errors
    /// [`Error::MasterKey`], [`Error::KeyFile`] when one is not a key; when a file cannot be read or made.
    pub fn of(home: &Path) -> Result<Self> {
        let given = match std::env::var(ENVIRONMENT) {
            Ok(text) => from_text(&text)?,
            Err(_) => Vec::new(),
        };
        Self::given(home, given)
    }

    /// These keys, the first to seal with, and those of the files in `home`.
    ///
    /// # Errors
    /// [`Error::KeyFile`] when a file is not a key; when a file cannot be read or made.
    pub fn given(home: &Path, given: Vec<Arc<dyn MasterKey>>) -> Result<Self> {
        let keys = Self { folder: home.to_owned(), given, files: RwLock::new(Vec::new()) };
        keys.read_files()?;
        if keys.given.is_empty() && keys.files().is_empty() {
            let bytes = random_key()?;
            make(&home.join(FILE), &bytes)?;
            keys.read_files()?;
        }
        Ok(keys)
    }

    /// The key of an id; files that another process made meanwhile are looked at too.
    pub(crate) fn find(&self, id: &str) -> Result<Option<Arc<dyn MasterKey>>> {
        let known = || self.all().into_iter().find(|key| key.id() == id);
        if let Some(key) = known() {
            return Ok(Some(key));
        }
        self.read_files()?;
        Ok(known())
    }

    /// The key that the operator wants for sealing; none when files decide.
    pub(crate) fn preferred(&self) -> Option<Arc<dyn MasterKey>> {
        self.given.first().cloned()
    }

    /// The key to seal with where nothing else was decided: the operator's, or the first file.
    pub(crate) fn first(&self) -> Result<Arc<dyn MasterKey>> {
        let key = self.all().into_iter().next();
        key.ok_or_else(|| Error::KeyFile(self.folder.join(FILE).display().to_string()))
    }

    pub(crate) fn all(&self) -> Vec<Arc<dyn MasterKey>> {
        let files = self.files().into_iter().map(|key| key as Arc<dyn MasterKey>);
        self.given.iter().cloned().chain(files).collect()
    }

    /// Makes a key in a file of its own.
    pub(crate) fn make(&self) -> Result<Arc<dyn MasterKey>> {
        let bytes = random_key()?;
        let key = LocalKey::new(&bytes[..]).ok_or_else(|| Error::Random("no key was made".to_owned()))?;
        make(&self.folder.join(format!("secret.{}.key", key.id)), &bytes)?;
        self.read_files()?;
        self.find(&key.id)?.ok_or_else(|| Error::KeyFile(key.id))
    }

    /// Puts the files of keys that seal nothing any more aside, so that they are not read again; their new names.
    pub(crate) fn retire(&self, used: impl Fn(&str) -> bool) -> Result<Vec<String>> {
        let mut retired = Vec::new();
        for key in self.files() {
            let Some(file) = key.file.as_ref().filter(|_| !used(key.id())) else { continue };
            let aside = self.folder.join(format!("secret.{}.retired", key.id));
            std::fs::rename(file, &aside).map_err(io("put aside", file))?;
            retired.push(aside.display().to_string());
        }
        self.read_files()?;
        Ok(retired)
    }

    fn files(&self) -> Vec<Arc<LocalKey>> {
        self.files.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read_files(&self) -> Result<()> {
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(&self.folder).map_err(io("read", &self.folder))? {
            let path = entry.map_err(io("read", &self.folder))?.path();
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            if name == FILE || (name.starts_with("secret.") && name.ends_with(".key")) {
                paths.push(path);
            }
        }
        // the first file is the oldest key
        paths.sort_by_key(|path| (!path.ends_with(FILE), path.clone()));
        let mut keys = Vec::new();
        for path in paths {
            match read(&path) {
                Ok(key) => keys.push(Arc::new(key)),
                // another process put it aside at this moment
                Err(Error::Io { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        *self.files.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }
}

fn from_text(text: &str) -> Result<Vec<Arc<dyn MasterKey>>> {
    let mut keys: Vec<Arc<dyn MasterKey>> = Vec::new();
    for (at, one) in text.split(',').enumerate() {
        let bytes = STANDARD.decode(one.trim()).map(Zeroizing::new);
        let key = bytes.ok().and_then(|bytes| LocalKey::new(&bytes));
        keys.push(Arc::new(key.ok_or(Error::MasterKey { at: at + 1 })?));
    }
    Ok(keys)
}

fn read(path: &Path) -> Result<LocalKey> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY + 1));
    let file = std::fs::File::open(path).map_err(io("open", path))?;
    file.take(KEY as u64 + 1).read_to_end(&mut bytes).map_err(io("read", path))?;
    let key = LocalKey::new(&bytes).ok_or_else(|| Error::KeyFile(path.display().to_string()))?;
    Ok(LocalKey { file: Some(path.to_owned()), ..key })
}

/// Writes a key aside and links it into place, so that nobody ever reads half a key. Of two processes that make it at once,
/// one wins and both use its key.
fn make(path: &Path, bytes: &[u8; KEY]) -> Result<()> {
    let aside = path.with_extension(random_hex::<8>()?);
    let mut file = private_file(&aside, true).map_err(io("create", &aside))?;
    let written = file.write_all(&bytes[..]).and_then(|()| file.sync_all()).map_err(io("write", &aside));
    let linked = written.and_then(|()| match std::fs::hard_link(&aside, path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(io("create", path)(error)),
        _ => Ok(()),
    });
    std::fs::remove_file(&aside).map_err(io("remove", &aside))?;
    linked?;
    // its name is on disk before anything is sealed with it: a key that a power cut takes away cannot be made again
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(io("sync", folder))?;
    }
    Ok(())
}
