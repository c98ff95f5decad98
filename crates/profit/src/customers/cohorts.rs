//! Cohorts: the customers who first ordered in one month, and what they did in the months after.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::RangeInclusive;

use jiff::civil::{Date, date};
use netgain_domain::Decimal;
use netgain_domain::facts::OrderProfit;
use serde::Serialize;

use super::Person;
use crate::Figure;

/// A calendar month, counted from the year 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month(i32);

impl Month {
    /// The month of a day.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self(i32::from(day.year()) * 12 + i32::from(day.month()) - 1)
    }

    /// Months from another month to this one; below zero where this one is earlier.
    #[must_use]
    pub fn since(self, other: Self) -> i32 {
        self.0 - other.0
    }

    /// The first day of the month; the calendar's end where there is none.
    #[must_use]
    pub fn first_day(self) -> Date {
        self.last_day().first_of_month()
    }

    /// The last day of the month; the calendar's end where there is none.
    #[must_use]
    pub fn last_day(self) -> Date {
        let year = i16::try_from(self.0.div_euclid(12)).unwrap_or(i16::MAX).clamp(-9_999, 9_999);
        let month = i8::try_from(self.0.rem_euclid(12)).unwrap_or(0) + 1;
        date(year, month, 1).last_of_month()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.div_euclid(12), self.0.rem_euclid(12) + 1)
    }
}

impl Serialize for Month {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What an order brought on one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PurchaseDay {
    /// Local day of the workspace.
    pub day: Date,
    /// Net sales of the day.
    pub net_sales: Decimal,
    /// Second contribution margin of the day.
    pub cm2: Decimal,
}

/// An order and who placed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The order.
    pub order_id: String,
    /// Who placed it; none where nobody knows.
    pub person: Option<Person>,
    /// The order's local day.
    pub day: Date,
    /// Whether somebody placed it: a credit note brings money, but makes nobody a customer.
    pub is_order: bool,
    /// What it brought, day by day.
    pub days: Vec<PurchaseDay>,
}

impl Purchase {
    /// The purchase of a computed order. An order that is not included brings nothing and is no purchase.
    #[must_use]
    pub fn of(profit: &OrderProfit, person: Option<Person>) -> Option<Self> {
        let days = profit.days.iter().map(|entry| PurchaseDay {
            day: entry.day,
            net_sales: entry.ladder.net_sales,
            cm2: entry.ladder.cm2,
        });
        profit.included.then(|| Self {
            order_id: profit.order_id.clone(),
            person,
            day: profit.day,
            is_order: profit.orders() > 0,
            days: days.collect(),
        })
    }
}

/// A cohort at one age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Cell {
    /// Months since the cohort's own.
    pub age: u32,
    /// Customers who ordered in that month.
    pub active: u64,
    /// Their orders in that month.
    pub orders: u64,
    /// Customers with two orders or more by the end of that month.
    pub repeated: u64,
    /// Net sales of that month.
    pub net_sales: Decimal,
    /// CM2 of that month.
    pub cm2: Decimal,
    /// Net sales from the first order to the end of that month.
    pub cumulative_net_sales: Decimal,
    /// CM2 from the first order to the end of that month.
    pub cumulative_cm2: Decimal,
    /// Whether the month is over; the figures of one that is not will still grow.
    pub complete: bool,
}

/// The customers who first ordered in one month.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Cohort {
    /// The month.
    pub month: Month,
    /// How many they are.
    pub customers: u64,
    /// One cell for each month from their own to the last one, without gaps.
    pub cells: Vec<Cell>,
}

/// What of a cell is to be explained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Customers of the cohort, whenever they ordered again.
    Customers,
    /// Customers who ordered in that month.
    Active,
    /// Customers with two orders or more by the end of that month.
    Repeated,
    /// Net sales of that month.
    NetSales,
    /// CM2 of that month.
    Cm2,
    /// Net sales up to the end of that month.
    CumulativeNetSales,
    /// CM2 up to the end of that month.
    CumulativeCm2,
}

/// All cohorts.
#[derive(Debug, Clone, Default)]
pub struct Cohorts {
    /// By month, first one first.
    pub cohorts: Vec<Cohort>,
    /// What belongs to no cohort: orders without a known person, and money of people who never placed an order.
    pub unassigned: Unassigned,
    entries: BTreeMap<Month, Vec<Entry>>,
}

