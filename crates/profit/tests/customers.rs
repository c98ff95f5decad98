//! Cohorts on a small shop by hand, on random shops, and on the published sales of a CD shop.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use std::path::PathBuf;

use common::{day, dec};
use netgain_domain::Decimal;
use netgain_domain::jiff::civil::Date;
use netgain_profit::customers::*;
use proptest::prelude::*;

fn purchase(order: &str, person: &str, on: &str, net: &str, cm2: &str) -> Purchase {
    let money = PurchaseDay { day: day(on), net_sales: dec(net), cm2: dec(cm2) };
    Purchase {
        order_id: order.into(),
        person: (!person.is_empty()).then(|| person.to_owned()),
        day: day(on),
        is_order: true,
        days: vec![money],
    }
}

fn month(text: &str) -> Month {
    Month::of(day(text))
}

/// Two customers of January, one of February; one order of nobody known.
fn shop() -> Vec<Purchase> {
    let mut shop = vec![
        purchase("1", "ann", "2026-01-05", "100", "40"),
        purchase("2", "bob", "2026-01-31", "50", "10"),
        purchase("3", "ann", "2026-01-20", "20", "8"),
        purchase("4", "ann", "2026-03-01", "60", "30"),
        purchase("5", "eve", "2026-02-10", "80", "20"),
        purchase("6", "", "2026-02-11", "5", "1"),
    ];
    // a refund in February lowers January's customers at age 1
    shop[1].days.push(PurchaseDay { day: day("2026-02-02"), net_sales: dec("-50"), cm2: dec("-12") });
    shop
}

#[test]
fn a_triangle_by_hand() {
    let cohorts = Cohorts::new(&shop(), day("2026-03-15"));
    let january = cohorts.cohort(month("2026-01-01")).unwrap();
    assert_eq!((january.customers, january.cells.len()), (2, 3));
    let line = |cell: &Cell| (cell.active, cell.orders, cell.repeated, cell.cumulative_cm2, cell.complete);
    let lines: Vec<_> = january.cells.iter().map(line).collect();
    assert_eq!(lines, [(2, 3, 1, dec("58"), true), (0, 0, 1, dec("46"), true), (1, 1, 1, dec("76"), false)]);
    let unassigned = cohorts.unassigned;
    assert_eq!((unassigned.orders, unassigned.net_sales, unassigned.cm2), (1, dec("5"), dec("1")));
    assert_eq!(ltv(january, 2).unwrap().value, Some(dec("38")));
    assert_eq!(repeat_rate(january, 2).unwrap().value, Some(dec("0.5")));
    assert!(ltv(january, 3).is_none());
    // 58 at once, 46 after the refund, 76 in March: the first age counts, by the cohort's own curve
    assert_eq!(payback(january, dec("29")), Some(Payback::Reached { age: 0 }));
    assert_eq!(payback(january, dec("30")), Some(Payback::Reached { age: 2 }));
    assert_eq!(payback(january, dec("40")), Some(Payback::NotYet { age: 2, missing: dec("2") }));
    assert_eq!(ltv_to_cac(january, 2, dec("19")).unwrap().value, Some(dec("2")));
    let february = cohorts.cohort(month("2026-02-01")).unwrap();
    assert_eq!((february.customers, february.cells.len()), (1, 2));
    // January to February: none of two; of February nobody can be asked yet
    assert_eq!(cohorts.retention(), (0, 2));
    let simple = simple_ltv(&cohorts);
    assert_eq!((simple.margin_per_month.over, simple.margin_per_month.under), (dec("66"), dec("3")));
    assert_eq!(simple.value.value, Some(dec("22")));
    assert!(simple.assumption.contains("the same chance"));
    let behind = cohorts.explain(month("2026-01-01"), 1, Measure::CumulativeCm2);
    assert_eq!((behind.value, behind.parts.len()), (dec("46"), 4));
    let active = cohorts.explain(month("2026-01-01"), 0, Measure::Active);
    assert_eq!(active.parts.iter().map(|part| part.row.as_str()).collect::<Vec<_>>(), ["ann", "bob"]);
    assert_eq!(month("2026-01-01").to_string(), "2026-01");
    assert_eq!(month("2024-02-01").last_day(), day("2024-02-29"));
}

#[test]
fn a_credit_note_makes_nobody_a_customer() {
    let mut note = purchase("c", "zoe", "2026-01-02", "-10", "-10");
    note.is_order = false;
    let cohorts = Cohorts::new(&[note.clone()], day("2026-01-31"));
    assert!(cohorts.cohorts.is_empty());
    assert_eq!((cohorts.unassigned.orders, cohorts.unassigned.cm2), (0, dec("-10")));
    let cohorts = Cohorts::new(&[note, purchase("1", "zoe", "2026-02-01", "30", "9")], day("2026-02-28"));
    let cell = cohorts.cohorts[0].cells[0];
    assert_eq!((cell.orders, cell.cm2, cell.complete), (1, dec("-1"), true));
}

