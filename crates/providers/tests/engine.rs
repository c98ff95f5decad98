//! No platform is named in the engine's code: what one does is said by its manifest alone.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

/// The crates that know no platform.
const ENGINE: [&str; 9] =
    ["domain", "manifest", "mapping", "connector", "control", "warehouse", "profit", "sync", "server"];

/// What people call the platforms, beside their ids; in small letters.
const BRANDS: [&str; 14] = [
    "shopify",
    "facebook",
    "meta ads",
    "meta's",
    "google",
    "amazon",
    "stripe",
    "klaviyo",
    "hubspot",
    "triple whale",
    "highlevel",
    "leadconnector",
    "postscript",
    "mailchimp",
];

/// Examples in the description of the vocabulary, where a made-up one would say less: end of the path, and the words.
const ALLOWED: [(&str, &str); 2] =
    [("manifest/src/map.rs", "gid://shopify/Order/"), ("manifest/src/connection.rs", "(Meta's sub-codes)")];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Tests may name platforms: whole files of them, and what follows `#[cfg(test)]` up to a module's end.
fn is_test(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    let above = path.components().any(|part| part.as_os_str() == "tests");
    above || name == "tests.rs" || name.ends_with("_tests.rs")
}

/// The lines before a module of tests.
fn code(text: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = text.lines().collect();
    let begins =
        |pair: &[&str]| pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{');
    let end = lines.windows(2).position(begins).unwrap_or(lines.len());
    lines.into_iter().take(end)
}

#[test]
fn no_platform_is_named_in_the_engine() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut names: Vec<String> = BRANDS.iter().map(|name| (*name).to_owned()).collect();
    names.extend(netgain_providers::ids().map(str::to_owned));
    let mut found = Vec::new();
    let mut looked_at = 0;
    for name in ENGINE {
        let mut files = Vec::new();
        sources(&crates.join(name).join("src"), &mut files);
        for path in files.into_iter().filter(|path| !is_test(path)) {
            looked_at += 1;
            let text = fs::read_to_string(&path).unwrap();
            for (number, line) in code(&text).enumerate() {
                let allowed =
                    ALLOWED.iter().any(|(file, words)| path.ends_with(file) && line.contains(words));
                let small = line.to_lowercase();
                if !allowed && names.iter().any(|name| small.contains(name.as_str())) {
                    found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
                }
            }
        }
    }
    assert!(looked_at > 100, "only {looked_at} files were found");
    assert!(found.is_empty(), "platforms are named in the engine:\n{}", found.join("\n"));
}

#[test]
fn each_exception_is_still_needed() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (file, words) in ALLOWED {
        assert!(
            fs::read_to_string(crates.join(file)).unwrap().contains(words),
            "{file} no longer says {words}"
        );
    }
}