/// Net sales and CM2 of orders that belong to no cohort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Unassigned {
    /// Orders.
    pub orders: u64,
    /// Net sales.
    pub net_sales: Decimal,
    /// CM2.
    pub cm2: Decimal,
}

/// What one order gives to its cohort at one age.
#[derive(Debug, Clone)]
struct Entry {
    order_id: String,
    person: Person,
    age: u32,
    placed: bool,
    net_sales: Decimal,
    cm2: Decimal,
}

impl Cohorts {
    /// Builds the cohorts up to a day; purchases and money after it are left out. The order of the purchases does
    /// not matter.
    #[must_use]
    pub fn new(purchases: &[Purchase], as_of: Date) -> Self {
        let mut first: BTreeMap<&str, Date> = BTreeMap::new();
        for purchase in purchases.iter().filter(|purchase| purchase.is_order && purchase.day <= as_of) {
            if let Some(person) = &purchase.person {
                let day = first.entry(person).or_insert(purchase.day);
                *day = purchase.day.min(*day);
            }
        }
        let mut sizes: BTreeMap<Month, u64> = BTreeMap::new();
        for day in first.values() {
            *sizes.entry(Month::of(*day)).or_default() += 1;
        }
        let mut cohorts = Self::default();
        for purchase in purchases {
            cohorts.take(purchase, &first, as_of);
        }
        for entries in cohorts.entries.values_mut() {
            entries.sort_by(|a, b| (a.age, &a.order_id).cmp(&(b.age, &b.order_id)));
        }
        let last = Month::of(as_of);
        for (month, customers) in sizes {
            let entries = cohorts.entries.get(&month).map_or(&[][..], Vec::as_slice);
            cohorts.cohorts.push(Cohort { month, customers, cells: cells(entries, month, last, as_of) });
        }
        cohorts
    }

    fn take(&mut self, purchase: &Purchase, first: &BTreeMap<&str, Date>, as_of: Date) {
        let person = purchase.person.as_deref();
        let known = person.and_then(|person| first.get_key_value(person));
        let placed = purchase.is_order && purchase.day <= as_of;
        let Some((person, began)) = known else {
            self.unassigned.orders += u64::from(placed);
            for day in purchase.days.iter().filter(|day| day.day <= as_of) {
                self.unassigned.net_sales += day.net_sales;
                self.unassigned.cm2 += day.cm2;
            }
            return;
        };
        let cohort = Month::of(*began);
        // money that is dated before the first order, such as a fee, belongs to its month
        let age = |day: Date| u32::try_from(Month::of(day).since(cohort)).unwrap_or(0);
        let entries = self.entries.entry(cohort).or_default();
        let entry = |age, placed, net_sales, cm2| Entry {
            order_id: purchase.order_id.clone(),
            person: (*person).to_owned(),
            age,
            placed,
            net_sales,
            cm2,
        };
        if placed {
            entries.push(entry(age(purchase.day), true, Decimal::ZERO, Decimal::ZERO));
        }
        for day in purchase.days.iter().filter(|day| day.day <= as_of) {
            entries.push(entry(age(day.day), false, day.net_sales, day.cm2));
        }
    }

    /// The cohort of a month.
    #[must_use]
    pub fn cohort(&self, month: Month) -> Option<&Cohort> {
        self.cohorts.iter().find(|cohort| cohort.month == month)
    }

