//! Campaigns and flows: what is sent, when, to how many, and how fast it is read.
use super::ids;
use super::people::{Consent, Person};
use crate::draw::Draw;
use crate::world::money::Cents;
use crate::world::shop::Seconds;
use crate::world::{World, days};
use jiff::civil::{Date, Weekday};

const HOUR: Seconds = 3_600;
const DAY: Seconds = 86_400;

/// The pence that one text message costs.
const SMS_COST: Cents = 4;

/// How a campaign reaches people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// By mail.
    Email,
    /// By text message.
    Sms,
}

impl Channel {
    /// The platform's word.
    pub fn word(self) -> &'static str {
        match self {
            Channel::Email => "email",
            Channel::Sms => "sms",
        }
    }
}

/// A campaign.
#[derive(Clone, Debug)]
pub struct Campaign {
    /// The platform's id.
    pub id: String,
    /// Its only message's id.
    pub message_id: String,
    /// How it reaches people.
    pub channel: Channel,
    /// Name shown to people.
    pub name: String,
    /// Subject of the mail or text of the message.
    pub subject: &'static str,
    /// The platform's word for its state.
    pub status: &'static str,
    /// Whether it was put away.
    pub archived: bool,
    /// When it was written.
    pub created: Seconds,
    /// When it was scheduled, once it was.
    pub scheduled: Option<Seconds>,
    /// When it is or was to be sent.
    pub send_time: Seconds,
    /// When anything about it last changed.
    pub updated: Seconds,
}

impl Campaign {
    /// When it was sent; none when it was not.
    pub fn sent(&self) -> Option<Seconds> {
        (self.status == "Sent").then_some(self.send_time)
    }
}

const SUBJECTS: [&str; 6] = [
    "New this week",
    "The letter: what we wear when it rains",
    "Back in stock: your favourites",
    "Three ways to wear wool",
    "Made to last, and mended for free",
    "A quiet word about the sale",
];

/// All campaigns known at `now`: a letter each Tuesday, a text message each month.
pub fn campaigns(world: &World, seed: u64, opened_at: Seconds, now: Seconds) -> Vec<Campaign> {
    let zone = &world.brand.time_zone;
    let mut found = Vec::new();
    let mut day = days::plus(days::day_of(opened_at, zone), 7);
    // what goes out within the next days is already written
    let last = days::plus(days::day_of(now, zone), 4);
    while day <= last {
        if day.weekday() == Weekday::Tuesday {
            found.push(campaign(seed, Channel::Email, day, days::at(day, 9, 0, 0, zone), now));
        }
        if day.day() == 15 {
            found.push(campaign(seed, Channel::Sms, day, days::at(day, 11, 0, 0, zone), now));
        }
        day = days::plus(day, 1);
    }
    found.retain(|campaign| campaign.created <= now);
    found
}

fn campaign(seed: u64, channel: Channel, day: Date, send_time: Seconds, now: Seconds) -> Campaign {
    let number = day_number(day);
    let purpose = if channel == Channel::Email { 621 } else { 622 };
    let mut draw = Draw::new(&[seed, purpose, number]);
    let created = send_time - 2 * DAY - draw.between(HOUR, 20 * HOUR);
    let scheduled = send_time - DAY + draw.between(0, 5 * HOUR);
    let archive = send_time + 400 * DAY;
    let cancelled = channel == Channel::Sms && day.month() % 6 == 5;
    let (status, changed) = match now {
        now if now < scheduled => ("Draft", created),
        now if now < send_time && !cancelled => ("Scheduled", scheduled),
        _ if cancelled => ("Cancelled", scheduled),
        _ => ("Sent", send_time),
    };
    let name = match channel {
        Channel::Email => format!("Weekly letter {day}"),
        Channel::Sms => format!("Text of the month {day}"),
    };
    Campaign {
        id: ids::long(&[seed, purpose, number, 1]),
        message_id: ids::long(&[seed, purpose, number, 2]),
        channel,
        name,
        subject: SUBJECTS[draw.between(0, 5) as usize],
        status,
        archived: now >= archive,
        created,
        scheduled: (now >= scheduled).then_some(scheduled),
        send_time,
        updated: if now >= archive { archive } else { changed },
    }
}

/// A flow.
#[derive(Clone, Debug)]
pub struct Flow {
    /// The platform's id.
    pub id: String,
    /// Its only message's id.
    pub message_id: String,
    /// Name shown to people.
    pub name: &'static str,
    /// `draft`, `manual` or `live`.
    pub status: &'static str,
    /// Whether it was put away.
    pub archived: bool,
    /// What starts it.
    pub trigger: &'static str,
    /// When it was made.
    pub created: Seconds,
    /// When it last changed.
    pub updated: Seconds,
}

/// Index of the flow for somebody's first order.
pub const WELCOME: usize = 0;
/// Index of the flow for a basket left standing.
pub const BASKET: usize = 1;
/// Index of the flow for goods looked at.
pub const BROWSE: usize = 2;

