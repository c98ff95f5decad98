//! Key figures through the warehouse, against values that were worked out by hand, and the life of an override.
#![allow(missing_docs, clippy::unwrap_used)]

use netgain_domain::facts::{KpiAction, KpiRead};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Decimal, Record, Row, Table, Value};
use netgain_profit::Settings;
use netgain_results::{
    Error, KpiChange, kpi_history, list_kpis, note_kpi_reads, set_kpi_override, unset_kpi_override,
    update_kpis, update_profit,
};
use netgain_warehouse::{Batch, Options, Warehouse};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn dec(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

fn time(text: &str) -> Value {
    Value::Time(text.parse().unwrap())
}

fn day(text: &str) -> Value {
    Value::Date(text.parse().unwrap())
}

fn row(table: Table, id: &str, cells: &[(&str, Value)]) -> Row {
    let mut row = Row::empty(table, id.to_owned());
    for (column, value) in cells {
        row.set(column, value.clone());
    }
    row
}

fn record(table: Table, id: &str, cells: &[(&str, Value)]) -> Record {
    Record { root: row(table, id, cells), children: Vec::new(), version: 1, position: 0 }
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

struct Place {
    warehouse: Warehouse,
    settings: Settings,
    folder: tempfile::TempDir,
}

const SEEN: &str = "2026-06-05T12:00:00Z";

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let warehouse = Self::open(&folder);
        let settings = Settings::new("GBP".parse().unwrap(), "Europe/London".parse().unwrap());
        Self { warehouse, settings, folder }
    }

    fn open(folder: &tempfile::TempDir) -> Warehouse {
        Warehouse::open(folder.path(), &"test".parse().unwrap(), Options::default()).unwrap()
    }

    fn put(&self, connection: &str, records: Vec<Record>) {
        let line =
            |(at, record)| (record, format!("{connection}/rows/0123456789abcdef0123456789abcdef#{at}"));
        self.warehouse
            .commit(&Batch {
                connection: connection.parse().unwrap(),
                source: format!("{connection}_platform"),
                stream: "rows".into(),
                observed_at: instant(SEEN),
                records: records.into_iter().enumerate().map(line).collect(),
                cursor: None,
                aside: Default::default(),
            })
            .unwrap();
    }

    fn update(&self) -> u64 {
        update_profit(&self.warehouse, &self.settings, &mut |_| {}).unwrap();
        update_kpis(&self.warehouse, &self.settings).unwrap().changed
    }

    fn read(&self, connection: &str, entity: &str, at: &str) -> u64 {
        let read = KpiRead { connection_id: connection.into(), entity: entity.into(), read_at: instant(at) };
        note_kpi_reads(&self.warehouse, &self.settings, &[read]).unwrap()
    }

    /// The values of a metric by day, `-` where one cannot be said.
    fn values(&self, connection: &str, metric: &str) -> Vec<(String, String)> {
        let days = ("2026-01-01".parse().unwrap(), "2026-12-31".parse().unwrap());
        let found = kpi_history(&self.warehouse, &self.settings, metric, Some(connection), days).unwrap();
        let shown = |value: Option<Decimal>| value.map_or("-".to_owned(), |value| value.to_string());
        found
            .into_iter()
            .flat_map(|one| one.points)
            .map(|point| (point.day.to_string(), shown(point.value)))
            .collect()
    }

    fn value(&self, connection: &str, metric: &str, day: &str) -> Option<String> {
        self.values(connection, metric).into_iter().find(|(on, _)| on == day).map(|(_, value)| value)
    }

    fn change(&self, metric: &str, source: Option<&str>, at: &str) -> KpiChange {
        KpiChange {
            metric: metric.into(),
            source: source.map(str::to_owned),
            day: "2026-06-01".parse().unwrap(),
            by: "Ada".into(),
            reason: Some("the invoice says so".into()),
            at: instant(at),
        }
    }

    fn set(&self, metric: &str, source: Option<&str>, at: &str, value: &str) -> Result<(), Error> {
        let change = self.change(metric, source, at);
        set_kpi_override(&self.warehouse, &self.settings, &change, value.parse().unwrap()).map(drop)
    }

    /// Action, old, new and actor of every entry, oldest first.
    fn audit(&self) -> Vec<(KpiAction, String, String, String)> {
        let shown = |value: Option<Decimal>| value.map_or("-".to_owned(), |value| value.to_string());
        let all = self.warehouse.kpi_audit(None, 100).unwrap();
        all.into_iter().rev().map(|one| (one.action, shown(one.old), shown(one.new), one.actor)).collect()
    }
}

