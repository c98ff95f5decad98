//! Lines and shipping lines of an order.
use super::View;
use crate::shopify::compile::Pick;
use crate::shopify::field::Field;
use crate::shopify::out::Out;
use crate::world::money::{Cents, scale};
use crate::world::shop::{LineKind, Order, Shipping, Variant};

/// Shipping lines are numbered apart from lines.
const SHIPPING_OFFSET: u64 = 900;

impl View<'_> {
    /// Writes the line at `index`.
    pub fn line(&self, out: &mut Out, picks: &[Pick], order: &Order, index: usize) {
        let line = &order.lines[index];
        let variant = line.variant.map(|variant| &self.shop.variants[variant as usize]);
        let units = i64::from(line.quantity);
        self.object(out, picks, u64::MAX, "LineItem", |out, pick| match pick.field {
            Field::Id => out.gid("LineItem", order.id + index as u64),
            Field::Name => self.line_name(out, variant),
            Field::Title => {
                out.text(variant.map_or("Tip", |variant| &self.shop.products[variant.product as usize].title))
            }
            Field::VariantTitle => match variant {
                Some(variant) if variant.title != "Default Title" => out.text(&variant.title),
                _ => out.null(),
            },
            Field::Sku => out.text_or_null(variant.map_or("", |variant| &variant.sku)),
            Field::Vendor => out.text_or_null(
                variant.map_or("", |variant| self.shop.products[variant.product as usize].vendor),
            ),
            Field::Quantity => out.int(units),
            Field::CurrentQuantity | Field::RefundableQuantity => {
                out.int(units - i64::from(order.returned_units(index)))
            }
            Field::IsGiftCard => out.bool(line.kind == LineKind::GiftCard),
            Field::RequiresShipping => out.bool(line.kind == LineKind::Product && order.shipping.is_some()),
            Field::Taxable => out.bool(line.tax_rate > 0),
            Field::OriginalUnitPriceSet => self.bag(out, &pick.picks, line.unit_price, order),
            Field::OriginalTotalSet => self.bag(out, &pick.picks, line.displayed(), order),
            Field::DiscountedTotalSet => {
                self.bag(out, &pick.picks, line.displayed() - line.line_discount, order)
            }
            Field::DiscountedUnitPriceSet => {
                self.bag(
                    out,
                    &pick.picks,
                    scale(line.displayed() - line.line_discount, 1, units.max(1)),
                    order,
                );
            }
            Field::TotalDiscountSet => self.bag(out, &pick.picks, line.line_discount, order),
            Field::DiscountAllocations => {
                self.allocations(out, pick, order, &[line.line_discount, line.order_discount])
            }
            Field::TaxLines => self.tax_lines(out, pick, order, line.tax_rate, line.sold.tax),
            Field::Variant => match variant {
                Some(variant) => self.variant(out, &pick.picks, variant),
                None => out.null(),
            },
            Field::Product => match variant {
                Some(variant) => {
                    self.product(out, &pick.picks, &self.shop.products[variant.product as usize])
                }
                None => out.null(),
            },
            _ => out.null(),
        });
    }

    fn line_name(&self, out: &mut Out, variant: Option<&Variant>) {
        let Some(variant) = variant else { return out.text("Tip") };
        let title = &self.shop.products[variant.product as usize].title;
        if variant.title == "Default Title" {
            return out.text(title);
        }
        out.bytes.push(b'"');
        out.inside(title);
        out.raw(" - ");
        out.inside(&variant.title);
        out.bytes.push(b'"');
    }

    /// Writes the discount allocations that are not zero.
    pub fn allocations(&self, out: &mut Out, pick: &Pick, order: &Order, amounts: &[Cents]) {
        self.list(out, amounts.iter().filter(|amount| **amount != 0), |out, amount| {
            self.object(out, &pick.picks, u64::MAX, "DiscountAllocation", |out, inner| {
                self.bag(out, &inner.picks, *amount, order);
            });
        });
    }

    /// Writes a list of at most one tax line.
    pub fn tax_lines(&self, out: &mut Out, pick: &Pick, order: &Order, rate: u16, tax: Cents) {
        let taxed = (rate > 0).then_some(());
        self.list(out, taxed.into_iter(), |out, ()| self.tax_line(out, &pick.picks, order, rate, tax));
    }

    /// Writes a tax line.
    pub fn tax_line(&self, out: &mut Out, picks: &[Pick], order: &Order, rate: u16, tax: Cents) {
        self.object(out, picks, u64::MAX, "TaxLine", |out, pick| match pick.field {
            Field::Title => out.text("VAT"),
            Field::Rate => out.raw(&format!("0.{rate:03}").trim_end_matches('0').replace("0.000", "0.0")),
            Field::RatePercentage => out.raw(&format!("{}.{}", rate / 10, rate % 10)),
            Field::Source => out.text("Shopify"),
            Field::ChannelLiable => out.bool(false),
            Field::PriceSet => self.bag(out, &pick.picks, tax, order),
            _ => out.null(),
        });
    }

    /// Writes the shipping line.
    pub fn shipping(&self, out: &mut Out, picks: &[Pick], order: &Order, shipping: &Shipping) {
        let current = || {
            let back: Cents = order
                .refunds()
                .map(
                    |(_, refund)| {
                        if order.taxes_included { refund.shipping.total } else { refund.shipping.net() }
                    },
                )
                .sum();
            shipping.price - shipping.discount - back
        };
        self.object(out, picks, u64::MAX, "ShippingLine", |out, pick| match pick.field {
            Field::Id => out.gid("ShippingLine", order.id + SHIPPING_OFFSET),
            Field::Title | Field::Code => out.text(shipping.title),
            Field::Source => out.text("shopify"),
            Field::Custom | Field::IsRemoved => out.bool(false),
            Field::OriginalPriceSet => self.bag(out, &pick.picks, shipping.price, order),
            Field::DiscountedPriceSet => {
                self.bag(out, &pick.picks, shipping.price - shipping.discount, order)
            }
            Field::CurrentDiscountedPriceSet => self.bag(out, &pick.picks, current(), order),
            Field::DiscountAllocations => self.allocations(out, pick, order, &[shipping.discount]),
            Field::TaxLines => self.tax_lines(out, pick, order, shipping.tax_rate, shipping.sold.tax),
            _ => out.null(),
        });
    }
}
