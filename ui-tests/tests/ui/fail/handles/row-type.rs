//! A type that rows cannot become.

use tenancy::{TenantDb, tenant_query_as};

struct Order;

async fn run(db: &TenantDb<sqlx::Postgres>) -> tenancy::Result<Vec<Order>> {
    tenant_query_as!(Order, "select id from orders where tenant_id = $tenant")
        .fetch_all(db)
        .await
}

fn main() {}
