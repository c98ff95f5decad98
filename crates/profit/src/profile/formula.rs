//! What a step of a definition is made of: the step above and what came since, or base lines.

use netgain_domain::facts::{Basis, Line, LineWeight, OrderSelection, Weighing};

use super::{Counted, Orders, Reading, StepSign};

/// A part of a step's formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FormulaTerm {
    /// What it is.
    pub what: FormulaPart,
    /// Its name for people.
    pub label: &'static str,
    /// 1, or -1 where it lowers the step.
    pub weight: i32,
}

/// What a part of a formula is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormulaPart {
    /// Another step of the definition, by its key.
    Step(&'static str),
    /// A base line by the days of a basis.
    Line(Line, Basis),
}

impl Reading {
    /// What a step is made of; none if the definition has no such step.
    #[must_use]
    pub fn formula(&self, key: &str) -> Option<Vec<FormulaTerm>> {
        let steps = &self.profile.steps;
        let at = steps.iter().position(|step| step.key == key)?;
        let (step, above) = (steps.get(at)?, steps.get(..at)?);
        if step.sign != StepSign::Equals {
            let lines = step.lines.iter().map(|term| {
                let own = term.basis.filter(|_| self.asked.is_none());
                FormulaTerm {
                    what: FormulaPart::Line(term.line, own.unwrap_or(self.basis())),
                    label: label(term.line),
                    weight: term.weight,
                }
            });
            return Some(lines.collect());
        }
        // the result so far is that of the last such step and of those after it
        let begin = above.iter().rposition(|step| step.sign == StepSign::Equals).unwrap_or(0);
        let terms = above.iter().skip(begin).filter_map(|step| {
            let weight = match step.sign {
                StepSign::Plus | StepSign::Equals => 1,
                StepSign::Minus => -1,
                StepSign::Sum => return None,
            };
            Some(FormulaTerm { what: FormulaPart::Step(&step.key), label: &step.label, weight })
        });
        Some(terms.collect())
    }

    /// A step as weights of base lines; none if the definition has no such step.
    #[must_use]
    pub fn weighing(&self, key: &str) -> Option<Weighing> {
        self.profile.step(key)?;
        let weights = self.weights(key);
        let mut found = Vec::new();
        for line in Line::ALL {
            for basis in Basis::ALL {
                let weight = weights.of(*line, *basis);
                if weight != 0 {
                    found.push(LineWeight { line: *line, basis: *basis, weight });
                }
            }
        }
        Some(Weighing::Lines(found))
    }

    /// Which orders the definition counts.
    #[must_use]
    pub fn selection(&self) -> OrderSelection {
        match &self.profile.orders {
            Orders::BySettings(Counted::Counted) => OrderSelection::Counted,
            Orders::Classes(classes) => OrderSelection::Classes(classes.clone()),
        }
    }
}

/// A base line by the days of a basis, as weights.
#[must_use]
pub fn line_weighing(line: Line, basis: Basis) -> Weighing {
    Weighing::Lines(by_basis(line, basis).to_vec())
}

fn by_basis(line: Line, basis: Basis) -> [LineWeight; 2] {
    // postings whose day is the same for everybody stand apart from those of each basis
    [Basis::All, basis].map(|basis| LineWeight { line, basis, weight: 1 })
}

/// Of a figure, what of the cost of goods in it is a rule for missing costs, and what that part would be if such goods
/// cost all that they were sold for: `(estimated, at most)`, each with the cost's weight in the figure. None for a
/// figure without cost of goods.
#[must_use]
pub fn estimated(figure: &Weighing) -> Option<(Weighing, Weighing)> {
    let Weighing::Lines(weights) = figure else { return None };
    let costs = weights.iter().filter(|one| one.line == Line::CogsSold);
    let of = |line| Weighing::Lines(costs.clone().map(|one| LineWeight { line, ..*one }).collect());
    costs.clone().next()?;
    Some((of(Line::CogsEstimated), of(Line::CogsEstimatedMax)))
}

