//! By file and by pages, record for record.

use netgain_connector::Note;
use netgain_sandbox::{Brand, Options};

use crate::rig::{Kept, Rig};

const STREAMS: [&str; 4] = ["orders", "customers", "products", "variants"];

/// Loads a stream both ways and tells how many records came.
async fn same(rig: &Rig, stream: &str) -> Kept {
    rig.sync_mapped(stream, true).await.unwrap();
    let paged = rig.take();
    let report = rig.sync_mapped(stream, false).await.unwrap();
    let file = rig.take();
    assert_eq!(paged.rows.len(), file.rows.len(), "{stream}");
    assert_eq!(report.records, file.rows.len() as u64, "{stream}");
    for (id, (rows, times)) in &file.rows {
        assert_eq!((&paged.rows[id].0, *times), (rows, 1), "{stream} {id}");
    }
    assert_eq!(rig.spooled(), [] as [std::path::PathBuf; 0]);
    file
}

#[tokio::test]
async fn the_golden_orders_with_all_that_belongs_to_them() {
    let rig = Rig::of(Brand::Golden).await;
    for stream in STREAMS {
        let kept = same(&rig, stream).await;
        assert!(!kept.rows.is_empty(), "{stream}");
        if stream == "orders" {
            // what is compared has all kinds of rows
            let all: String = kept.rows.values().map(|(rows, _)| rows.as_str()).collect();
            for table in ["OrderLines", "SaleEvents", "RefundLines", "PaymentTransactions", "PaymentFees"] {
                assert!(all.contains(table), "{table}");
            }
        }
    }
}

#[tokio::test]
async fn two_years_of_the_demo_brand() {
    let rig = Rig::of(Brand::Demo).await;
    for stream in STREAMS {
        let kept = same(&rig, stream).await;
        let states = kept.notes.iter().filter(|note| {
            matches!(note, Note::Job { stream: of, state, .. } if of == stream && state == "COMPLETED")
        });
        assert_eq!(states.count(), 1, "{stream}");
        assert!(kept.fractions.is_sorted() && kept.fractions.last() == Some(&10_000), "{:?}", kept.fractions);
    }
}

#[tokio::test]
async fn orders_of_a_file() {
    let rig = Rig::of_orders(2_500).await;
    assert_eq!(same(&rig, "orders").await.rows.len(), 2_500);
}

#[tokio::test]
async fn the_next_run_goes_on_by_pages_from_the_jobs_own_time() {
    let rig = Rig::of(Brand::Demo).await;
    rig.sync("orders").await.unwrap();
    let all = rig.kept().rows.len();
    let now = rig.running.state.world.now();
    let cursor: serde_json::Value =
        serde_json::from_str(rig.kept().cursor.as_deref().unwrap_or_default()).unwrap();
    let since: jiff::Timestamp = cursor["since"].as_str().unwrap_or_default().parse().unwrap();
    assert_eq!(since.as_second(), now.as_second());
    assert!(cursor.get("bulk").is_none());
    let jobs = rig.calls("bulkOperationRunQuery");
    let report = rig.sync("orders").await.unwrap();
    assert!(report.records < 20, "{}", report.records);
    assert_eq!((rig.kept().rows.len(), rig.calls("bulkOperationRunQuery")), (all, jobs));
    // variants have no update time: a complete load stores no time, and the next run reads them all by pages
    rig.take();
    rig.sync("variants").await.unwrap();
    assert_eq!(rig.kept().cursor.as_deref(), Some("{}"));
}

#[tokio::test]
async fn a_shop_without_orders_is_complete_at_once() {
    let rig = Rig::of_orders(0).await;
    let kept = same(&rig, "orders").await;
    assert!(kept.rows.is_empty() && kept.cursor.is_some_and(|cursor| cursor.contains("since")));
    assert_eq!(rig.calls("download"), 0);
}

/// 69,659 real orders; skipped where the shared folder is not there.
#[tokio::test]
async fn real_orders_in_full() {
    let shared = std::env::var_os("NETGAIN_SHARED").map_or_else(
        || std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared")),
        std::path::PathBuf::from,
    );
    let file = shared.join("data/cdnow/CDNOW_master.txt");
    if !file.is_file() {
        println!("skipped: {} is not there (NETGAIN_SHARED names the folder)", file.display());
        return;
    }
    let rig = Rig::with(Options { orders: Some(file), ..Options::default() }).await;
    let report = rig.sync("orders").await.unwrap();
    assert_eq!((report.records, rig.kept().rows.len()), (69_659, 69_659));
    rig.take();
    rig.sync("customers").await.unwrap();
    assert_eq!(rig.kept().rows.len(), 23_570);
}

#[tokio::test]
async fn records_of_a_file_that_say_they_are_gone_are_not_kept() {
    let rig = Rig::of(Brand::Golden).await;
    rig.sync("orders").await.unwrap();
    let all = rig.take();
    rig.sync_flagged("orders", "displayFinancialStatus", &["REFUNDED", "PARTIALLY_REFUNDED"]).await.unwrap();
    let left = rig.take();
    assert!(!left.deleted.is_empty() && !left.rows.is_empty());
    assert_eq!(left.deleted.len() + left.rows.len(), all.rows.len());
    for (id, (line, _)) in &all.rows {
        let gone = line.contains(r#""displayFinancialStatus":"REFUNDED""#)
            || line.contains(r#""displayFinancialStatus":"PARTIALLY_REFUNDED""#);
        assert_eq!(left.rows.contains_key(id), !gone, "{line}");
        assert_eq!(left.deleted.iter().any(|deleted| id.ends_with(&format!("/{deleted}"))), gone, "{line}");
    }
}
