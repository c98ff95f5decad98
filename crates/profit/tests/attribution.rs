//! Credit adds up, money adds up, and what platforms claim stands beside it.

#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use std::collections::BTreeMap;

use common::{at, currency, day, dec};
use netgain_domain::Decimal;
use netgain_domain::facts::{CampaignDayFact, TouchFacts};
use netgain_domain::jiff::tz::TimeZone;
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_profit::attribution::*;
use netgain_profit::{InCurrency, RateBook, WHOLE};
use proptest::prelude::*;

const PLACED: &str = "2026-03-10T12:00:00Z";

fn rules() -> ChannelRules {
    ChannelRules::builtin().unwrap()
}

fn visit(id: &str, hours_before: i64, landing: &str) -> Touchpoint {
    let facts = TouchFacts {
        touch_id: id.into(),
        order_id: "o1".into(),
        occurred_at: Some(at(PLACED) - SignedDuration::from_hours(hours_before)),
        landing_page: Some(landing.into()),
        ..TouchFacts::default()
    };
    touchpoint(&facts, &rules())
}

fn ad(id: &str, hours_before: i64, campaign: &str) -> Touchpoint {
    visit(id, hours_before, &format!("/?utm_source=fb&utm_medium=paid_social&utm_campaign={campaign}"))
}

fn amounts(net: &str, costs: &str) -> Amounts {
    let (net_sales, costs) = (dec(net), dec(costs));
    Amounts { net_sales, revenue: net_sales, costs, cm2: net_sales - costs }
}

fn order<'t>(id: &'t str, amounts: Amounts, touchpoints: &'t [Touchpoint]) -> Journey<'t> {
    Journey {
        order_id: id,
        placed_at: at(PLACED),
        is_first_order: Some(true),
        amounts,
        touchpoints,
        is_pending: false,
    }
}

fn model(model: Model) -> ModelSettings {
    ModelSettings { model, ..ModelSettings::default() }
}

fn clock() -> Clock {
    Clock::new(TimeZone::get("Europe/London").unwrap())
}

fn credited(touchpoints: &[Touchpoint], settings: &ModelSettings) -> Vec<(String, u32, Decimal)> {
    let journey = order("o1", amounts("100.00", "40"), touchpoints);
    let found = attribute(&journey, settings, &clock(), currency("GBP"));
    let line = |credit: &Credit| (credit.touchpoint.id.clone(), credit.credit, credit.amounts.net_sales);
    found.credits.iter().map(line).collect()
}

fn campaign_day(campaign: &str, on: &str, spend: &str, claims: &str, value: &str) -> CampaignDayFact {
    CampaignDayFact {
        rows: vec![format!("{on}:{campaign}")],
        source: "meta_ads".into(),
        campaign_id: Some(campaign.into()),
        campaign_name: Some(format!("Name of {campaign}")),
        day: day(on),
        time_zone: None,
        currency: currency("GBP"),
        spend: dec(spend),
        conversions: dec(claims),
        conversion_value: dec(value),
        provisional: false,
    }
}

fn campaigns(days: Vec<CampaignDayFact>) -> Campaigns {
    let rates = RateBook::default();
    Campaigns::new(days, &InCurrency { currency: currency("GBP"), rates: &rates }).unwrap()
}

#[test]
fn each_model_shares_as_it_says() {
    let visits =
        [ad("a", 400, "1"), ad("b", 200, "1"), visit("c", 100, "/?utm_medium=email"), ad("d", 1, "2")];
    let shares = |kind| {
        let found = credited(&visits, &model(kind));
        found.into_iter().map(|(id, credit, _)| (id, credit)).collect::<BTreeMap<_, _>>()
    };
    let expect = |pairs: &[(&str, u32)]| pairs.iter().map(|(id, credit)| ((*id).into(), *credit)).collect();
    assert_eq!(shares(Model::Last), expect(&[("d", WHOLE)]));
    assert_eq!(shares(Model::First), expect(&[("a", WHOLE)]));
    let quarter = WHOLE / 4;
    assert_eq!(
        shares(Model::Linear),
        expect(&[("a", quarter), ("b", quarter), ("c", quarter), ("d", quarter)])
    );
    let (end, middle) = (400_000_000, 100_000_000);
    assert_eq!(shares(Model::Position), expect(&[("a", end), ("b", middle), ("c", middle), ("d", end)]));
    assert_eq!(shares(Model::LastPaid), expect(&[("d", WHOLE)]));
    assert_eq!(shares(Model::PlatformReported), expect(&[]));
    let two = credited(&visits[..2], &model(Model::Position));
    assert_eq!(two.iter().map(|found| found.1).collect::<Vec<_>>(), [WHOLE / 2, WHOLE / 2]);
    assert_eq!(credited(&visits[..1], &model(Model::Position))[0].1, WHOLE);
    // one half-life of a week apart: 1 to 2
    let week = [ad("a", 168, "1"), ad("b", 0, "1")];
    let decayed = credited(&week, &model(Model::TimeDecay));
    assert_eq!(decayed.iter().map(|found| found.1).collect::<Vec<_>>(), [333_333_333, 666_666_667]);
    assert_eq!(decayed.iter().map(|found| found.2).collect::<Vec<_>>(), [dec("33.33"), dec("66.67")]);
}

