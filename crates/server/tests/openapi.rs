//! The committed description is the one the server gives.
#![allow(missing_docs, clippy::unwrap_used)]

use std::path::Path;

#[test]
fn the_committed_description_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../openapi.json");
    let current = netgain_server::openapi().unwrap();
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(&file, &current).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == current,
        "openapi.json is not current: run the test again with UPDATE_OPENAPI=1 and commit the file"
    );
    assert!(current.contains("\"openapi\": \"3.1.0\""));
}

#[test]
fn every_problem_has_a_page() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/errors");
    for code in netgain_server::Code::ALL {
        let page = folder.join(format!("{}.md", code.name()));
        let text = std::fs::read_to_string(&page).unwrap_or_default();
        assert!(text.starts_with(&format!("# {}\n", code.name())), "{} is missing", page.display());
        assert!(text.contains(&code.status().as_u16().to_string()), "{} lacks the status", page.display());
    }
    let pages = std::fs::read_dir(&folder).unwrap().count();
    assert_eq!(pages, netgain_server::Code::ALL.len(), "docs/errors holds a page without a code");
}

/// JSON's own numbers are floats to most readers: amounts and rates leave and come in as decimal strings, and what
/// stays a number is whole.
#[test]
fn no_number_of_the_api_is_a_float() {
    fn floats(path: &str, value: &serde_json::Value, found: &mut Vec<String>) {
        match value {
            serde_json::Value::Object(fields) => {
                let kinds = match fields.get("type") {
                    Some(serde_json::Value::Array(kinds)) => kinds.iter().collect(),
                    Some(kind) => vec![kind],
                    None => Vec::new(),
                };
                if kinds.iter().any(|kind| *kind == "number") {
                    found.push(path.to_owned());
                }
                for (key, value) in fields {
                    floats(&format!("{path}/{key}"), value, found);
                }
            }
            serde_json::Value::Array(values) => {
                values.iter().for_each(|value| floats(path, value, found));
            }
            _ => {}
        }
    }
    let description: serde_json::Value = serde_json::from_str(&netgain_server::openapi().unwrap()).unwrap();
    let schemas = &description["components"]["schemas"];
    assert!(schemas.as_object().unwrap().len() > 50, "no schemas were looked at");
    let mut found = Vec::new();
    floats("", &description, &mut found);
    assert!(found.is_empty(), "{found:#?}");
    // the check sees one where there is one
    let example = serde_json::json!({ "net_profit": { "type": ["number", "null"], "format": "double" } });
    floats("", &example, &mut found);
    assert_eq!(found, ["/net_profit"]);
}