#[test]
fn customers_of_a_cd_shop() {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared");
    let shared = std::env::var_os("NETGAIN_SHARED").map_or_else(|| PathBuf::from(beside), PathBuf::from);
    let Ok(text) = std::fs::read_to_string(shared.join("data/cdnow/CDNOW_master.txt")) else {
        println!("skipped: data/cdnow is absent; set NETGAIN_SHARED to the folder that holds `data`");
        return;
    };
    let read = |(at, line): (usize, &str)| {
        let cells: Vec<&str> = line.split_whitespace().collect();
        let on = format!("{}-{}-{}", &cells[1][..4], &cells[1][4..6], &cells[1][6..]);
        purchase(&at.to_string(), cells[0], &on, cells[3], cells[3])
    };
    let purchases: Vec<Purchase> = text.lines().skip(1).enumerate().map(read).collect();
    assert_eq!(purchases.len(), 69_659);
    let cohorts = Cohorts::new(&purchases, day("1998-06-30"));
    let active = |on: &str, ages: usize| {
        let cohort = cohorts.cohort(month(on)).unwrap();
        cohort.cells.iter().take(ages).map(|cell| cell.active).collect::<Vec<_>>()
    };
    assert_eq!(active("1997-01-01", 6), [7_846, 1_157, 964, 810, 679, 736]);
    assert_eq!(active("1997-02-01", 4), [8_476, 1_312, 980, 783]);
    assert_eq!(active("1997-03-01", 3), [7_248, 1_032, 752]);
    assert_eq!(cohorts.cohorts.iter().map(|cohort| cohort.customers).sum::<u64>(), 23_570);
    let last = |cohort: &Cohort| cohort.cells.last().unwrap().cumulative_net_sales;
    assert_eq!(cohorts.cohorts.iter().map(last).sum::<Decimal>(), dec("2500315.63"));
    let cell = cohorts.cohorts[0].cells[5];
    let behind = cohorts.explain(month("1997-01-01"), 5, Measure::CumulativeNetSales);
    assert_eq!(behind.value, cell.cumulative_net_sales);
    assert_eq!(cohorts.explain(month("1997-01-01"), 5, Measure::Active).parts.len(), 736);
}

/// A person, the day, whether it is an order, and money: days later, net sales, margin.
type Drawn = (u8, i64, bool, Vec<(i64, i64, i64)>);

fn purchases() -> impl Strategy<Value = Vec<Purchase>> {
    let money = (0..300_i64, -9_999..9_999_i64, -9_999..9_999_i64);
    let one = (0..8_u8, 0..500_i64, prop::bool::weighted(0.9), prop::collection::vec(money, 0..4));
    prop::collection::vec(one, 0..30).prop_map(|rows| {
        let start = day("2025-01-01");
        let after =
            |days: i64| -> Date { start.saturating_add(netgain_domain::jiff::Span::new().days(days)) };
        let build = |(at, (person, on, is_order, money)): (usize, Drawn)| {
            let days = money.into_iter().map(|(later, net, cm2)| PurchaseDay {
                day: after(on + later - 3),
                net_sales: Decimal::new(net, 2),
                cm2: Decimal::new(cm2, 2),
            });
            Purchase {
                order_id: format!("o{at}"),
                person: (person > 0).then(|| format!("p{person}")),
                day: after(on),
                is_order,
                days: days.collect(),
            }
        };
        rows.into_iter().enumerate().map(build).collect()
    })
}

proptest! {
    #[test]
    fn nothing_is_lost_and_every_cell_is_the_sum_of_its_rows(purchases in purchases(), until in 0..700_i64) {
        let as_of = day("2025-01-01").saturating_add(netgain_domain::jiff::Span::new().days(until));
        let cohorts = Cohorts::new(&purchases, as_of);
        let until_then = || purchases.iter().flat_map(|one| &one.days).filter(|money| money.day <= as_of);
        let whole: Decimal = until_then().map(|money| money.cm2).sum();
        let in_cohorts: Decimal =
            cohorts.cohorts.iter().map(|cohort| cohort.cells.last().unwrap().cumulative_cm2).sum();
        prop_assert_eq!(in_cohorts + cohorts.unassigned.cm2, whole);
        let orders = purchases.iter().filter(|one| one.is_order && one.day <= as_of).count() as u64;
        let placed: u64 = cohorts.cohorts.iter().flat_map(|cohort| &cohort.cells).map(|cell| cell.orders).sum();
        prop_assert_eq!(placed + cohorts.unassigned.orders, orders);
        for cohort in &cohorts.cohorts {
            prop_assert_eq!(cohort.cells[0].active, cohort.customers);
            let mut before = 0;
            for cell in &cohort.cells {
                prop_assert!(cell.active <= cohort.customers && cell.repeated >= before);
                before = cell.repeated;
                for (measure, value) in [
                    (Measure::Active, Decimal::from(cell.active)),
                    (Measure::CumulativeNetSales, cell.cumulative_net_sales),
                    (Measure::CumulativeCm2, cell.cumulative_cm2),
                ] {
                    let figure = cohorts.explain(cohort.month, cell.age, measure);
                    prop_assert_eq!(figure.value, value);
                    prop_assert_eq!(figure.parts.iter().map(|part| part.amount).sum::<Decimal>(), value);
                }
            }
        }
        let mut turned = purchases.clone();
        turned.reverse();
        prop_assert_eq!(Cohorts::new(&turned, as_of).cohorts, cohorts.cohorts);
    }
}
