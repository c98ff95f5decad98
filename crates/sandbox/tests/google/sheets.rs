//! Google Sheets: values against the world, ragged rows, ranges, partial answers, quota.
use super::{Sandbox, cents};
use netgain_sandbox::Brand;
use netgain_sandbox::world::days;
use serde_json::{Value, json};

impl Sandbox {
    fn sheet(&self, rest: &str) -> String {
        format!("/v4/spreadsheets/{}{rest}", self.field("spreadsheet_id"))
    }

    async fn values(&self, range: &str, more: &str) -> Value {
        let (status, body) = self.get(&self.sheet(&format!("/values/{range}?{more}"))).await;
        assert_eq!(status, 200, "{body}");
        body
    }
}

const PLAIN: &str = "valueRenderOption=UNFORMATTED_VALUE&dateTimeRenderOption=FORMATTED_STRING";

#[tokio::test]
async fn the_spreadsheet_lists_its_sheets_and_cuts_to_the_mask() {
    let sandbox = Sandbox::new("google_sheets").await;
    let fields = "properties(title,timeZone),sheets.properties(title,sheetType)";
    let (_, body) = sandbox.get(&sandbox.sheet(&format!("?fields={fields}"))).await;
    assert_eq!(
        body["properties"],
        json!({ "title": "Brand figures and costs", "timeZone": "Europe/London" })
    );
    let titles: Vec<_> =
        body["sheets"].as_array().unwrap().iter().map(|sheet| &sheet["properties"]["title"]).collect();
    assert_eq!(titles, ["KPIs", "Costs", "Cost chart", "UnitCosts"]);
    assert_eq!(body["sheets"][2]["properties"]["sheetType"], "OBJECT");
    assert!(body["spreadsheetUrl"].is_null());
}

#[tokio::test]
async fn costs_and_figures_follow_the_world() {
    let mut sandbox = Sandbox::new("google_sheets").await;
    let costs = sandbox.values("Costs", PLAIN).await;
    assert_eq!(
        (costs["range"].as_str(), costs["majorDimension"].as_str()),
        (Some("Costs!A1:Z1000"), Some("ROWS"))
    );
    let rows = costs["values"].as_array().unwrap();
    assert_eq!(rows[0], json!(["Category", "Name", "Amount", "Currency", "From", "To"]));
    // November 2024 to November 2026
    assert_eq!(rows.len(), 1 + 25 * 4);
    let packing = rows.iter().filter(|row| row[0] == "wages").map(|row| cents(&row[2])).sum::<i64>();
    assert_eq!(packing, sandbox.running.state.world.shop().orders.len() as i64 * 195);

    let figures = sandbox.values("KPIs", PLAIN).await;
    let figures = figures["values"].as_array().unwrap();
    assert!(figures.iter().any(|row| row == &json!([])), "blank lines stay in the middle");
    let widths: Vec<usize> = figures.iter().map(|row| row.as_array().unwrap().len()).collect();
    assert!(widths.contains(&3) && widths.contains(&4), "cells that are empty at the end are left out");
    check_orders(&sandbox, figures);

    sandbox.advance(1).await;
    let later = sandbox.values("Costs", PLAIN).await;
    let changed =
        rows.iter().zip(later["values"].as_array().unwrap()).filter(|(one, two)| one != two).count();
    assert_eq!(changed, 1, "the month's packing has grown");
}

/// The orders of all weeks are the shop's.
fn check_orders(sandbox: &Sandbox, figures: &[Value]) {
    let orders = figures.iter().filter(|row| row[1] == "orders_week").map(|row| row[2].as_u64().unwrap());
    let last = figures.iter().rev().find(|row| row[1] == "orders_week").unwrap()[0].as_str().unwrap();
    let world = &sandbox.running.state.world;
    let (zone, shop) = (&world.brand.time_zone, world.shop());
    let first = figures[1][0].as_str().unwrap().parse().unwrap();
    let from = days::start_of(days::plus(first, -7), zone);
    let until = days::start_of(last.parse().unwrap(), zone);
    let expected = shop.orders.iter().filter(|order| (from..until).contains(&order.placed_at)).count();
    assert_eq!(orders.sum::<u64>(), expected as u64);
}

#[tokio::test]
async fn values_are_shown_in_the_way_asked_for() {
    let sandbox = Sandbox::new("google_sheets").await;
    assert_eq!(sandbox.values("Costs!C2:E2", "").await["values"], json!([["2,400.00", "GBP", "2024-11-01"]]));
    let serial = sandbox.values("Costs!C2:E2", "valueRenderOption=UNFORMATTED_VALUE").await;
    assert_eq!(serial["values"], json!([[2400, "GBP", 45_597]]));
    let columns = sandbox.values("Costs!A1:B3", "majorDimension=COLUMNS").await;
    assert_eq!(columns["values"][0], json!(["Category", "rent", "agency"]));
    assert!(sandbox.values("Costs!A900:Z1000", "").await["values"].is_null());
    let (_, both) = sandbox.get(&sandbox.sheet("/values:batchGet?ranges=KPIs!A1:B1&ranges=Costs!A1")).await;
    let ranges = both["valueRanges"].as_array().unwrap();
    assert_eq!(ranges[0]["values"], json!([["Date", "Metric"]]));
    assert_eq!((ranges[1]["range"].as_str(), ranges.len()), (Some("Costs!A1"), 2));
    let golden = Sandbox::with("google_sheets", |options| options.brand = Brand::Golden).await;
    assert_eq!(golden.values("Costs", "").await["values"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn refusals_and_quota() {
    let sandbox = Sandbox::new("google_sheets").await;
    for (rest, status, words) in [
        ("/values/Nope!A1", 400, "Unable to parse range: Nope!A1"),
        ("/values/Cost%20chart", 400, "Unable to parse range"),
        ("/values/Costs!A1001:B1002", 400, "exceeds grid limits"),
        ("/values/Costs?valueRenderOption=PRETTY", 400, "value_render_option"),
    ] {
        let (found, body) = sandbox.get(&sandbox.sheet(rest)).await;
        assert_eq!(found, status, "{rest}");
        assert!(body["error"]["message"].as_str().unwrap().contains(words), "{body}");
    }
    assert_eq!(sandbox.get("/v4/spreadsheets/unknown").await.0, 404);
    let mut calls = 4;
    let refused = loop {
        let (status, body) = sandbox.get(&sandbox.sheet("?fields=spreadsheetId")).await;
        if status != 200 {
            assert_eq!(status, 429);
            break body;
        }
        calls += 1;
    };
    assert_eq!(calls, 60, "reads a minute");
    assert_eq!(refused["error"]["details"][0]["reason"], "RATE_LIMIT_EXCEEDED");
    let (_, file) = sandbox
        .get(&format!("/drive/v3/files/{}?fields=modifiedTime", sandbox.field("spreadsheet_id")))
        .await;
    assert!(file["modifiedTime"].as_str().unwrap().starts_with("2026-11-21T") && file["id"].is_null());
}
