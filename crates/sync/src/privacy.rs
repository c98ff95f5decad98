//! Requests of a shop's customers about their own data: handing it out (GDPR articles 15 and 20) and erasing it (article
//! 17). An erasure goes through the raw archive, the inbox and the facts; ended at any instant, it is gone on with. Figures
//! stay as they were: amounts, days, countries and the platforms' ids are kept, and a person's address becomes a word that
//! leads to nobody.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use netgain_control::{Control, PrivacyKind, Secret, Tombstones};
use netgain_domain::{ConnectionId, WorkspaceId};
use netgain_warehouse::archive::redact;
use netgain_warehouse::{Archive, ErasedRows, Options, Person, Redaction, Store, Warehouse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

mod everybody;
mod forgotten;
mod requests;

use crate::Error;

pub use forgotten::Forgotten;
pub use requests::answer_request;
pub(crate) use requests::{Came, note};

/// A file that is half written for so long is written by nobody any more.
pub(crate) const HALF_WRITTEN: Duration = Duration::from_secs(60);

/// Whom a request is about; at least one is given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonRequest {
    /// An e-mail address.
    pub email: Option<String>,
    /// A phone number as the platform writes it, with its plus sign.
    pub phone: Option<String>,
    /// The id of a customer or contact at a platform, or the number at its end.
    pub customer: Option<String>,
    /// The connection that `customer` is an id of; all of them without it.
    #[serde(default)]
    pub connection: Option<ConnectionId>,
}

impl PersonRequest {
    /// Whether nobody is named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        [&self.email, &self.phone, &self.customer].into_iter().flatten().all(|word| word.trim().is_empty())
    }
}

/// What an erasure did, or would do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Erased {
    /// Rows of the person that were changed.
    pub rows: u64,
    /// Rows elsewhere that named the person.
    pub mentions: u64,
    /// Lines of the raw archive.
    pub lines: u64,
    /// Events of the inbox.
    pub events: u64,
    /// Rows whose key names the person still: a source that uses addresses as ids.
    pub keys_left: u64,
}

impl Erased {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.mentions += other.mentions;
        self.lines += other.lines;
        self.events += other.events;
        self.keys_left += other.keys_left;
    }
}

/// Everything that is stored of a person: rows by table, and the raw payloads that they came from or that name them.
///
/// # Errors
/// When a store fails.
pub fn export_person(home: &Path, workspace: &WorkspaceId, request: &PersonRequest) -> Result<Value, Error> {
    let (warehouse, archive) = open(home, workspace)?;
    let person = person(&warehouse, request)?;
    let rows = warehouse.person_rows(&person)?;
    let mut payloads = Vec::new();
    each_line(&archive, &person, &rows, &mut |raw_ref, line| {
        payloads.push(json!({ "raw_ref": raw_ref, "payload": String::from_utf8_lossy(line) }));
    })?;
    let consent = consent(&rows);
    let tables: BTreeMap<&str, _> = rows.into_iter().map(|rows| (rows.table, rows.rows)).collect();
    Ok(json!({
        "workspace": workspace,
        "known_by": { "emails": person.emails, "phones": person.phones, "names": person.names },
        "consent": consent,
        "tables": tables,
        "payloads": payloads,
    }))
}

/// What the person agreed to, as each platform tells it.
fn consent(rows: &[netgain_warehouse::PersonRows]) -> Vec<Value> {
    let mut told = Vec::new();
    for row in
        rows.iter().filter(|one| ["customers", "contacts"].contains(&one.table)).flat_map(|one| &one.rows)
    {
        for channel in ["email", "sms"] {
            if let Some(state) = row.get(&format!("{channel}_consent")) {
                told.push(json!({
                    "connection": row.get("connection_id"),
                    "id": row.get("source_id"),
                    "channel": channel,
                    "state": state,
                    "at": row.get(&format!("{channel}_consent_at")),
                }));
            }
        }
    }
    told
}