fn ad(id: &str, on: &str, amounts: [&str; 5], currency: &str) -> Record {
    record(
        Table::AdDays,
        id,
        &[
            ("day", day(on)),
            ("level", text("campaign")),
            ("entity_id", text("c")),
            ("currency", text(currency)),
            ("time_zone", text("Europe/London")),
            ("spend", dec(amounts[0])),
            ("impressions", Value::Int(amounts[1].parse().unwrap())),
            ("clicks", Value::Int(amounts[2].parse().unwrap())),
            ("conversions", dec(amounts[3])),
            ("conversion_value", dec(amounts[4])),
        ],
    )
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(day, value)| ((*day).to_owned(), (*value).to_owned())).collect()
}

#[test]
fn advertising_days_are_summed_and_divided() {
    let place = Place::new();
    let mut adset = ad("x", "2026-06-01", ["99", "9", "9", "9", "9"], "GBP");
    adset.root.set("level", text("ad_set"));
    place.put(
        "ads",
        vec![
            ad("1", "2026-06-01", ["10.10", "1000", "40", "2", "50.50"], "GBP"),
            ad("2", "2026-06-01", ["9.90", "500", "10", "1", "9.50"], "GBP"),
            ad("3", "2026-06-02", ["0", "30", "0", "0", "0"], "GBP"),
            ad("4", "2026-06-03", ["7", "1", "1", "1", "1"], "USD"),
            // its sums are in those of its campaign
            adset,
        ],
    );
    assert!(place.update() > 0);
    assert_eq!(place.value("ads", "spend", "2026-06-01").as_deref(), Some("20"));
    assert_eq!(place.value("ads", "impressions", "2026-06-01").as_deref(), Some("1500"));
    assert_eq!(place.value("ads", "clicks", "2026-06-01").as_deref(), Some("50"));
    assert_eq!(place.value("ads", "conversions", "2026-06-01").as_deref(), Some("3"));
    assert_eq!(place.value("ads", "conversion_value", "2026-06-01").as_deref(), Some("60"));
    assert_eq!(place.value("ads", "roas", "2026-06-01").as_deref(), Some("3"));
    assert_eq!(place.value("ads", "cpc", "2026-06-01").as_deref(), Some("0.4"));
    // 50 / 1500
    assert_eq!(place.value("ads", "ctr", "2026-06-01").as_deref(), Some("0.033333"));
    // nothing was spent and nobody clicked: no ratio is no zero
    assert_eq!(place.value("ads", "roas", "2026-06-02"), None);
    assert_eq!(place.value("ads", "ctr", "2026-06-02").as_deref(), Some("0"));
    // no rate from USD is known
    assert_eq!(place.value("ads", "spend", "2026-06-03").as_deref(), Some("-"));
    let report = update_kpis(&place.warehouse, &place.settings).unwrap();
    // spend, conversion value, roas and cost per click of that day
    assert_eq!((report.changed, report.without_value), (0, 4));
}

#[test]
fn a_rate_that_arrives_gives_the_value_and_takes_nothing_else_along() {
    let place = Place::new();
    place.put("ads", vec![ad("4", "2026-06-03", ["7", "1", "1", "1", "14"], "USD")]);
    place.put("other", vec![ad("5", "2026-06-03", ["3", "1", "1", "1", "1"], "GBP")]);
    place.update();
    let rate =
        [("day", day("2026-06-03")), ("base", text("USD")), ("quote", text("GBP")), ("rate", dec("0.5"))];
    place.put("rates", vec![record(Table::FxRates, "r", &rate)]);
    assert_eq!(place.update(), 4);
    assert_eq!(place.value("ads", "spend", "2026-06-03").as_deref(), Some("3.5"));
    assert_eq!(place.value("ads", "roas", "2026-06-03").as_deref(), Some("2"));
}

