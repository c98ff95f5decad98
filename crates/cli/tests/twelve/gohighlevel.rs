//! GoHighLevel: contacts are the customers, opportunities the orders that began as drafts.

use netgain_sandbox::world::shop::Channel;

use crate::harness;

const ID: &str = "gohighlevel";

#[test]
fn follows_the_world() {
    harness::follows_the_world(ID, |connected| {
        let shop = connected.sandbox.state().world.shop();
        let drafts: Vec<_> =
            shop.orders.iter().filter(|order| order.channel == Channel::Draft && !order.test).collect();
        let total: i64 = drafts.iter().map(|order| order.total()).sum();
        let customers = shop.customers.len() as u64;
        let count = drafts.len() as u64;
        drop(shop);
        assert_eq!(connected.count("SELECT count(*) FROM contacts"), customers);
        assert_eq!(connected.count("SELECT count(*) FROM deals"), count);
        assert_eq!(connected.cents("SELECT sum(amount) FROM deals"), total);
        assert_eq!(connected.count("SELECT count(*) FROM deal_stages WHERE pipeline_name = 'Wholesale'"), 3);
    });
}

#[test]
fn withstands_faults() {
    harness::withstands(ID, "gohighlevel.contacts");
    harness::withstands(ID, "gohighlevel.opportunities");
}

#[test]
fn pauses_when_the_token_is_refused() {
    harness::pauses_when_revoked(ID, "connect again");
}

#[test]
fn sets_aside_what_has_another_type() {
    harness::sets_aside(ID, "gohighlevel.contacts", "contacts.*.dateUpdated", "dateUpdated");
}

#[test]
fn reads_an_empty_account() {
    harness::reads_an_empty_account(ID, &[("location_id", "EmptyLocation0000000")], &["contacts", "deals"]);
}
