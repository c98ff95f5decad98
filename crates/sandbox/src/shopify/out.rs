//! Writes JSON straight into bytes.
use crate::world::money::Cents;

/// A growing JSON text.
#[derive(Default)]
pub struct Out {
    /// The bytes so far.
    pub bytes: Vec<u8>,
}

impl Out {
    /// Opens an object.
    pub fn open(&mut self) {
        self.bytes.push(b'{');
    }

    /// Closes an object; a comma left by the last member becomes the brace.
    pub fn close(&mut self) {
        self.end(b'}');
    }

    /// Opens a list.
    pub fn open_list(&mut self) {
        self.bytes.push(b'[');
    }

    /// Closes a list.
    pub fn close_list(&mut self) {
        self.end(b']');
    }

    fn end(&mut self, bracket: u8) {
        match self.bytes.last_mut() {
            Some(last) if *last == b',' => *last = bracket,
            _ => self.bytes.push(bracket),
        }
    }

    /// Writes a ready-made `"key":`.
    pub fn key(&mut self, key: &[u8]) {
        self.bytes.extend_from_slice(key);
    }

    /// Ends a member.
    pub fn comma(&mut self) {
        self.bytes.push(b',');
    }

    /// Writes bytes as they are.
    pub fn raw(&mut self, raw: &str) {
        self.bytes.extend_from_slice(raw.as_bytes());
    }

    /// Writes null.
    pub fn null(&mut self) {
        self.raw("null");
    }

    /// Writes true or false.
    pub fn bool(&mut self, yes: bool) {
        self.raw(if yes { "true" } else { "false" });
    }

    /// Writes a whole number.
    pub fn int(&mut self, number: i64) {
        if number < 0 {
            self.bytes.push(b'-');
        }
        self.digits(number.unsigned_abs(), 1);
    }

    /// Writes a whole number as a string, the way 64-bit ids travel.
    pub fn quoted_int(&mut self, number: u64) {
        self.bytes.push(b'"');
        self.digits(number, 1);
        self.bytes.push(b'"');
    }

    fn digits(&mut self, mut number: u64, at_least: usize) {
        let mut buffer = [b'0'; 20];
        let mut start = buffer.len();
        while number > 0 {
            start -= 1;
            buffer[start] = b'0' + (number % 10) as u8;
            number /= 10;
        }
        start = start.min(buffer.len() - at_least);
        self.bytes.extend_from_slice(&buffer[start..]);
    }

    /// Writes a text with escapes where JSON needs them.
    pub fn text(&mut self, text: &str) {
        self.bytes.push(b'"');
        self.inside(text);
        self.bytes.push(b'"');
    }

    /// Writes the inside of a text.
    pub fn inside(&mut self, text: &str) {
        if text.bytes().all(|byte| byte >= 0x20 && byte != b'"' && byte != b'\\') {
            self.raw(text);
            return;
        }
        for byte in text.bytes() {
            match byte {
                b'"' => self.raw("\\\""),
                b'\\' => self.raw("\\\\"),
                b'\n' => self.raw("\\n"),
                byte if byte < 0x20 => self.raw(&format!("\\u{byte:04x}")),
                byte => self.bytes.push(byte),
            }
        }
    }

    /// Writes a text, or null when it is empty.
    pub fn text_or_null(&mut self, text: &str) {
        if text.is_empty() { self.null() } else { self.text(text) }
    }

    /// Writes a global id.
    pub fn gid(&mut self, kind: &str, number: u64) {
        self.raw("\"gid://shopify/");
        self.raw(kind);
        self.bytes.push(b'/');
        self.digits(number, 1);
        self.bytes.push(b'"');
    }

    /// Writes an amount as a decimal string with two places.
    pub fn amount(&mut self, cents: Cents) {
        self.bytes.push(b'"');
        if cents < 0 {
            self.bytes.push(b'-');
        }
        let size = cents.unsigned_abs();
        self.digits(size / 100, 1);
        self.bytes.push(b'.');
        self.digits(size % 100, 2);
        self.bytes.push(b'"');
    }

    /// Writes a moment as ISO 8601 in UTC.
    pub fn moment(&mut self, seconds: i64) {
        let days = seconds.div_euclid(86_400);
        let clock = seconds.rem_euclid(86_400) as u64;
        let (year, month, day) = civil(days);
        self.bytes.push(b'"');
        self.digits(year, 4);
        self.bytes.push(b'-');
        self.digits(month, 2);
        self.bytes.push(b'-');
        self.digits(day, 2);
        self.bytes.push(b'T');
        self.digits(clock / 3_600, 2);
        self.bytes.push(b':');
        self.digits(clock / 60 % 60, 2);
        self.bytes.push(b':');
        self.digits(clock % 60, 2);
        self.raw("Z\"");
    }
}

/// Year, month and day of a number of days since 1970, by counting years from March (proleptic Gregorian).
fn civil(days: i64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year.max(0) as u64, month as u64, day as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Out)) -> String {
        let mut out = Out::default();
        write(&mut out);
        String::from_utf8(out.bytes).unwrap()
    }

    #[test]
    fn moments_agree_with_the_calendar() {
        for second in [0, 951_782_399, 951_868_800, 1_773_144_000, 852_094_800, 4_102_444_799] {
            let expected = jiff::Timestamp::from_second(second).unwrap().to_string();
            assert_eq!(written(|out| out.moment(second)), format!("\"{expected}\""));
        }
    }

    #[test]
    fn amounts_have_two_places() {
        assert_eq!(written(|out| out.amount(12_000)), "\"120.00\"");
        assert_eq!(written(|out| out.amount(-5)), "\"-0.05\"");
        assert_eq!(written(|out| out.amount(0)), "\"0.00\"");
    }

    #[test]
    fn texts_are_escaped() {
        assert_eq!(written(|out| out.text("a\"b\\c\u{1}é")), "\"a\\\"b\\\\c\\u0001é\"");
    }
}
