//! Products, prices, subscriptions, invoices and their payments as the platform shows them at a moment.
use super::book::Book;
use super::club::{Period, Subscription};
use super::prices::{Taken, Tier, after};
use crate::world::shop::Seconds;
use serde_json::{Value, json};

/// A product.
pub fn product(book: &Book, place: usize) -> Value {
    let (id, name) = book.club.products()[place];
    json!({
        "id": id, "object": "product", "active": true, "created": book.club.opened, "default_price": null,
        "description": null, "images": [], "livemode": true, "marketing_features": [], "metadata": {},
        "name": name, "package_dimensions": null, "shippable": true, "statement_descriptor": null,
        "tax_code": null, "type": "good", "unit_label": null, "updated": book.club.opened, "url": null,
    })
}

/// A price; its tiers are shown only when they are asked for.
pub fn price(book: &Book, place: usize) -> Value {
    let price = &book.club.prices()[place];
    let tiered = !price.tiers.is_empty();
    json!({
        "id": price.id, "object": "price", "active": true,
        "billing_scheme": if tiered { "tiered" } else { "per_unit" },
        "created": book.club.opened, "currency": price.currency, "custom_unit_amount": null, "livemode": true,
        "lookup_key": null, "metadata": {}, "nickname": null, "product": price.product,
        "recurring": {"interval": price.interval, "interval_count": 1, "meter": null, "trial_period_days": null,
            "usage_type": "licensed"},
        "tax_behavior": "inclusive", "tiers_mode": tiered.then_some("graduated"), "transform_quantity": null,
        "type": "recurring", "unit_amount": (!tiered).then_some(price.amount),
        "unit_amount_decimal": (!tiered).then(|| price.amount.to_string()),
    })
}

/// The tiers of a price.
pub fn tiers(book: &Book, place: usize) -> Option<Value> {
    let tier = |tier: &Tier| {
        json!({"flat_amount": tier.flat, "flat_amount_decimal": tier.flat.map(|flat| flat.to_string()),
            "unit_amount": tier.unit, "unit_amount_decimal": tier.unit.to_string(), "up_to": tier.up_to})
    };
    let tiers = book.club.prices()[place].tiers;
    (!tiers.is_empty()).then(|| tiers.iter().map(tier).collect())
}

/// A coupon.
pub fn coupon(book: &Book, place: usize) -> Value {
    let coupon = &book.club.coupons()[place];
    json!({
        "id": coupon.id, "object": "coupon", "amount_off": coupon.amount, "created": book.club.opened,
        "currency": coupon.amount.map(|_| "gbp"), "duration": coupon.duration,
        "duration_in_months": coupon.months, "livemode": true, "max_redemptions": null, "metadata": {},
        "name": coupon.name, "percent_off": coupon.percent.map(|percent| percent as f64), "redeem_by": null,
        "times_redeemed": 0, "valid": true,
    })
}

/// A discount.
pub fn discount(book: &Book, id: &str) -> Option<Value> {
    let (subscription, taken) = book.club.discount(id)?;
    let item = taken.on_item.then(|| format!("si_{}", &subscription.id[4..]));
    Some(json!({
        "id": taken.id, "object": "discount", "checkout_session": null,
        "customer": book.customers[subscription.customer].id, "customer_account": null, "end": taken.end,
        "invoice": null, "invoice_item": null, "promotion_code": null,
        "source": {"coupon": book.club.coupons()[taken.coupon].id, "type": "coupon"}, "start": taken.start,
        "subscription": subscription.id, "subscription_item": item,
    }))
}

/// Whether and why a subscription is what it is at a moment.
pub fn status(book: &Book, subscription: &Subscription, at: Seconds) -> &'static str {
    if subscription.ended.is_some_and(|when| when <= at) {
        return "canceled";
    }
    if subscription.trial_end.is_some_and(|end| end > at) {
        return "trialing";
    }
    let owed = subscription.invoices.iter().map(|index| &book.club.invoices[*index]).any(|invoice| {
        invoice.failed.is_some_and(|when| when <= at) && invoice.paid.is_none_or(|when| when > at)
    });
    if owed { "past_due" } else { "active" }
}

/// The period that a moment lies in; while nothing is paid for, the trial.
fn period_at(subscription: &Subscription, at: Seconds) -> Period {
    let begun = subscription.periods.iter().rev().find(|period| period.start <= at);
    begun.copied().unwrap_or(Period {
        start: subscription.started,
        end: subscription.trial_end.unwrap_or(subscription.started),
        quantity: 1,
        late: None,
    })
}