const FLOWS: [(&str, &str, bool, &str, i64); 7] = [
    ("Welcome series", "live", false, "Added to List", 2),
    ("Abandoned cart", "live", false, "Metric", 3),
    ("Browse abandonment", "live", false, "Metric", 5),
    ("Thank you", "live", false, "Metric", 8),
    ("Win back", "manual", false, "Metric", 12),
    ("Birthday", "draft", false, "Date Based", 15),
    ("Old welcome", "live", true, "Added to List", 1),
];

/// All flows known at `now`.
pub fn flows(seed: u64, opened_at: Seconds, now: Seconds) -> Vec<Flow> {
    let made = FLOWS.iter().enumerate().map(|(index, (name, status, archived, trigger, after))| Flow {
        id: ids::short(&[seed, 631, index as u64]),
        message_id: ids::short(&[seed, 632, index as u64]),
        name,
        status,
        archived: *archived,
        trigger,
        created: opened_at + after * DAY,
        updated: opened_at + after * DAY + 5 * HOUR,
    });
    made.filter(|flow| flow.updated <= now).collect()
}

/// What a sending reached and brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// People it was sent to.
    pub recipients: i64,
    /// Messages that arrived.
    pub delivered: i64,
    /// Times it was opened.
    pub opens: i64,
    /// People who opened it.
    pub opens_unique: i64,
    /// Clicks.
    pub clicks: i64,
    /// People who clicked.
    pub clicks_unique: i64,
    /// People who took back their consent.
    pub unsubscribes: i64,
    /// People who called it spam.
    pub spam: i64,
    /// Orders it led to.
    pub conversions: i64,
    /// People who placed them.
    pub converted: i64,
    /// What they were worth.
    pub value: Cents,
    /// What sending text messages cost.
    pub spend: Cents,
}

impl Figures {
    /// Adds another sending.
    pub fn add(&mut self, other: &Figures) {
        self.recipients += other.recipients;
        self.delivered += other.delivered;
        self.opens += other.opens;
        self.opens_unique += other.opens_unique;
        self.clicks += other.clicks;
        self.clicks_unique += other.clicks_unique;
        self.unsubscribes += other.unsubscribes;
        self.spam += other.spam;
        self.conversions += other.conversions;
        self.converted += other.converted;
        self.value += other.value;
        self.spend += other.spend;
    }
}

/// How many thousandths of the opens and clicks are known so many days after the sending.
fn known(age_days: i64) -> i64 {
    [600, 850, 930, 970, 990].get(usize::try_from(age_days).unwrap_or(0)).copied().unwrap_or(1_000)
}

/// What a campaign reached as known on the day `now`, without the orders; nothing when it was not sent.
pub fn reach_of_campaign(campaign: &Campaign, people: &[Person], seed: u64, now: Seconds) -> Figures {
    let Some(sent) = campaign.sent() else { return Figures::default() };
    let agreed = people.iter().filter(|person| {
        let consent =
            if campaign.channel == Channel::Email { person.email_consent } else { person.sms_consent };
        matches!(consent, Consent::Given(at) if at <= sent)
    });
    let number = campaign.send_time.unsigned_abs();
    let mut draw = Draw::new(&[seed, 641, number, campaign.channel as u64]);
    let recipients = agreed.count() as i64 * draw.between(960, 995) / 1_000;
    reach(recipients, campaign.channel, &mut draw, (now - sent) / DAY)
}

/// What a flow sent on a local day reached as known on `today`, without the orders.
pub fn reach_of_flow(index: usize, flow: &Flow, day: Date, today: Date, seed: u64) -> Figures {
    if flow.status != "live" || flow.archived || day > today {
        return Figures::default();
    }
    let mut draw = Draw::new(&[seed, 642, index as u64, day_number(day)]);
    let whole = draw.between(25, 60);
    let age = i64::from((today - day).get_days());
    // the day itself is about half over
    let recipients = if age == 0 { whole / 2 } else { whole };
    reach(recipients, Channel::Email, &mut draw, age)
}

fn reach(recipients: i64, channel: Channel, draw: &mut Draw, age_days: i64) -> Figures {
    let part = known(age_days);
    let delivered = recipients - recipients * draw.between(5, 20) / 1_000;
    let opens_unique = delivered * draw.between(300, 450) / 1_000 * part / 1_000;
    let clicks_unique = delivered * draw.between(20, 50) / 1_000 * part / 1_000;
    let figures = Figures {
        recipients,
        delivered,
        opens: opens_unique * draw.between(12, 16) / 10,
        opens_unique,
        clicks: clicks_unique * draw.between(11, 14) / 10,
        clicks_unique,
        unsubscribes: delivered * draw.between(1, 3) / 1_000,
        spam: delivered / 5_000,
        ..Figures::default()
    };
    match channel {
        Channel::Email => figures,
        // text messages do not tell when they are opened
        Channel::Sms => Figures { opens: 0, opens_unique: 0, spend: recipients * SMS_COST, ..figures },
    }
}

fn day_number(day: Date) -> u64 {
    u64::try_from(day.year()).unwrap_or(0) * 400 + u64::try_from(day.day_of_year()).unwrap_or(0)
}
