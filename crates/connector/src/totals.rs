//! The provider's own counts and sums, and reading again just the records of a span or just some days.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use netgain_domain::Decimal;
use netgain_manifest::{Cap, Compared, Exact, Pagination, Request, Scale, Stream};
use netgain_mapping::{Path, word_of};
use sonic_rs::Value;

use crate::complete::Completer;
use crate::decode::Decoder;
use crate::gone::Gone;
use crate::pager::Pager;
use crate::pages::parts;
use crate::template::Vars;
use crate::{Account, Engine, Error, Note, Page, Priority, Sink, StreamReport, jobs, pages};

/// A span of time: from `since` to before `until` (UTC).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Its first instant.
    pub since: Timestamp,
    /// The first instant behind it.
    pub until: Timestamp,
}

/// How one number is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The call.
    pub request: &'a Request,
    /// Path of the number in its answer.
    pub path: &'a str,
    /// What the answer says when the number is exact.
    pub exact: Option<&'a Exact>,
}

/// The provider's number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Total {
    /// The number, over all slices of the stream.
    pub value: Decimal,
    /// Whether it is exact; otherwise there is more.
    pub exact: bool,
    /// When the platform answered, by its own clock where it says one (UTC).
    pub at: Timestamp,
}

/// A report with one record a day.
#[derive(Debug, Clone, Copy)]
pub struct DayReport<'a> {
    /// The call.
    pub request: &'a Request,
    /// How the next page is asked for.
    pub pagination: &'a Pagination,
    /// Path of the records.
    pub records: &'a str,
    /// Path of the day in a record.
    pub day: &'a str,
    /// What is reported.
    pub measures: &'a [Compared],
    /// Most days in one call.
    pub step_days: u32,
}

/// The provider's sums of one day of one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayTotal {
    /// The account's id; empty where the connection has none.
    pub account: String,
    /// The day, in the zone that the provider reports in.
    pub day: Date,
    /// The sums, in the order of the measures.
    pub values: Vec<Decimal>,
}

/// Days of an account, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountDays {
    /// The account's id; empty where the connection has none.
    pub account: String,
    /// The first day.
    pub since: Date,
    /// The last day.
    pub until: Date,
}

impl Engine {
    /// Asks for one number, once for each slice of the stream, and adds them up. `span` fills `{window.since}` and
    /// `{window.until}`.
    ///
    /// # Errors
    /// When a call fails or the answer holds no number.
    pub async fn total(
        &self,
        stream: &Stream,
        ask: Ask<'_>,
        accounts: &[Account],
        span: Option<Span>,
        sink: &dyn Sink,
    ) -> Result<Total, Error> {
        let path = compiled(ask.path)?;
        let exact =
            ask.exact.map(|exact| Ok::<_, Error>((compiled(&exact.path)?, &exact.value))).transpose()?;
        let mut sum = Total { value: Decimal::ZERO, exact: true, at: Timestamp::MIN };
        for place in parts(&self.caller, stream, accounts, sink).await? {
            let vars = with_span(place.vars, span);
            let answer = self.caller.call(&stream.name, ask.request, &vars, sink).await?;
            let word = path.first(&[&answer.body]).and_then(word_of);
            let number = word.and_then(|word| number(&word));
            sum.value += number
                .ok_or_else(|| wrong(stream, format!("the answer has no number at `{}`", path.text)))?;
            sum.exact &= exact.as_ref().is_none_or(|(path, value)| {
                path.first(&[&answer.body]).and_then(word_of).is_some_and(|word| word == value.as_str())
            });
            sum.at = sum.at.max(answer.at);
        }
        Ok(sum)
    }

