//! `netgain costs`: the cost book from the command line. A change says what it does to past profit; with `--preview`
//! nothing is kept.

use anyhow::Context;
use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::facts::{CostKind, CostRuleFact, CostRuleKind, CostScope, RuleTerms, UnitCostFact};
use netgain_domain::{Currency, Decimal, WorkspaceId};
use netgain_profit::Settings;
use netgain_results::{CostPreview, compare_as_known, prepare_costs, preview_costs, save_costs, today};
use netgain_warehouse::{CostBookChange, Recorded, Warehouse};
use serde_json::{Value, json};

use super::sync::not_found;
use crate::args::CostsArgs;
use crate::args::costs::{
    CompareArgs, CostsWhat, Keep, ListArgs, Recording, RuleArgs, SetArgs, WithdrawArgs,
};
use crate::failure::Failure;
use crate::home::Home;

/// Who records, in the book.
const SOURCE: &str = "cli";

pub fn run(home: &Home, args: CostsArgs) -> anyhow::Result<()> {
    match args.what {
        CostsWhat::List(args) => list(home, &args),
        CostsWhat::Set(args) => set(home, args),
        CostsWhat::Rule(args) => rule(home, *args),
        CostsWhat::Withdraw(args) => withdraw(home, args),
        CostsWhat::Compare(args) => compare(home, &args),
    }
}

struct Place {
    warehouse: Warehouse,
    settings: Settings,
}

fn open(home: &Home, workspace: &WorkspaceId) -> anyhow::Result<Place> {
    let found = home.control()?.workspace(workspace).map_err(not_found)?;
    Ok(Place { warehouse: home.warehouse(workspace)?, settings: Settings::from_json(&found.settings)? })
}

fn list(home: &Home, args: &ListArgs) -> anyhow::Result<()> {
    let place = open(home, &args.workspace)?;
    let known = |at: Timestamp| args.as_known.is_none_or(|then| at <= then);
    let costs = place.warehouse.recorded_unit_costs()?;
    let costs: Vec<_> = costs.into_iter().filter(|row| known(row.fact.recorded_at)).collect();
    let rules = place.warehouse.recorded_cost_rules()?;
    let rules: Vec<_> = rules.into_iter().filter(|row| known(row.fact.recorded_at)).collect();
    let counts_cost = |row: &&Recorded<UnitCostFact>| {
        let id = Some(&row.fact.cost_id);
        !row.fact.withdrawn && !costs.iter().any(|other| other.fact.replaces.as_ref() == id)
    };
    let counts_rule = |row: &&Recorded<CostRuleFact>| {
        let id = Some(&row.fact.rule_id);
        !row.fact.withdrawn && !rules.iter().any(|other| other.fact.replaces.as_ref() == id)
    };
    let shown_costs: Vec<_> = costs.iter().filter(|row| args.all || counts_cost(row)).collect();
    let shown_rules: Vec<_> = rules.iter().filter(|row| args.all || counts_rule(row)).collect();
    if args.json {
        let costs: Vec<Value> = shown_costs.iter().map(|row| cost_json(row, counts_cost(row))).collect();
        let rules: Vec<Value> = shown_rules.iter().map(|row| rule_json(row, counts_rule(row))).collect();
        println!("{}", json!({ "workspace": args.workspace, "costs": costs, "rules": rules }));
        return Ok(());
    }
    for Recorded { fact, .. } in shown_costs {
        let of = if fact.scope == CostScope::Shop { String::new() } else { format!(" {}", fact.scope_id) };
        let country = fact.country.as_deref().map(|country| format!(", {country}")).unwrap_or_default();
        let many =
            if fact.min_quantity > 1 { format!(", from {} units", fact.min_quantity) } else { String::new() };
        println!(
            "{}{of}{country}{many}: {} {} {} ({}, {} on {}, {})",
            fact.scope.name(),
            fact.unit_cost.normalize(),
            fact.currency,
            period(fact.valid_from, fact.valid_to),
            fact.kind.name(),
            fact.source,
            fact.recorded_at,
            fact.cost_id,
        );
    }
    for Recorded { fact, .. } in shown_rules {
        let terms = serde_json::to_string(&fact.terms)?;
        let held = period(fact.valid_from, fact.valid_to);
        println!("{} {held}: {terms} ({}, {})", fact.kind.name(), fact.currency, fact.rule_id);
    }
    Ok(())
}

fn period(from: Option<Date>, to: Option<Date>) -> String {
    let from = from.map_or_else(|| "since ever".to_owned(), |day| format!("since {day}"));
    to.map_or_else(|| from.clone(), |day| format!("{from} until {day}"))
}

