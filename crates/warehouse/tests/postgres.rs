//! What only a shared database can get wrong: whose rows are seen, who may ask for what, and what comes over from files.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use std::time::Duration;

use common::{at, batch, dec, dump, open, order, settle};
use netgain_domain::{Table, WorkspaceId};
use netgain_warehouse::{Database, Error, Options, QueryResult, Result, Store, Warehouse};
use serde_json::json;

fn of(database: &Database, workspace: &str) -> Warehouse {
    let workspace: WorkspaceId = workspace.parse().unwrap();
    Warehouse::open(Store::Postgres(database.clone()), &workspace, Options::default()).unwrap()
}

fn orders(numbers: std::ops::Range<i64>) -> netgain_warehouse::Batch {
    batch(numbers.map(|number| order(number, 1)).collect(), Some("{\"page\":1}"))
}

fn ask(store: &Warehouse, sql: &str) -> Result<QueryResult> {
    store.query(sql, 100, Duration::from_secs(20))
}

#[test]
fn two_workspaces_see_nothing_of_each_other() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    let database = Database::connect(&fresh.owner_url(), None).unwrap();
    let (left, right) = (of(&database, "left"), of(&database, "right"));
    left.commit(&orders(0..30)).unwrap();
    settle(&left);
    assert!(dump(&left).contains("\"left\"") && !dump(&left).contains("\"right\""));
    assert!(right.connection_stats().unwrap().is_empty());
    assert!(right.cursors(&"shop".parse().unwrap()).unwrap().is_empty());
    // the same ids, and what one does to them leaves the other alone
    let before = dump(&left);
    right.commit(&orders(0..10)).unwrap();
    settle(&right);
    right.clear_cursor(&"shop".parse().unwrap(), None).unwrap();
    assert_eq!(dump(&left), before);
    assert!(right.row_counts(&"shop".parse().unwrap()).unwrap().contains(&(Table::Orders, 10)));
    assert_eq!(ask(&right, "SELECT count(*) FROM orders").unwrap().rows[0][0], json!(10));
    // a connection that was given to nobody sees nothing at all, and says so
    let stray = std::panic::catch_unwind(|| {
        fresh.psql("SET ROLE netgain_owner; SELECT count(*) FROM netgain_facts.orders")
    });
    assert!(stray.is_err());
}

#[test]
fn every_table_is_fenced_and_every_key_begins_with_the_workspace() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    Database::connect(&fresh.owner_url(), None).unwrap();
    let tables = "FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
                  WHERE n.nspname = 'netgain_facts' AND c.relkind IN ('r', 'p')";
    assert!(fresh.psql(&format!("SELECT count(*) {tables}")).parse::<u32>().unwrap() > 40);
    let bare = fresh.psql(&format!(
        "SELECT c.relname {tables} AND NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS \
         (SELECT 1 FROM pg_policy AS p WHERE p.polrelid = c.oid AND p.polqual IS NOT NULL \
          AND p.polwithcheck IS NOT NULL))"
    ));
    assert_eq!(bare, "", "tables without a policy");
    let unled = fresh.psql(
        "SELECT i.indexrelid::regclass FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid \
         JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] \
         WHERE n.nspname = 'netgain_facts' AND a.attname <> 'workspace_id'",
    );
    assert_eq!(unled, "", "indexes that do not begin with the workspace");
}

#[test]
fn a_login_that_sees_everything_takes_on_a_role_that_does_not() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    let database = Database::connect(&fresh.superuser_url(), None).unwrap();
    let (left, right) = (of(&database, "left"), of(&database, "right"));
    left.commit(&orders(0..10)).unwrap();
    assert!(right.connection_stats().unwrap().is_empty());
    assert_eq!(ask(&left, "SELECT count(*) FROM orders").unwrap().rows[0][0], json!(10));
}