/// The name of a base line for people.
#[must_use]
pub fn label(line: Line) -> &'static str {
    match line {
        Line::GrossSales => "Goods at their price before discounts",
        Line::Discounts => "Discounts",
        Line::Returns => "Goods that came back",
        Line::LeftOutGrossSales => "Goods that are left out for want of a cost",
        Line::LeftOutDiscounts => "Discounts on goods that are left out",
        Line::LeftOutReturns => "Returns of goods that are left out",
        Line::ShippingCharged => "Shipping charged",
        Line::ShippingRefunded => "Shipping refunded",
        Line::AdditionalFees => "Fees charged with the sale",
        Line::ReturnFees => "Fees kept on returns",
        Line::Adjustments => "Adjustments of refunds",
        Line::Tips => "Tips",
        Line::TipsRefunded => "Tips refunded",
        Line::Duties => "Import duties charged",
        Line::DutiesRefunded => "Import duties refunded",
        Line::GiftCardSales => "Gift cards sold",
        Line::GiftCardsRefunded => "Gift cards refunded",
        Line::TaxesCollected => "Tax collected",
        Line::TaxesRefunded => "Tax refunded",
        Line::IncludedTaxes => "Tax inside displayed prices",
        Line::IncludedTaxesRefunded => "Tax inside displayed prices of returned goods",
        Line::DiscountTaxes => "Tax inside discounts on displayed prices",
        Line::CogsSold => "Cost of the goods sold",
        Line::CogsRestocked => "Cost of the goods back on the shelf",
        Line::CogsEstimated => "Estimated part of the cost of goods",
        Line::CogsEstimatedMax => "The estimated part if it were all the goods were sold for",
        Line::CoveredNetSales => "Net sales of goods with a recorded cost",
        Line::ProductNetSales => "Net sales of goods that cost something",
        Line::ShippingCosts => "Shipping costs",
        Line::Handling => "Picking and packing",
        Line::PaymentFees => "Payment fees",
        Line::MarketplaceFees => "Marketplace fees",
        Line::ReturnHandling => "Return handling",
        Line::Chargebacks => "Chargebacks",
        Line::AdSpend => "Ad spend",
        Line::MessagingCosts => "Messaging",
        Line::AffiliateCosts => "Affiliates, agencies and other marketing",
        Line::OperatingCosts => "Operating costs",
        Line::TotalPriceRest => "What order totals differ from what was sold",
        Line::TotalTaxRest => "What order taxes differ from the tax collected",
        Line::NaiveCogs => "Cost of goods by the naive formula",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::{self, StepSign};

    #[test]
    fn a_formula_weighs_what_its_step_does() {
        for profile in profile::all() {
            let reading = Reading::new(profile, Basis::ReturnDay, None);
            for step in &profile.steps {
                let terms = reading.formula(&step.key).unwrap();
                assert!(!terms.is_empty(), "{} {}", profile.id, step.key);
                let mut sum = [[0; 4]; netgain_domain::facts::LINES];
                for term in &terms {
                    let weighing = match term.what {
                        FormulaPart::Step(key) => reading.weighing(key).unwrap(),
                        FormulaPart::Line(line, basis) => line_weighing(line, basis),
                    };
                    let Weighing::Lines(weights) = weighing else { panic!("lines") };
                    for one in weights {
                        sum[one.line as usize][one.basis as usize] += one.weight * term.weight;
                    }
                }
                let Some(Weighing::Lines(whole)) = reading.weighing(&step.key) else { panic!("lines") };
                for one in whole {
                    sum[one.line as usize][one.basis as usize] -= one.weight;
                }
                assert_eq!(sum, [[0; 4]; netgain_domain::facts::LINES], "{} {}", profile.id, step.key);
                assert_eq!(
                    step.sign == StepSign::Equals,
                    matches!(terms[0].what, FormulaPart::Step(_)),
                    "{}",
                    step.key
                );
            }
        }
    }

    #[test]
    fn only_cost_of_goods_is_estimated() {
        let reading = Reading::new(profile::find("netgain").unwrap(), Basis::ReturnDay, None);
        assert_eq!(estimated(&reading.weighing("net_sales").unwrap()), None);
        let (part, _) = estimated(&reading.weighing("net_profit").unwrap()).unwrap();
        let Weighing::Lines(weights) = part else { panic!("lines") };
        assert!(weights.iter().all(|one| one.weight == -1 && one.line == Line::CogsEstimated));
    }
}
