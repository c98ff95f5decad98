//! The table of layers: which crates each crate may depend on, and which outside crates would bring in what the
//! crate must not know. `ARCHITECTURE.md` gives the reasons at length.

/// What one crate may depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    /// The crate's folder under `crates/`.
    pub name: &'static str,
    /// Folder names of the workspace crates that it may depend on.
    pub allowed: &'static [&'static str],
    /// Groups of outside crates that it must not depend on.
    pub forbidden: &'static [Group],
    /// The invariant behind the row.
    pub why: &'static str,
}

/// Outside crates that stand for one kind of knowledge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Group {
    /// What the crates bring in.
    pub what: &'static str,
    /// Package names.
    pub crates: &'static [&'static str],
}

const RUNTIME: Group =
    Group { what: "an async runtime", crates: &["tokio", "tokio-util", "async-std", "smol", "async-trait"] };
const CLIENT: Group =
    Group { what: "an HTTP client", crates: &["reqwest", "hyper", "hyper-util", "ureq", "isahc"] };
const WEB: Group = Group {
    what: "an HTTP server",
    crates: &["axum", "tower", "tower-http", "utoipa", "utoipa-axum", "rust-embed"],
};
const STORES: Group = Group {
    what: "a store",
    crates: &["duckdb", "rusqlite", "sqlx", "postgres", "tokio-postgres", "object_store", "arrow", "parquet"],
};
const CONTROL_STORE: Group = Group { what: "the control store's engine", crates: &["rusqlite", "sqlx"] };
const FACT_STORE: Group = Group { what: "the fact store's engine", crates: &["duckdb", "arrow", "parquet"] };
const DOCUMENTS: Group = Group {
    what: "a document type",
    crates: &["serde_json", "sonic-rs", "serde_norway", "serde_yaml", "csv"],
};
const CHANCE: Group = Group { what: "chance", crates: &["rand", "getrandom"] };

/// What pure crates must not know.
const IMPURE: &[Group] = &[RUNTIME, CLIENT, WEB, STORES, CHANCE];
/// What crates between the network and the stores reach through others only.
const OTHER_SIDES: &[Group] = &[CLIENT, WEB, STORES];

/// What the binary, and tests that drive all of it, put together.
const EVERY_PART: &[&str] = &[
    "domain",
    "observe",
    "bucket",
    "manifest",
    "mapping",
    "connector",
    "providers",
    "import",
    "postgres",
    "control",
    "warehouse",
    "profit",
    "insights",
    "results",
    "sync",
    "actions",
    "server",
    "sandbox",
];

