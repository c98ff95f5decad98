//! Runs that end in the middle, and what the next one does.

use jiff::SignedDuration;
use netgain_connector::Error;

use crate::rig::Rig;

const ORDERS: u32 = 4_500;

/// Runs until a run ends well, each of which keeps so many pages at most; tells how many runs it took.
async fn in_steps_of(rig: &Rig, pages: usize) -> u32 {
    for runs in 1..100 {
        rig.kept().left = Some(pages);
        match rig.sync("orders").await {
            Ok(_) => return runs,
            Err(Error::Sink(_)) => {}
            Err(error) => panic!("{error}"),
        }
    }
    panic!("it never ends");
}

#[tokio::test]
async fn a_run_goes_on_behind_what_is_kept_with_the_same_job_and_file() {
    let rig = Rig::of_orders(ORDERS).await;
    rig.sync("orders").await.unwrap();
    let undisturbed = rig.take();
    let (jobs, downloads) = (rig.calls("bulkOperationRunQuery"), rig.calls("download"));
    // the job's name, three pages and the end
    assert_eq!(in_steps_of(&rig, 1).await, 5);
    let kept = rig.take();
    assert!(kept.rows == undisturbed.rows, "every record, and none twice");
    assert_eq!(kept.cursor, undisturbed.cursor);
    assert_eq!((rig.calls("bulkOperationRunQuery") - jobs, rig.calls("download") - downloads), (1, 1));
    assert!(rig.spooled().is_empty());
}

#[tokio::test]
async fn a_spool_folder_that_was_emptied_or_damaged_costs_a_download_only() {
    let rig = Rig::of_orders(ORDERS).await;
    rig.sync("orders").await.unwrap();
    let undisturbed = rig.take();
    let jobs = rig.calls("bulkOperationRunQuery");
    type Damage = fn(&std::path::Path);
    let damages: [Damage; 4] = [
        |file| std::fs::remove_file(file).unwrap(),
        |file| std::fs::write(file, "{}\n").unwrap(),
        |file| std::fs::OpenOptions::new().write(true).open(file).unwrap().set_len(100_000).unwrap(),
        |file| {
            use std::io::Write;
            std::fs::OpenOptions::new().append(true).open(file).unwrap().write_all(b"more\n").unwrap();
        },
    ];
    let count = damages.len() as u64;
    for damage in damages {
        rig.kept().left = Some(3);
        rig.sync("orders").await.unwrap_err();
        let spooled = rig.spooled();
        assert_eq!(spooled.len(), 1);
        damage(&spooled[0]);
        rig.kept().left = None;
        rig.sync("orders").await.unwrap();
        assert!(rig.take().rows == undisturbed.rows);
    }
    assert_eq!(rig.calls("bulkOperationRunQuery") - jobs, count);
}

#[tokio::test]
async fn a_job_that_has_expired_meanwhile_is_asked_for_anew() {
    let rig = Rig::of_orders(ORDERS).await;
    rig.kept().left = Some(3);
    rig.sync("orders").await.unwrap_err();
    assert_eq!(rig.kept().rows.len(), 4_000);
    let world = &rig.running.state.world;
    world.move_clock(world.now().checked_add(SignedDuration::from_hours(24 * 8)).unwrap());
    rig.kept().left = None;
    rig.sync("orders").await.unwrap();
    assert_eq!(rig.kept().rows.len(), ORDERS as usize);
    // read from its beginning again: half of the records came twice
    let twice = rig.kept().rows.values().filter(|(_, times)| *times == 2).count();
    assert_eq!((twice, rig.calls("bulkOperationRunQuery")), (4_000, 2));
    let said = rig.recovered();
    assert!(said.len() == 1 && said[0].contains("EXPIRED"), "{said:?}");
}

#[tokio::test]
async fn a_run_that_ends_within_a_download_takes_it_up() {
    let rig = Rig::of_orders(ORDERS).await;
    let reset = r#"[{"point": "shopify.download", "fault": {"kind": "reset", "after_bytes": 0}}]"#;
    rig.faults(reset);
    let error = rig.sync("orders").await.unwrap_err();
    assert!(matches!(&error, Error::Transport(error) if error.is_transient()), "{error}");
    let (jobs, downloads) = (rig.calls("bulkOperationRunQuery"), rig.calls("download"));
    assert!((2..=10).contains(&downloads), "{downloads}");
    rig.faults("[]");
    rig.sync("orders").await.unwrap();
    assert_eq!(rig.kept().rows.len(), ORDERS as usize);
    assert_eq!((rig.calls("bulkOperationRunQuery"), rig.calls("download")), (jobs, downloads + 1));
}
