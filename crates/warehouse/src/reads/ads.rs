//! Advertising by campaign.

use netgain_domain::jiff::civil::Date;
use netgain_domain::{Currency, Decimal};

use crate::dialect::literal;
use crate::error::Result;
use crate::reading::rows;
use crate::warehouse::Warehouse;

/// What a campaign's ads cost and brought, in the ad account's currency and days.
#[derive(Debug, Clone, PartialEq)]
pub struct CampaignRow {
    /// The platform.
    pub source: String,
    /// The connection that it came over.
    pub connection_id: String,
    /// The campaign; none where the platform does not say.
    pub campaign_id: Option<String>,
    /// Its name, the last one in alphabet where it was renamed.
    pub campaign_name: Option<String>,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Money spent.
    pub spend: Decimal,
    /// Times shown.
    pub impressions: i64,
    /// Clicks.
    pub clicks: i64,
    /// Purchases that the platform claims.
    pub conversions: Decimal,
    /// Their value, as the platform claims.
    pub conversion_value: Decimal,
    /// Whether the platform may still restate some of it.
    pub provisional: bool,
}

impl Warehouse {
    /// Campaigns with ads in the period, both days included, by spend.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn ads_by_campaign(&self, from: Date, to: Date) -> Result<Vec<CampaignRow>> {
        let sql = format!(
            "SELECT source, connection_id, campaign_id, max(campaign_name), currency, sum(spend), \
             coalesce(sum(impressions), 0), coalesce(sum(clicks), 0), sum(conversions), sum(conversion_value), \
             coalesce(bool_or(provisional), false) FROM ad_days WHERE level IN ('ad', 'campaign') \
             AND day BETWEEN CAST({} AS DATE) AND CAST({} AS DATE) \
             GROUP BY source, connection_id, campaign_id, currency \
             ORDER BY 6 DESC, source, connection_id, campaign_id, currency",
            literal(&from.to_string()),
            literal(&to.to_string())
        );
        rows(&*self.reader()?, "read campaigns", &sql, [], |cells| {
            Ok(CampaignRow {
                source: cells.string(0)?,
                connection_id: cells.string(1)?,
                campaign_id: cells.maybe_string(2)?,
                campaign_name: cells.maybe_string(3)?,
                currency: cells.currency(4)?,
                spend: cells.decimal(5)?,
                impressions: cells.int(6)?,
                clicks: cells.int(7)?,
                conversions: cells.maybe_decimal(8)?.unwrap_or_default(),
                conversion_value: cells.maybe_decimal(9)?.unwrap_or_default(),
                provisional: cells.maybe_bool(10)?.unwrap_or(false),
            })
        })
    }
}
