//! Downloads against real sockets on this machine: what is asked for, and silence in the middle.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::time::Duration;

use netgain_connector::{HttpTransport, Limits, Reach, Transport, TransportError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers one request so, says nothing more, and tells what was asked.
async fn answering(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let asked = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let length = socket.read(&mut request).await.unwrap();
        socket.write_all(answer.as_bytes()).await.unwrap();
        tokio::time::sleep(Duration::from_millis(600)).await;
        String::from_utf8_lossy(&request[..length]).to_lowercase()
    });
    (format!("http://{address}/file?signature=SECRET"), asked)
}

#[tokio::test]
async fn only_silence_ends_a_download_and_what_came_before_is_kept() {
    let (url, asked) = answering("HTTP/1.1 206 Partial Content\r\nContent-Length: 9\r\n\r\nhalf").await;
    // a call would have to be over by then
    let limits =
        Limits { total: Duration::from_millis(1), idle: Duration::from_millis(200), ..Limits::default() };
    let transport = HttpTransport::new(Reach::Local, limits).unwrap();
    let mut download = transport.download(url.parse().unwrap(), 5).await.unwrap();
    assert_eq!(download.status, 206);
    assert_eq!(download.body.next().await.unwrap().unwrap(), "half");
    let error = download.body.next().await.unwrap_err();
    assert!(matches!(&error, TransportError::Timeout { .. }), "{error}");
    assert!(!format!("{error} {error:?}").contains("SECRET"));
    let asked = asked.await.unwrap();
    assert!(asked.contains("range: bytes=5-\r\n") && asked.contains("accept-encoding: identity"), "{asked}");
    assert!(!asked.contains("authorization") && !asked.contains("access-token"), "{asked}");
}

#[tokio::test]
async fn a_whole_file_is_asked_for_without_a_range_and_private_addresses_are_refused() {
    let (url, asked) = answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").await;
    let transport = HttpTransport::new(Reach::Local, Limits::default()).unwrap();
    let mut download = transport.download(url.parse().unwrap(), 0).await.unwrap();
    assert_eq!(download.body.next().await.unwrap().unwrap(), "hi");
    assert!(download.body.next().await.unwrap().is_none());
    assert!(!asked.await.unwrap().contains("range:"));
    let public = HttpTransport::new(Reach::Public, Limits::default()).unwrap();
    let refused = public.download(url.parse().unwrap(), 0).await.err();
    assert!(matches!(refused, Some(TransportError::Refused { .. })));
}
