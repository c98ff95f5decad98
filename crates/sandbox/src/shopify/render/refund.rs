//! Refunds and payments of an order.
use super::{BITS, View};
use crate::shopify::compile::Pick;
use crate::shopify::field::Field;
use crate::shopify::out::Out;
use crate::world::money::Cents;
use crate::world::shop::{
    Amounts, Gateway, Order, Payment, PaymentKind, Refund, Restock, ReturnedLine, Seconds,
};

/// Refunds are numbered apart from other things of the order.
pub const REFUND_OFFSET: u64 = 500;

/// The platform's name of a gateway and the one people read.
pub fn gateway_names(gateway: Gateway) -> (&'static str, &'static str) {
    match gateway {
        Gateway::ShopifyPayments => ("shopify_payments", "Shopify Payments"),
        Gateway::Paypal => ("paypal", "PayPal"),
        Gateway::GiftCard => ("gift_card", "Gift Card"),
        Gateway::Cash => ("cash", "Cash"),
        Gateway::Manual => ("manual", "Manual"),
        Gateway::Bogus => ("bogus", "(For Testing) Bogus Gateway"),
    }
}

/// The part of an amount that displayed prices show.
fn displayed(order: &Order, amounts: Amounts) -> Cents {
    if order.taxes_included { amounts.total } else { amounts.net() }
}

/// The makers of cards, one for each payer.
const CARDS: [&str; 3] = ["Visa", "Mastercard", "American Express"];

