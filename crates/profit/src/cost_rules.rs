//! The rules by which costs are reckoned that no platform states: sending, payment fees, picking and packing, what a
//! marketplace takes, returns, and what the shop costs day by day.

use std::cmp::Reverse;
use std::collections::HashSet;

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{CostRuleFact, CostRuleKind, RuleTerms};

mod check;
mod operating;
mod order;

pub use check::{CostBookError, check_cost, check_rule};
pub use operating::operating_days;
pub(crate) use order::post;

/// The rules that count, by what they reckon.
#[derive(Debug, Clone, Default)]
pub struct CostRules {
    shipping: Vec<CostRuleFact>,
    payment_fees: Vec<CostRuleFact>,
    handling: Vec<CostRuleFact>,
    marketplace_fees: Vec<CostRuleFact>,
    return_handling: Vec<CostRuleFact>,
    operating: Vec<CostRuleFact>,
}

/// What a rule is looked for with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'q> {
    pub(crate) day: Date,
    pub(crate) country: Option<&'q str>,
    pub(crate) channel: &'q str,
    pub(crate) gateway: Option<&'q str>,
    pub(crate) method: Option<&'q str>,
    /// None where the weight of a good is not known: then no rule that depends on it applies.
    pub(crate) grams: Option<Decimal>,
}

impl CostRules {
    /// The rules without those that others replace; the order of the rows does not matter.
    #[must_use]
    pub fn new(facts: impl IntoIterator<Item = CostRuleFact>) -> Self {
        let facts: Vec<CostRuleFact> = facts.into_iter().collect();
        let replaced: HashSet<String> = facts.iter().filter_map(|fact| fact.replaces.clone()).collect();
        let mut rules = Self::default();
        for fact in facts {
            if !fact.withdrawn && !replaced.contains(&fact.rule_id) {
                rules.of_kind_mut(fact.kind).push(fact);
            }
        }
        for kind in CostRuleKind::ALL {
            rules.of_kind_mut(*kind).sort_by_cached_key(|rule| {
                let id = rule.rule_id.clone();
                Reverse((criteria(&rule.terms), rule.valid_from, rule.recorded_at, id))
            });
        }
        rules
    }

    /// The rules of a kind that count, the one that wins first.
    #[must_use]
    pub fn of_kind(&self, kind: CostRuleKind) -> &[CostRuleFact] {
        match kind {
            CostRuleKind::Shipping => &self.shipping,
            CostRuleKind::PaymentFee => &self.payment_fees,
            CostRuleKind::Handling => &self.handling,
            CostRuleKind::MarketplaceFee => &self.marketplace_fees,
            CostRuleKind::ReturnHandling => &self.return_handling,
            CostRuleKind::Operating => &self.operating,
        }
    }

    fn of_kind_mut(&mut self, kind: CostRuleKind) -> &mut Vec<CostRuleFact> {
        match kind {
            CostRuleKind::Shipping => &mut self.shipping,
            CostRuleKind::PaymentFee => &mut self.payment_fees,
            CostRuleKind::Handling => &mut self.handling,
            CostRuleKind::MarketplaceFee => &mut self.marketplace_fees,
            CostRuleKind::ReturnHandling => &mut self.return_handling,
            CostRuleKind::Operating => &mut self.operating,
        }
    }

    /// The rule that applies: of those that hold and fit, the one that asks for most; of these the one that began
    /// last, then the one recorded last.
    pub(crate) fn find(&self, kind: CostRuleKind, asked: &Asked<'_>) -> Option<&CostRuleFact> {
        self.of_kind(kind).iter().find(|rule| holds(rule, asked.day) && fits(&rule.terms, asked))
    }
}

/// Whether a rule holds on a day.
pub(crate) fn holds(rule: &CostRuleFact, day: Date) -> bool {
    rule.valid_from.is_none_or(|from| from <= day) && rule.valid_to.is_none_or(|to| day <= to)
}

/// How much a rule asks for.
fn criteria(terms: &RuleTerms) -> usize {
    let all = [
        !terms.countries.is_empty(),
        terms.channel.is_some(),
        terms.gateway.is_some(),
        terms.method.is_some(),
        terms.min_grams.is_some(),
        terms.below_grams.is_some(),
    ];
    all.into_iter().filter(|asks| *asks).count()
}

fn fits(terms: &RuleTerms, asked: &Asked<'_>) -> bool {
    let same = |own: &Option<String>, asked: Option<&str>| {
        own.as_deref().is_none_or(|own| asked.is_some_and(|asked| own.eq_ignore_ascii_case(asked)))
    };
    let country = |asked: &str| terms.countries.iter().any(|own| own.eq_ignore_ascii_case(asked));
    let weighs = match asked.grams {
        Some(grams) => {
            terms.min_grams.is_none_or(|min| min <= grams) && terms.below_grams.is_none_or(|max| grams < max)
        }
        None => terms.min_grams.is_none() && terms.below_grams.is_none() && terms.per_kg.is_none(),
    };
    weighs
        && (terms.countries.is_empty() || asked.country.is_some_and(country))
        && same(&terms.channel, Some(asked.channel))
        && same(&terms.gateway, asked.gateway)
        && same(&terms.method, asked.method)
}
