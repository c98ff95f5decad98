//! `netgain provider`: manifests are checked before they run, listed, and made into pages.

mod list;
mod pages;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use netgain_domain::Value;
use netgain_manifest::{Accounts, Field, Manifest, ManifestError, Stream};
use netgain_mapping::{Context, Mapped, Mapper};

use crate::args::{ProviderArgs, ProviderWhat};

/// What recorded answers are called at the end: JSON documents, or files that answers name.
const SAMPLES: [&str; 4] = ["json", "jsonl", "csv", "tsv"];

/// Runs one of the group's commands.
pub fn run(args: &ProviderArgs) -> anyhow::Result<()> {
    match &args.what {
        ProviderWhat::Lint { files } => lint(files),
        ProviderWhat::List { json } => list::run(*json),
        ProviderWhat::Docs { folder, check } => pages::run(folder, *check),
    }
}

/// Checks manifests and prints each fault with its file, line and cure.
fn lint(files: &[PathBuf]) -> anyhow::Result<()> {
    let mut faults = Vec::new();
    let mut checked = 0;
    if files.is_empty() {
        for id in netgain_providers::ids() {
            checked += 1;
            faults.extend(built_in(id));
        }
    }
    for file in files {
        checked += 1;
        faults.extend(from_file(file)?);
    }
    for fault in &faults {
        println!("{fault}");
    }
    if faults.is_empty() {
        eprintln!("{checked} manifests checked, no faults");
        Ok(())
    } else {
        anyhow::bail!("{} faults in {checked} manifests", faults.len())
    }
}

/// Refuses to go on with a built-in manifest that has a fault: a run must not be the first to meet it.
pub fn must_be_sound() -> anyhow::Result<()> {
    match netgain_providers::ids().flat_map(built_in).next() {
        None => Ok(()),
        Some(fault) => anyhow::bail!("a built-in manifest cannot be used: {fault}"),
    }
}

/// A manifest that the program holds. Its samples stay in the source tree, where the tests check it against them.
fn built_in(id: &str) -> Vec<ManifestError> {
    match netgain_providers::manifest(id) {
        Ok(Some(manifest)) => {
            let samples = streams(&manifest).map(|stream| stream.name).collect();
            let mut faults = netgain_manifest::lint(&manifest, &samples);
            faults.extend(streams(&manifest).filter_map(|stream| compile(&manifest, &stream).err()));
            faults.into_iter().map(|fault| fault.in_file(format!("{id}/manifest.yaml"))).collect()
        }
        Ok(None) => Vec::new(),
        Err(error) => vec![error],
    }
}

fn from_file(file: &Path) -> anyhow::Result<Vec<ManifestError>> {
    let text = std::fs::read_to_string(file)
        .with_context(|| format!("cannot read the manifest {}", file.display()))?;
    let manifest = match Manifest::from_yaml(&text) {
        Ok(manifest) => manifest,
        Err(fault) => return Ok(vec![fault.in_file(file.display().to_string())]),
    };
    let folder = file.parent().unwrap_or_else(|| Path::new("")).join("samples");
    let mut faults = netgain_manifest::lint(&manifest, &samples_in(&folder));
    for stream in streams(&manifest) {
        match compile(&manifest, &stream) {
            Ok(mapper) => faults.extend(against_sample(&text, &stream, &mapper, &folder)),
            Err(fault) => faults.push(fault),
        }
    }
    Ok(faults.into_iter().map(|fault| name_file(fault, file)).collect())
}

/// The manifest's own file, unless the fault lies in another one.
fn name_file(fault: ManifestError, file: &Path) -> ManifestError {
    if fault.file.is_empty() { fault.in_file(file.display().to_string()) } else { fault }
}

fn streams(manifest: &Manifest) -> impl Iterator<Item = Stream> + '_ {
    manifest.streams.iter().cloned().chain(manifest.accounts.as_ref().map(Accounts::as_stream))
}

/// The recorded answer of a stream.
fn sample_of(folder: &Path, stream: &str) -> Option<PathBuf> {
    SAMPLES.iter().map(|kind| folder.join(format!("{stream}.{kind}"))).find(|file| file.is_file())
}

fn samples_in(folder: &Path) -> BTreeSet<String> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    files
        .filter(|file| file.extension().is_some_and(|kind| SAMPLES.iter().any(|one| kind == *one)))
        .filter_map(|file| file.file_stem().map(|name| name.to_string_lossy().into_owned()))
        .collect()
}

