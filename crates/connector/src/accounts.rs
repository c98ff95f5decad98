//! The accounts of a connection: listed, handed on like the records of any stream, and understood enough to tell the
//! other streams their currency and time zone.

use std::collections::BTreeMap;

use netgain_domain::Value as Cell;
use netgain_manifest::{Accounts, Stream};
use netgain_mapping::{Context, Mapper};
use sonic_rs::Value;

use crate::caller::Caller;
use crate::decode::Decoder;
use crate::engine::Account;
use crate::pager::Pager;
use crate::template::{Vars, fill};
use crate::{Error, Page, Sink, pages};

/// Lists the accounts.
pub(crate) async fn list(
    caller: &Caller,
    section: &Accounts,
    sink: &dyn Sink,
) -> Result<Vec<Account>, Error> {
    let stream = section.as_stream();
    let mapper = Mapper::compile(&stream).map_err(|error| Error::Setup(error.to_string()))?;
    if let Some(fixed) = &section.fixed {
        return known(caller, &stream, &mapper, fixed, sink).await;
    }
    let decoder = Decoder::of(&stream)?;
    let mut pager =
        Pager::new(caller, &stream.name, &stream.request, &stream.pagination, &decoder, None, Vars::new())?;
    let wrong = |problem: String| Error::Answer { stream: stream.name.clone(), problem };
    let mut accounts = Vec::new();
    while !pager.is_done() {
        let fetched = pager.next(sink).await?;
        let mut lines = Vec::with_capacity(fetched.records.len());
        for record in &fetched.records {
            lines.push(pages::line(record).map_err(wrong)?);
            accounts.push(account(&mapper, record).map_err(wrong)?);
        }
        let page = Page { lines, ..Page::empty(&stream.name, fetched.at) };
        sink.page(page).await.map_err(Error::Sink)?;
    }
    Ok(accounts)
}

/// The one account that the connection itself describes.
async fn known(
    caller: &Caller,
    stream: &Stream,
    mapper: &Mapper,
    fixed: &BTreeMap<String, String>,
    sink: &dyn Sink,
) -> Result<Vec<Account>, Error> {
    let vars = caller.vars(&Vars::new());
    let mut record = serde_json::Map::new();
    for (key, text) in fixed {
        record.extend(fill(text, &vars)?.map(|value| (key.clone(), value.into())));
    }
    let text = serde_json::Value::Object(record).to_string();
    let wrong = |problem: String| Error::Setup(format!("the account of the connection: {problem}"));
    let record = netgain_mapping::parse(&text).map_err(|error| wrong(error.to_string()))?;
    let account = account(mapper, &record).map_err(wrong)?;
    let page = Page { lines: vec![text.into()], ..Page::empty(&stream.name, caller.clock.now()) };
    sink.page(page).await.map_err(Error::Sink)?;
    Ok(vec![account])
}

/// What the other streams may read about an account. One that cannot be understood stops the run: without its
/// currency no amount means anything.
fn account(mapper: &Mapper, record: &Value) -> Result<Account, String> {
    let mapped = mapper.record(record, 0, 0, &Context::new());
    let mapped = mapped.map_err(|bad| format!("an account's `{}` {}", bad.path, bad.reason))?;
    let row = mapped.into_iter().next().map(|record| record.root).ok_or("an account became no row")?;
    let mut context = Context::from([("account.id".to_owned(), row.source_id.clone())]);
    for (column, cell) in row.table.columns().iter().zip(&row.cells) {
        if let Cell::Text(text) = cell {
            context.insert(format!("account.{}", column.name), text.clone());
        }
    }
    Ok(Account { id: row.source_id, context })
}
