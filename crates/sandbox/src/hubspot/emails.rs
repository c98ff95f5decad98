//! Marketing emails to wholesale customers: one a month, with what they reached so far.
use super::call::Call;
use super::crm::{Answer, is_empty, page};
use super::error::ApiError;
use super::objects::Object;
use super::properties::{Reader, time};
use crate::draw::Draw;
use crate::world::days;
use crate::world::money::scale;
use crate::world::shop::Seconds;
use axum::http::{Method, StatusCode};
use jiff::Timestamp;
use jiff::civil::Weekday;
use rust_decimal::Decimal;
use serde_json::{Map, Value, json};

const HOUR: Seconds = 3_600;
const DAY: Seconds = 86_400;
const FIRST: u64 = 60_000_000_000;

/// A marketing email.
struct Email {
    id: u64,
    name: String,
    state: &'static str,
    created: Seconds,
    updated: Seconds,
    send_time: Seconds,
}

/// What an email reached.
#[derive(Clone, Copy, Debug, Default)]
struct Counters {
    sent: i64,
    delivered: i64,
    bounce: i64,
    open: i64,
    click: i64,
    unsubscribed: i64,
}

/// All emails written up to now: to be sent at ten on the first Wednesday of a month.
fn all(reader: &Reader<'_>) -> Vec<Email> {
    let zone = &reader.app.world.brand.time_zone;
    let now = reader.index.now;
    let mut found = Vec::new();
    if is_empty(reader.index) || reader.index.companies.is_empty() {
        return found;
    }
    let mut day = days::plus(days::day_of(reader.shop.opened_at, zone), 20);
    let last = days::plus(days::day_of(now, zone), 6);
    while day <= last {
        if day.weekday() == Weekday::Wednesday && day.day() <= 7 {
            let send_time = days::at(day, 10, 0, 0, zone);
            let (created, scheduled) = (send_time - 5 * DAY, send_time - DAY);
            let number =
                u64::try_from(day.year()).unwrap_or(0) * 100 + u64::try_from(day.month()).unwrap_or(0);
            let (state, updated) = match now {
                now if now < scheduled => ("DRAFT", created),
                now if now < send_time => ("SCHEDULED", scheduled),
                _ => ("PUBLISHED", send_time),
            };
            let name = format!("Trade letter {}", day.strftime("%B %Y"));
            found.push(Email { id: FIRST + number, name, state, created, updated, send_time });
        }
        day = days::plus(day, 1);
    }
    found.retain(|email| email.created <= now);
    found
}

fn reached(reader: &Reader<'_>, email: &Email) -> Counters {
    let age = reader.index.now - email.send_time;
    if email.state != "PUBLISHED" || age < 0 {
        return Counters::default();
    }
    let known = |company: &&Object| company.created <= email.send_time;
    let sent = reader.index.companies.iter().filter(known).count() as i64;
    let mut draw = Draw::new(&[reader.app.options.seed, 751, email.id]);
    let bounce = sent * draw.between(5, 25) / 1_000;
    let delivered = sent - bounce;
    // most is read within hours, the rest within four days
    let part = match age {
        ..=DAY => 550 + 300 * age / DAY,
        age => (850 + 50 * (age / DAY)).min(1_000),
    };
    Counters {
        sent,
        delivered,
        bounce,
        open: delivered * draw.between(350, 550) / 1_000 * part / 1_000,
        click: delivered * draw.between(30, 90) / 1_000 * part / 1_000,
        unsubscribed: delivered * draw.between(0, 4) / 1_000,
    }
}

impl Counters {
    fn add(&mut self, other: &Counters) {
        self.sent += other.sent;
        self.delivered += other.delivered;
        self.bounce += other.bounce;
        self.open += other.open;
        self.click += other.click;
        self.unsubscribed += other.unsubscribed;
    }

    fn shown(&self) -> Value {
        json!({
            "counters": {
                "sent": self.sent, "delivered": self.delivered, "open": self.open, "click": self.click,
                "bounce": self.bounce, "hardbounced": self.bounce, "softbounced": 0, "unsubscribed": self.unsubscribed,
                "spamreport": 0, "contactslost": self.unsubscribed + self.bounce, "dropped": 0, "notsent": 0,
                "pending": 0, "selected": self.sent, "suppressed": 0,
            },
            "ratios": {
                "openratio": percent(self.open, self.delivered), "clickratio": percent(self.click, self.delivered),
                "clickthroughratio": percent(self.click, self.open),
                "deliveredratio": percent(self.delivered, self.sent), "bounceratio": percent(self.bounce, self.sent),
                "unsubscribedratio": percent(self.unsubscribed, self.delivered),
            },
            "deviceBreakdown": {
                "open_device_type": {"computer": self.open * 7 / 10, "mobile": self.open - self.open * 7 / 10, "unknown": 0},
                "click_device_type": {"computer": self.click, "mobile": 0, "unknown": 0},
            },
            "qualifierStats": {},
        })
    }
}

/// A share in percent with three decimals.
fn percent(part: i64, whole: i64) -> Value {
    let share = if whole == 0 { 0 } else { scale(part, 100_000, whole) };
    serde_json::from_str(&Decimal::new(share, 3).normalize().to_string()).unwrap_or(Value::Null)
}

