//! Records that a field table cannot read, that table mended, and replays with either.

use bytes::Bytes;
use netgain_connector::Page;
use netgain_domain::Table;
use netgain_profit::{Settings, Zone};
use netgain_warehouse::Options;
use tempfile::TempDir;

use super::*;
use crate::committer::{Committer, State};
use crate::keeper::Keeper;
use crate::mapped::PageMapper;
use crate::{Event, Observer, ReplayJob, ReplayReport, job, replay_connection};

const MANIFEST: &str = include_str!("../../../providers/shopify/manifest.yaml");
const NAME: &str = "name: {from: displayName}";

struct Unwatched;

impl Observer for Unwatched {
    fn event(&self, _: &Event<'_>) {}
}

/// The manifest with another field for the customers' names.
fn manifest(name: &str) -> Manifest {
    assert!(MANIFEST.contains(NAME));
    Manifest::from_yaml(&MANIFEST.replace(NAME, name)).unwrap()
}

struct Shop {
    _folder: TempDir,
    warehouse: Warehouse,
    archive: Archive,
    connection: ConnectionId,
    settings: Settings,
    turn: Arc<Mutex<()>>,
}

impl Shop {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let workspace = "w".parse().unwrap();
        let zone: Zone = "Europe/London".parse().unwrap();
        Self {
            warehouse: Warehouse::open(
                crate::test_store::place(folder.path()),
                &workspace,
                Options::default(),
            )
            .unwrap(),
            archive: Archive::open(folder.path(), &workspace).unwrap(),
            _folder: folder,
            connection: "shop".parse().unwrap(),
            settings: Settings::new("GBP".parse().unwrap(), zone),
            turn: Arc::default(),
        }
    }

    /// Keeps a page of customers as a sync does.
    fn keep(&self, manifest: &Manifest, at: &str, lines: &[&str]) {
        let rules = Arc::new(rules(manifest));
        let (archive, connection) = (self.archive.clone(), self.connection.clone());
        let page_mapper = PageMapper {
            archive: archive.clone(),
            connection: connection.clone(),
            forgotten: crate::Forgotten::nobody(),
            rules: Arc::clone(&rules),
        };
        let committer = Committer {
            warehouse: self.warehouse.clone(),
            archive,
            connection,
            source: manifest.id.clone(),
            rules,
            settings: self.settings.clone(),
            observer: Arc::new(Unwatched),
            turn: Arc::clone(&self.turn),
            state: State::default(),
        };
        let keeper = Keeper::start(&page_mapper, committer).unwrap();
        let page = Page {
            lines: lines.iter().map(|line| Bytes::from((*line).to_owned())).collect(),
            cursor: Some("{}".to_owned()),
            ..Page::empty("customers", at.parse().unwrap())
        };
        let mappers = job::mappers(manifest).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            keeper.page(page, &mappers["customers"]).await.unwrap();
            keeper.flush().await.unwrap();
        });
    }

    fn remap(&self, manifest: &Manifest) -> BTreeMap<String, u64> {
        remap(&Remap {
            warehouse: &self.warehouse,
            archive: &self.archive,
            connection: &self.connection,
            manifest,
            mappers: &job::mappers(manifest).unwrap(),
            turn: &self.turn,
        })
        .unwrap()
    }

    fn replay(&self, manifest: &Manifest) -> ReplayReport {
        replay_connection(&ReplayJob {
            manifest,
            connection: &self.connection,
            stream: None,
            warehouse: &self.warehouse,
            archive: &self.archive,
            settings: &self.settings,
            turn: &self.turn,
        })
        .unwrap()
    }

    fn customers(&self) -> u64 {
        let counts = self.warehouse.row_counts(&self.connection).unwrap();
        counts.iter().find(|(table, _)| *table == Table::Customers).map_or(0, |(_, rows)| *rows)
    }

    fn set_aside(&self) -> Vec<String> {
        let rows = self.warehouse.quarantine(Some(&self.connection)).unwrap();
        rows.into_iter().filter_map(|row| row.record.record_id).collect()
    }

    fn dump(&self) -> String {
        let mut dump = Vec::new();
        self.warehouse.dump(&mut dump).unwrap();
        String::from_utf8(dump).unwrap()
    }
}

fn customer(id: u32, name: &str, updated: &str) -> String {
    format!(
        r#"{{"id":"gid://shopify/Customer/{id}","displayName":"{name}","createdAt":"2026-01-01T00:00:00Z","updatedAt":"{updated}"}}"#
    )
}

const FIRST: &str = "2026-03-01T00:00:00Z";

/// A field table that knows one name only.
fn broken() -> Manifest {
    manifest("name: {from: displayName, as: enum, enum: {Ann: Ann}}")
}

