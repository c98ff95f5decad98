//! The base lines of which every definition of profit is a selection, and what an order posts to them.
//!
//! A posting is (day, basis, line, amount). What is given back stands once under each basis, with that basis's
//! day; everything else stands once under [`Basis::All`]. So a reader chooses a basis by reading two of the four,
//! and every figure of every definition is a sum of lines with signs.

use std::ops::{AddAssign, Index, IndexMut};

use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::words::words;

words! {
    /// Which days postings stand on.
    #[derive(Default)]
    Basis {
        /// Its day is the same for everybody.
        #[default]
        All = "all",
        /// Given back, on the day it came back.
        ReturnDay = "return_day",
        /// Given back, on the day of its order.
        OrderDay = "order_day",
        /// Given back, on the day the money went back.
        CashDay = "cash_day",
    }
}

words! {
    /// What kind of order a posting belongs to. An order is of the first kind that fits, in this order.
    OrderClass {
        /// Of no order: advertising and other costs of days.
        None = "none",
        /// A test order.
        Test = "test",
        /// Its payment was voided.
        Voided = "voided",
        /// Its authorisation ran out.
        Expired = "expired",
        /// It was cancelled: its sale stands, and so does its reversal.
        Cancelled = "cancelled",
        /// Not paid yet.
        Pending = "pending",
        /// Authorised, not captured yet.
        Authorized = "authorized",
        /// Paid in part.
        PartiallyPaid = "partially_paid",
        /// A status this version does not know.
        Other = "other",
        /// Its goods were sold for nothing: gifts and exchanges.
        Free = "free",
        /// Paid, whatever was refunded later, or of a source without statuses.
        Paid = "paid",
    }
}

words! {
    /// A base line, in the reporting currency. Amounts are without tax unless the line says otherwise. Costs and
    /// what is given back are positive; whether a line adds or subtracts is said by a definition.
    Line {
        /// Goods sold at their price before discounts; gift cards are not goods.
        GrossSales = "gross_sales",
        /// Discounts on goods.
        Discounts = "discounts",
        /// Value of returned goods after their discounts.
        Returns = "returns",
        /// As `gross_sales`, of goods that the settings leave out for want of a cost.
        LeftOutGrossSales = "left_out_gross_sales",
        /// As `discounts`, of goods that are left out.
        LeftOutDiscounts = "left_out_discounts",
        /// As `returns`, of goods that are left out.
        LeftOutReturns = "left_out_returns",
        /// Delivery charged, after its discounts.
        ShippingCharged = "shipping_charged",
        /// Delivery refunded.
        ShippingRefunded = "shipping_refunded",
        /// Fees charged to the customer with the sale.
        AdditionalFees = "additional_fees",
        /// Fees on what is given back, such as a restocking fee that was kept; negative where a fee was refunded.
        ReturnFees = "return_fees",
        /// Refunds that differ from the goods' value, signed: goodwill is negative.
        Adjustments = "adjustments",
        /// Tips.
        Tips = "tips",
        /// Tips refunded.
        TipsRefunded = "tips_refunded",
        /// Import duties charged.
        Duties = "duties",
        /// Import duties refunded.
        DutiesRefunded = "duties_refunded",
        /// Gift cards sold.
        GiftCardSales = "gift_card_sales",
        /// Gift cards refunded.
        GiftCardsRefunded = "gift_cards_refunded",
        /// Tax on all that was sold.
        TaxesCollected = "taxes_collected",
        /// Tax on all that was given back.
        TaxesRefunded = "taxes_refunded",
        /// The part of `taxes_collected` that is inside displayed prices of goods.
        IncludedTaxes = "included_taxes",
        /// The part of `taxes_refunded` that is inside displayed prices of goods.
        IncludedTaxesRefunded = "included_taxes_refunded",
        /// Tax inside the discounts on displayed prices; collected by nobody.
        DiscountTaxes = "discount_taxes",
        /// Cost of the goods sold.
        CogsSold = "cogs_sold",
        /// Cost of the goods that went back on the shelf.
        CogsRestocked = "cogs_restocked",
        /// Part of `cogs_sold - cogs_restocked` that is a rule for missing costs.
        CogsEstimated = "cogs_estimated",
        /// What `cogs_estimated` would be if such goods cost all they were sold for.
        CogsEstimatedMax = "cogs_estimated_max",
        /// Net sales of goods with a recorded cost.
        CoveredNetSales = "covered_net_sales",
        /// Net sales of all goods that cost something.
        ProductNetSales = "product_net_sales",
        /// What sending the parcels cost.
        ShippingCosts = "shipping_costs",
        /// Picking and packing.
        Handling = "handling",
        /// Fees of payment providers.
        PaymentFees = "payment_fees",
        /// Fees of marketplaces.
        MarketplaceFees = "marketplace_fees",
        /// What taking goods back cost.
        ReturnHandling = "return_handling",
        /// Payments that banks took back, with their fees.
        Chargebacks = "chargebacks",
        /// Advertising.
        AdSpend = "ad_spend",
        /// E-mail and text messages.
        MessagingCosts = "messaging_costs",
        /// Affiliates and agencies.
        AffiliateCosts = "affiliate_costs",
        /// Dated operating costs.
        OperatingCosts = "operating_costs",
        /// What the order's own total, with tax, differs from what its ledger sold that day: edits, mostly.
        TotalPriceRest = "total_price_rest",
        /// What the order's own total tax differs from `taxes_collected` that day.
        TotalTaxRest = "total_tax_rest",
        /// Recorded unit cost, else the default ratio of the displayed price, times the units ordered. The naive cost.
        NaiveCogs = "naive_cogs",
    }
}

