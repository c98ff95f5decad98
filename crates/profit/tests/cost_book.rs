//! The cost book: which row wins, what was known when, and golden case 9.
#![allow(clippy::unwrap_used, reason = "a failing test may panic")]

mod common;

use common::*;
use netgain_domain::Decimal;
use netgain_domain::facts::*;
use netgain_domain::jiff::Timestamp;
use netgain_domain::jiff::civil::Date;
use netgain_profit::{Cost, CostBook, CostQuery, Settings, check_cost, compute_order};
use proptest::prelude::*;

fn manual(variant: &str, unit_cost: &str, from: Option<&str>, recorded: &str) -> UnitCostFact {
    let mut fact = cost(variant, unit_cost, "GBP");
    fact.kind = CostKind::Manual;
    fact.valid_from = from.map(day);
    fact.recorded_at = at(recorded);
    fact.cost_id = format!("{variant}/{unit_cost}/{recorded}");
    fact
}

fn scoped(scope: CostScope, id: &str, unit_cost: &str) -> UnitCostFact {
    UnitCostFact::new(scope, id, dec(unit_cost), currency("GBP"))
}

/// Golden case 9.
#[test]
fn a_cost_edited_today_leaves_march_alone_unless_dated_to_march() {
    let settings = british();
    // placed on 10 March
    let march = parcel();
    let mut may = parcel();
    may.placed_at = at("2026-05-20T12:00:00Z");
    let known = vec![manual("coat", "35", None, "2026-01-01T09:00:00Z")];
    let cogs = |order: &OrderFacts, book: &[UnitCostFact]| profit(order, book, &settings).total.cogs;
    assert_eq!((cogs(&march, &known), cogs(&may, &known)), (dec("35"), dec("35")));

    let mut today = known.clone();
    today.push(manual("coat", "40", Some("2026-05-15"), "2026-05-15T10:00:00Z"));
    assert_eq!((cogs(&march, &today), cogs(&may, &today)), (dec("35"), dec("40")));

    let mut dated = known.clone();
    dated.push(manual("coat", "31", Some("2026-03-01"), "2026-05-15T10:00:00Z"));
    assert_eq!((cogs(&march, &dated), cogs(&may, &dated)), (dec("31"), dec("31")));

    let then = |instant: &str| CostBook::as_known(dated.clone(), [], at(instant));
    let cogs = |book: &CostBook| compute_order(&march, book, &settings).unwrap().total.cogs;
    assert_eq!(cogs(&then("2026-04-01T00:00:00Z")), dec("35"));
    assert_eq!(cogs(&then("2026-05-15T10:00:00Z")), dec("31"));
}

#[test]
fn a_row_that_ends_gives_way_to_the_one_before() {
    let mut sale = manual("v", "3", Some("2026-03-01"), "2026-02-01T00:00:00Z");
    sale.valid_to = Some(day("2026-03-31"));
    let book = CostBook::new([manual("v", "5", None, "2026-01-01T00:00:00Z"), sale]);
    let at = |text| book.resolve(Some("v"), None, day(text)).map(|cost| cost.unit_cost);
    assert_eq!(at("2026-02-28"), Some(dec("5")));
    assert_eq!((at("2026-03-01"), at("2026-03-31")), (Some(dec("3")), Some(dec("3"))));
    assert_eq!(at("2026-04-01"), Some(dec("5")));
}

