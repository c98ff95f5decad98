//! A figure written as text, so that people, links and scripts can ask where it comes from.
//!
//! ```text
//! figure  = subject *( "," filter "=" value )
//! subject = measure                  a step of a definition (`net_profit`), a ratio (`margin`), `orders`
//!         / family ":" measure       `line:cogs_sold`, `campaign:roas_attributed`, `cohort:ltv`, `mrr:churn` …
//!         / "order:" id              all that one order brings
//! ```
//! A comma in a value is written `%2C`, a percent sign `%25`. `day=2026-05-03` stands for `from` and `to` of one day.
//! The same figure is always written the same way, so that its text can be compared.

use std::collections::BTreeMap;
use std::fmt;

use jiff::civil::Date;

mod ratio;

pub use ratio::Ratio;

/// What kind of figure is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// A step of a definition, a ratio of steps, or a number of orders.
    Ladder,
    /// A base line.
    Line,
    /// All that one order brings.
    Order,
    /// What was spent on ads, down to the platforms' rows.
    Ads,
    /// An operating cost, day by day.
    Operating,
    /// A campaign under a model of attribution.
    Campaign,
    /// A ratio of all marketing to all customers.
    Blended,
    /// Customers by the month of their first order.
    Cohort,
    /// Monthly recurring revenue.
    Mrr,
}

impl Family {
    /// Every family with the word before the colon (none for the ladder) and the filters that it knows.
    pub const ALL: [(Self, &'static str, &'static [&'static str]); 9] = [
        (Self::Ladder, "", &["from", "to", "channel", "order", "profile", "basis"]),
        (Self::Line, "line", &["from", "to", "channel", "order", "profile", "basis"]),
        (Self::Order, "order", &["from", "to", "profile", "basis"]),
        (Self::Ads, "ads", &["from", "to", "provider", "campaign", "currency"]),
        (Self::Operating, "operating", &["from", "to", "cost", "channel"]),
        (
            Self::Campaign,
            "campaign",
            &["from", "to", "provider", "campaign", "model", "window", "clock", "visits"],
        ),
        (Self::Blended, "blended", &["from", "to", "model", "window", "clock", "visits"]),
        (Self::Cohort, "cohort", &["month", "age"]),
        (Self::Mrr, "mrr", &["from", "to", "definition", "currency"]),
    ];

    /// The word before the colon; empty for the ladder.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }

    fn filters(self) -> &'static [&'static str] {
        Self::ALL.iter().find(|row| row.0 == self).map_or(&[], |row| row.2)
    }
}

/// What is wrong with a figure's text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuestionError {
    /// Nothing was asked for.
    #[error("figure is empty: write a measure, such as net_profit,day=2026-05-03")]
    Empty,
    /// It is longer than any figure.
    #[error("figure is longer than {MAX} characters: shorten it")]
    Long,
    /// A family that does not exist.
    #[error("figure begins with `{0}:`: write one of {known}", known = families())]
    Family(String),
    /// A part that is no filter.
    #[error("figure holds `{0}`: write filters as name=value, such as day=2026-05-03")]
    NoFilter(String),
    /// A filter that the family does not know.
    #[error("figure holds the filter `{name}`: write one of {known}")]
    Filter {
        /// What was written.
        name: String,
        /// What could be.
        known: String,
    },
    /// A filter twice.
    #[error("figure holds the filter `{0}` twice: write it once")]
    Twice(String),
    /// Not a day.
    #[error("figure's filter {name} `{value}` is not a day: write it as YYYY-MM-DD, such as 2026-05-03")]
    Day {
        /// The filter.
        name: &'static str,
        /// What was written.
        value: String,
    },
    /// The days are the wrong way round.
    #[error("figure's filter from {from} lies after to {to}: write the earlier day as from")]
    Order {
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
}

/// Characters that a figure has at most.
const MAX: usize = 1_000;

fn families() -> String {
    let words = Family::ALL.iter().map(|row| row.1).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(", ")
}

/// A figure that was asked for. Filters that are not set mean all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// What kind of figure.
    pub family: Family,
    /// Which one of its kind; the id of an order.
    pub measure: String,
    filters: BTreeMap<&'static str, String>,
}

impl Question {
    /// A figure without filters.
    #[must_use]
    pub fn new(family: Family, measure: impl Into<String>) -> Self {
        Self { family, measure: measure.into(), filters: BTreeMap::new() }
    }

    /// Reads a figure.
    ///
    /// # Errors
    /// [`QuestionError`], which names what is wrong and what could be written instead.
    pub fn parse(text: &str) -> Result<Self, QuestionError> {
        if text.chars().count() > MAX {
            return Err(QuestionError::Long);
        }
        let mut parts = text.split(',');
        let subject = parts.next().unwrap_or_default().trim();
        let (family, measure) = match subject.split_once(':') {
            None => (Family::Ladder, subject),
            Some((word, measure)) => {
                let found = Family::ALL.iter().find(|row| !row.1.is_empty() && row.1 == word);
                (found.ok_or_else(|| QuestionError::Family(short(word)))?.0, measure)
            }
        };
        if measure.is_empty() {
            return Err(QuestionError::Empty);
        }
        let mut question = Self::new(family, unescaped(measure));
        for part in parts {
            let (name, value) = part.split_once('=').ok_or_else(|| QuestionError::NoFilter(short(part)))?;
            question.take(name.trim(), unescaped(value))?;
        }
        let (from, to) = question.days()?;
        match from.zip(to) {
            Some((from, to)) if from > to => Err(QuestionError::Order { from, to }),
            _ => Ok(question),
        }
    }