/// Number of base lines.
pub const LINES: usize = Line::ALL.len();

/// One amount for each base line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines([Decimal; LINES]);

impl Default for Lines {
    fn default() -> Self {
        Self([Decimal::ZERO; LINES])
    }
}

impl Lines {
    /// The amounts in the order of [`Line::ALL`].
    #[must_use]
    pub fn values(&self) -> &[Decimal; LINES] {
        &self.0
    }

    /// Lines of the amounts in the order of [`Line::ALL`].
    #[must_use]
    pub fn from_values(values: [Decimal; LINES]) -> Self {
        Self(values)
    }

    /// Whether every amount is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.0.iter().all(Decimal::is_zero)
    }
}

impl Line {
    /// The lines' names: columns in SQL, in the order of [`Lines::values`].
    pub fn names() -> impl Iterator<Item = &'static str> {
        Self::ALL.iter().map(|line| line.name())
    }
}

impl Index<Line> for Lines {
    type Output = Decimal;
    fn index(&self, line: Line) -> &Decimal {
        &self.0[line as usize]
    }
}

impl IndexMut<Line> for Lines {
    fn index_mut(&mut self, line: Line) -> &mut Decimal {
        &mut self.0[line as usize]
    }
}

impl AddAssign<&Lines> for Lines {
    fn add_assign(&mut self, other: &Lines) {
        for (to, from) in self.0.iter_mut().zip(&other.0).filter(|(_, from)| !from.is_zero()) {
            *to += from;
        }
    }
}

/// One amount on one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Posting {
    /// The amount, in the reporting currency.
    pub amount: Decimal,
    /// Local day of the workspace's zone.
    pub day: Date,
    /// Whose day it is.
    pub basis: Basis,
    /// The line.
    pub line: Line,
}

/// What an order posted, in no order of its own: two are equal if they post the same sums.
#[derive(Debug, Clone, Default)]
pub struct Postings {
    /// The order's day and 1, or 0 for a credit note; none if its amounts cannot be told in the reporting currency.
    pub placed: Option<(Date, i64)>,
    /// The single amounts.
    pub all: Vec<Posting>,
}

/// The base lines of an order on one day under one basis.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineEntry {
    /// 1 on the order's own day under [`Basis::All`], else 0; 0 on all days of a credit note.
    pub orders: i64,
    /// The amounts.
    pub lines: Lines,
}

/// The base lines of one kind of orders under one basis, summed over a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// The kind of the orders.
    pub class: OrderClass,
    /// Whether the settings count them.
    pub counted: bool,
    /// Whose days.
    pub basis: Basis,
    /// Orders placed; only under [`Basis::All`].
    pub orders: i64,
    /// The sums.
    pub lines: Lines,
}

impl Postings {
    /// The sums by basis and day, in the order of both.
    #[must_use]
    pub fn entries(&self) -> Vec<((Basis, Date), LineEntry)> {
        let mut entries: Vec<((Basis, Date), LineEntry)> = Vec::new();
        // an order has few of them, and postings come in runs of one
        let mut last = 0;
        let mut find = |entries: &mut Vec<((Basis, Date), LineEntry)>, key| {
            if entries.get(last).is_none_or(|(known, _)| *known != key) {
                last = entries.iter().position(|(known, _)| *known == key).unwrap_or_else(|| {
                    entries.push((key, LineEntry::default()));
                    entries.len() - 1
                });
            }
            last
        };
        if let Some((day, orders)) = self.placed {
            let at = find(&mut entries, (Basis::All, day));
            entries[at].1.orders = orders;
        }
        for posting in &self.all {
            let at = find(&mut entries, (posting.basis, posting.day));
            entries[at].1.lines[posting.line] += posting.amount;
        }
        entries.sort_unstable_by_key(|(key, _)| *key);
        entries
    }
}

impl PartialEq for Postings {
    fn eq(&self, other: &Self) -> bool {
        self.placed == other.placed && self.entries() == other.entries()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_found_under_their_own_name() {
        for (at, line) in Line::ALL.iter().enumerate() {
            let mut lines = Lines::default();
            assert!(lines.is_zero());
            lines[*line] = Decimal::ONE;
            assert_eq!(lines.values()[at], Decimal::ONE);
            assert_eq!(Line::from_name(line.name()), Some(*line));
        }
    }

    #[test]
    fn postings_are_equal_by_their_sums() {
        let post = |cents, day, basis| Posting {
            amount: Decimal::new(cents, 2),
            day: jiff::civil::date(2026, 3, day),
            basis,
            line: Line::Returns,
        };
        let of = |all: Vec<Posting>| Postings { placed: None, all };
        let one = of(vec![post(300, 1, Basis::ReturnDay), post(5, 2, Basis::ReturnDay)]);
        let other = of(vec![
            post(5, 2, Basis::ReturnDay),
            post(100, 1, Basis::ReturnDay),
            post(200, 1, Basis::ReturnDay),
        ]);
        assert_eq!(one, other);
        assert_ne!(one, of(vec![post(300, 1, Basis::OrderDay), post(5, 2, Basis::ReturnDay)]));
    }
}
