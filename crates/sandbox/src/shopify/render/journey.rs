//! How the customer came to an order: its visits with their addresses.
use super::{BITS, View};
use crate::clicks::source_of;
use crate::shopify::compile::Pick;
use crate::shopify::field::Field;
use crate::shopify::out::Out;
use crate::world::journeys::{Visit, visits};
use crate::world::shop::{Order, Seconds};

/// Seconds after an order until the platform has linked its visits to it.
const READY_AFTER: Seconds = 1_800;

impl View<'_> {
    /// Writes the journey to an order: null where nobody saw one, as at a till.
    pub fn journey(&self, out: &mut Out, pick: &Pick, order: &Order) {
        let visits = visits(order);
        let Some((first, last)) = visits.first().zip(visits.last()) else { return out.null() };
        let ready = order.placed_at + READY_AFTER <= self.now;
        let days = (order.placed_at - first.at) / 86_400;
        self.object(out, &pick.picks, u64::MAX, "CustomerJourneySummary", |out, inner| match inner.field {
            Field::Ready => out.bool(ready),
            _ if !ready => out.null(),
            Field::DaysToConversion => out.int(days),
            Field::MomentsCount => {
                self.object(out, &inner.picks, u64::MAX, "Count", |out, part| match part.field {
                    Field::Count => out.int(visits.len() as i64),
                    _ => out.text("EXACT"),
                });
            }
            Field::FirstVisit => self.visit(out, &inner.picks, order, first),
            Field::LastVisit => self.visit(out, &inner.picks, order, last),
            Field::Moments => self.connection(out, inner, visits.len(), |out, picks, index| {
                self.visit(out, picks, order, &visits[index])
            }),
            _ => out.null(),
        });
    }

    /// The visits that are written as lines of their own.
    pub fn moments<'o>(&self, order: &'o Order) -> impl Iterator<Item = Visit> + use<'o> {
        let ready = order.placed_at + READY_AFTER <= self.now;
        visits(order).into_iter().filter(move |_| ready)
    }

    /// Writes a visit.
    pub fn visit(&self, out: &mut Out, picks: &[Pick], order: &Order, visit: &Visit) {
        let source = source_of(visit.source);
        let click = self.clicks.of_visit(order, visit);
        self.object(out, picks, BITS.visit, "CustomerVisit", |out, pick| match pick.field {
            Field::Id => out.gid("CustomerVisit", order.id + visit.place),
            Field::OccurredAt => out.moment(visit.at),
            Field::LandingPage if source.utm_source.is_empty() => out.text(source.landing),
            Field::LandingPage => out.text(&format!(
                "{}?utm_source={}&utm_medium={}&utm_campaign={}{}",
                source.landing,
                source.utm_source,
                source.utm_medium,
                source.utm_campaign,
                click.as_ref().map_or("", |click| click.marks.as_str()),
            )),
            Field::ReferrerUrl => out.text_or_null(source.referrer),
            Field::Source => out.text(source.source),
            Field::SourceType => out.text_or_null(source.tactic),
            Field::UtmParameters if source.utm_source.is_empty() => out.null(),
            Field::UtmParameters => {
                self.object(out, &pick.picks, u64::MAX, "UTMParameters", |out, inner| match inner.field {
                    Field::Source => out.text(source.utm_source),
                    Field::Medium => out.text(source.utm_medium),
                    Field::Campaign => out.text(source.utm_campaign),
                    _ => out.null(),
                })
            }
            _ => out.null(),
        });
    }
}
