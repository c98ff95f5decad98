//! Orders as they come: partial refunds, edits, mixed tax, other currencies, statuses.

mod common;

use common::*;
use netgain_domain::Decimal;
use netgain_domain::facts::*;
use netgain_profit::{
    CostBook, DefaultRatio, MissingPolicy, NeverDefault, OrderDay, RatioBase, RefundBasis, compute_order,
    daily,
};

#[test]
fn partial_refund_with_restocking_fee_next_month() {
    // two of 60.00 with VAT; one comes back in April, 10.00 (8.33 without VAT) are kept, shipping is refunded
    let back = "2026-04-05T09:00:00Z";
    let order = order("GBP")
        .line("l1", Some("coat"), 2)
        .sold("l1", 2, "120.00", "20.00", "0")
        .event(EventKind::Shipping, EventAction::Order, PLACED, "6.00", "1.00")
        .returned("l1", -1, back, "-60.00", "-10.00")
        .restocked("l1", 1, back)
        .event(EventKind::Shipping, EventAction::Return, back, "-6.00", "-1.00")
        .event(EventKind::Fee, EventAction::Return, back, "10.00", "1.67")
        .fee("3.95");
    let profit = profit(&order, &[cost("coat", "17.505", "GBP")], &british());
    let (march, april) = (on(&profit, "2026-03-10"), on(&profit, "2026-04-05"));
    assert_eq!(march.net_profit.to_string(), "61.540");
    assert_eq!((march.returns, march.other_income), (dec("0"), dec("0")));
    assert_eq!((april.returns, april.shipping_income), (dec("50"), dec("-5")));
    assert_eq!(april.other_income, dec("8.33"));
    assert_eq!(april.cogs, dec("-17.505"));
    assert_eq!(april.net_profit, dec("-29.165"));

    let mut by_order_day = british();
    by_order_day.revenue.refund_basis = RefundBasis::OrderDay;
    let same = common::profit(&order, &[cost("coat", "17.505", "GBP")], &by_order_day);
    assert_eq!((same.days.len(), same.total), (1, profit.total));
}

#[test]
fn tax_inside_and_tax_on_top_earn_the_same() {
    // the ledger's total has the tax either way
    let inside = order("GBP").line("l1", None, 1).sold("l1", 1, "120.00", "20.00", "0");
    let mut on_top = inside.clone();
    on_top.taxes_included = false;
    assert_eq!(profit(&inside, &[], &british()).total, profit(&on_top, &[], &british()).total);
}

#[test]
fn mixed_tax_rates_are_taken_line_by_line() {
    // 24.00 at 20 %, 10.50 at 5 %, 8.00 at 0 %, discount 2.00 on the second
    let order = order("GBP")
        .line("a", Some("coat"), 1)
        .line("b", None, 3)
        .line("c", None, 1)
        .sold("b", 3, "10.50", "0.50", "2.00")
        .sold("a", 1, "24.00", "4.00", "0")
        .sold("c", 1, "8.00", "0", "0");
    let profit = profit(&order, &[cost("coat", "5.1234", "GBP")], &british());
    assert_eq!((profit.total.gross_sales, profit.total.discounts), (dec("40.00"), dec("2.00")));
    assert_eq!(profit.total.net_sales, dec("38.00"));
    // 5.1234 + 40 % of 10 + 40 % of 8
    assert_eq!(profit.total.cogs.to_string(), "12.3234");
    assert_eq!(profit.cogs_source, CogsSource::Mixed);
    assert_eq!((profit.total.covered_net_sales, profit.total.product_net_sales), (dec("20"), dec("38")));
}

#[test]
fn estimates_are_rounded_to_the_currency_s_coin() {
    let estimate = |code: &str, total: &str| {
        let order = order(code).line("l1", None, 1).sold("l1", 1, total, "0", "0");
        profit(&order, &[], &settings(code, "UTC")).total.cogs.to_string()
    };
    assert_eq!(estimate("JPY", "1234"), "494"); // 493.6
    assert_eq!(estimate("KWD", "1.236"), "0.494"); // 0.4944
    assert_eq!(estimate("GBP", "1.0125"), "0.41"); // 0.405
    assert_eq!(estimate("GBP", "-1.0125"), "-0.41");
}

