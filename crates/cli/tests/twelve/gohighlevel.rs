//! GoHighLevel: contacts are the customers, opportunities the orders that began as drafts.

use netgain_sandbox::world::shop::Channel;

use crate::harness::{Connected, hundredths};
use crate::table::{Empty, Expiry, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "gohighlevel",
    face: "gohighlevel",
    truth,
    filled: ("contacts", 200),
    bent: "gohighlevel.contacts",
    paged: "gohighlevel.contacts",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Cured("connect again"),
    revoked: "connect the location again",
    spoiled: Spoiled {
        point: "gohighlevel.contacts",
        path: "contacts.0.dateAdded",
        field: "dateAdded",
        tables: &["contacts"],
    },
    unknown: Unknown::SetAside {
        point: "gohighlevel.opportunities",
        path: "opportunities.0.status",
        field: "status",
    },
    empty: Empty::Other("location_id", |_| "EmptyLocation0000000".to_owned()),
    never_empty: &["deal_stages"],
    restated: None,
    without: &[("restated_day", "a CRM has no days of ads that it could correct")],
};

fn truth(connected: &Connected) {
    let shop = connected.state().world.shop();
    let drafts: Vec<_> =
        shop.orders.iter().filter(|order| order.channel == Channel::Draft && !order.test).collect();
    let total: i64 = drafts.iter().map(|order| order.total()).sum();
    let (customers, count) = (shop.customers.len(), drafts.len());
    drop(shop);
    assert!(count > 0);
    assert_eq!(connected.count("SELECT count(*) FROM contacts"), customers);
    assert_eq!(connected.count("SELECT count(*) FROM deals"), count);
    assert_eq!(connected.amount("SELECT sum(amount) FROM deals"), hundredths(total));
    assert_eq!(connected.count("SELECT count(*) FROM deal_stages WHERE pipeline_name = 'Wholesale'"), 3);
}
