//! A database is told to look at tables that grew: its autovacuum comes later, and the server of these tests has none.
#![allow(missing_docs, clippy::unwrap_used)]

mod common;

use common::{batch, dump, order, settle};
use netgain_warehouse::{Database, Options, Store, Warehouse};

fn of(database: &Database) -> Warehouse {
    let workspace = "left".parse().unwrap();
    Warehouse::open(Store::Postgres(database.clone()), &workspace, Options::default()).unwrap()
}

fn orders(numbers: std::ops::Range<i64>) -> netgain_warehouse::Batch {
    batch(numbers.map(|number| order(number, 1)).collect(), Some("{\"page\":1}"))
}

/// How many rows the server takes a table for.
fn known(fresh: &netgain_testkit::Database, table: &str) -> String {
    fresh.psql(&format!("SELECT reltuples FROM pg_class WHERE oid = 'netgain_facts.{table}'::regclass"))
}

#[test]
fn after_large_batches_the_server_knows_how_many_rows_there_are() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    assert_eq!(fresh.psql("SHOW autovacuum"), "off", "otherwise nothing is shown");
    let database = Database::connect(&fresh.app_url(), Some(&fresh.owner_url())).unwrap();
    let store = of(&database);
    // two lines for each order
    store.commit(&orders(0..3_000)).unwrap();
    assert_eq!(known(&fresh, "order_lines"), "6000");
    assert_eq!(known(&fresh, "orders"), "-1", "too few to be worth a look");
    let of_lines = "SELECT attname, n_distinct FROM pg_stats WHERE schemaname = 'netgain_facts' \
                    AND tablename = 'order_lines' AND attname IN ('workspace_id', 'quantity') ORDER BY attname";
    assert_eq!(fresh.psql(of_lines), "quantity|2\nworkspace_id|1");
    store.commit(&orders(3_000..5_000)).unwrap();
    assert_eq!(known(&fresh, "order_lines"), "6000", "it has not doubled");
    assert_eq!(known(&fresh, "orders"), "5000");
    store.commit(&orders(5_000..6_000)).unwrap();
    assert_eq!(known(&fresh, "order_lines"), "12000");
    // what is computed is written by other statements
    settle(&store);
    assert_eq!(known(&fresh, "order_profit"), "6000");

    // another process counts for itself and is spared what the server knows
    fresh.psql("UPDATE pg_class SET reltuples = 7777 WHERE oid = 'netgain_facts.orders'::regclass");
    let other = of(&Database::connect(&fresh.app_url(), None).unwrap());
    other.commit(&orders(6_000..11_000)).unwrap();
    assert_eq!(known(&fresh, "orders"), "7777");
    assert_eq!(known(&fresh, "order_lines"), "12000");
}

#[test]
fn the_program_may_have_tables_of_facts_looked_at_and_no_others() {
    let Some(fresh) = netgain_testkit::postgres() else { return };
    let database = Database::connect(&fresh.app_url(), Some(&fresh.owner_url())).unwrap();
    fresh.psql("CREATE TABLE public.others (n INTEGER); INSERT INTO public.others VALUES (1)");
    let look = |table: &str| {
        let sql = format!("SET ROLE netgain_app; SELECT netgain_facts.look_at('{table}', 10)");
        std::panic::catch_unwind(|| fresh.psql(&sql))
    };
    assert_eq!(look("products").unwrap(), "0");
    for other in ["others", "pg_authid", "public.others", "products; DROP TABLE netgain_facts.products", ""] {
        assert!(look(other).is_err(), "{other}");
    }
    assert_eq!(fresh.psql("SELECT reltuples FROM pg_class WHERE relname = 'others'"), "-1");
    let anybody = "SELECT has_function_privilege('public', 'netgain_facts.look_at(text, bigint)', 'EXECUTE')";
    assert_eq!(fresh.psql(anybody), "f");

    // a database that was made before has no such function: its owner adds it
    fresh.psql("DROP FUNCTION netgain_facts.look_at");
    let store = of(&database);
    store.commit(&orders(0..3_000)).unwrap();
    assert_eq!(known(&fresh, "order_lines"), "-1");
    assert_eq!(dump(&store).matches("\"#2999\"").count(), 1, "the rows are kept all the same");
    Database::connect(&fresh.app_url(), None).unwrap_err();
    Database::connect(&fresh.app_url(), Some(&fresh.owner_url())).unwrap();
    let again = of(&Database::connect(&fresh.app_url(), None).unwrap());
    again.commit(&orders(3_000..6_000)).unwrap();
    assert_eq!(known(&fresh, "order_lines"), "12000");
}
