//! The shop itself, its products and variants.
use super::{BITS, View};
use crate::shopify::compile::Pick;
use crate::shopify::field::Field;
use crate::shopify::out::Out;
use crate::world::days;
use crate::world::shop::{Product, Variant};

impl View<'_> {
    /// Writes the shop.
    pub fn shop_object(&self, out: &mut Out, picks: &[Pick]) {
        self.object(out, picks, u64::MAX, "Shop", |out, pick| match pick.field {
            Field::Id => out.gid("Shop", self.shop.id),
            Field::Name => out.text(&self.brand.name),
            Field::Email | Field::ContactEmail => out.text("owner@example.com"),
            Field::CurrencyCode => out.text(&self.brand.currency),
            Field::EnabledPresentmentCurrencies => {
                let shown: &[&str] = if self.brand.currency == "GBP" {
                    &["GBP", "EUR", "USD"]
                } else {
                    &[&self.brand.currency]
                };
                self.texts(out, shown);
            }
            Field::IanaTimezone => out.text(self.brand.time_zone.iana_name().unwrap_or("UTC")),
            Field::TimezoneOffsetMinutes => {
                let now = jiff::Timestamp::from_second(self.now).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
                out.int(i64::from(self.brand.time_zone.to_offset(now).seconds() / 60));
            }
            Field::MyshopifyDomain => out.text(&self.domain()),
            Field::CreatedAt => out.moment(self.shop.opened_at),
            Field::TaxesIncluded => out.bool(self.brand.currency == "GBP"),
            Field::Plan => {
                self.object(out, &pick.picks, u64::MAX, "ShopPlan", |out, inner| match inner.field {
                    Field::PublicDisplayName => out.text("Basic"),
                    _ => out.bool(false),
                })
            }
            _ => out.null(),
        });
    }

    /// Writes a product.
    pub fn product(&self, out: &mut Out, picks: &[Pick], product: &Product) {
        self.object(out, picks, BITS.product, "Product", |out, pick| match pick.field {
            Field::Id => out.gid("Product", product.id),
            Field::LegacyResourceId => out.quoted_int(product.id),
            Field::Title => out.text(&product.title),
            Field::Handle => out.text(&product.title.to_lowercase().replace('\'', "").replace(' ', "-")),
            Field::Vendor => out.text(product.vendor),
            Field::ProductType => out.text(product.product_type),
            Field::Status => out.text("ACTIVE"),
            Field::Tags => self.texts(out, &[]),
            Field::IsGiftCard => out.bool(product.gift_card),
            Field::CreatedAt => out.moment(product.created_at),
            Field::UpdatedAt => out.moment(product.updated_at),
            Field::Variants => {
                self.connection(out, pick, product.variant_count as usize, |out, picks, index| {
                    self.variant(out, picks, &self.shop.variants[product.first_variant as usize + index]);
                })
            }
            _ => out.null(),
        });
    }

    /// Writes a variant.
    pub fn variant(&self, out: &mut Out, picks: &[Pick], variant: &Variant) {
        let product = &self.shop.products[variant.product as usize];
        self.object(out, picks, BITS.variant, "ProductVariant", |out, pick| match pick.field {
            Field::Id => out.gid("ProductVariant", variant.id),
            Field::LegacyResourceId => out.quoted_int(variant.id),
            Field::Title => out.text(&variant.title),
            Field::DisplayName => out.text(&format!("{} - {}", product.title, variant.title)),
            Field::Sku => out.text_or_null(&variant.sku),
            Field::Position => {
                let first = &self.shop.variants[product.first_variant as usize];
                out.int(variant.id as i64 - first.id as i64 + 1);
            }
            Field::Price => out.amount(variant.price),
            Field::Taxable => out.bool(!product.gift_card),
            Field::InventoryQuantity => out.int(100),
            Field::CreatedAt => out.moment(product.created_at),
            Field::UpdatedAt => out.moment(variant.updated_at),
            Field::Product => self.product(out, &pick.picks, product),
            Field::InventoryItem => self.inventory_item(out, &pick.picks, variant),
            _ => out.null(),
        });
    }

    /// Writes the inventory item of a variant: the place of the unit cost as it is now.
    pub fn inventory_item(&self, out: &mut Out, picks: &[Pick], variant: &Variant) {
        let product = &self.shop.products[variant.product as usize];
        let today = days::day_of(self.now, &self.brand.time_zone);
        // an inventory item has a number of its own, beside the variant's
        let id = variant.id + 500_000_000_000;
        self.object(out, picks, u64::MAX, "InventoryItem", |out, pick| match pick.field {
            Field::Id => out.gid("InventoryItem", id),
            Field::LegacyResourceId => out.quoted_int(id),
            Field::Sku => out.text_or_null(&variant.sku),
            Field::Tracked | Field::RequiresShipping => out.bool(!product.gift_card),
            Field::UnitCost => match variant.cost_on(today) {
                Some(cost) => self.money(out, &pick.picks, cost, &self.brand.currency),
                None => out.null(),
            },
            Field::CreatedAt => out.moment(product.created_at),
            Field::UpdatedAt => out.moment(variant.updated_at),
            _ => out.null(),
        });
    }
}
