//! Customers, their subscriptions, and the deals of a CRM.

use netgain_domain::facts::{
    CustomerFacts, DealFacts, DealStageFacts, SubscriptionChangeFacts, SubscriptionDiscount,
    SubscriptionFacts,
};

use super::subscriptions::Parts;
use crate::error::Result;
use crate::reading::rows;
use crate::warehouse::Warehouse;

impl Warehouse {
    /// All customers with their addresses.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_customers(&self) -> Result<Vec<CustomerFacts>> {
        let sql = "SELECT connection_id, source_id, email FROM customers ORDER BY source_id, connection_id";
        rows(&*self.reader()?, "load customers", sql, [], |cells| {
            Ok(CustomerFacts {
                connection_id: cells.string(0)?,
                customer_id: cells.string(1)?,
                email: cells.maybe_string(2)?,
            })
        })
    }

    /// All subscriptions as they stand.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_subscriptions(&self) -> Result<Vec<SubscriptionFacts>> {
        let sql = "SELECT s.source_id, s.customer_id, s.status, s.currency, s.amount, s.\"interval\", s.interval_count, \
               s.started_at, s.period_end, s.trial_ends_at, s.cancel_at_period_end, s.canceled_at, s.ended_at, \
               s.tax_included, i.total, i.tax, s.discount_percent, s.discount_amount, s.discount_duration, \
               s.discount_ends_at, s.connection_id \
             FROM subscriptions AS s LEFT JOIN (SELECT connection_id, subscription_id, total, \
                 coalesce(tax, 0) AS tax, row_number() OVER (PARTITION BY connection_id, subscription_id \
                   ORDER BY created_at DESC NULLS FIRST, source_id DESC) AS place FROM invoices \
               WHERE total > 0 AND subscription_id IS NOT NULL AND status <> 'void') AS i \
               ON i.connection_id = s.connection_id AND i.subscription_id = s.source_id AND i.place = 1 \
             ORDER BY s.source_id, s.connection_id";
        let reader = self.reader()?;
        let mut parts = Parts::load(&reader)?;
        let all = rows(&reader, "load subscriptions", sql, [], |cells| {
            let facts = SubscriptionFacts {
                subscription_id: cells.string(0)?,
                customer_id: cells.maybe_string(1)?,
                status: cells.string(2)?,
                currency: if cells.text(3)?.is_some() { Some(cells.currency(3)?) } else { None },
                amount: cells.maybe_decimal(4)?,
                interval: cells.maybe_string(5)?,
                interval_count: cells.maybe_int(6)?,
                started_at: cells.maybe_time(7)?,
                period_end: cells.maybe_time(8)?,
                trial_ends_at: cells.maybe_time(9)?,
                cancel_at_period_end: cells.maybe_bool(10)?.unwrap_or(false),
                canceled_at: cells.maybe_time(11)?,
                ended_at: cells.maybe_time(12)?,
                tax_included: cells.maybe_bool(13)?.unwrap_or(false),
                invoiced: cells.maybe_decimal(14)?.zip(cells.maybe_decimal(15)?),
                discounts: Vec::new(),
                items: Vec::new(),
            };
            // a row of before lists of discounts were read has one in its own columns
            let alone = SubscriptionDiscount {
                percent: cells.maybe_decimal(16)?,
                amount: cells.maybe_decimal(17)?,
                duration: cells.maybe_string(18)?,
                ends_at: cells.maybe_time(19)?,
            };
            Ok((cells.string(20)?, facts, alone))
        })?;
        Ok(all
            .into_iter()
            .map(|(connection, mut facts, alone)| {
                (facts.items, facts.discounts) = parts.of(&connection, &facts.subscription_id);
                if facts.discounts.is_empty() && (alone.percent.is_some() || alone.amount.is_some()) {
                    facts.discounts.push(alone);
                }
                facts
            })
            .collect())
    }

    /// All changes of subscriptions, oldest first.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_subscription_changes(&self) -> Result<Vec<SubscriptionChangeFacts>> {
        let sql = "SELECT source_id, subscription_id, changed_at, kind, status, amount FROM subscription_changes \
             ORDER BY changed_at, source_id, connection_id";
        rows(&*self.reader()?, "load subscription changes", sql, [], |cells| {
            Ok(SubscriptionChangeFacts {
                change_id: cells.string(0)?,
                subscription_id: cells.string(1)?,
                changed_at: cells.time(2)?,
                kind: cells.string(3)?,
                status: cells.maybe_string(4)?,
                amount: cells.maybe_decimal(5)?,
            })
        })
    }

    /// All deals that were not deleted.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_deals(&self) -> Result<Vec<DealFacts>> {
        let sql = "SELECT source_id, pipeline_id, stage_id, status, amount, currency FROM deals \
             WHERE deleted IS NOT true ORDER BY source_id, connection_id";
        rows(&*self.reader()?, "load deals", sql, [], |cells| {
            Ok(DealFacts {
                deal_id: cells.string(0)?,
                pipeline_id: cells.maybe_string(1)?,
                stage_id: cells.maybe_string(2)?,
                status: cells.maybe_string(3)?,
                amount: cells.maybe_decimal(4)?,
                currency: if cells.text(5)?.is_some() { Some(cells.currency(5)?) } else { None },
            })
        })
    }

    /// The stages of all pipelines.
    ///
    /// # Errors
    /// When a stored row cannot be read or the engine fails.
    pub fn load_deal_stages(&self) -> Result<Vec<DealStageFacts>> {
        let sql = "SELECT source_id, pipeline_id, name, position, probability, outcome FROM deal_stages \
             ORDER BY pipeline_id, position NULLS FIRST, source_id, connection_id";
        rows(&*self.reader()?, "load stages", sql, [], |cells| {
            Ok(DealStageFacts {
                stage_id: cells.string(0)?,
                pipeline_id: cells.string(1)?,
                name: cells.string(2)?,
                position: cells.maybe_int(3)?.unwrap_or(0),
                probability: cells.maybe_decimal(4)?,
                outcome: cells.maybe_string(5)?,
            })
        })
    }
}
