//! What was deleted is in no file of an embedded store, whatever others do with it meanwhile.
#![allow(missing_docs, clippy::unwrap_used)]

mod both;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use both::{Place, connection, workspace};
use netgain_control::{Control, Error, Inbox, NewEvent};
use netgain_domain::WorkspaceId;
use netgain_domain::jiff::Timestamp;

/// What must be found nowhere.
const HER: &str = "jane.doenut@example.com";

fn event(of: &WorkspaceId, number: usize, body: &str) -> NewEvent {
    NewEvent {
        workspace: of.clone(),
        connection: "shop".parse().unwrap(),
        dedupe: number.to_string(),
        topic: "customers/update".to_owned(),
        account: None,
        stream: None,
        object: None,
        body: body.as_bytes().to_vec(),
        received_at: Timestamp::UNIX_EPOCH,
    }
}

/// A store with events that name her, in pages of the file and in the log.
fn filled(place: &Place) -> (Control, WorkspaceId) {
    let control = place.open();
    let of = workspace(&control, "left");
    connection(&control, &of, "shop");
    let inbox = Inbox::open(&control).unwrap();
    let events = (0..400).map(|number| event(&of, number, &format!("{HER} {}", "x".repeat(number * 20))));
    inbox.put(events.collect(), |kept| assert_eq!(kept.unwrap().new, 400));
    inbox.close();
    (control, of)
}

fn erase(control: &Control, of: &WorkspaceId) {
    control.want_scrub().unwrap();
    let changed =
        control.edit_events(of, &mut |body| body.starts_with(HER.as_bytes()).then(|| b"-".to_vec()));
    assert_eq!(changed.unwrap(), 400);
}

fn found(place: &Place) -> bool {
    place.written().windows(HER.len()).any(|window| window == HER.as_bytes())
}

#[test]
fn nothing_is_left_while_others_write_without_a_pause() {
    let place = Place::sqlite();
    let (control, of) = filled(&place);
    erase(&control, &of);
    assert!(found(&place) && control.wants_scrub(), "otherwise nothing is shown");
    // as two servers and a command would: each with connections of its own
    let (over, of) = (AtomicBool::new(false), &of);
    let (written, begun) = channel();
    std::thread::scope(|scope| {
        for writer in 0..3 {
            let (other, over, begun) = (place.open(), &over, written.clone());
            scope.spawn(move || {
                let inbox = Inbox::open(&other).unwrap();
                let mut number = 0;
                while !over.load(Ordering::Relaxed) {
                    number += 1;
                    let (reply, kept) = channel();
                    let news = event(of, 1_000_000 * (writer + 1) + number, "somebody else");
                    inbox.put(vec![news], move |kept| reply.send(kept).unwrap());
                    assert_eq!(kept.recv().unwrap().unwrap().new, 1, "a delivery was lost");
                    other.add_tombstones(of, &[format!("{writer}-{number}")], Timestamp::UNIX_EPOCH).unwrap();
                    begun.send(()).unwrap();
                }
            });
        }
        drop(written);
        for _ in 0..30 {
            begun.recv().unwrap();
        }
        let scrubbed = control.scrub();
        over.store(true, Ordering::Relaxed);
        scrubbed.unwrap();
        let kept = 30 + begun.iter().count() as u64;
        assert_eq!(control.tombstone_count(of).unwrap(), kept);
    });
    assert!(!found(&place) && !control.wants_scrub());
}

#[test]
fn who_reads_an_older_state_keeps_it_from_being_called_done() {
    let place = Place::sqlite();
    let (control, of) = filled(&place);
    let reader = rusqlite::Connection::open(place.home().join("control.sqlite")).unwrap();
    reader.execute_batch("BEGIN; SELECT count(*) FROM webhook_events").unwrap();
    erase(&control, &of);
    let refused = control.scrub_within(Duration::from_millis(200));
    assert!(matches!(refused, Err(Error::StillWritten)), "{refused:?}");
    assert!(found(&place) && control.wants_scrub());
    // meanwhile the store can be written to, and another process may do it as well
    control.add_tombstones(&of, &["one".to_owned()], Timestamp::UNIX_EPOCH).unwrap();
    reader.execute_batch("COMMIT").unwrap();
    let other = place.open();
    assert!(other.wants_scrub());
    other.scrub().unwrap();
    assert!(!found(&place) && !control.wants_scrub());
}

#[test]
fn a_database_server_has_a_vacuum_of_its_own() {
    let Some(place) = Place::postgres() else { return };
    let control = place.open();
    control.want_scrub().unwrap();
    assert!(!control.wants_scrub());
    control.scrub().unwrap();
}
