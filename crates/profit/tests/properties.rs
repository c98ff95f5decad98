//! What holds for every order, by random orders.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use common::*;
use netgain_domain::Decimal;
use netgain_domain::facts::*;
use netgain_domain::jiff::ToSpan;
use netgain_domain::jiff::civil::Date;
use netgain_profit::bridge::{Figure, bridge};
use netgain_profit::profile::{self, Cells, Statement};
use netgain_profit::{CostBook, MissingPolicy, RefundBasis, Settings, compute_order, daily, explain};
use proptest::prelude::*;

/// An order by random parts: known and unknown costs, edits, returns, restocks, fees, any kind of entry.
fn orders() -> impl Strategy<Value = OrderFacts> {
    let line = (0..4_u8, 1..5_i64);
    let event =
        (0..5_usize, 0..9_usize, 0..4_usize, 0..5_usize, prop::option::of(-3..6_i64), -9_999..99_999_i64);
    let event = (event, 0..2_000_i64, -500..500_i64, 0..400_i64);
    let refund = (0..5_usize, 0..4_i64, 0..400_i64, any::<bool>());
    let parts = (
        prop::collection::vec(line, 1..5),
        prop::collection::vec(event, 0..12),
        prop::collection::vec(refund, 0..5),
        prop::collection::vec((-500..900_i64, 0..90_i64), 0..3),
    );
    parts.prop_map(|(lines, events, refunds, fees)| {
        let mut order = order("GBP");
        for (at, (variant, quantity)) in lines.into_iter().enumerate() {
            order = order.line(&format!("l{at}"), Some(&format!("v{variant}")), quantity);
            order.lines[at].is_gift_card = variant == 3;
        }
        let later = |order: &OrderFacts, hours: i64| order.placed_at + hours.hours();
        for ((line, kind, action, reason, quantity, cents), tax, discount, hours) in events {
            order = order.event(EventKind::ALL[kind], EventAction::ALL[action], PLACED, "0", "0");
            let happened_at = later(&order, hours);
            let event = order.events.last_mut().unwrap();
            event.line_id = Some(format!("l{line}"));
            (event.reason, event.quantity, event.happened_at) =
                (EventReason::ALL[reason], quantity, happened_at);
            event.total_amount = Decimal::new(cents, 2);
            (event.tax_amount, event.discount_amount) = (Decimal::new(tax, 3), Decimal::new(discount, 2));
        }
        for (line, quantity, hours, restocked) in refunds {
            order = order.restocked(&format!("l{line}"), quantity, PLACED);
            let refunded_at = later(&order, hours);
            let refund = order.refund_lines.last_mut().unwrap();
            (refund.refunded_at, refund.restocked) = (refunded_at, restocked);
        }
        for (cents, hours) in fees {
            order = order.fee(&Decimal::new(cents, 2).to_string());
            let charged_at = later(&order, hours);
            order.fees.last_mut().unwrap().charged_at = Some(charged_at);
        }
        order
    })
}

/// A credit note, said in another way than the rules do: nothing but entries that give back, some with money.
fn only_gives_back(order: &OrderFacts) -> bool {
    let net = |event: &EventFacts| event.total_amount - event.tax_amount;
    let (mut sold, mut money) = (false, false);
    for event in &order.events {
        money |= !net(event).is_zero();
        sold |= match event.action {
            EventAction::Return => false,
            EventAction::Unknown => net(event) >= Decimal::ZERO,
            EventAction::Order | EventAction::Update => true,
        };
    }
    money && !sold
}

fn rules() -> impl Strategy<Value = Settings> {
    let policies = [
        MissingPolicy::Ratio,
        MissingPolicy::Exclude,
        MissingPolicy::Zero,
        MissingPolicy::EqualToNetSales,
        MissingPolicy::Error,
    ];
    let bases = [RefundBasis::ReturnDay, RefundBasis::OrderDay, RefundBasis::CashDay];
    (prop::sample::select(policies.to_vec()), prop::sample::select(bases.to_vec())).prop_map(
        |(policy, basis)| {
            let mut settings = british();
            settings.cost.missing_policy = policy;
            settings.revenue.refund_basis = basis;
            settings
        },
    )
}

/// An order of any kind, with totals that need not agree with its ledger and payments at any time.
fn any_kind() -> impl Strategy<Value = OrderFacts> {
    let statuses = ["paid", "partially_paid", "pending", "voided", "refunded", "of_another_version"];
    let totals = (prop::option::of(0..99_999_i64), prop::option::of(0..9_999_i64));
    let paid = prop::collection::vec(0..600_i64, 0..3);
    (orders(), prop::sample::select(statuses.to_vec()), any::<(bool, bool)>(), totals, paid).prop_map(
        |(mut order, status, (is_test, is_cancelled), (price, tax), paid)| {
            order.financial_status = Some(status.to_owned());
            order.is_test = is_test;
            order.cancelled_at = is_cancelled.then_some(order.placed_at);
            order.total_price = price.map(|cents| Decimal::new(cents, 2));
            order.total_tax = tax.map(|cents| Decimal::new(cents, 2));
            let placed_at = order.placed_at;
            paid.into_iter().fold(order, |order, hours| order.paid_back(placed_at + hours.hours()))
        },
    )
}

