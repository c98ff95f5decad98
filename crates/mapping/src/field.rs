//! One compiled field: where a cell comes from and what it becomes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use netgain_domain::{Currency, CurrencyError, Value as Cell};
use netgain_manifest::{As, Field, Scale};
use rust_decimal::Decimal;

use crate::convert::{cell, decimal, scaled, word_of};
use crate::error::{CompileError, Failed};
use crate::heads::{Heads, Scopes};
use crate::path::Path;

#[derive(Debug)]
enum Source {
    Fixed(Cell),
    FirstOf(Vec<Path>),
    Sum(Path, Option<Path>),
    Join(Path, String),
}

/// A compiled field.
#[derive(Debug)]
pub(crate) struct FieldPlan {
    source: Source,
    kind: As,
    default: Cell,
    required: bool,
    scale: Option<Scale>,
    negate: bool,
    currency: Option<Path>,
    minor_digits: BTreeMap<Currency, u32>,
    /// Theirs and ours; so few that comparing their lengths finds the right one soonest.
    words: Vec<(String, String)>,
    null_tokens: Vec<String>,
    strip_prefix: Option<String>,
    zone: Option<Zone>,
}

/// The zone of times that carry none.
#[derive(Debug)]
enum Zone {
    /// Always this one.
    Fixed(TimeZone),
    /// The one named at a path.
    Said(Path),
}

/// Stands among the words of a truth value for any word.
const EXISTS: &str = "exists";

impl FieldPlan {
    /// `name` is table and column, `depth` the number of elements around the field's own; `heads` are looked for
    /// before it is read.
    pub fn compile(name: &str, field: &Field, depth: usize, heads: &mut Heads) -> Result<Self, CompileError> {
        let refuse = |problem: String| CompileError::Field { field: name.to_owned(), problem };
        let mut path = |text: &String| {
            let path = Path::compile(text)?.share(heads);
            if path.ups() > depth {
                return Err(CompileError::Path { path: text.clone(), problem: "leaves the record" });
            }
            Ok(path)
        };
        let zone = match &field.zone {
            Some(said) if said.starts_with(['@', '$', '^']) => Some(Zone::Said(path(said)?)),
            Some(zone) => {
                let zone = TimeZone::get(zone).map_err(|_| refuse(format!("`{zone}` is not a time zone")))?;
                Some(Zone::Fixed(zone))
            }
            None => None,
        };
        let known = match &zone {
            Some(Zone::Fixed(zone)) => Some(zone.clone()),
            _ => None,
        };
        let fixed = |word: &String| cell(field.kind, word, known.as_ref()).map_err(&refuse);
        let source = match (&field.from, field.any_of.as_slice(), &field.sum, &field.fixed) {
            (Some(from), [], None, None) => match &field.join {
                Some(between) => Source::Join(path(from)?, between.clone()),
                None => Source::FirstOf(vec![path(from)?]),
            },
            (None, [_, ..], None, None) => {
                Source::FirstOf(field.any_of.iter().map(&mut path).collect::<Result<_, _>>()?)
            }
            (None, [], Some(sum), None) if matches!(field.kind, As::Decimal | As::Money) => {
                let times = field.times.as_ref().map(|times| Path::compile(times)).transpose()?;
                Source::Sum(path(sum)?, times)
            }
            (None, [], Some(_), None) => {
                return Err(refuse("only a decimal or money can be summed".to_owned()));
            }
            (None, [], None, Some(word)) => Source::Fixed(fixed(word)?),
            _ => return Err(refuse("give exactly one of from, any_of, sum and const".to_owned())),
        };
        if field.negate && !matches!(field.kind, As::Decimal | As::Money) {
            return Err(refuse("only a decimal or money can be negated".to_owned()));
        }
        if field.kind == As::Enum && field.words.is_empty() {
            return Err(refuse("an enum needs its words: add `enum: {SOURCE: ours}`".to_owned()));
        }
        let digits = |(code, digits): (&String, &u32)| Ok((code.parse::<Currency>()?, *digits));
        let minor_digits = field.minor_digits.iter().map(digits).collect::<Result<_, _>>();
        let minor_digits = minor_digits.map_err(|error: CurrencyError| refuse(error.to_string()))?;
        Ok(Self {
            source,
            kind: field.kind,
            default: field.default.as_ref().map(fixed).transpose()?.unwrap_or_default(),
            required: field.required,
            scale: field.scale,
            negate: field.negate,
            currency: field.currency.as_ref().map(&mut path).transpose()?,
            minor_digits,
            words: field.words.clone().into_iter().collect(),
            null_tokens: field.null_tokens.clone(),
            strip_prefix: field.strip_prefix.clone(),
            zone,
        })
    }

    /// The cell, from the elements around the field (its own last).
    pub fn read(&self, scopes: Scopes<'_, '_>) -> Result<Cell, Failed> {
        let said = match &self.source {
            Source::Fixed(cell) => return Ok(cell.clone()),
            Source::FirstOf(paths) => self.first_of(paths, scopes)?,
            Source::Sum(path, times) => self.sum(path, times.as_ref(), scopes)?,
            Source::Join(path, between) => Self::join(path, between, scopes)?,
        };
        let cell = if said.is_null() { self.default.clone() } else { said };
        if cell.is_null() && self.required {
            return Err(Failed::new(self.text(), "is required but missing"));
        }
        Ok(cell)
    }

