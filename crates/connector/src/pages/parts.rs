//! The parts of a stream that are listed for themselves, such as its accounts.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::Pin;

use netgain_manifest::{Slice, Stream};
use netgain_mapping::{Context, Path, word_of};

use crate::caller::Caller;
use crate::decode::Decoder;
use crate::engine::Account;
use crate::pager::Pager;
use crate::template::Vars;
use crate::{Error, Sink};

/// A part of the stream that is listed for itself.
#[derive(Clone)]
pub(crate) struct Part {
    /// What it is called in the stored position; empty for the whole stream.
    pub key: String,
    pub vars: Vars,
    pub context: Context,
}

/// Parents that may lead to parents.
type Found<'f, T> = Pin<Box<dyn Future<Output = Result<T, Error>> + Send + 'f>>;

/// The slices of a stream, but for its windows of days; one with an empty key where it has none. Streams whose records
/// are its slices are listed for that.
pub(crate) fn parts<'f>(
    caller: &'f Caller,
    stream: &'f Stream,
    accounts: &'f [Account],
    sink: &'f dyn Sink,
) -> Found<'f, Vec<Part>> {
    Box::pin(async move {
        let context = accounts.first().map(|account| account.context.clone()).unwrap_or_default();
        let vars = context.clone();
        let mut parts = vec![Part { key: String::new(), vars, context }];
        for slice in &stream.slices {
            let mut finer = Vec::new();
            for part in &parts {
                match slice {
                    Slice::Accounts {} => {
                        finer.extend(accounts.iter().map(|account| part.of_account(account)))
                    }
                    Slice::Values { values } => {
                        finer.extend(values.iter().map(|value| part.with("slice.value", value)));
                    }
                    Slice::Parent { stream: parent, key, batch } => {
                        let ids = parents(caller, stream, parent, key, part, accounts, sink).await?;
                        let most = batch.map_or(1, |batch| batch.max(1)) as usize;
                        finer.extend(ids.chunks(most).map(|ids| part.with("slice.parent", &ids.join(","))));
                    }
                    // cut later, by the day on which the run takes place
                    Slice::Window { .. } => finer.push(part.clone()),
                }
            }
            parts = finer;
        }
        Ok(parts)
    })
}

/// The values at `key` in the records of another stream, as far as it belongs to the same slices.
async fn parents(
    caller: &Caller,
    child: &Stream,
    name: &str,
    key: &str,
    part: &Part,
    accounts: &[Account],
    sink: &dyn Sink,
) -> Result<Vec<String>, Error> {
    let setup = |problem: String| Error::Setup(format!("stream `{}`: {problem}", child.name));
    let parent = caller.manifest.stream(name).filter(|parent| parent.name != child.name);
    let parent =
        parent.ok_or_else(|| setup(format!("its slices name `{name}`, which is no other stream")))?;
    let path = Path::compile(key).map_err(|error| setup(error.to_string()))?;
    let decoder = Decoder::of(parent)?;
    let mut ids = BTreeSet::new();
    for of_parent in parts(caller, parent, accounts, sink).await? {
        let same = |name: &str| match (part.vars.get(name), of_parent.vars.get(name)) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => true,
        };
        if !same("slice.account") {
            continue;
        }
        let Stream { name, request, pagination, page_size, .. } = parent;
        let mut pager = Pager::new(caller, name, request, pagination, &decoder, *page_size, of_parent.vars)?;
        while !pager.is_done() {
            let fetched = pager.next(sink).await?;
            let found = fetched.records.iter().filter_map(|record| path.first(&[record]).and_then(word_of));
            ids.extend(found.map(|word| word.into_owned()));
        }
    }
    Ok(ids.into_iter().collect())
}

impl Part {
    fn with(&self, name: &str, value: &str) -> Self {
        let key = if self.key.is_empty() { value.to_owned() } else { format!("{}/{value}", self.key) };
        let mut vars = self.vars.clone();
        vars.insert(name.to_owned(), value.to_owned());
        let mut context = self.context.clone();
        context.extend(vars.clone());
        Self { key, vars, context }
    }

    fn of_account(&self, account: &Account) -> Self {
        let mut part = self.with("slice.account", &account.id);
        let others = |name: &String| name.starts_with("account.");
        part.context.retain(|name, _| !others(name));
        part.vars.retain(|name, _| !others(name));
        part.context.extend(account.context.clone());
        part.vars.extend(account.context.clone());
        part
    }
}
