//! Operating costs day by day. Each period's amount is spread over its days in the smallest coin, so that the days of
//! a period add up to its amount exactly; days outside of the cost's own time are left out.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use netgain_domain::facts::{CostRuleFact, CostRuleKind, OperatingCost, OperatingDay, RuleTerms};
use netgain_domain::{Currency, Decimal};

use super::CostRules;
use crate::RateBook;

/// The operating costs of each day in the reporting currency. A cost without an end runs to the last of the days; one
/// with an end runs to it, even beyond. What a cost in another currency comes to on a day is converted at that day's
/// rate; a day without a rate counts nothing and names the currency, and `foreign` names the cost.
#[must_use]
pub fn operating_days(
    rules: &CostRules,
    stated: &[OperatingCost],
    (currency, rates): (Currency, &RateBook),
    days: Option<(Date, Date)>,
    foreign: &mut Vec<String>,
) -> Vec<OperatingDay> {
    let mut all = Vec::new();
    for rule in rules.of_kind(CostRuleKind::Operating) {
        let first = rule.valid_from.or(days.map(|(first, _)| first));
        let last = rule.valid_to.or(match rule.terms.every {
            Some(_) => days.map(|(_, last)| last),
            // a single payment without an end counts on its first day
            None => rule.valid_from,
        });
        if let (Some(first), Some(last)) = (first, last) {
            spread_rule(rule, first, last, &mut all);
        }
    }
    for cost in stated {
        let terms = RuleTerms {
            category: Some(cost.category.clone()),
            name: cost.name.clone(),
            marketing: cost.marketing,
            ..RuleTerms::default()
        };
        for (day, amount) in spread(cost.amount, cost.since, cost.until, cost.currency) {
            all.push((of_day(day, amount, &cost.id, &terms), cost.currency));
        }
    }
    let converted = all.into_iter().map(|(day, from)| in_reporting(day, from, currency, rates));
    let days: Vec<OperatingDay> = converted.collect();
    for day in days.iter().filter(|day| day.lacks_rate.is_some()) {
        if !foreign.contains(&day.cost_id) {
            foreign.push(day.cost_id.clone());
        }
    }
    days
}

/// A day's cost at the day's rate, in the smallest coin.
fn in_reporting(mut day: OperatingDay, from: Currency, to: Currency, rates: &RateBook) -> OperatingDay {
    if from == to {
        return day;
    }
    let rate = rates.rate(from, to, day.day).ok();
    match rate.and_then(|rate| day.amount.checked_mul(rate.value)) {
        Some(amount) => day.amount = to.round(amount),
        None => (day.amount, day.lacks_rate) = (Decimal::ZERO, Some(from)),
    }
    day
}

fn spread_rule(rule: &CostRuleFact, first: Date, last: Date, all: &mut Vec<(OperatingDay, Currency)>) {
    let amount = rule.terms.amount.unwrap_or_default();
    let mut at = first;
    while at <= last {
        let (begin, end) = match rule.terms.every.as_deref() {
            Some("day") => (at, at),
            Some("week") => week(at),
            Some("month") => (at.first_of_month(), at.last_of_month()),
            Some("year") => (at.first_of_year(), at.last_of_year()),
            _ => (first, last),
        };
        let within = spread(amount, begin, end, rule.currency).into_iter();
        for (day, amount) in within.filter(|(day, _)| (first..=last).contains(day)) {
            all.push((of_day(day, amount, &rule.rule_id, &rule.terms), rule.currency));
        }
        let Ok(next) = end.tomorrow() else { return };
        at = next;
    }
}

fn of_day(day: Date, amount: Decimal, cost_id: &str, terms: &RuleTerms) -> OperatingDay {
    OperatingDay {
        day,
        cost_id: cost_id.to_owned(),
        category: terms.category.clone().unwrap_or_else(|| "other".to_owned()),
        name: terms.name.clone(),
        channel: terms.channel.clone(),
        campaign_id: terms.campaign_id.clone(),
        marketing: terms.marketing,
        amount,
        lacks_rate: None,
    }
}

/// Monday to Sunday around a day.
fn week(day: Date) -> (Date, Date) {
    let since = i32::from(day.weekday().since(Weekday::Monday));
    let monday = day.saturating_sub(since.days());
    (monday, monday.saturating_add(6.days()))
}

