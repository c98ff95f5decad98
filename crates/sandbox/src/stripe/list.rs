//! Listing newest first with `starting_after`, `ending_before`, `limit` and each resource's filters; one object by id.
use super::book::{Book, Kind};
use super::call::Call;
use super::error::StripeError;
use super::{events, expand, render, render_billing as billing};
use crate::world::shop::Seconds;
use serde_json::{Value, json};

const PAGE: [&str; 4] = ["limit", "starting_after", "ending_before", "expand"];

/// The filters of a resource beside paging.
fn filters(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Charge => &["created", "customer", "payment_intent", "transfer_group"],
        Kind::Refund => &["created", "charge", "payment_intent"],
        Kind::Txn => &["created", "currency", "payout", "source", "type"],
        Kind::Payout => &["created", "arrival_date", "destination", "status"],
        Kind::Customer => &["created", "email", "test_clock"],
        Kind::Subscription => &[
            "created",
            "customer",
            "price",
            "status",
            "collection_method",
            "current_period_start",
            "current_period_end",
        ],
        Kind::Invoice => &["created", "customer", "subscription", "status", "collection_method", "due_date"],
        Kind::InvoicePayment => &["created", "invoice", "payment", "status"],
        Kind::Dispute => &["created", "charge", "payment_intent"],
        Kind::Event => &["created", "type", "types", "delivery_success"],
        Kind::Product => &["created", "active", "ids", "shippable", "url", "type"],
        Kind::Price => &["created", "active", "currency", "lookup_keys", "product", "recurring", "type"],
        Kind::Coupon => &["created"],
    }
}

/// A page of a list.
pub fn list(book: &Book, call: &Call, kind: Kind, now: Seconds) -> Result<Value, StripeError> {
    let allowed: Vec<&str> = PAGE.iter().chain(filters(kind)).copied().collect();
    call.only(&allowed)?;
    let limit = match call.number("limit")? {
        None => 10,
        Some(limit @ 1..=100) => limit as usize,
        Some(limit) if limit > 100 => {
            let text = format!("Invalid integer: {limit}. This value must be less than or equal to 100.");
            return Err(StripeError::bad_param("limit", text));
        }
        Some(limit) => {
            let text = format!("Invalid integer: {limit}. This value must be greater than or equal to 1.");
            return Err(StripeError::bad_param("limit", text));
        }
    };
    let chosen = Filter::read(book, call, kind, now)?;
    let place = |name: &str| -> Result<Option<usize>, StripeError> {
        let Some(id) = call.param(name).filter(|id| !id.is_empty()) else { return Ok(None) };
        match book.find(id) {
            Some((found, place)) if found == kind => Ok(Some(place)),
            _ => Err(StripeError::bad_cursor(kind.noun(), id, name)),
        }
    };
    let (after, before) = (place("starting_after")?, place("ending_before")?);
    let mut shown: Vec<usize> = match (after, before) {
        (Some(_), Some(_)) => {
            let text = "You can only specify one of these parameters: starting_after, ending_before.";
            return Err(StripeError::bad_param("ending_before", text));
        }
        (_, Some(before)) => {
            (before + 1..book.count(kind)).filter(|place| chosen.takes(*place)).take(limit + 1).collect()
        }
        (after, None) => {
            let end = after.unwrap_or(book.count(kind));
            (0..end).rev().filter(|place| chosen.takes(*place)).take(limit + 1).collect()
        }
    };
    let has_more = shown.len() > limit;
    shown.truncate(limit);
    if before.is_some() {
        shown.reverse();
    }
    let data: Vec<Value> = shown.into_iter().map(|place| render::object(book, kind, place, now)).collect();
    let mut answer =
        json!({"object": "list", "data": data, "has_more": has_more, "url": format!("/v1/{}", kind.path())});
    expand::apply(book, call, &mut answer, now)?;
    Ok(answer)
}

/// One object.
pub fn retrieve(book: &Book, call: &Call, kind: Kind, id: &str, now: Seconds) -> Result<Value, StripeError> {
    call.only(&["expand"])?;
    let place = match book.find(id) {
        Some((found, place)) if found == kind => place,
        _ => return Err(StripeError::missing(kind.noun(), id)),
    };
    if kind == Kind::Customer && book.customers[place].deleted_at.is_some_and(|at| at <= now) {
        return Ok(json!({"id": id, "object": "customer", "deleted": true}));
    }
    let mut answer = render::object(book, kind, place, now);
    expand::apply(book, call, &mut answer, now)?;
    Ok(answer)
}

/// The lines of an invoice.
pub fn lines(book: &Book, call: &Call, id: &str, _now: Seconds) -> Result<Value, StripeError> {
    call.only(&PAGE)?;
    match book.find(id) {
        Some((Kind::Invoice, place)) => Ok(billing::lines(book, place)),
        _ => Err(StripeError::missing("invoice", id)),
    }
}

/// A range of seconds: `created=…`, `created[gte]=…`.
#[derive(Debug, Default)]
struct Range {
    exact: Option<i64>,
    bounds: Vec<(&'static str, i64)>,
}

impl Range {
    fn read(call: &Call, name: &str) -> Result<Range, StripeError> {
        let mut range = Range { exact: call.number(name)?, bounds: Vec::new() };
        for word in ["gt", "gte", "lt", "lte"] {
            if let Some(bound) = call.number(&format!("{name}[{word}]"))? {
                range.bounds.push((word, bound));
            }
        }
        let known = 1 + 4;
        let sent = call.params.iter().filter(|(sent, _)| sent.split('[').next() == Some(name)).count();
        if sent > known || sent > range.bounds.len() + usize::from(range.exact.is_some()) {
            let text = format!("Invalid {name}: use a timestamp, or gt, gte, lt and lte.");
            return Err(StripeError::bad_param(name, text));
        }
        Ok(range)
    }

