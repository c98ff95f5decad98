//! When figures are final: messages by their platform's clock, estimated fees when the actual ones arrive.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/rows.rs"]
mod rows;

use common::TestApp;
use netgain_domain::facts::{CostRuleFact, CostRuleKind, RuleTerms};
use netgain_domain::{Decimal, Table};
use netgain_profit::Settings;
use netgain_results::{save_costs, update_profit};
use netgain_warehouse::{CostBookChange, Warehouse};
use rows::{commit, order, record, row};
use serde_json::{Value, json};

const W: &str = "/api/v1/workspaces/far";

/// Two orders whose fees a rule estimates, one on each of two days.
fn shop() -> (TestApp, Warehouse, Settings) {
    let app = TestApp::new();
    let settings = app.add_workspace_in("far", "USD", "America/New_York");
    let store = rows::open(&app, "far");
    let paid = [("financial_status", "paid")];
    let orders = [("early", "2026-03-03T12:00:00Z"), ("late", "2026-03-05T12:00:00Z")];
    let orders = orders.map(|(id, at)| order(id, at, "100", "USD", &paid));
    commit(&store, "market", "amazon_sp", orders.into());
    let rule = CostRuleFact {
        rule_id: "fees".to_owned(),
        kind: CostRuleKind::PaymentFee,
        currency: settings.currency,
        valid_from: None,
        valid_to: None,
        recorded_at: "2026-01-01T00:00:00Z".parse().unwrap(),
        source: "api".to_owned(),
        replaces: None,
        withdrawn: false,
        terms: RuleTerms { percent: Some(Decimal::from(3)), ..RuleTerms::default() },
    };
    let change = CostBookChange { rules: vec![rule], ..CostBookChange::default() };
    save_costs(&store, &settings, &change).unwrap();
    update_profit(&store, &settings, &mut |_| ()).unwrap();
    (app, store, settings)
}

async fn clocks(app: &TestApp, figure: &str) -> Value {
    let days = "from=2026-03-01,to=2026-03-31".replace(',', "%2C");
    app.get(&format!("{W}/explain?figure={figure}%2C{days}")).await.ok()
}

/// What a marketplace booked for an order.
fn booking(store: &Warehouse, order: &str, at: &str, fee: &str) {
    let cells = [
        ("kind", "charge"),
        ("gross", "100"),
        ("fee", fee),
        ("currency", "USD"),
        ("created_at", at),
        ("order_ref", order),
    ];
    let booked = record(row(Table::BalanceTransactions, &format!("booking of {order}"), &cells), vec![]);
    commit(store, "payments", "stripe", vec![booked]);
}

