//! Prices and coupons of the club: plain prices, prices by tiers, and what discounts take off.
use crate::world::shop::Seconds;

/// A tier of a price, in minor units.
#[derive(Debug)]
pub struct Tier {
    /// Its last unit; none in the last tier.
    pub up_to: Option<i64>,
    pub unit: i64,
    pub flat: Option<i64>,
}

/// A price of the club.
#[derive(Debug)]
pub struct Price {
    pub id: &'static str,
    pub product: &'static str,
    /// Lower case ISO 4217; yen have no minor unit.
    pub currency: &'static str,
    /// Minor units of the currency; nothing where tiers tell.
    pub amount: i64,
    /// Each unit costs what its own tier says.
    pub tiers: &'static [Tier],
    pub interval: &'static str,
    pub months: i32,
}

pub const PRODUCTS: [(&str, &str); 2] =
    [("prod_TClubBox000001", "Club box"), ("prod_TClubTokyo0001", "Tokyo club")];
pub const PRICES: [Price; 4] = [
    Price {
        id: "price_1SClubBoxMonthly0000001",
        product: PRODUCTS[0].0,
        currency: "gbp",
        amount: 1_800,
        tiers: &[],
        interval: "month",
        months: 1,
    },
    Price {
        id: "price_1SClubBoxYearly00000001",
        product: PRODUCTS[0].0,
        currency: "gbp",
        amount: 18_000,
        tiers: &[],
        interval: "year",
        months: 12,
    },
    Price {
        id: "price_1SClubTokyoMonthly00001",
        product: PRODUCTS[1].0,
        currency: "jpy",
        amount: 2_400,
        tiers: &[],
        interval: "month",
        months: 1,
    },
    Price {
        id: "price_1SClubTeamMonthly000001",
        product: PRODUCTS[0].0,
        currency: "gbp",
        amount: 0,
        tiers: &[
            Tier { up_to: Some(5), unit: 1_620, flat: Some(600) },
            Tier { up_to: None, unit: 1_440, flat: None },
        ],
        interval: "month",
        months: 1,
    },
];
/// The price of teams.
pub const TEAM: usize = 3;

impl Price {
    /// What so many cost in a period, before discounts.
    pub fn of(&self, quantity: i64) -> i64 {
        let mut rest = quantity;
        let (mut sum, mut below) = (self.amount * quantity, 0);
        for tier in self.tiers {
            let room = tier.up_to.map_or(rest, |up_to| up_to - below);
            let units = rest.min(room);
            if units > 0 || below == 0 {
                sum += tier.flat.unwrap_or(0) + units * tier.unit;
            }
            rest -= units;
            below = tier.up_to.unwrap_or(below);
        }
        sum
    }
}

/// A coupon.
#[derive(Debug)]
pub struct Coupon {
    pub id: &'static str,
    pub name: &'static str,
    pub percent: Option<i64>,
    /// Minor units of `gbp`.
    pub amount: Option<i64>,
    pub duration: &'static str,
    pub months: Option<i32>,
}

pub const COUPONS: [Coupon; 3] = [
    Coupon {
        id: "CLUBFRIEND",
        name: "Friend of the club",
        percent: Some(10),
        amount: None,
        duration: "forever",
        months: None,
    },
    Coupon {
        id: "FIVEOFF",
        name: "Five off for three months",
        percent: None,
        amount: Some(500),
        duration: "repeating",
        months: Some(3),
    },
    Coupon {
        id: "TEAM20",
        name: "Teams of partners",
        percent: Some(20),
        amount: None,
        duration: "forever",
        months: None,
    },
];

/// A discount on a subscription or on its item.
#[derive(Clone, Debug)]
pub struct Taken {
    pub id: String,
    pub coupon: usize,
    pub on_item: bool,
    pub start: Seconds,
    pub end: Option<Seconds>,
}

/// What discounts leave of an amount at a moment: first those of the item, then those of the whole, each of what the one
/// before it left.
pub fn after(amount: i64, discounts: &[Taken], at: Seconds) -> i64 {
    let items = discounts.iter().filter(|taken| taken.on_item);
    let whole = discounts.iter().filter(|taken| !taken.on_item);
    let in_force = items.chain(whole).filter(|taken| taken.end.is_none_or(|end| at < end));
    in_force.fold(amount, |left, taken| {
        let coupon = &COUPONS[taken.coupon];
        let part = coupon.percent.map_or(0, |percent| (left * percent + 50) / 100);
        (left - part - coupon.amount.unwrap_or(0)).max(0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiers_and_discounts_follow_each_other() {
        // 5 x 16.20 + 6.00, then 2 x 14.40
        assert_eq!((PRICES[TEAM].of(5), PRICES[TEAM].of(7)), (8_700, 11_580));
        let taken = |coupon, on_item| Taken { id: String::new(), coupon, on_item, start: 0, end: None };
        // 20 % of the item, 10 % of the rest, then five
        assert_eq!(after(10_000, &[taken(0, false), taken(1, false), taken(2, true)], 5), 6_700);
        assert_eq!(after(10_000, &[Taken { end: Some(5), ..taken(1, false) }], 5), 10_000);
    }
}
