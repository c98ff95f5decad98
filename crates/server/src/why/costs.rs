//! Costs that belong to no order: ad spend down to the platforms' rows, and operating costs down to their days.

use netgain_domain::facts::{Basis, Line, Weighing};
use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Table};
use netgain_profit::question::{Family, Question};
use netgain_warehouse::{AdFilter, AdRow};

use super::ladder::{Figure, mistake};
use super::{Ask, Explained, Moving, Part, Parts, RowRef, Trust, Unit, Way, Within, clocks, unknown, way};
use crate::problem::Problem;

/// The channel of a platform's ad spend.
fn advertising(source: &str) -> String {
    format!("advertising:{source}")
}

/// The costs of days in a figure, each with its weight in it.
pub(super) fn of_days(figure: &Figure<'_>, weighing: &Weighing, unit: Unit) -> Result<Vec<Part>, Problem> {
    if figure.order.is_some() {
        return Ok(Vec::new());
    }
    let weight = |line| weight_of(weighing, line);
    let (from, to) = (figure.filter.from, figure.filter.to);
    let (place, question) = (figure.ask.place, &figure.question);
    let channel = figure.filter.channel.as_deref();
    let mut parts = Vec::new();
    let wanted = |source: &str| channel.is_none_or(|channel| channel == advertising(source));
    let ads = weight(Line::AdSpend);
    if ads != 0 {
        let currency = place.workspace.currency;
        for ad in place.warehouse.ad_parts(from, to, currency)?.into_iter().filter(|ad| wanted(&ad.source)) {
            let id = ad.campaign_id.clone().unwrap_or_default();
            let spend = question
                .about(Family::Ads, "spend")
                .with("provider", ad.source.clone())
                .with("campaign", id.clone())
                .with("currency", currency.code());
            let name = ad.campaign_name.or(ad.campaign_id).unwrap_or_else(|| "no campaign".to_owned());
            let mut part = Part::new(format!("Ads: {name}"), ad.amount, unit).weight(ads).figure(spend);
            part.channel = Some(advertising(&ad.source));
            parts.push(part);
        }
        for one in place.warehouse.ad_conversions()? {
            let Some((amount, rate)) = one.converted.filter(|(amount, _)| !amount.is_zero()) else {
                continue;
            };
            if !(from..=to).contains(&one.day) || !wanted(&one.platform) {
                continue;
            }
            let spend = question
                .about(Family::Ads, "spend")
                .between(one.day, one.day)
                .with("provider", one.platform.clone())
                .with("currency", one.currency.code());
            let label = format!("Ads of {} in {}", one.platform, one.currency);
            let mut part = Part::new(label, amount, unit).weight(ads).figure(spend);
            part.formula = Some(format!(
                "{} {} x {} of {}, by {}",
                one.spend.normalize(),
                one.currency,
                rate.rate.normalize(),
                rate.rate_day,
                rate.source
            ));
            (part.day, part.channel) = (Some(one.day), Some(advertising(&one.platform)));
            parts.push(part);
        }
    }
    let (running, marketing) = (weight(Line::OperatingCosts), weight(Line::AffiliateCosts));
    let messaging = weight(Line::MessagingCosts);
    if running != 0 || marketing != 0 || messaging != 0 {
        for cost in place.warehouse.operating_parts(from, to, channel)? {
            let weight = match cost.marketing {
                true if cost.category == MESSAGING => messaging,
                true => marketing,
                false => running,
            };
            if weight == 0 {
                continue;
            }
            let amount = question.about(Family::Operating, "amount").with("cost", cost.cost_id.clone());
            let label = cost.name.unwrap_or(cost.category);
            parts.push(Part::new(label, cost.amount, unit).weight(weight).figure(amount));
        }
    }
    Ok(parts)
}

/// The category of what messages cost.
const MESSAGING: &str = "messaging";

/// How often a line of days counts in a figure.
fn weight_of(weighing: &Weighing, line: Line) -> i32 {
    let Weighing::Lines(weights) = weighing else { return 0 };
    let own = weights.iter().filter(|one| one.line == line && one.basis == Basis::All);
    own.map(|one| one.weight).sum()
}

/// Days of a question about costs of days.
fn days(ask: &Ask<'_>) -> Result<(Date, Date, Question), Problem> {
    let (from, to) = ask.question.days().map_err(|error| mistake(&error))?;
    let text = |day: Option<Date>| day.map(|day| day.to_string());
    let (from, to) = ask.place.range(text(from).as_deref(), text(to).as_deref())?;
    Ok((from, to, ask.question.clone().between(from, to)))
}

fn required<'q>(question: &'q Question, name: &str, example: &str) -> Result<&'q str, Problem> {
    question.get(name).ok_or_else(|| {
        Problem::parameter(
            "figure",
            format!("figure lacks the filter {name}"),
            format!("write {name}= and its value, such as {example}"),
        )
    })
}