/// An amount in equal parts of whole coins; what is left over after each day goes to the next, and a rest below the
/// smallest coin to the last.
fn spread(amount: Decimal, first: Date, last: Date, currency: Currency) -> Vec<(Date, Decimal)> {
    let count = i64::from((last - first).get_days()) + 1;
    let mut spread = Vec::new();
    let mut given = Decimal::ZERO;
    for at in 1..=count {
        let so_far = match at == count {
            true => amount,
            false => currency.round(amount * Decimal::from(at) / Decimal::from(count)),
        };
        if so_far != given {
            spread.push((first.saturating_add((at - 1).days()), so_far - given));
        }
        given = so_far;
    }
    spread
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn rent(every: Option<&str>, amount: i64, from: Option<Date>, to: Option<Date>) -> CostRules {
        let terms = RuleTerms {
            amount: Some(Decimal::new(amount, 2)),
            every: every.map(str::to_owned),
            category: Some("rent".into()),
            ..RuleTerms::default()
        };
        CostRules::new([CostRuleFact {
            rule_id: "r".into(),
            kind: CostRuleKind::Operating,
            currency: "GBP".parse().unwrap(),
            valid_from: from,
            valid_to: to,
            recorded_at: jiff::Timestamp::UNIX_EPOCH,
            source: "api".into(),
            replaces: None,
            withdrawn: false,
            terms,
        }])
    }

    fn days(rules: &CostRules, first: Date, last: Date) -> Vec<(Date, Decimal)> {
        let reporting = ("GBP".parse().unwrap(), &RateBook::default());
        let found = operating_days(rules, &[], reporting, Some((first, last)), &mut Vec::new());
        found.into_iter().map(|day| (day.day, day.amount)).collect()
    }

    fn sum(days: &[(Date, Decimal)], month: i8) -> Decimal {
        days.iter().filter(|(day, _)| day.month() == month).map(|(_, amount)| *amount).sum()
    }

    #[test]
    fn a_month_adds_up_to_its_amount() {
        let rules = rent(Some("month"), 100_000, Some(date(2026, 1, 1)), None);
        let found = days(&rules, date(2026, 1, 5), date(2026, 3, 31));
        assert_eq!(found.len(), 31 + 28 + 31);
        for month in 1..=3 {
            assert_eq!(sum(&found, month).to_string(), "1000.00");
        }
        // 1000 / 31 = 32.258…: every day has one of the two neighbouring coins
        for (_, amount) in found.iter().filter(|(day, _)| day.month() == 1) {
            assert!(["32.25", "32.26"].contains(&amount.to_string().as_str()), "{amount}");
        }
    }

    #[test]
    fn a_month_that_begins_late_costs_its_days_only() {
        let rules = rent(Some("month"), 3_000, Some(date(2026, 4, 16)), Some(date(2026, 5, 10)));
        let found = days(&rules, date(2026, 1, 1), date(2026, 12, 31));
        assert_eq!(found.first(), Some(&(date(2026, 4, 16), Decimal::new(100, 2))));
        assert_eq!((found.len(), sum(&found, 4).to_string()), (25, "15.00".to_owned()));
    }

    #[test]
    fn weeks_years_and_single_payments() {
        let rules = rent(Some("week"), 100, Some(date(2026, 1, 1)), Some(date(2026, 1, 11)));
        let found = days(&rules, date(2026, 1, 1), date(2026, 1, 2));
        let whole: Decimal = found.iter().filter(|(day, _)| day.day() >= 5).map(|(_, amount)| *amount).sum();
        assert_eq!(whole.to_string(), "1.00", "the week of Monday the 5th");
        let year = days(&rent(Some("year"), 36_501, None, None), date(2025, 1, 1), date(2025, 12, 31));
        assert_eq!(year.iter().map(|(_, amount)| *amount).sum::<Decimal>().to_string(), "365.01");
        let once = rent(None, 5_000, Some(date(2026, 2, 3)), None);
        assert_eq!(
            days(&once, date(2026, 1, 1), date(2026, 12, 31)),
            [(date(2026, 2, 3), Decimal::new(5_000, 2))]
        );
        let spread = rent(None, 100, Some(date(2026, 2, 1)), Some(date(2026, 2, 3)));
        let amounts: Vec<_> =
            days(&spread, date(2026, 1, 1), date(2026, 1, 1)).iter().map(|(_, a)| a.to_string()).collect();
        assert_eq!(amounts, ["0.33", "0.34", "0.33"]);
    }

    #[test]
    fn a_rest_below_the_coin_is_not_lost() {
        let rules = rent(None, 0, Some(date(2026, 2, 1)), Some(date(2026, 2, 3)));
        assert!(days(&rules, date(2026, 1, 1), date(2026, 1, 1)).is_empty());
        let cost = OperatingCost {
            id: "m".into(),
            category: "tools".into(),
            name: None,
            amount: "10.005".parse().unwrap(),
            currency: "GBP".parse().unwrap(),
            since: date(2026, 2, 1),
            until: date(2026, 2, 4),
            marketing: false,
        };
        let reporting = ("GBP".parse().unwrap(), &RateBook::default());
        let found = operating_days(&CostRules::default(), &[cost], reporting, None, &mut Vec::new());
        assert_eq!(found.iter().map(|day| day.amount).sum::<Decimal>().to_string(), "10.005");
    }
}