/// A subscription.
pub fn subscription(book: &Book, place: usize, at: Seconds) -> Value {
    let subscription = &book.club.subscriptions[place];
    let period = period_at(subscription, at);
    let leaves = subscription.leaves_at.filter(|when| *when <= at);
    let ended = subscription.ended.filter(|when| *when <= at);
    let latest = subscription
        .invoices
        .iter()
        .rev()
        .map(|index| &book.club.invoices[*index])
        .find(|one| one.created <= at);
    let price_value = price(book, subscription.price);
    let terms = book.club.price_of(subscription);
    // one that is over is dropped when the next period begins
    let shown = |on_item: bool| -> Vec<&str> {
        let in_force =
            |taken: &&Taken| taken.on_item == on_item && taken.end.is_none_or(|end| end > period.start);
        subscription.discounts.iter().filter(in_force).map(|taken| taken.id.as_str()).collect()
    };
    let item = json!({
        "id": format!("si_{}", &subscription.id[4..]), "object": "subscription_item", "billing_thresholds": null,
        "created": subscription.started, "current_period_end": period.end, "current_period_start": period.start,
        "discounts": shown(true), "metadata": {}, "price": price_value, "quantity": period.quantity,
        "subscription": subscription.id, "tax_rates": [],
    });
    let value = json!({
        "id": subscription.id,
        "object": "subscription",
        "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null},
        "billing_cycle_anchor": subscription.trial_end.unwrap_or(subscription.started),
        "billing_mode": {"type": "flexible", "updated_at": null},
        "cancel_at": leaves.map(|_| period.end),
        "cancel_at_period_end": leaves.is_some() && ended.is_none(),
        "canceled_at": leaves,
        "cancellation_details": {"comment": null, "feedback": null,
            "reason": leaves.map(|_| "cancellation_requested")},
        "collection_method": "charge_automatically",
        "created": subscription.started,
        "currency": terms.currency,
        "customer": book.customers[subscription.customer].id,
        "default_tax_rates": [],
        "discounts": shown(false),
        "ended_at": ended,
        "invoice_settings": {"account_tax_ids": null, "issuer": {"type": "self"}},
        "items": {"object": "list", "data": [item], "has_more": false,
            "url": format!("/v1/subscription_items?subscription={}", subscription.id)},
        "latest_invoice": latest.map(|invoice| invoice.id.as_str()),
        "livemode": true,
        "metadata": {},
        "payment_settings": {"payment_method_options": null, "payment_method_types": null,
            "save_default_payment_method": "off"},
        "start_date": subscription.started,
        "status": status(book, subscription, at),
        "trial_end": subscription.trial_end,
        "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
        "trial_start": subscription.trial_end.map(|_| subscription.started),
    });
    with_nulls(
        value,
        &[
            "application",
            "application_fee_percent",
            "days_until_due",
            "default_payment_method",
            "default_source",
            "description",
            "next_pending_invoice_item_invoice",
            "on_behalf_of",
            "pause_collection",
            "pending_invoice_item_interval",
            "pending_setup_intent",
            "pending_update",
            "schedule",
            "test_clock",
            "transfer_data",
        ],
    )
}

/// An invoice.
pub fn invoice(book: &Book, place: usize, at: Seconds) -> Value {
    let invoice = &book.club.invoices[place];
    let subscription = &book.club.subscriptions[invoice.subscription];
    let terms = book.club.price_of(subscription);
    let buyer = &book.customers[subscription.customer];
    let paid = invoice.paid.filter(|when| *when <= at);
    let finalized = Some(invoice.finalized).filter(|when| *when <= at);
    let tried = invoice.failed.is_some_and(|when| when <= at) || paid.is_some();
    let taxes = if invoice.tax == 0 {
        json!([])
    } else {
        json!([{"amount": invoice.tax, "tax_behavior": "inclusive",
            "tax_rate_details": {"tax_rate": "txr_1SStandard20Percent001"}, "taxability_reason": "standard_rated",
            "taxable_amount": invoice.total - invoice.tax, "type": "tax_rate_details"}])
    };
    let mut value = json!({
        "id": invoice.id,
        "object": "invoice",
        "account_country": "GB",
        "account_name": "Demo brand",
        "amount_due": invoice.total,
        "amount_paid": if paid.is_some() { invoice.total } else { 0 },
        "amount_remaining": if paid.is_some() { 0 } else { invoice.total },
        "attempt_count": i32::from(tried) + i32::from(paid.is_some() && invoice.failed.is_some()),
        "attempted": tried,
        "auto_advance": paid.is_none(),
        "automatic_tax": {"disabled_reason": null, "enabled": false, "liability": null, "provider": null,
            "status": null},
        "billing_reason": if invoice.number == 1 { "subscription_create" } else { "subscription_cycle" },
        "collection_method": "charge_automatically",
        "created": invoice.created,
        "currency": terms.currency,
        "customer": buyer.id,
        "customer_email": buyer.email,
        "customer_name": buyer.name,
        "customer_tax_exempt": "none",
        "effective_at": finalized,
        "ending_balance": finalized.map(|_| 0),
        "issuer": {"type": "self"},
        "lines": lines(book, place),
        "livemode": true,
        "metadata": {},
        "next_payment_attempt": if paid.is_none() { json!(invoice.finalized + 3 * 86_400) } else { Value::Null },
        "number": finalized.map(|_| number(book, place)),
        "parent": {"quote_details": null,
            "subscription_details": {"metadata": {}, "subscription": subscription.id},
            "type": "subscription_details"},
        "payment_settings": {"default_mandate": null, "payment_method_options": null,
            "payment_method_types": null},
        "period_end": invoice.period.start,
        "period_start": invoice.period.start,
        "status": match (finalized, paid) {
            (_, Some(_)) => "paid",
            (Some(_), None) => "open",
            (None, None) => "draft",
        },
        "status_transitions": {"finalized_at": finalized, "marked_uncollectible_at": null, "paid_at": paid,
            "voided_at": null},
        "subtotal": invoice.subtotal,
        "subtotal_excluding_tax": invoice.subtotal - invoice.tax,
        "total": invoice.total,
        "total_excluding_tax": invoice.total - invoice.tax,
        "total_taxes": taxes,
        "webhooks_delivered_at": finalized,
    });
    for name in [
        "customer_tax_ids",
        "default_tax_rates",
        "discounts",
        "total_discount_amounts",
        "total_pretax_credit_amounts",
    ] {
        value[name] = json!([]);
    }
    for name in [
        "amount_overpaid",
        "amount_shipping",
        "post_payment_credit_notes_amount",
        "pre_payment_credit_notes_amount",
        "starting_balance",
    ] {
        value[name] = json!(0);
    }
    with_nulls(
        value,
        &[
            "account_tax_ids",
            "application",
            "customer_address",
            "customer_phone",
            "customer_shipping",
            "default_payment_method",
            "default_source",
            "description",
            "due_date",
            "footer",
            "from_invoice",
            "hosted_invoice_url",
            "invoice_pdf",
            "last_finalization_error",
            "latest_revision",
            "on_behalf_of",
            "receipt_number",
            "rendering",
            "shipping_cost",
            "shipping_details",
            "statement_descriptor",
            "test_clock",
        ],
    )
}

