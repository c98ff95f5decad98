//! A person is erased, and then searched for in every file and table.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use netgain_connector::Page;
use netgain_control::{CredentialMode, NewConnection, NewEvent, NewWorkspace};
use netgain_domain::{ConnectionId, Record, Row, Table, Value as Cell};
use netgain_manifest::Manifest;
use netgain_profit::{Settings, Zone};
use netgain_warehouse::{Batch, TableDigest};
use tempfile::TempDir;

use super::*;
use crate::committer::{Committer, State};
use crate::keeper::Keeper;
use crate::mapped::PageMapper;
use crate::{Event, Observer, ReplayJob, Runner, job, remap, replay_connection};

const MANIFEST: &str = include_str!("../../../providers/shopify/manifest.yaml");
const JANE: &str = r#"{"__typename":"Customer","id":"gid://shopify/Customer/70001234","displayName":"Jane Doenut","defaultEmailAddress":{"emailAddress":"Jane.Doenut@example.com"},"email":"Jane.Doenut@example.com","phone":"+447700900123","defaultAddress":{"countryCodeV2":"GB","address1":"17 Doenut Lane"},"createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05Z","total":120.10}"#;
const JOE: &str = r#"{"__typename":"Customer","id":"gid://shopify/Customer/70005678","displayName":"Joe Roe","defaultEmailAddress":{"emailAddress":"joe@example.com"},"email":"joe@example.com","defaultAddress":{"countryCodeV2":"GB"},"createdAt":"2026-01-02T03:04:05Z","updatedAt":"2026-01-02T03:04:05Z"}"#;
/// What tells of her, in lower case.
const TRACES: [&str; 5] = ["jane.doenut", "doenut lane", "jane doenut", "447700900123", "doenut"];

struct Unwatched;

impl Observer for Unwatched {
    fn event(&self, _: &Event<'_>) {}
}

struct Shop {
    folder: TempDir,
    control: Arc<Control>,
    workspace: WorkspaceId,
    connection: ConnectionId,
}

impl Shop {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let control = Arc::new(Control::open(folder.path()).unwrap());
        let new = NewWorkspace {
            id: "w".parse().unwrap(),
            name: "w".to_owned(),
            currency: "GBP".parse().unwrap(),
            time_zone: "Europe/London".to_owned(),
            settings: "{}".to_owned(),
        };
        let workspace = control.create_workspace(&new).unwrap().id;
        let new = NewConnection {
            id: "shop".parse().unwrap(),
            provider: "shopify".to_owned(),
            name: "Shop".to_owned(),
            base_url: None,
            local: false,
            mode: CredentialMode::Own,
            fields: BTreeMap::new(),
        };
        let connection = control.create_connection(&workspace, &new).unwrap().id;
        Self { folder, control, workspace, connection }
    }

    fn home(&self) -> &Path {
        self.folder.path()
    }

    fn manifest() -> Manifest {
        Manifest::from_yaml(MANIFEST).unwrap()
    }

    fn settings() -> Settings {
        let zone: Zone = "Europe/London".parse().unwrap();
        Settings::new("GBP".parse().unwrap(), zone)
    }

    /// Keeps a page of customers as a sync does.
    fn keep(&self, at: &str, lines: &[&str]) {
        self.keep_knowing(Forgotten::of(&self.control, &self.workspace).unwrap(), at, lines);
    }

