//! The true profit ladder by local day, from the world's own events.
use crate::world::days;
use crate::world::money::{Cents, decimal, share};
use crate::world::shop::{Line, LineKind, Order, Refund, Restock, Seconds, Shop, What};
use crate::world::{World, ads::Ads};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::AddAssign;
use std::sync::PoisonError;

/// What the merchant knows and the platforms do not.
#[derive(Clone, Copy, Debug)]
pub struct Assumptions {
    /// Cost of a unit whose variant has none, as a part of its net line value.
    pub cost_ratio: Decimal,
    /// What sending one order costs, shop currency.
    pub label_cost: Decimal,
}

/// The sums of a day, shop currency, without tax. Returns, discounts and costs are positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    /// Orders processed.
    pub orders: i64,
    /// Goods at their price before discounts.
    pub gross_sales: Cents,
    /// Discounts on goods.
    pub discounts: Cents,
    /// Returned goods after their discounts, on the day of the return.
    pub returns: Cents,
    /// Shipping charged, less what was given back.
    pub shipping_income: Cents,
    /// Restocking fees kept, less goodwill given. Tips belong to the staff and are left out.
    pub other_income: Cents,
    /// Goods sold at their cost, less goods put back on the shelf.
    pub cogs: Cents,
    /// What gateways took.
    pub payment_fees: Cents,
    /// Orders with goods, each at the cost of a label.
    pub shipping_costs: Cents,
    /// Advertising.
    pub ad_spend: Cents,
}

impl AddAssign for Sums {
    fn add_assign(&mut self, other: Sums) {
        self.orders += other.orders;
        self.gross_sales += other.gross_sales;
        self.discounts += other.discounts;
        self.returns += other.returns;
        self.shipping_income += other.shipping_income;
        self.other_income += other.other_income;
        self.cogs += other.cogs;
        self.payment_fees += other.payment_fees;
        self.shipping_costs += other.shipping_costs;
        self.ad_spend += other.ad_spend;
    }
}

impl Sums {
    /// Gross sales less discounts and returns.
    pub fn net_sales(&self) -> Cents {
        self.gross_sales - self.discounts - self.returns
    }

    /// Net sales with shipping and other income.
    pub fn net_revenue(&self) -> Cents {
        self.net_sales() + self.shipping_income + self.other_income
    }

    /// What is left.
    pub fn net_profit(&self) -> Cents {
        self.net_revenue() - self.cogs - self.payment_fees - self.shipping_costs - self.ad_spend
    }
}

/// A row of the answer; amounts are decimal strings.
#[derive(Debug, Serialize)]
#[allow(missing_docs)]
pub struct Row {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<Date>,
    pub orders: i64,
    pub gross_sales: Decimal,
    pub discounts: Decimal,
    pub returns: Decimal,
    pub net_sales: Decimal,
    pub shipping_income: Decimal,
    pub other_income: Decimal,
    pub net_revenue: Decimal,
    pub cogs: Decimal,
    pub payment_fees: Decimal,
    pub shipping_costs: Decimal,
    pub ad_spend: Decimal,
    pub net_profit: Decimal,
}

impl Row {
    /// The row of a day, or of the total when `day` is none.
    pub fn new(day: Option<Date>, sums: &Sums) -> Row {
        Row {
            day,
            orders: sums.orders,
            gross_sales: decimal(sums.gross_sales),
            discounts: decimal(sums.discounts),
            returns: decimal(sums.returns),
            net_sales: decimal(sums.net_sales()),
            shipping_income: decimal(sums.shipping_income),
            other_income: decimal(sums.other_income),
            net_revenue: decimal(sums.net_revenue()),
            cogs: decimal(sums.cogs),
            payment_fees: decimal(sums.payment_fees),
            shipping_costs: decimal(sums.shipping_costs),
            ad_spend: decimal(sums.ad_spend),
            net_profit: decimal(sums.net_profit()),
        }
    }
}

/// Rounds to the cent, half away from zero.
fn cents(value: Decimal) -> Cents {
    let rounded = value.round_dp_with_strategy(2, RoundingStrategy::MidpointAwayFromZero);
    (rounded * Decimal::ONE_HUNDRED).to_i64().unwrap_or(0)
}

