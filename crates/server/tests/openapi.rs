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
