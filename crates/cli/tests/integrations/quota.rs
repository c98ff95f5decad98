//! How much of a platform's quota is used is known after a restart, too.

use serde_json::{Value, json};

use crate::program::Home;
use crate::serving::{Server, request, sandbox};

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
fn what_was_used_of_a_days_quota_is_known_after_a_restart() {
    let (sandbox, home) = (sandbox(), Home::new().hurried(1_000));
    let before = {
        let server = Server::start(&home, &[]);
        let made = server.post("/api/v1/workspaces/w/connections", &request(&sandbox, PLATFORM));
        assert_eq!(made.status, 201, "{}", made.body);
        server.sync(PLATFORM);
        of_a_day(&server)
    };
    assert!(before["used"].as_u64().unwrap() > 3 && before["allowed"] == json!(200_000), "{before}");
    let again = Server::start(&home, &[]);
    assert_eq!(of_a_day(&again), before);
    // and further calls count on
    again.sync(PLATFORM);
    let after = of_a_day(&again);
    assert!(after["used"].as_u64().unwrap() > before["used"].as_u64().unwrap(), "{before} {after}");
}
