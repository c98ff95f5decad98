//! `docs/api.md`: the integrations API as it is described and as it answered. `UPDATE_PAGES=1` writes it anew.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::walk::Answers;

/// The operations of both families: method, path, description.
pub fn operations(description: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in description["paths"].as_object().unwrap() {
        if !path.starts_with("/api/integrations/") && !path.starts_with("/api/v1/marketing/integrations") {
            continue;
        }
        for (method, operation) in item.as_object().unwrap() {
            all.push((method.to_ascii_uppercase(), path.clone(), operation.clone()));
        }
    }
    assert!(all.len() > 15, "the families are not described");
    all
}

/// The page.
pub fn write(description: &Value, answers: &[(&str, Answers)]) -> String {
    let mut out = String::from(
        "# The integrations API\n\n\
         Made by the test `integrations` (`UPDATE_PAGES=1`); change the routes or the manifests, not this page.\n\n\
         Two families of routes, one dispatch: which resources and actions a platform has stands in the `api` section of \
         its manifest and on its page in `docs/providers`. `{platform}` is the platform's id or another spelling of it. \
         The workspace is named by the header `X-Netgain-Workspace` or the parameter `workspace`; where there is one only, \
         both may be left out. Of several connections to a platform the parameter `connection` names one. Reads answer \
         from what is stored, page by page (`limit`, `cursor`). Actions are not built yet and answer 501. All of it is \
         described in `GET /api/openapi.json`; errors are RFC 9457 problems with a page per code in `docs/errors`.\n\n\
         ## Routes\n\n| route | what it does |\n|---|---|\n",
    );
    let all = operations(description);
    for (method, path, operation) in &all {
        let words =
            operation["summary"].as_str().unwrap_or_default().trim_end_matches('.').replace('|', "\\|");
        // writing to a text cannot fail
        let _ = writeln!(out, "| `{method} {path}` | {words} |");
    }
    let _ = writeln!(
        out,
        "\n## What each route answered\n\n\
         Against the emulated platforms, through the program: the account is connected with a key, read, signed in where \
         the platform offers it, tested, and disconnected in the end. Of a route that was asked more than once the last \
         answer stands here.\n"
    );
    let _ = write!(out, "| route |");
    for (platform, _) in answers {
        let _ = write!(out, " {platform} |");
    }
    let _ = writeln!(out, "\n|---|{}", "---|".repeat(answers.len()));
    for (method, path, _) in &all {
        let _ = write!(out, "| `{method} {path}` |");
        for (_, told) in answers {
            let told = told.get(&(method.clone(), path.clone()));
            let _ = write!(out, " {} |", told.map_or("–", String::as_str));
        }
        out.push('\n');
    }
    out
}

/// Whether the committed page says the same.
pub fn check(page: &str) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/api.md");
    if std::env::var_os("UPDATE_PAGES").is_some() {
        std::fs::write(&file, page).unwrap();
    }
    let committed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        committed == page,
        "docs/api.md is not up to date: run this test again with UPDATE_PAGES=1 and commit the file\n{page}"
    );
}
