//! Profit is found stale, loaded, kept and summed; every step repeats without harm.
#![allow(missing_docs, clippy::unwrap_used)]

#[macro_use]
mod common;

use common::{START, at, batch, dec, dump, open, order, row, stale, text, zeros};
use netgain_domain::facts::{
    Basis, DayEntry, ExcludedReason, Flag, Ladder, Line, OrderFacts, OrderProfit, Posting, Postings,
};
use netgain_domain::jiff::civil::{Date, date};
use netgain_domain::jiff::tz::TimeZone;
use netgain_domain::{Currency, Decimal, Record, Table, Value};
use netgain_warehouse::{By, Error, Options, OrderFilter, OrderSort, Rebuild, Remark, Sums, Warehouse};

fn usd() -> Currency {
    "USD".parse().unwrap()
}

/// Sales on their days, fees on the order's day: less than the real rules, enough to see sums move.
fn compute(facts: &OrderFacts) -> OrderProfit {
    let day_of = |when: netgain_domain::jiff::Timestamp| when.to_zoned(TimeZone::UTC).date();
    let day = day_of(facts.placed_at);
    let mut days = std::collections::BTreeMap::<Date, Ladder>::new();
    for event in &facts.events {
        let ladder = days.entry(day_of(event.happened_at)).or_default();
        if event.total_amount.is_sign_negative() {
            ladder.returns -= event.total_amount;
        } else {
            ladder.gross_sales += event.total_amount;
        }
    }
    days.entry(day).or_default().payment_fees += facts.fees.iter().map(|fee| fee.amount).sum::<Decimal>();
    let mut total = Ladder::default();
    let days: Vec<DayEntry> = days
        .into_iter()
        .map(|(on, mut ladder)| {
            ladder.derive();
            total += &ladder;
            DayEntry { day: on, orders: i64::from(on == day), ladder }
        })
        .collect();
    OrderProfit { total, days, ..zeros(facts) }
}

/// One round as the engine makes it; returns how many orders were computed.
fn settle(store: &Warehouse, settings: &str) -> usize {
    let mut computed = 0;
    let mut stale = store.find_stale_orders(settings).unwrap();
    loop {
        let keys = stale.next_run(70).unwrap();
        if keys.is_empty() {
            break;
        }
        let profits: Vec<_> = store.load_order_facts(&keys).unwrap().iter().map(compute).collect();
        store.write_profit(&profits, settings).unwrap();
        computed += profits.len();
    }
    drop(stale);
    store.purge_profit_of_deleted().unwrap();
    store.rebuild_daily(Rebuild::Changed, usd()).unwrap();
    computed
}

fn orders(numbers: std::ops::Range<i64>, version: i64) -> Vec<Record> {
    numbers.map(|number| order(number, version)).collect()
}

fn ad_day(day: Date, spend: &str, currency: &str, version: i64) -> Record {
    let id = format!("ad1@{day}@{currency}");
    let cells = [
        ("day", Value::Date(day)),
        ("level", text("ad")),
        ("entity_id", text("ad1")),
        ("currency", text(currency)),
        ("spend", dec(spend)),
        ("provisional", Value::Bool(true)),
    ];
    Record { root: row(Table::AdDays, &id, &cells), children: vec![], version, position: 0 }
}

fn facts_come_back_as_they_were_stored() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(orders(0..12, 1), None)).unwrap();
    let mut keys = stale(&store, "s");
    assert_eq!(keys.len(), 12);
    keys.reverse();
    let facts = store.load_order_facts(&keys).unwrap();
    assert_eq!(
        facts.iter().map(|f| f.order_id.as_str()).collect::<Vec<_>>(),
        keys.iter().map(|k| k.order_id.as_str()).collect::<Vec<_>>()
    );
    let ten = facts.iter().find(|facts| facts.order_id == "10").unwrap();
    assert_eq!(ten.placed_at, at(START + 6_000));
    assert_eq!((ten.lines.len(), ten.events.len(), ten.refund_lines.len(), ten.fees.len()), (2, 3, 1, 1));
    assert_eq!(ten.lines[1].quantity, 2);
    assert_eq!(ten.lines[1].unit_price, Some("10.10".parse().unwrap()));
    let back = ten.events.iter().find(|event| event.event_id == "r10-0").unwrap();
    assert_eq!((back.total_amount.to_string().as_str(), back.quantity), ("-10.1", Some(-1)));
    assert_eq!(ten.fees[0].amount, "0.40".parse().unwrap());
}

