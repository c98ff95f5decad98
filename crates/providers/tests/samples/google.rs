//! The Google platforms: what each says in its own way of writing rows.

use netgain_domain::{Row, Value};

use crate::support::{self, records};

/// A cell as text; a number without zeros that say nothing.
fn text(row: &Row, column: &str) -> String {
    match row.get(column) {
        Value::Decimal(amount) => amount.normalize().to_string(),
        _ => support::text(row, column),
    }
}

fn texts<const N: usize>(row: &Row, columns: [&str; N]) -> [String; N] {
    columns.map(|column| text(row, column))
}

#[test]
fn managers_are_no_accounts() {
    let accounts = records("google_ads", "accounts");
    assert_eq!(accounts.len(), 1);
    let root = &accounts[0].root;
    assert_eq!(texts(root, ["source_id", "currency", "time_zone"]), ["1234567890", "GBP", "Europe/London"]);
}

#[test]
fn entities_hang_together_by_their_resource_names() {
    let campaigns = records("google_ads", "campaigns");
    assert_eq!(
        texts(&campaigns[0].root, ["level", "objective", "daily_budget", "lifetime_budget", "currency"]),
        ["campaign", "SEARCH", "42.5", "nothing", "GBP"]
    );
    assert_eq!(texts(&campaigns[1].root, ["status", "lifetime_budget"]), ["REMOVED", "1500"]);
    let (groups, ads) = (records("google_ads", "ad_groups"), records("google_ads", "ads"));
    assert_eq!(text(&groups[0].root, "parent_id"), text(&campaigns[0].root, "source_id"));
    assert_eq!(text(&ads[0].root, "parent_id"), text(&groups[0].root, "source_id"));
    assert_eq!([text(&ads[0].root, "name"), text(&ads[1].root, "name")], ["702000000001", "Banner 2"]);
}

#[test]
fn days_keep_every_millionth_and_parts_of_conversions() {
    let days = records("google_ads", "campaign_days");
    assert_eq!(days.len(), 3, "of all chunks of the stream");
    assert_eq!(
        texts(&days[0].root, ["day", "spend", "impressions", "clicks", "conversions", "conversion_value"]),
        ["2026-03-28", "39.871234", "1204", "57", "2.5", "181.325"]
    );
    assert_eq!(texts(&days[1].root, ["spend", "conversions", "provisional"]), ["0", "0", "true"]);
    assert_eq!(text(&days[2].root, "spend"), "150.000001");
}

#[test]
fn columns_are_read_by_their_headers_and_losses_are_flagged() {
    let days = records("ga4", "traffic_days");
    assert_eq!(
        texts(
            &days[0].root,
            ["day", "channel", "traffic_source", "sessions", "users", "page_views", "revenue"]
        ),
        ["2026-03-28", "Paid Search", "google", "214", "190", "702", "431.9"]
    );
    assert_eq!(texts(&days[0].root, ["other_row", "sampled", "currency"]), ["false", "true", "GBP"]);
    assert_eq!(texts(&days[1].root, ["other_row", "transactions"]), ["true", "0"]);
    assert_eq!(text(&records("ga4", "accounts")[0].root, "source_id"), "123456789");
}

#[test]
fn sheets_give_days_times_and_ragged_rows() {
    let points = records("google_sheets", "kpis");
    assert_eq!(points.len(), 2, "blank lines are passed over");
    // summer time has begun: midnight in London is 23 o'clock UTC
    assert_eq!(
        texts(&points[0].root, ["metric", "value", "timestamp"]),
        ["packing_hours", "41.25", "2026-03-29T23:00:00Z"]
    );
    assert_eq!(text(&points[1].root, "metadata"), "nothing");
    let costs = records("google_sheets", "costs");
    assert_eq!(costs.len(), 3);
    assert_eq!(
        texts(&costs[1].root, ["category", "amount", "currency", "since", "until"]),
        ["agency", "1580.5", "GBP", "2026-03-01", "2026-03-31"]
    );
    assert_eq!(texts(&costs[2].root, ["since", "until"]), ["2026-03-09", "nothing"]);
}

#[test]
fn a_sheet_of_unit_costs_has_the_columns_of_a_file_of_them() {
    let costs = records("google_sheets", "unit_costs");
    let columns =
        ["source_id", "scope_id", "unit_cost", "currency", "valid_from", "valid_to", "min_quantity"];
    assert_eq!(
        texts(&costs[0].root, columns),
        ["2", "MUG-RED", "4.15", "GBP", "2026-03-01", "nothing", "nothing"]
    );
    // the blank row counts, so that people find the others
    assert_eq!(
        texts(&costs[1].root, columns),
        ["4", "MUG-RED", "3.9", "GBP", "2026-03-01", "2026-03-31", "12"]
    );
    assert_eq!(
        texts(&costs[2].root, columns),
        ["5", "1004711", "12", "GBP", "nothing", "nothing", "nothing"]
    );
}
