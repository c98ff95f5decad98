//! What attribution is worked out from: visits that led to orders, and what campaigns cost and claim.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::Currency;

/// A visit that came before an order (`touchpoints`), as its source wrote it down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TouchFacts {
    /// The connection of the order.
    pub connection_id: String,
    /// The platform that tells of the visit, as in `touchpoints.source`.
    pub source: String,
    /// Whether the order's own connection tells of it.
    pub is_own: bool,
    /// `touchpoints.source_id`.
    pub touch_id: String,
    /// The order's `source_id`.
    pub order_id: String,
    /// When the visit began; none where the source does not say.
    pub occurred_at: Option<Timestamp>,
    /// The source's own word for where the visit came from.
    pub referrer_source: Option<String>,
    /// `utm_source`.
    pub utm_source: Option<String>,
    /// `utm_medium`.
    pub utm_medium: Option<String>,
    /// `utm_campaign`.
    pub utm_campaign: Option<String>,
    /// The page on which the visit began, with its query.
    pub landing_page: Option<String>,
    /// The page that the visitor came from.
    pub referrer: Option<String>,
    /// `utm_content`.
    pub utm_content: Option<String>,
    /// The campaign that was clicked, where the source knows it.
    pub campaign_id: Option<String>,
    /// The ad set that was clicked.
    pub ad_set_id: Option<String>,
    /// The ad that was clicked.
    pub ad_id: Option<String>,
}

/// What a campaign cost and claims on one day (`ad_days`, summed to campaigns).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignDayFact {
    /// The rows that it is the sum of: their `source_id`s.
    pub rows: Vec<String>,
    /// The platform, as in `ad_days.source`.
    pub source: String,
    /// The campaign's id at the platform; none where the source writes none.
    pub campaign_id: Option<String>,
    /// The campaign's name.
    pub campaign_name: Option<String>,
    /// Day of the ad account's zone.
    pub day: Date,
    /// The ad account's zone by its IANA name.
    pub time_zone: Option<String>,
    /// Currency of the ad account.
    pub currency: Currency,
    /// Money spent.
    pub spend: Decimal,
    /// Orders that the platform claims.
    pub conversions: Decimal,
    /// Money that the platform claims.
    pub conversion_value: Decimal,
    /// Whether the platform may still restate the day.
    pub provisional: bool,
}

/// What an ad cost and claims on one day (`ad_days`), with the ad set it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdFact {
    /// The day's figures; id and name are the ad's.
    pub figures: CampaignDayFact,
    /// The ad set's id, where the platform has ad sets.
    pub ad_set_id: Option<String>,
    /// Its name.
    pub ad_set_name: Option<String>,
}

/// What a message campaign or flow sent, cost and claims (`message_days`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageDayFact {
    /// `message_days.source_id`.
    pub row: String,
    /// The platform, as in `message_days.source`.
    pub source: String,
    /// The campaign's or flow's id.
    pub campaign_id: String,
    /// Its name.
    pub campaign_name: Option<String>,
    /// `email`, `sms`, `push`, `whatsapp`; empty where the source does not say.
    pub channel: String,
    /// The day; none for a row that covers all days.
    pub day: Option<Date>,
    /// Messages sent.
    pub sent: i64,
    /// Orders that the platform claims.
    pub conversions: Decimal,
    /// Money that the platform claims.
    pub conversion_value: Decimal,
    /// What sending cost; none where the source does not say, which is not nothing.
    pub cost: Option<Decimal>,
    /// Currency of the amounts; none where the source writes none.
    pub currency: Option<Currency>,
}
