//! Runs a sandbox: `cargo run -p netgain-sandbox --example serve -- --port 9400 --brand golden`.
use clap::{Args, Command, FromArgMatches};
use netgain_sandbox::Options;
use std::io::Write;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let command = Options::augment_args(Command::new("serve").about("Serves the emulated platforms"));
    let options = Options::from_arg_matches(&command.get_matches())?;
    netgain_sandbox::run(options, |ready| {
        if let Ok(line) = serde_json::to_string(ready) {
            let mut out = std::io::stdout();
            // A reader that has gone away is no reason to stop serving.
            drop(writeln!(out, "{line}").and_then(|()| out.flush()));
        }
    })
    .await?;
    Ok(())
}
