//! A shop of twenty orders under every definition of profit, each held against its documented formula, which is
//! worked out here from the shop's own table and not from postings.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use common::shop::*;
use common::*;
use netgain_domain::Decimal;
use netgain_domain::facts::*;
use netgain_domain::jiff::civil::Date;
use netgain_profit::bridge::{Figure, bridge};
use netgain_profit::profile::{self, Cell, Cells, Reading, Statement};
use netgain_profit::{CostBook, RefundBasis, Settings, compute_order};

fn computed(settings: &Settings) -> Vec<OrderProfit> {
    let sales = shop();
    assert_eq!(sales.len(), 20);
    let of = |(number, sale)| compute_order(&facts(sale, number), &CostBook::new(costs()), settings).unwrap();
    sales.iter().enumerate().map(of).collect()
}

/// Everything up to a day.
fn cells(until: &str) -> Vec<Cell> {
    let mut cells = Cells::default();
    for order in computed(&british()) {
        cells.add_order(&order, Date::MIN, day(until));
    }
    cells.add_cost(Line::AdSpend, Decimal::new(AD_SPEND, 2));
    cells.into_vec()
}

fn statement(id: &str, basis: Option<RefundBasis>, until: &str) -> Statement {
    Statement::of(&british().reading(Some(id), basis).unwrap(), &cells(until))
}

/// Sums of the shop's table over the orders that a definition counts.
#[derive(Default)]
struct Sums {
    goods: i64,
    goods_tax: i64,
    discount: i64,
    shipping: i64,
    tip: i64,
    duty: i64,
    gift_card: i64,
    cost: i64,
    labels: i64,
    fees: i64,
    back: i64,
    back_shipping: i64,
    back_tip: i64,
    kept: i64,
    goodwill: i64,
    restocked: i64,
    list: i64,
    off: i64,
    total_price: i64,
    total_tax: i64,
    naive_cost: i64,
}

fn sums(counts: impl Fn(&Sale) -> bool, back_until: &str, day_of: impl Fn(&Back) -> &'static str) -> Sums {
    let mut sums = Sums::default();
    for sale in shop().iter().filter(|sale| !sale.foreign && counts(sale)) {
        let paid = sale.list - sale.off + sale.edit;
        let goods = paid - paid / 6;
        let off = sale.off - sale.off / 6;
        sums.goods += goods + off;
        sums.goods_tax += paid / 6;
        sums.discount += off;
        sums.list += sale.list + sale.edit;
        sums.off += sale.off;
        sums.shipping += sale.shipping;
        sums.tip += sale.tip;
        sums.duty += sale.duty;
        sums.gift_card += sale.gift_card;
        sums.fees += sale.fee;
        let placed = sale.list - sale.off;
        sums.total_price += placed + sale.shipping * 6 / 5 + sale.tip + sale.duty + sale.gift_card;
        sums.total_tax += placed / 6 + sale.shipping / 5;
        let units = if sale.back.is_some_and(|back| back.goods * 6 / 5 < sale.list) { 2 } else { 1 };
        if sale.list > 0 {
            sums.labels += LABEL;
            // 40 % of the value without tax, or of the displayed price
            sums.cost += sale.cost.map_or((placed - placed / 6) * 2 / 5, |cost| cost * units);
            sums.naive_cost += sale.cost.map_or(sale.list * 2 / 5, |cost| cost * units);
        }
        sums.cost += (sale.edit - sale.edit / 6) * 2 / 5;
        sums.naive_cost += sale.gift_card * 2 / 5;
        if let Some(back) = sale.back.as_ref().filter(|back| day_of(back) <= back_until) {
            sums.back += back.goods;
            sums.back_shipping += back.shipping;
            sums.back_tip += back.tip;
            sums.kept += back.kept;
            sums.goodwill += back.goodwill;
            sums.restocked += if back.restocked { 3_500 } else { 0 };
        }
    }
    sums
}

fn is_counted(sale: &Sale) -> bool {
    !sale.test && !matches!(sale.status, "pending" | "voided" | "expired")
}

fn is_real(sale: &Sale) -> bool {
    !sale.test
}

