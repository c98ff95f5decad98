//! The kinds of object and what each holds.
use crate::world::money::Cents;
use crate::world::shop::Seconds;

/// The kinds of object that can be listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Charge,
    Refund,
    Txn,
    Payout,
    Customer,
    Subscription,
    Invoice,
    InvoicePayment,
    Dispute,
    Event,
    Product,
    Price,
    /// A coupon.
    Coupon,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Kind; 13] = [
        Kind::Charge,
        Kind::Refund,
        Kind::Txn,
        Kind::Payout,
        Kind::Customer,
        Kind::Subscription,
        Kind::Invoice,
        Kind::InvoicePayment,
        Kind::Dispute,
        Kind::Event,
        Kind::Product,
        Kind::Price,
        Kind::Coupon,
    ];

    /// The word in the path.
    pub fn path(self) -> &'static str {
        match self {
            Kind::Charge => "charges",
            Kind::Refund => "refunds",
            Kind::Txn => "balance_transactions",
            Kind::Payout => "payouts",
            Kind::Customer => "customers",
            Kind::Subscription => "subscriptions",
            Kind::Invoice => "invoices",
            Kind::InvoicePayment => "invoice_payments",
            Kind::Dispute => "disputes",
            Kind::Event => "events",
            Kind::Product => "products",
            Kind::Price => "prices",
            Kind::Coupon => "coupons",
        }
    }

    /// The word in messages.
    pub fn noun(self) -> &'static str {
        match self {
            Kind::Charge => "charge",
            Kind::Refund => "refund",
            Kind::Txn => "balance transaction",
            Kind::Payout => "payout",
            Kind::Customer => "customer",
            Kind::Subscription => "subscription",
            Kind::Invoice => "invoice",
            Kind::InvoicePayment => "invoice payment",
            Kind::Dispute => "dispute",
            Kind::Event => "event",
            Kind::Product => "product",
            Kind::Price => "price",
            Kind::Coupon => "coupon",
        }
    }
}

/// A customer of the account.
#[derive(Debug)]
pub struct Customer {
    pub id: String,
    pub name: String,
    pub email: String,
    pub phone: String,
    pub country: &'static str,
    pub created: Seconds,
    /// When the telephone number was added.
    pub phone_at: Option<Seconds>,
    /// When the customer was deleted.
    pub deleted_at: Option<Seconds>,
}

/// What a charge paid for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paid {
    /// An order of the shop: number and name.
    Order(u64, String),
    /// An invoice, by index.
    Invoice(usize),
}

/// A card payment.
#[derive(Debug)]
pub struct Charge {
    pub n: u64,
    pub id: String,
    pub created: Seconds,
    /// Minor units of `currency`.
    pub amount: i64,
    pub currency: String,
    /// When and how much of it was collected.
    pub captured: Option<(Seconds, i64)>,
    pub failed: bool,
    pub customer: Option<usize>,
    pub paid: Paid,
    /// What arrived on the balance, home currency, before the fee.
    pub settled: Cents,
    pub fee: Cents,
    pub refunds: Vec<usize>,
    pub dispute: Option<usize>,
    pub txn: Option<usize>,
}

/// Money given back.
#[derive(Debug)]
pub struct Refund {
    pub n: u64,
    pub id: String,
    pub created: Seconds,
    pub charge: usize,
    pub amount: i64,
    pub txn: Option<usize>,
}

/// A payment that the card's holder called back.
#[derive(Debug)]
pub struct Dispute {
    pub n: u64,
    pub id: String,
    pub created: Seconds,
    pub charge: usize,
    /// When it is decided, and whether the merchant wins.
    pub decided: (Seconds, bool),
    pub txns: Vec<usize>,
}

/// What moved the balance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    Charge(usize),
    Refund(usize),
    /// The money taken at a dispute's beginning.
    Dispute(usize),
    /// The money given back after a dispute was won.
    Won(usize),
    /// The month's charge for screening payments.
    Screening,
    Payout(usize),
}

/// A movement on the balance, home currency.
#[derive(Debug)]
pub struct Txn {
    pub id: String,
    pub created: Seconds,
    pub available: Seconds,
    pub amount: Cents,
    pub fee: Cents,
    pub cause: Cause,
    /// The payout that took it along.
    pub payout: Option<usize>,
}

/// Money sent to the merchant's bank.
#[derive(Debug)]
pub struct Payout {
    pub id: String,
    pub created: Seconds,
    pub arrives: Seconds,
    pub amount: Cents,
    pub txn: usize,
}
