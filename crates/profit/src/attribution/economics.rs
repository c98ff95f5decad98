//! What campaigns cost and earned, and what a new customer cost.

use std::collections::BTreeMap;

use jiff::civil::Date;
use netgain_domain::Decimal;
use serde::Serialize;

use super::{Attribution, CampaignKey, Campaigns};
use crate::share::orders;
use crate::{Figure, Notice, Quotient};

/// How far back orders are known. Who is new can only be told with the whole history.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct History {
    /// The first day of the figures.
    pub from: Date,
    /// The day since which orders are known.
    pub known_since: Date,
    /// Whether the source said that no earlier orders exist.
    pub is_complete: bool,
}

/// Days of history before the figures without which "new" is not believed.
const ENOUGH_DAYS: i32 = 365;

impl History {
    /// What must be said of figures about new customers.
    #[must_use]
    pub fn notice(&self) -> Option<Notice> {
        let days = (self.from - self.known_since).get_days();
        if self.is_complete || days >= ENOUGH_DAYS {
            return None;
        }
        Some(Notice {
            code: "short_history",
            message: format!(
                "orders are known since {} only, {} days before these figures: some customers who count as new \
                 have ordered before, so a new customer really cost more; give access to all orders",
                self.known_since,
                days.max(0)
            ),
        })
    }
}

/// A campaign's figures under one model, window and clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CampaignEconomics {
    /// The campaign.
    pub key: CampaignKey,
    /// Its name.
    pub name: Option<String>,
    /// Money spent.
    pub spend: Figure,
    /// Orders credited, in parts.
    pub orders: Figure,
    /// Credited first orders of customers, in parts.
    pub new_customer_orders: Figure,
    /// Credited orders of customers that are not known, in parts.
    pub unknown_customer_orders: Figure,
    /// Credited net sales.
    pub net_sales: Figure,
    /// Credited revenue as the profile defines it.
    pub revenue: Figure,
    /// Credited orders' costs without marketing.
    pub order_costs: Figure,
    /// Credited second contribution margin.
    pub cm2: Figure,
    /// `spend + order_costs`.
    pub costs: Decimal,
    /// `revenue - costs`.
    pub profit: Decimal,
    /// What the platform claims ÷ spend. Never to be added up over platforms.
    pub roas_platform: Quotient,
    /// Credited revenue ÷ spend.
    pub roas_revenue: Quotient,
    /// Credited net sales ÷ spend.
    pub roas_attributed: Quotient,
    /// Credited CM2 ÷ spend; below 1 the campaign costs more than it leaves.
    pub roas_contribution: Quotient,
    /// The `roas_attributed` at which nothing is left: net sales ÷ CM2.
    pub break_even_roas: Quotient,
    /// Spend ÷ credited orders.
    pub cost_per_order: Quotient,
    /// Spend ÷ credited first orders.
    pub ncac: Quotient,
    /// What must be said of the figures.
    pub notices: Vec<Notice>,
}

/// The sums of a campaign.
struct Sums {
    spend: Figure,
    claimed: Decimal,
    orders: Figure,
    new: Figure,
    unknown: Figure,
    net_sales: Figure,
    revenue: Figure,
    order_costs: Figure,
    cm2: Figure,
}

impl Sums {
    fn new() -> Self {
        Self {
            spend: Figure::new("spend", "sum of spend"),
            claimed: Decimal::ZERO,
            orders: Figure::new("orders", "sum of credit"),
            new: Figure::new("new_customer_orders", "sum of credit for first orders of customers"),
            unknown: Figure::new(
                "unknown_customer_orders",
                "sum of credit for orders without a known customer",
            ),
            net_sales: Figure::new("net_sales", "sum of credited net_sales"),
            revenue: Figure::new("revenue", "sum of credited revenue"),
            order_costs: Figure::new("order_costs", "sum of credited costs without marketing"),
            cm2: Figure::new("cm2", "sum of credited cm2"),
        }
    }
}

