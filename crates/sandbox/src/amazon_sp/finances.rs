//! Finances 2024-06-19: transactions by posting date, up to 500 a page with empty pages between, and balances.
use super::call::{Call, iso, numbers_of, token_of};
use super::error::SpError;
use super::ledger::{Entry, Part, What, id_of, parts, parts_back};
use super::market::Item;
use super::{LAG, MARKETPLACE, MARKETPLACE_NAME, Trade, seller_id};
use crate::AppState;
use crate::faults::Fault;
use crate::world::money::{Cents, decimal};
use crate::world::shop::Seconds;
use serde_json::{Map, Number, Value, json};

const PAGE: usize = 500;
const LONGEST: Seconds = 180 * 86_400;

/// `listTransactions`.
pub fn transactions(state: &AppState, trade: &Trade, call: &Call, now: Seconds) -> Result<Value, SpError> {
    call.only(&[
        "postedAfter",
        "postedBefore",
        "marketplaceId",
        "transactionStatus",
        "relatedIdentifierName",
        "relatedIdentifierValue",
        "nextToken",
    ])?;
    let related = match (call.param("relatedIdentifierName"), call.param("relatedIdentifierValue")) {
        (None, None) => None,
        (Some(name @ ("ORDER_ID" | "FINANCIAL_EVENT_GROUP_ID")), Some(value)) => Some((name, value)),
        _ => {
            let text = "relatedIdentifierName must be ORDER_ID or FINANCIAL_EVENT_GROUP_ID, with a value.";
            return Err(SpError::invalid(text));
        }
    };
    let after = match call.moment("postedAfter")? {
        Some(after) => after,
        None if related.is_some() => Seconds::MIN / 2,
        None => return Err(SpError::invalid("postedAfter is required without a related identifier.")),
    };
    let latest = now - LAG;
    let sent_before = call.moment("postedBefore")?;
    let mut before = sent_before.unwrap_or(latest);
    if after > latest || before > latest {
        return Err(SpError::invalid(
            "The date must be more than two minutes before the time of the request.",
        ));
    }
    if before <= after {
        return Err(SpError::invalid("PostedBefore must be later than PostedAfter."));
    }
    let statuses = ["DEFERRED", "RELEASED", "DEFERRED_RELEASED"];
    let asked = call.param("transactionStatus");
    if asked.is_some_and(|status| !statuses.contains(&status)) {
        return Err(SpError::invalid("transactionStatus must be DEFERRED, RELEASED or DEFERRED_RELEASED."));
    }
    let mut last = (Seconds::MIN, 0_u64);
    let mut page = 0;
    if let Some(token) = call.param("nextToken") {
        let bad = || SpError::invalid("The nextToken is invalid.");
        let [posted, n, bound, number] = numbers_of::<4>(token).ok_or_else(bad)?;
        (last, before, page) = ((posted, n.unsigned_abs()), bound, number);
    }
    // a span that is too long is answered with nothing, not with an error
    let too_long = related.is_none() && before - after > LONGEST;
    let mut found: Vec<&Entry> = (trade.entries.iter())
        .filter(|entry| {
            !too_long
                && (after..before).contains(&entry.posted)
                && entry.shown <= now
                && (entry.posted, entry.n) > last
                && asked.is_none_or(|status| status == status_of(entry, now))
                && call.param("marketplaceId").is_none_or(|id| id == MARKETPLACE)
                && related.is_none_or(|(name, value)| match name {
                    "ORDER_ID" => order_id(trade, entry).is_some_and(|id| id == value),
                    _ => group_id(state, entry) == value,
                })
        })
        .collect();
    let size = state.largest_page(PAGE);
    let has_more = found.len() > size;
    let empty = |fault: &Fault| matches!(fault, Fault::EmptyPage);
    // every third page comes empty, as the documents warn
    let is_hollow = !found.is_empty()
        && (page % 3 == 1 || state.faults.hit_if("amazon_sp.transactions", empty).is_some());
    found.truncate(if is_hollow { 0 } else { size });
    let shown: Vec<Value> = found.iter().map(|entry| transaction(state, trade, entry, now)).collect();
    let mut payload = Map::new();
    payload.insert("transactions".to_owned(), Value::Array(shown));
    if has_more || is_hollow {
        let (posted, n) = found.last().map_or(last, |entry| (entry.posted, entry.n));
        let token = token_of(&[posted, i64::try_from(n).unwrap_or(i64::MAX), before, page + 1]);
        payload.insert("nextToken".to_owned(), json!(token));
    }
    Ok(json!({ "payload": payload }))
}

/// `listBalances`: what is free, what is kept back, and both.
pub fn balances(state: &AppState, trade: &Trade, now: Seconds) -> Value {
    let (mut free, mut kept) = (0, 0);
    for entry in trade.entries.iter().filter(|entry| entry.shown <= now) {
        match status_of(entry, now) {
            "RELEASED" => free += entry.total,
            "DEFERRED" => kept += entry.total,
            _ => {}
        }
    }
    let balance = |kind: &str, amount: Cents| {
        json!({"partnerMetadata": {"sellingPartnerId": seller_id(&state.secrets), "accountType": "Standard Orders",
            "marketplaceId": MARKETPLACE}, "balanceType": kind, "amount": currency(amount)})
    };
    json!({"balances": [balance("AVAILABLE", free), balance("DEFERRED", kept), balance("TOTAL", free + kept)]})
}

fn status_of(entry: &Entry, now: Seconds) -> &'static str {
    match entry.deferred_until {
        None => "RELEASED",
        Some(until) if until > now => "DEFERRED",
        Some(_) => "DEFERRED_RELEASED",
    }
}

