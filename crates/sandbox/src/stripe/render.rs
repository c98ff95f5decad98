//! Charges, refunds, movements, payouts, customers and disputes as the platform shows them at a moment.
use super::book::{Book, Cause, Charge, Kind, Paid, Txn};
use super::render_billing as billing;
use crate::world::shop::Seconds;
use serde_json::{Value, json};

const NOT_COLLECTED: &str = "Your card was declined.";

/// An object as it was at `at`.
pub fn object(book: &Book, kind: Kind, place: usize, at: Seconds) -> Value {
    match kind {
        Kind::Charge => charge(book, place, at),
        Kind::Refund => refund(book, place),
        Kind::Txn => txn(book, place, at),
        Kind::Payout => payout(book, place, at),
        Kind::Customer => customer(book, place, at),
        Kind::Dispute => dispute(book, place, at),
        Kind::Event => event(book, place),
        Kind::Subscription => billing::subscription(book, place, at),
        Kind::Invoice => billing::invoice(book, place, at),
        Kind::InvoicePayment => billing::payment(book, place),
        Kind::Product => billing::product(book, place),
        Kind::Price => billing::price(book, place),
        Kind::Coupon => billing::coupon(book, place),
    }
}

/// What the account holds: the sum of all movements, split by whether they can be paid out.
pub fn balance(book: &Book, now: Seconds) -> Value {
    let (mut available, mut pending) = (0, 0);
    for txn in &book.txns {
        let net = txn.amount - txn.fee;
        if txn.available <= now || matches!(txn.cause, Cause::Payout(_)) {
            available += net;
        } else {
            pending += net;
        }
    }
    let home = if book.home.is_empty() { "gbp" } else { &book.home };
    let list = |amount: i64| json!([{"amount": amount, "currency": home, "source_types": {"card": amount}}]);
    json!({"object": "balance", "available": list(available), "livemode": true, "pending": list(pending)})
}

fn customer_id(book: &Book, customer: Option<usize>) -> Value {
    customer.map_or(Value::Null, |index| json!(book.customers[index].id))
}

fn txn_id(book: &Book, txn: Option<usize>) -> Value {
    txn.map_or(Value::Null, |index| json!(book.txns[index].id))
}

/// A visible property of the card that stays with the payer.
fn card(charge: &Charge) -> Value {
    let pick = charge.customer.map_or(charge.n, |customer| customer as u64);
    let (brand, last4) = match pick % 3 {
        0 => ("visa", "4242"),
        1 => ("mastercard", "4444"),
        _ => ("amex", "0005"),
    };
    json!({"card": {"brand": brand, "country": "GB", "exp_month": 8, "exp_year": 2030, "funding": "credit",
        "last4": last4, "network": brand}, "type": "card"})
}

fn charge(book: &Book, place: usize, at: Seconds) -> Value {
    let charge = &book.charges[place];
    let back: i64 = (charge.refunds.iter().map(|index| &book.refunds[*index]))
        .filter(|refund| refund.created <= at)
        .map(|refund| refund.amount)
        .sum();
    let captured = charge.captured.filter(|(when, _)| *when <= at);
    let (metadata, description) = match &charge.paid {
        Paid::Order(number, name) => {
            (json!({"order_id": number.to_string(), "order_name": name}), format!("Order {name}"))
        }
        Paid::Invoice(_) => (json!({}), "Subscription update".to_owned()),
    };
    let buyer = charge.customer.map(|index| &book.customers[index]);
    let disputed = charge.dispute.is_some_and(|index| book.disputes[index].created <= at);
    json!({
        "id": charge.id,
        "object": "charge",
        "amount": charge.amount,
        "amount_captured": captured.map_or(0, |(_, amount)| amount),
        "amount_refunded": back,
        "application": null,
        "application_fee": null,
        "application_fee_amount": null,
        "balance_transaction": if captured.is_some() { txn_id(book, charge.txn) } else { Value::Null },
        "billing_details": {
            "address": {"city": null, "country": buyer.map(|buyer| buyer.country), "line1": null, "line2": null,
                "postal_code": null, "state": null},
            "email": buyer.map(|buyer| buyer.email.as_str()),
            "name": buyer.map(|buyer| buyer.name.as_str()),
            "phone": null,
            "tax_id": null,
        },
        "calculated_statement_descriptor": "DEMO BRAND",
        "captured": captured.is_some(),
        "created": charge.created,
        "currency": charge.currency,
        "customer": customer_id(book, charge.customer),
        "description": description,
        "disputed": disputed,
        "failure_balance_transaction": null,
        "failure_code": if charge.failed { json!("card_declined") } else { Value::Null },
        "failure_message": if charge.failed { json!(NOT_COLLECTED) } else { Value::Null },
        "fraud_details": {},
        "livemode": true,
        "metadata": metadata,
        "on_behalf_of": null,
        "outcome": {"type": if charge.failed { "issuer_declined" } else { "authorized" },
            "network_status": if charge.failed { "declined_by_network" } else { "approved_by_network" },
            "risk_level": "normal", "seller_message": "Payment complete."},
        "paid": !charge.failed,
        "payment_intent": null,
        "payment_method": format!("pm_{}", &charge.id[3..]),
        "payment_method_details": card(charge),
        "receipt_email": null,
        "receipt_number": null,
        "receipt_url": null,
        "refunded": back > 0 && back >= charge.amount,
        "review": null,
        "shipping": null,
        "source_transfer": null,
        "statement_descriptor": null,
        "statement_descriptor_suffix": null,
        "status": if charge.failed { "failed" } else { "succeeded" },
        "transfer_data": null,
        "transfer_group": null,
    })
}

