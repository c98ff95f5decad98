//! Root lists: filtered, sorted, paged by keys that stay true while the shop changes.
use super::compile::Pick;
use super::error::GraphqlError;
use super::field::Field;
use super::out::Out;
use super::render::{View, page_info};
use super::search::{self, Compare, Search};
use crate::world::shop::{Customer, Order, Product, Seconds, Shop, Variant};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Most objects that paging through one list reaches.
pub const REACH: u64 = 25_000;

/// The kinds of root list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `orders`
    Orders,
    /// `customers`
    Customers,
    /// `products`
    Products,
    /// `productVariants`
    Variants,
}

/// What a list is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SortKey {
    /// Platform number.
    Id,
    /// Time of creation; for orders also of processing.
    Created,
    /// Time of the last change.
    Updated,
}

impl Kind {
    /// The kind behind a root field, also for its count.
    pub fn of(field: Field) -> Option<Kind> {
        match field {
            Field::Orders | Field::OrdersCount => Some(Kind::Orders),
            Field::Customers | Field::CustomersCount => Some(Kind::Customers),
            Field::Products | Field::ProductsCount => Some(Kind::Products),
            Field::ProductVariants | Field::ProductVariantsCount => Some(Kind::Variants),
            _ => None,
        }
    }

    fn known_fields(self) -> &'static [&'static str] {
        match self {
            Kind::Orders => &[
                "updated_at",
                "created_at",
                "processed_at",
                "id",
                "name",
                "status",
                "test",
                "financial_status",
            ],
            Kind::Variants => &["updated_at", "id", "sku"],
            _ => &["updated_at", "created_at", "id"],
        }
    }

    fn sort_key(self, pick: &Pick) -> SortKey {
        match (pick.text("sortKey"), self) {
            (Some("UPDATED_AT"), _) => SortKey::Updated,
            (Some("CREATED_AT" | "PROCESSED_AT" | "ORDER_NUMBER"), _) | (None, Kind::Orders) => {
                SortKey::Created
            }
            _ => SortKey::Id,
        }
    }

    /// How many there are.
    pub fn count(self, shop: &Shop) -> usize {
        match self {
            Kind::Orders => shop.orders.len(),
            Kind::Customers => shop.customers.len(),
            Kind::Products => shop.products.len(),
            Kind::Variants => shop.variants.len(),
        }
    }

    fn facts(self, shop: &Shop, index: usize) -> Facts<'_> {
        match self {
            Kind::Orders => {
                let order = &shop.orders[index];
                Facts {
                    id: order.id,
                    created: order.placed_at,
                    updated: order.updated_at,
                    item: Item::Order(order),
                }
            }
            Kind::Customers => {
                let one = &shop.customers[index];
                Facts {
                    id: one.id,
                    created: one.created_at,
                    updated: one.updated_at,
                    item: Item::Customer(one),
                }
            }
            Kind::Products => {
                let one = &shop.products[index];
                Facts {
                    id: one.id,
                    created: one.created_at,
                    updated: one.updated_at,
                    item: Item::Product(one),
                }
            }
            Kind::Variants => {
                let one = &shop.variants[index];
                Facts {
                    id: one.id,
                    created: one.updated_at,
                    updated: one.updated_at,
                    item: Item::Variant(one),
                }
            }
        }
    }

    /// Writes the object at `index`.
    pub fn write(self, view: &View<'_>, out: &mut Out, picks: &[Pick], index: usize) {
        match self.facts(view.shop, index).item {
            Item::Order(order) => view.order(out, picks, order),
            Item::Customer(customer) => view.customer(out, picks, customer),
            Item::Product(product) => view.product(out, picks, product),
            Item::Variant(variant) => view.variant(out, picks, variant),
        }
    }
}

