//! The same question, asked several times at once, is worked out once: a figure that many look at costs no more than one
//! that a single person looks at.
//!
//! Nobody gets an answer that is older than their question. Whoever asks while an answer is being worked out waits for the
//! next one, which begins after they asked, together with all who came meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{HOST, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use tokio::sync::oneshot::{Receiver, Sender, channel};

use crate::access::Caller;
use crate::app::App;

/// Routes whose answers are about one workspace.
const OF_WORKSPACE: &str = "/api/v1/workspaces/{w}/";
/// Longer answers are files, and are not kept for others.
const LONGEST: usize = 4 << 20;

/// What is being worked out, and who came since it began.
#[derive(Default)]
pub(crate) struct Together {
    running: Mutex<HashMap<Question, Vec<Sender<Turn>>>>,
}

/// Who asks for what. Answers may depend on the caller and on the name under which the server was reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Question {
    caller: String,
    host: Vec<u8>,
    address: String,
}

impl Question {
    /// None for what is not asked together with others.
    fn of(request: &Request) -> Option<Self> {
        let route = request.extensions().get::<MatchedPath>()?;
        if request.method() != Method::GET || !route.as_str().starts_with(OF_WORKSPACE) {
            return None;
        }
        let caller = match request.extensions().get::<Caller>()? {
            Caller::Open => "open".to_owned(),
            Caller::Person(visitor) => format!("session {}", visitor.session),
            Caller::Key(key) => format!("key {}", key.id),
            Caller::Nobody => return None,
        };
        let host = request.headers().get(HOST).map(|host| host.as_bytes().to_vec()).unwrap_or_default();
        Some(Self { caller, host, address: request.uri().to_string() })
    }
}

/// What somebody who waits is told.
enum Turn {
    /// The answer.
    Answer(Answer),
    /// To work it out, for these others too.
    Lead(Lead),
}

#[derive(Clone)]
struct Answer {
    headers: HeaderMap,
    body: Bytes,
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        (self.headers, self.body).into_response()
    }
}

/// Works out an answer. When it is dropped, with an answer or because its own caller went away, the next one begins.
struct Lead {
    all: Arc<Together>,
    question: Question,
    followers: Vec<Sender<Turn>>,
    answer: Option<Answer>,
    over: bool,
}

impl Drop for Lead {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        for follower in self.followers.drain(..) {
            // without an answer each asks for itself; whoever has gone away is not missed
            if let Some(answer) = &self.answer {
                let _ = follower.send(Turn::Answer(answer.clone()));
            }
        }
        self.all.pass_on(&self.question);
    }
}

impl Together {
    /// Begins, or waits for the next beginning.
    fn join(self: &Arc<Self>, question: Question) -> Result<Lead, Receiver<Turn>> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = running.get_mut(&question) {
            let (sender, receiver) = channel();
            waiting.push(sender);
            return Err(receiver);
        }
        running.insert(question.clone(), Vec::new());
        Ok(self.lead(question, Vec::new()))
    }

    fn lead(self: &Arc<Self>, question: Question, followers: Vec<Sender<Turn>>) -> Lead {
        Lead { all: Arc::clone(self), question, followers, answer: None, over: false }
    }

    /// Has one of those who wait work out the next answer.
    fn pass_on(self: &Arc<Self>, question: &Question) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = running.get_mut(question).map(std::mem::take).unwrap_or_default();
        while let Some(next) = waiting.pop() {
            let lead = self.lead(question.clone(), std::mem::take(&mut waiting));
            match next.send(Turn::Lead(lead)) {
                Ok(()) => return,
                Err(Turn::Lead(mut lead)) => {
                    // that one has gone away
                    lead.over = true;
                    waiting = std::mem::take(&mut lead.followers);
                }
                Err(Turn::Answer(_)) => {}
            }
        }
        running.remove(question);
    }
}

/// Surrounds the routes, within what admits callers and records what they see: that is done for each of them.
pub(crate) async fn together(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(question) = Question::of(&request) else { return next.run(request).await };
    let lead = match app.together.join(question) {
        Ok(lead) => lead,
        Err(waiting) => match waiting.await {
            Ok(Turn::Answer(answer)) => return answer.into_response(),
            Ok(Turn::Lead(lead)) => lead,
            Err(_) => return next.run(request).await,
        },
    };
    led(lead, next.run(request)).await
}

