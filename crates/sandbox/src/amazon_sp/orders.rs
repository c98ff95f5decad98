//! Orders 2026-01-01: search with its two clocks, one order by id, data included on demand.
use super::call::{Call, iso, numbers_of, token_of};
use super::error::SpError;
use super::market::{Item, Sale};
use super::{LAG, MARKETPLACE, MARKETPLACE_NAME, Trade};
use crate::AppState;
use crate::faults::Fault;
use crate::world::money::{Cents, decimal, scale};
use crate::world::shop::Seconds;
use serde_json::{Map, Value, json};

const DATA: [&str; 11] = [
    "BUYER",
    "RECIPIENT",
    "PROCEEDS",
    "EXPENSE",
    "PROMOTION",
    "CANCELLATION",
    "FULFILLMENT",
    "PACKAGES",
    "TAX",
    "PAYMENT",
    "FULFILLMENT_ORDERS",
];
const STATUSES: [&str; 7] = [
    "PENDING_AVAILABILITY",
    "PENDING",
    "UNSHIPPED",
    "PARTIALLY_SHIPPED",
    "SHIPPED",
    "CANCELLED",
    "UNFULFILLABLE",
];
/// Seconds a pagination token lives.
const TOKEN_LIFE: Seconds = 86_400;

/// Which of the two clocks a search follows, and its bounds, both included.
struct Span {
    by_update: bool,
    after: Seconds,
    before: Seconds,
}

/// `searchOrders`.
pub fn search(state: &AppState, trade: &Trade, call: &Call, now: Seconds) -> Result<Value, SpError> {
    call.only(&[
        "createdAfter",
        "createdBefore",
        "lastUpdatedAfter",
        "lastUpdatedBefore",
        "fulfillmentStatuses",
        "marketplaceIds",
        "fulfilledBy",
        "maxResultsPerPage",
        "paginationToken",
        "includedData",
    ])?;
    let included = included(call)?;
    let mut span = span(call, now)?;
    let size = match call.param("maxResultsPerPage").map(str::parse::<usize>) {
        None => 100,
        Some(Ok(size @ 1..=100)) => state.largest_page(size),
        _ => return Err(SpError::invalid("maxResultsPerPage must be between 1 and 100.")),
    };
    let marketplaces = call.list("marketplaceIds");
    if marketplaces.len() > 50 {
        return Err(SpError::invalid("marketplaceIds must not have more than 50 values."));
    }
    let statuses = call.list("fulfillmentStatuses");
    if let Some(wrong) = statuses.iter().find(|status| !STATUSES.contains(status)) {
        return Err(SpError::invalid(format!("fulfillmentStatuses: {wrong} is not a status.")));
    }
    let by = call.list("fulfilledBy");
    // where the page before ended: its last key, and the upper bound of the first page
    let mut after_key = (Seconds::MIN, 0_u64);
    if let Some(token) = call.param("paginationToken") {
        let bad = || SpError::invalid("The paginationToken is invalid or has expired.");
        let [key, n, before, issued] = numbers_of::<4>(token).ok_or_else(bad)?;
        if issued + TOKEN_LIFE < now {
            return Err(bad());
        }
        after_key = (key, n.unsigned_abs());
        span.before = before;
    }
    let key = |sale: &Sale| (if span.by_update { sale.updated(now) } else { sale.placed }, sale.n);
    let mut found: Vec<&Sale> = (trade.sales.iter())
        .filter(|sale| {
            let at = key(sale).0;
            (span.after..=span.before).contains(&at)
                && (marketplaces.is_empty() || marketplaces.contains(&MARKETPLACE))
                && (statuses.is_empty() || statuses.contains(&sale.status(now)))
                && (by.is_empty() || by.contains(&if sale.fba { "AMAZON" } else { "MERCHANT" }))
                && key(sale) > after_key
        })
        .collect();
    found.sort_by_key(|sale| key(sale));
    let has_more = found.len() > size;
    found.truncate(size);
    let empty = |fault: &Fault| matches!(fault, Fault::EmptyPage);
    let mut answer = Map::new();
    let is_hollow = !found.is_empty() && state.faults.hit_if("amazon_sp.orders", empty).is_some();
    let shown: Vec<Value> =
        if is_hollow { Vec::new() } else { found.iter().map(|sale| order(sale, &included, now)).collect() };
    answer.insert("orders".to_owned(), Value::Array(shown));
    if has_more || is_hollow {
        let (at, n) = if is_hollow { after_key } else { found.last().map_or(after_key, |sale| key(sale)) };
        let token = token_of(&[at, i64::try_from(n).unwrap_or(i64::MAX), span.before, now]);
        answer.insert("pagination".to_owned(), json!({ "nextToken": token }));
    }
    let name = if span.by_update { "lastUpdatedBefore" } else { "createdBefore" };
    answer.insert(name.to_owned(), json!(iso(span.before)));
    Ok(Value::Object(answer))
}

