//! `netgain doctor`: looks at everything that an installation stands on, and names a cure for each thing that is wrong.

mod files;
mod network;
mod stores;

use serde::Serialize;

use crate::args::DoctorArgs;
use crate::failure::Failure;
use crate::home::Home;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    Ok,
    /// It works, but somebody should look at it.
    Warn,
    /// It does not work.
    Fail,
}

/// One thing that was looked at. Texts hold no secret.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// What, such as `disk` or `workspace mine`.
    check: String,
    state: State,
    /// What was seen.
    says: String,
    /// What helps; none where nothing is wrong.
    #[serde(skip_serializing_if = "Option::is_none")]
    cure: Option<String>,
}

impl Finding {
    fn ok(check: impl Into<String>, says: impl Into<String>) -> Self {
        Self { check: check.into(), state: State::Ok, says: says.into(), cure: None }
    }

    fn warn(check: impl Into<String>, says: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { check: check.into(), state: State::Warn, says: says.into(), cure: Some(cure.into()) }
    }

    fn fail(check: impl Into<String>, says: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { check: check.into(), state: State::Fail, says: says.into(), cure: Some(cure.into()) }
    }
}

pub fn run(home: &Home, args: &DoctorArgs) -> anyhow::Result<()> {
    let mut found = vec![Finding::ok(
        "version",
        format!("netgain {}, rules of profit {}", env!("CARGO_PKG_VERSION"), netgain_profit::RULES_VERSION),
    )];
    found.extend(files::check(home.path()));
    // a store that is opened without its key would get a new one, which opens none of its secrets
    let may_open = found.iter().all(|finding| finding.state < State::Fail);
    let stores = if may_open { stores::check(home) } else { stores::Looked::default() };
    found.extend(stores.found);
    found.push(stores::archive());
    if !args.offline {
        found.extend(network::check(&stores.connections)?);
    }
    let worst = found.iter().map(|finding| finding.state).max().unwrap_or(State::Ok);
    if args.json {
        println!("{}", serde_json::json!({ "state": worst, "checks": found }));
    } else {
        found.iter().for_each(print);
    }
    let failed = found.iter().filter(|finding| finding.state == State::Fail).count();
    if failed > 0 {
        return Err(Failure::of_status(500, format!("{failed} of {} checks failed", found.len())).into());
    }
    Ok(())
}

fn print(finding: &Finding) {
    let state = match finding.state {
        State::Ok => "ok",
        State::Warn => "warn",
        State::Fail => "fail",
    };
    println!("{state:<5} {}: {}", finding.check, finding.says);
    if let Some(cure) = &finding.cure {
        println!("      cure: {cure}");
    }
}
