//! Listening, by default for this machine only.

use std::future::Future;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

use crate::app::App;
use crate::router::router;

/// The address to listen on where none is given: reachable from this machine only.
#[must_use]
pub fn default_address(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

/// Answers requests on a bound listener until `shutdown` is ready and the open requests are answered.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    app: App,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let service = router(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
    let ending = async move {
        shutdown.await;
        app.stopping();
    };
    axum::serve(listener, service).with_graceful_shutdown(ending).await
}
