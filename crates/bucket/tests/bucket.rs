//! The raw archive in a bucket: the suite that it passes in a folder, and workspaces that do not see each other.
#![allow(missing_docs, clippy::unwrap_used)]
#![cfg(feature = "s3")]

#[path = "../../warehouse/tests/archive/suite.rs"]
mod suite;

use netgain_bucket::Bucket;
use netgain_testkit::TestBucket;
use netgain_warehouse::{Archive, ArchiveStorage, Error};
use suite::Ground;

fn open(bucket: &TestBucket, folder: &str) -> Bucket {
    let settings = bucket.environment();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Bucket::with(&bucket.address(folder), &settings).unwrap()
}

fn storage(bucket: &Bucket) -> ArchiveStorage {
    ArchiveStorage {
        store: bucket.store(),
        folder: bucket.folder().clone(),
        runtime: bucket.runtime().clone(),
    }
}

#[test]
fn the_archive_in_a_bucket() {
    let Some(test) = netgain_testkit::bucket() else { return };
    let bucket = open(&test, "raw/of-all");
    let archive = Archive::within(&storage(&bucket), &"test".parse().unwrap());
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = bucket.folder().clone().join("test");
    suite::all(&Ground { archive, store: bucket.store(), folder, runtime });
}

#[test]
fn workspaces_and_folders_do_not_see_each_other() {
    let Some(test) = netgain_testkit::bucket() else { return };
    let bucket = open(&test, "one");
    let of =
        |bucket: &Bucket, workspace: &str| Archive::within(&storage(bucket), &workspace.parse().unwrap());
    let shop = "shop".parse().unwrap();
    let kept = of(&bucket, "mine").put_page(&shop, "orders", &["{}".into()]).unwrap();
    assert!(of(&bucket, "mine").get(&kept.raw_ref(0)).is_ok());
    let other = open(&test, "two");
    for elsewhere in [of(&bucket, "yours"), of(&bucket, "min"), of(&other, "mine")] {
        assert!(matches!(elsewhere.get(&kept.raw_ref(0)), Err(Error::Damaged { .. })));
        assert!(elsewhere.segments(&shop, "orders").unwrap().is_empty());
    }
}

#[test]
fn what_is_not_allowed_is_said_without_a_key() {
    let Some(test) = netgain_testkit::bucket() else { return };
    open(&test, "checked").check().unwrap();
    let settings = test.environment();
    let settings: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let missing = Bucket::with("s3://no-such-bucket/raw", &settings).unwrap();
    let said = missing.check().unwrap_err().to_string();
    assert!(said.contains("cannot write in the bucket") && said.contains("AWS_ACCESS_KEY_ID"), "{said}");
    assert!(!said.contains("test-secret-of-the-bucket"), "{said}");
}

#[test]
fn it_is_called_from_any_thread() {
    let Some(test) = netgain_testkit::bucket() else { return };
    let bucket = open(&test, "threads");
    let archive = Archive::within(&storage(&bucket), &"test".parse().unwrap());
    let shop: netgain_domain::ConnectionId = "shop".parse().unwrap();
    let keep = |text: &'static str| archive.put_page(&shop, "orders", &[text.into()]).unwrap().raw_ref(0);
    let outside = keep("outside");
    let one = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let inside = one.block_on(async { keep("inside") });
    for (pointer, text) in [(outside, "outside"), (inside, "inside")] {
        assert_eq!(one.block_on(async { archive.get(&pointer) }).unwrap(), text);
    }
}
