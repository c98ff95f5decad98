//! Faults over all faces: rules by named point, switched on by file or at run time.
//!
//! Wire faults (a status, a reset, a slow answer …) are acted out by [`layer`] and need no code in a
//! face. Job faults (a bulk job that fails, a report run that is stuck …) are asked for by the face with
//! [`Faults::hit`].
mod body;
pub mod calls;
mod credentials;
mod dialect;
pub mod layer;
mod rule;

pub use rule::{Fault, Rule};

use crate::Error;
use serde::Serialize;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A rule with what it has seen and done so far.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Active {
    /// The rule as it was given.
    pub rule: Rule,
    /// Hits at the rule's points.
    pub seen: u64,
    /// Hits on which the fault was acted out.
    pub fired: u64,
}

/// The set of faults that are switched on.
#[derive(Debug, Default)]
pub struct Faults {
    active: Mutex<Vec<Active>>,
}

impl Faults {
    /// Reads rules from a YAML or JSON file: a list of rules, or an object with `rules`.
    pub fn load(path: &Path) -> Result<Vec<Rule>, Error> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| Error::Read { path: path.display().to_string(), source })?;
        let value = serde_norway::from_str(&text).map_err(|error| Error::Faults(error.to_string()))?;
        rule::parse(value)
    }

    /// Reads one rule, a list of rules, or an object with `rules`.
    pub fn parse(value: serde_json::Value) -> Result<Vec<Rule>, Error> {
        rule::parse(value)
    }

    /// Switches further rules on.
    pub fn add(&self, rules: Vec<Rule>) {
        self.lock().extend(rules.into_iter().map(|rule| Active { rule, seen: 0, fired: 0 }));
    }

    /// Switches all rules off.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// The rules with their counters.
    pub fn list(&self) -> Vec<Active> {
        self.lock().clone()
    }

    /// Counts a hit of a job at `point` and returns the job fault to act out.
    pub fn hit(&self, point: &str) -> Option<Fault> {
        self.hit_if(point, |fault| !fault.is_wire())
    }

    /// Counts a request at `point` and returns the wire fault to act out.
    fn hit_wire(&self, point: &str) -> Option<Fault> {
        self.hit_if(point, Fault::is_wire)
    }

    /// Like [`Faults::hit`] for some kinds of fault only: rules of other kinds neither count nor act.
    /// Every matching rule counts the hit; the first that is due acts.
    pub fn hit_if(&self, point: &str, accepts: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut chosen = None;
        for active in self.lock().iter_mut() {
            if !accepts(&active.rule.fault) || !active.rule.matches(point) {
                continue;
            }
            active.seen += 1;
            if chosen.is_none() && active.rule.is_due(active.seen, active.fired) {
                active.fired += 1;
                chosen = Some(active.rule.fault.clone());
            }
        }
        chosen
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Active>> {
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(yaml: &str) -> Faults {
        let faults = Faults::default();
        faults.add(rule::parse(serde_norway::from_str(yaml).unwrap()).unwrap());
        faults
    }

    fn pattern(faults: &Faults, point: &str, hits: usize) -> String {
        (0..hits).map(|_| if faults.hit_wire(point).is_some() { 'x' } else { '.' }).collect()
    }

    #[test]
    fn when_a_rule_is_due() {
        let slow = "fault: {kind: slow, ms: 1}";
        for (when, expected) in [
            ("every: 3,", "..x..x.."),
            ("first: 2,", "xx......"),
            ("after: 2, first: 1,", "..x....."),
            ("every: 2, times: 2,", ".x.x...."),
            ("", "xxxxxxxx"),
        ] {
            let faults = faults(&format!("- {{point: meta.*, {when} {slow}}}"));
            assert_eq!(pattern(&faults, "meta.ads", 8), expected, "{when}");
        }
    }

    #[test]
    fn probability_is_the_same_for_the_same_seed() {
        let rule = "- {point: meta.ads, probability: 0.5, seed: 7, fault: {kind: slow, ms: 1}}";
        let first = pattern(&faults(rule), "meta.ads", 64);
        assert_eq!(first, pattern(&faults(rule), "meta.ads", 64));
        let fired = first.matches('x').count();
        assert!((16..48).contains(&fired), "{first}");
    }

    #[test]
    fn points_and_families_do_not_mix() {
        let faults = faults("- {point: shopify.bulk, fault: {kind: bulk_fail}}");
        assert_eq!(faults.hit("shopify.graphql"), None);
        assert_eq!(faults.hit_wire("shopify.bulk"), None);
        assert_eq!(faults.hit("shopify.bulk"), Some(Fault::BulkFail));
        assert_eq!(faults.list()[0].fired, 1);
    }
}
