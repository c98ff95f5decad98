//! Measures the store: one JSON line for each figure. `bench_store [ORDERS] [PER_COMMIT] [MEMORY_MB] [THREADS]`,
//! 1,000,000 and 4,000 and the store's own limits unless told otherwise.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::print_stdout)]

#[path = "../tests/common/mod.rs"]
mod common;

use std::time::{Duration, Instant};

use netgain_domain::Decimal;
use netgain_domain::facts::{DayEntry, Ladder, OrderFacts, OrderProfit};
use netgain_domain::jiff::ToSpan;
use netgain_domain::jiff::tz::TimeZone;
use netgain_warehouse::{By, Options, OrderFilter, OrderSort, Rebuild, Warehouse};

fn figure(name: &str, value: f64, unit: &str) {
    println!(
        "{}",
        serde_json::json!({ "figure": name, "value": (value * 10.0).round() / 10.0, "unit": unit })
    );
}

fn rate(name: &str, count: i64, spent: Duration) {
    figure(name, count as f64 / spent.as_secs_f64(), "orders/s");
}

/// The middle of several runs, the first one warming up.
fn timed<T>(name: &str, mut work: impl FnMut() -> T) {
    let mut runs: Vec<Duration> = (0..8)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed()
        })
        .skip(1)
        .collect();
    runs.sort_unstable();
    figure(name, runs[runs.len() / 2].as_secs_f64() * 1_000.0, "ms");
}

/// As many cells as real profit has; the amounts do not matter here.
fn compute(facts: &OrderFacts) -> OrderProfit {
    let day = facts.placed_at.to_zoned(TimeZone::UTC).date();
    let sales: Decimal = facts.events.iter().map(|event| event.total_amount).sum();
    let mut total = Ladder { gross_sales: sales, payment_fees: Decimal::ONE, ..Ladder::default() };
    total.derive();
    OrderProfit { total, days: vec![DayEntry { day, orders: 1, ladder: total }], ..common::zeros(facts) }
}

fn peak_megabytes() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1024.0
}

fn main() {
    let mut arguments = std::env::args().skip(1).map(|text| text.parse::<i64>().expect("a number"));
    let orders = arguments.next().unwrap_or(1_000_000);
    let per_commit = arguments.next().unwrap_or(4_000);
    let mut options = Options::default();
    if let Some(megabytes) = arguments.next() {
        options.memory_limit_mb = megabytes.try_into().expect("megabytes");
    }
    if let Some(threads) = arguments.next() {
        options.threads = threads.try_into().expect("a number of threads");
    }
    let dir = tempfile::tempdir_in(std::env::current_dir().unwrap()).unwrap();
    let workspace = "bench".parse().unwrap();
    let store = Warehouse::open(dir.path(), &workspace, options).unwrap();

    let mut spent = Duration::ZERO;
    let mut last = Duration::ZERO;
    for from in (0..orders).step_by(usize::try_from(per_commit).unwrap()) {
        // two years of orders, so that the queries below cover what they claim
        let scale = 700 * 86_400 / 600;
        let page = (from..(from + per_commit).min(orders)).map(|number| {
            let mut record = common::order(number, 1);
            let second = common::START + number * 600 * scale / orders;
            for row in std::iter::once(&mut record.root).chain(&mut record.children) {
                for column in ["placed_at", "happened_at"] {
                    if row.table.column_index(column).is_some() {
                        row.set(column, netgain_domain::Value::Time(common::at(second)));
                    }
                }
            }
            record
        });
        let batch = common::batch(page.collect(), Some(r#"{"after":"x"}"#));
        let start = Instant::now();
        store.commit(&batch).unwrap();
        last = start.elapsed();
        spent += last;
    }
    rate("commit.first_load", orders, spent);
    figure("commit.last_page", last.as_secs_f64() * 1_000.0, "ms");
    figure("peak_memory.after_load", peak_megabytes(), "MB");
    figure("file_size", store.size_bytes() as f64 / 1_048_576.0, "MB");

    for size in [1, 100, 4_000] {
        let mut version = 2;
        timed(&format!("commit.update_{size}"), || {
            let page = (0..size).map(|number| common::order(number * 97 % orders, version)).collect();
            version += 1;
            store.commit(&common::batch(page, None)).unwrap()
        });
    }

    let mut spent = [Duration::ZERO; 3];
    let start = Instant::now();
    let mut stale = store.find_stale_orders("s").unwrap();
    spent[0] += start.elapsed();
    loop {
        let start = Instant::now();
        let keys = stale.next_run(50_000).unwrap();
        spent[0] += start.elapsed();
        if keys.is_empty() {
            break;
        }
        let start = Instant::now();
        let facts = store.load_order_facts(&keys).unwrap();
        spent[1] += start.elapsed();
        let profits: Vec<_> = facts.iter().map(compute).collect();
        let start = Instant::now();
        store.write_profit(&profits, "s").unwrap();
        spent[2] += start.elapsed();
    }
    drop(stale);
    for (name, spent) in ["stale_orders", "load_order_facts", "write_profit"].into_iter().zip(spent) {
        rate(name, orders, spent);
    }
    let usd = "USD".parse().unwrap();
    timed("rebuild_daily.all", || store.rebuild_daily(Rebuild::All, usd).unwrap());

    let (first, to) = store.days().unwrap().unwrap();
    let recent = to.checked_sub(89.days()).unwrap();
    let years = first.max(to.checked_sub(729.days()).unwrap());
    timed("pnl.90_days_by_day", || store.pnl(recent, to, By::Day).unwrap());
    timed("pnl.2_years_by_day", || store.pnl(years, to, By::Day).unwrap());
    timed("pnl.2_years_by_channel", || store.pnl(years, to, By::Channel).unwrap());
    timed("pnl.2_years_total", || store.pnl(years, to, By::Total).unwrap());
    let all = OrderFilter::default();
    let recent_days = OrderFilter { from: Some(recent), to: Some(to), ..OrderFilter::default() };
    timed("orders.first_page", || store.orders_page(&all, OrderSort::Day, true, None, 50).unwrap());
    timed("orders.90_days_by_profit", || {
        store.orders_page(&recent_days, OrderSort::NetProfit, true, None, 50).unwrap()
    });
    let named = OrderFilter { search: Some("customer 77".to_owned()), ..OrderFilter::default() };
    timed("orders.search", || store.orders_page(&named, OrderSort::Day, true, None, 50).unwrap());
    let key = store.find_orders("#4711").unwrap().remove(0);
    timed("order_rows", || store.order_rows(&key).unwrap());
    timed("connection_stats", || store.connection_stats().unwrap());
    figure("peak_memory", peak_megabytes(), "MB");
}
