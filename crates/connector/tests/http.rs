//! The client against real sockets on this machine.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use bytes::Bytes;
use netgain_connector::{HttpTransport, Limits, Method, Reach, Request, Transport, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers every connection with these bytes and closes it.
async fn answering(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut request = [0; 4096];
            assert!(socket.read(&mut request).await.unwrap() > 0);
            socket.write_all(&answer).await.unwrap();
        }
    });
    format!("http://{address}/orders?access_token=SECRET")
}

fn get(url: &str) -> Request {
    Request { method: Method::Get, url: url.parse().unwrap(), headers: Vec::new(), body: Bytes::new() }
}

fn local(limits: Limits) -> HttpTransport {
    HttpTransport::new(Reach::Local, limits).unwrap()
}

async fn refusal(transport: &HttpTransport, url: &str) -> TransportError {
    transport.send(get(url)).await.err().unwrap()
}

#[tokio::test]
async fn an_answer_is_read_and_a_redirect_is_not_followed() {
    let url =
        answering(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 2\r\n\r\nhi".to_vec()).await;
    let response = local(Limits::default()).send(get(&url)).await.unwrap();
    assert_eq!((response.status, response.header("location")), (302, Some("/other")));
    assert_eq!(response.body, "hi");
}

#[tokio::test]
async fn private_addresses_are_refused_unless_the_connection_is_local() {
    let transport = HttpTransport::new(Reach::Public, Limits::default()).unwrap();
    for url in ["https://127.0.0.1:1/", "https://[::1]/", "https://169.254.169.254/latest", "http://8.8.8.8/"]
    {
        assert!(matches!(refusal(&transport, url).await, TransportError::Refused { .. }), "{url}");
    }
    // a name that leads to this machine is found out when it is resolved
    assert!(matches!(refusal(&transport, "https://localhost/").await, TransportError::Refused { .. }));
}

#[tokio::test]
async fn an_answer_over_the_cap_is_cut_off() {
    let mut answer = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n".to_vec();
    answer.extend(std::iter::repeat_n(b'x', 100_000));
    let url = answering(answer).await;
    let transport = local(Limits { body_bytes: 50_000, ..Limits::default() });
    assert!(matches!(refusal(&transport, &url).await, TransportError::TooLarge { limit: 50_000, .. }));
}

#[tokio::test]
async fn a_connection_that_breaks_in_mid_body_is_an_error_without_the_token() {
    let url = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhalf".to_vec()).await;
    let error = refusal(&local(Limits::default()), &url).await;
    assert!(matches!(error, TransportError::Broken { sent: true, .. }), "{error:?}");
    assert!(error.is_transient());
    assert!(!format!("{error} {error:?}").contains("SECRET"));
}

#[tokio::test]
async fn silence_ends_in_a_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let transport = local(Limits { total: Duration::from_millis(200), ..Limits::default() });
    assert!(matches!(refusal(&transport, &url).await, TransportError::Timeout { .. }));
}
