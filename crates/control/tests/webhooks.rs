//! The inbox: once, in order, on disk before it is acknowledged; addresses, subscriptions and the loss meter.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod both;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::mpsc::channel;

use netgain_control::{
    Control, CredentialMode, Error, Inbox, Kept, NewConnection, NewEvent, NewWorkspace, Outcome, Subscription,
};
use netgain_domain::jiff::{SignedDuration, Timestamp};
use netgain_domain::{ConnectionId, WorkspaceId};

use both::{Place, on_both};

on_both!(
    an_event_is_kept_once_and_in_the_order_of_arrival,
    many_at_once_are_each_acknowledged,
    one_that_cannot_be_kept_stops_no_other,
    outcomes_move_events_on,
    addresses_are_long_stable_and_nobody_elses,
    subscriptions_are_kept_by_topic,
    what_polling_found_and_no_event_announced_is_the_loss,
);

struct Rig {
    control: Control,
    inbox: Arc<Inbox>,
    workspace: WorkspaceId,
    shop: ConnectionId,
}

fn rig(place: &Place) -> Rig {
    let control = place.open();
    let workspace: WorkspaceId = "mine".parse().unwrap();
    let new = NewWorkspace {
        id: workspace.clone(),
        name: "Mine".to_owned(),
        currency: "GBP".parse().unwrap(),
        time_zone: "UTC".to_owned(),
        settings: "{}".to_owned(),
    };
    control.create_workspace(&new).unwrap();
    let shop: ConnectionId = "shop".parse().unwrap();
    for id in [shop.clone(), "other".parse().unwrap()] {
        let new = NewConnection {
            id,
            provider: "p".to_owned(),
            name: "P".to_owned(),
            base_url: None,
            local: false,
            mode: CredentialMode::Own,
            fields: BTreeMap::new(),
        };
        control.create_connection(&workspace, &new).unwrap();
    }
    let inbox = Inbox::open(&control).unwrap();
    Rig { control, inbox, workspace, shop }
}

impl Rig {
    fn event(&self, dedupe: &str, object: &str) -> NewEvent {
        NewEvent {
            workspace: self.workspace.clone(),
            connection: self.shop.clone(),
            dedupe: dedupe.to_owned(),
            topic: "order.changed".to_owned(),
            account: None,
            stream: Some("orders".to_owned()),
            object: Some(object.to_owned()),
            body: format!("{{\"id\": {object}}}").into_bytes(),
            received_at: Timestamp::now(),
        }
    }

    fn put(&self, events: Vec<NewEvent>) -> Result<Kept, Error> {
        let (tell, told) = channel();
        self.inbox.put(events, move |kept| tell.send(kept).unwrap());
        told.recv().unwrap()
    }

    fn due(&self) -> Vec<netgain_control::StoredEvent> {
        self.control.due_events(&self.workspace, &self.shop, Timestamp::now(), 1_000).unwrap()
    }
}

fn an_event_is_kept_once_and_in_the_order_of_arrival(place: &Place) {
    let rig = rig(place);
    assert_eq!(rig.put(vec![rig.event("a", "1"), rig.event("b", "2")]).unwrap(), Kept { new: 2, known: 0 });
    assert_eq!(rig.put(vec![rig.event("b", "2"), rig.event("c", "3")]).unwrap(), Kept { new: 1, known: 1 });
    let due = rig.due();
    assert_eq!(
        due.iter().map(|event| event.body.as_slice()).collect::<Vec<_>>(),
        [b"{\"id\": 1}", b"{\"id\": 2}", b"{\"id\": 3}"]
    );
    // what a second process reads was there when it was acknowledged
    let second = place.open();
    assert_eq!(second.due_events(&rig.workspace, &rig.shop, Timestamp::now(), 2).unwrap().len(), 2);
    let due = second.due_connections(Timestamp::now()).unwrap();
    assert_eq!(due, [(rig.workspace.clone(), rig.shop.clone())]);
}

fn many_at_once_are_each_acknowledged(place: &Place) {
    let rig = rig(place);
    let (tell, told) = channel();
    for number in 0..5_000 {
        let tell = tell.clone();
        let event = rig.event(&number.to_string(), &number.to_string());
        rig.inbox.put(vec![event], move |kept| tell.send(kept.unwrap()).unwrap());
    }
    drop(tell);
    assert_eq!(told.iter().map(|kept| kept.new).sum::<u64>(), 5_000);
    assert_eq!(rig.control.inbox_counts(&rig.workspace, &rig.shop).unwrap().waiting, 5_000);
    rig.inbox.close();
    assert!(matches!(rig.put(vec![rig.event("late", "1")]), Err(Error::InboxClosed)));
}

fn one_that_cannot_be_kept_stops_no_other(place: &Place) {
    let rig = rig(place);
    let (tell, told) = channel();
    let stranger = NewEvent { connection: "nobody".parse().unwrap(), ..rig.event("s", "1") };
    for event in [rig.event("a", "1"), stranger, rig.event("b", "2")] {
        let tell = tell.clone();
        rig.inbox.put(vec![event], move |kept| tell.send(kept.is_ok()).unwrap());
    }
    drop(tell);
    assert_eq!(told.iter().collect::<Vec<_>>(), [true, false, true]);
}