fn book() -> CostBook {
    CostBook::new([cost("v0", "12.345", "GBP"), cost("v1", "7", "GBP")])
}

proptest! {
    #[test]
    fn days_add_up_to_the_total_and_steps_follow(order in orders(), settings in rules()) {
        let profit = compute_order(&order, &book(), &settings).unwrap();
        let mut sum = Ladder::default();
        for pair in profit.days.windows(2) {
            prop_assert!(pair[0].day < pair[1].day);
        }
        for entry in &profit.days {
            sum += &entry.ladder;
        }
        prop_assert_eq!(sum, profit.total);
        let orders: i64 = profit.days.iter().map(|entry| entry.orders).sum();
        prop_assert_eq!(orders, i64::from(profit.included && !only_gives_back(&order)));
        prop_assert_eq!(orders, profit.orders());
        for ladder in profit.days.iter().map(|entry| entry.ladder).chain([profit.total]) {
            prop_assert!(ladder.values().iter().all(|value| !value.is_zero() || !value.is_sign_negative()));
            prop_assert_eq!(ladder.net_sales, ladder.gross_sales - ladder.discounts - ladder.returns);
            prop_assert_eq!(ladder.net_revenue, ladder.net_sales + ladder.shipping_income + ladder.other_income);
            prop_assert_eq!(ladder.cm1, ladder.net_revenue - ladder.cogs);
            prop_assert_eq!(ladder.cm2, ladder.cm1 - ladder.shipping_costs - ladder.payment_fees);
            prop_assert_eq!(ladder.net_profit, ladder.cm2 - ladder.ad_spend);
        }
        let folded = daily([&profit], &[], &settings);
        prop_assert_eq!(folded.total.ladder, profit.total);
        prop_assert_eq!(folded.total.orders, orders);
        prop_assert_eq!(folded.channels.values().map(|channel| channel.orders).sum::<i64>(), orders);
    }

    #[test]
    fn an_explanation_is_the_computation(order in orders(), settings in rules()) {
        let profit = compute_order(&order, &book(), &settings).unwrap();
        let explanation = explain(&order, &book(), &settings).unwrap();
        prop_assert_eq!(&explanation.profit, &profit);
        let mut running = Decimal::ZERO;
        let fields = Ladder::FIELDS.iter().zip(profit.total.values());
        let amounts: std::collections::HashMap<_, _> = fields.collect();
        for step in &explanation.steps {
            prop_assert_eq!(step.amount, amounts[&step.key], "{}", step.key);
            let entries: Decimal = step.entries.iter().map(|entry| entry.amount).sum();
            match serde_json::to_value(step.sign).unwrap().as_str().unwrap() {
                "+" => { prop_assert_eq!(entries, step.amount); running += step.amount; }
                "-" => { prop_assert_eq!(entries, step.amount); running -= step.amount; }
                _ => { prop_assert!(step.entries.is_empty()); prop_assert_eq!(running, step.amount, "{}", step.key); }
            }
        }
        prop_assert_eq!(running, profit.total.net_profit);
        // each day's entries add up to the day
        for entry in &profit.days {
            let cogs: Decimal = explanation.steps.iter().filter(|step| step.key == "cogs")
                .flat_map(|step| &step.entries).filter(|found| found.day == entry.day).map(|found| found.amount).sum();
            prop_assert_eq!(cogs, entry.ladder.cogs);
        }
    }

    #[test]
    fn the_default_definition_is_the_ladder(order in any_kind(), settings in rules()) {
        let profit = compute_order(&order, &book(), &settings).unwrap();
        let reading = settings.reading(None, None).unwrap();
        for (from, to) in profit.days.iter().map(|entry| (entry.day, entry.day)).chain([(Date::MIN, Date::MAX)]) {
            let mut cells = Cells::default();
            cells.add_order(&profit, from, to);
            let cells = cells.into_vec();
            let statement = Statement::of(&reading, &cells);
            let whole = from == Date::MIN;
            let ladder = if whole { profit.total } else { profit.days.iter().find(|entry| entry.day == from).unwrap().ladder };
            for (key, amount) in Ladder::FIELDS.iter().zip(ladder.values()).take(14) {
                prop_assert_eq!(statement.amount(key), Some(amount), "{}", key);
            }
            prop_assert_eq!(profile::ladder_of(&cells, settings.revenue.refund_basis.basis()), ladder);
            if whole { prop_assert_eq!(statement.orders, profit.orders()); }
        }
        // what does not count is still told to those who count it
        prop_assert_eq!(profit.postings.placed.is_some(), true);
    }

    #[test]
    fn bridges_lead_from_one_definition_to_another(
        order in any_kind(), settings in rules(), pair in (0..8_usize, 0..8_usize), until in 0..500_i64,
    ) {
        let profit = compute_order(&order, &book(), &settings).unwrap();
        let mut cells = Cells::default();
        let last = (order.placed_at + until.hours()).to_zoned(settings.zone().clone()).date();
        cells.add_order(&profit, Date::MIN, last);
        cells.add_cost(Line::AdSpend, Decimal::new(1234, 2));
        let cells = cells.into_vec();
        let [from, to] = [pair.0, pair.1].map(|at| settings.reading(Some(&profile::all()[at].id), None).unwrap());
        for figure in [Figure::Result, Figure::Revenue] {
            let bridge = bridge(&from, &to, figure, &cells);
            let steps: Decimal = bridge.steps.iter().map(|step| step.amount).sum();
            prop_assert_eq!(bridge.from + steps, bridge.to);
        }
        // the naive revenue is the order's own total, on its day alone
        if let Some(total) = order.total_price {
            let naive = Statement::of(&settings.reading(Some("seed"), None).unwrap(), &cells);
            let counts = !order.is_test && profit.day <= last;
            prop_assert_eq!(naive.revenue, if counts { total } else { Decimal::ZERO });
        }
    }

    #[test]
    fn every_basis_gives_back_the_same_in_the_end(order in any_kind(), settings in rules()) {
        let profit = compute_order(&order, &book(), &settings).unwrap();
        let mut sums = [Basis::ReturnDay, Basis::OrderDay, Basis::CashDay].map(|basis| (basis, Lines::default()));
        for posting in &profit.postings.all {
            for (basis, lines) in &mut sums {
                // the rest of the order's total follows the days of what was sold
                if *basis == posting.basis { lines[posting.line] += posting.amount; }
            }
        }
        prop_assert_eq!(&sums[0].1, &sums[1].1);
        prop_assert_eq!(&sums[0].1, &sums[2].1);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(order in orders(), settings in rules(), turn in 0..12_usize) {
        let mut turned = order.clone();
        turned.events.reverse();
        let (events, refunds) = (turned.events.len().max(1), turned.refund_lines.len().max(1));
        if !turned.events.is_empty() {
            turned.events.rotate_left(turn % events);
        }
        turned.refund_lines.reverse();
        if !turned.refund_lines.is_empty() {
            turned.refund_lines.rotate_left(turn % refunds);
        }
        turned.fees.reverse();
        turned.lines.reverse();
        let both = [&order, &turned].map(|order| compute_order(order, &book(), &settings).unwrap());
        prop_assert_eq!(&both[0], &both[1]);
    }

    #[test]
    fn refunding_everything_restocked_leaves_shipping_fees_and_label(
        lines in prop::collection::vec((0..3_u8, 1..5_i64, 1..99_999_i64, 0..900_i64, prop::collection::vec(0..300_i64, 4)), 1..5),
        shipping in 0..2_000_i64,
        fee in 0..900_i64,
    ) {
        let cents = |cents: i64| Decimal::new(cents, 2).to_string();
        let mut order = order("GBP").fee(&cents(fee));
        order = order.event(EventKind::Shipping, EventAction::Order, PLACED, &cents(shipping), "0");
        for (at, (variant, units, total, tax, hours)) in lines.iter().enumerate() {
            let line = format!("l{at}");
            order = order.line(&line, Some(&format!("v{variant}")), *units);
            order = order.sold(&line, *units, &cents(*total), &cents(*tax), "1.11");
            // unit by unit on different days, the last one with what is left
            let each = (total / units, tax / units);
            for unit in 0..*units {
                let last = unit == units - 1;
                let part = |whole: i64, each: i64| cents(if last { -(whole - each * (units - 1)) } else { -each });
                let when = (order.placed_at + hours[usize::try_from(unit).unwrap()].hours()).to_string();
                order = order.returned(&line, -1, &when, &part(*total, each.0), &part(*tax, each.1));
                order = order.restocked(&line, 1, &when);
            }
        }
        let profit = compute_order(&order, &book(), &british()).unwrap();
        prop_assert_eq!(profit.total.net_profit, Decimal::new(shipping - fee - 450, 2));
        prop_assert_eq!((profit.total.cogs, profit.total.net_sales), (Decimal::ZERO, Decimal::ZERO));
        prop_assert!(profit.total.cogs_estimated.is_zero() && profit.total.cogs_estimated_max.is_zero());
    }
}
