//! Where a figure comes from: each figure with the parts that it is the sum of, each part a figure that can be asked
//! for in turn, down to rows and payloads.

use std::collections::BTreeMap;

use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal};
use netgain_profit::profile::Reading;
use netgain_profit::question::{Family, Question};
use netgain_warehouse::OrderKey;

use crate::api::figures::Notice;
use crate::app::{Place, Shared};
use crate::problem::Problem;

mod campaign;
mod cohort;
mod costs;
mod curve;
mod ladder;
mod mrr;
mod order;
mod told;
mod trust;

pub(crate) use ladder::mistake;
pub(crate) use trust::{Moving, SourceClock, Trust, Within, clocks, final_day};

/// What is asked.
pub(crate) struct Ask<'a> {
    pub(crate) shared: &'a Shared,
    pub(crate) place: &'a Place,
    pub(crate) question: Question,
    /// How the figure is to be broken down; none: as suits it.
    pub(crate) by: Option<Way>,
    /// Parts before the page.
    pub(crate) skip: u64,
    /// Parts on the page.
    pub(crate) limit: usize,
}

macro_rules! ways {
    ($($(#[$doc:meta])* $way:ident = $word:literal),+ $(,)?) => {
        /// By what a figure is broken down.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Way { $($(#[$doc])* $way),+ }

        impl Way {
            /// Every way with its word.
            pub(crate) const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$way)),+];

            /// The word in requests and answers.
            pub(crate) fn name(self) -> &'static str {
                match self { $(Self::$way => $word),+ }
            }
        }
    };
}

ways! {
    /// The steps of the definition above it.
    Steps = "steps",
    /// Base lines.
    Lines = "lines",
    /// The two sides of a ratio.
    Sides = "sides",
    /// Months.
    Months = "months",
    /// Local days.
    Days = "days",
    /// Channels.
    Channels = "channels",
    /// Orders, and the costs of days that belong to no order.
    Orders = "orders",
    /// The single amounts of an order, each from one row.
    Postings = "postings",
    /// Stored rows.
    Rows = "rows",
    /// Months since a cohort's own.
    Ages = "ages",
    /// Visits that take credit for orders.
    Credits = "credits",
}

/// What a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Money in this currency.
    Money(Currency),
    /// Things, also in parts.
    Count,
    /// A quotient of 4 digits.
    Ratio,
}

/// What a part does to its figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// It is added with its sign.
    Term,
    /// It is divided.
    Over,
    /// It divides.
    Under,
}

/// A row that an amount comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RowRef {
    pub(crate) table: String,
    pub(crate) source_id: String,
    pub(crate) raw_ref: Option<String>,
}

/// A part of a figure.
#[derive(Debug, Clone)]
pub(crate) struct Part {
    pub(crate) role: Role,
    pub(crate) label: String,
    /// The part as a figure; none at the end of the way.
    pub(crate) figure: Option<Question>,
    /// 1, or -1 where the part's own value is subtracted.
    pub(crate) weight: i32,
    /// Its own value; none where a ratio has none.
    pub(crate) value: Option<Decimal>,
    pub(crate) unit: Unit,
    pub(crate) day: Option<Date>,
    pub(crate) channel: Option<String>,
    pub(crate) order: Option<(OrderKey, String)>,
    pub(crate) quantity: Option<i64>,
    pub(crate) formula: Option<String>,
    pub(crate) rows: Vec<RowRef>,
}

impl Part {
    pub(crate) fn new(label: impl Into<String>, value: Decimal, unit: Unit) -> Self {
        Self {
            role: Role::Term,
            label: label.into(),
            figure: None,
            weight: 1,
            value: Some(value),
            unit,
            day: None,
            channel: None,
            order: None,
            quantity: None,
            formula: None,
            rows: Vec::new(),
        }
    }

    pub(crate) fn figure(mut self, figure: Question) -> Self {
        self.figure = Some(figure);
        self
    }

    pub(crate) fn weight(mut self, weight: i32) -> Self {
        self.weight = weight;
        self
    }

    /// What it gives to its figure.
    pub(crate) fn amount(&self) -> Decimal {
        let value = self.value.unwrap_or_default();
        match self.weight {
            1 => value,
            // subtracted from nothing, because a negated zero is written as -0
            -1 => Decimal::ZERO - value,
            more => value * Decimal::from(more),
        }
    }
}

