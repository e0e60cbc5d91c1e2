//! From an id to a tenant: only a sound answer of the store is believed.

use std::sync::Arc;

use tenancy::{
    InTenant, MemoryStore, ResolveError, StoreError, Tenancy, TenantContextError, TenantId, TenantRecord,
    TenantStatus, TenantStore, current,
};

fn id(text: &str) -> TenantId {
    TenantId::parse(text).expect("a valid id")
}

/// Answers every question with the same record.
struct Always(Option<TenantRecord>);

impl TenantStore for Always {
    async fn find(&self, _: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        Ok(self.0.clone())
    }
}

struct Down;

impl TenantStore for Down {
    async fn find(&self, _: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        Err("connection refused".into())
    }
}

async fn resolve(record: Option<TenantRecord>) -> Result<tenancy::Tenant, ResolveError> {
    Tenancy::new(Always(record)).resolve(&id("acme")).await
}

#[tokio::test]
async fn a_sound_answer_enters_a_scope() {
    let tenant = resolve(Some(TenantRecord::new("acme", "active")))
        .await
        .expect("resolved");
    assert_eq!(tenant.status(), TenantStatus::Active);
    let seen = async { current().map(|tenant| tenant.id().clone()) }
        .in_tenant(tenant)
        .await;
    assert_eq!(seen, Ok(id("acme")));
}

/// X6: the store answers with another tenant, also one that a collation takes for the same.
#[tokio::test]
async fn an_answer_about_another_tenant() {
    for other in ["bolt", "Acme", "acme ", " acme", "ACME", "", "acme\0"] {
        let answer = resolve(Some(TenantRecord::new(other, "active"))).await;
        assert!(
            matches!(answer, Err(ResolveError::OtherTenant { .. })),
            "{other:?}"
        );
    }
}

/// X6: a status that is not exactly known is never active.
#[tokio::test]
async fn an_answer_with_another_status() {
    for status in ["", "Active", "active ", "ACTIVE", "enabled", "1", "deleted"] {
        let answer = resolve(Some(TenantRecord::new("acme", status))).await;
        assert!(matches!(answer, Err(ResolveError::Status { .. })), "{status:?}");
    }
}

/// X6: unknown tenants and a store that is down are told apart from each other, and from success.
#[tokio::test]
async fn no_answer() {
    assert!(matches!(resolve(None).await, Err(ResolveError::Unknown { .. })));
    assert!(matches!(
        Tenancy::new(Down).resolve(&id("acme")).await,
        Err(ResolveError::Store(_))
    ));
}

/// X6: suspended after it was active.
#[tokio::test]
async fn a_suspended_tenant_enters_no_scope() {
    let store = Arc::new(MemoryStore::new());
    store.put(id("acme"), TenantStatus::Active);
    let tenancy = Tenancy::new(Shared(Arc::clone(&store)));
    let active = tenancy.resolve(&id("acme")).await.expect("resolved");
    assert!(async { current() }.in_tenant(active).await.is_ok());

    store.put(id("acme"), TenantStatus::Suspended);
    let suspended = tenancy.resolve(&id("acme")).await.expect("resolved");
    assert_eq!(suspended.status(), TenantStatus::Suspended);
    let seen = async { current().map(drop) }.in_tenant(suspended).await;
    assert_eq!(seen, Err(TenantContextError::Suspended { tenant: id("acme") }));

    store.remove(&id("acme"));
    assert!(matches!(
        tenancy.resolve(&id("acme")).await,
        Err(ResolveError::Unknown { .. })
    ));
}

/// A store that others hold too.
struct Shared(Arc<MemoryStore>);

impl TenantStore for Shared {
    async fn find(&self, id: &TenantId) -> Result<Option<TenantRecord>, StoreError> {
        self.0.find(id).await
    }
}
