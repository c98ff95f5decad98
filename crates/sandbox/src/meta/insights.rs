//! Insights: what is asked for, which rows that makes, and how a row looks.
pub mod render;
mod request;

pub use request::{Level, Request};

use super::entities::Object;
use super::error::GraphError;
use crate::world::ads::{Ads, Figures};
use crate::world::days;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;

/// One row: an object over some days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The object the row is about.
    pub object: Object,
    /// First local day.
    pub start: Date,
    /// Last local day.
    pub stop: Date,
}

/// The rows of a report, known on one day, ready to be rendered page by page.
#[derive(Debug)]
pub struct Report {
    request: Request,
    known_on: Date,
    /// The ads whose figures go into each object's rows.
    members: BTreeMap<Object, Vec<usize>>,
    /// Rows with delivery.
    pub rows: Vec<Row>,
}

impl Report {
    /// Rows a request may make at most, known before any work is done.
    pub fn largest_size(request: &Request, ads: &Ads) -> Result<usize, GraphError> {
        Ok(members(request, ads)?.len() * periods(request).len())
    }

    /// Makes the rows as known on `known_on`.
    pub fn make(request: Request, ads: &Ads, known_on: Date) -> Result<Report, GraphError> {
        let members = members(&request, ads)?;
        let mut report = Report { known_on, members, rows: Vec::new(), request };
        let mut rows = Vec::new();
        for (start, stop) in periods(&report.request) {
            for object in report.members.keys() {
                let row = Row { object: *object, start, stop };
                if report.has_delivery(ads, row) && report.passes(ads, row)? {
                    rows.push(row);
                }
            }
        }
        report.rows = rows;
        Ok(report)
    }

    /// A row with its asked-for fields.
    pub fn render(&self, ads: &Ads, row: Row) -> Value {
        render::row(ads, &self.request, row, &self.figures(ads, row), true)
    }

    /// The sum over all rows, with the same metric fields.
    pub fn summary(&self, ads: &Ads) -> Value {
        let mut sum = Figures::default();
        self.rows.iter().for_each(|row| sum.add(&self.figures(ads, *row)));
        let whole = Row { object: Object::Account, start: self.request.since, stop: self.request.until };
        render::row(ads, &self.request, whole, &sum, false)
    }

    /// What was asked for.
    pub fn request(&self) -> &Request {
        &self.request
    }

    fn figures(&self, ads: &Ads, row: Row) -> Figures {
        let mut sum = Figures::default();
        for ad in self.members.get(&row.object).into_iter().flatten() {
            let mut day = row.start;
            while day <= row.stop.min(self.known_on) {
                sum.add(&ads.figures(*ad, day, self.known_on));
                day = days::plus(day, 1);
            }
        }
        sum
    }

    fn has_delivery(&self, ads: &Ads, row: Row) -> bool {
        let members = self.members.get(&row.object);
        let mut day = row.start;
        while day <= row.stop.min(self.known_on) {
            if members.into_iter().flatten().any(|ad| ads.spend(*ad, day, self.known_on) > 0) {
                return true;
            }
            day = days::plus(day, 1);
        }
        false
    }

    fn passes(&self, ads: &Ads, row: Row) -> Result<bool, GraphError> {
        let mut conditions = self.request.conditions.iter().filter(|item| item.is_about_figures()).peekable();
        if conditions.peek().is_none() {
            return Ok(true);
        }
        let figures = self.figures(ads, row);
        for condition in conditions {
            if !condition.admits_figures(&figures)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The objects that get rows, each with the ads that count for it. An object's own rows count all its
/// children, deleted ones too; but a deleted object gets no rows of its own below an account, campaign or ad
/// set unless its status is asked for.
fn members(request: &Request, ads: &Ads) -> Result<BTreeMap<Object, Vec<usize>>, GraphError> {
    let mut members: BTreeMap<Object, Vec<usize>> = BTreeMap::new();
    'ads: for (index, ad) in ads.ads.iter().enumerate() {
        let object = Object::Ad(index);
        if !object.is_within(request.node, ads) {
            continue;
        }
        for condition in request.conditions.iter().filter(|item| !item.is_about_figures()) {
            if !condition.admits(object, ads)? {
                continue 'ads;
            }
        }
        let row_of = match request.level {
            Level::Account => Object::Account,
            Level::Campaign => Object::Campaign(ad.campaign),
            Level::AdSet => Object::AdSet(ad.ad_set),
            Level::Ad => object,
        };
        let asked_for = request.conditions.iter().any(|item| item.is_about_status_of(row_of));
        if row_of != request.node && !asked_for && row_of.effective_status(ads) == "DELETED" {
            continue;
        }
        members.entry(row_of).or_default().push(index);
    }
    Ok(members)
}

/// The stretches of days that rows are cut into.
fn periods(request: &Request) -> Vec<(Date, Date)> {
    let mut periods = Vec::new();
    let mut start = request.since;
    while start <= request.until {
        let stop = match request.increment {
            request::Increment::AllDays => request.until,
            request::Increment::Days(count) => days::plus(start, count - 1),
            request::Increment::Monthly => start.last_of_month(),
        };
        periods.push((start, stop.min(request.until)));
        start = days::plus(stop, 1);
    }
    periods
}