#[tokio::test(flavor = "multi_thread")]
async fn estimated_fees_wait_for_the_actual_ones() {
    let (app, store, settings) = shop();
    // nobody ever told a fee, so that the estimate waits for nothing
    let answer = clocks(&app, "net_profit").await;
    assert_eq!((&answer["provisional"], &answer["clocks"]), (&json!(false), &json!([])));
    let fees = clocks(&app, "line:payment_fees").await;
    assert_eq!(fees["value"], "6.00");

    // the fee of the first order arrives: that of the second is still to come
    booking(&store, "early", "2026-03-04T12:00:00Z", "2.50");
    update_profit(&store, &settings, &mut |_| ()).unwrap();
    let open = json!([{"source": "amazon_sp", "what": "fees", "days": 1, "first": "2026-03-05",
        "last": "2026-03-05", "restated_days": 3, "final_on": "2026-03-09"}]);
    for figure in ["net_profit", "line:payment_fees", "cm2", "margin"] {
        let answer = clocks(&app, figure).await;
        assert_eq!((&answer["clocks"], &answer["final_on"]), (&open, &json!("2026-03-09")), "{figure}");
    }
    assert_eq!(clocks(&app, "line:payment_fees").await["value"], "5.50");
    let profit = app.get(&format!("{W}/profit?from=2026-03-01&to=2026-03-31")).await.ok();
    assert_eq!(profit["clocks"], open);
    // what holds no fees is final, and so are the days before
    for figure in ["net_sales", "line:cogs_sold"] {
        assert_eq!(clocks(&app, figure).await["clocks"], json!([]), "{figure}");
    }
    let before = app.get(&format!("{W}/explain?figure=net_profit%2Cday=2026-03-03")).await.ok();
    assert_eq!(before["clocks"], json!([]));
    for (name, open) in [("early", 0), ("late", 1)] {
        let own = app.get(&format!("{W}/explain?figure=order:{name}")).await.ok();
        assert_eq!(own["clocks"].as_array().unwrap().len(), open, "{name}");
    }

    // the second arrives too
    booking(&store, "late", "2026-03-07T12:00:00Z", "2.60");
    update_profit(&store, &settings, &mut |_| ()).unwrap();
    let answer = clocks(&app, "net_profit").await;
    assert_eq!((&answer["provisional"], &answer["clocks"]), (&json!(false), &json!([])));
    assert_eq!(clocks(&app, "line:payment_fees").await["value"], "5.10");
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_have_their_platforms_clock() {
    let (app, store, settings) = shop();
    let message = |id: &str, day: &str, cost: &str, provisional: &str| {
        let cells = [
            ("day", day),
            ("campaign_id", id),
            ("channel", "sms"),
            ("cost", cost),
            ("currency", "USD"),
            ("provisional", provisional),
        ];
        record(row(Table::MessageDays, id, &cells), vec![])
    };
    let messages = vec![
        message("old", "2026-03-01", "4", "false"),
        message("young", "2026-03-05", "6", "true"),
        message("free", "2026-03-06", "0", "true"),
    ];
    commit(&store, "mail", "klaviyo", messages);
    update_profit(&store, &settings, &mut |_| ()).unwrap();
    let open = json!([{"source": "klaviyo", "what": "messages", "days": 1, "first": "2026-03-05",
        "last": "2026-03-05", "restated_days": 30, "final_on": "2026-04-05"}]);
    for figure in ["net_profit", "cm3", "line:messaging_costs"] {
        assert_eq!(clocks(&app, figure).await["clocks"], open, "{figure}");
    }
    assert_eq!(clocks(&app, "cm2").await["clocks"], json!([]));
    let costs = clocks(&app, "line:messaging_costs").await;
    assert_eq!(costs["value"], "10.00");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_waits_for_the_fees_of_its_orders() {
    let (app, store, settings) = shop();
    let cells = [
        ("order_id", "late"),
        ("position", "last"),
        ("occurred_at", "2026-03-03T11:00:00Z"),
        ("utm_source", "facebook"),
        ("utm_medium", "cpc"),
    ];
    let journey = record(
        row(Table::Journeys, "late", &[("is_known", "true")]),
        vec![row(Table::Touchpoints, "late-visit", &cells)],
    );
    commit(&store, "market", "amazon_sp", vec![journey]);
    let days = "from=2026-03-01%2Cto=2026-03-31%2Cmodel=last%2Cprovider=meta_ads";
    // when the early order's fee is told, the late one's may still come
    for (order, told, open) in [("early", "2026-03-04T12:00:00Z", 1), ("late", "2026-03-06T12:00:00Z", 0)] {
        booking(&store, order, told, "2.50");
        update_profit(&store, &settings, &mut |_| ()).unwrap();
        for measure in ["cm2", "order_costs", "profit", "roas_contribution"] {
            let answer = app.get(&format!("{W}/explain?figure=campaign:{measure}%2C{days}")).await.ok();
            let clocks = answer["clocks"].as_array().unwrap();
            let fees = clocks.iter().filter(|clock| clock["what"] == "fees").count();
            assert_eq!(fees, open, "{order} {measure}: {answer}");
        }
        let sales = app.get(&format!("{W}/explain?figure=campaign:supported_net_sales%2C{days}")).await.ok();
        assert_eq!(sales["clocks"], json!([]), "{order}");
    }
}
