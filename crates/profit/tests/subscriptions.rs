//! Recurring revenue: what counts, what moved it, and that every step adds up to the coin.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use std::collections::BTreeMap;

use common::{at, currency, day, dec};
use netgain_domain::facts::*;
use netgain_domain::jiff::tz::TimeZone;
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{Currency, Decimal};
use netgain_profit::subscriptions::*;
use netgain_profit::{Figure, InCurrency, RateBook};
use proptest::prelude::*;

fn definition(name: &str) -> Definition {
    Definition::named(name).unwrap()
}

fn snapshot(subscription: &str, customer: &str, when: &str, amount: &str) -> Snapshot {
    Snapshot {
        row: format!("{subscription}@{when}"),
        subscription_id: subscription.into(),
        customer_id: customer.into(),
        at: at(when),
        status: "active".into(),
        currency: currency("USD"),
        amount: dec(amount),
        metered: Decimal::ZERO,
        discounts: Vec::new(),
        items: Vec::new(),
        interval: Interval::Month,
        interval_count: 1,
        cancel_requested_at: None,
        ends_at: None,
    }
}

fn march(snapshots: &[Snapshot], name: &str) -> Bridges {
    let book = RateBook::default();
    let rates = InCurrency { currency: currency("USD"), rates: &book };
    let period = (day("2026-03-01"), day("2026-04-01"));
    bridges(snapshots, period, &TimeZone::UTC, &definition(name), &rates).unwrap()
}

/// opening, new, reactivation, expansion, contraction, churn, fx, closing
fn numbers(bridge: &Bridge) -> [String; 8] {
    let Bridge { opening, new, reactivation, expansion, contraction, churn, fx, closing, .. } = bridge;
    [opening, new, reactivation, expansion, contraction, churn, fx, closing]
        .map(|figure| figure.value.normalize().to_string())
}

#[test]
fn a_hundred_monthly_and_fifty_yearly() {
    let mut all = Vec::new();
    for number in 0..150 {
        let id = format!("s{number}");
        let mut one = snapshot(&id, &id, "2026-01-05T10:00:00Z", if number < 100 { "100" } else { "600" });
        if number >= 100 {
            one.interval = Interval::Year;
        }
        all.push(one);
    }
    for name in ["stripe", "chartmogul"] {
        let found = march(&all, name);
        assert_eq!(numbers(&found.total), ["12500", "0", "0", "0", "0", "0", "0", "12500"], "{name}");
        assert_eq!(found.total.closing.parts.len(), 150);
    }
    assert!(Definition::named("other").unwrap_err().to_string().contains("stripe, chartmogul"));
}

#[test]
fn a_month_of_any_period() {
    let value = |interval, count, amount: &str| {
        let mut one = snapshot("s", "c", "2026-01-05T10:00:00Z", amount);
        (one.interval, one.interval_count) = (interval, count);
        one.mrr(at("2026-02-01T00:00:00Z"), &definition("stripe")).to_string()
    };
    assert_eq!(value(Interval::Year, 1, "2000.00"), "166.67");
    assert_eq!(value(Interval::Year, 2, "2400"), "100");
    assert_eq!(value(Interval::Month, 3, "100"), "33.33");
    assert_eq!(value(Interval::Week, 1, "12"), "52");
    assert_eq!(value(Interval::Day, 1, "1.20"), "36.50");
    let mut one = snapshot("s", "c", "2026-01-05T10:00:00Z", "100");
    one.metered = dec("40");
    assert_eq!(one.mrr(at("2026-02-01T00:00:00Z"), &definition("stripe")), dec("60"));
    for (status, counts) in [("trialing", false), ("past_due", true), ("unpaid", false), ("paused", false)] {
        one.status = status.into();
        assert_eq!(
            !one.mrr(at("2026-02-01T00:00:00Z"), &definition("chartmogul")).is_zero(),
            counts,
            "{status}"
        );
    }
}

