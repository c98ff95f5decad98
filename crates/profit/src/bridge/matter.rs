//! What a part of a difference is about.

use netgain_domain::facts::{Line, OrderClass};

/// The matter of a part, in the order in which parts are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Matter {
    /// Orders of a kind that only one definition counts.
    Orders(OrderClass),
    /// What is given back counts on other days.
    RefundDay,
    Sales,
    LeftOut,
    Returns,
    ShippingIncome,
    OtherIncome,
    Tips,
    Duties,
    GiftCards,
    Tax,
    OrderTotal,
    Cogs,
    ShippingCosts,
    Handling,
    PaymentFees,
    Marketing,
    OperatingCosts,
}

impl Matter {
    /// The matter of a line.
    pub(super) fn of(line: Line) -> Self {
        match line {
            Line::GrossSales | Line::Discounts => Self::Sales,
            Line::LeftOutGrossSales | Line::LeftOutDiscounts | Line::LeftOutReturns => Self::LeftOut,
            Line::Returns => Self::Returns,
            Line::ShippingCharged | Line::ShippingRefunded => Self::ShippingIncome,
            Line::AdditionalFees | Line::ReturnFees | Line::Adjustments => Self::OtherIncome,
            Line::Tips | Line::TipsRefunded => Self::Tips,
            Line::Duties | Line::DutiesRefunded => Self::Duties,
            Line::GiftCardSales | Line::GiftCardsRefunded => Self::GiftCards,
            Line::TaxesCollected
            | Line::TaxesRefunded
            | Line::IncludedTaxes
            | Line::IncludedTaxesRefunded
            | Line::DiscountTaxes
            | Line::TotalTaxRest => Self::Tax,
            Line::TotalPriceRest => Self::OrderTotal,
            Line::CogsSold | Line::CogsRestocked | Line::NaiveCogs => Self::Cogs,
            // on no definition's steps
            Line::CogsEstimated | Line::CogsEstimatedMax | Line::CoveredNetSales | Line::ProductNetSales => {
                Self::Cogs
            }
            Line::ShippingCosts => Self::ShippingCosts,
            Line::Handling | Line::ReturnHandling => Self::Handling,
            Line::PaymentFees | Line::MarketplaceFees | Line::Chargebacks => Self::PaymentFees,
            Line::AdSpend | Line::MessagingCosts | Line::AffiliateCosts => Self::Marketing,
            Line::OperatingCosts => Self::OperatingCosts,
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Orders(class) => orders(class),
            Self::RefundDay => ("refund_day", "Day of refunds"),
            Self::Sales => ("sales", "Sales of goods"),
            Self::LeftOut => ("left_out_goods", "Goods left out for want of a cost"),
            Self::Returns => ("returns", "Returned goods"),
            Self::ShippingIncome => ("shipping_income", "Shipping income"),
            Self::OtherIncome => ("other_income", "Fees charged and adjustments"),
            Self::Tips => ("tips", "Tips"),
            Self::Duties => ("duties", "Duties"),
            Self::GiftCards => ("gift_cards", "Gift cards"),
            Self::Tax => ("tax", "Tax"),
            Self::OrderTotal => ("order_total", "Order total beyond the ledger (edits)"),
            Self::Cogs => ("cogs", "Cost of goods"),
            Self::ShippingCosts => ("shipping_costs", "Shipping costs"),
            Self::Handling => ("handling", "Handling"),
            Self::PaymentFees => ("payment_fees", "Payment and marketplace fees"),
            Self::Marketing => ("marketing", "Marketing"),
            Self::OperatingCosts => ("operating_costs", "Operating costs"),
        }
    }

    /// Stable name.
    pub(super) fn key(self) -> &'static str {
        self.words().0
    }

    /// Name for people.
    pub(super) fn label(self) -> &'static str {
        self.words().1
    }
}

fn orders(class: OrderClass) -> (&'static str, &'static str) {
    match class {
        OrderClass::None => ("costs_of_days", "Costs of no order"),
        OrderClass::Test => ("test_orders", "Test orders"),
        OrderClass::Voided => ("voided_orders", "Voided orders"),
        OrderClass::Expired => ("expired_orders", "Expired orders"),
        OrderClass::Cancelled => ("cancelled_orders", "Cancelled orders"),
        OrderClass::Pending => ("pending_orders", "Orders not paid yet"),
        OrderClass::Authorized => ("authorized_orders", "Authorised orders"),
        OrderClass::PartiallyPaid => ("partially_paid_orders", "Orders paid in part"),
        OrderClass::Other => ("other_orders", "Orders of another status"),
        OrderClass::Free => ("free_orders", "Orders for nothing"),
        OrderClass::Paid => ("paid_orders", "Paid orders that the settings leave out"),
    }
}
