//! What is read equals the platform's own books to the cent, now and after it restated its days.

use std::collections::BTreeSet;

use jiff::ToSpan;
use netgain_sandbox::books::{Assumptions, by_day};
use rust_decimal::Decimal;

use crate::rig::Rig;

#[tokio::test(flavor = "multi_thread")]
async fn two_years_equal_the_books_by_day() {
    let rig = Rig::new().await;
    let report = rig.sync().await.unwrap();
    let (found, truth) = (rig.found(), rig.truth());
    assert!(truth.len() > 700, "{}", truth.len());
    assert_eq!(found, truth);
    assert_eq!(report.records, rig.kept().rows.len() as u64);

    // the same spend as in the shop's ladder
    let world = &rig.running.state.world;
    let (from, to) = (*truth.keys().next().unwrap(), *truth.keys().next_back().unwrap());
    let assumptions = Assumptions { cost_ratio: Decimal::ZERO, label_cost: Decimal::ZERO };
    for (day, sums) in by_day(world, from, to, &assumptions) {
        let spend = found.get(&day).map_or(Decimal::ZERO, |sum| sum.0);
        assert_eq!(spend, Decimal::new(sums.ad_spend, 2), "{day}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleted_and_archived_ads_count_and_pages_end_only_without_a_next() {
    let rig = Rig::new().await;
    rig.sync().await.unwrap();
    let with_rows: BTreeSet<String> =
        rig.kept().rows.keys().map(|key| key.split(':').next().unwrap().to_owned()).collect();
    let world = &rig.running.state.world;
    let ads = world.ads.read().unwrap();
    let gone = ads.ads.iter().filter(|ad| format!("{:?}", ad.status) == "Deleted");
    let gone: Vec<String> = gone.map(|ad| ad.id.to_string()).collect();
    assert!(!gone.is_empty() && gone.iter().all(|id| with_rows.contains(id)), "{gone:?}");
    // a window has more rows than a page, and the second page of three is short
    let kept = rig.kept();
    let longest = kept.pages.chunk_by(|one, other| one.0 == other.0).map(<[_]>::len).max();
    assert!(longest >= Some(3), "{longest:?}");
    assert!(kept.pages.chunk_by(|one, other| one.0 == other.0).all(|window| {
        window.iter().enumerate().all(|(at, (_, ends))| *ends == (at + 1 == window.len()))
    }));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_days_come_first_and_the_young_ones_are_provisional() {
    let rig = Rig::new().await;
    rig.sync().await.unwrap();
    let kept = rig.kept();
    assert!(kept.pages.windows(2).all(|pair| pair[0].0 >= pair[1].0), "{:?}", kept.pages);
    assert!(kept.fractions.is_sorted() && kept.fractions.last() == Some(&10_000), "{:?}", kept.fractions);
    let world = &rig.running.state.world;
    let today = world.ads.read().unwrap().local_day(world.now());
    for row in kept.rows.values() {
        // 28 whole days after it ended a day is final
        assert_eq!(row.provisional, row.day > today.saturating_sub(29.days()), "{}", row.day);
    }
    let cursor = kept.cursor.clone().unwrap();
    assert!(!cursor.contains("\"jobs\"") && !cursor.contains("\"read\""), "{cursor}");
}

#[tokio::test(flavor = "multi_thread")]
async fn restated_days_are_read_again_until_they_are_final() {
    let rig = Rig::new().await;
    rig.sync().await.unwrap();
    let first = rig.calls("meta.insights_create");
    for days in [5, 1, 0, 40] {
        let before = rig.truth();
        rig.advance(days);
        rig.sync().await.unwrap();
        let truth = rig.truth();
        assert_eq!(rig.found(), truth, "after {days} days");
        if days > 0 {
            let restated = before.iter().filter(|(day, sums)| truth[day] != **sums).count();
            assert!(restated > 0, "the world must move for this test to say anything");
        }
    }
    // four increments ask for few windows, not for the history again
    assert!(rig.calls("meta.insights_create") - first <= 9, "{}", rig.calls("meta.insights_create"));
    assert!(first > 30);
    let kept = rig.kept();
    let final_days = kept.rows.values().filter(|row| !row.provisional).count();
    assert!(final_days > kept.rows.len() * 9 / 10);
}