#[test]
fn balance_contacts_and_deals_count_on_local_days() {
    let place = Place::new();
    let money = |id: &str, kind: &str, gross: &str, at: &str| {
        record(
            Table::BalanceTransactions,
            id,
            &[
                ("kind", text(kind)),
                ("platform_kind", text(kind)),
                ("gross", dec(gross)),
                ("currency", text("GBP")),
                ("created_at", time(at)),
            ],
        )
    };
    place.put(
        "pay",
        vec![
            money("1", "charge", "100", "2026-06-01T12:00:00Z"),
            // half past midnight in London
            money("2", "charge", "40", "2026-06-01T23:30:00Z"),
            money("3", "refund", "-15.50", "2026-06-02T08:00:00Z"),
            money("4", "payout", "-500", "2026-06-02T08:00:00Z"),
        ],
    );
    let deal = |id: &str, status: &str, amount: &str, made: &str, closed: Option<&str>| {
        let mut cells = vec![
            ("status", text(status)),
            ("amount", dec(amount)),
            ("currency", text("GBP")),
            ("created_at", time(made)),
        ];
        cells.extend(closed.map(|at| ("closed_at", time(at))));
        record(Table::Deals, id, &cells)
    };
    let mut gone = deal("4", "open", "9999", "2026-06-01T10:00:00Z", None);
    gone.root.set("deleted", Value::Bool(true));
    let contact = |id: &str, made: &str| record(Table::Contacts, id, &[("created_at", time(made))]);
    place.put(
        "crm",
        vec![
            deal("1", "open", "100", "2026-06-01T10:00:00Z", None),
            // an open deal's closing date is only expected
            deal("2", "open", "30", "2026-06-02T10:00:00Z", Some("2026-06-03T10:00:00Z")),
            deal("3", "won", "500", "2026-06-02T10:00:00Z", Some("2026-06-04T10:00:00Z")),
            deal("5", "lost", "70", "2026-06-03T10:00:00Z", Some("2026-06-04T11:00:00Z")),
            gone,
            contact("a", "2026-06-01T10:00:00Z"),
            contact("b", "2026-06-01T23:15:00Z"),
            contact("c", "2026-06-02T10:00:00Z"),
        ],
    );
    place.update();
    assert_eq!(place.values("pay", "revenue"), pairs(&[("2026-06-01", "100"), ("2026-06-02", "24.5")]));
    assert_eq!(place.values("crm", "new_contacts"), pairs(&[("2026-06-01", "1"), ("2026-06-02", "2")]));
    assert_eq!(place.values("crm", "deals_won"), pairs(&[("2026-06-04", "1")]));
    assert_eq!(place.values("crm", "deals_won_value"), pairs(&[("2026-06-04", "500")]));
    let pipeline = [
        ("2026-06-01", "100"),
        ("2026-06-02", "630"),
        ("2026-06-03", "700"),
        ("2026-06-04", "130"),
        ("2026-06-05", "130"),
    ];
    assert_eq!(place.values("crm", "pipeline_value"), pairs(&pipeline));
}

#[test]
fn visits_are_summed_over_what_brought_them() {
    let place = Place::new();
    let visit = |id: &str, on: &str, cells: [i64; 2], more: &[(&str, Value)]| {
        let mut row = vec![
            ("day", day(on)),
            ("time_zone", text("America/New_York")),
            ("sessions", Value::Int(cells[0])),
            ("users", Value::Int(cells[1])),
        ];
        row.extend(more.iter().cloned());
        record(Table::WebDays, id, &row)
    };
    let sold = [("transactions", dec("3")), ("revenue", dec("90.30")), ("currency", text("GBP"))];
    place.put(
        "web",
        vec![
            visit("1", "2026-06-01", [100, 80], &sold),
            visit("2", "2026-06-01", [50, 40], &[("transactions", dec("1.5"))]),
            visit("3", "2026-06-02", [7, 7], &[]),
        ],
    );
    place.update();
    assert_eq!(place.values("web", "sessions"), pairs(&[("2026-06-01", "150"), ("2026-06-02", "7")]));
    assert_eq!(place.value("web", "users", "2026-06-01").as_deref(), Some("120"));
    assert_eq!(place.values("web", "web_conversions"), pairs(&[("2026-06-01", "4.5")]));
    assert_eq!(place.values("web", "conversion_rate"), pairs(&[("2026-06-01", "0.03")]));
    assert_eq!(place.values("web", "web_revenue"), pairs(&[("2026-06-01", "90.3")]));
    // days of the property's zone keep their date, and say whose they are
    let points = place.warehouse.kpi_values().unwrap();
    let sessions = points.iter().find(|point| point.series.metric == "sessions").unwrap();
    assert!(sessions.metadata.as_deref().unwrap().contains("America/New_York"));
    assert_eq!(sessions.timestamp, instant("2026-05-31T23:00:00Z"));
}

