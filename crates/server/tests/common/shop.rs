//! A shop of random orders: discounts, refunds, gift cards, tips, two currencies, statuses of every kind, advertising in
//! two currencies, operating costs, visits, customers and subscriptions. The same number makes the same shop.
#![allow(dead_code, missing_docs, clippy::expect_used)]

use netgain_domain::facts::{CostRuleFact, CostRuleKind, RuleTerms};
use netgain_domain::jiff::{Span, Timestamp};
use netgain_domain::{Decimal, Record, Row, Table, Value};
use netgain_profit::Settings;
use netgain_results::{save_costs, update_profit};
use netgain_warehouse::{Archive, Batch, CostBookChange};

use crate::common::TestApp;

/// Numbers that look like chance.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 >> 33).expect("31 bits") % end
    }

    pub fn one_in(&mut self, many: i64) -> bool {
        self.below(many) == 0
    }

    pub fn of<T: Clone>(&mut self, all: &[T]) -> T {
        let at = self.below(i64::try_from(all.len()).expect("few"));
        all[usize::try_from(at).expect("a place")].clone()
    }
}

pub const ORDERS: i64 = 45;

fn text(text: &str) -> Value {
    Value::Text(text.into())
}

fn cents(cents: i64) -> Value {
    Value::Decimal(Decimal::new(cents, 2))
}

fn row(table: Table, id: &str, cells: &[(&str, Value)]) -> Row {
    let mut row = Row::empty(table, id.into());
    for (column, value) in cells {
        row.set(column, value.clone());
    }
    row
}

fn record(root: Row) -> Record {
    Record { root, children: vec![], version: 1, position: 0 }
}

fn start() -> Timestamp {
    "2026-01-05T09:00:00Z".parse().expect("an instant")
}

/// An order with its lines, ledger, refunds and fees; and the visits before it.
fn order(number: i64, chance: &mut Chance) -> (Record, Record) {
    let id = format!("gid://shopify/Order/{number}");
    let placed = start() + Span::new().hours(chance.below(100 * 24));
    let currency = if chance.one_in(6) { "USD" } else { "GBP" };
    let status = chance.of(&["paid", "paid", "paid", "paid", "pending", "voided", "partially_paid"]);
    let mut root = vec![
        ("name", text(&format!("#{number}"))),
        ("placed_at", Value::Time(placed)),
        ("channel", text(chance.of(&["web", "pos", "Shop, EU 100%", ""]))),
        ("financial_status", text(status)),
        ("is_test", Value::Bool(chance.one_in(15))),
        ("currency", text(currency)),
        ("taxes_included", Value::Bool(chance.one_in(2))),
        ("total_price", cents(1_000 + chance.below(20_000))),
        ("total_tax", cents(chance.below(2_000))),
    ];
    if !chance.one_in(5) {
        root.push(("customer_id", text(&format!("c{}", chance.below(15)))));
    }
    if chance.one_in(12) {
        root.push(("cancelled_at", Value::Time(placed + Span::new().hours(30))));
    }
    let mut children = Vec::new();
    let event =
        |name: &str, line: Option<&str>, kind: &str, when: Timestamp, net: i64, tax: i64, off: i64| {
            let back = net < 0;
            let mut cells = vec![
                ("order_id", text(&id)),
                ("happened_at", Value::Time(when)),
                ("reason", text(if back { "refund" } else { "order" })),
                ("action", text(if back { "return" } else { "order" })),
                ("kind", text(kind)),
                ("quantity", Value::Int(if back { -1 } else { 2 })),
                ("total_amount", cents(net + tax)),
                ("tax_amount", cents(tax)),
                ("discount_amount", cents(off)),
                ("currency", text(currency)),
            ];
            cells.extend(line.map(|line| ("line_id", text(line))));
            row(Table::SaleEvents, &format!("{id}-{name}"), &cells)
        };
    for at in 0..=chance.below(3) {
        let line = format!("{id}-{at}");
        let gift = chance.one_in(9);
        let variant = chance.of(&["v1", "v1", "v2", "v3"]);
        let cells = [
            ("order_id", text(&id)),
            ("variant_id", text(variant)),
            ("title", text("Thing")),
            ("quantity", Value::Int(2)),
            ("unit_price", cents(2_400)),
            ("is_gift_card", Value::Bool(gift)),
            ("currency", text(currency)),
        ];
        children.push(row(Table::OrderLines, &line, &cells));
        let net = 500 + chance.below(9_000);
        let kind = if gift { "gift_card" } else { "product" };
        let off = if gift { 0 } else { chance.below(3) * 111 };
        children.push(event(&format!("sale{at}"), Some(&line), kind, placed, net, net / 5, off));
        if chance.one_in(4) && !gift {
            let when = placed + Span::new().hours(24 + chance.below(40 * 24));
            let back = net / 2;
            children.push(event(&format!("back{at}"), Some(&line), kind, when, -back, -back / 5, 0));
            let cells = [
                ("order_id", text(&id)),
                ("line_id", text(&line)),
                ("refunded_at", Value::Time(when)),
                ("quantity", Value::Int(1)),
                ("restocked", Value::Bool(chance.one_in(2))),
            ];
            children.push(row(Table::RefundLines, &format!("{line}-refund"), &cells));
        }
    }
    for (kind, most) in [("shipping", 900), ("tip", 300), ("duty", 700), ("adjustment", 400)] {
        if chance.one_in(3) {
            let net = 1 + chance.below(most);
            children.push(event(kind, None, kind, placed, net, net / 5, 0));
        }
    }
    if chance.one_in(2) {
        let cells = [
            ("order_id", text(&id)),
            ("amount", cents(30 + chance.below(300))),
            ("currency", text(currency)),
        ];
        children.push(row(Table::PaymentFees, &format!("{id}-fee"), &cells));
    }
    let mut visits = Vec::new();
    for at in 0..chance.below(3) {
        let cells = [
            ("order_id", text(&id)),
            ("position", text(if at == 0 { "first" } else { "last" })),
            ("occurred_at", Value::Time(placed - Span::new().hours(1 + chance.below(500)))),
            ("utm_source", text(chance.of(&["facebook", "google", "newsletter"]))),
            ("utm_medium", text(chance.of(&["cpc", "email"]))),
            ("utm_campaign", text(chance.of(&["Spring", "Summer", "k9"]))),
        ];
        visits.push(row(Table::Touchpoints, &format!("{id}-touch{at}"), &cells));
    }
    let journey = row(Table::Journeys, &id, &[("is_known", Value::Bool(true))]);
    let journey = Record { root: journey, children: visits, version: 1, position: 0 };
    (Record { root: row(Table::Orders, &id, &root), children, version: 1, position: 0 }, journey)
}