#[test]
fn who_takes_no_part_is_named() {
    let visits = [
        ad("old", 24 * 30 + 1, "1"),
        ad("late", -1, "1"),
        visit("alone", 5, "/"),
        Touchpoint { at: None, ..ad("undated", 1, "1") },
    ];
    let journey = order("o1", amounts("10", "4"), &visits);
    let found = attribute(&journey, &model(Model::Last), &clock(), currency("GBP"));
    assert_eq!((found.credits.len(), found.credits[0].touchpoint.id.as_str()), (1, "alone"));
    let passed: Vec<_> = found.passed_over.iter().map(|one| (one.touch_id.as_str(), one.reason)).collect();
    let expected = [("late", Reason::AfterOrder), ("old", Reason::TooOld), ("undated", Reason::NoTime)];
    assert_eq!(passed, expected);
    // exactly 30 days old still counts; then the direct visit steps back
    let visits = [ad("edge", 24 * 30, "1"), visit("direct", 5, "/")];
    assert_eq!(credited(&visits, &model(Model::Last))[0].0, "edge");
    let counts = ModelSettings { direct: Direct::Counts, ..model(Model::Last) };
    assert_eq!(credited(&visits, &counts)[0].0, "direct");
    let free = [visit("mail", 5, "/?utm_medium=email")];
    let journey = order("o1", amounts("10", "4"), &free);
    let found = attribute(&journey, &model(Model::LastPaid), &clock(), currency("GBP"));
    let rest = found.unattributed.unwrap();
    assert_eq!((rest.reason, rest.amounts), (Reason::NotPaid, amounts("10", "4")));
    let none =
        attribute(&order("o1", amounts("1", "0"), &[]), &model(Model::Last), &clock(), currency("GBP"));
    assert_eq!(none.unattributed.unwrap().reason, Reason::NoVisit);
}

#[test]
fn the_day_is_the_orders_or_the_clicks_in_the_ad_accounts_zone() {
    // an ad seen at 03:00 UTC on the 9th is still the 8th in Los Angeles
    let visits = [ad("a", 33, "1")];
    let journey = order("o1", amounts("10", "4"), &visits);
    let by = |basis| ModelSettings { day: basis, ..model(Model::Last) };
    let mut clock = clock();
    let on = |clock: &Clock, basis| {
        let found = attribute(&journey, &by(basis), clock, currency("GBP"));
        (found.credits[0].day, found.credits[0].zone_differs)
    };
    assert_eq!(on(&clock, DayBasis::OrderDay), (day("2026-03-10"), false));
    assert_eq!(on(&clock, DayBasis::ClickDay), (day("2026-03-09"), false));
    clock.account_zones.insert("meta_ads".into(), TimeZone::get("America/Los_Angeles").unwrap());
    assert_eq!(on(&clock, DayBasis::ClickDay), (day("2026-03-08"), true));
}