    fn takes(&self, at: i64) -> bool {
        self.exact.is_none_or(|exact| at == exact)
            && self.bounds.iter().all(|(word, bound)| match *word {
                "gt" => at > *bound,
                "gte" => at >= *bound,
                "lt" => at < *bound,
                _ => at <= *bound,
            })
    }
}

/// What a list call asks for.
struct Filter<'a> {
    book: &'a Book,
    call: &'a Call,
    kind: Kind,
    now: Seconds,
    created: Range,
    arrival: Range,
    types: Vec<&'a str>,
    payout: Option<usize>,
}

impl<'a> Filter<'a> {
    fn read(book: &'a Book, call: &'a Call, kind: Kind, now: Seconds) -> Result<Filter<'a>, StripeError> {
        let types = if kind == Kind::Event { call.list("types") } else { Vec::new() };
        if !types.is_empty() && call.param("type").is_some() {
            return Err(StripeError::bad_param("types", "You may pass either type or types, not both."));
        }
        if types.len() > 20 {
            return Err(StripeError::bad_param("types", "You may pass at most 20 event types."));
        }
        let payout = match call.param("payout") {
            Some(id) => match book.find(id) {
                Some((Kind::Payout, place)) => Some(place),
                _ => return Err(StripeError::bad_cursor("payout", id, "payout")),
            },
            None => None,
        };
        if kind == Kind::Subscription
            && let Some(status) = call.param("status")
            && ![
                "active",
                "all",
                "canceled",
                "ended",
                "incomplete",
                "incomplete_expired",
                "past_due",
                "paused",
                "trialing",
                "unpaid",
            ]
            .contains(&status)
        {
            let text = format!(
                "Invalid status: must be one of active, past_due, unpaid, canceled, incomplete, \
                 incomplete_expired, trialing, paused, all, or ended (not {status})"
            );
            return Err(StripeError::bad_param("status", text));
        }
        let created = Range::read(call, "created")?;
        let arrival = Range::read(call, "arrival_date")?;
        Ok(Filter { book, call, kind, now, created, arrival, types, payout })
    }

    fn takes(&self, place: usize) -> bool {
        let (book, now) = (self.book, self.now);
        if !self.created.takes(book.entry(self.kind, place).1) {
            return false;
        }
        let is = |name: &str, value: &str| self.call.param(name).is_none_or(|asked| asked == value);
        let buyer = |customer: Option<usize>| {
            self.call
                .param("customer")
                .is_none_or(|asked| customer.is_some_and(|customer| book.customers[customer].id == asked))
        };
        match self.kind {
            Kind::Charge => buyer(book.charges[place].customer),
            Kind::Refund => is("charge", &book.charges[book.refunds[place].charge].id),
            Kind::Dispute => is("charge", &book.charges[book.disputes[place].charge].id),
            Kind::Txn => {
                if self.payout.is_some() && book.txns[place].payout != self.payout {
                    return false;
                }
                let asks_more = ["type", "source"].iter().any(|name| self.call.param(name).is_some());
                if !asks_more {
                    return is("currency", &book.home);
                }
                let shown = render::object(book, Kind::Txn, place, now);
                is("type", shown["type"].as_str().unwrap_or(""))
                    && is("source", shown["source"].as_str().unwrap_or(""))
                    && is("currency", &book.home)
            }
            Kind::Payout => {
                let payout = &book.payouts[place];
                let status = if payout.arrives + 6 * 3_600 <= now { "paid" } else { "in_transit" };
                self.arrival.takes(payout.arrives) && is("status", status)
            }
            Kind::Customer => {
                let customer = &book.customers[place];
                customer.deleted_at.is_none_or(|at| at > now) && is("email", &customer.email)
            }
            Kind::Subscription => {
                let subscription = &book.club.subscriptions[place];
                let status = billing::status(book, subscription, now);
                let wanted = match self.call.param("status") {
                    None => status != "canceled",
                    Some("all") => true,
                    Some("ended") => status == "canceled",
                    Some(asked) => asked == status,
                };
                wanted
                    && buyer(Some(subscription.customer))
                    && is("price", book.club.price_of(subscription).id)
            }
            Kind::Invoice => {
                let invoice = &book.club.invoices[place];
                let subscription = &book.club.subscriptions[invoice.subscription];
                let status = match (invoice.finalized <= now, invoice.paid.is_some_and(|at| at <= now)) {
                    (_, true) => "paid",
                    (true, false) => "open",
                    (false, false) => "draft",
                };
                is("status", status)
                    && buyer(Some(subscription.customer))
                    && is("subscription", &subscription.id)
            }
            Kind::InvoicePayment => {
                is("invoice", &book.club.invoices[book.club.payments[place].invoice].id)
                    && is("status", "paid")
            }
            Kind::Event => {
                let event = &book.events[place];
                let named = |asked: &str| match asked.strip_suffix(".*") {
                    Some(family) => event.name.strip_prefix(family).is_some_and(|rest| rest.starts_with('.')),
                    None => asked == "*" || asked == event.name,
                };
                event.created >= now - events::KEPT
                    && self.call.param("type").is_none_or(named)
                    && (self.types.is_empty() || self.types.iter().any(|asked| named(asked)))
            }
            Kind::Product => is("active", "true"),
            Kind::Coupon => true,
            Kind::Price => {
                let price = &book.club.prices()[place];
                is("active", "true") && is("currency", price.currency) && is("product", price.product)
            }
        }
    }
}
