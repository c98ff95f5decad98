//! The catalogue of standard key figures, and the check that every name in it exists.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use netgain_domain::facts::{KpiCondition, KpiDay, KpiElsewhere, KpiQuery, Ladder};
use netgain_domain::{Kind, Table};
use serde::Deserialize;

/// The days of orders, as the results keep them; not a canonical table.
const ORDER_DAYS: &str = "order_profit_days";

static BUILTIN: LazyLock<Result<Catalogue, CatalogueError>> =
    LazyLock::new(|| Catalogue::from_yaml(include_str!("../../kpis.yaml")));

/// Why a catalogue cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CatalogueError {
    /// The text is no catalogue.
    #[error("the catalogue of key figures: {0}: correct the text")]
    Text(String),
    /// A name or a combination that makes no sense.
    #[error("the catalogue of key figures: `{place}`: {reason}")]
    Entry {
        /// Group, or group and metric.
        place: String,
        /// What is wrong, and the cure.
        reason: String,
    },
}

/// The standard key figures.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalogue {
    /// Version of this form; 1.
    pub version: u32,
    /// By the table that they are worked out from.
    pub groups: Vec<Group>,
}

/// Key figures of one table.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Group {
    /// Its name.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// The table: a canonical one or `order_profit_days`.
    pub table: String,
    /// The canonical table whose reading brings new points; `table` without it.
    #[serde(default)]
    pub entity: Option<String>,
    /// When rows count; every figure but recurring ones needs it.
    #[serde(default)]
    pub day: Option<Days>,
    /// The column with the currency of amounts; without it they are in the reporting currency.
    #[serde(default)]
    pub currency: Option<String>,
    /// The column with the zone of days.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// The column that says whether a row may be restated.
    #[serde(default)]
    pub provisional: Option<String>,
    /// Rows that do not meet all of these are left out.
    #[serde(default)]
    pub keep: Vec<Keep>,
    /// The figures.
    pub metrics: Vec<Metric>,
}

/// When rows count.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    /// The column with the day.
    #[serde(default)]
    pub date: Option<String>,
    /// The column with the instant, whose local day counts.
    #[serde(default)]
    pub time: Option<String>,
    /// Where `date` is empty.
    #[serde(default)]
    pub otherwise: Option<Elsewhere>,
}

/// The day of an instant of another row of the connection.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// The column with the other row's id.
    pub key: String,
    /// The other table.
    pub table: String,
    /// Its column with the instant.
    pub column: String,
}

/// What a row must meet to count: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keep {
    /// The column.
    pub column: String,
    /// It holds one of these words.
    #[serde(default, rename = "in")]
    pub words: Vec<String>,
    /// It does not say true.
    #[serde(default)]
    pub not_true: bool,
}

/// A column and words.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// The column.
    pub column: String,
    /// The words.
    pub words: Vec<String>,
}

/// A key figure.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// Its name in requests and stores; unique in the catalogue.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// What it counts.
    pub unit: Unit,
    /// Digits after the point of a quotient.
    #[serde(default)]
    pub digits: u32,
    /// How it is worked out, in words.
    pub formula: String,
    /// Whether it only serves others.
    #[serde(default)]
    pub hidden: bool,
    /// Further conditions beside the group's.
    #[serde(default)]
    pub keep: Vec<Keep>,
    /// How it is worked out.
    pub of: Way,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Money in the reporting currency.
    Money,
    /// Things.
    Count,
    /// A part of a whole, 0 to 1.
    Share,
    /// One amount by another.
    Ratio,
}

impl Unit {
    /// Its name in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Count => "count",
            Self::Share => "share",
            Self::Ratio => "ratio",
        }
    }
}

/// How a figure is worked out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Way {
    /// The sum of a column over the day's rows.
    Sum {
        /// The column.
        column: String,
    },
    /// The number of the day's rows.
    Count,
    /// Sums of the group divided by others; a `-` before a name subtracts it.
    Ratio {
        /// What is divided.
        over: Vec<String>,
        /// What it is divided by.
        under: Vec<String>,
    },
    /// The sum of a column over the rows that stand at the end of the day.
    Standing {
        /// The column.
        column: String,
        /// Since when a row stands.
        since: String,
        /// Until when one stands that is no longer open.
        until: String,
        /// Rows that stand without end.
        open: Words,
    },
    /// A figure of the history of subscriptions.
    Recurring {
        /// Which one.
        figure: RecurringFigure,
    },
}

/// A figure of the history of subscriptions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecurringFigure {
    /// Monthly recurring revenue.
    Mrr,
    /// Subscriptions that pay.
    ActiveSubscriptions,
    /// Customers lost within 30 days.
    ChurnRate,
}