/// An amount as this API writes it: a JSON number. The digits are those of the exact decimal.
fn currency(pence: Cents) -> Value {
    let digits = decimal(pence).to_string();
    let number = digits.parse().ok().and_then(Number::from_f64);
    json!({"currencyCode": "GBP", "currencyAmount": number.map_or(json!(0), Value::Number)})
}

fn order_id<'a>(trade: &'a Trade, entry: &Entry) -> Option<&'a str> {
    match entry.what {
        What::Shipment(sale) | What::Release(sale) | What::Refund(sale) => {
            trade.sales.get(sale).map(|sale| sale.id.as_str())
        }
        _ => None,
    }
}

fn group_id(state: &AppState, entry: &Entry) -> String {
    format!("{:022x}", u128::from(crate::draw::mix(entry.group.unsigned_abs() ^ state.options.seed)) << 8)
}

/// Parts under their groups, as nested breakdowns.
fn nested(parts: &[Part]) -> Value {
    let mut groups: Vec<(&str, Cents, Vec<Value>)> = Vec::new();
    for (group, name, amount) in parts {
        let leaf = json!({"breakdownType": name, "breakdownAmount": currency(*amount), "breakdowns": null});
        match groups.iter_mut().find(|(known, _, _)| known == group) {
            Some(found) => {
                found.1 += amount;
                found.2.push(leaf);
            }
            None => groups.push((group, *amount, vec![leaf])),
        }
    }
    (groups.into_iter())
        .map(|(group, amount, leaves)| {
            json!({"breakdownType": group, "breakdownAmount": currency(amount), "breakdowns": leaves})
        })
        .collect()
}

fn transaction(state: &AppState, trade: &Trade, entry: &Entry, now: Seconds) -> Value {
    let mut related = vec![json!({"relatedIdentifierName": "FINANCIAL_EVENT_GROUP_ID",
        "relatedIdentifierValue": group_id(state, entry)})];
    let mut link = |name: &str, value: String| {
        related.push(json!({"relatedIdentifierName": name, "relatedIdentifierValue": value}));
    };
    let sale = match entry.what {
        What::Shipment(sale) | What::Release(sale) | What::Refund(sale) => trade.sales.get(sale),
        _ => None,
    };
    if let Some(sale) = sale {
        link("ORDER_ID", sale.id.clone());
    }
    // a release and what it released name each other; the money counts once, as released
    match entry.what {
        What::Release(_) => link("DEFERRED_TRANSACTION_ID", id_of(entry.n - 1, state.options.seed)),
        What::Shipment(_) if entry.deferred_until.is_some_and(|until| until <= now) => {
            link("RELEASE_TRANSACTION_ID", id_of(entry.n + 1, state.options.seed));
        }
        _ => {}
    }
    let (kind, description) = match entry.what {
        What::Shipment(_) | What::Release(_) => ("Shipment", "Order Payment"),
        What::Refund(_) => ("Refund", "Refund Order"),
        What::Subscription => ("ServiceFee", "Subscription"),
        What::Storage => ("ServiceFee", "FBA storage fee"),
        What::Transfer => ("Transfer", "Disbursement to bank account"),
    };
    let mut all: Vec<Part> = Vec::new();
    let mut items: Vec<Value> = Vec::new();
    if let Some(sale) = sale {
        let refunded = match entry.what {
            What::Refund(_) => sale.refund.map(|(_, which)| which),
            _ => None,
        };
        for (index, item) in sale.items.iter().enumerate() {
            if refunded.is_some_and(|which| which != index) {
                continue;
            }
            let own = if refunded.is_some() { parts_back(item) } else { parts(item, sale.fba) };
            items.push(line(item, &own, sale.fba));
            all.extend(own);
        }
    }
    match entry.what {
        What::Subscription => all.push(("AmazonFees", "Subscription", entry.total)),
        What::Storage => all.push(("AmazonFees", "FBAStorageFee", entry.total)),
        What::Transfer => {
            link("DISBURSEMENT_ID", format!("D{:012x}", crate::draw::mix(entry.n) >> 16));
            link("SETTLEMENT_ID", (20_000_000_000 + entry.group).to_string());
            all.push(("Disbursement", "Disbursement", entry.total));
        }
        _ => {}
    }
    let mut contexts = Vec::new();
    if let Some(until) = entry.deferred_until {
        contexts.push(json!({"contextType": "DeferredContext", "deferralReason": "DD7",
            "maturityDate": iso(until)}));
    }
    json!({
        "sellingPartnerMetadata": {"sellingPartnerId": seller_id(&state.secrets),
            "accountType": "Standard Orders", "marketplaceId": MARKETPLACE},
        "relatedIdentifiers": related,
        "transactionType": kind,
        "transactionId": entry.id,
        "transactionStatus": status_of(entry, now),
        "description": description,
        "postedDate": iso(entry.posted),
        "totalAmount": currency(entry.total),
        "marketplaceDetails": {"marketplaceId": MARKETPLACE, "marketplaceName": MARKETPLACE_NAME},
        "items": items,
        "contexts": contexts,
        "breakdowns": nested(&all),
    })
}

fn line(item: &Item, own: &[Part], fba: bool) -> Value {
    json!({
        "description": item.title,
        "relatedIdentifiers": [{"itemRelatedIdentifierName": "ORDER_ADJUSTMENT_ITEM_ID",
            "itemRelatedIdentifierValue": item.number.to_string()}],
        "totalAmount": currency(own.iter().map(|part| part.2).sum()),
        "breakdowns": nested(own),
        "contexts": [{"contextType": "ProductContext", "asin": item.asin, "sku": item.sku,
            "quantityShipped": item.quantity, "fulfillmentNetwork": if fba { "AFN" } else { "MFN" }}],
    })
}