#[test]
fn the_program_works_without_owning_the_tables() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    assert!(Database::connect(&fresh.app_url(), None).is_err(), "it may not make them");
    let database = Database::connect(&fresh.app_url(), Some(&fresh.owner_url())).unwrap();
    let store = of(&database, "left");
    store.commit(&orders(0..10)).unwrap();
    settle(&store);
    // and later without the owner at all, since nothing is missing
    let again = of(&Database::connect(&fresh.app_url(), None).unwrap(), "left");
    assert_eq!(dump(&again), dump(&store));
}

#[test]
fn both_engines_hold_the_same_and_a_copy_goes_there_and_back() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    let (dir, back) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let database = Database::connect(&fresh.owner_url(), None).unwrap();
    let (file, shared) = (open(dir.path()), of(&database, "test"));
    for store in [&file, &shared] {
        let mut page = orders(0..60);
        page.records[3].0.root.set("total_price", dec("-12345678901234567.8901234567"));
        page.records[4].0.root.set("customer_name", common::text("Zoë \"\\ \t\n ÄÖ 🎈"));
        page.records[5].0.root.set("placed_at", netgain_domain::Value::Time(at(-5_000_000_000)));
        store.commit(&page).unwrap();
        settle(store);
    }
    assert_eq!(dump(&file), dump(&shared));
    assert_eq!(file.digest().unwrap(), shared.digest().unwrap());

    // what comes over replaces what was there
    let mut other = orders(500..510);
    other.stream = "others".to_owned();
    shared.commit(&other).unwrap();
    let first = shared.copy_from(&file, &mut |_| {}).unwrap();
    let copied: Vec<_> = first.iter().filter(|one| one.copied).map(|one| one.digest.table).collect();
    assert!(copied.contains(&"orders") && !copied.contains(&"products"), "{copied:?}");
    assert_eq!(dump(&file), dump(&shared));
    assert!(shared.copy_from(&file, &mut |_| {}).unwrap().iter().all(|one| !one.copied), "done is done");

    let returned = open(back.path());
    returned.copy_from(&shared, &mut |_| {}).unwrap();
    assert_eq!(dump(&file), dump(&returned));
    // and it is a working store
    returned.commit(&orders(55..70)).unwrap();
    file.commit(&orders(55..70)).unwrap();
    assert_eq!(dump(&file), dump(&returned));
    assert!(of(&database, "another").copy_from(&file, &mut |_| {}).is_err());
}

