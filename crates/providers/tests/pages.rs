//! The pages under `docs/providers` say what the manifests say.
//! `UPDATE_PAGES=1 cargo test -p netgain-providers --test pages` writes them anew, as `netgain provider docs` does.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::Path;

#[test]
fn pages_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/providers");
    for id in netgain_providers::ids() {
        let page = netgain_providers::page(&netgain_providers::manifest(id).unwrap().unwrap());
        let path = folder.join(format!("{id}.md"));
        if std::env::var_os("UPDATE_PAGES").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &page).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == page, "docs/providers/{id}.md is not up to date: run `netgain provider docs`");
    }
}

#[test]
fn a_page_names_streams_limits_events_and_what_is_left_out() {
    let page = netgain_providers::page(&netgain_providers::manifest("gohighlevel").unwrap().unwrap());
    for words in [
        "| `contacts` | `contacts` |",
        "100 calls in 10 s for each connection",
        "| `ContactDelete` | removes the record of `contacts` |",
        "`bearer`, `oauth2_code`",
        "| currency | not_supported",
    ] {
        assert!(page.contains(words), "{words}\n{page}");
    }
}

/// In addresses a platform is found by its id or another spelling of it: none may lead to two.
#[test]
fn spellings_of_platforms_are_of_one_each() {
    let mut owners = std::collections::BTreeMap::new();
    for id in netgain_providers::ids() {
        let manifest = netgain_providers::manifest(id).unwrap().unwrap();
        let aliases = manifest.api.unwrap_or_default().aliases;
        for word in aliases.into_iter().chain([id.to_owned()]) {
            assert_eq!(owners.insert(word.clone(), id), None, "`{word}` is {id} and another");
        }
    }
    assert_eq!(owners.get("triple-whale"), Some(&"triplewhale"));
}
