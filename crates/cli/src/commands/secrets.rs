//! `netgain secrets rotate`: new keys for what is sealed.

use std::ops::ControlFlow;

use netgain_control::Rotation;
use serde_json::json;

use crate::args::{RotateArgs, SecretsArgs, SecretsWhat};
use crate::home::Home;

pub fn run(home: &Home, args: &SecretsArgs) -> anyhow::Result<()> {
    match &args.what {
        SecretsWhat::Rotate(args) => rotate(home, args),
    }
}

fn rotate(home: &Home, args: &RotateArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    let rotation = Rotation { master: !args.data_keys, data_keys: !args.master };
    let done = control.rotate_secrets(rotation, &mut |_| ControlFlow::Continue(()))?;
    if args.json {
        println!(
            "{}",
            json!({
                "master": done.master, "data_keys_sealed": done.data_keys_sealed,
                "data_keys_made": done.data_keys_made, "values_sealed": done.values_sealed,
                "values_unreadable": done.values_unreadable, "retired": done.retired,
            })
        );
        return Ok(());
    }
    println!(
        "master key {} seals {} data keys anew; {} data keys are new, {} values were sealed anew",
        done.master, done.data_keys_sealed, done.data_keys_made, done.values_sealed
    );
    if done.values_unreadable > 0 {
        println!(
            "{} values open with no key and stay as they are: connect their connections again",
            done.values_unreadable
        );
    }
    for file in &done.retired {
        println!("{file} seals nothing any more: keep it for backups that were made before, or delete it");
    }
    Ok(())
}
