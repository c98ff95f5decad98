//! Points of the history of subscriptions: recurring revenue, who pays, who was lost.

use jiff::Timestamp;
use netgain_domain::Decimal;
use netgain_domain::facts::{KpiPoint, KpiSeries};

use super::catalogue::{Group, RecurringFigure, Unit, Way};
use super::metadata::Metadata;
use super::points::{Frame, NO_RATE, quotient};
use crate::subscriptions::{Definition, RecurringDay, Snapshot, recurring_days};

/// The points of one connection from its first subscription to the day on which it was last heard of.
#[must_use]
pub fn recurring(
    group: &Group,
    of: (&str, &str),
    snapshots: &[Snapshot],
    definition: &Definition,
    seen: Timestamp,
    frame: &Frame<'_>,
) -> Vec<KpiPoint> {
    let last = frame.zone.to_datetime(seen).date();
    let days = recurring_days(snapshots, definition, &frame.zone, last);
    let mut points = Vec::new();
    for metric in group.metrics.iter().filter(|metric| !metric.hidden) {
        let Way::Recurring { figure } = &metric.of else { continue };
        for day in &days {
            let mut metadata = Metadata::new(day.day, metric.unit);
            metadata.set("definition", definition.name.as_str());
            if metric.unit == Unit::Money {
                metadata.set("currency", frame.rates.currency.code());
            }
            let value = match figure {
                RecurringFigure::Mrr => mrr(day, frame, &mut metadata),
                RecurringFigure::ActiveSubscriptions => Some(day.active.into()),
                RecurringFigure::ChurnRate => {
                    metadata.set("over", day.lost);
                    metadata.set("under", day.paid_before);
                    let rate = quotient(day.lost.into(), day.paid_before.into(), metric.digits);
                    // nobody can be lost before anybody has paid
                    if rate.is_none() {
                        continue;
                    }
                    rate
                }
            };
            let series = KpiSeries {
                connection_id: of.0.to_owned(),
                source: of.1.to_owned(),
                metric: metric.id.clone(),
            };
            points.push(frame.point(series, day.day, value, &metadata));
        }
    }
    points
}

fn mrr(day: &RecurringDay, frame: &Frame<'_>, metadata: &mut Metadata) -> Option<Decimal> {
    let mut sum = Decimal::ZERO;
    for (currency, amount) in &day.mrr {
        match frame.rates.convert(*amount, *currency, day.day) {
            Ok(amount) => sum += amount,
            Err(missing) => {
                metadata.set(NO_RATE, missing.from.to_string());
                return None;
            }
        }
    }
    Some(sum)
}