fn daily_sums_are_exact_whole_and_repeatable() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(orders(0..600, 1), None)).unwrap();
    let first_of_march = date(2024, 1, 20);
    let ads = vec![
        ad_day(date(2024, 1, 2), "12.345", "USD", 1),
        ad_day(date(2024, 1, 2), "99", "EUR", 1),
        ad_day(first_of_march, "1", "USD", 1),
    ];
    store.commit(&batch(ads, None)).unwrap();
    assert_eq!(settle(&store, "s1"), 600);
    let once = dump(&store);
    assert_eq!(settle(&store, "s1"), 0);
    store.rebuild_daily(Rebuild::All, usd()).unwrap();
    assert_eq!(dump(&store), once);

    let (from, to) = store.days().unwrap().unwrap();
    assert_eq!((from, to), (date(2024, 1, 1), first_of_march));
    let days = store.pnl(from, to, By::Day).unwrap();
    assert_eq!(days.len(), 20, "a row for each day, also the empty ones");
    let total = &store.pnl(from, to, By::Total).unwrap()[0];
    let by_day = days.iter().fold(Ladder::default(), |sum, row| sum + row.ladder);
    assert_eq!(by_day, total.ladder);
    let channels = store.pnl(from, to, By::Channel).unwrap();
    assert_eq!(channels.iter().fold(Ladder::default(), |sum, row| sum + row.ladder), total.ladder);
    assert_eq!(channels[0].channel.as_deref(), Some("advertising:shopify"));
    let months = store.pnl(from, to, By::Month).unwrap();
    assert_eq!((months.len(), months[0].day, months[0].ladder), (1, Some(date(2024, 1, 1)), total.ladder));

    // against sums made here from what was put in
    let gross: i64 = (0..600).map(|number| 2 * (1_000 + number % 2_500)).sum();
    let returns: i64 = (0..600).step_by(5).map(|number| 1_000 + number % 2_500).sum();
    let fees: i64 = (0..600).map(|number| 30 + number % 90).sum();
    assert_eq!(total.orders, 600);
    assert_eq!(total.ladder.gross_sales, Decimal::new(gross, 2));
    assert_eq!(total.ladder.ad_spend, "13.345".parse().unwrap());
    let profit = Decimal::new(gross - returns - fees, 2) - "13.345".parse::<Decimal>().unwrap();
    assert_eq!(total.ladder.net_profit, profit);
    assert!(days[1].provisional && !days[0].provisional);
}

fn only_what_changed_is_computed_again_and_ends_like_a_fresh_start() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(&dir.path().join("a"));
    store.commit(&batch(orders(0..200, 1), None)).unwrap();
    store.commit(&batch(vec![ad_day(date(2024, 3, 1), "5", "USD", 1)], None)).unwrap();
    assert_eq!(settle(&store, "s1"), 200);

    // the same version with other contents must be noticed too
    let mut changed = orders(0..200, 1);
    let mut edited = order(7, 1);
    edited.children.retain(|child| !child.source_id.starts_with("s7-1"));
    changed[7] = edited;
    let (before, rest) = changed.split_at(7);
    let mut page = batch(changed.clone(), None);
    page.records = page.records.split_off(7);
    page.records.truncate(1);
    store.commit(&page).unwrap();
    assert_eq!(settle(&store, "s1"), 1);

    // a restated ad day moves the end of the period back
    store.commit(&batch(vec![ad_day(date(2024, 3, 1), "0", "EUR", 2)], None)).unwrap();
    settle(&store, "s1");

    let fresh = open(&dir.path().join("b"));
    fresh.commit(&batch([before, rest].concat(), None)).unwrap();
    fresh.commit(&batch(vec![ad_day(date(2024, 3, 1), "5", "USD", 1)], None)).unwrap();
    fresh.commit(&batch(vec![ad_day(date(2024, 3, 1), "0", "EUR", 2)], None)).unwrap();
    settle(&fresh, "s1");
    assert_eq!(dump(&store), dump(&fresh));

    // other settings concern every order
    assert_eq!(settle(&store, "s2"), 200);
}

