//! Measures profit over a whole warehouse, one JSON line for each figure: from scratch, after one product's cost
//! changed, and beside them one SQL query in the same engine over the same rows that adds up the same steps by day.
//!
//! `bench_restate [ORDERS] [THREADS] [FOLDER]`: 1,000,000 orders, two threads of the engine and a temporary folder
//! unless told otherwise. Orders have 2.5 lines on average; every eighth has a return.
//!
//! `bench_restate compute [ORDERS]`: computing alone, 10,000,000 orders unless told otherwise, on all cores and without any
//! storage; making the orders is not measured.
#![allow(clippy::expect_used, clippy::print_stdout)]

#[path = "bench_restate/pure.rs"]
mod pure;
#[path = "bench_restate/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use netgain_domain::Decimal;
use netgain_domain::facts::{CostKind, CostScope, UnitCostFact};
use netgain_domain::jiff::civil::Date;
use netgain_profit::{CostBook, Settings, compute_order};
use netgain_results::{prepare_costs, preview_costs, save_costs, update_profit};
use netgain_warehouse::{By, CostBookChange, Options, OrderKey, Rebuild, Warehouse};

/// The same steps as the ladder's, by day, for orders as this program makes them: all paid and in one currency, days of
/// UTC, unit costs by variant and date, fees on the order's day.
const QUERY: &str = "\
    WITH book AS (SELECT scope_id, unit_cost, coalesce(valid_from, DATE '0001-01-01') AS since, \
            coalesce(valid_to, DATE '9999-12-31') AS until FROM unit_costs WHERE scope = 'variant'), \
    goods AS (SELECT l.connection_id, l.order_id, l.source_id, CAST(o.placed_at AS DATE) AS day, b.unit_cost \
            FROM order_lines AS l JOIN orders AS o ON o.connection_id = l.connection_id AND o.source_id = l.order_id \
            LEFT JOIN book AS b ON b.scope_id = l.variant_id AND CAST(o.placed_at AS DATE) BETWEEN b.since AND b.until), \
    parts AS (SELECT CAST(e.happened_at AS DATE) AS day, \
            CASE WHEN e.kind = 'product' AND e.action = 'order' THEN e.total_amount - e.tax_amount + e.discount_amount \
                ELSE 0 END AS gross_sales, \
            CASE WHEN e.kind = 'product' AND e.action = 'order' THEN e.discount_amount ELSE 0 END AS discounts, \
            CASE WHEN e.kind = 'product' AND e.action = 'return' THEN e.tax_amount - e.total_amount ELSE 0 END AS returns, \
            CASE WHEN e.kind = 'shipping' THEN e.total_amount - e.tax_amount ELSE 0 END AS shipping, \
            CASE WHEN e.kind = 'product' AND e.action = 'order' THEN e.quantity * g.unit_cost ELSE 0 END AS cogs, \
            0 AS fees, 0 AS ads \
            FROM sale_events AS e LEFT JOIN goods AS g ON g.connection_id = e.connection_id \
                AND g.order_id = e.order_id AND g.source_id = e.line_id \
        UNION ALL SELECT CAST(r.refunded_at AS DATE), 0, 0, 0, 0, -(r.quantity * g.unit_cost), 0, 0 \
            FROM refund_lines AS r JOIN goods AS g ON g.connection_id = r.connection_id \
                AND g.order_id = r.order_id AND g.source_id = r.line_id WHERE r.restocked \
        UNION ALL SELECT CAST(o.placed_at AS DATE), 0, 0, 0, 0, 0, f.amount, 0 FROM payment_fees AS f \
            JOIN orders AS o ON o.connection_id = f.connection_id AND o.source_id = f.order_id \
        UNION ALL SELECT day, 0, 0, 0, 0, 0, 0, spend FROM ad_days WHERE level = 'campaign'), \
    sums AS (SELECT day, sum(gross_sales) AS gross_sales, sum(discounts) AS discounts, sum(returns) AS returns, \
            sum(gross_sales) - sum(discounts) - sum(returns) AS net_sales, sum(shipping) AS shipping, \
            sum(cogs) AS cogs, sum(fees) AS fees, sum(ads) AS ads FROM parts GROUP BY day) \
    SELECT day, gross_sales, net_sales, net_sales + shipping AS net_revenue, net_sales + shipping - cogs AS cm1, \
        net_sales + shipping - cogs - fees AS cm2, net_sales + shipping - cogs - fees - ads AS net_profit \
    FROM sums ORDER BY day";