#[test]
fn one_of_several_that_ends_is_told_apart() {
    let mut second = snapshot("s2", "ann", "2026-01-02T10:00:00Z", "30");
    second.ends_at = Some(at("2026-03-20T10:00:00Z"));
    let all = [snapshot("s1", "ann", "2026-01-01T10:00:00Z", "100"), second];
    let by_subscription = march(&all, "stripe");
    assert_eq!(numbers(&by_subscription.total), ["130", "0", "0", "0", "0", "30", "0", "100"]);
    let by_customer = march(&all, "chartmogul");
    assert_eq!(numbers(&by_customer.total), ["130", "0", "0", "0", "30", "0", "0", "100"]);
    // the customer stays either way
    assert_eq!(by_subscription.churn.customers.rate.value, Some(dec("0")));
    assert_eq!(by_customer.churn.revenue.value, Some(dec("0.2308")));
}

#[test]
fn a_plan_that_is_replaced_within_the_hour_is_one_movement() {
    let mut old = snapshot("s1", "ann", "2026-01-01T10:00:00Z", "100");
    old.ends_at = Some(at("2026-03-10T10:00:00Z"));
    let all = [old, snapshot("s2", "ann", "2026-03-10T10:40:00Z", "150")];
    assert_eq!(numbers(&march(&all, "chartmogul").total), ["100", "0", "0", "50", "0", "0", "0", "150"]);
    // without merging it is an end, and then the customer comes back
    assert_eq!(numbers(&march(&all, "stripe").total), ["100", "0", "150", "0", "0", "100", "0", "150"]);
}

#[test]
fn a_cancelled_subscription_ends_when_the_definition_says() {
    let mut one = snapshot("s1", "ann", "2026-01-01T10:00:00Z", "100");
    one.cancel_requested_at = Some(at("2026-03-10T10:00:00Z"));
    one.ends_at = Some(at("2026-04-01T10:00:00Z"));
    assert_eq!(numbers(&march(&[one.clone()], "stripe").total), ["100", "0", "0", "0", "0", "100", "0", "0"]);
    assert_eq!(numbers(&march(&[one], "chartmogul").total), ["100", "0", "0", "0", "0", "0", "0", "100"]);
}

#[test]
fn discounts_and_their_end() {
    let mut one = snapshot("s1", "ann", "2026-02-01T10:00:00Z", "100");
    let until = Duration::Until(at("2026-03-15T00:00:00Z"));
    one.discounts = vec![
        Discount { off: Off::Amount(dec("20")), duration: until },
        Discount { off: Off::Amount(dec("10")), duration: Duration::Forever },
    ];
    assert_eq!(
        numbers(&march(&[one.clone()], "chartmogul").total),
        ["70", "0", "0", "20", "0", "0", "0", "90"]
    );
    assert_eq!(numbers(&march(&[one], "stripe").total), ["90", "0", "0", "0", "0", "0", "0", "90"]);
}

#[test]
fn who_comes_back_is_no_new_customer() {
    let mut first = snapshot("s1", "ann", "2026-01-01T10:00:00Z", "100");
    first.ends_at = Some(at("2026-02-01T10:00:00Z"));
    let all = [
        first,
        snapshot("s2", "ann", "2026-03-05T10:00:00Z", "80"),
        snapshot("s3", "bob", "2026-03-06T10:00:00Z", "20"),
        snapshot("s3", "bob", "2026-03-09T10:00:00Z", "15"),
    ];
    let found = march(&all, "stripe");
    assert_eq!(numbers(&found.total), ["0", "20", "80", "0", "5", "0", "0", "95"]);
    assert_eq!(found.total.contraction.parts[0].row, "s3@2026-03-09T10:00:00Z");
    assert_eq!(found.churn.revenue.value, None);
}

fn euro_rates(rates: &[(&str, &str)]) -> RateBook {
    RateBook::new(rates.iter().map(|(on, rate)| RateFact {
        base: currency("EUR"),
        quote: currency("USD"),
        day: day(on),
        rate: dec(rate),
        source: "ecb".into(),
        manual: false,
        recorded_at: Timestamp::UNIX_EPOCH,
    }))
}