/// Each campaign with spend or credit, in the order of platform and campaign. What of a platform's credit belongs to
/// no known campaign stands under a key without one.
#[must_use]
pub fn campaign_economics(
    campaigns: &Campaigns,
    attributions: &[Attribution],
    history: &History,
) -> Vec<CampaignEconomics> {
    let mut found: BTreeMap<CampaignKey, Sums> = BTreeMap::new();
    for day in campaigns.days() {
        let sums = found.entry(Campaigns::key(day)).or_insert_with(Sums::new);
        sums.spend.add("ad_days", day.rows.join(","), day.spend);
        sums.claimed += day.conversion_value;
    }
    for attribution in attributions {
        for credit in &attribution.credits {
            let Some(key) = campaigns.of_credit(credit) else { continue };
            let sums = found.entry(key).or_insert_with(Sums::new);
            let (id, part) = (&credit.touchpoint.id, orders(credit.credit));
            sums.orders.add("touchpoints", id, part);
            match attribution.is_first_order {
                Some(true) => sums.new.add("touchpoints", id, part),
                Some(false) => {}
                None => sums.unknown.add("touchpoints", id, part),
            }
            sums.net_sales.add("touchpoints", id, credit.amounts.net_sales);
            sums.revenue.add("touchpoints", id, credit.amounts.revenue);
            sums.order_costs.add("touchpoints", id, credit.amounts.costs);
            sums.cm2.add("touchpoints", id, credit.amounts.cm2);
        }
    }
    found.into_iter().map(|(key, sums)| finish(key, sums, campaigns, history)).collect()
}

fn finish(key: CampaignKey, sums: Sums, campaigns: &Campaigns, history: &History) -> CampaignEconomics {
    let (spend, net_sales, cm2) = (sums.spend.value, sums.net_sales.value, sums.cm2.value);
    let costs = spend + sums.order_costs.value;
    let mut notices: Vec<Notice> = history.notice().into_iter().collect();
    if !sums.unknown.value.is_zero() {
        notices.push(Notice {
            code: "unknown_customers",
            message: format!(
                "{} credited orders have no customer and no e-mail address: they count neither as new nor as returning",
                sums.unknown.value
            ),
        });
    }
    CampaignEconomics {
        name: campaigns.name(&key).map(str::to_owned),
        key,
        costs,
        profit: sums.revenue.value - costs,
        roas_platform: Quotient::new("roas_platform", "claimed value / spend", sums.claimed, spend),
        roas_revenue: Quotient::new("roas_revenue", "credited revenue / spend", sums.revenue.value, spend),
        roas_attributed: Quotient::new("roas_attributed", "credited net_sales / spend", net_sales, spend),
        roas_contribution: Quotient::new("roas_contribution", "credited cm2 / spend", cm2, spend),
        break_even_roas: break_even(net_sales, cm2),
        cost_per_order: Quotient::new("cost_per_order", "spend / credited orders", spend, sums.orders.value),
        ncac: Quotient::new("ncac", "spend / credited first orders of customers", spend, sums.new.value),
        spend: sums.spend,
        orders: sums.orders,
        new_customer_orders: sums.new,
        unknown_customer_orders: sums.unknown,
        net_sales: sums.net_sales,
        revenue: sums.revenue,
        order_costs: sums.order_costs,
        cm2: sums.cm2,
        notices,
    }
}

/// Without a margin there is no return at which a campaign breaks even.
fn break_even(net_sales: Decimal, cm2: Decimal) -> Quotient {
    let mut quotient =
        Quotient::new("break_even_roas", "1 / (cm2 / net_sales) = net_sales / cm2", net_sales, cm2);
    if net_sales <= Decimal::ZERO || cm2 <= Decimal::ZERO {
        quotient.value = None;
    }
    quotient
}