/// The sums of every day from `from` to `to`, days without any event included.
pub fn by_day(world: &World, from: Date, to: Date, assumptions: &Assumptions) -> BTreeMap<Date, Sums> {
    let zone = &world.brand.time_zone;
    let mut days_of: BTreeMap<Date, Sums> = BTreeMap::new();
    let mut day = from;
    while day <= to {
        days_of.insert(day, Sums::default());
        let next = days::plus(day, 1);
        if next == day {
            break;
        }
        day = next;
    }
    let shop = world.shop();
    let mut book = Book { shop: &shop, zone, assumptions, days: &mut days_of };
    for order in shop.orders.iter().filter(|order| order.counts()) {
        book.order(order);
    }
    let ads = world.ads.read().unwrap_or_else(PoisonError::into_inner);
    add_spend(&ads, world, &mut days_of);
    days_of
}

fn add_spend(ads: &Ads, world: &World, days_of: &mut BTreeMap<Date, Sums>) {
    let now = world.now();
    let today = days::day_of(now.as_second(), &world.brand.time_zone);
    for (day, sums) in days_of.iter_mut().filter(|(day, _)| **day <= today) {
        sums.ad_spend += cents(ads.spend_on(*day, now));
    }
}

struct Book<'a> {
    shop: &'a Shop,
    zone: &'a TimeZone,
    assumptions: &'a Assumptions,
    days: &'a mut BTreeMap<Date, Sums>,
}

