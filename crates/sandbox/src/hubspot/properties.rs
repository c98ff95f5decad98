//! The properties of objects: their definitions and values, all of them text.
use super::objects::{Index, Kind, Object, Source, company_id, stage};
use crate::AppState;
use crate::draw::Draw;
use crate::world::journeys::SOURCES;
use crate::world::money::decimal;
use crate::world::people;
use crate::world::shop::{PaymentKind, Seconds, Shop};
use jiff::Timestamp;
use serde_json::{Value, json};

/// A property's name, label and type.
pub type Definition = (&'static str, &'static str, &'static str);

const CONTACT: &[Definition] = &[
    ("hs_object_id", "Record ID", "number"),
    ("createdate", "Create Date", "datetime"),
    ("lastmodifieddate", "Last Modified Date", "datetime"),
    ("email", "Email", "string"),
    ("firstname", "First Name", "string"),
    ("lastname", "Last Name", "string"),
    ("phone", "Phone Number", "string"),
    ("country", "Country/Region", "string"),
    ("lifecyclestage", "Lifecycle Stage", "enumeration"),
    ("hs_lead_status", "Lead Status", "enumeration"),
    ("hs_analytics_source", "Original Traffic Source", "enumeration"),
    ("associatedcompanyid", "Primary Associated Company ID", "number"),
    ("num_associated_deals", "Number of Associated Deals", "number"),
    ("hs_email_optout", "Unsubscribed from all email", "bool"),
];
const COMPANY: &[Definition] = &[
    ("hs_object_id", "Record ID", "number"),
    ("createdate", "Create Date", "datetime"),
    ("hs_lastmodifieddate", "Last Modified Date", "datetime"),
    ("name", "Company name", "string"),
    ("domain", "Company Domain Name", "string"),
    ("industry", "Industry", "enumeration"),
    ("country", "Country/Region", "string"),
    ("lifecyclestage", "Lifecycle Stage", "enumeration"),
    ("num_associated_deals", "Number of Associated Deals", "number"),
];
const DEAL: &[Definition] = &[
    ("hs_object_id", "Record ID", "number"),
    ("createdate", "Create Date", "datetime"),
    ("hs_lastmodifieddate", "Last Modified Date", "datetime"),
    ("dealname", "Deal Name", "string"),
    ("amount", "Amount", "number"),
    ("deal_currency_code", "Currency", "enumeration"),
    ("dealstage", "Deal Stage", "enumeration"),
    ("pipeline", "Pipeline", "enumeration"),
    ("closedate", "Close Date", "datetime"),
    ("hs_is_closed", "Is Deal Closed?", "bool"),
    ("hs_is_closed_won", "Is Closed Won", "bool"),
    ("hubspot_owner_id", "Deal owner", "enumeration"),
];

/// The properties of a kind.
pub fn definitions(kind: Kind) -> &'static [Definition] {
    match kind {
        Kind::Contact => CONTACT,
        Kind::Company => COMPANY,
        Kind::Deal => DEAL,
    }
}

/// The properties shown when none are asked for.
pub fn usual(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Contact => {
            &["createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"]
        }
        Kind::Company => &["createdate", "domain", "hs_lastmodifieddate", "hs_object_id", "name"],
        Kind::Deal => &[
            "amount",
            "closedate",
            "createdate",
            "dealname",
            "dealstage",
            "hs_lastmodifieddate",
            "hs_object_id",
            "pipeline",
        ],
    }
}

/// A property's type, when the kind has it.
pub fn kind_of(kind: Kind, name: &str) -> Option<&'static str> {
    definitions(kind).iter().find(|(known, _, _)| *known == name).map(|(_, _, kind)| *kind)
}

/// A definition as the platform shows it.
pub fn shown((name, label, kind): &Definition) -> Value {
    json!({
        "name": name, "label": label, "type": kind, "fieldType": if *kind == "enumeration" { "select" } else { "text" },
        "description": "", "groupName": "information", "options": [], "displayOrder": -1, "calculated": false,
        "externalOptions": false, "hasUniqueValue": false, "hidden": false, "hubspotDefined": true, "formField": false,
        "archived": false,
    })
}

/// A moment in the platform's form.
pub fn time(at: Seconds) -> String {
    Timestamp::from_second(at).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// What values are read from.
pub struct Reader<'a> {
    /// The sandbox.
    pub app: &'a AppState,
    /// All objects.
    pub index: &'a Index,
    /// The shop.
    pub shop: &'a Shop,
}

