//! The job that writes the file: asked for, watched to its end, ended when it makes no progress.

use std::time::Duration;

use jiff::Timestamp;
use netgain_domain::ErrorClass;
use netgain_mapping::{Path, word_of};
use sonic_rs::Value;

use super::Load;
use crate::cursor::BulkPosition;
use crate::template::Vars;
use crate::{Error, Note};

/// A small job is done soon, so the first looks come soon; later ones wait a quarter of the job's age.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How watching a job ends.
pub(super) enum Ended {
    /// Its file is there.
    Written(Written),
    /// There will be no file of this job; why.
    Lost(String),
}

/// A file as the platform describes it.
#[derive(Debug, Clone, Default)]
pub(super) struct Written {
    /// Its address, none for an empty file.
    pub url: Option<String>,
    pub bytes: Option<u64>,
    pub lines: Option<u64>,
    pub records: Option<u64>,
}

impl Load<'_> {
    /// Asks for a file, waiting while too many are being written.
    pub(super) async fn create(&mut self) -> Result<BulkPosition, Error> {
        let clock = &self.files.caller.clock;
        let began = clock.now();
        loop {
            let name = format!("{} create", self.stream.name);
            let answer = self.files.caller.call(&name, self.plan.create, &Vars::new(), self.sink).await?;
            if let Some(id) = said(&self.plan.id, &answer.body) {
                let started = said(&self.plan.started, &answer.body)
                    .filter(|text| text.parse::<Timestamp>().is_ok())
                    .ok_or_else(|| self.lacks(&self.plan.started))?;
                return Ok(BulkPosition { id, started, roots: 0 });
            }
            let refused = self.plan.errors.as_ref().and_then(|errors| said(errors, &answer.body));
            let message = refused.unwrap_or_else(|| "it names no job".to_owned());
            let busy = self.plan.busy.as_ref().is_some_and(|(code, when)| {
                said(code, &answer.body)
                    .is_some_and(|said| when.values.is_empty() || when.values.contains(&said))
            });
            let stuck = self.stuck_after();
            if !busy || age(began, clock.now()) > stuck {
                let class = if busy { ErrorClass::RateLimited } else { ErrorClass::Invalid };
                let message = format!(
                    "{} refused the file of stream `{}`: {message}",
                    self.files.caller.manifest.name, self.stream.name
                );
                return Err(Error::Refused { class, status: 200, message });
            }
            let time = self.pause_at(age(began, clock.now()));
            self.sink.note(Note::Waiting { time, why: "busy" });
            clock.sleep(time).await;
        }
    }

    /// Watches a job to its end.
    pub(super) async fn watch(&mut self, at: &BulkPosition) -> Result<Ended, Error> {
        let caller = &self.files.caller;
        let vars: Vars = [("job.id".to_owned(), at.id.clone())].into();
        let began = caller.clock.now();
        let (mut moved, mut seen) = (began, None);
        loop {
            let name = format!("{} poll", self.stream.name);
            let answer = match caller.call(&name, &self.plan.poll.request, &vars, self.sink).await {
                Ok(answer) => answer.body,
                Err(Error::Refused { class: ErrorClass::NotFound, .. }) => {
                    return Ok(Ended::Lost("the job is not known any more".to_owned()));
                }
                Err(error) => return Err(error),
            };
            let Some(state) = said(&self.plan.state, &answer) else {
                return Ok(Ended::Lost("the job is not known any more".to_owned()));
            };
            let objects = self.number(&self.plan.lines, &answer)?;
            self.sink.note(Note::Job { stream: self.stream.name.clone(), state: state.clone(), objects });
            if self.plan.poll.done.contains(&state) {
                return self.written(&answer);
            }
            if self.plan.poll.failed.contains(&state) {
                let partial = self.plan.partial_url.as_ref().and_then(|path| said(path, &answer));
                let partly = if partial.is_some() { " with a part of the file" } else { "" };
                return Ok(Ended::Lost(format!("the job ended as {state}{partly}")));
            }
            let now = caller.clock.now();
            if objects != seen {
                (moved, seen) = (now, objects);
            }
            if age(moved, now) > self.stuck_after() {
                self.cancel(&vars).await;
                return Ok(Ended::Lost(format!("the job stood still as {state}")));
            }
            caller.clock.sleep(self.pause_at(age(began, now))).await;
        }
    }

    /// Ends a job, so that it does not stand in the way of the next. That it cannot be ended is no failure: the
    /// platform ends it by itself some day.
    async fn cancel(&mut self, vars: &Vars) {
        let Some(cancel) = self.plan.cancel else { return };
        let name = format!("{} cancel", self.stream.name);
        if let Err(error) = self.files.caller.call(&name, cancel, vars, self.sink).await {
            self.recovered(format!("a job that stood still could not be ended ({error})"));
        }
    }

    fn written(&self, answer: &Value) -> Result<Ended, Error> {
        let written = Written {
            url: said(&self.plan.url, answer),
            bytes: self.number(&self.plan.bytes, answer)?,
            lines: self.number(&self.plan.lines, answer)?,
            records: self.number(&self.plan.records, answer)?,
        };
        // without an address an empty file is meant, unless the platform says that there was something
        let empty = written.lines.or(written.records).or(written.bytes).unwrap_or_default() == 0;
        if written.url.is_none() && !empty {
            return Ok(Ended::Lost("its file has no address any more".to_owned()));
        }
        Ok(Ended::Written(written))
    }

    fn number(&self, path: &Option<Path>, answer: &Value) -> Result<Option<u64>, Error> {
        let Some(path) = path else { return Ok(None) };
        let Some(word) = said(path, answer) else { return Ok(None) };
        let number =
            word.parse().map_err(|_| self.wrong(format!("`{}` is not a whole number", path.text)))?;
        Ok(Some(number))
    }

    fn lacks(&self, path: &Path) -> Error {
        self.wrong(format!("the answer has no usable `{}`", path.text))
    }

    fn stuck_after(&self) -> Duration {
        Duration::from_secs(u64::from(self.plan.poll.stuck_after_s))
    }

    fn pause_at(&self, age: Duration) -> Duration {
        let longest = Duration::from_secs(u64::from(self.plan.poll.every_s.max(1)));
        (age / 4).clamp(FIRST_PAUSE, longest)
    }
}

fn said(path: &Path, answer: &Value) -> Option<String> {
    path.first(&[answer]).and_then(word_of).map(std::borrow::Cow::into_owned).filter(|word| !word.is_empty())
}

fn age(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}
