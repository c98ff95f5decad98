//! Reports by day: the provider's sum of each day of an account against the sum of what we hold of it. Days that
//! differ are read again.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use netgain_connector::{Account, AccountDays, DayReport};
use netgain_domain::{Decimal, Kind};
use netgain_manifest::{Cursor, Measure, Slice, Totals, Zone};
use netgain_warehouse::{Check, CheckState};

use super::{Checker, TRIES, measured};
use crate::Error;

/// A day of an account.
type Key = (String, Date);
/// Both sides' sums, in the order of the measures.
type Both = BTreeMap<Key, (Vec<Decimal>, Vec<Decimal>)>;

struct Report<'a> {
    asked: DayReport<'a>,
    column: &'a str,
    accounts: Vec<Account>,
}

pub(super) async fn check(this: &Checker<'_>, totals: &Totals) -> Result<Vec<Check>, Error> {
    let Totals::Day { request, pagination, records, day, measures, column, step_days } = totals else {
        return Ok(Vec::new());
    };
    let asked = DayReport { request, pagination, records, day, measures, step_days: *step_days };
    let by_account = this.stream.slices.iter().any(|slice| matches!(slice, Slice::Accounts { .. }));
    let mut accounts = this.accounts.to_vec();
    if !by_account {
        accounts.truncate(1);
        accounts.iter_mut().for_each(|account| account.id.clear());
        if accounts.is_empty() {
            accounts.push(Account { id: String::new(), context: BTreeMap::new() });
        }
    }
    let report = Report { asked, column, accounts };
    let last = last_day(this)?;
    let first = first_day(this, &report, last)?.max(this.from.unwrap_or(Date::MIN));
    let mut both = compare(this, &report, (first, last)).await?;
    let mut differed: BTreeSet<Key> = differing(&both);
    let found = differed.clone();
    for _ in 0..TRIES {
        if !this.heal || differed.is_empty() {
            break;
        }
        let again = ranges(&differed);
        this.engine.read_days(this.stream, this.accounts, &again, this.sink).await?;
        this.keeper.flush().await?;
        for range in &again {
            let span = (range.since, range.until);
            let fresh = compare(this, &report, span).await?;
            both.retain(|(_, day), _| *day < span.0 || *day > span.1);
            both.extend(fresh);
        }
        differed = differing(&both);
    }
    let aside = this.set_aside()?;
    let restated = last.saturating_sub(restated_days(this).days());
    let mut checks = Vec::new();
    for ((account, day), (ours, theirs)) in &both {
        let key = (account.clone(), *day);
        for (at, measure) in measures.iter().enumerate() {
            let ours = ours.get(at).copied().unwrap_or_default();
            let theirs = theirs.get(at).copied().unwrap_or_default();
            let state = if ours != theirs {
                CheckState::Differs
            } else if found.contains(&key) {
                CheckState::Healed
            } else if *day >= restated {
                CheckState::Provisional
            } else {
                CheckState::Ok
            };
            let sum = Measure::Sum { column: measure.column.clone() };
            let line = measured(&this.stream.name, &sum, (ours, theirs), Timestamp::now(), state);
            // amounts of several accounts may be in several currencies
            let name = if report.accounts.len() > 1 {
                format!("{} of {account}", measure.column)
            } else {
                measure.column.clone()
            };
            let note =
                (state == CheckState::Differs).then(|| note(&aside, *day >= restated, this.heal)).flatten();
            let (day, currency) = (Some(*day), currency(this, &report, account, &measure.column));
            checks.push(Check { measure: name, day, until_day: day, currency, note, ..line });
        }
    }
    if checks.is_empty() {
        checks.push(this.not_checkable("neither side has a day yet"));
    }
    Ok(checks)
}

fn note(aside: &Option<String>, restated: bool, heal: bool) -> Option<String> {
    aside.clone().or_else(|| match (heal, restated) {
        (true, _) => Some(format!(
            "it was read again {TRIES} times and the provider's records still do not add up to its total"
        )),
        (false, true) => Some("the platform may have restated the day since it was read".to_owned()),
        (false, false) => None,
    })
}