#[test]
fn people_ask_for_their_own_rows_and_change_nothing() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    let database = Database::connect(&fresh.owner_url(), None).unwrap();
    let (store, other) = (of(&database, "left"), of(&database, "right"));
    store.commit(&orders(0..10)).unwrap();
    other.commit(&orders(0..20)).unwrap();
    let before = (dump(&store), dump(&other));
    let answer = ask(
        &store,
        "SELECT name, total_price, placed_at, version, is_test, CAST(placed_at AS DATE) AS day, \
         9007199254740993 AS big, CAST(1.5 AS DOUBLE PRECISION) AS d, NULL AS n \
         FROM orders WHERE source_id IN ('3', '4') ORDER BY source_id;",
    )
    .unwrap();
    let kinds: Vec<_> = answer.columns.iter().map(|column| column.kind).collect();
    assert_eq!(
        kinds,
        ["text", "decimal", "timestamp", "integer", "boolean", "date", "integer", "double", "text"]
    );
    assert_eq!(
        answer.rows[0],
        [
            json!("#3"),
            json!("30.03"),
            json!("2024-01-01T00:30:00Z"),
            json!(1),
            json!(false),
            json!("2024-01-01"),
            json!("9007199254740993"),
            json!(1.5),
            json!(null)
        ]
    );
    for useful in [
        "WITH t AS (SELECT channel, count(*) AS n FROM orders GROUP BY 1) SELECT * FROM t ORDER BY n DESC",
        "SELECT * FROM orders o JOIN order_lines l ON l.order_id = o.source_id",
        "SELECT sum(total_price) OVER (ORDER BY placed_at), 'it''s; a -- text' FROM orders",
        "SELECT date_trunc('month', placed_at), count(*) FILTER (WHERE NOT is_test) FROM orders GROUP BY 1",
        "SELECT lower(name) || '!' FROM orders WHERE name LIKE '#%' AND placed_at > DATE '2023-01-01'",
        "VALUES (1), (2)",
    ] {
        ask(&store, useful).unwrap_or_else(|error| panic!("{useful}: {error}"));
    }
    let few = store.query("SELECT * FROM order_lines", 3, Duration::from_secs(20)).unwrap();
    assert_eq!((few.rows.len(), few.truncated), (3, true));
    for sql in [
        "SELECT set_config('netgain.workspace', 'right', false)",
        "SELECT name FROM orders WHERE set_config('netgain.workspace', 'right', true) = 'right'",
        "SELECT \"set_config\"('netgain.workspace', 'right', false)",
        "SELECT pg_catalog.set_config('role', 'netgain_owner', false)",
        "SELECT U&\"set\\005fconfig\"('netgain.workspace', 'right', false)",
        "SELECT query_to_xml('SELECT set_config(''netgain.workspace'', ''right'', false)', true, true, '')",
        "SELECT table_to_xml('orders', true, true, '')",
        "SELECT current_setting('netgain.workspace')",
        "SELECT pg_sleep(60)",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT lo_import('/etc/passwd')",
        "SELECT pg_advisory_lock(1)",
        "SELECT pg_terminate_backend(1)",
        "SELECT nextval('x')",
        "SELECT dblink('host=elsewhere', 'SELECT 1')",
        "SELECT * FROM pg_catalog.pg_stats",
        "SELECT * FROM pg_stats",
        "SELECT * FROM pg_stat_activity",
        "SELECT * FROM netgain_facts.orders",
        "SELECT * FROM schema_version",
        "SELECT * FROM public.workspaces",
        "TABLE pg_authid",
        "INSERT INTO orders (name) VALUES ('x')",
        "WITH d AS (DELETE FROM orders RETURNING *) SELECT * FROM d",
        "UPDATE orders SET name = 'x'",
        "SET netgain.workspace = 'right'",
        "RESET ROLE",
        "COPY orders TO '/tmp/x'",
        "SELECT 1; SELECT 2",
        "SELECT 1) AS asked; DELETE FROM orders; SELECT * FROM (SELECT 1",
        "SELECT 1 /* */",
        "SELECT 1 -- x",
        "SELECT $$x$$",
        "SELECT E'\\047'",
        "SELECT * FROM orders FOR UPDATE",
        "DO $$ BEGIN END $$",
        "",
        ";",
    ] {
        let refused = ask(&store, sql);
        assert!(matches!(refused, Err(Error::Refused(_) | Error::Query(_))), "{sql}: {refused:?}");
    }
    assert_eq!(ask(&store, "SELECT count(*) FROM orders").unwrap().rows[0][0], json!(10));
    assert_eq!((dump(&store), dump(&other)), before);
    let endless = "SELECT count(*) FROM generate_series(1, 100000000) a, generate_series(1, 1000) b";
    let stopped = store.query(endless, 10, Duration::from_millis(300));
    assert!(matches!(stopped, Err(Error::Timeout { .. })), "{stopped:?}");
    assert_eq!(ask(&store, "SELECT count(*) FROM orders").unwrap().rows[0][0], json!(10));
}

#[test]
fn an_address_that_is_wrong_keeps_its_password() {
    for wrong in ["postgres://app:s3cret@host:port/x", "postgres://app:s3cret@127.0.0.1:1/x", "s3cret"] {
        let error = Database::connect(wrong, None).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }
}

#[test]
fn facts_go_over_tls_to_the_server_that_was_named() {
    let Some(server) = netgain_testkit::postgres_with_tls() else { return };
    server.psql("postgres", "CREATE DATABASE shop OWNER netgain_owner");
    for (host, authority) in [("localhost", "other.pem"), ("127.0.0.1", "ca.pem")] {
        let error = Database::connect(&server.owner_url(host, authority), None).unwrap_err().to_string();
        assert!(error.contains("certificate") && !error.contains("s3cret"), "{error}");
    }
    assert_eq!(server.psql("shop", "SELECT count(*) FROM pg_namespace WHERE nspname = 'netgain_facts'"), "0");
    let database = Database::connect(&server.owner_url("localhost", "ca.pem"), None).unwrap();
    let store = of(&database, "left");
    store.commit(&orders(0..3_000)).unwrap();
    assert_eq!(ask(&store, "SELECT count(*) FROM orders").unwrap().rows[0][0], json!(3_000));
    let plain = server.psql(
        "shop",
        "SELECT count(*) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) \
         WHERE usename = 'netgain_owner' AND NOT ssl",
    );
    assert_eq!(plain, "0", "connections without TLS");
}

