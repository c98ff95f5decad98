//! What customers are worth over all cohorts: the curve of the average value by age, and what winning a customer cost. A
//! question about cohorts that names no month asks for these.

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_profit::Quotient;
use netgain_profit::customers::{Cohort, Cohorts, CurvePoint, ltv_curve};
use netgain_profit::question::{Family, Question};

use super::cohort::age_of;
use super::told::{Frame, Told};
use super::{Ask, Explained, Part, Trust, Unit, Way};
use crate::api::cohorts::{ad_spend, ncac};
use crate::growth::People;
use crate::problem::Problem;

const MEASURES: [&str; 8] =
    ["ltv", "ltv_of_age", "ltv_to_cac", "payback", "ncac", "size", "cm2", "customers_of_age"];

/// `cohort:<measure>,age=<months>`; without an age the last one of the curve.
pub(super) fn explain(ask: &Ask<'_>) -> Result<Explained, Problem> {
    let days = ask.place.warehouse.days()?;
    let today = Timestamp::now().to_zoned(ask.place.settings.zone().clone()).date();
    let as_of = days.map_or(today, |(_, last)| last);
    let people = People::load(&ask.place.warehouse)?;
    let cohorts = Cohorts::new(&people.purchases, as_of);
    let curve = ltv_curve(&cohorts);
    let age = age_of(&ask.question, curve.last().map_or(0, |point| point.age))?;
    let spent = ad_spend(ask.place)?.values().sum();
    let frame = Frame {
        ask,
        question: ask.question.clone().with("age", age.to_string()),
        days: None,
        choices: BTreeMap::from([("as_of", as_of.to_string())]),
        trust: Trust::default(),
        notices: Vec::new(),
        known: &MEASURES,
    };
    let whole = Whole { ask, cohorts: &cohorts, curve, age, spent, days };
    frame.explain(&|measure| whole.tell(measure))
}

struct Whole<'a> {
    ask: &'a Ask<'a>,
    cohorts: &'a Cohorts,
    curve: Vec<CurvePoint>,
    age: u32,
    spent: Decimal,
    /// The days that anything is known of.
    days: Option<(Date, Date)>,
}

impl Whole<'_> {
    fn tell(&self, measure: &str) -> Option<Told> {
        let money = Unit::Money(self.ask.place.workspace.currency);
        let customers = self.cohorts.cohorts.iter().map(|cohort| cohort.customers).sum();
        let cost = ncac(self.spent, customers);
        let ltv = self.point(self.age).map(|point| point.ltv);
        Some(match measure {
            "ltv" => {
                let parts = (0..=self.age).filter_map(|age| self.point(age)).map(|point| {
                    let figure =
                        Question::new(Family::Cohort, "ltv_of_age").with("age", point.age.to_string());
                    Part::new(format!("Age {}", point.age), self.of_age(point.age), Unit::Ratio)
                        .figure(figure)
                });
                let formula = "what a customer brought in each month of age, added up; at each age of the cohorts that \
                               have lived through it";
                let told = Told::sum("Lifetime value so far", money, formula, Way::Ages, parts.collect());
                Told { value: Some(ltv), ..told }
            }
            "ltv_of_age" => {
                let formula = "contribution of the month / customers who have lived through it";
                let value = self.point(self.age).map(|_| self.of_age(self.age));
                Told::ratio(
                    "Contribution of a customer in the month",
                    value,
                    formula,
                    "cm2",
                    "customers_of_age",
                )
            }
            "cm2" => {
                let parts = self.lived().map(|(cohort, amount, _)| {
                    let figure = self.cell(cohort, "cm2").with("age", self.age.to_string());
                    Part::new(cohort.month.to_string(), amount, money).figure(figure)
                });
                let formula = "sum over the cohorts that have lived through this age";
                Told::sum("Contribution of the month", money, formula, Way::Months, parts.collect())
            }
            "customers_of_age" => {
                let parts = self.lived().map(|(cohort, _, size)| {
                    Part::new(cohort.month.to_string(), size, Unit::Count).figure(self.cell(cohort, "size"))
                });
                let formula = "customers of the cohorts that have lived through this age";
                Told::sum("Customers of this age", Unit::Count, formula, Way::Months, parts.collect())
            }
            "size" => {
                let parts = self.cohorts.cohorts.iter().map(|cohort| {
                    let size = Decimal::from(cohort.customers);
                    Part::new(cohort.month.to_string(), size, Unit::Count).figure(self.cell(cohort, "size"))
                });
                let formula = "customers of all cohorts";
                Told::sum("Customers", Unit::Count, formula, Way::Months, parts.collect())
            }
            "ad_spend" => {
                let part = self.days.map(|(from, to)| {
                    let figure =
                        Question::new(Family::Line, "ad_spend").between(from, to).with("profile", "netgain");
                    Part::new("Ad spend of the whole time", self.spent, money).figure(figure)
                });
                let parts = part.into_iter().collect();
                Told::sum("Ad spend", money, "as on the ladder", Way::Steps, parts)
            }
            "ncac" => Told::ratio("Cost of a new customer", cost.value, cost.formula, "ad_spend", "size"),
            "ltv_to_cac" => {
                let ratio = ltv
                    .zip(cost.value)
                    .and_then(|(ltv, cost)| Quotient::new("ltv_to_cac", "", ltv, cost).value);
                let formula = "average value at this age / cost of a new customer";
                Told::ratio("Lifetime value / cost of a customer", ratio, formula, "ltv", "ncac")
            }
            // the first age at which one covers the other: not a quotient, but told by the same two
            "payback" => {
                let covers = |cost: Decimal| self.curve.iter().find(|point| point.ltv >= cost);
                let found = cost.value.and_then(covers).map(|point| point.age);
                let formula = match (found, cost.value) {
                    (Some(age), _) => {
                        format!("first age in months at which the average value covers the cost of a new customer: {age}")
                    }
                    (None, Some(_)) => {
                        "first age in months at which the average value covers the cost of a new customer: not at any \
                         known age"
                            .to_owned()
                    }
                    (None, None) => "no ad spend is known".to_owned(),
                };
                Told { formula, ..Told::ratio("Payback", found.map(Decimal::from), "", "ltv", "ncac") }
            }
            _ => return None,
        })
    }

    fn point(&self, age: u32) -> Option<CurvePoint> {
        self.curve.get(usize::try_from(age).ok()?).copied()
    }

    /// What an age adds to the curve, so that the ages come to its points to the last digit.
    fn of_age(&self, age: u32) -> Decimal {
        let upto =
            |age: Option<u32>| age.and_then(|age| self.point(age)).map_or(Decimal::ZERO, |point| point.ltv);
        upto(Some(age)) - upto(age.checked_sub(1))
    }

    /// The cohorts for which the month of this age is over, with its contribution and their customers.
    fn lived(&self) -> impl Iterator<Item = (&Cohort, Decimal, Decimal)> {
        let at = usize::try_from(self.age).unwrap_or(usize::MAX);
        self.cohorts.cohorts.iter().filter_map(move |cohort| {
            let cell = cohort.cells.get(at).filter(|cell| cell.complete)?;
            Some((cohort, cell.cm2, Decimal::from(cohort.customers)))
        })
    }

    fn cell(&self, cohort: &Cohort, measure: &str) -> Question {
        Question::new(Family::Cohort, measure).with("month", cohort.month.to_string())
    }
}
