//! Texts of a file as numbers and times, strictly: what could be read in two ways is refused.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::fmt::strtime::BrokenDownTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use crate::mapping::Format;

/// Digits after the decimal mark that the stores keep.
pub(crate) const MAX_SCALE: u32 = 9;
/// Larger amounts and numbers are taken for damage.
const MAX_NUMBER: Decimal = Decimal::from_parts(2_764_472_320, 232_830, 0, false, 0); // 10^15
const MAX_QUANTITY: i64 = 100_000_000;

/// Reads values by the rules of a [`Format`].
#[derive(Debug)]
pub(crate) struct Values<'a> {
    format: &'a Format,
}

impl<'a> Values<'a> {
    pub fn new(format: &'a Format) -> Self {
        Self { format }
    }

    /// An exact number; the error is the reason for a reject.
    pub fn decimal(&self, text: &str) -> Result<Decimal, String> {
        let plain = self.plain(text).ok_or_else(|| self.number_reason())?;
        let number = Decimal::from_str_exact(&plain)
            .map_err(|_| "has more digits than can be kept exactly: round it".to_owned())?;
        self::fits(number)
    }

    /// A whole number of units.
    pub fn quantity(&self, text: &str) -> Result<i64, String> {
        let number = self.decimal(text)?;
        if !number.fract().is_zero() {
            return Err("is not a whole number of units".to_owned());
        }
        i64::try_from(number)
            .ok()
            .filter(|units| (-MAX_QUANTITY..=MAX_QUANTITY).contains(units))
            .ok_or_else(|| "is beyond 100,000,000 units: correct it".to_owned())
    }