impl Catalogue {
    /// The catalogue that comes with the program.
    ///
    /// # Errors
    /// Never, as a test shows.
    pub fn builtin() -> Result<&'static Self, CatalogueError> {
        BUILTIN.as_ref().map_err(Clone::clone)
    }

    /// Reads and checks a catalogue (YAML).
    ///
    /// # Errors
    /// A text that does not parse, a table or column that does not exist, a name that is given twice.
    pub fn from_yaml(text: &str) -> Result<Self, CatalogueError> {
        let catalogue: Self =
            serde_norway::from_str(text).map_err(|error| CatalogueError::Text(error.to_string()))?;
        let mut ids = BTreeSet::new();
        for group in &catalogue.groups {
            group.check()?;
            for metric in &group.metrics {
                if !ids.insert(&metric.id) {
                    return Err(group.wrong(Some(metric), "the name is given twice: choose another"));
                }
            }
        }
        Ok(catalogue)
    }

    /// A metric with its group.
    #[must_use]
    pub fn metric(&self, id: &str) -> Option<(&Group, &Metric)> {
        let mut all = self.groups.iter().flat_map(|group| group.metrics.iter().map(move |one| (group, one)));
        all.find(|(_, metric)| metric.id == id && !metric.hidden)
    }
}

impl Group {
    /// The canonical table whose reading brings new points.
    #[must_use]
    pub fn entity(&self) -> &str {
        self.entity.as_deref().unwrap_or(&self.table)
    }

    /// The queries whose sums its figures by day are made of, each with the metrics in the order of its sums.
    #[must_use]
    pub fn flows(&self) -> Vec<(KpiQuery, Vec<&Metric>)> {
        let mut found: Vec<(KpiQuery, Vec<&Metric>)> = Vec::new();
        for metric in &self.metrics {
            let column = match &metric.of {
                Way::Sum { column } => Some(column.clone()),
                Way::Count => None,
                Way::Ratio { .. } | Way::Standing { .. } | Way::Recurring { .. } => continue,
            };
            let Some(day) = self.day.as_ref().and_then(Days::query) else { continue };
            let query = self.query(day, self.conditions(metric));
            let same =
                found.iter_mut().find(|(other, _)| (&other.day, &other.keep) == (&query.day, &query.keep));
            let (query, metrics) = match same {
                Some(same) => same,
                None => {
                    found.push((query, Vec::new()));
                    let Some(last) = found.last_mut() else { continue };
                    last
                }
            };
            query.sums.push(column);
            metrics.push(metric);
        }
        found
    }

    /// The queries of a standing figure: what begins to stand, and what ends.
    #[must_use]
    pub fn standings(&self) -> Vec<(&Metric, Vec<KpiQuery>, Vec<KpiQuery>)> {
        let mut found = Vec::new();
        for metric in &self.metrics {
            let Way::Standing { column, since, until, open } = &metric.of else { continue };
            let query = |at: &str, more: Vec<KpiCondition>| {
                let keep = self.conditions(metric).into_iter().chain(more).collect();
                let mut query = self.query(KpiDay::Time { column: at.to_owned() }, keep);
                query.sums.push(Some(column.clone()));
                query
            };
            let (of, words) = (open.column.clone(), open.words.clone());
            let stands = KpiCondition::In { column: of.clone(), words: words.clone() };
            let present = |column: &str| KpiCondition::Present { column: column.to_owned() };
            let over = || {
                let closed = KpiCondition::NotIn { column: of.clone(), words: words.clone() };
                vec![closed, present(since), present(until)]
            };
            let begins = vec![query(since, vec![stands]), query(since, over())];
            found.push((metric, begins, vec![query(until, over())]));
        }
        found
    }

    fn conditions(&self, metric: &Metric) -> Vec<KpiCondition> {
        self.keep.iter().chain(&metric.keep).map(Keep::query).collect()
    }

    fn query(&self, day: KpiDay, keep: Vec<KpiCondition>) -> KpiQuery {
        KpiQuery {
            table: self.table.clone(),
            day,
            currency: self.currency.clone(),
            provisional: self.provisional.clone(),
            time_zone: self.time_zone.clone(),
            keep,
            sums: Vec::new(),
        }
    }

    fn wrong(&self, metric: Option<&Metric>, reason: impl Into<String>) -> CatalogueError {
        let place = metric.map_or_else(|| self.id.clone(), |metric| format!("{}.{}", self.id, metric.id));
        CatalogueError::Entry { place, reason: reason.into() }
    }

    fn check(&self) -> Result<(), CatalogueError> {
        if Table::from_name(self.entity()).is_none() {
            return Err(self.wrong(None, format!("there is no table `{}`", self.entity())));
        }
        let own = |name: &str, kinds: &[Kind]| self.column(None, &self.table, name, kinds);
        for (name, kind) in [(&self.currency, Kind::Text), (&self.time_zone, Kind::Text)] {
            name.iter().try_for_each(|name| own(name, &[kind]))?;
        }
        self.provisional.iter().try_for_each(|name| own(name, &[Kind::Bool]))?;
        if let Some(days) = &self.day {
            days.date.iter().try_for_each(|name| own(name, &[Kind::Date]))?;
            days.time.iter().try_for_each(|name| own(name, &[Kind::Time]))?;
            if let Some(other) = &days.otherwise {
                own(&other.key, &[Kind::Text])?;
                self.column(None, &other.table, &other.column, &[Kind::Time])?;
            }
            if days.query().is_none() {
                return Err(self.wrong(None, "`day` names both or neither of date and time: name one"));
            }
        }
        self.metrics.iter().try_for_each(|metric| self.check_metric(metric))
    }

