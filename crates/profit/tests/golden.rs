//! The golden rows: one parcel of 120.00 with 20 % VAT inside, shipping 6.00, cost 35, label 4.50, fee 3.95, in
//! the cases in which a naive formula goes wrong.

mod common;

use common::*;
use netgain_domain::facts::*;
use netgain_profit::{Metrics, daily};

fn coat() -> [UnitCostFact; 1] {
    [cost("coat", "35", "GBP")]
}

#[test]
fn row_1_no_refund_before_marketing() {
    let profit = profit(&parcel(), &coat(), &british());
    assert_eq!(profit.total.net_profit, dec("61.55"));
    assert_eq!(profit.total.gross_sales, dec("100"));
    assert_eq!(profit.total.shipping_income, dec("5"));
    assert_eq!(profit.total.net_revenue, dec("105"));
    assert_eq!(profit.total.cm1, dec("70"));
    assert_eq!(profit.cogs_source, CogsSource::Actual);
    assert_eq!((profit.version, profit.day), (7, day("2026-03-10")));
    // written as they are added: no digit is invented, none is lost
    assert_eq!(profit.total.net_profit.to_string(), "61.55");
}

#[test]
fn row_2_margin_is_taken_of_revenue_without_tax() {
    let profit = profit(&parcel(), &coat(), &british());
    let metrics = Metrics::of(&profit.total);
    assert_eq!(metrics.margin.unwrap().to_string(), "0.5862");
    assert_eq!(metrics.cost_coverage.unwrap().to_string(), "1.0000");
}

#[test]
fn row_3_roas_is_taken_of_revenue_without_tax() {
    let profit = profit(&parcel(), &coat(), &british());
    let ads = [AdDayFact {
        day: day("2026-03-10"),
        source: "meta_ads".into(),
        currency: currency("GBP"),
        spend: dec("30.00"),
        provisional: true,
    }];
    let daily = daily([&profit], &ads, &british());
    assert_eq!(daily.metrics().mer.unwrap().to_string(), "3.5000");
    let day = &daily.days[&day("2026-03-10")];
    assert_eq!((day.orders, day.ladder.net_profit, day.provisional), (1, dec("31.55"), true));
    assert_eq!(daily.channels["web"].ladder.net_profit, dec("61.55"));
    assert_eq!(daily.channels["advertising:meta_ads"].ladder.net_profit, dec("-30.00"));
    assert_eq!(daily.total.ladder, day.ladder);
}

fn refunded() -> OrderFacts {
    let mut order = parcel().returned("l1", -1, "2026-03-21T12:00:00Z", "-120.00", "-20.00").restocked(
        "l1",
        1,
        "2026-03-21T12:00:00Z",
    );
    order.financial_status = Some("partially_refunded".into());
    order
}

#[test]
fn rows_4_and_5_refunded_and_restocked() {
    let profit = profit(&refunded(), &coat(), &british());
    assert_eq!(profit.total.net_profit, dec("-3.45"));
    assert_eq!(on(&profit, "2026-03-10").net_profit, dec("61.55"));
    let back = on(&profit, "2026-03-21");
    assert_eq!((back.returns, back.cogs, back.net_profit), (dec("100"), dec("-35"), dec("-65.00")));
    assert_eq!(profit.days.iter().map(|entry| entry.orders).collect::<Vec<_>>(), [1, 0]);
    assert!(profit.flags.contains(Flag::Refunded));
}

#[test]
fn damaged_goods_do_not_give_their_cost_back() {
    let mut order = refunded();
    order.refund_lines[0].restocked = false;
    assert_eq!(profit(&order, &coat(), &british()).total.net_profit, dec("-38.45"));
}

#[test]
fn row_6_estimated_cost_is_a_part_of_the_value_without_tax() {
    let profit = profit(&parcel(), &[], &british());
    assert_eq!(profit.total.cogs, dec("40.00"));
    assert_eq!(profit.total.net_profit, dec("56.55"));
    assert_eq!(profit.cogs_source, CogsSource::EstimateRatio);
    assert!(profit.flags.contains(Flag::EstimatedCost));
    let metrics = Metrics::of(&profit.total);
    assert_eq!(metrics.cost_coverage.unwrap().to_string(), "0.0000");
    assert_eq!((metrics.cogs_low, metrics.cogs_high), (dec("0"), dec("100")));
}

#[test]
fn row_7_a_gift_card_is_revenue_once() {
    let sale =
        order("USD").gift_card("l1").event(EventKind::GiftCard, EventAction::Order, PLACED, "50.00", "0");
    let usd = settings("USD", "Europe/London");
    let card = profit(&sale, &[], &usd);
    assert!(card.total.is_zero() && card.included);
    assert_eq!((card.cogs_source, card.days[0].orders), (CogsSource::None, 1));
    let redeemed = order("USD").line("l1", Some("book"), 1).sold("l1", 1, "50.00", "0", "0");
    let book = profit(&redeemed, &[cost("book", "20", "USD")], &usd);
    assert_eq!(card.total.net_revenue + book.total.net_revenue, dec("50.00"));
    assert_eq!(card.total.cogs + book.total.cogs, dec("20"));
}

#[test]
fn a_gift_card_line_written_as_goods_is_still_no_sale() {
    let order = order("GBP").gift_card("l1").sold("l1", 1, "50.00", "0", "0");
    let card = profit(&order, &[cost("card", "10", "GBP")], &british());
    assert!(card.total.is_zero(), "{:?}", card.total);
    assert!(card.flags.contains(Flag::GiftCard));
}
