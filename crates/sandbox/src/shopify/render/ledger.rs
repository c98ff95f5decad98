//! The sales ledger of an order: agreements and their sales, derived from what happened to it.
use super::{BITS, View};
use crate::shopify::compile::Pick;
use crate::shopify::field::Field;
use crate::shopify::out::Out;
use crate::world::shop::{Amounts, LineKind, Order, Refund, Seconds, What};

/// One agreement between shop and customer.
pub struct Agreement<'a> {
    /// Its place in the order's ledger, from 0.
    pub index: usize,
    /// When it was made.
    pub at: Seconds,
    /// What it is about.
    pub subject: Subject<'a>,
}

/// What an agreement is about.
pub enum Subject<'a> {
    /// The order itself.
    Placed,
    /// A line that an edit added.
    LineAdded(usize),
    /// A discount that an edit gave on a line.
    Discounted(usize, Amounts),
    /// A refund, with its place among the order's happenings.
    Refunded(&'a Refund, usize),
}

/// What a sale is about.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Item {
    /// A line.
    Line(usize),
    /// The shipping.
    Shipping,
    /// A correction of the refunded sum.
    Adjustment,
}

/// One movement of an agreement; returns are negative.
pub struct Sale {
    /// Its platform number.
    pub id: u64,
    /// What moved.
    pub item: Item,
    /// `ORDER`, `RETURN` or `UPDATE`.
    pub action: &'static str,
    /// Units, where there are any.
    pub quantity: Option<i64>,
    /// The money.
    pub amounts: Amounts,
}

/// All agreements of an order in time order.
pub fn agreements(order: &Order) -> Vec<Agreement<'_>> {
    let mut found = Vec::with_capacity(1 + order.happenings.len());
    found.push(Agreement { index: 0, at: order.placed_at, subject: Subject::Placed });
    for (place, happening) in order.happenings.iter().enumerate() {
        let subject = match &happening.what {
            What::LineAdded(line) => Subject::LineAdded(usize::from(*line)),
            What::Discounted(line, amounts) => Subject::Discounted(usize::from(*line), *amounts),
            What::Refunded(refund) => Subject::Refunded(refund, place),
        };
        found.push(Agreement { index: place + 1, at: happening.at, subject });
    }
    found
}

fn negative(amounts: Amounts) -> Amounts {
    Amounts {
        total: -amounts.total,
        tax: -amounts.tax,
        discount_net: -amounts.discount_net,
        discount_gross: -amounts.discount_gross,
    }
}

impl Agreement<'_> {
    /// The movements of this agreement.
    pub fn sales(&self, order: &Order) -> Vec<Sale> {
        let mut sales = Vec::with_capacity(order.lines.len() + 1);
        let mut add = |item, action, quantity, amounts| {
            let id = order.id + (self.index * 32 + sales.len() + 1) as u64;
            sales.push(Sale { id, item, action, quantity, amounts });
        };
        match &self.subject {
            Subject::Placed => {
                for (index, line) in order.lines.iter().enumerate() {
                    if line.added_at.is_none() {
                        add(Item::Line(index), "ORDER", Some(i64::from(line.quantity)), line.sold);
                    }
                }
                if let Some(shipping) = &order.shipping {
                    add(Item::Shipping, "ORDER", None, shipping.sold);
                }
            }
            Subject::LineAdded(index) => {
                let line = &order.lines[*index];
                add(Item::Line(*index), "ORDER", Some(i64::from(line.quantity)), line.sold);
            }
            Subject::Discounted(index, amounts) => add(Item::Line(*index), "UPDATE", Some(0), *amounts),
            Subject::Refunded(refund, _) => {
                for line in &refund.lines {
                    let quantity = -i64::from(line.quantity);
                    add(Item::Line(usize::from(line.line)), "RETURN", Some(quantity), negative(line.amounts));
                }
                if refund.shipping != Amounts::default() {
                    add(Item::Shipping, "RETURN", None, negative(refund.shipping));
                }
                if refund.adjustment != 0 {
                    let amounts = Amounts { total: refund.adjustment, ..Amounts::default() };
                    add(Item::Adjustment, "RETURN", None, amounts);
                }
            }
        }
        sales
    }

    fn type_name(&self) -> (u64, &'static str, &'static str) {
        match self.subject {
            Subject::Placed => (BITS.placed, "OrderAgreement", "ORDER"),
            Subject::LineAdded(_) | Subject::Discounted(..) => {
                (BITS.edited, "OrderEditAgreement", "ORDER_EDIT")
            }
            Subject::Refunded(..) => (BITS.refunded, "RefundAgreement", "REFUND"),
        }
    }

    /// The platform number.
    pub fn id(&self, order: &Order) -> u64 {
        order.id + self.index as u64
    }
}

