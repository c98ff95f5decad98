//! A stream's field table, compiled once and run over every record.

use netgain_domain::{Record, Row, Table, Value as Cell};
use netgain_manifest::{Decode, Field, Rows, Stream};
use sonic_rs::{JsonContainerTrait, Value};

use crate::convert::word_of;
use crate::error::{CompileError, Failed, Quarantined};
use crate::field::FieldPlan;
use crate::heads::{Heads, Scopes};
use crate::path::{Context, Path};

/// What a page became.
#[derive(Debug, Default, PartialEq)]
pub struct Mapped {
    /// Records in the order of the page.
    pub records: Vec<Record>,
    /// Records that were set aside.
    pub quarantined: Vec<Quarantined>,
}

/// A compiled field table.
#[derive(Debug)]
pub struct Mapper {
    records: Path,
    root: Plan,
    version: Option<(FieldPlan, Heads)>,
    rows: Vec<RowsPlan>,
}

/// How a row's id is made from an element.
#[derive(Debug)]
pub struct Keyer {
    key: Vec<Path>,
    prefix: Option<String>,
    /// Where the number of the line stands, in a table that people keep.
    line: Option<Path>,
}

impl Keyer {
    /// Compiles the paths of a key; `prefix` is removed from the front of each part.
    ///
    /// # Errors
    /// [`CompileError::Path`] for a text that is no path.
    pub fn compile(key: &[String], prefix: Option<&String>) -> Result<Self, CompileError> {
        let key = key.iter().map(|path| Path::compile(path)).collect::<Result<_, _>>()?;
        Ok(Self { key, prefix: prefix.cloned(), line: None })
    }

    /// That of a stream's root rows.
    ///
    /// # Errors
    /// [`CompileError::Path`] for a text that is no path.
    pub fn of(stream: &Stream) -> Result<Self, CompileError> {
        let line = match &stream.decode {
            Decode::Columns { number: Some(key), .. } => Some(Path::compile(key)?),
            _ => None,
        };
        Ok(Self { line, ..Self::compile(&stream.key, stream.map.key_prefix.as_ref())? })
    }

    /// The id of a record; none where a part of it is missing. A line of a table that people keep is then called by
    /// its number: such a line can be set aside under that name, and nothing else is taken for it.
    #[must_use]
    pub fn id(&self, record: &Value, context: &Context) -> Option<String> {
        let id = self.source_id(&[record], context).ok();
        id.or_else(|| Some(format!("row {}", self.line(record)?)))
    }

    /// The number of a record's line.
    fn line(&self, record: &Value) -> Option<String> {
        self.line.as_ref()?.first(&[record]).and_then(word_of).map(|line| line.to_string())
    }

    fn source_id(&self, scopes: &[&Value], context: &Context) -> Result<String, Failed> {
        let mut id = String::new();
        for (at, path) in self.key.iter().enumerate() {
            let said = path.first(scopes).and_then(word_of);
            let word = path.context(context).or(said.as_deref()).filter(|word| !word.is_empty());
            let word = word.ok_or_else(|| Failed::new(&path.text, "is part of the key but missing"))?;
            if at > 0 {
                id.push(':');
            }
            id.push_str(word.strip_prefix(self.prefix.as_deref().unwrap_or_default()).unwrap_or(word));
        }
        Ok(id)
    }
}

/// What an element of a list calls its place in it, counted from 0: `@position`.
const POSITION: &str = "position";

/// How rows of one table are made from an element.
#[derive(Debug)]
struct Plan {
    table: Table,
    key: Keyer,
    heads: Heads,
    /// Position of the column and its field.
    fields: Vec<(usize, FieldPlan)>,
}

#[derive(Debug)]
struct RowsPlan {
    plan: Plan,
    /// Whether its id or a field asks for the element's place.
    counts: bool,
    from: Path,
    only: Vec<(Path, Vec<String>)>,
    /// Column that names the root, for tables that the root owns.
    owner: Option<usize>,
}

impl Mapper {
    /// Compiles a stream's field table.
    ///
    /// # Errors
    /// [`CompileError`] names the path, table or column that does not exist or contradicts itself.
    pub fn compile(stream: &Stream) -> Result<Self, CompileError> {
        let map = &stream.map;
        let root = Plan::compile(&stream.entity, Keyer::of(stream)?, &map.fields, 0)?;
        let version = match &map.version {
            Some(field) => {
                let mut heads = Heads::new();
                Some((FieldPlan::compile("version", field, 0, &mut heads)?, heads))
            }
            None => None,
        };
        let rows =
            map.rows.iter().map(|rows| RowsPlan::compile(rows, root.table)).collect::<Result<_, _>>()?;
        Ok(Self { records: Path::compile(&stream.records)?, root, version, rows })
    }

    /// The table of the root rows.
    #[must_use]
    pub fn table(&self) -> Table {
        self.root.table
    }

    /// Maps all records of a decoded body. `read_version` stands for the version of records that carry none:
    /// the time of reading in microseconds since 1970 (UTC).
    #[must_use]
    pub fn page(&self, body: &Value, read_version: i64, context: &Context) -> Mapped {
        let mut mapped = Mapped::default();
        let mut position = 0;
        // the closure never fails: a bad record is set aside
        let _ = self.records.walk(&[body], &mut |scopes| {
            let elements = scopes.last().copied().into_iter().flat_map(|last| {
                last.as_array().map_or(std::slice::from_ref(last), |array| array.as_slice())
            });
            for element in elements {
                match self.record(element, position, read_version, context) {
                    Ok(records) => mapped.records.extend(records),
                    Err(bad) => mapped.quarantined.push(bad),
                }
                position += 1;
            }
            Ok(())
        });
        mapped
    }

