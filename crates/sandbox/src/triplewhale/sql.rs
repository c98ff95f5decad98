//! The small part of SQL that reports need: one table, conditions, groups, order and limit.
use super::summary::number;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::{Map, Value};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// A value in a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// Text.
    Text(String),
    /// A number.
    Number(Decimal),
    /// A day.
    Day(Date),
}

/// A row of a table by column.
pub type Row = BTreeMap<&'static str, Cell>;

/// A condition on one column.
#[derive(Clone, Debug)]
pub enum Condition {
    /// `column BETWEEN a AND b`.
    Between(String, Cell, Cell),
    /// `column operator value`, with `=`, `!=`, `<`, `<=`, `>` or `>=`.
    Compare(String, String, Cell),
    /// `column IN (…)`.
    In(String, Vec<Cell>),
}

/// Something selected.
#[derive(Clone, Debug)]
struct Item {
    /// Upper-case name of the function; empty for a plain column.
    function: String,
    distinct: bool,
    /// Column, or `*` in `COUNT(*)`.
    column: String,
    name: String,
}

/// A query that was understood.
#[derive(Debug)]
pub struct Query {
    items: Vec<Item>,
    /// The table's name.
    pub table: String,
    /// Conditions that all must hold.
    pub conditions: Vec<Condition>,
    group: Vec<String>,
    order: Vec<(String, bool)>,
    limit: Option<usize>,
    offset: usize,
}

impl Query {
    /// The text that `column` must equal, when the query says so.
    pub fn equals(&self, column: &str) -> Option<&str> {
        self.conditions.iter().find_map(|condition| match condition {
            Condition::Compare(name, operator, Cell::Text(text)) if name == column && operator == "=" => {
                Some(text.as_str())
            }
            _ => None,
        })
    }

    /// The days that `event_date` must lie between.
    pub fn span(&self) -> Option<(Date, Date)> {
        self.conditions.iter().find_map(|condition| match condition {
            Condition::Between(name, Cell::Day(from), Cell::Day(to)) if name == "event_date" => {
                Some((*from, *to))
            }
            Condition::Compare(name, operator, Cell::Day(day)) if name == "event_date" && operator == "=" => {
                Some((*day, *day))
            }
            _ => None,
        })
    }
}

/// Reads a query; `@startDate` and `@endDate` stand for the period's days.
pub fn parse(text: &str, from: Date, to: Date) -> Result<Query, String> {
    let mut reader = Reader { words: words(text)?, at: 0, from, to };
    let query = reader.query()?;
    if query.span().is_none() {
        return Err("event_date is a required field: add event_date BETWEEN @startDate AND @endDate".into());
    }
    Ok(query)
}

fn words(text: &str) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    let mut rest = text.trim().trim_end_matches(';');
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '\'' => {
                let end = rest[1..].find('\'').ok_or("a text is not closed by a quote")?;
                end + 2
            }
            c if c.is_alphanumeric() || c == '_' || c == '@' => rest
                .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '@')))
                .unwrap_or(rest.len()),
            '<' | '>' | '!' if rest[1..].starts_with(['=', '>']) => 2,
            c => c.len_utf8(),
        };
        if !first.is_whitespace() {
            out.push(rest[..length].to_owned());
        }
        rest = &rest[length..];
    }
    Ok(out)
}

struct Reader {
    words: Vec<String>,
    at: usize,
    from: Date,
    to: Date,
}

impl Reader {
    fn peek(&self) -> &str {
        self.words.get(self.at).map_or("", String::as_str)
    }

    fn next(&mut self) -> String {
        let word = self.peek().to_owned();
        self.at += 1;
        word
    }

    fn take(&mut self, word: &str) -> bool {
        let is = self.peek().eq_ignore_ascii_case(word);
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, word: &str) -> Result<(), String> {
        if self.take(word) {
            Ok(())
        } else {
            Err(format!("Syntax error: expected {word} near '{}'", self.peek()))
        }
    }

    /// A column's name, without the table's.
    fn column(&mut self) -> Result<String, String> {
        let word = self.next();
        if !word.starts_with(|c: char| c.is_alphabetic() || c == '_') {
            return Err(format!("Syntax error: expected a column near '{word}'"));
        }
        Ok(word.rsplit('.').next().unwrap_or_default().to_owned())
    }

    fn value(&mut self) -> Result<Cell, String> {
        let word = self.next();
        match word.as_str() {
            "@startDate" => return Ok(Cell::Day(self.from)),
            "@endDate" => return Ok(Cell::Day(self.to)),
            _ => {}
        }
        if let Some(text) = word.strip_prefix('\'') {
            let text = text.trim_end_matches('\'');
            return Ok(text.parse().map_or_else(|_| Cell::Text(text.to_owned()), Cell::Day));
        }
        word.parse().map(Cell::Number).map_err(|_| format!("Syntax error: expected a value near '{word}'"))
    }

