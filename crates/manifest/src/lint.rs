//! What a manifest must promise beyond its shape: error rules, reachable hosts, known tables and columns.

mod api;
mod auth;
mod webhooks;

use std::collections::{BTreeMap, BTreeSet};

use netgain_domain::{Kind, Table};

use crate::{Accounts, As, Cursor, Fetch, Field, Manifest, ManifestError, Slice, Stream};

/// Checks a manifest; no faults means it may run. `samples` holds the names of streams that have a recorded
/// sample.
#[must_use]
pub fn lint(manifest: &Manifest, samples: &BTreeSet<String>) -> Vec<ManifestError> {
    let mut faults = Vec::new();
    check_errors(manifest, &mut faults);
    check_hosts(manifest, &mut faults);
    auth::check(manifest, &mut faults);
    webhooks::check(manifest, &mut faults);
    api::check(manifest, &mut faults);
    let mut seen = BTreeSet::new();
    for stream in &manifest.streams {
        let line = manifest.line_of(Some(&stream.name), "name:");
        if !seen.insert(stream.name.as_str()) {
            let message = format!("stream `{}` is described twice", stream.name);
            faults.push(ManifestError::new(line, message, "give each stream a name of its own"));
        }
        if !samples.contains(&stream.name) {
            let message = format!("stream `{}` has no sample", stream.name);
            let cure = format!("record an answer as samples/{}.json", stream.name);
            faults.push(ManifestError::new(line, message, cure));
        }
        check_stream(manifest, stream, &mut faults);
    }
    if let Some(accounts) = &manifest.accounts {
        let line = manifest.line_of(None, "accounts:");
        if !samples.contains(Accounts::STREAM) {
            let cure = "record an answer as samples/accounts.json";
            faults.push(ManifestError::new(line, "the `accounts` section has no sample", cure));
        }
        if seen.contains(Accounts::STREAM) {
            let message = "a stream has the name of the `accounts` section";
            faults.push(ManifestError::new(line, message, "give the stream another name"));
        }
        if accounts.key.is_empty() {
            let cure = "name the paths that identify an account";
            faults.push(ManifestError::new(line, "the `accounts` section has an empty key", cure));
        }
        let mut tables = Tables { manifest, stream: None, faults: &mut faults };
        tables.check(Accounts::STREAM, &accounts.map.fields, &[], None);
    }
    faults
}

fn check_errors(manifest: &Manifest, faults: &mut Vec<ManifestError>) {
    let line = manifest.line_of(None, "errors:");
    for (status, class) in [(401, "auth_expired or auth_revoked"), (429, "rate_limited")] {
        if !manifest.errors.iter().any(|rule| rule.when.status.contains(&status)) {
            let message = format!("`errors` has no rule for status {status}");
            let cure = format!("add `- {{when: {{status: [{status}]}}, class: …}}` with class {class}");
            faults.push(ManifestError::new(line, message, cure));
        }
    }
}

fn check_hosts(manifest: &Manifest, faults: &mut Vec<ManifestError>) {
    let base = &manifest.http.base_url;
    let line = manifest.line_of(None, "base_url:");
    let Some(host) = auth::host_of(base) else {
        // an address that came with the grant is a whole one
        if !base.starts_with("{auth.") {
            let cure = "begin it with https://";
            faults.push(ManifestError::new(line, "`http.base_url` is not https", cure));
        }
        return;
    };
    if !auth::allows(&manifest.http, host) {
        let message = format!("`http.base_url` leads to {host}, which `http.allowed_hosts` does not name");
        faults.push(ManifestError::new(line, message, "add the host to http.allowed_hosts"));
    }
}

fn check_stream(manifest: &Manifest, stream: &Stream, faults: &mut Vec<ManifestError>) {
    if stream.key.is_empty() {
        let line = manifest.line_of(Some(&stream.name), "key:");
        let message = format!("stream `{}` has an empty key", stream.name);
        faults.push(ManifestError::new(line, message, "name the paths that identify a record"));
    }
    check_paging(manifest, stream, faults);
    check_jobs(manifest, stream, faults);
    crate::totals::check(manifest, stream, faults);
    let mut tables = Tables { manifest, stream: Some(&stream.name), faults };
    tables.check(&stream.entity, &stream.map.fields, &[], None);
    for rows in &stream.map.rows {
        let owner = Table::from_name(&rows.into).and_then(Table::owner);
        let filled: Vec<&str> = owner.map(|(_, column)| column).into_iter().collect();
        tables.check(
            &rows.into,
            &rows.fields,
            &filled,
            owner.map(|(table, _)| (table, stream.entity.as_str())),
        );
        if rows.key.is_empty() {
            tables.fault("into:", format!("rows of `{}` have an empty key", rows.into), "name its paths");
        }
    }
}

