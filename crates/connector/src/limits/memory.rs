//! What is known of a budget as a text, so that the next process begins with it and not with nothing: a quota of a day that
//! is used up stays used up, whoever starts again.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Budget;
use super::state::State;

/// What is remembered of one limit.
#[derive(Serialize, Deserialize)]
struct Remembered {
    /// The limit as its description says it: one that reads otherwise now is another one.
    limit: String,
    /// Whose it is, without the connection: the call, where it is one for each; empty otherwise.
    call: String,
    state: State,
}

impl Budget {
    /// What is known of every limit that a connection of this budget has used, as far as it still matters; none where
    /// nothing is.
    #[must_use]
    pub fn remembered(&self, now: Timestamp) -> Option<String> {
        let book = self.shared.book();
        let mut all: Vec<(usize, Remembered)> = Vec::new();
        for ((at, whose), state) in &book.states {
            let (Some(kept), Some(call)) = (self.shared.limits.get(*at), self.call_of(*at, whose)) else {
                continue;
            };
            if let Some(state) = kept.lasting(state, now) {
                let limit = format!("{:?} {:?}", kept.limit(), kept.stream());
                all.push((*at, Remembered { limit, call, state }));
            }
        }
        drop(book);
        all.sort_by(|(one, of_one), (other, of_other)| (one, &of_one.call).cmp(&(other, &of_other.call)));
        let all: Vec<Remembered> = all.into_iter().map(|(_, one)| one).collect();
        if all.is_empty() { None } else { serde_json::to_string(&all).ok() }
    }

    /// Takes over what an earlier process remembered, for limits of which this one knows nothing yet. A text that cannot be
    /// read is forgotten: then the platform's answers tell anew.
    pub fn recall(&self, text: &str) {
        let Ok(all) = serde_json::from_str::<Vec<Remembered>>(text) else { return };
        let mut book = self.shared.book();
        for one in all {
            let found = self
                .shared
                .limits
                .iter()
                .position(|kept| one.limit == format!("{:?} {:?}", kept.limit(), kept.stream()));
            let Some(at) = found else { continue };
            let whose = self.whose(at, &one.call);
            book.states.entry((at, whose)).or_insert(one.state);
        }
    }
}
