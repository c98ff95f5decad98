//! The page of golden cases names tests that exist, and leaves no case without one.
#![allow(clippy::unwrap_used)]

use std::collections::HashSet;
use std::path::Path;

/// The tests that a page names, as `file::test`.
fn named(page: &str) -> Vec<(&str, &str)> {
    let quoted = page.split('`').skip(1).step_by(2);
    quoted.filter(|text| text.starts_with("crates/")).filter_map(|text| text.rsplit_once("::")).collect()
}

/// Whether a source file has a test of that name, written out or by a macro's list.
fn has_test(source: &str, name: &str) -> bool {
    let written = source.match_indices(&format!("fn {name}(")).any(|(at, _)| {
        let before = source.get(..at).unwrap_or_default();
        // the last line holds what stands before `fn`, such as `async`; above it are the attributes
        let mut attributes = before.lines().rev().skip(usize::from(!before.ends_with('\n')));
        let is_test = |line: &&str| line.trim() == "#[test]" || line.contains("::test");
        attributes.by_ref().take_while(|line| line.trim().starts_with("#[")).any(|line| is_test(&line))
            || before.contains("proptest! {")
    });
    let listed = source.contains("macro_rules!")
        && source.lines().any(|line| line.trim().trim_end_matches(',') == name);
    written || listed
}

#[test]
fn every_test_that_the_page_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/golden.md")).unwrap();
    let tests = named(&page);
    assert!(tests.len() > 40, "{}", tests.len());
    for (file, test) in tests {
        let source =
            std::fs::read_to_string(root.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(has_test(&source, test), "{file} has no test {test}");
    }
}

#[test]
fn no_case_is_left_out() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let page = std::fs::read_to_string(root.join("docs/golden.md")).unwrap();
    for (section, cases) in [("## One order", 7), ("## Twelve cases", 12)] {
        let part = page.split(section).nth(1).unwrap().split("\n## ").next().unwrap();
        let mut found = HashSet::new();
        for line in part.lines() {
            let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            let Some(number) = cells.first().and_then(|cell| cell.parse::<usize>().ok()) else { continue };
            assert_eq!(cells.len(), 4, "{line}");
            assert!(cells[3].contains("::") || cells[3] == "above", "{line}");
            found.insert(number);
        }
        assert_eq!(found, (1..=cases).collect(), "{section}");
    }
}

#[test]
fn a_test_that_is_gone_is_missed() {
    let source = "#[test]\nfn here() {}\n\nfn helper() {}\n\n#[tokio::test]\nasync fn later() {}\n";
    assert!(
        has_test(source, "here")
            && has_test(source, "later")
            && !has_test(source, "gone")
            && !has_test(source, "helper")
    );
}