#[test]
fn an_estimate_given_back_in_parts_is_given_back_exactly() {
    // 25.03 at 40 % is 10.01: one unit of three rounds to 3.34, two to 6.67
    let order = order("GBP").line("l1", None, 3).sold("l1", 3, "25.03", "0", "0");
    let (first, second, third) = ("2026-03-11T12:00:00Z", "2026-03-12T12:00:00Z", "2026-03-13T12:00:00Z");
    let order = order
        .returned("l1", -1, first, "-8.34", "0")
        .returned("l1", -1, second, "-8.34", "0")
        .returned("l1", -1, third, "-8.35", "0")
        .restocked("l1", 1, third)
        .restocked("l1", 1, first)
        .restocked("l1", 1, second);
    let profit = profit(&order, &[], &settings("GBP", "UTC"));
    let cogs = |day| on(&profit, day).cogs.to_string();
    assert_eq!(cogs("2026-03-10"), "10.01");
    assert_eq!(cogs("2026-03-11"), "-3.34");
    assert_eq!(cogs("2026-03-12"), "-3.33");
    assert_eq!(cogs("2026-03-13"), "-3.34");
    assert_eq!((profit.total.cogs, profit.total.net_profit), (dec("0"), dec("0")));
}

#[test]
fn a_unit_s_share_of_an_estimate_is_the_same_alone_or_with_others() {
    // 2.50 at 40 % is 1.00: 0.33, 0.34 and 0.33
    let (first, second) = ("2026-03-11T12:00:00Z", "2026-03-12T12:00:00Z");
    let back = |units: &[i64]| {
        let mut order = order("GBP").line("l1", None, 3).sold("l1", 3, "2.50", "0", "0");
        for (units, when) in units.iter().zip([first, first, second]) {
            order = order.restocked("l1", *units, when);
        }
        let profit = profit(&order, &[], &settings("GBP", "UTC"));
        ["2026-03-11", "2026-03-12"]
            .map(|day| profit.days.iter().find(|entry| entry.day.to_string() == day))
            .map(|entry| entry.map_or(Decimal::ZERO, |entry| entry.ladder.cogs))
    };
    assert_eq!(back(&[1, 1, 1]), [dec("-0.67"), dec("-0.33")]);
    assert_eq!(back(&[2]), [dec("-0.67"), dec("0")]);
    assert_eq!(back(&[3]), [dec("-1.00"), dec("0")]);
}

#[test]
fn edits_count_on_their_own_day_at_the_order_s_cost() {
    let edit = "2026-03-15T12:00:00Z";
    let mut later = cost("coat", "99", "GBP");
    later.valid_from = Some(day("2026-03-12"));
    let costs = [cost("coat", "10", "GBP"), later];
    let order = order("GBP")
        .line("l1", Some("coat"), 3)
        .line("l2", None, 1)
        .sold("l1", 3, "90.00", "0", "0")
        .edited("l1", -1, edit, "-30.00", "0")
        .edited("l2", 1, edit, "20.00", "0")
        // the platform lists what the edit removed among the refunds too
        .restocked("l1", 1, edit);
    let profit = profit(&order, &costs, &british());
    assert_eq!(on(&profit, "2026-03-10").cogs, dec("30"));
    let edited = on(&profit, "2026-03-15");
    assert_eq!((edited.gross_sales, edited.cogs), (dec("-10.00"), dec("-2.00")));
    assert!(profit.flags.contains(Flag::Edited));
}

#[test]
fn a_later_discount_does_not_change_what_goods_cost() {
    let order = order("GBP").line("l1", None, 1).sold("l1", 1, "100.00", "0", "0");
    let mut order = order.edited("l1", 0, "2026-03-15T12:00:00Z", "-10.00", "0");
    order.events[1].discount_amount = dec("10.00");
    let profit = profit(&order, &[], &settings("GBP", "UTC"));
    let edited = on(&profit, "2026-03-15");
    assert_eq!((edited.gross_sales, edited.discounts, edited.cogs), (dec("0"), dec("10"), dec("0")));
    assert_eq!(profit.total.cogs, dec("40.00"));
}

#[test]
fn a_line_discounted_and_then_removed_costs_nothing() {
    let (discount, removal) = ("2026-03-15T12:00:00Z", "2026-03-16T12:00:00Z");
    let order = order("GBP").line("l1", None, 1).sold("l1", 1, "100.00", "0", "0");
    let order = order.edited("l1", 0, discount, "-10.00", "0").edited("l1", -1, removal, "-90.00", "0");
    let profit = profit(&order, &[], &settings("GBP", "UTC"));
    assert_eq!(on(&profit, "2026-03-16").cogs, dec("-40.00"));
    assert_eq!((profit.total.net_sales, profit.total.cogs), (dec("0"), dec("0")));
    assert_eq!(profit.total.cogs_estimated_max, dec("0"));
}