/// The refunds of a charge, which are only shown when asked for.
pub fn refunds_of(book: &Book, place: usize, at: Seconds) -> Value {
    let charge = &book.charges[place];
    let shown = charge.refunds.iter().rev().filter(|index| book.refunds[**index].created <= at);
    let data: Vec<Value> = shown.map(|index| refund(book, *index)).collect();
    json!({"object": "list", "data": data, "has_more": false, "url": format!("/v1/charges/{}/refunds", charge.id)})
}

fn refund(book: &Book, place: usize) -> Value {
    let refund = &book.refunds[place];
    let charge = &book.charges[refund.charge];
    let metadata = match &charge.paid {
        Paid::Order(number, name) => json!({"order_id": number.to_string(), "order_name": name}),
        Paid::Invoice(_) => json!({}),
    };
    json!({
        "id": refund.id,
        "object": "refund",
        "amount": refund.amount,
        "balance_transaction": txn_id(book, refund.txn),
        "charge": charge.id,
        "created": refund.created,
        "currency": charge.currency,
        "destination_details": {"card": {"reference_status": "available", "type": "refund"}, "type": "card"},
        "metadata": metadata,
        "payment_intent": null,
        "reason": "requested_by_customer",
        "receipt_number": null,
        "source_transfer_reversal": null,
        "status": "succeeded",
        "transfer_reversal": null,
    })
}

fn txn(book: &Book, place: usize, at: Seconds) -> Value {
    let txn = &book.txns[place];
    let (kind, category, source, description) = described(book, txn);
    let fees = match txn.cause {
        _ if txn.fee == 0 => json!([]),
        Cause::Dispute(_) => json!([{"amount": txn.fee, "application": null, "currency": book.home,
            "description": "Dispute fee", "type": "stripe_fee"}]),
        _ => json!([{"amount": txn.fee, "application": null, "currency": book.home,
            "description": "Stripe processing fees", "type": "stripe_fee"}]),
    };
    let foreign = match txn.cause {
        Cause::Charge(index) => book.charges[index].currency != book.home,
        Cause::Dispute(index) | Cause::Won(index) => {
            book.charges[book.disputes[index].charge].currency != book.home
        }
        _ => false,
    };
    json!({
        "id": txn.id,
        "object": "balance_transaction",
        "amount": txn.amount,
        "available_on": txn.available,
        "balance_type": "payments",
        "created": txn.created,
        "currency": book.home,
        "description": description,
        // what one smallest unit abroad (a yen) is worth in home units: 100 / 190
        "exchange_rate": if foreign { json!(0.526316) } else { Value::Null },
        "fee": txn.fee,
        "fee_details": fees,
        "net": txn.amount - txn.fee,
        "reporting_category": category,
        "source": source,
        "status": if txn.available <= at { "available" } else { "pending" },
        "type": kind,
    })
}

/// Type, reporting category, source and description of a movement.
fn described(book: &Book, txn: &Txn) -> (&'static str, &'static str, Value, Value) {
    match txn.cause {
        Cause::Charge(index) => {
            let words = match &book.charges[index].paid {
                Paid::Order(_, name) => format!("Order {name}"),
                Paid::Invoice(_) => "Subscription update".to_owned(),
            };
            ("charge", "charge", json!(book.charges[index].id), json!(words))
        }
        Cause::Refund(index) => {
            let words = match &book.charges[book.refunds[index].charge].paid {
                Paid::Order(_, name) => format!("REFUND FOR CHARGE (Order {name})"),
                Paid::Invoice(_) => "REFUND FOR CHARGE".to_owned(),
            };
            ("refund", "refund", json!(book.refunds[index].id), json!(words))
        }
        Cause::Dispute(index) => {
            let dispute = &book.disputes[index];
            let words = format!("Chargeback withdrawal for {}", book.charges[dispute.charge].id);
            ("adjustment", "dispute", json!(dispute.id), json!(words))
        }
        Cause::Won(index) => {
            let dispute = &book.disputes[index];
            let words = format!("Chargeback reversal for {}", book.charges[dispute.charge].id);
            ("adjustment", "dispute_reversal", json!(dispute.id), json!(words))
        }
        Cause::Screening => ("stripe_fee", "fee", Value::Null, json!("Radar for Fraud Teams")),
        Cause::Payout(index) => ("payout", "payout", json!(book.payouts[index].id), json!("STRIPE PAYOUT")),
    }
}

