//! How a file is written: separators, quotes, encoding, numbers, dates.

use jiff::tz::TimeZone;
use serde::Deserialize;

/// How the file is written. Everything has a default.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Format {
    /// What stands between two fields.
    pub delimiter: Delimiter,
    /// The quote character, written twice inside a quoted field; none: quotes are ordinary characters.
    pub quote: Option<char>,
    /// The character encoding.
    pub encoding: Encoding,
    /// The decimal mark.
    pub decimal: DecimalMark,
    /// What may stand between groups of three digits.
    pub thousands: Thousands,
    /// Forms of dates and times (`strftime` letters), tried in order.
    pub date_formats: Vec<String>,
    /// Zone of times that do not say their own (IANA name).
    pub time_zone: Zone,
    /// Whether the first line names the columns.
    pub header: bool,
    /// The columns' names where the file has no header.
    pub columns: Vec<String>,
}

impl Default for Format {
    fn default() -> Self {
        let date_formats = [
            "%Y-%m-%dT%H:%M:%S%.f%:z",
            "%Y-%m-%dT%H:%M:%S%.f",
            "%Y-%m-%d %H:%M:%S%.f",
            "%Y-%m-%d %H:%M",
            "%Y-%m-%d",
        ];
        Self {
            delimiter: Delimiter::Auto,
            quote: Some('"'),
            encoding: Encoding::Auto,
            decimal: DecimalMark::Point,
            thousands: Thousands::None,
            date_formats: date_formats.map(String::from).to_vec(),
            time_zone: Zone::default(),
            header: true,
            columns: Vec::new(),
        }
    }
}

impl Format {
    pub(crate) fn check(&self) -> Result<(), (&'static str, String)> {
        if self.header != self.columns.is_empty() {
            let text = "`format.columns` names the columns of a file without a header: give it together with `header: false`, and only then";
            return Err((if self.header { "columns" } else { "header" }, text.into()));
        }
        if let Some((at, name)) = self
            .columns
            .iter()
            .enumerate()
            .find(|(at, name)| self.columns.iter().take(*at).any(|other| other == *name))
        {
            return Err((
                "columns",
                format!("`format.columns` names `{name}` twice (entry {}): rename one", at + 1),
            ));
        }
        if let Some(quote) = self.quote.filter(|quote| !quote.is_ascii_punctuation()) {
            return Err((
                "quote",
                format!("`format.quote` `{quote}` is not usable: write '\"', \"'\" or null"),
            ));
        }
        if let (Some(quote), Some(delimiter)) = (self.quote, self.delimiter.byte())
            && quote == char::from(delimiter)
        {
            return Err(("quote", "`format.quote` equals `format.delimiter`: choose two characters".into()));
        }
        if self.thousands.mark() == Some(self.decimal.mark()) {
            let text = "`format.thousands` equals the decimal mark: write the other one, or none";
            return Err(("thousands", text.into()));
        }
        if self.date_formats.is_empty() {
            return Err((
                "date_formats",
                "`format.date_formats` is empty: write at least one, such as \"%Y-%m-%d\"".into(),
            ));
        }
        match self.date_formats.iter().find(|form| !is_date_form(form)) {
            Some(format) => Err((
                "date_formats",
                format!(
                    "`format.date_formats` holds `{format}`, which is not a date form: write one such as \"%d/%m/%Y %H:%M\""
                ),
            )),
            None => Ok(()),
        }
    }
}

/// Whether the letters of a date form are understood at all.
fn is_date_form(form: &str) -> bool {
    let any_day = jiff::Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
    form.contains('%') && jiff::fmt::strtime::format(form, &any_day).is_ok()
}

/// What stands between two fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(try_from = "String")]
pub enum Delimiter {
    /// Found in the first line: the most frequent of `;`, `,`, tab and `|` outside quotes.
    #[default]
    Auto,
    /// Any run of blanks and tabs; no quotes.
    Whitespace,
    /// One ASCII character.
    Byte(u8),
}

impl Delimiter {
    pub(crate) fn byte(self) -> Option<u8> {
        if let Self::Byte(byte) = self { Some(byte) } else { None }
    }
}

impl TryFrom<String> for Delimiter {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        match text.as_str() {
            "auto" => return Ok(Self::Auto),
            "whitespace" => return Ok(Self::Whitespace),
            "tab" => return Ok(Self::Byte(b'\t')),
            "comma" => return Ok(Self::Byte(b',')),
            "semicolon" => return Ok(Self::Byte(b';')),
            _ => {}
        }
        match text.as_bytes() {
            [byte] if (byte.is_ascii_punctuation() || *byte == b'\t') => Ok(Self::Byte(*byte)),
            _ => Err(format!(
                "delimiter `{text}` is not usable: write auto, whitespace, tab, or one character such as \";\""
            )),
        }
    }
}

/// The character encoding of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub enum Encoding {
    /// Decided by the first row that is not plain ASCII: UTF-8 if it is valid UTF-8, else Windows-1252.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// UTF-8, with or without a byte order mark.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252 (and Latin-1, which it contains).
    #[serde(rename = "windows-1252")]
    Windows1252,
}

/// The decimal mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DecimalMark {
    /// `1.5`
    #[default]
    Point,
    /// `1,5`
    Comma,
}

impl DecimalMark {
    pub(crate) fn mark(self) -> char {
        match self {
            Self::Point => '.',
            Self::Comma => ',',
        }
    }
}

/// What may stand between groups of three digits. Groups of another size are refused, since `12.5` read with a
/// thousands point would become 125.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Thousands {
    /// Nothing.
    #[default]
    None,
    /// `1.000`
    Point,
    /// `1,000`
    Comma,
    /// `1 000`, the no-break spaces too.
    Space,
    /// `1'000`
    Apostrophe,
}

impl Thousands {
    pub(crate) fn mark(self) -> Option<char> {
        match self {
            Self::None => None,
            Self::Point => Some('.'),
            Self::Comma => Some(','),
            Self::Space => Some(' '),
            Self::Apostrophe => Some('\''),
        }
    }
}

/// A time zone by its IANA name.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "String")]
pub struct Zone(pub(crate) TimeZone);

impl Zone {
    /// The zone's IANA name; none for a fixed offset.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.0.iana_name()
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self(TimeZone::UTC)
    }
}

impl TryFrom<String> for Zone {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        TimeZone::get(&name).map(Self).map_err(|_| {
            format!("time_zone `{name}` is not known: write an IANA name such as Europe/London or UTC")
        })
    }
}
