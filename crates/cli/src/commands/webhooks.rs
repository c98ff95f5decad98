//! Webhooks for people and scripts: the inbox's counts, and the address that a platform is to be told.

use std::pin::Pin;
use std::sync::Arc;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use netgain_control::{Connection, Control};
use netgain_domain::WorkspaceId;
use netgain_manifest::Register;
use netgain_server::{Delivery, DeliveryAnswer, WebhookReceiver};
use netgain_sync::Runner;
use netgain_sync::inbox::{Addresses, Answer, Arrived, Webhooks};
use serde_json::{Value, json};

use crate::args::{ConnectionWebhooksArgs, InboxArgs};
use crate::home::Home;

/// Dead events that are listed.
const LISTED: u32 = 20;
/// How far back losses are counted.
const WINDOW: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How long an event may take before what it should have announced counts as lost.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_mins(5);

/// The inbox as the server knows it.
struct Receiver(Arc<Webhooks>);

impl WebhookReceiver for Receiver {
    fn receive(&self, delivery: Delivery) -> Pin<Box<dyn Future<Output = DeliveryAnswer> + Send>> {
        let webhooks = Arc::clone(&self.0);
        Box::pin(async move {
            let Delivery { key, method, target, host, headers, body } = delivery;
            match webhooks.receive(Arrived { key, method, target, host, headers, body }).await {
                Answer::Taken => DeliveryAnswer::Taken,
                Answer::Text(text) => DeliveryAnswer::Text(text),
                Answer::Json(text) => DeliveryAnswer::Json(text),
                Answer::Unknown => DeliveryAnswer::Unknown,
                Answer::Unproved => DeliveryAnswer::Unproved,
                Answer::Unreadable => DeliveryAnswer::Unreadable,
                Answer::Later => DeliveryAnswer::Later,
            }
        })
    }
}

/// Begins to apply the inbox, and gives the side that the server needs.
pub fn start(
    runner: &Arc<Runner>,
    local: std::net::SocketAddr,
    public: Option<String>,
) -> anyhow::Result<(Arc<Webhooks>, Arc<dyn WebhookReceiver>)> {
    let addresses = Addresses { public, local: Some(format!("http://{local}")) };
    let webhooks = Webhooks::start(runner, addresses)?;
    let receiver = Arc::new(Receiver(Arc::clone(&webhooks)));
    Ok((webhooks, receiver))
}

/// Shows how many events stand where.
pub fn inbox(home: &Home, args: &InboxArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    control.workspace(&args.workspace)?;
    if let Some(connection) = &args.retry {
        let revived = control.revive_events(&args.workspace, connection)?;
        eprintln!("{revived} events of {connection} are tried again");
    }
    let mut all = Vec::new();
    for connection in control.connections(&args.workspace)? {
        if let Some(described) = describe(&control, &args.workspace, &connection)? {
            all.push(described);
        }
    }
    if args.json {
        println!("{}", json!({ "workspace": args.workspace, "connections": all }));
        return Ok(());
    }
    if all.is_empty() {
        println!("no connection of {} receives webhooks", args.workspace);
    }
    for one in &all {
        let word = |name: &str| one[name].to_string();
        println!(
            "{}: {} waiting, {} done, {} ignored, {} dead; {} refused, {} repeated, {} lost",
            one["connection"].as_str().unwrap_or_default(),
            word("waiting"),
            word("done"),
            word("ignored"),
            word("dead"),
            word("refused"),
            word("duplicates"),
            word("lost"),
        );
        if let Some(reason) = one["waits_for"].as_str() {
            println!("  waiting until {}: {reason}", one["next_try_at"].as_str().unwrap_or("-"));
        }
        for dead in one["dead_events"].as_array().into_iter().flatten() {
            let text = |name: &str| dead[name].as_str().unwrap_or("-");
            println!(
                "  dead: {} {} {}: {}",
                text("received_at"),
                text("topic"),
                text("object"),
                text("reason")
            );
        }
        if let Some(note) = one["note"].as_str() {
            println!("  {note}");
        }
    }
    Ok(())
}

