//! The accounts of a connection: listed, handed on like the records of any stream, and understood enough to tell the
//! other streams their currency and time zone.

use netgain_domain::Value as Cell;
use netgain_manifest::Accounts;
use netgain_mapping::{Context, Mapper};
use sonic_rs::Value;

use crate::caller::Caller;
use crate::engine::Account;
use crate::pager::Pager;
use crate::template::Vars;
use crate::{Error, Page, Sink, pages};

/// Lists the accounts.
pub(crate) async fn list(
    caller: &Caller,
    section: &Accounts,
    sink: &dyn Sink,
) -> Result<Vec<Account>, Error> {
    if section.fixed.is_some() {
        return Err(Error::Setup("`accounts.fixed` is not served yet".to_owned()));
    }
    let stream = section.as_stream();
    let mapper = Mapper::compile(&stream).map_err(|error| Error::Setup(error.to_string()))?;
    let mut pager = Pager::new(
        caller,
        &stream.name,
        &stream.request,
        &stream.pagination,
        &stream.records,
        None,
        Vars::new(),
    )?;
    let wrong = |problem: String| Error::Answer { stream: stream.name.clone(), problem };
    let mut accounts = Vec::new();
    while !pager.is_done() {
        let fetched = pager.next(sink).await?;
        let mut lines = Vec::with_capacity(fetched.records.len());
        for record in &fetched.records {
            lines.push(pages::line(record).map_err(wrong)?);
            accounts.push(account(&mapper, record).map_err(wrong)?);
        }
        let page = Page {
            stream: stream.name.clone(),
            lines,
            context: Context::new(),
            observed_at: fetched.at,
            cursor: None,
            fraction: None,
        };
        sink.page(page).await.map_err(Error::Sink)?;
    }
    Ok(accounts)
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
