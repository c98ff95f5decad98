//! Deals by stage, and what messages earned.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use common::{currency, day, dec};
use netgain_domain::facts::{DealFacts, DealStageFacts, MessageDayFact};
use netgain_profit::subscriptions::{StageFigures, lifecycle, pipeline};
use netgain_profit::{InCurrency, RateBook};

fn stage(id: &str, position: i64, probability: &str, outcome: &str) -> DealStageFacts {
    DealStageFacts {
        stage_id: id.into(),
        pipeline_id: "sales".into(),
        name: id.to_uppercase(),
        position,
        probability: Some(dec(probability)),
        outcome: Some(outcome.into()),
    }
}

fn deal(id: &str, stage: &str, amount: Option<&str>) -> DealFacts {
    DealFacts {
        deal_id: id.into(),
        pipeline_id: Some("sales".into()),
        stage_id: Some(stage.into()),
        status: None,
        amount: amount.map(dec),
        currency: amount.map(|_| currency("EUR")),
    }
}

#[test]
fn deals_by_stage() {
    let stages = [
        stage("won", 3, "1", "won"),
        stage("offer", 2, "0.5", "open"),
        stage("call", 1, "0.2", "open"),
        stage("lost", 4, "0", "lost"),
    ];
    let mut closed = deal("g", "call", Some("7"));
    closed.status = Some("lost".into());
    let deals = [
        deal("a", "call", Some("100")),
        deal("b", "offer", Some("300.01")),
        deal("c", "offer", None),
        deal("d", "won", Some("50")),
        deal("e", "lost", Some("60")),
        deal("f", "elsewhere", Some("9")),
        closed,
    ];
    let found = pipeline(&deals, &stages);
    let names: Vec<_> = found.iter().map(|one| one.stage.name.as_str()).collect();
    assert_eq!(names, ["CALL", "OFFER", "WON", "LOST", ""]);
    let (call, offer) = (&found[0], &found[1]);
    let money = |one: &StageFigures| {
        (one.value[&currency("EUR")].value, one.weighted.get(&currency("EUR")).map(|figure| figure.value))
    };
    assert_eq!(money(call), (dec("100"), Some(dec("20"))));
    assert_eq!(money(offer), (dec("300.01"), Some(dec("150.01"))));
    assert_eq!(
        (call.open.value, call.lost.value, offer.open.value, offer.without_value),
        (dec("1"), dec("1"), dec("2"), 1)
    );
    // reached the call: a, b, c, d, e (lost, nobody knows where), g; of them b, c, d came to an offer
    assert_eq!(call.reached.as_ref().unwrap().value, dec("6"));
    assert_eq!(call.conversion.as_ref().unwrap().value, Some(dec("0.5")));
    assert_eq!(offer.conversion.as_ref().unwrap().value, Some(dec("0.3333")));
    assert_eq!((found[2].won.value, found[3].lost.value), (dec("1"), dec("1")));
    assert!(found[2].conversion.is_none());
    assert_eq!((found[4].stage.stage_id.clone(), found[4].open.parts[0].row.as_str()), (None, "f"));
}

fn sent(row: &str, on: Option<&str>, revenue: &str, cost: Option<&str>) -> MessageDayFact {
    MessageDayFact {
        row: row.into(),
        source: "mailer".into(),
        campaign_id: "spring".into(),
        campaign_name: Some("Spring".into()),
        channel: "email".into(),
        day: on.map(day),
        sent: 100,
        conversions: dec("2"),
        conversion_value: dec(revenue),
        cost: cost.map(dec),
        currency: Some(currency("USD")),
    }
}

#[test]
fn what_messages_earned() {
    let book = RateBook::default();
    let rates = InCurrency { currency: currency("USD"), rates: &book };
    let period = (day("2026-03-01"), day("2026-04-01"));
    let rows = [
        sent("1", Some("2026-03-02"), "90", Some("5")),
        sent("2", Some("2026-03-31"), "30", Some("15")),
        sent("3", Some("2026-04-01"), "1000", Some("1")),
        sent("all", None, "1120", Some("21")),
    ];
    let found = &lifecycle(&rows, period, &rates).unwrap()[0];
    assert_eq!(
        (found.sent, found.cost.value, found.revenue.value, found.orders.value),
        (200, dec("20"), dec("120"), dec("4"))
    );
    assert_eq!((found.roi.value, found.revenue_per_message.value), (Some(dec("5")), Some(dec("0.6"))));
    assert_eq!(found.revenue.parts.iter().map(|part| part.row.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    let whole = lifecycle(&rows[3..], period, &rates).unwrap();
    assert_eq!(whole[0].revenue.value, dec("1120"));
    let unknown = lifecycle(&[sent("1", Some("2026-03-02"), "90", None)], period, &rates).unwrap();
    assert_eq!((unknown[0].cost_known, unknown[0].roi.value), (false, None));
}
