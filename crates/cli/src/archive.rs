//! Where the raw archive lies: beside the facts, or in the storage that `NETGAIN_ARCHIVE_URL` names.

/// Names a bucket and a folder in it: `s3://bucket/folder`.
pub const VARIABLE: &str = "NETGAIN_ARCHIVE_URL";

fn named() -> Option<String> {
    std::env::var(VARIABLE).ok().map(|url| url.trim().to_owned()).filter(|url| !url.is_empty())
}

/// Has every archive lie where the environment says. To be called once, before the first is opened.
///
/// # Errors
/// When what it says cannot be used.
#[cfg(feature = "s3")]
pub fn choose() -> anyhow::Result<()> {
    use netgain_bucket::Bucket;

    let Some(url) = named() else { return Ok(()) };
    // its calls run for as long as the program
    let bucket: &'static Bucket = Box::leak(Box::new(Bucket::open(&url).map_err(explained)?));
    netgain_warehouse::keep_archives_in(netgain_warehouse::ArchiveStorage {
        store: bucket.store(),
        folder: bucket.folder().clone(),
        runtime: bucket.runtime().clone(),
    });
    Ok(())
}

/// Writes, reads and deletes there; the place, or none where the archive lies beside the facts.
///
/// # Errors
/// The first thing that is not allowed.
#[cfg(feature = "s3")]
pub fn check() -> anyhow::Result<Option<String>> {
    let Some(url) = named() else { return Ok(None) };
    let bucket = netgain_bucket::Bucket::open(&url).map_err(explained)?;
    bucket.check()?;
    Ok(Some(url))
}

#[cfg(feature = "s3")]
fn explained(error: netgain_bucket::Error) -> anyhow::Error {
    anyhow::Error::new(error).context(format!("{VARIABLE} cannot be used"))
}

/// Refuses a storage: this program was built without.
///
/// # Errors
/// When the environment names one.
#[cfg(not(feature = "s3"))]
pub fn choose() -> anyhow::Result<()> {
    anyhow::ensure!(
        named().is_none(),
        "{VARIABLE} is set, but this program was built without S3: build it with --features s3, or unset it"
    );
    Ok(())
}

/// As [`choose`].
///
/// # Errors
/// When the environment names a storage.
#[cfg(not(feature = "s3"))]
pub fn check() -> anyhow::Result<Option<String>> {
    choose().map(|()| None)
}
