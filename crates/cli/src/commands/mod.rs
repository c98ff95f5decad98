//! One module for each command.

mod asking;
pub mod audit;
pub mod backup;
pub mod connect;
mod connecting;
pub mod costs;
pub mod demo;
pub mod doctor;
pub mod import;
mod integrations;
pub mod migrate;
pub mod oidc;
pub mod people;
pub mod privacy;
mod progress;
pub mod provider;
pub mod quarantine;
pub mod read;
pub mod reconcile;
pub mod replay;
pub mod retention;
pub mod sandbox;
pub mod schedule;
pub mod secrets;
pub mod serve;
pub mod sync;
pub mod webhooks;

/// The runtime of commands that wait for the network.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
