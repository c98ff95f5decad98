//! S3-compatible storage, reached with the program's own HTTP client and TLS.
//!
//! Credentials, region and endpoint come from the usual variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
//! `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`, web identity and instance roles):
//! <https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html>

#![cfg(feature = "s3")]

mod client;

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, RetryConfig};
use tokio::runtime::{Builder, Handle, Runtime};
use url::Url;

use client::Connector;

/// Where no region is said: servers that are like S3 take any.
const REGION: &str = "us-east-1";
/// So often a call is tried again, and so long: whoever waits for a payload is a page or a sync that can come again.
const TRIES: usize = 5;
const LONGEST: Duration = Duration::from_secs(30);
/// Written and removed to see that both is allowed.
const PROBE: &str = "_probe";

/// Why storage cannot be used. No message holds a key.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is not one of a bucket.
    #[error("`{0}` is not the address of a bucket: write s3://bucket or s3://bucket/folder")]
    Address(String),
    /// The storage cannot be set up.
    #[error("the bucket cannot be set up: {0}; check AWS_REGION, AWS_ENDPOINT_URL and AWS_ALLOW_HTTP")]
    Setup(String),
    /// No thread for its calls.
    #[error("no thread for calls to the bucket: {0}")]
    Runtime(std::io::Error),
    /// The storage refuses.
    #[error(
        "cannot {what} in the bucket: {reason}; check that it exists, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, and that they may read, write, list and delete there"
    )]
    Refused {
        /// What was tried.
        what: &'static str,
        /// The storage's words.
        reason: String,
    },
}

/// A folder in a bucket.
pub struct Bucket {
    store: Arc<dyn ObjectStore>,
    folder: Key,
    runtime: Runtime,
}

impl std::fmt::Debug for Bucket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Bucket").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Bucket {
    /// The folder that `s3://bucket/folder` names, with what the environment says beside it. Makes no call.
    ///
    /// # Errors
    /// [`Error::Address`], [`Error::Setup`].
    pub fn open(address: &str) -> Result<Self, Error> {
        Self::with(address, &[])
    }

    /// As [`Bucket::open`], with further settings by their names as variables, such as `AWS_ENDPOINT_URL`; they come
    /// before the environment's.
    ///
    /// # Errors
    /// As [`Bucket::open`].
    pub fn with(address: &str, settings: &[(&str, &str)]) -> Result<Self, Error> {
        let (bucket, folder) = parts(address)?;
        let runtime =
            Builder::new_multi_thread().worker_threads(1).thread_name("bucket").enable_all().build();
        let runtime = runtime.map_err(Error::Runtime)?;
        let setup = |error: object_store::Error| Error::Setup(plain(&error.to_string()));
        let mut builder = AmazonS3Builder::from_env();
        for (name, value) in settings {
            builder = builder
                .with_config(name.to_ascii_lowercase().parse::<AmazonS3ConfigKey>().map_err(setup)?, *value);
        }
        if builder.get_config_value(&AmazonS3ConfigKey::Region).is_none() {
            builder = builder.with_region(REGION);
        }
        let store = builder
            .with_bucket_name(bucket)
            .with_retry(RetryConfig { max_retries: TRIES, retry_timeout: LONGEST, ..RetryConfig::default() })
            .with_http_connector(Connector::new(runtime.handle().clone()))
            .build()
            .map_err(setup)?;
        Ok(Self { store: Arc::new(store), folder, runtime })
    }

    /// The storage itself.
    #[must_use]
    pub fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.store)
    }

    /// The folder in it.
    #[must_use]
    pub fn folder(&self) -> &Key {
        &self.folder
    }

    /// Where its calls run: whoever waits for one without a runtime has to be inside of this one.
    #[must_use]
    pub fn runtime(&self) -> &Handle {
        self.runtime.handle()
    }

    /// Writes, reads and removes a small object. Blocks; must not be called inside of a runtime.
    ///
    /// # Errors
    /// [`Error::Refused`] with the first thing that is not allowed.
    pub fn check(&self) -> Result<(), Error> {
        let key = Key::from(format!("{}/{PROBE}", self.folder));
        let refused = |what| {
            move |error: object_store::Error| Error::Refused { what, reason: plain(&error.to_string()) }
        };
        self.runtime.block_on(async {
            self.store.put(&key, "netgain".into()).await.map_err(refused("write"))?;
            let read = self.store.get(&key).await.map_err(refused("read"))?;
            read.bytes().await.map_err(refused("read"))?;
            self.store.list_with_delimiter(Some(&self.folder)).await.map_err(refused("list"))?;
            self.store.delete(&key).await.map_err(refused("delete"))
        })
    }
}

/// Bucket and folder of an address.
fn parts(address: &str) -> Result<(String, Key), Error> {
    // the address holds no key; if somebody wrote one into it, it is not repeated
    let shown =
        || Error::Address(address.split('@').next_back().unwrap_or_default().chars().take(120).collect());
    let url = Url::parse(address).map_err(|_| shown())?;
    let plain = url.scheme() == "s3"
        && url.username().is_empty()
        && url.password().is_none()
        && url.port().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let bucket = url.host_str().filter(|host| plain && !host.is_empty()).ok_or_else(shown)?;
    let folder = Key::from_url_path(url.path()).map_err(|_| shown())?;
    Ok((bucket.to_owned(), folder))
}

/// The first line without the storage's own answer and without what stands behind the `?` of an address: either may hold
/// a token.
fn plain(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let line = line.split_once("<?xml").or_else(|| line.split_once("<Error")).map_or(line, |(said, _)| said);
    let word = |word: &str| word.split_once('?').map_or(word, |(address, _)| address).to_owned();
    line.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_bucket_and_a_folder() {
        let (bucket, folder) = parts("s3://my-bucket/raw/one").expect("an address");
        assert_eq!((bucket.as_str(), folder.as_ref()), ("my-bucket", "raw/one"));
        assert_eq!(parts("s3://my-bucket").expect("an address").1.as_ref(), "");
        for bad in [
            "my-bucket",
            "https://my-bucket/x",
            "s3:///x",
            "s3://b:90/x",
            "s3://b/x?y=1",
            "s3://key:secret@b/x",
        ] {
            let error = parts(bad).expect_err(bad).to_string();
            assert!(error.contains("s3://bucket") && !error.contains("secret"), "{error}");
        }
    }
}