/// Not voided, not expired.
fn is_alive(sale: &Sale) -> bool {
    !sale.test && !matches!(sale.status, "voided" | "expired")
}

fn taxes(sums: &Sums) -> i64 {
    sums.goods_tax + sums.shipping / 5 - (sums.back + sums.back_shipping) / 5
}

const ENDS: [&str; 3] = ["2026-03-31", "2026-04-30", "2026-05-31"];

fn same(found: &Statement, key: &str, expected: i64) {
    assert_eq!(found.amount(key), Some(Decimal::new(expected, 2)), "{key} of {found:?}");
}

#[test]
fn netgain_is_the_canonical_ladder() {
    for until in ENDS {
        let found = statement("netgain", None, until);
        let s = sums(is_counted, until, |back| back.day);
        let net_sales = s.goods - s.discount - s.back;
        let net_revenue = net_sales + s.shipping - s.back_shipping + s.kept - s.goodwill;
        let cm1 = net_revenue - s.cost + s.restocked;
        let cm2 = cm1 - s.labels - s.fees;
        for (key, amount) in [
            ("net_sales", net_sales),
            ("net_revenue", net_revenue),
            ("cm1", cm1),
            ("cm2", cm2),
            ("net_profit", cm2 - AD_SPEND),
        ] {
            same(&found, key, amount);
        }
        assert_eq!(found.orders, 15);
        // told with tax it ends in the same
        let with_tax = statement("netgain_with_tax", None, until);
        assert_eq!((with_tax.result, with_tax.revenue), (found.result, found.revenue));
        assert_ne!(with_tax.amount("gross_sales"), found.amount("gross_sales"));
    }
}