#[test]
fn words_and_click_ids_become_channels() {
    let rules = rules();
    let read = |landing: &str, referrer: &str, word: &str| {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let facts = TouchFacts {
            landing_page: text(landing),
            referrer: text(referrer),
            referrer_source: text(word),
            ..TouchFacts::default()
        };
        let found = touchpoint(&facts, &rules);
        (found.channel, found.source, found.paid, found.platform.unwrap_or_default())
    };
    let is = |channel: &str, source: &str, paid: bool, platform: &str| {
        (channel.to_owned(), source.to_owned(), paid, platform.to_owned())
    };
    let google = "https://www.google.co.uk/";
    assert_eq!(read("/p?gclid=x", google, ""), is("paid_search", "google", true, "google_ads"));
    assert_eq!(read("/p", google, ""), is("organic_search", "google", false, "google_ads"));
    assert_eq!(read("/p?msclkid=1", "", ""), is("paid_search", "bing", true, "microsoft_ads"));
    assert_eq!(read("/p?ttclid=1", "", ""), is("paid_social", "tiktok", true, "tiktok_ads"));
    assert_eq!(read("/p?ScCid=1", "", ""), is("paid_social", "snapchat", true, "snapchat_ads"));
    // any click that leaves this network carries its id: it proves no payment
    assert_eq!(
        read("/p?fbclid=1", "https://l.facebook.com/", ""),
        is("organic_social", "facebook", false, "meta_ads")
    );
    let tagged = "/p?utm_source=ig&utm_medium=paid&fbclid=1";
    assert_eq!(read(tagged, "", ""), is("paid_social", "instagram", true, "meta_ads"));
    // an ad's click id outweighs a tag that was copied along
    assert_eq!(read("/p?utm_source=newsletter&utm_medium=email&gclid=1", "", "").0, "paid_search");
    assert_eq!(
        read("/p?utm_source=youtube&gclid=1", "", ""),
        is("paid_video", "youtube", true, "google_ads")
    );
    assert_eq!(
        read("/p?utm_source=klaviyo&utm_medium=Email", "", ""),
        is("email", "klaviyo", false, "klaviyo")
    );
    assert_eq!(read("/p?utm_medium=sms&utm_source=postscript", "", "").0, "sms");
    assert_eq!(read("/p?utm_source=jane&utm_medium=influencer", "", ""), is("influencer", "jane", true, ""));
    assert_eq!(read("/p", "https://blog.example.org/x", ""), is("referral", "blog.example.org", false, ""));
    assert_eq!(
        read("https://shop.example/p", "https://shop.example/q", ""),
        is("direct", "direct", false, "")
    );
    assert_eq!(read("", "", "Google").0, "organic_search");
    assert_eq!(read("", "https://t.co/abc", "").1, "x");
    assert_eq!(read("", "https://microsoft.com/", "").0, "referral");
    assert_eq!(read("", "", "direct"), is("direct", "direct", false, ""));
}

#[test]
fn a_visit_finds_its_campaign_by_id_then_by_a_name_that_is_alone() {
    let mut twin = campaign_day("3", "2026-03-10", "1", "0", "0");
    twin.campaign_name = Some("Same".into());
    let mut other = campaign_day("4", "2026-03-10", "1", "0", "0");
    other.campaign_name = Some("Same".into());
    let campaigns = campaigns(vec![campaign_day("1", "2026-03-10", "1", "0", "0"), twin, other]);
    let of = |visit: &Touchpoint| campaigns.of(visit).map(|key| key.campaign_id);
    assert_eq!(of(&ad("a", 1, "1")), Some(Some("1".into())));
    assert_eq!(of(&ad("a", 1, "name%20OF%201")), Some(Some("1".into())));
    assert_eq!(of(&ad("a", 1, "same")), Some(None));
    assert_eq!(of(&ad("a", 1, "unheard")), Some(None));
    let shared = "/?utm_source=facebook&utm_medium=social";
    assert_eq!(of(&visit("a", 1, shared)), None);
    assert_eq!(of(&visit("a", 1, &format!("{shared}&utm_id=1"))), Some(Some("1".into())));
    assert_eq!(of(&visit("a", 1, "/")), None);
}

