//! Orders in another currency than the reporting one: each amount at the rate of its own day (`profit.md`,
//! section 5 and golden case 8).
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use std::borrow::Cow;

use common::*;
use netgain_domain::facts::*;
use netgain_domain::{Decimal, jiff::Timestamp};
use netgain_profit::{CostBook, RateBook, Settings, compute_order, in_reporting};
use proptest::prelude::*;

fn rate(base: &str, quote: &str, on: &str, rate: &str) -> RateFact {
    RateFact {
        base: currency(base),
        quote: currency(quote),
        day: day(on),
        rate: dec(rate),
        source: "ecb".into(),
        manual: false,
        recorded_at: Timestamp::UNIX_EPOCH,
    }
}

fn net_sales(facts: &OrderFacts, rates: &RateBook, settings: &Settings) -> Decimal {
    let order = in_reporting(facts, rates, settings).unwrap();
    let profit = compute_order(&order.facts, &CostBook::default(), settings).unwrap();
    assert!(profit.included, "{:?}", profit.excluded_reason);
    profit.total.net_sales
}

#[test]
fn an_order_in_the_reporting_currency_is_not_touched() {
    let facts = order("GBP").line("l", None, 1).sold("l", 1, "120", "20", "0").fee("3.95");
    let same = in_reporting(&facts, &RateBook::default(), &british()).unwrap();
    assert!(matches!(same.facts, Cow::Borrowed(_)) && same.applied.is_empty());
}

#[test]
fn the_refund_is_converted_at_the_rate_of_its_own_day() {
    // placed on 10 March at 0.90, refunded on 7 April at 0.80: the difference stays in sales
    let facts = order("USD")
        .line("l", None, 1)
        .sold("l", 1, "120", "20", "10")
        .returned("l", 1, "2026-04-07T09:00:00Z", "-120", "-20")
        .fee("4");
    let rates =
        RateBook::new([rate("USD", "EUR", "2026-03-10", "0.90"), rate("USD", "EUR", "2026-04-07", "0.80")]);
    let settings = settings("EUR", "Europe/Berlin");
    let order = in_reporting(&facts, &rates, &settings).unwrap();
    let profit = compute_order(&order.facts, &CostBook::default(), &settings).unwrap();
    let ladder = profit.total;
    assert_eq!((ladder.gross_sales, ladder.discounts), (dec("99.00"), dec("9.00")));
    assert_eq!((ladder.returns, ladder.net_sales), (dec("80.00"), dec("10.00")));
    assert_eq!(ladder.payment_fees, dec("3.60"));
    let sale = &order.applied[0];
    let rate = sale.applied.as_ref().unwrap();
    assert_eq!((sale.amount, rate.rate, rate.rate_day), (dec("120"), dec("0.9"), day("2026-03-10")));
    // two entries, the fee, and the order's own prices
    assert_eq!((order.applied.len(), &*rate.source), (4, "ecb"));
}

#[test]
fn coins_without_and_with_three_decimals() {
    let rates = RateBook::new([
        rate("EUR", "JPY", "2026-03-10", "165.37"),
        rate("EUR", "KWD", "2026-03-10", "0.33519"),
    ]);
    let yen = order("JPY").line("l", None, 1).sold("l", 1, "5000", "0", "0");
    // 5000 / 165.37 = 30.2352…
    assert_eq!(net_sales(&yen, &rates, &settings("EUR", "UTC")), dec("30.24"));
    // 5000 / 165.37 * 0.33519 = 10.13454…
    assert_eq!(net_sales(&yen, &rates, &settings("KWD", "UTC")), dec("10.135"));
    let dinar = order("KWD").line("l", None, 1).sold("l", 1, "1.234", "0", "0");
    // 1.234 / 0.33519 * 165.37 = 608.81…
    assert_eq!(net_sales(&dinar, &rates, &settings("JPY", "UTC")), dec("609"));
}

#[test]
fn a_missing_rate_is_an_error_that_names_pair_and_day() {
    let facts = order("USD").line("l", None, 1).sold("l", 1, "120", "20", "0");
    let rates = RateBook::new([rate("USD", "EUR", "2026-03-11", "0.90")]);
    let settings = settings("EUR", "UTC");
    let missing = in_reporting(&facts, &rates, &settings).unwrap_err();
    assert_eq!(
        (missing.from, missing.to, missing.day),
        (currency("USD"), currency("EUR"), day("2026-03-10"))
    );
    // unconverted it is left out, not counted as equal
    let profit = compute_order(&facts, &CostBook::default(), &settings).unwrap();
    assert_eq!(profit.excluded_reason, Some(ExcludedReason::MissingRate));
}

#[test]
fn the_day_of_the_rate_is_the_local_one() {
    // 10 March 20:30 UTC is 11 March in Kathmandu (+05:45)
    let mut facts = order("USD");
    facts.placed_at = at("2026-03-10T20:30:00Z");
    let facts = facts.line("l", None, 1).sold("l", 1, "100", "0", "0");
    let rates =
        RateBook::new([rate("USD", "NPR", "2026-03-10", "133"), rate("USD", "NPR", "2026-03-11", "134")]);
    assert_eq!(net_sales(&facts, &rates, &settings("NPR", "Asia/Kathmandu")), dec("13400"));
}

proptest! {
    /// What is converted twice is what is converted once, and the parts of an entry still sum to it.
    #[test]
    fn entries_keep_their_parts(net in -10_000_000_i64..10_000_000, tax in -1_000_000_i64..1_000_000,
        mantissa in 1_i64..1_000_000_000) {
        let total = Decimal::new(net + tax, 2).to_string();
        let facts = order("USD").line("l", None, 1)
            .sold("l", 1, &total, &Decimal::new(tax, 2).to_string(), "0");
        let rates = RateBook::new([RateFact { rate: Decimal::new(mantissa, 6), ..rate("USD", "GBP", "2026-03-10", "1") }]);
        let once = in_reporting(&facts, &rates, &british()).unwrap();
        let again = in_reporting(&once.facts, &rates, &british()).unwrap();
        prop_assert!(again.applied.is_empty());
        let event = &once.facts.events[0];
        let exact = Decimal::new(net, 2) * Decimal::new(mantissa, 6);
        prop_assert!((event.total_amount - event.tax_amount - exact).abs() <= Decimal::new(5, 3));
        prop_assert!(event.total_amount.scale() <= 2 && event.tax_amount.scale() <= 2);
    }
}
