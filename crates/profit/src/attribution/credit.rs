//! One order's credit, shared among its visits.

use std::ops::AddAssign;

use jiff::Timestamp;
use jiff::civil::Date;
use netgain_domain::facts::OrderProfit;
use netgain_domain::{Currency, Decimal};
use serde::Serialize;

use super::model::{Clock, DayBasis, Direct, Model, ModelSettings, Window};
use super::{Touchpoint, decay};
use crate::share::{WHOLE, apportion, split};

/// What an order brought, in the reporting currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Amounts {
    /// Net sales.
    pub net_sales: Decimal,
    /// Revenue as the profile defines it.
    pub revenue: Decimal,
    /// The order's costs without marketing as the profile defines them.
    pub costs: Decimal,
    /// Second contribution margin: what is left before marketing.
    pub cm2: Decimal,
}

impl Amounts {
    /// The amounts of an order's ladder: revenue is net revenue, costs are what lies between it and CM2.
    #[must_use]
    pub fn of(profit: &OrderProfit) -> Self {
        let total = &profit.total;
        Self {
            net_sales: total.net_sales,
            revenue: total.net_revenue,
            costs: total.net_revenue - total.cm2,
            cm2: total.cm2,
        }
    }

    fn values(self) -> [Decimal; 4] {
        [self.net_sales, self.revenue, self.costs, self.cm2]
    }

    fn from_values([net_sales, revenue, costs, cm2]: [Decimal; 4]) -> Self {
        Self { net_sales, revenue, costs, cm2 }
    }
}

impl AddAssign for Amounts {
    fn add_assign(&mut self, other: Self) {
        self.net_sales += other.net_sales;
        self.revenue += other.revenue;
        self.costs += other.costs;
        self.cm2 += other.cm2;
    }
}

/// An order and the visits before it.
#[derive(Debug, Clone)]
pub struct Journey<'t> {
    /// The order's key, unique in the workspace.
    pub order_id: &'t str,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Whether it is its customer's first order; none where the customer is not known.
    pub is_first_order: Option<bool>,
    /// What it brought.
    pub amounts: Amounts,
    /// The visits, in any order.
    pub touchpoints: &'t [Touchpoint],
    /// Whether the shop's platform has still to link visits to it.
    pub is_pending: bool,
}

/// What one visit is credited with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Credit {
    /// The visit.
    pub touchpoint: Touchpoint,
    /// Its part of the order, of [`WHOLE`].
    pub credit: u32,
    /// Its part of the order's amounts.
    pub amounts: Amounts,
    /// The day on which it counts.
    pub day: Date,
    /// Whether that day differs from the workspace's, because the ad account's zone does.
    pub zone_differs: bool,
}

/// Why a visit takes no credit, or an order gives none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// No visit is known.
    NoVisit,
    /// The shop's platform has not linked visits to the order yet.
    Pending,
    /// The visit has no time.
    NoTime,
    /// It lies before the look-back window.
    TooOld,
    /// It lies after the order.
    AfterOrder,
    /// A direct visit, and there are others.
    Direct,
    /// It was not paid for, and the model credits paid visits only.
    NotPaid,
    /// The model shows the platforms' claims and credits no order.
    PlatformReported,
}

/// A visit that takes no part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PassedOver {
    /// The visit's id.
    pub touch_id: String,
    /// Why.
    pub reason: Reason,
}

/// What no visit is credited with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Unattributed {
    /// Why.
    pub reason: Reason,
    /// The order's amounts.
    pub amounts: Amounts,
    /// The order's day.
    pub day: Date,
}

/// One order's credit: either shared in full, or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Attribution {
    /// The order.
    pub order_id: String,
    /// Whether it is its customer's first order.
    pub is_first_order: Option<bool>,
    /// The shares, oldest visit first; they add up to [`WHOLE`] and to the order's amounts.
    pub credits: Vec<Credit>,
    /// The whole order, where no visit qualifies.
    pub unattributed: Option<Unattributed>,
    /// Visits that take no part.
    pub passed_over: Vec<PassedOver>,
}

