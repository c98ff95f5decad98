//! Webhook subscriptions: create, list, delete. Deliveries are signed with the app's client secret.
use super::Face;
use super::compile::Pick;
use super::field::Field;
use super::out::Out;
use super::render::{View, Window, cursor_of, page_info};
use crate::webhooks::Registration;

/// The name of this face among the receivers.
const FACE: &str = "shopify";

/// The topic of deliveries for one of the schema: `ORDERS_CREATE` is sent as `orders/create`.
fn sent_as(topic: &str) -> String {
    let lower = topic.to_lowercase();
    match lower.rsplit_once('_') {
        Some((kind, what)) => format!("{kind}/{what}"),
        None => lower,
    }
}

/// The schema's name of a topic of deliveries.
fn named(topic: &str) -> String {
    topic.replace('/', "_").to_uppercase()
}

/// Answers `webhookSubscriptionCreate`.
pub fn create(face: &Face, view: &View<'_>, out: &mut Out, pick: &Pick) {
    let topic = sent_as(pick.text("topic").unwrap_or(""));
    let input = |name| pick.inside("webhookSubscription", name);
    let address = input("uri").or_else(|| input("callbackUrl")).unwrap_or("");
    let secret = &face.app.secrets.shopify_client_secret;
    let known = face.app.webhooks.list(FACE);
    let refusal = if address.is_empty() {
        Some("Address can't be blank")
    } else if known.iter().any(|one| one.address == address && one.topics == [topic.clone()]) {
        Some("Address for this topic has already been taken")
    } else {
        None
    };
    let made = refusal.is_none().then(|| face.app.webhooks.register(FACE, address, secret, &[&topic]));
    let made = made.and_then(|id| face.app.webhooks.list(FACE).into_iter().find(|one| one.id == id));
    payload(view, out, pick, made.as_ref(), None, refusal);
}

/// Answers `webhookSubscriptionDelete`.
pub fn delete(face: &Face, view: &View<'_>, out: &mut Out, pick: &Pick) {
    let number = pick.text("id").and_then(|id| id.rsplit('/').next()).and_then(|number| number.parse().ok());
    let removed = number.filter(|number| face.app.webhooks.remove(FACE, *number));
    let refusal = removed.is_none().then_some("Webhook subscription does not exist");
    payload(view, out, pick, None, removed, refusal);
}

fn payload(
    view: &View<'_>,
    out: &mut Out,
    pick: &Pick,
    made: Option<&Registration>,
    removed: Option<u64>,
    refusal: Option<&str>,
) {
    view.object(out, &pick.picks, u64::MAX, pick.base, |out, part| match part.field {
        Field::WebhookSubscription => match made {
            Some(one) => subscription(view, out, &part.picks, one),
            None => out.null(),
        },
        Field::DeletedWebhookSubscriptionId => match removed {
            Some(number) => out.gid("WebhookSubscription", number),
            None => out.null(),
        },
        Field::UserErrors => view.list(out, refusal.iter(), |out, words| {
            view.object(out, &part.picks, u64::MAX, part.base, |out, inner| match inner.field {
                Field::Message => out.text(words),
                Field::Field => view.texts(out, &["webhookSubscription", "callbackUrl"]),
                _ => out.null(),
            });
        }),
        _ => out.null(),
    });
}

/// Answers `webhookSubscriptions`; what was dropped is not there any more.
pub fn list(face: &Face, view: &View<'_>, out: &mut Out, pick: &Pick) {
    let mut known = face.app.webhooks.list(FACE);
    if let Some(address) = pick.text("uri") {
        known.retain(|one| one.address == address);
    }
    let window = Window::of(pick, known.len());
    out.open();
    for part in &pick.picks {
        out.key(&part.key);
        match part.field {
            Field::Nodes => view.list(out, window.from..window.to, |out, index| {
                subscription(view, out, &part.picks, &known[index]);
            }),
            Field::Edges => view.list(out, window.from..window.to, |out, index| {
                view.object(out, &part.picks, u64::MAX, "WebhookSubscriptionEdge", |out, inner| match inner
                    .field
                {
                    Field::Cursor => out.text(&cursor_of(index)),
                    _ => subscription(view, out, &inner.picks, &known[index]),
                });
            }),
            _ => {
                let ends =
                    (window.to > window.from).then(|| (cursor_of(window.from), cursor_of(window.to - 1)));
                let ends = ends.as_ref().map(|(start, end)| (start.as_str(), end.as_str()));
                page_info(out, &part.picks, window.from > 0, window.to < known.len(), ends);
            }
        }
        out.comma();
    }
    out.close();
}

fn subscription(view: &View<'_>, out: &mut Out, picks: &[Pick], one: &Registration) {
    view.object(out, picks, u64::MAX, "WebhookSubscription", |out, pick| match pick.field {
        Field::Id => out.gid("WebhookSubscription", one.id),
        Field::LegacyResourceId => out.quoted_int(one.id),
        Field::Topic => out.text(&named(one.topics.first().map_or("", String::as_str))),
        Field::Uri => out.text(&one.address),
        _ => out.null(),
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_have_two_names() {
        for (topic, sent) in [("ORDERS_CREATE", "orders/create"), ("APP_UNINSTALLED", "app/uninstalled")] {
            assert_eq!((sent_as(topic), named(sent)), (sent.to_owned(), topic.to_owned()));
        }
    }
}