/// What an erasure of a person would change; nothing is changed.
///
/// # Errors
/// When a store fails.
pub fn preview_erasure(
    control: &Control,
    home: &Path,
    workspace: &WorkspaceId,
    request: &PersonRequest,
) -> Result<Erased, Error> {
    let (warehouse, archive) = open(home, workspace)?;
    let person = person(&warehouse, request)?;
    let rows = warehouse.person_rows(&person)?;
    let mut would =
        Erased { rows: rows.iter().map(|rows| rows.rows.len() as u64).sum(), ..Erased::default() };
    each_line(&archive, &person, &rows, &mut |_, _| would.lines += 1)?;
    let words = redaction(&person, |_| String::new());
    control.edit_events(workspace, &mut |body| {
        would.events += u64::from(named(&words, body));
        None
    })?;
    Ok(would)
}

/// Hands over every raw line that the person's rows came from or that names the person.
fn each_line(
    archive: &Archive,
    person: &Person,
    rows: &[netgain_warehouse::PersonRows],
    take: &mut dyn FnMut(&str, &[u8]),
) -> Result<(), Error> {
    let own = raw_refs(rows);
    let words = redaction(person, |_| String::new());
    for name in archive.every_segment()? {
        let lines = match archive.lines(&name) {
            // deleted since it was listed
            Err(netgain_warehouse::Error::Retired { .. }) => continue,
            lines => lines?,
        };
        for (at, line) in lines.iter().enumerate() {
            let raw_ref = format!("{name}#{at}");
            if own.contains(&raw_ref) || named(&words, line) {
                take(&raw_ref, line);
            }
        }
    }
    Ok(())
}

/// Erases a person; what an earlier call had not finished is finished too. Called again, it finds nothing more to do.
///
/// # Errors
/// When a store fails, then what is left is done by the next call.
pub fn erase_person(
    control: &Control,
    home: &Path,
    workspace: &WorkspaceId,
    request: &PersonRequest,
) -> Result<Erased, Error> {
    let about = serde_json::to_string(request).unwrap_or_default();
    let id = short_hash(&format!("{about}{}", Timestamp::now()));
    let given = [&request.email, &request.phone, &request.customer];
    let given: Vec<String> = given.into_iter().flatten().cloned().collect();
    control.begin_erasure(workspace, &id, &Secret::new(about), &given, Timestamp::now())?;
    finish_erasures(control, home, workspace)
}