fn ads(chance: &mut Chance) -> Vec<Record> {
    let mut all = Vec::new();
    for day in 0..100 {
        for (campaign, name, currency) in
            [("k1", "Spring", "GBP"), ("k2", "Summer", "GBP"), ("k9", "Abroad", "USD")]
        {
            if chance.one_in(3) {
                continue;
            }
            let date = (start() + Span::new().hours(day * 24))
                .to_zoned(netgain_domain::jiff::tz::TimeZone::UTC)
                .date();
            let cells = [
                ("day", Value::Date(date)),
                ("level", text("ad")),
                ("entity_id", text(&format!("ad of {campaign}"))),
                ("campaign_id", text(campaign)),
                ("campaign_name", text(name)),
                ("currency", text(currency)),
                ("spend", cents(100 + chance.below(3_000))),
                ("conversions", Value::Decimal(Decimal::new(chance.below(30), 1))),
                ("conversion_value", cents(chance.below(9_000))),
                ("provisional", Value::Bool(day > 80)),
            ];
            all.push(record(row(Table::AdDays, &format!("{campaign}@{date}"), &cells)));
        }
    }
    all
}

fn rates() -> Vec<Record> {
    let rate = |(day, rate): (&str, i64)| {
        let cells = [
            ("day", Value::Date(day.parse().expect("a day"))),
            ("base", text("USD")),
            ("quote", text("GBP")),
            ("rate", Value::Decimal(Decimal::new(rate, 4))),
        ];
        record(row(Table::FxRates, &format!("USD/GBP@{day}"), &cells))
    };
    // a rate holds for some days only, so that there is one for every day
    let days = (0..160).map(|day| {
        let date = (start() - Span::new().hours(30 * 24) + Span::new().hours(day * 24))
            .to_zoned(netgain_domain::jiff::tz::TimeZone::UTC)
            .date();
        (date.to_string(), 7_400 + day * 7)
    });
    days.collect::<Vec<_>>().iter().map(|(day, value)| rate((day, *value))).collect()
}

