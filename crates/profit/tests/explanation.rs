//! The explanation's form: what the API hands out.

mod common;

use common::*;
use netgain_profit::{CostBook, explain};

#[test]
fn an_explanation_reads_from_gross_sales_to_net_profit() {
    let order = parcel().returned("l1", -1, "2026-03-21T12:00:00Z", "-120.00", "-20.00").restocked(
        "l1",
        1,
        "2026-03-21T12:00:00Z",
    );
    let explanation = explain(&order, &CostBook::new([cost("coat", "35", "GBP")]), &british()).unwrap();
    let json = serde_json::to_value(&explanation).unwrap();
    let steps = json["steps"].as_array().unwrap();
    let ladder: Vec<_> = steps
        .iter()
        .map(|step| {
            let text = |key: &str| step[key].as_str().unwrap().to_owned();
            format!("{} {} {}", text("sign"), text("key"), text("amount"))
        })
        .collect();
    assert_eq!(
        ladder,
        [
            "+ gross_sales 100.00",
            "- discounts 0",
            "- returns 100.00",
            "= net_sales 0.00",
            "+ shipping_income 5.00",
            "+ other_income 0",
            "= net_revenue 5.00",
            "- cogs 0",
            "= cm1 5.00",
            "- shipping_costs 4.50",
            "- payment_fees 3.95",
            "= cm2 -3.45",
            "= net_profit -3.45",
        ]
    );
    assert_eq!(
        steps[0]["entries"][0],
        serde_json::json!({
            "label": "Thing l1", "day": "2026-03-10", "amount": "100.00", "quantity": 1,
            "formula": "120.00 - 20.00 tax", "source_id": "e0", "table": "sale_events", "raw_ref": null
        })
    );
    let cogs = &steps[7]["entries"];
    assert_eq!(cogs[0]["formula"], "1 x 35 (actual)");
    assert_eq!(cogs[1]["formula"], "-1 x 35 (actual)");
    assert_eq!((&cogs[1]["table"], &cogs[1]["day"]), (&"refund_lines".into(), &"2026-03-21".into()));
    let label = json["settings"].as_array().unwrap().last().unwrap();
    assert_eq!(
        *label,
        serde_json::json!({
            "key": "shipping.cost_per_order", "value": "4.50", "valid_from": null, "applied_to": "shipping_costs"
        })
    );
    assert_eq!(json["currency"], "GBP");
}

#[test]
fn what_does_not_count_says_why() {
    let mut order = parcel();
    order.currency = currency("EUR");
    let explanation = explain(&order, &CostBook::default(), &british()).unwrap();
    assert!(explanation.steps.iter().all(|step| step.amount.is_zero() && step.entries.is_empty()));
    assert_eq!(explanation.notices[0].code, "missing_rate");
    assert!(explanation.notices[0].message.contains("reporting currency"));
}

#[test]
fn an_estimate_names_its_setting() {
    let explanation = explain(&parcel(), &CostBook::default(), &british()).unwrap();
    let ratio = explanation.settings.iter().find(|setting| setting.key == "cost.default_ratio").unwrap();
    assert_eq!(ratio.value, "0.40");
    let cogs = explanation.steps.iter().find(|step| step.key == "cogs").unwrap();
    assert_eq!(cogs.entries[0].formula.as_deref(), Some("0.40 x 100.00 of the line so far (estimate)"));
    assert_eq!(cogs.entries[0].source_id, "l1");
}

#[test]
fn a_trace_sums_to_the_stored_base_lines_under_every_basis() {
    use netgain_domain::Decimal;
    use netgain_domain::facts::{Basis, Line, OrderSelection};
    use netgain_profit::{compute_order, profile, trace};

    let book = CostBook::new([cost("coat", "35", "GBP")]);
    let plain = parcel();
    let back = parcel().returned("l1", -1, "2026-03-21T12:00:00Z", "-120.00", "-20.00").restocked(
        "l1",
        1,
        "2026-03-21T12:00:00Z",
    );
    for order in [plain, back] {
        let traced = trace(&order, &book, &british()).unwrap();
        assert_eq!(traced.profit, compute_order(&order, &book, &british()).unwrap());
        let mut amounts = 0;
        for ((basis, day), stored) in traced.profit.postings.entries() {
            for line in Line::ALL {
                let own = traced
                    .entries
                    .iter()
                    .filter(|one| (one.line, one.basis, one.entry.day) == (*line, basis, day));
                assert_eq!(own.map(|one| one.entry.amount).sum::<Decimal>(), stored.lines[*line], "{line:?}");
                amounts += usize::from(!stored.lines[*line].is_zero());
            }
        }
        assert!(amounts > 5);
        let reading = british().reading(Some("netgain"), None).unwrap();
        let figure = reading.weighing("net_profit").unwrap();
        let days = ("2026-03-01".parse().unwrap(), "2026-03-31".parse().unwrap());
        let sum = |parts: &[(i32, &netgain_profit::Traced)]| -> Decimal {
            parts.iter().map(|(weight, one)| Decimal::from(*weight) * one.entry.amount).sum()
        };
        let parts = traced.of(&figure, &reading.selection(), days);
        assert_eq!(sum(&parts), traced.profit.total.net_profit);
        assert!(parts.iter().all(|(_, one)| matches!(one.basis, Basis::All | Basis::ReturnDay)));
        assert!(traced.of(&figure, &OrderSelection::Classes(vec![]), days).is_empty());
        let one = profile::line_weighing(Line::CogsSold, Basis::ReturnDay);
        assert_eq!(sum(&traced.of(&one, &reading.selection(), days)), Decimal::from(35));
    }
}
