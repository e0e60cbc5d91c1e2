//! Proved for PostgreSQL, run on SQLite.

use tenancy::{TenantDb, tenant_query};

async fn run(db: &TenantDb<sqlx::Sqlite>) -> tenancy::Result<()> {
    tenant_query!("delete from orders where tenant_id = $tenant")
        .execute(db)
        .await?;
    Ok(())
}

fn main() {}
