//! A way back from a platform is taken from the person who went there, and only while that person may still connect.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::guests::{Guests, Who};
use netgain_control::{Role, Scope};

const PAGE: &str = "/oauth/callback";
const FIRST: &str = "/api/integrations/shop/oauth/callback";
const SECOND: &str = "/api/v1/marketing/integrations/shop/callback";

/// Brings a sign-in back in every way; the status and code of each answer.
async fn brought(guests: &Guests, who: &Who, state: &str) -> Vec<(u16, String)> {
    let mut all = Vec::new();
    let page = guests.ask(who, "GET", &format!("{PAGE}?state={state}&code=x"), "").await;
    all.push((page.status, page.json()["code"].as_str().unwrap().to_owned()));
    for path in [FIRST, SECOND] {
        let body = format!(r#"{{"state":"{state}","code":"x"}}"#);
        let answer = guests.ask(who, "POST", path, &body).await;
        all.push((answer.status, answer.json()["code"].as_str().unwrap().to_owned()));
    }
    all
}

fn all(status: u16, code: &str) -> Vec<(u16, String)> {
    vec![(status, code.to_owned()); 3]
}

/// Past the door, the tests' runner knows no sign-in and no platform.
fn passed() -> Vec<(u16, String)> {
    let unknown = (404, "platform_not_found".to_owned());
    vec![(400, "sign_in_unknown".to_owned()), unknown.clone(), unknown]
}

#[tokio::test(flavor = "multi_thread")]
async fn the_person_who_began_brings_it_back() {
    let guests = Guests::new();
    let (owner, admin) = (guests.person(Role::Owner), guests.person(Role::Admin));
    guests.sign_in("state-of-the-admin", "demo", Some(&guests.id_of(Role::Admin)));
    assert_eq!(brought(&guests, &admin, "state-of-the-admin").await, passed());
    // another person, even a mightier one, whose account it would be connected to
    assert_eq!(brought(&guests, &owner, "state-of-the-admin").await, all(403, "sign_in_elsewhere"));
    // nobody, on the page that a browser comes back to
    let nobody = brought(&guests, &Who::Nobody, "state-of-the-admin").await;
    assert_eq!(nobody[0], (403, "sign_in_elsewhere".to_owned()));
    assert_eq!(nobody[1..], all(401, "signed_out")[1..]);
    // a key that may everything is no person
    let key = brought(&guests, &guests.key(Scope::Admin), "state-of-the-admin").await;
    assert_eq!(key, all(403, "sign_in_elsewhere"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_ended_meanwhile_ends_it_too() {
    let guests = Guests::new();
    let admin = guests.person(Role::Admin);
    guests.sign_in("state-of-the-admin", "demo", Some(&guests.id_of(Role::Admin)));
    guests.becomes(Role::Admin, Role::Analyst);
    let told = brought(&guests, &admin, "state-of-the-admin").await;
    assert_eq!(told, all(403, "not_allowed"));
    guests.leaves(Role::Admin);
    let told = brought(&guests, &admin, "state-of-the-admin").await;
    assert_eq!(told[0], (403, "sign_in_elsewhere".to_owned()), "the session ended with the membership");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_program_or_the_terminal_began_is_for_who_may_change_the_workspace() {
    let guests = Guests::new();
    guests.sign_in("state-of-nobody", "demo", None);
    assert_eq!(brought(&guests, &guests.person(Role::Owner), "state-of-nobody").await, passed());
    assert_eq!(brought(&guests, &guests.key(Scope::Admin), "state-of-nobody").await, passed());
    // bound to its browser alone
    assert_eq!(brought(&guests, &Who::Nobody, "state-of-nobody").await[0], passed()[0]);
    // somebody of another organisation, and who may change another workspace only
    assert_eq!(
        brought(&guests, &guests.stranger(Role::Owner), "state-of-nobody").await,
        all(404, "workspace_not_found")
    );
    assert_eq!(
        brought(&guests, &guests.stranger_key(), "state-of-nobody").await,
        all(404, "workspace_not_found")
    );
    assert_eq!(
        brought(&guests, &guests.restricted(), "state-of-nobody").await,
        all(404, "workspace_not_found")
    );
}
