//! The pool of all tenants.

use tenancy::tenant_scoped;

use tenancy::TenantDb;

#[tenant_scoped]
async fn count(db: &TenantDb<sqlx::Postgres>) -> tenancy::Result<()> {
    let _pool = db.unscoped_pool("statistics");
    Ok(())
}

fn main() {}
