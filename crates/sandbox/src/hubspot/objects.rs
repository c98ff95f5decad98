//! Contacts, companies and deals: customers and leads, wholesale customers, wholesale orders.
use crate::AppState;
use crate::draw::Draw;
use crate::world::leads::{Lead, leads};
use crate::world::shop::{Channel, Order, Seconds, Settled, Shop};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The account's number.
pub const PORTAL: u64 = 62_515;
/// The app's number.
pub const APP: u64 = 54_772;

const DAY: Seconds = 86_400;
const CONTACTS: u64 = 40_000_000_000;
const COMPANIES: u64 = 30_000_000_000;
const DEALS: u64 = 50_000_000_000;

/// A kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A person.
    Contact,
    /// A business that buys wholesale.
    Company,
    /// A wholesale order on its way.
    Deal,
}

impl Kind {
    /// The kind that a path names, by its plural, singular or number.
    pub fn of(word: &str) -> Option<Kind> {
        match word {
            "contacts" | "contact" | "0-1" => Some(Kind::Contact),
            "companies" | "company" | "0-2" => Some(Kind::Company),
            "deals" | "deal" | "0-3" => Some(Kind::Deal),
            _ => None,
        }
    }

    /// Its word in the singular.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Contact => "contact",
            Kind::Company => "company",
            Kind::Deal => "deal",
        }
    }

    /// Its word in the plural.
    pub fn plural(self) -> &'static str {
        match self {
            Kind::Contact => "contacts",
            Kind::Company => "companies",
            Kind::Deal => "deals",
        }
    }

    /// The property that says when an object last changed.
    pub fn modified(self) -> &'static str {
        if self == Kind::Contact { "lastmodifieddate" } else { "hs_lastmodifieddate" }
    }
}

/// What an object stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A customer, by index.
    Customer(u32),
    /// Somebody who has not bought, by place in the index's list.
    Lead(u32),
    /// An order, by index.
    Order(u32),
}

/// An object.
#[derive(Clone, Copy, Debug)]
pub struct Object {
    /// The platform's number.
    pub id: u64,
    /// Its kind.
    pub kind: Kind,
    /// What it stands for.
    pub source: Source,
    /// When it was made.
    pub created: Seconds,
    /// When it last changed.
    pub updated: Seconds,
    /// When it was put away.
    pub archived: Option<Seconds>,
}

/// All objects at a moment.
#[derive(Debug, Default)]
pub struct Index {
    /// The moment.
    pub now: Seconds,
    /// Those who only left an address.
    pub leads: Vec<Lead>,
    /// Contacts by number.
    pub contacts: Vec<Object>,
    /// Companies by number.
    pub companies: Vec<Object>,
    /// Deals by number.
    pub deals: Vec<Object>,
    /// The last visit's source of each customer's first order from the web.
    pub first_source: HashMap<u32, u8>,
    /// The wholesale orders of each customer.
    pub orders_of: HashMap<u32, Vec<u32>>,
}

/// Whether an order is a wholesale deal.
fn is_deal(order: &Order) -> bool {
    order.channel == Channel::Draft && !order.test
}

/// A contact's number.
pub fn contact_id(customer: u32) -> u64 {
    CONTACTS + u64::from(customer) * 10 + 1
}

/// A company's number.
pub fn company_id(customer: u32) -> u64 {
    COMPANIES + u64::from(customer) * 10
}

/// A deal's number.
pub fn deal_id(order: &Order) -> u64 {
    DEALS + u64::from(order.number) * 8
}

/// The stage of a deal.
pub fn stage(order: &Order) -> &'static str {
    match order.settled {
        _ if order.cancelled.is_some() => "closedlost",
        Settled::Paid => "closedwon",
        Settled::Voided => "closedlost",
        Settled::Authorized | Settled::Pending => "contractsent",
    }
}