enum Item<'a> {
    Order(&'a Order),
    Customer(&'a Customer),
    Product(&'a Product),
    Variant(&'a Variant),
}

struct Facts<'a> {
    id: u64,
    created: Seconds,
    updated: Seconds,
    item: Item<'a>,
}

impl Facts<'_> {
    fn key(&self, sort: SortKey) -> (i64, u64) {
        match sort {
            SortKey::Id => (0, self.id),
            SortKey::Created => (self.created, self.id),
            SortKey::Updated => (self.updated, self.id),
        }
    }

    fn matches(&self, search: &Search) -> bool {
        search.terms.iter().all(|term| {
            let time =
                |at| search::moment(&term.value).is_none_or(|value| search::holds(at, term.compare, value));
            match (term.field.as_str(), &self.item) {
                ("updated_at", _) => time(self.updated),
                ("created_at" | "processed_at", _) => time(self.created),
                ("id", _) => search::id_of(&term.value)
                    .is_some_and(|value| search::holds(self.id as i64, term.compare, value)),
                ("name", Item::Order(order)) => {
                    let number = order.number.to_string();
                    let name = order.name.as_deref().unwrap_or(&number);
                    name.trim_start_matches('#') == term.value.trim_start_matches('#')
                }
                ("test", Item::Order(order)) => order.test == (term.value == "true"),
                ("status", Item::Order(order)) => match term.value.as_str() {
                    "open" => order.cancelled.is_none(),
                    "cancelled" => order.cancelled.is_some(),
                    "any" => true,
                    _ => false,
                },
                ("financial_status", Item::Order(order)) => {
                    super::render::financial_status(order).eq_ignore_ascii_case(&term.value)
                }
                ("sku", Item::Variant(variant)) => variant.sku == term.value,
                _ => true,
            }
        })
    }
}

/// A sorted list and the revision of the shop that it shows.
type AtRevision = (u64, Arc<Vec<u32>>);

/// Sorted orders of each list, kept until the shop changes.
#[derive(Default)]
pub struct Sorted {
    lists: Mutex<HashMap<(Kind, SortKey), AtRevision>>,
}

impl Sorted {
    fn get(&self, shop: &Shop, kind: Kind, sort: SortKey) -> Arc<Vec<u32>> {
        let mut lists = self.lists.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((revision, list)) = lists.get(&(kind, sort))
            && *revision == shop.revision
            && list.len() == kind.count(shop)
        {
            return Arc::clone(list);
        }
        let mut list: Vec<u32> = (0..kind.count(shop) as u32).collect();
        list.sort_by_key(|index| kind.facts(shop, *index as usize).key(sort));
        let list = Arc::new(list);
        lists.insert((kind, sort), (shop.revision, Arc::clone(&list)));
        list
    }
}

/// Where a page begins: the key before it and how many objects the pages before it had.
struct Cursor {
    key: (i64, u64),
    passed: u64,
}

impl Cursor {
    fn text(&self) -> String {
        STANDARD.encode(format!(
            "{{\"last_value\":{},\"last_id\":{},\"passed\":{}}}",
            self.key.0, self.key.1, self.passed
        ))
    }

    fn parse(text: &str) -> Option<Cursor> {
        let value: serde_json::Value = serde_json::from_slice(&STANDARD.decode(text).ok()?).ok()?;
        let number = |name| value.get(name);
        Some(Cursor {
            key: (number("last_value")?.as_i64()?, number("last_id")?.as_u64()?),
            passed: number("passed")?.as_u64()?,
        })
    }
}

/// The search of a root list.
pub fn search_of(kind: Kind, pick: &Pick) -> Search {
    Search::parse(pick.text("query").unwrap_or(""), kind.known_fields())
}

/// Indexes of everything a root list holds, in its order.
pub fn everything(sorted: &Sorted, shop: &Shop, kind: Kind, pick: &Pick) -> Vec<u32> {
    let search = search_of(kind, pick);
    let list = sorted.get(shop, kind, kind.sort_key(pick));
    let mut found: Vec<u32> =
        list.iter().copied().filter(|index| kind.facts(shop, *index as usize).matches(&search)).collect();
    if pick.yes("reverse") {
        found.reverse();
    }
    found
}

/// How many objects match, and whether that is exact under the limit.
pub fn count(shop: &Shop, kind: Kind, pick: &Pick) -> (usize, bool) {
    let search = search_of(kind, pick);
    let all = (0..kind.count(shop)).filter(|index| kind.facts(shop, *index).matches(&search)).count();
    let limit =
        if pick.is_null("limit") { usize::MAX } else { pick.int("limit").unwrap_or(10_000).max(0) as usize };
    (all.min(limit), all <= limit)
}

/// A page of a root list.
pub struct Page {
    found: Vec<u32>,
    passed: u64,
    next: bool,
    previous: bool,
    sort: SortKey,
    kind: Kind,
}

/// Finds the page that a root list's arguments ask for, of at most `largest` objects.
pub fn page(
    sorted: &Sorted,
    shop: &Shop,
    kind: Kind,
    pick: &Pick,
    largest: usize,
) -> Result<Page, GraphqlError> {
    let sort = kind.sort_key(pick);
    let list = sorted.get(shop, kind, sort);
    // `last` reads the list from its other end
    let size = pick.int("first").or(pick.int("last")).unwrap_or(0).max(0) as usize;
    let size = size.min(largest);
    let from_end = pick.int("last").is_some();
    let backwards = pick.yes("reverse") != from_end;
    let cursor_text = if from_end { pick.text("before") } else { pick.text("after") };
    let invalid = |text: &str| {
        GraphqlError::new("BAD_REQUEST", format!("invalid cursor for current pagination sort: {text}"))
    };
    let cursor = cursor_text.map(|text| Cursor::parse(text).ok_or_else(|| invalid(text))).transpose()?;
    let passed = cursor.as_ref().map_or(0, |cursor| cursor.passed);
    let key_of = |index: &u32| kind.facts(shop, *index as usize).key(sort);
    let search = search_of(kind, pick);
    let (mut low, mut high) = bounds(&search, sort, &list, &key_of);
    if let Some(cursor) = &cursor {
        if backwards {
            high = high.min(list.partition_point(|index| key_of(index) < cursor.key));
        } else {
            low = low.max(list.partition_point(|index| key_of(index) <= cursor.key));
        }
    }
    let reachable = REACH.saturating_sub(passed) as usize;
    let size = size.min(reachable);
    let range = &list[low.min(high)..high];
    let matching = |index: &u32| kind.facts(shop, *index as usize).matches(&search);
    let mut found: Vec<u32> = if backwards {
        range.iter().rev().copied().filter(matching).take(size + 1).collect()
    } else {
        range.iter().copied().filter(matching).take(size + 1).collect()
    };
    let more = found.len() > size && size < reachable;
    found.truncate(size);
    if from_end {
        found.reverse();
    }
    let (next, previous) = if from_end { (cursor.is_some(), more) } else { (more, cursor.is_some()) };
    Ok(Page { found, passed, next, previous, sort, kind })
}

/// The part of the sorted list that time conditions on its own key leave.
fn bounds(
    search: &Search,
    sort: SortKey,
    list: &[u32],
    key_of: &impl Fn(&u32) -> (i64, u64),
) -> (usize, usize) {
    let (mut low, mut high) = (0, list.len());
    for term in &search.terms {
        let own = matches!(
            (term.field.as_str(), sort),
            ("updated_at", SortKey::Updated) | ("created_at" | "processed_at", SortKey::Created)
        );
        let Some(value) = search::moment(&term.value).filter(|_| own) else { continue };
        match term.compare {
            Compare::From | Compare::After => {
                low = low.max(list.partition_point(|index| key_of(index).0 < value))
            }
            Compare::Until | Compare::Before => {
                high = high.min(list.partition_point(|index| key_of(index).0 <= value))
            }
            Compare::Is => {}
        }
    }
    (low, high)
}

impl Page {
    /// How many objects the page holds.
    pub fn len(&self) -> usize {
        self.found.len()
    }

    fn cursor(&self, shop: &Shop, place: usize) -> String {
        let key = self.kind.facts(shop, self.found[place] as usize).key(self.sort);
        Cursor { key, passed: self.passed + place as u64 + 1 }.text()
    }

    /// Writes the page as a connection.
    pub fn write(&self, view: &View<'_>, out: &mut Out, pick: &Pick) {
        out.open();
        for part in &pick.picks {
            out.key(&part.key);
            match part.field {
                Field::Nodes => view.list(out, self.found.iter(), |out, index| {
                    self.kind.write(view, out, &part.picks, *index as usize)
                }),
                Field::Edges => view.list(out, 0..self.found.len(), |out, place| {
                    out.open();
                    for inner in &part.picks {
                        out.key(&inner.key);
                        match inner.field {
                            Field::Cursor => out.text(&self.cursor(view.shop, place)),
                            Field::Node => {
                                self.kind.write(view, out, &inner.picks, self.found[place] as usize)
                            }
                            _ => out.text("Edge"),
                        }
                        out.comma();
                    }
                    out.close();
                }),
                Field::PageInfo => {
                    let ends = self
                        .found
                        .len()
                        .checked_sub(1)
                        .map(|last| (self.cursor(view.shop, 0), self.cursor(view.shop, last)));
                    let ends = ends.as_ref().map(|(start, end)| (start.as_str(), end.as_str()));
                    page_info(out, &part.picks, self.previous, self.next, ends);
                }
                _ => out.text(pick.base),
            }
            out.comma();
        }
        out.close();
    }
}
