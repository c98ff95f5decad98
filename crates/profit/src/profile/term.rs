//! A line with its weight in a step, written `line`, `-line` or `line@basis`.

use netgain_domain::facts::{Basis, Line};
use serde::Deserialize;

/// A line in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Term {
    /// The line.
    pub line: Line,
    /// 1, or -1 where it lowers the step.
    pub weight: i32,
    /// The basis of its days where it is not the definition's.
    pub basis: Option<Basis>,
}

impl Term {
    /// The same line with the opposite weight.
    #[must_use]
    pub fn negated(self) -> Self {
        Self { weight: -self.weight, ..self }
    }
}

impl TryFrom<String> for Term {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (rest, weight) = text.strip_prefix('-').map_or((text.as_str(), 1), |rest| (rest, -1));
        let (name, basis) = rest.split_once('@').map_or((rest, None), |(name, basis)| (name, Some(basis)));
        let line = Line::from_name(name).ok_or_else(|| format!("there is no line `{name}`"))?;
        let basis = match basis {
            None => None,
            Some(word) => Some(Basis::from_name(word).ok_or_else(|| format!("there is no basis `{word}`"))?),
        };
        Ok(Self { line, weight, basis })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_says_line_weight_and_basis() {
        let term = |text: &str| Term::try_from(text.to_owned());
        assert_eq!(term("returns"), Ok(Term { line: Line::Returns, weight: 1, basis: None }));
        let back = Term { line: Line::CogsRestocked, weight: -1, basis: Some(Basis::OrderDay) };
        assert_eq!(term("-cogs_restocked@order_day"), Ok(back));
        assert!(term("sales").unwrap_err().contains("sales"));
        assert!(term("returns@payday").unwrap_err().contains("payday"));
    }
}
