//! Real orders from a file: the CDNOW layout (customer, day, number of CDs, dollars), shown as a shop.
use super::ads::Ads;
use super::money::{self, Cents};
use super::shop::*;
use super::{Brand, World, days};
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::path::Path;

const FIRST_ORDER: u64 = 5_300_000_000_000;
const FIRST_CUSTOMER: u64 = 6_300_000_000_000;

/// Why a file of orders could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file could not be read.
    #[error("cannot read the orders file {path}: {source}")]
    Read {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The header is none of the known ones.
    #[error(
        "unknown layout of the orders file: its first line is {header:?}; expected the CDNOW header \
         `customer_id date number_of_cds dollar_value`"
    )]
    Layout {
        /// The first line, shortened.
        header: String,
    },
    /// A line does not have the four fields of the layout.
    #[error("line {line} of the orders file: {field} is {value:?}; expected {expected}")]
    Field {
        /// Line number, from 1.
        line: usize,
        /// The field's name.
        field: &'static str,
        /// What stands there.
        value: String,
        /// What should.
        expected: &'static str,
    },
}

/// Loads a file of orders; its layout is recognised by the header.
pub fn load(path: &Path) -> Result<World, Error> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| Error::Read { path: path.display().to_string(), source })?;
    parse(&text)
}

struct Sale {
    customer: u32,
    day: Date,
    quantity: u32,
    value: Cents,
}

/// Reads the text of a file of orders.
pub fn parse(text: &str) -> Result<World, Error> {
    let mut lines = text.lines().enumerate();
    let header = lines.next().map_or("", |(_, line)| line);
    let names: Vec<&str> = header.split_whitespace().collect();
    if names != ["customer_id", "date", "number_of_cds", "dollar_value"] {
        return Err(Error::Layout { header: header.chars().take(80).collect() });
    }
    let mut sales = Vec::new();
    for (index, line) in lines {
        if !line.trim().is_empty() {
            sales.push(sale(index + 1, line)?);
        }
    }
    // a shop numbers its orders as they come in; the file is by customer
    sales.sort_by_key(|sale| sale.day);
    Ok(build(&sales))
}

fn sale(line: usize, text: &str) -> Result<Sale, Error> {
    let wrong = |field, value: &str, expected| Error::Field { line, field, value: value.into(), expected };
    let mut fields = text.split_whitespace();
    let mut next = |field, expected| fields.next().ok_or_else(|| wrong(field, "", expected));
    let customer = next("customer_id", "a number")?;
    let day = next("date", "yyyymmdd")?;
    let quantity = next("number_of_cds", "a number from 1")?;
    let value = next("dollar_value", "dollars and cents")?;
    Ok(Sale {
        customer: customer.parse().map_err(|_| wrong("customer_id", customer, "a number"))?,
        day: calendar_day(day).ok_or_else(|| wrong("date", day, "yyyymmdd"))?,
        quantity: quantity
            .parse()
            .ok()
            .filter(|quantity| *quantity > 0)
            .ok_or_else(|| wrong("number_of_cds", quantity, "a number from 1"))?,
        value: money::parse(value).ok_or_else(|| wrong("dollar_value", value, "dollars and cents"))?,
    })
}

fn calendar_day(text: &str) -> Option<Date> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Date::new(text[..4].parse().ok()?, text[4..6].parse().ok()?, text[6..].parse().ok()?).ok()
}

fn build(sales: &[Sale]) -> World {
    let zone = TimeZone::get("America/New_York").unwrap_or(TimeZone::UTC);
    let brand = Brand { name: "cdnow".into(), currency: "USD".into(), time_zone: zone.clone() };
    let first_day = sales.first().map_or(date(1997, 1, 1), |sale| sale.day);
    let last_day = sales.last().map_or(first_day, |sale| sale.day);
    let opened = days::start_of(first_day, &zone);
    let mut shop = Shop { id: 73_000_000_001, opened_at: opened, ..Shop::default() };
    shop.products.push(Product {
        id: 8_300_000_000_001,
        title: "CD".into(),
        vendor: "CDNOW",
        product_type: "Music",
        gift_card: false,
        created_at: opened,
        updated_at: opened,
        first_variant: 0,
        variant_count: 1,
    });
    shop.variants.push(Variant {
        id: 4_300_000_000_001,
        product: 0,
        title: "Default Title".into(),
        sku: "CD".into(),
        price: 1_499,
        costs: Vec::new(),
        updated_at: opened,
    });
    shop.orders.reserve_exact(sales.len());
    let mut known: HashMap<u32, u32> = HashMap::new();
    for day in sales.chunk_by(|left, right| left.day == right.day) {
        let open = days::start_of(day[0].day, &zone);
        for (index, sale) in day.iter().enumerate() {
            // spread over the day between 01:00 and 23:00, in order and never twice in a second
            let step = (79_200 / day.len() as i64).max(1);
            let placed_at = open + 3_600 + index as i64 * step;
            let customer = *known.entry(sale.customer).or_insert_with(|| {
                shop.customers.push(Customer {
                    id: FIRST_CUSTOMER + u64::from(sale.customer),
                    first_name: "",
                    last_name: "",
                    country: "US",
                    created_at: placed_at,
                    updated_at: placed_at,
                    orders: 0,
                    spent: 0,
                });
                shop.customers.len() as u32 - 1
            });
            let buyer = &mut shop.customers[customer as usize];
            buyer.orders += 1;
            buyer.spent += sale.value;
            buyer.updated_at = placed_at;
            let number = shop.orders.len() as u32 + 1;
            shop.orders.push(order(number, customer, placed_at, sale));
        }
    }
    let end = days::start_of(days::plus(last_day, 1), &zone);
    let now = jiff::Timestamp::from_second(end - 1).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    World::new(brand, now, shop, Ads::fixed(Vec::new()))
}