fn the_cost_book_and_ad_days_load_typed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let cells = [("unit_cost", dec("4.125")), ("unit_cost_currency", text("USD"))];
    let variant =
        Record { root: row(Table::Variants, "v1", &cells), children: vec![], version: 1, position: 0 };
    store.commit(&batch(vec![variant], None)).unwrap();
    let costs = store.load_unit_costs().unwrap();
    assert_eq!(
        (costs[0].scope_id.as_str(), costs[0].unit_cost, costs[0].valid_from),
        ("v1", "4.125".parse().unwrap(), None)
    );
    let mut set = ad_day(date(2024, 1, 2), "50", "USD", 1);
    set.root.source_id = "set".to_owned();
    set.root.set("level", text("ad_set"));
    let ads = vec![ad_day(date(2024, 1, 2), "2.5", "USD", 1), ad_day(date(2024, 1, 2), "1", "EUR", 1), set];
    store.commit(&batch(ads, None)).unwrap();
    let days = store.load_ad_days().unwrap();
    assert_eq!(days.len(), 2, "parents repeat what their ads spent");
    assert_eq!((days[1].currency, days[1].spend, days[1].provisional), (usd(), "2.5".parse().unwrap(), true));
}

fn pages_of_orders_cover_each_order_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(orders(0..300, 1), None)).unwrap();
    settle(&store, "s");
    for (sort, descending) in [
        (OrderSort::Day, true),
        (OrderSort::Day, false),
        (OrderSort::NetProfit, true),
        (OrderSort::NetSales, false),
        (OrderSort::NetRevenue, false),
        (OrderSort::Cogs, true),
    ] {
        let mut seen = Vec::new();
        let mut after = None;
        loop {
            let page =
                store.orders_page(&OrderFilter::default(), sort, descending, after.as_ref(), 37).unwrap();
            seen.extend(page.orders);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(seen.len(), 300, "{sort:?}");
        let ids: std::collections::HashSet<_> = seen.iter().map(|order| order.order_id.clone()).collect();
        assert_eq!(ids.len(), 300, "{sort:?}");
        let sorted = |pair: &[netgain_warehouse::OrderRow]| match sort {
            OrderSort::Day => (pair[0].day >= pair[1].day) == descending || pair[0].day == pair[1].day,
            OrderSort::NetProfit => pair[0].ladder.net_profit >= pair[1].ladder.net_profit,
            OrderSort::NetSales => pair[0].ladder.net_sales <= pair[1].ladder.net_sales,
            OrderSort::NetRevenue => pair[0].ladder.net_revenue <= pair[1].ladder.net_revenue,
            OrderSort::Cogs => true,
        };
        assert!(seen.windows(2).all(sorted), "{sort:?}");
    }
    let list =
        |filter: OrderFilter| store.orders_page(&filter, OrderSort::Day, true, None, 500).unwrap().orders;
    let one_day = Some(date(2024, 1, 2));
    assert_eq!(list(OrderFilter { from: one_day, to: one_day, ..OrderFilter::default() }).len(), 144);
    assert_eq!(list(OrderFilter { channel: Some("pos".into()), ..OrderFilter::default() }).len(), 100);
    let count = |filter: OrderFilter| store.count_orders(&filter).unwrap();
    assert_eq!(count(OrderFilter::default()), 300);
    assert_eq!(count(OrderFilter { from: one_day, to: one_day, ..OrderFilter::default() }), 144);
    assert_eq!(count(OrderFilter { search: Some("#29".into()), ..OrderFilter::default() }), 11);
    let day = OrderFilter { from: one_day, to: one_day, ..OrderFilter::default() };
    let mut sum = Ladder::default();
    list(day.clone()).iter().for_each(|order| sum += &order.ladder);
    assert_eq!(store.sum_orders(&day).unwrap(), (144, sum));
    let none = OrderFilter { channel: Some("none".into()), ..OrderFilter::default() };
    assert_eq!(store.sum_orders(&none).unwrap(), (0, Ladder::default()));
    let named = |search: &str| list(OrderFilter { search: Some(search.into()), ..OrderFilter::default() });
    assert_eq!(named("#29").len(), 11);
    assert_eq!(named("customer 77")[0].customer_name.as_deref(), Some("Customer 77"));
    assert!(named("%").is_empty() && named("' OR true --").is_empty());

    let page = store.orders_page(&OrderFilter::default(), OrderSort::Day, true, None, 5).unwrap();
    let foreign = store.orders_page(&OrderFilter::default(), OrderSort::Cogs, true, page.next.as_ref(), 5);
    assert!(matches!(foreign, Err(Error::Query(_))));
}

