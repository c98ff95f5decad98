//! A shop's customers are erased, and then searched for in every file and table; what platforms pass on from them is done.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use netgain_sandbox::Options;
use netgain_warehouse::Archive;
use serde_json::{Value, json};

use crate::browser::Browser;
use crate::program::{Home, Killed, Sandbox, http};
use crate::serve::{Server, send, wait_for};

/// A customer who has ordered, and whose name nobody else has.
pub struct Person {
    pub id: String,
    pub email: String,
    pub name: String,
}

/// Everybody who can be told apart by every word, at the shop and at the sender of messages.
pub fn persons(home: &Home) -> Vec<Person> {
    let rows = home.query(
        "SELECT c.source_id, lower(c.email), lower(c.name) FROM customers AS c \
         JOIN contacts AS k ON lower(k.email) = lower(c.email) \
         WHERE c.source_id IN (SELECT customer_id FROM orders) \
         AND (SELECT count(*) FROM customers AS o WHERE lower(o.name) = lower(c.name)) = 1 \
         AND (SELECT count(*) FROM contacts AS o WHERE lower(o.first_name || ' ' || o.last_name) = lower(c.name)) = 1 \
         ORDER BY 1 LIMIT 4",
    );
    let text = |cell: &Value| cell.as_str().unwrap().to_owned();
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| Person { id: text(&row[0]), email: text(&row[1]), name: text(&row[2]) }).collect()
}

pub fn filled() -> (Sandbox, Home) {
    let today = Some("2026-11-21".parse().unwrap());
    let options = Options { seed: 3, today, days: Some(12), unlimited: true, ..Options::default() };
    let sandbox = Sandbox::start(options);
    let home = Home::new().hurried(20_000);
    home.stdout(&sandbox.connect_args("shopify", "w"));
    home.stdout(&sandbox.connect_args("klaviyo", "w"));
    home.stdout(&["sync", "--workspace", "w"]);
    (sandbox, home)
}

/// Files beneath the data folder that hold a word, packed ones unpacked.
pub fn traces(home: &Home, words: &[&str]) -> Vec<(PathBuf, String)> {
    let raw = home.path().join("workspaces/w/raw");
    let archive = Archive::open(&home.path().join("workspaces"), &"w".parse().unwrap()).unwrap();
    let (mut found, mut folders) = (Vec::new(), vec![home.path().to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = match path.strip_prefix(&raw) {
                Ok(name) if path.extension().is_some_and(|end| end == "zst") => {
                    archive.lines(name.to_str().unwrap().trim_end_matches(".jsonl.zst")).unwrap().concat()
                }
                _ => std::fs::read(&path).unwrap(),
            };
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            let met = words.iter().filter(|word| text.contains(**word));
            found.extend(met.map(|word| (path.clone(), (*word).to_owned())));
        }
    }
    found
}

/// What nobody may see change: every day's profit, and how many rows and customers there are.
pub fn figures(home: &Home) -> (Value, Value) {
    let rows = home.query(
        "SELECT (SELECT count(*) FROM orders), (SELECT count(DISTINCT customer_id) FROM orders), \
         (SELECT count(*) FROM customers), (SELECT count(DISTINCT email) FROM customers), \
         (SELECT count(*) FROM contacts), (SELECT count(*) FROM profile_events), \
         (SELECT CAST(sum(total_price) AS VARCHAR) FROM orders)",
    );
    let days = home.query("SELECT min(day)::VARCHAR, max(day)::VARCHAR FROM daily_pnl");
    let profit = home.profit(days[0][0].as_str().unwrap(), days[0][1].as_str().unwrap(), "day");
    (profit["rows"].clone(), rows)
}

pub fn phone_of(home: &Home, email: &str) -> String {
    let rows = home.query(&format!("SELECT phone FROM contacts WHERE lower(email) = '{email}'"));
    rows[0][0].as_str().unwrap_or("no phone is known of this one").to_owned()
}

