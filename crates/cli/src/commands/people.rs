//! `netgain people` and `netgain keys`: who may use this installation, from its terminal.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use netgain_control::{Actor, ActorKind, ApiKey, Control, Membership, NewEntry, NewKey, Person, Secret};
use netgain_domain::WorkspaceId;
use serde_json::json;

use super::read::print_table;
use crate::args::people::{
    AddKeyArgs, AddOrganisationArgs, KeysArgs, KeysWhat, MemberArgs, MoveWorkspaceArgs, OrganisationArgs,
    PeopleArgs, PeopleWhat, PersonArgs, RevokeKeyArgs,
};
use crate::failure::Failure;
use crate::home::Home;

/// `netgain people`.
pub fn run(home: &Home, args: &PeopleArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    match &args.what {
        PeopleWhat::Add(args) => add(&control, args),
        PeopleWhat::Invite(args) => invite(&control, args),
        PeopleWhat::List(args) => list(&control, args),
        PeopleWhat::Role(args) => role(&control, args),
        PeopleWhat::Remove(args) => remove(&control, args),
        PeopleWhat::ResetPassword(args) => reset_password(&control, args),
        PeopleWhat::ResetSecondFactor(args) => reset_factor(&control, args),
        PeopleWhat::AddOrganisation(args) => add_organisation(&control, args),
        PeopleWhat::MoveWorkspace(args) => move_workspace(&control, args),
    }
}

/// `netgain keys`.
pub fn keys(home: &Home, args: &KeysArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    match &args.what {
        KeysWhat::Add(args) => add_key(&control, args),
        KeysWhat::List(args) => list_keys(&control, args),
        KeysWhat::Revoke(args) => revoke_key(&control, args),
    }
}

fn note(
    control: &Control,
    action: &'static str,
    subject: &str,
    details: serde_json::Value,
) -> anyhow::Result<()> {
    let who = std::env::var("USER").unwrap_or_else(|_| "terminal".to_owned());
    let (actor, subject) = (Actor::new(ActorKind::Terminal, who), subject.to_owned());
    let at = Timestamp::now();
    Ok(control.record(&NewEntry { workspace: None, actor, action, subject, details, at })?)
}

fn membership(args: &MemberArgs) -> Membership {
    Membership {
        organisation: args.organisation.organisation.clone(),
        role: args.role,
        workspaces: restricted(&args.workspaces),
    }
}

fn restricted(workspaces: &[WorkspaceId]) -> Option<Vec<WorkspaceId>> {
    (!workspaces.is_empty()).then(|| workspaces.to_vec())
}

fn known(control: &Control, email: &str) -> anyhow::Result<Person> {
    let found = control.person_by_email(email)?;
    found.ok_or_else(|| Failure::of_status(404, format!("nobody has the e-mail address `{email}`")).into())
}

/// Prints a link; what stands behind `#` is never sent to a server by the browser itself.
fn print_link(public_url: &str, page: &str, word: &Secret, as_json: bool, more: serde_json::Value) {
    let link = format!("{}/{page}#{}", public_url.trim_end_matches('/'), word.expose());
    if as_json {
        let mut answer = more;
        answer["link"] = json!(link);
        println!("{answer}");
    } else {
        println!("{link}");
    }
}

fn add(control: &Control, args: &MemberArgs) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let person = match control.person_by_email(&args.email)? {
        Some(person) => person,
        None => control.create_person(&args.email, args.name.as_deref().unwrap_or(&args.email), None, now)?,
    };
    control.put_member(&person.id, &membership(args), now)?;
    let details =
        json!({ "organisation": args.organisation.organisation.as_str(), "role": args.role.name() });
    note(control, "person.added", person.id.as_str(), details)?;
    let shown = json!({ "id": person.id.as_str(), "email": person.email, "role": args.role.name() });
    if person.has_password {
        if args.organisation.json {
            println!("{shown}");
        }
        eprintln!("{} is {} now", person.email, args.role.name());
        return Ok(());
    }
    let link = control.password_link(&person.id, now)?;
    eprintln!("{} sets a password with this link, once and within an hour:", person.email);
    print_link(&args.public_url, "password", &link, args.organisation.json, shown);
    Ok(())
}

