//! Asks for one job and watches it to its end.

use std::time::Duration;

use jiff::Timestamp;
use netgain_domain::ErrorClass;
use netgain_manifest::Stream;
use netgain_mapping::{Path, word_of};

use super::plan::{JobPlan, Plan};
use crate::caller::Caller;
use crate::template::Vars;
use crate::{Error, Note, Sink};

/// The first look at a job comes soon; every later one waits twice as long, up to the manifest's pause.
const FIRST_LOOK: Duration = Duration::from_millis(200);

/// A job of the platform.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub id: String,
    /// When it was asked for, by this machine's clock.
    pub created: Timestamp,
}

/// How a job ends that did not fail.
#[derive(Debug)]
pub(crate) enum Ended {
    /// Its result can be read, with these values.
    Done(Vars),
    /// There is nothing to read; when the platform said so.
    Empty(Timestamp),
}

/// What came of a step: the thing itself, or why the window must be asked for again.
pub(crate) type Step<T> = Result<T, String>;

/// Watches the jobs of one stream.
pub(crate) struct Watch<'a> {
    pub caller: &'a Caller,
    pub stream: &'a Stream,
    pub plan: &'a Plan<'a>,
    pub sink: &'a dyn Sink,
}

impl Watch<'_> {
    /// Asks for a job.
    pub async fn create(&self, plan: &JobPlan<'_>, vars: &Vars) -> Result<Step<Job>, Error> {
        let asked = self.caller.call(&self.stream.name, &self.stream.request, vars, self.sink).await;
        let answer = match asked {
            Ok(answer) => answer,
            Err(error) => return or_again(error, &[ErrorClass::TooLarge]),
        };
        let id = plan.id.first(&[&answer.body]).and_then(word_of);
        let id = id.ok_or_else(|| self.wrong(format!("the answer has no `{}`", plan.id.text)))?;
        Ok(Ok(Job { id: id.into_owned(), created: self.caller.clock.now() }))
    }

    /// Waits until a job is done.
    pub async fn done(&self, plan: &JobPlan<'_>, job: &Job, vars: &Vars) -> Result<Step<Ended>, Error> {
        let clock = &self.caller.clock;
        let longest = Duration::from_secs(u64::from(plan.poll.every_s));
        let stuck_after = Duration::from_secs(u64::from(plan.poll.stuck_after_s));
        let age = |job: &Job| Duration::try_from(clock.now().duration_since(job.created)).unwrap_or_default();
        let mut pause = FIRST_LOOK.min(longest);
        let mut said = String::new();
        // a job that was asked for ahead is looked at at once
        if age(job) < pause {
            clock.sleep(pause).await;
        }
        loop {
            let asked = self.caller.call(&self.stream.name, &plan.poll.request, vars, self.sink).await;
            let answer = match asked {
                Ok(answer) => answer,
                // a job that was taken up may be forgotten by now
                Err(error) => return or_again(error, &[ErrorClass::TooLarge, ErrorClass::NotFound]),
            };
            let state = plan.state.first(&[&answer.body]).and_then(word_of).unwrap_or_default();
            if state != said {
                said = state.clone().into_owned();
                let stream = self.stream.name.clone();
                self.sink.note(Note::Job { stream, state: said.clone(), objects: None });
            }
            if plan.poll.empty.iter().any(|word| *word == state) {
                return Ok(Ok(Ended::Empty(answer.at)));
            }
            if plan.poll.done.iter().any(|word| *word == state) {
                let value = |(name, path): &(String, Path)| {
                    let said = path.first(&[&answer.body]).and_then(word_of);
                    let said =
                        said.ok_or_else(|| self.wrong(format!("the answer has no `{}`", path.text)))?;
                    Ok((name.clone(), said.into_owned()))
                };
                return Ok(Ok(Ended::Done(plan.values.iter().map(value).collect::<Result<_, Error>>()?)));
            }
            if plan.poll.failed.iter().any(|word| *word == state) {
                return Ok(Err(format!("ended as `{state}`")));
            }
            // a state that the manifest does not know is waited for like any other, but not for ever
            if age(job) >= stuck_after {
                return Ok(Err(format!("stood at `{state}` for too long")));
            }
            pause = pause.saturating_mul(2).min(longest).max(FIRST_LOOK);
            clock.sleep(pause).await;
        }
    }

    pub fn wrong(&self, problem: String) -> Error {
        Error::Answer { stream: self.stream.name.clone(), problem }
    }
}

/// Failures of these classes mean that the window is asked for again, smaller in the end.
pub(crate) fn or_again<T>(error: Error, classes: &[ErrorClass]) -> Result<Step<T>, Error> {
    match error {
        Error::Refused { class, message, .. } if classes.contains(&class) => {
            Ok(Err(format!("was refused ({message})")))
        }
        error => Err(error),
    }
}
