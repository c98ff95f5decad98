//! The face and the books must tell the same story: the ladder is reckoned a second time, from nothing but the lines
//! of a bulk result and the merchant's cost sheet, and compared with the books day by day to the cent.
use super::Face;
use super::tests::{ask, run};
use crate::books::{Assumptions, Sums, by_day};
use crate::options::Options;
use crate::world::money::{Cents, parse};
use crate::world::{World, days, demo};
use crate::{AppState, world::money};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

const QUERY: &str = "{ orders { edges { node { id processedAt test displayFinancialStatus
    lineItems { edges { node { id quantity variant { id } } } }
    transactions { id kind status processedAt fees { amount { amount } } }
    agreements { edges { node { __typename id happenedAt reason
      ... on RefundAgreement { refund { id refundLineItems { edges { node { id quantity restocked lineItem { id } } } } } }
      sales { edges { node { __typename id actionType lineType quantity totalAmount { shopMoney { amount } }
        totalTaxAmount { shopMoney { amount } } totalDiscountAmountBeforeTaxes { shopMoney { amount } }
        ... on ProductSale { lineItem { id } } } } } } } } } } } }";

struct Line {
    order: String,
    variant: String,
    quantity: i64,
    /// Net value of the sale, once it was seen to be one of goods.
    net: Option<Cents>,
    /// Units that are back on the shelf.
    shelved: i64,
}

struct Reader<'a> {
    world: &'a World,
    costs: HashMap<String, Vec<(Date, Cents)>>,
    orders: HashMap<String, Date>,
    lines: HashMap<String, Line>,
    agreements: HashMap<String, (String, Date)>,
    sums: BTreeMap<Date, Sums>,
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn cents(bag: &Value) -> Cents {
    parse(text(&bag["shopMoney"]["amount"])).unwrap()
}

impl Reader<'_> {
    fn day(&self, moment: &Value) -> Date {
        days::day_of(text(moment).parse::<Timestamp>().unwrap().as_second(), &self.world.brand.time_zone)
    }

    fn at(&mut self, day: Date) -> &mut Sums {
        self.sums.entry(day).or_default()
    }

    fn order(&mut self, order: &Value) {
        let counts = ["PAID", "PARTIALLY_REFUNDED", "REFUNDED", "AUTHORIZED"];
        if order["test"] == json!(true) || !counts.contains(&text(&order["displayFinancialStatus"])) {
            return;
        }
        let day = self.day(&order["processedAt"]);
        self.orders.insert(text(&order["id"]).to_owned(), day);
        self.at(day).orders += 1;
        for payment in order["transactions"].as_array().unwrap() {
            let paid_on = self.day(&payment["processedAt"]);
            for fee in payment["fees"].as_array().unwrap() {
                self.at(paid_on).payment_fees += parse(text(&fee["amount"]["amount"])).unwrap();
            }
        }
    }

    fn sale(&mut self, sale: &Value) {
        let Some((order, day)) = self.agreements.get(text(&sale["__parentId"])).cloned() else { return };
        let (total, tax) = (cents(&sale["totalAmount"]), cents(&sale["totalTaxAmount"]));
        let discount = cents(&sale["totalDiscountAmountBeforeTaxes"]);
        let returned = sale["actionType"] == "RETURN";
        match text(&sale["lineType"]) {
            "PRODUCT" if returned => self.at(day).returns -= total - tax,
            "PRODUCT" => {
                self.at(day).gross_sales += total - tax + discount;
                self.at(day).discounts += discount;
                if sale["actionType"] == "ORDER" {
                    let id = text(&sale["lineItem"]["id"]).to_owned();
                    self.lines.get_mut(&id).unwrap().net = Some(total - tax);
                    let units = sale["quantity"].as_i64().unwrap();
                    let cost = self.cost(&id, 0, units, &order);
                    self.at(day).cogs += cost;
                }
            }
            "SHIPPING" => self.at(day).shipping_income += total - tax,
            "ADJUSTMENT" => self.at(day).other_income += total - tax,
            other => assert!(["GIFT_CARD", "TIP"].contains(&other), "{other}"),
        }
    }

    /// What the units from one to another cost, at a ratio of 0.40 where no cost is known.
    fn cost(&self, line: &str, from: i64, to: i64, order: &str) -> Cents {
        let line = &self.lines[line];
        let ordered_on = self.orders[order];
        let known = self
            .costs
            .get(&line.variant)
            .and_then(|costs| costs.iter().rev().find(|(from, _)| *from <= ordered_on));
        match known {
            Some((_, cost)) => cost * (to - from),
            None => {
                let estimate = money::scale(line.net.unwrap(), 40, 100);
                let first = |units| money::scale(estimate, units, line.quantity);
                first(to) - first(from)
            }
        }
    }
}

