//! The shop's customers, products and orders, and what happened to each order, in the world's own terms.
use super::money::Cents;
use jiff::civil::Date;

/// Seconds since 1970-01-01 UTC.
pub type Seconds = i64;

/// The shop: append-only lists that refer to each other by index.
#[derive(Debug, Default)]
pub struct Shop {
    /// The shop's number in its platform ids.
    pub id: u64,
    /// When the shop was opened.
    pub opened_at: Seconds,
    /// What is sold.
    pub products: Vec<Product>,
    /// The sellable variants of all products.
    pub variants: Vec<Variant>,
    /// Everybody who ordered.
    pub customers: Vec<Customer>,
    /// Orders in the order they were placed.
    pub orders: Vec<Order>,
    /// Grows with every change, so that derived indexes know when they are stale.
    pub revision: u64,
}

/// A product.
#[derive(Debug)]
pub struct Product {
    /// Platform number.
    pub id: u64,
    /// Its name.
    pub title: String,
    /// Who makes it.
    pub vendor: &'static str,
    /// Its category.
    pub product_type: &'static str,
    /// Whether it is a gift card.
    pub gift_card: bool,
    /// When it was added.
    pub created_at: Seconds,
    /// When it or one of its variants last changed.
    pub updated_at: Seconds,
    /// Index of its first variant; variants of a product are adjacent.
    pub first_variant: u32,
    /// How many variants it has.
    pub variant_count: u32,
}

/// A variant of a product.
#[derive(Debug)]
pub struct Variant {
    /// Platform number.
    pub id: u64,
    /// Index of its product.
    pub product: u32,
    /// For example `Large`.
    pub title: String,
    /// Stock keeping unit.
    pub sku: String,
    /// Shop-currency price as shown in the shop.
    pub price: Cents,
    /// Unit costs by the local day from which they hold, ascending; empty when the merchant never entered one.
    pub costs: Vec<DatedCost>,
    /// When it last changed.
    pub updated_at: Seconds,
}

impl Variant {
    /// The unit cost that holds on `day`, in shop currency.
    pub fn cost_on(&self, day: Date) -> Option<Cents> {
        self.costs.iter().rev().find(|cost| cost.valid_from <= day).map(|cost| cost.unit_cost)
    }
}

/// A unit cost and the local day from which it holds.
#[derive(Clone, Copy, Debug)]
pub struct DatedCost {
    /// First local day.
    pub valid_from: Date,
    /// Shop currency, ex tax.
    pub unit_cost: Cents,
}

/// A customer.
#[derive(Debug)]
pub struct Customer {
    /// Platform number.
    pub id: u64,
    /// First name, empty when unknown.
    pub first_name: &'static str,
    /// Last name, empty when unknown.
    pub last_name: &'static str,
    /// ISO 3166 country code, empty when unknown.
    pub country: &'static str,
    /// When the account was made.
    pub created_at: Seconds,
    /// When it last changed (an order changes it).
    pub updated_at: Seconds,
    /// Orders placed.
    pub orders: u32,
    /// Spent in shop currency, gross of refunds.
    pub spent: Cents,
}

/// Where an order was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// The online store.
    Web,
    /// A till.
    Pos,
    /// A draft order turned into an order, the way wholesale is sold.
    Draft,
}

/// Whether the order's money came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled {
    /// Paid in full.
    Paid,
    /// Authorised, not yet captured.
    Authorized,
    /// Not paid (yet).
    Pending,
    /// Cancelled before any payment.
    Voided,
}

/// Money of one movement, shop currency, signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// After discounts, with tax.
    pub total: Cents,
    /// The tax inside `total`.
    pub tax: Cents,
    /// Discount without the tax it saved.
    pub discount_net: Cents,
    /// Discount with the tax it saved.
    pub discount_gross: Cents,
}

impl Amounts {
    /// `total` without tax.
    pub fn net(self) -> Cents {
        self.total - self.tax
    }
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineKind {
    /// Goods.
    Product,
    /// A gift card: a liability, not a sale.
    GiftCard,
    /// A tip for the staff.
    Tip,
}

/// A line of an order.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it is.
    pub kind: LineKind,
    /// Index of the variant; none for a tip.
    pub variant: Option<u32>,
    /// Units sold.
    pub quantity: u32,
    /// Price of one unit as shown in the shop (with tax when the order's prices include it).
    pub unit_price: Cents,
    /// Tax in thousandths, 200 = 20 %.
    pub tax_rate: u16,
    /// Discount on this line alone, in displayed prices.
    pub line_discount: Cents,
    /// This line's share of the discounts on the whole order, in displayed prices.
    pub order_discount: Cents,
    /// Money of the sale as agreed.
    pub sold: Amounts,
    /// When an order edit added the line; none when it came with the order.
    pub added_at: Option<Seconds>,
}

/// The shipping of an order.
#[derive(Clone, Debug)]
pub struct Shipping {
    /// For example `Standard`.
    pub title: &'static str,
    /// Displayed price before discount.
    pub price: Cents,
    /// Displayed discount.
    pub discount: Cents,
    /// Tax in thousandths.
    pub tax_rate: u16,
    /// Money as agreed.
    pub sold: Amounts,
}

