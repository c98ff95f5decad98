//! Cells of the cohorts: customers and money by the month of their first order and their age.

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_profit::Quotient;
use netgain_profit::attribution::History;
use netgain_profit::customers::{
    Cohort, Cohorts, Measure, Month, Payback, ltv, ltv_to_cac, payback, repeat_rate,
};
use netgain_profit::question::{Family, Question};
use netgain_warehouse::OrderKey;

use super::campaign::{customer, order_names, split};
use super::told::{Frame, Told};
use super::{Ask, Explained, Part, RowRef, Trust, Unit, Way, curve};
use crate::api::cohorts::{ad_spend, ncac};
use crate::api::orders::order_token;
use crate::growth::People;
use crate::problem::Problem;

const MEASURES: [&str; 14] = [
    "ltv",
    "repeat_rate",
    "retention",
    "net_sales_per_customer",
    "ltv_to_cac",
    "payback",
    "ncac",
    "size",
    "customers",
    "repeated",
    "net_sales",
    "cm2",
    "cumulative_net_sales",
    "cumulative_cm2",
];

/// The month of a question: `month=2026-01`.
fn month(question: &Question) -> Result<Month, Problem> {
    let text = question.get("month").unwrap_or_default();
    format!("{text}-01").parse::<Date>().ok().filter(|_| text.len() == 7).map(Month::of).ok_or_else(|| {
        Problem::parameter(
            "figure",
            "figure lacks the month of the cohort",
            "write month= and the month of the first orders, such as month=2026-01",
        )
    })
}

/// The age of a question, the last one where it names none.
pub(super) fn age_of(question: &Question, last: u32) -> Result<u32, Problem> {
    let Some(text) = question.get("age") else { return Ok(last) };
    text.parse::<u32>().ok().filter(|age| *age <= last).ok_or_else(|| {
        let shown: String = text.chars().take(20).collect();
        let cure = format!("write a whole number of months between 0 and {last}");
        Problem::parameter("figure", format!("the cohort has no age `{shown}`"), cure)
    })
}

/// `cohort:<measure>,month=<month>,age=<months>`; without an age the last one that is known, without a month all cohorts.
pub(super) fn explain(ask: &Ask<'_>) -> Result<Explained, Problem> {
    if ask.question.get("month").is_none() {
        return curve::explain(ask);
    }
    let month = month(&ask.question)?;
    let today = Timestamp::now().to_zoned(ask.place.settings.zone().clone()).date();
    let as_of = ask.place.warehouse.days()?.map_or(today, |(_, last)| last);
    let people = People::load(&ask.place.warehouse)?;
    let cohorts = Cohorts::new(&people.purchases, as_of);
    let Some(cohort) = cohorts.cohort(month) else {
        let cure = "write a month of GET /api/v1/workspaces/{w}/customers/cohorts";
        return Err(Problem::parameter("figure", format!("nobody ordered first in {month}"), cure));
    };
    let last = cohort.cells.last().map_or(0, |cell| cell.age);
    let age = age_of(&ask.question, last)?;
    let question = ask.question.clone().with("age", age.to_string());
    let spent = ad_spend(ask.place)?.get(&month).copied().unwrap_or_default();
    let view = View { ask, cohorts: &cohorts, cohort, as_of, spent, names: names(ask, &people)? };
    let history = History {
        from: month.first_day(),
        known_since: people.known_since().unwrap_or(as_of),
        is_complete: false,
    };
    let mut choices = BTreeMap::from([("as_of", as_of.to_string())]);
    if cohort.cells.iter().any(|cell| cell.age == age && !cell.complete) {
        choices.insert("month_is_over", "no".to_owned());
    }
    let frame = Frame {
        ask,
        question,
        days: None,
        choices,
        trust: Trust::default(),
        notices: history.notice().into_iter().map(Into::into).collect(),
        known: &MEASURES,
    };
    frame.explain(&|measure| view.tell(measure, age))
}

fn names(ask: &Ask<'_>, people: &People) -> Result<BTreeMap<String, (OrderKey, String)>, Problem> {
    let keys: Vec<OrderKey> = people.purchases.iter().filter_map(|one| split(&one.order_id)).collect();
    order_names(ask, &keys)
}

struct View<'a> {
    ask: &'a Ask<'a>,
    cohorts: &'a Cohorts,
    cohort: &'a Cohort,
    as_of: Date,
    spent: Decimal,
    names: BTreeMap<String, (OrderKey, String)>,
}

