//! The background side: hands what is due to each connection's turn, looks after registrations and clears up.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use netgain_domain::{ConnectionId, WorkspaceId};

use super::{Webhooks, apply, figures, keys, register};
use crate::Error;
use crate::runner::locked;

/// How long events wait for others that come at the same time; one computation of profit serves them all.
const TOGETHER: Duration = Duration::from_millis(50);
/// How often the inbox is looked into when nothing comes.
const EVERY: Duration = Duration::from_secs(1);
/// How often registrations are looked after and counts are noted.
const HOUSEKEEPING: SignedDuration = SignedDuration::from_secs(20);
/// How long finished events are remembered, so that a late repetition is known.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 7);

type Key = (WorkspaceId, ConnectionId);

/// Runs until it is asked to stop.
pub(super) fn run(webhooks: &Arc<Webhooks>) {
    match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(work(webhooks)),
        Err(error) => tracing::error!(%error, "the inbox is not applied: the system gives no runtime"),
    }
}

async fn work(webhooks: &Arc<Webhooks>) {
    let mut stop = webhooks.stop.subscribe();
    let busy: Arc<Mutex<HashSet<Key>>> = Arc::default();
    let updating: figures::Updating = Arc::default();
    let mut housekeeping = Timestamp::now();
    loop {
        if *stop.borrow() {
            break;
        }
        if let Err(error) = dispatch(webhooks, &busy) {
            tracing::error!(%error, "the inbox cannot be read; it is tried again");
        }
        figures::update(webhooks, &updating, Timestamp::now());
        if Timestamp::now() >= housekeeping {
            housekeeping = Timestamp::now() + HOUSEKEEPING;
            if let Err(error) = keep_house(webhooks, &busy) {
                tracing::error!(%error, "the inbox cannot be looked after; it is tried again");
            }
        }
        tokio::select! {
            () = webhooks.wake.notified() => tokio::time::sleep(TOGETHER).await,
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
    }
    note_counts(webhooks);
}

/// Gives every connection with due events a turn of its own, so that one whose platform is away delays no other.
fn dispatch(webhooks: &Arc<Webhooks>, busy: &Arc<Mutex<HashSet<Key>>>) -> Result<(), Error> {
    for key in webhooks.runner.control.due_connections(Timestamp::now())? {
        if locked(busy).insert(key.clone()) {
            let (webhooks, busy) = (Arc::clone(webhooks), Arc::clone(busy));
            tokio::spawn(async move {
                match apply::apply(&webhooks, &key.0, &key.1).await {
                    Ok(true) => webhooks.wake.notify_one(),
                    Ok(false) => tokio::time::sleep(EVERY).await,
                    Err(error) => {
                        tracing::warn!(workspace = %key.0, connection = %key.1, %error, "events wait");
                        tokio::time::sleep(EVERY).await;
                    }
                }
                locked(&busy).remove(&key);
            });
        }
    }
    Ok(())
}

fn keep_house(webhooks: &Arc<Webhooks>, busy: &Arc<Mutex<HashSet<Key>>>) -> Result<(), Error> {
    note_counts(webhooks);
    let control = &webhooks.runner.control;
    control.forget_events(Timestamp::now() - REMEMBERED)?;
    for workspace in control.workspaces()? {
        for connection in control.connections(&workspace.id)? {
            let key = (workspace.id.clone(), connection.id.clone());
            // apart from the turns of events
            let turn = (key.0.clone(), key.1.clone());
            if locked(busy).contains(&turn) {
                continue;
            }
            let webhooks = Arc::clone(webhooks);
            if let Err(error) = keys::forget_left_over(control, &connection) {
                tracing::warn!(workspace = %key.0, connection = %key.1, %error, "a secret could not be forgotten");
            }
            tokio::spawn(async move {
                if let Err(error) = register::look_after(&webhooks, &connection).await {
                    tracing::warn!(workspace = %key.0, connection = %key.1, %error, "webhooks could not be registered");
                    register::note_failure(&webhooks, &connection, &error);
                }
            });
        }
    }
    Ok(())
}

fn note_counts(webhooks: &Webhooks) {
    for (key, (refused, duplicates)) in webhooks.counts.take() {
        if let Err(error) = webhooks.runner.control.endpoint_counts(&key, refused, duplicates) {
            tracing::warn!(%error, "counts of deliveries could not be noted");
        }
    }
}