fn span(call: &Call, now: Seconds) -> Result<Span, SpError> {
    let created = call.moment("createdAfter")?;
    let updated = call.moment("lastUpdatedAfter")?;
    let (by_update, after, other, own) = match (created, updated) {
        (Some(after), None) => (false, after, "lastUpdatedBefore", "createdBefore"),
        (None, Some(after)) => (true, after, "createdBefore", "lastUpdatedBefore"),
        _ => {
            return Err(SpError::invalid(
                "Exactly one of createdAfter and lastUpdatedAfter must be provided.",
            ));
        }
    };
    if call.param(other).is_some() {
        return Err(SpError::invalid(format!("{other} must not be provided with this search.")));
    }
    let latest = now - LAG;
    let before = call.moment(own)?.unwrap_or(latest);
    if before > latest {
        let text = format!("{own} must be at least two minutes before the time of the request.");
        return Err(SpError::invalid(text));
    }
    if call.param(own).is_some() && before < after {
        return Err(SpError::invalid(format!("{own} must be equal to or after the lower bound.")));
    }
    Ok(Span { by_update, after, before })
}

fn included(call: &Call) -> Result<Vec<&str>, SpError> {
    let included = call.list("includedData");
    match included.iter().find(|word| !DATA.contains(word)) {
        Some(wrong) => Err(SpError::invalid(format!("includedData: {wrong} is not a dataset."))),
        None => Ok(included),
    }
}

/// `getOrder`.
pub fn get(trade: &Trade, call: &Call, id: &str, now: Seconds) -> Result<Value, SpError> {
    call.only(&["includedData"])?;
    let included = included(call)?;
    let found = trade.sales.iter().find(|sale| sale.id == id);
    let sale = found.ok_or_else(|| SpError::not_found(&format!("order {id}")))?;
    Ok(json!({ "order": order(sale, &included, now) }))
}

/// An amount as the API writes it.
pub fn money(pence: Cents) -> Value {
    json!({"amount": decimal(pence).to_string(), "currencyCode": "GBP"})
}

