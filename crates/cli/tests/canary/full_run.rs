//! Everything is done, everything that came of it is searched, and what was planted is found.

use std::collections::BTreeSet;

use netgain_control::{Control, NewWorkspace};
use netgain_server::ROUTES;
use netgain_warehouse::Archive;
use serde_json::json;

use crate::people;
use crate::platforms;
use crate::program::Home;
use crate::search::Secrets;
use crate::witness::{Client, Server, Witness};

/// A text that is put where no secret may be.
const PLANTED: &str = "planted-0123456789abcdef";

#[test]
fn no_secret_is_in_anything_that_is_printed_answered_or_kept() {
    let (sandbox, home) = (platforms::sandbox(), Home::new().hurried(1_000));
    let (witness, mut secrets) = (Witness::default(), Secrets::default());
    let environment = platforms::environment(&mut secrets);
    platforms::connect(&sandbox, &home, &witness, &mut secrets);
    platforms::read(&sandbox, &home, &witness);
    secrets.add("the master key", std::fs::read(home.path().join("secret.key")).unwrap());

    let server = Server::start(&home, "text", &environment);
    let mut client = people::owner(&server, &witness, &mut secrets);
    people::all(&server, &witness, &mut client, &mut secrets);
    platforms::sign_in(&sandbox, &home, &mut client, &mut secrets);
    platforms::webhooks(&sandbox, &home, &mut client);
    every_page(&server, &witness, &mut client);
    // while it is running, the newest pages of its stores lie beside them
    witness.files(&home);
    // keys are renewed under a running server
    about_the_installation(&home, &witness);
    assert_eq!(client.get("/api/v1/sessions").status, 200);
    server.end(&witness);

    // the other form of its log, and the end of a connection
    let server = Server::start(&home, "json", &environment);
    client.address.clone_from(&server.address);
    let mut robot = Client::new(&server, &witness);
    let key = home.json(&["keys", "add", "robot", "--scope", "admin", "--json"]);
    let text = key["text"].as_str().unwrap();
    secrets.add("a key of the terminal", text.rsplit('_').next().unwrap());
    robot.headers = format!("authorization: Bearer {text}\r\n");
    platforms::sync(&mut robot, "stripe");
    every_page(&server, &witness, &mut robot);
    let ended = robot.ask("DELETE", "/api/v1/marketing/integrations/hubspot?workspace=w", None);
    assert_eq!(ended.status, 200, "{}", ended.body);
    witness.files(&home);
    server.end(&witness);
    about_a_workspace(&home, &witness);
    witness.files(&home);
    witness.tables(&home);

    assert!(secrets.count() > 25, "only {} secrets are looked for", secrets.count());
    let places = witness.places();
    assert!(places.len() > 300, "only {} places are searched", places.len());
    let found = secrets.search(&places);
    assert!(found.is_empty(), "{} of {} secrets:\n{found:#?}", found.len(), secrets.count());
    planted(&home, &environment);
}

/// Every route that reads, asked well, badly and by nobody.
fn every_page(server: &Server, witness: &Witness, client: &mut Client<'_>) {
    let mut nobody = Client::new(server, witness);
    for (_, route, _) in ROUTES.iter().filter(|(method, _, _)| *method == "GET") {
        let mut path = (*route).to_owned();
        for (name, value) in [
            ("{w}", "w"),
            ("{platform}", "hubspot"),
            ("{resource}", "analytics"),
            ("{id}", "shopify"),
            ("{metric}", "net_sales"),
            ("{campaignId}", "none"),
            ("{order_id}", "none"),
            ("{part}", "none"),
            ("{day}", "2026-01-01"),
        ] {
            path = path.replace(name, value);
        }
        for query in ["", "?from=2020-01-01&to=2026-11-21", "?workspace=w"] {
            let answer = client.get(&format!("{path}{query}"));
            assert!(answer.status < 500 || answer.status == 503, "{path}{query}: {}", answer.body);
        }
        nobody.get(&path);
    }
    let asked = json!({"sql": "SELECT * FROM orders"});
    assert_eq!(client.post("/api/v1/workspaces/w/query", &asked).status, 200);
}

