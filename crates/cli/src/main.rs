//! The program `netgain`. Results go to stdout, words for people to stderr; with `--json` stdout holds one JSON
//! document and nothing else.

mod archive;
mod args;
mod audited;
mod commands;
mod failure;
mod home;
mod machine;
mod telemetry;

use std::process::ExitCode;

use clap::Parser;

use args::{Cli, Command};

fn main() -> ExitCode {
    let cli = Cli::parse();
    let serves = matches!(cli.command, Command::Serve(_) | Command::Demo(_));
    let _telemetry = match telemetry::start(&cli.log, serves) {
        Ok(telemetry) => telemetry,
        Err(error) => {
            eprintln!("netgain: {error:#}");
            return ExitCode::from(2);
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("netgain: {error:#}");
            failure::exit_code(&error)
        }
    }
}

fn run(cli: Cli) -> anyhow::Result<()> {
    let home = home::Home::new(cli.home)?;
    // the doctor finds by itself what is wrong with it
    if !matches!(cli.command, Command::Doctor(_) | Command::Sandbox(_)) {
        archive::choose()?;
    }
    let deed = audited::of(&cli.command);
    let done = obey(&home, cli.command);
    audited::keep(&home, deed, &done);
    done
}

fn obey(home: &home::Home, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Sandbox(args) => commands::sandbox::run(args),
        Command::Doctor(args) => commands::doctor::run(home, &args),
        Command::Demo(args) => commands::demo::run(home, &args),
        Command::Inbox(args) => commands::webhooks::inbox(home, &args),
        Command::Connection(args) => match args.what {
            args::ConnectionWhat::Webhooks(args) => commands::webhooks::connection(home, &args),
        },
        Command::Connect(args) => commands::connect::run(home, args),
        Command::Sync(args) => commands::sync::run(home, &args),
        Command::Schedule(args) => commands::schedule::run(home, args.what),
        Command::Reconcile(args) => commands::reconcile::run(home, &args),
        Command::Migrate(args) => commands::migrate::run(home, &args),
        Command::Replay(args) => commands::replay::run(home, &args),
        Command::Quarantine(args) => commands::quarantine::run(home, &args),
        Command::Provider(args) => commands::provider::run(&args),
        Command::Serve(args) => commands::serve::run(home, &args),
        Command::Import(args) => commands::import::run(home, &args),
        Command::Costs(args) => commands::costs::run(home, args),
        Command::Profit(args) => commands::read::profit(home, &args),
        Command::Kpi(args) => commands::read::kpi::run(home, &args),
        Command::Cohorts(args) => commands::read::growth::cohorts(home, &args),
        Command::Mrr(args) => commands::read::growth::mrr(home, &args),
        Command::Messages(args) => commands::read::growth::messages(home, &args),
        Command::Pipeline(args) => commands::read::growth::pipeline(home, &args),
        Command::Campaigns(args) => commands::read::growth::campaigns(home, &args),
        Command::Settings(args) => commands::read::definitions::settings(home, &args),
        Command::Explain(args) => commands::read::explain::explain(home, &args),
        Command::People(args) => commands::people::run(home, &args),
        Command::Keys(args) => commands::people::keys(home, &args),
        Command::Query(args) => commands::read::query(home, &args),
        Command::Privacy(args) => commands::privacy::run(home, &args),
        Command::Backup(args) => commands::backup::backup(home, &args),
        Command::Restore(args) => commands::backup::restore(home, &args),
        Command::Secrets(args) => commands::secrets::run(home, &args),
        Command::Audit(args) => commands::audit::run(home, &args),
    }
}
