//! One module for each command.

pub mod import;
pub mod read;
pub mod sandbox;
pub mod serve;

/// The runtime of commands that wait for the network.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
