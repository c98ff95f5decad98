//! Connections against a real server: what they read back, what a transaction of its own leaves, and how a pool lends.
#![allow(missing_docs, clippy::unwrap_used)]

use netgain_postgres::{Address, Client, Error, Pool, State, Value, role};
use netgain_testkit::{Database, postgres};

fn address(database: &Database) -> Address {
    Address::parse(&database.owner_url()).unwrap()
}

#[test]
fn values_come_back_as_they_went() {
    let Some(database) = postgres() else { return };
    let mut client = Client::connect(&address(&database)).unwrap();
    client.batch("CREATE TABLE t (a BIGINT, b INT, c TEXT, d BYTEA, e BOOLEAN)").unwrap();
    let values = vec![
        Value::Int(i64::MIN),
        Value::Int(7),
        Value::Text("ü'; --".to_owned()),
        Value::Bytes(vec![0, 255]),
        Value::Int(1),
    ];
    assert_eq!(client.execute("INSERT INTO t VALUES ($1, $2, $3, $4, $5)", values.clone()).unwrap(), 1);
    assert_eq!(client.query("SELECT * FROM t", vec![]).unwrap(), [values]);
    let wide = client.query("SELECT 1 FROM t WHERE b = $1", vec![Value::Int(i64::MAX)]).unwrap_err();
    assert!(matches!(&wide, Error::Value(reason) if reason.contains("int4")), "{wide}");
    let few = client.query("SELECT 1 FROM t WHERE b = $1", vec![]);
    assert!(matches!(few, Err(Error::Value(_))));
    let unread = client.query("SELECT sum(a) FROM t", vec![]);
    assert!(matches!(unread, Err(Error::Value(_))), "{unread:?}");
}

#[test]
fn a_statement_alone_holds_whole_or_not_at_all() {
    let Some(database) = postgres() else { return };
    let mut client = Client::connect(&address(&database)).unwrap();
    client
        .batch("CREATE TABLE t (a BIGINT PRIMARY KEY, b TEXT DEFAULT current_setting('my.word', true))")
        .unwrap();
    let put = |client: &mut Client, number| {
        client.alone("SET LOCAL my.word = 'here'", "INSERT INTO t (a) VALUES ($1)", vec![Value::Int(number)])
    };
    assert_eq!(put(&mut client, 1).unwrap().1, 1);
    let twice = put(&mut client, 1).unwrap_err();
    assert_eq!(twice.state(), State::Unique);
    // what the server knows of the row stays out of the message
    assert!(!twice.to_string().contains("(a)"), "{twice}");
    assert_eq!(put(&mut client, 2).unwrap().1, 1, "the connection goes on after a refusal");
    assert!(client.alone("nonsense", "INSERT INTO t (a) VALUES ($1)", vec![Value::Int(3)]).is_err());
    let rows =
        client.query("SELECT a, b, current_setting('my.word', true) FROM t ORDER BY a", vec![]).unwrap();
    let here = Value::Text("here".to_owned());
    // what was set holds for one transaction alone
    let empty = Value::Text(String::new());
    assert_eq!(rows, [[Value::Int(1), here.clone(), empty.clone()], [Value::Int(2), here, empty]]);
}

#[test]
fn a_pool_lends_what_comes_back_and_no_more_than_it_may() {
    let Some(database) = postgres() else { return };
    let pool = Pool::new(address(&database), 2);
    let number = |client: &mut Client| client.query("SELECT pg_backend_pid()", vec![]).unwrap();
    let mut one = pool.get().unwrap();
    let first = number(&mut one);
    let two = pool.get().unwrap();
    std::thread::scope(|scope| {
        let third = scope.spawn(|| number(&mut pool.get().unwrap()));
        drop(one);
        assert_eq!(third.join().unwrap(), first, "lent again once it came back");
    });
    two.discard();
    // a connection that the server ended is not lent
    database.psql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'netgain_owner' AND datname = current_database()");
    while pool.get().is_ok_and(|mut client| client.query("SELECT 1", vec![]).is_err()) {}
    assert_ne!(number(&mut pool.get().unwrap()), first);
}

#[test]
fn calls_may_be_made_from_asynchronous_tasks() {
    let Some(database) = postgres() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let rows = runtime.block_on(async {
        let pool = Pool::new(address(&database), 1);
        pool.get().unwrap().query("SELECT 1", vec![]).unwrap()
    });
    assert_eq!(rows, [[Value::Int(1)]]);
}

#[test]
fn roles_are_told_apart_and_no_error_holds_the_password() {
    let Some(database) = postgres() else { return };
    let seen = |url: String| role(&mut Client::connect(&Address::parse(&url).unwrap()).unwrap()).unwrap();
    assert!(!seen(database.app_url()).sees_everything);
    assert!(seen(database.superuser_url()).sees_everything);
    let wrong = database.app_url().replace(database.app_password(), "wr0ng");
    let error = Client::connect(&Address::parse(&wrong).unwrap()).unwrap_err();
    let text = format!("{error} {error:?}");
    assert!(text.contains("netgain_app@") && text.contains("password") && !text.contains("wr0ng"), "{text}");
}