/// The steps of a day that both sides know.
type Steps = [Decimal; 6];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1).peekable();
    let settings = Settings::new(world::CURRENCY.parse()?, "UTC".parse()?);
    if arguments.next_if_eq("compute").is_some() {
        return computing_alone(arguments.next().map_or(Ok(10_000_000), |text| text.parse())?, &settings);
    }
    let orders: i64 = arguments.next().map_or(Ok(1_000_000), |text| text.parse())?;
    let threads: u16 = arguments.next().map_or(Ok(2), |text| text.parse())?;
    let folder = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let dir = tempfile::tempdir_in(folder)?;
    let options = Options { threads, ..Options::default() };
    let store = Warehouse::open(dir.path(), &"bench".parse()?, options)?;

    let clock = Clock::start();
    let lines = world::fill(&store, orders)?;
    seconds("generated_and_stored", clock.stop(), &[("orders", orders), ("lines", lines)]);
    figure("file_size", store.size_bytes() / 1_048_576, "MB");

    begin_peak();
    let clock = Clock::start();
    let report = update_profit(&store, &settings, &mut |_| ())?;
    let whole = clock.stop();
    assert!(report.uncomputed.is_empty() && report.orders == orders.unsigned_abs(), "{report:?}");
    seconds("from_scratch", whole, &[("orders", orders), ("per_second", per_second(orders, whole))]);
    figure("from_scratch.peak_memory", peak_megabytes(), "MB");
    figure("from_scratch.file_size", store.size_bytes() / 1_048_576, "MB");

    let parts = parts(&store, &settings, orders)?;
    for (name, spent) in ["load", "compute.one_thread"].into_iter().zip(parts) {
        seconds(name, spent, &[("orders", orders), ("per_second", per_second(orders, spent))]);
    }

    let clock = Clock::start();
    store.rebuild_daily(Rebuild::All, settings.currency)?;
    seconds("days_from_stored_orders", clock.stop(), &[("orders", orders)]);

    let (query, theirs) = by_query(&store)?;
    seconds("one_query", query, &[("orders", orders), ("per_second", per_second(orders, query))]);
    ratio("from_scratch.to_one_query", whole, query);
    ratio("compute.one_thread.to_one_query", parts[1], query);
    let (read, ours) = as_stored(&store)?;
    seconds("stored_days", read, &[("days", i64::try_from(ours.len())?)]);
    ratio("stored_days.to_one_query", read, query);
    println!("{}", serde_json::json!({ "figure": "same_sums_by_day", "value": ours == theirs }));

    let change = change(&store, &settings)?;
    let clock = Clock::start();
    let preview = preview_costs(&store, &settings, &change)?;
    let spent = clock.stop();
    seconds("one_product.preview", spent, &[("orders", i64::try_from(preview.orders)?)]);
    begin_peak();
    let clock = Clock::start();
    let saved = save_costs(&store, &settings, &change)?;
    let spent = clock.stop();
    seconds("one_product.restated", spent, &[("orders", i64::try_from(saved.restated.orders)?)]);
    figure("one_product.peak_memory", peak_megabytes(), "MB");
    let (_, after) = as_stored(&store)?;
    let net = |days: &BTreeMap<Date, Steps>| days.values().map(|steps| steps[5]).sum::<Decimal>();
    let as_said = net(&after) - net(&ours) == preview.net_profit;
    println!("{}", serde_json::json!({ "figure": "one_product.as_previewed", "value": as_said }));
    Ok(())
}

/// Computes orders without any storage.
fn computing_alone(orders: i64, settings: &Settings) -> Result<(), Box<dyn Error>> {
    /// Orders that a machine with four cores is to compute in ten seconds.
    const AIM: f64 = 10_000_000.0 / 10.0;
    begin_peak();
    let (spent, net_profit) = pure::compute(orders, settings)?;
    seconds("computing", spent, &[("orders", orders), ("per_second", per_second(orders, spent))]);
    let core = Spent { time: spent.cpu, ..spent };
    figure("computing.orders_per_second_and_core", per_second(orders, core).unsigned_abs(), "orders");
    // of the work that was done: what else runs on the machine makes it take longer, not more
    let cores = AIM * spent.cpu.as_secs_f64() / orders as f64;
    let cores = (cores * 100.0).round() / 100.0;
    println!(
        "{}",
        serde_json::json!({ "figure": "computing.cores_for_ten_million_in_ten_seconds", "value": cores })
    );
    figure("computing.cores", pure::cores() as u64, "cores");
    figure("computing.peak_memory", peak_megabytes(), "MB");
    println!("{}", serde_json::json!({ "figure": "computing.net_profit", "value": net_profit.normalize() }));
    Ok(())
}

/// How long loading all facts takes, and computing them on one thread, without keeping anything.
fn parts(store: &Warehouse, settings: &Settings, orders: i64) -> Result<[Spent; 2], Box<dyn Error>> {
    let costs = CostBook::new(store.load_unit_costs()?);
    let mut spent = [Spent::default(); 2];
    for from in (0..orders).step_by(8_000) {
        let numbers = from..(from + 8_000).min(orders);
        let keys: Vec<OrderKey> = numbers
            .map(|number| OrderKey { connection_id: "shop".into(), order_id: world::order_id(number) })
            .collect();
        let clock = Clock::start();
        let facts = store.load_order_facts(&keys)?;
        spent[0] += clock.stop();
        let made = pure::facts(&world::order(from, orders)?)?;
        assert_eq!(facts.first(), Some(&made), "computing alone is measured with other orders");
        let clock = Clock::start();
        for facts in &facts {
            std::hint::black_box(compute_order(facts, &costs, settings)?);
        }
        spent[1] += clock.stop();
    }
    Ok(spent)
}

