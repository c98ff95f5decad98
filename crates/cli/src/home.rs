//! Where an installation's data lies.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use netgain_control::{Control, Database};
use netgain_domain::WorkspaceId;
use netgain_warehouse::{Options, Store, Warehouse};

/// The folder of one installation.
pub struct Home {
    path: PathBuf,
}

impl Home {
    /// The given folder, or `~/.netgain`.
    pub fn new(given: Option<PathBuf>) -> anyhow::Result<Self> {
        let path = match given {
            Some(path) => path,
            None => std::env::home_dir()
                .context("no home folder is known: say where data lies with --home")?
                .join(".netgain"),
        };
        Ok(Self { path })
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The control store: in `NETGAIN_DATABASE_URL`, or without one in this folder.
    pub fn control(&self) -> anyhow::Result<Arc<Control>> {
        std::fs::create_dir_all(&self.path)
            .with_context(|| format!("cannot create the data folder {}", self.path.display()))?;
        Ok(Arc::new(Control::open_at(&self.path, Database::from_environment().as_ref())?))
    }

    /// The folder of all workspaces' files.
    pub fn workspaces(&self) -> PathBuf {
        self.path.join("workspaces")
    }

    /// A workspace's warehouse.
    pub fn warehouse(&self, workspace: &WorkspaceId) -> netgain_warehouse::Result<Warehouse> {
        Warehouse::open(Store::chosen(&self.workspaces())?, workspace, Options::default())
    }
}
