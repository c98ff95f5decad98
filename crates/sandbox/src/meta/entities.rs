//! The account, campaigns, ad sets and ads as Graph nodes.
use super::error::GraphError;
use super::fields::{self, Field};
use crate::world::ads::{Ads, Status};
use crate::world::shop::Seconds;
use jiff::Timestamp;
use serde_json::{Map, Value};

/// A node of the account's tree, by index in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Object {
    /// The ad account.
    Account,
    /// A campaign.
    Campaign(usize),
    /// An ad set.
    AdSet(usize),
    /// An ad.
    Ad(usize),
}

/// What a node is called in messages, and its fields that hold nothing here.
struct Kind {
    name: &'static str,
    defaults: &'static [&'static str],
    empty: &'static [&'static str],
}

const ACCOUNT: Kind = Kind {
    name: "AdAccount",
    defaults: &["account_id", "id"],
    empty: &["funding_source", "funding_source_details", "end_advertiser", "tax_id"],
};
const CAMPAIGN: Kind = Kind {
    name: "Campaign",
    defaults: &["id"],
    empty: &[
        "adlabels",
        "issues_info",
        "lifetime_budget",
        "promoted_object",
        "recommendations",
        "source_campaign",
        "source_campaign_id",
        "spend_cap",
        "topline_id",
        "boosted_object_id",
        "brand_lift_studies",
    ],
};
const AD_SET: Kind = Kind {
    name: "AdSet",
    defaults: &["id"],
    empty: &[
        "adlabels",
        "bid_amount",
        "issues_info",
        "lifetime_budget",
        "recommendations",
        "source_adset",
        "source_adset_id",
        "adset_schedule",
        "bid_constraints",
        "bid_info",
        "daily_min_spend_target",
        "daily_spend_cap",
        "learning_stage_info",
    ],
};
const AD: Kind = Kind {
    name: "Ad",
    defaults: &["id"],
    empty: &[
        "adlabels",
        "ad_review_feedback",
        "bid_amount",
        "issues_info",
        "recommendations",
        "source_ad",
        "source_ad_id",
    ],
};