#[test]
fn tips_and_duties_are_passed_through() {
    let with = parcel().event(EventKind::Tip, EventAction::Order, PLACED, "5.00", "0").event(
        EventKind::Duty,
        EventAction::Order,
        PLACED,
        "7.00",
        "0",
    );
    assert_eq!(profit(&with, &[], &british()).total, profit(&parcel(), &[], &british()).total);
}

#[test]
fn goodwill_and_unknown_entries() {
    let with = parcel()
        .event(EventKind::Adjustment, EventAction::Return, "2026-03-20T12:00:00Z", "-12.00", "-2.00")
        .event(EventKind::Unknown, EventAction::Order, PLACED, "77.00", "0");
    let with = profit(&with, &[], &british());
    assert_eq!(with.total.other_income, dec("-10.00"));
    assert_eq!(with.total.net_profit, dec("46.55"));
    assert!(with.flags.contains(Flag::UnknownEvent));
}

#[test]
fn which_orders_count() {
    let reason = |change: fn(&mut OrderFacts)| {
        let mut order = parcel();
        change(&mut order);
        let profit = profit(&order, &[], &british());
        assert_eq!(profit.included, profit.excluded_reason.is_none());
        assert_eq!(profit.included, !profit.days.is_empty());
        assert!(profit.included || profit.total.is_zero());
        profit.excluded_reason
    };
    assert_eq!(reason(|_| ()), None);
    assert_eq!(reason(|order| order.is_test = true), Some(ExcludedReason::Test));
    for status in ["pending", "voided", "expired", "another"] {
        let mut order = parcel();
        order.financial_status = Some(status.into());
        let profit = profit(&order, &[], &british());
        assert_eq!(profit.excluded_reason, Some(ExcludedReason::FinancialStatus), "{status}");
    }
    for status in ["paid", "partially_paid", "authorized", "refunded", "partially_refunded"] {
        let mut order = parcel();
        order.financial_status = Some(status.into());
        assert!(profit(&order, &[], &british()).included, "{status}");
    }
    assert_eq!(reason(|order| order.financial_status = None), None);
    assert_eq!(reason(|order| order.currency = currency("EUR")), Some(ExcludedReason::MissingRate));
    assert_eq!(reason(|order| order.events[0].currency = currency("EUR")), Some(ExcludedReason::MissingRate));
}

#[test]
fn a_credit_note_lowers_sales_and_is_no_order() {
    let later = "2026-03-20T12:00:00Z";
    let note = order("GBP").line("l1", Some("v1"), -1).returned("l1", -1, later, "-120.00", "-20.00");
    let credited = profit(&note, &[], &british());
    assert!(credited.included && credited.flags.contains(Flag::CreditNote));
    assert_eq!((credited.orders(), credited.total.returns), (0, dec("100.00")));
    // beside an order of the same day, in the sums of the day and of the channel
    let both = daily([&profit(&parcel(), &[], &british()), &credited], &[], &british());
    assert_eq!((both.total.orders, both.channels["web"].orders), (1, 1));

    // its own sale makes it an order, however much came back, and even a sale for nothing
    let refunded = parcel().returned("l1", -1, later, "-120.00", "-20.00");
    let exchanged = note.clone().line("l2", Some("v2"), 1).sold("l2", 1, "0", "0", "0");
    // stock written off: nothing was given back
    let written_off = order("GBP").line("l1", Some("v1"), -3).returned("l1", -3, later, "0", "0");
    for order in [refunded, exchanged, written_off, order("GBP")] {
        let profit = profit(&order, &[], &british());
        assert_eq!(profit.orders(), 1);
        assert!(!profit.flags.contains(Flag::CreditNote));
    }
}

#[test]
fn a_cancelled_order_is_a_sale_and_its_reversal() {
    let cancel = "2026-03-11T10:00:00Z";
    let mut order = parcel()
        .returned("l1", -1, cancel, "-120.00", "-20.00")
        .event(EventKind::Shipping, EventAction::Return, cancel, "-6.00", "-1.00")
        .restocked("l1", 1, cancel);
    order.cancelled_at = Some(at(cancel));
    let profit = profit(&order, &[cost("coat", "35", "GBP")], &british());
    assert_eq!(on(&profit, "2026-03-10").net_revenue, dec("105"));
    assert_eq!(on(&profit, "2026-03-11").net_revenue, dec("-105"));
    assert_eq!(profit.total.net_profit, dec("-8.45"));
    assert!(profit.flags.contains(Flag::Cancelled));
}