#[test]
fn messages_without_a_day_count_on_the_day_they_were_sent() {
    let place = Place::new();
    let sums = |id: &str, campaign: &str, more: &[(&str, Value)]| {
        let mut cells =
            vec![("campaign_id", text(campaign)), ("sent", Value::Int(100)), ("opened", Value::Int(40))];
        cells.extend(more.iter().cloned());
        record(Table::MessageDays, id, &cells)
    };
    let money = [("conversion_value", dec("12.5")), ("cost", dec("0.75")), ("currency", text("GBP"))];
    place.put(
        "mail",
        vec![
            record(
                Table::MessageCampaigns,
                "spring",
                &[("kind", text("campaign")), ("sent_at", time("2026-06-01T23:30:00Z"))],
            ),
            sums("1", "spring", &money),
            sums("2", "flow", &[("day", day("2026-06-02"))]),
            // nobody says when
            sums("3", "draft", &[]),
        ],
    );
    place.update();
    assert_eq!(place.values("mail", "messages_sent"), pairs(&[("2026-06-02", "200")]));
    assert_eq!(place.values("mail", "messages_opened"), pairs(&[("2026-06-02", "80")]));
    assert_eq!(place.values("mail", "messages_revenue"), pairs(&[("2026-06-02", "12.5")]));
    assert_eq!(place.values("mail", "messages_cost"), pairs(&[("2026-06-02", "0.75")]));
    assert_eq!(place.values("mail", "messages_clicked"), pairs(&[]));
}

#[test]
fn subscriptions_recur_end_and_are_lost() {
    let place = Place::new();
    let one = |id: &str, amount: &str, interval: &str, began: &str, ended: Option<&str>| {
        let mut cells = vec![
            ("customer_id", text(&format!("customer {id}"))),
            ("status", text(if ended.is_some() { "canceled" } else { "active" })),
            ("currency", text("GBP")),
            ("amount", dec(amount)),
            ("interval", text(interval)),
            ("started_at", time(began)),
        ];
        if let Some(ended) = ended {
            cells.extend([("canceled_at", time(ended)), ("ended_at", time(ended))]);
        }
        record(Table::Subscriptions, id, &cells)
    };
    place.put(
        "pay",
        vec![
            one("a", "10", "month", "2026-05-01T10:00:00Z", None),
            one("b", "120", "year", "2026-05-02T10:00:00Z", None),
            one("c", "25", "month", "2026-05-02T10:00:00Z", Some("2026-06-03T10:00:00Z")),
        ],
    );
    place.update();
    let at = |metric: &str, on: &str| place.value("pay", metric, on);
    assert_eq!(at("mrr", "2026-05-01").as_deref(), Some("10"));
    assert_eq!(at("mrr", "2026-05-02").as_deref(), Some("45"));
    assert_eq!(at("mrr", "2026-06-03").as_deref(), Some("20"));
    assert_eq!(at("active_subscriptions", "2026-06-02").as_deref(), Some("3"));
    assert_eq!(at("active_subscriptions", "2026-06-05").as_deref(), Some("2"));
    // 30 days before, nobody paid yet
    assert_eq!(at("churn_rate", "2026-05-30"), None);
    assert_eq!(at("churn_rate", "2026-06-02").as_deref(), Some("0"));
    // one of the three who paid on 4 May
    assert_eq!(at("churn_rate", "2026-06-03").as_deref(), Some("0.333333"));
    assert_eq!(place.values("pay", "mrr").last().unwrap().0, "2026-06-05");
}

#[test]
fn orders_are_those_of_the_ladder() {
    let place = Place::new();
    let order = |id: &str, at: &str, total: &str, discount: &str| {
        let event = [
            ("order_id", text(id)),
            ("happened_at", time(at)),
            ("reason", text("order")),
            ("action", text("order")),
            ("kind", text("product")),
            ("quantity", Value::Int(1)),
            ("total_amount", dec(total)),
            ("tax_amount", dec("0")),
            ("discount_amount", dec(discount)),
            ("currency", text("GBP")),
        ];
        let cells = [
            ("name", text(id)),
            ("placed_at", time(at)),
            ("financial_status", text("paid")),
            ("currency", text("GBP")),
        ];
        Record {
            children: vec![row(Table::SaleEvents, &format!("e{id}"), &event)],
            ..record(Table::Orders, id, &cells)
        }
    };
    place.put(
        "shop",
        vec![
            order("1", "2026-06-01T10:00:00Z", "90", "10"),
            order("2", "2026-06-01T11:00:00Z", "20", "0"),
            order("3", "2026-06-01T23:30:00Z", "7", "0"),
        ],
    );
    place.update();
    let on = |metric: &str| place.value("shop", metric, "2026-06-01");
    assert_eq!(on("orders").as_deref(), Some("2"));
    assert_eq!(on("gross_sales").as_deref(), Some("120"));
    assert_eq!(on("net_sales").as_deref(), Some("110"));
    assert_eq!(on("aov").as_deref(), Some("55"));
    assert_eq!(place.value("shop", "orders", "2026-06-02").as_deref(), Some("1"));
    let line = list_kpis(&place.warehouse, &place.settings, 5).unwrap();
    let orders = line.iter().find(|line| line.series.metric == "orders").unwrap();
    assert_eq!(orders.series.source, "shop_platform");
}