/// Every crate that may exist, the ones that are still to be written included.
const RULES: &[Rule] = &[
    Rule {
        name: "domain",
        allowed: &[],
        forbidden: &[RUNTIME, CLIENT, WEB, STORES, DOCUMENTS, CHANCE],
        why: "domain is the vocabulary: it knows no runtime, HTTP, SQL, Arrow or document type",
    },
    Rule {
        name: "observe",
        allowed: &[],
        forbidden: &[RUNTIME, CLIENT, WEB, STORES, DOCUMENTS, CHANCE],
        why: "observe is what every part tells of its work: it knows none of them, and nobody's name",
    },
    Rule {
        name: "bucket",
        allowed: &[],
        forbidden: &[WEB],
        why: "bucket reaches storage over HTTP for the archive, which knows no HTTP",
    },
    Rule {
        name: "manifest",
        allowed: &["domain"],
        forbidden: IMPURE,
        why: "manifest compiles a file to a plan: it knows no network, clock or tenant",
    },
    Rule {
        name: "mapping",
        allowed: &["domain", "manifest"],
        forbidden: IMPURE,
        why: "mapping turns bytes into records: it knows no network and no store",
    },
    Rule {
        name: "connector",
        allowed: &["observe", "domain", "manifest", "mapping"],
        forbidden: &[WEB, STORES],
        why: "connector runs a plan through ports: it knows no store and no provider",
    },
    Rule {
        name: "providers",
        allowed: &["domain", "manifest", "mapping", "connector"],
        forbidden: OTHER_SIDES,
        why: "providers holds manifests and pure hooks: it knows no store and no server",
    },
    Rule {
        name: "import",
        allowed: &["domain"],
        forbidden: IMPURE,
        why: "import turns a merchant's file into records: it knows no store and no network",
    },
    Rule {
        name: "postgres",
        allowed: &[],
        forbidden: &[CLIENT, WEB, CONTROL_STORE, FACT_STORE],
        why: "postgres reaches a server: it knows no table, and no other engine",
    },
    Rule {
        name: "control",
        allowed: &["postgres", "domain"],
        forbidden: &[CLIENT, WEB, FACT_STORE],
        why: "control keeps workspaces and sealed secrets: it knows no HTTP, provider or fact",
    },
    Rule {
        name: "warehouse",
        allowed: &["observe", "postgres", "domain"],
        forbidden: &[CLIENT, WEB, CONTROL_STORE],
        why: "warehouse keeps the facts of one workspace: it knows no provider and no HTTP",
    },
    Rule {
        name: "profit",
        allowed: &["domain"],
        forbidden: IMPURE,
        why: "profit is pure: it does no input or output and asks no clock",
    },
    Rule {
        name: "insights",
        allowed: &["domain"],
        forbidden: &[RUNTIME, CLIENT, WEB, STORES],
        why: "insights is pure maths over typed series: it does no input or output",
    },
    Rule {
        name: "results",
        allowed: &["warehouse", "profit", "domain"],
        forbidden: OTHER_SIDES,
        why: "results keeps the profit tables up to date: it knows no SQL dialect and no platform",
    },
    Rule {
        name: "sync",
        allowed: &[
            "observe",
            "results",
            "connector",
            "mapping",
            "manifest",
            "providers",
            "import",
            "warehouse",
            "profit",
            "control",
            "domain",
        ],
        forbidden: OTHER_SIDES,
        why: "sync glues the parts together: it knows no wire format and no SQL dialect",
    },
    Rule {
        name: "actions",
        allowed: &["connector", "manifest", "providers", "warehouse", "control", "domain"],
        forbidden: OTHER_SIDES,
        why: "actions journals what is changed on a platform: it knows no wire format",
    },
    Rule {
        name: "server",
        allowed: &["observe", "control", "warehouse", "profit", "results", "import", "domain"],
        forbidden: &[CLIENT, STORES],
        why: "server shows what the stores answer: it knows no SQL engine and no provider",
    },
    Rule {
        name: "sandbox",
        allowed: &[],
        forbidden: &[STORES],
        why: "sandbox is written from the platforms' documents and shares no code with the engine, so that it can \
              disagree with it",
    },
    Rule {
        name: "cli",
        allowed: EVERY_PART,
        forbidden: &[],
        why: "cli is the binary that puts everything together; what only tests use stays out of it",
    },
    Rule {
        name: "testkit",
        allowed: EVERY_PART,
        forbidden: &[],
        why: "testkit serves tests alone: others name it under [dev-dependencies]",
    },
    Rule {
        name: "xtask",
        allowed: &["domain", "manifest", "server"],
        forbidden: &[CLIENT, STORES],
        why: "xtask writes what is generated from types: it opens no store",
    },
];

/// The row for a package name, `netgain-domain` or `xtask`; none for a crate that the table does not list.
pub(crate) fn rule_of(package: &str) -> Option<&'static Rule> {
    let name = folder_of(package)?;
    RULES.iter().find(|rule| rule.name == name)
}

/// The folder name of one of our packages; none for an outside crate.
pub(crate) fn folder_of(package: &str) -> Option<&str> {
    match package {
        "xtask" => Some(package),
        _ => package.strip_prefix("netgain-"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allowed_crates_have_rows_and_no_two_crates_may_know_each_other() {
        for rule in RULES {
            for allowed in rule.allowed {
                let other = RULES.iter().find(|other| other.name == *allowed);
                let other =
                    other.unwrap_or_else(|| panic!("{} allows {allowed}, which has no row", rule.name));
                assert!(!other.allowed.contains(&rule.name), "{} and {allowed} allow each other", rule.name);
            }
        }
    }
}
