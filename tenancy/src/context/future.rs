//! Futures that carry a scope.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::{Scope, TenantContextError, current_scope};
use crate::Tenant;

pin_project! {
    /// A future inside a scope; made by [`scope`], [`central`] and [`InTenant`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    #[derive(Debug)]
    pub struct Scoped<F> {
        scope: Scope,
        announced: bool,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for Scoped<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                // What the future holds is dropped where it lived.
                this.scope.enter(|| this.future.set(None));
            }
        }
    }
}

impl<F> Scoped<F> {
    pub(crate) fn new(scope: Scope, future: F) -> Self {
        Self {
            scope,
            announced: false,
            future: Some(future),
        }
    }
}

impl<F: Future> Future for Scoped<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if !*this.announced {
            *this.announced = true;
            announce(this.scope);
        }
        this.scope.enter(|| {
            let Some(future) = this.future.as_mut().as_pin_mut() else {
                return Poll::Pending;
            };
            let output = std::task::ready!(future.poll(cx));
            this.future.set(None);
            Poll::Ready(output)
        })
    }
}

/// Leaves a trace of central work and of scopes that could not be entered.
fn announce(scope: &Scope) {
    match scope.inside(current_scope().as_ref()) {
        Scope::Tenant(_) => {}
        Scope::Central { reason } => match super::current() {
            Ok(tenant) => {
                tracing::info!(target: "tenancy::central", reason, tenant = tenant.id().as_str(), "central work");
            }
            Err(_) => tracing::info!(target: "tenancy::central", reason, "central work"),
        },
        Scope::Refused(error) => tracing::warn!(target: "tenancy::scope", %error, "scope refused"),
    }
}

/// Runs `future` as `tenant`.
///
/// The future runs in any case and yields its own output. If the scope cannot be entered (the tenant is suspended, or the
/// caller is inside another tenant's scope) then [`current`](crate::current) and every query inside it return
/// that [`TenantContextError`](crate::TenantContextError): the tenant is never silently switched, and nothing
/// reaches the database. Entering the same tenant again is fine.
///
/// The scope belongs to the future, so it ends with it. Tasks that the future spawns are outside, unless they are
/// started with [`spawn`](crate::spawn).
pub fn scope<F: Future>(tenant: Tenant, future: F) -> Scoped<F> {
    Scoped::new(Scope::of(tenant), future)
}

/// Runs `future` as declared work across tenants, in which `central_query!` may run and tenants' scopes may be
/// entered one after the other.
///
/// `reason` says why, for whoever reads the code or its trace: the start is recorded as a `tracing` event (target
/// `tenancy::central`, level info) with the reason, and with the tenant if one is left for it. An empty
/// reason is refused: everything inside then returns an error. Spawned tasks never inherit a central scope.
pub fn central<F: Future>(reason: &'static str, future: F) -> Scoped<F> {
    Scoped::new(Scope::central(reason), future)
}

/// Scopes as the last call of a chain.
pub trait InTenant: Future + Sized {
    /// Runs this future as `tenant`; see [`scope`].
    fn in_tenant(self, tenant: Tenant) -> Scoped<Self> {
        scope(tenant, self)
    }

    /// Runs this future as the tenant whose scope the *caller* is in now, wherever it is polled later.
    ///
    /// Called outside of a tenant's scope, the future runs without one, and every query in it is refused.
    fn in_current_tenant(self) -> Scoped<Self> {
        Scoped::new(current_or_refused(), self)
    }
}

impl<F: Future> InTenant for F {}

/// The tenant's scope that the caller is in, or the refusal of work without one. A central scope does not travel.
pub(super) fn current_or_refused() -> Scope {
    match super::current() {
        Ok(tenant) => Scope::Tenant(tenant),
        Err(TenantContextError::Central { .. }) => Scope::Refused(TenantContextError::NoTenant),
        Err(error) => Scope::Refused(error),
    }
}