fn cost_json(row: &Recorded<UnitCostFact>, counts: bool) -> Value {
    let fact = &row.fact;
    json!({
        "id": fact.cost_id, "scope": fact.scope.name(), "scope_id": fact.scope_id, "country": fact.country,
        "min_quantity": fact.min_quantity, "unit_cost": fact.unit_cost.normalize().to_string(),
        "currency": fact.currency, "valid_from": fact.valid_from, "valid_to": fact.valid_to,
        "kind": fact.kind.name(), "recorded_at": fact.recorded_at, "source": fact.source,
        "recorded_by": row.recorded_by, "note": row.note, "replaces": fact.replaces,
        "withdrawn": fact.withdrawn, "counts": counts,
    })
}

fn rule_json(row: &Recorded<CostRuleFact>, counts: bool) -> Value {
    let fact = &row.fact;
    json!({
        "id": fact.rule_id, "kind": fact.kind.name(), "currency": fact.currency, "valid_from": fact.valid_from,
        "valid_to": fact.valid_to, "terms": fact.terms, "recorded_at": fact.recorded_at, "source": fact.source,
        "recorded_by": row.recorded_by, "note": row.note, "replaces": fact.replaces,
        "withdrawn": fact.withdrawn, "counts": counts,
    })
}

fn set(home: &Home, args: SetArgs) -> anyhow::Result<()> {
    let place = open(home, &args.recording.workspace)?;
    let scope = CostScope::from_name(&args.scope).ok_or_else(|| {
        Failure::input(format!(
            "scope `{}` is not known: use {}",
            args.scope,
            known(CostScope::ALL, CostScope::name)
        ))
    })?;
    let when = When::of(&args.recording, &place.settings)?;
    let mut fact = UnitCostFact::new(scope, args.id.trim(), args.unit_cost, when.currency);
    fact.country = args.country.map(|country| country.to_ascii_uppercase());
    fact.min_quantity = args.min_quantity;
    fact.kind = if args.estimate { CostKind::Estimate } else { CostKind::Manual };
    (fact.valid_from, fact.valid_to, fact.recorded_at) = (when.from, when.to, when.recorded_at);
    (fact.replaces, fact.source) = (args.recording.replaces, SOURCE.to_owned());
    record(&place, CostBookChange { costs: vec![fact], ..CostBookChange::default() }, &args.recording.keep)
}

fn rule(home: &Home, args: RuleArgs) -> anyhow::Result<()> {
    let place = open(home, &args.recording.workspace)?;
    let kind = CostRuleKind::from_name(&args.kind).ok_or_else(|| {
        let kinds = known(CostRuleKind::ALL, CostRuleKind::name);
        Failure::input(format!("kind `{}` is not known: use {kinds}", args.kind))
    })?;
    let when = When::of(&args.recording, &place.settings)?;
    let fact = CostRuleFact {
        rule_id: String::new(),
        kind,
        currency: when.currency,
        valid_from: when.from,
        valid_to: when.to,
        recorded_at: when.recorded_at,
        source: SOURCE.to_owned(),
        replaces: args.recording.replaces,
        withdrawn: false,
        terms: RuleTerms {
            countries: args.countries.iter().map(|country| country.to_ascii_uppercase()).collect(),
            channel: args.channel,
            gateway: args.gateway,
            method: args.method,
            min_grams: args.min_grams,
            below_grams: args.below_grams,
            fixed: args.fixed,
            per_item: args.per_item,
            per_kg: args.per_kg,
            percent: args.percent,
            refundable: args.refundable,
            amount: args.amount,
            every: args.every,
            category: args.category,
            name: args.name,
            campaign_id: args.campaign,
            marketing: args.marketing,
        },
    };
    record(&place, CostBookChange { rules: vec![fact], ..CostBookChange::default() }, &args.recording.keep)
}

fn withdraw(home: &Home, args: WithdrawArgs) -> anyhow::Result<()> {
    let place = open(home, &args.workspace)?;
    let (recorded_at, source) = (Timestamp::now(), SOURCE.to_owned());
    let (costs, rules) = (place.warehouse.load_unit_costs()?, place.warehouse.load_cost_rules()?);
    let replaces = Some(args.id.clone());
    let mut change = CostBookChange::default();
    if let Some(cost) = costs.into_iter().find(|cost| cost.cost_id == args.id) {
        change.costs.push(UnitCostFact { recorded_at, source, replaces, withdrawn: true, ..cost });
    } else if let Some(rule) = rules.into_iter().find(|rule| rule.rule_id == args.id) {
        change.rules.push(CostRuleFact { recorded_at, source, replaces, withdrawn: true, ..rule });
    } else {
        let message = format!("`{}` is not in the cost book: take an id of `netgain costs list`", args.id);
        return Err(Failure::of_status(404, message).into());
    }
    record(&place, change, &args.keep)
}