#[test]
fn erased_here_and_searched_for_everywhere() {
    let (sandbox, home) = filled();
    let person = persons(&home).remove(0);
    let phone = phone_of(&home, &person.email);
    let words = [person.email.as_str(), person.name.as_str(), phone.trim_start_matches('+')];
    assert!(traces(&home, &words).len() > 3, "a search that finds nothing before would prove nothing after");
    let before = figures(&home);

    let asked = ["--workspace", "w", "--email", person.email.as_str(), "--json"];
    let told = home.json(&[&["privacy", "export"], &asked[..]].concat());
    assert!(
        told["tables"]["orders"][0]["order_id"].is_null() && told["tables"]["orders"][0]["name"].is_string()
    );
    assert!(told["tables"]["contacts"][0]["email_consent"].is_string(), "{}", told["tables"]["contacts"]);
    assert!(told["tables"]["customers"][0]["email_consent"].is_string(), "{}", told["tables"]["customers"]);
    let consent = told["consent"].as_array().unwrap();
    assert!(
        ["shopify", "klaviyo"].iter().all(|id| consent.iter().any(|one| one["connection"] == *id)),
        "{consent:?}"
    );
    assert!(told["payloads"].as_array().unwrap().len() >= 3);
    let preview = home.json(&[&["privacy", "erase", "--preview"], &asked[..]].concat());
    assert!(preview["rows"].as_u64().unwrap() > 0 && preview["lines"].as_u64().unwrap() > 0, "{preview}");
    assert_eq!(figures(&home), before);

    let copy = |name: &str| {
        let path = home.path().with_extension(name);
        copied(home.path(), &path);
        Home::at(path).hurried(20_000)
    };
    let (killed, spare) = (copy("killed"), copy("spare"));
    let output = home.output(&[&["privacy", "erase"], &asked[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let done: Value = serde_json::from_slice(&output.stdout).unwrap();
    // a preview counts what is looked at, an erasure what is changed
    for what in ["rows", "lines"] {
        let [changed, seen] = [&done, &preview].map(|told| told[what].as_u64().unwrap());
        assert!(0 < changed && changed <= seen, "{what}: {done} {preview}");
    }
    let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
    assert!(words.iter().all(|word| !said.contains(word)), "{said}");
    assert_eq!(traces(&home, &words), []);
    assert_eq!(figures(&home), before);

    // the platforms still have the person, and tell of it again
    home.stdout(&["sync", "--workspace", "w", "--full"]);
    assert_eq!(traces(&home, &words), []);
    assert_eq!(figures(&home).0, before.0);
    let known = home.query("SELECT count(*) FROM customers WHERE email LIKE 'erased-%@erased.invalid'");
    assert_eq!(known[0][0], 1);
    drop(sandbox);

    // killed at any instant and run again, it ends the same
    let mut cut = 0;
    for millis in [30, 60, 90, 120, 160, 200, 260, 330, 420, 540, 700, 900] {
        let child = killed
            .command(&[&["privacy", "erase"], &asked[..]].concat())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut child = Killed(child);
        std::thread::sleep(Duration::from_millis(millis));
        cut += u32::from(child.0.try_wait().unwrap().is_none());
        child.kill();
    }
    println!("{cut} erasures were cut");
    killed.stdout(&[&["privacy", "erase"], &asked[..]].concat());
    spare.stdout(&[&["privacy", "erase"], &asked[..]].concat());
    for one in [&killed, &spare] {
        assert_eq!(traces(one, &words), []);
        assert_eq!(figures(one), before);
    }
    assert_eq!(killed.digest(), spare.digest());
    let hashes = |home: &Home| home.stdout(&["privacy", "tombstones", "--workspace", "w"]);
    assert_eq!(hashes(&killed), hashes(&spare));
    for one in [killed, spare] {
        std::fs::remove_dir_all(one.path()).unwrap();
    }
}

pub fn copied(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copied(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn what_a_platform_passes_on_is_done() {
    let (sandbox, home) = filled();
    let mut known = persons(&home);
    let (first, second) = (known.remove(0), known.remove(0));
    let before = figures(&home);
    let server = Server::start(&home, "0");
    wait_for("the registration", || {
        let all = sandbox.get("/control/webhooks")["registrations"].clone();
        all.as_array().unwrap().iter().any(|one| one["face"] == "shopify").then_some(())
    });
    let tell = |topic: &str, object: &str, more: Value| {
        let mut event = json!({ "face": "shopify", "topic": topic, "objects": [object], "unasked": true });
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let sent = send(&sandbox.ready().address, &event);
        assert_eq!(sent.len(), 1);
        sent[0]["status"].clone()
    };
    let requests = || {
        let path = "/api/v1/workspaces/w/privacy/requests";
        http("GET", &server.address, path, None)["requests"].as_array().unwrap().clone()
    };
    let done = |kind: &str, count: usize| {
        wait_for("the requests", || {
            let of_kind = requests().into_iter().filter(|one| one["kind"] == kind && one["state"] == "done");
            (of_kind.count() == count).then_some(())
        });
    };

    // a question waits for the merchant; an answer ends it
    assert_eq!(tell("customers/data_request", &first.id, json!({ "forge": true })), 401);
    assert_eq!(tell("customers/data_request", &first.id, json!({ "duplicate": 0 })), 200);
    let waiting = wait_for("the question", || requests().into_iter().next());
    assert_eq!((&waiting["kind"], &waiting["state"]), (&json!("export"), &json!("waiting")), "{waiting}");
    let path = format!("/api/v1/workspaces/w/privacy/requests/{}/export", waiting["id"].as_str().unwrap());
    let told = http("POST", &server.address, &path, Some(&json!({})));
    assert_eq!(told["known_by"]["emails"], json!([first.email]));
    assert!(told["payloads"].to_string().to_lowercase().contains(&first.name));
    done("export", 1);

    // a person is erased, one who is not known here is noted
    assert_eq!(tell("customers/redact", &second.id, json!({})), 200);
    done("erase", 1);
    let nobody =
        json!({ "shop_id": 1, "customer": { "id": 1, "email": "nobody.knows@example.org", "phone": null } });
    assert_eq!(tell("customers/redact", "1", json!({ "body": nobody })), 200);
    done("erase", 2);
    let who = json!({ "email": "nobody.knows@example.org" });
    let nothing = http("POST", &server.address, "/api/v1/workspaces/w/privacy/erase/preview", Some(&who));
    assert_eq!((&nothing["rows"], &nothing["lines"]), (&json!(0), &json!(0)));
    let here = http(
        "POST",
        &server.address,
        "/api/v1/workspaces/w/privacy/erase/preview",
        Some(&json!({ "email": first.email })),
    );
    assert!(here["rows"].as_u64().unwrap() > 0, "{here}");

    // everybody of the shop, when the merchant has left it: the platform asks long after the connection's end
    let all = sandbox.get("/control/webhooks")["registrations"].clone();
    let address =
        all.as_array().unwrap().iter().find(|one| one["face"] == "shopify").unwrap()["address"].clone();
    let end = format!("{}/api/v1/marketing/integrations/shopify?workspace=w", server.address);
    let ended = Browser::default().ask("DELETE", &end, "", None);
    assert_eq!(ended.status, 200, "{}", ended.body);
    // where requests go is said in the app's own settings, which stay
    let secret = sandbox.ready().platforms["shopify"].secrets["client_secret"].clone();
    let topics = ["shop/redact", "orders/create"];
    let by_hand = json!({ "face": "shopify", "address": address, "secret": secret, "topics": topics });
    http("POST", &sandbox.ready().address, "/control/webhooks/register", Some(&by_hand));
    // an address is remembered for a few seconds
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(tell("orders/create", "1", json!({ "body": { "id": 1 } })), 401, "no news are taken any more");
    assert_eq!(tell("shop/redact", "1", json!({ "forge": true })), 401);
    assert_eq!(tell("shop/redact", "1", json!({ "body": { "shop_id": 1, "shop_domain": "x" } })), 200);
    done("erase_all", 1);
    wait_until_applied_all(&server);
    drop(server);
    let left =
        "SELECT count(*) FROM customers WHERE name IS NOT NULL OR email NOT LIKE 'erased-%@erased.invalid'";
    assert_eq!(home.query(left)[0][0], 0);
    let shop = traces(&home, &[second.email.as_str(), second.name.as_str()]);
    assert_eq!(shop, []);
    // the other platform's contacts are the merchant's still
    let others = traces(&home, &[first.email.as_str()]);
    assert!(others.iter().all(|(path, _)| !path.to_string_lossy().contains("raw/shopify")), "{others:?}");
    assert_eq!(figures(&home), before);
    let audited = home.stdout(&["audit", "export"]);
    assert!(!audited.contains(&first.email) && !audited.contains(&second.email));
}

fn wait_until_applied_all(server: &Server) {
    wait_for("an idle server", || {
        let cards = http("GET", &server.address, "/api/v1/workspaces/w/connections", None);
        let all = cards["connections"].as_array().unwrap().clone();
        all.iter().all(|one| one["webhooks"]["waiting"].as_u64().unwrap_or(0) == 0).then_some(())
    });
}
