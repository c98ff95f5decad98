//! What a provider offers, in the vocabulary's own words: for listings and for its page.

use netgain_manifest::{
    Auth, Category, Cursor, Deletes, Fetch, Limit, Manifest, Pagination, Scope, Slice, Stream, Totals,
};

/// The word of a provider's purpose.
#[must_use]
pub fn category(manifest: &Manifest) -> &'static str {
    match manifest.category {
        Category::Commerce => "commerce",
        Category::Ads => "ads",
        Category::Messaging => "messaging",
        Category::Crm => "crm",
        Category::Analytics => "analytics",
        Category::Finance => "finance",
    }
}

fn auth_kind(auth: &Auth) -> &'static str {
    match auth {
        Auth::None {} => "none",
        Auth::ApiKey { .. } => "api_key",
        Auth::Bearer { .. } => "bearer",
        Auth::Basic { .. } => "basic",
        Auth::Oauth2Code(_) => "oauth2_code",
        Auth::Oauth2ClientCredentials(_) => "oauth2_client_credentials",
        Auth::Oauth2RefreshToken(_) => "oauth2_refresh_token",
    }
}

/// The ways in which a connection may sign its calls.
#[must_use]
pub fn auth_kinds(manifest: &Manifest) -> Vec<&'static str> {
    let mut kinds = vec![auth_kind(&manifest.auth)];
    kinds.extend(manifest.sign_in.as_ref().map(auth_kind));
    kinds.dedup();
    kinds
}

/// Who may hold the credentials: `own`, and `central` where the operator may.
#[must_use]
pub fn modes(manifest: &Manifest) -> Vec<&'static str> {
    if manifest.central.is_some() { vec!["own", "central"] } else { vec!["own"] }
}

/// The names of the compiled functions that the manifest needs.
#[must_use]
pub fn hooks(manifest: &Manifest) -> Vec<&str> {
    manifest.streams.iter().filter_map(|stream| stream.hook.as_deref()).collect()
}

/// The events that the provider sends and that mean something here.
#[must_use]
pub fn events(manifest: &Manifest) -> Vec<&str> {
    let events = manifest.webhooks.iter().flat_map(|webhooks| webhooks.events.keys());
    events.map(String::as_str).collect()
}

/// How a stream is asked for.
#[must_use]
pub fn fetch(stream: &Stream) -> &'static str {
    match &stream.fetch {
        Fetch::Pages { document: None } => "pages",
        Fetch::Pages { document: Some(_) } => "pages of files",
        Fetch::AsyncJob { .. } => "async_job",
        _ => "bulk",
    }
}

/// The word of a stream's paging.
#[must_use]
pub fn pagination(stream: &Stream) -> &'static str {
    match &stream.pagination {
        Pagination::None {} => "none",
        Pagination::NextUrl { .. } => "next_url",
        Pagination::LinkHeader {} => "link_header",
        Pagination::Token { .. } => "token",
        Pagination::Graphql { .. } => "graphql",
        Pagination::Offset { .. } => "offset",
        Pagination::Page { .. } => "page",
        Pagination::Keyset { .. } => "keyset",
    }
}

/// The word of what is remembered of a stream between runs.
#[must_use]
pub fn cursor(stream: &Stream) -> &'static str {
    match &stream.cursor {
        Cursor::Full {} => "full",
        Cursor::Timestamp { .. } => "timestamp",
        Cursor::Sequence { .. } => "sequence",
        Cursor::Token { .. } => "token",
        Cursor::Restate { .. } => "restate",
        Cursor::Events(_) => "events",
    }
}