#[test]
fn a_missing_cost_by_every_policy() {
    let costs = [cost("known", "3", "GBP")];
    let order = order("GBP")
        .line("l1", Some("known"), 1)
        .line("l2", Some("new"), 2)
        .sold("l1", 1, "10.00", "0", "0")
        .sold("l2", 2, "20.00", "0", "5.00")
        .returned("l2", -1, PLACED, "-10.00", "0")
        .restocked("l2", 1, PLACED);
    let by = |policy| {
        let mut settings = settings("GBP", "UTC");
        settings.cost.missing_policy = policy;
        profit(&order, &costs, &settings)
    };
    let ratio = by(MissingPolicy::Ratio);
    assert_eq!((ratio.total.cogs, ratio.total.net_profit), (dec("7.00"), dec("13.00")));
    let zero = by(MissingPolicy::Zero);
    assert_eq!((zero.total.cogs, zero.total.net_profit), (dec("3"), dec("17.00")));
    assert_eq!((zero.total.cogs_estimated_max, zero.cogs_source), (dec("10.00"), CogsSource::Mixed));
    assert!(zero.flags.contains(Flag::MissingCost) && !zero.flags.contains(Flag::EstimatedCost));
    let equal = by(MissingPolicy::EqualToNetSales);
    assert_eq!((equal.total.cogs, equal.total.net_profit), (dec("13.00"), dec("7.00")));
    let exclude = by(MissingPolicy::Exclude);
    assert_eq!((exclude.total.gross_sales, exclude.total.returns), (dec("10.00"), dec("0")));
    assert_eq!((exclude.total.cogs, exclude.total.net_profit), (dec("3"), dec("7.00")));
    assert_eq!((exclude.total.covered_net_sales, exclude.total.product_net_sales), (dec("10"), dec("20")));
    let error = by(MissingPolicy::Error);
    assert_eq!((error.excluded_reason, error.total.is_zero()), (Some(ExcludedReason::MissingCost), true));
}

#[test]
fn the_ratio_is_dated_and_may_be_taken_of_the_list_price() {
    let order = order("GBP").line("l1", None, 1).sold("l1", 1, "80.00", "0", "20.00");
    let mut settings = settings("GBP", "UTC");
    settings
        .cost
        .default_ratio
        .push(DefaultRatio { valid_from: Some(day("2026-03-10")), ..DefaultRatio::of_shop(dec("0.5")) });
    settings
        .cost
        .default_ratio
        .push(DefaultRatio { valid_from: Some(day("2026-03-11")), ..DefaultRatio::of_shop(dec("0.9")) });
    assert_eq!(profit(&order, &[], &settings).total.cogs, dec("40"));
    settings.cost.ratio_base = RatioBase::ListPriceExTax;
    assert_eq!(profit(&order, &[], &settings).total.cogs, dec("50"));
    settings.cost.never_default.push(NeverDefault::CustomItem);
    let free = profit(&order, &[], &settings);
    assert_eq!((free.total.cogs, free.cogs_source), (dec("0"), CogsSource::None));
}

#[test]
fn costs_and_fees_in_another_currency_are_never_taken_at_one() {
    let mut order = parcel();
    order.fees[0].currency = currency("EUR");
    let profit = profit(&order, &[cost("coat", "35", "EUR")], &british());
    assert_eq!((profit.total.cogs, profit.total.payment_fees), (dec("40"), dec("0")));
    assert!(profit.flags.contains(Flag::CostCurrency) && profit.flags.contains(Flag::FeeCurrency));
    let daily = netgain_profit::daily([&profit], &[], &british());
    let codes: Vec<_> = daily.notices.iter().map(|notice| notice.code).collect();
    assert_eq!(codes, ["cost_currency", "fee_currency"]);
    assert!(daily.notices[0].message.contains("GBP"), "{}", daily.notices[0].message);
}

#[test]
fn more_restocked_than_sold_gives_back_no_more() {
    let order = parcel().returned("l1", -1, PLACED, "-120.00", "-20.00").restocked("l1", 5, PLACED);
    let profit = profit(&order, &[cost("coat", "35", "GBP")], &british());
    assert_eq!(profit.total.cogs, dec("0"));
    assert!(profit.flags.contains(Flag::RestockSurplus));
}