#[test]
fn rates_have_a_line_of_their_own_and_a_missing_one_is_an_error() {
    let mut euro = snapshot("s1", "ann", "2026-01-01T10:00:00Z", "100");
    euro.currency = currency("EUR");
    let mut more = euro.clone();
    (more.at, more.amount, more.row) = (at("2026-03-11T10:00:00Z"), dec("150"), "more".into());
    let all = [euro, more];
    let book = euro_rates(&[("2026-02-27", "1.10"), ("2026-03-11", "1.20"), ("2026-03-31", "1.15")]);
    let rates = InCurrency { currency: currency("USD"), rates: &book };
    let period = (day("2026-03-01"), day("2026-04-01"));
    let run =
        |name: &str, rates: &InCurrency<'_>| bridges(&all, period, &TimeZone::UTC, &definition(name), rates);
    // 100 at 1.10; 10 by the rate until the 11th; 50 more at 1.20; then 150 lose 0.05
    let found = run("stripe", &rates).unwrap();
    assert_eq!(numbers(&found.total), ["110", "0", "0", "60", "0", "0", "2.5", "172.5"]);
    assert_eq!(numbers(&found.by_currency[0]), ["100", "0", "0", "50", "0", "0", "0", "150"]);
    let steady = run("chartmogul", &rates).unwrap();
    assert_eq!(numbers(&steady.total), ["115", "0", "0", "57.5", "0", "0", "0", "172.5"]);
    let book = RateBook::default();
    let missing = run("stripe", &InCurrency { currency: currency("USD"), rates: &book }).unwrap_err();
    assert!(missing.to_string().contains("from EUR to USD"), "{missing}");
}

fn subscription(id: &str) -> SubscriptionFacts {
    SubscriptionFacts {
        subscription_id: id.into(),
        customer_id: Some("ann".into()),
        status: "active".into(),
        currency: Some(currency("USD")),
        amount: Some(dec("100")),
        interval: Some("month".into()),
        interval_count: Some(1),
        started_at: Some(at("2026-02-01T10:00:00Z")),
        period_end: Some(at("2026-03-20T10:00:00Z")),
        trial_ends_at: None,
        cancel_at_period_end: false,
        canceled_at: None,
        ended_at: None,
        tax_included: false,
        invoiced: None,
        discounts: vec![],
        items: vec![],
    }
}

#[test]
fn tax_and_discounts_lower_what_recurs() {
    let closing = |facts: &SubscriptionFacts, name: &str| {
        let history = histories(std::slice::from_ref(facts), &[]);
        numbers(&march(&history.snapshots, name).total).last().unwrap().clone()
    };
    let mut taxed = subscription("s1");
    (taxed.amount, taxed.tax_included) = (Some(dec("120")), true);
    assert_eq!(closing(&taxed, "stripe"), "120", "no invoice says how much tax it is");
    // an invoice of another total has the same share of tax
    taxed.invoiced = Some((dec("60"), dec("10")));
    assert_eq!(closing(&taxed, "stripe"), "100");
    let mut plain = taxed.clone();
    plain.tax_included = false;
    assert_eq!(closing(&plain, "stripe"), "120", "tax comes on top");

    let discounted = |duration: &str, ends_at: Option<&str>| SubscriptionFacts {
        discounts: vec![SubscriptionDiscount {
            percent: Some(dec("25")),
            amount: None,
            duration: Some(duration.into()),
            ends_at: ends_at.map(at),
        }],
        ..taxed.clone()
    };
    for name in ["stripe", "chartmogul"] {
        assert_eq!(closing(&discounted("forever", None), name), "75", "{name}");
    }
    let for_a_year = discounted("repeating", Some("2027-02-01T10:00:00Z"));
    assert_eq!(
        (closing(&for_a_year, "stripe"), closing(&for_a_year, "chartmogul")),
        ("100".into(), "75".into())
    );
    let over = discounted("repeating", Some("2026-03-15T10:00:00Z"));
    assert_eq!(closing(&over, "chartmogul"), "100", "an expired discount is gone");
    let mut fixed = discounted("forever", None);
    fixed.discounts[0].percent = None;
    fixed.discounts[0].amount = Some(dec("12"));
    assert_eq!(closing(&fixed, "stripe"), "90", "12 with tax are 10 without");
}