    /// The rows behind a cell: orders for money, customers for activity.
    #[must_use]
    pub fn explain(&self, month: Month, age: u32, measure: Measure) -> Figure {
        let entries = self.entries.get(&month).map_or(&[][..], Vec::as_slice);
        match measure {
            Measure::Active => {
                let mut figure = Figure::new("active", "customers with an order in the month");
                let active = entries.iter().filter(|entry| entry.placed && entry.age == age);
                for person in active.map(|entry| &entry.person).collect::<BTreeSet<_>>() {
                    figure.add("customers", person, Decimal::ONE);
                }
                figure
            }
            Measure::Customers => {
                let mut figure = Figure::new("customers", "customers whose first order lies in the month");
                let placed = entries.iter().filter(|entry| entry.placed);
                for person in placed.map(|entry| &entry.person).collect::<BTreeSet<_>>() {
                    figure.add("customers", person, Decimal::ONE);
                }
                figure
            }
            Measure::Repeated => {
                let mut figure =
                    Figure::new("repeated", "customers with 2 orders or more by the end of the month");
                let mut orders: BTreeMap<&str, u64> = BTreeMap::new();
                for entry in entries.iter().filter(|entry| entry.placed && entry.age <= age) {
                    *orders.entry(&entry.person).or_default() += 1;
                }
                for (person, _) in orders.into_iter().filter(|(_, orders)| *orders >= 2) {
                    figure.add("customers", person, Decimal::ONE);
                }
                figure
            }
            Measure::NetSales => {
                let figure = Figure::new("net_sales", "sum of net_sales of the month");
                money(entries, age..=age, figure, |entry| entry.net_sales)
            }
            Measure::Cm2 => {
                let figure = Figure::new("cm2", "sum of cm2 of the month");
                money(entries, age..=age, figure, |entry| entry.cm2)
            }
            Measure::CumulativeNetSales => {
                let formula = "sum of net_sales up to the end of the month";
                money(entries, 0..=age, Figure::new("cumulative_net_sales", formula), |entry| entry.net_sales)
            }
            Measure::CumulativeCm2 => {
                let formula = "sum of cm2 up to the end of the month";
                money(entries, 0..=age, Figure::new("cumulative_cm2", formula), |entry| entry.cm2)
            }
        }
    }

    /// Of the customers who ordered in one month, the part who ordered in the next one as well, over all months
    /// that are over: `(stayed, could have stayed)`.
    #[must_use]
    pub fn retention(&self) -> (u64, u64) {
        let (mut stayed, mut asked) = (0, 0);
        for cohort in &self.cohorts {
            let Some(entries) = self.entries.get(&cohort.month) else { continue };
            let mut months: BTreeMap<u32, BTreeSet<&str>> = BTreeMap::new();
            for entry in entries.iter().filter(|entry| entry.placed) {
                months.entry(entry.age).or_default().insert(&entry.person);
            }
            let over = cohort.cells.iter().filter(|cell| cell.complete && cell.age > 0);
            for cell in over {
                let Some(before) = months.get(&(cell.age - 1)) else { continue };
                asked += before.len() as u64;
                let now = months.get(&cell.age);
                stayed += now.map_or(0, |now| before.intersection(now).count()) as u64;
            }
        }
        (stayed, asked)
    }
}

fn money(
    entries: &[Entry],
    ages: RangeInclusive<u32>,
    mut figure: Figure,
    amount: fn(&Entry) -> Decimal,
) -> Figure {
    for entry in entries.iter().filter(|entry| ages.contains(&entry.age) && !entry.placed) {
        figure.add("order_profit_days", &entry.order_id, amount(entry));
    }
    figure
}

/// The cells of a cohort; its entries are in the order of age.
fn cells(entries: &[Entry], month: Month, last: Month, as_of: Date) -> Vec<Cell> {
    let mut orders: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut at, mut repeated) = (0, 0);
    let mut before = Cell::default();
    let mut cells = Vec::new();
    for age in 0..=u32::try_from(last.since(month)).unwrap_or(0) {
        let mut cell = Cell {
            age,
            cumulative_net_sales: before.cumulative_net_sales,
            cumulative_cm2: before.cumulative_cm2,
            complete: i32::try_from(age).is_ok_and(|age| age < last.since(month)) || last.last_day() == as_of,
            ..Cell::default()
        };
        let mut active: BTreeSet<&str> = BTreeSet::new();
        while let Some(entry) = entries.get(at).filter(|entry| entry.age == age) {
            at += 1;
            if entry.placed {
                cell.orders += 1;
                active.insert(&entry.person);
                let count = orders.entry(&entry.person).or_default();
                *count += 1;
                repeated += u64::from(*count == 2);
            }
            cell.net_sales += entry.net_sales;
            cell.cm2 += entry.cm2;
        }
        cell.active = active.len() as u64;
        cell.repeated = repeated;
        cell.cumulative_net_sales += cell.net_sales;
        cell.cumulative_cm2 += cell.cm2;
        before = cell;
        cells.push(cell);
    }
    cells
}