/// Goods, shipping and discounts without tax, and the tax: they add up to what the buyer pays.
fn proceeds(item: &Item) -> [(&'static str, Cents); 4] {
    let without = |amount: Cents| amount - scale(amount, 200, 1_200);
    let (shipping, discount) = (without(item.shipping), without(item.discount));
    let goods = item.total() - item.tax() - shipping + discount;
    [("ITEM", goods), ("SHIPPING", shipping), ("DISCOUNT", -discount), ("TAX", item.tax())]
}

fn breakdowns(parts: &[(&'static str, Cents)]) -> Value {
    let shown = parts.iter().filter(|(name, amount)| *amount != 0 || *name == "ITEM");
    shown.map(|(name, amount)| json!({"type": name, "subtotal": money(*amount)})).collect()
}

fn order(sale: &Sale, included: &[&str], now: Seconds) -> Value {
    let has = |word: &str| included.contains(&word);
    // what is not paid for yet has no amounts
    let known = now >= sale.authorised;
    let status = sale.status(now);
    let mut order = json!({
        "orderId": sale.id,
        "createdTime": iso(sale.placed),
        "lastUpdatedTime": iso(sale.updated(now)),
        "programs": if sale.fba { json!(["PRIME"]) } else { json!([]) },
        "salesChannel": {"channelName": "AMAZON", "marketplaceId": MARKETPLACE, "marketplaceName": MARKETPLACE_NAME},
        "orderItems": sale.items.iter().map(|item| line(sale, item, included, now)).collect::<Value>(),
    });
    if has("BUYER") {
        order["buyer"] = json!({"buyerEmail": format!("{:012x}@marketplace.amazon.co.uk", crate::draw::mix(sale.n) >> 16)});
    }
    if has("RECIPIENT") {
        order["recipient"] = json!({"deliveryAddress": {"city": sale.city, "countryCode": "GB"}});
    }
    if has("PROCEEDS") && known {
        let mut sums: Vec<(&'static str, Cents)> = Vec::new();
        for (name, amount) in sale.items.iter().flat_map(proceeds) {
            match sums.iter_mut().find(|(known, _)| *known == name) {
                Some(sum) => sum.1 += amount,
                None => sums.push((name, amount)),
            }
        }
        order["proceeds"] = json!({"grandTotal": money(sale.total()), "breakdowns": breakdowns(&sums)});
    }
    if has("FULFILLMENT") {
        order["fulfillment"] = json!({
            "fulfillmentStatus": status,
            "fulfilledBy": if sale.fba { "AMAZON" } else { "MERCHANT" },
            "fulfillmentServiceLevel": if sale.fba { "NEXT_DAY" } else { "STANDARD" },
        });
    }
    if has("PACKAGES") {
        let gone: Vec<&Item> = sale.items.iter().filter(|item| item.shipped_at <= now).collect();
        if !gone.is_empty() && status != "CANCELLED" {
            let content: Vec<Value> = (gone.iter())
                .map(|item| json!({"orderItemId": item.number.to_string(), "quantity": item.quantity}))
                .collect();
            order["packages"] = json!([{"packageReferenceId": "1", "packageStatus": {"status": "SHIPPED"},
                "shipTime": iso(gone[0].shipped_at), "packageItems": content}]);
        }
    }
    order
}

fn line(sale: &Sale, item: &Item, included: &[&str], now: Seconds) -> Value {
    let has = |word: &str| included.contains(&word);
    let known = now >= sale.authorised;
    let mut product = json!({
        "asin": item.asin, "title": item.title, "sellerSku": item.sku, "condition": {"conditionType": "NEW"},
    });
    if known {
        product["price"] = json!({ "unitPrice": money(item.unit_price) });
    }
    let mut line =
        json!({"orderItemId": item.number.to_string(), "quantityOrdered": item.quantity, "product": product});
    if has("PROCEEDS") && known {
        line["proceeds"] =
            json!({"proceedsTotal": money(item.total()), "breakdowns": breakdowns(&proceeds(item))});
    }
    if has("PROMOTION") && item.discount > 0 {
        line["promotion"] = json!({"breakdowns": [{"promotionId": "Save10"}]});
    }
    if has("CANCELLATION")
        && let Some(at) = sale.cancelled
        && at <= now
    {
        line["cancellation"] =
            json!({"cancellationExecution": {"cancelledBy": "BUYER", "cancelReason": "OTHER"}});
    }
    if has("FULFILLMENT") {
        let gone = if item.shipped_at <= now && sale.cancelled.is_none() { item.quantity } else { 0 };
        line["fulfillment"] = json!({"quantityFulfilled": gone, "quantityUnfulfilled": item.quantity - gone});
    }
    line
}
