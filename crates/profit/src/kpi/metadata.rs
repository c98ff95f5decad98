//! What is written beside a point's value, as a JSON object with its keys in order.

use std::collections::BTreeMap;

use jiff::civil::Date;
use netgain_domain::Decimal;
use serde_json::Value;

use super::catalogue::Unit;

/// What is known of a point beside its value.
#[derive(Debug, Clone, Default)]
pub(super) struct Metadata(BTreeMap<&'static str, Value>);

impl Metadata {
    pub(super) fn new(day: Date, unit: Unit) -> Self {
        Self(BTreeMap::from([("day", day.to_string().into()), ("unit", unit.name().into())]))
    }

    pub(super) fn set(&mut self, key: &'static str, value: impl Into<Value>) {
        self.0.insert(key, value.into());
    }

    pub(super) fn set_amount(&mut self, key: &'static str, amount: Decimal) {
        self.set(key, amount.normalize().to_string());
    }

    pub(super) fn json(&self) -> Option<String> {
        // texts and numbers always have a JSON form
        serde_json::to_string(&self.0).ok()
    }
}