    /// Maps one record: the root with the rows it owns, then the rows that stand for themselves.
    ///
    /// # Errors
    /// [`Quarantined`] with the path that failed; nothing of the record is kept.
    pub fn record(
        &self,
        record: &Value,
        position: u32,
        read_version: i64,
        context: &Context,
    ) -> Result<Vec<Record>, Quarantined> {
        self.try_record(record, position, read_version, context).map_err(|Failed { path, reason }| {
            // people find a cell by its line, not by its place on a page of an answer
            let reason = match self.root.key.line(record) {
                Some(line) => format!("row {line}: {reason}"),
                None => reason,
            };
            Quarantined { position, path, reason }
        })
    }

    /// The id of a record's root row, also of a record that cannot be mapped.
    #[must_use]
    pub fn id(&self, record: &Value, context: &Context) -> Option<String> {
        self.root.key.id(record, context)
    }

    fn try_record(
        &self,
        record: &Value,
        position: u32,
        read_version: i64,
        context: &Context,
    ) -> Result<Vec<Record>, Failed> {
        let scopes = [record];
        let root = self.root.row(&scopes, context)?;
        root.check()?;
        let version = match &self.version {
            None => read_version,
            Some((field, heads)) => {
                match field.read(Scopes { all: &scopes, seats: &heads.find(record), context })? {
                    Cell::Time(time) => time.as_microsecond(),
                    Cell::Int(number) => number,
                    _ => return Err(Failed::new("version", "must be a time or a whole number")),
                }
            }
        };
        let mut records = vec![Record { root, children: Vec::new(), version, position }];
        for rows in &self.rows {
            let mut at = 0;
            rows.from.walk(&scopes, &mut |inner| {
                let element = at;
                at += 1;
                let below = |failed: Failed| failed.below(&rows.from.text, element);
                if !rows.wants(inner) {
                    return Ok(());
                }
                let counted = rows.counts.then(|| {
                    let mut context = context.clone();
                    context.insert(POSITION.to_owned(), element.to_string());
                    context
                });
                let mut row = rows.plan.row(inner, counted.as_ref().unwrap_or(context)).map_err(below)?;
                let Some(first) = records.first_mut() else { return Ok(()) };
                if let Some(owner) = rows.owner {
                    if let Some(cell) = row.cells.get_mut(owner) {
                        *cell = Cell::Text(first.root.source_id.clone());
                    }
                    row.check().map_err(|error| below(error.into()))?;
                    first.children.push(row);
                } else {
                    row.check().map_err(|error| below(error.into()))?;
                    records.push(Record { root: row, children: Vec::new(), version, position });
                }
                Ok(())
            })?;
        }
        Ok(records)
    }
}

impl Plan {
    fn compile(
        table: &str,
        key: Keyer,
        fields: &std::collections::BTreeMap<String, Field>,
        depth: usize,
    ) -> Result<Self, CompileError> {
        let table = Table::from_name(table).ok_or_else(|| CompileError::Table(table.to_owned()))?;
        let mut heads = Heads::new();
        let compile = |(column, field): (&String, &Field)| {
            let unknown = || CompileError::Column { table: table.name(), column: column.clone() };
            let at = table.column_index(column).ok_or_else(unknown)?;
            Ok((at, FieldPlan::compile(&format!("{}.{column}", table.name()), field, depth, &mut heads)?))
        };
        let fields = fields.iter().map(compile).collect::<Result<_, _>>()?;
        Ok(Self { table, key, heads, fields })
    }

    fn row(&self, scopes: &[&Value], context: &Context) -> Result<Row, Failed> {
        let mut row = Row::empty(self.table, self.key.source_id(scopes, context)?);
        let Some(element) = scopes.last() else { return Ok(row) };
        let seats = self.heads.find(element);
        let scopes = Scopes { all: scopes, seats: &seats, context };
        for (at, field) in &self.fields {
            if let Some(cell) = row.cells.get_mut(*at) {
                *cell = field.read(scopes)?;
            }
        }
        Ok(row)
    }
}

impl RowsPlan {
    fn compile(rows: &Rows, root: Table) -> Result<Self, CompileError> {
        let from = Path::compile(&rows.from)?;
        let depth = from.depth();
        let key = Keyer::compile(&rows.key, rows.key_prefix.as_ref())?;
        let plan = Plan::compile(&rows.into, key, &rows.fields, depth)?;
        let owner = match plan.table.owner() {
            Some((table, column)) if table == root => plan.table.column_index(column),
            Some((table, _)) => {
                let problem = format!("belongs to `{}`: map it in the stream of its owner", table.name());
                return Err(CompileError::Field { field: rows.into.clone(), problem });
            }
            None => None,
        };
        let compile = |(path, words): (&String, &Vec<String>)| Ok((Path::compile(path)?, words.clone()));
        let only = rows.only.iter().map(compile).collect::<Result<_, _>>()?;
        let is_position = |text: &str| text.strip_prefix('@') == Some(POSITION);
        let counts = rows.key.iter().any(|path| is_position(path))
            || rows.fields.values().any(|field| field.from.as_deref().is_some_and(is_position));
        Ok(Self { plan, counts, from, only, owner })
    }

    fn wants(&self, scopes: &[&Value]) -> bool {
        self.only.iter().all(|(path, words)| {
            path.first(scopes).is_some_and(|value| {
                let said = word_of(value);
                words.iter().any(|word| word == "exists" || said.as_deref() == Some(word))
            })
        })
    }
}