fn invite(control: &Control, args: &MemberArgs) -> anyhow::Result<()> {
    let (invitation, word) = control.invite(&args.email, &membership(args), Timestamp::now())?;
    let details = json!({ "organisation": invitation.organisation.as_str(), "role": args.role.name() });
    note(control, "invitation.created", &invitation.id, details)?;
    eprintln!("{} accepts with this link, once and until {}:", invitation.email, invitation.expires_at);
    let shown = json!({ "id": invitation.id, "email": invitation.email, "role": args.role.name() });
    print_link(&args.public_url, "invitation", &word, args.organisation.json, shown);
    Ok(())
}

fn shown_workspaces(list: Option<&Vec<WorkspaceId>>) -> String {
    let names = list.map(|list| list.iter().map(WorkspaceId::as_str).collect::<Vec<_>>().join(" "));
    names.unwrap_or_else(|| "all".to_owned())
}

fn list(control: &Control, args: &OrganisationArgs) -> anyhow::Result<()> {
    control.organisation(&args.organisation)?;
    let members = control.members(&args.organisation)?;
    let invitations = control.invitations(&args.organisation, Timestamp::now())?;
    if args.json {
        let people: Vec<_> = members
            .iter()
            .map(|one| {
                json!({ "id": one.person.id.as_str(), "email": one.person.email, "name": one.person.name,
                    "role": one.membership.role.name(), "workspaces": one.membership.workspaces,
                    "second_factor": one.person.second_factor })
            })
            .collect();
        let invited: Vec<_> = invitations
            .iter()
            .map(|one| {
                json!({ "id": one.id, "email": one.email, "role": one.role.name(),
                    "workspaces": one.workspaces, "expires_at": one.expires_at.to_string() })
            })
            .collect();
        println!("{}", json!({ "people": people, "invitations": invited }));
        return Ok(());
    }
    let mut rows: Vec<Vec<String>> = Vec::new();
    for one in members {
        let factor = if one.person.second_factor { "on" } else { "off" };
        let seen = shown_workspaces(one.membership.workspaces.as_ref());
        rows.push(vec![one.person.email, one.membership.role.name().to_owned(), seen, factor.to_owned()]);
    }
    for one in invitations {
        let seen = shown_workspaces(one.workspaces.as_ref());
        rows.push(vec![one.email, one.role.name().to_owned(), seen, "invited".to_owned()]);
    }
    print_table(&["person", "role", "workspaces", "second factor"], &rows);
    Ok(())
}

fn role(control: &Control, args: &MemberArgs) -> anyhow::Result<()> {
    let person = known(control, &args.email)?;
    control.put_member(&person.id, &membership(args), Timestamp::now())?;
    let details =
        json!({ "organisation": args.organisation.organisation.as_str(), "role": args.role.name() });
    note(control, "role.changed", person.id.as_str(), details)?;
    eprintln!("{} is {} now", person.email, args.role.name());
    Ok(())
}

fn remove(control: &Control, args: &PersonArgs) -> anyhow::Result<()> {
    let person = known(control, &args.email)?;
    control.remove_member(&args.organisation.organisation, &person.id, Timestamp::now())?;
    let details = json!({ "organisation": args.organisation.organisation.as_str() });
    note(control, "person.removed", person.id.as_str(), details)?;
    eprintln!("{} does not belong to {} any more", person.email, args.organisation.organisation);
    Ok(())
}

fn reset_password(control: &Control, args: &PersonArgs) -> anyhow::Result<()> {
    let person = known(control, &args.email)?;
    let link = control.password_link(&person.id, Timestamp::now())?;
    note(control, "password.link_made", person.id.as_str(), json!({}))?;
    eprintln!("{} sets a new password with this link, once and within an hour:", person.email);
    print_link(&args.public_url, "password", &link, args.organisation.json, json!({ "email": person.email }));
    Ok(())
}

