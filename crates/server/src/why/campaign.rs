//! Campaigns and the ratios of all marketing: spend by the platforms' days, credit by the orders that visits support.

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_domain::jiff::civil::Date;
use netgain_profit::attribution::{
    Amounts, CampaignEconomics, CampaignKey, Campaigns, Credit, blended, campaign_economics,
};
use netgain_profit::question::{Family, Question};
use netgain_profit::{Quotient, WHOLE};
use netgain_warehouse::OrderKey;

use super::told::{Frame, Told};
use super::{Ask, Explained, Moving, Part, RowRef, Trust, Unit, Way, Within, clocks};
use crate::api::campaigns::CampaignParams;
use crate::api::campaigns::question::{Found, Question as Asked};
use crate::api::figures::Notice;
use crate::problem::Problem;

const MEASURES: [&str; 18] = [
    "spend",
    "claimed_orders",
    "claimed_value",
    "supported_orders",
    "supported_net_sales",
    "new_customer_orders",
    "over_claimed_orders",
    "over_claimed_value",
    "revenue",
    "order_costs",
    "cm2",
    "profit",
    "roas_platform",
    "roas_attributed",
    "roas_contribution",
    "break_even_roas",
    "cost_per_order",
    "ncac",
];

/// Measures that the costs of the credited orders are part of: their fees may still be estimates.
const OF_COSTS: [&str; 5] = ["order_costs", "cm2", "profit", "roas_contribution", "break_even_roas"];

const RATIOS: [&str; 5] = ["mer", "ad_cost_ratio", "cac", "ncac", "paid_ncac"];

/// All that campaigns of a period are worked out from.
struct Working {
    question: Asked,
    found: Found,
    notices: Vec<Notice>,
}

impl Working {
    fn period(&self) -> (Date, Date) {
        (self.question.from, self.question.to)
    }
}

/// What the question says of days and credit, checked as the table of campaigns does.
fn working(ask: &Ask<'_>) -> Result<(Working, Question), Problem> {
    let given = |name: &str| ask.question.get(name).map(str::to_owned);
    let params = CampaignParams {
        from: given("from"),
        to: given("to"),
        model: given("model"),
        window: given("window"),
        clock: given("clock"),
        visits: given("visits"),
    };
    let mut notices = Vec::new();
    let asked = Asked::read(ask.place, &params, &mut notices).map_err(|mut problem| {
        // the parameters stand in the figure here
        problem.field = problem.field.map(|_| "figure".into());
        problem
    })?;
    let found = asked.answer(ask.place, &mut notices)?;
    let question = ask.question.clone().between(asked.from, asked.to);
    Ok((Working { question: asked, found, notices }, question))
}

fn choices(working: &Working) -> BTreeMap<&'static str, String> {
    let asked = &working.question;
    BTreeMap::from([
        ("model", asked.model_name().to_owned()),
        ("window", asked.settings.lookback_days.unwrap_or(0).to_string()),
        ("clock", asked.clock_name().to_owned()),
        ("visits", asked.visits_name().to_owned()),
    ])
}

/// The campaign that is meant; the platform may be left out where only one has such a campaign.
fn key(question: &Question, economics: &[CampaignEconomics]) -> Result<CampaignKey, Problem> {
    let (platform, id) = (question.get("provider"), question.get("campaign"));
    let mut fitting = economics.iter().map(|one| &one.key).filter(|key| {
        platform.is_none_or(|platform| platform == key.platform)
            && id.unwrap_or_default() == key.campaign_id.as_deref().unwrap_or_default()
    });
    match (fitting.next(), fitting.next()) {
        (Some(key), None) => Ok(key.clone()),
        (Some(_), Some(_)) => Err(Problem::parameter(
            "figure",
            "several platforms have this campaign",
            "write provider= and the platform too",
        )),
        (None, _) => Err(Problem::parameter(
            "figure",
            "no such campaign spent anything or was credited in these days",
            "write campaign= and an id of GET /api/v1/workspaces/{w}/campaigns, and provider= and its platform",
        )),
    }
}