#[test]
fn days_begin_at_the_workspace_s_midnight_also_when_clocks_change() {
    for (zone, instant, expected) in [
        ("Europe/London", "2026-03-29T00:59:59Z", "2026-03-29"), // the hour before clocks go forward
        ("Europe/London", "2026-03-29T22:59:59Z", "2026-03-29"),
        ("Europe/London", "2026-03-29T23:00:00Z", "2026-03-30"), // 00:00 summer time
        ("Europe/London", "2026-10-24T23:00:00Z", "2026-10-25"),
        ("Europe/London", "2026-10-25T23:59:59Z", "2026-10-25"), // 25 hours long
        ("America/New_York", "2026-03-08T04:59:59Z", "2026-03-07"),
        ("America/New_York", "2026-03-09T03:59:59Z", "2026-03-08"), // 23 hours long
        ("America/New_York", "2026-03-09T04:00:00Z", "2026-03-09"),
        ("America/New_York", "2026-11-02T04:59:59Z", "2026-11-01"),
        ("Asia/Kathmandu", "2026-06-01T18:14:59Z", "2026-06-01"),
        ("Asia/Kathmandu", "2026-06-01T18:15:00Z", "2026-06-02"), // +05:45
    ] {
        let mut order = order("GBP").line("l1", None, 1);
        order.placed_at = at(instant);
        let order = order.sold("l1", 1, "10.00", "0", "0");
        let profit = profit(&order, &[], &settings("GBP", zone));
        assert_eq!((profit.day, profit.days[0].day), (day(expected), day(expected)), "{zone} {instant}");
    }
}

#[test]
fn the_order_s_day_may_be_when_it_was_recorded() {
    let mut order = parcel();
    order.created_at = Some(at("2026-05-01T12:00:00Z"));
    let mut settings = british();
    assert_eq!(profit(&order, &[], &settings).days[0].day, day("2026-03-10"));
    settings.revenue.order_day = OrderDay::CreatedAt;
    let created = profit(&order, &[], &settings);
    assert_eq!(on(&created, "2026-05-01").net_revenue, dec("105"));
    assert_eq!(on(&created, "2026-03-10").payment_fees, dec("3.95"));
    order.created_at = None;
    assert_eq!(profit(&order, &[], &settings).day, day("2026-03-10"));
}

#[test]
fn an_absurd_amount_is_an_error_not_a_crash() {
    let mut order = parcel();
    order.events[0].total_amount = netgain_domain::Decimal::MAX;
    let error = compute_order(&order, &CostBook::default(), &british()).unwrap_err().to_string();
    assert!(error.contains("total_amount of e0"), "{error}");
    let mut order = parcel();
    order.events[0].quantity = Some(i64::MIN);
    assert!(compute_order(&order, &CostBook::default(), &british()).is_err());
    order.events[0].quantity = None;
    order.lines[0].quantity = i64::MIN;
    assert!(compute_order(&order, &CostBook::default(), &british()).is_err());
}

#[test]
fn many_lines_find_their_entries_in_any_order() {
    let mut order = order("GBP");
    let mut costs = Vec::new();
    for i in 0..100 {
        order = order.line(&format!("l{i}"), Some(&format!("v{i}")), 1);
        costs.push(cost(&format!("v{i}"), &format!("{i}"), "GBP"));
    }
    for i in (0..100).rev() {
        order = order.sold(&format!("l{i}"), 1, "200", "0", "0");
    }
    let order = order.sold("gone", 1, "10", "0", "0");
    assert_eq!(profit(&order, &costs, &british()).total.cogs, dec("4954"));
}

#[test]
fn nothing_is_never_written_as_minus_nothing() {
    let order = parcel().returned("l1", -1, PLACED, "0.00", "0.00");
    let given_away = order_of_nothing();
    for profit in [profit(&order, &[], &british()), profit(&given_away, &[], &british())] {
        for (field, value) in Ladder::FIELDS.iter().zip(profit.total.values()) {
            assert!(!(value.is_zero() && value.to_string().starts_with('-')), "{field} is {value}");
        }
    }
    assert!(profit(&given_away, &[], &british()).flags.contains(Flag::ZeroTotal));
    assert!(!profit(&order, &[], &british()).flags.contains(Flag::ZeroTotal));
}

fn order_of_nothing() -> OrderFacts {
    order("GBP").line("l1", Some("coat"), 1).sold("l1", 1, "0.00", "0.00", "0.00")
}

#[test]
fn units_not_said_by_the_ledger_are_the_line_s() {
    let mut order = order("GBP").line("l1", Some("coat"), 3).sold("l1", 3, "90.00", "0", "0");
    order.events[0].quantity = None;
    assert_eq!(profit(&order, &[cost("coat", "10", "GBP")], &british()).total.cogs, dec("30"));
}
