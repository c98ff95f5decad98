//! The explanation of one order: the ladder's steps with the rule in words, and under each step the amounts of
//! which it is the sum, down to the rows they come from.

use jiff::civil::Date;
use netgain_domain::facts::{ExcludedReason, Flag, Ladder, Line, OrderFacts, OrderProfit};
use netgain_domain::{Currency, Decimal};
use serde::Serialize;

use crate::posting::{Days, Field, Origin, Sink, When};
use crate::{CostBook, Error, Notice, Settings, fx, order};

mod applied;
mod entry;
mod trace;
mod words;

pub use applied::AppliedSetting;
pub use entry::Entry;
pub use trace::{Trace, Traced, trace};

/// Why an order earned what it did.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// The result that is explained.
    #[serde(skip)]
    pub profit: OrderProfit,
    /// The reporting currency of all amounts.
    pub currency: Currency,
    /// The ladder from top to bottom.
    pub steps: Vec<Step>,
    /// The settings that made the figures what they are.
    pub settings: Vec<AppliedSetting>,
    /// What is not counted, estimated or unusual.
    pub notices: Vec<Notice>,
}

/// A step of the ladder.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// The ladder's field.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// The amount; with sign `-` a positive amount is subtracted.
    pub amount: Decimal,
    /// What the amount does to the ladder.
    pub sign: Sign,
    /// Whether it is a sum of entries or of the steps above.
    pub kind: StepKind,
    /// The rule in words.
    pub rule: &'static str,
    /// What the amount is the sum of; none under a subtotal.
    pub entries: Vec<Entry>,
}

/// What a step's amount does to the ladder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Sign {
    /// Added.
    #[serde(rename = "+")]
    Plus,
    /// Subtracted.
    #[serde(rename = "-")]
    Minus,
    /// The result so far.
    #[serde(rename = "=")]
    Equals,
}

/// Whether a step is a sum of entries or of the steps above.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepKind {
    /// A sum of entries.
    Line,
    /// A sum of the steps above.
    Subtotal,
}

/// Explains the economics of one order, by the same postings of which [`crate::compute_order`] is the sum.
///
/// # Errors
/// As [`crate::compute_order`].
pub fn explain(facts: &OrderFacts, costs: &CostBook, settings: &Settings) -> Result<Explanation, Error> {
    let days = Days::new(settings.revenue.refund_basis);
    let mut collected = Collected { days, postings: Vec::new() };
    let converted = fx::convert(facts, costs.rates(), settings);
    let outcome = order::run(&converted, costs, settings, &mut collected)?;
    let Collected { days, postings } = collected;
    let profit = order::result(facts, outcome, days);
    let steps = words::STEPS
        .iter()
        .map(|step| Step {
            key: step.key,
            label: step.label,
            amount: (step.amount)(&profit.total),
            sign: step.sign,
            kind: if step.field.is_some() { StepKind::Line } else { StepKind::Subtotal },
            rule: step.rule,
            entries: step.field.map_or_else(Vec::new, |field| entry::of_field(field, &postings, facts)),
        })
        .collect();
    Ok(Explanation {
        currency: settings.currency,
        steps,
        settings: applied::to(&profit, &facts.lines, settings),
        notices: notices(&profit),
        profit,
    })
}

/// Keeps every posting beside the sums.
struct Collected<'f> {
    days: Days,
    postings: Vec<Posting<'f>>,
}

/// One posting.
struct Posting<'f> {
    day: Date,
    field: Field,
    amount: Decimal,
    origin: Origin<'f>,
}

impl<'f> Sink<'f> for Collected<'f> {
    fn post(&mut self, when: When, line: Line, amount: Decimal, origin: Origin<'f>) {
        self.days.post(when, line, amount, origin);
        if let Some((day, field, amount)) = self.days.on_ladder(when, line, amount) {
            self.postings.push(Posting { day, field, amount, origin });
        }
    }

    fn counts(&mut self, counted: bool) {
        self.days.counts(counted);
    }

    fn keep(&mut self, posting: netgain_domain::facts::Posting) {
        self.days.keep(posting);
    }

    fn postings(&self) -> &[netgain_domain::facts::Posting] {
        self.days.postings()
    }
}

fn notices(profit: &OrderProfit) -> Vec<Notice> {
    let notice = |code, message: &str| Notice { code, message: message.to_owned() };
    let excluded = profit.excluded_reason.map(|reason| notice(reason.name(), words::excluded(reason)));
    let flags = profit.flags.iter().filter_map(|flag| Some(notice(flag.name(), words::flag(flag)?)));
    excluded.into_iter().chain(flags).collect()
}

/// How a step is made of a ladder.
struct StepWords {
    key: &'static str,
    label: &'static str,
    sign: Sign,
    field: Option<Field>,
    amount: fn(&Ladder) -> Decimal,
    rule: &'static str,
}
