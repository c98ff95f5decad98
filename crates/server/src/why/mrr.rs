//! Monthly recurring revenue: each step of its bridge down to the subscriptions that moved.

use std::collections::BTreeMap;

use netgain_domain::Currency;
use netgain_profit::question::Question;
use netgain_profit::subscriptions::{
    Bridge, Churn, CustomerChurn, Kind, bridges, bridges_by_currency, customer_churn, histories,
};
use netgain_profit::{Figure, InCurrency, Quotient, RateBook};

use super::campaign::customer;
use super::ladder::mistake;
use super::told::{Frame, Told};
use super::{Ask, Explained, Part, RowRef, Trust, Unit, Way};
use crate::api::figures::Notice;
use crate::api::mrr::definition;
use crate::problem::Problem;

const MEASURES: [&str; 11] = [
    "opening",
    "new",
    "reactivation",
    "expansion",
    "contraction",
    "churn",
    "fx",
    "closing",
    "customer_churn",
    "revenue_churn",
    "net_revenue_churn",
];

/// Those that count customers, which no exchange rate is needed for.
const HEADS: [&str; 3] = ["customer_churn", "paying", "gone"];

/// `mrr:<step>`, in total or, with `currency`, of one currency by itself.
pub(super) fn explain(ask: &Ask<'_>) -> Result<Explained, Problem> {
    let definition = definition(ask.question.get("definition")).map_err(|mut problem| {
        problem.field = Some("figure".into());
        problem
    })?;
    let (from, to) = ask.question.days().map_err(|error| mistake(&error))?;
    let text = |day: Option<netgain_domain::jiff::civil::Date>| day.map(|day| day.to_string());
    let (from, to) = ask.place.range(text(from).as_deref(), text(to).as_deref())?;
    let question: Question = ask.question.clone().between(from, to);
    let ours = ask.place.workspace.currency;
    let subscriptions = ask.place.warehouse.load_subscriptions()?;
    let history = histories(&subscriptions, &ask.place.warehouse.load_subscription_changes()?);
    let days = (from, to.tomorrow().unwrap_or(to));
    let zone = ask.place.settings.zone();
    let rates = RateBook::new(ask.place.warehouse.load_rates()?);
    let counts_heads = HEADS.contains(&question.measure.as_str()) && question.get("currency").is_none();
    let (bridge, churn) = match question.get("currency") {
        // no rate is asked for where nothing is added up
        None if counts_heads => (None, None),
        Some(code) => {
            let asked = code.parse::<Currency>().ok();
            let all = bridges_by_currency(&history.snapshots, days, zone, &definition);
            let found = all.into_iter().find(|bridge| Some(bridge.currency) == asked);
            let shown: String = code.chars().take(10).collect();
            let none = || {
                let cure = "write a currency of by_currency of GET /api/v1/workspaces/{w}/subscriptions/mrr";
                Problem::parameter("figure", format!("no subscription is in `{shown}`"), cure)
            };
            (Some(found.ok_or_else(none)?), None)
        }
        None => {
            let into = InCurrency { currency: ours, rates: &rates };
            let found = bridges(&history.snapshots, days, zone, &definition, &into).map_err(|missing| {
                let cure = "connect a source of rates, or write currency= for one currency by itself";
                Problem::parameter("figure", format!("there is no total: {missing}"), cure)
            })?;
            (Some(found.total), Some(found.churn))
        }
    };
    let heads = counts_heads.then(|| customer_churn(&history.snapshots, days, zone, &definition));
    let frame = Frame {
        ask,
        question,
        days: Some((from, to)),
        choices: BTreeMap::from([("definition", definition.name)]),
        trust: Trust::default(),
        notices: history.notices.into_iter().map(Notice::from).collect(),
        known: &MEASURES,
    };
    frame.explain(&|measure| match (&bridge, &heads) {
        (Some(bridge), _) => tell(measure, bridge, churn.as_ref()),
        (None, Some(heads)) => tell_heads(measure, heads),
        (None, None) => None,
    })
}