fn number(book: &Book, place: usize) -> String {
    let invoice = &book.club.invoices[place];
    let customer = &book.customers[book.club.subscriptions[invoice.subscription].customer];
    format!("{}-{:04}", customer.id[4..12].to_uppercase(), invoice.number)
}

/// The lines of an invoice.
pub fn lines(book: &Book, place: usize) -> Value {
    let invoice = &book.club.invoices[place];
    let subscription = &book.club.subscriptions[invoice.subscription];
    let terms = book.club.price_of(subscription);
    let line = json!({
        "id": format!("il_{}", &invoice.id[3..]), "object": "line_item", "amount": invoice.subtotal,
        "currency": terms.currency, "description": "Club", "discount_amounts": [], "discountable": true,
        "discounts": [], "invoice": invoice.id, "livemode": true, "metadata": {},
        "parent": {"invoice_item_details": null, "subscription_item_details": {"invoice_item": null,
            "proration": false, "proration_details": null, "subscription": subscription.id,
            "subscription_item": format!("si_{}", &subscription.id[4..])}, "type": "subscription_item_details"},
        "period": {"end": invoice.period.end, "start": invoice.period.start}, "pretax_credit_amounts": [],
        "pricing": {"price_details": {"price": terms.id, "product": terms.product}, "type": "price_details",
            "unit_amount_decimal": terms.tiers.is_empty().then(|| terms.amount.to_string())},
        "quantity": invoice.period.quantity, "subtotal": invoice.subtotal, "taxes": [],
    });
    json!({"object": "list", "data": [line], "has_more": false, "url": format!("/v1/invoices/{}/lines", invoice.id)})
}

/// The invoice to come, which has no id yet.
pub fn upcoming(book: &Book, subscription: usize, at: Seconds) -> Value {
    let subscription = &book.club.subscriptions[subscription];
    let (terms, period) = (book.club.price_of(subscription), period_at(subscription, at));
    let subtotal = terms.of(period.quantity);
    let total = after(subtotal, &subscription.discounts, period.end);
    json!({
        "object": "invoice", "amount_due": total, "amount_paid": 0, "amount_remaining": total,
        "billing_reason": "upcoming", "created": period.end, "currency": terms.currency,
        "customer": book.customers[subscription.customer].id, "livemode": true, "number": null, "status": "draft",
        "parent": {"quote_details": null,
            "subscription_details": {"metadata": {}, "subscription": subscription.id},
            "type": "subscription_details"},
        "subtotal": subtotal, "total": total, "total_taxes": [],
    })
}

/// What paid an invoice.
pub fn payment(book: &Book, place: usize) -> Value {
    let payment = &book.club.payments[place];
    let invoice = &book.club.invoices[payment.invoice];
    let terms = book.club.price_of(&book.club.subscriptions[invoice.subscription]);
    json!({
        "id": payment.id, "object": "invoice_payment", "amount_paid": invoice.total,
        "amount_requested": invoice.total, "created": payment.created, "currency": terms.currency,
        "invoice": invoice.id, "is_default": true, "livemode": true,
        "payment": {"charge": invoice.charge.map(|index| book.charges[index].id.as_str()), "type": "charge"},
        "status": "paid", "status_transitions": {"canceled_at": null, "paid_at": payment.created},
    })
}

/// Adds the fields that hold nothing here.
fn with_nulls(mut value: Value, names: &[&str]) -> Value {
    if let Some(map) = value.as_object_mut() {
        map.extend(names.iter().map(|name| ((*name).to_owned(), Value::Null)));
    }
    value
}
