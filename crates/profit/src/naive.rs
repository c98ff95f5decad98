//! The lines that the naive formula needs beside the ledger's: the order's own totals, and a cost taken of the
//! displayed price. It looks at an order as it was placed and knows no refunds.

use jiff::civil::Date;
use netgain_domain::Decimal;
use netgain_domain::facts::{
    Basis, EventAction, EventFacts, EventKind, EventReason, Line, LineFacts, OrderFacts, Posting,
};

use crate::goods::{Goods, LineCost};
use crate::posting::{Origin, Sink, When};
use crate::settings::ratio_on;
use crate::{Error, Settings, amount};

/// Lines that make up an order's total price, and whether they lower it. The total less their sum is
/// [`Line::TotalPriceRest`], so a definition by the total and one by the ledger differ in named steps.
pub(crate) const TOTAL_PRICE: [(Line, bool); 10] = [
    (Line::GrossSales, false),
    (Line::Discounts, true),
    (Line::LeftOutGrossSales, false),
    (Line::LeftOutDiscounts, true),
    (Line::ShippingCharged, false),
    (Line::AdditionalFees, false),
    (Line::Tips, false),
    (Line::Duties, false),
    (Line::GiftCardSales, false),
    (Line::TaxesCollected, false),
];

/// What the ledger sold on a day, and the tax in it.
struct Sold {
    basis: Basis,
    day: Date,
    price: Decimal,
    tax: Decimal,
}

/// Posts what the order's own totals differ from the ledger, and the naive cost. To be called last.
pub(crate) fn post<'f>(
    facts: &'f OrderFacts,
    goods: &Goods<'f, '_>,
    settings: &Settings,
    order_day: Date,
    sink: &mut impl Sink<'f>,
) -> Result<(), Error> {
    let checked = |field, value: Option<Decimal>| {
        value.map(|value| amount::check(&facts.order_id, &facts.order_id, field, value)).transpose()
    };
    let price = checked("total_price", facts.total_price)?;
    let tax = checked("total_tax", facts.total_tax)?;
    let placed = |event: &&EventFacts| {
        event.reason == EventReason::Order
            && event.action == EventAction::Order
            && event.kind != EventKind::Unknown
    };
    // a source that states no total means what its ledger sold
    let of_ledger = |part: fn(&EventFacts) -> Decimal| facts.events.iter().filter(placed).map(part).sum();
    let price = price.unwrap_or_else(|| of_ledger(|event| event.total_amount));
    let tax = tax.unwrap_or_else(|| of_ledger(|event| event.tax_amount));
    let mut days = vec![Sold { basis: Basis::All, day: order_day, price, tax }];
    for posting in sink.postings() {
        let Some(lowers) = part_of_price(posting.line) else { continue };
        let at = days.iter().position(|sold| sold.day == posting.day && sold.basis == posting.basis);
        let at = at.unwrap_or_else(|| {
            let (basis, day) = (posting.basis, posting.day);
            days.push(Sold { basis, day, price: Decimal::ZERO, tax: Decimal::ZERO });
            days.len() - 1
        });
        let Some(sold) = days.get_mut(at) else { continue };
        if lowers {
            sold.price += posting.amount;
        } else {
            sold.price -= posting.amount;
        }
        if posting.line == Line::TaxesCollected {
            sold.tax -= posting.amount;
        }
    }
    for Sold { basis, day, price, tax } in days {
        for (line, amount) in [(Line::TotalPriceRest, price), (Line::TotalTaxRest, tax)] {
            if !amount.is_zero() {
                sink.keep(Posting { amount, day, basis, line });
            }
        }
    }
    let cost = cost(facts, goods, settings, order_day)?;
    sink.post(When::On(order_day), Line::NaiveCogs, cost, Origin::Order);
    Ok(())
}

fn part_of_price(line: Line) -> Option<bool> {
    TOTAL_PRICE.iter().find(|(part, _)| *part == line).map(|(_, lowers)| *lowers)
}

/// The naive cost: recorded unit costs, and the default ratio of the displayed price where there is none.
fn cost(
    facts: &OrderFacts,
    goods: &Goods<'_, '_>,
    settings: &Settings,
    order_day: Date,
) -> Result<Decimal, Error> {
    let mut sum = Decimal::ZERO;
    for (slot, line) in facts.lines.iter().enumerate() {
        let quantity = amount::check_quantity(&facts.order_id, &line.line_id, line.quantity)?;
        let units = Decimal::from(quantity);
        let ratio = ratio_on(&settings.cost.default_ratio, Some(line), order_day);
        let ratio = ratio.map_or(Decimal::ZERO, |row| row.value);
        let product = match (goods.line_cost(slot), line.unit_price) {
            (LineCost::Recorded(cost), _) => Some(cost.unit_cost * units),
            (_, Some(price)) => price.checked_mul(units).and_then(|value| value.checked_mul(ratio)),
            (_, None) => price_of(facts, line).checked_mul(ratio),
        };
        let product = product.unwrap_or(Decimal::MAX).round_dp(amount::MAX_SCALE);
        sum += amount::check(&facts.order_id, &line.line_id, "unit_price", product)?;
    }
    Ok(sum)
}

/// What a line without a displayed price was sold for: before discounts, with tax.
fn price_of(facts: &OrderFacts, line: &LineFacts) -> Decimal {
    let sold = facts.events.iter().filter(|event| {
        event.reason == EventReason::Order
            && event.action == EventAction::Order
            && event.line_id.as_deref() == Some(line.line_id.as_str())
    });
    sold.map(|event| event.total_amount + event.discount_amount).sum()
}
