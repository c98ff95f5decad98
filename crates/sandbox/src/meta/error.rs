//! Graph API errors: one shape, known by code and subcode rather than by status.
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::sync::atomic::{AtomicU64, Ordering};

/// An error as the Graph API words it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphError {
    /// HTTP status.
    pub status: u16,
    /// The platform's type, mostly `OAuthException`.
    pub kind: &'static str,
    /// The code that says what it is.
    pub code: i64,
    /// The subcode that says which.
    pub subcode: Option<i64>,
    /// Whether the same call may succeed later.
    pub is_transient: bool,
    /// For developers.
    pub message: String,
    /// For users: a title and a sentence.
    pub user: Option<(&'static str, &'static str)>,
}

static TRACE: AtomicU64 = AtomicU64::new(0);

impl GraphError {
    fn new(status: u16, code: i64, message: impl Into<String>) -> GraphError {
        let message = message.into();
        GraphError {
            status,
            kind: "OAuthException",
            code,
            subcode: None,
            is_transient: false,
            message,
            user: None,
        }
    }

    fn subcode(self, subcode: i64) -> GraphError {
        GraphError { subcode: Some(subcode), ..self }
    }

    fn transient(self) -> GraphError {
        GraphError { is_transient: true, ..self }
    }

    /// A parameter that cannot be used.
    pub fn parameter(message: impl AsRef<str>) -> GraphError {
        GraphError::new(400, 100, format!("(#100) {}", message.as_ref()))
    }

    /// Words in `fields` that do not make sense.
    pub fn syntax(rest: &str) -> GraphError {
        let near: String = rest.chars().take(20).collect();
        GraphError::new(400, 2500, format!("Syntax error in fields near: {near}"))
    }

    /// A path that leads nowhere.
    pub fn no_edge(edge: &str) -> GraphError {
        GraphError::new(400, 2500, format!("Unknown path components: /{edge}"))
    }

    /// A field that the node does not have.
    pub fn no_field(field: &str, node: &str) -> GraphError {
        GraphError::parameter(format!("Tried accessing nonexisting field ({field}) on node type ({node})"))
    }

    /// An object that is not there, or not for this token.
    pub fn no_object(method: &str, id: &str) -> GraphError {
        let message = format!(
            "Unsupported {} request. Object with ID '{id}' does not exist, cannot be loaded due to missing \
             permissions, or does not support this operation",
            method.to_lowercase()
        );
        GraphError { kind: "GraphMethodException", ..GraphError::new(400, 100, message).subcode(33) }
    }

    /// No token was sent.
    pub fn no_token() -> GraphError {
        GraphError::new(400, 104, "An access token is required to request this resource.")
    }

    /// A token that was never issued.
    pub fn bad_token() -> GraphError {
        GraphError::new(401, 190, "Invalid OAuth access token - Cannot parse access token")
    }

    /// A token that was good once.
    pub fn expired_token() -> GraphError {
        GraphError::new(400, 190, "Error validating access token: Session has expired.").subcode(463)
    }

    /// `appsecret_proof` is missing or wrong.
    pub fn bad_proof(missing: bool) -> GraphError {
        let message = if missing {
            "API calls from the server require an appsecret_proof argument"
        } else {
            "Invalid appsecret_proof provided in the API argument"
        };
        GraphError { kind: "GraphMethodException", ..GraphError::new(400, 100, message) }
    }

    /// A version that is not served any more, or not yet.
    pub fn bad_version(version: &str) -> GraphError {
        GraphError::new(
            400,
            2635,
            format!(
                "(#2635) You are calling a deprecated version of the Ads API ({version}). Please update to the latest version: v26.0."
            ),
        )
    }

    /// A synchronous request for too many rows.
    pub fn too_large() -> GraphError {
        GraphError::new(500, 1, "Please reduce the amount of data you're asking for, then retry your request")
    }

    /// A day before the history that is kept.
    pub fn too_old() -> GraphError {
        let text =
            "(#3018) The start date of the time range cannot be beyond 37 months from the current date";
        GraphError::new(400, 3018, text)
    }

    /// A report run that is asked for rows before it is done.
    pub fn incomplete_report() -> GraphError {
        let user =
            Some(("Loading an incomplete report", "The report is not yet ready. Wait until it is complete."));
        GraphError {
            user,
            ..GraphError::new(400, 2601, "(#2601) Error accessing adreport job").subcode(1_815_107)
        }
    }

    /// An authorization code that is wrong or was used before.
    pub fn bad_code() -> GraphError {
        GraphError::new(400, 100, "This authorization code has been used or is not valid.").subcode(36_009)
    }

    /// Client id and secret that do not belong together.
    pub fn bad_client() -> GraphError {
        GraphError::new(400, 1, "Error validating client secret.")
    }

    /// Too many calls; `turn` chooses among the codes in which the platform says so.
    pub fn throttled(insights: bool, turn: usize) -> GraphError {
        let account = "There have been too many calls to this ad-account. Wait a bit and try again.";
        match (insights, turn % 4) {
            (true, 0) => {
                GraphError::new(400, 80_000, format!("(#80000) {account}")).subcode(2_446_079).transient()
            }
            (true, 1) => GraphError::new(400, 4, "(#4) Application request limit reached")
                .subcode(1_504_022)
                .transient(),
            (false, 0) => {
                GraphError::new(400, 80_004, format!("(#80004) {account}")).subcode(2_446_079).transient()
            }
            (false, 1) => GraphError::new(400, 4, "(#4) Application request limit reached").transient(),
            (_, 2) => {
                GraphError::new(400, 17, "(#17) User request limit reached").subcode(2_446_079).transient()
            }
            _ => GraphError::new(400, 613, "(#613) Calls to this api have exceeded the rate limit.")
                .subcode(1_487_742),
        }
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let trace = format!("A{:022x}", crate::draw::mix(TRACE.fetch_add(1, Ordering::Relaxed)));
        let mut error = json!({
            "message": self.message,
            "type": self.kind,
            "code": self.code,
            "is_transient": self.is_transient,
            "fbtrace_id": trace,
        });
        if let Some(map) = error.as_object_mut() {
            if let Some(subcode) = self.subcode {
                map.insert("error_subcode".to_owned(), json!(subcode));
            }
            if let Some((title, text)) = self.user {
                map.insert("error_user_title".to_owned(), json!(title));
                map.insert("error_user_msg".to_owned(), json!(text));
            }
        }
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = (status, Json(json!({ "error": error }))).into_response();
        if self.code == 190 {
            let text = "OAuth \"Facebook Platform\" \"invalid_token\"";
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(text));
        }
        response
    }
}