fn outcomes_move_events_on(place: &Place) {
    let rig = rig(place);
    rig.put((0..4).map(|at| rig.event(&at.to_string(), &at.to_string())).collect()).unwrap();
    let ids: Vec<i64> = rig.due().iter().map(|event| event.id).collect();
    let lease = rig.control.claim_inbox(&rig.workspace, &rig.shop).unwrap().unwrap();
    assert!(place.open().claim_inbox(&rig.workspace, &rig.shop).unwrap().is_none(), "one applies at a time");
    rig.control
        .settle_events(
            &lease,
            &rig.workspace,
            &[
                (ids[0], Outcome::Done),
                (ids[1], Outcome::Ignored("not asked for".to_owned())),
                (ids[2], Outcome::Again(SignedDuration::from_hours(1), "the platform was away".to_owned())),
                (ids[3], Outcome::Dead("no such field".to_owned())),
            ],
        )
        .unwrap();
    assert_eq!(rig.due(), []);
    let counts = rig.control.inbox_counts(&rig.workspace, &rig.shop).unwrap();
    assert_eq!((counts.waiting, counts.retried, counts.done, counts.ignored, counts.dead), (1, 1, 1, 1, 1));
    let dead = rig.control.dead_events(&rig.workspace, &rig.shop, 10).unwrap();
    assert_eq!(
        (dead.len(), dead[0].reason.as_str(), dead[0].object.as_deref()),
        (1, "no such field", Some("3"))
    );
    assert_eq!(rig.control.revive_events(&rig.workspace, &rig.shop).unwrap(), 1);
    assert_eq!(rig.due()[0].body, b"{\"id\": 3}");
    // a repetition of what is finished is still known
    assert_eq!(rig.put(vec![rig.event("0", "0")]).unwrap(), Kept { new: 0, known: 1 });
    rig.control.forget_events(Timestamp::now()).unwrap();
    assert_eq!(rig.put(vec![rig.event("0", "0")]).unwrap(), Kept { new: 1, known: 0 });
}

fn addresses_are_long_stable_and_nobody_elses(place: &Place) {
    let rig = rig(place);
    let shop = rig.control.endpoint(&rig.workspace, &rig.shop).unwrap();
    let other = rig.control.endpoint(&rig.workspace, &"other".parse().unwrap()).unwrap();
    assert_eq!(rig.control.endpoint(&rig.workspace, &rig.shop).unwrap(), shop);
    assert!(shop.key.len() >= 48 && shop.key != other.key, "{shop:?}");
    assert_eq!(rig.control.endpoint_by_key(&other.key).unwrap(), Some(other));
    assert_eq!(rig.control.endpoint_by_key("guess").unwrap(), None);
    rig.control.endpoint_counts(&shop.key, 2, 3).unwrap();
    rig.control.endpoint_checked(&shop.key, Some("registered again")).unwrap();
    rig.control.endpoint_checked(&shop.key, None).unwrap();
    let shop = rig.control.endpoint_by_key(&shop.key).unwrap().unwrap();
    assert_eq!((shop.refused, shop.duplicates, shop.note.as_deref()), (2, 3, Some("registered again")));
    assert!(matches!(
        rig.control.endpoint(&rig.workspace, &"nobody".parse().unwrap()),
        Err(Error::ConnectionNotFound { .. })
    ));
}

fn subscriptions_are_kept_by_topic(place: &Place) {
    let rig = rig(place);
    let one = |id: &str| Subscription {
        topic: "order.changed".to_owned(),
        id: id.to_owned(),
        address: "https://a.example/webhooks/k".to_owned(),
        created_at: Timestamp::UNIX_EPOCH,
    };
    rig.control.put_subscription(&rig.workspace, &rig.shop, &one("1")).unwrap();
    rig.control.put_subscription(&rig.workspace, &rig.shop, &one("2")).unwrap();
    assert_eq!(rig.control.subscriptions(&rig.workspace, &rig.shop).unwrap(), [one("2")]);
    rig.control.remove_subscription(&rig.workspace, &rig.shop, "order.changed").unwrap();
    assert_eq!(rig.control.subscriptions(&rig.workspace, &rig.shop).unwrap(), []);
}

fn what_polling_found_and_no_event_announced_is_the_loss(place: &Place) {
    let rig = rig(place);
    let hour = SignedDuration::from_hours(1);
    let (past, future) = (Timestamp::now() - hour, Timestamp::now() + hour);
    let note = |objects: &[&str], since| {
        rig.control.note_polled(&rig.workspace, &rig.shop, "orders", objects, since).unwrap();
    };
    let losses = |until| {
        let losses = rig.control.losses(&rig.workspace, &rig.shop, past, until).unwrap();
        losses.into_iter().map(|one| (one.stream, one.announced, one.lost)).collect::<Vec<_>>()
    };
    // before the platform is known to send nothing counts
    note(&["1", "2"], future);
    assert_eq!(losses(future), []);
    let key = rig.control.endpoint(&rig.workspace, &rig.shop).unwrap().key;
    rig.control.endpoint_active(&key).unwrap();
    note(&["1"], past);
    assert_eq!(losses(future), []);
    note(&["1", "2", "3"], future);
    assert_eq!(losses(future), [("orders".to_owned(), 0, 3)]);
    // too new to count
    assert_eq!(losses(past), []);
    // announced late is announced
    rig.put(vec![rig.event("a", "2"), rig.event("b", "2"), rig.event("c", "9")]).unwrap();
    assert_eq!(losses(future), [("orders".to_owned(), 2, 2)]);
}
