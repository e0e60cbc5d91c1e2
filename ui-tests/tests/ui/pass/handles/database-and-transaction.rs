//! Both kinds of handle, and the verbs.

use tenancy::{TenantDb, tenant_query, tenant_query_as, tenant_query_scalar};

#[derive(sqlx::FromRow)]
pub struct Order {
    pub id: i64,
}

pub async fn run(db: &TenantDb<sqlx::Postgres>) -> tenancy::Result<Vec<Order>> {
    let mut tx = db.begin().await?;
    tenant_query!("delete from orders where tenant_id = $tenant")
        .execute(&mut tx)
        .await?;
    tx.commit().await?;
    let _: i64 = tenant_query_scalar!("select count(*) from orders where tenant_id = $tenant")
        .fetch_one(db)
        .await?;
    tenant_query_as!(Order, "select id from orders where tenant_id = $tenant")
        .fetch_all(db)
        .await
}

pub fn main() {}
