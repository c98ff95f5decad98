//! A user's own question in SQL.

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::extract::Body;
use crate::problem::{Code, Problem};
use crate::pseudonyms::Hider;

const MAX_ROWS: usize = 10_000;
const PATIENCE: Duration = Duration::from_secs(30);

/// A question in SQL.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    /// One SELECT over the workspace's tables.
    sql: Option<String>,
    /// Rows to answer at most, 1 to 10,000; 1,000 without it.
    limit: Option<usize>,
    /// Whether keyed hashes are to stand in the place of e-mail addresses, phone numbers and names of persons, the same
    /// for the same person in every answer.
    #[serde(default)]
    pseudonymised: bool,
}

/// The answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answer {
    /// The columns, in order.
    columns: Vec<AnswerColumn>,
    /// One array for each row. Decimals and whole numbers beyond 2^53 are texts, so that no digit is lost.
    #[schema(value_type = Vec<Vec<serde_json::Value>>)]
    rows: Vec<Vec<serde_json::Value>>,
    /// Whether there were more rows.
    truncated: bool,
}

/// A column of the answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnswerColumn {
    /// Its name.
    name: String,
    /// `text`, `integer`, `decimal`, `double`, `boolean`, `timestamp` (UTC), `date` or `other`.
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Answers one SELECT over the workspace's tables within 30 seconds. It cannot write or see anything else.
#[utoipa::path(post, path = "/api/v1/workspaces/{w}/query", operation_id = "query", tag = "query",
    params(("w" = String, Path, description = "the workspace's id")), request_body = Question,
    responses((status = 200, description = "the rows", body = Answer),
        (status = "default", description = "a problem", body = Problem, content_type = "application/problem+json")))]
pub(crate) async fn query(
    State(app): State<App>,
    Path(w): Path<String>,
    Body(question): Body<Question>,
) -> Result<Json<Answer>, Problem> {
    let Some(sql) = question.sql.filter(|sql| !sql.trim().is_empty()) else {
        let cure = "write one SELECT, such as SELECT * FROM daily_pnl";
        return Err(Problem::field(Code::InvalidBody, "sql", "sql is missing", cure));
    };
    let limit = question.limit.unwrap_or(1_000);
    if !(1..=MAX_ROWS).contains(&limit) {
        let cure = format!("write a whole number between 1 and {MAX_ROWS}");
        return Err(Problem::field(
            Code::InvalidBody,
            "limit",
            format!("limit {limit} cannot be used"),
            cure,
        ));
    }
    app.long_on(w, move |shared, place| {
        let mut answer = place.warehouse.query(&sql, limit, PATIENCE)?;
        if question.pseudonymised {
            let hider = Hider::of(shared, &place.warehouse, &place.workspace.id)?;
            for row in &mut answer.rows {
                for (column, cell) in answer.columns.iter().zip(row) {
                    hider.hide(&column.name, cell);
                }
            }
        }
        let columns = answer.columns.into_iter();
        Ok(Json(Answer {
            columns: columns.map(|column| AnswerColumn { name: column.name, kind: column.kind }).collect(),
            rows: answer.rows,
            truncated: answer.truncated,
        }))
    })
    .await
}
