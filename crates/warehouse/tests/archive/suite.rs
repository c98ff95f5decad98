//! The raw archive keeps a page once, gives every line back, lists what it has and notices damage: the same in a folder as in
//! a bucket.

use std::sync::Arc;

use bytes::Bytes;
use netgain_domain::ConnectionId;
use netgain_domain::jiff::Timestamp;
use netgain_warehouse::{Archive, Error, Read, ReadPage};
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt};

/// An archive, and the storage behind it to look into and to damage.
pub struct Ground {
    pub archive: Archive,
    pub store: Arc<dyn ObjectStore>,
    /// Where the archive of the workspace lies in it.
    pub folder: Key,
    pub runtime: tokio::runtime::Runtime,
}

impl Ground {
    fn key(&self, name: &str) -> Key {
        Key::from(format!("{}/{name}.jsonl.zst", self.folder))
    }

    fn overwrite(&self, name: &str, bytes: Bytes) {
        self.runtime.block_on(self.store.put(&self.key(name), bytes.into())).unwrap();
    }

    fn bytes(&self, name: &str) -> Bytes {
        self.runtime.block_on(async { self.store.get(&self.key(name)).await.unwrap().bytes().await }).unwrap()
    }

    fn count(&self, folder: &str) -> usize {
        let folder = Key::from(format!("{}/{folder}", self.folder));
        self.runtime.block_on(self.store.list_with_delimiter(Some(&folder))).unwrap().objects.len()
    }
}

fn lines(texts: &[&str]) -> Vec<Bytes> {
    texts.iter().map(|text| Bytes::copy_from_slice(text.as_bytes())).collect()
}

fn shop() -> ConnectionId {
    "shop".parse().unwrap()
}

fn a_page_fetched_twice_is_one_segment(ground: &Ground) {
    let (archive, shop) = (&ground.archive, shop());
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
    assert_eq!(ground.count("shop/orders"), 2, "nothing half-written is left beside the segments");
    // one line that holds the other page's text is another page
    assert_ne!(
        archive.put_page(&shop, "a", &lines(&["x", "y"])).unwrap().name.split('/').nth(2),
        archive.put_page(&shop, "a", &lines(&["xy"])).unwrap().name.split('/').nth(2)
    );
    assert_eq!(archive.put_page(&shop, "a", &[]).unwrap().lines, 0);
}

fn of_many_that_keep_a_page_at_once_one_does(ground: &Ground) {
    let page = lines(&[r#"{"id":"raced"}"#]);
    let barrier = std::sync::Barrier::new(8);
    let kept: Vec<_> = std::thread::scope(|scope| {
        let keep = || {
            barrier.wait();
            ground.archive.put_page(&shop(), "raced", &page).unwrap()
        };
        let all: Vec<_> = (0..8).map(|_| scope.spawn(keep)).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(kept.iter().any(|segment| segment.bytes_written > 0));
    assert!(kept.iter().all(|segment| segment.name == kept[0].name));
    assert_eq!(ground.count("shop/raced"), 1);
    assert_eq!(ground.archive.lines(&kept[0].name).unwrap(), page);
}

fn segments_and_reads_are_listed(ground: &Ground) {
    let (archive, shop) = (&ground.archive, shop());
    assert_eq!(archive.segments(&shop, "listed").unwrap(), Vec::<String>::new());
    let keep = |at: usize| {
        let text = format!("[{at}]");
        archive.put_page(&shop, "listed", &lines(&[text.as_str()])).unwrap().name
    };
    let mut names: Vec<String> = (0..5).map(keep).collect();
    archive.put_page(&"shop2".parse().unwrap(), "listed", &lines(&["{}"])).unwrap();
    archive.put_page(&shop, "listed-too", &lines(&["{}"])).unwrap();
    let mut found = archive.segments(&shop, "listed").unwrap();
    names.sort();
    found.sort();
    assert_eq!(found, names);

    let read = |number| Read {
        number,
        stream: "listed".to_owned(),
        source: "shopify".to_owned(),
        observed_at: Timestamp::from_second(1_770_000_000).unwrap(),
        cursor: None,
        pages: vec![ReadPage { segment: Some(names[0].clone()), ..ReadPage::default() }],
    };
    let kept = [7, 2, 40].map(|number| archive.put_read(&shop, &read(number)).unwrap().name);
    assert_eq!(archive.reads(&shop).unwrap(), [kept[1].clone(), kept[0].clone(), kept[2].clone()]);
    assert_eq!(archive.read(&kept[2]).unwrap(), read(40));
}

fn damage_is_noticed(ground: &Ground) {
    let (archive, shop) = (&ground.archive, shop());
    let page = lines(&[r#"{"id":"d1"}"#, r#"{"id":"d2"}"#]);
    let segment = archive.put_page(&shop, "damaged", &page).unwrap();
    let other = archive.put_page(&shop, "damaged", &lines(&["{}"])).unwrap();
    ground.overwrite(&segment.name, ground.bytes(&other.name));
    assert!(matches!(archive.get(&segment.raw_ref(0)), Err(Error::Damaged { .. })));
    ground.overwrite(&segment.name, Bytes::from_static(b"not compressed"));
    assert!(matches!(archive.get(&segment.raw_ref(0)), Err(Error::Damaged { .. })));
    ground.runtime.block_on(ground.store.delete(&ground.key(&segment.name))).unwrap();
    assert!(matches!(archive.get(&segment.raw_ref(0)), Err(Error::Damaged { .. })));
    assert!(matches!(archive.get(&other.raw_ref(1)), Err(Error::Damaged { .. })));
}

fn a_line_is_taken_out_and_the_rest_stays(ground: &Ground) {
    let (archive, shop) = (&ground.archive, shop());
    let page = lines(&[r#"{"id":"e1"}"#, r#"{"id":"e2"}"#]);
    let segment = archive.put_page(&shop, "erased", &page).unwrap();
    assert!(archive.every_segment().unwrap().contains(&segment.name));
    let mut edit = |at: usize, _: &Bytes| (at == 1).then(|| b"{}".to_vec());
    assert_eq!(archive.edit_segment(&segment.name, &mut edit).unwrap(), 1);
    assert_eq!(archive.get(&segment.raw_ref(0)).unwrap(), page[0]);
    assert_eq!(archive.get(&segment.raw_ref(1)).unwrap(), "{}");
    // the same page fetched again does not bring it back
    assert_eq!(archive.put_page(&shop, "erased", &page).unwrap().bytes_written, 0);
    assert_eq!(archive.get(&segment.raw_ref(1)).unwrap(), "{}");
    assert_eq!(archive.segments(&shop, "erased").unwrap().len(), 1);
    // what nobody announced is damage still
    let other = archive.put_page(&shop, "erased", &lines(&["[]"])).unwrap();
    ground.overwrite(&segment.name, ground.bytes(&other.name));
    assert!(matches!(archive.get(&segment.raw_ref(0)), Err(Error::Damaged { .. })));
}

fn names_cannot_lead_outside(ground: &Ground) {
    let (archive, shop) = (&ground.archive, shop());
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

pub fn all(ground: &Ground) {
    a_page_fetched_twice_is_one_segment(ground);
    of_many_that_keep_a_page_at_once_one_does(ground);
    segments_and_reads_are_listed(ground);
    damage_is_noticed(ground);
    a_line_is_taken_out_and_the_rest_stays(ground);
    names_cannot_lead_outside(ground);
}
