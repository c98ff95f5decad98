//! `netgain sandbox`: the emulated platforms.

use std::io::Write;

use crate::args::SandboxArgs;

/// Serves until it is stopped.
pub fn run(args: SandboxArgs) -> anyhow::Result<()> {
    let json = args.json;
    super::runtime()?.block_on(netgain_sandbox::run(args.options, |ready| {
        if json {
            // the reader waits for this line, so it must not stay in a buffer
            let mut out = std::io::stdout().lock();
            let line = serde_json::to_string(ready).unwrap_or_default();
            drop(writeln!(out, "{line}").and_then(|()| out.flush()));
        } else {
            eprintln!("the sandbox answers at {}", ready.address);
            for (platform, access) in &ready.platforms {
                eprintln!("  {platform}: {}", access.base_url);
            }
        }
    }))?;
    Ok(())
}