impl Reader<'_> {
    /// A property's value; none when it is empty or the kind has no such property.
    pub fn value(&self, object: &Object, name: &str) -> Option<String> {
        match name {
            "hs_object_id" => return Some(object.id.to_string()),
            "createdate" => return Some(time(object.created)),
            _ if name == object.kind.modified() => return Some(time(object.updated)),
            _ => {}
        }
        match (object.kind, object.source) {
            (Kind::Contact, Source::Customer(customer)) => self.customer(customer, name),
            (Kind::Contact, Source::Lead(lead)) => self.lead(lead, name),
            (Kind::Company, Source::Customer(customer)) => self.company(customer, name),
            (Kind::Deal, Source::Order(order)) => self.deal(order, name),
            _ => None,
        }
    }

    fn customer(&self, index: u32, name: &str) -> Option<String> {
        let customer = self.shop.customers.get(index as usize)?;
        let deals = self.index.orders_of.get(&index).map_or(0, Vec::len);
        let text = match name {
            "email" => people::email(customer),
            "firstname" => customer.first_name.to_owned(),
            "lastname" => customer.last_name.to_owned(),
            "phone" => people::phone(customer),
            "country" => customer.country.to_owned(),
            "lifecyclestage" => "customer".to_owned(),
            "hs_analytics_source" => {
                self.index.first_source.get(&index).map_or("OFFLINE", |source| original(*source)).to_owned()
            }
            "associatedcompanyid" if deals > 0 => company_id(index).to_string(),
            "num_associated_deals" if deals > 0 => deals.to_string(),
            "hs_email_optout" => "false".to_owned(),
            _ => return None,
        };
        Some(text).filter(|text| !text.is_empty())
    }

    fn lead(&self, place: u32, name: &str) -> Option<String> {
        let lead = self.index.leads.get(place as usize)?;
        let mut draw = Draw::new(&[self.app.options.seed, 721, u64::from(lead.number)]);
        Some(match name {
            "email" => lead.email(),
            "firstname" => lead.first_name.to_owned(),
            "lastname" => lead.last_name.to_owned(),
            "country" => lead.country.to_owned(),
            "lifecyclestage" => {
                ["subscriber", "lead", "marketingqualifiedlead"][draw.between(0, 2) as usize].to_owned()
            }
            "hs_lead_status" => {
                ["NEW", "OPEN", "ATTEMPTED_TO_CONTACT"][draw.between(0, 2) as usize].to_owned()
            }
            "hs_analytics_source" => {
                ["ORGANIC_SEARCH", "PAID_SOCIAL", "DIRECT_TRAFFIC"][draw.between(0, 2) as usize].to_owned()
            }
            "hs_email_optout" => "false".to_owned(),
            _ => return None,
        })
    }

    fn company(&self, index: u32, name: &str) -> Option<String> {
        let customer = self.shop.customers.get(index as usize)?;
        let last = customer.last_name;
        let mut draw = Draw::new(&[self.app.options.seed, 731, customer.id]);
        Some(match name {
            "name" => format!("{last} & Daughters {index}"),
            "domain" => format!("{}-{index}.example", last.to_lowercase().replace('\'', "")),
            "industry" => {
                ["RETAIL", "APPAREL_FASHION", "HOSPITALITY"][draw.between(0, 2) as usize].to_owned()
            }
            "country" => customer.country.to_owned(),
            "lifecyclestage" => "customer".to_owned(),
            "num_associated_deals" => self.index.orders_of.get(&index).map_or(0, Vec::len).to_string(),
            _ => return None,
        })
    }

    fn deal(&self, index: u32, name: &str) -> Option<String> {
        let order = self.shop.orders.get(index as usize)?;
        let stage = stage(order);
        let paid = order.payments.iter().find(|payment| payment.kind == PaymentKind::Sale && !payment.failed);
        let closed = match stage {
            "closedwon" => paid.map_or(order.placed_at, |payment| payment.at),
            "closedlost" => order.cancelled.map_or(order.updated_at, |(at, _)| at),
            // what is expected
            _ => order.placed_at + 30 * 86_400,
        };
        Some(match name {
            "dealname" => format!("Wholesale order #{}", order.number),
            "amount" => decimal(order.total()).to_string(),
            "deal_currency_code" => self.app.world.brand.currency.clone(),
            "dealstage" => stage.to_owned(),
            "pipeline" => "default".to_owned(),
            "closedate" => time(closed),
            "hs_is_closed" => stage.starts_with("closed").to_string(),
            "hs_is_closed_won" => (stage == "closedwon").to_string(),
            "hubspot_owner_id" => (71_000_001 + order.id / 1_024 % 3).to_string(),
            _ => return None,
        })
    }
}

/// The platform's word for where somebody first came from.
fn original(source: u8) -> &'static str {
    let Some(source) = SOURCES.get(usize::from(source)) else { return "OFFLINE" };
    match (source.source, source.tactic) {
        ("direct", _) => "DIRECT_TRAFFIC",
        ("email", _) => "EMAIL_MARKETING",
        ("Google" | "Bing", "SEO") => "ORGANIC_SEARCH",
        ("Google", _) => "PAID_SEARCH",
        ("Facebook" | "Instagram", _) => "PAID_SOCIAL",
        _ => "REFERRALS",
    }
}