#[test]
fn computing_again_changes_nothing_and_a_killed_run_is_finished() {
    let place = Place::new();
    place.put("ads", vec![ad("1", "2026-06-01", ["10.10", "1000", "40", "2", "50.50"], "GBP")]);
    let first = place.update();
    assert!(first > 0);
    let rows = place.warehouse.kpi_values().unwrap();
    assert_eq!(place.update(), 0);
    // what was not written before a kill is written by the next run
    place.put("ads", vec![ad("2", "2026-06-02", ["1", "10", "4", "2", "5"], "GBP")]);
    let Place { warehouse, settings, folder } = place;
    drop(warehouse);
    let place = Place { warehouse: Place::open(&folder), settings, folder };
    assert_eq!(place.warehouse.kpi_values().unwrap(), rows);
    place.update();
    assert_eq!(place.value("ads", "spend", "2026-06-02").as_deref(), Some("1"));
    // a day that is gone takes its points along
    let clean = Place::new();
    clean.put("ads", vec![ad("1", "2026-06-01", ["10.10", "1000", "40", "2", "50.50"], "GBP")]);
    clean.update();
    assert_eq!(clean.warehouse.kpi_values().unwrap(), rows);
}

#[test]
fn an_override_stands_until_its_source_is_read_again() {
    let place = Place::new();
    place.put("ads", vec![ad("1", "2026-06-01", ["10", "1000", "40", "2", "50"], "GBP")]);
    place.update();
    place.read("ads", "ad_days", "2026-06-02T00:00:00Z");
    place.set("spend", Some("ads"), "2026-06-02T10:00:00Z", "12.5").unwrap();
    assert_eq!(place.values("ads", "spend"), pairs(&[("2026-06-01", "12.5")]));
    // other tables of the source and other sources change nothing, working it out again neither
    place.read("ads", "ad_entities", "2026-06-03T00:00:00Z");
    place.read("other", "ad_days", "2026-06-03T00:00:00Z");
    place.update();
    assert_eq!(place.values("ads", "spend"), pairs(&[("2026-06-01", "12.5")]));
    // the next reading wins, and is entered once however often it is told
    assert_eq!(place.read("ads", "ad_days", "2026-06-03T00:00:00Z"), 1);
    assert_eq!(place.read("ads", "ad_days", "2026-06-03T00:00:00Z"), 0);
    assert_eq!(place.read("ads", "ad_days", "2026-06-01T00:00:00Z"), 0);
    assert_eq!(place.read("ads", "ad_days", "2026-06-04T00:00:00Z"), 0);
    assert_eq!(place.values("ads", "spend"), pairs(&[("2026-06-01", "10")]));
    let owned = |of: &str| of.to_owned();
    let expected = [
        (KpiAction::Set, owned("10"), owned("12.5"), owned("Ada")),
        (KpiAction::ReplacedBySync, owned("12.5"), owned("10"), owned("sync of ads")),
    ];
    assert_eq!(place.audit(), expected);
}

#[test]
fn a_reading_at_the_same_microsecond_wins() {
    let place = Place::new();
    place.put("ads", vec![ad("1", "2026-06-01", ["10", "1000", "40", "2", "50"], "GBP")]);
    place.update();
    // nanoseconds are not kept and decide nothing
    place.set("spend", None, "2026-06-02T10:00:00.000001999Z", "12").unwrap();
    assert_eq!(place.read("ads", "ad_days", "2026-06-02T10:00:00.000000999Z"), 0);
    assert_eq!(place.value("ads", "spend", "2026-06-01").as_deref(), Some("12"));
    assert_eq!(place.read("ads", "ad_days", "2026-06-02T10:00:00.000001Z"), 1);
    assert_eq!(place.value("ads", "spend", "2026-06-01").as_deref(), Some("10"));
}

