//! Steps and lines of a definition, ratios of them, and numbers of orders: by steps, lines, months, days, channels and
//! orders. Each level is summed from the same rows as the statements.

use netgain_domain::Decimal;
use netgain_domain::facts::{Basis, Line, LineWeight, Weighing};
use netgain_domain::jiff::civil::Date;
use netgain_profit::profile::{FormulaPart, FormulaTerm, Reading, StepSign, estimated, label, line_weighing};
use netgain_profit::question::{Family, Question, Ratio};
use netgain_profit::roas;
use netgain_warehouse::{OrderKey, PartFilter, PartsBy};

use super::{
    Ask, Explained, Moving, Part, Parts, Role, Term, Trust, Unit, Way, Within, clocks, costs, order, unknown,
    way,
};
use crate::api::orders::order_key;
use crate::api::statement::{basis, lines_notices, reading};
use crate::problem::{Code, Problem};

/// Days from which a figure is told by month first.
const MANY_DAYS: i32 = 62;

/// What is summed.
#[derive(Debug, Clone, Copy)]
enum What {
    Step(&'static str),
    Line(Line),
    /// Operating costs with the marketing that is no advertising: all that a day costs beside its ads.
    DayCosts,
    Orders,
    Ratio(Ratio),
}

/// The lines of [`What::DayCosts`].
const DAY_COSTS: [Line; 3] = [Line::OperatingCosts, Line::AffiliateCosts, Line::MessagingCosts];

/// A figure of the ladder with all that it depends on.
pub(super) struct Figure<'a> {
    pub(super) ask: &'a Ask<'a>,
    pub(super) question: Question,
    pub(super) reading: Reading,
    pub(super) filter: PartFilter,
    pub(super) order: Option<(OrderKey, String)>,
    /// Whether days were asked for, or chosen where none were.
    dated: bool,
    what: What,
}

pub(super) fn explain(ask: &Ask<'_>) -> Result<Explained, Problem> {
    let figure = Figure::new(ask)?;
    match figure.what {
        What::Ratio(ratio) => figure.ratio(ratio),
        _ => figure.sum(),
    }
}

impl<'a> Figure<'a> {
    fn new(ask: &'a Ask<'a>) -> Result<Self, Problem> {
        let question = &ask.question;
        let asked = basis("figure", question.get("basis"))?;
        let reading = reading(ask.place, "figure", question.get("profile"), asked)?;
        let what = what(question, &reading)?;
        let order = question.get("order").map(|token| known_order(ask, token)).transpose()?;
        let (from, to) = question.days().map_err(|error| mistake(&error))?;
        let dated = order.is_none() || from.is_some() || to.is_some();
        let mut canonical = question.clone();
        // an order's days are its own; those of a period end with what is known
        let all = (Date::new(1, 1, 1).unwrap_or(Date::MIN), Date::MAX);
        let (from, to) = if order.is_some() {
            (from.unwrap_or(all.0), to.unwrap_or(all.1))
        } else {
            let text = |day: Option<Date>| day.map(|day| day.to_string());
            ask.place.range(text(from).as_deref(), text(to).as_deref())?
        };
        if dated {
            canonical = canonical.between(from, to);
        }
        let filter = PartFilter {
            from,
            to,
            channel: question.get("channel").map(str::to_owned),
            order: order.as_ref().map(|order| order.0.clone()),
            orders: reading.selection(),
        };
        Ok(Self { ask, question: canonical, reading, filter, order, dated, what })
    }

    fn weighing(&self, what: What) -> Weighing {
        match what {
            What::Step(key) => self.reading.weighing(key).unwrap_or(Weighing::Lines(Vec::new())),
            What::Line(line) => line_weighing(line, self.reading.basis()),
            What::DayCosts => Weighing::Lines(
                DAY_COSTS.map(|line| LineWeight { line, basis: Basis::All, weight: 1 }).to_vec(),
            ),
            What::Orders | What::Ratio(_) => Weighing::Orders,
        }
    }

