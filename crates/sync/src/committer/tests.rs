//! Commits of batches in which a record cannot be kept.

use std::sync::mpsc::{channel, sync_channel};

use netgain_domain::{Row, Table, Value};
use netgain_profit::Zone;
use rust_decimal::Decimal;
use tempfile::TempDir;
use tokio::sync::oneshot;

use super::*;

struct Heard(Mutex<u64>);

impl Observer for Heard {
    fn event(&self, event: &Event<'_>) {
        if let Event::Kept { records, .. } = event {
            *self.0.lock().unwrap() += records;
        }
    }
}

fn order(id: &str, total: &str) -> (Record, String) {
    let mut root = Row::empty(Table::Orders, id.to_owned());
    root.set("name", Value::Text(format!("#{id}")));
    root.set("placed_at", Value::Time("2026-03-10T12:00:00Z".parse().unwrap()));
    root.set("currency", Value::Text("GBP".to_owned()));
    root.set("total_price", Value::Decimal(total.parse::<Decimal>().unwrap()));
    (Record { root, children: Vec::new(), version: 1, position: 0 }, format!("shop/orders/0#{id}"))
}

fn page(records: Vec<(Record, String)>, cursor: &str) -> MappedPage {
    MappedPage {
        stream: "orders".to_owned(),
        observed_at: "2026-03-31T12:00:00Z".parse().unwrap(),
        lines: records.len() as u64,
        records,
        quarantined: Vec::new(),
        account: None,
        cursor: Some(cursor.to_owned()),
        gone: None,
        fraction: None,
    }
}

fn committer(folder: &TempDir, heard: &Arc<Heard>) -> Committer {
    let workspace = "w".parse().unwrap();
    let zone: Zone = "Europe/London".parse().unwrap();
    Committer {
        warehouse: Warehouse::open(
            crate::test_store::place(folder.path()),
            &workspace,
            netgain_warehouse::Options::default(),
        )
        .unwrap(),
        archive: Archive::open(folder.path(), &workspace).unwrap(),
        connection: "shop".parse().unwrap(),
        rules: Arc::default(),
        source: "shopify".to_owned(),
        settings: Settings::new("GBP".parse().unwrap(), zone),
        observer: Arc::clone(heard) as Arc<dyn Observer>,
        turn: Arc::default(),
        state: State::default(),
    }
}

/// Runs a committer over pages and a flush.
fn run(
    committer: Committer,
    pages: Vec<Result<MappedPage, Error>>,
) -> (Result<Kept, Error>, SyncReport, bool) {
    let budget = Arc::new(Semaphore::new(100));
    let (items, to_commit) = channel();
    for page in pages {
        let (reply, mapped) = sync_channel(1);
        reply.send(page).unwrap();
        let permit = Arc::clone(&budget).try_acquire_many_owned(1).unwrap();
        items.send(Item::Page(mapped, permit)).unwrap();
    }
    let (tell, told) = oneshot::channel();
    items.send(Item::Flush(tell)).unwrap();
    drop(items);
    let report = committer.run(&to_commit, &budget);
    (told.blocking_recv().unwrap(), report, budget.is_closed())
}

#[test]
fn a_record_that_no_column_can_hold_is_set_aside_and_the_others_stay() {
    let folder = TempDir::new().unwrap();
    let heard = Arc::new(Heard(Mutex::new(0)));
    let committer = committer(&folder, &heard);
    let warehouse = committer.warehouse.clone();
    let bad = "0.123456789012345";
    let first = vec![order("1", "10.00"), order("2", bad), order("3", "30.00")];
    let second = vec![order("4", "40.00"), order("5", bad)];
    let (kept, report, closed) = run(committer, vec![Ok(page(first, "1")), Ok(page(second, "2"))]);
    let kept = kept.unwrap();
    assert_eq!((kept.records, kept.new, kept.quarantined, closed), (5, 3, 2, false));
    let refs: Vec<&str> = report.quarantine.iter().map(|bad| bad.raw_ref.as_str()).collect();
    assert_eq!(refs, ["shop/orders/0#2", "shop/orders/0#5"]);
    assert!(report.quarantine[0].reason.contains("total_price"), "{:?}", report.quarantine[0]);
    let connection = "shop".parse().unwrap();
    assert_eq!(warehouse.cursor(&connection, "orders").unwrap().unwrap().state, "2");
    let orders = warehouse.row_counts(&connection).unwrap();
    assert!(orders.contains(&(Table::Orders, 3)), "{orders:?}");
    assert_eq!(*heard.0.lock().unwrap(), 5);
}

#[test]
fn a_page_that_could_not_be_archived_fails_the_flush_and_keeps_later_pages_out() {
    let folder = TempDir::new().unwrap();
    let heard = Arc::new(Heard(Mutex::new(0)));
    let committer = committer(&folder, &heard);
    let warehouse = committer.warehouse.clone();
    let pages = vec![
        Ok(page(vec![order("1", "10.00")], "1")),
        Err(Error::Stopped),
        Ok(page(vec![order("2", "20.00")], "2")),
    ];
    let (kept, _, closed) = run(committer, pages);
    assert!(matches!(kept, Err(Error::Stopped)) && closed);
    // a later page's cursor would leave the lost one out for good
    assert_eq!(warehouse.cursor(&"shop".parse().unwrap(), "orders").unwrap(), None);
}
