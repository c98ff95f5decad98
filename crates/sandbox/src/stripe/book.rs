//! The objects of the account, derived from the shop: nothing is stored, the same shop gives the same objects.
use super::club::{self, Club};
pub use super::objects::{Cause, Charge, Customer, Dispute, Kind, Paid, Payout, Refund, Txn};
use crate::draw::{Draw, mix};
use crate::world::money::{Cents, scale};
use crate::world::shop::{Gateway, Order, PaymentKind, Seconds, Shop};
use crate::world::{Brand, days, people};
use jiff::tz::TimeZone;
use std::collections::HashMap;

const DAY: Seconds = 86_400;
/// Days until a payment can be paid out.
const DELAY_DAYS: i64 = 3;
/// Fee of a dispute, home currency.
const DISPUTE_FEE: Cents = 2_000;

/// All objects, each list in order of creation.
#[derive(Debug, Default)]
pub struct Book {
    /// The home currency, lower case.
    pub home: String,
    pub customers: Vec<Customer>,
    pub charges: Vec<Charge>,
    pub refunds: Vec<Refund>,
    pub disputes: Vec<Dispute>,
    pub txns: Vec<Txn>,
    pub payouts: Vec<Payout>,
    pub club: Club,
    pub events: Vec<super::events::Event>,
    places: HashMap<String, (Kind, usize)>,
}

/// An id of the platform's shape; different numbers of one kind never meet.
pub fn id(prefix: &str, kind: u64, n: u64) -> String {
    let mixed = mix(mix(n) ^ mix(kind));
    format!("{prefix}_3S{:016x}{:04x}", mixed, mix(mixed) & 0xffff)
}

/// Derives everything that has happened until `now`.
pub fn derive(brand: &Brand, shop: &Shop, seed: u64, now: Seconds) -> Book {
    let mut book = Book { home: brand.currency.to_lowercase(), ..Book::default() };
    book.add_customers(shop, seed, now);
    let mut backs = Vec::new();
    for order in shop.orders.iter().filter(|order| !order.test) {
        book.add_order(order, &mut backs);
    }
    if !brand.is_still() {
        book.club = club::derive(shop, seed, now, &mut book.charges, &book.home);
    }
    book.charges.sort_by_key(|charge| (charge.created, charge.n));
    let place: HashMap<u64, usize> =
        book.charges.iter().enumerate().map(|(index, charge)| (charge.n, index)).collect();
    book.club.settle_charges(&place);
    backs.sort_by_key(|(created, n, _, _)| (*created, *n));
    for (created, n, charge, amount) in backs {
        let Some(&charge) = place.get(&charge) else { continue };
        book.charges[charge].refunds.push(book.refunds.len());
        book.refunds.push(Refund { n, id: id("re", 2, n), created, charge, amount, txn: None });
    }
    book.add_disputes(seed, now);
    book.add_txns(now);
    book.add_payouts(now);
    book.events = super::events::derive(&book, now);
    book.places = book.index();
    book
}

impl Book {
    fn add_customers(&mut self, shop: &Shop, seed: u64, now: Seconds) {
        for customer in &shop.customers {
            let mut draw = Draw::new(&[seed, 911, customer.id]);
            let phone_at = customer.created_at + draw.between(DAY, 60 * DAY);
            let deleted_at = customer.created_at + draw.between(90 * DAY, 200 * DAY);
            let (phones, leaves) = (draw.between(1, 1_000) <= 70, draw.between(1, 1_000) <= 25);
            let name = format!("{} {}", customer.first_name, customer.last_name).trim().to_owned();
            self.customers.push(Customer {
                id: format!("cus_{}", &id("", 7, customer.id)[3..17]),
                name,
                email: people::email(customer),
                phone: people::phone(customer),
                country: customer.country,
                created: customer.created_at,
                phone_at: (phones && phone_at <= now).then_some(phone_at),
                deleted_at: (leaves && deleted_at <= now).then_some(deleted_at),
            });
        }
    }

