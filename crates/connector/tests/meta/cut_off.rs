//! A run that ends at any page, and another after it, leave what one undisturbed run leaves.

use crate::rig::Rig;

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_cut_off_goes_on_where_it_stood() {
    let whole = Rig::new().await;
    whole.sync().await.unwrap();
    let pages = whole.kept().pages.len();
    let asked = whole.calls("meta.insights_create");

    let rig = Rig::new().await;
    let mut cuts = 0;
    loop {
        rig.kept().left = Some(4 + cuts % 5);
        match rig.sync().await {
            Ok(_) => break,
            Err(error) => assert!(error.to_string().contains("disk is full"), "{error}"),
        }
        cuts += 1;
        assert!(cuts < 100, "it does not get on");
    }
    assert!(cuts > 8, "{cuts} cuts in {pages} pages");
    assert_eq!(rig.kept().rows, whole.kept().rows);
    assert_eq!(rig.found(), rig.truth());
    // a window that was read is not asked for again; one that was under way is taken up
    let again = rig.calls("meta.insights_create") - asked;
    assert!(again <= cuts as u64 * 4, "{again} windows were asked for again after {cuts} cuts");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_was_asked_for_is_taken_up_and_an_old_one_is_not() {
    let rig = Rig::new().await;
    rig.kept().left = Some(1);
    rig.sync().await.unwrap_err();
    let jobs = rig.kept().cursor.clone().unwrap();
    assert_eq!(jobs.matches("\"id\"").count(), 4, "{jobs}");
    let asked = rig.calls("meta.insights_create");
    assert_eq!(asked, 4);
    // the same four are read, and nothing else is asked for before the fifth page is refused
    rig.kept().left = Some(0);
    rig.sync().await.unwrap_err();
    assert_eq!(rig.calls("meta.insights_create"), asked);

    // two days later the old jobs would bring old figures
    rig.advance(2);
    rig.kept().left = None;
    rig.sync().await.unwrap();
    assert_eq!(rig.found(), rig.truth());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_position_note_or_error_holds_the_token() {
    let rig = Rig::new().await;
    let token = rig.running.ready.platforms["meta_ads"].secrets["access_token"].clone();
    rig.kept().left = Some(6);
    let error = rig.sync().await.unwrap_err();
    let kept = rig.kept();
    let said = format!("{error} {error:?} {:?} {:?}", kept.cursor, kept.notes);
    assert!(said.contains("Job Completed") && !said.contains(&token), "{said}");
}
