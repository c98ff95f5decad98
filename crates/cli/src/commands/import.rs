//! `netgain import`: a merchant's own file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use jiff::Timestamp;
use netgain_control::{
    ConnectionError, ConnectionState, Control, CredentialMode, NewConnection, NewWorkspace, Workspace,
};
use netgain_domain::facts::KpiRead;
use netgain_domain::{ConnectionId, Table, WorkspaceId};
use netgain_import::{Mapping, Reject};
use netgain_profit::Settings;
use netgain_sync::FileImport;
use netgain_warehouse::Archive;

use crate::args::{CsvArgs, ImportArgs, ImportFormat, KpisArgs};
use crate::failure::Failure;
use crate::home::Home;

/// How much of a file a mapping is proposed from.
const SAMPLE_BYTES: u64 = 256 * 1024;

/// Imports, or proposes a mapping.
pub fn run(home: &Home, args: &ImportArgs) -> anyhow::Result<()> {
    match &args.format {
        ImportFormat::Csv(args) => csv(home, args),
        ImportFormat::Kpis(args) => kpis(home, args),
    }
}

/// Points of key figures: a file with the usual columns needs no mapping.
fn kpis(home: &Home, args: &KpisArgs) -> anyhow::Result<()> {
    let mapping = match &args.mapping {
        Some(mapping) => read_mapping(mapping)?,
        None => {
            let known = home.control()?.workspaces()?.into_iter().find(|known| known.id == args.workspace);
            let zone =
                args.time_zone.clone().or_else(|| known.map(|known| known.time_zone)).ok_or_else(|| {
                    Failure::input(format!(
                        "workspace `{}` is new: say its zone with --time-zone",
                        args.workspace
                    ))
                })?;
            let mut sample = Vec::new();
            open(&args.file)?.take(SAMPLE_BYTES).read_to_end(&mut sample)?;
            netgain_import::kpi_mapping(&sample, &zone)
                .map_err(|error| Failure::input(format!("{}: {error}", args.file.display())))?
        }
    };
    if mapping.kpi_points.is_none() {
        return Err(Failure::input("the mapping is of another kind of file: use `netgain import csv`").into());
    }
    let csv = CsvArgs {
        file: args.file.clone(),
        workspace: Some(args.workspace.clone()),
        mapping: None,
        suggest: false,
        rejects: args.rejects.clone(),
        connection: args.connection.clone(),
        currency: args.currency,
        time_zone: args.time_zone.clone(),
        json: args.json,
    };
    load(home, &csv, open(&args.file)?, &args.workspace, &mapping)
}

fn open(file: &Path) -> anyhow::Result<File> {
    File::open(file).with_context(|| format!("cannot open {}", file.display()))
}

fn read_mapping(mapping: &Path) -> anyhow::Result<Mapping> {
    let text = std::fs::read_to_string(mapping)
        .with_context(|| format!("cannot read the mapping {}", mapping.display()))?;
    let read = Mapping::from_yaml(&text);
    Ok(read.map_err(|error| Failure::input(format!("{}: {error}", mapping.display())))?)
}

fn csv(home: &Home, args: &CsvArgs) -> anyhow::Result<()> {
    let file = open(&args.file)?;
    if args.suggest {
        let mut sample = Vec::new();
        file.take(SAMPLE_BYTES).read_to_end(&mut sample)?;
        print!("{}", netgain_import::suggest(&sample, args.currency));
        return Ok(());
    }
    // clap has checked that both are there
    let (Some(workspace), Some(mapping)) = (&args.workspace, &args.mapping) else {
        return Err(Failure::input("--workspace and --mapping are needed").into());
    };
    load(home, args, file, workspace, &read_mapping(mapping)?)
}

fn load(
    home: &Home,
    args: &CsvArgs,
    file: File,
    workspace: &WorkspaceId,
    mapping: &Mapping,
) -> anyhow::Result<()> {
    let control = home.control()?;
    let connection = match &args.connection {
        Some(connection) => connection.clone(),
        None => connection_of(&args.file)?,
    };
    let place = workspace_for(&control, args, workspace, mapping)?;
    let settings = Settings::from_json(&place.settings)?;
    let mut mapping = mapping.clone();
    mapping.costs_default_to(settings.currency);
    let mapping = &mapping;
    let warehouse = home.warehouse(workspace)?;
    let archive = Archive::open(&home.workspaces(), workspace)?;
    control.create_connection(
        workspace,
        &NewConnection {
            id: connection.clone(),
            provider: "csv".to_owned(),
            name: args.file.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned()),
            base_url: None,
            local: false,
            mode: CredentialMode::Own,
            fields: BTreeMap::new(),
        },
    )?;
    let run = control.start_run(workspace, &connection)?;
    let mut rejects = Rejects::new(args.rejects.clone().unwrap_or_else(|| beside(&args.file)));
    let to =
        FileImport { warehouse: &warehouse, archive: &archive, connection, observed_at: Timestamp::now() };
    let done = netgain_sync::import_file(
        BufReader::new(file),
        mapping,
        &to,
        &mut |reject| rejects.add(&reject),
        &mut |_| (),
    )
    .and_then(|summary| {
        let profit = netgain_sync::update_profit(&warehouse, &settings, &mut |_| ())?;
        let read = KpiRead {
            connection_id: to.connection.to_string(),
            entity: entity(mapping).name().to_owned(),
            read_at: to.observed_at,
        };
        netgain_sync::update_kpis(&warehouse, &settings, &[read])?;
        Ok((summary, profit))
    });
    let error = done.as_ref().err().map(ToString::to_string);
    let rows = done.as_ref().map_or(0, |(summary, _)| summary.roots());
    control.finish_run(workspace, &run, rows, error.as_deref())?;
    note_state(&control, workspace, &to.connection, error)?;
    let (summary, profit) = done?;
    for order in &profit.uncomputed {
        eprintln!("order {} has no profit yet: {}", order.order_id, order.reason);
    }
    if let Some(path) = rejects.finish()? {
        eprintln!("{} rows were rejected, see {}", summary.rejected, path.display());
    }
    if args.json {
        println!("{}", serde_json::to_string(&summary)?);
    } else {
        eprintln!(
            "{} of {} rows loaded: {} orders, {} credit notes, {} customers, {} costs, {} exchange rates, \
             {} key figures",
            summary.loaded,
            summary.lines,
            summary.orders,
            summary.credit_notes,
            summary.customers,
            summary.unit_costs,
            summary.rates,
            summary.kpi_points
        );
    }
    Ok(())
}