#[test]
fn a_mended_field_table_lets_in_what_was_set_aside() {
    let shop = Shop::new();
    let (ann, bob) = (customer(1, "Ann", FIRST), customer(2, "Bob", FIRST));
    shop.keep(&broken(), "2026-03-02T00:00:00Z", &[&ann, &bob]);
    assert_eq!((shop.customers(), shop.set_aside()), (1, vec!["2".to_owned()]));
    let row = shop.warehouse.quarantine(None).unwrap().remove(0);
    assert!(row.record.path.contains("displayName") || row.record.path.contains("name"), "{row:?}");
    assert_eq!((row.stream.as_str(), row.times), ("customers", 1));

    // with the same table there is nothing to try
    assert_eq!(shop.remap(&broken()), BTreeMap::new());
    assert_eq!(shop.remap(&manifest(NAME)), BTreeMap::from([("customers".to_owned(), 1)]));
    assert_eq!((shop.customers(), shop.set_aside().len()), (2, 0));
    // nothing is left to try, and a replay gives the same
    let expected = shop.dump();
    assert_eq!(shop.remap(&manifest(NAME)), BTreeMap::new());
    let report = shop.replay(&manifest(NAME));
    assert_eq!((report.rows, report.quarantine.len()), (2, 0));
    assert_eq!(shop.dump(), expected);
}

#[test]
fn a_record_that_still_fails_stays_and_says_why() {
    let shop = Shop::new();
    let bob = customer(2, "Bob", FIRST);
    shop.keep(&broken(), "2026-03-02T00:00:00Z", &[&bob]);
    let other = manifest("name: {from: nickname, required: true}");
    assert_eq!(shop.remap(&other), BTreeMap::new());
    let row = shop.warehouse.quarantine(None).unwrap().remove(0);
    assert!(row.record.path.contains("nickname"), "{row:?}");
    // it is not tried again and again
    assert_eq!(row.record.rules, rules(&other)["customers"]);
    assert_eq!(row.times, 1);
}

#[test]
fn a_later_good_version_clears_it_and_the_same_page_again_is_counted() {
    let shop = Shop::new();
    let bob = customer(2, "Bob", FIRST);
    shop.keep(&broken(), "2026-03-02T00:00:00Z", &[&bob]);
    shop.keep(&broken(), "2026-03-03T00:00:00Z", &[&bob]);
    assert_eq!(shop.warehouse.quarantine(None).unwrap().remove(0).times, 2);
    let renamed = customer(2, "Ann", "2026-03-04T00:00:00Z");
    shop.keep(&broken(), "2026-03-05T00:00:00Z", &[&renamed]);
    assert_eq!((shop.customers(), shop.set_aside().len()), (1, 0));
    assert_eq!(shop.warehouse.quarantine_count(&shop.connection).unwrap(), 0);
}

#[test]
fn a_replay_uses_the_field_table_as_it_is_now() {
    let shop = Shop::new();
    let (ann, bob) = (customer(1, "Ann", FIRST), customer(2, "Bob", FIRST));
    shop.keep(&manifest(NAME), "2026-03-02T00:00:00Z", &[&ann, &bob]);
    let expected = shop.dump();
    assert!(expected.contains("\"Bob\""));
    shop.replay(&manifest("name: {const: nobody}"));
    assert!(shop.dump().contains("\"nobody\"") && !shop.dump().contains("\"Bob\""));
    // what the new table cannot read leaves the rows and is set aside
    let report = shop.replay(&broken());
    assert_eq!((shop.customers(), shop.set_aside()), (1, vec!["2".to_owned()]));
    assert_eq!(report.streams.iter().map(|stream| stream.quarantined).sum::<u64>(), 1);
    shop.replay(&manifest(NAME));
    assert_eq!(shop.dump(), expected);
    assert_eq!(shop.set_aside(), Vec::<String>::new());
}

#[test]
fn rows_of_segments_without_an_account_stay_and_are_told() {
    let shop = Shop::new();
    let ann = customer(1, "Ann", FIRST);
    let manifest = manifest(NAME);
    // as a version kept them that noted nothing beside them
    let line = Bytes::from(ann.clone());
    let segment = shop.archive.put_page(&shop.connection, "customers", std::slice::from_ref(&line)).unwrap();
    let context = netgain_mapping::Context::new();
    let at = "2026-02-01T00:00:00Z".parse().unwrap();
    let read =
        ReadLines { segment: &segment.name, lines: &[line], context: &context, observed_at: at, rules: "" };
    let (records, _) = read.map(&job::mappers(&manifest).unwrap()["customers"]);
    let batch = Batch {
        connection: shop.connection.clone(),
        source: manifest.id.clone(),
        stream: "customers".to_owned(),
        observed_at: at,
        records,
        cursor: None,
        aside: Aside::default(),
    };
    shop.warehouse.commit(&batch).unwrap();
    shop.keep(&manifest, "2026-03-02T00:00:00Z", &[&customer(2, "Bob", FIRST)]);
    let expected = shop.dump();
    let report = shop.replay(&manifest);
    let customers = report.streams.iter().find(|stream| stream.stream == "customers").unwrap();
    assert_eq!((customers.segments_without_account, customers.records), (1, 1));
    assert_eq!(shop.dump(), expected);
}