#[test]
fn a_row_taken_back_counts_until_it_was() {
    let first = manual("v", "5", None, "2026-01-01T00:00:00Z");
    let wrong = manual("v", "50", None, "2026-02-01T00:00:00Z");
    let mut back = wrong.clone();
    back.cost_id = "back".into();
    (back.replaces, back.withdrawn) = (Some(wrong.cost_id.clone()), true);
    back.recorded_at = at("2026-02-02T00:00:00Z");
    let rows = [back, first, wrong];
    let at = |instant: &str| {
        let book = CostBook::as_known(rows.clone(), [], at(instant));
        book.resolve(Some("v"), None, day("2026-01-15")).map(|cost| cost.unit_cost)
    };
    assert_eq!(at("2025-12-31T00:00:00Z"), None);
    assert_eq!(at("2026-01-31T00:00:00Z"), Some(dec("5")));
    assert_eq!(at("2026-02-01T12:00:00Z"), Some(dec("50")));
    assert_eq!(at("2026-02-03T00:00:00Z"), Some(dec("5")));
}

#[test]
fn narrower_scopes_countries_tiers_and_records_win() {
    use CostScope::{Lot, Product, ProductType, Shop, Sku, Supplier, Variant};
    let ladder = [(Shop, "", "1"), (Supplier, "acme", "2"), (ProductType, "coats", "3"), (Product, "p", "4")];
    let mut rows: Vec<_> = ladder.map(|(scope, id, cost)| scoped(scope, id, cost)).into();
    rows.extend([scoped(Variant, "v", "5"), scoped(Lot, "b7", "7")]);
    let mut line = order("GBP").line("l", Some("v"), 10).lines.remove(0);
    line.product_id = Some("p".into());
    (line.vendor, line.product_type) = (Some("acme".into()), Some("coats".into()));
    line.lot = Some("b7".into());
    let find = |rows: &[UnitCostFact], line: &LineFacts, country: Option<&str>| {
        let book = CostBook::new(rows.to_vec());
        let found = book.find(&CostQuery::of_line(line, country, day("2026-03-10")));
        found.map(|cost| cost.unit_cost.to_string()).unwrap_or_default()
    };
    assert_eq!(find(&rows, &line, None), "7");
    line.lot = None;
    assert_eq!(find(&rows, &line, None), "5");
    for expected in ["4", "3", "2", "1"] {
        rows.retain(|row| !matches!(row.scope, Variant | Lot));
        assert_eq!(find(&rows, &line, None), expected);
        rows.pop();
    }
    let mut german = scoped(Sku, "s", "6");
    german.country = Some("DE".into());
    let mut many = scoped(Sku, "s", "4");
    many.min_quantity = 10;
    let mut guess = scoped(Sku, "s", "9");
    guess.kind = CostKind::Estimate;
    guess.country = Some("DE".into());
    line.sku = Some("s".into());
    let rows = [scoped(Sku, "s", "5"), german, many, guess.clone()];
    assert_eq!(find(&rows, &line, Some("de")), "6");
    assert_eq!(find(&rows, &line, Some("FR")), "4");
    line.quantity = 9;
    assert_eq!(find(&rows, &line, None), "5");
    assert_eq!(find(&[guess], &line, Some("DE")), "9");
}

#[test]
fn a_guess_is_shown_as_one() {
    let mut guess = cost("coat", "35", "GBP");
    guess.kind = CostKind::Estimate;
    let sold = profit(&parcel(), &[guess.clone()], &british());
    assert_eq!(sold.cogs_source, CogsSource::Estimate);
    assert!(sold.flags.contains(Flag::EstimatedCost));
    let total = sold.total;
    assert_eq!((total.cogs, total.cogs_estimated), (dec("35"), dec("35")));
    assert_eq!((total.cogs_estimated_max, total.covered_net_sales), (dec("100"), dec("0")));
    let back = parcel().returned("l1", -1, "2026-03-12T00:00:00Z", "-120", "-20");
    let total = profit(&back.restocked("l1", 1, "2026-03-12T00:00:00Z"), &[guess], &british()).total;
    assert!([total.cogs, total.cogs_estimated, total.cogs_estimated_max].iter().all(Decimal::is_zero));
}

