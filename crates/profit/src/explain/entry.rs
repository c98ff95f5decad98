//! The amounts under a step, each with the row it comes from.

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{EventFacts, EventKind, OrderFacts, SettlementKind};
use serde::Serialize;

use super::{Posting, words};
use crate::posting::{Field, Origin};

/// How the arithmetic of a ledger entry is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    /// Its amount without tax.
    Net,
    /// The same, turned round: what is given back is negative in the ledger.
    Back,
    /// Its amount without tax and before the discount.
    BeforeDiscount,
    /// Not at all: the amount stands in the entry as it is.
    Silent,
}

impl Arithmetic {
    fn of_field(field: Field) -> Self {
        match field {
            Field::Discounts => Self::Silent,
            Field::Returns => Self::Back,
            Field::GrossSales => Self::BeforeDiscount,
            _ => Self::Net,
        }
    }
}

/// One amount of a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What it is for.
    pub label: String,
    /// The local day on which it counts.
    pub day: Date,
    /// The amount, in the sense of its step: a positive cost is a cost.
    pub amount: Decimal,
    /// Units, signed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<i64>,
    /// How it was worked out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// The row's `source_id`; the setting's name under table `settings`.
    pub source_id: String,
    /// The row's table.
    pub table: &'static str,
    /// The raw payload of the row; filled by whoever knows the archive.
    pub raw_ref: Option<String>,
}

/// The entries of a field, by day.
pub(super) fn of_field(field: Field, postings: &[Posting<'_>], facts: &OrderFacts) -> Vec<Entry> {
    let mut entries: Vec<_> = postings
        .iter()
        .filter(|posting| posting.field == field && (!posting.amount.is_zero() || field == Field::GrossSales))
        .map(|posting| {
            let Posting { day, amount, origin, .. } = *posting;
            of_origin(origin, day, amount, Arithmetic::of_field(field), facts)
        })
        .collect();
    entries.sort_by_key(|entry| entry.day);
    entries
}

/// A posting in words.
pub(super) fn of_origin(
    origin: Origin<'_>,
    day: Date,
    amount: Decimal,
    arithmetic: Arithmetic,
    facts: &OrderFacts,
) -> Entry {
    let title = |line_id: &str| {
        let line = facts.lines.iter().find(|line| line.line_id == line_id);
        line.map_or_else(|| format!("line {line_id}"), |line| line.title.clone())
    };
    let entry = |label, quantity, formula, source_id: &str, table| Entry {
        label,
        day,
        amount,
        quantity,
        formula,
        source_id: source_id.to_owned(),
        table,
        raw_ref: None,
    };
    match origin {
        Origin::Event(event) => {
            let label = match (&event.line_id, event.kind) {
                (Some(line_id), EventKind::Product) => title(line_id),
                (_, kind) => name(kind).to_owned(),
            };
            let formula = of_event(arithmetic, event);
            entry(label, event.quantity, formula, &event.event_id, "sale_events")
        }
        Origin::Sold { event, units, cost } => {
            let label = event.line_id.as_deref().map_or_else(|| "Goods".to_owned(), title);
            let formula = format!("{units} x {} ({})", cost.unit_cost, cost.kind.name());
            entry(label, Some(units), Some(formula), &event.event_id, "sale_events")
        }
        Origin::Estimated { line, line_id, ratio, base, units } => {
            let label = line.map_or_else(|| "Goods without a line".to_owned(), |line| line.title.clone());
            let formula = format!("{ratio} x {base} of the line so far (estimate)");
            entry(label, Some(units), Some(formula), line_id, "order_lines")
        }
        Origin::Restocked { refund, units, cost } => {
            let formula = format!("-{units} x {} ({})", cost.unit_cost, cost.kind.name());
            let label = format!("Back on the shelf: {}", title(&refund.line_id));
            entry(label, Some(-units), Some(formula), &refund.refund_line_id, "refund_lines")
        }
        Origin::RestockedShare { refund, units, of, estimate } => {
            let formula = format!("-{units} of {of} units of {estimate} (estimate)");
            let label = format!("Back on the shelf: {}", title(&refund.line_id));
            entry(label, Some(-units), Some(formula), &refund.refund_line_id, "refund_lines")
        }
        Origin::Fee(fee) => {
            let label = fee.gateway.clone().unwrap_or_else(|| "Payment fee".to_owned());
            entry(label, None, None, &fee.fee_id, "payment_fees")
        }
        Origin::Settled(settled) => {
            let formula = match settled.kind {
                SettlementKind::Dispute => format!("{} called back + {} fee", -settled.gross, settled.fee),
                _ => format!("fee of {}", settled.gross),
            };
            entry(
                settled.provider.clone(),
                None,
                Some(formula),
                &settled.settlement_id,
                "balance_transactions",
            )
        }
        Origin::Rule(rule) => {
            let label = rule.terms.name.clone().unwrap_or_else(|| words::rule(rule.kind).to_owned());
            entry(label, None, Some(words::terms(rule)), &rule.rule_id, "cost_rules")
        }
        // the order's own totals are on no step of the ladder
        Origin::Order => entry("Order".to_owned(), None, None, &facts.order_id, "orders"),
        Origin::Setting => entry("Label".to_owned(), None, None, "shipping.cost_per_order", "settings"),
    }
}

/// The arithmetic of a ledger entry: `126.00 - 21.00 tax + 5.00 discount`.
fn of_event(arithmetic: Arithmetic, event: &EventFacts) -> Option<String> {
    let (total, tax) = match arithmetic {
        Arithmetic::Silent => return None,
        Arithmetic::Back => (-event.total_amount, -event.tax_amount),
        Arithmetic::Net | Arithmetic::BeforeDiscount => (event.total_amount, event.tax_amount),
    };
    let mut formula = total.to_string();
    let mut term = |amount: Decimal, word: &str| {
        if !amount.is_zero() {
            let sign = if amount.is_sign_negative() { '-' } else { '+' };
            formula.push_str(&format!(" {sign} {} {word}", amount.abs()));
        }
    };
    term(-tax, "tax");
    if arithmetic == Arithmetic::BeforeDiscount {
        term(event.discount_amount, "discount");
    }
    Some(formula)
}

fn name(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Product => "Goods",
        EventKind::Shipping => "Shipping",
        EventKind::Tip => "Tip",
        EventKind::Duty => "Duty",
        EventKind::GiftCard => "Gift card",
        EventKind::Fee => "Fee",
        EventKind::AdditionalFee => "Additional fee",
        EventKind::Adjustment => "Adjustment",
        EventKind::Unknown => "Unknown",
    }
}