fn subscriptions(chance: &mut Chance) -> Vec<Record> {
    let one = |number: i64, chance: &mut Chance| {
        let begun = start() + Span::new().hours(chance.below(60 * 24));
        let mut cells = vec![
            ("customer_id", text(&format!("s{}", number / 2))),
            ("status", text("active")),
            ("currency", text(chance.of(&["GBP", "GBP", "USD"]))),
            ("amount", cents(500 + chance.below(5_000))),
            ("interval", text("month")),
            ("interval_count", Value::Int(1)),
            ("started_at", Value::Time(begun)),
        ];
        if chance.one_in(3) {
            let end = Value::Time(begun + Span::new().hours(20 * 24 + chance.below(20 * 24)));
            cells.push(("canceled_at", end.clone()));
            cells.push(("ended_at", end));
        }
        record(row(Table::Subscriptions, &format!("sub{number}"), &cells))
    };
    (0..14).map(|number| one(number, chance)).collect()
}

/// Puts a random shop into the app's workspace.
pub fn fill(app: &TestApp, seed: u64) {
    let chance = &mut Chance::new(seed);
    let workspace = "demo".parse().expect("an id");
    let warehouse = app.warehouse("demo");
    let archive = Archive::open(&app.folder(), &workspace).expect("opens");
    let commit = |connection: &str, source: &str, stream: &str, records: Vec<Record>| {
        let connection: netgain_domain::ConnectionId = connection.parse().expect("an id");
        let lines: Vec<_> = records.iter().map(|one| format!("\"{}\"", one.root.source_id).into()).collect();
        let segment = archive.put_page(&connection, stream, &lines).expect("archived");
        let records = records.into_iter().enumerate();
        let batch = Batch {
            connection,
            source: source.into(),
            stream: stream.into(),
            observed_at: "2026-04-25T08:00:00Z".parse().expect("an instant"),
            records: records.map(|(at, record)| (record, segment.raw_ref(at))).collect(),
            cursor: Some("1".into()),
            aside: Default::default(),
        };
        warehouse.commit(&batch).expect("committed");
    };
    let (orders, journeys) = (0..ORDERS).map(|number| order(5_000 + number, chance)).unzip();
    commit("shop", "shopify", "orders", orders);
    commit("shop", "shopify", "journeys", journeys);
    commit("rates", "ecb", "rates", rates());
    commit("ads", "meta_ads", "insights", ads(chance));
    commit("billing", "stripe", "subscriptions", subscriptions(chance));
    let settings = Settings::from_json(r#"{"currency":"GBP","time_zone":"Europe/London"}"#).expect("valid");
    let mut rules = 0;
    let mut rule = |kind, terms| CostRuleFact {
        rule_id: {
            rules += 1;
            format!("rule{rules}")
        },
        kind,
        currency: settings.currency,
        valid_from: None,
        valid_to: None,
        recorded_at: "2026-01-01T00:00:00Z".parse().expect("an instant"),
        source: "api".to_owned(),
        replaces: None,
        withdrawn: false,
        terms,
    };
    let monthly = |amount: i64, category: &str, marketing, channel: Option<&str>| RuleTerms {
        amount: Some(Decimal::new(amount, 2)),
        every: Some("month".to_owned()),
        category: Some(category.to_owned()),
        marketing,
        channel: channel.map(str::to_owned),
        ..RuleTerms::default()
    };
    let fixed = |amount: i64| RuleTerms { fixed: Some(Decimal::new(amount, 2)), ..RuleTerms::default() };
    let change = CostBookChange {
        rules: vec![
            rule(CostRuleKind::Operating, monthly(100_000, "rent", false, None)),
            rule(CostRuleKind::Operating, monthly(31_313, "influencer", true, Some("web"))),
            rule(CostRuleKind::Shipping, fixed(345)),
            rule(CostRuleKind::Handling, fixed(77)),
            rule(CostRuleKind::ReturnHandling, fixed(150)),
        ],
        ..CostBookChange::default()
    };
    save_costs(&warehouse, &settings, &change).expect("kept");
    update_profit(&warehouse, &settings, &mut |_| ()).expect("computed");
}