/// The table of a file's root rows.
fn entity(mapping: &Mapping) -> Table {
    match mapping {
        Mapping { kpi_points: Some(_), .. } => Table::KpiPoints,
        Mapping { costs: Some(_), .. } => Table::UnitCosts,
        Mapping { customers: Some(_), .. } => Table::Customers,
        Mapping { rates: Some(_), .. } => Table::FxRates,
        _ => Table::Orders,
    }
}

/// Notes on the connection how its file was read.
pub fn note_state(
    control: &Control,
    workspace: &WorkspaceId,
    connection: &ConnectionId,
    error: Option<String>,
) -> netgain_control::Result<()> {
    let error = error.map(|message| ConnectionError {
        code: "import_failed".to_owned(),
        message,
        cure: "correct the file or its mapping, then import it again".to_owned(),
    });
    let state = if error.is_some() { ConnectionState::Error } else { ConnectionState::Ok };
    control.set_state(workspace, connection, state, error.as_ref())
}

/// The workspace, created with the file's currency and zone when it does not exist.
fn workspace_for(
    control: &Control,
    args: &CsvArgs,
    id: &WorkspaceId,
    mapping: &Mapping,
) -> anyhow::Result<Workspace> {
    if let Some(found) = control.workspaces()?.into_iter().find(|workspace| workspace.id == *id) {
        let reporting = Settings::from_json(&found.settings)?.currency;
        if let Some(asked) = args.currency.filter(|asked| *asked != reporting) {
            // it would be read as the file's currency, and a file that says none would be loaded in the other one
            return Err(Failure::input(format!(
                "--currency {asked}: workspace `{id}` reports in {reporting}; leave --currency out, and write the \
                 file's own into the mapping as `currency: {asked}`"
            ))
            .into());
        }
        return Ok(found);
    }
    let currency = args.currency.or(mapping.currency).ok_or_else(|| {
        Failure::input(format!("workspace `{id}` is new: say its reporting currency with --currency"))
    })?;
    let time_zone =
        args.time_zone.clone().or_else(|| mapping.format.time_zone.name().map(str::to_owned)).ok_or_else(
            || Failure::input(format!("workspace `{id}` is new: say its zone with --time-zone")),
        )?;
    let zone = time_zone.parse().map_err(|error| Failure::input(format!("--time-zone: {error}")))?;
    let settings = Settings::new(currency, zone).to_json()?;
    eprintln!("workspace {id} is created: currency {currency}, time zone {time_zone}");
    let new = NewWorkspace { id: id.clone(), name: id.to_string(), currency, time_zone, settings };
    Ok(control.create_workspace(&new)?)
}

/// The same file name gives the same connection, so that a corrected file replaces its rows.
fn connection_of(file: &Path) -> anyhow::Result<ConnectionId> {
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().to_lowercase()).unwrap_or_default();
    let slug: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect();
    Ok(format!("csv-{slug}").parse()?)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".rejects.csv");
    PathBuf::from(name)
}

/// The file of rejected rows; it is made by the first of them.
struct Rejects {
    path: PathBuf,
    writer: Option<csv::Writer<File>>,
}

impl Rejects {
    fn new(path: PathBuf) -> Self {
        Self { path, writer: None }
    }

    fn add(&mut self, reject: &Reject) -> Result<(), netgain_import::BoxError> {
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let mut writer = csv::Writer::from_path(&self.path)
                    .map_err(|error| format!("cannot write {}: {error}", self.path.display()))?;
                writer.write_record(["line", "column", "value", "reason", "row"])?;
                self.writer.insert(writer)
            }
        };
        let line = reject.line.to_string();
        let column = reject.column.as_deref().unwrap_or_default();
        writer.write_record([line.as_str(), column, &reject.value, &reject.reason, &reject.raw])?;
        Ok(())
    }

    fn finish(self) -> anyhow::Result<Option<PathBuf>> {
        let Some(mut writer) = self.writer else { return Ok(None) };
        writer.flush()?;
        Ok(Some(self.path))
    }
}