fn remarks_are_counted_in_the_days_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(orders(0..4, 1), None)).unwrap();
    let keys = stale(&store, "s");
    let mut profits: Vec<_> = store.load_order_facts(&keys).unwrap().iter().map(compute).collect();
    profits[0].flags.insert(Flag::MissingCost);
    profits[1].flags.insert(Flag::MissingCost);
    profits[1].flags.insert(Flag::EstimatedCost);
    // an order that is not counted has no say by its flags
    profits[2].flags.insert(Flag::EstimatedCost);
    profits[2].included = false;
    profits[2].excluded_reason = Some(ExcludedReason::MissingRate);
    store.write_profit(&profits, "s").unwrap();
    let remarks = [
        Remark::Excluded(ExcludedReason::MissingRate),
        Remark::Excluded(ExcludedReason::MissingCost),
        Remark::Flagged(Flag::MissingCost),
        Remark::Flagged(Flag::EstimatedCost),
    ];
    let count = |day| store.count_remarks(day, day, &remarks).unwrap();
    assert_eq!(count(date(2024, 1, 1)), [1, 0, 2, 1]);
    assert_eq!(count(date(2024, 1, 2)), [0, 0, 0, 0]);
}

fn an_order_opens_down_to_its_rows() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    store.commit(&batch(orders(0..20, 1), None)).unwrap();
    let cells = [("unit_cost", dec("4.125")), ("unit_cost_currency", text("USD"))];
    let variant =
        Record { root: row(Table::Variants, "v10", &cells), children: vec![], version: 1, position: 0 };
    store.commit(&batch(vec![variant], None)).unwrap();
    let keys = store.find_orders("#10").unwrap();
    assert_eq!(keys, store.find_orders("10").unwrap());
    let found = store.order_rows(&keys[0]).unwrap();
    let count = |table: Table| found.iter().filter(|row| row.table == table).count();
    assert_eq!(
        (count(Table::Orders), count(Table::OrderLines), count(Table::SaleEvents), count(Table::UnitCosts)),
        (1, 2, 3, 1)
    );
    assert_eq!(found[0].get("placed_at"), Some(&Value::Time(at(START + 6_000))));
    assert!(matches!(found[0].get("raw_ref"), Some(Value::Text(pointer)) if pointer.ends_with("#10")));
    assert!(store.find_orders("' OR '1'='1").unwrap().is_empty());
}

