//! A provider's page, made from its manifest, so that what is said of a provider is what is done.

use std::fmt::Write as _;

use netgain_manifest::{Ask, Event, Manifest, Register, Verify};

use crate::overview;

/// The page of a provider as Markdown.
#[must_use]
pub fn page(manifest: &Manifest) -> String {
    let mut out = String::new();
    // writing to a string cannot fail
    let _ = write(&mut out, manifest);
    out
}

/// Text that stands in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn code(words: &[&str]) -> String {
    if words.is_empty() {
        return "none".to_owned();
    }
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn write(out: &mut String, manifest: &Manifest) -> std::fmt::Result {
    let id = &manifest.id;
    writeln!(out, "# {}\n", manifest.name)?;
    writeln!(
        out,
        "Made by `netgain provider docs` from `crates/providers/{id}/manifest.yaml`; change the manifest, not this page.\n"
    )?;
    let sunset = manifest.versions.sunset.as_ref().map_or(String::new(), |day| format!(", retired on {day}"));
    writeln!(out, "| | |\n|---|---|")?;
    writeln!(out, "| id | `{id}` |")?;
    writeln!(out, "| purpose | {} |", overview::category(manifest))?;
    writeln!(out, "| interface | {}{sunset}, <{}> |", manifest.versions.api, manifest.docs)?;
    writeln!(out, "| calls are signed by | {} |", code(&overview::auth_kinds(manifest)))?;
    writeln!(out, "| credentials | {} |", modes(manifest))?;
    writeln!(out, "| read by itself | {} |", manifest.schedule)?;
    writeln!(out, "| hooks | {} |\n", code(&overview::hooks(manifest)))?;
    connection(out, manifest)?;
    streams(out, manifest)?;
    writeln!(out, "## Limits\n")?;
    if manifest.limits.is_empty() {
        writeln!(out, "None of its own.")?;
    }
    for limit in &manifest.limits {
        writeln!(out, "* {}", overview::limit(limit))?;
    }
    for stream in manifest.streams.iter().filter(|stream| !stream.limits.is_empty()) {
        for limit in &stream.limits {
            writeln!(out, "* `{}`: {}", stream.name, overview::limit(limit))?;
        }
    }
    webhooks(out, manifest)?;
    api(out, manifest)?;
    writeln!(out, "\n## What is left out\n")?;
    if manifest.support.is_empty() {
        return writeln!(out, "Nothing is named.");
    }
    writeln!(out, "| what | why |\n|---|---|")?;
    for (what, why) in &manifest.support {
        writeln!(out, "| {} | {} |", cell(what), cell(why))?;
    }
    Ok(())
}

fn modes(manifest: &Manifest) -> String {
    match &manifest.central {
        None => "the user's own".to_owned(),
        Some(central) => {
            let given = std::iter::once(&central.identifier).chain(&central.describes);
            let given: Vec<String> = given.map(|name| format!("`{name}`")).collect();
            format!("the user's own, or the operator's (the user then gives only {})", given.join(", "))
        }
    }
}

fn connection(out: &mut String, manifest: &Manifest) -> std::fmt::Result {
    writeln!(out, "## Connecting\n\n| field | what it is | |\n|---|---|---|")?;
    for (name, field) in &manifest.connection.fields {
        let mut notes = Vec::new();
        if field.secret {
            notes.push("secret");
        }
        if field.optional {
            notes.push("optional");
        }
        writeln!(out, "| `{name}` | {} | {} |", cell(&field.title), notes.join(", "))?;
    }
    writeln!(out)
}

fn streams(out: &mut String, manifest: &Manifest) -> std::fmt::Result {
    writeln!(out, "## What is read\n")?;
    writeln!(out, "| stream | table | asked for | paging | read again | gone | checked against |")?;
    writeln!(out, "|---|---|---|---|---|---|---|")?;
    for stream in &manifest.streams {
        writeln!(
            out,
            "| `{}` | `{}` | {} | `{}` | {} | {} | {} |",
            stream.name,
            stream.entity,
            cell(&[overview::fetch(stream).to_owned(), overview::slices(stream)].join(": ")),
            overview::pagination(stream),
            cell(&overview::cursor_words(stream)),
            overview::deletes(stream),
            cell(&overview::totals(stream)),
        )?;
    }
    writeln!(out)
}

fn api(out: &mut String, manifest: &Manifest) -> std::fmt::Result {
    let Some(api) = &manifest.api else { return Ok(()) };
    let id = &manifest.id;
    writeln!(
        out,
        "\n## Integrations API\n\nBelow `/api/integrations/{id}/`, beside `connect`, `oauth/…` and `status`."
    )?;
    if !api.aliases.is_empty() {
        let aliases: Vec<&str> = api.aliases.iter().map(String::as_str).collect();
        writeln!(out, "Other spellings of `{id}`: {}.", code(&aliases))?;
    }
    writeln!(out, "\n| address | what it is | from | metrics |\n|---|---|---|---|")?;
    for (name, read) in &api.reads {
        let measures: Vec<&str> = read.measures.iter().map(String::as_str).collect();
        let sums = if measures.is_empty() { String::new() } else { code(&measures) };
        writeln!(out, "| `GET {name}` | {} | `{}` | {sums} |", cell(&read.title), read.table)?;
    }
    for (name, action) in &api.actions {
        writeln!(out, "| `POST {name}` | action `{action}`, not built yet | | |")?;
    }
    Ok(())
}

fn webhooks(out: &mut String, manifest: &Manifest) -> std::fmt::Result {
    writeln!(out, "\n## Webhooks\n")?;
    let Some(webhooks) = &manifest.webhooks else {
        let why = manifest.support.get("webhooks").map_or("none are read", String::as_str);
        return writeln!(out, "None: {why}.");
    };
    let proof = match &webhooks.verify {
        Verify::Hmac { .. } => "a keyed hash",
        Verify::Signature { .. } => "a signature",
        Verify::StaticToken { .. } => "a fixed word",
        Verify::Basic { .. } => "user and password",
        Verify::None { .. } => "nothing: the provider is always asked again",
    };
    let address = match &webhooks.register {
        Register::Manual => "a person enters the address at the platform",
        Register::Api { .. } => "the address is registered through the interface",
    };
    writeln!(out, "A delivery is proved by {proof}; {address}.\n\n| event | what it does |\n|---|---|")?;
    for (name, event) in &webhooks.events {
        let what = match event {
            Event::Upsert { stream, .. } => format!("brings a record of `{stream}`"),
            Event::Refetch { stream, .. } => format!("has the record of `{stream}` read"),
            Event::Delete { stream, .. } => format!("removes the record of `{stream}`"),
            Event::Sync { stream } => format!("has the news of `{stream}` read"),
            Event::Privacy { ask: Ask::Export, .. } => {
                "a person asks what is stored: it waits to be answered".to_owned()
            }
            Event::Privacy { ask: Ask::Erase, .. } => "erases a person".to_owned(),
            Event::Privacy { ask: Ask::EraseAll, .. } => "erases everybody of the connection".to_owned(),
            Event::Ignore {} => "nothing".to_owned(),
        };
        writeln!(out, "| `{}` | {what} |", cell(name))?;
    }
    Ok(())
}
