//! Methods, constructors, constants and getters.

use tenancy::{TenantDb, tenant_query, tenant_scoped};

pub struct Orders<'a>(&'a TenantDb<sqlx::Postgres>);

#[tenant_scoped]
impl<'a> Orders<'a> {
    pub fn new(db: &'a TenantDb<sqlx::Postgres>) -> Self {
        Self(db)
    }

    pub async fn delete(&self, id: impl Into<i64> + Send) -> tenancy::Result<()> {
        tenant_query!(
            "delete from orders where tenant_id = $tenant and id = $1",
            id.into()
        )
        .execute(self.0)
        .await?;
        Ok(())
    }

    #[tenant_scoped(skip)]
    pub fn table(&self) -> &'static str {
        "orders"
    }
}

pub fn main() {}
