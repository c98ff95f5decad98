//! Definitions of profit as data: which base lines a product or a formula adds up, of which orders, on which days.
//!
//! The definitions are in `profiles.yaml`. Every figure is a sum of lines with signs, so any two definitions differ
//! by a sum of lines too: see [`crate::bridge`].

use std::sync::LazyLock;

use netgain_domain::facts::{Basis, LINES, Line, OrderClass};
use serde::Deserialize;

mod cells;
mod formula;
mod statement;
mod term;

pub use cells::{Cells, ladder_of};
pub use formula::{FormulaPart, FormulaTerm, estimated, label, line_weighing};
pub use netgain_domain::facts::Cell;
pub use statement::{Statement, StatementStep};
pub(crate) use statement::{times, weigh};
pub use term::Term;

/// The definition of every figure that does not name another one.
pub const DEFAULT: &str = "netgain";

/// The default definition told with tax, for `revenue.tax_mode: gross_with_tax_line`.
pub const WITH_TAX: &str = "netgain_with_tax";

static PROFILES: LazyLock<Result<Vec<Profile>, String>> = LazyLock::new(|| {
    serde_norway::from_str(include_str!("../profiles.yaml")).map_err(|error| error.to_string())
});

/// A definition of profit.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Its name in requests and settings.
    pub id: String,
    /// Its name for people.
    pub label: String,
    /// The formula in words, as its owner states it.
    pub source: String,
    /// What the source leaves open and how it is read here.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Which orders it counts.
    pub orders: Orders,
    /// The day of what is given back.
    pub basis: OwnBasis,
    /// Key of the step that ratios are taken of.
    pub revenue: String,
    /// Key of the step that it ends in.
    pub result: String,
    /// Its steps from top to bottom.
    pub steps: Vec<Step>,
}

/// Which orders a definition counts. Costs of days that belong to no order always count.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Orders {
    /// Those that the workspace's settings count.
    BySettings(Counted),
    /// All of these kinds.
    Classes(Vec<OrderClass>),
}

/// The word for [`Orders::BySettings`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// Those that the workspace's settings count.
    Counted,
}

/// The basis that a definition comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnBasis {
    /// The workspace's choice.
    Settings,
    /// The day it came back.
    ReturnDay,
    /// The order's day.
    OrderDay,
    /// The day the money went back.
    CashDay,
}

/// A step of a definition.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Its name in answers.
    pub key: String,
    /// Its name for people.
    pub label: String,
    /// What it does to the result so far.
    pub sign: StepSign,
    /// The lines that it is the sum of.
    #[serde(default)]
    pub lines: Vec<Term>,
}

/// What a step does to the result so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub enum StepSign {
    /// Its lines are added.
    #[serde(rename = "+")]
    Plus,
    /// Its lines are subtracted.
    #[serde(rename = "-")]
    Minus,
    /// The result so far.
    #[serde(rename = "=")]
    Equals,
    /// A sum told aside.
    #[serde(rename = "sum")]
    Sum,
}

impl StepSign {
    /// The sign as it is written.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Equals => "=",
            Self::Sum => "sum",
        }
    }
}

/// Every definition, the default one first.
#[must_use]
pub fn all() -> &'static [Profile] {
    // the file is part of the program and read by a test
    PROFILES.as_deref().unwrap_or_default()
}

/// The definition of that name.
#[must_use]
pub fn find(id: &str) -> Option<&'static Profile> {
    all().iter().find(|profile| profile.id == id)
}

impl Profile {
    /// Whether it counts the orders of a cell.
    #[must_use]
    pub fn selects(&self, class: OrderClass, counted: bool) -> bool {
        class == OrderClass::None
            || match &self.orders {
                Orders::BySettings(Counted::Counted) => counted,
                Orders::Classes(classes) => classes.contains(&class),
            }
    }

    /// The step of that key.
    #[must_use]
    pub fn step(&self, key: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.key == key)
    }

    /// The lines that a step is the sum of, each with its weight: a result so far is that of the steps above it.
    pub(crate) fn terms(&self, key: &str) -> Vec<Term> {
        let mut so_far = Vec::new();
        for step in &self.steps {
            let own = step.lines.iter().copied();
            let found = step.key == key;
            match step.sign {
                StepSign::Plus => so_far.extend(own.clone()),
                StepSign::Minus => so_far.extend(own.clone().map(Term::negated)),
                StepSign::Equals if found => return so_far,
                StepSign::Equals | StepSign::Sum => {}
            }
            if found {
                return own.collect();
            }
        }
        Vec::new()
    }
}

/// A definition as it is read: by which days.
#[derive(Debug, Clone, Copy)]
pub struct Reading {
    /// The definition.
    pub profile: &'static Profile,
    asked: Option<Basis>,
    by_default: Basis,
}

impl Reading {
    /// A definition with the settings' basis, or with one that was asked for instead of its own.
    #[must_use]
    pub fn new(profile: &'static Profile, settings: Basis, asked: Option<Basis>) -> Self {
        let by_default = match profile.basis {
            OwnBasis::Settings => settings,
            OwnBasis::ReturnDay => Basis::ReturnDay,
            OwnBasis::OrderDay => Basis::OrderDay,
            OwnBasis::CashDay => Basis::CashDay,
        };
        Self { profile, asked, by_default }
    }

    /// The basis of lines that have none of their own.
    #[must_use]
    pub fn basis(&self) -> Basis {
        self.asked.unwrap_or(self.by_default)
    }

    /// The weights of a step's lines, by basis.
    pub(crate) fn weights(&self, key: &str) -> Weights {
        let mut weights = Weights([[0; BASES]; LINES]);
        for term in self.profile.terms(key) {
            let own = term.basis.filter(|_| self.asked.is_none());
            let by_basis = &mut weights.0[term.line as usize];
            by_basis[Basis::All as usize] += term.weight;
            by_basis[own.unwrap_or(self.basis()) as usize] += term.weight;
        }
        weights
    }
}

const BASES: usize = Basis::ALL.len();

/// The weight of each line in a figure, under each basis.
#[derive(Debug, Clone)]
pub(crate) struct Weights([[i32; BASES]; LINES]);

impl Weights {
    /// The weight of a line's postings under a basis.
    pub(crate) fn of(&self, line: Line, basis: Basis) -> i32 {
        self.0[line as usize][basis as usize]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_definition_can_be_read() {
        assert_eq!(PROFILES.as_ref().err(), None);
        let ids: Vec<_> = all().iter().map(|profile| profile.id.as_str()).collect();
        assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        assert_eq!(ids[0], DEFAULT);
        assert!(find(WITH_TAX).is_some() && find("of_nobody").is_none());
        for profile in all() {
            let keys: HashSet<_> = profile.steps.iter().map(|step| &step.key).collect();
            assert_eq!(keys.len(), profile.steps.len(), "{} has a key twice", profile.id);
            assert!(profile.step(&profile.revenue).is_some(), "{}", profile.id);
            let last = profile.steps.last().unwrap();
            assert_eq!((last.sign, &last.key), (StepSign::Equals, &profile.result), "{}", profile.id);
            for step in &profile.steps {
                assert_eq!(step.lines.is_empty(), step.sign == StepSign::Equals, "{}", step.key);
            }
        }
    }
}
