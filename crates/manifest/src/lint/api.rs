//! The `api` section: addresses that can be told apart, tables and columns that are there.

use std::collections::BTreeSet;

use netgain_domain::{Kind, Table};

use crate::{Manifest, ManifestError, Resource};

/// First parts of addresses that every platform has.
const TAKEN: [&str; 3] = ["connect", "oauth", "status"];

pub(super) fn check(manifest: &Manifest, faults: &mut Vec<ManifestError>) {
    let Some(api) = &manifest.api else { return };
    let begins = manifest.line_of(None, "api:");
    let lines = manifest.source.lines().skip(begins.saturating_sub(1));
    let mut fault = |needle: &str, message: String, cure: &str| {
        let line = lines.clone().position(|line| line.contains(needle)).map_or(begins, |at| begins + at);
        faults.push(ManifestError::new(line, message, cure));
    };
    let mut seen = BTreeSet::from([manifest.id.as_str()]);
    for alias in &api.aliases {
        if !word(alias, "_-") || !seen.insert(alias) {
            let message = format!(
                "alias `{alias}` is no word of small letters, digits, `-` and `_`, or is there twice"
            );
            fault("aliases:", message, "write another spelling of the id once");
        }
    }
    for name in api.reads.keys().chain(api.actions.keys()) {
        let parts: Vec<&str> = name.split('/').collect();
        if parts.len() > 2 || !parts.iter().all(|part| word(part, "_")) {
            let message = format!("`api` has `{name}`, which is no address of one or two words");
            fault(name, message, "write one or two words of small letters, with a slash between");
        }
        if parts.first().is_some_and(|first| TAKEN.contains(first)) {
            let message = format!("`api` has `{name}`, whose first word every platform has for itself");
            fault(name, message, "use another word than connect, oauth and status");
        }
    }
    for action in api.actions.values().filter(|action| !word(action, "_")) {
        fault("actions:", format!("`{action}` is no name of an action"), "write small letters and `_`");
    }
    for (name, resource) in &api.reads {
        for (message, cure) in faults_of(manifest, name, resource) {
            fault(&format!("{name}:"), message, cure);
        }
    }
}

fn word(text: &str, also: &str) -> bool {
    let known =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || also.contains(letter);
    text.starts_with(|first: char| first.is_ascii_lowercase()) && text.chars().all(known)
}

fn faults_of(manifest: &Manifest, name: &str, resource: &Resource) -> Vec<(String, &'static str)> {
    let mut found = Vec::new();
    let filled = manifest.streams.iter().any(|stream| {
        stream.entity == resource.table || stream.map.rows.iter().any(|rows| rows.into == resource.table)
    });
    let table = Table::from_name(&resource.table).filter(|table| table.owner().is_none() && filled);
    let Some(table) = table else {
        let message =
            format!("`api.reads.{name}` reads `{}`, of which no stream fills the rows", resource.table);
        return vec![(message, "name a table of its own that a stream fills")];
    };
    let kind = |column: &str| {
        let at = table.column_index(column)?;
        table.columns().get(at).map(|column| column.kind)
    };
    let mut check = |what: &str, column: &str, fits: &[Kind], cure: &'static str| {
        if !kind(column).is_some_and(|kind| fits.contains(&kind)) {
            found.push((format!("`api.reads.{name}.{what}` has `{column}`, which does not fit"), cure));
        }
    };
    const ALL: [Kind; 7] =
        [Kind::Text, Kind::Int, Kind::Decimal, Kind::Bool, Kind::Time, Kind::Date, Kind::Json];
    for column in &resource.columns {
        check("columns", column, &ALL, "name columns of the table");
    }
    if let Some(time) = &resource.time {
        check("time", time, &[Kind::Date, Kind::Time], "name a column of days or instants");
    }
    for column in resource.only.keys() {
        check("where", column, &[Kind::Text], "name columns that hold text");
    }
    for column in &resource.measures {
        check("measures", column, &[Kind::Int, Kind::Decimal], "name columns that hold numbers");
    }
    let missing = resource.measures.iter();
    for column in missing.filter(|column| !resource.columns.is_empty() && !resource.columns.contains(column))
    {
        let message = format!("`api.reads.{name}` adds up `{column}` and does not answer it");
        found.push((message, "add it to `columns`, or leave `columns` out"));
    }
    if !resource.measures.is_empty() && resource.time.is_none() {
        found.push((format!("`api.reads.{name}` has measures and no time"), "say which column is the day"));
    }
    found
}