/// What is remembered of a stream between runs, with its numbers.
pub(crate) fn cursor_words(stream: &Stream) -> String {
    match &stream.cursor {
        Cursor::Full {} => "all of it each time".to_owned(),
        Cursor::Timestamp { path, overlap_s, lag_s, .. } => {
            let again = overlap_s + lag_s;
            format!("from the last `{path}` on, {again} s of it again")
        }
        Cursor::Sequence { path, .. } => format!("from the last `{path}` on"),
        Cursor::Token { path } => format!("from the last `{path}` on"),
        Cursor::Restate { days } => format!("the last {days} days again"),
        Cursor::Events(events) => format!("from the provider's events, kept {} days", events.retention_days),
    }
}

/// How far back a stream goes and in what parts it is asked for.
pub(crate) fn slices(stream: &Stream) -> String {
    let words = stream.slices.iter().map(|slice| match slice {
        Slice::Accounts {} => "account".to_owned(),
        Slice::Window { step_days, max_age_days, .. } => {
            let back = max_age_days.map_or(String::new(), |days| format!(", {days} days back"));
            format!("{step_days} days at a time{back}")
        }
        Slice::Values { values } => values.join(", "),
        Slice::Parent { stream, .. } => format!("each of `{stream}`"),
    });
    words.collect::<Vec<_>>().join("; ")
}

/// How records that are gone become known.
#[must_use]
pub fn deletes(stream: &Stream) -> &'static str {
    match &stream.deletes {
        Deletes::None => "none",
        Deletes::Flag { .. } => "flag",
        Deletes::Tombstone { .. } => "tombstone",
        Deletes::Sweep => "sweep",
    }
}

/// Whether the provider offers something that a stream's records are held against.
#[must_use]
pub fn is_checked(stream: &Stream) -> bool {
    !matches!(stream.totals, None | Some(Totals::Nothing { .. }))
}

/// What a stream's records are held against.
pub(crate) fn totals(stream: &Stream) -> String {
    match &stream.totals {
        None => "nothing said".to_owned(),
        Some(Totals::Window { column, .. }) => format!("the provider's number for a span of `{column}`"),
        Some(Totals::Day { measures, .. }) => {
            let columns: Vec<String> = measures.iter().map(|one| format!("`{}`", one.column)).collect();
            format!("the provider's sums by day of {}", columns.join(", "))
        }
        Some(Totals::All { .. }) => "the provider's number of all there is".to_owned(),
        Some(Totals::Keys { column, step_days, .. }) => {
            format!("the ids of a second listing, {step_days} days of `{column}` at a time")
        }
        Some(Totals::Nothing { reason }) => format!("nothing: {reason}"),
    }
}

fn scope(scope: Scope) -> &'static str {
    match scope {
        Scope::App => "app",
        Scope::Connection => "connection",
        Scope::Account => "account",
        Scope::Endpoint => "kind of call",
    }
}

/// A limit as a sentence.
pub(crate) fn limit(limit: &Limit) -> String {
    match limit {
        Limit::Window { requests, per_s, scope: of } => {
            format!("{requests} calls in {per_s} s for each {}", scope(*of))
        }
        Limit::Bucket { capacity, refill, per_s, scope: of } => {
            format!("{capacity} calls at once, {refill} more each {per_s} s, for each {}", scope(*of))
        }
        Limit::Cost { available_path, scope: of, .. } => {
            format!(
                "points, of which the answer tells how many are left (`{available_path}`), for each {}",
                scope(*of)
            )
        }
        Limit::Usage { header, soft, hard, scope: of, .. } => {
            format!(
                "percent in the header `{header}`: slower from {soft}, waiting from {hard}, for each {}",
                scope(*of)
            )
        }
        Limit::Reported { remaining, remaining_path, scope: of, .. } => {
            let place = remaining.as_ref().or(remaining_path.as_ref()).map_or("", String::as_str);
            format!("what `{place}` says is left, for each {}", scope(*of))
        }
        Limit::Daily { requests, zone, scope: of } => {
            format!("{requests} calls a day ({zone}) for each {}", scope(*of))
        }
        Limit::Concurrent { max, scope: of } => format!("{max} calls under way for each {}", scope(*of)),
    }
}
