//! Google Ads: entities and days equal the world's, also where a campaign has no ads; the conversion window moves.

use netgain_domain::Decimal;
use netgain_sandbox::google_ads::{Account, Figures, Known};
use netgain_sandbox::world::days;
use serde_json::json;

use crate::support::{
    World, amount, assert_nothing_moves, assert_paused, assert_set_aside, assert_withstands, demo, golden,
    moved, sync, value,
};

const ID: &str = "google_ads";

/// What the world's account did in all, and on how many days of its campaigns.
fn truth(world: &World) -> (Figures, u64) {
    let state = world.state();
    let account = Account::of(&state.world, state.options.seed);
    let known = Known::at(&account, &state.world, state.world.now().as_second());
    let (mut sum, mut rows) = (Figures::default(), 0);
    let mut day = account.opened;
    while day <= known.today {
        for campaign in 0..account.campaigns.len() {
            let units = (0..known.units.len()).filter(|unit| known.units[*unit].campaign == campaign);
            let mut of_day = Figures::default();
            units.for_each(|unit| of_day.add(known.on(&account, unit, day)));
            rows += u64::from(of_day.impressions > 0);
            sum.add(of_day);
        }
        day = days::plus(day, 1);
    }
    (sum, rows)
}

#[test]
fn entities_and_days_are_those_of_the_world_and_only_the_window_moves() {
    let world = World::start(ID, demo());
    let home = world.connected();
    sync(&home);
    for (level, count) in [("campaign", 6), ("ad_set", 10), ("ad", 30)] {
        let sql = format!("SELECT count(*) FROM ad_entities WHERE level = '{level}'");
        assert_eq!(amount(&home, &sql), Decimal::from(count));
    }
    let orphans = "SELECT count(*) FROM ad_entities e WHERE e.parent_id IS NOT NULL AND NOT EXISTS \
        (SELECT 1 FROM ad_entities p WHERE p.source_id = e.parent_id)";
    assert_eq!(amount(&home, orphans), Decimal::ZERO);
    let check = || {
        let (sum, rows) = truth(&world);
        assert_eq!(amount(&home, "SELECT count(*) FROM ad_days"), Decimal::from(rows));
        assert_eq!(
            amount(&home, "SELECT sum(spend) FROM ad_days"),
            Decimal::new(sum.cost_micros, 6).normalize()
        );
        assert_eq!(amount(&home, "SELECT sum(clicks) FROM ad_days"), Decimal::from(sum.clicks));
        assert_eq!(
            amount(&home, "SELECT sum(conversions) FROM ad_days") * Decimal::TWO,
            Decimal::from(sum.half_conversions)
        );
        assert_eq!(
            amount(&home, "SELECT sum(conversion_value) FROM ad_days") * Decimal::from(200),
            Decimal::from(sum.half_cents)
        );
    };
    check();
    assert_eq!(value(&home, "SELECT max(day) FROM ad_days WHERE NOT provisional").get(..7), Some("2026-08"));
    assert_nothing_moves(&home);

    world.advance(1);
    let report = sync(&home);
    check();
    let (new, changed) = moved(&report, "campaign_days");
    assert_eq!(new, 4, "a day of the four campaigns that serve");
    assert!(changed > 8, "late conversions and settled costs restate days: {changed}");
    assert_eq!(moved(&report, "campaigns"), (0, 0));
    assert_nothing_moves(&home);
}

#[test]
fn spend_of_campaigns_without_ads_is_in_the_profit() {
    let world = World::start(ID, demo());
    let home = world.connected();
    sync(&home);
    let (sum, _) = truth(&world);
    let rows = home.query("SELECT level, sum(spend) FROM ad_days GROUP BY level");
    assert_eq!(rows.as_array().unwrap().len(), 1, "one level alone, or spend would count twice: {rows}");
    let profit = home.profit("2024-11-01", "2026-11-21", "day");
    let spent = profit["total"]["ad_spend"].as_str().unwrap().parse::<Decimal>().unwrap();
    let off = (spent - Decimal::new(sum.cost_micros, 6)).abs();
    assert!(off < Decimal::from(4), "{spent} is more than roundings away from {}", sum.cost_micros);
}

#[test]
fn a_manager_brings_its_clients_and_an_empty_account_nothing() {
    let world = World::start(ID, demo());
    let home = crate::program::Home::new();
    let manager = world.field("login_customer_id").to_owned();
    home.stdout(&world.connect_args(&[("customer_id", &manager)]));
    sync(&home);
    assert_eq!(amount(&home, "SELECT count(*) FROM accounts"), Decimal::TWO);
    assert_eq!(amount(&home, "SELECT count(DISTINCT account_id) FROM ad_days"), Decimal::ONE);

    let empty = World::start(ID, golden());
    let home = empty.connected();
    sync(&home);
    assert_eq!(amount(&home, "SELECT count(*) FROM ad_entities"), Decimal::ZERO);
    assert_eq!(amount(&home, "SELECT count(*) FROM accounts"), Decimal::ONE);
}

#[test]
fn refusals_and_cut_answers_change_nothing() {
    let world = World::start(ID, demo());
    assert_withstands(
        &world,
        &json!([
            {"point": "google_ads.search_stream", "after": 1, "first": 1, "fault": {"kind": "throttled"}},
            {"point": "google_ads.search_stream", "after": 3, "first": 3, "fault": {"kind": "status", "status": 500}},
            {"point": "google_ads.search_stream", "after": 8, "first": 1, "fault": {"kind": "reset", "after_bytes": 900}},
            {"point": "google_ads.search_stream", "after": 10, "first": 1, "fault": {"kind": "truncate"}},
            {"point": "google_ads.search_stream", "after": 12, "first": 1, "fault": {"kind": "expired_token"}},
            {"point": "google_ads.token", "first": 1, "fault": {"kind": "status", "status": 503}},
        ]),
    );
    assert_set_aside(&world, "google_ads.search_stream", "0.results.*.campaign.name", "name");
}

#[test]
fn access_that_was_taken_back_pauses_the_connection() {
    let world = World::start(ID, demo());
    let home = world.connected();
    sync(&home);
    revoke(&world, ID);
    assert_paused(&home, ID, "connect again");
}

/// The merchant takes access back.
pub fn revoke(world: &World, id: &str) {
    let token = world.secret("refresh_token").replace('/', "%2F");
    world.post(&format!("/{id}/revoke?token={token}"), &json!({}));
}
