//! Tasks that keep the tenant.

use std::future::Future;

use tokio::task::JoinHandle;

use super::Scoped;
use super::future::current_or_refused;

/// Spawns a task that runs as the tenant whose scope the caller is in.
///
/// `tokio::spawn` starts a task without a tenant, in which every query is refused; so does this function when the
/// caller has none, or is inside [`central`](crate::central).
///
/// # Panics
///
/// As `tokio::spawn`: outside of a Tokio runtime.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(Scoped::new(current_or_refused(), future))
}

/// Runs blocking work on Tokio's blocking threads, as the tenant whose scope the caller is in.
///
/// # Panics
///
/// As `tokio::task::spawn_blocking`: outside of a Tokio runtime.
pub fn spawn_blocking<F, R>(work: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    let scope = current_or_refused();
    tokio::task::spawn_blocking(move || scope.enter(work))
}