impl View<'_> {
    /// Writes an agreement.
    pub fn agreement(&self, out: &mut Out, picks: &[Pick], order: &Order, agreement: &Agreement<'_>) {
        let (bit, name, reason) = agreement.type_name();
        self.object(out, picks, bit, name, |out, pick| match pick.field {
            Field::Id => out.gid("SalesAgreement", agreement.id(order)),
            Field::HappenedAt => out.moment(agreement.at),
            Field::Reason => out.text(reason),
            Field::Sales => {
                let sales = agreement.sales(order);
                self.connection(out, pick, sales.len(), |out, picks, index| {
                    self.sale(out, picks, order, &sales[index])
                });
            }
            Field::Refund => match agreement.subject {
                Subject::Refunded(refund, place) => {
                    self.refund(out, &pick.picks, order, agreement.at, refund, place)
                }
                _ => out.null(),
            },
            _ => out.null(),
        });
    }

    /// Writes a sale.
    pub fn sale(&self, out: &mut Out, picks: &[Pick], order: &Order, sale: &Sale) {
        let (bit, name, line_type) = match sale.item {
            Item::Line(index) => match order.lines[index].kind {
                LineKind::Product => (BITS.product_sale, "ProductSale", "PRODUCT"),
                LineKind::GiftCard => (BITS.gift_card_sale, "GiftCardSale", "GIFT_CARD"),
                LineKind::Tip => (BITS.tip_sale, "TipSale", "TIP"),
            },
            Item::Shipping => (BITS.shipping_sale, "ShippingLineSale", "SHIPPING"),
            Item::Adjustment => (BITS.adjustment_sale, "AdjustmentSale", "ADJUSTMENT"),
        };
        self.object(out, picks, bit, name, |out, pick| match pick.field {
            Field::Id => out.gid(name, sale.id),
            Field::ActionType => out.text(sale.action),
            Field::LineType => out.text(line_type),
            Field::Quantity => match sale.quantity {
                Some(quantity) => out.int(quantity),
                None => out.null(),
            },
            Field::TotalAmount => self.bag(out, &pick.picks, sale.amounts.total, order),
            Field::TotalTaxAmount => self.bag(out, &pick.picks, sale.amounts.tax, order),
            Field::TotalDiscountAmountBeforeTaxes => {
                self.bag(out, &pick.picks, sale.amounts.discount_net, order)
            }
            Field::TotalDiscountAmountAfterTaxes => {
                self.bag(out, &pick.picks, sale.amounts.discount_gross, order)
            }
            Field::LineItem => match sale.item {
                Item::Line(index) => self.line(out, &pick.picks, order, index),
                _ => out.null(),
            },
            Field::ShippingLine => match &order.shipping {
                Some(shipping) if sale.item == Item::Shipping => {
                    self.shipping(out, &pick.picks, order, shipping)
                }
                _ => out.null(),
            },
            Field::Taxes => self.sale_taxes(out, pick, order, sale),
            _ => out.null(),
        });
    }

    fn sale_taxes(&self, out: &mut Out, pick: &Pick, order: &Order, sale: &Sale) {
        let taxed = match sale.item {
            Item::Line(index) => Some((order.lines[index].tax_rate, order.lines[index].sold.tax)),
            Item::Shipping => order.shipping.as_ref().map(|shipping| (shipping.tax_rate, shipping.sold.tax)),
            Item::Adjustment => None,
        };
        let taxed = taxed.filter(|(rate, _)| *rate > 0);
        self.list(out, taxed.into_iter(), |out, (rate, of_line)| {
            self.object(out, &pick.picks, u64::MAX, "SaleTax", |out, inner| match inner.field {
                Field::Id => out.gid("SaleTax", sale.id),
                Field::Amount => self.bag(out, &inner.picks, sale.amounts.tax, order),
                Field::TaxLine => self.tax_line(out, &inner.picks, order, rate, of_line),
                _ => out.null(),
            });
        });
    }
}
