//! A workspace's rules of reckoning. Values that change over time are dated; nothing is overwritten.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use netgain_domain::facts::{Basis, CostScope};
use netgain_domain::{Currency, Decimal};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::attribution::VisitsFrom;
use crate::profile::{self, Reading};

mod check;
mod ratio;
mod text;

pub use check::SettingsError;
pub use ratio::DefaultRatio;
pub(crate) use ratio::ratio_on;
pub use text::Zone;

/// The rules of a workspace. `Settings::new` gives the defaults; `Settings::from_json` reads stored ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Version of this form; 1.
    #[serde(default = "one")]
    pub version: u32,
    /// The reporting currency. Amounts in another one are shown as an error, never counted as equal.
    pub currency: Currency,
    /// The zone whose midnights part the days.
    pub time_zone: Zone,
    /// Cost of goods.
    #[serde(default)]
    pub cost: CostSettings,
    /// Cost of sending parcels.
    #[serde(default)]
    pub shipping: ShippingSettings,
    /// What counts as revenue and on which day.
    #[serde(default)]
    pub revenue: RevenueSettings,
    /// Which orders count.
    #[serde(default)]
    pub orders: OrderSettings,
    /// The definition of profit that is shown where none is asked for.
    #[serde(default = "default_profile")]
    pub profile: String,
    /// How orders are credited to visits where nothing else is asked for.
    #[serde(default, skip_serializing_if = "AttributionSettings::is_default")]
    pub attribution: AttributionSettings,
}

/// How orders are credited to visits. It is chosen when figures are read and changes no stored result.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AttributionSettings {
    /// Whose word about visits goes first: `shop`, or a platform's id.
    pub visits: VisitsFrom,
}

impl AttributionSettings {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

fn one() -> u32 {
    1
}

fn default_profile() -> String {
    profile::DEFAULT.to_owned()
}

/// A value and the first local day on which it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dated {
    /// First day; none: since ever.
    #[serde(default)]
    pub valid_from: Option<Date>,
    /// The value, written as text so that it keeps its digits.
    #[serde(with = "text::decimal")]
    pub value: Decimal,
}

/// Cost of goods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CostSettings {
    /// What goods cost whose cost is not recorded.
    pub missing_policy: MissingPolicy,
    /// Cost as a part of `ratio_base`, by the order's day and by what goods it holds for; 0.40 where nothing was agreed.
    pub default_ratio: Vec<DefaultRatio>,
    /// What the ratio is taken of.
    pub ratio_base: RatioBase,
    /// What never gets a cost by default.
    pub never_default: Vec<NeverDefault>,
}

impl Default for CostSettings {
    fn default() -> Self {
        use NeverDefault::{Donation, GiftCard, Shipping, Tip};
        Self {
            missing_policy: MissingPolicy::Ratio,
            default_ratio: vec![DefaultRatio::of_shop(Decimal::new(40, 2))],
            ratio_base: RatioBase::NetLineExTax,
            never_default: vec![GiftCard, Tip, Shipping, Donation],
        }
    }
}

/// What goods cost whose cost is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingPolicy {
    /// The default ratio of their value.
    Ratio,
    /// Their sales, discounts and returns are left out of the ladder.
    Exclude,
    /// Nothing.
    Zero,
    /// All they were sold for, so that they earn nothing.
    EqualToNetSales,
    /// The order is not counted until the cost is known, and shown as an error.
    Error,
}

/// What the default ratio is taken of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatioBase {
    /// The line's value after discounts, without tax.
    NetLineExTax,
    /// The line's value before discounts, without tax.
    ListPriceExTax,
}

/// What never gets a cost by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NeverDefault {
    /// Gift cards: always so.
    GiftCard,
    /// Tips: always so.
    Tip,
    /// Delivery charged: always so.
    Shipping,
    /// Lines with neither variant nor stock keeping unit, such as services.
    CustomItem,
    /// Lines that the platform says are not sent, such as downloads.
    Digital,
    /// Lines whose product has the type or the tag `donation`.
    Donation,
}

/// Cost of sending parcels.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
pub struct ShippingSettings {
    /// Label cost of each order with goods, in the reporting currency, by the order's day; none: 0.
    pub cost_per_order: Vec<Dated>,
}

/// What counts as revenue and on which day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RevenueSettings {
    /// What becomes of tax.
    pub tax_mode: TaxMode,
    /// The day of what is given back.
    pub refund_basis: RefundBasis,
    /// The day of an order.
    pub order_day: OrderDay,
}

impl Default for RevenueSettings {
    fn default() -> Self {
        Self {
            tax_mode: TaxMode::Exclude,
            refund_basis: RefundBasis::ReturnDay,
            order_day: OrderDay::ProcessedAt,
        }
    }
}

/// What becomes of tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaxMode {
    /// A liability: neither revenue nor cost.
    Exclude,
    /// The same result, told from sales with tax and a line that takes the tax off again.
    GrossWithTaxLine,
}