    /// What the figure is made of; none where it is no sum of other figures.
    fn made_of(&self) -> Vec<FormulaTerm> {
        match self.what {
            What::Step(key) => self.reading.formula(key).unwrap_or_default(),
            What::DayCosts => {
                let term = |line| FormulaTerm {
                    what: FormulaPart::Line(line, self.reading.basis()),
                    label: label(line),
                    weight: 1,
                };
                DAY_COSTS.map(term).to_vec()
            }
            What::Line(_) | What::Orders | What::Ratio(_) => Vec::new(),
        }
    }

    fn unit(&self, what: What) -> Unit {
        match what {
            What::Step(_) | What::Line(_) | What::DayCosts => Unit::Money(self.ask.place.workspace.currency),
            What::Orders => Unit::Count,
            What::Ratio(_) => Unit::Ratio,
        }
    }

    /// Whole sums of several figures.
    fn totals(&self, figures: &[Weighing]) -> Result<Vec<Decimal>, Problem> {
        let rows = self.ask.place.warehouse.weigh(figures, &self.filter, PartsBy::Total)?;
        Ok(rows.into_iter().next().map_or_else(|| vec![Decimal::ZERO; figures.len()], |row| row.amounts))
    }

    /// A number of orders or a sum of lines.
    fn sum(&self) -> Result<Explained, Problem> {
        let weighing = self.weighing(self.what);
        let unit = self.unit(self.what);
        let (value, trust) = self.trusted(&weighing)?;
        let ways = self.ways();
        let by = way(self.ask, &ways)?;
        let parts = match by {
            Some(Way::Steps | Way::Lines) => self.by_formula()?,
            Some(Way::Months) => self.by_key(&weighing, PartsBy::Month)?,
            Some(Way::Days) => self.by_key(&weighing, PartsBy::Day)?,
            Some(Way::Channels) => self.by_key(&weighing, PartsBy::Channel)?,
            Some(Way::Orders) => self.by_orders(&weighing)?,
            Some(Way::Postings) => order::postings(self, &weighing, unit)?,
            _ => Parts::default(),
        };
        Ok(self.explained(value, trust, (by, ways), parts, self.formula()))
    }

    fn explained(
        &self,
        value: Option<Decimal>,
        trust: Trust,
        (by, ways): (Option<Way>, Vec<Way>),
        parts: Parts,
        (label, formula, terms): (String, String, Vec<Term>),
    ) -> Explained {
        Explained {
            question: self.question.clone(),
            label,
            unit: self.unit(self.what),
            value,
            formula,
            terms,
            reading: Some(self.reading),
            days: self.dated.then_some((self.filter.from, self.filter.to)),
            order: self.order.clone(),
            by,
            ways,
            parts,
            trust,
            notices: lines_notices(self.ask.place).unwrap_or_default(),
            choices: Default::default(),
        }
    }

    /// A sum with how far it can be trusted.
    fn trusted(&self, weighing: &Weighing) -> Result<(Option<Decimal>, Trust), Problem> {
        let basis = self.reading.basis();
        let mut asked = vec![
            weighing.clone(),
            line_weighing(Line::CoveredNetSales, basis),
            line_weighing(Line::ProductNetSales, basis),
        ];
        if let Some((part, most)) = estimated(weighing) {
            asked.extend([part, most]);
        }
        let sums = self.totals(&asked)?;
        let mut sums = sums.into_iter();
        let mut next = || sums.next().unwrap_or_default();
        let (value, covered, goods) = (next(), next(), next());
        let (part, most) = if asked.len() > 3 { (Some(next()), Some(next())) } else { (None, None) };
        let band = part.zip(most).map(|(part, most)| {
            let (none, all) = (value - part, value - part + most);
            (none.min(all), none.max(all))
        });
        let coverage = Some(goods).filter(|goods| *goods > Decimal::ZERO);
        let trust = Trust {
            cost_coverage: coverage
                .and_then(|goods| roas(covered, goods))
                .map(|part| part.clamp(Decimal::ZERO, Decimal::ONE)),
            estimated: part,
            band,
            clocks: self.clocks(weighing)?,
        };
        Ok((Some(value), trust))
    }

