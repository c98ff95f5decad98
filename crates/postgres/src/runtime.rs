//! The runtime that talks to servers. Callers wait for it outside of any runtime of their own, so that a call from an
//! asynchronous task blocks that task's thread, as any call on an embedded store does, and cannot panic.

use std::future::Future;
use std::sync::OnceLock;
use std::sync::mpsc::sync_channel;

use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Result};

fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<std::result::Result<Runtime, String>> = OnceLock::new();
    let made = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        // two, so that a long copy of facts holds up nobody's heartbeat
        builder.worker_threads(2).thread_name("postgres").enable_all();
        builder.build().map_err(|error| error.to_string())
    });
    made.as_ref().map_err(|reason| Error::Lost(format!("the system gives no thread: {reason}")))
}

/// Runs a future there and waits for it.
pub(crate) fn wait<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let (tell, told) = sync_channel(1);
    runtime()?.spawn(async move {
        // nobody listens any more only if the caller's thread is gone
        let _ = tell.send(future.await);
    });
    told.recv().map_err(|_| Error::Lost("its task ended early".to_owned()))
}

/// Runs a future there until it ends, without waiting.
pub(crate) fn keep(future: impl Future<Output = ()> + Send + 'static) -> Result<()> {
    runtime()?.spawn(future);
    Ok(())
}
