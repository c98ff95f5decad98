//! Figures that are worked out from rows at hand: each a sum of parts, a sum of other figures, or a ratio of two.

use std::collections::BTreeMap;

use netgain_domain::Decimal;
use netgain_domain::jiff::civil::Date;
use netgain_profit::question::Question;

use super::{Ask, Explained, Part, Parts, Role, Term, Trust, Unit, Way, unknown, way};
use crate::api::figures::Notice;
use crate::problem::Problem;

/// What a figure is made of.
pub(super) enum Made {
    /// Parts of one kind, down to rows or to figures of other families.
    Of(Way, Vec<Part>),
    /// Other figures of the family, each with its weight.
    Terms(Vec<(i32, &'static str)>),
    /// One figure of the family divided by another.
    Ratio(&'static str, &'static str),
}

/// A figure with what it is made of.
pub(super) struct Told {
    pub(super) label: String,
    pub(super) unit: Unit,
    /// Given where it is no plain sum or quotient of its parts.
    pub(super) value: Option<Option<Decimal>>,
    pub(super) formula: String,
    pub(super) made: Made,
}

impl Told {
    pub(super) fn sum(label: &str, unit: Unit, formula: &str, way: Way, parts: Vec<Part>) -> Self {
        let made = Made::Of(way, parts);
        Self { label: label.to_owned(), unit, value: None, formula: formula.to_owned(), made }
    }

    pub(super) fn terms(label: &str, unit: Unit, formula: &str, terms: &[(i32, &'static str)]) -> Self {
        let made = Made::Terms(terms.to_vec());
        Self { label: label.to_owned(), unit, value: None, formula: formula.to_owned(), made }
    }

    pub(super) fn ratio(
        label: &str,
        value: Option<Decimal>,
        formula: &str,
        over: &'static str,
        under: &'static str,
    ) -> Self {
        Self {
            label: label.to_owned(),
            unit: Unit::Ratio,
            value: Some(value),
            formula: formula.to_owned(),
            made: Made::Ratio(over, under),
        }
    }
}

/// What is the same for all figures of a family.
pub(super) struct Frame<'a> {
    pub(super) ask: &'a Ask<'a>,
    /// The question as it is always written.
    pub(super) question: Question,
    pub(super) days: Option<(Date, Date)>,
    pub(super) choices: BTreeMap<&'static str, String>,
    pub(super) trust: Trust,
    pub(super) notices: Vec<Notice>,
    /// Every measure of the family.
    pub(super) known: &'static [&'static str],
}

impl Frame<'_> {
    /// Explains the question's measure.
    pub(super) fn explain(self, tell: &dyn Fn(&str) -> Option<Told>) -> Result<Explained, Problem> {
        let told = tell(&self.question.measure).ok_or_else(|| unknown(&self.question, self.known))?;
        let value = value_of(&told, tell);
        let child = |measure: &str| self.question.about(self.question.family, measure);
        let below = |measure: &'static str| {
            let told = tell(measure)?;
            let value = value_of(&told, tell);
            let mut part = Part::new(told.label, value.unwrap_or_default(), told.unit).figure(child(measure));
            part.value = value;
            Some(part)
        };
        let mut terms = Vec::new();
        let (ways, parts) = match told.made {
            Made::Of(way, parts) => (vec![way], Parts::of(parts, self.ask)),
            Made::Terms(all) => {
                let parts: Vec<Part> =
                    all.iter().filter_map(|(weight, name)| Some(below(name)?.weight(*weight))).collect();
                terms = parts
                    .iter()
                    .filter_map(|part| {
                        let sign = if part.weight < 0 { "-" } else { "+" };
                        Some(Term { sign, label: part.label.clone(), figure: part.figure.clone()? })
                    })
                    .collect();
                (vec![Way::Steps], Parts::of(parts, self.ask))
            }
            Made::Ratio(over, under) => {
                let side = |name, role| {
                    below(name).map(|mut part| {
                        part.role = role;
                        part
                    })
                };
                let page: Vec<Part> =
                    [side(over, Role::Over), side(under, Role::Under)].into_iter().flatten().collect();
                let count = page.len() as u64;
                (vec![Way::Sides], Parts { page, count, whole: Decimal::ZERO })
            }
        };
        let by = way(self.ask, &ways)?;
        Ok(Explained {
            question: self.question,
            label: told.label,
            unit: told.unit,
            value,
            formula: told.formula,
            terms,
            reading: None,
            days: self.days,
            order: None,
            by,
            ways,
            parts,
            trust: self.trust,
            notices: self.notices,
            choices: self.choices,
        })
    }
}

/// A figure's value: as it is given, or as its parts come to.
fn value_of(told: &Told, tell: &dyn Fn(&str) -> Option<Told>) -> Option<Decimal> {
    if let Some(value) = told.value {
        return value;
    }
    match &told.made {
        Made::Of(_, parts) => Some(parts.iter().map(Part::amount).sum()),
        Made::Terms(terms) => terms
            .iter()
            .map(|(weight, name)| Some(Decimal::from(*weight) * value_of(&tell(name)?, tell)?))
            .sum(),
        Made::Ratio(..) => None,
    }
}