/// What came after the order was placed.
#[derive(Clone, Debug)]
pub struct Happening {
    /// When.
    pub at: Seconds,
    /// What.
    pub what: What,
}

/// The kinds of happening.
#[derive(Clone, Debug)]
pub enum What {
    /// An order edit added a line (by index).
    LineAdded(u8),
    /// An order edit gave a later discount on a line (by index); `total` and `tax` negative, discounts positive.
    Discounted(u8, Amounts),
    /// Money or goods or both came back.
    Refunded(Box<Refund>),
}

/// A refund; all amounts positive here, what the customer gets back.
#[derive(Clone, Debug, Default)]
pub struct Refund {
    /// Returned goods.
    pub lines: Vec<ReturnedLine>,
    /// Shipping given back.
    pub shipping: Amounts,
    /// Kept (positive, a restocking fee) or given on top (negative, goodwill); untaxed.
    pub adjustment: Cents,
    /// Why, in words.
    pub note: &'static str,
}

impl Refund {
    /// The money that goes back to the customer.
    pub fn paid_back(&self) -> Cents {
        self.lines.iter().map(|line| line.amounts.total).sum::<Cents>() + self.shipping.total
            - self.adjustment
    }
}

/// Units of a line that came back.
#[derive(Clone, Debug)]
pub struct ReturnedLine {
    /// Index of the line.
    pub line: u8,
    /// Units.
    pub quantity: u32,
    /// Where the goods went.
    pub restock: Restock,
    /// Their share of the line's money.
    pub amounts: Amounts,
}

/// Where returned goods went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Restock {
    /// Never sent: the order was cancelled.
    Cancel,
    /// Back on the shelf.
    Return,
    /// Lost or damaged.
    None,
}

/// A payment or its opposite.
#[derive(Clone, Debug)]
pub struct Payment {
    /// When.
    pub at: Seconds,
    /// What it did.
    pub kind: PaymentKind,
    /// Through what.
    pub gateway: Gateway,
    /// Whether it failed (a declined card); failed payments move nothing.
    pub failed: bool,
    /// Shop currency, always positive.
    pub amount: Cents,
    /// Fee terms, when the gateway reports fees.
    pub fee: Option<Fee>,
    /// Index of the payment it refers to.
    pub parent: Option<u8>,
}

/// What a gateway took.
#[derive(Clone, Copy, Debug)]
pub struct Fee {
    /// Ten-thousandths of the amount.
    pub rate: u16,
    /// Flat part, shop currency.
    pub flat: u16,
    /// Rate and flat part together, rounded half up to the cent.
    pub amount: Cents,
}

/// The kinds of payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentKind {
    /// Authorised and captured at once.
    Sale,
    /// Only authorised.
    Authorization,
    /// An authorisation collected.
    Capture,
    /// Money back.
    Refund,
    /// An authorisation given up.
    Void,
}

/// The ways to pay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// The platform's own card processing, which reports fees.
    ShopifyPayments,
    /// A wallet whose fees the platform does not know.
    Paypal,
    /// Paid with a gift card.
    GiftCard,
    /// Notes and coins.
    Cash,
    /// An invoice paid by bank transfer.
    Manual,
    /// The test gateway of a test order.
    Bogus,
}

/// How the customer came: indexes into the table of campaigns in `world::journeys`.
#[derive(Clone, Copy, Debug)]
pub struct Journey {
    /// First visit: campaign, and seconds before the order.
    pub first: (u8, u32),
    /// Last visit: campaign, and seconds before the order.
    pub last: (u8, u32),
}

/// The customer's currency where it is not the shop's.
#[derive(Clone, Copy, Debug)]
pub struct Presentment {
    /// ISO 4217.
    pub currency: &'static str,
    /// Millionths of the customer's currency for one unit of the shop's.
    pub rate: u32,
}

/// An order.
#[derive(Clone, Debug)]
pub struct Order {
    /// Platform number.
    pub id: u64,
    /// The number after `#`.
    pub number: u32,
    /// A name other than `#number`.
    pub name: Option<Box<str>>,
    /// Index of the customer; guests have none.
    pub customer: Option<u32>,
    /// When it was placed, and when its sale counts.
    pub placed_at: Seconds,
    /// When anything about it last changed.
    pub updated_at: Seconds,
    /// When and why it was cancelled.
    pub cancelled: Option<(Seconds, &'static str)>,
    /// Where it was made.
    pub channel: Channel,
    /// Whether the money came in.
    pub settled: Settled,
    /// A rehearsal that must not count.
    pub test: bool,
    /// Whether displayed prices include tax.
    pub taxes_included: bool,
    /// The customer's currency, when not the shop's.
    pub presentment: Option<Presentment>,
    /// The lines.
    pub lines: Vec<Line>,
    /// Shipping, when something was sent.
    pub shipping: Option<Box<Shipping>>,
    /// Edits, refunds and cancellations, in time order.
    pub happenings: Vec<Happening>,
    /// Payments, in time order.
    pub payments: Vec<Payment>,
    /// How the customer came.
    pub journey: Option<Journey>,
    /// Discount code used.
    pub discount_code: Option<&'static str>,
}