/// Every table and view with its columns and their types.
fn shape(database: &netgain_testkit::Database) -> String {
    database.psql(
        "SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull FROM pg_attribute AS a \
         JOIN pg_class AS c ON c.oid = a.attrelid WHERE c.relnamespace = 'netgain_facts'::regnamespace \
         AND c.relkind IN ('r', 'p', 'v') AND a.attnum > 0 AND NOT a.attisdropped ORDER BY c.relname, a.attname",
    )
}

/// Takes the last columns of every table away, as they were not there before they were added: new ones go to the end. Those
/// of a key stay.
const OLDER: &str = "
DO $$
DECLARE
    of RECORD;
BEGIN
    FOR of IN SELECT relname FROM pg_class WHERE relnamespace = 'netgain_facts'::regnamespace AND relkind = 'v' LOOP
        EXECUTE format('DROP VIEW IF EXISTS netgain_facts.%I CASCADE', of.relname);
    END LOOP;
    FOR of IN
        SELECT c.relname, a.attname FROM pg_class AS c JOIN LATERAL (
            SELECT * FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 ORDER BY attnum DESC LIMIT {cut}
        ) AS a ON true WHERE c.relnamespace = 'netgain_facts'::regnamespace AND c.relkind IN ('r', 'p')
        AND NOT EXISTS (SELECT 1 FROM pg_index AS i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey))
        AND c.relname <> 'schema_version'
    LOOP
        EXECUTE format('ALTER TABLE netgain_facts.%I DROP COLUMN %I', of.relname, of.attname);
    END LOOP;
END $$";

#[test]
fn tables_of_earlier_forms_come_up_to_date_with_their_rows() {
    for cut in [1, 2, 4] {
        let Some(fresh) = netgain_testkit::postgres() else { return };
        let connect = || Database::connect(&fresh.app_url(), Some(&fresh.owner_url())).unwrap();
        {
            let store = of(&connect(), "left");
            store.commit(&orders(0..20)).unwrap();
            settle(&store);
        }
        let newest = shape(&fresh);
        let rows =
            || fresh.psql("SELECT source_id, name, channel FROM netgain_facts.orders ORDER BY source_id");
        let before = rows();
        assert_eq!(before.lines().count(), 20);
        fresh.psql(&OLDER.replace("{cut}", &cut.to_string()));
        assert!(newest.lines().count() > shape(&fresh).lines().count() + 40, "nothing was taken away");
        // who may not change tables says so instead of working with half of them
        Database::connect(&fresh.app_url(), None).unwrap_err();

        let database = connect();
        assert_eq!(shape(&fresh), newest);
        assert_eq!(rows(), before);
        let store = of(&database, "left");
        store.commit(&orders(10..30)).unwrap();
        assert_eq!(ask(&store, "SELECT count(*) FROM orders").unwrap().rows[0][0], json!(30));
    }
}

#[test]
fn rows_that_a_later_program_wrote_are_left_alone() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    let database = Database::connect(&fresh.owner_url(), None).unwrap();
    drop(of(&database, "left"));
    fresh.psql(
        "SET netgain.workspace = 'left'; INSERT INTO netgain_facts.schema_version (workspace_id, number) VALUES ('left', 99)",
    );
    let opened =
        Warehouse::open(Store::Postgres(database.clone()), &"left".parse().unwrap(), Options::default());
    assert!(matches!(opened, Err(Error::NewerSchema { found: 99, .. })), "{opened:?}");
    // the other workspaces of the database go on
    of(&database, "right").commit(&orders(0..3)).unwrap();
}
