//! A program that knows the library by another name: everything must still find it.

use sqlx::Postgres;
use tenant_guard::{Result, TenantDb, tenant_query, tenant_query_scalar, tenant_scoped};

/// The orders of one tenant.
#[derive(Debug)]
pub struct Orders<'a>(pub &'a TenantDb<Postgres>);

#[tenant_scoped]
impl Orders<'_> {
    /// How many there are.
    ///
    /// # Errors
    /// No tenant, or what the database says.
    pub async fn count(&self) -> Result<i64> {
        tenant_query_scalar!("select count(*) from orders where tenant_id = $tenant")
            .fetch_one(self.0)
            .await
    }

    /// Deletes one.
    ///
    /// # Errors
    /// No tenant, or what the database says.
    pub async fn delete(&self, id: i64) -> Result<()> {
        tenant_query!("delete from orders where tenant_id = $tenant and id = $1", id)
            .execute(self.0)
            .await?;
        Ok(())
    }
}