    fn keep_knowing(&self, forgotten: Forgotten, at: &str, lines: &[&str]) {
        let (warehouse, archive) = open(self.home(), &self.workspace).unwrap();
        let manifest = Self::manifest();
        let rules = Arc::new(remap::rules(&manifest));
        let page_mapper = PageMapper {
            archive: archive.clone(),
            connection: self.connection.clone(),
            forgotten,
            rules: Arc::clone(&rules),
        };
        let committer = Committer {
            warehouse,
            archive,
            connection: self.connection.clone(),
            source: manifest.id.clone(),
            rules,
            settings: Self::settings(),
            observer: Arc::new(Unwatched),
            turn: Arc::default(),
            state: State::default(),
        };
        let keeper = Keeper::start(&page_mapper, committer).unwrap();
        let page = Page {
            lines: lines.iter().map(|line| Bytes::from((*line).to_owned())).collect(),
            cursor: Some("{}".to_owned()),
            ..Page::empty("customers", at.parse().unwrap())
        };
        let mappers = job::mappers(&manifest).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            keeper.page(page, &mappers["customers"]).await.unwrap();
            keeper.flush().await.unwrap();
        });
    }

    /// An order of hers whose note names her, and one of somebody else that mentions her.
    fn orders(&self) {
        let (warehouse, archive) = open(self.home(), &self.workspace).unwrap();
        let lines = [
            r##"{"name":"#1001","email":"jane.doenut@example.com","note":"Jane Doenut called","customer":{"id":"gid://shopify/Customer/70001234"}}"##,
            r##"{"name":"#1002","note":"gift of JANE.DOENUT@example.com","customer":{"id":"gid://shopify/Customer/70005678"}}"##,
        ];
        let lines: Vec<Bytes> = lines.into_iter().map(Bytes::from).collect();
        let segment = archive.put_page(&self.connection, "orders", &lines).unwrap();
        let order = |id: &str, line: usize, customer: &str, email: Option<&str>| {
            let mut root = Row::empty(Table::Orders, id.to_owned());
            let text = |text: &str| Cell::Text(text.to_owned());
            root.set("name", text(&format!("#{id}")));
            root.set("placed_at", Cell::Time("2026-01-05T10:00:00Z".parse().unwrap()));
            root.set("currency", text("GBP"));
            root.set("customer_id", text(customer));
            root.set("total_price", Cell::Decimal("12.50".parse().unwrap()));
            if let Some(email) = email {
                root.set("customer_email", text(email));
                root.set("customer_name", text("Jane Doenut"));
            }
            root.set("tags", text("gift,jane.doenut@example.com"));
            (Record { root, children: Vec::new(), version: 1, position: 0 }, segment.raw_ref(line))
        };
        let records = vec![
            order("1001", 0, "gid://shopify/Customer/70001234", Some("Jane.Doenut@example.com")),
            order("1002", 1, "gid://shopify/Customer/70005678", None),
        ];
        let batch = Batch {
            connection: self.connection.clone(),
            source: "shopify".to_owned(),
            stream: "orders".to_owned(),
            observed_at: "2026-01-06T00:00:00Z".parse().unwrap(),
            records,
            cursor: None,
            aside: Default::default(),
        };
        warehouse.commit(&batch).unwrap();
    }

    fn event(&self) {
        let inbox = netgain_control::Inbox::open(&self.control).unwrap();
        let event = NewEvent {
            workspace: self.workspace.clone(),
            connection: self.connection.clone(),
            dedupe: "1".to_owned(),
            topic: "customers/update".to_owned(),
            account: None,
            stream: None,
            object: None,
            body: JANE.as_bytes().to_vec(),
            received_at: "2026-01-06T00:00:00Z".parse().unwrap(),
        };
        inbox.put(vec![event], |kept| assert_eq!(kept.unwrap().new, 1));
        inbox.close();
    }

    fn erase(&self) -> Erased {
        let request =
            PersonRequest { email: Some("jane.doenut@example.com".to_owned()), ..Default::default() };
        erase_person(&self.control, self.home(), &self.workspace, &request).unwrap()
    }

    fn digest(&self) -> Vec<TableDigest> {
        open(self.home(), &self.workspace).unwrap().0.digest().unwrap()
    }

    /// Files that hold a trace of her, compressed ones unpacked.
    fn traces(&self) -> Vec<(PathBuf, &'static str)> {
        let mut found = Vec::new();
        let mut folders = vec![self.home().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let mut bytes = std::fs::read(&path).unwrap();
                if path.extension().is_some_and(|end| end == "zst") {
                    let name = path.strip_prefix(self.home().join("workspaces/w/raw")).unwrap().to_owned();
                    let name = name.to_str().unwrap().trim_end_matches(".jsonl.zst").to_owned();
                    bytes = open(self.home(), &self.workspace).unwrap().1.lines(&name).unwrap().concat();
                }
                let text = String::from_utf8_lossy(&bytes).to_lowercase();
                found
                    .extend(TRACES.iter().filter(|trace| text.contains(**trace)).map(|t| (path.clone(), *t)));
            }
        }
        found
    }
}