#[test]
fn the_ladder_read_from_the_face_is_the_ladder_of_the_books() {
    std::thread::scope(|scope| {
        for seed in 1..=5 {
            scope.spawn(move || compare(seed));
        }
    });
}

fn compare(seed: u64) {
    let world = Arc::new(demo::world(seed, date(2026, 11, 21), demo::LIFE));
    let options = Options { unlimited: true, ..Options::default() };
    let face = Face::new(Arc::new(AppState::new(Arc::clone(&world), options, "http://127.0.0.1:1".into())));
    let mut costs = HashMap::new();
    for variant in &world.shop().variants {
        let history = variant.costs.iter().map(|cost| (cost.valid_from, cost.unit_cost)).collect();
        costs.insert(format!("gid://shopify/ProductVariant/{}", variant.id), history);
    }
    let mut reader = Reader {
        world: &world,
        costs,
        orders: HashMap::new(),
        lines: HashMap::new(),
        agreements: HashMap::new(),
        sums: BTreeMap::new(),
    };
    let (seen, lines) = run(&face, QUERY, false);
    assert_eq!(seen["rootObjectCount"], world.shop().orders.len().to_string());
    let kind = |line: &Value| text(&line["id"]).split('/').nth(3).unwrap().to_owned();
    for wanted in [
        &["Order"][..],
        &["LineItem", "SalesAgreement"],
        &["ProductSale", "ShippingLineSale", "AdjustmentSale", "GiftCardSale", "TipSale"],
        &["RefundLineItem"],
    ] {
        for line in lines.iter().filter(|line| wanted.contains(&kind(line).as_str())) {
            match kind(line).as_str() {
                "Order" => reader.order(line),
                "LineItem" => {
                    let variant = line["variant"]["id"].as_str().unwrap_or("").to_owned();
                    let quantity = line["quantity"].as_i64().unwrap();
                    let order = text(&line["__parentId"]).to_owned();
                    let new = Line { order, variant, quantity, net: None, shelved: 0 };
                    reader.lines.insert(text(&line["id"]).to_owned(), new);
                }
                "SalesAgreement" => {
                    let order = text(&line["__parentId"]).to_owned();
                    if reader.orders.contains_key(&order) {
                        let day = reader.day(&line["happenedAt"]);
                        reader.agreements.insert(text(&line["id"]).to_owned(), (order, day));
                    }
                }
                "RefundLineItem" => {
                    let Some((_, day)) = reader.agreements.get(text(&line["__parentId"])).cloned() else {
                        continue;
                    };
                    let id = text(&line["lineItem"]["id"]);
                    // gift cards and tips have no cost
                    if line["restocked"] == json!(true) && reader.lines[id].net.is_some() {
                        let (order, before) = (reader.lines[id].order.clone(), reader.lines[id].shelved);
                        let after = before + line["quantity"].as_i64().unwrap();
                        let cost = reader.cost(id, before, after, &order);
                        reader.lines.get_mut(id).unwrap().shelved = after;
                        reader.at(day).cogs -= cost;
                    }
                }
                _ => reader.sale(line),
            }
        }
    }
    let assumptions = Assumptions { cost_ratio: Decimal::new(40, 2), label_cost: Decimal::ZERO };
    let truth = by_day(&world, date(2024, 11, 1), date(2026, 11, 30), &assumptions);
    for (day, mut sums) in truth {
        sums.ad_spend = 0;
        assert_eq!(reader.sums.get(&day).copied().unwrap_or_default(), sums, "seed {seed}, {day}");
    }
    assert!(ask(&face, "{ shop { name } }", Value::Null)["errors"].is_null());
}
