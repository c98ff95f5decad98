//! Checks that no crate depends on what its layer must not know.
//!
//! Normal and build dependencies count, tests' dependencies do not. Outside crates are checked where a crate names
//! them itself; what they bring along in turn is not looked at.

use std::fmt;

use crate::metadata::{Dependency, Workspace};
use crate::rules::{self, Rule};

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How many crates were looked at.
    pub crates: usize,
    /// How many dependencies were looked at.
    pub dependencies: usize,
    /// What crosses a layer, in the order of the workspace.
    pub violations: Vec<Violation>,
}

/// One finding, with the rule and the cure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The crate at fault, `netgain-profit`.
    pub package: String,
    /// What it depends on; none when the crate itself is not in the table.
    pub dependency: Option<String>,
    /// The rule that is broken.
    pub rule: String,
    /// What to do.
    pub cure: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.dependency {
            Some(dependency) => writeln!(formatter, "{} must not depend on {dependency}", self.package)?,
            None => writeln!(formatter, "{} has no place among the layers", self.package)?,
        }
        writeln!(formatter, "  rule: {}", self.rule)?;
        write!(formatter, "  cure: {}", self.cure)
    }
}

/// Checks every crate of the workspace against the table.
pub fn check(workspace: &Workspace) -> Report {
    let mut report = Report { crates: workspace.packages.len(), dependencies: 0, violations: Vec::new() };
    for package in &workspace.packages {
        let Some(rule) = rules::rule_of(&package.name) else {
            report.violations.push(unknown(&package.name));
            continue;
        };
        for dependency in package.dependencies.iter().filter(|dependency| counts(dependency)) {
            report.dependencies += 1;
            // a member without our prefix is reported as unknown itself, and must not pass as an outside crate here
            let ours = rules::folder_of(&dependency.name).is_some()
                || workspace.packages.iter().any(|member| member.name == dependency.name);
            let found = if ours { inside(rule, &dependency.name) } else { outside(rule, &dependency.name) };
            report.violations.extend(found.map(|(rule, cure)| Violation {
                package: package.name.clone(),
                dependency: Some(dependency.name.clone()),
                rule,
                cure,
            }));
        }
    }
    report
}

fn counts(dependency: &Dependency) -> bool {
    dependency.kind.as_deref() != Some("dev")
}

fn unknown(package: &str) -> Violation {
    Violation {
        package: package.to_owned(),
        dependency: None,
        rule: "every crate has a row in the table of layers".to_owned(),
        cure: "name the package netgain-<folder> and add its row to crates/xtask/src/rules.rs and ARCHITECTURE.md"
            .to_owned(),
    }
}

/// The broken rule and its cure when one of our crates is not allowed.
fn inside(rule: &Rule, dependency: &str) -> Option<(String, String)> {
    let folder = rules::folder_of(dependency);
    if folder.is_some_and(|folder| rule.allowed.contains(&folder)) {
        return None;
    }
    let allowed = if rule.allowed.is_empty() {
        "no crate of the workspace".to_owned()
    } else {
        format!("only {}", rule.allowed.join(", "))
    };
    let cure = format!(
        "take the value as an argument or through a trait of {}, or move the code to the crate above both; \
         for tests alone, use [dev-dependencies]",
        rule.name
    );
    Some((format!("{}; it may know {allowed}", rule.why), cure))
}

/// The broken rule and its cure when an outside crate brings in forbidden knowledge.
fn outside(rule: &Rule, dependency: &str) -> Option<(String, String)> {
    let group = rule.forbidden.iter().find(|group| group.crates.contains(&dependency))?;
    Some((
        format!("{}; {dependency} is {}", rule.why, group.what),
        format!(
            "move the code that needs {dependency} to a crate that may have it; for tests alone, use [dev-dependencies]"
        ),
    ))
}
