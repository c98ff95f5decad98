//! How many orders a day brings: growth, week, year, Black Friday.
use crate::draw::Draw;
use crate::world::days;
use jiff::civil::{Date, Weekday};

/// Hundredths by month: quiet winter, strong autumn.
const MONTHS: [i64; 12] = [80, 78, 88, 92, 96, 98, 90, 88, 97, 105, 128, 132];
/// Hundredths by weekday from Monday.
const WEEK: [i64; 7] = [95, 90, 92, 98, 105, 115, 105];
/// Weights of the hours from 7 to 23.
const HOURS: [i64; 17] = [2, 4, 5, 6, 6, 7, 8, 7, 6, 6, 7, 8, 10, 11, 10, 7, 3];

/// Hundredths that a day near Black Friday takes on top.
fn sale_factor(day: Date) -> i64 {
    let Ok(last) = Date::new(day.year(), 11, 30) else { return 100 };
    let back = i64::from(
        (last.weekday().to_monday_zero_offset() - Weekday::Friday.to_monday_zero_offset()).rem_euclid(7),
    );
    let friday = days::plus(last, -back);
    match (day - friday).get_days() {
        0 => 300,
        1 | 2 => 180,
        3 => 240,
        -3..=-1 => 130,
        _ if day.month() == 12 && day.day() > 20 => 60,
        _ => 100,
    }
}

/// Whether the shop's great sale is on.
pub fn is_sale(day: Date) -> bool {
    sale_factor(day) > 120
}

/// How many orders are placed on `day`, the `age`-th day of the shop.
pub fn orders_on(day: Date, age: i64, draw: &mut Draw) -> i64 {
    // from 30 a day to 60 after two years, then steady
    let base = 30_000 + 30_000 * age.clamp(0, 730) / 730;
    let week = WEEK[day.weekday().to_monday_zero_offset() as usize % 7];
    let month = MONTHS[(day.month() - 1).max(0) as usize % 12];
    let expected = base * week / 100 * month / 100 * sale_factor(day) / 100;
    (expected * draw.between(85, 115) / 100_000).max(1)
}

/// A local hour, more often in the evening.
pub fn hour(draw: &mut Draw) -> i8 {
    let mut rest = draw.between(0, HOURS.iter().sum::<i64>() - 1);
    for (index, weight) in HOURS.iter().enumerate() {
        if rest < *weight {
            return index as i8 + 7;
        }
        rest -= weight;
    }
    12
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn black_friday_is_the_last_friday_of_november() {
        assert_eq!(sale_factor(date(2025, 11, 28)), 300);
        assert_eq!(sale_factor(date(2024, 11, 29)), 300);
        assert_eq!(sale_factor(date(2024, 12, 2)), 240);
        assert_eq!(sale_factor(date(2025, 11, 21)), 100);
    }

    #[test]
    fn the_shop_grows() {
        let year = |from: i64| -> i64 {
            (from..from + 365)
                .map(|age| {
                    orders_on(
                        days::plus(date(2024, 1, 1), age),
                        age,
                        &mut Draw::new(&[1, age.unsigned_abs()]),
                    )
                })
                .sum()
        };
        assert!(year(365) > year(0) * 12 / 10);
    }
}