#[test]
fn rows_become_a_history_and_what_they_do_not_say_is_told() {
    let change = |id: &str, when: &str, status: &str, amount: Option<&str>| SubscriptionChangeFacts {
        change_id: id.into(),
        subscription_id: "s1".into(),
        changed_at: at(when),
        kind: "updated".into(),
        status: Some(status.into()),
        amount: amount.map(dec),
    };
    let none = histories(&[subscription("s1")], &[]);
    assert_eq!(
        numbers(&march(&none.snapshots, "stripe").total),
        ["100", "0", "0", "0", "0", "0", "0", "100"]
    );
    // a trial that became a payment in March
    let mut trial = subscription("s1");
    trial.trial_ends_at = Some(at("2026-03-03T10:00:00Z"));
    let trial = histories(&[trial], &[]);
    assert_eq!(numbers(&march(&trial.snapshots, "stripe").total)[..2], ["0", "100"]);
    // cancelled with notice, ended later: the status of today does not erase the months before
    let mut ended = subscription("s1");
    ended.status = "canceled".into();
    (ended.canceled_at, ended.ended_at) =
        (Some(at("2026-03-05T10:00:00Z")), Some(at("2026-03-20T10:00:00Z")));
    let rows = [change("e1", "2026-03-20T10:00:00Z", "canceled", None)];
    let ended = histories(&[ended], &rows);
    for name in ["stripe", "chartmogul"] {
        assert_eq!(
            numbers(&march(&ended.snapshots, name).total),
            ["100", "0", "0", "0", "0", "100", "0", "0"]
        );
    }
    let rows = [
        change("e1", "2026-03-07T10:00:00Z", "unpaid", Some("100")),
        change("e2", "2026-03-09T10:00:00Z", "active", Some("130")),
    ];
    let moved =
        histories(&[subscription("s1"), SubscriptionFacts { amount: None, ..subscription("s2") }], &rows);
    assert_eq!(
        numbers(&march(&moved.snapshots, "stripe").total),
        ["100", "0", "130", "0", "0", "100", "0", "130"]
    );
    let codes: Vec<_> = moved.notices.iter().map(|notice| notice.code).collect();
    assert_eq!(codes, ["subscription_without_price"]);
    assert_eq!(ended.notices[0].code, "subscription_amount_assumed");
    let found = march(&moved.snapshots, "stripe").total;
    assert_eq!(found.reactivation.parts[0].row, "subscription_changes/e2");
    assert_eq!((found.opening.parts[0].table, found.opening.parts[0].row.as_str()), ("subscriptions", "s1"));
    let by_customer = march(&moved.snapshots, "chartmogul").total;
    assert_eq!(
        (by_customer.opening.parts[0].table, by_customer.opening.parts[0].row.as_str()),
        ("customers", "ann")
    );
}

/// Snapshots of six subscriptions of three customers; nothing happens within two hours of a midnight.
fn histories_drawn() -> impl Strategy<Value = Vec<Snapshot>> {
    let moment = || (0..150_i64, 2..22_i64, 0..60_i64);
    let one = (
        (0..6_usize, moment(), 0..60_000_i64, 0..4_usize),
        (0..5_usize, prop::option::of(moment()), prop::option::of(moment())),
        (0..2_usize, prop::option::of((1..9_000_i64, prop::option::of(moment())))),
    );
    let start = at("2026-01-01T00:00:00Z");
    let when = move |(day, hour, minute): (i64, i64, i64)| {
        start + SignedDuration::from_mins((day * 24 + hour) * 60 + minute)
    };
    prop::collection::vec(one, 0..25).prop_map(move |rows| {
        let drawn = rows.into_iter().enumerate().map(|(place, row)| {
            let ((id, moment, cents, interval), (status, cancel, end), (code, discount)) = row;
            let mut one = snapshot(&format!("s{id}"), &format!("c{}", id % 3), "2026-01-01T00:00:00Z", "0");
            one.row = format!("r{place:03}");
            one.at = when(moment);
            one.amount = Decimal::new(cents, 2);
            one.interval = [Interval::Day, Interval::Week, Interval::Month, Interval::Year][interval];
            one.status = ["active", "past_due", "trialing", "unpaid", "active"][status].into();
            one.currency = currency(["USD", "EUR"][code]);
            (one.cancel_requested_at, one.ends_at) = (cancel.map(when), end.map(when));
            let lasts =
                |until: Option<_>| until.map_or(Duration::Forever, |until| Duration::Until(when(until)));
            // an amount off the whole, then a part of the rest, and a part of an item before both
            if let Some((cents, until)) = discount {
                let (part, item) = (Decimal::from(cents % 101), one.amount / Decimal::TWO);
                let percent = Discount { off: Off::Percent(part), duration: lasts(until) };
                one.discounts = vec![
                    Discount { off: Off::Amount(Decimal::new(cents, 2)), duration: lasts(until) },
                    percent,
                ];
                one.items = vec![Item { amount: item, discounts: vec![percent] }];
            }
            one
        });
        drawn.collect()
    })
}

