//! The golden rows under the naive formula: what it says, and where it goes wrong.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use common::*;
use netgain_domain::facts::*;
use netgain_domain::jiff::civil::Date;
use netgain_profit::bridge::{Figure, bridge};
use netgain_profit::profile::{Cell, Cells, Statement};

fn cells(orders: &[OrderFacts], costs: &[UnitCostFact], spend: &str, code: &str) -> Vec<Cell> {
    let mut settings = british();
    settings.currency = currency(code);
    let mut cells = Cells::default();
    for order in orders {
        cells.add_order(&profit(order, costs, &settings), Date::MIN, Date::MAX);
    }
    cells.add_cost(Line::AdSpend, dec(spend));
    cells.into_vec()
}

fn by(id: &str, cells: &[Cell]) -> Statement {
    Statement::of(&british().reading(Some(id), None).unwrap(), cells)
}

/// The parcel with the totals that its shop states.
fn stated() -> OrderFacts {
    let mut order = parcel();
    (order.total_price, order.total_tax) = (Some(dec("126.00")), Some(dec("21.00")));
    order
}

fn refunded() -> OrderFacts {
    let back = "2026-03-21T12:00:00Z";
    stated().returned("l1", -1, back, "-120.00", "-20.00").restocked("l1", 1, back)
}

#[test]
fn tax_in_and_out_cancels_but_lowers_the_margin() {
    let cells = cells(&[stated()], &[cost("coat", "35", "GBP")], "0", "GBP");
    let (naive, right) = (by("seed", &cells), by("netgain", &cells));
    assert_eq!((naive.result, right.result), (dec("61.55"), dec("61.55")));
    assert_eq!(naive.margin_percent().unwrap().round_dp(1), dec("48.8"));
    assert_eq!(right.margin_percent().unwrap().round_dp(1), dec("58.6"));
    for (key, amount) in
        [("revenue", "126"), ("cogs", "35"), ("shipping", "4.5"), ("fees", "24.95"), ("cost", "64.45")]
    {
        assert_eq!(naive.amount(key), Some(dec(amount)), "{key}");
    }
}

#[test]
fn a_campaign_s_return_is_too_high_by_a_fifth() {
    let cells = cells(&[stated()], &[cost("coat", "35", "GBP")], "30", "GBP");
    let (naive, right) = (by("seed", &cells), by("netgain", &cells));
    assert_eq!((naive.roas(), right.roas()), (Some(dec("4.2")), Some(dec("3.5"))));
    // costs = ad spend + the orders' costs, profit = revenue - costs
    assert_eq!((naive.amount("cost"), naive.result), (Some(dec("94.45")), dec("31.55")));
}

#[test]
fn a_refund_goes_unseen() {
    let cells = cells(&[refunded()], &[cost("coat", "35", "GBP")], "0", "GBP");
    let (naive, right) = (by("seed", &cells), by("netgain", &cells));
    assert_eq!((naive.result, right.result), (dec("61.55"), dec("-3.45")));
    let reading = |id| british().reading(Some(id), None).unwrap();
    let bridge = bridge(&reading("netgain"), &reading("seed"), Figure::Result, &cells);
    let steps: Vec<_> = bridge.steps.iter().map(|step| (step.key, step.amount)).collect();
    // the value of the goods, less their cost, which a shelf gave back
    assert_eq!(steps, [("returns", dec("100")), ("cogs", dec("-35"))]);
}

#[test]
fn a_missing_cost_is_taken_of_the_price_with_tax() {
    let cells = cells(&[stated()], &[], "0", "GBP");
    assert_eq!(by("seed", &cells).amount("cogs"), Some(dec("48.00")));
    assert_eq!(by("netgain", &cells).amount("cogs"), Some(dec("40.00")));
}

#[test]
fn a_gift_card_is_revenue_twice_and_has_a_phantom_cost() {
    let mut sale =
        order("USD").gift_card("l1").event(EventKind::GiftCard, EventAction::Order, PLACED, "50.00", "0");
    (sale.total_price, sale.lines[0].unit_price) = (Some(dec("50.00")), Some(dec("50.00")));
    let mut redeemed = order("USD").line("l1", Some("book"), 1).sold("l1", 1, "50.00", "0", "0");
    redeemed.order_id = "o2".into();
    redeemed.total_price = Some(dec("50.00"));
    let cells = cells(&[sale, redeemed], &[cost("book", "17", "USD")], "0", "USD");
    let (naive, right) = (by("seed", &cells), by("netgain", &cells));
    assert_eq!((naive.revenue, right.revenue), (dec("100"), dec("50")));
    assert_eq!((naive.amount("cogs"), right.amount("cogs")), (Some(dec("37")), Some(dec("17"))));
}

#[test]
fn an_edit_after_the_sale_is_no_part_of_the_total() {
    let mut order = stated().line("l2", None, 0).edited("l2", 1, "2026-03-12T12:00:00Z", "24.00", "4.00");
    let cells = cells(&[order.clone()], &[], "0", "GBP");
    let naive = by("seed", &cells);
    assert_eq!((naive.revenue, naive.amount("fees")), (dec("126"), Some(dec("24.95"))));
    // a source that states no totals means what its ledger sold
    (order.total_price, order.total_tax) = (None, None);
    assert_eq!(by("seed", &self::cells(&[order], &[], "0", "GBP")), naive);
}
