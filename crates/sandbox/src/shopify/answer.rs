//! Answers one GraphQL request.
use super::compile::{Pick, Plan, Purpose, compile};
use super::cost::{self, Status};
use super::error::GraphqlError;
use super::field::Field;
use super::listing::{self, Kind};
use super::out::Out;
use super::render::View;
use super::{Face, bulk, webhooks};
use crate::clicks::Clicks;
use crate::world::shop::Shop;
use axum::http::StatusCode;
use serde_json::{Value, json};

/// What to send back.
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// The body, JSON.
    pub body: Vec<u8>,
    /// Name of the first root field, for the call counts.
    pub operation: String,
}

#[derive(serde::Deserialize)]
struct Request {
    query: Option<String>,
    #[serde(default)]
    variables: Value,
    #[serde(default, rename = "operationName")]
    operation_name: Option<String>,
}

/// Answers the request in `body`.
pub fn answer(face: &Face, body: &[u8]) -> Answer {
    let request: Request = match serde_json::from_slice(body) {
        Ok(request) => request,
        Err(_) => {
            return refused(
                StatusCode::BAD_REQUEST,
                &json!({ "errors": "the request body is not valid JSON" }),
            );
        }
    };
    let Some(query) = request.query else {
        return refused(
            StatusCode::BAD_REQUEST,
            &json!({ "errors": { "query": "Required parameter missing or invalid" } }),
        );
    };
    let plan = match compile(&query, request.operation_name.as_deref(), &request.variables, Purpose::Page) {
        Ok(plan) => plan,
        Err(errors) => {
            let errors: Vec<Value> = errors.iter().map(GraphqlError::to_json).collect();
            return Answer {
                operation: "invalid".into(),
                ..refused(StatusCode::OK, &json!({ "errors": errors }))
            };
        }
    };
    let operation = plan.picks.first().map(operation_of).unwrap_or_default();
    Answer { operation, ..run(face, &plan) }
}

fn operation_of(pick: &Pick) -> String {
    let name = format!("{:?}", pick.field);
    let (first, rest) = name.split_at(1);
    first.to_lowercase() + rest
}

fn refused(status: StatusCode, body: &Value) -> Answer {
    Answer { status, body: body.to_string().into_bytes(), operation: "refused".into() }
}

fn run(face: &Face, plan: &Plan) -> Answer {
    let requested = if plan.mutation { 10 * plan.picks.len() as u32 } else { cost::of_picks(&plan.picks) };
    let full = Status { maximum: 2_000, available: 2_000, restore_rate: 100 };
    if requested > cost::MOST && face.bucket.is_some() {
        let message = format!(
            "Query cost is {requested}, which exceeds the single query max cost limit ({}).",
            cost::MOST
        );
        let error = GraphqlError::new("MAX_COST_EXCEEDED", message)
            .with("cost", requested)
            .with("maxCost", cost::MOST);
        return refused(StatusCode::OK, &json!({ "errors": [error.to_json()] }));
    }
    let mut status = full;
    if let Some(bucket) = &face.bucket {
        let (enough, now) = bucket.take(requested);
        status = now;
        if !enough {
            let error = GraphqlError::new("THROTTLED", "Throttled")
                .with("documentation", "https://shopify.dev/api/usage/rate-limits");
            let body = json!({ "errors": [error.to_json()], "extensions": { "cost": cost_json(requested, None, status) } });
            return refused(StatusCode::OK, &body);
        }
    }
    let mut out = Out::default();
    let mut outcome = Outcome { actual: 0, errors: Vec::new(), warnings: Vec::new() };
    out.raw("{\"data\":");
    out.open();
    for pick in &plan.picks {
        out.key(&pick.key);
        let before = out.bytes.len();
        if let Err(error) = root(face, &mut out, pick, &mut outcome) {
            out.bytes.truncate(before);
            out.null();
            outcome.errors.push(GraphqlError { path: vec![pick.name()], ..error }.to_json());
        }
        out.comma();
    }
    out.close();
    let actual = if plan.mutation { requested } else { outcome.actual.min(requested) };
    if let Some(bucket) = &face.bucket {
        status = bucket.give_back(requested - actual);
    }
    if !outcome.errors.is_empty() {
        out.raw(",\"errors\":");
        out.raw(&Value::from(outcome.errors).to_string());
    }
    out.raw(",\"extensions\":");
    let mut extensions = json!({ "cost": cost_json(requested, Some(actual), status) });
    if !outcome.warnings.is_empty() {
        extensions["search"] = outcome.warnings.into();
    }
    out.raw(&extensions.to_string());
    out.raw("}");
    Answer { status: StatusCode::OK, body: out.bytes, operation: String::new() }
}

fn cost_json(requested: u32, actual: Option<u32>, status: Status) -> Value {
    json!({
        "requestedQueryCost": requested,
        "actualQueryCost": actual,
        "throttleStatus": {
            "maximumAvailable": f64::from(status.maximum),
            "currentlyAvailable": status.available,
            "restoreRate": f64::from(status.restore_rate),
        }
    })
}

/// What rendering the roots brought up.
struct Outcome {
    actual: u32,
    errors: Vec<Value>,
    warnings: Vec<Value>,
}

