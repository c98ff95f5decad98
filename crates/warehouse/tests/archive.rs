//! The raw archive keeps a page once, gives every line back and notices damage.
#![allow(missing_docs, clippy::unwrap_used)]

use bytes::Bytes;
use netgain_domain::ConnectionId;
use netgain_warehouse::{Archive, Error};

fn lines(texts: &[&str]) -> Vec<Bytes> {
    texts.iter().map(|text| Bytes::copy_from_slice(text.as_bytes())).collect()
}

fn archive() -> (tempfile::TempDir, Archive, ConnectionId) {
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::open(dir.path(), &"test".parse().unwrap()).unwrap();
    (dir, archive, "shop".parse().unwrap())
}

#[test]
fn a_page_fetched_twice_is_one_segment() {
    let (dir, archive, shop) = archive();
    let page = lines(&[r#"{"id":1}"#, r#"{"id":2,"é":"ü"}"#, ""]);
    let first = archive.put_page(&shop, "orders", &page).unwrap();
    let second = archive.put_page(&shop, "orders", &page).unwrap();
    assert_eq!((first.lines, second.bytes_written), (3, 0));
    assert!(first.bytes_written > 0);
    assert_eq!(first.name, second.name);
    for (line, text) in page.iter().enumerate() {
        assert_eq!(archive.get(&first.raw_ref(line)).unwrap(), *text);
    }
    let other = archive.put_page(&shop, "orders", &lines(&[r#"{"id":3}"#])).unwrap();
    assert_ne!(other.name, first.name);
    let files = std::fs::read_dir(dir.path().join("test/raw/shop/orders")).unwrap().count();
    assert_eq!(files, 2, "nothing half-written is left beside the segments");
    // one line that holds the other page's text is another page
    assert_ne!(
        archive.put_page(&shop, "a", &lines(&["x", "y"])).unwrap().name.split('/').nth(2),
        archive.put_page(&shop, "a", &lines(&["xy"])).unwrap().name.split('/').nth(2)
    );
    assert_eq!(archive.put_page(&shop, "a", &[]).unwrap().lines, 0);
}

#[test]
fn damage_is_noticed() {
    let (dir, archive, shop) = archive();
    let page = lines(&[r#"{"id":1}"#, r#"{"id":2}"#]);
    let segment = archive.put_page(&shop, "orders", &page).unwrap();
    let file = dir.path().join(format!("test/raw/{}.jsonl.zst", segment.name));
    let other = archive.put_page(&shop, "orders", &lines(&["{}"])).unwrap();
    std::fs::copy(dir.path().join(format!("test/raw/{}.jsonl.zst", other.name)), &file).unwrap();
    assert!(matches!(archive.get(&segment.raw_ref(0)), Err(Error::Damaged { .. })));
    std::fs::write(&file, b"not compressed").unwrap();
    assert!(matches!(archive.get(&segment.raw_ref(0)), Err(Error::Damaged { .. })));
    std::fs::remove_file(&file).unwrap();
    assert!(matches!(archive.get(&segment.raw_ref(0)), Err(Error::Damaged { .. })));
    assert!(matches!(archive.get(&other.raw_ref(1)), Err(Error::Damaged { .. })));
}

#[test]
fn names_cannot_lead_outside() {
    let (_dir, archive, shop) = archive();
    for stream in ["../x", "a/b", "", "A", "a.b"] {
        assert!(matches!(archive.put_page(&shop, stream, &[]), Err(Error::StreamName(_))), "{stream}");
    }
    for pointer in [
        "shop/orders/0123456789abcdef0123456789abcdef",
        "shop/orders/0123456789abcdef0123456789abcdef#x",
        "shop/../0123456789abcdef0123456789abcdef#0",
        "../orders/0123456789abcdef0123456789abcdef#0",
        "shop/orders/../../facts.duckdb#0",
        "shop/orders/x/0123456789abcdef0123456789abcdef#0",
    ] {
        assert!(matches!(archive.get(pointer), Err(Error::RawRef(_))), "{pointer}");
    }
    assert!(archive.put_page(&shop, "a", &lines(&["two\nlines"])).is_err());
}
