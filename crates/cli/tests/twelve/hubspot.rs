//! HubSpot: contacts beyond the search's end, companies, deals and emails, against the world they come from.

use std::collections::BTreeSet;

use netgain_sandbox::Options;
use netgain_sandbox::world::leads::leads;
use netgain_sandbox::world::shop::Channel;
use serde_json::json;

use crate::harness::{Connected, hundredths, new_home, small};
use crate::table::{Empty, Expiry, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "hubspot",
    face: "hubspot",
    truth,
    filled: ("contacts", 400),
    bent: "hubspot.search_contacts",
    paged: "hubspot.search_contacts",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Cured("sign in again, or connect again with a service key"),
    revoked: "connect again with a new service key",
    spoiled: Spoiled {
        point: "hubspot.search_contacts",
        path: "results.0.properties.firstname",
        field: "firstname",
        tables: &["contacts"],
    },
    unknown: Unknown::Row {
        point: "hubspot.deals",
        path: "results.0.properties.dealstage",
        table: "deals",
        cells: &["open", crate::table::NEW_WORD],
    },
    empty: Empty::Other("access_token", |state| {
        format!("pat-empty-{}", &state.secrets.word("hubspot key")[..36])
    }),
    never_empty: &["deal_stages"],
    restated: None,
    without: &[("restated_day", "a CRM has no days of ads that it could correct")],
};

/// Everybody whom the platform knows, archived contacts too.
fn everybody(connected: &Connected) -> usize {
    let state = connected.state();
    let leads = leads(&state.world, state.options.seed).len();
    state.world.shop().customers.len() + leads
}

fn truth(connected: &Connected) {
    let shop = connected.state().world.shop();
    let orders: Vec<_> =
        shop.orders.iter().filter(|order| order.channel == Channel::Draft && !order.test).collect();
    let won: i64 = orders
        .iter()
        .filter(|order| order.cancelled.is_none() && order.received() > 0)
        .map(|order| order.total())
        .sum();
    let buyers: BTreeSet<u32> = orders.iter().filter_map(|order| order.customer).collect();
    let (deals, companies) = (orders.len(), buyers.len());
    drop(orders);
    drop(shop);
    assert!(deals > 0);
    assert_eq!(connected.count("SELECT count(*) FROM deals"), deals);
    assert_eq!(connected.amount("SELECT sum(amount) FROM deals WHERE status = 'won'"), hundredths(won));
    assert_eq!(connected.count("SELECT count(*) FROM companies"), companies);
    let strange = "SELECT count(*) FROM deals d WHERE NOT EXISTS (SELECT 1 FROM deal_stages s \
        WHERE s.source_id = d.pipeline_id || ':' || d.stage_id)";
    assert_eq!(connected.count(strange), 0);
    let contacts = connected.count("SELECT count(*) FROM contacts");
    let archived = everybody(connected) - contacts;
    assert!(archived < contacts / 20, "{archived}");
    let published = "SELECT count(*) FROM message_campaigns WHERE status = 'PUBLISHED'";
    assert_eq!(connected.count("SELECT count(*) FROM message_days"), connected.count(published));
}

/// Nothing behind the ten thousandth result of a search can be read; a brand of two years has more people.
#[test]
fn a_search_is_split_where_the_platform_ends_it_and_archived_contacts_go() {
    let connected = Connected::within(&PLATFORM, Options { days: None, ..small() }, new_home(), &[]);
    connected.sync();
    let contacts = || connected.count("SELECT count(*) FROM contacts");
    assert!(contacts() > 10_000);
    truth(&connected);
    let before = everybody(&connected) - contacts();
    connected.advance(14);
    connected.sync();
    let after = everybody(&connected) - contacts();
    assert!(after > before, "{after} archived after {before}");
    truth(&connected);
}

#[test]
fn a_used_up_day_is_not_asked_again() {
    let connected = Connected::to(&PLATFORM);
    let body = json!({"status": "error", "message": "You have reached your daily limit.",
        "errorType": "RATE_LIMIT", "policyName": "DAILY", "correlationId": "x"});
    connected.fault(json!({"point": "hubspot.search_companies",
        "fault": {"kind": "status", "status": 429, "body": body}}));
    let output = connected.home.output(&["sync", "--workspace", "w"]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && told.contains("after midnight"), "{told}");
    let calls = connected.sandbox.get("/control/calls");
    let asked =
        calls["calls"].as_array().unwrap().iter().find(|one| one["point"] == "hubspot.search_companies");
    assert_eq!(asked.unwrap()["count"], 1, "{calls}");
}