/// The day on which what is given back counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundBasis {
    /// The day it was given back.
    ReturnDay,
    /// The order's day.
    OrderDay,
    /// The day the money went back, where payments to the customer are known; else the day of the return.
    CashDay,
}

impl RefundBasis {
    /// The basis of postings that it reads beside [`Basis::All`].
    #[must_use]
    pub fn basis(self) -> Basis {
        match self {
            Self::ReturnDay => Basis::ReturnDay,
            Self::OrderDay => Basis::OrderDay,
            Self::CashDay => Basis::CashDay,
        }
    }
}

/// The instant that gives an order its day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderDay {
    /// When it was placed (`orders.placed_at`).
    ProcessedAt,
    /// When the platform recorded it (`orders.created_at`, where it says).
    CreatedAt,
}

/// Which orders count.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrderSettings {
    /// Financial statuses that count. An order whose source knows no such status counts.
    pub financial_statuses: Vec<String>,
    /// Whether test orders count.
    pub count_tests: bool,
    /// Whether cancelled orders count: the sale on its day, its reversal on the day of the cancellation.
    pub count_cancelled: bool,
    /// Whether orders whose goods were sold for nothing count, such as gifts and exchanges.
    pub count_free: bool,
}

impl Default for OrderSettings {
    fn default() -> Self {
        let counted = ["paid", "partially_paid", "authorized", "refunded", "partially_refunded"];
        Self {
            financial_statuses: counted.map(str::to_owned).to_vec(),
            count_tests: false,
            count_cancelled: true,
            count_free: true,
        }
    }
}

impl Settings {
    /// The defaults in a currency and a time zone.
    #[must_use]
    pub fn new(currency: Currency, time_zone: Zone) -> Self {
        Self {
            version: 1,
            currency,
            time_zone,
            cost: CostSettings::default(),
            shipping: ShippingSettings::default(),
            revenue: RevenueSettings::default(),
            orders: OrderSettings::default(),
            attribution: AttributionSettings::default(),
            profile: default_profile(),
        }
    }

    /// Reads and checks settings.
    ///
    /// # Errors
    /// A text that is not of this form, or a value that cannot hold; each names the field and the cure.
    pub fn from_json(json: &str) -> Result<Self, SettingsError> {
        let settings: Self = serde_json::from_str(json).map_err(SettingsError::Form)?;
        settings.check()?;
        Ok(settings)
    }

    /// The settings as JSON, readable by [`Settings::from_json`].
    ///
    /// # Errors
    /// Never in practice: every part has a JSON form.
    pub fn to_json(&self) -> Result<String, SettingsError> {
        serde_json::to_string(self).map_err(SettingsError::Form)
    }

    /// A short name of these rules and of [`crate::RULES_VERSION`]: results stored under another key are stale.
    ///
    /// # Errors
    /// Never in practice, as [`Settings::to_json`].
    pub fn key(&self) -> Result<String, SettingsError> {
        self.key_by(crate::RULES_VERSION)
    }

    /// The name that these settings have with the rules of a version.
    ///
    /// # Errors
    /// Never in practice, as [`Settings::to_json`].
    pub fn key_by(&self, rules_version: u32) -> Result<String, SettingsError> {
        let mut hash = Sha256::new();
        hash.update(rules_version.to_be_bytes());
        // what is chosen when figures are read changes no result
        let mut stored = self.clone();
        stored.profile = default_profile();
        stored.attribution = AttributionSettings::default();
        stored.revenue.tax_mode = TaxMode::Exclude;
        hash.update(stored.to_json()?.as_bytes());
        Ok(hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect())
    }

    /// The definition of that name as this workspace reads it, or its own where none is named; none if there is
    /// no such definition.
    #[must_use]
    pub fn reading(&self, profile: Option<&str>, basis: Option<RefundBasis>) -> Option<Reading> {
        let id = match profile.unwrap_or(&self.profile) {
            profile::DEFAULT if self.revenue.tax_mode == TaxMode::GrossWithTaxLine => profile::WITH_TAX,
            other => other,
        };
        let asked = basis.map(RefundBasis::basis);
        Some(Reading::new(profile::find(id)?, self.revenue.refund_basis.basis(), asked))
    }

    /// Whether a cost by these rules depends on what the catalogue says of goods: vendor, type or product.
    #[must_use]
    pub fn asks_for_goods(&self) -> bool {
        self.cost.missing_policy == MissingPolicy::Ratio
            && self.cost.default_ratio.iter().any(|row| row.scope != CostScope::Shop)
    }

    /// The zone whose midnights part the days.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        self.time_zone.zone()
    }
}

/// The row that holds on a day: of those that began by then the latest.
pub(crate) fn on(rows: &[Dated], day: Date) -> Option<Dated> {
    let began = |row: &&Dated| row.valid_from.is_none_or(|from| from <= day);
    rows.iter().filter(began).max_by_key(|row| row.valid_from).copied()
}
