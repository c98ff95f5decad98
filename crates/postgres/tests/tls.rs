//! TLS to a real server: a certificate of a known authority for the right name, and nothing else.
#![allow(missing_docs, clippy::unwrap_used)]

use netgain_postgres::{Address, Client, Error, Value};
use netgain_testkit::postgres_with_tls;

#[test]
fn the_certificate_and_its_name_are_checked() {
    let Some(server) = postgres_with_tls() else { return };
    server.psql("postgres", "CREATE DATABASE shop OWNER netgain_owner");
    let connect = |host: &str, authority: &str| {
        Client::connect(&Address::parse(&server.owner_url(host, authority)).unwrap())
    };
    let mut client = connect("localhost", "ca.pem").unwrap();
    let seen = client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()", vec![]).unwrap();
    assert_eq!(seen, [[Value::Int(1)]]);

    for (host, authority, reason) in
        [("localhost", "other.pem", "UnknownIssuer"), ("127.0.0.1", "ca.pem", "not valid for name")]
    {
        let error = connect(host, authority).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(matches!(error, Error::Connect { .. }) && text.contains(reason), "{text}");
        assert!(!text.contains("owner-s3cret"), "{text}");
    }
    let missing = connect("localhost", "none.pem").unwrap_err();
    assert!(matches!(missing, Error::Certificates { .. }), "{missing}");
    // the public authorities do not know it, and the server takes nobody without TLS
    let public = server.owner_url("localhost", "").split('&').next().unwrap().to_owned();
    assert!(matches!(Client::connect(&Address::parse(&public).unwrap()), Err(Error::Connect { .. })));
    let plain = public.replace("sslmode=require", "sslmode=disable");
    assert!(matches!(Client::connect(&Address::parse(&plain).unwrap()), Err(Error::Connect { .. })));
}
