//! Events: what the shop and the mailings tell about people, late as the platform indexes them.
use super::ids;
use super::mailings::{BASKET, BROWSE, Campaign, Channel, WELCOME};
use super::people::{Consent, Person, Who, is_tracked};
use crate::draw::Draw;
use crate::world::money::Cents;
use crate::world::shop::{Order, Seconds, Shop};

/// The source of visits that the letters bring (index into the world's table).
const LETTER: u8 = 6;
/// Orders up to so long after a letter are credited to it.
const WINDOW: Seconds = 5 * 86_400;
/// An event can be listed at the latest so long after it happened.
const INDEX_LAG: i64 = 110 * 60;
/// The last click before an order lies at most so long before it.
const LAST_CLICK: Seconds = 90 * 60;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// An order was placed; its value is the total as agreed then.
    PlacedOrder,
    /// Money went back; its value is what went back.
    RefundedOrder,
    /// An order was cancelled.
    CancelledOrder,
    /// A link in a letter was followed.
    ClickedEmail,
    /// Somebody agreed to get letters.
    Subscribed,
    /// Letters sent; counted in reports, not listed one by one.
    ReceivedEmail,
    /// Letters opened; counted in reports, not listed one by one.
    OpenedEmail,
}

/// Every metric with its name and the integration that feeds it.
pub const METRICS: [(Metric, &str, &str); 7] = [
    (Metric::PlacedOrder, "Placed Order", "Shopify"),
    (Metric::RefundedOrder, "Refunded Order", "Shopify"),
    (Metric::CancelledOrder, "Cancelled Order", "Shopify"),
    (Metric::ClickedEmail, "Clicked Email", "Klaviyo"),
    (Metric::Subscribed, "Subscribed to Email Marketing", "Klaviyo"),
    (Metric::ReceivedEmail, "Received Email", "Klaviyo"),
    (Metric::OpenedEmail, "Opened Email", "Klaviyo"),
];

impl Metric {
    /// The platform's id.
    pub fn id(self, seed: u64) -> String {
        ids::short(&[seed, 651, self as u64])
    }
}

/// What an order or click is credited to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Credit {
    /// A campaign, by index.
    Campaign(u32),
    /// A flow, by index.
    Flow(u8),
}

/// An event.
#[derive(Clone, Debug)]
pub struct Event {
    /// The platform's id.
    pub id: String,
    /// What happened.
    pub metric: Metric,
    /// When.
    pub at: Seconds,
    /// To whom, by index.
    pub person: u32,
    /// Index of the order it is about.
    pub order: Option<u32>,
    /// Its value in the account's currency.
    pub value: Option<Cents>,
    /// What it is credited to, and when that was sent.
    pub credit: Option<(Credit, Seconds)>,
}

/// All events that can be listed at `now`, oldest first.
pub fn events(seed: u64, shop: &Shop, people: &[Person], campaigns: &[Campaign], now: Seconds) -> Vec<Event> {
    let mut found = Vec::with_capacity(shop.orders.len() * 5 / 4);
    let mut seen = vec![false; shop.customers.len()];
    for (index, order) in shop.orders.iter().enumerate() {
        let Some(person) = order.customer.filter(|_| is_tracked(order)) else { continue };
        let first = !std::mem::replace(&mut seen[person as usize], true);
        let credit = credit(seed, order, campaigns, first);
        let mut add = |metric, at, number, value| {
            let id = ids::event(&[seed, 661, metric as u64, order.id, number]);
            let order = Some(index as u32);
            found.push(Event { id, metric, at, person, order, value, credit: None });
        };
        add(Metric::PlacedOrder, order.placed_at, 0, Some(order.original_total()));
        for (number, (at, refund)) in order.refunds().enumerate() {
            add(Metric::RefundedOrder, at, number as u64, Some(refund.paid_back()));
        }
        if let Some((at, _)) = order.cancelled {
            add(Metric::CancelledOrder, at, 0, Some(order.original_total()));
        }
        if let (Some(credit), Some(journey)) = (credit, order.journey) {
            // the last click before the order: known with the order, and no later than the index lag allows
            let before = i64::from(journey.last.1).min(LAST_CLICK);
            add(Metric::ClickedEmail, order.placed_at - before, 0, None);
            for event in found.iter_mut().rev().take_while(|event| event.order == Some(index as u32)) {
                if matches!(event.metric, Metric::PlacedOrder | Metric::ClickedEmail) {
                    event.credit = Some(credit);
                }
            }
        }
    }
    found.extend(
        people.iter().enumerate().filter_map(|(index, person)| subscription(seed, index as u32, person)),
    );
    found.retain(|event| event.at + lag(seed, event) <= now);
    found.sort_by(|one, two| (one.at, &one.id).cmp(&(two.at, &two.id)));
    found
}

/// When somebody, a person by index, agreed to get letters.
pub fn subscription(seed: u64, index: u32, person: &Person) -> Option<Event> {
    let (Consent::Given(at) | Consent::TakenBack(at)) = person.email_consent else { return None };
    let (kind, number) = match person.who {
        Who::Customer(number) => (1, number),
        Who::Lead(number) => (2, number),
    };
    let id = ids::event(&[seed, 662, kind, u64::from(number)]);
    Some(Event { id, metric: Metric::Subscribed, at, person: index, order: None, value: None, credit: None })
}

/// Seconds until an event can be listed: most soon, some only after almost two hours.
fn lag(seed: u64, event: &Event) -> Seconds {
    let mut draw =
        Draw::new(&[seed, 671, event.at.unsigned_abs(), event.metric as u64, u64::from(event.person)]);
    let longest = if draw.between(1, 10) <= 7 { 300 } else { INDEX_LAG };
    draw.between(5, longest)
}

/// What an order is credited to: the last letter within five days before its click, else a flow.
fn credit(seed: u64, order: &Order, campaigns: &[Campaign], first: bool) -> Option<(Credit, Seconds)> {
    let journey = order.journey.filter(|journey| journey.last.0 == LETTER)?;
    let click = order.placed_at - i64::from(journey.last.1);
    // campaigns stand in the order of their days
    let before = campaigns.partition_point(|campaign| campaign.send_time <= click);
    let letter = campaigns[..before].iter().rposition(|one| one.channel == Channel::Email);
    if let Some(index) = letter
        && click - campaigns[index].send_time <= WINDOW
    {
        return Some((Credit::Campaign(index as u32), campaigns[index].send_time));
    }
    let mut draw = Draw::new(&[seed, 681, order.id]);
    let flow = match draw.between(1, 10) {
        _ if first => WELCOME,
        ..=7 => BASKET,
        _ => BROWSE,
    };
    Some((Credit::Flow(flow as u8), click - draw.between(60, 36 * 3_600)))
}
