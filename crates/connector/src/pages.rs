//! Page after page until the platform says that there is no more.

use bytes::Bytes;
use netgain_manifest::{Pagination, Stream};
use netgain_mapping::Path;
use sonic_rs::{JsonContainerTrait, JsonValueTrait};

use crate::caller::Caller;
use crate::engine::{Account, StreamReport};
use crate::template::Vars;
use crate::{Error, Page, Sink};

/// Runs a stream page by page.
pub(crate) async fn run(
    caller: &Caller,
    stream: &Stream,
    accounts: &[Account],
    cursor: Option<&str>,
    sink: &dyn Sink,
) -> Result<StreamReport, Error> {
    let _ = cursor;
    let wrong = |problem: String| Error::Answer { stream: stream.name.clone(), problem };
    let path = |text: &str| Path::compile(text).map_err(|error| wrong(error.to_string()));
    let Pagination::Graphql { page_info } = &stream.pagination else {
        return Err(Error::Setup(format!("stream `{}`: this pagination is not served yet", stream.name)));
    };
    let (records, page_info) = (path(&stream.records)?, path(page_info)?);
    let context = accounts.first().map(|account| account.context.clone()).unwrap_or_default();
    let mut vars = Vars::new();
    let mut report = StreamReport::default();
    loop {
        let answer = caller.call(&stream.name, &stream.request, &vars, sink).await?;
        report.calls += 1;
        let found = records.first(&[&answer.body]).and_then(|list| list.as_array());
        let found = found.ok_or_else(|| wrong(format!("the answer has no `{}`", stream.records)))?;
        let lines: Vec<Bytes> = found
            .iter()
            .map(|record| sonic_rs::to_vec(record).map(Bytes::from).map_err(|error| wrong(error.to_string())))
            .collect::<Result<_, _>>()?;
        report.records += lines.len() as u64;
        let info = page_info.first(&[&answer.body]);
        let next = info
            .filter(|info| info.get("hasNextPage").and_then(|more| more.as_bool()) == Some(true))
            .and_then(|info| info.get("endCursor").and_then(|end| end.as_str().map(str::to_owned)));
        let page = Page {
            stream: stream.name.clone(),
            lines,
            context: context.clone(),
            observed_at: answer.at,
            cursor: next.is_none().then(|| "{}".to_owned()),
            fraction: None,
        };
        sink.page(page).await.map_err(Error::Sink)?;
        match next {
            Some(after) => drop(vars.insert("page.after".to_owned(), after)),
            None => return Ok(report),
        }
    }
}