    fn check_metric(&self, metric: &Metric) -> Result<(), CatalogueError> {
        let own = |name: &str, kinds: &[Kind]| self.column(Some(metric), &self.table, name, kinds);
        for keep in self.keep.iter().chain(&metric.keep) {
            if keep.not_true != keep.words.is_empty() {
                return Err(self.wrong(Some(metric), "`keep` needs one of in and not_true: write one"));
            }
            own(&keep.column, if keep.not_true { &[Kind::Bool] } else { &[Kind::Text] })?;
        }
        match &metric.of {
            Way::Sum { column } => own(column, &[Kind::Int, Kind::Decimal])?,
            Way::Count | Way::Recurring { .. } => {}
            Way::Standing { column, since, until, open } => {
                own(column, &[Kind::Int, Kind::Decimal])?;
                own(since, &[Kind::Time])?;
                own(until, &[Kind::Time])?;
                own(&open.column, &[Kind::Text])?;
            }
            Way::Ratio { over, under } => {
                for term in over.iter().chain(under) {
                    let name = term.strip_prefix('-').unwrap_or(term);
                    let is_sum = |one: &Metric| matches!(one.of, Way::Sum { .. } | Way::Count);
                    if !self.metrics.iter().any(|one| one.id == name && is_sum(one)) {
                        let reason = format!("`{name}` is no sum of the group: name one of its sums");
                        return Err(self.wrong(Some(metric), reason));
                    }
                }
            }
        }
        let by_day = !matches!(metric.of, Way::Recurring { .. } | Way::Standing { .. });
        if by_day && self.day.is_none() {
            return Err(self.wrong(Some(metric), "the group says no `day`: add one"));
        }
        Ok(())
    }

    fn column(
        &self,
        metric: Option<&Metric>,
        table: &str,
        name: &str,
        kinds: &[Kind],
    ) -> Result<(), CatalogueError> {
        let kind = if table == ORDER_DAYS {
            match name {
                "day" => Some(Kind::Date),
                "orders" => Some(Kind::Int),
                name => Ladder::FIELDS.contains(&name).then_some(Kind::Decimal),
            }
        } else {
            let columns = Table::from_name(table).map(Table::columns).unwrap_or_default();
            columns.iter().find(|column| column.name == name).map(|column| column.kind)
        };
        match kind {
            Some(kind) if kinds.contains(&kind) => Ok(()),
            Some(kind) => {
                Err(self.wrong(metric, format!("`{table}.{name}` is {kind:?}, expected one of {kinds:?}")))
            }
            None => Err(self.wrong(metric, format!("there is no column `{table}.{name}`"))),
        }
    }
}

impl Days {
    /// None where it names both or neither.
    fn query(&self) -> Option<KpiDay> {
        match (&self.date, &self.time, &self.otherwise) {
            (Some(column), None, otherwise) => {
                let otherwise = otherwise.as_ref().map(|other| KpiElsewhere {
                    key: other.key.clone(),
                    table: other.table.clone(),
                    column: other.column.clone(),
                });
                Some(KpiDay::Date { column: column.clone(), otherwise })
            }
            (None, Some(column), None) => Some(KpiDay::Time { column: column.clone() }),
            _ => None,
        }
    }
}

impl Keep {
    fn query(&self) -> KpiCondition {
        let column = self.column.clone();
        match self.not_true {
            true => KpiCondition::NotTrue { column },
            false => KpiCondition::In { column, words: self.words.clone() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_names_what_exists() {
        let catalogue = Catalogue::builtin().unwrap();
        assert!(catalogue.metric("roas").is_some() && catalogue.metric("discounts").is_none());
        let (group, _) = catalogue.metric("orders").unwrap();
        assert_eq!((group.entity(), group.flows().len()), ("orders", 1));
        let (group, _) = catalogue.metric("deals_won").unwrap();
        // won deals by count and value are one query, the standing ones are their own
        assert_eq!((group.flows().len(), group.flows()[0].1.len(), group.standings().len()), (1, 2, 1));
    }

    #[test]
    fn what_does_not_exist_is_named() {
        let with = |text: &str| {
            Catalogue::from_yaml(&format!(
                "version: 1\ngroups:\n  - {{id: g, label: G, table: ad_days, day: {{date: day}}, metrics: [{text}]}}\n"
            ))
        };
        let metric =
            |id: &str, of: &str| format!("{{id: {id}, label: A, unit: count, formula: f, of: {of}}}");
        assert!(with(&metric("a", "{kind: sum, column: clicks}")).is_ok());
        for (text, word) in [
            (metric("a", "{kind: sum, column: clack}"), "ad_days.clack"),
            (metric("a", "{kind: sum, column: level}"), "expected one of"),
            (metric("a", "{kind: ratio, over: [b], under: [a]}"), "`b` is no sum"),
            (metric("a", "{kind: wish}"), "unknown variant"),
            (format!("{0}, {0}", metric("a", "{kind: count}")), "given twice"),
        ] {
            let error = with(&text).unwrap_err().to_string();
            assert!(error.contains(word), "{error}");
        }
    }
}
