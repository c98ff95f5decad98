//! Reading one object of a stream, as an event asks for it.

use netgain_manifest::{One, Stream};
use netgain_mapping::Path;
use sonic_rs::JsonContainerTrait;

use crate::complete::Completer;
use crate::decode::Decoder;
use crate::gone::Gone;
use crate::limits::Priority;
use crate::template::Vars;
use crate::{Account, Engine, Error, Page, Sink, pages};

impl Engine {
    /// Reads one object and makes it whole, like a record of the stream's listing; none when the platform has it not, or
    /// it says that it is gone or is not one that the stream counts.
    /// The page has no cursor and is not handed to the sink, which only hears of pauses.
    ///
    /// # Errors
    /// When a call fails for good or its answer cannot be understood.
    pub async fn object(
        &self,
        stream: &Stream,
        one: &One,
        id: &str,
        account: Option<&Account>,
        sink: &dyn Sink,
    ) -> Result<Option<Page>, Error> {
        let mut vars = Vars::from([("event.id".to_owned(), id.to_owned())]);
        let mut context = netgain_mapping::Context::new();
        if let Some(account) = account {
            vars.insert("event.account".to_owned(), account.id.clone());
            vars.insert("slice.account".to_owned(), account.id.clone());
            context.clone_from(&account.context);
        }
        let name = format!("{}.one", stream.name);
        let caller = self.caller.fork(Priority::Webhook);
        let answer = match caller.call(&name, &one.request, &vars, sink).await {
            Ok(answer) => answer,
            Err(error) if error.class() == netgain_domain::ErrorClass::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let path = Path::compile(&one.records).map_err(|error| Error::Setup(error.to_string()))?;
        let found = path.first(&[&answer.body]);
        // some platforms answer with a list of one
        let found = found.and_then(|found| match found.as_array() {
            Some(list) => list.first(),
            None => Some(found),
        });
        let Some(record) = found.cloned() else { return Ok(None) };
        let Some(mut record) = Decoder::of(stream)?.alone(&answer.body, record)? else { return Ok(None) };
        if Gone::of(stream)?.flagged(&record, &context).is_some() {
            return Ok(None);
        }
        Completer::new(&caller, stream)?.complete(&mut record, &vars, sink).await?;
        let wrong = |problem| Error::Answer { stream: stream.name.clone(), problem };
        Ok(Some(Page {
            lines: vec![pages::line(&record).map_err(wrong)?],
            context,
            ..Page::empty(&stream.name, answer.at)
        }))
    }
}