#[test]
fn each_basis_has_its_own_days() {
    for until in ENDS {
        for (basis, day_of) in [
            (RefundBasis::ReturnDay, (|back: &Back| back.day) as fn(&Back) -> &'static str),
            (RefundBasis::OrderDay, |_| "2026-03-10"),
            (RefundBasis::CashDay, |back| back.paid),
        ] {
            let s = sums(is_counted, until, day_of);
            let found = statement("netgain", Some(basis), until);
            same(&found, "returns", s.back);
            same(&found, "cogs", s.cost - s.restocked);
        }
    }
}

#[test]
fn a_sales_report_counts_pending_and_cancelled_orders_with_their_tax() {
    for until in ENDS {
        let s = sums(is_real, until, |back| back.day);
        let net_sales = s.goods - s.discount - s.back;
        let total = net_sales + s.shipping - s.back_shipping + taxes(&s) + s.duty;
        let found = statement("shopify", None, until);
        same(&found, "gross_sales", s.goods);
        same(&found, "net_sales", net_sales);
        same(&found, "total_sales", total);
        assert_eq!((found.orders, found.result), (18, found.revenue));

        let found = statement("triple_whale", None, until);
        // goods that came back lower the cost on their order's day
        let all = sums(is_real, MAY, |back| back.day);
        let costs = s.cost - all.restocked + s.labels + s.fees + taxes(&s);
        same(&found, "total_sales", total);
        same(&found, "net_profit", total - AD_SPEND - costs);
    }
}

#[test]
fn trueprofit_adds_tips_and_gift_cards() {
    for until in ENDS {
        let s = sums(is_alive, until, |back| back.day);
        let refunds = s.back + s.back_shipping - s.kept + s.goodwill;
        let revenue = s.goods - s.discount - refunds + taxes(&s) + s.shipping;
        let total_cost = s.cost - s.restocked + s.labels + s.fees + AD_SPEND;
        let found = statement("trueprofit", None, until);
        same(&found, "revenue", revenue);
        same(&found, "total_cost", total_cost);
        same(&found, "net_profit", revenue + s.tip - s.back_tip + s.gift_card - total_cost - taxes(&s));
    }
}

#[test]
fn lifetimely_takes_tax_off_its_revenue() {
    for until in ENDS {
        let s = sums(is_alive, until, |back| back.day);
        let found = statement("lifetimely", None, until);
        let product = s.goods + s.goods_tax + s.shipping / 5;
        let refunds = s.back + s.back_shipping + (s.back + s.back_shipping) / 5 - s.kept + s.goodwill;
        let revenue = product + s.shipping - s.discount - refunds - taxes(&s);
        same(&found, "revenue", revenue);
        same(&found, "net_profit", revenue - (s.cost - s.restocked) - s.labels - s.fees - AD_SPEND);
    }
}

#[test]
fn fivetran_sums_displayed_prices_of_orders_that_are_not_voided() {
    for until in ENDS {
        let s = sums(|sale| sale.status != "voided", until, |back| back.day);
        let found = statement("fivetran", None, until);
        same(&found, "gross_sales", s.list);
        same(&found, "discounts", s.off);
        same(&found, "returns", s.back * 6 / 5 + s.goodwill);
        same(&found, "net_sales", s.list - s.off - s.back * 6 / 5 - s.goodwill);
    }
}

#[test]
fn seed_is_the_naive_formula() {
    for until in ENDS {
        let s = sums(is_real, until, |back| back.day);
        let found = statement("seed", None, until);
        let cost = s.naive_cost + s.labels + s.total_tax + s.fees + AD_SPEND;
        same(&found, "revenue", s.total_price);
        same(&found, "cogs", s.naive_cost);
        same(&found, "fees", s.total_tax + s.fees);
        same(&found, "cost", cost);
        same(&found, "profit", s.total_price - cost);
        let (revenue, profit) = (Decimal::new(s.total_price, 2), Decimal::new(s.total_price - cost, 2));
        assert_eq!(found.margin_percent(), Some(profit / revenue * Decimal::ONE_HUNDRED));
        let roas = (revenue / Decimal::new(AD_SPEND, 2)).round_dp(4);
        assert_eq!(found.roas(), Some(roas));
    }
}

#[test]
fn every_pair_of_definitions_is_bridged_exactly() {
    let settings = british();
    let asked = [None, Some(RefundBasis::ReturnDay), Some(RefundBasis::OrderDay), Some(RefundBasis::CashDay)];
    for until in ENDS {
        let cells = cells(until);
        let mut readings: Vec<Reading> = Vec::new();
        for profile in profile::all() {
            readings.extend(asked.map(|basis| settings.reading(Some(&profile.id), basis).unwrap()));
        }
        for from in &readings {
            for to in &readings {
                for figure in [Figure::Result, Figure::Revenue] {
                    let bridge = bridge(from, to, figure, &cells);
                    let steps: Decimal = bridge.steps.iter().map(|step| step.amount).sum();
                    assert_eq!(bridge.from + steps, bridge.to, "{} to {}", from.profile.id, to.profile.id);
                }
            }
        }
    }
}

#[test]
fn a_bridge_names_what_differs() {
    let settings = british();
    let reading = |id: &str| settings.reading(Some(id), None).unwrap();
    let steps = |from: &Reading, to: &Reading, until| {
        let bridge = bridge(from, to, Figure::Result, &cells(until));
        bridge.steps.into_iter().map(|step| (step.key, step.amount.to_string())).collect::<Vec<_>>()
    };
    let named = |pairs: &[(&'static str, &str)]| -> Vec<(&'static str, String)> {
        pairs.iter().map(|(key, amount)| (*key, (*amount).to_owned())).collect()
    };
    // by hand: a pending order is worth 100 + 5 - 35 - 4.50, a gift card 50, tips 3 + 4 - 4
    let found = steps(&reading("netgain"), &reading("trueprofit"), MAY);
    assert_eq!(found, named(&[("pending_orders", "65.50"), ("tips", "3.00"), ("gift_cards", "50.00")]));
    // to May all is given back by every basis; to March, three refunds lie ahead by the return's day
    let by_order = settings.reading(Some("netgain"), Some(RefundBasis::OrderDay)).unwrap();
    assert_eq!(steps(&reading("netgain"), &by_order, MAY), []);
    // 100 - 35 - 8.33; 50 + 2; 100 - 35
    assert_eq!(steps(&reading("netgain"), &by_order, ENDS[0]), named(&[("refund_day", "-173.67")]));
}