/// A term of a formula, without its amount.
#[derive(Debug, Clone)]
pub(crate) struct Term {
    pub(crate) sign: &'static str,
    pub(crate) label: String,
    pub(crate) figure: Question,
}

/// The parts of a figure: a page of them, and what all of them come to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Parts {
    pub(crate) page: Vec<Part>,
    /// Parts on all pages.
    pub(crate) count: u64,
    /// The sum of all parts; nothing for the sides of a ratio.
    pub(crate) whole: Decimal,
}

impl Parts {
    /// A page of parts that are all at hand.
    pub(crate) fn of(all: Vec<Part>, ask: &Ask<'_>) -> Self {
        let (count, whole) = (all.len() as u64, all.iter().map(Part::amount).sum());
        let skip = usize::try_from(ask.skip).unwrap_or(usize::MAX);
        Self { page: all.into_iter().skip(skip).take(ask.limit).collect(), count, whole }
    }
}

/// A figure and where it comes from.
pub(crate) struct Explained {
    /// As it is always written.
    pub(crate) question: Question,
    pub(crate) label: String,
    pub(crate) unit: Unit,
    pub(crate) value: Option<Decimal>,
    pub(crate) formula: String,
    pub(crate) terms: Vec<Term>,
    /// The definition, where one is behind it.
    pub(crate) reading: Option<Reading>,
    pub(crate) days: Option<(Date, Date)>,
    pub(crate) order: Option<(OrderKey, String)>,
    pub(crate) by: Option<Way>,
    pub(crate) ways: Vec<Way>,
    pub(crate) parts: Parts,
    pub(crate) trust: Trust,
    pub(crate) notices: Vec<Notice>,
    /// Further choices that made the figure what it is, by their names.
    pub(crate) choices: BTreeMap<&'static str, String>,
}

impl Explained {
    /// Adds what the parts do not reach, so that they always come to the figure, and says so.
    pub(crate) fn settle(&mut self, skip: u64) {
        if self.unit == Unit::Ratio || self.by.is_none() {
            return;
        }
        let Some(rest) = self.value.map(|value| value - self.parts.whole).filter(|rest| !rest.is_zero())
        else {
            return;
        };
        let message = "rows behind this figure changed since it was summed: sync once, and its parts come to it by \
                       themselves";
        self.notices.push(Notice::new("outdated", message.to_owned()));
        // it is the last of all parts
        if skip.saturating_add(self.parts.page.len() as u64) >= self.parts.count {
            self.parts.page.push(Part::new("Changed since the figure was summed", rest, self.unit));
        }
        self.parts.count += 1;
        self.parts.whole += rest;
    }
}

/// Explains a figure.
pub(crate) fn explain(ask: &Ask<'_>) -> Result<Explained, Problem> {
    let mut explained = match ask.question.family {
        Family::Ladder | Family::Line => ladder::explain(ask)?,
        Family::Order => ladder::explain(&order::as_ladder(ask)?)?,
        Family::Ads => costs::ads(ask)?,
        Family::Operating => costs::operating(ask)?,
        Family::Campaign => campaign::explain(ask)?,
        Family::Blended => campaign::whole(ask)?,
        Family::Cohort => cohort::explain(ask)?,
        Family::Mrr => mrr::explain(ask)?,
    };
    explained.settle(ask.skip);
    Ok(explained)
}

/// A measure that does not exist.
pub(crate) fn unknown(question: &Question, known: &[&str]) -> Problem {
    let shown: String = question.measure.chars().take(60).collect();
    Problem::parameter(
        "figure",
        format!("figure `{shown}` is not known"),
        format!("write one of {}", known.join(", ")),
    )
}

/// The way that was asked for, or the first one.
pub(crate) fn way(ask: &Ask<'_>, ways: &[Way]) -> Result<Option<Way>, Problem> {
    match ask.by {
        None => Ok(ways.first().copied()),
        Some(way) if ways.contains(&way) => Ok(Some(way)),
        Some(way) => {
            let known: Vec<&str> = ways.iter().map(|way| way.name()).collect();
            Err(Problem::parameter(
                "by",
                format!("this figure has no parts by {}", way.name()),
                format!("write one of {}, or leave by out", known.join(", ")),
            ))
        }
    }
}
