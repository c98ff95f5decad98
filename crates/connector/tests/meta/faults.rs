//! Whatever the platform does in between, the same rows stand at the end, after a bounded number of calls.

use netgain_connector::Note;

use crate::rig::Rig;

async fn same_rows_despite(rules: &str) -> Rig {
    let rig = Rig::new().await;
    rig.faults(rules);
    rig.sync().await.unwrap();
    assert_eq!(rig.found(), rig.truth());
    let fired: u64 = rig.running.state.faults.list().iter().map(|active| active.fired).sum();
    assert!(fired > 0, "no fault was acted out");
    rig
}

fn recoveries(rig: &Rig) -> Vec<String> {
    let kept = rig.kept();
    let what = kept.notes.iter().filter_map(|note| match note {
        Note::Recovered { what, .. } => Some(what.clone()),
        _ => None,
    });
    what.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_job_is_asked_for_again() {
    let rig = same_rows_despite(
        r#"{"rules": [{"point": "meta.insights_create", "every": 7, "fault": {"kind": "job_failed"}}]}"#,
    )
    .await;
    let recovered = recoveries(&rig);
    assert!(recovered.len() > 3 && recovered[0].contains("Job Failed"), "{recovered:?}");
    assert!(rig.calls("meta.insights_create") < 80);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_job_is_asked_for_again() {
    let rig = same_rows_despite(
        r#"{"rules": [{"point": "meta.insights_create", "first": 2, "fault": {"kind": "job_skipped"}}]}"#,
    )
    .await;
    assert_eq!(recoveries(&rig).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stuck_job_is_given_up_and_asked_for_again() {
    let rig = same_rows_despite(
        r#"{"rules": [{"point": "meta.insights_create", "first": 1, "fault": {"kind": "job_stuck"}}]}"#,
    )
    .await;
    let recovered = recoveries(&rig);
    assert!(recovered.iter().any(|what| what.contains("`Job Started` for too long")), "{recovered:?}");
    assert!(rig.calls("meta.run") < 1_000, "{}", rig.calls("meta.run"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_that_fails_whole_is_read_in_halves() {
    // the four windows that are asked for at once fail, and then the first of them twice more
    let rig = same_rows_despite(
        r#"{"rules": [{"point": "meta.insights_create", "first": 6, "fault": {"kind": "job_failed"}}]}"#,
    )
    .await;
    let recovered = recoveries(&rig);
    assert!(recovered.iter().any(|what| what.ends_with("in two halves")), "{recovered:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn jobs_that_always_fail_end_the_run_with_words() {
    let rig = Rig::new().await;
    rig.faults(r#"{"rules": [{"point": "meta.insights_create", "fault": {"kind": "job_failed"}}]}"#);
    let error = rig.sync().await.unwrap_err();
    assert!(error.to_string().contains("Job Failed") && error.to_string().contains("try again"), "{error}");
    assert!(rig.calls("meta.insights_create") < 60, "{}", rig.calls("meta.insights_create"));
    // nothing was lost: without the fault the next run brings everything
    rig.faults(r#"{"rules": []}"#);
    rig.sync().await.unwrap();
    assert_eq!(rig.found(), rig.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn server_errors_and_refusals_for_too_many_calls_are_waited_out() {
    same_rows_despite(
        r#"{"rules": [
            {"point": "meta.*", "every": 9, "fault": {"kind": "status", "status": 500}},
            {"point": "meta.*", "every": 11, "fault": {"kind": "throttled"}},
            {"point": "meta.run_insights", "every": 13, "fault": {"kind": "throttled", "status": 200}}
        ]}"#,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_and_cut_answers_are_asked_for_again() {
    same_rows_despite(
        r#"{"rules": [
            {"point": "meta.run_insights", "every": 5, "fault": {"kind": "reset", "after_bytes": 2000}},
            {"point": "meta.run_insights", "every": 7, "fault": {"kind": "truncate"}},
            {"point": "meta.run", "every": 17, "fault": {"kind": "truncate"}}
        ]}"#,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_page_is_not_the_end() {
    same_rows_despite(
        r#"{"rules": [{"point": "meta.run_insights", "every": 4, "fault": {"kind": "empty_page"}}]}"#,
    )
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_ends_the_run_in_words_and_a_new_one_goes_on() {
    let rig = Rig::new().await;
    rig.faults(
        r#"{"rules": [{"point": "meta.run_insights", "after": 9, "fault": {"kind": "expired_token"}}]}"#,
    );
    let error = rig.sync().await.unwrap_err();
    assert!(error.to_string().contains("connect again"), "{error}");
    let kept = rig.kept().rows.len();
    assert!(kept > 0);
    rig.faults(r#"{"rules": []}"#);
    rig.sync().await.unwrap();
    assert_eq!(rig.found(), rig.truth());
}
