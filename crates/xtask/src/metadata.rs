//! What `cargo metadata` says about the workspace, as far as the chores need it.

use std::process::Command;

use serde::Deserialize;

/// The workspace's own packages, without their external dependencies' packages.
#[derive(Debug, Clone, Deserialize)]
pub struct Workspace {
    /// Every member of the workspace.
    pub packages: Vec<Package>,
}

/// One member of the workspace.
#[derive(Debug, Clone, Deserialize)]
pub struct Package {
    /// The package's name, `netgain-domain`.
    pub name: String,
    /// What its `Cargo.toml` lists, tests' dependencies included.
    pub dependencies: Vec<Dependency>,
}

/// One line of a `Cargo.toml`'s dependency tables.
#[derive(Debug, Clone, Deserialize)]
pub struct Dependency {
    /// The true package name, also where the manifest renames it.
    pub name: String,
    /// `None` for a normal dependency, else `dev` or `build`.
    pub kind: Option<String>,
}

/// Why the workspace could not be read.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Cargo could not be started.
    #[error("cannot run cargo metadata: {0}; check that cargo is on the path")]
    Start(#[source] std::io::Error),
    /// Cargo refused the workspace.
    #[error("cargo metadata failed: {0}")]
    Cargo(String),
    /// Cargo's answer is not of the form that format version 1 promises.
    #[error("cannot read the answer of cargo metadata: {0}")]
    Parse(#[from] serde_json::Error),
}

impl Workspace {
    /// Reads the workspace that the current directory lies in.
    ///
    /// # Errors
    /// Cargo cannot be started, a `Cargo.toml` is broken, or the answer has another form.
    pub fn read() -> Result<Workspace, Error> {
        // cargo names itself to what it runs; a bare call falls back to the one on the path
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .output()
            .map_err(Error::Start)?;
        if !output.status.success() {
            return Err(Error::Cargo(String::from_utf8_lossy(&output.stderr).trim().to_owned()));
        }
        Workspace::parse(&output.stdout)
    }

    /// Reads an answer of `cargo metadata --no-deps --format-version 1`.
    ///
    /// # Errors
    /// The bytes are not such an answer.
    pub fn parse(json: &[u8]) -> Result<Workspace, Error> {
        Ok(serde_json::from_slice(json)?)
    }
}
