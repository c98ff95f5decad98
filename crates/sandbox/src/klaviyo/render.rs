//! Resources as the platform shows them.
use super::events::{Credit, Event, METRICS, Metric};
use super::groups::{GROUPS, Group};
use super::index::Index;
use super::mailings::{Campaign, Channel, Flow};
use super::people::{Consent, Person};
use crate::AppState;
use crate::world::money::{Cents, decimal};
use crate::world::shop::{Seconds, Shop};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Shows resources of one world; `base` is the face's own address.
pub struct Renderer<'a> {
    /// The sandbox.
    pub state: &'a AppState,
    /// What is shown.
    pub index: &'a Index,
    /// The face's own address.
    pub base: String,
}

/// A moment in the platform's form.
pub fn time(at: Seconds) -> String {
    Timestamp::from_second(at).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

/// Money as the platform writes it: a JSON number. The text has two decimals at most, which a reader gets back.
pub fn amount(cents: Cents) -> Value {
    serde_json::from_str(&decimal(cents).normalize().to_string()).unwrap_or(Value::Null)
}

fn consent(given: Consent, words: [&str; 3]) -> (&str, Option<String>) {
    match given {
        Consent::Given(at) => (words[0], Some(time(at))),
        Consent::TakenBack(at) => (words[1], Some(time(at))),
        Consent::Never => (words[2], None),
    }
}

impl Renderer<'_> {
    fn seed(&self) -> u64 {
        self.state.options.seed
    }

    fn own(&self, kind: &str, id: &str) -> Value {
        json!({ "self": format!("{}/api/{kind}/{id}/", self.base) })
    }

    fn related(&self, kind: &str, id: &str, name: &str, data: Option<Value>) -> Value {
        let links = json!({
            "self": format!("{}/api/{kind}/{id}/relationships/{name}/", self.base),
            "related": format!("{}/api/{kind}/{id}/{name}/", self.base),
        });
        match data {
            Some(data) => json!({ "data": data, "links": links }),
            None => json!({ "links": links }),
        }
    }

    /// The account.
    pub fn account(&self) -> Value {
        let brand = &self.state.world.brand;
        let id = self.account_id();
        json!({
            "type": "account",
            "id": id,
            "attributes": {
                "test_account": false,
                "contact_information": {
                    "default_sender_name": brand.name,
                    "default_sender_email": "hello@example.com",
                    "website_url": "https://demo.example",
                    "organization_name": brand.name,
                    "street_address": {"address1": null, "address2": null, "city": "London", "region": null,
                        "country": "United Kingdom", "zip": null},
                },
                "industry": "Ecommerce, Apparel & Accessories",
                "timezone": brand.time_zone.iana_name().unwrap_or("UTC"),
                "preferred_currency": brand.currency,
                "public_api_key": id,
                "locale": "en-GB",
            },
            "links": self.own("accounts", &id),
        })
    }

    /// The account's id, also its public key.
    pub fn account_id(&self) -> String {
        super::ids::short(&[self.seed(), 691])
    }

    /// A profile; `with_subscriptions` adds the consents.
    pub fn profile(&self, person: &Person, with_subscriptions: bool) -> Value {
        let mut attributes = json!({
            "email": person.email,
            "phone_number": person.phone,
            "external_id": person.external_id.map(|id| id.to_string()),
            "first_name": person.first_name,
            "last_name": person.last_name,
            "organization": null,
            "locale": null,
            "title": null,
            "image": null,
            "created": time(person.created),
            "updated": time(person.updated),
            "last_event_date": time(person.last_event),
            "location": {"address1": null, "address2": null, "city": null, "country": person.country,
                "latitude": null, "longitude": null, "region": null, "zip": null, "timezone": null, "ip": null},
            "properties": {},
        });
        if with_subscriptions {
            let words = ["SUBSCRIBED", "UNSUBSCRIBED", "NEVER_SUBSCRIBED"];
            let (email, email_at) = consent(person.email_consent, words);
            let (sms, sms_at) = consent(person.sms_consent, words);
            attributes["subscriptions"] = json!({
                "email": {"marketing": {
                    "can_receive_email_marketing": email == "SUBSCRIBED", "consent": email,
                    "consent_timestamp": email_at, "last_updated": email_at, "method": "SHOPIFY",
                    "method_detail": "", "custom_method_detail": null, "double_optin": false,
                    "suppression": [], "list_suppressions": [],
                }},
                "sms": {"marketing": {
                    "can_receive_sms_marketing": sms == "SUBSCRIBED", "consent": sms,
                    "consent_timestamp": sms_at, "last_updated": sms_at, "method": "SHOPIFY", "method_detail": null,
                }},
            });
        }
        let id = &person.id;
        json!({
            "type": "profile",
            "id": id,
            "attributes": attributes,
            "relationships": {
                "lists": self.related("profiles", id, "lists", None),
                "segments": self.related("profiles", id, "segments", None),
                "push-tokens": self.related("profiles", id, "push-tokens", None),
                "conversations": self.related("profiles", id, "conversations", None),
            },
            "links": self.own("profiles", id),
        })
    }

    /// A list or segment.
    pub fn group(&self, group: &Group) -> Value {
        let (id, made) = (group.id(self.seed()), time(group.created(self.state.world.shop().opened_at)));
        let path = group.path();
        let attributes = if group.is_list {
            json!({"name": group.name, "created": made, "updated": made, "opt_in_process": "double_opt_in"})
        } else {
            json!({"name": group.name, "definition": {"condition_groups": []}, "created": made, "updated": made,
                "is_active": true, "is_processing": false, "is_starred": false})
        };
        json!({
            "type": group.kind(),
            "id": id,
            "attributes": attributes,
            "relationships": {
                "profiles": self.related(path, &id, "profiles", None),
                "tags": self.related(path, &id, "tags", None),
                "flow-triggers": self.related(path, &id, "flow-triggers", None),
            },
            "links": self.own(path, &id),
        })
    }

    /// A campaign.
    pub fn campaign(&self, campaign: &Campaign) -> Value {
        let id = &campaign.id;
        let audience = GROUPS.iter().find(|group| group.channel == Some(campaign.channel));
        let message = json!([{"type": "campaign-message", "id": campaign.message_id}]);
        let tracking = match campaign.channel {
            Channel::Email => json!({"add_tracking_params": true, "custom_tracking_params": null,
                "is_tracking_clicks": true, "is_tracking_opens": true}),
            Channel::Sms => json!({"add_tracking_params": true, "custom_tracking_params": null}),
        };
        json!({
            "type": "campaign",
            "id": id,
            "attributes": {
                "name": campaign.name,
                "status": campaign.status,
                "archived": campaign.archived,
                "audiences": {"included": audience.map_or_else(Vec::new, |group| vec![group.id(self.seed())]),
                    "excluded": []},
                "send_options": {"use_smart_sending": true},
                "tracking_options": tracking,
                "send_strategy": {"method": "static", "datetime": time(campaign.send_time),
                    "options": {"is_local": false}},
                "created_at": time(campaign.created),
                "scheduled_at": campaign.scheduled.map(time),
                "updated_at": time(campaign.updated),
                "send_time": time(campaign.send_time),
            },
            "relationships": {
                "campaign-messages": self.related("campaigns", id, "campaign-messages", Some(message)),
                "tags": self.related("campaigns", id, "tags", None),
            },
            "links": self.own("campaigns", id),
        })
    }

    /// A campaign's message.
    pub fn message(&self, campaign: &Campaign) -> Value {
        let definition = match campaign.channel {
            Channel::Email => json!({"channel": "email", "label": "Message", "content": {
                "subject": campaign.subject, "preview_text": null, "from_email": "hello@example.com",
                "from_label": self.state.world.brand.name, "reply_to_email": null, "cc_email": null, "bcc_email": null,
            }}),
            Channel::Sms => {
                json!({"channel": "sms", "content": {"body": campaign.subject, "media_url": null},
                "render_options": {"shorten_links": true, "add_org_prefix": true, "add_info_link": true,
                    "add_opt_out_language": false}})
            }
        };
        let id = &campaign.message_id;
        let parent = json!({"type": "campaign", "id": campaign.id});
        json!({
            "type": "campaign-message",
            "id": id,
            "attributes": {
                "definition": definition,
                "send_times": [{"datetime": time(campaign.send_time), "is_local": false}],
                "created_at": time(campaign.created),
                "updated_at": time(campaign.updated),
            },
            "relationships": {
                "campaign": self.related("campaign-messages", id, "campaign", Some(parent)),
                "template": self.related("campaign-messages", id, "template", None),
                "image": self.related("campaign-messages", id, "image", None),
            },
            "links": self.own("campaign-messages", id),
        })
    }

    /// A flow.
    pub fn flow(&self, flow: &Flow) -> Value {
        let id = &flow.id;
        json!({
            "type": "flow",
            "id": id,
            "attributes": {
                "name": flow.name,
                "status": flow.status,
                "archived": flow.archived,
                "created": time(flow.created),
                "updated": time(flow.updated),
                "trigger_type": flow.trigger,
            },
            "relationships": {
                "flow-actions": self.related("flows", id, "flow-actions", None),
                "tags": self.related("flows", id, "tags", None),
            },
            "links": self.own("flows", id),
        })
    }

    /// A metric.
    pub fn metric(&self, metric: Metric) -> Value {
        let found = METRICS.iter().find(|(one, _, _)| *one == metric);
        let (name, integration) = found.map_or(("", ""), |(_, name, integration)| (*name, *integration));
        let id = metric.id(self.seed());
        let made = time(self.state.world.shop().opened_at);
        json!({
            "type": "metric",
            "id": id,
            "attributes": {
                "name": name,
                "created": made,
                "updated": made,
                "integration": {"object": "integration", "id": if integration == "Shopify" { "0eMvjm" } else { "0rG4eQ" },
                    "name": integration, "category": if integration == "Shopify" { "eCommerce" } else { "Internal" }},
            },
            "relationships": {"flow-triggers": self.related("metrics", &id, "flow-triggers", None)},
            "links": self.own("metrics", &id),
        })
    }

    /// An event.
    pub fn event(&self, event: &Event, shop: &Shop) -> Value {
        let id = &event.id;
        let person = self.index.people.get(event.person as usize).map_or("", |person| person.id.as_str());
        let attributions = match event.credit.filter(|_| event.metric == Metric::PlacedOrder) {
            Some(_) => json!([{"type": "attribution", "id": attribution_id(event)}]),
            None => json!([]),
        };
        json!({
            "type": "event",
            "id": id,
            "attributes": {
                "timestamp": event.at,
                "event_properties": self.properties(event, shop),
                "datetime": time(event.at),
                "uuid": super::ids::uuid(&[self.seed(), event.at.unsigned_abs(), event.metric as u64,
                    u64::from(event.person)]),
            },
            "relationships": {
                "profile": self.related("events", id, "profile", Some(json!({"type": "profile", "id": person}))),
                "metric": self.related("events", id, "metric",
                    Some(json!({"type": "metric", "id": event.metric.id(self.seed())}))),
                "attributions": self.related("events", id, "attributions", Some(attributions)),
            },
            "links": self.own("events", id),
        })
    }

    fn properties(&self, event: &Event, shop: &Shop) -> Value {
        let mut properties = json!({});
        if let Some(order) = event.order.and_then(|index| shop.orders.get(index as usize)) {
            let name = order.name.as_deref().map_or_else(|| format!("#{}", order.number), str::to_owned);
            if event.metric == Metric::ClickedEmail {
                let campaign = match event.credit {
                    Some((Credit::Campaign(index), _)) => self.index.campaigns.get(index as usize),
                    _ => None,
                };
                return json!({
                    "$event_id": event.id,
                    "$message": campaign.map(|campaign| campaign.message_id.as_str()),
                    "Campaign Name": campaign.map(|campaign| campaign.name.as_str()),
                    "URL": "https://demo.example/collections/sale",
                });
            }
            properties = json!({
                "$event_id": order.id.to_string(),
                "$currency_code": self.state.world.brand.currency,
                "OrderId": order.id.to_string(),
                "OrderName": name,
                "ItemCount": order.lines.iter().map(|line| line.quantity).sum::<u32>(),
                "Discount Codes": order.discount_code.map_or_else(Vec::new, |code| vec![code]),
                "Source Name": "web",
            });
        }
        if let Some(value) = event.value {
            properties["$value"] = amount(value);
        }
        properties
    }

    /// What an order is credited to.
    pub fn attribution(&self, event: &Event) -> Option<Value> {
        let (credit, _) = event.credit.filter(|_| event.metric == Metric::PlacedOrder)?;
        let id = attribution_id(event);
        let mut related = json!({
            "event": self.related("attributions", &id, "event", Some(json!({"type": "event", "id": event.id}))),
        });
        let mut add = |name: &str, kind: &str, of: &str| {
            let data = json!({"type": kind, "id": of});
            related[name] = self.related("attributions", &id, name, Some(data));
        };
        match credit {
            Credit::Campaign(index) => {
                let campaign = self.index.campaigns.get(index as usize)?;
                add("campaign", "campaign", &campaign.id);
                add("campaign-message", "campaign-message", &campaign.message_id);
            }
            Credit::Flow(index) => {
                let flow = self.index.flows.get(usize::from(index))?;
                add("flow", "flow", &flow.id);
                add("flow-message", "flow-message", &flow.message_id);
            }
        }
        let links = self.own("attributions", &id);
        Some(json!({"type": "attribution", "id": id, "relationships": related, "links": links}))
    }
}

fn attribution_id(event: &Event) -> String {
    format!("{}-1", event.id)
}
