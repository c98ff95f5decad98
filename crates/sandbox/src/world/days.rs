//! Local days and the seconds inside them.
use super::shop::Seconds;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The first second of a local day.
pub fn start_of(day: Date, zone: &TimeZone) -> Seconds {
    zone.to_ambiguous_zoned(day.at(0, 0, 0, 0)).compatible().map_or(0, |zoned| zoned.timestamp().as_second())
}

/// The second at `hour:minute:second` of a local day.
pub fn at(day: Date, hour: i8, minute: i8, second: i8, zone: &TimeZone) -> Seconds {
    let local = day.at(hour, minute, second, 0);
    zone.to_ambiguous_zoned(local).compatible().map_or(0, |zoned| zoned.timestamp().as_second())
}

/// The local day of a moment.
pub fn day_of(at: Seconds, zone: &TimeZone) -> Date {
    Timestamp::from_second(at).map_or(Date::ZERO, |moment| zone.to_datetime(moment).date())
}

/// `days` later (or earlier, when negative); stays put at the end of the calendar.
pub fn plus(day: Date, days: i64) -> Date {
    day.saturating_add(jiff::Span::new().days(days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn summer_time_moves_the_start_of_the_day() {
        let london = TimeZone::get("Europe/London").unwrap();
        let winter = start_of(date(2026, 3, 28), &london);
        let change = start_of(date(2026, 3, 29), &london);
        let summer = start_of(date(2026, 3, 30), &london);
        assert_eq!(change - winter, 86_400);
        assert_eq!(summer - change, 82_800);
        assert_eq!(day_of(summer - 1, &london), date(2026, 3, 29));
        assert_eq!(day_of(summer, &london), date(2026, 3, 30));
    }
}
