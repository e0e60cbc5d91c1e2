//! Whose turn it is: the scope that the running task is in.
//!
//! A scope belongs to a future, not to a thread: it is entered whenever the future is polled and left whenever
//! the poll returns or panics. What is not polled inside it (a spawned task, another thread) is not in it.

mod check;
mod error;
mod future;
mod spawn;

use std::cell::RefCell;

pub(crate) use self::check::{Captured, Owner};
pub use self::error::TenantContextError;
pub use self::future::{InTenant, Scoped, central, scope};
pub use self::spawn::{spawn, spawn_blocking};
use crate::tenant::{Tenant, TenantStatus};

thread_local! {
    static CURRENT: RefCell<Option<Scope>> = const { RefCell::new(None) };
}

/// What a task may do at this moment.
#[derive(Debug, Clone)]
pub(crate) enum Scope {
    /// Work as this tenant.
    Tenant(Tenant),
    /// Work across tenants, for this reason.
    Central { reason: &'static str },
    /// Nothing, because the scope could not be entered.
    Refused(TenantContextError),
}

impl Scope {
    /// The scope of `tenant`, if it may have one.
    pub(crate) fn of(tenant: Tenant) -> Self {
        if tenant.lacks_reason() {
            return Self::Refused(TenantContextError::EmptyReason);
        }
        match tenant.status() {
            TenantStatus::Active => Self::Tenant(tenant),
            TenantStatus::Suspended => Self::Refused(TenantContextError::Suspended {
                tenant: tenant.id().clone(),
            }),
        }
    }

    /// The scope of declared cross-tenant work, if a reason was given.
    pub(crate) fn central(reason: &'static str) -> Self {
        if reason.trim().is_empty() {
            Self::Refused(TenantContextError::EmptyReason)
        } else {
            Self::Central { reason }
        }
    }

    /// What this scope comes to inside `outer`.
    ///
    /// A tenant inside another tenant is refused, and a refused scope refuses everything inside it. Only a central
    /// scope, which is declared by name, stands between two tenants.
    fn inside(&self, outer: Option<&Self>) -> Self {
        match (outer, self) {
            (Some(Self::Refused(error)), _) => Self::Refused(error.clone()),
            (Some(Self::Tenant(outer)), Self::Tenant(inner)) if !outer.is(inner) => {
                Self::Refused(TenantContextError::Nested {
                    outer: outer.id().clone(),
                    inner: inner.id().clone(),
                })
            }
            (None | Some(Self::Tenant(_) | Self::Central { .. }), inner) => inner.clone(),
        }
    }

    /// Runs `work` inside this scope.
    pub(crate) fn enter<R>(&self, work: impl FnOnce() -> R) -> R {
        let outer = swap(None);
        let inner = self.inside(outer.as_ref());
        let _restore = Restore(outer);
        swap(Some(inner));
        work()
    }
}

/// Puts the outer scope back, also when the work panics.
struct Restore(Option<Scope>);

impl Drop for Restore {
    fn drop(&mut self) {
        swap(self.0.take());
    }
}

/// Replaces the thread's scope. While a thread is being torn down there is none, so everything is refused.
fn swap(scope: Option<Scope>) -> Option<Scope> {
    CURRENT
        .try_with(|current| current.replace(scope))
        .unwrap_or_default()
}

/// The scope that the caller is in.
pub(crate) fn current_scope() -> Option<Scope> {
    CURRENT
        .try_with(|current| current.borrow().clone())
        .unwrap_or_default()
}

/// The tenant whose scope the caller is in.
///
/// # Errors
///
/// [`TenantContextError`] when there is no scope, when the scope was refused, or inside [`central`].
pub fn current() -> Result<Tenant, TenantContextError> {
    match current_scope() {
        Some(Scope::Tenant(tenant)) => Ok(tenant),
        Some(Scope::Central { reason }) => Err(TenantContextError::Central { reason }),
        Some(Scope::Refused(error)) => Err(error),
        None => Err(TenantContextError::NoTenant),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TenantId;

    fn tenant(id: &str) -> Tenant {
        Tenant::trusted(TenantId::parse(id).expect("a valid id"), "unit test")
    }

    /// X1: the scope ends with the work, also when it panics.
    #[test]
    fn a_panic_leaves_the_scope() {
        let scope = Scope::of(tenant("a"));
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            scope.enter(|| panic!("on purpose"));
        }));
        assert!(result.is_err());
        assert_eq!(
            current().map(|t| t.id().clone()),
            Err(TenantContextError::NoTenant)
        );
    }

    /// X1: another tenant is never entered silently, and nothing inside a refused scope works again.
    #[test]
    fn nesting() {
        let (a, b) = (Scope::of(tenant("a")), Scope::of(tenant("b")));
        let id = || current().map(|t| t.id().to_string());
        a.enter(|| {
            a.enter(|| assert_eq!(id(), Ok("a".to_owned())));
            b.enter(|| {
                assert!(matches!(id(), Err(TenantContextError::Nested { .. })));
                a.enter(|| assert!(matches!(id(), Err(TenantContextError::Nested { .. }))));
                Scope::central("report").enter(|| {
                    assert!(matches!(id(), Err(TenantContextError::Nested { .. })));
                });
            });
            Scope::central("report").enter(|| {
                assert_eq!(id(), Err(TenantContextError::Central { reason: "report" }));
                b.enter(|| assert_eq!(id(), Ok("b".to_owned())));
            });
            assert_eq!(id(), Ok("a".to_owned()));
        });
    }

    /// X3: nobody becomes central without saying why.
    #[test]
    fn reasons_are_not_empty() {
        for reason in ["", " ", "\n"] {
            Scope::central(reason)
                .enter(|| assert_eq!(current().map(|_| ()), Err(TenantContextError::EmptyReason)));
        }
        let unreasoned = Tenant::trusted(TenantId::parse("a").expect("a valid id"), "");
        Scope::of(unreasoned)
            .enter(|| assert_eq!(current().map(|_| ()), Err(TenantContextError::EmptyReason)));
    }

    #[test]
    fn a_suspended_tenant_enters_nothing() {
        let id = TenantId::parse("a").expect("a valid id");
        let suspended = Tenant::resolved(id.clone(), TenantStatus::Suspended, crate::Placement::Shared);
        Scope::of(suspended).enter(|| {
            assert_eq!(
                current().map(|_| ()),
                Err(TenantContextError::Suspended { tenant: id })
            );
        });
    }
}
