//! The layer check must fail where it should, and the real workspace must pass it.

use xtask::layers::{Report, check};
use xtask::{Dependency, Package, Workspace};

/// A package's name with its dependencies, each with its kind.
type Listed<'a> = (&'a str, &'a [(&'a str, Option<&'a str>)]);

fn workspace(crates: &[Listed<'_>]) -> Workspace {
    let packages = crates
        .iter()
        .map(|(name, dependencies)| Package {
            name: (*name).to_owned(),
            dependencies: dependencies
                .iter()
                .map(|(name, kind)| Dependency { name: (*name).to_owned(), kind: kind.map(str::to_owned) })
                .collect(),
        })
        .collect();
    Workspace { packages }
}

fn found(report: &Report) -> Vec<(&str, Option<&str>)> {
    report.violations.iter().map(|one| (one.package.as_str(), one.dependency.as_deref())).collect()
}

#[test]
fn a_crate_of_ours_that_is_not_allowed_is_refused() {
    for (package, dependency) in [
        ("netgain-domain", "netgain-manifest"),
        ("netgain-profit", "netgain-warehouse"),
        ("netgain-import", "netgain-warehouse"),
        ("netgain-mapping", "netgain-providers"),
        ("netgain-connector", "netgain-providers"),
        ("netgain-warehouse", "netgain-providers"),
        ("netgain-server", "netgain-sync"),
        ("netgain-sandbox", "netgain-domain"),
        ("netgain-cli", "netgain-testkit"),
    ] {
        let report = check(&workspace(&[(package, &[(dependency, None)])]));
        assert_eq!(found(&report), [(package, Some(dependency))]);
    }
}

#[test]
fn an_outside_crate_that_brings_forbidden_knowledge_is_refused() {
    for (package, dependency) in [
        ("netgain-domain", "serde_json"),
        ("netgain-domain", "tokio"),
        ("netgain-manifest", "reqwest"),
        ("netgain-mapping", "duckdb"),
        ("netgain-connector", "object_store"),
        ("netgain-control", "axum"),
        ("netgain-profit", "rusqlite"),
        ("netgain-sync", "duckdb"),
        ("netgain-server", "duckdb"),
    ] {
        let report = check(&workspace(&[(package, &[(dependency, None)])]));
        assert_eq!(found(&report), [(package, Some(dependency))]);
    }
}

#[test]
fn a_build_dependency_counts_and_a_test_dependency_does_not() {
    let report = check(&workspace(&[(
        "netgain-profit",
        &[("netgain-testkit", Some("dev")), ("tokio", Some("dev")), ("netgain-manifest", Some("build"))],
    )]));
    assert_eq!(found(&report), [("netgain-profit", Some("netgain-manifest"))]);
    assert_eq!(report.dependencies, 1);
}

#[test]
fn a_crate_without_a_row_is_refused_and_so_is_depending_on_it() {
    let report =
        check(&workspace(&[("netgain-profit", &[("helpers", None)]), ("helpers", &[("tokio", None)])]));
    assert_eq!(found(&report), [("netgain-profit", Some("helpers")), ("helpers", None)]);
}

#[test]
fn every_finding_says_the_rule_and_the_cure() {
    let report = check(&workspace(&[("netgain-profit", &[("duckdb", None)])]));
    let text = report.violations[0].to_string();
    assert_eq!(
        text,
        "netgain-profit must not depend on duckdb\n  \
         rule: profit is pure: it does no input or output and asks no clock; duckdb is a store\n  \
         cure: move the code that needs duckdb to a crate that may have it; for tests alone, use [dev-dependencies]"
    );
}

#[test]
fn a_renamed_dependency_is_seen_by_its_true_name() {
    let json = br#"{"packages":[{"name":"netgain-profit","dependencies":[
        {"name":"duckdb","rename":"numbers","kind":null,"optional":true}]}]}"#;
    let report = check(&Workspace::parse(json).unwrap());
    assert_eq!(found(&report), [("netgain-profit", Some("duckdb"))]);
}

#[test]
fn the_real_workspace_passes() {
    let report = check(&Workspace::read().unwrap());
    let text: Vec<String> = report.violations.iter().map(ToString::to_string).collect();
    assert!(text.is_empty(), "{}", text.join("\n\n"));
    // proof that something was read at all: this crate and the vocabulary are always there
    assert!(report.crates >= 2 && report.dependencies > 5, "{report:?}");
}