/// What all subscriptions bring just before a moment, straight from the snapshots.
fn straight(
    snapshots: &[Snapshot],
    before: Timestamp,
    definition: &Definition,
) -> BTreeMap<Currency, Decimal> {
    let mut latest: BTreeMap<&str, &Snapshot> = BTreeMap::new();
    for one in snapshots.iter().filter(|one| one.at < before) {
        let kept = latest.entry(&one.subscription_id).or_insert(one);
        if (one.at, &one.row) > (kept.at, &kept.row) {
            *kept = one;
        }
    }
    let just_before = before - SignedDuration::from_micros(1);
    let mut sums = BTreeMap::new();
    for one in latest.values() {
        *sums.entry(one.currency).or_default() += one.mrr(just_before, definition);
    }
    sums
}

proptest! {
    #[test]
    fn the_steps_lead_from_opening_to_closing(
        snapshots in histories_drawn(), name in prop::sample::select(vec!["stripe", "chartmogul"]),
        from in 0..120_i64, days in 1..60_i64, moves in prop::collection::vec(-900..900_i64, 32),
    ) {
        let definition = definition(name);
        let first = at("2025-12-29T00:00:00Z");
        let rates: Vec<(String, String)> = moves.iter().enumerate().map(|(week, change)| {
            let on = first + SignedDuration::from_hours(24 * 6 * i64::try_from(week).unwrap());
            (on.to_string()[..10].to_owned(), Decimal::new(11_000 + change, 4).to_string())
        }).collect();
        let rates: Vec<(&str, &str)> = rates.iter().map(|(on, rate)| (on.as_str(), rate.as_str())).collect();
        let book = euro_rates(&rates);
        let dollars = InCurrency { currency: currency("USD"), rates: &book };
        let start = at("2026-01-01T00:00:00Z") + SignedDuration::from_hours(24 * from);
        let end = start + SignedDuration::from_hours(24 * days);
        let local = |moment: Timestamp| day(&moment.to_string()[..10]);
        let found = bridges(&snapshots, (local(start), local(end)), &TimeZone::UTC, &definition, &dollars).unwrap();
        let (before, after) = (straight(&snapshots, start, &definition), straight(&snapshots, end, &definition));
        for bridge in found.by_currency.iter().chain([&found.total]) {
            prop_assert_eq!(bridge.steps(), bridge.closing.value, "{:?}", bridge);
            let figures: [&Figure; 8] = [
                &bridge.opening, &bridge.new, &bridge.reactivation, &bridge.expansion, &bridge.contraction,
                &bridge.churn, &bridge.fx, &bridge.closing,
            ];
            for figure in figures {
                prop_assert_eq!(figure.parts.iter().map(|part| part.amount).sum::<Decimal>(), figure.value);
                prop_assert!(figure.value.scale() <= 2);
                prop_assert!(figure.name == "fx" || figure.value >= Decimal::ZERO);
            }
        }
        for bridge in &found.by_currency {
            let held = |sums: &BTreeMap<Currency, Decimal>| sums.get(&bridge.currency).copied().unwrap_or_default();
            prop_assert_eq!(bridge.opening.value, held(&before));
            prop_assert_eq!(bridge.closing.value, held(&after));
            prop_assert!(bridge.fx.value.is_zero());
        }
        if name == "chartmogul" {
            prop_assert!(found.total.fx.value.is_zero());
        }
        let mut turned = snapshots.clone();
        turned.reverse();
        let again = bridges(&turned, (local(start), local(end)), &TimeZone::UTC, &definition, &dollars).unwrap();
        prop_assert_eq!(again, found);
    }
}