    fn query(&mut self) -> Result<Query, String> {
        self.expect("SELECT")?;
        let mut items = vec![self.item()?];
        while self.take(",") {
            items.push(self.item()?);
        }
        self.expect("FROM")?;
        let table = self.column()?;
        if !["WHERE", "GROUP", "ORDER", "LIMIT", ""].contains(&self.peek().to_uppercase().as_str()) {
            self.take("AS");
            self.at += 1;
        }
        let mut query = Query {
            items,
            table,
            conditions: Vec::new(),
            group: Vec::new(),
            order: Vec::new(),
            limit: None,
            offset: 0,
        };
        if self.take("WHERE") {
            query.conditions.push(self.condition()?);
            while self.take("AND") {
                query.conditions.push(self.condition()?);
            }
        }
        if self.take("GROUP") {
            self.expect("BY")?;
            query.group.push(self.column()?);
            while self.take(",") {
                query.group.push(self.column()?);
            }
        }
        if self.take("ORDER") {
            self.expect("BY")?;
            query.order.push(self.order()?);
            while self.take(",") {
                query.order.push(self.order()?);
            }
        }
        if self.take("LIMIT") {
            query.limit = Some(self.count()?);
        }
        if self.take("OFFSET") {
            query.offset = self.count()?;
        }
        if self.at < self.words.len() {
            return Err(format!("Syntax error near '{}'", self.peek()));
        }
        Ok(query)
    }

    fn count(&mut self) -> Result<usize, String> {
        let word = self.next();
        word.parse().map_err(|_| format!("Syntax error: expected a whole number near '{word}'"))
    }

    fn item(&mut self) -> Result<Item, String> {
        if self.peek() == "*" {
            return Err("SELECT * is not supported: name the columns".to_owned());
        }
        let first = self.column()?;
        let mut item = Item { function: String::new(), distinct: false, column: first.clone(), name: first };
        if self.take("(") {
            item.function = item.name.to_uppercase();
            if !["SUM", "COUNT", "MIN", "MAX"].contains(&item.function.as_str()) {
                return Err(format!("Unknown function {}", item.function));
            }
            item.distinct = self.take("DISTINCT");
            item.column = if self.take("*") { "*".to_owned() } else { self.column()? };
            self.expect(")")?;
        }
        if self.take("AS") {
            item.name = self.column()?;
        }
        Ok(item)
    }

    fn order(&mut self) -> Result<(String, bool), String> {
        let column = self.column()?;
        let descending = self.take("DESC");
        if !descending {
            self.take("ASC");
        }
        Ok((column, descending))
    }

    fn condition(&mut self) -> Result<Condition, String> {
        let column = self.column()?;
        if self.take("BETWEEN") {
            let low = self.value()?;
            self.expect("AND")?;
            return Ok(Condition::Between(column, low, self.value()?));
        }
        if self.take("IN") {
            self.expect("(")?;
            let mut values = vec![self.value()?];
            while self.take(",") {
                values.push(self.value()?);
            }
            self.expect(")")?;
            return Ok(Condition::In(column, values));
        }
        let operator = self.next();
        if !["=", "!=", "<>", "<", "<=", ">", ">="].contains(&operator.as_str()) {
            return Err(format!("Syntax error near '{operator}'"));
        }
        Ok(Condition::Compare(column, operator, self.value()?))
    }
}

fn cell<'a>(row: &'a Row, column: &str) -> Result<&'a Cell, String> {
    row.get(column).ok_or_else(|| format!("Unknown column '{column}'"))
}

fn holds(row: &Row, condition: &Condition) -> Result<bool, String> {
    Ok(match condition {
        Condition::Between(column, low, high) => (low..=high).contains(&cell(row, column)?),
        Condition::In(column, values) => values.contains(cell(row, column)?),
        Condition::Compare(column, operator, value) => {
            let ordering = cell(row, column)?.cmp(value);
            match operator.as_str() {
                "=" => ordering == Ordering::Equal,
                "<" => ordering == Ordering::Less,
                "<=" => ordering != Ordering::Greater,
                ">" => ordering == Ordering::Greater,
                ">=" => ordering != Ordering::Less,
                _ => ordering != Ordering::Equal,
            }
        }
    })
}

fn show(cell: &Cell) -> Value {
    match cell {
        Cell::Text(text) => Value::String(text.clone()),
        Cell::Number(value) => number(*value),
        Cell::Day(day) => Value::String(day.to_string()),
    }
}

fn aggregate(item: &Item, rows: &[Row]) -> Result<Option<Cell>, String> {
    if item.function == "COUNT" && item.column == "*" {
        return Ok(Some(Cell::Number(Decimal::from(rows.len()))));
    }
    let mut cells = rows.iter().map(|row| cell(row, &item.column)).collect::<Result<Vec<_>, _>>()?;
    if item.distinct {
        cells.sort();
        cells.dedup();
    }
    Ok(match item.function.as_str() {
        "COUNT" => Some(Cell::Number(Decimal::from(cells.len()))),
        "MIN" => cells.into_iter().min().cloned(),
        "MAX" => cells.into_iter().max().cloned(),
        _ => {
            let sum = |cell: &&Cell| match cell {
                Cell::Number(value) => Ok(*value),
                _ => Err(format!("SUM needs a number: '{}' is not one", item.column)),
            };
            let parts = cells.iter().map(sum).collect::<Result<Vec<_>, _>>()?;
            (!parts.is_empty()).then(|| Cell::Number(parts.into_iter().sum()))
        }
    })
}