    fn take(&mut self, name: &str, value: String) -> Result<(), QuestionError> {
        let known = self.family.filters();
        if name == "day" && known.contains(&"from") {
            self.put("from", value.clone())?;
            return self.put("to", value);
        }
        match known.iter().find(|other| **other == name) {
            Some(name) => self.put(name, value),
            None => {
                let mut known = known.to_vec();
                if known.contains(&"from") {
                    known.push("day");
                }
                Err(QuestionError::Filter { name: short(name), known: known.join(", ") })
            }
        }
    }

    fn put(&mut self, name: &'static str, value: String) -> Result<(), QuestionError> {
        match self.filters.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(QuestionError::Twice(name.to_owned())),
        }
    }

    /// A filter's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.filters.get(name).map(String::as_str)
    }

    /// The same figure with a filter; names that the family does not know are passed over.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        if let Some(name) = self.family.filters().iter().find(|other| **other == name) {
            self.filters.insert(name, value.into());
        }
        self
    }

    /// The same figure without a filter.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.filters.remove(name);
        self
    }

    /// The same filters about another figure, as far as its family knows them.
    #[must_use]
    pub fn about(&self, family: Family, measure: impl Into<String>) -> Self {
        let mut other = Self::new(family, measure);
        for (name, value) in &self.filters {
            other = other.with(name, value.clone());
        }
        other
    }

    /// The same figure from one day to another, both included.
    #[must_use]
    pub fn between(self, from: Date, to: Date) -> Self {
        self.with("from", from.to_string()).with("to", to.to_string())
    }

    /// The first and the last day, where they are set.
    ///
    /// # Errors
    /// When one of them is not a day.
    pub fn days(&self) -> Result<(Option<Date>, Option<Date>), QuestionError> {
        let day = |name: &'static str| {
            let Some(value) = self.get(name) else { return Ok(None) };
            // the general parser would also take a time behind the day
            let plain = value.len() == 10 && value.is_ascii();
            match value.parse::<Date>() {
                Ok(day) if plain => Ok(Some(day)),
                _ => Err(QuestionError::Day { name, value: short(value) }),
            }
        };
        Ok((day("from")?, day("to")?))
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.family.word() {
            "" => f.write_str(&escaped(&self.measure))?,
            word => write!(f, "{word}:{}", escaped(&self.measure))?,
        }
        let one_day = self.get("from").is_some() && self.get("from") == self.get("to");
        for name in self.family.filters() {
            let Some(value) = self.get(name) else { continue };
            match *name {
                "from" if one_day => write!(f, ",day={}", escaped(value))?,
                "to" if one_day => {}
                name => write!(f, ",{name}={}", escaped(value))?,
            }
        }
        Ok(())
    }
}

fn escaped(text: &str) -> String {
    text.replace('%', "%25").replace(',', "%2C")
}

fn unescaped(text: &str) -> String {
    // the percent sign last, so that what it stood before is not read twice
    text.replace("%2C", ",").replace("%2c", ",").replace("%25", "%")
}

fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_reads_back_as_it_is_written() {
        for text in [
            "net_profit",
            "net_profit,day=2026-05-03,channel=Online Store",
            "margin,from=2026-05-01,to=2026-05-31,profile=seed,basis=order_day",
            "line:cogs_sold,day=2026-05-03,order=c2hvcDox",
            "order:#1001",
            "campaign:roas_attributed,from=2026-05-01,to=2026-05-31,campaign=7%2C8,model=linear,window=7",
            "cohort:ltv,month=2026-01,age=3",
            "mrr:churn,from=2026-05-01,to=2026-05-31",
            "orders,channel=100%25",
        ] {
            assert_eq!(Question::parse(text).unwrap().to_string(), text);
        }
        let one = Question::parse("net_profit,from=2026-05-03,to=2026-05-03").unwrap();
        assert_eq!(one.to_string(), "net_profit,day=2026-05-03");
        assert_eq!(one.about(Family::Cohort, "ltv").to_string(), "cohort:ltv");
        assert_eq!(Question::parse("orders,channel=%252C").unwrap().get("channel"), Some("%2C"));
    }

    #[test]
    fn what_is_wrong_is_named_with_its_cure() {
        for (text, words) in [
            ("", "empty"),
            ("line:", "empty"),
            ("weather:rain", "campaign"),
            ("net_profit,monday", "name=value"),
            ("net_profit,colour=red", "channel"),
            ("net_profit,day=yesterday", "YYYY-MM-DD"),
            ("net_profit,day=2026-05-03,from=2026-05-03", "once"),
            ("net_profit,from=2026-05-03,to=2026-05-01", "after"),
            ("cohort:ltv,day=2026-05-03", "month"),
        ] {
            let error = Question::parse(text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        assert!(Question::parse(&"x".repeat(MAX + 1)).is_err());
    }
}