impl View<'_> {
    /// Writes the refund that happened as the order's `place`-th happening.
    pub fn refund(
        &self,
        out: &mut Out,
        picks: &[Pick],
        order: &Order,
        at: Seconds,
        refund: &Refund,
        place: usize,
    ) {
        let id = order.id + REFUND_OFFSET + place as u64;
        self.object(out, picks, u64::MAX, "Refund", |out, pick| match pick.field {
            Field::Id => out.gid("Refund", id),
            Field::LegacyResourceId => out.quoted_int(id),
            Field::CreatedAt | Field::ProcessedAt | Field::UpdatedAt => out.moment(at),
            Field::Note => out.text_or_null(refund.note),
            Field::TotalRefundedSet => self.bag(out, &pick.picks, refund.paid_back(), order),
            Field::RefundLineItems => self.connection(out, pick, refund.lines.len(), |out, picks, index| {
                self.refund_line(out, picks, order, refund, place, index);
            }),
            Field::RefundShippingLines => {
                let count = usize::from(refund.shipping != Amounts::default());
                self.connection(out, pick, count, |out, picks, _| {
                    self.refund_shipping(out, picks, order, refund, id)
                });
            }
            Field::OrderAdjustments => {
                let count = usize::from(refund.adjustment != 0);
                self.connection(out, pick, count, |out, picks, _| {
                    self.adjustment(out, picks, order, refund, id)
                });
            }
            Field::Transactions => {
                let of_refund: Vec<usize> = self.payments_at(order, at);
                self.connection(out, pick, of_refund.len(), |out, picks, index| {
                    self.payment(out, picks, order, of_refund[index]);
                });
            }
            _ => out.null(),
        });
    }

    fn payments_at(&self, order: &Order, at: Seconds) -> Vec<usize> {
        let same = |payment: &Payment| payment.at == at && payment.kind == PaymentKind::Refund;
        (0..order.payments.len()).filter(|index| same(&order.payments[*index])).collect()
    }

    /// Writes a returned line.
    pub fn refund_line(
        &self,
        out: &mut Out,
        picks: &[Pick],
        order: &Order,
        refund: &Refund,
        place: usize,
        index: usize,
    ) {
        let ReturnedLine { line, quantity, restock, amounts } = &refund.lines[index];
        let line = usize::from(*line);
        self.object(out, picks, u64::MAX, "RefundLineItem", |out, pick| match pick.field {
            Field::Id => out.gid("RefundLineItem", order.id + (place * 32 + index) as u64),
            Field::LineItem => self.line(out, &pick.picks, order, line),
            Field::Quantity => out.int(i64::from(*quantity)),
            Field::RestockType => out.text(match restock {
                Restock::Cancel => "CANCEL",
                Restock::Return => "RETURN",
                Restock::None => "NO_RESTOCK",
            }),
            Field::Restocked => out.bool(*restock != Restock::None),
            Field::PriceSet => self.bag(out, &pick.picks, order.lines[line].unit_price, order),
            Field::SubtotalSet => self.bag(out, &pick.picks, displayed(order, *amounts), order),
            Field::TotalTaxSet => self.bag(out, &pick.picks, amounts.tax, order),
            _ => out.null(),
        });
    }

    fn refund_shipping(&self, out: &mut Out, picks: &[Pick], order: &Order, refund: &Refund, id: u64) {
        self.object(out, picks, u64::MAX, "RefundShippingLine", |out, pick| {
            match (pick.field, &order.shipping) {
                (Field::Id, _) => out.gid("RefundShippingLine", id),
                (Field::ShippingLine, Some(shipping)) => self.shipping(out, &pick.picks, order, shipping),
                (Field::SubtotalAmountSet, _) => {
                    self.bag(out, &pick.picks, displayed(order, refund.shipping), order)
                }
                (Field::TaxAmountSet, _) => self.bag(out, &pick.picks, refund.shipping.tax, order),
                _ => out.null(),
            }
        });
    }

    fn adjustment(&self, out: &mut Out, picks: &[Pick], order: &Order, refund: &Refund, id: u64) {
        self.object(out, picks, u64::MAX, "OrderAdjustment", |out, pick| match pick.field {
            Field::Id => out.gid("OrderAdjustment", id),
            Field::AmountSet => self.bag(out, &pick.picks, refund.adjustment, order),
            Field::TaxAmountSet => self.bag(out, &pick.picks, 0, order),
            Field::Reason => out.text(if refund.adjustment > 0 { "RESTOCK" } else { "CUSTOMER" }),
            _ => out.null(),
        });
    }

    /// Writes the payment at `index`.
    pub fn payment(&self, out: &mut Out, picks: &[Pick], order: &Order, index: usize) {
        let payment = &order.payments[index];
        let (gateway, readable) = gateway_names(payment.gateway);
        self.object(out, picks, u64::MAX, "OrderTransaction", |out, pick| match pick.field {
            Field::Id => out.gid("OrderTransaction", order.id + index as u64),
            Field::Kind => out.text(match payment.kind {
                PaymentKind::Sale => "SALE",
                PaymentKind::Authorization => "AUTHORIZATION",
                PaymentKind::Capture => "CAPTURE",
                PaymentKind::Refund => "REFUND",
                PaymentKind::Void => "VOID",
            }),
            Field::Status => out.text(if payment.failed { "FAILURE" } else { "SUCCESS" }),
            Field::Gateway => out.text(gateway),
            Field::FormattedGateway => out.text(readable),
            Field::CreatedAt | Field::ProcessedAt => out.moment(payment.at),
            Field::Test => out.bool(order.test),
            Field::ManualPaymentGateway => {
                out.bool(matches!(payment.gateway, Gateway::Manual | Gateway::Cash))
            }
            Field::AmountSet => self.bag(out, &pick.picks, payment.amount, order),
            Field::PaymentDetails if payment.gateway == Gateway::ShopifyPayments => {
                self.object(out, &pick.picks, BITS.card, "CardPaymentDetails", |out, inner| {
                    match inner.field {
                        Field::Company => {
                            out.text(CARDS[order.customer.map_or(0, |at| at as usize % CARDS.len())])
                        }
                        _ => out.text("card"),
                    }
                });
            }
            Field::Fees => self.fees(out, pick, order, index, payment),
            Field::ParentTransaction => match payment.parent {
                Some(parent) => self.payment(out, &pick.picks, order, usize::from(parent)),
                None => out.null(),
            },
            _ => out.null(),
        });
    }

    fn fees(&self, out: &mut Out, pick: &Pick, order: &Order, index: usize, payment: &Payment) {
        let currency = &self.brand.currency;
        self.list(out, payment.fee.iter(), |out, fee| {
            self.object(out, &pick.picks, u64::MAX, "TransactionFee", |out, inner| match inner.field {
                Field::Id => out.gid("TransactionFee", order.id + index as u64),
                Field::Amount => self.money(out, &inner.picks, fee.amount, currency),
                Field::FlatFee => self.money(out, &inner.picks, Cents::from(fee.flat), currency),
                Field::Rate => out.raw(&format!("\"0.{:04}\"", fee.rate)),
                Field::TaxAmount => self.money(out, &inner.picks, 0, currency),
                Field::Type => out.text("processing_fee"),
                _ => out.null(),
            });
        });
    }
}