    /// Asks for the sums of every day from `since` to `until`, for each account. A day that the report leaves out is
    /// left out.
    ///
    /// # Errors
    /// When a call fails or a record has no day.
    pub async fn totals_by_day(
        &self,
        stream: &Stream,
        report: DayReport<'_>,
        accounts: &[Account],
        (since, until): (Date, Date),
        sink: &dyn Sink,
    ) -> Result<Vec<DayTotal>, Error> {
        let day = compiled(report.day)?;
        let measures = report
            .measures
            .iter()
            .map(|one| Ok((compiled(&one.path)?, one.scale)))
            .collect::<Result<Vec<_>, Error>>()?;
        let decoder = Decoder::at(&stream.name, report.records)?;
        let step = i64::from(report.step_days.max(1)) - 1;
        let mut found = Vec::new();
        for place in parts(&self.caller, stream, accounts, sink).await? {
            let mut first = since;
            while first <= until {
                let last = until.min(first.saturating_add(step.days()));
                let mut vars = place.vars.clone();
                vars.insert("slice.since".to_owned(), first.to_string());
                vars.insert("slice.until".to_owned(), last.to_string());
                let (request, pagination) = (report.request, report.pagination);
                let name = &stream.name;
                let mut pager = Pager::new(&self.caller, name, request, pagination, &decoder, None, vars)?;
                while !pager.is_done() {
                    for record in pager.next(sink).await?.records {
                        let values =
                            measures.iter().map(|(path, scale)| sum_at(stream, path, *scale, &record));
                        let said = day.first(&[&record]).and_then(word_of);
                        let day = said.and_then(|word| word.get(..10).and_then(|day| day.parse().ok()));
                        found.push(DayTotal {
                            account: place.vars.get("slice.account").cloned().unwrap_or_default(),
                            day: day.ok_or_else(|| {
                                wrong(stream, format!("a record has no day at `{}`", report.day))
                            })?,
                            values: values.collect::<Result<_, _>>()?,
                        });
                    }
                }
                first = last.saturating_add(1.day());
            }
        }
        Ok(found)
    }

    /// Lists the records of a span with a call of its own and hands them to the sink. The stream's position stays
    /// where it is.
    ///
    /// # Errors
    /// When a call fails or the sink refuses.
    pub async fn read_span(
        &self,
        stream: &Stream,
        request: &Request,
        accounts: &[Account],
        span: Span,
        sink: &dyn Sink,
    ) -> Result<StreamReport, Error> {
        let caller = self.caller.fork(Priority::Increment);
        let completer = Completer::new(&caller, stream)?;
        let decoder = Decoder::of(stream)?;
        let gone = Gone::of(stream)?;
        let mut report = StreamReport::default();
        for place in parts(&self.caller, stream, accounts, sink).await? {
            let mut rest = Rest::of(stream)?;
            loop {
                let mut vars = with_span(place.vars.clone(), Some(span));
                vars.extend(rest.beyond.clone().map(|beyond| ("page.beyond".to_owned(), beyond)));
                let Stream { name, pagination, page_size, .. } = stream;
                let mut pager = Pager::new(&caller, name, request, pagination, &decoder, *page_size, vars)?;
                while !pager.is_done() {
                    let fetched = pager.next(sink).await?;
                    rest.listed += fetched.room;
                    let mut lines = Vec::with_capacity(fetched.records.len());
                    for mut record in fetched.records {
                        rest.see(&record);
                        if gone.flagged(&record, &place.context).is_some() {
                            continue;
                        }
                        completer.complete(&mut record, &place.vars, sink).await?;
                        lines.push(pages::line(&record).map_err(|problem| wrong(stream, problem))?);
                    }
                    if rest.is_refused() {
                        pager.end();
                    }
                    report.records += lines.len() as u64;
                    let context = place.context.clone();
                    let page = Page { lines, context, ..Page::empty(name, fetched.at) };
                    sink.page(page).await.map_err(Error::Sink)?;
                }
                if !rest.goes_on() {
                    break;
                }
                let what = "the listing of a span ended at its cap and was begun again".to_owned();
                sink.note(Note::Recovered { stream: name.clone(), what });
            }
        }
        Ok(StreamReport { calls: caller.calls(), ..report })
    }

