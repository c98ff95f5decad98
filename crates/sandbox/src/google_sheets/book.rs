//! The brand's spreadsheet: a sheet of key figures by week and a sheet of costs by month.
use crate::draw::Draw;
use crate::world::World;
use crate::world::days;
use crate::world::money::Cents;
use crate::world::shop::Seconds;
use jiff::civil::{Date, date};
use serde_json::{Value, json};

/// A cell.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Words.
    Text(String),
    /// A whole number.
    Count(i64),
    /// Money in hundredths, shown with separators.
    Money(Cents),
    /// A day, kept as a serial number.
    Day(Date),
}

/// How cells are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// As people see them (`FORMATTED_VALUE`), or as values.
    pub formatted: bool,
    /// Days as serial numbers, when values are shown.
    pub serial: bool,
}

impl Cell {
    /// The cell in an answer.
    pub fn show(&self, style: Style) -> Value {
        match self {
            Cell::Empty => json!(""),
            Cell::Text(text) => json!(text),
            Cell::Count(count) if style.formatted => json!(count.to_string()),
            Cell::Count(count) => json!(count),
            Cell::Money(cents) if style.formatted => json!(separated(*cents)),
            Cell::Money(cents) if cents % 100 == 0 => json!(cents / 100),
            Cell::Money(cents) => json!(*cents as f64 / 100.0),
            Cell::Day(day) if style.formatted || !style.serial => json!(day.to_string()),
            // days since 30 December 1899
            Cell::Day(day) => json!((*day - date(1899, 12, 30)).get_days()),
        }
    }
}

/// `1234567` hundredths as `12,345.67`.
fn separated(cents: Cents) -> String {
    let whole = (cents / 100).abs().to_string();
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{text}.{:02}", cents.abs() % 100)
}

/// A sheet with a grid, or one with a chart only.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// Its number in the spreadsheet.
    pub id: u64,
    /// Its name on the tab.
    pub title: &'static str,
    /// Rows of cells; none in a sheet that is a chart.
    pub rows: Option<Vec<Vec<Cell>>>,
}

/// Rows and columns of every grid, beyond what is filled.
pub const GRID: (usize, usize) = (1_000, 26);

/// The sheets as they are at the world's clock.
pub fn sheets(world: &World, seed: u64) -> Vec<Sheet> {
    vec![
        Sheet { id: 0, title: "KPIs", rows: Some(kpis(world, seed)) },
        Sheet { id: 815_412_001, title: "Costs", rows: Some(costs(world, seed)) },
        Sheet { id: 815_412_002, title: "Cost chart", rows: None },
    ]
}

fn header(names: &[&str]) -> Vec<Cell> {
    names.iter().map(|name| Cell::Text((*name).to_owned())).collect()
}

fn text(words: &str) -> Cell {
    Cell::Text(words.to_owned())
}

/// The days on which the shop stands open, up to today; none for a brand that fills in nothing.
fn span(world: &World) -> Option<(Date, Date, Seconds)> {
    let zone = &world.brand.time_zone;
    let now = world.now().as_second();
    let opened = days::day_of(world.shop().opened_at, zone);
    (!world.brand.is_still()).then(|| (opened, days::day_of(now, zone), now))
}

/// One row a week and figure, on the Monday after: customers so far, orders of the week, hours of packing.
fn kpis(world: &World, seed: u64) -> Vec<Vec<Cell>> {
    let mut rows = vec![header(&["Date", "Metric", "Value", "Note"])];
    let Some((opened, today, _)) = span(world) else { return rows };
    let zone = &world.brand.time_zone;
    let shop = world.shop();
    let mut monday = days::plus(opened, 7 - i64::from(opened.weekday().to_monday_zero_offset()));
    while monday <= today {
        let (from, until) = (days::start_of(days::plus(monday, -7), zone), days::start_of(monday, zone));
        let customers = shop.customers.partition_point(|customer| customer.created_at < until) as i64;
        let orders = shop.orders.partition_point(|order| order.placed_at < until)
            - shop.orders.partition_point(|order| order.placed_at < from);
        let week = i64::from((monday - opened).get_days()) / 7;
        let mut draw = Draw::new(&[seed, 905, week.unsigned_abs()]);
        // hundredths of an hour
        let packing = orders as i64 * draw.between(11, 15);
        rows.push(vec![Cell::Day(monday), text("customers_total"), Cell::Count(customers)]);
        rows.push(vec![Cell::Day(monday), text("orders_week"), Cell::Count(orders as i64)]);
        let note = if week % 9 == 4 { vec![text("two people ill")] } else { Vec::new() };
        rows.push([vec![Cell::Day(monday), text("packing_hours"), Cell::Money(packing)], note].concat());
        // people leave a blank line after every quarter
        if week % 13 == 12 {
            rows.push(Vec::new());
        }
        monday = days::plus(monday, 7);
    }
    rows
}

/// One row a month and cost; what packing costs follows the month's orders, so that the last row still grows.
fn costs(world: &World, seed: u64) -> Vec<Vec<Cell>> {
    let mut rows = vec![header(&["Category", "Name", "Amount", "Currency", "From", "To"])];
    let Some((opened, today, now)) = span(world) else { return rows };
    let zone = &world.brand.time_zone;
    let shop = world.shop();
    let mut first = opened.first_of_month();
    while first <= today {
        let last = first.last_of_month();
        let (from, until) =
            (days::start_of(first, zone), days::start_of(days::plus(last, 1), zone).min(now + 1));
        let orders = shop.orders.partition_point(|order| order.placed_at < until)
            - shop.orders.partition_point(|order| order.placed_at < from);
        let month = i64::from(first.year()) * 12 + i64::from(first.month());
        let mut draw = Draw::new(&[seed, 906, month.unsigned_abs()]);
        let monthly = [
            ("rent", "Warehouse rent", 240_000),
            ("agency", "Advertising agency", 150_000 + draw.between(0, 40) * 1_000),
            ("software", "Software", 24_900 + draw.between(0, 3) * 1_250),
            ("wages", "Packing", orders as i64 * 195),
        ];
        for (category, name, amount) in monthly {
            rows.push(vec![
                text(category),
                text(name),
                Cell::Money(amount),
                text(&world.brand.currency),
                Cell::Day(first),
                Cell::Day(last),
            ]);
        }
        first = days::plus(last, 1);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_shown_in_the_style_asked_for() {
        let people = Style { formatted: true, serial: true };
        let values = Style { formatted: false, serial: true };
        assert_eq!(Cell::Money(123_456_789).show(people), json!("1,234,567.89"));
        assert_eq!(Cell::Money(-5).show(people), json!("-0.05"));
        assert_eq!(Cell::Money(1_250).show(values), json!(12.5));
        assert_eq!(Cell::Day(date(2026, 11, 21)).show(values), json!(46_347));
        assert_eq!(Cell::Day(date(2026, 11, 21)).show(people), json!("2026-11-21"));
    }
}