/// Runs a query over the rows of its table.
pub fn run(query: &Query, rows: Vec<Row>) -> Result<Vec<Value>, String> {
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        let mut keep = true;
        for condition in &query.conditions {
            keep = keep && holds(&row, condition)?;
        }
        if keep {
            kept.push(row);
        }
    }
    let grouped = !query.group.is_empty() || query.items.iter().any(|item| !item.function.is_empty());
    let groups: Vec<Vec<Row>> = if grouped {
        let column = |name: &String| {
            let named = query.items.iter().find(|item| item.name == *name && item.function.is_empty());
            named.map_or_else(|| name.clone(), |item| item.column.clone())
        };
        let keys: Vec<String> = query.group.iter().map(column).collect();
        if let Some(item) =
            query.items.iter().find(|item| item.function.is_empty() && !keys.contains(&item.column))
        {
            return Err(format!("Column '{}' must appear in GROUP BY or in a function", item.column));
        }
        let mut groups: BTreeMap<Vec<Cell>, Vec<Row>> = BTreeMap::new();
        for row in kept {
            let key = keys.iter().map(|key| cell(&row, key).cloned()).collect::<Result<_, _>>()?;
            groups.entry(key).or_default().push(row);
        }
        if keys.is_empty() && groups.is_empty() {
            groups.insert(Vec::new(), Vec::new());
        }
        groups.into_values().collect()
    } else {
        kept.into_iter().map(|row| vec![row]).collect()
    };
    let mut answers = Vec::with_capacity(groups.len());
    for rows in &groups {
        let mut cells = Vec::with_capacity(query.items.len());
        for item in &query.items {
            cells.push(match item.function.as_str() {
                "" => rows.first().map(|row| cell(row, &item.column).cloned()).transpose()?,
                _ => aggregate(item, rows)?,
            });
        }
        answers.push(cells);
    }
    for (name, descending) in query.order.iter().rev() {
        let place = query.items.iter().position(|item| item.name == *name || item.column == *name);
        let place = place.ok_or_else(|| format!("ORDER BY '{name}' must be selected"))?;
        answers.sort_by(|one, other| {
            let ordering = one[place].cmp(&other[place]);
            if *descending { ordering.reverse() } else { ordering }
        });
    }
    let shown = answers.into_iter().skip(query.offset).take(query.limit.unwrap_or(usize::MAX));
    Ok(shown
        .map(|cells| {
            let named = query.items.iter().zip(cells);
            let object: Map<String, Value> = named
                .map(|(item, cell)| (item.name.clone(), cell.as_ref().map_or(Value::Null, show)))
                .collect();
            Value::Object(object)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use serde_json::json;

    fn rows() -> Vec<Row> {
        let row = |day, channel: &str, spend| {
            Row::from([
                ("event_date", Cell::Day(date(2026, 3, day))),
                ("channel", Cell::Text(channel.to_owned())),
                ("spend", Cell::Number(Decimal::new(spend, 2))),
            ])
        };
        vec![row(1, "a", 1050), row(1, "b", 200), row(2, "a", 25), row(9, "a", 1)]
    }

    fn ask(text: &str) -> Result<Value, String> {
        let query = parse(text, date(2026, 3, 1), date(2026, 3, 2))?;
        run(&query, rows()).map(Value::Array)
    }

    #[test]
    fn groups_order_and_limits() {
        let query = "SELECT SUM(spend) AS spend, channel FROM ads_table a WHERE event_date BETWEEN @startDate AND @endDate";
        assert_eq!(
            ask(&format!("{query} GROUP BY channel ORDER BY spend DESC")).unwrap(),
            json!([{"spend": 10.75, "channel": "a"}, {"spend": 2.0, "channel": "b"}])
                .as_array()
                .map(|list| json!([list[0], {"spend": 2, "channel": "b"}]))
                .unwrap()
        );
        assert_eq!(
            ask(&format!("{query} AND channel IN ('b') GROUP BY channel LIMIT 5")).unwrap(),
            json!([{"spend": 2, "channel": "b"}])
        );
        let plain = "SELECT event_date AS day, a.channel FROM t AS a WHERE event_date BETWEEN @startDate AND @endDate ORDER BY event_date LIMIT 1 OFFSET 2";
        assert_eq!(ask(plain).unwrap(), json!([{"day": "2026-03-02", "channel": "a"}]));
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for (query, word) in [
            ("SELECT * FROM t", "SELECT *"),
            ("SELECT channel FROM t", "event_date"),
            ("SELECT nothing FROM t WHERE event_date = '2026-03-01'", "nothing"),
            ("SELECT channel, SUM(spend) FROM t WHERE event_date = '2026-03-01'", "GROUP BY"),
            ("SELECT MEDIAN(spend) FROM t WHERE event_date = '2026-03-01'", "MEDIAN"),
            ("SELECT channel FROM t WHERE event_date = '2026-03-01", "quote"),
        ] {
            assert!(ask(query).unwrap_err().contains(word), "{query}");
        }
    }
}
