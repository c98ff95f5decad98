//! Orders and customers.
use super::refund::gateway_names;
use super::{BITS, View, agreements};
use crate::shopify::compile::Pick;
use crate::shopify::field::Field;
use crate::shopify::out::Out;
use crate::world::money::Cents;
use crate::world::people::email;
use crate::world::shop::{Amounts, Channel, Customer, LineKind, Order, Refund, Settled, What};

/// What a unit of any good weighs.
const UNIT_GRAMS: u64 = 350;

/// The platform's financial status.
pub fn financial_status(order: &Order) -> &'static str {
    match order.settled {
        Settled::Pending => "PENDING",
        Settled::Voided => "VOIDED",
        Settled::Authorized => "AUTHORIZED",
        Settled::Paid => match (order.paid_back(), order.received()) {
            (0, _) if order.current_total() > 0 || order.total() == 0 => "PAID",
            (0, _) => "REFUNDED",
            (back, received) if back >= received => "REFUNDED",
            _ => "PARTIALLY_REFUNDED",
        },
    }
}

fn displayed(order: &Order, amounts: Amounts) -> Cents {
    if order.taxes_included { amounts.total } else { amounts.net() }
}

/// Sums a part of every line, with later discounts, and of shipping.
fn sum(order: &Order, part: impl Fn(Amounts) -> Cents) -> Cents {
    let edits: Cents = order
        .happenings
        .iter()
        .map(|happening| match &happening.what {
            What::Discounted(_, amounts) => part(*amounts),
            _ => 0,
        })
        .sum();
    order.lines.iter().map(|line| part(line.sold)).sum::<Cents>() + part(order.shipping_sold()) + edits
}

/// Sums a part of everything that came back.
fn back(order: &Order, part: impl Fn(&Refund) -> Cents) -> Cents {
    order.refunds().map(|(_, refund)| part(refund)).sum()
}

fn returned(refund: &Refund, part: impl Fn(Amounts) -> Cents) -> Cents {
    refund.lines.iter().map(|line| part(line.amounts)).sum::<Cents>() + part(refund.shipping)
}

/// Lines without tips and shipping, in displayed prices.
fn subtotal(order: &Order) -> Cents {
    let tips: Cents =
        order.lines.iter().filter(|line| line.kind == LineKind::Tip).map(|line| line.sold.total).sum();
    sum(order, |amounts| displayed(order, amounts)) - displayed(order, order.shipping_sold()) - tips
}

fn tips(order: &Order) -> Cents {
    order.lines.iter().filter(|line| line.kind == LineKind::Tip).map(|line| line.sold.total).sum()
}

fn displayed_discount(order: &Order, amounts: Amounts) -> Cents {
    if order.taxes_included { amounts.discount_gross } else { amounts.discount_net }
}