fn show(reader: &Reader<'_>, email: &Email, with_stats: bool) -> Value {
    let published = (email.state == "PUBLISHED").then(|| time(email.send_time));
    let mut shown = json!({
        "id": email.id.to_string(),
        "name": email.name,
        "subject": format!("{}: what is new for your shelves", email.name),
        "state": email.state,
        "type": "BATCH_EMAIL",
        "subcategory": "batch",
        "language": "en",
        "isAb": false,
        "isPublished": published.is_some(),
        "isTransactional": false,
        "archived": false,
        "from": {"fromName": reader.app.world.brand.name, "replyTo": "trade@example.com"},
        "createdAt": time(email.created),
        "updatedAt": time(email.updated),
        "publishDate": time(email.send_time),
        "publishedAt": published,
        "createdById": "9001",
        "updatedById": "9001",
    });
    if with_stats {
        shown["stats"] = reached(reader, email).shown();
    }
    shown
}

/// Answers below `/marketing/emails`.
pub fn answer(call: &Call, reader: &Reader<'_>, base: &str, rest: &[&str]) -> Answer {
    if call.method != Method::GET {
        return Err(ApiError::method(call.method.as_str()));
    }
    let emails = all(reader);
    let body = match rest {
        [] => list(call, reader, base, emails)?,
        ["statistics", "list"] => {
            let (from, to) = span(call)?;
            let sent: Vec<&Email> = within(&emails, from, to).collect();
            let mut sum = Counters::default();
            sent.iter().for_each(|email| sum.add(&reached(reader, email)));
            json!({"aggregate": sum.shown(), "emails": sent.iter().map(|email| email.id).collect::<Vec<_>>(),
                "campaignAggregations": {}})
        }
        ["statistics", "histogram"] => histogram(call, reader, &emails)?,
        [id] => {
            let found = emails.iter().find(|email| email.id.to_string() == **id);
            let email =
                found.ok_or_else(|| ApiError::not_found(format!("No email was found with id {id}")))?;
            show(reader, email, call.flag("includeStats"))
        }
        _ => return Err(ApiError::no_path(&call.whole_path)),
    };
    Ok((StatusCode::OK, body))
}

fn list(call: &Call, reader: &Reader<'_>, base: &str, mut emails: Vec<Email>) -> Result<Value, ApiError> {
    let bound = |name: &str| call.param(name).map(|text| moment(name, text)).transpose();
    let (after, before) = (bound("updatedAfter")?, bound("updatedBefore")?);
    let (created_after, created_before) = (bound("createdAfter")?, bound("createdBefore")?);
    emails.retain(|email| {
        after.is_none_or(|at| email.updated > at)
            && before.is_none_or(|at| email.updated < at)
            && created_after.is_none_or(|at| email.created > at)
            && created_before.is_none_or(|at| email.created < at)
            && call.param("isPublished").is_none_or(|wanted| (email.state == "PUBLISHED").to_string() == wanted)
            // none was put away
            && !call.flag("archived")
    });
    if call.list("sort").first().is_some_and(|sort| sort.starts_with('-')) {
        emails.reverse();
    }
    let (total, limit) = (emails.len(), reader.app.largest_page(call.limit(10, 100)?));
    let from: usize = match call.param("after") {
        Some(text) => text.parse().map_err(|_| ApiError::invalid(format!("Invalid after: {text}")))?,
        None => 0,
    };
    let stats = call.flag("includeStats");
    let shown = emails.iter().skip(from).take(limit).map(|email| show(reader, email, stats)).collect();
    let after = (from + limit < total).then(|| (from + limit).to_string());
    let mut answer = page(call, base, shown, after);
    answer["total"] = json!(total);
    Ok(answer)
}

fn moment(name: &str, text: &str) -> Result<Seconds, ApiError> {
    let wrong = |_| ApiError::invalid(format!("{name} must be an ISO-8601 date and time, not {text}."));
    text.replace(' ', "+").parse::<Timestamp>().map(Timestamp::as_second).map_err(wrong)
}

fn span(call: &Call) -> Result<(Seconds, Seconds), ApiError> {
    let read = |name: &str| {
        let text = call.param(name).ok_or_else(|| ApiError::invalid(format!("{name} is required.")))?;
        moment(name, text)
    };
    Ok((read("startTimestamp")?, read("endTimestamp")?))
}

fn within(emails: &[Email], from: Seconds, to: Seconds) -> impl Iterator<Item = &Email> {
    emails.iter().filter(move |email| email.state == "PUBLISHED" && (from..to).contains(&email.send_time))
}

/// Sums by local day or month of sending; a part without a sending is left out.
fn histogram(call: &Call, reader: &Reader<'_>, emails: &[Email]) -> Result<Value, ApiError> {
    let (from, to) = span(call)?;
    let zone = &reader.app.world.brand.time_zone;
    let wanted = call.list("emailIds");
    let mut results: Vec<Value> = Vec::new();
    for email in within(emails, from, to) {
        if !wanted.is_empty() && !wanted.contains(&email.id.to_string().as_str()) {
            continue;
        }
        let day = days::day_of(email.send_time, zone);
        let (first, after) = match call.param("interval").unwrap_or("MONTH") {
            "DAY" => (day, days::plus(day, 1)),
            "MONTH" => (day.first_of_month(), days::plus(day.last_of_month(), 1)),
            other => return Err(ApiError::invalid(format!("The interval {other} cannot be used here."))),
        };
        let (start, end) = (days::start_of(first, zone), days::start_of(after, zone));
        let interval: Map<String, Value> =
            [("start".to_owned(), json!(time(start))), ("end".to_owned(), json!(time(end - HOUR / 3_600)))]
                .into_iter()
                .collect();
        results.push(json!({ "interval": interval, "aggregations": reached(reader, email).shown() }));
    }
    Ok(json!({ "total": results.len(), "results": results }))
}
