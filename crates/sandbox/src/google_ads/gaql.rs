//! The query language: SELECT, FROM, WHERE, ORDER BY, LIMIT and PARAMETERS.
use super::error::Failure;

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `IN`
    In,
    /// `NOT IN`
    NotIn,
    /// `LIKE`
    Like,
    /// `NOT LIKE`
    NotLike,
    /// `BETWEEN … AND …`
    Between,
    /// `DURING`
    During,
    /// `IS NULL`
    IsNull,
    /// `IS NOT NULL`
    IsNotNull,
}

/// One condition; all must hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// The field, for example `segments.date`.
    pub field: String,
    /// How it is compared.
    pub operator: Operator,
    /// What it is compared with.
    pub values: Vec<String>,
}

/// A query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The fields asked for.
    pub select: Vec<String>,
    /// The resource.
    pub from: String,
    /// The conditions.
    pub conditions: Vec<Condition>,
    /// The order: field, and whether it descends.
    pub order: Vec<(String, bool)>,
    /// Rows at most.
    pub limit: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Text(String),
    Symbol(&'static str),
}

const SYMBOLS: [&str; 9] = ["!=", "<=", ">=", "=", "<", ">", ",", "(", ")"];

fn tokens(text: &str) -> Result<Vec<Token>, Failure> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        if matches!(first, '\'' | '"') {
            let inside = &rest[1..];
            let Some(end) = inside.find(first) else {
                return Err(Failure::query("STRING_NOT_TERMINATED", "string literal is not terminated."));
            };
            tokens.push(Token::Text(inside[..end].to_owned()));
            rest = inside[end + 1..].trim_start();
            continue;
        }
        if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            tokens.push(Token::Symbol(symbol));
            rest = rest[symbol.len()..].trim_start();
            continue;
        }
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '/' | '%' | '[' | ']');
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if end == 0 {
            return Err(Failure::query("BAD_SYMBOL", format!("unexpected character {first:?}.")));
        }
        tokens.push(Token::Word(rest[..end].to_owned()));
        rest = rest[end..].trim_start();
    }
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek_word(&self) -> Option<String> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => Some(word.to_ascii_uppercase()),
            _ => None,
        }
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = self.peek_word().as_deref() == Some(word);
        self.at += usize::from(found);
        found
    }

    fn symbol(&mut self, symbol: &str) -> bool {
        let found = matches!(self.tokens.get(self.at), Some(Token::Symbol(known)) if *known == symbol);
        self.at += usize::from(found);
        found
    }

    fn field(&mut self) -> Result<String, Failure> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) => {
                self.at += 1;
                Ok(word.clone())
            }
            Some(_) => Err(Failure::query("BAD_FIELD_NAME", "invalid field name.")),
            None => Err(Failure::query("UNEXPECTED_END_OF_QUERY", "unexpected end of query.")),
        }
    }

    fn value(&mut self) -> Result<String, Failure> {
        match self.tokens.get(self.at) {
            Some(Token::Word(value) | Token::Text(value)) => {
                self.at += 1;
                Ok(value.clone())
            }
            Some(Token::Symbol(_)) => Err(Failure::query("BAD_VALUE", "invalid value.")),
            None => Err(Failure::query("UNEXPECTED_END_OF_QUERY", "unexpected end of query.")),
        }
    }

    fn list(&mut self) -> Result<Vec<String>, Failure> {
        if !self.symbol("(") {
            return Err(Failure::query("EXPECTED_LIST", "expected a list."));
        }
        let mut values = Vec::new();
        while !self.symbol(")") {
            if !values.is_empty() && !self.symbol(",") {
                return Err(Failure::query("EXPECTED_LIST", "expected ',' or ')'."));
            }
            values.push(self.value()?);
        }
        match values.is_empty() {
            true => Err(Failure::query("PROHIBITED_EMPTY_LIST_IN_CONDITION", "the list is empty.")),
            false => Ok(values),
        }
    }

    fn condition(&mut self) -> Result<Condition, Failure> {
        let field = self.field()?;
        let simple = [
            ("=", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::AtMost),
            (">=", Operator::AtLeast),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        if let Some((_, operator)) = simple.into_iter().find(|(symbol, _)| self.symbol(symbol)) {
            let values = vec![self.value()?];
            return Ok(Condition { field, operator, values });
        }
        let not = self.keyword("NOT");
        let (operator, values) = match self.peek_word().as_deref() {
            Some("IN") => {
                self.at += 1;
                (if not { Operator::NotIn } else { Operator::In }, self.list()?)
            }
            Some("LIKE") => {
                self.at += 1;
                (if not { Operator::NotLike } else { Operator::Like }, vec![self.value()?])
            }
            Some("BETWEEN") if !not => {
                self.at += 1;
                let low = self.value()?;
                if !self.keyword("AND") {
                    return Err(Failure::query(
                        "EXPECTED_VALUE_WITH_BETWEEN_OPERATOR",
                        "expected AND after BETWEEN.",
                    ));
                }
                (Operator::Between, vec![low, self.value()?])
            }
            Some("DURING") if !not => {
                self.at += 1;
                (Operator::During, vec![self.value()?])
            }
            Some("IS") if !not => {
                self.at += 1;
                let operator = if self.keyword("NOT") { Operator::IsNotNull } else { Operator::IsNull };
                if !self.keyword("NULL") {
                    return Err(Failure::query("BAD_OPERATOR", "expected NULL."));
                }
                (operator, Vec::new())
            }
            _ => return Err(Failure::query("BAD_OPERATOR", format!("invalid operator after {field}."))),
        };
        Ok(Condition { field, operator, values })
    }
}

