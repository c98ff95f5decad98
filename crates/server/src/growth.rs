//! Purchases with the people behind them, and visits with the orders that they led to: from stored rows to the
//! shapes that customers and campaigns are worked out from.

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_profit::Quotient;
use netgain_profit::attribution::Amounts;
use netgain_profit::customers::{Identities, Purchase, PurchaseDay};
use netgain_warehouse::{PurchaseRow, Warehouse};
use serde::Serialize;
use utoipa::ToSchema;

use crate::amount::number;
use crate::api::figures::Notice;
use crate::problem::Problem;

/// An order that counts, with what attribution needs of it.
pub(crate) struct Placed {
    /// Unique in the workspace.
    pub(crate) key: OrderOf,
    pub(crate) placed_at: Timestamp,
    /// Whether it is its customer's first order; none where nobody knows the customer.
    pub(crate) is_first_order: Option<bool>,
    pub(crate) amounts: Amounts,
}

/// Connection and id of an order.
pub(crate) type OrderOf = (String, String);

/// Everybody who ordered and what they ordered.
pub(crate) struct People {
    pub(crate) purchases: Vec<Purchase>,
    pub(crate) placed: Vec<Placed>,
    /// Customer rows that turned out to be somebody known already.
    pub(crate) merged: usize,
}

impl People {
    pub(crate) fn load(warehouse: &Warehouse) -> Result<Self, Problem> {
        let customers = warehouse.load_customers()?;
        let identities = Identities::new(&customers);
        let rows = warehouse.load_purchases()?;
        let person = |row: &PurchaseRow| {
            let (id, email) = (row.customer_id.as_deref(), row.customer_email.as_deref());
            identities.person(&row.connection_id, id, email)
        };
        let people: Vec<Option<String>> = rows.iter().map(person).collect();
        let mut first: BTreeMap<&str, (Timestamp, &str, &str)> = BTreeMap::new();
        for (row, person) in rows.iter().zip(&people) {
            if let Some(person) = person.as_deref().filter(|_| row.orders > 0) {
                let this = (row.placed_at, row.connection_id.as_str(), row.order_id.as_str());
                let known = first.entry(person).or_insert(this);
                *known = this.min(*known);
            }
        }
        let placed = rows.iter().zip(&people).filter(|(row, _)| row.orders > 0).map(|(row, person)| Placed {
            key: (row.connection_id.clone(), row.order_id.clone()),
            placed_at: row.placed_at,
            is_first_order: person
                .as_deref()
                .and_then(|person| first.get(person))
                .map(|first| (first.1, first.2) == (row.connection_id.as_str(), row.order_id.as_str())),
            amounts: amounts(row),
        });
        let placed = placed.collect();
        let purchases = rows.iter().zip(&people).map(|(row, person)| purchase(row, person.clone())).collect();
        Ok(Self { purchases, placed, merged: identities.merged() })
    }

    /// The first day on which somebody ordered.
    pub(crate) fn known_since(&self) -> Option<Date> {
        self.purchases.iter().filter(|one| one.is_order).map(|one| one.day).min()
    }
}

fn amounts(row: &PurchaseRow) -> Amounts {
    let sum = |amount: fn(&netgain_warehouse::PurchaseDayRow) -> Decimal| row.days.iter().map(amount).sum();
    let (net_sales, revenue, cm2): (Decimal, Decimal, Decimal) =
        (sum(|day| day.net_sales), sum(|day| day.net_revenue), sum(|day| day.cm2));
    Amounts { net_sales, revenue, costs: revenue - cm2, cm2 }
}

fn purchase(row: &PurchaseRow, person: Option<String>) -> Purchase {
    let days =
        row.days.iter().map(|day| PurchaseDay { day: day.day, net_sales: day.net_sales, cm2: day.cm2 });
    Purchase {
        order_id: format!("{}/{}", row.connection_id, row.order_id),
        person,
        day: row.day,
        is_order: row.orders > 0,
        days: days.collect(),
    }
}

/// One figure divided by another, with what it is made of.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Ratio {
    /// The quotient, 4 digits; null where there is nothing to divide by.
    pub(crate) value: Option<String>,
    /// What is divided.
    over: String,
    /// What it is divided by.
    under: String,
    /// How it is worked out, in words.
    formula: &'static str,
}

impl From<&Quotient> for Ratio {
    fn from(quotient: &Quotient) -> Self {
        Self {
            value: quotient.value.map(|value| value.to_string()),
            over: number(quotient.over),
            under: number(quotient.under),
            formula: quotient.formula,
        }
    }
}

impl From<netgain_profit::Notice> for Notice {
    fn from(notice: netgain_profit::Notice) -> Self {
        Self::new(notice.code, notice.message)
    }
}
