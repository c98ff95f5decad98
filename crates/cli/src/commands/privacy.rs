//! `netgain privacy`: what is stored of one of a shop's customers.

use netgain_sync::{PersonRequest, erase_person, export_person};
use serde_json::json;

use super::sync::not_found;
use crate::args::privacy::{PersonArgs, PrivacyArgs, PrivacyWhat, TombstonesArgs};
use crate::failure::Failure;
use crate::home::Home;

pub fn run(home: &Home, args: &PrivacyArgs) -> anyhow::Result<()> {
    match &args.what {
        PrivacyWhat::Export(args) => export(home, args),
        PrivacyWhat::Erase(args) => erase(home, args),
        PrivacyWhat::Tombstones(args) => tombstones(home, args),
    }
}

fn asked(args: &PersonArgs) -> anyhow::Result<PersonRequest> {
    let (email, phone, customer) = (args.email.clone(), args.phone.clone(), args.customer.clone());
    let request = PersonRequest { email, phone, customer };
    if request.is_empty() {
        let message = "nobody is named: give --email, --phone or --customer";
        return Err(Failure::input(message).into());
    }
    Ok(request)
}

fn export(home: &Home, args: &PersonArgs) -> anyhow::Result<()> {
    let request = asked(args)?;
    home.control()?.workspace(&args.workspace).map_err(not_found)?;
    let told = export_person(home.path(), &args.workspace, &request)?;
    if args.json {
        println!("{told}");
    } else {
        println!("{}", serde_json::to_string_pretty(&told)?);
    }
    Ok(())
}

fn erase(home: &Home, args: &PersonArgs) -> anyhow::Result<()> {
    let request = asked(args)?;
    let control = home.control()?;
    control.workspace(&args.workspace).map_err(not_found)?;
    let done = erase_person(&control, home.path(), &args.workspace, &request)?;
    if args.json {
        println!("{}", serde_json::to_string(&done)?);
        return Ok(());
    }
    println!(
        "erased: {} rows of the person, {} other rows, {} raw lines, {} events; figures stay as they were",
        done.rows, done.mentions, done.lines, done.events
    );
    if done.keys_left > 0 {
        println!(
            "{} rows keep the person's address as their key: a source uses addresses as ids, remove it there too",
            done.keys_left
        );
    }
    Ok(())
}

fn tombstones(home: &Home, args: &TombstonesArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    control.workspace(&args.workspace).map_err(not_found)?;
    for hash in control.tombstone_hashes(&args.workspace)? {
        println!("{}", json!({ "workspace": args.workspace, "hash": hash }));
    }
    Ok(())
}