#[test]
fn a_reading_that_was_noted_before_a_kill_is_entered_by_the_next() {
    let place = Place::new();
    place.put("ads", vec![ad("1", "2026-06-01", ["10", "1000", "40", "2", "50"], "GBP")]);
    place.update();
    place.set("spend", None, "2026-06-02T10:00:00Z", "12").unwrap();
    // noted, but killed before it was entered
    let read = KpiRead {
        connection_id: "ads".into(),
        entity: "ad_days".into(),
        read_at: instant("2026-06-03T00:00:00Z"),
    };
    place.warehouse.note_kpi_reads(&[read]).unwrap();
    assert_eq!(place.audit().len(), 1);
    // a new word does not hide what happened to the one before
    place.set("spend", None, "2026-06-03T10:00:00Z", "13").unwrap();
    let actions: Vec<_> = place.audit().into_iter().map(|(action, old, new, _)| (action, old, new)).collect();
    let owned = |old: &str, new: &str| (old.to_owned(), new.to_owned());
    let of = |action, (old, new): (String, String)| (action, old, new);
    let expected = [
        of(KpiAction::Set, owned("10", "12")),
        of(KpiAction::ReplacedBySync, owned("12", "10")),
        of(KpiAction::Set, owned("10", "13")),
    ];
    assert_eq!(actions, expected);
    assert_eq!(place.read("ads", "ad_days", "2026-06-04T00:00:00Z"), 1);
}

#[test]
fn what_no_source_says_stands_and_can_be_taken_back() {
    let place = Place::new();
    place.put("ads", vec![ad("1", "2026-06-02", ["10", "1000", "40", "2", "50"], "GBP")]);
    place.update();
    // the source has the metric, but says nothing about the day
    place.set("spend", None, "2026-06-02T10:00:00Z", "3").unwrap();
    place.set("team size", None, "2026-06-02T10:00:00Z", "4").unwrap();
    place.set("team size", None, "2026-06-02T11:00:00Z", "5").unwrap();
    place.read("ads", "ad_days", "2026-06-09T00:00:00Z");
    assert_eq!(place.values("ads", "spend"), pairs(&[("2026-06-01", "3"), ("2026-06-02", "10")]));
    assert_eq!(place.values("manual", "team size"), pairs(&[("2026-06-01", "5")]));
    let back = place.change("team size", Some("manual"), "2026-06-02T12:00:00Z");
    unset_kpi_override(&place.warehouse, &place.settings, &back).unwrap();
    assert_eq!(place.values("manual", "team size"), pairs(&[]));
    let again = place.change("team size", None, "2026-06-02T13:00:00Z");
    let nothing = unset_kpi_override(&place.warehouse, &place.settings, &again).unwrap_err();
    assert!(matches!(nothing, Error::KpiNotFound(_)), "{nothing}");
    let removed = place.audit().pop().unwrap();
    assert_eq!(removed, (KpiAction::Removed, "5".into(), "-".into(), "Ada".into()));
}

#[test]
fn what_cannot_be_meant_is_refused_by_name() {
    let place = Place::new();
    for connection in ["one", "two"] {
        place.put(connection, vec![ad("1", "2026-06-01", ["10", "1000", "40", "2", "50"], "GBP")]);
    }
    place.update();
    let field = |error: Error| match error {
        Error::KpiRefused { field, message } => (field, message),
        other => panic!("{other}"),
    };
    let at = "2026-06-02T10:00:00Z";
    let (name, message) = field(place.set("spend", None, at, "1").unwrap_err());
    assert_eq!(name, "source");
    assert!(message.contains("one, two"), "{message}");
    assert_eq!(field(place.set("spend", Some("three"), at, "1").unwrap_err()).0, "source");
    assert_eq!(field(place.set(" ", None, at, "1").unwrap_err()).0, "metric");
    assert_eq!(field(place.set("spend", Some("one"), at, "0.12345678901").unwrap_err()).0, "value");
    // by connection or by platform
    place.set("spend", Some("one"), at, "1").unwrap();
    place.set("spend", Some("two_platform"), at, "2").unwrap();
    assert_eq!(place.value("one", "spend", "2026-06-01").as_deref(), Some("1"));
    assert_eq!(place.value("two", "spend", "2026-06-01").as_deref(), Some("2"));
}
