//! How monthly recurring revenue is defined. Products differ, so the definition is data and can be chosen.

use serde::{Deserialize, Serialize};

/// Why a definition cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DefinitionError {
    /// The text is no list of definitions.
    #[error("definitions of recurring revenue: {0}: correct the text")]
    Text(String),
    /// No definition has the name.
    #[error("definition `{name}` is not known: choose one of {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
}

/// When a cancelled subscription stops counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChurnAt {
    /// When its cancellation is asked for.
    Cancellation,
    /// At the end of the period that was paid for.
    PeriodEnd,
}

/// Between which changes of one moment losses are set off against gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NetBy {
    /// Each subscription by itself.
    Subscription,
    /// All subscriptions of a customer in one currency together.
    Customer,
}

/// What makes a loss churn and not contraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChurnWhen {
    /// The subscription pays nothing any more.
    SubscriptionEnds,
    /// The customer pays nothing any more; one of several that ends is contraction.
    CustomerEnds,
}

/// What a discount does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discounts {
    /// It lowers recurring revenue while it lasts; its end is expansion.
    Lower,
    /// It is not looked at.
    Ignored,
}

/// What a change of exchange rates does in the total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fx {
    /// Each movement has its own day's rate, and what rates did is a line of its own.
    Line,
    /// Everything has the rate of the closing day, so rates move nothing.
    ConstantRate,
}

/// A definition. Taxes, metered usage and free plans never count; trials do not either, because `trialing` is no
/// paying status.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// Statuses that count.
    pub paying_statuses: Vec<String>,
    /// When a cancelled subscription stops counting.
    pub churn_at: ChurnAt,
    /// Between which changes losses are set off against gains.
    pub net_by: NetBy,
    /// What makes a loss churn.
    pub churn_when: ChurnWhen,
    /// Changes of one customer within so many minutes of the first are one movement, dated by the last.
    pub merge_minutes: u32,
    /// What discounts for a limited time do.
    pub finite_discounts: Discounts,
    /// What discounts without an end do.
    pub forever_discounts: Discounts,
    /// What exchange rates do in the total.
    pub fx: Fx,
    /// Weeks of a year, for weekly prices: a month is a twelfth of it.
    pub weeks_per_year: u32,
    /// Days of a year, for daily prices.
    pub days_per_year: u32,
}

impl Definition {
    /// The definitions that come with the program.
    ///
    /// # Errors
    /// Never, as a test shows.
    pub fn builtin() -> Result<Vec<Self>, DefinitionError> {
        serde_json::from_str(include_str!("definitions.json"))
            .map_err(|error| DefinitionError::Text(error.to_string()))
    }

    /// The definition of a name.
    ///
    /// # Errors
    /// When there is none.
    pub fn named(name: &str) -> Result<Self, DefinitionError> {
        let all = Self::builtin()?;
        let known: Vec<&str> = all.iter().map(|definition| definition.name.as_str()).collect();
        let known = known.join(", ");
        let found = all.into_iter().find(|definition| definition.name == name);
        found.ok_or_else(|| DefinitionError::Unknown { name: name.to_owned(), known })
    }
}
