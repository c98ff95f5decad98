//! The cost of goods as a part of what they are sold for: by the order's day, and by what goods it holds for.

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{CostScope, LineFacts};
use serde::{Deserialize, Serialize};

use super::text;

/// A ratio, the first local day on which it holds, and for what goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DefaultRatio {
    /// What `scope_id` names: `shop`, `supplier`, `product_type`, `product`, `variant` or `sku`; the narrowest that fits
    /// a line wins. The whole shop without it.
    #[serde(default = "shop", with = "text::scope", skip_serializing_if = "is_shop")]
    pub scope: CostScope,
    /// A vendor, a product's type, a product's or variant's id, a stock keeping unit; empty for the whole shop.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub scope_id: String,
    /// First day; none: since ever.
    #[serde(default)]
    pub valid_from: Option<Date>,
    /// The part, 0 to 1, written as text so that it keeps its digits.
    #[serde(with = "text::decimal")]
    pub value: Decimal,
}

fn shop() -> CostScope {
    CostScope::Shop
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
fn is_shop(scope: &CostScope) -> bool {
    *scope == CostScope::Shop
}

impl DefaultRatio {
    /// A ratio for the whole shop since ever.
    #[must_use]
    pub fn of_shop(value: Decimal) -> Self {
        Self { scope: CostScope::Shop, scope_id: String::new(), valid_from: None, value }
    }

    /// How narrow it is, where it holds for a line's goods; none where it does not.
    fn fits(&self, line: Option<&LineFacts>) -> Option<u8> {
        if self.scope == CostScope::Shop {
            return Some(0);
        }
        let line = line?;
        let (narrow, own) = match self.scope {
            CostScope::Shop => (0, None),
            CostScope::Supplier => (1, line.vendor.as_deref()),
            CostScope::ProductType => (2, line.product_type.as_deref()),
            CostScope::Product => (3, line.product_id.as_deref()),
            CostScope::Sku => (4, line.sku.as_deref()),
            CostScope::Variant => (5, line.variant_id.as_deref()),
            CostScope::Lot => (6, line.lot.as_deref()),
        };
        (own == Some(self.scope_id.as_str())).then_some(narrow)
    }
}

/// The ratio that holds for a line's goods on a day: of those that began by then the narrowest, of these the latest.
pub(crate) fn ratio_on<'r>(
    rows: &'r [DefaultRatio],
    line: Option<&LineFacts>,
    day: Date,
) -> Option<&'r DefaultRatio> {
    let began = rows.iter().filter(|row| row.valid_from.is_none_or(|from| from <= day));
    let fitting = began.filter_map(|row| Some(((row.fits(line)?, row.valid_from), row)));
    fitting.max_by_key(|(rank, _)| *rank).map(|(_, row)| row)
}