    /// The number with a decimal point and no other marks; none if it is not written as the format says.
    fn plain(&self, text: &str) -> Option<String> {
        let (sign, body) = match text.strip_prefix(['-', '\u{2212}']) {
            Some(body) => ("-", body),
            None => ("", text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, part) = match body.split_once(self.format.decimal.mark()) {
            Some((whole, part)) => (whole, Some(part)),
            None => (body, None),
        };
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if part.is_some_and(|part| !digits(part)) {
            return None;
        }
        let whole = match self.format.thousands.mark() {
            Some(' ') => ungroup(&whole.replace(['\u{a0}', '\u{202f}'], " "), ' ')?,
            Some(mark) => ungroup(whole, mark)?,
            None => whole.to_owned(),
        };
        if !(digits(&whole) || whole.is_empty() && part.is_some()) {
            return None;
        }
        let whole = if whole.is_empty() { "0" } else { &whole };
        Some(match part {
            Some(part) => format!("{sign}{whole}.{part}"),
            None => format!("{sign}{whole}"),
        })
    }

    fn number_reason(&self) -> String {
        let thousands = match self.format.thousands.mark() {
            Some(mark) => format!("`{mark}` between groups of three digits"),
            None => "nothing between thousands".to_owned(),
        };
        format!(
            "is not a number with `{}` as decimal mark and {thousands}: correct it or `format.decimal` and `format.thousands`",
            self.format.decimal.mark()
        )
    }

    /// An instant. A day without a time begins at midnight of the format's zone; a time that the zone skips moves
    /// forward, one that it has twice is the first.
    pub fn instant(&self, text: &str) -> Result<Timestamp, String> {
        let broken = self.broken_down(text)?;
        if broken.offset().is_some() || broken.timestamp().is_some() {
            return broken.to_timestamp().map_err(|_| self.date_reason());
        }
        let date = broken.to_date().map_err(|_| self.date_reason())?;
        let time = if broken.hour().is_some() {
            broken.to_time().map_err(|_| self.date_reason())?
        } else {
            Time::midnight()
        };
        let zone: &TimeZone = &self.format.time_zone.0;
        let instant = zone.to_ambiguous_timestamp(date.to_datetime(time)).compatible();
        instant.map_err(|_| "is beyond the years that can be kept".to_owned())
    }

    /// A calendar day; a time beside it is ignored.
    pub fn date(&self, text: &str) -> Result<Date, String> {
        self.broken_down(text)?.to_date().map_err(|_| self.date_reason())
    }

    fn broken_down(&self, text: &str) -> Result<BrokenDownTime, String> {
        let mut tries = self.format.date_formats.iter().map(|form| BrokenDownTime::parse(form, text));
        tries.find_map(Result::ok).ok_or_else(|| self.date_reason())
    }

    fn date_reason(&self) -> String {
        let forms = self.format.date_formats.join("`, `");
        format!("is not a date of the form `{forms}`: correct it or `format.date_formats`")
    }
}

/// A number the stores keep exactly.
pub(crate) fn fits(number: Decimal) -> Result<Decimal, String> {
    let number = number.normalize();
    if number.scale() > MAX_SCALE {
        Err(format!("has more than {MAX_SCALE} digits after the decimal mark: round it"))
    } else if number.abs() > MAX_NUMBER {
        Err("is beyond 10^15: correct it".to_owned())
    } else {
        Ok(number)
    }
}

/// Takes the marks out of `1.234.567`; none where groups are not of three digits.
fn ungroup(whole: &str, mark: char) -> Option<String> {
    let mut groups = whole.split(mark);
    let first = groups.next()?;
    let mut plain = first.to_owned();
    let mut grouped = false;
    for group in groups {
        if group.len() != 3 {
            return None;
        }
        plain.push_str(group);
        grouped = true;
    }
    (!grouped || (1..=3).contains(&first.len())).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::{DecimalMark, Thousands};

    fn number(decimal: DecimalMark, thousands: Thousands, text: &str) -> Option<String> {
        let format = Format { decimal, thousands, ..Format::default() };
        Values::new(&format).decimal(text).ok().map(|number| number.to_string())
    }

    #[test]
    fn numbers_are_read_as_the_format_says_or_not_at_all() {
        use DecimalMark::{Comma, Point};
        let cases = [
            (Point, Thousands::None, "12.50", Some("12.5")),
            (Point, Thousands::None, "-0.5", Some("-0.5")),
            (Point, Thousands::None, ".5", Some("0.5")),
            (Point, Thousands::None, "12,50", None),
            (Point, Thousands::None, "", None),
            (Point, Thousands::None, "-", None),
            (Point, Thousands::None, "1e3", None),
            (Point, Thousands::None, "12345678901234.123456789", Some("12345678901234.123456789")),
            (Point, Thousands::None, "0.1234567891", None),
            (Point, Thousands::None, "1000000000000000", Some("1000000000000000")),
            (Point, Thousands::None, "1000000000000001", None),
            (Comma, Thousands::Point, "1.234.567,89", Some("1234567.89")),
            (Comma, Thousands::Point, "1234567,89", Some("1234567.89")),
            (Comma, Thousands::Point, "12.5", None),
            (Comma, Thousands::Point, "1234.567", None),
            (Comma, Thousands::Point, ".567", None),
            (Comma, Thousands::None, "2,55", Some("2.55")),
            (Comma, Thousands::Space, "1\u{a0}234\u{202f}567 890,5", Some("1234567890.5")),
            (Point, Thousands::Apostrophe, "1'234.5", Some("1234.5")),
            (Point, Thousands::Comma, "\u{2212}1,234", Some("-1234")),
        ];
        for (decimal, thousands, text, expected) in cases {
            assert_eq!(
                number(decimal, thousands, text).as_deref(),
                expected,
                "{decimal:?} {thousands:?} `{text}`"
            );
        }
    }

    #[test]
    fn quantities_are_whole() {
        let format = Format { decimal: DecimalMark::Comma, ..Format::default() };
        let values = Values::new(&format);
        assert_eq!(values.quantity("6,00"), Ok(6));
        assert_eq!(values.quantity("-12"), Ok(-12));
        assert!(values.quantity("1,5").is_err_and(|reason| reason.contains("whole")));
        assert!(values.quantity("100000001").is_err());
    }

    #[test]
    fn day_and_month_are_told_by_the_form_and_the_zone_counts() {
        let read = |form: &str, zone: &str, text: &str| {
            let time_zone = zone.to_owned().try_into().unwrap();
            let format = Format { date_formats: vec![form.into()], time_zone, ..Format::default() };
            Values::new(&format).instant(text).map(|at| at.to_string()).unwrap_or_default()
        };
        assert_eq!(read("%d/%m/%Y %H:%M", "UTC", "1/12/2010 8:26"), "2010-12-01T08:26:00Z");
        assert_eq!(read("%m/%d/%Y %H:%M", "UTC", "1/12/2010 8:26"), "2010-01-12T08:26:00Z");
        assert_eq!(read("%Y%m%d", "America/New_York", "19970101"), "1997-01-01T05:00:00Z");
        assert_eq!(read("%Y-%m-%dT%H:%M:%S%:z", "UTC", "2024-06-01T00:00:00+02:00"), "2024-05-31T22:00:00Z");
        // 2024-03-31 02:30 does not exist in Berlin, 2024-10-27 02:30 exists twice
        assert_eq!(read("%Y-%m-%d %H:%M", "Europe/Berlin", "2024-03-31 02:30"), "2024-03-31T01:30:00Z");
        assert_eq!(read("%Y-%m-%d %H:%M", "Europe/Berlin", "2024-10-27 02:30"), "2024-10-27T00:30:00Z");
        assert_eq!(read("%d/%m/%Y", "UTC", "31/02/2010"), "");
        assert_eq!(read("%d/%m/%Y", "UTC", "1/2/2010 10:00"), "");
    }
}
