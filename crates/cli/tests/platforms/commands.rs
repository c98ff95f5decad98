//! What the commands refuse, and what they must never show.

use std::io::Write;
use std::process::Stdio;
use std::time::{Duration, Instant};

use netgain_sandbox::{Brand, Options};
use serde_json::json;

use crate::support::{Home, Killed, Sandbox, http, root};

fn golden() -> Sandbox {
    Sandbox::start(Options { brand: Brand::Golden, ..Options::default() })
}

/// Exit code and words of a command that fails.
fn refused(home: &Home, args: &[String]) -> (Option<i32>, String) {
    let output = home.output(args);
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn connecting_is_refused_with_field_and_cure_and_keeps_nothing() {
    let sandbox = golden();
    let home = Home::new();
    let good = sandbox.connect_args("shopify", "w");
    let with = |from: &str, to: &str| {
        let args: Vec<String> =
            good.iter().map(|arg| if arg.starts_with(from) { to.to_owned() } else { arg.clone() }).collect();
        assert_ne!(args, good);
        refused(&home, &args)
    };
    let (code, told) = with("shop=", "shop=Not A Shop");
    assert!(code == Some(2) && told.contains("`shop`") && told.contains("must match"), "{told}");
    let (code, told) = with("shopify", "shoppify");
    assert!(code == Some(2) && told.contains("use one of") && told.contains("shopify"), "{told}");
    let (code, told) = with("access_token=", "access_token=hush-hush-1");
    assert!(code == Some(1) && told.contains("new access token"), "{told}");
    assert!(!told.contains("hush-hush-1"), "{told}");
    let (code, told) = with("access_token=", "hush-hush-2");
    assert!(code == Some(2) && told.contains("NAME=VALUE") && !told.contains("hush-hush-2"), "{told}");
    let (code, told) = with("access_token=", "access_token=@NO_SUCH_VARIABLE");
    assert!(code == Some(2) && told.contains("NO_SUCH_VARIABLE"), "{told}");
    let (code, told) = with("http://", "http://93.184.216.34/");
    assert!(code == Some(2) && told.contains("https"), "{told}");
    let (code, _) = refused(&home, &["sync", "--workspace", "w"].map(str::to_owned));
    assert_eq!(code, Some(4), "no workspace was made by what was refused");
}

#[test]
fn a_secret_may_come_from_standard_input_or_the_environment() {
    let sandbox = golden();
    let home = Home::new();
    let token = sandbox.ready().platforms["shopify"].secrets["access_token"].clone();
    let args = |secret: &str| -> Vec<String> {
        let args = sandbox.connect_args("shopify", "w");
        args.iter()
            .map(|arg| {
                if arg.starts_with("access_token=") { format!("access_token={secret}") } else { arg.clone() }
            })
            .chain(["--json".to_owned()])
            .collect()
    };
    let mut child = home
        .command(&args("-"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{token}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let connected: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&connected["connection"], &connected["local"]), (&json!("shopify"), &json!(true)));
    assert!(String::from_utf8_lossy(&output.stderr).contains("marked local"));

    // the same id again changes the connection, and stored secrets stay
    let output = home.command(&args("@TOKEN")).env("TOKEN", &token).output().unwrap();
    assert!(output.status.success());
    let address = &sandbox.ready().platforms["shopify"].base_url;
    home.stdout(&["connect", "shopify", "--workspace", "w", "--base-url", address, "--name", "Renamed"]);
    let control = netgain_control::Control::open(home.path()).unwrap();
    let all = control.connections(&"w".parse().unwrap()).unwrap();
    assert_eq!(all.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Renamed"]);
    for file in std::fs::read_dir(home.path()).unwrap().map(|file| file.unwrap().path()) {
        if file.is_file() {
            let bytes = std::fs::read(&file).unwrap();
            let leaked = bytes.windows(token.len()).any(|window| window == token.as_bytes());
            assert!(!leaked, "{} holds the secret in plain text", file.display());
        }
    }
}

#[test]
fn the_server_syncs_when_it_is_asked_to() {
    let sandbox = golden();
    let home = Home::new();
    home.stdout(&sandbox.connect_args("shopify", "w"));
    let mut child = home.command(&["serve", "--open", "--port", "0"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = std::io::BufRead::lines(std::io::BufReader::new(child.stderr.take().unwrap()));
    let _child = Killed(child);
    let line = lines.next().unwrap().unwrap();
    let address = &line[line.find("http://").unwrap()..];
    let started = http("POST", address, "/api/v1/workspaces/w/connections/shopify/sync", Some(&json!({})));
    assert!(started["run_id"].as_str().is_some_and(|id| !id.is_empty()), "{started}");
    let began = Instant::now();
    let connection = loop {
        let answer = http("GET", address, "/api/v1/workspaces/w/connections", None);
        let connection = answer["connections"][0].clone();
        if connection["state"] == "ok" {
            break connection;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{answer}");
        std::thread::sleep(Duration::from_millis(100));
    };
    assert_eq!(connection["category"], "commerce");
    let streams = connection["streams"].as_array().unwrap();
    let orders = streams.iter().find(|stream| stream["stream"] == "orders").unwrap();
    assert_eq!((&orders["state"], &orders["rows"]), (&json!("done"), &json!(5)), "{orders}");
    assert!(connection["last_sync_at"].is_string() && connection["error"].is_null());
    let path = "/api/v1/workspaces/w/profit?from=2026-03-01&to=2026-03-31&by=day";
    assert_eq!(http("GET", address, path, None)["total"]["orders"], 5);
}

#[test]
fn built_in_manifests_have_no_faults() {
    let home = Home::new();
    assert_eq!(home.stdout(&["provider", "lint"]), "");
    // against the answers that are recorded beside them, too
    let files: Vec<String> = netgain_providers::ids()
        .map(|id| root().join("crates/providers").join(id).join("manifest.yaml").display().to_string())
        .collect();
    let lint: Vec<&str> = ["provider", "lint"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let output = home.output(&lint);
    let told =
        String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success() && told.contains(&format!("{} manifests checked, no faults", files.len())),
        "{told}"
    );
}

#[test]
fn faults_of_a_manifest_are_told_with_file_line_and_cure() {
    let home = Home::new();
    let folder = home.path().join("broken");
    let source = root().join("crates/providers/shopify");
    std::fs::create_dir_all(folder.join("samples")).unwrap();
    for sample in std::fs::read_dir(source.join("samples")).unwrap().map(|file| file.unwrap()) {
        std::fs::copy(sample.path(), folder.join("samples").join(sample.file_name())).unwrap();
    }
    let text = std::fs::read_to_string(source.join("manifest.yaml")).unwrap();
    let file = folder.join("manifest.yaml");
    let lint = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let output = home.output(&["provider", "lint", file.to_str().unwrap()]);
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, told) = lint(&text);
    assert_eq!((code, told.as_str()), (Some(0), ""));
    for (from, to, words) in [
        ("category: commerce", "category: commerce\ncolour: red", vec!["colour", "unknown"]),
        ("{from: name, required: true}", "{from: nome, required: true}", vec!["nome", "required"]),
        ("{from: title}", "{from: titel}", vec!["finds nothing in", "order_lines.title"]),
        ("status: [401]", "status: [411]", vec!["no rule for status 401", "add"]),
    ] {
        assert!(text.contains(from), "{from}");
        let (code, told) = lint(&text.replacen(from, to, 1));
        assert_eq!(code, Some(1), "{told}");
        assert!(words.iter().all(|word| told.contains(word)), "{told}");
        let place = format!("{}:", file.display());
        let line = told.split(&place).nth(1).and_then(|rest| rest.split(':').next()).unwrap();
        assert!(line.parse::<u32>().unwrap() > 0, "{told}");
    }
}
