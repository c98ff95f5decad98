//! The club: subscriptions that some customers take, with their invoices; drawn from the seed, apart from the orders.
use super::book::{Charge, Paid, from_yen, id};
use super::prices::{COUPONS, Coupon, PRICES, PRODUCTS, Price, TEAM, Taken, after};
use crate::draw::Draw;
use crate::world::money::{Cents, scale};
use crate::world::shop::{Seconds, Shop};
use jiff::{Span, Timestamp, tz::TimeZone};
use std::collections::HashMap;

const HOUR: Seconds = 3_600;
const DAY: Seconds = 86_400;

/// A paid stretch of a subscription.
#[derive(Clone, Copy, Debug)]
pub struct Period {
    pub start: Seconds,
    pub end: Seconds,
    pub quantity: i64,
    /// How long the first try to collect had failed before money came, nothing when it came at once.
    pub late: Option<Seconds>,
}

/// A subscription.
#[derive(Debug)]
pub struct Subscription {
    pub n: u64,
    pub id: String,
    pub customer: usize,
    pub price: usize,
    pub started: Seconds,
    pub trial_end: Option<Seconds>,
    pub periods: Vec<Period>,
    /// When the customer asked to leave at the period's end.
    pub leaves_at: Option<Seconds>,
    /// When it ended.
    pub ended: Option<Seconds>,
    pub invoices: Vec<usize>,
    pub discounts: Vec<Taken>,
}

/// An invoice for one period.
#[derive(Debug)]
pub struct Invoice {
    pub id: String,
    pub subscription: usize,
    pub number: usize,
    pub created: Seconds,
    pub finalized: Seconds,
    /// When collecting failed.
    pub failed: Option<Seconds>,
    pub paid: Option<Seconds>,
    pub period: Period,
    /// Before discounts; minor units of the price's currency, tax included.
    pub subtotal: i64,
    /// Minor units of the price's currency, tax included.
    pub total: i64,
    pub tax: i64,
    /// The number of the charge that paid it.
    pub charge_n: u64,
    /// Its place, once the charges are in order.
    pub charge: Option<usize>,
}

/// What paid an invoice.
#[derive(Debug)]
pub struct Payment {
    pub id: String,
    pub created: Seconds,
    pub invoice: usize,
}

/// The club with everything in it.
#[derive(Debug, Default)]
pub struct Club {
    pub opened: Seconds,
    open: bool,
    pub subscriptions: Vec<Subscription>,
    pub invoices: Vec<Invoice>,
    pub payments: Vec<Payment>,
}

impl Club {
    /// Whether there is a club.
    pub fn is_open(&self) -> bool {
        self.open
    }

    /// Ids and names of what is sold.
    pub fn products(&self) -> &'static [(&'static str, &'static str)] {
        if self.open { &PRODUCTS } else { &[] }
    }

    /// The prices.
    pub fn prices(&self) -> &'static [Price] {
        if self.open { &PRICES } else { &[] }
    }

    /// The coupons.
    pub fn coupons(&self) -> &'static [Coupon] {
        if self.open { &COUPONS } else { &[] }
    }

    /// A discount by its id.
    pub fn discount(&self, id: &str) -> Option<(&Subscription, &Taken)> {
        let of = |subscription| move |taken| (subscription, taken);
        let all = self.subscriptions.iter().flat_map(|one| one.discounts.iter().map(of(one)));
        all.into_iter().find(|(_, taken)| taken.id == id)
    }

    /// The price of a subscription.
    pub fn price_of(&self, subscription: &Subscription) -> &'static Price {
        &PRICES[subscription.price]
    }

    /// Learns where the charges stand.
    pub fn settle_charges(&mut self, place: &HashMap<u64, usize>) {
        for invoice in &mut self.invoices {
            invoice.charge = place.get(&invoice.charge_n).copied();
        }
    }
}

/// Derives the club until `now`; its payments are added to `charges`.
pub fn derive(shop: &Shop, seed: u64, now: Seconds, charges: &mut Vec<Charge>, home: &str) -> Club {
    let mut club = Club { opened: shop.opened_at, open: true, ..Club::default() };
    for (index, customer) in shop.customers.iter().enumerate() {
        let mut draw = Draw::new(&[seed, 921, customer.id]);
        let started = customer.created_at + draw.between(DAY, 60 * DAY);
        if draw.between(1, 1_000) > 40 || started > now {
            continue;
        }
        let price = match draw.between(1, 100) {
            ..=72 => 0,
            73..=88 => 1,
            _ => 2,
        };
        // drawn apart, so that teams and discounts change nothing else
        let kind = Draw::new(&[seed, 923, customer.id]).between(1, 100);
        let price = if price == 0 && kind <= 15 { TEAM } else { price };
        let trial_end = (draw.between(1, 100) <= 20).then_some(started + 14 * DAY);
        let mut one = live(customer.id, index, price, started, trial_end, now, &mut draw);
        one.discounts = discounts(&one, kind);
        club.subscriptions.push(one);
    }
    club.subscriptions.sort_by_key(|subscription| (subscription.started, subscription.n));
    let mut invoices = Vec::new();
    for (index, subscription) in club.subscriptions.iter().enumerate() {
        for (number, period) in subscription.periods.iter().enumerate() {
            invoices.push(invoice(subscription, index, number, *period, now));
        }
    }
    invoices.sort_by_key(|invoice| (invoice.created, invoice.charge_n));
    for (index, invoice) in invoices.iter().enumerate() {
        let subscription = &mut club.subscriptions[invoice.subscription];
        subscription.invoices.push(index);
        add_charges(subscription, invoice, index, charges, home);
        if let Some(paid) = invoice.paid {
            club.payments.push(Payment {
                id: id("inpay", 9, invoice.charge_n),
                created: paid,
                invoice: index,
            });
        }
    }
    club.payments.sort_by_key(|payment| (payment.created, payment.invoice));
    club.invoices = invoices;
    club
}

