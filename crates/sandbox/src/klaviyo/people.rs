//! Profiles: the shop's customers and those who only left an address.
use super::ids;
use crate::draw::Draw;
use crate::world::leads::Lead;
use crate::world::people;
use crate::world::shop::{Order, Seconds, Shop};

/// Who a profile is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// A customer, by index.
    Customer(u32),
    /// Somebody who has not bought, by number.
    Lead(u32),
}

/// Whether somebody may be written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Agreed, at the moment.
    Given(Seconds),
    /// Agreed and took it back.
    TakenBack(Seconds),
    /// Never agreed.
    Never,
}

/// A profile.
#[derive(Clone, Debug)]
pub struct Person {
    /// The platform's id.
    pub id: String,
    /// Who it is.
    pub who: Who,
    /// The id that the shop gave; none for a lead.
    pub external_id: Option<u64>,
    /// The address.
    pub email: String,
    /// A number for text messages.
    pub phone: Option<String>,
    /// First name.
    pub first_name: &'static str,
    /// Last name.
    pub last_name: &'static str,
    /// ISO 3166 country code.
    pub country: &'static str,
    /// When the profile was made.
    pub created: Seconds,
    /// When it last changed.
    pub updated: Seconds,
    /// When something last happened to it.
    pub last_event: Seconds,
    /// Whether mail may be sent.
    pub email_consent: Consent,
    /// Whether text messages may be sent.
    pub sms_consent: Consent,
}

/// Whether the platform hears of an order: rehearsals and guests leave no profile.
pub fn is_tracked(order: &Order) -> bool {
    !order.test && order.customer.is_some()
}

/// Everybody who is known: customers first, by index, then leads by number.
pub fn everybody(seed: u64, shop: &Shop, leads: &[Lead]) -> Vec<Person> {
    let mut found = Vec::with_capacity(shop.customers.len() + 6_000);
    for (index, customer) in shop.customers.iter().enumerate() {
        let mut draw = Draw::new(&[seed, 611, customer.id]);
        let asked = draw.between(1, 100);
        let at = customer.created_at;
        found.push(Person {
            id: ids::long(&[seed, 601, customer.id]),
            who: Who::Customer(index as u32),
            external_id: Some(customer.id),
            email: people::email(customer),
            phone: Some(people::phone(customer)).filter(|phone| !phone.is_empty()),
            first_name: customer.first_name,
            last_name: customer.last_name,
            country: customer.country,
            created: at,
            updated: customer.updated_at,
            last_event: customer.updated_at,
            email_consent: match asked {
                ..=66 => Consent::Given(at),
                67..=71 => Consent::TakenBack(at),
                _ => Consent::Never,
            },
            sms_consent: if draw.between(1, 100) <= 25 { Consent::Given(at) } else { Consent::Never },
        });
    }
    for lead in leads {
        let at = lead.joined_at;
        found.push(Person {
            id: ids::long(&[seed, 602, u64::from(lead.number)]),
            who: Who::Lead(lead.number),
            external_id: None,
            email: lead.email(),
            phone: None,
            first_name: lead.first_name,
            last_name: lead.last_name,
            country: lead.country,
            created: at,
            updated: at,
            last_event: at,
            email_consent: Consent::Given(at),
            sms_consent: Consent::Never,
        });
    }
    found
}