fn campaigns_and_connections_are_summed() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut ads = vec![ad_day(date(2024, 1, 2), "2.5", "USD", 1), ad_day(date(2024, 1, 3), "1.25", "USD", 1)];
    for ad in &mut ads {
        ad.root.set("campaign_id", text("c1"));
        ad.root.set("clicks", Value::Int(7));
    }
    store.commit(&batch(ads, None)).unwrap();
    store.commit(&batch(orders(0..3, 1), None)).unwrap();
    let campaigns = store.ads_by_campaign(date(2024, 1, 1), date(2024, 1, 31)).unwrap();
    assert_eq!((campaigns[0].spend, campaigns[0].clicks), ("3.75".parse().unwrap(), 14));
    assert!(store.ads_by_campaign(date(2024, 2, 1), date(2024, 2, 2)).unwrap().is_empty());
    let stats = store.connection_stats().unwrap();
    assert_eq!((stats.len(), stats[0].rows[&Table::Orders], stats[0].rows[&Table::AdDays]), (1, 3, 2));
    assert_eq!(stats[0].last_observed_at, Some(at(START + 86_400 * 400)));
    // counts are kept, but never longer than they are true
    store.commit(&batch(orders(3..5, 1), None)).unwrap();
    assert_eq!(store.connection_stats().unwrap()[0].rows[&Table::Orders], 5);
}

fn streams_that_fill_one_table_are_counted_apart() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    for (stream, numbers) in [("orders", 0..3), ("orders_of_old", 3..8)] {
        let mut page = batch(orders(numbers, 1), None);
        for (line, (_, raw_ref)) in page.records.iter_mut().enumerate() {
            *raw_ref = format!("{}/{stream}/0123#{line}", page.connection);
        }
        store.commit(&page).unwrap();
    }
    let connection = batch(Vec::new(), None).connection;
    let rows = |stream| store.rows_of_stream(&connection, Table::Orders, stream).unwrap();
    assert_eq!((rows("orders"), rows("orders_of_old"), rows("none")), (3, 5, 0));
}

on_both!(
    facts_come_back_as_they_were_stored,
    daily_sums_are_exact_whole_and_repeatable,
    only_what_changed_is_computed_again_and_ends_like_a_fresh_start,
    the_cost_book_and_ad_days_load_typed,
    pages_of_orders_cover_each_order_once,
    remarks_are_counted_in_the_days_asked_for,
    an_order_opens_down_to_its_rows,
    campaigns_and_connections_are_summed,
    streams_that_fill_one_table_are_counted_apart
);

/// On a file only: a database has its own memory.
#[test]
fn profit_is_kept_with_the_least_memory() {
    const LEAST_MB: u32 = 64;
    let dir = tempfile::tempdir().unwrap();
    let options = Options { threads: 2, memory_limit_mb: LEAST_MB };
    let store = Warehouse::open(dir.path(), &"test".parse().unwrap(), options).unwrap();
    store.commit(&batch(orders(0..1, 1), None)).unwrap();
    let one = compute(&store.load_order_facts(&stale(&store, "none")).unwrap()[0]);
    // every column of the widest table is filled
    let postings = |day| {
        let all = Line::ALL.iter().map(|line| Posting {
            amount: Decimal::new(12_345, 2),
            day,
            basis: Basis::All,
            line: *line,
        });
        Postings { placed: Some((day, 1)), all: all.collect() }
    };
    let run = |numbers: std::ops::Range<usize>| -> Vec<OrderProfit> {
        numbers
            .map(|number| OrderProfit {
                order_id: format!("gid://shop/Order/{number}"),
                postings: postings(one.day),
                ..one.clone()
            })
            .collect()
    };
    let whole = store.profit_at_once();
    assert!(whole > 10_000, "{whole}");
    const RUN: usize = 8_192;
    let runs = (0..whole).step_by(RUN).map(|from| Ok(run(from..(from + RUN).min(whole))));
    store.write_profit_runs(runs, "none", None, Sums::Later).unwrap();
    let sql = "SELECT count(*) FROM order_postings";
    let found = store.query(sql, 1, std::time::Duration::from_secs(60)).unwrap();
    assert_eq!(found.rows[0][0].to_string().trim_matches('"'), whole.to_string());
}