fn filled() -> Shop {
    let shop = Shop::new();
    shop.keep("2026-01-03T00:00:00Z", &[JANE, JOE]);
    shop.orders();
    shop.event();
    shop
}

#[test]
fn an_erased_person_is_in_no_file_and_no_table() {
    let shop = filled();
    // a test that finds nothing before would prove nothing after
    assert!(!shop.traces().is_empty());
    let rows = |shop: &Shop| shop.digest().into_iter().map(|one| (one.table, one.rows)).collect::<Vec<_>>();
    let before = rows(&shop);
    let done = shop.erase();
    assert!(done.rows >= 2 && done.lines == 3 && done.events == 1 && done.keys_left == 0, "{done:?}");
    assert!(done.mentions >= 1, "{done:?}");
    assert_eq!(shop.traces(), [], "{done:?}");
    assert_eq!(rows(&shop), before, "rows stay, and with them every figure");
    let (warehouse, _) = open(shop.home(), &shop.workspace).unwrap();
    let sum = warehouse.query(
        "SELECT sum(total_price), count(DISTINCT customer_email), count(customer_name) FROM orders",
        1,
        std::time::Duration::from_secs(30),
    );
    assert_eq!(serde_json::to_string(&sum.unwrap().rows).unwrap(), r#"[["25",1,0]]"#);
    // others are as they were
    let joe = warehouse.query(
        "SELECT name, email FROM customers WHERE name IS NOT NULL",
        5,
        std::time::Duration::from_secs(30),
    );
    assert_eq!(serde_json::to_string(&joe.unwrap().rows).unwrap(), r#"[["Joe Roe","joe@example.com"]]"#);
    drop(warehouse);
    // once more there is nothing left to do
    let again = shop.erase();
    assert_eq!((again.lines, again.events, again.mentions), (0, 0, 0));
}

#[test]
fn a_later_reading_and_a_replay_do_not_bring_a_person_back() {
    let shop = filled();
    shop.erase();
    // the platform tells of her again, with something new
    shop.keep(
        "2026-02-01T00:00:00Z",
        &[&JANE.replace("2026-01-02T03:04:05Z\",\"total", "2026-02-02T03:04:05Z\",\"total")],
    );
    assert_eq!(shop.traces(), []);
    let (warehouse, archive) = open(shop.home(), &shop.workspace).unwrap();
    let manifest = Shop::manifest();
    let report = replay_connection(&ReplayJob {
        manifest: &manifest,
        connection: &shop.connection,
        stream: Some("customers"),
        warehouse: &warehouse,
        archive: &archive,
        settings: &Shop::settings(),
        turn: &Mutex::default(),
    })
    .unwrap();
    assert_eq!((report.rows_before, report.rows, report.quarantine.len()), (2, 2, 0));
    drop((warehouse, archive));
    assert_eq!(shop.traces(), []);
}

#[test]
fn a_begun_erasure_is_finished_by_the_next_call() {
    let shop = filled();
    let request = PersonRequest { email: Some("jane.doenut@example.com".to_owned()), ..Default::default() };
    let about = Secret::new(serde_json::to_string(&request).unwrap());
    // killed right after it was begun
    shop.control
        .begin_erasure(
            &shop.workspace,
            "1",
            &about,
            &["jane.doenut@example.com".to_owned()],
            Timestamp::now(),
        )
        .unwrap();
    let again = Control::open(shop.home()).unwrap();
    let done = finish_erasures(&again, shop.home(), &shop.workspace).unwrap();
    assert_eq!(done.lines, 3);
    assert_eq!(shop.traces(), []);
    assert!(again.open_requests(&shop.workspace).unwrap().is_empty() && !again.wants_scrub());
    // killed before the files were scrubbed
    again.want_scrub().unwrap();
    finish_erasures(&shop.control, shop.home(), &shop.workspace).unwrap();
    assert!(!shop.control.wants_scrub());
}

#[test]
fn a_person_gets_everything_that_is_stored() {
    let shop = filled();
    let request = PersonRequest { customer: Some("70001234".to_owned()), ..Default::default() };
    let told = export_person(shop.home(), &shop.workspace, &request).unwrap();
    assert_eq!(told["known_by"]["emails"], json!(["jane.doenut@example.com"]));
    assert_eq!(told["tables"]["orders"][0]["total_price"], "12.5000000000");
    assert_eq!(told["tables"]["customers"].as_array().unwrap().len(), 1);
    // her record, her order, and the order of another that names her; not his record
    let payloads = told["payloads"].to_string();
    assert_eq!(told["payloads"].as_array().unwrap().len(), 3);
    assert!(payloads.contains("17 Doenut Lane") && !payloads.contains("joe@example.com"));
}

#[test]
fn the_daily_check_takes_out_who_came_back() {
    let shop = filled();
    let now = Timestamp::now();
    assert_eq!(shop.control.take_daily_check(now).unwrap(), None, "nobody was erased");
    shop.erase();
    assert_eq!(shop.traces(), []);
    // a page that was on its way while she was erased, and whose sync could not erase her again
    let newer = JANE.replace("03:04:05Z\",\"total", "09:04:05Z\",\"total");
    assert_ne!(newer, JANE);
    shop.keep_knowing(Forgotten::nobody(), "2026-02-01T00:00:00Z", &[&newer]);
    assert!(!shop.traces().is_empty());
    let runner = Runner::new(Arc::clone(&shop.control), shop.home());
    assert_eq!(shop.control.take_daily_check(now).unwrap().as_ref(), Some(&shop.workspace));
    runner.daily_check(&shop.workspace, now).unwrap();
    assert_eq!(shop.traces(), []);
    assert_eq!(shop.control.take_daily_check(now).unwrap(), None, "it is done for the day");
    // what a process that was killed while it wrote has left, some time ago
    let left = shop.home().join("workspaces/w/raw/shop/customers/0123.jsonl.zst#1");
    let file = std::fs::File::create(&left).unwrap();
    file.set_modified(std::time::SystemTime::now() - std::time::Duration::from_secs(3_600)).unwrap();
    let fresh = left.with_file_name("4567.jsonl.zst#2");
    std::fs::write(&fresh, "of one who writes it now").unwrap();
    runner.daily_check(&shop.workspace, now).unwrap();
    assert!(!left.exists() && fresh.exists());
    // an erasure that was begun and not ended is one more of its duties
    let about = Secret::new(r#"{"email":"joe@example.com"}"#.to_owned());
    shop.control.begin_erasure(&shop.workspace, "1", &about, &["joe@example.com".to_owned()], now).unwrap();
    runner.daily_check(&shop.workspace, now).unwrap();
    assert!(shop.control.open_requests(&shop.workspace).unwrap().is_empty());
}

#[test]
fn payloads_end_with_their_retention_and_say_so() {
    let shop = filled();
    shop.keep("2026-01-20T00:00:00Z", &[&JOE.replace("Joe Roe", "Joe Rowe").replace("-02T03", "-19T03")]);
    let (control, home, w) = (&shop.control, shop.home(), &shop.workspace);
    let at = |text: &str| -> Timestamp { text.parse().unwrap() };
    let apply = |now: &str| crate::apply_retention(control, home, w, at(now)).unwrap();
    let archive = || open(home, w).unwrap().1;
    assert_eq!(apply("2040-01-01T00:00:00Z"), crate::Expired::default(), "nothing is deleted unasked");
    control.set_retention(w, netgain_control::DataClass::Raw, Some(30), at("2026-01-01T00:00:00Z")).unwrap();
    assert_eq!(apply("2026-02-02T00:00:00Z").segments, 0, "none is older than 30 days");
    let (digest, all) = (shop.digest(), archive().every_segment().unwrap());
    let customers = archive().segments(&shop.connection, "customers").unwrap();
    assert_eq!(customers.len(), 2);

    assert_eq!(apply("2026-02-03T00:00:00Z").segments, 1);
    let retired: Vec<String> = archive().retired_segments().unwrap().into_iter().collect();
    assert_eq!(retired.len(), 1);
    assert!(customers.contains(&retired[0]));
    let told = archive().get(&format!("{}#0", retired[0])).unwrap_err().to_string();
    assert!(told.contains("retention") && told.contains("ended on 2026-02-03"), "{told}");
    assert_eq!(archive().every_segment().unwrap().len(), all.len() - 1);
    assert_eq!(apply("2026-02-03T00:00:00Z").segments, 0);
    assert_eq!(shop.digest(), digest, "facts stay");

    // a replay makes again what it can and leaves the rest
    let replay = || {
        let (warehouse, archive) = open(home, w).unwrap();
        replay_connection(&ReplayJob {
            manifest: &Shop::manifest(),
            connection: &shop.connection,
            stream: Some("customers"),
            warehouse: &warehouse,
            archive: &archive,
            settings: &Shop::settings(),
            turn: &Mutex::default(),
        })
        .unwrap()
    };
    let report = replay();
    assert_eq!((report.streams[0].segments_retired, report.streams[0].segments_without_account), (1, 0));
    assert_eq!((report.rows_before, report.rows), (1, 1), "the row of the page that is left");
    // profit is reckoned for the first time here
    let facts = |digest: &[TableDigest]| -> Vec<_> {
        let some = digest.iter().filter(|one| ["customers", "orders"].contains(&one.table));
        some.map(|one| (one.table, one.rows)).collect()
    };
    assert_eq!(facts(&shop.digest()), [("customers", 2), ("orders", 2)]);
    assert_eq!(facts(&digest), facts(&shop.digest()));
    // a person is handed out and erased as before
    let request = PersonRequest { email: Some("joe@example.com".to_owned()), ..Default::default() };
    let told = export_person(home, w, &request).unwrap();
    assert!(told["payloads"].to_string().contains("Joe Rowe"));

    // ended between the mark and the deletion: the payload is there until the next call
    let name = customers.iter().find(|name| **name != retired[0]).unwrap();
    let mark = home.join("workspaces/w/raw").join(format!("{name}.retired"));
    std::fs::write(&mark, "2026-03-01").unwrap();
    assert_eq!(archive().lines(name).unwrap().len(), 1);
    assert_eq!(archive().retired_segments().unwrap().len(), 1);
    assert_eq!(apply("2026-03-01T00:00:00Z").segments, 1);
    assert_eq!(archive().retired_segments().unwrap().len(), 2);
    // what nobody noted the reading of has no age: it stays
    assert_eq!(archive().every_segment().unwrap().iter().filter(|name| name.contains("/orders/")).count(), 1);

    // read once more it is there once more
    shop.keep("2026-03-02T00:00:00Z", &[JANE, JOE]);
    assert_eq!(archive().retired_segments().unwrap().len(), 1);
    assert_eq!(apply("2026-03-03T00:00:00Z").segments, 0);
    assert_eq!(apply("2026-04-02T00:00:00Z").segments, 1);
    assert!(shop.erase().rows > 0);
    assert_eq!(shop.traces(), []);
}
