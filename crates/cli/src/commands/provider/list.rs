//! `netgain provider list`: every platform with what is read of it and how far it is proved.

use anyhow::Context as _;
use netgain_manifest::Manifest;
use netgain_providers::overview;
use netgain_sandbox::faces::FACES;
use serde_json::{Value, json};

/// Folders under `judges/`, as they were when the program was built.
const JUDGES: &[&str] = include!(concat!(env!("OUT_DIR"), "/judges.rs"));

/// Prints the platforms, as JSON or as a table.
pub fn run(as_json: bool) -> anyhow::Result<()> {
    let mut all = Vec::new();
    for id in netgain_providers::ids() {
        let manifest = netgain_providers::manifest(id)?.with_context(|| format!("{id} is not built in"))?;
        all.push(entry(&manifest));
    }
    let hooks: usize = all.iter().filter_map(|one| one["hooks"].as_array()).map(Vec::len).sum();
    if as_json {
        println!("{}", serde_json::to_string_pretty(&json!({ "providers": all, "hooks": hooks }))?);
        return Ok(());
    }
    println!(
        "{:<14} {:<10} {:>7} {:>6} {:<9} {:<7} auth",
        "id", "purpose", "streams", "events", "sandbox", "judge"
    );
    for one in &all {
        let count = |name: &str| one[name].as_array().map_or(0, Vec::len);
        let text = |name: &str| one[name].as_str().unwrap_or_default().to_owned();
        let auth: Vec<&str> =
            one["auth"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        println!(
            "{:<14} {:<10} {:>7} {:>6} {:<9} {:<7} {}",
            text("id"),
            text("category"),
            count("streams"),
            count("webhook_events"),
            text("sandbox"),
            text("judge"),
            auth.join(", ")
        );
    }
    println!("{} platforms, {hooks} hooks", all.len());
    Ok(())
}

fn entry(manifest: &Manifest) -> Value {
    let streams: Vec<Value> = manifest
        .streams
        .iter()
        .map(|stream| {
            json!({
                "name": stream.name,
                "entity": stream.entity,
                "fetch": overview::fetch(stream),
                "pagination": overview::pagination(stream),
                "cursor": overview::cursor(stream),
                "deletes": overview::deletes(stream),
                "checked": overview::is_checked(stream),
            })
        })
        .collect();
    let state = |is: bool, yes: &'static str| if is { yes } else { "none" };
    json!({
        "id": manifest.id,
        "name": manifest.name,
        "category": overview::category(manifest),
        "version": manifest.versions.api,
        "auth": overview::auth_kinds(manifest),
        "modes": overview::modes(manifest),
        "streams": streams,
        "webhook_events": overview::events(manifest),
        "hooks": overview::hooks(manifest),
        "left_out": manifest.support,
        "sandbox": state(has_face(&manifest.id), "served"),
        "judge": state(has_judge(&manifest.id), "ready"),
    })
}

/// Whether the sandbox shows its world as this platform.
fn has_face(id: &str) -> bool {
    // the first two are older than the list of faces
    ["shopify", "meta_ads"].contains(&id) || FACES.iter().any(|face| face.id == id)
}

/// Whether a judge stands under `judges/`, by the platform's id or by its first word.
fn has_judge(id: &str) -> bool {
    JUDGES.iter().any(|name| *name == id || id.split('_').next() == Some(*name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_has_a_face_a_judge_and_streams() {
        let mut hooks = 0;
        for id in netgain_providers::ids() {
            let entry = entry(&netgain_providers::manifest(id).unwrap().unwrap());
            // a public service of figures for which nobody publishes a client
            let judge = if id == "ecb" { "none" } else { "ready" };
            assert_eq!((&entry["sandbox"], &entry["judge"]), (&json!("served"), &json!(judge)), "{id}");
            assert!(!entry["streams"].as_array().unwrap().is_empty(), "{id}");
            assert!(!entry["auth"].as_array().unwrap().is_empty(), "{id}");
            hooks += entry["hooks"].as_array().unwrap().len();
        }
        assert!(hooks <= 8, "{hooks} hooks: a hook is for what the vocabulary cannot say");
    }
}