fn compile(manifest: &Manifest, stream: &Stream) -> Result<Mapper, ManifestError> {
    let fault = |message: String, cure: &str| ManifestError {
        file: String::new(),
        line: 0,
        message,
        cure: cure.to_owned(),
    };
    netgain_connector::verify(manifest, stream)
        .map_err(|error| fault(error.to_string(), "write the stream as the vocabulary says"))?;
    Mapper::compile(stream)
        .map_err(|error| fault(format!("stream `{}`: {error}", stream.name), "correct the field table"))
}

/// What the recorded answer of a stream says of its field table.
fn against_sample(text: &str, stream: &Stream, mapper: &Mapper, folder: &Path) -> Vec<ManifestError> {
    let Some(file) = sample_of(folder, &stream.name) else { return Vec::new() };
    let Ok(bytes) = std::fs::read(&file) else { return Vec::new() };
    let sample = String::from_utf8_lossy(&bytes);
    let found = match netgain_connector::read_sample(stream, &bytes) {
        Ok(found) => found,
        Err(error) => {
            let (file, message) = (file.display().to_string(), error.to_string());
            let cure = "correct the stream, or record the answer again".to_owned();
            return vec![ManifestError { file, line: 1, message, cure }];
        }
    };
    let context = example_context();
    let mut mapped = Mapped::default();
    for (position, record) in (0_u32..).zip(&found.records) {
        match mapper.record(record, position, 0, &context) {
            Ok(records) => mapped.records.extend(records),
            Err(bad) => mapped.quarantined.push(bad),
        }
    }
    let fault = |needle: &str, message: String, cure: &str| ManifestError {
        file: String::new(),
        line: line_of(text, &stream.name, needle),
        message: format!("stream `{}`: {message}", stream.name),
        cure: cure.to_owned(),
    };
    if mapped.records.is_empty() && mapped.quarantined.is_empty() {
        let message = format!("`{}` finds no record in {}", stream.records, file.display());
        return vec![fault("records:", message, "correct the path, or record an answer with records")];
    }
    let mut faults: Vec<ManifestError> = mapped
        .quarantined
        .iter()
        .map(|bad| {
            let message =
                format!("the sample's record {} fails at `{}`: {}", bad.position, bad.path, bad.reason);
            fault(&bad.path, message, "correct the field, or record the answer again")
        })
        .collect();
    faults.extend(found.missing.iter().map(|path| {
        let message = format!("`{path}` finds nothing in {}", file.display());
        fault(path, message, "correct the path, or record an answer that has it")
    }));
    let rows: Vec<_> = mapped
        .records
        .iter()
        .flat_map(|record| std::iter::once(&record.root).chain(&record.children))
        .collect();
    let tables = std::iter::once((&stream.entity, &stream.map.fields))
        .chain(stream.map.rows.iter().map(|rows| (&rows.into, &rows.fields)));
    for (table, fields) in tables {
        let of_table: Vec<_> = rows.iter().filter(|row| row.table.name() == table).collect();
        for (column, field) in fields {
            let nothing = of_table.iter().all(|row| *row.get(column) == Value::Null);
            if nothing && !written(field, &sample) {
                let message = format!("`{table}.{column}` finds nothing in {}", file.display());
                let cure = "correct its path, or record an answer that has it";
                faults.push(fault(&format!("{column}:"), message, cure));
            }
        }
    }
    faults
}

/// Whether the sample has the key that a field reads, be it with null.
fn written(field: &Field, sample: &str) -> bool {
    let mut paths = field.from.iter().chain(&field.any_of).chain(&field.sum);
    paths.any(|path| {
        let key = path.rsplit('.').next().unwrap_or_default().trim_end_matches("[]");
        path.starts_with('@') || sample.contains(&format!("\"{key}\""))
    })
}

/// What the engine would know beside a record.
fn example_context() -> Context {
    [
        ("account.source_id", "1"),
        ("account.name", "example"),
        ("account.currency", "USD"),
        ("account.time_zone", "UTC"),
        ("slice.account", "1"),
        ("slice.provisional", "true"),
        ("slice.since", "2026-01-01"),
        ("slice.until", "2026-01-31"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// The line of a word in a stream's part of the manifest; 0 where it is not written as such.
fn line_of(text: &str, stream: &str, needle: &str) -> usize {
    let begins = format!("name: {stream}");
    let lines = text.lines().enumerate();
    let mut after = lines.skip_while(|(_, line)| line.trim_start_matches(['-', ' ']) != begins);
    after.find(|(_, line)| line.contains(needle)).map_or(0, |(at, _)| at + 1)
}
