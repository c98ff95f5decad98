//! The model of a warehouse: rows by their key, none replaced by an older one, the position kept with its page.

use std::collections::BTreeMap;
use std::sync::Mutex;

use netgain_connector::{BoxError, Page, Sink};
use serde_json::Value;

struct Row {
    version: i64,
    text: u32,
    day: String,
}

/// What is stored.
#[derive(Default)]
pub struct Store {
    rows: Mutex<BTreeMap<String, Row>>,
    pub cursor: Mutex<Option<String>>,
    /// Pages until the run is cut off.
    pub left: Mutex<Option<u8>>,
}

impl Store {
    /// Text by id.
    pub fn contents(&self) -> BTreeMap<u32, u32> {
        self.rows.lock().unwrap().iter().map(|(id, row)| (id.parse().unwrap(), row.text)).collect()
    }

    fn keep(&self, page: &Page) {
        let mut rows = self.rows.lock().unwrap();
        for line in &page.lines {
            let record: Value = serde_json::from_slice(line).unwrap();
            let id = record["id"].to_string();
            let version = record["updated_s"].as_i64().unwrap();
            if rows.get(&id).is_none_or(|row| row.version <= version) {
                let text = u32::try_from(record["text"].as_u64().unwrap()).unwrap();
                let day = record["day"].as_str().unwrap_or_default().to_owned();
                rows.insert(id, Row { version, text, day });
            }
        }
        for id in &page.deleted {
            rows.remove(id);
        }
        if let Some(sweep) = &page.sweep {
            let days = sweep.days.as_ref().map(|(_, since, until)| (since.to_string(), until.to_string()));
            rows.retain(|id, row| {
                let covered =
                    days.as_ref().is_none_or(|(since, until)| *since <= row.day && row.day <= *until);
                !covered || sweep.kept.contains(id)
            });
        }
        if page.cursor.is_some() {
            self.cursor.lock().unwrap().clone_from(&page.cursor);
        }
    }
}

#[async_trait::async_trait]
impl Sink for Store {
    async fn page(&self, page: Page) -> Result<(), BoxError> {
        if let Some(left) = self.left.lock().unwrap().as_mut() {
            *left = left.checked_sub(1).ok_or("the power is gone")?;
        }
        self.keep(&page);
        Ok(())
    }
}
