//! From the recurring revenue at the start of a period to that at its end, each step with its rows.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use netgain_domain::{Currency, Decimal};
use serde::Serialize;

use super::definition::{Definition, Fx};
use super::movement::{Kind, Movement, Position, movements};
use super::snapshot::Snapshot;
use crate::{Figure, InCurrency, MissingRate, Quotient};

/// What one movement gives to a bridge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The movement, in its own currency.
    pub movement: Movement,
    /// Its amount in the bridge's currency.
    pub amount: Decimal,
}

/// A bridge in one currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bridge {
    /// The currency of all its amounts.
    pub currency: Currency,
    /// Recurring revenue just before the period, by customer or subscription.
    pub opening: Figure,
    /// From customers who pay for the first time.
    pub new: Figure,
    /// From customers who pay again.
    pub reactivation: Figure,
    /// From customers who pay more.
    pub expansion: Figure,
    /// What customers pay less.
    pub contraction: Figure,
    /// What is paid no more.
    pub churn: Figure,
    /// What exchange rates did; signed.
    pub fx: Figure,
    /// Recurring revenue at the end of the period.
    pub closing: Figure,
    /// The movements behind it, in the order of time.
    pub lines: Vec<Line>,
}

impl Bridge {
    fn new(currency: Currency) -> Self {
        Self {
            currency,
            opening: Figure::new("opening", "sum of monthly values before the period"),
            new: Figure::new("new", "sum of first values of customers"),
            reactivation: Figure::new("reactivation", "sum of values of customers who pay again"),
            expansion: Figure::new("expansion", "sum of increases"),
            contraction: Figure::new("contraction", "sum of decreases"),
            churn: Figure::new("churn", "sum of values that ended"),
            fx: Figure::new("fx", "sum of values held x change of the rate"),
            closing: Figure::new("closing", "sum of monthly values at the end of the period"),
            lines: Vec::new(),
        }
    }

    /// What the steps lead to: `opening + new + reactivation + expansion - contraction - churn + fx`.
    #[must_use]
    pub fn steps(&self) -> Decimal {
        let gains = self.new.value + self.reactivation.value + self.expansion.value;
        self.opening.value + gains - self.contraction.value - self.churn.value + self.fx.value
    }

    fn of(&mut self, kind: Kind) -> &mut Figure {
        match kind {
            Kind::New => &mut self.new,
            Kind::Reactivation => &mut self.reactivation,
            Kind::Expansion => &mut self.expansion,
            Kind::Contraction => &mut self.contraction,
            Kind::Churn => &mut self.churn,
        }
    }

    fn add(&mut self, movement: &Movement, amount: Decimal) {
        self.of(movement.kind).add("movements", movement.rows.join(","), amount);
        self.lines.push(Line { movement: movement.clone(), amount });
    }
}

/// Which of the customers at the start were lost in the period. It counts heads, so it needs no exchange rate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CustomerChurn {
    /// Customers who paid at the start and pay nothing at the end ÷ customers who paid at the start.
    pub rate: Quotient,
    /// Customers who paid at the start.
    pub paying: Figure,
    /// Those of them who pay nothing at the end.
    pub lost: Figure,
}

/// What of the customers and of the revenue at the start was lost in the period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Churn {
    /// Of the customers.
    pub customers: CustomerChurn,
    /// `(churn + contraction) / opening`.
    pub revenue: Quotient,
    /// `(churn + contraction - expansion - reactivation) / opening`; below zero where customers grow.
    pub net_revenue: Quotient,
}

/// The bridges of a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bridges {
    /// The definition's name.
    pub definition: String,
    /// One for each currency, without exchange rates.
    pub by_currency: Vec<Bridge>,
    /// All in the reporting currency.
    pub total: Bridge,
    /// What was lost.
    pub churn: Churn,
}

/// The bridges from the start of one local day to the start of another.
///
/// # Errors
/// When a rate is not known that the total needs.
pub fn bridges(
    snapshots: &[Snapshot],
    period: (Date, Date),
    zone: &TimeZone,
    definition: &Definition,
    rates: &InCurrency<'_>,
) -> Result<Bridges, MissingRate> {
    let all = movements(snapshots, definition);
    let part = Part::of(&all, period, zone);

    let last = period.1.yesterday().unwrap_or(period.1);
    let day_of = |moment: Timestamp| match definition.fx {
        Fx::Line => zone.to_datetime(moment).date(),
        Fx::ConstantRate => last,
    };
    let first = match definition.fx {
        Fx::Line => period.0.yesterday().unwrap_or(period.0),
        Fx::ConstantRate => last,
    };
    let total = total(&part.opening, &part.within, &part.closing, (first, last), day_of, rates)?;
    let churn = churn(&part.opening, &part.closing, &total);
    Ok(Bridges { definition: definition.name.clone(), by_currency: part.by_currency(), total, churn })
}

/// The bridges of each currency by itself, for when no rate is known to add them up.
#[must_use]
pub fn bridges_by_currency(
    snapshots: &[Snapshot],
    period: (Date, Date),
    zone: &TimeZone,
    definition: &Definition,
) -> Vec<Bridge> {
    Part::of(&movements(snapshots, definition), period, zone).by_currency()
}

/// The customers of a period who were lost, for when no rate is known to add up what they paid.
#[must_use]
pub fn customer_churn(
    snapshots: &[Snapshot],
    period: (Date, Date),
    zone: &TimeZone,
    definition: &Definition,
) -> CustomerChurn {
    let all = movements(snapshots, definition);
    let part = Part::of(&all, period, zone);
    lost_customers(&part.opening, &part.closing)
}