fn order(number: u32, customer: u32, placed_at: Seconds, sale: &Sale) -> Order {
    let quantity = i64::from(sale.quantity);
    let unit = sale.value / quantity;
    // what the unit price leaves over is carried by units that cost one cent more
    let dearer = (sale.value - unit * quantity) as u32;
    let mut lines = Vec::with_capacity(if dearer == 0 { 1 } else { 2 });
    for (units, price) in [(sale.quantity - dearer, unit), (dearer, unit + 1)] {
        if units > 0 {
            let mut line = Line::new(LineKind::Product, Some(0), units, price, 0);
            line.settle(false);
            lines.push(line);
        }
    }
    let payments = vec![Payment {
        at: placed_at,
        kind: PaymentKind::Sale,
        gateway: Gateway::Manual,
        failed: false,
        amount: sale.value,
        fee: None,
        parent: None,
    }];
    Order {
        id: FIRST_ORDER + u64::from(number) * 1024,
        number,
        name: None,
        customer: Some(customer),
        placed_at,
        updated_at: placed_at,
        cancelled: None,
        channel: Channel::Web,
        settled: Settled::Paid,
        test: false,
        taxes_included: false,
        presentment: None,
        lines,
        shipping: None,
        happenings: Vec::new(),
        payments,
        journey: None,
        discount_code: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cdnow_file() -> Option<std::path::PathBuf> {
        let shared = std::env::var_os("NETGAIN_SHARED")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), Into::into);
        let file = shared.join("data/cdnow/CDNOW_master.txt");
        if file.exists() {
            return Some(file);
        }
        println!("skipped: {} is absent (set NETGAIN_SHARED)", file.display());
        None
    }

    #[test]
    fn cdnow_totals() {
        let Some(file) = cdnow_file() else { return };
        let world = load(&file).unwrap();
        let shop = world.shop();
        assert_eq!(shop.orders.len(), 69_659);
        assert_eq!(shop.customers.len(), 23_570);
        let gross: Cents = shop.orders.iter().map(Order::total).sum();
        assert_eq!(gross, 250_031_563);
        let march = |order: &&Order| {
            let day = days::day_of(order.placed_at, &world.brand.time_zone);
            day.year() == 1997 && day.month() == 3
        };
        assert_eq!(shop.orders.iter().filter(march).count(), 11_598);
        assert_eq!(shop.orders.iter().filter(march).map(Order::total).sum::<Cents>(), 39_315_527);
        assert!(shop.orders.is_sorted_by(|left, right| left.placed_at < right.placed_at));
    }

    #[test]
    fn a_value_that_does_not_divide_makes_two_lines() {
        let text =
            "customer_id date number_of_cds dollar_value\n 00001 19970101 3 10.00\n00001 19970102 1 0.00\n";
        let world = parse(text).unwrap();
        let shop = world.shop();
        let lines: Vec<_> =
            shop.orders[0].lines.iter().map(|line| (line.quantity, line.unit_price)).collect();
        assert_eq!(lines, [(2, 333), (1, 334)]);
        assert_eq!(shop.orders[0].total(), 1_000);
        assert_eq!(shop.orders[1].total(), 0);
        assert_eq!(shop.customers.len(), 1);
    }

    #[test]
    fn wrong_files_say_what_is_wrong() {
        let error = |text: &str| parse(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error("a,b,c\n1,2,3\n").contains("unknown layout"));
        let header = "customer_id date number_of_cds dollar_value\n";
        assert!(error(&format!("{header}1 19971301 1 5.00\n")).contains("line 2"));
        assert!(error(&format!("{header}1 19970101 0 5.00\n")).contains("number_of_cds"));
        assert!(error(&format!("{header}1 19970101 1\n")).contains("dollar_value"));
    }
}