#[test]
fn a_campaigns_figures_and_its_over_claim() {
    // two orders of 100 and 50 with costs of 60 and 30, one of them shared with an e-mail
    let campaigns = campaigns(vec![
        campaign_day("1", "2026-03-10", "30", "3", "240"),
        campaign_day("1", "2026-03-11", "10", "0", "0"),
        campaign_day("2", "2026-03-10", "5", "1", "50"),
    ]);
    let (alone, shared) = ([ad("t1", 1, "1")], [ad("t2", 9, "1"), visit("t3", 2, "/?utm_medium=email")]);
    let settings = model(Model::Linear);
    let pounds = currency("GBP");
    let mut second = order("o2", amounts("50", "30"), &shared);
    second.is_first_order = Some(false);
    let attributions = [
        attribute(&order("o1", amounts("100", "60"), &alone), &settings, &clock(), pounds),
        attribute(&second, &settings, &clock(), pounds),
    ];
    let history = History { from: day("2026-03-01"), known_since: day("2026-01-10"), is_complete: false };
    let economics = campaign_economics(&campaigns, &attributions, &history);
    assert_eq!(economics.len(), 2);
    let first = &economics[0];
    assert_eq!((first.spend.value, first.orders.value), (dec("40"), dec("1.5")));
    assert_eq!(
        (first.net_sales.value, first.order_costs.value, first.cm2.value),
        (dec("125"), dec("75"), dec("50"))
    );
    assert_eq!((first.costs, first.profit), (dec("115"), dec("10")));
    let text = |quotient: &netgain_profit::Quotient| quotient.value.unwrap().to_string();
    assert_eq!(text(&first.roas_platform), "6.0000");
    assert_eq!(text(&first.roas_attributed), "3.1250");
    assert_eq!(text(&first.roas_contribution), "1.2500");
    assert_eq!(text(&first.break_even_roas), "2.5000");
    assert_eq!(text(&first.ncac), "40.0000");
    assert_eq!(text(&first.cost_per_order), "26.6667");
    assert_eq!(first.notices[0].code, "short_history");
    assert_eq!(economics[1].roas_attributed.value, Some(dec("0")));
    assert_eq!(economics[1].ncac.value, None);
    for figure in [&first.spend, &first.orders, &first.net_sales, &first.cm2] {
        assert_eq!(figure.parts.iter().map(|part| part.amount).sum::<Decimal>(), figure.value);
    }

    let claims = over_claims(&campaigns, &attributions, Grain::Platform);
    assert_eq!((claims.len(), claims[0].claimed_orders.value), (1, dec("4")));
    assert_eq!((claims[0].over_claimed_orders, claims[0].over_claimed_value), (dec("2.5"), dec("165")));
    let daily = over_claims(&campaigns, &attributions, Grain::CampaignDay);
    assert_eq!(daily.len(), 3);
    assert_eq!(daily.iter().map(|claim| claim.over_claimed_value).sum::<Decimal>(), dec("165"));

    let reported = platform_reported(&campaigns);
    assert_eq!(
        (reported[0].claimed_orders.value, text(&reported[0].roas_platform)),
        (dec("3"), "6.0000".into())
    );

    let spread = spread(&campaigns, &attributions);
    let on: Vec<_> = spread.orders.iter().map(|part| (part.order_id.as_str(), part.amount)).collect();
    assert_eq!(on, [("o1", dec("20.00")), ("o2", dec("10.00"))]);
    let left: Vec<_> = spread.unspread.iter().map(|part| (part.day, part.amount)).collect();
    assert_eq!(left, [(day("2026-03-11"), dec("10")), (day("2026-03-10"), dec("5"))]);
}

#[test]
fn the_ratio_and_its_inverse_are_both_named() {
    let sums = BlendedSums {
        net_revenue: dec("1000"),
        ad_spend: dec("250"),
        other_acquisition: dec("50"),
        new_customers: dec("10"),
        customers: dec("15"),
        paid_new_customers: dec("5"),
    };
    let history = History { from: day("2026-03-01"), known_since: day("2026-02-28"), is_complete: true };
    let found = blended(&sums, &history);
    let value = |quotient: &netgain_profit::Quotient| quotient.value.unwrap();
    assert_eq!((value(&found.mer), value(&found.ad_cost_ratio)), (dec("4"), dec("0.25")));
    assert_eq!(
        (value(&found.cac), value(&found.ncac), value(&found.paid_ncac)),
        (dec("20"), dec("30"), dec("50"))
    );
    assert!(found.notices.is_empty());
    assert!(blended(&sums, &History { is_complete: false, ..history }).notices[0].message.contains("1 days"));
    let year = History { known_since: day("2025-03-01"), is_complete: false, ..history };
    assert!(blended(&sums, &year).notices.is_empty());
}

fn models() -> impl Strategy<Value = ModelSettings> {
    use Model::{First, Last, LastPaid, Linear, PlatformReported, Position, TimeDecay};
    let kinds = vec![Last, First, Linear, Position, TimeDecay, LastPaid, PlatformReported];
    (prop::sample::select(kinds), prop::option::of(1..60_u32), 1..500_u32, any::<bool>(), any::<bool>())
        .prop_map(|(model, lookback_days, half_life_hours, counts, click)| ModelSettings {
            model,
            lookback_days,
            half_life_hours,
            direct: if counts { Direct::Counts } else { Direct::OnlyAlone },
            day: if click { DayBasis::ClickDay } else { DayBasis::OrderDay },
        })
}

fn visits() -> impl Strategy<Value = Vec<Touchpoint>> {
    let landings = [
        "/",
        "/?gclid=1",
        "/?utm_source=fb&utm_medium=cpc&utm_campaign=1",
        "/?utm_medium=email",
        "/?fbclid=1",
    ];
    let one = (prop::sample::select(landings.to_vec()), -50..2_000_i64, prop::bool::weighted(0.05));
    prop::collection::vec(one, 0..9).prop_map(|visits| {
        let build = |(at, (landing, hours, undated)): (usize, (&str, i64, bool))| {
            let visit = visit(&format!("t{at}"), hours, landing);
            if undated { Touchpoint { at: None, ..visit } } else { visit }
        };
        visits.into_iter().enumerate().map(build).collect()
    })
}

