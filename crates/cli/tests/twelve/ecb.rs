//! The European Central Bank: every rate that was published, and nothing on weekends.

use netgain_domain::Decimal;
use netgain_sandbox::Brand;
use netgain_sandbox::ecb::rates;

use crate::harness::Connected;
use crate::table::{Empty, Expiry, Platform, Spoiled, Unknown};

pub static PLATFORM: Platform = Platform {
    id: "ecb",
    face: "ecb",
    truth,
    filled: ("fx_rates", 20_000),
    bent: "ecb.rates",
    paged: "ecb.rates",
    mode: &[],
    throttled_with: 429,
    expiry: Expiry::Never,
    revoked: "",
    spoiled: Spoiled { point: "ecb.rates", path: "", field: "", tables: &[] },
    unknown: Unknown::None,
    empty: Empty::World(Brand::Empty),
    never_empty: &["fx_rates"],
    restated: None,
    without: &[
        ("a_day_later", "the world's next day is a Sunday, on which no rate is published"),
        ("restated_day", "a reference rate stands once it is published"),
        ("expired_token", "the service is open to all; there is no token"),
        ("revoked_token", "the service is open to all; there is nothing to take back"),
        ("truncated_json", "separated values have no end by which half of them could be known"),
        ("wrong_type", "the sandbox bends values of JSON, and these are separated values"),
        ("unknown_value", "currencies are free text by ISO 4217; there is no list of words"),
        ("page_cap", "a year of rates comes in one answer; there are no pages"),
    ],
};

fn truth(connected: &Connected) {
    let state = connected.state();
    let from = connected.value("SELECT min(day) FROM fx_rates").parse().unwrap();
    let published = rates(state, from, "2026-12-31".parse().unwrap());
    assert!(published.len() > 20_000 && from.year() == 1999, "{} from {from}", published.len());
    assert_eq!(connected.count("SELECT count(*) FROM fx_rates WHERE base = 'EUR'"), published.len());
    let sum: i64 = published.iter().map(|(_, _, value)| value).sum();
    assert_eq!(connected.amount("SELECT sum(rate) FROM fx_rates"), Decimal::new(sum, 4).normalize());
}
