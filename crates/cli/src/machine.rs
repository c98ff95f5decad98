//! The machine under an installation: room on its disk, and a folder that can be written to.

use std::io;
use std::path::{Path, PathBuf};

use netgain_server::Observed;

use crate::telemetry;

/// Where less is free, nothing new is to be begun: the stores need room to finish what is under way.
const FLOOR_MB: u64 = 256;
/// Another floor, in megabytes.
const FLOOR: &str = "NETGAIN_DISK_FLOOR_MB";

/// The machine as the server knows it.
pub struct Machine {
    home: PathBuf,
}

impl Machine {
    pub fn new(home: &Path) -> Self {
        Self { home: home.to_owned() }
    }
}

impl Observed for Machine {
    fn not_ready(&self) -> Vec<String> {
        let mut reasons = Vec::new();
        match free_bytes(&self.home) {
            Ok(free) if free < floor_bytes() => reasons.push(format!(
                "the disk has {} MB left, fewer than {} MB: make room, or set {FLOOR}",
                free >> 20,
                floor_bytes() >> 20
            )),
            Ok(_) => {}
            Err(error) => reasons.push(format!("the data folder cannot be looked at: {error}")),
        }
        if let Err(error) = rustix::fs::access(&self.home, rustix::fs::Access::WRITE_OK) {
            reasons.push(format!("the data folder cannot be written to: {}", io::Error::from(error)));
        }
        reasons
    }

    fn metrics(&self) -> String {
        telemetry::render()
    }
}

/// Bytes that we may still write where this folder lies.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

/// Bytes that are to be left.
pub fn floor_bytes() -> u64 {
    let said = std::env::var(FLOOR).ok().and_then(|text| text.trim().parse::<u64>().ok());
    said.unwrap_or(FLOOR_MB) << 20
}