    fn clocks(&self, weighing: &Weighing) -> Result<Vec<super::SourceClock>, Problem> {
        let filter = &self.filter;
        let within = Within {
            days: (filter.from, filter.to),
            channel: filter.channel.as_deref(),
            orders: filter.order.as_ref().map(std::slice::from_ref),
        };
        clocks(self.ask.shared, self.ask.place, within, Moving::of(weighing))
    }

    /// How the figure can be broken down, as suits it best first.
    fn ways(&self) -> Vec<Way> {
        let mut ways = Vec::new();
        let terms = self.made_of();
        match terms.first().map(|term| term.what) {
            Some(FormulaPart::Step(_)) => ways.push(Way::Steps),
            Some(FormulaPart::Line(..)) if terms.len() > 1 => ways.push(Way::Lines),
            _ => {}
        }
        if self.order.is_some() {
            ways.extend([Way::Postings, Way::Days]);
            return ways;
        }
        let days = (self.filter.to - self.filter.from).get_days();
        if days >= MANY_DAYS {
            ways.push(Way::Months);
        }
        if days > 0 {
            ways.push(Way::Days);
        }
        ways.push(Way::Orders);
        if self.filter.channel.is_none() {
            ways.push(Way::Channels);
        }
        ways
    }

    fn formula(&self) -> (String, String, Vec<Term>) {
        match self.what {
            What::Step(key) => {
                let step = self.reading.profile.step(key);
                let label = step.map_or(key, |step| step.label.as_str()).to_owned();
                let terms = self.terms();
                let words = terms.iter().enumerate().map(|(at, term)| match (at, term.sign) {
                    (0, "+") => term.label.clone(),
                    (_, sign) => format!("{sign} {}", term.label),
                });
                let words = words.collect::<Vec<_>>().join(" ");
                let aside = step.is_some_and(|step| step.sign == StepSign::Sum);
                let words = if aside { format!("{words} (told aside)") } else { words };
                (label, words, terms)
            }
            What::DayCosts => (
                "Costs of days".to_owned(),
                "operating costs + affiliates and other marketing + messaging".to_owned(),
                self.terms(),
            ),
            What::Line(line) => {
                (label(line).to_owned(), "sum of what orders and days post to this line".to_owned(), vec![])
            }
            What::Orders => (
                "Orders".to_owned(),
                "orders placed on these days that the definition counts".to_owned(),
                vec![],
            ),
            What::Ratio(ratio) => (ratio.label.to_owned(), ratio.formula.to_owned(), vec![]),
        }
    }

    fn terms(&self) -> Vec<Term> {
        let term = |term: &FormulaTerm| Term {
            sign: if term.weight < 0 { "-" } else { "+" },
            label: term.label.to_owned(),
            figure: self.child(term.what),
        };
        self.made_of().iter().map(term).collect()
    }

    fn child(&self, part: FormulaPart) -> Question {
        match part {
            FormulaPart::Step(key) => self.question.about(Family::Ladder, key),
            // a line may have days of its own in a definition
            FormulaPart::Line(line, basis) => {
                self.question.about(Family::Line, line.name()).with("basis", basis.name())
            }
        }
    }

    fn by_formula(&self) -> Result<Parts, Problem> {
        let terms = self.made_of();
        let weighing = |part: FormulaPart| match part {
            FormulaPart::Step(key) => self.weighing(What::Step(key)),
            FormulaPart::Line(line, basis) => line_weighing(line, basis),
        };
        let figures: Vec<Weighing> = terms.iter().map(|term| weighing(term.what)).collect();
        let sums = self.totals(&figures)?;
        let unit = self.unit(self.what);
        let parts = terms.iter().zip(sums).map(|(term, sum)| {
            Part::new(term.label, sum, unit).weight(term.weight).figure(self.child(term.what))
        });
        Ok(Parts::of(parts.collect(), self.ask))
    }

