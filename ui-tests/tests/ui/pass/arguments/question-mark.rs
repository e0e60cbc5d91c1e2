//! An argument may fail or wait.

use tenancy::{TenantDb, tenant_query};

async fn id() -> tenancy::Result<i64> {
    Ok(1)
}

pub async fn run(db: &TenantDb<sqlx::Postgres>) -> tenancy::Result<()> {
    tenant_query!(
        "delete from orders where tenant_id = $tenant and id = $1",
        id().await?
    )
    .execute(db)
    .await?;
    Ok(())
}

pub fn main() {}
