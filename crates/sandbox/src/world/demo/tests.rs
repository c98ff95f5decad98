//! The demo brand's plausibility and its own consistency.
use super::*;
use crate::books::{Assumptions, Sums, by_day};
use crate::world::money::Cents;
use crate::world::shop::*;
use jiff::civil::date;
use rust_decimal::Decimal;

fn demo() -> World {
    world(7, date(2026, 11, 21), LIFE)
}

fn books(world: &World) -> Vec<(Date, Sums)> {
    let assumptions = Assumptions { cost_ratio: Decimal::new(40, 2), label_cost: Decimal::new(450, 2) };
    by_day(world, date(2024, 11, 21), date(2026, 12, 31), &assumptions).into_iter().collect()
}

#[test]
fn the_shop_is_plausible() {
    let world = demo();
    let shop = world.shop();
    let count = |test: &dyn Fn(&Order) -> bool| shop.orders.iter().filter(|order| test(order)).count();
    assert!((28_000..45_000).contains(&shop.orders.len()), "{}", shop.orders.len());
    assert!((7_000..12_000).contains(&shop.customers.len()), "{}", shop.customers.len());
    assert_eq!((shop.products.len(), shop.variants.len()), (61, 159));
    assert!(shop.orders.is_sorted_by_key(|order| order.placed_at));
    assert!(shop.orders.is_sorted_by_key(|order| order.id));
    // everything that the brief of a real shop has is there, and none of it is rare enough to be missed
    assert!(count(&|order| order.test) > 20);
    assert!(count(&|order| order.cancelled.is_some()) > 200);
    assert!(count(&|order| order.settled == Settled::Voided) > 20);
    assert!(count(&|order| order.settled == Settled::Pending) > 5);
    assert!(count(&|order| order.presentment.is_some()) > 2_000);
    assert!(count(&|order| order.lines.iter().any(|line| line.kind == LineKind::GiftCard)) > 300);
    assert!(count(&|order| order.lines.iter().any(|line| line.kind == LineKind::Tip)) > 50);
    assert!(count(&|order| order.lines.iter().any(|line| line.added_at.is_some())) > 200);
    assert!(count(&|order| order.happenings.iter().any(|one| matches!(one.what, What::Discounted(..)))) > 50);
    assert!(count(&|order| order.refunds().count() > 1) > 50);
    assert!(count(&|order| order.refunds().any(|(_, refund)| refund.adjustment > 0)) > 100);
    assert!(count(&|order| order.refunds().any(|(_, refund)| refund.adjustment < 0)) > 100);
    assert!(count(&|order| order.payments.iter().any(|payment| payment.kind == PaymentKind::Capture)) > 200);
    assert!(shop.variants.iter().any(|variant| variant.costs.is_empty()));
    assert!(shop.variants.iter().any(|variant| variant.costs.len() > 1));
}

#[test]
fn the_money_of_every_order_fits_together() {
    let world = demo();
    for order in &world.shop().orders {
        let sum = crate::shopify::ledger_total(order);
        assert_eq!(sum, order.current_total(), "order {}", order.number);
        assert!(order.current_total() >= 0, "order {}", order.number);
        assert!(order.paid_back() <= order.received(), "order {}", order.number);
        if order.settled == Settled::Paid {
            assert_eq!(order.received() - order.paid_back(), order.current_total(), "order {}", order.number);
        }
        for (index, line) in order.lines.iter().enumerate() {
            assert!(order.returned_units(index) <= line.quantity);
        }
        let times: Vec<Seconds> = order.happenings.iter().map(|happening| happening.at).collect();
        assert!(times.is_sorted() && times.last().is_none_or(|last| *last <= order.updated_at));
    }
}

#[test]
fn moving_the_clock_in_steps_or_at_once_is_the_same() {
    let (steps, once) = (demo(), demo());
    let before = steps.shop().orders.len();
    for days in [1, 2, 4] {
        steps.move_clock(steps.now() + jiff::SignedDuration::from_hours(24 * days));
    }
    once.move_clock(once.now() + jiff::SignedDuration::from_hours(24 * 7));
    assert!(steps.shop().orders.len() > before + 200);
    assert_eq!(steps.shop().orders.len(), once.shop().orders.len());
    let shape = |world: &World| -> Vec<(u64, Cents, Seconds)> {
        world.shop().orders.iter().map(|order| (order.id, order.current_total(), order.updated_at)).collect()
    };
    assert_eq!(shape(&steps), shape(&once));
    assert_eq!(books(&steps), books(&once));
}

#[test]
fn the_books_of_a_demo_brand_show_a_business() {
    let world = demo();
    let days = books(&world);
    let mut total = Sums::default();
    days.iter().for_each(|(_, sums)| total += *sums);
    assert!(total.gross_sales > 200_000_000, "{total:?}");
    assert!(total.returns > 0 && total.discounts > 0 && total.other_income != 0);
    assert!(total.cogs * 2 < total.net_sales() + total.net_sales(), "{total:?}");
    assert!(total.net_profit() > 0, "{total:?}");
    let black_friday =
        days.iter().find(|(day, _)| *day == date(2025, 11, 28)).map(|(_, sums)| sums.orders).unwrap();
    assert!(black_friday > 120, "{black_friday}");
}

#[test]
fn seeds_make_different_shops() {
    let other = world(8, date(2026, 11, 21), LIFE);
    let (left, right) = (demo(), other);
    assert_ne!(left.shop().orders[0].total(), right.shop().orders[0].total());
}