fn describe(
    control: &Control,
    workspace: &WorkspaceId,
    connection: &Connection,
) -> anyhow::Result<Option<Value>> {
    let Some(endpoint) = control.known_endpoint(workspace, &connection.id)? else { return Ok(None) };
    let counts = control.inbox_counts(workspace, &connection.id)?;
    let now = Timestamp::now();
    let losses = control.losses(workspace, &connection.id, now - WINDOW, now - ON_ITS_WAY)?;
    let dead = control.dead_events(workspace, &connection.id, LISTED)?;
    let dead: Vec<Value> = dead
        .iter()
        .map(|one| {
            json!({ "topic": one.topic, "stream": one.stream, "object": one.object, "reason": one.reason,
                "received_at": one.received_at, "attempts": one.attempts })
        })
        .collect();
    let streams: Vec<Value> = losses
        .iter()
        .map(|one| json!({ "stream": one.stream, "announced": one.announced, "lost": one.lost }))
        .collect();
    Ok(Some(json!({
        "connection": connection.id, "provider": connection.provider,
        "waiting": counts.waiting, "retried": counts.retried, "done": counts.done, "ignored": counts.ignored,
        "dead": counts.dead, "refused": endpoint.refused, "duplicates": endpoint.duplicates,
        "waits_for": counts.waits_for, "next_try_at": counts.next_try,
        "oldest_waiting_at": counts.oldest_waiting, "newest_at": counts.newest,
        "active_since": endpoint.active_since, "checked_at": endpoint.checked_at,
        "note": endpoint.note, "noted_at": endpoint.noted_at,
        "lost": losses.iter().map(|one| one.lost).sum::<u64>(), "streams": streams, "dead_events": dead,
    })))
}

/// Shows the address of a connection, and what a person has to do with it.
pub fn connection(home: &Home, args: &ConnectionWebhooksArgs) -> anyhow::Result<()> {
    let control = home.control()?;
    let connection = control.connection(&args.workspace, &args.connection)?;
    let manifest = netgain_providers::manifest(&connection.provider)?;
    let section = manifest.as_ref().and_then(|manifest| manifest.webhooks.as_ref());
    let section = section
        .with_context(|| format!("`{}` sends no webhooks that are understood here", connection.provider))?;
    let endpoint = control.endpoint(&args.workspace, &args.connection)?;
    let addresses = Addresses { public: args.public_url.clone(), local: None };
    let path = format!("/webhooks/{}", endpoint.key);
    let address = addresses.of(&endpoint.key, connection.local);
    let by_hand = matches!(section.register, Register::Manual);
    let topics: Vec<&String> = section.events.keys().collect();
    let subscriptions = control.subscriptions(&args.workspace, &args.connection)?;
    if args.json {
        let subscriptions: Vec<Value> = subscriptions
            .iter()
            .map(|one| json!({ "topic": one.topic, "id": one.id, "created_at": one.created_at }))
            .collect();
        println!(
            "{}",
            json!({ "connection": connection.id, "path": path, "address": address, "events": topics,
                "register": if by_hand { "manual" } else { "api" }, "subscriptions": subscriptions,
                "note": endpoint.note })
        );
        return Ok(());
    }
    println!("{}", address.as_deref().unwrap_or(&path));
    if address.is_none() {
        eprintln!(
            "put the address that the world reaches this server at before it, or name it with --public-url"
        );
    }
    if by_hand {
        eprintln!(
            "enter it at {} for these events:",
            manifest.as_ref().map_or("", |manifest| manifest.name.as_str())
        );
        topics.iter().for_each(|topic| eprintln!("  {topic}"));
    } else {
        eprintln!(
            "the running server registers it by itself; {} subscriptions are known",
            subscriptions.len()
        );
    }
    if let Some(note) = &endpoint.note {
        eprintln!("{note}");
    }
    Ok(())
}
