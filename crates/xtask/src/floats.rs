//! Checks that money cannot pass through a float: the crates that handle amounts name no float type, write no float
//! literal and call no conversion to or from floats, and their SQL asks the engine for none. What is not money and
//! needs one stands in [`ALLOWED`] with its reason.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::tokens::{Kind, Token, tokens};

/// The crates, by their folders, through which amounts pass.
pub const CRATES: [&str; 10] = [
    "domain",
    "manifest",
    "mapping",
    "import",
    "profit",
    "results",
    "warehouse",
    "control",
    "sync",
    "server",
];

/// Files that may have floats, by their path under `crates/`, and why.
pub const ALLOWED: [(&str, &str); 4] = [
    (
        "warehouse/src/postgres_schema.rs",
        "whole microseconds of an instant are parted into seconds and the rest",
    ),
    ("warehouse/src/query/json.rs", "shows what a person's own query computed; amounts are decimals there"),
    ("warehouse/src/reading/tests.rs", "asks the engine for floats to see them refused"),
    ("server/src/ui.rs", "reads the weight that a browser gives to an encoding"),
];

/// What in SQL makes a float of a decimal: types, division, and functions of statistics. The engine's answer to a sum
/// of decimals is a decimal.
const SQL_FLOATS: [&str; 14] = [
    "DOUBLE",
    "FLOAT",
    "FLOAT4",
    "FLOAT8",
    "REAL",
    "AVG",
    "MEAN",
    "MEDIAN",
    "STDDEV",
    "VARIANCE",
    "SQRT",
    "POW",
    "FSUM",
    "QUANTILE_CONT",
];

/// A float where none may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The file under `crates/`.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What stands there.
    pub what: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "crates/{}:{}: `{}`", self.file, self.line, self.what)?;
        writeln!(formatter, "  rule: amounts are exact decimals, from the platform's digits to the page's")?;
        write!(
            formatter,
            "  cure: use Decimal and sums; for what is no amount, name the file and the reason in crates/xtask/src/floats.rs"
        )
    }
}

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// How many files were looked at.
    pub files: usize,
    /// Floats, in the order of the files.
    pub findings: Vec<Finding>,
    /// Files of [`ALLOWED`] that have no float any more.
    pub needless: Vec<&'static str>,
}

/// Checks the crates under a folder.
///
/// # Errors
/// When a file cannot be read.
pub fn check(crates: &Path) -> std::io::Result<Report> {
    let mut report = Report::default();
    let mut used = Vec::new();
    for name in CRATES {
        let mut files = Vec::new();
        sources(&crates.join(name).join("src"), &mut files)?;
        files.sort();
        for path in files {
            let file = path.strip_prefix(crates).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let found = in_source(&file, &std::fs::read_to_string(&path)?);
            report.files += 1;
            match ALLOWED.iter().find(|(allowed, _)| *allowed == file) {
                Some((allowed, _)) if !found.is_empty() => used.push(*allowed),
                _ => report.findings.extend(found),
            }
        }
    }
    report.needless = ALLOWED.iter().map(|(file, _)| *file).filter(|file| !used.contains(file)).collect();
    Ok(report)
}

fn sources(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sources(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    Ok(())
}

/// The floats of one source file. Comments count for nothing, and neither do texts that are no SQL.
#[must_use]
pub fn in_source(file: &str, source: &str) -> Vec<Finding> {
    let mut found = Vec::new();
    for Token { kind, text, line } in tokens(source) {
        let what = match kind {
            Kind::Word if is_float_word(text) => text.to_owned(),
            Kind::Number if is_float_number(text) => text.to_owned(),
            Kind::Text => match float_of_sql(text) {
                Some(what) => what,
                None => continue,
            },
            _ => continue,
        };
        found.push(Finding { file: file.to_owned(), line, what });
    }
    found
}

/// `f64`, and what ends in it: `to_f64`, `from_f32_retain`, `as_secs_f64` …
fn is_float_word(word: &str) -> bool {
    word.split('_').any(|part| matches!(part, "f32" | "f64" | "F32" | "F64"))
        || matches!(word, "Float32" | "Float64" | "FloatType" | "Float32Type" | "Float64Type")
}

/// `1.5`, `2.`, `1e3`, `1f64`; not `0xE5` and not `1_000`.
fn is_float_number(number: &str) -> bool {
    if number.starts_with("0x") || number.starts_with("0b") || number.starts_with("0o") {
        return false;
    }
    number.contains('.')
        || number.ends_with("f32")
        || number.ends_with("f64")
        || number.trim_end_matches(|c: char| c != 'e' && c != 'E').len() > 1
            && !number.contains(['u', 'i', 's'])
}

/// What in a text asks the engine for a float, if the text is a piece of SQL.
fn float_of_sql(text: &str) -> Option<String> {
    const SQL: [&str; 12] = [
        "SELECT", "FROM", "WHERE", "INSERT", "UPDATE", "DELETE", "CAST", "CREATE", "JOIN", "GROUP", "CASE",
        "WITH",
    ];
    let plain = without_literals(text);
    let words =
        || plain.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    // our SQL writes its own words in capitals; functions alone, such as `avg({field})`, are looked at in any text
    let is_sql = words().any(|word| SQL.contains(&word));
    let calls = |name: &str| {
        let lower = plain.to_ascii_lowercase();
        lower
            .match_indices(&format!("{}(", name.to_ascii_lowercase()))
            .any(|(at, _)| !lower[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_'))
    };
    for name in SQL_FLOATS {
        if calls(name) || is_sql && words().any(|word| word == name) {
            return Some(name.to_owned());
        }
    }
    let adds_up = is_sql || ["sum", "coalesce", "max", "min"].into_iter().any(calls);
    (adds_up && plain.contains('/')).then(|| "/".to_owned())
}

/// A piece of SQL without what stands in single quotes.
fn without_literals(text: &str) -> String {
    text.split('\'').step_by(2).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_apart() {
        for float in ["1.5", "2.", "1e3", "2E-7", "1f64", "3_f32", "0.0"] {
            assert!(is_float_number(float), "{float}");
        }
        for whole in ["1", "1_000", "0xE5", "0b1", "7u8", "7usize", "9_i128", "0x1f64"] {
            assert!(!is_float_number(whole), "{whole}");
        }
    }
}
