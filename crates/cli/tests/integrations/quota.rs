//! How much of a platform's quota is used is known after a restart, too.

use serde_json::{Value, json};

use crate::program::Home;
use crate::serving::{Server, sandbox};

/// It allows so many calls a day and location.
const PLATFORM: &str = "gohighlevel";

/// What the status says of the quota of a day.
fn of_a_day(server: &Server) -> Value {
    let stands = server.get(&format!("/api/integrations/{PLATFORM}/status?workspace=w")).json();
    let quotas = stands["connections"][0]["health"]["quota"].as_array().unwrap().clone();
    let found = quotas.into_iter().find(|quota| quota["per_s"] == json!(86_400));
    found.unwrap_or(Value::Null)
}

#[test]
fn what_was_used_of_a_days_quota_is_known_to_the_next_process() {
    let (sandbox, home) = (sandbox(), Home::new().hurried(1_000));
    let mut args = sandbox.connect_args(PLATFORM, "w");
    // a key is enough; a grant that stands beside it is for signing in
    if let Some(at) = args.iter().position(|arg| arg.starts_with("refresh_token=")) {
        args.drain(at - 1..=at);
    }
    home.stdout(&args);
    home.stdout(&["sync", "--workspace", "w"]);
    // a process that has called nobody yet
    let server = Server::start(&home, &[]);
    let before = of_a_day(&server);
    assert!(before["used"].as_u64().unwrap() > 3 && before["allowed"] == json!(200_000), "{before}");
    // and further calls count on
    server.sync(PLATFORM);
    let after = of_a_day(&server);
    assert!(after["used"].as_u64().unwrap() > before["used"].as_u64().unwrap(), "{before} {after}");
}