/// A campaign as its platform reports it. There is no margin in it, because the orders are not named.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PlatformReported {
    /// The campaign.
    pub key: CampaignKey,
    /// Money spent.
    pub spend: Figure,
    /// Orders claimed.
    pub claimed_orders: Figure,
    /// Money claimed.
    pub claimed_value: Figure,
    /// Claimed value ÷ spend.
    pub roas_platform: Quotient,
}

/// The platforms' own figures, by campaign.
#[must_use]
pub fn platform_reported(campaigns: &Campaigns) -> Vec<PlatformReported> {
    let mut found: BTreeMap<CampaignKey, [Figure; 3]> = BTreeMap::new();
    for day in campaigns.days() {
        let figures = found.entry(Campaigns::key(day)).or_insert_with(|| {
            [
                Figure::new("spend", "sum of spend"),
                Figure::new("claimed_orders", "sum of conversions"),
                Figure::new("claimed_value", "sum of conversion_value"),
            ]
        });
        let amounts = [day.spend, day.conversions, day.conversion_value];
        for (figure, amount) in figures.iter_mut().zip(amounts) {
            figure.add("ad_days", day.rows.join(","), amount);
        }
    }
    let finish = |(key, [spend, claimed_orders, claimed_value]): (CampaignKey, [Figure; 3])| {
        let (over, under) = (claimed_value.value, spend.value);
        let roas_platform = Quotient::new("roas_platform", "claimed value / spend", over, under);
        PlatformReported { key, spend, claimed_orders, claimed_value, roas_platform }
    };
    found.into_iter().map(finish).collect()
}

/// What the figures of the whole are worked out from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BlendedSums {
    /// Net revenue of all orders.
    pub net_revenue: Decimal,
    /// Spend on ads.
    pub ad_spend: Decimal,
    /// Other marketing that wins customers: agencies, affiliates, messages.
    pub other_acquisition: Decimal,
    /// Customers whose first order lies in the period.
    pub new_customers: Decimal,
    /// Customers who ordered in the period, new and returning.
    pub customers: Decimal,
    /// First orders credited to visits that were paid for, in parts.
    pub paid_new_customers: Decimal,
}

/// The ratios of the whole, each with its formula, because products give these names to different ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Blended {
    /// Marketing efficiency ratio: net revenue ÷ ad spend.
    pub mer: Quotient,
    /// Its inverse: ad spend ÷ net revenue.
    pub ad_cost_ratio: Quotient,
    /// All acquisition spend ÷ customers who ordered.
    pub cac: Quotient,
    /// All acquisition spend ÷ new customers.
    pub ncac: Quotient,
    /// Ad spend ÷ new customers won by visits that were paid for.
    pub paid_ncac: Quotient,
    /// What must be said of the figures.
    pub notices: Vec<Notice>,
}

/// Works out the ratios of the whole.
#[must_use]
pub fn blended(sums: &BlendedSums, history: &History) -> Blended {
    let spend = sums.ad_spend + sums.other_acquisition;
    Blended {
        mer: Quotient::new("mer", "net_revenue / ad_spend", sums.net_revenue, sums.ad_spend),
        ad_cost_ratio: Quotient::new(
            "ad_cost_ratio",
            "ad_spend / net_revenue; the inverse of mer, and printed under that name by some products",
            sums.ad_spend,
            sums.net_revenue,
        ),
        cac: Quotient::new(
            "cac",
            "(ad_spend + other acquisition) / customers who ordered",
            spend,
            sums.customers,
        ),
        ncac: Quotient::new(
            "ncac",
            "(ad_spend + other acquisition) / new customers",
            spend,
            sums.new_customers,
        ),
        paid_ncac: Quotient::new(
            "paid_ncac",
            "ad_spend / new customers credited to paid visits",
            sums.ad_spend,
            sums.paid_new_customers,
        ),
        notices: history.notice().into_iter().collect(),
    }
}
