//! `expand[]`: ids replaced by the objects they name, at most four levels deep.
use super::book::{Book, Kind};
use super::call::Call;
use super::error::StripeError;
use super::{render, render_billing as billing};
use crate::world::shop::Seconds;
use serde_json::Value;

/// What can be expanded; other fields stay as they are.
const NAMES: [&str; 12] = [
    "balance_transaction",
    "charge",
    "coupon",
    "customer",
    "destination",
    "invoice",
    "latest_invoice",
    "product",
    "refunds",
    "source",
    "subscription",
    "lines",
];

/// Expands everything that the call asks for.
pub fn apply(book: &Book, call: &Call, answer: &mut Value, now: Seconds) -> Result<(), StripeError> {
    for path in call.list("expand") {
        let words: Vec<&str> = path.split('.').collect();
        if words.len() > 4 {
            return Err(StripeError::bad_param(
                "expand",
                "You cannot expand more than 4 levels of a property.",
            ));
        }
        walk(book, answer, &words, path, now)?;
    }
    Ok(())
}

fn walk(book: &Book, value: &mut Value, words: &[&str], path: &str, now: Seconds) -> Result<(), StripeError> {
    let Some((word, rest)) = words.split_first() else { return Ok(()) };
    let refuse = || StripeError::bad_param("expand", format!("This property cannot be expanded ({path})."));
    match value {
        Value::Array(elements) => {
            elements.iter_mut().try_for_each(|element| walk(book, element, words, path, now))
        }
        Value::Object(map) => {
            if *word == "refunds" && map.get("object").is_some_and(|object| object == "charge") {
                let place = map.get("id").and_then(Value::as_str).and_then(|id| book.find(id));
                if let Some((Kind::Charge, place)) = place {
                    map.insert("refunds".to_owned(), render::refunds_of(book, place, now));
                }
            }
            // tiers are no part of a price unless they are asked for, and a plain price has none
            if *word == "tiers" && map.get("object").is_some_and(|object| object == "price") {
                let place = map.get("id").and_then(Value::as_str).and_then(|id| book.find(id));
                if let Some((Kind::Price, place)) = place
                    && let Some(tiers) = billing::tiers(book, place)
                {
                    map.insert("tiers".to_owned(), tiers);
                }
                return Ok(());
            }
            let known =
                NAMES.contains(word) || matches!(map.get(*word), Some(Value::Object(_) | Value::Array(_)));
            let Some(field) = map.get_mut(*word).filter(|_| known) else { return Err(refuse()) };
            if let Value::String(id) = field {
                // a bank account has no listing here and stays an id
                if let Some((kind, place)) = book.find(id) {
                    *field = render::object(book, kind, place, now);
                }
            }
            if let ("discounts", Value::Array(list)) = (*word, &mut *field) {
                for one in list {
                    if let Some(discount) = one.as_str().and_then(|id| billing::discount(book, id)) {
                        *one = discount;
                    }
                }
            }
            walk(book, field, rest, path, now)
        }
        Value::Null => Ok(()),
        _ => Err(refuse()),
    }
}
