//! One platform through every route, and what each answered.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::browser::{Answer, Browser};
use crate::program::Sandbox;
use crate::serving::{Server, request};

/// What the routes answered for one platform: by method and path as described, the status with the problem's code.
pub type Answers = BTreeMap<(String, String), String>;

const FIRST: &str = "/api/integrations/{platform}";
const SECOND: &str = "/api/v1/marketing/integrations";

/// Goes through the routes of one platform in the workspace `w`, as a client would.
pub struct Walk<'a> {
    pub server: &'a Server,
    pub sandbox: &'a Sandbox,
    pub platform: &'a str,
    browser: Browser,
    answers: Answers,
}

impl<'a> Walk<'a> {
    pub fn new(server: &'a Server, sandbox: &'a Sandbox, platform: &'a str) -> Self {
        Self { server, sandbox, platform, browser: Browser::default(), answers: Answers::new() }
    }

    /// Asks, and notes what came of it under the path as it is described.
    fn ask(&mut self, method: &str, described: &str, filled: &[(&str, &str)], body: Option<Value>) -> Answer {
        let mut path = described.replace("{platform}", self.platform);
        for (name, value) in filled {
            path = path.replace(&format!("{{{name}}}"), value);
        }
        let address = format!("{}{path}", self.server.address);
        let answer = self.browser.ask(method, &address, "x-netgain-workspace: w\r\n", body.as_ref());
        let described = described.split('?').next().unwrap();
        let mut told = answer.status.to_string();
        if answer.status >= 400 {
            told = format!("{told} {}", answer.code());
        }
        self.answers.insert((method.to_owned(), described.to_owned()), told);
        answer
    }

    /// The browser grants access at the platform; the parameters that it comes back with.
    fn granted(&mut self, begun: &Answer) -> Value {
        let back = self.browser.page(begun.json()["authorize_url"].as_str().unwrap()).location();
        let mut params: BTreeMap<String, String> = back.query_pairs().into_owned().collect();
        json!({"state": params.remove("state"), "code": params.remove("code"), "params": params})
    }

    /// Connects with a key and signs in, renews, tests, reads, acts and disconnects.
    pub fn all(mut self) -> Answers {
        let mut account = request(self.sandbox, self.platform);
        account.as_object_mut().unwrap().remove("provider");
        let made = self.ask("POST", &format!("{FIRST}/connect"), &[], Some(account.clone()));
        assert_eq!(made.status, 201, "{}: {}", self.platform, made.body);
        let connection = made.json()["connection"].as_str().unwrap().to_owned();
        let mut again = account.clone();
        again["platform"] = json!(self.platform);
        let known = self.ask("POST", &format!("{SECOND}/connect"), &[], Some(again));
        assert_eq!(known.json()["connection"], json!(connection), "{}", known.body);
        self.server.sync(&connection);
        self.signs_in(&connection);
        let stands = self.ask("GET", &format!("{FIRST}/status"), &[], None).json();
        let one = &stands["connections"][0];
        assert_eq!(
            (&stands["connected"], &one["health"]["test"]["ok"]),
            (&json!(true), &json!(true)),
            "{stands}"
        );
        assert!(one["rows"].as_u64().unwrap() > 0, "{stands}");
        assert!(one["health"]["runs"]["ended"].as_u64().unwrap() > 0, "{stands}");
        let all = self.ask("GET", SECOND, &[], None).json();
        let listed = all["integrations"].as_array().unwrap().iter();
        assert_eq!(listed.filter(|one| one["platform"] == self.platform).count(), 1, "{all}");
        self.reads(&stands);
        self.acts(&stands);
        let id = [("id", connection.as_str())];
        let tested = self.ask("POST", &format!("{SECOND}/{{id}}/validate"), &id, None);
        assert_eq!(tested.status, 200, "{}", tested.body);
        self.ask("POST", &format!("{FIRST}/oauth/refresh"), &[], None);
        self.ask("POST", &format!("{SECOND}/{{id}}/refresh"), &id, None);
        self.campaigns(&connection);
        self.ends(&connection);
        self.answers
    }

    fn signs_in(&mut self, connection: &str) {
        for (begin, end) in [
            (format!("{FIRST}/oauth/authorize"), format!("{FIRST}/oauth/callback")),
            (format!("{SECOND}/{{platform}}/oauth-url"), format!("{SECOND}/{{platform}}/callback")),
        ] {
            let begun = self.ask("GET", &begin, &[], None);
            if begun.status == 422 {
                // nobody signs in there, so nobody comes back
                assert_eq!(begun.code(), "sign_in_not_offered");
                let came = self.ask("POST", &end, &[], Some(json!({"state": "made-up", "code": "made-up"})));
                assert_eq!((came.status, came.code()), (400, "sign_in_unknown".to_owned()));
                continue;
            }
            assert_eq!(begun.status, 200, "{}: {}", self.platform, begun.body);
            let came = self.granted(&begun);
            let done = self.ask("POST", &end, &[], Some(came));
            assert_eq!(done.status, 200, "{}: {}", self.platform, done.body);
            assert_eq!(done.json()["connection"], json!(connection));
        }
    }

