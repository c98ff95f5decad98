//! The parts of a stream that are listed for themselves, such as its accounts.

use netgain_manifest::{Slice, Stream};
use netgain_mapping::Context;

use crate::Error;
use crate::engine::Account;
use crate::template::Vars;

/// A part of the stream that is listed for itself.
pub(super) struct Part {
    /// What it is called in the stored position; empty for the whole stream.
    pub key: String,
    pub vars: Vars,
    pub context: Context,
}

/// The slices of a stream; one with an empty key where it has none.
pub(super) fn parts(stream: &Stream, accounts: &[Account]) -> Result<Vec<Part>, Error> {
    let context = accounts.first().map(|account| account.context.clone()).unwrap_or_default();
    let mut parts = vec![Part { key: String::new(), vars: Vars::new(), context }];
    for slice in &stream.slices {
        let mut finer = Vec::new();
        for part in &parts {
            match slice {
                Slice::Accounts {} => finer.extend(
                    accounts
                        .iter()
                        .map(|account| part.with("slice.account", &account.id, Some(&account.context))),
                ),
                Slice::Values { values } => {
                    finer.extend(values.iter().map(|value| part.with("slice.value", value, None)));
                }
                Slice::Window { .. } | Slice::Parent { .. } => {
                    let problem = format!("stream `{}`: its slices are not served by pages yet", stream.name);
                    return Err(Error::Setup(problem));
                }
            }
        }
        parts = finer;
    }
    Ok(parts)
}

impl Part {
    fn with(&self, name: &str, value: &str, context: Option<&Context>) -> Self {
        let key = if self.key.is_empty() { value.to_owned() } else { format!("{}/{value}", self.key) };
        let mut vars = self.vars.clone();
        vars.insert(name.to_owned(), value.to_owned());
        let mut context = context.unwrap_or(&self.context).clone();
        context.extend(vars.clone());
        Self { key, vars, context }
    }
}