/// Works an answer out and hands it to those who wait for it.
async fn led(mut lead: Lead, answering: impl Future<Output = Response>) -> Response {
    let response = answering.await;
    let length = response.body().size_hint().exact().and_then(|length| usize::try_from(length).ok());
    let kept = response.status() == StatusCode::OK && !response.headers().contains_key(SET_COOKIE);
    if lead.followers.is_empty() || !kept || length.is_none_or(|length| length > LONGEST) {
        return response;
    }
    let (parts, body) = response.into_parts();
    match to_bytes(body, LONGEST).await {
        Ok(body) => {
            lead.answer = Some(Answer { headers: parts.headers.clone(), body: body.clone() });
            Response::from_parts(parts, Body::from(body))
        }
        Err(error) => crate::problem::Problem::internal(&error).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    fn question(address: &str) -> Question {
        Question { caller: "open".to_owned(), host: Vec::new(), address: address.to_owned() }
    }

    /// As [`together`], of an answer that a test gives.
    async fn ask<F: Future<Output = Response>>(
        all: &Arc<Together>,
        address: &str,
        answering: impl Fn() -> F,
    ) -> String {
        let response = match all.join(question(address)) {
            Ok(lead) => led(lead, answering()).await,
            Err(waiting) => match waiting.await {
                Ok(Turn::Answer(answer)) => answer.into_response(),
                Ok(Turn::Lead(lead)) => led(lead, answering()).await,
                Err(_) => answering().await,
            },
        };
        String::from_utf8(to_bytes(response.into_body(), LONGEST).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn many_who_ask_at_once_share_an_answer_that_is_no_older_than_their_question() {
        let (all, worked, figure) = (Arc::<Together>::default(), AtomicUsize::new(0), AtomicUsize::new(0));
        let answering = || async {
            worked.fetch_add(1, Ordering::SeqCst);
            let seen = figure.load(Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(20)).await;
            seen.to_string().into_response()
        };
        let first = ask(&all, "/a", answering);
        let later = async {
            tokio::task::yield_now().await;
            // the first answer is being worked out, and this change is not in it
            figure.store(7, Ordering::SeqCst);
            futures_all((0..50).map(|_| Box::pin(ask(&all, "/a", answering))).collect()).await
        };
        let (first, later) = tokio::join!(first, later);
        assert_eq!(first, "0");
        assert_eq!(later, vec!["7".to_owned(); 50]);
        assert_eq!(worked.load(Ordering::SeqCst), 2);
        assert!(all.running.lock().unwrap().is_empty(), "nothing is left over");
    }

    /// Runs all side by side.
    async fn futures_all<F: Future<Output = String> + Unpin>(mut all: Vec<F>) -> Vec<String> {
        let mut done: Vec<Option<String>> = all.iter().map(|_| None).collect();
        std::future::poll_fn(|context| {
            for (one, done) in all.iter_mut().zip(&mut done) {
                if done.is_none()
                    && let std::task::Poll::Ready(answer) = std::pin::Pin::new(one).poll(context)
                {
                    *done = Some(answer);
                }
            }
            if done.iter().all(Option::is_some) {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
        done.into_iter().flatten().collect()
    }

    #[tokio::test]
    async fn refusals_are_not_shared_and_who_goes_away_holds_nobody_up() {
        let (all, worked) = (Arc::<Together>::default(), AtomicUsize::new(0));
        let refusing = || async {
            worked.fetch_add(1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(5)).await;
            (StatusCode::NOT_FOUND, "no").into_response()
        };
        let answers = futures_all((0..3).map(|_| Box::pin(ask(&all, "/b", refusing))).collect()).await;
        assert_eq!((answers, worked.load(Ordering::SeqCst)), (vec!["no".to_owned(); 3], 3));

        // the one who works it out goes away, and so does the next in line
        let never = || std::future::pending::<Response>();
        let answering = || async { "yes".into_response() };
        let gone = tokio::time::timeout(Duration::from_millis(5), ask(&all, "/c", never));
        let waiting = async {
            tokio::task::yield_now().await;
            let other = tokio::time::timeout(Duration::from_millis(1), ask(&all, "/c", never));
            tokio::join!(ask(&all, "/c", answering), other).0
        };
        let (gone, waited) = tokio::join!(gone, waiting);
        assert!(gone.is_err());
        assert_eq!(waited, "yes");
        assert!(all.running.lock().unwrap().is_empty(), "nothing is left over");
    }
}