    fn reads(&mut self, stands: &Value) {
        let mut rows = 0;
        for resource in stands["resources"].as_array().unwrap() {
            let resource = resource.as_str().unwrap();
            let (path, filled) = described(resource);
            let path = format!("{FIRST}/{path}?from=2020-01-01&to=2026-11-21&limit=3");
            let page = self.ask("GET", &path, &filled, None);
            assert_eq!(page.status, 200, "{} {resource}: {}", self.platform, page.body);
            let page = page.json();
            for row in page["rows"].as_array().unwrap() {
                rows += 1;
                let values = row["values"].as_object().unwrap();
                assert_eq!(values.len(), page["columns"].as_array().unwrap().len(), "{row}");
            }
        }
        // the golden brand advertises at one platform only
        let expected = self.platform != "google_ads";
        assert_eq!(rows > 0, expected, "{} answers {rows} rows of its resources", self.platform);
        let none = self.ask("GET", &format!("{FIRST}/{{resource}}"), &[("resource", "nothing")], None);
        assert_eq!((none.status, none.code()), (404, "resource_not_found".to_owned()));
        // what the table shows is a resource that there is
        let first = stands["resources"][0].as_str().unwrap().to_owned();
        let (path, filled) = described(&first);
        self.ask("GET", &format!("{FIRST}/{path}"), &filled, None);
        let metrics = format!("{SECOND}/{{platform}}/metrics?from=2020-01-01&to=2026-11-21");
        let sums = self.ask("GET", &metrics, &[], None);
        assert_eq!(sums.status, 200, "{}", sums.body);
        let asked = json!({"platforms": [self.platform], "from": "2020-01-01", "to": "2026-11-21"});
        let bulk = self.ask("POST", &format!("{SECOND}/bulk-metrics"), &[], Some(asked));
        assert_eq!(bulk.json()["integrations"][0]["metrics"], sums.json()["metrics"], "{}", bulk.body);
    }

    fn acts(&mut self, stands: &Value) {
        for action in stands["actions"].as_array().unwrap() {
            let (path, filled) = described(action.as_str().unwrap());
            let refused = self.ask("POST", &format!("{FIRST}/{path}"), &filled, Some(json!({"name": "x"})));
            assert_eq!((refused.status, refused.code()), (501, "action_not_built".to_owned()));
        }
        if stands["actions"].as_array().unwrap().is_empty() {
            let path = format!("{FIRST}/{{resource}}");
            let refused = self.ask("POST", &path, &[("resource", "contacts")], Some(json!({})));
            assert_eq!((refused.status, refused.code()), (404, "resource_not_found".to_owned()));
        }
    }

    fn campaigns(&mut self, connection: &str) {
        let status = format!("{SECOND}/sync-status/{{campaignId}}");
        let sync = format!("{SECOND}/sync-campaign");
        let page = format!("{FIRST}/{{resource}}?from=2020-01-01&to=2026-11-21&limit=1");
        let address = page.replace("{platform}", self.platform).replace("{resource}", "campaigns");
        let address = format!("{}{address}", self.server.address);
        let page = self.browser.ask("GET", &address, "x-netgain-workspace: w\r\n", None);
        let campaign =
            (page.status == 200).then(|| page.json()["rows"][0]["id"].as_str().map(str::to_owned)).flatten();
        let Some(campaign) = campaign else {
            let asked = json!({"campaign_id": "none", "connection": connection});
            self.ask("POST", &sync, &[], Some(asked));
            self.ask("GET", &status, &[("campaignId", "none")], None);
            return;
        };
        let asked = json!({"campaign_id": campaign, "connection": connection});
        let began = self.ask("POST", &sync, &[], Some(asked));
        assert_eq!(began.status, 202, "{}", began.body);
        let stands = self.ask("GET", &status, &[("campaignId", &campaign)], None);
        assert_eq!(stands.status, 200, "{}", stands.body);
        let stands = stands.json();
        assert_eq!((&stands["connection"], &stands["platform"]), (&json!(connection), &json!(self.platform)));
        assert!(stands["observed_at"].is_string() && stands["run"]["run_id"].is_string(), "{stands}");
        self.server.wait(connection);
    }

    fn ends(&mut self, connection: &str) {
        let ended = self.ask("DELETE", &format!("{SECOND}/{{platform}}"), &[], None);
        assert_eq!(ended.status, 200, "{}", ended.body);
        let told = ended.json()["grant"].as_str().unwrap().to_owned();
        let known = ["revoked", "no_grant", "not_offered"];
        assert!(known.contains(&told.as_str()), "{}: {}", self.platform, ended.body);
        // what was read stays; what speaks to the platform does not work any more
        let stands =
            self.server.get(&format!("/api/integrations/{}/status?workspace=w", self.platform)).json();
        assert_eq!(stands["connected"], json!(false), "{stands}");
        assert!(stands["connections"][0]["rows"].as_u64().unwrap() > 0, "{stands}");
        let path = format!("/api/v1/marketing/integrations/{connection}/validate?workspace=w");
        let refused = self.browser.ask("POST", &format!("{}{path}", self.server.address), "", None);
        assert_eq!(refused.status, 422, "{}", refused.body);
    }
}

/// The path of a resource or action as it is described, and what it is filled with.
fn described(name: &str) -> (&'static str, Vec<(&str, &str)>) {
    match name.split_once('/') {
        Some((resource, part)) => ("{resource}/{part}", vec![("resource", resource), ("part", part)]),
        None => ("{resource}", vec![("resource", name)]),
    }
}