/// `campaign:<measure>`.
pub(super) fn explain(ask: &Ask<'_>) -> Result<Explained, Problem> {
    let (working, question) = working(ask)?;
    let found = &working.found;
    let economics = campaign_economics(&found.campaigns, &found.credited, &found.history);
    let key = key(&question, &economics)?;
    let Some(one) = economics.iter().find(|one| one.key == key) else { return Err(Problem::internal(&Gone)) };
    let question = question
        .with("provider", key.platform.clone())
        .with("campaign", key.campaign_id.clone().unwrap_or_default());
    let credits: Vec<(&str, Option<bool>, &Credit)> = found
        .credited
        .iter()
        .flat_map(|order| {
            order.credits.iter().map(|credit| (order.order_id.as_str(), order.is_first_order, credit))
        })
        .filter(|(_, _, credit)| found.campaigns.of(&credit.touchpoint).as_ref() == Some(&key))
        .collect();
    let names = names(ask, &credits)?;
    let money = Unit::Money(ask.place.workspace.currency);
    let days = |amount: fn(&netgain_domain::facts::CampaignDayFact) -> Decimal, unit| -> Vec<Part> {
        let own = found.campaigns.days().iter().filter(|day| Campaigns::key(day) == key);
        own.filter(|day| !amount(day).is_zero())
            .map(|day| {
                let mut part = Part::new(day.day.to_string(), amount(day), unit);
                part.day = Some(day.day);
                part.formula = day.provisional.then(|| "may still be restated".to_owned());
                let row = |id: &String| RowRef {
                    table: "ad_days".to_owned(),
                    source_id: id.clone(),
                    raw_ref: None,
                };
                part.rows = day.rows.iter().map(row).collect();
                part
            })
            .collect()
    };
    let shares = |amount: &dyn Fn(Option<bool>, &Credit) -> Decimal, unit| -> Vec<Part> {
        let told = credits.iter().map(|(order, first, credit)| {
            let mut part = share(order, credit, amount(*first, credit), unit, &names);
            part.day = Some(credit.day);
            part
        });
        told.filter(|part| part.value.is_some_and(|value| !value.is_zero())).collect()
    };
    let of = |pick: fn(&Amounts) -> Decimal| shares(&|_, credit| pick(&credit.amounts), money);
    let ratio = |label: &str, quotient: &Quotient, over, under| {
        Told::ratio(label, quotient.value, quotient.formula, over, under)
    };
    let tell = |measure: &str| {
        Some(match measure {
            "spend" => Told::sum(
                "Spend",
                money,
                "sum of the platform's days",
                Way::Days,
                days(|day| day.spend, money),
            ),
            "claimed_orders" => Told::sum(
                "Orders that the platform claims",
                Unit::Count,
                "sum of conversions",
                Way::Days,
                days(|day| day.conversions, Unit::Count),
            ),
            "claimed_value" => Told::sum(
                "Value that the platform claims",
                money,
                "sum of conversion_value",
                Way::Days,
                days(|day| day.conversion_value, money),
            ),
            "supported_orders" => Told::sum(
                "Orders that visits support",
                Unit::Count,
                "sum of credit",
                Way::Credits,
                shares(&|_, credit| part_of(credit), Unit::Count),
            ),
            "new_customer_orders" => Told::sum(
                "First orders of customers that visits support",
                Unit::Count,
                "sum of credit for first orders of customers",
                Way::Credits,
                shares(
                    &|first, credit| if first == Some(true) { part_of(credit) } else { Decimal::ZERO },
                    Unit::Count,
                ),
            ),
            "supported_net_sales" => Told::sum(
                "Net sales that visits support",
                money,
                "sum of credited net_sales",
                Way::Credits,
                of(|amounts| amounts.net_sales),
            ),
            "revenue" => Told::sum(
                "Credited revenue",
                money,
                "sum of credited net_revenue",
                Way::Credits,
                of(|amounts| amounts.revenue),
            ),
            "order_costs" => Told::sum(
                "Costs of the credited orders",
                money,
                "sum of credited costs without marketing",
                Way::Credits,
                of(|amounts| amounts.costs),
            ),
            "cm2" => Told::sum(
                "Contribution of the credited orders",
                money,
                "sum of credited cm2",
                Way::Credits,
                of(|amounts| amounts.cm2),
            ),
            "profit" => Told::terms(
                "Campaign profit",
                money,
                "credited revenue - costs of the credited orders - spend",
                &[(1, "revenue"), (-1, "order_costs"), (-1, "spend")],
            ),
            "over_claimed_orders" => Told::terms(
                "Orders claimed beyond what visits support",
                Unit::Count,
                "claimed orders - supported orders",
                &[(1, "claimed_orders"), (-1, "supported_orders")],
            ),
            "over_claimed_value" => Told::terms(
                "Value claimed beyond what visits support",
                money,
                "claimed value - supported net sales",
                &[(1, "claimed_value"), (-1, "supported_net_sales")],
            ),
            "roas_platform" => ratio("ROAS by the platform", &one.roas_platform, "claimed_value", "spend"),
            "roas_attributed" => {
                ratio("ROAS by visits", &one.roas_attributed, "supported_net_sales", "spend")
            }
            "roas_contribution" => ratio("ROAS on contribution", &one.roas_contribution, "cm2", "spend"),
            "break_even_roas" => ratio("Break-even ROAS", &one.break_even_roas, "supported_net_sales", "cm2"),
            "cost_per_order" => ratio("Cost per order", &one.cost_per_order, "spend", "supported_orders"),
            "ncac" => ratio("Cost of a new customer", &one.ncac, "spend", "new_customer_orders"),
            _ => return None,
        })
    };
    let period = working.period();
    let channel = format!("advertising:{}", key.platform);
    let within = Within { channel: Some(&channel), ..Within::days(period) };
    let mut clocks_of = clocks(ask.shared, ask.place, within, Moving::ADS)?;
    if OF_COSTS.contains(&question.measure.as_str()) {
        // an order may be placed after the click that its credit counts on
        let (keys, last) = (credits.iter().filter_map(|(order, ..)| split(order)), Date::MAX);
        let keys: Vec<OrderKey> = keys.collect();
        let of_orders = Within { orders: Some(&keys), ..Within::days((period.0, last)) };
        clocks_of.extend(clocks(ask.shared, ask.place, of_orders, Moving::FEES)?);
    }
    let mut told_choices = choices(&working);
    if let Some(name) = &one.name {
        told_choices.insert("campaign", name.clone());
    }
    let frame = Frame {
        ask,
        question,
        days: Some(period),
        choices: told_choices,
        trust: Trust { clocks: clocks_of, ..Trust::default() },
        notices: told(&working, &one.notices),
        known: &MEASURES,
    };
    frame.explain(&tell)
}

