//! Renders objects of the world as the picks of a compiled query ask for them.
mod catalog;
mod connection;
mod journey;
mod ledger;
mod line;
mod order;
pub mod refund;

pub use connection::{Window, cursor_of, page_info};
pub use ledger::agreements;
pub use order::financial_status;

use super::compile::Pick;
use super::field::Field;
use super::out::Out;
use super::schema;
use crate::clicks::Clicks;
use crate::world::Brand;
use crate::world::money::{Cents, scale};
use crate::world::shop::{Order, Shop};
use std::sync::LazyLock;

/// The bits of the types that stand behind interfaces.
pub struct Bits {
    /// `Order`.
    pub order: u64,
    /// `Customer`.
    pub customer: u64,
    /// `Product`.
    pub product: u64,
    /// `ProductVariant`.
    pub variant: u64,
    /// `OrderAgreement`.
    pub placed: u64,
    /// `OrderEditAgreement`.
    pub edited: u64,
    /// `RefundAgreement`.
    pub refunded: u64,
    /// `ProductSale`.
    pub product_sale: u64,
    /// `GiftCardSale`.
    pub gift_card_sale: u64,
    /// `TipSale`.
    pub tip_sale: u64,
    /// `ShippingLineSale`.
    pub shipping_sale: u64,
    /// `AdjustmentSale`.
    pub adjustment_sale: u64,
    /// `CardPaymentDetails`.
    pub card: u64,
    /// `CustomerVisit`.
    pub visit: u64,
}

/// The bits, read once from the schema.
pub static BITS: LazyLock<Bits> = LazyLock::new(|| Bits {
    order: schema::bit("Order"),
    customer: schema::bit("Customer"),
    product: schema::bit("Product"),
    variant: schema::bit("ProductVariant"),
    placed: schema::bit("OrderAgreement"),
    edited: schema::bit("OrderEditAgreement"),
    refunded: schema::bit("RefundAgreement"),
    product_sale: schema::bit("ProductSale"),
    gift_card_sale: schema::bit("GiftCardSale"),
    tip_sale: schema::bit("TipSale"),
    shipping_sale: schema::bit("ShippingLineSale"),
    adjustment_sale: schema::bit("AdjustmentSale"),
    card: schema::bit("CardPaymentDetails"),
    visit: schema::bit("CustomerVisit"),
});

/// What rendering needs to see.
#[derive(Clone, Copy)]
pub struct View<'a> {
    /// The shop.
    pub shop: &'a Shop,
    /// The merchant.
    pub brand: &'a Brand,
    /// The world's clock, seconds UTC.
    pub now: i64,
    /// The ads that visits came from.
    pub clicks: &'a Clicks<'a>,
    /// Whether connections are left out because they become lines of their own.
    pub bulk: bool,
}

impl View<'_> {
    /// The shop's subdomain address.
    pub fn domain(&self) -> String {
        format!("{}.myshopify.com", self.brand.name)
    }

    /// Writes the object's members that apply to the type with `bit` and that `write` knows how to write.
    pub fn object(
        &self,
        out: &mut Out,
        picks: &[Pick],
        bit: u64,
        type_name: &str,
        mut write: impl FnMut(&mut Out, &Pick),
    ) {
        out.open();
        for pick in picks {
            if pick.on & bit == 0 || (self.bulk && pick.connection) {
                continue;
            }
            out.key(&pick.key);
            if pick.field == Field::Typename {
                out.text(type_name)
            } else {
                write(out, pick)
            }
            out.comma();
        }
        out.close();
    }

    /// Writes an amount of an order in shop money and in the customer's money.
    pub fn bag(&self, out: &mut Out, picks: &[Pick], cents: Cents, order: &Order) {
        out.open();
        for pick in picks {
            out.key(&pick.key);
            match (pick.field, order.presentment) {
                (Field::ShopMoney, _) | (Field::PresentmentMoney, None) => {
                    self.money(out, &pick.picks, cents, &self.brand.currency);
                }
                (Field::PresentmentMoney, Some(shown)) => {
                    self.money(
                        out,
                        &pick.picks,
                        scale(cents, i64::from(shown.rate), 1_000_000),
                        shown.currency,
                    );
                }
                _ => out.text("MoneyBag"),
            }
            out.comma();
        }
        out.close();
    }

    /// Writes an amount with its currency.
    pub fn money(&self, out: &mut Out, picks: &[Pick], cents: Cents, currency: &str) {
        out.open();
        for pick in picks {
            out.key(&pick.key);
            match pick.field {
                Field::Amount => out.amount(cents),
                Field::CurrencyCode => out.text(currency),
                _ => out.text("MoneyV2"),
            }
            out.comma();
        }
        out.close();
    }

    /// Writes a list of objects.
    pub fn list<T>(&self, out: &mut Out, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut Out, T)) {
        out.open_list();
        for item in items {
            write(out, item);
            out.comma();
        }
        out.close_list();
    }

    /// Writes a list of texts.
    pub fn texts(&self, out: &mut Out, items: &[&str]) {
        self.list(out, items.iter(), |out, item| out.text(item));
    }
}