impl Object {
    fn kind(self) -> &'static Kind {
        match self {
            Object::Account => &ACCOUNT,
            Object::Campaign(_) => &CAMPAIGN,
            Object::AdSet(_) => &AD_SET,
            Object::Ad(_) => &AD,
        }
    }

    /// Fields that may be asked for and hold nothing here.
    #[cfg(test)]
    pub fn empty_fields(self) -> &'static [&'static str] {
        self.kind().empty
    }

    /// Finds a node by the id in a path: `act_1` or a number.
    pub fn find(ads: &Ads, id: &str) -> Option<Object> {
        if let Some(account) = id.strip_prefix("act_") {
            return (account == ads.account.id.to_string()).then_some(Object::Account);
        }
        let id: u64 = id.parse().ok()?;
        let position = |found: Option<usize>, make: fn(usize) -> Object| found.map(make);
        position(ads.campaigns.iter().position(|item| item.id == id), Object::Campaign)
            .or_else(|| position(ads.ad_sets.iter().position(|item| item.id == id), Object::AdSet))
            .or_else(|| position(ads.ads.iter().position(|item| item.id == id), Object::Ad))
    }

    /// The platform number, as text.
    pub fn id(self, ads: &Ads) -> String {
        match self {
            Object::Account => Some(ads.account.id),
            Object::Campaign(index) => ads.campaigns.get(index).map(|item| item.id),
            Object::AdSet(index) => ads.ad_sets.get(index).map(|item| item.id),
            Object::Ad(index) => ads.ads.get(index).map(|item| item.id),
        }
        .map_or_else(String::new, |id| id.to_string())
    }

    /// The name shown to people.
    pub fn name(self, ads: &Ads) -> &str {
        match self {
            Object::Account => Some(&ads.account.name),
            Object::Campaign(index) => ads.campaigns.get(index).map(|item| &item.name),
            Object::AdSet(index) => ads.ad_sets.get(index).map(|item| &item.name),
            Object::Ad(index) => ads.ads.get(index).map(|item| &item.name),
        }
        .map_or("", String::as_str)
    }

    /// The node above.
    pub fn parent(self, ads: &Ads) -> Option<Object> {
        match self {
            Object::Account => None,
            Object::Campaign(_) => Some(Object::Account),
            Object::AdSet(index) => ads.ad_sets.get(index).map(|item| Object::Campaign(item.campaign)),
            Object::Ad(index) => ads.ads.get(index).map(|item| Object::AdSet(item.ad_set)),
        }
    }

    /// Whether the node is `other` or lies below it.
    pub fn is_within(self, other: Object, ads: &Ads) -> bool {
        self == other || self.parent(ads).is_some_and(|parent| parent.is_within(other, ads))
    }

    /// What its owner set it to.
    pub fn status(self, ads: &Ads) -> Status {
        match self {
            Object::Account => None,
            Object::Campaign(index) => ads.campaigns.get(index).map(|item| item.status),
            Object::AdSet(index) => ads.ad_sets.get(index).map(|item| item.status),
            Object::Ad(index) => ads.ads.get(index).map(|item| item.status),
        }
        .unwrap_or(Status::Active)
    }

    /// When anything about the node last changed.
    pub fn updated_at(self, ads: &Ads) -> Seconds {
        match self {
            Object::Account => None,
            Object::Campaign(index) => ads.campaigns.get(index).map(|item| item.updated_at),
            Object::AdSet(index) => ads.ad_sets.get(index).map(|item| item.updated_at),
            Object::Ad(index) => ads.ads.get(index).map(|item| item.updated_at),
        }
        .unwrap_or(ads.account.created_at)
    }

    /// The status after what stands above is taken into account.
    pub fn effective_status(self, ads: &Ads) -> &'static str {
        let own = self.status(ads);
        let above = self.parent(ads).map_or("ACTIVE", |parent| parent.effective_status(ads));
        match (own, above) {
            (Status::Deleted, _) | (_, "DELETED") => "DELETED",
            (Status::Archived, _) | (_, "ARCHIVED") => "ARCHIVED",
            (Status::Paused, _) => "PAUSED",
            (_, "PAUSED") if matches!(self, Object::Ad(_)) => "ADSET_PAUSED",
            (_, "PAUSED" | "CAMPAIGN_PAUSED") => "CAMPAIGN_PAUSED",
            _ => "ACTIVE",
        }
    }

    /// The asked-for fields of the node at a moment; none asked for means the minimal set.
    pub fn show(self, ads: &Ads, now: Timestamp, fields: Option<&[Field]>) -> Result<Value, GraphError> {
        let node = self.node(ads, now);
        let Some(fields) = fields.filter(|fields| !fields.is_empty()) else {
            let defaults = self.kind().defaults.iter();
            let fields: Vec<Field> =
                defaults.map(|name| Field { name: (*name).to_owned(), nested: Vec::new() }).collect();
            return Ok(fields::project(&node, &fields));
        };
        self.check(&node, fields)?;
        let mut node = node;
        for field in fields.iter().filter(|field| !field.nested.is_empty()) {
            if let Some(linked) = self.link(ads, &field.name) {
                node.insert(field.name.clone(), linked.show(ads, now, Some(&field.nested))?);
            }
        }
        Ok(fields::project(&node, fields))
    }

    fn check(self, node: &Map<String, Value>, fields: &[Field]) -> Result<(), GraphError> {
        let kind = self.kind();
        let known =
            |name: &str| node.contains_key(name) || kind.empty.contains(&name) || OPTIONAL.contains(&name);
        match fields.iter().find(|field| !known(&field.name)) {
            Some(field) => Err(GraphError::no_field(&field.name, kind.name)),
            None => Ok(()),
        }
    }

    /// The node that a linking field of this one leads to.
    fn link(self, ads: &Ads, field: &str) -> Option<Object> {
        let parent = self.parent(ads)?;
        match (field, parent) {
            ("campaign", Object::Campaign(_)) | ("adset", Object::AdSet(_)) => Some(parent),
            ("campaign", Object::AdSet(_)) => parent.parent(ads),
            _ => None,
        }
    }
}

/// Fields that a node has or has not, depending on its settings.
const OPTIONAL: [&str; 5] = ["daily_budget", "budget_remaining", "stop_time", "end_time", "lifetime_budget"];
