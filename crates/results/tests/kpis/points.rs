//! Points against values that were worked out by hand.

use netgain_domain::{Record, Table, Value};
use netgain_results::{list_kpis, update_kpis};

use crate::place::{Place, ad, day, dec, instant, pairs, record, row, text, time};

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
