//! Whose word about visits counts. Several sources tell of the same visits, in words and at seconds of their own, so
//! an order takes its visits from one of them alone: nothing is counted twice.

use std::collections::BTreeMap;

use netgain_domain::facts::TouchFacts;
use serde::{Deserialize, Serialize};

/// The source that is asked first.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum VisitsFrom {
    /// The platform that keeps the order.
    #[default]
    Shop,
    /// A platform by its id.
    Platform(String),
}

/// The word for the platform that keeps the order.
const SHOP: &str = "shop";

impl From<String> for VisitsFrom {
    fn from(word: String) -> Self {
        if word == SHOP || word.is_empty() { Self::Shop } else { Self::Platform(word) }
    }
}

impl From<VisitsFrom> for String {
    fn from(from: VisitsFrom) -> Self {
        match from {
            VisitsFrom::Shop => SHOP.to_owned(),
            VisitsFrom::Platform(platform) => platform,
        }
    }
}

/// Leaves each order the visits of one source: of the one that is asked first if it tells any, then of the order's own
/// platform, then of the first by name.
#[must_use]
pub fn told_once(visits: Vec<TouchFacts>, from: &VisitsFrom) -> Vec<TouchFacts> {
    let rank = |visit: &TouchFacts| {
        let asked = matches!(from, VisitsFrom::Platform(platform) if *platform == visit.source);
        (!asked, !visit.is_own, visit.source.clone())
    };
    let mut best: BTreeMap<(String, String), (bool, bool, String)> = BTreeMap::new();
    for visit in &visits {
        let rank = rank(visit);
        let known =
            best.entry((visit.connection_id.clone(), visit.order_id.clone())).or_insert_with(|| rank.clone());
        if rank < *known {
            *known = rank;
        }
    }
    let counts = |visit: &TouchFacts| {
        let order = (visit.connection_id.clone(), visit.order_id.clone());
        best.get(&order).is_some_and(|best| *best == rank(visit))
    };
    visits.into_iter().filter(counts).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visit(order: &str, source: &str, id: &str) -> TouchFacts {
        TouchFacts {
            connection_id: "shop".into(),
            order_id: order.into(),
            source: source.into(),
            is_own: source == "shop",
            touch_id: id.into(),
            ..TouchFacts::default()
        }
    }

    #[test]
    fn an_order_takes_its_visits_from_one_source() {
        let visits = || {
            vec![
                visit("1", "shop", "s1"),
                visit("1", "pixel", "p1"),
                visit("1", "shop", "s2"),
                visit("2", "pixel", "p2"),
                visit("2", "other", "o2"),
            ]
        };
        let ids = |from: &VisitsFrom| {
            told_once(visits(), from).into_iter().map(|one| one.touch_id).collect::<Vec<_>>()
        };
        assert_eq!(ids(&VisitsFrom::Shop), ["s1", "s2", "o2"]);
        assert_eq!(ids(&VisitsFrom::Platform("pixel".into())), ["p1", "p2"]);
        assert_eq!(ids(&VisitsFrom::Platform("nobody".into())), ["s1", "s2", "o2"]);
    }
}
