//! Connecting through the operator: its credentials come from the environment, and stay there.

use serde_json::{Value, json};

use crate::program::{Home, Sandbox};
use crate::serving::{Server, assert_nowhere, central, holds, sandbox};

/// A platform with the field by which the user names the account, the operator's fields, and what the user may add.
struct Case {
    provider: &'static str,
    identifier: &'static str,
    secrets: &'static [&'static str],
    open: &'static [&'static str],
    /// What the operator may leave out, but here needs.
    further: &'static [&'static str],
    added: &'static [&'static str],
}

const KEY: Case = Case {
    provider: "triplewhale",
    identifier: "shop_domain",
    secrets: &["api_key"],
    open: &[],
    further: &[],
    added: &["currency", "time_zone"],
};
const GRANT: Case = Case {
    provider: "google_ads",
    identifier: "customer_id",
    secrets: &["client_secret", "refresh_token"],
    open: &["client_id"],
    further: &["login_customer_id"],
    added: &[],
};

/// A value of the sandbox's platform, wherever it stands.
fn value(sandbox: &Sandbox, provider: &str, name: &str) -> String {
    let access = &sandbox.ready().platforms[provider];
    let all = [&access.fields, &access.secrets, &access.oauth];
    all.into_iter().find_map(|some| some.get(name)).unwrap_or_else(|| panic!("{provider} {name}")).clone()
}

fn arguments(sandbox: &Sandbox, case: &Case) -> Vec<String> {
    let mut args: Vec<String> =
        ["connect", case.provider, "--workspace", "w", "--mode", "central", "--currency", "EUR"]
            .map(str::to_owned)
            .into();
    args.extend(["--time-zone".to_owned(), "Europe/Berlin".to_owned(), "--json".to_owned()]);
    for name in std::iter::once(&case.identifier).chain(case.added) {
        args.extend(["--field".to_owned(), format!("{name}={}", value(sandbox, case.provider, name))]);
    }
    args
}

#[test]
fn the_user_gives_the_account_alone() {
    let sandbox = sandbox();
    for case in [KEY, GRANT] {
        let home = Home::new();
        let names = || case.secrets.iter().chain(case.open);
        let values: Vec<(&str, String)> =
            names().chain(case.further).map(|name| (*name, value(&sandbox, case.provider, name))).collect();
        let borrowed: Vec<(&str, &str)> =
            values.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let environment = central(&sandbox, case.provider, &borrowed);
        let args = arguments(&sandbox, &case);
        let run = |args: &[String]| home.command(args).envs(environment.iter().cloned()).output().unwrap();

        // each variable that is missing is named
        for missing in names() {
            let variable = format!("NETGAIN_CENTRAL_{}_{}", case.provider, missing).to_ascii_uppercase();
            let mut command = home.command(&args);
            command.envs(environment.iter().filter(|(name, _)| *name != variable).cloned());
            let output = command.output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && said.contains(&variable), "{variable}: {said}");
        }
        // a wrong one is refused and shown nowhere
        let mut wrong = home.command(&args);
        let variable = format!("NETGAIN_CENTRAL_{}_{}", case.provider, case.secrets[0]).to_ascii_uppercase();
        wrong.envs(environment.iter().cloned()).env(variable, "wrong1wrong1");
        let output = wrong.output().unwrap();
        assert!(!output.status.success());
        assert!(!holds(&output.stderr, "wrong1wrong1") && !holds(&output.stdout, "wrong1wrong1"));

        let output = run(&args);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let connected: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(connected["mode"], "central", "{connected}");
        let synced = run(&["sync", "--workspace", "w", "--json"].map(str::to_owned));
        assert!(synced.status.success(), "{}", String::from_utf8_lossy(&synced.stderr));
        let report: Value = serde_json::from_slice(&synced.stdout).unwrap();
        assert_eq!(report["connections"][0]["ok"], true, "{report}");

        for name in case.secrets {
            let secret = value(&sandbox, case.provider, name);
            assert_nowhere(home.path(), &secret);
            for output in [&output, &synced] {
                assert!(!holds(&output.stderr, &secret) && !holds(&output.stdout, &secret), "{name}");
            }
        }
        // nor is it anywhere in the store for those who could open it
        let control = netgain_control::Control::open(home.path()).unwrap();
        let id = connected["connection"].as_str().unwrap().parse().unwrap();
        assert!(control.secret_names(&"w".parse().unwrap(), &id).unwrap().is_empty());
    }
}

#[test]
fn a_key_that_the_operator_takes_away_ends_it_in_clear_words() {
    let (sandbox, home) = (sandbox(), Home::new());
    let key = value(&sandbox, "triplewhale", "api_key");
    let environment = central(&sandbox, "triplewhale", &[("api_key", &key)]);
    let mut connect = home.command(&arguments(&sandbox, &KEY));
    assert!(connect.envs(environment).output().unwrap().status.success());
    let mut sync = home.command(&["sync", "--workspace", "w"]);
    let output = sync.envs(central(&sandbox, "triplewhale", &[])).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("NETGAIN_CENTRAL_TRIPLEWHALE_API_KEY"), "{said}");
}

#[test]
fn over_the_api_the_form_asks_for_the_account_alone() {
    let (sandbox, home) = (sandbox(), Home::new());
    let key = value(&sandbox, "triplewhale", "api_key");
    let server = Server::start(&home, &central(&sandbox, "triplewhale", &[("api_key", &key)]));
    let providers = server.get("/api/v1/providers");
    assert!(!providers.body.contains(&key));
    let all = providers.json()["providers"].as_array().unwrap().clone();
    let way = |id: &str| {
        let provider = all.iter().find(|one| one["id"] == id).unwrap();
        provider["ways"].as_array().unwrap().iter().find(|way| way["way"] == "central").unwrap().clone()
    };
    assert_eq!(way("triplewhale")["ready"], true);
    let ads = way("google_ads");
    assert_eq!(ads["ready"], false);
    assert!(ads["missing"].as_array().unwrap().contains(&json!("NETGAIN_CENTRAL_GOOGLE_ADS_REFRESH_TOKEN")));

    let names = [KEY.identifier].into_iter().chain(KEY.added.iter().copied());
    let fields: serde_json::Map<String, Value> =
        names.map(|name| (name.to_owned(), json!(value(&sandbox, "triplewhale", name)))).collect();
    let body = json!({"provider": "triplewhale", "mode": "central", "fields": fields});
    let made = server.post("/api/v1/workspaces/w/connections", &body);
    assert_eq!(made.status, 201, "{}", made.body);
    let mut with_key = body.clone();
    with_key["secrets"] = json!({"api_key": "mine"});
    let refused = server.post("/api/v1/workspaces/w/connections", &with_key);
    assert_eq!((refused.status, &refused.json()["field"]), (422, &json!("api_key")));
    let connections = server.connections();
    assert_eq!((connections.len(), &connections[0]["mode"]), (1, &json!("central")));
    assert_nowhere(home.path(), &key);
    assert!(!holds(&server.log(), &key));
}
