//! Bulk operations: create, watch, cancel, download.
mod download;
mod job;
mod lines;
mod rules;

pub use download::download;
pub use job::{Job, Jobs, Status};

use super::compile::Pick;
use super::error::GraphqlError;
use super::field::Field;
use super::out::Out;
use super::render::{View, Window, cursor_of, page_info};
use super::{Face, render};
use crate::clicks::Clicks;
use crate::world::World;
use crate::world::shop::Shop;
use std::sync::Arc;

/// How many operations may run at once for one app and shop.
const CONCURRENT: usize = 5;

/// Answers `bulkOperationRunQuery`.
pub fn create(face: &Face, out: &mut Out, pick: &Pick) {
    let query = pick.text("query").unwrap_or("");
    let shop = face.app.world.shop();
    let clicks = Clicks::of(&face.app);
    let view = View {
        shop: &shop,
        clicks: &clicks,
        brand: &face.app.world.brand,
        now: face.app.world.now().as_second(),
        bulk: false,
    };
    let refused =
        |out: &mut Out, code: &str, message: &str| payload(face, &view, out, pick, None, &[(code, message)]);
    let plan = match rules::check(query) {
        Ok(plan) => plan,
        Err(message) => return refused(out, "INVALID", &message),
    };
    if face.bulk.open() >= CONCURRENT {
        let message =
            format!("No more than {CONCURRENT} bulk query operations can run at once for this app and shop.");
        return refused(out, "LIMIT_REACHED", &message);
    }
    let job = face.bulk.add(query, view.now);
    let grouped = pick.yes("groupObjects");
    payload(face, &view, out, pick, Some(&job), &[]);
    job::start(Arc::clone(&face.app), job, plan, grouped);
}

/// Answers `bulkOperation`, `bulkOperations`, `currentBulkOperation` and `bulkOperationCancel`.
pub fn read_or_cancel(face: &Face, view: &View<'_>, out: &mut Out, pick: &Pick) -> Result<(), GraphqlError> {
    let number =
        || pick.text("id").and_then(|id| id.rsplit('/').next()).and_then(|number| number.parse().ok());
    match pick.field {
        Field::BulkOperations => {
            let mut jobs = face.bulk.all();
            if let Some(status) = pick.text("query").and_then(|query| query.strip_prefix("status:")) {
                jobs.retain(|job| job.status(view.now).name().eq_ignore_ascii_case(status));
            }
            if pick.yes("reverse") {
                jobs.reverse();
            }
            operations(face, view, out, pick, &jobs);
        }
        Field::CurrentBulkOperation => match face.bulk.all().last() {
            Some(job) => operation(face, view, out, &pick.picks, job),
            None => out.null(),
        },
        Field::BulkOperationCancel => match number().and_then(|id| face.bulk.find(id)) {
            Some(job) if job.cancel() => payload(face, view, out, pick, Some(&job), &[]),
            Some(job) => {
                let message = "A bulk operation cannot be canceled when it is completed";
                payload(face, view, out, pick, Some(&job), &[("INVALID", message)]);
            }
            None => payload(face, view, out, pick, None, &[("INVALID", "Bulk operation does not exist")]),
        },
        _ => match number().and_then(|id| face.bulk.find(id)) {
            Some(job) => operation(face, view, out, &pick.picks, &job),
            None => out.null(),
        },
    }
    Ok(())
}

fn operations(face: &Face, view: &View<'_>, out: &mut Out, pick: &Pick, jobs: &[Arc<Job>]) {
    let window = Window::of(pick, jobs.len());
    out.open();
    for part in &pick.picks {
        out.key(&part.key);
        match part.field {
            Field::Nodes => view.list(out, window.from..window.to, |out, index| {
                operation(face, view, out, &part.picks, &jobs[index])
            }),
            Field::Edges => view.list(out, window.from..window.to, |out, index| {
                view.object(out, &part.picks, u64::MAX, "BulkOperationEdge", |out, inner| {
                    match inner.field {
                        Field::Cursor => out.text(&cursor_of(index)),
                        _ => operation(face, view, out, &inner.picks, &jobs[index]),
                    }
                });
            }),
            _ => {
                let ends =
                    (window.to > window.from).then(|| (cursor_of(window.from), cursor_of(window.to - 1)));
                let ends = ends.as_ref().map(|(start, end)| (start.as_str(), end.as_str()));
                page_info(out, &part.picks, window.from > 0, window.to < jobs.len(), ends);
            }
        }
        out.comma();
    }
    out.close();
}

fn payload(
    face: &Face,
    view: &View<'_>,
    out: &mut Out,
    pick: &Pick,
    job: Option<&Arc<Job>>,
    errors: &[(&str, &str)],
) {
    view.object(out, &pick.picks, u64::MAX, pick.base, |out, part| match (part.field, job) {
        (Field::BulkOperation, Some(job)) => operation(face, view, out, &part.picks, job),
        (Field::UserErrors, _) => view.list(out, errors.iter(), |out, (code, message)| {
            view.object(out, &part.picks, u64::MAX, part.base, |out, inner| match inner.field {
                Field::Code => out.text(code),
                Field::Message => out.text(message),
                Field::Field if pick.field == Field::BulkOperationRunQuery => view.texts(out, &["query"]),
                Field::Field => view.texts(out, &["id"]),
                _ => out.null(),
            });
        }),
        _ => out.null(),
    });
}

fn operation(face: &Face, view: &View<'_>, out: &mut Out, picks: &[Pick], job: &Job) {
    let seen = job.look(view.now);
    let address = |partial: bool| {
        let token = job::token(&face.app, job.id, partial);
        let name = if partial { format!("{}-partial.jsonl", job.id) } else { format!("{}.jsonl", job.id) };
        format!("{}/shopify/{}/bulk/{name}?token={token}", face.app.address, face.app.world.brand.name)
    };
    view.object(out, picks, u64::MAX, "BulkOperation", |out, pick| match pick.field {
        Field::Id => out.gid("BulkOperation", job.id),
        Field::Type => out.text("QUERY"),
        Field::Status => out.text(seen.status.name()),
        Field::ErrorCode if seen.status == Status::Failed => out.text("INTERNAL_SERVER_ERROR"),
        Field::CreatedAt => out.moment(job.created_at),
        Field::CompletedAt => match seen.completed_at {
            Some(at) => out.moment(at),
            None => out.null(),
        },
        Field::ObjectCount => out.quoted_int(seen.objects),
        Field::RootObjectCount => out.quoted_int(seen.roots),
        Field::FileSize => match seen.status {
            Status::Completed => out.quoted_int(seen.size),
            _ => out.null(),
        },
        Field::Url if seen.status == Status::Completed && seen.objects > 0 => out.text(&address(false)),
        Field::PartialDataUrl if seen.status == Status::Failed && seen.size > 0 => out.text(&address(true)),
        Field::Query => out.text(&job.query),
        _ => out.null(),
    });
}

/// Kept together so that the lines and the answers at once look alike.
fn view_of<'a>(shop: &'a Shop, world: &'a World, clicks: &'a Clicks<'a>) -> render::View<'a> {
    render::View { shop, brand: &world.brand, now: world.now().as_second(), clicks, bulk: true }
}