/// What must be said of the days and of the figures.
fn told(working: &Working, own: &[netgain_profit::Notice]) -> Vec<Notice> {
    working.notices.iter().cloned().chain(own.iter().cloned().map(Notice::from)).collect()
}

/// The campaign was there a moment ago.
#[derive(Debug, thiserror::Error)]
#[error("a campaign that was found has no figures")]
struct Gone;

fn part_of(credit: &Credit) -> Decimal {
    Decimal::from(credit.credit) / Decimal::from(WHOLE)
}

/// What a visit is credited with of an order.
fn share(
    order: &str,
    credit: &Credit,
    amount: Decimal,
    unit: Unit,
    names: &BTreeMap<String, (OrderKey, String)>,
) -> Part {
    let known = names.get(order).cloned();
    let mut part = Part::new(known.as_ref().map_or(order, |known| known.1.as_str()), amount, unit);
    part.formula =
        Some(format!("{} of the order, by {}", part_of(credit).normalize(), credit.touchpoint.channel));
    part.order = known;
    part.rows = vec![RowRef {
        table: "touchpoints".to_owned(),
        source_id: credit.touchpoint.id.clone(),
        raw_ref: None,
    }];
    part
}

fn names(
    ask: &Ask<'_>,
    credits: &[(&str, Option<bool>, &Credit)],
) -> Result<BTreeMap<String, (OrderKey, String)>, Problem> {
    let keys: Vec<OrderKey> = credits.iter().filter_map(|(order, ..)| split(order)).collect();
    order_names(ask, &keys)
}

/// Orders by `connection/id` with their keys and names.
pub(super) fn order_names(
    ask: &Ask<'_>,
    keys: &[OrderKey],
) -> Result<BTreeMap<String, (OrderKey, String)>, Problem> {
    let found = ask.place.warehouse.order_names(keys)?;
    let told =
        |(key, name): (OrderKey, String)| (format!("{}/{}", key.connection_id, key.order_id), (key, name));
    Ok(found.into_iter().map(told).collect())
}

/// An order's key from `connection/id`; connections have no slash.
pub(super) fn split(order: &str) -> Option<OrderKey> {
    let (connection_id, order_id) = order.split_once('/')?;
    Some(OrderKey { connection_id: connection_id.to_owned(), order_id: order_id.to_owned() })
}

