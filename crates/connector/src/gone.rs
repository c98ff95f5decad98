//! Records that are gone: those that say it of themselves, those that a listing of their own names, and those that a
//! complete listing did not hold.

use std::collections::BTreeSet;

use jiff::Timestamp;
use netgain_domain::{Kind, Table};
use netgain_manifest::{Deletes, Pagination, Request, Slice, Stream};
use netgain_mapping::{Context, Keyer, Path, word_of};
use sonic_rs::Value;

use crate::caller::Caller;
use crate::decode::Decoder;
use crate::pager::Pager;
use crate::template::Vars;
use crate::{Error, Page, Sink, Sweep};

/// How a stream's records that are gone become known, compiled.
pub(crate) struct Gone<'a> {
    stream: &'a Stream,
    keyer: Keyer,
    kind: Kinds<'a>,
}

enum Kinds<'a> {
    None,
    Flag { path: Path, values: &'a [String] },
    Tombstone { request: &'a Request, pagination: &'a Pagination, decoder: Box<Decoder>, keyer: Keyer },
    Sweep(Covers),
}

/// What of the stored rows one part of a stream covers.
#[derive(Debug, Default)]
struct Covers {
    /// The column of the day.
    day: Option<String>,
    /// Columns that read something of the slice, with its name.
    slices: Vec<(String, String)>,
}

impl<'a> Gone<'a> {
    /// Compiles the `deletes` of a stream.
    ///
    /// # Errors
    /// [`Error::Setup`] for what cannot work, such as a sweep whose slices no column tells apart.
    pub fn of(stream: &'a Stream) -> Result<Self, Error> {
        let wrong = |problem: String| Error::Setup(format!("stream `{}`: {problem}", stream.name));
        let keyer = |key: &[String]| {
            Keyer::compile(key, stream.map.key_prefix.as_ref()).map_err(|error| wrong(error.to_string()))
        };
        let kind = match &stream.deletes {
            Deletes::None => Kinds::None,
            Deletes::Flag { path, values } => {
                Kinds::Flag { path: Path::compile(path).map_err(|error| wrong(error.to_string()))?, values }
            }
            Deletes::Tombstone { request, pagination, records, key } => {
                let decoder = Box::new(Decoder::at(&stream.name, records)?);
                let key = if key.is_empty() { &stream.key } else { key };
                Kinds::Tombstone { request, pagination, decoder, keyer: keyer(key)? }
            }
            Deletes::Sweep => Kinds::Sweep(Covers::of(stream).map_err(wrong)?),
        };
        Ok(Self { stream, keyer: Keyer::of(stream).map_err(|error| wrong(error.to_string()))?, kind })
    }

    /// Whether a complete listing says what is gone.
    pub fn sweeps(&self) -> bool {
        matches!(self.kind, Kinds::Sweep(_))
    }

    /// Whether records say of themselves that they are gone.
    pub fn flags(&self) -> bool {
        matches!(self.kind, Kinds::Flag { .. })
    }

    /// The id of a record that says it is gone.
    pub fn flagged(&self, record: &Value, context: &Context) -> Option<String> {
        let Kinds::Flag { path, values } = &self.kind else { return None };
        let said = path.first(&[record]).map(word_of)?;
        let fits = values.is_empty() || said.is_some_and(|said| values.iter().any(|value| *value == said));
        self.id(record, context).filter(|_| fits)
    }

    /// The id of a record.
    pub fn id(&self, record: &Value, context: &Context) -> Option<String> {
        self.keyer.id(record, context)
    }

    /// What a complete listing of the whole stream says.
    pub fn sweep(&self, began: Timestamp, kept: BTreeSet<String>) -> Sweep {
        Sweep { began, kept: kept.into_iter().collect(), days: None, only: Vec::new() }
    }

    /// What a complete listing of one window of days says; `context` is that of its slice.
    pub fn sweep_window(&self, began: Timestamp, kept: BTreeSet<String>, context: &Context) -> Option<Sweep> {
        let Kinds::Sweep(covers) = &self.kind else { return None };
        let day = |name: &str| context.get(name).and_then(|text| text.parse().ok());
        let (since, until) = (day("slice.since")?, day("slice.until")?);
        let slice = |(column, name): &(String, String)| Some((column.clone(), context.get(name)?.clone()));
        Some(Sweep {
            began,
            kept: kept.into_iter().collect(),
            days: Some((covers.day.clone()?, since, until)),
            only: covers.slices.iter().map(slice).collect::<Option<_>>()?,
        })
    }

    /// Reads the listing of those that are gone, where there is one, and hands on their ids.
    ///
    /// # Errors
    /// When a call fails for good or the sink refuses.
    pub async fn list(
        &self,
        caller: &Caller,
        vars: &Vars,
        context: &Context,
        sink: &dyn Sink,
    ) -> Result<(), Error> {
        let Kinds::Tombstone { request, pagination, decoder, keyer } = &self.kind else { return Ok(()) };
        let mut pager =
            Pager::new(caller, &self.stream.name, request, pagination, decoder, None, vars.clone())?;
        while !pager.is_done() {
            let fetched = pager.next(sink).await?;
            let ids: Vec<String> =
                fetched.records.iter().filter_map(|record| keyer.id(record, context)).collect();
            if !ids.is_empty() {
                let page = Page { deleted: ids, ..Page::empty(&self.stream.name, fetched.at) };
                sink.page(page).await.map_err(Error::Sink)?;
            }
        }
        Ok(())
    }
}

impl Covers {
    fn of(stream: &Stream) -> Result<Self, String> {
        let fields = &stream.map.fields;
        let reads = |names: &[&str]| {
            let reads = |from: &str| names.contains(&from);
            fields.iter().find_map(|(column, field)| {
                let name = field.from.as_deref().filter(|from| reads(from))?.strip_prefix('@')?;
                Some((column.clone(), name.to_owned()))
            })
        };
        if !stream.slices.iter().any(|slice| matches!(slice, Slice::Window { .. })) {
            return Ok(Self::default());
        }
        let mut covers = Self::default();
        for slice in &stream.slices {
            let (names, column): (&[&str], _) = match slice {
                Slice::Window { .. } => {
                    let table = Table::from_name(&stream.entity);
                    let is_day = |column: &&String| {
                        let at = table.and_then(|table| table.column_index(column));
                        let kind = at.and_then(|at| table?.columns().get(at)).map(|column| column.kind);
                        kind == Some(Kind::Date)
                    };
                    let day = fields.keys().find(is_day);
                    covers.day = Some(day.ok_or("a sweep of windows needs a column of days")?.clone());
                    continue;
                }
                Slice::Accounts {} => {
                    let names: &[&str] = &["@slice.account", "@account.id", "@account.source_id"];
                    (names, reads(names))
                }
                Slice::Values { .. } => (&["@slice.value"], reads(&["@slice.value"])),
                Slice::Parent { .. } => (&["@slice.parent"], reads(&["@slice.parent"])),
            };
            let wanted = names.first().copied().unwrap_or_default();
            covers
                .slices
                .push(column.ok_or_else(|| format!("a sweep needs a column that reads `{wanted}`"))?);
        }
        Ok(covers)
    }
}