/// The figures that count customers.
fn tell_heads(measure: &str, churn: &CustomerChurn) -> Option<Told> {
    let counted = |label: &str, figure: &Figure| {
        let parts = figure.parts.iter().map(|part| customer(&part.row, None));
        Told::sum(label, Unit::Count, figure.formula, Way::Rows, parts.collect())
    };
    Some(match measure {
        "paying" => counted("Customers who paid at the start", &churn.paying),
        "gone" => counted("Customers who paid at the start and do not at the end", &churn.lost),
        "customer_churn" => rate("Customer churn", &churn.rate, "gone", "paying"),
        _ => return None,
    })
}

fn rate(label: &str, quotient: &Quotient, over: &'static str, under: &'static str) -> Told {
    Told::ratio(label, quotient.value, quotient.formula, over, under)
}

fn tell(measure: &str, bridge: &Bridge, churn: Option<&Churn>) -> Option<Told> {
    let unit = Unit::Money(bridge.currency);
    let state = |label: &str, figure: &Figure| {
        let parts = figure.parts.iter().map(|part| {
            let mut told = Part::new(part.row.clone(), part.amount, unit);
            told.rows =
                vec![RowRef { table: part.table.to_owned(), source_id: part.row.clone(), raw_ref: None }];
            told
        });
        Told::sum(label, unit, figure.formula, Way::Rows, parts.collect())
    };
    let moved = |label: &str, kind: Kind, formula: &str| {
        let lines = bridge.lines.iter().filter(|line| line.movement.kind == kind);
        let parts = lines.map(|line| {
            let movement = &line.movement;
            let mut told = Part::new(movement.customer_id.clone(), line.amount, unit);
            told.formula = Some(format!(
                "{} {} a month before, {} after, at {}",
                movement.before.normalize(),
                movement.currency,
                movement.after.normalize(),
                movement.at
            ));
            told.rows = movement.rows.iter().map(|row| row_ref(row)).collect();
            told
        });
        Told::sum(label, unit, formula, Way::Rows, parts.collect())
    };
    Some(match measure {
        "opening" => state("Recurring revenue before", &bridge.opening),
        "new" => moved("New", Kind::New, bridge.new.formula),
        "reactivation" => moved("Reactivation", Kind::Reactivation, bridge.reactivation.formula),
        "expansion" => moved("Expansion", Kind::Expansion, bridge.expansion.formula),
        "contraction" => moved("Contraction", Kind::Contraction, bridge.contraction.formula),
        "churn" => moved("Churn", Kind::Churn, bridge.churn.formula),
        "fx" => state("Exchange rates", &bridge.fx),
        "closing" => Told::terms(
            "Recurring revenue at the end",
            unit,
            "opening + new + reactivation + expansion - contraction - churn + exchange rates",
            &[
                (1, "opening"),
                (1, "new"),
                (1, "reactivation"),
                (1, "expansion"),
                (-1, "contraction"),
                (-1, "churn"),
                (1, "fx"),
            ],
        ),
        "held" => state("Recurring revenue at the end, by who pays it", &bridge.closing),
        "lost" => Told::terms(
            "Churn and contraction",
            unit,
            "churn + contraction",
            &[(1, "churn"), (1, "contraction")],
        ),
        "net_lost" => Told::terms(
            "Churn and contraction less growth",
            unit,
            "churn + contraction - expansion - reactivation",
            &[(1, "churn"), (1, "contraction"), (-1, "expansion"), (-1, "reactivation")],
        ),
        "revenue_churn" => rate("Revenue churn", &churn?.revenue, "lost", "opening"),
        "net_revenue_churn" => rate("Net revenue churn", &churn?.net_revenue, "net_lost", "opening"),
        _ => return tell_heads(measure, &churn?.customers),
    })
}

/// A row as `table/id`.
fn row_ref(row: &str) -> RowRef {
    let (table, id) = row.split_once('/').unwrap_or(("subscriptions", row));
    RowRef { table: table.to_owned(), source_id: id.to_owned(), raw_ref: None }
}
