//! What goes wrong on the way changes nothing of what arrives.

use std::time::Duration;

use netgain_connector::{Error, Note};
use netgain_domain::ErrorClass;

use crate::rig::Rig;

const ORDERS: u32 = 3_000;

/// Loads the orders under these faults; tells what was put right.
async fn load(rules: &str) -> (Rig, Vec<String>) {
    let rig = Rig::of_orders(ORDERS).await;
    rig.sync("orders").await.unwrap();
    let undisturbed = rig.take();
    rig.faults(rules);
    let downloads = rig.calls("download");
    rig.sync("orders").await.unwrap();
    let said = rig.recovered();
    {
        let kept = rig.kept();
        assert_eq!(kept.rows.len(), ORDERS as usize);
        assert!(kept.rows == undisturbed.rows, "{rules}");
        // an order's time lies within the cursor's second
        assert_eq!(kept.cursor, undisturbed.cursor);
    }
    assert!(rig.calls("download") - downloads <= 8, "{}", rig.calls("download"));
    (rig, said)
}

#[tokio::test]
async fn a_job_that_fails_is_asked_for_again() {
    let (rig, said) =
        load(r#"[{"point": "shopify.bulk", "times": 1, "fault": {"kind": "bulk_fail"}}]"#).await;
    assert!(said.len() == 1 && said[0].contains("FAILED"), "{said:?}");
    assert_eq!(rig.calls("bulkOperationRunQuery"), 3);
}

#[tokio::test]
async fn a_part_of_a_file_is_never_taken_for_the_whole() {
    let (_, said) =
        load(r#"[{"point": "shopify.bulk", "times": 1, "fault": {"kind": "bulk_partial"}}]"#).await;
    assert!(said.len() == 1 && said[0].contains("with a part of the file"), "{said:?}");
}

#[tokio::test]
async fn a_job_that_always_fails_ends_the_run_as_a_passing_trouble() {
    let rig = Rig::of_orders(10).await;
    rig.faults(r#"[{"point": "shopify.bulk", "fault": {"kind": "bulk_fail"}}]"#);
    let error = rig.sync("orders").await.unwrap_err();
    assert!(matches!(&error, Error::Refused { class: ErrorClass::Transient, .. }), "{error}");
    assert_eq!(rig.calls("bulkOperationRunQuery"), 4);
    assert!(rig.kept().rows.is_empty());
    // the platform is well again: the kept position names a job that failed, and the run begins anew
    rig.faults("[]");
    rig.sync("orders").await.unwrap();
    assert_eq!(rig.kept().rows.len(), 10);
}

#[tokio::test]
async fn a_download_that_breaks_off_goes_on_where_it_was() {
    let reset =
        r#"[{"point": "shopify.download", "first": 3, "fault": {"kind": "reset", "after_bytes": 300000}}]"#;
    let (rig, said) = load(reset).await;
    assert_eq!(said, [] as [String; 0]);
    // the first load, and four answers for the second: had it begun from its start each time, three would not do
    assert_eq!(rig.calls("download"), 5);
}

#[tokio::test]
async fn a_body_that_is_cut_off_without_a_word_is_noticed() {
    let (_, said) =
        load(r#"[{"point": "shopify.download", "times": 2, "fault": {"kind": "truncate"}}]"#).await;
    assert!(said.len() == 2 && said.iter().all(|said| said.contains("bytes")), "{said:?}");
}

#[tokio::test]
async fn a_file_that_is_never_whole_is_never_kept() {
    let rig = Rig::of_orders(10).await;
    rig.faults(r#"[{"point": "shopify.download", "fault": {"kind": "truncate"}}]"#);
    let error = rig.sync("orders").await.unwrap_err();
    assert!(error.class() == ErrorClass::Transient && error.to_string().contains("bytes"), "{error}");
    assert!(rig.kept().rows.is_empty());
    assert!(rig.calls("download") <= 16, "{}", rig.calls("download"));
}

#[tokio::test]
async fn a_busy_server_and_a_slow_one_are_waited_for() {
    let (rig, _) = load(
        r#"[{"point": "shopify.download", "first": 2, "fault": {"kind": "status", "status": 503, "retry_after": 7}},
            {"point": "shopify.download", "after": 2, "fault": {"kind": "slow", "ms": 50}}]"#,
    )
    .await;
    let waited = rig.kept().notes.iter().any(
        |note| matches!(note, Note::Waiting { why: "download", time } if *time >= Duration::from_secs(7)),
    );
    assert!(waited);
}

#[tokio::test]
async fn an_address_that_has_run_out_is_asked_for_anew_and_then_the_job_too() {
    let refused = |times: u32| {
        format!(
            r#"[{{"point": "shopify.download", "times": {times}, "fault": {{"kind": "status", "status": 403}}}}]"#
        )
    };
    let (rig, said) = load(&refused(1)).await;
    assert_eq!((said.len(), rig.calls("bulkOperationRunQuery")), (0, 2));
    let (rig, said) = load(&refused(2)).await;
    assert!(said.len() == 1 && said[0].contains("403"), "{said:?}");
    assert_eq!(rig.calls("bulkOperationRunQuery"), 3);
}

#[tokio::test]
async fn a_job_that_stands_still_is_ended_and_asked_for_again() {
    let (rig, said) =
        load(r#"[{"point": "shopify.bulk", "times": 1, "fault": {"kind": "job_stuck"}}]"#).await;
    assert!(said.len() == 1 && said[0].contains("stood still"), "{said:?}");
    assert_eq!(rig.calls("bulkOperationCancel"), 1);
}

#[tokio::test]
async fn jobs_of_others_are_waited_for() {
    let rig = Rig::of_orders(10).await;
    rig.faults(r#"[{"point": "shopify.bulk", "times": 5, "fault": {"kind": "job_stuck"}}]"#);
    let mut ids = Vec::new();
    for _ in 0..5 {
        let made = rig
            .ask("mutation Other { bulkOperationRunQuery(query: \"{ orders { edges { node { id } } } }\") { bulkOperation { id } } }")
            .await;
        ids.push(made["data"]["bulkOperationRunQuery"]["bulkOperation"]["id"].as_str().unwrap().to_owned());
    }
    let free = async {
        // five of others, and the first that was refused
        while rig.calls("bulkOperationRunQuery") < 7 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        assert!(rig.kept().rows.is_empty());
        rig.ask(&format!(
            "mutation {{ bulkOperationCancel(id: \"{}\") {{ userErrors {{ message }} }} }}",
            ids[0]
        ))
        .await;
    };
    let (report, _) = tokio::join!(rig.sync("orders"), free);
    assert_eq!(report.unwrap().records, 10);
    assert!(rig.kept().notes.iter().any(|note| matches!(note, Note::Waiting { why: "busy", .. })));
}

#[tokio::test]
async fn calls_that_fail_in_between_are_repeated() {
    let (_, said) = load(
        r#"[{"point": "shopify.graphql", "every": 2, "fault": {"kind": "status", "status": 502}},
            {"point": "shopify.graphql", "every": 3, "fault": {"kind": "throttled"}}]"#,
    )
    .await;
    assert_eq!(said, [] as [String; 0]);
}