fn reset_factor(control: &Control, args: &PersonArgs) -> anyhow::Result<()> {
    let person = known(control, &args.email)?;
    control.remove_factor(&person.id)?;
    note(control, "second_factor.off", person.id.as_str(), json!({}))?;
    eprintln!("the second factor of {} is off", person.email);
    Ok(())
}

fn add_organisation(control: &Control, args: &AddOrganisationArgs) -> anyhow::Result<()> {
    let name = args.name.as_deref().unwrap_or(args.id.as_str());
    let made = control.create_organisation(&args.id, name, Timestamp::now())?;
    note(control, "organisation.created", made.id.as_str(), json!({}))?;
    eprintln!("organisation {} is there; netgain people add makes its first owner", made.id);
    Ok(())
}

fn move_workspace(control: &Control, args: &MoveWorkspaceArgs) -> anyhow::Result<()> {
    control.move_workspace(&args.workspace, &args.organisation)?;
    let details = json!({ "organisation": args.organisation.as_str() });
    note(control, "workspace.moved", args.workspace.as_str(), details)?;
    eprintln!("workspace {} belongs to {} now", args.workspace, args.organisation);
    Ok(())
}

fn key_json(key: &ApiKey) -> serde_json::Value {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    json!({ "id": key.id, "name": key.name,
        "scopes": key.scopes.iter().map(|scope| scope.name()).collect::<Vec<_>>(),
        "workspaces": key.workspaces, "created_by": key.created_by, "created_at": key.created_at.to_string(),
        "expires_at": time(key.expires_at), "used_at": time(key.used_at), "revoked_at": time(key.revoked_at) })
}

fn add_key(control: &Control, args: &AddKeyArgs) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let lasts = args.days.map(|days| SignedDuration::from_hours(24 * i64::from(days)));
    let expires_at =
        lasts.map(|lasts| now.checked_add(lasts)).transpose().context("--days is too far ahead")?;
    let new = NewKey {
        organisation: args.organisation.organisation.clone(),
        name: args.name.clone(),
        scopes: args.scopes.clone(),
        workspaces: restricted(&args.workspaces),
        expires_at,
    };
    let (key, text) = control.create_api_key(&new, None, now)?;
    let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
    note(
        control,
        "key.created",
        &key.id,
        json!({ "organisation": key.organisation.as_str(), "scopes": scopes }),
    )?;
    if args.organisation.json {
        let mut shown = key_json(&key);
        shown["text"] = json!(text.expose());
        println!("{shown}");
    } else {
        eprintln!("this key is shown once:");
        println!("{}", text.expose());
    }
    Ok(())
}

fn list_keys(control: &Control, args: &OrganisationArgs) -> anyhow::Result<()> {
    control.organisation(&args.organisation)?;
    let keys = control.api_keys(&args.organisation)?;
    if args.json {
        println!("{}", json!({ "keys": keys.iter().map(key_json).collect::<Vec<_>>() }));
        return Ok(());
    }
    let rows: Vec<Vec<String>> = keys
        .iter()
        .map(|key| {
            let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.name()).collect();
            let time = |time: Option<Timestamp>, without: &str| {
                time.map_or_else(|| without.to_owned(), |time| time.strftime("%Y-%m-%d").to_string())
            };
            let end = match key.revoked_at {
                Some(time) => format!("revoked {}", time.strftime("%Y-%m-%d")),
                None => time(key.expires_at, "never"),
            };
            vec![
                key.id.clone(),
                key.name.clone(),
                scopes.join(" "),
                shown_workspaces(key.workspaces.as_ref()),
                time(key.used_at, "never"),
                end,
            ]
        })
        .collect();
    print_table(&["key", "for", "scopes", "workspaces", "used", "ends"], &rows);
    Ok(())
}

fn revoke_key(control: &Control, args: &RevokeKeyArgs) -> anyhow::Result<()> {
    let key = control.revoke_api_key(&args.organisation.organisation, &args.id, Timestamp::now())?;
    note(control, "key.revoked", &key.id, json!({ "organisation": key.organisation.as_str() }))?;
    eprintln!("key {} opens nothing any more", key.id);
    Ok(())
}