impl Index {
    /// Everything as it is at the world's clock.
    pub fn make(seed: u64, shop: &Shop, leads: Vec<Lead>, now: Seconds) -> Index {
        let mut index = Index { now, ..Index::default() };
        for (number, order) in shop.orders.iter().enumerate() {
            let place = number as u32;
            if let (Some(customer), Some(journey)) = (order.customer, order.journey) {
                index.first_source.entry(customer).or_insert(journey.first.0);
            }
            if !is_deal(order) {
                continue;
            }
            if let Some(customer) = order.customer {
                index.orders_of.entry(customer).or_default().push(place);
            }
            index.deals.push(Object {
                id: deal_id(order),
                kind: Kind::Deal,
                source: Source::Order(place),
                created: order.placed_at,
                updated: order.updated_at,
                archived: None,
            });
        }
        for (number, customer) in shop.customers.iter().enumerate() {
            let number = number as u32;
            index.contacts.push(Object {
                id: contact_id(number),
                kind: Kind::Contact,
                source: Source::Customer(number),
                created: customer.created_at,
                updated: customer.updated_at,
                archived: None,
            });
            let Some(orders) = index.orders_of.get(&number) else { continue };
            let each = || orders.iter().map(|order| &shop.orders[*order as usize]);
            index.companies.push(Object {
                id: company_id(number),
                kind: Kind::Company,
                source: Source::Customer(number),
                created: each().map(|order| order.placed_at).min().unwrap_or_default(),
                updated: each().map(|order| order.updated_at).max().unwrap_or_default(),
                archived: None,
            });
        }
        for (place, lead) in leads.iter().enumerate() {
            let mut draw = Draw::new(&[seed, 711, u64::from(lead.number)]);
            let leaves = draw.between(1, 150) == 1;
            let archive = lead.joined_at + draw.between(20 * DAY, 200 * DAY);
            let archived = (leaves && archive <= now).then_some(archive);
            index.contacts.push(Object {
                id: CONTACTS + u64::from(lead.number) * 10 + 2,
                kind: Kind::Contact,
                source: Source::Lead(place as u32),
                created: lead.joined_at,
                updated: archived.unwrap_or(lead.joined_at),
                archived,
            });
        }
        for list in [&mut index.contacts, &mut index.companies, &mut index.deals] {
            list.sort_by_key(|object| object.id);
        }
        index.leads = leads;
        index
    }

    /// The objects of a kind, by number.
    pub fn of(&self, kind: Kind) -> &[Object] {
        match kind {
            Kind::Contact => &self.contacts,
            Kind::Company => &self.companies,
            Kind::Deal => &self.deals,
        }
    }

    /// The object of that number.
    pub fn find(&self, kind: Kind, id: &str) -> Option<&Object> {
        let id: u64 = id.parse().ok()?;
        let list = self.of(kind);
        list.binary_search_by_key(&id, |object| object.id).ok().and_then(|place| list.get(place))
    }

    /// The numbers of the objects of a kind that an object is associated with.
    pub fn associated(&self, shop: &Shop, object: &Object, kind: Kind) -> Vec<u64> {
        let customer = match object.source {
            Source::Customer(customer) => Some(customer),
            Source::Order(order) => shop.orders.get(order as usize).and_then(|order| order.customer),
            Source::Lead(_) => None,
        };
        let Some(customer) = customer.filter(|customer| self.orders_of.contains_key(customer)) else {
            return Vec::new();
        };
        match kind {
            _ if kind == object.kind => Vec::new(),
            Kind::Contact => vec![contact_id(customer)],
            Kind::Company => vec![company_id(customer)],
            Kind::Deal => {
                let orders = self.orders_of.get(&customer).map(Vec::as_slice).unwrap_or_default();
                orders.iter().filter_map(|order| shop.orders.get(*order as usize)).map(deal_id).collect()
            }
        }
    }
}

/// The index of the last moment that was asked for.
#[derive(Debug, Default)]
pub struct Kept {
    last: Mutex<Option<(u64, Arc<Index>)>>,
}

impl Kept {
    /// The index of the world as it is now.
    pub fn get(&self, app: &AppState) -> Arc<Index> {
        let now = app.world.now().as_second();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let revision = app.world.shop().revision;
        if let Some((at, index)) = &*last
            && (*at, index.now) == (revision, now)
        {
            return Arc::clone(index);
        }
        let leads = leads(&app.world, app.options.seed);
        let index = Arc::new(Index::make(app.options.seed, &app.world.shop(), leads, now));
        *last = Some((revision, Arc::clone(&index)));
        index
    }
}