impl View<'_> {
    fn tell(&self, measure: &str, age: u32) -> Option<Told> {
        let money = Unit::Money(self.ask.place.workspace.currency);
        let cohort = self.cohort;
        let cost = ncac(self.spent, cohort.customers);
        let ratio = |label: &str, quotient: Option<Quotient>, over, under| {
            let formula = quotient.as_ref().map_or("", |quotient| quotient.formula);
            Told::ratio(label, quotient.as_ref().and_then(|quotient| quotient.value), formula, over, under)
        };
        let counted = |label: &str, measure| {
            let figure = self.cohorts.explain(cohort.month, age, measure);
            let parts = figure.parts.iter().map(|part| customer(&part.row, None)).collect();
            Told::sum(label, Unit::Count, figure.formula, Way::Rows, parts)
        };
        Some(match measure {
            "size" => counted("Customers of the cohort", Measure::Customers),
            "customers" => counted("Customers who ordered in the month", Measure::Active),
            "repeated" => counted("Customers with two orders or more", Measure::Repeated),
            "cm2" => self.of_month("Contribution of the month", "cm2", age, Measure::Cm2),
            "net_sales" => self.of_month("Net sales of the month", "net_sales", age, Measure::NetSales),
            "cumulative_cm2" => self.so_far("Contribution so far", "cm2", age),
            "cumulative_net_sales" => self.so_far("Net sales so far", "net_sales", age),
            "ad_spend" => {
                let (from, to) = (cohort.month.first_day(), cohort.month.last_day());
                let figure =
                    Question::new(Family::Line, "ad_spend").between(from, to).with("profile", "netgain");
                let part = Part::new("Ad spend of the month", self.spent, money).figure(figure);
                Told::sum("Ad spend of the month", money, "as on the ladder", Way::Steps, vec![part])
            }
            "ncac" => ratio("Cost of a new customer", Some(cost), "ad_spend", "size"),
            "ltv" => ratio("Lifetime value so far", ltv(cohort, age), "cumulative_cm2", "size"),
            "net_sales_per_customer" => {
                let sales = cohort.cells.get(usize::try_from(age).ok()?)?.cumulative_net_sales;
                let formula = "cumulative net_sales by this age / customers of the cohort";
                let quotient = Quotient::new("net_sales", formula, sales, cohort.customers.into());
                ratio("Net sales per customer", Some(quotient), "cumulative_net_sales", "size")
            }
            "repeat_rate" => ratio("Repeat rate", repeat_rate(cohort, age), "repeated", "size"),
            "retention" => {
                let active = cohort.cells.get(usize::try_from(age).ok()?)?.active;
                let formula = "customers who ordered in the month / customers of the cohort";
                let quotient = Quotient::new("retention", formula, active.into(), cohort.customers.into());
                ratio("Retention", Some(quotient), "customers", "size")
            }
            "ltv_to_cac" => {
                let value = cost.value.and_then(|cost| ltv_to_cac(cohort, age, cost));
                ratio("Lifetime value / cost of a customer", value, "ltv", "ncac")
            }
            // the first age at which one covers the other: not a quotient, but told by the same two
            "payback" => {
                let found = cost.value.and_then(|cost| payback(cohort, cost));
                let formula = match found {
                    Some(Payback::Reached { age }) => {
                        format!(
                            "first age in months at which the contribution so far covers the ad spend: {age}"
                        )
                    }
                    Some(Payback::NotYet { age, missing }) => format!(
                        "first age in months at which the contribution so far covers the ad spend: not by age {age}, \
                         where {missing} for each customer are missing"
                    ),
                    None => "no ad spend is known for the month".to_owned(),
                };
                let value = match found {
                    Some(Payback::Reached { age }) => Some(Decimal::from(age)),
                    _ => None,
                };
                Told { formula, ..Told::ratio("Payback", value, "", "cumulative_cm2", "ad_spend") }
            }
            _ => return None,
        })
    }

    /// Money of one month of age, by order.
    fn of_month(&self, label: &str, step: &'static str, age: u32, measure: Measure) -> Told {
        let money = Unit::Money(self.ask.place.workspace.currency);
        let figure = self.cohorts.explain(self.cohort.month, age, measure);
        let mut orders: BTreeMap<&str, Decimal> = BTreeMap::new();
        for part in &figure.parts {
            *orders.entry(&part.row).or_default() += part.amount;
        }
        let (first, last) = self.days(age);
        let parts = orders.into_iter().filter(|(_, amount)| !amount.is_zero()).map(|(order, amount)| {
            let known = self.names.get(order).cloned();
            let mut part = Part::new(known.as_ref().map_or(order, |known| known.1.as_str()), amount, money);
            if let Some((key, _)) = &known {
                let token = order_token(&key.connection_id, &key.order_id);
                let figure =
                    Question::new(Family::Ladder, step).with("order", token).with("profile", "netgain");
                // money before the first order counts as of its month
                let figure = figure.with("to", last.to_string());
                part.figure = Some(if age == 0 { figure } else { figure.with("from", first.to_string()) });
            } else {
                let table = "order_profit_days".to_owned();
                part.rows = vec![RowRef { table, source_id: order.to_owned(), raw_ref: None }];
            }
            part.order = known;
            part
        });
        Told::sum(label, money, figure.formula, Way::Orders, parts.collect())
    }

    /// The days of an age.
    fn days(&self, age: u32) -> (Date, Date) {
        let mut month = self.cohort.month;
        for _ in 0..age {
            month = Month::of(month.last_day().tomorrow().unwrap_or(Date::MAX));
        }
        (month.first_day(), month.last_day().min(self.as_of))
    }

    /// Money from the first order on, by age.
    fn so_far(&self, label: &str, measure: &'static str, age: u32) -> Told {
        let money = Unit::Money(self.ask.place.workspace.currency);
        let cells = self.cohort.cells.iter().filter(|cell| cell.age <= age);
        let parts = cells.map(|cell| {
            let amount = if measure == "cm2" { cell.cm2 } else { cell.net_sales };
            let figure = Question::new(Family::Cohort, measure)
                .with("month", self.cohort.month.to_string())
                .with("age", cell.age.to_string());
            Part::new(format!("Age {}", cell.age), amount, money).figure(figure)
        });
        Told::sum(label, money, "sum of the months up to this age", Way::Ages, parts.collect())
    }
}