    fn by_key(&self, weighing: &Weighing, by: PartsBy) -> Result<Parts, Problem> {
        let figures = std::slice::from_ref(weighing);
        let rows = self.ask.place.warehouse.weigh(figures, &self.filter, by)?;
        let unit = self.unit(self.what);
        let parts = rows.into_iter().filter_map(|row| {
            let amount = *row.amounts.first().filter(|amount| !amount.is_zero())?;
            let (label, figure) = match (row.day, &row.channel) {
                (Some(day), _) if by == PartsBy::Month => {
                    let (first, last) = (day.max(self.filter.from), day.last_of_month().min(self.filter.to));
                    (day.strftime("%Y-%m").to_string(), self.question.clone().between(first, last))
                }
                (Some(day), _) => (day.to_string(), self.question.clone().between(day, day)),
                (None, channel) => {
                    let channel = channel.clone().unwrap_or_default();
                    let label = if channel.is_empty() { "No channel".to_owned() } else { channel.clone() };
                    (label, self.question.clone().with("channel", channel))
                }
            };
            let mut part = Part::new(label, amount, unit).figure(figure);
            (part.day, part.channel) = (row.day.filter(|_| by == PartsBy::Day), row.channel);
            Some(part)
        });
        Ok(Parts::of(parts.collect(), self.ask))
    }

    /// Orders, those that give most first, after the costs that belong to no order.
    fn by_orders(&self, weighing: &Weighing) -> Result<Parts, Problem> {
        let unit = self.unit(self.what);
        let costs = costs::of_days(self, weighing, unit)?;
        let before = costs.len() as u64;
        let mut parts = Parts::of(costs, self.ask);
        let room = self.ask.limit.saturating_sub(parts.page.len());
        let skip = self.ask.skip.saturating_sub(before);
        let orders = self.ask.place.warehouse.weigh_orders(weighing, &self.filter, skip, room)?;
        parts.page.extend(orders.rows.into_iter().map(|row| {
            let token = crate::api::orders::order_token(&row.key.connection_id, &row.key.order_id);
            let figure = self.question.clone().with("order", token);
            let mut part = Part::new(row.name.clone(), row.amount, unit).figure(figure);
            part.order = Some((row.key, row.name));
            part
        }));
        (parts.count, parts.whole) = (before + orders.count, parts.whole + orders.amount);
        Ok(parts)
    }

    fn ratio(&self, ratio: Ratio) -> Result<Explained, Problem> {
        let (over, over_figure) = self.side(ratio.over);
        let (under, under_figure) = self.side(ratio.under);
        let (first, second) = (self.weighing(over), self.weighing(under));
        let (over_value, over_trust) = self.trusted(&first)?;
        let (under_value, under_trust) = self.trusted(&second)?;
        let divide = |value: Decimal, by: Decimal| {
            let quotient = roas(value, by).filter(|_| !ratio.is_part || by > Decimal::ZERO);
            quotient.map(|part| if ratio.is_part { part.clamp(Decimal::ZERO, Decimal::ONE) } else { part })
        };
        let value = over_value.zip(under_value).and_then(|(value, by)| divide(value, by));
        let whole = under_value.filter(|_| under_trust.band.is_none());
        let band = over_trust.band.zip(whole).and_then(|((low, high), by)| {
            let (low, high) = (divide(low, by)?, divide(high, by)?);
            Some((low.min(high), low.max(high)))
        });
        let trust = Trust {
            cost_coverage: over_trust.cost_coverage,
            estimated: None,
            band,
            clocks: if over_trust.clocks.is_empty() { under_trust.clocks } else { over_trust.clocks },
        };
        let side = |what: What, figure: Question, value: Option<Decimal>, role: Role| {
            let label = self.side_label(what);
            let mut part = Part::new(label, value.unwrap_or_default(), self.unit(what)).figure(figure);
            part.role = role;
            part
        };
        let page = vec![
            side(over, over_figure, over_value, Role::Over),
            side(under, under_figure, under_value, Role::Under),
        ];
        let parts = Parts { count: 2, whole: Decimal::ZERO, page };
        let ways = vec![Way::Sides];
        let by = way(self.ask, &ways)?;
        Ok(self.explained(value, trust, (by, ways), parts, self.formula()))
    }