    fn text(&self) -> &str {
        match &self.source {
            Source::Fixed(_) => "const",
            Source::FirstOf(paths) => paths.first().map_or("", |path| &path.text),
            Source::Sum(path, _) | Source::Join(path, _) => &path.text,
        }
    }

    fn first_of(&self, paths: &[Path], scopes: Scopes<'_, '_>) -> Result<Cell, Failed> {
        for path in paths {
            let word = match (path.context(scopes.context), path.first_in(scopes)) {
                (Some(word), _) => Cow::Borrowed(word),
                (None, None) => continue,
                (None, Some(value)) if self.kind == As::Json => {
                    let text = sonic_rs::to_string(value);
                    return text.map(Cell::Json).map_err(|error| Failed::new(&path.text, error.to_string()));
                }
                (None, Some(value)) => word_of(value)
                    .ok_or_else(|| Failed::new(&path.text, "must be one value, not a list or an object"))?,
            };
            if self.null_tokens.iter().any(|token| *token == word) {
                continue;
            }
            return self.convert(&word, scopes).map_err(|reason| Failed::new(&path.text, reason));
        }
        Ok(Cell::Null)
    }

    fn convert(&self, word: &str, scopes: Scopes<'_, '_>) -> Result<Cell, String> {
        match self.kind {
            As::Enum => match self.words.iter().find(|(theirs, _)| theirs == word) {
                Some((_, ours)) => Ok(Cell::Text(ours.clone())),
                None if !self.default.is_null() => Ok(self.default.clone()),
                None => {
                    Err(format!("`{}` is not one of its words", word.chars().take(40).collect::<String>()))
                }
            },
            As::Text | As::Id => {
                let prefix = self.strip_prefix.as_deref();
                let rest = prefix.and_then(|prefix| word.strip_prefix(prefix));
                Ok(Cell::Text(rest.unwrap_or(word).to_owned()))
            }
            As::Decimal | As::Money => Ok(Cell::Decimal(self.amount(word, scopes)?)),
            As::Bool if !self.words.is_empty() => {
                let means = |theirs: &String| theirs == word || theirs == EXISTS;
                match self.words.iter().find(|(theirs, _)| means(theirs)) {
                    Some((_, ours)) => cell(As::Bool, ours, None),
                    None if !self.default.is_null() => Ok(self.default.clone()),
                    None => cell(As::Bool, word, None),
                }
            }
            kind => match &self.zone {
                Some(Zone::Fixed(zone)) => cell(kind, word, Some(zone)),
                Some(Zone::Said(path)) => {
                    let said = path.first_in(scopes).and_then(word_of);
                    let name = path.context(scopes.context).or(said.as_deref());
                    let zone = name.map(TimeZone::get).transpose();
                    cell(
                        kind,
                        word,
                        zone.map_err(|_| format!("`{}` is not a time zone", path.text))?.as_ref(),
                    )
                }
                None => cell(kind, word, None),
            },
        }
    }

    fn amount(&self, word: &str, scopes: Scopes<'_, '_>) -> Result<Decimal, String> {
        let amount = if self.negate { -decimal(word)? } else { decimal(word)? };
        let Some(scale) = self.scale else { return Ok(amount) };
        let currency = match &self.currency {
            None => None,
            Some(path) => {
                let said = path.first_in(scopes).and_then(word_of);
                let word = path.context(scopes.context).or(said.as_deref());
                word.map(str::parse::<Currency>).transpose().map_err(|error| error.to_string())?
            }
        };
        let digits = currency.and_then(|currency| self.minor_digits.get(&currency).copied());
        scaled(amount, scale, currency, digits)
    }

    fn sum(&self, path: &Path, times: Option<&Path>, scopes: Scopes<'_, '_>) -> Result<Cell, Failed> {
        let mut total: Option<Decimal> = None;
        path.walk(scopes.all, &mut |inner| {
            let word = inner.last().and_then(|value| word_of(value));
            let word = word.ok_or_else(|| Failed::new(&path.text, "must be numbers"))?;
            let fail = |reason| Failed::new(&path.text, reason);
            let mut amount = self.amount(&word, scopes).map_err(fail)?;
            // from the element around the number
            let around = inner.split_last().map_or(inner, |(_, around)| around);
            if let Some(said) = times.and_then(|times| times.first(around)) {
                let factor = word_of(said).and_then(|word| decimal(&word).ok());
                let product = factor.and_then(|factor| amount.checked_mul(factor));
                amount = product.ok_or_else(|| Failed::new(&path.text, "cannot be multiplied"))?;
            }
            let sum = total.unwrap_or_default().checked_add(amount);
            total = Some(sum.ok_or_else(|| Failed::new(&path.text, "adds up to too large a number"))?);
            Ok(())
        })?;
        Ok(total.map_or(Cell::Null, Cell::Decimal))
    }

    fn join(path: &Path, between: &str, scopes: Scopes<'_, '_>) -> Result<Cell, Failed> {
        let mut joined: Option<String> = None;
        path.walk(scopes.all, &mut |inner| {
            let word = inner.last().and_then(|value| word_of(value));
            let word = word.ok_or_else(|| Failed::new(&path.text, "must be texts"))?;
            match &mut joined {
                Some(joined) => {
                    joined.push_str(between);
                    joined.push_str(&word);
                }
                None => joined = Some(word.into_owned()),
            }
            Ok(())
        })?;
        Ok(joined.map_or(Cell::Null, Cell::Text))
    }
}
