//! Every figure comes to its parts exactly, level by level, and is what the other pages show.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;
#[path = "common/shop.rs"]
mod shop;

use common::TestApp;
use netgain_domain::Decimal;
use serde_json::Value;
use shop::Chance;

const W: &str = "/api/v1/workspaces/demo";

fn encoded(text: &str) -> String {
    let keep = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    text.bytes()
        .map(|byte| if keep(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

fn amount(value: &Value) -> Decimal {
    value.as_str().unwrap_or_else(|| panic!("a decimal, not {value}")).parse().unwrap()
}

async fn explain(app: &TestApp, figure: &str, more: &str) -> Value {
    app.get(&format!("{W}/explain?figure={}{more}", encoded(figure))).await.ok()
}

fn parts(answer: &Value) -> &Vec<Value> {
    answer["parts"].as_array().unwrap()
}

/// A figure's parts on all pages come to it, page by page; returns them.
async fn whole(app: &TestApp, figure: &str, by: &str, limit: usize) -> Vec<Value> {
    let by = if by.is_empty() { String::new() } else { format!("&by={by}") };
    let mut all = Vec::new();
    let mut after = String::new();
    loop {
        let page = explain(app, figure, &format!("{by}&limit={limit}{after}")).await;
        assert_eq!(page["figure"], figure, "a figure is written in one way");
        let own: Decimal = parts(&page).iter().map(|part| amount(&part["amount"])).sum();
        let others = page["others"].as_object().map_or(Decimal::ZERO, |others| amount(&others["amount"]));
        assert_eq!(own + others, amount(&page["value"]), "{figure} {by}");
        assert!(page["notices"].as_array().unwrap().iter().all(|one| one["code"] != "outdated"), "{page}");
        all.extend(parts(&page).iter().cloned());
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => {
                assert_eq!(page["count"], all.len(), "{figure} {by}");
                return all;
            }
        }
    }
}

/// Walks down a random way to the rows, holding each part against its own figure.
async fn walk(app: &TestApp, figure: &str, chance: &mut Chance) -> usize {
    let (mut figure, mut depth) = (figure.to_owned(), 0);
    loop {
        let answer = explain(app, &figure, "").await;
        let figure_now = answer["figure"].as_str().unwrap().to_owned();
        let ways: Vec<String> =
            answer["ways"].as_array().unwrap().iter().map(|way| way.as_str().unwrap().to_owned()).collect();
        if ways.is_empty() {
            return depth;
        }
        let below = if answer["unit"] == "ratio" {
            parts(&answer).clone()
        } else {
            for way in &ways {
                whole(app, &figure_now, way, 1_000).await;
            }
            let limit = 1 + usize::try_from(chance.below(40)).unwrap();
            whole(app, &figure_now, &chance.of(&ways), limit).await
        };
        for part in &below {
            assert!(!part["figure"].is_null() || !part["rows"].as_array().unwrap().is_empty(), "{part}");
        }
        let open: Vec<&Value> = below.iter().filter(|part| part["figure"].is_string()).collect();
        if open.is_empty() {
            assert!(
                below
                    .iter()
                    .flat_map(|part| part["rows"].as_array().unwrap())
                    .all(|row| row["table"].is_string())
            );
            return depth;
        }
        let part = chance.of(&open);
        let child = explain(app, part["figure"].as_str().unwrap(), "").await;
        // spend in another currency is told in its own, with what it was converted to
        let own = if child["currency"] == answer["currency"] {
            &child["value"]
        } else {
            &child["choices"]["converted"]
        };
        if !part["value"].is_null() {
            assert_eq!(amount(own), amount(&part["value"]), "{figure_now}: {part}");
        }
        figure = part["figure"].as_str().unwrap().to_owned();
        depth += 1;
        assert!(depth < 12, "{figure} goes round in circles");
    }
}

const PROFILES: [&str; 8] = [
    "netgain",
    "netgain_with_tax",
    "shopify",
    "triple_whale",
    "trueprofit",
    "lifetimely",
    "fivetran",
    "seed",
];

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_those_of_the_statement_and_come_to_their_parts() {
    let seed = 1;
    let app = TestApp::new();
    shop::fill(&app, seed);
    let chance = &mut Chance::new(seed + 100);
    let mut depths = 0;
    for (round, profile) in PROFILES.into_iter().enumerate() {
        let basis = if round == 0 { "" } else { chance.of(&["", ",basis=order_day", ",basis=cash_day"]) };
        let from = 1 + chance.below(28);
        let (first, last) = chance.of(&[("01", "04"), ("02", "03"), ("02", "02"), ("03", "03")]);
        let span = format!("from=2026-{first}-{:02},to=2026-{last}-28", from.min(28));
        let query = format!("{}&profile={profile}{}", span.replace(',', "&"), basis.replace(',', "&"));
        let filters = format!(",{span},profile={profile}{basis}");
        let by_channel = app.get(&format!("{W}/profit/statement?by=channel&{query}")).await.ok();
        let total = &by_channel["total"];
        for step in total["steps"].as_array().unwrap() {
            let key = step["key"].as_str().unwrap();
            let answer = explain(&app, &format!("{key}{filters}"), "").await;
            assert_eq!(answer["value"], step["amount"], "{key}{filters}");
            assert_eq!((&answer["profile"]["id"], &answer["label"]), (&profile.into(), &step["label"]));
            let low_high = ["low", "high"].map(|end| answer[end].as_str().map(|_| amount(&answer[end])));
            if let [Some(low), Some(high)] = low_high {
                let value = amount(&answer["value"]);
                assert!(low <= value.max(high) && low <= high, "{answer}");
            }
        }
        for (ratio, shown) in [("margin", "margin"), ("roas", "roas")] {
            let answer = explain(&app, &format!("{ratio}{filters}"), "").await;
            assert_eq!(answer["value"], total[shown], "{ratio}{filters}");
        }
        // the statement says the same of its result
        let result = explain(&app, &format!("result{filters}"), "").await;
        for (key, shown) in
            [("cost_coverage", "cost_coverage"), ("low", "result_low"), ("high", "result_high")]
        {
            assert_eq!(result[key], total[shown], "{key} of result{filters}");
        }
        assert_eq!(result["unit"], "money");
        if profile == "netgain" && basis.is_empty() {
            let ladder = app.get(&format!("{W}/profit?{}", span.replace(',', "&"))).await.ok();
            let answer = explain(&app, &format!("day_costs{filters}"), "").await;
            assert_eq!(answer["value"], ladder["total"]["operating_costs"]);
            let ends = [&ladder["net_profit_low"], &ladder["net_profit_high"]];
            let answer = explain(&app, &format!("net_profit{filters}"), "").await;
            assert_eq!([&answer["low"], &answer["high"]], ends);
        }
        let orders = explain(&app, &format!("orders{filters}"), "").await;
        assert_eq!(orders["value"], total["orders"].to_string());
        // the same within a channel
        let rows = by_channel["rows"].as_array().unwrap();
        if !rows.is_empty() {
            let row = chance.of(rows);
            let name = row["channel"].as_str().unwrap().replace('%', "%25").replace(',', "%2C");
            let answer = explain(&app, &format!("result,channel={name}{filters}"), "").await;
            assert_eq!(answer["value"], row["result"], "{name}{filters}");
        }
        let steps = total["steps"].as_array().unwrap();
        let key = chance.of(steps)["key"].as_str().unwrap().to_owned();
        let measure = chance.of(&[key.as_str(), "result", "revenue", "orders", "margin", "aov"]).to_string();
        depths += walk(&app, &format!("{measure}{filters}"), chance).await;
    }
    assert!(depths > 10, "the ways were no longer than {depths}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_comes_to_its_rows_and_their_payloads() {
    let app = TestApp::new();
    shop::fill(&app, 3);
    let ladder = app.get(&format!("{W}/profit?by=order&from=2026-01-01&to=2026-04-30")).await.ok();
    let rows = ladder["rows"].as_array().unwrap();
    assert!(rows.len() > 20);
    for row in rows.iter().step_by(7) {
        let id = row["order_id"].as_str().unwrap();
        for key in ["net_profit", "cogs", "returns"] {
            let figure = format!("{key},order={id},profile=netgain");
            let answer = explain(&app, &figure, "&by=postings").await;
            assert_eq!(answer["value"], row[key], "{row}");
            whole(&app, &figure, "postings", 3).await;
        }
        let answer = explain(&app, &format!("order:{id}"), "").await;
        assert_eq!((&answer["value"], &answer["order"]["name"]), (&row["net_profit"], &row["name"]));
        let explained = app.get(&format!("{W}/orders/{id}/explain")).await.ok();
        let payloads: Vec<&Value> =
            explained["raw"].as_array().unwrap().iter().map(|raw| &raw["raw_ref"]).collect();
        let postings = whole(&app, &format!("net_profit,order={id},profile=netgain"), "postings", 100).await;
        for row in postings.iter().flat_map(|part| part["rows"].as_array().unwrap()) {
            let known = payloads.contains(&&row["raw_ref"]);
            assert!(known || ["cost_rules", "settings"].contains(&row["table"].as_str().unwrap()), "{row}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_may_change_says_until_when() {
    let app = TestApp::new();
    let answer = explain(&app, "net_profit,from=2026-03-01,to=2026-03-05", "").await;
    assert_eq!((&answer["provisional"], &answer["final_on"]), (&true.into(), &"2026-03-31".into()));
    assert_eq!(
        (&answer["clocks"][0]["source"], &answer["clocks"][0]["restated_days"]),
        (&"meta_ads".into(), &28.into())
    );
    // one of three orders has no recorded cost
    assert_eq!(answer["cost_coverage"], "0.8621");
    assert_eq!(amount(&answer["low"]) + Decimal::from(40), amount(&answer["high"]));
    assert_eq!(answer["settings"]["key"].as_str().unwrap().len(), 16);
    let sales = explain(&app, "net_sales,from=2026-03-01,to=2026-03-05", "").await;
    assert_eq!((&sales["provisional"], &sales["low"]), (&false.into(), &Value::Null));
    let profit = app.get(&format!("{W}/profit?from=2026-03-01&to=2026-03-05")).await.ok();
    assert_eq!((&profit["final_on"], &profit["clocks"]), (&answer["final_on"], &answer["clocks"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_said_with_its_cure() {
    let app = TestApp::new();
    for (figure, more, field) in [
        ("happiness", "", "figure"),
        ("line:happiness", "", "figure"),
        ("net_profit,profile=mine", "", "figure"),
        ("net_profit,basis=payday", "", "figure"),
        ("net_profit,day=today", "", "figure"),
        ("net_profit,colour=red", "", "figure"),
        ("ads:spend", "", "figure"),
        ("net_profit", "&by=postings", "by"),
        ("net_profit", "&by=colour", "by"),
        ("net_profit", "&after=x", "after"),
        ("net_profit", "&limit=0", "limit"),
    ] {
        let problem =
            app.get(&format!("{W}/explain?figure={figure}{more}")).await.problem(400, "invalid_parameter");
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["cure"].as_str().unwrap().contains("write") || field == "after", "{problem}");
    }
    app.get(&format!("{W}/explain?figure=order:nobody")).await.problem(404, "order_not_found");
    app.get(&format!("{W}/explain?figure=net_profit,order=bm9ib2R5")).await.problem(404, "order_not_found");
}
