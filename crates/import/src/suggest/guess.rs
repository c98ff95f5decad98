//! How numbers and dates of a sample are written.

use jiff::fmt::strtime::BrokenDownTime;

use crate::mapping::{DecimalMark, Thousands};

/// How numbers are written, and whether the sample leaves no doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    pub decimal: DecimalMark,
    pub thousands: Thousands,
    pub sure: bool,
}

/// Each form with its counterpart that swaps day and month.
const DATE_FORMS: [(&str, Option<&str>); 16] = [
    ("%Y-%m-%dT%H:%M:%S%.f%:z", None),
    ("%Y-%m-%dT%H:%M:%S%.fZ", None),
    ("%Y-%m-%dT%H:%M:%S%.f", None),
    ("%Y-%m-%d %H:%M:%S%.f", None),
    ("%Y-%m-%d %H:%M", None),
    ("%Y-%m-%d", None),
    ("%Y%m%d", None),
    ("%d.%m.%Y %H:%M:%S", None),
    ("%d.%m.%Y %H:%M", None),
    ("%d.%m.%Y", None),
    ("%d/%m/%Y %H:%M:%S", Some("%m/%d/%Y %H:%M:%S")),
    ("%d/%m/%Y %H:%M", Some("%m/%d/%Y %H:%M")),
    ("%d/%m/%Y", Some("%m/%d/%Y")),
    ("%m/%d/%Y %H:%M:%S", Some("%d/%m/%Y %H:%M:%S")),
    ("%m/%d/%Y %H:%M", Some("%d/%m/%Y %H:%M")),
    ("%m/%d/%Y", Some("%d/%m/%Y")),
];

fn reads(form: &str, text: &str) -> bool {
    BrokenDownTime::parse(form, text).is_ok_and(|broken| broken.to_date().is_ok())
}

/// The form that reads every value, and whether it is the only one.
pub(super) fn guess_dates(values: &[&str]) -> (Vec<&'static str>, bool) {
    let fits = |form: &str| !values.is_empty() && values.iter().all(|text| reads(form, text));
    match DATE_FORMS.iter().find(|(form, _)| fits(form)) {
        Some((form, swapped)) => (vec![*form], !swapped.is_some_and(fits)),
        None => (Vec::new(), false),
    }
}

/// A mark that stands twice in a number or before a group of other than three digits gives itself away.
pub(super) fn guess_numbers<'v>(values: impl Iterator<Item = &'v str>) -> Numbers {
    let (mut point, mut comma) = (Seen::default(), Seen::default());
    let (mut space, mut apostrophe) = (false, false);
    for text in values {
        space |= text.contains([' ', '\u{a0}', '\u{202f}']);
        apostrophe |= text.contains('\'');
        point.look(text, '.', ',');
        comma.look(text, ',', '.');
    }
    let comma_is_decimal = comma.decimal || (point.thousands && !comma.thousands);
    let decimal = if comma_is_decimal { DecimalMark::Comma } else { DecimalMark::Point };
    let other = if comma_is_decimal { &point } else { &comma };
    let thousands = match (space, apostrophe, other.any) {
        (true, ..) => Thousands::Space,
        (_, true, _) => Thousands::Apostrophe,
        (.., true) if comma_is_decimal => Thousands::Point,
        (.., true) => Thousands::Comma,
        _ => Thousands::None,
    };
    let told = point.decimal || point.thousands || comma.decimal || comma.thousands;
    let contradiction = (point.decimal && comma.decimal) || (point.thousands && comma.thousands);
    Numbers { decimal, thousands, sure: !contradiction && (told || !(point.any || comma.any)) }
}

/// What the places of one mark have shown.
#[derive(Default)]
struct Seen {
    any: bool,
    decimal: bool,
    thousands: bool,
}

impl Seen {
    fn look(&mut self, text: &str, mark: char, other: char) {
        let Some(last) = text.rfind(mark) else { return };
        self.any = true;
        let several = text.matches(mark).count() > 1;
        let after_other = text.rfind(other);
        let group = text.len() - last - mark.len_utf8();
        if several || after_other.is_some_and(|at| at > last) {
            self.thousands = true;
        } else if group != 3
            || after_other.is_some()
            || text.trim_start_matches(['-', '+']).starts_with(['0', mark])
        {
            self.decimal = true;
        }
    }
}