/// The best of three runs of the query, and what it says.
fn by_query(store: &Warehouse) -> Result<(Spent, BTreeMap<Date, Steps>), Box<dyn Error>> {
    let mut best: Option<Spent> = None;
    let mut days = BTreeMap::new();
    for _ in 0..3 {
        let clock = Clock::start();
        let answer = store.query(QUERY, 10_000, Duration::from_secs(3_600))?;
        let spent = clock.stop();
        best = best.filter(|best| best.time <= spent.time).or(Some(spent));
        days.clear();
        for row in answer.rows {
            let mut cells = row.iter().map(|cell| cell.as_str().unwrap_or_default());
            let day: Date = cells.next().unwrap_or_default().parse()?;
            let mut steps = Steps::default();
            for (step, cell) in steps.iter_mut().zip(cells) {
                *step = cell.parse::<Decimal>()?.normalize();
            }
            days.insert(day, steps);
        }
    }
    Ok((best.unwrap_or_default(), days))
}

/// The days as they are kept.
fn as_stored(store: &Warehouse) -> Result<(Spent, BTreeMap<Date, Steps>), Box<dyn Error>> {
    let (first, last) = store.days()?.ok_or("no day has profit")?;
    let clock = Clock::start();
    let rows = store.pnl(first, last, By::Day)?;
    let spent = clock.stop();
    let steps = rows.into_iter().filter_map(|row| {
        let ladder = row.ladder;
        let steps = [ladder.gross_sales, ladder.net_sales, ladder.net_revenue, ladder.cm1, ladder.cm2];
        let [gross_sales, net_sales, net_revenue, cm1, cm2] = steps.map(|step| step.normalize());
        let net_profit = ladder.net_profit.normalize();
        Some((row.day?, [gross_sales, net_sales, net_revenue, cm1, cm2, net_profit]))
    });
    Ok((spent, steps.collect()))
}

/// One product costs more from the first day on.
fn change(store: &Warehouse, settings: &Settings) -> Result<CostBookChange, Box<dyn Error>> {
    let mut cost = UnitCostFact::new(
        CostScope::Variant,
        &world::variant_id(7),
        Decimal::new(1234, 2),
        settings.currency,
    );
    (cost.kind, cost.valid_from) = (CostKind::Manual, Some(world::first_day()));
    (cost.recorded_at, cost.source) = ("2026-06-01T00:00:00Z".parse()?, "api".to_owned());
    let change = CostBookChange { costs: vec![cost], ..CostBookChange::default() };
    Ok(prepare_costs(store, change)?)
}

fn per_second(orders: i64, spent: Spent) -> i64 {
    let micros = i128::try_from(spent.time.as_micros().max(1)).unwrap_or(i128::MAX);
    i64::try_from(i128::from(orders) * 1_000_000 / micros).unwrap_or(i64::MAX)
}

fn seconds(name: &str, spent: Spent, more: &[(&str, i64)]) {
    let rounded = |time: Duration| (time.as_secs_f64() * 1_000.0).round() / 1_000.0;
    let (value, cpu) = (rounded(spent.time), rounded(spent.cpu));
    let mut line = serde_json::json!({ "figure": name, "value": value, "unit": "s", "cpu_seconds": cpu });
    for (key, value) in more {
        line[*key] = (*value).into();
    }
    println!("{line}");
}

/// Ours by theirs: as the clock goes, and in the work that all cores did, which does not depend on what else runs.
fn ratio(name: &str, ours: Spent, theirs: Spent) {
    let of = |ours: Duration, theirs: Duration| {
        (ours.as_secs_f64() / theirs.as_secs_f64().max(0.001) * 100.0).round() / 100.0
    };
    let (value, cpu) = (of(ours.time, theirs.time), of(ours.cpu, theirs.cpu));
    println!("{}", serde_json::json!({ "figure": name, "value": value, "unit": "ratio", "cpu": cpu }));
}

/// What something took.
#[derive(Debug, Clone, Copy, Default)]
struct Spent {
    time: Duration,
    /// Of all threads together.
    cpu: Duration,
}

impl std::ops::AddAssign for Spent {
    fn add_assign(&mut self, other: Self) {
        self.time += other.time;
        self.cpu += other.cpu;
    }
}

/// A running measurement.
struct Clock {
    start: Instant,
    cpu: Duration,
}

impl Clock {
    fn start() -> Self {
        Self { start: Instant::now(), cpu: cpu_time() }
    }

    fn stop(&self) -> Spent {
        Spent { time: self.start.elapsed(), cpu: cpu_time().saturating_sub(self.cpu) }
    }
}

/// The time that this process's threads have run, where the system says; in hundredths of a second.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // the name, in brackets, may hold spaces
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace().skip(11).take(2);
    Duration::from_millis(fields.filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10)
}

fn figure(name: &str, value: u64, unit: &str) {
    println!("{}", serde_json::json!({ "figure": name, "value": value, "unit": unit }));
}

/// Forgets the highest memory so far, where the system can.
fn begin_peak() {
    std::fs::write("/proc/self/clear_refs", "5").ok();
}

fn peak_megabytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}