fn qualifies(visit: &Touchpoint, settings: &ModelSettings, placed: Timestamp) -> bool {
    let Some(seen) = visit.at else { return false };
    let hours = (placed.as_second() - seen.as_second()) / 3_600;
    hours >= 0
        && settings.lookback_days.is_none_or(|days| hours <= i64::from(days) * 24)
        && (settings.model != Model::LastPaid || visit.paid)
        && settings.model != Model::PlatformReported
}

proptest! {
    #[test]
    fn credit_is_one_or_none_and_money_adds_up(
        visits in visits(), settings in models(), net in -99_999..999_999_i64, costs in -5_000..99_999_i64,
        code in prop::sample::select(vec!["GBP", "JPY", "KWD"]),
    ) {
        let digits = currency(code).minor_digits();
        let (net_sales, costs) = (Decimal::new(net, digits), Decimal::new(costs, digits));
        let amounts = Amounts { net_sales, revenue: net_sales, costs, cm2: net_sales - costs };
        let found = attribute(&order("o1", amounts, &visits), &settings, &clock(), currency(code));
        let credit: u64 = found.credits.iter().map(|one| u64::from(one.credit)).sum();
        let expected = visits.iter().any(|visit| qualifies(visit, &settings, at(PLACED)));
        prop_assert_eq!(credit, if expected { u64::from(WHOLE) } else { 0 });
        prop_assert_eq!(found.unattributed.is_none(), expected);
        let mut sum = Amounts::default();
        for one in &found.credits {
            sum += one.amounts;
            prop_assert!(one.amounts.net_sales.scale() <= digits);
        }
        if let Some(rest) = found.unattributed {
            sum += rest.amounts;
        }
        prop_assert_eq!(sum, amounts);
        prop_assert_eq!(found.credits.len() + found.passed_over.len() <= visits.len(), true);
        let mut turned = visits.clone();
        turned.reverse();
        let again = attribute(&order("o1", amounts, &turned), &settings, &clock(), currency(code));
        prop_assert_eq!(again, found);
    }

    #[test]
    fn spend_is_on_orders_or_named_as_on_none(
        orders in prop::collection::vec((visits(), 1..9_999_i64), 0..6),
        spends in prop::collection::vec((0..3_u8, 1..28_u8, -500..50_000_i64), 0..12),
        settings in models(),
    ) {
        let days = spends.iter().map(|(campaign, on, cents)| {
            campaign_day(&campaign.to_string(), &format!("2026-03-{on:02}"), &Decimal::new(*cents, 2).to_string(), "1", "9.99")
        });
        let campaigns = campaigns(days.collect());
        let ids: Vec<String> = (0..orders.len()).map(|at| format!("o{at}")).collect();
        let attributions: Vec<_> = orders.iter().zip(&ids).map(|((visits, cents), id)| {
            let net_sales = Decimal::new(*cents, 2);
            let amounts = Amounts { net_sales, ..Amounts::default() };
            attribute(&order(id, amounts, visits), &settings, &clock(), currency("GBP"))
        }).collect();
        let spent: Decimal = campaigns.days().iter().map(|day| day.spend).sum();
        let spread = spread(&campaigns, &attributions);
        let on_orders: Decimal = spread.orders.iter().map(|part| part.amount).sum();
        let on_none: Decimal = spread.unspread.iter().map(|part| part.amount).sum();
        prop_assert_eq!(on_orders + on_none, spent);
        let claims = over_claims(&campaigns, &attributions, Grain::CampaignDay);
        let whole = over_claims(&campaigns, &attributions, Grain::Platform);
        let sum = |claims: &[OverClaim]| claims.iter().map(|claim| (claim.over_claimed_orders, claim.over_claimed_value))
            .fold((Decimal::ZERO, Decimal::ZERO), |sum, one| (sum.0 + one.0, sum.1 + one.1));
        prop_assert_eq!(sum(&claims), sum(&whole));
        for claim in &whole {
            let supported: Decimal = claim.supported_orders.parts.iter().map(|part| part.amount).sum();
            prop_assert_eq!(supported, claim.supported_orders.value);
            prop_assert!(supported <= Decimal::from(orders.len()));
        }
    }
}