/// Shares an order's credit and amounts among its visits. Money is split to the currency's smallest coin.
#[must_use]
pub fn attribute(
    journey: &Journey<'_>,
    settings: &ModelSettings,
    clock: &Clock,
    currency: Currency,
) -> Attribution {
    let mut passed_over = Vec::new();
    let visits = qualifying(journey, settings, &mut passed_over);
    let weights = weights(&visits, settings);
    let mut attribution = Attribution {
        order_id: journey.order_id.to_owned(),
        is_first_order: journey.is_first_order,
        credits: Vec::new(),
        unattributed: None,
        passed_over,
    };
    let Some(shares) = apportion(u128::from(WHOLE), &weights) else {
        attribution.unattributed = Some(Unattributed {
            reason: why_none(settings.model, journey.is_pending, &attribution.passed_over),
            amounts: journey.amounts,
            day: clock.day(journey.placed_at, None).0,
        });
        return attribution;
    };
    let shares: Vec<u32> = shares.into_iter().map(|share| u32::try_from(share).unwrap_or(WHOLE)).collect();
    let digits = currency.minor_digits();
    let columns = journey.amounts.values().map(|amount| split(amount, &shares, digits).unwrap_or_default());
    for (at, ((touchpoint, visited), credit)) in visits.into_iter().zip(shares).enumerate() {
        if credit == 0 {
            continue; // a part of nothing: its amounts are zero as well, because money follows the same weights
        }
        let counted = match settings.day {
            DayBasis::OrderDay => journey.placed_at,
            DayBasis::ClickDay => visited,
        };
        let (day, zone_differs) = clock.day(counted, Some(touchpoint));
        let amounts = columns.each_ref().map(|column| column.get(at).copied().unwrap_or_default());
        let amounts = Amounts::from_values(amounts);
        let touchpoint = touchpoint.clone();
        attribution.credits.push(Credit { touchpoint, credit, amounts, day, zone_differs });
    }
    attribution
}

/// The visits that may take credit with their times, oldest first.
fn qualifying<'t>(
    journey: &Journey<'t>,
    settings: &ModelSettings,
    passed_over: &mut Vec<PassedOver>,
) -> Vec<(&'t Touchpoint, Timestamp)> {
    let mut pass = |touchpoint: &Touchpoint, reason| {
        passed_over.push(PassedOver { touch_id: touchpoint.id.clone(), reason });
    };
    let mut visits = Vec::new();
    for touchpoint in journey.touchpoints {
        let Some(at) = touchpoint.at else {
            pass(touchpoint, Reason::NoTime);
            continue;
        };
        match settings.is_within(at, journey.placed_at) {
            _ if settings.model == Model::PlatformReported => pass(touchpoint, Reason::PlatformReported),
            Window::TooOld => pass(touchpoint, Reason::TooOld),
            Window::After => pass(touchpoint, Reason::AfterOrder),
            Window::Within if settings.model == Model::LastPaid && !touchpoint.paid => {
                pass(touchpoint, Reason::NotPaid);
            }
            Window::Within => visits.push((touchpoint, at)),
        }
    }
    let is_direct = |touchpoint: &Touchpoint| touchpoint.channel == "direct";
    if settings.direct == Direct::OnlyAlone && !visits.iter().all(|(visit, _)| is_direct(visit)) {
        visits.retain(|(visit, _)| {
            let direct = is_direct(visit);
            if direct {
                pass(visit, Reason::Direct);
            }
            !direct
        });
    }
    // by id where times are equal, so that the order of rows does not matter
    visits.sort_by(|a, b| (a.1, &a.0.id).cmp(&(b.1, &b.0.id)));
    passed_over.sort_by(|a, b| a.touch_id.cmp(&b.touch_id));
    visits
}

/// What each visit counts, relative to the others.
fn weights(visits: &[(&Touchpoint, Timestamp)], settings: &ModelSettings) -> Vec<u32> {
    let count = visits.len();
    let Some(last) = count.checked_sub(1) else { return Vec::new() };
    let one_at = |place: usize| (0..count).map(|at| u32::from(at == place)).collect();
    match settings.model {
        Model::First => one_at(0),
        Model::Last | Model::LastPaid => one_at(last),
        Model::Linear => vec![1; count],
        Model::Position => {
            // 40 : 20 between the others : 40, as whole numbers
            let ends = u32::try_from(count.saturating_sub(2) * 2).unwrap_or(u32::MAX).max(1);
            (0..count).map(|at| if at == 0 || at == last { ends } else { 1 }).collect()
        }
        Model::TimeDecay => {
            let half_life = u64::from(settings.half_life_hours) * 3_600;
            let newest = visits[last].1;
            let age = |at: Timestamp| u64::try_from(newest.duration_since(at).as_secs()).unwrap_or(0);
            visits.iter().map(|(_, at)| decay::weight(age(*at), half_life)).collect()
        }
        Model::PlatformReported => Vec::new(),
    }
}

/// The one reason that is told for an order without credit: what came nearest.
fn why_none(model: Model, is_pending: bool, passed_over: &[PassedOver]) -> Reason {
    if model == Model::PlatformReported {
        return Reason::PlatformReported;
    }
    let has = |reason| passed_over.iter().any(|visit| visit.reason == reason);
    let by_nearness = [Reason::NotPaid, Reason::TooOld, Reason::NoTime, Reason::AfterOrder];
    let none = if is_pending { Reason::Pending } else { Reason::NoVisit };
    by_nearness.into_iter().find(|reason| has(*reason)).unwrap_or(none)
}