    /// Reads days again that the platform reports day by day. The stream's position stays where it is.
    ///
    /// # Errors
    /// [`Error::Setup`] for a stream that is not read by days; otherwise when a call fails or the sink refuses.
    pub async fn read_days(
        &self,
        stream: &Stream,
        accounts: &[Account],
        days: &[AccountDays],
        sink: &dyn Sink,
    ) -> Result<StreamReport, Error> {
        let caller = self.caller.fork(Priority::Increment);
        let report = jobs::again(&caller, stream, accounts, days, sink).await?;
        Ok(StreamReport { calls: caller.calls(), ..report })
    }
}

/// What of a span's listing lies behind the platform's hidden cap, where it can be asked for.
struct Rest<'a> {
    cap: Option<&'a Cap>,
    path: Option<Path>,
    listed: u64,
    /// The last record's value, and behind which the listing was asked for.
    end: Option<String>,
    beyond: Option<String>,
}

impl<'a> Rest<'a> {
    fn of(stream: &'a Stream) -> Result<Self, Error> {
        let cap = stream.cap.as_ref();
        let path = cap.and_then(|cap| cap.beyond.as_deref()).map(compiled).transpose()?;
        Ok(Self { cap, path, listed: 0, end: None, beyond: None })
    }

    fn see(&mut self, record: &Value) {
        let Some(word) = self.path.as_ref().and_then(|path| path.first(&[record]).and_then(word_of)) else {
            return;
        };
        let prefix = self.cap.and_then(|cap| cap.strip_prefix.as_deref()).unwrap_or_default();
        self.end = Some(word.strip_prefix(prefix).unwrap_or(&word).to_owned());
    }

    fn is_full(&self) -> bool {
        self.cap.is_some_and(|cap| self.listed >= u64::from(cap.records))
    }

    /// Whether the next page would be refused.
    fn is_refused(&self) -> bool {
        self.is_full() && self.cap.is_some_and(|cap| cap.refuses)
    }

    /// Whether the listing is asked for once more, behind its last record.
    fn goes_on(&mut self) -> bool {
        let goes_on = self.is_full() && self.end.is_some() && self.end != self.beyond;
        if goes_on {
            self.beyond = self.end.take();
            self.listed = 0;
        }
        goes_on
    }
}

fn with_span(mut vars: Vars, span: Option<Span>) -> BTreeMap<String, String> {
    if let Some(Span { since, until }) = span {
        vars.insert("window.since".to_owned(), since.to_string());
        vars.insert("window.until".to_owned(), until.to_string());
    }
    vars
}

fn compiled(path: &str) -> Result<Path, Error> {
    Path::compile(path).map_err(|error| Error::Setup(error.to_string()))
}

/// A number as it was written; exponents are read as well.
fn number(word: &str) -> Option<Decimal> {
    word.parse().ok().or_else(|| Decimal::from_scientific(word).ok())
}

/// The sum that a record gives; absent means none.
fn sum_at(stream: &Stream, path: &Path, scale: Option<Scale>, record: &Value) -> Result<Decimal, Error> {
    let Some(word) = path.first(&[record]).and_then(word_of) else { return Ok(Decimal::ZERO) };
    let sum = number(&word).ok_or_else(|| wrong(stream, format!("`{}` is no number", path.text)))?;
    let parts = match scale {
        None => return Ok(sum),
        Some(Scale::Micros) => Decimal::new(1, 6),
        Some(Scale::Cents) => Decimal::new(1, 2),
        Some(Scale::CurrencyMinor) => {
            return Err(Error::Setup(format!("stream `{}`: a total in smallest coins", stream.name)));
        }
    };
    let scaled = sum.checked_mul(parts);
    scaled.ok_or_else(|| wrong(stream, format!("`{}` is too large", path.text)))
}

fn wrong(stream: &Stream, problem: String) -> Error {
    Error::Answer { stream: stream.name.clone(), problem }
}
