//! A workspace to fill with rows, and what its key figures are then.

use netgain_domain::facts::{KpiAction, KpiRead};
use netgain_domain::jiff::Timestamp;
use netgain_domain::{Decimal, Record, Row, Table, Value};
use netgain_profit::Settings;
use netgain_results::{
    Error, KpiChange, kpi_history, note_kpi_reads, set_kpi_override, update_kpis, update_profit,
};
use netgain_warehouse::{Batch, Database, Options, Store, Warehouse};

pub fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

pub fn dec(text: &str) -> Value {
    Value::Decimal(text.parse().unwrap())
}

pub fn time(text: &str) -> Value {
    Value::Time(text.parse().unwrap())
}

pub fn day(text: &str) -> Value {
    Value::Date(text.parse().unwrap())
}

pub fn row(table: Table, id: &str, cells: &[(&str, Value)]) -> Row {
    let mut row = Row::empty(table, id.to_owned());
    for (column, value) in cells {
        row.set(column, value.clone());
    }
    row
}

pub fn record(table: Table, id: &str, cells: &[(&str, Value)]) -> Record {
    Record { root: row(table, id, cells), children: Vec::new(), version: 1, position: 0 }
}

pub fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The store of a folder: a file in it, or with `NETGAIN_TEST_STORES=postgres` the database that stands for it.
fn place(dir: &std::path::Path) -> Store {
    match netgain_testkit::instead_of(dir) {
        None => dir.into(),
        Some(server) => {
            let (app, owner) = (server.app_url(), server.owner_url());
            Store::Postgres(Database::connect(&app, Some(&owner)).unwrap())
        }
    }
}

pub struct Place {
    pub warehouse: Warehouse,
    pub settings: Settings,
    pub folder: tempfile::TempDir,
}

const SEEN: &str = "2026-06-05T12:00:00Z";

impl Place {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let warehouse = Self::open(&folder);
        let settings = Settings::new("GBP".parse().unwrap(), "Europe/London".parse().unwrap());
        Self { warehouse, settings, folder }
    }

    pub fn open(folder: &tempfile::TempDir) -> Warehouse {
        Warehouse::open(place(folder.path()), &"test".parse().unwrap(), Options::default()).unwrap()
    }

    pub fn put(&self, connection: &str, records: Vec<Record>) {
        let line =
            |(at, record)| (record, format!("{connection}/rows/0123456789abcdef0123456789abcdef#{at}"));
        self.warehouse
            .commit(&Batch {
                connection: connection.parse().unwrap(),
                source: format!("{connection}_platform"),
                stream: "rows".into(),
                observed_at: instant(SEEN),
                records: records.into_iter().enumerate().map(line).collect(),
                cursor: None,
                aside: Default::default(),
            })
            .unwrap();
    }

    pub fn update(&self) -> u64 {
        update_profit(&self.warehouse, &self.settings, &mut |_| {}).unwrap();
        update_kpis(&self.warehouse, &self.settings).unwrap().changed
    }

    pub fn read(&self, connection: &str, entity: &str, at: &str) -> u64 {
        let read = KpiRead { connection_id: connection.into(), entity: entity.into(), read_at: instant(at) };
        note_kpi_reads(&self.warehouse, &self.settings, &[read]).unwrap()
    }

    /// The values of a metric by day, `-` where one cannot be said.
    pub fn values(&self, connection: &str, metric: &str) -> Vec<(String, String)> {
        let days = ("2026-01-01".parse().unwrap(), "2026-12-31".parse().unwrap());
        let found = kpi_history(&self.warehouse, &self.settings, metric, Some(connection), days).unwrap();
        let shown = |value: Option<Decimal>| value.map_or("-".to_owned(), |value| value.to_string());
        found
            .into_iter()
            .flat_map(|one| one.points)
            .map(|point| (point.day.to_string(), shown(point.value)))
            .collect()
    }

    pub fn value(&self, connection: &str, metric: &str, day: &str) -> Option<String> {
        self.values(connection, metric).into_iter().find(|(on, _)| on == day).map(|(_, value)| value)
    }

    pub fn change(&self, metric: &str, source: Option<&str>, at: &str) -> KpiChange {
        KpiChange {
            metric: metric.into(),
            source: source.map(str::to_owned),
            day: "2026-06-01".parse().unwrap(),
            by: "Ada".into(),
            reason: Some("the invoice says so".into()),
            at: instant(at),
        }
    }

    pub fn set(&self, metric: &str, source: Option<&str>, at: &str, value: &str) -> Result<(), Error> {
        let change = self.change(metric, source, at);
        set_kpi_override(&self.warehouse, &self.settings, &change, value.parse().unwrap()).map(drop)
    }

    /// Action, old, new and actor of every entry, oldest first.
    pub fn audit(&self) -> Vec<(KpiAction, String, String, String)> {
        let shown = |value: Option<Decimal>| value.map_or("-".to_owned(), |value| value.to_string());
        let all = self.warehouse.kpi_audit(None, 100).unwrap();
        all.into_iter().rev().map(|one| (one.action, shown(one.old), shown(one.new), one.actor)).collect()
    }
}

pub fn ad(id: &str, on: &str, amounts: [&str; 5], currency: &str) -> Record {
    record(
        Table::AdDays,
        id,
        &[
            ("day", day(on)),
            ("level", text("campaign")),
            ("entity_id", text("c")),
            ("currency", text(currency)),
            ("time_zone", text("Europe/London")),
            ("spend", dec(amounts[0])),
            ("impressions", Value::Int(amounts[1].parse().unwrap())),
            ("clicks", Value::Int(amounts[2].parse().unwrap())),
            ("conversions", dec(amounts[3])),
            ("conversion_value", dec(amounts[4])),
        ],
    )
}

pub fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(day, value)| ((*day).to_owned(), (*value).to_owned())).collect()
}