/// Both sides of every day that either has.
async fn compare(
    this: &Checker<'_>,
    report: &Report<'_>,
    (first, last): (Date, Date),
) -> Result<Both, Error> {
    let width = report.asked.measures.len();
    let none = || (vec![Decimal::ZERO; width], vec![Decimal::ZERO; width]);
    let mut both = Both::new();
    let theirs =
        this.engine.totals_by_day(this.stream, report.asked, this.accounts, (first, last), this.sink);
    for total in theirs.await? {
        let (_, sums) = both.entry((total.account, total.day)).or_insert_with(none);
        sums.iter_mut().zip(total.values).for_each(|(sum, value)| *sum += value);
    }
    let rounds = |sums: &mut Vec<Decimal>| {
        for (sum, one) in sums.iter_mut().zip(report.asked.measures) {
            if let Some(digits) = one.round {
                *sum = sum.round_dp(digits);
            }
        }
    };
    let columns: Vec<&str> = report.asked.measures.iter().map(|one| one.column.as_str()).collect();
    for account in &report.accounts {
        let only = (report.accounts.len() > 1).then_some(account.id.as_str());
        for ours in this.job.warehouse.sums_by_day(this.counted(), report.column, &columns, only)? {
            if ours.day < first || ours.day > last {
                continue;
            }
            let (sums, _) = both.entry((account.id.clone(), ours.day)).or_insert_with(none);
            sums.clone_from(&ours.sums);
        }
    }
    for (ours, theirs) in both.values_mut() {
        rounds(ours);
        rounds(theirs);
    }
    Ok(both)
}

fn differing(both: &Both) -> BTreeSet<Key> {
    both.iter().filter(|(_, (ours, theirs))| ours != theirs).map(|(key, _)| key.clone()).collect()
}

/// Days that follow each other as one range, by account.
fn ranges(days: &BTreeSet<Key>) -> Vec<AccountDays> {
    let mut ranges: Vec<AccountDays> = Vec::new();
    for (account, day) in days {
        match ranges.last_mut() {
            Some(last)
                if last.account == *account && last.until.tomorrow().is_ok_and(|next| next == *day) =>
            {
                last.until = *day;
            }
            _ => ranges.push(AccountDays { account: account.clone(), since: *day, until: *day }),
        }
    }
    ranges
}

/// The last day that was read, in the zone that the provider reports in.
fn last_day(this: &Checker<'_>) -> Result<Date, Error> {
    let by_account =
        this.stream.slices.iter().any(|slice| matches!(slice, Slice::Window { zone: Zone::Account, .. }));
    let name = this.accounts.first().and_then(|account| account.context.get("account.time_zone"));
    let zone = name.filter(|_| by_account).and_then(|name| TimeZone::get(name).ok()).unwrap_or(TimeZone::UTC);
    Ok(this.read_until.to_zoned(zone).date())
}

/// The first day that the platform keeps, or the first that we hold where it names no limit.
fn first_day(this: &Checker<'_>, report: &Report<'_>, last: Date) -> Result<Date, Error> {
    let age = this.stream.slices.iter().find_map(|slice| match slice {
        Slice::Window { max_age_days, .. } => *max_age_days,
        _ => None,
    });
    if let Some(age) = age {
        return Ok(last.saturating_sub(i64::from(age).days()));
    }
    let ours = this.job.warehouse.sums_by_day(this.counted(), report.column, &[], None)?;
    Ok(ours.first().map_or(last, |day| day.day))
}

fn restated_days(this: &Checker<'_>) -> i64 {
    match &this.stream.cursor {
        Cursor::Restate { days, .. } => i64::from(*days),
        _ => 0,
    }
}

fn currency(this: &Checker<'_>, report: &Report<'_>, account: &str, column: &str) -> Option<String> {
    let kind = this.table.columns().iter().find(|known| known.name == column)?.kind;
    let account = report.accounts.iter().find(|one| one.id == account)?;
    (kind == Kind::Decimal).then(|| account.context.get("account.currency").cloned()).flatten()
}