impl View<'_> {
    /// Writes an order.
    pub fn order(&self, out: &mut Out, picks: &[Pick], order: &Order) {
        self.object(out, picks, BITS.order, "Order", |out, pick| self.order_field(out, pick, order));
    }

    fn order_field(&self, out: &mut Out, pick: &Pick, order: &Order) {
        let bag = |out: &mut Out, cents| self.bag(out, &pick.picks, cents, order);
        match pick.field {
            Field::Id => out.gid("Order", order.id),
            Field::LegacyResourceId => out.quoted_int(order.id),
            Field::Name => match &order.name {
                Some(name) => out.text(name),
                None => {
                    out.raw("\"#");
                    out.int(i64::from(order.number));
                    out.raw("\"");
                }
            },
            Field::Number => out.int(i64::from(order.number)),
            Field::Email => match self.customer_of(order).map(email) {
                Some(address) => out.text_or_null(&address),
                None => out.null(),
            },
            Field::CreatedAt | Field::ProcessedAt => out.moment(order.placed_at),
            Field::UpdatedAt => out.moment(order.updated_at),
            Field::CancelledAt => match order.cancelled {
                Some((at, _)) => out.moment(at),
                None => out.null(),
            },
            Field::CancelReason => out.text_or_null(order.cancelled.map_or("", |(_, reason)| reason)),
            Field::Closed | Field::Unpaid => {
                out.bool(pick.field == Field::Unpaid && order.settled == Settled::Pending)
            }
            Field::Confirmed => out.bool(true),
            Field::Edited => out
                .bool(order.happenings.iter().any(|happening| !matches!(happening.what, What::Refunded(_)))),
            Field::Test => out.bool(order.test),
            Field::TaxesIncluded => out.bool(order.taxes_included),
            Field::DisplayFinancialStatus => out.text(financial_status(order)),
            Field::DisplayFulfillmentStatus => {
                let open = order.cancelled.is_some() || !matches!(order.settled, Settled::Paid);
                out.text(if open { "UNFULFILLED" } else { "FULFILLED" });
            }
            Field::FullyPaid => out.bool(order.settled == Settled::Paid),
            Field::CurrencyCode => out.text(&self.brand.currency),
            Field::PresentmentCurrencyCode => {
                out.text(order.presentment.map_or(&self.brand.currency, |shown| shown.currency))
            }
            Field::SourceName => out.text(source_name(order.channel)),
            Field::Attribution => {
                self.object(out, &pick.picks, u64::MAX, "OrderAttribution", |out, inner| match inner.field {
                    Field::Handle => out.text(source_name(order.channel)),
                    _ => out.text(channel_name(order.channel)),
                })
            }
            Field::Tags => {
                self.texts(out, if order.channel == Channel::Draft { &["wholesale"] } else { &[] })
            }
            Field::DiscountCode => out.text_or_null(order.discount_code.unwrap_or("")),
            Field::DiscountCodes => self.list(out, order.discount_code.iter(), |out, code| out.text(code)),
            Field::PaymentGatewayNames => {
                let mut names: Vec<&str> =
                    order.payments.iter().map(|payment| gateway_names(payment.gateway).0).collect();
                names.dedup();
                self.texts(out, &names);
            }
            Field::Customer => match self.customer_of(order) {
                Some(customer) => self.customer(out, &pick.picks, customer),
                None => out.null(),
            },
            Field::ShippingAddress => match (&order.shipping, self.customer_of(order)) {
                (Some(_), Some(customer)) if !customer.country.is_empty() => {
                    self.object(out, &pick.picks, u64::MAX, "MailingAddress", |out, inner| {
                        match inner.field {
                            Field::Id => out.gid("MailingAddress", order.id),
                            _ => out.text(customer.country),
                        }
                    })
                }
                _ => out.null(),
            },
            Field::TotalWeight => {
                let goods = order.lines.iter().filter(|line| line.kind == LineKind::Product);
                out.quoted_int(goods.map(|line| u64::from(line.quantity) * UNIT_GRAMS).sum());
            }
            Field::CustomerJourneySummary => self.journey(out, pick, order),
            Field::TotalPriceSet => bag(out, order.total()),
            Field::OriginalTotalPriceSet => bag(out, order.original_total()),
            Field::SubtotalPriceSet => bag(out, subtotal(order)),
            Field::CurrentTotalPriceSet => bag(out, order.current_total()),
            Field::CurrentSubtotalPriceSet => {
                let lines = back(order, |refund| {
                    refund.lines.iter().map(|line| displayed(order, line.amounts)).sum()
                });
                bag(out, subtotal(order) - lines);
            }
            Field::CurrentTotalTaxSet => {
                bag(
                    out,
                    sum(order, |amounts| amounts.tax)
                        - back(order, |refund| returned(refund, |amounts| amounts.tax)),
                );
            }
            Field::CurrentTotalDiscountsSet => {
                let given_back =
                    back(order, |refund| returned(refund, |amounts| displayed_discount(order, amounts)));
                bag(out, sum(order, |amounts| displayed_discount(order, amounts)) - given_back);
            }
            Field::TotalTaxSet => bag(out, sum(order, |amounts| amounts.tax)),
            Field::TotalDiscountsSet => bag(out, sum(order, |amounts| displayed_discount(order, amounts))),
            Field::TotalShippingPriceSet => {
                bag(out, order.shipping.as_ref().map_or(0, |shipping| shipping.price - shipping.discount))
            }
            Field::TotalRefundedSet => bag(out, order.paid_back()),
            Field::TotalRefundedShippingSet => {
                bag(out, back(order, |refund| displayed(order, refund.shipping)))
            }
            Field::TotalReceivedSet => bag(out, order.received()),
            Field::TotalOutstandingSet => {
                let open = if matches!(order.settled, Settled::Pending | Settled::Authorized) {
                    order.current_total()
                } else {
                    0
                };
                bag(out, open);
            }
            Field::NetPaymentSet => bag(out, order.received() - order.paid_back()),
            Field::TotalTipReceivedSet => bag(out, tips(order)),
            Field::SubtotalLineItemsQuantity => {
                let units: u32 = order
                    .lines
                    .iter()
                    .filter(|line| line.kind != LineKind::Tip)
                    .map(|line| line.quantity)
                    .sum();
                out.int(i64::from(units));
            }
            Field::TaxLines => {
                let rate = order.lines.iter().map(|line| line.tax_rate).max().unwrap_or(0);
                self.tax_lines(out, pick, order, rate, sum(order, |amounts| amounts.tax));
            }
            Field::LineItems => self.connection(out, pick, order.lines.len(), |out, picks, index| {
                self.line(out, picks, order, index)
            }),
            Field::ShippingLine => match &order.shipping {
                Some(shipping) => self.shipping(out, &pick.picks, order, shipping),
                None => out.null(),
            },
            Field::ShippingLines => {
                let lines: Vec<_> = order.shipping.iter().collect();
                self.connection(out, pick, lines.len(), |out, picks, index| {
                    self.shipping(out, picks, order, lines[index])
                });
            }
            Field::Agreements => {
                let made = agreements(order);
                self.connection(out, pick, made.len(), |out, picks, index| {
                    self.agreement(out, picks, order, &made[index])
                });
            }
            Field::Refunds => {
                let most = pick.int("first").map_or(usize::MAX, |first| first.max(0) as usize);
                let refunds = order.happenings.iter().enumerate().filter_map(|(place, happening)| {
                    match &happening.what {
                        What::Refunded(refund) => Some((place, happening.at, refund)),
                        _ => None,
                    }
                });
                self.list(out, refunds.take(most), |out, (place, at, refund)| {
                    self.refund(out, &pick.picks, order, at, refund, place)
                });
            }
            Field::Transactions => {
                let most = pick.int("first").map_or(usize::MAX, |first| first.max(0) as usize);
                self.list(out, (0..order.payments.len()).take(most), |out, index| {
                    self.payment(out, &pick.picks, order, index)
                });
            }
            _ => out.null(),
        }
    }

    fn customer_of(&self, order: &Order) -> Option<&Customer> {
        order.customer.map(|customer| &self.shop.customers[customer as usize])
    }

    /// Writes a customer.
    pub fn customer(&self, out: &mut Out, picks: &[Pick], customer: &Customer) {
        self.object(out, picks, BITS.customer, "Customer", |out, pick| match pick.field {
            Field::Id => out.gid("Customer", customer.id),
            Field::LegacyResourceId => out.quoted_int(customer.id),
            Field::FirstName => out.text_or_null(customer.first_name),
            Field::LastName => out.text_or_null(customer.last_name),
            Field::DisplayName => match (customer.first_name, customer.last_name) {
                ("", "") => out.text("No name"),
                (first, last) => out.text(&format!("{first} {last}")),
            },
            Field::Email => out.text_or_null(&email(customer)),
            Field::DefaultEmailAddress => match email(customer) {
                address if address.is_empty() => out.null(),
                address => self.object(out, &pick.picks, u64::MAX, "CustomerEmailAddress", |out, part| {
                    let (state, at) = marketing(customer);
                    match part.field {
                        Field::MarketingState => out.text(state),
                        Field::MarketingUpdatedAt => match at {
                            Some(at) => out.moment(at),
                            None => out.null(),
                        },
                        _ => out.text(&address),
                    }
                }),
            },
            Field::Locale => out.text("en"),
            Field::State => out.text("DISABLED"),
            Field::Tags => self.texts(out, &[]),
            Field::TaxExempt => out.bool(false),
            Field::VerifiedEmail => out.bool(true),
            Field::NumberOfOrders => out.quoted_int(u64::from(customer.orders)),
            Field::AmountSpent => self.money(out, &pick.picks, customer.spent, &self.brand.currency),
            Field::CreatedAt => out.moment(customer.created_at),
            Field::UpdatedAt => out.moment(customer.updated_at),
            _ => out.null(),
        });
    }
}

/// Whether the customer wants letters, and since when that is so.
fn marketing(customer: &Customer) -> (&'static str, Option<i64>) {
    match customer.id % 4 {
        0 => ("NOT_SUBSCRIBED", None),
        1 => ("UNSUBSCRIBED", Some(customer.created_at + 86_400)),
        _ => ("SUBSCRIBED", Some(customer.created_at)),
    }
}

fn source_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "web",
        Channel::Pos => "pos",
        Channel::Draft => "shopify_draft_order",
    }
}

fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Web => "Online Store",
        Channel::Pos => "Point of Sale",
        Channel::Draft => "Draft Orders",
    }
}