fn payout(book: &Book, place: usize, at: Seconds) -> Value {
    let payout = &book.payouts[place];
    let paid = payout.arrives + 6 * 3_600 <= at;
    json!({
        "id": payout.id,
        "object": "payout",
        "amount": payout.amount,
        "application_fee": null,
        "application_fee_amount": null,
        "arrival_date": payout.arrives,
        "automatic": true,
        "balance_transaction": book.txns[payout.txn].id,
        "created": payout.created,
        "currency": book.home,
        "description": "STRIPE PAYOUT",
        "destination": "ba_1SDemoBankAccount0001",
        "failure_balance_transaction": null,
        "failure_code": null,
        "failure_message": null,
        "livemode": true,
        "metadata": {},
        "method": "standard",
        "original_payout": null,
        "payout_method": null,
        "reconciliation_status": if paid { "completed" } else { "in_progress" },
        "reversed_by": null,
        "source_type": "card",
        "statement_descriptor": null,
        "status": if paid { "paid" } else { "in_transit" },
        "trace_id": {"status": if paid { "supported" } else { "pending" }, "value": null},
        "type": "bank_account",
    })
}

fn customer(book: &Book, place: usize, at: Seconds) -> Value {
    let customer = &book.customers[place];
    let phone = customer.phone_at.filter(|when| *when <= at);
    json!({
        "id": customer.id,
        "object": "customer",
        "address": {"city": null, "country": customer.country, "line1": null, "line2": null, "postal_code": null,
            "state": null},
        "balance": 0,
        "created": customer.created,
        "currency": book.home,
        "default_source": null,
        "delinquent": false,
        "description": null,
        "discount": null,
        "email": customer.email,
        "invoice_prefix": customer.id[4..12].to_uppercase(),
        "invoice_settings": {"custom_fields": null, "default_payment_method": null, "footer": null,
            "rendering_options": null},
        "livemode": true,
        "metadata": {},
        "name": customer.name,
        "next_invoice_sequence": 1,
        "phone": phone.map(|_| customer.phone.as_str()),
        "preferred_locales": [],
        "shipping": null,
        "tax_exempt": "none",
        "test_clock": null,
    })
}

fn dispute(book: &Book, place: usize, at: Seconds) -> Value {
    let dispute = &book.disputes[place];
    let charge = &book.charges[dispute.charge];
    let status = match dispute.decided {
        (when, true) if when <= at => "won",
        (when, false) if when <= at => "lost",
        _ if dispute.created + 5 * 86_400 <= at => "under_review",
        _ => "needs_response",
    };
    let moved: Vec<Value> = (dispute.txns.iter().filter(|index| book.txns[**index].created <= at))
        .map(|index| txn(book, *index, at))
        .collect();
    json!({
        "id": dispute.id,
        "object": "dispute",
        "amount": charge.amount,
        "balance_transactions": moved,
        "charge": charge.id,
        "created": dispute.created,
        "currency": charge.currency,
        "enhanced_eligibility_types": [],
        "evidence": {},
        "evidence_details": {"due_by": dispute.created + 14 * 86_400, "enhanced_eligibility": {},
            "has_evidence": status != "needs_response", "past_due": false,
            "submission_count": i32::from(status != "needs_response")},
        "is_charge_refundable": false,
        "livemode": true,
        "metadata": {},
        "payment_intent": null,
        "reason": "subscription_canceled",
        "status": status,
    })
}

fn event(book: &Book, place: usize) -> Value {
    let event = &book.events[place];
    let (kind, object) = event.object;
    let data = match event.name {
        "invoice.upcoming" => billing::upcoming(book, object, event.created),
        _ => self::object(book, kind, object, event.created),
    };
    let mut data = json!({ "object": data });
    if let Some(previous) = previous(event.name) {
        data["previous_attributes"] = previous;
    }
    json!({
        "id": event.id,
        "object": "event",
        "api_version": super::NEWEST,
        "created": event.created,
        "data": data,
        "livemode": true,
        "pending_webhooks": 0,
        "request": {"id": null, "idempotency_key": null},
        "type": event.name,
    })
}

/// What an update changed, as far as it is the same every time.
fn previous(name: &str) -> Option<Value> {
    match name {
        "customer.updated" => Some(json!({"phone": null})),
        "charge.captured" => {
            Some(json!({"captured": false, "amount_captured": 0, "balance_transaction": null}))
        }
        "payout.paid" => None,
        _ => None,
    }
}