fn root(face: &Face, out: &mut Out, pick: &Pick, outcome: &mut Outcome) -> Result<(), GraphqlError> {
    let world = &face.app.world;
    let shop = world.shop();
    let clicks = Clicks::of(&face.app);
    let now = world.now().as_second();
    let view = View { shop: &shop, brand: &world.brand, now, clicks: &clicks, bulk: false };
    outcome.actual += match pick.field {
        Field::Orders | Field::Customers | Field::Products | Field::ProductVariants => {
            let Some(kind) = Kind::of(pick.field) else { return Err(unserved(pick)) };
            warn(pick, kind, outcome);
            let page = listing::page(&face.sorted, &shop, kind, pick, face.app.largest_page(usize::MAX))?;
            page.write(&view, out, pick);
            cost::of_pick(pick, Some(page.len()))
        }
        Field::OrdersCount | Field::CustomersCount | Field::ProductsCount | Field::ProductVariantsCount => {
            let Some(kind) = Kind::of(pick.field) else { return Err(unserved(pick)) };
            warn(pick, kind, outcome);
            let (count, exact) = listing::count(&shop, kind, pick);
            view.object(out, &pick.picks, u64::MAX, "Count", |out, inner| match inner.field {
                Field::Count => out.int(count as i64),
                _ => out.text(if exact { "EXACT" } else { "AT_LEAST" }),
            });
            10
        }
        Field::BulkOperation
        | Field::BulkOperations
        | Field::CurrentBulkOperation
        | Field::BulkOperationCancel => {
            bulk::read_or_cancel(face, &view, out, pick)?;
            1
        }
        Field::WebhookSubscriptions => {
            webhooks::list(face, &view, out, pick);
            2
        }
        Field::WebhookSubscriptionCreate => {
            webhooks::create(face, &view, out, pick);
            10
        }
        Field::WebhookSubscriptionDelete => {
            webhooks::delete(face, &view, out, pick);
            10
        }
        Field::BulkOperationRunQuery => {
            drop(shop);
            bulk::create(face, out, pick);
            10
        }
        _ => {
            single(&view, out, pick)?;
            cost::of_pick(pick, None)
        }
    };
    Ok(())
}

/// A root field that the schema has and this face does not answer; none is known.
fn unserved(pick: &Pick) -> GraphqlError {
    GraphqlError::new("INTERNAL_SERVER_ERROR", format!("the sandbox does not answer {}", pick.name()))
}

/// Adds the platform's warnings about search conditions that it ignores.
fn warn(pick: &Pick, kind: Kind, outcome: &mut Outcome) {
    let search = listing::search_of(kind, pick);
    if search.warnings.is_empty() {
        return;
    }
    let warnings: Vec<Value> = search
        .warnings
        .iter()
        .map(|(field, message)| json!({ "field": field, "message": message, "code": "invalid_field" }))
        .collect();
    outcome
        .warnings
        .push(json!({ "path": [pick.name()], "query": pick.text("query"), "warnings": warnings }));
}

/// The number in a global id of that kind; another kind is an error, as with the platform.
fn number_of(pick: &Pick, kind: &str) -> Result<u64, GraphqlError> {
    let id =
        pick.text("id").map(str::to_owned).or(pick.int("id").map(|id| id.to_string())).unwrap_or_default();
    let number = match id.strip_prefix("gid://shopify/") {
        Some(rest) => rest.strip_prefix(kind).and_then(|rest| rest.strip_prefix('/')).unwrap_or(""),
        None => &id,
    };
    number.parse().map_err(|_| GraphqlError::new("RESOURCE_NOT_FOUND", format!("Invalid id: {id}")))
}

fn single(view: &View<'_>, out: &mut Out, pick: &Pick) -> Result<(), GraphqlError> {
    match pick.field {
        Field::Typename => out.text("QueryRoot"),
        Field::Shop => view.shop_object(out, &pick.picks),
        Field::Order => write_order(view, out, pick, number_of(pick, "Order")?),
        Field::Customer => write_customer(view, out, pick, number_of(pick, "Customer")?),
        Field::Product => write_product(view, out, pick, number_of(pick, "Product")?),
        Field::ProductVariant => write_variant(view, out, pick, number_of(pick, "ProductVariant")?),
        Field::Node => {
            let kind = pick
                .text("id")
                .and_then(|id| id.strip_prefix("gid://shopify/"))
                .and_then(|rest| rest.split('/').next());
            match kind {
                Some("Order") => write_order(view, out, pick, number_of(pick, "Order")?),
                Some("Customer") => write_customer(view, out, pick, number_of(pick, "Customer")?),
                Some("Product") => write_product(view, out, pick, number_of(pick, "Product")?),
                Some("ProductVariant") => write_variant(view, out, pick, number_of(pick, "ProductVariant")?),
                _ => out.null(),
            }
        }
        _ => out.null(),
    }
    Ok(())
}

fn write_order(view: &View<'_>, out: &mut Out, pick: &Pick, id: u64) {
    match order_index(view.shop, id) {
        Some(index) => view.order(out, &pick.picks, &view.shop.orders[index]),
        None => out.null(),
    }
}

/// The place of an order; numbers grow with the places.
pub fn order_index(shop: &Shop, id: u64) -> Option<usize> {
    shop.orders.binary_search_by_key(&id, |order| order.id).ok()
}

fn write_customer(view: &View<'_>, out: &mut Out, pick: &Pick, id: u64) {
    match view.shop.customers.iter().find(|customer| customer.id == id) {
        Some(customer) => view.customer(out, &pick.picks, customer),
        None => out.null(),
    }
}

fn write_product(view: &View<'_>, out: &mut Out, pick: &Pick, id: u64) {
    match view.shop.products.iter().find(|product| product.id == id) {
        Some(product) => view.product(out, &pick.picks, product),
        None => out.null(),
    }
}

fn write_variant(view: &View<'_>, out: &mut Out, pick: &Pick, id: u64) {
    match view.shop.variants.iter().find(|variant| variant.id == id) {
        Some(variant) => view.variant(out, &pick.picks, variant),
        None => out.null(),
    }
}