impl Book<'_> {
    /// Adds to the day of a moment, when it is asked for.
    fn add(&mut self, at: Seconds, sums: Sums) {
        if let Some(day) = self.days.get_mut(&days::day_of(at, self.zone)) {
            *day += sums;
        }
    }

    fn order(&mut self, order: &Order) {
        let ordered_on = days::day_of(order.placed_at, self.zone);
        let goods = order.lines.iter().any(|line| line.kind == LineKind::Product);
        let label = if goods { cents(self.assumptions.label_cost) } else { 0 };
        let shipping_income = order.shipping_sold().net();
        self.add(
            order.placed_at,
            Sums { orders: 1, shipping_costs: label, shipping_income, ..Sums::default() },
        );
        for line in &order.lines {
            let sums = self.sold(line, ordered_on);
            self.add(line.added_at.unwrap_or(order.placed_at), sums);
        }
        let mut shelved = vec![0; order.lines.len()];
        for happening in &order.happenings {
            match &happening.what {
                What::LineAdded(_) => {}
                What::Discounted(line, amounts) => {
                    if order.lines[usize::from(*line)].kind == LineKind::Product {
                        let gross_sales = amounts.net() + amounts.discount_net;
                        let sums = Sums { gross_sales, discounts: amounts.discount_net, ..Sums::default() };
                        self.add(happening.at, sums);
                    }
                }
                What::Refunded(refund) => {
                    let sums = self.refunded(order, refund, ordered_on, &mut shelved);
                    self.add(happening.at, sums);
                }
            }
        }
        for payment in order.payments.iter().filter(|payment| !payment.failed) {
            if let Some(fee) = payment.fee {
                self.add(payment.at, Sums { payment_fees: fee.amount, ..Sums::default() });
            }
        }
    }

    fn sold(&self, line: &Line, ordered_on: Date) -> Sums {
        if line.kind != LineKind::Product {
            return Sums::default();
        }
        Sums {
            gross_sales: line.sold.net() + line.sold.discount_net,
            discounts: line.sold.discount_net,
            cogs: self.cost_of(line, 0, line.quantity, ordered_on),
            ..Sums::default()
        }
    }

    /// What the units from one to another of a line cost: the unit cost of the order's day, or a part of the line's
    /// net value. Every unit keeps its share of such a part, whichever units go with it.
    fn cost_of(&self, line: &Line, from: u32, to: u32, ordered_on: Date) -> Cents {
        let (from, to) = (i64::from(from), i64::from(to));
        let known = line.variant.and_then(|variant| self.shop.variants[variant as usize].cost_on(ordered_on));
        match known {
            Some(unit_cost) => unit_cost * (to - from),
            None => {
                let estimate = cents(self.assumptions.cost_ratio * decimal(line.sold.net()));
                share(estimate, from, to, i64::from(line.quantity.max(1)))
            }
        }
    }

    /// What a refund changes. `shelved` counts, for each line, the units that went back on the shelf before.
    fn refunded(&self, order: &Order, refund: &Refund, ordered_on: Date, shelved: &mut [u32]) -> Sums {
        let mut sums = Sums {
            shipping_income: -refund.shipping.net(),
            other_income: refund.adjustment,
            ..Sums::default()
        };
        for returned in &refund.lines {
            let line = &order.lines[usize::from(returned.line)];
            if line.kind != LineKind::Product {
                continue;
            }
            sums.returns += returned.amounts.net();
            if returned.restock != Restock::None {
                let before = &mut shelved[usize::from(returned.line)];
                let after = *before + returned.quantity;
                sums.cogs -= self.cost_of(line, *before, after, ordered_on);
                *before = after;
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::golden;

    fn golden_days(from: Date, to: Date) -> Sums {
        let assumptions = Assumptions { cost_ratio: Decimal::new(40, 2), label_cost: Decimal::new(450, 2) };
        let mut total = Sums::default();
        for sums in by_day(&golden::world(), from, to, &assumptions).into_values() {
            total += sums;
        }
        total
    }

    #[test]
    fn no_refund() {
        let sums = golden_days(golden::G1_DAY, golden::G1_DAY);
        assert_eq!((sums.gross_sales, sums.discounts, sums.returns), (10_000, 0, 0));
        assert_eq!(
            (sums.shipping_income, sums.cogs, sums.payment_fees, sums.shipping_costs),
            (500, 3_500, 395, 450)
        );
        assert_eq!(sums.net_revenue(), 10_500);
        assert_eq!(sums.ad_spend, 3_000);
        assert_eq!(sums.net_profit() + sums.ad_spend, 6_155);
    }

    #[test]
    fn item_refunded_and_restocked() {
        let sums = golden_days(golden::G4_DAY, golden::G4_DAY);
        assert_eq!(sums.net_profit(), 6_155);
        let back = golden_days(golden::G4_REFUND_DAY, golden::G4_REFUND_DAY);
        assert_eq!((back.returns, back.cogs, back.orders), (10_000, -3_500, 0));
        assert_eq!(sums.net_profit() + back.net_profit(), -345);
    }

    #[test]
    fn unknown_cost_is_a_part_of_the_net_value() {
        assert_eq!(golden_days(golden::G6_DAY, golden::G6_DAY).cogs, 4_000);
    }

    #[test]
    fn an_estimate_that_comes_back_in_parts_comes_back_wholly() {
        let world = golden::world();
        let mut expected = Vec::new();
        {
            let mut shop = world.shop_mut();
            let zone = world.brand.time_zone.clone();
            let ordered =
                |order: &&mut Order| days::day_of(order.placed_at, &zone) == golden::G6_DAY && !order.test;
            let order = shop.orders.iter_mut().find(ordered).unwrap();
            order.lines[0].quantity = 3;
            order.lines[0].unit_price = 100;
            order.lines[0].settle(true);
            // 2.50 without tax, 1.00 of it cost: the second unit takes the cent that thirds leave over
            assert_eq!(order.lines[0].sold.net(), 250);
            for (after, cost) in [(1, -33), (2, -34), (3, -33)] {
                let lines = vec![order.return_units(0, 1, Restock::Return)];
                order.refund(order.placed_at + after * 86_400, Refund { lines, ..Refund::default() });
                expected.push((days::plus(golden::G6_DAY, after), cost));
            }
        }
        let assumptions = Assumptions { cost_ratio: Decimal::new(40, 2), label_cost: Decimal::ZERO };
        let last = expected.last().unwrap().0;
        let books = by_day(&world, golden::G6_DAY, last, &assumptions);
        assert_eq!(books[&golden::G6_DAY].cogs, 100);
        for (day, cost) in expected {
            // the gift card sold on one of these days has no cost
            assert_eq!(books[&day].cogs, cost, "{day}");
        }
    }

    #[test]
    fn a_gift_card_is_money_owed_until_it_buys_something() {
        let sold = golden_days(golden::G7A_DAY, golden::G7A_DAY);
        assert_eq!((sold.gross_sales, sold.cogs, sold.orders, sold.net_profit()), (0, 0, 1, 0));
        let used = golden_days(golden::G7B_DAY, golden::G7B_DAY);
        assert_eq!((used.gross_sales, used.cogs, used.shipping_costs), (5_000, 2_000, 450));
    }

    #[test]
    fn days_add_up_to_the_month() {
        let month = golden_days(jiff::civil::date(2026, 3, 1), jiff::civil::date(2026, 3, 31));
        // 61.55 - 30 ads, -3.45, 56.55 at the estimate, 0, 25.50
        assert_eq!(month.net_profit(), 3_155 - 345 + 5_655 + 2_550);
        assert_eq!(month.orders, 5);
    }
}
