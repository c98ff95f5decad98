//! What tests of several crates share. Named under `[dev-dependencies]` only.
//!
//! [`postgres`] gives a fresh, empty PostgreSQL database. The server behind it is started once for each test process,
//! knows nothing of a server that the machine may run, and ends with the process.
//! [`bucket`] gives a fresh bucket of an S3-compatible storage that runs for this process.

mod postgres;
mod s3;
mod server;
mod stores;

pub use postgres::{Database, TlsServer, postgres, postgres_with_tls};
pub use s3::{TestBucket, bucket};
pub use stores::{forget, instead_of, stores_are_databases};