/// The discounts of a subscription: some friends and new customers of the plain price, and some teams.
fn discounts(subscription: &Subscription, kind: i64) -> Vec<Taken> {
    let chosen: &[(usize, bool)] = match (subscription.price, kind) {
        (TEAM, ..=7) => &[(2, true), (1, false)],
        (0, 16..=22) => &[(0, false), (1, false)],
        (0, 23..=35) => &[(0, false)],
        _ => &[],
    };
    let start = subscription.started;
    let taken = |(place, (coupon, on_item)): (usize, &(usize, bool))| Taken {
        id: id("di", 11, subscription.n * 8 + place as u64),
        coupon: *coupon,
        on_item: *on_item,
        start,
        end: COUPONS[*coupon].months.map(|months| later(start, months)),
    };
    chosen.iter().enumerate().map(taken).collect()
}

/// Lives a subscription from its start until `now`.
fn live(
    n: u64,
    customer: usize,
    price: usize,
    started: Seconds,
    trial_end: Option<Seconds>,
    now: Seconds,
    draw: &mut Draw,
) -> Subscription {
    let mut subscription = Subscription {
        n,
        id: id("sub", 5, n),
        customer,
        price,
        started,
        trial_end,
        periods: Vec::new(),
        leaves_at: None,
        ended: None,
        invoices: Vec::new(),
        discounts: Vec::new(),
    };
    let (months, anchor) = (PRICES[price].months, trial_end.unwrap_or(started));
    // teams take several boxes
    let first = if price == TEAM { 3 + (n % 5) as i64 } else { 1 };
    let mut quantity = first;
    for count in 0.. {
        let (start, end) = (later(anchor, months * count), later(anchor, months * (count + 1)));
        if start > now || end <= start {
            break;
        }
        // every draw is made, so that the future does not hang on the clock
        let (grows, leaves, fails) =
            (draw.between(1, 100) <= 4, draw.between(1, 100) <= 7, draw.between(1, 100) <= 4);
        let asks = start + draw.between(2, 80) * (end - start) / 100;
        if count > 0 && grows && quantity < first + 2 {
            quantity += 1;
        }
        subscription.periods.push(Period { start, end, quantity, late: fails.then_some(3 * DAY) });
        if leaves && asks <= now {
            subscription.leaves_at = Some(asks);
            subscription.ended = (end <= now).then_some(end);
            break;
        }
    }
    subscription
}

fn invoice(
    subscription: &Subscription,
    index: usize,
    number: usize,
    period: Period,
    now: Seconds,
) -> Invoice {
    let price = &PRICES[subscription.price];
    let subtotal = price.of(period.quantity);
    let total = after(subtotal, &subscription.discounts, period.start);
    // the first is collected at once, later ones are drafts for an hour
    let finalized = period.start + if number == 0 { 0 } else { HOUR };
    let failed = period.late.map(|_| finalized).filter(|at| *at <= now);
    let paid = Some(finalized + period.late.unwrap_or(0)).filter(|at| *at <= now);
    let charge_n = (subscription.n * 1_024 + number as u64) | 1 << 62;
    Invoice {
        id: id("in", 6, charge_n),
        subscription: index,
        number: number + 1,
        created: period.start,
        finalized,
        failed,
        paid,
        period,
        subtotal,
        total,
        tax: if price.currency == "gbp" { scale(total, 200, 1_200) } else { 0 },
        charge_n,
        charge: None,
    }
}

/// The charge that paid, and before it the one that failed.
fn add_charges(
    subscription: &Subscription,
    invoice: &Invoice,
    index: usize,
    charges: &mut Vec<Charge>,
    home: &str,
) {
    let price = &PRICES[subscription.price];
    let settled: Cents = if price.currency == home { invoice.total } else { from_yen(invoice.total) };
    let charge = |n: u64, at: Seconds, failed: bool| Charge {
        n,
        id: id("ch", 1, n),
        created: at,
        amount: invoice.total,
        currency: price.currency.to_owned(),
        captured: (!failed).then_some((at, invoice.total)),
        failed,
        customer: Some(subscription.customer),
        paid: Paid::Invoice(index),
        settled: if failed { 0 } else { settled },
        fee: if failed { 0 } else { scale(settled, 150, 10_000) + 20 },
        refunds: Vec::new(),
        dispute: None,
        txn: None,
    };
    if let Some(at) = invoice.failed {
        charges.push(charge(invoice.charge_n | 1 << 61, at, true));
    }
    if let Some(at) = invoice.paid {
        charges.push(charge(invoice.charge_n, at, false));
    }
}

/// The same time of day some months later; the last day of a shorter month where the day is missing.
fn later(at: Seconds, months: i32) -> Seconds {
    Timestamp::from_second(at).map_or(at, |moment| {
        moment.to_zoned(TimeZone::UTC).saturating_add(Span::new().months(months)).timestamp().as_second()
    })
}
