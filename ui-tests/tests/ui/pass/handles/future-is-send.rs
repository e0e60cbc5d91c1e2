//! A query may be awaited in a task.

use tenancy::{TenantDb, tenant_query};

fn send<T: Send>(future: T) -> T {
    future
}

pub fn run(db: TenantDb<sqlx::Postgres>, id: i64) {
    let _ = send(async move {
        tenant_query!("delete from orders where tenant_id = $tenant and id = $1", id)
            .execute(&db)
            .await
    });
}

pub fn main() {}