    fn add_order(&mut self, order: &Order, backs: &mut Vec<(Seconds, u64, u64, i64)>) {
        let n_of = |payment: usize| order.id * 256 + payment as u64;
        let name = order.name.as_deref().map_or_else(|| format!("#{}", order.number), str::to_owned);
        // where the charge of a payment stands; a capture belongs to its authorisation's charge
        let mut charge_of: Vec<Option<usize>> = Vec::with_capacity(order.payments.len());
        for (index, payment) in order.payments.iter().enumerate() {
            let parent =
                payment.parent.and_then(|parent| charge_of.get(usize::from(parent)).copied().flatten());
            let mut own = None;
            match payment.kind {
                _ if payment.gateway != Gateway::ShopifyPayments => {}
                PaymentKind::Sale | PaymentKind::Authorization => {
                    own = Some(self.charges.len());
                    let captured = payment.kind == PaymentKind::Sale && !payment.failed;
                    self.charges.push(Charge {
                        n: n_of(index),
                        id: id("ch", 1, n_of(index)),
                        created: payment.at,
                        amount: payment.amount,
                        currency: self.home.clone(),
                        captured: captured.then_some((payment.at, payment.amount)),
                        failed: payment.failed,
                        customer: order.customer.map(|customer| customer as usize),
                        paid: Paid::Order(order.id, name.clone()),
                        settled: if captured { payment.amount } else { 0 },
                        fee: payment.fee.filter(|_| captured).map_or(0, |fee| fee.amount),
                        refunds: Vec::new(),
                        dispute: None,
                        txn: None,
                    });
                }
                PaymentKind::Capture => {
                    own = parent;
                    if let Some(charge) = parent.and_then(|parent| self.charges.get_mut(parent)) {
                        charge.captured = Some((payment.at, payment.amount));
                        charge.settled = payment.amount;
                        charge.fee = payment.fee.map_or(0, |fee| fee.amount);
                    }
                }
                PaymentKind::Refund if !payment.failed => {
                    if let Some(charge) = parent.and_then(|parent| self.charges.get(parent)) {
                        backs.push((payment.at, n_of(index), charge.n, payment.amount));
                    }
                }
                PaymentKind::Refund | PaymentKind::Void => {}
            }
            charge_of.push(own);
        }
    }

    /// Payments of the club are sometimes called back by the card's holder.
    fn add_disputes(&mut self, seed: u64, now: Seconds) {
        let mut found = Vec::new();
        for (index, charge) in self.charges.iter().enumerate() {
            if charge.failed || charge.captured.is_none() || matches!(charge.paid, Paid::Order(..)) {
                continue;
            }
            let mut draw = Draw::new(&[seed, 912, charge.n]);
            let created = charge.created + draw.between(10 * DAY, 40 * DAY);
            let decided = created + draw.between(20 * DAY, 50 * DAY);
            let wins = draw.between(1, 100) <= 40;
            if draw.between(1, 1_000) <= 25 && created <= now {
                found.push(Dispute {
                    n: charge.n,
                    id: id("dp", 3, charge.n),
                    created,
                    charge: index,
                    decided: (decided, wins),
                    txns: Vec::new(),
                });
            }
        }
        found.sort_by_key(|dispute| (dispute.created, dispute.n));
        for (index, dispute) in found.iter().enumerate() {
            self.charges[dispute.charge].dispute = Some(index);
        }
        self.disputes = found;
    }

    fn add_txns(&mut self, now: Seconds) {
        let mut txns: Vec<(u64, Txn)> = Vec::new();
        let mut add = |kind: u64, n: u64, created: Seconds, amount: Cents, fee: Cents, cause: Cause| {
            let txn = Txn {
                id: id("txn", 20 + kind, n),
                created,
                available: midnight(created) + DELAY_DAYS * DAY,
                amount,
                fee,
                cause,
                payout: None,
            };
            txns.push((mix(n ^ kind), txn));
        };
        for (index, charge) in self.charges.iter().enumerate() {
            if let Some((at, _)) = charge.captured {
                add(1, charge.n, at, charge.settled, charge.fee, Cause::Charge(index));
            }
        }
        for (index, refund) in self.refunds.iter().enumerate() {
            add(2, refund.n, refund.created, -refund.amount, 0, Cause::Refund(index));
        }
        for (index, dispute) in self.disputes.iter().enumerate() {
            let settled = self.charges[dispute.charge].settled;
            add(3, dispute.n, dispute.created, -settled, DISPUTE_FEE, Cause::Dispute(index));
            if dispute.decided.1 && dispute.decided.0 <= now {
                add(4, dispute.n, dispute.decided.0, settled, 0, Cause::Won(index));
            }
        }
        for (month, at, count) in self.months(now) {
            add(5, month, at, 0, 2 * count, Cause::Screening);
        }
        txns.sort_by_key(|(key, txn)| (txn.created, *key));
        self.txns = txns.into_iter().map(|(_, txn)| txn).collect();
    }

    /// Months that are over: a number, when they were charged for, and the payments in them.
    fn months(&self, now: Seconds) -> Vec<(u64, Seconds, i64)> {
        let mut counts: HashMap<(i16, i8), i64> = HashMap::new();
        for charge in &self.charges {
            let day = days::day_of(charge.created, &TimeZone::UTC);
            *counts.entry((day.year(), day.month())).or_default() += 1;
        }
        let mut months = Vec::new();
        for ((year, month), count) in counts {
            let Ok(first) = jiff::civil::Date::new(year, month, 1) else { continue };
            let next = first.saturating_add(jiff::Span::new().months(1));
            let at = days::at(next, 4, 0, 0, &TimeZone::UTC);
            if at <= now && self.club.is_open() {
                months.push((year.unsigned_abs() as u64 * 12 + month.unsigned_abs() as u64, at, count));
            }
        }
        months
    }