    fn side_label(&self, what: What) -> String {
        match what {
            What::Step(key) => {
                self.reading.profile.step(key).map_or(key, |step| step.label.as_str()).to_owned()
            }
            What::Line(line) => label(line).to_owned(),
            What::Orders => "Orders".to_owned(),
            What::DayCosts => "Costs of days".to_owned(),
            What::Ratio(ratio) => ratio.label.to_owned(),
        }
    }

    /// A side of a ratio with its figure.
    fn side(&self, name: &'static str) -> (What, Question) {
        let profile = self.reading.profile;
        let line = name.strip_prefix("line:").and_then(Line::from_name);
        let what = match (line, name) {
            (Some(line), _) => What::Line(line),
            (None, "orders") => What::Orders,
            (None, "result") => What::Step(&profile.result),
            // the value of an order is that of its goods, where the definition tells it
            (None, "sales") => match profile.step("net_sales") {
                Some(step) => What::Step(&step.key),
                None => What::Step(&profile.revenue),
            },
            (None, _) => What::Step(&profile.revenue),
        };
        let figure = match what {
            What::Step(key) => self.question.about(Family::Ladder, key),
            What::Line(line) => self.question.about(Family::Line, line.name()),
            What::Orders | What::DayCosts | What::Ratio(_) => self.question.about(Family::Ladder, "orders"),
        };
        (what, figure)
    }
}

/// What a question is about.
fn what(question: &Question, reading: &Reading) -> Result<What, Problem> {
    let profile = reading.profile;
    let name = question.measure.as_str();
    if question.family == Family::Line {
        let known: Vec<&str> = Line::names().collect();
        return Line::from_name(name).map(What::Line).ok_or_else(|| unknown(question, &known));
    }
    if let Some(step) = profile.step(name) {
        return Ok(What::Step(&step.key));
    }
    match name {
        "result" => Ok(What::Step(&profile.result)),
        "revenue" => Ok(What::Step(&profile.revenue)),
        "orders" => Ok(What::Orders),
        "day_costs" => Ok(What::DayCosts),
        _ => Ratio::find(name).map(What::Ratio).ok_or_else(|| {
            let steps = profile.steps.iter().map(|step| step.key.as_str());
            let others = ["result", "revenue", "orders", "day_costs"].into_iter();
            let known: Vec<&str> =
                steps.chain(others).chain(Ratio::ALL.iter().map(|ratio| ratio.name)).collect();
            unknown(question, &known)
        }),
    }
}

/// An order by its token.
fn known_order(ask: &Ask<'_>, token: &str) -> Result<(OrderKey, String), Problem> {
    let shown: String = token.chars().take(100).collect();
    let missing = || Problem::new(Code::OrderNotFound, format!("order `{shown}` does not exist"));
    let key = order_key(token).ok_or_else(missing)?;
    let facts = ask.place.warehouse.load_order_facts(std::slice::from_ref(&key))?;
    let name = facts.first().map(|facts| facts.name.clone()).ok_or_else(missing)?;
    Ok((key, name))
}

/// What is wrong with a figure's text.
pub(crate) fn mistake(error: &netgain_profit::question::QuestionError) -> Problem {
    let text = error.to_string();
    let (detail, cure) = text.split_once(": ").unwrap_or((text.as_str(), "correct the figure"));
    Problem::parameter("figure", detail, cure)
}