/// What is printed about the installation while a server is running, and its keys are renewed.
fn about_the_installation(home: &Home, witness: &Witness) {
    for args in [
        &["audit", "export"][..],
        &["audit", "verify"],
        &["audit", "list", "--json"],
        &["people", "list", "--json"],
        &["keys", "list", "--json"],
        &["provider", "list"],
        &["inbox", "--workspace", "w", "--json"],
        &["connection", "webhooks", "--workspace", "w", "--connection", "shopify"],
        &["secrets", "rotate"],
        &["secrets", "rotate", "--json"],
    ] {
        let (went_well, said) = witness.run(home, args);
        assert!(went_well && !said.is_empty(), "{args:?}: {said}");
    }
    // which finds something to mend, and says so
    for form in [&["doctor"][..], &["doctor", "--json"]] {
        assert!(!witness.run(home, form).1.is_empty());
    }
}

/// What is printed about what was read.
fn about_a_workspace(home: &Home, witness: &Witness) {
    let order =
        home.query("SELECT name FROM orders ORDER BY name LIMIT 1")[0][0].as_str().unwrap().to_owned();
    for args in [
        &["explain", "order", order.as_str(), "--raw"][..],
        &["query", "SELECT * FROM orders", "--json"],
        &["quarantine"],
        &["schedule", "list"],
        &["kpi", "audit"],
    ] {
        let (went_well, said) = witness.run(home, &[args, &["--workspace", "w"]].concat());
        assert!(went_well, "{args:?}: {said}");
    }
    witness.run(home, &["reconcile", "--workspace", "w", "--connection", "stripe", "--json"]);
}

/// The same search finds a text that was put into each kind of place by ordinary means, or it could find nothing at all.
fn planted(home: &Home, environment: &[(String, String)]) {
    let (witness, mut secrets) = (Witness::default(), Secrets::default());
    secrets.add("planted", PLANTED);
    // a value that somebody writes beside a figure is in the tables, and a name in the control store
    let (set, _) =
        witness.run(home, &["kpi", "set", "own", "2026-01-01", "1", "--reason", PLANTED, "--workspace", "w"]);
    assert!(set);
    witness.run(home, &["sync", "--workspace", PLANTED]);
    let control = Control::open(home.path()).unwrap();
    let new = NewWorkspace {
        id: "named".parse().unwrap(),
        name: PLANTED.to_owned(),
        currency: "EUR".parse().unwrap(),
        time_zone: "UTC".to_owned(),
        settings: "{}".to_owned(),
    };
    control.create_workspace(&new).unwrap();
    let archive = Archive::open(&home.path().join("workspaces"), &"w".parse().unwrap()).unwrap();
    let line = format!("{{\"token\":\"{PLANTED}\"}}").into_bytes().into();
    archive.put_page(&"shopify".parse().unwrap(), "orders", &[line]).unwrap();
    let key = home.json(&["keys", "add", "robot", "--scope", "admin", "--json"]);
    for form in ["text", "json"] {
        let server = Server::start(home, form, environment);
        let mut robot = Client::new(&server, &witness);
        robot.headers = format!("authorization: Bearer {}\r\n", key["text"].as_str().unwrap());
        robot.headers.push_str(&format!("x-request-id: {PLANTED}\r\n"));
        robot.get(&format!("/api/v1/workspaces/{PLANTED}/orders"));
        witness.files(home);
        server.end(&witness);
    }
    witness.files(home);
    witness.tables(home);
    let found = secrets.search(&witness.places());
    let found: BTreeSet<&str> = found.iter().map(|found| found.split_once(" in ").unwrap().1).collect();
    for place in [
        "output of sync",
        "log as text",
        "log as json",
        "answer of GET",
        "file control.sqlite-wal",
        "file control.sqlite",
        "file workspaces/w/",
        "raw segment shopify/orders/",
        "table kpi_",
    ] {
        assert!(found.iter().any(|one| one.starts_with(place)), "nothing was found in `{place}`: {found:#?}");
    }
}
