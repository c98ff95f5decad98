//! Google Ads: entities and days equal the world's, also where a campaign has no ads; the conversion window moves.

use netgain_domain::Decimal;
use netgain_sandbox::Brand;
use netgain_sandbox::google_ads::{Account, Figures, Known};
use netgain_sandbox::world::days;

use crate::baseline;
use crate::harness::{Connected, new_home, small};
use crate::table::{Empty, Expiry, NEW_WORD, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "google_ads",
    face: "google_ads",
    truth,
    filled: ("ad_days", 30),
    bent: "google_ads.search_stream",
    paged: "google_ads.search_stream",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Refreshed("google_ads.token"),
    revoked: "connect again",
    spoiled: Spoiled {
        point: "google_ads.search_stream",
        path: "0.results.0.metrics.clicks",
        field: "clicks",
        tables: &["ad_days"],
    },
    unknown: Unknown::Row {
        point: "google_ads.search_stream",
        path: "0.results.0.campaign.primaryStatus",
        table: "ad_entities",
        cells: &[NEW_WORD],
    },
    empty: Empty::World(Brand::Empty),
    never_empty: &[],
    restated: Some("ad_days"),
    without: &[("page_cap", "a stream brings every row in one answer; there are no pages")],
};

/// What the world's account did in all, and on how many days of its campaigns.
fn of_the_world(connected: &Connected) -> (Figures, usize) {
    let state = connected.state();
    let account = Account::of(&state.world, state.options.seed);
    let known = Known::at(&account, &state.world, state.world.now().as_second());
    let (mut sum, mut rows) = (Figures::default(), 0);
    let mut day = account.opened;
    while day <= known.today {
        for campaign in 0..account.campaigns.len() {
            let units = (0..known.units.len()).filter(|unit| known.units[*unit].campaign == campaign);
            let mut of_day = Figures::default();
            units.for_each(|unit| of_day.add(known.on(&account, unit, day)));
            rows += usize::from(of_day.impressions > 0);
            sum.add(of_day);
        }
        day = days::plus(day, 1);
    }
    (sum, rows)
}

fn truth(connected: &Connected) {
    for (level, count) in [("campaign", 6), ("ad_set", 10), ("ad", 30)] {
        let sql = format!("SELECT count(*) FROM ad_entities WHERE level = '{level}'");
        assert_eq!(connected.count(&sql), count, "{level}");
    }
    let orphans = "SELECT count(*) FROM ad_entities e WHERE e.parent_id IS NOT NULL AND NOT EXISTS \
        (SELECT 1 FROM ad_entities p WHERE p.source_id = e.parent_id)";
    assert_eq!(connected.count(orphans), 0);
    let (sum, rows) = of_the_world(connected);
    let of = |column: &str| connected.amount(&format!("SELECT sum({column}) FROM ad_days"));
    assert_eq!(connected.count("SELECT count(*) FROM ad_days"), rows);
    assert_eq!(of("spend"), Decimal::new(sum.cost_micros, 6).normalize());
    assert_eq!(of("clicks"), Decimal::from(sum.clicks));
    assert_eq!(of("conversions") * Decimal::TWO, Decimal::from(sum.half_conversions));
    assert_eq!(of("conversion_value") * Decimal::from(200), Decimal::from(sum.half_cents));
}

#[test]
fn spend_of_campaigns_without_ads_is_in_the_profit() {
    let baseline = baseline::of(&PLATFORM);
    let connected = &baseline.connected;
    let levels = "SELECT count(DISTINCT level) FROM ad_days";
    assert_eq!(connected.count(levels), 1, "one level alone, or spend would count twice");
    let profit = connected.home.profit("2026-10-01", "2026-11-21", "day");
    let spent = profit["total"]["ad_spend"].as_str().unwrap().parse::<Decimal>().unwrap();
    let (sum, _) = of_the_world(connected);
    let off = (spent - Decimal::new(sum.cost_micros, 6)).abs();
    assert!(off < Decimal::from(4), "{spent} is more than roundings away from {}", sum.cost_micros);
}

#[test]
fn a_manager_brings_its_clients() {
    let sandbox = crate::program::Sandbox::start(small());
    let manager = sandbox.ready().platforms[PLATFORM.id].fields["login_customer_id"].clone();
    let connected = Connected { platform: &PLATFORM, sandbox, home: new_home() };
    connected.connect(&[("customer_id", &manager)]);
    connected.sync();
    assert_eq!(connected.count("SELECT count(*) FROM accounts"), 2);
    assert_eq!(connected.count("SELECT count(DISTINCT account_id) FROM ad_days"), 1);
}
