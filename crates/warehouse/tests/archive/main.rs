//! The raw archive in a folder.
#![allow(missing_docs, clippy::unwrap_used)]

mod suite;

use std::sync::Arc;

use netgain_warehouse::Archive;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use suite::Ground;

#[test]
fn the_archive_in_a_folder() {
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::open(dir.path(), &"test".parse().unwrap()).unwrap();
    let store = Arc::new(LocalFileSystem::new_with_prefix(dir.path()).unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    suite::all(&Ground { archive, store, folder: Key::from("test/raw"), runtime });
}
