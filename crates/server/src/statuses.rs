//! Which statuses an operation may answer a problem with. A handler documents its problems as `default`; here that becomes
//! the list of statuses that there really are, so that a client, and whoever tries the API out, knows what to expect.

use utoipa::openapi::path::Operation;
use utoipa::openapi::{OpenApi, PathItem, RefOr, Response};

/// What any operation may answer: a parameter that cannot be used, no sign-in, no right, nothing there, something in the
/// way, a host that is not served, too many requests, a failure inside.
const ANY: [&str; 8] = ["400", "401", "403", "404", "409", "421", "429", "500"];
/// What only those with a body answer: it is too large, or no JSON.
const WITH_BODY: [&str; 2] = ["413", "415"];
/// What those that change or ask something elsewhere answer: it does not fit.
const DOING: [&str; 1] = ["422"];
/// What those about a sign-in answer: it took too long.
const SIGN_IN: [&str; 2] = ["410", "422"];
/// What those with a link that works once answer: it is used, or over.
const LINK: [&str; 1] = ["410"];
/// The paths that such links lead to.
const LINKED: [&str; 4] =
    ["/api/v1/owner", "/api/v1/password", "/api/v1/invitations/open", "/api/v1/invitations/accept"];
/// What questions in SQL answer: it takes too long.
const QUERY: [&str; 1] = ["504"];

/// Puts the statuses in the place of `default`, everywhere.
pub(crate) fn name_all(description: &mut OpenApi) {
    for (path, item) in &mut description.paths.paths {
        let PathItem { get, put, post, delete, patch, .. } = item;
        for (changes, operation) in [(false, get), (true, put), (true, post), (true, delete), (true, patch)] {
            if let Some(operation) = operation {
                name(path, changes, operation);
            }
        }
    }
}

fn name(path: &str, changes: bool, operation: &mut Operation) {
    let responses = &mut operation.responses.responses;
    let Some(problem) = responses.remove("default") else { return };
    let has_body = operation.request_body.is_some();
    let signs_in = path.contains("oauth") || path.ends_with("/callback");
    let groups: [(bool, &[&str]); 6] = [
        (true, &ANY),
        (has_body, &WITH_BODY),
        (changes, &DOING),
        (signs_in, &SIGN_IN),
        (LINKED.contains(&path), &LINK),
        (path.ends_with("/query"), &QUERY),
    ];
    for status in groups.into_iter().filter(|(applies, _)| *applies).flat_map(|(_, group)| group) {
        responses.entry((*status).to_owned()).or_insert_with(|| told(&problem, status));
    }
}

/// The problem with words for its status.
fn told(problem: &RefOr<Response>, status: &str) -> RefOr<Response> {
    let mut told = problem.clone();
    if let RefOr::T(response) = &mut told {
        response.description = match status {
            "400" => "a parameter or the body cannot be used",
            "401" => "nobody is signed in",
            "403" => "this is not allowed",
            "404" => "there is no such thing",
            "409" => "something is in the way",
            "410" => "it took too long, or was used already",
            "413" => "the body is too large",
            "415" => "the body is not JSON",
            "421" => "this host name is not served",
            "422" => "it cannot be done like this",
            "429" => "too many requests",
            "504" => "it takes too long",
            _ => "something failed inside",
        }
        .to_owned();
    }
    told
}