    /// Every day at two in the morning what is available is paid out.
    fn add_payouts(&mut self, now: Seconds) {
        let Some(first) = self.txns.first() else { return };
        let mut at = midnight(first.created) + 2 * 3_600;
        let (mut next, mut open, mut sum) = (0, Vec::new(), 0);
        let earlier = self.txns.len();
        while at <= now {
            while next < earlier && self.txns[next].available <= at {
                sum += self.txns[next].amount - self.txns[next].fee;
                open.push(next);
                next += 1;
            }
            if sum > 0 {
                let (payout, n) = (self.payouts.len(), at.unsigned_abs());
                for index in open.drain(..) {
                    self.txns[index].payout = Some(payout);
                }
                let arrives = midnight(at) + DAY;
                self.payouts.push(Payout {
                    id: id("po", 4, n),
                    created: at,
                    arrives,
                    amount: sum,
                    txn: self.txns.len(),
                });
                self.txns.push(Txn {
                    id: id("txn", 26, n),
                    created: at,
                    available: arrives,
                    amount: -sum,
                    fee: 0,
                    cause: Cause::Payout(payout),
                    payout: Some(payout),
                });
                sum = 0;
            }
            at += DAY;
        }
        self.order_txns();
    }

    /// Puts the payouts' movements between the others and tells every object where its movement stands.
    fn order_txns(&mut self) {
        let mut txns = std::mem::take(&mut self.txns);
        // stable: those of one second keep their order
        txns.sort_by_key(|txn| txn.created);
        for (index, txn) in txns.iter().enumerate() {
            match txn.cause {
                Cause::Charge(charge) => self.charges[charge].txn = Some(index),
                Cause::Refund(refund) => self.refunds[refund].txn = Some(index),
                Cause::Dispute(dispute) | Cause::Won(dispute) => self.disputes[dispute].txns.push(index),
                Cause::Payout(payout) => self.payouts[payout].txn = index,
                Cause::Screening => {}
            }
        }
        self.txns = txns;
    }

    fn index(&self) -> HashMap<String, (Kind, usize)> {
        let mut places = HashMap::new();
        for kind in Kind::ALL {
            for place in 0..self.count(kind) {
                places.insert(self.entry(kind, place).0.to_owned(), (kind, place));
            }
        }
        places
    }

    /// Where an object stands.
    pub fn find(&self, id: &str) -> Option<(Kind, usize)> {
        self.places.get(id).copied()
    }

    /// How many objects of a kind there are.
    pub fn count(&self, kind: Kind) -> usize {
        match kind {
            Kind::Charge => self.charges.len(),
            Kind::Refund => self.refunds.len(),
            Kind::Txn => self.txns.len(),
            Kind::Payout => self.payouts.len(),
            Kind::Customer => self.customers.len(),
            Kind::Subscription => self.club.subscriptions.len(),
            Kind::Invoice => self.club.invoices.len(),
            Kind::InvoicePayment => self.club.payments.len(),
            Kind::Dispute => self.disputes.len(),
            Kind::Event => self.events.len(),
            Kind::Product => self.club.products().len(),
            Kind::Price => self.club.prices().len(),
            Kind::Coupon => self.club.coupons().len(),
        }
    }

    /// Id and time of creation of an object.
    pub fn entry(&self, kind: Kind, place: usize) -> (&str, Seconds) {
        match kind {
            Kind::Charge => (&self.charges[place].id, self.charges[place].created),
            Kind::Refund => (&self.refunds[place].id, self.refunds[place].created),
            Kind::Txn => (&self.txns[place].id, self.txns[place].created),
            Kind::Payout => (&self.payouts[place].id, self.payouts[place].created),
            Kind::Customer => (&self.customers[place].id, self.customers[place].created),
            Kind::Subscription => {
                (&self.club.subscriptions[place].id, self.club.subscriptions[place].started)
            }
            Kind::Invoice => (&self.club.invoices[place].id, self.club.invoices[place].created),
            Kind::InvoicePayment => (&self.club.payments[place].id, self.club.payments[place].created),
            Kind::Dispute => (&self.disputes[place].id, self.disputes[place].created),
            Kind::Event => (&self.events[place].id, self.events[place].created),
            Kind::Product => (self.club.products()[place].0, self.club.opened),
            Kind::Price => (self.club.prices()[place].id, self.club.opened),
            Kind::Coupon => (self.club.coupons()[place].id, self.club.opened),
        }
    }
}

/// The first second of the UTC day.
pub fn midnight(at: Seconds) -> Seconds {
    at - at.rem_euclid(DAY)
}

/// Converts whole yen into home cents at the account's fixed rate of 190 yen.
pub fn from_yen(yen: i64) -> Cents {
    scale(yen, 100, 190)
}