/// What would end a listing early without a word.
fn check_paging(manifest: &Manifest, stream: &Stream, faults: &mut Vec<ManifestError>) {
    let mut fault = |needle: &str, message: String, cure: &str| {
        let line = manifest.line_of(Some(&stream.name), needle);
        faults.push(ManifestError::new(line, message, cure));
    };
    if stream.page_size == Some(0) {
        let message = format!("stream `{}` asks for pages of no records", stream.name);
        fault("page_size:", message, "ask for at least 1");
    }
    if let Some(cap) = &stream.cap {
        let sorted = matches!(stream.cursor, Cursor::Timestamp { sorted: true, .. });
        if cap.beyond.is_none() && !sorted {
            let message = format!("stream `{}` cannot go on behind its cap", stream.name);
            fault(
                "cap:",
                message,
                "name in cap.beyond what the listing is sorted by, or sort it by its cursor",
            );
        }
    }
}

/// Jobs report days: without windows of them, or a word on how long they are restated, nothing could be asked for.
fn check_jobs(manifest: &Manifest, stream: &Stream, faults: &mut Vec<ManifestError>) {
    if !matches!(stream.fetch, Fetch::AsyncJob { .. }) {
        return;
    }
    let mut fault = |what: &str, cure: &str| {
        let line = manifest.line_of(Some(&stream.name), "kind: async_job");
        let message = format!("stream `{}` is fetched by async_job and has no {what}", stream.name);
        faults.push(ManifestError::new(line, message, cure));
    };
    if !stream.slices.iter().any(|slice| matches!(slice, Slice::Window { .. })) {
        fault("window", "add `{kind: window, step_days: …}` to its slices");
    }
    if !matches!(stream.cursor, Cursor::Restate { .. }) {
        fault("cursor `restate`", "write `cursor: {kind: restate, days: …}`");
    }
}

struct Tables<'a> {
    manifest: &'a Manifest,
    stream: Option<&'a str>,
    faults: &'a mut Vec<ManifestError>,
}

impl Tables<'_> {
    fn fault(&mut self, needle: &str, message: String, cure: &str) {
        let line = self.manifest.line_of(self.stream, needle);
        self.faults.push(ManifestError::new(line, message, cure));
    }

    fn check(
        &mut self,
        name: &str,
        fields: &BTreeMap<String, Field>,
        filled: &[&str],
        owner: Option<(Table, &str)>,
    ) {
        let Some(table) = Table::from_name(name) else {
            self.fault(name, format!("`{name}` is not a canonical table"), "use a table of the warehouse");
            return;
        };
        if let Some((owner, root)) = owner
            && owner.name() != root
        {
            let message = format!("`{name}` belongs to `{}`, not to `{root}`", owner.name());
            self.fault(name, message, "map it in the stream of its owner");
        }
        for column in table.columns() {
            if column.required && !fields.contains_key(column.name) && !filled.contains(&column.name) {
                let message = format!("required column `{name}.{}` is not mapped", column.name);
                self.fault(name, message, "add it to the field table");
            }
        }
        for (column, field) in fields {
            let needle = format!("{column}:");
            match table.column_index(column).and_then(|at| table.columns().get(at)) {
                None => {
                    let message = format!("`{name}` has no column `{column}`");
                    self.fault(&needle, message, "use a column of the table");
                }
                Some(known) if !fits(known.kind, field.kind) => {
                    let message = format!("`{name}.{column}` holds {:?}, not {:?}", known.kind, field.kind);
                    self.fault(&needle, message, "choose the `as` that gives this kind");
                }
                Some(_) => {}
            }
            let sources = usize::from(field.from.is_some())
                + usize::from(!field.any_of.is_empty())
                + usize::from(field.sum.is_some())
                + usize::from(field.fixed.is_some());
            if field.times.is_some() && field.sum.is_none() {
                let message = format!("`{name}.{column}` multiplies nothing");
                self.fault(&needle, message, "give `times` beside `sum` only");
            }
            if sources != 1 {
                let message = format!("`{name}.{column}` has {sources} sources");
                self.fault(&needle, message, "give exactly one of from, any_of, sum and const");
            }
        }
    }
}

fn fits(column: Kind, field: As) -> bool {
    match field {
        As::Text | As::Id | As::Enum | As::Currency => column == Kind::Text,
        As::Int => column == Kind::Int,
        As::Bool => column == Kind::Bool,
        As::Decimal | As::Money => column == Kind::Decimal,
        As::Time | As::EpochS | As::EpochMs | As::SerialTime => column == Kind::Time,
        As::Date | As::EpochDay | As::SerialDay => column == Kind::Date,
        As::Json => column == Kind::Json,
    }
}