/// `ads:spend`: the rows of a platform or of one of its campaigns. Spend in another currency stands for one day, which
/// was converted at that day's rate.
pub(super) fn ads(ask: &Ask<'_>) -> Result<Explained, Problem> {
    if ask.question.measure != "spend" {
        return Err(unknown(&ask.question, &["spend"]));
    }
    let (from, to, question) = days(ask)?;
    let ours = ask.place.workspace.currency;
    let currency = match question.get("currency") {
        None => ours,
        Some(code) => code.parse::<Currency>().map_err(|_| {
            Problem::parameter(
                "figure",
                format!("figure's currency `{}` is not one", code.chars().take(10).collect::<String>()),
                "write three letters, such as currency=EUR",
            )
        })?,
    };
    let source = required(&question, "provider", "provider=ads")?.to_owned();
    // a campaign that is named as nothing is what belongs to no campaign
    let campaign = question.get("campaign").map(str::to_owned);
    let filter = AdFilter {
        from,
        to,
        by_campaign: campaign.is_some(),
        campaign_id: campaign.filter(|id| !id.is_empty()),
        source,
        currency,
    };
    let (rows, count, spend) = ask.place.warehouse.ad_rows(&filter, ask.skip, ask.limit)?;
    let ways = vec![Way::Rows];
    let by = way(ask, &ways)?;
    let parts =
        Parts { page: rows.into_iter().map(|row| row_part(row, currency)).collect(), count, whole: spend };
    let channel = advertising(&filter.source);
    let within = Within { channel: Some(&channel), ..Within::days((from, to)) };
    let mut explained = Explained {
        label: "Ad spend".to_owned(),
        unit: Unit::Money(currency),
        value: Some(spend),
        formula: "sum of the platform's rows".to_owned(),
        terms: Vec::new(),
        reading: None,
        days: Some((from, to)),
        order: None,
        by,
        ways,
        parts,
        trust: Trust { clocks: clocks(ask.shared, ask.place, within, Moving::ADS)?, ..Trust::default() },
        notices: Vec::new(),
        choices: Default::default(),
        question,
    };
    if currency != ours {
        convert(ask, &filter, &mut explained)?;
    }
    Ok(explained)
}

/// Tells spend in another currency: what the rows come to, times the rate of the day.
fn convert(ask: &Ask<'_>, filter: &AdFilter, explained: &mut Explained) -> Result<(), Problem> {
    if filter.from != filter.to || filter.by_campaign {
        return Ok(());
    }
    let found =
        ask.place.warehouse.ad_conversions()?.into_iter().find(|one| {
            (one.day, &one.platform, one.currency) == (filter.from, &filter.source, filter.currency)
        });
    let Some((amount, rate)) = found.and_then(|one| one.converted) else { return Ok(()) };
    let ours = ask.place.workspace.currency;
    explained.choices.insert("rate", rate.rate.normalize().to_string());
    explained.choices.insert("rate_day", rate.rate_day.to_string());
    explained.choices.insert("rate_source", rate.source.to_string());
    explained.choices.insert("converted", crate::amount::money(amount, ours));
    explained.formula = format!(
        "sum of the platform's rows; times {} it is {} {ours}, rounded to the smallest coin",
        rate.rate.normalize(),
        crate::amount::money(amount, ours)
    );
    Ok(())
}

fn row_part(row: AdRow, currency: Currency) -> Part {
    let mut part = Part::new(row.entity_id, row.spend, Unit::Money(currency));
    part.day = Some(row.day);
    part.formula = row.provisional.then(|| "may still be restated".to_owned());
    part.rows = vec![RowRef {
        table: "ad_days".to_owned(),
        source_id: format!("{}/{}", row.connection_id, row.source_id),
        raw_ref: row.raw_ref,
    }];
    part
}

/// The row that states a cost of days: of messages, of a sheet or a file, or of the cost book.
fn row_of_cost(cost: &str) -> RowRef {
    let (table, id) = match cost.strip_prefix("message_days:") {
        Some(id) => (Table::MessageDays.name(), id),
        // a row of a source is named with its connection, a rule of the cost book by itself
        None if cost.contains('/') => (Table::ManualCosts.name(), cost),
        None => ("cost_rules", cost),
    };
    RowRef { table: table.to_owned(), source_id: id.to_owned(), raw_ref: None }
}

/// `operating:amount`: what one operating cost comes to, day by day.
pub(super) fn operating(ask: &Ask<'_>) -> Result<Explained, Problem> {
    if ask.question.measure != "amount" {
        return Err(unknown(&ask.question, &["amount"]));
    }
    let (from, to, question) = days(ask)?;
    let cost = required(&question, "cost", "cost=rent")?.to_owned();
    let unit = Unit::Money(ask.place.workspace.currency);
    let stored = ask.place.warehouse.operating_cost_days(&cost, from, to, question.get("channel"))?;
    let ways = vec![Way::Rows];
    let by = way(ask, &ways)?;
    let parts = stored.into_iter().map(|(day, amount)| {
        let mut part = Part::new(day.to_string(), amount, unit);
        part.day = Some(day);
        part.rows = vec![row_of_cost(&cost)];
        part
    });
    let parts = Parts::of(parts.collect(), ask);
    Ok(Explained {
        label: "Operating cost".to_owned(),
        unit,
        value: Some(parts.whole),
        formula: "sum of its days: a cost of a span is spread over the days of it".to_owned(),
        terms: Vec::new(),
        reading: None,
        days: Some((from, to)),
        order: None,
        by,
        ways,
        parts,
        trust: Trust::default(),
        notices: Vec::new(),
        choices: Default::default(),
        question,
    })
}