/// What a period holds of a history.
struct Part<'m> {
    opening: BTreeMap<Position, Decimal>,
    within: Vec<&'m Movement>,
    closing: BTreeMap<Position, Decimal>,
}

impl<'m> Part<'m> {
    fn of(all: &'m [Movement], period: (Date, Date), zone: &TimeZone) -> Self {
        let start = |day: Date| zone.to_ambiguous_zoned(day.to_datetime(jiff::civil::Time::midnight()));
        // a midnight that a zone skips is the first moment after it; beyond the calendar nothing happens
        let instant = |day: Date, beyond| start(day).compatible().map_or(beyond, |at| at.timestamp());
        let (from, to) = (instant(period.0, Timestamp::MIN), instant(period.1, Timestamp::MAX));
        Self {
            opening: values(all, from),
            within: all.iter().filter(|one| from <= one.at && one.at < to).collect(),
            closing: values(all, to),
        }
    }

    fn by_currency(&self) -> Vec<Bridge> {
        let mut by_currency: BTreeMap<Currency, Bridge> = BTreeMap::new();
        for (position, value) in &self.opening {
            at(&mut by_currency, position.2).opening.add(table(position), row(position), *value);
        }
        for movement in &self.within {
            at(&mut by_currency, movement.currency).add(movement, movement.amount);
        }
        for (position, value) in &self.closing {
            at(&mut by_currency, position.2).closing.add(table(position), row(position), *value);
        }
        by_currency.into_values().collect()
    }
}

fn at(bridges: &mut BTreeMap<Currency, Bridge>, currency: Currency) -> &mut Bridge {
    bridges.entry(currency).or_insert_with(|| Bridge::new(currency))
}

/// The values held just before a moment; zeros are left out.
fn values(movements: &[Movement], before: Timestamp) -> BTreeMap<Position, Decimal> {
    let mut values = BTreeMap::new();
    for movement in movements.iter().take_while(|movement| movement.at < before) {
        values.insert(movement.position(), movement.after);
    }
    values.retain(|_, value| !value.is_zero());
    values
}

/// The table of the id that stands for a position.
fn table(position: &Position) -> &'static str {
    if position.1.is_some() { "subscriptions" } else { "customers" }
}

fn row(position: &Position) -> &str {
    position.1.as_ref().unwrap_or(&position.0)
}

/// The bridge in the reporting currency. Each position is valued at the rate of the day before the period, at that
/// of each of its movements, and at that of the last day; between two of them the value held times the change of
/// the rate is what exchange rates did.
fn total(
    opening: &BTreeMap<Position, Decimal>,
    within: &[&Movement],
    closing: &BTreeMap<Position, Decimal>,
    (first, last): (Date, Date),
    day_of: impl Fn(Timestamp) -> Date,
    rates: &InCurrency<'_>,
) -> Result<Bridge, MissingRate> {
    let mut bridge = Bridge::new(rates.currency);
    let worth = |position: &Position, value: Decimal, day: Date| rates.convert(value, position.2, day);
    let mut held: BTreeMap<Position, (Decimal, Decimal)> = BTreeMap::new();
    for (position, value) in opening {
        let worth = worth(position, *value, first)?;
        bridge.opening.add(table(position), row(position), worth);
        held.insert(position.clone(), (*value, worth));
    }
    for movement in within {
        let position = movement.position();
        let day = day_of(movement.at);
        let (value, was) = held.get(&position).copied().unwrap_or_default();
        let before = if value.is_zero() { Decimal::ZERO } else { worth(&position, value, day)? };
        if before != was {
            bridge.fx.add(table(&position), row(&position), before - was);
        }
        let after = worth(&position, movement.after, day)?;
        let change = after - before;
        bridge.add(movement, if movement.kind.lowers() { -change } else { change });
        held.insert(position, (movement.after, after));
    }
    for (position, (value, was)) in &held {
        let now = if value.is_zero() { Decimal::ZERO } else { worth(position, *value, last)? };
        if now != *was {
            bridge.fx.add(table(position), row(position), now - *was);
        }
    }
    for (position, value) in closing {
        bridge.closing.add(table(position), row(position), worth(position, *value, last)?);
    }
    Ok(bridge)
}

fn churn(
    opening: &BTreeMap<Position, Decimal>,
    closing: &BTreeMap<Position, Decimal>,
    total: &Bridge,
) -> Churn {
    let loss = total.churn.value + total.contraction.value;
    let regained = total.expansion.value + total.reactivation.value;
    let start = total.opening.value;
    Churn {
        customers: lost_customers(opening, closing),
        revenue: Quotient::new("revenue_churn", "(churn + contraction) / opening", loss, start),
        net_revenue: Quotient::new(
            "net_revenue_churn",
            "(churn + contraction - expansion - reactivation) / opening",
            loss - regained,
            start,
        ),
    }
}

fn lost_customers(
    opening: &BTreeMap<Position, Decimal>,
    closing: &BTreeMap<Position, Decimal>,
) -> CustomerChurn {
    let customers = |values: &BTreeMap<Position, Decimal>| -> BTreeSet<String> {
        values.keys().map(|position| position.0.clone()).collect()
    };
    let (before, after) = (customers(opening), customers(closing));
    let (mut paying, mut lost) = (
        Figure::new("paying", "customers who paid at the start"),
        Figure::new("lost", "customers who paid at the start and do not at the end"),
    );
    for customer in &before {
        paying.add("customers", customer, Decimal::ONE);
        if !after.contains(customer) {
            lost.add("customers", customer, Decimal::ONE);
        }
    }
    let rate = Quotient::new(
        "customer_churn",
        "customers who paid at the start and do not at the end / customers who paid at the start",
        lost.value,
        paying.value,
    );
    CustomerChurn { rate, paying, lost }
}