#[test]
fn what_cannot_hold_is_refused_with_its_field() {
    let good = manual("v", "5", None, PLACED);
    assert_eq!(check_cost(&good), Ok(()));
    let refused = |change: fn(&mut UnitCostFact)| {
        let mut fact = good.clone();
        change(&mut fact);
        check_cost(&fact).unwrap_err().field
    };
    assert_eq!(refused(|fact| fact.scope = CostScope::Shop), "scope_id");
    assert_eq!(refused(|fact| fact.scope_id.clear()), "scope_id");
    assert_eq!(refused(|fact| fact.kind = CostKind::Actual), "kind");
    assert_eq!(refused(|fact| fact.unit_cost = dec("-1")), "unit_cost");
    assert_eq!(refused(|fact| fact.unit_cost = dec("100000000")), "unit_cost");
    assert_eq!(refused(|fact| fact.min_quantity = 0), "min_quantity");
    assert_eq!(refused(|fact| fact.country = Some("GBR".into())), "country");
    let ends = |fact: &mut UnitCostFact| {
        (fact.valid_from, fact.valid_to) = (Some(day("2026-02-01")), Some(day("2026-01-31")))
    };
    assert_eq!(refused(ends), "valid_to");
}

fn a_day(number: u8) -> Date {
    Date::constant(2026, 3, 1 + i8::try_from(number).unwrap())
}

fn rows() -> impl Strategy<Value = Vec<UnitCostFact>> {
    let what = (0..7_usize, 0..2_u8, 1..9_i64, 0..3_usize);
    let when = (prop::option::of(0..8_u8), prop::option::of(0..8_u8), 0..6_i64);
    let more = (prop::option::of(any::<bool>()), 1..4_i64, prop::option::of((0..12_usize, any::<bool>())));
    prop::collection::vec((what, when, more), 0..12).prop_map(|rows| {
        let made = rows.into_iter().enumerate().map(|(number, (what, when, more))| {
            let (scope, id, cents, kind) = what;
            let (from, to, second) = when;
            let (country, min_quantity, replaces) = more;
            let id = if CostScope::ALL[scope] == CostScope::Shop { String::new() } else { format!("i{id}") };
            UnitCostFact {
                cost_id: format!("c{number}"),
                country: country.map(|german| if german { "DE" } else { "FR" }.to_owned()),
                min_quantity,
                valid_from: from.map(a_day),
                valid_to: to.map(a_day),
                kind: CostKind::ALL[kind],
                recorded_at: Timestamp::from_second(second).unwrap(),
                replaces: replaces.map(|(other, _)| format!("c{other}")),
                withdrawn: replaces.is_some_and(|(_, withdrawn)| withdrawn),
                ..UnitCostFact::new(CostScope::ALL[scope], &id, Decimal::new(cents, 0), currency("GBP"))
            }
        });
        made.collect()
    })
}

fn queries() -> impl Strategy<Value = (LineFacts, Option<String>, Date)> {
    let ids = prop::collection::vec(prop::option::of(0..2_u8), 6);
    (ids, prop::option::of(any::<bool>()), 1..5_i64, 0..8_u8).prop_map(|(ids, country, quantity, on)| {
        let id = |at: usize| ids[at].map(|id| format!("i{id}"));
        let mut line = order("GBP").line("l", None, quantity).lines.remove(0);
        (line.lot, line.variant_id, line.sku) = (id(0), id(1), id(2));
        (line.product_id, line.product_type, line.vendor) = (id(3), id(4), id(5));
        (line, country.map(|german| if german { "DE" } else { "FR" }.to_owned()), a_day(on))
    })
}