fn compare(home: &Home, args: &CompareArgs) -> anyhow::Result<()> {
    let place = open(home, &args.workspace)?;
    let effect = compare_as_known(&place.warehouse, &place.settings, args.as_known)?;
    if args.json {
        println!("{}", effect_json(&effect, place.settings.currency));
    } else {
        println!("as known then: {}", in_words(&effect, place.settings.currency));
    }
    Ok(())
}

/// When a row holds and is recorded, and its currency.
struct When {
    from: Option<Date>,
    to: Option<Date>,
    recorded_at: Timestamp,
    currency: Currency,
}

impl When {
    fn of(recording: &Recording, settings: &Settings) -> anyhow::Result<Self> {
        let day = |field: &str, text: &str| {
            text.parse::<Date>()
                .map_err(|_| Failure::input(format!("{field} `{text}` is not a day: write it as 2026-03-01")))
        };
        let recorded_at = Timestamp::now();
        Ok(Self {
            from: match recording.from.as_deref() {
                Some("ever") => None,
                Some(text) => Some(day("--from", text)?),
                None => Some(today(settings, recorded_at)),
            },
            to: recording.to.as_deref().map(|text| day("--to", text)).transpose()?,
            recorded_at,
            currency: recording.currency.unwrap_or(settings.currency),
        })
    }
}

/// Says what a change does, and keeps it unless it is only to be looked at.
fn record(place: &Place, mut change: CostBookChange, keep: &Keep) -> anyhow::Result<()> {
    (change.recorded_by, change.note) = (keep.by.clone(), keep.note.clone());
    let Place { warehouse, settings } = place;
    let change = prepare_costs(warehouse, change).map_err(|error| match error {
        netgain_results::Error::CostRow(row) => anyhow::Error::from(Failure::input(row.error.to_string())),
        other => other.into(),
    })?;
    let effect = preview_costs(warehouse, settings, &change).context("the effect cannot be computed")?;
    let ids: Vec<&String> = change
        .costs
        .iter()
        .map(|cost| &cost.cost_id)
        .chain(change.rules.iter().map(|rule| &rule.rule_id))
        .collect();
    if keep.preview {
        if keep.json {
            println!("{}", json!({ "saved": false, "effect": effect_json(&effect, settings.currency) }));
        } else {
            println!("would change {}; nothing is recorded", in_words(&effect, settings.currency));
        }
        return Ok(());
    }
    let saved = save_costs(warehouse, settings, &change)?;
    if keep.json {
        let effect = effect_json(&effect, settings.currency);
        let restated = saved.restated.orders;
        println!("{}", json!({ "saved": true, "ids": ids, "effect": effect, "restated": restated }));
    } else {
        println!("recorded; changes {}", in_words(&effect, settings.currency));
    }
    for order in &saved.restated.uncomputed {
        eprintln!("order {} has no profit yet: {}", order.order_id, order.reason);
    }
    Ok(())
}

fn effect_json(effect: &CostPreview, currency: Currency) -> Value {
    let text = |amount: Decimal| amount.normalize().to_string();
    let months: Vec<Value> = effect
        .months
        .iter()
        .map(|month| {
            json!({
                "month": month.month, "orders": month.orders, "cogs": text(month.cogs),
                "net_profit": text(month.net_profit),
            })
        })
        .collect();
    json!({
        "currency": currency, "orders": effect.orders, "looked_at": effect.looked_at,
        "net_profit": text(effect.net_profit), "months": months,
    })
}

/// `2026-03 to 2026-05: net profit -1204.10 GBP over 311 orders`.
fn in_words(effect: &CostPreview, currency: Currency) -> String {
    let month = |day: Date| format!("{:04}-{:02}", day.year(), day.month());
    let (Some(first), Some(last)) = (effect.months.first(), effect.months.last()) else {
        return "nothing that was reckoned so far".to_owned();
    };
    let months = match first == last {
        true => month(first.month),
        false => format!("{} to {}", month(first.month), month(last.month)),
    };
    let mut amount = effect.net_profit.normalize();
    if amount.scale() < currency.minor_digits() {
        amount.rescale(currency.minor_digits());
    }
    format!("{months}: net profit {amount} {currency} over {} orders", effect.orders)
}

fn known<T: Copy>(all: &[T], name: fn(T) -> &'static str) -> String {
    all.iter().map(|one| name(*one)).collect::<Vec<_>>().join(", ")
}