/// Reads a query.
pub fn parse(text: &str) -> Result<Query, Failure> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let mut query = Query::default();
    if !parser.keyword("SELECT") {
        return Err(Failure::query("EXPECTED_SELECT", "expected SELECT."));
    }
    loop {
        query.select.push(parser.field()?);
        if !parser.symbol(",") {
            break;
        }
    }
    if !parser.keyword("FROM") {
        return Err(Failure::query("EXPECTED_FROM", "expected FROM."));
    }
    query.from = parser.field()?;
    if parser.keyword("WHERE") {
        loop {
            query.conditions.push(parser.condition()?);
            if !parser.keyword("AND") {
                break;
            }
        }
    }
    if parser.keyword("ORDER") {
        if !parser.keyword("BY") {
            return Err(Failure::query("EXPECTED_BY", "expected BY after ORDER."));
        }
        loop {
            let field = parser.field()?;
            let descends = parser.keyword("DESC");
            let _ascends = !descends && parser.keyword("ASC");
            query.order.push((field, descends));
            if !parser.symbol(",") {
                break;
            }
        }
    }
    if parser.keyword("LIMIT") {
        let value = parser.value()?;
        let limit =
            value.parse().map_err(|_| Failure::query("BAD_LIMIT_VALUE", "the limit is not a number."))?;
        if limit == 0 {
            return Err(Failure::query("LIMIT_VALUE_TOO_LOW", "the limit must be at least 1."));
        }
        query.limit = Some(limit);
    }
    if parser.keyword("PARAMETERS") {
        loop {
            let name = parser.field()?;
            if !matches!(name.as_str(), "include_drafts" | "omit_unselected_resource_names") {
                return Err(Failure::query("BAD_PARAMETER_NAME", format!("invalid parameter {name}.")));
            }
            if !parser.symbol("=") || !matches!(parser.value()?.as_str(), "true" | "false") {
                return Err(Failure::query("BAD_PARAMETER_VALUE", "a parameter is true or false."));
            }
            if !parser.symbol(",") {
                break;
            }
        }
    }
    match parser.tokens.get(parser.at) {
        None => Ok(query),
        Some(token) => Err(Failure::query("UNEXPECTED_INPUT", format!("unexpected input {token:?}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_all_clauses() {
        let query = parse(
            "select campaign.id, metrics.clicks FROM campaign WHERE segments.date BETWEEN '2026-01-01' AND \
             \"2026-01-31\" AND campaign.status NOT IN ('REMOVED', PAUSED) and campaign.name LIKE '%Brand%' \
             AND campaign.end_date_time IS NULL ORDER BY metrics.clicks DESC, campaign.id LIMIT 5 \
             PARAMETERS include_drafts=true",
        )
        .unwrap();
        assert_eq!(query.select, ["campaign.id", "metrics.clicks"]);
        assert_eq!(query.conditions.len(), 4);
        assert_eq!(query.conditions[0].values, ["2026-01-01", "2026-01-31"]);
        assert_eq!(query.conditions[1].operator, Operator::NotIn);
        assert_eq!(query.order, [("metrics.clicks".to_owned(), true), ("campaign.id".to_owned(), false)]);
        assert_eq!(query.limit, Some(5));
    }

    #[test]
    fn refuses_in_the_platforms_words() {
        for (text, code) in [
            ("FROM campaign", "EXPECTED_SELECT"),
            ("SELECT campaign.id", "EXPECTED_FROM"),
            ("SELECT campaign.id FROM campaign WHERE campaign.id", "BAD_OPERATOR"),
            ("SELECT campaign.id FROM campaign WHERE campaign.name = 'x", "STRING_NOT_TERMINATED"),
            (
                "SELECT campaign.id FROM campaign WHERE campaign.id IN ()",
                "PROHIBITED_EMPTY_LIST_IN_CONDITION",
            ),
            ("SELECT campaign.id FROM campaign LIMIT x", "BAD_LIMIT_VALUE"),
            ("SELECT campaign.id FROM campaign OFFSET 3", "UNEXPECTED_INPUT"),
            ("SELECT campaign.id FROM campaign PARAMETERS x=true", "BAD_PARAMETER_NAME"),
        ] {
            assert_eq!(parse(text).unwrap_err().code, code, "{text}");
        }
    }
}
