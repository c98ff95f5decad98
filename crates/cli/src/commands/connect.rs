//! `netgain connect`: an account of a platform joins a workspace.

use std::collections::BTreeMap;
use std::io::{BufRead, IsTerminal};

use netgain_control::Secret;
use netgain_sync::{ConnectError, ConnectRequest, Connected, SignInError, SignInRequest};
use serde_json::json;

use crate::args::ConnectArgs;
use crate::failure::Failure;
use crate::home::Home;

/// Connects, or says why not.
pub fn run(home: &Home, args: ConnectArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    let mut fields = BTreeMap::new();
    for given in &args.fields {
        let (name, value) = pair("--field", given)?;
        fields.insert(name.to_owned(), value.to_owned());
    }
    let request = ConnectRequest {
        workspace: args.workspace,
        provider: args.provider,
        connection: args.connection,
        name: args.name,
        fields,
        secrets: secrets(&args.secrets)?,
        base_url: args.base_url,
        mode: args.mode,
        currency: args.currency,
        time_zone: args.time_zone,
    };
    if args.sign_in {
        let origin = origin(&args.callback)?;
        let redirect_uri = args.callback;
        let request = SignInRequest { connect: request, redirect_uri, by_browser: false, begun_by: None };
        let begun =
            netgain_sync::begin_sign_in(&control, home.path(), request).map_err(|error| match error {
                SignInError::Connect(error) => failure(error),
                other => Failure::input(other.to_string()).into(),
            })?;
        eprintln!("open this within 15 minutes, in one browser, while `netgain serve` runs there:");
        println!("{origin}/oauth/begin?state={}", begun.state);
        return Ok(());
    }
    let connecting = netgain_sync::connect(&control, home.path(), request);
    let connected = super::runtime()?.block_on(connecting).map_err(failure)?;
    tell(&connected);
    if args.json {
        println!("{}", as_json(&connected));
    }
    Ok(())
}

/// A refusal of the platform is no wrong usage: the same words may be right tomorrow.
pub fn failure(error: ConnectError) -> anyhow::Error {
    match error {
        ConnectError::Input(message) => Failure::input(message).into(),
        field @ ConnectError::Field { .. } => Failure::input(field.to_string()).into(),
        other => other.into(),
    }
}

/// Where the server is, by the address at which it takes the way back.
fn origin(callback: &str) -> Result<String, Failure> {
    const BACK: &str = "/oauth/callback";
    let cure = || Failure::input(format!("--callback must be the server's address with {BACK} behind it"));
    url::Url::parse(callback).map_err(|_| cure())?;
    callback.strip_suffix(BACK).map(str::to_owned).ok_or_else(cure)
}

fn tell(connected: &Connected) {
    let (connection, workspace) = (&connected.connection, &connected.workspace);
    if connected.workspace_created {
        eprintln!(
            "workspace {} is created: currency {}, time zone {}",
            workspace.id, workspace.currency, workspace.time_zone
        );
    }
    if connection.local {
        eprintln!("base_url leads to this machine or a private network: the connection is marked local");
    }
    eprintln!(
        "connection {} to {} works; read it with: netgain sync --workspace {} --connection {}",
        connection.id, connection.provider, workspace.id, connection.id
    );
}

fn as_json(connected: &Connected) -> serde_json::Value {
    let (connection, workspace) = (&connected.connection, &connected.workspace);
    json!({
        "workspace": workspace.id,
        "workspace_created": connected.workspace_created,
        "currency": workspace.currency,
        "time_zone": workspace.time_zone,
        "connection": connection.id,
        "provider": connection.provider,
        "name": connection.name,
        "local": connection.local,
        "mode": connection.mode.name(),
        "accounts": connected.accounts,
    })
}

fn pair<'a>(option: &str, given: &'a str) -> Result<(&'a str, &'a str), Failure> {
    // the value itself may be a secret, so it is never shown
    given.split_once('=').ok_or_else(|| Failure::input(format!("{option} needs the form NAME=VALUE")))
}

fn secrets(given: &[String]) -> anyhow::Result<BTreeMap<String, Secret>> {
    let mut secrets = BTreeMap::new();
    for given in given {
        let (name, value) = pair("--secret", given)?;
        let plain = match value.strip_prefix('@') {
            Some(variable) => std::env::var(variable).map_err(|_| {
                Failure::input(format!("--secret {name}: the environment variable `{variable}` is not set"))
            })?,
            // on a terminal it is asked for and not shown, in a pipe it is the next line
            None if value == "-" && std::io::stdin().is_terminal() => {
                rpassword::prompt_password(format!("{name}: "))?
            }
            None if value == "-" => {
                let mut line = String::new();
                std::io::stdin().lock().read_line(&mut line)?;
                line
            }
            None => value.to_owned(),
        };
        secrets.insert(name.to_owned(), Secret::new(plain.trim().to_owned()));
    }
    Ok(secrets)
}