/// `blended:<ratio>`: all marketing against all customers.
pub(super) fn whole(ask: &Ask<'_>) -> Result<Explained, Problem> {
    let (working, question) = working(ask)?;
    let found = &working.found;
    let sums = working.question.sums(ask.place, found)?;
    let all = blended(&sums, &found.history);
    let period = working.period();
    let money = Unit::Money(ask.place.workspace.currency);
    let ladder = |family, measure: &str, label: &str, value, unit| {
        let figure = Question::new(family, measure).between(period.0, period.1).with("profile", "netgain");
        Part::new(label, value, unit).figure(figure)
    };
    let customers = |new: bool| -> Vec<Part> {
        let mut first: BTreeMap<&str, Date> = BTreeMap::new();
        let mut seen: BTreeMap<&str, Date> = BTreeMap::new();
        for purchase in found.people.purchases.iter().filter(|one| one.is_order) {
            let Some(person) = purchase.person.as_deref() else { continue };
            let day = first.entry(person).or_insert(purchase.day);
            *day = purchase.day.min(*day);
            if (period.0..=period.1).contains(&purchase.day) {
                let day = seen.entry(person).or_insert(purchase.day);
                *day = purchase.day.min(*day);
            }
        }
        if new {
            seen = first.into_iter().filter(|(_, day)| (period.0..=period.1).contains(day)).collect();
        }
        seen.into_iter().map(|(person, day)| customer(person, Some(day))).collect()
    };
    let tell = |measure: &str| {
        let ratio = |label: &str, quotient: &Quotient, over, under| {
            Told::ratio(label, quotient.value, quotient.formula, over, under)
        };
        Some(match measure {
            "net_revenue" => Told::sum(
                "Net revenue",
                money,
                "as on the ladder",
                Way::Steps,
                vec![ladder(Family::Ladder, "net_revenue", "Net revenue", sums.net_revenue, money)],
            ),
            "ad_spend" => Told::sum(
                "Ad spend",
                money,
                "as on the ladder",
                Way::Steps,
                vec![ladder(Family::Line, "ad_spend", "Ad spend", sums.ad_spend, money)],
            ),
            "customers" => Told::sum(
                "Customers who ordered",
                Unit::Count,
                "customers with an order on these days",
                Way::Rows,
                customers(false),
            ),
            "new_customers" => Told::sum(
                "New customers",
                Unit::Count,
                "customers whose first known order lies on these days",
                Way::Rows,
                customers(true),
            ),
            "paid_new_customers" => {
                let paid =
                    found.credited.iter().filter(|one| one.is_first_order == Some(true)).flat_map(|one| {
                        let credits = one.credits.iter().filter(|credit| credit.touchpoint.paid);
                        credits.map(|credit| {
                            share(&one.order_id, credit, part_of(credit), Unit::Count, &BTreeMap::new())
                        })
                    });
                Told::sum(
                    "New customers by paid visits",
                    Unit::Count,
                    "sum of credit of paid visits for first orders",
                    Way::Credits,
                    paid.collect(),
                )
            }
            "mer" => ratio("Marketing efficiency ratio (MER)", &all.mer, "net_revenue", "ad_spend"),
            "ad_cost_ratio" => ratio("Ad cost ratio", &all.ad_cost_ratio, "ad_spend", "net_revenue"),
            "cac" => ratio("Cost of a customer (CAC)", &all.cac, "ad_spend", "customers"),
            "ncac" => ratio("Cost of a new customer (nCAC)", &all.ncac, "ad_spend", "new_customers"),
            "paid_ncac" => ratio(
                "Cost of a new customer by paid visits",
                &all.paid_ncac,
                "ad_spend",
                "paid_new_customers",
            ),
            _ => return None,
        })
    };
    let frame = Frame {
        ask,
        question,
        days: Some(period),
        choices: choices(&working),
        trust: Trust {
            clocks: clocks(ask.shared, ask.place, Within::days(period), Moving::ADS)?,
            ..Trust::default()
        },
        notices: told(&working, &all.notices),
        known: &RATIOS,
    };
    frame.explain(&tell)
}

/// A customer as one of a number.
pub(super) fn customer(person: &str, day: Option<Date>) -> Part {
    let mut part = Part::new(person, Decimal::ONE, Unit::Count);
    part.day = day;
    part.rows = vec![RowRef { table: "customers".to_owned(), source_id: person.to_owned(), raw_ref: None }];
    part
}
