//! The storage's port for HTTP, served by the program's own client: one TLS library for everything.

use std::time::Duration;

use http_body_util::BodyExt;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use tokio::runtime::Handle;

/// Until the connection stands.
const CONNECT: Duration = Duration::from_secs(10);
/// Until an answer is read to its end: segments have some megabytes.
const TOTAL: Duration = Duration::from_secs(120);

/// Makes clients whose calls run on a runtime of their own.
#[derive(Debug)]
pub(crate) struct Connector {
    runtime: Handle,
}

impl Connector {
    pub(crate) fn new(runtime: Handle) -> Self {
        Self { runtime }
    }
}

impl HttpConnector for Connector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        let client = reqwest::Client::builder().connect_timeout(CONNECT).timeout(TOTAL).build();
        let client =
            client.map_err(|error| object_store::Error::Generic { store: "S3", source: error.into() })?;
        Ok(HttpClient::new(Service { client, runtime: self.runtime.clone() }))
    }
}

#[derive(Debug)]
struct Service {
    client: reqwest::Client,
    runtime: Handle,
}

#[async_trait::async_trait]
impl HttpService for Service {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let url = parts.uri.to_string();
        let url =
            url.parse().map_err(|error: url::ParseError| HttpError::new(HttpErrorKind::Unknown, error))?;
        let mut request = reqwest::Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(body.into());
        let client = self.client.clone();
        let calling = self.runtime.spawn(async move {
            let answer = client.execute(request).await.map_err(failure)?;
            let (status, headers) = (answer.status(), answer.headers().clone());
            Ok::<_, HttpError>((status, headers, answer.bytes().await.map_err(failure)?))
        });
        let (status, headers, body) =
            calling.await.map_err(|error| HttpError::new(HttpErrorKind::Interrupted, error))??;
        let mut response = HttpResponse::new(HttpResponseBody::from(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        Ok(response)
    }
}

/// What it means for repeating a call. The address is left out: whoever logs it has it already.
fn failure(error: reqwest::Error) -> HttpError {
    let kind = if error.is_connect() {
        HttpErrorKind::Connect
    } else if error.is_timeout() {
        HttpErrorKind::Timeout
    } else if error.is_decode() {
        HttpErrorKind::Decode
    } else {
        HttpErrorKind::Interrupted
    };
    HttpError::new(kind, error.without_url())
}
