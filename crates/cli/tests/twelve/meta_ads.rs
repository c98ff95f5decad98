//! Meta: ads and their days equal the world's; what a day brought is corrected for four weeks.

use netgain_domain::Decimal;
use netgain_sandbox::Brand;
use netgain_sandbox::world::days;

use crate::harness::Connected;
use crate::table::{Empty, Expiry, NEW_WORD, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "meta_ads",
    face: "meta",
    truth,
    filled: ("ad_days", 200),
    bent: "meta.run_insights",
    paged: "meta.run_insights",
    mode: &[],
    throttled_with: 400,
    expiry: Expiry::Cured("connect again with a new one"),
    revoked: "connect again with a new one",
    spoiled: Spoiled {
        point: "meta.run_insights",
        path: "data.0.clicks",
        field: "clicks",
        tables: &["ad_days"],
    },
    unknown: Unknown::Row {
        point: "meta.campaigns",
        path: "data.0.status",
        table: "ad_entities",
        cells: &[NEW_WORD],
    },
    empty: Empty::World(Brand::Empty),
    never_empty: &[],
    restated: Some("ad_days"),
    without: &[],
};

fn truth(connected: &Connected) {
    let world = &connected.state().world;
    let ads = world.ads.read().unwrap();
    let now = world.now();
    let (mut day, today) = (ads.account.from, ads.local_day(now));
    let mut spend = Decimal::ZERO;
    while day <= today {
        spend += ads.spend_on(day, now);
        day = days::plus(day, 1);
    }
    let entities = ads.campaigns.len() + ads.ad_sets.len() + ads.ads.len();
    drop(ads);
    assert!(spend > Decimal::ONE_HUNDRED);
    assert_eq!(connected.count("SELECT count(*) FROM ad_entities"), entities);
    assert_eq!(connected.amount("SELECT sum(spend) FROM ad_days"), spend.normalize());
}
