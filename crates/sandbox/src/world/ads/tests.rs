use super::*;
use jiff::civil::date;

fn demo() -> Ads {
    let zone = TimeZone::get("Europe/London").unwrap();
    Ads::generate(7, "GBP", &zone, date(2024, 11, 21), date(2026, 11, 21))
}

fn noon(day: Date) -> Timestamp {
    day.at(12, 0, 0, 0).to_zoned(TimeZone::UTC).unwrap().timestamp()
}

#[test]
fn the_account_has_every_state_and_unique_numbers() {
    let ads = demo();
    assert_eq!((ads.campaigns.len(), ads.ad_sets.len(), ads.ads.len()), (8, 16, 40));
    for status in [Status::Active, Status::Paused, Status::Archived, Status::Deleted] {
        assert!(ads.ads.iter().any(|ad| ad.status == status), "{status:?}");
    }
    let mut ids: Vec<u64> = ads.ads.iter().map(|ad| ad.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 40);
    assert!(ids[0] > 1 << 53);
}

#[test]
fn spend_is_corrected_for_three_days_and_then_stands() {
    let ads = demo();
    let day = date(2026, 10, 1);
    let known = |after: i64| ads.spend_on(day, noon(days::plus(day, after)));
    assert_eq!(ads.spend_on(days::plus(day, 1), noon(day)), Decimal::ZERO);
    assert!(known(0) < known(1) && known(1) < known(3), "{} {} {}", known(0), known(1), known(3));
    assert_eq!(known(3), known(400));
    assert!(known(3) > Decimal::from(500) && known(3) < Decimal::from(1500), "{}", known(3));
}

#[test]
fn purchases_only_grow_until_the_28th_day() {
    let ads = demo();
    let day = date(2026, 9, 1);
    let known = |after: i64| {
        let mut sum = Figures::default();
        (0..ads.ads.len()).for_each(|ad| sum.add(&ads.figures(ad, day, days::plus(day, after))));
        sum
    };
    let mut before = known(3);
    for after in 4..=28 {
        let now = known(after);
        assert!(now.click_7d.value >= before.click_7d.value && now.click_28d.value >= before.click_28d.value);
        before = now;
    }
    assert_eq!(known(28), known(200));
    assert!(known(28).click_7d.value > known(1).click_7d.value);
    let last = known(28);
    assert!(last.click_1d.count <= last.click_7d.count && last.click_7d.count <= last.click_28d.count);
}

#[test]
fn the_days_of_the_ads_add_up_to_the_account() {
    let ads = demo();
    let as_of = date(2026, 11, 21);
    for day in [date(2025, 1, 1), date(2025, 11, 28), date(2026, 6, 30), as_of] {
        let sum: Cents = (0..ads.ads.len()).map(|ad| ads.figures(ad, day, as_of).spend).sum();
        assert_eq!(decimal(sum), ads.spend_on(day, noon(as_of)));
        assert!(sum > 0, "{day}");
    }
}

#[test]
fn fixed_spend_is_exact_and_known_at_once() {
    let ads = Ads::fixed(vec![(date(2026, 3, 10), Decimal::new(3000, 2))]);
    assert_eq!(ads.spend_on(date(2026, 3, 10), noon(date(2026, 3, 10))), Decimal::new(3000, 2));
    assert_eq!(ads.spend_on(date(2026, 3, 11), noon(date(2026, 3, 20))), Decimal::ZERO);
    assert_eq!(ads.figures(0, date(2026, 3, 10), date(2026, 3, 31)).spend, 3000);
}