/// Looks at every row, scope by scope, and says the rule in other words than the book.
fn scan(rows: &[UnitCostFact], line: &LineFacts, country: Option<&str>, day: Date) -> Option<Cost> {
    let counts = |fact: &&UnitCostFact| {
        !fact.withdrawn && !rows.iter().any(|other| other.replaces.as_ref() == Some(&fact.cost_id))
    };
    let holds = |fact: &&UnitCostFact| {
        fact.valid_from.is_none_or(|from| day >= from)
            && fact.valid_to.is_none_or(|to| day <= to)
            && line.quantity >= fact.min_quantity
            && (fact.country.is_none() || fact.country.as_deref() == country)
    };
    let alive: Vec<_> = rows.iter().filter(counts).filter(holds).collect();
    let scopes: [&[(CostScope, Option<&str>)]; 6] = [
        &[(CostScope::Lot, line.lot.as_deref())],
        &[(CostScope::Variant, line.variant_id.as_deref()), (CostScope::Sku, line.sku.as_deref())],
        &[(CostScope::Product, line.product_id.as_deref())],
        &[(CostScope::ProductType, line.product_type.as_deref())],
        &[(CostScope::Supplier, line.vendor.as_deref())],
        &[(CostScope::Shop, Some(""))],
    ];
    for scope in scopes {
        let mut found: Vec<_> =
            alive.iter().filter(|fact| scope.contains(&(fact.scope, Some(fact.scope_id.as_str())))).collect();
        let keep = |found: &mut Vec<&&UnitCostFact>, better: &dyn Fn(&UnitCostFact) -> bool| {
            if found.iter().any(|fact| better(fact)) {
                found.retain(|fact| better(fact));
            }
        };
        keep(&mut found, &|fact| fact.kind != CostKind::Estimate);
        keep(&mut found, &|fact| fact.country.is_some());
        let most = found.iter().map(|fact| fact.min_quantity).max();
        keep(&mut found, &|fact| Some(fact.min_quantity) == most);
        let latest = found.iter().map(|fact| fact.valid_from).max();
        keep(&mut found, &|fact| Some(fact.valid_from) == latest);
        keep(&mut found, &|fact| fact.kind == CostKind::Manual);
        keep(&mut found, &|fact| fact.scope == CostScope::Variant);
        let newest = found.iter().map(|fact| fact.recorded_at).max();
        keep(&mut found, &|fact| Some(fact.recorded_at) == newest);
        let dearest = found.iter().map(|fact| fact.unit_cost).max();
        keep(&mut found, &|fact| Some(fact.unit_cost) == dearest);
        if let Some(fact) = found.first() {
            return Some(Cost {
                unit_cost: fact.unit_cost,
                currency: fact.currency,
                kind: fact.kind,
                valid_from: fact.valid_from,
                scope: fact.scope,
            });
        }
    }
    None
}

proptest! {
    #[test]
    fn the_book_finds_what_a_scan_finds(rows in rows(), (line, country, day) in queries(), turn in 0..12_usize) {
        let found = CostBook::new(rows.clone()).find(&CostQuery::of_line(&line, country.as_deref(), day));
        prop_assert_eq!(found, scan(&rows, &line, country.as_deref(), day));
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len().max(1));
        let again = CostBook::new(turned).find(&CostQuery::of_line(&line, country.as_deref(), day));
        prop_assert_eq!(found, again);
    }

    #[test]
    fn what_is_recorded_later_does_not_change_what_was_known(
        rows in rows(), (line, country, day) in queries(), at in 0..6_i64,
    ) {
        let at = Timestamp::from_second(at).unwrap();
        let query = CostQuery::of_line(&line, country.as_deref(), day);
        let then: Vec<_> = rows.iter().filter(|fact| fact.recorded_at <= at).cloned().collect();
        let known = CostBook::as_known(rows, [], at).find(&query);
        prop_assert_eq!(known, CostBook::new(then).find(&query));
    }
}

/// The rules of these tests need no more than the defaults.
#[test]
fn an_empty_book_is_as_none() {
    let settings = Settings::new(currency("GBP"), "Europe/London".parse().unwrap());
    let book = CostBook::default().with_rules([]);
    assert_eq!(
        compute_order(&parcel(), &book, &settings).unwrap(),
        compute_order(&parcel(), &CostBook::new([]), &settings).unwrap()
    );
}
