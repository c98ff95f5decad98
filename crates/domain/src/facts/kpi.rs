//! Points of key figures over time: what they are summed from, the points themselves, and what people say instead.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::Currency;

/// What is summed by day for a key figure. Names are those of tables and columns that exist; whoever makes a query
/// has checked them.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KpiQuery {
    /// A canonical table, or `order_profit_days`, whose amounts are in the reporting currency.
    pub table: String,
    /// When a row counts.
    pub day: KpiDay,
    /// The column with the currency of the sums; none where nothing that is summed is money, or all of it is in the
    /// reporting currency.
    pub currency: Option<String>,
    /// The column that says whether the platform may restate a row.
    pub provisional: Option<String>,
    /// The column with the zone of a row's day.
    pub time_zone: Option<String>,
    /// Rows that do not meet all of these are left out.
    pub keep: Vec<KpiCondition>,
    /// Columns to sum; none counts rows.
    pub sums: Vec<Option<String>>,
}

/// When a row counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KpiDay {
    /// On the day in this column, in the row's own zone.
    Date {
        /// The column.
        column: String,
        /// Where the column is empty: the day of an instant of another row.
        otherwise: Option<KpiElsewhere>,
    },
    /// On the local day of the instant in this column.
    Time {
        /// The column.
        column: String,
    },
}

/// An instant of a row of the same connection in another table.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KpiElsewhere {
    /// The column that holds the other row's `source_id`.
    pub key: String,
    /// The other table.
    pub table: String,
    /// Its column with the instant.
    pub column: String,
}

/// What a row must meet to count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KpiCondition {
    /// The column holds one of these words.
    In {
        /// The column.
        column: String,
        /// The words.
        words: Vec<String>,
    },
    /// The column holds none of these words; an empty one counts.
    NotIn {
        /// The column.
        column: String,
        /// The words.
        words: Vec<String>,
    },
    /// The column does not say true; an empty one counts.
    NotTrue {
        /// The column.
        column: String,
    },
    /// The column is not empty.
    Present {
        /// The column.
        column: String,
    },
}

/// When sums count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum KpiWhen {
    /// On this day, whatever the zone.
    Day(Date),
    /// Within the quarter of an hour that begins here: no zone's midnight lies inside of it.
    Quarter(Timestamp),
}

/// The sums of one connection's rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiSums {
    /// The connection.
    pub connection_id: String,
    /// Its platform.
    pub source: String,
    /// When they count.
    pub when: KpiWhen,
    /// Their currency, where the rows name one.
    pub currency: Option<Currency>,
    /// The zone of the rows' day, where they name one.
    pub time_zone: Option<String>,
    /// Whether the platform may restate some of it.
    pub provisional: bool,
    /// Rows that were summed.
    pub rows: i64,
    /// One for each of the query's; none where no row says anything.
    pub sums: Vec<Option<Decimal>>,
}

/// Where a metric comes from: a connection, its platform and the metric's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KpiSeries {
    /// The connection; [`KpiSeries::MANUAL`] for what people alone say.
    pub connection_id: String,
    /// Its platform.
    pub source: String,
    /// The metric.
    pub metric: String,
}

impl KpiSeries {
    /// Connection and source of metrics that no platform knows.
    pub const MANUAL: &str = "manual";
}

/// A point of a metric.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiPoint {
    /// Where it comes from.
    pub series: KpiSeries,
    /// When it counts (UTC); of a day its first moment in the workspace's zone.
    pub timestamp: Timestamp,
    /// The value; none where it cannot be said, and then `metadata` says why.
    pub value: Option<Decimal>,
    /// A JSON object with what else is known.
    pub metadata: Option<String>,
}

/// When the rows of a table were last read from a connection, from its first row to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiRead {
    /// The connection.
    pub connection_id: String,
    /// The table of the stream's root rows.
    pub entity: String,
    /// When the reading began (UTC).
    pub read_at: Timestamp,
}

/// What a person says in the place of a source, or that they say so no more. Rows are only ever added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiOverride {
    /// Its id, made of what it says.
    pub override_id: String,
    /// Where the point stands that it replaces.
    pub series: KpiSeries,
    /// The local day.
    pub day: Date,
    /// The value; none takes earlier ones back.
    pub value: Option<Decimal>,
    /// When it was said (UTC).
    pub recorded_at: Timestamp,
    /// Who said it.
    pub recorded_by: String,
    /// Why.
    pub reason: Option<String>,
}

/// What happened to an override.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KpiAction {
    /// A person set it.
    Set,
    /// A later reading of its source took its place.
    ReplacedBySync,
    /// A person took it back.
    Removed,
}

impl KpiAction {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Set, Self::ReplacedBySync, Self::Removed];

    /// Its name in stores and answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Set => "set",
            Self::ReplacedBySync => "replaced_by_sync",
            Self::Removed => "removed",
        }
    }

    /// The action of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.name() == name)
    }
}

/// An entry of the list of changes, which only grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KpiAudit {
    /// Its id: the same change has the same one, so that it is noted once.
    pub audit_id: String,
    /// When (UTC).
    pub at: Timestamp,
    /// Who or what did it: a person, or `sync of <connection>`.
    pub actor: String,
    /// What was done.
    pub action: KpiAction,
    /// Where.
    pub series: KpiSeries,
    /// The local day.
    pub day: Date,
    /// The value that counted before.
    pub old: Option<Decimal>,
    /// The value that counts now.
    pub new: Option<Decimal>,
    /// Why.
    pub reason: Option<String>,
}