/// A name for a request that tells nothing of it.
pub(crate) fn short_hash(text: &str) -> String {
    Sha256::digest(text).iter().take(8).fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Finishes the erasures of a workspace that were begun.
///
/// # Errors
/// As [`erase_person`].
pub fn finish_erasures(control: &Control, home: &Path, workspace: &WorkspaceId) -> Result<Erased, Error> {
    let mut done = Erased::default();
    let open = control.open_requests(workspace)?;
    for open in open.into_iter().filter(|open| open.kind != PrivacyKind::Export) {
        // before anything goes: if this is ended here, the next call leaves nothing behind either
        control.want_scrub()?;
        let one = if open.kind == PrivacyKind::EraseAll {
            everybody::erase(control, home, workspace, &open.id, open.connection.as_deref())?
        } else {
            let request: PersonRequest = serde_json::from_str(open.about.expose()).unwrap_or_default();
            erase(control, home, workspace, &open.id, &request)?
        };
        done.add(one);
        let counts = serde_json::to_string(&one).unwrap_or_default();
        control.finish_privacy_request(workspace, &open.id, &counts, Timestamp::now())?;
    }
    if control.wants_scrub() {
        control.scrub()?;
    }
    Ok(done)
}

/// Erases everybody whom a tombstone of the workspace knows and the facts still name: after a backup was restored that was
/// made before an erasure. Says how many words of persons were met.
///
/// # Errors
/// As [`erase_person`].
pub fn reapply_tombstones(control: &Control, home: &Path, workspace: &WorkspaceId) -> Result<u64, Error> {
    let tombstones = control.tombstones(workspace)?;
    let words = open(home, workspace)?.0.words_of_persons()?;
    let mut met = 0;
    for word in words.into_iter().filter(|word| tombstones.knows(word)) {
        let phone = word.starts_with('+');
        let request = PersonRequest {
            email: (!phone).then(|| word.clone()),
            phone: phone.then_some(word),
            ..PersonRequest::default()
        };
        erase_person(control, home, workspace, &request)?;
        met += 1;
    }
    Ok(met)
}

fn erase(
    control: &Control,
    home: &Path,
    workspace: &WorkspaceId,
    id: &str,
    request: &PersonRequest,
) -> Result<Erased, Error> {
    let (warehouse, archive) = open(home, workspace)?;
    let person = person(&warehouse, request)?;
    // what the facts know beside what was given is noted before anything that tells of it goes
    let about = Secret::new(serde_json::to_string(request).unwrap_or_default());
    let all: Vec<String> = person.emails.iter().chain(&person.phones).cloned().collect();
    let ids = person.ids.iter().map(|(_, id)| id.clone());
    let all: Vec<String> = all.into_iter().chain(ids).collect();
    control.begin_erasure(workspace, id, &about, &all, Timestamp::now())?;
    let tombstones = control.tombstones(workspace)?;
    let taken = redaction(&person, |word| tombstones.instead(word));
    let mut done = Erased::default();
    archive.sweep(HALF_WRITTEN)?;
    let own = raw_refs(&warehouse.person_rows(&person)?);
    for name in archive.every_segment()? {
        done.lines += archive.edit_segment(&name, &mut |at, line| {
            let about = own.contains(&format!("{name}#{at}")) || is_about(&tombstones, line);
            Redaction { about, ..taken.clone() }.apply(line)
        })?;
    }
    done.events = control.edit_events(workspace, &mut |body| {
        let about = is_about(&tombstones, body);
        Redaction { about, ..taken.clone() }.apply(body)
    })?;
    let ErasedRows { rows, mentions, keys_left } = warehouse.erase_person(&person, &taken)?;
    (done.rows, done.mentions, done.keys_left) = (rows, mentions, keys_left);
    leave_nothing(warehouse, home, workspace)?;
    Ok(done)
}

/// Has the store give up what was overwritten: a file is written anew, a database forgets old versions of rows.
fn leave_nothing(warehouse: Warehouse, home: &Path, workspace: &WorkspaceId) -> Result<(), Error> {
    warehouse.want_rewrite()?;
    drop(warehouse);
    // now where nobody else has it open, otherwise when it is opened next
    Warehouse::open(Store::chosen(&home.join("workspaces"))?, workspace, Options::default())?;
    Ok(())
}

fn is_about(tombstones: &Tombstones, line: &[u8]) -> bool {
    let mut about = false;
    redact::texts(line, &mut |text| about = about || tombstones.knows(text));
    about
}

fn named(words: &Redaction, line: &[u8]) -> bool {
    let mut met = false;
    redact::texts(line, &mut |text| met = met || words.met(text));
    met
}

/// The folder of workspaces, where facts are in files; of a database, backups are made by its own tools.
pub(crate) fn embedded(home: &Path) -> Result<PathBuf, Error> {
    match Store::chosen(&home.join("workspaces"))? {
        Store::Embedded(folder) => Ok(folder),
        Store::Postgres(_) => Err(netgain_warehouse::Error::NotEmbedded.into()),
    }
}

fn open(home: &Path, workspace: &WorkspaceId) -> Result<(Warehouse, Archive), Error> {
    let folder = home.join("workspaces");
    let warehouse = Warehouse::open(Store::chosen(&folder)?, workspace, Options::default())?;
    Ok((warehouse, Archive::open(&folder, workspace)?))
}

fn person(warehouse: &Warehouse, request: &PersonRequest) -> Result<Person, Error> {
    let mut person = Person::default();
    let word = |word: &Option<String>| {
        word.as_deref().map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned)
    };
    person.emails.extend(word(&request.email).map(|email| email.to_lowercase()));
    person.phones.extend(word(&request.phone));
    if let Some(id) = word(&request.customer) {
        person.ids = warehouse.ids_of_person(&id)?;
        if let Some(of) = &request.connection {
            person.ids.retain(|(connection, _)| connection == of.as_str());
        }
    }
    Ok(warehouse.known_person(&person)?)
}

/// What is taken out of texts, wherever they stand: addresses first.
fn redaction(person: &Person, instead: impl Fn(&str) -> String) -> Redaction {
    let of = |word: &String| (word.to_ascii_lowercase(), instead(word));
    Redaction {
        words: person.emails.iter().chain(&person.phones).map(of).collect(),
        names: person.names.iter().map(|name| name.to_ascii_lowercase()).collect(),
        ..Redaction::default()
    }
}

fn raw_refs(rows: &[netgain_warehouse::PersonRows]) -> BTreeSet<String> {
    let all = rows.iter().flat_map(|rows| &rows.rows);
    all.filter_map(|row| row.get("raw_ref").cloned()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
